"""The wires, their faults and the control channel, over real terminals and sockets."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
import os
from pathlib import Path
import signal
import sys
import time
from typing import Self

import pytest
import pytest_socket

from .control import Control
from .megatec import MegatecUps, make_ups
from .wires import PtyWire, TcpWire, Wire

STATUS = b"(230.0 230.0 230.0 030 50.0 27.3 25.0 00001001\r"
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def loopback(socket_enabled: None) -> None:
    """Open the sockets that Home Assistant's test plugin shuts for every test."""
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)


class Host:
    """What opens a link: a terminal or a socket, read without blocking."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._file = -1
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        if isinstance(self._wire, PtyWire):
            self._file = os.open(self._wire.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        else:
            assert isinstance(self._wire, TcpWire)
            self._streams = await asyncio.open_connection("127.0.0.1", self._wire.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._streams:
            self._streams[1].close()
            with contextlib.suppress(ConnectionError):
                await self._streams[1].wait_closed()
        else:
            os.close(self._file)

    def write(self, data: bytes) -> None:
        if self._streams:
            self._streams[1].write(data)
        else:
            os.write(self._file, data)

    async def read(self, until: bytes = b"\r", timeout: float = 1.0) -> bytes:
        """Return what comes until it ends so, or nothing more comes in time."""
        got = b""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while not got.endswith(until):
                    got += await self._some()
        return got

    async def _some(self) -> bytes:
        if self._streams:
            data = await self._streams[0].read(1)
            if not data:
                raise ConnectionResetError
            return data
        while True:
            try:
                data = os.read(self._file, 1)
            except BlockingIOError:
                await asyncio.sleep(0.002)
                continue
            if not data:
                raise ConnectionResetError
            return data

    async def ask(self, request: bytes, timeout: float = 1.0) -> bytes:
        self.write(request + b"\r")
        return await self.read(timeout=timeout)


@pytest.fixture(params=["pty", "tcp"])
async def wire(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Wire]:
    ups = make_ups()
    made: Wire
    if request.param == "pty":
        made = PtyWire(ups, symlink=tmp_path / "ups")
    else:
        made = TcpWire(ups)
    async with made:
        yield made


def device(wire: Wire) -> MegatecUps:
    """Return the unit at the end of a wire."""
    assert isinstance(wire.device, MegatecUps)
    return wire.device


async def test_host_may_come_back(wire: Wire) -> None:
    for _ in range(3):
        async with Host(wire) as host:
            assert await host.ask(b"Q1") == STATUS
            assert device(wire).hosted
        await asyncio.sleep(0.05)
        assert not device(wire).hosted
    assert device(wire).received == [b"Q1"] * 3


async def test_unplug_and_replug(wire: Wire) -> None:
    before = wire.link
    async with Host(wire) as host:
        assert await host.ask(b"Q1") == STATUS
        await wire.unplug()
        with pytest.raises(OSError):
            await host.read()
    assert not device(wire).hosted
    with pytest.raises(OSError):
        async with Host(wire):
            pass
    await wire.replug()
    assert wire.link == before
    async with Host(wire) as host:
        assert await host.ask(b"Q1") == STATUS


async def test_nothing_is_left_behind(tmp_path: Path) -> None:
    async with PtyWire(make_ups(), symlink=tmp_path / "ups") as wire:
        assert (tmp_path / "ups").is_symlink()
        assert wire.path == str(tmp_path / "ups")
    assert not list(tmp_path.iterdir())


async def test_faults_on_the_line(wire: Wire) -> None:
    faults = wire.faults
    async with Host(wire) as host:
        faults.silence = True
        assert await host.ask(b"Q1", 0.1) == b""
        faults.clear()
        faults.mute("F")
        assert await host.ask(b"F", 0.1) == b""
        faults.drop = 1
        assert await host.ask(b"Q1", 0.1) == b""
        assert await host.ask(b"Q1") == STATUS
        faults.cut = 20
        assert await host.ask(b"Q1", 0.1) == STATUS[:20]
        faults.clear()
        faults.no_cr = True
        assert await host.ask(b"Q1", 0.1) == STATUS[:-1]
        faults.clear()
        faults.duplicate = True
        host.write(b"Q1\r")
        assert await host.read(until=STATUS + STATUS) == STATUS + STATUS
        faults.clear()
        faults.echo_reply = True
        host.write(b"Q1\r")
        assert await host.read(until=STATUS) == b"Q1\r" + STATUS
        faults.clear()
        faults.nul = True
        damaged = await host.ask(b"Q1")
        assert damaged.count(b"\0") == 2
        assert damaged.replace(b"\0", b"") == STATUS
        faults.clear()
        faults.echo = True
        assert await host.ask(b"Q1") == b"Q1\r"
        faults.clear()
        faults.unknown("I")
        assert await host.ask(b"I") == b"I\r"
        faults.corrupt("Q1", 3, 0xFF)
        assert await host.ask(b"F") == b"#230.0 004 24.00 50.0\r"
        assert await host.ask(b"Q1") == STATUS[:3] + b"\xff" + STATUS[4:]
        assert await host.ask(b"Q1") == STATUS
        assert list(faults.active()) == ["refused"]


async def test_garbage_is_the_same_for_the_same_seed(wire: Wire) -> None:
    async with Host(wire) as host:
        seen = []
        for _ in range(2):
            wire.faults.seed(7)
            wire.faults.garbage = 1
            host.write(b"Q1\r")
            got = await host.read(until=b"never", timeout=0.1)
            assert len(got) == len(STATUS)
            seen.append(got)
        assert seen[0] == seen[1] != STATUS
        assert await host.ask(b"Q1") == STATUS


async def test_delay_and_gap(wire: Wire) -> None:
    async with Host(wire) as host:
        wire.faults.delay = 0.2
        assert await host.ask(b"Q1", 0.1) == b""
        assert await host.read() == STATUS
        wire.faults.clear()
        wire.faults.gap = 0.005
        began = time.monotonic()
        assert await host.ask(b"Q1") == STATUS
        assert time.monotonic() - began >= len(STATUS) * 0.005


async def test_disconnect_within_a_reply(wire: Wire) -> None:
    wire.faults.disconnect = 10
    async with Host(wire) as host:
        host.write(b"Q1\r")
        with pytest.raises(OSError):
            await host.read()
    assert not wire.plugged
    assert wire.faults.disconnect is None


async def test_pace_of_2400_baud() -> None:
    async with PtyWire(make_ups(), baud=2400) as wire, Host(wire) as host:
        began = time.monotonic()
        assert await host.ask(b"Q1") == STATUS
        # 3 bytes out and 47 back at 4.17 ms.
        assert 0.2 <= time.monotonic() - began < 0.6


async def test_a_fault_that_cannot_be_is_heard_of() -> None:
    async def run() -> None:
        async with PtyWire(make_ups()) as wire, Host(wire) as host:
            wire.faults.corrupt("Q1", 99, 0)
            await host.ask(b"Q1", 0.1)

    with pytest.raises(ValueError, match="no byte 99"):
        await run()


async def test_newer_host_takes_the_port() -> None:
    async with TcpWire(make_ups()) as wire, Host(wire) as first:
        assert await first.ask(b"Q1") == STATUS
        async with Host(wire) as second:
            assert await second.ask(b"Q1") == STATUS
            with pytest.raises(OSError):
                await first.read()


async def test_control_verbs(tmp_path: Path) -> None:
    ups = make_ups()
    async with (
        PtyWire(ups, symlink=tmp_path / "ups") as wire,
        Control(ups, wire, path=tmp_path / "control", port=0) as control,
    ):
        steps = [
            ("mains off", "ok"),
            ("get utility_failed", "on"),
            ("mains on", "ok"),
            ("set load 40", "ok"),
            ("get load", "40"),
            ("get output_on", "on"),
            ("set manufacturer 'A B'", "ok"),
            ("get manufacturer", "A B"),
            ("fault silence on", "ok"),
            ("fault garbage 3", "ok"),
            ("fault gap 0.5", "ok"),
            ("fault cut 7", "ok"),
            ("faults", "silence garbage cut gap"),
            ("fault cut off", "ok"),
            ("faults", "silence garbage gap"),
            ("clear", "ok"),
            ("mute 'Bl ?'", "ok"),
            ("unknown F", "ok"),
            ("faults", "muted refused"),
            ("fix battery 2.05", "ok"),
            ("blank temperature @", "ok"),
            ("glitch 140", "ok"),
            ("received", ""),
            ("unplug", "ok"),
            ("replug", str(tmp_path / "ups")),
        ]
        reader, writer = await asyncio.open_unix_connection(tmp_path / "control")
        for line, answer in steps:
            writer.write(line.encode() + b"\n")
            assert (await reader.readline()).decode() == answer + "\n", line
        assert ups.ask("Q1") == b"(230.0 140.0 230.0 040 50.0 2.05 @@.@ 00001001\r"
        assert ups.ask("F") == b"F\r"
        ups.faults.clear()
        assert await control.execute("received") == "'Q1' 'F'"
        for wrong in ("mains", "mains maybe", "set lode 1", "fault lightning on", "dance", "'"):
            assert (await control.execute(wrong)).startswith("error: "), wrong
        ups.ask("S.2R0010")
        await control.execute("advance 13")
        assert await control.execute("get output_on") == "off"
        writer.close()
        over_tcp, writer = await asyncio.open_connection("127.0.0.1", control.port)
        writer.write(b"press\nquit\n")
        assert await over_tcp.readline() == b"ok\n"
        assert await over_tcp.readline() == b"bye\n"
        assert ups.output_on
        assert control.stopped.is_set()
        writer.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
async def test_command_line(tmp_path: Path, end: signal.Signals) -> None:
    link = tmp_path / "ups"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.simulators", "megatec", "--dialect", "mustek", "--set", "load=44"),
        *("--pty", str(link), "--control", str(tmp_path / "control")),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    async with asyncio.timeout(20):
        assert (await process.stdout.readline()).decode().strip() == str(link)
    reader, writer = await asyncio.open_unix_connection(tmp_path / "control")
    writer.write(b"get load\n")
    assert await reader.readline() == b"44\n"
    writer.close()
    process.send_signal(end)
    async with asyncio.timeout(10):
        assert await process.wait() == 0
    assert not list(tmp_path.iterdir())
