"""A USB device through pyusb and libusb: blocking calls for a worker thread, our own errors."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
import errno
import logging
import threading
import time
from typing import Any

import usb.backend.libusb1
import usb.core
import usb.util

from ..errors import (
    BadReply,
    InUse,
    LinkLost,
    NoPermission,
    NoReply,
    Rejected,
    Unsupported,
    UpsError,
)
from .usb_sysfs import Outline, outline, report_descriptors

_LOGGER = logging.getLogger(__name__)

# USB 2.0, sections 9.3 and 9.4; HID 1.11, section 7
GET_DESCRIPTOR, STRING, HID, REPORT = 6, 3, 0x21, 0x22
STANDARD_IN, INTERFACE_IN, CLASS_IN, CLASS_OUT = 0x80, 0x81, 0xA1, 0x21
HID_CLASS = 3
ENGLISH = 0x0409

CONTROL_TIMEOUT = 1.0
# how soon a read that waits notices that the link is being closed
_SLICE = 0.25
_INTERRUPT, _BULK = 3, 2
_STRING_TRIES = 3
_LONGEST_STRING = 255
_OLD_BACKENDS: list[Any] = []


class Overflowed(BadReply):
    """The device sent more than there was room for."""


class WireFault(LinkLost):
    """A transfer went wrong on the wire; the device may still be there."""


def explain(url: str, error: Exception) -> UpsError:
    """Turn what pyusb raised into our kind of failure, with what to do about it."""
    match error:
        case usb.core.USBTimeoutError() | OSError(errno=errno.ETIMEDOUT):
            return NoReply(f"{url} does not answer")
        case OSError(errno=errno.EPIPE):
            return Rejected(f"{url} refuses the request")
        case OSError(errno=errno.EOVERFLOW):
            return Overflowed(f"{url} sent more than it was asked for")
        case OSError(errno=errno.EACCES | errno.EPERM):
            return NoPermission(
                f"this program may not open {url}: a udev rule must give its user the right, a "
                "container needs the device (--device /dev/bus/usb); on Home Assistant OS, plug "
                "it in again"
            )
        case OSError(errno=errno.EBUSY):
            return InUse(f"{url} is in use by another program; NUT, perhaps")
        case OSError(errno=errno.ENODEV | errno.ENXIO | errno.ESHUTDOWN | errno.ENOENT):
            return LinkLost(f"{url} was unplugged")
        case OSError():
            return WireFault(f"a transfer with {url} failed: {error}")
        case NotImplementedError():
            return Unsupported(f"this system cannot do that with {url}")
        case _:
            return Unsupported(f"{url} lacks what its protocol needs: {error}")


def backend() -> Any:
    """Return pyusb's backend for libusb 1.0. Raises Unsupported where there is no libusb."""
    found = usb.backend.libusb1.get_backend()
    if found is None:
        # without a compiler or ldconfig, as on Alpine, the library is not found by its short name
        found = usb.backend.libusb1.get_backend(find_library=lambda name: "libusb-1.0.so.0")
    if found is None:
        with suppress(ImportError):
            # only where the system has none
            import libusb_package  # noqa: PLC0415

            found = usb.backend.libusb1.get_backend(find_library=libusb_package.find_library)
    if found is None:
        raise Unsupported(
            "libusb is missing: install the system's libusb-1.0, or the Python package "
            "libusb-package"
        )
    return found


def fresh_backend() -> Any:
    """Return a backend that looks anew at what is plugged in.

    libusb looks once, and after that listens to events of the kernel, which do not reach every
    container. The old backend is kept: pyusb may end it before its last device, and libusb does
    not survive that.
    """
    _OLD_BACKENDS.append(usb.backend.libusb1._lib_object)  # noqa: SLF001
    usb.backend.libusb1._lib_object = None  # noqa: SLF001
    return backend()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipe:
    """An interrupt or bulk endpoint."""

    address: int
    packet: int
    """Bytes in its longest packet: a read of as many ends with each packet."""

    @property
    def is_in(self) -> bool:
        """Tell whether data come from the device."""
        return bool(self.address & 0x80)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """An interface of a device."""

    number: int
    is_hid: bool
    pipes: tuple[Pipe, ...]
    extra: bytes
    """Descriptors between this one and its endpoints: the HID descriptor."""

    def pipe(self, *, is_in: bool) -> Pipe | None:
        """Return the first endpoint of a direction."""
        return next((pipe for pipe in self.pipes if pipe.is_in is is_in), None)

    @property
    def descriptor_length(self) -> int | None:
        """Return what the HID descriptor says of the report descriptor's length."""
        return report_descriptor_length(self.extra)


