"""What a Megatec dialect is: queries, status bits, orders and settings in one table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import floor
import re

from ...errors import Unsupported
from ...model import (
    Alarm,
    Command,
    Danger,
    Parameter,
    Result,
    Setting,
    Severity,
    Status,
    StatusFlag,
    Value,
)
from .frames import CR, Query, Readings

type Judge = Callable[[Readings, Readings], Status]
"""Tells the status from the readings of one round and what is known of the unit."""
type Finish = Callable[[Readings, Readings], None]
"""Works out what needs more than one field: mends the readings, given what is known."""

UPS_FAILED = Alarm("UPS failed", severity=Severity.CRITICAL)
SHUTDOWN_IMMINENT = Alarm("Shutdown imminent", severity=Severity.CRITICAL)

ON_LINE = "online"
LINE_INTERACTIVE = "offline / line interactive"


# answers to an order


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How a unit answers orders: what it says for yes, and what its silence means."""

    yes: tuple[str, ...] = ("ACK", "(ACK")
    silence: Result | None = Result.SENT
    """None where silence is a refusal."""


SILENCE_IS_YES = Acceptance()
ACK_OR_NAK = Acceptance(yes=("(ACK",), silence=None)
OK_OR_NO = Acceptance(yes=("OK",), silence=None)


# delays


@dataclass(frozen=True, slots=True)
class Minutes:
    """How a delay is written: tenths of a minute below one, then two digits of minutes."""

    shortest_tenths: int = 2
    most_minutes: int = 10

    def say(self, seconds: float) -> tuple[str, float]:
        """Return the digits and the seconds they mean: the delay rounded down."""
        if seconds < 60 and self.shortest_tenths < 10:
            tenths = max(floor(seconds / 6), self.shortest_tenths)
            return f".{tenths}", tenths * 6
        minutes = min(max(floor(seconds / 60), 1), self.most_minutes)
        return f"{minutes:02d}", minutes * 60

    def parameter(self, name: str, default: float, setting: str | None = None) -> Parameter:
        """Return the parameter that takes such a delay."""
        return Parameter(
            name=name,
            minimum=self.shortest_tenths * 6 if self.shortest_tenths < 10 else 60,
            maximum=self.most_minutes * 60,
            step=6 if self.shortest_tenths < 10 else 60,
            default=default,
            setting=setting,
        )


OFF_DELAY = "ups.delay.shutdown"
ON_DELAY = "ups.delay.start"
LONGEST_RESTORE = 9999 * 60


def restore_minutes(seconds: float) -> tuple[str, float]:
    """Return the digits of R<mmmm>: whole minutes, at least three.

    After R0001 and R0002 early firmware never comes back ("Implementation notes").
    """
    minutes = min(max(floor(seconds / 60), 3), 9999)
    return f"{minutes:04d}", minutes * 60


# orders


@dataclass(frozen=True, slots=True)
class Spoken:
    """What an order says on the wire, and the parameters as rounded."""

    requests: tuple[str, ...]
    parameters: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """A command and how it is said."""

    command: Command
    say: Callable[[Mapping[str, float]], Spoken]
    acceptance: Acceptance | None = None
    """How this one is answered, where it differs from the dialect's way."""


def order(name: str, request: str, danger: Danger = Danger.HARMLESS) -> Order:
    """Describe an order without parameters."""
    return Order(Command(name=name, danger=danger), lambda parameters: Spoken((request,)))


def timed_test(format_: Minutes = Minutes(10, 99)) -> Order:
    """Describe ``T<n>``, a test of so many minutes; ten where nobody says."""

    def say(parameters: Mapping[str, float]) -> Spoken:
        digits, duration = format_.say(parameters["duration"])
        return Spoken((f"T{digits}",), {"duration": duration})

    return Order(
        Command(
            name="test.battery.start",
            danger=Danger.USES_BATTERY,
            parameters=(format_.parameter("duration", 600),),
        ),
        say,
    )


class Restore(StrEnum):
    """Whether a shutdown tells when to come back."""

    MAY = "may"
    """``S<n>`` comes back with the mains, ``S<n>R<m>`` not before so many minutes."""
    MUST = "must"
    """``S<n>`` alone would stay off."""
    CANNOT = "cannot"
    """There is only ``S<n>``."""


