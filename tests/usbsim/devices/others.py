"""HID UPSes that keep to the class, or nearly (card usb-hid-vendors, G4 to G6; paths: card J)."""

from collections.abc import Mapping
from dataclasses import replace

from ..hid import HidModel
from ..usb import Endpoint
from .common import CHARGE, Interface, bits, hardware, item, report, status, summary_strings, timer
from .mge import EATON, NAMES as MGE_NAMES

# An id that nobody knows: all it has stands at the places of the class.
GENERIC = HidModel(
    hardware=hardware(0x1209, 0xBEEF, maker="Acme", model="Power Keeper 800", serial="PK0800-17"),
    reports=(
        *summary_strings(),
        CHARGE,
        status(0x11, "Overload", "BatteryPresent"),
        report(0x12, item("PowerSummary.Voltage", 16, "V", -1),
               item("PowerSummary.ConfigVoltage", 16, "V", -1)),
        report(0x13, item("PowerSummary.RemainingCapacityLimit", 8, "%", high=100, rw=True),
               item("PowerSummary.WarningCapacityLimit", 8, "%", value=40)),
        report(0x14, item("PowerSummary.AudibleAlarmControl", 8, low=1, high=3, rw=True)),
        report(0x15, timer("PowerSummary.DelayBeforeShutdown")),
        report(0x16, timer("PowerSummary.DelayBeforeStartup")),
        report(0x20, item("Input.Voltage", 16, "V", -1), item("Input.Frequency", 16, "Hz", -1)),
        report(0x21, item("Output.Voltage", 16, "V", -1), item("Output.PercentLoad", 8, "%"),
               item("Output.Current", 16, "A", -2)),
        report(0x22, item("Battery.Test", 8, high=6, rw=True)),
        report(0x23, item("Battery.Temperature", 16, "K")),
    ),
    power={"nominal_power": 800.0, "nominal_battery": 12.0},
)  # fmt: skip

# Some paths are wrong by powers of ten, others right; there is no interrupt pipe.
LEGRAND = HidModel(
    hardware=hardware(
        *(0x1CB0, 0x0032),
        maker="LEGRAND",
        model="KEOR SP",
        interfaces=(Interface(endpoints=()),),
    ),
    pushes=False,
    reports=(
        *summary_strings(),
        report(0x10, item("PowerSummary.RemainingCapacity", 8, "%", high=100),
               item("PowerSummary.RunTimeToEmpty", 16, "s")),
        report(0x11, *bits("PowerSummary.PresentStatus", "ACPresent", "Charging", "Discharging",
                           "BelowRemainingCapacityLimit")),
        report(0x12, item("PowerSummary.Voltage", 16, "V", factor=10)),
        report(0x13, item("PowerSummary.ConfigVoltage", 16, "V", factor=10)),
        report(0x14, item("PowerSummary.RemainingCapacityLimit", 8, "%", high=100)),
        report(0x15, item("PowerSummary.AudibleAlarmControl", 8, low=1, high=3, rw=True)),
        report(0x20, item("BatterySystem.Battery.Voltage", 16, "V", -7, factor=100)),
        report(0x21, item("BatterySystem.Battery.Test", 8, high=6, rw=True)),
        report(0x22, item("PowerConverter.Input.Voltage", 16, "V", -7, factor=10)),
        report(0x23, item("PowerConverter.Output.Voltage", 16, "V", -7, factor=1)),
        report(0x24, item("PowerConverter.Output.HighVoltageTransfer", 8, "V", value=29)),
        report(0x25, item("PowerConverter.Output.LowVoltageTransfer", 16, "V", value=160)),
        report(0x26, item("Flow.ConfigVoltage", 16, "V")),
        report(0x27, item("Output.PercentLoad", 8, "%")),
        report(0x28, item("Output.Frequency", 16, "Hz", -1)),
        report(0x29, item("Output.Overload", 8, high=1)),
        report(0x30, timer("Output.DelayBeforeShutdown")),
        report(0x31, timer("Output.DelayBeforeStartup")),
    ),
    power={"nominal_power": 800.0, "nominal_battery": 12.0},
)  # fmt: skip

POWERVAR = HidModel(
    hardware=hardware(
        *(0x4234, 0x0002),
        maker="Powervar, Inc.",
        model="Powervar UPM",
        serial="5210012",
        interfaces=(
            Interface(number=0, usb_class=0xFF, endpoints=(Endpoint(address=0x82),)),
            Interface(number=1),
        ),
    ),
    interface=1,
    reports=(
        *summary_strings(),
        CHARGE,
        status(0x11, "RemainingTimeLimitExpired", "Overload", "OverTemperature",
                "InternalFailure", "Good"),
        report(0x12, item("PowerSummary.FullChargeCapacity", 8, "%", high=100)),
    ),
)  # fmt: skip

