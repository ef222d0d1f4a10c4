"""Alarms of Eaton's ePDUs by place, and what no table can say of their values."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from operator import itemgetter

from ...links.base import Oid, SnmpValue
from ...model import Alarm, Setting, Severity, Status, Value
from ..rack_pdu import Watched
from ..reader import with_unit
from ..status import judge as weigh
from ..table import Look, Signs
from .words import alarm

_GOOD = 0
_WATCHED = (
    Watched("3.2.1.4", "inputVoltageThStatus", "input", "voltage", lines="3.2.1.2"),
    Watched("3.3.1.5", "inputCurrentThStatus", "input", "current", lines="3.3.1.2"),
    Watched("5.3.1.4", "groupVoltageThStatus", "group", "voltage"),
    Watched("5.4.1.4", "groupCurrentThStatus", "group", "current"),
    Watched("6.3.1.3", "outletVoltageThStatus", "outlet", "voltage"),
    Watched("6.4.1.4", "outletCurrentThStatus", "outlet", "current"),
    Watched("7.1.1.5", "temperatureThStatus", "probe", "temperature", probe="7.1.1.3"),
    Watched("7.2.1.5", "humidityThStatus", "probe", "humidity", probe="7.2.1.3"),
)
_ALONE = (
    # column, number, object, what it says
    ("1.2.1.31", 1, "internalStatus", "internal failure", Severity.CRITICAL),
    ("3.1.1.4", 1, "inputFrequencyStatus", "frequency out of range", Severity.WARNING),
    ("5.1.1.5", 2, "groupBreakerStatus", "breaker is off", Severity.CRITICAL),
)
_PLACES = {"1.2.1.31": "", "3.1.1.4": "input", "5.1.1.5": "group"}
_LOST = ("1.2.1.30", "1.2.1.32")
# what stays true of a unit that does not answer
_IDENTITY = ("model", "serial", "part", "ups.firmware", "ups.type")


def judge(signs: Signs) -> Status:
    """Add an alarm for each limit that is crossed, with its place."""
    status = weigh(signs)
    return replace(status, alarms=(*status.alarms, *_alarms(signs.look)))


def _alarms(look: Look) -> Iterator[Alarm]:
    """Yield the alarms of all units."""
    for unit in _lost_units(look):
        yield alarm(
            f"strappingStatus.{unit}", f"Unit {unit + 1} does not answer", Severity.CRITICAL
        )
    for column, number, name, said, severity in _ALONE:
        for instance, _ in _rows(look, column, 2 if _PLACES[column] else 1):
            if look.number(column, instance) == number:
                yield _alarm(look, name, instance, _PLACES[column], said, severity)
    for each in _WATCHED:
        for instance, _ in _rows(look, each.column, 2):
            limit = each.crossed(look, instance, good=_GOOD)
            if limit is None or (each.probe and look.number(each.probe, instance) in {-1, 0}):
                continue
            line = each.line(look, instance)
            value = f"{line} {each.value}" if line else each.value
            yield _alarm(look, each.name, instance, each.place, f"{value} {limit[0]}", limit[1])


def _alarm(
    look: Look, name: str, instance: Oid, place: str, said: str, severity: Severity
) -> Alarm:
    """Return an alarm that says where: unit 1 and a single input need no word."""
    where = []
    if instance[0] > 0:
        where.append(f"unit {instance[0] + 1}")
    if place == "input" and instance[1] == 1 and (look.number("1.2.1.20", instance[:1]) or 1) <= 1:
        where.append("input")
    elif place:
        where.append(f"{place} {instance[1]}")
    text = f"{', '.join(where)}: {said}" if where else said
    code = ".".join(map(str, (name, *instance)))
    return alarm(code, text[0].upper() + text[1:], severity)


def _rows(look: Look, column: str, numbers: int = 1) -> list[tuple[Oid, SnmpValue]]:
    """Return the rows of a column whose instance has as many numbers as it must."""
    return sorted(
        (
            (instance, said)
            for instance, said in look.column(column).items()
            if len(instance) >= numbers
        ),
        key=itemgetter(0),
    )


def _lost_units(look: Look) -> list[int]:
    """Return the strapped units that the first one has lost."""
    return sorted(
        {
            instance[0]
            for column in _LOST
            for instance, _ in _rows(look, column)
            if instance[0] > 0 and look.number(column, instance) == 1
        }
    )


def mend(values: dict[str, Value], look: Look) -> None:
    """Add the clock and the groups of outlets; leave out what a lost unit said before."""
    for instance, said in _rows(look, "1.2.1.8"):
        if isinstance(said, bytes) and (clock := _clock(said)) is not None:
            unit = instance[0] + 1
            values[with_unit("ups.date", unit)] = clock.date().isoformat()
            values[with_unit("ups.time", unit)] = clock.time().isoformat()
    for instance, parent in _rows(look, "6.2.1.3", 2):
        name = with_unit(f"outlet.{instance[1]}.groupid", instance[0] + 1)
        if isinstance(parent, tuple):
            values.setdefault(name, str(parent[-1]))
    sources = [
        values[name] for name in ("input.1.realpower", "input.2.realpower") if name in values
    ]
    if len(sources) == 2 and "input.realpower" not in values:
        total = sum(float(each) for each in sources)
        values["input.realpower"] = values["ups.realpower"] = total
    for lost in _lost_units(look):
        prefix = f"device.{lost + 1}."
        known = {f"{prefix}{name}" for name in _IDENTITY}
        for name in [name for name in values if name.startswith(prefix) and name not in known]:
            del values[name]


def _clock(said: bytes) -> datetime | None:
    """Return the time that a DateAndTime (RFC 2579) holds, as the unit's clock shows it."""
    if len(said) < 8:
        return None
    try:
        return datetime(int.from_bytes(said[:2]), *said[2:7])
    except ValueError:
        return None


def celsius(value: float, look: Look, instance: Oid) -> float | None:
    """Return a temperature in °C; each unit has a scale of its own."""
    if not _is_fahrenheit(look, instance):
        return value
    return round((value - 32) / 1.8, 1)


def _is_fahrenheit(look: Look, instance: Oid) -> bool:
    return look.number("1.2.1.9", instance[:1]) == 1


def settings(found: dict[str, Setting], look: Look) -> None:
    """Leave out the limits of temperatures that a unit keeps in °F: they are written as they are.

    The limits of the other tables are raw numbers with a scale alone, those would be converted.
    """
    fahrenheit = {
        instance[0] + 1 for instance, _ in _rows(look, "1.2.1.9") if _is_fahrenheit(look, instance)
    }
    for name in [name for name in found if ".temperature." in name]:
        unit = int(name.split(".")[1]) if name.startswith("device.") else 1
        if unit in fahrenheit:
            del found[name]
