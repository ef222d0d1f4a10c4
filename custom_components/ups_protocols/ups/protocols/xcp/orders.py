"""What a unit can be told to do (document, 6.1, 6.2 and 6.3.6): commands and their bytes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
import math

from ...errors import Unsupported
from ...model import Command, Danger, Parameter
from .frames import Code, packed, word

OFF_DELAY = "ups.delay.shutdown"
DEFAULT_OFF_DELAY = 120
_CUTS, _BATTERY, _UNPROTECTS = Danger.CUTS_POWER, Danger.USES_BATTERY, Danger.UNPROTECTS
_MOST_SECONDS = 65534
_MOST_MINUTES = 65530
_OUTLET_SECONDS = 32767
_A_YEAR = 365 * 86400
# a countdown in minutes may end up to 59 s early (6.1.2)
_EARLY = 59
ALL_OUTLETS = 255
# set outlet parameter (6.1.5): what the parameters do
AUTO_OFF, AUTO_ON, OUTLET_OFF, OUTLET_ON = 1, 2, 3, 4
# set config parameter 6 (6.3.1)
_HORN = 6
# set power strategy (6.3.6)
STANDARD, HIGH_EFFICIENCY, FORCE = 2, 3, 4

type Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Spoken:
    """An order as it goes out: the data bytes of its commands, and the values really sent."""

    requests: tuple[bytes, ...]
    parameters: Mapping[str, float]


type Say = Callable[[Values, datetime | None], Spoken]


@dataclass(frozen=True, slots=True)
class Order:
    """A command and how it is said; ``needs_clock`` where it names a time of the unit's clock."""

    command: Command
    say: Say
    needs_clock: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What of a unit decides which orders it gets."""

    codes: frozenset[int]
    """Commands that it has, by its list or by its revision."""
    is_xcp: bool
    """XCP A or later: outlets may be named behind a command, bypass may be delayed."""
    outlets: Mapping[int, int]
    """Our number of an outlet → the unit's."""
    tests: frozenset[int]
    strategies: frozenset[int]
    can_beep: bool
    has_bypass: bool
    has_clock: bool


def request(*data: int) -> bytes:
    """Return the data bytes of a command."""
    return bytes(data)


def _plain(command: Command, *data: int) -> Order:
    return Order(command, lambda values, now: Spoken((request(*data),), {}))


def _delay(
    minimum: float, maximum: float, step: float, default: float, setting: str | None = None
) -> Parameter:
    return Parameter(
        name="delay",
        minimum=minimum,
        maximum=maximum,
        step=step,
        default=default,
        setting=setting,
    )


