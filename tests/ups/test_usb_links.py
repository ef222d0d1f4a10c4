"""HID devices and pipes for raw reports: descriptors, reports, strings, pushes, and their ends."""

import asyncio
from collections.abc import Generator
from dataclasses import replace
import threading
import time

import pytest

from .usb_bus import hid, make, pipe, simulated, threads, until
from custom_components.ups_protocols.ups.errors import BadReply, LinkLost, NoReply, Rejected
from custom_components.ups_protocols.ups.links import usb_hid, usb_link
from custom_components.ups_protocols.ups.links.base import ReportKind
from custom_components.ups_protocols.ups.links.usb import UsbHid
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.usbsim import device as simulated_device, faults
from tests.usbsim.faults import Action, Fault, Match
from tests.usbsim.hid import HidDevice
from tests.usbsim.pyusb_bus import PyusbBus
from tests.usbsim.usb import INTERRUPT_OUT, Endpoint, Hardware, Interface, Setup

FEATURE, INPUT = ReportKind.FEATURE, ReportKind.INPUT
DESCRIPTOR = faults.descriptor(0x22)
UPS = bytes.fromhex("05840904a1010924a102c0c0")
KEYBOARD = bytes.fromhex("05010906a1010507c0")


@pytest.fixture
def apc() -> HidDevice:
    """An APC Back-UPS."""
    device = make("apc")
    assert isinstance(device, HidDevice)
    return device


@pytest.fixture
def bus(apc: HidDevice, monkeypatch: pytest.MonkeyPatch) -> Generator[PyusbBus]:
    """A bus with it."""
    with simulated(monkeypatch, apc) as bus:
        yield bus


async def test_reports(bus: PyusbBus, apc: HidDevice) -> None:
    """Descriptor, report, write, string; the transcript holds them as set-up packets."""
    transcript = Transcript()
    async with hid(apc, transcript) as link:
        assert link.device.serial == "JB0319033542"
        assert await link.report_descriptor() == apc.report_descriptor
        report = await link.get_report(FEATURE, 0x0C, 4)
        assert report == apc.report(0x0C)
        await link.set_report(FEATURE, bytes((0x18, 3)))
        assert await link.get_report(FEATURE, 0x18, 2) == b"\x18\x03"
        assert await link.get_string(4) == "PbAc"
        assert await link.get_string(0) is None
        assert await link.get_string(99) is None
        with pytest.raises(Rejected):
            await link.get_report(FEATURE, 0xEE, 2)
        with pytest.raises(Rejected):
            await link.set_report(FEATURE, b"\xee\x01")
    said = {each.request: each.reply for each in transcript.exchanges}
    assert said[bytes.fromhex("a1010c0300000400")] == report
    assert said[bytes.fromhex("21091803000002001803")] == b"\x02\x00"
    assert said[bytes.fromhex("a101ee0300000200")] == b""
    assert bus.places[1].bound


async def test_reports_that_are_longer_than_declared(bus: PyusbBus, apc: HidDevice) -> None:
    """They are cut, and do not overflow (card usb-hid-power-device, section (8))."""
    apc.fault(Fault(action=Action.LONG, match=faults.get_report(0x0C), data=b"\1\2\3"))
    apc.fault(Fault(action=Action.LONG, match=faults.get_report(0x11), data=bytes(20)))
    async with hid(apc) as link:
        assert await link.get_report(FEATURE, 0x0C, 4) == apc.report(0x0C)
        assert await link.get_report(FEATURE, 0x11, 2) == apc.report(0x11)
    lengths = [each.setup.length for each in apc.log if each.setup and each.setup.low == 0x0C]
    assert lengths == [8]


async def test_short_reports(bus: PyusbBus, apc: HidDevice) -> None:
    """What came of it is what is returned."""
    apc.fault(Fault(action=Action.SHORT, match=faults.get_report(0x0C), length=2))
    async with hid(apc) as link:
        assert await link.get_report(FEATURE, 0x0C, 4) == apc.report(0x0C)[:2]


