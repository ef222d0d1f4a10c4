"""What a unit lets be set (document, 5.2.3 and 6.3.1), and how its limits are shown."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ...errors import Unsupported
from ...model import Setting, SettingKind, Value
from ...names import BeeperStatus, PowerStrategy, UpsType
from .blocks import Configuration, Limits, Outlet
from .orders import AUTO_OFF, AUTO_ON, DEFAULT_OFF_DELAY, OFF_DELAY

HORN = {0: BeeperStatus.DISABLED, 1: BeeperStatus.ENABLED, 2: BeeperStatus.MUTED}
STRATEGIES = {
    1: PowerStrategy.HIGH_ALERT,
    2: PowerStrategy.STANDARD,
    3: PowerStrategy.HIGH_EFFICIENCY,
}
STRATEGY = "ups.power.strategy"
CLOCK_DATE, CLOCK_TIME = "ups.date", "ups.time"
_NO, _YES = "no", "yes"
# units that find out their own frequency rate it in the middle between 50 and 60 Hz (card 2.4)
_AUTO_SENSING = 55


@dataclass(frozen=True, slots=True)
class Source:
    """Where numbers stand: the limits with their table, and the configuration."""

    limits: Limits
    configuration: Configuration


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter: its number, its variable, and where it is read.

    ``scale`` is what one of the unit's steps is in ours. ``line`` is the variable on a
    line-interactive unit, where parameters 2 and 3 mean something else (5.2.3.1).
    """

    parameter: int
    name: str
    minimum: float
    maximum: float
    read: Callable[[Source], int | None]
    scale: float = 1
    line: str = ""

    def name_on(self, kind: str | None) -> str:
        """Return its variable on a unit that is built so."""
        is_line = kind in {UpsType.LINE_INTERACTIVE, UpsType.OFFLINE, None}
        return self.line if self.line and is_line else self.name

    def value(self, source: Source) -> float | None:
        """Return what the unit has now; None where it has it not."""
        number = self.read(source)
        return None if number is None else round(number * self.scale, 4)

    def setting(self, kind: str | None) -> Setting:
        """Return how it can be set."""
        return Setting(
            name=self.name_on(kind), minimum=self.minimum, maximum=self.maximum, step=self.scale
        )

    def encode(self, value: float) -> int:
        """Return the number that the unit wants."""
        return round(value / self.scale)


def _word(at: int) -> Callable[[Source], int | None]:
    return lambda source: source.limits.word(at) if len(source.limits.data) >= at + 2 else None


def _byte(at: int) -> Callable[[Source], int | None]:
    return lambda source: source.limits.byte(at) if len(source.limits.data) > at else None


def _signed(at: int) -> Callable[[Source], int | None]:
    def read(source: Source) -> int | None:
        if len(source.limits.data) <= at:
            return None
        byte = source.limits.byte(at)
        return byte - 256 if byte > 127 else byte

    return read


def _table(number: int) -> Callable[[Source], int | None]:
    return lambda source: source.limits.parameters.get(number)


ROWS = (
    Row(1, "input.frequency.deviation", 0, 5, _word(8), 0.01),
    Row(2, "input.transfer.bypass.low", 0, 460, _word(10), line="input.transfer.boost.high"),
    Row(3, "input.transfer.bypass.high", 110, 540, _word(12), line="input.transfer.trim.low"),
    Row(4, "input.phase.deviation", 5, 120, _word(14)),
    Row(5, "battery.runtime.low", 60, 1800, _byte(16), 60),
    Row(7, "input.transfer.delay", 1, 18000, _word(22)),
    Row(8, "battery.charge.restart", 0, 100, _byte(24)),
    # a signed byte: below zero is a limit as well (5.2.3)
    Row(9, "ambient.temperature.low", -40, 100, _signed(25)),
    Row(10, "ambient.temperature.high", 0, 127, _byte(26)),
    Row(
        11,
        "output.voltage.nominal",
        # the document begins at 0 V
        80,
        460,
        lambda source: source.configuration.output_voltage or None,
    ),
    Row(13, "battery.energysave.load", 0, 100, _byte(29)),
    Row(14, "battery.energysave.delay", 0, 15300, _byte(30), 60),
    Row(15, "battery.packs", 0, 64, lambda source: source.configuration.strings or None),
    Row(16, "output.voltage.low", 0, 600, _table(16)),
    Row(17, "output.voltage.high", 0, 600, _table(17)),
    Row(18, "battery.voltage.nominal", 1, 1000, _table(18)),
    Row(19, "battery.voltage.maximum", 1, 1000, _table(19)),
)
FLAGS = 12
_FLAG_BITS = (("input.wiring.alarm", 0x01), ("input.voltage.detect", 0x02))


@dataclass(frozen=True, slots=True)
class Change:
    """A setting of this unit and the bytes that set it, behind their command."""

    setting: Setting
    read: Callable[[Source], Value | None]
    encode: Callable[[Value, Source], tuple[int, int]]
    """Parameter and its 16 bits."""


