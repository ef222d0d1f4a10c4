"""APC: page FF86, dates in decimal digits, three places for delays (usb-hid-vendors §G1)."""

from collections.abc import Mapping
from dataclasses import replace
import re
from typing import Final

from ...links.base import UsbDevice
from ...model import Danger, Value
from ...names import Sensitivity, TransferReason
from ..report_descriptor import ReportDescriptor
from ..shapes import BCD_DAY, DAY, TIMER, Words
from ..signals import Signal
from ..tables import DEFAULT_TIMERS, Bit, Labels, Readings, Timers, Vendor, one_of, order, row
from ..usages import APC, UsageNames
from ..values import Field

_GENERAL = "APCGeneralCollection"

# LineFailCause: the standard's words where there are any
_CAUSES: Final = Words(
    {
        0: TransferReason.NONE,
        1: TransferReason.VOLTAGE_OUT_OF_RANGE,
        2: TransferReason.VOLTAGE_OUT_OF_RANGE,
        3: "ripple",
        4: TransferReason.VOLTAGE_OUT_OF_RANGE,
        5: TransferReason.SELF_TEST,
        6: "forced",
        7: TransferReason.FREQUENCY_OUT_OF_RANGE,
        8: TransferReason.VOLTAGE_OUT_OF_RANGE,
        9: TransferReason.VOLTAGE_OUT_OF_RANGE,
        10: "forced",
        11: TransferReason.SELF_TEST,
        12: TransferReason.SELF_TEST,
        13: TransferReason.SELF_TEST,
    }
)
_SENSITIVITY: Final = Words({0: Sensitivity.LOW, 1: Sensitivity.MEDIUM, 2: Sensitivity.HIGH})

_ROWS = (
    row("ambient.temperature", "APCEnvironment.APCProbe1.Temperature"),
    row("ambient.humidity", "APCEnvironment.APCProbe1.Humidity"),
    row("battery.date", "Battery.APCBattReplaceDate", shape=BCD_DAY, writable=True),
    row("battery.mfr.date", "Battery.ManufacturerDate", shape=DAY, writable=True),
    row("battery.mfr.date", "PowerSummary.APCBattReplaceDate", shape=BCD_DAY, writable=True),
    row("input.sensitivity", "Input.APCSensitivity", shape=_SENSITIVITY, writable=True),
    row("input.transfer.reason", "Input.APCLineFailCause", shape=_CAUSES),
    *(
        row(
            f"ups.timer.{name}",
            f"PowerSummary.{usage}",
            f"Output.{usage}",
            f"{_GENERAL}.APC{usage}",
            shape=TIMER,
        )
        for name, usage in (
            ("shutdown", "DelayBeforeShutdown"),
            ("start", "DelayBeforeStartup"),
            ("reboot", "DelayBeforeReboot"),
        )
    ),
)
_BITS = (
    Bit(Signal.AC_PRESENT, ("PowerSummary.PresentStatus.ACPresent", "PowerSummary.ACPresent")),
    # Back-UPS LS and 500: 8 or 16 with mains
    Bit(Signal.AC_PRESENT, ("PowerSummary.APCStatusFlag",), one_of(8, 16)),
)
_ORDERS = (
    order("test.panel.start", 1, "APCPanelTest", "PowerSummary.APCPanelTest"),
    order("test.panel.stop", 0, "APCPanelTest", "PowerSummary.APCPanelTest"),
    order("shutdown.return", 1, "Output.APCDelayBeforeReboot", danger=Danger.CUTS_POWER),
)
_TIMERS = (
    *DEFAULT_TIMERS[:2],
    Timers(
        shutdown=f"{_GENERAL}.APCDelayBeforeShutdown",
        startup=f"{_GENERAL}.APCDelayBeforeStartup",
        reboot=f"{_GENERAL}.APCDelayBeforeReboot",
    ),
)
# what its interrupt reports tell before the next poll does
_TRUSTED = frozenset({Signal.AC_PRESENT, Signal.DISCHARGING, Signal.BELOW_CAPACITY})

_POLL_ONLY = frozenset({0x0003, 0x0004})
_ROOMY = ("Back-UPS ES 525", "Back-UPS CS")
_ANNOUNCES = re.compile(r"\b(BX\S*MI|BVK\S*M2|BK\S*M2[-_]CH)\b")
_PRODUCT = re.compile(r"^(?P<model>.*?)(?: FW:(?P<firmware>.*?))?(?: USB FW:(?P<aux>.*))?$")


def table(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for an APC unit."""
    product = device.product or ""
    return Vendor(
        id="apc",
        usages=UsageNames(APC),
        mend=_mend if device.product_id == 0x0002 else lambda descriptor: descriptor,
        rows=_ROWS,
        bits=_BITS,
        without_signals=frozenset({Signal.AC_PRESENT}),
        orders=_ORDERS,
        timers=_TIMERS,
        roomy=any(name in product for name in _ROOMY),
        pushes=device.product_id not in _POLL_ONLY,
        trusted=_TRUSTED,
        holds_back=_ANNOUNCES.search(product) is not None,
        identify=_identify,
    )


def _identify(labels: Labels, readings: Readings) -> Labels:
    """Take ``Back-UPS RS 1500 FW:8.g9 .D USB FW:g9`` apart."""
    match = _PRODUCT.match(labels.model or "")
    if match is None:
        return labels
    parts = {name: (text or "").strip() or None for name, text in match.groupdict().items()}
    return replace(
        labels,
        model=parts["model"],
        firmware=parts["firmware"] or labels.firmware,
        firmware_aux=parts["aux"],
    )


def _mend(descriptor: ReportDescriptor) -> ReportDescriptor:
    """Lift limits of input voltages that lie below the upper transfer limit's own."""
    highest = max(
        (
            one.logical_max
            for one in descriptor.fields
            if one.report_id == 0x33 and one.path.endswith(".HighVoltageTransfer")
        ),
        default=0,
    )

    def lift(one: Field) -> Field:
        if one.logical_max >= highest:
            return one
        if one.report_id == 0x31 and one.path.endswith("Input.Voltage"):
            return replace(one, logical_min=0, logical_max=2 * highest)
        if one.report_id == 0x30 and one.path.endswith(".ConfigVoltage"):
            return replace(one, logical_max=255)
        return one

    return descriptor.mended(lift)
