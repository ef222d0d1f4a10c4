"""Looks for USB devices: which may be UPSes, which an address means, what hinders opening."""

import asyncio
from contextlib import suppress
from functools import partial
import logging
import re
import threading
import time

import usb.core
import usb.util

from ..errors import InUse, LinkLost, NoPermission, NoReply, NoSuchPort, Unsupported, UpsError
from ..usb_ids import MEGATEC, USB_IDS, rows_for
from .base import UsbDevice
from .usb_address import FoundUsb, UsbAddress, address_of, own_serial
from .usb_string_bridges import STRING_BRIDGES
from .usb_sysfs import describe, devices as system_devices, outline, report_descriptors
from .usb_wire import UsbWire, backend, fresh_backend, place_of

_LOGGER = logging.getLogger(__name__)

LIST_TIMEOUT = 15
# seconds that an event of the kernel may need to reach libusb
_PATIENCE = 0.5
_UNHEARD: dict[tuple[int, int], float] = {}
"""Devices that the system knows and libusb does not -> when that was first seen."""

# devices to which a string's index may be an order: those that the system itself reads when the
# device is plugged in, and no other, are read in order to name it
_STRINGS_ARE_ORDERS = frozenset(
    (row.vendor_id, product)
    for row in USB_IDS
    if row.protocol == MEGATEC and row.variant in STRING_BRIDGES
    for product in row.products
)
_SAFE_STRINGS = frozenset({0, 1, 2, 3})
# boards that anybody may make anything of: only those that say so are UPSes
_ANYTHING = "arduino"

BUS = threading.Lock()
"""Held while devices are looked at or taken, so that one does not get into the other's way."""
TAKEN: set[tuple[int, int]] = set()
"""Bus and number of the devices that are open in this process."""


def number_of(raw: usb.core.Device) -> tuple[int, int]:
    """Return bus and number: what a device is known by until it is unplugged."""
    return raw.bus, raw.address


def _about(raw: usb.core.Device, *, ask: bool) -> UsbDevice:
    """Return who a device says it is: what the system knows, else, with ``ask``, what it says.

    Raises what opening it raises.
    """
    if device := describe(place_of(raw), raw.idVendor, raw.idProduct, raw.address):
        return device
    bare = partial(
        UsbDevice,
        vendor_id=raw.idVendor,
        product_id=raw.idProduct,
        release=raw.bcdDevice,
        place=place_of(raw),
    )
    if not ask:
        return bare()
    wire = UsbWire(f"usb:{raw.idVendor:04x}:{raw.idProduct:04x}", raw)
    only = _SAFE_STRINGS if (raw.idVendor, raw.idProduct) in _STRINGS_ARE_ORDERS else range(256)
    manufacturer, product, serial = (
        wire.text(index) if index in only else None
        for index in (raw.iManufacturer, raw.iProduct, raw.iSerialNumber)
    )
    return bare(
        manufacturer=manufacturer,
        product=product,
        serial=own_serial(serial, manufacturer, product),
    )


def _says_ups(place: str) -> bool | None:
    """Tell whether a HID interface says that it is a UPS; None where the system cannot tell."""
    known = report_descriptors(place)
    return any(outline(each).is_power_device for each in known.values()) if known else None


def _may_be_ups(device: UsbDevice, is_power_device: bool | None) -> bool:
    rows = [row for row in rows_for(device) if row.variant != _ANYTHING]
    return bool(rows) or bool(is_power_device)


def _list() -> list[FoundUsb]:
    try:
        found = _look(backend())
    except Unsupported as error:
        # without libusb nothing can be opened, but Linux can still say what is there
        found = {device: error for device, _ in system_devices()}
        if not found:
            raise
    listed = []
    for device, hindrance in sorted(found.items(), key=lambda each: _by_place(each[0])):
        is_power_device = _says_ups(device.place)
        if _may_be_ups(device, is_power_device):
            listed.append(
                FoundUsb(
                    device=device,
                    url=str(address_of(device, found)),
                    is_power_device=is_power_device,
                    hindrance=hindrance,
                )
            )
    return listed


