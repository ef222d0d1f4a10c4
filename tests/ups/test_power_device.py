"""The HID Power Device driver: commands, settings, pushes and what goes wrong."""

import asyncio
from collections.abc import Callable
from typing import Any, override

import pytest

from .power_device_link import ReportLink, SimulatedLink
from custom_components.ups_protocols.ups.errors import (
    BadReply,
    LinkLost,
    NoReply,
    Rejected,
    Unsupported,
)
from custom_components.ups_protocols.ups.hid.power_device import PowerDevice
from custom_components.ups_protocols.ups.hid.tables import Vendor
from custom_components.ups_protocols.ups.links.base import ReportKind, UsbDevice
from custom_components.ups_protocols.ups.model import (
    Danger,
    Flags,
    Push,
    Reread,
    Result,
    StatusFlag,
    Tier,
    Values,
)
from tests.usbsim.hidbuild import Report, bits, build, item, report

FEATURE, INPUT = ReportKind.FEATURE, ReportKind.INPUT
OL, OB, LB, RB = (
    StatusFlag.ON_LINE,
    StatusFlag.ON_BATTERY,
    StatusFlag.LOW_BATTERY,
    StatusFlag.REPLACE_BATTERY,
)


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Do not wait between writes; note that it would have been done."""
    rests: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        if seconds:
            rests.append(seconds)
        await sleep(0)

    monkeypatch.setattr("custom_components.ups_protocols.ups.hid.wire.asyncio.sleep", note)
    return rests


async def opened(
    name: str, options: dict[str, Any] | None = None, **state: Any
) -> tuple[PowerDevice, SimulatedLink]:
    """Return the driver of a simulated device, and its link."""
    link = SimulatedLink(name, **state)
    driver = PowerDevice(link, options or {}, {})
    await driver.open()
    link.written.clear()
    return driver, link


GENERIC = UsbDevice(vendor_id=0x1209, product_id=1, product="UPS")
STATUS = bits(
    "PowerSummary.PresentStatus",
    *("ACPresent", "Charging", "Discharging", "BelowRemainingCapacityLimit", "NeedReplacement"),
)


def device(
    *reports: Report, values: dict[int, bytes], usb: UsbDevice = GENERIC, status: bytes = b"\1"
) -> ReportLink:
    """Return a link to a device with a status report 1 and others."""
    return ReportLink(
        usb,
        build((report(1, *STATUS, kinds="FI"), *reports)),
        {
            (FEATURE, number): bytes([number]) + data
            for number, data in {1: status, **values}.items()
        },
    )


async def read(link: ReportLink) -> tuple[PowerDevice, dict[str, Any], dict[str, Any]]:
    """Open a device; return driver, variables and what is left out."""
    driver = PowerDevice(link, {}, {})
    await driver.open()
    snapshot = await driver.read()
    return driver, dict(snapshot.variables), dict(snapshot.left_out)


# ---------------------------------------------------------------- the worked examples of the cards


@pytest.mark.parametrize(
    ("data", "flags"),
    [
        ("022100", {OL}),
        ("022400", {OB, StatusFlag.DISCHARGING}),
        ("022c00", {OB, StatusFlag.DISCHARGING, LB}),
    ],
)
async def test_mge_status(data: str, flags: set[StatusFlag]) -> None:
    """Card usb-hid-power-device, §F(9): report 2 of an Ellipse."""
    driver, link = await opened("mge-ellipse")
    link.sim.blind[3, 2] = bytes.fromhex(data)
    link.asked.clear()
    assert (await driver.read_status()).flags == flags
    assert link.asked == [(FEATURE, 2)]


async def test_mge_values() -> None:
    """Card, §F(9): reports 22 and 14 of an Ellipse."""
    driver, link = await opened("mge-ellipse")
    link.sim.blind[3, 22] = bytes.fromhex("16640807")
    link.sim.blind[3, 14] = bytes.fromhex("0ee62a")
    variables = (await driver.read()).variables
    assert variables["battery.charge"] == 100
    assert variables["battery.runtime"] == 1800
    assert variables["output.voltage"] == 230
    assert variables["ups.load"] == 42


@pytest.mark.parametrize(
    ("command", "parameters", "written"),
    [
        # SET DelayBeforeShutdown 20 s; DelayBeforeStartup 30 s in units of 10 s; cancel
        ("load.off.delay", {"delay": 20}, ["0f140000"]),
        ("load.on.delay", {"delay": 30}, ["11030000"]),
        ("shutdown.return", {}, ["11030000", "0f140000"]),
        ("shutdown.stayoff", {"delay": 20}, ["11ffffff", "0f140000"]),
        ("shutdown.stop", {}, ["0fffffff"]),
        ("load.off", {}, ["0f000000"]),
        ("load.on", {}, ["11000000"]),
    ],
)
async def test_mge_shutdown(
    command: str, parameters: dict[str, float], written: list[str], no_rest: list[float]
) -> None:
    """Card, §F(9): the bytes of the delays."""
    driver, link = await opened("mge-ellipse")
    outcome = await driver.run(command, **parameters)
    assert [each.hex() for each in link.written] == written
    assert outcome.requests == tuple(link.written)
    # a rest between two writes, and one before each read back
    assert set(no_rest) <= {0.125}
    assert len(no_rest) >= len(written) - 1


async def test_shutdown_is_confirmed() -> None:
    """The counter runs; and it does not after the stop."""
    driver, link = await opened("mge-ellipse")
    assert (await driver.run("shutdown.return", delay=20)).result is Result.CONFIRMED
    assert link.sim.ups.shutdown_left == 20
    assert (await driver.read()).variables["ups.timer.shutdown"] == 20
    assert (await driver.run("shutdown.stop")).result is Result.CONFIRMED
    assert link.sim.ups.shutdown_left == -1
    assert "ups.timer.shutdown" not in (await driver.read()).variables


async def test_rounding_is_told() -> None:
    """A delay that the field cannot say is rounded up, and the outcome says to what."""
    driver, link = await opened("mge-ellipse")
    outcome = await driver.run("shutdown.return", delay=21.5, restart_delay=31)
    assert outcome.parameters == {"delay": 22, "restart_delay": 40}
    driver, link = await opened("cyberpower")
    outcome = await driver.run("shutdown.return", delay=61)
    assert outcome.parameters == {"delay": 120, "restart_delay": 120}
    assert [each.hex() for each in link.written] == ["167800", "157800"]
    driver, link = await opened("tripplite-minutes")
    outcome = await driver.run("load.on.delay", delay=61)
    assert outcome.parameters == {"delay": 120}
    assert [each.hex() for each in link.written] == ["570200"]


async def test_automatic_restart() -> None:
    """Eaton's stored switch is set as the shutdown needs it, and only when it differs."""
    driver, link = await opened("eaton")
    await driver.run("shutdown.return")
    assert link.written[0][0] == 0x0D
    await driver.run("shutdown.stop")
    link.written.clear()
    await driver.run("shutdown.stayoff")
    assert [each[0] for each in link.written] == [0x14, 0x0D, 0x0C]
    assert link.written[0] == b"\x14\0"
    await driver.run("shutdown.stop")
    link.written.clear()
    await driver.run("shutdown.return")
    assert link.written[0] == b"\x14\1"


