"""CyberPower rack PDUs: card snmp-cyberpower-bestpower.md, 2 (rack PDU, and that in a daisy chain).

Document: CPS-MIB 2.11. The newer tree (6) has tables with one row after another for all PDUs of a
chain, each with the number of its PDU and its own; transfer switches answer it too. The older one
(3) fills its gaps where an agent has both.
"""

from ..links.base import Oid
from ..model import DeviceKind
from .cyberpower_common import (
    CHOICE,
    CURRENT,
    ENVIRONMENT,
    HUNDREDTH,
    IN_RANGE,
    LOAD,
    MANUFACTURER,
    NAME,
    NOT_REDUNDANT,
    NOT_SYNCHRONOUS,
    NOT_THERE,
    OUTLET,
    OUTLET_CURRENT,
    PREFERRED,
    RATING,
    ROOT,
    SELECTED,
    SENSITIVITY,
    SUPPLY_FAILED,
    TENTH,
    TRAPS,
    bank_of,
    outlet_delays,
    outlet_orders,
    thresholds,
)
from .dates import iso_date
from .table import (
    Facts,
    Index,
    Look,
    Mib,
    Place,
    Role,
    Row,
    Siblings,
    Table,
    Total,
    When,
    Words,
    enum,
    last,
    number,
    text,
)
from .values import as_number

_OUTLET, _GROUP = "outlet.{outlet}", "outlet.group.{group}"

# the chain (6)

_ROLE, _HOST = "6.1", 2


def _in_chain(module: str, number_: str = "", name: str = "", more: Place | None = None) -> Index:
    """Take the place from columns: the PDU, and which of its phases, banks or outlets it is.

    Only the host of a chain tells of others; a PDU that tells of itself alone is the first.
    """

    def place(_: Oid, siblings: Siblings) -> Place | None:
        role, unit = as_number(siblings(_ROLE)), as_number(siblings(module))
        if unit is None or role not in {None, _HOST}:
            unit = 1
        found: dict[str, int | str] = {"unit": int(unit), **(more or {})}
        if name:
            if (which := as_number(siblings(number_))) is None:
                return None
            found[name] = int(which)
        return found

    return Index(place=place, needs=tuple(filter(None, (_ROLE, module, number_))))


def _between_phases(instance: Oid, siblings: Siblings) -> Place | None:
    """Return the place of the voltage between a phase and the next."""
    found = dict(_PHASE.place(instance, siblings) or {})
    line = {1: "L1-L2", 2: "L2-L3", 3: "L3-L1"}.get(int(found.pop("phase", 0)))
    return {**found, "line": line} if line else None


_PHASE = _in_chain("6.4.4.1.2", "6.4.4.1.3", "phase")
_SUPPLY: Words = {2: SUPPLY_FAILED}
_SOURCE_SUPPLY: Words = dict.fromkeys((2, 3, 4), SUPPLY_FAILED)


def _is_three_phase(look: Look, instance: Oid) -> bool:
    return bool(look.number("6.4.4.1.13", instance))


def _source(which: int) -> Table:
    """Return the table of one of the two sources, whose values stand side by side in a row."""
    columns = [each + which - 1 for each in (5, 7, 9, 11)]
    voltage, frequency, voltage_state, frequency_state = (f"6.9.4.1.{each}" for each in columns)
    return Table(
        index=_in_chain("6.9.4.1.2", more={"source": which}),
        rows=(
            number(voltage, "input.{source}.voltage", scale=TENTH),
            number(frequency, "input.{source}.frequency", scale=TENTH),
            enum(voltage_state, IN_RANGE, "input.{source}.voltage.status"),
            enum(frequency_state, IN_RANGE, "input.{source}.frequency.status"),
        ),
    )


