"""Bridges that carry the Megatec family over USB (card megatec-usb-bridges, section A3).

Each wraps a simulated UPS of `tests.simulators.megatec`: the bridge takes requests out of USB
transfers and puts the replies back, cut and padded in its own way. Those that read string
descriptors are in `string_bridges`.
"""

from typing import override

from ..simulators.megatec import MegatecUps
from .carrier import Carrier
from .usb import GET_REPORT, SET_REPORT, Hardware, Nak, Setup, Stall

# Bytes that a report of armac's (6 bytes) and of sgs's (8) carries behind its length.
_ARMAC_PIECE = 5
_SGS_PIECE = 7
_IPPON_REPLY = 64
_ABLEREX_REPORT = 47
# bmRequestType: vendor, to an endpoint.
_PHOENIXTEC = (0x42, 0x0D)


class Bridge(Carrier):
    """A bridge with a UPS behind it."""

    ups: MegatecUps

    @override
    def answer(self, reply: bytes, *, after: float) -> None:
        """Put a reply into the pipe: 8 bytes a report, the last one filled with NUL."""
        for start in range(0, len(reply), 8):
            self.push(reply[start : start + 8].ljust(8, b"\0"), after=after)

    @override
    def class_request(self, setup: Setup, data: bytes) -> bytes:
        if setup.request == SET_REPORT and not setup.is_in:
            self.written(setup.value, data)
            return b""
        if (setup.request_type, setup.request) == (0x21, 10):  # SET_IDLE
            return b""
        raise Stall

    def written(self, value: int, data: bytes) -> None:
        """Take a SET_REPORT."""
        raise Stall

    def hand_on(self, report: bytes) -> None:
        """Give the UPS what a report holds: what stands behind a CR is padding of any kind."""
        request, cr, _ = report.partition(b"\r")
        self.ups.feed((request + cr).rstrip(b"\0"))


class Cypress(Bridge):
    """Reports of 8 bytes filled with NUL both ways."""

    value = 0x0200

    @override
    def written(self, value: int, data: bytes) -> None:
        if value != self.value or len(data) != 8:
            raise Stall
        self.hand_on(data)


class Phoenix(Cypress):
    """A cypress whose pipe still holds the last reply when it wakes up."""

    @override
    def woken(self) -> None:
        super().woken()
        self.answer(b"(000.0 000.0 000.0 000 00.0 00.0 00.0 00000000\r", after=0)


class Gtec(Cypress):
    """A cypress under another report id."""

    value = 0x0002


class Ippon(Gtec):
    """A reply is always 64 bytes: a longer one is cut, none is `00 0D`."""

    @override
    def written(self, value: int, data: bytes) -> None:
        self._answered = False
        super().written(value, data)
        if b"\r" in data and not self._answered and not self.ups.faults.silence:
            self.answer(b"\0\r", after=self.latency)

    _answered = False

    @override
    def answer(self, reply: bytes, *, after: float) -> None:
        self._answered = True
        super().answer(reply[:_IPPON_REPLY].ljust(_IPPON_REPLY, b"\0"), after=after)


class Omron(Bridge):
    """Requests of 16 bytes exactly; a reply in one packet of up to 64."""

    @override
    def written(self, value: int, data: bytes) -> None:
        if value != 0x0002 or len(data) != 16:
            raise Stall
        self.hand_on(data)

    @override
    def answer(self, reply: bytes, *, after: float) -> None:
        self.push(reply[:64].ljust(64, b"\0"), after=after)


class Sgs(Bridge):
    """Reports of 8 bytes whose first is the length; a reply ends when nothing more comes."""

    @override
    def written(self, value: int, data: bytes) -> None:
        if len(data) != 8 or data[0] > _SGS_PIECE:
            raise Stall
        self.ups.feed(data[1 : 1 + data[0]])

    @override
    def out(self, endpoint: int, data: bytes) -> None:
        self.written(0, data)

    @override
    def answer(self, reply: bytes, *, after: float) -> None:
        for start in range(0, len(reply), _SGS_PIECE):
            piece = reply[start : start + _SGS_PIECE]
            self.push((bytes([len(piece)]) + piece).ljust(8, b"\0"), after=after)


