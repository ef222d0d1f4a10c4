"""Objects of Eaton's ePDUs: card snmp-eaton-epdu-ats.md, 1.

The first number of each instance is the unit in the chain, from 0. "-1" is what is not there; a
power factor of any other negative number is one, the sign of which no document explains.
"""

from ...links.base import Oid
from ...model import SettingKind
from ..rack_pdu import INPUT_PHASES, PHASES_OF_GROUP, SWITCHABLE, WIRES
from ..table import (
    LINE_VOLTAGES,
    Index,
    Look,
    Place,
    Role,
    Row,
    Siblings,
    Table,
    Total,
    When,
    Write,
    enum,
    named,
    number,
    parts,
    text,
)
from ..values import as_number
from .state import celsius
from .words import (
    CONTACT,
    CURRENT,
    FREQUENCY,
    GROUP,
    GROUP_TYPES,
    LINK,
    OUTLET,
    PLUGS,
    PRESENT,
    SOCKETS,
    THRESHOLD,
    UNIT_TYPES,
)

MILLI, TENTH = 0.001, 0.1
_START = {"unit": 0}
_NAME = Write(kind=SettingKind.TEXT, length=31)
_VOLTS = Write(minimum=0, maximum=500)
_AMPERES = Write(minimum=0, maximum=100, step=0.1)
_SECONDS = Write(minimum=0, maximum=99999)
_DEGREES = Write(minimum=0, maximum=100, step=0.1)
_HUMIDITY = Write(minimum=0, maximum=100, step=0.1)

# places

_UNIT = parts("unit", start=_START)
_GROUP = parts("unit", "group", start=_START)
_OUTLET = parts("unit", "outlet", start=_START)
_PROBE = parts("unit", "probe", start=_START)
_CONTACT = parts("unit", "contact", start=_START)


def _first_unit(instance: Oid, _: Siblings) -> Place | None:
    return {} if instance and instance[-1] == 0 else None


_INPUTS, _INPUT_TYPE, _POWER_TYPE = "1.2.1.20", "3.1.1.2", "3.4.1.2"
_SINGLE_PHASE, _TOTAL = 1, 4


def _of_input(instance: Oid, siblings: Siblings) -> Place | None:
    """Return the unit, and the input where there are two."""
    if len(instance) < 2:
        return None
    place: dict[str, int | str] = {"unit": instance[0] + 1}
    if instance[1] > 1 or (as_number(siblings(_INPUTS)) or 1) > 1:
        place["source"] = instance[1]
    return place


def _of_power(instance: Oid, siblings: Siblings) -> Place | None:
    """Return the phase of a row of power; the whole has a row of its own, or is the only phase."""
    place, kind = _of_input(instance, siblings), as_number(siblings(_POWER_TYPE))
    if place is None or kind == _TOTAL or as_number(siblings(_INPUT_TYPE)) == _SINGLE_PHASE:
        return place
    return {**place, "phase": int(kind)} if kind in {1, 2, 3} else None


_INPUT = Index(place=_of_input, needs=(_INPUTS,))
_INPUT_POWER = Index(place=_of_power, needs=(_INPUTS, _INPUT_TYPE, _POWER_TYPE))

# rows


def _limits(table: str, first: int, *values: str, scale: float, write: Write) -> tuple[Row, ...]:
    """Return the rows of the four limits of a value; in each table they have this order."""
    return tuple(
        number(
            f"{table}.{first + column}",
            *(f"{value}.{limit}" for value in values),
            scale=scale,
            write=write,
        )
        for column, limit in enumerate(
            ("low.warning", "low.critical", "high.warning", "high.critical")
        )
    )


def _phases(value: float, _: Look, __: Oid) -> float | None:
    return INPUT_PHASES.get(int(value))


def _size(value: float, _: Look, __: Oid) -> float | None:
    return abs(value)


def _units(said: str, _: Look, __: Oid) -> int | None:
    """Count a list of units: "0,1"."""
    return len([each for each in said.split(",") if each.strip()]) or None


