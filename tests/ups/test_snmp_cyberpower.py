"""CyberPower and Best Power UPSes: values, status, commands, settings, traps; a recording.

Values were worked out by hand from the simulator's state, or from the raw objects behind them.
"""

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from .snmp import VERSIONS, check_refusal, check_setting, check_variables, learned, opened
from custom_components.ups_protocols.ups.errors import Rejected, Unsupported
from custom_components.ups_protocols.ups.links.base import Trap
from custom_components.ups_protocols.ups.mibs.cyberpower import mib
from custom_components.ups_protocols.ups.mibs.dates import LONG_DATE, iso_date
from custom_components.ups_protocols.ups.mibs.reader import Reader
from custom_components.ups_protocols.ups.model import (
    Danger,
    DeviceKind,
    Event,
    PartKind,
    Push,
    Reread,
    SettingKind,
    StatusFlag,
    Tier,
    Value,
)
from tests.simulators.clock import Clock
from tests.simulators.power import Output
from tests.simulators.snmp import (
    BestPowerAgent,
    CyberPowerAgent,
    Kind,
    Object,
    SetError,
    Status,
    oid,
    recording,
)
from tests.simulators.snmp.cyberpower import ENV, TRAP_STRING, U

pytestmark = pytest.mark.usefixtures("loopback")

ON_LINE, ON_BATTERY, OFF = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY, StatusFlag.OFF
BYPASS, LOW, OVERLOADED = StatusFlag.BYPASS, StatusFlag.LOW_BATTERY, StatusFlag.OVERLOADED
TESTING, CALIBRATING = StatusFlag.TESTING, StatusFlag.CALIBRATING


def new_agent(**options: Any) -> CyberPowerAgent:
    """Return an agent whose clock a test moves."""
    return CyberPowerAgent(clock=Clock.stopped(), **options)


# values


@VERSIONS
async def test_values(version: str) -> None:
    """Tenths, hundredths, ticks, minutes, dates."""
    async with opened(new_agent(), version=version) as unit:
        snapshot = await unit.driver.read()
        assert unit.driver.mibs == ("cyberpower", "system")
        assert unit.identity.kind is DeviceKind.UPS
        assert unit.identity.manufacturer == "CyberPower"
        assert unit.identity.model == "PR1500ELCDRT2U"
        assert unit.identity.serial == "GX6FQ2000017"
        assert snapshot.variables == {
            "battery.charge": 100,
            "battery.charge.low": 35,
            # 5.2.14 before 5.2.6 (10)
            "battery.charge.restart": 15,
            "battery.date": "2021-09-30",
            # 20 minutes
            "battery.energysave.delay": 1200,
            # 9250 hundredths of a percent
            "battery.health": 92.5,
            # 600 s at full load, 30 % of it
            "battery.runtime": 2000,
            "battery.runtime.elapsed": 0,
            # 5.2.8 before 5.2.20
            "battery.runtime.low": 300,
            "battery.temperature": 25,
            "battery.voltage": 27.3,
            "battery.voltage.high": 27.6,
            "battery.voltage.nominal": 24,
            "device.contact": "admin",
            "device.description": "UPS Agent (simulated)",
            "device.location": "rack 1",
            "device.model": "PR1500ELCDRT2U",
            "device.serial": "GX6FQ2000017",
            # 450 VA at 230 V: 20 tenths
            "input.current": 2,
            "input.frequency": 50,
            "input.frequency.status": "good",
            "input.phases": 1,
            "input.powerfactor": 0.98,
            "input.realpower": 495,
            "input.sensitivity": "medium",
            "input.transfer.reason": "noTransfer",
            "input.voltage": 230,
            "input.voltage.maximum": 231.3,
            "input.voltage.minimum": 227.9,
            "input.voltage.status": "good",
            "output.current": 2,
            "output.current.nominal": 6.5,
            "output.energy": 1234.5,
            "output.frequency": 50,
            "output.phases": 1,
            "output.powerfactor": 0.95,
            "output.voltage": 230,
            "output.voltage.nominal": 230,
            "ups.beeper.status": "enabled",
            "ups.delay.reboot": 90,
            "ups.delay.shutdown": 60,
            "ups.delay.start": 20,
            "ups.firmware": "PR15109U3C1",
            "ups.firmware.aux": "1.3.4",
            "ups.id": "UPS1",
            "ups.load": 30,
            "ups.mfr.date": "2021-09-30",
            "ups.power.nominal": 1500,
            "ups.realpower": 450,
            "ups.realpower.nominal": 1350,
            "ups.start.auto": "yes",
            "ups.start.battery": "no",
            "ups.temperature": 31,
            "ups.test.date": "2024-03-15",
            # every two weeks
            "ups.test.interval": 1209600,
            "ups.test.result": "Done and passed",
        }
        assert not snapshot.left_out


