"""Has one of NUT's drivers and us read a simulated serial unit, and compares what both say.

A test file tells what there is to compare (`Bench`, `Orders`) and keeps the tables of what is known
to differ (`Known`); a difference that no row covers fails, and so does a row that nothing hits.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import batched
from typing import Any, Protocol, override

import pytest
from pytest_socket import enable_socket, socket_allow_hosts

from .nut import Dump, find, running
from custom_components.ups_protocols.ups.errors import UpsError
from custom_components.ups_protocols.ups.session import Session
from tests.simulators.clock import Clock
from tests.simulators.wires import PtyWire, SerialDevice
from tests.ups.lines import started


class Unit(SerialDevice, Protocol):
    """A simulated unit that notes what it is told."""

    received: list[bytes]


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


@dataclass(frozen=True, slots=True)
class State[Ups]:
    """A state of the simulated unit."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[Ups], None] = lambda ups: None


@dataclass(frozen=True, slots=True)
class Wording:
    """How the drivers say what we say otherwise.

    ``values`` has our value by a variable and NUT's value, ``flags`` our flag by NUT's, None for
    what is no flag of ours; ``ours_alone`` are our flags that NUT does not have. Where alarms are
    apart, it is only compared whether there are any.
    """

    values: Mapping[tuple[str, str], str] = field(default_factory=dict)
    flags: Mapping[str, str | None] = field(default_factory=dict)
    ours_alone: frozenset[str] = frozenset()
    alarms_apart: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench[Ups: Unit]:
    """What is compared: drivers, units and their states, and how we open a unit on a wire.

    ``crowd`` is how many units are read at once.
    """

    peers: Sequence[Peer]
    states: Mapping[str, State[Ups]]
    make_ups: Callable[..., Ups]
    new_session: Callable[[PtyWire, Peer], Session]
    wording: Wording
    crowd: int

    @property
    def present(self) -> list[Peer]:
        """Return the peers whose drivers are installed."""
        return [peer for peer in self.peers if find(peer.driver)]


# differences


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the driver and we do not say alike; an order has no state."""

    peer: Peer
    state: str
    name: str
    ours: object
    theirs: object

    @override
    def __str__(self) -> str:
        """Say it for people."""
        return f"{self.peer.id}, {self.state}: {self.name} is {self.theirs} there, {self.ours} here"


@dataclass(frozen=True, slots=True)
class Known:
    """A difference that is expected, and why; empty tuples stand for all."""

    names: tuple[str, ...]
    reason: str
    drivers: tuple[str, ...] = ()
    dialects: tuple[str, ...] = ()
    states: tuple[str, ...] = ()

    def covers(self, found: Difference) -> bool:
        """Tell whether a difference is this one."""
        return all(
            not wanted or each in wanted
            for wanted, each in (
                (self.names, found.name),
                (self.drivers, found.peer.driver),
                (self.dialects, found.peer.dialect),
                (self.states, found.state),
            )
        )


type Outcome = list[Difference] | Exception


def unknown(outcome: Outcome, table: Iterable[Known]) -> list[str]:
    """Return the differences that no row covers. Raises what went wrong instead of a reading."""
    if isinstance(outcome, Exception):
        raise outcome
    return [str(each) for each in outcome if not any(known.covers(each) for known in table)]


def stale(table: Iterable[Known], outcomes: Iterable[Outcome]) -> list[Known]:
    """Return the rows that cover nothing that was found."""
    seen = [each for outcome in outcomes if isinstance(outcome, list) for each in outcome]
    return [known for known in table if not any(map(known.covers, seen))]


def alike(ours: object, theirs: str) -> bool:
    """Compare a value of ours with a text of NUT's: numbers as far as NUT shows them."""
    try:
        number, wanted = float(str(ours)), float(theirs)
    except ValueError:
        return str(ours) == theirs.strip()
    return abs(number - wanted) <= 0.51 * float(f"1e-{len(theirs.partition('.')[2])}")