_CHAIN = (
    Table(
        rows=(
            number("6.2.1", "device.count", role=Role.COUNT),
            *(number(each, role=Role.COUNT) for each in ("6.4.1", "6.5.1", "6.6.1.1", "6.6.2.1")),
        )
    ),
    Table(
        index=_in_chain("6.2.2.1.2"),
        rows=(
            text("6.2.2.1.7", "ups.firmware"),
            text("6.2.2.1.8", "ups.mfr.date", convert=iso_date),
            text("6.2.2.1.9", "device.model"),
            text("6.2.2.1.10", "device.serial"),
        ),
    ),
    Table(
        index=_in_chain("6.3.4.1.2"),
        rows=(
            text("6.3.2.1.3", "ups.id", write=NAME),
            number("6.3.3.1.4", "input.current.nominal", absent=RATING, when=When.ONCE),
            number("6.3.3.1.5", "outlet.count", when=When.ONCE),
            number("6.3.3.1.8", "input.phases", absent=RATING, when=When.ONCE),
            number("6.3.3.1.13", "input.realpower.nominal", absent=RATING, when=When.ONCE),
            enum("6.3.4.1.4", LOAD, "input.load.status"),
            number("6.3.4.1.5", "input.current", scale=TENTH),
            number("6.3.4.1.6", "input.current.maximum", scale=TENTH),
            number("6.3.4.1.9", "output.energy", scale=TENTH),
            number("6.3.4.1.15", "ups.power"),
            number("6.3.4.1.16", "input.powerfactor", scale=HUNDREDTH),
            number("6.3.4.1.18", "ups.realpower"),
            number("6.3.4.1.19", "ups.realpower.maximum"),
            *thresholds("6.3.2.1", 8, "input"),
            enum("6.3.4.1.12", _SUPPLY),
            enum("6.3.4.1.13", _SUPPLY),
            enum("6.3.4.1.14", _SUPPLY),
        ),
    ),
    Table(
        index=_PHASE,
        phases="",
        rows=(
            enum("6.4.4.1.4", LOAD, "input.load.status", "input.L{phase}.load.status"),
            number("6.4.4.1.5", "input.current", "input.L{phase}.current", scale=TENTH),
            number("6.4.4.1.6", "input.voltage", "input.L{phase}-N.voltage", scale=TENTH),
            number("6.4.4.1.7", "input.realpower", "input.L{phase}.realpower"),
            number("6.4.4.1.8", "input.power", "input.L{phase}.power"),
            number("6.4.4.1.9", "input.powerfactor", "input.L{phase}.powerfactor", scale=HUNDREDTH),
            number(
                "6.4.4.1.10",
                "input.current.maximum",
                "input.L{phase}.current.maximum",
                scale=TENTH,
            ),
            *thresholds("6.4.2.1", 5, "input", "input.L{phase}"),
        ),
    ),
    Table(
        index=Index(place=_between_phases, needs=_PHASE.needs),
        is_alive=_is_three_phase,
        rows=(number("6.4.4.1.13", "input.{line}.voltage", scale=TENTH),),
    ),
    Table(
        index=_in_chain("6.5.4.1.2", "6.5.4.1.3", "group"),
        rows=(
            enum("6.5.4.1.4", CURRENT, f"{_GROUP}.current.status"),
            number("6.5.4.1.5", f"{_GROUP}.current", scale=TENTH),
            number("6.5.4.1.6", f"{_GROUP}.current.maximum", scale=TENTH),
            *thresholds("6.5.2.1", 5, _GROUP),
        ),
    ),
    Table(
        index=_in_chain("6.6.1.4.1.2", "6.6.1.4.1.3", "outlet"),
        rows=(
            enum("6.6.1.4.1.5", OUTLET, f"{_OUTLET}.status"),
            text("6.6.1.2.1.4", f"{_OUTLET}.name", write=NAME),
            *outlet_delays("6.6.1.2.1", 5),
            text("6.6.1.4.1.4", f"{_OUTLET}.name", when=When.RARE),
            text("6.6.1.3.1.6", f"{_OUTLET}.groupid", convert=bank_of),
        ),
    ),
    Table(
        index=_in_chain("6.6.2.4.1.2", "6.6.2.4.1.3", "outlet"),
        rows=(
            text("6.6.2.4.1.4", f"{_OUTLET}.name", when=When.RARE),
            enum("6.6.2.4.1.5", OUTLET_CURRENT, f"{_OUTLET}.current.status"),
            number("6.6.2.4.1.6", f"{_OUTLET}.current", scale=TENTH),
            number("6.6.2.4.1.7", f"{_OUTLET}.realpower"),
            number("6.6.2.4.1.11", f"{_OUTLET}.energy", scale=TENTH),
            text("6.6.2.3.1.7", f"{_OUTLET}.groupid", convert=bank_of),
        ),
    ),
    Table(
        index=_in_chain("6.9.4.1.2"),
        rows=(
            enum("6.9.4.1.3", SELECTED, "input.source", role=Role.POWER),
            enum("6.9.4.1.13", {2: NOT_SYNCHRONOUS}, when=When.STATUS),
            enum("6.9.4.1.14", _SOURCE_SUPPLY),
            enum("6.9.4.1.15", _SOURCE_SUPPLY),
            enum("6.9.4.1.16", {1: NOT_REDUNDANT}, when=When.STATUS),
            enum("6.9.2.1.3", PREFERRED, "input.source.preferred", write=CHOICE),
            enum("6.9.2.1.5", SENSITIVITY, "input.sensitivity", write=CHOICE),
            number("6.9.2.1.6", "input.voltage.nominal", absent=RATING, when=When.RARE),
        ),
    ),
    _source(1),
    _source(2),
)

# one PDU (3)


def _of_phase(_: Oid, siblings: Siblings) -> Place | None:
    """Return the phase of a row: those of banks stand in the same table, behind the phases."""
    phase = as_number(siblings("3.2.3.1.1.4"))
    return {"phase": int(phase)} if phase and not as_number(siblings("3.2.3.1.1.5")) else None


def _of_bank(_: Oid, siblings: Siblings) -> Place | None:
    bank = as_number(siblings("3.2.3.1.1.5"))
    return {"group": int(bank)} if bank else None


_NEEDS = ("3.2.3.1.1.4", "3.2.3.1.1.5")


