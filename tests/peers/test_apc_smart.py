"""NUT's APC drivers read our simulators, and so do we: what both know must agree.

The drivers are those of Debian's nut-server (2.8.0). Everything in which they differ from us stands
in one of the tables below with its reason; a difference that is not there fails, and so does a row
that nothing hits any more. A pty has no modem lines, so their option ``cable`` is left alone.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from .nut import running
from .serial import (
    Bench,
    Known,
    Outcome,
    Peer,
    State,
    Wording,
    in_a_thread,
    needs,
    read_all,
    stale,
    unknown,
)
from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.session import Session
from tests.simulators.apc_smart import DIALECTS, ApcUps, make_ups
from tests.simulators.wires import PtyWire
from tests.ups.lines import started

APC = protocol("apc-smart")

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


STATES: Mapping[str, State[ApcUps]] = {
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
OURS_ALONE = frozenset({"TEST"})


# reading

BENCH = Bench(
    peers=PEERS,
    states=STATES,
    make_ups=make_ups,
    new_session=lambda wire, peer: Session(wire.link, APC),
    wording=Wording(values=WORDS, ours_alone=OURS_ALONE, alarms_apart=False),
    crowd=12,
)


@pytest.fixture(scope="module")
def outcomes() -> Mapping[tuple[str, str], Outcome]:
    """Read every peer in every state."""
    return read_all(BENCH)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.id)
def test_peer(peer: Peer, state: str, outcomes: Mapping[tuple[str, str], Outcome]) -> None:
    """What the driver and we say of one unit in one state differs only where it is known to."""
    needs(peer)
    assert unknown(outcomes[peer.id, state], DIFFERENCES) == []


def test_no_known_difference_is_stale(outcomes: Mapping[tuple[str, str], Outcome]) -> None:
    """Each row of the table is still true of something."""
    needs(*PEERS)
    assert stale(DIFFERENCES, outcomes.values()) == []


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
    async with PtyWire(ups) as wire, started(Session(wire.link, APC)) as session:
        polled = set(ups.received)
        ups.received.clear()
        await session.run(order.command, **order.ours)
        return await _heard(ups, polled)


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
    needs(Peer("apcsmart", "smart-ups"))

    async def both() -> tuple[list[bytes], list[bytes]]:
        return await asyncio.gather(order_of_theirs(order), order_of_ours(order))

    theirs, ours = in_a_thread(both)
    assert b"".join(theirs) == b"".join(ours) == order.sent
