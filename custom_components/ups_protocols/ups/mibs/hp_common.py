"""What HP's devices have alike: traps, and of PDUs how they are counted and their overall status.

The MIB lets the number of a PDU begin anywhere; a recorded one begins with 0 (card snmp-hp.md).
"""

from collections.abc import Iterable
from dataclasses import replace

from ..links.base import Oid, SnmpValue
from ..model import Alarm, Severity
from .table import Facts, Index, Look, Place, Row, Siblings, Sign, Traps, When, number
from .values import as_number

FIRST = "first"
"""The fact that tells from which number units are counted."""


def learn_first(look: Look, columns: Iterable[str]) -> Facts:
    """Find out from which number the units of some columns are counted."""
    rows = [instance[0] for column in columns for instance in look.column(column) if instance]
    return {FIRST: min(rows, default=0)}


def unit(facts: Facts, instance: Oid) -> int:
    """Return the unit of an instance, from 1."""
    return instance[0] - int(facts.get(FIRST, 0)) + 1 if instance else 1


def of_unit(*names: str) -> Index:
    """Take the unit, then what is in it."""

    def place(instance: Oid, siblings: Siblings) -> Place | None:
        if len(instance) <= len(names):
            return None
        inner = dict(zip(names, instance[1:], strict=False))
        return {"unit": unit(siblings.facts, instance), **inner}

    return Index(place=place)


def alarm(
    look: Look,
    name: str,
    instance: Oid,
    parts: tuple[str, ...],
    said: str,
    severity: Severity = Severity.WARNING,
) -> Alarm:
    """Return an alarm that says where: the first PDU of a chain needs no number."""
    which = unit(look.facts, instance)
    where = [f"PDU {which}"] if which > 1 else []
    where += [f"{part} {number}" for part, number in zip(parts, instance[1:], strict=False)]
    text = f"{', '.join(where)}: {said}" if where else said
    code = ".".join(map(str, (name, *instance)))
    return Alarm(text[0].upper() + text[1:], code=code, severity=severity)


_CONDITIONS = {
    3: ("the PDU is degraded", Severity.WARNING),
    4: ("the PDU has failed", Severity.CRITICAL),
}


def condition(where: str, name: str) -> Row:
    """Describe the overall status of a PDU: other, ok, degraded, failed."""

    def says(value: SnmpValue, look: Look, instance: Oid) -> Sign | tuple[Sign, ...]:
        said = _CONDITIONS.get(int(as_number(value) or 0))
        return () if said is None else alarm(look, name, instance, (), *said)

    return replace(number(where, when=When.STATUS), says_at=says)


TRAPS = Traps(
    # the number is a severity: what has happened stands in the texts
    roots=("E.232.165",),
    events={
        1: "alarm_added",
        2: "alarm_added",
        3: "notice",
        4: "alarm_removed",
        5: "test_trap",
        # the card has started
        6: "",
    },
)
