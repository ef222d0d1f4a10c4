"""CyberPower and Cyber Energy (card usb-hid-vendors, G2)."""

from collections.abc import Mapping
from dataclasses import replace

from ..hid import HidModel
from .common import bits, hardware, item, report, timer

NAMES = {"CPSInputSensitivity": 0xFF010043, "CPSFirmwareVersion": 0xFF0100D0}
_STATUS = bits(
    "PowerSummary.PresentStatus",
    *("ACPresent", "Charging", "Discharging", "BelowRemainingCapacityLimit", "FullyCharged"),
    "RemainingTimeLimitExpired",
)
_REPORTS = (
    report(0x01, item("PowerSummary.iProduct", 8, value=1)),
    report(0x02, item("PowerSummary.iSerialNumber", 8, value=2)),
    report(0x03, item("PowerSummary.iDeviceChemistry", 8, value=4)),
    report(0x04, item("PowerSummary.iOEMInformation", 8, value=3)),
    report(0x05, item("PowerSummary.Rechargeable", 8, value=1)),
    report(0x06, item("PowerSummary.CapacityMode", 8, value=2)),
    report(
        0x07,
        item("PowerSummary.DesignCapacity", 8, "%", high=100),
        item("PowerSummary.CapacityGranularity1", 8, "%", value=5),
        item("PowerSummary.CapacityGranularity2", 8, "%", value=10),
        item("PowerSummary.WarningCapacityLimit", 8, "%", value=20),
        item("PowerSummary.RemainingCapacityLimit", 8, "%", high=100, rw=True),
        item("PowerSummary.FullChargeCapacity", 8, "%", high=100),
    ),
    report(
        0x08,
        item("PowerSummary.RemainingCapacity", 8, "%", high=100, kinds="FI"),
        item("PowerSummary.RunTimeToEmpty", 16, "s", kinds="FI"),
        item("PowerSummary.RemainingTimeLimit", 16, "s", kinds="FI", rw=True),
    ),
    report(0x09, item("PowerSummary.ConfigVoltage", 16, "V", -1)),
    report(0x0A, item("PowerSummary.Voltage", 16, "V", -1)),
    report(0x0B, *_STATUS, kinds="FI"),
    report(0x0C, item("PowerSummary.AudibleAlarmControl", 8, high=3, rw=True)),
    report(0x0D, item("PowerSummary.iManufacturer", 8, value=3)),
    report(0x0E, item("Input.ConfigVoltage", 8, "V")),
    report(0x0F, item("Input.Voltage", 16, "V", high=142)),
    report(
        0x10,
        item("Input.LowVoltageTransfer", 16, "V", value=90, high=142, rw=True),
        item("Input.HighVoltageTransfer", 16, "V", value=140, high=142, rw=True),
    ),
    report(0x12, item("Output.Voltage", 16, "V", high=142)),
    report(0x13, item("Output.PercentLoad", 8, "%")),
    report(0x14, item("Output.Test", 8, high=6, rw=True)),
    report(0x15, timer("Output.DelayBeforeShutdown", high=32767)),
    report(0x16, timer("Output.DelayBeforeStartup", high=32767)),
    report(0x17, *bits("Output", "Overload", "Boost"), kinds="FI"),
    # LogMax is too low for what the item shows.
    report(
        0x18,
        item("Output.ConfigApparentPower", 16, "VA", high=1500),
        item("Output.ConfigActivePower", 16, "W", high=800),
    ),
    report(0x19, item("Output.ActivePower", 16, "W")),
    report(0x1A, item("Output.CPSInputSensitivity", 8, value=1, high=2, rw=True)),
    report(0x1B, item("PowerSummary.CPSFirmwareVersion", 8, value=5)),
)
_POWER = {
    "nominal_voltage": 120.0, "mains_voltage": 118.0, "nominal_frequency": 60.0,
    "mains_frequency": 60.0, "nominal_battery": 24.0, "nominal_power": 1500.0,
    "power_factor": 0.6, "low_charge": 10.0, "load": 21.0, "charge": 98.0,
}  # fmt: skip

CYBERPOWER = HidModel(
    hardware=hardware(
        *(0x0764, 0x0501),
        maker="CPS",
        model="CP1500AVRLCDa",
        serial="CXEJX2003678",
        chemistry="PbAcid",
        more={5: "CR01802BG51"},
        release=0x0001,
    ),
    names=NAMES,
    reports=_REPORTS,
    power=_POWER,
)

# Battery volts half as high again as they are, and frequencies ten times: 0501 only.
WRONG_SCALES = replace(
    CYBERPOWER,
    reports=(
        *_REPORTS,
        report(0x20, item("Input.Frequency", 16, "Hz", factor=10)),
        report(0x21, item("Output.Frequency", 16, "Hz", factor=10)),
    ),
    factors={},
    power={**_POWER, "nominal_battery": 12.0},
)
WRONG_SCALES = replace(
    WRONG_SCALES,
    reports=tuple(
        report(0x0A, item("PowerSummary.Voltage", 16, "V", -1, factor=15))
        if each.number == 0x0A
        else each
        for each in WRONG_SCALES.reports
    ),
)
RACK = replace(
    CYBERPOWER,
    hardware=hardware(0x0764, 0x0601, maker="CPS", model="PR1500RT2U", serial="GX5NX2000123"),
)
CYBER_ENERGY = replace(
    CYBERPOWER,
    hardware=hardware(0x0483, 0xA430, maker="Cyber Energy", model="CE1000", serial="000000000001"),
)

MODELS: Mapping[str, HidModel] = {
    "cyberpower": CYBERPOWER,
    "cyberpower-wrong-scales": WRONG_SCALES,
    "cyberpower-rack": RACK,
    "cyber-energy": CYBER_ENERGY,
}
