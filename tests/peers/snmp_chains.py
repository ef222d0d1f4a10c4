"""What NUT's tables of Eaton's and HPE's PDUs have alike: a chain of units, under names of its own.

HPE's PDUs were Eaton's first; NUT's tables number the first unit of a chain, and have every phase
under the name of a phase.
"""

import re

from .snmp import Both, renamed

type Renamed = tuple[str, str, str]
"""A value of ours under another name: NUT's as a pattern, our name, why."""

_NAMES: tuple[Renamed, ...] = (
    (
        r"^device\.1\.(?=part|serial|model|mfr|type|contact|desc|loc)",
        "device.",
        "it numbers the first of a chain, too",
    ),
    (r"^device\.1\.", "", "it numbers the first of a chain, too"),
    (r"\bups\.(serial|model)$", r"device.\1", "the same under both names"),
    (r"^device\.(\d)\.device\.", r"device.\1.", "the same under both names"),
    (r"\bambient\.(?=[htp])", "ambient.1.", "it knows one probe"),
)
_THREE_PHASES: Renamed = (r"\binput\.L(\d)\.voltage", r"input.L\1-N.voltage", "phase to neutral")
_ONE_PHASE: Renamed = (r"\binput\.L1\.", "input.", "the only phase has no number here")


def as_ours(both: Both, names: tuple[Renamed, ...]) -> Both:
    """Give NUT's values our names: those of every chain, then those of a table."""

    def ours(name: str) -> str:
        for pattern, replacement, _ in (*_NAMES, *names):
            name = re.sub(pattern, replacement, name)
        unit = re.match(r"device\.\d+\.", name)
        prefix = unit[0] if unit else ""
        is_three = both.ours.variables.get(f"{prefix}input.phases") == 3
        pattern, replacement, _ = _THREE_PHASES if is_three else _ONE_PHASE
        return re.sub(pattern, replacement, name)

    return renamed(both, ours)
