"""What the yes-or-no's of a unit were told to be last, before they came to be what they are."""

from collections.abc import Callable, Mapping
from typing import Final

from .const import KEY_MAINS, KEY_OVERLOADED, KEY_REPLACE_BATTERY
from .ups.model import Status, StatusFlag

WATCHED: Final[Mapping[str, Callable[[Status], bool | None]]] = {
    KEY_MAINS: lambda status: status.mains,
    KEY_OVERLOADED: lambda status: status.tells(StatusFlag.OVERLOADED),
    KEY_REPLACE_BATTERY: lambda status: status.tells(StatusFlag.REPLACE_BATTERY),
}
"""By the key of the binary sensor that shows it."""


class Past:
    """Remembers what was last known, however long nothing is known after it."""

    def __init__(self) -> None:
        """Know nothing."""
        self._now: dict[str, bool | None] = dict.fromkeys(WATCHED)
        self._before: dict[str, bool | None] = dict.fromkeys(WATCHED)

    def saw(self, status: Status | None) -> None:
        """Take a status; None of a unit that is not available."""
        for key, tell in WATCHED.items():
            now = None if status is None else tell(status)
            if now is not (was := self._now[key]):
                if was is not None:
                    self._before[key] = was
                self._now[key] = now

    def now(self, key: str) -> bool | None:
        """Return what it is; None while that is not known."""
        return self._now[key]

    def before(self, key: str) -> bool | None:
        """Return what it was before it came to be what it is; None where that was never known."""
        return self._before[key]
