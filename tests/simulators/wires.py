"""Real wires for simulated serial UPSes: a pseudo terminal and a TCP port on loopback."""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Callable
import contextlib
import errno
import os
from pathlib import Path
import select
import tty
from types import TracebackType
from typing import Protocol, Self, override

from .faults import Faults

# A start bit, eight data bits and a stop bit.
BITS_PER_BYTE = 10

# How often a pty without a host is asked whether one has come, in seconds.
HOST_POLL = 0.01


class SerialDevice(Protocol):
    """What sits at the far end of a serial line.

    `send` is set by the wire: the device calls it with the bytes for the host and with the
    request they answer (without CR; empty when the device speaks first).
    """

    faults: Faults
    send: Callable[[bytes, bytes], None]

    def feed(self, data: bytes) -> None:
        """Take bytes from the host, in whatever pieces they come."""

    def connected(self) -> None:
        """Learn that a host has opened the line."""

    def disconnected(self) -> None:
        """Learn that the host has closed it, or that the plug was pulled."""


class Wire(ABC):
    """One line between a device and whoever opens it; use it with `async with`.

    Args:
        device: The simulated UPS.
        baud: Pace of both directions in bits a second (10 bits a byte), None = at once.
    """

    def __init__(self, device: SerialDevice, *, baud: int | None = None) -> None:
        self.device = device
        self.plugged = False
        self._byte_time = BITS_PER_BYTE / baud if baud else 0.0
        self._outgoing: asyncio.Queue[tuple[bytes, bytes]] = asyncio.Queue()
        self._incoming: asyncio.Queue[bytes] = asyncio.Queue()
        self._pumps: list[asyncio.Task[None]] = []
        self._hosted = False

    @property
    def faults(self) -> Faults:
        """Return the faults of the device's line."""
        return self.device.faults

    @property
    @abstractmethod
    def link(self) -> str:
        """Return what a host opens: a path or a socket:// URL."""

    async def start(self) -> None:
        """Put the wire where a host can open it."""
        self.device.send = self._send
        await self.replug()
        self._pumps = [asyncio.create_task(self._pump_out())]
        if self._byte_time:
            self._pumps.append(asyncio.create_task(self._pump_in()))

    async def stop(self) -> None:
        """Take the wire away and leave nothing behind."""
        for pump in self._pumps:
            pump.cancel()
        ends = await asyncio.gather(*self._pumps, return_exceptions=True)
        self._pumps = []
        await self.unplug()
        # A pump that broke is a fault of the test, and the test has to hear of it.
        for end in ends:
            if isinstance(end, Exception):
                raise end

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def unplug(self) -> None:
        """Pull the plug: the host sees a hang-up and cannot open the link again."""
        if self.plugged:
            self.plugged = False
            await self._pull()
            self._host_left()
        while not self._outgoing.empty():
            self._outgoing.get_nowait()

    async def replug(self) -> None:
        """Put the plug back: the same link can be opened again."""
        if not self.plugged:
            await self._push()
            self.plugged = True

    @abstractmethod
    async def _push(self) -> None: ...

    @abstractmethod
    async def _pull(self) -> None: ...

    @abstractmethod
    def _write(self, data: bytes) -> None:
        """Write bytes to the host at once, or lose them when there is none."""

    def _send(self, data: bytes, request: bytes) -> None:
        self._outgoing.put_nowait((data, request))

    def _host_came(self) -> None:
        if not self._hosted:
            self._hosted = True
            self.device.connected()

    def _host_left(self) -> None:
        if self._hosted:
            self._hosted = False
            self.device.disconnected()

    def _arrived(self, data: bytes) -> None:
        if self._byte_time:
            self._incoming.put_nowait(data)
        else:
            self.device.feed(data)

    async def _pump_in(self) -> None:
        while True:
            data = await self._incoming.get()
            await asyncio.sleep(len(data) * self._byte_time)
            self.device.feed(data)

    async def _pump_out(self) -> None:
        while True:
            reply, request = await self._outgoing.get()
            if self.faults.delay:
                await asyncio.sleep(self.faults.delay)
            data = self.faults.apply(reply, request)
            end = self.faults.disconnect
            await self._write_paced(data if end is None else data[:end])
            if end is not None and data:
                self.faults.disconnect = None
                await self.unplug()

    async def _write_paced(self, data: bytes) -> None:
        pause = max(self._byte_time, self.faults.gap)
        if not pause:
            if data:
                self._write(data)
            return
        loop = asyncio.get_running_loop()
        due = loop.time()
        for index in range(len(data)):
            due += pause
            await asyncio.sleep(due - loop.time())
            self._write(data[index : index + 1])