async def test_three_phases() -> None:
    """Per phase, with the scalars of the first left out; the bypass has a voltage here."""
    async with opened(new_agent(phases=3)) as unit:
        variables = (await unit.driver.read()).variables
        wanted = {
            # 2300 tenths, one more on each
            "input.L2-N.voltage": 230.1,
            "input.L3.current": 0.7,
            "input.L1.powerfactor": 0.98,
            "output.L3-N.voltage": 230.2,
            "output.L2.realpower": 150,
            "output.L1.powerfactor": 0.95,
            "input.bypass.L2-N.voltage": 230,
            "input.bypass.L2.frequency": 50,
            "ups.realpower": 450,
            "input.frequency": 50,
            "output.phases": 3,
        }
        assert {name: variables.get(name) for name in wanted} == wanted
        assert not variables.keys() & {"input.voltage", "input.voltage.maximum", "output.current"}
        assert {(part.kind, part.index) for part in unit.driver.parts} == {
            (PartKind.PHASE, phase) for phase in (1, 2, 3)
        }


async def test_what_an_agent_does_not_have() -> None:
    """-1 is nothing; a rating, a frequency, a battery's health of 0 is none."""
    agent = new_agent()
    for where in ("2.2.3.0", "10.2.0", "2.2.1.0", "5.2.18.0"):
        # as a Gauge it could not be negative
        agent.tree[f"{U}.{where}"] = Object(Kind.INTEGER, -1)
    for where in ("3.2.4.0", "4.2.2.0", "1.2.8.0", "2.2.9.0", "2.2.8.0", "9.1.2.1.4.1"):
        agent.tree[f"{U}.{where}"].get = 0
    agent.tree[f"{U}.9.2.2.1.4.1"].get = 0
    agent.tree[f"{U}.2.1.3.0"].get = "00/00/0000"
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert not variables.keys() & {
            "battery.temperature",
            "ups.temperature",
            "battery.charge",
            "battery.charge.low",
            "input.frequency",
            "output.frequency",
            "output.current.nominal",
            "battery.health",
            "battery.voltage.nominal",
            "battery.date",
        }


async def test_the_percentage_that_is_called_a_current() -> None:
    """2.2.7 is no battery.current and is not even asked for."""
    agent = new_agent()
    agent.mains(False)
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert "battery.current" not in variables
        asked = {each for seen in agent.seen for each in seen.oids}
        assert oid(f"{U}.2.2.7.0") not in asked


# status