def _of_one_phase(value: float, look: Look, _: Oid) -> float | None:
    """Leave out the one voltage of a PDU with three phases."""
    return value if (look.number("3.2.1.2") or 1) <= 1 else None


def _measured(place: str, voltage: str) -> tuple[Row, ...]:
    """Return the rows of what is measured of a phase or a bank."""
    return (
        number("3.2.3.1.1.2", *_names(place, "current"), scale=TENTH),
        number("3.2.3.1.1.6", *_names(place, "voltage", voltage), scale=TENTH, absent=RATING),
        number("3.2.3.1.1.7", *_names(place, "realpower"), total=Total.SUM),
        number("3.2.3.1.1.8", *_names(place, "power"), total=Total.SUM),
        number("3.2.3.1.1.9", *_names(place, "powerfactor"), scale=HUNDREDTH),
        # by its text apparent power, by its unit energy
        number("3.2.3.1.1.10", *_names(place, "energy"), scale=TENTH, total=Total.SUM),
    )


def _names(place: str, what: str, full: str = "") -> tuple[str, ...]:
    """Return the names of a value of a phase with that of the whole, or of a bank."""
    name = full or f"{place}.{what}"
    return (f"input.{what}", name) if place.startswith("input") else (name,)


_SINGLE = (
    Table(
        rows=(
            text("3.1.1", "ups.id", write=NAME),
            text("3.1.3", "ups.firmware"),
            text("3.1.4", "ups.mfr.date", convert=iso_date),
            text("3.1.5", "device.model"),
            text("3.1.6", "device.serial"),
            number("3.1.7", "input.current.nominal", absent=RATING, when=When.ONCE),
            number("3.1.8", "outlet.count", when=When.ONCE),
            number("3.2.1.2", "input.phases", absent=RATING, when=When.ONCE),
            enum("3.4.1.1", _SUPPLY),
            # 3 is not there
            enum("3.4.1.2", _SUPPLY),
        )
    ),
    Table(
        index=Index(place=_of_phase, needs=_NEEDS),
        phases="3.2.1.2",
        rows=(
            enum("3.2.3.1.1.3", LOAD, "input.load.status", "input.L{phase}.load.status"),
            *_measured("input.L{phase}", "input.L{phase}-N.voltage"),
        ),
    ),
    Table(
        rows=(
            number("3.5.7", "input.voltage", scale=TENTH, absent=RATING, convert=_of_one_phase),
            number("3.5.8", "input.frequency", scale=TENTH, absent=RATING),
        )
    ),
    Table(
        index=last("phase"),
        phases="3.2.1.2",
        rows=thresholds("3.2.2.1.1", 2, "input", "input.L{phase}"),
    ),
    Table(
        index=Index(place=_of_bank, needs=_NEEDS),
        rows=(
            enum("3.2.3.1.1.3", CURRENT, f"{_GROUP}.current.status"),
            *_measured(_GROUP, ""),
        ),
    ),
    Table(
        index=last("group"),
        rows=(
            number("3.2.1.6.1.3", f"{_GROUP}.current.nominal", absent=RATING, when=When.ONCE),
            *thresholds("3.2.4.1.1", 2, _GROUP),
        ),
    ),
    Table(
        index=last("outlet"),
        rows=(
            enum("3.3.5.1.1.4", OUTLET, f"{_OUTLET}.status"),
            text("3.3.4.1.1.2", f"{_OUTLET}.name", write=NAME),
            *outlet_delays("3.3.4.1.1", 4),
            text("3.3.5.1.1.2", f"{_OUTLET}.name", when=When.RARE),
            text("3.3.5.1.1.6", f"{_OUTLET}.groupid", convert=bank_of),
            number("3.3.5.1.1.7", f"{_OUTLET}.current", scale=TENTH),
            number("3.3.5.1.1.8", f"{_OUTLET}.realpower"),
            enum("3.3.5.1.1.9", OUTLET_CURRENT, f"{_OUTLET}.current.status"),
            number("3.3.5.1.1.13", f"{_OUTLET}.energy", scale=TENTH),
            # PDUs without switches have none
            number("3.3.3.1.1.4", when=When.ONCE),
        ),
    ),
)


def _learn(look: Look) -> Facts:
    """Tell a transfer switch by its sources."""
    return {"kind": DeviceKind.ATS} if look.column("6.9.4.1.3") else {}


mib = Mib(
    id="cyberpower-pdu",
    title="CyberPower CPS-MIB (rack PDU)",
    root=ROOT,
    kind=DeviceKind.PDU,
    manufacturer=MANUFACTURER,
    tables=(*_CHAIN, *_SINGLE, *ENVIRONMENT),
    orders=(
        *outlet_orders("6.6.1.5.1.5", 1, needs="6.6.1.4.1.5"),
        *outlet_orders("3.3.3.1.1.4", 1, needs="3.3.3.1.1.4"),
    ),
    traps=TRAPS,
    learn=_learn,
    absent=NOT_THERE,
)
