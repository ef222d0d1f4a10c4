"""A ByteLine in memory between the driver and a simulated APC unit: time passes by waiting."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import override

from custom_components.ups_protocols.ups.errors import LinkLost
from custom_components.ups_protocols.ups.links.base import Exclusive, Reply, Unsubscribe
from tests.simulators.apc_smart import ApcUps

# how long a byte takes at 2400 baud, s
BYTE_TIME = 10 / 2400


class DirectLine(Exclusive):
    """Hands bytes over at once; a read that nothing ends lets its time-out pass on the unit.

    ``spoil`` may change what a unit sends: it takes the bytes and what they answer.
    """

    url = "direct:"

    def __init__(self, ups: ApcUps) -> None:
        """Take the unit, whose clock must stand."""
        super().__init__()
        self.ups = ups
        self.sent: list[bytes] = []
        self.spoil: Callable[[bytes, bytes], bytes] = lambda data, request: data
        self.lost = False
        self._input = bytearray()
        self._listeners: list[Callable[[bytes], None]] = []
        self._is_asked = False
        ups.send = self._came
        ups.connected()

    def _came(self, data: bytes, request: bytes) -> None:
        data = self.spoil(data, request)
        if self._is_asked or not self._listeners:
            self._input += data
        elif data:
            for listener in tuple(self._listeners):
                listener(data)

    @override
    @asynccontextmanager
    async def exclusive(self) -> AsyncGenerator[None]:
        """Hold the line; what comes meanwhile is for who holds it."""
        async with super().exclusive():
            before, self._is_asked = self._is_asked, True
            try:
                yield
            finally:
                self._is_asked = before
                if not before and self._input and self._listeners:
                    rest = self.discard_input()
                    for listener in tuple(self._listeners):
                        listener(rest)

    def _see(self) -> None:
        if self.lost:
            raise LinkLost("unplugged")

    async def write(self, data: bytes, *, gap: float = 0) -> None:
        """Send bytes."""
        self._see()
        self.sent.append(data)
        for byte in data:
            self.ups.clock.advance(BYTE_TIME + gap)
            self.ups.feed(bytes((byte,)))

    async def read(self, reply: Reply, *, timeout: float) -> bytes:
        """Return what came, byte by byte until the reply is whole; else let time pass."""
        self._see()
        for end in range(1, len(self._input) + 1):
            if reply.whole(bytes(self._input[:end])):
                # a line gives what has come, whatever follows
                break
        else:
            self.ups.clock.advance(timeout)
            self.ups.catch_up()
            end = len(self._input)
        data = bytes(self._input[:end])
        del self._input[:end]
        self.ups.clock.advance(len(data) * BYTE_TIME)
        return data

    def discard_input(self) -> bytes:
        """Throw away, and return, what nobody read."""
        stale = bytes(self._input)
        self._input.clear()
        return stale

    def on_unsolicited(self, callback: Callable[[bytes], None]) -> Unsubscribe:
        """Hand over what comes while nobody asks."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    async def close(self) -> None:
        """Let the unit notice that its host has gone."""
        self.ups.disconnected()
