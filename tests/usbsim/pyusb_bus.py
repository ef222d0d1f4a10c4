"""A pure-Python pyusb backend over simulated devices: no libusb, no preload, any system.

`PyusbBus` is the bus; its `backend` goes into `usb.core.find(backend=...)`, or in the place of
`usb.backend.libusb1.get_backend`. Errors are what libusb's backend raises.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
import errno
import os
import struct
import threading
import time
from types import SimpleNamespace
from typing import Any, override

import usb.backend
import usb.core

from .bus import Bus
from .device import UsbDevice
from .usb import BusError, Nak, Setup, Stall, Unplugged

# libusb's words for errno, as pyusb shows them, with libusb's own code.
_ERRORS = {
    errno.EPIPE: ("Pipe error", -9),
    errno.ETIMEDOUT: ("Operation timed out", -7),
    errno.EBUSY: ("Resource busy", -6),
    errno.ENODEV: ("No such device (it may have been disconnected)", -4),
    errno.EIO: ("Input/Output Error", -1),
    errno.EOVERFLOW: ("Overflow", -8),
    errno.EACCES: ("Access denied (insufficient permissions)", -3),
    errno.ENOENT: ("Entity not found", -5),
}
# How often a waiting read lets the device notice that time has passed, in seconds.
_TICK = 0.02
_FOREVER = 1e9

_DEVICE_NAMES = (
    *("bLength", "bDescriptorType", "bcdUSB", "bDeviceClass", "bDeviceSubClass"),
    *("bDeviceProtocol", "bMaxPacketSize0", "idVendor", "idProduct", "bcdDevice"),
    *("iManufacturer", "iProduct", "iSerialNumber", "bNumConfigurations"),
)
_CONFIGURATION_NAMES = (
    *("bLength", "bDescriptorType", "wTotalLength", "bNumInterfaces", "bConfigurationValue"),
    *("iConfiguration", "bmAttributes", "bMaxPower"),
)
_INTERFACE_NAMES = (
    *("bLength", "bDescriptorType", "bInterfaceNumber", "bAlternateSetting", "bNumEndpoints"),
    *("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol", "iInterface"),
)
_ENDPOINT_NAMES = (
    *("bLength", "bDescriptorType", "bEndpointAddress", "bmAttributes", "wMaxPacketSize"),
    "bInterval",
)


def failure(number: int) -> usb.core.USBError:
    """Return what pyusb raises for an errno."""
    text, code = _ERRORS.get(number, (os.strerror(number), -99))
    kind = usb.core.USBTimeoutError if number == errno.ETIMEDOUT else usb.core.USBError
    return kind(text, code, number)


class _Place:
    """Where a device is plugged in."""

    def __init__(self, device: UsbDevice, port: int, number: int) -> None:
        self.device = device
        self.port = port
        self.number = number
        self.gone = False
        self.changed = threading.Condition(device.lock)
        # Held by the kernel's driver until it is detached.
        self.bound = set(device.interfaces) if device.hardware.driver else set()
        self.claims: dict[int, _Handle] = {}

    def pump(self, endpoint: int) -> None:
        with self.device.lock:
            self.changed.notify_all()

    def leave(self) -> None:
        with self.device.lock:
            self.gone = True
            self.changed.notify_all()


class _Handle:
    """An open device."""

    def __init__(self, place: _Place) -> None:
        self.place = place

    @property
    def device(self) -> UsbDevice:
        if self.place.gone:
            raise failure(errno.ENODEV)
        return self.place.device


class PyusbBus(Bus):
    """A bus for pyusb in this process.

    Attributes:
        denied: Ports whose devices may not be opened (no permission).
    """

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[int, _Place] = {}
        self.denied: set[int] = set()
        self.backend = Backend(self)

    @override
    def _attach(self, device: UsbDevice, port: int, number: int) -> None:
        self.places[port] = _Place(device, port, number)
        device.plugged(self.places[port])

    @override
    def _detach(self, device: UsbDevice, port: int) -> None:
        self.places.pop(port).leave()
        device.unplugged()


class Backend(usb.backend.IBackend):  # type: ignore[misc]
    """What pyusb asks of a backend (usb/backend/__init__.py)."""

    def __init__(self, bus: PyusbBus) -> None:
        super().__init__()
        self.bus = bus

    # Enumeration: all from the raw descriptors, as libusb has it.

    @override
    def enumerate_devices(self) -> Iterator[_Place]:
        return iter([self.bus.places[port] for port in sorted(self.bus.places)])

    @override
    def get_parent(self, dev: _Place) -> None:
        return None

    @override
    def get_device_descriptor(self, dev: _Place) -> SimpleNamespace:
        raw = dev.device.hardware.device_descriptor()
        made = _named(_DEVICE_NAMES, struct.unpack("<BBHBBBBHHHBBBB", raw.ljust(18, b"\0")[:18]))
        made.bus, made.address = 1, dev.number
        made.port_number, made.port_numbers = dev.port, (dev.port,)
        made.speed = {"1.5": 1, "12": 2, "480": 3}[dev.device.hardware.speed]
        return made

    @override
    def get_configuration_descriptor(self, dev: _Place, config: int) -> SimpleNamespace:
        if config:
            raise IndexError(config)
        raw = dev.device.hardware.configuration()
        made = _named(_CONFIGURATION_NAMES, struct.unpack_from("<BBHBBBBB", raw))
        made.extra_descriptors = []
        return made

    @override
    def get_interface_descriptor(
        self, dev: _Place, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        if alt or config:
            raise IndexError(alt)
        raw, extra, _ = _walk(dev.device)[intf]
        return _named(_INTERFACE_NAMES, raw, extra_descriptors=extra)

    @override
    def get_endpoint_descriptor(
        self, dev: _Place, ep: int, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        raw = _walk(dev.device)[intf][2][ep]
        made = _named(_ENDPOINT_NAMES, struct.unpack_from("<BBBBHB", raw))
        made.bRefresh = made.bSynchAddress = 0
        made.extra_descriptors = []
        return made

    # Handles.

    @override
    def open_device(self, dev: _Place) -> _Handle:
        if dev.gone:
            raise failure(errno.ENODEV)
        if dev.port in self.bus.denied:
            raise failure(errno.EACCES)
        return _Handle(dev)

    @override
    def close_device(self, dev_handle: _Handle) -> None:
        place = dev_handle.place
        for number in [n for n, holder in place.claims.items() if holder is dev_handle]:
            del place.claims[number]

    @override
    def claim_interface(self, dev_handle: _Handle, intf: int) -> None:
        place = dev_handle.place
        if intf not in dev_handle.device.interfaces:
            raise failure(errno.ENOENT)
        if intf in place.bound or place.claims.get(intf, dev_handle) is not dev_handle:
            raise failure(errno.EBUSY)
        place.claims[intf] = dev_handle

    @override
    def release_interface(self, dev_handle: _Handle, intf: int) -> None:
        if dev_handle.place.claims.get(intf) is not dev_handle:
            raise failure(errno.ENOENT)
        del dev_handle.place.claims[intf]

    @override
    def set_configuration(self, dev_handle: _Handle, config_value: int) -> None:
        if dev_handle.place.bound or dev_handle.place.claims:
            raise failure(errno.EBUSY)
        self._alive(dev_handle)

    @override
    def get_configuration(self, dev_handle: _Handle) -> int:
        return dev_handle.device.configuration

    @override
    def set_interface_altsetting(self, dev_handle: _Handle, intf: int, altsetting: int) -> None:
        self._alive(dev_handle)

    @override
    def clear_halt(self, dev_handle: _Handle, ep: int) -> None:
        self._alive(dev_handle)

    @override
    def reset_device(self, dev_handle: _Handle) -> None:
        with dev_handle.device.lock:
            dev_handle.device.reset()

    @staticmethod
    def _alive(handle: _Handle) -> None:
        assert handle.device

    @override
    def is_kernel_driver_active(self, dev_handle: _Handle, intf: int) -> bool:
        self._alive(dev_handle)
        return intf in dev_handle.place.bound

    @override
    def detach_kernel_driver(self, dev_handle: _Handle, intf: int) -> None:
        self._alive(dev_handle)
        if intf not in dev_handle.place.bound:
            raise failure(errno.ENOENT)
        dev_handle.place.bound.discard(intf)

    @override
    def attach_kernel_driver(self, dev_handle: _Handle, intf: int) -> None:
        if intf in dev_handle.place.claims:
            raise failure(errno.EBUSY)
        if dev_handle.device.hardware.driver:
            dev_handle.place.bound.add(intf)

    # Transfers.

    @override
    def ctrl_transfer(
        self,
        dev_handle: _Handle,
        bmRequestType: int,
        bRequest: int,
        wValue: int,
        wIndex: int,
        data: array[int],
        timeout: int,
    ) -> int:
        setup = Setup(bmRequestType, bRequest, wValue, wIndex, len(data))
        device = dev_handle.device
        out = b"" if setup.is_in else data.tobytes()

        def run() -> tuple[bytes, float]:
            with device.lock:
                device.tick()
                return device.control(setup, out)

        reply, delay = self._run(dev_handle, run)
        if delay:
            self._sleep(dev_handle, min(delay, timeout / 1000))
            if delay > timeout / 1000:
                raise failure(errno.ETIMEDOUT)
        if setup.is_in:
            data[: len(reply)] = array("B", reply)
            return len(reply)
        return len(data)

    def _run(
        self, handle: _Handle, transfer: Callable[[], tuple[bytes, float]]
    ) -> tuple[bytes, float]:
        """Do a transfer; translate how it ends."""
        try:
            return transfer()
        except Stall:
            raise failure(errno.EPIPE) from None
        except Nak:
            return b"", _FOREVER
        except BusError as error:
            # libusb knows no EPROTO: everything but an overflow is an I/O error.
            number = errno.EOVERFLOW if error.errno == errno.EOVERFLOW else errno.EIO
            raise failure(number) from None
        except Unplugged:
            self.bus.pull(handle.place.device)
            raise failure(errno.ENODEV) from None

    @staticmethod
    def _sleep(handle: _Handle, seconds: float) -> None:
        """Wait, but not longer than the device is there."""
        end = time.monotonic() + seconds
        with handle.place.device.lock:
            while (rest := end - time.monotonic()) > 0:
                handle.place.changed.wait(rest)
                assert handle.device

    def _read(self, dev_handle: _Handle, ep: int, buff: array[int], timeout: int) -> int:
        device, place = dev_handle.device, dev_handle.place
        if ep not in device.endpoints:
            raise failure(errno.ENOENT)
        end = time.monotonic() + (timeout / 1000 if timeout else _FOREVER)

        def run() -> tuple[bytes, float]:
            with device.lock:
                device.begin(ep)
                while (data := device.take(ep, len(buff))) is None:
                    rest = end - time.monotonic()
                    if rest <= 0:
                        raise failure(errno.ETIMEDOUT)
                    place.changed.wait(min(rest, _TICK))
                    assert dev_handle.device
                    device.tick()
            return data, 0.0

        data, silent = self._run(dev_handle, run)
        if silent:
            self._sleep(dev_handle, end - time.monotonic())
            raise failure(errno.ETIMEDOUT)
        buff[: len(data)] = array("B", data)
        return len(data)

    def _write(self, dev_handle: _Handle, ep: int, data: array[int], timeout: int) -> int:
        device = dev_handle.device
        if ep not in device.endpoints:
            raise failure(errno.ENOENT)

        def run() -> tuple[bytes, float]:
            with device.lock:
                device.write(ep, data.tobytes())
            return b"", 0.0

        _, silent = self._run(dev_handle, run)
        if silent:
            self._sleep(dev_handle, timeout / 1000)
            raise failure(errno.ETIMEDOUT)
        return len(data)

    @override
    def intr_read(
        self, dev_handle: _Handle, ep: int, intf: int, buff: array[int], timeout: int
    ) -> int:
        return self._read(dev_handle, ep, buff, timeout)

    @override
    def bulk_read(
        self, dev_handle: _Handle, ep: int, intf: int, buff: array[int], timeout: int
    ) -> int:
        return self._read(dev_handle, ep, buff, timeout)

    @override
    def intr_write(
        self, dev_handle: _Handle, ep: int, intf: int, data: array[int], timeout: int
    ) -> int:
        return self._write(dev_handle, ep, data, timeout)

    @override
    def bulk_write(
        self, dev_handle: _Handle, ep: int, intf: int, data: array[int], timeout: int
    ) -> int:
        return self._write(dev_handle, ep, data, timeout)


def _named(names: Sequence[str], values: Sequence[Any], **more: Any) -> SimpleNamespace:
    return SimpleNamespace(**dict(zip(names, values, strict=True)), **more)


def _walk(device: UsbDevice) -> list[tuple[bytes, list[int], list[bytes]]]:
    """Return (interface descriptor, what stands behind it, endpoint descriptors) of each."""
    raw, position = device.hardware.configuration(), 9
    found: list[tuple[bytes, list[int], list[bytes]]] = []
    while position + 2 <= len(raw) and raw[position] >= 2:
        part = raw[position : position + raw[position]]
        if part[1] == 4:
            found.append((part, [], []))
        elif part[1] == 5:
            found[-1][2].append(part)
        elif found and not found[-1][2]:
            found[-1][1].extend(part)
        position += raw[position]
    return found
