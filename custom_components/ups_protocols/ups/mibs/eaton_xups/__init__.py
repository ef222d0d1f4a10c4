"""Eaton and Powerware UPSs (XUPS), also behind a Power Xpert gateway: card snmp-eaton-xups.md.

Documents: Xups.mib (Powerware), the newest XUPS-MIB (Network-M2 and M3), EATON-PXG-MIB. Beeper,
low-battery time and other shutdowns come from RFC 1628 on the same card.
"""

from collections.abc import Callable
from dataclasses import replace

from ...links.base import Oid, SnmpValue
from ...model import Alarm, Setting, Severity, Status, StatusFlag, Value
from ...names import RangeStatus, TestResult
from ..dates import LONG_DATE, iso_date
from ..eaton_emp import emp
from ..eaton_sensors import SENSOR_TRAPS, SENSORS, learn_sensors, sensor_settings
from ..status import POWER_FLAGS, judge as weigh, settle
from ..table import (
    AlarmTable,
    Convert,
    Facts,
    Index,
    Look,
    Mib,
    Place,
    Role,
    Row,
    Siblings,
    Sign,
    Signs,
    Special,
    Table,
    Total,
    Traps,
    When,
    Write,
    as_signs,
    enum,
    last,
    number,
    oid,
    text,
)
from ..values import as_number
from .orders import HOST_SIDE, ORDERS, obeys
from .words import (
    ALARMS,
    BATTERY,
    EVENTS,
    GATEWAY_EVENTS,
    GATEWAY_LOW,
    GATEWAY_SOURCES,
    INPUT_SOURCES,
    LAST_SOURCE,
    LOW,
    OFF,
    ON_LINE,
    OUTLET,
    SOURCES,
    STUCK,
    TESTING,
    TESTS,
    TOPOLOGIES,
    alarm,
)

_TENTH, _HUNDREDTH, _KILO = 0.1, 0.01, 0.001
_SIGNED: frozenset[int] = frozenset()
"""-1 is a value of what has a sign."""
_NOTHING = frozenset({-1, 0})
_DEGREES = Write(minimum=-40, maximum=150)

# the gateway

_GATEWAY = oid("E.534.2.12")
_OBJECT_ID = "1.3.6.1.2.1.1.2"
_PXG = "E.534.8.1.1.2"
_CLEARED = {5, 6}


def _learn(look: Look) -> Facts:
    """Find out whether a Power Xpert gateway answers: by its id, or by the alarms of its MIB."""
    object_id = look.value(_OBJECT_ID)
    is_gateway = (
        isinstance(object_id, tuple) and object_id[: len(_GATEWAY)] == _GATEWAY
    ) or look.value(f"{_PXG}.1") is not None
    return {**learn_sensors(look), **({"gateway": "yes"} if is_gateway else {})}


def _judge(signs: Signs) -> Status:
    """Weigh the signs.

    The numbers of a gateway's output source are not sure to be those of the MIB: the alarms go
    first. Its high ones mean nothing elsewhere.
    """
    source = signs.look.number("4.5")
    if source is None:
        return weigh(signs)
    power = signs.power
    if "gateway" in signs.look.facts:
        if source <= LAST_SOURCE:
            power = frozenset({GATEWAY_LOW.get(int(source), ON_LINE)})
        alarmed = settle(signs.alarmed & POWER_FLAGS)
        power = (alarmed or power & POWER_FLAGS) | (power - POWER_FLAGS)
    elif source > LAST_SOURCE:
        power = frozenset()
    return weigh(replace(signs, power=power))


def _gateway_alarm(value: SnmpValue, look: Look, instance: Oid) -> Sign | tuple[Sign, ...]:
    """Read an alarm of the gateway: a text that is ready to show."""
    said = look.text(f"{_PXG}.2.1.3", instance) or look.text(f"{_PXG}.2.1.4", instance)
    if said is None:
        return ()
    is_critical = look.number(f"{_PXG}.2.1.5", instance) == 1
    severity = Severity.CRITICAL if is_critical else Severity.WARNING
    return Alarm(said, code=f"alarmID.{instance[-1]}", severity=severity)


# values