SALICRU = HidModel(
    hardware=hardware(0x2E66, 0x0300, maker="SALICRU", model="SPS.1500.HOME", serial="6B2AB"),
    reports=(
        *summary_strings(),
        CHARGE,
        status(0x11, "Overload", "OverTemperature", "RemainingTimeLimitExpired"),
        report(0x12, item("PowerSummary.RemainingCapacityLimit", 8, "%", high=100, rw=True)),
        report(0x13, item("PowerSummary.WarningCapacityLimit", 8, "%", value=30)),
        report(0x14, item("PowerSummary.RemainingTimeLimit", 16, "s", rw=True)),
        report(0x15, item("PowerSummary.AudibleAlarmControl", 8, low=1, high=3, rw=True)),
        report(0x16, item("PowerSummary.Voltage", 16, "V", -1)),
        report(0x17, item("PowerSummary.PercentLoad", 8, "%")),
        report(0x20, item("BatterySystem.Battery.Test", 8, high=6, rw=True)),
        report(0x21, item("PowerConverter.Input.[1].Voltage", 16, "V", -1),
               item("PowerConverter.Input.[1].Frequency", 16, "Hz", -1)),
        report(0x22, item("PowerConverter.Output.Voltage", 16, "V", -1),
               item("PowerConverter.Output.Frequency", 16, "Hz", -1),
               item("PowerConverter.Output.ActivePower", 16, "W")),
        report(0x23, item("PowerConverter.Output.LowVoltageTransfer", 16, "V", value=162),
               item("PowerConverter.Output.HighVoltageTransfer", 16, "V", value=290)),
        report(0x24, item("Output.ConfigActivePower", 16, "W")),
        report(0x25, *bits("Output", "Overload", "Boost", "CommunicationLost")),
    ),
    power={"nominal_power": 1500.0, "power_factor": 0.6},
)  # fmt: skip

# A board with three interfaces; the UPS is the last.
ARDUINO = HidModel(
    hardware=hardware(
        *(0x2341, 0x8036),
        maker="Arduino LLC",
        model="Arduino Leonardo",
        serial="UPS10",
        speed="12",
        interfaces=(
            Interface(number=0, usb_class=2, endpoints=(Endpoint(address=0x81, packet=16),)),
            Interface(number=1, usb_class=0x0A, endpoints=(
                Endpoint(address=0x02, packet=64, attributes=2),
                Endpoint(address=0x83, packet=64, attributes=2))),
            Interface(number=2, endpoints=(Endpoint(address=0x84, packet=64),
                                           Endpoint(address=0x05, packet=64))),
        ),
    ),
    interface=2,
    reports=(
        *summary_strings(),
        report(0x06, item("PowerSummary.Rechargeable", 8, value=1),
               item("PowerSummary.CapacityMode", 8, value=2)),
        report(0x07, *bits("PowerSummary.PresentStatus", "Charging", "Discharging", "ACPresent",
                           "BatteryPresent", "BelowRemainingCapacityLimit",
                           "RemainingTimeLimitExpired", "NeedReplacement", "FullyCharged",
                           "FullyDischarged", "ShutdownImminent", "Overload"), kinds="FI"),
        report(0x09, item("PowerSummary.ManufacturerDate", 16, value=(2020 - 1980) << 9 | 33)),
        report(0x0A, item("PowerSummary.ConfigVoltage", 16, "V", -2)),
        report(0x0B, item("PowerSummary.Voltage", 16, "V", -2, kinds="FI")),
        report(0x0C, item("PowerSummary.RemainingCapacity", 8, "%", high=100, kinds="FI")),
        report(0x0D, item("PowerSummary.RunTimeToEmpty", 16, "s", kinds="FI")),
        report(0x10, item("PowerSummary.WarningCapacityLimit", 8, "%", value=10)),
        report(0x11, item("PowerSummary.RemainingCapacityLimit", 8, "%", high=100)),
        report(0x12, timer("PowerSummary.DelayBeforeShutdown")),
        report(0x13, timer("PowerSummary.DelayBeforeReboot")),
        report(0x14, item("PowerSummary.RemainingTimeLimit", 16, "s", rw=True)),
    ),
    power={"nominal_battery": 12.0},
)  # fmt: skip

