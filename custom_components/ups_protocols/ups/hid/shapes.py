"""What a value of a HID report becomes: a number, a word, a day, a text; and the way back.

Each shape reads a field of a report, writes one, and says what setting it makes.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, isfinite
from typing import Final, override

from ..errors import Unsupported
from ..model import Setting, SettingKind, Value
from ..names import Quantity, parse
from .values import Field, ampere_hours, read_bcd_date, read_date, write_bcd_date, write_date

DIGITS: Final = 6
"""A factor of ten must not turn 27.2 into 27.200000000000003."""


class Shape(ABC):
    """How a field is read and written."""

    is_number = False
    """Its values may be doubted and scaled."""
    is_text = False
    """Its number is the index of a string descriptor."""

    @abstractmethod
    def read(self, field: Field, report: bytes) -> Value | None:
        """Return the value, None for none. Raises BadReply."""

    def write(self, field: Field, report: bytes, value: Value) -> bytes:
        """Return the report with the value in it. Raises Unsupported, BadReply."""
        raise Unsupported(f"{field.path} cannot be written")

    def setting(self, name: str, field: Field) -> Setting | None:
        """Return the setting that the field makes, None for none."""
        return None


@dataclass(frozen=True, slots=True)
class Number(Shape):
    """A number in NUT's unit; ``factor`` mends what the maker's table says it declares wrong."""

    factor: float = 1
    is_number = True

    @override
    def read(self, field: Field, report: bytes) -> float | None:
        """Return the number as the field declares it; the factor is for the doubts."""
        return field.decode(report)

    @override
    def write(self, field: Field, report: bytes, value: Value) -> bytes:
        return field.encode(report, as_number(value) / self.factor)

    @override
    def setting(self, name: str, field: Field) -> Setting | None:
        parsed = parse(name)
        if parsed is None:
            return None
        low, high = (round(end * self.factor, DIGITS) for end in field.span)
        if parsed.variable.minimum is not None:
            low = max(low, parsed.variable.minimum)
        if parsed.variable.maximum is not None:
            high = min(high, parsed.variable.maximum)
        step = round(abs(field.step * self.factor), DIGITS) or 1
        return number_setting(name, low, high, step)


NUMBER: Final = Number()


def number_setting(name: str, low: float, high: float, step: float) -> Setting | None:
    """Return a setting for a number, None for a range without two values."""
    low, high = ceil(low / step) * step, floor(high / step) * step
    if high <= low:
        return None
    return Setting(name=name, minimum=round(low, DIGITS), maximum=round(high, DIGITS), step=step)


@dataclass(frozen=True, slots=True)
class Choice(Number):
    """A number that may be set to a few values only."""

    choices: tuple[int, ...] = ()

    @override
    def setting(self, name: str, field: Field) -> Setting | None:
        low, high = field.span
        options = tuple(str(each) for each in self.choices if low <= each <= high)
        if len(options) < 2:
            return None
        return Setting(name=name, kind=SettingKind.CHOICE, options=options)


@dataclass(frozen=True, slots=True)
class Fixed(Shape):
    """A number that a function makes of the field's, beyond doubt: it needs no scaling."""

    convert: Callable[[float], float | None]

    @override
    def read(self, field: Field, report: bytes) -> Value | None:
        value = field.decode(report)
        return None if value is None else self.convert(value)


@dataclass(frozen=True, slots=True)
class Words(Shape):
    """A word for each number; a number without one is no value."""

    words: Mapping[int, str]
    is_switch: bool = False
    mask: int = 0
    """The bits that count; 0 for all."""

    @override
    def read(self, field: Field, report: bytes) -> str | None:
        number = field.number(report)
        if number is None:
            return None
        return self.words.get(number & self.mask if self.mask else number)

    @override
    def write(self, field: Field, report: bytes, value: Value) -> bytes:
        for number, word in self.words.items():
            if word == value:
                return field.encode_number(report, number)
        raise Unsupported(f"it must be one of {', '.join(self._options)}, not {value}")

    @override
    def setting(self, name: str, field: Field) -> Setting | None:
        low, high = field.limits
        options = tuple(
            dict.fromkeys(word for number, word in self.words.items() if low <= number <= high)
        )
        if len(options) < 2:
            return None
        kind = SettingKind.SWITCH if self.is_switch else SettingKind.CHOICE
        return Setting(name=name, kind=kind, options=options)

    @property
    def _options(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.words.values()))


