"""A UPS that speaks XCP over USB (card xcp, section 2.1)."""

from dataclasses import dataclass
from typing import override

from ..simulators.control import Controllable
from .carrier import Carrier
from .usb import Hardware, Setup, Stall


@dataclass(frozen=True, slots=True)
class Way:
    """The control transfer that carries a frame to the device."""

    request_type: int
    request: int
    value: int


# SET_DESCRIPTOR to the device, and a vendor request to an endpoint
POWERWARE = Way(0x00, 0x07, 0x0304)
PHOENIXTEC = Way(0x42, 0x0D, 0x0000)


class XcpDevice(Carrier):
    """A whole frame in one control transfer; replies by the interrupt pipe.

    The packets of one response follow each other as bytes do, so that a read may end in the middle
    of one: NUT reads on from what a read left over. A transfer that fills its last USB packet is
    ended by an empty one.

    Attributes:
        way: The control transfer that it obeys.
        empty: So many reads are answered with nothing before each reply.
        piece: Bytes of a response that go into one transfer, 0 = all.
        pause: Seconds between such pieces.
    """

    def __init__(
        self, hardware: Hardware, ups: Controllable, way: Way, *, latency: float = 0.0
    ) -> None:
        super().__init__(hardware, ups, latency=latency)
        self.way = way
        self.empty = 0
        self.piece = 0
        self.pause = 0.0
        self._response = bytearray()
        self._delay = 0.0

    @override
    def vendor_request(self, setup: Setup, data: bytes) -> bytes:
        return self._take(setup, data)

    @override
    def odd_request(self, setup: Setup, data: bytes) -> bytes:
        return self._take(setup, data)

    def _take(self, setup: Setup, data: bytes) -> bytes:
        if Way(setup.request_type, setup.request, setup.value) != self.way or setup.index:
            raise Stall
        self.ups.feed(data)
        if response := bytes(self._response):
            self._response.clear()
            self._give(response, self._delay)
        return b""

    @override
    def answer(self, reply: bytes, *, after: float) -> None:
        self._response += reply
        self._delay = after

    def _give(self, reply: bytes, after: float) -> None:
        for _ in range(self.empty):
            self.push(b"", after=after)
        size = self.piece or len(reply)
        packet = self.endpoints[0x81][1]
        for number, start in enumerate(range(0, len(reply), size)):
            piece = reply[start : start + size]
            due = after + number * self.pause
            self.push(piece, after=due)
            if len(piece) % packet == 0:
                self.push(b"", after=due)
