"""USB as a device sees it: set-up packets, ends of transfers, descriptors (USB 2.0, chapter 9)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import errno
import struct

# bmRequestType (table 9-2): direction, kind and recipient.
IN = 0x80
KIND_MASK, CLASS, VENDOR = 0x60, 0x20, 0x40
RECIPIENT_MASK, TO_INTERFACE = 0x1F, 1

# Descriptor types (table 9-5; HID 1.11, section 7.1).
DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT, HID, REPORT = 1, 2, 3, 4, 5, 0x21, 0x22
GET_DESCRIPTOR = 6
# HID 1.11, section 7.2.
GET_REPORT, GET_IDLE, GET_PROTOCOL, SET_REPORT, SET_IDLE, SET_PROTOCOL = 1, 2, 3, 9, 10, 11
INPUT, OUTPUT, FEATURE = 1, 2, 3

ENGLISH = 0x0409


class Stall(Exception):
    """The device answers STALL."""


class Nak(Exception):
    """The device never answers: the host's time-out ends the transfer."""


class Unplugged(Exception):
    """The plug is pulled during this transfer."""


class BusError(Exception):
    """The transfer ends with this errno: EPROTO, EILSEQ, ETIME, EOVERFLOW."""

    def __init__(self, number: int = errno.EPROTO) -> None:
        super().__init__(errno.errorcode.get(number, str(number)))
        self.errno = number


@dataclass(frozen=True, slots=True)
class Setup:
    """A set-up packet (section 9.3)."""

    request_type: int
    request: int
    value: int
    index: int
    length: int

    @classmethod
    def unpack(cls, raw: bytes) -> Setup:
        """Return the packet in eight bytes."""
        return cls(*struct.unpack("<BBHHH", raw))

    @property
    def is_in(self) -> bool:
        """Whether data flow to the host."""
        return bool(self.request_type & IN)

    @property
    def high(self) -> int:
        """The upper byte of wValue: a descriptor's or report's type."""
        return self.value >> 8

    @property
    def low(self) -> int:
        """The lower byte of wValue: a descriptor's index, a report's id."""
        return self.value & 0xFF


@dataclass(frozen=True, slots=True)
class Transfer:
    """One line of a device's log.

    Attributes:
        time: Monotonic, s.
        what: control, in, out or reset.
        setup: Of a control transfer.
        endpoint: Its address, 0 for control.
        data: What the host sent.
        reply: What the device sent.
        end: ok, or the fault that ended it: stall, nak, error, overflow, unplug.
    """

    time: float
    what: str
    setup: Setup | None = None
    endpoint: int = 0
    data: bytes = b""
    reply: bytes = b""
    end: str = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An interrupt or bulk endpoint."""

    address: int = 0x81
    packet: int = 8
    interval: int = 10
    attributes: int = 3

    def descriptor(self) -> bytes:
        """Return the endpoint descriptor (table 9-13)."""
        return struct.pack(
            "<BBBBHB", 7, ENDPOINT, self.address, self.attributes, self.packet, self.interval
        )


INTERRUPT_IN = Endpoint()
INTERRUPT_OUT = Endpoint(address=0x02)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """One interface; a HID one has a report descriptor.

    Attributes:
        number: Its number.
        usb_class: 3 HID, 0xFF vendor.
        endpoints: Its endpoints.
        report_descriptor: Of a HID interface.
        hid_length: What the HID descriptor says of the report descriptor's length,
            None = the truth.
        asked_hid_length: The same in the HID descriptor that GET_DESCRIPTOR returns, where
            it differs from the one in the configuration.
        country: Of the HID descriptor.
    """

    number: int = 0
    usb_class: int = 3
    endpoints: tuple[Endpoint, ...] = (INTERRUPT_IN,)
    report_descriptor: bytes | None = None
    hid_length: int | None = None
    asked_hid_length: int | None = None
    country: int = 0

    def hid_descriptor(self, *, asked: bool = False) -> bytes:
        """Return the HID descriptor (HID 1.11, section 6.2.1), empty when it is no HID."""
        if self.report_descriptor is None:
            return b""
        length = self.asked_hid_length if asked else self.hid_length
        if length is None:
            length = self.hid_length if self.hid_length is not None else len(self.report_descriptor)
        return struct.pack("<BBHBBBH", 9, HID, 0x0110, self.country, 1, REPORT, length)

    def descriptor(self) -> bytes:
        """Return the interface descriptor and what stands below it (table 9-12)."""
        return (
            struct.pack(
                *("<9B", 9, INTERFACE, self.number, 0, len(self.endpoints), self.usb_class, 0, 0, 0)
            )
            + self.hid_descriptor()
            + b"".join(each.descriptor() for each in self.endpoints)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """What a device is before it does anything.

    Attributes:
        vendor, product, release: idVendor, idProduct, bcdDevice.
        strings: Index → text, or a whole string descriptor as raw bytes (it may lie);
            index 0 is the table of languages, present unless it is given as b"" (a STALL).
        manufacturer, product_name, serial: The strings' indices in the device descriptor.
        interfaces: The interfaces of the only configuration.
        speed: Mbit/s: 1.5 low, 12 full, 480 high.
        driver: The kernel driver that holds the interfaces at plug-in, "" = none.
        device_descriptor_bytes, configuration_bytes: Raw ones in the place of built ones.
    """

    vendor: int
    product: int
    release: int = 0x0100
    strings: Mapping[int, str | bytes] = field(default_factory=dict)
    manufacturer: int = 1
    product_name: int = 2
    serial: int = 3
    interfaces: tuple[Interface, ...] = (Interface(),)
    speed: str = "1.5"
    driver: str = "usbhid"
    device_descriptor_bytes: bytes | None = None
    configuration_bytes: bytes | None = None

    def device_descriptor(self) -> bytes:
        """Return the device descriptor (table 9-8)."""
        if self.device_descriptor_bytes is not None:
            return self.device_descriptor_bytes
        indices = (
            index if index in self.strings else 0
            for index in (self.manufacturer, self.product_name, self.serial)
        )
        ids = (self.vendor, self.product, self.release)
        return struct.pack("<BBHBBBBHHHBBBB", 18, DEVICE, 0x0110, 0, 0, 0, 8, *ids, *indices, 1)

    def configuration(self) -> bytes:
        """Return the configuration descriptor with all below it (table 9-10)."""
        if self.configuration_bytes is not None:
            return self.configuration_bytes
        body = b"".join(each.descriptor() for each in self.interfaces)
        count = len(self.interfaces)
        head = struct.pack("<BBHBBBBB", 9, CONFIGURATION, 9 + len(body), count, 1, 0, 0xA0, 50)
        return head + body


def string_descriptor(text: str) -> bytes:
    """Return a string descriptor (section 9.6.7)."""
    raw = text.encode("utf-16-le")
    return bytes([2 + len(raw), STRING]) + raw