async def test_outlets() -> None:
    """Each switchable outlet has its orders, its status and is a part."""
    driver, link = await opened("eaton")
    assert [part.index for part in driver.parts] == [1, 2]
    await driver.run("outlet.2.load.off")
    assert [each.hex() for each in link.written] == ["4800000000"]
    assert (await driver.read()).variables["outlet.2.status"] == "off"
    assert (await driver.read()).variables["outlet.1.status"] == "on"
    await driver.run("outlet.2.load.on")
    assert (await driver.read()).variables["outlet.2.status"] == "on"


@pytest.mark.parametrize(
    ("command", "danger"),
    [
        ("load.off", Danger.CUTS_POWER),
        ("load.off.delay", Danger.CUTS_POWER),
        ("shutdown.return", Danger.CUTS_POWER),
        ("shutdown.stayoff", Danger.CUTS_POWER),
        ("outlet.1.load.off", Danger.CUTS_POWER),
        ("test.battery.start.quick", Danger.USES_BATTERY),
        ("test.battery.start.deep", Danger.USES_BATTERY),
        ("load.on", Danger.HARMLESS),
        ("shutdown.stop", Danger.HARMLESS),
        ("beeper.disable", Danger.HARMLESS),
    ],
)
async def test_dangers(command: str, danger: Danger) -> None:
    """What a command can do to the load."""
    driver, _ = await opened("eaton")
    assert driver.commands[command].danger is danger


