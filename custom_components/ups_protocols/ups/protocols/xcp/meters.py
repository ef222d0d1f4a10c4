"""The meters and statistics of XCP: which slot is what, and how its four bytes are read.

Meters are those of XcpMeterMap (2009-02-13), statistics those of the document, 5.2.1.3; formats
are in 3.5. The ID block says which are there, and in which format: both change with a unit's
firmware, so they are looked up anew at each opening.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from ...errors import BadReply
from ...model import Value
from ...names import plausible
from .blocks import finite
from .frames import digits

_LAST_FLOAT, _DATE, _TIME, _SECONDS, _FIXED = 0x97, 0xE0, 0xE1, 0xE2, 0xF0
_DECIMALS = 2
_OF_EACH_PHASE = 86
"""The one rating that is that of a phase, and becomes that of the unit."""


@dataclass(frozen=True, slots=True)
class Meter:
    """One slot: its name on a unit with one phase, and on one with more; "" is not published."""

    single: str
    many: str
    scale: float = 1

    def name(self, phases: int) -> str:
        """Return its name on a unit with so many phases."""
        return self.many if phases > 1 else self.single


def _row(number: int, name: str, *, scale: float = 1) -> Iterator[tuple[int, Meter]]:
    yield number, Meter(name, name, scale)


def _between(first: int, place: str) -> Iterator[tuple[int, Meter]]:
    """Yield three voltages between phases; a unit with one phase may have but the first."""
    for offset, pair in enumerate(("L1-L2", "L2-L3", "L3-L1")):
        yield first + offset, Meter(f"{place}.{pair}.voltage", f"{place}.{pair}.voltage")


def _phases(first: int, single: str, many: str, *, scale: float = 1) -> Iterator[tuple[int, Meter]]:
    """Yield a meter of each phase: on a unit with one phase its first is that of the unit."""
    for phase in (1, 2, 3):
        name = many.format(phase=phase)
        yield first + phase - 1, Meter(single if phase == 1 else name, name, scale)


def _service(*numbers: int) -> Iterator[tuple[int, Meter]]:
    """Yield what is for service people: units of their own, not for display (5.2.1.1)."""
    for number in numbers:
        yield number, Meter("", "")


METERS: Mapping[int, Meter] = dict(
    entry
    for rows in (
        _between(1, "output"),
        _between(4, "input"),
        _between(7, "output.inverter"),
        _between(10, "input.bypass"),
        # logic supplies, averages that are no RMS values
        _service(13, 14, 15, 16, 17, 18),
        _phases(19, "input.current", "input.L{phase}.current"),
        _row(22, "ups.realpower"),
        _row(23, "input.realpower"),
        _row(24, "ups.power"),
        _row(25, "input.power"),
        _row(26, "output.powerfactor"),
        _row(27, "input.powerfactor"),
        _row(28, "output.frequency"),
        _row(29, "input.frequency"),
        _row(30, "output.inverter.frequency"),
        _row(31, "input.bypass.frequency"),
        _service(32),
        _row(33, "battery.current"),
        _row(34, "battery.voltage"),
        _row(35, "battery.charge"),
        _row(36, "battery.runtime"),
        _row(37, "battery.runtime.full"),
        _service(38, 39, 40, 41),
        _row(42, "battery.voltage.low"),
        _row(43, "input.current.nominal"),
        _row(44, "battery.voltage.warning"),
        _service(45),
        _row(46, "battery.charger.current.maximum"),
        _row(47, "battery.current.nominal"),
        _phases(48, "ups.load", "output.L{phase}.power.percent"),
        _phases(51, "output.power", "output.L{phase}.power"),
        _phases(54, "input.bypass.voltage", "input.bypass.L{phase}-N.voltage"),
        _phases(57, "input.voltage", "input.L{phase}-N.voltage"),
        _phases(60, "output.inverter.voltage", "output.inverter.L{phase}-N.voltage"),
        _row(63, "ambient.temperature"),
        _row(64, "ups.temperature"),
        _row(65, "ups.temperature.supply"),
        _phases(66, "output.current", "output.L{phase}.current"),
        _phases(69, "output.current.nominal", "output.L{phase}.current.nominal"),
        _row(72, "ups.power.nominal"),
        _row(73, "ups.date"),
        _row(74, "ups.time"),
        # DC rails, auto-balance
        _service(75, 76, 77),
        _row(78, "battery.temperature"),
        _phases(79, "output.voltage", "output.L{phase}-N.voltage"),
        _row(82, "output.N.current"),
        _phases(83, "output.realpower", "output.L{phase}.realpower"),
        _row(_OF_EACH_PHASE, "ups.realpower.nominal"),
        _service(87),
        _row(88, "battery.voltage.positive"),
        _row(89, "battery.voltage.negative"),
        _row(90, "battery.current.positive"),
        _row(91, "battery.current.negative"),
        _row(92, "input.quality"),
        _phases(93, "output.voltage.percent", "output.L{phase}.voltage.percent"),
        _phases(96, "output.current.percent", "output.L{phase}.current.percent"),
        _phases(99, "input.voltage.percent", "input.L{phase}.voltage.percent"),
        _phases(102, "input.current.percent", "input.L{phase}.current.percent"),
        _row(105, "output.ground.current"),
        # in percent of 1
        _phases(106, "output.crestfactor", "output.L{phase}.crestfactor", scale=0.01),
        _row(109, "output.energy"),
        _phases(110, "input.voltage.distortion", "input.L{phase}.voltage.distortion"),
        _phases(113, "input.current.distortion", "input.L{phase}.current.distortion"),
        _phases(116, "output.voltage.distortion", "output.L{phase}.voltage.distortion"),
        _phases(119, "output.current.distortion", "output.L{phase}.current.distortion"),
        _phases(122, "input.crestfactor", "input.L{phase}.crestfactor", scale=0.01),
        _row(125, "input.energy"),
        _row(126, "battery.health"),
        _row(127, "output.secondary.neutral.current"),
        _row(128, "output.secondary.ground.current"),
        # in hours
        _row(129, "ups.operation.time", scale=3600),
    )
    for entry in rows
)


def _counts() -> Iterator[tuple[int, Meter]]:
    """Yield the counts: odd numbers are of this month, even ones of all time."""
    # 5 and 6 are called ">3" minutes, between "<2" and "<4": it can only be "<3"
    events = (
        *("battery.1min", "battery.2min", "battery.3min", "battery.4min", "battery.longer"),
        *("battery.discharged", "bypass.low", "bypass.high", "bypass.frequency"),
        *("building1", "building2", "building3", "generator", "charger.sync", "charger.high"),
        *("battery.5s", "hotstart", "input.lost"),
    )
    for index, event in enumerate(events):
        yield from _row(2 * index + 1, f"statistics.{event}.count.month")
        yield from _row(2 * index + 2, f"statistics.{event}.count")


def _times() -> Iterator[tuple[int, Meter]]:
    names = (
        *("inverter", "bypass", "battery", "", "generator", "down", "logic", "input.normal"),
        *("load", "output.normal", "input.low", "input.high", "load30", "load75", "load100"),
        "input.low.carried",
    )
    for number, name in enumerate(names, 37):
        yield from _row(number, f"statistics.{name}.time" if name else "battery.runtime.elapsed")


def _beginnings() -> Iterator[tuple[int, Meter]]:
    """Yield pairs of date and time, which make one value."""
    for index, part in enumerate(("", "input.low.", "input.high.", "input.", "load.")):
        yield from _row(61 + 2 * index, f"statistics.{part}since")
        yield from _row(62 + 2 * index, f"statistics.{part}since")


STATISTICS: Mapping[int, Meter] = dict(
    entry
    for rows in (
        _counts(),
        _times(),
        _row(53, "statistics.frequency.low"),
        _row(54, "statistics.frequency.high"),
        _row(55, "input.voltage.minimum"),
        _row(56, "input.voltage.maximum"),
        _row(57, "input.voltage.average"),
        _row(58, "ups.power.average"),
        _row(59, "ups.realpower.average"),
        _row(60, "output.current.maximum"),
        _beginnings(),
    )
    for entry in rows
)
# what may be outside its range by the document: that means unknown (meters 26 and 27)
_UNKNOWN_OUTSIDE = {"output.powerfactor": (0, 1), "input.powerfactor": (0, 1)}
_TEXTS = frozenset({"input.quality"})
_CLOCK = frozenset({"ups.date", "ups.time"})


@dataclass(slots=True)
class Readings:
    """What was read from the slots of a block."""

    values: dict[str, Value] = field(default_factory=dict)
    left_out: dict[str, Value] = field(default_factory=dict)
    """What no device can measure."""


def present(map_: bytes) -> Iterator[tuple[int, int]]:
    """Yield number and format of the slots that a map has."""
    yield from ((number, form) for number, form in enumerate(map_, 1) if form)


def read(block: bytes, map_: bytes, table: Mapping[int, Meter], phases: int) -> Readings:
    """Decode the slots of a meter or statistics block.

    A block that ends early has fewer of them, a longer one has something behind them that its
    map does not tell. Raises BadReply for a block without a single slot where there must be some.
    """
    readings = Readings()
    slots = list(present(map_))
    if slots and len(block) < 4:
        raise BadReply("the block ends before its first slot")
    for (number, form), at in zip(slots, range(0, len(block) - 3, 4), strict=False):
        meter = table.get(number)
        name = meter.name(phases) if meter else ""
        if meter is None or not name:
            continue
        value = decode(form, block[at : at + 4])
        if isinstance(value, float):
            times = max(phases, 1) if number == _OF_EACH_PHASE else 1
            _add(readings, name, value * meter.scale * times, form)
        elif value is not None and (name in _CLOCK or form == _DATE):
            readings.values[name] = value
        elif value is not None and (day := readings.values.get(name)):
            # a date has its time behind it
            readings.values[name] = f"{day} {value}"
    return readings


def _add(readings: Readings, name: str, value: float, form: int) -> None:
    value = round(value, max(_DECIMALS, form & 15 if form < _DATE else 0))
    if (known := _UNKNOWN_OUTSIDE.get(name)) and not known[0] <= value <= known[1]:
        return
    if not plausible(name, value):
        readings.left_out[name] = value
    elif name in _TEXTS:
        readings.values[name] = f"{value:g}"
    else:
        readings.values[name] = value


def decode(form: int, data: bytes) -> Value | None:
    """Return the value of four bytes in the format of a map byte; None for what is no value.

    Dates and times are texts. Formats that the document does not know say nothing.
    """
    if form >= _FIXED:
        return int.from_bytes(data, "little", signed=True) / (1 << (form & 15))
    if form == _SECONDS:
        return float(int.from_bytes(data, "little", signed=True))
    if form == _DATE:
        return _date(data)
    if form == _TIME:
        return _time(data)
    return finite(data) if _is_float(form) else None


def _is_float(form: int) -> bool:
    """Tell whether a map byte has the two decimal digits of a float's, 0x97 at most (3.5)."""
    return form <= _LAST_FLOAT and form & 15 <= 9


