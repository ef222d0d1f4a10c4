"""Words of Eaton's ePDUs: their enumerations begin with 0, where HPE's copies begin with 1."""

from collections.abc import Mapping
from types import MappingProxyType

from ...model import Alarm, Severity, StatusFlag
from ...names import ContactStatus, OutletStatus, RangeStatus, ThresholdStatus
from ..table import LINE_VOLTAGES, Place, Special, Words


def alarm(code: str, said: str, severity: Severity = Severity.WARNING) -> Alarm:
    """Describe an alarm by its object in the MIB."""
    return Alarm(said, code=code, severity=severity)


THRESHOLD: Words = {
    0: ThresholdStatus.GOOD,
    1: ThresholdStatus.WARNING_LOW,
    2: ThresholdStatus.CRITICAL_LOW,
    3: ThresholdStatus.WARNING_HIGH,
    4: ThresholdStatus.CRITICAL_HIGH,
}
"""Of a voltage, a temperature or a humidity."""
CURRENT: Words = {**THRESHOLD, 4: (ThresholdStatus.CRITICAL_HIGH, StatusFlag.OVERLOADED)}
"""Of a current: more than the critical limit is an overload."""

OUTLET: Words = {
    0: OutletStatus.OFF,
    1: OutletStatus.ON,
    # a countdown is running, the power is still as it was
    2: OutletStatus.ON,
    3: OutletStatus.OFF,
}
GROUP: Words = {0: OutletStatus.OFF, 1: OutletStatus.ON, 2: "rebooting", 3: "mixed"}
SWITCHABLE: Words = {1: "yes", 2: "no"}
PRESENT: Words = {1: "yes"}
"""A probe that is not there is no part of the device."""
CONTACT: Words = {0: ContactStatus.OPEN, 1: ContactStatus.CLOSED}
FREQUENCY: Words = {0: RangeStatus.GOOD, 1: RangeStatus.OUT_OF_RANGE}
LINK: Words = {1: Special.STALE}

GROUP_TYPES: Words = {
    1: "breaker1pole",
    2: "breaker2pole",
    3: "breaker3pole",
    4: "outlet-section",
    5: "user-defined",
}
UNIT_TYPES: Words = {
    1: "switched",
    2: "advanced monitored",
    3: "managed",
    4: "monitored",
    5: "basic",
    6: "inline monitored",
}
PHASES_OF_GROUP: Words = {
    1: "1",
    **{number: str((line or {})["line"]) for number, line in LINE_VOLTAGES.items() if number > 1},
}
"""Between which lines the voltage of a group is measured; 1 is the only phase."""

INPUT_PHASES: Mapping[int, int] = MappingProxyType({1: 1, 2: 2, 3: 3, 4: 3})
"""Single phase, split phase, delta and wye."""
CURRENT_LINES: Mapping[int, Place | None] = MappingProxyType(
    {1: {}, 2: {"wire": "N"}, 3: {"phase": 1}, 4: {"phase": 2}, 5: {"phase": 3}}
)

PLUGS: Words = {
    100: "other, 1 phase",
    101: "IEC C14 inlet",
    102: "IEC C20 inlet",
    103: "IEC 60309 316P6",
    104: "IEC 60309 332P6",
    105: "IEC 60309 363P6",
    106: "IEC C14 plug",
    107: "IEC C20 plug",
    120: "NEMA 5-15",
    121: "NEMA L5-15",
    122: "NEMA 5-20",
    123: "NEMA L5-20",
    124: "NEMA 6-15",
    125: "NEMA L6-15",
    126: "NEMA L5-30",
    127: "NEMA 6-20",
    128: "NEMA L6-20",
    129: "NEMA L6-30",
    130: "CS8265",
    131: "NEMA L25-30",
    140: "other, 208 V 2P3W",
    141: "other, 230 V 1P3W",
    150: "French",
    151: "Schuko",
    152: "UK",
    160: "field wired, 208 V 2P3W",
    161: "field wired, 230 V 1P3W",
    200: "other, 2 phases",
    201: "NEMA L14-20",
    202: "NEMA L14-30",
    300: "other, 3 phases",
    301: "IEC 60309 516P6",
    302: "IEC 60309 460P9",
    303: "IEC 60309 560P9",
    304: "IEC 60309 532P6",
    306: "IEC 60309 563P6",
    307: "IEC 60309 4100P9",
    320: "NEMA L15-20",
    321: "NEMA L21-20",
    322: "NEMA L15-30",
    323: "NEMA L21-30",
    324: "CS8365",
    325: "NEMA L22-20",
    326: "NEMA L22-30",
    327: "NEMA L26-30",
    340: "other, 208 V 3P4W",
    341: "other, 208 V 3P5W",
    342: "other, 400 V 3P5W",
    343: "other, 480 V 3P5W",
    350: "BladeUPS, 208 V",
    351: "BladeUPS, 400 V",
    360: "field wired, 208 V 3P4W",
    361: "field wired, 400 V 3P5W",
    400: "universal, 8 pins",
}
SOCKETS: Words = {
    1: "IEC C13",
    2: "IEC C19",
    3: "combined C39",
    10: "UK",
    11: "French",
    12: "Schuko",
    20: "NEMA 5-15",
    21: "NEMA 5-15/20",
    22: "NEMA 5-20",
    23: "NEMA L5-20",
    24: "NEMA L5-30",
    25: "NEMA 6-15",
    26: "NEMA 6-20",
    27: "NEMA L6-20",
    28: "NEMA L6-30",
    29: "NEMA L7-15",
    30: "RF-203P277",
    31: "SDG300",
    32: "SDG400",
}