async def test_on_battery() -> None:
    """The states of an outage, each in one packet."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.mains(False)
        agent.clock.advance(50)
        agent.seen.clear()
        status = await unit.driver.read_status()
        assert status.flags == {ON_BATTERY}
        assert status.mains is False
        assert len(agent.seen) == 1
        variables = (await unit.driver.read()).variables
        assert variables["battery.runtime.elapsed"] == 50
        assert variables["input.transfer.reason"] == "brownout"
        assert variables["input.voltage.status"] == "critical-low"
        assert variables["input.frequency.status"] == "missing"
        agent.power.charge = 10.0
        agent.power.settle()
        assert (await unit.driver.read_status()).flags == {ON_BATTERY, LOW}
        agent.mains(True)
        status = await unit.driver.read_status()
        assert status.flags == {ON_LINE}
        assert status.mains is True


@pytest.mark.parametrize(
    ("said", "flags"),
    [
        (1, set()),
        (2, {ON_LINE}),
        (3, {ON_BATTERY}),
        (4, {ON_LINE, StatusFlag.BOOSTING}),
        (5, {OFF}),
        (6, {OFF}),
        (7, {OFF}),
        (8, {ON_LINE, StatusFlag.ECO}),
        (9, {BYPASS}),
        (10, {ON_LINE, StatusFlag.TRIMMING}),
        (11, {ON_LINE, OVERLOADED}),
    ],
)
async def test_output_status(said: int, flags: set[StatusFlag]) -> None:
    """Each word of upsBaseOutputStatus, with the input normal."""
    agent = new_agent()
    agent.output_status = said
    async with opened(agent) as unit:
        status = await unit.driver.read_status()
        assert status.flags == flags
        assert status.flags <= unit.driver.flags


@pytest.mark.parametrize(
    ("input_status", "flags"),
    [
        (1, {ON_LINE, OVERLOADED}),
        (2, {ON_BATTERY, OVERLOADED}),
        (3, {ON_BATTERY, OVERLOADED}),
        (5, {ON_BATTERY, OVERLOADED}),
        (6, {ON_BATTERY, OVERLOADED}),
        (None, {OVERLOADED}),
    ],
)
async def test_overload_hides_the_power(input_status: int | None, flags: set[StatusFlag]) -> None:
    """Then the input tells; without it nobody knows."""
    agent = new_agent()
    agent.output_status = 11
    agent.tree[f"{U}.3.2.6.0"].get = input_status
    async with opened(agent) as unit:
        assert (await unit.driver.read_status()).flags == flags


def _set(**values: Any) -> Any:
    def prepare(agent: CyberPowerAgent) -> None:
        for name, value in values.items():
            setattr(agent if hasattr(agent, name) else agent.power, name, value)
        agent.power.settle()

    return prepare


STATES: Mapping[str, tuple[Any, set[StatusFlag], list[str]]] = {
    "replace": (_set(replace_battery=True), {ON_LINE, StatusFlag.REPLACE_BATTERY}, []),
    "no battery": (_set(no_battery=True), {ON_LINE}, ["batteryNotPresent"]),
    "hot": (_set(system_status=2), {ON_LINE}, ["overheat"]),
    "fault": (_set(system_status=3), {ON_LINE}, ["hardwarefault"]),
    "frequency": (_set(frequency_bad=True), {ON_LINE}, ["frequencyFailure"]),
    "boost": (_set(mains_voltage=200.0), {ON_LINE, StatusFlag.BOOSTING}, []),
    "trim": (_set(mains_voltage=260.0), {ON_LINE, StatusFlag.TRIMMING}, []),
    "eco": (_set(eco=True), {ON_LINE, StatusFlag.ECO}, []),
    "bypass": (_set(bypass=True), {BYPASS}, []),
}


@pytest.mark.parametrize("state", STATES)
async def test_states(state: str) -> None:
    """Flags and alarms by name."""
    prepare, flags, alarms = STATES[state]
    agent = new_agent()
    prepare(agent)
    async with opened(agent) as unit:
        status = await unit.driver.read_status()
        assert status.flags == flags
        assert [each.code for each in status.alarms] == alarms


async def test_a_test_is_no_outage() -> None:
    """A test and a calibration run on battery, with the mains there."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run("test.battery.start")
        status = await unit.driver.read_status()
        assert status.flags == {ON_BATTERY, TESTING}
        assert status.mains is True
        assert (await unit.driver.read()).variables["input.transfer.reason"] == "selfTest"
        agent.clock.advance(11)
        assert (await unit.driver.read()).variables["ups.test.result"] == "Done and passed"
        await unit.driver.run("calibrate.start")
        status = await unit.driver.read_status()
        assert status.flags == {ON_BATTERY, CALIBRATING}
        assert status.mains is True
        await unit.driver.run("calibrate.stop")
        assert (await unit.driver.read_status()).flags == {ON_LINE}


