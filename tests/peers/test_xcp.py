"""NUT's bcmxcp reads our simulated XCP units, and so do we: what both know must agree.

The driver is Debian's (2.8.0). Everything in which it differs from us stands in one of the tables
below with its reason; a difference that is not there fails, and so does a row that nothing hits.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, override

import pytest
from pytest_socket import enable_socket, socket_allow_hosts

from .nut import Dump, find, running
from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.errors import UpsError
from custom_components.ups_protocols.ups.links.base import Link
from custom_components.ups_protocols.ups.links.open import open_link
from custom_components.ups_protocols.ups.session import Session
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.clock import Clock
from tests.simulators.wires import PtyWire
from tests.simulators.xcp import DIALECTS, XcpUps, make_ups

XCP = protocol("xcp")
DRIVER = "bcmxcp"
CROWD = 12
READ_BY_BOTH = ("pw5115", "pw9130", "pw9355")
ALONE = {
    "prestige": "it asks for the limits, and gives up where there are none",
    "system-80": "it asks for the configuration, and gives up where there is none",
    "profile": "it asks for the topology, and gives up on the answer that there is none",
    "pw9170": "it takes no more than seven packets: it reads three bits of their number",
    "pw9390": "its buffer of 256 bytes is too small for the maps and meters, and it crashes",
    "pw9395": "its buffer of 256 bytes is too small for the maps and meters, and it crashes",
}
"""The simulator's units that it cannot read."""


def test_every_unit_has_a_peer_or_a_reason() -> None:
    """Nothing is forgotten."""
    assert {*READ_BY_BOTH, *ALONE} == set(DIALECTS)


# the states in which a unit is read


def _testing(ups: XcpUps) -> None:
    assert ups.power.start_test(600)


def _tested(ups: XcpUps) -> None:
    _testing(ups)
    ups.clock.advance(700)


def _boosting(ups: XcpUps) -> None:
    ups.set("mains_voltage", ups.power.nominal_voltage * 0.85)


def _trimming(ups: XcpUps) -> None:
    ups.set("mains_voltage", ups.power.nominal_voltage * 1.15)


def _off(ups: XcpUps) -> None:
    ups.power.shut_down(0, off_for=None)


def _outlet_off(ups: XcpUps) -> None:
    for outlet in ups.outlets[:1]:
        outlet.on, outlet.auto_on = False, 20


