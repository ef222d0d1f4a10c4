"""Driver, session and command line against simulated units on real ptys and sockets."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
import os
import threading
from typing import Any

import pytest

from .lines import flags, started, until
from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.detect import detect
from custom_components.ups_protocols.ups.errors import BadReply, NoReply, NoSuchPort
from custom_components.ups_protocols.ups.links.base import Link, Reply
from custom_components.ups_protocols.ups.links.open import open_link
from custom_components.ups_protocols.ups.links.serial import SerialxLine
from custom_components.ups_protocols.ups.model import Result, StatusFlag
from custom_components.ups_protocols.ups.names import parse, parse_command
from custom_components.ups_protocols.ups.session import Intervals, Session, Update
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.faults import Faults
from tests.simulators.megatec import DIALECTS, MegatecUps, make_ups
from tests.simulators.wires import PtyWire, TcpWire, Wire

MEGATEC = protocol("megatec")
# names of the simulator's dialects that are models of one of ours
OURS = {"masterguard-a": "masterguard", "masterguard-e": "masterguard"}
# dialects that only the user can name: their own queries are not asked of unknown units
BY_NAME = {"omron", "q1"}
# what may go out while nobody gives an order: anything that begins like an order must be here
HARMLESS = {
    *(b"Q1", b"Q2", b"Q3", b"Q4", b"Q5", b"Q6", b"QS", b"D", b"F", b"I", b"FW?", b"ID", b"M"),
    *(b"RT", b"BP?", b"BL", b"At", b"TR", b"WA", b"BPS", b"WH", b"MSO", b"PNV", b"SASV07?"),
    *(b"QPI", b"QPIGS", b"QPIRI", b"QMOD", b"QPIWS", b"QID", b"QVFW", b"DQ1", b"Rt", b"OI"),
    *(b"Yop", b"Yva", b"Ycu", b"Yof", b"RX02", b"RX03", b"RX04", b"RX05", b"V"),
    *(b"Bl ?", b"RTS", b"TPb", b"Lf ?", b"PSNR", b"FWV", b"BRR", b"UN"),
    *(b"GS,00", b"GSN,00"),
}


def our(dialect: str) -> str:
    """Return our name of a simulator's dialect."""
    return OURS.get(dialect, dialect)


async def open_wire(wire: Wire, transcript: Transcript, patience: float = 0.2) -> Link:
    """Open a wire by its present name; a simulated unit answers at once, so wait less."""
    link = await open_link(wire.link, MEGATEC.link, line=MEGATEC.line, transcript=transcript)
    assert isinstance(link, SerialxLine)
    query = link.query

    async def impatient(
        request: bytes, *, reply: Reply, timeout: float, pace: float = 0
    ) -> bytes | None:
        return await query(request, reply=reply, timeout=timeout * patience, pace=pace)

    link.query = impatient  # type: ignore[method-assign]
    return link


def running(
    wire: Wire, *, patience: float = 0.2, **options: str
) -> AbstractAsyncContextManager[Session]:
    """Run a session with what hangs on a wire."""
    return started(
        Session(
            "here",
            MEGATEC,
            options=options,
            intervals=Intervals(status=0.1, full=60),
            open_wire=lambda transcript: open_wire(wire, transcript, patience),
        )
    )


def mains(session: Session) -> bool | None:
    """Return what is published of the mains now."""
    return session.snapshot.status.mains if session.snapshot else None


def stripped(request: bytes) -> bytes:
    """Return a request without the CRC that PI30 units want."""
    return next(
        (known for known in HARMLESS if request[:-2] == known and request not in HARMLESS), request
    )


@pytest.fixture
def ups() -> MegatecUps:
    """A healthy unit."""
    return make_ups("megatec")


