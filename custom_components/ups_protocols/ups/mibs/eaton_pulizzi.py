"""Eaton's ePDUs by Pulizzi: card snmp-eaton-epdu-ats.md, 4.

Documents: IPC36xx (1, switched, without a display), EATON-EPDU-PU-SW-MIB (2, switched, blue
display, IPV models), EATON-EPDU-PU-MI-MIB (3, monitored, blue display). There are no tables: each
outlet, channel and sensor has scalars of its own. The limits of sections and sensors are not
offered as settings: they can switch outlets.
"""

from collections.abc import Mapping

from ..links.base import Oid
from ..model import Command, Danger, DeviceKind, SettingKind
from ..names import ContactStatus, OutletStatus
from .dates import iso_date
from .table import (
    Index,
    Look,
    Mib,
    Order,
    Place,
    Put,
    Role,
    Row,
    Siblings,
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

TENTH, HUNDREDTH = 0.1, 0.01
_IPC, _IPV, _MONITORED = "1", "2", "3.1.1"
_O = "outlet.{outlet}"
_STATUS: Words = {1: OutletStatus.ON, 2: OutletStatus.OFF}
_SECONDS = Write(minimum=0, maximum=9999)


def _name(length: int) -> Write:
    return Write(kind=SettingKind.TEXT, length=length)


def _numbered(
    name: str,
    attribute: int | None = None,
    *,
    numbers: Mapping[int, int] | None = None,
    before: int = 0,
) -> Index:
    """Take the number of one of many scalars: ``<number>.0``, or ``<number>.<attribute>.0``.

    ``before`` is how many others come first, ``numbers`` which count at all, by their number.
    """

    def place(instance: Oid, _: Siblings) -> Place | None:
        if len(instance) != (2 if attribute is None else 3):
            return None
        if attribute is not None and instance[1] != attribute:
            return None
        if numbers is not None:
            which = numbers.get(instance[0])
            return None if which is None else {name: which}
        return {name: instance[0] - before} if instance[0] > before else None

    return Index(place=place)


def _one(index: Index, row: Row) -> Table:
    return Table(index=index, rows=(row,))


# switched units


def _switched(root: str, management: str, sequence: int) -> tuple[Table, ...]:
    """Return the outlets of a switched unit: configuration, orders, states."""
    config, orders, states = (f"{root}.{management}.{each}" for each in (1, 2, 3))
    return (
        _one(_numbered("outlet"), enum(states, _STATUS, f"{_O}.status")),
        _one(_numbered("outlet", 1), text(config, f"{_O}.name", write=_name(20))),
        _one(_numbered("outlet", sequence), number(config, f"{_O}.delay.start", write=_SECONDS)),
        _one(
            _numbered("outlet", sequence + 1),
            number(config, f"{_O}.delay.reboot", write=_SECONDS),
        ),
        # for the commands; the first is that of the whole unit
        _one(_numbered("outlet", before=1), number(orders, when=When.ONCE)),
        Table(rows=(number(f"{orders}.1", when=When.ONCE),)),
    )


def _orders(root: str, management: str) -> tuple[Order, ...]:
    column = f"{root}.{management}.2"
    whole = f"{column}.1"
    cuts, harmless = Danger.CUTS_POWER, Danger.HARMLESS
    return tuple(
        Order(command=Command(name=name, danger=danger), steps=((Put(where, value),),))
        for name, where, value, danger in (
            ("load.on", whole, 1, harmless),
            ("load.off", whole, 2, cuts),
            # one outlet after another, each after its delay
            ("load.on.delay", whole, 3, harmless),
            ("load.off.delay", whole, 4, cuts),
            (f"{_O}.load.on", column, 1, harmless),
            (f"{_O}.load.off", column, 2, cuts),
            (f"{_O}.load.cycle", column, 3, cuts),
        )
    )


# sections and sensors of IPV models

_SECTIONS = {1: 1, 2: 2, 3: 3, 5: 4, 6: 5, 7: 6}
"""The fourth is the total."""
_G, _P, _C = "outlet.group.{group}", "ambient.{probe}", "ambient.contacts.{contact}"
_SENSORS, _CONTACTS = "2.8.5", ("3.1", "3.2", "3.3")
_NOT_ENABLED = 0


def _is_enabled(look: Look, where: str) -> bool:
    return look.number(where) != _NOT_ENABLED


def _has_temperature(look: Look, instance: Oid) -> bool:
    return _is_enabled(look, f"2.8.1.{instance[0]}.2")


def _has_humidity(look: Look, _: Oid) -> bool:
    return _is_enabled(look, "2.8.2.1.2")


def _has_contact(look: Look, instance: Oid) -> bool:
    """Tell a contact that is watched, of its state or of its configuration."""
    which = instance[0] - 3 if len(instance) == 2 else instance[0]
    return which > 0 and _is_enabled(look, f"2.8.3.{which}.2")


def _celsius(value: float, _: Look, __: Oid) -> float:
    return round((value - 32) / 1.8, 1)


def _degrees(value: float, look: Look, instance: Oid) -> float:
    """Return a temperature in °C from one in the unit's scale."""
    return value if look.number("2.1.9") == 1 else _celsius(value, look, instance)


_ENVIRONMENT = (
    Table(rows=(number("2.1.9", when=When.RARE),)),
    # which sensors are switched on
    Table(
        rows=tuple(
            number(f"2.8.{each}.2", role=Role.COUNT) for each in ("1.1", "1.2", "2.1", *_CONTACTS)
        )
    ),
    *(
        _one(
            _numbered("group", attribute, numbers=_SECTIONS),
            number("2.8.6", f"{_G}.{quantity}"),
        )
        for attribute, quantity in ((1, "voltage"), (2, "current"), (3, "power"))
    ),
    *(
        _one(_numbered("group", attribute), number("2.8.4", f"{_G}.{limit}", when=When.RARE))
        for attribute, limit in (
            (1, "voltage.high.warning"),
            (2, "voltage.low.warning"),
            (3, "current.high.warning"),
            (4, "current.low.warning"),
        )
    ),
    Table(
        rows=(
            number("2.8.6.4.1", "input.voltage", absent={-1, 0}),
            number("2.8.6.4.2", "input.current"),
            number("2.8.6.4.3", "input.power"),
        )
    ),
    Table(
        index=_numbered("probe", numbers={1: 1, 2: 2}),
        is_alive=_has_temperature,
        rows=(number(_SENSORS, f"{_P}.temperature", convert=_degrees, absent=set()),),
    ),
    Table(
        index=_numbered("probe", 1),
        is_alive=_has_temperature,
        rows=(text("2.8.1", f"{_P}.name", write=_name(20)),),
    ),
    *(
        Table(
            index=_numbered("probe", attribute),
            is_alive=_has_temperature,
            rows=(
                number(
                    "2.8.1",
                    f"{_P}.temperature.{limit}",
                    convert=_degrees,
                    when=When.RARE,
                    absent=set(),
                ),
            ),
        )
        for attribute, limit in ((3, "high"), (4, "low"))
    ),
    Table(
        index=_numbered("probe", numbers={3: 1}),
        is_alive=_has_humidity,
        rows=(number(_SENSORS, f"{_P}.humidity"),),
    ),
    *(
        Table(
            index=_numbered("probe", attribute),
            is_alive=_has_humidity,
            rows=(number("2.8.2", f"{_P}.humidity.{limit}", when=When.RARE),),
        )
        for attribute, limit in ((3, "high"), (4, "low"))
    ),
    Table(
        index=_numbered("contact", numbers={4: 1, 5: 2, 6: 3}),
        is_alive=_has_contact,
        rows=(enum(_SENSORS, {0: ContactStatus.OPEN, 1: ContactStatus.CLOSED}, f"{_C}.status"),),
    ),
    Table(
        index=_numbered("contact", 1),
        is_alive=_has_contact,
        rows=(text("2.8.3", f"{_C}.name", write=_name(20)),),
    ),
)

# channels of monitored units

_COUNT, _KIND = "3.1.1.1.23", "3.1.1.1.24"
_WHOLE, _BRANCHES, _OUTLETS = 1, 2, 3
_LINES: Mapping[int, int] = {4: 3, 5: 2, 7: 3, 8: 2}
"""How many phases come first, by currentMonitorType."""
_WITH_BRANCHES = frozenset({6, 7, 8})


def _channel(instance: Oid, siblings: Siblings) -> Place | None:
    """Return what a channel measures: the whole, a phase, a branch or an outlet.

    The document says how many of each there are, and names the branches last.
    """
    if len(instance) != 2:
        return None
    channel, kind = instance[0], int(as_number(siblings(_KIND)) or 0)
    if not 1 <= channel <= (as_number(siblings(_COUNT)) or 32):
        return None
    if kind == _OUTLETS:
        return {"outlet": channel}
    if kind == _BRANCHES:
        return {"group": channel}
    lines = _LINES.get(kind, 0)
    if channel <= lines:
        return {"phase": channel}
    if not lines and channel == 1:
        return {}
    return {"group": channel - max(lines, 1)} if kind in _WITH_BRANCHES else None


_CHANNEL = Index(place=_channel, needs=(_COUNT, _KIND))
_PLACES = ("input", "input.L{phase}", _G, _O)
_SENSOR_CHANNELS = {248: 1, 249: 2}


def _has_sensor(look: Look, instance: Oid) -> bool:
    """Tell whether a sensor is switched on (1.19 and 1.20), of its channel or of its limits."""
    which = _SENSOR_CHANNELS.get(instance[0], instance[0])
    return _is_enabled(look, f"3.1.1.1.{18 + which}")


def _limit(where: str, limit: str, minimum: float) -> Row:
    return number(
        where,
        *(f"{place}.current.{limit}.warning" for place in _PLACES),
        write=Write(minimum=minimum, maximum=100),
    )


_CHANNELS = (
    Table(
        rows=(
            number("3.1.1.1.1", "device.uptime", scale=HUNDREDTH),
            text("3.1.1.1.2", "ups.id", write=_name(19)),
            text("3.1.1.1.21", "ups.firmware"),
            text("3.1.1.2.4", "device.macaddr"),
            number("3.1.1.1.19", role=Role.COUNT),
            number("3.1.1.1.20", role=Role.COUNT),
        )
    ),
    Table(
        index=_CHANNEL,
        rows=(
            number("3.1.1.3", *(f"{place}.current" for place in _PLACES), scale=TENTH),
            text("3.1.1.4", f"{_G}.name", f"{_O}.name", write=_name(31)),
            _limit("3.1.1.5", "low", 0),
            _limit("3.1.1.6", "high", 1),
        ),
    ),
    Table(
        index=_numbered("probe", numbers=_SENSOR_CHANNELS),
        is_alive=_has_sensor,
        rows=(
            number("3.1.1.3", f"{_P}.temperature", convert=_celsius, absent=set()),
            text("3.1.1.4", f"{_P}.name", write=_name(31)),
        ),
    ),
    Table(
        index=_numbered("probe"),
        is_alive=_has_sensor,
        rows=(
            number("3.1.1.7", f"{_P}.temperature.low", convert=_celsius, when=When.RARE),
            number("3.1.1.8", f"{_P}.temperature.high", convert=_celsius, when=When.RARE),
        ),
    ),
)

mib = Mib(
    id="eaton-pulizzi",
    title="Eaton ePDU (Pulizzi)",
    root="E.20677",
    kind=DeviceKind.PDU,
    manufacturer="Eaton",
    tables=(
        Table(
            rows=(
                text("1.1.1", "ups.id", write=_name(20)),
                text("2.1.1", "ups.id", write=_name(20)),
                text("1.1.3", "ups.date", convert=iso_date, when=When.FULL),
                text("2.1.4", "ups.date", convert=iso_date, when=When.FULL),
                text("1.1.2", "ups.time", when=When.FULL),
                text("2.1.3", "ups.time", when=When.FULL),
                text("1.2.6", "device.macaddr"),
                text("2.2.6", "device.macaddr"),
            )
        ),
        *_switched(_IPC, "5", 3),
        *_switched(_IPV, "6", 4),
        *_ENVIRONMENT,
        *_CHANNELS,
    ),
    orders=(*_orders(_IPC, "5"), *_orders(_IPV, "6")),
    traps=(
        Traps(
            roots=("E.20677.2.9",),
            events={
                1: "outlet_switched",
                2: "group_current_threshold",
                3: "group_voltage_threshold",
                4: "temperature_violation",
                5: "humidity_violation",
                6: "contact_changed",
                10: "outlet_watchdog",
            },
            # logins
            ignored=frozenset({7, 8, 9}),
        ),
    ),
    absent=frozenset({-1}),
)
