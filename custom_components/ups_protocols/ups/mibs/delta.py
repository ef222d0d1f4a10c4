"""Delta's UPSv4 MIB: card snmp-delta.md.

Documents: DeltaUPSv4.mib and DeltaUPS-MIB, the same objects. All of them are scalars: three
phases are three sets of them, and an outlet relay is chosen by one object and switched by another.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from math import ceil
import re

from ..errors import Unsupported
from ..links.base import Oid
from ..model import (
    Alarm,
    Command,
    Danger,
    Parameter,
    Setting,
    SettingKind,
    Severity,
    Status,
    StatusFlag,
    Value,
)
from ..names import (
    BeeperStatus,
    ChargerStatus,
    ContactStatus,
    Sensitivity,
    TestResult,
    ThresholdStatus,
    UpsType,
)
from .status import POWER_FLAGS, judge as weigh
from .table import (
    Asking,
    At,
    Given,
    HostSide,
    Index,
    Look,
    Mib,
    Order,
    Place,
    Put,
    Role,
    Row,
    Sign,
    Signs,
    Special,
    Steps,
    Table,
    Traps,
    When,
    Write,
    enum,
    number,
    text,
)

ON_LINE, ON_BATTERY = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY
OFF, BYPASS, LOW = StatusFlag.OFF, StatusFlag.BYPASS, StatusFlag.LOW_BATTERY
TESTING = StatusFlag.TESTING
_CRITICAL, _INFORMATION = Severity.CRITICAL, Severity.INFORMATION
_TENTH = 0.1
_MINUTE = 60
_SIGNED: frozenset[int] = frozenset()
"""-1 is a value of what has a sign."""

# status


def _on(where: str, code: str, said: str, severity: Severity = Severity.WARNING) -> Row:
    """Describe an alarm: an object that is 0 or 1."""
    return _flag(where, Alarm(said, code=code, severity=severity))


def _flag(where: str, *said: Sign) -> Row:
    return enum(where, {1: said}, when=When.STATUS)


_STATUS = (
    enum(
        "5.1",
        {
            0: ON_LINE,
            1: ON_BATTERY,
            2: BYPASS,
            3: (ON_LINE, StatusFlag.TRIMMING),
            4: (ON_LINE, StatusFlag.BOOSTING),
            5: BYPASS,
            6: (),
            7: OFF,
        },
        role=Role.POWER,
    ),
    # for the judge
    number("7.4", "battery.runtime.elapsed", when=When.STATUS),
    enum(
        "7.1",
        {0: "good", 1: "weak", 2: ("replace", StatusFlag.REPLACE_BATTERY)},
        "battery.status",
    ),
    enum("7.2", {1: LOW, 2: LOW}),
    enum(
        "7.3",
        {
            0: ChargerStatus.FLOATING,
            1: (ChargerStatus.CHARGING, StatusFlag.CHARGING),
            2: ChargerStatus.RESTING,
            3: (ChargerStatus.DISCHARGING, StatusFlag.DISCHARGING),
        },
        "battery.charger.status",
    ),
    enum(
        "8.2",
        {
            0: TestResult.NONE,
            1: TestResult.PASSED,
            2: (TestResult.IN_PROGRESS, TESTING),
            # the MIB: general test failed is a warning, battery test failed an error
            3: TestResult.WARNING,
            4: TestResult.ERROR,
            5: TestResult.ERROR,
        },
        "ups.test.result",
    ),
    text("8.3", when=When.FULL),
    # alarms
    _flag("9.1", Special.STALE),
    enum("9.2", {0: Special.INPUT_PRESENT, 1: (ON_BATTERY, Special.INPUT_LOST)}),
    _flag("9.3", LOW),
    _on("9.4", "dupsAlarmLoadWarning", "Load above its warning level"),
    _on("9.5", "dupsAlarmLoadSeverity", "Load above its severe level", _CRITICAL),
    _flag("9.6", BYPASS),
    _on("9.7", "dupsAlarmUPSFault", "UPS fault", _CRITICAL),
    _on("9.8", "dupsAlarmBatteryGroundFault", "Battery ground fault", _CRITICAL),
    _flag("9.9", TESTING),
    _on("9.10", "dupsAlarmBatteryTestFail", "Battery test failed"),
    _on("9.11", "dupsAlarmFuseFailure", "Fuse failed", _CRITICAL),
    _flag("9.12", StatusFlag.OVERLOADED),
    _on("9.13", "dupsAlarmOutputOverCurrent", "Output over-current", _CRITICAL),
    _on("9.14", "dupsAlarmInverterAbnormal", "Inverter abnormal", _CRITICAL),
    _on("9.15", "dupsAlarmRectifierAbnormal", "Rectifier abnormal", _CRITICAL),
    _on("9.16", "dupsAlarmReserveAbnormal", "Reserve abnormal"),
    _on("9.17", "dupsAlarmLoadOnReserve", "Load on reserve"),
    _on("9.18", "dupsAlarmOverTemperature", "Over temperature", _CRITICAL),
    _on("9.19", "dupsAlarmOutputBad", "Output abnormal", _CRITICAL),
    _on("9.20", "dupsAlarmBypassBad", "Bypass bad"),
    _flag("9.21", OFF),
    _on("9.22", "dupsAlarmChargerFail", "Charger failed", _CRITICAL),
    _on("9.23", "dupsAlarmFanFail", "Fan failed", _CRITICAL),
    _flag("9.24", StatusFlag.ECO),
    _flag("9.25", OFF),
    _on("9.26", "dupsAlarmSmartShutdown", "Smart shutdown in progress"),
    _flag(
        "9.27",
        OFF,
        Alarm("Emergency power off", code="dupsAlarmEmergencyPowerOff", severity=_CRITICAL),
    ),
    _on("9.28", "dupsAlarmUPSShutdown", "UPS shutdown"),
)


def _judge(signs: Signs) -> Status:
    """Weigh the signs; where the output source is "other", the time on battery decides."""
    status = weigh(signs)
    seconds = signs.look.number("7.4")
    if status.flags & POWER_FLAGS or seconds is None or signs.look.number("5.1") is None:
        return status
    power = ON_BATTERY if seconds > 0 else ON_LINE
    return replace(status, flags=status.flags | {power})


# values

_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")


def _iso_date(said: str, _: Look, __: Oid) -> Value | None:
    """Return YYYYMMDD as ISO, other texts as they are; no day at all is none."""
    if not (match := _DATE.fullmatch(said)):
        return said
    try:
        return date(*map(int, match.groups())).isoformat()
    except ValueError:
        return None


def _beeper(said: str, look: Look, _: Oid) -> Value | None:
    """Tell what the beeper does: 3.1 silences the present alarm only."""
    if said == "2":
        return str(BeeperStatus.DISABLED)
    return str(BeeperStatus.MUTED if look.number("3.1") == 2 else BeeperStatus.ENABLED)


_NONE = {-1, 0}
_SECONDS = Write(maximum=65535)

_UNIT = (
    text("1.1", "device.mfr"),
    text("1.2", "device.model"),
    text("1.3", "ups.firmware"),
    text("1.4", "ups.firmware.aux"),
    text("1.5", "ups.id", write=Write(kind=SettingKind.TEXT, length=63)),
    enum(
        "1.19",
        {
            1: UpsType.ONLINE,
            2: UpsType.OFFLINE,
            3: UpsType.LINE_INTERACTIVE,
            4: "three-phase",
            5: "split-phase",
        },
        "ups.type",
        when=When.ONCE,
    ),
    number("1.7", "ups.power.nominal", when=When.ONCE, absent=_NONE),
    number("1.8", "output.voltage.nominal", when=When.ONCE, absent=_NONE),
    number("1.9", "output.frequency.nominal", when=When.ONCE, absent=_NONE),
    number("1.10", "input.voltage.nominal", when=When.ONCE, absent=_NONE),
    number("1.11", "input.frequency.nominal", when=When.ONCE, absent=_NONE),
    number("1.12", "battery.voltage.nominal", when=When.ONCE, absent=_NONE),
    number("1.14", "input.transfer.low.min", when=When.ONCE, absent=_NONE),
    number("1.13", "input.transfer.low.max", when=When.ONCE, absent=_NONE),
    number("1.16", "input.transfer.high.min", when=When.ONCE, absent=_NONE),
    number("1.15", "input.transfer.high.max", when=When.ONCE, absent=_NONE),
    number("1.17", "battery.runtime.low", scale=_MINUTE, when=When.RARE),
    number("1.18", "outlet.count", when=When.RARE, role=Role.COUNT, absent=_NONE),
    # battery
    number("7.5", "battery.runtime", scale=_MINUTE),
    number("7.6", "battery.voltage", scale=_TENTH),
    number("7.7", "battery.current", scale=_TENTH, absent=_SIGNED),
    number("7.8", "battery.charge"),
    number("7.9", "battery.temperature", absent=_SIGNED),
    text("7.10", "battery.date", when=When.RARE, convert=_iso_date),
    text("7.11", "battery.date.maintenance", when=When.RARE, convert=_iso_date),
    # lines
    number("4.1", "input.phases", when=When.ONCE, absent=_NONE),
    number("5.2", "output.frequency", scale=_TENTH),
    number("5.3", "output.phases", when=When.ONCE, absent=_NONE),
    number("6.1", "input.bypass.frequency", scale=_TENTH),
    number("6.2", "input.bypass.phases", when=When.ONCE, absent=_NONE),
    # settings; 3.6, after how long without mains computers are to be shut down, is no delay of a
    # command
    number("3.1"),
    text("3.2", "ups.beeper.status", when=When.FULL, convert=_beeper),
    enum(
        "3.3",
        {0: Sensitivity.NORMAL, 1: Sensitivity.REDUCED, 2: Sensitivity.LOW},
        "input.sensitivity",
        write=Write(kind=SettingKind.CHOICE),
    ),
    number(
        "3.4",
        "input.transfer.low",
        absent=_NONE,
        write=Write(
            minimum=1,
            maximum=1000,
            between=("input.transfer.low.min", "input.transfer.low.max"),
        ),
    ),
    number(
        "3.5",
        "input.transfer.high",
        absent=_NONE,
        write=Write(
            minimum=1,
            maximum=1000,
            between=("input.transfer.high.min", "input.transfer.high.max"),
        ),
    ),
    number("3.7", "ups.delay.start", write=_SECONDS),
    number("3.8", "battery.packs.external", write=Write(maximum=99)),
    # for the commands
    number("2.3", when=When.ONCE),
    number("2.4", when=When.ONCE),
    number("8.1", when=When.ONCE),
)


def _mend(values: dict[str, Value], look: Look) -> None:
    """Make totals out of the phases, which are objects apart; tell a test's details."""
    for name, side, of_phase, total in (
        ("ups.realpower", "output", "realpower", sum),
        ("ups.load", "output", "power.percent", max),
        ("input.bypass.realpower", "input.bypass", "realpower", sum),
        ("input.frequency", "input", "frequency", lambda phases: phases[0]),
    ):
        lines = [line for line in ("L1", "L2", "L3") if f"{side}.{line}-N.voltage" in values]
        phases = [values.get(f"{side}.{line}.{of_phase}") for line in lines]
        numbers = [value for value in phases if isinstance(value, int | float)]
        if lines and len(numbers) == len(lines):
            values.setdefault(name, total(numbers))
    result, detail = values.get("ups.test.result"), look.text("8.3")
    if detail and result not in {None, TestResult.IN_PROGRESS, TestResult.NONE}:
        values["ups.test.result"] = f"{result}: {detail}"


