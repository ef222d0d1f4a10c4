"""A simulated UPS in a process of its own, and what other processes use of the machine."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
import shlex
import sys
import time

_STOP_TIMEOUT = 5


def cpu_seconds(pid: int) -> float:
    """Return the processor time a process has used, of all its threads, to the nanosecond."""
    # clock_getcpuclockid(3), which Python has not: the clock's number is made of the process's
    return time.clock_gettime((~pid << 3) | 2)


class Simulator:
    """One simulated UPS, and its control channel."""

    def __init__(self, process: asyncio.subprocess.Process, link: str, control: Path) -> None:
        """Take a process that runs."""
        self.process = process
        self.link = link
        self._control = control
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, verb: str) -> str:
        """Say one line on the control channel, return the answer. Raises RuntimeError."""
        if self._writer is None or self._reader is None:
            # the list of everything received is one long line
            self._reader, self._writer = await asyncio.open_unix_connection(
                self._control, limit=2**22
            )
        self._writer.write(f"{verb}\n".encode("latin-1"))
        answer = (await self._reader.readline()).decode("latin-1").strip()
        if answer.startswith("error"):
            raise RuntimeError(f"the simulator answers {answer!r} to {verb!r}")
        return answer

    async def received(self) -> list[str]:
        """Return the requests since the last ``forget``."""
        return shlex.split(await self.ask("received"))

    def wire_bytes(self) -> int:
        """Return the bytes that have passed the pty, both ways.

        The simulator reads and writes nothing but its pty while it runs: its control channel is
        a socket, and the system counts those apart.
        """
        text = Path(f"/proc/{self.process.pid}/io").read_text(encoding="ascii")
        counts = dict(line.split(": ") for line in text.splitlines())
        return int(counts["rchar"]) + int(counts["wchar"])

    def close(self) -> None:
        """Let go of the control channel."""
        if self._writer is not None:
            self._writer.close()


@asynccontextmanager
async def simulator(
    folder: Path, name: str, protocol: str, *options: str
) -> AsyncGenerator[Simulator]:
    """Run a simulated UPS at a pty; ``options`` are those of ``python -m tests.simulators``."""
    control = folder / f"{name}.control"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.simulators", protocol),
        *("--pty", str(folder / name), "--control", str(control), *options),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        link = (await process.stdout.readline()).decode().strip()
        if not link:
            raise RuntimeError("the simulator did not start")
        unit = Simulator(process, link, control)
        try:
            yield unit
        finally:
            unit.close()
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(_STOP_TIMEOUT):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
