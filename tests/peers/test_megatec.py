"""NUT's Megatec drivers read our simulators, and so do we: what both know must agree.

The drivers are those of Debian's nut-server (2.8.0). Everything in which they differ from us stands
in one of the tables below with its reason; a difference that is not there fails, and so does a row
that nothing hits any more.
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
from custom_components.ups_protocols.ups.links.base import Link, Reply
from custom_components.ups_protocols.ups.links.open import open_link
from custom_components.ups_protocols.ups.links.serial import SerialxLine
from custom_components.ups_protocols.ups.session import Session
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.megatec import DIALECTS, MegatecUps, make_ups
from tests.simulators.wires import PtyWire

MEGATEC = protocol("megatec")

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


STATES: Mapping[str, State[MegatecUps]] = {
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


# reading


def new_session(wire: PtyWire, peer: Peer) -> Session:
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

    return Session(
        wire.link, MEGATEC, options={"dialect": peer.dialect}, open_wire=open_impatiently
    )


BENCH = Bench(
    peers=PEERS,
    states=STATES,
    make_ups=make_ups,
    new_session=new_session,
    wording=Wording(flags=FLAGS),
    crowd=24,
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


def arguments(peer: Peer, order: Order) -> list[str]:
    """Return what the driver wants behind an order's name."""
    is_timed = order.command == "test.battery.start" and peer.driver in TEST_TIMES
    return [TEST_TIMES[peer.driver]] if is_timed else []


@pytest.fixture(scope="module")
def said() -> Mapping[str, Said | Exception]:
    """Give every order to every driver and to us."""
    return give_all(BENCH, Orders(orders=ORDERS, at_a_time=3, options=DELAYS, arguments=arguments))


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.id)
def test_orders(peer: Peer, said: Mapping[str, Said | Exception]) -> None:
    """The same order puts the same bytes on the wire."""
    needs(peer)
    both = successful(said[peer.id])
    assert len(both.theirs) >= 2
    assert unknown(both.differing(), ORDER_DIFFERENCES) == []


def test_no_known_order_is_stale(said: Mapping[str, Said | Exception]) -> None:
    """Each row of the table is still true of something."""
    needs(*PEERS)
    assert stale_orders(ORDER_DIFFERENCES, said.values()) == []
