"""Serial lines: device paths, TCP serial servers, RFC 2217 and ESPHome, all through serialx."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
import errno
import fcntl
import struct
import termios
from typing import override
from urllib.parse import urlsplit

from serialx import (
    BaseSerialTransport,
    Parity as SerialxParity,
    PinState,
    SerialException,
    StopBits,
    create_serial_connection,
)
from serialx.common import UnknownUriScheme

from ..errors import InUse, LineSettingsFixed, LinkLost, NoPermission, NoSuchPort
from ..transcript import Transcript
from .base import AnyRequest, Exclusive, LineSettings, ModemPins, Reply, Unsubscribe
from .received import Received

CONNECT_TIMEOUT = 10
CLOSE_TIMEOUT = 3
PIN_SAMPLE_INTERVAL = 0.1
# not in the termios module: BREAK on and off (linux/tty ioctls)
_TIOCSBRK, _TIOCCBRK = 0x5427, 0x5428
# wires whose far end keeps its own line settings
_FIXED_SCHEMES = {"socket", "tcp"}


def explain(url: str, error: BaseException) -> LinkLost:
    """Turn what serialx or the system raised into our kind of failure, with what to do."""
    match error:
        case FileNotFoundError():
            return NoSuchPort(f"there is no port {url}: check the plug and the name")
        case PermissionError():
            return NoPermission(
                f"this program may not open {url}: give its user the right to (group dialout)"
            )
        case ConnectionRefusedError():
            return LinkLost(f"{url} refuses the connection: is the serial server's port right?")
        case OSError(errno=errno.EBUSY | errno.EAGAIN):
            return InUse(f"{url} is in use by another program")
        case OSError(errno=errno.ENOTTY | errno.EISDIR | errno.EINVAL):
            return NoSuchPort(f"{url} is not a serial port")
        case UnknownUriScheme():
            return NoSuchPort(f"{url} is no kind of serial port that is known here")
        case termios.error():
            return NoSuchPort(f"{url} is not a serial port")
        case ValueError():
            return NoSuchPort(f"{url} is not a complete address: {error}")
        case ImportError():
            return NoSuchPort(f"{url} needs a package that is not installed: {error}")
        case TimeoutError():
            return LinkLost(f"{url} does not answer")
        case _:
            return LinkLost(f"{url} is lost: {error or type(error).__name__}")


class SerialxLine(Exclusive, asyncio.Protocol, AnyRequest):
    """A serial wire: a ByteLine with all facets, and a QueryLine at the same time.

    Facets that the wire lacks raise LineSettingsFixed. Everything said is put into the
    transcript. One lock keeps exchanges apart; ``exclusive`` holds it for a sequence.
    """

    def __init__(self, url: str, settings: LineSettings, transcript: Transcript) -> None:
        """Take the address; nothing is opened before open()."""
        super().__init__()
        self.url = url
        self._settings = settings
        self._transcript = transcript
        self._transport: BaseSerialTransport | None = None
        self._lost: LinkLost | None = None
        self._received = Received(self._wire)
        self._on_lost: list[Callable[[], None]] = []
        self._quiet_until = 0.0

    # opening and closing

    async def open(self, not_ready: tuple[type[Exception], ...] = ()) -> None:
        """Open the wire, set its lines and let it settle.

        ``not_ready`` are exceptions by which a wire says that it is not there yet (ESPHome's
        stub in Home Assistant). Raises LinkLost and its kinds.
        """
        settings = self._settings
        close_state = PinState.LOW if settings.drop_on_close else PinState.UNDEFINED
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                self._transport, _ = await create_serial_connection(
                    asyncio.get_running_loop(),
                    lambda: self,
                    self.url,
                    baudrate=settings.baudrate,
                    byte_size=settings.byte_size,
                    parity=SerialxParity(settings.parity.value),
                    stopbits=StopBits(settings.stop_bits),
                    exclusive=True,
                    dtr_on_open=PinState.convert(settings.dtr),
                    rts_on_open=PinState.convert(settings.rts),
                    dtr_on_close=close_state,
                    rts_on_close=close_state,
                )
            if settings.settle and await self._has_modem_lines():
                await asyncio.sleep(settings.settle)
        except (OSError, SerialException, ValueError, termios.error, ImportError) as error:
            await self.close()
            raise explain(self.url, error) from error
        except not_ready as error:
            await self.close()
            raise LinkLost(f"{self.url} is not ready yet: {error}") from error
        except BaseException:
            await self.close()
            raise
        self._received.discard()

    async def close(self) -> None:
        """Close the wire; waits until the port is free again."""
        transport, self._transport = self._transport, None
        self._lose(LinkLost(f"{self.url} is closed"))
        if transport is None:
            return
        with suppress(OSError, SerialException):
            transport.close()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await transport.wait_closed()
        except TimeoutError:
            transport.abort()

    async def _has_modem_lines(self) -> bool:
        """Tell whether the wire has modem lines: a pty and a TCP server have none."""
        try:
            return (await self._sample_pins()).cts is not None
        except LineSettingsFixed:
            return False

    # asyncio.Protocol: what the wire tells us

    @override
    def data_received(self, data: bytes) -> None:
        """Take bytes: for who reads, else for who listens, else until the next request."""
        if not self._received.is_awaited and self._received.hand_on(data):
            self._transcript.add(None, data)
            return
        self._received.keep(data)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the wire is gone and wake who waits."""
        if self._lost is not None:
            # we have closed it ourselves, or have told it to who was writing
            return
        self._lose(explain(self.url, exc) if exc else LinkLost(f"{self.url} hung up"))
        for callback in tuple(self._on_lost):
            callback()

    def on_lost(self, callback: Callable[[], None]) -> Unsubscribe:
        """Tell once when the wire is found to be gone while nobody asks anything."""
        self._on_lost.append(callback)
        return lambda: self._on_lost.remove(callback)

    def _lose(self, error: LinkLost) -> None:
        self._lost = self._lost or error
        self._received.wake()

    def _wire(self) -> BaseSerialTransport:
        """Return the open transport. Raises LinkLost."""
        if self._lost is not None:
            raise type(self._lost)(*self._lost.args)
        if self._transport is None:
            raise LinkLost(f"{self.url} is not open")
        return self._transport

    # QueryLine

    async def query(
        self,
        request: bytes,
        *,
        reply: Reply,
        timeout: float,
        pace: float = 0,
    ) -> bytes | None:
        """Throw stale input away, send, and return what came (see QueryLine)."""
        async with self.exclusive():
            await self._keep_quiet()
            self.discard_input()
            self._send(request)
            data = await self._received.collect(reply, timeout) or None
            self._transcript.add(request, data)
            self._quiet_until = asyncio.get_running_loop().time() + pace
            return data

    async def _keep_quiet(self) -> None:
        """Wait out the pause that the last exchange asked for."""
        pause = self._quiet_until - asyncio.get_running_loop().time()
        if pause > 0:
            await asyncio.sleep(pause)

    # ByteLine

    async def write(self, data: bytes, *, gap: float = 0) -> None:
        """Send bytes (see ByteLine)."""
        async with self.exclusive():
            self._transcript.add(data, None)
            if not gap:
                self._send(data)
                return
            for byte in data:
                self._send(bytes((byte,)))
                await asyncio.sleep(gap)

    async def read(self, reply: Reply, *, timeout: float) -> bytes:
        """Return what comes until the reply is whole (see ByteLine)."""
        async with self.exclusive():
            data = await self._received.collect(reply, timeout)
            if data:
                self._transcript.add(None, data)
            return data

    def discard_input(self) -> bytes:
        """Throw away, and return, what came and nobody read."""
        return self._received.discard()

    def on_unsolicited(self, callback: Callable[[bytes], None]) -> Unsubscribe:
        """Hand over bytes that come while nobody reads."""
        return self._received.subscribe(callback)

    def _send(self, data: bytes) -> None:
        try:
            self._wire().write(data)
        except (OSError, SerialException) as error:
            self._lose(explain(self.url, error))
            raise explain(self.url, error) from error

    # facets

    def _local_port(self) -> int:
        """Return the file descriptor of a local port. Raises LineSettingsFixed, LinkLost."""
        fileno = getattr(self._wire().serial, "fileno", None)
        if fileno is None or urlsplit(self.url).scheme not in {"", "device"}:
            raise LineSettingsFixed(f"{self.url} cannot do that from here: it is not a local port")
        return int(fileno())

    async def _sample_pins(self) -> ModemPins:
        transport = self._wire()
        if urlsplit(self.url).scheme in {"", "device"}:
            # serialx reads every line as low when the system fails to tell (up to 1.15.1), so a
            # pulled adapter would look like a state of the UPS: ask the system ourselves
            try:
                word = await asyncio.get_running_loop().run_in_executor(
                    None, fcntl.ioctl, self._local_port(), termios.TIOCMGET, bytes(4)
                )
            except OSError as error:
                if error.errno == errno.ENOTTY:
                    raise LineSettingsFixed(f"{self.url} has no modem lines") from error
                raise explain(self.url, error) from error
            (bits,) = struct.unpack("i", word)
            return ModemPins(
                cts=bool(bits & termios.TIOCM_CTS),
                dsr=bool(bits & termios.TIOCM_DSR),
                dcd=bool(bits & termios.TIOCM_CD),
                ri=bool(bits & termios.TIOCM_RI),
            )
        try:
            pins = await transport.get_modem_pins()
        except (OSError, SerialException) as error:
            raise explain(self.url, error) from error
        if transport.is_closing():
            raise LinkLost(f"{self.url} hung up")
        return ModemPins(
            cts=pins.cts.to_bool(),
            dsr=pins.dsr.to_bool(),
            dcd=pins.car.to_bool(),
            ri=pins.rng.to_bool(),
        )

    async def read_pins(self) -> ModemPins:
        """Return the UPS's modem lines once two samples, 100 ms apart, are equal."""
        last = await self._sample_pins()
        for _ in range(10):
            await asyncio.sleep(PIN_SAMPLE_INTERVAL)
            now = await self._sample_pins()
            if now == last:
                return now
            last = now
        raise LinkLost(f"the modem lines of {self.url} do not come to rest")

    async def set_pins(self, *, dtr: bool | None = None, rts: bool | None = None) -> None:
        """Move our own modem lines; None leaves one where it is."""
        if urlsplit(self.url).scheme in _FIXED_SCHEMES:
            raise LineSettingsFixed(f"{self.url} has no modem lines that can be moved from here")
        try:
            await self._wire().set_modem_pins(dtr=PinState.convert(dtr), rts=PinState.convert(rts))
        except (OSError, SerialException) as error:
            raise explain(self.url, error) from error

    async def send_break(self, seconds: float) -> None:
        """Hold the line in BREAK; only a local port can (serialx has no BREAK)."""
        port = self._local_port()
        try:
            fcntl.ioctl(port, _TIOCSBRK)
            try:
                await asyncio.sleep(seconds)
            finally:
                fcntl.ioctl(port, _TIOCCBRK)
        except OSError as error:
            if error.errno == errno.ENOTTY:
                raise LineSettingsFixed(f"{self.url} cannot send BREAK") from error
            raise explain(self.url, error) from error

    async def set_baudrate(self, baudrate: int) -> None:
        """Change the speed of the open port."""
        if urlsplit(self.url).scheme in _FIXED_SCHEMES:
            raise LineSettingsFixed(f"the speed of {self.url} is set in the serial server")
        transport = self._wire()
        try:
            if hasattr(transport, "reconfigure_port"):
                await transport.reconfigure_port(baudrate=baudrate)
            else:
                # serialx 1.10 of Home Assistant 2026.9 has only the blocking way
                await asyncio.get_running_loop().run_in_executor(
                    None, setattr, transport.serial, "baudrate", baudrate
                )
        except (OSError, SerialException, termios.error) as error:
            raise explain(self.url, error) from error
        self.discard_input()


async def open_serial(
    url: str,
    settings: LineSettings,
    transcript: Transcript,
    not_ready: tuple[type[Exception], ...] = (),
) -> SerialxLine:
    """Open a serial wire. Raises LinkLost and its kinds."""
    line = SerialxLine(url, settings, transcript)
    await line.open(not_ready)
    return line