async def test_battery_test() -> None:
    """A test that runs is seen in the status at once, and its end too."""
    driver, link = await opened("apc")
    outcome = await driver.run("test.battery.start.quick")
    assert outcome.result is Result.CONFIRMED
    assert [each.hex() for each in link.written] == ["2201"]
    status = await driver.read_status()
    assert StatusFlag.TESTING in status.flags
    assert (await driver.read()).variables["ups.test.result"] == "In progress"
    link.sim.power.clock.advance(60)
    assert StatusFlag.TESTING not in (await driver.read_status()).flags
    link.asked.clear()
    await driver.read_status()
    # the report of the test is left alone while none runs
    assert (FEATURE, 0x22) not in link.asked


async def test_beeper() -> None:
    """Written and read back; one that does not obey has refused."""
    driver, link = await opened("apc")
    assert (await driver.run("beeper.disable")).result is Result.CONFIRMED
    assert (await driver.read()).variables["ups.beeper.status"] == "disabled"
    link.sim.blind[3, 0x18] = b"\x18\2"
    with pytest.raises(Rejected, match=r"beeper\.disable"):
        await driver.run("beeper.disable")


async def test_panel_test_and_reboot() -> None:
    """APC's own."""
    driver, link = await opened("apc")
    await driver.run("test.panel.start")
    await driver.run("shutdown.reboot")
    assert [each.hex() for each in link.written] == ["2101", "170a"]


async def test_belkin_switches_with_one() -> None:
    """On and off at once are a delay of 1 (§G4)."""
    driver, link = await opened("belkin")
    await driver.run("load.off")
    assert link.written == [b"\x22\1\0"]


async def test_bypass() -> None:
    """Eaton's bypass and economy mode unprotect the load."""
    paths = ("SwitchOnControl", "SwitchOffControl")
    link = device(
        *(
            report(2 + number, item(f"PowerConverter.Input.[2].{path}", 8, high=1, rw=True))
            for number, path in enumerate(paths)
        ),
        report(4, item("PowerConverter.Input.[5].Switchable", 8, high=2, rw=True)),
        values={2: b"\0", 3: b"\0", 4: b"\0"},
        usb=UsbDevice(vendor_id=0x0463, product_id=0xFFFF, product="9PX"),
    )
    driver, _, _ = await read(link)
    assert driver.commands["bypass.start"].danger is Danger.UNPROTECTS
    assert driver.commands["experimental.essmode.start"].danger is Danger.UNPROTECTS
    await driver.run("bypass.start")
    await driver.run("bypass.stop")
    await driver.run("experimental.essmode.start")
    await driver.run("experimental.essmode.stop")
    assert [each.hex() for each in link.written] == ["0201", "0301", "0402", "0400"]


async def test_never_a_zero_for_none() -> None:
    """A field that cannot say "no countdown" gets no stop: 0 would cut the power at once."""
    delays = (
        report(2, item("PowerSummary.DelayBeforeShutdown", 16, "s", rw=True)),
        report(3, item("PowerSummary.DelayBeforeStartup", 16, "s", rw=True)),
    )
    link = device(*delays, values={2: b"\0\0", 3: b"\0\0"})
    driver, _, _ = await read(link)
    assert "shutdown.stop" not in driver.commands
    assert "shutdown.stayoff" not in driver.commands
    assert "shutdown.return" in driver.commands
    # one that idles at all ones says it so
    link = device(*delays, values={2: b"\xff\xff", 3: b"\xff\xff"})
    driver, variables, _ = await read(link)
    assert "ups.timer.shutdown" not in variables
    await driver.run("shutdown.stayoff", delay=30)
    await driver.run("shutdown.stop")
    assert [each.hex() for each in link.written] == ["03ffff", "021e00", "02ffff"]


async def test_parameters() -> None:
    """Unknown commands, parameters and values are refused before anything is sent."""
    driver, link = await opened("mge-ellipse")
    with pytest.raises(Unsupported, match="no command"):
        await driver.run("self.destruct")
    with pytest.raises(Unsupported, match="delay"):
        await driver.run("load.off.delay", nonsense=1)
    with pytest.raises(Unsupported, match="between"):
        await driver.run("load.off.delay", delay=1e9)
    with pytest.raises(Unsupported, match="no number"):
        await driver.run("load.off.delay", delay=float("nan"))
    assert link.written == []


