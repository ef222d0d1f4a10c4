"""Objects of a Liebert UPS or transfer switch: card snmp-liebert.md, 1, 2 and 6.

Power is measured at points, each named by an OID in a column (3.5.2.1.k): rows are found by it,
never by their number. A unit of one or of many modules, with one input or two, has other points.
"""

from collections.abc import Mapping
from types import MappingProxyType

from ...links.base import Oid, SnmpValue
from ...model import Alarm, SettingKind, Severity, StatusFlag
from ...names import BeeperStatus, ChargerStatus, OutletStatus, TestResult, ThresholdStatus, UpsType
from ..table import (
    Index,
    Look,
    Place,
    Role,
    Row,
    Siblings,
    Sign,
    Special,
    Table,
    Total,
    When,
    Words,
    Write,
    enum,
    last,
    named,
    number,
    oid,
    text,
)
from .conditions import ROOT

_F = StatusFlag
TENTH, HUNDREDTH = 0.1, 0.01
NAME = Write(kind=SettingKind.TEXT, length=64)
_SITE = Write(kind=SettingKind.TEXT, length=255)
_VOLTS = Write(minimum=1, maximum=1000)

# places

_POINT, _LINE, _DC = "3.5.2.2.1", "3.5.2.3.1", "3.5.2.4.1"
POINTS = oid(f"{ROOT}.3.5.2.1")
SOURCE_1, SOURCE_2, PDU_1, PDU_2, TO_LOAD, BATTERY, BYPASS, _, SYSTEM_OUTPUT, CABINET = range(1, 11)

type Places = Mapping[int, Place]


def _points(places: Places) -> Index:
    """Take the place that a row's point tells."""
    return named(f"{_POINT}.2", {(*POINTS, point): place for point, place in places.items()})


def _lines(places: Places, *, between: bool = False) -> Index:
    """Take the place that the point of a line tells, and the phase, or the two."""
    known = {(*POINTS, point): place for point, place in places.items()}

    def place(instance: Oid, siblings: Siblings) -> Place | None:
        # the first number is that of the point's row, which has the OID too
        said = siblings(f"{_LINE}.3") or siblings(f"{_POINT}.2")
        where = known.get(said) if isinstance(said, tuple) else None
        if where is None or not instance or not 1 <= (phase := instance[-1]) <= 3:
            return None
        return {**where, "phase": phase, **({"to": phase % 3 + 1} if between else {})}

    return Index(place=place, needs=(f"{_LINE}.3", f"{_POINT}.2"))


_HERE: Place = MappingProxyType({})
_INPUT: Places = {SOURCE_1: _HERE}
_OTHER_INPUT: Places = {SOURCE_2: _HERE, PDU_1: _HERE, PDU_2: _HERE}
_OUTPUT: Places = {TO_LOAD: _HERE}
_OTHER_OUTPUT: Places = {SYSTEM_OUTPUT: _HERE}


def _cabinet(instance: Oid, siblings: Siblings) -> Place | None:
    """Return the battery cabinet of a DC row: its OID ends in module and cabinet."""
    said = siblings(f"{_DC}.2")
    above = (*POINTS, CABINET)
    if not isinstance(said, tuple) or said[: len(above)] != above or len(said) != len(above) + 2:
        return None
    module, cabinet = said[-2:]
    return {"pack": cabinet if module == 1 else 100 * module + cabinet}


def _threshold(instance: Oid, siblings: Siblings) -> Place | None:
    """Return the side to which limits of an AC voltage belong."""
    point, kind = siblings("3.5.4.7.1.2"), siblings("3.5.4.7.1.4")
    if kind != (*oid(f"{ROOT}.3.5.2.5"), 1) or not isinstance(point, tuple):
        return None
    sides = {(*POINTS, SOURCE_1): "input", (*POINTS, TO_LOAD): "output"}
    side = sides.get(point)
    return {"side": side} if side else None


