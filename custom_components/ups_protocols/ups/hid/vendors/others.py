"""Makers whose devices need few rows of their own (usb-hid-vendors §G6)."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ...links.base import UsbDevice
from ...model import Danger, Value
from ...names import Sensitivity, UpsType
from ..generic import ORDERS
from ..shapes import TEXT, YES_NO, Fixed, Number, Words
from ..signals import Signal
from ..tables import Bit, Labels, Readings, Vendor, one_of, order, row
from ..usages import DELTA, UsageNames

_OUT = "PowerConverter.Output"
_NONE_OF_THEM: Final = frozenset(each.command for each in ORDERS)

# ---------------------------------------------------------------- openUPS

# raw readings of its thermistor, from -40 °C in steps of 5
_THERMISTOR: Final = (
    *(0x31, 0x40, 0x53, 0x68, 0x82, 0xA0, 0xC3, 0xE9, 0x113, 0x13F, 0x16E, 0x19F),
    *(0x1CF, 0x200, 0x22F, 0x25C, 0x286, 0x2AE, 0x2D3, 0x2F4, 0x312, 0x32D, 0x345, 0x35A),
    *(0x36D, 0x37E, 0x38C, 0x399, 0x3A5, 0x3AF, 0x3B7, 0x3BF, 0x3C6, 0x3CC),
)
# input and output, volts and amperes
_OPENUPS: Final = {
    0xD004: (3.545, 2.571, 0.08274, 1.6113),
    0xD005: (0.1, 0.1, 0.1, 0.1),
}


def thermistor(value: float) -> float | None:
    """Return °C for what the openUPS shows, None beyond its table."""
    raw = round(value * 100, 6)
    if not _THERMISTOR[0] <= raw <= _THERMISTOR[-1]:
        return None
    at = min(bisect_right(_THERMISTOR, raw), len(_THERMISTOR) - 1) - 1
    low, high = _THERMISTOR[at : at + 2]
    return round(-40 + 5 * (at + (raw - low) / (high - low)), 1)


def openups(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for Mini-Box's supplies for direct current."""
    names = ("input.voltage", "output.voltage", "input.current", "output.current")
    return Vendor(
        id="openups",
        is_dc=True,
        rows=(
            *(
                row(
                    name,
                    "PowerSummary." + ".".join(word.capitalize() for word in name.split(".")),
                    shape=Number(factor),
                )
                for name, factor in zip(names, _OPENUPS[device.product_id], strict=True)
            ),
            row("battery.mfr.date", "PowerSummary.iOEMInformation", shape=TEXT),
            row("battery.temperature", "PowerSummary.Temperature", shape=Fixed(thermistor)),
        ),
        without=frozenset({"ups.temperature"}),
        without_orders=_NONE_OF_THEM,
        timers=(),
    )


# ---------------------------------------------------------------- the others