class Ablerex(Bridge):
    """Feature report 5 of 47 bytes: written `05 00 len request`, read back as the bare reply."""

    def __init__(self, hardware: Hardware, ups: MegatecUps, *, latency: float = 0.0) -> None:
        super().__init__(hardware, ups, latency=latency)
        self._reply = b""

    @override
    def written(self, value: int, data: bytes) -> None:
        if value != 0x0305 or len(data) != _ABLEREX_REPORT or data[:2] != b"\x05\0":
            raise Stall
        self._reply = b""
        self.ups.feed(data[3 : 3 + data[2]])

    @override
    def answer(self, reply: bytes, *, after: float) -> None:
        self._reply = reply

    @override
    def class_request(self, setup: Setup, data: bytes) -> bytes:
        if (setup.request, setup.value) == (GET_REPORT, 0x0305) and setup.is_in:
            return self._reply.ljust(_ABLEREX_REPORT, b"\0")
        return super().class_request(setup, data)


class Armac(Bridge):
    """Reports of 4 bytes `A0+n` and n characters; replies whose first byte counts the valid ones.

    Queries it never answers: QGS, QS, QPI, M, D.
    """

    _deaf = frozenset({b"QGS", b"QS", b"QPI", b"M", b"D"})

    def __init__(self, hardware: Hardware, ups: MegatecUps, *, latency: float = 0.0) -> None:
        super().__init__(hardware, ups, latency=latency)
        self._request = b""

    @override
    def written(self, value: int, data: bytes) -> None:
        if value != 0x0200 or len(data) != 4 or not 0xA1 <= data[0] <= 0xA3:
            raise Stall
        self._take(data[1 : 1 + (data[0] & 0x0F)])

    def _take(self, piece: bytes) -> None:
        self._request += piece
        while b"\r" in self._request:
            request, self._request = self._request.split(b"\r", 1)
            if request not in self._deaf:
                self.ups.feed(request + b"\r")

    @override
    def answer(self, reply: bytes, *, after: float) -> None:
        for start in range(0, len(reply), _ARMAC_PIECE):
            piece = reply[start : start + _ARMAC_PIECE]
            self.push((bytes([0xA0 | len(piece)]) + piece).ljust(6, b"\0"), after=after)
        self.push(b"\xa0".ljust(6, b"\0"), after=after)


class ArmacPipe(Armac):
    """The armac with interrupt endpoints IN 0x82 and OUT 0x02 in the place of SET_REPORT."""

    @override
    def written(self, value: int, data: bytes) -> None:
        raise Stall

    @override
    def out(self, endpoint: int, data: bytes) -> None:
        # One transfer carries one request behind A0 + its length.
        if data and data[0] & 0xA0 == 0xA0:
            self._take(data[1 : 1 + (data[0] - 0xA0)])

    @override
    def answer(self, reply: bytes, *, after: float) -> None:
        for start in range(0, len(reply), 63):
            piece = reply[start : start + 63]
            self.push(bytes([len(piece)]) + piece, 0x82, after=after)
        self.push(b"\0", 0x82, after=after)


class Fuji(Bridge):
    """Interrupt OUT `80 06 LEN 03 c1 c2 c3 ANS`; replies as a cypress sends them."""

    @override
    def out(self, endpoint: int, data: bytes) -> None:
        if len(data) == 8 and data[:2] == b"\x80\x06" and data[3] == 3 and 2 <= data[2] <= 4:
            self.ups.feed(data[4 : 3 + data[2]] + b"\r")


class Phoenixtec(Bridge):
    """A whole request in one vendor transfer to an endpoint; replies as a cypress sends them.

    Commands get no reply, whatever the UPS says to them.
    """

    _mute = frozenset(
        {b"T", b"TL", b"S", b"C", b"CT", b"M", b"N", b"O", b"SRC", b"FCLR", b"SS", b"TUD", b"SSN"}
    )

    @override
    def _sent(self, reply: bytes, request: bytes) -> None:
        word = request.rstrip(b"0123456789.R") if request.startswith(b"S") else request
        if word not in self._mute and not request.startswith(b"T"):
            super()._sent(reply, request)

    @override
    def vendor_request(self, setup: Setup, data: bytes) -> bytes:
        if (setup.request_type, setup.request, setup.value) != (*_PHOENIXTEC, 0):
            raise Stall
        self.ups.feed(data)
        return b""


class Locked(Bridge):
    """A bridge whose controller hangs until the bus is reset."""

    locked = False

    @override
    def request(self, setup: Setup, data: bytes) -> bytes:
        if self.locked:
            raise Nak
        return super().request(setup, data)

    @override
    def reset(self) -> None:
        self.locked = False
        super().reset()