@dataclass(frozen=True, slots=True)
class State:
    """A state of the simulated unit."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[XcpUps], None] = lambda ups: None


STATES: Mapping[str, State] = {
    "on line": State(),
    "on battery": State({"mains": False, "charge": 60.0}),
    "battery low": State({"mains": False, "charge": 10.0}),
    "testing": State(prepare=_testing),
    "tested": State(prepare=_tested),
    "boosting": State(prepare=_boosting),
    "trimming": State(prepare=_trimming),
    "bypass": State({"bypass": True}),
    "overloaded": State({"overload": True, "load": 120.0}),
    "replace battery": State({"replace_battery": True, "beeper": False}),
    "charging": State({"charge": 70.0}),
    "economy": State({"eco": True}),
    "off": State(prepare=_off),
    "outlet off": State(prepare=_outlet_off),
}


# what is known to differ


@dataclass(frozen=True, slots=True)
class Known:
    """A difference that is expected, and why; empty tuples stand for all."""

    names: tuple[str, ...]
    reason: str
    dialects: tuple[str, ...] = ()
    states: tuple[str, ...] = ()

    def covers(self, dialect: str, state: str, name: str) -> bool:
        """Tell whether a difference is this one."""
        return all(
            not wanted or found in wanted
            for wanted, found in (
                (self.names, name),
                (self.dialects, dialect),
                (self.states, state),
            )
        )


DIFFERENCES: tuple[Known, ...] = (
    Known(
        ("ups.mfr", "ups.model", "ups.serial"),
        "the old names of device.mfr, device.model and device.serial, which it has as well",
    ),
    Known(("device.mfr",), "it says Eaton of every unit; the OEM byte says Powerware"),
    Known(
        ("device.model",),
        "it puts the VA behind a name that does not hold them; they are in ups.power.nominal",
        dialects=("pw9355",),
    ),
    Known(
        ("device.model",),
        "it keeps the columns of blanks inside a name",
        dialects=("pw5115", "pw9130"),
    ),
    Known(("ups.description",), "the topology in its own words; ours is ups.type"),
    Known(("ambient.temperature.low",), "it reads the signed byte as unsigned: -5 is 251"),
    Known(
        ("ambient.1.temperature",),
        "meter 65 is the power supply's temperature",
        dialects=("pw9355",),
    ),
    Known(
        ("battery.charge.low",),
        "meter 44 is a voltage and no charge: battery.voltage.warning",
        dialects=("pw9130", "pw9355"),
    ),
    Known(
        ("battery.current.total",),
        "meter 47 is the rating of the discharge current: battery.current.nominal",
        dialects=("pw9355",),
    ),
    Known(("battery.runtime.low", "battery.energysave.delay"), "it shows minutes as they come"),
    Known(
        ("input.transfer.boost.high", "input.transfer.trim.low"),
        "of an on-line unit they are the limits of its bypass (5.2.3.1)",
        dialects=("pw9130", "pw9355"),
    ),
    Known(
        ("outlet.1.delay.shutdown",),
        "it reads the signed word as unsigned: never is 65535",
        dialects=("pw9130",),
    ),
    Known(
        ("outlet.1.status", "outlet.2.status"),
        "it says on/closed and off/open",
        dialects=("pw9130",),
    ),
    Known(
        ("output.powerfactor",),
        "a power factor above 1 means unknown (meter 26)",
        states=("off",),
    ),
    Known(
        ("ups.L1-N.realpower", "ups.L2-N.realpower", "ups.L3-N.realpower"),
        "the standard has output.L1.realpower",
        dialects=("pw9355",),
    ),
    Known(
        ("ups.realpower.nominal",),
        "meter 86 is the rating of one phase; it forgets that there are three",
        dialects=("pw9355",),
    ),
    Known(
        ("ups.load",),
        "above 30 % the phase that carries most counts (7.2.4), and not the sum",
        dialects=("pw9355",),
    ),
    Known(("ups.date",), "it writes the day first", dialects=("pw9130", "pw9355")),
    Known(("ups.time",), "it shows hundredths", dialects=("pw9130", "pw9355")),
    Known(
        ("ups.alarm",),
        "it lists what the map calls a status and no alarm",
        states=("boosting", "trimming", "economy", "charging", "tested"),
    ),
    Known(
        ("ups.status",),
        "it does not read of the battery block what the charger does",
        states=("on battery", "battery low", "charging", "tested"),
    ),
    Known(("ups.status",), "it has no flag for a test", states=("testing",)),
    Known(("ups.status",), "it has no flag for economy", states=("economy",)),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the driver and we do not say alike."""

    dialect: str
    state: str
    name: str
    ours: object
    theirs: str

    @override
    def __str__(self) -> str:
        """Say it for people."""
        return f"{self.dialect}, {self.state}: {self.name} is {self.theirs} there, {self.ours} here"


def alike(ours: object, theirs: str) -> bool:
    """Compare a value of ours with a text of NUT's: numbers as far as NUT shows them."""
    try:
        number, wanted = float(str(ours)), float(theirs)
    except ValueError:
        return str(ours) == theirs.strip()
    return abs(number - wanted) <= 0.51 * float(f"1e-{len(theirs.partition('.')[2])}")