def compare(
    peer: Peer, state: str, ours: Session, theirs: Dump, wording: Wording
) -> Iterator[Difference]:
    """Yield everything that the driver knows and we do not know, or know otherwise."""
    assert ours.snapshot is not None
    variables = ours.snapshot.variables
    apart = {"ups.status", "device.type", *(["ups.alarm"] if wording.alarms_apart else [])}
    for name, value in sorted(theirs.variables.items()):
        if name.startswith("driver.") or name in apart:
            continue
        meant = wording.values.get((name, value), value)
        if name not in variables or not alike(variables[name], meant):
            yield Difference(peer, state, name, variables.get(name), value)
    words = theirs.variables.get("ups.status", "").split()
    flags = {str(flag) for flag in ours.snapshot.status.flags} - wording.ours_alone
    if {wording.flags.get(word, word) for word in words} - {None} != flags:
        yield Difference(peer, state, "ups.status", " ".join(sorted(flags)), " ".join(words))
    if wording.alarms_apart:
        alarms = "; ".join(alarm.text for alarm in ours.snapshot.status.alarms)
        told = theirs.variables.get("ups.alarm", "")
        if bool(alarms) != bool(told):
            yield Difference(peer, state, "ups.alarm", alarms, told)
    for command in sorted(theirs.commands - ours.capabilities.commands.keys()):
        yield Difference(peer, state, command, None, "a command")


# reading


def needs(*peers: Peer) -> None:
    """Skip the test where a driver of NUT's is not there."""
    for peer in peers:
        if find(peer.driver) is None:
            pytest.skip(f"NUT's {peer.driver} is not installed (Debian: nut-server)")


