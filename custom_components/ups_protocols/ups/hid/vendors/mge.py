"""MGE, Eaton and what they made for Dell, HP, IBM and AEG (usb-hid-vendors §G5).

"USB Devices ID Description for NUT", MGE 34003616 index AA, numbers Input, Flow and Outlet.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from ...links.base import UsbDevice
from ...model import Danger, Value
from ...names import ChargerStatus, Sensitivity, UpsType
from ..shapes import NUMBER, PLAIN, TEXT, YES_NO, Choice, Fixed, Plain, Shape, Words
from ..signals import Signal, Signals
from ..tables import Bit, Labels, Readings, Row, Vendor, one_of, order, row
from ..usages import MGE, UsageNames

_IN1, _IN2, _IN3, _IN5 = (f"PowerConverter.Input.[{number}]" for number in (1, 2, 3, 5))
_OUT = "PowerConverter.Output"
_BATTERY, _CHARGER = "BatterySystem.Battery", "BatterySystem.Charger"

_ENABLED = Words({0: "disabled", 1: "enabled"}, is_switch=True)
_CONVERTER = Words(
    {
        1: UpsType.OFFLINE_OR_LINE_INTERACTIVE,
        2: UpsType.ONLINE,
        3: "online - unitary/parallel",
        4: "online - parallel with hot standby",
        5: UpsType.HOT_STANDBY,
    }
)
# two numberings of one thing
_CHARGER_MODE = Words(
    {
        1: ChargerStatus.CHARGING,
        2: ChargerStatus.DISCHARGING,
        3: ChargerStatus.FLOATING,
        4: ChargerStatus.RESTING,
        6: ChargerStatus.OFF,
    }
)
_CHARGER_STATUS = Words(
    {
        1: ChargerStatus.CHARGING,
        2: ChargerStatus.FLOATING,
        3: ChargerStatus.RESTING,
        4: ChargerStatus.DISCHARGING,
        6: ChargerStatus.OFF,
    }
)
_PROTECTION = Words({0: "not powered", 1: "not protected", 2: "protected"})
# hundredths, on most
_POWER_FACTOR = Fixed(lambda value: value / 100 if value > 1 else value)
_NOMINALS = Choice(choices=(100, 110, 120, 127, 200, 208, 220, 230, 240))


def _moment(form: str) -> Plain:
    """Return the shape of its clock: seconds since 1970; before 2000 it was never set."""

    def convert(number: int) -> str | None:
        if number < 946_684_800:
            return None
        return datetime.fromtimestamp(number, UTC).strftime(form)

    return Plain(convert)


def _set(variable: str, path: str, shape: Shape = NUMBER) -> Row:
    """Return the row of a setting."""
    return row(variable, path, shape=shape, writable=True)


_SETTINGS = (
    _set("battery.charge.low", "PowerSummary.RemainingCapacityLimitSetting"),
    _set("battery.charge.restart", "PowerSummary.RestartLevel"),
    _set("battery.energysave", f"{_IN3}.EnergySaving", YES_NO),
    _set("battery.energysave.delay", f"{_IN3}.EnergySaving.ShutdownTimer"),
    _set("battery.energysave.delay", f"{_IN3}.ShutdownTimer"),
    _set("battery.energysave.load", f"{_IN3}.ConfigPercentLoad"),
    _set("battery.energysave.realpower", f"{_IN3}.ConfigActivePower"),
    _set("battery.protection", f"{_BATTERY}.DeepDischargeProtection", YES_NO),
    _set("input.frequency.extended", f"{_OUT}.ExtendedFrequencyMode", YES_NO),
    _set("input.voltage.extended", f"{_OUT}.ExtendedVoltageMode", YES_NO),
    _set(
        "input.sensitivity",
        f"{_OUT}.SensitivityMode",
        Words({0: Sensitivity.NORMAL, 1: Sensitivity.HIGH, 2: Sensitivity.LOW}),
    ),
    _set("input.transfer.boost.low", f"{_OUT}.LowVoltageBoostTransfer"),
    _set("input.transfer.boost.high", f"{_OUT}.HighVoltageBoostTransfer"),
    _set("input.transfer.trim.low", f"{_OUT}.LowVoltageBuckTransfer"),
    _set("input.transfer.trim.high", f"{_OUT}.HighVoltageBuckTransfer"),
    _set("input.transfer.bypass.low", f"{_OUT}.LowVoltageBypassTransfer"),
    _set("input.transfer.bypass.high", f"{_OUT}.HighVoltageBypassTransfer"),
    _set("input.transfer.eco.low", f"{_OUT}.LowVoltageEcoTransfer"),
    _set("input.transfer.eco.high", f"{_OUT}.HighVoltageEcoTransfer"),
    _set("input.transfer.hysteresis", f"{_OUT}.HysteresisVoltageTransfer"),
    _set("input.transfer.frequency.bypass.range", f"{_OUT}.FrequencyRangeBypassTransfer"),
    _set("input.transfer.frequency.eco.range", f"{_OUT}.FrequencyRangeEcoTransfer"),
    _set("input.transfer.bypass.forced", f"{_IN2}.ForcedTransferEnable", _ENABLED),
    _set("input.transfer.bypass.overload", f"{_IN2}.OverloadTransferEnable", _ENABLED),
    _set("input.transfer.bypass.outlimits", f"{_IN2}.OutOfToleranceTransferEnable", _ENABLED),
    _set("output.voltage.nominal", "Flow.[4].ConfigVoltage", _NOMINALS),
    _set("ups.load.high", "Flow.[4].ConfigPercentLoad"),
    _set("ups.shutdown", "PowerSummary.PresentStatus.Switchable", _ENABLED),
    _set("ups.start.auto", f"{_IN1}.AutomaticRestart", YES_NO),
    _set("ups.start.battery", f"{_IN3}.StartOnBattery", YES_NO),
    _set("ups.start.reboot", f"{_OUT}.ForcedReboot", YES_NO),
    _set("ups.test.interval", f"{_BATTERY}.TestPeriod"),
)
_OUTLETS = tuple(
    each
    for number in range(1, 10)
    for path in (f"OutletSystem.Outlet.[{number + 1}]",)
    for each in (
        _set(f"outlet.{number}.delay.shutdown", f"{path}.ShutdownTimer"),
        _set(f"outlet.{number}.delay.start", f"{path}.StartupTimer"),
        row(f"outlet.{number}.ecocontrol", f"{path}.ECOControl", shape=PLAIN),
        row(f"outlet.{number}.powerfactor", f"{path}.PowerFactor", shape=_POWER_FACTOR),
        row(f"outlet.{number}.protect.status", f"{path}.Status", shape=_PROTECTION),
    )
)
_MAIN = "OutletSystem.Outlet.[1]"
_ROWS = (
    *_SETTINGS,
    *_OUTLETS,
    row("outlet.id", f"{_MAIN}.OutletID", shape=PLAIN),
    row("outlet.switchable", f"{_MAIN}.PresentStatus.Switchable", shape=YES_NO),
    row("outlet.current", f"{_MAIN}.Current"),
    row("outlet.power", f"{_MAIN}.ApparentPower"),
    row("outlet.realpower", f"{_MAIN}.ActivePower"),
    row("outlet.powerfactor", f"{_MAIN}.PowerFactor", shape=_POWER_FACTOR),
    row("_abm", f"{_CHARGER}.ABMEnable", shape=PLAIN),
    row("_charger_mode", f"{_CHARGER}.Mode", shape=_CHARGER_MODE),
    row("_charger_status", f"{_CHARGER}.Status", shape=_CHARGER_STATUS),
    row(
        "battery.runtime.elapsed",
        "StatisticSystem.Input.[1].Statistic.[1].Time",
    ),
    row("device.usb.version", "System.USB.iVersion", shape=TEXT),
    row("input.bypass.switchable", f"{_IN2}.Switchable", shape=_ENABLED),
    row("input.bypass.switch.on", f"{_IN2}.SwitchOnControl", shape=PLAIN),
    row("input.bypass.switch.off", f"{_IN2}.SwitchOffControl", shape=PLAIN),
    row(
        "input.eco.switchable",
        f"{_IN5}.Switchable",
        shape=Words({0: "normal", 1: "eco", 2: "ess"}),
    ),
    row("output.powerfactor", f"{_OUT}.PowerFactor", shape=_POWER_FACTOR),
    row("ups.date", "PowerSummary.Time", shape=_moment("%Y-%m-%d")),
    row("ups.time", "PowerSummary.Time", shape=_moment("%H:%M:%S")),
    row("ups.efficiency", f"{_OUT}.Efficiency"),
    row("ups.firmware", "PowerSummary.iVersion", shape=TEXT),
    row("ups.type", "PowerConverter.ConverterType", shape=_CONVERTER),
    row("_model", "PowerSummary.iModel", shape=TEXT),
)


def _bits(signal: Signal, *paths: str) -> tuple[Bit, ...]:
    return tuple(Bit(signal, (path,)) for path in paths)


_BITS = (
    *_bits(
        Signal.AC_PRESENT,
        "PowerSummary.PresentStatus.ACPresent",
        f"{_IN1}.PresentStatus.Used",
    ),
    *_bits(
        Signal.ON_BATTERY,
        f"{_IN3}.PresentStatus.Used",
        f"{_IN1}.PresentStatus.VoltageTooLow",
    ),
    *_bits(
        Signal.OVERLOAD,
        f"{_OUT}.Overload.[1].PresentStatus.OverThreshold",
        f"{_OUT}.Overload.[2].PresentStatus.OverThreshold",
    ),
    *_bits(Signal.ECO, f"{_IN5}.PresentStatus.Used"),
    *_bits(Signal.REPLACE_BATTERY, "LCMSystem.LCMAlarm.[2].PresentStatus.TimerExpired"),
    *_bits(
        Signal.BATTERY_VOLTAGE_HIGH,
        f"{_CHARGER}.PresentStatus.VoltageTooHigh",
        f"{_IN1}.PresentStatus.VoltageTooHigh",
        f"{_BATTERY}.PresentStatus.VoltageTooHigh",
    ),
    *_bits(Signal.BATTERY_VOLTAGE_LOW, f"{_CHARGER}.PresentStatus.VoltageTooLow"),
    *_bits(Signal.FAN_FAILURE, "PowerSummary.PresentStatus.FanFailure"),
    *_bits(Signal.EMERGENCY_STOP, "PowerSummary.PresentStatus.EmergencyStop"),
    *_bits(Signal.CONFIGURATION_FAILURE, "PowerSummary.PresentStatus.ConfigurationFailure"),
    *_bits(Signal.WIRING_FAULT, f"{_IN1}.PresentStatus.WiringFault"),
    *_bits(Signal.INVERTER_VOLTAGE_HIGH, "PowerConverter.Inverter.PresentStatus.VoltageTooHigh"),
    *_bits(Signal.INVERTER_VOLTAGE_LOW, "PowerConverter.Inverter.PresentStatus.VoltageTooLow"),
    *_bits(Signal.SHORT_CIRCUIT, f"{_OUT}.PresentStatus.ShortCircuit"),
    *_bits(Signal.CHARGER_RULES, f"{_CHARGER}.ABMEnable"),
    Bit(Signal.CHARGER_CHARGES, (f"{_CHARGER}.Mode",), one_of(1, 3)),
    Bit(Signal.CHARGER_CHARGES, (f"{_CHARGER}.Status",), one_of(1, 2)),
    Bit(Signal.CHARGER_DISCHARGES, (f"{_CHARGER}.Mode",), one_of(2)),
    Bit(Signal.CHARGER_DISCHARGES, (f"{_CHARGER}.Status",), one_of(4)),
)
_BYPASS = Danger.UNPROTECTS
_ORDERS = (
    order("bypass.start", 1, f"{_IN2}.SwitchOnControl", danger=_BYPASS),
    order("bypass.stop", 1, f"{_IN2}.SwitchOffControl"),
    order("experimental.ecomode.start", 1, f"{_IN5}.Switchable", danger=_BYPASS),
    order("experimental.ecomode.stop", 0, f"{_IN5}.Switchable"),
    order("experimental.essmode.start", 2, f"{_IN5}.Switchable", danger=_BYPASS),
    order("experimental.essmode.stop", 0, f"{_IN5}.Switchable"),
)


def table(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for a unit of MGE's descent."""
    return Vendor(
        id="mge",
        usages=UsageNames(MGE),
        rows=_ROWS,
        without=frozenset({"output.voltage.nominal"}),
        bits=_BITS,
        without_signals=frozenset({Signal.AC_PRESENT}),
        settle=_settle,
        orders=_ORDERS,
        # not for reading whole: 254 and 255 are the firmware's own
        skipped=frozenset({254, 255}),
        identify=_identify,
        finish=_finish,
    )


