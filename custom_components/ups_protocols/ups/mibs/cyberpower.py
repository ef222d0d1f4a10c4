"""CyberPower UPSes: card snmp-cyberpower-bestpower.md, 1.

Document: CPS-MIB 2.11. PowerPanel, the software, answers a small part of the same objects. The rack
PDUs and transfer switches of the maker have modules of their own.
"""

from collections.abc import Mapping

from ..errors import Unsupported
from ..links.base import Oid, SnmpType, WriteRefused
from ..model import Command, Danger, Severity, Status, StatusFlag, Value
from ..names import (
    BeeperStatus,
    OutletStatus,
    RangeStatus,
    Sensitivity,
    TestResult,
    ThresholdStatus,
    TransferReason,
)
from .cyberpower_common import (
    CHOICE,
    ENVIRONMENT,
    HUNDREDTH,
    MANUFACTURER,
    NAME,
    NOT_THERE,
    OUTLET,
    RATING,
    ROOT,
    TENTH,
    TRAPS,
    YES_NO,
    alarm,
    bank_of,
    order,
    outlet_delays,
    outlet_orders,
)
from .dates import LONG_DATE, iso_date
from .status import judge as weigh
from .table import (
    Asking,
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
    When,
    Words,
    Write,
    enum,
    last,
    number,
    text,
)

ON_LINE, ON_BATTERY = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY
OFF, OVERLOADED = StatusFlag.OFF, StatusFlag.OVERLOADED

# status

OUTPUT_STATUS: Words = {
    1: (),
    2: ON_LINE,
    3: ON_BATTERY,
    4: (ON_LINE, StatusFlag.BOOSTING),
    5: OFF,
    6: OFF,
    7: OFF,
    8: (ON_LINE, StatusFlag.ECO),
    9: StatusFlag.BYPASS,
    10: (ON_LINE, StatusFlag.TRIMMING),
    11: OVERLOADED,
}
_OFF_NUMBERS = {5, 6, 7}
_ON_BATTERY, _OVERLOAD = 3, 11
_INPUT_NORMAL, _SELF_TEST = 1, 4
_INPUT: Words = {
    1: (ThresholdStatus.GOOD, Special.INPUT_PRESENT),
    2: ThresholdStatus.CRITICAL_HIGH,
    3: ThresholdStatus.CRITICAL_LOW,
    4: alarm("frequencyFailure", "Input frequency out of tolerance"),
    5: (ThresholdStatus.CRITICAL_LOW, Special.INPUT_LOST),
    6: (ThresholdStatus.CRITICAL_LOW, Special.INPUT_LOST),
}
_INPUT_FREQUENCY: Words = {
    1: RangeStatus.GOOD,
    4: RangeStatus.OUT_OF_RANGE,
    5: RangeStatus.MISSING,
    6: RangeStatus.MISSING,
}
_CRITICAL = Severity.CRITICAL


def _judge(signs: Signs) -> Status:
    """Weigh the signs.

    Overload stands in the place of the state of the power: then that of the input decides. A
    self-test is known by the reason of the transfer where there is no result of one.
    """
    status = weigh(signs)
    look = signs.look
    flags = set(status.flags)
    output, input_ = look.number("1.4.1.1"), look.number("1.3.2.6")
    if output == _OVERLOAD and input_ is not None:
        flags.add(ON_LINE if input_ == _INPUT_NORMAL else ON_BATTERY)
    if (
        ON_BATTERY in flags
        and StatusFlag.CALIBRATING not in flags
        and input_ == _INPUT_NORMAL
        and look.number("1.3.2.5") == _SELF_TEST
    ):
        flags.add(StatusFlag.TESTING)
    return Status(flags=frozenset(flags), alarms=status.alarms, input_present=status.input_present)


# values

