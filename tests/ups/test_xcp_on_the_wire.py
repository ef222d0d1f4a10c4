"""XCP over real ptys through the session: every unit, faults on the line, loss and return."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from .lines import flags, started, until
from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.errors import NotThisUps
from custom_components.ups_protocols.ups.links.base import Link
from custom_components.ups_protocols.ups.links.open import open_link
from custom_components.ups_protocols.ups.model import Result, StatusFlag
from custom_components.ups_protocols.ups.session import Intervals, Session, Update
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.wires import PtyWire, TcpWire, Wire
from tests.simulators.xcp import DIALECTS, XcpUps, make_ups

XCP = protocol("xcp")
# these do not know A0, so that their speed must be named
UNKNOWING = {"system-80"}


def session_with(wire: Wire, **options: str | float) -> Session:
    """Return a session with what hangs on a wire, not started yet."""

    async def open_wire(transcript: Transcript) -> Link:
        return await open_link(wire.link, XCP.link, line=XCP.line, transcript=transcript)

    return Session(
        "here",
        XCP,
        options={"auth_pause": 0.25, **options},
        intervals=Intervals(status=0.1, full=60),
        open_wire=open_wire,
    )


def running(wire: Wire, **options: str | float) -> AbstractAsyncContextManager[Session]:
    """Run a session."""
    return started(session_with(wire, **options))


def named(dialect: str) -> dict[str, str | float]:
    """Return the options that a unit needs."""
    return {"baudrate": "9600"} if dialect in UNKNOWING else {}


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_power_failure(dialect: str) -> None:
    """Mains off and on again, seen on the status tier."""
    ups = make_ups(dialect)
    async with PtyWire(ups) as wire, running(wire, **named(dialect)) as session:
        assert StatusFlag.ON_LINE in flags(session)
        ups.mains(False)
        await until(lambda: StatusFlag.ON_BATTERY in flags(session))
        ups.mains(True)
        await until(lambda: StatusFlag.ON_LINE in flags(session))
        assert ups.power.output_on
        assert ups.ignored == []


@pytest.mark.parametrize("baud", [1200, 19200])
async def test_at_the_speed_of_the_line(baud: int) -> None:
    """A slow line carries the same values, packets coming byte by byte."""
    ups = make_ups("pw5115")
    async with PtyWire(ups, baud=baud) as wire, running(wire) as session:
        assert session.snapshot is not None
        assert session.snapshot.variables["battery.voltage"] == 27.3


async def test_over_a_serial_server(socket_enabled: None) -> None:
    """A server that keeps its own speed: nothing is hunted."""
    async with TcpWire(make_ups("pw9130")) as wire, running(wire) as session:
        assert StatusFlag.ON_LINE in flags(session)
        assert "baudrate" not in session.memory


async def test_orders_between_polls() -> None:
    """The status is polled all the time, and no poll takes an authorisation away."""
    ups = make_ups("pw9130")
    async with PtyWire(ups) as wire, running(wire) as session:
        for _ in range(5):
            outcome = await session.run("beeper.mute")
            assert outcome.result is Result.CONFIRMED
        await session.write("battery.charge.restart", 40)
        assert ups.registers[8] == 40
        await session.run("outlet.2.load.off")
        await until(
            lambda: (
                session.snapshot is not None
                and (session.snapshot.variables["outlet.2.status"] == "off")
            )
        )
    assert ups.ignored == []


async def test_passing_faults_change_nothing() -> None:
    """Garbage, cut, doubled and lost answers between good ones are not told."""
    ups = make_ups("pw9130")
    async with PtyWire(ups) as wire, running(wire) as session:
        updates: list[Update] = []
        session.subscribe(updates.append)
        for _ in range(3):
            ups.faults.garbage = 1
            await asyncio.sleep(0.5)
            ups.faults.cut = 6
            await asyncio.sleep(0.3)
            ups.faults.cut = None
            ups.faults.drop = 1
            await asyncio.sleep(0.5)
            ups.faults.duplicate = True
            await asyncio.sleep(0.5)
            ups.faults.duplicate = False
        await asyncio.sleep(3)
        assert session.available
        assert updates == []


async def test_doubled_and_late_answers_are_read() -> None:
    """Each answer twice, and after a pause; what is left over does not answer the next."""
    ups = make_ups("pw9390")
    ups.faults.duplicate = True
    ups.faults.delay = 0.02
    async with PtyWire(ups) as wire, running(wire) as session:
        assert session.snapshot is not None
        assert session.snapshot.variables["input.L1-N.voltage"] == 230
        ups.mains(False)
        await until(lambda: StatusFlag.ON_BATTERY in flags(session))


async def test_silence_and_return() -> None:
    """A UPS that falls silent becomes unavailable, and comes back by itself."""
    ups = make_ups("pw5115")
    async with PtyWire(ups) as wire, running(wire) as session:
        ups.faults.silence = True
        await until(lambda: not session.available)
        ups.faults.silence = False
        await until(lambda: session.available, timeout=60)
        assert StatusFlag.ON_LINE in flags(session)


@pytest.mark.parametrize("dialect", ["pw5115", "prestige"])
async def test_a_unit_that_went_back_to_its_menu(dialect: str) -> None:
    """After half a minute without a command it is called back by the session's reopening."""
    ups = make_ups(dialect)
    async with PtyWire(ups) as wire, running(wire, **named(dialect)) as session:
        before = session.capabilities
        # as if the host had slept: the next byte comes after 31 s
        ups.mode.leaves_after = 30
        awake = ups.tick
        ups.tick = lambda: awake() + 31
        await until(lambda: not session.available)
        await until(lambda: session.available)
        assert session.capabilities == before
        assert flags(session) == {StatusFlag.ON_LINE}
        ups.mains(False)
        await until(lambda: StatusFlag.ON_BATTERY in flags(session))


@pytest.mark.parametrize("kind", [PtyWire, TcpWire])
async def test_unplugged_and_back(socket_enabled: None, kind: type[PtyWire | TcpWire]) -> None:
    """Unplugged in the middle of it, and found again at the speed that was remembered."""
    ups = make_ups("pw5115")
    async with kind(ups) as wire, running(wire) as session:
        for _ in range(3):
            await wire.unplug()
            await until(lambda: not session.available)
            await wire.replug()
            session.plugged_in()
            await until(lambda: session.available)
        if kind is PtyWire:
            assert session.memory["baudrate"] == 9600


async def test_another_unit_is_not_this_one() -> None:
    """After a reconnect the serial number must be the same."""
    ups = make_ups("pw5115")
    async with PtyWire(ups) as wire, running(wire) as session:
        await wire.unplug()
        await until(lambda: not session.available)
        ups.set("serial", "GB999Z0001")
        await wire.replug()
        session.plugged_in()
        await until(lambda: isinstance(session.error, NotThisUps))
        ups.set("serial", "GB123A0456")
        await until(lambda: session.available)


async def test_a_new_firmware_after_a_reconnect() -> None:
    """It is the same unit with other versions."""
    ups: XcpUps = make_ups("pw5115")
    async with PtyWire(ups) as wire, running(wire) as session:
        before = session.capabilities.identity
        await wire.unplug()
        await until(lambda: not session.available)
        ups.model = replace(ups.model, cpus=((0x04, 0x00),))
        await wire.replug()
        session.plugged_in()
        await until(lambda: session.available)
        after = session.capabilities.identity
        assert (before.firmware, after.firmware) == ("Cont:03.17 Inve:01.00", "Cont:04.00")
        assert before.serial == after.serial
