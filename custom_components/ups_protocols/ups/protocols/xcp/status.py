"""What the status and alarm blocks mean (document, 5.5.1 and 5.4.4)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ...errors import BadReply
from ...model import Status, StatusFlag
from ...names import UpsType
from . import alarms
from .blocks import Battery, Configuration, packed_date
from .frames import digits, unpack

_F = StatusFlag

# the first byte of the status: flags and words by exact value, else by its upper half, as the
# document wants new values to be read
_STATES: Mapping[int, tuple[frozenset[StatusFlag], str]] = {
    0xF0: (frozenset({_F.ON_BATTERY}), "on battery"),
    0xE0: (frozenset({_F.ON_LINE, _F.OVERLOADED}), "overload"),
    0xD0: (frozenset({_F.ON_LINE, _F.OVERLOADED}), "rectifier overload"),
    0x90: (frozenset({_F.ON_LINE}), "inverter starting"),
    0x80: (frozenset({_F.ON_LINE}), "inverter syncing to bypass"),
    0x70: (frozenset({_F.ON_LINE}), "rectifier starting"),
    0x64: (frozenset({_F.BYPASS}), "maintenance bypass"),
    0x63: (frozenset({_F.ON_LINE, _F.TRIMMING}), "reducing the voltage"),
    0x62: (frozenset({_F.ON_LINE, _F.BOOSTING}), "raising the voltage"),
    0x61: (frozenset({_F.ON_LINE, _F.BOOSTING}), "raising the voltage twice"),
    0x60: (frozenset({_F.BYPASS}), "on bypass"),
    0x51: (frozenset({_F.ON_LINE, _F.ECO}), "high efficiency"),
    0x50: (frozenset({_F.ON_LINE}), "normal"),
    0x40: (frozenset({_F.ON_LINE}), "supporting the load"),
    0x30: (frozenset({_F.ON_LINE}), "on"),
    0x21: (frozenset({_F.OFF}), "outlet open"),
    0x20: (frozenset({_F.OFF}), "output breaker open"),
    0x11: (frozenset({_F.OFF}), "module failure"),
    0x10: (frozenset({_F.OFF}), "off"),
}
# that the load is fed from what is being started or synced is not said by the byte itself
_STARTING = frozenset({0x70, 0x80, 0x90})
_RAMPING = 0x90

UTILITY, LOW, ON_BATTERY, BYPASS, OUTPUT, INSTALLED = 0x80, 0x20, 0x08, 0x04, 0x02, 0x01
"""Bits of the second byte."""

_BREAKERS = (
    (0x80, "input"),
    (0x40, "bypass"),
    (0x20, "staticswitch"),
    (0x10, "battery"),
    (0x08, "inverter"),
    (0x04, "load"),
)
NEVER = 0xFFFF
DELAYS = 19
"""Where the delays end in the block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A delay as a status tells it: seconds, or the date and time of the unit's own clock."""

    seconds: float | None = None
    at: datetime | None = None

    def left(self, now: datetime | None) -> float | None:
        """Return the seconds that are left; None where the unit's clock does not tell."""
        if self.seconds is not None:
            return self.seconds
        if self.at is None or now is None:
            return None
        return max((self.at - now).total_seconds(), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The status block of a unit, or of one outlet; bits that are not valid are 0."""

    overall: int
    bits: int
    valid: int
    breakers: int | None = None
    on: Moment | None = None
    off: Moment | None = None
    restart: Moment | None = None

    def bit(self, bit: int) -> bool | None:
        """Return a bit of the second byte; None where it is not valid."""
        return bool(self.bits & bit) if self.valid & bit else None

    @property
    def is_normal(self) -> bool:
        """Whether all is well: there are no alarms in this state, in high efficiency or not."""
        return self.overall in {0x50, 0x51}

    @property
    def words(self) -> str:
        """What the unit does."""
        return _known(self.overall)[1]


def _known(overall: int) -> tuple[frozenset[StatusFlag], str]:
    """Return flags and words of a first byte. Raises BadReply for one in no known range."""
    found = _STATES.get(overall) or _STATES.get(overall & 0xF0)
    if found is None:
        raise BadReply(f"{overall:02x} is no state of a UPS")
    return found


def read(data: bytes, mask: int) -> State:
    """Decode a status block: two bytes at least, twenty at most; ``mask`` is that of byte 2.

    Raises BadReply.
    """
    if len(data) < 2:
        raise BadReply("the status block is too short")
    _known(data[0])
    on, off, restart = _delays(data)
    return State(
        overall=data[0],
        bits=data[1] & mask,
        valid=mask,
        breakers=data[3] if len(data) > 3 else None,
        on=on,
        off=off,
        restart=restart,
    )


def _delays(data: bytes) -> tuple[Moment | None, Moment | None, Moment | None]:
    """Return when the output goes on, off, and off and on again; None for what is not pending."""
    if len(data) < DELAYS:
        return None, None, None
    bits = data[4]
    on = off = restart = None
    if bits & 0x08:
        on = _moment(data[5:11], is_short=bool(bits & 0x04), is_seconds=bool(bits & 0x40))
    if bits & 0x02:
        off = _moment(data[11:17], is_short=bool(bits & 0x01), is_seconds=bool(bits & 0x20))
    if bits & 0x10:
        restart = _moment(data[17:19], is_short=True, is_seconds=True)
    return on, off, restart


def _moment(data: bytes, *, is_short: bool, is_seconds: bool) -> Moment | None:
    if is_short:
        number = unpack(data)
        return None if number == NEVER else Moment(seconds=number * (1.0 if is_seconds else 60.0))
    try:
        day = packed_date(data[:4])
        hour, minute = digits(data[4]), digits(data[5])
        return None if day is None else Moment(at=datetime(*day, hour, minute))
    except BadReply, ValueError:
        # a delay that cannot be read is none; the state before it counts
        return None


def breakers(state: State, mask: int) -> Iterator[tuple[str, str]]:
    """Yield the breakers that the unit has, with open or closed."""
    if state.breakers is not None:
        for bit, name in _BREAKERS:
            if mask & bit:
                word = "closed" if state.breakers & bit else "open"
                yield f"ups.breaker.{name}.status", word


def doubts_battery(state: State, active: Mapping[int, int], mapped: Iterable[int]) -> bool:
    """Tell whether "on battery" may be a battery test: alarm 168 is there and clear."""
    return (
        state.overall >> 4 == 0xF
        and alarms.ON_BATTERY in mapped
        and alarms.ON_BATTERY not in active
    )


def judge(
    state: State, active: Mapping[int, int], battery: Battery | None, *, has_levels: bool
) -> Status:
    """Put status, alarms and what was last read of the battery together.

    Only the state of the highest priority stands in the first byte, so what the alarms and the
    valid bits say of the battery counts more than an "on line" there.
    """
    flags = set(_known(state.overall)[0])
    told = {flag for number in active if (flag := alarms.FLAGS.get(number))}
    if state.overall & 0xF0 in _STARTING:
        # what feeds the load meanwhile
        if state.bit(BYPASS):
            flags = {_F.BYPASS}
        elif state.overall & 0xF0 == _RAMPING and state.bit(OUTPUT) is False:
            flags = {_F.OFF}
    if state.bit(BYPASS):
        told.add(_F.BYPASS)
    if state.bit(LOW):
        told.add(_F.LOW_BATTERY)
    if state.bit(ON_BATTERY):
        told.add(_F.ON_BATTERY)
    flags |= told
    if _F.BYPASS in flags:
        # the bypass may have a feed of its own, so only the unit knows of its input
        flags.discard(_F.ON_LINE)
        if state.bit(UTILITY):
            flags.add(_F.ON_LINE)
    if _F.OFF in flags:
        # nothing is fed, from whatever source
        flags -= {_F.ON_LINE, _F.ON_BATTERY, _F.BYPASS}
    if _F.ON_BATTERY in flags:
        flags -= {_F.ON_LINE, _F.CHARGING}
    if battery is not None:
        _add_battery(flags, battery)
    shown = (alarms.alarm(number, level, has_levels=has_levels) for number, level in active.items())
    return Status(
        flags=frozenset(flags),
        alarms=tuple(each for each in shown if each is not None),
        input_present=state.bit(UTILITY),
    )


def _add_battery(flags: set[StatusFlag], battery: Battery) -> None:
    """Add what the battery block says, unless the newer status speaks against it."""
    if battery.status == 1:
        flags.add(_F.TESTING)
    # the first charger is that of the main battery
    charger = battery.chargers[0] if battery.chargers else 0
    discharges = flags & {_F.ON_BATTERY, _F.TESTING}
    if charger == 1 and not discharges:
        flags.add(_F.CHARGING)
    elif charger == 2 and (discharges or _F.ON_LINE not in flags):
        flags.add(_F.DISCHARGING)
        flags.discard(_F.CHARGING)


def possible(
    mapped: Iterable[int], configuration: Configuration, kind: str | None, battery: Battery | None
) -> frozenset[StatusFlag]:
    """Return the flags that a unit can report."""
    flags = {_F.ON_LINE, _F.ON_BATTERY, _F.OFF, _F.OVERLOADED}
    flags |= {flag for number in mapped if (flag := alarms.FLAGS.get(number))}
    mask = configuration.status_mask
    if mask & LOW:
        flags.add(_F.LOW_BATTERY)
    is_on_line = kind not in {None, UpsType.LINE_INTERACTIVE, UpsType.OFFLINE}
    if mask & (BYPASS | INSTALLED) or is_on_line:
        flags.add(_F.BYPASS)
    if kind in {None, UpsType.LINE_INTERACTIVE}:
        flags |= {_F.TRIMMING, _F.BOOSTING}
    if battery is not None:
        flags.add(_F.TESTING)
        if battery.chargers:
            flags |= {_F.CHARGING, _F.DISCHARGING}
    return frozenset(flags)
