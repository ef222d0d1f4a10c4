"""A simulated SNMP agent: what RFC 3416 says of each request, and what real cards do instead.

The codec is pyasn1 with pysnmp's grammar, not the integration's own.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from random import Random
from types import TracebackType
from typing import Any, Self, override

from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import rfc1155, rfc1902
from pysnmp.proto.api import v1, v2c
from pysnmp.proto.api.verdec import decode_message_version
from pysnmp.proto.rfc1905 import EndOfMibView, NoSuchInstance, NoSuchObject

from .objects import Kind, Object, Oid, SetError, Status, Tree, Value, Written
from tests.simulators.clock import Clock

SYSTEM = (1, 3, 6, 1, 2, 1, 1)
UP_TIME = (*SYSTEM, 3, 0)
TRAP_OID = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)

_NOT_IN_V1 = {Kind.NO_OBJECT, Kind.NO_INSTANCE, Kind.COUNTER64}

type Pairs = Sequence[tuple[Oid, Value]]


@dataclass(slots=True, kw_only=True)
class AgentFaults:
    """What goes wrong between an agent and who asks it; all off at the start.

    Attributes:
        silence: No answer leaves.
        drop: So many of the next answers are lost.
        loss: The share of the answers that are lost.
        delay: Seconds before each answer.
        duplicate: Each answer leaves twice.
        reorder: An answer leaves behind the next one.
        late: So many of the next answers come only with the next request's.
        too_big: More objects than this in a request are answered tooBig.
        silent_above: More objects than this are not answered at all.
        errors: So many of the next requests are answered with ``error``.
        error: The error for those.
        garbage: So many of the next answers are random bytes.
        no_bulk: GETBULK is not answered.
        bulk_error: GETBULK is answered genErr.
        loop: GETNEXT goes in a circle.
        backwards: GETNEXT goes back.
        endless: GETNEXT never ends.
        wrong_id: Answers carry another request's number.
        read_only: Every SET is refused.
        types: Numbers leave as another type: ``Kind.OCTETS`` for digits.
        break_object: Asking for this object breaks the agent: it stays silent.
    """

    silence: bool = False
    drop: int = 0
    loss: float = 0.0
    delay: float = 0.0
    duplicate: bool = False
    reorder: bool = False
    late: int = 0
    too_big: int | None = None
    silent_above: int | None = None
    errors: int = 0
    error: Status = Status.GENERAL
    garbage: int = 0
    no_bulk: bool = False
    bulk_error: bool = False
    loop: bool = False
    backwards: bool = False
    endless: bool = False
    wrong_id: bool = False
    read_only: Status | None = None
    types: Kind | None = None
    break_object: Oid | None = None
    random: Random = field(default_factory=lambda: Random(1628))

    def clear(self) -> None:
        """Switch every fault off."""
        fresh = AgentFaults(random=self.random)
        for each in fields(self):
            setattr(self, each.name, getattr(fresh, each.name))


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as the agent got it."""

    type: str
    oids: tuple[Oid, ...]
    values: tuple[Value, ...] = ()


