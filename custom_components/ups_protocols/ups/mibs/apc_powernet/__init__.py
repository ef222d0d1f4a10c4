"""APC's PowerNet MIB, the UPS part of it: card snmp-apc-powernet.md, 1, 2 and 5.

Documents: PowerNet-MIB 3.4.4 (2002) and the newest one. Rack PDUs and transfer switches have
modules of their own.
"""

from .. import apc_environment
from ..table import Mib
from . import batteries, control, objects, phases, state

mib = Mib(
    id="apc-powernet",
    title="APC PowerNet (UPS)",
    root=control.ROOT,
    manufacturer="APC",
    tables=(*objects.TABLES, *phases.TABLES, *batteries.TABLES, *apc_environment.TABLES),
    orders=control.ORDERS,
    traps=control.TRAPS,
    judge=state.judge,
    mend=control.mend,
    settings=control.limit,
    absent=frozenset({-1}),
    flags=frozenset({state.OFF, state.LOW}),
)
