"""Usage names and what usages measure: pages 0x84 and 0x85, and the makers' own pages.

A usage is 32 bits: its page in the high half, its id on that page in the low half. The standard
pages are those of "Universal Serial Bus Usage Tables for HID Power Devices" 1.0, sections 4.1
(Power Device) and 4.2 (Battery System); names are spelled as in the cards (usb-hid-power-device
§F(4), usb-hid-path-map), and no two usages of one lookup share a name. The makers' pages stand in
the cards usb-hid-vendors §G and powercom-usb §E3.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ..names import Quantity

POWER_PAGE: Final = 0x84
BATTERY_PAGE: Final = 0x85

UPS: Final = 0x0084_0004
POWER_SUPPLY: Final = 0x0084_0005
PRESENT_STATUS: Final = 0x0084_0002
MANUFACTURE_DATE: Final = 0x0085_0085

POWER_DEVICES: Final = frozenset({UPS, POWER_SUPPLY})
"""The top-level collections that make a HID interface a Power Device (card, §F(1))."""


def _page(number: int, names: Mapping[int, str]) -> Mapping[int, str]:
    """Return names of ids on a page as names of whole usages."""
    return MappingProxyType({number << 16 | identifier: name for identifier, name in names.items()})


# Id 0 is "Undefined" on every page and names nothing (card, §F(2)).
POWER = _page(
    POWER_PAGE,
    {
        0x01: "iName",
        0x02: "PresentStatus",
        0x03: "ChangedStatus",
        0x04: "UPS",
        0x05: "PowerSupply",
        0x10: "BatterySystem",
        0x11: "BatterySystemID",
        0x12: "Battery",
        0x13: "BatteryID",
        0x14: "Charger",
        0x15: "ChargerID",
        0x16: "PowerConverter",
        0x17: "PowerConverterID",
        0x18: "OutletSystem",
        0x19: "OutletSystemID",
        0x1A: "Input",
        0x1B: "InputID",
        0x1C: "Output",
        0x1D: "OutputID",
        0x1E: "Flow",
        0x1F: "FlowID",
        0x20: "Outlet",
        0x21: "OutletID",
        0x22: "Gang",
        0x23: "GangID",
        0x24: "PowerSummary",
        0x25: "PowerSummaryID",
        0x30: "Voltage",
        0x31: "Current",
        0x32: "Frequency",
        0x33: "ApparentPower",
        0x34: "ActivePower",
        0x35: "PercentLoad",
        0x36: "Temperature",
        0x37: "Humidity",
        0x38: "BadCount",
        0x40: "ConfigVoltage",
        0x41: "ConfigCurrent",
        0x42: "ConfigFrequency",
        0x43: "ConfigApparentPower",
        0x44: "ConfigActivePower",
        0x45: "ConfigPercentLoad",
        0x46: "ConfigTemperature",
        0x47: "ConfigHumidity",
        0x50: "SwitchOnControl",
        0x51: "SwitchOffControl",
        0x52: "ToggleControl",
        0x53: "LowVoltageTransfer",
        0x54: "HighVoltageTransfer",
        0x55: "DelayBeforeReboot",
        0x56: "DelayBeforeStartup",
        0x57: "DelayBeforeShutdown",
        0x58: "Test",
        0x59: "ModuleReset",
        0x5A: "AudibleAlarmControl",
        0x60: "Present",
        0x61: "Good",
        0x62: "InternalFailure",
        0x63: "VoltageOutOfRange",
        0x64: "FrequencyOutOfRange",
        0x65: "Overload",
        0x66: "OverCharged",
        0x67: "OverTemperature",
        0x68: "ShutdownRequested",
        0x69: "ShutdownImminent",
        0x6B: "SwitchOn/Off",
        0x6C: "Switchable",
        0x6D: "Used",
        0x6E: "Boost",
        0x6F: "Buck",
        0x70: "Initialized",
        0x71: "Tested",
        0x72: "AwaitingPower",
        0x73: "CommunicationLost",
        0xFD: "iManufacturer",
        0xFE: "iProduct",
        0xFF: "iSerialNumber",
    },
)

BATTERY = _page(
    BATTERY_PAGE,
    {
        0x01: "SMBBatteryMode",
        0x02: "SMBBatteryStatus",
        0x03: "SMBAlarmWarning",
        0x04: "SMBChargerMode",
        0x05: "SMBChargerStatus",
        0x06: "SMBChargerSpecInfo",
        0x07: "SMBSelectorState",
        0x08: "SMBSelectorPresets",
        0x09: "SMBSelectorInfo",
        0x10: "OptionalMfgFunction1",
        0x11: "OptionalMfgFunction2",
        0x12: "OptionalMfgFunction3",
        0x13: "OptionalMfgFunction4",
        0x14: "OptionalMfgFunction5",
        0x15: "ConnectionToSMBus",
        0x16: "OutputConnection",
        0x17: "ChargerConnection",
        0x18: "BatteryInsertion",
        0x19: "UseNext",
        0x1A: "OKToUse",
        0x1B: "BatterySupported",
        0x1C: "SelectorRevision",
        0x1D: "ChargingIndicator",
        0x28: "ManufacturerAccess",
        0x29: "RemainingCapacityLimit",
        0x2A: "RemainingTimeLimit",
        0x2B: "AtRate",
        0x2C: "CapacityMode",
        0x2D: "BroadcastToCharger",
        0x2E: "PrimaryBattery",
        0x2F: "ChargeController",
        0x40: "TerminateCharge",
        0x41: "TerminateDischarge",
        0x42: "BelowRemainingCapacityLimit",
        0x43: "RemainingTimeLimitExpired",
        0x44: "Charging",
        0x45: "Discharging",
        0x46: "FullyCharged",
        0x47: "FullyDischarged",
        0x48: "ConditioningFlag",
        0x49: "AtRateOK",
        0x4A: "SMBErrorCode",
        0x4B: "NeedReplacement",
        0x60: "AtRateTimeToFull",
        0x61: "AtRateTimeToEmpty",
        0x62: "AverageCurrent",
        0x63: "MaxError",
        0x64: "RelativeStateOfCharge",
        0x65: "AbsoluteStateOfCharge",
        0x66: "RemainingCapacity",
        0x67: "FullChargeCapacity",
        0x68: "RunTimeToEmpty",
        0x69: "AverageTimeToEmpty",
        0x6A: "AverageTimeToFull",
        0x6B: "CycleCount",
        0x80: "BattPackModelLevel",
        0x81: "InternalChargeController",
        0x82: "PrimaryBatterySupport",
        0x83: "DesignCapacity",
        0x84: "SpecificationInfo",
        # ManufactureDate in the standard; every known path says ManufacturerDate.
        0x85: "ManufacturerDate",
        0x86: "SerialNumber",
        0x87: "iManufacturerName",
        0x88: "iDeviceName",
        0x89: "iDeviceChemistry",
        0x8A: "ManufacturerData",
        0x8B: "Rechargeable",
        0x8C: "WarningCapacityLimit",
        0x8D: "CapacityGranularity1",
        0x8E: "CapacityGranularity2",
        0x8F: "iOEMInformation",
        0xC0: "InhibitCharge",
        0xC1: "EnablePolling",
        0xC2: "ResetToZero",
        0xD0: "ACPresent",
        0xD1: "BatteryPresent",
        0xD2: "PowerFail",
        0xD3: "AlarmInhibited",
        0xD4: "ThermistorUnderRange",
        0xD5: "ThermistorHot",
        0xD6: "ThermistorCold",
        0xD7: "ThermistorOverRange",
        # VoltageOutOfRange in the standard, as 0084:63; but this one is the battery's, and the two
        # may stand side by side in one PresentStatus (card, §F(5)).
        0xD8: "BatteryVoltageOutOfRange",
        0xD9: "CurrentOutOfRange",
        0xDA: "CurrentNotRegulated",
        0xDB: "VoltageNotRegulated",
        0xDC: "MasterMode",
        0xF0: "ChargerSelectorSupport",
        0xF1: "ChargerSpec",
        0xF2: "Level2",
        0xF3: "Level3",
    },
)

# ---------------------------------------------------------------- the makers' pages

APC = _page(
    0xFF86,
    {
        0x05: "APCGeneralCollection",
        0x06: "APCEnvironment",
        0x07: "APCProbe1",
        0x08: "APCProbe2",
        0x16: "APCBattReplaceDate",
        0x19: "APCBattCapBeforeStartup",
        0x42: "APCUPSFirmware",
        0x52: "APCLineFailCause",
        0x60: "APCStatusFlag",
        0x61: "APCSensitivity",
        0x72: "APCPanelTest",
        0x76: "APCShutdownAfterDelay",
        0x79: "APCUSBFirmware",
        0x7C: "APCDelayBeforeReboot",
        0x7D: "APCDelayBeforeShutdown",
        0x7E: "APCDelayBeforeStartup",
    },
)

CYBERPOWER = _page(0xFF01, {0x43: "CPSInputSensitivity", 0xD0: "CPSFirmwareVersion"})

MGE = _page(
    0xFFFF,
    {
        0x03: "Statistic",
        0x04: "StatisticSystem",
        0x05: "USB",
        0x10: "Phase",
        0x14: "Inverter",
        0x18: "LCMSystem",
        0x1A: "LCMAlarm",
        0x1C: "HistorySystem",
        0x1E: "Event",
        0x1F: "EventID",
        0x22: "OverallAlarm",
        0x25: "PowerModule",
        0x2D: "ConfigurationFailure",
        0x2E: "CompatibilityFailure",
        0x41: "ConverterType",
        0x42: "FrequencyConverterMode",
        0x43: "AutomaticRestart",
        0x44: "ForcedReboot",
        0x45: "TestPeriod",
        0x46: "EnergySaving",
        0x47: "StartOnBattery",
        0x48: "Schedule",
        0x49: "DeepDischargeProtection",
        0x4A: "ShortCircuit",
        0x4B: "ExtendedVoltageMode",
        0x4C: "SensitivityMode",
        0x4D: "RemainingCapacityLimitSetting",
        0x4E: "ExtendedFrequencyMode",
        0x4F: "FrequencyConverterModeSetting",
        0x50: "LowVoltageBoostTransfer",
        0x51: "HighVoltageBoostTransfer",
        0x52: "LowVoltageBuckTransfer",
        0x53: "HighVoltageBuckTransfer",
        0x54: "OverloadTransferEnable",
        0x55: "OutOfToleranceTransferEnable",
        0x56: "ForcedTransferEnable",
        0x57: "LowVoltageBypassTransfer",
        0x58: "HighVoltageBypassTransfer",
        0x59: "FrequencyRangeBypassTransfer",
        0x5A: "LowVoltageEcoTransfer",
        0x5B: "HighVoltageEcoTransfer",
        0x5C: "FrequencyRangeEcoTransfer",
        0x5D: "ShutdownTimer",
        0x5E: "StartupTimer",
        0x5F: "RestartLevel",
        0x68: "EmergencyStop",
        0x69: "PowerFactor",
        0x6B: "ChargerType",
        0x74: "VoltageTooHigh",
        0x75: "VoltageTooLow",
        0x77: "FanFailure",
        0x78: "WiringFault",
        0x7E: "OverThreshold",
        0x85: "ECOControl",
        0x86: "Efficiency",
        0x87: "ABMEnable",
        0x89: "AutomaticStart",
        0x93: "TimerExpired",
        0x94: "Mode",
        0x95: "Country",
        0x97: "Time",
        0x98: "Code",
        0x9C: "HysteresisVoltageTransfer",
        0xBA: "iDesignator",
        0xE5: "System",
        0xE9: "Status",
        0xF0: "iModel",
        0xF1: "iVersion",
        0xF2: "iTechnicalLevel",
        0xF3: "iPartNumber",
        0xF4: "iReferenceNumber",
    },
)

TRIPP_LITE = _page(
    0xFFFF,
    {
        0x10: "TLCustom",
        0x56: "TLDelayBeforeStartup",
        0x57: "TLLowVoltageTransferMax",
        0x58: "TLLowVoltageTransferMin",
        0x59: "TLHighVoltageTransferMax",
        0x5A: "TLHighVoltageTransferMin",
        0x7A: "OutletState",
        0x7B: "OutletCount",
        0x7C: "UPSFirmwareVersion",
        0x7D: "CommunicationProtocolVersion",
        0x7E: "CommunicationVersion",
        0x7F: "iUPSPartNumber",
        0x80: "AutoOnDelay",
        0x92: "TLWatchdog",
        0x95: "TLOutletsAvailableMask",
        0x96: "TLOutletsStatusMask",
    },
)

STRAYED_STATUS: Mapping[int, Mapping[int, str]] = MappingProxyType(
    {
        PRESENT_STATUS: _page(
            POWER_PAGE,
            {0x44: "Charging", 0x45: "Discharging", 0x4B: "NeedReplacement", 0xD0: "ACPresent"},
        )
    }
)
"""Battery-page usages that some Tripp Lite units declare on the power page, inside PresentStatus
only (usb-hid-vendors §G3): for ``UsageNames(TRIPP_LITE, within=STRAYED_STATUS)``."""

BELKIN = _page(
    0x0086,
    {
        0x10: "BELKINBatterySystem",
        0x1A: "BELKINInput",
        0x1C: "BELKINOutput",
        0x21: "BELKINPowerStatus",
        0x22: "BELKINBatteryStatus",
        0x26: "BELKINConfig",
        0x27: "BELKINControls",
        0x28: "BELKINStatus",
        0x29: "BELKINDevice",
        0x2A: "BELKINPowerState",
        0x30: "BELKINVoltage",
        0x32: "BELKINFrequency",
        0x34: "BELKINPower",
        0x35: "BELKINPercentLoad",
        0x36: "BELKINTemperature",
        0x39: "BELKINCharge",
        0x40: "BELKINConfigVoltage",
        0x42: "BELKINConfigFrequency",
        0x43: "BELKINConfigApparentPower",
        0x44: "BELKINConfigBatteryVoltage",
        0x45: "BELKINConfigOverloadTransfer",
        0x50: "BELKINLoadOn",
        0x51: "BELKINLoadOff",
        0x52: "BELKINLoadToggle",
        0x53: "BELKINLowVoltageTransfer",
        0x54: "BELKINHighVoltageTransfer",
        0x55: "BELKINDelayBeforeReboot",
        0x56: "BELKINDelayBeforeStartup",
        0x57: "BELKINDelayBeforeShutdown",
        0x58: "BELKINTest",
        0x5A: "BELKINAudibleAlarmControl",
        0x5B: "BELKINLowVoltageTransferMax",
        0x5C: "BELKINLowVoltageTransferMin",
        0x5D: "BELKINHighVoltageTransferMax",
        0x5E: "BELKINHighVoltageTransferMin",
        0x6C: "BELKINRunTimeToEmpty",
        0x74: "BELKINVoltageSensitivity",
        0x75: "BELKINModelString",
        0x7C: "BELKINUPSType",
    },
)

DELTA = _page(
    0xFFFF,
    {
        0x10: "DeltaCustom",
        0x57: "DeltaConfigTransferLowMax",
        0x58: "DeltaConfigTransferLowMin",
        0x59: "DeltaConfigTransferHighMax",
        0x5A: "DeltaConfigTransferHighMin",
        0x61: "DeltaConfigExternalBatteryPack",
        0x7C: "DeltaUPSType",
        0x81: "DeltaConfigStartPowerRestoreDelay",
        0x91: "DeltaOutputSource",
        0x9B: "DeltaConfigSensitivity",
        0x9C: "DeltaConfigStartPowerRestore",
    },
)

# The old BNT (0d9f:0001) says everything on a page of its own; the newer ones only two delays.
POWERCOM: Mapping[int, str] = MappingProxyType(
    {
        **_page(
            0x0002,
            {
                0x04: "PowercomUPS",
                0x10: "PowercomBatterySystem",
                0x16: "PowercomPowerConverter",
                0x1A: "PowercomInput",
                0x1C: "PowercomOutput",
                0x30: "PowercomVoltage",
                0x32: "PowercomFrequency",
                0x35: "PowercomPercentLoad",
                0x36: "PowercomTemperature",
                0x56: "PowercomDelayBeforeStartup",
                0x57: "PowercomDelayBeforeShutdown",
                0x58: "PowercomTest",
                0x81: "PowercomInternalChargeController",
                0x82: "PowercomPrimaryBatterySupport",
                0x85: "PowercomManufacturerDate",
                0x86: "PowercomSerialNumber",
                0x87: "PowercomManufacturerName",
            },
        ),
        **_page(0x00FF, {0x56: "PCMDelayBeforeStartup", 0x57: "PCMDelayBeforeShutdown"}),
    }
)

EVER = _page(
    0xFF00,
    {
        0x10: "EVERType",
        0x11: "EVERInverterFirmware",
        0x12: "EVERInterfaceFirmware",
        0x13: "EVERHardware",
        0x14: "EVERInverterProtocol",
        0x15: "EVERInterfaceProtocol",
        0x16: "EVERStatus",
        0x17: "EVEROverload",
        0x18: "EVERBatteryLow",
        0x19: "EVERBoost",
        0x1A: "EVERBuck",
        0x1D: "EVERCharging",
        0x20: "EVERNeedReplacement",
        0x30: "EVERAlarms",
        0x31: "EVEROverloadAlarm",
        0x38: "EVERCommunicationLost",
        0x40: "EVERHeatSinkTemperature",
        0x41: "EVERBatteryTemperature",
        0x42: "EVERPowerFactor",
        0x50: "EVERControls",
        0x51: "EVEREmergencyStopBlocked",
        0x52: "EVERGreenMode",
        0x53: "EVERButtonSound",
        0x54: "EVERAudibleAlarm",
        0x60: "EVEROutputVoltage",
        0x61: "EVEROutputVoltageMin",
        0x62: "EVEROutputVoltageMax",
        0x63: "EVERFrequencyMin",
        0x64: "EVERFrequencyMax",
        0x68: "EVERExternalPacks",
    },
)


class UsageNames:
    """The names of usages, for one maker: the standard pages and what is laid over them."""

    __slots__ = ("_names", "_within")

    def __init__(
        self,
        *tables: Mapping[int, str],
        within: Mapping[int, Mapping[int, str]] = MappingProxyType({}),
    ) -> None:
        """Lay tables over the standard pages, the first uppermost.

        ``within`` holds, by the usage of a collection, names that hold directly inside it only.
        """
        self._names = dict(POWER) | dict(BATTERY)
        for table in reversed(tables):
            self._names |= table
        self._within = within

    def name(self, usage: int, parent: int = 0) -> str:
        """Return a usage's name inside a collection; eight hex digits where it has none."""
        if name := self._within.get(parent, {}).get(usage):
            return name
        return self._names.get(usage) or f"{usage:08x}"


