"""Rack PDUs: card snmp-liebert.md, 5 (L.3.8). The first number of each instance is the PDU.

A branch is an outlet group. A receptacle is known by branch and place: outlet 203 is the third of
the second branch, which keeps its number when a module is added. Receptacle groups, which go over
branches and PDUs, are the groups from 101.
"""

from collections.abc import Callable
from dataclasses import replace

from ...links.base import Oid, SnmpType
from ...model import Alarm, Command, Danger, Setting, SettingKind, Severity
from ...names import ContactStatus, OutletStatus
from ..table import (
    Convert,
    Index,
    Look,
    Order,
    Place,
    Put,
    Row,
    Siblings,
    Table,
    When,
    Words,
    Write,
    bits,
    enum,
    number,
    parts,
    text,
)
from ..values import as_number
from .objects import ABNORMAL, GENERAL_ALARM, HUNDREDTH, NAME, TENTH

_PDU, _SOURCE, _LINE = "3.8.20.1", "3.8.30.20.1", "3.8.30.40.1"
_BRANCH, _OUTLET, _GROUP = "3.8.40.20.1", "3.8.50.20.1", "3.8.50.30.10.1"
_MEMBERS = "3.8.50.30.20.1.20"
_SENSOR, _MEASURE = "3.8.60.10.1", "3.8.60.15.1"
_THERE = "3.8.20.1"
"""Nothing of a rack PDU is looked for where this has no rows."""

LINE_RATING, BRANCH_RATING = f"{_SOURCE}.35", f"{_BRANCH}.75"
LINE_SHARE, OUTLET_SHARE = "ampere a percent of a line", "ampere a percent of an outlet"
"""Facts: the limits of a current are percents of a rating."""

# places

_GROUPS_FROM = 100


def _of_outlet(instance: Oid, _: Siblings) -> Place | None:
    if len(instance) < 3:
        return None
    unit, branch, receptacle = instance[:3]
    return {"unit": unit, "outlet": 100 * branch + receptacle}


def _of_group(instance: Oid, _: Siblings) -> Place | None:
    return {"group": _GROUPS_FROM + instance[0]} if instance else None


def _of_line(instance: Oid, siblings: Siblings) -> Place | None:
    """Return the phase that a line says it is; its index is the same where it does not."""
    if len(instance) < 3:
        return None
    phase = as_number(siblings(f"{_LINE}.15")) or instance[2]
    return {"unit": instance[0], "phase": int(phase)}


def _between(instance: Oid, siblings: Siblings) -> Place | None:
    place = _of_line(instance, siblings)
    if place is None:
        return None
    return {**place, "to": int(place["phase"]) % 3 + 1}


_ONE_LINE = (f"{_LINE}.15",)
_OUTLETS = Index(place=_of_outlet)
_BRANCHES = parts("unit", "group")
_PROBES = parts("unit", "probe")
_GROUPS = Index(place=_of_group)


def _is_switched(look: Look, instance: Oid) -> bool:
    """Tell a receptacle that can be switched; one that does not say may be."""
    return look.number(f"{_OUTLET}.50", instance) not in {1, 2, 5}


def _has_members(look: Look, instance: Oid) -> bool:
    """Tell a receptacle group that is in use: there are always 64."""
    return any(
        look.text(_MEMBERS, each) for each in look.column(_MEMBERS) if each[:1] == instance[:1]
    )


def share(look: Look, ratings: str) -> float | None:
    """Return the ampere that are a percent of a rating, where all ratings are the same."""
    found = {look.number(ratings, instance) for instance in look.column(ratings)}
    rating = found.pop() if len(found) == 1 else None
    # in tenths of an ampere
    return rating / 1000 if rating else None


# values


def _to_neutral(value: float, look: Look, instance: Oid) -> float | None:
    """Leave out 0 V to neutral on a PDU that has only voltages between the phases."""
    between = look.number(f"{_LINE}.61", instance) or look.number(f"{_LINE}.60", instance)
    return None if value == 0 and between else value


def _of_branch(value: float, look: Look, instance: Oid) -> float | None:
    """Leave out 0 V to neutral of a branch between two phases."""
    return None if value == 0 and look.number(f"{_BRANCH}.170", instance) else value


def _branch_of(_: str, __: Look, instance: Oid) -> str | None:
    return str(instance[1]) if len(instance) > 1 else None


