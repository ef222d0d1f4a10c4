"""Powercom: four codings of delays, a hidden report, and a unit that only tells by itself."""

import asyncio
from typing import Any

import pytest

from .power_device_link import SimulatedLink
from custom_components.ups_protocols.ups.errors import NoReply
from custom_components.ups_protocols.ups.hid import wire
from custom_components.ups_protocols.ups.hid.power_device import PowerDevice
from custom_components.ups_protocols.ups.links.base import ReportKind
from custom_components.ups_protocols.ups.model import Result, StatusFlag
from tests.simulators.power import Output

FEATURE = ReportKind.FEATURE
OL, OB, LB, CHRG, DISCHRG = (
    StatusFlag.ON_LINE,
    StatusFlag.ON_BATTERY,
    StatusFlag.LOW_BATTERY,
    StatusFlag.CHARGING,
    StatusFlag.DISCHARGING,
)


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait between writes."""

    async def rest(self: wire.Wire) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(wire.Wire, "rest", rest)


async def opened(name: str, **options: Any) -> tuple[PowerDevice, SimulatedLink]:
    """Return the driver of a simulated device, and its link."""
    link = SimulatedLink(name)
    driver = PowerDevice(link, options, {})
    await driver.open()
    return driver, link


@pytest.mark.parametrize(
    ("data", "flags"),
    [
        ("260c00", {OL}),
        ("260d00", {OL, CHRG}),
        ("260a00", {OB, DISCHRG}),
        ("262a00", {OB, DISCHRG, LB}),
        # NUT adds RB, which only means that the battery is empty
        ("267800", {OB, LB}),
        # NUT adds LB: the firmware says "imminent" whenever there is no load
        ("260c02", {OL}),
    ],
)
async def test_status(data: str, flags: set[StatusFlag]) -> None:
    """Card powercom-usb, section 9: report 38."""
    driver, link = await opened("powercom-bnt")
    link.sim.blind[3, 38] = bytes.fromhex(data)
    # 100 % would hide the charging
    link.sim.blind[3, 10] = bytes([10, 90])
    await driver.read()
    assert (await driver.read_status()).flags == flags


@pytest.mark.parametrize(
    ("encoding", "command", "written"),
    [
        ("seconds_first", "shutdown.return", "0f5e01"),
        ("minutes_first", "shutdown.return", "0f015e"),
        ("seconds_first", "shutdown.stayoff", "0f9e01"),
        ("minutes_first", "shutdown.stayoff", "0f019e"),
    ],
)
async def test_shutdown(encoding: str, command: str, written: str) -> None:
    """Card, section 9: 90 s in both orders."""
    name = "powercom-bnt" if encoding == "minutes_first" else "powercom-bnt-2024"
    driver, link = await opened(name, shutdown_encoding=encoding)
    outcome = await driver.run(command, delay=90)
    assert [each.hex() for each in link.written] == [written]
    assert outcome.parameters == {"delay": 90}
    assert outcome.result is Result.CONFIRMED
    assert link.sim.ups.shutdown_left == 90
    link.sim.power.clock.advance(91)
    link.sim.power.advance()
    stays = command.endswith("stayoff")
    assert (link.sim.power.output is Output.STAYING) == stays
    link.sim.blind.clear()


async def test_default_encoding() -> None:
    """Devices met in 2024 have the seconds first, as NUT does it; the SKP takes one byte."""
    driver, link = await opened("powercom-bnt-2024")
    await driver.run("shutdown.return", delay=90)
    assert link.written == [bytes.fromhex("0f5e01")]
    driver, link = await opened("powercom-skp")
    outcome = await driver.run("shutdown.return", delay=30)
    assert link.written == [bytes.fromhex("0f04")]
    assert outcome.parameters == {"delay": 30}
    assert outcome.result is Result.CONFIRMED
    assert (await driver.run("shutdown.stop")).result is Result.CONFIRMED
    assert link.written[-1] == bytes.fromhex("0f00")
    # the Raptor hides behind another's id, but its report is as short
    driver, link = await opened("powercom-raptor")
    outcome = await driver.run("shutdown.return", delay=55)
    assert outcome.parameters == {"delay": 60}
    assert link.written == [bytes.fromhex("0f09")]


async def test_shortest_delay() -> None:
    """0 would be the longest, so it is 1 s at least (section 6)."""
    driver, _ = await opened("powercom-bnt")
    (parameter,) = driver.commands["shutdown.return"].parameters
    assert (parameter.minimum, parameter.maximum) == (1, 255 * 60 + 59)
    assert "load.off" not in driver.commands
    assert "shutdown.stop" not in driver.commands


async def test_startup() -> None:
    """Section 9: 3 minutes, the high byte first, but on the SKP."""
    driver, link = await opened("powercom-bnt")
    assert (await driver.run("load.on.delay", delay=170)).parameters == {"delay": 180}
    assert link.written == [bytes.fromhex("100003")]
    driver, link = await opened("powercom-skp")
    await driver.run("load.on.delay", delay=180)
    assert link.written == [bytes.fromhex("1003000000")]


@pytest.mark.parametrize(
    ("name", "number"), [("powercom-bnt", 2), ("powercom-imp", 1), ("powercom-skp", 1)]
)
async def test_tests(name: str, number: int) -> None:
    """Each series tests on a number of its own (section 5)."""
    driver, link = await opened(name)
    assert (await driver.run("test.battery.start.quick")).result is Result.CONFIRMED
    assert link.written == [bytes([21, number])]
    assert StatusFlag.TESTING in (await driver.read_status()).flags


async def test_beeper() -> None:
    """Only the SKP's can be told anything."""
    driver, link = await opened("powercom-skp")
    await driver.run("beeper.mute")
    await driver.run("beeper.enable")
    assert link.written == [b"\x13\3", b"\x13\2"]
    driver, _ = await opened("powercom-bnt")
    assert not [name for name in driver.commands if name.startswith("beeper")]


