"""NUT's USB drivers and we read and order the same simulated devices: both must agree.

NUT is Debian's (2.8.0). Everything in which it differs from us stands in one table,
`usb_differences.DIFFERENCES`, with its reason; a difference that is not there fails, and so does a
row that nothing hits any more. One device of each kind is visited here; `USBSIM_NUT=all` visits
every one.
"""

import asyncio
from collections.abc import Mapping
import json
import os
from pathlib import Path
import time

import pytest

from . import usb_differences
from .nut import find
from .serial import in_a_thread
from .usb import Visit, visit
from .usb_reader import reader
from tests.usbsim import devices, nut
from tests.usbsim.remote import Remote

pytestmark = [
    pytest.mark.skipif(nut.missing("apc") is not None, reason=str(nut.missing("apc"))),
    pytest.mark.timeout(1800),
]
# A device, and the driver where it is not the usual one.
type Peer = tuple[str, str | None]

ALL = os.environ.get("USBSIM_NUT") == "all"
AT_ONCE = 8
_BLAZER = "blazer_usb"
PEERS: tuple[Peer, ...] = (
    *((name, None) for name in devices.names()),
    *((name, _BLAZER) for name in ("cypress", "phoenix", "ippon", "krauler")),
)
# one of each vendor's table, of each driver and of each way to carry Megatec
SAMPLE = (
    *("apc", "cyberpower", "eaton", "mge-ellipse", "tripplite-3024", "belkin", "liebert"),
    *("powercom-bnt", "ever", "recorded-eaton-3s-700", "cypress", "krauler", "tripplite-3003"),
    *("richcomm", "xcp-powerware", "xcp-hp-t500", "xcp-hp-t750"),
)


def _id(peer: Peer) -> str:
    return "-".join(part for part in peer if part)


VISITED = tuple(
    peer
    for peer in PEERS
    if ALL or (peer[0] in SAMPLE and (peer[1] is None or peer[0] == "cypress"))
)


def missing(peer: Peer) -> str | None:
    """Return why NUT cannot read a device, None when it can be tried."""
    name, driver = peer
    if driver and find(driver) is None:
        return f"NUT's {driver} is not installed (Debian: nut-server)"
    return nut.missing(name)


@pytest.fixture(scope="module")
def visits() -> Mapping[Peer, Visit | Exception]:
    """Visit many devices at once: most of the time is waiting."""
    present = [peer for peer in VISITED if missing(peer) is None]

    async def one(peer: Peer, turns: asyncio.Semaphore) -> Visit | Exception:
        async with turns:
            try:
                return await visit(*peer, usb_differences.agree)
            except* (RuntimeError, OSError, KeyError, ValueError) as errors:
                failure: Exception = errors
        return failure

    async def everyone() -> list[Visit | Exception]:
        turns = asyncio.Semaphore(AT_ONCE)
        return await asyncio.gather(*(one(peer, turns) for peer in present))

    return dict(zip(present, in_a_thread(everyone), strict=True))


@pytest.mark.parametrize("peer", VISITED, ids=_id)
def test_device(peer: Peer, visits: Mapping[Peer, Visit | Exception]) -> None:
    """What NUT's driver and we say of a device, and to it, differs only where it is known to."""
    if reason := missing(peer):
        pytest.skip(reason)
    found = visits[peer]
    if isinstance(found, Exception):
        raise found
    assert {"on line", "on battery"} <= found.theirs.reports.keys()
    unknown = filter(usb_differences.unknown, usb_differences.differences(found))
    assert list(map(str, unknown)) == []


def test_no_known_difference_is_stale(visits: Mapping[Peer, Visit | Exception]) -> None:
    """Each row of the table is still true of something."""
    present = [each for each in visits.values() if isinstance(each, Visit)]
    names = {each.device for each in present if ALL or each.driver != _BLAZER}
    seen = [found for each in present for found in usb_differences.differences(each)]
    stale = [
        known
        for known in usb_differences.DIFFERENCES
        # of a sample only those can be told that are about nothing else
        if (ALL or (known.devices and names >= set(known.devices) and not known.drivers))
        and not any(known.covers(found) for found in seen)
    ]
    assert stale == []


# the captures of real devices

FIXTURES = Path(__file__).parents[1] / "fixtures" / "usbhid"
CAPTURES = {
    "recorded-apc-back-ups-500": "apc-back-ups-500",
    "recorded-cyberpower-cp1500": "cyberpower-cp1500avrlcda",
    "recorded-eaton-3s-700": "eaton-3s-700",
}


@pytest.mark.parametrize("name", [name for name, _ in VISITED if name in CAPTURES])
def test_capture(name: str, visits: Mapping[Peer, Visit | Exception]) -> None:
    """What the owner's NUT printed of the real device is what we read of its capture."""
    found = visits[name, None]
    assert isinstance(found, Visit)
    expected = json.loads((FIXTURES / f"{CAPTURES[name]}.json").read_text())["expected"]
    report = found.ours.reports["on line"]
    printed = {"variables": {**expected}}
    unknown = [
        each
        for each in usb_differences.in_state(name, "owner", "on line", report, printed)
        if usb_differences.unknown(each)
    ]
    assert list(map(str, unknown)) == []


# pushes

PUSHERS = ("apc", "eaton", "belkin", "tripplite-3024", "powercom-bnt")


@pytest.mark.parametrize("name", PUSHERS)
def test_push(name: str) -> None:
    """Mains that go and come again are known at once, unasked; NUT sees the same."""
    if reason := nut.missing(name):
        pytest.skip(reason)

    async def push() -> None:
        hardware = devices.make(name).hardware
        url = f"usb:{hardware.vendor:04x}:{hardware.product:04x}"
        remote = await asyncio.to_thread(Remote, name)
        ours, theirs = [], []
        try:
            async with reader(remote.client_environment(), url) as client:
                await client.ask("open")
                for on, flag in ((False, "OB"), (True, "OL")):
                    await asyncio.to_thread(remote.mains, on)
                    begun = time.monotonic()
                    while flag not in (flags := (await client.ask("flags"))["flags"]):
                        assert time.monotonic() - begun < 10
                        await asyncio.sleep(0.01)
                    ours.append(set(flags) & {"OL", "OB"})
                await client.ask("close")
            async with nut.reading(name, remote=remote, pollfreq="600") as peer:
                for on, flag in ((False, "OB"), (True, "OL")):
                    await asyncio.to_thread(remote.mains, on)
                    async with asyncio.timeout(20):
                        while flag not in (flags := await _status(peer)):
                            await asyncio.sleep(0.1)
                    theirs.append(flags & {"OL", "OB"})
        finally:
            await asyncio.to_thread(remote.close)
        assert ours == theirs

    in_a_thread(push)


async def _status(peer: nut.Peer) -> set[str]:
    return set((await peer.dump()).variables["ups.status"].split())
