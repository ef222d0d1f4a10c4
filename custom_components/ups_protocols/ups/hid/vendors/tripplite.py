"""Tripp Lite, HP and Minuteman: scales by product id (usb-hid-vendors §G3)."""

from collections.abc import Mapping

from ...links.base import UsbDevice
from ...model import Danger, Value
from ..shapes import PLAIN, TEXT, TIMER, Number, Plain, Timer
from ..tables import MINUTES, Timers, Vendor, order, row
from ..usages import STRAYED_STATUS, TRIPP_LITE, UsageNames

_OUTLET = "OutletSystem.Outlet"
_OUT = "PowerConverter.Output"

_ROWS = (
    row("device.part", "TLCustom.[1].iUPSPartNumber", shape=TEXT),
    row("input.voltage.nominal", "PowerSummary.Input.ConfigVoltage"),
    *(
        row(
            f"input.transfer.{end.lower()}.{limit.lower()}", f"{_OUT}.TL{end}VoltageTransfer{limit}"
        )
        for end in ("Low", "High")
        for limit in ("Min", "Max")
    ),
    row("output.voltage.nominal", "Flow.ConfigVoltage"),
    row("output.frequency.nominal", "Flow.ConfigFrequency"),
    row("ups.firmware", "TLCustom.[1].UPSFirmwareVersion", shape=PLAIN),
    row("ups.timer.start", f"{_OUTLET}.DelayBeforeStartup", shape=TIMER),
    row("ups.timer.start", f"{_OUTLET}.TLDelayBeforeStartup", shape=Timer(60)),
    row(
        "ups.watchdog.status",
        f"{_OUTLET}.TLWatchdog",
        shape=Plain(lambda seconds: "yes" if seconds else "no"),
    ),
)
_TIMERS = (
    Timers(
        shutdown=f"{_OUTLET}.DelayBeforeShutdown",
        startup=f"{_OUTLET}.DelayBeforeStartup",
        reboot=f"{_OUTLET}.DelayBeforeReboot",
    ),
    Timers(
        shutdown=f"{_OUTLET}.DelayBeforeShutdown",
        startup=f"{_OUTLET}.TLDelayBeforeStartup",
        on=MINUTES,
    ),
)
_WATCHDOG = f"{_OUTLET}.TLWatchdog"

_TENTHS = frozenset(
    (0x1003, *range(0x1007, 0x100A), 0x1010, 0x2005, *range(0x2007, 0x200A), *range(0x2010, 0x2015))
)
_TINY = frozenset({0x3016, 0x3024})
_ODD_CHEMISTRY = frozenset({0x1003, 0x2005})
# its firmware hangs
_NEVER_READ = {0x1330: frozenset({0x54})}


def table(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for a Tripp Lite, HP or Minuteman unit."""
    product = device.product_id if device.vendor_id == 0x09AE else 0
    battery = 0.1 if product in _TENTHS else 1e5 if product in _TINY else 1
    volts, hertz, amperes = (1e5, 0.01, 0.01) if product in _TINY else (1.0, 1.0, 1.0)
    without = {"battery.voltage", "output.voltage"}
    if product in _ODD_CHEMISTRY:
        without.add("battery.type")
    return Vendor(
        id="tripplite",
        usages=UsageNames(TRIPP_LITE, within=STRAYED_STATUS),
        rows=(
            row("battery.voltage", "BatterySystem.Battery.Voltage", shape=Number(battery)),
            row(
                "input.voltage",
                "PowerSummary.Input.Voltage",
                "PowerConverter.Input.Voltage",
                shape=Number(volts),
            ),
            row("input.frequency", "PowerConverter.Input.Frequency", shape=Number(hertz)),
            # the last place is the battery's elsewhere
            row(
                "output.voltage",
                f"{_OUT}.Voltage",
                "Output.Voltage",
                "PowerSummary.Voltage",
                shape=Number(volts),
            ),
            row("output.frequency", f"{_OUT}.Frequency", shape=Number(hertz)),
            row("output.current", f"{_OUT}.Current", shape=Number(amperes)),
            *_ROWS,
        ),
        without=frozenset(without),
        timers=_TIMERS,
        orders=(
            # once armed, its silence reboots the load
            order("reset.watchdog", 60, _WATCHDOG, danger=Danger.CUTS_POWER),
        ),
        fallback_orders=(order("shutdown.reboot", 10, _WATCHDOG, danger=Danger.CUTS_POWER),),
        without_orders=frozenset({"test.battery.start.deep", "test.battery.stop"}),
        skipped=_NEVER_READ.get(product, frozenset()),
    )
