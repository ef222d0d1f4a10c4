"""Belkin with its own pages, and Liebert's wrong exponents (card usb-hid-vendors, G4)."""

from collections.abc import Mapping

from ..hid import HidModel
from ..power_device import UpsState
from ..usb import Endpoint
from .common import Interface, bits, hardware, item, report, summary_strings, timer

NAMES = {
    name: 0x00860000 | code
    for name, code in {
        "BELKINConfig": 0x26, "BELKINConfigVoltage": 0x40, "BELKINConfigFrequency": 0x42,
        "BELKINConfigApparentPower": 0x43, "BELKINConfigBatteryVoltage": 0x44,
        "BELKINConfigOverloadTransfer": 0x45, "BELKINLowVoltageTransfer": 0x53,
        "BELKINHighVoltageTransfer": 0x54, "BELKINLowVoltageTransferMax": 0x5B,
        "BELKINLowVoltageTransferMin": 0x5C, "BELKINHighVoltageTransferMax": 0x5D,
        "BELKINHighVoltageTransferMin": 0x5E, "BELKINControls": 0x27, "BELKINLoadOn": 0x50,
        "BELKINLoadOff": 0x51, "BELKINLoadToggle": 0x52, "BELKINDelayBeforeReboot": 0x55,
        "BELKINDelayBeforeStartup": 0x56, "BELKINDelayBeforeShutdown": 0x57,
        "BELKINTest": 0x58, "BELKINAudibleAlarmControl": 0x5A, "BELKINDevice": 0x29,
        "BELKINVoltageSensitivity": 0x74, "BELKINModelString": 0x75, "BELKINUPSType": 0x7C,
        "BELKINPowerState": 0x2A, "BELKINInput": 0x1A, "BELKINOutput": 0x1C,
        "BELKINBatterySystem": 0x10, "BELKINVoltage": 0x30, "BELKINFrequency": 0x32,
        "BELKINPower": 0x34, "BELKINPercentLoad": 0x35, "BELKINTemperature": 0x36,
        "BELKINCharge": 0x39, "BELKINRunTimeToEmpty": 0x6C, "BELKINStatus": 0x28,
        "BELKINPowerStatus": 0x21, "BELKINBatteryStatus": 0x22,
    }.items()
}  # fmt: skip


def power_status(state: UpsState) -> float:
    """Return PowerStatus: 0 not online, 4 overload, 5 load off, 6 hot, 7 fault, 13 waiting."""
    power = state.power
    conditions = {
        0: power.utility_failed,
        4: power.carried > state.overload,
        5: not power.output_on,
        6: power.temperature > 50,
        7: power.failed,
        13: not power.output_on and power.utility_failed,
    }
    return sum(1 << bit for bit, on in conditions.items() if on)


def battery_status(state: UpsState) -> float:
    """Return BatteryStatus: 2 low, 4 charging, 5 discharging, 6 depleted, 7 replace."""
    power = state.power
    conditions = {
        2: power.battery_low,
        4: not power.utility_failed and power.charge < 100,
        5: power.discharging,
        6: power.charge <= 0,
        7: state.replace_battery,
    }
    return sum(1 << bit for bit, on in conditions.items() if on)


