"""Environment sensors of Eaton's newer cards (Network-M2 and M3, ePDU G3, transfer switches).

Document: EATON-SENSOR-MIB of 2022; card snmp-eaton-xups.md, "Network-M2/M3 environment sensors".
A module that has ``SENSORS`` among its tables takes ``learn_sensors`` and ``sensor_settings`` too.
"""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from ..links.base import Oid, SnmpType, SnmpValue
from ..model import Alarm, Setting, SettingKind, Severity
from ..names import ContactStatus, ThresholdStatus
from .table import (
    Convert,
    Facts,
    Index,
    Look,
    Place,
    Role,
    Row,
    Siblings,
    Sign,
    Table,
    Traps,
    When,
    Words,
    Write,
    enum,
    number,
    text,
)
from .values import as_number

ROOT = "E.534.6.8.1"
_COUNT = f"{ROOT}.1.1"
_IDENTITY, _CONFIG, _STATE = f"{ROOT}.1.2.1", f"{ROOT}.1.3.1", f"{ROOT}.1.4.1"
_TEMPERATURE, _HUMIDITY, _INPUT = f"{ROOT}.2", f"{ROOT}.3", f"{ROOT}.4"
_UNIT = f"{_TEMPERATURE}.5"
_PROBE = "ambient.{probe}"
_LOST = 3
_TENTH = 0.1

# temperatureUnit: the numbers of the type; the text beside it has another order
_CELSIUS, _FAHRENHEIT = 1, 2
# as tenths of °C or °F so much would be above 200°, as tenths of a kelvin so little below -73 °C
_LEAST_KELVIN = 2000

THRESHOLD: Words = {
    0: ThresholdStatus.GOOD,
    1: ThresholdStatus.WARNING_LOW,
    2: ThresholdStatus.CRITICAL_LOW,
    3: ThresholdStatus.WARNING_HIGH,
    4: ThresholdStatus.CRITICAL_HIGH,
}
_LIMITS = {
    1: ("below its warning limit", Severity.WARNING),
    2: ("below its critical limit", Severity.CRITICAL),
    3: ("above its warning limit", Severity.WARNING),
    4: ("above its critical limit", Severity.CRITICAL),
}
_SEVERITIES = {1: Severity.INFORMATION, 2: Severity.WARNING, 3: Severity.CRITICAL}
_NAME = Write(kind=SettingKind.TEXT, length=31, type=SnmpType.OCTETS)
_WATCHED = Write(kind=SettingKind.SWITCH, options=("no", "yes"))

# places: cards count sensors and their inputs from 0 or from 1


def _sensor(instance: Oid, siblings: Siblings) -> Place | None:
    return {"probe": instance[0] + int(siblings.facts.get("sensor.offset", 0))}


def _contact(instance: Oid, siblings: Siblings) -> Place | None:
    if len(instance) < 2:
        return None
    offset = int(siblings.facts.get("sensor.input.offset", 0))
    return {**(_sensor(instance, siblings) or {}), "contact": instance[1] + offset}


def learn_sensors(look: Look) -> Facts:
    """Find out whether a card counts from 0."""
    sensors = [
        instance
        for column in (f"{_STATE}.1", f"{_IDENTITY}.7", f"{_TEMPERATURE}.3.1.3")
        for instance in look.column(column)
    ]
    inputs = look.column(f"{_INPUT}.3.1.3")
    return {
        "sensor.offset": int(any(instance[0] == 0 for instance in sensors)),
        "sensor.input.offset": int(any(instance[1:] == (0,) for instance in inputs)),
    }


# what is there: a sensor that is lost, or a probe that is switched off, has no values


def _is_measured(look: Look, probe: str, instance: Oid) -> bool:
    return (
        look.number(f"{_STATE}.1", instance[:1]) != _LOST
        and look.number(f"{probe}.3.1.{_LINKS[probe]}", instance) != _LOST
        and look.number(f"{probe}.2.1.2", instance) != 0
    )


# the column that says whether a probe answers
_LINKS = {_TEMPERATURE: 4, _HUMIDITY: 4, _INPUT: 5}


