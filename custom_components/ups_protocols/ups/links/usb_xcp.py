"""XCP over USB (card xcp, 2.1): frames go out by control transfers, replies come by a pipe."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
import threading
from typing import override

from ..errors import LinkLost, NoReply, Rejected, Unsupported, UpsError
from ..transcript import Transcript
from ..usb_ids import XCP, rows_for
from .base import Reply, Unsubscribe
from .received import Received
from .usb_link import Opening, UsbLink
from .usb_wire import Interface, Overflowed, Pipe, WireFault

# the card's chunk; a transfer ends before, with a packet that is not full
CHUNK = 128
READER_TIMEOUT = 0.5
WRITE_TIMEOUT = 1.0
# reads in a row that fail, after which the device is opened anew
READER_PATIENCE = 10
_READER_PAUSE = 0.1
# the first byte of a frame (document, 3.2)
_START = b"\xab"
# some devices answer a read with nothing as often as they are asked
_EMPTY_PAUSE = 0.01


@dataclass(frozen=True, slots=True)
class Write:
    """The control transfer that carries a frame to the device; wIndex is 0."""

    request_type: int
    request: int
    value: int


WRITES: Mapping[str, Write] = {
    "powerware": Write(0x00, 0x07, 0x0304),
    "phoenixtec": Write(0x42, 0x0D, 0x0000),
}
"""By the variant in the row of a device's id."""


def _way_to_write(link: UsbLink, interface: Interface) -> Write:
    """Return how frames go to a device. Raises Unsupported for one that cannot speak XCP.

    An id that others have too is XCP's only where the interface is no HID: NUT claims these
    devices without taking them from a HID driver first. Such a one is not sent anything.
    """
    rows = rows_for(link.device)
    variant = next((row.variant for row in rows if row.protocol == XCP), None)
    if variant is None:
        raise Unsupported(f"{link.device.ids} is not known to speak XCP")
    if interface.is_hid and any(row.protocol != XCP for row in rows):
        raise Unsupported(f"{link.url} is a HID device: those do not speak XCP")
    return WRITES[variant]


class UsbXcp(UsbLink):
    """A UPS that speaks XCP over USB: a ByteLine.

    It has neither speed nor modem lines. A reader thread takes what the device sends at any time:
    that is for who waits for a reply, else for who listens. A frame is written whole, by one
    transfer that is never sent again.
    """

    def __init__(self, opening: Opening, pool: ThreadPoolExecutor, transcript: Transcript) -> None:
        """Take an opened device and begin to read. Raises Unsupported."""
        super().__init__(opening, pool, transcript)
        self._how = _way_to_write(self, self._wire.interface)
        pipe = self._wire.interface.pipe(is_in=True)
        if pipe is None:
            raise Unsupported(f"{self.url} has no pipe to read from")
        self._received = Received(self._see_it_is_there)
        self._expects = False
        """Something was written and its reply has not been read."""
        self._reader = threading.Thread(
            target=self._listen, args=(pipe,), name=f"{self.url} reader", daemon=True
        )
        self._reader.start()

    @override
    async def close(self) -> None:
        self._lost = self._lost or LinkLost(f"{self.url} is closed")
        self._received.wake()
        await super().close()

    @override
    def _lose(self, error: LinkLost) -> None:
        super()._lose(error)
        self._received.wake()

    # ByteLine

    async def write(self, data: bytes, *, gap: float = 0) -> None:
        """Send a frame (see ByteLine); a transfer has no pauses between its bytes.

        Other bytes, such as the ESC that leaves the menu of a serial port, are not sent: a device
        takes nothing but frames. Raises NoReply where it does not take one: whether it has seen
        it is not known.
        """
        if data[:1] != _START:
            return
        async with self.exclusive():
            self._transcript.add(data, None)
            self._expects = True
            await self._call(partial(self._send, data), WRITE_TIMEOUT)

    def _send(self, data: bytes) -> None:
        how = self._how
        try:
            taken = self._wire.control_out(
                how.request_type, how.request, how.value, 0, data, WRITE_TIMEOUT
            )
        except Rejected as error:
            raise NoReply(f"{self.url} does not take this") from error
        except WireFault as error:
            if not self._wire.is_present():
                raise
            raise NoReply(f"{self.url} fails to take this") from error
        if taken < len(data):
            raise NoReply(f"{self.url} took {taken} of {len(data)} bytes")

    async def read(self, reply: Reply, *, timeout: float) -> bytes:
        """Return what comes until the reply is whole (see ByteLine)."""
        async with self.exclusive():
            try:
                data = await self._received.collect(reply, timeout)
            finally:
                self._expects = False
            if data:
                self._transcript.add(None, data)
            return data

    def discard_input(self) -> bytes:
        """Throw away, and return, what came and nobody read."""
        return self._received.discard()

    def on_unsolicited(self, callback: Callable[[bytes], None]) -> Unsubscribe:
        """Hand over what comes while nobody waits for a reply."""
        return self._received.subscribe(callback)

    def _see_it_is_there(self) -> None:
        if self._lost is not None:
            raise type(self._lost)(*self._lost.args)

    # what the device sends

    def _listen(self, pipe: Pipe) -> None:
        """Read until the link ends, or the pipe turns out to be of no use."""
        wire = self._wire
        room = max(-(-CHUNK // pipe.packet), 1) * pipe.packet
        misses = 0
        # what was read before we came may have ended in a STALL
        self._unhalt(pipe)
        while not wire.stopping.is_set():
            try:
                data = wire.read(pipe, room, READER_TIMEOUT)
            except NoReply:
                continue
            except Rejected, WireFault, Overflowed, Unsupported:
                misses += 1
                if misses >= READER_PATIENCE:
                    self._tell(self._lose, LinkLost(f"{self.url} cannot be read"))
                    return
                self._unhalt(pipe)
                wire.stopping.wait(_READER_PAUSE)
            except LinkLost as error:
                self._tell(self._lose, error)
                return
            else:
                misses = 0
                if data:
                    self._tell(self._arrived, data)
                else:
                    wire.stopping.wait(_EMPTY_PAUSE)

    def _unhalt(self, pipe: Pipe) -> None:
        with suppress(UpsError):
            self._wire.clear_halt(pipe)

    def _arrived(self, data: bytes) -> None:
        """Take bytes: for who waits for a reply, else for who listens, else until the next read."""
        is_reply = self._expects or self._received.is_awaited
        if not is_reply and self._received.hand_on(data):
            self._transcript.add(None, data)
            return
        self._received.keep(data)
