"""Delta, EVER and openUPS: pages or scales of their own (card usb-hid-vendors, G6)."""

from collections.abc import Mapping

from ..hid import HidModel
from ..power_device import UpsState
from .common import CHARGE, bits, hardware, item, report, status, summary_strings, timer

DELTA_NAMES = {
    name: 0xFFFF0000 | code
    for name, code in {
        "DeltaCustom": 0x10, "DeltaConfigTransferLowMax": 0x57, "DeltaConfigTransferLowMin": 0x58,
        "DeltaConfigTransferHighMax": 0x59, "DeltaConfigTransferHighMin": 0x5A,
        "DeltaConfigExternalBatteryPack": 0x61, "DeltaUPSType": 0x7C,
        "DeltaConfigStartPowerRestoreDelay": 0x81, "DeltaOutputSource": 0x91,
        "DeltaConfigSensitivity": 0x9B, "DeltaConfigStartPowerRestore": 0x9C,
    }.items()
}  # fmt: skip


def _delta_source(state: UpsState) -> float:
    """Return DeltaOutputSource: 0 normal, 1 battery, 2 bypass, 3 reducing, 4 boosting, 7 none."""
    power = state.power
    if not power.output_on:
        return 7
    if power.discharging:
        return 1
    if power.bypass:
        return 2
    if power.regulating:
        return 4 if power.mains_voltage < power.nominal_voltage else 3
    return 0


DELTA = HidModel(
    hardware=hardware(
        *(0x05DD, 0x041B),
        maker="Delta",
        model="Amplon",
        serial="",
        # Model and serial number stand in PowerSummary only.
        more={5: "RT-1K 230V", 6: "1A6141602R0WX"},
    ),
    names=DELTA_NAMES,
    reports=(
        report(0x01, item("PowerSummary.iProduct", 8, value=5)),
        report(0x02, item("PowerSummary.iSerialNumber", 8, value=6)),
        report(0x03, item("PowerSummary.iDeviceChemistry", 8, value=4)),
        CHARGE,
        status(0x11, "InternalFailure", "Good"),
        report(0x12, *bits("PowerConverter.PresentStatus", "AwaitingPower", "Overload", "Buck",
                           "Boost", "OverTemperature", "VoltageOutOfRange", "InternalFailure"),
               kinds="FI"),
        report(0x13, item("PowerSummary.RemainingCapacityLimit", 8, "%", high=100, rw=True),
               item("PowerSummary.WarningCapacityLimit", 8, "%", value=30)),
        report(0x14, item("PowerSummary.AudibleAlarmControl", 8, low=1, high=3, rw=True)),
        report(0x15, item("PowerSummary.Input.ConfigVoltage", 16, "V")),
        report(0x20, item("BatterySystem.Battery.Voltage", 16, "V", -1),
               item("BatterySystem.Battery.ConfigVoltage", 16, "V", -1)),
        report(0x21, item("BatterySystem.Test", 8, high=6, rw=True)),
        report(0x22, item("BatterySystem.Temperature", 16, "K")),
        report(0x23, item("PowerConverter.Input.Voltage", 16, "V", -1),
               item("PowerConverter.Input.Frequency", 16, "Hz", -1)),
        report(0x24, item("PowerConverter.Output.Voltage", 16, "V", -1),
               item("PowerConverter.Output.Frequency", 16, "Hz", -1),
               item("PowerConverter.Output.Current", 16, "A", -1),
               item("PowerConverter.Output.ActivePower", 16, "W")),
        report(0x25, item("PowerConverter.Output.LowVoltageTransfer", 16, "V", value=170, rw=True)),
        report(0x26, item("PowerConverter.Output.HighVoltageTransfer", 16, "V", value=270,
                          rw=True)),
        report(0x27, item("PowerConverter.Output.DeltaConfigTransferLowMax", 16, "V", value=190),
               item("PowerConverter.Output.DeltaConfigTransferLowMin", 16, "V", value=160),
               item("PowerConverter.Output.DeltaConfigTransferHighMax", 16, "V", value=290),
               item("PowerConverter.Output.DeltaConfigTransferHighMin", 16, "V", value=260)),
        report(0x30, item("Flow.ConfigVoltage", 16, "V"), item("Flow.ConfigFrequency", 8, "Hz"),
               item("Flow.ConfigApparentPower", 16, "VA")),
        report(0x40, item("OutletSystem.Outlet.PercentLoad", 8, "%")),
        report(0x41, item("OutletSystem.Outlet.ActivePower", 16, "W")),
        report(0x42, timer("OutletSystem.Outlet.DelayBeforeShutdown")),
        report(0x43, timer("OutletSystem.Outlet.DelayBeforeStartup")),
        report(0x44, timer("OutletSystem.Outlet.DelayBeforeReboot")),
        report(0x45, item("OutletSystem.Outlet.DeltaConfigStartPowerRestoreDelay", 16, "s",
                          value=10, rw=True)),
        report(0x46, item("OutletSystem.Outlet.DeltaOutputSource", 8, read=_delta_source)),
        report(0x50, item("DeltaCustom.[1].DeltaConfigSensitivity", 8, value=0, high=2, rw=True)),
        report(0x51, item("DeltaCustom.[1].DeltaConfigStartPowerRestore", 8, value=1, high=1,
                          rw=True)),
        report(0x52, item("DeltaCustom.[1].DeltaUPSType", 8, value=1)),
        report(0x53, item("DeltaCustom.[1].DeltaConfigExternalBatteryPack", 8, value=1)),
    ),
    power={"online": True, "nominal_power": 1000.0, "power_factor": 0.9, "nominal_battery": 24.0},
)  # fmt: skip

