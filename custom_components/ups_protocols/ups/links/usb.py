"""USB devices through pyusb: HID devices, bridges that carry a line, XCP, pipes for raw reports.

Each opened device has one worker thread for its transfers, and one reader thread only where it
may send by itself what somebody wants to hear. Both end with the link.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from ..errors import LinkLost, NoReply, Rejected, Unsupported
from ..transcript import Transcript
from ..usb_ids import MEGATEC, rows_for
from .base import Accepts, Link, LinkKind, Reply
from .usb_bridges import PIPE_BRIDGES, Bridge
from .usb_hid import SET_REPORT, UsbHid
from .usb_link import REPORT_TIMEOUT, Opening, UsbLink, let_go
from .usb_lookup import identify, list_devices
from .usb_string_bridges import STRING_BRIDGES
from .usb_wire import CLASS_OUT, Overflowed, Pipe
from .usb_xcp import UsbXcp

BRIDGES: Mapping[str, type[Bridge]] = {**PIPE_BRIDGES, **STRING_BRIDGES}

OPEN_TIMEOUT = 20
# wValue of the SET_REPORT by which a device without HID reports is written to (card usb-other)
_PIPE_VALUES = {(0x09AE, 0x0001): 0x0300}
_PIPE_VALUE = 0x0200


class UsbLine(UsbLink):
    """A bridge that carries requests of the Megatec family: a QueryLine."""

    def __init__(
        self,
        opening: Opening,
        pool: ThreadPoolExecutor,
        transcript: Transcript,
        variant: str | None = None,
    ) -> None:
        """Take the bridge that the user named, or that the device's ids and texts stand for.

        Raises Unsupported.
        """
        super().__init__(opening, pool, transcript)
        name = variant or next(
            (row.variant for row in rows_for(self.device) if row.protocol == MEGATEC), None
        )
        if name is None:
            raise Unsupported(
                f"which bridge {self.device.ids} is, is not known; name one of {', '.join(BRIDGES)}"
            )
        if name not in BRIDGES:
            raise Unsupported(f"there is no bridge {name}; there are {', '.join(BRIDGES)}")
        self.bridge = BRIDGES[name](self._wire)
        self._quiet_until = 0.0

    def accepts(self, request: bytes) -> Accepts:
        """Tell what of a request the bridge can say."""
        return self.bridge.accepts(request)

    async def query(
        self, request: bytes, *, reply: Reply, timeout: float, pace: float = 0
    ) -> bytes | None:
        """Send a request over the bridge and return what came (see QueryLine).

        What the bridge cannot say is not sent: the answer is that of a UPS that does not know
        it, an echo or nothing.
        """
        async with self.exclusive():
            if (pause := self._quiet_until - self._loop.time()) > 0:
                await asyncio.sleep(pause)
            data = await self._call(partial(self.bridge.exchange, request, reply, timeout), timeout)
            self._transcript.add(request, data)
            self._quiet_until = self._loop.time() + pace
            return data


class UsbPipe(UsbLink):
    """Raw reports, for the devices of card usb-other: a ReportPipe."""

    async def write_report(self, report: bytes) -> None:
        """Send one report by the control pipe. Raises LinkLost, NoReply, Rejected."""
        ids = (self.device.vendor_id, self.device.product_id)
        value = _PIPE_VALUES.get(ids, _PIPE_VALUE)
        index = self._wire.interface.number
        async with self.exclusive():
            self._transcript.add(report, None)
            await self._call(
                lambda: self._wire.control_out(
                    CLASS_OUT, SET_REPORT, value, index, report, REPORT_TIMEOUT
                )
            )

    async def write_interrupt(self, data: bytes) -> None:
        """Send bytes by the interrupt pipe. Raises LinkLost, NoReply, Unsupported."""
        pipe = self._wire.interface.pipe(is_in=False)
        if pipe is None:
            raise Unsupported(f"{self.url} has no pipe to write to")
        async with self.exclusive():
            self._transcript.add(data, None)
            try:
                await self._call(partial(self._wire.write, pipe, data, REPORT_TIMEOUT))
            except Rejected as error:
                await self._call(partial(self._wire.clear_halt, pipe))
                raise NoReply(f"{self.url} does not take this") from error

    async def read_report(self, length: int, *, timeout: float) -> bytes | None:
        """Return the next report of the interrupt pipe, None when none came in time."""
        pipe = self._wire.interface.pipe(is_in=True)
        if pipe is None:
            return None
        async with self.exclusive():
            data = await self._call(partial(self._read, pipe, length, timeout), timeout)
            if data is not None:
                self._transcript.add(None, data)
            return data

    def _read(self, pipe: Pipe, length: int, timeout: float) -> bytes | None:
        # room for whole packets: a device that fills its last one would overflow a smaller room
        room = max(-(-length // pipe.packet), 1) * pipe.packet
        try:
            return self._wire.read(pipe, room, timeout)[:length]
        except Rejected:
            self._wire.clear_halt(pipe)
        except NoReply, Overflowed:
            pass
        return None


async def open_usb(
    url: str, kind: LinkKind, transcript: Transcript, variant: str | None = None
) -> Link:
    """Open a USB device as a HID device, a report pipe, a byte line (XCP) or a query line.

    ``variant`` is the bridge that a Megatec UPS is behind, where the user knows better than the
    device's ids. Raises LinkLost and its kinds, Unsupported.
    """
    loop = asyncio.get_running_loop()
    opening = Opening(url, kind)
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=url)
    try:
        async with asyncio.timeout(OPEN_TIMEOUT):
            await loop.run_in_executor(pool, opening.open)
        match kind:
            case LinkKind.HID_DEVICE:
                return UsbHid(opening, pool, transcript)
            case LinkKind.REPORT_PIPE:
                return UsbPipe(opening, pool, transcript)
            case LinkKind.BYTE_LINE:
                return UsbXcp(opening, pool, transcript)
            case _:
                return UsbLine(opening, pool, transcript, variant)
    except TimeoutError as error:
        await let_go(opening, pool)
        raise LinkLost(f"{url} does not come up") from error
    except BaseException:
        await let_go(opening, pool)
        raise


__all__ = [
    "BRIDGES",
    "UsbHid",
    "UsbLine",
    "UsbPipe",
    "UsbXcp",
    "identify",
    "list_devices",
    "open_usb",
]