def _unless_both_zero(other: str) -> Convert:
    """Leave out 0 where its partner is 0 too: neither is measured."""

    def convert(value: float, look: Look, _: Oid) -> float | None:
        return None if value == 0 and look.number(other) in {0, None} else value

    return convert


def _date(said: str, look: Look, instance: Oid) -> Value | None:
    return iso_date(said.partition(":")[0], look, instance)


def _time(said: str, _: Look, __: Oid) -> Value | None:
    return said.partition(":")[2] or None


def _mend(values: dict[str, Value], look: Look) -> None:
    """Tell the result of another test where the UPS has no battery test to tell of."""
    if values.get("ups.test.result", TestResult.UNKNOWN) == TestResult.UNKNOWN:
        for said in as_signs(TESTS.get(int(look.number("8.4") or 0), ())):
            if isinstance(said, TestResult):
                values["ups.test.result"] = str(said)


def _settings(found: dict[str, Setting], look: Look) -> None:
    """Leave out the date of the battery with newer cards: there it is only read."""
    if look.value("2.7") is not None or look.value("1.6") is not None:
        found.pop("battery.date", None)
    sensor_settings(found, look)


def _yes(where: str, said: Sign) -> Row:
    """Describe an object that is 1 when something is so, 2 when not."""
    return enum(where, {1: said}, when=When.STATUS)


# lines: a column says between which of them the voltage of a row is

_BETWEEN = {4: "L1-L2", 5: "L2-L3", 6: "L3-L1"}


def _phase(ids: str, count: str) -> Index:
    """Take rows of one phase to neutral; that of a single-phase unit is one, whatever it says."""

    def place(instance: Oid, siblings: Siblings) -> Place | None:
        which = as_number(siblings(ids))
        if as_number(siblings(count)) == 1 and instance[-1:] == (1,):
            return {"phase": 1}
        if which in _BETWEEN:
            return None
        return {"phase": int(which) if which in {1, 2, 3} else instance[-1]}

    return Index(place=place, needs=(ids,))


def _line(ids: str, count: str) -> Index:
    """Take the rows between two phases."""

    def place(instance: Oid, siblings: Siblings) -> Place | None:
        if as_number(siblings(count)) == 1:
            return None
        line = _BETWEEN.get(int(as_number(siblings(ids)) or 0))
        return None if line is None else {"line": line}

    return Index(place=place, needs=(ids,))


def _has_voltage(column: str) -> Callable[[Look, Oid], bool]:
    return lambda look, instance: bool(look.number(column, instance))


def _voltages(table: str, count: str, ids: str, side: str) -> tuple[Table, ...]:
    voltage = f"{table}.2"
    return (
        Table(
            index=_phase(ids, count),
            phases=count,
            rows=(number(voltage, f"{side}.voltage", f"{side}.L{{phase}}-N.voltage"),),
        ),
        Table(
            index=_line(ids, count),
            is_alive=_has_voltage(voltage),
            rows=(number(voltage, f"{side}.{{line}}.voltage"),),
        ),
    )


def _stuck(value: SnmpValue, _: Look, instance: Oid) -> Sign | tuple[Sign, ...]:
    how = STUCK.get(int(as_number(value) or 0))
    if how is None:
        return ()
    return alarm(
        f"xupsRecepStatus.{instance[-1]}",
        f"Outlet {instance[-1]}: its contact is stuck {how}",
        Severity.CRITICAL,
    )


def _has_two_feeds(look: Look, _: Oid) -> bool:
    """Tell whether there is a second feed: the UPS watches it, or has seen it."""
    return look.number("3.7") == 2 or look.number("3.6") in {3, 4}


def _feed(source: int, good: set[int]) -> Table:
    words = {
        each: RangeStatus.GOOD if each in good else RangeStatus.OUT_OF_RANGE
        for each in (1, 2, 3, 4)
    }
    return Table(
        index=Index(place=lambda _, __: {"source": source}),
        is_alive=_has_two_feeds,
        rows=(enum("3.6", words, "input.{source}.status"),),
    )


