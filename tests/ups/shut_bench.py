"""A simulated UPS that speaks SHUT on a pty, and our link to it, with less patience."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.links import shut
from custom_components.ups_protocols.ups.links.open import open_link
from custom_components.ups_protocols.ups.links.shut import ShutDevice
from custom_components.ups_protocols.ups.session import Intervals, Session
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.shut import ShutUps, make_ups
from tests.simulators.wires import PtyWire, Wire

SHUT = protocol("shut")
# seconds: a pty takes no time, but the machine may be busy
PATIENCE = {
    "ECHO_TIMEOUT": 0.25,
    "SYNC_SPACING": 0.27,
    "ACK_TIMEOUT": 0.4,
    "RESPONSE_TIMEOUT": 0.5,
    "PACKET_TIMEOUT": 0.4,
    "NOTIFY_TIMEOUT": 0.2,
    "QUIET": 0.02,
    "IDLE": 0.001,
}


def be_impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less for a simulated unit, which answers at once."""
    for name, seconds in PATIENCE.items():
        monkeypatch.setattr(shut, name, seconds)
    monkeypatch.setattr("tests.simulators.shut.ups.PATIENCE", 0.25)
    monkeypatch.setattr("tests.simulators.shut.ups.STALLED", 0.025)


async def open_shut(wire: Wire, transcript: Transcript | None = None) -> ShutDevice:
    """Open the link as the session does."""
    link = await open_link(
        wire.link, SHUT.link, line=SHUT.line, transcript=transcript or Transcript()
    )
    assert isinstance(link, ShutDevice)
    return link


@asynccontextmanager
async def linked(
    name: str = "ellipse", *, baud: int | None = None, **state: Any
) -> AsyncGenerator[tuple[ShutUps, ShutDevice]]:
    """Yield a unit and the open link to it."""
    ups = make_ups(name, **state)
    async with PtyWire(ups, baud=baud) as wire:
        link = await open_shut(wire)
        try:
            yield ups, link
        finally:
            await link.close()


@asynccontextmanager
async def running(
    wire: Wire, *, status: float = 0.1, full: float = 60, **rest: Any
) -> AsyncGenerator[Session]:
    """Run a session with what hangs on a wire."""
    session = Session(
        "here",
        SHUT,
        intervals=Intervals(status=status, full=full),
        open_wire=lambda transcript: open_shut(wire, transcript),
        **rest,
    )
    session.start()
    try:
        await session.ready()
        yield session
    finally:
        await session.close()
