"""HID report descriptors: which values a device has, and where in its reports they stand.

"HID 1.11" is "Device Class Definition for Human Interface Devices", version 1.11, section 6.2.2;
what real power devices make of it is in the card usb-hid-power-device, §F(2).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from itertools import islice
from types import MappingProxyType
from typing import Final, NamedTuple

from ..errors import BadReply, Unsupported
from ..links.base import ReportKind
from .usages import POWER_DEVICES, STANDARD, UsageNames
from .values import Field

# No device has more, by far (Eaton's largest descriptors have 6 KB, 1,200 fields, 8 levels); what
# has is no descriptor, and would cost time and memory.
MAX_DESCRIPTOR: Final = 0xFFFF
"""wDescriptorLength has 16 bits (HID 1.11, section 6.2.1)."""
MAX_REPORT: Final = 0xFFFF
"""Bytes with the id; wLength of GET_REPORT has 16 bits (HID 1.11, section 7.2.1)."""
MAX_FIELDS: Final = 4096
MAX_COLLECTIONS: Final = 1024
MAX_DEPTH: Final = 32
MAX_STACK: Final = 32
MAX_CHOICES: Final = 256
"""Arrays with more usages than this are key codes or raw data, and are passed over."""


class _Type(IntEnum):
    """The types of short items (HID 1.11, section 6.2.2.2)."""

    MAIN = 0
    GLOBAL = 1
    LOCAL = 2


class _Main(IntEnum):
    """Main items (HID 1.11, section 6.2.2.4)."""

    INPUT = 8
    OUTPUT = 9
    COLLECTION = 10
    FEATURE = 11
    END_COLLECTION = 12


class _Global(IntEnum):
    """Global items (HID 1.11, section 6.2.2.7)."""

    USAGE_PAGE = 0
    LOGICAL_MIN = 1
    LOGICAL_MAX = 2
    PHYSICAL_MIN = 3
    PHYSICAL_MAX = 4
    UNIT_EXPONENT = 5
    UNIT = 6
    REPORT_SIZE = 7
    REPORT_ID = 8
    REPORT_COUNT = 9
    PUSH = 10
    POP = 11


class _Local(IntEnum):
    """Local items (HID 1.11, section 6.2.2.8); designators and strings are of no use here."""

    USAGE = 0
    USAGE_MIN = 1
    USAGE_MAX = 2
    DELIMITER = 10


_LONG_ITEM: Final = 0xFE
_VARIABLE: Final = 0x02
_VENDOR_COLLECTION: Final = 0x80

_KINDS: Final = {
    _Main.INPUT: ReportKind.INPUT,
    _Main.OUTPUT: ReportKind.OUTPUT,
    _Main.FEATURE: ReportKind.FEATURE,
}


class _Data(NamedTuple):
    """The data of an item."""

    number: int
    size: int

    @property
    def signed(self) -> int:
        """The number as signed by its encoded size: ``25 FF`` is -1, ``26 FF 00`` is 255."""
        half = 1 << 8 * self.size - 1 if self.size else 1
        return self.number - 2 * half if self.number >= half else self.number


_ZERO: Final = _Data(0, 0)


@dataclass(frozen=True, slots=True)
class ReportDescriptor:
    """What a report descriptor says."""

    fields: tuple[Field, ...]
    """In the order of the descriptor."""
    roots: tuple[int, ...]
    """The usages of the top-level collections."""
    bits: Mapping[tuple[ReportKind, int], int]
    """The sizes of all reports, in bits without the id."""
    numbered: bool
    """The device uses report ids."""
    reports: Mapping[tuple[ReportKind, int], tuple[Field, ...]] = field(
        init=False, repr=False, compare=False
    )
    """The fields of each report."""
    _paths: Mapping[tuple[str, ReportKind], Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the fields; of those with one path and kind the first counts (card, §F(8))."""
        reports: dict[tuple[ReportKind, int], list[Field]] = {key: [] for key in self.bits}
        paths: dict[tuple[str, ReportKind], Field] = {}
        for one in self.fields:
            reports[one.kind, one.report_id].append(one)
            paths.setdefault((one.path, one.kind), one)
        # without the outermost collection, as the path tables have it
        for one in self.fields:
            paths.setdefault((one.path.partition(".")[2], one.kind), one)
        index = {key: tuple(fields) for key, fields in reports.items()}
        object.__setattr__(self, "reports", MappingProxyType(index))
        object.__setattr__(self, "_paths", MappingProxyType(paths))

    @property
    def is_power_device(self) -> bool:
        """Tell whether the device has a UPS or PowerSupply collection at the top, of any type."""
        return not POWER_DEVICES.isdisjoint(self.roots)

    def find(self, path: str, kind: ReportKind | None = None) -> Field | None:
        """Return the first field of a path, with or without its outermost collection.

        Without a kind, a Feature is preferred, as it can be asked for; then an Input.
        """
        kinds = (
            (ReportKind.FEATURE, ReportKind.INPUT, ReportKind.OUTPUT) if kind is None else (kind,)
        )
        return next((found for one in kinds if (found := self._paths.get((path, one)))), None)

    def length(self, kind: ReportKind, report_id: int) -> int:
        """Return a report's length in bytes, with the id byte.

        Raises Unsupported for a report that the device does not have.
        """
        bits = self.bits.get((kind, report_id))
        if bits is None:
            raise Unsupported(f"this device has no {kind} report {report_id}")
        return 1 + (bits + 7) // 8

    def fit(self, kind: ReportKind, report: bytes) -> bytes:
        """Return a report cut or filled with zeros to the declared length, as SET_REPORT wants it.

        Raises Unsupported for a report that the device does not have.
        """
        length = self.length(kind, report[0] if report else 0)
        return report[:length].ljust(length, b"\0")

    def framed(self, data: bytes) -> bytes:
        """Return bytes that came by themselves with a report id in front: 0 where there is none."""
        return data if self.numbered else b"\0" + data

    def mended(self, mend: Callable[[Field], Field]) -> ReportDescriptor:
        """Return the descriptor with every field as ``mend`` returns it, for vendor tables."""
        return replace(self, fields=tuple(map(mend, self.fields)))


