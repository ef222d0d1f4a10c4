"""The USB links on real libusb, whose /sys and /dev umockdev's preload library emulates.

The file runs itself once more in a child under the preload library.
"""

import asyncio
from collections.abc import Generator
import gc
from pathlib import Path
import subprocess
import sys
import threading
import time

import pytest

from .test_usb_session import HID, hear
from .usb_bus import threads, until
from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.errors import LinkLost, NoReply, Rejected
from custom_components.ups_protocols.ups.links.base import LinkKind, ReportKind, Until
from custom_components.ups_protocols.ups.links.open import list_usb, open_link
from custom_components.ups_protocols.ups.links.usb import UsbHid, UsbLine
from custom_components.ups_protocols.ups.session import Intervals, Session
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.usbsim import preload
from tests.usbsim.remote import Remote

outside = pytest.mark.skipif(preload.is_active(), reason="for the parent process")
inside = pytest.mark.skipif(not preload.is_active(), reason="for the child process")
Q1 = b"Q1\r"


@outside
@pytest.mark.skipif(preload.missing() is not None, reason=str(preload.missing()))
@pytest.mark.timeout(320)
def test_on_real_libusb() -> None:
    """Everything below, in a child."""
    preload.rerun(__file__)


@outside
@pytest.mark.skipif(preload.missing() is not None, reason=str(preload.missing()))
def test_command_line() -> None:
    """`ups detect` and `ups read` as people run them."""
    with Remote("cypress", "apc") as remote:

        def ups(*arguments: str) -> str:
            ended = subprocess.run(
                [sys.executable, "scripts/ups.py", *arguments],
                cwd=preload.ROOT,
                env=remote.client_environment(),
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            return ended.stdout + ended.stderr

        cypress, apc = (each.split("\t") for each in ups("detect").splitlines())
        assert cypress == ["megatec", "usb:0665:5161", "INNO TECH USB to Serial"]
        assert apc[:2] == ["usb-hid-power-device", "usb:051d:0002:JB0319033542"]
        assert "input.voltage: 230" in ups("read", "usb:0665:5161")


@pytest.fixture(scope="module")
def remote() -> Generator[Remote]:
    """The simulator: a bridge, a HID device, a bridge that reads strings."""
    with Remote("cypress", "apc", "hunnox", here=True) as remote:
        yield remote


@pytest.fixture(autouse=True)
def clean(request: pytest.FixtureRequest) -> Generator[None]:
    """Have no faults left, and no threads."""
    if not preload.is_active():
        yield
        return
    remote: Remote = request.getfixturevalue("remote")
    yield
    for port in (1, 2, 3):
        remote.clear(port)
    assert not threads()


async def open_hid() -> UsbHid:
    """Open the HID device."""
    link = await open_link("usb:051d:0002", LinkKind.HID_DEVICE, transcript=Transcript())
    assert isinstance(link, UsbHid)
    return link


async def open_line(url: str = "usb:0665:5161") -> UsbLine:
    """Open a bridge."""
    link = await open_link(url, LinkKind.QUERY_LINE, transcript=Transcript())
    assert isinstance(link, UsbLine)
    return link


@inside
async def test_list(remote: Remote) -> None:
    """The texts come from sysfs; nothing is asked of the devices."""
    found = {each.device.ids: each for each in await list_usb()}
    assert found["051d:0002"].url == "usb:051d:0002:JB0319033542"
    assert found["0001:0000"].device.product == "MEC0003"
    assert all(each.hindrance is None for each in found.values())
    assert not [each for each in remote.log(3) if each.what == "control"]


@inside
async def test_bridges(remote: Remote) -> None:
    """Queries over both kinds of bridges; two programs cannot have one device."""
    for url in ("usb:0665:5161", "usb:0001:0000"):
        line = await open_line(url)
        for _ in range(3):
            reply = await line.query(Q1, reply=Until(b"\r"), timeout=1)
            assert reply is not None
            assert len(reply) == 47
        in_use = {each.url: each.hindrance for each in await list_usb()}
        assert in_use[url] is not None
        await line.close()


@inside
async def test_faults(remote: Remote) -> None:
    """STALL, time-out, overflow and wire faults as libusb reports them."""
    line = await open_line()
    await line.query(Q1, reply=Until(b"\r"), timeout=1)
    for words in ("stall in=0x81 count=1", "overflow in=0x81 count=1", "nak in=0x81"):
        remote.fault(words)
        assert await line.query(Q1, reply=Until(b"\r"), timeout=0.3) is None
        remote.clear()
        assert await line.query(Q1, reply=Until(b"\r"), timeout=1) is not None
    await line.close()
    hid = await open_hid()
    assert await hid.report_descriptor()
    remote.fault("stall get_report=0x0c count=1", 2)
    with pytest.raises(Rejected):
        await hid.get_report(ReportKind.FEATURE, 0x0C, 4)
    remote.fault("long get_report=0x0c data=ffff count=1", 2)
    assert await hid.get_report(ReportKind.FEATURE, 0x0C, 4) == remote.report(0x0C, port=2)
    remote.fault("error get_report=0x0c", 2)
    with pytest.raises(NoReply, match="at this report"):
        await hid.get_report(ReportKind.FEATURE, 0x0C, 4)
    await hid.close()


@inside
async def test_pushes_and_unplug(remote: Remote) -> None:
    """A report wakes us at once; so does the end."""
    hid = await open_hid()
    await hid.report_descriptor()
    heard: list[float] = []
    hid.on_report(lambda kind, report: heard.append(time.monotonic()))
    await asyncio.sleep(0.1)
    begun = time.monotonic()
    remote.mains(False, 2)
    await until(lambda: bool(heard))
    assert heard[0] - begun < 0.25
    remote.mains(True, 2)
    lost = asyncio.Event()
    hid.on_lost(lost.set)
    begun = time.monotonic()
    remote.unplug(2)
    async with asyncio.timeout(1):
        await lost.wait()
    with pytest.raises(LinkLost):
        await hid.get_report(ReportKind.FEATURE, 0x0C, 4)
    await hid.close()
    remote.replug(2)


@inside
async def test_unplugged_while_waiting(remote: Remote) -> None:
    """A query that waits ends with the plug."""
    line = await open_line()
    await line.query(Q1, reply=Until(b"\r"), timeout=1)
    remote.fault("nak in=0x81")
    wait = asyncio.ensure_future(line.query(Q1, reply=Until(b"\r"), timeout=20))
    await asyncio.sleep(0.3)
    remote.unplug()
    begun = time.monotonic()
    with pytest.raises(LinkLost):
        await wait
    assert time.monotonic() - begun < 1
    await line.close()
    remote.replug()


def handles() -> int:
    """Return how many files of USB devices are open."""
    count = 0
    for link in Path("/proc/self/fd").iterdir():
        try:
            count += "/dev/bus/usb" in str(link.readlink())
        except OSError:
            continue
    return count


@inside
@pytest.mark.parametrize("kind", ["line", "hid"])
@pytest.mark.timeout(280)
async def test_a_hundred_times(kind: str, remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unplugged and replugged, in this port and others: nothing is left behind."""
    monkeypatch.setattr(
        "custom_components.ups_protocols.ups.session.reopening_interval", lambda url: 0.02
    )
    is_hid = kind == "hid"
    url, info = (
        ("usb:051d:0002:JB0319033542", HID) if is_hid else ("usb:0001:0000", protocol("megatec"))
    )
    session = Session(url, info, intervals=Intervals(status=0.1, full=30))
    session.start()
    await session.ready()
    heard = hear(session)
    files, count, tasks = handles(), threading.active_count(), len(asyncio.all_tasks())
    ports = [2, 5, 6] if is_hid else [3, 7, 8]
    gone = back = 0.0
    for number in range(100):
        here, there = ports[number % 3], ports[(number + 1) % 3]
        begun = time.monotonic()
        remote.unplug(here)
        await until(lambda: not session.available)
        gone = max(gone, heard[-1][0] - begun)
        begun = time.monotonic()
        remote.replug(here, there)
        await until(lambda: session.available)
        back = max(back, heard[-1][0] - begun)
    gc.collect()
    assert handles() == files
    assert threading.active_count() <= count + 1
    assert len(asyncio.all_tasks()) <= tasks + 1
    await session.close()
    assert handles() == files - 1
    print(f"{kind}: gone within {gone:.3f} s, back within {back:.3f} s")
    assert gone < 2
    assert back < 3
    remote.unplug(ports[100 % 3])
    remote.replug(ports[100 % 3], ports[0])


@inside
async def test_back_within_three_seconds(remote: Remote) -> None:
    """With the interval that users have."""
    session = Session("usb:0665:5161", protocol("megatec"), intervals=Intervals(status=2, full=30))
    session.start()
    await session.ready()
    heard = hear(session)
    begun = time.monotonic()
    remote.unplug()
    await until(lambda: not session.available)
    assert heard[-1][0] - begun < 2.3
    await asyncio.sleep(1.4)
    begun = time.monotonic()
    remote.replug(1, 4)
    await until(lambda: session.available)
    assert heard[-1][0] - begun < 3
    await session.close()
    remote.unplug(4)
    remote.replug(4, 1)