async def test_silence_and_faults_of_reports(bus: PyusbBus, apc: HidDevice) -> None:
    """A time-out is no reply; one report that fails is not the wire; a dead wire is."""
    async with hid(apc) as link:
        apc.fault(Fault(action=Action.NAK, match=faults.get_report(0x0C), count=1))
        with pytest.raises(NoReply):
            await link.get_report(FEATURE, 0x0C, 4)
        apc.fault(Fault(action=Action.ERROR, match=faults.get_report(0x0C), count=1))
        assert await link.get_report(FEATURE, 0x0C, 4) == apc.report(0x0C)
        apc.fault(Fault(action=Action.ERROR, match=faults.get_report(0x0C)))
        with pytest.raises(NoReply, match="at this report"):
            await link.get_report(FEATURE, 0x0C, 4)
        assert await link.get_report(FEATURE, 0x18, 2)
        apc.fault(Fault(action=Action.ERROR, match=Match(endpoint=0)))
        with pytest.raises(LinkLost):
            await link.get_report(FEATURE, 0x18, 2)
        apc.clear_faults()
        with pytest.raises(LinkLost):
            await link.get_report(FEATURE, 0x18, 2)


async def test_a_write_is_made_once(bus: PyusbBus, apc: HidDevice) -> None:
    """A wire that fails in the middle of an order must not give it twice."""
    apc.fault(Fault(action=Action.ERROR, match=faults.set_report(0x18), count=1))
    async with hid(apc) as link:
        with pytest.raises(LinkLost):
            await link.set_report(FEATURE, b"\x18\x03")
    assert len([each for each in apc.log if each.setup and each.setup.request == 9]) == 1


# report descriptors


def with_lengths(embedded: int | None, asked: int | None, **more: int) -> HidDevice:
    """Return a device whose HID descriptors say these lengths."""
    device = make("apc", **more)
    assert isinstance(device, HidDevice)
    interface = replace(device.hardware.interfaces[0], hid_length=embedded, asked_hid_length=asked)
    device.hardware = replace(device.hardware, interfaces=(interface,))
    return device