YES_NO: Final = Words({0: "no", 1: "yes"}, is_switch=True)
ON_OFF: Final = Words({0: "off", 1: "on"})


@dataclass(frozen=True, slots=True)
class Day(Shape):
    """A day in the class's own coding (card usb-hid-power-device, §F(2)) or another."""

    decode: Callable[[int], date | None] = read_date
    encode: Callable[[date], int] = write_date

    @override
    def read(self, field: Field, report: bytes) -> str | None:
        day = self.decode(field.raw(report))
        return None if day is None else day.isoformat()

    @override
    def write(self, field: Field, report: bytes, value: Value) -> bytes:
        try:
            day = date.fromisoformat(str(value))
        except ValueError as error:
            raise Unsupported(f"{value} is no day") from error
        # limits mean nothing for dates
        start = 1 + field.bit_offset // 8
        if field.bit_offset % 8 or field.bit_size % 8:
            raise Unsupported(f"{field.path} does not stand on whole bytes")
        data = self.encode(day).to_bytes(field.bit_size // 8, "little")
        return report[:start] + data + report[start + len(data) :]

    @override
    def setting(self, name: str, field: Field) -> Setting | None:
        return Setting(name=name, kind=SettingKind.DATE)


DAY: Final = Day()
BCD_DAY: Final = Day(read_bcd_date, write_bcd_date)


@dataclass(frozen=True, slots=True)
class Text(Shape):
    """The index of a string descriptor."""

    is_text = True

    @override
    def read(self, field: Field, report: bytes) -> Value | None:
        """Return the index; 0 is no string."""
        index = field.number(report)
        return float(index) if index and 0 < index <= 0xFF else None


TEXT: Final = Text()


@dataclass(frozen=True, slots=True)
class Plain(Shape):
    """A number as text: an identifier, a version."""

    convert: Callable[[int], str | None] = str

    @override
    def read(self, field: Field, report: bytes) -> Value | None:
        number = field.number(report)
        return None if number is None else self.convert(number)


PLAIN: Final = Plain()


@dataclass(frozen=True, slots=True)
class Charge(Shape):
    """A capacity in ampere seconds, as Ah; one that is no such charge says nothing.

    What a capacity counts, CapacityMode tells; percent are no capacity (card, §F(2)).
    """

    @override
    def read(self, field: Field, report: bytes) -> Value | None:
        value = field.decode(report)
        # 100 ampere seconds are 100 % under a left-over unit
        if value is None or value <= 100 or not field.unit or not field.unit_fits:
            return None
        return ampere_hours(value)


AMPERE_HOURS: Final = Charge()


@dataclass(frozen=True, slots=True)
class Timer(Shape):
    """Seconds left; absent while nothing counts down.

    Idle is -1 (in whatever unit: -10 and -60 are met), or all ones where no sign was meant.
    """

    factor: float = 1

    @override
    def read(self, field: Field, report: bytes) -> Value | None:
        value = field.decode(report)
        if value is None or value < 0 or field.raw(report) == (1 << field.bit_size) - 1:
            return None
        return value * self.factor


TIMER: Final = Timer()


def as_number(value: Value) -> float:
    """Return a value as a number. Raises Unsupported."""
    try:
        number = float(value)
    except ValueError as error:
        raise Unsupported(f"{value} is no number") from error
    if not isfinite(number):
        raise Unsupported(f"{value} is no number")
    return number


def quantity_of(name: str) -> Quantity | None:
    """Return what a standard variable measures."""
    parsed = parse(name)
    return None if parsed is None else parsed.variable.quantity
