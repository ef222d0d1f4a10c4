"""Bridges that are asked by reading string descriptors (card megatec-usb-bridges, section A3).

To read a string is to give an order: an index that is not in a bridge's table may shut the load
down. So a table says everything that can be said; for all else nothing is sent, and the answer is
the echo by which a Megatec UPS itself says that it does not know a request.
"""

from collections.abc import Iterator, Mapping
import itertools
import time
from typing import ClassVar, override

from ..errors import NoReply, Rejected
from .base import Accepts, No, Reply, RoundedTo, Yes
from .usb_bridges import CR, SHUTDOWN, Bridge, word
from .usb_wire import ENGLISH, STRING, Overflowed, Pipe, UsbWire

NO_ACK = b"UPS No Ack"
QUERIES = frozenset({b"Q1", b"F", b"I", b"BL"})
_STARTS: Mapping[bytes, bytes] = {b"Q1": b"(", b"F": b"#", b"I": b"#"}
# a larger buffer locks the hunnox
ROOM = 102
_OPENING_ROOM = 1026
_TIMEOUT, _LONGEST_TIMEOUT = 1.0, 5.0


class StringBridge(Bridge):
    """A bridge with a table of indices; as it is, the krauler.

    The first character of its replies means nothing and is replaced. ``C`` and ``CT`` are one.
    """

    indices: ClassVar[Mapping[bytes, int]] = {
        b"Q1": 0x03,
        b"F": 0x0D,
        b"I": 0x0C,
        b"T": 0x04,
        b"TL": 0x05,
        b"Q": 0x07,
        b"C": 0x0B,
        b"CT": 0x0B,
    }
    starts: ClassVar[Mapping[bytes, bytes]] = _STARTS
    tries: ClassVar[int] = 10
    """How often a query is asked while the answer is ``UPS No Ack`` or has a wrong length."""
    is_strict: ClassVar[bool] = False
    """Whether a reply may be no longer than it says; else there may be padding behind it."""
    languages: ClassVar[tuple[int, ...]] = (ENGLISH, 0x4095)

    def __init__(self, wire: UsbWire) -> None:
        """Start with English; the language that a query was answered in is kept."""
        super().__init__(wire)
        self._language = self.languages[0]

    def index_of(self, request: bytes) -> int | None:
        """Return the index that says exactly this request, None where there is none."""
        return self.indices.get(word(request))

    @override
    def accepts(self, request: bytes) -> Accepts:
        return No() if self.index_of(request) is None else Yes()

    @override
    def exchange(self, request: bytes, reply: Reply, timeout: float) -> bytes | None:
        spoken = self.accepts(request)
        if isinstance(spoken, RoundedTo):
            request = spoken.request
        if isinstance(spoken, No) or (index := self.index_of(request)) is None:
            return request
        self.prepare(index)
        said = word(request)
        if said not in QUERIES:
            # once: to ask again would be to order again. UPS No Ack is said even of success
            text = self._read(index, self._language, timeout)
            return None if text in {None, b"", NO_ACK} else self._finish(said, text or b"")
        for language in self._languages():
            text = self._read(index, language, timeout)
            if text is None:
                return None
            if text and text != NO_ACK:
                self._language = language
                return self._finish(said, text)
        return None

    def _languages(self) -> Iterator[int]:
        """Return the language for each try: some units answer in one of two only."""
        others = [each for each in self.languages if each != self._language]
        return itertools.islice(itertools.cycle((self._language, *others)), self.tries)

    def _finish(self, said: bytes, text: bytes) -> bytes:
        if (start := self.starts.get(said)) is not None:
            text = start + text[1:]
        return text.removesuffix(CR) + CR

    def _read(self, index: int, language: int, timeout: float) -> bytes | None:
        """Read one string; empty for one that is not right, None where nothing was answered."""
        try:
            patience = min(max(timeout, _TIMEOUT), _LONGEST_TIMEOUT)
            raw = self.wire.string(index, language, ROOM, patience)
        except NoReply, Rejected, Overflowed:
            return None
        if len(raw) < 4 or raw[1] != STRING or raw[0] > len(raw) or raw[0] & 1:
            return b""
        if self.is_strict and raw[0] != len(raw):
            return b""
        # what stands in the upper bytes is not of this reply
        return raw[2 : raw[0] : 2].rstrip(b"\0")

    def prepare(self, index: int) -> None:
        """Do what a bridge wants before each exchange."""


