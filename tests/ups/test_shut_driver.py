"""The SHUT driver: MGE's tables over a serial line, what it remembers, and how little it asks."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
import json
import random
from typing import Any

import pytest

from .power_device_link import SimulatedLink
from .shut_bench import SHUT, be_impatient, open_shut, running
from custom_components.ups_protocols.ups.driver import Memory
from custom_components.ups_protocols.ups.errors import (
    LinkLost,
    NoReply,
    Rejected,
    Unsupported,
    UpsError,
)
from custom_components.ups_protocols.ups.links.base import ReportKind, UsbDevice
from custom_components.ups_protocols.ups.model import (
    Danger,
    Flags,
    Identity,
    Push,
    Reread,
    Result,
    StatusFlag,
    Tier,
    Values,
)
from custom_components.ups_protocols.ups.names import parse, parse_command
from custom_components.ups_protocols.ups.protocols.shut import driver as ShutDriver
from custom_components.ups_protocols.ups.session import AVAILABLE, Session, Update
from tests.simulators.clock import Clock
from tests.simulators.shut import DIALECTS, ShutUps, make_ups
from tests.simulators.shut.models import MODELS
from tests.simulators.wires import PtyWire, TcpWire, Wire

OL, OB, LB = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY, StatusFlag.LOW_BATTERY
FEATURE = ReportKind.FEATURE
# the first bytes of requests
_READ, _WRITE = b"\xa1\x01", b"\x21\x09"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less."""
    be_impatient(monkeypatch)


async def until(condition: Callable[[], bool], timeout: float = 10) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def opened(
    name: str = "ellipse", memory: Memory | None = None, **state: Any
) -> AsyncGenerator[tuple[ShutUps, ShutDriver, Identity]]:
    """Yield a unit, its open driver and who it is."""
    ups = make_ups(name, clock=Clock.stopped(), **state)
    async with PtyWire(ups) as wire, driving(wire, memory) as (driver, identity):
        yield ups, driver, identity


@asynccontextmanager
async def driving(
    wire: Wire, memory: Memory | None = None
) -> AsyncGenerator[tuple[ShutDriver, Identity]]:
    """Open link and driver on a wire."""
    link = await open_shut(wire)
    driver = ShutDriver(link, {}, {} if memory is None else memory)
    try:
        yield driver, await driver.open()
    finally:
        await driver.close()
        await link.close()


def flags(session: Session) -> frozenset[StatusFlag]:
    """Return the flags that are published now."""
    return session.snapshot.status.flags if session.snapshot else frozenset()


def asked(ups: ShutUps) -> list[int]:
    """Return the ids of the reports that were asked for."""
    return [each[2] for each in ups.received if each.startswith(_READ)]


def written(ups: ShutUps) -> list[str]:
    """Return what was written, in hex."""
    return [each[8:].hex() for each in ups.received if each.startswith(_WRITE)]


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize("name", DIALECTS)
async def test_every_unit(name: str) -> None:
    """Who it is and what it tells, under standard names; opening and polling write nothing."""
    async with opened(name) as (ups, driver, identity):
        assert identity.manufacturer
        assert identity.model
        first = await driver.read()
        assert OL in first.status.flags
        assert OB not in first.status.flags
        assert first.status.mains is True
        again = await driver.read()
        assert dict(again.variables) == dict(first.variables)
        assert [each for each in first.variables if parse(each) is None] == []
        assert [each for each in driver.commands if parse_command(each) is None] == []
        assert first.variables["battery.charge"] == pytest.approx(ups.hid.power.charge, abs=1)
        assert await driver.read_status() == again.status
        assert written(ups) == []
        assert not {254, 255} & set(asked(ups))


