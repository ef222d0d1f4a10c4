"""What a vendor's table is made of: rows for variables, bits for the status, orders, timers.

A row's paths are tried in their order; those of a vendor come before the generic ones.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil
from types import MappingProxyType
from typing import Final

from ..links.base import UsbDevice
from ..model import Danger, Value
from .report_descriptor import ReportDescriptor
from .shapes import NUMBER, Shape
from .signals import Signal, Signals
from .usages import STANDARD, UsageNames
from .values import Field

type Readings = dict[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A standard variable, and where a device may have it.

    A variable that begins with "_" is for the driver only: it helps to understand others.
    """

    variable: str
    paths: tuple[str, ...]
    shape: Shape = NUMBER
    writable: bool = False
    """It is a setting where the descriptor lets it be written."""


def row(variable: str, *paths: str, shape: Shape = NUMBER, writable: bool = False) -> Row:
    """Return a row; tables read best without keywords."""
    return Row(variable=variable, paths=paths, shape=shape, writable=writable)


type Test = Callable[[int], bool]


def is_set(number: int) -> bool:
    """Tell that a flag is set."""
    return number != 0


def is_clear(number: int) -> bool:
    """Tell that a flag is not set."""
    return number == 0


def bit(position: int) -> Test:
    """Return a test of one bit of a number."""
    return lambda number: bool(number >> position & 1)


def one_of(*numbers: int) -> Test:
    """Return a test for some numbers."""
    return lambda number: number in numbers


@dataclass(frozen=True, slots=True)
class Bit:
    """A signal, and where a device may tell it.

    The first path that is there counts. Several bits may tell one signal: one that is set is
    enough then.
    """

    signal: Signal
    paths: tuple[str, ...]
    test: Test = is_set


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A command that is one number in one field."""

    command: str
    paths: tuple[str, ...]
    number: int
    danger: Danger = Danger.HARMLESS
    confirmed_by: frozenset[int] | None = None
    """Numbers that the field shows after it was obeyed; None where it shows nothing of use."""
    must_show: bool = False
    """It was refused where the field shows another number."""


def order(
    command: str,
    number: int,
    *paths: str,
    danger: Danger = Danger.HARMLESS,
    confirmed_by: tuple[int, ...] | None = None,
    must_show: bool = False,
) -> Order:
    """Return an order; tables read best without keywords."""
    return Order(
        command=command,
        paths=paths,
        number=number,
        danger=danger,
        confirmed_by=None if confirmed_by is None else frozenset(confirmed_by),
        must_show=must_show,
    )


# ---------------------------------------------------------------- delays


@dataclass(frozen=True, slots=True)
class Delay:
    """How a delay is written into its field: seconds, rounded up to what the field can say."""

    scale: float = 1
    """Seconds for one of the field's units, where the unit is not told: 60 for minutes."""
    step: float = 0
    """Seconds that the device rounds to, where it rounds more than the field does."""

    def encode(self, field: Field, report: bytes, seconds: float) -> tuple[bytes, float]:
        """Return the report and the seconds it says; below 0 for none. Raises BadReply."""
        if seconds < 0:
            # never by way of a value: a field without room for -1 would take 0, which is "now"
            none = -1 if field.limits[0] < 0 else _ones(field)
            return field.encode_number(report, none), -1
        step = self._step(field)
        # not a step more for the last digit of a float
        seconds = ceil(round(seconds / step, 6)) * step
        written = field.encode(report, seconds / self.scale)
        return written, (field.decode(written) or 0) * self.scale

    def decode(self, field: Field, report: bytes) -> float | None:
        """Return the seconds left, -1 while nothing counts down. Raises BadReply."""
        value = field.decode(report)
        if value is None or value < 0 or field.raw(report) == _ones(field):
            return -1
        return value * self.scale

    def can_stop(self, field: Field, idle: bytes | None) -> bool:
        """Tell whether the field can say "no countdown": -1, or all ones if it idles so."""
        if field.limits[0] < 0:
            return True
        if idle is None or field.bit_size < 16 or field.limits[1] != _ones(field):
            return False
        return field.raw(idle) == _ones(field)

    def fits(self, field: Field) -> bool:
        """Tell whether such a delay can be written into the field at all."""
        return True

    def limits(self, field: Field) -> tuple[float, float, float]:
        """Return the shortest and longest delay and the step between delays."""
        step = self._step(field)
        low, high = field.span
        high = min(high * self.scale, _LONGEST)
        return max(low * self.scale, 0), high // step * step, step

    def _step(self, field: Field) -> float:
        return max(self.step, abs(field.step) * self.scale) or 1


