"""APC's environment probes and contacts, for every device of theirs: card snmp-apc-powernet.md, 2.

``TABLES`` goes into the tables of a MIB whose root is ``E.318.1.1``. A card may answer three trees
for one probe: universal I/O (25), then the integrated monitor (10.2), then the Measure-UPS (2),
never two. The external monitor (10.1) is a box of its own; beside one of the others its probes and
contacts are numbered from 11.
"""

from collections.abc import Callable, Mapping

from ..errors import Unsupported
from ..links.base import Oid
from ..model import Alarm, SettingKind, Severity, Value
from ..names import ContactStatus, ThresholdStatus
from .table import (
    Index,
    Look,
    Place,
    Role,
    Row,
    Siblings,
    Table,
    When,
    Words,
    Write,
    bits,
    enum,
    last,
    number,
    text,
)

_NONE = {-1}
_OTHER_MONITOR = 10
"""What is added to the numbers of a monitor that is not the only one."""
_FAHRENHEIT = 2


def _alarm(code: str, said: str, severity: Severity = Severity.WARNING) -> Alarm:
    return Alarm(said, code=code, severity=severity)


_CRITICAL = Severity.CRITICAL
_CONTACT = _alarm("contactFault", "Contact of an environment probe in alarm")
_PROBE_LOST = _alarm("probeLost", "Environment probe lost")

# instances


def _two(name: str) -> Index:
    """Make one number of port and sensor: the port, for each has one; 10 x port + sensor else."""

    def place(instance: Oid, _: Siblings) -> Place | None:
        if not instance:
            return None
        port, sensor = instance[0], instance[-1] if len(instance) > 1 else 1
        return {name: port if sensor == 1 else 10 * port + sensor}

    return Index(place=place)


def _beside(index: Index, name: str) -> Index:
    """Return an index whose numbers are those of a second monitor."""

    def place(instance: Oid, siblings: Siblings) -> Place | None:
        found = index.place(instance, siblings)
        return None if found is None else {name: int(found[name]) + _OTHER_MONITOR}

    return Index(place=place)


def _literal(place: Place) -> Index:
    return Index(place=lambda _, __: place)


# which tree counts


def _has_port(look: Look) -> bool:
    return bool(look.column("25.1.2.1.6") or look.column("25.1.2.1.10"))


def _has_port_contacts(look: Look) -> bool:
    return _has_port(look) or bool(look.column("25.2.2.1.5"))


def _is_integrated(look: Look, _: Oid) -> bool:
    return not _has_port(look)


def _is_integrated_probe(look: Look, instance: Oid) -> bool:
    return not _has_port(look) and look.number("10.2.3.2.1.3", instance) != 1


def _is_external(look: Look) -> bool:
    """Tell whether an external monitor is there: cards answer its tree without one."""
    return look.number("10.1.3.1") in {None, 2} and bool(look.column("10.1.3.3.1.3"))


def _has_other(look: Look) -> bool:
    """Tell whether there is another monitor beside the external one."""
    integrated = any(said == 2 for said in look.column("10.2.3.2.1.3").values())
    return _has_port_contacts(look) or integrated


def _is_only(look: Look, instance: Oid) -> bool:
    return _is_external(look) and not _has_other(look) and _is_external_probe(look, instance)


def _is_second(look: Look, instance: Oid) -> bool:
    return _is_external(look) and _has_other(look) and _is_external_probe(look, instance)


def _is_external_probe(look: Look, instance: Oid) -> bool:
    return look.number("10.1.3.3.1.3", instance) != 1


def _is_only_contact(look: Look, _: Oid) -> bool:
    return _is_external(look) and not _has_other(look)


def _is_second_contact(look: Look, _: Oid) -> bool:
    return _is_external(look) and _has_other(look)


def _has_measure_ups(look: Look, temperature: str, humidity: str) -> bool:
    """Tell whether a Measure-UPS probe is there: 0 °C with 0 % is none."""
    if _has_other(look) or _is_external(look):
        return False
    zero = (0,)
    return bool(look.number(temperature, zero) or look.number(humidity, zero))


