"""The flexible tables of newer Liebert cards: card snmp-liebert.md, 4 (L.3.9).

A row's index is a path with a data id in it; what lies behind the id counts where one thing is
there several times. The text is scaled already, with its unit beside it. Ids: those of NUT's
table and of published walks; the ids of events are those of the conditions. No document lists
the data ids, so a value counts only in a unit that it can have.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ...links.base import Oid, SnmpValue
from ...names import BeeperStatus
from ..table import (
    Convert,
    Index,
    Look,
    Place,
    Role,
    Row,
    Siblings,
    Sign,
    Table,
    Total,
    When,
    as_signs,
    enum,
    number,
    text,
)
from ..values import as_number, as_text
from .conditions import OF_NEWER, event
from .objects import OUTPUT_SOURCE

COUNT = "3.9.10"
_LABEL, VALUE, _UNIT = "3.9.20.1.10", "3.9.20.1.20", "3.9.20.1.30"
_UNSIGNED, _TYPE, _UNIT_NUMBER = "3.9.30.1.20", "3.9.30.1.40", "3.9.30.1.60"

# index

_LOWEST_ID = 1000
"""Paths have small numbers before the data id: 1.2.1, 1.2.100, 1.3.20.1."""


def data_id(instance: Oid) -> int | None:
    """Return the data id of an index, None where it has none; of many alike only the first."""
    for position, sub in enumerate(instance):
        if sub >= _LOWEST_ID:
            return sub if all(each == 1 for each in instance[position + 1 :]) else None
    return None


def _data(places: Mapping[int, Place]) -> Index:
    """Take the place that a data id tells."""

    def place(instance: Oid, _: Siblings) -> Place | None:
        which = data_id(instance)
        return None if which is None else places.get(which)

    # the unit must be known wherever a value is
    return Index(place=place, needs=(_UNIT, _UNIT_NUMBER))


# units


@dataclass(frozen=True, slots=True)
class _Unit:
    """What a unit measures, and how many of ours it is."""

    measures: str
    factor: float = 1
    offset: float = 0


_VOLTS, _AMPERES, _HERTZ = _Unit("V"), _Unit("A"), _Unit("Hz")
_WATTS, _VOLT_AMPERES, _PERCENT = _Unit("W"), _Unit("VA"), _Unit("%")
_SECONDS, _MINUTES, _CELSIUS = _Unit("s"), _Unit("s", 60), _Unit("°C")
_FAHRENHEIT = _Unit("°C", 5 / 9, -32)
_NO_UNIT = _Unit("")
# lgpFlexibleEntryUnitsOfMeasureEnum
_BY_NUMBER: Mapping[int, _Unit] = {
    4096: _Unit("s", 0.001),
    4097: _SECONDS,
    4098: _MINUTES,
    4099: _Unit("s", 3600),
    4100: _VOLTS,
    4101: _Unit("V", 0.001),
    4102: _VOLTS,
    4103: _Unit("V", 0.001),
    4106: _AMPERES,
    4107: _Unit("A", 0.001),
    4108: _AMPERES,
    4109: _Unit("A", 0.001),
    4110: _VOLT_AMPERES,
    4111: _Unit("VA", 1000),
    4114: _WATTS,
    4115: _Unit("W", 1000),
    4119: _HERTZ,
    4120: _Unit("Hz", 0.001),
    4124: _PERCENT,
    4125: _CELSIUS,
    4127: _FAHRENHEIT,
}
# the texts are documented nowhere; walks have "deg C", "A AC", "%"
_BY_TEXT: Mapping[str, _Unit] = {
    "s": _SECONDS,
    "sec": _SECONDS,
    "min": _MINUTES,
    "hr": _Unit("s", 3600),
    "v": _VOLTS,
    "a": _AMPERES,
    "va": _VOLT_AMPERES,
    "kva": _Unit("VA", 1000),
    "w": _WATTS,
    "kw": _Unit("W", 1000),
    "hz": _HERTZ,
    "%": _PERCENT,
    "deg c": _CELSIUS,
    "c": _CELSIUS,
    "deg f": _FAHRENHEIT,
    "f": _FAHRENHEIT,
}
_CURRENTS = (" acrms", " ac", " dc", "ac", "dc")


def _unit(look: Look, instance: Oid) -> _Unit | None:
    """Return the unit of a row; None for one that is not known here."""
    if (said := look.number(_UNIT_NUMBER, instance)) is not None and said:
        return _BY_NUMBER.get(int(said))
    if (written := look.text(_UNIT, instance)) is None:
        return _NO_UNIT
    name = written.lower().replace("°", "deg ").replace("(", " ").replace(")", "").strip()
    for kind in _CURRENTS:
        name = name.removesuffix(kind)
    return _BY_TEXT.get(name.strip())


_UNMEASURED_MINUTES = 65535


def _in(usual: _Unit) -> Convert:
    """Return what brings a value into our unit; ``usual`` is that of a row that names none."""

    def convert(value: float, look: Look, instance: Oid) -> float | None:
        said = _unit(look, instance)
        if said is None or said.measures not in {"", usual.measures}:
            return None
        unit = said if said.measures else usual
        if unit == _MINUTES and value == _UNMEASURED_MINUTES:
            return None
        return round((value + unit.offset) * unit.factor, 3)

    return convert


# values

_VALUES: tuple[tuple[_Unit, Mapping[int, str]], ...] = (
    (
        _VOLTS,
        {
            4102: "input.voltage.nominal",
            4148: "battery.voltage",
            4260: "output.voltage.nominal",
        },
    ),
    (_AMPERES, {4104: "input.current.nominal", 4149: "battery.current"}),
    (
        _HERTZ,
        {
            4103: "input.frequency.nominal",
            4105: "input.frequency",
            4207: "output.frequency",
        },
    ),
    (_WATTS, {4208: "ups.realpower"}),
    (_VOLT_AMPERES, {4209: "ups.power", 4264: "ups.power.nominal"}),
    (_PERCENT, {4153: "battery.charge", 5861: "ups.load"}),
    (_MINUTES, {4150: "battery.runtime"}),
    (_CELSIUS, {4156: "battery.temperature", 4291: "ups.temperature"}),
)


def _phases(ids: tuple[int, ...], usual: _Unit, *names: str, total: Total | None = None) -> Table:
    """Return the values of the phases: those of the second and third have ids of their own."""
    return Table(
        index=_data({which: {"phase": phase} for phase, which in enumerate(ids, 1)}),
        probe=VALUE,
        phases="",
        rows=(number(VALUE, *names, convert=_in(usual), total=total),),
    )


_FACTOR = _NO_UNIT
_LINES = (
    _phases((4096, 4098, 4100), _VOLTS, "input.voltage", "input.L{phase}-N.voltage"),
    _phases((4113, 4114, 4115), _AMPERES, "input.current", "input.L{phase}.current"),
    _phases((4116, 4117, 4118), _FACTOR, "input.powerfactor", "input.L{phase}.powerfactor"),
    _phases((4385, 4386, 4387), _VOLTS, "output.voltage", "output.L{phase}-N.voltage"),
    _phases((4204, 4205, 4206), _AMPERES, "output.current", "output.L{phase}.current"),
    _phases((4210, 4211, 4212), _FACTOR, "output.powerfactor", "output.L{phase}.powerfactor"),
    _phases(
        (4223, 4224, 4225),
        _PERCENT,
        "ups.load",
        "output.L{phase}.power.percent",
        total=Total.LARGEST,
    ),
)


# events

_EVENT_TYPES = frozenset({7, 8})
_ACTIVE, _INACTIVE = "active", "inactive"


def _is_event(instance: Oid, siblings: Siblings) -> bool:
    if as_number(siblings(_TYPE)) in _EVENT_TYPES:
        return True
    said = (as_text(siblings(VALUE)) or "").lower()
    return said.startswith((_ACTIVE, _INACTIVE))


def _event_place(*, known: bool) -> Index:
    """Take the events that mean something of their own, or the others."""

    def place(instance: Oid, siblings: Siblings) -> Place | None:
        which = data_id(instance)
        if which is None or not _is_event(instance, siblings):
            return None
        return {} if (which in OF_NEWER) == known else None

    return Index(place=place, needs=(_TYPE, _LABEL, _UNSIGNED))


def _event(value: SnmpValue, look: Look, instance: Oid) -> tuple[Sign, ...]:
    """Tell an event that is active: "Active Event", "Active Alarm"; a translation says nothing."""
    said = (as_text(value) or "").lower()
    if said.startswith(_INACTIVE):
        return ()
    if not said.startswith(_ACTIVE) and not look.number(_UNSIGNED, instance):
        return ()
    which = data_id(instance)
    return () if which is None else event(which, look.text(_LABEL, instance))


def _no_conditions(look: Look, _: Oid) -> bool:
    """Tell a card that has no condition table, which would say the same again."""
    return look.value("3.2.2") is None


_FLAGS = tuple(sign for said in OF_NEWER.values() for sign in as_signs(said))
_EVENTS = (
    Table(
        index=_event_place(known=True),
        probe=VALUE,
        is_alive=_no_conditions,
        rows=(Row(oid=VALUE, when=When.STATUS, says_at=_event, words={1: _FLAGS}),),
    ),
    Table(
        index=_event_place(known=False),
        probe=VALUE,
        is_alive=_no_conditions,
        rows=(Row(oid=VALUE, says_at=_event),),
    ),
)

_ONE: Place = {}
TABLES = (
    Table(
        index=_data({4872: _ONE}),
        probe=VALUE,
        rows=(enum(_UNSIGNED, OUTPUT_SOURCE, role=Role.POWER),),
    ),
    Table(
        index=_data({6188: _ONE}),
        probe=VALUE,
        rows=(
            enum(
                _UNSIGNED,
                {1: BeeperStatus.ENABLED, 2: BeeperStatus.MUTED},
                "ups.beeper.status",
                when=When.FULL,
            ),
        ),
    ),
    Table(index=_data({4240: _ONE}), probe=VALUE, rows=(text(VALUE, "device.model"),)),
    Table(index=_data({4333: _ONE}), probe=VALUE, rows=(text(VALUE, "device.mfr"),)),
    *(
        Table(
            index=_data({which: {"value": name} for which, name in names.items()}),
            probe=VALUE,
            rows=(number(VALUE, "{value}", convert=_in(usual)),),
        )
        for usual, names in _VALUES
    ),
    *_LINES,
    *_EVENTS,
)
