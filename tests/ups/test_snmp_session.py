"""A session over a network card: polling, traps, loss and return, and what it shows."""

import asyncio
from collections.abc import Callable
import json
import logging
from pathlib import Path

import pytest

from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.cli import replay
from custom_components.ups_protocols.ups.detect import detect
from custom_components.ups_protocols.ups.errors import NoReply, Unsupported
from custom_components.ups_protocols.ups.links.base import SnmpCredentials
from custom_components.ups_protocols.ups.model import StatusFlag
from custom_components.ups_protocols.ups.session import Intervals, Session, Update
from tests.simulators.snmp import Agent, Rfc1628Agent, UdpAgent

pytestmark = pytest.mark.usefixtures("loopback")

RFC1628 = protocol("rfc1628")


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(8):
        while not is_so():
            await asyncio.sleep(0.01)


async def test_polls_and_returns(caplog: pytest.LogCaptureFixture) -> None:
    """A change is seen with the next status; an agent that goes is lost, and found again."""
    agent = Rfc1628Agent()
    async with UdpAgent(agent) as wire:
        port = wire.port
        session = Session(
            f"snmp://{wire.host}?community=private&timeout=0.1",
            RFC1628,
            intervals=Intervals(status=0.1, full=0.5),
        )
        assert session.url == f"snmp://{wire.host}"
        session.start()
        assert (await session.ready()).variables["input.voltage"] == 230
        agent.mains(False)

        def flags() -> frozenset[StatusFlag]:
            assert session.snapshot is not None
            return session.snapshot.status.flags

        await until(lambda: flags() == {StatusFlag.ON_BATTERY})
        await session.run("beeper.mute")
        await until(
            lambda: (
                session.snapshot is not None
                and session.snapshot.variables["ups.beeper.status"] == "muted"
            )
        )
        assert await session.write("ups.id", "new") == "new"
    await until(lambda: not session.available)
    async with UdpAgent(agent, port=port):
        agent.mains(True)
        await until(lambda: session.available and flags() == {StatusFlag.ON_LINE})
    await session.close()
    assert "private" not in caplog.text
    assert "private" not in repr(session)


async def test_a_trap_brings_the_status() -> None:
    """From the trap to the update, long before the next poll."""
    agent = Rfc1628Agent()
    async with UdpAgent(agent) as probe:
        port = probe.port
    async with UdpAgent(agent, trap_port=port) as wire:
        session = Session(
            f"snmp://{wire.host}?traps={port}", RFC1628, intervals=Intervals(status=60, full=600)
        )
        session.start()
        await session.ready()
        updates: list[Update] = []
        session.subscribe(updates.append)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        agent.mains(False)
        await until(
            lambda: (
                session.snapshot is not None
                and StatusFlag.ON_BATTERY in session.snapshot.status.flags
            )
        )
        assert loop.time() - begun < 0.25
        await until(lambda: any(update.event == "alarm_added" for update in updates))
        await session.close()


async def test_credentials_beside_the_address() -> None:
    """They stand in for those in it."""
    async with UdpAgent(Rfc1628Agent()) as wire:
        session = Session(
            f"snmp://{wire.host}?timeout=0.1",
            RFC1628,
            credentials=SnmpCredentials(community="private"),
        )
        session.start()
        await session.ready()
        await session.run("beeper.mute")
        await session.close()


async def test_detect() -> None:
    """By sysObjectID and probes; a wrong community is silence; a printer is none."""
    async with UdpAgent(Rfc1628Agent(), versions=("1",)) as wire:
        assert await detect(f"snmp://{wire.host}?version=auto&timeout=0.1") is RFC1628
        with pytest.raises(NoReply, match="community"):
            await detect(f"snmp://{wire.host}?version=1&community=no&timeout=0.1")
    printer = Agent()
    printer.add_system("E.99999.7", "Laser printer")
    async with UdpAgent(printer) as wire:
        with pytest.raises(Unsupported, match="Laser printer"):
            await detect(f"snmp://{wire.host}?timeout=0.1")


async def test_no_secret_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Not even at the lowest level, nor in a failure."""
    caplog.set_level(logging.DEBUG)
    async with UdpAgent(Rfc1628Agent()) as wire:
        session = Session(f"snmp://{wire.host}?community=s3cr3t&timeout=0.05", RFC1628)
        session.start()
        with pytest.raises(NoReply) as caught:
            await session.ready()
        await session.close()
    assert "s3cr3t" not in caplog.text + str(caught.value) + str(session.transcript.as_json())


async def test_a_diagnostics_file_is_replayed(tmp_path: Path) -> None:
    """What was said to an agent makes the same values again, without the agent."""
    async with UdpAgent(Rfc1628Agent(phases=3)) as wire:
        session = Session(f"snmp://{wire.host}", RFC1628)
        session.start()
        snapshot = await session.ready()
        await session.close()
    file = tmp_path / "diagnostics.json"
    recorded = {"protocol": "rfc1628", "exchanges": session.transcript.as_json()}
    file.write_text(json.dumps({"data": {"transcript": recorded}}))
    replayed = replay(file)
    replayed.start()
    assert await replayed.ready() == snapshot
    await replayed.close()