async def test_the_documents_example() -> None:
    """51029473ZA, sections 4 and 5: reports 2, 12, 14, 15, 17 and 22 of an Ellipse."""
    async with opened() as (ups, driver, identity):
        assert identity == Identity(manufacturer="MGE", model="ELLIPSE 800", serial="1H3K01001")
        ups.fix("22", "16640807")
        ups.fix("14", "0ee62a")
        variables = (await driver.read(), await driver.read())[1].variables
        assert variables["battery.charge"] == 100
        # the document writes 07 08 and says 1800: the low byte is the first (card shut, 3.8)
        assert variables["battery.runtime"] == 1800
        assert variables["output.voltage"] == 230
        assert variables["ups.load"] == 42
        assert variables["battery.charge.low"] == 20
        assert variables["ups.delay.shutdown"] == 20
        for report, shown in (
            ("022100", {OL}),
            ("022400", {OB, StatusFlag.DISCHARGING}),
            ("022c00", {OB, StatusFlag.DISCHARGING, LB}),
            ("021000", {OB, StatusFlag.REPLACE_BATTERY, StatusFlag.OFF}),
            ("02a100", {OL, StatusFlag.OVERLOADED}),
        ):
            ups.fix("2", report)
            assert (await driver.read_status()).flags == shown
        ups.fix("2", "022101")
        alarms = (await driver.read_status()).alarms
        assert [each.text for each in alarms] == ["Internal UPS fault!"]


async def test_texts_that_the_device_does_not_name() -> None:
    """Those of PowerSummary stand in (card shut, 3.3)."""
    async with opened("nameless") as (_, driver, identity):
        assert driver.link.device.ids == "0001:ffff"
        assert identity.manufacturer == "MGE UPS SYSTEMS"
        assert identity.model == "Evolution 2200"
        assert identity.serial == "1H3K01004"


async def test_other_makers_ids_mean_nothing() -> None:
    """Over SHUT only MGE's table speaks: 03f0:0001 is a Tripp Lite on USB."""
    link = SimulatedLink("eaton")
    link._device = UsbDevice(vendor_id=0x03F0, product_id=0x0001, product="R3000")
    driver = ShutDriver(link, {}, {})
    await driver.open()
    assert "ups.start.auto" in (await driver.read()).variables


# ---------------------------------------------------------------- how little is asked


async def test_a_status_read_is_two_reports() -> None:
    """That of the mains each time, the others in turn; all of them are looked at."""
    async with opened("evolution-500") as (ups, driver, _):
        everything: set[int] = set()
        for _ in range(8):
            ups.received.clear()
            await driver.read_status()
            assert len(asked(ups)) == 2
            assert 6 in asked(ups)
            everything |= set(asked(ups))
        assert everything == {6, 4, 11, 5, 3, 1}
    async with opened("ellipse") as (ups, driver, _):
        ups.received.clear()
        await driver.read_status()
        assert asked(ups) == [2]


async def test_what_is_looked_at_in_turn_is_not_forgotten() -> None:
    """A flag that stands in another report stays, and goes when that report says so."""
    async with opened("eaton") as (ups, driver, _):
        ups.set("load", 130.0)
        assert StatusFlag.OVERLOADED in (await driver.read_status()).flags
        ups.set("mains_voltage", 195.0)
        seen = [(await driver.read_status()).flags for _ in range(10)]
        assert any(StatusFlag.BOOSTING in each for each in seen)
        assert all(StatusFlag.OVERLOADED in each for each in seen)
        ups.set("mains_voltage", 230.0)
        seen = [(await driver.read_status()).flags for _ in range(10)]
        assert StatusFlag.BOOSTING not in seen[-1]


async def test_the_opening_is_not_read_twice() -> None:
    """Each report once at open; the first full read asks for the status alone."""
    async with opened("eaton-9px") as (ups, driver, _):
        assert len(asked(ups)) == len(set(asked(ups)))
        ups.received.clear()
        ups.mains(False)
        snapshot = await driver.read()
        assert OB in snapshot.status.flags
        assert set(asked(ups)) < {0x01, 0x02, 0x03, 0x20, 0x62, 0x63, 0x64, 0x12, 0x13, 0x14, 0x21}
        ups.received.clear()
        again = await driver.read()
        assert len(asked(ups)) > 15
        assert again.variables.keys() == snapshot.variables.keys()


async def test_the_descriptor_is_remembered() -> None:
    """Only the first start is long; the memory is JSON."""
    memory: Memory = {}
    ups = make_ups("evolution-1500")
    async with PtyWire(ups) as wire:
        async with driving(wire, memory) as (driver, identity):
            first = (await driver.read()).variables
        assert was_long(ups)
        memory = json.loads(json.dumps(memory))
        async with driving(wire, memory) as (driver, again):
            assert again == identity
            assert (await driver.read()).variables == first
        assert not was_long(ups)


