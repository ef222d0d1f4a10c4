"""HPE rack PDUs: PDU2 (maPDU), PDU3, the modular PDU and the hPDU: card snmp-hp.md, 1.4.

Document: CPQPOWER-MIB 1.84 (2019). Four trees, each with its own units; an agent has one of them.
The card's own settings (pdu3ConfigTable: its services, resets, the chain) are never touched.
"""

from ...model import DeviceKind
from ..hp_common import TRAPS, learn_first
from ..table import Facts, Look, Mib, Table, text
from .generations import PDU2, PDU3, orders, tables
from .monitored import HPDU, MODULAR, learn_rows
from .state import judge


def _learn(look: Look) -> Facts:
    """Find out from which number the units are counted, and how an hPDU counts its outlets."""
    rows = ("7.1.2.1.3", "7.2.1.1.1", "11.1.2.1.3", "11.2.1.1.1", "5.1.2.1.3")
    return {**learn_first(look, rows), **learn_rows(look)}


_CARD = Table(
    # the management module (1.2), for what the PDU does not tell
    rows=(
        text("1.2.1", "device.mfr"),
        text("1.2.2", "device.model"),
        text("1.2.3", "ups.firmware.aux"),
        text("1.2.6", "device.part"),
        text("1.2.7", "device.serial"),
        text("1.2.8", "device.macaddr"),
    )
)

mib = Mib(
    id="hpe-pdu",
    title="HPE rack PDU",
    root="E.232.165",
    kind=DeviceKind.PDU,
    manufacturer="HPE",
    tables=(*tables(PDU2), *tables(PDU3), *MODULAR, *HPDU, _CARD),
    orders=(*orders(PDU2), *orders(PDU3)),
    traps=(TRAPS,),
    learn=_learn,
    judge=judge,
    absent=frozenset({-1}),
)
