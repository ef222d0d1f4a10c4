"""The XCP driver over USB: read, ordered, set, lost and found; who is who on 06da:0002."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
import importlib

import pytest

from .test_usb_xcp import ASK_STATUS, AUTHORISE, MUTE, device_of
from .usb_bus import make, simulated, threads, until, url_of
from custom_components.ups_protocols.ups.catalog import AnyDriver, protocol
from custom_components.ups_protocols.ups.detect import detect
from custom_components.ups_protocols.ups.errors import NoReply
from custom_components.ups_protocols.ups.links.base import LinkKind
from custom_components.ups_protocols.ups.links.open import open_link
from custom_components.ups_protocols.ups.model import Result, Snapshot, StatusFlag
from custom_components.ups_protocols.ups.session import Intervals, Session
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.usbsim.bridges import Bridge
from tests.usbsim.device import UsbDevice
from tests.usbsim.faults import Action, Fault, Match, pipe
from tests.usbsim.xcp import XcpDevice

F = StatusFlag
XCP, HID, MEGATEC = (protocol(each) for each in ("xcp", "usb-hid-power-device", "megatec"))
NAMES = ("xcp-powerware", "xcp-phoenixtec", "xcp-hp-t500", "xcp-hp-t750")
# our name → the simulator's
SHOWN = {
    "input.voltage": "input_voltage",
    "input.frequency": "input_frequency",
    "battery.voltage": "battery_voltage",
    "battery.charge": "charge",
    "ups.load": "load",
    "output.voltage": "output_voltage",
}

# what asks with FF or 0, and else sets
_ASKING = {0x95, 0x9A, 0xB2}
# requests, requested-only mode, authorisation
_HARMLESS = {*range(0x31, 0x50), 0xA0, 0xCF, *_ASKING}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait no longer than the simulated units want."""
    package = "custom_components.ups_protocols.ups.protocols"
    monkeypatch.setattr(
        importlib.import_module(f"{package}.xcp.talk"), "_PAUSE_WITHOUT_SPEED", 0.25
    )
    monkeypatch.setattr(importlib.import_module(f"{package}.megatec.driver"), "_SLOWEST", 0.1)


@asynccontextmanager
async def opened(device: UsbDevice) -> AsyncGenerator[AnyDriver]:
    link = await open_link(url_of(device), LinkKind.BYTE_LINE, transcript=Transcript())
    driver = (await XCP.driver())(link, {}, {})
    try:
        await driver.open()
        yield driver
    finally:
        await driver.close()
        await link.close()
        assert not threads()


def written(device: UsbDevice) -> list[bytes]:
    """Return the frames that the device was sent."""
    return [each.data for each in device.log if each.what == "control" and each.data]


def differing(snapshot: Snapshot, device: XcpDevice) -> list[str]:
    return [
        f"{name} is {snapshot.variables[name]}, not {device.get(part)}"
        for name, part in SHOWN.items()
        if name in snapshot.variables
        and abs(float(snapshot.variables[name]) - float(device.get(part))) > 1
    ]


@pytest.mark.parametrize("name", NAMES)
async def test_everything_is_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With mains and without, and not an order is given by it."""
    device = device_of(name)
    with simulated(monkeypatch, device):
        async with opened(device) as driver:
            snapshot = await driver.read()
            assert snapshot.status.flags == {F.ON_LINE}
            assert differing(snapshot, device) == []
            assert {"input.voltage", "battery.charge", "ups.load"} <= snapshot.variables.keys()
            assert len(snapshot.variables) > 35
            device.mains(False)
            snapshot = await driver.read()
            assert F.ON_BATTERY in snapshot.status.flags
            assert differing(snapshot, device) == []
        # requests, and the modes with their authorisation
        assert {frame[2] for frame in written(device) if frame[2] > 0x5F} <= {
            0xA0,
            0xCF,
            0x95,
            0x9A,
            0xB2,
        }
        for frame in written(device):
            # those that change something only ask what there is
            assert frame[2] not in {0x95, 0x9A, 0xB2} or frame[3] in {0x00, 0xFF}


async def test_an_order_and_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each goes out behind its own authorisation, once."""
    device = device_of("xcp-hp-t750")
    with simulated(monkeypatch, device):
        async with opened(device) as driver:
            device.log.clear()
            outcome = await driver.run("beeper.mute")
            assert outcome.result is Result.CONFIRMED
            assert written(device) == [AUTHORISE, MUTE]
            await driver.run("outlet.2.load.off")
            assert (await driver.read()).variables["outlet.2.status"] == "off"
            assert await driver.write("input.transfer.delay", 33) == 33
            assert (await driver.read()).variables["input.transfer.delay"] == 33