class Agent:
    """The objects of a device and the rules of asking for them; no wire.

    A subclass fills ``tree``. ``advance`` is called before each request, so that objects see a
    device that is up to date.
    """

    def __init__(self, *, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.tree = Tree()
        self.faults = AgentFaults()
        self.seen: list[Seen] = []
        self.communities = {b"public": False, b"private": True}
        """Community and whether it may write."""
        self.started = self.clock.now()
        self.writes: Written = []
        """What was written, in order: an object's name, or its OID below the root of its MIB, and
        the value."""
        self.trap_listeners: list[Callable[[Oid, Pairs], None]] = []

    # the system group

    def add_system(
        self, object_id: str, description: str, *, name: str = "card", **more: str
    ) -> None:
        """Put in the system group."""
        from .objects import oid  # noqa: PLC0415

        self.tree.add(
            "1.3.6.1.2.1.1",
            (
                ("1.0", Kind.OCTETS, description),
                ("2.0", Kind.OID, oid(object_id)),
                ("3.0", Kind.TICKS, lambda: (self.clock.now() - self.started) * 100),
                ("4.0", Kind.OCTETS, more.get("contact", "admin")),
                ("5.0", Kind.OCTETS, name),
                ("6.0", Kind.OCTETS, more.get("location", "rack 1")),
                ("7.0", Kind.INTEGER, 72),
            ),
        )

    def advance(self) -> None:
        """Bring the device up to date."""

    def let_write(
        self,
        where: Oid | str,
        name: str,
        do: Callable[..., None],
        is_allowed: Callable[..., bool] | None = None,
        refusal: Status = Status.WRONG_VALUE,
    ) -> None:
        """Let an object of the tree be written.

        Args:
            where: The object.
            name: By which it is noted in ``writes``.
            do: What a SET does.
            is_allowed: Whether a value is taken.
            refusal: The error for one that is not.
        """

        def put(value: int | bytes | Oid) -> None:
            do(value)
            self.writes.append((name, value))

        def check(value: int | bytes | Oid) -> None:
            if is_allowed is not None and not is_allowed(value):
                raise SetError(refusal)

        what = self.tree[where]
        what.put, what.check = put, check

    def restart(self) -> None:
        """Start the agent anew: its up-time begins at 0."""
        self.started = self.clock.now()

    def trap(self, trap: Oid, pairs: Pairs = ()) -> None:
        """Send a notification to who listens."""
        for listener in tuple(self.trap_listeners):
            listener(trap, pairs)

    # RFC 3416, section 4.2

    def answer(
        self,
        kind: str,
        pairs: Pairs,
        *,
        is_v1: bool = False,
        may_write: bool = True,
        repetitions: int = 0,
        most_objects: int = 60,
    ) -> tuple[Status, int, Pairs]:
        """Return the error, the number of the object it means, and the objects."""
        self.advance()
        oids = tuple(oid for oid, _ in pairs)
        self.seen.append(Seen(kind, oids, tuple(value for _, value in pairs)))
        if self.faults.errors:
            self.faults.errors -= 1
            return self.faults.error, 1, pairs
        match kind:
            case "get":
                return self._get(pairs, is_v1=is_v1)
            case "next":
                return self._next(pairs, is_v1=is_v1)
            case "bulk":
                return self._bulk(oids, repetitions, most_objects)
            case _:
                return self._set(pairs, is_v1=is_v1, may_write=may_write)

    def _say(self, value: Value) -> Value:
        """Return a value as the agent is made to say it."""
        if self.faults.types is Kind.OCTETS and isinstance(value.value, int):
            return Value(Kind.OCTETS, str(value.value).encode())
        if self.faults.types is not None and isinstance(value.value, int):
            return Value(self.faults.types, value.value % 2**32)
        return value

    def _get(self, pairs: Pairs, *, is_v1: bool) -> tuple[Status, int, Pairs]:
        found: list[tuple[Oid, Value]] = []
        for number, (oid, _) in enumerate(pairs, 1):
            what = self.tree.get(oid)
            value = Value(Kind.NO_OBJECT) if what is None else what.value()
            if value.kind in _NOT_IN_V1 and is_v1:
                return Status.NO_SUCH_NAME, number, pairs
            found.append((oid, self._say(value)))
        return Status.OK, 0, found

    def _successor(self, oid: Oid) -> tuple[Oid, Value] | None:
        faults = self.faults
        if faults.loop or faults.backwards:
            order = self.tree.order
            later = [each for each in order if each > oid]
            if faults.backwards and later and oid in self.tree:
                return order[0], self._say(self.tree[order[0]].value())
            if faults.loop and oid in self.tree:
                return oid, self._say(self.tree[oid].value())
        if faults.endless and oid in self.tree:
            return (*oid[:-1], oid[-1] + 1), Value(Kind.INTEGER, oid[-1])
        if faults.endless and len(oid) > 12:
            return (*oid[:-1], oid[-1] + 1), Value(Kind.INTEGER, oid[-1])
        for each, value in self.tree.following(oid):
            return each, self._say(value)
        return None

    def _next(self, pairs: Pairs, *, is_v1: bool) -> tuple[Status, int, Pairs]:
        found: list[tuple[Oid, Value]] = []
        for number, (oid, _) in enumerate(pairs, 1):
            following = self._successor(oid)
            while is_v1 and following is not None and following[1].kind in _NOT_IN_V1:
                # SNMPv1 has no Counter64: it is passed over (RFC 3584, 4.2.2.1)
                following = self._successor(following[0])
            if following is None:
                if is_v1:
                    return Status.NO_SUCH_NAME, number, pairs
                following = oid, Value(Kind.END)
            found.append(following)
        return Status.OK, 0, found

    def _bulk(self, oids: Sequence[Oid], repetitions: int, most: int) -> tuple[Status, int, Pairs]:
        if self.faults.bulk_error:
            return Status.GENERAL, 1, [(oid, Value(Kind.NULL)) for oid in oids]
        found: list[tuple[Oid, Value]] = []
        present = list(oids)
        for _ in range(repetitions):
            for number, oid in enumerate(present):
                following = self._successor(oid) or (oid, Value(Kind.END))
                present[number] = following[0]
                found.append(following)
                # what does not fit is left out (RFC 3416, 4.2.3)
                if len(found) >= most:
                    return Status.OK, 0, found
        return Status.OK, 0, found

    def _set(self, pairs: Pairs, *, is_v1: bool, may_write: bool) -> tuple[Status, int, Pairs]:
        """Check everything, then do everything, or nothing (RFC 3416, 4.2.5)."""
        doing: list[tuple[Object, Any]] = []
        for number, (oid, value) in enumerate(pairs, 1):
            try:
                doing.append((self._settable(oid, value, may_write=may_write), value.value))
            except SetError as error:
                return _status(error.status, is_v1=is_v1), number, pairs
        for number, (what, plain) in enumerate(doing, 1):
            try:
                if what.check is not None:
                    what.check(plain)
            except SetError as error:
                return _status(error.status, is_v1=is_v1), number, pairs
        for number, (what, plain) in enumerate(doing, 1):
            assert what.put is not None
            try:
                what.put(plain)
            except SetError as error:
                return _status(error.status, is_v1=is_v1), number, pairs
        return Status.OK, 0, pairs

    def _settable(self, oid: Oid, value: Value, *, may_write: bool) -> Object:
        if not may_write:
            raise SetError(Status.NO_ACCESS)
        if self.faults.read_only is not None:
            raise SetError(self.faults.read_only)
        if (what := self.tree.get(oid)) is None:
            raise SetError(Status.NO_CREATION)
        if what.put is None:
            raise SetError(Status.NOT_WRITABLE)
        if value.kind is not what.kind:
            raise SetError(Status.WRONG_TYPE)
        return what


def _status(status: Status, *, is_v1: bool) -> Status:
    """Return a status as SNMPv1 can say it (RFC 3584, section 4.4)."""
    if not is_v1 or status <= Status.GENERAL:
        return status
    if status in {Status.NO_ACCESS, Status.NO_CREATION, Status.NOT_WRITABLE, Status.AUTHORIZATION}:
        return Status.NO_SUCH_NAME
    if status in {Status.RESOURCE_UNAVAILABLE, Status.COMMIT_FAILED}:
        return Status.GENERAL
    return Status.BAD_VALUE


# values on the wire

_TYPES: dict[Kind, Any] = {
    Kind.INTEGER: rfc1902.Integer32,
    Kind.OCTETS: rfc1902.OctetString,
    Kind.OID: rfc1902.ObjectIdentifier,
    Kind.NULL: rfc1902.Null,
    Kind.ADDRESS: rfc1902.IpAddress,
    Kind.COUNTER: rfc1902.Counter32,
    Kind.GAUGE: rfc1902.Gauge32,
    Kind.TICKS: rfc1902.TimeTicks,
    Kind.OPAQUE: rfc1902.Opaque,
    Kind.COUNTER64: rfc1902.Counter64,
}
_EXCEPTIONS: dict[Kind, Any] = {
    Kind.NO_OBJECT: NoSuchObject,
    Kind.NO_INSTANCE: NoSuchInstance,
    Kind.END: EndOfMibView,
}
_V1_TYPES = {
    **_TYPES,
    Kind.INTEGER: v1.Integer,
    Kind.OCTETS: v1.OctetString,
    Kind.OID: v1.ObjectIdentifier,
    Kind.NULL: v1.Null,
    Kind.ADDRESS: rfc1155.IpAddress,
    Kind.COUNTER: rfc1155.Counter,
    Kind.GAUGE: rfc1155.Gauge,
    Kind.TICKS: rfc1155.TimeTicks,
    Kind.OPAQUE: rfc1155.Opaque,
}


def to_wire(value: Value, *, is_v1: bool = False) -> Any:
    """Return a value in pysnmp's types."""
    if value.kind in _EXCEPTIONS:
        return _EXCEPTIONS[value.kind]("")
    types = _V1_TYPES if is_v1 else _TYPES
    if value.kind is Kind.NULL:
        return types[value.kind]("")
    return types[value.kind](value.value)


def from_wire(value: Any) -> Value:
    """Return a value of pysnmp's types."""
    for kind, one in (*_EXCEPTIONS.items(), *_TYPES.items(), *_V1_TYPES.items()):
        if value.tagSet == one.tagSet:
            if kind in _EXCEPTIONS or kind is Kind.NULL:
                return Value(kind)
            if kind is Kind.OID:
                return Value(kind, tuple(value))
            is_octets = kind in {Kind.OCTETS, Kind.OPAQUE, Kind.ADDRESS}
            return Value(kind, bytes(value) if is_octets else int(value))
    raise ValueError(f"no type for {value!r}")


_REQUESTS = {
    v2c.GetRequestPDU.tagSet: "get",
    v2c.GetNextRequestPDU.tagSet: "next",
    v2c.GetBulkRequestPDU.tagSet: "bulk",
    v2c.SetRequestPDU.tagSet: "set",
}


class UdpAgent(asyncio.DatagramProtocol):
    """An agent on a port of loopback, v1 and v2c; an asynchronous context.

    Args:
        agent: The objects.
        port: 0 = any free one.
        trap_port: Where its traps go to.
        versions: What it speaks: "1", "2c" or both.
    """

    def __init__(
        self,
        agent: Agent,
        *,
        port: int = 0,
        trap_port: int | None = None,
        trap_version: str = "2c",
        versions: Sequence[str] = ("1", "2c"),
    ) -> None:
        self.agent = agent
        self.port = port
        self.trap_port = trap_port
        self.trap_version = trap_version
        self.versions = versions
        self.requests = 0
        self.answers = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self._transport: asyncio.DatagramTransport | None = None
        self._held: list[tuple[bytes, Any]] = []
        self._timers: set[asyncio.TimerHandle] = set()

    @property
    def host(self) -> str:
        """Host and port for an address."""
        return f"127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", self.port)
        )
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]
        self.agent.trap_listeners.append(self._send_trap)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.agent.trap_listeners.remove(self._send_trap)
        for timer in self._timers:
            timer.cancel()
        if self._transport is not None:
            self._transport.abort()
            await asyncio.sleep(0)

    @override
    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.requests += 1
        self.bytes_in += len(data)
        try:
            answer = self._answer(data)
        except Exception as error:  # noqa: BLE001
            print(f"simulator: {error!r}")
            return
        if answer is not None:
            self._send(answer, addr)

    def _answer(self, data: bytes) -> bytes | None:
        """Return the answer to a datagram, None for silence."""
        faults = self.agent.faults
        version = int(decode_message_version(data))
        is_v1 = version == 0
        api = v1 if is_v1 else v2c
        message, _ = decoder.decode(data, asn1Spec=api.Message())
        community = bytes(message[1])
        # an unknown community or version gets no answer (RFC 3584, section 5.2.1)
        if version > 1 or ("1" if is_v1 else "2c") not in self.versions:
            return None
        if community not in self.agent.communities:
            return None
        pdu = api.apiMessage.get_pdu(message)
        kind = _REQUESTS[pdu.tagSet]
        pairs: Pairs = [
            (tuple(oid), from_wire(value)) for oid, value in api.apiPDU.get_varbinds(pdu)
        ]
        oids = [oid for oid, _ in pairs]
        repetitions = 1
        if kind == "bulk":
            repetitions = int(v2c.apiBulkPDU.get_max_repetitions(pdu))
        asked = len(pairs) * max(repetitions, 1)
        if faults.silence or (faults.silent_above is not None and asked > faults.silent_above):
            return None
        if faults.break_object in oids or (kind == "bulk" and faults.no_bulk):
            return None
        said: Pairs
        if faults.too_big is not None and asked > faults.too_big and kind != "bulk":
            status, index, said = Status.TOO_BIG, 0, tuple(pairs)
        else:
            status, index, said = self.agent.answer(
                kind,
                pairs,
                is_v1=is_v1,
                may_write=self.agent.communities[community],
                repetitions=repetitions,
                most_objects=faults.too_big or 60,
            )
        answer = api.GetResponsePDU()
        api.apiPDU.set_defaults(answer)
        request_id = api.apiPDU.get_request_id(pdu)
        api.apiPDU.set_request_id(answer, request_id + 1 if faults.wrong_id else request_id)
        api.apiPDU.set_error_status(answer, int(status))
        api.apiPDU.set_error_index(answer, index)
        api.apiPDU.set_varbinds(answer, [(oid, to_wire(value, is_v1=is_v1)) for oid, value in said])
        return _message(api, community, answer)

    def _send(self, answer: bytes, addr: Any) -> None:
        faults = self.agent.faults
        if faults.drop:
            faults.drop -= 1
            return
        if faults.loss and faults.random.random() < faults.loss:
            return
        if faults.garbage:
            faults.garbage -= 1
            answer = faults.random.randbytes(len(answer))
        held, self._held = self._held, []
        if faults.late or faults.reorder:
            faults.late = max(faults.late - 1, 0)
            self._held.append((answer, addr))
            if faults.reorder and not held:
                # the last of all leaves a little later
                self._later(0.05, self._flush)
        else:
            self._emit(answer, addr)
        for each in held:
            self._emit(*each)

    def _flush(self) -> None:
        held, self._held = self._held, []
        for each in held:
            self._emit(*each)

    def _emit(self, answer: bytes, addr: Any) -> None:
        faults = self.agent.faults

        def out() -> None:
            for _ in range(2 if faults.duplicate else 1):
                self.answers += 1
                self.bytes_out += len(answer)
                if self._transport is not None and not self._transport.is_closing():
                    self._transport.sendto(answer, addr)

        if faults.delay:
            self._later(faults.delay, out)
        else:
            out()

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        timer = asyncio.get_running_loop().call_later(seconds, what)
        self._timers.add(timer)

    # traps

    def _send_trap(self, trap: Oid, pairs: Pairs) -> None:
        if self.trap_port is None or self._transport is None:
            return
        self._transport.sendto(
            trap_message(
                trap, pairs, version=self.trap_version, uptime=self._uptime(), community=b"public"
            ),
            ("127.0.0.1", self.trap_port),
        )

    def _uptime(self) -> int:
        return round((self.agent.clock.now() - self.agent.started) * 100)


