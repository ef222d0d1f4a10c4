"""Eaton's Managed ePDU with a red display ("Revelation"): card snmp-eaton-epdu-ats.md, 4.

Document: PDU-MIB of Aphel, 2007, under another enterprise (13742.2). Firmwares differ: by the
document the columns of an outlet are numbers of sensors, whose values are floats; others have the
values themselves there, and count the outlets from 0.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..links.base import Oid
from ..model import Alarm, Command, Danger, DeviceKind, Severity, Status, Value
from ..names import OutletStatus
from .status import judge as weigh
from .table import (
    Index,
    Look,
    Mib,
    Order,
    Place,
    Put,
    Row,
    Siblings,
    Signs,
    Table,
    Traps,
    When,
    enum,
    last,
    named,
    number,
    parts,
    text,
)
from .values import as_number

MILLI, HUNDREDTH = 0.001, 0.01
_O = "outlet.{outlet}"
_STATE, _SENSOR = "1.2.2.1.3", "1.3.2.1.4"
_ERROR = -1

# outlets


def _value(value: float, look: Look, _: Oid) -> float | None:
    """Leave out what is the number of a sensor."""
    return None if look.column(_SENSOR) else value


_OUTLETS = (
    text("1.2.2.1.2", f"{_O}.name", when=When.RARE),
    # it is off while it cycles
    enum(_STATE, {0: OutletStatus.OFF, 1: OutletStatus.ON, 2: OutletStatus.OFF}, f"{_O}.status"),
    number("1.2.2.1.4", f"{_O}.current", scale=MILLI, convert=_value),
    number("1.2.2.1.5", f"{_O}.current.maximum", scale=MILLI, convert=_value),
    number("1.2.2.1.6", f"{_O}.voltage", convert=_value),
    number("1.2.2.1.7", f"{_O}.realpower", convert=_value),
    number("1.2.2.1.8", f"{_O}.power", convert=_value),
    number("1.2.2.1.9", f"{_O}.powerfactor", scale=HUNDREDTH, convert=_value),
)


def _is_from_0(look: Look, _: Oid) -> bool:
    return look.value(_STATE, (0,)) is not None


def _is_from_1(look: Look, instance: Oid) -> bool:
    return not _is_from_0(look, instance)


# sensors

_TYPE, _OUTLET = "1.3.2.1.3", "1.3.2.1.7"
_OF_OUTLETS: Mapping[int, str] = {0: "current", 2: "current.maximum", 3: "realpower", 4: "power"}
_OF_UNIT: Mapping[int, str] = {
    193: "input.frequency",
    242: "input.current",
    243: "input.current.maximum",
    244: "ups.temperature",
    245: "input.realpower",
    246: "input.power",
    247: "input.voltage",
}
_TEMPERATURES: Mapping[int, Place | None] = {
    199: {"probe": 1},
    198: {"probe": 2},
    197: {"probe": 3},
}
_HUMIDITIES: Mapping[int, Place | None] = {207: {"probe": 1}, 206: {"probe": 2}}
_STATES = {
    1: ("below its warning limit", Severity.WARNING),
    2: ("above its warning limit", Severity.WARNING),
    3: ("below its critical limit", Severity.CRITICAL),
    4: ("above its critical limit", Severity.CRITICAL),
    5: ("far below its limits", Severity.CRITICAL),
    6: ("far above its limits", Severity.CRITICAL),
}


def _measured(_: Oid, siblings: Siblings) -> Place | None:
    """Return what a sensor measures, of an outlet or of the unit."""
    kind = int(as_number(siblings(_TYPE)) or 0)
    if outlet := as_number(siblings(_OUTLET)):
        quantity = _OF_OUTLETS.get(kind)
        return {"outlet": int(outlet), "quantity": quantity} if quantity else None
    name = _OF_UNIT.get(kind)
    return {"value": name} if name else None


def _judge(signs: Signs) -> Status:
    """Add an alarm for each sensor beyond its limits and each outlet that failed."""
    status = weigh(signs)
    return replace(status, alarms=(*status.alarms, *_alarms(signs.look)))


def _alarms(look: Look) -> Iterator[Alarm]:
    first = 1 if _is_from_0(look, ()) else 0
    for instance in look.column(_STATE):
        if look.number(_STATE, instance) == _ERROR:
            yield Alarm(
                f"Outlet {instance[0] + first}: error",
                code=f"outletOperationalState.{instance[0]}",
                severity=Severity.CRITICAL,
            )
    for instance in look.column("1.3.2.1.6"):
        said = _STATES.get(int(look.number("1.3.2.1.6", instance) or 0))
        if said is not None:
            name = look.text("1.3.2.1.2", instance) or f"Sensor {instance[0]}"
            yield Alarm(f"{name} {said[0]}", code=f"sensorState.{instance[0]}", severity=said[1])


def _mend(values: dict[str, Value], look: Look) -> None:
    """Write the network address, six octets, as people do; the load is what comes in."""
    if (power := values.get("input.realpower")) is not None:
        values["ups.realpower"] = power
    address = look.value("1.1.6")
    if isinstance(address, bytes) and len(address) == 6:
        values["device.macaddr"] = address.hex(":")


def _probe(table: str, quantity: str) -> tuple[Row, ...]:
    """Return the rows of the probes that newer firmwares have in a table of their own."""
    return tuple(
        number(f"{table}.{column}", f"ambient.{{probe}}.{name}", when=when)
        for column, name, when in (
            (3, quantity, When.FULL),
            (6, f"{quantity}.low", When.RARE),
            (7, f"{quantity}.high", When.RARE),
        )
    )


mib = Mib(
    id="eaton-revelation",
    title="Eaton ePDU Managed (Revelation)",
    root="E.534.6.6.6",
    kind=DeviceKind.PDU,
    manufacturer="Eaton",
    tables=(
        Table(
            rows=(
                text("1.1.1", "ups.firmware"),
                text("1.1.2", "device.serial"),
                text("1.1.12", "device.model"),
                text("1.1.13", "ups.id"),
                # the network address, mended from its octets
                number("1.1.6", when=When.ONCE),
                number("1.2.1", "outlet.count", when=When.ONCE),
                number("1.3.1.1", "input.current", scale=MILLI),
                number("1.3.1.2", "input.voltage", scale=MILLI),
                number("1.3.1.3", "input.realpower"),
                number("1.3.1.4", "input.power"),
                number("1.3.1.5", "ups.temperature"),
            )
        ),
        Table(index=parts("outlet", start={"outlet": 0}), is_alive=_is_from_0, rows=_OUTLETS),
        Table(index=last("outlet"), is_alive=_is_from_1, rows=_OUTLETS),
        Table(
            index=Index(place=_measured, needs=(_TYPE, _OUTLET)),
            rows=(number(_SENSOR, "{value}", f"{_O}.{{quantity}}"),),
        ),
        Table(
            index=named(_TYPE, _TEMPERATURES),
            rows=(number(_SENSOR, "ambient.{probe}.temperature"),),
        ),
        Table(index=named(_TYPE, _HUMIDITIES), rows=(number(_SENSOR, "ambient.{probe}.humidity"),)),
        Table(
            # for the alarms
            index=last("sensor"),
            rows=(number("1.3.2.1.2", when=When.ONCE), number("1.3.2.1.6")),
        ),
        Table(
            index=parts("probe", start={"probe": 0}),
            rows=(*_probe("2.2.1", "temperature"), *_probe("2.4.1", "humidity")),
        ),
    ),
    orders=tuple(
        Order(
            command=Command(name=f"{_O}.load.{name}", danger=danger),
            steps=((Put(_STATE, state),),),
        )
        for name, state, danger in (
            ("off", 0, Danger.CUTS_POWER),
            ("on", 1, Danger.HARMLESS),
            ("cycle", 2, Danger.CUTS_POWER),
        )
    ),
    traps=(
        Traps(
            roots=("E.534.6.6.6.2", "E.534.6.6.6", "E.13742.2.2"),
            events={23: "outlet_switched", 27: "sensor_event"},
            # users, groups, passwords, firmware, logs
            ignored=frozenset({*range(3, 23), 24, *range(28, 42)}),
        ),
    ),
    judge=_judge,
    mend=_mend,
    absent=frozenset({-1}),
)