EVER_NAMES = {
    name: 0xFF000000 | code
    for name, code in {
        "EverType": 0x10, "EverFirmwareInverter": 0x11, "EverFirmwareInterface": 0x12,
        "EverHardware": 0x13, "EverMessages": 0x16, "EverAlarms": 0x30, "EverHeatSink": 0x40,
        "EverBatteryTemperature": 0x41, "EverPowerFactor": 0x42, "EverControls": 0x50,
        "EverGreenMode": 0x52, "EverAudibleAlarm": 0x54, "EverOutputVoltage": 0x60,
        "EverExternalPacks": 0x68, "EverWorkMode": 0x01,
    }.items()
}  # fmt: skip


def _ever_mode(state: UpsState) -> float:
    """Return the work mode: 2 stop, 4 on line, 8 on battery, 32 waiting for mains."""
    power = state.power
    if not power.output_on:
        return 32 if power.utility_failed else 2
    return 8 if power.discharging else 4


def _ever_message(bit: int) -> str:
    words = {0: "overload", 1: "battery_low", 2: "boost", 3: "buck", 6: "charging", 9: "replace",
             10: "overheated", 11: "overheated", 13: "out_of_range"}  # fmt: skip
    return words.get(bit, "zero")


_EVER = "00000000"
EVER = HidModel(
    hardware=hardware(
        *(0x2E51, 0xFFFF), maker="EVER Power Systems", model="SINLINE RT 1600", serial="E1"
    ),
    names=EVER_NAMES,
    reports=(
        *summary_strings(),
        CHARGE,
        status(0x11, "Overload", "OverTemperature", "CommunicationLost", "AwaitingPower",
                "BatteryPresent"),
        report(0x12, item("PowerSummary.DesignCapacity", 8, "%", high=100),
               item("PowerSummary.FullChargeCapacity", 8, "%", high=100)),
        report(0x13, item("PowerSummary.Voltage", 16, "V", -1)),
        report(0x14, item("PowerSummary.PercentLoad", 8, "%")),
        report(0x15, item("PowerSummary.RemainingTimeLimit", 16, "s", rw=True)),
        report(0x16, timer("PowerSummary.DelayBeforeShutdown")),
        report(0x20, item("PowerConverter.Input.Voltage", 16, "V", -1),
               item("PowerConverter.Input.Frequency", 16, "Hz", -1)),
        report(0x21, item("PowerConverter.Output.Voltage", 16, "V", -1),
               item("PowerConverter.Output.Frequency", 16, "Hz", -1),
               item("PowerConverter.Output.Current", 16, "A", -1),
               item("PowerConverter.Output.ActivePower", 16, "W"),
               item("PowerConverter.Output.ApparentPower", 16, "VA"),
               item("PowerConverter.Output.PercentLoad", 8, "%")),
        report(0x22, item("Flow.ConfigVoltage", 16, "V"), item("Flow.ConfigFrequency", 8, "Hz"),
               item("Flow.ConfigApparentPower", 16, "VA"), item("Flow.ConfigActivePower", 16, "W")),
        report(0x23, item("OutletSystem.Outlet.OutletID", 8, value=1),
               item("OutletSystem.Outlet.PresentStatus.SwitchOn/Off", 1, read="output_on"),
               item("OutletSystem.Outlet.PresentStatus.Switchable", 1, value=0)),
        report(0x30, item(f"{_EVER}.EverType", 16, value=3),
               item(f"{_EVER}.EverFirmwareInverter", 16, value=0x0103),
               item(f"{_EVER}.EverFirmwareInterface", 16, value=0x0200),
               item(f"{_EVER}.EverHardware", 16, value=0x0100)),
        report(0x31, item(f"{_EVER}.EverHeatSink", 16, read="kelvin"),
               item(f"{_EVER}.EverBatteryTemperature", 16, read="kelvin")),
        report(0x32, item(f"{_EVER}.EverOutputVoltage", 16, value=230, rw=True),
               item(f"{_EVER}.EverExternalPacks", 8, value=0, rw=True)),
        # Work mode, messages and alarms as whole reports.
        report(74, item(f"{_EVER}.EverWorkMode", 8, read=_ever_mode), kinds="FI"),
        report(75, *(item(f"{_EVER}.EverMessages.{0xFF000017 + bit:08x}", 1,
                          read=_ever_message(bit)) for bit in range(16)), kinds="FI"),
        report(76, *(item(f"{_EVER}.EverAlarms.{0xFF000031 + bit:08x}", 1,
                          read="overload" if bit == 0 else "failed" if bit == 5 else "zero")
                     for bit in range(16)), kinds="FI"),
    ),
    power={"nominal_power": 1600.0, "power_factor": 0.7},
)  # fmt: skip

