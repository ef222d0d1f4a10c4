"""Addresses of USB devices: which is meant, and how one is written to be found again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
import re
from typing import Self, override

from ..errors import NoSuchPort, UpsError
from ..model import plausible_serial
from .base import UsbDevice

SCHEME = "usb"
_ADDRESS = re.compile(
    r"usb:([0-9a-f]{4}):([0-9a-f]{4})(?::(\S.*)|@(\d+-\d+(?:\.\d+)*))?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsbAddress:
    """``usb:VID:PID``, ``usb:VID:PID:SERIAL`` or ``usb:VID:PID@BUS-PORT.PATH``.

    A serial number follows a device to any port. A place holds whatever is plugged in there:
    so do two alike without serial numbers never swap. Without either, the device must be the
    only one of its kind.
    """

    vendor_id: int
    product_id: int
    serial: str | None = None
    place: str | None = None

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read an address. Raises NoSuchPort."""
        if not (match := _ADDRESS.fullmatch(url.strip())):
            raise NoSuchPort(
                f"{url} is no address of a USB device: it is usb:VID:PID, with :SERIAL or "
                "@BUS-PORT.PATH behind it where several are alike"
            )
        vendor, product, serial, place = match.groups()
        return cls(
            vendor_id=int(vendor, 16), product_id=int(product, 16), serial=serial, place=place
        )

    @property
    def ids(self) -> str:
        """Return ``vvvv:pppp``."""
        return f"{self.vendor_id:04x}:{self.product_id:04x}"

    @override
    def __str__(self) -> str:
        if self.serial is not None:
            return f"{SCHEME}:{self.ids}:{self.serial}"
        return f"{SCHEME}:{self.ids}{f'@{self.place}' if self.place is not None else ''}"

    def fits(self, device: UsbDevice) -> bool:
        """Tell whether a device is meant."""
        return (
            (device.vendor_id, device.product_id) == (self.vendor_id, self.product_id)
            and self.serial in {None, device.serial}
            and self.place in {None, device.place}
        )

    def choose(self, devices: Sequence[UsbDevice]) -> UsbDevice:
        """Return the one that is meant of all that are plugged in. Raises NoSuchPort."""
        fitting = [device for device in devices if self.fits(device)]
        match fitting:
            case [device]:
                return device
            case []:
                alike = [each for each in devices if each.ids == self.ids]
                found = f"; there is {_listed(alike, devices)}" if alike else ""
                raise NoSuchPort(f"no USB device {self} is plugged in{found}")
            case _:
                raise NoSuchPort(
                    f"{self} fits several devices: choose one of {_listed(fitting, devices)}"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundUsb:
    """A USB device that is, or may be, a UPS."""

    device: UsbDevice
    url: str
    """The address that finds this device again."""
    is_power_device: bool | None
    """Whether a HID interface of it says that it is a UPS; None where nobody can tell."""
    hindrance: UpsError | None = None
    """Why it cannot be opened, as far as that can be known without taking it."""


def own_serial(text: str | None, *others: str | None) -> str | None:
    """Return a serial number that tells units apart, None for what makers leave in its place.

    Card usb-hid-power-device, section (3): missing, duplicate, zeros, the same as the product.
    """
    if text is None:
        return None
    serial = plausible_serial(text)
    same = {other.strip().casefold() for other in others if other}
    return None if serial is None or serial.casefold() in same else serial


def address_of(device: UsbDevice, devices: Iterable[UsbDevice]) -> UsbAddress:
    """Return the address of a device among all that are plugged in.

    By serial number where it has one of its own, else by its ids alone, so that it may move to
    another port; by its place only where another one is alike.
    """
    alike = [each for each in devices if each.ids == device.ids and each.place != device.place]
    serial = device.serial
    if serial is not None and any(each.serial == serial for each in alike):
        serial = None
    return UsbAddress(
        vendor_id=device.vendor_id,
        product_id=device.product_id,
        serial=serial,
        place=device.place if alike and serial is None else None,
    )


def _listed(some: Iterable[UsbDevice], devices: Sequence[UsbDevice]) -> str:
    return ", ".join(str(address_of(each, devices)) for each in some)
