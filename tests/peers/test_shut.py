"""NUT's mge-shut reads our simulated units, and so do we: what both know must agree.

The driver is that of Debian's nut-server (2.8.0): usbhid-ups over its own SHUT. It can only read a
report descriptor whose length has two equal bytes, so those of the units are filled up to one.
Everything in which it differs from us stands in ``DIFFERENCES`` with its reason; a difference that
is not there fails, and so does a row that nothing hits any more.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import pytest

from .nut import find, running
from .serial import in_a_thread
from .usb_differences import DIFFERENCES as OVER_USB, Difference, Known, in_state
from .usb_reader import Answer
from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.cli import as_report
from custom_components.ups_protocols.ups.errors import UpsError
from custom_components.ups_protocols.ups.session import Intervals, Session
from tests.simulators.clock import Clock
from tests.simulators.shut import ShutUps, make_ups
from tests.simulators.wires import PtyWire
from tests.ups.lines import started

# the fixtures do all the work, and the first test waits for them
pytestmark = pytest.mark.timeout(900)
SHUT = protocol("shut")
# the core's name, for which the texts of alarms are compared as well
_CORE = "usbhid-ups"
DRIVER = "mge-shut"
# how many drivers run at once
CROWD = 8
# the driver gives up where a busy machine lets it wait
TRIES = 3
_NEVER = 3600.0
# half seconds that the driver gets
SETTLE = 16
PEERS = (
    *("ellipse", "ellipse-premium", "evolution-500", "evolution-1500", "extreme-c", "esprit"),
    *("eaton", "dell", "eaton-9px", "eaton-3s-700", "nameless"),
)
ALONE = {"second-descriptor": "2.8.0 knows the other index for USB only"}
"""Units of the simulator that the driver cannot read."""
STATES: Mapping[str, Mapping[str, float | bool]] = {
    "on line": {},
    "on battery": {"mains": False, "charge": 60.0},
    "battery low": {"mains": False, "charge": 10.0},
    "in trouble": {"load": 120.0, "failed": True, "replace_battery": True},
    "boosting": {"mains_voltage": 198.0},
    "testing": {"charge": 80.0},
}
ORDERS = (
    *("test.battery.start.quick", "test.battery.stop", "test.battery.start.deep"),
    *("beeper.mute", "beeper.disable", "beeper.enable"),
    *(f"outlet.{number}.load.{to}" for number in (1, 2) for to in ("off", "on")),
    *("bypass.start", "bypass.stop", "load.off.delay", "shutdown.stop"),
    *("shutdown.return", "shutdown.stayoff", "shutdown.reboot", "load.on.delay"),
    *("load.on", "load.off"),
)
# NUT's defaults, s
_DELAYS = {"delay": 20, "restart_delay": 30}
_WRITE = b"\x21\x09"

_OLD = ("ellipse*", "evolution-*", "extreme-c", "esprit", "nameless")
_EATONS = ("eaton", "eaton-9px", "dell")
# how the same core writes things of any device
ALIKE = tuple(known for known in OVER_USB if not known.devices and not known.drivers)
DIFFERENCES: tuple[Known, ...] = (
    Known(("beeper.on", "beeper.off"), "old names of beeper.enable and beeper.disable"),
    Known(
        ("device.model", "ups.model"),
        "NUT has a table of MGE's model names; we show what the unit says",
        devices=("dell", "ellipse*", "evolution-*"),
    ),
    Known(
        ("device.model", "ups.model"),
        "NUT says 700 twice",
        devices=("eaton-3s-700",),
    ),
    Known(
        ("device.mfr", "ups.mfr"),
        "the device descriptor names nobody: we take PowerSummary's maker, NUT its own default",
        devices=("nameless",),
        theirs="Eaton",
    ),
    Known(
        ("device.model", "ups.model"),
        "the device descriptor names nothing: we take PowerSummary's product",
        devices=("nameless",),
        theirs="unknown *",
    ),
    Known(
        ("flags",),
        "NUT 2.8.0 tells neither CHRG nor DISCHRG of units without ABM (usb-hid-vendors, G5)",
        devices=(*_OLD, "eaton-3s-700"),
    ),
    Known(
        ("outlet.1.status",),
        "without such an outlet NUT takes ACPresent for it",
        devices=("esprit",),
    ),
    Known(
        ("order shutdown.return",),
        "AutomaticRestart is on already: we do not write what is there",
        devices=("evolution-*", "extreme-c", "nameless", *_EATONS),
    ),
    Known(
        ("order shutdown.stayoff",),
        "NUT 2.8.0 divides the -1 of none by ten, and the unit comes back at once",
        devices=_OLD,
    ),
    Known(
        ("order beeper.*",),
        "NUT takes the beeper of the battery, we that of PowerSummary, which is the same",
        devices=("eaton-3s-700",),
    ),
)


def needed() -> None:
    """Skip the test where the driver is not there."""
    if find(DRIVER) is None:
        pytest.skip(f"NUT's {DRIVER} is not installed (Debian: nut-server)")


def unit(name: str, state: str) -> ShutUps:
    """Return a unit in a state; its time stands still."""
    ups = make_ups(name, clock=Clock.stopped(), for_nut=True, **STATES[state])
    if state == "testing":
        ups.hid.ups.test(1)
    return ups


@dataclass(frozen=True, slots=True)
class Reports:
    """What both say of one unit in one state."""

    ours: Answer
    theirs: Answer


type Outcome = Reports | Exception


def new_session(wire: PtyWire) -> Session:
    """Return a session that polls nothing by itself."""
    return Session(wire.link, SHUT, intervals=Intervals(status=_NEVER, full=_NEVER))


async def steadily[T](work: Callable[[], Awaitable[T]], crowd: asyncio.Semaphore) -> T | Exception:
    """Do something, again where the driver gave up."""
    failure: Exception = RuntimeError("never tried")
    for _ in range(TRIES):
        try:
            async with crowd:
                return await work()
        except UpsError as error:
            return error
        except (RuntimeError, OSError) as error:
            failure = error
    return failure


async def read_both(name: str, state: str) -> Reports:
    """Have us and the driver read one unit, one after the other.

    The driver does not read everything at once: it has had its time when it agrees, or after some
    polls.
    """
    async with PtyWire(unit(name, state)) as wire:
        async with started(new_session(wire)) as session:
            assert session.snapshot is not None
            ours = as_report(session, session.snapshot)
        async with running(DRIVER, wire.link, pollfreq="1") as peer:
            for _ in range(SETTLE):
                dump = await peer.dump()
                theirs = {"variables": dict(dump.variables), "commands": sorted(dump.commands)}
                found = Reports(ours, theirs)
                if not any(map(unknown, differences(name, state, found))):
                    break
                await asyncio.sleep(0.5)
    return found


@pytest.fixture(scope="module")
def outcomes() -> Mapping[tuple[str, str], Outcome]:
    """Read every unit in every state at once: most of the time is waiting."""
    if find(DRIVER) is None:
        return {}
    cases = [(name, state) for name in PEERS for state in STATES]

    async def read_all() -> list[Outcome]:
        crowd = asyncio.Semaphore(CROWD)
        return await asyncio.gather(
            *(steadily(partial(read_both, name, state), crowd) for name, state in cases)
        )

    return dict(zip(cases, in_a_thread(read_all), strict=True))


def differences(name: str, state: str, found: Reports) -> Iterator[Difference]:
    """Yield everything that the driver knows and we do not know, or know otherwise."""
    yield from in_state(name, _CORE, state, found.ours, found.theirs)
    for command in found.theirs["commands"]:
        if command not in found.ours["commands"]:
            yield Difference(name, _CORE, state, command, "a command", None)


def unknown(found: Difference) -> bool:
    """Tell that a difference has no reason yet."""
    return not any(known.covers(found) for known in (*ALIKE, *DIFFERENCES))


def test_every_unit_has_a_peer_or_a_reason() -> None:
    """Nothing is forgotten."""
    from tests.simulators.shut import DIALECTS  # noqa: PLC0415

    assert {*PEERS, *ALONE} == set(DIALECTS)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", PEERS)
def test_peer(name: str, state: str, outcomes: Mapping[tuple[str, str], Outcome]) -> None:
    """What the driver and we say of one unit in one state differs only where it is known to."""
    needed()
    found = outcomes[name, state]
    if isinstance(found, Exception):
        raise found
    assert len(found.theirs["variables"]) > 15
    assert [str(each) for each in differences(name, state, found) if unknown(each)] == []


# ---------------------------------------------------------------- orders

type Said = Mapping[str, list[str]]
"""By order what was written to the unit, in hex."""


def written(ups: ShutUps) -> list[str]:
    """Return what was written since the last time."""
    received, ups.received = ups.received, []
    return [each[8:].hex() for each in received if each.startswith(_WRITE)]


async def orders_of_theirs(name: str) -> Said:
    """Return what the driver writes for each order."""
    said: dict[str, list[str]] = {}
    ups = unit(name, "on line")
    async with PtyWire(ups) as wire, running(DRIVER, wire.link) as peer:
        known = (await peer.dump()).commands
        async with peer.instructing() as instruct:
            for order in ORDERS:
                if order not in known:
                    continue
                written(ups)
                instruct(order)
                said[order] = []
                async with asyncio.timeout(15):
                    while not said[order]:
                        await asyncio.sleep(0.02)
                        said[order] = written(ups)
                # the second of two delays comes 125 ms after the first
                await asyncio.sleep(0.6)
                said[order] += written(ups)
    return said


async def orders_of_ours(name: str) -> Said:
    """Return what we write for each order."""
    said: dict[str, list[str]] = {}
    ups = unit(name, "on line")
    async with PtyWire(ups) as wire, started(new_session(wire)) as session:
        for order in ORDERS:
            if (command := session.capabilities.commands.get(order)) is None:
                continue
            written(ups)
            delays = {**_DELAYS, "delay": 30 if order == "load.on.delay" else 20}
            takes = {each.name for each in command.parameters} - (
                {"delay"} if order == "shutdown.reboot" else set()
            )
            await session.run(order, **{key: delays[key] for key in delays if key in takes})
            said[order] = written(ups)
    return said


@pytest.fixture(scope="module")
def said() -> Mapping[str, tuple[Said, Said] | Exception]:
    """Give every order to the driver and to us, each at a unit of its own."""
    if find(DRIVER) is None:
        return {}

    async def both(name: str) -> tuple[Said, Said]:
        return await orders_of_theirs(name), await orders_of_ours(name)

    async def everyone() -> list[tuple[Said, Said] | Exception]:
        crowd = asyncio.Semaphore(CROWD)
        return await asyncio.gather(*(steadily(partial(both, name), crowd) for name in PEERS))

    return dict(zip(PEERS, in_a_thread(everyone), strict=True))


def differing(name: str, both: tuple[Said, Said]) -> Iterator[Difference]:
    """Yield the orders for which other bytes were written."""
    theirs, ours = both
    for order, bytes_ in theirs.items():
        here = ours.get(order)
        if bytes_ != here:
            shown = None if here is None else " ".join(here)
            yield Difference(name, _CORE, "", f"order {order}", " ".join(bytes_), shown)


@pytest.mark.parametrize("name", PEERS)
def test_orders(name: str, said: Mapping[str, tuple[Said, Said] | Exception]) -> None:
    """The same order puts the same bytes on the wire."""
    needed()
    both = said[name]
    if isinstance(both, Exception):
        raise both
    assert len(both[0]) >= 6
    assert [str(each) for each in differing(name, both) if unknown(each)] == []


def test_no_known_difference_is_stale(
    outcomes: Mapping[tuple[str, str], Outcome],
    said: Mapping[str, tuple[Said, Said] | Exception],
) -> None:
    """Each row of the table is still true of something."""
    needed()
    seen = [
        each
        for (name, state), found in outcomes.items()
        if isinstance(found, Reports)
        for each in differences(name, state, found)
    ]
    for name, both in said.items():
        if not isinstance(both, Exception):
            seen += differing(name, both)
    assert [known for known in DIFFERENCES if not any(map(known.covers, seen))] == []
