"""Tripp Lite's frames and the numbers in them (card usb-other, H1 (1) and (2)); no I/O."""

from collections.abc import Callable
import re

from ...errors import BadReply
from ...names import plausible

LENGTH = 8
PROTOCOL = b"\0"
"""The command that asks which form of the protocol a unit speaks."""
_HEX = re.compile(rb"[0-9A-Fa-f]+")

type Number = Callable[[bytes], int]
"""What makes a number of a field. Raises BadReply."""


def frame(command: bytes) -> bytes:
    """Return a command as it is sent: ``:``, the command, a checksum, CR and zeros ((2))."""
    return (b":" + command + bytes([255 - sum(command) % 256]) + b"\r").ljust(LENGTH, b"\0")


def answers(report: bytes, command: bytes) -> bool:
    """Tell whether a report is the answer to a command.

    A unit that does not know a command, or is too slow for it, says its last reply again ((2)):
    only the letter tells. A report of nothing but zeros is no answer to anything.
    """
    return report[:1] == command[:1] and any(report)


def text(data: bytes) -> int:
    """Return a hexadecimal number, most significant digit first."""
    if not _HEX.fullmatch(data):
        raise BadReply(f"{data!r} is no hexadecimal number")
    return int(data, 16)


def binary(data: bytes) -> int:
    """Return a number as protocol 3005 writes it: in the same places, in bytes."""
    if not data:
        raise BadReply("the reply is too short")
    return int.from_bytes(data, "big")


def decimal(data: bytes) -> int:
    """Return a decimal number."""
    if not data.isdigit():
        raise BadReply(f"{data!r} is no number")
    return int(data)


def field(reply: bytes, first: int, last: int) -> bytes:
    """Return the bytes from ``first`` to ``last``, as the card counts. Raises BadReply."""
    if len(reply) <= last:
        raise BadReply(f"{reply!r} is too short")
    return reply[first : last + 1]


def believable(name: str, value: float, digits: int = 1) -> float:
    """Return a rounded value that a device can measure. Raises BadReply for any other."""
    if not plausible(name, value):
        # replies have no check value: such a frame is bad as a whole
        raise BadReply(f"{name} cannot be {value:g}")
    return round(value, digits)
