"""What the tables of HID devices share."""

from collections.abc import Mapping
from typing import Any

from ..hidbuild import Item, Report, bits, item, report
from ..usb import Hardware, Interface

# The order of string indices that most HID UPSes have: product, serial number, maker, chemistry.
PRODUCT, SERIAL, MAKER, CHEMISTRY = 1, 2, 3, 4


def hardware(
    vendor: int,
    product: int,
    *,
    maker: str,
    model: str,
    serial: str = "",
    chemistry: str = "PbAc",
    more: Mapping[int, str | bytes] | None = None,
    **rest: Any,
) -> Hardware:
    """Return the hardware of a HID UPS with its strings at the usual indices."""
    strings: dict[int, str | bytes] = {PRODUCT: model, MAKER: maker, CHEMISTRY: chemistry}
    if serial:
        strings[SERIAL] = serial
    return Hardware(
        vendor=vendor,
        product=product,
        strings={**strings, **(more or {})},
        manufacturer=MAKER,
        product_name=PRODUCT,
        serial=SERIAL,
        **rest,
    )


def summary_strings(first: int = 1) -> tuple[Report, ...]:
    """Return the reports with the string indices of PowerSummary, from a report id on."""
    return tuple(
        report(first + number, item(f"PowerSummary.{name}", 8, value=value))
        for number, (name, value) in enumerate(
            (
                ("iProduct", PRODUCT),
                ("iSerialNumber", SERIAL),
                ("iManufacturer", MAKER),
                ("iDeviceChemistry", CHEMISTRY),
            )
        )
    )


def timer(path: str, size: int = 16, **rest: Any) -> Item:
    """Return a delay in seconds that is -1 while it does not run."""
    return item(path, size, "s", low=-1, rw=True, **rest)


CHARGE = report(
    0x10,
    item("PowerSummary.RemainingCapacity", 8, "%", high=100),
    item("PowerSummary.RunTimeToEmpty", 16, "s"),
    kinds="FI",
)


def status(number: int, *more: str) -> Report:
    """Return the report with PowerSummary's usual bits and some more."""
    usual = (
        *("ACPresent", "Charging", "Discharging", "FullyCharged", "FullyDischarged"),
        *("BelowRemainingCapacityLimit", "NeedReplacement", "ShutdownImminent"),
    )
    return report(number, *bits("PowerSummary.PresentStatus", *usual, *more), kinds="FI")


__all__ = [
    "CHARGE",
    "Hardware",
    "Interface",
    "bits",
    "hardware",
    "item",
    "report",
    "status",
    "summary_strings",
    "timer",
]