# lgpPduEntrySysStatus: the numbers in the document are 1, 2, 8, 16, 32, by its text positions;
# the two ways to read them have no bit in common
_STATUS: Words = {4: GENERAL_ALARM, 5: ABNORMAL, 15: GENERAL_ALARM, 31: ABNORMAL}
_CONDITION = {
    2: "current outside its warning limits",
    3: "current outside its limits",
    4: "current while off",
}
_LEAK = {
    2: Alarm("Leak detected", code="lgpPduAuxMeasLeakDetectState", severity=Severity.CRITICAL),
    4: Alarm("Cable of the leak sensor faulty", code="lgpPduAuxMeasLeakDetectState"),
}
_CONTACT = {1: ContactStatus.OPEN, 2: ContactStatus.CLOSED}
_LOCK = Write(kind=SettingKind.SWITCH, options=("no", "yes"))
_SECONDS = Write(minimum=0, maximum=86400, type=SnmpType.UNSIGNED)
_PERCENT = Write(minimum=0, maximum=100, type=SnmpType.UNSIGNED)
"""What 100 percent are is told by ``settings``."""


_THREE_LIMITS = ("low.critical", "high.warning", "high.critical")
_FOUR_LIMITS = ("low.critical", "high.critical", "low.warning", "high.warning")


def _if_known(fact: str) -> Convert:
    """Return what leaves out percents of a rating that is not known, or not the same for all."""
    return lambda value, look, _: value if fact in look.facts else None


def _limits(table: str, columns: tuple[int, ...], fact: str, *places: str) -> tuple[Row, ...]:
    """Return the three limits of a current: percents of a rating, published in ampere."""
    return tuple(
        number(
            f"{table}.{column}",
            *(f"{place}.current.{limit}" for place in places),
            scale_fact=fact,
            convert=_if_known(fact),
            write=_PERCENT,
        )
        for column, limit in zip(columns, _THREE_LIMITS, strict=True)
    )


def _climate(table: str, first: int, what: str) -> tuple[Row, ...]:
    """Return a reading of a probe in tenths, with its limits in the columns behind it."""
    name = f"ambient.{{probe}}.{what}"
    return (
        number(f"{table}.{first}", name, scale=TENTH),
        *(
            number(f"{table}.{first + 5 * step}", f"{name}.{limit}", scale=TENTH, when=When.RARE)
            for step, limit in enumerate(_FOUR_LIMITS, 1)
        ),
    )


def _measures(column: str, *kinds: int) -> Callable[[Look, Oid], bool]:
    """Return what tells a row that measures one of some kinds."""
    return lambda look, instance: look.number(column, instance) in kinds


def _of_contact(instance: Oid, _: Siblings) -> Place | None:
    if len(instance) < 3:
        return None
    unit, probe, contact = instance[:3]
    return {"unit": unit, "probe": probe, "contact": contact}


_PHASES = {1: "L1", 2: "L2", 3: "L3", 4: "L1-L2", 5: "L2-L3", 6: "L3-L1"}

IDENTITY = Table(
    index=parts("unit"),
    probe=_THERE,
    rows=(
        text(f"{_PDU}.45", "device.serial"),
        text(f"{_PDU}.10", "ups.id", write=NAME),
        bits(f"{_PDU}.25", _STATUS),
    ),
)

_INPUT = (
    Table(
        index=parts("unit", ""),
        probe=_THERE,
        rows=(
            text(f"{_SOURCE}.20", "device.model"),
            text(f"{_SOURCE}.55", "device.serial"),
            text(f"{_SOURCE}.60", "ups.firmware"),
            number(f"{_SOURCE}.30", "input.voltage.nominal", absent={0}, when=When.ONCE),
            number(LINE_RATING, "input.current.nominal", scale=TENTH, absent={0}, when=When.ONCE),
            number(f"{_SOURCE}.40", "input.frequency.nominal", absent={0}, when=When.ONCE),
            number(f"{_SOURCE}.50", "input.energy", scale=TENTH),
            number(f"{_SOURCE}.65", "ups.realpower"),
            number(f"{_SOURCE}.90", "ups.power"),
            number(f"{_SOURCE}.95", "input.powerfactor", scale=HUNDREDTH),
            number(f"{_SOURCE}.70", "input.N.current", scale=TENTH),
        ),
    ),
    Table(
        index=Index(place=_of_line, needs=_ONE_LINE),
        probe=_THERE,
        phases="",
        rows=(
            number(
                f"{_LINE}.19",
                "input.voltage",
                "input.L{phase}-N.voltage",
                scale=TENTH,
                convert=_to_neutral,
            ),
            number(
                f"{_LINE}.20",
                "input.voltage",
                "input.L{phase}-N.voltage",
                convert=_to_neutral,
            ),
            number(f"{_LINE}.61", "input.voltage", scale=TENTH),
            number(f"{_LINE}.22", "input.current", "input.L{phase}.current", scale=HUNDREDTH),
            number(f"{_LINE}.21", "input.current", "input.L{phase}.current", scale=TENTH),
            number(f"{_LINE}.39", "input.load", "input.L{phase}.load", scale=TENTH),
            number(f"{_LINE}.63", "input.realpower", "input.L{phase}.realpower"),
            number(f"{_LINE}.65", "input.power", "input.L{phase}.power"),
            number(
                f"{_LINE}.67", "input.powerfactor", "input.L{phase}.powerfactor", scale=HUNDREDTH
            ),
        ),
    ),
    Table(
        index=Index(place=_between, needs=_ONE_LINE),
        probe=_THERE,
        phases="",
        rows=(
            number(f"{_LINE}.61", "input.L{phase}-L{to}.voltage", scale=TENTH),
            number(f"{_LINE}.60", "input.L{phase}-L{to}.voltage"),
        ),
    ),
    Table(
        index=Index(place=_of_line, needs=_ONE_LINE),
        probe=_THERE,
        phases="",
        rows=_limits(_LINE, (35, 36, 37), LINE_SHARE, "input", "input.L{phase}"),
    ),
)