_TRANSFER: Words = {
    1: TransferReason.NONE,
    2: TransferReason.HIGH_VOLTAGE,
    3: TransferReason.BROWNOUT,
    # PowerNet: 9
    _SELF_TEST: TransferReason.SELF_TEST,
}
_WEEK = 7 * 86400
_SCHEDULE: Mapping[int, int] = {2: 2 * _WEEK, 3: _WEEK, 5: 0}
"""The interval in seconds; 4 is when it is turned on."""


def _interval(value: float, _: Look, __: Oid) -> float | None:
    return _SCHEDULE.get(int(value))


def _encode_interval(value: Value) -> int:
    for said, seconds in _SCHEDULE.items():
        if str(value) in {str(seconds), f"{seconds}.0"}:
            return said
    raise Unsupported("the interval must be 0 (never), one week or two, in seconds")


def _with_bypass(value: float, look: Look, instance: Oid) -> float | None:
    """Leave out what is said of a bypass without voltage: there is none, or nothing at it."""
    return value if look.number("1.9.3.2.1.2", instance) else None


_OF_ONE_PHASE = ("voltage", "voltage.maximum", "voltage.minimum", "current")


def _mend(values: dict[str, Value], _: Look) -> None:
    """Leave the scalars of one phase out on a unit with three: they are those of its first."""
    for place in ("input", "output"):
        if f"{place}.L2-N.voltage" in values:
            for name in _OF_ONE_PHASE:
                values.pop(f"{place}.{name}", None)


# banks: reading the command says the state

_ALWAYS_ON = "4"
_BANK = "1.8.1.1.1.2"
_GROUP = "outlet.group.{group}"


def _bank_status(said: str, look: Look, _: Oid) -> Value | None:
    """Return whether a bank has power; the critical one has while the UPS gives any."""
    if said == _ALWAYS_ON:
        is_off = look.number("1.4.1.1") in _OFF_NUMBERS
        return OutletStatus.OFF if is_off else OutletStatus.ON
    return {"1": OutletStatus.ON, "2": OutletStatus.OFF}.get(said)


def _is_there(look: Look, instance: Oid) -> bool:
    return look.number(_BANK, instance) in {1, 2, 4}


def _is_switched(look: Look, instance: Oid) -> bool:
    return look.number(_BANK, instance) in {1, 2}


# commands

_CUTS, _USES_BATTERY = Danger.CUTS_POWER, Danger.USES_BATTERY
_CONSERVE, _SLEEP = Put("1.6.1.1", 2), Put("1.6.2.3", 3)


async def _shut_down_and_return(asking: Asking) -> Steps:
    """Shut down so that the output comes back with mains.

    On battery the UPS sleeps until then. On mains that is refused with badValue, and so it is when
    mains has just come back: then it sleeps for a while.
    """
    await asking.ask("1.4.1.1", "1.6.2.3")
    if asking.number("1.4.1.1") in {_ON_BATTERY, _OVERLOAD}:
        try:
            await asking.put(_CONSERVE)
        except WriteRefused as error:
            if error.reason not in {"badValue", "wrongValue", "inconsistentValue"}:
                raise
        else:
            return ()
    if asking.value("1.6.2.3") is None:
        raise Unsupported("this card switches off until the mains returns only on battery")
    return ((_SLEEP,),)