# values


def _celsius(units: str, status: str) -> Callable[[float, Look, Oid], float | None]:
    """Return what makes °C of a reading in the unit of another column; -1 with no probe is none."""

    def convert(value: float, look: Look, instance: Oid) -> float | None:
        if value == -1 and look.number(status, instance) == 1:
            return None
        if look.number(units, instance) == _FAHRENHEIT:
            return round((value - 32) * 5 / 9, 1)
        return value

    return convert


def _port_celsius(value: float, look: Look, instance: Oid) -> float | None:
    """Leave out -1 where the °F column says -1 too, or nothing: it is no reading then."""
    if value == -1 and look.number("25.1.2.1.5", instance) in {None, -1}:
        return None
    return value


def _stands(*columns: tuple[str, ThresholdStatus]) -> Callable[[str, Look, Oid], Value | None]:
    """Return what makes one status of several columns of violations, the worst first."""

    def convert(_: str, look: Look, instance: Oid) -> Value | None:
        said = [look.number(column, instance) for column, _ in columns]
        for violation, (_, status) in zip(said, columns, strict=True):
            if violation == 2:
                return status
        # 3 is not watched
        return ThresholdStatus.GOOD if 1 in said else None

    return convert


_VIOLATIONS = (
    (ThresholdStatus.CRITICAL_HIGH, 0),
    (ThresholdStatus.CRITICAL_LOW, 3),
    (ThresholdStatus.WARNING_HIGH, 1),
    (ThresholdStatus.WARNING_LOW, 2),
)


def _stands_by_bits(first: int) -> Callable[[str, Look, Oid], Value | None]:
    """Return what makes a status of four bits: above maximum, above high, below low, minimum."""

    def convert(said: str, look: Look, instance: Oid) -> Value | None:
        if look.number("25.1.2.1.10", instance) in {1, 3}:
            return None
        if first and look.number("25.1.2.1.7", instance) in {None, -1}:
            return None
        mask = int(said) if said.isdigit() else 0
        for status, bit in _VIOLATIONS:
            if mask >> (first + bit) & 1:
                return status
        return ThresholdStatus.GOOD

    return convert


def _fahrenheit(value: Value) -> int:
    """Return a temperature in °C as it goes to a card that is set to °F. Raises Unsupported."""
    try:
        celsius = float(value)
    except ValueError:
        raise Unsupported("the temperature must be a number") from None
    if not -40 <= celsius <= 100:
        raise Unsupported("the temperature must lie between -40 and 100 °C")
    return round(celsius * 9 / 5 + 32)


_TEMPERATURE = Write(minimum=-40, maximum=100)
_IN_FAHRENHEIT = Write(minimum=-40, maximum=100, encode=_fahrenheit)
_HUMIDITY = Write(minimum=0, maximum=100)
_NAME = Write(kind=SettingKind.TEXT, length=20)
_P = "ambient.{probe}"

_HIGH_TEMPERATURE = _alarm("temperatureHigh", "Temperature of an environment probe high")
_LOW_TEMPERATURE = _alarm("temperatureLow", "Temperature of an environment probe low")
_HIGH_HUMIDITY = _alarm("humidityHigh", "Humidity of an environment probe high")
_LOW_HUMIDITY = _alarm("humidityLow", "Humidity of an environment probe low")
_MAX_TEMPERATURE = _alarm(
    "temperatureMax", "Temperature of an environment probe above its maximum", _CRITICAL
)
_MIN_TEMPERATURE = _alarm(
    "temperatureMin", "Temperature of an environment probe below its minimum", _CRITICAL
)
_MAX_HUMIDITY = _alarm(
    "humidityMax", "Humidity of an environment probe above its maximum", _CRITICAL
)
_MIN_HUMIDITY = _alarm(
    "humidityMin", "Humidity of an environment probe below its minimum", _CRITICAL
)

# 10.1 and 10.2: two monitors with the same columns


