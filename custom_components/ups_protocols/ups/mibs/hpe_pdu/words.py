"""Words of HPE's rack PDUs: their enumerations begin with 1, Eaton's originals with 0."""

from collections.abc import Mapping
from types import MappingProxyType

from ...model import StatusFlag
from ...names import ContactStatus, OutletStatus, RangeStatus, ThresholdStatus
from ..table import LINE_VOLTAGES, Place, Words

THRESHOLD: Words = {
    1: ThresholdStatus.GOOD,
    2: ThresholdStatus.WARNING_LOW,
    3: ThresholdStatus.CRITICAL_LOW,
    4: ThresholdStatus.WARNING_HIGH,
    5: ThresholdStatus.CRITICAL_HIGH,
}
"""Of a voltage, a temperature or a humidity."""
CURRENT: Words = {**THRESHOLD, 5: (ThresholdStatus.CRITICAL_HIGH, StatusFlag.OVERLOADED)}
"""Of a current or a power: more than the critical limit is an overload."""

OUTLET: Words = {
    1: OutletStatus.OFF,
    2: OutletStatus.ON,
    # a countdown is running, the power is still as it was
    3: OutletStatus.ON,
    4: OutletStatus.OFF,
}
BREAKER: Words = {2: OutletStatus.ON, 3: OutletStatus.OFF}
"""1 is a group without a breaker."""
SWITCHABLE: Words = {1: "yes", 2: "no"}
CONNECTED = 2
PRESENT: Words = {CONNECTED: "yes"}
"""A probe that is not there, or is bad, is no part of the device."""
CONTACT: Words = {1: ContactStatus.OPEN, 2: ContactStatus.CLOSED}
FREQUENCY: Words = {1: RangeStatus.GOOD, 2: RangeStatus.OUT_OF_RANGE}

GROUP_TYPES: Words = {
    2: "breaker1pole",
    3: "breaker2pole",
    4: "breaker3pole",
    5: "outlet-section",
}
PHASES_OF_GROUP: Words = {
    1: "1",
    **{number: str((line or {})["line"]) for number, line in LINE_VOLTAGES.items() if number > 1},
}
"""Between which lines the voltage of a group is measured; 1 is the only phase."""

SINGLE_PHASE = 1
INPUT_PHASES: Mapping[int, int] = MappingProxyType({SINGLE_PHASE: 1, 2: 2, 3: 3, 4: 3})
"""Single phase, split phase, delta and wye."""
WIRES: Mapping[int, Place | None] = MappingProxyType(
    {1: {}, 2: {"wire": "N"}, 3: {"phase": 1}, 4: {"phase": 2}, 5: {"phase": 3}}
)
"""Which wire a current or a power is measured in."""

SOCKETS: Words = {
    1: "IEC C13",
    2: "IEC C19",
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
}
