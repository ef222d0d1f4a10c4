"""XCP over USB: frames out by control transfers, replies in by a pipe, loss and return."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from .usb_bus import make, simulated, threads, until, url_of
from custom_components.ups_protocols.ups import detect as detection
from custom_components.ups_protocols.ups.errors import LinkLost, NoReply, Unsupported
from custom_components.ups_protocols.ups.links import usb_xcp
from custom_components.ups_protocols.ups.links.base import Exactly, LinkKind, Silence, UsbDevice
from custom_components.ups_protocols.ups.links.open import FoundUsb, TellsLoss, open_link
from custom_components.ups_protocols.ups.links.usb import UsbXcp
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.usbsim import device as simulated_device
from tests.usbsim.faults import Action, Fault, Match, pipe
from tests.usbsim.pyusb_bus import PyusbBus
from tests.usbsim.usb import Hardware, Interface
from tests.usbsim.xcp import XcpDevice

# card xcp, section 2.10
ASK_ID = bytes.fromhex("AB013123")
ASK_STATUS = bytes.fromhex("AB013321")
ASK_METERS = bytes.fromhex("AB013420")
AUTHORISE = bytes.fromhex("AB04CF69E8D55C")
MUTE = bytes.fromhex("AB0495060200B4")
MUTED = bytes.fromhex("AB0905813195060200F8")
STATUS = bytes.fromhex("AB03048150D300802A")

NAMES = ("xcp-powerware", "xcp-phoenixtec", "xcp-hp-t500", "xcp-hp-t750")
WRITES = Match(endpoint=0, request=0x0D)


def device_of(name: str) -> XcpDevice:
    device = make(name)
    assert isinstance(device, XcpDevice)
    return device


@pytest.fixture
def device() -> XcpDevice:
    """One with an 8-byte pipe."""
    return device_of("xcp-hp-t750")


@pytest.fixture
def bus(device: XcpDevice, monkeypatch: pytest.MonkeyPatch) -> Generator[PyusbBus]:
    """A bus with it, and short waits."""
    monkeypatch.setattr(usb_xcp, "WRITE_TIMEOUT", 0.2)
    monkeypatch.setattr(usb_xcp, "_READER_PAUSE", 0.01)
    with simulated(monkeypatch, device) as bus:
        yield bus
    assert not threads()


@asynccontextmanager
async def opened(
    device: simulated_device.UsbDevice, transcript: Transcript | None = None
) -> AsyncGenerator[UsbXcp]:
    link = await open_link(
        url_of(device), LinkKind.BYTE_LINE, transcript=transcript or Transcript()
    )
    assert isinstance(link, UsbXcp)
    try:
        yield link
    finally:
        await link.close()
        assert not threads()


async def ask(link: UsbXcp, request: bytes, count: int, timeout: float = 2) -> bytes:
    async with link.exclusive():
        link.discard_input()
        await link.write(request)
        return await link.read(Exactly(count), timeout=timeout)


def is_sound(frame: bytes) -> bool:
    return frame[0] == 0xAB and sum(frame) % 256 == 0


# frames


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("xcp-powerware", (0x00, 0x07, 0x0304, 0)),
        ("xcp-phoenixtec", (0x42, 0x0D, 0x0000, 0)),
        ("xcp-hp-t500", (0x42, 0x0D, 0x0000, 0)),
        ("xcp-hp-t750", (0x42, 0x0D, 0x0000, 0)),
    ],
)
async def test_frames_go_out_by_the_transfer_of_the_id(
    name: str, way: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each id's own transfer carries a whole frame; nothing else is written."""
    device = device_of(name)
    with simulated(monkeypatch, device):
        async with opened(device) as link:
            assert link.url == url_of(device)
            assert isinstance(link, TellsLoss)
            assert not hasattr(link, "set_baudrate")
            status = await ask(link, ASK_STATUS, 9)
            assert status.startswith(bytes.fromhex("AB03048150"))
            assert is_sound(status)
        sent = [each for each in device.log if each.what == "control" and each.data]
        assert [each.data for each in sent] == [ASK_STATUS]
        for each in sent:
            assert each.setup is not None
            setup = each.setup
            assert (setup.request_type, setup.request, setup.value, setup.index) == way