def _settle(signals: Signals) -> Signals:
    """Take the charger's word where it rules: charging is also floating, not resting."""
    if not signals.get(Signal.CHARGER_RULES):
        return signals
    return {
        **signals,
        Signal.CHARGING: signals.get(Signal.CHARGER_CHARGES, False),
        Signal.DISCHARGING: signals.get(Signal.CHARGER_DISCHARGES, False),
        Signal.FULLY_CHARGED: False,
    }


def _identify(labels: Labels, readings: Readings) -> Labels:
    """Put the model together: the range, and the size where it has no model of its own."""
    product = labels.model
    if product is None:
        return labels
    size = readings.get("_model")
    if not size and isinstance(power := readings.get("ups.power.nominal"), float):
        size = f"{power:g}"
    if size and str(size) not in product:
        product = f"{product} {size}"
    return replace(labels, model=product)


def _finish(readings: Readings) -> frozenset[str]:
    """Tell the charger's state where ABM is on, and work out the real power that is missing."""
    if readings.get("_abm") == "1":
        state = readings.get("_charger_mode") or readings.get("_charger_status")
        if state:
            readings["battery.charger.status"] = state
    if "ups.realpower" in readings:
        return frozenset()
    load, rated = readings.get("ups.load"), readings.get("ups.power.nominal")
    factor = readings.get("output.powerfactor", 0.8)
    if isinstance(load, float) and isinstance(rated, float) and isinstance(factor, float):
        readings["ups.realpower"] = round(load / 100 * rated * factor, 1)
        return frozenset({"ups.realpower"})
    return frozenset()