def parse(
    descriptor: bytes, names: UsageNames = STANDARD, *, tolerant: bool = False
) -> ReportDescriptor:
    """Read a report descriptor, in time and memory bounded by its length.

    ``tolerant`` takes what stands before the end of a descriptor that breaks off: lengths are
    declared wrong at times. Read such a descriptor again first. Raises BadReply.
    """
    if not descriptor or len(descriptor) > MAX_DESCRIPTOR:
        raise BadReply(f"a report descriptor of {len(descriptor)} bytes cannot be")
    parser = _Parser(names)
    for kind, tag, data in _items(descriptor, tolerant):
        if kind == _Type.MAIN:
            parser.main(tag, data)
        elif kind == _Type.GLOBAL:
            parser.set_global(tag, data)
        elif kind == _Type.LOCAL:
            parser.set_local(tag, data)
    if parser.depth and not tolerant:
        raise BadReply(f"the report descriptor ends within {parser.depth} collections")
    return parser.result()


def _items(descriptor: bytes, tolerant: bool) -> Iterator[tuple[int, int, _Data]]:
    """Yield type, tag and data of all short items; long ones are skipped.

    HID 1.11, sections 6.2.2.2 and 6.2.2.3.
    """
    at = 0
    while at < len(descriptor):
        prefix = descriptor[at]
        if prefix == _LONG_ITEM:
            at += 3 + (descriptor[at + 1] if at + 1 < len(descriptor) else 0)
            if at > len(descriptor) and not tolerant:
                raise BadReply("the report descriptor ends within a long item")
            continue
        size = (0, 1, 2, 4)[prefix & 0x03]
        start, at = at + 1, at + 1 + size
        if at > len(descriptor):
            if tolerant:
                return
            raise BadReply("the report descriptor ends within an item")
        number = int.from_bytes(descriptor[start:at], "little")
        yield prefix >> 2 & 0x03, prefix >> 4, _Data(number, size)


