"""The serial link on real ptys and sockets, and the traps of serialx."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
import errno
import os
from pathlib import Path
import pty
import termios
import tty
from typing import Any

import pytest
from serialx import ModemPins as SerialxPins, PinState
from serialx.common import BaseSerialTransport

from custom_components.ups_protocols.ups.errors import (
    InUse,
    LineSettingsFixed,
    LinkLost,
    NoPermission,
    NoSuchPort,
)
from custom_components.ups_protocols.ups.links.base import (
    Exactly,
    LineSettings,
    LinkKind,
    Silence,
    Until,
    Yes,
)
from custom_components.ups_protocols.ups.links.open import open_link
from custom_components.ups_protocols.ups.links.serial import SerialxLine, explain, open_serial
from custom_components.ups_protocols.ups.transcript import Transcript

LINE = LineSettings(baudrate=2400, dtr=True, rts=False)
CR = Until(b"\r")


class Peer:
    """The device's end of a pty; answers each line by a table, in pieces."""

    def __init__(self) -> None:
        """Open the pty."""
        self.end, slave = pty.openpty()
        tty.setraw(self.end)
        self.path = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(self.end, False)
        self.received = b""
        self.answers: dict[bytes, list[bytes | float]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        asyncio.get_running_loop().add_reader(self.end, self._read)

    def _read(self) -> None:
        try:
            self.received += os.read(self.end, 1000)
        except OSError:
            return
        for request, pieces in self.answers.items():
            if self.received.endswith(request):
                task = asyncio.ensure_future(self._say(pieces))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _say(self, pieces: list[bytes | float]) -> None:
        for piece in pieces:
            if isinstance(piece, bytes):
                self.send(piece)
            else:
                await asyncio.sleep(piece)

    def send(self, data: bytes) -> None:
        """Send to the host."""
        os.write(self.end, data)

    def unplug(self) -> None:
        """Hang up."""
        if self.end >= 0:
            asyncio.get_running_loop().remove_reader(self.end)
            os.close(self.end)
            self.end = -1


@pytest.fixture
async def peer() -> AsyncGenerator[Peer]:
    """A device on a pty."""
    peer = Peer()
    yield peer
    peer.unplug()


@pytest.fixture
async def line(peer: Peer) -> AsyncGenerator[SerialxLine]:
    """An open line to it."""
    line = await open_serial(peer.path, LINE, Transcript())
    yield line
    await line.close()


async def test_query_until_terminator(peer: Peer, line: SerialxLine) -> None:
    """Stale input is thrown away, a reply in pieces is put together."""
    peer.send(b"stale\r")
    await asyncio.sleep(0.05)
    peer.answers[b"Q1\r"] = [b"(12", 0.02, b"3\r"]
    assert await line.query(b"Q1\r", reply=CR, timeout=1) == b"(123\r"
    assert line.accepts(b"anything") == Yes()


@pytest.mark.parametrize(
    ("reply", "pieces", "whole"),
    [
        (Exactly(4), [b"ab", 0.02, b"\rd"], b"ab\rd"),
        (Silence(gap=0.1), [b"ab", 0.02, b"cd"], b"abcd"),
        (Until(b"\r", gap=0.1), [b"ab"], b"ab"),
        (Until(b"\r"), [b"ab"], b"ab"),
    ],
)
async def test_ends_of_replies(
    peer: Peer,
    line: SerialxLine,
    reply: Exactly | Silence | Until,
    pieces: list[bytes | float],
    whole: bytes,
) -> None:
    """By length, by silence, by a gap where the terminator is missing, by the time-out."""
    peer.answers[b"?"] = pieces
    assert await line.query(b"?", reply=reply, timeout=0.4) == whole


async def test_silence_is_none(line: SerialxLine) -> None:
    """Nothing at all is no reply."""
    assert await line.query(b"?", reply=CR, timeout=0.1) is None


async def test_pace_is_kept(peer: Peer, line: SerialxLine) -> None:
    """The next request waits until the device has had its rest."""
    peer.answers[b"?"] = [b"\r"]
    await line.query(b"?", reply=CR, timeout=1, pace=0.2)
    start = asyncio.get_running_loop().time()
    await line.query(b"?", reply=CR, timeout=1)
    assert asyncio.get_running_loop().time() - start >= 0.19


async def test_exchanges_do_not_mix(peer: Peer, line: SerialxLine) -> None:
    """Two tasks that ask at once get their own replies; a sequence is not broken."""
    peer.answers = {b"a": [0.05, b"A\r"], b"b": [0.05, b"B\r"]}
    both = await asyncio.gather(
        line.query(b"a", reply=CR, timeout=1), line.query(b"b", reply=CR, timeout=1)
    )
    assert list(both) == [b"A\r", b"B\r"]
    order: list[bytes] = []

    async def sequence() -> None:
        async with line.exclusive():
            for _ in range(2):
                order.append(await line.query(b"a", reply=CR, timeout=1) or b"")
                await asyncio.sleep(0.02)

    async def other() -> None:
        order.append(await line.query(b"b", reply=CR, timeout=1) or b"")

    await asyncio.gather(sequence(), other())
    assert order == [b"A\r", b"A\r", b"B\r"]


async def test_unsolicited_bytes(peer: Peer, line: SerialxLine) -> None:
    """Bytes that come while nobody reads go to the listener, not into the next reply."""
    heard: list[bytes] = []
    stop = line.on_unsolicited(heard.append)
    peer.send(b"!")
    await asyncio.sleep(0.05)
    peer.answers[b"?"] = [b"ok\r"]
    assert await line.query(b"?", reply=CR, timeout=1) == b"ok\r"
    assert heard == [b"!"]
    stop()
    peer.send(b"$")
    await asyncio.sleep(0.05)
    assert heard == [b"!"]
    assert line.discard_input() == b"$"


async def test_byte_line(peer: Peer, line: SerialxLine) -> None:
    """Bytes one by one with a pause, and read as they come."""
    await line.write(b"abc", gap=0.02)
    await asyncio.sleep(0.05)
    assert peer.received == b"abc"
    peer.send(b"xyz")
    assert await line.read(Exactly(3), timeout=1) == b"xyz"
    assert await line.read(Exactly(3), timeout=0.05) == b""


async def test_transcript_keeps_what_was_said(peer: Peer) -> None:
    """Requests, replies, silence and unsolicited bytes."""
    transcript = Transcript()
    line = await open_serial(peer.path, LINE, transcript)
    peer.answers[b"a"] = [b"A\r"]
    await line.query(b"a", reply=CR, timeout=1)
    await line.query(b"b", reply=CR, timeout=0.05)
    line.on_unsolicited(lambda data: None)
    peer.send(b"!")
    await asyncio.sleep(0.05)
    await line.close()
    assert [(each.request, each.reply) for each in transcript.exchanges] == [
        (b"a", b"A\r"),
        (b"b", None),
        (None, b"!"),
    ]


async def test_exclusive_lock(peer: Peer, line: SerialxLine) -> None:
    """A second program, or entry, hears that the port is in use."""
    with pytest.raises(InUse, match="in use"):
        await open_serial(peer.path, LINE, Transcript())


async def test_port_is_free_after_close(peer: Peer) -> None:
    """Close waits until the lock is gone."""
    for _ in range(5):
        line = await open_serial(peer.path, LINE, Transcript())
        await line.close()
    with pytest.raises(LinkLost, match="closed"):
        await line.query(b"?", reply=CR, timeout=0.1)


async def test_hang_up_in_a_query(peer: Peer, line: SerialxLine) -> None:
    """A pulled plug ends a waiting query at once, and every later one."""
    asyncio.get_running_loop().call_later(0.05, peer.unplug)
    start = asyncio.get_running_loop().time()
    with pytest.raises(LinkLost):
        await line.query(b"?", reply=CR, timeout=5)
    assert asyncio.get_running_loop().time() - start < 2
    with pytest.raises(LinkLost):
        await line.write(b"?")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (FileNotFoundError(errno.ENOENT, "x"), NoSuchPort),
        (PermissionError(errno.EACCES, "x"), NoPermission),
        (OSError(errno.EBUSY, "x"), InUse),
        (OSError(errno.ENOTTY, "x"), NoSuchPort),
        (termios.error(25, "x"), NoSuchPort),
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), LinkLost),
        (TimeoutError(), LinkLost),
        (OSError(errno.EIO, "x"), LinkLost),
        (ValueError("x"), NoSuchPort),
        (ImportError("x"), NoSuchPort),
    ],
)
def test_errors_are_explained(error: Exception, kind: type[LinkLost]) -> None:
    """Every failure becomes one of ours and names the port."""
    explained = explain("/dev/ttyS9", error)
    assert type(explained) is kind
    assert "/dev/ttyS9" in str(explained)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("/dev/no-such-port", NoSuchPort),
        ("nonsense://x", NoSuchPort),
        ("socket://127.0.0.1", NoSuchPort),
    ],
)
async def test_addresses_that_cannot_be(url: str, kind: type[LinkLost]) -> None:
    """A wrong address is told apart from a dead UPS."""
    with pytest.raises(kind):
        await open_link(url, LinkKind.QUERY_LINE, line=LINE, transcript=Transcript())


