"""What an XCP unit listens for: the modes of its port (document, 3.1 and 4.6)."""

from enum import Enum, auto
from math import inf

_ESCAPE = b"\x1b"
_MENU = b"\r\nMain menu\r\n1 Meters\r\n2 Alarms\r\nSelect: "
_SET_MODE = {0xA0, 0xA1}
_AUTHORISATION = 0xCF


class _Kind(Enum):
    MENU = auto()
    NEUTRAL = auto()
    COMMUNICATION = auto()


class Mode:
    """The mode of one port; it starts in the communication mode.

    Attributes:
        leaves_after: Seconds without a byte after which a unit is in its menu.
    """

    def __init__(self) -> None:
        self.leaves_after = inf
        self._kind = _Kind.COMMUNICATION
        self._heard_at = -inf

    def hear(self, data: bytes, now: float) -> tuple[bytes, bytes]:
        """Return the bytes that are XCP's, and what the menu says to the others."""
        if self._heard_at + self.leaves_after < now:
            self._kind = _Kind.MENU
        self._heard_at = now
        if self._kind is not _Kind.MENU:
            return data, b""
        typed, escape, rest = data.partition(_ESCAPE)
        if escape:
            self._kind = _Kind.NEUTRAL
        return rest, _MENU if typed else b""

    def takes(self, code: int) -> bool:
        """Tell whether a command is heard; one that sets the mode brings the others back."""
        if code in _SET_MODE:
            self._kind = _Kind.COMMUNICATION
        return self._kind is _Kind.COMMUNICATION or code == _AUTHORISATION
