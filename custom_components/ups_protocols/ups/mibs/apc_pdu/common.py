"""What the generations of APC's rack PDUs share: units of a chain, commands, settings, traps.

Their words are not among it: each tree has its own order of on and off and of the states of load.
"""

from collections.abc import Mapping

from ...links.base import Oid, SnmpValue
from ...model import Alarm, Command, Danger, SettingKind, Severity, Value
from ..table import Index, Look, Order, Place, Put, Row, Siblings, Traps, Write, number
from ..values import as_number

ROOT = "E.318.1.1"
NOT_THERE = frozenset({-1})
"""What agents say of an object that this model does not have."""
RATING = frozenset({-1, 0})
"""A rating of nothing is none."""
TENTH, HUNDREDTH, THOUSANDTH = 0.1, 0.01, 0.001
TEN_WATTS = 10
"""0.01 kW or 0.01 kVA."""
OUTLET, GROUP, PROBE = "outlet.{outlet}", "outlet.group.{group}", "ambient.{probe}"

NAME = Write(kind=SettingKind.TEXT, length=63)
"""How long a name may be depends on the device; it refuses a longer one."""
AMPERES = Write(minimum=0, maximum=100)
OUTLET_DELAY = Write(minimum=-1, maximum=7200)
"""-1 is never."""
OUTLET_PAUSE = Write(minimum=5, maximum=60)
SUPPLY_FAILED = Alarm(
    "A power supply failed", code="rPDUPowerSupplyAlarm", severity=Severity.CRITICAL
)


# units of a chain

SECOND, EASY = "host of rPDU2", "host of ePDU"
"""The facts that say which number the device itself has."""


def host(look: Look, module: str, *, role: str = "") -> int:
    """Return the number of the PDU that is the device itself: of a chain the host, else the first.

    The numbers are what the user sets on each display, and a PDU that stands alone keeps its own.
    """
    modules = {
        instance: int(number)
        for instance in look.column(module)
        if (number := look.number(module, instance)) is not None
    }
    for instance, number in modules.items():
        if role and look.number(role, instance) == 2:
            return number
    return min(modules.values(), default=1)


def chained(
    fact: str,
    module: str,
    which: str = "",
    name: str = "",
    *,
    unless: tuple[str, frozenset[int]] | None = None,
) -> Index:
    """Take the place from columns: the PDU, and which of its phases, banks, outlets it is.

    ``unless`` is a column and the numbers with which it says that the row means nothing.
    """

    def place(_: Oid, siblings: Siblings) -> Place | None:
        if unless is not None and as_number(siblings(unless[0])) in unless[1]:
            return None
        unit = _unit(siblings, fact, as_number(siblings(module)))
        number = which_of(siblings(which)) if name else 1
        if number is None or not 1 <= unit <= _MOST:
            return None
        return {"unit": unit, name: number} if name else {"unit": unit}

    needs = (module, which, unless[0] if unless else "")
    return Index(place=place, needs=tuple(filter(None, needs)))


_MOST = 999


def which_of(said: SnmpValue | None) -> int | None:
    """Return the number of a phase, bank or outlet; None for what can be none."""
    number = as_number(said)
    return int(number) if number is not None and 1 <= number <= _MOST else None


def _unit(siblings: Siblings, fact: str, module: float | None) -> int:
    """Return a unit's number: the host is the first, whichever had that number gets the host's."""
    first = int(siblings.facts[fact])
    if module is None or module == first:
        return 1
    return first if module == 1 else int(module)


# rows and commands


def thresholds(
    config: str, columns: tuple[int, int, int], *places: str, write: Write
) -> tuple[Row, ...]:
    """Return the rows of three limits of a current, in whole amperes or in steps of a tenth."""
    limits = ("low.warning", "high.warning", "high.critical")
    return tuple(
        number(
            f"{config}.{column}",
            *(f"{place}.current.{limit}" for place in places),
            scale=write.step,
            write=write,
        )
        for column, limit in zip(columns, limits, strict=True)
    )


def outlet_delays(
    config: str, columns: tuple[int, int, int], delay: Write, pause: Write
) -> tuple[Row, ...]:
    """Return the rows of an outlet's two delays and of the pause of a cycle."""
    on, off, reboot = (f"{config}.{column}" for column in columns)
    return (
        number(on, f"{OUTLET}.delay.start", write=delay),
        number(off, f"{OUTLET}.delay.shutdown", write=delay),
        number(reboot, f"{OUTLET}.delay.reboot", write=pause),
    )


def bank(said: str, _: Look, __: Oid) -> Value | None:
    """Return the bank of an outlet; 0 is none."""
    return None if said in {"0", "-1"} else said


_CUTS = frozenset({"load.off", "load.off.delay", "load.cycle", "load.cycle.delay"})


def orders(where: str, values: Mapping[str, int], place: str = "") -> tuple[Order, ...]:
    """Return the commands of one object, which must be among the rows: what each writes."""
    return tuple(
        Order(
            command=Command(
                name=f"{place}.{name}" if place else name,
                danger=Danger.CUTS_POWER if name in _CUTS else Danger.HARMLESS,
            ),
            steps=((Put(where, value),),),
        )
        for name, value in values.items()
    )


# traps (E.318.0.N)

EVENTS: Mapping[int, str] = {
    41: "outlet_on",
    42: "outlet_off",
    43: "outlet_rebooted",
    222: "low_load",
    223: "low_load_cleared",
    224: "near_overload",
    225: "near_overload_cleared",
    226: "overload",
    227: "overload_cleared",
    266: "communication_found",
    267: "communication_lost",
    268: "outlet_on",
    269: "outlet_off",
    272: "low_load",
    273: "low_load_cleared",
    274: "near_overload",
    275: "near_overload_cleared",
    276: "overload",
    277: "overload_cleared",
    278: "power_supply_failed",
    279: "power_supply_good",
    280: "power_supply_failed",
    281: "power_supply_good",
    283: "command_cancelled",
    630: "low_load",
    631: "low_load_cleared",
    632: "near_overload",
    633: "near_overload_cleared",
    634: "overload",
    635: "overload_cleared",
    636: "test_trap",
    750: "critical_condition",
    751: "critical_condition_cleared",
    752: "warning_condition",
    753: "warning_condition_cleared",
    754: "informational_condition",
    755: "informational_condition_cleared",
    812: "critical_condition",
    813: "critical_condition_cleared",
    814: "warning_condition",
    815: "warning_condition_cleared",
}
TRAPS = (Traps(roots=("E.318",), events=EVENTS),)
