"""How XCP talks: commands, packets of a response, the acknowledgement (document, 3.2 and 4.4)."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import override

from ...errors import BadReply, Busy, Rejected, Unsupported

START = 0xAB
HEADER = 4
LONGEST_DATA = 140
"""In one packet: 121 by the document, 140 in the test mode of some units."""
ACK_BLOCK = 0x09
_LAST = 0x80
_NUMBER = 0x7F
# the largest block is an alarm history of 3600 bytes; a stream that never ends is no block
_LONGEST_BLOCK = 4096

AUTHORISATION = bytes.fromhex("ab04cf69e8d55c")
"""Precedes every control command; it has no answer (4.3.1)."""
BACK_OUT = b"\x1b"
"""Leaves a menu that the port may be in (4.1.2)."""


class Code(IntEnum):
    """Commands that ask (0x31 to 0x5F) and that control (0x80 and above), appendix B."""

    IDENTITY = 0x31
    STATUS = 0x33
    METERS = 0x34
    ALARMS = 0x35
    CONFIGURATION = 0x36
    STATISTICS = 0x38
    BATTERY = 0x3B
    LIMITS = 0x3C
    TESTS = 0x3F
    COMMANDS = 0x40
    OUTLETS = 0x41
    TOPOLOGY = 0x43
    BYPASS = 0x88
    ON = 0x89
    OFF_AND_RESTART = 0x8A
    OFF = 0x8B
    SET_CLOCK = 0x90
    ON_IN = 0x91
    ON_AT = 0x92
    OFF_IN = 0x93
    OFF_AT = 0x94
    SET_PARAMETER = 0x95
    SET_OUTLET = 0x97
    STRATEGY = 0x9A
    REQUESTED_ONLY = 0xA0
    BATTERY_TEST = 0xB1
    SYSTEM_TEST = 0xB2


class Ack(IntEnum):
    """What a unit says of a command (4.4.1); 38 is not in the document."""

    ACCEPTED = 0x31
    NOT_IMPLEMENTED = 0x32
    BUSY = 0x33
    UNRECOGNISED = 0x34
    OUT_OF_RANGE = 0x35
    INVALID = 0x36
    ADJUSTED = 0x37
    READ_ONLY = 0x38


_SAYS = {
    Ack.NOT_IMPLEMENTED: "has not implemented it",
    Ack.UNRECOGNISED: "does not know it",
    Ack.OUT_OF_RANGE: "finds its value out of range",
    Ack.INVALID: "has no such parameter or outlet",
    Ack.READ_ONLY: "lets it only be read",
}


class Refused(Rejected):
    """A unit answered a command with a no; ``ack`` is its code."""

    def __init__(self, text: str, ack: int) -> None:
        """Take the text for people and the code for drivers."""
        super().__init__(text)
        self.ack = ack

    @property
    @override
    def kind(self) -> str:
        """It is a refusal like any other."""
        return Rejected.__name__


def frame(*data: int) -> bytes:
    """Return the frame of a command: its code and parameters between header and checksum."""
    packet = bytes((START, len(data), *data))
    return packet + bytes((-sum(packet) & 0xFF,))


def word(number: float) -> tuple[int, int]:
    """Return 16 bits, the least significant byte first; negative numbers as two's complement."""
    low, high = (int(number) & 0xFFFF).to_bytes(2, "little")
    return low, high


