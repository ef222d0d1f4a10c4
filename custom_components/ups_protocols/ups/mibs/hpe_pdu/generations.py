"""The two generations of switched HPE PDUs, PDU2 (7) and PDU3 (11): card snmp-hp.md, 1.4.

Their tables have the same objects in other units; PDU3 has no crest factors, so columns behind
those are one less there. Eaton's PDUs by nLogic have the numbers of PDU3. "-1" is what is not
there; a power factor of any other negative number is one, the sign of which no document explains.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from ...links.base import Oid
from ...model import Command, Danger, Parameter, SettingKind
from ..hp_common import condition, of_unit, unit
from ..rack_pdu import INPUT_PHASES, PHASES_OF_GROUP, SINGLE_PHASE, SOCKETS, SWITCHABLE, WIRES
from ..table import (
    LINE_VOLTAGES,
    Convert,
    Given,
    Index,
    Look,
    Order,
    Place,
    Put,
    Role,
    Row,
    Siblings,
    Table,
    Total,
    When,
    Write,
    enum,
    number,
    text,
)
from ..values import as_number
from .state import celsius
from .words import (
    BREAKER,
    CONNECTED,
    CONTACT,
    CURRENT,
    FREQUENCY,
    GROUP_TYPES,
    OUTLET,
    PRESENT,
    THRESHOLD,
)

_TENTH, _MILLI = 0.1, 0.001
_SIGNED: frozenset[int] = frozenset()
"""-1 is a value of what has a sign."""
_NOTHING = frozenset({-1, 0})
_SECONDS = Write(minimum=0, maximum=99999)
_DELAY = Parameter(name="delay", minimum=0, maximum=99999, step=1, default=0)
_LIMITS = ("low.warning", "low.critical", "high.warning", "high.critical")
_G, _O, _P = "outlet.group.{group}", "outlet.{outlet}", "ambient.{probe}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What is particular to one of them."""

    tree: str
    """Where its objects stand below the root, with a dot behind it; "" for the root itself."""
    volts: float
    amperes: float
    total: float
    """Of the VA and W of the whole input."""
    factor: float
    """Of the power factors, but for the one of the whole input, which is in thousandths."""
    energy: float
    load: float
    is_newer: bool
    status: Callable[[str], Row]
    """Describes the overall status of a unit, which stands at this OID."""
    breaker: Callable[[str], Row] = lambda where: enum(
        where, BREAKER, f"{_G}.status", when=When.STATUS
    )
    """Describes the state of a group's breaker."""
    powers: str
    """The column that says of which wire the powers of a row are."""
    is_group: Callable[[Look, Oid], bool] | None = None
    """Tells a group from a row that means nothing."""
    left_out: frozenset[str] = frozenset()
    """Objects of the document that are not asked for."""

    @property
    def shift(self) -> int:
        """What to add to a column's number behind the crest factor."""
        return -1 if self.is_newer else 0


# in the older one everything is in thousandths
PDU2 = Generation(
    tree="7.",
    volts=_MILLI,
    amperes=_MILLI,
    total=1,
    factor=_MILLI,
    energy=_MILLI,
    load=1,
    is_newer=False,
    status=partial(condition, name="pdu2Status"),
    powers="19",
)
PDU3 = Generation(
    tree="11.",
    volts=_TENTH,
    amperes=0.01,
    total=_MILLI,
    factor=0.01,
    energy=1,
    load=_TENTH,
    is_newer=True,
    status=partial(condition, name="pdu3Status"),
    powers="18",
)


def _size(value: float, _: Look, __: Oid) -> float | None:
    return abs(value)


def _phases(value: float, _: Look, __: Oid) -> float | None:
    return INPUT_PHASES.get(int(value))


def _limits(
    table: str, first: int, *values: str, scale: float, convert: Convert | None = None
) -> list[Row]:
    """Return the rows of the four limits of a value: in each table they have this order."""
    return [
        number(
            f"{table}.{first + column}",
            *(f"{value}.{limit}" for value in values),
            scale=scale,
            when=When.RARE,
            convert=convert,
        )
        for column, limit in enumerate(_LIMITS)
    ]