async def test_a_sequence(bus: PyusbBus, device: XcpDevice) -> None:
    """An authorisation has no reply; the order behind it has; the transcript holds both."""
    device.ups.set("beeper", True)
    transcript = Transcript()
    async with opened(device, transcript) as link, link.exclusive():
        await link.write(AUTHORISE)
        await asyncio.sleep(0.3)
        await link.write(MUTE, gap=5)
        assert await link.read(Exactly(len(MUTED)), timeout=2) == MUTED
    said = [(each.request, each.reply) for each in transcript.exchanges]
    assert said == [(AUTHORISE, None), (MUTE, None), (None, MUTED)]


@pytest.mark.parametrize("name", NAMES)
async def test_a_response_of_several_packets(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one read's worth comes whole, and in order."""
    device = device_of(name)
    with simulated(monkeypatch, device):
        async with opened(device) as link:
            data = await link_read_all(link, ASK_ID)
    lengths = [data[2] + 5]
    while sum(lengths) < len(data):
        lengths.append(data[sum(lengths) + 2] + 5)
    assert len(lengths) == (2 if name in {"xcp-powerware", "xcp-phoenixtec"} else 1)
    start = 0
    for length in lengths:
        assert is_sound(data[start : start + length])
        start += length
    assert start == len(data)


async def link_read_all(link: UsbXcp, request: bytes) -> bytes:
    async with link.exclusive():
        await link.write(request)
        return await link.read(Silence(gap=0.3), timeout=2)


async def test_replies_in_pieces(bus: PyusbBus, device: XcpDevice) -> None:
    """Empty reads and reads that end in the middle of a frame make no difference."""
    async with opened(device) as link:
        whole = await ask(link, ASK_METERS, 200, timeout=0.5)
        assert is_sound(whole)
        for empty, piece, pause in ((3, 0, 0.0), (0, 1, 0.0), (0, 3, 0.01), (2, 8, 0.005)):
            device.empty, device.piece, device.pause = empty, piece, pause
            assert len(await ask(link, ASK_METERS, len(whole))) == len(whole)


async def test_a_frame_that_fills_its_packets(bus: PyusbBus, device: XcpDevice) -> None:
    """A frame of whole packets, with and without an empty one behind it."""
    async with opened(device) as link:
        for end in (b"", None):
            heard = asyncio.ensure_future(link.read(Exactly(16), timeout=2))
            await asyncio.sleep(0.05)
            device.push(bytes(16))
            if end is not None:
                device.push(end)
            assert await heard == bytes(16)


async def test_silence(bus: PyusbBus, device: XcpDevice) -> None:
    """No reply is an empty one, after the time-out."""
    device.ups.faults.silence = True
    async with opened(device) as link:
        assert await ask(link, ASK_STATUS, 9, timeout=0.2) == b""
        device.ups.faults.clear()
        assert await ask(link, ASK_STATUS, 9) == STATUS


async def test_what_is_stale(bus: PyusbBus, device: XcpDevice) -> None:
    """What came before we opened, or after a time-out, is thrown away by who asks next."""
    device.push(STATUS)
    async with opened(device) as link:
        await asyncio.sleep(0.1)
        assert await ask(link, ASK_METERS, 4) != STATUS[:4]
        device.latency = 0.3
        assert await ask(link, ASK_STATUS, 9, timeout=0.1) == b""
        await asyncio.sleep(0.4)
        device.latency = 0
        assert link.discard_input() == STATUS
        assert await ask(link, ASK_STATUS, 9) == STATUS


async def test_what_is_no_frame(bus: PyusbBus, device: XcpDevice) -> None:
    """The ESC for the menu of a serial port is not sent, and not noted as sent."""
    transcript = Transcript()
    async with opened(device, transcript) as link:
        await link.write(b"\x1b")
        assert not [each for each in device.log if each.data]
        assert transcript.exchanges == ()


# what comes unasked


async def test_frames_that_nobody_asked_for(bus: PyusbBus, device: XcpDevice) -> None:
    """They go to who listens, at once; replies never do."""
    heard: list[bytes] = []
    transcript = Transcript()
    async with opened(device, transcript) as link:
        forget = link.on_unsolicited(heard.append)
        assert await ask(link, ASK_STATUS, 9) == STATUS
        assert heard == []
        device.push(STATUS)
        await until(lambda: b"".join(heard) == STATUS)
        assert transcript.exchanges[-1].reply is not None
        # a reply that comes between the write and the read is still one
        async with link.exclusive():
            await link.write(ASK_STATUS)
            await asyncio.sleep(0.2)
            assert await link.read(Exactly(9), timeout=1) == STATUS
        assert b"".join(heard) == STATUS
        forget()
        device.push(STATUS)
        await asyncio.sleep(0.2)
        assert b"".join(heard) == STATUS
        assert link.discard_input() == STATUS


# faults


@pytest.mark.parametrize("action", [Action.STALL, Action.NAK, Action.ERROR])
async def test_a_frame_that_is_not_taken(action: Action, bus: PyusbBus, device: XcpDevice) -> None:
    """It is written once; nobody knows whether it was seen; the link lives on."""
    async with opened(device) as link:
        device.fault(Fault(action=action, match=WRITES))
        with pytest.raises(NoReply):
            await link.write(ASK_STATUS)
        writes = [each for each in device.log if each.data == ASK_STATUS]
        assert len(writes) == 1
        device.clear_faults()
        assert await ask(link, ASK_STATUS, 9) == STATUS


@pytest.mark.parametrize("action", [Action.STALL, Action.ERROR, Action.OVERFLOW])
async def test_a_read_that_fails(
    action: Action, bus: PyusbBus, device: XcpDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pipe is cleared and read on."""
    cleared: list[int] = []
    clear_halt = bus.backend.clear_halt

    def note(handle: Any, end: int) -> None:
        cleared.append(end)
        clear_halt(handle, end)

    monkeypatch.setattr(bus.backend, "clear_halt", note)
    async with opened(device) as link:
        # once at open
        await until(lambda: cleared == [0x81])
        device.fault(Fault(action=action, match=pipe(0x81), count=3))
        device.push(bytes(8))
        await until(lambda: len(cleared) == 4)
        assert await ask(link, ASK_STATUS, 9) == STATUS
        assert cleared == [0x81] * 4


async def test_a_pipe_that_keeps_failing(bus: PyusbBus, device: XcpDevice) -> None:
    """The device is given up, and opened anew by whoever wants it; who waits is told."""
    async with opened(device) as link:
        device.fault(Fault(action=Action.STALL, match=pipe(0x81)))
        with pytest.raises(LinkLost, match="cannot be read"):
            await link.read(Exactly(9), timeout=20)
    device.clear_faults()
    async with opened(device) as link:
        assert await ask(link, ASK_STATUS, 9) == STATUS


@pytest.mark.parametrize("waits", [True, False])
async def test_unplugged(waits: bool, bus: PyusbBus, device: XcpDevice) -> None:
    """Who waits is told, and so is who listens for the end; a plug in another port works."""
    async with opened(device) as link:
        lost = asyncio.Event()
        link.on_lost(lost.set)
        reading = asyncio.ensure_future(link.read(Exactly(9), timeout=20)) if waits else None
        await asyncio.sleep(0.1)
        bus.unplug(1)
        async with asyncio.timeout(2):
            await lost.wait()
        if reading is not None:
            with pytest.raises(LinkLost):
                await reading
        with pytest.raises(LinkLost):
            await link.write(ASK_STATUS)
        with pytest.raises(LinkLost):
            await link.read(Exactly(1), timeout=1)
    bus.plug(device, 3)
    async with opened(device) as link:
        assert await ask(link, ASK_STATUS, 9) == STATUS


async def test_unplugged_in_the_middle_of_a_write(bus: PyusbBus, device: XcpDevice) -> None:
    async with opened(device) as link:
        device.fault(Fault(action=Action.UNPLUG, match=WRITES))
        with pytest.raises(LinkLost):
            await link.write(ASK_STATUS)


async def test_closed_while_waiting(bus: PyusbBus, device: XcpDevice) -> None:
    """Who waits is told."""
    async with opened(device) as link:
        reading = asyncio.ensure_future(link.read(Exactly(9), timeout=20))
        await asyncio.sleep(0.1)
        await link.close()
        with pytest.raises(LinkLost):
            await reading


async def test_nothing_blocks_the_loop(bus: PyusbBus, device: XcpDevice) -> None:
    """A device that takes its time keeps only who asked it."""
    device.fault(Fault(action=Action.DELAY, match=WRITES, delay=0.15))
    async with opened(device) as link:
        turns = 0
        task = asyncio.ensure_future(ask(link, ASK_STATUS, 9))
        while not task.done():
            await asyncio.sleep(0)
            turns += 1
        assert await task == STATUS
        # a blocked loop has a turn before and one after
        assert turns > 100


# who may be spoken to


async def test_a_device_that_is_not_known(
    bus: PyusbBus, device: XcpDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown id, or a device without a pipe, is not written to."""
    stranger = simulated_device.UsbDevice(Hardware(vendor=0x1234, product=0x5678))
    mute = simulated_device.UsbDevice(
        Hardware(
            vendor=0x0592,
            product=0x0002,
            interfaces=(Interface(usb_class=0xFF, endpoints=()),),
            driver="",
        )
    )
    bus.plug(stranger, 2)
    bus.plug(mute, 3)
    for each, reason in ((stranger, "not known"), (mute, "no pipe")):
        with pytest.raises(Unsupported, match=reason):
            await open_link(url_of(each), LinkKind.BYTE_LINE, transcript=Transcript())
        assert not [entry for entry in each.log if entry.data]
    assert not threads()


async def test_a_hid_device_with_a_shared_id(
    bus: PyusbBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """06da:0002 with a HID interface is not sent a byte."""
    cypress = make("cypress-phoenixtec")
    bus.plug(cypress, 2)
    with pytest.raises(Unsupported, match="HID"):
        await open_link("usb:06da:0002", LinkKind.BYTE_LINE, transcript=Transcript())
    assert not [each for each in cypress.log if each.data]
    assert bus.places[2].bound
    assert not threads()


@pytest.mark.parametrize(
    ("is_power_device", "texts", "protocols"),
    [
        (None, (None, None), ("xcp", "usb-hid-power-device", "megatec")),
        (True, (None, None), ("usb-hid-power-device", "megatec")),
        (False, (None, None), ("megatec",)),
        (
            None,
            ("Phoenixtec Power", "USB Cable (V2.00)"),
            ("megatec", "xcp", "usb-hid-power-device"),
        ),
    ],
)
def test_what_a_shared_id_may_be(
    is_power_device: bool | None,
    texts: tuple[str | None, str | None],
    protocols: tuple[str, ...],
) -> None:
    """The order in which 06da:0002 is tried, by what the system knows of it."""
    device = UsbDevice(vendor_id=0x06DA, product_id=0x0002, manufacturer=texts[0], product=texts[1])
    found = FoundUsb(device=device, url="usb:06da:0002", is_power_device=is_power_device)
    assert detection.usb_protocols(found) == protocols
