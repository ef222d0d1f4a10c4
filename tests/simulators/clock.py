"""Time for simulated devices: it runs by itself, or a test moves it."""

from collections.abc import Callable
import time


class Clock:
    """Seconds since the clock was made.

    Args:
        source: Where time comes from.
        speed: Simulated seconds for each second of the source.
    """

    def __init__(self, source: Callable[[], float] = time.monotonic, *, speed: float = 1.0) -> None:
        self._source = source
        self._speed = speed
        self._start = source()
        self._moved = 0.0

    @classmethod
    def stopped(cls) -> Clock:
        """Return a clock that moves only by `advance`."""
        return cls(lambda: 0.0)

    def now(self) -> float:
        """Return the seconds since the start."""
        return (self._source() - self._start) * self._speed + self._moved

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        if seconds < 0:
            raise ValueError("time does not go back")
        self._moved += seconds
