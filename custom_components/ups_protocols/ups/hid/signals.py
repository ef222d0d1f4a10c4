"""From status bits to flags and alarms (card usb-hid-power-device, §F(5))."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ..model import Alarm, Severity, Status, StatusFlag


class Signal(StrEnum):
    """What a bit, or a number of a status report, tells."""

    AC_PRESENT = "ac present"
    ON_BATTERY = "on battery"
    """The battery feeds the load, whatever the input does: in a test, say."""
    CHARGING = "charging"
    DISCHARGING = "discharging"
    FULLY_CHARGED = "fully charged"
    FULLY_DISCHARGED = "fully discharged"
    BELOW_CAPACITY = "below remaining capacity limit"
    TIME_EXPIRED = "remaining time limit expired"
    SHUTDOWN_IMMINENT = "shutdown imminent"
    SHUTDOWN_REQUESTED = "shutdown requested"
    REPLACE_BATTERY = "need replacement"
    NO_BATTERY = "no battery"
    OVERLOAD = "overload"
    TRIM = "trim"
    BOOST = "boost"
    BYPASS = "automatic bypass"
    MANUAL_BYPASS = "manual bypass"
    ECO = "eco"
    OFF = "off"
    FORCED_SHUTDOWN = "forced shutdown"
    TESTING = "testing"
    CALIBRATING = "calibrating"
    # the charger's own word on units with ABM (card usb-hid-vendors, §G5)
    CHARGER_RULES = "charger enabled"
    CHARGER_CHARGES = "charger charges"
    CHARGER_DISCHARGES = "charger discharges"
    # these make alarms only
    INTERNAL_FAILURE = "internal failure"
    COMMUNICATION_LOST = "communication lost"
    OVER_TEMPERATURE = "over temperature"
    AWAITING_POWER = "awaiting power"
    FAN_FAILURE = "fan failure"
    CHARGER_FAILURE = "charger failure"
    BATTERY_FAILURE = "battery failure"
    BATTERY_VOLTAGE_HIGH = "battery voltage too high"
    BATTERY_VOLTAGE_LOW = "battery voltage too low"
    BATTERY_VOLTAGE_ODD = "battery voltage out of range"
    EMERGENCY_STOP = "emergency stop"
    WIRING_FAULT = "wiring fault"
    CONFIGURATION_FAILURE = "configuration failure"
    INVERTER_VOLTAGE_HIGH = "inverter voltage too high"
    INVERTER_VOLTAGE_LOW = "inverter voltage too low"
    SHORT_CIRCUIT = "short circuit"
    # these make input.transfer.reason only
    VOLTAGE_OUT_OF_RANGE = "input voltage out of range"
    FREQUENCY_OUT_OF_RANGE = "input frequency out of range"


type Signals = Mapping[Signal, bool]

FLAGS: Mapping[Signal, StatusFlag] = MappingProxyType(
    {
        Signal.BELOW_CAPACITY: StatusFlag.LOW_BATTERY,
        Signal.TIME_EXPIRED: StatusFlag.LOW_BATTERY,
        Signal.SHUTDOWN_IMMINENT: StatusFlag.LOW_BATTERY,
        Signal.REPLACE_BATTERY: StatusFlag.REPLACE_BATTERY,
        Signal.NO_BATTERY: StatusFlag.REPLACE_BATTERY,
        Signal.OVERLOAD: StatusFlag.OVERLOADED,
        Signal.TRIM: StatusFlag.TRIMMING,
        Signal.BOOST: StatusFlag.BOOSTING,
        Signal.BYPASS: StatusFlag.BYPASS,
        Signal.MANUAL_BYPASS: StatusFlag.BYPASS,
        Signal.ECO: StatusFlag.ECO,
        Signal.OFF: StatusFlag.OFF,
        Signal.FORCED_SHUTDOWN: StatusFlag.FORCED_SHUTDOWN,
        Signal.TESTING: StatusFlag.TESTING,
        Signal.CALIBRATING: StatusFlag.CALIBRATING,
    }
)
"""Signals that set a flag whenever they are true; the others need a second look."""

_POWER: Final = {
    Signal.AC_PRESENT: (StatusFlag.ON_LINE, StatusFlag.ON_BATTERY),
    Signal.ON_BATTERY: (StatusFlag.ON_BATTERY,),
    Signal.DISCHARGING: (StatusFlag.DISCHARGING, StatusFlag.ON_BATTERY),
    Signal.CHARGING: (StatusFlag.CHARGING,),
    Signal.FULLY_CHARGED: (),
    Signal.FULLY_DISCHARGED: (),
    Signal.CHARGER_RULES: (),
    Signal.CHARGER_CHARGES: (StatusFlag.CHARGING,),
    Signal.CHARGER_DISCHARGES: (StatusFlag.DISCHARGING,),
}
FIRST_COUNTS: Final = frozenset({*_POWER} - {Signal.ON_BATTERY})
"""Signals that one place tells: where there are several, the first that a device has counts."""
CHARGER_SIGNALS: Final = frozenset(
    {Signal.CHARGER_RULES, Signal.CHARGER_CHARGES, Signal.CHARGER_DISCHARGES}
)
POWER_SIGNALS: Final = frozenset({Signal.AC_PRESENT, Signal.ON_BATTERY, Signal.DISCHARGING})
"""Without one of these a device tells no power state."""
FLAG_SIGNALS: Final = frozenset({*FLAGS, *_POWER})
"""What must be read to tell the flags."""

_CRITICAL: Final = Severity.CRITICAL
ALARMS: Mapping[Signal, Alarm] = MappingProxyType(
    {
        Signal.REPLACE_BATTERY: Alarm("Replace battery!"),
        Signal.SHUTDOWN_IMMINENT: Alarm("Shutdown imminent!", severity=_CRITICAL),
        Signal.SHUTDOWN_REQUESTED: Alarm("Shutdown requested!"),
        Signal.FAN_FAILURE: Alarm("Fan failure!"),
        Signal.NO_BATTERY: Alarm("No battery installed!", severity=_CRITICAL),
        Signal.BATTERY_VOLTAGE_LOW: Alarm("Battery voltage too low!"),
        Signal.BATTERY_VOLTAGE_HIGH: Alarm("Battery voltage too high!"),
        Signal.BATTERY_VOLTAGE_ODD: Alarm("Battery voltage out of range!"),
        Signal.BATTERY_FAILURE: Alarm("Battery failure!", severity=_CRITICAL),
        Signal.CHARGER_FAILURE: Alarm("Battery charger fail!"),
        Signal.OVER_TEMPERATURE: Alarm("Temperature too high!", severity=_CRITICAL),
        Signal.INTERNAL_FAILURE: Alarm("Internal UPS fault!", severity=_CRITICAL),
        Signal.COMMUNICATION_LOST: Alarm("Internal communication lost!"),
        Signal.AWAITING_POWER: Alarm("Awaiting power!", severity=Severity.INFORMATION),
        Signal.BYPASS: Alarm("Automatic bypass mode!"),
        Signal.MANUAL_BYPASS: Alarm("Manual bypass mode!"),
        Signal.EMERGENCY_STOP: Alarm("Emergency stop!", severity=_CRITICAL),
        Signal.WIRING_FAULT: Alarm("Wiring fault!"),
        Signal.CONFIGURATION_FAILURE: Alarm("Configuration failure!"),
        Signal.INVERTER_VOLTAGE_HIGH: Alarm("Inverter voltage too high!"),
        Signal.INVERTER_VOLTAGE_LOW: Alarm("Inverter voltage too low!"),
        Signal.SHORT_CIRCUIT: Alarm("Output short circuit!", severity=_CRITICAL),
    }
)


class OnLineDischarge(StrEnum):
    """What a unit means that discharges its battery with the mains there (card, §F(5))."""

    AS_REPORTED = "as_reported"
    CALIBRATION = "calibration"
    ON_BATTERY = "on_battery"


def flags_of(signals: Iterable[Signal]) -> frozenset[StatusFlag]:
    """Return the flags that a unit with these signals can report."""
    known = set(signals)
    flags = {FLAGS[signal] for signal in known & FLAGS.keys()}
    for signal in known & _POWER.keys():
        flags.update(_POWER[signal])
    return frozenset(flags)


def judge(
    signals: Signals,
    *,
    charge: float | None = None,
    discharge: OnLineDischarge = OnLineDischarge.AS_REPORTED,
) -> Status:
    """Return the status that the signals of a moment add up to."""
    on = {signal for signal, is_on in signals.items() if is_on}
    flags = {FLAGS[signal] for signal in on & FLAGS.keys()}
    present = signals.get(Signal.AC_PRESENT)
    discharging = Signal.DISCHARGING in on
    if Signal.ON_BATTERY in on or present is False or (present is None and discharging):
        flags.add(StatusFlag.ON_BATTERY)
    elif present:
        flags.add(StatusFlag.ON_LINE)
    if discharging and Signal.FULLY_DISCHARGED not in on:
        flags.add(StatusFlag.DISCHARGING)
    if Signal.CHARGING in on and not _is_full(signals, charge):
        flags.add(StatusFlag.CHARGING)
    if {StatusFlag.ON_LINE, StatusFlag.DISCHARGING} <= flags:
        if discharge is OnLineDischarge.CALIBRATION:
            flags.add(StatusFlag.CALIBRATING)
        elif discharge is OnLineDischarge.ON_BATTERY:
            flags = flags - {StatusFlag.ON_LINE} | {StatusFlag.ON_BATTERY}
            present = None
    return Status(
        flags=frozenset(flags),
        alarms=tuple(alarm for signal, alarm in ALARMS.items() if signal in on),
        input_present=present,
    )


def _is_full(signals: Signals, charge: float | None) -> bool:
    """Tell that a charging bit only means that the charger is at work on a full battery."""
    if Signal.FULLY_CHARGED in signals:
        return signals[Signal.FULLY_CHARGED]
    return charge is not None and charge >= 100
