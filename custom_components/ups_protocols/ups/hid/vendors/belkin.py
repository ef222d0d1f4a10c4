"""Belkin with pages of its own, and Liebert, which keeps to the class (usb-hid-vendors §G4)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ...links.base import UsbDevice
from ...model import Value
from ...names import Sensitivity, UpsType
from ..generic import BEEPER, TEST, beeper_orders, test_orders
from ..report_descriptor import ReportDescriptor
from ..shapes import TEXT, Number, Plain, Timer, Words
from ..signals import Signal
from ..tables import MINUTES, Bit, Timers, Vendor, bit, row
from ..usages import BELKIN, UsageNames
from ..values import Field

_CONFIG, _CONTROLS, _DEVICE = "BELKINConfig", "BELKINControls", "BELKINDevice"
_INPUT, _OUTPUT = "BELKINPowerState.BELKINInput", "BELKINPowerState.BELKINOutput"
_BATTERY = "BELKINBatterySystem"
_TENTHS: Final = Number(0.1)

_TYPES: Final = {
    1: UpsType.OFFLINE,
    2: UpsType.LINE_INTERACTIVE,
    3: "simple online",
    4: "simple offline",
    5: "simple line-interactive",
}
_ROWS = (
    # the charge of PowerSummary is broken, where there is another
    row("battery.charge", f"{_BATTERY}.BELKINCharge"),
    row("battery.runtime", "PowerSummary.RunTimeToEmpty"),
    row("battery.runtime", f"{_BATTERY}.BELKINRunTimeToEmpty", shape=Number(60)),
    row("battery.temperature", f"{_BATTERY}.BELKINTemperature"),
    row("battery.voltage", f"{_BATTERY}.BELKINVoltage", shape=_TENTHS),
    row("battery.voltage.nominal", f"{_CONFIG}.BELKINConfigBatteryVoltage"),
    row("input.frequency", f"{_INPUT}.BELKINFrequency", shape=_TENTHS),
    row("input.frequency.nominal", f"{_CONFIG}.BELKINConfigFrequency"),
    row("input.voltage", f"{_INPUT}.BELKINVoltage", shape=_TENTHS),
    row("input.voltage.nominal", f"{_CONFIG}.BELKINConfigVoltage", "Flow.ConfigVoltage"),
    row(
        "input.sensitivity",
        f"{_DEVICE}.BELKINVoltageSensitivity",
        shape=Words({0: Sensitivity.NORMAL, 1: Sensitivity.REDUCED, 2: Sensitivity.LOW}),
        writable=True,
    ),
    *(
        each
        for end in ("Low", "High")
        for each in (
            row(
                f"input.transfer.{end.lower()}",
                f"{_CONFIG}.BELKIN{end}VoltageTransfer",
                writable=True,
            ),
            row(f"input.transfer.{end.lower()}.min", f"{_CONFIG}.BELKIN{end}VoltageTransferMin"),
            row(f"input.transfer.{end.lower()}.max", f"{_CONFIG}.BELKIN{end}VoltageTransferMax"),
        )
    ),
    row("output.frequency", f"{_OUTPUT}.BELKINFrequency", shape=_TENTHS),
    row("output.voltage", f"{_OUTPUT}.BELKINVoltage", shape=_TENTHS),
    row("ups.beeper.status", f"{_CONTROLS}.BELKINAudibleAlarmControl", shape=BEEPER),
    row(
        "ups.firmware",
        f"{_DEVICE}.BELKINUPSType",
        shape=Plain(lambda number: str(number >> 4) if number >> 4 else None),
    ),
    row("ups.load", f"{_OUTPUT}.BELKINPercentLoad"),
    row("ups.load.high", f"{_CONFIG}.BELKINConfigOverloadTransfer"),
    row("ups.power.nominal", f"{_CONFIG}.BELKINConfigApparentPower"),
    row("ups.realpower", f"{_OUTPUT}.BELKINPower"),
    row("ups.test.result", f"{_CONTROLS}.BELKINTest", shape=TEST),
    row("ups.timer.reboot", f"{_CONTROLS}.BELKINDelayBeforeReboot", shape=Timer()),
    row("ups.timer.shutdown", f"{_CONTROLS}.BELKINDelayBeforeShutdown", shape=Timer()),
    row("ups.timer.start", f"{_CONTROLS}.BELKINDelayBeforeStartup", shape=Timer(60)),
    row(
        "ups.type",
        f"{_DEVICE}.BELKINUPSType",
        shape=Plain(lambda number: _TYPES.get(number & 0x0F, UpsType.ONLINE)),
    ),
    row("_model", f"{_DEVICE}.BELKINModelString", shape=TEXT),
)

_POWER_STATUS = ("BELKINStatus.BELKINPowerStatus",)
_BATTERY_STATUS = ("BELKINStatus.BELKINBatteryStatus",)


def _is_online(number: int) -> bool:
    return not number & 1


_BITS = (
    Bit(Signal.AC_PRESENT, _POWER_STATUS, _is_online),
    Bit(Signal.OVERLOAD, _POWER_STATUS, bit(4)),
    Bit(Signal.OFF, _POWER_STATUS, bit(5)),
    Bit(Signal.OVER_TEMPERATURE, _POWER_STATUS, bit(6)),
    Bit(Signal.INTERNAL_FAILURE, _POWER_STATUS, bit(7)),
    Bit(Signal.AWAITING_POWER, _POWER_STATUS, bit(13)),
    Bit(Signal.BELOW_CAPACITY, _BATTERY_STATUS, bit(2)),
    Bit(Signal.CHARGING, _BATTERY_STATUS, bit(4)),
    Bit(Signal.DISCHARGING, _BATTERY_STATUS, bit(5)),
    Bit(Signal.FULLY_DISCHARGED, _BATTERY_STATUS, bit(6)),
    Bit(Signal.REPLACE_BATTERY, _BATTERY_STATUS, bit(7)),
)


def table(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for a Belkin unit."""
    return Vendor(
        id="belkin",
        usages=UsageNames(BELKIN),
        mend=_mend,
        rows=_ROWS,
        bits=_BITS,
        # broken on all of them
        without_signals=frozenset({Signal.BELOW_CAPACITY}),
        orders=(
            *test_orders(f"{_CONTROLS}.BELKINTest"),
            *beeper_orders(f"{_CONTROLS}.BELKINAudibleAlarmControl"),
        ),
        timers=(
            Timers(
                shutdown=f"{_CONTROLS}.BELKINDelayBeforeShutdown",
                startup=f"{_CONTROLS}.BELKINDelayBeforeStartup",
                reboot=f"{_CONTROLS}.BELKINDelayBeforeReboot",
                on=MINUTES,
            ),
        ),
        immediate=1,
    )


def liebert(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for a Liebert unit with Belkin's ids: its scales are told by neighbours."""
    return Vendor(
        id="liebert",
        rows=(row("input.voltage.nominal", "Input.ConfigVoltage", "Flow.ConfigVoltage"),),
    )


def _mend(descriptor: ReportDescriptor) -> ReportDescriptor:
    """Let all bits of the words that are bit masks count."""
    masks = ("BELKINPowerStatus", "BELKINBatteryStatus", "BELKINUPSType")

    def lift(one: Field) -> Field:
        if not one.path.endswith(masks):
            return one
        return replace(one, logical_min=0, logical_max=(1 << one.bit_size) - 1)

    return descriptor.mended(lift)