_SCALARS = Table(
    rows=(
        # for learn
        text(_OBJECT_ID),
        # identity (1), the card (14)
        text("1.1", "device.mfr"),
        text("1.2", "device.model"),
        text("1.3", "ups.firmware"),
        text("1.5", "device.part"),
        text("1.6", "device.serial"),
        text("14.3", "ups.firmware.aux"),
        enum("13.1", TOPOLOGIES, "ups.type", when=When.ONCE),
        # the power, with xupsOutputSource first
        enum("4.5", {**SOURCES, **GATEWAY_SOURCES}, role=Role.POWER),
        enum("3.5", INPUT_SOURCES, "input.source"),
        enum(
            "3.9",
            {
                1: (Special.INPUT_LOST, alarm("xupsInputStatus", "No good input")),
                2: Special.INPUT_PRESENT,
            },
        ),
        number("3.7", when=When.RARE),
        enum(
            "4.10",
            {
                1: OFF,
                2: alarm("outputNotProtected", "Output not protected", Severity.CRITICAL),
            },
            when=When.STATUS,
        ),
        # battery (2)
        enum("2.5", BATTERY, "battery.charger.status"),
        _yes("2.7", alarm("xupsBatteryFailure", "Battery fault", Severity.CRITICAL)),
        _yes("2.8", alarm("xupsBatteryNotPresent", "No battery", Severity.CRITICAL)),
        _yes("2.9", StatusFlag.REPLACE_BATTERY),
        _yes("2.10", LOW),
        number("2.1", "battery.runtime"),
        number("2.2", "battery.voltage", absent=_NOTHING),
        # positive while the battery gives power
        number("2.3", "battery.current", absent=_SIGNED),
        number("2.4", "battery.charge"),
        text("2.6", "battery.date", when=When.RARE, convert=iso_date, write=LONG_DATE),
        # test (8)
        enum("8.2", TESTS, "ups.test.result"),
        enum("8.4", {4: TESTING}),
        # input (3), output (4), bypass (5)
        number("3.1", "input.frequency", scale=_TENTH),
        number("3.2", "input.quality"),
        number("3.3", "input.phases", when=When.ONCE, absent=_NOTHING),
        number("4.1", "ups.load"),
        number("4.2", "output.frequency", scale=_TENTH),
        number("4.3", "output.phases", when=When.ONCE, absent=_NOTHING),
        number("4.7", "output.energy", scale=_KILO),
        number("5.1", "input.bypass.frequency", scale=_TENTH),
        number("5.2", "input.bypass.phases", when=When.ONCE, absent=_NOTHING),
        # around the UPS or its card (6)
        number("6.1", "ups.temperature", absent=_SIGNED, convert=_unless_both_zero("6.4")),
        number("6.2", "ups.temperature.low", absent=_SIGNED, write=_DEGREES),
        number("6.3", "ups.temperature.high", absent=_SIGNED, write=_DEGREES),
        number("6.4", "ups.humidity", absent=_NOTHING),
        # what counts down (9); 0 is nothing
        number("9.1", "ups.timer.shutdown", absent=_NOTHING),
        number("9.2", "ups.timer.start", absent=_NOTHING),
        number("9.5", when=When.ONCE),
        number("9.6", when=When.ONCE),
        enum("9.7", {1: "yes", 2: "no"}, "outlet.switchable", when=When.RARE),
        number("8.1", when=When.ONCE),
        # configuration (10)
        number("10.1", "output.voltage.nominal", when=When.RARE, absent=_NOTHING),
        number("10.2", "input.voltage.nominal", when=When.RARE, absent=_NOTHING),
        number("10.3", "ups.realpower.nominal", when=When.RARE, absent=_NOTHING),
        number("10.4", "output.frequency.nominal", scale=_TENTH, when=When.RARE, absent=_NOTHING),
        text("10.5", "ups.date", when=When.FULL, convert=_date),
        text("10.5", "ups.time", when=When.FULL, convert=_time),
        number("10.6", "output.voltage.low", when=When.RARE, absent=_NOTHING),
        number("10.7", "output.voltage.high", when=When.RARE, absent=_NOTHING),
        number("12.1", "outlet.count", role=Role.COUNT),
    )
)

