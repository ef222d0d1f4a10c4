"""Traps: from a notification's OID, however an agent writes it, to what it tells."""

from collections.abc import Iterable

from ..links.base import Oid, Trap
from .table import Mib, oid

_GENERIC = (1, 3, 6, 1, 6, 3, 1, 1, 5)
# coldStart and warmStart: the agent has started; the others tell of its network and its users
_STARTS = {1, 2}


def normal(trap: Oid) -> Oid:
    """Return a notification's OID without zeros before its last number.

    SMIv2 has one there, agents leave it out (RFC 1628, ATS2) or write two (Liebert): card snmp.md,
    section 4.
    """
    if not trap:
        return trap
    above = trap[:-1]
    while above and above[-1] == 0:
        above = above[:-1]
    return (*above, trap[-1])


def heard(trap: Trap, mibs: Iterable[Mib]) -> str | None:
    """Return the event that a trap tells of, "" for one that is only a reason to read.

    None for one that says nothing of the device.
    """
    whole = normal(trap.oid)
    above, number = whole[:-1], whole[-1] if whole else 0
    if above == _GENERIC:
        return "" if number in _STARTS else None
    for mib in mibs:
        for table in mib.traps:
            if any(above == oid(root) for root in table.roots):
                return None if number in table.ignored else table.events.get(number, "")
    # a maker's own: it may be anything, and reading does no harm
    return ""
