"""Report descriptors built from named items (HID 1.11, section 6.2.2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
import struct
from typing import Any

from .report_descriptor import AMPERE, BASE, HERTZ, KELVIN, SECOND, VOLT, WATT
from .usages import Names, elements, usage

UNITS = {
    "": 0, "%": 0, "V": VOLT, "A": AMPERE, "W": WATT, "VA": WATT, "s": SECOND, "Hz": HERTZ,
    "K": KELVIN, "Ah": 0x00101001,
}  # fmt: skip

_PHYSICAL, _APPLICATION, _LOGICAL, _VENDOR = 0, 1, 2, 0x80
_CONSTANT, _VARIABLE = 0x01, 0x02
_FEATURE, _INPUT = 0xB0, 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One value of a device, and where it comes from. Made by `item`.

    Attributes:
        path: Without the outermost collection.
        bits: Its size.
        unit: As in `UNITS`; `exponent` is relative to it: -1 = tenths of a volt.
        low, high: Logical limits; high None = all the bits, bytes = the item's data as they are.
        kinds: F feature, I input.
        rw: A host may write it.
        value: A constant count; None = it follows the state, see `power_device`.
        read: The reading it shows (a word of `power_device.READINGS`, or code that gets the
            `UpsState`), in place of the one its path stands for.
        factor: Counts for one unit of the reading, where the declaration lies.
        act: What a write does, likewise (`ACTIONS`, or code that gets state and value).
    """

    path: str
    bits: int
    unit: str = ""
    exponent: int = 0
    low: int = 0
    high: int | bytes | None = None
    kinds: str = "F"
    rw: bool = False
    value: int | None = None
    read: str | None = None
    factor: float | None = None
    act: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The items of one report id, in the order of their bits."""

    number: int
    items: tuple[Item, ...]


def report(number: int, *items: Item, kinds: str | None = None) -> Report:
    """Return a report; kinds, where given, is for all of its items."""
    if kinds:
        items = tuple(replace(each, kinds=kinds) for each in items)
    return Report(number, items)


def item(path: str, bits: int, unit: str = "", exponent: int = 0, **rest: Any) -> Item:
    """Return an item; see `Item`."""
    return Item(path=path, bits=bits, unit=unit, exponent=exponent, **rest)


def bits(prefix: str, *names: str) -> tuple[Item, ...]:
    """Return one-bit items below a collection."""
    return tuple(item(f"{prefix}.{name}", 1) for name in names)


def build(reports: Sequence[Report], names: Names | None = None, *, root: str = "UPS") -> bytes:
    """Return the report descriptor of a device."""
    return b"".join(_Builder(names).parts(reports, root))


class _Builder:
    """Emits items; global items only when they change, as real descriptors do."""

    def __init__(self, names: Names | None) -> None:
        self.names = names
        self.state: dict[int, int] = {}
        self.open: list[tuple[str, int | None]] = []
        self.filled: dict[tuple[int, int], int] = {}

    def parts(self, reports: Sequence[Report], root: str) -> Iterator[bytes]:
        yield from self._begin((root, None))
        for each in reports:
            for one in each.items:
                yield from self._enter([(root, None), *list(elements(one.path))[:-1]])
                yield from self._item(each.number, one)
            yield from self._pad(each.number)
        yield b"\xc0" * len(self.open)

    def _enter(self, path: list[tuple[str, int | None]]) -> Iterator[bytes]:
        keep = 0
        while keep < min(len(self.open), len(path)) and self.open[keep] == path[keep]:
            keep += 1
        yield b"\xc0" * (len(self.open) - keep)
        del self.open[keep:]
        for element in path[keep:]:
            yield from self._begin(element)

    def _begin(self, element: tuple[str, int | None]) -> Iterator[bytes]:
        name, index = element
        kind = _APPLICATION if not self.open else _PHYSICAL
        if name == "PresentStatus":
            kind = _LOGICAL
        if index is not None:
            kind = _VENDOR | index
        yield from self._usage(name)
        yield bytes([0xA1, kind])
        self.open.append(element)

    def _usage(self, name: str) -> Iterator[bytes]:
        code = usage(name, self.names)
        yield from self._global(0x04, code >> 16)
        yield short(0x08, code & 0xFFFF)

    def _global(self, tag: int, value: int, *, signed: bool = False) -> Iterator[bytes]:
        if self.state.get(tag) != value:
            self.state[tag] = value
            yield short(tag, value, signed=signed)

    def _item(self, number: int, one: Item) -> Iterator[bytes]:
        unit = UNITS[one.unit]
        high = one.high
        if high is None:
            high = (1 << one.bits) - 1 if one.low >= 0 else (1 << one.bits - 1) - 1
        yield from self._global(0x84, number)
        yield from self._global(0x94, 1)
        yield from self._global(0x74, one.bits)
        yield from self._global(0x14, one.low, signed=True)
        if isinstance(high, bytes):
            yield bytes([0x24 | {1: 1, 2: 2, 4: 3}[len(high)]]) + high
            self.state.pop(0x24, None)
        else:
            yield from self._global(0x24, high, signed=True)
        yield from self._global(0x64, unit)
        yield from self._global(0x54, BASE.get(unit, 0) + one.exponent & 15)
        flags = _VARIABLE | (0 if one.rw else _CONSTANT)
        for letter, tag in (("I", _INPUT), ("F", _FEATURE)):
            if letter in one.kinds:
                yield from self._usage(one.path.rpartition(".")[2])
                yield bytes([tag | 1, flags])
                self.filled[tag, number] = self.filled.get((tag, number), 0) + one.bits

    def _pad(self, number: int) -> Iterator[bytes]:
        for tag in (_INPUT, _FEATURE):
            if rest := -self.filled.get((tag, number), 0) % 8:
                yield from self._global(0x74, rest)
                yield bytes([tag | 1, _CONSTANT])
                self.filled[tag, number] += rest


def short(tag: int, value: int, *, signed: bool = False) -> bytes:
    """Return a short item in the fewest bytes (section 6.2.2.2)."""
    for size, code, form in ((1, 1, "<b"), (2, 2, "<h"), (4, 3, "<i")):
        low, high = (-(1 << 8 * size - 1), 1 << 8 * size - 1) if signed else (0, 1 << 8 * size)
        if low <= value < high:
            return bytes([tag | code]) + struct.pack(form if signed else form.upper(), value)
    if 0 <= value < 1 << 32:
        # More than a signed item holds: written without a sign, as devices do.
        return bytes([tag | 3]) + struct.pack("<I", value)
    raise ValueError(f"{value} does not fit in a short item")
