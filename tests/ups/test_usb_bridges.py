"""Every bridge, each way it can go wrong, and the strings that must never be read."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
import time
from typing import override

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from .usb_bus import BY_NAME, line, make, simulated, until
from custom_components.ups_protocols.ups.catalog import MEGATEC_BRIDGES
from custom_components.ups_protocols.ups.errors import LinkLost, Unsupported, UpsGone
from custom_components.ups_protocols.ups.links import usb_bridges
from custom_components.ups_protocols.ups.links.base import Exactly, No, RoundedTo, Until, Yes
from custom_components.ups_protocols.ups.links.usb import BRIDGES, UsbLine
from custom_components.ups_protocols.ups.links.usb_string_bridges import STRING_BRIDGES
from custom_components.ups_protocols.ups.links.usb_wire import Interface, Pipe, UsbWire
from custom_components.ups_protocols.ups.protocols.megatec.frames import Answer, Binary
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.usbsim import faults
from tests.usbsim.bridges import Bridge
from tests.usbsim.devices.bridged import MODELS
from tests.usbsim.faults import Action, Fault, Match
from tests.usbsim.pyusb_bus import PyusbBus

type Send = Callable[[bytes, bytes], object]
STRINGS = {"krauler", "krauler-daker", "fabula", "hunnox", "snr"}
# what the reply of a bridge comes by, and what a request goes by
WIDE = {"armac-pipe"}
NAMES = tuple(MODELS)
Q1 = b"Q1\r"
# the dialect of the simulated unit behind a bridge does not know Q1
STATUS = {"gtec": b"Q4\r", "phoenixtec": b"Q3\r"}


def arrives(name: str) -> Match:
    """Return what befalls the reply."""
    if name in STRINGS:
        return faults.string(0x03)
    if name == "ablerex":
        return faults.get_report()
    return faults.pipe(0x82 if name in WIDE else 0x81)


def leaves(name: str) -> Match:
    """Return what befalls the request."""
    if name in STRINGS:
        return faults.string(0x03)
    if name in WIDE | {"fuji"}:
        return faults.pipe(0x02)
    if name.startswith("phoenixtec"):
        return Match(endpoint=0, kind=0x40)
    return faults.set_report()


class Bench:
    """A bridge on a bus, opened."""

    def __init__(self, name: str, bus: PyusbBus, line: UsbLine, transcript: Transcript) -> None:
        self.name = name
        self.bus = bus
        self.line = line
        self.transcript = transcript
        device = bus[1]
        assert isinstance(device, Bridge)
        self.device = device
        self.status = STATUS.get(name, Q1)

    async def ask(self, request: bytes | None = None, timeout: float = 0.3) -> bytes | None:
        request = request or self.status
        return await self.line.query(request, reply=Answer(request, gap=0.1), timeout=timeout)

    def fault(self, action: Action, match: Match, count: int | None = 1) -> None:
        self.device.fault(Fault(action=action, match=match, count=count))

    def indices(self) -> set[int]:
        """Return the strings that were read since the link was opened."""
        return {
            each.setup.low
            for each in self.device.log
            if each.setup and (each.setup.request, each.setup.high) == (6, 3)
        }


# one of each kind and form: the others differ in their ids
KINDS = tuple({model.kind: name for name, model in reversed(list(MODELS.items()))}.values())


@pytest.fixture(params=KINDS)
def name(request: pytest.FixtureRequest) -> str:
    """Each bridge."""
    return str(request.param)


@pytest.fixture
def bus(name: str, monkeypatch: pytest.MonkeyPatch) -> Generator[PyusbBus]:
    """A bus with it."""
    with simulated(monkeypatch, make(name)) as bus:
        yield bus


@pytest.fixture
async def bench(name: str, bus: PyusbBus) -> AsyncGenerator[Bench]:
    """The bridge, opened."""
    transcript = Transcript()
    variant = name if name in BY_NAME else None
    async with line(bus[1], variant, transcript) as opened:
        bus[1].log.clear()
        yield Bench(name, bus, opened, transcript)


def test_the_catalog_names_every_bridge() -> None:
    """The names that a user may choose are those that there are."""
    assert set(MEGATEC_BRIDGES) == set(BRIDGES)
    assert {name.split("-")[0] for name in NAMES} == set(BRIDGES)
    assert {name.split("-")[0] for name in KINDS} == set(BRIDGES)


@pytest.mark.parametrize("name", NAMES)
async def test_every_id(name: str, bench: Bench) -> None:
    """Each device is taken for the bridge that it is."""
    assert type(bench.line.bridge) is BRIDGES[name.split("-", maxsplit=1)[0]]
    assert await bench.ask() is not None


async def test_queries(bench: Bench) -> None:
    """Replies come whole, again and again, and stand in the transcript."""
    # the units behind these two know no F
    other = {"phoenixtec": b"WH\r", "omron": b"UN\r"}.get(bench.name, b"F\r")
    for request in (bench.status, other, other, bench.status):
        reply = await bench.ask(request, timeout=1)
        assert reply is not None
        assert reply.endswith(b"\r")
        assert len(reply) == len(bench.device.ups.ask(request.rstrip(b"\r")))
    assert bench.transcript.exchanges[0].request == bench.status
    assert all(each.reply for each in bench.transcript.exchanges)


async def test_unknown_query(bench: Bench) -> None:
    """An unknown query is echoed by the UPS, or by us where the bridge cannot say it."""
    before = len(bench.device.ups.received)
    reply = await bench.ask(b"XX\r")
    assert reply in {b"XX\r", b"NAK\r", b"NAK"}
    if isinstance(bench.line.accepts(b"XX\r"), No):
        assert len(bench.device.ups.received) == before
    assert await bench.ask() is not None


async def test_command(bench: Bench) -> None:
    """The UPS gets an order once, as it was said or as near as the bridge can, or not at all."""
    request = b"S02R0003\r"
    accepted = bench.line.accepts(request)
    before = list(bench.device.ups.received)
    reply = await bench.ask(request)
    got = [each for each in bench.device.ups.received[len(before) :] if each.startswith(b"S")]
    match accepted:
        case Yes():
            assert got == [b"S02R0003"]
        case RoundedTo(request=rounded):
            assert got == [rounded.rstrip(b"\r")] == [b"S02"]
        case No():
            assert got == []
            assert reply == request
    if reply is not None:
        assert bench.name == "omron" or isinstance(accepted, No)


async def test_silence(bench: Bench) -> None:
    """A reply that does not come is none, in time; the next one is read."""
    bench.fault(Action.NAK, arrives(bench.name), count=None)
    begun = time.monotonic()
    assert await bench.ask() is None
    assert time.monotonic() - begun < 5
    bench.device.clear_faults()
    await asyncio.sleep(0.05)
    assert await bench.ask(timeout=1) is not None
    assert bench.transcript.exchanges[0].reply is None


async def test_a_request_that_is_not_taken(bench: Bench) -> None:
    """A time-out of the request is silence, too."""
    bench.fault(Action.NAK, leaves(bench.name))
    assert await bench.ask() is None
    assert await bench.ask(timeout=1) is not None


async def test_stall(bench: Bench) -> None:
    """A STALL on either way is silence; the pipe is mended."""
    await bench.ask()
    for match in (arrives(bench.name), leaves(bench.name)):
        bench.fault(Action.STALL, match)
        reply = await bench.ask()
        # those that drain the pipe first meet the STALL there
        assert reply is None or getattr(bench.line.bridge, "always_drains", bench.name == "snr")
        assert await bench.ask(timeout=1) is not None


async def test_overflow(bench: Bench) -> None:
    """One overflow costs one reply, three in a row the link where they come by the pipe."""
    match = arrives(bench.name)
    await bench.ask()
    bench.fault(Action.OVERFLOW, match)
    await bench.ask()
    assert await bench.ask(timeout=1) is not None
    bench.fault(Action.OVERFLOW, match, count=None)
    if bench.name in STRINGS | {"ablerex"}:
        for _ in range(4):
            assert await bench.ask() is None
        return
    lost = 0
    for _ in range(4):
        try:
            assert await bench.ask() is None
        except LinkLost:
            lost += 1
    assert lost
    assert any(each.what == "reset" for each in bench.device.log)


async def test_wire_fault(bench: Bench) -> None:
    """A transfer that fails on the wire ends the link: it is opened anew."""
    bench.fault(Action.ERROR, arrives(bench.name), count=None)
    with pytest.raises(LinkLost):
        await bench.ask()
    with pytest.raises(LinkLost):
        await bench.ask()


async def test_unplugged_in_the_middle(bench: Bench) -> None:
    """A call that waits ends at once, and the link is lost for good."""
    bench.fault(Action.UNPLUG, leaves(bench.name))
    with pytest.raises(LinkLost, match="unplugged"):
        await bench.ask(timeout=20)
    with pytest.raises(LinkLost):
        await bench.ask()


async def test_unplugged_while_waiting(bench: Bench) -> None:
    """So does one that waits for a reply."""
    await bench.ask()
    bench.fault(Action.NAK, arrives(bench.name), count=None)
    waits = asyncio.ensure_future(bench.ask(timeout=20))
    await asyncio.sleep(0.7)
    assert not waits.done()
    begun = time.monotonic()
    bench.bus.unplug()
    with pytest.raises(LinkLost):
        await waits
    assert time.monotonic() - begun < 1


async def test_closed_while_waiting(bench: Bench) -> None:
    """Closing does not wait for a reply that nobody wants any more."""
    await bench.ask()
    bench.fault(Action.NAK, arrives(bench.name), count=None)
    waits = asyncio.ensure_future(bench.ask(timeout=2))
    await asyncio.sleep(0.05)
    begun = time.monotonic()
    await bench.line.close()
    # a control transfer cannot be ended before its time
    most = 3 if bench.name in STRINGS | {"ablerex"} else 1
    assert time.monotonic() - begun < most
    (answer,) = await asyncio.gather(waits, return_exceptions=True)
    assert answer is None or isinstance(answer, LinkLost)
    with pytest.raises(LinkLost):
        await bench.ask()


async def test_stale_data(bench: Bench) -> None:
    """What an earlier host left in the pipe is not taken for a reply."""
    if bench.name not in STRINGS | {"ablerex"}:
        bench.device.push(b"(999.9 9", 0x82 if bench.name in WIDE else 0x81)
    reply = await bench.ask(timeout=1)
    assert reply is not None
    assert b"999.9" not in reply


async def test_late_reply(bench: Bench) -> None:
    """A reply that comes after its time does not answer the next request."""
    if bench.name in STRINGS | {"ablerex"}:
        pytest.skip("it has no pipe in which a reply could wait")
    bench.device.latency = 0.4
    assert await bench.ask(timeout=0.15) is None
    await asyncio.sleep(0.4)
    bench.device.latency = 0
    other = b"WH\r" if bench.name == "phoenixtec" else b"F\r"
    if bench.name == "omron":
        other = b"UN\r"
    reply = await bench.ask(other, timeout=1)
    assert reply is not None
    assert len(reply) == len(bench.device.ups.ask(other.rstrip(b"\r")))


async def test_given_back(bench: Bench) -> None:
    """The kernel's driver has its interface again, and nobody holds the device."""
    place = bench.bus.places[1]
    assert place.claims
    assert not place.bound
    await bench.line.close()
    await bench.line.close()
    assert not place.claims
    assert bool(place.bound) is bool(bench.device.hardware.driver)


