"""RFC 1628 UPS-MIB: card snmp-rfc1628.md.

Documents: RFC 1628 (upsMIB of 1994-02-23), its revision of 2005-10-14 (other integer ranges only)
and the SMIv1 form stdupsv1 (traps under mib-2.33.2). One table serves all three.
"""

import re

from ..errors import Busy, Unsupported
from ..links.base import WriteRefused
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
from ..names import BeeperStatus, TestResult
from .status import judge as weigh
from .table import (
    AlarmTable,
    Asking,
    Facts,
    Given,
    HostSide,
    Look,
    Mib,
    Order,
    Put,
    Role,
    Signs,
    Special,
    Steps,
    Table,
    Total,
    Traps,
    When,
    Words,
    Write,
    alarms,
    enum,
    last,
    number,
    oid,
    text,
)

ROOT = "1.3.6.1.2.1.33.1"
_R = oid(ROOT)

ON_LINE, ON_BATTERY = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY
OFF, BYPASS, LOW = StatusFlag.OFF, StatusFlag.BYPASS, StatusFlag.LOW_BATTERY
TESTING, CALIBRATING = StatusFlag.TESTING, StatusFlag.CALIBRATING

# status


def _alarm(name: str, said: str, severity: Severity = Severity.WARNING) -> Alarm:
    return Alarm(said, code=name, severity=severity)


_CRITICAL = Severity.CRITICAL

# the well-known alarms, upsWellKnownAlarms (6.3)
WELL_KNOWN: Words = {
    1: StatusFlag.REPLACE_BATTERY,
    2: ON_BATTERY,
    3: LOW,
    4: LOW,
    5: _alarm("upsAlarmTempBad", "Temperature out of tolerance"),
    6: _alarm("upsAlarmInputBad", "Input out of tolerance"),
    7: _alarm("upsAlarmOutputBad", "Output out of tolerance", _CRITICAL),
    8: StatusFlag.OVERLOADED,
    9: BYPASS,
    10: _alarm("upsAlarmBypassBad", "Bypass out of tolerance"),
    11: OFF,
    12: OFF,
    13: _alarm("upsAlarmChargerFailed", "Charger failed", _CRITICAL),
    14: OFF,
    15: OFF,
    16: _alarm("upsAlarmFanFailure", "Fan failed", _CRITICAL),
    17: _alarm("upsAlarmFuseFailure", "Fuse failed", _CRITICAL),
    18: _alarm("upsAlarmGeneralFault", "General fault", _CRITICAL),
    19: _alarm("upsAlarmDiagnosticTestFailed", "Last test failed"),
    20: Special.STALE,
    21: OFF,
    22: _alarm("upsAlarmShutdownPending", "Shutdown pending"),
    23: StatusFlag.FORCED_SHUTDOWN,
    24: TESTING,
}
WELL_KNOWN_ALARMS = alarms(f"{ROOT}.6.3", WELL_KNOWN)
"""For the makers' alarm tables as well: some have RFC 1628's alarms in them."""

DEEP_TEST = (*_R, 7, 7, 5)


def _judge(signs: Signs) -> Status:
    """Weigh the signs.

    upsOutputSource ``other`` says nothing: then the alarms, then upsSecondsOnBattery decide. A
    deep battery calibration is no test (card, "Status: how to merge").
    """
    status = weigh(signs)
    flags = set(status.flags)
    seconds = signs.look.number("2.2")
    if not flags & {ON_LINE, ON_BATTERY, OFF, BYPASS} and seconds is not None:
        flags.add(ON_BATTERY if seconds > 0 else ON_LINE)
    if TESTING in flags and signs.look.value("7.1") == DEEP_TEST:
        flags = flags - {TESTING} | {CALIBRATING}
    return Status(flags=frozenset(flags), alarms=status.alarms, input_present=status.input_present)


# agents that deviate


def _learn(look: Look) -> Facts:
    """Find out whether the agent's volts are tenths: once, so that a sag cannot flip it.

    Delta Mini-SNMP and Socomec NETYS say 2360 for 236 V: a line voltage of 900 or more, or above
    three times the nominal one, in any of the three columns.
    """
    lines = [
        value
        for column in ("3.3.1.3", "4.4.1.2", "5.3.1.2")
        for instance in look.column(column)
        if (value := look.number(column, instance)) is not None and value < 10_000
    ]
    nominal = max(look.number("9.1") or 0, look.number("9.3") or 0)
    largest = max(lines, default=0)
    is_tenths = largest >= 900 or (0 < nominal < 900 and largest > 3 * nominal)
    return {"volts": 0.1} if is_tenths else {}