async def test_an_outage_within_a_test() -> None:
    """What the input says counts more than the reason why it went to battery."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run("test.battery.start")
        agent.tree[f"{U}.3.2.6.0"].get = 5
        status = await unit.driver.read_status()
        assert TESTING in status.flags
        assert status.mains is False


@pytest.mark.parametrize(("input_status", "mains"), [(1, True), (6, False)])
async def test_software_knows_a_test_by_its_reason(input_status: int, mains: bool) -> None:
    """PowerPanel has no result of a test, only the reason of the transfer."""
    agent = new_agent(quirks=frozenset({"software"}), object_id="E.3808")
    agent.power.start_test(600)
    agent.tree[f"{U}.3.2.5.0"].get = 4
    agent.tree[f"{U}.3.2.6.0"].get = input_status
    async with opened(agent) as unit:
        status = await unit.driver.read_status()
        assert status.flags == ({ON_BATTERY, TESTING} if mains else {ON_BATTERY})
        assert status.mains is mains
        assert TESTING in unit.driver.flags
        assert not unit.driver.commands


# commands


@pytest.mark.parametrize(
    ("command", "writes", "danger"),
    [
        ("load.off", [("1.6.2.1.0", 2)], Danger.CUTS_POWER),
        ("shutdown.stayoff", [("1.6.2.1.0", 3)], Danger.CUTS_POWER),
        ("load.on", [("1.6.2.6.0", 2)], Danger.HARMLESS),
        ("shutdown.reboot", [("1.6.2.2.0", 2)], Danger.CUTS_POWER),
        ("shutdown.reboot.graceful", [("1.6.2.3.0", 3)], Danger.CUTS_POWER),
        # on mains 6.1.1 is refused, so it is not even tried
        ("shutdown.return", [("1.6.2.3.0", 3)], Danger.CUTS_POWER),
        ("test.failure.start", [("1.6.2.4.0", 2)], Danger.USES_BATTERY),
        ("test.panel.start", [("1.7.2.5.0", 2)], Danger.HARMLESS),
        ("test.battery.start", [("1.7.2.2.0", 2)], Danger.USES_BATTERY),
        ("calibrate.start", [("1.7.2.6.0", 2)], Danger.USES_BATTERY),
        ("calibrate.stop", [("1.7.2.6.0", 3)], Danger.HARMLESS),
        ("beeper.enable", [("1.5.2.4.0", 2)], Danger.HARMLESS),
        ("beeper.disable", [("1.5.2.4.0", 3)], Danger.HARMLESS),
        ("beeper.mute", [("1.5.2.4.0", 4)], Danger.HARMLESS),
        ("outlet.group.2.load.on", [("1.8.1.1.1.2.2", 1)], Danger.HARMLESS),
        ("outlet.group.1.load.off", [("1.8.1.1.1.2.1", 2)], Danger.CUTS_POWER),
        ("outlet.1.load.on", [("1.8.2.5.1.3.1", 1)], Danger.HARMLESS),
        ("outlet.2.load.off", [("1.8.2.5.1.3.2", 2)], Danger.CUTS_POWER),
        ("outlet.2.load.cycle", [("1.8.2.5.1.3.2", 3)], Danger.CUTS_POWER),
        ("outlet.1.load.on.delay", [("1.8.2.5.1.3.1", 4)], Danger.HARMLESS),
        ("outlet.1.load.off.delay", [("1.8.2.5.1.3.1", 5)], Danger.CUTS_POWER),
        ("outlet.1.load.cycle.delay", [("1.8.2.5.1.3.1", 6)], Danger.CUTS_POWER),
    ],
)
async def test_commands(command: str, writes: list[tuple[str, int]], danger: Danger) -> None:
    """What each writes, and what it can do to the load."""
    agent = new_agent(banks=(1, 2, 3, 4), outlets=2)
    async with opened(agent) as unit:
        assert unit.driver.commands[command].danger is danger
        outcome = await unit.driver.run(command)
        assert agent.writes == writes
        where = ".".join(map(str, oid(f"E.3808.1.1.{writes[0][0]}")))
        assert outcome.requests == (f"{where}=i:{writes[0][1]}".encode(),)


async def test_shutdown_return() -> None:
    """On battery it sleeps until the mains is back, on mains for a while."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.mains(False)
        await unit.driver.run("shutdown.return")
        assert agent.writes == [("1.6.1.1.0", 2)]
        assert (await unit.driver.read_status()).flags == {OFF}
        agent.clock.advance(3600)
        assert (await unit.driver.read_status()).flags == {OFF}
        agent.mains(True)
        agent.clock.advance(11)
        assert (await unit.driver.read_status()).flags == {ON_LINE}
        await unit.driver.run("shutdown.return")
        agent.clock.advance(89)
        assert (await unit.driver.read_status()).flags == {ON_LINE}
        agent.clock.advance(2)
        assert (await unit.driver.read_status()).flags == {OFF}
        agent.clock.advance(20)
        assert (await unit.driver.read_status()).flags == {ON_LINE}


