"""Bridges that carry the Megatec family over USB: what each can say, and how.

Card megatec-usb-bridges, section A3. A bridge takes a request, CR and all, out of USB transfers
and hands the reply back, cut and padded in its own way. Those that are asked by reading string
descriptors are in ``usb_string_bridges``. Everything here blocks and runs in the device's worker
thread.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import re
import time
from typing import ClassVar, override

from ..errors import LinkLost, NoReply, Rejected, UpsError, UpsGone
from .base import Accepts, No, Reply, RoundedTo, Yes
from .usb_wire import CLASS_IN, CLASS_OUT, Interface, Overflowed, Pipe, UsbWire

CR = b"\r"
SET_REPORT, GET_REPORT = 9, 1
# the card allows 1 to 5 s for a request to be taken
WRITE_TIMEOUT = 3.0
# seconds by which a reply that keeps coming may outlast its time-out
SLOWEST_REPLY = 10.0
LONGEST_REPLY = 4096
OVERFLOWS_TO_RESET = 3
# packets that a whole reply may have left behind
_STALE_READS = 32
# what is known of replies: they are nowhere longer than 64 bytes but here
LONG_REPLIES = frozenset({b"Q2", b"Q6", b"WH", b"WA", b"Q3", b"Q4", b"QPIGS", b"QPIRI"})
REPLY_LENGTHS: Mapping[bytes, int] = {b"Q1": 47, b"F": 22, b"I": 39}


def word(request: bytes) -> bytes:
    """Return a request without its CR."""
    return request.removesuffix(CR)


def is_long(request: bytes) -> bool:
    """Tell whether the reply is longer than 64 bytes; the request may carry a CRC."""
    said = word(request)
    return said in LONG_REPLIES or said[:-2] in LONG_REPLIES


def trimmed(data: bytes, reply: Reply) -> bytes:
    """Return a reply without the padding behind its CR; one of a given length may hold a CR."""
    cut = data[: data.rfind(CR) + 1]
    is_padded = not data[len(cut) :].strip(b"\0")
    return cut if cut and (is_padded or reply.whole(cut)) else data


class Bridge(ABC):
    """One exchange with a Megatec UPS over a claimed USB interface."""

    def __init__(self, wire: UsbWire) -> None:
        """Take the wire, its interface claimed. Raises Unsupported where pipes are missing."""
        self.wire = wire

    def accepts(self, request: bytes) -> Accepts:
        """Tell what of a request the bridge can say."""
        return Yes()

    @abstractmethod
    def exchange(self, request: bytes, reply: Reply, timeout: float) -> bytes | None:
        """Send a request and return what came, None for nothing. Raises LinkLost, UpsGone."""


@dataclass(frozen=True, slots=True)
class Drain:
    """How what is stale is read away before a request: so many reads, each so long."""

    reads: int
    seconds: float


class PipeBridge(Bridge):
    """A bridge whose replies come by an interrupt pipe; as it is, the cypress.

    Written are reports of 8 bytes filled with NUL, by the control pipe; read are packets, until
    the reply is whole. What stands behind its CR is padding.
    """

    value: ClassVar[int] = 0x0200
    """wValue of the SET_REPORT."""
    size: ClassVar[int] = 8
    """Bytes in each report that is written."""
    always_drains: ClassVar[bool] = False
    drain: ClassVar[Drain] = Drain(8, 0.1)
    """Before each request where it always drains, else after a reply that did not come whole."""

    def __init__(self, wire: UsbWire) -> None:
        """Find the pipe: 0x81, or what the device has in its place."""
        super().__init__(wire)
        self.pipe = wire.interface.pipe(is_in=True) or Pipe(address=0x81, packet=8)
        self._stale = True
        """Whether something may stand in the pipe that nobody asked for."""
        self._overflows = 0

    @override
    def exchange(self, request: bytes, reply: Reply, timeout: float) -> bytes | None:
        try:
            if self._stale or self.always_drains:
                self._drain()
            self._stale = True
            self.send(request)
            if self.is_mute(request):
                self._stale = False
                return None
            data = self.receive(request, reply, timeout)
        except NoReply:
            # a time-out on an order is how some take it; a query is asked again by the driver
            return None
        except Rejected:
            self._unhalt()
            return None
        except Overflowed:
            self._overflows += 1
            if self._overflows < OVERFLOWS_TO_RESET:
                return None
            self.wire.reset()
            raise LinkLost(f"{self.wire.url} sends more than fits, again and again") from None
        self._overflows = 0
        return data if data.strip(b"\0\r") else None

    def _drain(self) -> None:
        """Read away what an earlier request left behind: it would shift the replies by one."""
        for _ in range(_STALE_READS if self._stale else self.drain.reads):
            try:
                self.read(self.pipe.packet, self.drain.seconds)
            except Rejected:
                self._unhalt()
                return
            except NoReply, Overflowed:
                return

    def _unhalt(self) -> None:
        """End a STALL; where that fails, only a reset helps. Raises LinkLost."""
        try:
            self.wire.clear_halt(self.pipe)
        except UpsError as error:
            self.wire.reset()
            raise LinkLost(f"{self.wire.url} is stuck") from error

    def read(self, length: int, seconds: float) -> bytes:
        """Read once from the pipe. Raises NoReply."""
        return self.wire.read(self.pipe, length, seconds)

    # what differs from bridge to bridge

    def send(self, request: bytes) -> None:
        """Write a request. Raises NoReply when it was not taken."""
        for start in range(0, len(request), self.size):
            self.write(request[start : start + self.size].ljust(self.size, b"\0"))

    def write(self, report: bytes) -> None:
        """Write one report by the control pipe. Raises NoReply when it was not taken whole."""
        url = self.wire.url
        taken = self.wire.control_out(
            CLASS_OUT, SET_REPORT, self.value, 0, report, timeout=WRITE_TIMEOUT
        )
        if taken < len(report):
            raise NoReply(f"{url} took {taken} of {len(report)} bytes")

    def is_mute(self, request: bytes) -> bool:
        """Tell whether nothing is ever answered to a request."""
        return False

    def receive(self, request: bytes, reply: Reply, timeout: float) -> bytes:
        """Return what came, without padding; empty for nothing."""
        return trimmed(self.gather(reply, timeout), reply)

    def gather(self, reply: Reply, timeout: float) -> bytes:
        """Read pieces until the reply is whole, its gap has passed or the time is over."""
        data = b""
        begun = time.monotonic()
        while not reply.whole(data) and len(data) < LONGEST_REPLY:
            patience = begun + timeout - time.monotonic()
            if data and reply.gap is not None:
                # a slow unit may go on talking as long as it does not pause
                patience = min(patience + SLOWEST_REPLY, reply.gap)
            if patience <= 0:
                break
            try:
                piece = self.piece(patience)
            except NoReply:
                break
            if not piece:
                if data:
                    break
                # nothing yet: no reason to ask as fast as the bus can
                time.sleep(0.005)
            data += piece
        self._stale = not reply.whole(data)
        return data

    def piece(self, seconds: float) -> bytes:
        """Return the next bytes; none for the end of the reply. Raises NoReply."""
        return self.read(self.pipe.packet, seconds)


class Cypress(PipeBridge):
    """The most common one: reports of 8 bytes both ways."""


class Phoenix(PipeBridge):
    """A cypress that keeps what it did not get rid of, and answers with that."""

    always_drains = True
    # the card allows 1 s for each of these reads; what is stale stands in the pipe already
    drain = Drain(8, 0.25)


class Gtec(PipeBridge):
    """A cypress under another report id."""

    value = 0x0002


class Once(PipeBridge):
    """A bridge whose whole reply is one transfer of up to 64 bytes."""

    value = 0x0002
    room: ClassVar[int] = 64

    @override
    def accepts(self, request: bytes) -> Accepts:
        return No() if is_long(request) else Yes()

    @override
    def receive(self, request: bytes, reply: Reply, timeout: float) -> bytes:
        data = b""
        end = time.monotonic() + timeout
        # packets are smaller than the transfer, so a slice of waiting may end between two
        while len(data) < self.room and (not data or len(data) % self.pipe.packet == 0):
            patience = end - time.monotonic() if not data else (reply.gap or timeout)
            try:
                data += self.read(self.room - len(data), max(patience, 0.01))
            except NoReply:
                break
        self._stale = len(data) % self.pipe.packet == 0 and len(data) < self.room
        text, cr, _ = data.partition(CR)
        return (text if cr else data.split(b"\0", 1)[0]) + CR


class Ippon(Once):
    """Always 64 bytes; an order that was accepted is answered with ``00 0D``."""


class Omron(Once):
    """Requests in reports of 16 bytes exactly."""

    size = 16


class Fuji(PipeBridge):
    """Requests of three characters at most, without CR, behind a header of their own."""

    def __init__(self, wire: UsbWire) -> None:
        """Find the pipe out: 0x02."""
        super().__init__(wire)
        self.out = wire.interface.pipe(is_in=False) or Pipe(address=0x02, packet=8)

    @override
    def accepts(self, request: bytes) -> Accepts:
        said = word(request)
        if (match := SHUTDOWN.fullmatch(said)) and match["restart"]:
            if not int(match["restart"]):
                return No()
            return RoundedTo(b"S" + match["delay"] + CR)
        return Yes() if 0 < len(said) <= 3 else No()

    @override
    def exchange(self, request: bytes, reply: Reply, timeout: float) -> bytes | None:
        match self.accepts(request):
            case No():
                # what cannot be said is not sent; an echo is how a UPS says that, too
                return request
            case RoundedTo(request=rounded):
                request = rounded
        return super().exchange(request, reply, timeout)

    @override
    def send(self, request: bytes) -> None:
        said = word(request)
        header = bytes((0x80, 0x06, len(said) + 1, 0x03))
        report = header + said.ljust(3, b"\0") + bytes((REPLY_LENGTHS.get(said, 0),))
        if self.wire.write(self.out, report, WRITE_TIMEOUT) < len(report):
            raise NoReply(f"{self.wire.url} did not take the request")


# S.5, S05, S.5R0003, S05R0003
SHUTDOWN = re.compile(rb"S(?P<delay>\.\d|\d\d)(?:R(?P<restart>\d{4}))?")


class Phoenixtec(PipeBridge):
    """The whole request in one vendor transfer; orders are never answered."""

    _mute: ClassVar[frozenset[bytes]] = frozenset(
        {b"T", b"TL", b"S", b"C", b"CT", b"M", b"N", b"O", b"SRC", b"FCLR", b"SS", b"TUD", b"SSN"}
    )

    @override
    def send(self, request: bytes) -> None:
        taken = self.wire.control_out(0x42, 0x0D, 0, 0, request, timeout=WRITE_TIMEOUT)
        if taken < len(request):
            raise NoReply(f"{self.wire.url} did not take the request")

    @override
    def is_mute(self, request: bytes) -> bool:
        # the word, not its beginning: MSO is a query, M is none
        letters = re.match(rb"[A-Z]*", request)
        return letters is not None and letters[0] in self._mute


class Sgs(PipeBridge):
    """Reports of 8 bytes that begin with their length; silence ends a reply."""

    @override
    def send(self, request: bytes) -> None:
        for start in range(0, len(request), 7):
            part = request[start : start + 7]
            self.write((bytes((len(part),)) + part).ljust(8, b"\0"))

    @override
    def piece(self, seconds: float) -> bytes:
        report = self.read(8, seconds)
        return report[1 : 1 + min(report[0], 7)] if report else b""

    @override
    def receive(self, request: bytes, reply: Reply, timeout: float) -> bytes:
        data = super().receive(request, reply, timeout)
        return data if data.endswith(CR) or not data else data + CR


class Armac(PipeBridge):
    """Reports whose first byte counts: ``A0+n`` and 3 characters out, length and text in.

    Either by the control pipe and EP 0x81, or (``wide``) one interrupt transfer each way where
    the device has exactly the endpoints IN 0x82 and OUT 0x02.
    """

    always_drains = True
    drain = Drain(10, 0.1)
    _deaf: ClassVar[frozenset[bytes]] = frozenset({b"QGS", b"QS", b"QPI", b"M", b"D"})
    # where the status bits of Q1 stand
    _status_area: ClassVar[int] = 38
    _offs_to_tell: ClassVar[int] = 3

    def __init__(self, wire: UsbWire) -> None:
        """See which form it is."""
        super().__init__(wire)
        self.out = wide_armac(wire.interfaces)
        self._offs = 0

    @override
    def accepts(self, request: bytes) -> Accepts:
        said = word(request)
        # PI30 units want a CRC behind the word
        if said in self._deaf or said[:-2] == b"QPI":
            return No()
        return No() if len(request) > 0x1F else Yes()

    @override
    def exchange(self, request: bytes, reply: Reply, timeout: float) -> bytes | None:
        if isinstance(self.accepts(request), No):
            return None
        return super().exchange(request, reply, timeout)

    @override
    def send(self, request: bytes) -> None:
        if self.out is not None:
            report = bytes((0xA0 + len(request),)) + request
            if self.wire.write(self.out, report, WRITE_TIMEOUT) < len(report):
                raise NoReply(f"{self.wire.url} did not take the request")
            return
        for start in range(0, len(request), 3):
            part = request[start : start + 3]
            self.write((bytes((0xA0 + len(part),)) + part).ljust(4, b"\0"))

    @override
    def piece(self, seconds: float) -> bytes:
        report = self.read(64 if self.out else 8, seconds)
        valid = min(report[0] & 0x3F, len(report) - 1) if report else 0
        if 0 < valid <= 2:
            # it has caught up with the UPS: let it gather more
            time.sleep(0.01)
        return report[1 : 1 + valid]

    @override
    def receive(self, request: bytes, reply: Reply, timeout: float) -> bytes:
        data = super().receive(request, reply, timeout)
        if data[:1] == b"\0":
            self._offs += 1
            if self._offs >= self._offs_to_tell:
                raise UpsGone(f"the UPS at {self.wire.url} is switched off")
            return b""
        self._offs = 0 if data else self._offs
        head, tail = data[: self._status_area], data[self._status_area :]
        head, nul, _ = head.partition(b"\0")
        return head if nul else head + tail.replace(b"\0", b"0")


def wide_armac(interfaces: Sequence[Interface]) -> Pipe | None:
    """Return the pipe out of an armac that has its own two pipes, None for the other form."""
    if len(interfaces) != 1:
        return None
    pipes = {pipe.address: pipe for pipe in interfaces[0].pipes}
    return pipes[0x02] if pipes.keys() == {0x82, 0x02} else None


class Ablerex(Bridge):
    """Feature report 5 of 47 bytes: request written, and half a second later reply read."""

    _report: ClassVar[int] = 0x0305
    _size: ClassVar[int] = 47
    _settle: ClassVar[float] = 0.5
    _tries: ClassVar[int] = 3
    _lengths: ClassVar[Mapping[bytes, int]] = {**REPLY_LENGTHS, b"Q5": 22}

    @override
    def accepts(self, request: bytes) -> Accepts:
        return Yes() if len(request) <= self._size - 3 else No()

    @override
    def exchange(self, request: bytes, reply: Reply, timeout: float) -> bytes | None:
        if isinstance(self.accepts(request), No):
            return None
        wanted = self._lengths.get(word(request))
        for _ in range(self._tries if wanted else 1):
            try:
                data = self._ask(request, reply, max(timeout, 1))
            except NoReply, Rejected, Overflowed:
                return None
            if wanted in {None, len(data)}:
                return data or None
        # Q5 of another length is no data; of the others, let the frame's own shape decide
        return None if word(request) == b"Q5" else data or None

    def _ask(self, request: bytes, reply: Reply, timeout: float) -> bytes:
        """Write, wait, read. Binary replies may hold a CR before their end."""
        report = (bytes((0x05, 0x00, len(request))) + request).ljust(self._size, b"\0")
        self.wire.control_out(CLASS_OUT, SET_REPORT, self._report, 0, report, WRITE_TIMEOUT)
        self.wire.stopping.wait(self._settle)
        data = self.wire.control_in(CLASS_IN, GET_REPORT, self._report, 0, self._size, timeout)
        if word(request) == b"Q5":
            return data[:22] if len(data) >= 22 and data[21:22] == CR else b""
        for end in range(1, len(data) + 1):
            if data[end - 1 : end] == CR and reply.whole(data[:end]):
                return data[:end]
        return data[: data.rfind(CR) + 1]


PIPE_BRIDGES: Mapping[str, type[Bridge]] = {
    "cypress": Cypress,
    "phoenix": Phoenix,
    "ippon": Ippon,
    "omron": Omron,
    "gtec": Gtec,
    "fuji": Fuji,
    "phoenixtec": Phoenixtec,
    "sgs": Sgs,
    "ablerex": Ablerex,
    "armac": Armac,
}
