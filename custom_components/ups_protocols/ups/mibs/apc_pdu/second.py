"""The second generation of rack PDUs, rPDU2 (26), alone and as host of a chain."""

from ...links.base import Oid
from ...model import Alarm, SettingKind, Severity, StatusFlag
from ...names import ContactStatus, LoadStatus, OutletStatus, ThresholdStatus
from ..dates import iso_date
from ..table import Convert, Index, Look, Role, Table, Total, When, Words, Write, enum, number, text
from .common import (
    AMPERES,
    GROUP,
    HUNDREDTH,
    NAME,
    NOT_THERE,
    OUTLET,
    OUTLET_DELAY,
    OUTLET_PAUSE,
    PROBE,
    RATING,
    SECOND,
    SUPPLY_FAILED,
    TEN_WATTS,
    TENTH,
    bank,
    chained,
    orders,
    outlet_delays,
    thresholds,
)

# words

OUTLETS: Words = {1: OutletStatus.OFF, 2: OutletStatus.ON}
"""How an outlet stands."""
COMMANDED: Words = {1: OutletStatus.ON, 2: OutletStatus.OFF}
"""What the object of the commands says of the same outlet: the other way round."""
LOAD: Words = {
    1: LoadStatus.LOW,
    2: LoadStatus.NORMAL,
    3: LoadStatus.NEAR_OVERLOAD,
    4: (LoadStatus.OVERLOAD, StatusFlag.OVERLOADED),
}
"""5 is not supported."""
CURRENT: Words = {
    1: ThresholdStatus.WARNING_LOW,
    2: ThresholdStatus.GOOD,
    3: ThresholdStatus.WARNING_HIGH,
    4: (ThresholdStatus.CRITICAL_HIGH, StatusFlag.OVERLOADED),
}
"""The same states, of a bank or an outlet."""
_LAYOUT: Words = {1: "L1-N", 2: "L2-N", 3: "L3-N", 4: "L1-L2", 5: "L2-L3", 6: "L3-L1"}
_SUPPLY: Words = {2: SUPPLY_FAILED}


def _stands(what: str, code: str) -> Words:
    """Return the words for where a sensor's reading stands against its thresholds."""

    def alarm(name: str, said: str, severity: Severity = Severity.WARNING) -> Alarm:
        return Alarm(f"{what} of a sensor {said}", code=f"{code}{name}", severity=severity)

    critical = Severity.CRITICAL
    return {
        2: (ThresholdStatus.CRITICAL_LOW, alarm("Min", "below its minimum", critical)),
        3: (ThresholdStatus.WARNING_LOW, alarm("Low", "low")),
        4: ThresholdStatus.GOOD,
        5: (ThresholdStatus.WARNING_HIGH, alarm("High", "high")),
        6: (ThresholdStatus.CRITICAL_HIGH, alarm("Max", "above its maximum", critical)),
    }


_PRESENT: Words = {2: "yes", 3: ("no", Alarm("A sensor of the PDU is lost", code="sensorLost"))}
_CONTACT_ALARM = Alarm("A contact of the PDU in alarm", code="discreteSensorAlarm")

# places


def _row(table: str, what: str, *, beyond: str = "") -> Index:
    """Take the place from the second and third column; without ``beyond`` the row means nothing."""
    unless = (beyond, NOT_THERE) if beyond else None
    return chained(SECOND, f"{table}.2", f"{table}.3", what, unless=unless)


def _outlet(table: str) -> Index:
    """Take the place of an outlet's row: here the name stands before the number."""
    return chained(SECOND, f"{table}.2", f"{table}.4", "outlet")


def _sensor(table: str, link: str, what: str) -> Index:
    """Take the place of a sensor's row, which is there without a sensor too."""
    return chained(SECOND, f"{table}.2", f"{table}.4", what, unless=(link, frozenset({1})))


_CLIMATE_LINK, _CONTACT_LINK = "26.10.2.2.1.6", "26.10.4.2.1.6"

# values


def _celsius(fahrenheit: str) -> Convert:
    """Return what leaves out -1 where the column in °F says that too: -0.1 °C is a reading."""

    def convert(value: float, look: Look, instance: Oid) -> float | None:
        is_none = value == -TENTH and look.number(fahrenheit, instance) in {None, -1}
        return None if is_none else value

    return convert


