"""The SHUT link on a real pty: synchronisation, packets, notifications, and what goes wrong."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import override

import pytest

from .shut_bench import be_impatient, linked, open_shut
from custom_components.ups_protocols.ups.errors import (
    BadReply,
    LinkLost,
    NoReply,
    Rejected,
    UpsError,
)
from custom_components.ups_protocols.ups.links import shut
from custom_components.ups_protocols.ups.links.base import ReportKind
from custom_components.ups_protocols.ups.links.shut import ShutDevice
from custom_components.ups_protocols.ups.links.shut_frames import Level
from tests.simulators.clock import Clock
from tests.simulators.shut import DIALECTS, ShutUps, make_ups
from tests.simulators.wires import PtyWire

FEATURE = ReportKind.FEATURE
STATUS, CHARGE, TEXTS, OFF_DELAY = 2, 22, 16, 15
ON_LINE = b"\x02\x21\x00"
ON_BATTERY = b"\x02\x24\x00"
# set-up packets in the simulator's notes
_SET = b"\x21\x09"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less."""
    be_impatient(monkeypatch)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


def written(ups: ShutUps) -> list[bytes]:
    """Return what was written to the unit and obeyed."""
    return [each[8:] for each in ups.received if each.startswith(_SET)]


async def read_status(link: ShutDevice) -> bytes:
    """Read the status report."""
    return await link.get_report(FEATURE, STATUS, 3)


# ---------------------------------------------------------------- opening


@pytest.mark.parametrize("name", DIALECTS)
async def test_every_unit(name: str) -> None:
    """Tells who it is, and its report descriptor byte for byte."""
    async with linked(name) as (ups, link):
        hardware = ups.hid.hardware
        device = link.device
        assert (device.vendor_id, device.product_id) == (hardware.vendor, hardware.product)
        assert device.release == hardware.release
        for text, index in (
            (device.manufacturer, hardware.manufacturer),
            (device.product, hardware.product_name),
            (device.serial, hardware.serial),
        ):
            assert text == (hardware.strings.get(index) if index else None)
        assert await link.descriptor_length() == len(ups.hid.report_descriptor)
        assert await link.report_descriptor() == ups.hid.report_descriptor
        assert ups.tokens == [0x16, 0x17]


@pytest.mark.parametrize(
    ("unknown", "level", "tokens"),
    [
        (set(), Level.STATUS, [0x16, 0x17]),
        # section 2.8: most units know the others
        ({0x17}, Level.FULL, [0x16, 0x17, 0x17, 0x16]),
        ({0x17, 0x18}, Level.FULL, [0x16, 0x17, 0x17, 0x16]),
        ({0x16, 0x17}, Level.NOTHING, [0x16] * 4 + [0x18]),
    ],
)
async def test_tokens(unknown: set[int], level: Level, tokens: list[int]) -> None:
    """The common one first, then the one with few collisions; silence is the last resort."""
    ups = make_ups()
    ups.trouble.unknown_levels = unknown
    async with PtyWire(ups) as wire:
        link = await open_shut(wire)
        assert link.level is level
        assert ups.tokens == tokens
        assert await read_status(link) == ON_LINE
        assert ups.level == level
        await link.close()


async def test_nobody_echoes() -> None:
    """Not more than the document allows; the port is free again afterwards."""
    ups = make_ups()
    ups.trouble.unknown_levels = {0x16, 0x17, 0x18}
    async with PtyWire(ups) as wire:
        with pytest.raises(NoReply, match="SHUT"):
            await open_shut(wire)
        assert ups.tokens == [0x16] * 4 + [0x18] * 2
        ups.trouble.unknown_levels = set()
        link = await open_shut(wire)
        await link.close()


async def test_wrong_echo() -> None:
    """Another token is no echo."""
    ups = make_ups()
    ups.trouble.wrong_echo = 2
    async with PtyWire(ups) as wire:
        link = await open_shut(wire)
        assert ups.tokens == [0x16] * 3 + [0x17]
        await link.close()


async def test_a_line_that_echoes_is_no_ups() -> None:
    """Tokens come back, and so do requests: nothing that a UPS says."""

    class Loop(ShutUps):
        @override
        def feed(self, data: bytes) -> None:
            self.send(data, b"")

    async with PtyWire(Loop()) as wire:
        with pytest.raises(BadReply):
            await open_shut(wire)


async def test_the_other_descriptor() -> None:
    """Card shut, 3.3: bcdDevice 0x0202 has its whole descriptor at index 1."""
    async with linked("second-descriptor") as (ups, link):
        await link.report_descriptor()
        assert [each[2:4] for each in ups.received[-2:]] == [b"\x01\x21", b"\x01\x22"]