class PtyWire(Wire):
    """A pseudo terminal in raw mode.

    Args:
        device: The simulated UPS.
        symlink: A path that always leads to the slave, also after `replug`; it is gone
            while the wire is unplugged, like a USB adapter's.
        baud: As for `Wire`.
    """

    def __init__(
        self,
        device: SerialDevice,
        *,
        symlink: Path | str | None = None,
        baud: int | None = None,
    ) -> None:
        super().__init__(device, baud=baud)
        self.symlink = Path(symlink) if symlink else None
        self._slave = ""
        self._master = -1
        self._watch: asyncio.TimerHandle | None = None
        self._poll = select.poll()

    @property
    def path(self) -> str:
        """Return the path a host opens: the symlink if there is one, else the slave."""
        return str(self.symlink) if self.symlink else self._slave

    @property
    @override
    def link(self) -> str:
        return self.path

    @override
    async def _push(self) -> None:
        self._master, slave = os.openpty()
        try:
            tty.setraw(slave)
            self._slave = os.ttyname(slave)
        finally:
            # Held open it would hide from us whether a host is there.
            os.close(slave)
        os.set_blocking(self._master, False)
        self._poll = select.poll()
        self._poll.register(self._master, select.POLLHUP)
        if self.symlink:
            self.symlink.parent.mkdir(parents=True, exist_ok=True)
            if self.symlink.is_symlink():
                self.symlink.unlink()
            self.symlink.symlink_to(self._slave)
        self._wait_for_host()

    @override
    async def _pull(self) -> None:
        if self._watch:
            self._watch.cancel()
            self._watch = None
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        self._master = -1
        if self.symlink and self.symlink.is_symlink():
            # Another simulator may have taken the name since.
            if str(self.symlink.readlink()) == self._slave:
                self.symlink.unlink()

    def _wait_for_host(self) -> None:
        loop = asyncio.get_running_loop()
        if any(event & select.POLLHUP for _, event in self._poll.poll(0)):
            self._watch = loop.call_later(HOST_POLL, self._wait_for_host)
            return
        self._watch = None
        loop.add_reader(self._master, self._readable)
        self._host_came()

    def _readable(self) -> None:
        try:
            data = os.read(self._master, 4096)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            data = b""
        if data:
            self._arrived(data)
            return
        asyncio.get_running_loop().remove_reader(self._master)
        self._host_left()
        self._wait_for_host()

    @override
    def _write(self, data: bytes) -> None:
        # A full buffer is a host that does not read: a real line would lose the bytes too.
        if self._hosted and self._master >= 0:
            with contextlib.suppress(BlockingIOError):
                os.write(self._master, data)


class TcpWire(Wire):
    """A raw TCP port on loopback, as a serial device server offers it; one host at a time.

    Args:
        device: The simulated UPS.
        port: The port, 0 = any free one; it stays the same after `replug`.
        baud: As for `Wire`.
    """

    def __init__(self, device: SerialDevice, *, port: int = 0, baud: int | None = None) -> None:
        super().__init__(device, baud=baud)
        self.port = port
        self._server: asyncio.Server | None = None
        self._host: asyncio.Transport | None = None

    @property
    def url(self) -> str:
        """Return the socket:// URL of the port."""
        return f"socket://127.0.0.1:{self.port}"

    @property
    @override
    def link(self) -> str:
        return self.url

    @override
    async def _push(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _TcpHost(self), "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    @override
    async def _pull(self) -> None:
        if self._host:
            self._host.abort()
            self._host = None
        if self._server:
            self._server.close()
            self._server = None

    @override
    def _write(self, data: bytes) -> None:
        if self._host and not self._host.is_closing():
            self._host.write(data)

    def host_came(self, transport: asyncio.Transport) -> None:
        """Take a new host's connection; the one before is dropped."""
        if self._host:
            self._host.abort()
            self._host_left()
        self._host = transport
        self._host_came()

    def host_spoke(self, transport: asyncio.Transport, data: bytes) -> None:
        """Pass on what the present host sent."""
        if transport is self._host:
            self._arrived(data)

    def host_left(self, transport: asyncio.Transport) -> None:
        """Notice that a host has gone."""
        if transport is self._host:
            self._host = None
            self._host_left()


class _TcpHost(asyncio.Protocol):
    def __init__(self, wire: TcpWire) -> None:
        self._wire = wire
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._wire.host_came(transport)

    @override
    def data_received(self, data: bytes) -> None:
        if self._transport:
            self._wire.host_spoke(self._transport, data)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport:
            self._wire.host_left(self._transport)