@dataclass(slots=True)
class _Usages:
    """The local items since the last main item."""

    ranges: list[range] = field(default_factory=list)
    """Whole usages, in the order of the controls they are for."""
    aliases: dict[int, list[int]] = field(default_factory=dict)
    """Further usages of the control whose range has this index (HID 1.11, section 6.2.2.8)."""
    first: int | None = None
    last: int | None = None
    delimited: int | None = None
    """The index of the range that an open delimiter fills."""

    def add(self, usage: int) -> None:
        """Take a usage."""
        if self.delimited is not None and self.delimited < len(self.ranges):
            self.aliases.setdefault(self.delimited, []).append(usage)
        else:
            self.ranges.append(range(usage, usage + 1))

    def add_range(self) -> None:
        """Take a usage range once both its ends are there; one that makes no sense is none."""
        if self.first is None or self.last is None:
            return
        if self.first <= self.last and self.first >> 16 == self.last >> 16:
            self.ranges.append(range(self.first, self.last + 1))
        self.first = self.last = None

    def count(self) -> int:
        """Return the number of controls that have a usage of their own."""
        return sum(map(len, self.ranges))

    def controls(self) -> Iterator[tuple[int, ...]]:
        """Yield the usages of each control: one, or the alternatives of a delimiter."""
        for index, usages in enumerate(self.ranges):
            for usage in usages:
                yield usage, *self.aliases.get(index, ())


class _Collection(NamedTuple):
    """An open collection: its usage and what it adds to paths."""

    usage: int
    elements: tuple[str, ...]


