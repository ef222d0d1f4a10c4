"""SHUT's bytes, without a wire: tokens, packets, requests and descriptors.

"51029473ZA" is MGE's "Simplified SHUT and HID specification for UPS", index AC; sections are its.
Requests are USB's set-up packets (USB 2.0, section 9.3) in SHUT packets. The document's table of
GET DESCRIPTOR has two columns in the wrong order: index and type stand as in USB (card shut, 3.2).
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import reduce
from operator import xor
from typing import Final

from ..errors import BadReply
from .base import ReportKind, UsbDevice

ACK: Final = 0x06
NAK: Final = 0x15
LONGEST_DATA: Final = 8
"""Bytes in a packet (section 2.3)."""
_LAST: Final = 0x80
_OVERHEAD: Final = 3


class Level(IntEnum):
    """Tokens of synchronisation: each says what is notified from now on (section 2.8)."""

    FULL = 0x16
    """Everything in Input reports. The one token that every unit knows."""
    STATUS = 0x17
    """Only status objects."""
    NOTHING = 0x18


class PacketKind(IntEnum):
    """Types of packets, without the bit that marks the last of a transfer (section 2.3)."""

    REQUEST = 0x01
    RESPONSE = 0x04
    NOTIFY = 0x05


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet whose checksum is right."""

    kind: PacketKind
    data: bytes
    is_last: bool = True

    def encode(self) -> bytes:
        """Return the packet as it goes over the line."""
        size = len(self.data)
        head = self.kind | (_LAST if self.is_last else 0), size << 4 | size
        return bytes((*head, *self.data, checksum(self.data)))


@dataclass(frozen=True, slots=True)
class Broken:
    """Bytes that are none of the UPS's signs and no good packet of its."""

    data: bytes

    @property
    def was_notification(self) -> bool:
        """Tell whether it began as a notification does."""
        return bool(self.data) and self.data[0] & ~_LAST == PacketKind.NOTIFY


type Item = int | Packet | Broken
"""What a UPS says: a sign (ACK, NAK, an echoed token), a packet, or what is neither."""

_SIGNS: Final = frozenset({ACK, NAK, *Level})
_FROM_UPS: Final = {
    kind | last: (kind, bool(last))
    for kind in (PacketKind.RESPONSE, PacketKind.NOTIFY)
    for last in (0, _LAST)
}


def checksum(data: bytes) -> int:
    """Return the XOR of the data bytes: type and length are not in it (section 2.3)."""
    return reduce(xor, data, 0)


def take(received: bytes | bytearray) -> tuple[Item | None, int]:
    """Return the first thing in what came, and how many bytes it is; None for too few bytes.

    A packet with a length that cannot be takes all that follows with it: nobody can tell where
    it ends.
    """
    if not received:
        return None, 0
    first = received[0]
    if first in _SIGNS:
        return first, 1
    if first not in _FROM_UPS:
        return Broken(bytes(received[:1])), 1
    if len(received) < 2:
        return None, 0
    high, size = divmod(received[1], 16)
    if high != size or not 1 <= size <= LONGEST_DATA:
        return Broken(bytes(received)), len(received)
    end = size + _OVERHEAD
    if len(received) < end:
        return None, 0
    data = bytes(received[2 : end - 1])
    if checksum(data) != received[end - 1]:
        return Broken(bytes(received[:end])), end
    kind, is_last = _FROM_UPS[first]
    return Packet(kind, data, is_last), end


@dataclass(frozen=True, slots=True)
class NextItem:
    """A reply that is whole with the first thing in it; ``begun`` came before."""

    begun: bytes = b""
    gap: float | None = None

    def whole(self, data: bytes) -> bool:
        """Tell whether there is one."""
        return take(self.begun + data)[0] is not None


# ---------------------------------------------------------------- requests