def _date(data: bytes) -> str | None:
    """Return DD MM YY FCC as an ISO date; without the flag DD MM is the day of the year (3.5.1)."""
    try:
        day, month, year, century = (digits(byte) for byte in data[:3] + bytes((data[3] & 0x7F,)))
        year += 100 * century
        if data[3] & 0x80:
            return date(year, month, day).isoformat()
        ordinal = 100 * month + day
        moment = date.fromordinal(date(year, 1, 1).toordinal() + ordinal - 1)
        # a common year has no day 366
        return moment.isoformat() if moment.year == year else None
    except BadReply, ValueError:
        # a clock that was never set
        return None


def _time(data: bytes) -> str | None:
    """Return CC SS MM HH as a time of the day (3.5.2)."""
    try:
        _, second, minute, hour = (digits(byte) for byte in data)
    except BadReply:
        return None
    if hour > 23 or minute > 59 or second > 59:
        return None
    return f"{hour:02}:{minute:02}:{second:02}"


_DERIVED = (
    ("output.voltage", "output.inverter.voltage", "input.bypass.voltage"),
    *(
        (
            f"output.{line}.voltage",
            f"output.inverter.{line}.voltage",
            f"input.bypass.{line}.voltage",
        )
        for line in ("L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1")
    ),
)
# the voltage of a unit with one phase that it measures between two lines
_ACROSS = ("input", "output", "input.bypass", "output.inverter")
_LEAST_LOAD = 30
_OPEN = 0x30
"""Below this first byte of the status the load has no power."""
# bypass, by hand as well; what stands between is the voltage that is raised or reduced (5.5.1)
_ON_BYPASS = frozenset({0x60, 0x64})


