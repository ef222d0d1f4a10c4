"""The ports for traps and informs: one socket for each, shared by the links that want it.

A datagram is shown to the links whose agents have the sender's address; each knows by its community
or user whether it is for it. Anything else is dropped.
"""

import asyncio
from collections.abc import Callable
import contextlib
import errno
import logging
import socket
from typing import Protocol, override

from ..errors import BadReply, InUse, LinkLost, NoPermission, UpsError
from .base import Trap
from .snmp_notifications import Notification

_LOGGER = logging.getLogger(__name__)
_MAPPED = "::ffff:"
"""How an IPv4 address looks on a socket for both."""


class Hearer(Protocol):
    """A link that wants its agent's traps."""

    @property
    def hosts(self) -> frozenset[str]:
        """The addresses from which its traps may come."""

    def notification(self, data: bytes) -> Notification | None:
        """Read a datagram; None where it is not for this link. Raises BadReply."""

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
        """Bind the port, for IPv4 and IPv6. Raises NoPermission, InUse, LinkLost."""
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: self, sock=_bound_socket(self.port)
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
        host = addr[0].removeprefix(_MAPPED)
        answer: bytes | None = None
        for hearer in tuple(self.hearers):
            if host not in hearer.hosts:
                continue
            try:
                heard = hearer.notification(data)
            except BadReply as error:
                _LOGGER.debug("No trap from %s: %s", host, error)
                continue
            if heard is None:
                continue
            answer = answer or heard.answer
            if heard.trap is not None:
                hearer.deliver(heard.trap)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)


def _bound_socket(port: int) -> socket.socket:
    """Return a socket on a port, for both versions of IP where the system has both.

    Raises OSError.
    """
    try:
        both = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    except OSError:
        return _bind(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), ("0.0.0.0", port))
    with contextlib.suppress(OSError):
        both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        return _bind(both, ("::", port))
    # IPv6 is switched off, or cannot be shared: the error of IPv4 is the one that counts
    both.close()
    return _bind(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), ("0.0.0.0", port))


def _bind(unbound: socket.socket, where: tuple[str, int]) -> socket.socket:
    try:
        unbound.setblocking(False)
        unbound.bind(where)
    except OSError:
        unbound.close()
        raise
    return unbound


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