def _by_place(device: UsbDevice) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", device.place)]


def _look(library: object) -> dict[UsbDevice, UpsError | None]:
    """Return all devices, with what hinders opening those that may be UPSes."""
    found: dict[UsbDevice, UpsError | None] = {}
    with BUS:
        for raw in usb.core.find(find_all=True, backend=library):
            is_known = any(
                row.vendor_id == raw.idVendor and raw.idProduct in row.products for row in USB_IDS
            )
            hindrance: UpsError | None = None
            try:
                device = _about(raw, ask=is_known)
            except UpsError as error:
                hindrance = error
                device = _about(raw, ask=False)
            if number_of(raw) in TAKEN:
                hindrance = InUse(f"{device.ids} is open in this program already")
            elif hindrance is None and _may_be_ups(device, _says_ups(device.place)):
                hindrance = _hindrance(device, raw)
            with suppress(usb.core.USBError):
                usb.util.dispose_resources(raw)
            if not isinstance(hindrance, LinkLost) or isinstance(hindrance, NoPermission | InUse):
                found[device] = hindrance
    return found


def _hindrance(device: UsbDevice, raw: usb.core.Device) -> UpsError | None:
    """Return what keeps us from a device, as far as that shows without taking it from anybody."""
    try:
        UsbWire(f"usb:{device.ids}", raw).is_free()
    except UpsError as error:
        return error
    return None


async def list_devices() -> list[FoundUsb]:
    """Return the USB devices that are, or may be, UPSes, with what hinders opening each.

    An id that no table knows counts only where a HID interface says that it is a UPS. Raises
    Unsupported where there is neither libusb nor anybody else to ask.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(LIST_TIMEOUT):
            return await loop.run_in_executor(None, _list)
    except TimeoutError as error:
        raise NoReply("the USB devices do not answer") from error


def find(address: UsbAddress) -> tuple[usb.core.Device, UsbDevice]:
    """Return the device that an address means. Raises NoSuchPort, NoPermission, Unsupported."""
    raws: dict[str, usb.core.Device] = {}
    known: list[UsbDevice] = []
    hidden: list[UpsError] = []
    for raw in _plugged(address):
        try:
            device = _about(raw, ask=True)
        except NoPermission as error:
            hidden.append(error)
            device = _about(raw, ask=False)
        except UpsError:
            # it has just gone
            continue
        finally:
            with suppress(usb.core.USBError):
                usb.util.dispose_resources(raw)
        raws[device.place] = raw
        known.append(device)
    try:
        device = address.choose(known)
    except NoSuchPort:
        if hidden:
            raise hidden[0] from None
        raise
    return raws[device.place], device


def _plugged(address: UsbAddress) -> list[usb.core.Device]:
    """Return the devices with an address's ids, those that libusb has not heard of among them."""
    ids = {"idVendor": address.vendor_id, "idProduct": address.product_id}
    raws = list(usb.core.find(find_all=True, backend=backend(), **ids))
    heard = {number_of(raw) for raw in raws}
    there = {
        (_by_place(device)[0], number)
        for device, number in system_devices()
        if device.ids == address.ids and "-" in device.place
    }
    unheard = there - heard
    now = time.monotonic()
    for number in [number for number in _UNHEARD if number not in unheard]:
        del _UNHEARD[number]
    if not any(now - _UNHEARD.setdefault(number, now) > _PATIENCE for number in unheard):
        return raws
    _LOGGER.debug("libusb has not heard of %s", unheard)
    return list(usb.core.find(find_all=True, backend=fresh_backend(), **ids))


async def identify(url: str) -> FoundUsb:
    """Return the device at an address, whether it is known or not; takes nothing from anybody.

    Raises NoSuchPort, NoPermission, Unsupported.
    """

    def look() -> FoundUsb:
        with BUS:
            _, device = find(UsbAddress.parse(url))
        return FoundUsb(device=device, url=url, is_power_device=_says_ups(device.place))

    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(LIST_TIMEOUT):
            return await loop.run_in_executor(None, look)
    except TimeoutError as error:
        raise NoReply(f"{url} does not answer") from error
