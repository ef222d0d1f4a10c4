"""APC (card usb-hid-vendors, G1): page FF86, dates in BCD, three places for delays."""

from collections.abc import Mapping

from ..hid import HidModel
from .common import Interface, bits, hardware, item, report, summary_strings, timer

NAMES = {
    name: 0xFF860000 | code
    for name, code in {
        "APCGeneralCollection": 0x05,
        "APCEnvironment": 0x06,
        "APCProbe1": 0x07,
        "APCBattReplaceDate": 0x16,
        "APCLineFailCause": 0x52,
        "APCStatusFlag": 0x60,
        "APCSensitivity": 0x61,
        "APCPanelTest": 0x72,
        "APCDelayBeforeReboot": 0x7C,
        "APCDelayBeforeShutdown": 0x7D,
        "APCDelayBeforeStartup": 0x7E,
    }.items()
}
# 2019-03-14 in the class's coding, and the battery's of 2022-10-22 in BCD.
MADE, BATTERY_DATE = (2019 - 1980) << 9 | 3 << 5 | 14, 0x102222

_STATUS = bits(
    "PowerSummary.PresentStatus",
    *("Charging", "Discharging", "ACPresent", "BatteryPresent", "BelowRemainingCapacityLimit"),
    *("RemainingTimeLimitExpired", "NeedReplacement", "Overload", "ShutdownImminent"),
)
_SUMMARY = (
    *summary_strings(),
    report(0x05, item("PowerSummary.Rechargeable", 8, value=1)),
    report(0x06, item("PowerSummary.CapacityMode", 8, value=2)),
    report(0x07, item("PowerSummary.ManufacturerDate", 16, value=MADE, rw=True)),
    report(0x08, item("PowerSummary.ConfigVoltage", 16, "V", -2)),
    report(0x09, item("PowerSummary.Voltage", 16, "V", -2)),
    report(
        0x0C,
        item("PowerSummary.RemainingCapacity", 8, "%", high=100),
        item("PowerSummary.RunTimeToEmpty", 16, "s"),
        kinds="FI",
    ),
    report(0x0D, item("PowerSummary.DesignCapacity", 8, "%", high=100)),
    report(0x0E, item("PowerSummary.FullChargeCapacity", 8, "%", high=100)),
    report(0x0F, item("PowerSummary.WarningCapacityLimit", 8, "%", value=50)),
    report(0x11, item("PowerSummary.RemainingCapacityLimit", 8, "%", high=100, rw=True)),
    report(0x12, item("PowerSummary.APCBattReplaceDate", 24, value=BATTERY_DATE, rw=True)),
    report(0x16, *_STATUS, kinds="FI"),
    report(0x18, item("PowerSummary.AudibleAlarmControl", 8, low=1, high=3, rw=True)),
)

BACK_UPS = HidModel(
    hardware=hardware(
        *(0x051D, 0x0002),
        maker="American Power Conversion",
        model="Back-UPS RS 1500 FW:8.g9 .D USB FW:g9",
        serial="JB0319033542",
        release=0x0106,
    ),
    names=NAMES,
    reports=(
        *_SUMMARY,
        report(0x15, timer("PowerSummary.DelayBeforeShutdown")),
        report(0x17, timer("PowerSummary.DelayBeforeReboot", 8, high=127)),
        report(0x21, item("APCPanelTest", 8, rw=True, value=0)),
        report(0x22, item("Battery.Test", 8, high=6, rw=True)),
        report(0x23, item("Battery.RemainingTimeLimit", 16, "s", rw=True)),
        # Limits as some units have them: too low for what the items show (descriptor fix).
        report(0x30, item("Input.ConfigVoltage", 8, "V", high=127)),
        report(0x31, item("Input.Voltage", 16, "V", high=138)),
        report(0x32, item("Input.LowVoltageTransfer", 16, "V", value=88, rw=True)),
        report(0x33, item("Input.HighVoltageTransfer", 16, "V", value=139, high=148, rw=True)),
        report(0x35, item("Input.APCSensitivity", 8, value=1, high=2, rw=True)),
        report(0x36, item("Input.APCLineFailCause", 8, value=0)),
        report(0x40, timer("APCGeneralCollection.APCDelayBeforeStartup", act="start_up",
                           read="startup_left")),
        report(0x41, timer("APCGeneralCollection.APCDelayBeforeShutdown", act="shut_down",
                           read="shutdown_left")),
        report(0x50, item("PowerConverter.PercentLoad", 8, "%")),
        report(0x52, item("PowerConverter.ConfigActivePower", 16, "W")),
    ),
    power={
        "nominal_voltage": 120.0, "mains_voltage": 121.0, "nominal_frequency": 60.0,
        "mains_frequency": 60.0, "nominal_battery": 24.0, "nominal_power": 1500.0,
        "power_factor": 0.6, "low_charge": 10.0, "load": 23.0,
    },
)  # fmt: skip