async def test_hidden_voltage() -> None:
    """Report A4 tells the battery's volts; without digits there are none."""
    driver, link = await opened("powercom-bnt")
    assert (await driver.read()).variables["battery.voltage"] == 13.7
    link.asked.clear()
    link.failures[FEATURE, 0xA4] = [b"\xa4 13.x 2"]
    assert "battery.voltage" not in (await driver.read()).variables
    link = SimulatedLink("powercom-bnt")
    link.failures[FEATURE, 0xA4] = [b"\xa4-------"]
    driver = PowerDevice(link, {}, {})
    await driver.open()
    link.asked.clear()
    assert "battery.voltage" not in (await driver.read()).variables
    assert (FEATURE, 0xA4) not in link.asked


async def test_halved_volts() -> None:
    """A reading of half the mains is the serial protocol's byte."""
    link = SimulatedLink("powercom-bnt")
    link.sim.blind[3, 29] = bytes([29, 114, 0])
    link.sim.blind[3, 33] = bytes([33, 115, 0])
    driver = PowerDevice(link, {}, {})
    await driver.open()
    variables = (await driver.read()).variables
    assert variables["input.voltage"] == 228
    assert variables["output.voltage"] == 230


# ---------------------------------------------------------------- 0d9f:0001


async def talk(link: SimulatedLink) -> None:
    """Send all Input reports again and again, as the old BNT does."""
    while True:
        link.push_now()
        await asyncio.sleep(0.005)


async def test_old_one_listens() -> None:
    """No report is asked for; everything comes by itself."""
    link = SimulatedLink("powercom-old")
    talker = asyncio.create_task(talk(link))
    try:
        driver = PowerDevice(link, {}, {})
        await driver.open()
        snapshot = await driver.read()
        assert snapshot.status.flags == {OL}
        for name, value in {
            "battery.charge": 100.0,
            "input.voltage": 232.0,
            "output.frequency": 50.0,
            "ups.load": 30.0,
            "ups.mfr.date": "1992-01-01",
        }.items():
            assert snapshot.variables[name] == value
        link.sim.set("mains", False)
        assert OB in (await driver.read_status()).flags
        link.sim.set("mains", True)
        link.sim.set("mains_voltage", 190.0)
        assert StatusFlag.BOOSTING in (await driver.read_status()).flags
        assert link.asked == []
        assert link.written == []
        await driver.run("load.off")
        assert link.written == [b"\x0f\0"]
        await driver.close()
        assert link.listeners == []
    finally:
        talker.cancel()


async def test_old_one_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing comes: that is no reply."""
    monkeypatch.setattr(wire, "_EVERYTHING", 0.05)
    with pytest.raises(NoReply):
        await PowerDevice(SimulatedLink("powercom-old"), {}, {}).open()
