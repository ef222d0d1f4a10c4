"""MGE and Eaton (card usb-hid-vendors, G5): MGE's six published descriptors, and an Eaton.

The descriptors stand in tests/fixtures/usbhid/mge-published-descriptors.json, byte for byte.
Constants are what the document "MGE USB Devices ID" says of each range (section 2.2) and values
a unit of that range would have.
"""

from collections.abc import Mapping
from functools import cache
import json
from pathlib import Path

from ..hid import HidModel
from ..usb import Hardware
from .common import bits, hardware, item, report, timer

FIXTURES = Path(__file__).parents[2] / "fixtures/usbhid"

NAMES = {
    name: 0xFFFF0000 | code
    for name, code in {
        "Phase": 0x10, "ConverterType": 0x41, "FrequencyConverterMode": 0x42,
        "AutomaticRestart": 0x43, "ForcedReboot": 0x44, "TestPeriod": 0x45,
        "EnergySaving": 0x46, "StartOnBattery": 0x47, "Schedule": 0x48,
        "DeepDischargeProtection": 0x49, "ShortCircuit": 0x4A, "ExtendedVoltageMode": 0x4B,
        "SensitivityMode": 0x4C, "RemainingCapacityLimitSetting": 0x4D,
        "ExtendedFrequencyMode": 0x4E, "LowVoltageBoostTransfer": 0x50,
        "HighVoltageBoostTransfer": 0x51, "LowVoltageBuckTransfer": 0x52,
        "HighVoltageBuckTransfer": 0x53, "OverloadTransferEnable": 0x54,
        "OutOfToleranceTransferEnable": 0x55, "ShutdownTimer": 0x5D, "StartupTimer": 0x5E,
        "RestartLevel": 0x5F, "EmergencyStop": 0x68, "PowerFactor": 0x69, "ChargerType": 0x6B,
        "FanFailure": 0x77, "WiringFault": 0x78, "ABMEnable": 0x87, "Efficiency": 0x86,
        "Mode": 0x94, "Country": 0x95, "Status": 0xE9, "iModel": 0xF0, "iVersion": 0xF1,
    }.items()
}  # fmt: skip

# What no state moves, in the counts of the published descriptors: string indices and settings.
_CONSTANTS: Mapping[str, int] = {
    "PowerSummary.iProduct": 1,
    "PowerSummary.iSerialNumber": 2,
    "PowerSummary.iManufacturer": 3,
    "PowerSummary.iDeviceChemistry": 4,
    "PowerSummary.iModel": 5,
    "PowerSummary.iOEMInformation": 6,
    "PowerSummary.Rechargeable": 1,
    "PowerSummary.CapacityGranularity1": 1,
    "PowerSummary.RemainingCapacityLimitSetting": 20,
    "PowerSummary.RestartLevel": 0,
    "PowerSummary.PresentStatus.Switchable": 1,
    "PowerConverter.Input.[1].AutomaticRestart": 1,
    "PowerConverter.Input.[3].StartOnBattery": 1,
    "PowerConverter.Output.LowVoltageTransfer": 184,
    "PowerConverter.Output.HighVoltageTransfer": 264,
    "PowerConverter.Output.LowVoltageBoostTransfer": 200,
    "PowerConverter.Output.HighVoltageBuckTransfer": 250,
    "PowerConverter.Output.SensitivityMode": 0,
    "BatterySystem.Battery.TestPeriod": 6048,
    "BatterySystem.Battery.DeepDischargeProtection": 1,
    "OutletSystem.Outlet.[2].RemainingCapacityLimit": 0,
    "OutletSystem.Outlet.[3].RemainingCapacityLimit": 0,
}


@cache
def _published() -> Mapping[str, bytes]:
    data = json.loads((FIXTURES / "mge-published-descriptors.json").read_text())
    return {
        name: bytes.fromhex(each["report_descriptor"]) for name, each in data["descriptors"].items()
    }


def _hardware(product: int, *, maker: str, model: str, code: str, serial: str) -> Hardware:
    return hardware(
        *(0x0463, product),
        maker=maker,
        model=model,
        serial=serial,
        more={5: code, 6: "OEM"},
        speed="1.5",
    )


def _range(name: str, hardware: Hardware, converter: int, **power: float) -> HidModel:
    return HidModel(
        hardware=hardware,
        descriptor=_published()[name],
        names=NAMES,
        values={**_CONSTANTS, "PowerConverter.ConverterType": converter},
        power={"low_charge": 20.0, "power_factor": 0.7, **power},
    )