def _change(row: Row, kind: str | None) -> Change:
    return Change(
        row.setting(kind),
        row.value,
        lambda value, source: (row.parameter, row.encode(float(value))),
    )


def _flag(name: str, bit: int) -> Change:
    """Return a bit of parameter 12; the others of its byte stay as they are."""

    def read(source: Source) -> Value | None:
        if not source.limits.byte(28) & bit:
            return None
        return _YES if source.limits.byte(27) & bit else _NO

    def encode(value: Value, source: Source) -> tuple[int, int]:
        byte = source.limits.byte(27)
        return FLAGS, byte | bit if value == _YES else byte & ~bit

    return Change(Setting(name=name, kind=SettingKind.SWITCH, options=(_NO, _YES)), read, encode)


def changes(writable: frozenset[int], kind: str | None, source: Source) -> dict[str, Change]:
    """Return what a unit lets be set, of what it also shows."""
    found = [_change(row, kind) for row in ROWS if row.parameter in writable]
    if FLAGS in writable:
        found += [_flag(name, bit) for name, bit in _FLAG_BITS]
    return {change.setting.name: change for change in found if change.read(source) is not None}


def shown(
    source: Source, writable: frozenset[int], kind: str | None
) -> Iterator[tuple[str, Value]]:
    """Yield the variables of the limits; 0 stands for what a unit has not (5.2.3).

    What can be set may really be 0.
    """
    limits = source.limits
    for name, at, scale in (
        ("input.voltage.nominal", 0, 1),
        ("input.frequency.nominal", 2, 1),
        ("ups.realpower.nominal", 4, 50),
        ("input.transfer.low", 18, 1),
        ("input.transfer.high", 20, 1),
    ):
        if (number := limits.word(at)) and not (at == 2 and number == _AUTO_SENSING):
            yield name, float(number * scale)
    if (nominal := limits.word(2)) and (deviation := limits.word(8)):
        yield "input.frequency.low", nominal - deviation / 100
        yield "input.frequency.high", nominal + deviation / 100
    if len(limits.data) > 17 and (horn := HORN.get(limits.byte(17))) is not None:
        yield "ups.beeper.status", horn
    for row in ROWS:
        value = row.value(source)
        if value is not None and (value or row.parameter in writable):
            yield row.name_on(kind), value
    for name, bit in _FLAG_BITS:
        if limits.byte(28) & bit:
            yield name, _YES if limits.byte(27) & bit else _NO


@dataclass(frozen=True, slots=True)
class OutletDelay:
    """A delay that an outlet keeps: -1 is never, 0 to 29 s are legal and unwise (6.1.5)."""

    setting: Setting
    parameter: int
    address: int
    """The unit's own number of the outlet."""
    read: Callable[[Outlet], int]


def outlet_delays(outlets: Mapping[int, int]) -> Iterator[tuple[str, OutletDelay]]:
    """Yield the delays of each outlet; ``outlets`` maps our numbers to the unit's."""
    for number, address in outlets.items():
        for suffix, parameter, read in (
            ("shutdown", AUTO_OFF, lambda outlet: outlet.auto_off),
            ("start", AUTO_ON, lambda outlet: outlet.auto_on),
        ):
            name = f"outlet.{number}.delay.{suffix}"
            setting = Setting(name=name, minimum=-1, maximum=32767)
            yield name, OutletDelay(setting, parameter, address, read)


def strategy_setting(strategies: frozenset[int]) -> Setting | None:
    """Return the choice of the power strategy; None where there is none."""
    options = tuple(word.value for number, word in STRATEGIES.items() if number in strategies)
    if len(options) < 2:
        return None
    return Setting(name=STRATEGY, kind=SettingKind.CHOICE, options=options)


CLOCK_SETTINGS = (
    Setting(name=CLOCK_DATE, kind=SettingKind.DATE),
    Setting(name=CLOCK_TIME, kind=SettingKind.TEXT, length=8),
)
DELAY_SETTING = Setting(name=OFF_DELAY, minimum=0, maximum=65534, host_side=True)


def kept_delay(value: object) -> float:
    """Return the delay that we keep, or the usual one."""
    return float(value) if isinstance(value, int | float) else float(DEFAULT_OFF_DELAY)


def checked(setting: Setting, value: Value) -> Value:
    """Return a value as the setting has it. Raises Unsupported."""
    if setting.options:
        text = str(value)
        if text not in setting.options:
            raise Unsupported(f"{setting.name} must be one of {', '.join(setting.options)}")
        return text
    return number_in(setting.name, value, setting.minimum, setting.maximum)


def number_in(name: str, value: Value, minimum: float, maximum: float) -> float:
    """Return a number that lies within. Raises Unsupported."""
    try:
        number = float(value)
    except ValueError as error:
        raise Unsupported(f"{name} must be a number") from error
    if not minimum <= number <= maximum:
        raise Unsupported(f"{name} must lie between {minimum:g} and {maximum:g}")
    return number
