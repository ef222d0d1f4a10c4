"""SNMPv1 and v2c messages as bytes: RFC 1157, RFC 1901, RFC 3416, in the basic encoding rules.

No engine, no MIB, no ASN.1 library: a message is four nested sequences, and a poll of forty
objects costs a tenth here of what pyasn1 needs for it. Whatever cannot be a message is BadReply.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ..errors import BadReply
from .base import Binding, Oid, SnmpType
from .snmp_pdu import Missing, PduType, Request, Response, Said

_INTEGER, _OCTETS, _NULL, _OID, _SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
# IpAddress, Opaque and NsapAddress (RFC 1155, RFC 1442) are octets to us
_ADDRESS, _OPAQUE, _NSAP = 0x40, 0x44, 0x45
# Counter32, Gauge32, TimeTicks, Counter64, and UInteger32 of RFC 1442
_COUNTER, _GAUGE, _TICKS, _COUNTER64, _UINTEGER = 0x41, 0x42, 0x43, 0x46, 0x47
_UNSIGNED = frozenset({_COUNTER, _GAUGE, _TICKS, _COUNTER64, _UINTEGER})
_TEXTS = frozenset({_OCTETS, _ADDRESS, _OPAQUE, _NSAP})
_MISSING = {
    _NULL: Missing.NULL,
    0x80: Missing.NO_OBJECT,
    0x81: Missing.NO_INSTANCE,
    0x82: Missing.END,
}
_TAGS = {
    SnmpType.INTEGER: _INTEGER,
    SnmpType.UNSIGNED: _GAUGE,
    SnmpType.TICKS: _TICKS,
    SnmpType.OCTETS: _OCTETS,
    SnmpType.OID: _OID,
}
# a Counter64 with its sign byte; more is no number of SNMP
_LONGEST_NUMBER = 9
_LONGEST_OID = 128
_SNMP_TRAPS = (1, 3, 6, 1, 6, 3, 1, 1, 5)
_ENTERPRISE_SPECIFIC = 6


@dataclass(frozen=True, slots=True)
class Message:
    """A message as received; ``version`` is 0 for SNMPv1 and 1 for v2c."""

    version: int
    community: bytes
    type: int
    request_id: int
    response: Response
    """The error fields and the objects; those of a trap have no error."""
    trap: Oid | None = None
    """What an SNMPv1 trap reports, in the SMIv2 form (RFC 3584, section 3.1)."""


# encoding


def encode(version: int, community: bytes, request_id: int, request: Request) -> bytes:
    """Return a request as the bytes of a message."""
    if request.type is PduType.SET:
        bindings = b"".join(_encode_binding(each) for each in request.values)
    else:
        bindings = b"".join(_encode_question(oid) for oid in request.oids)
    repetitions = request.repetitions if request.type is PduType.BULK else 0
    pdu = (
        whole_number(request_id)
        + whole_number(0)  # error-status, or non-repeaters
        + whole_number(repetitions)  # error-index, or max-repetitions
        + _tlv(_SEQUENCE, bindings)
    )
    return _tlv(
        _SEQUENCE, whole_number(version) + _tlv(_OCTETS, community) + _tlv(request.type, pdu)
    )


def encode_answer(message: Message, raw: bytes) -> bytes:
    """Return the answer to an INFORM: the same message as a response (RFC 3416, 4.2.7)."""
    reader = Reader(raw).inside(_SEQUENCE)
    reader.number()
    reader.content(_OCTETS)
    _, pdu = reader.any()
    return _tlv(
        _SEQUENCE,
        whole_number(message.version)
        + _tlv(_OCTETS, message.community)
        + _tlv(PduType.RESPONSE, bytes(pdu)),
    )


def _tlv(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size) + content


def octets(content: bytes) -> bytes:
    """Return octets as bytes of a message."""
    return _tlv(_OCTETS, content)


def sequence(content: bytes, tag: int = _SEQUENCE) -> bytes:
    """Return what is put together as bytes of a message."""
    return _tlv(tag, content)


def whole_number(value: int, tag: int = _INTEGER) -> bytes:
    """Return a number as bytes of a message."""
    # one bit more than the number has, for its sign
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return _tlv(tag, value.to_bytes(size, signed=True))


@lru_cache(maxsize=8192)
def _encode_oid(oid: Oid) -> bytes:
    if len(oid) < 2:
        raise ValueError(f"{oid} is no object identifier")
    content = bytearray()
    for part in (oid[0] * 40 + oid[1], *oid[2:]):
        groups = [part & 0x7F]
        while part := part >> 7:
            groups.append(0x80 | (part & 0x7F))
        content += bytes(reversed(groups))
    return _tlv(_OID, bytes(content))


def counter(oid: Oid, value: int) -> bytes:
    """Return a list of one counter as bytes of a PDU."""
    return sequence(sequence(_encode_oid(oid) + whole_number(value, _COUNTER)))


@lru_cache(maxsize=8192)
def _encode_question(oid: Oid) -> bytes:
    return _tlv(_SEQUENCE, _encode_oid(oid) + b"\x05\x00")


def _encode_binding(binding: Binding) -> bytes:
    return _tlv(_SEQUENCE, _encode_oid(binding.oid) + _encode_value(binding))


def _encode_value(binding: Binding) -> bytes:
    match binding.value:
        case int() if binding.type not in {SnmpType.OCTETS, SnmpType.OID}:
            return whole_number(binding.value, _TAGS[binding.type])
        case bytes() if binding.type is SnmpType.OCTETS:
            return _tlv(_OCTETS, binding.value)
        case tuple() if binding.type is SnmpType.OID:
            return _encode_oid(binding.value)
        case _:
            raise ValueError(f"{binding.value!r} cannot be written as {binding.type.name}")


# decoding


def decode(data: bytes) -> Message:
    """Return what a datagram says. Raises BadReply."""
    message = Reader(data).inside(_SEQUENCE)
    version = message.number()
    if version not in {0, 1}:
        raise BadReply(f"a message of SNMP version {version}, not of v1 or v2c")
    community = message.content(_OCTETS)
    tag, content = message.any()
    if tag == PduType.TRAP_V1:
        return _decode_trap(version, bytes(community), Reader(content))
    request_id, response = decode_pdu(tag, content)
    return Message(version, bytes(community), tag, request_id, response)


def decode_pdu(tag: int, content: bytes | memoryview) -> tuple[int, Response]:
    """Return the number and what it says of any PDU but a trap of SNMPv1. Raises BadReply."""
    if tag not in set(PduType) - {PduType.TRAP_V1}:
        raise BadReply(f"a message with a PDU of the unknown kind {tag:#x}")
    pdu = Reader(content)
    request_id, status, index = pdu.number(), pdu.number(), pdu.number()
    return request_id, Response(status, index, tuple(_decode_bindings(pdu)))


def _decode_trap(version: int, community: bytes, pdu: Reader) -> Message:
    enterprise = pdu.oid()
    pdu.content(_ADDRESS)
    generic, specific = pdu.number(), pdu.number()
    pdu.any()  # the time stamp
    if generic == _ENTERPRISE_SPECIFIC:
        trap = (*enterprise, 0, specific)
    else:
        trap = (*_SNMP_TRAPS, generic + 1)
    values = tuple(_decode_bindings(pdu))
    return Message(version, community, PduType.TRAP_V1, 0, Response(0, 0, values), trap)


def _decode_bindings(pdu: Reader) -> Iterator[tuple[Oid, Said]]:
    bindings = pdu.inside(_SEQUENCE)
    while not bindings.is_done:
        binding = bindings.inside(_SEQUENCE)
        yield binding.oid(), _decode_value(*binding.any())


def _decode_value(tag: int, content: memoryview) -> Said:
    if tag == _INTEGER or tag in _UNSIGNED:
        if len(content) > _LONGEST_NUMBER:
            raise BadReply(f"a number of {len(content)} bytes")
        if not content:
            return Missing.NULL
        # agents forget the zero byte in front of an unsigned number with its highest bit set
        return int.from_bytes(content, signed=tag == _INTEGER)
    if tag in _TEXTS:
        return bytes(content)
    if tag == _OID:
        return _decode_oid(bytes(content))
    try:
        return _MISSING[tag]
    except KeyError:
        raise BadReply(f"a value of the unknown type {tag:#x}") from None


@lru_cache(maxsize=8192)
def _decode_oid(content: bytes) -> Oid:
    parts: list[int] = []
    part = 0
    for byte in content:
        part = part << 7 | byte & 0x7F
        if not byte & 0x80:
            parts.append(part)
            part = 0
    if not content:
        # what agents say for "no object identifier"; the right form is 0.0
        return (0, 0)
    if content[-1] & 0x80 or len(parts) > _LONGEST_OID or max(parts) > 0xFFFFFFFF:
        raise BadReply("an object identifier that cannot be one")
    first = min(parts[0] // 40, 2)
    return (first, parts[0] - 40 * first, *parts[1:])


class Reader:
    """Reads tag, length and content, one after another."""

    __slots__ = ("_data", "_end", "_position")

    def __init__(self, data: bytes | memoryview) -> None:
        """Start at the first byte."""
        self._data = memoryview(data)
        self._position = 0
        self._end = len(data)

    @property
    def is_done(self) -> bool:
        """Tell whether all has been read."""
        return self._position >= self._end

    def any(self) -> tuple[int, memoryview]:
        """Return the next tag and content. Raises BadReply."""
        data, position = self._data, self._position
        if position + 2 > self._end:
            raise BadReply("a message that ends too early")
        tag, length = data[position], data[position + 1]
        position += 2
        if length & 0x80:
            size = length & 0x7F
            if not 1 <= size <= 4 or position + size > self._end:
                raise BadReply("a message with a length that cannot be")
            length = int.from_bytes(data[position : position + size])
            position += size
        if position + length > self._end:
            raise BadReply("a message that ends too early")
        self._position = position + length
        return tag, data[position : position + length]

    def content(self, tag: int) -> memoryview:
        """Return the next content, which must have this tag. Raises BadReply."""
        found, content = self.any()
        if found != tag:
            raise BadReply(f"a message with {found:#x} where {tag:#x} belongs")
        return content

    def inside(self, tag: int) -> Reader:
        """Return a reader of the next content. Raises BadReply."""
        return Reader(self.content(tag))

    def number(self) -> int:
        """Return the next content as a number. Raises BadReply."""
        content = self.content(_INTEGER)
        if not 1 <= len(content) <= _LONGEST_NUMBER:
            raise BadReply(f"a number of {len(content)} bytes")
        return int.from_bytes(content, signed=True)

    def oid(self) -> Oid:
        """Return the next content as an object identifier. Raises BadReply."""
        return _decode_oid(bytes(self.content(_OID)))
