"""Our own side of a comparison over USB: a process under umockdev's preload library.

python -m tests.peers.usb_reader URL [--protocol ID] [--option NAME=VALUE], JSON lines on stdin and
stdout: see the methods of `Reader`. `Client` drives it from a test.
"""

import argparse
import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
import json
import sys
from typing import Any

from custom_components.ups_protocols.ups.catalog import ProtocolInfo, protocol
from custom_components.ups_protocols.ups.cli import as_report
from custom_components.ups_protocols.ups.detect import detect
from custom_components.ups_protocols.ups.errors import UpsError
from custom_components.ups_protocols.ups.session import Intervals, Session
from tests.usbsim import preload

# seconds, so long that nothing is polled
_NEVER = 3600.0

type Answer = dict[str, Any]


class Reader:
    """Sessions with one device, one at a time."""

    def __init__(self, url: str, protocol_id: str, options: Mapping[str, str]) -> None:
        self._url = url
        self._protocol_id = protocol_id
        self._options = options
        self._info: ProtocolInfo | None = None
        self._session: Session | None = None
        # what a dialect was found by is not looked for again
        self._memory: dict[str, Any] = {}

    async def open(self) -> Answer:
        """Open a session that polls nothing by itself; return what it read."""
        if self._info is None:
            self._info = (
                protocol(self._protocol_id) if self._protocol_id else await detect(self._url)
            )
        session = self._session = Session(
            self._url,
            self._info,
            options=self._options,
            memory=self._memory,
            intervals=Intervals(status=_NEVER, full=_NEVER),
        )
        session.start()
        snapshot = await session.ready()
        return as_report(session, snapshot)

    async def run(self, command: str, **parameters: float) -> Answer:
        """Give a command with those of the parameters that it takes."""
        assert self._session is not None
        known = {each.name for each in self._session.capabilities.commands[command].parameters}
        given = {name: value for name, value in parameters.items() if name in known}
        try:
            outcome = await self._session.run(command, **given)
        except UpsError as error:
            return {"error": f"{type(error).__name__}: {error}"}
        return {"result": outcome.result, "parameters": dict(outcome.parameters)}

    async def flags(self) -> Answer:
        """Tell the flags as they are known; nothing is asked for them."""
        assert self._session is not None
        snapshot = self._session.snapshot
        return {"flags": sorted(snapshot.status.flags) if snapshot else []}

    async def close(self) -> Answer:
        """Let go of the device."""
        assert self._session is not None
        await self._session.close()
        self._session = None
        return {}


async def _serve(reader: Reader) -> None:
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        request = json.loads(line)
        try:
            answer = await getattr(reader, request.pop("verb"))(**request)
        except UpsError as error:
            answer = {"failure": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


class Client:
    """The other end of the pipe."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, verb: str, **arguments: Any) -> Answer:
        """Have a method of `Reader` called. Raises RuntimeError for what we cannot read."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"verb": verb, **arguments}).encode() + b"\n")
        await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        answer: Answer = json.loads(line) if line else {"failure": "the reader has ended"}
        if "failure" in answer:
            raise RuntimeError(f"{verb} {arguments}: {answer['failure']}")
        return answer


@asynccontextmanager
async def reader(
    environment: Mapping[str, str], url: str, options: Sequence[str] = ()
) -> AsyncGenerator[Client]:
    """Start a reader in the environment of a simulator's client."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, url, *options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=preload.ROOT,
        env=dict(environment),
        limit=1 << 20,
    )
    try:
        yield Client(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def main() -> None:
    """Serve standard input."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--protocol", default="")
    parser.add_argument("--option", action="append", default=[])
    chosen = parser.parse_args()
    options = dict(each.split("=", 1) for each in chosen.option)
    asyncio.run(_serve(Reader(chosen.url, chosen.protocol, options)))


if __name__ == "__main__":
    main()
