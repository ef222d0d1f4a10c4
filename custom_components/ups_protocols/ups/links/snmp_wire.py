"""The datagrams to and from one SNMP agent, v1 and v2c."""

import asyncio
from random import randrange
from typing import Protocol, override

from ..errors import BadReply, LinkLost
from .base import SnmpVersion
from .snmp_address import SnmpAddress
from .snmp_ber import decode, encode
from .snmp_notifications import Notification, of_community
from .snmp_pdu import PduType, Request, Response

_LARGEST_ID = 0x7FFFFFFF
RESOLVE_TIMEOUT = 10


class AgentWire(Protocol):
    """What carries requests to an agent: a community's datagrams, or a user's through an engine."""

    async def ask(self, request: Request, *, tries: int, timeout: float) -> Response | None:
        """Return the agent's response, None for silence. Raises BadReply, AuthFailed, LinkLost."""

    async def close(self) -> None:
        """Close the socket."""

    @property
    def hosts(self) -> frozenset[str]:
        """The agent's addresses, as numbers."""

    async def expect_notifications(self) -> None:
        """Prepare for notification()."""

    def notification(self, data: bytes) -> Notification | None:
        """Read a datagram from the agent's address on a trap port; None where it is not for us.

        Raises BadReply.
        """


class CommunityWire(asyncio.DatagramProtocol):
    """A connected UDP socket: what comes from another address never gets here.

    A request keeps its number when it is sent again, so that a late answer to the first try
    counts; an answer whose number is not waited for is late or doubled, and is dropped.
    """

    def __init__(self, address: SnmpAddress) -> None:
        """Take the address; nothing is opened before open()."""
        credentials = address.credentials
        self._address = address
        self._version = 0 if credentials.version is SnmpVersion.V1 else 1
        self._community = credentials.community.encode()
        self._write_community = (
            self._community
            if credentials.write_community is None
            else credentials.write_community.encode()
        )
        self._transport: asyncio.DatagramTransport | None = None
        self._request_id = randrange(_LARGEST_ID)
        self._waiting: asyncio.Future[Response] | None = None
        self._garbled: BadReply | None = None
        self._refused: OSError | None = None

    async def open(self) -> None:
        """Open the socket. Raises LinkLost."""
        loop = asyncio.get_running_loop()
        remote = (self._address.host, self._address.port)
        try:
            async with asyncio.timeout(RESOLVE_TIMEOUT):
                await loop.create_datagram_endpoint(lambda: self, remote_addr=remote)
        except TimeoutError:
            raise LinkLost(f"the name of {self._address.url} cannot be resolved") from None
        except (OSError, UnicodeError) as error:
            raise explain(self._address.url, error) from error

    async def close(self) -> None:
        """Close the socket."""
        transport, self._transport = self._transport, None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.cancel()
        if transport is not None:
            transport.abort()
            # the socket is closed by the loop's next turn
            await asyncio.sleep(0)

    @property
    def hosts(self) -> frozenset[str]:
        """The address that the name was resolved to."""
        if self._transport is None:
            return frozenset()
        return frozenset({str(self._transport.get_extra_info("peername")[0])})

    async def expect_notifications(self) -> None:
        """A community needs no preparation."""

    def notification(self, data: bytes) -> Notification | None:
        """Read a trap or inform that carries the community (see AgentWire)."""
        return of_community(data, self._community)

    async def ask(self, request: Request, *, tries: int, timeout: float) -> Response | None:
        """Send a request, again when nothing comes (see AgentWire)."""
        self._request_id = self._request_id % _LARGEST_ID + 1
        is_write = request.type is PduType.SET
        community = self._write_community if is_write else self._community
        datagram = encode(self._version, community, self._request_id, request)
        self._garbled = self._refused = None
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Response] = loop.create_future()
        self._waiting = waiting
        try:
            for _ in range(tries):
                self._send(datagram)
                # a time-out that cancels would lose an answer that comes with it
                await asyncio.wait((waiting,), timeout=timeout)
                if waiting.done():
                    return waiting.result()
        finally:
            self._waiting = None
        if self._refused is not None:
            raise explain(self._address.url, self._refused) from self._refused
        if self._garbled is not None:
            raise self._garbled
        return None

    def _send(self, datagram: bytes) -> None:
        if self._transport is None:
            raise LinkLost(f"{self._address.url} is not open")
        self._transport.sendto(datagram)

    # asyncio.DatagramProtocol

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: object) -> None:
        """Take what the agent says."""
        if self._waiting is None or self._waiting.done():
            return
        try:
            message = decode(data)
        except BadReply as error:
            # the answer may still come; if it does not, this is why
            self._garbled = error
            return
        if message.type == PduType.RESPONSE and message.request_id == self._request_id:
            self._waiting.set_result(message.response)

    @override
    def error_received(self, exc: Exception) -> None:
        """Note that the host, or a router, says that nobody is there; the next try may succeed."""
        self._refused = exc if isinstance(exc, OSError) else OSError(str(exc))


def explain(url: str, error: OSError | UnicodeError) -> LinkLost:
    """Turn what the system raised into our kind of failure, with what to do."""
    match error:
        case ConnectionRefusedError():
            return LinkLost(f"{url} refuses: SNMP is not switched on there, or the port is wrong")
        case OSError(errno=number) if number is not None and number < 0:
            return LinkLost(f"there is no host of the name in {url}")
        case UnicodeError():
            return LinkLost(f"there is no host of the name in {url}")
        case _:
            return LinkLost(f"{url} cannot be reached: {error}")
