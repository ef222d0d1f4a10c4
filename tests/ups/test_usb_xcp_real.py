"""XCP over USB on real libusb, whose /sys and /dev umockdev's preload library emulates.

The file runs itself once more in a child under the preload library.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager

import pytest

from .test_usb_real import handles
from .test_usb_xcp import ASK_ID, ASK_STATUS, STATUS, ask, is_sound
from .usb_bus import threads, until
from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.detect import detect
from custom_components.ups_protocols.ups.errors import LinkLost, NoReply
from custom_components.ups_protocols.ups.links.base import Exactly, LinkKind, Silence
from custom_components.ups_protocols.ups.links.open import list_usb, open_link
from custom_components.ups_protocols.ups.links.usb import UsbXcp
from custom_components.ups_protocols.ups.session import Intervals, Session
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.usbsim import preload
from tests.usbsim.remote import Remote

outside = pytest.mark.skipif(preload.is_active(), reason="for the parent process")
inside = pytest.mark.skipif(not preload.is_active(), reason="for the child process")

POWERWARE, PHOENIXTEC, T500, T750 = (
    *("usb:0592:0002", "usb:06da:0002"),
    *("usb:03f0:1f01", "usb:03f0:1f02"),
)
PORTS = {POWERWARE: 1, PHOENIXTEC: 2, T500: 3, T750: 4}


@outside
@pytest.mark.skipif(preload.missing() is not None, reason=str(preload.missing()))
@pytest.mark.timeout(320)
def test_on_real_libusb() -> None:
    """Everything below, in a child."""
    preload.rerun(__file__)


@pytest.fixture(scope="module")
def remote() -> Generator[Remote]:
    """The simulator, with one device of each id."""
    devices = ("xcp-powerware", "xcp-phoenixtec", "xcp-hp-t500", "xcp-hp-t750")
    with Remote(*devices, here=True) as remote:
        yield remote


@pytest.fixture(autouse=True)
def clean(request: pytest.FixtureRequest) -> Generator[None]:
    """Have no faults left, and no threads."""
    if not preload.is_active():
        yield
        return
    remote: Remote = request.getfixturevalue("remote")
    yield
    for port in PORTS.values():
        remote.clear(port)
    assert not threads()


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[UsbXcp]:
    link = await open_link(url, LinkKind.BYTE_LINE, transcript=Transcript())
    assert isinstance(link, UsbXcp)
    try:
        yield link
    finally:
        await link.close()


@inside
async def test_list(remote: Remote) -> None:
    """They are found by their ids, and not one is written to."""
    found = {each.url: each for each in await list_usb()}
    assert found.keys() == PORTS.keys()
    assert all(each.hindrance is None for each in found.values())
    assert all(each.is_power_device is None for each in found.values())
    for port in PORTS.values():
        assert not [each for each in remote.log(port) if each.data]


@inside
@pytest.mark.parametrize("url", PORTS)
async def test_frames(url: str, remote: Remote) -> None:
    """Short and long responses, many times."""
    async with opened(url) as link:
        for _ in range(20):
            status = await ask(link, ASK_STATUS, 9)
            assert status.startswith(bytes.fromhex("AB03048150"))
            assert is_sound(status)
        async with link.exclusive():
            await link.write(ASK_ID)
            identity = await link.read(Silence(gap=0.4), timeout=2)
        assert identity.startswith(b"\xab\x01")
        assert len(identity) > 100


@inside
async def test_faults(remote: Remote) -> None:
    """STALL, overflow and wire faults of the pipe; a write that is not taken."""
    async with opened(T750) as link:
        for words in ("stall in=0x81 count=2", "overflow in=0x81 count=1", "error in=0x81 count=1"):
            remote.fault(words, 4)
            # a transfer that waits already is not struck
            await asyncio.sleep(0.6)
            assert await ask(link, ASK_STATUS, 9) == STATUS
        for words in ("stall any count=1", "error any count=1"):
            remote.fault(words, 4)
            with pytest.raises(NoReply):
                await link.write(ASK_STATUS)
            assert await ask(link, ASK_STATUS, 9) == STATUS


@inside
async def test_unasked_and_unplugged(remote: Remote) -> None:
    """A frame that comes by itself is heard at once, and so is the end."""
    async with opened(T750) as link:
        heard: list[bytes] = []
        link.on_unsolicited(heard.append)
        assert await ask(link, ASK_STATUS, 9) == STATUS
        remote.push(STATUS, port=4)
        await until(lambda: b"".join(heard) == STATUS)
        lost = asyncio.Event()
        link.on_lost(lost.set)
        reading = asyncio.ensure_future(link.read(Exactly(9), timeout=20))
        await asyncio.sleep(0.1)
        remote.unplug(4)
        async with asyncio.timeout(1):
            await lost.wait()
        with pytest.raises(LinkLost):
            await reading
    remote.replug(4, 7)
    async with opened(T750) as link:
        assert await ask(link, ASK_STATUS, 9) == STATUS
    remote.unplug(7)
    remote.replug(7, 4)


@inside
async def test_session(remote: Remote) -> None:
    """The mains go and come; the plug is pulled and put elsewhere: nothing is left behind."""
    xcp = protocol("xcp")
    assert await detect(POWERWARE) is xcp
    session = Session(
        POWERWARE, xcp, options={"auth_pause": 0.25}, intervals=Intervals(status=0.2, full=30)
    )
    session.start()

    def mains() -> bool | None:
        return session.snapshot.status.mains if session.snapshot else None

    try:
        assert len((await session.ready()).variables) > 60
        files = handles()
        remote.mains(False)
        await until(lambda: mains() is False)
        remote.mains(True)
        await until(lambda: mains() is True)
        for here, there in ((1, 5), (5, 6), (6, 1)):
            remote.unplug(here)
            await until(lambda: not session.available)
            remote.replug(here, there)
            await until(lambda: session.available, timeout=20)
        assert handles() == files
    finally:
        await session.close()
    assert handles() == files - 1
