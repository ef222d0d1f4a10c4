"""The phase tables of APC UPSes: which feed is the bypass, and between which lines a voltage is.

A row's index is feed and phase; old agents put a number between them. The feed's own columns
(9.2.2, 9.3.2) are found by the beginning of that index.
"""

from collections.abc import Callable

from ...links.base import Oid
from ..table import Index, Place, Row, Siblings, Table, Total, When, number
from ..values import as_number

_MAIN, _BYPASS = 2, 3
_SPLIT, _BETWEEN_PHASES = 3, 5
_FEED = "1.9.2.2.1"
_IN, _OUT = "1.9.2.3.1", "1.9.3.3.1"
_IN_COUNT, _OUT_COUNT = f"{_FEED}.2", "1.9.3.2.1.2"

type _Kind = Callable[[Oid, Siblings], int]
"""Tells what a feed is; 0 is nothing that is published."""


def _input_kind(instance: Oid, siblings: Siblings) -> int:
    """Return whether a feed is the main one or the bypass; of two main ones the first counts."""
    kind = as_number(siblings(f"{_FEED}.5"))
    if kind == _BYPASS:
        return _BYPASS
    return _MAIN if instance[0] == 1 else 0


def _output_kind(instance: Oid, _: Siblings) -> int:
    return _MAIN if instance[0] == 1 else 0


def _feed(wanted: int, kind: _Kind) -> Index:
    """Take the row of a feed itself."""

    def place(instance: Oid, siblings: Siblings) -> Place | None:
        return {} if instance and kind(instance, siblings) == wanted else None

    return Index(place=place)


def _phase(wanted: int, kind: _Kind, count: str) -> Index:
    """Take the rows of one feed's phases."""

    def place(instance: Oid, siblings: Siblings) -> Place | None:
        if len(instance) < 2 or kind(instance, siblings) != wanted:
            return None
        phase, most = instance[-1], as_number(siblings(count))
        if phase > 3 or (most is not None and 1 <= most < phase):
            return None
        return {"phase": phase}

    return Index(place=place)


def _voltage(wanted: int, kind: _Kind, orientation: str, voltage: str, neutral: str) -> Index:
    """Take the rows of one feed's voltages, which stand between the lines that the feed tells.

    A Galaxy VS says phase to neutral and means phase to phase (a public walk of one has 389 V
    beside 223 V to neutral), so this is held against the column that is always to neutral.
    """

    def place(instance: Oid, siblings: Siblings) -> Place | None:
        if len(instance) < 2 or instance[-1] > 3 or kind(instance, siblings) != wanted:
            return None
        phase, said = instance[-1], as_number(siblings(orientation))
        volts, to_neutral = as_number(siblings(voltage)), as_number(siblings(neutral))
        is_higher = volts is not None and to_neutral is not None and volts > 1.4 * to_neutral > 0
        if said == _BETWEEN_PHASES or is_higher:
            return {"phase": phase, "to": phase % 3 + 1}
        if said == _SPLIT and phase == 3:
            return {"phase": 1, "to": 2}
        return {"phase": phase}

    return Index(place=place)


def _volts(oid: str, prefix: str, name: str = "voltage") -> Row:
    return number(
        oid,
        f"{prefix}.{name}",
        f"{prefix}.L{{phase}}-N.{name}",
        f"{prefix}.L{{phase}}-L{{to}}.{name}",
    )


def _input(prefix: str, wanted: int) -> tuple[Table, ...]:
    """Return the tables of the main input, or of the bypass."""
    line = f"{prefix}.L{{phase}}"
    factor = (number(f"{_IN}.13", f"{prefix}.powerfactor", f"{line}.powerfactor", scale=0.01),)
    return (
        Table(
            index=_feed(wanted, _input_kind),
            rows=(
                number(_IN_COUNT, f"{prefix}.phases", when=When.ONCE),
                # what the feeds are
                number(f"{_FEED}.3", when=When.ONCE),
                number(f"{_FEED}.5", when=When.ONCE),
                number(f"{_FEED}.4", f"{prefix}.frequency", scale=0.1),
            ),
        ),
        Table(
            index=_phase(wanted, _input_kind, _IN_COUNT),
            probe=f"{_IN}.3",
            phases="1.3.1.1",
            rows=(
                # always to neutral
                number(f"{_IN}.14", f"{prefix}.voltage", f"{line}-N.voltage"),
                number(f"{_IN}.6", f"{prefix}.current", f"{line}.current", scale=0.1),
                number(f"{_IN}.9", f"{prefix}.realpower", f"{line}.realpower", total=Total.SUM),
                # whole kVA
                number(
                    f"{_IN}.12", f"{prefix}.power", f"{line}.power", scale=1000, total=Total.SUM
                ),
                *(factor if wanted == _MAIN else ()),
            ),
        ),
        Table(
            index=_voltage(wanted, _input_kind, f"{_FEED}.3", f"{_IN}.3", f"{_IN}.14"),
            probe=f"{_IN}.3",
            phases="1.3.1.1",
            rows=(
                _volts(f"{_IN}.3", prefix),
                _volts(f"{_IN}.4", prefix, "voltage.maximum"),
                _volts(f"{_IN}.5", prefix, "voltage.minimum"),
            ),
        ),
    )


_OUTPUT = (
    Table(
        index=_feed(_MAIN, _output_kind),
        rows=(
            number(_OUT_COUNT, "output.phases", when=When.ONCE),
            number("1.9.3.2.1.3", when=When.ONCE),
            number("1.9.3.2.1.4", "output.frequency", scale=0.1),
        ),
    ),
    Table(
        index=_phase(_MAIN, _output_kind, _OUT_COUNT),
        probe=f"{_OUT}.3",
        phases="1.4.1.2",
        rows=(
            number(f"{_OUT}.22", "output.voltage", "output.L{phase}-N.voltage"),
            number(f"{_OUT}.4", "output.current", "output.L{phase}.current", scale=0.1),
            number(
                f"{_OUT}.5", "output.current.maximum", "output.L{phase}.current.maximum", scale=0.1
            ),
            number(
                f"{_OUT}.6", "output.current.minimum", "output.L{phase}.current.minimum", scale=0.1
            ),
            number(f"{_OUT}.7", "ups.power", "output.L{phase}.power", total=Total.SUM),
            number(f"{_OUT}.10", "ups.load", "output.L{phase}.power.percent", total=Total.LARGEST),
            number(f"{_OUT}.13", "ups.realpower", "output.L{phase}.realpower", total=Total.SUM),
            number(f"{_OUT}.16", "output.L{phase}.realpower.percent"),
            number(f"{_OUT}.19", "output.powerfactor", "output.L{phase}.powerfactor", scale=0.01),
            number(
                f"{_OUT}.23", "output.energy", "output.L{phase}.energy", scale=0.01, total=Total.SUM
            ),
        ),
    ),
    Table(
        index=_voltage(_MAIN, _output_kind, "1.9.3.2.1.3", f"{_OUT}.3", f"{_OUT}.22"),
        probe=f"{_OUT}.3",
        phases="1.4.1.2",
        rows=(_volts(f"{_OUT}.3", "output"),),
    ),
)

TABLES: tuple[Table, ...] = (*_input("input", _MAIN), *_input("input.bypass", _BYPASS), *_OUTPUT)
