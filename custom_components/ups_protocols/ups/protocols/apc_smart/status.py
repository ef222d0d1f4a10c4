"""Status: flags and alarms out of the status byte and the registers ("Status flags" ...)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...errors import BadReply
from ...model import Alarm, Severity, Status, StatusFlag
from ...names import TransferReason
from .variables import QUALITY_BAD, QUALITY_GOOD

STATUS = b"Q"
FIRST, SECOND, THIRD = b"~", b"'", b"8"
REGISTERS = (FIRST, SECOND, THIRD)

type Flags = frozenset[StatusFlag]

_F = StatusFlag
_BITS: Mapping[int, StatusFlag] = {
    0x01: _F.CALIBRATING,
    0x02: _F.TRIMMING,
    0x04: _F.BOOSTING,
    0x08: _F.ON_LINE,
    0x10: _F.ON_BATTERY,
    0x20: _F.OVERLOADED,
    0x40: _F.LOW_BATTERY,
    0x80: _F.REPLACE_BATTERY,
}
"""The bits of the status byte."""

_MODES: Mapping[str, StatusFlag] = {
    "eco": _F.ECO,
    "bypass": _F.BYPASS,
    "battery test": _F.TESTING,
}
"""What the running mode of the SPM series adds to them."""


@dataclass(frozen=True, slots=True)
class Bit:
    """What one bit of a register says: a flag, an alarm, or both."""

    flag: StatusFlag | None = None
    alarm: str = ""
    severity: Severity = Severity.WARNING


_CRITICAL = Severity.CRITICAL
REGISTER_BITS: Mapping[bytes, Mapping[int, Bit]] = {
    # bits 0, 2 and 4 (waking up, going to bypass, coming back from it) pass in seconds
    FIRST: {
        0x02: Bit(_F.BYPASS, "In bypass because of an internal fault", _CRITICAL),
        0x08: Bit(_F.BYPASS),
        0x20: Bit(_F.BYPASS),
        # "ready to power load" is said of a load that has no power (inferred)
        0x40: Bit(_F.OFF),
        0x80: Bit(_F.OFF),
    },
    SECOND: {
        0x01: Bit(_F.BYPASS, "Fan failure in electronics, UPS in bypass", _CRITICAL),
        0x02: Bit(None, "Fan failure in isolation unit"),
        0x04: Bit(None, "Bypass supply failure"),
        0x08: Bit(_F.BYPASS, "Output voltage select failure, UPS in bypass", _CRITICAL),
        0x10: Bit(_F.BYPASS, "DC imbalance, UPS in bypass", _CRITICAL),
        0x20: Bit(_F.BYPASS, "Bypass cannot be left: no battery connected"),
        0x40: Bit(None, "Relay fault in SmartTrim or SmartBoost"),
        0x80: Bit(None, "Bad output voltage", _CRITICAL),
    },
    THIRD: {
        0x01: Bit(_F.OFF, "Output off: shut down by low battery", _CRITICAL),
        0x02: Bit(None, "Unable to transfer to battery because of an overload", _CRITICAL),
        0x04: Bit(_F.OFF, "Main relay malfunction, UPS turned off", _CRITICAL),
        0x08: Bit(_F.OFF),
        0x10: Bit(_F.OFF),
        0x20: Bit(None, "Battery charger failure"),
        0x40: Bit(None, "Bypass relay malfunction"),
        0x80: Bit(None, "Normal operating temperature exceeded"),
    },
}
"""What the bits of the registers say, in the document's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything that the power state is made of, as far as this unit tells it."""

    status: int
    registers: Mapping[bytes, int] = field(default_factory=dict)
    mode: str | None = None
    """The running mode of the SPM series."""
    reason: str | None = None
    """Why the unit last went to battery."""
    quality: str | None = None
    has_bypass: bool = False
    """Whether there is a bypass: "in bypass" is said of a bit that others report as well."""
    is_feigned: bool = False
    """Whether we told the unit to behave as if the mains had failed."""


def check_status(status: int) -> int:
    """Return a status byte that can be. Raises BadReply.

    On line and on battery at once is what some old units say during a test of their panel.
    """
    if status & 0x18 == 0x18:
        raise BadReply(f"status {status:02X} is on line and on battery at once")
    return status


def judge(view: View) -> Status:
    """Return flags and alarms.

    A unit on battery whose transfer was due to a test is TESTING, unless we feigned a failure:
    whoever does that wants to see what follows.
    """
    flags = {flag for bit, flag in _BITS.items() if view.status & bit}
    if view.mode == "battery":
        flags = flags - {_F.ON_LINE} | {_F.ON_BATTERY}
    elif (added := _MODES.get(view.mode or "")) is not None:
        flags.add(added)
    if not flags & {_F.ON_LINE, _F.ON_BATTERY, _F.BYPASS, _F.TESTING, _F.ECO}:
        flags.add(_F.OFF)
    input_present = None
    if _F.ON_BATTERY in flags:
        if view.reason == TransferReason.SELF_TEST and not (
            view.is_feigned or _F.CALIBRATING in flags
        ):
            flags.add(_F.TESTING)
        input_present = {QUALITY_BAD: False, QUALITY_GOOD: True}.get(view.quality or "")
    alarms = []
    for register, value in view.registers.items():
        for bit, meaning in REGISTER_BITS[register].items():
            if value & bit:
                if meaning.flag is not None and (meaning.flag is not _F.BYPASS or view.has_bypass):
                    flags.add(meaning.flag)
                if meaning.alarm:
                    alarms.append(Alarm(meaning.alarm, severity=meaning.severity))
    if _F.BYPASS in flags:
        # a unit in bypass may say neither; its load has power
        flags.discard(_F.OFF)
    return Status(flags=frozenset(flags), alarms=tuple(alarms), input_present=input_present)
