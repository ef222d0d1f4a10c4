"""Devices that lie: broken descriptors, lengths and strings. A host must survive them all.

Those whose report descriptor is broken are no `HidDevice`: that one trusts what it reads.
"""

from collections.abc import Mapping
from random import Random
from typing import override

from .device import UsbDevice
from .hidbuild import short
from .usb import GET_REPORT, Hardware, Interface, Setup, Stall

_PAGE, _USAGE, _COLLECTION, _END = b"\x05\x84", b"\x09\x04", b"\xa1\x01", b"\xc0"
_UPS = _PAGE + _USAGE + _COLLECTION
_FEATURE = b"\xb1\x02"
_LONGEST = 0xFFFF


def _field(size: int, count: int, usage: bytes = b"\x09\x30", report: int = 1) -> bytes:
    return b"".join(
        (short(0x84, report), short(0x74, size), short(0x94, count), b"\x15\x00\x25\x7f", usage)
    )


# Name → report descriptor.
DESCRIPTORS: Mapping[str, bytes] = {
    "empty": b"",
    "truncated": _UPS + _field(8, 1) + b"\x27\xff\xff",
    "no-end": _UPS + _field(8, 1) + _FEATURE,
    "too-many-ends": _UPS + _field(8, 1) + _FEATURE + _END * 2000,
    "pop-without-push": _UPS + b"\xb4" * 500 + _field(8, 1) + _FEATURE + _END,
    "push-bomb": _UPS + b"\xa4" * (_LONGEST - 40) + _field(8, 1) + _FEATURE + _END,
    "deep": _UPS + (b"\x09\x24\xa1\x00") * 16_000 + _field(8, 1) + _FEATURE,
    # Fields of 4 GB, and more of them than there are bits in the world.
    "huge-size": _UPS + _field(0xFFFFFFFF, 1) + _FEATURE + _END,
    "huge-count": _UPS + _field(8, 0xFFFFFFFF) + _FEATURE + _END,
    "huge-both": _UPS + _field(0xFFFFFFFF, 0xFFFFFFFF) + _FEATURE * 1000 + _END,
    "usage-range": _UPS
    + _field(1, 64, b"\x1b\x00\x00\x00\x00\x2b\xff\xff\xff\xff")
    + _FEATURE
    + _END,
    "range-backwards": _UPS + _field(1, 8, b"\x19\x7f\x29\x01") + _FEATURE + _END,
    "size-zero": _UPS + _field(0, 200) + _FEATURE + _END,
    "size-64": _UPS + _field(64, 1) + _FEATURE + _END,
    "many-fields": _UPS + _field(8, 1) + (b"\x09\x30" + _FEATURE) * 16_000 + _END,
    "many-usages": _UPS + b"\x09\x30" * 30_000 + _field(8, 1) + _FEATURE + _END,
    "long-items": _UPS + b"\xfe\xff\x10" + b"\0" * 100,
    "report-id-zero": _UPS + _field(8, 1, report=0) + _FEATURE + _END,
    "report-id-300": _UPS + _field(8, 1, report=300) + _FEATURE + _END,
    "no-usage": _PAGE + _COLLECTION + _field(8, 1, b"") + _FEATURE + _END,
    "exponent-99": _UPS + b"\x55\x63\x67\x21\xd1\xf0\x00" + _field(8, 1) + _FEATURE + _END,
    "limits-crossed": _UPS
    + _field(32, 1)
    + b"\x17\xff\xff\xff\x7f\x27\x00\x00\x00\x80"
    + _FEATURE
    + _END,
    "reserved-items": _UPS + bytes(range(0, 256, 4)) * 50 + _END,
    "not-a-ups": bytes.fromhex("05010906a101050719e029e71500250175019508810275089501810105071900")
    + _END,
}


def noise(seed: int, length: int = 400) -> bytes:
    """Return a descriptor of random bytes that begins like a UPS's."""
    return _UPS + Random(seed).randbytes(length)