def shutdown_return(
    format_: Minutes, restore: Restore = Restore.MAY, before: tuple[str, ...] = ()
) -> Order:
    """Describe ``S<n>R<m>`` and ``S<n>``: off after a delay, back with the mains.

    ``before`` are requests that must be accepted first.
    """

    def say(parameters: Mapping[str, float]) -> Spoken:
        digits, delay = format_.say(parameters["delay"])
        wanted = parameters.get("restart_delay", 0)
        if restore is Restore.CANNOT:
            return Spoken((*before, f"S{digits}"), {"delay": delay})
        if restore is Restore.MAY and not wanted:
            return Spoken((*before, f"S{digits}"), {"delay": delay, "restart_delay": 0})
        minutes, restart_delay = restore_minutes(wanted)
        return Spoken(
            (*before, f"S{digits}R{minutes}"), {"delay": delay, "restart_delay": restart_delay}
        )

    parameter = restore_parameter(restore)
    return Order(
        Command(
            name="shutdown.return",
            danger=Danger.CUTS_POWER,
            parameters=(format_.parameter("delay", 30, OFF_DELAY), *parameter),
        ),
        say,
    )


_SHUTDOWN = re.compile(rb"S(?P<minutes>\.\d|\d\d)(?:R(?P<restore>\d{4}))?\r?")


def carried(command: Command, parameters: Mapping[str, float], request: bytes) -> dict[str, float]:
    """Return the parameters of a shutdown as a bridge carries them that rounded its request.

    A restart delay that the bridge leaves out is its own. Raises Unsupported where a unit would
    then stay off that is to come back.
    """
    match = _SHUTDOWN.fullmatch(request)
    if match is None:
        return dict(parameters)
    delays = {**parameters, "delay": round(60 * float(match["minutes"]))}
    if delays.pop("restart_delay", None) is not None:
        if match["restore"] is not None:
            delays["restart_delay"] = 60 * int(match["restore"])
        elif any(each.name == "restart_delay" and each.minimum for each in command.parameters):
            raise Unsupported(f"over this wire {command.name} would leave the UPS off")
    return delays


def restore_parameter(restore: Restore) -> tuple[Parameter, ...]:
    """Return the parameter that says when to come back, where there is one."""
    if restore is Restore.CANNOT:
        return ()
    return (
        Parameter(
            name="restart_delay",
            minimum=0 if restore is Restore.MAY else 60,
            maximum=LONGEST_RESTORE,
            step=60,
            default=180,
            setting=ON_DELAY,
        ),
    )


def shutdown_stayoff(
    format_: Minutes,
    say_off: Callable[[str], tuple[str, ...]] = lambda digits: (f"S{digits}R0000",),
) -> Order:
    """Describe ``S<n>R0000``, or what else keeps a unit off; ``say_off`` takes the delay."""

    def say(parameters: Mapping[str, float]) -> Spoken:
        digits, delay = format_.say(parameters["delay"])
        return Spoken(say_off(digits), {"delay": delay})

    return Order(
        Command(
            name="shutdown.stayoff",
            danger=Danger.CUTS_POWER,
            parameters=(format_.parameter("delay", 30, OFF_DELAY),),
        ),
        say,
    )


QUICK_TEST = order("test.battery.start.quick", "T", Danger.USES_BATTERY)
DEEP_TEST = order("test.battery.start.deep", "TL", Danger.USES_BATTERY)
STOP_TEST = order("test.battery.stop", "CT")
TOGGLE_BEEPER = order("beeper.toggle", "Q")
LOAD_OFF = order("load.off", "S00R0000", Danger.CUTS_POWER)
LOAD_ON = order("load.on", "C")
STOP_SHUTDOWN = order("shutdown.stop", "C")

TESTS = (QUICK_TEST, timed_test(), DEEP_TEST, STOP_TEST)
POWER = (
    shutdown_return(Minutes()),
    shutdown_stayoff(Minutes()),
    STOP_SHUTDOWN,
    LOAD_OFF,
    LOAD_ON,
)
BASE_ORDERS = (*TESTS, TOGGLE_BEEPER, *POWER)


# settings


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that the unit stores: how it is written, and which query reads it back."""

    setting: Callable[[Readings], Setting | None]
    """The setting of this unit, given what is known of it; None where it has none."""
    say: Callable[[Value], str]
    read_back: Query


def delays(format_: Minutes = Minutes(), restore: Restore = Restore.MAY) -> tuple[Setting, ...]:
    """Describe the delays that we keep and send along with each shutdown."""
    off = format_.parameter("delay", 30)
    return tuple(
        Setting(
            name=name,
            minimum=parameter.minimum,
            maximum=parameter.maximum,
            step=parameter.step,
            host_side=True,
        )
        for name, parameter in (
            (OFF_DELAY, off),
            *((ON_DELAY, parameter) for parameter in restore_parameter(restore)),
        )
    )


# status bits


def avr_flag(readings: Readings) -> StatusFlag | None:
    """Tell what the bypass/boost/buck bit means, from the ratio of output to input voltage.

    None where a voltage is missing or the ratio can be neither (card megatec, section 5).
    """
    into, out = readings.get("input.voltage"), readings.get("output.voltage")
    if not isinstance(into, float) or not isinstance(out, float) or not into:
        return None
    ratio = out / into
    if ratio < 0.5 or ratio >= 1.5:
        return None
    if ratio < 0.95:
        return StatusFlag.TRIMMING
    return StatusFlag.BYPASS if ratio < 1.05 else StatusFlag.BOOSTING


def input_present(readings: Readings) -> bool | None:
    """Tell whether there is a voltage at the input: at least half of the output's."""
    into, out = readings.get("input.voltage"), readings.get("output.voltage")
    if not isinstance(into, float) or not isinstance(out, float) or not out:
        return None
    return into >= out / 2


