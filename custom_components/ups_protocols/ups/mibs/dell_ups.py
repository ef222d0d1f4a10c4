"""Dell's UPS MIB, an addition to RFC 1628 on Eaton-made cards: card snmp-eaton-xups.md, last part.

Document: DELL-SNMP-UPS-MIB. It has neither an output source nor charge, voltages or commands:
those are read by RFC 1628 of the same card. Its alarms are the numbers of its traps, in one text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
import re

from ..links.base import Oid, SnmpValue
from ..model import Alarm, Severity, Status, StatusFlag, Value
from ..names import ChargerStatus, ContactStatus, OutletStatus, TestResult, UpsType
from .status import POWER_FLAGS, judge as weigh, settle
from .table import (
    Index,
    Look,
    Mib,
    Role,
    Row,
    Sign,
    Signs,
    Special,
    Table,
    Traps,
    When,
    enum,
    number,
    parts,
    sign,
    text,
)
from .values import as_text

ON_LINE, ON_BATTERY = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY
OFF, BYPASS = StatusFlag.OFF, StatusFlag.BYPASS
TESTING, OVERLOADED = StatusFlag.TESTING, StatusFlag.OVERLOADED
_CRITICAL = Severity.CRITICAL
_TENTH = 0.1

# alarms: the traps that have begun and not ended


def _alarm(code: str, said: str, severity: Severity = Severity.WARNING) -> Alarm:
    return Alarm(said, code=code, severity=severity)


ALARMS: Mapping[int, tuple[Sign, ...]] = {
    1: (_alarm("trapInverterOverVoltage", "Inverter over voltage", _CRITICAL),),
    3: (_alarm("trapInverterUnderVoltage", "Inverter under voltage", _CRITICAL),),
    5: (_alarm("trapBypassFrequencyOutOfRange", "Bypass frequency out of range"),),
    7: (StatusFlag.TRIMMING,),
    9: (StatusFlag.BOOSTING,),
    11: (_alarm("trapInputOverVoltage", "Input over voltage"),),
    13: (_alarm("trapInputUnderVoltage", "Input under voltage"),),
    15: (_alarm("trapInputFrequencyOutOfRange", "Input frequency out of range"),),
    17: (OFF, _alarm("trapRemoteEmergencyPowerOff", "Remote emergency power off", _CRITICAL)),
    **dict.fromkeys((19, 21, 23), (OVERLOADED,)),
    25: (_alarm("trapPosDCLinkOverVoltage", "Positive DC link over voltage", _CRITICAL),),
    27: (_alarm("trapPosDCLinkUnderVoltage", "Positive DC link under voltage", _CRITICAL),),
    29: (_alarm("trapNegDCLinkOverVoltage", "Negative DC link over voltage", _CRITICAL),),
    31: (_alarm("trapNegDCLinkUnderVoltage", "Negative DC link under voltage", _CRITICAL),),
    33: (_alarm("trapRectifierFault", "Rectifier fault", _CRITICAL),),
    35: (_alarm("trapInverterFault", "Inverter fault", _CRITICAL),),
    37: (_alarm("trapChargerFailure", "Charger failed", _CRITICAL),),
    39: (_alarm("trapEepromFailure", "EEPROM failed", _CRITICAL),),
    41: (StatusFlag.FORCED_SHUTDOWN,),
    43: (StatusFlag.LOW_BATTERY,),
    45: (_alarm("trapOutputShortCircuit", "Output short circuit", _CRITICAL),),
    47: (Special.INPUT_LOST,),
    49: (_alarm("trapBatteryOverVoltage", "Battery over voltage", _CRITICAL),),
    51: (_alarm("trapHeatsinkOvertemperature", "Heatsink over temperature", _CRITICAL),),
    53: (_alarm("trapBypassNotAvailable", "Bypass not available"),),
    55: (BYPASS,),
    57: (ON_BATTERY,),
    59: (BYPASS,),
    61: (TESTING,),
    63: (StatusFlag.REPLACE_BATTERY,),
    65: (_alarm("trapFanFailure", "Fan failed", _CRITICAL),),
    67: (_alarm("trapSiteWiringFault", "Site wiring fault"),),
    69: (_alarm("trapBatteryDisconnected", "Batteries disconnected", _CRITICAL),),
    71: (OFF,),
    73: (_alarm("trapDCLinkImbalance", "DC link imbalance", _CRITICAL),),
    # the charger's mode has an object of its own, and so have the load segments
    79: (),
    81: (),
    83: (),
    85: (StatusFlag.ECO,),
    87: (_alarm("trapRectifierOverload", "Rectifier input over current"),),
    89: (_alarm("trapInverterOverload", "Inverter output over current"),),
    91: (_alarm("trapBypassVoltageOutOfRange", "Bypass voltage out of range"),),
    93: (StatusFlag.REPLACE_BATTERY,),
    # from here on the even numbers begin and the odd ones end
    96: (Special.STALE,),
    98: (_alarm("trapEnvironComFailure", "Environment probe lost"),),
    100: (_alarm("trapEnvironTemperatureLow", "Temperature too low"),),
    102: (_alarm("trapEnvironTemperatureHigh", "Temperature too high"),),
    104: (_alarm("trapEnvironHumidityLow", "Humidity too low"),),
    106: (_alarm("trapEnvironHumidityHigh", "Humidity too high"),),
}
_FIRST_EVEN = 94
_SEGMENT_OFF = {1: 81, 2: 83}


def _present(said: SnmpValue | None) -> Iterator[int]:
    """Yield the numbers of the present alarms: "1,5,23"."""
    yield from map(int, re.findall(r"\d{1,4}", as_text(said) or ""))


def _alarms(said: SnmpValue, _: Look) -> tuple[Sign, ...]:
    found: list[Sign] = []
    for trap in _present(said):
        if trap in ALARMS:
            found += ALARMS[trap]
        elif trap < _FIRST_EVEN:
            found.append(Alarm(f"Alarm {trap}", code=str(trap)))
    return tuple(found)


_GLOBAL: Mapping[int, Alarm] = {
    4: _alarm("productStatusGlobalStatus", "Status non-critical"),
    5: _alarm("productStatusGlobalStatus", "Status critical", _CRITICAL),
    6: _alarm("productStatusGlobalStatus", "Status non-recoverable", _CRITICAL),
}


def _global(said: SnmpValue, look: Look) -> tuple[Sign, ...]:
    """Read the sum of all alarms: only where the list does not tell which they are."""
    if any(_present(look.value("120.4.2"))) or not isinstance(said, int) or said not in _GLOBAL:
        return ()
    return (_GLOBAL[said],)


def _judge(signs: Signs) -> Status:
    """Weigh the signs: the list tells all but "on line", else what RFC 1628 says counts.

    Where the card does not answer that, a UPS that has none of these alarms is on line.
    """
    own = settle(signs.power & POWER_FLAGS)
    status = weigh(replace(signs, power=signs.power - POWER_FLAGS | own))
    if status.flags & POWER_FLAGS or signs.look.value("120.4.2") is None:
        return status
    return replace(status, flags=status.flags | {ON_LINE})


# objects


def _segment(segment: int) -> Table:
    """Describe a load segment: countdowns, and whether its trap says that it is off."""

    def status(_: str, look: Look, __: Oid) -> Value:
        is_off = _SEGMENT_OFF[segment] in _present(look.value("120.4.2"))
        return str(OutletStatus.OFF if is_off else OutletStatus.ON)

    shutdown, start = (f"120.6.{2 * segment - 1}", f"120.6.{2 * segment}")
    return Table(
        index=Index(place=lambda _, __: {"outlet": segment}),
        rows=(
            text(shutdown, "outlet.{outlet}.status", when=When.FULL, convert=status),
            number(shutdown, "outlet.{outlet}.timer.shutdown"),
            number(f"120.6.{4 + segment}", "outlet.{outlet}.timer.shutdown"),
            number(start, "outlet.{outlet}.timer.start"),
        ),
    )


def _has_probe(look: Look, _: Oid) -> bool:
    """Tell whether a probe is there: 0 °C with 0 % is none."""
    zero = (0,)
    is_measured = look.number("120.7.3.2", zero) or look.number("120.7.3.3", zero)
    return bool(is_measured) and look.number("120.7.1", zero) != 0


def _counts_from_zero(look: Look) -> bool:
    return (0,) in look.column("120.7.4.1.3")


def _contacts(start: int) -> Table:
    """Describe the contacts, numbered from 0 by the syntax of their index, from 1 by its text."""
    return Table(
        index=Index(
            place=parts("contact", start={"contact": start}).place,
            needs=("120.7.3.2", "120.7.3.3", "120.7.1"),
        ),
        is_alive=lambda look, _: _has_probe(look, ()) and _counts_from_zero(look) == (start == 0),
        rows=(
            text("120.7.4.1.2", "ambient.contacts.{contact}.name", when=When.RARE),
            enum(
                "120.7.4.1.3",
                {1: ContactStatus.OPEN, 2: ContactStatus.CLOSED},
                "ambient.contacts.{contact}.status",
            ),
        ),
    )


_UNIT = (
    Row(oid="120.4.2", when=When.STATUS, role=Role.POWER, says=_alarms),
    sign("110.1", _global),
    # the product of 100 is the card
    text("120.1.1", "device.model"),
    text("100.1", "device.model"),
    text("100.3", "device.mfr"),
    text("120.1.2", "device.serial"),
    text("120.1.4", "ups.firmware"),
    text("100.4", "ups.firmware.aux"),
    enum(
        "120.1.3",
        {
            1: UpsType.LINE_INTERACTIVE,
            2: UpsType.ONLINE,
            3: UpsType.ONLINE,
            4: UpsType.ONLINE,
            5: UpsType.HOT_STANDBY,
        },
        "ups.type",
        when=When.ONCE,
    ),
    number("120.2.4", "ups.realpower.maximum"),
    number("120.2.9", "ups.power"),
    number("120.4.3", "ups.timer.shutdown"),
    enum("120.4.4", {1: "yes", 2: "no"}, "outlet.switchable", when=When.RARE),
    enum(
        "120.5.1",
        {
            1: (ChargerStatus.CHARGING, StatusFlag.CHARGING),
            2: (ChargerStatus.DISCHARGING, StatusFlag.DISCHARGING),
            3: ChargerStatus.FLOATING,
            4: ChargerStatus.RESTING,
            5: ChargerStatus.OFF,
        },
        "battery.charger.status",
    ),
    enum(
        "120.5.2",
        {
            1: TestResult.PASSED,
            2: TestResult.WARNING,
            3: TestResult.ERROR,
            4: TestResult.ABORTED,
            5: (TestResult.IN_PROGRESS, TESTING),
            6: TestResult.NONE,
            7: TestResult.SCHEDULED,
        },
        "ups.test.result",
    ),
    number("120.5.3", "battery.runtime"),
)
_PROBE = Table(
    index=Index(place=lambda _, __: {}, needs=("120.7.1",)),
    is_alive=_has_probe,
    rows=(
        text("120.7.2", "ambient.name", when=When.RARE),
        # tenths of °C, whatever 120.7.3.1 says; the limits are whole degrees
        number("120.7.3.2", "ambient.temperature", scale=_TENTH, absent=set()),
        number("120.7.3.3", "ambient.humidity", scale=_TENTH),
        number("120.7.3.4", "ambient.temperature.low", when=When.RARE),
        number("120.7.3.5", "ambient.temperature.high", when=When.RARE),
        number("120.7.3.7", "ambient.humidity.low", when=When.RARE),
        number("120.7.3.8", "ambient.humidity.high", when=When.RARE),
    ),
)

# traps: mostly one that begins and the next that ends

_BOTH: Mapping[int, str] = {
    # number of the first: event of the first; the second's has "_cleared" behind it
    1: "inverter_over_voltage",
    3: "inverter_under_voltage",
    5: "bypass_frequency_bad",
    11: "input_over_voltage",
    13: "input_under_voltage",
    15: "input_frequency_bad",
    17: "emergency_power_off",
    **dict.fromkeys((19, 21, 23), "overload"),
    **dict.fromkeys((25, 29), "dc_link_over_voltage"),
    **dict.fromkeys((27, 31), "dc_link_under_voltage"),
    33: "rectifier_failed",
    35: "inverter_failed",
    37: "charger_failed",
    39: "memory_failed",
    41: "shutdown_imminent",
    43: "low_battery",
    45: "output_short_circuit",
    49: "battery_over_voltage",
    51: "over_temperature",
    53: "bypass_unavailable",
    65: "fan_failed",
    67: "wiring_fault",
    69: "battery_disconnected",
    73: "dc_link_imbalance",
    87: "rectifier_overload",
    89: "inverter_overload",
    91: "bypass_voltage_bad",
}
EVENTS: Mapping[int, str] = {
    **_BOTH,
    **{number_ + 1: f"{event}_cleared" for number_, event in _BOTH.items()},
    7: "trim_on",
    8: "trim_off",
    9: "boost_on",
    10: "boost_off",
    47: "utility_failed",
    48: "utility_restored",
    55: "manual_bypass",
    57: "on_battery",
    58: "power_restored",
    59: "bypass_started",
    60: "bypass_ended",
    61: "test_started",
    62: "test_completed",
    63: "replace_battery",
    64: "battery_replaced",
    71: "turned_off",
    72: "turned_on",
    **dict.fromkeys((81, 83), "outlet_off"),
    **dict.fromkeys((82, 84), "outlet_on"),
    85: "eco_on",
    86: "eco_off",
    93: "service_battery",
    96: "communication_lost",
    97: "communication_found",
    98: "probe_lost",
    99: "probe_found",
    100: "temperature_low",
    102: "temperature_high",
    103: "temperature_good",
    104: "humidity_low",
    106: "humidity_high",
    107: "humidity_good",
    **dict.fromkeys((108, 110), "contact_closed"),
    **dict.fromkeys((109, 111), "contact_open"),
}

mib = Mib(
    id="dell-ups",
    title="Dell UPS MIB",
    root="E.674.10902.2",
    manufacturer="Dell",
    tables=(Table(rows=_UNIT), _segment(1), _segment(2), _PROBE, _contacts(1), _contacts(0)),
    traps=(Traps(roots=("E.674.10902.2.140",), events=EVENTS),),
    judge=_judge,
    absent=frozenset({-1}),
    flags=frozenset(
        each for said in ALARMS.values() for each in said if isinstance(each, StatusFlag)
    )
    | {ON_LINE},
    borrows=frozenset({ON_LINE, ON_BATTERY, BYPASS, OFF, StatusFlag.CALIBRATING}),
)