def compare(dialect: str, state: str, ours: Session, theirs: Dump) -> Iterator[Difference]:
    """Yield everything that the driver knows and we do not know, or know otherwise."""
    assert ours.snapshot is not None
    variables = ours.snapshot.variables
    for name, value in sorted(theirs.variables.items()):
        if name.startswith("driver.") or name in {"ups.status", "ups.alarm", "device.type"}:
            continue
        if name not in variables or not alike(variables[name], value):
            yield Difference(dialect, state, name, variables.get(name), value)
    words = set(theirs.variables.get("ups.status", "").split())
    # the alarms are compared by themselves
    if words - {"ALARM"} != set(ours.snapshot.status.flags):
        shown = " ".join(sorted(ours.snapshot.status.flags))
        yield Difference(dialect, state, "ups.status", shown, " ".join(sorted(words)))
    alarms = {alarm.text.lower() for alarm in ours.snapshot.status.alarms}
    if bool(alarms) != bool(theirs.variables.get("ups.alarm")):
        told = theirs.variables.get("ups.alarm", "")
        yield Difference(dialect, state, "ups.alarm", sorted(alarms), told)
    for command in sorted(theirs.commands - ours.capabilities.commands.keys()):
        yield Difference(dialect, state, command, None, "a command")


def new_session(wire: PtyWire) -> Session:
    """Return a session with the unit on a wire, not started yet."""

    async def open_wire(transcript: Transcript) -> Link:
        return await open_link(wire.link, XCP.link, line=XCP.line, transcript=transcript)

    return Session(wire.link, XCP, open_wire=open_wire)


async def read_ours(wire: PtyWire) -> Session:
    """Return a session that has read the unit once, and is closed."""
    session = new_session(wire)
    session.start()
    try:
        await session.ready()
    finally:
        await session.close()
    return session


type Outcome = list[Difference] | Exception


async def read_both(dialect: str, state: str, crowd: asyncio.Semaphore) -> Outcome:
    """Have the driver and us read one unit, one after the other; its time stands still."""
    ups = make_ups(dialect, clock=Clock.stopped(), **STATES[state].settings)
    STATES[state].prepare(ups)
    try:
        async with crowd, PtyWire(ups) as wire:
            async with running(DRIVER, wire.link) as driver:
                theirs = await driver.dump()
            ours = await read_ours(wire)
        return list(compare(dialect, state, ours, theirs))
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
    """Read every unit in every state at once: most of the time is waiting."""
    if find(DRIVER) is None:
        pytest.skip(f"NUT's {DRIVER} is not installed (Debian: nut-server)")
    cases = [(dialect, state) for dialect in READ_BY_BOTH for state in STATES]

    async def read_all() -> list[Outcome]:
        crowd = asyncio.Semaphore(CROWD)
        return await asyncio.gather(*(read_both(*case, crowd) for case in cases))

    return dict(zip(cases, in_a_thread(read_all), strict=True))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("dialect", READ_BY_BOTH)
def test_peer(dialect: str, state: str, outcomes: Mapping[tuple[str, str], Outcome]) -> None:
    """What the driver and we say of one unit in one state differs only where it is known to."""
    outcome = outcomes[dialect, state]
    if isinstance(outcome, Exception):
        raise outcome
    unknown = [
        str(each)
        for each in outcome
        if not any(known.covers(dialect, state, each.name) for known in DIFFERENCES)
    ]
    assert unknown == []


def test_no_known_difference_is_stale(outcomes: Mapping[tuple[str, str], Outcome]) -> None:
    """Each row of the table is still true of something."""
    seen = [each for outcome in outcomes.values() if isinstance(outcome, list) for each in outcome]
    stale = [
        known
        for known in DIFFERENCES
        if not any(known.covers(each.dialect, each.state, each.name) for each in seen)
    ]
    assert stale == []


# orders

