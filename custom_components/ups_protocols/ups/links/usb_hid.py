"""HID interfaces over USB (card usb-hid-power-device, sections (1) and (8))."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
import logging
import threading

from ..errors import BadReply, LinkLost, NoReply, Rejected, Unsupported, UpsError
from ..transcript import Transcript
from .base import ReportKind, Unsubscribe
from .usb_link import LONGEST_DESCRIPTOR, REPORT_TIMEOUT, Opening, UsbLink
from .usb_sysfs import Outline, outline
from .usb_wire import (
    CLASS_IN,
    CLASS_OUT,
    GET_DESCRIPTOR,
    HID,
    INTERFACE_IN,
    REPORT,
    STANDARD_IN,
    STRING,
    Overflowed,
    Pipe,
    WireFault,
    report_descriptor_length,
)

_LOGGER = logging.getLogger(__name__)

READER_TIMEOUT = 0.5
# unparsable or failed reads in a row after which the pipe is left alone (card
# usb-hid-power-device, section (1))
READER_PATIENCE = 10
_READER_PAUSE = 0.1
GET_REPORT, SET_REPORT = 1, 9
_KINDS = {ReportKind.INPUT: 1, ReportKind.OUTPUT: 2, ReportKind.FEATURE: 3}
# the one Eaton whose HID descriptors have another number (card usb-hid-power-device, section (1))
_SECOND_DESCRIPTOR = (0x0463, 0x0202)


def _setup(request_type: int, request: int, value: int, index: int, length: int) -> bytes:
    """Return a set-up packet (USB 2.0, section 9.3), as the transcript shows a request."""
    words = b"".join(each.to_bytes(2, "little") for each in (value, index, length))
    return bytes((request_type, request)) + words


class UsbHid(UsbLink):
    """A HID interface (card usb-hid-power-device, sections (1) and (8)): a HidDevice.

    In the transcript a request is the set-up packet with what was written behind it, whose reply
    is the number of bytes taken; a STALL is an empty reply, silence is none.
    """

    def __init__(self, opening: Opening, pool: ThreadPoolExecutor, transcript: Transcript) -> None:
        """Take an opened device."""
        super().__init__(opening, pool, transcript)
        self._outline: Outline | None = None
        self._listeners: list[Callable[[ReportKind, bytes], None]] = []

    async def _said[T](
        self, request: bytes, call: Callable[[], T], show: Callable[[T], bytes]
    ) -> T:
        """Do one exchange and put it into the transcript."""
        async with self.exclusive():
            shown: bytes | None = None
            try:
                result = await self._call(call)
                shown = show(result)
            except Rejected:
                shown = b""
                raise
            finally:
                self._transcript.add(request, shown)
            return result

    async def report_descriptor(self) -> bytes:
        """Return the HID report descriptor. Raises LinkLost, NoReply, BadReply."""
        request = _setup(INTERFACE_IN, GET_DESCRIPTOR, REPORT << 8, self._wire.interface.number, 0)
        descriptor = await self._said(request, self._read_descriptor, lambda data: data)
        self._outline = outline(descriptor)
        return descriptor

    def _read_descriptor(self) -> bytes:
        """Read the descriptor, by the length in the configuration, else by the one asked for.

        Lengths lie: what does not end where a descriptor can end is read once more.
        """
        interface = self._wire.interface
        ids = (self.device.vendor_id, self.device.release)
        index = 1 if ids == _SECOND_DESCRIPTOR else 0
        embedded = None if index else interface.descriptor_length
        best = b""
        asked: int | None = None
        for attempt in range(2):
            if attempt or embedded is None:
                asked = self._asked_length(index)
                if asked and embedded and asked != embedded:
                    _LOGGER.debug("%s has descriptors of %s and %s bytes", self, embedded, asked)
            length = (asked or embedded) if attempt else (embedded or asked)
            try:
                data = self._wire.control_in(
                    *(INTERFACE_IN, GET_DESCRIPTOR, REPORT << 8 | index, interface.number),
                    length or LONGEST_DESCRIPTOR,
                    REPORT_TIMEOUT,
                )
            except Rejected, BadReply:
                index = 0
                continue
            except NoReply:
                if attempt and not best:
                    raise
                continue
            if outline(data).is_whole and len(data) >= (length or 0):
                return data
            best = max(best, data, key=len)
        if not best:
            raise BadReply(f"{self.url} gives no report descriptor")
        return best

    def _asked_length(self, index: int) -> int | None:
        """Ask for the HID descriptor and return the length in it."""
        try:
            data = self._wire.control_in(
                INTERFACE_IN, GET_DESCRIPTOR, HID << 8 | index, self._wire.interface.number, 9
            )
        except Rejected, NoReply, BadReply:
            return None
        return report_descriptor_length(data)

    async def get_report(self, kind: ReportKind, report_id: int, length: int) -> bytes:
        """Return a report, its id in front. Raises Rejected (STALL), NoReply, LinkLost."""
        value = _KINDS[kind] << 8 | report_id
        request = _setup(CLASS_IN, GET_REPORT, value, self._wire.interface.number, length)
        return await self._said(
            request, partial(self._get_report, value, length), lambda data: data
        )

    def _get_report(self, value: int, length: int) -> bytes:
        # a device without ids sends none; ours stands in front all the same
        without_id = not value & 0xFF
        wanted = length - without_id
        # whole packets, so that a report that is longer than declared does not overflow; no more
        # than that, since some do not end a report that fills its last packet
        packet = max(int(self._wire.raw.bMaxPacketSize0 or 8), 8)
        room = max(-(-wanted // packet), 1) * packet
        data = self._steadily(lambda room: self._transfer_in(value, room), room)
        return b"\0" * without_id + data[:wanted]

    def _transfer_in(self, value: int, room: int) -> bytes:
        try:
            return self._wire.control_in(
                *(CLASS_IN, GET_REPORT, value, self._wire.interface.number, room),
                REPORT_TIMEOUT,
            )
        except Overflowed:
            return self._wire.control_in(
                *(CLASS_IN, GET_REPORT, value, self._wire.interface.number, 8 * room),
                REPORT_TIMEOUT,
            )

    def _steadily[T](self, transfer: Callable[[int], T], room: int) -> T:
        """Do a transfer, once more where it went wrong on the wire.

        Where the device answers otherwise, that one report is at fault, not the wire.
        """
        try:
            return transfer(room)
        except WireFault:
            if self._wire.stopping.wait(0.05):
                raise
        try:
            return transfer(room)
        except WireFault as error:
            if not self._wire.is_present():
                raise
            raise NoReply(f"{self.url} fails at this report") from error

    async def set_report(self, kind: ReportKind, report: bytes) -> None:
        """Send a report, its id in front. Raises Rejected (STALL), NoReply, LinkLost."""
        data = report if report[:1] != b"\0" else report[1:]
        value = _KINDS[kind] << 8 | report[0]
        interface = self._wire.interface.number
        request = _setup(CLASS_OUT, SET_REPORT, value, interface, len(data)) + data
        # once: to send it again would be to order again
        await self._said(
            request,
            lambda: self._wire.control_out(
                CLASS_OUT, SET_REPORT, value, interface, data, REPORT_TIMEOUT
            ),
            lambda taken: taken.to_bytes(2, "little"),
        )

    async def get_string(self, index: int) -> str | None:
        """Return a string descriptor, None where there is none or it lies. Raises LinkLost."""
        request = _setup(STANDARD_IN, GET_DESCRIPTOR, STRING << 8 | index, 0, 0)
        return await self._said(
            request, partial(self._wire.text, index), lambda text: (text or "").encode()
        )

    # what the device tells by itself

    def on_report(self, callback: Callable[[ReportKind, bytes], None]) -> Unsubscribe:
        """Hand over Input reports; the reader starts with the first who wants them."""
        self._listeners.append(callback)
        pipe = self._wire.interface.pipe(is_in=True)
        if self._reader is None and pipe is not None and self._lost is None:
            self._reader = threading.Thread(
                target=self._listen, args=(pipe,), name=f"{self.url} reader", daemon=True
            )
            self._reader.start()
        return lambda: self._listeners.remove(callback)

    def _listen(self, pipe: Pipe) -> None:
        """Read reports until the link ends, or the pipe turns out to be of no use."""
        misses = 0
        wire = self._wire
        while not wire.stopping.is_set() and misses < READER_PATIENCE:
            try:
                report = self._read_input(pipe)
            except NoReply:
                continue
            except Rejected:
                misses += 1
                with suppress(UpsError):
                    wire.clear_halt(pipe)
                wire.stopping.wait(_READER_PAUSE)
            except WireFault, Overflowed, Unsupported:
                misses += 1
                wire.stopping.wait(_READER_PAUSE)
            except LinkLost as error:
                self._tell(self._lose, error)
                return
            else:
                if report:
                    misses = 0
                    self._tell(self._arrived, report)
                else:
                    misses += 1
        if not wire.stopping.is_set():
            _LOGGER.info("%s sends nothing by itself that can be read", self.url)

    def _read_input(self, pipe: Pipe) -> bytes:
        """Read one report; empty for what is none. Raises NoReply, LinkLost."""
        data = self._wire.read(pipe, pipe.packet, READER_TIMEOUT)
        lengths: Mapping[int, int] = self._outline.input_lengths if self._outline else {}
        if not data or not lengths:
            return data
        has_ids = 0 not in lengths
        if (length := lengths.get(data[0] if has_ids else 0)) is None or (has_ids and not data[1:]):
            return b""
        part = data
        while len(data) < length and len(part) == pipe.packet:
            # a full packet: the report goes on in the next
            try:
                part = self._wire.read(pipe, pipe.packet, READER_TIMEOUT)
            except NoReply:
                break
            data += part
        return data if has_ids else b"\0" + data

    def _arrived(self, report: bytes) -> None:
        self._transcript.add(None, report)
        for listener in tuple(self._listeners):
            listener(ReportKind.INPUT, report)