class Hostile(UsbDevice):
    """A HID device with any report descriptor, whose every report is the same bytes."""

    def __init__(self, hardware: Hardware, reports: bytes = b"\x01\x64") -> None:
        super().__init__(hardware)
        self.reports = reports

    @override
    def class_request(self, setup: Setup, data: bytes) -> bytes:
        match (setup.request_type, setup.request):
            case (0xA1, r) if r == GET_REPORT:
                return self.reports
            case (0x21, _):
                return b""
        raise Stall


def with_descriptor(descriptor: bytes, *, hid_length: int | None = None) -> Hostile:
    """Return a device with a report descriptor of one's own."""
    interface = Interface(report_descriptor=descriptor, hid_length=hid_length)
    strings: Mapping[int, str | bytes] = {1: "Hostile", 2: "UPS"}
    return Hostile(
        Hardware(vendor=0x051D, product=0x0002, strings=strings, interfaces=(interface,))
    )


# String descriptors that are not what they say.
STRINGS: Mapping[str, Mapping[int, str | bytes]] = {
    "no-languages": {0: b"", 1: "Product", 2: "Serial", 3: "Maker"},
    "languages-empty": {0: b"\x02\x03", 1: "Product", 2: "Serial", 3: "Maker"},
    "languages-odd": {0: b"\x03\x03\x09", 1: "Product", 2: "Serial", 3: "Maker"},
    "length-too-long": {1: b"\xff\x03P\0", 2: b"\xff\x03S\0", 3: b"\xff\x03M\0"},
    "length-too-short": {1: b"\x04\x03P\0r\0o\0", 2: b"\x02\x03S\0", 3: b"\x00\x03M\0"},
    "wrong-type": {1: b"\x06\x22P\0r\0", 2: b"\x06\x02S\0e\0", 3: b"\x06\x01M\0a\0"},
    "one-byte": {1: b"\x01", 2: b"\x03", 3: b"\x02\x03"},
    "odd-bytes": {1: b"\x05\x03P\0r", 2: b"\x03\x03S", 3: b"\x05\x03M\0a"},
    "half-surrogate": {1: b"\x06\x03\x00\xd8P\0", 2: b"\x04\x03\xff\xdf", 3: b"\x06\x03M\0\0\xdc"},
    "nul-and-control": {1: "P\0r\x01\x7f", 2: "\0\0\0", 3: "\u202eM\uffff"},
    "blank": {1: "   ", 2: "000000000000", 3: ""},
}

# Configuration descriptors: (bytes) of a HID whose report descriptor is 27 bytes long.
_HEAD = bytes.fromhex("09022200010100a032")
_BODY = bytes.fromhex("090400000103000000 0921100100012 21b00 0705810308000a".replace(" ", ""))
CONFIGURATIONS: Mapping[str, bytes] = {
    "length-zero": _HEAD + bytes.fromhex("0004000001030000 00".replace(" ", "")) + _BODY,
    "total-too-long": bytes.fromhex("0902ff7f010100a032") + _BODY,
    "total-too-short": bytes.fromhex("09020900010100a032") + _BODY,
    "no-interface": bytes.fromhex("09020900000100a032"),
    "many-interfaces": bytes.fromhex("09022200ff0100a032") + _BODY,
    "no-endpoint": bytes.fromhex("09021b00010100a032") + _BODY[:18],
    "packet-zero": _HEAD + _BODY[:-3] + b"\0\0\x0a",
    "hid-length-zero": _HEAD + _BODY.replace(b"\x22\x1b\x00", b"\x22\x00\x00"),
    "hid-length-ffff": _HEAD + _BODY.replace(b"\x22\x1b\x00", b"\x22\xff\xff"),
    "cut": _HEAD + _BODY[:13],
}

# What GET_REPORT answers, whatever was asked for.
REPORTS: Mapping[str, bytes] = {
    "empty": b"",
    "id-only": b"\x01",
    "wrong-id": b"\x7f\x64\x64\x64",
    "too-long": b"\x01" + b"\xff" * 4000,
    "all-ones": b"\xff" * 64,
    "all-zeroes": b"\0" * 64,
}