def _power(table: str, first: int, place: str, factor: int) -> tuple[Row, ...]:
    """Return the rows of VA, W and Wh, and that of the power factor."""
    return (
        number(f"{table}.{first}", f"{place}.power"),
        number(f"{table}.{first + 1}", f"{place}.realpower"),
        number(f"{table}.{first + 2}", f"{place}.energy", scale=MILLI),
        number(f"{table}.{factor}", f"{place}.powerfactor", scale=MILLI, convert=_size),
    )


_UNITS = (
    Table(
        rows=(
            # a chain that has grown or shrunk is walked anew
            Row(
                oid="1.1",
                names=("device.count",),
                role=Role.COUNT,
                is_text=True,
                convert_text=_units,
            ),
        )
    ),
    Table(
        index=_UNIT,
        rows=(
            text("1.2.1.2", "device.model"),
            text("1.2.1.3", "device.part"),
            text("1.2.1.4", "device.serial"),
            text("1.2.1.5", "ups.firmware"),
            text("1.2.1.6", "ups.id", write=Write(kind=SettingKind.TEXT, length=63)),
            # the clock, mended from its octets
            number("1.2.1.8"),
            # which temperature limits can be written depends on the scale
            number("1.2.1.9", role=Role.COUNT),
            enum("1.2.1.10", UNIT_TYPES, "ups.type", when=When.ONCE),
            number("1.2.1.20", "input.count", when=When.ONCE),
            number("1.2.1.21", "outlet.group.count", role=Role.COUNT),
            number("1.2.1.22", "outlet.count", role=Role.COUNT),
            # for the alarms
            number("1.2.1.30", when=When.STATUS),
            number("1.2.1.31", when=When.STATUS),
            number("1.2.1.32", when=When.STATUS),
            # for the commands of the whole unit
            number("1.3.1.2", "ups.timer.shutdown"),
            number("1.3.1.3", "ups.timer.start"),
        ),
    ),
    # a strapped unit that is lost does not make the others' values old
    Table(index=Index(place=_first_unit), rows=(enum("1.2.1.30", LINK),)),
)

_INPUTS_OF_UNIT = (
    Table(
        index=_INPUT,
        rows=(
            number("3.1.1.2", "input.phases", convert=_phases, when=When.ONCE),
            number("3.1.1.3", "input.frequency", "input.{source}.frequency", scale=TENTH),
            enum(
                "3.1.1.4",
                FREQUENCY,
                "input.frequency.status",
                "input.{source}.frequency.status",
                when=When.STATUS,
            ),
            enum("3.1.1.8", PLUGS, "input.type", when=When.ONCE),
            text("3.1.1.10", "input.feed.desc", "input.{source}.name", write=_NAME),
            # the whole, better than the sum of the phases
            number("3.5.1.3", "input.power"),
            number("3.5.1.4", "input.realpower", "ups.realpower", "input.{source}.realpower"),
            number("3.5.1.5", "input.energy", scale=MILLI),
            number("3.5.1.7", "input.powerfactor", scale=MILLI, convert=_size),
            number("3.5.1.9", "input.power.nominal", absent={-1, 0}, when=When.RARE),
        ),
    ),
    Table(
        index=named("3.2.1.2", LINE_VOLTAGES, _INPUT),
        rows=(
            number(
                "3.2.1.3",
                "input.voltage",
                "input.{line}.voltage",
                "input.{source}.voltage",
                scale=MILLI,
            ),
            enum(
                "3.2.1.4",
                THRESHOLD,
                "input.voltage.status",
                "input.{line}.voltage.status",
                when=When.STATUS,
            ),
            *_limits(
                "3.2.1", 5, "input.voltage", "input.{line}.voltage", scale=MILLI, write=_VOLTS
            ),
        ),
    ),
    Table(
        index=named("3.3.1.2", WIRES, _INPUT),
        rows=(
            number(
                "3.3.1.3",
                "input.current.nominal",
                "input.L{phase}.current.nominal",
                "input.{wire}.current.nominal",
                scale=MILLI,
                absent={-1, 0},
                when=When.RARE,
            ),
            number(
                "3.3.1.4",
                "input.current",
                "input.L{phase}.current",
                "input.{wire}.current",
                "input.{source}.current",
                scale=MILLI,
            ),
            enum(
                "3.3.1.5",
                CURRENT,
                "input.current.status",
                "input.L{phase}.current.status",
                "input.{wire}.current.status",
            ),
            *_limits(
                "3.3.1",
                6,
                "input.current",
                "input.L{phase}.current",
                "input.{wire}.current",
                scale=MILLI,
                write=_AMPERES,
            ),
            number("3.3.1.10", "input.crestfactor", "input.L{phase}.crestfactor", scale=MILLI),
            number("3.3.1.11", "input.load", "input.L{phase}.load", total=Total.LARGEST),
        ),
    ),
    Table(
        index=_INPUT_POWER,
        rows=(
            number("3.4.1.3", "input.power", "input.L{phase}.power", total=Total.SUM),
            number(
                "3.4.1.4",
                "input.realpower",
                "ups.realpower",
                "input.L{phase}.realpower",
                "input.{source}.realpower",
                total=Total.SUM,
            ),
            number(
                "3.4.1.5", "input.energy", "input.L{phase}.energy", scale=MILLI, total=Total.SUM
            ),
            number(
                "3.4.1.7",
                "input.powerfactor",
                "input.L{phase}.powerfactor",
                scale=MILLI,
                convert=_size,
            ),
        ),
    ),
)