# devices that no driver here is for, by what the device id begins with below L.4
DEVICES: Mapping[int, str] = {
    3: "a Liebert cooling unit",
    12: "a Liebert cooling unit",
    7: "a Liebert MultiLink notifier",
}
_PRODUCTS = oid(f"{ROOT}.4")


def family(device_id: SnmpValue | None) -> int | None:
    """Return the product family that a device id names: 2 UPSs, 3 cooling units and so on."""
    if not isinstance(device_id, tuple) or device_id[: len(_PRODUCTS)] != _PRODUCTS:
        return None
    return device_id[len(_PRODUCTS)] if len(device_id) > len(_PRODUCTS) else None


DEVICE_ID = "2.4.2.1.2"


def _device(_: Oid, siblings: Siblings) -> Place | None:
    """Leave out the row of a cooling unit beside a UPS."""
    return None if family(siblings(DEVICE_ID)) in DEVICES else {}


# values


def _frequency(value: float, look: Look, instance: Oid) -> float | None:
    """Read whole Hz, and tenths where an agent says those (card, 2.2.1.6)."""
    return round(value / 10, 1) if value > 100 else value


def _to_neutral(value: float, look: Look, instance: Oid) -> float | None:
    """Leave out 0 V to neutral where there is a voltage between the phases: not measured."""
    between = look.number(f"{_LINE}.4", instance)
    return None if value == 0 and between else value


# the state


def _inverter_source(value: SnmpValue, look: Look) -> Sign | tuple[Sign, ...]:
    """Tell what the load is fed from: on the inverter the input's source decides."""
    match look.number("3.5.3.31"):
        case 1:
            return _F.OFF
        case 2:
            sources: Mapping[float | None, Sign] = {
                1: _F.ON_BATTERY,
                2: _F.ON_LINE,
                3: _F.ON_LINE,
            }
            return sources.get(look.number("3.5.3.32"), ())
        case 3 | 4:
            return _F.BYPASS
        case _:
            return ()


def _load_source(value: SnmpValue, look: Look) -> Sign | tuple[Sign, ...]:
    """Tell by its point what feeds the load, as transfer switches do."""
    if not isinstance(value, tuple) or value[:-1] != POINTS:
        return ()
    signs: Mapping[int, Sign] = {
        **dict.fromkeys((SOURCE_1, SOURCE_2, PDU_1, PDU_2), _F.ON_LINE),
        BATTERY: _F.ON_BATTERY,
        BYPASS: _F.BYPASS,
    }
    return signs.get(value[-1], ())


OUTPUT_SOURCE: Words = {
    1: (),
    2: _F.OFF,
    3: _F.ON_LINE,
    4: _F.BYPASS,
    5: _F.ON_BATTERY,
    6: (_F.ON_LINE, _F.BOOSTING),
    7: (_F.ON_LINE, _F.TRIMMING),
}
"""lgpPwrStateUpsOutputSource; the flexible table's 4872 has the same numbers."""
GENERAL_ALARM = Alarm("The device has alarms", code="lgpSysState")
ABNORMAL = Alarm("Abnormal operation", code="lgpSysState", severity=Severity.CRITICAL)
_TESTS: Words = {
    # 1, unknown, says nothing: there are two such objects
    2: TestResult.PASSED,
    3: TestResult.ERROR,
    4: (TestResult.IN_PROGRESS, _F.TESTING),
    5: TestResult.ERROR,
    6: TestResult.NOT_POSSIBLE,
}
_ON_OFF = Write(kind=SettingKind.SWITCH, options=("no", "yes"))

