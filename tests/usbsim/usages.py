"""The usages of HID Power Devices by name, and paths of them (Power Device class 1.0, chapter 4).

A path is written as NUT writes it: names joined by dots, `[n]` behind a collection with an
index. A usage without a name is written as eight hex digits.
"""

from collections.abc import Iterable, Iterator, Mapping

_POWER = {
    "Undefined": 0x00, "iName": 0x01, "PresentStatus": 0x02, "ChangedStatus": 0x03,
    "UPS": 0x04, "PowerSupply": 0x05, "BatterySystem": 0x10, "BatterySystemID": 0x11,
    "Battery": 0x12, "BatteryID": 0x13, "Charger": 0x14, "ChargerID": 0x15,
    "PowerConverter": 0x16, "PowerConverterID": 0x17, "OutletSystem": 0x18,
    "OutletSystemID": 0x19, "Input": 0x1A, "InputID": 0x1B, "Output": 0x1C, "OutputID": 0x1D,
    "Flow": 0x1E, "FlowID": 0x1F, "Outlet": 0x20, "OutletID": 0x21, "Gang": 0x22,
    "PowerSummary": 0x24, "PowerSummaryID": 0x25,
    "Voltage": 0x30, "Current": 0x31, "Frequency": 0x32, "ApparentPower": 0x33,
    "ActivePower": 0x34, "PercentLoad": 0x35, "Temperature": 0x36, "Humidity": 0x37,
    "ConfigVoltage": 0x40, "ConfigCurrent": 0x41, "ConfigFrequency": 0x42,
    "ConfigApparentPower": 0x43, "ConfigActivePower": 0x44, "ConfigPercentLoad": 0x45,
    "SwitchOnControl": 0x50, "SwitchOffControl": 0x51, "ToggleControl": 0x52,
    "LowVoltageTransfer": 0x53, "HighVoltageTransfer": 0x54, "DelayBeforeReboot": 0x55,
    "DelayBeforeStartup": 0x56, "DelayBeforeShutdown": 0x57, "Test": 0x58,
    "ModuleReset": 0x59, "AudibleAlarmControl": 0x5A,
    "Present": 0x60, "Good": 0x61, "InternalFailure": 0x62, "VoltageOutOfRange": 0x63,
    "FrequencyOutOfRange": 0x64, "Overload": 0x65, "OverCharged": 0x66,
    "OverTemperature": 0x67, "ShutdownRequested": 0x68, "ShutdownImminent": 0x69,
    "SwitchOn/Off": 0x6B, "Switchable": 0x6C, "Used": 0x6D, "Boost": 0x6E, "Buck": 0x6F,
    "Initialized": 0x70, "Tested": 0x71, "AwaitingPower": 0x72, "CommunicationLost": 0x73,
    "iManufacturer": 0xFD, "iProduct": 0xFE, "iSerialNumber": 0xFF,
}  # fmt: skip
_BATTERY = {
    "RemainingCapacityLimit": 0x29, "RemainingTimeLimit": 0x2A, "CapacityMode": 0x2C,
    "BelowRemainingCapacityLimit": 0x42, "RemainingTimeLimitExpired": 0x43,
    "Charging": 0x44, "Discharging": 0x45, "FullyCharged": 0x46, "FullyDischarged": 0x47,
    "NeedReplacement": 0x4B, "RemainingCapacity": 0x66, "FullChargeCapacity": 0x67,
    "RunTimeToEmpty": 0x68, "AverageTimeToFull": 0x6A, "CycleCount": 0x6B,
    "InternalChargeController": 0x81, "PrimaryBatterySupport": 0x82, "DesignCapacity": 0x83,
    "SpecificationInfo": 0x84, "ManufacturerDate": 0x85, "SerialNumber": 0x86,
    "iManufacturerName": 0x87, "iDeviceName": 0x88, "iDeviceChemistry": 0x89,
    "Rechargeable": 0x8B, "WarningCapacityLimit": 0x8C, "CapacityGranularity1": 0x8D,
    "CapacityGranularity2": 0x8E, "iOEMInformation": 0x8F,
    "ACPresent": 0xD0, "BatteryPresent": 0xD1, "VoltageNotRegulated": 0xDB,
}  # fmt: skip

USAGES: Mapping[str, int] = {
    **{name: 0x840000 | code for name, code in _POWER.items()},
    **{name: 0x850000 | code for name, code in _BATTERY.items()},
}
_NAMES: Mapping[int, str] = {code: name for name, code in USAGES.items()}

type Names = Mapping[str, int]


def usage(name: str, extra: Names | None = None) -> int:
    """Return the 32-bit usage of a name, of a maker's own name, or of eight hex digits."""
    for table in (extra or {}, USAGES):
        if name in table:
            return table[name]
    return int(name, 16)


def name_of(code: int, extra: Names | None = None) -> str:
    """Return the name of a usage."""
    for name, each in (extra or {}).items():
        if each == code:
            return name
    return _NAMES.get(code) or f"{code:08x}"


def elements(path: str) -> Iterator[tuple[str, int | None]]:
    """Split a path: `Flow.[4].ConfigVoltage` → (Flow, 4), (ConfigVoltage, None)."""
    parts = path.split(".")
    for position, part in enumerate(parts):
        if part.startswith("["):
            continue
        follower = parts[position + 1] if position + 1 < len(parts) else ""
        yield part, int(follower[1:-1]) if follower.startswith("[") else None


def join(parts: Iterable[tuple[str, int | None]]) -> str:
    """Return the path of elements."""
    return ".".join(name if index is None else f"{name}.[{index}]" for name, index in parts)
