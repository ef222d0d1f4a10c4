"""Tripp Lite's HID units, HP and Minuteman (card usb-hid-vendors, G3)."""

from collections.abc import Mapping
from dataclasses import replace

from ..hid import HidModel
from ..hidbuild import Report
from .common import bits, hardware, item, report, summary_strings, timer

NAMES = {
    name: 0xFFFF0000 | code
    for name, code in {
        "TLCustom": 0x10, "TLDelayBeforeStartup": 0x56, "TLLowVoltageTransferMax": 0x57,
        "TLLowVoltageTransferMin": 0x58, "TLHighVoltageTransferMax": 0x59,
        "TLHighVoltageTransferMin": 0x5A, "TLOutletState": 0x7A, "TLOutletCount": 0x7B,
        "UPSFirmwareVersion": 0x7C, "iUPSPartNumber": 0x7F, "TLAutoOnDelay": 0x80,
        "TLWatchdog": 0x92,
    }.items()
}  # fmt: skip
# Usages of the battery page, used with page 84.
NAMES_84 = {
    "TLCharging": 0x840044,
    "TLDischarging": 0x840045,
    "TLNeedReplacement": 0x84004B,
    "TLACPresent": 0x8400D0,
}


def _reports(
    *,
    battery: tuple[int, float | None] = (0, None),
    volts: tuple[int, float | None] = (-1, None),
    hertz: tuple[int, float | None] = (-1, None),
    amperes: tuple[int, float | None] = (-1, None),
) -> tuple[Report, ...]:
    """Return the common reports; each argument is the declared exponent and the true factor."""
    return (
        *summary_strings(),
        report(0x05, item("PowerSummary.Rechargeable", 8, value=1)),
        report(0x06, item("PowerSummary.CapacityMode", 8, value=2)),
        report(
            0x10,
            *bits(
                "PowerSummary.PresentStatus",
                *("ShutdownImminent", "ACPresent", "Charging", "Discharging", "NeedReplacement"),
                *("BelowRemainingCapacityLimit", "FullyCharged", "FullyDischarged"),
                "InternalFailure",
            ),
            kinds="FI",
        ),
        report(
            0x11,
            *bits(
                "PowerConverter.PresentStatus",
                *("AwaitingPower", "Overload", "OverTemperature", "VoltageOutOfRange", "Buck"),
                *("Boost", "InternalFailure"),
            ),
            kinds="FI",
        ),
        report(0x12, item("PowerSummary.RemainingCapacity", 8, "%", high=100, kinds="FI")),
        report(0x13, item("PowerSummary.RunTimeToEmpty", 16, "s", kinds="FI")),
        report(0x14, item("PowerSummary.RemainingCapacityLimit", 8, "%", high=100, rw=True)),
        report(0x15, item("PowerSummary.WarningCapacityLimit", 8, "%", value=30)),
        report(0x16, item("PowerSummary.AudibleAlarmControl", 8, low=1, high=3, rw=True)),
        report(0x18, item("PowerSummary.Input.ConfigVoltage", 16, "V")),
        report(0x20, item("BatterySystem.Battery.ConfigVoltage", 16, "V")),
        report(0x21, item("BatterySystem.Battery.Voltage", 16, "V", battery[0], factor=battery[1])),
        report(0x22, item("BatterySystem.Test", 8, high=6, rw=True)),
        report(0x23, item("BatterySystem.Temperature", 16, "K")),
        report(0x30, item("PowerConverter.Input.Voltage", 16, "V", volts[0], factor=volts[1])),
        report(0x31, item("PowerConverter.Input.Frequency", 16, "Hz", hertz[0], factor=hertz[1])),
        report(0x32, item("PowerConverter.Output.Voltage", 16, "V", volts[0], factor=volts[1])),
        report(0x33, item("PowerConverter.Output.Current", 16, "A", amperes[0], factor=amperes[1])),
        report(0x34, item("PowerConverter.Output.LowVoltageTransfer", 16, "V", value=89, rw=True)),
        report(0x35, item("PowerConverter.Output.HighVoltageTransfer", 16, "V", value=147,
                          rw=True)),
        report(0x36, item("PowerConverter.Output.TLLowVoltageTransferMin", 16, "V", value=75)),
        report(0x37, item("PowerConverter.Output.TLLowVoltageTransferMax", 16, "V", value=100)),
        report(0x38, item("PowerConverter.Output.TLHighVoltageTransferMin", 16, "V", value=128)),
        report(0x39, item("PowerConverter.Output.TLHighVoltageTransferMax", 16, "V", value=150)),
        report(0x40, item("Flow.ConfigVoltage", 16, "V"), item("Flow.ConfigFrequency", 8, "Hz"),
               item("Flow.ConfigApparentPower", 16, "VA")),
        report(0x50, item("OutletSystem.Outlet.PercentLoad", 8, "%")),
        report(0x51, item("OutletSystem.Outlet.ActivePower", 16, "W")),
        report(0x52, timer("OutletSystem.Outlet.DelayBeforeShutdown")),
        report(0x53, timer("OutletSystem.Outlet.DelayBeforeReboot")),
        report(0x55, item("TLCustom.[1].UPSFirmwareVersion", 16, value=2201),
               item("TLCustom.[1].iUPSPartNumber", 8, value=5)),
        report(0x56, item("OutletSystem.Outlet.TLWatchdog", 16, "s", value=0, rw=True)),
    )  # fmt: skip