@pytest.mark.parametrize(
    ("embedded", "asked"), [(None, None), (20, None), (None, 20), (20, 700), (700, 20), (0, None)]
)
async def test_lengths_that_lie(
    embedded: int | None, asked: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The descriptor comes whole as long as one of the two lengths is long enough."""
    device = with_lengths(embedded, asked)
    if embedded == 20 and asked is None:
        # both say the same: what comes is all that can be had
        asked = 20
    with simulated(monkeypatch, device):
        async with hid(device) as link:
            descriptor = await link.report_descriptor()
    if (embedded, asked) == (20, 20):
        assert descriptor == device.report_descriptor[:20]
    else:
        assert descriptor == device.report_descriptor


async def test_the_eaton_with_another_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eaton's bcdDevice 0202 has its HID descriptors under index 1."""
    device = make("mge-ellipse") if "mge-ellipse" in _names() else make("mge")
    device.hardware = replace(device.hardware, vendor=0x0463, product=0xFFFF, release=0x0202)
    assert isinstance(device, HidDevice)
    with simulated(monkeypatch, device):
        async with hid(device) as link:
            assert await link.report_descriptor() == device.report_descriptor
    values = [each.setup.value for each in device.log if each.setup and each.setup.request == 6]
    assert {0x2101, 0x2201} <= set(values)


def _names() -> list[str]:
    from tests.usbsim import devices  # noqa: PLC0415

    return devices.names()


@pytest.mark.parametrize("action", [Action.SHORT, Action.NAK, Action.STALL, Action.REPLACE])
async def test_a_descriptor_is_read_once_more(
    action: Action, bus: PyusbBus, apc: HidDevice
) -> None:
    """One bad read costs nothing; two are an error, or all that there is."""
    fault = Fault(action=action, match=DESCRIPTOR, count=1, length=10, data=b"")
    apc.fault(fault)
    async with hid(apc) as link:
        assert await link.report_descriptor() == apc.report_descriptor
        apc.fault(replace(fault, count=2))
        if action is Action.SHORT:
            assert await link.report_descriptor() == apc.report_descriptor[:10]
        else:
            with pytest.raises((BadReply, NoReply)):
                await link.report_descriptor()


# interfaces


def composite(*interfaces: Interface) -> simulated_device.UsbDevice:
    """Return a device of several interfaces."""
    return simulated_device.UsbDevice(
        Hardware(vendor=0x4234, product=0x0002, interfaces=interfaces)
    )


def interface(number: int, descriptor: bytes | None) -> Interface:
    """Return a HID interface, or one of another kind."""
    return Interface(
        number=number,
        usb_class=0xFF if descriptor is None else 3,
        endpoints=(Endpoint(address=0x81 + number),),
        report_descriptor=descriptor,
    )


@pytest.mark.parametrize(
    ("descriptors", "claimed"),
    [
        ((UPS,), 0),
        ((None, UPS), 1),
        ((KEYBOARD, UPS), 1),
        ((UPS, KEYBOARD), 0),
        ((None, None, UPS), 2),
        ((KEYBOARD, KEYBOARD), 0),
        ((None,), 0),
    ],
)
async def test_the_interface_that_is_the_ups(
    descriptors: tuple[bytes | None, ...], claimed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that says so is claimed, and the others are as they were."""
    device = composite(*(interface(number, each) for number, each in enumerate(descriptors)))
    with simulated(monkeypatch, device) as bus:
        place = bus.places[1]
        async with hid(device):
            assert set(place.claims) == {claimed}
            assert place.bound == set(range(len(descriptors))) - {claimed}
        assert place.bound == set(range(len(descriptors)))


# pushes


async def listen(link: UsbHid) -> list[tuple[ReportKind, bytes]]:
    """Return what will be pushed."""
    heard: list[tuple[ReportKind, bytes]] = []
    await link.report_descriptor()
    link.on_report(lambda kind, report: heard.append((kind, report)))
    return heard


async def test_pushes(bus: PyusbBus, apc: HidDevice) -> None:
    """Input reports come as they are sent, beside transfers; the reader starts when wanted."""
    async with hid(apc) as link:
        await link.report_descriptor()
        assert not any("reader" in name for name in threads())
        heard = await listen(link)
        assert any("reader" in name for name in threads())
        begun = time.monotonic()
        apc.mains(False)
        await until(lambda: bool(heard))
        assert time.monotonic() - begun < 0.25
        assert heard[0][0] is INPUT
        assert await link.get_report(FEATURE, 0x0C, 4)
        gone = link.on_report(lambda kind, report: None)
        gone()
        count = len(heard)
        apc.mains(True)
        await until(lambda: len(heard) > count)


async def test_reports_of_several_packets(bus: PyusbBus, apc: HidDevice) -> None:
    """They are put together again; a fragment of none is dropped."""
    long = bytes.fromhex("05840904a10185077508951381 02c0".replace(" ", ""))
    apc.hardware = replace(
        apc.hardware, interfaces=(replace(apc.hardware.interfaces[0], report_descriptor=long),)
    )
    async with hid(apc) as link:
        heard = await listen(link)
        report = bytes((7, *range(19)))
        apc.push(b"\x99junk")
        apc.push(report)
        apc.push(b"\x07")
        apc.push(report)
        await until(lambda: len(heard) == 2)
        assert [each for _, each in heard] == [report, report]


async def test_a_device_without_report_ids(bus: PyusbBus, apc: HidDevice) -> None:
    """A 0 stands where the others have their id, and is not sent."""
    bare = bytes.fromhex("05840904a101750895028102c0")
    apc.hardware = replace(
        apc.hardware, interfaces=(replace(apc.hardware.interfaces[0], report_descriptor=bare),)
    )
    seen: list[tuple[Setup, bytes]] = []

    def request(setup: Setup, data: bytes) -> bytes:
        seen.append((setup, data))
        return b"\x0a\x0b" if setup.is_in else b""

    apc.class_request = request  # type: ignore[method-assign]
    async with hid(apc) as link:
        heard = await listen(link)
        apc.push(b"\x01\x02")
        await until(lambda: bool(heard))
        assert heard == [(INPUT, b"\0\x01\x02")]
        assert await link.get_report(FEATURE, 0, 3) == b"\0\x0a\x0b"
        await link.set_report(FEATURE, b"\0\x05")
    assert seen[-1][1] == b"\x05"


@pytest.mark.parametrize("action", [Action.ERROR, Action.STALL, Action.OVERFLOW])
async def test_a_pipe_of_no_use(
    action: Action, bus: PyusbBus, apc: HidDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After so many failures it is left alone; the rest goes on."""
    monkeypatch.setattr(usb_hid, "_READER_PAUSE", 0.01)
    apc.fault(Fault(action=action, match=faults.pipe()))
    async with hid(apc) as link:
        await listen(link)
        await until(lambda: not any("reader" in name for name in threads()))
        assert await link.get_report(FEATURE, 0x0C, 4)


async def test_empty_reports(bus: PyusbBus, apc: HidDevice) -> None:
    """So it is with one that sends nothing that can be read."""
    async with hid(apc) as link:
        heard = await listen(link)
        for _ in range(usb_hid.READER_PATIENCE):
            apc.push(b"\0\0\0")
        await until(lambda: not any("reader" in name for name in threads()))
        assert heard == []


async def test_a_device_without_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """It never calls back, and no reader is started."""
    device = composite(Interface(endpoints=(), report_descriptor=UPS))
    with simulated(monkeypatch, device):
        async with hid(device) as link:
            await listen(link)
            assert not any("reader" in name for name in threads())


# ends


async def test_unplugged_when_idle(bus: PyusbBus, apc: HidDevice) -> None:
    """The reader sees it at once, and tells."""
    async with hid(apc) as link:
        await listen(link)
        lost = asyncio.Event()
        link.on_lost(lost.set)
        await asyncio.sleep(0.05)
        begun = time.monotonic()
        bus.unplug()
        async with asyncio.timeout(1):
            await lost.wait()
        assert time.monotonic() - begun < 0.5
        with pytest.raises(LinkLost, match="unplugged"):
            await link.get_report(FEATURE, 0x0C, 4)


async def test_unplugged_with_calls_waiting(bus: PyusbBus, apc: HidDevice) -> None:
    """All of them end, those in the queue too."""
    apc.fault(Fault(action=Action.NAK, match=faults.get_report()))
    async with hid(apc) as link:
        waits = [asyncio.ensure_future(link.get_report(FEATURE, 0x0C, 4)) for _ in range(5)]
        await asyncio.sleep(0.05)
        bus.unplug()
        async with asyncio.timeout(1):
            results = await asyncio.gather(*waits, return_exceptions=True)
        assert all(isinstance(each, LinkLost) for each in results)


async def test_cancelled_in_the_middle(bus: PyusbBus, apc: HidDevice) -> None:
    """Who is cancelled leaves the link usable."""
    apc.fault(Fault(action=Action.NAK, match=faults.get_report(), count=1))
    async with hid(apc) as link:
        wait = asyncio.ensure_future(link.get_report(FEATURE, 0x0C, 4))
        await asyncio.sleep(0.05)
        wait.cancel()
        assert await link.get_report(FEATURE, 0x0C, 4) == apc.report(0x0C)


async def test_cancelled_while_opening(bus: PyusbBus, apc: HidDevice) -> None:
    """Nothing stays open."""
    apc.fault(Fault(action=Action.NAK, match=faults.string(0)))

    async def open_it() -> None:
        async with hid(apc):
            pass

    task = asyncio.ensure_future(open_it())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not threads())
    apc.clear_faults()
    async with hid(apc):
        pass


async def test_a_transfer_that_never_ends(
    bus: PyusbBus, apc: HidDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No await hangs: the link is lost, and closing gives up on the thread."""
    monkeypatch.setattr(usb_link, "GUARD", 0.2)
    monkeypatch.setattr(usb_link, "CLOSE_TIMEOUT", 0.2)
    release = threading.Event()
    link_ended = False
    try:
        async with hid(apc) as link:
            monkeypatch.setattr(bus.backend, "ctrl_transfer", lambda *_: release.wait() and 0)
            with pytest.raises(LinkLost, match="does not end"):
                await link.get_report(FEATURE, 0x0C, 4)
            await link.close()
            link_ended = True
            release.set()
            await until(lambda: not threads())
    finally:
        release.set()
    assert link_ended


async def test_nothing_blocks_the_loop(bus: PyusbBus, apc: HidDevice) -> None:
    """The loop runs on while transfers wait."""
    apc.fault(Fault(action=Action.NAK, match=faults.get_report()))
    longest = 0.0
    async with hid(apc) as link:
        wait = asyncio.ensure_future(link.get_report(FEATURE, 0x0C, 4))
        while not wait.done():
            begun = time.monotonic()
            await asyncio.sleep(0.005)
            longest = max(longest, time.monotonic() - begun)
        with pytest.raises(NoReply):
            await wait
    assert longest < 0.1


# raw reports


async def test_pipes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Richcomm: 4 bytes by the control pipe, 6 of a packet of 8 back (card usb-other, H2)."""
    hardware = Hardware(
        vendor=0x0925,
        product=0x1234,
        interfaces=(Interface(endpoints=(Endpoint(), INTERRUPT_OUT), report_descriptor=UPS),),
    )
    device = simulated_device.UsbDevice(hardware)
    written: list[tuple[Setup, bytes]] = []

    def request(setup: Setup, data: bytes) -> bytes:
        written.append((setup, data))
        return b""

    device.class_request = request  # type: ignore[method-assign]
    with simulated(monkeypatch, device) as bus:
        async with pipe(device) as link:
            assert link.device.ids == "0925:1234"
            await link.write_report(bytes.fromhex("01000030"))
            setup, data = written[-1]
            assert (setup.request_type, setup.request, setup.value) == (0x21, 9, 0x0200)
            assert data == bytes.fromhex("01000030")
            device.push(bytes(range(8)))
            assert await link.read_report(6, timeout=1) == bytes(range(6))
            assert await link.read_report(6, timeout=0.05) is None
            await link.write_interrupt(b"\1" + bytes(7))
            assert device.log[-1].data == b"\1" + bytes(7)
            for action in (Action.STALL, Action.OVERFLOW):
                device.fault(Fault(action=action, match=faults.pipe(), count=1))
                assert await link.read_report(6, timeout=0.3) is None
            device.fault(Fault(action=Action.STALL, match=faults.pipe(0x02), count=1))
            with pytest.raises(NoReply):
                await link.write_interrupt(b"\1")
            wait = asyncio.ensure_future(link.read_report(6, timeout=20))
            await asyncio.sleep(0.05)
            bus.unplug()
            async with asyncio.timeout(1):
                with pytest.raises(LinkLost):
                    await wait


async def test_tripplite_is_written_feature_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Card usb-other, H1: setup 21 09 00 03 00 00 08 00."""
    device = make("tripplite-3003")
    with simulated(monkeypatch, device):
        async with pipe(device) as link:
            await link.write_report(bytes.fromhex("3a00ff0d00000000"))
            reply = await link.read_report(8, timeout=1)
    setup = next(each.setup for each in device.log if each.setup and each.setup.request == 9)
    assert (setup.value, setup.length) == (0x0300, 8)
    assert reply is not None
    assert reply[:3] == b"\0\x30\x03"
