"""Changing a running simulator from another process: one line in, one line out.

The verbs are the methods of `Control`; `help` names them. Arguments are split like a
shell's, so a request with a blank goes in quotes. A line that fails is answered `error: …`.
"""

import asyncio
from collections.abc import Awaitable, Callable
import contextlib
from dataclasses import fields
import inspect
from pathlib import Path
import shlex
from types import TracebackType
from typing import Protocol, Self

from .clock import Clock
from .faults import Faults
from .wires import SerialDevice, Wire

type Verb = Callable[..., str | Awaitable[str]]


class Controllable(SerialDevice, Protocol):
    """A simulated UPS that can be changed from outside."""

    received: list[bytes]

    @property
    def clock(self) -> Clock:
        """Return its clock."""

    def mains(self, on: bool) -> None:
        """Cut or restore mains."""

    def set(self, name: str, value: bool | float | str) -> None:
        """Set something; text is converted; KeyError or ValueError when it cannot be."""

    def get(self, name: str) -> bool | float | str:
        """Return something; KeyError when there is no such thing."""

    def state(self) -> dict[str, bool | float | str]:
        """Return everything that can be set, and what follows from it."""

    def fix(self, name: str, value: float | str | None) -> None:
        """Make a field show a value whatever the state says; None lets it go."""

    def blank(self, name: str, character: str) -> None:
        """Fill a field with a character; an empty one lets it go."""

    def glitch(self, voltage: float) -> None:
        """Let mains dip shortly."""

    def press(self) -> None:
        """Press the power button."""