_PHASES = (
    *_voltages("3.4.1", "3.3", "3.4.1.5", "input"),
    Table(
        index=last("phase"),
        phases="3.3",
        rows=(
            number("3.4.1.7", "input.current", "input.L{phase}.current", scale=_TENTH),
            number("3.4.1.3", "input.current", "input.L{phase}.current"),
            number("3.4.1.4", "input.realpower", "input.L{phase}.realpower", total=Total.SUM),
        ),
    ),
    *_voltages("4.4.1", "4.3", "4.4.1.5", "output"),
    Table(
        index=last("phase"),
        phases="4.3",
        rows=(
            number("4.4.1.7", "output.current", "output.L{phase}.current", scale=_TENTH),
            number("4.4.1.3", "output.current", "output.L{phase}.current"),
            number("4.4.1.4", "ups.realpower", "output.L{phase}.realpower", total=Total.SUM),
            number("4.4.1.8", "output.L{phase}.power.percent"),
            number("4.4.1.9", "ups.power", "output.L{phase}.power", total=Total.SUM),
        ),
    ),
    *_voltages("5.3.1", "5.2", "5.3.1.3", "input.bypass"),
    Table(
        index=last("phase"),
        phases="5.2",
        rows=(
            number(
                "5.3.1.5", "input.bypass.current", "input.bypass.L{phase}.current", scale=_TENTH
            ),
            number(
                "5.3.1.6",
                "input.bypass.realpower",
                "input.bypass.L{phase}.realpower",
                total=Total.SUM,
            ),
        ),
    ),
)
_TOTALS = Table(
    # a single phase has told all of it; of three these are the whole
    rows=(
        number("3.8.1", "input.voltage"),
        number("3.8.2", "input.current", scale=_TENTH),
        number("3.8.3", "input.realpower"),
        number("3.8.4", "input.power"),
        number("3.8.5", "input.powerfactor", scale=_HUNDREDTH),
        number("4.9.1", "output.voltage"),
        number("4.9.2", "output.current", scale=_TENTH),
        number("4.9.3", "ups.realpower"),
        number("4.9.4", "ups.power"),
        number("4.9.5", "output.powerfactor", scale=_HUNDREDTH),
        number("5.4.1", "input.bypass.voltage"),
        number("5.4.2", "input.bypass.current", scale=_TENTH),
        number("5.4.3", "input.bypass.realpower"),
        number("5.4.4", "input.bypass.power"),
    )
)
_OUTLETS = Table(
    index=last("outlet"),
    rows=(
        replace(enum("12.2.1.2", OUTLET, "outlet.{outlet}.status"), says_at=_stuck),
        number("12.2.1.3", "outlet.{outlet}.timer.shutdown"),
        number("12.2.1.4", "outlet.{outlet}.timer.start"),
        # -1 is never
        number(
            "12.2.1.5", "outlet.{outlet}.delay.shutdown", write=Write(minimum=-1, maximum=32767)
        ),
        number("12.2.1.6", "outlet.{outlet}.delay.start", write=Write(minimum=-1, maximum=32767)),
        number("12.2.1.9", "outlet.{outlet}.energy", scale=_KILO),
    ),
)

mib = Mib(
    id="eaton-xups",
    title="Eaton and Powerware XUPS-MIB",
    root="E.534.1",
    tables=(
        _SCALARS,
        *_PHASES,
        _TOTALS,
        _feed(1, {2, 4}),
        _feed(2, {3, 4}),
        _OUTLETS,
        *emp("6", 5),
        *SENSORS,
    ),
    alarms=(
        AlarmTable(count="7.1", column="7.2.1.2", meanings=ALARMS),
        AlarmTable(
            count=f"{_PXG}.1",
            column=f"{_PXG}.2.1.3",
            meanings={},
            needs=(f"{_PXG}.2.1.4", f"{_PXG}.2.1.5"),
            is_active=lambda look, row: look.number(f"{_PXG}.2.1.5", row) not in _CLEARED,
            says=_gateway_alarm,
        ),
    ),
    orders=ORDERS,
    host_side=HOST_SIDE,
    traps=(
        Traps(roots=("E.534.1.11.4.1",), events=EVENTS),
        # acknowledged, closed and updated are read after as well
        Traps(roots=("E.534.8.1",), events=GATEWAY_EVENTS),
        *SENSOR_TRAPS,
    ),
    judge=_judge,
    learn=_learn,
    mend=_mend,
    settings=_settings,
    obeys=obeys,
    absent=frozenset({-1}),
)
