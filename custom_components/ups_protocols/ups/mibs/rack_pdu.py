"""What Eaton's ePDUs and HPE's, which were Eaton's first, have alike: words, lines and limits.

Most enumerations are the same, but that Eaton's begin with 0, where HPE's begin with 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ..links.base import Oid
from ..model import Severity, StatusFlag
from ..names import ContactStatus, OutletStatus, RangeStatus, ThresholdStatus
from .table import LINE_VOLTAGES, Look, Place, Sign, Words

type Said = Sequence[Sign | tuple[Sign, ...]]

THRESHOLD: Said = (
    ThresholdStatus.GOOD,
    ThresholdStatus.WARNING_LOW,
    ThresholdStatus.CRITICAL_LOW,
    ThresholdStatus.WARNING_HIGH,
    ThresholdStatus.CRITICAL_HIGH,
)
"""Of a voltage, a temperature or a humidity."""
CURRENT: Said = (*THRESHOLD[:-1], (ThresholdStatus.CRITICAL_HIGH, StatusFlag.OVERLOADED))
"""Of a current or a power: more than the critical limit is an overload."""
OUTLET: Said = (
    OutletStatus.OFF,
    OutletStatus.ON,
    # a countdown is running, the power is still as it was
    OutletStatus.ON,
    OutletStatus.OFF,
)
CONTACT: Said = (ContactStatus.OPEN, ContactStatus.CLOSED)
FREQUENCY: Said = (RangeStatus.GOOD, RangeStatus.OUT_OF_RANGE)
GROUP_TYPES: Said = ("breaker1pole", "breaker2pole", "breaker3pole", "outlet-section")


def counted(first: int, said: Said) -> Words:
    """Return the words of an enumeration that begins with a number."""
    return dict(enumerate(said, first))


# with these numbers in both

SWITCHABLE: Words = {1: "yes", 2: "no"}
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

# limits that are crossed

_CROSSED = (
    ("below its warning limit", Severity.WARNING),
    ("below its critical limit", Severity.CRITICAL),
    ("above its warning limit", Severity.WARNING),
    ("above its critical limit", Severity.CRITICAL),
)
_VOLTAGE_LINES = {kind: str((line or {}).get("line", "")) for kind, line in LINE_VOLTAGES.items()}
_CURRENT_LINES = {1: "", 2: "N", 3: "L1", 4: "L2", 5: "L3"}


@dataclass(frozen=True, slots=True)
class Watched:
    """A column that says how a value stands against its limits."""

    column: str
    name: str
    """The object's name in the MIB."""
    place: str
    value: str
    lines: str = ""
    """The column that says which line it is of."""
    probe: str = ""
    """The column that says whether a probe is there."""

    def crossed(
        self, look: Look, instance: Oid, *, good: int, root: str = ""
    ) -> tuple[str, Severity] | None:
        """Return which limit is crossed, and how bad that is; ``good`` is the number of none."""
        number = look.number(f"{root}{self.column}", instance)
        place = -1 if number is None else int(number) - good - 1
        return _CROSSED[place] if 0 <= place < len(_CROSSED) else None

    def line(self, look: Look, instance: Oid, *, root: str = "") -> str:
        """Return the line that a row of the input is of, "" for the only one."""
        if not self.lines:
            return ""
        lines = _VOLTAGE_LINES if self.value == "voltage" else _CURRENT_LINES
        return lines.get(int(look.number(f"{root}{self.lines}", instance) or SINGLE_PHASE), "")