def _measured(tree: str, column: str, words: Mapping[int, Place | None], shifted: int) -> Index:
    """Take the place that a column of the row tells.

    Where the agent lacks that column, a row is a phase to neutral, or the only phase.
    """
    kinds, inputs = f"{tree}2.2.1.{column}", f"{tree}2.1.1.1"

    def place(instance: Oid, siblings: Siblings) -> Place | None:
        if len(instance) < 2:
            return None
        kind = as_number(siblings(kinds))
        if kind is None:
            is_single = as_number(siblings(inputs)) in {SINGLE_PHASE, None}
            kind = 1 if is_single else shifted + instance[1]
        inner = words.get(int(kind))
        return None if inner is None else {"unit": unit(siblings.facts, instance), **inner}

    return Index(place=place, needs=(kinds, inputs))


def _ident(kind: Generation) -> tuple[Table, ...]:
    table = f"{kind.tree}1.2.1"
    # a time stamp behind the firmware
    more = 1 if kind.is_newer else 0
    rows = [
        text(f"{table}.2", "ups.id", when=When.RARE),
        text(f"{table}.3", "device.model"),
        text(f"{table}.4", "device.mfr"),
        text(f"{table}.5", "ups.firmware"),
        text(f"{table}.{6 + more}", "device.part"),
        text(f"{table}.{7 + more}", "device.serial"),
        kind.status(f"{table}.{8 + more}"),
        # for the commands
        number(f"{table}.{9 + more}", role=Role.COUNT),
        number(f"{table}.{11 + more}", "outlet.group.count", role=Role.COUNT),
        number(f"{table}.{12 + more}", "outlet.count", role=Role.COUNT),
    ]
    if kind.is_newer:
        rows.append(text(f"{table}.14", "device.macaddr"))
    return (
        Table(
            # a chain that has grown or shrunk is walked anew
            rows=(number(f"{kind.tree}1.1", "device.count", role=Role.COUNT, absent=_NOTHING),)
        ),
        Table(index=of_unit(), rows=tuple(rows)),
    )


def _input(kind: Generation) -> tuple[Table, ...]:
    whole, table, shift = f"{kind.tree}2.1.1", f"{kind.tree}2.2.1", kind.shift
    # of two counts of the newer one, that which nobody resets
    energy = number(f"{whole}.6", "input.energy", scale=1 if kind.is_newer else _MILLI)
    factor = 9 if kind.is_newer else 8
    crest = number(f"{table}.17", "input.crestfactor", "input.L{phase}.crestfactor", scale=_MILLI)
    return (
        Table(
            index=of_unit(),
            rows=(
                number(f"{whole}.1", "input.phases", convert=_phases, when=When.ONCE),
                number(f"{whole}.2", "input.frequency", scale=_TENTH, absent=_NOTHING),
                enum(f"{whole}.3", FREQUENCY, "input.frequency.status", when=When.STATUS),
                # the whole, better than the sum of the phases
                number(f"{whole}.4", "input.power", scale=kind.total),
                number(f"{whole}.5", "input.realpower", "ups.realpower", scale=kind.total),
                energy,
                *(
                    (number(f"{whole}.8", "input.energy", scale=_MILLI * _MILLI),)
                    if kind.is_newer
                    else ()
                ),
                number(f"{whole}.{factor}", "input.powerfactor", scale=_MILLI, convert=_size),
            ),
        ),
        Table(
            index=_measured(kind.tree, "2", LINE_VOLTAGES, 1),
            rows=(
                number(f"{table}.3", "input.voltage", "input.{line}.voltage", scale=kind.volts),
                enum(
                    f"{table}.4",
                    THRESHOLD,
                    "input.voltage.status",
                    "input.{line}.voltage.status",
                    when=When.STATUS,
                ),
                *_limits(table, 5, "input.voltage", "input.{line}.voltage", scale=kind.volts),
            ),
        ),
        Table(
            index=_measured(kind.tree, "9", WIRES, 2),
            rows=(
                number(
                    f"{table}.10",
                    "input.current.nominal",
                    "input.L{phase}.current.nominal",
                    "input.{wire}.current.nominal",
                    scale=kind.amperes,
                    absent=_NOTHING,
                    when=When.RARE,
                ),
                number(
                    f"{table}.11",
                    "input.current",
                    "input.L{phase}.current",
                    "input.{wire}.current",
                    scale=kind.amperes,
                ),
                enum(
                    f"{table}.12",
                    CURRENT,
                    "input.current.status",
                    "input.L{phase}.current.status",
                    "input.{wire}.current.status",
                ),
                *_limits(
                    table,
                    13,
                    "input.current",
                    "input.L{phase}.current",
                    "input.{wire}.current",
                    scale=kind.amperes,
                ),
                *(() if kind.is_newer else (crest,)),
                number(
                    f"{table}.{18 + shift}",
                    "input.load",
                    "input.L{phase}.load",
                    scale=kind.load,
                    total=Total.LARGEST,
                ),
            ),
        ),
        Table(
            index=_measured(kind.tree, kind.powers, WIRES, 2),
            rows=(
                number(
                    f"{table}.{20 + shift}", "input.power", "input.L{phase}.power", total=Total.SUM
                ),
                number(
                    f"{table}.{21 + shift}",
                    "input.realpower",
                    "ups.realpower",
                    "input.L{phase}.realpower",
                    total=Total.SUM,
                ),
                number(
                    f"{table}.{22 + shift}",
                    "input.energy",
                    "input.L{phase}.energy",
                    scale=kind.energy,
                    total=Total.SUM,
                ),
                number(
                    f"{table}.{24 + shift}",
                    "input.powerfactor",
                    "input.L{phase}.powerfactor",
                    scale=kind.factor,
                    convert=_size,
                ),
            ),
        ),
    )