_BRANCH_NAME, _OUTLET_NAME = "outlet.group.{group}", "outlet.{outlet}"
_BRANCH_TABLES = (
    Table(
        index=_BRANCHES,
        probe=_THERE,
        rows=(
            text(f"{_BRANCH}.8", f"{_BRANCH_NAME}.name", write=NAME),
            text(f"{_BRANCH}.20", f"{_BRANCH_NAME}.id"),
            enum(f"{_BRANCH}.55", _PHASES, f"{_BRANCH_NAME}.phase", when=When.ONCE),
            number(f"{_BRANCH}.60", f"{_BRANCH_NAME}.count", when=When.ONCE),
            number(
                BRANCH_RATING,
                f"{_BRANCH_NAME}.current.nominal",
                scale=TENTH,
                absent={0},
                when=When.ONCE,
            ),
            number(f"{_BRANCH}.85", f"{_BRANCH_NAME}.energy", scale=TENTH),
            number(f"{_BRANCH}.100", f"{_BRANCH_NAME}.voltage", scale=TENTH, convert=_of_branch),
            number(f"{_BRANCH}.170", f"{_BRANCH_NAME}.voltage", scale=TENTH),
            number(f"{_BRANCH}.115", f"{_BRANCH_NAME}.realpower"),
            number(f"{_BRANCH}.120", f"{_BRANCH_NAME}.power"),
            number(f"{_BRANCH}.125", f"{_BRANCH_NAME}.powerfactor", scale=HUNDREDTH),
            number(f"{_BRANCH}.130", f"{_BRANCH_NAME}.current", scale=HUNDREDTH),
        ),
    ),
    Table(
        index=_BRANCHES,
        probe=_THERE,
        rows=_limits(_BRANCH, (135, 140, 145), OUTLET_SHARE, _BRANCH_NAME),
    ),
    Table(
        index=_GROUPS,
        probe=_THERE,
        is_alive=_has_members,
        rows=(
            text(f"{_GROUP}.10", f"{_BRANCH_NAME}.name", write=NAME),
            number(f"{_GROUP}.30", when=When.RARE),
        ),
    ),
    Table(
        index=_GROUPS,
        probe=_THERE,
        rows=(text(_MEMBERS, f"{_BRANCH_NAME}.desc", when=When.RARE),),
    ),
)

_OUTLET_TABLES = (
    Table(
        index=_OUTLETS,
        probe=_THERE,
        rows=(
            # 1 is off and 2 is on, unlike the object that switches
            enum(
                f"{_OUTLET}.95",
                {1: OutletStatus.OFF, 2: OutletStatus.ON, 3: OutletStatus.OFF},
                f"{_OUTLET_NAME}.status",
            ),
            text(f"{_OUTLET}.10", f"{_OUTLET_NAME}.name", write=NAME),
            text(f"{_OUTLET}.25", f"{_OUTLET_NAME}.designator"),
            text(f"{_OUTLET}.30", f"{_OUTLET_NAME}.groupid", convert=_branch_of),
            number(f"{_OUTLET}.50", when=When.ONCE),
            number(f"{_OUTLET}.56", f"{_OUTLET_NAME}.voltage", scale=TENTH),
            number(f"{_OUTLET}.55", f"{_OUTLET_NAME}.voltage"),
            number(f"{_OUTLET}.61", f"{_OUTLET_NAME}.current", scale=HUNDREDTH),
            number(f"{_OUTLET}.60", f"{_OUTLET_NAME}.current", scale=TENTH),
            number(f"{_OUTLET}.65", f"{_OUTLET_NAME}.realpower"),
            number(f"{_OUTLET}.70", f"{_OUTLET_NAME}.power"),
            number(f"{_OUTLET}.75", f"{_OUTLET_NAME}.powerfactor", scale=HUNDREDTH),
            number(f"{_OUTLET}.162", f"{_OUTLET_NAME}.crestfactor", scale=HUNDREDTH),
            number(f"{_OUTLET}.80", f"{_OUTLET_NAME}.frequency", scale=TENTH),
            number(f"{_OUTLET}.85", f"{_OUTLET_NAME}.energy", scale=TENTH),
            number(f"{_OUTLET}.90", f"{_OUTLET_NAME}.delay.start", write=_SECONDS),
            enum(f"{_OUTLET}.105", {1: "yes", 2: "no"}, f"{_OUTLET_NAME}.switchable", write=_LOCK),
            enum(f"{_OUTLET}.210", _CONDITION, f"{_OUTLET_NAME}.alarm"),
        ),
    ),
    Table(
        index=_OUTLETS,
        probe=_THERE,
        is_alive=_is_switched,
        rows=(number(f"{_OUTLET}.100", when=When.RARE),),
    ),
    Table(
        index=_OUTLETS,
        probe=_THERE,
        rows=_limits(_OUTLET, (150, 151, 152), OUTLET_SHARE, _OUTLET_NAME),
    ),
)

