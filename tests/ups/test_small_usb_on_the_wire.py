"""The small USB devices over pyusb, simulated as the card has them, and read by NUT beside us."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress

import pytest
import pytest_socket

from .usb_bus import make, pipe, simulated, until, url_of
from custom_components.ups_protocols.ups.catalog import AnyDriver, protocol
from custom_components.ups_protocols.ups.errors import BadReply, NoReply, Rejected
from custom_components.ups_protocols.ups.model import Snapshot, StatusFlag
from custom_components.ups_protocols.ups.names import parse
from custom_components.ups_protocols.ups.protocols import atcl, richcomm
from custom_components.ups_protocols.ups.session import Intervals, Session
from custom_components.ups_protocols.ups.usb_ids import rows_for
from tests.usbsim import faults, nut
from tests.usbsim.device import UsbDevice
from tests.usbsim.faults import Action, Fault
from tests.usbsim.small import Atcl, SmallUps, TrippLite

F = StatusFlag
TRIPPLITE = tuple(f"tripplite-{each}" for each in ("0004", "1001", "2001", "3003", "3005", "3017"))
NAMES = (*TRIPPLITE, "richcomm", "atcl")


def protocol_of(name: str) -> str:
    return name.split("-", maxsplit=1)[0]


@asynccontextmanager
async def opened(name: str, device: UsbDevice) -> AsyncGenerator[AnyDriver]:
    """Open the device of a bus by the driver that its id stands for."""
    async with pipe(device) as link:
        assert protocol_of(name) in {row.protocol for row in rows_for(link.device)}
        driver = (await protocol(protocol_of(name)).driver())(link, {}, {})
        await driver.open()
        try:
            yield driver
        finally:
            await driver.close()


def hasty(name: str) -> UsbDevice:
    """Return a device; an ATCL says its state more often than each second."""
    device = make(name)
    if isinstance(device, Atcl):
        device.every = 0.2
    return device


def writes(device: UsbDevice) -> list[tuple[int, bytes]]:
    """Return what was written to the device: wValue of the SET_REPORT and its bytes."""
    return [
        (each.setup.value, each.data)
        for each in device.log
        if each.setup and (each.setup.request_type, each.setup.request) == (0x21, 9)
    ]


def agrees(snapshot: Snapshot, device: SmallUps) -> list[str]:
    """Return where the state of the device and what we read differ."""
    shown = {
        "input.voltage": "mains_voltage",
        "battery.voltage": "battery_voltage",
        "ups.load": "load",
    }
    return [
        f"{name} is {snapshot.variables[name]}, not {device.get(part)}"
        for name, part in shown.items()
        if name in snapshot.variables
        and abs(float(snapshot.variables[name]) - float(device.get(part))) > 1
    ]


@pytest.mark.parametrize("name", NAMES)
async def test_device(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each device is read right, with mains and without, and nothing is written but queries."""
    device = make(name)
    assert isinstance(device, SmallUps)
    with simulated(monkeypatch, device):
        async with opened(name, device) as driver:
            snapshot = await driver.read()
            assert snapshot.status.flags == {F.ON_LINE}
            assert agrees(snapshot, device) == []
            assert all(parse(variable) for variable in snapshot.variables)
            device.mains(False)
            if name == "atcl":
                # the report that was on its way is older than the change
                await driver.read_status()
            assert F.ON_BATTERY in (await driver.read_status()).flags
            device.mains(True)
        value, allowed = {
            "tripplite": (0x0300, {bytes([each]) for each in b"\0FPUVSDBLMT"}),
            "richcomm": (0x0200, {b"\0"}),
            "atcl": (0, set[bytes]()),
        }[protocol_of(name)]
        assert {written for written, _ in writes(device)} <= {value}
        assert {data[1:2] for _, data in writes(device)} <= allowed
        assert {len(data) for _, data in writes(device)} <= {4 if name == "richcomm" else 8}


