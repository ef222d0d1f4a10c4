"""SHUT: USB's HID over a serial line (51029473ZA, the sections are its; card shut, section 3).

How notifications come. A UPS tells by itself what its token allows: 16 everything in Input reports,
17 status objects only, 18 nothing (section 2.8). We want to hear of the mains at once, so 18 is the
last resort. 16 is the SYNC that every unit knows, and the one at which dual units leave U-Talk: it
goes first. Then 17, which the document offers against collisions: what it leaves out are values
that are polled anyway. A unit that does not know 17 stays at 16.

How it stays in step. Any doubt (a time-out, a collision, an odd byte) ends an exchange; the next
one begins with SYNC until it is echoed. What only reads is then asked again. The last packet of a
write makes the UPS act: without its ACK nobody knows whether it did, and it is never said again.

How the UPS gets a word in. It speaks only while the line is idle (section 2.6), so a pause follows
each exchange: without one a long read, of a hundred reports, would keep it silent to the end.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
import logging
from typing import Final, Protocol, override

from ..errors import BadReply, LinkLost, NoReply, Rejected, UpsError
from ..transcript import Transcript
from .base import ByteLine, Exclusive, LineSettings, ReportKind, Silence, Unsubscribe, UsbDevice
from .serial import open_serial
from .shut_frames import (
    ACK,
    DEVICE_LENGTH,
    HID_LENGTH,
    NAK,
    Broken,
    Descriptor,
    DeviceDescriptor,
    Item,
    Level,
    NextItem,
    Packet,
    PacketKind,
    get_descriptor,
    get_report,
    packets,
    report_descriptor_length,
    set_report,
    take,
    text,
)

_LOGGER = logging.getLogger(__name__)

# Section 2.2: an echo comes within 200 ms; SYNC is said up to 4 times, 600 ms apart.
ECHO_TIMEOUT: Final = 0.5
SYNC_SPACING: Final = 0.6
SYNCS: Final = 4
# Section 2.4 says "500 ms, say"; others wait longer (card shut, 3.1).
ACK_TIMEOUT: Final = 1.0
RESPONSE_TIMEOUT: Final = 1.5
PACKET_TIMEOUT: Final = 1.0
# the UPS waits 500 ms for the ACK of what it tells by itself
NOTIFY_TIMEOUT: Final = 0.3
# the pause that lets the UPS speak: seven bytes at 2400 baud
IDLE: Final = 0.03
# a line is quiet after so long: fifteen bytes at 2400 baud, and the pauses of USB adapters
QUIET: Final = 0.06
_READ_TRIES: Final = 3
_PACKET_TRIES: Final = 3
# notifications that win one after the other, in a row: the mains flicker
_MOST_COLLISIONS: Final = 8
_INPUT_LIMIT: Final = 4096
# what a UPS may send beside the response that is waited for, before it is out of step
_MOST_NOTICES: Final = 4
_MOST_SIGNS: Final = 8
_LONGEST_REPORT: Final = 1024
_LONGEST_STRING: Final = 0x80
# the firmware's own: never read (card shut, 3.3)
_UNREADABLE: Final = frozenset({254, 255})
# the one Eaton whose HID descriptors have another number (card shut, 3.3)
_SECOND_DESCRIPTOR: Final = (0x0463, 0x0202)


class ShutLine(ByteLine, Protocol):
    """The serial line below."""

    def on_lost(self, callback: Callable[[], None]) -> Unsubscribe:
        """Tell once when the line is lost."""


class _Fault(Enum):
    """Why an exchange ended."""

    MUTE = auto()
    """No ACK."""
    REFUSED = auto()
    """NAK each time."""
    UNANSWERED = auto()
    """ACK, and then nothing."""
    COLLIDED = auto()
    """A notification in place of ACK."""
    GARBLED = auto()
    """Anything else that cannot come at this point."""


class _OutOfStep(Exception):
    """An exchange ended before its time."""

    def __init__(self, fault: _Fault) -> None:
        super().__init__(fault)
        self.fault = fault


class ShutDevice(Exclusive):
    """A UPS that speaks SHUT: a HidDevice."""

    def __init__(self, line: ShutLine) -> None:
        """Take an open line; nothing is sent before open()."""
        super().__init__()
        self._line = line
        self.url = line.url
        self._device: UsbDevice | None = None
        self._level = Level.FULL
        self._in_step = False
        self._free_since = 0.0
        self._talks = False
        """Whoever holds the line takes what comes; else the listener does."""
        self._input = bytearray()
        self._listener: asyncio.Task[None] | None = None
        self._reports: list[Callable[[ReportKind, bytes], None]] = []
        self._deaf = line.on_unsolicited(self._arrived)
        self._is_closed = False

    @property
    def device(self) -> UsbDevice:
        """Who it says it is. Raises LinkLost before open()."""
        if self._device is None:
            raise LinkLost(f"{self.url} is not open")
        return self._device

    @property
    def level(self) -> Level:
        """What the UPS tells by itself."""
        return self._level

    # ------------------------------------------------------------ opening and closing

    async def open(self) -> None:
        """Get in step and find out who is there. Raises NoReply, BadReply, LinkLost."""
        async with self.exclusive(), self._line.exclusive():
            with self._talking():
                await self._begin()
        found = DeviceDescriptor.parse(
            await self._read(get_descriptor(Descriptor.DEVICE, DEVICE_LENGTH), DEVICE_LENGTH)
        )
        texts = [
            await self.get_string(index)
            for index in (found.manufacturer, found.product, found.serial)
        ]
        self._device = found.device(*texts)

    async def close(self) -> None:
        """Stop listening and close the line; the UPS needs no farewell."""
        if not self._is_closed:
            self._is_closed = True
            self._deaf()
            self._reports.clear()
            if self._listener is not None:
                self._listener.cancel()
                await asyncio.gather(self._listener, return_exceptions=True)
        await self._line.close()

    def on_lost(self, callback: Callable[[], None]) -> Unsubscribe:
        """Tell once when the line is lost."""
        return self._line.on_lost(callback)

    # ------------------------------------------------------------ what a HidDevice can do

    async def report_descriptor(self) -> bytes:
        """Return the HID report descriptor. Raises LinkLost, NoReply, BadReply, Rejected."""
        length, index = await self._find_descriptor()
        return await self._read(get_descriptor(Descriptor.REPORT, length, index), length)

    async def descriptor_length(self) -> int:
        """Return how long the report descriptor is. Raises as report_descriptor()."""
        return (await self._find_descriptor())[0]

    async def _find_descriptor(self) -> tuple[int, int]:
        """Return the length and the index of the report descriptor."""
        ids = (self.device.vendor_id, self.device.release)
        index = 1 if ids == _SECOND_DESCRIPTOR else 0
        try:
            data = await self._read(get_descriptor(Descriptor.HID, HID_LENGTH, index), HID_LENGTH)
        except Rejected:
            if not index:
                raise
            index = 0
            data = await self._read(get_descriptor(Descriptor.HID, HID_LENGTH), HID_LENGTH)
        return report_descriptor_length(data), index

    async def get_report(self, kind: ReportKind, report_id: int, length: int) -> bytes:
        """Return a report, its id in front. Raises Rejected, NoReply, BadReply, LinkLost."""
        if report_id in _UNREADABLE:
            raise Rejected(f"report {report_id} is not for reading")
        return await self._read(
            get_report(kind, report_id, length), length, begins=bytes((report_id,))
        )

    async def set_report(self, kind: ReportKind, report: bytes) -> None:
        """Send a report, its id in front.

        Raises Rejected where the UPS does not take it, NoReply where it is not known whether the
        UPS obeyed, LinkLost.
        """
        *first, last = packets(set_report(kind, report))
        async with self.exclusive(), self._line.exclusive():
            with self._talking():
                # one that is refused begins anew: of packets that are doubled by an odd NAK the
                # UPS would make another request
                await self._persist(lambda: self._send(first, tries=1))
                self._in_step = False
                try:
                    # nothing is done before this one; what the UPS tells now is no collision, as it
                    # speaks only between requests (section 2.6): its ACK is still to come
                    await self._send([last], collides=False)
                except _OutOfStep as error:
                    if error.fault is _Fault.REFUSED:
                        raise Rejected(f"{self.url} does not take report {report[0]}") from error
                    raise NoReply(
                        f"{self.url} did not confirm what was written; it may have obeyed"
                    ) from error
                self._be_free()

    async def get_string(self, index: int) -> str | None:
        """Return a string descriptor, None where the device has none. Raises NoReply, LinkLost."""
        if not index:
            return None
        request = get_descriptor(Descriptor.STRING, _LONGEST_STRING, index)
        try:
            return text(await self._read(request, _LONGEST_STRING))
        except Rejected, BadReply:
            return None

    def on_report(self, callback: Callable[[ReportKind, bytes], None]) -> Unsubscribe:
        """Hand over notifications: they are Input reports (section 2.6)."""
        self._reports.append(callback)

        def stop() -> None:
            with suppress(ValueError):
                self._reports.remove(callback)

        return stop

    # ------------------------------------------------------------ exchanges

    async def _read(self, request: bytes, longest: int, *, begins: bytes = b"") -> bytes:
        """Ask for something until it comes; nothing is changed by asking again."""

        async def ask() -> bytes:
            await self._send(packets(request))
            data = await self._receive(longest)
            if not data.startswith(begins):
                # the answer to another question
                raise _OutOfStep(_Fault.GARBLED)
            return data

        async with self.exclusive(), self._line.exclusive():
            with self._talking():
                return await self._persist(ask)

    async def _persist[T](self, exchange: Callable[[], Awaitable[T]]) -> T:
        """Do an exchange that may be done again, in step each time.

        Raises Rejected where the UPS is there and does not answer this, NoReply, BadReply.
        """
        faults: list[_Fault] = []
        collisions = 0
        while len(faults) < _READ_TRIES and collisions < _MOST_COLLISIONS:
            if not self._in_step:
                await self._get_in_step()
            else:
                await self._give_way()
            self._in_step = False
            try:
                result = await exchange()
            except _OutOfStep as error:
                _LOGGER.debug("%s: %s", self.url, error.fault)
                if error.fault is _Fault.COLLIDED:
                    collisions += 1
                else:
                    faults.append(error.fault)
            else:
                self._be_free()
                return result
        # it echoes, so it is there
        await self._get_in_step()
        if faults and set(faults) <= {_Fault.REFUSED, _Fault.UNANSWERED}:
            raise Rejected(f"{self.url} does not answer this")
        if set(faults) == {_Fault.MUTE}:
            raise NoReply(f"{self.url} echoes, but takes no request")
        raise BadReply(f"{self.url} cannot be understood")

    async def _send(
        self, parts: list[bytes], *, tries: int = _PACKET_TRIES, collides: bool = True
    ) -> None:
        """Send packets, each until it is acknowledged. Raises _OutOfStep."""
        for part in parts:
            for _ in range(tries):
                await self._line.write(part)
                if await self._is_taken(collides=collides):
                    break
            else:
                raise _OutOfStep(_Fault.REFUSED)

    async def _is_taken(self, *, collides: bool) -> bool:
        """Wait for ACK or NAK. Raises _OutOfStep."""
        for _ in range(_MOST_SIGNS):
            match await self._next(ACK_TIMEOUT):
                case None:
                    raise _OutOfStep(_Fault.MUTE)
                case ack if ack == ACK:
                    return True
                case nak if nak == NAK:
                    return False
                case Packet(kind=PacketKind.NOTIFY) as packet:
                    # section 2.7: the notification wins, the request was not heard
                    await self._hear(packet)
                    if collides:
                        raise _OutOfStep(_Fault.COLLIDED)
                case int():
                    # a late echo
                    continue
                case _:
                    break
        raise _OutOfStep(_Fault.GARBLED)

    async def _receive(self, longest: int) -> bytes:
        """Take the packets of a response. Raises _OutOfStep."""
        data = bytearray()
        naks = notices = 0
        is_asked_again = is_doubtful = False
        while True:
            item = await self._next(PACKET_TIMEOUT if data or naks else RESPONSE_TIMEOUT)
            match item:
                case Packet(kind=PacketKind.RESPONSE, data=part, is_last=is_last):
                    await self._say(ACK)
                    # after a silence it may be the same again, if our ACK was what got lost;
                    # or it is the next one and has the same bytes, if that was lost
                    if is_asked_again and data.endswith(part):
                        is_doubtful = True
                    else:
                        data += part
                    is_asked_again = False
                    if len(data) > longest or (is_last and is_doubtful and len(data) < longest):
                        raise _OutOfStep(_Fault.GARBLED)
                    if is_last:
                        return bytes(data)
                case Packet() as packet if notices < _MOST_NOTICES:
                    notices += 1
                    await self._hear(packet)
                case None if not data and not naks:
                    raise _OutOfStep(_Fault.UNANSWERED)
                case None | Broken() if naks < _PACKET_TRIES and not is_asked_again:
                    is_asked_again = item is None
                    naks += 1
                    await self._settle()
                    await self._say(NAK)
                case _:
                    raise _OutOfStep(_Fault.GARBLED)

    async def _say(self, sign: int) -> None:
        await self._line.write(bytes((sign,)))

    async def _next(self, timeout: float) -> Item | None:
        """Return what comes next; None for silence, Broken for a packet that breaks off."""
        item, size = take(self._input)
        if item is None:
            self._input += await self._line.read(NextItem(bytes(self._input)), timeout=timeout)
            item, size = take(self._input)
            if item is None and self._input:
                item, size = Broken(bytes(self._input)), len(self._input)
        del self._input[:size]
        return item

    # ------------------------------------------------------------ synchronisation

    async def _begin(self) -> None:
        """Wake the UPS and choose what it tells by itself. Raises NoReply."""
        for _ in range(SYNCS):
            if await self._echoes(Level.FULL):
                self._level = Level.FULL
                break
        else:
            for _ in range(SYNCS // 2):
                if await self._echoes(Level.NOTHING):
                    self._level, self._in_step = Level.NOTHING, True
                    return
            raise NoReply(f"{self.url} does not echo: is it a UPS that speaks SHUT, and its cable?")
        self._in_step = True
        for _ in range(SYNCS // 2):
            if await self._echoes(Level.STATUS):
                self._level = Level.STATUS
                return
        await self._get_in_step()

    async def _get_in_step(self) -> None:
        """Say SYNC until it is echoed (section 2.4). Raises NoReply."""
        for attempt in range(SYNCS):
            # one that was switched off and on may want the common token first
            level = Level.FULL if attempt % 2 else self._level
            if await self._echoes(level):
                if level is not self._level and not await self._echoes(self._level):
                    continue
                self._in_step = True
                return
        raise NoReply(f"{self.url} does not answer")

    async def _echoes(self, level: Level) -> bool:
        """Say a token; tell whether it came back, after as long as the next one must wait."""
        loop = asyncio.get_running_loop()
        await self._settle()
        begun = loop.time()
        await self._say(level)
        while (patience := begun + ECHO_TIMEOUT - loop.time()) > 0:
            match await self._next(patience):
                case echo if echo == level:
                    return True
                case Packet(kind=PacketKind.NOTIFY) as packet:
                    await self._hear(packet)
                case _:
                    continue
        await asyncio.sleep(max(begun + SYNC_SPACING - loop.time(), 0))
        return False

    async def _settle(self) -> None:
        """Wait until the line is quiet; of what came only whole notifications count."""
        self._input += await self._line.read(Silence(gap=QUIET), timeout=QUIET)
        while self._input:
            match await self._next(0):
                case Packet(kind=PacketKind.NOTIFY) as packet:
                    await self._hear(packet)

    # ------------------------------------------------------------ notifications

    @contextmanager
    def _talking(self) -> Iterator[None]:
        """Take all that comes; what is left at the end is the listener's."""
        self._talks = True
        try:
            yield
        finally:
            self._talks = False
            self._listen_soon()

    def _arrived(self, data: bytes) -> None:
        """Take bytes that nobody was waiting for."""
        self._input += data
        del self._input[:-_INPUT_LIMIT]
        self._listen_soon()

    def _listen_soon(self) -> None:
        """Have the listener look at what came, unless somebody does already."""
        if self._talks or self._is_closed or not self._input:
            return
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen(), name=f"{self.url} listener")

    async def _listen(self) -> None:
        """Hear a notification out: until it is answered no request may go out."""
        with suppress(UpsError):
            async with self._line.exclusive():
                with self._talking():
                    await self._hear_out()

    def _be_free(self) -> None:
        """Note that an exchange has come to its end."""
        self._in_step = True
        self._free_since = asyncio.get_running_loop().time()

    async def _give_way(self) -> None:
        """Hear what the UPS has to tell before it is asked again."""
        now = asyncio.get_running_loop().time
        for _ in range(_MOST_NOTICES):
            if (patience := self._free_since + IDLE - now()) > 0 and not self._input:
                self._input += await self._line.read(NextItem(), timeout=patience)
            if not self._input:
                break
            await self._hear_out()
            self._free_since = now()

    async def _hear_out(self) -> None:
        """Deal with what came between two exchanges."""
        while self._input:
            match await self._next(NOTIFY_TIMEOUT):
                case Packet(kind=PacketKind.NOTIFY) as packet:
                    await self._hear(packet)
                case Packet():
                    # the end of a response once more: our ACK was lost
                    await self._say(ACK)
                case Broken() as broken if broken.was_notification:
                    await self._settle()
                    await self._say(NAK)

    async def _hear(self, packet: Packet) -> None:
        """Take a notification to its end, acknowledge it and hand it over."""
        report = bytearray()
        naks = 0
        while True:
            await self._say(ACK)
            report += packet.data
            if packet.is_last:
                break
            while not isinstance(item := await self._next(NOTIFY_TIMEOUT), Packet):
                if not isinstance(item, Broken) or naks >= _PACKET_TRIES:
                    return
                naks += 1
                await self._say(NAK)
            if item.kind is not PacketKind.NOTIFY or len(report) > _LONGEST_REPORT:
                return
            packet = item
        for callback in tuple(self._reports):
            callback(ReportKind.INPUT, bytes(report))

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"


async def open_shut(
    url: str,
    settings: LineSettings,
    transcript: Transcript,
    not_ready: tuple[type[Exception], ...] = (),
) -> ShutDevice:
    """Open a serial line with a UPS that speaks SHUT. Raises LinkLost and its kinds, NoReply."""
    device = ShutDevice(await open_serial(url, settings, transcript, not_ready))
    try:
        await device.open()
    except BaseException:
        await device.close()
        raise
    return device
