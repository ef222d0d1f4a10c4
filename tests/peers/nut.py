"""Runs one of NUT's drivers in the foreground and reads its variables."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import re
import shutil
import socket
import tempfile

_PLACES = (Path("/lib/nut"), Path("/usr/lib/nut"), Path("/usr/libexec/nut"))
START_TIMEOUT = 60
_SETINFO = re.compile(r'SETINFO (\S+) "(.*)"')
_ADDCMD = re.compile(r"ADDCMD (\S+)")


def find(driver: str) -> Path | None:
    """Return the program of a NUT driver, None where NUT is not installed."""
    for place in _PLACES:
        if (program := place / driver).is_file():
            return program
    return None


class Crashed(RuntimeError):
    """A driver ended by a signal.

    Drivers of 2.8.0 hang up on who reads a long dump more slowly than they write it, and then
    often crash.
    """


@dataclass(frozen=True, slots=True)
class Dump:
    """What a NUT driver knows at one moment."""

    variables: Mapping[str, str]
    commands: frozenset[str]
    is_fresh: bool


class NutDriver:
    """A running driver of NUT's."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path, socket: Path) -> None:
        """Take a process that was just started."""
        self.process = process
        self.folder = folder
        self.socket = socket

    @property
    def log(self) -> str:
        """What the driver wrote."""
        return (self.folder / "log").read_text(errors="replace")

    async def dump(self) -> Dump:
        """Ask the driver for everything it knows. Raises Crashed, OSError."""
        async with asyncio.timeout(10):
            while True:
                try:
                    text = await asyncio.to_thread(self._read_all)
                    break
                except EOFError, OSError:
                    self.see_it_runs()
                    await asyncio.sleep(0.05)
        return Dump(
            dict(_SETINFO.findall(text)), frozenset(_ADDCMD.findall(text)), "DATAOK" in text
        )

    def see_it_runs(self) -> None:
        """See that the driver has not ended. Raises RuntimeError with its log, Crashed."""
        if (code := self.process.returncode) is not None:
            kind = Crashed if code < 0 else RuntimeError
            raise kind(f"it gave up ({code}):\n{self.log[-3000:]}")

    def _read_all(self) -> str:
        """Return the answer to DUMPALL. Raises EOFError where the driver hangs up."""
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(10)
            link.connect(str(self.socket))
            link.sendall(b"DUMPALL\n")
            said = bytearray()
            while b"DUMPDONE" not in said[-16:]:
                more = link.recv(65536)
                if not more:
                    raise EOFError
                said += more
        return said.decode()

    @asynccontextmanager
    async def instructing(self) -> AsyncGenerator[Callable[..., None]]:
        """Yield a function that gives an instant command, with what follows its name.

        The driver says nothing of a command, and loses those of a connection that was closed
        before it had the time to look.
        """
        reader, writer = await asyncio.open_unix_connection(self.socket)

        async def drain() -> None:
            while await reader.read(4096):
                pass

        def instruct(command: str, *arguments: str) -> None:
            writer.write(f"{' '.join(('INSTCMD', command, *arguments))}\n".encode())

        draining = asyncio.create_task(drain())
        try:
            yield instruct
        finally:
            draining.cancel()
            writer.close()

    async def cpu_seconds(self) -> float:
        """Return the processor time that the driver has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rsplit(")")[1]
        user, system = fields.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def running(
    driver: str, port: str, *, pollinterval: str = "2", **options: str
) -> AsyncGenerator[NutDriver]:
    """Start a driver on a port, yield it once it has data, end it.

    ``pollinterval`` is the time between its polls in seconds.

    Raises FileNotFoundError without NUT, RuntimeError with the driver's log when it gives up.
    """
    program = find(driver)
    if program is None:
        raise FileNotFoundError(f"NUT's {driver} is not installed (Debian: nut-server)")
    folder = Path(tempfile.mkdtemp(prefix="nut-peer-"))
    arguments = [f"{name}={value}" if value else name for name, value in options.items()]
    command = [
        str(program),
        *("-s", "peer", "-u", "root", "-D", "-x", f"port={port}"),
        *(part for argument in arguments for part in ("-x", argument)),
        *("-i", pollinterval),
    ]
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={
                **os.environ,
                "NUT_STATEPATH": str(folder),
                "NUT_ALTPIDPATH": str(folder),
                "NUT_CONFPATH": str(folder),
            },
        )
    peer = NutDriver(process, folder, folder / f"{driver}-peer")
    try:
        await _wait_for_data(peer, driver)
        yield peer
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(5):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def _wait_for_data(peer: NutDriver, driver: str) -> None:
    try:
        async with asyncio.timeout(START_TIMEOUT):
            while True:
                peer.see_it_runs()
                if peer.socket.exists() and _has_data(await peer.dump()):
                    return
                await asyncio.sleep(0.2)
    except TimeoutError as error:
        raise RuntimeError(f"{driver} has no data:\n{peer.log[-3000:]}") from error


def _has_data(dump: Dump) -> bool:
    """Tell whether a driver has read its device: a PDU has no status."""
    kind = dump.variables.get("device.type")
    return bool(dump.variables.get("ups.status")) or (dump.is_fresh and kind == "pdu")