# phases


def _only(place: Place) -> Index:
    """Return the index of scalars that are one of several."""
    return Index(place=lambda _, __: place)


def _phase(phase: int) -> tuple[Table, ...]:
    """Describe the scalars of one phase."""

    def table(count: str, *rows: Row) -> Table:
        return Table(index=_only({"phase": phase}), phases=count, rows=rows)

    def measured(where: int, above: int, *names: str, scale: float = 1) -> Row:
        return number(f"{above}.{where}", *names, scale=scale)

    three, four = 3 * phase, 4 * phase
    bypass = "input.bypass"
    return (
        table(
            "4.1",
            measured(three - 1, 4, "input.frequency", "input.L{phase}.frequency", scale=_TENTH),
            measured(three, 4, "input.voltage", "input.L{phase}-N.voltage", scale=_TENTH),
            measured(three + 1, 4, "input.current", "input.L{phase}.current", scale=_TENTH),
        ),
        table(
            "5.3",
            measured(four, 5, "output.voltage", "output.L{phase}-N.voltage", scale=_TENTH),
            measured(four + 1, 5, "output.current", "output.L{phase}.current", scale=_TENTH),
            measured(four + 2, 5, "ups.realpower", "output.L{phase}.realpower"),
            measured(four + 3, 5, "ups.load", "output.L{phase}.power.percent"),
        ),
        table(
            "6.2",
            measured(three, 6, f"{bypass}.voltage", f"{bypass}.L{{phase}}-N.voltage", scale=_TENTH),
            measured(
                three + 1, 6, f"{bypass}.current", f"{bypass}.L{{phase}}.current", scale=_TENTH
            ),
            measured(three + 2, 6, f"{bypass}.realpower", f"{bypass}.L{{phase}}.realpower"),
        ),
    )