ORDERS = (
    order("load.off", "1.6.2.1", 2, _CUTS),
    # after the delay that the UPS keeps, ups.delay.shutdown
    order("shutdown.stayoff", "1.6.2.1", 3, _CUTS),
    order("load.on", "1.6.2.6", 2),
    Order(
        command=Command(name="shutdown.return", danger=_CUTS),
        plan=_shut_down_and_return,
        needs="1.6.1.1",
    ),
    order("shutdown.reboot", "1.6.2.2", 2, _CUTS),
    # after the delay that the UPS keeps, ups.delay.reboot
    order("shutdown.reboot.graceful", "1.6.2.3", 3, _CUTS),
    order("test.failure.start", "1.6.2.4", 2, _USES_BATTERY),
    order("test.panel.start", "1.7.2.5", 2),
    order("test.panel.start", "1.6.2.5", 2),
    order("test.battery.start", "1.7.2.2", 2, _USES_BATTERY),
    order("calibrate.start", "1.7.2.6", 2, _USES_BATTERY),
    order("calibrate.stop", "1.7.2.6", 3),
    order("beeper.enable", "1.5.2.4", 2),
    order("beeper.disable", "1.5.2.4", 3),
    order("beeper.mute", "1.5.2.4", 4),
    *(
        Order(
            command=Command(name=f"{_GROUP}.{name}", danger=danger),
            steps=((Put(_BANK, value),),),
            # there is a row of it for switched banks only
            needs="1.8.1.1.1.1",
        )
        for name, value, danger in (("load.on", 1, Danger.HARMLESS), ("load.off", 2, _CUTS))
    ),
    *outlet_orders("1.8.2.5.1.3", 1, needs="1.8.2.4.1.3"),
)
# read once to see which commands there are: they say nothing
_CONTROLS = tuple(
    number(where, when=When.ONCE)
    for where in (
        "1.6.1.1",
        *(f"1.6.2.{each}" for each in range(1, 7)),
        "1.7.2.2",
        "1.7.2.5",
        "1.7.2.6",
    )
)

# objects


def _seconds(minimum: float, maximum: float, step: float = 1) -> Write:
    """Describe a time that is written in hundredths of a second."""
    return Write(minimum=minimum, maximum=maximum, step=step, type=SnmpType.TICKS)