STANDARD: Final = UsageNames()

# ---------------------------------------------------------------- what the standard usages measure

_QUANTITIES: Mapping[Quantity, tuple[str, ...]] = {
    Quantity.VOLTAGE: ("Voltage", "ConfigVoltage", "LowVoltageTransfer", "HighVoltageTransfer"),
    Quantity.CURRENT: ("Current", "ConfigCurrent", "AverageCurrent"),
    Quantity.FREQUENCY: ("Frequency", "ConfigFrequency"),
    Quantity.APPARENT_POWER: ("ApparentPower", "ConfigApparentPower"),
    Quantity.POWER: ("ActivePower", "ConfigActivePower"),
    Quantity.PERCENT: (
        "PercentLoad",
        "ConfigPercentLoad",
        "MaxError",
        "RelativeStateOfCharge",
        "AbsoluteStateOfCharge",
    ),
    Quantity.TEMPERATURE: ("Temperature", "ConfigTemperature"),
    Quantity.HUMIDITY: ("Humidity", "ConfigHumidity"),
    Quantity.DURATION: (
        "DelayBeforeReboot",
        "DelayBeforeStartup",
        "DelayBeforeShutdown",
        "RemainingTimeLimit",
        "AtRateTimeToFull",
        "AtRateTimeToEmpty",
        "RunTimeToEmpty",
        "AverageTimeToEmpty",
        "AverageTimeToFull",
    ),
    # Percent, or a charge: CapacityMode decides, which is a value and not in the descriptor.
    Quantity.CAPACITY: (
        "RemainingCapacityLimit",
        "RemainingCapacity",
        "FullChargeCapacity",
        "DesignCapacity",
        "WarningCapacityLimit",
        "CapacityGranularity1",
        "CapacityGranularity2",
    ),
    Quantity.DATE: ("ManufacturerDate",),
}

_QUANTITY_OF_NAME = {name: quantity for quantity, names in _QUANTITIES.items() for name in names}
_QUANTITY_OF_USAGE: Mapping[int, Quantity] = {
    usage: _QUANTITY_OF_NAME[name]
    for usage, name in (*POWER.items(), *BATTERY.items())
    if name in _QUANTITY_OF_NAME
}
_UNIT_DECIDES: Final = frozenset({0x0085_002B})
"""AtRate is a rate in amperes or in watts."""


def quantity(usage: int) -> Quantity | None:
    """Return what a usage of the standard pages measures, None where that is nothing or unknown."""
    return _QUANTITY_OF_USAGE.get(usage)


def is_bare(usage: int) -> bool:
    """Tell whether the standard knows the usage as one without a unit.

    Those are flags, choices, counts, ids, dates and string indexes.
    """
    if usage in _UNIT_DECIDES or not (usage in POWER or usage in BATTERY):
        return False
    return quantity(usage) in {None, Quantity.DATE}