def _battery_temperature(value: float, look: Look, _: tuple[int, ...]) -> float | None:
    """Leave out 0 °C with 0 A: Eaton and MGE cards say so where neither is measured."""
    return None if value == 0 and look.number("2.6") == 0 else value


_CONNECT_UPS = re.compile(r"ID: *([^,]+?) *, *Msg:")


def _mend(values: dict[str, Value], look: Look) -> None:
    """Take the serial number out of the name, where ConnectUPS cards put it.

    The details of a test follow its result, in the agent's own words.
    """
    name = look.text("1.5") or ""
    if match := _CONNECT_UPS.match(name):
        values["device.serial"] = match[1]
        values.pop("ups.id", None)
    result, detail = values.get("ups.test.result"), look.text("7.4")
    if detail and result not in {None, TestResult.IN_PROGRESS, TestResult.NONE}:
        values["ups.test.result"] = f"{result}: {detail}"


def _settings(settings: dict[str, Setting], look: Look) -> None:
    """Leave out the name where it is the serial number's place."""
    if _CONNECT_UPS.match(look.text("1.5") or ""):
        settings.pop("ups.id", None)


# commands

_SHUTDOWN_DELAY, _REBOOT_TIME = "ups.delay.shutdown", "ups.delay.reboot"


def _delay(default: float, *, minimum: float = 0, setting: str | None = None) -> Parameter:
    return Parameter(
        name="delay", minimum=minimum, maximum=86400, step=1, default=default, setting=setting
    )


_OFF_TIME = Parameter(
    # upsRebootWithDuration takes 300 s at most
    name="duration",
    minimum=0,
    maximum=300,
    step=1,
    default=10,
    setting=_REBOOT_TIME,
)
OUTPUT, RESTART, STAY_OFF = Put("8.1", 1), Put("8.5", 1), Put("8.5", 2)
_REBOOT = (OUTPUT,), (Put("8.4", Given("duration")),)


def _test(name: str, test: int, danger: Danger = Danger.USES_BATTERY) -> Order:
    """Describe a test: upsTestId and the spin lock in one SET (RFC 1628, upsTestSpinLock)."""

    async def plan(asking: Asking) -> Steps:
        await asking.ask("7.2", "7.3")
        if asking.number("7.3") == 5 and name != "test.battery.stop":
            raise Busy("another test is running, somebody else may have started it")
        for _ in range(2):
            lock = asking.number("7.2")
            what = Put("7.1", (*_R, 7, 7, test))
            # the lock comes first: its failure is then error index 1
            puts = (what,) if lock is None else (Put("7.2", int(lock)), what)
            try:
                await asking.put(*puts)
            except WriteRefused as error:
                if error.reason in {"wrongType", "genErr"} and len(puts) > 1:
                    # no recording shows how cards treat the lock: these may not know it
                    return ((what,),)
                if error.reason not in {"inconsistentValue", "badValue"} or len(puts) == 1:
                    raise
                # somebody else was faster: read the lock again, once
                await asking.ask("7.2", "7.3")
            else:
                return ()
        raise Busy("somebody else starts tests at the same time")

    return Order(command=Command(name=name, danger=danger), needs="7.1", plan=plan)


async def _shut_down_and_return(asking: Asking) -> Steps:
    """Shut down so that the output comes back when mains does.

    The MIB promises the restart only for a shutdown while mains is gone; with mains there the
    startup is ordered as well: off after the delay, on again soon after (card, "Commands").
    """
    steps: Steps = (OUTPUT,), (RESTART,), (Put("8.2", Given("delay")),)
    if ON_LINE not in asking.flags:
        return steps
    if asking.value("8.3") is None:
        raise Unsupported(
            "this card promises that the output comes back only where mains was gone before"
        )
    return *steps, (Put("8.3", _later(asking)),)


def _later(asking: Asking) -> int:
    """Return when the output is to be on again: some seconds after it went off."""
    return round(asking.parameters["delay"] + 10)


