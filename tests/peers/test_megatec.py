"""NUT's Megatec drivers read our simulators, and so do we: what both know must agree.

The drivers are those of Debian's nut-server (2.8.0). Everything in which they differ from us stands
in one of the tables below with its reason; a difference that is not there fails, and so does a row
that nothing hits any more.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import batched
from typing import Any, override

import pytest
from pytest_socket import enable_socket, socket_allow_hosts

from .nut import Dump, find, running
from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.errors import UpsError
from custom_components.ups_protocols.ups.links.base import Link, Reply
from custom_components.ups_protocols.ups.links.open import open_link
from custom_components.ups_protocols.ups.links.serial import SerialxLine
from custom_components.ups_protocols.ups.session import Session
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.clock import Clock
from tests.simulators.megatec import DIALECTS, MegatecUps, make_ups
from tests.simulators.wires import PtyWire

MEGATEC = protocol("megatec")
# how many drivers run at once
CROWD = 24


@dataclass(frozen=True, slots=True)
class Peer:
    """A driver of NUT's and the dialect that it is to speak."""

    driver: str
    dialect: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Return a name for the test."""
        return f"{self.driver}-{self.dialect}"


PEERS = (
    *(
        Peer("blazer_ser", dialect, {"protocol": dialect.replace("-", "/")})
        for dialect in ("megatec", "megatec-old", "mustek", "zinto")
    ),
    *(
        Peer("nutdrv_qx", dialect, {"protocol": dialect.replace("-", "/")})
        for dialect in ("megatec", "megatec-old", "mustek", "zinto", "q1", "mecer", "hunnox")
    ),
    Peer("nutdrv_qx", "bestups", {"protocol": "bestups"}),
    Peer("nutdrv_qx", "ablerex", {"protocol": "ablerex"}),
    Peer("bestups", "bestups"),
)

ALONE = {
    "gtec": "2.8.0 has no subdriver for it",
    "q2": "2.8.0 has no subdriver for it",
    "q6": "2.8.0 has no subdriver for it",
    "innova-rt-3-3": "2.8.0 has no subdriver for it",
    "innova-rt-3-1": "2.8.0 has no subdriver for it",
    "innova-tae": "2.8.0 has no subdriver for it",
    "omron": "2.8.0 has no subdriver for it",
    "powercom": "no driver of NUT's speaks more of it than Q1",
    "axpert": "2.8.0 has no subdriver for it",
    "masterguard-a": "2.8.0's subdriver looks for a variable 'series' that its own table lacks",
    "masterguard-e": "2.8.0's subdriver looks for a variable 'series' that its own table lacks",
}
"""The simulator's dialects that no driver of Debian's can read."""


def test_every_dialect_has_a_peer_or_a_reason() -> None:
    """Nothing is forgotten."""
    assert {peer.dialect for peer in PEERS} | set(ALONE) == set(DIALECTS)


# the states in which a unit is read


def _testing(ups: MegatecUps) -> None:
    assert ups.power.start_test(600)


def _boosting(ups: MegatecUps) -> None:
    ups.set("mains_voltage", ups.power.nominal_voltage * 0.85)


def _trimming(ups: MegatecUps) -> None:
    ups.set("mains_voltage", ups.power.nominal_voltage * 1.15)


@dataclass(frozen=True, slots=True)
class State:
    """A state of the simulated unit."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[MegatecUps], None] = lambda ups: None


STATES: Mapping[str, State] = {
    "on line": State(),
    "on battery": State({"mains": False, "charge": 60.0}),
    "battery low": State({"mains": False, "charge": 10.0}),
    "testing": State(prepare=_testing),
    "boosting": State({"online": False}, _boosting),
    "trimming": State({"online": False}, _trimming),
    "bypass": State({"online": True, "bypass": True}),
    "per cell": State({"online": True, "per_cell": True, "charge": 80.0}),
    "failed": State({"failed": True, "beeper": False, "load": 72.0}),
    "shutdown": State({"shutdown_active": True}),
}


# what is known to differ


@dataclass(frozen=True, slots=True)
class Known:
    """A difference that is expected, and why; empty tuples stand for all."""

    names: tuple[str, ...]
    reason: str
    drivers: tuple[str, ...] = ()
    dialects: tuple[str, ...] = ()
    states: tuple[str, ...] = ()

    def covers(self, peer: Peer, state: str, name: str) -> bool:
        """Tell whether a difference is this one."""
        return all(
            not wanted or found in wanted
            for wanted, found in (
                (self.names, name),
                (self.drivers, peer.driver),
                (self.dialects, peer.dialect),
                (self.states, state),
            )
        )