def was_long(ups: ShutUps) -> bool:
    """Tell whether the report descriptor was read since the last time."""
    received, ups.received = ups.received, []
    return any(each[:2] == b"\x81\x06" and each[3] == 0x22 for each in received)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda known: {**known, "unit": "0463:ffff:0100:another"},
        lambda known: {**known, "data": "no base64!"},
        # of another length: new firmware
        lambda known: {**known, "data": "BYQJBKEB"},
        # as long, and nonsense
        lambda known: {**known, "data": "/////" + "/" * (len(known["data"]) - 6) + "="},
        lambda known: {"unit": known["unit"]},
        lambda known: "nonsense",
        lambda known: None,
    ],
)
async def test_a_memory_that_does_not_fit(spoil: Callable[[Any], Any]) -> None:
    """The unit's own descriptor is read again, and remembered."""
    memory: Memory = {}
    ups = make_ups("ellipse")
    async with PtyWire(ups) as wire:
        async with driving(wire, memory):
            right = memory["descriptor"]
        ups.received.clear()
        memory["descriptor"] = spoil(right)
        async with driving(wire, memory) as (driver, _):
            assert memory["descriptor"] == right
            assert (await driver.read()).status.flags == {OL}
    assert was_long(ups)


async def test_another_unit_on_the_line() -> None:
    """Its descriptor is its own."""
    memory: Memory = {}
    async with opened("ellipse", memory):
        pass
    async with opened("esprit", memory) as (ups, _, identity):
        assert was_long(ups)
        assert identity.model == "ESPRIT 3.1"


async def test_a_link_that_does_not_tell_the_length() -> None:
    """The descriptor is remembered all the same."""
    memory: Memory = {}
    for expected in (1, 0):
        link = SimulatedLink("mge-ellipse")
        read = 0

        async def report_descriptor(link: SimulatedLink = link) -> bytes:
            nonlocal read
            read += 1
            return link.descriptor

        link.report_descriptor = report_descriptor  # type: ignore[method-assign]
        await ShutDriver(link, {}, memory).open()
        assert read == expected


# ---------------------------------------------------------------- commands and settings


@pytest.mark.parametrize(
    ("name", "command", "parameters", "bytes_", "result"),
    [
        # section 5 and card shut, 3.6: DelayBeforeStartup of an Ellipse in tens of seconds
        ("ellipse", "load.off.delay", {"delay": 120}, ["0f780000"], Result.CONFIRMED),
        ("ellipse", "load.on.delay", {"delay": 30}, ["11030000"], Result.CONFIRMED),
        ("ellipse", "shutdown.return", {}, ["11030000", "0f140000"], Result.CONFIRMED),
        (
            "ellipse",
            "shutdown.return",
            {"delay": 60, "restart_delay": 95},
            ["110a0000", "0f3c0000"],
            Result.CONFIRMED,
        ),
        ("ellipse", "shutdown.stayoff", {"delay": 20}, ["11ffffff", "0f140000"], Result.CONFIRMED),
        ("ellipse", "shutdown.stop", {}, ["0fffffff"], Result.CONFIRMED),
        ("ellipse", "load.off", {}, ["0f000000"], Result.SENT),
        ("ellipse", "load.on", {}, ["11000000"], Result.SENT),
        # AutomaticRestart is on already, and a stored switch is not written in vain
        (
            "eaton",
            "shutdown.return",
            {"delay": 20},
            ["0d1e000000", "0c14000000"],
            Result.CONFIRMED,
        ),
        (
            "eaton",
            "shutdown.stayoff",
            {"delay": 20},
            ["1400", "0dffffffff", "0c14000000"],
            Result.CONFIRMED,
        ),
        ("eaton", "test.battery.start.quick", {}, ["2101"], Result.CONFIRMED),
        ("eaton", "test.battery.start.deep", {}, ["2102"], Result.CONFIRMED),
        ("eaton", "test.battery.stop", {}, ["2103"], Result.CONFIRMED),
        ("eaton", "beeper.disable", {}, ["0b01"], Result.CONFIRMED),
        ("eaton", "beeper.enable", {}, ["0b02"], Result.CONFIRMED),
        ("eaton", "beeper.mute", {}, ["0b03"], Result.CONFIRMED),
        ("eaton", "outlet.1.load.off", {}, ["4400000000"], Result.SENT),
        ("eaton", "outlet.2.load.on", {}, ["4900000000"], Result.SENT),
        ("eaton-9px", "bypass.start", {}, ["610100"], Result.SENT),
        ("eaton-9px", "bypass.stop", {}, ["610001"], Result.SENT),
        ("esprit", "shutdown.reboot", {}, ["3f0a0000"], Result.CONFIRMED),
    ],
)
async def test_commands(
    name: str,
    command: str,
    parameters: dict[str, float],
    bytes_: list[str],
    result: Result,
) -> None:
    """The right bytes, in the right order, and what came of it."""
    async with opened(name) as (ups, driver, _):
        ups.received.clear()
        outcome = await driver.run(command, **parameters)
        assert written(ups) == bytes_
        assert [each.hex() for each in outcome.requests] == bytes_
        assert outcome.result is result


