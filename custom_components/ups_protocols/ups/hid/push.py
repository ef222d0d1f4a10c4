"""What a device tells by itself: which flags and values change with a report."""

from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from ..errors import BadReply
from ..links.base import ReportKind
from .decoder import Decoder, Key, PlacedBit, Point
from .signals import Signal
from .tables import Readings
from .values import Field


class News(NamedTuple):
    """What a report says."""

    signals: dict[Signal, bool]
    hints: dict[Signal, bool]
    """What it says of signals for which it is not believed: reason to ask."""
    values: Readings
    numbers: list[tuple[PlacedBit, int]]
    """What the believed bits say, by where they are read when they are asked for."""
    is_odd: bool = False
    """It is not as declared, and says nothing but that something happened."""


class PushMap:
    """The fields of reports that come by themselves, by the variables and signals they are."""

    def __init__(self, decoder: Decoder, kinds: tuple[ReportKind, ...]) -> None:
        """Find for each field the Feature with the same path (card, §F(1)).

        ``kinds`` are those whose layout a report that comes by itself may have, best first.
        """
        self._decoder = decoder
        self._kinds = kinds
        bits: dict[str, list[PlacedBit]] = {}
        points: dict[str, list[Point]] = {}
        for each in decoder.bits:
            bits.setdefault(each.field.path, []).append(each)
        for point in decoder.points.values():
            points.setdefault(point.field.path, []).append(point)
        self._bits = bits
        self._points = points
        self._odd: dict[Key, bytes] = {}

    def read(self, report: bytes) -> News | None:
        """Return what a report says, None for a report of no use.

        One of another length than declared says nothing for sure; the same again, nothing.
        """
        descriptor = self._decoder.descriptor
        possible = [
            key for kind in self._kinds if report and (key := (kind, report[0])) in descriptor.bits
        ]
        if not possible:
            return None
        fitting = [key for key in possible if len(report) == descriptor.length(*key)]
        if not fitting:
            is_old = self._odd.get(possible[0]) == report
            self._odd[possible[0]] = report
            return None if is_old else News({}, {}, {}, [], is_odd=True)
        fields = {each.path: each for each in descriptor.reports[fitting[0]]}
        news = News(*self._signals(fields, report), {}, self._numbers(fields, report))
        for path, field in fields.items():
            for point in self._points.get(path, ()):
                self._value(point, field, report, news.values)
        return news

    def _numbers(self, fields: Mapping[str, Field], report: bytes) -> list[tuple[PlacedBit, int]]:
        """Return the numbers in the fields of bits that are believed."""
        trusted = self._decoder.vendor.trusted
        numbers: list[tuple[PlacedBit, int]] = []
        for path, field in fields.items():
            for bit in self._bits.get(path, ()):
                if trusted is None or bit.signal in trusted:
                    with suppress(BadReply):
                        if (number := field.number(report)) is not None:
                            numbers.append((bit, number))
        return numbers

    def _signals(
        self, fields: Mapping[str, Field], report: bytes
    ) -> tuple[dict[Signal, bool], dict[Signal, bool]]:
        """Return the signals that are believed, and those that are not."""
        elsewhere = {
            bit.signal for path, bits in self._bits.items() if path not in fields for bit in bits
        }
        trusted = self._decoder.vendor.trusted
        signals: dict[Signal, bool] = {}
        hints: dict[Signal, bool] = {}
        for path, field in fields.items():
            for bit in self._bits.get(path, ()):
                try:
                    is_on = bit.read(report, field)
                except BadReply:
                    continue
                # what several reports tell together is off only when all of them say so
                if is_on is None or (not is_on and bit.signal in elsewhere):
                    continue
                told = signals if trusted is None or bit.signal in trusted else hints
                told[bit.signal] = told.get(bit.signal, False) or is_on
        return signals, hints

    def _value(self, point: Point, field: Field, report: bytes, values: Readings) -> None:
        if point.shape.is_text or not point.moves:
            return
        try:
            value = point.read(report, field)
        except BadReply:
            return
        doubts = self._decoder.doubts
        if isinstance(value, float):
            if point.shape.is_number:
                value = doubts.scaled(point.name, value)
            if not doubts.fits(point.name, value, {}):
                return
        if value is not None:
            values[point.name] = value