@pytest.fixture
async def wire(ups: MegatecUps) -> AsyncGenerator[PtyWire]:
    """Its pty."""
    async with PtyWire(ups) as wire:
        yield wire


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("named", [True, False], ids=["named", "found"])
async def test_every_dialect(dialect: str, named: bool) -> None:
    """Named or found by harmless queries, each dialect tells its values under standard names."""
    if not named and our(dialect) in BY_NAME:
        pytest.skip("only the user can name this one")
    ups = make_ups(dialect)
    options: dict[str, Any] = {"dialect": our(dialect)} if named else {}
    async with PtyWire(ups) as wire, running(wire, **options) as session:
        assert session.memory["dialect"] == our(dialect)
        assert StatusFlag.ON_LINE in flags(session)
        assert mains(session) is True
        assert session.snapshot is not None
        assert [name for name in session.snapshot.variables if parse(name) is None] == []
        assert [name for name in session.capabilities.commands if not parse_command(name)] == []
        await asyncio.sleep(0.3)
    sent = {stripped(request) for request in ups.received}
    assert sent <= HARMLESS
    assert ups.output_on


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_power_failure_in_every_dialect(dialect: str) -> None:
    """Mains off and on again, seen on the status tier."""
    ups = make_ups(dialect)
    async with PtyWire(ups) as wire, running(wire, dialect=our(dialect)) as session:
        ups.mains(False)
        await until(lambda: mains(session) is False)
        ups.mains(True)
        await until(lambda: mains(session) is True)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_stayoff_in_every_dialect(dialect: str) -> None:
    """Where a unit can be told to stay off, it understands how we say it."""
    ups = make_ups(dialect)
    async with PtyWire(ups) as wire, running(wire, dialect=our(dialect)) as session:
        if "shutdown.stayoff" not in session.capabilities.commands:
            assert our(dialect) == "axpert"
            return
        outcome = await session.run("shutdown.stayoff", delay=30)
        assert outcome.parameters["delay"] == 30
        assert ups.power.shutting_down
        await session.run("shutdown.stop")
        assert not ups.power.shutting_down


async def test_commands_on_the_wire(ups: MegatecUps, wire: PtyWire) -> None:
    """A test runs and shows; the beeper is as told; the load goes off when the user says so."""
    async with running(wire) as session:
        assert (await session.run("test.battery.start.quick")).result is Result.SENT
        await until(lambda: StatusFlag.TESTING in flags(session))
        assert mains(session) is True
        await session.run("test.battery.stop")
        await until(lambda: StatusFlag.TESTING not in flags(session))
        await session.run("beeper.disable")
        assert not ups.power.beeper
        await session.run("load.off")
        await until(lambda: not ups.output_on)


# faults


@pytest.mark.parametrize("fault", ["no_cr", "duplicate", "echo_reply", "nul"])
async def test_odd_lines_are_read(ups: MegatecUps, wire: PtyWire, fault: str) -> None:
    """Replies without CR, twice, behind an echo, with NUL bytes."""
    setattr(ups.faults, fault, True)
    async with running(wire) as session:
        assert flags(session) == {StatusFlag.ON_LINE}


async def test_slow_bytes_are_read(ups: MegatecUps, wire: PtyWire) -> None:
    """A unit that takes its time for each byte."""
    ups.faults.gap = 0.02
    async with running(wire, dialect="megatec") as session:
        assert flags(session) == {StatusFlag.ON_LINE}


@pytest.mark.parametrize("shape", ["missing", "silent", "blank", "short", "zero"])
async def test_information_and_ratings_of_all_shapes(shape: str) -> None:
    """Missing, silent, blank, short or fake I and F are no reason to fail."""
    async with (
        PtyWire(make_ups("megatec", info=shape, ratings=shape)) as wire,
        running(wire) as session,
    ):
        assert flags(session) == {StatusFlag.ON_LINE}


async def test_slow_unit_is_read() -> None:
    """Best units may take three seconds (card megatec, section 1)."""
    ups = make_ups("bestups")
    # the tests are five times as impatient as real life
    ups.faults.delay = 0.6
    async with PtyWire(ups) as wire, running(wire, dialect="bestups") as session:
        assert session.snapshot is not None
        assert session.snapshot.variables["battery.runtime"] == 1980


@pytest.mark.parametrize("dialect", ["bestups", "ablerex", "zinto"])
async def test_doubled_replies_at_the_speed_of_the_line(dialect: str) -> None:
    """The second copy of a reply is still on the line when the next query goes out."""
    ups = make_ups(dialect)
    ups.faults.duplicate = True
    async with (
        PtyWire(ups, baud=9600) as wire,
        running(wire, patience=1, dialect=dialect) as session,
    ):
        assert session.snapshot is not None
        doubled = session.snapshot.variables
    ups.faults.clear()
    async with PtyWire(ups) as wire, running(wire, dialect=dialect) as session:
        assert session.snapshot is not None
        assert doubled == session.snapshot.variables


