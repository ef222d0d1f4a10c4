"""APC's rack PDUs in the PowerNet MIB: card snmp-apc-powernet.md, 3 and 5.

Documents: PowerNet-MIB 3.4.4 (2002) and the newest one. Four trees, of four generations; the B
models of the first rack PDUs (AP79xxB) answer three of them. rPDU2 is read first, and the older
trees have what it says is not there.
"""

from ...model import DeviceKind, Setting
from ..table import Facts, Look, Mib
from . import common, easy, first, second, switches


def _learn(look: Look) -> Facts:
    """Find out which PDU of a chain is the device itself."""
    return {
        common.SECOND: common.host(look, "26.4.3.1.2", role="26.4.3.1.18"),
        common.EASY: common.host(look, "30.2.1.1.2"),
    }


def _settings(settings: dict[str, Setting], look: Look) -> None:
    """Leave out what stands in for measurements on a PDU that measures."""
    factors = look.column("26.4.3.1.17")
    if any((look.number("26.4.3.1.17", instance) or -1) >= 0 for instance in factors):
        for name in ("input.powerfactor", "input.voltage.nominal"):
            settings.pop(name, None)


mib = Mib(
    id="apc-pdu",
    title="APC PowerNet (rack PDU)",
    root=common.ROOT,
    kind=DeviceKind.PDU,
    manufacturer="APC",
    tables=(*second.TABLES, *first.TABLES, *switches.TABLES, *easy.TABLES),
    orders=(*second.ORDERS, *first.ORDERS, *switches.ORDERS, *easy.ORDERS),
    traps=common.TRAPS,
    learn=_learn,
    settings=_settings,
    absent=common.NOT_THERE,
)
