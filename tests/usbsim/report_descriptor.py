"""Report descriptors read back (HID 1.11, section 6.2.2): where a device's own values stand.

A device knows its layout; this reads it from the descriptor, so that published and captured
descriptors come to life like built ones. It trusts what it reads and is not our driver's parser.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor

from .usages import Names, join, name_of
from .usb import FEATURE, INPUT, OUTPUT

_MAIN = {0x80: INPUT, 0x90: OUTPUT, 0xB0: FEATURE}
_COLLECTION, _END = 0xA0, 0xC0
_PAGE, _LOW, _HIGH, _EXPONENT, _UNIT, _SIZE, _ID, _COUNT, _PUSH, _POP = (
    *(0x04, 0x14, 0x24, 0x54, 0x64, 0x74, 0x84, 0x94, 0xA4, 0xB4),
)
_USAGE, _FIRST, _LAST = 0x08, 0x18, 0x28

# Unit → the exponent of NUT's unit in the class's own (Power Device 1.0, section 3.2.3).
VOLT, AMPERE, WATT, SECOND, HERTZ, KELVIN = (
    *(0x00F0D121, 0x00100001, 0xD121, 0x1001, 0xF001, 0x00010001),
)
BASE = {VOLT: 7, WATT: 7}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value in a report.

    Attributes:
        path: Its usages by name, without the outermost collection.
        kind: INPUT, OUTPUT or FEATURE.
        report: Report id, 0 = the device uses none.
        offset, size: Where it stands, in bits behind the report id.
        low, high: Logical minimum and maximum.
        unit, exponent: As declared.
        writable: It is Data and not Constant.
    """

    path: str
    kind: int
    report: int
    offset: int
    size: int
    low: int
    high: int
    unit: int
    exponent: int
    writable: bool

    @property
    def factor(self) -> float:
        """Raw counts for one V, A, Hz, W, s or K, if the declaration is true."""
        return float(10.0 ** (BASE.get(self.unit, 0) - self.exponent))

    def raw(self, value: float, factor: float | None = None) -> int:
        """Return the count for a value in its unit, kept within the field's own bits."""
        count = floor(value * (self.factor if factor is None else factor) + 0.5)
        low, high = (-(1 << self.size - 1), (1 << self.size - 1) - 1)
        if self.low >= 0:
            low, high = 0, (1 << self.size) - 1
        return min(max(count, low), high)

    def signed(self, bits: int) -> int:
        """Return the number that the field's bits mean."""
        if self.low < 0 and bits >> (self.size - 1):
            return bits - (1 << self.size)
        return bits


def parse(descriptor: bytes, names: Names | None = None) -> list[Field]:
    """Return every value of a report descriptor; padding is left out."""
    return list(_Parser(names).fields(descriptor))


@dataclass(slots=True)
class _Globals:
    page: int = 0
    low: int = 0
    high: int = 0
    unit: int = 0
    exponent: int = 0
    size: int = 0
    count: int = 0
    report: int = 0


class _Parser:
    def __init__(self, names: Names | None) -> None:
        self.names = names
        self.globals = _Globals()
        self.stack: list[_Globals] = []
        self.usages: list[int] = []
        self.first = 0
        self.open: list[tuple[str, int | None]] = []
        self.offsets: dict[tuple[int, int], int] = {}

    def fields(self, raw: bytes) -> Iterator[Field]:
        position = 0
        while position < len(raw):
            head = raw[position]
            if head == 0xFE:  # a long item
                position += 3 + raw[position + 1]
                continue
            size = (0, 1, 2, 4)[head & 3]
            data = raw[position + 1 : position + 1 + size]
            position += 1 + size
            yield from self._item(head & 0xFC, data)

    def _item(self, tag: int, data: bytes) -> Iterator[Field]:
        plain = int.from_bytes(data, "little")
        signed = int.from_bytes(data, "little", signed=True)
        state = self.globals
        match tag:
            case t if t == _PAGE:
                state.page = plain
            case t if t == _LOW:
                state.low = signed
            case t if t == _HIGH:
                # A maximum below the minimum was meant without a sign.
                state.high = signed if signed >= state.low else plain
            case t if t == _EXPONENT:
                state.exponent = plain - 16 if 8 <= plain < 16 else signed
            case t if t == _UNIT:
                state.unit = plain
            case t if t == _SIZE:
                state.size = plain
            case t if t == _COUNT:
                state.count = plain
            case t if t == _ID:
                state.report = plain
            case t if t == _PUSH:
                self.stack.append(_copy(state))
            case t if t == _POP and self.stack:
                self.globals = self.stack.pop()
            case t if t == _USAGE:
                self.usages.append(self._full(plain, len(data)))
            case t if t == _FIRST:
                self.first = self._full(plain, len(data))
            case t if t == _LAST:
                self.usages += range(self.first, self._full(plain, len(data)) + 1)
            case t if t == _COLLECTION:
                self._begin(plain)
            case t if t == _END:
                if self.open:
                    self.open.pop()
                self.usages.clear()
            case t if t in _MAIN:
                yield from self._main(_MAIN[t], plain)
                self.usages.clear()

    def _full(self, code: int, size: int) -> int:
        return code if size == 4 else self.globals.page << 16 | code

    def _begin(self, kind: int) -> None:
        code = self.usages[0] if self.usages else 0
        # Collection types from 0x80 on are MGE's instance numbers.
        index = kind & 0x7F if kind >= 0x80 else None
        self.open.append((name_of(code, self.names), index))
        self.usages.clear()

    def _main(self, kind: int, flags: int) -> Iterator[Field]:
        state = self.globals
        start = self.offsets.get((kind, state.report), 0)
        self.offsets[kind, state.report] = start + state.size * state.count
        # By HID the last usage repeats; only its first value means something.
        for number, code in enumerate(self.usages[: state.count]):
            if code & 0xFFFF == 0:
                continue
            path = join([*self.open[1:], (name_of(code, self.names), None)])
            yield Field(
                path=path,
                kind=kind,
                report=state.report,
                offset=start + number * state.size,
                size=state.size,
                low=state.low,
                high=state.high,
                unit=state.unit,
                exponent=state.exponent,
                writable=not flags & 1,
            )

    def lengths(self) -> dict[tuple[int, int], int]:
        """Return the length of each report in bytes, without its id: (kind, report) → bytes."""
        return {key: (bits + 7) // 8 for key, bits in self.offsets.items()}


def lengths(descriptor: bytes) -> dict[tuple[int, int], int]:
    """Return (kind, report id) → bytes behind the id, as the descriptor has it."""
    parser = _Parser(None)
    list(parser.fields(descriptor))
    return parser.lengths()


def _copy(state: _Globals) -> _Globals:
    return _Globals(*(getattr(state, name) for name in _Globals.__slots__))