class Krauler(StringBridge):
    """The common one."""


class Fabula(StringBridge):
    """Its replies are whole; the index of a shutdown says when, and whether to come back.

    It comes back after 10 s, whatever it is told.
    """

    indices: ClassVar[Mapping[bytes, int]] = {
        b"Q1": 0x03,
        b"F": 0x0D,
        b"I": 0x0C,
        b"Q": 0x07,
        b"C": 0x0A,
    }
    starts: ClassVar[Mapping[bytes, bytes]] = {}
    # UPS No Ack to a query is a failure, and the driver asks again
    tries: ClassVar[int] = 1

    @override
    def index_of(self, request: bytes) -> int | None:
        said = word(request)
        if (match := SHUTDOWN.fullmatch(said)) is None:
            return self.indices.get(said)
        delay, restart = match["delay"], match["restart"]
        tenths = int(delay[1:]) if delay[:1] == b"." else 10 * int(delay)
        if restart not in {None, b"0000"} or not 5 <= tenths <= 100:
            return None
        step = tenths - 5 if tenths < 10 else 5 + tenths // 10 - 1
        return 0x10 + 0x10 * step + (8 if restart is None else 0)

    @override
    def accepts(self, request: bytes) -> Accepts:
        match = SHUTDOWN.fullmatch(word(request))
        if match is None or self.index_of(request) is not None:
            return super().accepts(request)
        delay, restart = match["delay"], match["restart"]
        if delay[:1] == b"." or delay == b"00":
            delay = max(delay if delay != b"00" else b".0", b".5")
        else:
            delay = min(delay, b"10")
        return RoundedTo(b"S" + delay + (b"R0000" if restart == b"0000" else b"") + CR)


class Hunnox(Fabula):
    """A fabula in lock-step, that tells its charge."""

    indices: ClassVar[Mapping[bytes, int]] = {**Fabula.indices, b"BL": 0xF3}
    is_strict = True
    _opening: ClassVar[tuple[int, ...]] = (0, 0, 1)
    # strings that only ask, read so that none is asked for twice in a row
    _rotation: ClassVar[tuple[int, ...]] = (0x0D, 0x03, 0x0C)

    def __init__(self, wire: UsbWire) -> None:
        """Start before the first exchange."""
        super().__init__(wire)
        self._turn = -1

    @override
    def prepare(self, index: int) -> None:
        if self._turn < 0:
            for each in self._opening:
                self._touch(each, _OPENING_ROOM)
            time.sleep(0.01)
            self._turn = 0
            return
        if self._rotation[self._turn] == index:
            self._turn = (self._turn + 1) % len(self._rotation)
        self._touch(self._rotation[self._turn], ROOM)
        self._turn = (self._turn + 1) % len(self._rotation)

    def _touch(self, index: int, room: int) -> None:
        try:
            self.wire.string(index, ENGLISH if index else 0, room, _TIMEOUT)
        except NoReply, Rejected, Overflowed:
            return


class Snr(StringBridge):
    """It wants its interrupt pipe read before each string, and takes no orders."""

    indices: ClassVar[Mapping[bytes, int]] = {b"Q1": 0x03, b"F": 0x0D, b"I": 0x0C}
    is_strict = True
    _patience: ClassVar[float] = 0.1

    def __init__(self, wire: UsbWire) -> None:
        """Find the pipe: 0x81."""
        super().__init__(wire)
        self._pipe = wire.interface.pipe(is_in=True) or Pipe(address=0x81, packet=8)

    @override
    def _read(self, index: int, language: int, timeout: float) -> bytes | None:
        try:
            self.wire.read(self._pipe, ROOM, self._patience)
        except NoReply, Overflowed:
            pass
        except Rejected:
            self.wire.clear_halt(self._pipe)
        return super()._read(index, language, timeout)


STRING_BRIDGES: Mapping[str, type[Bridge]] = {
    "krauler": Krauler,
    "fabula": Fabula,
    "hunnox": Hunnox,
    "snr": Snr,
}
