"""MGE's UPS MIB: Pulsar, Comet, Galaxy and Eaton cards before Network-M2: card snmp-mge.md.

Documents: mgeups.mib, MG-SNMP-UPS-MIB 1.7 (Pulsar) and its newest form. The MIB names no units
but those of the probes; the scales are those that a recorded 5PX proves. What the MIB cannot do,
shutdown above all, the same cards take by RFC 1628.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from ..errors import Unsupported
from ..links.base import Oid, SnmpValue
from ..model import (
    Alarm,
    Command,
    Danger,
    Parameter,
    SettingKind,
    Severity,
    Status,
    StatusFlag,
    Value,
)
from ..names import (
    BeeperStatus,
    ContactStatus,
    OutletStatus,
    TestResult,
    ThresholdStatus,
    TransferReason,
)
from .eaton_emp import emp
from .status import judge as weigh
from .table import (
    Given,
    Look,
    Mib,
    Order,
    Put,
    Role,
    Row,
    Sign,
    Signs,
    Special,
    Table,
    Total,
    Traps,
    When,
    Write,
    enum,
    first,
    number,
    sign,
    text,
)
from .values import as_number

OFF, BYPASS = StatusFlag.OFF, StatusFlag.BYPASS
_CRITICAL = Severity.CRITICAL
_TENTH = 0.1
_DAY = 86400
_SIGNED: frozenset[int] = frozenset()
"""-1 is a value of what has a sign."""

# status


def _alarm(code: str, said: str, severity: Severity = Severity.WARNING) -> Alarm:
    return Alarm(said, code=code, severity=severity)


def _yes(where: str, *said: Sign) -> Row:
    """Describe an object that is 1 when something is so, 2 when not."""
    return enum(where, {1: said}, when=When.STATUS)


_NO_BATTERY = _alarm("upsmgBatteryNoBattery", "No battery")
_PROBE_LOST = _alarm("upsmgEnvironmentComFailure", "Environment probe lost")


def _link(said: SnmpValue, _: Look) -> Sign | tuple[Sign, ...]:
    """Read upsmgAgentCommUPS: even is a card that has lost its UPS."""
    value = as_number(said)
    return Special.STALE if value is not None and value % 2 == 0 else ()


def _judge(signs: Signs) -> Status:
    """Weigh the signs: on bypass the load is not on line, whatever upsmgOutputOnBattery says.

    Off is what RFC 1628 says of the output: this MIB has no word for it, upsmgOutputUtilityOff
    means mains and upsmgOutputInverterOff is usual for a line-interactive unit.
    """
    return weigh(replace(signs, power=frozenset(), others=signs.power | signs.others))


_STATUS = (
    enum("7.3", {1: StatusFlag.ON_BATTERY, 2: StatusFlag.ON_LINE}, role=Role.POWER),
    _yes("7.4", BYPASS),
    enum("7.7", {1: Special.INPUT_LOST, 2: Special.INPUT_PRESENT}),
    _yes("7.8", StatusFlag.BOOSTING),
    _yes("7.12", StatusFlag.TRIMMING),
    _yes("7.10", StatusFlag.OVERLOADED),
    _yes("5.14", StatusFlag.LOW_BATTERY),
    _yes("5.16", StatusFlag.LOW_BATTERY),
    _yes("5.11", StatusFlag.REPLACE_BATTERY),
    _yes("5.9", _alarm("upsmgBatteryFaultBattery", "Battery fault", _CRITICAL)),
    _yes("5.10", _NO_BATTERY),
    _yes("5.12", _alarm("upsmgBatteryUnavailableBattery", "Battery unavailable", _CRITICAL)),
    _yes("5.15", _alarm("upsmgBatteryChargerFault", "Charger fault", _CRITICAL)),
    _yes("6.3", _alarm("upsmgInputBadStatus", "Input voltage or frequency out of tolerance")),
    _yes("7.5", _alarm("upsmgOutputUnavailableByPass", "Bypass unavailable")),
    _yes("7.11", _alarm("upsmgOutputOverTemp", "Over temperature", _CRITICAL)),
    enum("4.1", {2: _NO_BATTERY}, when=When.RARE),
    sign("12.13", _link),
)

# values


def _model(family: str, look: Look, _: Oid) -> str:
    """Put family and model together, where the family does not hold the model already."""
    model = look.text("1.2")
    return family if not model or model in family else f"{family} {model}"


def _unless_both_zero(other: str) -> Callable[[float, Look, Oid], float | None]:
    """Leave out 0 where its partner is 0 too: neither is measured."""

    def convert(value: float, look: Look, _: Oid) -> float | None:
        return None if value == 0 and look.number(other) in {0, None} else value

    return convert


def _nominal_frequency(value: float, _: Look, __: Oid) -> float:
    """Mend what the MIB leaves open: more than 100 must be tenths."""
    return value / 10 if value > 100 else value


def _not_zero(said: str, _: Look, __: Oid) -> str | None:
    return None if said == "0" else said


_INTERVALS: Mapping[int, int] = {2: 7 * _DAY, 3: 30 * _DAY, 5: 0, 6: _DAY}


def _interval(value: float, _: Look, __: Oid) -> float | None:
    """Return upsmgTestBatterySchedule in seconds; each start of the UPS is no interval."""
    return _INTERVALS.get(int(value))


def _schedule(value: Value) -> int:
    """Return what stands for an interval. Raises Unsupported."""
    for schedule, seconds in _INTERVALS.items():
        if value in {seconds, str(seconds)}:
            return schedule
    allowed = ", ".join(map(str, sorted(_INTERVALS.values())))
    raise Unsupported(f"the time between two tests must be one of {allowed} seconds")


_PERCENT = Write(maximum=100)
_VOLTS = Write(minimum=1, maximum=1000)
_SECONDS = Write(maximum=65535)
_NONE = {-1, 0}

_UNIT = (
    text("1.1", "device.model", convert=_model),
    text("1.2", "device.model"),
    text("1.4", "ups.firmware"),
    text("12.12", "ups.firmware.aux"),
    text("1.5", "ups.id", write=Write(kind=SettingKind.TEXT, length=32)),
    text("1.7", "device.serial"),
    # battery
    number("5.1", "battery.runtime"),
    number("5.2", "battery.charge"),
    number("5.5", "battery.voltage", scale=_TENTH),
    number("5.6", "battery.current", scale=_TENTH, absent=_SIGNED),
    number("5.7", "battery.temperature", absent=_SIGNED, convert=_unless_both_zero("5.6")),
    number("5.8", "battery.runtime.full"),
    # input and output
    number("6.1", "input.phases", when=When.ONCE, absent=_NONE),
    enum(
        "6.4",
        {
            1: TransferReason.NONE,
            2: TransferReason.VOLTAGE_OUT_OF_RANGE,
            3: TransferReason.FREQUENCY_OUT_OF_RANGE,
            4: TransferReason.BLACKOUT,
        },
        "input.transfer.reason",
    ),
    number("7.1", "output.phases", when=When.ONCE, absent=_NONE),
    # tests; none says nothing: RFC 1628 may know more
    enum(
        "10.11",
        {1: TestResult.PASSED, 2: TestResult.ERROR, 3: TestResult.PASSED, 4: TestResult.ERROR},
        "ups.test.result",
    ),
    enum("10.3", {1: TestResult.PASSED, 2: TestResult.ERROR}, "ups.test.result"),
    text("10.5", "ups.test.date", when=When.RARE, convert=_not_zero),
    number(
        "10.1",
        "ups.test.interval",
        convert=_interval,
        write=Write(maximum=30 * _DAY, step=_DAY, encode=_schedule),
    ),
    # for the commands
    number("10.2", when=When.ONCE),
    number("10.4", when=When.ONCE),
    # ratings
    number("4.2", "battery.voltage.nominal", when=When.RARE, absent=_NONE),
    number("4.3", "battery.runtime.nominal", when=When.RARE, absent=_NONE),
    number("4.12", "ups.power.nominal", when=When.RARE, absent=_NONE),
    number("4.15", "output.voltage.nominal", when=When.RARE, absent=_NONE),
    number("4.16", "output.current.nominal", when=When.RARE, absent=_NONE),
    number(
        "4.17",
        "output.frequency.nominal",
        when=When.RARE,
        absent=_NONE,
        convert=_nominal_frequency,
    ),
    # settings; 4.10, after how long on battery the UPS goes off, is no delay of a command: a
    # 20 s meant for one would end each outage after 20 s
    number("4.5", "battery.charge.restart", write=_PERCENT),
    number("4.7", "battery.runtime.low", write=_SECONDS),
    number("4.8", "battery.charge.low", write=_PERCENT),
    enum(
        "4.9",
        # of always and "on mains" the second is what the variable means
        {3: "yes", 2: "no", 1: "yes"},
        "ups.start.auto",
        write=Write(kind=SettingKind.SWITCH, options=("no", "yes")),
    ),
    # the description calls it Sn, which is U-Talk's delay of a shutdown
    number("4.11", "ups.delay.shutdown", write=_SECONDS),
    number("4.13", "input.transfer.low", absent=_NONE, write=_VOLTS),
    number("4.14", "input.transfer.high", absent=_NONE, write=_VOLTS),
    number("4.30", "input.transfer.boost.low", absent=_NONE, write=_VOLTS),
    number("4.31", "input.transfer.boost.high", absent=_NONE, write=_VOLTS),
    number("4.32", "input.transfer.trim.low", absent=_NONE, write=_VOLTS),
    number("4.33", "input.transfer.trim.high", absent=_NONE, write=_VOLTS),
    enum("4.19", {1: BeeperStatus.ENABLED, 2: BeeperStatus.DISABLED}, "ups.beeper.status"),
    # what there is of other things
    number("3.1", "outlet.count", when=When.RARE, role=Role.COUNT, absent=_NONE),
    number("8.6", "ambient.count", role=Role.COUNT, absent=_NONE),
    number("8.1", "ambient.temperature", scale=_TENTH, convert=_unless_both_zero("8.2")),
    number("8.2", "ambient.humidity", scale=_TENTH, convert=_unless_both_zero("8.1")),
)

# phases


def _has_own_values(*columns: str) -> Callable[[Look, Oid], bool]:
    """Tell a row of a phase that is there where the unit does not say how many there are.

    A recorded single-phase unit has three output rows with the same values, and input rows of
    zeros.
    """

    def is_alive(look: Look, instance: Oid) -> bool:
        values = [look.number(column, instance) for column in columns]
        first_values = [look.number(column, (1, *instance[1:])) for column in columns]
        return any(values) and (instance[0] == 1 or values != first_values)

    return is_alive


_INPUT = Table(
    # the phase comes first, and a 0 behind it; minimum and maximum also without a phase
    index=first("phase"),
    phases="6.1",
    is_alive=_has_own_values("6.2.1.2", "6.2.1.3", "6.2.1.6"),
    rows=(
        number("6.2.1.2", "input.voltage", "input.L{phase}-N.voltage", scale=_TENTH),
        number(
            "6.2.1.3",
            "input.frequency",
            "input.L{phase}.frequency",
            scale=_TENTH,
            total=Total.FIRST,
        ),
        number(
            "6.2.1.4",
            "input.voltage.minimum",
            "input.L{phase}-N.voltage.minimum",
            scale=_TENTH,
        ),
        number(
            "6.2.1.5",
            "input.voltage.maximum",
            "input.L{phase}-N.voltage.maximum",
            scale=_TENTH,
        ),
        number("6.2.1.6", "input.current", "input.L{phase}.current", scale=_TENTH),
    ),
)
_OUTPUT = Table(
    index=first("phase"),
    phases="7.1",
    is_alive=_has_own_values("7.2.1.2", "7.2.1.3", "7.2.1.4", "7.2.1.5"),
    rows=(
        number("7.2.1.2", "output.voltage", "output.L{phase}-N.voltage", scale=_TENTH),
        number(
            "7.2.1.3",
            "output.frequency",
            "output.L{phase}.frequency",
            scale=_TENTH,
            total=Total.FIRST,
        ),
        number("7.2.1.4", "ups.load", "output.L{phase}.power.percent", total=Total.LARGEST),
        number("7.2.1.5", "output.current", "output.L{phase}.current", scale=_TENTH),
    ),
)

# outlets

_ON, _OFF = OutletStatus.ON, OutletStatus.OFF
_OUTLETS = Table(
    index=first("outlet"),
    rows=(
        text("3.2.1.3", "outlet.{outlet}.type"),
        text("3.2.1.4", "outlet.{outlet}.name", write=Write(kind=SettingKind.TEXT, length=32)),
        enum(
            "3.2.1.5",
            {1: _ON, 2: _OFF, 3: _ON, 4: _OFF, 5: _ON, 6: _OFF, 7: _ON, 8: _OFF},
            "outlet.{outlet}.status",
        ),
        number("4.23.1.5", "outlet.{outlet}.battery.charge.low", write=_PERCENT),
        number("4.23.1.6", "outlet.{outlet}.delay.shutdown", write=_SECONDS),
        number("4.23.1.8", "outlet.{outlet}.delay.start", write=_SECONDS),
        # an outlet with this object can be switched, whatever it says of the last order
        enum(
            "9.1.1.6",
            dict.fromkeys((1, 2, 3), "yes"),
            "outlet.{outlet}.switchable",
            when=When.ONCE,
        ),
        # for the commands
        number("9.1.1.3", when=When.ONCE),
        number("9.1.1.9", when=When.ONCE),
    ),
)

# environment


def _is_lost(look: Look, instance: Oid) -> bool:
    return look.number("8.7.1.2", instance) == 1


def _unless_lost(value: float, look: Look, instance: Oid) -> float | None:
    return None if _is_lost(look, instance) else value


def _threshold(low: str, high: str) -> Callable[[str, Look, Oid], Value | None]:
    """Return what makes a state of two objects that are 1 beyond a threshold."""

    def convert(_: str, look: Look, instance: Oid) -> Value | None:
        if _is_lost(look, instance):
            return None
        if look.number(low, instance) == 1:
            return str(ThresholdStatus.WARNING_LOW)
        is_high = look.number(high, instance) == 1
        return str(ThresholdStatus.WARNING_HIGH if is_high else ThresholdStatus.GOOD)

    return convert


_CLOSED_OR_OPEN = {1: ContactStatus.CLOSED, 2: ContactStatus.OPEN}
_PROBE = "ambient.{probe}"
_DEGREES = Write(minimum=-20, maximum=100, step=_TENTH)
_CONTACT_NAME = Write(kind=SettingKind.TEXT, length=22)
_PROBES = (
    Table(
        index=first("probe"),
        rows=(
            enum("8.7.1.2", {1: ("no", _PROBE_LOST), 2: "yes"}, f"{_PROBE}.present"),
            number(
                "8.7.1.3",
                f"{_PROBE}.temperature",
                scale=_TENTH,
                absent=_SIGNED,
                convert=_unless_lost,
            ),
            number("8.7.1.6", f"{_PROBE}.humidity", scale=_TENTH, convert=_unless_lost),
            text(
                "8.7.1.4",
                f"{_PROBE}.temperature.status",
                when=When.FULL,
                convert=_threshold("8.7.1.4", "8.7.1.5"),
            ),
            text(
                "8.7.1.7",
                f"{_PROBE}.humidity.status",
                when=When.FULL,
                convert=_threshold("8.7.1.7", "8.7.1.8"),
            ),
            _yes("8.7.1.4", _alarm("upsmgEnvironmentTemperatureLow", "Temperature too low")),
            _yes("8.7.1.5", _alarm("upsmgEnvironmentTemperatureHigh", "Temperature too high")),
            _yes("8.7.1.7", _alarm("upsmgEnvironmentHumidityLow", "Humidity too low")),
            _yes("8.7.1.8", _alarm("upsmgEnvironmentHumidityHigh", "Humidity too high")),
            enum("8.7.1.9", _CLOSED_OR_OPEN, f"{_PROBE}.contacts.1.status"),
            enum("8.7.1.10", _CLOSED_OR_OPEN, f"{_PROBE}.contacts.2.status"),
            text("4.34.1.2", f"{_PROBE}.name", write=Write(kind=SettingKind.TEXT, length=42)),
            number("4.34.1.3", f"{_PROBE}.temperature.low", scale=_TENTH, write=_DEGREES),
            number("4.34.1.4", f"{_PROBE}.temperature.high", scale=_TENTH, write=_DEGREES),
            # whole percents, while the reading is in tenths of them
            number("4.34.1.6", f"{_PROBE}.humidity.low", write=_PERCENT),
            number("4.34.1.7", f"{_PROBE}.humidity.high", write=_PERCENT),
            text("4.34.1.9", f"{_PROBE}.contacts.1.name", write=_CONTACT_NAME),
            text("4.34.1.12", f"{_PROBE}.contacts.2.name", write=_CONTACT_NAME),
            # older units
            number("8.5.1.2", f"{_PROBE}.temperature", scale=_TENTH, absent=_SIGNED),
            number("8.5.1.3", f"{_PROBE}.humidity", scale=_TENTH),
        ),
    ),
    Table(
        index=first("contact"),
        rows=(
            enum(
                "8.3.1.2",
                {
                    1: (ContactStatus.ACTIVE, _alarm("mgalarmState", "External alarm")),
                    2: ContactStatus.INACTIVE,
                },
                "ambient.contacts.{contact}.status",
                when=When.STATUS,
            ),
            text("4.25.1.2", "ambient.contacts.{contact}.name", when=When.RARE),
        ),
    ),
)

# a probe that the card answers by Eaton's EMP objects, of another MIB: looked for only where the
# object that counts its contacts is there
_EMP, _EMP_FIRST = "E.534.1.6", 5
_EMP_PROBE = tuple(
    each if each.index is None else replace(each, probe=f"{_EMP}.{_EMP_FIRST + 2}")
    for each in emp(_EMP, _EMP_FIRST)
)

# commands

_START = 2
_DELAY = Parameter(name="delay", minimum=0, maximum=65535, step=1, default=0)
_DURATION = Parameter(name="duration", minimum=1, maximum=65535, step=1, default=10)


def _order(name: str, where: str, value: int, danger: Danger = Danger.HARMLESS) -> Order:
    return Order(command=Command(name=name, danger=danger), steps=((Put(where, value),),))


ORDERS = (
    _order("test.battery.start", "10.4", _START, Danger.USES_BATTERY),
    _order("test.system.start", "10.2", _START, Danger.USES_BATTERY),
    _order("beeper.enable", "4.19", 1),
    _order("beeper.disable", "4.19", 2),
    Order(
        command=Command(
            name="outlet.{outlet}.load.off", danger=Danger.CUTS_POWER, parameters=(_DELAY,)
        ),
        steps=((Put("9.1.1.5", Given("delay")),), (Put("9.1.1.6", _START),)),
        needs="9.1.1.6",
    ),
    Order(
        command=Command(name="outlet.{outlet}.load.on", parameters=(_DELAY,)),
        steps=((Put("9.1.1.2", Given("delay")),), (Put("9.1.1.3", _START),)),
        needs="9.1.1.3",
    ),
    Order(
        command=Command(
            name="outlet.{outlet}.load.cycle",
            danger=Danger.CUTS_POWER,
            parameters=(_DELAY, _DURATION),
        ),
        steps=(
            (Put("9.1.1.8", Given("delay")),),
            (Put("9.1.1.11", Given("duration")),),
            (Put("9.1.1.9", _START),),
        ),
        needs="9.1.1.9",
    ),
)

# traps

EVENTS: Mapping[int, str] = {
    1: "battery_failed",
    2: "battery_failed_cleared",
    3: "replace_battery",
    4: "replace_battery_cleared",
    5: "low_battery",
    6: "low_battery_cleared",
    7: "charger_failed",
    8: "charger_failed_cleared",
    9: "low_battery",
    10: "low_battery_cleared",
    11: "on_battery",
    12: "power_restored",
    13: "bypass_started",
    14: "bypass_ended",
    15: "bypass_unavailable",
    16: "bypass_unavailable_cleared",
    17: "utility_failed",
    18: "utility_restored",
    19: "boost_on",
    20: "boost_off",
    21: "overload",
    22: "overload_cleared",
    23: "over_temperature",
    24: "over_temperature_cleared",
    # what an outlet is told is told by steps: only the last one has changed anything
    **dict.fromkeys((25, 27, 29, 31, 33, 35), ""),
    26: "outlet_on_aborted",
    28: "outlet_on",
    30: "outlet_off_aborted",
    32: "outlet_off",
    34: "outlet_cycle_aborted",
    36: "outlet_cycled",
    37: "communication_lost",
    38: "communication_found",
    39: "input_bad",
    40: "input_good",
    41: "battery_unavailable",
    42: "battery_unavailable_cleared",
    43: "waiting_for_charge",
    44: "waiting_for_charge_cleared",
    45: "test_failed",
    46: "test_passed",
    47: "test_passed",
    48: "test_failed",
    49: "external_alarm",
    50: "external_alarm_cleared",
    51: "trim_on",
    52: "trim_off",
    53: "probe_lost",
    54: "probe_found",
    55: "temperature_low",
    56: "temperature_high",
    57: "temperature_good",
    58: "humidity_low",
    59: "humidity_high",
    60: "humidity_good",
    61: "contact_closed",
    62: "contact_open",
    63: "contact_closed",
    64: "contact_open",
    65: "redundancy_lost",
    66: "redundancy_restored",
    67: "protection_lost",
    68: "protection_restored",
}

mib = Mib(
    id="mge",
    title="MGE UPS MIB",
    root="E.705.1",
    manufacturer="Eaton",
    tables=(
        Table(rows=(*_STATUS, *_UNIT)),
        _INPUT,
        _OUTPUT,
        _OUTLETS,
        *_PROBES,
        *_EMP_PROBE,
    ),
    orders=ORDERS,
    traps=(Traps(roots=("E.705.1.11",), events=EVENTS),),
    judge=_judge,
    absent=frozenset({-1}),
    borrows=frozenset(
        {OFF, StatusFlag.TESTING, StatusFlag.CALIBRATING, StatusFlag.FORCED_SHUTDOWN}
    ),
)