_STATE = (
    # what feeds the load, the best first
    enum("3.5.3.55", OUTPUT_SOURCE, role=Role.POWER),
    Row(
        oid="3.5.3.31",
        when=When.STATUS,
        role=Role.POWER,
        says=_inverter_source,
        words={1: (_F.OFF, _F.ON_BATTERY, _F.ON_LINE, _F.BYPASS)},
    ),
    enum(
        "3.5.3.5",
        {0: (), 1: _F.ON_LINE, 2: _F.ON_BATTERY, 3: _F.BYPASS, 4: _F.OFF},
        role=Role.POWER,
    ),
    Row(
        oid="3.5.4.2",
        when=When.STATUS,
        role=Role.POWER,
        says=_load_source,
        words={1: _F.ON_LINE},
    ),
    enum(
        "3.5.3.32",
        {
            1: ("none", Special.INPUT_LOST),
            2: ("utility", Special.INPUT_PRESENT),
            3: ("generator", Special.INPUT_PRESENT),
        },
        "input.source",
    ),
    enum(
        "3.5.3.33",
        {
            # 1, failed, does not tell in which way
            2: ThresholdStatus.WARNING_LOW,
            3: ThresholdStatus.GOOD,
            4: ThresholdStatus.WARNING_HIGH,
        },
        "input.voltage.status",
    ),
    enum("3.5.3.10", {1: _F.BYPASS}),
    enum("3.5.3.11", {1: _F.BOOSTING}),
    enum("3.5.3.12", {1: _F.TRIMMING}),
    enum("3.5.3.58", {1: _F.ECO}),
    enum("3.5.1.26", {3: _F.LOW_BATTERY, 4: _F.LOW_BATTERY}),
    enum("3.7.2.2", {4: GENERAL_ALARM, 5: ABNORMAL}, when=When.STATUS),
)

# the tables

_AGENT = (
    text("2.1.3", "ups.firmware.aux"),
    number("2.1.6", "device.count", when=When.ONCE),
    enum("3.5.1.8", _TESTS, "ups.test.result"),
    enum("3.7.2.1", _TESTS, "ups.test.result"),
    enum(
        "3.7.3.1",
        # off silences only the present alarm (card, 1)
        {1: BeeperStatus.ENABLED, 2: BeeperStatus.MUTED},
        "ups.beeper.status",
        when=When.FULL,
    ),
    # the topology: neither is on-line
    enum("3.5.7.1", {1: UpsType.OFFLINE}, "ups.type", when=When.ONCE),
    enum("3.5.7.2", {1: UpsType.LINE_INTERACTIVE}, "ups.type", when=When.ONCE),
    enum("3.5.7.3", {}, when=When.ONCE),
    # of a transfer switch; OIDs of points
    text("3.5.4.1", when=When.RARE),
)

_BATTERY = (
    number("3.5.1.1", "battery.packs", when=When.RARE),
    number("3.5.1.2", "battery.packs.bad"),
    number(
        "3.5.1.5",
        "battery.runtime.low",
        scale=60,
        write=Write(minimum=0, maximum=86400, step=60),
    ),
    number(
        "3.5.1.9",
        "battery.runtime.nominal",
        scale=60,
        write=Write(minimum=60, maximum=86400, step=60),
    ),
    number("3.5.1.10", "battery.voltage.float", write=_VOLTS),
    number("3.5.1.11", "battery.voltage.low", write=_VOLTS),
    number(
        "3.5.1.12",
        "ups.test.interval",
        scale=3600,
        write=Write(minimum=0, maximum=365 * 86400, step=3600),
    ),
    enum(
        "3.5.1.14",
        {
            1: ChargerStatus.RESTING,
            3: (ChargerStatus.CHARGING, _F.CHARGING),
            4: (ChargerStatus.DISCHARGING, _F.DISCHARGING),
        },
        "battery.charger.status",
    ),
    number("3.5.1.18", "battery.runtime", scale=60, absent={65535}),
    number("3.5.1.19", "battery.charge"),
    number("3.5.1.20.1", "battery.packs.external", write=Write(minimum=0, maximum=100)),
    number(
        "3.5.1.20.3",
        "battery.capacity.nominal",
        scale=TENTH,
        write=Write(minimum=0, maximum=10000, step=0.1),
    ),
    number("3.5.1.25", "battery.runtime.elapsed"),
    enum(
        "3.5.1.27",
        {1: Alarm("Battery breaker open", code="lgpPwrBatteryCircuitBreakerState")},
        when=When.STATUS,
    ),
)