BELKIN = HidModel(
    hardware=hardware(
        *(0x050D, 0x0912), maker="Belkin", model="Belkin UPS", serial="unknown", release=0x0001
    ),
    names=NAMES,
    reports=(
        *summary_strings(),
        report(0x05, item("PowerSummary.RunTimeToEmpty", 16, "s")),
        # Both are broken on these units.
        report(0x06, item("PowerSummary.RemainingCapacity", 8, "%", value=0, high=100)),
        report(0x07, item("PowerSummary.PresentStatus.BelowRemainingCapacityLimit", 1, value=1)),
        report(0x08, item("PowerSummary.ManufacturerDate", 16, value=29 << 9 | 5 << 5 | 8)),
        report(0x10, item("BELKINConfig.BELKINConfigVoltage", 16, read="nominal_voltage"),
               item("BELKINConfig.BELKINConfigFrequency", 16, read="nominal_frequency"),
               item("BELKINConfig.BELKINConfigApparentPower", 16, read="nominal_power"),
               item("BELKINConfig.BELKINConfigBatteryVoltage", 16, read="nominal_battery"),
               item("BELKINConfig.BELKINConfigOverloadTransfer", 16, value=110)),
        report(0x11, item("BELKINConfig.BELKINLowVoltageTransfer", 16, value=92, rw=True)),
        report(0x12, item("BELKINConfig.BELKINHighVoltageTransfer", 16, value=146, rw=True)),
        report(0x13, item("BELKINConfig.BELKINLowVoltageTransferMax", 16, value=100),
               item("BELKINConfig.BELKINLowVoltageTransferMin", 16, value=86),
               item("BELKINConfig.BELKINHighVoltageTransferMax", 16, value=150),
               item("BELKINConfig.BELKINHighVoltageTransferMin", 16, value=140)),
        report(0x20, item("BELKINControls.BELKINDelayBeforeReboot", 16, low=-1, rw=True,
                          read="reboot_left", act="reboot")),
        report(0x21, item("BELKINControls.BELKINDelayBeforeStartup", 16, low=-1, rw=True,
                          read="startup_minutes", act="start_up_minutes")),
        report(0x22, item("BELKINControls.BELKINDelayBeforeShutdown", 16, low=-1, rw=True,
                          read="shutdown_left", act="shut_down")),
        report(0x23, item("BELKINControls.BELKINTest", 8, rw=True, read="test", act="test")),
        report(0x24, item("BELKINControls.BELKINAudibleAlarmControl", 8, rw=True, read="beeper",
                          act="sound")),
        report(0x30, item("BELKINDevice.BELKINVoltageSensitivity", 8, value=0, high=2, rw=True),
               item("BELKINDevice.BELKINModelString", 8, value=1),
               item("BELKINDevice.BELKINUPSType", 16, value=2 | 0x0C0 << 4)),
        report(0x40, item("BELKINPowerState.BELKINInput.BELKINVoltage", 16, read="input_voltage",
                          factor=10),
               item("BELKINPowerState.BELKINInput.BELKINFrequency", 16, read="input_frequency",
                    factor=10)),
        report(0x41, item("BELKINPowerState.BELKINOutput.BELKINVoltage", 16,
                          read="output_voltage", factor=10),
               item("BELKINPowerState.BELKINOutput.BELKINFrequency", 16, read="output_frequency",
                    factor=10),
               item("BELKINPowerState.BELKINOutput.BELKINPower", 16, read="watts"),
               item("BELKINPowerState.BELKINOutput.BELKINPercentLoad", 8, read="load")),
        report(0x42, item("BELKINBatterySystem.BELKINVoltage", 16, read="battery_voltage",
                          factor=10),
               item("BELKINBatterySystem.BELKINCharge", 8, read="charge"),
               item("BELKINBatterySystem.BELKINTemperature", 8, read="celsius"),
               item("BELKINBatterySystem.BELKINRunTimeToEmpty", 16, read="runtime_minutes")),
        report(0x50, item("BELKINStatus.BELKINPowerStatus", 16, read=power_status, factor=1),
               item("BELKINStatus.BELKINBatteryStatus", 8, read=battery_status, factor=1),
               kinds="FI"),
    ),
    power={"nominal_voltage": 120.0, "mains_voltage": 119.0, "nominal_frequency": 60.0,
           "mains_frequency": 60.0, "nominal_power": 1500.0, "power_factor": 0.6},
)  # fmt: skip

