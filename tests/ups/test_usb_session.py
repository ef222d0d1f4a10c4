"""Sessions, detection and the command line with USB devices: unplugged, replugged, told apart."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
import gc
import importlib
import threading
import time
from typing import Any, override

import pytest

from .usb_bus import make, simulated, threads, until, url_of
from custom_components.ups_protocols.ups import catalog, cli, detect as detection
from custom_components.ups_protocols.ups.catalog import AnyDriver, ProtocolInfo, protocol
from custom_components.ups_protocols.ups.detect import detect
from custom_components.ups_protocols.ups.driver import Driver
from custom_components.ups_protocols.ups.errors import (
    LinkLost,
    NoReply,
    NoSuchPort,
    Unsupported,
    UpsError,
)
from custom_components.ups_protocols.ups.links.base import (
    HidDevice as HidLink,
    LinkKind,
    ReportKind,
)
from custom_components.ups_protocols.ups.model import (
    Identity,
    Push,
    Reread,
    Snapshot,
    Status,
    StatusFlag,
    Tier,
)
from custom_components.ups_protocols.ups.session import AVAILABLE, Intervals, Session, Update
from tests.usbsim import device as simulated_device, faults
from tests.usbsim.bridges import Bridge
from tests.usbsim.faults import Action, Fault
from tests.usbsim.usb import Hardware

MEGATEC = protocol("megatec")
MEGATEC_PACKAGE = "custom_components.ups_protocols.ups.protocols.megatec"


class HidDriver(Driver[HidLink]):
    """The least that a driver of a HID device does: a report is its status."""

    @override
    async def open(self) -> Identity:
        await self.link.report_descriptor()
        await self.read_status()
        return Identity(model=self.link.device.product, serial=self.link.device.serial)

    @override
    async def read_status(self) -> Status:
        report = await self.link.get_report(ReportKind.FEATURE, 0x16, 3)
        on_line = int.from_bytes(report[1:], "little") & 4
        return Status(flags=frozenset({StatusFlag.ON_LINE if on_line else StatusFlag.ON_BATTERY}))

    @override
    async def read(self) -> Snapshot:
        return Snapshot(status=await self.read_status())

    @override
    def on_push(self, callback: Any) -> Any:
        def heard(kind: ReportKind, report: bytes) -> None:
            push: Push = Reread(Tier.STATUS)
            callback(push)

        return self.link.on_report(heard)


class HidInfo(ProtocolInfo):
    """The row of that driver."""

    @override
    async def driver(self) -> type[AnyDriver]:
        return HidDriver


def row(kind: type[ProtocolInfo] = HidInfo, **changes: Any) -> ProtocolInfo:
    """Return a catalog row for a driver of a HID device."""
    values = {name: getattr(MEGATEC, name) for name in MEGATEC.__dataclass_fields__}
    changed = {"id": "usb-hid-power-device", "link": LinkKind.HID_DEVICE, "checked": True}
    return kind(**{**values, **changed, "options": (), "line": None, **changes})


HID = row()


@asynccontextmanager
async def running(
    url: str, info: ProtocolInfo, *, status: float = 2, **options: str
) -> AsyncGenerator[Session]:
    """Run a session."""
    session = Session(url, info, options=options, intervals=Intervals(status=status, full=30))
    session.start()
    try:
        await session.ready()
        yield session
    finally:
        await session.close()
        assert not [name for name in threads() if name.startswith(url)]


async def test_a_bridge_that_would_leave_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its restart delay, which fuji cuts off, a Best UPS would not come back."""
    with simulated(monkeypatch, make("fuji", dialect="bestups")) as bus:
        async with running(url_of(bus[1]), MEGATEC, dialect="bestups") as session:
            assert "test.battery.start.quick" in session.capabilities.commands
            assert "shutdown.return" not in session.capabilities.commands