async def test_plain_file_is_no_port(tmp_path: Path) -> None:
    """A file that is no terminal is refused."""
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(NoSuchPort, match="not a serial port"):
        await open_serial(str(file), LINE, Transcript())


async def test_serial_address_carries_no_agent() -> None:
    """The only door opens what fits alone."""
    with pytest.raises(NoSuchPort, match="snmp agent"):
        await open_link("/dev/ttyS0", LinkKind.SNMP_AGENT, transcript=Transcript())


async def test_wire_that_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """ESPHome's stub raises an exception of Home Assistant's: it becomes LinkLost."""

    class StubNotReady(Exception):
        """Stands for ConfigEntryNotReady."""

    async def connect(*_: object, **__: object) -> None:
        raise StubNotReady("ESPHome has not loaded yet")

    monkeypatch.setattr(
        "custom_components.ups_protocols.ups.links.serial.create_serial_connection", connect
    )
    with pytest.raises(LinkLost, match="ESPHome"):
        await open_serial("esphome-hass://x", LINE, Transcript(), (StubNotReady,))
    with pytest.raises(StubNotReady):
        await open_serial("esphome-hass://x", LINE, Transcript())


# the traps of serialx


async def test_modem_lines_are_stated(monkeypatch: pytest.MonkeyPatch, peer: Peer) -> None:
    """By default serialx raises both lines and drops them on close: we always say what we want."""
    asked: dict[str, object] = {}
    original = BaseSerialTransport.connect

    async def connect(self: BaseSerialTransport, **kwargs: Any) -> None:
        asked.update(kwargs)
        await original(self, **kwargs)

    monkeypatch.setattr(BaseSerialTransport, "connect", connect)
    for drop, close_state in ((False, PinState.UNDEFINED), (True, PinState.LOW)):
        settings = LineSettings(baudrate=1200, dtr=None, rts=True, drop_on_close=drop)
        line = await open_serial(peer.path, settings, Transcript())
        await line.close()
        assert asked["dtr_on_open"] is PinState.UNDEFINED
        assert asked["rts_on_open"] is PinState.HIGH
        assert asked["dtr_on_close"] is asked["rts_on_close"] is close_state
        assert asked["exclusive"] is True


