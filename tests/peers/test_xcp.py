"""NUT's bcmxcp reads our simulated XCP units, and so do we: what both know must agree.

The driver is Debian's (2.8.0). Everything in which it differs from us stands in one of the tables
below with its reason; a difference that is not there fails, and so does a row that nothing hits.
"""

from collections.abc import Mapping

import pytest

from .serial import (
    Bench,
    Known,
    Order,
    Orders,
    Outcome,
    Peer,
    Said,
    State,
    Wording,
    give_all,
    needs,
    read_all,
    stale,
    stale_orders,
    successful,
    unknown,
)
from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.links.base import Link
from custom_components.ups_protocols.ups.links.open import open_link
from custom_components.ups_protocols.ups.session import Session
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.wires import PtyWire
from tests.simulators.xcp import DIALECTS, XcpUps, make_ups

XCP = protocol("xcp")
PEERS = tuple(Peer("bcmxcp", dialect) for dialect in ("pw5115", "pw9130", "pw9355"))
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
    assert {peer.dialect for peer in PEERS} | set(ALONE) == set(DIALECTS)


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


STATES: Mapping[str, State[XcpUps]] = {
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


# the alarms are compared by themselves
FLAGS: Mapping[str, str | None] = {"ALARM": None}


# reading


def new_session(wire: PtyWire, peer: Peer) -> Session:
    """Return a session with the unit on a wire, not started yet."""

    async def open_wire(transcript: Transcript) -> Link:
        return await open_link(wire.link, XCP.link, line=XCP.line, transcript=transcript)

    return Session(wire.link, XCP, open_wire=open_wire)


BENCH = Bench(
    peers=PEERS,
    states=STATES,
    make_ups=make_ups,
    new_session=new_session,
    wording=Wording(flags=FLAGS),
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

OFF_DELAY = 120
ORDERS = (
    Order("beeper.disable"),
    Order("beeper.enable"),
    Order("beeper.mute"),
    Order("test.battery.start"),
    Order("test.system.start"),
    Order("test.panel.start"),
    Order("bypass.start"),
    Order("outlet.1.load.off"),
    Order("outlet.1.load.on"),
    Order("outlet.1.shutdown.return", {"delay": OFF_DELAY}),
    Order("shutdown.return", {"delay": OFF_DELAY}),
    Order("shutdown.stayoff"),
    Order("load.on"),
)
ORDER_DIFFERENCES: tuple[Known, ...] = (
    Known(
        ("outlet.1.shutdown.return",),
        "it takes the outlet's delay on battery, even where that is never",
    ),
)
"""Orders that the driver says otherwise, with the reason."""
_QUESTIONS = (b"\xcf", b"\xa0", b"\x31", b"\xb2\xff", b"\x95\xff", b"\x9a")


def is_asked(said: bytes, before: set[bytes]) -> bool:
    """Tell questions from orders."""
    return said.startswith(_QUESTIONS) or said[0] < 0x80


@pytest.fixture(scope="module")
def said() -> Mapping[str, Said | Exception]:
    """Give every order to the driver and to us."""
    return give_all(BENCH, Orders(orders=ORDERS, at_a_time=len(ORDERS), is_asked=is_asked))


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.id)
def test_orders(peer: Peer, said: Mapping[str, Said | Exception]) -> None:
    """The same order puts the same bytes on the wire."""
    needs(peer)
    both = successful(said[peer.id])
    assert len(both.theirs) >= 7
    assert both.theirs.keys() <= both.ours.keys()
    assert unknown(both.differing(), ORDER_DIFFERENCES) == []


def test_no_known_order_is_stale(said: Mapping[str, Said | Exception]) -> None:
    """Each row of the table is still true of something."""
    needs(*PEERS)
    assert stale_orders(ORDER_DIFFERENCES, said.values()) == []
