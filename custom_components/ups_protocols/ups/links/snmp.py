"""SNMP agents of any version: the link that drivers of network cards ask."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
import logging
from typing import Any, NoReturn, override

from ..errors import AuthFailed, BadReply, NoReply, Unsupported, UpsError
from ..loading import load
from ..transcript import Transcript
from .base import (
    Binding,
    Exclusive,
    Oid,
    SnmpCredentials,
    SnmpValue,
    SnmpVersion,
    Trap,
    Unsubscribe,
    WriteRefused,
)
from .snmp_address import SnmpAddress, parse_address
from .snmp_notifications import Notification
from .snmp_pdu import ErrorStatus, Missing, PduType, Request, Response, dotted
from .snmp_size import PacketSize
from .snmp_traps import listen
from .snmp_wire import AgentWire, CommunityWire

_LOGGER = logging.getLogger(__name__)

TRIES = 3
# a big request is given up sooner: a smaller one may be what the agent wants
BIG_TRIES = 2
# a card may act before it answers
WRITE_TIMEOUT = 5
UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
# bounds of a walk: no table of a UPS or PDU is longer, no agent is walked for ever
LONGEST_COLUMN = 2048
WALK_PACKETS = 512
BULK_FAILURES = 3
# columns that are walked side by side in one packet
COLUMNS = 12

_REFUSALS = frozenset(
    {
        ErrorStatus.READ_ONLY,
        ErrorStatus.NO_ACCESS,
        ErrorStatus.NOT_WRITABLE,
        ErrorStatus.AUTHORIZATION,
        ErrorStatus.NO_CREATION,
    }
)
_WORDS = {
    ErrorStatus.TOO_BIG: "tooBig",
    ErrorStatus.NO_SUCH_NAME: "noSuchName",
    ErrorStatus.BAD_VALUE: "badValue",
    ErrorStatus.READ_ONLY: "readOnly",
    ErrorStatus.GENERAL: "genErr",
    ErrorStatus.NO_ACCESS: "noAccess",
    ErrorStatus.WRONG_TYPE: "wrongType",
    ErrorStatus.WRONG_LENGTH: "wrongLength",
    ErrorStatus.WRONG_ENCODING: "wrongEncoding",
    ErrorStatus.WRONG_VALUE: "wrongValue",
    ErrorStatus.NO_CREATION: "noCreation",
    ErrorStatus.INCONSISTENT_VALUE: "inconsistentValue",
    ErrorStatus.RESOURCE_UNAVAILABLE: "resourceUnavailable",
    ErrorStatus.COMMIT_FAILED: "commitFailed",
    ErrorStatus.UNDO_FAILED: "undoFailed",
    ErrorStatus.AUTHORIZATION: "authorizationError",
    ErrorStatus.NOT_WRITABLE: "notWritable",
    ErrorStatus.INCONSISTENT_NAME: "inconsistentName",
}


class _NotLikeThis(Exception):
    """The agent is there, but does not answer this request; a smaller one perhaps."""


class SnmpLink(Exclusive):
    """An SnmpAgent over UDP: community or user, whatever the version."""

    def __init__(self, address: SnmpAddress, wire: AgentWire, transcript: Transcript) -> None:
        """Take an open wire."""
        super().__init__()
        self.address = address
        self.url = address.url
        self._wire = wire
        self._transcript = transcript
        self._is_v1 = address.credentials.version is SnmpVersion.V1
        self._has_bulk = not self._is_v1
        self._bulk_failures = 0
        self._size = PacketSize()
        self._absent: set[Oid] = set()
        """What fails or silences a whole packet each time: what an SNMPv1 agent does not have."""
        self._listeners: list[Callable[[Trap], None]] = []
        self._on_close: list[Callable[[], None]] = []
        self._quiet_until = 0.0
        self.trap_error: UpsError | None = None
        """Why traps are not heard although they are wanted; polling goes on without them."""

    @property
    def hosts(self) -> frozenset[str]:
        """The addresses of the agent."""
        return self._wire.hosts

    def notification(self, data: bytes) -> Notification | None:
        """Read what came to the trap port from one of the agent's addresses. Raises BadReply."""
        return self._wire.notification(data)

    async def hear_traps(self, port: int) -> None:
        """Listen for traps on a local port; where that cannot be, note why."""
        await self._wire.expect_notifications()
        try:
            self._on_close.append(await listen(self, port))
        except UpsError as error:
            self.trap_error = error
            _LOGGER.warning("No traps from %s: %s", self.url, error)

    @property
    def largest_request(self) -> int:
        """Return how many objects are asked for in one packet at present."""
        return self._size.limit

    def expect(self, largest_request: int) -> None:
        """Begin with what was learnt before (see SnmpAgent)."""
        self._size.remember(largest_request)

    async def close(self) -> None:
        """Close the socket and forget the listeners."""
        self._listeners.clear()
        for each in self._on_close:
            each()
        self._on_close.clear()
        await self._wire.close()

    # SnmpAgent

    async def get(self, oids: Iterable[Oid]) -> Mapping[Oid, SnmpValue]:
        """Return the objects that the agent has (see SnmpAgent)."""
        found: dict[Oid, SnmpValue] = {}
        waiting = [oid for oid in dict.fromkeys(oids) if oid not in self._absent]
        while waiting:
            batch = tuple(waiting[: self._size.limit])
            try:
                response = await self._ask(Request(PduType.GET, batch))
            except _NotLikeThis:
                if len(batch) == 1:
                    # this one object silences the agent: it is as good as absent, and it, not
                    # their number, made the agent silent to bigger packets with it
                    self._absent.add(waiting.pop(0))
                    self._size.was_innocent()
                continue
            if response.status != ErrorStatus.OK:
                self._drop(batch, waiting, response)
                continue
            found |= _values(batch, response)
            del waiting[: len(batch)]
        return found

    def _drop(self, batch: tuple[Oid, ...], waiting: list[Oid], response: Response) -> None:
        """Take out the object that made the agent fail a whole packet. Raises BadReply."""
        if not 1 <= response.index <= len(batch):
            if len(batch) > 1:
                # it does not tell which: a smaller packet fails with fewer
                self._size.too_big(len(batch))
                return
            response = Response(response.status, 1)
        culprit = batch[response.index - 1]
        waiting.remove(culprit)
        if response.status == ErrorStatus.NO_SUCH_NAME:
            self._absent.add(culprit)

    async def walk(self, *roots: Oid, rows: int = LONGEST_COLUMN) -> Mapping[Oid, SnmpValue]:
        """Return up to ``rows`` objects below each of the roots (see SnmpAgent)."""
        found: dict[Oid, SnmpValue] = {}
        # of scalars one packet asks for as many as of a GET
        beside = self._size.limit if rows == 1 else COLUMNS
        left = list(dict.fromkeys(roots))
        while left:
            await self._walk_beside(left[:beside], rows, found)
            del left[:beside]
        self._absent -= found.keys()
        return found

    async def _walk_beside(self, roots: list[Oid], rows: int, found: dict[Oid, SnmpValue]) -> None:
        """Walk some columns side by side."""
        places = {root: root for root in roots}
        counts = dict.fromkeys(roots, 0)
        for _ in range(WALK_PACKETS):
            if not places:
                return
            asked = list(places)[: self._size.limit]
            try:
                response = await self._ask(self._successors(tuple(places[r] for r in asked), rows))
            except _NotLikeThis:
                if self._has_bulk:
                    # it may want less at a time; if that does not help, it knows no GETBULK
                    self._bulk_failures += 1
                    self._has_bulk = self._bulk_failures < BULK_FAILURES
                elif len(asked) == 1:
                    del places[asked[0]]
                continue
            if response.status != ErrorStatus.OK:
                self._walk_failed(asked, places, response)
                continue
            for number, (oid, value) in enumerate(response.values):
                root = asked[number % len(asked)]
                if root not in places:
                    continue
                # an agent that goes back or in circles is not followed
                is_below = oid[: len(root)] == root and oid > places[root]
                if not is_below or value is Missing.END:
                    del places[root]
                    continue
                places[root] = oid
                counts[root] += 1
                if not isinstance(value, Missing):
                    found[oid] = value
                if counts[root] >= rows:
                    del places[root]

    def _successors(self, oids: tuple[Oid, ...], rows: int) -> Request:
        repetitions = min(self._size.limit // len(oids), rows)
        if self._has_bulk and repetitions > 1:
            return Request(PduType.BULK, oids, repetitions=repetitions)
        return Request(PduType.NEXT, oids)

    def _walk_failed(self, asked: list[Oid], places: dict[Oid, Oid], response: Response) -> None:
        """See what a walk can do after an error: v1 says noSuchName at the end of everything."""
        if response.status == ErrorStatus.NO_SUCH_NAME and 1 <= response.index <= len(asked):
            del places[asked[response.index - 1]]
        elif self._has_bulk:
            self._has_bulk = False
        elif len(asked) > 1:
            self._size.too_big(len(asked))
        else:
            del places[asked[0]]

    async def set(self, values: Iterable[Binding]) -> None:
        """Write all values in one request (see SnmpAgent)."""
        request = Request(PduType.SET, values=tuple(values))
        async with self.exclusive():
            # a second SET could act a second time
            response = await self._exchange(request, tries=1, timeout=WRITE_TIMEOUT)
        if response is None:
            raise NoReply(f"{self.url} did not answer to a write: it may have been done or not")
        if response.status != ErrorStatus.OK:
            self._refused(request, response)

    def _refused(self, request: Request, response: Response) -> NoReturn:
        """Raise what an error status of a SET means."""
        index = response.index if 1 <= response.index <= len(request.values) else 1
        name = dotted(request.values[index - 1].oid)
        word = _WORDS.get(ErrorStatus(response.status), "") if response.status <= 18 else ""
        word = word or f"error {response.status}"
        if response.status in _REFUSALS:
            raise WriteRefused(
                f"the card refuses to write {name} ({word}): this community or user may only read, "
                "or the object cannot be written",
                word,
            )
        if response.status == ErrorStatus.NO_SUCH_NAME:
            raise WriteRefused(f"the card has no {name}, or refuses to write it ({word})", word)
        raise WriteRefused(f"the card does not take this value for {name} ({word})", word)

    def on_trap(self, callback: Callable[[Trap], None]) -> Unsubscribe:
        """Hand over traps and informs (see SnmpAgent)."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback) if callback in self._listeners else None

    def deliver(self, trap: Trap) -> None:
        """Take a trap that the listener on the trap port has found to be of this agent."""
        self._transcript.add(None, f"trap {dotted(trap.oid)}".encode())
        for listener in tuple(self._listeners):
            listener(trap)

    # asking

    async def _ask(self, request: Request) -> Response:
        """Return the response to a reading request, and learn how much the agent can.

        Raises _NotLikeThis when a smaller request may be answered, else as get().
        """
        asked = len(request.oids) * max(request.repetitions, 1)
        async with self.exclusive():
            response = await self._exchange(
                request, tries=TRIES if asked == 1 else BIG_TRIES, timeout=self.address.timeout
            )
            if response is None:
                await self._see_who_is_silent(request, asked)
        if response.status == ErrorStatus.TOO_BIG:
            self._size.too_big(asked)
            raise _NotLikeThis
        if response.status == ErrorStatus.AUTHORIZATION:
            raise AuthFailed(f"{self.url} refuses to be read by this community or user")
        if response.status == ErrorStatus.OK:
            if not response.values:
                raise BadReply(f"{self.url} answered without saying anything")
            self._size.answered(asked)
        return response

    async def _see_who_is_silent(self, request: Request, asked: int) -> NoReturn:
        """Tell an agent that is gone from one that drops big packets. Raises."""
        if request.oids != (UP_TIME,) and await self._is_there():
            self._size.silent(asked)
            raise _NotLikeThis
        raise self._silence()

    async def _is_there(self) -> bool:
        """Ask one object that every agent has; any answer will do."""
        request = Request(PduType.GET, (UP_TIME,))
        return await self._exchange(request, tries=1, timeout=self.address.timeout) is not None

    def _silence(self) -> UpsError:
        if self.address.credentials.version is SnmpVersion.V3:
            return NoReply(f"{self.url} does not answer")
        version = self.address.credentials.version
        return NoReply(
            f"nothing answers at {self.url}: no agent there, SNMP v{version} switched off, this "
            "host not allowed, or a wrong community: all look the same"
        )

    async def _exchange(self, request: Request, *, tries: int, timeout: float) -> Response | None:
        """Ask once and note it. The caller holds the link."""
        loop = asyncio.get_running_loop()
        if (pause := self._quiet_until - loop.time()) > 0:
            await asyncio.sleep(pause)
        try:
            response = await self._wire.ask(request, tries=tries, timeout=timeout)
        except UpsError as error:
            self._transcript.add(str(request).encode(), f"failed {error.kind}".encode())
            raise
        said = None if response is None else str(response).encode()
        self._transcript.add(str(request).encode(), said)
        self._quiet_until = loop.time() + self.address.pace
        return response

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"


def _values(asked: tuple[Oid, ...], response: Response) -> dict[Oid, SnmpValue]:
    """Return the objects that were asked for and have values. Raises BadReply."""
    said = dict(response.values)
    if said.keys().isdisjoint(asked):
        raise BadReply("the agent answered with other objects than were asked for")
    return {
        oid: value
        for oid in asked
        if (value := said.get(oid)) is not None and not isinstance(value, Missing)
    }


type Engine = Callable[[], Awaitable[Any]]
"""Returns pysnmp's engine; it is called for v3 only."""


async def open_snmp(
    url: str,
    transcript: Transcript,
    credentials: SnmpCredentials | None = None,
    engine: Engine | None = None,
) -> SnmpLink:
    """Open the agent at an address.

    ``credentials`` stand in for those in the address; without ``engine`` v3 takes one of ours.
    Raises LinkLost and its kinds, NoReply and AuthFailed for v3, NoReply for ``version=auto``,
    Unsupported where v3's package is missing.
    """
    address = parse_address(url, credentials)
    wire: AgentWire
    if address.credentials.version is SnmpVersion.V3:
        wire = await _open_user(address, engine)
    elif address.tries_versions:
        address, wire = await _open_any(address)
    else:
        wire = await _open_community(address)
    link = SnmpLink(address, wire, transcript)
    if address.trap_port is not None:
        await link.hear_traps(address.trap_port)
    return link


async def _open_user(address: SnmpAddress, engine: Engine | None) -> AgentWire:
    try:
        # pysnmp takes 0.2 s to import, which nobody else should pay
        users = await load(f"{__package__}.snmp_user")
    except ImportError as error:
        raise Unsupported(f"SNMPv3 needs the Python package pysnmp: {error}") from error
    wire: AgentWire = await users.open_user_wire(address, await engine() if engine else None)
    return wire


async def _open_community(address: SnmpAddress) -> CommunityWire:
    wire = CommunityWire(address)
    await wire.open()
    return wire


async def _open_any(address: SnmpAddress) -> tuple[SnmpAddress, AgentWire]:
    """Return the address with the version that answers, and its wire. Raises NoReply, LinkLost."""
    request = Request(PduType.GET, (UP_TIME,))
    for version in (SnmpVersion.V2C, SnmpVersion.V1):
        tried = replace(address, credentials=replace(address.credentials, version=version))
        wire = await _open_community(tried)
        try:
            if await wire.ask(request, tries=BIG_TRIES, timeout=address.timeout) is not None:
                return tried, wire
        except BaseException:
            await wire.close()
            raise
        await wire.close()
    raise NoReply(
        f"nothing answers at {address.url}: no agent there, SNMP v1 and v2c switched off, this "
        "host not allowed, or a wrong community: all look the same"
    )
