"""Run one simulated agent: python -m tests.simulators.snmp rfc1628 --port 1161.

A line on standard input changes it: ``mains off``, ``mains on``, ``restart``, ``silence on``.
Without ``--user`` it speaks v1 and v2c (communities public, to read, and private); with it v3,
authPriv by SHA and AES, and both keys are the word given behind the colon.
"""

import argparse
import asyncio
from contextlib import AsyncExitStack, suppress
import signal
import sys
from typing import Any

from . import AGENTS, Agent, UdpAgent, make_agent
from .recorded import FOLDER, recording


def _parse() -> argparse.Namespace:
    recorded = sorted(file.stem for file in FOLDER.glob("*.snmprec"))
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.snmp", description=__doc__)
    parser.add_argument("agent", choices=(*AGENTS, *recorded))
    parser.add_argument("--port", type=int, default=1161, help="on loopback, 0 = any")
    parser.add_argument("--traps", type=int, metavar="PORT", help="where its traps go to")
    parser.add_argument("--phases", type=int, default=1, choices=(1, 3))
    parser.add_argument("--model", default="", help="what it calls itself (rfc1628)")
    parser.add_argument("--control", metavar="PATH", help="a unix socket that takes the same lines")
    parser.add_argument("--user", metavar="NAME:KEY", help="SNMPv3 instead of v1 and v2c")
    return parser.parse_args()


def _obey(agent: Agent, words: list[str]) -> str:
    """Do what one line says; return what to answer."""
    match words:
        case ["mains", ("on" | "off") as state]:
            if (mains := getattr(agent, "mains", None)) is None:
                return "error: this one has no mains to cut"
            mains(state == "on")
        case ["silence", ("on" | "off") as state]:
            agent.faults.silence = state == "on"
        case ["restart"]:
            agent.restart()
        case _:
            return "error: mains on|off, silence on|off, restart"
    return "ok"


async def _listen(agent: Agent, path: str) -> asyncio.Server:
    """Take lines on a unix socket."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(f"{_obey(agent, line.decode().split())}\n".encode())
            await writer.drain()
        writer.close()

    return await asyncio.start_unix_server(serve, path)


async def _run(arguments: argparse.Namespace) -> None:
    options: dict[str, Any] = {}
    if arguments.agent == "rfc1628":
        options = {"phases": arguments.phases}
        if arguments.model:
            options["model"] = arguments.model
    made = (
        make_agent(arguments.agent, **options)
        if arguments.agent in AGENTS
        else recording(arguments.agent)
    )
    assert made is not None
    agent: Agent = made
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)

    def read() -> None:
        if line := sys.stdin.readline():
            print(_obey(agent, line.split()), flush=True)
        else:
            loop.remove_reader(sys.stdin)

    async with AsyncExitStack() as stack:
        if arguments.user:
            # pysnmp's engine takes a second to make
            from .user import UserAgent, sha_aes  # noqa: PLC0415

            name, _, key = arguments.user.partition(":")
            user = UserAgent(agent, [sha_aes(name, key)], port=arguments.port)
            host = (await stack.enter_async_context(user)).host
        else:
            wire = UdpAgent(agent, port=arguments.port, trap_port=arguments.traps)
            host = (await stack.enter_async_context(wire)).host
        if arguments.control:
            server = await _listen(agent, arguments.control)
            stack.callback(server.close)
        print(f"snmp://{host}", flush=True)
        # a file or /dev/null cannot be waited for
        with suppress(OSError):
            loop.add_reader(sys.stdin, read)
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(_run(_parse()))
