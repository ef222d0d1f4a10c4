"""Traps and informs, v1 and v2c: one socket for each local port, shared by the links that want it.

A trap is handed to the link whose agent has the sender's address and whose community it carries;
anything else is dropped. Informs are answered (RFC 3416, section 4.2.7).
"""

import asyncio
from collections.abc import Callable
import errno
import hmac
import logging
from typing import Protocol, override

from ..errors import BadReply, InUse, LinkLost, NoPermission, UpsError
from .base import Oid, Trap
from .snmp_ber import Message, decode, encode_answer
from .snmp_pdu import Missing, PduType

_LOGGER = logging.getLogger(__name__)

USUAL_PORT = 162
_TRAP_OID: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
_NOTIFICATIONS = {PduType.TRAP_V1, PduType.TRAP, PduType.INFORM}


class Hearer(Protocol):
    """A link that wants its agent's traps."""

    @property
    def hosts(self) -> frozenset[str]:
        """The addresses from which its traps may come."""

    @property
    def community(self) -> bytes:
        """The community that they must carry."""

    def deliver(self, trap: Trap) -> None:
        """Take a trap."""


class TrapPort(asyncio.DatagramProtocol):
    """The socket of one port."""

    def __init__(self, port: int) -> None:
        """Take the port; nothing is opened before open()."""
        self.port = port
        self.hearers: list[Hearer] = []
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        """Bind the port. Raises NoPermission, InUse, LinkLost."""
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: self, local_addr=("0.0.0.0", self.port)
            )
        except OSError as error:
            raise _explain(self.port, error) from error
        self._transport = transport

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Hand a trap to the links it is for."""
        hearers = [each for each in self.hearers if addr[0] in each.hosts]
        if not hearers:
            return
        try:
            message = decode(data)
        except BadReply as error:
            _LOGGER.debug("No trap from %s: %s", addr[0], error)
            return
        if message.type not in _NOTIFICATIONS or (trap := trap_in(message)) is None:
            return
        heard = [each for each in hearers if hmac.compare_digest(each.community, message.community)]
        if heard and message.type == PduType.INFORM and self._transport is not None:
            self._transport.sendto(encode_answer(message, data), addr)
        for each in heard:
            each.deliver(trap)


def trap_in(message: Message) -> Trap | None:
    """Return what a notification reports; None where it does not say what."""
    values = {oid: said for oid, said in message.response.values if not isinstance(said, Missing)}
    what = message.trap or values.pop(_TRAP_OID, None)
    return Trap(what, values) if isinstance(what, tuple) else None


def _explain(port: int, error: OSError) -> LinkLost:
    match error:
        case PermissionError():
            return NoPermission(
                f"this program may not listen on UDP port {port}: choose one above 1023, and tell "
                "it the card"
            )
        case OSError(errno=errno.EADDRINUSE):
            return InUse(f"another program listens on UDP port {port} for traps")
        case _:
            return LinkLost(f"UDP port {port} cannot be listened on: {error}")


_ports: dict[tuple[asyncio.AbstractEventLoop, int], TrapPort] = {}


async def listen(hearer: Hearer, port: int) -> Callable[[], None]:
    """Hand a link its agent's traps; return what ends that. Raises NoPermission, InUse, LinkLost.

    The port is open while somebody wants it.
    """
    key = asyncio.get_running_loop(), port
    if (trap_port := _ports.get(key)) is None:
        trap_port = _ports[key] = TrapPort(port)
        try:
            await trap_port.open()
        except UpsError:
            _ports.pop(key, None)
            raise
    trap_port.hearers.append(hearer)

    def stop() -> None:
        if hearer in trap_port.hearers:
            trap_port.hearers.remove(hearer)
        if not trap_port.hearers and _ports.get(key) is trap_port:
            del _ports[key]
            trap_port.close()

    return stop


async def try_port(port: int) -> None:
    """See whether traps can be heard on a port. Raises NoPermission, InUse, LinkLost."""
    if (asyncio.get_running_loop(), port) in _ports:
        return
    trap_port = TrapPort(port)
    await trap_port.open()
    trap_port.close()