async def test_own_delays() -> None:
    """The delays that we keep are the defaults of the commands, and outlive the driver."""
    driver, link = await opened("mge-ellipse")
    assert (await driver.read()).variables["ups.delay.shutdown"] == 20
    assert await driver.write("ups.delay.shutdown", 300) == 300
    assert link.written == []
    assert (await driver.read()).variables["ups.delay.shutdown"] == 300
    assert (await driver.run("load.off.delay")).parameters == {"delay": 300}
    again = PowerDevice(link, {}, driver.memory)
    await again.open()
    assert (await again.read()).variables["ups.delay.shutdown"] == 300


# ---------------------------------------------------------------- settings


async def test_setting_is_written_and_read_back() -> None:
    """Once: what is there already is not written again (EEPROM)."""
    driver, link = await opened("apc")
    assert await driver.write("input.transfer.low", 92) == 92
    assert [each.hex() for each in link.written] == ["325c00"]
    assert (await driver.read()).variables["input.transfer.low"] == 92
    assert await driver.write("input.transfer.low", 92) == 92
    assert len(link.written) == 1


async def test_choices_and_days() -> None:
    """Words and days, the latter in APC's own coding (§G1)."""
    driver, link = await opened("apc")
    assert await driver.write("input.sensitivity", "high") == "high"
    assert await driver.write("battery.mfr.date", "2024-02-29") == "2024-02-29"
    assert [each.hex() for each in link.written] == ["3502", "12242902"]
    assert (await driver.read()).variables["battery.mfr.date"] == "2024-02-29"
    with pytest.raises(Unsupported, match="low, medium, high"):
        await driver.write("input.sensitivity", "none")
    with pytest.raises(Unsupported, match="no day"):
        await driver.write("battery.mfr.date", "tomorrow")


async def test_switches_and_nominals() -> None:
    """A switch of two words; a nominal voltage only among those of the same mains."""
    driver, link = await opened("eaton")
    assert await driver.write("ups.start.auto", "no") == "no"
    options = driver.settings["output.voltage.nominal"].options
    assert options == ("200", "208", "220", "230", "240")
    assert await driver.write("output.voltage.nominal", "240") == 240
    assert await driver.write("output.voltage.nominal", 240.0) == 240
    assert len(link.written) == 2


async def test_setting_that_does_not_take() -> None:
    """A device that acknowledges and forgets has refused."""
    driver, link = await opened("apc")
    link.sim.blind[3, 0x32] = b"\x32\x58\0"
    with pytest.raises(Rejected, match=r"input\.transfer\.low is 88"):
        await driver.write("input.transfer.low", 92)
    with pytest.raises(Unsupported):
        await driver.write("battery.charge", 100)
    with pytest.raises(Unsupported, match="between"):
        await driver.write("input.transfer.low", 20)


async def test_ranges() -> None:
    """What the unit tells of a range counts, then the nominal voltage, then the descriptor."""
    driver, _ = await opened("tripplite")
    low = driver.settings["input.transfer.low"]
    assert (low.minimum, low.maximum) == (75, 100)
    driver, _ = await opened("apc")
    low = driver.settings["input.transfer.low"]
    assert (low.minimum, low.maximum) == (60, 180)
    driver, _ = await opened("mge-evolution-500")
    interval = driver.settings["ups.test.interval"]
    assert interval.step == 100


async def test_settings_are_looked_at_in_turn() -> None:
    """A hand at the front panel is noticed, one report a round."""
    driver, link = await opened("apc")
    link.sim.blind[3, 0x35] = b"\x35\0"
    for _ in range(20):
        if (await driver.read()).variables["input.sensitivity"] == "low":
            break
    else:
        pytest.fail("the change was never seen")


# ---------------------------------------------------------------- pushes


async def pushed(
    name: str, act: Callable[[SimulatedLink], None], **state: Any
) -> tuple[list[Push], PowerDevice, SimulatedLink]:
    """Return what a device tells by itself when something happens to it."""
    driver, link = await opened(name, **state)
    await driver.read()
    pushes: list[Push] = []
    driver.on_push(pushes.append)
    link.push_now()
    assert [each for each in pushes if isinstance(each, Flags)] == []
    pushes.clear()
    act(link)
    link.push_now()
    return pushes, driver, link