async def test_a_rest_between_the_two_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """At least 125 ms between the start-up's and the shutdown's (card shut, 3.6)."""
    times: list[float] = []
    async with opened() as (ups, driver, _):
        obey = ups._obey

        def note(request: bytes) -> None:
            if request.startswith(_WRITE):
                times.append(asyncio.get_running_loop().time())
            obey(request)

        monkeypatch.setattr(ups, "_obey", note)
        await driver.run("shutdown.return")
    assert len(times) == 2
    assert times[1] - times[0] >= 0.125


async def test_dangers() -> None:
    """What a command may do to the load."""
    async with opened("eaton-9px") as (_, driver, _):
        assert driver.commands["load.off"].danger is Danger.CUTS_POWER
        assert driver.commands["bypass.start"].danger is Danger.UNPROTECTS
        assert driver.commands["test.battery.start.deep"].danger is Danger.USES_BATTERY
        assert driver.commands["shutdown.stop"].danger is Danger.HARMLESS


async def test_refused_and_unclear_commands() -> None:
    """NAK is a refusal; silence is told as what it is, and nothing is said twice."""
    async with opened() as (ups, driver, _):
        ups.trouble.nak_last = 3
        with pytest.raises(Rejected):
            await driver.run("load.off")
        assert written(ups) == []
        ups.trouble.done_unsaid = 1
        with pytest.raises(NoReply, match="may have obeyed"):
            await driver.run("load.off.delay", delay=600)
        assert written(ups) == ["0f580200"]
        # the sequence ends where it is not known how it stands
        ups.received.clear()
        ups.trouble.done_unsaid = 1
        with pytest.raises(NoReply):
            await driver.run("shutdown.return")
        assert written(ups) == ["11030000"]
        with pytest.raises(Unsupported):
            await driver.run("load.off.delay", delay=1e9)


@pytest.mark.parametrize(
    ("name", "setting", "value", "bytes_", "now"),
    [
        ("ellipse", "input.transfer.low", 190, "13be0801", 190),
        ("ellipse", "input.transfer.high", 270, "13b80e01", 270),
        ("ellipse", "output.voltage.nominal", "220", "12dc", 220),
        ("eaton", "battery.charge.low", 30, None, 30),
        ("eaton", "ups.start.auto", "no", "1400", "no"),
        ("eaton", "input.sensitivity", "high", "1301", "high"),
        ("eaton", "ups.test.interval", 86400, "2280510100", 86400),
        ("eaton-9px", "input.transfer.bypass.low", 180, "66b400", 180),
        ("eaton-9px", "outlet.1.delay.start", 10, None, 10),
    ],
)
async def test_settings(
    name: str, setting: str, value: float | str, bytes_: str | None, now: float | str
) -> None:
    """Written once, read back, and not written again where nothing differs."""
    async with opened(name) as (ups, driver, _):
        ups.received.clear()
        assert await driver.write(setting, value) == now
        assert len(written(ups)) == 1
        if bytes_ is not None:
            assert written(ups) == [bytes_]
        assert await driver.write(setting, value) == now
        assert len(written(ups)) == 1
        for _ in range(40):
            if (await driver.read()).variables[setting] == now:
                break
        else:
            pytest.fail("it is not shown")


async def test_settings_that_cannot_be() -> None:
    """Refused before anything is sent."""
    async with opened() as (ups, driver, _):
        ups.received.clear()
        for name, value in (("input.transfer.low", 1e6), ("battery.charge", 5), ("ups.load", 1)):
            with pytest.raises(Unsupported):
                await driver.write(name, value)
        assert ups.received == []
        assert await driver.write("ups.delay.shutdown", 300) == 300
        assert ups.received == []
        assert (await driver.run("load.off.delay")).parameters == {"delay": 300}


# ---------------------------------------------------------------- what the UPS tells by itself