async def test_the_firmwares_own_reports() -> None:
    """Card shut, 3.3: 254 and 255 are never read."""
    async with linked("eaton-9px") as (ups, link):
        ups.received.clear()
        for report_id in (254, 255):
            with pytest.raises(Rejected):
                await link.get_report(FEATURE, report_id, 3)
        assert ups.received == []


# ---------------------------------------------------------------- what goes wrong while reading


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(
    "trouble", ["deaf", "nak", "lost_acks", "garbled", "cut", "ack_lost", "collide_at"]
)
async def test_troubles_are_overcome(trouble: str, times: int) -> None:
    """NAKs, lost bytes, wrong checksums, half packets, collisions: the answer comes yet."""
    async with linked("eaton") as (ups, link):
        ups.mains(False)
        ups.mains(True)
        await until(lambda: len(ups.acknowledged) >= 2)
        setattr(ups.trouble, trouble, times)
        if trouble == "collide_at":
            ups.set("charge", 50.0)
        wanted = ups.hid.report(0x11)
        assert await link.get_report(FEATURE, 0x11, 13) == wanted
        ups.received.clear()
        assert await link.get_report(FEATURE, 0x11, 13) == wanted
        # it is in step again: one request is enough
        assert len(ups.received) == 1


@pytest.mark.parametrize("at", range(1, 12))
async def test_collisions(at: int) -> None:
    """Section 2.7, at every byte of a request: both the notification and the answer arrive."""
    async with linked() as (ups, link):
        heard: list[bytes] = []
        link.on_report(lambda kind, report: heard.append(report))
        ups.trouble.collide_at = at
        ups.mains(False)
        tokens = len(ups.tokens)
        assert await read_status(link) == ON_BATTERY
        assert heard == [ON_BATTERY]
        # in step again by a token, unless the request came through
        assert len(ups.tokens) > tokens


def shapes() -> list[tuple[str, Callable[[bytes, int], bytes]]]:
    """Return what can happen to what a UPS sends, at a place."""
    notification = bytes.fromhex("853302240026")
    return [
        ("lost", lambda data, at: data[:at] + data[at + 1 :]),
        ("doubled", lambda data, at: data[: at + 1] + data[at:]),
        ("changed", lambda data, at: data[:at] + bytes((data[at] ^ 0x20,)) + data[at + 1 :]),
        ("token", lambda data, at: data[:at] + b"\x16" + data[at:]),
        ("ACK", lambda data, at: data[:at] + b"\x06" + data[at:]),
        ("NAK", lambda data, at: data[:at] + b"\x15" + data[at:]),
        ("noise", lambda data, at: data[:at] + b"\x00\xff" + data[at:]),
        ("notification", lambda data, at: data[:at] + notification + data[at:]),
        ("half a notification", lambda data, at: data[:at] + notification[:4] + data[at:]),
        ("end", lambda data, at: data[:at]),
    ]


@pytest.mark.parametrize("at", range(8))
@pytest.mark.parametrize(("name", "happen"), shapes())
async def test_every_byte_of_an_answer(
    name: str, happen: Callable[[bytes, int], bytes], at: int
) -> None:
    """Something between any two bytes of ACK and response: the right answer, or none."""
    async with linked() as (ups, link):
        said = 0

        def noise(data: bytes) -> bytes:
            nonlocal said
            said += len(data)
            place = at - (said - len(data))
            if 0 <= place < len(data):
                return happen(data, place)
            return data

        ups.trouble.noise = noise
        with suppress(UpsError):
            assert await read_status(link) == ON_LINE
        ups.trouble.noise = None
        assert await read_status(link) == ON_LINE


@pytest.mark.parametrize("at", [2, 12, 25])
@pytest.mark.parametrize(("name", "happen"), shapes())
async def test_every_byte_of_a_long_answer(
    name: str, happen: Callable[[bytes, int], bytes], at: int
) -> None:
    """A text of several packets: right, or not at all."""
    async with linked() as (ups, link):
        said = 0

        def noise(data: bytes) -> bytes:
            nonlocal said
            said += len(data)
            place = at - (said - len(data))
            return happen(data, place) if 0 <= place < len(data) else data

        ups.trouble.noise = noise
        with suppress(UpsError):
            assert await link.report_descriptor() == ups.hid.report_descriptor
        ups.trouble.noise = None
        assert await read_status(link) == ON_LINE