async def test_power_loss_is_pushed() -> None:
    """Flags at once, values, and the wish for a full read."""
    pushes, driver, link = await pushed("mge-ellipse", lambda link: link.sim.mains(on=False))
    flags = next(each for each in pushes if isinstance(each, Flags))
    assert {OB, StatusFlag.DISCHARGING} <= flags.set
    assert OL in flags.cleared
    assert flags.set | flags.cleared == driver.flags
    assert pushes[-1] == Reread(Tier.FULL) or Reread(Tier.FULL) in pushes
    # the same again is no news, but the way back is
    pushes.clear()
    link.push_now()
    assert [each for each in pushes if isinstance(each, Flags)] == []
    link.sim.mains(on=True)
    link.push_now()
    assert OL in next(each for each in pushes if isinstance(each, Flags)).set


async def test_polled_change_and_pushed_return() -> None:
    """A push that says what an older push said counts when a poll said otherwise between."""
    driver, link = await opened("mge-ellipse")
    pushes: list[Push] = []
    driver.on_push(pushes.append)
    link.sim.mains(on=False)
    link.push_now()
    link.sim.mains(on=True)
    assert OL in (await driver.read_status()).flags
    pushes.clear()
    link.sim.mains(on=False)
    link.push_now()
    assert OB in next(each for each in pushes if isinstance(each, Flags)).set


async def test_battery_test_at_the_front_panel_is_no_power_failure() -> None:
    """The report that tells of the battery does not tell of the test: nobody hears of OB alone."""
    pushes, driver, link = await pushed("eaton", lambda link: link.sim.ups.test(1))
    for _ in range(3):
        link.push_now()
    assert [each for each in pushes if isinstance(each, Flags) and OB in each.set] == []
    assert Reread(Tier.STATUS) in pushes
    status = await driver.read_status()
    assert status.flags >= {OB, StatusFlag.TESTING}
    assert status.mains is True

    driver, link = await opened("eaton")
    await driver.read_status()
    link.sim.mains(on=False)
    status = await driver.read_status()
    assert StatusFlag.TESTING not in status.flags
    assert status.mains is False


async def test_battery_test_of_ours_is_known_from_the_first_byte_on() -> None:
    """A push between the order and its confirmation is the test's."""
    driver, link = await opened("eaton")
    pushes: list[Push] = []
    driver.on_push(pushes.append)
    await driver.run("test.battery.start.quick")
    link.push_now()
    flags = [each for each in pushes if isinstance(each, Flags)]
    assert all(StatusFlag.TESTING in each.set for each in flags if OB in each.set)
    assert (await driver.read_status()).mains is True


async def test_charge_is_pushed() -> None:
    """Values change without a word of the flags."""

    def drain(link: SimulatedLink) -> None:
        link.sim.set("charge", 57.0)

    pushes, _, _ = await pushed("mge-ellipse", drain)
    values = [each.values for each in pushes if isinstance(each, Values)]
    assert any(each.get("battery.charge") == 57 for each in values)


async def test_apc_is_trusted_for_three_bits() -> None:
    """Of the others a push only makes us ask (§G1)."""

    def overload(link: SimulatedLink) -> None:
        link.sim.set("load", 130.0)

    pushes, driver, link = await pushed("apc", overload)
    assert [each for each in pushes if isinstance(each, Flags)] == []
    assert Reread(Tier.STATUS) in pushes
    assert StatusFlag.OVERLOADED in (await driver.read_status()).flags
    link.sim.set("load", 30.0)
    link.sim.mains(on=False)
    link.push_now()
    assert OB in (await driver.read_status()).flags
    pushes.clear()
    link.sim.mains(on=True)
    link.push_now()
    assert OB in next(each for each in pushes if isinstance(each, Flags)).cleared


async def test_odd_lengths_say_nothing() -> None:
    """A report of another length than declared makes us ask, once."""
    driver, link = await opened("mge-ellipse")
    pushes: list[Push] = []
    stop = driver.on_push(pushes.append)
    link.push(bytes.fromhex("0224"))
    assert pushes == [Reread(Tier.STATUS)]
    link.push(bytes.fromhex("0224"))
    link.push(b"")
    link.push(b"\x77\1\2")
    assert pushes == [Reread(Tier.STATUS)]
    stop()
    link.push(bytes.fromhex("022400"))
    assert pushes == [Reread(Tier.STATUS)]