_SETTINGS = (
    enum("3.5.4.8", {1: "yes", 2: "no"}, "ups.start.auto", write=_ON_OFF),
    number("3.5.4.9", "ups.delay.start", write=Write(minimum=0, maximum=86400, step=10)),
    number("3.5.4.10", "battery.charge.restart", write=Write(minimum=0, maximum=100)),
    number("3.5.4.18", "ups.power.high", write=Write(minimum=0, maximum=10_000_000)),
    enum("3.5.4.21", {0: "disabled", 1: "mode1", 2: "mode2"}, "input.eco.switchable"),
    enum("3.5.4.14", {1: "enabled", 2: "disabled"}, "input.eco.switchable"),
    # commands of the output stand beside it; some agents let them be read
    *(number(f"3.5.6.{each}", when=When.ONCE) for each in range(3, 11)),
    number("3.7.4.1", when=When.ONCE),
)

_DEVICE = Table(
    index=Index(place=_device, needs=(DEVICE_ID,)),
    rows=(
        text("2.4.2.1.3", "device.mfr"),
        text("2.4.2.1.4", "device.model"),
        text("2.4.2.1.5", "ups.firmware"),
        text("2.4.2.1.7", "device.serial"),
        text("2.4.2.1.8", "ups.mfr.date"),
        text("2.4.2.1.15", "ups.id", write=NAME),
        text("2.4.2.1.16", "device.location", write=_SITE),
    ),
)


def _side_rows(side: str) -> tuple[Row, ...]:
    """Return what every measurement point of AC tells."""
    return (
        number(f"{_POINT}.3", f"{side}.phases", when=When.ONCE),
        number(f"{_POINT}.4", f"{side}.voltage.nominal", absent={0}, when=When.RARE),
        number(
            f"{_POINT}.5",
            f"{side}.frequency.nominal",
            absent={0},
            convert=_frequency,
            when=When.RARE,
        ),
        number(f"{_POINT}.6", f"{side}.frequency", convert=_frequency),
        number(f"{_POINT}.12", f"{side}.N.current"),
    )


_INPUT_POINT = (
    *_side_rows("input"),
    number(f"{_POINT}.7", "input.power"),
    number(f"{_POINT}.8", "input.realpower"),
    number(f"{_POINT}.9", "input.powerfactor", scale=HUNDREDTH),
    number(f"{_POINT}.10", "input.energy", scale=0.001),
)
_OUTPUT_POINT = (
    *_side_rows("output"),
    number(f"{_POINT}.7", "ups.power"),
    number(f"{_POINT}.8", "ups.realpower"),
    number(f"{_POINT}.9", "output.powerfactor", scale=HUNDREDTH),
    number(f"{_POINT}.10", "output.energy", scale=0.001),
    number(f"{_POINT}.11", "ups.load", scale=TENTH),
    number(f"{_POINT}.16", "ups.power.nominal", absent={0}, when=When.RARE),
    number(f"{_POINT}.17", "ups.realpower.nominal", absent={0}, when=When.RARE),
)


def _voltages(side: str) -> tuple[Row, ...]:
    """Return the voltages of a line, the column of single-phase units first."""
    return (
        number(f"{_LINE}.20", f"{side}.voltage"),
        number(
            f"{_LINE}.5",
            f"{side}.voltage",
            f"{side}.L{{phase}}-N.voltage",
            convert=_to_neutral,
        ),
        number(f"{_LINE}.4", f"{side}.voltage"),
        number(f"{_LINE}.6", f"{side}.current", f"{side}.L{{phase}}.current"),
    )


