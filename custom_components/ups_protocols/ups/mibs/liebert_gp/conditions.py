"""Conditions: what is present, by the ids of the condition table and of the flexible one.

Documents: LIEBERT_GP_COND.MIB (ids of one or two digits more, L.3.2.1) and
LIEBERT_GP_FLEXIBLE_COND.MIB (L.3.2.7.1); the latter's numbers name events of the flexible table as
well. The names of ids without a meaning of their own are in ``condition_names``.
"""

from collections.abc import Mapping
from functools import cache

from ...links.base import Oid, SnmpValue
from ...model import Alarm, Severity, StatusFlag
from ..table import AlarmTable, Look, Sign, alarms, as_signs, oid
from ..values import as_text
from .condition_names import NEWER, OLDER

ROOT = "E.476.1.42"
TABLE = "3.2.3.1"
_OLDER, _NEWER = oid(f"{ROOT}.3.2.1"), oid(f"{ROOT}.3.2.7.1")

_F = StatusFlag
_CRITICAL = Severity.CRITICAL


def _alarm(name: str, said: str, severity: Severity = Severity.WARNING) -> Alarm:
    return Alarm(said, code=name, severity=severity)


_EMERGENCY_OFF = _alarm("EmergencyPowerOff", "Emergency power off", _CRITICAL)
_CAPACITY_LOW = _alarm("BatteryCapacityLow", "Battery capacity low")
_TEST_FAILED = _alarm("BatteryTestFailed", "Battery test failed")
_FAN = _alarm("FanFailure", "Fan failed", _CRITICAL)
_TOO_HOT = _alarm("OverTemperature", "Over temperature", _CRITICAL)
_PENDING = _alarm("ShutdownPending", "Shutdown pending")

_OF_OLDER: Mapping[int, Sign | tuple[Sign, ...]] = {
    # the battery of the system's controller: says nothing of the UPS's
    28: _alarm("SystemControlBatteryLow", "Battery of the system's controller low"),
    33: _F.BYPASS,
    40: _F.OVERLOADED,
    43: _FAN,
    59: _TOO_HOT,
    60: _alarm("LoadOnAlternateSource", "Load on the alternate source", Severity.INFORMATION),
    # without 72 the battery may not be in use at all
    70: _alarm("UtilityFailure", "Mains failed"),
    71: _F.TESTING,
    72: _F.ON_BATTERY,
    74: _F.REPLACE_BATTERY,
    75: _PENDING,
    76: _alarm("BatteryChargerFailed", "Charger failed", _CRITICAL),
    86: (_F.OFF, _EMERGENCY_OFF),
    92: _alarm("SelfTestFailed", "Self-test failed"),
    99: _alarm("LostPowerRedundancy", "Redundancy lost"),
    102: _F.OFF,
    103: _F.OFF,
    109: _F.LOW_BATTERY,
    111: _alarm("BatteryFault", "Battery fault", _CRITICAL),
    # fed by battery and rectifier together
    115: _F.DISCHARGING,
    117: _F.LOW_BATTERY,
    118: _alarm("InternalFault", "Internal fault", _CRITICAL),
    119: _TEST_FAILED,
    141: _F.OFF,
    150: _F.OFF,
    192: _alarm("InputUnqualified", "Input not qualified"),
    196: _F.OVERLOADED,
    204: _CAPACITY_LOW,
    210: _F.LOW_BATTERY,
    211: (_F.OFF, _EMERGENCY_OFF),
    216: _F.OVERLOADED,
    224: _alarm("InputOnGenerator", "Input from a generator", Severity.INFORMATION),
}
_BYPASS_OVERLOAD = (_F.OVERLOADED, _F.BYPASS)
OF_NEWER: Mapping[int, Sign | tuple[Sign, ...]] = {
    4122: _alarm("SystemInputPowerProblem", "Input problem"),
    4132: _BYPASS_OVERLOAD,
    4133: _BYPASS_OVERLOAD,
    4134: _BYPASS_OVERLOAD,
    4135: _alarm("BypassNotAvailable", "Bypass not available"),
    4162: _F.LOW_BATTERY,
    4163: (_F.OFF, _F.LOW_BATTERY),
    4164: _alarm("BatteryChargingError", "Charging error", _CRITICAL),
    4166: _CAPACITY_LOW,
    4167: _F.OFF,
    4168: _F.ON_BATTERY,
    4171: _F.TESTING,
    4172: _F.TESTING,
    4213: (_F.OFF, _EMERGENCY_OFF),
    4214: (_F.OFF, _EMERGENCY_OFF),
    4215: _F.OFF,
    4219: _alarm("BatteryOverTemperature", "Battery too hot", _CRITICAL),
    4229: (_F.OFF, _EMERGENCY_OFF),
    4233: _alarm("InverterFailure", "Inverter failed", _CRITICAL),
    4234: _F.OVERLOADED,
    4235: _F.OVERLOADED,
    4236: _F.OVERLOADED,
    # on the inverter, be it from mains or battery: 4168 stands beside it then
    4297: _F.ON_LINE,
    4298: _F.BYPASS,
    4299: _F.BYPASS,
    4310: _TOO_HOT,
    4311: _FAN,
    4323: _TEST_FAILED,
    4384: (
        _F.LOW_BATTERY,
        _alarm("BatteryEoDDisconnect", "Battery disconnected at the end of discharge", _CRITICAL),
    ),
    4741: _F.TESTING,
    4742: (
        _F.LOW_BATTERY,
        _alarm("BatteryLowShutdown", "Battery disconnected at the end of discharge", _CRITICAL),
    ),
    4831: _F.OVERLOADED,
    4834: _F.ON_BATTERY,
    4835: _F.LOW_BATTERY,
    5798: _BYPASS_OVERLOAD,
    5801: (_F.LOW_BATTERY, _F.FORCED_SHUTDOWN),
    5806: _F.OVERLOADED,
    5807: _alarm("OutputOffPending", "Output will go off"),
    5809: _alarm("SystemShutdownLowBattery", "The last shutdown was by a low battery"),
    5849: _F.REPLACE_BATTERY,
    5976: _F.BYPASS,
    6046: _F.ON_LINE,
    6182: _F.REPLACE_BATTERY,
    6187: _PENDING,
    # not in the card: by name and description of the document
    6348: _F.OFF,
    6349: _F.OFF,
    6351: _F.OFF,
    6354: _F.CHARGING,
    6728: _F.TRIMMING,
    6729: _F.BOOSTING,
    8451: _F.ECO,
}
MEANINGS: Mapping[Oid, Sign | tuple[Sign, ...]] = {
    **alarms(f"{ROOT}.3.2.1", _OF_OLDER),
    **alarms(f"{ROOT}.3.2.7.1", OF_NEWER),
}


