"""What Linux knows of USB devices without anybody opening them: /sys/bus/usb/devices.

The kernel has read texts and report descriptors when the device was plugged in. To read them
here needs no permission, detaches no keyboard and sends nothing to a UPS to which a string's
index is an order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .base import UsbDevice
from .usb_address import own_serial

ROOT = Path("/sys/bus/usb/devices")


@dataclass(frozen=True, slots=True)
class Outline:
    """What can be seen of a report descriptor at a glance (HID 1.11, section 6.2.2)."""

    usages: frozenset[int]
    """Page and usage of each top-level collection, in 32 bits."""
    input_lengths: Mapping[int, int]
    """Report id (0 where there are none) -> bytes of its Input report, the id counted."""
    is_whole: bool
    """Whether it ends where an item ends, with all collections closed."""

    @property
    def is_power_device(self) -> bool:
        """Tell whether it is a UPS or a power supply (card usb-hid-power-device, section (1))."""
        return not self.usages.isdisjoint(_POWER_DEVICES)


# usages 0084:0004 UPS and 0084:0005 PowerSupply
_POWER_DEVICES = {0x00840004, 0x00840005}
_LONG_ITEM = 0xFE
_PAGE, _SIZE, _ID, _COUNT, _PUSH, _POP = 0x04, 0x74, 0x84, 0x94, 0xA4, 0xB4
_USAGE, _USAGE_MINIMUM = 0x08, 0x18
_INPUT, _OUTPUT, _FEATURE, _COLLECTION, _END = 0x80, 0x90, 0xB0, 0xA0, 0xC0
# far above any report: a descriptor of another kind must not make numbers grow without end
_MOST_BITS = 1 << 20


def outline(descriptor: bytes) -> Outline:
    """Look over a report descriptor; takes any bytes."""
    page = size = count = report = depth = position = 0
    stack: list[tuple[int, int, int, int]] = []
    local: list[int] = []
    usages: set[int] = set()
    bits: dict[int, int] = {}
    while position < len(descriptor):
        prefix = descriptor[position]
        if prefix == _LONG_ITEM:
            position += 3 + (descriptor[position + 1] if position + 1 < len(descriptor) else 0)
            continue
        length = (0, 1, 2, 4)[prefix & 3]
        value = int.from_bytes(descriptor[position + 1 : position + 1 + length], "little")
        position += 1 + length
        match prefix & 0xFC:
            case k if k == _PAGE:
                page = value
            case k if k == _SIZE:
                size = value
            case k if k == _COUNT:
                count = value
            case k if k == _ID:
                report = value & 0xFF
            case k if k == _PUSH:
                stack.append((page, size, count, report))
            case k if k == _POP and stack:
                page, size, count, report = stack.pop()
            case k if k in {_USAGE, _USAGE_MINIMUM}:
                local.append(value if length == 4 else page << 16 | value)
            case k if k in {_INPUT, _OUTPUT, _FEATURE}:
                if k == _INPUT:
                    bits[report] = min(bits.get(report, 0) + size * count, _MOST_BITS)
                local.clear()
            case k if k == _COLLECTION:
                if not depth and local:
                    usages.add(local[0])
                depth += 1
                local.clear()
            case k if k == _END:
                depth -= 1
                local.clear()
    return Outline(
        usages=frozenset(usages),
        input_lengths={number: bool(number) + (each + 7) // 8 for number, each in bits.items()},
        is_whole=bool(usages) and not depth and position == len(descriptor),
    )


def _text(folder: Path, name: str) -> str | None:
    try:
        text = (folder / name).read_bytes().decode("utf-8", "replace").strip()
    except OSError:
        return None
    return text if text and text.isprintable() and "\ufffd" not in text else None


def _number(folder: Path, name: str, base: int = 16) -> int:
    try:
        return int((folder / name).read_text().strip(), base)
    except OSError, ValueError:
        return -1


def describe(place: str, vendor_id: int, product_id: int, number: int) -> UsbDevice | None:
    """Return who a device says it is, None where the system does not tell.

    ``number`` is its number on its bus: another device may be in its place by now.
    """
    folder = ROOT / place
    known = (_number(folder, "idVendor"), _number(folder, "idProduct"))
    if not place or known != (vendor_id, product_id) or _number(folder, "devnum", 10) != number:
        return None
    manufacturer, product = _text(folder, "manufacturer"), _text(folder, "product")
    return UsbDevice(
        vendor_id=vendor_id,
        product_id=product_id,
        release=max(_number(folder, "bcdDevice"), 0),
        manufacturer=manufacturer,
        product=product,
        serial=own_serial(_text(folder, "serial"), manufacturer, product),
        place=place,
    )


def devices() -> Iterator[tuple[UsbDevice, int]]:
    """Return every device that the system knows, with its number on its bus."""
    try:
        folders = sorted(ROOT.iterdir())
    except OSError:
        return
    for folder in folders:
        vendor_id, product_id = _number(folder, "idVendor"), _number(folder, "idProduct")
        number = _number(folder, "devnum", 10)
        if min(vendor_id, product_id, number) < 0:
            # an interface, or a device that has just gone
            continue
        if device := describe(folder.name, vendor_id, product_id, number):
            yield device, number


def report_descriptors(place: str) -> Mapping[int, bytes]:
    """Return the report descriptors of a device, by interface.

    Those of interfaces that the kernel's HID driver does not hold are absent.
    """
    found: dict[int, bytes] = {}
    if not place:
        return found
    for path in sorted(ROOT.glob(f"{place}:*/*/report_descriptor")):
        number = _number(path.parents[1], "bInterfaceNumber")
        try:
            found[number] = path.read_bytes()
        except OSError:
            continue
    return found