async def test_mains_are_pushed() -> None:
    """The flags come with the notification: nothing was asked before they are published."""
    ups = make_ups("ellipse", clock=Clock.stopped())
    async with PtyWire(ups) as wire, running(wire, status=60) as session:
        for is_on, flag in ((False, OB), (True, OL)) * 3:
            heard: list[tuple[bool, int]] = []

            def listen(
                update: Update, flag: StatusFlag = flag, heard: list[tuple[bool, int]] = heard
            ) -> None:
                if flag in flags(session) and not heard:
                    heard.append((update.pushed, len(ups.received)))

            forget = session.subscribe(listen)
            ups.received.clear()
            ups.mains(is_on)
            await until(lambda: bool(heard))  # noqa: B023
            assert heard == [(True, 0)]
            forget()
            # a full read follows: what is pushed is not all that has changed
            await until(lambda: len(asked(ups)) >= 8)


@pytest.mark.parametrize("name", [name for name in DIALECTS if name != "eaton-3s-700"])
async def test_every_unit_pushes(name: str) -> None:
    """Its Input items have the layout of its descriptor; nobody asks for a minute."""
    ups = make_ups(name, clock=Clock.stopped())
    async with PtyWire(ups) as wire, running(wire, status=60) as session:
        ups.mains(False)
        await until(lambda: OB in flags(session))
        assert session.snapshot is not None
        assert session.snapshot.status.mains is False
        ups.mains(True)
        await until(lambda: OL in flags(session))


async def test_a_battery_test_is_no_power_failure() -> None:
    """A test that is begun at the front panel: OB is never told without TEST."""
    ups = make_ups("eaton", clock=Clock.stopped())
    async with PtyWire(ups) as wire, running(wire, status=60) as session:
        seen: list[frozenset[StatusFlag]] = []
        session.subscribe(lambda update: seen.append(flags(session)))
        with ups.hid.lock:
            ups.hid.ups.test(1)
            ups.hid.changed()
        await until(lambda: StatusFlag.TESTING in flags(session))
        await asyncio.sleep(0.2)
        assert [each for each in seen if OB in each and StatusFlag.TESTING not in each] == []
        assert session.snapshot is not None
        assert session.snapshot.status.mains is True


async def test_reports_without_input_items() -> None:
    """A notification that only a Feature has the layout of is read as that."""
    link = SimulatedLink("eaton")
    driver = ShutDriver(link, {}, {})
    await driver.open()
    await driver.read()
    pushes: list[Push] = []
    driver.on_push(pushes.append)
    # report 10 has a Feature only
    link.push(b"\x0a\x37")
    assert [each.values for each in pushes if isinstance(each, Values)] == [{"ups.load": 55.0}]
    # the status report has both
    link.sim.mains(on=False)
    pushes.clear()
    link.push_now()
    assert OB in next(each for each in pushes if isinstance(each, Flags)).set
    # what fits neither says nothing but that something happened
    pushes.clear()
    link.push(b"\x01\x01")
    assert pushes == [Reread(Tier.STATUS)]
    pushes.clear()
    link.push(b"\x77\x01")
    link.push(b"")
    assert pushes == []


async def test_what_is_told_during_a_long_read_counts() -> None:
    """A full read takes seconds: what it read before a notification is older than that."""
    link = SimulatedLink("eaton")
    driver = ShutDriver(link, {}, {})
    await driver.open()
    await driver.read()
    pushes: list[Push] = []
    driver.on_push(pushes.append)
    get_report = link.get_report

    async def slowly(kind: ReportKind, report_id: int, length: int) -> bytes:
        if report_id == 0x11:
            # long after the status was read
            link.sim.mains(on=False)
            link.push_now()
        return await get_report(kind, report_id, length)

    link.get_report = slowly  # type: ignore[method-assign]
    snapshot = await driver.read()
    assert OB in snapshot.status.flags
    link.get_report = get_report  # type: ignore[method-assign]
    pushes.clear()
    link.push_now()
    assert [each for each in pushes if isinstance(each, Flags)] == []
    link.sim.mains(on=True)
    link.push_now()
    # one report after the other says so
    assert OL in [each for each in pushes if isinstance(each, Flags)][-1].set