def _measures_humidity(value: float, look: Look, instance: Oid) -> float | None:
    """Leave out the humidity of a sensor for temperature only."""
    return None if look.number("26.10.2.2.1.5", instance) == 1 else value


# writing

_COLD_START = Write(minimum=-1, maximum=300)
_TENTHS = Write(minimum=0, maximum=100, step=TENTH)
_CHOICE = Write(kind=SettingKind.CHOICE)
_WATCHED = Write(kind=SettingKind.SWITCH, options=("disabled", "enabled"))
_WATCH: Words = {1: "disabled", 2: "enabled"}
_TEMPERATURE = Write(minimum=-40, maximum=100)
_HUMIDITY = Write(minimum=10, maximum=90)

_PHASE = "input", "input.L{phase}"
_LIMITS = 5, 6, 7

TABLES: tuple[Table, ...] = (
    Table(
        rows=(
            number("26.1", "device.count", role=Role.COUNT, absent=RATING),
            *(
                number(each, role=Role.COUNT)
                for each in ("26.3", "26.5", "26.7", "26.9.1", "26.9.3", "26.10.1", "26.10.3")
            ),
        )
    ),
    # a sensor that comes or goes
    Table(
        index=Index(place=lambda _, __: {}),
        rows=tuple(number(each, role=Role.COUNT) for each in (_CLIMATE_LINK, _CONTACT_LINK)),
    ),
    Table(
        index=chained(SECOND, "26.2.1.2"),
        rows=(
            text("26.2.1.6", "ups.firmware"),
            text("26.2.1.7", "ups.mfr.date", convert=iso_date),
            text("26.2.1.8", "device.model"),
            text("26.2.1.9", "device.serial"),
        ),
    ),
    Table(
        index=chained(SECOND, "26.4.1.1.2"),
        rows=(
            text("26.4.1.1.3", "ups.id", write=NAME),
            text("26.4.1.1.4", "device.location", write=NAME),
            text("26.4.1.1.14", "device.contact", write=NAME),
        ),
    ),
    Table(
        index=chained(SECOND, "26.4.1.1.2", unless=("26.4.2.1.5", frozenset({0}))),
        # without outlets that are switched there is nothing to wait for
        rows=(number("26.4.1.1.6", "outlet.delay.start", write=_COLD_START),),
    ),
    Table(
        index=chained(SECOND, "26.2.1.2"),
        rows=(
            text("26.2.1.3", "ups.id", when=When.RARE),
            text("26.2.1.4", "device.location", when=When.RARE),
            text("26.2.1.10", "device.contact", when=When.RARE),
        ),
    ),
    Table(
        index=chained(SECOND, "26.4.2.1.2"),
        rows=(
            number("26.4.2.1.4", "outlet.count", when=When.ONCE),
            number("26.4.2.1.7", "input.phases", absent=RATING, when=When.ONCE),
            number("26.4.2.1.9", "input.current.nominal", absent=RATING, when=When.ONCE),
            number("26.4.2.1.12", "input.current.nominal", absent=RATING, when=When.ONCE),
            number(
                "26.4.2.1.13", "input.realpower.nominal", scale=100, absent=RATING, when=When.ONCE
            ),
        ),
    ),
    Table(
        index=chained(SECOND, "26.4.3.1.2"),
        rows=(
            enum("26.4.3.1.4", LOAD, "input.load.status"),
            number("26.4.3.1.5", "ups.realpower", scale=TEN_WATTS),
            number("26.4.3.1.6", "ups.realpower.maximum", scale=TEN_WATTS),
            number("26.4.3.1.9", "output.energy", scale=TENTH),
            enum("26.4.3.1.12", _SUPPLY),
            enum("26.4.3.1.13", _SUPPLY),
            # 3 is not installed
            enum("26.4.3.1.14", _SUPPLY),
            number("26.4.3.1.16", "ups.power", scale=TEN_WATTS),
            number("26.4.3.1.17", "input.powerfactor", scale=HUNDREDTH),
            # who is the host of a chain
            number("26.4.3.1.18", when=When.RARE),
        ),
    ),
    Table(
        index=_row("26.6.3.1", "phase"),
        phases="",
        rows=(
            enum("26.6.3.1.4", LOAD, "input.load.status", "input.L{phase}.load.status"),
            number("26.6.3.1.5", "input.current", "input.L{phase}.current", scale=TENTH),
            number("26.6.3.1.6", "input.voltage", "input.L{phase}-N.voltage"),
            number(
                "26.6.3.1.7",
                "input.realpower",
                "input.L{phase}.realpower",
                scale=TEN_WATTS,
                total=Total.SUM,
            ),
            number(
                "26.6.3.1.8",
                "input.power",
                "input.L{phase}.power",
                scale=TEN_WATTS,
                total=Total.SUM,
            ),
            number(
                "26.6.3.1.9", "input.powerfactor", "input.L{phase}.powerfactor", scale=HUNDREDTH
            ),
            number("26.6.3.1.10", "input.current.peak", "input.L{phase}.current.peak", scale=TENTH),
        ),
    ),
    Table(
        # newer firmware, in tenths
        index=_row("26.15.1.1", "phase", beyond="26.15.1.1.7"),
        phases="",
        rows=thresholds("26.15.1.1", _LIMITS, *_PHASE, write=_TENTHS),
    ),
    Table(
        index=_row("26.6.1.1", "phase", beyond="26.6.1.1.7"),
        phases="",
        rows=thresholds("26.6.1.1", _LIMITS, *_PHASE, write=AMPERES),
    ),
    Table(
        index=chained(SECOND, "26.13.1.1.2"),
        rows=tuple(
            number(f"26.13.1.1.{column}", f"input.{line}.voltage", absent=RATING)
            for column, line in ((3, "L1-L2"), (4, "L2-L3"), (5, "L3-L1"))
        ),
    ),
    Table(
        index=_row("26.8.3.1", "group"),
        rows=(
            enum("26.8.3.1.4", CURRENT, f"{GROUP}.current.status"),
            number("26.8.3.1.5", f"{GROUP}.current", scale=TENTH),
            number("26.8.3.1.6", f"{GROUP}.current.maximum", scale=TENTH),
        ),
    ),
    Table(
        index=_row("26.8.2.1", "group"),
        rows=(
            enum("26.8.2.1.4", _LAYOUT, f"{GROUP}.phase", when=When.ONCE),
            number("26.8.2.1.5", f"{GROUP}.current.nominal", absent=RATING, when=When.ONCE),
        ),
    ),
    Table(
        index=_row("26.14.1.1", "group", beyond="26.14.1.1.7"),
        rows=thresholds("26.14.1.1", _LIMITS, GROUP, write=_TENTHS),
    ),
    Table(
        index=_row("26.8.1.1", "group", beyond="26.8.1.1.7"),
        rows=thresholds("26.8.1.1", _LIMITS, GROUP, write=AMPERES),
    ),
    Table(
        index=_outlet("26.9.2.1.1"),
        rows=(
            text("26.9.2.1.1.3", f"{OUTLET}.name", write=NAME),
            *outlet_delays("26.9.2.1.1", (5, 6, 7), OUTLET_DELAY, OUTLET_PAUSE),
        ),
    ),
    Table(
        index=_outlet("26.9.2.2.1"),
        rows=(text("26.9.2.2.1.6", f"{OUTLET}.groupid", convert=bank),),
    ),
    Table(
        index=_outlet("26.9.2.3.1"),
        rows=(
            text("26.9.2.3.1.3", f"{OUTLET}.name", when=When.RARE),
            text("26.9.2.3.1.4", f"{OUTLET}.id"),
            enum("26.9.2.3.1.5", OUTLETS, f"{OUTLET}.status"),
        ),
    ),
    Table(
        index=_outlet("26.9.2.4.1"),
        rows=(enum("26.9.2.4.1.5", COMMANDED, f"{OUTLET}.status"),),
    ),
    Table(
        index=_outlet("26.9.4.1.1"),
        rows=(text("26.9.4.1.1.3", f"{OUTLET}.name", write=NAME),),
    ),
    Table(
        index=_outlet("26.9.4.2.1"),
        rows=(text("26.9.4.2.1.7", f"{OUTLET}.groupid", convert=bank),),
    ),
    Table(
        index=_outlet("26.9.4.3.1"),
        rows=(
            text("26.9.4.3.1.3", f"{OUTLET}.name", when=When.RARE),
            text("26.9.4.3.1.4", f"{OUTLET}.id"),
            enum("26.9.4.3.1.5", CURRENT, f"{OUTLET}.current.status"),
            number("26.9.4.3.1.6", f"{OUTLET}.current", scale=TENTH),
            # the MIB names no unit, but that of its thresholds is W
            number("26.9.4.3.1.7", f"{OUTLET}.realpower"),
            number("26.9.4.3.1.11", f"{OUTLET}.energy", scale=TENTH),
            text("26.9.4.3.1.12", f"{OUTLET}.type"),
        ),
    ),
    Table(
        index=_sensor("26.10.2.1.1", _CLIMATE_LINK, "probe"),
        rows=(
            text("26.10.2.1.1.3", f"{PROBE}.name", write=NAME),
            enum("26.10.2.1.1.5", _WATCH, f"{PROBE}.temperature.alarm", write=_WATCHED),
            enum("26.10.2.1.1.6", _WATCH, f"{PROBE}.humidity.alarm", write=_WATCHED),
            # whole °C, unlike the temperature itself
            number("26.10.2.1.1.10", f"{PROBE}.temperature.high.critical", write=_TEMPERATURE),
            number("26.10.2.1.1.11", f"{PROBE}.temperature.high.warning", write=_TEMPERATURE),
            number("26.10.2.1.1.13", f"{PROBE}.humidity.low.warning", write=_HUMIDITY),
            number("26.10.2.1.1.14", f"{PROBE}.humidity.low.critical", write=_HUMIDITY),
        ),
    ),
    Table(
        index=_sensor("26.10.2.2.1", _CLIMATE_LINK, "probe"),
        rows=(
            text("26.10.2.2.1.3", f"{PROBE}.name", when=When.RARE),
            # the kind of sensor
            number("26.10.2.2.1.5", when=When.RARE),
            enum(_CLIMATE_LINK, _PRESENT, f"{PROBE}.present"),
            number("26.10.2.2.1.7"),
            number(
                "26.10.2.2.1.8",
                f"{PROBE}.temperature",
                scale=TENTH,
                absent=set(),
                convert=_celsius("26.10.2.2.1.7"),
            ),
            enum(
                "26.10.2.2.1.9",
                _stands("Temperature", "temperature"),
                f"{PROBE}.temperature.status",
            ),
            number("26.10.2.2.1.10", f"{PROBE}.humidity", convert=_measures_humidity),
            enum("26.10.2.2.1.11", _stands("Humidity", "humidity"), f"{PROBE}.humidity.status"),
            number("26.10.2.2.1.12"),
            number(
                "26.10.2.2.1.13",
                f"{PROBE}.temperature.maximum",
                scale=TENTH,
                absent=set(),
                convert=_celsius("26.10.2.2.1.12"),
            ),
        ),
    ),
    Table(
        index=_sensor("26.10.4.1.1", _CONTACT_LINK, "contact"),
        rows=(
            text("26.10.4.1.1.3", "ambient.contacts.{contact}.name", write=NAME),
            enum(
                "26.10.4.1.1.5",
                {1: "normal-opened", 2: "normal-closed"},
                "ambient.contacts.{contact}.config",
                write=_CHOICE,
            ),
        ),
    ),
    Table(
        index=_sensor("26.10.4.2.1", _CONTACT_LINK, "contact"),
        rows=(
            text("26.10.4.2.1.3", "ambient.contacts.{contact}.name", when=When.RARE),
            enum(
                "26.10.4.2.1.7",
                {1: ContactStatus.OPEN, 2: ContactStatus.CLOSED},
                "ambient.contacts.{contact}.status",
            ),
            enum("26.10.4.2.1.8", {2: _CONTACT_ALARM}),
        ),
    ),
    Table(
        index=chained(SECOND, "26.4.4.1.2", unless=("26.4.2.1.5", frozenset({0}))),
        rows=(number("26.4.4.1.4", when=When.ONCE),),
    ),
)

ORDERS = (
    *orders(
        "26.9.2.4.1.5",
        {
            "load.on": 1,
            "load.off": 2,
            "load.cycle": 3,
            # 4 is what it says of an outlet whose state it does not know
            "load.on.delay": 5,
            "load.off.delay": 6,
            "load.cycle.delay": 7,
        },
        OUTLET,
    ),
    # all outlets of a unit, in an order of its own again
    *orders(
        "26.4.4.1.4",
        {"load.on": 1, "load.on.delay": 2, "load.off": 3, "load.off.delay": 7, "shutdown.stop": 8},
    ),
)