def is_celsius(look: Look) -> bool:
    """Tell whether the card says °C: then its limits can be written as they are."""
    unit = look.number(_UNIT)
    columns = [look.column(f"{_TEMPERATURE}.{column}") for column in ("3.1.3", "2.1.8")]
    is_kelvin = any(
        (as_number(value) or 0) > _LEAST_KELVIN for column in columns for value in column.values()
    )
    return unit != _FAHRENHEIT and not is_kelvin


def _celsius(value: float, look: Look, _: Oid) -> float | None:
    """Return a temperature in °C; kelvins are told by their size, whatever the unit says."""
    if value * 10 > _LEAST_KELVIN:
        return round(value - 273.15, 2)
    if look.number(_UNIT) == _FAHRENHEIT:
        return round((value - 32) / 1.8, 2)
    return value


def _while_measured(probe: str, convert: Convert | None = None) -> Convert:
    def mend(value: float, look: Look, instance: Oid) -> float | None:
        if not _is_measured(look, probe, instance):
            return None
        return value if convert is None else convert(value, look, instance)

    return mend


def _who(look: Look, instance: Oid) -> str:
    name = look.text(f"{_CONFIG}.1", instance[:1])
    return name or f"Sensor {instance[0] + int(look.facts.get('sensor.offset', 0))}"


def _code(name: str, instance: Oid) -> str:
    return ".".join(map(str, (name, *instance)))


def _lost(value: SnmpValue, look: Look, instance: Oid) -> Sign | tuple[Sign, ...]:
    if as_number(value) != _LOST:
        return ()
    return Alarm(f"{_who(look, instance)} does not answer", code=_code("sensorStatus", instance))


def _crossed(
    probe: str, name: str, code: str
) -> Callable[[SnmpValue, Look, Oid], Sign | tuple[Sign, ...]]:
    def says(value: SnmpValue, look: Look, instance: Oid) -> Sign | tuple[Sign, ...]:
        limit = _LIMITS.get(int(as_number(value) or 0))
        if limit is None or not _is_measured(look, probe, instance):
            return ()
        said, severity = limit
        return Alarm(
            f"{_who(look, instance)}: {name} {said}", code=_code(code, instance), severity=severity
        )

    return says


def _input_alarm(value: SnmpValue, look: Look, instance: Oid) -> Sign | tuple[Sign, ...]:
    severity = _SEVERITIES.get(int(as_number(value) or 0))
    if severity is None or not _is_measured(look, _INPUT, instance):
        return ()
    name = look.text(f"{_INPUT}.2.1.1", instance) or f"contact {instance[-1]}"
    return Alarm(
        f"{_who(look, instance)}: {name} is active",
        code=_code("digitalInputAlarm", instance),
        severity=severity,
    )


def _uuid(said: str, look: Look, instance: Oid) -> str:
    """Return an id of 16 octets as it is usually written."""
    raw = look.value(f"{_IDENTITY}.2", instance)
    return str(UUID(bytes=raw)) if isinstance(raw, bytes) and len(raw) == 16 else said


def _probe(root: str, name: str, code: str, limits: Write, convert: Convert | None = None) -> Table:
    """Describe temperatures or humidities: the tables are alike but for the unit."""

    def measured(column: str, suffix: str) -> Row:
        return number(
            f"{root}.{column}",
            f"{_PROBE}.{name}{suffix}",
            scale=_TENTH,
            absent=frozenset(),
            convert=_while_measured(root, convert),
        )

    def limit(column: int, suffix: str) -> Row:
        return number(
            f"{root}.2.1.{column}",
            f"{_PROBE}.{name}.{suffix}",
            scale=_TENTH,
            absent=frozenset(),
            convert=convert,
            write=limits,
        )

    return Table(
        index=Index(place=_sensor),
        probe=_COUNT,
        rows=(
            measured("3.1.3", ""),
            replace(
                enum(f"{root}.3.1.1", THRESHOLD, f"{_PROBE}.{name}.status", when=When.STATUS),
                says_at=_crossed(root, name, code),
            ),
            number(f"{root}.3.1.4", when=When.STATUS),
            number(f"{root}.2.1.2", when=When.RARE),
            enum(f"{root}.2.1.4", {0: "no", 1: "yes"}, f"{_PROBE}.{name}.alarm", write=_WATCHED),
            limit(5, "low.warning"),
            limit(6, "low.critical"),
            limit(7, "high.warning"),
            limit(8, "high.critical"),
            measured("4.1.1", ".minimum"),
            measured("4.1.3", ".maximum"),
        ),
    )