async def test_a_status_read_within_a_full_read_counts() -> None:
    """The reports are taken in the order in which they come."""
    link = SimulatedLink("eaton")
    driver = ShutDriver(link, {}, {})
    await driver.open()
    await driver.read()
    get_report = link.get_report
    is_within = False

    async def slowly(kind: ReportKind, report_id: int, length: int) -> bytes:
        nonlocal is_within
        if report_id == 0x11 and not is_within:
            is_within = True
            link.sim.mains(on=False)
            assert OB in (await driver.read_status()).flags
        return await get_report(kind, report_id, length)

    link.get_report = slowly  # type: ignore[method-assign]
    assert OB in (await driver.read()).status.flags


# ---------------------------------------------------------------- over time


@pytest.mark.parametrize("kind", [PtyWire, TcpWire])
async def test_loss_and_return(kind: type[PtyWire | TcpWire], socket_enabled: None) -> None:
    """Unplugged: gone at once. Plugged in: back, and the descriptor is not read again."""
    ups = make_ups()
    async with kind(ups) as wire, running(wire, status=60) as session:
        heard: list[bool] = []
        session.subscribe(
            lambda update: heard.append(session.available) if AVAILABLE in update.changed else None
        )
        assert was_long(ups)
        for _ in range(3):
            await wire.unplug()
            # nobody asks for a minute: the line itself tells
            await until(lambda: not session.available)
            assert isinstance(session.error, LinkLost)
            await wire.replug()
            session.plugged_in()
            await until(lambda: session.available)
        assert heard == [False, True] * 3
        assert not was_long(ups)
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_another_unit_after_a_reconnect() -> None:
    """It is not taken for the one that was set up."""
    ups = make_ups("ellipse")
    async with PtyWire(ups) as wire, running(wire) as session:
        await wire.unplug()
        await until(lambda: not session.available)
        wire.device = other = make_ups("esprit")
        other.send = wire._send
        await wire.replug()
        session.plugged_in()
        await until(lambda: type(session.error).__name__ == "NotThisUps")
        assert not session.available


async def test_silence_and_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A UPS that says nothing any more is unavailable after a while, and comes back."""
    monkeypatch.setattr("custom_components.ups_protocols.ups.session.SILENCE_TO_UNAVAILABLE", 0.5)
    ups = make_ups()
    async with PtyWire(ups) as wire, running(wire) as session:
        ups.faults.silence = True
        await until(lambda: not session.available, 30)
        ups.faults.silence = False
        await until(lambda: session.available, 30)


async def test_a_bad_line_changes_nothing() -> None:
    """Bytes lost, changed, doubled and made up at random: no state but the true one is told."""
    chance = random.Random(51029473)
    ups = make_ups("ellipse", clock=Clock.stopped())

    def noise(data: bytes) -> bytes:
        changed = bytearray()
        for byte in data:
            match chance.randrange(60):
                case 0:
                    continue
                case 1:
                    changed.append(byte ^ 1 << chance.randrange(8))
                case 2:
                    changed += bytes((byte, byte))
                case 3:
                    changed += bytes((chance.randrange(256), byte))
                case _:
                    changed.append(byte)
        return bytes(changed)

    async with PtyWire(ups) as wire, running(wire, status=0.02, full=0.5) as session:
        told: list[object] = []
        before = session.snapshot
        assert before is not None
        session.subscribe(lambda update: told.append((update, session.snapshot, session.error)))
        ups.trouble.noise = noise
        await asyncio.sleep(5)
        ups.trouble.noise = None
        await asyncio.sleep(0.5)
        assert [each for each in told if each[1] != before] == []  # type: ignore[index]
        assert session.snapshot == before
        # and it was bad indeed
        assert len(ups.tokens) > 3


async def test_the_units_of_the_simulator() -> None:
    """Big ones are as big as they come: six kilobytes."""
    async with opened("eaton-9px") as (ups, _, _):
        assert 5500 < len(ups.hid.report_descriptor) < 6200
    assert MODELS["second-descriptor"].hardware.release == 0x0202


async def test_a_closed_driver() -> None:
    """Answers nothing."""
    link = SimulatedLink("mge-ellipse")
    driver = ShutDriver(link, {}, {})
    with pytest.raises(UpsError):
        await driver.read_status()
    assert SHUT.line is not None
    assert (SHUT.line.dtr, SHUT.line.rts, SHUT.line.baudrate) == (False, True, 2400)
    other = SHUT.line_for({"cable_power": "normal"})
    assert other is not None
    assert (other.dtr, other.rts) == (True, False)