@cache
def names() -> Mapping[Oid, str]:
    """Return what conditions are called, by whole OID."""
    found: dict[Oid, str] = {}
    for root, lines in ((_OLDER, OLDER), (_NEWER, NEWER)):
        for line in lines.splitlines():
            numbers, _, name = line.partition(" ")
            found[(*root, *map(int, numbers.split(".")))] = name
    return found


# lgpConditionSeverity, lgpConditionType
_NOT_APPLICABLE, _MAJOR = 0, 6
_MESSAGE, _FAULT = 2, 8


def describe(value: SnmpValue, look: Look, instance: Oid) -> Sign | tuple[Sign, ...]:
    """Tell a condition without a meaning of its own by the document's name for it.

    One that has no severity, or is a mere message, is no alarm.
    """
    if not isinstance(value, tuple):
        text = as_text(value)
        return () if text is None else Alarm(text, code=text)
    # variants of variants: 40.8.1 is an overload as 40 is
    for length in range(len(value) - 2, len(_OLDER), -1):
        if (said := MEANINGS.get(value[:length])) is not None:
            return said
    severity = look.number(f"{TABLE}.14", instance)
    kind = look.number(f"{TABLE}.10", instance)
    if severity == _NOT_APPLICABLE or kind == _MESSAGE:
        return ()
    is_critical = kind == _FAULT or (severity or 0) >= _MAJOR
    code = ".".join(map(str, value[len(_OLDER) - 1 :]))
    name = next(
        (said for length in (len(value), len(value) - 1) if (said := names().get(value[:length]))),
        f"Condition {code}",
    )
    return Alarm(name, code=code, severity=_CRITICAL if is_critical else Severity.WARNING)


_INACTIVE = 2


def _is_active(look: Look, instance: Oid) -> bool:
    """Tell a present condition: older agents have no column for it and take the row away."""
    return look.number(f"{TABLE}.12", instance) != _INACTIVE


CONDITIONS = AlarmTable(
    count="3.2.2",
    column=f"{TABLE}.2",
    meanings=MEANINGS,
    needs=(f"{TABLE}.12", f"{TABLE}.10", f"{TABLE}.14"),
    is_active=_is_active,
    says=describe,
)


def event(number: int, label: str | None) -> tuple[Sign, ...]:
    """Return what an active event of the flexible table means; the agent's own words come first."""
    if (said := OF_NEWER.get(number)) is not None:
        return as_signs(said)
    name = label or names().get((*_NEWER, number), f"Event {number}")
    return (Alarm(name, code=str(number)),)