def idowell(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for iDowell and GoldenMate: their limits are read as meant anyway."""
    return Vendor(
        id="idowell",
        prefers_reports=True,
        rows=(row("output.frequency.nominal", "Flow.[4].ConfigFrequency"),),
    )


def legrand(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for Legrand's Keor: factors for some paths only, no interrupt pipe."""
    tenth = Number(0.1)
    beeper = "PowerSummary.AudibleAlarmControl"
    return Vendor(
        id="legrand",
        pushes=False,
        rows=(
            row("input.voltage", "Input.Voltage"),
            row("input.voltage", "PowerConverter.Input.Voltage", shape=Number(1e6)),
            row("input.voltage.nominal", "Input.ConfigVoltage", "Flow.ConfigVoltage"),
            row("output.voltage", "Output.Voltage"),
            row("output.voltage", f"{_OUT}.Voltage", shape=Number(1e7)),
            row("input.transfer.high", "Input.HighVoltageTransfer"),
            row("input.transfer.high", f"{_OUT}.HighVoltageTransfer", shape=Number(10)),
            row("battery.voltage", "PowerSummary.Voltage", shape=tenth),
            row("battery.voltage", "BatterySystem.Battery.Voltage", shape=Number(1e5)),
            row("battery.voltage.nominal", "PowerSummary.ConfigVoltage", shape=tenth),
        ),
        orders=(
            order("beeper.disable", 3, beeper, confirmed_by=(3,), must_show=True),
            order("beeper.enable", 2, beeper, confirmed_by=(2,), must_show=True),
        ),
        without_orders=frozenset({"beeper.mute"}),
    )


def powervar(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for Powervar: few values, all at the class's places."""
    return Vendor(id="powervar")


def salicru(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for Salicru: all at the class's places."""
    return Vendor(id="salicru")


def arduino(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for boards with the HIDPowerDevice library: the class's places."""
    return Vendor(id="arduino")


def ecoflow(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for EcoFlow: its runtime is in minutes, whatever its unit says."""
    return Vendor(
        id="ecoflow",
        rows=(row("battery.runtime", "PowerSummary.RunTimeToEmpty", shape=Number(60)),),
    )


def phoenixtec(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for Liebert units that Phoenixtec made, 06da:ffff."""
    return Vendor(
        id="phoenixtec",
        rows=(
            row("input.transfer.low", f"{_OUT}.ffff0057"),
            row("input.transfer.high", f"{_OUT}.ffff0058"),
            row("input.frequency.transfer.low", f"{_OUT}.ffff00f9"),
            row("input.frequency.transfer.high", f"{_OUT}.ffff00f8"),
            row("output.transfer.low", f"{_OUT}.LowVoltageTransfer"),
            row("output.transfer.high", f"{_OUT}.HighVoltageTransfer"),
        ),
        without=frozenset({"input.transfer.low", "input.transfer.high"}),
        orders=(
            order(
                *("test.battery.start", 1, "BatterySystem.Battery.Test"),
                danger=Danger.USES_BATTERY,
                confirmed_by=(5,),
            ),
            order("beeper.toggle", 1, "PowerSummary.AudibleAlarmControl"),
        ),
        without_orders=_NONE_OF_THEM,
    )


# ---------------------------------------------------------------- Delta

_CUSTOM = "DeltaCustom.[1]"
_SOURCE = "OutletSystem.Outlet.DeltaOutputSource"
_SOURCES: Final = Words(
    {
        0: "normal",
        1: "battery",
        2: "bypass",
        3: "reducing",
        4: "boosting",
        5: "manual bypass",
        6: "other",
        7: "none",
        8: "eco",
    }
)
# as NUT shows these numbers; the card has none
_DELTA_TYPES: Final = Words(
    {
        0: UpsType.ONLINE,
        1: UpsType.OFFLINE,
        2: UpsType.LINE_INTERACTIVE,
        3: UpsType.OFFLINE,
        4: UpsType.LINE_INTERACTIVE,
        5: "3-phase",
    }
)


def delta(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for Delta."""
    return Vendor(
        id="delta",
        usages=UsageNames(DELTA),
        prefers_reports=True,
        rows=(
            row("battery.packs.external", f"{_CUSTOM}.DeltaConfigExternalBatteryPack"),
            row(
                "input.sensitivity",
                f"{_CUSTOM}.DeltaConfigSensitivity",
                shape=Words({0: Sensitivity.NORMAL, 1: Sensitivity.REDUCED, 2: Sensitivity.LOW}),
                writable=True,
            ),
            row("input.source", _SOURCE, shape=_SOURCES),
            *(
                row(
                    f"input.transfer.{end.lower()}.{limit.lower()}",
                    f"{_OUT}.DeltaConfigTransfer{end}{limit}",
                )
                for end in ("Low", "High")
                for limit in ("Min", "Max")
            ),
            row("output.frequency.nominal", "Flow.ConfigFrequency"),
            row("output.voltage.nominal", "Flow.ConfigVoltage"),
            row(
                "ups.delay.start",
                "OutletSystem.Outlet.DeltaConfigStartPowerRestoreDelay",
                f"{_CUSTOM}.DeltaConfigStartPowerRestoreDelay",
                writable=True,
            ),
            row("ups.type", f"{_CUSTOM}.DeltaUPSType", shape=_DELTA_TYPES),
            row(
                "ups.start.auto",
                f"{_CUSTOM}.DeltaConfigStartPowerRestore",
                shape=YES_NO,
                writable=True,
            ),
        ),
        bits=(
            Bit(Signal.ON_BATTERY, (_SOURCE,), one_of(1)),
            Bit(Signal.BYPASS, (_SOURCE,), one_of(2)),
            Bit(Signal.TRIM, (_SOURCE,), one_of(3)),
            Bit(Signal.BOOST, (_SOURCE,), one_of(4)),
            Bit(Signal.MANUAL_BYPASS, (_SOURCE,), one_of(5)),
            Bit(Signal.OFF, (_SOURCE,), one_of(7)),
            Bit(Signal.ECO, (_SOURCE,), one_of(8)),
        ),
        identify=_identify,
    )


def _identify(labels: Labels, readings: Readings) -> Labels:
    """Return the labels without a model that is only the maker."""
    return replace(labels, model=labels.model if labels.model != labels.manufacturer else None)