_IDENTITY = (
    text("1.1.1.1", "device.model"),
    text("1.1.1.2", "ups.id", write=NAME),
    text("1.1.2.1", "ups.firmware"),
    text("1.1.2.2", "ups.mfr.date", convert=iso_date),
    text("1.1.2.3", "device.serial"),
    text("1.1.2.4", "ups.firmware.aux"),
    number("1.1.2.6", "ups.power.nominal", absent=RATING, when=When.ONCE),
    number("1.1.2.7", "ups.realpower.nominal", absent=RATING, when=When.ONCE),
    number("1.1.2.8", "output.current.nominal", scale=TENTH, absent=RATING, when=When.ONCE),
)
_STATUS = (
    enum("1.4.1.1", OUTPUT_STATUS, role=Role.POWER),
    enum("1.3.2.6", _INPUT, "input.voltage.status"),
    enum("1.3.2.6", _INPUT_FREQUENCY, "input.frequency.status", when=When.STATUS),
    enum("1.3.2.5", _TRANSFER, "input.transfer.reason", when=When.STATUS),
    enum(
        "1.2.1.1",
        {
            1: (),
            2: (),
            3: StatusFlag.LOW_BATTERY,
            4: alarm("batteryNotPresent", "No battery", _CRITICAL),
        },
    ),
    enum("1.2.2.5", {1: (), 2: StatusFlag.REPLACE_BATTERY}),
    enum(
        "1.7.2.3",
        {
            1: TestResult.PASSED,
            2: TestResult.ERROR,
            3: TestResult.NOT_POSSIBLE,
            4: (TestResult.IN_PROGRESS, StatusFlag.TESTING),
        },
        "ups.test.result",
    ),
    enum("1.7.2.7", {1: (), 2: (), 3: StatusFlag.CALIBRATING}),
    enum(
        "1.10.1",
        {
            1: (),
            2: alarm("overheat", "Too hot", _CRITICAL),
            3: alarm("hardwarefault", "Hardware fault", _CRITICAL),
        },
        when=When.STATUS,
    ),
)
_BATTERY = (
    number("1.2.1.2", "battery.runtime.elapsed", scale=HUNDREDTH),
    text("1.2.1.3", "battery.date", convert=iso_date, write=LONG_DATE),
    number("1.2.2.1", "battery.charge"),
    number("1.2.2.2", "battery.voltage", scale=TENTH),
    number("1.2.2.3", "battery.temperature"),
    number("1.2.2.4", "battery.runtime", scale=HUNDREDTH),
    number("1.2.2.6", "battery.voltage.high", scale=TENTH, absent=RATING, when=When.RARE),
    # 1.2.2.7, the current, is a percentage of nobody knows what
    number("1.2.2.8", "battery.voltage.nominal", absent=RATING, when=When.ONCE),
    number("1.2.2.9", "battery.health", scale=HUNDREDTH, absent=RATING),
)
_LINES = (
    number("1.3.1.1", "input.phases", absent=RATING, when=When.ONCE),
    number("1.3.2.1", "input.voltage", scale=TENTH),
    number("1.3.2.2", "input.voltage.maximum", scale=TENTH),
    number("1.3.2.3", "input.voltage.minimum", scale=TENTH),
    # PowerPanel says 0 Hz for what it does not know
    number("1.3.2.4", "input.frequency", scale=TENTH, absent=RATING),
    number("1.3.2.7", "input.realpower"),
    number("1.4.1.2", "output.phases", absent=RATING, when=When.ONCE),
    number("1.4.2.1", "output.voltage", scale=TENTH),
    number("1.4.2.2", "output.frequency", scale=TENTH, absent=RATING),
    number("1.4.2.3", "ups.load"),
    number("1.4.2.4", "output.current", scale=TENTH),
    number("1.4.2.5", "ups.realpower"),
    number("1.4.2.6", "output.energy", scale=TENTH),
    number("1.10.2", "ups.temperature"),
)
_TEST = (
    text("1.7.2.4", "ups.test.date", when=When.RARE, convert=iso_date),
    number(
        "1.7.2.1",
        "ups.test.interval",
        convert=_interval,
        write=Write(minimum=0, maximum=2 * _WEEK, step=_WEEK, encode=_encode_interval),
    ),
)
# 1.5.2.2 and 1.5.2.3, by their names transfer voltages, are what is added to those of the model;
# 1.5.2.12 sets everything back and is never written
_CONFIGURATION = (
    number(
        "1.5.2.1", "output.voltage.nominal", absent=RATING, write=Write(minimum=100, maximum=240)
    ),
    enum(
        "1.5.2.4",
        {
            # after a while
            1: BeeperStatus.ENABLED,
            2: BeeperStatus.ENABLED,
            3: BeeperStatus.DISABLED,
            4: BeeperStatus.MUTED,
        },
        "ups.beeper.status",
    ),
    number("1.5.2.14", "battery.charge.restart", write=Write(minimum=0, maximum=90, step=15)),
    number("1.5.2.6", "battery.charge.restart", write=Write(minimum=0, maximum=40)),
    enum(
        "1.5.2.7",
        {1: Sensitivity.AUTO, 2: Sensitivity.LOW, 3: Sensitivity.MEDIUM, 4: Sensitivity.HIGH},
        "input.sensitivity",
        write=CHOICE,
    ),
    # when the battery counts as low, then when the UPS beeps
    number("1.5.2.8", "battery.runtime.low", scale=HUNDREDTH, write=_seconds(120, 600, 60)),
    number(
        "1.5.2.20", "battery.runtime.low", scale=60, write=Write(minimum=0, maximum=7200, step=60)
    ),
    number("1.5.2.9", "ups.delay.start", scale=HUNDREDTH, write=_seconds(0, 600)),
    number("1.5.2.10", "ups.delay.shutdown", scale=HUNDREDTH, write=_seconds(60, 5940)),
    # before it sleeps, which it does for shutdown.reboot.graceful
    number("1.5.2.11", "ups.delay.reboot", scale=HUNDREDTH, write=_seconds(60, 5940)),
    enum("1.5.2.13", {1: "no", 2: "yes"}, "ups.start.auto", write=YES_NO),
    enum("1.5.2.15", {1: "no", 2: "yes"}, "ups.start.battery", write=YES_NO),
    # in minutes: 0, 20, 40 or 60
    number(
        "1.5.2.16",
        "battery.energysave.delay",
        scale=60,
        write=Write(minimum=0, maximum=3600, step=1200),
    ),
    number("1.5.2.18", "battery.charge.low", write=Write(minimum=0, maximum=100)),
)
_PHASES = (
    Table(
        index=last("phase"),
        phases="1.9.1.1",
        rows=(
            number("1.9.1.2.1.2", "input.voltage", "input.L{phase}-N.voltage", scale=TENTH),
            number("1.9.1.2.1.3", "input.current", "input.L{phase}.current", scale=TENTH),
            number(
                "1.9.1.2.1.4",
                "input.frequency",
                "input.L{phase}.frequency",
                scale=TENTH,
                absent=RATING,
            ),
            number(
                "1.9.1.2.1.5", "input.powerfactor", "input.L{phase}.powerfactor", scale=HUNDREDTH
            ),
        ),
    ),
    Table(
        index=last("phase"),
        phases="1.9.2.1",
        rows=(
            number("1.9.2.2.1.2", "output.voltage", "output.L{phase}-N.voltage", scale=TENTH),
            number("1.9.2.2.1.3", "output.current", "output.L{phase}.current", scale=TENTH),
            number(
                "1.9.2.2.1.4",
                "output.frequency",
                "output.L{phase}.frequency",
                scale=TENTH,
                absent=RATING,
            ),
            number(
                "1.9.2.2.1.5", "output.powerfactor", "output.L{phase}.powerfactor", scale=HUNDREDTH
            ),
            number("1.9.2.2.1.6", "ups.realpower", "output.L{phase}.realpower", total=Total.SUM),
        ),
    ),
    Table(
        index=last("phase"),
        phases="1.9.3.1",
        rows=(
            number(
                "1.9.3.2.1.2",
                "input.bypass.voltage",
                "input.bypass.L{phase}-N.voltage",
                scale=TENTH,
                convert=_with_bypass,
            ),
            number(
                "1.9.3.2.1.3",
                "input.bypass.current",
                "input.bypass.L{phase}.current",
                scale=TENTH,
                convert=_with_bypass,
            ),
            number(
                "1.9.3.2.1.4",
                "input.bypass.frequency",
                "input.bypass.L{phase}.frequency",
                scale=TENTH,
                convert=_with_bypass,
            ),
        ),
    ),
)
_OUTLETS = (
    Table(
        index=last("group"),
        is_alive=_is_there,
        rows=(
            text(_BANK, f"{_GROUP}.status", when=When.FULL, convert=_bank_status),
            text(
                _BANK,
                f"{_GROUP}.switchable",
                convert=lambda said, _, __: "no" if said == _ALWAYS_ON else "yes",
            ),
        ),
    ),
    Table(
        index=last("group"),
        is_alive=_is_switched,
        rows=(number("1.8.1.1.1.1", when=When.ONCE),),
    ),
    Table(rows=(number("1.8.2.1", "outlet.count", absent=RATING, role=Role.COUNT),)),
    Table(
        index=last("outlet"),
        rows=(
            enum("1.8.2.4.1.3", OUTLET, "outlet.{outlet}.status"),
            text("1.8.2.2.1.2", "outlet.{outlet}.name", write=NAME),
            *outlet_delays("1.8.2.2.1", 3),
            text("1.8.2.4.1.2", "outlet.{outlet}.name", when=When.RARE),
            text("1.8.2.3.1.3", "outlet.{outlet}.groupid", convert=bank_of),
        ),
    ),
)

mib = Mib(
    id="cyberpower",
    title="CyberPower CPS-MIB (UPS)",
    root=ROOT,
    manufacturer=MANUFACTURER,
    tables=(
        Table(
            rows=(
                *_STATUS,
                *_IDENTITY,
                *_BATTERY,
                *_LINES,
                *_TEST,
                *_CONFIGURATION,
                *_CONTROLS,
            )
        ),
        *_PHASES,
        *_OUTLETS,
        *ENVIRONMENT,
    ),
    orders=ORDERS,
    traps=TRAPS,
    judge=_judge,
    mend=_mend,
    absent=NOT_THERE,
    flags=frozenset({StatusFlag.TESTING}),
)