# Logical maxima below the minimum: "26 ff ff" is meant as 65535 and reads as -1.
IDOWELL = HidModel(
    hardware=hardware(0x075D, 0x0300, maker="iDowell", model="iBox UPS", serial="IBOX-001"),
    reports=(
        report(0x01, *bits("PowerSummary.PresentStatus", "ACPresent", "Charging", "Discharging",
                           "BelowRemainingCapacityLimit", "BatteryPresent", "NeedReplacement",
                           "Overload", "InternalFailure", "ShutdownImminent", "Good",
                           "CommunicationLost"), kinds="FI"),
        report(0x02, item("PowerSummary.RemainingCapacity", 8, "%", high=100, kinds="FI"),
               item("PowerSummary.RunTimeToEmpty", 32, "s", high=b"\xff\xff\xff\xff", kinds="FI"),
               item("PowerSummary.Voltage", 16, "V", -2, high=b"\xff\xff", kinds="FI")),
        report(0x03, item("PowerSummary.iProduct", 8, value=1),
               item("PowerSummary.iSerialNumber", 8, value=2),
               item("PowerSummary.iManufacturer", 8, value=3),
               item("PowerSummary.iDeviceChemistry", 8, value=4)),
        report(0x04, item("PowerSummary.RemainingCapacityLimit", 8, "%", high=100),
               item("PowerSummary.WarningCapacityLimit", 8, "%", value=30),
               item("PowerSummary.DesignCapacity", 8, "%", high=100),
               item("PowerSummary.FullChargeCapacity", 8, "%", high=100)),
        report(0x05, timer("PowerSummary.DelayBeforeShutdown")),
        report(0x06, timer("PowerSummary.DelayBeforeStartup")),
        report(0x07, item("PowerSummary.PercentLoad", 8, "%")),
        report(0x08, item("PowerConverter.Output.Voltage", 16, "V", -1)),
        report(0x09, item("PowerConverter.Output.LowVoltageTransfer", 16, "V", value=180),
               item("PowerConverter.Output.HighVoltageTransfer", 16, "V", value=260)),
        report(0x0A, item("Flow.[4].ConfigVoltage", 16, "V"),
               item("Flow.[4].ConfigFrequency", 8, "Hz"),
               item("Flow.[4].ConfigApparentPower", 16, "VA")),
        report(0x0B, item("PowerSummary.ConfigVoltage", 16, "V", -2)),
    ),
    power={"nominal_battery": 12.0, "nominal_power": 600.0},
)  # fmt: skip
GOLDENMATE = replace(
    IDOWELL,
    hardware=hardware(0x06DA, 0xFFFF, maker="BMS", model="Smart-Battery", serial="GM1000"),
)

ECOFLOW = HidModel(
    hardware=hardware(
        *(0x3746, 0xFFFF), maker="EcoFlow", model="EcoFlow UPS", serial="R331", chemistry="LiP"
    ),
    reports=(
        *summary_strings(),
        # The runtime is in minutes under a unit that says seconds.
        report(0x10, item("PowerSummary.RemainingCapacity", 8, "%", high=100),
               item("PowerSummary.RunTimeToEmpty", 16, "s", read="runtime_minutes"), kinds="FI"),
        status(0x11, "Overload", "BatteryPresent", "CommunicationLost"),
        report(0x12, item("PowerSummary.RemainingCapacityLimit", 8, "%", high=100, rw=True),
               item("PowerSummary.WarningCapacityLimit", 8, "%", value=20)),
        report(0x13, item("PowerSummary.DesignCapacity", 8, "%", high=100),
               item("PowerSummary.FullChargeCapacity", 8, "%", high=100)),
        report(0x14, item("PowerSummary.AudibleAlarmControl", 8, low=1, high=3)),
        report(0x15, item("PowerSummary.Voltage", 16, "V", -2),
               item("PowerSummary.ConfigVoltage", 16, "V", -2)),
        report(0x16, item("PowerSummary.RemainingTimeLimit", 16, "s")),
        report(0x17, timer("PowerSummary.DelayBeforeShutdown")),
        report(0x18, item("Flow.[4].ConfigActivePower", 16, "W")),
    ),
    power={"nominal_battery": 48.0, "nominal_power": 1800.0},
)  # fmt: skip


def _as_eaton(vendor: int, product: int, maker: str, model: str) -> HidModel:
    return replace(
        EATON,
        names=MGE_NAMES,
        hardware=hardware(
            vendor, product, maker=maker, model=model, serial="X01", more={5: "", 6: "1.0"}
        ),
    )


MODELS: Mapping[str, HidModel] = {
    "generic": GENERIC,
    "legrand": LEGRAND,
    "powervar": POWERVAR,
    "salicru": SALICRU,
    "arduino": ARDUINO,
    "idowell": IDOWELL,
    "goldenmate": GOLDENMATE,
    "ecoflow": ECOFLOW,
    "aeg": _as_eaton(0x2B2D, 0xFFFF, "AEG", "PROTECT NAS"),
    "aeg-phoenixtec": _as_eaton(0x06DA, 0xFFFF, "AEG", "PROTECT B"),
    "powerware-9140": _as_eaton(0x0592, 0x0004, "EATON", "Powerware 9140"),
    "kstar": _as_eaton(0x09D6, 0x0001, "KSTAR", "MF-UPS650VA"),
}