async def test_the_mains_is_back_before_shutdown_return() -> None:
    """The refusal of the one way is the reason for the other; another refusal is one."""
    agent = new_agent()
    agent.output_status = 3
    async with opened(agent) as unit:
        await unit.driver.run("shutdown.return")
        assert agent.writes == [("1.6.2.3.0", 3)]

        def refuse(_: object) -> None:
            raise SetError(Status.NO_ACCESS)

        agent.tree[f"{U}.6.1.1.0"].check = refuse
        with pytest.raises(Rejected):
            await unit.driver.run("shutdown.return")
        del agent.tree[f"{U}.6.2.3.0"]
        agent.output_status = 2
        with pytest.raises(Unsupported, match="only on battery"):
            await unit.driver.run("shutdown.return")
        assert len(agent.writes) == 1


async def test_stay_off_and_on() -> None:
    """After the delay that the UPS keeps; on again by command."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run("shutdown.stayoff")
        agent.clock.advance(59)
        assert (await unit.driver.read_status()).flags == {ON_LINE}
        agent.clock.advance(2)
        assert (await unit.driver.read_status()).flags == {OFF}
        assert agent.power.output is Output.STAYING
        await unit.driver.run("load.on")
        assert (await unit.driver.read_status()).flags == {ON_LINE}


async def test_nothing_that_the_card_warns_of() -> None:
    """Defaults, the energy meter, the sleep timer: neither command nor setting."""
    agent = new_agent(banks=(1,), outlets=1, sensor=True)
    forbidden = {"1.5.2.12", "1.5.2.19", "1.6.2.7", "1.5.2.2", "1.5.2.3"}
    listed = {row.oid for table in mib.tables for row in table.rows if row.write}
    written = {put.oid for order in mib.orders for step in order.steps for put in step}
    assert not forbidden & (listed | written)
    async with opened(agent) as unit:
        await unit.driver.read()
        assert not agent.writes


# banks and outlets


async def test_banks() -> None:
    """A bank that is not there is none; the critical one cannot be switched."""
    agent = new_agent(banks=(1, 2, 3, 4))
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        groups = {name: value for name, value in variables.items() if "group" in name}
        assert groups == {
            "outlet.group.1.status": "on",
            "outlet.group.1.switchable": "yes",
            "outlet.group.2.status": "off",
            "outlet.group.2.switchable": "yes",
            "outlet.group.4.status": "on",
            "outlet.group.4.switchable": "no",
        }
        assert {name for name in unit.driver.commands if "group" in name} == {
            f"outlet.group.{group}.load.{what}" for group in (1, 2) for what in ("on", "off")
        }
        await unit.driver.run("outlet.group.1.load.off")
        assert (await unit.driver.read()).variables["outlet.group.1.status"] == "off"
        agent.power.shut_down(0, off_for=None)
        assert (await unit.driver.read()).variables["outlet.group.4.status"] == "off"


async def test_outlets() -> None:
    """Names, states, delays, bank; a cycle."""
    agent = new_agent(outlets=2)
    agent.outlets[1].bank = 0
    agent.outlets[1].off_delay = -1
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert {name: value for name, value in variables.items() if "outlet." in name} == {
            "outlet.count": 2,
            "outlet.1.name": "Outlet1",
            "outlet.1.status": "on",
            "outlet.1.groupid": "1",
            "outlet.1.delay.start": 3,
            "outlet.1.delay.shutdown": 5,
            "outlet.1.delay.reboot": 10,
            "outlet.2.name": "Outlet2",
            "outlet.2.status": "on",
            "outlet.2.delay.start": 3,
            "outlet.2.delay.reboot": 10,
        }
        await unit.driver.run("outlet.1.load.cycle")
        assert (await unit.driver.read()).variables["outlet.1.status"] == "off"
        agent.clock.advance(11)
        assert (await unit.driver.read()).variables["outlet.1.status"] == "on"
        assert await unit.driver.write("outlet.1.delay.start", -1) == -1
        assert agent.outlets[0].on_delay == -1
        assert "outlet.1.delay.start" not in (await unit.driver.read()).variables
        assert await unit.driver.write("outlet.2.delay.shutdown", 30) == 30
        assert await unit.driver.write("outlet.2.name", "Router") == "Router"
        await unit.driver.run("outlet.2.load.off.delay")
        agent.clock.advance(29)
        assert (await unit.driver.read()).variables["outlet.2.status"] == "on"
        agent.clock.advance(2)
        variables = (await unit.driver.read()).variables
        assert variables["outlet.2.status"] == "off"
        assert variables["outlet.2.name"] == "Router"


# environment sensor


@pytest.mark.parametrize("quirks", [frozenset(), frozenset({"fahrenheit"})])
async def test_sensor(quirks: frozenset[str]) -> None:
    """In °C where the card has them, else out of °F; thresholds are whole °C."""
    agent = new_agent(sensor=True, quirks=quirks)
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        ambient = {
            name: value for name, value in snapshot.variables.items() if name.startswith("ambient")
        }
        wanted = {
            "ambient.name": "Rack sensor",
            # 234, or 741 tenths of a °F
            "ambient.temperature": 23.4,
            "ambient.humidity": 41,
            "ambient.humidity.high": 80,
            "ambient.humidity.low": 20,
            "ambient.contacts.1.name": "Door",
            "ambient.contacts.1.status": "inactive",
            "ambient.contacts.1.config": "normal-opened",
            "ambient.contacts.2.name": "Smoke",
            "ambient.contacts.2.status": "active",
            "ambient.contacts.2.config": "normal-closed",
        }
        if not quirks:
            wanted |= {"ambient.temperature.high": 40, "ambient.temperature.low": 5}
        assert ambient == wanted
        assert [each.code for each in snapshot.status.alarms] == ["contactAbnormal"]
        assert await unit.driver.write("ambient.humidity.high", 70) == 70
        assert await unit.driver.write("ambient.contacts.2.config", "normal-opened")
        assert await unit.driver.write("ambient.name", "Cellar") == "Cellar"
        assert agent.writes == [("4.3.2.0", 70), ("4.4.2.1.4.2", 1), ("4.1.1.0", b"Cellar")]


async def test_below_zero() -> None:
    """-0.1 °C is a temperature, and so is 0 °C: 32 °F."""
    agent = new_agent(sensor=True)
    async with opened(agent) as unit:
        for celsius in (-0.1, 0):
            agent.sensor.temperature = celsius
            assert (await unit.driver.read()).variables["ambient.temperature"] == celsius


async def test_a_sensor_that_is_not_there() -> None:
    """Zeros without air; nothing of it can be set."""
    agent = new_agent(quirks=frozenset({"no_sensor"}))
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert not [name for name in snapshot.variables if name.startswith("ambient")]
        assert not [name for name in unit.driver.settings if name.startswith("ambient")]
        # it is plugged in: values come by themselves
        agent.tree[f"{ENV}.2.6.0"].get = 215
        agent.tree[f"{ENV}.3.1.0"].get = 44
        variables = (await unit.driver.read()).variables
        assert variables["ambient.temperature"] == 21.5
        assert variables["ambient.humidity"] == 44


# settings


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("output.voltage.nominal", 240, ("1.5.2.1.0", 240)),
        ("battery.charge.restart", 45, ("1.5.2.14.0", 45)),
        ("input.sensitivity", "high", ("1.5.2.7.0", 4)),
        ("input.sensitivity", "auto", ("1.5.2.7.0", 1)),
        # ticks
        ("battery.runtime.low", 420, ("1.5.2.8.0", 42000)),
        ("ups.delay.start", 15, ("1.5.2.9.0", 1500)),
        ("ups.delay.shutdown", 120, ("1.5.2.10.0", 12000)),
        ("ups.delay.reboot", 61, ("1.5.2.11.0", 6100)),
        ("ups.start.auto", "no", ("1.5.2.13.0", 1)),
        ("ups.start.battery", "yes", ("1.5.2.15.0", 2)),
        # minutes
        ("battery.energysave.delay", 3600, ("1.5.2.16.0", 60)),
        ("battery.charge.low", 20, ("1.5.2.18.0", 20)),
        ("ups.test.interval", 604800, ("1.7.2.1.0", 3)),
        ("ups.test.interval", 0, ("1.7.2.1.0", 5)),
        ("ups.id", "Cellar", ("1.1.1.2.0", b"Cellar")),
        ("battery.date", "2024-02-29", ("1.2.1.3.0", b"02/29/2024")),
    ],
)
async def test_settings(name: str, value: Value, written: tuple[str, object]) -> None:
    """Each in the MIB's type and unit, and read back."""
    await check_setting(new_agent(), name, value, written)