def date_of(moment: datetime) -> bytes:
    """Return FCC YY MM DD HH MM, the order of dates in commands (6.1.3)."""
    return bytes(
        (
            0x80 | packed(moment.year // 100),
            packed(moment.year % 100),
            packed(moment.month),
            packed(moment.day),
            packed(moment.hour),
            packed(moment.minute),
        )
    )


@dataclass(frozen=True, slots=True)
class _Later:
    """One way to switch after a delay."""

    parameter: Parameter
    say: Say
    cancel: bytes
    needs_clock: bool = False


def _in_minutes(code: Code, address: tuple[int, ...], early: float) -> _Later:
    def say(values: Values, now: datetime | None) -> Spoken:
        minutes = min(math.ceil((values["delay"] + early) / 60), _MOST_MINUTES)
        return Spoken((request(code, *word(minutes), *address),), {"delay": 60.0 * minutes})

    most = 60 * _MOST_MINUTES - early
    return _Later(_delay(1, most, 1, 60), say, request(code, 0, 0, *address))


def _by_outlet(parameter: int, address: int) -> _Later:
    def say(values: Values, now: datetime | None) -> Spoken:
        seconds = round(values["delay"])
        data = request(Code.SET_OUTLET, parameter, address, *word(seconds))
        return Spoken((data,), {"delay": float(seconds)})

    return _Later(
        _delay(1, _OUTLET_SECONDS, 1, 60),
        say,
        request(Code.SET_OUTLET, parameter, address, 0, 0),
    )


def _at_a_date(code: Code) -> _Later:
    def say(values: Values, now: datetime | None) -> Spoken:
        if now is None:
            raise Unsupported("the UPS does not tell its time, so it cannot be given one")
        at = now + timedelta(seconds=values["delay"])
        if at.second or at.microsecond:
            at = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
        told = {"delay": (at - now).total_seconds()}
        return Spoken((request(code) + date_of(at),), told)

    return _Later(_delay(60, _A_YEAR, 1, 60), say, request(code) + bytes(6), needs_clock=True)


def _later(unit: Abilities, code: Code, dated: Code, by_outlet: int, early: float) -> list[_Later]:
    """Return the ways in which the whole unit can be switched later, the best first."""
    ways = []
    if code in unit.codes:
        ways.append(_in_minutes(code, (), early))
    if unit.outlets and Code.SET_OUTLET in unit.codes:
        ways.append(_by_outlet(by_outlet, ALL_OUTLETS))
    if dated in unit.codes and unit.has_clock:
        ways.append(_at_a_date(dated))
    return ways


def _order_later(name: str, way: _Later, danger: Danger = Danger.HARMLESS) -> Order:
    command = Command(name=name, danger=danger, parameters=(way.parameter,))
    return Order(command, way.say, way.needs_clock)


def _stay_off(way: _Later | None) -> Order:
    """Return the order to go off and stay so: at once, or later where the unit can."""
    if way is None:
        return _plain(Command(name="shutdown.stayoff", danger=_CUTS), Code.OFF)

    def say(values: Values, now: datetime | None) -> Spoken:
        if not values["delay"]:
            return Spoken((request(Code.OFF),), {"delay": 0.0})
        least = max(values["delay"], way.parameter.minimum)
        return way.say({"delay": least}, now)

    most = way.parameter.maximum
    command = Command(name="shutdown.stayoff", danger=_CUTS, parameters=(_delay(0, most, 1, 0),))
    return Order(command, say, way.needs_clock)


def _restart(name: str, address: tuple[int, ...], setting: str | None) -> Order:
    """Return the order to go off after some seconds and on again with the mains (6.1.1)."""

    def say(values: Values, now: datetime | None) -> Spoken:
        seconds = round(values["delay"])
        data = request(Code.OFF_AND_RESTART, *word(seconds), *address)
        return Spoken((data,), {"delay": float(seconds)})

    delay = _delay(0, _MOST_SECONDS, 1, DEFAULT_OFF_DELAY, setting)
    return Order(Command(name=name, danger=_CUTS, parameters=(delay,)), say)


def short_restart(data: bytes) -> bytes | None:
    """Return a delayed shutdown in the form of old units, one byte; None where it does not fit."""
    if data[:1] == bytes((Code.OFF_AND_RESTART,)) and len(data) == 3 and not data[2]:
        return data[:2]
    return None


def _bypass(unit: Abilities) -> Order:
    if not unit.is_xcp:
        return _plain(Command(name="bypass.start", danger=_UNPROTECTS), Code.BYPASS)

    def say(values: Values, now: datetime | None) -> Spoken:
        seconds = round(values["delay"])
        data = request(Code.BYPASS, *word(seconds)) if seconds else request(Code.BYPASS)
        return Spoken((data,), {"delay": float(seconds)})

    command = Command(
        name="bypass.start", danger=_UNPROTECTS, parameters=(_delay(0, _MOST_MINUTES, 1, 0),)
    )
    return Order(command, say)


def _battery_test() -> Order:
    """Return the battery test: readings after the delay and after the duration (6.2.1)."""

    def say(values: Values, now: datetime | None) -> Spoken:
        start, duration = round(values["delay"]), round(values["duration"])
        told = {"delay": float(start), "duration": float(duration)}
        return Spoken((request(Code.BATTERY_TEST, start, duration),), told)

    duration = Parameter(name="duration", minimum=1, maximum=255, step=1, default=30)
    command = Command(
        name="test.battery.start",
        danger=_BATTERY,
        parameters=(_delay(1, 255, 1, 10), duration),
    )
    return Order(command, say)


def _panel_test() -> Order:
    def say(values: Values, now: datetime | None) -> Spoken:
        count = round(values["count"])
        return Spoken((request(Code.SYSTEM_TEST, 4, count),), {"count": float(count)})

    count = Parameter(name="count", minimum=1, maximum=255, step=1, default=10, unit="")
    return Order(Command(name="test.panel.start", parameters=(count,)), say)


_SYSTEM_TESTS = (
    (1, "test.system.start", _BATTERY),
    (2, "test.battery.schedule", _BATTERY),
    # where the other source is bad, the load runs on the battery for a moment
    (3, "test.input.start", _BATTERY),
)
_BEEPER = (("beeper.disable", 0), ("beeper.enable", 1), ("beeper.mute", 2))


def _list(unit: Abilities) -> Iterator[Order]:
    """Yield the orders that a unit understands."""
    codes = unit.codes
    off = _later(unit, Code.OFF_IN, Code.OFF_AT, OUTLET_OFF, _EARLY)
    on = _later(unit, Code.ON_IN, Code.ON_AT, OUTLET_ON, 0)
    if Code.OFF in codes:
        yield _plain(Command(name="load.off", danger=_CUTS), Code.OFF)
        yield _stay_off(off[0] if off else None)
    if Code.ON in codes:
        yield _plain(Command(name="load.on"), Code.ON)
    if off:
        yield _order_later("load.off.delay", off[0], _CUTS)
    if on:
        yield _order_later("load.on.delay", on[0])
    if cancels := tuple(way.cancel for way in (*off, *on)):
        # it cannot call off a shutdown.return
        yield Order(Command(name="shutdown.stop"), lambda values, now: Spoken(cancels, {}))
    if Code.OFF_AND_RESTART in codes:
        yield _restart("shutdown.return", (), OFF_DELAY)
    if Code.BYPASS in codes and unit.has_bypass:
        yield _bypass(unit)
        if Code.ON in codes:
            # "on" goes from any state to System Normal (6.1.4)
            yield _plain(Command(name="bypass.stop"), Code.ON)
    if Code.BATTERY_TEST in codes:
        yield _battery_test()
    for number, name, danger in _SYSTEM_TESTS:
        if number in unit.tests:
            yield _plain(Command(name=name, danger=danger), Code.SYSTEM_TEST, number)
    if 4 in unit.tests:
        yield _panel_test()
    if unit.can_beep:
        for name, value in _BEEPER:
            yield _plain(Command(name=name), Code.SET_PARAMETER, _HORN, value, 0)
    if FORCE in unit.strategies:
        forced = Command(name="experimental.ecomode.start", danger=_UNPROTECTS)
        yield _plain(forced, Code.STRATEGY, FORCE)
    if unit.strategies >= {STANDARD, FORCE}:
        yield _plain(Command(name="experimental.ecomode.stop"), Code.STRATEGY, STANDARD)
    for number, address in unit.outlets.items():
        yield from _outlet(unit, number, address)


def _outlet(unit: Abilities, number: int, address: int) -> Iterator[Order]:
    """Yield the orders of one outlet.

    Since XCP A it is named behind a command; before, and as well, it is set like a parameter.
    """
    name, codes = f"outlet.{number}", unit.codes
    can_set = Code.SET_OUTLET in codes
    off = Command(name=f"{name}.load.off", danger=_CUTS)
    on = Command(name=f"{name}.load.on")
    if unit.is_xcp and Code.OFF in codes:
        yield _plain(off, Code.OFF, address)
    elif can_set:
        # no delay at all calls off instead
        yield _plain(off, Code.SET_OUTLET, OUTLET_OFF, address, *word(1))
    if unit.is_xcp and Code.ON in codes:
        yield _plain(on, Code.ON, address)
    elif can_set:
        yield _plain(on, Code.SET_OUTLET, OUTLET_ON, address, *word(1))
    if unit.is_xcp and Code.OFF_AND_RESTART in codes:
        yield _restart(f"{name}.shutdown.return", (address,), OFF_DELAY)
    for suffix, code, parameter, early, danger in (
        ("load.off.delay", Code.OFF_IN, OUTLET_OFF, _EARLY, _CUTS),
        ("load.on.delay", Code.ON_IN, OUTLET_ON, 0, Danger.HARMLESS),
    ):
        if can_set:
            yield _order_later(f"{name}.{suffix}", _by_outlet(parameter, address), danger)
        elif unit.is_xcp and code in codes:
            yield _order_later(f"{name}.{suffix}", _in_minutes(code, (address,), early), danger)


def orders(unit: Abilities) -> dict[str, Order]:
    """Return the orders that a unit understands, by command."""
    return {order.command.name: order for order in _list(unit)}