_KIND, _OLD_KIND = f"{_MEASURE}.10", f"{_SENSOR}.5"
_TEMPERATURE, _HUMIDITY, _DOOR, _CLOSURE, _LEAK_DETECTION = 1, 2, 3, 4, 6
_PROBE_TABLES = (
    Table(
        index=_PROBES,
        probe=_THERE,
        rows=(
            number(_KIND, when=When.ONCE),
            text(f"{_MEASURE}.20", "ambient.{probe}.name", write=NAME),
            text(f"{_MEASURE}.35", "ambient.{probe}.serial"),
            number(_OLD_KIND, when=When.ONCE),
            text(f"{_SENSOR}.25", "ambient.{probe}.name", write=NAME),
            text(f"{_SENSOR}.40", "ambient.{probe}.serial"),
            text(f"{_SENSOR}.45", "ambient.{probe}.serial"),
        ),
    ),
    Table(
        index=_PROBES,
        probe=_THERE,
        is_alive=_measures(_KIND, _TEMPERATURE),
        rows=_climate(_MEASURE, 70, "temperature"),
    ),
    Table(
        index=_PROBES,
        probe=_THERE,
        is_alive=_measures(_KIND, _HUMIDITY),
        rows=_climate(_MEASURE, 95, "humidity"),
    ),
    Table(
        index=Index(place=_of_contact),
        probe=_THERE,
        is_alive=_measures(_KIND, _DOOR, _CLOSURE),
        rows=(
            enum(f"{_MEASURE}.120", _CONTACT, "ambient.{probe}.contacts.{contact}.status"),
            enum(f"{_MEASURE}.130", _CONTACT, "ambient.{probe}.contacts.{contact}.status"),
            text(f"{_MEASURE}.20", "ambient.{probe}.contacts.{contact}.name", write=NAME),
        ),
    ),
    Table(
        index=_PROBES,
        probe=_THERE,
        is_alive=_measures(_KIND, _LEAK_DETECTION),
        rows=(enum(f"{_MEASURE}.165", _LEAK, when=When.STATUS),),
    ),
    # the older table: one row a sensor
    Table(
        index=_PROBES,
        probe=_THERE,
        is_alive=_measures(_OLD_KIND, 1, 3),
        rows=_climate(_SENSOR, 75, "temperature"),
    ),
    Table(
        index=_PROBES,
        probe=_THERE,
        is_alive=_measures(_OLD_KIND, 2, 3),
        rows=_climate(_SENSOR, 100, "humidity"),
    ),
)

TABLES = (*_INPUT, *_BRANCH_TABLES, *_OUTLET_TABLES, *_PROBE_TABLES)


def settings(found: dict[str, Setting], look: Look) -> None:
    """Say what 100 percent of a rating are; without a rating there is nothing to set."""
    for name, setting in tuple(found.items()):
        if ".current." not in name:
            continue
        fact = look.facts.get(OUTLET_SHARE if "outlet." in name else LINE_SHARE)
        if isinstance(fact, float | int):
            found[name] = replace(setting, maximum=100 * fact, step=fact)
        else:
            del found[name]


def _switching(place: str, column: str, off: int, on: int, cycle: int) -> tuple[Order, ...]:
    cuts = Danger.CUTS_POWER
    return (
        Order(command=Command(name=f"{place}.load.off", danger=cuts), steps=((Put(column, off),),)),
        Order(command=Command(name=f"{place}.load.on"), steps=((Put(column, on),),)),
        Order(
            command=Command(name=f"{place}.load.cycle", danger=cuts),
            steps=((Put(column, cycle),),),
        ),
    )


ORDERS = (
    *_switching(_OUTLET_NAME, f"{_OUTLET}.100", 0, 1, 2),
    # a third order of the same three words
    *_switching(_BRANCH_NAME, f"{_GROUP}.30", 1, 2, 3),
)
