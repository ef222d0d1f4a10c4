"""A ByteLine in memory with a simulated XCP unit at its end; its time passes only in pauses."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import override

import pytest

from custom_components.ups_protocols.ups.driver import Memory, Options
from custom_components.ups_protocols.ups.errors import LineSettingsFixed
from custom_components.ups_protocols.ups.links.base import Reply, Unsubscribe
from custom_components.ups_protocols.ups.model import Value
from custom_components.ups_protocols.ups.protocols.xcp import talk
from custom_components.ups_protocols.ups.protocols.xcp.driver import Xcp
from tests.simulators.clock import Clock
from tests.simulators.xcp import MODELS, XcpUps, make_ups

_OPEN: list[XcpPipe] = []


class XcpPipe:
    """A line without a speed, as a USB link has: bytes to the unit, and what it answers.

    ``before`` stands before every answer, as stale bytes do; ``garble`` may change an answer.
    ``said`` are the pieces that went out, ``pauses`` the pauses that the driver made.
    """

    url = "memory:"

    def __init__(self, ups: XcpUps) -> None:
        """Join the unit; its real seconds are the pauses made on this line."""
        self.ups = ups
        self.said: list[bytes] = []
        self.pauses: list[float] = []
        self.before = b""
        self.garble: Callable[[bytes, bytes], bytes] = lambda reply, request: reply
        self.held = 0
        self._input = b""
        ups.send = self._answered
        _OPEN.append(self)
        ups.tick = lambda: sum(self.pauses)

    def _answered(self, reply: bytes, request: bytes) -> None:
        self._input += self.garble(reply, request)

    @asynccontextmanager
    async def exclusive(self) -> AsyncGenerator[None]:
        """Count how deep the line is held."""
        self.held += 1
        try:
            yield
        finally:
            self.held -= 1

    async def pause(self, seconds: float) -> None:
        """Stand in for sleeping: nothing may come between, so the line is held meanwhile."""
        assert self.held
        self.pauses.append(seconds)

    async def write(self, data: bytes, *, gap: float = 0) -> None:
        """Give bytes to the unit."""
        self.said.append(data)
        self._input += self.before
        if self.hears:
            self.ups.feed(data)

    @property
    def hears(self) -> bool:
        """Whether the unit understands this line."""
        return True

    async def read(self, reply: Reply, *, timeout: float) -> bytes:
        """Return what has come up to where it is whole."""
        for end in range(1, len(self._input) + 1):
            if reply.whole(self._input[:end]):
                taken, self._input = self._input[:end], self._input[end:]
                return taken
        taken, self._input = self._input, b""
        return taken

    def discard_input(self) -> bytes:
        """Throw away what nobody read."""
        stale, self._input = self._input, b""
        return stale

    def on_unsolicited(self, callback: Callable[[bytes], None]) -> Unsubscribe:
        """Nothing comes by itself."""
        return lambda: None

    async def close(self) -> None:
        """Close nothing."""


class XcpLine(XcpPipe):
    """A serial line: the unit understands only its own speed."""

    def __init__(self, ups: XcpUps, *, speed: int = 9600, is_fixed: bool = False) -> None:
        """Join the unit at its speed; ``is_fixed`` is a serial server's that keeps its own."""
        super().__init__(ups)
        self.speed = speed
        self.baudrate = 9600
        self.tried: list[int] = []
        self.is_fixed = is_fixed

    @property
    @override
    def hears(self) -> bool:
        """Whether both have the same speed."""
        return self.baudrate == self.speed

    async def set_baudrate(self, baudrate: int) -> None:
        """Change the speed."""
        if self.is_fixed:
            raise LineSettingsFixed("it is set in the serial server")
        self.tried.append(baudrate)
        self.baudrate = baudrate


async def opened(
    ups: XcpUps | str,
    options: Options | None = None,
    memory: Memory | None = None,
) -> tuple[Xcp, XcpLine]:
    """Return a driver that is open on a unit, whose clock stands."""
    unit = make_ups(ups, clock=Clock.stopped()) if isinstance(ups, str) else ups
    line = XcpLine(unit)
    driver = Xcp(line, options or {}, {} if memory is None else memory)
    await driver.open()
    return driver, line


def told(line: XcpPipe) -> list[bytes]:
    """Return the control commands that the unit heard, without authorisations and questions."""
    questions = (b"\xcf", b"\xa0", b"\x95\xff", b"\xb2\xff", b"\x9a\xff", b"\x9a\x00")
    return [
        each for each in line.ups.received if each[0] >= 0x80 and not each.startswith(questions)
    ]


def pause_on_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the driver's pauses made on the line that was opened last, without waiting."""

    async def pause(seconds: float) -> None:
        await _OPEN[-1].pause(seconds)

    monkeypatch.setattr(talk, "sleep", pause)


def unit(dialect: str, **state: float | bool | str) -> XcpUps:
    """Return a unit whose time stands still."""
    return make_ups(dialect, clock=Clock.stopped(), **state)


def variant(dialect: str, **changes: object) -> XcpUps:
    """Return a unit that differs from its model."""
    return XcpUps(replace(MODELS[dialect], **changes), clock=Clock.stopped())  # type: ignore[arg-type]


async def variables(driver: Xcp) -> Mapping[str, Value]:
    """Read everything once."""
    return (await driver.read()).variables
