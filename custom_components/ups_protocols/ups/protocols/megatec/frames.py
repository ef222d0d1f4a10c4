"""Megatec frames: what a request looks like, when a reply is whole, and what its fields say."""

import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import re
from typing import override

from ...errors import BadReply, NoReply
from ...model import Value
from ...names import plausible

CR = b"\r"
# silence inside a reply after which no more comes: units that forget the CR, or echo and answer
REPLY_GAP = 0.4

type Readings = dict[str, Value]
"""Values by variable name; names with a leading underscore are for the driver alone."""
type Read = Callable[[str], Value | None]

_ABSENT = re.compile(r"[-@#.* ]+")
NAK = "(NAK"
NO_ACK = "UPS No Ack"
"""What USB bridges say for an order that was obeyed, too: it is no reply."""
_REFUSALS = frozenset({"NAK", NAK, "N", NO_ACK})


class Refused(NoReply):
    """The unit is there and says that it does not know the request."""

    @property
    @override
    def kind(self) -> str:
        """Return what users see: for them nothing answers."""
        return NoReply.__name__


def is_refusal(text: str) -> bool:
    """Tell whether a reply is one of the ways to say no, other than an echo."""
    # PI30 units put a CRC behind it
    return text.strip() in _REFUSALS or (text.startswith(NAK) and len(text) == len(NAK) + 2)


def clean(
    data: bytes | None, request: bytes, start: str, *, keep_nul: bool = False, bare: bool = False
) -> str | None:
    """Return the reply proper, without its CR; None where the unit said nothing or no.

    An echo is how a Megatec unit says no ("Invalid Command/Information Handling"); some units
    echo and then answer, send a reply twice or put NUL bytes into it: the last part that starts
    as it should counts. Raises BadReply where nothing starts so, unless ``bare`` says that the
    rest of the reply tells well enough what it is: a few units leave the start byte out.
    """
    if not data:
        return None
    if not keep_nul:
        data = data.replace(b"\0", b"")
    parts = [
        part.decode("latin-1") for part in data.split(CR) if part not in (b"", request.rstrip(CR))
    ]
    if not parts or is_refusal(parts[-1]):
        return None
    if not start:
        return parts[-1]
    for part in reversed(parts):
        if (position := part.rfind(start)) >= 0:
            return part[position:]
    if bare:
        return start + parts[-1]
    raise BadReply(f"{request!r} was answered with {parts[-1]!r}")


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to one request: a CR ends it, unless what came is only the echo."""

    request: bytes
    gap: float | None = REPLY_GAP
    fits: Callable[[bytes], bool] = lambda part: True
    """Tells whether a part can be the reply: the end of a late or doubled one before it cannot."""

    def whole(self, data: bytes) -> bool:
        """Tell whether something else than the echo has come, up to its CR."""
        echo = self.request.rstrip(CR)
        return any(part not in (b"", echo) and self.fits(part) for part in data.split(CR)[:-1])


@dataclass(frozen=True, slots=True)
class Binary:
    """A reply of a known length that may hold any byte, a CR and a NUL among them."""

    request: bytes
    length: int
    gap: float | None = REPLY_GAP

    def proper(self, data: bytes) -> bytes:
        """Return what has come without an echo in front."""
        return data.removeprefix(self.request)[: self.length]

    def whole(self, data: bytes) -> bool:
        """Tell whether all bytes have come."""
        return len(self.proper(data)) >= self.length


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a reply: the variable it is, its shape and how its text is read."""

    name: str
    shape: str
    read: Read
    required: bool = False
    """Whether a placeholder in its place makes the frame useless."""

    def value(self, raw: str) -> Value | None:
        """Return the value, None for a placeholder. Raises BadReply for impossible ones."""
        if not self.required and _ABSENT.fullmatch(raw):
            return None
        value = self.read(raw)
        if isinstance(value, float) and not plausible(self.name, value):
            raise BadReply(f"{self.name} cannot be {value}")
        return value


_NUMBER = r"\d{1,5}(?:\.\d{1,3})?"


def number(name: str, *, scale: float = 1, shape: str = _NUMBER) -> Field:
    """Describe a number, multiplied by ``scale``."""

    def read(raw: str) -> float:
        return round(float(raw) * scale, 3)

    return Field(name, shape, read)


def nonzero(name: str, *, scale: float = 1) -> Field:
    """Describe a number that is 0 where the unit does not know it."""

    def read(raw: str) -> float | None:
        return round(float(raw) * scale, 3) or None

    return Field(name, _NUMBER, read)


def temperature(name: str) -> Field:
    """Describe a temperature; 0 and 255 are what units without a sensor send."""

    def read(raw: str) -> float | None:
        value = float(raw)
        return None if value in {0, 255} else value

    return Field(name, r"\d{1,3}(?:\.\d{1,2})?", read)


def text(name: str, shape: str = r"[^ ]+") -> Field:
    """Describe a text, without its padding of blanks and number signs; absent when empty."""
    return Field(name, shape, lambda raw: raw.strip(" #") or None)


def word(name: str, words: Mapping[str, str]) -> Field:
    """Describe a code by the word that each of its values means."""
    return Field(name, "|".join(map(re.escape, words)), words.get)


def bits(name: str, shape: str = "[01]{8}") -> Field:
    """Describe a string of status bits; a reply without them is no reply."""
    return Field(name, shape, lambda raw: raw, required=True)