# outlets

_RELAYS = 16
"""More than any unit has."""


def _relay(relay: int) -> Table:
    """Describe an outlet relay: there is nothing to read of it, only their number tells of it."""

    def is_there(look: Look, _: Oid) -> bool:
        return (look.number("1.18") or 0) >= relay

    return Table(
        index=_only({"outlet": relay}),
        is_alive=is_there,
        rows=(
            text(
                "1.18",
                "outlet.{outlet}.id",
                convert=lambda _, look, __: str(relay) if is_there(look, (0,)) else None,
            ),
        ),
    )


# environment


def _has_probe(look: Look, _: Oid) -> bool:
    """Tell whether a probe is there: 0 °C with 0 % is none."""
    return bool(look.number("10.1", (0,)) or look.number("10.2", (0,)))


def _config(where: str, contact: int) -> Row:
    return enum(
        where,
        {0: "normally open", 1: "normally closed"},
        f"ambient.contacts.{contact}.config",
        write=Write(kind=SettingKind.CHOICE),
    )


def _contact(where: str, contact: int) -> Row:
    alarm = Alarm(
        f"Environment contact {contact} not in its normal state",
        code=f"dupsAlarmEnvRelay{contact}",
    )
    return enum(
        where,
        {0: ContactStatus.INACTIVE, 1: (ContactStatus.ACTIVE, alarm)},
        f"ambient.contacts.{contact}.status",
        when=When.STATUS,
    )


