"""Holds back flags that flap: a change is told only after it has lasted."""

from dataclasses import replace
from typing import Final

from .model import Status, StatusFlag

POWER: Final = frozenset(
    {
        StatusFlag.ON_LINE,
        StatusFlag.ON_BATTERY,
        StatusFlag.TESTING,
        StatusFlag.CALIBRATING,
    }
)
"""What tells together whether the mains is there: one of these alone could tell a wrong thing."""
TESTS: Final = frozenset({StatusFlag.TESTING, StatusFlag.CALIBRATING})
AT_ONCE: Final = frozenset(
    {
        StatusFlag.LOW_BATTERY,
        StatusFlag.FORCED_SHUTDOWN,
        StatusFlag.OVERLOADED,
        StatusFlag.OFF,
    }
)
"""Flags that are never held back, neither when they are set nor when they are cleared."""
URGENT: Final = frozenset({StatusFlag.LOW_BATTERY, StatusFlag.FORCED_SHUTDOWN})
"""Flags that bring everything with them when they are set: no time is left to wait in."""

type _Power = tuple[frozenset[StatusFlag], bool | None]


class Steady:
    """What is told of a status that changes, after every read and push of it.

    Each flag waits by itself, but for those of POWER, which change together. Alarms never wait.
    The beginning of a test is no flapping, and a test may be shorter than the wait.
    """

    def __init__(self, hold: float) -> None:
        """Hold changes back for so many seconds; 0 tells everything at once."""
        self._hold = hold
        self._told: Status | None = None
        self._since: dict[StatusFlag, float] = {}
        """Since when a flag differs from what was told of it."""
        self._power: _Power | None = None
        self._power_since = 0.0

    @property
    def due(self) -> float | None:
        """When the next change will have lasted, None while none waits."""
        waiting = [*self._since.values()]
        if self._power is not None:
            waiting.append(self._power_since)
        return min(waiting) + self._hold if waiting else None

    def reset(self) -> None:
        """Forget what was told: the next status is told as it is."""
        self._told = None

    def settle(self, status: Status, now: float) -> Status:
        """Return what is told at ``now``, in seconds of any clock, of the newest status."""
        told = self._told
        if (
            not self._hold
            or told is None
            or (status.flags & URGENT) - told.flags
            # where nothing at all is said, to go on telling the old would be a guess
            or not status.flags
            or not told.flags
        ):
            self._since.clear()
            self._power = None
            self._told = status
            return status
        flags, present = self._settle_power(told, status, now)
        for flag in status.flags ^ told.flags:
            if flag not in POWER and self._is_ripe(flag, now):
                flags ^= {flag}
        for flag in self._since.keys() - (status.flags ^ flags):
            del self._since[flag]
        self._told = replace(status, flags=flags, input_present=present)
        return self._told

    def _settle_power(self, told: Status, status: Status, now: float) -> _Power:
        """Return the flags to be told, of which those of POWER are settled, and the input."""
        newest: _Power = (status.flags & POWER, status.input_present)
        if newest == (told.flags & POWER, told.input_present):
            self._power = None
            return told.flags, told.input_present
        if newest != self._power:
            self._power, self._power_since = newest, now
        begins = (newest[0] & TESTS) - told.flags
        if not begins and now < self._power_since + self._hold:
            return told.flags, told.input_present
        self._power = None
        return (told.flags - POWER) | newest[0], newest[1]

    def _is_ripe(self, flag: StatusFlag, now: float) -> bool:
        return flag in AT_ONCE or now >= self._since.setdefault(flag, now) + self._hold