SENSORS: tuple[Table, ...] = (
    Table(
        rows=(
            number(_COUNT, "ambient.count", role=Role.COUNT),
            number(_UNIT, when=When.RARE),
        )
    ),
    Table(
        index=Index(place=_sensor),
        probe=_COUNT,
        rows=(
            text(f"{_IDENTITY}.2", f"{_PROBE}.id", convert=_uuid),
            text(f"{_IDENTITY}.4", f"{_PROBE}.address"),
            text(f"{_IDENTITY}.6", f"{_PROBE}.mfr"),
            text(f"{_IDENTITY}.7", f"{_PROBE}.model"),
            text(f"{_IDENTITY}.9", f"{_PROBE}.serial"),
            text(f"{_IDENTITY}.10", f"{_PROBE}.firmware"),
            text(f"{_CONFIG}.1", f"{_PROBE}.name", write=_NAME),
            replace(
                enum(f"{_STATE}.1", {2: "yes", 3: "no"}, f"{_PROBE}.present", when=When.STATUS),
                says_at=_lost,
            ),
        ),
    ),
    _probe(
        _TEMPERATURE,
        "temperature",
        "temperatureAlarm",
        Write(minimum=-40, maximum=150, step=_TENTH),
        _celsius,
    ),
    _probe(_HUMIDITY, "humidity", "humidityAlarm", Write(minimum=0, maximum=100, step=_TENTH)),
    Table(
        index=Index(place=_contact),
        probe=_COUNT,
        is_alive=lambda look, instance: look.number(f"{_INPUT}.2.1.2", instance) != 0,
        rows=(
            text(f"{_INPUT}.2.1.1", f"{_PROBE}.contacts.{{contact}}.name", write=_NAME),
            number(f"{_INPUT}.2.1.2", when=When.RARE),
            enum(
                f"{_INPUT}.2.1.3",
                {0: "normal-opened", 1: "normal-closed"},
                f"{_PROBE}.contacts.{{contact}}.config",
                write=Write(kind=SettingKind.CHOICE),
            ),
            replace(
                enum(f"{_INPUT}.3.1.1", {}, when=When.STATUS),
                says_at=_input_alarm,
            ),
            enum(
                f"{_INPUT}.3.1.3",
                {0: ContactStatus.INACTIVE, 1: ContactStatus.ACTIVE},
                f"{_PROBE}.contacts.{{contact}}.status",
            ),
            number(f"{_INPUT}.3.1.5", when=When.STATUS),
        ),
    ),
)
"""Sensors with what they measure, as ``ambient.N``."""


def sensor_settings(found: dict[str, Setting], look: Look) -> None:
    """Leave out the limits of temperatures of a card that says °F or kelvins.

    A limit is a number with a scale on the wire; those would need a conversion.
    """
    if is_celsius(look):
        return
    for name in [name for name in found if name.startswith("ambient.") and name.count(".") > 3]:
        if ".temperature." in name:
            del found[name]


SENSOR_TRAPS: tuple[Traps, ...] = (
    Traps(roots=(f"{ROOT}.1",), events={1: "probe_changed", 2: "probe_changed"}),
    Traps(roots=(f"{ROOT}.2",), events={1: "temperature_changed", 2: "probe_changed"}),
    Traps(roots=(f"{ROOT}.3",), events={1: "humidity_changed", 2: "probe_changed"}),
    Traps(roots=(f"{ROOT}.4",), events={1: "contact_changed", 2: "probe_changed"}),
)
