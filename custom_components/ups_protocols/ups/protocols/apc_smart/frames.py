"""Frames of APC's smart protocol: replies, alerts inside them, what a unit says it can do.

Sections are those of the protocol's document (apcsmart.txt): "The Smart Protocol", "Alert
messages", "Capabilities".
"""

from dataclasses import dataclass
import re

from ...errors import BadReply
from ...links.base import Reply

LF = b"\n"
ALERTS = "!$%+?=#&|*"
"""The characters that a unit sends by itself, at any time ("Alert messages")."""
ABOUT_TO_TURN_OFF = "*"
"""An alert, and on old units the acknowledgement of a shutdown ("K", "@nnn")."""
REFUSALS = frozenset({"NA", "NO"})
"""Not available, or not now; and refused."""

_ALERT_BYTES = ALERTS.encode()
_NO_ALERTS = {ord(alert): None for alert in ALERTS}


@dataclass(frozen=True, slots=True)
class Line:
    """A reply up to its LF, or up to an alert that somebody wants to hear of at once."""

    gap: float | None = None

    def whole(self, data: bytes) -> bool:
        """Tell whether a line has ended, or an alert has come."""
        return LF in data or any(byte in _ALERT_BYTES for byte in data)


@dataclass(frozen=True, slots=True)
class RawLine:
    """A reply up to its LF in which the characters of alerts are text."""

    gap: float | None = None

    def whole(self, data: bytes) -> bool:
        """Tell whether a line has ended."""
        return LF in data


@dataclass(frozen=True, slots=True)
class Saying:
    """Anything, until a line of it says what is waited for."""

    text: str
    gap: float | None = None

    def whole(self, data: bytes) -> bool:
        """Tell whether a line says it."""
        return self.text in lines(sift(data)[0])[:-1]


@dataclass(frozen=True, slots=True)
class Rest:
    """Whatever comes until nothing comes any more, or an alert."""

    gap: float

    def whole(self, data: bytes) -> bool:
        """Tell whether an alert has come."""
        return any(byte in _ALERT_BYTES for byte in data)


LINE: Reply = Line()
RAW_LINE: Reply = RawLine()


def sift(data: bytes) -> tuple[str, str]:
    """Return what came without its alerts, and the alerts in their order."""
    text = data.decode("latin-1")
    return text.translate(_NO_ALERTS), "".join(each for each in text if each in ALERTS)


def lines(text: str) -> list[str]:
    """Return what came line by line, without CR; the last one has no LF yet and may be empty."""
    return [line.replace("\r", "") for line in text.split("\n")]


def only_line(text: str) -> str:
    """Return the one line that a reply is. Raises BadReply for none whole, or several unlike.

    A line without anything on it counts only where there is no other.
    """
    *whole, rest = lines(text)
    if not whole or rest:
        raise BadReply(f"{text!r} is no whole reply")
    said = {line for line in whole if line} or {""}
    if len(said) > 1:
        raise BadReply(f"{text!r} is more than one reply")
    return said.pop()


def extra_alerts(raw: str, agreed: str) -> str:
    """Return the alerts of a reply that are not part of its text: that text came without them."""
    return "".join(
        alert * max(raw.count(alert) - agreed.count(alert), 0) for alert in ALERTS if alert in raw
    )


# "a", protocol info

_INFO = re.compile(r"([0-9])\.([^.]*)\.([^.]+)(?:\.([^.]+))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Info:
    """What ``a`` tells: the version, the alerts, the commands, and those of two bytes."""

    version: str
    alerts: str
    commands: frozenset[bytes]
    """Commands of one byte and of two, e.g. b"Q" and b"\\x9f\\xd2"."""


def protocol_info(text: str) -> Info:
    """Read the reply to ``a``. Raises BadReply.

    The commands are bytes, control characters and some above 0x7F among them. The section of
    the dual bytes is a prefix, a colon and the second bytes (SPM series).
    """
    match = _INFO.fullmatch(text)
    if match is None:
        raise BadReply(f"{text!r} does not describe a protocol")
    version, alerts, singles, dual = match.groups()
    commands = {each.encode("latin-1") for each in singles}
    if dual:
        prefix, colon, seconds = dual[:1], dual[1:2], dual[2:]
        if colon != ":":
            raise BadReply(f"{dual!r} describes no commands of two bytes")
        commands |= {f"{prefix}{second}".encode("latin-1") for second in seconds}
    return Info(version, "".join(each for each in alerts if each in ALERTS), frozenset(commands))


# "^Z", capability string ("Capabilities")

_ANY_LOCALE = "4"
_MOST = 0x4F


@dataclass(frozen=True, slots=True)
class Group:
    """What one variable can be set to, in the units of one locale."""

    command: str
    locale: str
    values: tuple[str, ...]


def capabilities(text: str) -> tuple[Group, ...]:
    """Read the reply to ``^Z``. Raises BadReply for what cannot be one.

    ``#`` and groups of command, locale, count, length and so many choices of that length; both
    numbers are one character above "0" and may go beyond "9". Matrix units put ``##`` before
    each group. A group that is not complete at the end is left out: firmware 451.2.I has more to
    say than fits.
    """
    if not text.startswith("#"):
        raise BadReply(f"{text!r} is no list of capabilities")
    groups = []
    rest = text.lstrip("#")
    while rest:
        if len(rest) < 4:
            break
        command, locale = rest[0], rest[1]
        count, length = (ord(each) - ord("0") for each in rest[2:4])
        if not (command.isprintable() or ord(command) < 0x20) or not (
            1 <= count <= _MOST and 1 <= length <= _MOST
        ):
            raise BadReply(f"{rest[:4]!r} is no group of capabilities")
        end = 4 + count * length
        if len(rest) < end:
            break
        values = tuple(rest[start : start + length] for start in range(4, end, length))
        groups.append(Group(command, locale, values))
        rest = rest[end:].lstrip("#")
    if not groups:
        raise BadReply(f"{text!r} has no group of capabilities")
    return tuple(groups)


def choices(groups: tuple[Group, ...], locale: str) -> dict[bytes, tuple[str, ...]]:
    """Return by command what a unit of one locale can be set to; a choice may be there twice."""
    found: dict[bytes, tuple[str, ...]] = {}
    for group in groups:
        if group.locale in {locale, _ANY_LOCALE}:
            found[group.command.encode("latin-1")] = group.values
    return found


# "b" and "V", firmware

_SKU = re.compile(r"[0-9A-Za-z]+\.[0-9A-Za-z]+\.[0-9A-Za-z]+")


def is_firmware(text: str | None) -> bool:
    """Tell whether a reply to ``b`` is SKU, revision and country; ancient units answer volts."""
    return text is not None and _SKU.fullmatch(text) is not None


def locale_of(firmware: str) -> str:
    """Return the country's letter, by which the choices of ``^Z`` are picked."""
    return firmware[-1:]


# "Q" and the registers

_HEX = re.compile(r"[0-9A-Fa-f]+")


def hex_byte(text: str, digits: int = 2) -> int:
    """Return a byte given in hexadecimal digits, two as a rule. Raises BadReply."""
    if len(text) != digits or not _HEX.fullmatch(text):
        raise BadReply(f"{text!r} is no byte in hexadecimal digits")
    return int(text, 16) & 0xFF