class _Parser:
    """The state of the item parser (HID 1.11, section 5.4)."""

    def __init__(self, names: UsageNames) -> None:
        """Start with nothing stated."""
        self._names = names
        self._globals: dict[int, _Data] = {}
        self._stack: list[dict[int, _Data]] = []
        self._usages = _Usages()
        self._open: list[_Collection] = []
        self._collections = 0
        self._fields: list[Field] = []
        self._roots: list[int] = []
        # counted per kind and id, for a report may be told in many pieces
        self._bits: dict[tuple[ReportKind, int], int] = {}
        self._numbered = False

    @property
    def depth(self) -> int:
        """The number of open collections."""
        return len(self._open)

    def result(self) -> ReportDescriptor:
        """Return what has been read."""
        return ReportDescriptor(
            fields=tuple(self._fields),
            roots=tuple(self._roots),
            bits=MappingProxyType(dict(self._bits)),
            numbered=self._numbered,
        )

    def set_global(self, tag: int, data: _Data) -> None:
        """Take a global item: in force until stated anew, across collections and reports."""
        if tag == _Global.PUSH:
            if len(self._stack) >= MAX_STACK:
                raise BadReply("the report descriptor pushes without end")
            self._stack.append(dict(self._globals))
        elif tag == _Global.POP:
            if not self._stack:
                raise BadReply("the report descriptor pops what was never pushed")
            self._globals = self._stack.pop()
        elif tag == _Global.REPORT_ID:
            if data.number > 0xFF:
                raise BadReply(f"{data.number} is no report id")
            self._globals[tag] = data
            self._numbered |= data.number > 0
        elif tag < _Global.PUSH:
            self._globals[tag] = data

    def set_local(self, tag: int, data: _Data) -> None:
        """Take a local item: in force until the next main item."""
        usages = self._usages
        if tag == _Local.USAGE:
            usages.add(self._usage(data))
        elif tag == _Local.USAGE_MIN:
            usages.first = self._usage(data)
            usages.add_range()
        elif tag == _Local.USAGE_MAX:
            usages.last = self._usage(data)
            usages.add_range()
        elif tag == _Local.DELIMITER:
            usages.delimited = len(usages.ranges) if data.number else None

    def main(self, tag: int, data: _Data) -> None:
        """Take a main item; reserved ones, as in zeros behind the end, mean nothing."""
        if tag == _Main.COLLECTION:
            self._begin(data.number & 0xFF)
        elif tag == _Main.END_COLLECTION:
            if not self._open:
                raise BadReply("the report descriptor ends a collection that was never begun")
            self._open.pop()
        elif tag in _KINDS:
            self._add(_KINDS[_Main(tag)], data.number)
        self._usages = _Usages()

    def _usage(self, data: _Data) -> int:
        """Return a whole usage: four bytes have their own page, fewer the page now in force."""
        if data.size == 4:
            return data.number
        page = self._globals.get(_Global.USAGE_PAGE, _ZERO).number & 0xFFFF
        return page << 16 | data.number

    def _begin(self, kind: int) -> None:
        """Open a collection; vendor types are MGE's instance numbers (card, §F(2))."""
        self._collections += 1
        if self._collections > MAX_COLLECTIONS or self.depth >= MAX_DEPTH:
            raise BadReply("the report descriptor has no end of collections")
        usage = next(self._usages.controls(), (0,))[0]
        if not self._open:
            self._roots.append(usage)
        elements: list[str] = []
        # the collections of Esprit have no usage, those of EVER usage 0: neither is in a path
        if usage & 0xFFFF:
            elements.append(self._names.name(usage, self._parent()))
        if kind >= _VENDOR_COLLECTION:
            elements.append(f"[{kind & 0x7F}]")
        self._open.append(_Collection(usage, tuple(elements)))

    def _parent(self) -> int:
        """Return the usage of the innermost collection that has one."""
        return next((one.usage for one in reversed(self._open) if one.usage & 0xFFFF), 0)

    def _add(self, kind: ReportKind, flags: int) -> None:
        """Add the fields of an Input, Output or Feature item."""
        size = self._globals.get(_Global.REPORT_SIZE, _ZERO).number
        count = self._globals.get(_Global.REPORT_COUNT, _ZERO).number
        report_id = self._globals.get(_Global.REPORT_ID, _ZERO).number
        offset = self._bits.get((kind, report_id), 0)
        if offset + size * count > 8 * (MAX_REPORT - 1):
            raise BadReply(f"{kind} report {report_id} has no end")
        self._bits[kind, report_id] = offset + size * count
        # without a usage it is padding; no field spans more than 32 bits (HID 1.11, 8.4)
        if not self._usages.ranges or not 1 <= size <= 32 or not count:
            return
        pattern = self._pattern(kind, report_id, size, flags)
        usages = self._usages.count()
        if flags & _VARIABLE or usages <= count:
            # An array with no more usages than slots chooses nothing: power devices that lack the
            # flag mean variables. Slots beyond the last usage repeat it and say nothing of use.
            for slot, control in enumerate(islice(self._usages.controls(), count)):
                self._register(replace(pattern, bit_offset=offset + slot * size), control)
        elif usages <= MAX_CHOICES:
            pattern = replace(pattern, bit_offset=offset, slots=count)
            for index, control in enumerate(self._usages.controls()):
                self._register(replace(pattern, selector=pattern.logical_min + index), control)

    def _register(self, pattern: Field, control: tuple[int, ...]) -> None:
        """Add a field for each usage of a control."""
        for usage in control:
            if not usage & 0xFFFF:
                continue
            if len(self._fields) >= MAX_FIELDS:
                raise BadReply("the report descriptor has no end of fields")
            path = pattern.path + self._names.name(usage, self._parent())
            self._fields.append(replace(pattern, path=path, usage=usage))

    def _pattern(self, kind: ReportKind, report_id: int, size: int, flags: int) -> Field:
        """Return a field with all that the fields of one item share."""
        stated = self._globals
        low = stated.get(_Global.LOGICAL_MIN, _ZERO).signed
        high = stated.get(_Global.LOGICAL_MAX, _ZERO)
        # Many mean 255 by 25 FF, which is -1 (card, §F(2)).
        assumed = high.signed <= low and high.signed < 0 < high.number
        physical_low = stated.get(_Global.PHYSICAL_MIN)
        physical_high = stated.get(_Global.PHYSICAL_MAX)
        return Field(
            path="".join(f"{element}." for one in self._open for element in one.elements),
            usage=0,
            kind=kind,
            report_id=report_id,
            bit_offset=0,
            bit_size=size,
            logical_min=low,
            logical_max=high.number if assumed else high.signed,
            logical_max_assumed=assumed,
            physical_min=None if physical_low is None else physical_low.signed,
            physical_max=None if physical_high is None else physical_high.signed,
            unit=stated.get(_Global.UNIT, _ZERO).number,
            exponent=_exponent(stated.get(_Global.UNIT_EXPONENT, _ZERO)),
            flags=flags,
        )


def _exponent(data: _Data) -> int:
    """Return a unit exponent: four bits, signed (HID 1.11, section 6.2.2.7).

    A whole signed byte, as in FE for -2, is met too; its low four bits say the same.
    """
    nibble = data.number & 0x0F
    return nibble - 16 if nibble & 0x08 else nibble