@pytest.mark.parametrize("name", ["tripplite-3003", "tripplite-3005"])
async def test_outlets(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The relays move, "off" too, which NUT cannot say to 3005."""
    device = make(name)
    assert isinstance(device, TrippLite)
    with simulated(monkeypatch, device):
        async with opened(name, device) as driver:
            await driver.run("outlet.1.load.off")
            assert device.relays == {1: False}
            await driver.run("outlet.1.load.on")
            assert device.relays == {1: True}
            await driver.run("load.off")
            assert device.relays == {0: False, 1: True}
            assert await driver.write("ups.id", "77") == "77"
            assert device.unit == 77


@pytest.mark.parametrize("name", ["tripplite-2001", "tripplite-3005", "richcomm", "atcl"])
async def test_shutdown(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A UPS on battery goes off."""
    device = make(name)
    assert isinstance(device, SmallUps)
    monkeypatch.setattr(richcomm, "SHUTDOWN_PAUSE", 0.05)
    with simulated(monkeypatch, device):
        async with opened(name, device) as driver:
            device.mains(False)
            command = "shutdown.stayoff" if name == "atcl" else "shutdown.return"
            before = device.get("output")
            await driver.run(command)
            await asyncio.sleep(0.05)
            assert device.get("output") != before
            if isinstance(device, TrippLite):
                assert device.delay == 64


@pytest.mark.parametrize("name", ["tripplite-3003", "richcomm", "atcl"])
async def test_faults(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stalls, silence, cut and long replies end in an UpsError or in the truth."""
    device = hasty(name)
    monkeypatch.setattr(atcl, "REPORT_TIMEOUT", 0.6)
    with simulated(monkeypatch, device):
        async with opened(name, device) as driver:
            for action in (Action.STALL, Action.NAK, Action.SHORT, Action.OVERFLOW):
                device.fault(Fault(action=action, match=faults.pipe(0x81), count=1))
                with suppress(NoReply, BadReply, Rejected):
                    assert (await driver.read_status()).flags == {F.ON_LINE}
                device.faults.clear()
                assert (await driver.read_status()).flags == {F.ON_LINE}


@pytest.mark.parametrize("name", ["tripplite-3017", "richcomm", "atcl"])
async def test_session(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power loss is seen, and so are an unplug and a replug."""
    device = hasty(name)
    with simulated(monkeypatch, device) as bus:
        session = Session(
            url_of(device),
            protocol(protocol_of(name)),
            intervals=Intervals(status=0.3, full=5),
        )
        session.start()
        try:
            assert (await session.ready()).status.flags == {F.ON_LINE}

            def mains() -> bool | None:
                return session.snapshot.status.mains if session.snapshot else None

            assert isinstance(device, SmallUps)
            device.mains(False)
            await until(lambda: mains() is False)
            device.mains(True)
            await until(lambda: mains() is True)
            bus.unplug(1)
            await until(lambda: not session.available, timeout=3)
            bus.plug(device, 2)
            await until(lambda: session.available, timeout=12)
        finally:
            await session.close()


# NUT beside us

_OLD_CLASS = "NUT 2.8.0 takes the digit 2 for 230 V in every form; the card, and 60 Hz, say 120 V"
_BLOCK = "NUT shows one block of 12 V, we the whole battery, as its nominal voltage is"
_FIXED = "NUT has a text of its own, we show the device's"
_BY_CLASS = dict.fromkeys(
    ("input.voltage", "input.voltage.nominal", "input.voltage.minimum", "input.voltage.maximum"),
    _OLD_CLASS,
)
DIFFERENCES: Mapping[str, Mapping[str, str]] = {
    "tripplite-0004": _BY_CLASS,
    "tripplite-1001": {"battery.voltage": _BLOCK},
    "tripplite-2001": {"battery.voltage": _BLOCK},
    "tripplite-3003": _BY_CLASS,
    # real units send the class as a byte, which NUT knows
    "tripplite-3005": _BY_CLASS,
    "richcomm": dict.fromkeys(("ups.mfr", "ups.model", "device.mfr", "device.model"), _FIXED),
}
# our names of what NUT calls otherwise
_MODEL = {"ups.mfr": "device.mfr", "ups.model": "device.model"}
TOLERANCE = 0.02


@pytest.fixture
def unix_sockets(socket_enabled: None) -> None:
    """Open the Unix sockets that Home Assistant's test plugin shuts."""
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)


async def read_by_nut(name: str) -> Mapping[str, str]:
    """Return NUT's variables, once it has seen a power loss too."""
    async with nut.reading(name) as peer:
        theirs = dict((await peer.dump()).variables)
        await asyncio.to_thread(peer.remote.mains, False)
        await until_token(peer, "OB")
        return theirs


@pytest.mark.usefixtures("unix_sockets")
async def test_nut_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """NUT's variables and ours agree."""
    names = [name for name in NAMES if nut.missing(name) is None]
    if not names:
        pytest.skip(str(nut.missing("richcomm")))
    read = await asyncio.gather(*map(read_by_nut, names))
    found = []
    for name, theirs in zip(names, read, strict=True):
        device = hasty(name)
        with simulated(monkeypatch, device):
            async with opened(name, device) as driver:
                snapshot = await driver.read()
        ours = snapshot.variables
        shared = {
            variable: (text, ours[our])
            for variable, text in theirs.items()
            if (our := _MODEL.get(variable, variable)) in ours
        }
        flags = {str(flag.value) for flag in snapshot.status.flags}
        shared["ups.status"] = theirs["ups.status"], " ".join(sorted(flags))
        differing = {variable for variable, values in shared.items() if not same(*values)}
        # a difference that is listed and is none any more is out of date
        if differing != DIFFERENCES.get(name, {}).keys():
            found.append((name, {variable: shared[variable] for variable in differing}))
        if name in TRIPPLITE:
            assert {"battery.voltage", "input.voltage", "ups.power.nominal"} <= shared.keys()
    assert found == []


async def until_token(peer: nut.Peer, token: str) -> None:
    async with asyncio.timeout(20):
        while token not in (await peer.dump()).variables["ups.status"].split():
            await asyncio.sleep(0.2)


def same(theirs: str, ours: float | str) -> bool:
    """Tell whether two values mean the same: words, or numbers within rounding."""
    words = {"yes": "1", "no": "0"}
    if isinstance(ours, str):
        # NUT puts an F before the firmware, and a dot for what it cannot print
        return theirs.removeprefix("F").replace(".", " ").strip().casefold() == words.get(
            ours, ours.casefold()
        )
    return abs(float(theirs) - ours) <= max(TOLERANCE * abs(ours), 1)