def finish(readings: Readings, phases: int, state: int, true_power: float) -> frozenset[str]:
    """Complete what the meters tell; return the names that were worked out.

    ``state`` is the first byte of the status; ``true_power`` the rating in W, 0 for none.
    """
    values = readings.values
    if phases < 2:
        for place in _ACROSS:
            across = values.get(f"{place}.L1-L2.voltage")
            if across is not None and f"{place}.voltage" not in values:
                values[f"{place}.voltage"] = across
    estimated = set(_derive_output(values, phases, state))
    if "ups.load" not in values and (load := _load(values, state, true_power)) is not None:
        values["ups.load"] = round(load, 1)
        estimated.add("ups.load")
    return frozenset(estimated)


def _derive_output(values: dict[str, Value], phases: int, state: int) -> Iterator[str]:
    """Work out output voltages that are not measured, and yield their names (7.3.3)."""
    if any(name in values for name, _, _ in _DERIVED):
        return
    for name, inverter, bypass in _DERIVED:
        source = values.get(bypass if state in _ON_BYPASS else inverter)
        if source is not None and (phases > 1 or "L" not in name):
            values[name] = 0.0 if state < _OPEN else source
            yield name


def _ratio(values: Mapping[str, Value], name: str, rating: float | str | None) -> float | None:
    value = values.get(name)
    if isinstance(value, str) or isinstance(rating, str) or value is None or not rating:
        return None
    return 100 * value / rating


def _load(values: Mapping[str, Value], state: int, true_power: float) -> float | None:
    """Return the load in percent where it has no meter (7.2.4)."""
    apparent = _ratio(values, "ups.power", values.get("ups.power.nominal"))
    currents = [
        ratio
        for place in ("output", "output.L1", "output.L2", "output.L3")
        if (ratio := _ratio(values, f"{place}.current", values.get(f"{place}.current.nominal")))
        is not None
    ]
    if apparent is None and not currents:
        return None
    if state < _OPEN:
        return 0.0
    if apparent is not None and apparent < _LEAST_LOAD:
        return apparent
    real = _ratio(values, "ups.realpower", true_power)
    return max(each for each in (apparent, real, *currents) if each is not None)