_PER_CELL = ("megatec", "megatec-old", "mustek", "zinto", "mecer", "hunnox")
DIFFERENCES: tuple[Known, ...] = (
    Known(
        ("ups.mfr", "ups.model"),
        "the old names of device.mfr and device.model, which it has as well",
        drivers=("blazer_ser", "bestups"),
    ),
    Known(
        ("battery.voltage", "battery.charge"),
        "it finds the multiplier of a per-cell reading, but shows and uses the raw reading",
        drivers=("nutdrv_qx",),
        dialects=_PER_CELL,
        states=("per cell",),
    ),
    Known(
        ("battery.charge",),
        "it guesses from the voltage and does not ask BL, which tells the charge",
        drivers=("nutdrv_qx",),
        dialects=("hunnox",),
    ),
    Known(
        ("battery.voltage",),
        "it shows the raw reading; Q5 has a code for the voltage of the whole battery",
        drivers=("nutdrv_qx",),
        dialects=("ablerex",),
    ),
    Known(
        ("battery.charge",),
        "2.8.0 says 100 % at any voltage; the maker's table came later",
        drivers=("nutdrv_qx",),
        dialects=("ablerex",),
    ),
    Known(
        ("ups.alarm",),
        "2.8.0 shows neither the fault of b4 nor the shutdown of b1 as an alarm",
        drivers=("nutdrv_qx", "bestups"),
        states=("failed", "shutdown"),
    ),
    Known(
        ("ups.firmware.aux",),
        "the same number in more words",
        drivers=("nutdrv_qx",),
        dialects=("mecer",),
    ),
    Known(
        ("battery.charge",),
        "it shows a decimal, and values below 0 where the reading is that of one cell",
        drivers=("bestups",),
    ),
    Known(
        ("battery.voltage.nominal",),
        "it makes one up from the lowest and highest voltage; ID does not tell any",
        drivers=("bestups",),
    ),
    Known(
        ("device.model",),
        "it puts the VA behind the name; they stand in ups.power.nominal",
        drivers=("bestups",),
    ),
    Known(
        ("ups.status",),
        "it does not look at the bits of test, bypass and shutdown",
        drivers=("bestups",),
        states=("testing", "bypass", "shutdown"),
    ),
)