async def test_baudrate_changes_on_the_open_port(peer: Peer, line: SerialxLine) -> None:
    """Also with serialx 1.10, which has no reconfigure_port."""
    await line.set_baudrate(9600)
    end = os.open(peer.path, os.O_RDWR | os.O_NOCTTY)
    try:
        assert termios.tcgetattr(end)[4] == termios.B9600
    finally:
        os.close(end)


async def test_pty_has_no_modem_lines(line: SerialxLine) -> None:
    """What a wire does not have is told, not read as low."""
    with pytest.raises(LineSettingsFixed):
        await line.read_pins()
    await line.set_pins(dtr=False)


async def test_break_is_held_and_let_go(monkeypatch: pytest.MonkeyPatch, line: SerialxLine) -> None:
    """BREAK cannot be seen on a pty: what is asked of the system is seen instead."""
    asked: list[int] = []
    monkeypatch.setattr("fcntl.ioctl", lambda port, what: asked.append(what))
    await line.send_break(0.01)
    assert asked == [0x5427, 0x5428]

    def no_terminal(*_: object) -> None:
        raise OSError(errno.ENOTTY, "x")

    monkeypatch.setattr("fcntl.ioctl", no_terminal)
    with pytest.raises(LineSettingsFixed, match="BREAK"):
        await line.send_break(0.01)


type Sample = Callable[..., bytes]


def pins(*words: int) -> Sample:
    """Return an ioctl that tells these modem words one after the other, then the last."""
    left = list(words)

    def ioctl(*_: object) -> bytes:
        return (left.pop(0) if len(left) > 1 else left[0]).to_bytes(4, "little")

    return ioctl


async def test_pins_need_two_equal_reads(
    monkeypatch: pytest.MonkeyPatch, line: SerialxLine
) -> None:
    """A line that just moves is not believed."""
    monkeypatch.setattr("fcntl.ioctl", pins(0, termios.TIOCM_CTS, termios.TIOCM_CTS))
    read = await line.read_pins()
    assert (read.cts, read.dsr, read.dcd, read.ri) == (True, False, False, False)
    flicker = pins(*[0, termios.TIOCM_CTS] * 20)
    monkeypatch.setattr("fcntl.ioctl", flicker)
    with pytest.raises(LinkLost, match="come to rest"):
        await line.read_pins()