def report_descriptor_length(descriptors: bytes) -> int | None:
    """Find the report descriptor's length in a HID descriptor (HID 1.11, section 6.2.1)."""
    position = 0
    while position + 2 <= len(descriptors) and descriptors[position] >= 2:
        each = descriptors[position : position + descriptors[position]]
        if each[1] == HID and len(each) >= 9:
            for entry in range(6, len(each) - 2, 3):
                if each[entry] == REPORT:
                    return int.from_bytes(each[entry + 1 : entry + 3], "little") or None
        position += descriptors[position]
    return None


def interfaces_of(raw: usb.core.Device) -> tuple[Interface, ...]:
    """Return the interfaces of a device's first configuration, from its descriptors."""
    found: dict[int, Interface] = {}
    for each in raw[0]:
        pipes = tuple(
            Pipe(address=end.bEndpointAddress, packet=end.wMaxPacketSize & 0x7FF or 8)
            for end in each
            if end.bmAttributes & 3 in {_INTERRUPT, _BULK}
        )
        found.setdefault(
            each.bInterfaceNumber,
            Interface(
                number=each.bInterfaceNumber,
                is_hid=each.bInterfaceClass == HID_CLASS,
                pipes=pipes,
                extra=bytes(each.extra_descriptors),
            ),
        )
    return tuple(found.values())


def place_of(raw: usb.core.Device) -> str:
    """Return bus and port path, ``1-1.4``; empty for a root hub, or where nobody knows."""
    return f"{raw.bus}-{'.'.join(map(str, raw.port_numbers))}" if raw.port_numbers else ""


def string_text(descriptor: bytes) -> str | None:
    """Return the text of a string descriptor (USB 2.0, section 9.6.7), None for one that lies."""
    if len(descriptor) < 4 or descriptor[1] != STRING or descriptor[0] < 4:
        return None
    text = descriptor[2 : descriptor[0] & 0xFE].decode("utf-16-le", "replace")
    text = text.split("\0", 1)[0].strip()
    return text if text and text.isprintable() and "\ufffd" not in text else None


