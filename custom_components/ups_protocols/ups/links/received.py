"""Bytes that a wire brought: kept for who reads, or handed to who listens."""

import asyncio
from collections.abc import Callable
from functools import partial

from .base import Reply, Unsubscribe

INPUT_LIMIT = 65536
# seconds by which a reply that keeps coming may outlast its time-out
SLOWEST_REPLY = 10


class Received:
    """What came over a wire and nobody has read yet.

    ``check`` raises LinkLost once the wire is gone; ``wake`` makes a read look at it.
    """

    def __init__(self, check: Callable[[], object]) -> None:
        """Start empty."""
        self._check = check
        self._data = bytearray()
        self._arrival: asyncio.Future[bool] | None = None
        self._listeners: list[Callable[[bytes], None]] = []

    @property
    def is_awaited(self) -> bool:
        """Tell whether somebody waits for what comes next."""
        return self._arrival is not None

    def hand_on(self, data: bytes) -> bool:
        """Give bytes to who listens; False where nobody does."""
        for listener in tuple(self._listeners):
            listener(data)
        return bool(self._listeners)

    def keep(self, data: bytes) -> None:
        """Keep bytes for who reads."""
        self._data += data
        # a line that chatters while nobody reads must not eat the memory
        del self._data[:-INPUT_LIMIT]
        self.wake()

    def wake(self, *, came: bool = True) -> None:
        """Wake who reads: something came, or it has waited long enough."""
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(came)

    def discard(self) -> bytes:
        """Throw away, and return, what is kept."""
        stale = bytes(self._data)
        self._data.clear()
        return stale

    def subscribe(self, callback: Callable[[bytes], None]) -> Unsubscribe:
        """Hand over bytes that come while nobody reads."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    async def collect(self, reply: Reply, timeout: float) -> bytes:
        """Gather bytes until the reply is whole, its gap has passed or the time is over.

        Where a gap ends the reply, the time-out is that of its first byte. Raises LinkLost.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while not reply.whole(bytes(self._data)):
            self._check()
            patience = deadline - loop.time()
            if self._data and reply.gap is not None:
                # a slow unit may go on talking as long as it does not pause
                patience = min(patience + SLOWEST_REPLY, reply.gap)
            if patience <= 0:
                break
            self._arrival = loop.create_future()
            # a time-out that cancels would cost more, and this is done at every poll
            alarm = loop.call_later(patience, partial(self.wake, came=False))
            try:
                if not await self._arrival:
                    break
            finally:
                alarm.cancel()
                self._arrival = None
        return self.discard()