_MGE = "MGE UPS SYSTEMS "
OFFLINE, ONLINE = 4, 1

# An Eaton of today as the cards have it: outlets, ABM charger, ConfigActivePower, efficiency.
EATON = HidModel(
    hardware=hardware(
        *(0x0463, 0xFFFF),
        maker="EATON",
        model="5P",
        serial="G117J21028",
        more={5: "1550", 6: "02.14.0026"},
        speed="12",
    ),
    names=NAMES,
    reports=(
        report(0x01, *bits(
            "PowerSummary.PresentStatus", "ACPresent", "Charging", "Discharging", "Good",
            "BelowRemainingCapacityLimit", "NeedReplacement", "Overload", "InternalFailure",
            "ShutdownImminent", "OverTemperature", "FanFailure", "CommunicationLost",
        ), kinds="FI"),
        report(0x02, *bits("PowerConverter.Input.[1].PresentStatus", "Good", "Used", "Buck",
                           "Boost", "VoltageOutOfRange", "FrequencyOutOfRange", "WiringFault"),
               *bits("PowerConverter.Input.[2].PresentStatus", "Used"),
               *bits("PowerConverter.Input.[3].PresentStatus", "Used"),
               *bits("PowerConverter.Input.[4].PresentStatus", "Used"), kinds="FI"),
        report(0x03, *bits("BatterySystem.Battery.PresentStatus", "Present", "Good"),
               *bits("BatterySystem.Charger.PresentStatus", "InternalFailure")),
        report(0x06, item("PowerSummary.RemainingCapacity", 8, "%", high=100, kinds="FI"),
               item("PowerSummary.RunTimeToEmpty", 32, "s", kinds="FI")),
        report(0x07, item("PowerSummary.CapacityMode", 8, value=2),
               item("PowerSummary.DesignCapacity", 8, "%", high=100),
               item("PowerSummary.FullChargeCapacity", 8, "%", high=100),
               item("PowerSummary.RemainingCapacityLimit", 8, "%", high=100),
               item("PowerSummary.RemainingCapacityLimitSetting", 8, "%", high=100, rw=True,
                    read="low_charge", act="low_charge")),
        report(0x08, item("PowerSummary.iProduct", 8, value=1),
               item("PowerSummary.iSerialNumber", 8, value=2),
               item("PowerSummary.iManufacturer", 8, value=3),
               item("PowerSummary.iDeviceChemistry", 8, value=4),
               item("PowerSummary.iModel", 8, value=5), item("PowerSummary.iVersion", 8, value=6)),
        report(0x09, item("PowerSummary.Voltage", 16, "V", -1),
               item("PowerSummary.ConfigVoltage", 16, "V", -1)),
        report(0x0A, item("PowerSummary.PercentLoad", 8, "%")),
        report(0x0B, item("PowerSummary.AudibleAlarmControl", 8, low=1, high=3, rw=True)),
        report(0x0C, timer("PowerSummary.DelayBeforeShutdown", 32)),
        report(0x0D, timer("PowerSummary.DelayBeforeStartup", 32)),
        report(0x0E, item("PowerSummary.RestartLevel", 8, "%", value=0, rw=True)),
        report(0x0F, item("PowerSummary.Temperature", 16, "K", -1)),
        report(0x10, item("PowerConverter.Input.[1].Voltage", 16, "V", -1),
               item("PowerConverter.Input.[1].Frequency", 16, "Hz", -1)),
        report(0x11, item("PowerConverter.Output.Voltage", 16, "V", -1),
               item("PowerConverter.Output.Frequency", 16, "Hz", -1),
               item("PowerConverter.Output.Current", 16, "A", -1),
               item("PowerConverter.Output.ApparentPower", 16, "VA"),
               item("PowerConverter.Output.ActivePower", 16, "W"),
               item("PowerConverter.Output.PowerFactor", 8, "", value=70),
               item("PowerConverter.Output.Efficiency", 8, "%", value=98)),
        report(0x12, item("PowerConverter.Output.LowVoltageTransfer", 16, "V", value=160, rw=True),
               item("PowerConverter.Output.HighVoltageTransfer", 16, "V", value=294, rw=True)),
        report(0x13, item("PowerConverter.Output.SensitivityMode", 8, value=0, high=2, rw=True)),
        report(0x14, item("PowerConverter.Input.[1].AutomaticRestart", 8, value=1, high=1,
                          rw=True)),
        report(0x15, item("PowerConverter.Input.[3].StartOnBattery", 8, value=1, high=1, rw=True)),
        report(0x16, item("PowerConverter.Output.ForcedReboot", 8, value=1, high=1, rw=True)),
        report(0x17, item("PowerConverter.ConverterType", 8, value=2)),
        report(0x18, item("Flow.[1].ConfigVoltage", 16, "V"),
               item("Flow.[1].ConfigFrequency", 8, "Hz")),
        report(0x19, item("Flow.[4].ConfigVoltage", 16, "V", rw=True, value=230),
               item("Flow.[4].ConfigFrequency", 8, "Hz"),
               item("Flow.[4].ConfigApparentPower", 16, "VA"),
               item("Flow.[4].ConfigActivePower", 16, "W")),
        report(0x20, item("BatterySystem.Charger.ABMEnable", 8, value=0, high=1)),
        report(0x21, item("BatterySystem.Battery.Test", 8, high=6, rw=True)),
        report(0x22, item("BatterySystem.Battery.TestPeriod", 32, "s", value=604800, rw=True)),
        report(0x23, item("BatterySystem.Battery.DesignCapacity", 16, "Ah", value=9 * 3600)),
        report(0x30, item("OutletSystem.Outlet.[1].OutletID", 8, value=0),
               *bits("OutletSystem.Outlet.[1].PresentStatus", "SwitchOn/Off", "Switchable")),
        *(
            report(0x30 + n,
                   item(f"OutletSystem.Outlet.[{n + 1}].OutletID", 8, value=n),
                   *bits(f"OutletSystem.Outlet.[{n + 1}].PresentStatus",
                         "SwitchOn/Off", "Switchable"))
            for n in (1, 2)
        ),
        *(
            report(0x40 + 4 * n + k, each)
            for n in (1, 2)
            for k, each in enumerate((
                timer(f"OutletSystem.Outlet.[{n + 1}].DelayBeforeShutdown", 32),
                timer(f"OutletSystem.Outlet.[{n + 1}].DelayBeforeStartup", 32),
                item(f"OutletSystem.Outlet.[{n + 1}].ShutdownTimer", 32, "s", low=-1, rw=True,
                     value=-1),
                item(f"OutletSystem.Outlet.[{n + 1}].StartupTimer", 32, "s", low=-1, rw=True,
                     value=3),
            ))
        ),
    ),
    power={"nominal_power": 1550.0, "power_factor": 0.71, "nominal_battery": 36.0, "load": 18.0},
)  # fmt: skip