@pytest.mark.parametrize("name", ["apc-smart", "cyberpower", "legrand"])
async def test_poll_only(name: str) -> None:
    """Where the pipe is of no use nobody listens."""
    driver, link = await opened(name)
    driver.on_push(lambda push: None)
    assert link.listeners == []


async def test_shut_notifications() -> None:
    """Over SHUT a notification is a Feature report, with a Feature's offsets."""
    driver, link = await opened("mge-ellipse")
    pushes: list[Push] = []
    driver.on_push(pushes.append)
    link.push(bytes.fromhex("022400"), FEATURE)
    flags = next(each for each in pushes if isinstance(each, Flags))
    assert {OB, StatusFlag.DISCHARGING} == flags.set


APC_BX = UsbDevice(vendor_id=0x051D, product_id=0x0002, product="Back-UPS BX1600MI FW:1 USB FW:2")


async def test_announcements_are_held_back() -> None:
    """BX..MI units say LB and RB for seconds after a transfer: they must last (§G1)."""
    link = device(values={}, usb=APC_BX)
    driver, _, _ = await read(link)
    link.reports[FEATURE, 1] = b"\1\x1c"
    # full reads in between do not count: they come when they like
    for _ in range(3):
        status = await driver.read_status()
        await driver.read()
        assert not {LB, RB} & status.flags
        assert not status.alarms
    status = await driver.read_status()
    assert {OB, LB, RB} <= status.flags
    assert status.alarms
    # one alone is meant
    link.reports[FEATURE, 1] = b"\1\x0c"
    assert LB in (await driver.read_status()).flags
    link.reports[FEATURE, 1] = b"\1\x01"
    assert (await driver.read_status()).flags == {OL}


async def test_announcements_that_pass() -> None:
    """LB that stood before RB came stays."""
    link = device(values={}, usb=APC_BX)
    driver, _, _ = await read(link)
    link.reports[FEATURE, 1] = b"\1\x0c"
    assert LB in (await driver.read_status()).flags
    link.reports[FEATURE, 1] = b"\1\x1c"
    flags = (await driver.read_status()).flags
    assert LB in flags
    assert RB not in flags


# ---------------------------------------------------------------- what goes wrong


async def test_status_that_fails() -> None:
    """Without the report of the power state there is no status."""
    driver, link = await opened("mge-ellipse")
    for failure in (NoReply("late"), BadReply("garbled"), LinkLost("gone"), Rejected("stall")):
        link.failures[FEATURE, 2] = [failure]
        with pytest.raises(type(failure)):
            await driver.read_status()
        link.failures[FEATURE, 2] = [failure]
        with pytest.raises(type(failure)):
            await driver.read()
        assert OL in (await driver.read_status()).flags


async def test_short_and_foreign_reports() -> None:
    """A report that is too short, or another one, is no status."""
    driver, link = await opened("mge-ellipse")
    for reply in (b"", b"\2", b"\3\x21\0"):
        link.failures[FEATURE, 2] = [reply]
        with pytest.raises(BadReply):
            await driver.read_status()


async def test_value_that_fails() -> None:
    """Another report that fails is absent this time, and back the next."""
    driver, link = await opened("mge-ellipse")
    for failure in (NoReply("late"), BadReply("garbled"), Rejected("stall"), b"\x16\x64", b"\x17"):
        link.failures[FEATURE, 22] = [failure]
        assert "battery.runtime" not in (await driver.read()).variables
        assert "battery.runtime" in (await driver.read()).variables


async def test_silence_ends_a_read() -> None:
    """A device that falls silent is not asked for every report in turn."""
    driver, link = await opened("eaton")
    for key in link.sim.lengths:
        if key[0] == 3 and key[1] not in {1, 2, 3}:
            link.failures[FEATURE, key[1]] = [NoReply("late")]
    link.asked.clear()
    with pytest.raises(NoReply):
        await driver.read()
    assert len(link.asked) < 10


async def test_second_status_report() -> None:
    """A flag of another report stays for a while when that report fails, and then goes."""
    link = device(report(2, *bits("Output", "Overload", "Boost")), values={2: b"\1"})
    driver, _, _ = await read(link)
    assert StatusFlag.OVERLOADED in (await driver.read_status()).flags
    link.failures[FEATURE, 2] = [NoReply("late") for _ in range(3)]
    assert StatusFlag.OVERLOADED in (await driver.read_status()).flags
    assert StatusFlag.OVERLOADED in (await driver.read_status()).flags
    assert StatusFlag.OVERLOADED not in (await driver.read_status()).flags
    assert StatusFlag.OVERLOADED in (await driver.read_status()).flags


