"""The engine id of an SNMPv3 agent: one question that every agent answers (RFC 3414, section 4)."""

import asyncio
from random import randrange
from typing import override

from ..errors import BadReply
from .snmp_ber import Reader, octets, sequence, whole_number
from .snmp_pdu import PduType

TRIES = 3
_OCTETS, _SEQUENCE, _INTEGER = 0x04, 0x30, 0x02
_REPORTABLE = b"\x04"
_USM = 3
_MOST = 65507


def question(message_id: int) -> bytes:
    """Return a request without user and engine id: the agent reports its own."""
    pdu = whole_number(message_id) + whole_number(0) + whole_number(0) + sequence(b"")
    header = (
        whole_number(message_id) + whole_number(_MOST) + octets(_REPORTABLE) + whole_number(_USM)
    )
    user = octets(b"") + whole_number(0) + whole_number(0) + octets(b"") * 3
    scoped = octets(b"") * 2 + sequence(pdu, PduType.GET)
    return sequence(whole_number(3) + sequence(header) + octets(sequence(user)) + sequence(scoped))


def engine_id_in(data: bytes) -> bytes:
    """Return the engine id that a message comes from. Raises BadReply."""
    message = Reader(data).inside(_SEQUENCE)
    if message.number() != 3:
        raise BadReply("a message that is not SNMPv3")
    message.inside(_SEQUENCE)
    user = Reader(message.content(_OCTETS)).inside(_SEQUENCE)
    engine_id = bytes(user.content(_OCTETS))
    # RFC 3411, SnmpEngineID: 5 to 32 octets
    if not 5 <= len(engine_id) <= 32:
        raise BadReply(f"an engine id of {len(engine_id)} bytes")
    return engine_id


class _Question(asyncio.DatagramProtocol):
    """A socket for one question."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    @override
    def datagram_received(self, data: bytes, addr: object) -> None:
        """Take the answer; anything else is not one."""
        if self.answer.done():
            return
        try:
            self.answer.set_result(engine_id_in(data))
        except BadReply:
            return

    @override
    def error_received(self, exc: Exception) -> None:
        """Wait on: the next try may succeed."""


async def discover(remote: tuple[str, int], *, timeout: float) -> bytes | None:
    """Return an agent's engine id, None where nothing answers."""
    loop = asyncio.get_running_loop()
    transport, asked = await loop.create_datagram_endpoint(_Question, remote_addr=remote)
    try:
        for _ in range(TRIES):
            transport.sendto(question(randrange(1, 0x7FFFFFFF)))
            await asyncio.wait((asked.answer,), timeout=timeout)
            if asked.answer.done():
                return asked.answer.result()
        return None
    finally:
        transport.abort()
        asked.answer.cancel()
        await asyncio.sleep(0)