async def test_the_older_objects() -> None:
    """Where the newer of two is absent the older is what is set."""
    agent = new_agent()
    del agent.tree[f"{U}.5.2.14.0"]
    del agent.tree[f"{U}.5.2.8.0"]
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["battery.charge.restart"] == 10
        # 5 minutes
        assert variables["battery.runtime.low"] == 300
        assert unit.driver.settings["battery.charge.restart"].maximum == 40
        assert await unit.driver.write("battery.runtime.low", 600) == 600
        assert agent.writes == [("1.5.2.20.0", 10)]


async def test_a_newer_object_that_says_nothing() -> None:
    """What is published is what is set."""
    agent = new_agent()
    agent.settings["5.2.14"] = -1
    async with opened(agent) as unit:
        assert (await unit.driver.read()).variables["battery.charge.restart"] == 10
        assert await unit.driver.write("battery.charge.restart", 25) == 25
        assert agent.writes == [("1.5.2.6.0", 25)]


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        # the card takes 220, 230 and 240 V
        ("output.voltage.nominal", 225, Rejected),
        ("battery.runtime.low", 180, Rejected),
        ("ups.delay.shutdown", 30, Unsupported),
        ("input.sensitivity", "reduced", Unsupported),
        ("battery.date", "30.9.2021", Unsupported),
        ("ups.test.interval", 86400, Unsupported),
        ("ups.beeper.status", "muted", Unsupported),
    ],
)
async def test_refused_settings(name: str, value: Value, error: type[Exception]) -> None:
    """Impossible values, and those that the card refuses."""
    await check_refusal(new_agent(), name, value, error)


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("09/30/21", "2021-09-30"),
        ("1/5/99", "1999-01-05"),
        ("12/31/2019", "2019-12-31"),
        ("13/31/2019", None),
        ("2019-12-31", "2019-12-31"),
        ("May 2019", "May 2019"),
    ],
)
def test_dates(said: str, date: str | None) -> None:
    """The month comes first; what is no date stays as it is."""
    assert iso_date(said, Reader(mib), ()) == date
    assert LONG_DATE.kind is SettingKind.DATE


