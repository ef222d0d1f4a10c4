"""NUT's APC drivers read our simulators, and so do we: what both know must agree.

The drivers are those of Debian's nut-server (2.8.0). Everything in which they differ from us stands
in one of the tables below with its reason; a difference that is not there fails, and so does a row
that nothing hits any more. A pty has no modem lines, so their option ``cable`` is left alone.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, override

import pytest

from .nut import Dump, find, running
from .test_megatec import in_a_thread
from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.errors import UpsError
from custom_components.ups_protocols.ups.session import Session
from tests.simulators.apc_smart import DIALECTS, ApcUps, make_ups
from tests.simulators.clock import Clock
from tests.simulators.wires import PtyWire

APC = protocol("apc-smart")
# how many drivers run at once
CROWD = 12


@dataclass(frozen=True, slots=True)
class Peer:
    """A driver of NUT's and the unit that it is to read."""

    driver: str
    dialect: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Return a name for the test."""
        return f"{self.driver}-{self.dialect}"


PEERS = (
    *(Peer("apcsmart", dialect, {"ttymode": "raw"}) for dialect in DIALECTS),
    *(
        Peer("apcsmart-old", dialect)
        for dialect in ("smart-ups", "measure-ups", "smart-ups-vs", "matrix", "smart-ups-600")
    ),
)

ALONE: Mapping[str, str] = {}
"""The simulated units that no driver of Debian's can read."""


def test_every_unit_has_a_peer_or_a_reason() -> None:
    """Nothing is forgotten."""
    assert {peer.dialect for peer in PEERS} | set(ALONE) == set(DIALECTS)


# the states in which a unit is read


