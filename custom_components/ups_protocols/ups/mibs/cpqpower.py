"""HP and Compaq UPSs, their first PDUs and power distribution racks (CPQPOWER): card snmp-hp.md, 1.

Documents: CPQPOWER-MIB of 2005 and 1.84 (2019). The UPS part is a copy of XUPS with fewer objects
and without its alarms; newer PDUs are in ``hpe_pdu``.
"""

from dataclasses import replace

from ..links.base import Oid, SnmpType, SnmpValue
from ..model import (
    Command,
    Danger,
    DeviceKind,
    Parameter,
    Result,
    Setting,
    SettingKind,
    Severity,
    StatusFlag,
    Value,
)
from ..names import ThresholdStatus, plausible
from .dates import iso_date
from .eaton_emp import emp
from .eaton_xups.words import (
    ALARMS,
    BATTERY,
    INPUT_SOURCES,
    LOW,
    OUTLET,
    SOURCES,
    TESTS,
    TOPOLOGIES,
)
from .hp_common import TRAPS, alarm, condition, learn_first, of_unit
from .table import (
    AlarmTable,
    Facts,
    Given,
    HostSide,
    Look,
    Mib,
    Order,
    Put,
    Role,
    Sign,
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
from .values import as_number

_TENTH, _HUNDREDTH = 0.1, 0.01
_SIGNED: frozenset[int] = frozenset()
"""-1 is a value of what has a sign."""
_NOTHING = frozenset({-1, 0})
_DEGREES = Write(minimum=-40, maximum=150)
_NAME = Write(kind=SettingKind.TEXT, length=63, type=SnmpType.OCTETS)
_CUTS = Danger.CUTS_POWER

STRATEGIES: Words = {
    1: "high alert",
    2: "standard",
    3: "high efficiency where possible",
    4: "high efficiency at once",
}

# which of the three it is


def _learn(look: Look) -> Facts:
    """Find out what answers, and from which number its PDUs or panels are counted."""
    if any(look.value(each) is not None for each in ("3.4.5", "3.2.4", "3.1.1")):
        return {}
    first = learn_first(look, ("2.1.2.1.3", "2.2.1.1.2", "4.2.1.1.3"))
    return {"kind": DeviceKind.PDU.value, **first}


def _is_pdu(look: Look, _: Oid) -> bool:
    return "kind" in look.facts


# the UPS


def _ambient(value: float, look: Look, _: Oid) -> float | None:
    """Leave out 0 °C with 0 % humidity: neither is measured."""
    return None if value == 0 and look.number("3.6.4") in {0, None} else value


def _date(said: str, look: Look, instance: Oid) -> Value | None:
    return iso_date(said.partition(":")[0], look, instance)


def _time(said: str, _: Look, __: Oid) -> Value | None:
    return said.partition(":")[2] or None


def _mend(values: dict[str, Value], look: Look) -> None:
    """Take part and serial number of the UPS out of its model, where older cards put them.

    Those beside it are the card's own. The power of a rack is that of all its panels.
    """
    panels = [float(value) for name, value in values.items() if name.endswith("output.realpower")]
    if panels and plausible("ups.realpower", sum(panels)):
        values["ups.realpower"] = sum(panels)
    model = look.text("3.1.2") or ""
    if ";" not in model:
        return
    for name, said in zip(
        ("device.model", "device.part", "device.serial"), model.split(";"), strict=False
    ):
        if said.strip():
            values[name] = said.strip()


_UPS = (
    Table(
        rows=(
            # identity (3.1)
            text("3.1.1", "device.mfr"),
            text("3.1.2", "device.model"),
            text("3.1.3", "ups.firmware"),
            enum("3.11.1", TOPOLOGIES, "ups.type", when=When.ONCE),
            # the power, with upsOutputSource first
            enum("3.4.5", SOURCES, role=Role.POWER),
            enum("3.3.5", INPUT_SOURCES, "input.source"),
            # battery (3.2): seconds, and volts without a unit in the MIB (card)
            enum("3.2.5", BATTERY, "battery.charger.status"),
            number("3.2.1", "battery.runtime"),
            number("3.2.2", "battery.voltage", absent=_NOTHING),
            # positive while the battery gives power
            number("3.2.3", "battery.current", absent=_SIGNED),
            number("3.2.4", "battery.charge"),
            enum("3.7.2", TESTS, "ups.test.result"),
            # input (3.3), output (3.4), bypass (3.5)
            number("3.3.1", "input.frequency", scale=_TENTH),
            number("3.3.2", "input.quality"),
            number("3.3.3", "input.phases", when=When.ONCE, absent=_NOTHING),
            number("3.4.1", "ups.load"),
            number("3.4.2", "output.frequency", scale=_TENTH),
            number("3.4.3", "output.phases", when=When.ONCE, absent=_NOTHING),
            number("3.5.1", "input.bypass.frequency", scale=_TENTH),
            number("3.5.2", "input.bypass.phases", when=When.ONCE, absent=_NOTHING),
            # around the UPS or its card (3.6)
            number("3.6.1", "ups.temperature", absent=_SIGNED, convert=_ambient),
            number("3.6.2", "ups.temperature.low", absent=_SIGNED, write=_DEGREES),
            number("3.6.3", "ups.temperature.high", absent=_SIGNED, write=_DEGREES),
            number("3.6.4", "ups.humidity", absent=_NOTHING),
            # what counts down (3.8); 0 is nothing
            number("3.8.1", "ups.timer.shutdown", absent=_NOTHING),
            number("3.8.2", "ups.timer.start", absent=_NOTHING),
            number("3.8.5", when=When.ONCE),
            number("3.8.6", when=When.ONCE),
            number("3.7.1", when=When.ONCE),
            # configuration (3.9, 3.11)
            number("3.9.1", "output.voltage.nominal", when=When.RARE, absent=_NOTHING),
            number("3.9.2", "input.voltage.nominal", when=When.RARE, absent=_NOTHING),
            number("3.9.3", "ups.realpower.nominal", when=When.RARE, absent=_NOTHING),
            number(
                "3.9.4", "output.frequency.nominal", scale=_TENTH, when=When.RARE, absent=_NOTHING
            ),
            text("3.9.5", "ups.date", when=When.FULL, convert=_date),
            text("3.9.5", "ups.time", when=When.FULL, convert=_time),
            number("3.9.6", "output.voltage.low", when=When.RARE, absent=_NOTHING),
            number("3.9.7", "output.voltage.high", when=When.RARE, absent=_NOTHING),
            number("3.10.1", "outlet.count", role=Role.COUNT),
            enum(
                "3.11.4",
                STRATEGIES,
                "input.eco.switchable",
                write=Write(kind=SettingKind.CHOICE),
            ),
        )
    ),
    Table(
        index=last("phase"),
        phases="3.3.3",
        rows=(
            number("3.3.4.1.2", "input.voltage", "input.L{phase}-N.voltage"),
            number("3.3.4.1.3", "input.current", "input.L{phase}.current"),
            number("3.3.4.1.4", "input.realpower", "input.L{phase}.realpower", total=Total.SUM),
        ),
    ),
    Table(
        index=last("phase"),
        phases="3.4.3",
        rows=(
            number("3.4.4.1.2", "output.voltage", "output.L{phase}-N.voltage"),
            number("3.4.4.1.3", "output.current", "output.L{phase}.current"),
            number("3.4.4.1.4", "ups.realpower", "output.L{phase}.realpower", total=Total.SUM),
        ),
    ),
    Table(
        index=last("phase"),
        phases="3.5.2",
        rows=(number("3.5.3.1.2", "input.bypass.voltage", "input.bypass.L{phase}-N.voltage"),),
    ),
    Table(
        # the load segments
        index=last("outlet"),
        rows=(
            enum("3.10.2.1.2", OUTLET, "outlet.{outlet}.status"),
            number("3.10.2.1.3", "outlet.{outlet}.timer.shutdown"),
            number("3.10.2.1.4", "outlet.{outlet}.timer.start"),
            # -1 is never
            number(
                "3.10.2.1.5",
                "outlet.{outlet}.delay.shutdown",
                write=Write(minimum=-1, maximum=32767),
            ),
            number(
                "3.10.2.1.6", "outlet.{outlet}.delay.start", write=Write(minimum=-1, maximum=32767)
            ),
        ),
    ),
    *emp("3.6", 5),
)

# the first PDUs (2)


_BREAKER: Words = {
    1: ThresholdStatus.GOOD,
    2: ThresholdStatus.WARNING_HIGH,
    3: (ThresholdStatus.CRITICAL_HIGH, StatusFlag.OVERLOADED),
    # an overload goes before the voltage
    4: ThresholdStatus.GOOD,
    5: ThresholdStatus.GOOD,
}
_BREAKER_ALARMS = {
    2: ("overload warning", Severity.WARNING),
    3: ("overload", Severity.CRITICAL),
    4: ("voltage 10 to 20 % out of tolerance", Severity.WARNING),
    5: ("voltage more than 20 % out of tolerance", Severity.CRITICAL),
}


def _breaker(value: SnmpValue, look: Look, instance: Oid) -> Sign | tuple[Sign, ...]:
    state = int(as_number(value) or 0)
    if state not in _BREAKER_ALARMS:
        return ()
    told = alarm(look, "breakerStatus", instance, ("breaker",), *_BREAKER_ALARMS[state])
    return (told, StatusFlag.OVERLOADED) if state == 3 else told


_G = "outlet.group.{group}"
_PDU = (
    Table(
        index=of_unit(),
        is_alive=_is_pdu,
        rows=(
            text("2.1.2.1.2", "ups.id", write=_NAME),
            text("2.1.2.1.3", "device.model"),
            text("2.1.2.1.4", "device.mfr"),
            text("2.1.2.1.5", "ups.firmware"),
            text("2.1.2.1.6", "device.part"),
            text("2.1.2.1.7", "device.serial"),
            condition("2.1.2.1.8", "pduStatus"),
            number("2.2.1.1.2", "input.voltage"),
            number("2.2.1.1.3", "input.current", scale=_HUNDREDTH),
            number("2.3.1.1.2", "ups.load"),
            number("2.3.1.1.4", "ups.realpower"),
            number("2.3.1.1.5", "outlet.group.count", role=Role.COUNT),
        ),
    ),
    Table(
        index=of_unit("group"),
        is_alive=_is_pdu,
        rows=(
            number("2.3.2.1.2", f"{_G}.voltage"),
            number("2.3.2.1.3", f"{_G}.current", scale=_HUNDREDTH),
            number("2.3.2.1.4", f"{_G}.load"),
            replace(
                enum("2.3.2.1.5", _BREAKER, f"{_G}.current.status"),
                says_at=_breaker,
            ),
        ),
    ),
    Table(rows=(number("2.1.1", "device.count", role=Role.COUNT, absent=_NOTHING),)),
)

# the power distribution rack (4): each panel is a unit of its own; the MIB has no units but in
# the names of the energies and for the breakers


def _hertz(value: float, _: Look, __: Oid) -> float | None:
    """Take tenths, as of all other frequencies of the MIB, where it cannot be Hz."""
    return value if value <= 100 else round(value / 10, 1)


_RACK = (
    Table(
        rows=(
            text("4.1.1", "ups.id", write=_NAME),
            text("4.1.2", "device.model"),
            text("4.1.3", "device.mfr"),
            text("4.1.4", "ups.firmware"),
            text("4.1.5", "device.part"),
            text("4.1.6", "device.serial"),
            number("4.1.7", "ups.power.nominal", when=When.ONCE, absent=_NOTHING),
            number("4.1.8", "output.voltage.nominal", when=When.ONCE, absent=_NOTHING),
            number("4.1.9", "output.phases", when=When.ONCE, absent=_NOTHING),
            number("4.1.10", "device.count", role=Role.COUNT, absent=_NOTHING),
            number("4.1.11", role=Role.COUNT),
        )
    ),
    Table(
        index=of_unit(),
        is_alive=_is_pdu,
        rows=(
            number("4.2.1.1.2", "output.frequency", convert=_hertz),
            number("4.2.1.1.3", "output.realpower"),
            number("4.2.1.1.4", "output.current.nominal", when=When.RARE, absent=_NOTHING),
            number("4.2.1.1.7", "output.energy"),
            *(
                number(f"4.2.1.1.{7 + phase}", f"output.L{phase}-N.voltage")
                for phase in range(1, 4)
            ),
            *(number(f"4.2.1.1.{10 + phase}", f"output.L{phase}.current") for phase in range(1, 4)),
            *(
                number(f"4.2.1.1.{13 + phase}", f"output.L{phase}.power.percent")
                for phase in range(1, 4)
            ),
        ),
    ),
    Table(
        index=of_unit("group"),
        is_alive=_is_pdu,
        rows=(
            number("4.3.1.1.6", f"{_G}.current.nominal", when=When.RARE, absent=_NOTHING),
            number("4.3.1.1.9", f"{_G}.energy"),
            number("4.3.1.1.10", f"{_G}.current"),
            number("4.3.1.1.11", f"{_G}.load"),
            number("4.3.1.1.12", f"{_G}.realpower"),
        ),
    ),
)

_CARD = Table(
    # the card's own (1.2), for what the device behind it does not tell
    rows=(
        text("1.2.1", "device.mfr"),
        text("1.2.2", "device.model"),
        text("1.2.3", "ups.firmware.aux"),
        text("1.2.5", "ups.id", write=_NAME),
        text("1.2.6", "device.part"),
        text("1.2.7", "device.serial"),
        text("1.2.8", "device.macaddr"),
    )
)

# commands: the objects of the UPS take the seconds until it is done

_SHUTDOWN_DELAY = "ups.delay.shutdown"
_LONGEST = 86400
_O = "outlet.{outlet}.load"


def _delay(default: float, *, minimum: float = 0, setting: str | None = None) -> Parameter:
    return Parameter(
        name="delay", minimum=minimum, maximum=_LONGEST, step=1, default=default, setting=setting
    )


def _order(
    name: str,
    where: str,
    danger: Danger = Danger.HARMLESS,
    *,
    delay: Parameter | None = None,
    value: int = 1,
    needs: str = "",
) -> Order:
    """Describe a command of one object: with a delay, or a value of its own."""
    return Order(
        command=Command(name=name, danger=danger, parameters=(delay,) if delay else ()),
        steps=((Put(where, Given("delay") if delay else value),),),
        needs=needs,
    )


_LATER = _delay(20, minimum=1, setting=_SHUTDOWN_DELAY)
ORDERS = (
    # 0 would call off what counts down, so the soonest is 1
    _order("load.off", "3.8.1", _CUTS),
    _order("load.off.delay", "3.8.1", _CUTS, delay=_LATER),
    _order("load.on", "3.8.2"),
    _order("load.on.delay", "3.8.2", delay=_delay(30, minimum=1)),
    # it cannot call off a shutdown.return
    _order("shutdown.stop", "3.8.1", value=0),
    _order("shutdown.return", "3.8.6", _CUTS, delay=_delay(20, setting=_SHUTDOWN_DELAY)),
    _order("shutdown.reboot", "3.8.6", _CUTS, value=0),
    # where the bypass is not available, the load loses its power
    _order("bypass.start", "3.8.5", _CUTS, delay=_delay(1, minimum=1)),
    replace(
        _order("test.battery.start", "3.7.1", Danger.USES_BATTERY),
        # of a test that it cannot do it says so later, not to the SET
        result=Result.SENT,
    ),
    _order(f"{_O}.off", "3.10.2.1.3", _CUTS, delay=_delay(0), needs="3.10.2.1.2"),
    _order(f"{_O}.on", "3.10.2.1.4", delay=_delay(0), needs="3.10.2.1.2"),
    _order(f"{_O}.cycle", "3.10.2.1.7", _CUTS, delay=_delay(0), needs="3.10.2.1.2"),
)

mib = Mib(
    id="cpqpower",
    title="HP and Compaq CPQPOWER-MIB",
    root="E.232.165",
    manufacturer="HP",
    tables=(*_UPS, *_PDU, *_RACK, _CARD),
    # Eaton made the cards, and some answer its alarms too
    alarms=(AlarmTable(count="E.534.1.7.1", column="E.534.1.7.2.1.2", meanings=ALARMS),),
    orders=ORDERS,
    host_side=(
        HostSide(
            Setting(name=_SHUTDOWN_DELAY, minimum=1, maximum=_LONGEST, host_side=True), default=20
        ),
    ),
    traps=(TRAPS,),
    learn=_learn,
    mend=_mend,
    absent=frozenset({-1}),
    borrows=frozenset({LOW, StatusFlag.REPLACE_BATTERY, StatusFlag.OVERLOADED}),
)
