"""Simulated SNMP agents in a process of their own, and what passes between them and who asks.

python -m scripts.benchmarks.snmp_agents KIND... prints a JSON list of ports, then answers lines on
standard input: ``mains on``, ``mains off``, ``counts``, ``forget``. A kind is ``plain``,
``community`` or ``user``; the last two are counted.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
import json
from pathlib import Path
import sys
import time
from typing import Any, override

from tests.simulators.power import Power
from tests.simulators.snmp import Rfc1628Agent, UdpAgent

PLAIN, COMMUNITY, USER = "plain", "community", "user"
NAME, KEY = "reader", "a-long-pass-phrase"
# a poll begins after such a pause, s
_PAUSE = 0.5


@dataclass(slots=True)
class Counts:
    """What has passed since the last ``forget``."""

    polls: int = 0
    requests: int = 0
    bytes: int = 0
    """Both ways, of UDP's content."""


class _Relay(asyncio.DatagramProtocol):
    """Stands between an agent and who asks it, and counts."""

    def __init__(self, port: int) -> None:
        self.counts = Counts()
        self.port = 0
        self._agent = ("127.0.0.1", port)
        self._last = 0.0
        self._asking: dict[Any, asyncio.DatagramTransport] = {}
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        """Listen."""
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0)
        )
        self.port = self._transport.get_extra_info("sockname")[1]

    @override
    def datagram_received(self, data: bytes, addr: Any) -> None:
        now = time.monotonic()
        self.counts.polls += now - self._last > _PAUSE
        self._last = now
        self.counts.requests += 1
        self.counts.bytes += len(data)
        if addr in self._asking:
            self._asking[addr].sendto(data)
        else:
            self._task = asyncio.create_task(self._begin(data, addr))

    async def _begin(self, data: bytes, addr: Any) -> None:
        """Let one that asks have a socket of its own on the agent's side."""
        back = _Back(self, addr)
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: back, remote_addr=self._agent
        )
        self._asking[addr] = transport
        transport.sendto(data)

    def answer(self, data: bytes, addr: Any) -> None:
        """Hand an answer on."""
        self.counts.bytes += len(data)
        if self._transport is not None:
            self._transport.sendto(data, addr)


class _Back(asyncio.DatagramProtocol):
    """The agent's side of a relay, for one that asks."""

    def __init__(self, relay: _Relay, addr: Any) -> None:
        self._relay = relay
        self._addr = addr

    @override
    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._relay.answer(data, self._addr)


class Agents:
    """The process, as seen by who started it."""

    def __init__(self, process: asyncio.subprocess.Process, ports: Sequence[int]) -> None:
        """Take a process that runs."""
        self.process = process
        self.ports = ports

    async def ask(self, verb: str) -> Any:
        """Say a line, return what is answered."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{verb}\n".encode())
        return json.loads(await self.process.stdout.readline())

    async def counts(self) -> list[Counts]:
        """Return what was counted of each."""
        return [Counts(**each) for each in await self.ask("counts")]


@asynccontextmanager
async def agents(*kinds: str) -> AsyncGenerator[Agents]:
    """Run agents of RFC 1628."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, *kinds),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = await process.stdout.readline()
        if not line:
            raise RuntimeError("the agents did not start")
        yield Agents(process, json.loads(line))
    finally:
        process.stdin.close()
        await process.wait()


async def _serve(kinds: Sequence[str]) -> None:
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        made = [Rfc1628Agent(power=Power(nominal_battery=48.0)) for _ in kinds]
        ports, relays = [], []
        for kind, agent in zip(kinds, made, strict=True):
            port = await _open(stack, kind, agent)
            if kind != PLAIN:
                relay = _Relay(port)
                await relay.open()
                relays.append(relay)
                port = relay.port
            ports.append(port)
        print(json.dumps(ports), flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            answer: Any = "ok"
            match line.split():
                case ["mains", state]:
                    for agent in made:
                        agent.mains(state == "on")
                        agent.power.charge = 100
                case ["counts"]:
                    answer = [asdict(relay.counts) for relay in relays]
                case ["forget"]:
                    for relay in relays:
                        relay.counts = Counts()
            for agent in made:
                agent.seen.clear()
            print(json.dumps(answer), flush=True)


async def _open(stack: AsyncExitStack, kind: str, agent: Rfc1628Agent) -> int:
    """Put an agent on a port and return that."""
    if kind != USER:
        return (await stack.enter_async_context(UdpAgent(agent))).port
    # pysnmp's engine takes a second to make
    from tests.simulators.snmp.user import UserAgent, sha_aes  # noqa: PLC0415

    return (await stack.enter_async_context(UserAgent(agent, [sha_aes(NAME, KEY)]))).port


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1:]))
