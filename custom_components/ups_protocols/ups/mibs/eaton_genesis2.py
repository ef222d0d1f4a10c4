"""Aphel Genesis II, Eaton's Monitored ePDU with a red display: card snmp-eaton-epdu-ats.md, 4.

Document: EATON-GENESIS-II-MIB. It measures the currents of up to eight circuits, no more.
"""

from ..model import DeviceKind
from .table import Mib, Table, Traps, first, number, text

_CIRCUITS = range(1, 9)

mib = Mib(
    id="eaton-genesis2",
    title="Eaton ePDU Monitored (Aphel Genesis II)",
    root="E.17373.3",
    kind=DeviceKind.PDU,
    manufacturer="Eaton",
    tables=(
        Table(
            rows=(
                text("1.1", "device.model"),
                text("1.2", "ups.firmware"),
                text("1.3", "ups.id"),
                text("1.4", "device.macaddr"),
            )
        ),
        Table(index=first("group"), rows=(number("2", "outlet.group.{group}.current", scale=0.1),)),
    ),
    traps=(Traps(roots=("E.17373",), events=dict.fromkeys(_CIRCUITS, "group_current_threshold")),),
    # a circuit that this unit does not have
    absent=frozenset({-1}),
)