@pytest.mark.parametrize("action", [Action.STALL, Action.NAK, Action.ERROR])
async def test_an_order_that_the_device_does_not_take(
    action: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not confirmed, and never said twice; the driver lives on."""
    device = device_of("xcp-hp-t750")
    monkeypatch.setattr("custom_components.ups_protocols.ups.links.usb_xcp.WRITE_TIMEOUT", 0.2)
    with simulated(monkeypatch, device):
        async with opened(device) as driver:
            device.log.clear()
            device.fault(
                Fault(action=action, match=Match(endpoint=0, request=0x0D), skip=1, count=1)
            )
            with pytest.raises(NoReply):
                await driver.run("load.off")
            assert [frame[2] for frame in written(device)] == [0xCF, 0x8B]
            assert device.get("output_on") is True
            device.clear_faults()
            assert (await driver.read_status()).flags == {F.ON_LINE}


async def test_faults_of_the_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty reads, pieces and passing faults change nothing that is shown."""
    device = device_of("xcp-powerware")
    device.empty, device.piece = 2, 5
    with simulated(monkeypatch, device):
        async with opened(device) as driver:
            before = (await driver.read()).variables
            for action in (Action.STALL, Action.ERROR, Action.OVERFLOW):
                device.fault(Fault(action=action, match=pipe(0x81), count=2))
                assert (await driver.read_status()).flags == {F.ON_LINE}
            after = (await driver.read()).variables
            assert after.keys() == before.keys()


async def test_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """A power loss is seen, and so are an unplug and a replug into another port."""
    device = device_of("xcp-phoenixtec")
    with simulated(monkeypatch, device) as bus:
        session = Session(url_of(device), XCP, intervals=Intervals(status=0.3, full=30))
        session.start()
        try:
            assert (await session.ready()).status.flags == {F.ON_LINE}

            def mains() -> bool | None:
                return session.snapshot.status.mains if session.snapshot else None

            device.mains(False)
            await until(lambda: mains() is False)
            device.mains(True)
            await until(lambda: mains() is True)
            for port in (1, 2, 1):
                bus.unplug(port)
                await until(lambda: not session.available)
                bus.plug(device, 3 - port)
                await until(lambda: session.available, timeout=20)
        finally:
            await session.close()
    assert not threads()


async def test_another_unit_at_the_same_plug(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not taken for the one that was there."""
    device = device_of("xcp-hp-t500")
    other = device_of("xcp-hp-t500")
    other.ups.set("serial", "XX999Z0001")
    with simulated(monkeypatch, device) as bus:
        session = Session(url_of(device), XCP, intervals=Intervals(status=0.3, full=30))
        session.start()
        try:
            await session.ready()
            bus.unplug(1)
            await until(lambda: not session.available)
            bus.plug(other, 1)
            await until(
                lambda: session.error is not None and session.error.kind == "NotThisUps", 20
            )
            assert not session.available
        finally:
            await session.close()


# who is who


def at_shared_id(device: UsbDevice, *texts: str) -> UsbDevice:
    """Give a device the id that three protocols share, and other texts."""
    strings = dict(device.hardware.strings)
    if texts:
        strings |= dict(enumerate(texts, 1))
    device.hardware = replace(device.hardware, vendor=0x06DA, product=0x0002, strings=strings)
    return device


MASTERGUARD = ("Phoenixtec Power", "USB Cable (V2.00)")


@pytest.mark.parametrize(
    ("name", "texts", "found"),
    [
        ("xcp-phoenixtec", (), "xcp"),
        # Megatec is tried first, in the same transfers
        ("xcp-phoenixtec", MASTERGUARD, "xcp"),
        ("apc", (), "usb-hid-power-device"),
        ("eaton", (), "usb-hid-power-device"),
        ("cypress-phoenixtec", (), "megatec"),
        ("phoenixtec-q1", (), "megatec"),
    ],
)
async def test_a_shared_id(
    name: str, texts: tuple[str, ...], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who answers is taken, and nobody is sent what could be an order to him."""
    device = at_shared_id(make(name), *texts)
    with simulated(monkeypatch, device):
        assert (await detect("usb:06da:0002")).id == found
    assert not threads()
    sent = [each for each in device.log if each.what == "control" and each.data and each.setup]
    ways = {(each.setup.request_type, each.setup.request) for each in sent if each.setup}
    match found:
        case "xcp":
            # the line of a Megatec UPS ends with a CR: there is none in what an XCP probe says
            frames = [each.data for each in sent if each.data[:1] == b"\xab"]
            assert not any(b"\r" in frame for frame in frames)
            assert isinstance(device, XcpDevice)
            assert {request[0] for request in device.ups.received} <= _HARMLESS
        case "usb-hid-power-device":
            # no report is set, and no vendor request made
            assert ways == set()
        case _:
            assert isinstance(device, Bridge)
            assert (0x42, 0x0D) not in ways or (texts == () and name == "phoenixtec-q1")
            assert not [each for each in sent if each.data[:1] == b"\xab"]


async def test_xcp_and_megatec_on_one_kind_of_cable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Megatec UPS in the same transfers ignores what XCP says, and answers afterwards."""
    device = make("phoenixtec-q1", dialect="megatec")
    assert isinstance(device, Bridge)
    with simulated(monkeypatch, device):
        link = await open_link("usb:06da:0002", LinkKind.BYTE_LINE, transcript=Transcript())
        driver = (await XCP.driver())(link, {}, {})
        with pytest.raises(NoReply):
            await driver.open()
        await link.close()
        assert device.ups.received == []
        assert (await detect("usb:06da:0002")).id == "megatec"


async def test_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that takes all and answers nothing is no XCP unit."""
    device = device_of("xcp-hp-t500")
    device.ups.faults.silence = True
    with simulated(monkeypatch, device):
        with pytest.raises(NoReply):
            await detect(url_of(device))
        device.ups.faults.clear()
        assert await detect(url_of(device)) is XCP
        assert ASK_STATUS not in written(device)