_INPUT_LINE = (
    *_voltages("input"),
    number(f"{_LINE}.8", "input.power", "input.L{phase}.power", total=Total.SUM),
    number(f"{_LINE}.9", "input.realpower", "input.L{phase}.realpower", total=Total.SUM),
    number(f"{_LINE}.14", "input.powerfactor", "input.L{phase}.powerfactor", scale=HUNDREDTH),
    number(f"{_LINE}.16", "input.voltage.maximum", "input.L{phase}-N.voltage.maximum", absent={0}),
    number(f"{_LINE}.17", "input.voltage.minimum", "input.L{phase}-N.voltage.minimum", absent={0}),
)
_OUTPUT_LINE = (
    *_voltages("output"),
    number(f"{_LINE}.8", "ups.power", "output.L{phase}.power", total=Total.SUM),
    number(f"{_LINE}.9", "ups.realpower", "output.L{phase}.realpower", total=Total.SUM),
    number(f"{_LINE}.18", "output.reactivepower", "output.L{phase}.reactivepower"),
    number(f"{_LINE}.13", "output.crestfactor", "output.L{phase}.crestfactor", scale=TENTH),
    number(f"{_LINE}.14", "output.powerfactor", "output.L{phase}.powerfactor", scale=HUNDREDTH),
    number(f"{_LINE}.19", "ups.load", "output.L{phase}.power.percent", total=Total.LARGEST),
    number(f"{_LINE}.21", "ups.load", "output.L{phase}.power.percent", total=Total.LARGEST),
    number(f"{_LINE}.7", "ups.load", "output.L{phase}.realpower.percent", total=Total.LARGEST),
)


def _between(side: str, places: Places) -> Table:
    """Return the voltages between the phases: the first is L1-L2."""
    return Table(
        index=_lines(places, between=True),
        phases="",
        rows=(number(f"{_LINE}.4", f"{side}.L{{phase}}-L{{to}}.voltage"),),
    )


_MEASURED = (
    # of a system of several modules the whole counts last: point 5 is what feeds this load
    Table(index=_points(_INPUT), rows=_INPUT_POINT),
    Table(index=_points(_OTHER_INPUT), rows=_INPUT_POINT),
    Table(index=_points(_OUTPUT), rows=_OUTPUT_POINT),
    Table(index=_points(_OTHER_OUTPUT), rows=_OUTPUT_POINT),
    Table(index=_points({BYPASS: _HERE}), rows=_side_rows("input.bypass")),
    Table(index=_lines(_INPUT), phases="", rows=_INPUT_LINE),
    Table(index=_lines(_OTHER_INPUT), phases="", rows=_INPUT_LINE),
    Table(index=_lines(_OUTPUT), phases="", rows=_OUTPUT_LINE),
    Table(index=_lines(_OTHER_OUTPUT), phases="", rows=_OUTPUT_LINE),
    Table(index=_lines({BYPASS: _HERE}), phases="", rows=_voltages("input.bypass")),
    _between("input", _INPUT),
    _between("output", _OUTPUT),
    _between("input.bypass", {BYPASS: _HERE}),
    Table(
        index=named(f"{_DC}.2", {(*POINTS, BATTERY): _HERE}),
        rows=(
            number(f"{_DC}.4", "battery.voltage"),
            number(f"{_DC}.5", "battery.current"),
            number(f"{_DC}.6", "battery.voltage.nominal", absent={0}, when=When.RARE),
        ),
    ),
    Table(
        index=Index(place=_cabinet, needs=(f"{_DC}.2",)),
        rows=(
            number(f"{_DC}.4", "battery.{pack}.voltage"),
            number(f"{_DC}.5", "battery.{pack}.current"),
        ),
    ),
    Table(
        index=Index(place=_threshold, needs=("3.5.4.7.1.2", "3.5.4.7.1.4")),
        rows=tuple(
            number(f"3.5.4.7.1.{column}", f"{{side}}.voltage.{limit}", absent={0}, when=When.RARE)
            for column, limit in (
                (5, "high.warning"),
                (6, "high.critical"),
                (7, "low.warning"),
                (8, "low.critical"),
            )
        ),
    ),
)

# the sources of a transfer switch, beside the input of other devices


def is_ats(look: Look, _: Oid = ()) -> bool:
    """Tell a transfer switch."""
    return look.facts.get("kind") == "ats"


_SOURCES: Places = {SOURCE_1: {"source": 1}, SOURCE_2: {"source": 2}}


