"""Bridges that are asked by reading string descriptors (card megatec-usb-bridges, section A3).

Reading such a string is a command: an index that is none of those known shuts the load down.
"""

from collections.abc import Mapping
from typing import override

from ..simulators.megatec import MegatecUps
from .bridges import Bridge, Locked
from .usb import ENGLISH, GET_DESCRIPTOR, STRING, Hardware, Nak, Setup, Stall, string_descriptor

NO_ACK = "UPS No Ack"
# A string descriptor has one byte for its length.
_LONGEST = 126
_QUERIES = {b"Q1", b"F", b"I", b"BL"}
# What a buffer may be before the hunnox hangs, and what its first reads must be.
_HUNNOX_BUFFER = 102
_HUNNOX_OPENING = [0, 0, 1]


class StringBridge(Bridge):
    """The common part: a table of indices.

    Attributes:
        indices: String index → request.
        first: What stands in the place of a reply's first character, "" = that itself.
        end: What stands in the place of its CR.
    """

    indices: Mapping[int, bytes] = {}
    first = ""
    end = ""

    def __init__(self, hardware: Hardware, ups: MegatecUps, *, latency: float = 0.0) -> None:
        super().__init__(hardware, ups, latency=latency)
        self._reply = ""

    @override
    def answer(self, reply: bytes, *, after: float) -> None:
        self._reply = reply.rstrip(b"\r").decode("latin-1")[:_LONGEST]

    @override
    def string(self, index: int, language: int) -> bytes:
        request = self.request_of(index)
        if index in self.hardware.strings or index == 0 or request is None:
            return super().string(index, language)
        self._reply = ""
        self.ups.feed(request + b"\r")
        text = self._reply
        # A command is echoed or swallowed by the UPS: either way there is nothing to show.
        if request not in _QUERIES or not text or text == request.decode():
            return string_descriptor(NO_ACK)
        return string_descriptor((self.first or text[0]) + text[1:] + self.end)

    def request_of(self, index: int) -> bytes | None:
        """Return what reading a string asks the UPS, None = it is no request."""
        return self.indices.get(index)


class Krauler(StringBridge):
    """Its replies begin with a character of no meaning.

    0x68 and 0x69 shut down after a time nobody knows; 0x06 tests for as long.
    """

    first = "\x01"
    indices: Mapping[int, bytes] = {
        0x03: b"Q1", 0x0D: b"F", 0x0C: b"I", 0x04: b"T", 0x05: b"TL", 0x06: b"T05",
        0x07: b"Q", 0x0B: b"CT", 0x68: b"S01R0001", 0x69: b"S01R0000",
    }  # fmt: skip

    @override
    def request_of(self, index: int) -> bytes | None:
        if index == 0x0B:
            # One index for both cancels.
            self.ups.feed(b"C\r")
        return super().request_of(index)


class Fabula(StringBridge):
    """Its replies are whole, and the index of a shutdown says when and whether it returns."""

    indices: Mapping[int, bytes] = {0x03: b"Q1", 0x0D: b"F", 0x0C: b"I", 0x07: b"Q", 0x0A: b"C"}

    @override
    def request_of(self, index: int) -> bytes | None:
        if index < 0x10 or index & 0x07 or index == 0xF3:
            return super().request_of(index)
        step = index >> 4
        after = f".{step + 4}" if step < 6 else f"{step - 5:02d}"
        # The restart delay is the bridge's own: 10 s, which is what the UPS has anyway.
        return f"S{after}".encode() if index & 0x08 else f"S{after}R0000".encode()


class Hunnox(Fabula, Locked):
    """A fabula in lock-step.

    It answers only after strings 0, 0 and 1 were read, never the same string twice in a row, and
    hangs when a reply is asked for with a buffer above 102 bytes.
    """

    indices: Mapping[int, bytes] = {**Fabula.indices, 0xF3: b"BL"}
    end = "\r"

    def __init__(self, hardware: Hardware, ups: MegatecUps, *, latency: float = 0.0) -> None:
        super().__init__(hardware, ups, latency=latency)
        self._opening: list[int] = []
        self._last = -1

    @override
    def woken(self) -> None:
        super().woken()
        self._opening, self._last = [], -1

    @override
    def request(self, setup: Setup, data: bytes) -> bytes:
        wants_string = (setup.request, setup.high) == (GET_DESCRIPTOR, STRING)
        if wants_string and setup.length > _HUNNOX_BUFFER and self.request_of(setup.low):
            self.locked = True
            raise Nak
        return super().request(setup, data)

    @override
    def string(self, index: int, language: int) -> bytes:
        if self._opening != _HUNNOX_OPENING:
            self._opening = [*self._opening, index][-3:]
            if self.request_of(index) is not None:
                return string_descriptor(NO_ACK)
        elif index == self._last and self.request_of(index) is not None:
            return string_descriptor(NO_ACK)
        self._last = index
        return super().string(index, language)


class Snr(StringBridge):
    """It wants its interrupt pipe read before each string, and has no table of languages."""

    first = "\x01"
    end = "\r"
    indices: Mapping[int, bytes] = {0x03: b"Q1", 0x0D: b"F", 0x0C: b"I"}
    _primed = False

    @override
    def begin(self, endpoint: int) -> None:
        self._primed = True
        super().begin(endpoint)

    @override
    def string(self, index: int, language: int) -> bytes:
        if index == 0:
            raise Stall
        if self.request_of(index) is not None:
            primed, self._primed = self._primed, False
            if not primed or language not in {ENGLISH, 0x4095}:
                return string_descriptor(NO_ACK)
        return super().string(index, language)