ORDERS = (
    _test("test.battery.start.quick", 4),
    _test("test.battery.start.deep", 5),
    _test("test.system.start", 3),
    _test("test.battery.stop", 2, Danger.HARMLESS),
    Order(
        command=Command(name="load.off", danger=Danger.CUTS_POWER),
        steps=((OUTPUT,), (STAY_OFF,), (Put("8.2", 0),)),
        needs="8.2",
    ),
    Order(
        command=Command(
            name="shutdown.stayoff",
            danger=Danger.CUTS_POWER,
            parameters=(_delay(20, setting=_SHUTDOWN_DELAY),),
        ),
        steps=((OUTPUT,), (STAY_OFF,), (Put("8.2", Given("delay")),)),
        needs="8.2",
    ),
    Order(
        command=Command(
            name="shutdown.return",
            danger=Danger.CUTS_POWER,
            parameters=(_delay(20, setting=_SHUTDOWN_DELAY),),
        ),
        plan=_shut_down_and_return,
        needs="8.2",
    ),
    Order(
        command=Command(name="shutdown.reboot", danger=Danger.CUTS_POWER, parameters=(_OFF_TIME,)),
        steps=_REBOOT,
        needs="8.4",
    ),
    Order(
        command=Command(name="load.on", parameters=(_delay(0),)),
        steps=((Put("8.3", Given("delay")),),),
    ),
    Order(
        command=Command(name="shutdown.stop"),
        steps=((Put("8.2", -1),), (Put("8.3", -1),)),
    ),
    Order(command=Command(name="beeper.disable"), steps=((Put("9.8", 1),),)),
    Order(command=Command(name="beeper.enable"), steps=((Put("9.8", 2),),)),
    Order(command=Command(name="beeper.mute"), steps=((Put("9.8", 3),),)),
)

# objects

_NOT_MEASURED = {-1}
_VOLTS = Write(minimum=1, maximum=1000)
_HERTZ = Write(minimum=40, maximum=70, step=0.1)

