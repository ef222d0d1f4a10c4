"""Megatec frames: what a request looks like, when a reply is whole, and what its fields say."""

import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import re

from ...errors import BadReply
from ...model import Value
from ...names import plausible

CR = b"\r"
# silence inside a reply after which no more comes: units that forget the CR, or echo and answer
REPLY_GAP = 0.4

type Readings = dict[str, Value]
"""Values by variable name; names with a leading underscore are for the driver alone."""
type Read = Callable[[str], Value | None]

_ABSENT = re.compile(r"[-@#.* ]+")
_REFUSALS = frozenset({"NAK", "(NAK", "N", "UPS No Ack"})


def clean(data: bytes | None, request: bytes, start: str, *, keep_nul: bool = False) -> str | None:
    """Return the reply proper, without its CR; None where the unit said nothing or no.

    An echo is how a Megatec unit says no ("Invalid Command/Information Handling"); some units
    echo and then answer, send a reply twice or put NUL bytes into it: the last part that starts
    as it should counts. Raises BadReply where nothing starts so.
    """
    if not data:
        return None
    if not keep_nul:
        data = data.replace(b"\0", b"")
    parts = [
        part.decode("latin-1") for part in data.split(CR) if part not in (b"", request.rstrip(CR))
    ]
    if not parts or parts[-1] in _REFUSALS:
        return None
    if not start:
        return parts[-1]
    for part in reversed(parts):
        if (position := part.rfind(start)) >= 0:
            return part[position:]
    raise BadReply(f"{request!r} was answered with {parts[-1]!r}")


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to one request: a CR ends it, unless what came is only the echo."""

    request: bytes
    gap: float | None = REPLY_GAP

    def whole(self, data: bytes) -> bool:
        """Tell whether something else than the echo has come, up to its CR."""
        echo = self.request.rstrip(CR)
        return any(part not in (b"", echo) for part in data.split(CR)[:-1])


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


def bits(name: str, count: int = 8, digits: str = "01") -> Field:
    """Describe a string of status bits; a reply without them is no reply."""
    return Field(name, rf"[{digits}]{{{count}}}", lambda raw: raw, required=True)


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

    def __call__(self, reply: str) -> Readings:
        """Return the values of a reply without its CR. Raises BadReply."""
        match = self.pattern.fullmatch(reply)
        if match is None:
            raise BadReply(f"{reply!r} has not the shape of this reply")
        readings: Readings = {}
        for field, raw in zip(self.fields, match.groups(), strict=True):
            if (value := field.value(raw)) is not None:
                readings[field.name] = value
        if self.alive and not any(readings.get(name) for name in self.alive):
            raise BadReply(f"{reply!r} is nothing but zeros")
        return readings


def layout(
    start: str, *fields: Field, rest: str = "", alive: tuple[str, ...] = (), gap: str = " "
) -> Layout:
    """Lay out fields behind a start byte.

    ``rest`` is the shape of what may follow; of the names in ``alive`` one must not be 0, for a
    reply of nothing but zeros says nothing; ``gap`` stands between two fields.
    """
    shapes = (
        f"({field.shape})" if field.required else f"({field.shape}|[-@#.*]+)" for field in fields
    )
    pattern = re.compile(re.escape(start) + gap.join(shapes) + rest + " *")
    return Layout(start, fields, pattern, alive)


@dataclass(frozen=True, slots=True)
class Query:
    """One request and what its reply says."""

    request: str
    decode: Callable[[str], Readings]
    start: str = "("
    length: int = 0
    """The length of a reply that may hold any byte; 0 for a text that ends with CR."""


def query(request: str, decode: Layout) -> Query:
    """Describe a query whose reply is laid out in fields."""
    return Query(request, decode, decode.start)


_INFO = re.compile(r"#(.{15}) (.{10}) (.{0,10})", re.DOTALL)
_MEGATEC_IC = re.compile(r"#(MegaTec)(.{8}).(.{5})(\d{5}) (.+)", re.DOTALL)


def info(reply: str) -> Readings:
    """Read ``I`` ("UPS Information Command"): maker, model and firmware in 15, 10 and 10.

    The padding is unreliable: short of one character, blank, filled with number signs. The
    MegaTec IC packs serial number and runtime into the same frame. Raises BadReply.
    """
    if not reply.startswith("#") or len(reply) > 80:
        raise BadReply(f"{reply!r} is no information of a UPS")
    if (match := _MEGATEC_IC.fullmatch(reply)) and match[2].strip():
        fields = {
            "device.mfr": match[1],
            "device.serial": match[2],
            "device.model": match[3],
            "ups.firmware": match[5],
        }
    elif match := _INFO.fullmatch(reply):
        fields = dict(
            zip(("device.mfr", "device.model", "ups.firmware"), match.groups(), strict=True)
        )
    else:
        words = reply[1:].split()
        fields = dict(zip(("device.mfr", "device.model", "ups.firmware"), words, strict=False))
    return {name: kept for name, raw in fields.items() if (kept := raw.strip(" #"))}


def crc16(data: bytes) -> bytes:
    """Return the CRC-16/XMODEM of PI30 units; a byte equal to LF, CR or ``(`` is raised by 1."""
    crc = binascii.crc_hqx(data, 0)
    return bytes(byte + 1 if byte in b"\n\r(" else byte for byte in crc.to_bytes(2))