def _groups(kind: Generation) -> tuple[Table, ...]:
    table, shift = f"{kind.tree}3.1.1", kind.shift
    crest = number(f"{table}.18", f"{_G}.crestfactor", scale=_MILLI)
    return (
        Table(
            index=of_unit("group"),
            is_alive=kind.is_group,
            rows=(
                text(f"{table}.2", f"{_G}.name", when=When.RARE),
                enum(f"{table}.3", GROUP_TYPES, f"{_G}.type", when=When.ONCE),
                enum(f"{table}.4", PHASES_OF_GROUP, f"{_G}.phase", when=When.ONCE),
                number(f"{table}.5", f"{_G}.voltage", scale=kind.volts),
                enum(f"{table}.6", THRESHOLD, f"{_G}.voltage.status"),
                *_limits(table, 7, f"{_G}.voltage", scale=kind.volts),
                number(
                    f"{table}.11",
                    f"{_G}.current.nominal",
                    scale=kind.amperes,
                    absent=_NOTHING,
                    when=When.RARE,
                ),
                number(f"{table}.12", f"{_G}.current", scale=kind.amperes),
                enum(f"{table}.13", CURRENT, f"{_G}.current.status"),
                *_limits(table, 14, f"{_G}.current", scale=kind.amperes),
                *(() if kind.is_newer else (crest,)),
                number(f"{table}.{19 + shift}", f"{_G}.load", scale=kind.load),
                number(f"{table}.{20 + shift}", f"{_G}.power"),
                number(f"{table}.{21 + shift}", f"{_G}.realpower"),
                number(f"{table}.{22 + shift}", f"{_G}.energy", scale=kind.energy),
                number(
                    f"{table}.{24 + shift}", f"{_G}.powerfactor", scale=kind.factor, convert=_size
                ),
                number(f"{table}.{26 + shift}", f"{_G}.count", when=When.RARE),
                kind.breaker(f"{table}.{27 + shift}"),
            ),
        ),
    )


def _outlets(kind: Generation) -> tuple[Table, ...]:
    table, control, shift = f"{kind.tree}5.1.1", f"{kind.tree}5.2.1", kind.shift
    controllable = f"{kind.tree}1.2.1.{10 if kind.is_newer else 9}"

    def is_switchable(look: Look, instance: Oid) -> bool:
        return (
            look.number(f"{control}.8", instance) != 2
            and look.number(controllable, instance[:1]) != 2
        )

    older = (
        # too many to be asked with the status; the newer one has these of the power
        enum(f"{table}.6", CURRENT, f"{_O}.current.status", when=When.FULL),
        *_limits(table, 7, f"{_O}.current", scale=kind.amperes),
        number(f"{table}.11", f"{_O}.crestfactor", scale=_MILLI),
    )
    # for the alarms
    newer = (number(f"{table}.6"),)
    return (
        Table(
            index=of_unit("outlet"),
            rows=(
                text(f"{table}.2", f"{_O}.name", when=When.RARE),
                enum(f"{table}.3", SOCKETS, f"{_O}.type", when=When.ONCE),
                number(
                    f"{table}.4",
                    f"{_O}.current.nominal",
                    scale=kind.amperes,
                    absent=_NOTHING,
                    when=When.RARE,
                ),
                number(f"{table}.5", f"{_O}.current", scale=kind.amperes),
                *(newer if kind.is_newer else older),
                number(f"{table}.{12 + shift}", f"{_O}.load", scale=kind.load),
                number(f"{table}.{13 + shift}", f"{_O}.power"),
                number(f"{table}.{14 + shift}", f"{_O}.realpower"),
                number(f"{table}.{15 + shift}", f"{_O}.energy", scale=kind.energy),
                number(
                    f"{table}.{17 + shift}", f"{_O}.powerfactor", scale=kind.factor, convert=_size
                ),
                enum(f"{control}.1", OUTLET, f"{_O}.status"),
                number(f"{control}.6", f"{_O}.delay.start", write=_SECONDS),
                number(f"{control}.7", f"{_O}.delay.reboot", write=_SECONDS),
                # the commands come and go with it
                Row(
                    oid=f"{control}.8",
                    names=(f"{_O}.switchable",),
                    role=Role.COUNT,
                    words=SWITCHABLE,
                    write=Write(kind=SettingKind.SWITCH, options=("no", "yes")),
                ),
                number(f"{control}.9", f"{_O}.delay.shutdown", write=_SECONDS),
            ),
        ),
        Table(
            index=of_unit("outlet"),
            is_alive=is_switchable,
            rows=(
                number(f"{control}.2", f"{_O}.timer.shutdown"),
                number(f"{control}.3", f"{_O}.timer.start"),
                number(f"{control}.4", f"{_O}.timer.reboot"),
            ),
        ),
    )