async def test_all_zero_replies_are_no_ups() -> None:
    """A reply of nothing but zeros is not believed."""
    async with PtyWire(make_ups("megatec", all_zero=True)) as wire:
        with pytest.raises(BadReply, match="not in Megatec"):
            async with running(wire):
                pass


async def test_passing_faults_change_nothing(ups: MegatecUps, wire: PtyWire) -> None:
    """Garbage, half frames and short silences between good replies are not told."""
    async with running(wire) as session:
        updates: list[Update] = []
        session.subscribe(updates.append)
        for _ in range(5):
            ups.faults.garbage = 1
            await asyncio.sleep(0.25)
            ups.faults.cut = 20
            await asyncio.sleep(0.15)
            ups.faults.cut = None
            ups.faults.drop = 1
            await asyncio.sleep(0.15)
        await asyncio.sleep(2)
        assert session.available
        assert updates == []


@pytest.mark.parametrize("kind", [PtyWire, TcpWire])
async def test_a_hundred_unplugs(
    kind: type[PtyWire | TcpWire], socket_enabled: None, ups: MegatecUps
) -> None:
    """Unplugged and plugged in again 100 times: back each time, nothing leaks."""
    async with kind(ups) as wire:
        session = Session(
            "here",
            MEGATEC,
            intervals=Intervals(status=0.02, full=60),
            open_wire=lambda transcript: open_wire(wire, transcript),
        )
        session.start()
        await session.ready()
        before = resources()
        for _ in range(100):
            await wire.unplug()
            await until(lambda: not session.available)
            await wire.replug()
            session.plugged_in()
            await until(lambda: session.available, timeout=15)
        assert resources()[1:] <= (before[1] + 1, before[2] + 1)
        await session.close()
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() == {asyncio.current_task()}


def resources() -> tuple[int, int, int]:
    """Return how many tasks, threads and descriptors there are."""
    return (
        len(asyncio.all_tasks()),
        threading.active_count(),
        len(os.listdir("/proc/self/fd")),  # noqa: PTH208
    )


# detection


@pytest.mark.parametrize("fault", [None, "no_cr", "duplicate", "echo_reply", "nul"])
async def test_detect_finds_megatec(ups: MegatecUps, wire: PtyWire, fault: str | None) -> None:
    """An unknown port is only asked Y and Q1, and may answer in all odd ways."""
    if fault:
        setattr(ups.faults, fault, True)
    assert await detect(wire.link) is MEGATEC
    assert set(ups.received) <= {b"Y", b"Q1", b""}


async def test_detect_recognises_nothing(
    monkeypatch: pytest.MonkeyPatch, ups: MegatecUps, wire: PtyWire
) -> None:
    """Silence has a sentence that says what to do."""
    monkeypatch.setattr("custom_components.ups_protocols.ups.detect.LISTEN_TIME", 0.1)
    monkeypatch.setattr("custom_components.ups_protocols.ups.detect.ANSWER_TIME", 0.2)
    ups.faults.silence = True
    with pytest.raises(NoReply, match="brand"):
        await detect(wire.link)


class Device:
    """A device that is no Megatec unit."""

    def __init__(self, answer: Callable[[bytes], bytes], first: bytes = b"") -> None:
        """Take what it answers, and what it says by itself."""
        self.faults = Faults()
        self.send: Callable[[bytes, bytes], None] = lambda reply, request: None
        self._answer = answer
        self._first = first

    def feed(self, data: bytes) -> None:
        """Answer."""
        if reply := self._answer(data):
            self.send(reply, data)

    def connected(self) -> None:
        """Speak first."""
        if self._first:
            # a moment later: what comes while a port is being opened is stale
            asyncio.get_running_loop().call_later(0.2, self.send, self._first, b"")

    def disconnected(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    "device",
    [
        Device(lambda data: b"SM\r\n" if data.startswith(b"Y") else b""),
        Device(lambda data: b"", first=b"!"),
    ],
    ids=["answers", "alerts"],
)
async def test_detect_knows_an_apc(device: Device) -> None:
    """An APC Smart-UPS is recognised."""
    async with PtyWire(device) as wire:
        assert await detect(wire.link) is protocol("apc-smart")


async def test_detect_refuses_other_addresses() -> None:
    """Other addresses are refused."""
    with pytest.raises(NoSuchPort):
        await detect("http://127.0.0.1")