async def test_open_is_patient() -> None:
    """What fails once at open is asked again; what fails more often comes later."""
    link = SimulatedLink("mge-ellipse")
    link.failures[FEATURE, 2] = [NoReply("late")]
    link.failures[FEATURE, 22] = [BadReply("garbled"), NoReply("late"), NoReply("late")]
    driver = PowerDevice(link, {}, {})
    await driver.open()
    assert (await driver.read()).variables["battery.charge"] == 100


async def test_open_fails() -> None:
    """A device that answers nothing, is no UPS, tells no state or has no descriptor."""
    link = SimulatedLink("mge-ellipse")
    for number in range(64):
        link.failures[FEATURE, number] = [NoReply("late")] * 5
    with pytest.raises(NoReply):
        await PowerDevice(link, {}, {}).open()
    mouse = ReportLink(GENERIC, bytes.fromhex("05010902a101c0"), {})
    with pytest.raises(BadReply, match="no UPS"):
        await PowerDevice(mouse, {}, {}).open()
    mute = ReportLink(GENERIC, build((report(1, item("PowerSummary.Voltage", 16, "V")),)), {})
    with pytest.raises(BadReply, match="mains"):
        await PowerDevice(mute, {}, {}).open()
    for descriptor in (b"", b"\xff" * 40, b"\x05", b"\x27" * 9000):
        broken = ReportLink(GENERIC, descriptor, {})
        with pytest.raises(BadReply):
            await PowerDevice(broken, {}, {}).open()


async def test_descriptor_that_breaks_off() -> None:
    """Read a second time, then taken as far as it goes (card, §F(1))."""
    link = device(values={})
    whole = link.descriptor
    link.descriptor = whole[:-1]
    driver = PowerDevice(link, {}, {})
    await driver.open()
    assert (await driver.read_status()).flags == {OL}


async def test_unplugged() -> None:
    """A link that is gone says so from every call."""
    driver, link = await opened("eaton")
    link.closed = True
    for call in (
        driver.read,
        driver.read_status,
        lambda: driver.run("beeper.mute"),
        lambda: driver.write("ups.start.auto", "no"),
        driver.open,
    ):
        with pytest.raises(LinkLost):
            await call()
    fresh = PowerDevice(link, {}, {})
    with pytest.raises(LinkLost):
        await fresh.read_status()


async def test_opens_again() -> None:
    """One driver may be opened more than once."""
    driver, _ = await opened("apc")
    first = await driver.open()
    assert first == await driver.open()
    assert (await driver.read()).variables["battery.charge"] == 100


async def test_command_on_a_write_only_report() -> None:
    """What cannot be read is written as it is known, and is only sent."""
    driver, link = await opened("apc")
    link.failures[FEATURE, 0x21] = [Rejected("write-only")]
    outcome = await driver.run("test.panel.start")
    assert outcome.result is Result.SENT
    assert link.written == [b"\x21\1"]


async def test_proof_that_fails() -> None:
    """A command whose read back fails was sent, no more."""
    driver, link = await opened("mge-ellipse")
    good = link.sim.report(15, 3)
    link.failures[FEATURE, 15] = [good, *[NoReply("late")] * 3]
    assert (await driver.run("load.off.delay")).result is Result.SENT
    link.sim.blind[3, 15] = b"\x0f\x05\0\0"
    with pytest.raises(Rejected):
        await driver.run("shutdown.stop")


async def test_texts() -> None:
    """The device's own texts, else those of PowerSummary; none that says nothing."""
    strings = (
        report(2, item("PowerSummary.iProduct", 8), item("PowerSummary.iSerialNumber", 8)),
        report(3, item("PowerSummary.iManufacturer", 8), item("PowerSummary.iDeviceChemistry", 8)),
    )
    link = device(
        *strings,
        values={2: b"\1\2", 3: b"\3\0"},
        usb=UsbDevice(vendor_id=0x1209, product_id=1, serial="  "),
    )
    link.strings = {1: "Keeper\0\0 800 ", 2: "00000000", 3: "Acme"}
    driver = PowerDevice(link, {}, {})
    identity = await driver.open()
    assert (identity.manufacturer, identity.model, identity.serial) == ("Acme", "Keeper 800", None)
    variables = (await driver.read()).variables
    assert "battery.type" not in variables
    assert "device.serial" not in variables