def _probe_rows(status: str, config: str) -> tuple[Row, ...]:
    """Return the rows of a monitor's probe, but for its thresholds."""
    return (
        text(f"{config}.2", f"{_P}.name", write=_NAME),
        text(f"{status}.2", f"{_P}.name", when=When.RARE),
        number(
            f"{status}.4",
            f"{_P}.temperature",
            absent=set(),
            convert=_celsius(f"{status}.5", f"{status}.3"),
        ),
        number(f"{status}.5"),
        number(f"{status}.6", f"{_P}.humidity", absent=_NONE),
        text(
            f"{status}.7",
            f"{_P}.temperature.status",
            when=When.FULL,
            convert=_stands(
                (f"{status}.11", ThresholdStatus.CRITICAL_HIGH),
                (f"{status}.12", ThresholdStatus.CRITICAL_LOW),
                (f"{status}.7", ThresholdStatus.WARNING_HIGH),
                (f"{status}.8", ThresholdStatus.WARNING_LOW),
            ),
        ),
        text(
            f"{status}.9",
            f"{_P}.humidity.status",
            when=When.FULL,
            convert=_stands(
                (f"{status}.13", ThresholdStatus.CRITICAL_HIGH),
                (f"{status}.14", ThresholdStatus.CRITICAL_LOW),
                (f"{status}.9", ThresholdStatus.WARNING_HIGH),
                (f"{status}.10", ThresholdStatus.WARNING_LOW),
            ),
        ),
        # 1 no violation, 2 violation, 3 not watched
        enum(f"{status}.7", {2: _HIGH_TEMPERATURE}),
        enum(f"{status}.8", {2: _LOW_TEMPERATURE}),
        enum(f"{status}.9", {2: _HIGH_HUMIDITY}),
        enum(f"{status}.10", {2: _LOW_HUMIDITY}),
        enum(f"{status}.11", {2: _MAX_TEMPERATURE}),
        enum(f"{status}.12", {2: _MIN_TEMPERATURE}),
        enum(f"{status}.13", {2: _MAX_HUMIDITY}),
        enum(f"{status}.14", {2: _MIN_HUMIDITY}),
        number(f"{config}.5", when=When.RARE),
    )


def _humidity_rows(config: str, *columns: tuple[int, str]) -> tuple[Row, ...]:
    return tuple(
        number(f"{config}.{column}", f"{_P}.humidity.{name}", absent=_NONE, write=_HUMIDITY)
        for column, name in columns
    )


def _threshold_rows(config: str, status: str, write: Write) -> tuple[Row, ...]:
    """Return the thresholds of temperature, in the unit that the card is set to."""
    convert = _celsius(f"{config}.5", f"{status}.3")
    return tuple(
        number(f"{config}.{column}", f"{_P}.{name}", absent=set(), convert=convert, write=write)
        for column, name in (
            (3, "temperature.high"),
            (4, "temperature.low"),
            (12, "temperature.high.critical"),
            (13, "temperature.low.critical"),
        )
    )


def _contact_rows(status: str, config: str) -> tuple[Row, ...]:
    return (
        text(f"{config}.2", "ambient.contacts.{contact}.name", write=_NAME),
        text(f"{status}.2", "ambient.contacts.{contact}.name", when=When.RARE),
        enum(
            f"{status}.3",
            {1: ContactStatus.INACTIVE, 2: (ContactStatus.ACTIVE, _CONTACT), 3: ()},
            "ambient.contacts.{contact}.status",
        ),
    )


type _Alive = Callable[[Look, Oid], bool]


