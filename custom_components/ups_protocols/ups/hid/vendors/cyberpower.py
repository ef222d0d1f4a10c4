"""CyberPower, Cyber Energy: wrong limits and scales, delays by minutes (usb-hid-vendors §G2)."""

from collections.abc import Mapping
from dataclasses import replace

from ...links.base import UsbDevice
from ...model import Value
from ...names import Sensitivity
from ..report_descriptor import ReportDescriptor
from ..shapes import DAY, TEXT, Plain, Words
from ..tables import Delay, Readings, Timers, Vendor, row
from ..usages import CYBERPOWER, UsageNames
from ..values import Field

_ROWS = (
    row("battery.mfr.date", "Battery.ManufacturerDate", shape=DAY, writable=True),
    row("battery.mfr.date", "PowerSummary.iOEMInformation", shape=TEXT),
    row("battery.status", "PowerSummary.FullChargeCapacity", shape=Plain("{}%".format)),
    row(
        "input.sensitivity",
        "Output.CPSInputSensitivity",
        shape=Words({0: Sensitivity.LOW, 1: Sensitivity.NORMAL, 2: Sensitivity.HIGH}),
        writable=True,
    ),
    row("ups.firmware", "PowerSummary.CPSFirmwareVersion", shape=TEXT),
)
_BY_MINUTES = Delay(step=60)
_TIMERS = (
    Timers(
        shutdown="Output.DelayBeforeShutdown",
        startup="Output.DelayBeforeStartup",
        reboot="Output.DelayBeforeReboot",
        off=_BY_MINUTES,
        on=_BY_MINUTES,
    ),
)
_WRONG_LIMITS = frozenset({(0x0764, 0x0501), (0x0764, 0x0601)})
_WRONG_BATTERY = (0x0764, 0x0501)
# card: an assumed maximum is raised to this at least, and so is a copied one
_HIGHEST_VOLTS = 511
_HIGHEST_WATTS = 2048


def table(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for a CyberPower unit."""
    ids = (device.vendor_id, device.product_id)
    return Vendor(
        id="cps",
        usages=UsageNames(CYBERPOWER),
        mend=_mend if ids in _WRONG_LIMITS else lambda descriptor: descriptor,
        rows=_ROWS,
        timers=_TIMERS,
        off_delay=60,
        on_delay=120,
        # the interrupt pipe of some stops for good
        pushes=False,
        factors={"battery.voltage": (2 / 3,)} if ids == _WRONG_BATTERY else {},
        finish=_finish,
    )


def _finish(readings: Readings) -> frozenset[str]:
    """Keep the charge at 100 %, which some go beyond."""
    charge = readings.get("battery.charge")
    if isinstance(charge, float):
        readings["battery.charge"] = min(charge, 100.0)
    return frozenset()


def _mend(descriptor: ReportDescriptor) -> ReportDescriptor:
    """Lift limits that were left over from the upper transfer limit, or assumed."""
    limit = _field(descriptor, 0x10, "HighVoltageTransfer")
    output = _field(descriptor, 0x12, "Output.Voltage")
    line = _field(descriptor, 0x0F, "Input.Voltage")
    same = {
        one.report_id
        for one in (output, line)
        if one is not None and limit is not None and _limits(one) == _limits(limit)
    }
    if 0x12 not in same:
        same = set()
    highest = max(
        _HIGHEST_VOLTS, *(one.logical_max for one in (output, line) if one is not None), 0
    )

    def lift(one: Field) -> Field:
        is_volts = one.report_id in {0x12, 0x0F} and one.path.endswith(
            ("Output.Voltage", "Input.Voltage")
        )
        if is_volts and one.report_id in same:
            return replace(one, logical_min=0, logical_max=_HIGHEST_VOLTS)
        if is_volts and one.logical_max_assumed:
            return replace(one, logical_max=min(highest, (1 << one.bit_size) - 1))
        if one.report_id == 0x18 and one.path.endswith(".ConfigActivePower"):
            return replace(one, logical_max=max(one.logical_max, _HIGHEST_WATTS))
        return one

    return descriptor.mended(lift)


def _field(descriptor: ReportDescriptor, report_id: int, path: str) -> Field | None:
    found = (
        one
        for one in descriptor.fields
        if one.report_id == report_id and one.path.endswith(f".{path}")
    )
    return next(found, None)


def _limits(one: Field) -> tuple[int, int]:
    return one.logical_min, one.logical_max
