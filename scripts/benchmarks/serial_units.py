"""Simulated UPSes on serial lines, many in a process of their own.

python -m scripts.benchmarks.serial_units FOLDER SPEED PROTOCOL... prints a JSON list of what to
open, then answers lines on standard input: ``NUMBER mains on``, ``NUMBER plug off`` ...
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
import json
from pathlib import Path
import sys

from tests.simulators.__main__ import PROTOCOLS
from tests.simulators.clock import Clock
from tests.simulators.wires import PtyWire


class Units:
    """The process, as seen by who started it."""

    def __init__(self, process: asyncio.subprocess.Process, links: Sequence[str]) -> None:
        """Take a process that runs."""
        self.process = process
        self.links = links
        self._turn = asyncio.Lock()

    async def mains(self, number: int, *, is_on: bool) -> None:
        """Have the mains of one fail or return; its battery is full then."""
        await self._tell(number, "mains", is_on)

    async def plug(self, number: int, *, is_in: bool) -> None:
        """Pull the plug of the line of one, or put it back."""
        await self._tell(number, "plug", is_in)

    async def _tell(self, number: int, verb: str, state: bool) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        async with self._turn:
            self.process.stdin.write(f"{number} {verb} {'on' if state else 'off'}\n".encode())
            await self.process.stdout.readline()


@asynccontextmanager
async def units(
    folder: Path, protocols: Sequence[str], *, speed: float = 1
) -> AsyncGenerator[Units]:
    """Run a simulated UPS of each of these protocols, at so many of its seconds a second."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, str(folder), str(speed), *protocols),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = await process.stdout.readline()
        if not line:
            raise RuntimeError("the simulated UPSes did not start")
        yield Units(process, json.loads(line))
    finally:
        process.stdin.close()
        await process.wait()


async def _serve(folder: Path, speed: float, protocols: Sequence[str]) -> None:
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        made, wires = [], []
        for index, protocol in enumerate(protocols):
            dialects, make = PROTOCOLS[protocol]
            device = make(dialects[0], clock=Clock(speed=speed))
            wire = PtyWire(device, symlink=folder / f"unit{index}")
            await stack.enter_async_context(wire)
            made.append(device)
            wires.append(wire)
        print(json.dumps([wire.link for wire in wires]), flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            number_of, verb, state = line.split()
            number, is_on = int(number_of), state == "on"
            if verb == "mains":
                made[number].mains(is_on)
                made[number].set("charge", "100")
            else:
                await (wires[number].replug() if is_on else wires[number].unplug())
            for each in made:
                each.received.clear()
            print("ok", flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