def block_of(code: int) -> int:
    """Return the number of the block that answers a command, if not with an acknowledgement."""
    if code == Code.REQUESTED_ONLY:
        return Code.IDENTITY - 0x30
    return code - 0x30 if code < 0x50 else ACK_BLOCK


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet of a response."""

    block: int
    number: int
    is_last: bool
    data: bytes
    end: int
    """Where it ends in the bytes that it was found in."""


@dataclass(frozen=True, slots=True)
class Block:
    """A whole response: all its packets' data."""

    number: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """When the response to one command is whole: a ``Reply`` of a link.

    ``request`` are the data bytes of the command. Garbage before the response, packets of other
    blocks and those of older requests are passed over.
    """

    request: bytes
    blocks: frozenset[int] = field(default=frozenset())
    """Blocks that may answer; by default the command's own, or an acknowledgement."""
    gap: float | None = 0.75
    """Between packets 0.5 s are allowed, between characters 0.25 s (3.1)."""

    def _wanted(self, block: int) -> bool:
        return block in (self.blocks or {block_of(self.request[0]), ACK_BLOCK})

    def whole(self, data: bytes) -> bool:
        """Tell whether the response is whole."""
        try:
            return self._find(data, is_over=False) is not None
        except BadReply:
            return False

    def block(self, data: bytes) -> Block:
        """Return the response in what came. Raises BadReply where there is none."""
        found = self._find(data, is_over=True)
        if found is None:
            raise BadReply(f"no answer to {self.request.hex(' ')} in {data[:64].hex(' ')}")
        return found

    def _find(self, data: bytes, *, is_over: bool) -> Block | None:
        """Return the response; None while it is not whole.

        While more may come, what may be the beginning of a packet is waited for.
        """
        at = 0
        while (first := self._next(data, at, 1, 0, is_over=is_over)) is not None:
            at = first.end
            if (whole := self._join(data, first, is_over=is_over)) is not None:
                return whole
        return None

    def _join(self, data: bytes, first: Packet, *, is_over: bool) -> Block | None:
        """Return a block from its first packet on; None where packets are missing."""
        gathered = bytearray(first.data)
        packet = first
        while not packet.is_last:
            following = self._next(
                data, packet.end, packet.number + 1, first.block, is_over=is_over
            )
            if following is None or len(gathered) > _LONGEST_BLOCK:
                return None
            packet = following
            gathered += packet.data
        block = Block(first.block, bytes(gathered))
        return block if self._fits(block) else None

    def _fits(self, block: Block) -> bool:
        """Tell whether a block belongs to this command: an acknowledgement echoes it."""
        return block.number != ACK_BLOCK or block.data[1:2] == self.request[:1]

    def _next(
        self, data: bytes, at: int, number: int, block: int, *, is_over: bool
    ) -> Packet | None:
        """Return the packet with a number (of one block, 0 = of any wanted) from a place on."""
        while (at := data.find(START, at)) >= 0:
            head = data[at : at + HEADER]
            size = head[2] if len(head) > 2 else 1
            end = at + HEADER + size + 1
            possible = (
                (len(head) < 2 or (head[1] == block if block else self._wanted(head[1])))
                and 0 < size <= LONGEST_DATA
                and (len(head) < HEADER or head[3] & _NUMBER == number)
            )
            if possible and len(data) < end:
                if not is_over:
                    return None
            elif possible and not sum(data[at:end]) & 0xFF:
                body = data[at + HEADER : end - 1]
                return Packet(head[1], number, bool(head[3] & _LAST), body, end)
            at += 1
        return None


def judge(block: Block, request: bytes) -> bytes:
    """Return what an acknowledgement has behind the echo of a code and its first parameter.

    Some units echo the null value behind it as well, the document's examples do not: lists of
    capabilities may begin with zeros. Raises Busy, Refused, and BadReply for a block that is
    none. A unit that took the nearest value instead has accepted.
    """
    if block.number != ACK_BLOCK or not block.data:
        raise BadReply(f"block {block.number} is no acknowledgement of {request.hex(' ')}")
    code = block.data[0]
    if code in {Ack.ACCEPTED, Ack.ADJUSTED}:
        return block.data[3:]
    if code == Ack.BUSY:
        raise Busy("the UPS cannot do that now")
    says = _SAYS.get(Ack(code)) if code in set(Ack) else None
    if says is None:
        raise BadReply(f"{code:02x} is no acknowledgement")
    raise Refused(f"the UPS {says}: {request.hex(' ')}", code)


def unpack(data: bytes, at: int = 0) -> int:
    """Return the 16 bits at a place, 0 where the block ends before."""
    return int.from_bytes(data[at : at + 2], "little") if at + 2 <= len(data) else 0


def digits(byte: int) -> int:
    """Return a packed decimal byte. Raises BadReply."""
    high, low = byte >> 4, byte & 15
    if high > 9 or low > 9:
        raise BadReply(f"{byte:02x} is no packed decimal")
    return high * 10 + low


def packed(number: int) -> int:
    """Return two digits as one byte. Raises Unsupported."""
    if not 0 <= number <= 99:
        raise Unsupported(f"{number} has not two digits")
    return number // 10 << 4 | number % 10