# The thermistor of an openUPS: counts at -40, -35 ... 125 °C.
_THERMISTOR = (
    0x31, 0x40, 0x53, 0x68, 0x82, 0xA0, 0xC3, 0xE9, 0x113, 0x13F, 0x16E, 0x19F, 0x1CF, 0x200,
    0x22F, 0x25C, 0x286, 0x2AE, 0x2D3, 0x2F4, 0x312, 0x32D, 0x345, 0x35A, 0x36D, 0x37E, 0x38C,
    0x399, 0x3A5, 0x3AF, 0x3B7, 0x3BF, 0x3C6, 0x3CC,
)  # fmt: skip


def _thermistor(state: UpsState) -> float:
    step = (state.power.temperature + 40) / 5
    index = min(max(int(step), 0), len(_THERMISTOR) - 2)
    low, high = _THERMISTOR[index : index + 2]
    return low + (high - low) * (step - index)


def _openups(product: int, model: str, scales: tuple[float, float, float, float]) -> HidModel:
    """Return an openUPS with its scales: the true value is the shown one times these."""
    volts_in, volts_out, amps_in, amps_out = scales
    return HidModel(
        hardware=hardware(
            *(0x04D8, product),
            maker="Mini-Box.Com",
            model=model,
            serial="LI-ION",
            chemistry="Li-Ion",
            more={5: "2014/02/11"},
        ),
        reports=(
            *summary_strings(),
            report(0x05, item("PowerSummary.iOEMInformation", 8, value=5)),
            CHARGE,
            report(0x11, *bits("PowerSummary.PresentStatus", "ACPresent", "Charging",
                               "Discharging", "BelowRemainingCapacityLimit", "BatteryPresent",
                               "NeedReplacement", "RemainingTimeLimitExpired", "Overload",
                               "OverTemperature", "ShutdownImminent", "InternalFailure", "Good"),
                   kinds="FI"),
            report(0x12, item("PowerSummary.RemainingCapacityLimit", 8, "%", high=100),
                   item("PowerSummary.WarningCapacityLimit", 8, "%", value=20)),
            report(0x13, item("PowerSummary.Voltage", 16, "V", -2),
                   item("PowerSummary.Current", 16, "A", -3, read="zero", low=-32768)),
            report(0x14, item("PowerSummary.Temperature", 16, "", -2, read=_thermistor, factor=1)),
            report(0x15, item("PowerSummary.Input.Voltage", 16, "V", -2, factor=100 / volts_in),
                   item("PowerSummary.Input.Current", 16, "A", -2, read="output_current",
                        factor=100 / amps_in)),
            report(0x16, item("PowerSummary.Output.Voltage", 16, "V", -2, factor=100 / volts_out),
                   item("PowerSummary.Output.Current", 16, "A", -2, factor=100 / amps_out)),
            report(0x17, item("PowerSummary.DesignCapacity", 16, "Ah", value=7200)),
        ),
        power={"nominal_voltage": 19.0, "mains_voltage": 19.1, "nominal_battery": 12.0,
               "nominal_power": 90.0},
    )  # fmt: skip


OPENUPS = _openups(0xD004, "openUPS", (3.545, 2.571, 0.08274, 1.6113))
OPENUPS2 = _openups(0xD005, "openUPS2", (0.1, 0.1, 0.1, 0.1))


MODELS: Mapping[str, HidModel] = {
    "delta": DELTA,
    "ever": EVER,
    "openups": OPENUPS,
    "openups2": OPENUPS2,
}