def _over(where: str, name: str, code: str, said: str) -> Row:
    return enum(
        where,
        {0: ThresholdStatus.GOOD, 1: (ThresholdStatus.WARNING_HIGH, Alarm(said, code=code))},
        name,
        when=When.STATUS,
    )


_ENVIRONMENT = Table(
    index=_only({}),
    is_alive=_has_probe,
    rows=(
        number("10.1", "ambient.temperature", absent=_SIGNED),
        number("10.2", "ambient.humidity"),
        number("10.3", "ambient.temperature.high", write=Write(maximum=100)),
        number("10.4", "ambient.humidity.high", write=Write(maximum=100)),
        _over(
            "10.9",
            "ambient.temperature.status",
            "dupsAlarmOverEnvTemperature",
            "Environment too warm",
        ),
        _over(
            "10.10",
            "ambient.humidity.status",
            "dupsAlarmOverEnvHumidity",
            "Environment too humid",
        ),
        *(_config(f"10.{4 + contact}", contact) for contact in range(1, 5)),
        *(_contact(f"10.{10 + contact}", contact) for contact in range(1, 5)),
    ),
)

# commands

_SHUTDOWN_DELAY = "ups.delay.shutdown"
_OUTPUT, _RETURN, _STAY = Put("2.1", 1), Put("2.2", 1), Put("2.2", 2)
# 0 calls a shutdown off
_AT_ONCE = 1
_PAUSE = 10
"""Seconds for which the output is off at least."""
_DELAY = Parameter(
    name="delay", minimum=_AT_ONCE, maximum=65535, step=1, default=20, setting=_SHUTDOWN_DELAY
)
_RELAY_DELAY = Parameter(name="delay", minimum=0, maximum=65535, step=1, default=0)
_IN_MINUTES = Parameter(name="delay", minimum=0, maximum=86400, step=_MINUTE, default=0)


def _order(name: str, where: str, value: int, danger: Danger = Danger.HARMLESS) -> Order:
    return Order(command=Command(name=name, danger=danger), steps=((Put(where, value),),))


async def _shut_down_and_return(asking: Asking) -> Steps:
    """Shut down so that the output comes back when mains does.

    dupsAutoReboot promises that only for a shutdown without mains; with mains there the restart is
    ordered as well, in whole minutes.
    """
    steps: Steps = (_OUTPUT,), (_RETURN,), (Put("2.3", Given("delay")),)
    if ON_BATTERY in asking.flags:
        return steps
    if asking.value("2.4") is None:
        raise Unsupported(
            "this card promises that the output comes back only where mains was gone before"
        )
    minutes = ceil((asking.parameters["delay"] + _PAUSE) / _MINUTE)
    return *steps, (Put("2.4", minutes),)