DELL = HidModel(
    hardware=hardware(0x047C, 0xFFFF, maker="Dell", model="Dell 1000W Tower 230V", serial="CN-0J7"),
    names=NAMES,
    reports=EATON.reports,
    power={"nominal_power": 1500.0, "power_factor": 0.67, "nominal_battery": 36.0},
)

MODELS: Mapping[str, HidModel] = {
    "eaton": EATON,
    "dell": DELL,
    "mge-ellipse": _range(
        "mge-ellipse",
        _hardware(0xFFFF, maker="MGE", model="ELLIPSE", code="", serial="1H3K01001"),
        OFFLINE,
        nominal_power=800.0,
        nominal_battery=12.0,
    ),
    "mge-ellipse-premium": _range(
        "mge-ellipse-premium",
        _hardware(0xFFFF, maker=_MGE, model="ellipse", code="PR1200", serial="1H3K01002"),
        OFFLINE,
        nominal_power=1200.0,
    ),
    "mge-evolution-500": _range(
        "mge-evolution-500",
        _hardware(0x0001, maker=_MGE, model="Evolution", code="800", serial="1H3K01003"),
        2,
        nominal_power=800.0,
    ),
    "mge-evolution-1500": _range(
        "mge-evolution-1500",
        _hardware(0xFFFF, maker=_MGE, model="Evolution", code="2200", serial="1H3K01004"),
        2,
        nominal_power=2200.0,
        nominal_battery=48.0,
    ),
    "mge-extreme-c": _range(
        "mge-extreme-c",
        _hardware(0xFFFF, maker=_MGE, model="EXTREME", code="2000", serial="1H3K01005"),
        ONLINE,
        nominal_power=2000.0,
        nominal_battery=72.0,
    ),
    "mge-esprit": _range(
        "mge-esprit",
        _hardware(0xFFFF, maker=_MGE, model="ESPRIT", code="3.1", serial="1H3K01006"),
        OFFLINE,
        nominal_power=3100.0,
        nominal_battery=96.0,
    ),
}
