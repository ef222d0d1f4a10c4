"""Eaton PDUs made by nLogic: card snmp-eaton-epdu-ats.md, 4.

There is no document. What others have read has the numbers of HPE's PDU3 (CPQPOWER-MIB, 11), whose
maker is the same; units and words are taken from there. Left out is what a reading contradicts
(energy of a phase and of an outlet) or what nobody has read. Commands are those that others give.
"""

from dataclasses import replace

from ..links.base import Oid
from ..model import Alarm, Command, Danger, DeviceKind, Severity
from .hp_common import learn_first, of_unit
from .hpe_pdu.generations import PDU3, tables
from .table import Facts, Look, Mib, Order, Put, Row, Table, When, Words, enum, number

_O = "outlet.{outlet}"
_STATUS: Words = {
    3: Alarm("PDU degraded", code="pduStatus.3"),
    4: Alarm("PDU failed", code="pduStatus.4", severity=Severity.CRITICAL),
}
_BREAKER: Words = {
    3: Alarm("A breaker is off", code="pduGroupBreakerStatus", severity=Severity.CRITICAL)
}


def _status(where: str) -> Row:
    return enum(where, _STATUS, when=When.STATUS)


def _breaker(where: str) -> Row:
    return enum(where, _BREAKER, when=When.STATUS)


def _is_group(look: Look, instance: Oid) -> bool:
    """Tell a group: the agent has twelve rows, whatever the unit has."""
    return bool(look.number("3.1.1.3", instance))


def _is_switchable(look: Look, instance: Oid) -> bool:
    return look.number("5.2.1.8", instance) != 2


def _columns(table: str, *columns: int) -> frozenset[str]:
    return frozenset(f"{table}.{column}" for column in columns)


NLOGIC = replace(
    PDU3,
    tree="",
    status=_status,
    breaker=_breaker,
    # one column for currents and powers
    powers="9",
    is_group=_is_group,
    left_out=frozenset().union(
        _columns("1.2.1", 10),
        _columns("2.1.1", 4, 5, 8),
        _columns("2.2.1", 21, 23),
        _columns("3.1.1", 4, 7, 8, 9, 10, 21, 25),
        _columns("5.1.1", 3, 6, 14),
        _columns("5.2.1", 2, 3, 4),
        # probes and contacts
        _columns("4.1.1", 1),
        _columns("4.2.1", *range(2, 10)),
        _columns("4.3.1", *range(2, 10)),
        _columns("4.4.1", *range(2, 5)),
    ),
)

_TABLES = (
    *tables(NLOGIC),
    # the current of the whole, where the phases have theirs
    Table(index=of_unit(), rows=(number("2.1.1.11", "input.current", scale=NLOGIC.amperes),)),
    Table(
        index=of_unit("outlet"),
        is_alive=_is_switchable,
        rows=(number("5.2.1.10", when=When.ONCE),),
    ),
)


def _learn(look: Look) -> Facts:
    """Find out from which number the units are counted."""
    return learn_first(look, ("1.2.1.3", "2.1.1.1"))


mib = Mib(
    id="eaton-nlogic",
    title="Eaton PDU (nLogic)",
    root="E.534.7.1",
    kind=DeviceKind.PDU,
    manufacturer="Eaton",
    tables=_TABLES,
    orders=tuple(
        Order(
            command=Command(name=f"{_O}.load.{name}", danger=danger),
            steps=((Put("5.2.1.10", value),),),
        )
        for name, value, danger in (
            ("off", 1, Danger.CUTS_POWER),
            ("on", 2, Danger.HARMLESS),
            ("off.delay", 3, Danger.CUTS_POWER),
            ("on.delay", 4, Danger.HARMLESS),
            ("cycle", 5, Danger.CUTS_POWER),
            ("cycle.delay", 6, Danger.CUTS_POWER),
        )
    ),
    learn=_learn,
    absent=frozenset({-1}),
)