# traps


@pytest.mark.parametrize(
    ("number", "pushes"),
    [
        (5, [Event("on_battery"), Reread(Tier.STATUS)]),
        (9, [Event("power_restored"), Reread(Tier.STATUS)]),
        # unlike PowerNet's: discharged, calibration
        (4, [Event("calibration_started"), Reread(Tier.STATUS)]),
        (20, [Event("calibration_ended"), Reread(Tier.STATUS)]),
        (26, [Event("turned_on"), Reread(Tier.STATUS)]),
        (208, [Event("contact_fault"), Reread(Tier.STATUS)]),
        # something of an accessory: a reason to read
        (250, [Reread(Tier.STATUS)]),
        # somebody logged in
        (65, []),
    ],
)
async def test_traps(number: int, pushes: list[Push]) -> None:
    """A trap is an event and a reason to read, with and without the 0 before its number."""
    async with opened(new_agent()) as unit:
        heard: list[Push] = []
        unit.driver.on_push(heard.append)
        for trap in (f"E.3808.0.{number}", f"E.3808.{number}"):
            unit.link.deliver(Trap(oid(trap), {TRAP_STRING: b"said"}))
        assert heard == pushes * 2


async def test_traps_of_an_outage() -> None:
    """What the simulated card sends when mains goes and comes."""
    agent = new_agent()
    sent: list[int] = []
    agent.trap_listeners.append(lambda trap, _: sent.append(trap[-1]))
    agent.advance()
    agent.mains(False)
    agent.power.charge = 10.0
    agent.power.settle()
    agent.advance()
    agent.mains(True)
    assert sent == [5, 7, 9, 11]