_LIEBERT_STATUS = bits(
    "PowerSummary.PresentStatus",
    *("ACPresent", "BelowRemainingCapacityLimit", "Charging", "Discharging"),
    *("NeedReplacement", "ShutdownImminent"),
)
# Volts under an exponent of 0 (a ten-millionth of what they are): nominal in tens, mains in
# volts, battery in hundredths; hertz tenfold and hundredfold.
_LIEBERT = (
    *summary_strings(),
    report(0x05, item("PowerSummary.RemainingCapacity", 8, "%", high=100, kinds="FI")),
    report(0x06, item("PowerSummary.RunTimeToEmpty", 16, "s", kinds="FI")),
    report(0x07, *_LIEBERT_STATUS, kinds="FI"),
    report(0x08, item("PowerSummary.ConfigVoltage", 8, "V", -7, value=1)),
    report(0x09, item("PowerSummary.Voltage", 16, "V", -7, factor=100)),
    report(0x10, item("Input.Voltage", 16, "V", -7, factor=1)),
    report(0x11, item("Input.Frequency", 16, "Hz", factor=10)),
    report(0x12, item("Output.Voltage", 16, "V", -7, factor=1)),
    report(0x13, item("PowerConverter.Output.Frequency", 16, "Hz", factor=100)),
    report(0x14, item("Output.PercentLoad", 8, "%")),
    report(0x15, item("Flow.ConfigVoltage", 16, "V")),
    report(0x16, item("PowerSummary.RemainingCapacityLimit", 8, "%", high=100)),
)
LIEBERT = HidModel(
    hardware=hardware(
        0x10AF, 0x0001, maker="Emerson Network Power", model="Liebert PSA", serial="0817"
    ),
    names=NAMES,
    reports=_LIEBERT,
    power={"nominal_battery": 12.0, "load": 21.0},
)
# Interface 0 is a vendor's report of 27 bytes that never says anything.
_SILENT = Interface(
    number=0,
    report_descriptor=bytes.fromhex("06a0ff0901a10109027508951b150026ff0081029501b102c0")[:25],
    endpoints=(Endpoint(address=0x82),),
)
LIEBERT_TWO = HidModel(
    hardware=hardware(
        *(0x10AF, 0x0002),
        maker="Emerson Network Power",
        model="Liebert PST",
        serial="0818",
        interfaces=(_SILENT, Interface(number=1)),
    ),
    names=NAMES,
    interface=1,
    reports=(
        *summary_strings(),
        report(0x05, item("PowerSummary.RemainingCapacity", 8, "%", high=100, kinds="FI")),
        report(0x06, item("PowerSummary.RunTimeToEmpty", 16, "s", kinds="FI")),
        # Status in whole bytes, any of them non-zero for yes.
        report(
            0x07,
            *(
                item(f"PowerSummary.PresentStatus.{name}", 8, factor=0x40)
                for name in ("ACPresent", "Charging", "Discharging", "BelowRemainingCapacityLimit")
            ),
            kinds="FI",
        ),
        report(0x09, item("PowerSummary.Voltage", 16, "V", -1)),
        report(0x0A, item("PowerSummary.ConfigVoltage", 16, "V")),
        report(0x10, item("Input.Voltage", 16, "V", -1)),
        report(0x12, item("Output.Voltage", 16, "V", -1)),
        report(0x14, item("Output.PercentLoad", 8, "%")),
    ),
    power={"nominal_battery": 12.0},
)
# The other Liebert, in MGE's manner (06da:ffff), told from its neighbours by its strings.
PHOENIXTEC_NAMES = {
    "LiebertLow": 0xFFFF0057, "LiebertHigh": 0xFFFF0058, "LiebertHertzHigh": 0xFFFF00F8,
    "LiebertHertzLow": 0xFFFF00F9,
}  # fmt: skip
LIEBERT_PHOENIXTEC = HidModel(
    hardware=hardware(
        *(0x06DA, 0xFFFF), maker="Emerson Network Power", model="Liebert ITON", serial="1"
    ),
    names=PHOENIXTEC_NAMES,
    reports=(
        *summary_strings(),
        report(0x05, item("PowerSummary.RemainingCapacity", 8, "%", high=100),
               item("PowerSummary.RunTimeToEmpty", 16, "s"), kinds="FI"),
        report(0x06, *bits("PowerSummary.PresentStatus", "ACPresent", "Charging", "Discharging",
                           "BelowRemainingCapacityLimit", "Overload", "InternalFailure",
                           "ShutdownImminent", "Good"), kinds="FI"),
        report(0x07, *bits("PowerConverter.Input.[1].PresentStatus", "Boost", "Buck"), kinds="FI"),
        report(0x08, item("PowerSummary.PercentLoad", 8, "%")),
        report(0x09, item("PowerSummary.Voltage", 16, "V", -1)),
        report(0x0A, item("PowerSummary.AudibleAlarmControl", 8, rw=True, act="sound")),
        report(0x0B, timer("PowerSummary.DelayBeforeShutdown")),
        report(0x0C, timer("PowerSummary.DelayBeforeStartup")),
        report(0x10, item("PowerConverter.Input.[1].Voltage", 16, "V", -1),
               item("PowerConverter.Input.[1].Frequency", 16, "Hz", -1)),
        report(0x11, item("PowerConverter.Output.Voltage", 16, "V", -1),
               item("PowerConverter.Output.Frequency", 16, "Hz", -1)),
        report(0x12, item("PowerConverter.Output.LiebertLow", 16, "V", value=184),
               item("PowerConverter.Output.LiebertHigh", 16, "V", value=264),
               item("PowerConverter.Output.LiebertHertzLow", 16, "Hz", value=45),
               item("PowerConverter.Output.LiebertHertzHigh", 16, "Hz", value=55)),
        report(0x13, item("BatterySystem.Battery.Test", 8, high=6, rw=True)),
        report(0x14, item("Flow.[4].ConfigVoltage", 16, "V"),
               item("Flow.[4].ConfigFrequency", 8, "Hz"),
               item("Flow.[4].ConfigApparentPower", 16, "VA")),
    ),
    power={"nominal_battery": 24.0, "charge": 97.0},
)  # fmt: skip

MODELS: Mapping[str, HidModel] = {
    "belkin": BELKIN,
    "liebert": LIEBERT,
    "liebert-two-interfaces": LIEBERT_TWO,
    "liebert-phoenixtec": LIEBERT_PHOENIXTEC,
}
