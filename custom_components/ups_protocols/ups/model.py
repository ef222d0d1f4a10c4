"""The words of the library: what a UPS is, what it says and what it can be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

type Value = float | str
"""A number in the unit that ``names`` gives for the variable, or a text."""

NOTHING: Mapping[str, Value] = MappingProxyType({})


class DeviceKind(StrEnum):
    """What a device is."""

    UPS = "ups"
    PDU = "pdu"
    ATS = "ats"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a device says it is; None where it does not say, or says nothing plausible."""

    kind: DeviceKind = DeviceKind.UPS
    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None

    def may_be(self, other: Identity) -> bool:
        """Tell whether both can be one unit: no field that both know differs.

        The firmware may change under an update and does not count.
        """
        if self.kind is not other.kind:
            return False
        pairs = (
            (self.serial, other.serial),
            (self.model, other.model),
            (self.manufacturer, other.manufacturer),
        )
        return all(mine == theirs for mine, theirs in pairs if mine and theirs)


# what makers leave in, in small letters and without anything between the letters
_NO_SERIALS = frozenset(
    {
        "blank",
        "default",
        "defaultstring",
        "empty",
        "invalid",
        "na",
        "noserial",
        "none",
        "noserialnumber",
        "notavailable",
        "notset",
        "notspecified",
        "null",
        "serial",
        "serialnumber",
        "sn",
        "tobefilledbyoem",
        "undefined",
        "unknown",
    }
)
_IN_ORDER = ("0123456789abcdef", "01234567890123456789", "12345678901234567890")
_SHORTEST_IN_ORDER = 5


def plausible_serial(text: str) -> str | None:
    """Return a serial number cleaned of padding, or None when it tells no units apart.

    Blank, "unknown", one character repeated (000000, 00-00, ######) and digits in their order
    (123456789) are what makers leave in.
    """
    serial = "".join(text.split("\0")).strip(" #*")
    bare = "".join(filter(str.isalnum, serial)).lower()
    if len(set(bare)) < 2 or bare in _NO_SERIALS:
        return None
    if len(bare) >= _SHORTEST_IN_ORDER and any(order.startswith(bare) for order in _IN_ORDER):
        return None
    return serial


class PartKind(StrEnum):
    """The kinds of parts that have values of their own."""

    OUTLET = "outlet"
    OUTLET_GROUP = "outlet.group"
    PHASE = "phase"
    PACK = "battery.pack"
    PROBE = "ambient"
    SOURCE = "input"
    UNIT = "device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a device with values of its own."""

    kind: PartKind
    index: int
    identity: Identity | None = None


class StatusFlag(StrEnum):
    """What a UPS may be doing; the values are NUT's tokens, TEST and ECO are ours."""

    ON_LINE = "OL"
    ON_BATTERY = "OB"
    LOW_BATTERY = "LB"
    HIGH_BATTERY = "HB"
    REPLACE_BATTERY = "RB"
    CHARGING = "CHRG"
    DISCHARGING = "DISCHRG"
    BYPASS = "BYPASS"
    CALIBRATING = "CAL"
    OFF = "OFF"
    OVERLOADED = "OVER"
    TRIMMING = "TRIM"
    BOOSTING = "BOOST"
    FORCED_SHUTDOWN = "FSD"
    TESTING = "TEST"
    ECO = "ECO"


class Severity(StrEnum):
    """How much an alarm matters."""

    INFORMATION = "information"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something the UPS complains of, in its own words or those of its document."""

    text: str
    code: str | None = None
    severity: Severity = Severity.WARNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The power state at one moment."""

    flags: frozenset[StatusFlag]
    alarms: tuple[Alarm, ...] = ()
    input_present: bool | None = None
    """What the device itself says of its input, where it says it apart from OL and OB."""

    def tells(self, flag: StatusFlag) -> bool | None:
        """Return whether a flag is up; None while nothing at all is said."""
        return flag in self.flags if self.flags else None

    @property
    def mains(self) -> bool | None:
        """Whether the mains is there; None where the flags do not tell.

        On battery during a test or a calibration is no loss of mains, unless the device says
        that its input is gone.
        """
        on_line = StatusFlag.ON_LINE in self.flags
        on_battery = StatusFlag.ON_BATTERY in self.flags
        if on_line == on_battery:
            return None
        if on_battery and self.flags & {StatusFlag.TESTING, StatusFlag.CALIBRATING}:
            return self.input_present is not False
        return on_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that is known of a UPS at one moment."""

    status: Status
    variables: Mapping[str, Value] = NOTHING
    estimated: frozenset[str] = frozenset()
    """Names of variables that we worked out because the UPS does not tell them."""
    left_out: Mapping[str, Value] = NOTHING
    """Values the UPS gave that cannot be, kept for the diagnostics."""


class Danger(StrEnum):
    """What a command can do to the load."""

    HARMLESS = "harmless"
    USES_BATTERY = "uses_battery"
    UNPROTECTS = "unprotects"
    CUTS_POWER = "cuts_power"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A number that a command takes, in seconds unless ``unit`` says otherwise."""

    name: str
    minimum: float
    maximum: float
    step: float
    default: float
    unit: str = "s"
    setting: str | None = None
    """The setting whose value is taken when the caller gives none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something a UPS can be told to do, under its standard (instcmd) name."""

    name: str
    danger: Danger = Danger.HARMLESS
    parameters: tuple[Parameter, ...] = ()
    busy_for: float = 0
    """Seconds during which the UPS may not answer after this command."""


class SettingKind(StrEnum):
    """The shapes of a setting's value."""

    NUMBER = "number"
    CHOICE = "choice"
    SWITCH = "switch"
    TEXT = "text"
    DATE = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A variable that can be written.

    NUMBER has minimum, maximum and step; CHOICE and SWITCH have options (a switch: off, on);
    TEXT has a length in characters; DATE is an ISO date.
    """

    name: str
    kind: SettingKind = SettingKind.NUMBER
    minimum: float = 0
    maximum: float = 0
    step: float = 1
    options: tuple[str, ...] = ()
    length: int = 0
    host_side: bool = False
    """Kept by us and sent along with each command; the UPS does not store it."""


class Result(StrEnum):
    """How far we know that a command was taken."""

    CONFIRMED = "confirmed"
    SENT = "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a command: CONFIRMED by the UPS, or SENT where it acknowledges nothing."""

    result: Result
    parameters: Mapping[str, float] = field(default_factory=dict)
    """The values really sent, after rounding to what the protocol can say."""
    requests: tuple[bytes, ...] = ()
    """What went over the wire."""


class Tier(StrEnum):
    """The two rates of polling: the few bytes of the power state, and everything."""

    STATUS = "status"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Flags:
    """A push: these flags are set now and those cleared."""

    set: frozenset[StatusFlag] = frozenset()
    cleared: frozenset[StatusFlag] = frozenset()


@dataclass(frozen=True, slots=True)
class Values:
    """A push: these variables have new values."""

    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Reread:
    """A push: something happened; read this tier now."""

    tier: Tier


@dataclass(frozen=True, slots=True)
class Event:
    """A push: something happened that has no lasting state, e.g. a test that ended."""

    name: str


type Push = Flags | Values | Reread | Event