def _first_line(instance: Oid, siblings: Siblings) -> Place | None:
    """Return the source of a line: three phases have no names, so the first speaks for all."""
    place = _lines(_SOURCES).place(instance, siblings)
    if place is None or place["phase"] != 1:
        return None
    return {"source": place["source"]}


_ATS = (
    Table(
        index=_points(_SOURCES),
        is_alive=is_ats,
        rows=(
            number(f"{_POINT}.6", "input.{source}.frequency", convert=_frequency),
            number(f"{_POINT}.8", "input.{source}.realpower"),
        ),
    ),
    Table(
        index=Index(place=_first_line, needs=(f"{_LINE}.3", f"{_POINT}.2")),
        is_alive=is_ats,
        rows=(
            number(f"{_LINE}.20", "input.{source}.voltage"),
            number(f"{_LINE}.5", "input.{source}.voltage", convert=_to_neutral),
            number(f"{_LINE}.4", "input.{source}.voltage"),
            number(f"{_LINE}.6", "input.{source}.current"),
        ),
    ),
)

# climate

_DEGREES, _HUMIDITY = "3.4.1.3.3.1", "3.4.2.2.3.1"
_SENSORS = oid(f"{ROOT}.3.4.1.1")
_AMBIENT = {(*_SENSORS, 4): _HERE, (*_SENSORS, 15): _HERE}
_LIMIT = Write(minimum=-40, maximum=100, step=0.1)
_WHOLE_LIMIT = Write(minimum=-40, maximum=100)

_CLIMATE = (
    Table(
        index=named(
            f"{_DEGREES}.2",
            {
                (*_SENSORS, 4): {"where": "ambient"},
                (*_SENSORS, 5): {"where": "ups"},
                (*_SENSORS, 6): {"where": "battery"},
                (*_SENSORS, 9): {"where": "ups"},
                (*_SENSORS, 10): {"where": "ups"},
                (*_SENSORS, 10, 1): {"where": "ups"},
                (*_SENSORS, 15): {"where": "ambient"},
            },
        ),
        rows=(
            number(f"{_DEGREES}.50", "{where}.temperature", scale=TENTH),
            number(f"{_DEGREES}.3", "{where}.temperature"),
        ),
    ),
    Table(
        index=named(f"{_DEGREES}.2", _AMBIENT),
        rows=(
            number(f"{_DEGREES}.51", "ambient.temperature.high", scale=TENTH, write=_LIMIT),
            number(f"{_DEGREES}.52", "ambient.temperature.low", scale=TENTH, write=_LIMIT),
            number(f"{_DEGREES}.4", "ambient.temperature.high", write=_WHOLE_LIMIT),
            number(f"{_DEGREES}.5", "ambient.temperature.low", write=_WHOLE_LIMIT),
        ),
    ),
    Table(
        index=Index(place=lambda _, __: {}),
        rows=(
            number(f"{_HUMIDITY}.50", "ambient.humidity", scale=TENTH),
            number(f"{_HUMIDITY}.3", "ambient.humidity"),
        ),
    ),
)

# switched circuits: the older column has other numbers, and no cycle

CIRCUIT, OLD_CIRCUIT = "3.5.6.2.1.5", "3.5.6.2.1.4"
_CIRCUITS = Table(
    index=last("outlet"),
    rows=(
        enum(CIRCUIT, {0: OutletStatus.OFF, 1: OutletStatus.ON}, "outlet.{outlet}.status"),
        enum(OLD_CIRCUIT, {1: OutletStatus.ON, 2: OutletStatus.OFF}, "outlet.{outlet}.status"),
    ),
)

CARD = Table(rows=(text("2.1.1", "device.mfr"),))
"""The maker of the card, where it does not know that of the device."""
TABLES = (
    Table(rows=(*_STATE, *_AGENT, *_BATTERY, *_SETTINGS)),
    _DEVICE,
    *_MEASURED,
    # superseded by the rating of the output
    Table(rows=(number("3.5.9.1", "ups.power.nominal", absent={0}, when=When.RARE),)),
    *_ATS,
    *_CLIMATE,
    _CIRCUITS,
)