_G = "outlet.group.{group}"
_GROUPS = (
    Table(
        index=_GROUP,
        rows=(
            text("5.1.1.2", f"{_G}.id"),
            text("5.1.1.3", f"{_G}.name", write=_NAME),
            enum("5.1.1.4", GROUP_TYPES, f"{_G}.type", when=When.ONCE),
            # for the alarms
            number("5.1.1.5", when=When.STATUS),
            number("5.1.1.6", f"{_G}.count", when=When.RARE),
            text("5.1.1.9", f"{_G}.input"),
            enum("5.3.1.2", PHASES_OF_GROUP, f"{_G}.phase", when=When.ONCE),
            number("5.3.1.3", f"{_G}.voltage", scale=MILLI),
            enum("5.3.1.4", THRESHOLD, f"{_G}.voltage.status"),
            *_limits("5.3.1", 5, f"{_G}.voltage", scale=MILLI, write=_VOLTS),
            number("5.4.1.2", f"{_G}.current.nominal", scale=MILLI, absent={-1, 0}, when=When.RARE),
            number("5.4.1.3", f"{_G}.current", scale=MILLI),
            enum("5.4.1.4", CURRENT, f"{_G}.current.status"),
            *_limits("5.4.1", 5, f"{_G}.current", scale=MILLI, write=_AMPERES),
            number("5.4.1.9", f"{_G}.crestfactor", scale=MILLI),
            number("5.4.1.10", f"{_G}.load"),
            *_power("5.5.1", 2, _G, 6),
            enum("5.6.1.2", GROUP, f"{_G}.status"),
            number("5.6.1.3", f"{_G}.timer.shutdown"),
            number("5.6.1.4", f"{_G}.timer.start"),
            number("5.6.1.5", f"{_G}.timer.reboot"),
        ),
    ),
)

_O = "outlet.{outlet}"


def _is_switchable(look: Look, instance: Oid) -> bool:
    return look.number("6.6.1.9", instance) != 2