OFF_DELAY = 120
ORDERS: tuple[tuple[str, Mapping[str, float]], ...] = (
    ("beeper.disable", {}),
    ("beeper.enable", {}),
    ("beeper.mute", {}),
    ("test.battery.start", {}),
    ("test.system.start", {}),
    ("test.panel.start", {}),
    ("bypass.start", {}),
    ("outlet.1.load.off", {}),
    ("outlet.1.load.on", {}),
    ("outlet.1.shutdown.return", {"delay": OFF_DELAY}),
    ("shutdown.return", {"delay": OFF_DELAY}),
    ("shutdown.stayoff", {}),
    ("load.on", {}),
)
ORDER_DIFFERENCES: Mapping[str, str] = {
    "outlet.1.shutdown.return": "it takes the outlet's delay on battery, even where that is never"
}
"""Orders that the driver says otherwise, with the reason."""
_QUESTIONS = (b"\xcf", b"\xa0", b"\x31", b"\xb2\xff", b"\x95\xff", b"\x9a")


def _told(ups: XcpUps) -> list[bytes]:
    """Return what was said that is no question."""
    return [each for each in ups.received if not (each.startswith(_QUESTIONS) or each[0] < 0x80)]


async def _heard(ups: XcpUps) -> list[bytes]:
    """Wait until an order has come."""
    async with asyncio.timeout(15):
        while not (heard := _told(ups)):
            await asyncio.sleep(0.02)
    return heard


async def order_of_theirs(dialect: str, crowd: asyncio.Semaphore) -> dict[str, list[bytes]]:
    """Return what the driver says on the wire for each order."""
    ups = make_ups(dialect, clock=Clock.stopped())
    said: dict[str, list[bytes]] = {}
    async with crowd, PtyWire(ups) as wire, running(DRIVER, wire.link) as driver:
        known = (await driver.dump()).commands
        async with driver.instructing() as instruct:
            for command, _ in ORDERS:
                if command in known:
                    ups.received.clear()
                    instruct(command)
                    said[command] = await _heard(ups)
    return said


async def order_of_ours(dialect: str, crowd: asyncio.Semaphore) -> dict[str, list[bytes]]:
    """Return what we say on the wire for each order."""
    ups = make_ups(dialect, clock=Clock.stopped())
    said: dict[str, list[bytes]] = {}
    async with crowd, PtyWire(ups) as wire:
        session = new_session(wire)
        session.start()
        try:
            await session.ready()
            for command, parameters in ORDERS:
                if command in session.capabilities.commands:
                    ups.received.clear()
                    await session.run(command, **parameters)
                    said[command] = await _heard(ups)
        finally:
            await session.close()
    return said


type Said = tuple[dict[str, list[bytes]], dict[str, list[bytes]]]


@pytest.fixture(scope="module")
def said() -> Mapping[str, Said]:
    """Give every order to the driver and to us; each unit is a new one."""
    if find(DRIVER) is None:
        pytest.skip(f"NUT's {DRIVER} is not installed (Debian: nut-server)")

    async def both(dialect: str, crowd: asyncio.Semaphore) -> Said:
        theirs, ours = await asyncio.gather(
            order_of_theirs(dialect, crowd), order_of_ours(dialect, crowd)
        )
        return theirs, ours

    async def all_of_them() -> list[Said]:
        crowd = asyncio.Semaphore(CROWD)
        return await asyncio.gather(*(both(dialect, crowd) for dialect in READ_BY_BOTH))

    return dict(zip(READ_BY_BOTH, in_a_thread(all_of_them), strict=True))


@pytest.mark.parametrize("dialect", READ_BY_BOTH)
def test_orders(dialect: str, said: Mapping[str, Said]) -> None:
    """The same order puts the same bytes on the wire."""
    theirs, ours = said[dialect]
    assert len(theirs) >= 7
    assert theirs.keys() <= ours.keys()
    differing = {name for name in theirs if theirs[name] != ours[name]}
    assert differing <= ORDER_DIFFERENCES.keys(), {
        name: (theirs[name], ours[name]) for name in differing
    }


def test_no_known_order_is_stale(said: Mapping[str, Said]) -> None:
    """Each row of the table is still true of something."""
    differing = {
        name for theirs, ours in said.values() for name in theirs if theirs[name] != ours.get(name)
    }
    assert differing == set(ORDER_DIFFERENCES)