def _shut_down(name: str, delay: int | Given, *parameters: Parameter) -> Order:
    return Order(
        command=Command(name=name, danger=Danger.CUTS_POWER, parameters=parameters),
        steps=((_OUTPUT,), (_STAY,), (Put("2.3", delay),)),
        needs="2.3",
    )


def _switch(name: str, where: str, danger: Danger = Danger.HARMLESS) -> Order:
    """Describe a command to an outlet relay: choose it, then switch, with nothing between."""
    return Order(
        command=Command(
            name=f"outlet.{{outlet}}.{name}", danger=danger, parameters=(_RELAY_DELAY,)
        ),
        steps=((Put("2.5", At("outlet")),), (Put(where, Given("delay")),)),
        needs="1.18",
    )


ORDERS = (
    Order(
        command=Command(name="shutdown.return", danger=Danger.CUTS_POWER, parameters=(_DELAY,)),
        plan=_shut_down_and_return,
        needs="2.3",
    ),
    _shut_down("shutdown.stayoff", Given("delay"), _DELAY),
    _shut_down("load.off", _AT_ONCE),
    _order("shutdown.stop", "2.3", 0),
    Order(
        command=Command(name="load.on", parameters=(_IN_MINUTES,)),
        steps=((Put("2.4", Given("delay", _MINUTE)),),),
    ),
    _switch("load.off", "2.6", Danger.CUTS_POWER),
    _switch("load.on", "2.7"),
    _order("test.battery.start", "8.1", 2, Danger.USES_BATTERY),
    _order("test.battery.start.quick", "8.1", 3, Danger.USES_BATTERY),
    _order("test.battery.start.deep", "8.1", 4, Danger.USES_BATTERY),
    _order("test.system.start", "8.1", 1, Danger.USES_BATTERY),
    _order("test.battery.stop", "8.1", 0),
    _order("beeper.mute", "3.1", 2),
    _order("beeper.enable", "3.2", 1),
    _order("beeper.disable", "3.2", 2),
)

# traps: mostly one that begins and the next that ends

EVENTS: Mapping[int, str] = {
    1: "communication_lost",
    2: "communication_found",
    3: "on_battery",
    4: "power_restored",
    5: "low_battery",
    6: "low_battery_cleared",
    7: "load_warning",
    8: "load_warning_cleared",
    9: "load_severe",
    10: "load_severe_cleared",
    11: "bypass_started",
    12: "bypass_ended",
    13: "fault",
    14: "fault_cleared",
    15: "battery_ground_fault",
    16: "battery_ground_fault_cleared",
    17: "test_started",
    18: "test_failed",
    19: "fuse_failed",
    20: "fuse_failed_cleared",
    21: "overload",
    22: "overload_cleared",
    23: "output_over_current",
    24: "output_over_current_cleared",
    25: "inverter_abnormal",
    26: "inverter_abnormal_cleared",
    27: "rectifier_abnormal",
    28: "rectifier_abnormal_cleared",
    29: "reserve_abnormal",
    30: "reserve_abnormal_cleared",
    31: "load_on_reserve",
    32: "load_on_reserve_cleared",
    33: "temperature_high",
    34: "temperature_good",
    35: "humidity_high",
    36: "humidity_good",
    **dict.fromkeys((37, 39, 41, 43), "contact_fault"),
    **dict.fromkeys((38, 40, 42, 44), "contact_fault_cleared"),
    45: "shutdown_started",
    46: "shutdown_cancelled",
    47: "test_completed",
    48: "emergency_power_off",
    49: "emergency_power_off_cleared",
    50: "over_temperature",
    51: "over_temperature_cleared",
    52: "replace_battery",
    53: "battery_replaced",
}

mib = Mib(
    id="delta",
    title="Delta UPSv4",
    root="E.2254.2.4",
    manufacturer="Delta",
    tables=(
        Table(rows=(*_STATUS, *_UNIT)),
        *(table for phase in (1, 2, 3) for table in _phase(phase)),
        *(_relay(relay) for relay in range(1, _RELAYS + 1)),
        _ENVIRONMENT,
    ),
    orders=ORDERS,
    host_side=(
        HostSide(
            Setting(name=_SHUTDOWN_DELAY, minimum=_AT_ONCE, maximum=65535, host_side=True),
            default=20,
        ),
    ),
    traps=(Traps(roots=("E.2254.2.4.20",), events=EVENTS),),
    judge=_judge,
    mend=_mend,
    absent=frozenset({-1}),
    flags=frozenset({ON_LINE, ON_BATTERY}),
)
