"""Eaton ePDU G2 and G3 ("marlin"): card snmp-eaton-epdu-ats.md, 1.

Documents: EATON-EPDU-MIB of 2011 and the newest. One agent answers for a whole chain of units.
"""

from ...model import Command, Danger, DeviceKind, Parameter
from ..table import Given, Mib, Order, Put, Traps
from .objects import TABLES
from .state import judge, mend, settings

_CUTS = Danger.CUTS_POWER
# models whose part number begins with IPV or IPC refuse any but 0
_DELAY = Parameter(name="delay", minimum=0, maximum=99999, step=1, default=0)


def _order(name: str, column: str, danger: Danger = Danger.HARMLESS) -> Order:
    """Describe a command whose object takes the seconds until it is done."""
    return Order(
        command=Command(name=name, danger=danger, parameters=(_DELAY,)),
        steps=((Put(column, Given("delay")),),),
    )


_O, _G = "outlet.{outlet}.load", "outlet.group.{group}.load"

ORDERS = (
    # one outlet after another
    _order("load.off", "1.3.1.2", _CUTS),
    _order("load.on", "1.3.1.3"),
    Order(
        command=Command(name="shutdown.stop"), steps=((Put("1.3.1.2", -1),), (Put("1.3.1.3", -1),))
    ),
    _order(f"{_O}.off", "6.6.1.3", _CUTS),
    _order(f"{_O}.on", "6.6.1.4"),
    # an outlet that is off is on after it
    _order(f"{_O}.cycle", "6.6.1.5", _CUTS),
    _order(f"{_G}.off", "5.6.1.3", _CUTS),
    _order(f"{_G}.on", "5.6.1.4"),
    Order(
        # it takes no delay
        command=Command(name=f"{_G}.cycle", danger=_CUTS),
        steps=((Put("5.6.1.5", 0),),),
    ),
)

mib = Mib(
    id="eaton-epdu",
    title="Eaton ePDU",
    root="E.534.6.6.7",
    kind=DeviceKind.PDU,
    manufacturer="Eaton",
    tables=TABLES,
    orders=ORDERS,
    traps=(
        Traps(
            roots=("E.534.6.6.7",),
            events={
                11: "input_voltage_threshold",
                12: "input_current_threshold",
                13: "input_frequency_changed",
                21: "group_voltage_threshold",
                22: "group_current_threshold",
                23: "breaker_changed",
                31: "outlet_voltage_threshold",
                32: "outlet_current_threshold",
                33: "outlet_switched",
                41: "temperature_violation",
                42: "humidity_violation",
                43: "contact_changed",
                44: "probe_changed",
                51: "communication_changed",
                52: "internal_failure",
                53: "",
                54: "strapping_changed",
            },
            # logins and starts
            ignored=frozenset({1, 2, 3, 4}),
        ),
    ),
    judge=judge,
    mend=mend,
    settings=settings,
    absent=frozenset({-1}),
)