# what the card says of single bridges


@pytest.mark.parametrize(
    ("name", "request_", "wire"),
    [
        ("cypress", b"Q1\r", ["51310d0000000000"]),
        ("cypress", b"S01R0003\r", ["5330315230303033", "0d00000000000000"]),
        ("fuji", b"Q1\r", ["80060303513100" + "2f"]),
        ("fuji", b"F\r", ["8006020346000016"]),
        ("fuji", b"I\r", ["8006020349000027"]),
        ("fuji", b"T\r", ["8006020354000000"]),
        ("armac", b"Q1\r", ["a351310d"]),
        ("armac", b"S01R0003\r", ["a3533031", "a3523030", "a330330d"]),
        ("armac-pipe", b"Q1\r", ["a351310d"]),
        ("sgs", b"Q1\r", ["0351310d00000000"]),
        ("sgs", b"S01R0003\r", ["0753303152303030", "02330d0000000000"]),
        ("omron", b"S.5\r", ["532e350d" + 12 * "00"]),
        ("ablerex", b"Q1\r", ["05000351310d" + 41 * "00"]),
        ("phoenixtec", b"Q3\r", ["51330d"]),
    ],
)
async def test_bytes_on_the_wire(
    name: str, request_: bytes, wire: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The examples of the card, byte for byte."""
    with simulated(monkeypatch, make(name)) as bus:
        async with line(bus[1]) as opened:
            bus[1].log.clear()
            await opened.query(request_, reply=Until(b"\r"), timeout=0.1)
            sent = [each.data.hex() for each in bus[1].log if each.data]
    assert sent == wire


async def test_set_up_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The set-up packets of the card's examples."""
    for name, expected in (
        ("phoenixtec", (0x42, 0x0D, 0, 0, 3)),
        ("krauler", (0x80, 0x06, 0x0303, 0x0409, 0x66)),
        ("cypress", (0x21, 0x09, 0x0200, 0, 8)),
        ("ippon", (0x21, 0x09, 0x0002, 0, 8)),
        ("omron", (0x21, 0x09, 0x0002, 0, 16)),
        ("ablerex", (0x21, 0x09, 0x0305, 0, 47)),
    ):
        with simulated(monkeypatch, make(name)) as bus:
            async with line(bus[1]) as opened:
                bus[1].log.clear()
                await opened.query(Q1, reply=Until(b"\r"), timeout=0.1)
                setups = [
                    (setup.request_type, setup.request, setup.value, setup.index, setup.length)
                    for setup in (each.setup for each in bus[1].log)
                    if setup
                ]
        assert expected in setups


@pytest.mark.parametrize("name", ["ablerex", "cypress"])
async def test_binary_replies(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Q5 may hold a CR before its end."""
    with simulated(monkeypatch, make(name, dialect="ablerex")) as bus:
        device = bus[1]
        assert isinstance(device, Bridge)
        device.ups.canned[b"Q5"] = b"(\x01\xf4\r\0\0\0\x05\x5a\x03\xc0\0\0\0\0\0\r\0\0\0\0"
        async with line(device) as opened:
            reply = await opened.query(b"Q5\r", reply=Binary(b"Q5\r", 22), timeout=1)
            assert reply is not None
            assert reply[:22] == device.ups.canned[b"Q5"] + b"\r"
            device.ups.canned[b"Q5"] = b"(\x01"
            if name == "ablerex":
                assert await opened.query(b"Q5\r", reply=Binary(b"Q5\r", 22), timeout=1) is None


async def test_armac_of_a_ups_that_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """NULs in the status bits are zeros; one in front says that somebody switched the UPS off."""
    with simulated(monkeypatch, make("armac")) as bus:
        device = bus[1]
        assert isinstance(device, Bridge)
        async with line(device) as opened:
            device.ups.canned[b"Q1"] = b"(230.0 230.0 230.0 030 50.0 27.3 25.0 0\x0000\x00001"
            assert await opened.query(Q1, reply=Until(b"\r"), timeout=0.5) == (
                b"(230.0 230.0 230.0 030 50.0 27.3 25.0 00000001\r"
            )
            device.ups.canned[b"Q1"] = b"(230.0 2\x00garbage"
            assert await opened.query(Q1, reply=Until(b"\r"), timeout=0.5) == b"(230.0 2"
            device.ups.canned[b"Q1"] = b"\0\0\0\0"
            for _ in range(2):
                assert await opened.query(Q1, reply=Until(b"\r"), timeout=0.5) is None
            with pytest.raises(UpsGone, match="switched off"):
                await opened.query(Q1, reply=Until(b"\r"), timeout=0.5)


@pytest.mark.parametrize("request_", [b"QGS\r", b"QS\r", b"QPI\r", b"M\r", b"D\r"])
async def test_armac_is_not_asked_what_it_never_answers(
    request_: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent, and nobody waits."""
    with simulated(monkeypatch, make("armac")) as bus:
        async with line(bus[1]) as opened:
            bus[1].log.clear()
            assert opened.accepts(request_) == No()
            assert await opened.query(request_, reply=Until(b"\r"), timeout=30) is None
            assert not bus[1].log


@pytest.mark.parametrize("name", ["ippon", "omron"])
def test_replies_that_do_not_fit(name: str) -> None:
    """Queries whose reply would be cut are not accepted; a CRC does not hide them."""
    bridge = BRIDGES[name](wire_without_device())
    for request in (b"Q2\r", b"Q6\r", b"WH\r", b"WA\r", b"Q3\r", b"Q4\r", b"QPIGS\xb7\xa9\r"):
        assert bridge.accepts(request) == No()
    for request in (b"Q1\r", b"F\r", b"T\r", b"S01R0003\r", b"QS\r"):
        assert bridge.accepts(request) == Yes()


@pytest.mark.parametrize(
    ("name", "request_", "accepted"),
    [
        ("fabula", b"S.5R0000\r", Yes()),
        ("fabula", b"S.5\r", Yes()),
        ("fabula", b"S10\r", Yes()),
        ("fabula", b"S10R0000\r", Yes()),
        ("fabula", b"S.2R0000\r", RoundedTo(b"S.5R0000\r")),
        ("fabula", b"S00R0000\r", RoundedTo(b"S.5R0000\r")),
        ("fabula", b"S.2\r", RoundedTo(b"S.5\r")),
        ("fabula", b"S.9R0003\r", RoundedTo(b"S.9\r")),
        ("fabula", b"S99R0003\r", RoundedTo(b"S10\r")),
        ("fabula", b"S99R0000\r", RoundedTo(b"S10R0000\r")),
        ("fabula", b"T\r", No()),
        ("fabula", b"CT\r", No()),
        ("fabula", b"BL\r", No()),
        ("hunnox", b"BL\r", Yes()),
        ("krauler", b"S01R0003\r", No()),
        ("krauler", b"T05\r", No()),
        ("krauler", b"S00R0000\r", No()),
        ("krauler", b"T\r", Yes()),
        ("snr", b"T\r", No()),
        ("fuji", b"T05\r", Yes()),
        ("fuji", b"S05\r", Yes()),
        ("fuji", b"S05R0003\r", RoundedTo(b"S05\r")),
        ("fuji", b"S.5R0000\r", No()),
        ("fuji", b"S00R0000\r", No()),
        ("fuji", b"QPI30\r", No()),
        ("ablerex", b"Q5\r", Yes()),
    ],
)
def test_what_a_bridge_can_say(name: str, request_: bytes, accepted: object) -> None:
    """The rules of the card."""
    assert BRIDGES[name](wire_without_device()).accepts(request_) == accepted


async def test_a_bridge_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by name nor by ids; the device is given back."""
    with simulated(monkeypatch, make("cypress"), make("apc")) as bus:
        with pytest.raises(Unsupported, match="cypress"):
            async with line(bus[1], "nonsense"):
                pass
        with pytest.raises(Unsupported, match="cypress"):
            async with line(bus[2]):
                pass
        assert not bus.places[1].claims
        assert not bus.places[2].claims


async def test_stuck_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """A STALL that cannot be cleared: reset, and the link is lost."""
    with simulated(monkeypatch, make("cypress")) as bus:
        async with line(bus[1]) as opened:
            await opened.query(Q1, reply=Until(b"\r"), timeout=0.3)
            bus[1].fault(Fault(action=Action.STALL, match=faults.pipe(), count=1))

            def refuse(*_: object) -> None:
                raise OSError(5, "broken")

            monkeypatch.setattr(bus.backend, "clear_halt", refuse)
            with pytest.raises(LinkLost, match="stuck"):
                await opened.query(Q1, reply=Until(b"\r"), timeout=0.3)
        assert any(each.what == "reset" for each in bus[1].log)


async def test_chatter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that never ends what it says does not hold us for ever."""
    monkeypatch.setattr(usb_bridges, "SLOWEST_REPLY", 0.3)
    with simulated(monkeypatch, make("cypress")) as bus:
        async with line(bus[1]) as opened:
            await opened.query(Q1, reply=Until(b"\r"), timeout=0.3)
            device = bus[1]
            assert isinstance(device, Bridge)
            device.ups.canned[b"Q1"] = 10000 * b"x"
            begun = time.monotonic()
            assert await opened.query(Q1, reply=Until(b"!", gap=0.2), timeout=0.2) is not None
            assert time.monotonic() - begun < 3


async def test_reply_without_cr(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bridges that may lose the CR have it put back."""
    for name in ("sgs", "ippon", "omron", "krauler", "fabula"):
        with simulated(monkeypatch, make(name)) as bus:
            device = bus[1]
            assert isinstance(device, Bridge)
            send = device.ups.send

            def bare(reply: bytes, request: bytes, send: Send = send) -> None:
                send(reply.rstrip(b"\r"), request)

            device.ups.send = bare
            async with line(device) as opened:
                reply = await opened.query(Q1, reply=Until(b"\r", gap=0.1), timeout=0.5)
            assert reply is not None
            assert reply.endswith(b"\r")
            assert len(reply) == 47


async def test_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pause that a device wants is kept before the next request."""
    with simulated(monkeypatch, make("krauler")) as bus:
        async with line(bus[1]) as opened:
            await opened.query(Q1, reply=Until(b"\r"), timeout=1, pace=0.2)
            begun = time.monotonic()
            await opened.query(Q1, reply=Until(b"\r"), timeout=1)
            assert time.monotonic() - begun > 0.15


# strings


class Recording(UsbWire):
    """A wire that notes which strings are read, and answers as told."""

    def __init__(self, text: bytes) -> None:
        super().__init__("usb:0001:0000", None)
        self.text_ = text
        self.read_: list[int] = []
        pipe = Pipe(address=0x81, packet=8)
        self.interface = Interface(number=0, is_hid=True, pipes=(pipe,), extra=b"")

    @property
    @override
    def interfaces(self) -> tuple[Interface, ...]:
        return (self.interface,)

    @override
    def string(self, index: int, language: int, length: int, timeout: float) -> bytes:
        self.read_.append(index)
        return self.text_

    @override
    def read(self, pipe: Pipe, length: int, timeout: float) -> bytes:
        return b""


def wire_without_device() -> Recording:
    """Return a wire that leads nowhere."""
    return Recording(b"")


# bridge -> what its card names: queries and orders; of fabula and hunnox every 0x10 from 0x10 to
# 0xF0, with 8 or 0 behind it
_QUERIES = {0x03, 0x0D, 0x0C}
_SHUTDOWNS = {base + low for base in range(0x10, 0x100, 0x10) for low in (0, 8)}
ALLOWED = {
    "krauler": _QUERIES | {0x04, 0x05, 0x07, 0x0B},
    "fabula": _QUERIES | {0x07, 0x0A} | _SHUTDOWNS,
    "hunnox": _QUERIES | {0x07, 0x0A, 0xF3, 0, 1} | _SHUTDOWNS,
    "snr": _QUERIES,
}
_replies = st.sampled_from(
    [
        b"",
        b"\x02",
        b"\x18\x03" + "UPS No Ack".encode("utf-16-le"),
        b"\x16\x03" + "UPS No Ack".encode("utf-16-le"),
        b"\x06\x03(\x001\x00",
        b"\xff\x03(\x00",
    ]
) | st.binary(max_size=110)
_requests = (
    st.binary(max_size=12)
    | st.from_regex(rb"[A-Z]{1,3}[0-9.?]{0,6}\r?", fullmatch=True)
    | st.from_regex(rb"S(\.[0-9]|[0-9]{2})(R[0-9]{4})?\r", fullmatch=True)
)


@pytest.mark.parametrize("name", STRING_BRIDGES)
@given(requests=st.lists(_requests, max_size=6), reply=_replies)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_index_but_those_of_the_card(name: str, requests: list[bytes], reply: bytes) -> None:
    """Whatever is asked and answered, no string is read but queries and orders that are meant.

    Shutdowns are read only when a shutdown was asked for, and once.
    """
    wire = Recording(reply)
    bridge = STRING_BRIDGES[name](wire)
    for request in requests:
        wire.read_.clear()
        bridge.exchange(request, Until(b"\r"), 0.01)
        read = wire.read_
        assert set(read) <= ALLOWED[name]
        orders = [index for index in read if index not in _QUERIES | {0, 1, 0xF3}]
        assert len(orders) <= 1
        if set(read) & _SHUTDOWNS:
            assert request.startswith(b"S")
            assert name in {"fabula", "hunnox"}
        if isinstance(bridge.accepts(request), No):
            assert not read


@pytest.mark.parametrize(
    ("request_", "index"),
    [
        (b"S.5R0000\r", 0x10),
        (b"S.5\r", 0x18),
        (b"S.6R0000\r", 0x20),
        (b"S.6\r", 0x28),
        (b"S.9R0000\r", 0x50),
        (b"S.9\r", 0x58),
        (b"S01R0000\r", 0x60),
        (b"S01\r", 0x68),
        (b"S02R0000\r", 0x70),
        (b"S02\r", 0x78),
        (b"S10R0000\r", 0xF0),
        (b"S10\r", 0xF8),
        (b"S10R0005\r", 0xF8),
        (b"S00R0000\r", 0x10),
    ],
)
def test_fabula_shutdowns(request_: bytes, index: int) -> None:
    """The indices of the card."""
    wire = wire_without_device()
    STRING_BRIDGES["fabula"](wire).exchange(request_, Until(b"\r"), 0.01)
    assert wire.read_ == [index]


def test_an_order_is_given_once() -> None:
    """UPS No Ack is said of success, too: a beeper that is toggled ten times is where it was."""
    wire = Recording(b"\x16\x03" + "UPS No Ack".encode("utf-16-le"))
    krauler = STRING_BRIDGES["krauler"](wire)
    assert krauler.exchange(b"Q\r", Until(b"\r"), 0.01) is None
    assert wire.read_ == [0x07]
    wire.read_.clear()
    assert krauler.exchange(Q1, Until(b"\r"), 0.01) is None
    assert wire.read_ == 10 * [0x03]


async def test_hunnox_goes_in_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """The opening, then a string of the rotation before each, but never the same; small buffers."""
    with simulated(monkeypatch, make("hunnox")) as bus:
        async with line(bus[1]) as opened:
            bus[1].log.clear()
            for request in (Q1, Q1, b"F\r", Q1, b"BL\r", Q1):
                reply = await opened.query(request, reply=Until(b"\r"), timeout=1)
                assert reply is not None
            read = [(each.setup.low, each.setup.length) for each in bus[1].log if each.setup]
    assert read[:4] == [(0, 1026), (0, 1026), (1, 1026), (3, 102)]
    indices = [index for index, _ in read[3:]]
    assert indices == [3, 0x0D, 3, 3, 0x0D, 0x0C, 3, 0x0D, 0xF3, 0x0C, 3]
    assert {length for _, length in read[3:]} == {102}


async def test_strings_that_name_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a string may be an order, not even those of the device descriptor are trusted."""
    device = make("krauler")
    hardware = device.hardware
    object.__setattr__(hardware, "strings", {**hardware.strings, 0x68: "trap", 0x69: "trap"})
    object.__setattr__(hardware, "serial", 0x68)
    object.__setattr__(hardware, "manufacturer", 0x69)
    with simulated(monkeypatch, device) as bus:
        async with line(bus[1]) as opened:
            assert opened.device.serial is None
            read = {each.setup.low for each in bus[1].log if each.setup and each.setup.high == 3}
    assert read <= {0, 1, 2, 3}


async def test_a_slow_bridge(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gap ends a reply, not the time-out of its first byte."""
    with simulated(monkeypatch, make("cypress", latency=0.2)) as bus:
        async with line(bus[1]) as opened:
            reply = await opened.query(Q1, reply=Exactly(47, gap=0.3), timeout=0.5)
            assert reply is not None
            assert len(reply) == 47
            await until(lambda: True)