# fields of 32 bits could say 68 years
_LONGEST: Final = 7 * 86400


def _ones(field: Field) -> int:
    return (1 << field.bit_size) - 1


SECONDS: Final = Delay()
MINUTES: Final = Delay(scale=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """Where a device takes the delays of a shutdown.

    ``off`` and ``on`` are how the delays before shutdown and start-up are written.
    """

    shutdown: str = ""
    startup: str = ""
    reboot: str = ""
    off: Delay = SECONDS
    on: Delay = SECONDS
    returns: bool = False
    """The shutdown delay alone makes the device come back with the mains."""
    stays: Delay | None = None
    """How the delay of a shutdown without return is written, where that makes the difference."""
    reboot_after: float = 10
    at_once: bool = True
    """It can be switched off and on without a delay."""


DEFAULT_TIMERS: Final = (
    Timers(
        shutdown="PowerSummary.DelayBeforeShutdown",
        startup="PowerSummary.DelayBeforeStartup",
        reboot="PowerSummary.DelayBeforeReboot",
    ),
    Timers(
        shutdown="Output.DelayBeforeShutdown",
        startup="Output.DelayBeforeStartup",
        reboot="Output.DelayBeforeReboot",
    ),
    Timers(
        shutdown="OutletSystem.Outlet.DelayBeforeShutdown",
        startup="OutletSystem.Outlet.DelayBeforeStartup",
        reboot="OutletSystem.Outlet.DelayBeforeReboot",
    ),
)


# ---------------------------------------------------------------- vendors


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The texts by which a unit is known, as the device gives them and as they are meant."""

    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    firmware_aux: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """A Feature report that no descriptor tells of."""

    report_id: int
    length: int
    decode: Callable[[bytes], Readings]


def _as_it_is(descriptor: ReportDescriptor) -> ReportDescriptor:
    return descriptor


def _nothing(readings: Readings) -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """All that differs from the class in the devices of one maker."""

    id: str
    usages: UsageNames = STANDARD
    mend: Callable[[ReportDescriptor], ReportDescriptor] = _as_it_is
    """Puts right what the report descriptor declares wrong."""
    any_collection: bool = False
    """Its outermost collection is no UPS of the standard's."""
    rows: tuple[Row, ...] = ()
    without: frozenset[str] = frozenset()
    """Variables for which the generic rows are wrong."""
    bits: tuple[Bit, ...] = ()
    without_signals: frozenset[Signal] = frozenset()
    """Signals for which the generic bits are wrong."""
    settle: Callable[[Signals], Signals] = dict
    """Puts right what the bits say together."""
    orders: tuple[Order, ...] = ()
    """They come before the generic ones."""
    fallback_orders: tuple[Order, ...] = ()
    """Commands for units that nothing else gives them."""
    without_orders: frozenset[str] = frozenset()
    """Commands that the generic orders must not give."""
    timers: tuple[Timers, ...] = DEFAULT_TIMERS
    off_delay: float = 20
    on_delay: float = 30
    immediate: float = 0
    """The delay that means "at once"."""
    pause: float = 0.125
    """Seconds of rest between two writes."""
    skipped: frozenset[int] = frozenset()
    """Reports that must never be read."""
    roomy: bool = False
    """Reports may be longer than declared: ask for the longest."""
    pushes: bool = True
    """Its interrupt reports can be trusted."""
    trusted: frozenset[Signal] | None = None
    """The signals for which a push is believed, None for all; others bring a status read."""
    prefers_reports: bool = False
    """Its reports know maker, model and serial number better than the device itself."""
    listens: bool = False
    """It answers no request: everything comes by itself."""
    holds_back: bool = False
    """It announces LB and RB for seconds after each transfer (card usb-hid-vendors, §G1)."""
    hidden: tuple[Hidden, ...] = ()
    factors: Mapping[str, tuple[float, ...]] = MappingProxyType({})
    """Further factors, beside powers of ten, that a variable may need."""
    is_dc: bool = False
    """Input and output are direct current."""
    identify: Callable[[Labels, Readings], Labels] = field(default=lambda labels, readings: labels)
    """Takes the product string apart."""
    finish: Callable[[Readings], frozenset[str]] = _nothing
    """Works out what needs several values; returns the names that are estimates."""


type Table = Callable[[UsbDevice, Mapping[str, Value]], Vendor]
"""Returns the table for a device, given the user's options."""