def trap_message(
    trap: Oid,
    pairs: Pairs = (),
    *,
    version: str = "2c",
    uptime: int = 0,
    community: bytes = b"public",
    inform: bool = False,
) -> bytes:
    """Return a notification as a datagram: v1 (enterprise and specific), v2c trap or INFORM."""
    if version == "1":
        pdu = v1.TrapPDU()
        v1.apiTrapPDU.set_defaults(pdu)
        above = trap[:-2] if trap[-2] == 0 else trap[:-1]
        v1.apiTrapPDU.set_enterprise(pdu, above)
        v1.apiTrapPDU.set_generic_trap(pdu, 6)
        v1.apiTrapPDU.set_specific_trap(pdu, trap[-1])
        v1.apiTrapPDU.set_varbinds(pdu, [(oid, to_wire(value, is_v1=True)) for oid, value in pairs])
        return _message(v1, community, pdu)
    pdu = v2c.InformRequestPDU() if inform else v2c.SNMPv2TrapPDU()
    v2c.apiPDU.set_defaults(pdu)
    v2c.apiPDU.set_varbinds(
        pdu,
        [
            (UP_TIME, rfc1902.TimeTicks(uptime)),
            (TRAP_OID, rfc1902.ObjectIdentifier(trap)),
            *((oid, to_wire(value)) for oid, value in pairs),
        ],
    )
    return _message(v2c, community, pdu)


def _message(api: Any, community: bytes, pdu: Any) -> bytes:
    message = api.Message()
    api.apiMessage.set_defaults(message)
    api.apiMessage.set_community(message, community)
    api.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))