@pytest.mark.parametrize("lost", [2, 3, 4])
async def test_a_lost_packet_like_the_one_before(
    lost: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is said again after a silence is the packet that was lost, though it looks alike."""
    # it is asked for while the UPS still waits
    monkeypatch.setattr(shut, "PACKET_TIMEOUT", 0.1)
    serial = "A" * 15
    async with linked() as (ups, link):
        ups.hid.hardware = replace(
            ups.hid.hardware, strings=dict(ups.hid.hardware.strings) | {9: serial}
        )
        told = 0

        def noise(data: bytes) -> bytes:
            nonlocal told
            told += data[0] & 0x7F == 0x04
            return b"" if data[0] & 0x7F == 0x04 and told == lost else data

        ups.trouble.noise = noise
        assert await link.get_string(9) == serial
        assert told > lost


@pytest.mark.parametrize("refuses", [False, True])
async def test_unknown_reports(refuses: bool) -> None:
    """The UPS is there and does not answer this: refused, and the next one is answered."""
    async with linked() as (ups, link):
        ups.trouble.refuses = refuses
        with pytest.raises(Rejected):
            await link.get_report(FEATURE, 0x77, 3)
        assert await link.get_string(99) is None
        assert await link.get_string(0) is None
        assert await read_status(link) == ON_LINE


async def test_a_ups_that_dies() -> None:
    """Silence is NoReply, and the end of it is noticed."""
    async with linked() as (ups, link):
        ups.faults.silence = True
        with pytest.raises(NoReply):
            await read_status(link)
        ups.faults.silence = False
        assert await read_status(link) == ON_LINE


async def test_a_ups_that_was_switched_off() -> None:
    """It has forgotten that a host was there; SYNC wakes it."""
    async with linked() as (ups, link):
        ups.level = None
        assert await read_status(link) == ON_LINE
        # what it tells by itself is as before
        assert ups.level == Level.STATUS


async def test_a_deaf_ups_is_no_garbled_one() -> None:
    """It echoes and takes no request."""
    async with linked() as (ups, link):
        ups.trouble.deaf = 3
        with pytest.raises(NoReply, match="echoes"):
            await read_status(link)


async def test_the_answer_to_another_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report with another id is not what was asked for."""
    async with linked() as (ups, link):
        ups.fix("2", "034100")
        with pytest.raises(BadReply):
            await read_status(link)
        ups.fix("2", None)
        assert await read_status(link) == ON_LINE


async def test_longer_than_asked_for() -> None:
    """No UPS sends more than the request has room for."""
    async with linked() as (ups, link):
        ups.fix("2", "0221000000")
        # the simulator keeps to wLength; a doubled packet does not
        ups.trouble.noise = lambda data: data if data[0] != 0x04 else data + data
        with suppress(BadReply):
            await link.report_descriptor()
        ups.trouble.noise = None
        ups.fix("2", None)
        assert await read_status(link) == ON_LINE


async def test_cancelled_in_the_middle() -> None:
    """A reader that is cancelled leaves a line on which the next one is answered."""
    async with linked() as (_, link):
        for delay in (0, 0.001, 0.003, 0.01, 0.03):
            reader = asyncio.create_task(link.report_descriptor())
            await asyncio.sleep(delay)
            reader.cancel()
            with suppress(asyncio.CancelledError):
                await reader
            assert await read_status(link) == ON_LINE


async def test_unplugged() -> None:
    """In the middle of an exchange, while idle, and for good."""
    ups = make_ups()
    async with PtyWire(ups) as wire:
        link = await open_shut(wire)
        told: list[bool] = []
        link.on_lost(lambda: told.append(True))
        reader = asyncio.create_task(link.report_descriptor())
        await asyncio.sleep(0.005)
        await wire.unplug()
        with pytest.raises(LinkLost):
            await reader
        assert told == [True]
        with pytest.raises(LinkLost):
            await read_status(link)
        await link.close()
        await link.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


# ---------------------------------------------------------------- writing

TEN = bytes.fromhex("0F0A0000")


async def test_written_once() -> None:
    """Section 5's example, with what follows from it."""
    async with linked() as (ups, link):
        await link.set_report(FEATURE, TEN)
        assert written(ups) == [TEN]
        assert ups.hid.ups.shutdown_left > 9


@pytest.mark.parametrize("at", range(1, 12))
async def test_collisions_before_a_write(at: int) -> None:
    """Section 2.6: the UPS tells nothing between the packets of a request, only before."""
    async with linked() as (ups, link):
        ups.trouble.collide_at = at
        ups.mains(False)
        await link.set_report(FEATURE, TEN)
        assert written(ups) == [TEN]


async def test_a_refused_packet_is_said_again() -> None:
    """Section 2.4: NAK tells to re-send; nothing was done yet."""
    for refusals in (1, 2):
        async with linked() as (ups, link):
            ups.trouble.nak = refusals
            ups.trouble.nak_last = refusals
            await link.set_report(FEATURE, TEN)
            assert written(ups) == [TEN]


async def test_refused_for_good() -> None:
    """The first packet, or the last: it was not done."""
    async with linked() as (ups, link):
        for which in ("nak", "nak_last"):
            setattr(ups.trouble, which, 100)
            with pytest.raises(Rejected):
                await link.set_report(FEATURE, TEN)
            assert written(ups) == []
            setattr(ups.trouble, which, 0)
        await link.set_report(FEATURE, TEN)
        assert written(ups) == [TEN]


async def test_done_and_not_confirmed() -> None:
    """It may have acted: it is never told a second time, and the caller hears of it."""
    async with linked() as (ups, link):
        ups.trouble.done_unsaid = 1
        with pytest.raises(NoReply, match="may have obeyed"):
            await link.set_report(FEATURE, TEN)
        assert written(ups) == [TEN]
        assert await read_status(link) == ON_LINE
        assert written(ups) == [TEN]


@pytest.mark.parametrize("at", range(2))
@pytest.mark.parametrize(("name", "happen"), shapes())
async def test_confirmations_that_are_none(
    name: str, happen: Callable[[bytes, int], bytes], at: int
) -> None:
    """Whatever happens to the two ACKs, the UPS is told once, or the caller hears of it."""
    async with linked() as (ups, link):
        said = 0

        def noise(data: bytes) -> bytes:
            nonlocal said
            said += 1
            return happen(data, 0) if said == at + 1 else data

        ups.trouble.noise = noise
        is_confirmed = False
        with suppress(UpsError):
            await link.set_report(FEATURE, TEN)
            is_confirmed = True
        ups.trouble.noise = None
        assert await read_status(link) == ON_LINE
        if is_confirmed:
            assert TEN in written(ups)
        if name != "NAK":
            # a NAK that the line made up is an order to say it again
            assert len(written(ups)) <= 1


async def test_news_before_the_confirmation() -> None:
    """A UPS that tells what a write has changed, and acknowledges the write only then."""
    async with linked() as (ups, link):
        ups.trouble.early = True
        await link.set_report(FEATURE, b"\x0f\0\0\0")
        assert written(ups) == [b"\x0f\0\0\0"]
        await until(lambda: bool(ups.acknowledged))


async def test_long_reports_are_written_in_packets() -> None:
    """More than eight bytes (card shut, 3.8)."""
    async with linked("eaton") as (ups, link):
        report = ups.hid.report(0x40 + 4)
        await link.set_report(FEATURE, report + b"\0" * 12)
        assert written(ups) == [report + b"\0" * 12]


# ---------------------------------------------------------------- notifications


async def test_notifications_are_acknowledged_and_handed_on() -> None:
    """Input reports, at once, with nothing asked."""
    async with linked() as (ups, link):
        heard: list[tuple[ReportKind, bytes]] = []
        forget = link.on_report(lambda kind, report: heard.append((kind, report)))
        ups.received.clear()
        ups.mains(False)
        await until(lambda: bool(heard) and bool(ups.acknowledged))
        assert heard == [(ReportKind.INPUT, ON_BATTERY)]
        assert ups.acknowledged == [ON_BATTERY]
        forget()
        forget()
        ups.mains(True)
        await until(lambda: len(ups.acknowledged) == 2)
        assert len(heard) == 1
        assert ups.received == []


async def test_only_status_objects() -> None:
    """Section 2.8: at 17 a charge is not told, at 16 it is."""
    async with linked() as (ups, link):
        ups.set("charge", 50.0)
        await asyncio.sleep(0.1)
        assert {each[0] for each in ups.acknowledged} <= {1, 2, 3}
    ups = make_ups()
    ups.trouble.unknown_levels = {0x17}
    async with PtyWire(ups) as wire:
        link = await open_shut(wire)
        ups.set("charge", 50.0)
        await until(lambda: any(each[0] == CHARGE for each in ups.acknowledged))
        await link.close()


async def test_in_pieces_at_the_pace_of_the_line() -> None:
    """Byte by byte, between the exchanges of somebody who reads all the time."""
    async with linked(baud=9600, clock=Clock.stopped()) as (ups, link):
        heard: list[bytes] = []
        link.on_report(lambda kind, report: heard.append(report))
        stop = False

        async def poll() -> None:
            while not stop:
                answer = await read_status(link)
                assert answer in {ON_LINE, ON_BATTERY}

        poller = asyncio.create_task(poll())
        for number in range(10):
            ups.mains(bool(number % 2))
            await until(lambda: len(heard) > number)  # noqa: B023
            await asyncio.sleep(0.003 * number)
        stop = True
        await poller
        assert heard == [ON_BATTERY, ON_LINE] * 5


@pytest.mark.parametrize("reserve", [0.0, 0.01])
async def test_a_word_in_between(monkeypatch: pytest.MonkeyPatch, reserve: float) -> None:
    """A UPS that waits for an idle line is heard while somebody reads a hundred reports."""
    monkeypatch.setattr(shut, "IDLE", 0.03)
    async with linked(clock=Clock.stopped()) as (ups, link):
        ups.trouble.reserve = reserve
        heard: list[int] = []
        read = 0
        link.on_report(lambda kind, report: heard.append(read))
        for _ in range(20):
            await read_status(link)
            read += 1
            if read == 5:
                ups.mains(False)
        assert len(heard) == 1
        assert heard[0] < 10


async def test_long_notifications() -> None:
    """More than one packet, each acknowledged."""
    async with linked() as (ups, link):
        heard: list[bytes] = []
        link.on_report(lambda kind, report: heard.append(report))
        long = b"\x01" + bytes(range(20))
        ups._told(long)
        await until(lambda: heard == [long])
        await until(lambda: ups.acknowledged == [long])
        assert await read_status(link) == ON_LINE


@pytest.mark.parametrize("trouble", ["garbled", "cut", "lost_acks"])
async def test_notifications_that_suffer(trouble: str) -> None:
    """NAK has it said again; what was said twice is no harm."""
    async with linked() as (ups, link):
        heard: list[bytes] = []
        link.on_report(lambda kind, report: heard.append(report))
        setattr(ups.trouble, trouble, 1)
        ups.mains(False)
        await until(lambda: ups.acknowledged == [ON_BATTERY])
        assert set(heard) == {ON_BATTERY}
        assert await read_status(link) == ON_BATTERY


async def test_in_a_sequence() -> None:
    """Whoever keeps the link for a sequence does not keep the UPS from speaking."""
    async with linked() as (ups, link):
        heard: list[bytes] = []
        link.on_report(lambda kind, report: heard.append(report))
        async with link.exclusive():
            await read_status(link)
            ups.mains(False)
            await until(lambda: ups.acknowledged == [ON_BATTERY])
            assert await read_status(link) == ON_BATTERY
        assert heard == [ON_BATTERY]


@pytest.mark.parametrize(
    "noise",
    [
        b"\x00",
        b"\xff" * 100,
        b"\x06\x15\x16",
        # the text of its Plug and Play, by a unit whose lines were moved (cards, 00-hazards)
        b"\x28\x01\x24MGE0001\\\\\\\\MGE UPS with PnP INTERFACE\x5c\x5c2C\x29",
        b"\x85",
        b"\x85\x33\x02",
        b"\x05\x88" + bytes(8) + b"\x00",
        b"\x84\x33\x02\x21\x00\x23",
        b"\x81\x88\xa1\x01",
    ],
)
async def test_noise_while_idle(noise: bytes) -> None:
    """Means nothing, changes nothing, and the next answer is right."""
    async with linked() as (ups, link):
        heard: list[bytes] = []
        link.on_report(lambda kind, report: heard.append(report))
        ups.send(noise, b"")
        await asyncio.sleep(0.05)
        assert await read_status(link) == ON_LINE
        ups.send(noise, b"")
        assert await read_status(link) == ON_LINE
        await asyncio.sleep(0.3)
        assert heard == []
        ups.mains(False)
        await until(lambda: heard == [ON_BATTERY])


async def test_nothing_is_left_behind() -> None:
    """Closed in the middle of a notification: no task, no callback."""
    ups = make_ups()
    async with PtyWire(ups) as wire:
        before = asyncio.all_tasks()
        link = await open_shut(wire)
        heard: list[bytes] = []
        link.on_report(lambda kind, report: heard.append(report))
        ups.send(b"\x85\x33\x02", b"")
        await asyncio.sleep(0.02)
        await link.close()
        ups.send(b"\x24\x00\x26", b"")
        await asyncio.sleep(0.02)
        assert heard == []
        assert asyncio.all_tasks() == before
        with pytest.raises(LinkLost):
            await read_status(link)


def test_a_link_that_is_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Knows no device."""

    class Line:
        url = "nowhere"

        def on_unsolicited(self, callback: object) -> Callable[[], None]:
            return lambda: None

    link = ShutDevice(Line())  # type: ignore[arg-type]
    with pytest.raises(LinkLost):
        _ = link.device
    assert "nowhere" in repr(link)