def judge_q1(readings: Readings, known: Readings) -> Status:
    """Tell the status from the eight bits of Q1 ("UPS status data stream").

    b7 utility fail, b6 battery low, b5 bypass/boost/buck, b4 UPS failed, b3 standby type, b2
    test, b1 shutdown active, b0 beeper.
    """
    b7, b6, b5, b4, b3, b2, b1, b0 = tuple(str(readings["_bits"]))
    flags = {StatusFlag.ON_BATTERY if b7 == "1" else StatusFlag.ON_LINE}
    alarms = []
    if b6 == "1":
        flags.add(StatusFlag.LOW_BATTERY)
    if b5 == "1" and b7 == "0" and (flag := avr_flag(readings)):
        flags.add(flag)
    ignored = known.get("_ignore_bit")
    if b4 == "1" and ignored != "fault":
        alarms.append(UPS_FAILED)
    if b2 == "1":
        flags.add(StatusFlag.TESTING)
    if b1 == "1" and ignored != "shutdown":
        flags.add(StatusFlag.FORCED_SHUTDOWN)
        alarms.append(SHUTDOWN_IMMINENT)
    readings["ups.type"] = LINE_INTERACTIVE if b3 in "13" else ON_LINE
    readings["ups.beeper.status"] = "enabled" if b0 == "1" else "disabled"
    return Status(
        flags=frozenset(flags), alarms=tuple(alarms), input_present=input_present(readings)
    )


Q1_FLAGS = frozenset(
    {
        StatusFlag.ON_LINE,
        StatusFlag.ON_BATTERY,
        StatusFlag.LOW_BATTERY,
        StatusFlag.BYPASS,
        StatusFlag.TRIMMING,
        StatusFlag.BOOSTING,
        StatusFlag.TESTING,
        StatusFlag.FORCED_SHUTDOWN,
    }
)


def plain(request: str) -> bytes:
    """Put a request on the wire: ASCII and CR."""
    return request.encode("latin-1") + CR


def leave(readings: Readings, known: Readings) -> None:
    """Have nothing to mend."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet that can be switched, and its orders."""

    index: int
    orders: tuple[Order, ...]


def no_outlets(known: Readings) -> tuple[Outlet, ...]:
    """Find no outlets."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One dialect of the family, as a table."""

    id: str
    status: tuple[Query, ...]
    """What the flags and alarms come from; the first must be answered."""
    values: tuple[Query, ...] = ()
    """What else moves."""
    constants: tuple[Query, ...] = ()
    """What is read once; a unit may lack any of them."""
    judge: Judge = judge_q1
    finish: Finish = leave
    flags: frozenset[StatusFlag] = Q1_FLAGS
    orders: tuple[Order, ...] = BASE_ORDERS
    acceptance: Acceptance = SILENCE_IS_YES
    host_side: tuple[Setting, ...] = delays()
    default_delays: Mapping[str, float] = field(
        default_factory=lambda: {OFF_DELAY: 30, ON_DELAY: 180}
    )
    changes: tuple[Change, ...] = ()
    outlets: Callable[[Readings], tuple[Outlet, ...]] = no_outlets
    manufacturer: str | None = None
    """The maker, where the dialect is spoken by one maker and the unit does not say it."""
    guesses_packs: bool = True
    """Whether the battery's reading may be that of one cell."""
    timeout: float = 1.5
    is_slow: bool = False
    """Whether the unit needs the whole time-out even for what it does not know."""
    encode: Callable[[str], bytes] = plain
    keeps_nul: bool = False
    """Whether a NUL may be part of a reply (of its CRC); elsewhere it is dirt on the line."""


def number_in(value: Value, minimum: float, maximum: float) -> float:
    """Return a value as a number of a range. Raises Unsupported."""
    try:
        result = float(value)
    except ValueError as error:
        raise Unsupported(f"{value} is no number") from error
    if not minimum <= result <= maximum:
        raise Unsupported(f"{value} does not lie between {minimum:g} and {maximum:g}")
    return result
