"""USB HID Power Device, over USB or SHUT: the driver stands in ``hid``."""

from ..hid.power_device import PowerDevice as driver

__all__ = ["driver"]