# The status stands directly below PowerSummary, in bytes.
BACK_UPS_OLD = HidModel(
    hardware=hardware(
        *(0x051D, 0x0002),
        maker="American Power Conversion",
        model="Back-UPS LS 500 FW: 6.5.I USB FW: c1",
    ),
    names=NAMES,
    reports=(
        *summary_strings(),
        report(
            0x06,
            item("PowerSummary.Charging", 8, high=1),
            item("PowerSummary.Discharging", 8, high=1),
            item("PowerSummary.APCStatusFlag", 8, read="ac_present", factor=8),
            kinds="FI",
        ),
        report(0x08, item("PowerSummary.ConfigVoltage", 16, "V", -2)),
        report(0x0B, item("PowerSummary.CapacityMode", 8, value=2)),
        report(
            0x0C,
            item("PowerSummary.RemainingCapacity", 8, "%", high=100),
            item("PowerSummary.RunTimeToEmpty", 16, "s"),
            kinds="FI",
        ),
        report(0x13, item("PowerSummary.ACPresent", 8, high=1), kinds="FI"),
        report(
            0x14,
            item("PowerSummary.BelowRemainingCapacityLimit", 8, high=1),
            item("PowerSummary.ShutdownImminent", 8, high=1),
            kinds="FI",
        ),
    ),
    power={"nominal_battery": 12.0},
)

# The generation without a usable interrupt pipe, with delays and limits below Output.
SMART_UPS = HidModel(
    hardware=hardware(
        *(0x051D, 0x0003),
        maker="American Power Conversion",
        model="Smart-UPS 1500 FW:UPS 09.1 / ID=18",
        serial="AS1234567890",
        interfaces=(Interface(),),
    ),
    names=NAMES,
    pushes=False,
    reports=(
        *_SUMMARY,
        report(0x20, item("Battery.RunTimeToEmpty", 16, "s")),
        report(0x21, item("Battery.Voltage", 16, "V", -2)),
        report(0x22, item("Battery.ConfigVoltage", 16, "V", -2)),
        report(0x23, item("Battery.Temperature", 16, "K")),
        report(0x24, item("BatterySystem.Battery.Test", 8, high=6, rw=True)),
        report(0x30, item("Input.ConfigVoltage", 16, "V")),
        report(0x31, item("Input.Voltage", 16, "V")),
        report(0x32, item("Output.LowVoltageTransfer", 16, "V", value=208, rw=True)),
        report(0x33, item("Output.HighVoltageTransfer", 16, "V", value=253, rw=True)),
        report(0x34, item("Output.Voltage", 16, "V", -1)),
        report(0x35, item("Output.Frequency", 16, "Hz", -2)),
        report(0x36, item("Output.Current", 16, "A", -2)),
        report(0x37, item("Output.PercentLoad", 16, "%", -2, factor=100)),
        report(0x38, item("Output.ConfigActivePower", 16, "W")),
        report(0x40, timer("Output.DelayBeforeShutdown")),
        report(0x41, timer("Output.DelayBeforeStartup")),
        report(0x42, timer("Output.DelayBeforeReboot")),
        report(0x50, item("APCEnvironment.APCProbe1.Temperature", 16, "K", value=295)),
        report(0x51, item("APCEnvironment.APCProbe1.Humidity", 8, "%", value=41)),
    ),
    power={"nominal_power": 1500.0, "power_factor": 0.667, "nominal_battery": 24.0},
)

MODELS: Mapping[str, HidModel] = {
    "apc": BACK_UPS,
    "apc-old": BACK_UPS_OLD,
    "apc-smart": SMART_UPS,
}