mib = Mib(
    id="rfc1628",
    title="RFC 1628 UPS-MIB",
    root=ROOT,
    tables=(
        Table(
            rows=(
                # identity (1)
                text("1.1", "device.mfr"),
                text("1.2", "device.model"),
                text("1.3", "ups.firmware"),
                text("1.4", "ups.firmware.aux"),
                text("1.5", "ups.id", write=Write(kind=SettingKind.TEXT, length=63)),
                # the power, with upsOutputSource first
                enum(
                    "4.1",
                    {
                        1: (),
                        2: OFF,
                        3: ON_LINE,
                        4: BYPASS,
                        5: ON_BATTERY,
                        6: (ON_LINE, StatusFlag.BOOSTING),
                        7: (ON_LINE, StatusFlag.TRIMMING),
                    },
                    role=Role.POWER,
                ),
                enum("2.1", {1: (), 2: (), 3: LOW, 4: LOW}, when=When.STATUS),
                enum(
                    "7.3",
                    {
                        1: TestResult.PASSED,
                        2: TestResult.WARNING,
                        3: TestResult.ERROR,
                        4: TestResult.ABORTED,
                        5: (TestResult.IN_PROGRESS, TESTING),
                        6: TestResult.NONE,
                    },
                    "ups.test.result",
                ),
                # for the judge: which test, and how long on battery
                text("7.1", when=When.STATUS),
                number("2.2", "battery.runtime.elapsed", when=When.STATUS),
                # battery (2)
                number("2.3", "battery.runtime", scale=60, absent=_NOT_MEASURED),
                number("2.4", "battery.charge", absent=_NOT_MEASURED),
                number("2.5", "battery.voltage", scale=0.1, absent={-1, 0}),
                number("2.6", "battery.current", scale=0.1, absent=_NOT_MEASURED),
                number("2.7", "battery.temperature", convert=_battery_temperature),
                # input and output lines (3, 4), bypass (5)
                number("3.1", "input.quality"),
                number("3.2", "input.phases", when=When.ONCE),
                number("4.2", "output.frequency", scale=0.1, absent=_NOT_MEASURED),
                number("4.3", "output.phases", when=When.ONCE),
                number("5.1", "input.bypass.frequency", scale=0.1, absent=_NOT_MEASURED),
                number("5.2", "input.bypass.phases", when=When.ONCE),
                # test (7)
                text("7.4", when=When.FULL),
                # control (8), read back as countdowns; -1 is none
                number("8.2", "ups.timer.shutdown", absent=_NOT_MEASURED),
                number("8.3", "ups.timer.start", absent=_NOT_MEASURED),
                number("8.4", "ups.timer.reboot", absent=_NOT_MEASURED),
                enum(
                    "8.5",
                    {1: "yes", 2: "no"},
                    "ups.start.auto",
                    write=Write(kind=SettingKind.SWITCH, options=("no", "yes")),
                ),
                # configuration (9); what the agent cannot, it refuses with badValue
                number("9.1", "input.voltage.nominal", write=_VOLTS, absent={-1, 0}),
                number("9.2", "input.frequency.nominal", scale=0.1, write=_HERTZ, absent={-1, 0}),
                number("9.3", "output.voltage.nominal", write=_VOLTS, absent={-1, 0}),
                number("9.4", "output.frequency.nominal", scale=0.1, write=_HERTZ, absent={-1, 0}),
                number("9.5", "ups.power.nominal", when=When.RARE, absent={-1, 0}),
                number("9.6", "ups.realpower.nominal", when=When.RARE, absent={-1, 0}),
                number(
                    "9.7",
                    "battery.runtime.low",
                    scale=60,
                    absent=_NOT_MEASURED,
                    write=Write(minimum=0, maximum=7200, step=60),
                ),
                enum(
                    "9.8",
                    {
                        1: BeeperStatus.DISABLED,
                        2: BeeperStatus.ENABLED,
                        3: BeeperStatus.MUTED,
                    },
                    "ups.beeper.status",
                ),
                number("9.9", "input.transfer.low", write=_VOLTS, absent={-1, 0}),
                number("9.10", "input.transfer.high", write=_VOLTS, absent={-1, 0}),
            ),
        ),
        Table(
            index=last("phase"),
            phases="3.2",
            rows=(
                number(
                    "3.3.1.3",
                    "input.voltage",
                    "input.L{phase}-N.voltage",
                    scale_fact="volts",
                    absent=_NOT_MEASURED,
                ),
                number(
                    "3.3.1.2",
                    "input.frequency",
                    "input.L{phase}.frequency",
                    scale=0.1,
                    absent=_NOT_MEASURED,
                    total=Total.FIRST,
                ),
                number(
                    "3.3.1.4",
                    "input.current",
                    "input.L{phase}.current",
                    scale=0.1,
                    absent=_NOT_MEASURED,
                ),
                number(
                    "3.3.1.5",
                    "input.realpower",
                    "input.L{phase}.realpower",
                    absent=_NOT_MEASURED,
                    total=Total.SUM,
                ),
            ),
        ),
        Table(
            index=last("phase"),
            phases="4.3",
            rows=(
                number(
                    "4.4.1.2",
                    "output.voltage",
                    "output.L{phase}-N.voltage",
                    scale_fact="volts",
                    absent=_NOT_MEASURED,
                ),
                number(
                    "4.4.1.3",
                    "output.current",
                    "output.L{phase}.current",
                    scale=0.1,
                    absent=_NOT_MEASURED,
                ),
                number(
                    "4.4.1.4",
                    "ups.realpower",
                    "output.L{phase}.realpower",
                    absent=_NOT_MEASURED,
                    total=Total.SUM,
                ),
                number(
                    "4.4.1.5",
                    "ups.load",
                    "output.L{phase}.power.percent",
                    absent=_NOT_MEASURED,
                    total=Total.LARGEST,
                ),
            ),
        ),
        Table(
            index=last("phase"),
            phases="5.2",
            rows=(
                number(
                    "5.3.1.2",
                    "input.bypass.voltage",
                    "input.bypass.L{phase}-N.voltage",
                    scale_fact="volts",
                    absent=_NOT_MEASURED,
                ),
                number(
                    "5.3.1.3",
                    "input.bypass.current",
                    "input.bypass.L{phase}.current",
                    scale=0.1,
                    absent=_NOT_MEASURED,
                ),
                number(
                    "5.3.1.4",
                    "input.bypass.realpower",
                    "input.bypass.L{phase}.realpower",
                    absent=_NOT_MEASURED,
                    total=Total.SUM,
                ),
            ),
        ),
    ),
    alarms=(AlarmTable(count="6.1", column="6.2.1.2", meanings=WELL_KNOWN_ALARMS),),
    orders=ORDERS,
    host_side=(
        HostSide(
            Setting(name=_SHUTDOWN_DELAY, minimum=0, maximum=86400, host_side=True), default=20
        ),
        HostSide(Setting(name=_REBOOT_TIME, minimum=0, maximum=300, host_side=True), default=10),
    ),
    traps=(
        Traps(
            roots=("1.3.6.1.2.1.33.2",),
            events={
                # sent again every minute while on battery: a heartbeat
                1: "",
                2: "test_completed",
                3: "alarm_added",
                4: "alarm_removed",
            },
        ),
    ),
    judge=_judge,
    learn=_learn,
    mend=_mend,
    settings=_settings,
    flags=frozenset({ON_LINE, ON_BATTERY, CALIBRATING}),
)