# NUT's flags in our words; those that are no flag of ours stand with None
FLAGS: Mapping[str, str | None] = {
    # NUT has no flag for a battery test and shows that of a calibration
    "CAL": "TEST",
    # the alarms are compared by themselves
    "ALARM": None,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the driver and we do not say alike."""

    peer: Peer
    state: str
    name: str
    ours: object
    theirs: str

    @override
    def __str__(self) -> str:
        """Say it for people."""
        return f"{self.peer.id}, {self.state}: {self.name} is {self.theirs} there, {self.ours} here"


def alike(ours: object, theirs: str) -> bool:
    """Compare a value of ours with a text of NUT's: numbers as far as NUT shows them."""
    try:
        number, wanted = float(str(ours)), float(theirs)
    except ValueError:
        return str(ours) == theirs.strip()
    return abs(number - wanted) <= 0.51 * float(f"1e-{len(theirs.partition('.')[2])}")


def compare(peer: Peer, state: str, ours: Session, theirs: Dump) -> Iterator[Difference]:
    """Yield everything that the driver knows and we do not know, or know otherwise."""
    assert ours.snapshot is not None
    variables = ours.snapshot.variables
    for name, value in sorted(theirs.variables.items()):
        if name.startswith("driver.") or name in {"ups.status", "ups.alarm", "device.type"}:
            continue
        if name not in variables or not alike(variables[name], value):
            yield Difference(peer, state, name, variables.get(name), value)
    words = theirs.variables.get("ups.status", "").split()
    flags = {FLAGS.get(word, word) for word in words} - {None}
    if flags != set(ours.snapshot.status.flags):
        shown = " ".join(sorted(ours.snapshot.status.flags))
        yield Difference(peer, state, "ups.status", shown, " ".join(words))
    alarms = "; ".join(alarm.text for alarm in ours.snapshot.status.alarms)
    if bool(alarms) != bool(theirs.variables.get("ups.alarm")):
        yield Difference(peer, state, "ups.alarm", alarms, theirs.variables.get("ups.alarm", ""))
    for command in sorted(theirs.commands - ours.capabilities.commands.keys()):
        yield Difference(peer, state, command, None, "a command")


# reading


def new_session(wire: PtyWire, dialect: str) -> Session:
    """Return a session with the unit on a wire, not started yet."""

    async def open_impatiently(transcript: Transcript) -> Link:
        link = await open_link(wire.link, MEGATEC.link, line=MEGATEC.line, transcript=transcript)
        assert isinstance(link, SerialxLine)
        query = link.query

        # a simulated unit answers at once; what it does not answer need not take seconds
        async def query_impatiently(
            request: bytes, *, reply: Reply, timeout: float, pace: float = 0
        ) -> bytes | None:
            return await query(request, reply=reply, timeout=timeout / 3, pace=pace)

        link.query = query_impatiently  # type: ignore[method-assign]
        return link

    return Session(wire.link, MEGATEC, options={"dialect": dialect}, open_wire=open_impatiently)


async def read_ours(wire: PtyWire, dialect: str) -> Session:
    """Return a session that has read the unit once, and is closed."""
    session = new_session(wire, dialect)
    session.start()
    try:
        await session.ready()
    finally:
        await session.close()
    return session


type Outcome = list[Difference] | Exception


async def read_both(peer: Peer, state: str, crowd: asyncio.Semaphore) -> Outcome:
    """Have the driver and us read one unit, one after the other; its time stands still."""
    ups = make_ups(peer.dialect, clock=Clock.stopped(), **STATES[state].settings)
    STATES[state].prepare(ups)
    try:
        async with crowd, PtyWire(ups) as wire:
            async with running(peer.driver, wire.link, **peer.options) as driver:
                theirs = await driver.dump()
            ours = await read_ours(wire, peer.dialect)
        return list(compare(peer, state, ours, theirs))
    except (UpsError, RuntimeError, OSError) as error:
        return error


def in_a_thread[T](work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run something asynchronous in a loop of its own, beside that of the tests."""
    # Home Assistant's harness forbids sockets; a driver of NUT's is asked over a unix socket
    enable_socket()
    socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(work())).result()


@pytest.fixture(scope="module")
def outcomes() -> Mapping[tuple[str, str], Outcome]:
    """Read every peer in every state at once: most of the time is waiting."""
    cases = [(peer, state) for peer in PEERS if find(peer.driver) for state in STATES]

    async def read_all() -> list[Outcome]:
        crowd = asyncio.Semaphore(CROWD)
        return await asyncio.gather(*(read_both(peer, state, crowd) for peer, state in cases))

    found = in_a_thread(read_all)
    return {(peer.id, state): each for (peer, state), each in zip(cases, found, strict=True)}


def needs(driver: str) -> None:
    """Skip the test where a driver of NUT's is not there."""
    if find(driver) is None:
        pytest.skip(f"NUT's {driver} is not installed (Debian: nut-server)")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.id)
def test_peer(peer: Peer, state: str, outcomes: Mapping[tuple[str, str], Outcome]) -> None:
    """What the driver and we say of one unit in one state differs only where it is known to."""
    needs(peer.driver)
    outcome = outcomes[peer.id, state]
    if isinstance(outcome, Exception):
        raise outcome
    unknown = [
        str(each)
        for each in outcome
        if not any(known.covers(peer, state, each.name) for known in DIFFERENCES)
    ]
    assert unknown == []


def test_no_known_difference_is_stale(outcomes: Mapping[tuple[str, str], Outcome]) -> None:
    """Each row of the table is still true of something."""
    for peer in PEERS:
        needs(peer.driver)
    seen = [each for outcome in outcomes.values() if isinstance(outcome, list) for each in outcome]
    stale = [
        known
        for known in DIFFERENCES
        if not any(known.covers(each.peer, each.state, each.name) for each in seen)
    ]
    assert stale == []


# orders


@dataclass(frozen=True, slots=True)
class Order:
    """An order, and with which parameters we give it."""

    command: str
    ours: Mapping[str, float] = field(default_factory=dict)


OFF_DELAY, ON_DELAY, TEST_TIME = 60, 300, 300
# blazer_ser wants minutes where others want seconds, and the old bestups knows neither
DELAYS: Mapping[str, Mapping[str, str]] = {
    "nutdrv_qx": {"offdelay": str(OFF_DELAY), "ondelay": str(ON_DELAY)},
    "blazer_ser": {"offdelay": str(OFF_DELAY), "ondelay": str(ON_DELAY // 60)},
    "bestups": {},
}
TEST_TIMES = {"nutdrv_qx": str(TEST_TIME), "blazer_ser": str(TEST_TIME // 60)}
ORDERS = (
    Order("test.battery.start.quick"),
    Order("test.battery.stop"),
    Order("test.battery.start", {"duration": TEST_TIME}),
    Order("test.battery.start.deep"),
    Order("beeper.toggle"),
    Order("shutdown.return", {"delay": OFF_DELAY, "restart_delay": ON_DELAY}),
    Order("shutdown.stop"),
    Order("shutdown.stayoff", {"delay": OFF_DELAY}),
    Order("load.on"),
    Order("load.off"),
)
ORDER_DIFFERENCES: tuple[Known, ...] = (
    Known(
        ("test.battery.start",),
        "it takes no time and means the test of ten seconds",
        drivers=("bestups",),
    ),
)
"""Orders that the driver says otherwise, or does not know."""


async def orders_of_theirs(
    peer: Peer, orders: Sequence[Order], crowd: asyncio.Semaphore
) -> dict[str, list[bytes]]:
    """Return what the driver says on the wire for each order."""
    said: dict[str, list[bytes]] = {}
    options = {**peer.options, **DELAYS[peer.driver]}
    ups = make_ups(peer.dialect, clock=Clock.stopped())
    async with crowd, PtyWire(ups) as wire, running(peer.driver, wire.link, **options) as driver:
        known = (await driver.dump()).commands
        polled = set(ups.received)
        async with driver.instructing() as instruct:
            for order in orders:
                if order.command not in known:
                    continue
                is_timed = order.command == "test.battery.start" and peer.driver in TEST_TIMES
                ups.received.clear()
                instruct(order.command, *([TEST_TIMES[peer.driver]] if is_timed else []))
                said[order.command] = await _heard(ups, polled)
    return said


async def _heard(ups: MegatecUps, polled: set[bytes]) -> list[bytes]:
    """Wait until something has been said that is not polled."""
    async with asyncio.timeout(10):
        while not (heard := [each for each in ups.received if each not in polled]):
            await asyncio.sleep(0.02)
    return heard


async def orders_of_ours(peer: Peer, crowd: asyncio.Semaphore) -> dict[str, list[bytes]]:
    """Return what we say on the wire for each order."""
    ups = make_ups(peer.dialect, clock=Clock.stopped())
    async with crowd, PtyWire(ups) as wire:
        session = new_session(wire, peer.dialect)
        session.start()
        try:
            await session.ready()
            said = {}
            polled = set(ups.received)
            for order in ORDERS:
                if order.command in session.capabilities.commands:
                    ups.received.clear()
                    await session.run(order.command, **order.ours)
                    # the unit is in this loop too: a busy loop may not have let it read yet
                    said[order.command] = await _heard(ups, polled)
            return said
        finally:
            await session.close()


type Said = tuple[dict[str, list[bytes]], dict[str, list[bytes]]]
"""By order what the driver said, and what we said."""


@pytest.fixture(scope="module")
def said() -> Mapping[str, Said | Exception]:
    """Give every order to every driver and to us; each unit is a new one."""

    async def both(peer: Peer, crowd: asyncio.Semaphore) -> Said | Exception:
        try:
            # an order without an answer costs the driver seconds: several drivers share them
            ours, *parts = await asyncio.gather(
                orders_of_ours(peer, crowd),
                *(orders_of_theirs(peer, part, crowd) for part in batched(ORDERS, 3, strict=False)),
            )
        except (UpsError, RuntimeError, OSError) as error:
            return error
        return {command: said for part in parts for command, said in part.items()}, ours

    async def all_of_them() -> list[Said | Exception]:
        crowd = asyncio.Semaphore(CROWD)
        return await asyncio.gather(*(both(peer, crowd) for peer in present))

    present = [peer for peer in PEERS if find(peer.driver)]
    found = in_a_thread(all_of_them)
    return {peer.id: each for peer, each in zip(present, found, strict=True)}


def differing(said: Said) -> dict[str, tuple[list[bytes], list[bytes] | None]]:
    """Return the orders for which other bytes went out, theirs and ours."""
    theirs, ours = said
    return {
        command: (bytes_, ours.get(command))
        for command, bytes_ in theirs.items()
        if bytes_ != ours.get(command)
    }


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.id)
def test_orders(peer: Peer, said: Mapping[str, Said | Exception]) -> None:
    """The same order puts the same bytes on the wire."""
    needs(peer.driver)
    both = said[peer.id]
    if isinstance(both, Exception):
        raise both
    assert len(both[0]) >= 2
    unknown = {
        command: difference
        for command, difference in differing(both).items()
        if not any(known.covers(peer, "", command) for known in ORDER_DIFFERENCES)
    }
    assert unknown == {}


def test_no_known_order_is_stale(said: Mapping[str, Said | Exception]) -> None:
    """Each row of the table is still true of something."""
    for peer in PEERS:
        needs(peer.driver)
    stale = [
        known
        for known in ORDER_DIFFERENCES
        if not any(
            known.covers(peer, "", command)
            for peer in PEERS
            if not isinstance(both := said[peer.id], Exception)
            for command in differing(both)
        )
    ]
    assert stale == []