async def test_online_discharge() -> None:
    """What a unit means by discharging on line is the user's to say (§F(5))."""
    expected: dict[str, tuple[set[StatusFlag], bool]] = {
        "as_reported": ({OL, StatusFlag.DISCHARGING}, True),
        "calibration": ({OL, StatusFlag.DISCHARGING, StatusFlag.CALIBRATING}, True),
        "on_battery": ({OB, StatusFlag.DISCHARGING}, False),
    }
    for option, (flags, mains) in expected.items():
        driver = PowerDevice(device(values={}, status=b"\5"), {"online_discharge": option}, {})
        await driver.open()
        status = await driver.read_status()
        assert status.flags == flags
        assert status.mains is mains
        assert flags <= driver.flags


async def test_bits_that_are_never_set() -> None:
    """A battery with charge and runtime is there, whatever a dead bit says."""
    link = device(
        report(2, *bits("PowerSummary.PresentStatus", "BatteryPresent", "Good")),
        report(3, item("PowerSummary.RemainingCapacity", 8), item("PowerSummary.PercentLoad", 8)),
        report(4, item("PowerSummary.RunTimeToEmpty", 16, "s")),
        values={2: b"\0", 3: b"\x64\x0a", 4: b"\x10\x0e"},
    )
    driver, _, _ = await read(link)
    assert (await driver.read_status()).flags == {OL}
    # with neither charge nor load both are meant
    link.reports[FEATURE, 3] = b"\3\0\0"
    driver, _, _ = await read(link)
    status = await driver.read_status()
    assert {RB, StatusFlag.OFF} <= status.flags
    assert [alarm.text for alarm in status.alarms] == ["No battery installed!"]


async def test_full_battery_does_not_charge() -> None:
    """A charging bit on a full battery says that the charger is at work."""
    link = device(
        report(2, item("PowerSummary.RemainingCapacity", 8)), values={2: b"\x63"}, status=b"\3"
    )
    driver, _, _ = await read(link)
    assert StatusFlag.CHARGING in (await driver.read_status()).flags
    link.reports[FEATURE, 2] = b"\2\x64"
    assert StatusFlag.CHARGING not in (await driver.read()).status.flags
    assert StatusFlag.CHARGING not in (await driver.read_status()).flags


async def test_capacity_in_ampere_seconds() -> None:
    """A charge that is no percentage becomes one (card, §F(2))."""
    link = device(
        report(2, item("PowerSummary.CapacityMode", 8)),
        report(3, item("PowerSummary.RemainingCapacity", 16, "Ah")),
        report(4, item("PowerSummary.FullChargeCapacity", 16, "Ah")),
        report(5, item("PowerSummary.DesignCapacity", 16, "Ah")),
        values={2: b"\0", 3: b"\x98\x3a", 4: b"\x30\x75", 5: b"\x30\x75"},
    )
    _, variables, _ = await read(link)
    assert variables["battery.charge"] == 50
    assert variables["battery.capacity"] == 8.333


def test_tables_are_data() -> None:
    """A vendor's table is frozen."""
    with pytest.raises(AttributeError):
        Vendor(id="x").id = "y"  # type: ignore[misc]


async def test_long_reports() -> None:
    """Units whose reports are longer than declared are asked for the longest (card, §F(8))."""
    lengths: list[int] = []

    class Noting(ReportLink):
        @override
        async def get_report(self, kind: ReportKind, report_id: int, length: int) -> bytes:
            lengths.append(length)
            return await super().get_report(kind, report_id, length)

    plain = device(report(2, item("PowerSummary.RunTimeToEmpty", 32, "s")), values={2: b"\0\0\0\0"})
    for product, expected in (("Back-UPS ES 525", {5}), ("Back-UPS 500", {2, 5})):
        usb = UsbDevice(vendor_id=0x051D, product_id=0x0002, product=product)
        lengths.clear()
        reports = {**plain.reports, (FEATURE, 1): b"\1\1\0\0\0"}
        driver = PowerDevice(Noting(usb, plain.descriptor, reports), {}, {})
        await driver.open()
        assert (await driver.read_status()).flags == {OL}
        assert set(lengths) == expected