# a recording


@VERSIONS
async def test_recording(version: str) -> None:
    """PowerPanel with a CP1000PFCLCD; the raw objects stand beside the values."""
    agent = recording("cyberpower_cp1000pfclcd")
    if agent is None:
        pytest.skip("the folder with the recordings is not here")
    async with opened(agent, version=version, community="public") as unit:
        snapshot = await unit.driver.read()
        assert unit.driver.mibs == ("cyberpower", "rfc1628", "system")
        assert unit.identity.model == "CP1000PFCLCD"
        # 4.1.1 = 2, 2.2.5 = 2
        assert snapshot.status.flags == {ON_LINE, StatusFlag.REPLACE_BATTERY}
        # 3.2.6 = 1
        assert snapshot.status.mains is True
        variables = {
            name: value
            for name, value in snapshot.variables.items()
            if name.split(".")[0] in {"battery", "input", "output", "ups"} and name != "ups.id"
        }
        assert variables == {
            "battery.charge": 100,
            "battery.voltage": 24,  # 2.2.2 = 240
            "battery.runtime": 1200,  # 2.2.4 = 120000
            "input.voltage": 123,  # 3.2.1 = 1230
            "input.voltage.status": "good",
            "input.frequency.status": "good",
            "input.transfer.reason": "noTransfer",  # 3.2.5 = 1
            "output.voltage": 123,  # 4.2.1 = 1230; 4.2.2 = 0 is no frequency
            "ups.load": 24,
            "ups.firmware": "CRDA103_261",
        }
        assert not snapshot.left_out
        assert not unit.driver.commands
        assert not unit.driver.settings


# Best Power


def new_best() -> BestPowerAgent:
    """Return an agent whose clock a test moves."""
    return BestPowerAgent(clock=Clock.stopped())


@VERSIONS
async def test_best_power(version: str) -> None:
    """The few objects that are known; no command, no setting."""
    agent = new_best()
    async with opened(agent, version=version) as unit:
        assert unit.driver.mibs == ("bestpower", "system")
        assert unit.identity.manufacturer == "Best Power"
        assert unit.identity.model == "FE850VA"
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {ON_LINE}
        wanted = {
            "battery.current": 0,
            "battery.runtime": 1980,  # 33 minutes
            "battery.runtime.elapsed": 0,
            "battery.voltage": 27.3,
            "ups.firmware": "A07.02",
            "ups.mfr.date": "1999-05-11",
            "ups.power.nominal": 850,
            "device.serial": "FE0850K00123",
        }
        assert {name: snapshot.variables.get(name) for name in wanted} == wanted
        agent.power.mains = False
        agent.power.settle()
        await unit.driver.read_status()
        agent.clock.advance(30)
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {ON_BATTERY}
        assert snapshot.status.mains is False
        assert snapshot.variables["battery.runtime.elapsed"] == 30
        assert snapshot.variables["battery.current"] == 12.5
        assert not unit.driver.commands
        assert not unit.driver.settings


async def test_best_power_behind_an_unknown_id() -> None:
    """Its sysObjectID is not known for certain: then its model is asked for."""
    agent = new_best()
    agent.tree["1.3.6.1.2.1.1.2.0"] = Object(Kind.OID, oid("E.99999.1"))
    async with opened(agent) as unit:
        assert unit.driver.mibs == ("bestpower", "system")


# whatever an agent says

_OBJECTS = [
    (*oid(f"E.3808.1.1.{row.oid}"), 1 if table.index else 0)
    for table in mib.tables
    for row in table.rows
]


@given(
    st.dictionaries(
        st.sampled_from(_OBJECTS),
        st.one_of(
            st.integers(-(2**31), 2**64),
            st.integers(0, 12),
            st.binary(max_size=40),
            st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=12).map(tuple),
        ),
    )
)
@settings(max_examples=200, deadline=None)
async def test_any_objects(raw: dict[Any, Any]) -> None:
    """Objects of any types make values and a status, nothing else."""
    reader = await learned(mib, raw)
    check_variables(reader)
    assert mib.judge is not None
    flags = mib.judge(reader.signs()).flags
    assert not {ON_LINE, ON_BATTERY} <= flags
    assert not {ON_LINE, OFF} <= flags
