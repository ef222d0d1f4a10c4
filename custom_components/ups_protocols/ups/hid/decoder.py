"""From reports to signals and values: which field is which variable, without any exchange."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
import re
from typing import Final, NamedTuple

from ..errors import BadReply, UpsError
from ..links.base import ReportKind
from ..model import Value
from ..names import Quantity, Role, parse
from .doubts import Doubts
from .generic import BITS, ROWS, outlet_rows
from .report_descriptor import ReportDescriptor
from .shapes import Number, Shape, Timer, quantity_of
from .signals import CHARGER_SIGNALS, FIRST_COUNTS, FLAG_SIGNALS, POWER_SIGNALS, Signal, Signals
from .tables import Bit, Readings, Row, Test, Vendor
from .values import Field

type Key = tuple[ReportKind, int]
"""Which report: its kind and id."""
type Reports = Mapping[Key, bytes]

_OUTLET: Final = re.compile(r"\bOutletSystem\.Outlet\.\[(\d+)\]")
_READABLE: Final = (ReportKind.FEATURE, ReportKind.INPUT)
# what may lie below 0
_SIGNED: Final = frozenset({Quantity.TEMPERATURE, Quantity.CURRENT, Quantity.POWER_FACTOR})


@dataclass(frozen=True, slots=True)
class Point:
    """A variable of this device, and the field that has it."""

    name: str
    field: Field
    shape: Shape
    writable: bool

    @property
    def key(self) -> Key:
        """The report that must be read for it."""
        return self.field.kind, self.field.report_id

    @property
    def moves(self) -> bool:
        """Tell that it changes by itself."""
        if self.shape.is_text:
            return False
        parsed = parse(self.name)
        return parsed is not None and parsed.variable.role is Role.READING

    def read(self, report: bytes, of: Field | None = None) -> Value | None:
        """Return the value, None for none: a sentinel, an empty setting."""
        source = of or self.field
        value = self.shape.read(source, report)
        if not isinstance(value, float) or not self.shape.is_number:
            return value
        if value == -1 and quantity_of(self.name) not in _SIGNED:
            return None
        if source.bit_size >= 16 and source.raw(report) == (1 << source.bit_size) - 1:
            return None
        if not value and self.name.endswith(".nominal"):
            return None
        return value

    def unlimited(self, report: bytes) -> float | None:
        """Return the number that all bits say where the declared limits forbid it.

        The limits may be left over from another item; or the bits above them are garbage.
        """
        source = self.field
        # of a time nobody could tell garbage from seconds
        if source.quantity in {None, Quantity.DURATION} or not source.beyond_limits(report):
            return None
        low = min(source.logical_min, 0)
        top = source.bit_size - 1 if low else source.bit_size
        whole = replace(source, logical_min=-(1 << top) if low else 0, logical_max=(1 << top) - 1)
        value = self.read(report, whole)
        return value if isinstance(value, float) else None


class PlacedBit(NamedTuple):
    """A signal of this device."""

    signal: Signal
    field: Field
    test: Test

    @property
    def key(self) -> Key:
        """The report that must be read for it."""
        return self.field.kind, self.field.report_id

    def read(self, report: bytes, of: Field | None = None) -> bool | None:
        """Return whether it is set. Raises BadReply."""
        number = (of or self.field).number(report)
        return None if number is None else self.test(number)


@dataclass(slots=True)
class Decoded:
    """The values of a set of reports."""

    variables: Readings = field(default_factory=dict)
    left_out: Readings = field(default_factory=dict)
    estimated: frozenset[str] = frozenset()


class Decoder:
    """What the reports of one device mean."""

    def __init__(self, descriptor: ReportDescriptor, vendor: Vendor) -> None:
        """Find the fields that may be meant; ``choose`` then takes those that the device has."""
        self.descriptor = descriptor
        self.vendor = vendor
        self.outlets = tuple(_outlets(descriptor))
        self.points: dict[str, Point] = {}
        self.bits: list[PlacedBit] = []
        self._candidates: dict[str, list[Point]] = {}
        rows = [
            *vendor.rows,
            *(each for each in ROWS if each.variable not in vendor.without),
            *(each for number in self.outlets for each in outlet_rows(number)),
        ]
        for row in rows:
            self._candidates.setdefault(row.variable, []).extend(self._points(row))
        self._bits = [*vendor.bits, *_generic_bits(vendor)]
        self.doubts = self._doubts()

    def _find(self, path: str) -> Field | None:
        """Return the field to read for a path; "*." before it stands for any collections."""
        kinds = (ReportKind.INPUT,) if self.vendor.listens else _READABLE
        found: Iterator[Field | None]
        if path.startswith("*."):
            found = (
                one
                for kind in kinds
                for one in self.descriptor.fields
                if one.kind is kind and f".{one.path}".endswith(path[1:])
            )
        else:
            found = (self.descriptor.find(path, kind) for kind in kinds)
        return next(
            (one for one in found if one is not None and one.report_id not in self.vendor.skipped),
            None,
        )

    def _points(self, row: Row) -> Iterator[Point]:
        for path in row.paths:
            if (found := self._find(path)) is not None:
                yield Point(row.variable, _mended(found), row.shape, row.writable)

    def _doubts(self) -> Doubts:
        priors = {
            name: point.shape.factor
            for name, point in self.points.items()
            if isinstance(point.shape, Number)
        }
        return Doubts(priors, factors=self.vendor.factors, is_dc=self.vendor.is_dc)

    @property
    def wanted(self) -> list[Key]:
        """The reports that are worth a first look, those of the status first."""
        bits = [
            (found.kind, found.report_id)
            for each in self._bits
            for path in each.paths
            if (found := self._find(path)) is not None
        ]
        points = [point.key for points in self._candidates.values() for point in points]
        return list(dict.fromkeys((*bits, *points)))

    def choose(self, reports: Reports, refused: Iterable[Key]) -> None:
        """Take for each variable the first field that is there and says something.

        Raises BadReply where no field tells the power state.
        """
        lost = set(refused)
        self.points = {}
        for name, candidates in self._candidates.items():
            there = [point for point in candidates if point.key not in lost]
            chosen = next((point for point in there if _says(point, reports)), None)
            if chosen is None and there:
                # it says nothing now: not set, or not answered this time
                chosen = there[0]
            if chosen is not None:
                self.points[name] = chosen
        self.bits = list(self._placed(lost))
        if not POWER_SIGNALS & {each.signal for each in self.bits}:
            raise BadReply("this device does not tell whether it has mains")
        self.doubts = self._doubts()

    def _placed(self, lost: set[Key]) -> Iterator[PlacedBit]:
        done: set[Signal] = set()
        for each in self._bits:
            found = self._first(each.paths, lost)
            if found is None or each.signal in done:
                continue
            if each.signal in FIRST_COUNTS:
                done.add(each.signal)
            yield PlacedBit(each.signal, found, each.test)

    def _first(self, paths: Iterable[str], lost: set[Key]) -> Field | None:
        for path in paths:
            found = self._find(path)
            if found is not None and (found.kind, found.report_id) not in lost:
                return found
        return None

    def distrust(self, reports: Reports) -> None:
        """Drop bits that contradict everything beside them: declared, and never set.

        A battery that has charge and runtime is there; an output with a voltage and a load on it
        is on.
        """
        signals = self.signals(reports)
        values = self.values(reports, on_line=signals.get(Signal.AC_PRESENT)).variables

        def above(name: str, limit: float) -> bool:
            value = values.get(name)
            return isinstance(value, float) and value > limit

        dead: set[Signal] = set()
        if signals.get(Signal.NO_BATTERY) and above("battery.charge", 0):
            if above("battery.runtime", 0) or above("battery.voltage", 0):
                dead.add(Signal.NO_BATTERY)
        if signals.get(Signal.OFF) and above("ups.load", 0):
            if above("output.voltage", 0) or "output.voltage" not in values:
                dead.add(Signal.OFF)
        if not signals.get(Signal.CHARGER_RULES):
            dead |= CHARGER_SIGNALS
        self.bits = [each for each in self.bits if each.signal not in dead]

    # ------------------------------------------------------------ which reports

    @property
    def status_keys(self) -> list[Key]:
        """The reports that tell the flags."""
        return list(dict.fromkeys(each.key for each in self.bits if each.signal in FLAG_SIGNALS))

    @property
    def power_keys(self) -> frozenset[Key]:
        """Those without which no state is known."""
        return frozenset(each.key for each in self.bits if each.signal in POWER_SIGNALS)

    @property
    def moving_keys(self) -> list[Key]:
        """The reports of what moves, those of the flags first."""
        return list(
            dict.fromkeys(
                (
                    *self.status_keys,
                    *(each.key for each in self.bits),
                    *(point.key for point in self.points.values() if point.moves),
                )
            )
        )

    @property
    def still_keys(self) -> list[Key]:
        """The reports of settings, and of what helps to understand others: they hardly change."""
        moving = set(self.moving_keys)
        still = (
            point.key
            for point in self.points.values()
            if not point.shape.is_text and not point.moves
        )
        return [key for key in dict.fromkeys(still) if key not in moving]

    # ------------------------------------------------------------ decoding

    def signals(self, reports: Reports) -> dict[Signal, bool]:
        """Return what the bits of these reports say, several for one signal added up.

        A report that cannot be read so is as if it had not come. Raises BadReply where it tells
        the power state.
        """
        signals: dict[Signal, bool] = {}
        for each in self.bits:
            report = reports.get(each.key)
            if report is None:
                continue
            try:
                is_on = each.read(report)
            except BadReply:
                if each.signal in POWER_SIGNALS:
                    raise
                continue
            if is_on is not None:
                signals[each.signal] = signals.get(each.signal, False) or is_on
        return signals

    def settled(self, signals: Signals) -> Signals:
        """Return the signals as they are meant together."""
        return self.vendor.settle(signals)

    def values(self, reports: Reports, *, on_line: bool | None) -> Decoded:
        """Return all values of these reports; what cannot be is left out."""
        declared: dict[str, float] = {}
        unlimited: dict[str, float] = {}
        result = Decoded()
        for name, point in self.points.items():
            report = reports.get(point.key)
            if report is None or point.shape.is_text:
                continue
            try:
                value = point.read(report)
                whole = point.unlimited(report) if point.shape.is_number else None
            except BadReply:
                continue
            if whole is not None:
                unlimited[name] = whole
            if isinstance(value, float) and point.shape.is_number:
                declared[name] = value
            elif value is not None:
                result.variables[name] = value
        self._lift(declared, unlimited)
        self.doubts.decide(declared, on_line=on_line)
        numbers = {name: self.doubts.scaled(name, value) for name, value in declared.items()}
        result.variables.update(numbers)
        _percent(result.variables)
        result.estimated = self.vendor.finish(result.variables)
        self._sift(result)
        return result

    def value(self, point: Point, report: bytes) -> Value | None:
        """Return one value as it is shown. Raises BadReply."""
        value = point.read(report)
        if isinstance(value, float) and point.shape.is_number:
            return self.doubts.scaled(point.name, value)
        return value

    def _lift(self, declared: dict[str, float], unlimited: Mapping[str, float]) -> None:
        """Take numbers beyond the declared limits where they can be meant."""
        others = {name: self.doubts.scaled(name, value) for name, value in declared.items()}
        for name, whole in unlimited.items():
            scaled = self.doubts.scaled(name, whole)
            if self.doubts.fits(name, scaled, others) and name[0] != "_":
                declared[name] = whole

    def _sift(self, result: Decoded) -> None:
        """Leave out what cannot be, and what was for the driver only."""
        numbers = {
            name: value for name, value in result.variables.items() if isinstance(value, float)
        }
        for name, value in list(result.variables.items()):
            if name.startswith("_"):
                del result.variables[name]
            elif isinstance(value, float) and not self.doubts.fits(name, value, numbers):
                result.left_out[name] = result.variables.pop(name)
        result.estimated &= result.variables.keys()


def _generic_bits(vendor: Vendor) -> Iterator[Bit]:
    return (each for each in BITS if each.signal not in vendor.without_signals)


def _outlets(descriptor: ReportDescriptor) -> Iterator[int]:
    """Yield the numbers of switchable outlets: Outlet.[2] is the first (card, §F(4))."""
    found = {int(match[1]) for one in descriptor.fields if (match := _OUTLET.search(one.path))}
    return (number - 1 for number in sorted(found) if number > 1)


def _says(point: Point, reports: Reports) -> bool:
    """Tell whether a field has a value at all."""
    report = reports.get(point.key)
    if report is None:
        return False
    try:
        return isinstance(point.shape, Timer) or point.read(report) is not None
    except UpsError:
        return False


def _mended(one: Field) -> Field:
    """Put right an exponent that would make a full charge less than 100 counts' worth.

    A percentage of at most 100 counts is no percentage of a tenth or a hundredth each.
    """
    is_ratio = one.quantity in {Quantity.PERCENT, Quantity.CAPACITY} and not one.unit
    if is_ratio and one.exponent < 0 and 0 < one.logical_max <= 100:
        return replace(one, exponent=0)
    return one


def _percent(readings: Readings) -> None:
    """Make a charge a percentage where CapacityMode says that it is none (card, §F(2))."""
    charge, full = readings.get("battery.charge"), readings.get("_full_capacity")
    if not isinstance(charge, float) or readings.get("_capacity_mode") in {None, 2.0}:
        return
    if charge <= 100 and (not isinstance(full, float) or full <= 100):
        # it is a percentage all the same
        return
    if isinstance(full, float) and full > 0:
        readings["battery.charge"] = round(min(100 * charge / full, 100), 1)
        for name in ("battery.charge.low", "battery.charge.warning"):
            limit = readings.get(name)
            if isinstance(limit, float):
                readings[name] = round(100 * limit / full, 1)