def _probes(status: str, config: str, index: Index, is_alive: _Alive) -> tuple[Table, ...]:
    """Return the tables of a monitor's probes: the thresholds in °C, in °F, and of humidity."""

    def has_humidity(look: Look, instance: Oid) -> bool:
        return is_alive(look, instance) and look.number(f"{status}.6", instance) not in {None, -1}

    def is_metric(look: Look, instance: Oid) -> bool:
        units = look.number(f"{config}.5", instance)
        return is_alive(look, instance) and units != _FAHRENHEIT

    def is_not_metric(look: Look, instance: Oid) -> bool:
        units = look.number(f"{config}.5", instance)
        return is_alive(look, instance) and units == _FAHRENHEIT

    return (
        Table(
            index=index, probe=f"{status}.3", is_alive=is_alive, rows=_probe_rows(status, config)
        ),
        Table(
            index=index,
            probe=f"{status}.3",
            is_alive=is_metric,
            rows=_threshold_rows(config, status, _TEMPERATURE),
        ),
        Table(
            index=index,
            probe=f"{status}.3",
            is_alive=is_not_metric,
            rows=_threshold_rows(config, status, _IN_FAHRENHEIT),
        ),
        Table(
            index=index,
            probe=f"{status}.3",
            is_alive=has_humidity,
            rows=_humidity_rows(
                config, (6, "high"), (7, "low"), (14, "high.critical"), (15, "low.critical")
            ),
        ),
    )


_PRESENT: Words = {1: "no", 2: "yes"}
_PROBE, _CONTACTS = last("probe"), last("contact")
_INTEGRATED = "10.2.3.2.1", "10.2.2.2.1"
_EXTERNAL = "10.1.3.3.1", "10.1.2.2.1"

# 25: universal I/O

_PORT_WORDS: Words = {1: "no", 2: "yes", 3: ("no", _PROBE_LOST)}
_PORT_BITS: Mapping[int, Alarm] = {
    0: _MAX_TEMPERATURE,
    1: _HIGH_TEMPERATURE,
    2: _LOW_TEMPERATURE,
    3: _MIN_TEMPERATURE,
    8: _MAX_HUMIDITY,
    9: _HIGH_HUMIDITY,
    10: _LOW_HUMIDITY,
    11: _MIN_HUMIDITY,
}


def _is_installed(look: Look, instance: Oid) -> bool:
    return look.number("25.1.2.1.10", instance) != 1


_PORTS = (
    Table(
        index=_two("probe"),
        probe="25.1.2.1.6",
        rows=(
            # another probe, or none any more: everything is looked for anew
            enum("25.1.2.1.10", _PORT_WORDS, f"{_P}.present", role=Role.COUNT),
        ),
    ),
    Table(
        index=_two("probe"),
        probe="25.1.2.1.6",
        is_alive=_is_installed,
        rows=(
            text("25.1.4.1.3", f"{_P}.name", write=_NAME),
            text("25.1.2.1.3", f"{_P}.name", when=When.RARE),
            number("25.1.2.1.6", f"{_P}.temperature", absent=set(), convert=_port_celsius),
            number("25.1.2.1.5"),
            number("25.1.2.1.7", f"{_P}.humidity", absent=_NONE),
            text(
                "25.1.2.1.8",
                f"{_P}.temperature.status",
                when=When.FULL,
                convert=_stands_by_bits(0),
            ),
            text("25.1.2.1.8", f"{_P}.humidity.status", when=When.FULL, convert=_stands_by_bits(8)),
            bits("25.1.2.1.8", _PORT_BITS, when=When.FULL),
            *(
                number(f"25.1.4.1.{column}", f"{_P}.{name}", absent=set(), write=_TEMPERATURE)
                for column, name in (
                    (5, "temperature.low.critical"),
                    (6, "temperature.low.warning"),
                    (7, "temperature.high.warning"),
                    (8, "temperature.high.critical"),
                )
            ),
        ),
    ),
    Table(
        index=_two("probe"),
        probe="25.1.2.1.6",
        is_alive=lambda look, instance: look.number("25.1.2.1.7", instance) not in {None, -1},
        rows=_humidity_rows(
            "25.1.4.1",
            (14, "low.critical"),
            (15, "low.warning"),
            (16, "high.warning"),
            (17, "high.critical"),
        ),
    ),
    Table(
        probe="25.2.2.1.5",
        index=Index(
            place=lambda instance, _: (
                {"probe": instance[0], "contact": instance[-1]} if len(instance) > 1 else None
            )
        ),
        rows=(
            text("25.2.4.1.3", f"{_P}.contacts.{{contact}}.name", write=_NAME),
            text("25.2.2.1.3", f"{_P}.contacts.{{contact}}.name", when=When.RARE),
            # closed is 1 here, unlike the rack PDU's
            enum(
                "25.2.2.1.5",
                {1: ContactStatus.CLOSED, 2: ContactStatus.OPEN},
                f"{_P}.contacts.{{contact}}.status",
            ),
            enum("25.2.2.1.6", {2: _CONTACT, 3: _CONTACT}),
        ),
    ),
)

