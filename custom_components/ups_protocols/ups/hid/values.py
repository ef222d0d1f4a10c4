"""Fields of HID reports: from bits to values in NUT's units, and back.

The rules are those of the card usb-hid-power-device, §F(2); "HID 1.11" is "Device Class Definition
for Human Interface Devices", version 1.11. Reports begin with their id; where a device uses none,
the link puts a 0 there, as hidraw does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import isfinite
from types import MappingProxyType
from typing import Final

from ..errors import BadReply, Unsupported
from ..links.base import ReportKind
from ..names import Quantity
from .usages import is_bare, quantity

VOLT: Final = 0x00F0_D121
AMPERE: Final = 0x0010_0001
WATT: Final = 0x0000_D121
SECOND: Final = 0x0000_1001
HERTZ: Final = 0x0000_F001
KELVIN: Final = 0x0001_0001
AMPERE_SECOND: Final = 0x0010_1001

# HID units are built on centimetres and grams: a volt and a watt are 10^7 of theirs.
_BASE_EXPONENT: Mapping[int, int] = {VOLT: 7, WATT: 7}

_FITTING_UNIT: Mapping[Quantity, int | None] = MappingProxyType(
    {
        Quantity.VOLTAGE: VOLT,
        Quantity.CURRENT: AMPERE,
        Quantity.FREQUENCY: HERTZ,
        Quantity.APPARENT_POWER: WATT,
        Quantity.POWER: WATT,
        Quantity.TEMPERATURE: KELVIN,
        Quantity.DURATION: SECOND,
        Quantity.CAPACITY: AMPERE_SECOND,
        Quantity.PERCENT: None,
        Quantity.HUMIDITY: None,
    }
)
_RATIOS: Final = frozenset({Quantity.PERCENT, Quantity.HUMIDITY, Quantity.CAPACITY})

_ZERO_CELSIUS: Final = Fraction("273.15")
_KELVINS: Final = (273, 373)
"""What is a temperature in kelvin: anything else is in °C already, whatever its unit says."""

# HID 1.11, section 6.2.2.5: the bits of an Input, Output or Feature item.
_CONSTANT: Final = 0x001
_VARIABLE: Final = 0x002
_NULL_STATE: Final = 0x040
_VOLATILE: Final = 0x080


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value in a report: where it stands and how it is to be read.

    Makers declare wrong limits, units and exponents: a vendor table mends a field with
    ``dataclasses.replace`` (see ``ReportDescriptor.mended``).
    """

    path: str
    """The names of the open collections and of the usage: ``UPS.Flow.[4].ConfigVoltage``."""
    usage: int
    kind: ReportKind
    report_id: int
    """0 where the device uses no report ids."""
    bit_offset: int
    """From the first byte after the report id."""
    bit_size: int
    logical_min: int = 0
    logical_max: int = 0
    """Both 0 where nothing was declared."""
    logical_max_assumed: bool = False
    """The declared maximum lay below the minimum; it was taken for an unsigned number."""
    physical_min: int | None = None
    physical_max: int | None = None
    unit: int = 0
    exponent: int = 0
    flags: int = _VARIABLE
    slots: int = 1
    selector: int | None = None
    """Of an array: the number that selects this usage, in any of ``slots`` slots of
    ``bit_size`` bits; such a field reads 1 while it is selected, else 0."""

    @property
    def constant(self) -> bool:
        """Tell that the device does not take a value here; often it is a reading all the same."""
        return bool(self.flags & _CONSTANT)

    @property
    def writable(self) -> bool:
        """Tell that the descriptor lets a host write the field; the device may still not heed."""
        return not self.constant and self.kind is not ReportKind.INPUT

    @property
    def volatile(self) -> bool:
        """Tell that the value may change without the host."""
        return bool(self.flags & _VOLATILE)

    @property
    def quantity(self) -> Quantity | None:
        """What the usage measures, None where it measures nothing or is a maker's own."""
        return quantity(self.usage)

    @property
    def unit_fits(self) -> bool:
        """Tell whether the unit can be meant, or was left over from another item.

        True for makers' own usages, of which nothing is known.
        """
        if is_bare(self.usage):
            return not self.unit
        measured = self.quantity
        return measured is None or not self.unit or self.unit == _FITTING_UNIT[measured]

    @property
    def shift(self) -> int:
        """The power of ten between the physical number and NUT's unit.

        Flags, choices, dates and string indexes have no unit: theirs is left over. So is a
        unit on a percentage, and an exponent that would make 100 counts more than 100 %. Where a
        measured quantity carries another quantity's unit, that unit's own exponent still counts.
        """
        if is_bare(self.usage) or self.selector is not None:
            return 0
        if self.quantity in _RATIOS:
            if not self.unit_fits or (
                not self.unit and self.exponent > 0 and self.logical_max >= 100
            ):
                return 0
        return self.exponent - _BASE_EXPONENT.get(self.unit, 0)

    @property
    def counts_down(self) -> bool:
        """Tell that -1 means "no countdown", outside the scale."""
        return self._may_count_down and self._range()[0] == -1

    @property
    def limits(self) -> tuple[int, int]:
        """The lowest and highest logical number that the field can hold and may hold."""
        if self.selector is not None:
            return 0, 1
        return self._range()[:2]

    @property
    def span(self) -> tuple[float, float]:
        """The lowest and highest value, without the -1 of a countdown, kelvin left as they are."""
        low, high = self.limits
        if self.counts_down:
            low = min(0, high)
        return self._scaled(low), self._scaled(high)

    @property
    def step(self) -> float:
        """The value's change from one logical number to the next."""
        return float(self._line()[0] * _power(self.shift))

    # ------------------------------------------------------------ reading

    def raw(self, report: bytes) -> int:
        """Return all bits of the field as an unsigned number.

        Raises BadReply for another report and for one that ends before the field does; more
        bytes than declared are common and do no harm.
        """
        return self._bits(report, 0)

    def number(self, report: bytes) -> int | None:
        """Return the logical number, None for the null state: what flags and choices are.

        Bits above those that the limits need may be garbage and do not count; what still lies
        beyond the limits is moved to them. Raises BadReply as ``raw``.
        """
        if self.selector is not None:
            return int(any(self._bits(report, at) == self.selector for at in range(self.slots)))
        raw = self.raw(report)
        low, high, bits, signed = self._range()
        whole = self._whole(raw)
        if self.flags & _NULL_STATE and not low <= whole <= high:
            return None
        number = raw & _ones(bits)
        if signed and number >> bits - 1:
            number -= 1 << bits
        elif whole < 0 and not signed:
            number = whole
        return min(max(number, low), high)

    def beyond_limits(self, report: bytes) -> bool:
        """Tell that the bits say another number than ``number``: limits or bits are wrong.

        Raises BadReply as ``raw``.
        """
        number = self.number(report)
        if number is None or self.selector is not None:
            return False
        return number != self._whole(self.raw(report))

    def flag(self, report: bytes) -> bool | None:
        """Return the logical number as a flag. Raises BadReply as ``raw``."""
        number = self.number(report)
        return None if number is None else number != 0

    def decode(self, report: bytes) -> float | None:
        """Return the value in NUT's unit: V, A, Hz, W, VA, s, °C, %.

        None for the null state; -1 for a countdown that does not run. A charge comes in ampere
        seconds or percent, as CapacityMode says: see ``ampere_hours``. Raises BadReply as ``raw``.
        """
        number = self.number(report)
        if number is None:
            return None
        if number == -1 and self.counts_down:
            return -1.0
        value = self._scaled(number)
        if self._in_kelvin(value):
            return round(value - float(_ZERO_CELSIUS), 6)
        return value

    # ------------------------------------------------------------ writing

    def encode(self, report: bytes, value: float) -> bytes:
        """Return the report with the nearest possible value in this field, the rest untouched.

        A value beyond the limits is moved to them; anything negative stops a countdown. A
        temperature goes out in kelvin where the report holds it in kelvin. Raises Unsupported
        for what is no number and for arrays, BadReply as ``raw``.
        """
        if not isfinite(value):
            raise Unsupported(f"{value} is no value for {self.path}")
        if value < 0 and self.counts_down:
            return self.encode_number(report, -1)
        exact = Fraction(value)
        current = self.number(report)
        if current is not None and self._in_kelvin(self._scaled(current)):
            exact += _ZERO_CELSIUS
        slope, offset = self._line()
        return self.encode_number(report, round((exact / _power(self.shift) - offset) / slope))

    def encode_number(self, report: bytes, number: int) -> bytes:
        """Return the report with a logical number in this field, moved to the limits.

        Raises Unsupported for arrays, BadReply as ``raw``.
        """
        if self.selector is not None:
            raise Unsupported(f"{self.path} is one choice of an array and cannot be written alone")
        low, high = self.limits
        self.raw(report)
        return self._with_bits(report, min(max(number, low), high))

    # ------------------------------------------------------------ the arithmetic

    def _bits(self, report: bytes, slot: int) -> int:
        """Return the bits of a slot."""
        if not report or report[0] != self.report_id:
            raise BadReply(
                f"report {self.report_id} was asked for {self.path}, not {report[:1].hex() or '-'}"
            )
        first = 8 + self.bit_offset + slot * self.bit_size
        end = first + self.bit_size
        if end > 8 * len(report):
            raise BadReply(
                f"report {self.report_id} has {len(report)} bytes and ends before {self.path}"
            )
        chunk = int.from_bytes(report[first // 8 : (end + 7) // 8], "little")
        return chunk >> first % 8 & _ones(self.bit_size)

    def _with_bits(self, report: bytes, number: int) -> bytes:
        """Return the report with the low bits of a number in the field."""
        first = 8 + self.bit_offset
        start, end = first // 8, (first + self.bit_size + 7) // 8
        mask = _ones(self.bit_size)
        chunk = int.from_bytes(report[start:end], "little")
        chunk = chunk & ~(mask << first % 8) | (number & mask) << first % 8
        return report[:start] + chunk.to_bytes(end - start, "little") + report[end:]

    def _range(self) -> tuple[int, int, int, bool]:
        """Return the limits that the field can hold, the bits they need and whether one is a sign.

        Limits that make no range are none. Nor is a negative minimum one in a field without room
        for a sign: it is left over, but for the -1 of a countdown, which is then all ones.
        """
        full = _ones(self.bit_size)
        low, high = self.logical_min, self.logical_max
        if high <= low:
            return 0, full, self.bit_size, False
        if low < 0:
            bits = max((~low).bit_length(), (high if high >= 0 else ~high).bit_length()) + 1
            if bits <= self.bit_size:
                return low, high, bits, True
            if self._may_count_down and self.bit_size > 1 and high > 0:
                return -1, min(high, full - 1), self.bit_size, False
            low = 0
        high = min(high, full)
        if high <= low:
            return 0, full, self.bit_size, False
        return low, high, high.bit_length(), False

    @property
    def _may_count_down(self) -> bool:
        """Tell that the field measures time and declares -1 as its minimum."""
        return self.logical_min == -1 and (
            self.quantity is Quantity.DURATION
            or (self.quantity is None and not is_bare(self.usage) and self.unit == SECOND)
        )

    def _whole(self, raw: int) -> int:
        """Return all bits as the number they would be if limits were no matter."""
        low, _, _, signed = self._range()
        # a countdown without room for a sign counts up from 0, and all ones are -1
        if (signed and raw >> self.bit_size - 1) or (low == -1 and raw == _ones(self.bit_size)):
            return raw - (1 << self.bit_size)
        return raw

    def _line(self) -> tuple[Fraction, Fraction]:
        """Return slope and offset from logical to physical numbers: 1 and 0 without two ranges.

        Where a unit can only be left over, so can physical limits.
        """
        if is_bare(self.usage) or self.selector is not None:
            return Fraction(1), Fraction(0)
        low, high = self.physical_min, self.physical_max
        if low is None or high is None or high <= low or self.logical_max <= self.logical_min:
            return Fraction(1), Fraction(0)
        slope = Fraction(high - low, self.logical_max - self.logical_min)
        return slope, low - slope * self.logical_min

    def _scaled(self, number: int) -> float:
        """Return a logical number in NUT's unit; rounded once, so that 27.0 stays 27.0."""
        slope, offset = self._line()
        return float((number * slope + offset) * _power(self.shift))

    def _in_kelvin(self, value: float) -> bool:
        """Tell whether a scaled number is a temperature in kelvin."""
        measured = self.quantity
        if measured is None and not is_bare(self.usage) and self.unit == KELVIN:
            measured = Quantity.TEMPERATURE
        return measured is Quantity.TEMPERATURE and _KELVINS[0] <= value <= _KELVINS[1]


def _ones(bits: int) -> int:
    """Return a number of so many ones."""
    return (1 << bits) - 1


def _power(exponent: int) -> Fraction:
    """Return a power of ten, exactly."""
    return Fraction(10) ** exponent


# ---------------------------------------------------------------- what is no plain number


def ampere_hours(ampere_seconds: float) -> float:
    """Return a charge in NUT's unit (card, §F(2): As/3600 = Ah)."""
    return round(ampere_seconds / 3600, 3)


def read_date(number: int) -> date | None:
    """Return the day that a 16-bit date says, None for 0 and for no such day.

    Dates are read from ``Field.raw``: limits mean nothing for them. They are
    (year - 1980)·512 + month·32 + day (card, §F(2)).
    """
    return _day(1980 + (number >> 9), number >> 5 & 0x0F, number & 0x1F)


def write_date(day: date) -> int:
    """Return a day as a 16-bit date. Raises Unsupported for a year it cannot hold."""
    if not 1980 <= day.year <= 2107:
        raise Unsupported(f"this UPS stores years from 1980 to 2107, not {day.year}")
    return (day.year - 1980) << 9 | day.month << 5 | day.day


def read_bcd_date(number: int) -> date | None:
    """Return the day of an APC date (usb-hid-vendors §G1), None for 0 and for no such day.

    Decimal digits: month, day, year from the highest byte down; from 70 the year is 19yy.
    """
    digits = f"{number:06x}"
    if len(digits) != 6 or not digits.isdecimal():
        return None
    month, day, year = (int(digits[at : at + 2]) for at in (0, 2, 4))
    return _day(year + (1900 if year >= 70 else 2000), month, day)


def write_bcd_date(day: date) -> int:
    """Return a day as an APC date. Raises Unsupported for a year it cannot hold."""
    if not 1970 <= day.year <= 2069:
        raise Unsupported(f"this UPS stores years from 1970 to 2069, not {day.year}")
    return int(f"{day:%m%d%y}", 16)


def _day(year: int, month: int, day: int) -> date | None:
    """Return a day if there is such a day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
