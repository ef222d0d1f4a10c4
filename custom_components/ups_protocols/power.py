"""The watts that the load takes, how they are known, and the energy that they make over time."""

from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .ups.model import DeviceKind, Snapshot, Value


class Source(StrEnum):
    """How a power or an energy is known, the best way first."""

    COUNTER = "counter"
    """The device counts the energy itself."""
    MEASURED = "measured"
    """The device measures the real power, as a whole or of each phase."""
    LOAD = "load"
    """The load in per cent of a nominal real power: an estimate."""


@dataclass(frozen=True, slots=True)
class Power:
    """The real power that the load takes, in W."""

    watts: float
    source: Source


COUNTERS: Final = ("output.energy", "input.energy")
"""What counts all the energy of a device, the better one first; in kWh."""

_WHOLE: Final = ("ups.realpower", "output.realpower")
# what goes into a device without a battery comes out of it
_PASSED_ON: Final = (*_WHOLE, "input.realpower")
_BY_PHASE: Final = "output.L{}.realpower"
_PHASES: Final = (1, 2, 3)
_NOMINAL: Final = ("ups.realpower.nominal", "output.realpower.nominal")
# per cent of the whole, or of each phase, of which the mean counts: a UPS of three phases gives
# the one that is loaded most as its load. A share of the nominal watts fits better than one of
# the nominal VA.
_SHARES: Final = (
    ("output.realpower.percent",),
    tuple(f"output.L{phase}.realpower.percent" for phase in _PHASES),
    tuple(f"output.L{phase}.load" for phase in _PHASES),
    ("ups.load",),
    ("output.load",),
)

INPUTS: Final = frozenset(
    {
        *_PASSED_ON,
        *(_BY_PHASE.format(phase) for phase in _PHASES),
        *_NOMINAL,
        *(name for names in _SHARES for name in names),
    }
)
"""Names of all variables that power_of() looks at."""


def counter(seen: AbstractSet[str]) -> str | None:
    """Return the variable that counts all the energy of a device, None where none does."""
    return next((name for name in COUNTERS if name in seen), None)


def whole(kind: DeviceKind, seen: AbstractSet[str]) -> str | None:
    """Return the variable that is the real power of the load, None where none is."""
    names = _WHOLE if kind is DeviceKind.UPS else _PASSED_ON
    return next((name for name in names if name in seen), None)


def is_told(kind: DeviceKind, seen: AbstractSet[str]) -> bool:
    """Tell whether a device measures the real power, as a whole or of each phase."""
    return whole(kind, seen) is not None or bool(_phases(seen))


def is_estimated_from_load(kind: DeviceKind, seen: AbstractSet[str]) -> bool:
    """Tell whether the load in per cent is all that the real power may follow from."""
    return not is_told(kind, seen) and bool(_share_names(seen))


def may_be_known(kind: DeviceKind, seen: AbstractSet[str], nominal: float | None) -> bool:
    """Tell whether power_of() can come to anything."""
    return is_told(kind, seen) or (
        is_estimated_from_load(kind, seen)
        and (nominal is not None or not seen.isdisjoint(_NOMINAL))
    )


def power_of(
    kind: DeviceKind, snapshot: Snapshot, seen: AbstractSet[str], nominal: float | None
) -> Power | None:
    """Return the real power of the load, None while it is not known.

    ``seen`` has the names that the device ever reported: one that is missing just now is not
    replaced by something worse, and a missing phase is not 0. ``nominal`` is what the user says
    that the device is rated for, in W; it comes before what the device says. A rating in VA never
    makes watts: nobody knows the power factor of the load.
    """
    if (name := whole(kind, seen)) is not None:
        watts = _number(snapshot.variables, name)
        # some drivers work it out from the load
        source = Source.LOAD if name in snapshot.estimated else Source.MEASURED
        return None if watts is None else Power(watts, source)
    if phases := _phases(seen):
        numbers = _numbers(snapshot.variables, phases)
        return Power(sum(numbers), Source.MEASURED) if numbers else None
    if nominal is None:
        nominal = next(iter(_numbers(snapshot.variables, _NOMINAL, some=True)), None)
    shares = _numbers(snapshot.variables, _share_names(seen))
    if not nominal or not shares:
        return None
    return Power(round(nominal * sum(shares) / len(shares) / 100, 1), Source.LOAD)


class Meter:
    """Counts kWh from watts that are told now and then.

    Only the time between two known powers counts, and only if it is no longer than
    ``longest_gap``, in seconds: nothing is made up for the time in which nobody looked.
    """

    def __init__(self, total: float, longest_gap: float) -> None:
        """Go on from a total in kWh."""
        self.total = total
        self._longest_gap = longest_gap
        self._last: tuple[float, float] | None = None

    def add(self, watts: float | None, now: float) -> None:
        """Take the power at a time, in seconds of any clock that never goes back."""
        last, self._last = self._last, None if watts is None else (watts, now)
        if last is None or watts is None:
            return
        before, then = last
        if 0 < now - then <= self._longest_gap:
            self.total += (before + watts) / 2 * (now - then) / 3_600_000

    def pause(self) -> None:
        """Count nothing up to the next power."""
        self._last = None


def _phases(seen: AbstractSet[str]) -> tuple[str, ...]:
    names = (_BY_PHASE.format(phase) for phase in _PHASES)
    return tuple(name for name in names if name in seen)


def _share_names(seen: AbstractSet[str]) -> tuple[str, ...]:
    """Return the best of what tells the load in per cent: one name, or one of each phase."""
    for names in _SHARES:
        if present := tuple(name for name in names if name in seen):
            return present
    return ()


def _number(variables: Mapping[str, Value], name: str) -> float | None:
    value = variables.get(name)
    return None if value is None or isinstance(value, str) else float(value)


def _numbers(
    variables: Mapping[str, Value], names: tuple[str, ...], *, some: bool = False
) -> tuple[float, ...]:
    """Return the numbers of all these names, () if one is missing and not ``some`` will do."""
    numbers = [_number(variables, name) for name in names]
    present = tuple(number for number in numbers if number is not None)
    return present if some or len(present) == len(numbers) else ()