# 2: Measure-UPS


def _measure_ups(number_: int, temperature: str, humidity: str) -> Table:
    return Table(
        index=_literal({"probe": number_}),
        probe=temperature,
        is_alive=lambda look, _: _has_measure_ups(look, temperature, humidity),
        rows=(
            number(temperature, f"{_P}.temperature", absent=set()),
            number(humidity, f"{_P}.humidity", absent={-1, 0}),
        ),
    )


TABLES: tuple[Table, ...] = (
    # how many there are: when that changes the probes are looked for anew
    Table(
        rows=tuple(
            number(oid, role=Role.COUNT)
            for oid in ("25.1.1", "25.2.1", "10.2.3.1", "10.2.3.3", "10.1.3.2", "10.1.3.1")
        )
    ),
    *_PORTS,
    Table(
        index=_PROBE,
        is_alive=_is_integrated,
        probe="10.2.3.2.1.3",
        rows=(enum("10.2.3.2.1.3", _PRESENT, f"{_P}.present", role=Role.COUNT),),
    ),
    *_probes(*_INTEGRATED, _PROBE, _is_integrated_probe),
    Table(
        index=_CONTACTS,
        is_alive=lambda look, _: not _has_port_contacts(look),
        probe="10.2.3.4.1.2",
        rows=_contact_rows("10.2.3.4.1", "10.2.2.4.1"),
    ),
    Table(
        index=_PROBE,
        is_alive=_is_only_contact,
        probe="10.1.3.3.1.3",
        rows=(enum("10.1.3.3.1.3", _PRESENT, f"{_P}.present", role=Role.COUNT),),
    ),
    Table(
        index=_beside(_PROBE, "probe"),
        is_alive=_is_second_contact,
        probe="10.1.3.3.1.3",
        rows=(enum("10.1.3.3.1.3", _PRESENT, f"{_P}.present", role=Role.COUNT),),
    ),
    *_probes(*_EXTERNAL, _PROBE, _is_only),
    *_probes(*_EXTERNAL, _beside(_PROBE, "probe"), _is_second),
    Table(
        index=_CONTACTS,
        is_alive=_is_only_contact,
        probe="10.1.3.5.1.3",
        rows=_contact_rows("10.1.3.5.1", "10.1.2.4.1"),
    ),
    Table(
        index=_beside(_CONTACTS, "contact"),
        is_alive=_is_second_contact,
        probe="10.1.3.5.1.3",
        rows=_contact_rows("10.1.3.5.1", "10.1.2.4.1"),
    ),
    _measure_ups(1, "2.1.1", "2.1.2"),
    _measure_ups(2, "2.1.3", "2.1.4"),
    Table(
        index=_CONTACTS,
        probe="2.2.2.1.5",
        is_alive=lambda look, _: not _has_other(look) and not _is_external(look),
        rows=(
            text("2.2.2.1.3", "ambient.contacts.{contact}.name", write=_NAME),
            enum(
                "2.2.2.1.5",
                {1: (), 2: ContactStatus.INACTIVE, 3: (ContactStatus.ACTIVE, _CONTACT)},
                "ambient.contacts.{contact}.status",
            ),
        ),
    ),
)
"""Everything of P.25, P.10 and P.2, in the order in which one counts before the other."""

EVENTS: Mapping[int, str] = {
    18: "contact_fault",
    19: "contact_fault_cleared",
    57: "humidity_violation",
    58: "humidity_violation_cleared",
    59: "temperature_violation",
    60: "temperature_violation_cleared",
    61: "humidity_violation",
    62: "humidity_violation_cleared",
    63: "temperature_violation",
    64: "temperature_violation_cleared",
    65: "probe_found",
    66: "probe_lost",
}
"""What their traps tell, by number."""