def _probes(kind: Generation) -> tuple[Table, ...]:
    scales, degrees, humidity, contacts = (f"{kind.tree}4.{table}.1" for table in (1, 2, 3, 4))
    in_celsius = celsius(f"{scales}.1")
    return (
        # a probe that comes or goes is seen here
        Table(
            index=of_unit("probe"),
            rows=tuple(
                Row(oid=f"{table}.3", names=(f"{_P}.present",), role=Role.COUNT, words=PRESENT)
                for table in (degrees, humidity)
            ),
        ),
        Table(index=of_unit(), rows=(number(f"{scales}.1", role=Role.COUNT),)),
        Table(index=of_unit("contact"), rows=(number(f"{contacts}.3", role=Role.COUNT),)),
        Table(
            index=of_unit("probe"),
            is_alive=_is_connected(degrees),
            rows=(
                text(f"{degrees}.2", f"{_P}.name", when=When.RARE),
                # -0.1 °C is a temperature
                number(
                    f"{degrees}.4",
                    f"{_P}.temperature",
                    scale=_TENTH,
                    absent=_SIGNED,
                    convert=in_celsius,
                ),
                enum(f"{degrees}.5", THRESHOLD, f"{_P}.temperature.status"),
                *_limits(degrees, 6, f"{_P}.temperature", scale=_TENTH, convert=in_celsius),
            ),
        ),
        Table(
            index=of_unit("probe"),
            is_alive=_is_connected(humidity),
            rows=(
                text(f"{humidity}.2", f"{_P}.name", when=When.RARE),
                number(f"{humidity}.4", f"{_P}.humidity", scale=_TENTH),
                enum(f"{humidity}.5", THRESHOLD, f"{_P}.humidity.status"),
                *_limits(humidity, 6, f"{_P}.humidity", scale=_TENTH),
            ),
        ),
        Table(
            index=of_unit("contact"),
            is_alive=_is_connected(contacts),
            rows=(
                text(f"{contacts}.2", "ambient.contacts.{contact}.name", when=When.RARE),
                enum(f"{contacts}.4", CONTACT, "ambient.contacts.{contact}.status"),
            ),
        ),
    )


def _is_connected(table: str) -> Callable[[Look, Oid], bool]:
    """Tell what is connected; a contact inside the unit has no such object."""
    return lambda look, instance: look.number(f"{table}.3", instance) in {CONNECTED, None}


def tables(kind: Generation) -> tuple[Table, ...]:
    """Return the tables of a generation."""
    found = (*_ident(kind), *_input(kind), *_groups(kind), *_outlets(kind), *_probes(kind))
    asked = (
        replace(table, rows=tuple(row for row in table.rows if row.oid not in kind.left_out))
        for table in found
    )
    return tuple(table for table in asked if table.rows)


def orders(kind: Generation) -> tuple[Order, ...]:
    """Return the commands of a generation: its objects take the seconds until it is done."""
    return tuple(
        Order(
            command=Command(name=f"{_O}.load.{name}", danger=danger, parameters=(_DELAY,)),
            steps=((Put(f"{kind.tree}5.2.1.{column}", Given("delay")),),),
        )
        for column, name, danger in (
            (2, "off", Danger.CUTS_POWER),
            (3, "on", Danger.HARMLESS),
            # an outlet that is off is on after it
            (4, "cycle", Danger.CUTS_POWER),
        )
    )