# bmRequestType and bRequest (section 2.5)
_GET_REPORT: Final = (0xA1, 0x01)
_SET_REPORT: Final = (0x21, 0x09)
_GET_DESCRIPTOR: Final = 0x06
_USB, _HID = 0x80, 0x81
_KINDS: Final = {ReportKind.INPUT: 1, ReportKind.OUTPUT: 2, ReportKind.FEATURE: 3}


class Descriptor(IntEnum):
    """Types of descriptors that are asked for (section 2.5)."""

    DEVICE = 0x01
    STRING = 0x03
    HID = 0x21
    REPORT = 0x22


def _setup(request: tuple[int, int], low: int, high: int, length: int) -> bytes:
    return bytes((*request, low, high, 0, 0)) + length.to_bytes(2, "little")


def get_report(kind: ReportKind, report_id: int, length: int) -> bytes:
    """Return the request for a report of up to ``length`` bytes, its id counted."""
    return _setup(_GET_REPORT, report_id, _KINDS[kind], length)


def set_report(kind: ReportKind, report: bytes) -> bytes:
    """Return the request to write a report, its id in front; the report itself follows it."""
    return _setup(_SET_REPORT, report[0], _KINDS[kind], len(report)) + report


def get_descriptor(kind: Descriptor, length: int, index: int = 0) -> bytes:
    """Return the request for a descriptor of up to ``length`` bytes."""
    whose = _HID if kind in {Descriptor.HID, Descriptor.REPORT} else _USB
    return _setup((whose, _GET_DESCRIPTOR), index, kind, length)


def packets(request: bytes) -> list[bytes]:
    """Return a request in packets: the set-up packet fills the first, what is written follows."""
    parts = [
        request[start : start + LONGEST_DATA] for start in range(0, len(request), LONGEST_DATA)
    ]
    return [
        Packet(PacketKind.REQUEST, part, is_last=number == len(parts)).encode()
        for number, part in enumerate(parts, 1)
    ]


# ---------------------------------------------------------------- descriptors

DEVICE_LENGTH: Final = 18
HID_LENGTH: Final = 9


@dataclass(frozen=True, slots=True)
class DeviceDescriptor:
    """Who a device says it is (USB 2.0, table 9-8); indices of strings are 0 for none."""

    vendor_id: int
    product_id: int
    release: int
    manufacturer: int
    product: int
    serial: int

    @classmethod
    def parse(cls, data: bytes) -> DeviceDescriptor:
        """Read a device descriptor; some leave the last byte out. Raises BadReply."""
        if len(data) < DEVICE_LENGTH - 1 or data[1] != Descriptor.DEVICE:
            raise BadReply(f"{data.hex() or 'nothing'} is no device descriptor")
        words = (int.from_bytes(data[at : at + 2], "little") for at in (8, 10, 12))
        return cls(*words, *data[14:17])

    def device(
        self, manufacturer: str | None, product: str | None, serial: str | None
    ) -> UsbDevice:
        """Return the device with its texts."""
        return UsbDevice(
            vendor_id=self.vendor_id,
            product_id=self.product_id,
            release=self.release,
            manufacturer=manufacturer,
            product=product,
            serial=serial,
        )


def text(data: bytes) -> str | None:
    """Return the text of a string descriptor (USB 2.0, section 9.6.7), None for what is none."""
    if len(data) < 4 or data[1] != Descriptor.STRING:
        return None
    return data[2 : min(data[0], len(data)) & ~1].decode("utf-16-le", "replace") or None


def report_descriptor_length(data: bytes) -> int:
    """Return the length that a HID descriptor tells (HID 1.11, section 6.2.1). Raises BadReply."""
    is_right = len(data) >= HID_LENGTH and data[1] == Descriptor.HID
    length = int.from_bytes(data[7:9], "little") if is_right else 0
    if not length or data[6] != Descriptor.REPORT:
        raise BadReply(f"{data.hex() or 'nothing'} is no HID descriptor")
    return length
