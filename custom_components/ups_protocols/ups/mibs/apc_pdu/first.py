"""The first generation of rack PDUs, rPDU (12)."""

from ...links.base import Oid
from ...model import StatusFlag
from ...names import LoadStatus, OutletStatus, ThresholdStatus
from ..dates import iso_date
from ..table import (
    Index,
    Look,
    Place,
    Siblings,
    Table,
    When,
    Words,
    Write,
    enum,
    last,
    named,
    number,
    text,
)
from ..values import as_number
from .common import (
    AMPERES,
    GROUP,
    NAME,
    OUTLET,
    OUTLET_DELAY,
    OUTLET_PAUSE,
    RATING,
    SUPPLY_FAILED,
    TENTH,
    THOUSANDTH,
    bank,
    orders,
    outlet_delays,
    thresholds,
    which_of,
)

# words

OUTLETS: Words = {1: OutletStatus.ON, 2: OutletStatus.OFF}
"""How an outlet stands, and what the object of the commands says of it."""
LOAD: Words = {
    1: LoadStatus.NORMAL,
    2: LoadStatus.LOW,
    3: LoadStatus.NEAR_OVERLOAD,
    4: (LoadStatus.OVERLOAD, StatusFlag.OVERLOADED),
}
CURRENT: Words = {
    1: ThresholdStatus.GOOD,
    2: ThresholdStatus.WARNING_LOW,
    3: ThresholdStatus.WARNING_HIGH,
    4: (ThresholdStatus.CRITICAL_HIGH, StatusFlag.OVERLOADED),
}
"""The same states, of a bank or an outlet."""

# places: rows of banks stand behind those of phases, in one table

_PHASE_NUMBER, _BANK_NUMBER = "12.2.3.1.1.4", "12.2.3.1.1.5"


def _of_phase(_: Oid, siblings: Siblings) -> Place | None:
    phase = as_number(siblings(_PHASE_NUMBER))
    return {"phase": int(phase)} if phase and not as_number(siblings(_BANK_NUMBER)) else None


def _of_bank(_: Oid, siblings: Siblings) -> Place | None:
    number = which_of(siblings(_BANK_NUMBER))
    return {"group": number} if number else None


def _of_metered(_: Oid, siblings: Siblings) -> Place | None:
    """Return the place of an outlet's thresholds; those of one without a meter are zeros."""
    outlet, limit = which_of(siblings("12.3.4.3.1.3")), as_number(siblings("12.3.4.3.1.6"))
    return {"outlet": outlet} if outlet and limit and limit > 0 else None


def _has_switches(look: Look, _: Oid) -> bool:
    """Tell whether there are outlets that are switched: a metered PDU has none."""
    return look.number("12.3.1.3") != 0


_ROWS = _PHASE_NUMBER, _BANK_NUMBER
_LIMITS = 2, 3, 4
_VOLTS = Write(minimum=0, maximum=440)
_POWER_FACTOR = Write(minimum=0, maximum=1, step=THOUSANDTH)
_COLD_START = Write(minimum=-1, maximum=300)

TABLES: tuple[Table, ...] = (
    Table(
        rows=(
            text("12.1.1", "ups.id", write=NAME),
            text("12.1.3", "ups.firmware"),
            text("12.1.4", "ups.mfr.date", convert=iso_date),
            text("12.1.5", "device.model"),
            text("12.1.6", "device.serial"),
            number("12.1.7", "input.current.nominal", absent=RATING, when=When.ONCE),
            number("12.1.8", "outlet.count", when=When.ONCE),
            number("12.1.9", "input.phases", absent=RATING, when=When.ONCE),
            number("12.2.1.2", "input.phases", absent=RATING, when=When.ONCE),
            # what the user says that the voltage is, from which the power is computed
            number("12.1.15", "input.voltage.nominal", absent=RATING, write=_VOLTS),
            number("12.1.16", "ups.realpower"),
            number(
                "12.1.17",
                "input.powerfactor",
                scale=THOUSANDTH,
                absent=RATING,
                write=_POWER_FACTOR,
            ),
            number("12.1.18", "ups.power"),
            enum("12.4.1.1", {2: SUPPLY_FAILED}),
            # 3 is not there
            enum("12.4.1.2", {2: SUPPLY_FAILED}),
            enum("12.4.1.3", dict.fromkeys((2, 3, 4), SUPPLY_FAILED)),
        )
    ),
    Table(
        index=Index(place=lambda _, __: {}, needs=("12.3.1.3",)),
        is_alive=_has_switches,
        rows=(
            # of the commands for all outlets
            number("12.3.1.1", when=When.ONCE),
            number("12.3.1.2", "outlet.delay.start", write=_COLD_START),
        ),
    ),
    Table(
        index=Index(place=_of_phase, needs=_ROWS),
        phases="12.2.1.2",
        rows=(
            enum("12.2.3.1.1.3", LOAD, "input.load.status", "input.L{phase}.load.status"),
            number("12.2.3.1.1.2", "input.current", "input.L{phase}.current", scale=TENTH),
        ),
    ),
    Table(
        index=last("phase"),
        phases="12.2.1.2",
        rows=thresholds("12.2.2.1.1", _LIMITS, "input", "input.L{phase}", write=AMPERES),
    ),
    Table(
        index=Index(place=_of_bank, needs=_ROWS),
        rows=(
            enum("12.2.3.1.1.3", CURRENT, f"{GROUP}.current.status"),
            number("12.2.3.1.1.2", f"{GROUP}.current", scale=TENTH),
        ),
    ),
    Table(
        index=named("12.2.1.6.1.2", {each: {"group": each} for each in range(1, 100)}),
        rows=(number("12.2.1.6.1.3", f"{GROUP}.current.nominal", absent=RATING, when=When.ONCE),),
    ),
    Table(
        index=last("group"),
        rows=thresholds("12.2.4.1.1", _LIMITS, GROUP, write=AMPERES),
    ),
    Table(
        index=last("outlet"),
        rows=(
            text("12.3.4.1.1.2", f"{OUTLET}.name", write=NAME),
            *outlet_delays("12.3.4.1.1", (4, 5, 6), OUTLET_DELAY, OUTLET_PAUSE),
            text("12.3.5.1.1.2", f"{OUTLET}.name", when=When.RARE),
            enum("12.3.5.1.1.4", OUTLETS, f"{OUTLET}.status"),
            text("12.3.5.1.1.6", f"{OUTLET}.groupid", convert=bank),
            number("12.3.5.1.1.7", f"{OUTLET}.current", scale=TENTH),
            enum("12.3.3.1.1.4", OUTLETS, f"{OUTLET}.status"),
        ),
    ),
    Table(
        index=named("12.5.6.1.2", {each: {"outlet": each} for each in range(1, 1000)}),
        rows=(enum("12.5.6.1.3", CURRENT, f"{OUTLET}.current.status"),),
    ),
    Table(
        index=Index(place=_of_metered, needs=("12.3.4.3.1.3", "12.3.4.3.1.6")),
        rows=thresholds("12.3.4.3.1", (4, 5, 6), OUTLET, write=AMPERES),
    ),
)

ORDERS = (
    *orders(
        "12.3.3.1.1.4",
        {
            "load.on": 1,
            "load.off": 2,
            "load.cycle": 3,
            "load.on.delay": 4,
            "load.off.delay": 5,
            "load.cycle.delay": 6,
        },
        OUTLET,
    ),
    *orders(
        "12.3.1.1",
        {"load.on": 2, "load.off": 3, "load.on.delay": 5, "load.off.delay": 6, "shutdown.stop": 8},
    ),
)