def letters(name: str) -> Field:
    """Describe a string of status letters; a reply without them is no reply."""
    return Field(name, "[A-Z]{1,16}", lambda raw: raw, required=True)


def skip(shape: str = r"[^ ]+") -> Field:
    """Describe a field whose meaning is unknown, or that says nothing new."""
    return Field("_", shape, lambda raw: None)


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a reply behind its start byte, one blank between them."""

    start: str
    fields: tuple[Field, ...]
    pattern: re.Pattern[str]
    alive: tuple[str, ...]
    least: int = 0
    """Characters that the reply has at least, from its start byte to its last field."""

    def __call__(self, reply: str) -> Readings:
        """Return the values of a reply without its CR. Raises BadReply."""
        match = self.pattern.fullmatch(reply)
        if match is None or len(reply.rstrip(" ")) < self.least:
            raise BadReply(f"{reply!r} has not the shape of this reply")
        readings: Readings = {}
        for field, raw in zip(self.fields, match.groups(), strict=True):
            if (value := field.value(raw)) is not None:
                readings[field.name] = value
        if self.alive and not any(readings.get(name) for name in self.alive):
            raise BadReply(f"{reply!r} is nothing but zeros")
        return readings


def layout(
    start: str, *fields: Field, rest: str = "", alive: tuple[str, ...] = (), least: int = 0
) -> Layout:
    """Lay out fields behind a start byte.

    ``rest`` is the shape of what may follow; of the names in ``alive`` one must not be 0, for a
    reply of nothing but zeros says nothing; ``least`` is the shortest that the reply can be,
    without CR, so that one which lost bytes is not taken for whole.
    """
    shapes = (
        f"({field.shape})" if field.required else f"({field.shape}|[-@#.*]+)" for field in fields
    )
    pattern = re.compile(re.escape(start) + " ".join(shapes) + rest + " *")
    return Layout(start, fields, pattern, alive, least)


@dataclass(frozen=True, slots=True)
class Query:
    """One request and what its reply says."""

    request: str
    decode: Callable[[str], Readings]
    start: str = "("
    length: int = 0
    """The length of a reply that may hold any byte; 0 for a text that ends with CR."""
    bare: bool = False
    """Whether the reply's own shape is enough where the start byte is left out."""
    denied: bool = False
    """Whether ``(NAK`` is an answer too: it tells which family the unit is of."""


def query(request: str, decode: Layout) -> Query:
    """Describe a query whose reply is laid out in fields."""
    return Query(request, decode, decode.start, bare=bool(decode.least))


_PLACES = ("device.mfr", "device.model", "ups.firmware")
# 38 bytes with CR are enough to go by position; below that the blanks must stand where they
# should, as in a frame whose last field is not padded
_INFO = re.compile(r"#(.{15}).(.{10}).(.{9,})|#(.{15}) (.{10}) (.{0,8})")
_RATINGS = re.compile(r"#[\d.@-]{3,6} [\d.@-]{1,5} [\d.@-]{3,6} [\d.@-]{2,5} *")
_MEGATEC_IC = re.compile(r"#(MegaTec)(.{8}) (.{5})(\d{5}) (.+)")


def info(reply: str) -> Readings:
    """Read ``I`` ("UPS Information Command"): maker, model and firmware in 15, 10 and 10.

    The padding is unreliable: short of one character, blank, filled with number signs or any
    other character. Raises BadReply.
    """
    # F starts alike; a late or doubled reply to it is no maker
    if not re.fullmatch(r"#[ -~]{0,79}", reply) or _RATINGS.fullmatch(reply):
        raise BadReply(f"{reply!r} is no information of a UPS")
    if about := info_ic(reply):
        # the runtime moves: it is read again and again where the mark stands
        del about["battery.runtime"]
        return about | {"_is_ic": "yes"}
    if match := _INFO.fullmatch(reply):
        words = [word or "" for word in (match.groups()[:3] if match[1] else match.groups()[3:])]
    else:
        words = reply[1:].split()
    fields = dict(zip(_PLACES, words, strict=False))
    return {name: kept for name, raw in fields.items() if (kept := _told(raw))}


def _told(raw: str) -> str:
    """Return a field without its padding; nothing where it is all one character."""
    kept = raw.strip(" #")
    return "" if len(kept) > 2 and len(set(kept)) == 1 else kept


def info_ic(reply: str) -> Readings:
    """Read ``I`` of the MegaTec IC, which packs serial number and runtime into the frame.

    {} for any other: both have blanks at 16 and 27, so maker, serial and digits must all be there.
    """
    match = _MEGATEC_IC.fullmatch(reply)
    if match is None or not match[2].strip():
        return {}
    return {
        "device.mfr": match[1],
        "device.serial": match[2].strip(),
        "device.model": match[3].strip(),
        "ups.firmware": match[5].strip(" #"),
        "battery.runtime": float(match[4]),
    }


def crc16(data: bytes) -> bytes:
    """Return the CRC-16/XMODEM of PI30 units; a byte equal to LF, CR or ``(`` is raised by 1."""
    crc = binascii.crc_hqx(data, 0)
    return bytes(byte + 1 if byte in b"\n\r(" else byte for byte in crc.to_bytes(2))