async def test_pins_of_a_pulled_adapter(monkeypatch: pytest.MonkeyPatch, line: SerialxLine) -> None:
    """An I/O error is a lost link: serialx alone would read all lines as low."""

    def ioctl(*_: object) -> bytes:
        raise OSError(errno.EIO, "gone")

    monkeypatch.setattr("fcntl.ioctl", ioctl)
    with pytest.raises(LinkLost):
        await line.read_pins()


async def test_settle_where_there_are_modem_lines(
    monkeypatch: pytest.MonkeyPatch, peer: Peer
) -> None:
    """An interface that is powered by the lines gets its time to wake; a pty needs none."""
    settings = LineSettings(baudrate=2400, dtr=True, rts=False, settle=0.3)
    loop = asyncio.get_running_loop()

    async def opening() -> float:
        start = loop.time()
        line = await open_serial(peer.path, settings, Transcript())
        await line.close()
        return loop.time() - start

    assert await opening() < 0.25
    monkeypatch.setattr("fcntl.ioctl", pins(0))
    assert await opening() >= 0.3


# TCP serial servers


type Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each line with itself in brackets, until ``bye``."""
    try:
        while (data := await reader.readuntil(b"\r")) != b"bye\r":
            writer.write(b"[" + data)
    except asyncio.IncompleteReadError:
        pass
    writer.close()


@pytest.fixture
async def server(socket_enabled: None) -> AsyncGenerator[str]:
    """A TCP serial server on loopback."""
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        yield f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_socket(server: str) -> None:
    """Queries work; what a socket cannot do is told; a closed one is lost."""
    line = await open_serial(server, LINE, Transcript())
    assert await line.query(b"Q1\r", reply=CR, timeout=1) == b"[Q1\r"
    for impossible in (
        line.set_baudrate(9600),
        line.set_pins(rts=True),
        line.send_break(0.1),
    ):
        with pytest.raises(LineSettingsFixed):
            await impossible
    assert (await line.read_pins()).cts is None
    with pytest.raises(LinkLost):
        await line.query(b"bye\r", reply=CR, timeout=2)
    await line.close()


async def test_socket_refused(socket_enabled: None, unused_tcp_port: int) -> None:
    """A server that is not there is told as such."""
    with pytest.raises(LinkLost, match="refuses"):
        await open_serial(f"socket://127.0.0.1:{unused_tcp_port}", LINE, Transcript())


async def test_remote_pins(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    """Pins of a remote port come through serialx; a wire that closes meanwhile is lost."""
    line = await open_serial(server, LINE, Transcript())
    transport = line._wire()

    async def get_modem_pins() -> SerialxPins:
        return SerialxPins(cts=PinState.HIGH, car=PinState.LOW)

    monkeypatch.setattr(transport, "get_modem_pins", get_modem_pins)
    read = await line.read_pins()
    assert (read.cts, read.dsr, read.dcd) == (True, None, False)
    monkeypatch.setattr(transport, "is_closing", lambda: True)
    with pytest.raises(LinkLost):
        await line.read_pins()
    await line.close()


async def test_a_hundred_reconnects_leak_nothing(server: str) -> None:
    """No descriptor, task or thread stays behind."""

    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208

    async def connect() -> None:
        line = await open_serial(server, LINE, Transcript())
        await line.query(b"Q1\r", reply=CR, timeout=1)
        await line.close()
        await asyncio.sleep(0)

    await connect()
    before = descriptors()
    for _ in range(100):
        await connect()
    await asyncio.sleep(0.05)
    assert descriptors() <= before + 1
    own = {task for task in asyncio.all_tasks() if "query" in repr(task) or "open" in repr(task)}
    assert own <= {asyncio.current_task()}


async def test_loss_is_told(peer: Peer, line: SerialxLine) -> None:
    """Once, while nobody asks anything; closing it ourselves is no loss."""
    told: list[str] = []
    line.on_lost(lambda: told.append("lost"))
    forget = line.on_lost(lambda: told.append("never"))
    forget()
    peer.unplug()
    async with asyncio.timeout(5):
        while not told:
            await asyncio.sleep(0.01)
    await line.close()
    assert told == ["lost"]


async def test_closing_is_no_loss(line: SerialxLine) -> None:
    """Nobody is told of what was meant."""
    told: list[str] = []
    line.on_lost(lambda: told.append("lost"))
    await line.close()
    assert told == []