@dataclass(frozen=True, slots=True)
class State:
    """A state of the simulated unit."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[ApcUps], None] = lambda ups: None


def _smart(ups: ApcUps) -> None:
    # left in smart mode by whoever was there before
    ups.settings["smart"] = True


def _testing(ups: ApcUps) -> None:
    assert ups.power.start_test(600)
    ups.catch_up()


def _tested(ups: ApcUps) -> None:
    _testing(ups)
    ups.clock.advance(601)
    ups.catch_up()


def _boosting(ups: ApcUps) -> None:
    ups.set("mains_voltage", ups.power.nominal_voltage * 0.85)


def _calibrating(ups: ApcUps) -> None:
    ups.calibrating = ups.power.start_test(None)
    ups.catch_up()


def _shut_down(ups: ApcUps) -> None:
    ups.power.shut_down(0, off_for=None)
    ups.catch_up()


STATES: Mapping[str, State] = {
    "on line": State(),
    "in smart mode": State(prepare=_smart),
    "on battery": State({"mains": False, "charge": 60.0}),
    "battery low": State({"mains": False, "charge": 10.0}),
    "testing": State(prepare=_testing),
    "tested": State(prepare=_tested),
    "calibrating": State(prepare=_calibrating),
    "boosting": State({"online": False}, _boosting),
    "overloaded": State({"load": 110.0, "replace_battery": True, "temperature": 41.5}),
    "off": State(prepare=_shut_down),
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


DIFFERENCES: tuple[Known, ...] = (
    Known(
        ("calibrate.start", "calibrate.stop"),
        "a unit that does not say whether it calibrates: one byte starts and stops it, and they "
        "cannot know which they do",
        dialects=("smart-ups-vs",),
    ),
    Known(
        ("device.uptime",),
        "it cuts the tenths of an hour off",
        drivers=("apcsmart",),
        dialects=("matrix",),
    ),
    Known(
        ("input.frequency",),
        "2.8.0 knows no two-byte commands: on this unit F is the output's frequency",
        drivers=("apcsmart",),
        dialects=("spm",),
        states=("on battery", "battery low", "off"),
    ),
    Known(
        (
            "ambient.humidity.high",
            "ambient.humidity.low",
            "ambient.temperature.high",
            "ambient.temperature.low",
        ),
        "it shows both probes in one text; each has its own variables, as in the newer driver",
        drivers=("apcsmart-old",),
        dialects=("measure-ups",),
    ),
    Known(
        ("shutdown.return.grace",),
        "its own name for a shutdown at any time, which shutdown.return is",
        drivers=("apcsmart-old",),
    ),
    Known(
        ("ups.firmware.old",),
        "its own name for the letters of V, beside the three parts of b",
        drivers=("apcsmart-old",),
    ),
)

WORDS: Mapping[tuple[str, str], str] = {
    ("input.sensitivity", "H"): "high",
    ("input.sensitivity", "A"): "auto",
    ("input.transfer.reason", "no transfers yet since turnon"): "noTransfer",
    ("input.transfer.reason", "low utility voltage"): "lowLineVoltage",
    ("input.transfer.reason", "simulated power failure or UPS test"): "selfTest",
    ("ups.test.result", "NO"): "No test initiated",
    ("ups.test.result", "OK"): "Done and passed",
}
"""What the drivers show as the unit writes it, or in the document's words: ours have a closed
list."""

# NUT has no flag for a battery test
OURS_ALONE = {"TEST"}


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
        if name.startswith("driver.") or name in {"ups.status", "device.type"}:
            continue
        meant = WORDS.get((name, value), value)
        if name not in variables or not alike(variables[name], meant):
            yield Difference(peer, state, name, variables.get(name), value)
    words = theirs.variables.get("ups.status", "").split()
    flags = {str(flag) for flag in ours.snapshot.status.flags} - OURS_ALONE
    if set(words) != flags:
        yield Difference(peer, state, "ups.status", " ".join(sorted(flags)), " ".join(words))
    for command in sorted(theirs.commands - ours.capabilities.commands.keys()):
        yield Difference(peer, state, command, None, "a command")


# reading

type Outcome = list[Difference] | Exception


async def read_both(peer: Peer, state: str, crowd: asyncio.Semaphore) -> Outcome:
    """Have the driver and us read one unit, one after the other; its time stands still."""
    ups = make_ups(peer.dialect, clock=Clock.stopped(), **STATES[state].settings)
    STATES[state].prepare(ups)
    try:
        async with crowd, PtyWire(ups) as wire:
            async with running(peer.driver, wire.link, **peer.options) as driver:
                theirs = await driver.dump()
            session = Session(wire.link, APC)
            session.start()
            try:
                await session.ready()
            finally:
                await session.close()
        return list(compare(peer, state, session, theirs))
    except (UpsError, RuntimeError, OSError) as error:
        return error


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
    """An order, how we give it, what NUT wants with it, and the unit's state."""

    command: str
    sent: bytes
    ours: Mapping[str, float] = field(default_factory=dict)
    theirs: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Return a name for the test."""
        return f"{self.command}-{self.sent.decode('latin-1')}"


# how long NUT wants to wait for the second time of an order that cuts power, a guard of its own
SURE = 4
ORDERS = (
    Order("test.panel.start", b"A"),
    Order("test.battery.start", b"W"),
    Order("calibrate.start", b"D"),
    Order("test.failure.start", b"U"),
    Order("shutdown.return", b"S", settings={"mains": False}),
    Order("shutdown.return", b"@010", {"restart_delay": 3600}, ("at:010",)),
    Order("shutdown.stayoff", b"KK"),
    Order("load.off", b"ZZ"),
)
ASKED = b"QG9~'8"
"""What either may ask before an order, or polls meanwhile."""


async def order_of_theirs(order: Order) -> list[bytes]:
    """Return what the driver says on the wire for an order."""
    ups = make_ups("smart-ups", **order.settings)
    async with (
        PtyWire(ups) as wire,
        running("apcsmart", wire.link, ttymode="raw") as driver,
        driver.instructing() as instruct,
    ):
        polled = set(ups.received)
        ups.received.clear()
        instruct(order.command, *order.theirs)
        if order.command.startswith(("shutdown.", "load.off")):
            await asyncio.sleep(SURE)
            instruct(order.command, *order.theirs)
        return await _heard(ups, polled)


async def order_of_ours(order: Order) -> list[bytes]:
    """Return what we say on the wire for an order."""
    ups = make_ups("smart-ups", **order.settings)
    async with PtyWire(ups) as wire:
        session = Session(wire.link, APC)
        session.start()
        try:
            await session.ready()
            polled = set(ups.received)
            ups.received.clear()
            await session.run(order.command, **order.ours)
            return await _heard(ups, polled)
        finally:
            await session.close()


async def _heard(ups: ApcUps, polled: set[bytes]) -> list[bytes]:
    """Wait until something has been said whole that is not polled."""
    polled |= {bytes((code,)) for code in ASKED}

    def heard() -> list[bytes]:
        return [each for each in ups.received if each not in polled]

    async with asyncio.timeout(30):
        while not heard() or heard() in ([b"@"], [b"K"], [b"Z"]):
            await asyncio.sleep(0.02)
    return heard()


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.id)
def test_orders(order: Order) -> None:
    """The same order puts the same bytes on the wire, and those of the document."""
    needs("apcsmart")

    async def both() -> tuple[list[bytes], list[bytes]]:
        return await asyncio.gather(order_of_theirs(order), order_of_ours(order))

    theirs, ours = in_a_thread(both)
    assert b"".join(theirs) == b"".join(ours) == order.sent