class UsbWire:
    """An opened USB device: its transfers, blocking, with time-outs in seconds.

    One thread calls it, and one more may call ``read``. Raises LinkLost when the device is gone
    (WireFault where it may still be there), NoReply for a time-out, Rejected for a STALL,
    Overflowed, and what ``explain`` tells of opening.
    """

    def __init__(self, url: str, raw: usb.core.Device) -> None:
        """Take a device; nothing is opened."""
        self.url = url
        self.raw = raw
        self.stopping = threading.Event()
        """Set when the link is being closed: reads that wait end."""
        self.interface = Interface(number=0, is_hid=False, pipes=(), extra=b"")
        self._detached: list[int] = []
        self._language: int | None = None

    @contextmanager
    def _explained(self) -> Iterator[None]:
        if self.stopping.is_set():
            raise LinkLost(f"{self.url} is closed")
        try:
            yield
        except UpsError:
            raise
        except (OSError, ValueError, NotImplementedError) as error:
            raise explain(self.url, error) from error

    # opening and closing

    @property
    def interfaces(self) -> Sequence[Interface]:
        """The interfaces of the device."""
        with self._explained():
            return interfaces_of(self.raw)

    def claim(self, interface: Interface) -> None:
        """Take an interface from the kernel's driver, if one has it, and for ourselves."""
        with self._explained():
            self._configure()
            number = interface.number
            if self._is_bound(number):
                self.raw.detach_kernel_driver(number)
                self._detached.append(number)
            usb.util.claim_interface(self.raw, number)
            self.interface = interface

    def _configure(self) -> None:
        """See that the device has a configuration: nearly always the system chose one."""
        try:
            self.raw.get_active_configuration()
        except usb.core.USBError as error:
            if error.errno is not None:
                raise
            self.raw.set_configuration()

    def _is_bound(self, number: int) -> bool:
        try:
            return bool(self.raw.is_kernel_driver_active(number))
        except NotImplementedError:
            return False

    def is_free(self) -> None:
        """See whether all could be had, and take nothing. Raises NoPermission, InUse, LinkLost."""
        with self._explained():
            for interface in interfaces_of(self.raw):
                if not self._is_bound(interface.number):
                    usb.util.claim_interface(self.raw, interface.number)
                    usb.util.release_interface(self.raw, interface.number)

    def release(self) -> None:
        """Give the interface back to whom it was taken from."""
        number = self.interface.number
        with suppress(usb.core.USBError, NotImplementedError):
            usb.util.release_interface(self.raw, number)
        while self._detached:
            # without its plug there is no driver to put back
            with suppress(usb.core.USBError, NotImplementedError):
                self.raw.attach_kernel_driver(self._detached.pop())

    def close(self) -> None:
        """Let go of the device. Never raises what pyusb raises."""
        self.release()
        with suppress(usb.core.USBError):
            usb.util.dispose_resources(self.raw)

    def reset(self) -> None:
        """Reset the device; it must be opened anew afterwards."""
        _LOGGER.debug("Reset of %s", self.url)
        with suppress(usb.core.USBError, NotImplementedError):
            self.raw.reset()

    # control transfers

    def control_in(
        self,
        request_type: int,
        request: int,
        value: int,
        index: int,
        length: int,
        timeout: float = CONTROL_TIMEOUT,
    ) -> bytes:
        """Read up to ``length`` bytes by the control pipe."""
        with self._explained():
            data = self.raw.ctrl_transfer(
                request_type, request, value, index, length, _milliseconds(timeout)
            )
            return bytes(data)

    def control_out(
        self,
        request_type: int,
        request: int,
        value: int,
        index: int,
        data: bytes,
        timeout: float = CONTROL_TIMEOUT,
    ) -> int:
        """Write by the control pipe; returns how many bytes the device took."""
        with self._explained():
            return int(
                self.raw.ctrl_transfer(
                    request_type, request, value, index, data, _milliseconds(timeout)
                )
            )

    def string(self, index: int, language: int, length: int, timeout: float) -> bytes:
        """Read a string descriptor as it is: to some bridges the index is a request."""
        value = STRING << 8 | index
        return self.control_in(STANDARD_IN, GET_DESCRIPTOR, value, language, length, timeout)

    def text(self, index: int) -> str | None:
        """Read a string descriptor, None where there is none or it lies. Raises LinkLost."""
        if not index:
            return None
        for attempt in range(_STRING_TRIES):
            try:
                language = self._first_language()
                return string_text(self.string(index, language, _LONGEST_STRING, CONTROL_TIMEOUT))
            except NoReply, WireFault:
                if attempt == _STRING_TRIES - 1:
                    return None
                time.sleep(0.05)
            except Rejected, BadReply, Unsupported:
                return None
        return None

    def _first_language(self) -> int:
        """Return the first language of the device's table; English where that is broken."""
        if self._language is None:
            table = b""
            with suppress(NoReply, Rejected, BadReply, WireFault):
                table = self.string(0, 0, _LONGEST_STRING, CONTROL_TIMEOUT)
            is_right = len(table) >= 4 and table[1] == STRING and table[0] >= 4
            self._language = int.from_bytes(table[2:4], "little") if is_right else ENGLISH
        return self._language

    def is_present(self) -> bool:
        """Tell whether the device answers at all: GET_STATUS (USB 2.0, section 9.4.5)."""
        try:
            self.control_in(STANDARD_IN, 0, 0, 0, 2)
        except LinkLost, NoReply:
            return False
        except UpsError:
            return True
        return True

    def report_outline(self, interface: Interface) -> Outline | None:
        """Return what the system knows of an interface's report descriptor."""
        known = report_descriptors(place_of(self.raw)).get(interface.number)
        return None if known is None else outline(known)

    # other pipes

    def read(self, pipe: Pipe, length: int, timeout: float) -> bytes:
        """Read once, up to ``length`` bytes: until a short packet, or until it is full.

        Raises NoReply when nothing came in time.
        """
        end = time.monotonic() + timeout
        while True:
            rest = end - time.monotonic()
            try:
                with self._explained():
                    data = self.raw.read(pipe.address, length, _milliseconds(min(rest, _SLICE)))
                    return bytes(data)
            except NoReply:
                if rest <= _SLICE:
                    raise

    def write(self, pipe: Pipe, data: bytes, timeout: float) -> int:
        """Write to an endpoint; returns how many bytes the device took."""
        with self._explained():
            return int(self.raw.write(pipe.address, data, _milliseconds(timeout)))

    def clear_halt(self, pipe: Pipe) -> None:
        """End an endpoint's STALL."""
        with self._explained():
            self.raw.clear_halt(pipe.address)


def _milliseconds(seconds: float) -> int:
    # 0 would be for ever
    return max(int(seconds * 1000), 1)
