"""Alarms of HPE's switched PDUs by place, and temperatures of those that measure in °F."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...links.base import Oid
from ...model import Alarm, Severity, Status
from ..hp_common import alarm
from ..status import judge as weigh
from ..table import LINE_VOLTAGES, Convert, Look, Signs
from .words import CONNECTED, SINGLE_PHASE

_LIMITS = {
    2: ("below its warning limit", Severity.WARNING),
    3: ("below its critical limit", Severity.CRITICAL),
    4: ("above its warning limit", Severity.WARNING),
    5: ("above its critical limit", Severity.CRITICAL),
}
_VOLTAGES = {kind: str((line or {}).get("line", "")) for kind, line in LINE_VOLTAGES.items()}
_WIRES = {1: "", 2: "N", 3: "L1", 4: "L2", 5: "L3"}


@dataclass(frozen=True, slots=True)
class _Watched:
    """A column that says how a value stands against its limits; below the tree of a generation."""

    column: str
    name: str
    """The object's name in the MIB, behind pdu2 or pdu3."""
    place: str
    value: str
    lines: str = ""
    """The column that says which line it is of."""
    probe: str = ""
    """The column that says whether a probe is there."""


_ALIKE = (
    _Watched("2.2.1.4", "InputPhaseVoltageThStatus", "input", "voltage", lines="2.2.1.2"),
    _Watched("2.2.1.12", "InputPhaseCurrentThStatus", "input", "current", lines="2.2.1.9"),
    _Watched("3.1.1.6", "GroupVoltageThStatus", "group", "voltage"),
    _Watched("3.1.1.13", "GroupCurrentThStatus", "group", "current"),
    _Watched("4.2.1.5", "TemperatureThStatus", "probe", "temperature", probe="4.2.1.3"),
    _Watched("4.3.1.5", "HumidityThStatus", "probe", "humidity", probe="4.3.1.3"),
)
_GENERATIONS = (
    # tree, how its names begin, what is watched, the columns of breakers
    (
        "7",
        "pdu2",
        (*_ALIKE, _Watched("5.1.1.6", "OutletCurrentThStatus", "outlet", "current")),
        "3.1.1.27",
    ),
    (
        "11",
        "pdu3",
        (*_ALIKE, _Watched("5.1.1.6", "OutletActivePowerThStatus", "outlet", "power")),
        "3.1.1.26",
    ),
)
_OUT_OF_RANGE, _BREAKER_OFF = 2, 3


def judge(signs: Signs) -> Status:
    """Add an alarm for each limit that is crossed, with its place."""
    status = weigh(signs)
    return replace(status, alarms=(*status.alarms, *_alarms(signs.look)))


def _alarms(look: Look) -> Iterator[Alarm]:
    """Yield the alarms of all units."""
    for tree, prefix, watched, breakers in _GENERATIONS:
        for instance in look.column(f"{tree}.2.1.1.3"):
            if look.number(f"{tree}.2.1.1.3", instance) == _OUT_OF_RANGE:
                name = f"{prefix}InputFrequencyStatus"
                yield alarm(look, name, instance, (), "input frequency out of range")
        for instance in look.column(f"{tree}.{breakers}"):
            if look.number(f"{tree}.{breakers}", instance) == _BREAKER_OFF:
                name, said = f"{prefix}GroupBreakerStatus", "breaker is off"
                yield alarm(look, name, instance, ("group",), said, Severity.CRITICAL)
        for each in watched:
            yield from _crossed(look, tree, prefix, each)


def _crossed(look: Look, tree: str, prefix: str, watched: _Watched) -> Iterator[Alarm]:
    column = f"{tree}.{watched.column}"
    for instance in look.column(column):
        limit = _LIMITS.get(int(look.number(column, instance) or 0))
        if limit is None:
            continue
        if watched.probe and look.number(f"{tree}.{watched.probe}", instance) != CONNECTED:
            continue
        value = watched.value
        places: tuple[str, ...] = (watched.place,)
        if watched.place == "input":
            value, places = f"input {_line(look, tree, watched, instance)}{value}", ()
        name = f"{prefix}{watched.name}"
        yield alarm(look, name, instance, places, f"{value} {limit[0]}", limit[1])


def _line(look: Look, tree: str, watched: _Watched, instance: Oid) -> str:
    """Return the line that a row of the input is of, "" for the only one."""
    lines = _VOLTAGES if watched.value == "voltage" else _WIRES
    kind = look.number(f"{tree}.{watched.lines}", instance) or SINGLE_PHASE
    line = lines.get(int(kind), "")
    return f"{line} " if line else ""


def celsius(scales: str) -> Convert:
    """Return what makes °C out of a temperature; each unit has a scale of its own."""

    def convert(value: float, look: Look, instance: Oid) -> float | None:
        if look.number(scales, instance[:1]) != 2:
            return value
        return round((value - 32) / 1.8, 1)

    return convert