def in_a_thread[T](work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run something asynchronous in a loop of its own, beside that of the tests."""
    # Home Assistant's harness forbids sockets; a driver of NUT's is asked over a unix socket
    enable_socket()
    socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(work())).result()


async def read_both[Ups: Unit](
    bench: Bench[Ups], peer: Peer, name: str, crowd: asyncio.Semaphore
) -> Outcome:
    """Have the driver and us read one unit, one after the other; its time stands still."""
    state = bench.states[name]
    ups = bench.make_ups(peer.dialect, clock=Clock.stopped(), **state.settings)
    state.prepare(ups)
    try:
        async with crowd, PtyWire(ups) as wire:
            async with running(peer.driver, wire.link, **peer.options) as driver:
                theirs = await driver.dump()
            async with started(bench.new_session(wire, peer)) as ours:
                pass
        return list(compare(peer, name, ours, theirs, bench.wording))
    except (UpsError, RuntimeError, OSError) as error:
        return error


def read_all[Ups: Unit](bench: Bench[Ups]) -> Mapping[tuple[str, str], Outcome]:
    """Read every peer in every state at once: most of the time is waiting.

    Return by the peer's id and the state what differs, or what went wrong.
    """
    cases = [(peer, state) for peer in bench.present for state in bench.states]

    async def read() -> list[Outcome]:
        crowd = asyncio.Semaphore(bench.crowd)
        return await asyncio.gather(*(read_both(bench, *case, crowd) for case in cases))

    found = in_a_thread(read)
    return {(peer.id, state): each for (peer, state), each in zip(cases, found, strict=True)}


# orders


@dataclass(frozen=True, slots=True)
class Order:
    """An order, and with which parameters we give it."""

    command: str
    ours: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """The orders, and how to tell them on the wire from what is asked meanwhile.

    ``is_asked`` takes what was said and what was said before the first order. ``options`` are what
    a driver wants besides those of its peer, ``arguments`` what follows an order's name there.
    ``at_a_time`` is how many orders one driver is given.
    """

    orders: Sequence[Order]
    at_a_time: int
    is_asked: Callable[[bytes, set[bytes]], bool] = lambda said, before: said in before
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    arguments: Callable[[Peer, Order], Sequence[str]] = lambda peer, order: ()


@dataclass(frozen=True, slots=True)
class Said:
    """By order what the driver said on the wire, and what we said."""

    peer: Peer
    theirs: Mapping[str, list[bytes]]
    ours: Mapping[str, list[bytes]]

    def differing(self) -> list[Difference]:
        """Return the orders of the driver's for which we said something else, or nothing."""
        return [
            Difference(self.peer, "", command, self.ours.get(command), said)
            for command, said in self.theirs.items()
            if said != self.ours.get(command)
        ]


async def heard(ups: Unit, is_asked: Callable[[bytes], bool]) -> list[bytes]:
    """Wait until something has been said that is not merely asked."""
    async with asyncio.timeout(15):
        while not (told := [each for each in ups.received if not is_asked(each)]):
            await asyncio.sleep(0.02)
    return told


async def orders_of_theirs[Ups: Unit](
    bench: Bench[Ups], given: Orders, part: Sequence[Order], peer: Peer, crowd: asyncio.Semaphore
) -> dict[str, list[bytes]]:
    """Return what the driver says on the wire for each order of a part."""
    said: dict[str, list[bytes]] = {}
    options = {**peer.options, **given.options.get(peer.driver, {})}
    ups = bench.make_ups(peer.dialect, clock=Clock.stopped())
    async with crowd, PtyWire(ups) as wire, running(peer.driver, wire.link, **options) as driver:
        known = (await driver.dump()).commands
        before = set(ups.received)
        async with driver.instructing() as instruct:
            for order in part:
                if order.command in known:
                    ups.received.clear()
                    instruct(order.command, *given.arguments(peer, order))
                    said[order.command] = await heard(
                        ups, lambda each: given.is_asked(each, before)
                    )
    return said


async def orders_of_ours[Ups: Unit](
    bench: Bench[Ups], given: Orders, peer: Peer, crowd: asyncio.Semaphore
) -> dict[str, list[bytes]]:
    """Return what we say on the wire for each order."""
    said: dict[str, list[bytes]] = {}
    ups = bench.make_ups(peer.dialect, clock=Clock.stopped())
    async with (
        crowd,
        PtyWire(ups) as wire,
        started(bench.new_session(wire, peer)) as session,
    ):
        before = set(ups.received)
        for order in given.orders:
            if order.command in session.capabilities.commands:
                ups.received.clear()
                await session.run(order.command, **order.ours)
                # the unit is in this loop too: a busy loop may not have let it read yet
                said[order.command] = await heard(ups, lambda each: given.is_asked(each, before))
    return said


def give_all[Ups: Unit](bench: Bench[Ups], given: Orders) -> Mapping[str, Said | Exception]:
    """Give every order to every driver and to us, each at a new unit; return it by peer's id."""

    async def both(peer: Peer, crowd: asyncio.Semaphore) -> Said | Exception:
        try:
            # an order without an answer costs the driver seconds: several drivers share them
            ours, *parts = await asyncio.gather(
                orders_of_ours(bench, given, peer, crowd),
                *(
                    orders_of_theirs(bench, given, part, peer, crowd)
                    for part in batched(given.orders, given.at_a_time, strict=False)
                ),
            )
        except (UpsError, RuntimeError, OSError) as error:
            return error
        return Said(peer, {command: said for part in parts for command, said in part.items()}, ours)

    async def everyone() -> list[Said | Exception]:
        crowd = asyncio.Semaphore(bench.crowd)
        return await asyncio.gather(*(both(peer, crowd) for peer in bench.present))

    found = in_a_thread(everyone)
    return {peer.id: each for peer, each in zip(bench.present, found, strict=True)}


def successful(said: Said | Exception) -> Said:
    """Return what both said. Raises what went wrong instead."""
    if isinstance(said, Exception):
        raise said
    return said


def stale_orders(table: Iterable[Known], said: Iterable[Said | Exception]) -> list[Known]:
    """Return the rows that cover no order that was given."""
    return stale(table, (each.differing() for each in said if isinstance(each, Said)))