@pytest.mark.parametrize("name", ["cypress", "krauler", "fuji", "ablerex", "phoenixtec", "omron"])
async def test_megatec_over_usb(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver finds its dialect over a bridge, and offers what the bridge can say."""
    dialect = {"omron": "omron"}.get(name)
    with simulated(monkeypatch, make(name)) as bus:
        options: dict[str, Any] = {"dialect": dialect} if dialect else {}
        async with running(url_of(bus[1]), MEGATEC, **options) as session:
            assert session.snapshot is not None
            assert session.snapshot.status.mains is True
            commands = session.capabilities.commands
            assert ("load.off" in commands) is (name in {"cypress", "ablerex"})
            assert ("shutdown.return" in commands) is (name != "krauler")
            device = bus[1]
            assert isinstance(device, Bridge)
            device.mains(False)
            await until(lambda: session.snapshot.status.mains is False)  # type: ignore[union-attr]


async def test_the_user_names_the_bridge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gtec has the id of others."""
    with simulated(monkeypatch, make("gtec")) as bus:
        async with running("usb:0665:5161", MEGATEC, bridge="gtec") as session:
            assert session.snapshot is not None
        assert bus.places[1].bound
    with pytest.raises(Unsupported, match="bridge"):
        Session("usb:0665:5161", MEGATEC, options={"bridge": "nonsense"})


def hear(session: Session) -> list[tuple[float, bool]]:
    """Return the times at which the UPS will have gone and come."""
    heard: list[tuple[float, bool]] = []

    def listen(update: Update) -> None:
        if AVAILABLE in update.changed:
            heard.append((time.monotonic(), session.available))

    session.subscribe(listen)
    return heard


@pytest.mark.parametrize(("name", "info"), [("cypress", MEGATEC), ("apc", HID)])
async def test_unplug_and_replug(
    name: str, info: ProtocolInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gone within 2 s, back within 3 s, in the same port and in another."""
    with simulated(monkeypatch, make(name)) as bus:
        async with running(url_of(bus[1]), info) as session:
            heard = hear(session)
            port = 1
            for to in (1, 3):
                begun = time.monotonic()
                bus.unplug(port)
                await until(lambda: not session.available)
                # the reader sees it, the line when it is asked next
                assert heard[-1][0] - begun < (0.5 if name == "apc" else 2.2)
                assert isinstance(session.error, LinkLost)
                await asyncio.sleep(1.3)
                begun = time.monotonic()
                bus.replug(port, to)
                port = to
                await until(lambda: session.available)
                assert heard[-1][0] - begun < 3


@pytest.mark.parametrize(("name", "info"), [("krauler", MEGATEC), ("apc", HID)])
async def test_a_hundred_times(
    name: str,
    info: ProtocolInfo,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No thread, handle or task is left, and none is there beside those of the open link."""
    monkeypatch.setattr(
        "custom_components.ups_protocols.ups.session.reopening_interval", lambda url: 0.01
    )
    # pytest keeps the records of the log, those the errors, and those their frames
    monkeypatch.setattr("custom_components.ups_protocols.ups.session._LOGGER.disabled", True)
    with simulated(monkeypatch, make(name)) as bus:
        async with running(url_of(bus[1]), info, status=0.05) as session:
            tasks = len(asyncio.all_tasks())
            names = threads()
            everyone = threading.active_count()
            place = bus.places[1]
            for number in range(100):
                port = 1 + number % 3
                bus.unplug(port)
                await until(lambda: not session.available)
                bus.replug(port, 1 + (number + 1) % 3)
                await until(lambda: session.available)
            assert len(asyncio.all_tasks()) <= tasks + 1
            assert len(threads()) == len(names)
            assert threading.active_count() <= everyone + 1
            assert not place.claims or place.gone
            gc.collect()
            handles = [each for each in gc.get_objects() if type(each).__name__ == "_Handle"]
            assert len(handles) < 5
        assert all(not each.claims and each.bound for each in bus.places.values())
    assert not threads()


async def test_two_units_do_not_swap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each session keeps to its place while both are pulled and put back."""
    one, other = make("krauler", load=11.0), make("krauler", load=66.0)
    with simulated(monkeypatch, one, other) as bus:
        async with (
            running("usb:0001:0000@1-1", MEGATEC, status=0.1) as first,
            running("usb:0001:0000@1-2", MEGATEC, status=0.1) as second,
        ):
            for _ in range(2):
                bus.unplug(1)
                bus.unplug(2)
                await until(lambda: not first.available and not second.available)
                bus.replug(2)
                bus.replug(1)
                await until(lambda: first.available and second.available)
                for session, load in ((first, 11), (second, 66)):
                    assert session.snapshot is not None
                    assert session.snapshot.variables["ups.load"] == load


async def test_silence_backs_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A UPS that is there and silent is not asked each second for ever."""
    pauses: list[float] = []
    with simulated(monkeypatch, make("krauler")) as bus:
        bus[1].fault(Fault(action=Action.STALL, match=faults.string(3)))
        session = Session("usb:0001:0000", MEGATEC, options={"dialect": "q1"})

        class Clock:
            def now(self) -> float:
                return 0

            async def wait(self, event: asyncio.Event, until: float) -> None:
                pauses.append(until)
                if len(pauses) == 3:
                    bus.unplug()
                await asyncio.sleep(0)

        session._clock = Clock()
        session.start()
        await until(lambda: len(pauses) >= 6)
        await session.close()
    assert pauses[:6] == [1, 2, 4, 1, 1, 1]
    assert not threads()


# detection


async def test_detect(monkeypatch: pytest.MonkeyPatch) -> None:
    """By ids and texts, if it answers."""
    with simulated(monkeypatch, make("krauler")) as bus:
        assert await detect("usb:0001:0000") is MEGATEC
        bus[1].fault(Fault(action=Action.STALL, match=faults.string(3)))
        with pytest.raises(NoReply):
            await detect("usb:0001:0000")
        bus.unplug()
        with pytest.raises(NoSuchPort):
            await detect("usb:0001:0000")
    assert not threads()


async def test_known_but_not_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the device and its protocol."""
    hardware = Hardware(vendor=0x4234, product=0x0001, strings={1: "AMETEK", 2: "GTS"}, serial=0)
    stranger = Hardware(vendor=0x046D, product=0xC31C)
    with simulated(
        monkeypatch,
        simulated_device.UsbDevice(hardware),
        simulated_device.UsbDevice(stranger),
    ):
        with pytest.raises(Unsupported, match=r"AMETEK GTS speaks cuspp"):
            await detect("usb:4234:0001")
        monkeypatch.setattr(detection, "PROTOCOLS", (MEGATEC,))
        with pytest.raises(Unsupported, match="usb-hid-power-device"):
            await detect("usb:046d:c31c")
    with pytest.raises(NoSuchPort):
        await detect("bluetooth:1")


async def test_unknown_ids_with_a_ups(monkeypatch: pytest.MonkeyPatch) -> None:
    """They speak the HID Power Device class."""
    device = make("apc")
    device.hardware = replace(device.hardware, vendor=0x1234, product=0x5678)
    with simulated(monkeypatch, device):
        monkeypatch.setattr(detection, "PROTOCOLS", (MEGATEC, HID))
        assert await detect("usb:1234:5678") is HID


class Contact(HidDriver):
    """A driver that is happy with any device."""

    @override
    async def open(self) -> Identity:
        return Identity()


class Richcomm(ProtocolInfo):
    """The row of that driver."""

    @override
    async def driver(self) -> type[AnyDriver]:
        return Contact


@pytest.mark.parametrize("answers", [True, False])
async def test_shared_ids(answers: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """0925:1234: Megatec behind an armac bridge, else the dry contact of Richcomm."""
    richcomm = row(Richcomm, id="richcomm", link=LinkKind.REPORT_PIPE)
    device = make("armac")
    assert isinstance(device, Bridge)
    device.ups.faults.silence = not answers
    driver = importlib.import_module(f"{MEGATEC_PACKAGE}.driver")
    monkeypatch.setattr(driver, "_SLOWEST", 0.1)
    with simulated(monkeypatch, device):
        monkeypatch.setattr(detection, "PROTOCOLS", (richcomm, MEGATEC))
        assert (await detect("usb:0925:1234")).id == ("megatec" if answers else "richcomm")
        if answers:
            return
        monkeypatch.setattr(detection, "PROTOCOLS", (MEGATEC,))
        with pytest.raises(NoReply):
            await detect("usb:0925:1234")


# the command line


def run(*arguments: str) -> int:
    """Run the command line in a thread: it has a loop of its own."""
    return cli.main(arguments)


async def test_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lists, detects, reads."""
    loop = asyncio.get_running_loop()

    async def said(*arguments: str) -> tuple[int, str, str]:
        code = await loop.run_in_executor(None, run, *arguments)
        out = capsys.readouterr()
        return code, out.out, out.err

    with simulated(monkeypatch) as bus:
        code, out, err = await said("detect")
        assert (code, out) == (1, "")
        assert "NoSuchPort" in err
        bus.plug(make("krauler"), 1)
        bus.plug(make("cypress"), 2)
        bus.plug(simulated_device.UsbDevice(Hardware(vendor=0x4234, product=0x0001, serial=0)), 3)
        bus.denied.add(2)
        code, out, err = await said("detect")
        assert code == 0
        krauler, cypress, cuspp = (each.split("\t") for each in out.splitlines())
        assert krauler == ["megatec", "usb:0001:0000", "KEBO UPS-650D"]
        assert cypress[:2] == ["megatec", "usb:0665:5161"]
        assert cypress[3].startswith("NoPermission: ")
        assert cuspp == [
            *("cuspp", "usb:4234:0001", "Powervar GTS", "its protocol is not supported yet")
        ]
        code, out, err = await said("detect", "usb:0001:0000")
        assert (code, out) == (0, "megatec\tUPS MAKER SIM-1000\n")
        code, out, err = await said("read", "usb:0001:0000")
        assert code == 0
        assert "input.voltage: 230" in out
        code, out, err = await said("read", "usb:0001:0000", "--option", "bridge=none")
        assert (code, err[:12]) == (1, "Unsupported:")
        code, out, err = await said("read", "usb:9999:0000")
        assert code == 1
        assert err.startswith("NoSuchPort: ")


def test_rows_of_the_catalog() -> None:
    """Every protocol that USB ids name is known by an id that a row may have."""
    assert catalog.protocol("megatec").link is LinkKind.QUERY_LINE
    assert issubclass(LinkLost, UpsError)
