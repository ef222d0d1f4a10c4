"""Alarms of HPE's switched PDUs by place, and temperatures of those that measure in °F."""

from collections.abc import Iterator
from dataclasses import replace

from ...links.base import Oid
from ...model import Alarm, Severity, Status
from ..hp_common import alarm
from ..rack_pdu import Watched
from ..status import judge as weigh
from ..table import Convert, Look, Signs
from .words import CONNECTED

_GOOD = 1
_ALIKE = (
    Watched("2.2.1.4", "InputPhaseVoltageThStatus", "input", "voltage", lines="2.2.1.2"),
    Watched("2.2.1.12", "InputPhaseCurrentThStatus", "input", "current", lines="2.2.1.9"),
    Watched("3.1.1.6", "GroupVoltageThStatus", "group", "voltage"),
    Watched("3.1.1.13", "GroupCurrentThStatus", "group", "current"),
    Watched("4.2.1.5", "TemperatureThStatus", "probe", "temperature", probe="4.2.1.3"),
    Watched("4.3.1.5", "HumidityThStatus", "probe", "humidity", probe="4.3.1.3"),
)
_GENERATIONS = (
    # tree, how its names begin, what is watched, the columns of breakers
    (
        "7",
        "pdu2",
        (*_ALIKE, Watched("5.1.1.6", "OutletCurrentThStatus", "outlet", "current")),
        "3.1.1.27",
    ),
    (
        "11",
        "pdu3",
        (*_ALIKE, Watched("5.1.1.6", "OutletActivePowerThStatus", "outlet", "power")),
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


def _crossed(look: Look, tree: str, prefix: str, watched: Watched) -> Iterator[Alarm]:
    column = f"{tree}.{watched.column}"
    for instance in look.column(column):
        limit = watched.crossed(look, instance, good=_GOOD, root=f"{tree}.")
        if limit is None:
            continue
        if watched.probe and look.number(f"{tree}.{watched.probe}", instance) != CONNECTED:
            continue
        value = watched.value
        places: tuple[str, ...] = (watched.place,)
        if watched.place == "input":
            line = watched.line(look, instance, root=f"{tree}.")
            value, places = f"input {line} {value}" if line else f"input {value}", ()
        name = f"{prefix}{watched.name}"
        yield alarm(look, name, instance, places, f"{value} {limit[0]}", limit[1])


def celsius(scales: str) -> Convert:
    """Return what makes °C out of a temperature; each unit has a scale of its own."""

    def convert(value: float, look: Look, instance: Oid) -> float | None:
        if look.number(scales, instance[:1]) != 2:
            return value
        return round((value - 32) / 1.8, 1)

    return convert
