"""What is said between a manager and an SNMP agent, before it is bytes (RFC 3416, section 3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import override
from urllib.parse import quote, unquote

from .base import Binding, Oid, SnmpType, SnmpValue


class PduType(IntEnum):
    """The kinds of protocol data units, by their BER tags."""

    GET = 0xA0
    NEXT = 0xA1
    RESPONSE = 0xA2
    SET = 0xA3
    TRAP_V1 = 0xA4
    BULK = 0xA5
    INFORM = 0xA6
    TRAP = 0xA7
    REPORT = 0xA8


class Missing(StrEnum):
    """Why an object has no value."""

    NULL = "null"
    NO_OBJECT = "noSuchObject"
    NO_INSTANCE = "noSuchInstance"
    END = "endOfMibView"


type Said = SnmpValue | Missing


class ErrorStatus(IntEnum):
    """What an agent may answer instead of doing it (RFC 3416, section 3)."""

    OK = 0
    TOO_BIG = 1
    NO_SUCH_NAME = 2
    BAD_VALUE = 3
    READ_ONLY = 4
    GENERAL = 5
    NO_ACCESS = 6
    WRONG_TYPE = 7
    WRONG_LENGTH = 8
    WRONG_ENCODING = 9
    WRONG_VALUE = 10
    NO_CREATION = 11
    INCONSISTENT_VALUE = 12
    RESOURCE_UNAVAILABLE = 13
    COMMIT_FAILED = 14
    UNDO_FAILED = 15
    AUTHORIZATION = 16
    NOT_WRITABLE = 17
    INCONSISTENT_NAME = 18


@dataclass(frozen=True, slots=True)
class Request:
    """What we ask: objects to read, or objects to write."""

    type: PduType
    oids: tuple[Oid, ...] = ()
    values: tuple[Binding, ...] = ()
    repetitions: int = 0
    """For BULK: how many successors of each object."""

    @override
    def __str__(self) -> str:
        """Return the request as the transcript shows it; it holds no secret."""
        words = [self.type.name.lower()]
        if self.type is PduType.BULK:
            words.append(str(self.repetitions))
        words += [dotted(oid) for oid in self.oids]
        words += [
            f"{dotted(each.oid)}={each.type}:{_text(each.value, each.type)}" for each in self.values
        ]
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Response:
    """What the agent says: an error with the number (from 1) of the object it means, or values."""

    status: int = ErrorStatus.OK
    index: int = 0
    values: tuple[tuple[Oid, Said], ...] = ()

    @override
    def __str__(self) -> str:
        """Return the response as the transcript shows it."""
        words = ["ok" if self.status == ErrorStatus.OK else f"error {self.status} {self.index}"]
        words += [f"{dotted(oid)}={_said(value)}" for oid, value in self.values]
        return " ".join(words)


def dotted(oid: Iterable[int]) -> str:
    """Return an OID as text."""
    return ".".join(map(str, oid))


def parse_oid(text: str) -> Oid:
    """Return the OID that a text names. Raises ValueError."""
    oid = tuple(int(part) for part in text.strip(".").split("."))
    if any(part < 0 for part in oid):
        raise ValueError(f"{text} is no object identifier")
    return oid


def parse_response(text: str) -> Response:
    """Read back what str() of a response wrote. Raises ValueError."""
    words = text.split(" ")
    status = index = 0
    if words[0] == "error":
        status, index = int(words[1]), int(words[2])
        words = words[2:]
    elif words[0] != "ok":
        raise ValueError(f"{text[:20]} is no response of an SNMP agent")
    values = []
    for word in words[1:]:
        name, _, value = word.partition("=")
        values.append((parse_oid(name), _parse_said(value)))
    return Response(status, index, tuple(values))


def _said(value: Said) -> str:
    if isinstance(value, Missing):
        return value.value
    match value:
        case int():
            return f"i:{value}"
        case bytes():
            return f"s:{_text(value, SnmpType.OCTETS)}"
        case _:
            return f"o:{dotted(value)}"


def _text(value: SnmpValue, kind: SnmpType) -> str:
    if isinstance(value, bytes):
        return quote(value, safe="/:,;()+*!#$&'<>@[]{}^|")
    return dotted(value) if kind is SnmpType.OID and isinstance(value, tuple) else str(value)


def _parse_said(text: str) -> Said:
    kind, colon, value = text.partition(":")
    if not colon:
        return Missing(text)
    match kind:
        case "i":
            return int(value)
        case "s":
            return unquote(value, "latin-1").encode("latin-1")
        case "o":
            return parse_oid(value)
        case _:
            raise ValueError(f"{text[:20]} is no value of an SNMP object")
