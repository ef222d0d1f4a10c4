"""MasterSwitch and the switched PDUs like it, sPDU (4)."""

from ...model import SettingKind
from ...names import OutletStatus
from ..dates import iso_date
from ..table import Table, When, Words, Write, enum, last, number, text
from .common import NAME, OUTLET, orders, outlet_delays

OUTLETS: Words = {1: OutletStatus.ON, 2: OutletStatus.OFF}
"""4 is not known; the object is that of the commands too."""

# it takes some values only, and the next lower one for those between
_DELAY = Write(minimum=-1, maximum=300)
_PAUSE = Write(minimum=5, maximum=60)
_SHORT_NAME = Write(kind=SettingKind.TEXT, length=20)

TABLES: tuple[Table, ...] = (
    Table(
        rows=(
            text("4.1.2", "ups.firmware"),
            text("4.1.3", "ups.mfr.date", convert=iso_date),
            text("4.1.4", "device.model"),
            text("4.1.5", "device.serial"),
            # of the commands for all outlets
            number("4.2.1", when=When.ONCE),
            number("4.3.1", "outlet.delay.start", write=_DELAY),
            number("4.3.2", "outlet.delay.reboot", write=_PAUSE),
            text("4.3.3", "ups.id", write=NAME),
            number("4.4.1", "outlet.count", when=When.ONCE),
        )
    ),
    Table(
        index=last("outlet"),
        rows=(
            enum("4.4.2.1.3", OUTLETS, f"{OUTLET}.status"),
            text("4.5.2.1.3", f"{OUTLET}.name", write=_SHORT_NAME),
            *outlet_delays("4.5.2.1", (2, 4, 5), _DELAY, _PAUSE),
            text("4.4.2.1.4", f"{OUTLET}.name", when=When.RARE),
        ),
    ),
)

ORDERS = (
    *orders(
        "4.4.2.1.3",
        {
            "load.on": 1,
            "load.off": 2,
            "load.cycle": 3,
            "load.on.delay": 5,
            "load.off.delay": 6,
            "load.cycle.delay": 7,
        },
        OUTLET,
    ),
    # the delayed ones go by each outlet's delay
    *orders("4.2.1", {"load.on": 1, "load.on.delay": 2, "load.off": 3, "load.off.delay": 7}),
)
