"""APC Smart on real ptys and sockets: sessions, pushes, faults, unplugging, detection."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
import json

import pytest

from .lines import flags, started, until
from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.detect import detect
from custom_components.ups_protocols.ups.links.base import Link
from custom_components.ups_protocols.ups.links.open import open_link, open_replay
from custom_components.ups_protocols.ups.model import Result, StatusFlag, Tier
from custom_components.ups_protocols.ups.session import STATUS, Intervals, Session, Update
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.apc_smart import DIALECTS, ApcUps, make_ups
from tests.simulators.wires import PtyWire, TcpWire, Wire

APC = protocol("apc-smart")
LINE_SPEED = 2400


def running(
    wire: Wire, *, status: float = 0.2, full: float = 60, **options: str
) -> AbstractAsyncContextManager[Session]:
    """Run a session with what hangs on a wire."""
    return started(
        Session(wire.link, APC, options=options, intervals=Intervals(status=status, full=full))
    )


@pytest.fixture
def ups() -> ApcUps:
    """A healthy unit."""
    return make_ups("smart-ups")


@pytest.fixture
async def wire(ups: ApcUps) -> AsyncGenerator[PtyWire]:
    """Its pty."""
    async with PtyWire(ups) as wire:
        yield wire


@pytest.mark.parametrize("dialect", [each for each in DIALECTS if each != "unknown"])
async def test_power_failure_of_every_unit(dialect: str) -> None:
    """Mains off and on again: pushed, and shown as what it is."""
    ups = make_ups(dialect)
    async with PtyWire(ups) as wire, running(wire) as session:
        assert flags(session) == {"OL"}
        ups.mains(False)
        await until(lambda: flags(session) == {"OB"})
        assert session.snapshot is not None
        assert session.snapshot.status.mains is False
        ups.mains(True)
        await until(lambda: flags(session) == {"OL"})


async def test_unit_that_nobody_knows() -> None:
    """Without list and table it is tried what it answers, at a cost of some seconds."""
    ups = make_ups("unknown")
    async with PtyWire(ups) as wire, running(wire) as session:
        assert flags(session) == {"OL"}
        assert session.snapshot is not None
        assert session.snapshot.variables["battery.charge"] == 100
        assert session.capabilities.settings == {}


async def test_alert_at_the_speed_of_the_line(ups: ApcUps) -> None:
    """The one byte is enough: nothing is polled for an hour."""
    async with (
        PtyWire(ups, baud=LINE_SPEED) as wire,
        running(wire, status=3600, full=3600) as session,
    ):
        updates: list[tuple[Update, list[bytes]]] = []
        ups.received.clear()
        session.subscribe(lambda update: updates.append((update, list(ups.received))))
        ups.mains(False)
        await until(lambda: bool(updates))
        update, asked = updates[0]
        assert update.pushed
        assert STATUS in update.changed
        assert asked == []
        assert flags(session) == {"OB"}
        # it is confirmed at once all the same
        await until(lambda: b"Q" in ups.received)


async def test_alert_in_the_middle_of_a_full_read(ups: ApcUps) -> None:
    """It does not wait for the end of the read."""
    async with PtyWire(ups, baud=LINE_SPEED) as wire, running(wire, status=3600) as session:
        ups.received.clear()
        session._soon(Tier.FULL)
        await until(lambda: b"M" in ups.received)
        ups.mains(False)
        await until(lambda: StatusFlag.ON_BATTERY in flags(session))
        # the rest of the readings had not been asked yet
        assert b"f" not in ups.received


async def test_test_and_orders_on_the_wire(ups: ApcUps, wire: PtyWire) -> None:
    async with running(wire) as session:
        assert (await session.run("test.battery.start")).result is Result.CONFIRMED
        await until(lambda: StatusFlag.TESTING in flags(session))
        assert session.snapshot is not None
        assert session.snapshot.status.mains is True
        await session.run("test.battery.stop")
        await until(lambda: flags(session) == {"OL"})
        # the unit itself measures the time between the two presses
        await session.run("load.off")
        assert not ups.output_on
        await until(lambda: StatusFlag.OFF in flags(session))
        await session.run("load.on")
        await until(lambda: flags(session) == {"OL"})


async def test_settings_on_the_wire(ups: ApcUps) -> None:
    """At the speed of the line, in the pace that the unit wants."""
    async with PtyWire(ups, baud=LINE_SPEED) as wire, running(wire) as session:
        assert await session.write("ups.id", "HALL 1") == "HALL 1"
        assert await session.write("input.transfer.high", "138") == 138
        await session.run("shutdown.return", restart_delay=720)
        assert not ups.rushed
        assert ups.received[-1:] != [b"@"]
        assert b"@002" in ups.received
        await session.run("shutdown.stop")
        assert session.snapshot is not None
        assert session.snapshot.variables["ups.id"] == "HALL 1"


async def test_passing_faults_change_nothing(ups: ApcUps, wire: PtyWire) -> None:
    """Garbage, half replies and silences between good ones are not told."""
    async with running(wire) as session:
        updates: list[Update] = []
        session.subscribe(updates.append)
        for _ in range(3):
            ups.faults.garbage = 1
            await asyncio.sleep(0.3)
            ups.faults.drop = 1
            await asyncio.sleep(0.3)
        await until(lambda: session.error is None)
        assert session.available
        assert [
            update for update in updates if STATUS in update.changed and not update.pushed
        ] == []
        assert flags(session) == {"OL"}


@pytest.mark.parametrize("kind", [PtyWire, TcpWire])
async def test_unplugged_and_plugged_in_again(
    kind: type[PtyWire | TcpWire], socket_enabled: None, ups: ApcUps
) -> None:
    """Left in smart mode by the cut, and found again; the alert is heard then, too."""
    async with kind(ups) as wire:
        session = Session(
            "here",
            APC,
            intervals=Intervals(status=0.1, full=60),
            open_wire=lambda transcript: open_link(
                wire.link, APC.link, line=APC.line, transcript=transcript
            ),
        )
        async with started(session):
            for smart in (True, False):
                await wire.unplug()
                await until(lambda: not session.available)
                ups.settings["smart"] = smart
                await wire.replug()
                session.plugged_in()
                await until(lambda: session.available)
            ups.mains(False)
            await until(lambda: StatusFlag.ON_BATTERY in flags(session))


async def test_unit_that_lost_smart_mode(ups: ApcUps, wire: PtyWire) -> None:
    """It is brought back before anybody calls it unavailable."""
    async with running(wire) as session:
        ups.settings["smart"] = False
        await until(lambda: bool(ups.settings["smart"]))
        ups.mains(False)
        await until(lambda: StatusFlag.ON_BATTERY in flags(session))
        assert session.available


@pytest.mark.parametrize("dialect", ["measure-ups", "spm"])
async def test_diagnostics_are_a_recording(dialect: str) -> None:
    """What was said, as the diagnostics show it, is read again as the same unit."""
    async with PtyWire(make_ups(dialect)) as wire, running(wire) as session:
        await until(lambda: session.error is None)
    said = json.loads(json.dumps(session.transcript.as_json()))

    async def open_recording(transcript: Transcript) -> Link:
        return await open_replay(APC.link, Transcript.from_json(said))

    again = Session("replay:", APC, open_wire=open_recording)
    again.start()
    try:
        snapshot = await again.ready()
    finally:
        await again.close()
    assert session.snapshot is not None
    assert snapshot.variables == session.snapshot.variables
    assert again.capabilities == session.capabilities


async def test_leaving_smart_mode(ups: ApcUps, wire: PtyWire) -> None:
    async with running(wire, leave_smart_mode="yes"):
        assert ups.settings["smart"]
    assert not ups.settings["smart"]


async def test_a_real_unit_is_detected(ups: ApcUps, wire: PtyWire) -> None:
    """Asked only for smart mode, in which it then is."""
    assert await detect(wire.link) is APC
    assert ups.received == [b"Y"]
    assert (await open_and_read(wire)) == "SMART-UPS 700"


async def open_and_read(wire: Wire) -> str | None:
    """Return the model that answers."""
    link = await open_link(wire.link, APC.link, line=APC.line, transcript=Transcript())
    try:
        driver = (await APC.driver())(link, {}, {})
        identity = await driver.open()
        await driver.close()
        return identity.model
    finally:
        await link.close()
