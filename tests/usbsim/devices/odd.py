"""The devices of `small` and of `hostile` by name."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ...simulators.clock import Clock
from .. import hostile, small
from ..device import UsbDevice
from ..hid import HidDevice
from ..usb import INTERRUPT_IN, INTERRUPT_OUT, Endpoint, Hardware, Interface
from .others import GENERIC

# A vendor's array of bytes each way.
_BYTES = bytes.fromhex("06a0ff0901a101090375089508150026ff00810209049508b10209059508910" + "2c0")
_BOTH = Interface(endpoints=(INTERRUPT_IN, INTERRUPT_OUT), report_descriptor=_BYTES)
_IN = Interface(endpoints=(INTERRUPT_IN,), report_descriptor=_BYTES)

_TRIPPLITE_MODELS = {
    "0004": ("SMART550USB", 120.0, 12.0, 550.0),
    "1001": ("OMNIVS1000", 120.0, 24.0, 1000.0),
    "2001": ("OMNIVS1500XL", 120.0, 24.0, 1500.0),
    "3003": ("SMART1050", 120.0, 24.0, 1050.0),
    "3005": ("SMART3000RM2U", 120.0, 48.0, 3000.0),
    "3017": ("SMARTPRO700", 120.0, 24.0, 700.0),
}


def _tripplite(number: str) -> Callable[..., UsbDevice]:
    model, volts, battery, power = _TRIPPLITE_MODELS[number]

    def make(*, clock: Clock | None = None, **state: Any) -> UsbDevice:
        hardware = Hardware(
            vendor=0x09AE,
            product=0x0001,
            strings={1: "TRIPP LITE", 2: f"TRIPP LITE {model}"},
            interfaces=(_IN,),
        )
        start = {
            "nominal_voltage": volts,
            "mains_voltage": volts - 1,
            "nominal_battery": battery,
            "nominal_power": power,
            "nominal_frequency": 60.0,
            "mains_frequency": 60.0,
        }
        return small.TrippLite(hardware, small.PROTOCOLS[number], clock=clock, **{**start, **state})

    return make


def _richcomm(*, clock: Clock | None = None, **state: Any) -> UsbDevice:
    hardware = Hardware(
        vendor=0x0925,
        product=0x1234,
        strings={1: "Richcomm", 2: "UPS USB MON V1.4"},
        interfaces=(Interface(endpoints=(Endpoint(packet=6),), report_descriptor=_BYTES),),
    )
    return small.Richcomm(hardware, clock=clock, **state)


def _atcl(*, clock: Clock | None = None, **state: Any) -> UsbDevice:
    hardware = Hardware(
        vendor=0x0001,
        product=0x0000,
        strings={1: "ATCL FOR UPS", 2: "ATCL FOR UPS"},
        interfaces=(_BOTH,),
    )
    return small.Atcl(hardware, clock=clock, **state)


def _hostile_descriptor(descriptor: bytes) -> Callable[..., UsbDevice]:
    return lambda *, clock=None, **state: hostile.with_descriptor(descriptor)


def _hostile_hardware(**changes: Any) -> Callable[..., UsbDevice]:
    """Return what makes the generic UPS with changed hardware."""
    model = replace(GENERIC, hardware=replace(GENERIC.hardware, **changes))
    return lambda *, clock=None, **state: HidDevice(model, clock=clock, **state)


def _hostile_reports(reports: bytes) -> Callable[..., UsbDevice]:
    device = HidDevice(GENERIC)
    return lambda *, clock=None, **state: hostile.Hostile(device.hardware, reports)


HOSTILE: Mapping[str, Callable[..., UsbDevice]] = {
    **{f"hostile-{n}": _hostile_descriptor(d) for n, d in hostile.DESCRIPTORS.items()},
    **{f"hostile-strings-{n}": _hostile_hardware(strings=s) for n, s in hostile.STRINGS.items()},
    **{
        f"hostile-configuration-{n}": _hostile_hardware(configuration_bytes=c)
        for n, c in hostile.CONFIGURATIONS.items()
    },
    **{f"hostile-reports-{n}": _hostile_reports(r) for n, r in hostile.REPORTS.items()},
    # Both length fields lie, or only one of the two does.
    "hostile-hid-length-short": _hostile_hardware(interfaces=(Interface(hid_length=30),)),
    "hostile-hid-length-long": _hostile_hardware(interfaces=(Interface(hid_length=0xFFFF),)),
    "hostile-hid-length-two-truths": _hostile_hardware(
        interfaces=(Interface(asked_hid_length=30),)
    ),
}

MAKERS: Mapping[str, Callable[..., UsbDevice]] = {
    **{f"tripplite-{number}": _tripplite(number) for number in _TRIPPLITE_MODELS},
    "richcomm": _richcomm,
    "atcl": _atcl,
}
