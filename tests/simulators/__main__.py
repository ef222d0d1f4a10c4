"""Run one simulated UPS: python -m tests.simulators megatec --pty /tmp/ups/1."""

import argparse
import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
import signal

from . import apc_smart, megatec, shut, xcp
from .clock import Clock
from .control import Control, Controllable
from .wires import PtyWire, TcpWire, Wire

type Maker = Callable[..., Controllable]

# Protocol → its dialects (the first is the default) and what makes a unit.
PROTOCOLS: Mapping[str, tuple[tuple[str, ...], Maker]] = {
    "apc-smart": (apc_smart.DIALECTS, apc_smart.make_ups),
    "megatec": (megatec.DIALECTS, megatec.make_ups),
    "shut": ((*shut.DIALECTS, *(f"{name}:nut" for name in shut.DIALECTS)), shut.make_ups),
    "xcp": (xcp.DIALECTS, xcp.make_ups),
}


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulators", description=__doc__)
    parser.add_argument("protocol", choices=PROTOCOLS)
    parser.add_argument("--dialect", help="default: the protocol's first")
    link = parser.add_mutually_exclusive_group()
    link.add_argument("--pty", type=Path, metavar="PATH", help="symlink to the terminal")
    link.add_argument("--tcp", type=int, metavar="PORT", help="port on loopback, 0 = any")
    parser.add_argument("--control", metavar="PATH", help="unix socket, or a TCP port")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="state, see `state`"
    )
    parser.add_argument("--baud", type=int, help="pace of the line; default: at once")
    parser.add_argument("--speed", type=float, default=1.0, help="simulated seconds a second")
    arguments = parser.parse_args()
    dialects, _ = PROTOCOLS[arguments.protocol]
    arguments.dialect = arguments.dialect or dialects[0]
    if arguments.dialect not in dialects:
        parser.error(f"no dialect {arguments.dialect}; there are: {', '.join(dialects)}")
    return arguments


async def _run(arguments: argparse.Namespace) -> None:
    _, make = PROTOCOLS[arguments.protocol]
    device = make(arguments.dialect, clock=Clock(speed=arguments.speed))
    for setting in arguments.set:
        name, _, value = setting.partition("=")
        device.set(name, value)
    wire: Wire
    if arguments.tcp is not None:
        wire = TcpWire(device, port=arguments.tcp, baud=arguments.baud)
    else:
        wire = PtyWire(device, symlink=arguments.pty, baud=arguments.baud)
    where: str = arguments.control or ""
    port = int(where) if where.isdigit() else None
    path = where if where and port is None else None
    async with wire, Control(device, wire, path=path, port=port) as control:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, control.stopped.set)
        print(wire.link, flush=True)
        if control.port:
            print(f"control on 127.0.0.1:{control.port}", flush=True)
        await control.stopped.wait()
        # The answer to `quit` is still on its way.
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(_run(_parse()))
