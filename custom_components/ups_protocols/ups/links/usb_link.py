"""What all links over USB share: a device that was taken, its worker thread, and its end."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
import logging
import threading
from typing import override

from ..errors import BadReply, InUse, LinkLost, NoReply, Rejected, Unsupported
from ..transcript import Transcript
from .base import Exclusive, LinkKind, Unsubscribe, UsbDevice
from .usb_address import UsbAddress
from .usb_lookup import BUS, TAKEN, find, number_of
from .usb_sysfs import Outline, outline
from .usb_wire import GET_DESCRIPTOR, INTERFACE_IN, REPORT, Interface, UsbWire

_LOGGER = logging.getLogger(__name__)

CLOSE_TIMEOUT = 10
# above every time-out of the transfers that one call may make
GUARD = 30
REPORT_TIMEOUT = 2.0
# a descriptor is one control transfer
LONGEST_DESCRIPTOR = 4096


class Opening:
    """Takes a device, in its worker thread; what it took is given back by ``close``."""

    def __init__(self, url: str, kind: LinkKind) -> None:
        """Take what is wanted; nothing is opened."""
        self.url = url
        self.kind = kind
        self.wire: UsbWire | None = None
        self.device: UsbDevice | None = None
        self._number: tuple[int, int] | None = None

    def open(self) -> None:
        """Find the device and claim its interface. Raises LinkLost and its kinds, Unsupported."""
        with BUS:
            raw, self.device = find(UsbAddress.parse(self.url))
            number = number_of(raw)
            if number in TAKEN:
                raise InUse(f"{self.url} is open in this program already")
            wire = self.wire = UsbWire(self.url, raw)
            self._number = number
            TAKEN.add(number)
            interfaces = wire.interfaces
            if not interfaces:
                raise Unsupported(f"{self.url} has no interface")
            if self.kind is LinkKind.HID_DEVICE:
                _claim_hid(wire, interfaces)
            else:
                wire.claim(interfaces[0])

    def close(self) -> None:
        """Give everything back."""
        if self.wire is not None:
            self.wire.close()
        if self._number is not None:
            TAKEN.discard(self._number)

    @property
    def opened(self) -> tuple[UsbWire, UsbDevice]:
        """Return what open() found."""
        if self.wire is None or self.device is None:
            raise LinkLost(f"{self.url} is not open")
        return self.wire, self.device


def _claim_hid(wire: UsbWire, interfaces: Sequence[Interface]) -> None:
    """Claim the HID interface that is a UPS: not always the first (card usb-ids).

    The system's copies of the report descriptors tell where there are any; else each is claimed
    and read, until one says that it is a UPS. Nothing is written.
    """
    hids = [each for each in interfaces if each.is_hid] or list(interfaces[:1])
    if len(hids) == 1:
        wire.claim(hids[0])
        return
    for known in (True, False):
        for interface in hids:
            seen = wire.report_outline(interface)
            if known and seen is not None and seen.is_power_device:
                wire.claim(interface)
                return
            if not known and seen is None:
                wire.claim(interface)
                if read_outline(wire, interface).is_power_device:
                    return
                wire.release()
    wire.claim(hids[0])


def read_outline(wire: UsbWire, interface: Interface) -> Outline:
    """Look over a report descriptor that is read from the device. Raises LinkLost."""
    length = interface.descriptor_length or LONGEST_DESCRIPTOR
    try:
        raw = wire.control_in(
            INTERFACE_IN, GET_DESCRIPTOR, REPORT << 8, interface.number, length, REPORT_TIMEOUT
        )
    except Rejected, NoReply, BadReply:
        raw = b""
    return outline(raw)


async def let_go(
    opening: Opening, pool: ThreadPoolExecutor, reader: threading.Thread | None = None
) -> None:
    """Close a device in its worker and end its threads."""

    def end() -> None:
        if opening.wire is not None:
            opening.wire.stopping.set()
        if reader is not None:
            reader.join(CLOSE_TIMEOUT)
        try:
            pool.submit(opening.close).result(CLOSE_TIMEOUT)
        except TimeoutError:
            # a transfer that the system never ends: nothing can be done about its thread
            _LOGGER.warning("A transfer with %s does not end", opening.url)
            pool.shutdown(wait=False)
        else:
            pool.shutdown(wait=True)

    await _to_the_end(asyncio.get_running_loop().run_in_executor(None, end))


async def _to_the_end(future: asyncio.Future[None]) -> None:
    """Wait for what takes a bounded time, also when who waits is cancelled.

    Whoever cancels is to find the device free and its threads ended.
    """
    try:
        await asyncio.shield(future)
    except asyncio.CancelledError:
        await future
        raise


class UsbLink(Exclusive):
    """What all links over USB share: a worker thread, a transcript, and an end."""

    def __init__(self, opening: Opening, pool: ThreadPoolExecutor, transcript: Transcript) -> None:
        """Take an opened device."""
        super().__init__()
        self.url = opening.url
        self.device: UsbDevice
        self._wire, self.device = opening.opened
        self._opening = opening
        self._pool = pool
        self._transcript = transcript
        self._loop = asyncio.get_running_loop()
        self._lost: LinkLost | None = None
        self._on_lost: list[Callable[[], None]] = []
        self._reader: threading.Thread | None = None
        self._ending: asyncio.Future[None] | None = None

    def on_lost(self, callback: Callable[[], None]) -> Unsubscribe:
        """Tell once when the device is found to be gone while nobody asks it anything."""
        self._on_lost.append(callback)
        return lambda: self._on_lost.remove(callback)

    async def close(self) -> None:
        """Give the device back, its kernel driver too, and end all threads."""
        self._lost = self._lost or LinkLost(f"{self.url} is closed")
        self._on_lost.clear()
        if self._ending is None:
            self._ending = asyncio.ensure_future(let_go(self._opening, self._pool, self._reader))
        await _to_the_end(self._ending)

    def _lose(self, error: LinkLost) -> None:
        """Note that the device is gone, and tell it."""
        if self._lost is not None:
            return
        # without its frames: they hold the device
        self._lost = type(error)(*error.args)
        for callback in tuple(self._on_lost):
            callback()

    def _tell[*Ts](self, what: Callable[[*Ts], None], *arguments: *Ts) -> None:
        """Have the loop do something; for a reader thread."""
        with suppress(RuntimeError):
            # the loop may have ended before the reader
            self._loop.call_soon_threadsafe(what, *arguments)

    async def _call[T](self, call: Callable[[], T], timeout: float = 0) -> T:
        """Have the worker do something that takes up to ``timeout`` seconds, and a bit more.

        Raises what it raises; LinkLost is for good.
        """
        if self._lost is not None:
            raise type(self._lost)(*self._lost.args)
        try:
            async with asyncio.timeout(timeout + GUARD):
                return await self._loop.run_in_executor(self._pool, call)
        except LinkLost as error:
            self._lose(error)
            raise
        except TimeoutError as error:
            self._lose(LinkLost(f"a transfer with {self.url} does not end"))
            raise LinkLost(f"a transfer with {self.url} does not end") from error
        except RuntimeError as error:
            # the worker has ended
            raise LinkLost(f"{self.url} is closed") from error

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"