_OUTLETS = (
    Table(
        index=_OUTLET,
        rows=(
            text("6.1.1.2", f"{_O}.id"),
            text("6.1.1.3", f"{_O}.name", write=_NAME),
            enum("6.1.1.5", SOCKETS, f"{_O}.type", when=When.ONCE),
            text("6.1.1.6", f"{_O}.designator"),
            number("6.3.1.2", f"{_O}.voltage", scale=MILLI),
            enum("6.3.1.3", THRESHOLD, f"{_O}.voltage.status"),
            *_limits("6.3.1", 4, f"{_O}.voltage", scale=MILLI, write=_VOLTS),
            number("6.4.1.2", f"{_O}.current.nominal", scale=MILLI, absent={-1, 0}, when=When.RARE),
            number("6.4.1.3", f"{_O}.current", scale=MILLI),
            # too many to be asked with the status
            enum("6.4.1.4", CURRENT, f"{_O}.current.status", when=When.FULL),
            *_limits("6.4.1", 5, f"{_O}.current", scale=MILLI, write=_AMPERES),
            number("6.4.1.9", f"{_O}.crestfactor", scale=MILLI),
            number("6.4.1.10", f"{_O}.load"),
            *_power("6.5.1", 2, _O, 6),
            enum("6.6.1.2", OUTLET, f"{_O}.status"),
            number("6.6.1.7", f"{_O}.delay.start", write=_SECONDS),
            number("6.6.1.8", f"{_O}.delay.reboot", write=Write(minimum=1, maximum=99999)),
            # the commands come and go with it
            Row(
                oid="6.6.1.9",
                names=(f"{_O}.switchable",),
                role=Role.COUNT,
                words=SWITCHABLE,
                write=Write(kind=SettingKind.SWITCH, options=("no", "yes")),
            ),
            number("6.6.1.10", f"{_O}.delay.shutdown", write=_SECONDS),
        ),
    ),
    Table(
        index=_OUTLET,
        is_alive=_is_switchable,
        rows=(
            number("6.6.1.3", f"{_O}.timer.shutdown"),
            number("6.6.1.4", f"{_O}.timer.start"),
            number("6.6.1.5", f"{_O}.timer.reboot"),
        ),
    ),
    # the groups of the outlets, mended from their OIDs
    Table(
        index=parts("unit", "outlet", "", start=_START), rows=(number("6.2.1.3", when=When.ONCE),)
    ),
)


def _has_temperature(look: Look, instance: Oid) -> bool:
    return look.number("7.1.1.3", instance) not in {-1, 0}


def _has_humidity(look: Look, instance: Oid) -> bool:
    return look.number("7.2.1.3", instance) not in {-1, 0}


def _has_contact(look: Look, instance: Oid) -> bool:
    """Tell a contact that is connected; one inside the unit has no such object."""
    return look.number("7.3.1.3", instance) not in {-1, 0}


_P, _C = "ambient.{probe}", "ambient.contacts.{contact}"
_PROBES = (
    # a probe that comes or goes is seen here
    Table(
        index=_PROBE,
        rows=(
            Row(oid="7.1.1.3", names=(f"{_P}.present",), role=Role.COUNT, words=PRESENT),
            Row(oid="7.2.1.3", names=(f"{_P}.present",), role=Role.COUNT, words=PRESENT),
        ),
    ),
    Table(index=_CONTACT, rows=(number("7.3.1.3", role=Role.COUNT),)),
    Table(
        index=_PROBE,
        is_alive=_has_temperature,
        rows=(
            text("7.1.1.2", f"{_P}.name", write=_NAME),
            # -0.1 °C is a temperature
            number("7.1.1.4", f"{_P}.temperature", scale=TENTH, absent=set(), convert=celsius),
            enum("7.1.1.5", THRESHOLD, f"{_P}.temperature.status"),
            *(
                number(
                    f"7.1.1.{column}",
                    f"{_P}.temperature.{limit}",
                    scale=TENTH,
                    convert=celsius,
                    write=_DEGREES,
                )
                for column, limit in enumerate(
                    ("low.warning", "low.critical", "high.warning", "high.critical"), 6
                )
            ),
        ),
    ),
    Table(
        index=_PROBE,
        is_alive=_has_humidity,
        rows=(
            text("7.2.1.2", f"{_P}.name", write=_NAME),
            number("7.2.1.4", f"{_P}.humidity", scale=TENTH),
            enum("7.2.1.5", THRESHOLD, f"{_P}.humidity.status"),
            *_limits("7.2.1", 6, f"{_P}.humidity", scale=TENTH, write=_HUMIDITY),
        ),
    ),
    Table(
        index=_CONTACT,
        is_alive=_has_contact,
        rows=(
            text("7.3.1.2", f"{_C}.name", write=_NAME),
            enum("7.3.1.4", CONTACT, f"{_C}.status"),
        ),
    ),
)

TABLES = (*_UNITS, *_INPUTS_OF_UNIT, *_GROUPS, *_OUTLETS, *_PROBES)