_STARTUP = report(0x57, timer("OutletSystem.Outlet.DelayBeforeStartup"))
_STARTUP_MINUTES = report(
    0x57,
    item(
        "OutletSystem.Outlet.TLDelayBeforeStartup",
        16,
        low=-1,
        rw=True,
        read="startup_minutes",
        act="start_up_minutes",
    ),
)
_POWER = {
    "nominal_voltage": 120.0, "mains_voltage": 119.5, "nominal_frequency": 60.0,
    "mains_frequency": 60.0, "nominal_battery": 24.0, "nominal_power": 1500.0, "load": 12.0,
}  # fmt: skip


def _model(product: int, name: str, reports: tuple[Report, ...], *, vendor: int = 0x09AE,
           maker: str = "Tripp Lite", **power: float) -> HidModel:  # fmt: skip
    return HidModel(
        hardware=hardware(
            *(vendor, product),
            maker=maker,
            model=name,
            serial="2410DV0SM871800099",
            more={5: "AG-0042"},
        ),
        names=NAMES,
        reports=reports,
        power={**_POWER, **power},
    )


# The battery's volts in tenths under an exponent that says volts.
LCD = _model(
    0x2012, "Tripp Lite SMART1000LCD", (*_reports(battery=(0, 10)), _STARTUP), nominal_power=1000.0
)
SMART_RM = _model(0x3012, "TRIPP LITE SMART2200RMXL2U", (*_reports(), _STARTUP_MINUTES))
# Volts a hundred-thousandth of what they are, hertz and amperes a hundredfold.
NEW = _model(
    0x3024,
    "TRIPP LITE AVR750U",
    (
        *_reports(battery=(-6, 10), volts=(-6, 10), hertz=(0, 100), amperes=(0, 100)),
        _STARTUP,
    ),
    nominal_battery=12.0,
    nominal_power=750.0,
)
_PAGE_MISTAKE = {
    "Charging": "TLCharging",
    "Discharging": "TLDischarging",
    "NeedReplacement": "TLNeedReplacement",
    "ACPresent": "TLACPresent",
}


def _mistaken(reports: tuple[Report, ...]) -> tuple[Report, ...]:
    """Put battery usages of PresentStatus on page 84."""
    made = []
    for each in reports:
        items = []
        for one in each.items:
            head, _, last = one.path.rpartition(".")
            if head.endswith("PowerSummary.PresentStatus") and last in _PAGE_MISTAKE:
                words = {"Charging": "charging", "Discharging": "discharging",
                         "NeedReplacement": "replace", "ACPresent": "ac_present"}  # fmt: skip
                one = replace(one, path=f"{head}.{_PAGE_MISTAKE[last]}", read=words[last])
            items.append(one)
        made.append(Report(each.number, tuple(items)))
    return tuple(made)


MISTAKEN = replace(LCD, reports=_mistaken(LCD.reports), names={**NAMES, **NAMES_84})
# A report that must never be read: its firmware hangs.
SU3000 = replace(
    SMART_RM,
    hardware=hardware(
        *(0x09AE, 0x1330),
        maker="Tripp Lite",
        model="SU3000LCD2UHV",
        serial="3024AVLSM87BB00412",
        more={5: "AG-0099"},
    ),
    reports=(*SMART_RM.reports, report(0x54, item("TLCustom.[1].TLOutletState", 8, value=1))),
)
HP = _model(0x1FE0, "HP T1000 INTL", (*_reports(), _STARTUP), vendor=0x03F0, maker="HP")
MINUTEMAN = _model(0xA0A0, "PRO1500RT2U", (*_reports(), _STARTUP), vendor=0x05DD, maker="Minuteman")

MODELS: Mapping[str, HidModel] = {
    "tripplite": LCD,
    "tripplite-minutes": SMART_RM,
    "tripplite-3024": NEW,
    "tripplite-page-mistake": MISTAKEN,
    "tripplite-su3000": SU3000,
    "hp": HP,
    "minuteman": MINUTEMAN,
}