class Control:
    """The verbs, and the socket they are spoken on.

    Args:
        device: The simulated UPS.
        wire: The line it is on.
        path: Where the unix socket is to be, None = none.
        port: A TCP port on loopback, 0 = any free one, None = none.
    """

    def __init__(
        self,
        device: Controllable,
        wire: Wire,
        *,
        path: Path | str | None = None,
        port: int | None = None,
    ) -> None:
        self.device = device
        self.wire = wire
        self.path = Path(path) if path else None
        self.port = port
        self.stopped = asyncio.Event()
        self._servers: list[asyncio.Server] = []
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen."""
        if self.path:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._servers.append(await asyncio.start_unix_server(self._serve, self.path))
        if self.port is not None:
            server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = server.sockets[0].getsockname()[1]
            self._servers.append(server)

    async def stop(self) -> None:
        """Close the socket and remove it."""
        for server in self._servers:
            server.close()
        for writer in self._writers:
            writer.transport.abort()
        for server in self._servers:
            await server.wait_closed()
        self._servers = []
        if self.path:
            self.path.unlink(missing_ok=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with contextlib.suppress(ConnectionError):
                while line := await reader.readline():
                    answer = await self.execute(line.decode("latin-1"))
                    writer.write(answer.encode("latin-1", "replace") + b"\n")
                    await writer.drain()
        finally:
            self._writers.discard(writer)
            writer.close()

    async def execute(self, line: str) -> str:
        """Do what one line says and return the line that answers it."""
        try:
            verb, *arguments = shlex.split(line)
            result = self._verbs()[verb](*arguments)
            answer = await result if inspect.isawaitable(result) else result
        except (KeyError, ValueError, TypeError) as error:
            return f"error: {type(error).__name__}: {error}"
        return answer.replace("\n", " ")

    def _verbs(self) -> dict[str, Verb]:
        return {
            "help": self.help,
            "mains": self.mains,
            "set": self.set,
            "get": self.get,
            "state": self.state,
            "fix": self.fix,
            "blank": self.blank,
            "glitch": self.glitch,
            "press": self.press,
            "advance": self.advance,
            "fault": self.fault,
            "faults": self.faults,
            "clear": self.clear,
            "mute": self.mute,
            "unknown": self.unknown,
            "corrupt": self.corrupt,
            "unplug": self.unplug,
            "replug": self.replug,
            "received": self.received,
            "forget": self.forget,
            "quit": self.quit,
        }

    def help(self) -> str:
        """Name the verbs."""
        return " ".join(
            f"{verb}({','.join(inspect.signature(method).parameters)})"
            for verb, method in self._verbs().items()
        )

    def mains(self, on: str) -> str:
        """Cut or restore mains: `mains off`."""
        self.device.mains(_on(on))
        return "ok"

    def set(self, name: str, value: str) -> str:
        """Set a part of the state: `set load 40`."""
        self.device.set(name, value)
        return "ok"

    def get(self, name: str) -> str:
        """Return a part of the state: `get output_on`."""
        return _text(self.device.get(name))

    def state(self) -> str:
        """Return the whole state as name=value."""
        return " ".join(
            f"{name}={shlex.quote(_text(value))}" for name, value in self.device.state().items()
        )

    def fix(self, name: str, value: str | None = None) -> str:
        """Make a field show a text whatever the state says; without one, let it go."""
        self.device.fix(name, value)
        return "ok"

    def blank(self, name: str, character: str = "") -> str:
        """Fill a field: `blank temperature @`; without a character, let it go."""
        self.device.blank(name, character)
        return "ok"

    def glitch(self, voltage: str) -> str:
        """Let mains dip shortly: `glitch 140`."""
        self.device.glitch(float(voltage))
        return "ok"

    def press(self) -> str:
        """Press the power button."""
        self.device.press()
        return "ok"

    def advance(self, seconds: str) -> str:
        """Let time pass at once: `advance 600`."""
        self.device.clock.advance(float(seconds))
        return "ok"

    def fault(self, name: str, value: str = "on") -> str:
        """Switch a fault: `fault silence on`, `fault garbage 3`, `fault cut off`."""
        faults = self.device.faults
        if name not in SWITCHES:
            raise KeyError(f"{name} is none of: {', '.join(SWITCHES)}")
        present = SWITCHES[name]
        if isinstance(present, bool):
            setattr(faults, name, _on(value))
        elif value == "off":
            setattr(faults, name, present)
        else:
            setattr(faults, name, float(value) if isinstance(present, float) else int(value))
        return "ok"

    def faults(self) -> str:
        """Name the faults that are on."""
        return " ".join(self.device.faults.active()) or "none"

    def clear(self) -> str:
        """Switch every fault off."""
        self.device.faults.clear()
        return "ok"

    def mute(self, request: str) -> str:
        """Leave one request without a reply."""
        self.device.faults.mute(request)
        return "ok"

    def unknown(self, request: str) -> str:
        """Make the device not know one request."""
        self.device.faults.unknown(request)
        return "ok"

    def corrupt(self, request: str, position: str, value: str) -> str:
        """Change a byte of the next reply: `corrupt Q1 3 0xff`."""
        self.device.faults.corrupt(request, int(position), int(value, 0))
        return "ok"

    async def unplug(self) -> str:
        """Pull the plug of the line."""
        await self.wire.unplug()
        return "ok"

    async def replug(self) -> str:
        """Put it back."""
        await self.wire.replug()
        return self.wire.link

    def received(self) -> str:
        """Return the requests so far, each in quotes."""
        return " ".join(repr(each)[1:] for each in self.device.received)

    def forget(self) -> str:
        """Empty the list of requests."""
        self.device.received.clear()
        return "ok"

    def quit(self) -> str:
        """Stop the simulator."""
        self.stopped.set()
        return "bye"


# What `fault` can switch, with the value that means off.
SWITCHES: dict[str, bool | int | float | None] = {
    each.name: each.default
    for each in fields(Faults)
    if isinstance(each.default, bool | int | float) or each.default is None
}


def _on(text: str) -> bool:
    if text not in {"on", "off"}:
        raise ValueError(f"{text!r} is neither on nor off")
    return text == "on"


def _text(value: bool | float | str) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
