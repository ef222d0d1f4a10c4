"""MGE UPSes: values, status, commands, settings, traps, on simulated agents and on a recording.

Values were worked out by hand from the simulator's state, or from the raw objects behind them.
"""

from typing import Any

import pytest

from .snmp import VERSIONS, check_names, check_refusal, check_setting, event_names, opened
from custom_components.ups_protocols.ups.errors import UpsGone
from custom_components.ups_protocols.ups.mibs.mge import mib
from custom_components.ups_protocols.ups.model import (
    Danger,
    Event,
    PartKind,
    Push,
    Reread,
    StatusFlag,
    Tier,
)
from tests.simulators.clock import Clock
from tests.simulators.power import Output
from tests.simulators.snmp import Kind, MgeAgent, Object, Rfc1628Agent, oid, recording
from tests.simulators.snmp.eaton_environment import Contact, Emp
from tests.simulators.snmp.mge import M
from tests.simulators.snmp.rfc1628 import R

pytestmark = pytest.mark.usefixtures("loopback")

ON_LINE, ON_BATTERY, OFF = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY, StatusFlag.OFF
BYPASS, LOW, TESTING = StatusFlag.BYPASS, StatusFlag.LOW_BATTERY, StatusFlag.TESTING
ALONE, RECORDED = frozenset({"alone"}), frozenset({"recorded"})


def new_agent(**options: Any) -> MgeAgent:
    """Return an agent whose clock a test moves."""
    return MgeAgent(clock=Clock.stopped(), **options)


# values


@VERSIONS
async def test_values(version: str) -> None:
    """Tenths become volts, family and model one name; seconds stay seconds."""
    async with opened(new_agent(quirks=ALONE), version=version) as unit:
        snapshot = await unit.driver.read()
        assert unit.driver.mibs == ("mge", "system")
        assert unit.identity.manufacturer == "Eaton"
        assert unit.identity.model == "PULSAR EX 10"
        assert unit.identity.serial == "1A2B3C4D5"
        assert snapshot.variables == {
            "ambient.contacts.1.name": "input 1",
            "ambient.contacts.1.status": "inactive",
            "ambient.contacts.2.name": "input 2",
            "ambient.contacts.2.status": "inactive",
            # 238 and 415 tenths
            "ambient.humidity": 41.5,
            "ambient.temperature": 23.8,
            "battery.charge": 100,
            "battery.charge.low": 20,
            "battery.charge.restart": 10,
            "battery.current": 0,
            # 600 s at full load, 30 % of it
            "battery.runtime": 2000,
            "battery.runtime.full": 14400,
            "battery.runtime.low": 180,
            "battery.runtime.nominal": 600,
            "battery.temperature": 25,
            "battery.voltage": 54.6,
            "battery.voltage.nominal": 48,
            "device.contact": "admin",
            "device.description": "Simulated SNMP card",
            "device.location": "rack 1",
            "device.model": "PULSAR EX 10",
            "device.serial": "1A2B3C4D5",
            "input.current": 1.3,
            "input.frequency": 50,
            "input.phases": 1,
            "input.transfer.boost.high": 212,
            "input.transfer.boost.low": 184,
            "input.transfer.high": 264,
            "input.transfer.low": 184,
            "input.transfer.reason": "noTransfer",
            "input.transfer.trim.high": 264,
            "input.transfer.trim.low": 248,
            "input.voltage": 230,
            "input.voltage.maximum": 231.9,
            "input.voltage.minimum": 228.1,
            "outlet.1.battery.charge.low": 0,
            "outlet.1.delay.shutdown": 65535,
            "outlet.1.delay.start": 5,
            "outlet.1.name": "outlet 1",
            "outlet.1.status": "on",
            "outlet.1.switchable": "yes",
            "outlet.1.type": "IEC C13",
            "outlet.2.battery.charge.low": 0,
            "outlet.2.delay.shutdown": 65535,
            "outlet.2.delay.start": 5,
            "outlet.2.name": "outlet 2",
            "outlet.2.status": "on",
            "outlet.2.switchable": "yes",
            "outlet.2.type": "IEC C13",
            "outlet.count": 2,
            "output.current": 1.3,
            "output.current.nominal": 4,
            "output.frequency": 50,
            # 500: more than 100 must be tenths
            "output.frequency.nominal": 50,
            "output.phases": 1,
            "output.voltage": 230,
            "output.voltage.nominal": 230,
            "ups.beeper.status": "enabled",
            # 4.11; 4.10, the time on battery, is 65535
            "ups.delay.shutdown": 30,
            "ups.firmware": "07",
            "ups.firmware.aux": "card BA",
            "ups.id": "ups in the cellar",
            "ups.load": 30,
            "ups.power.nominal": 1000,
            "ups.start.auto": "yes",
            # weekly
            "ups.test.interval": 604800,
        }
        assert not snapshot.left_out
        assert snapshot.status.flags == {ON_LINE}
        assert snapshot.status.input_present is True


async def test_rfc1628_fills_the_gaps() -> None:
    """Watts and the bypass come from RFC 1628 of the same card, the rest stays MGE's."""
    async with opened(new_agent()) as unit:
        variables = (await unit.driver.read()).variables
        assert unit.driver.mibs == ("mge", "rfc1628", "system")
        assert unit.identity.manufacturer == "Simulated Power"
        assert variables["ups.realpower"] == 300
        assert variables["input.bypass.voltage"] == 230
        # not 1980, which is 33 minutes
        assert variables["battery.runtime"] == 2000
        assert variables["ups.test.result"] == "No test initiated"


async def test_three_phases() -> None:
    """Each phase by its name; of the load the largest counts."""
    async with opened(new_agent(phases=3, quirks=ALONE)) as unit:
        variables = (await unit.driver.read()).variables
        assert [variables[f"input.L{phase}-N.voltage"] for phase in (1, 2, 3)] == [230] * 3
        assert variables["input.L3-N.voltage.minimum"] == 228.1
        assert [variables[f"output.L{phase}.power.percent"] for phase in (1, 2, 3)] == [30, 31, 32]
        assert variables["ups.load"] == 32
        assert variables["input.frequency"] == variables["output.frequency"] == 50
        assert "input.voltage" not in variables
        assert "output.voltage" not in variables


@pytest.mark.parametrize("mains", [True, False])
async def test_a_card_like_the_recorded_one(mains: bool) -> None:
    """Rows with a 0 behind the phase, rows of phases that are not there, one without a phase."""
    agent = new_agent(quirks=RECORDED)
    agent.mains(mains)
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["input.voltage"] == (230 if mains else 0)
        assert variables["output.voltage"] == 230
        assert variables["ups.load"] == 30
        assert not any(".L" in name or name.endswith(".minimum") for name in variables)


@VERSIONS
async def test_recording(version: str) -> None:
    """An Eaton 5PX 3000 with a probe, of LibreNMS."""
    agent = recording("eaton-mgeups_5px")
    if agent is None:
        pytest.skip("the folder with the recordings is not here")
    async with opened(agent, version=version, community="public") as unit:
        snapshot = await unit.driver.read()
        assert unit.driver.mibs == ("mge", "rfc1628", "system")
        assert unit.identity.model == "Eaton 5PX 3000"  # 1.1 = "Eaton 5PX", 1.2 = "3000"
        assert unit.identity.serial == "G4294C3232"
        # 7.3 = 2, 7.4 = 2, 7.7 = 2; 7.9 = 1, inverter off, is no output off
        assert snapshot.status.flags == {ON_LINE}
        assert snapshot.status.alarms == ()
        expected = {
            "ambient.humidity": 15,  # E.534.1.6.6
            "ambient.humidity.high": 90,  # 6.12
            "ambient.temperature": 33,  # 6.5; 6.7 = 2: the probe is there
            "ambient.temperature.low": 5,  # 6.9
            "battery.charge": 100,  # 5.2
            "battery.current": 0,  # 5.6
            "battery.runtime": 2594,  # 5.1; RFC 1628 says 43 minutes
            "battery.voltage": 81,  # 5.5 = 810
            "device.mfr": "EATON",  # RFC 1628, 1.1
            "input.current": 0,  # 6.2.1.6.1.0
            "input.frequency": 50,  # 6.2.1.3.1.0 = 500
            "input.transfer.reason": "noTransfer",  # 6.4 = 1
            "input.voltage": 229,  # 6.2.1.2.1.0 = 2290
            "output.current": 7,  # 7.2.1.5.1 = 70
            "output.frequency": 50,  # 7.2.1.3.1 = 500
            "output.voltage": 229,  # 7.2.1.2.1 = 2290
            "ups.firmware": "06",
            "ups.load": 59,  # 7.2.1.4.1
            "ups.realpower": 1593,  # RFC 1628, 4.4.1.4.1
        }
        variables = snapshot.variables
        assert {each: variables.get(each) for each in expected} == expected
        # 2.7 = 0 °C with 2.6 = 0 A; two contacts of type 4, not used; three equal output rows
        assert not variables.keys() & {"battery.temperature", "ambient.contacts.1.status"}
        assert not any(".L" in name or name.endswith(".minimum") for name in variables)
        assert not snapshot.left_out


@pytest.mark.parametrize(
    ("object_", "value", "name"),
    [
        ("5.7.0", 0, "battery.temperature"),
        ("5.1.0", -1, "battery.runtime"),
        ("4.12.0", 0, "ups.power.nominal"),
        ("1.7.0", b"UNKNOWN", "device.serial"),
        ("10.1.0", 4, "ups.test.interval"),
        ("10.5.0", 0, "ups.test.date"),
    ],
)
async def test_what_is_not_there(object_: str, value: int | bytes, name: str) -> None:
    """Sentinels, empty texts, a battery of 0 °C with 0 A; at each start is no interval."""
    agent = new_agent(quirks=ALONE)
    kind = Kind.OCTETS if isinstance(value, bytes) else Kind.INTEGER
    agent.tree[f"{M}.{object_}"] = Object(kind, value)
    async with opened(agent) as unit:
        assert name not in (await unit.driver.read()).variables


async def test_signed_values() -> None:
    """A battery that is charged with 0.1 A, in deep frost."""
    agent = new_agent(quirks=ALONE)
    agent.tree[f"{M}.5.6.0"] = Object(Kind.INTEGER, -1)
    agent.tree[f"{M}.5.7.0"] = Object(Kind.INTEGER, -1)
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["battery.current"] == -0.1
        assert variables["battery.temperature"] == -1


@pytest.mark.parametrize(
    ("family", "model", "whole"),
    [
        ("Eaton 9130", "9130", "Eaton 9130"),
        ("GALAXY", "", "GALAXY"),
        ("", "SV9", "SV9"),
    ],
)
async def test_model(family: str, model: str, whole: str) -> None:
    """The family may hold the model already, or either may be empty."""
    agent = new_agent(quirks=ALONE)
    agent.tree[f"{M}.1.1.0"] = Object(Kind.OCTETS, family)
    agent.tree[f"{M}.1.2.0"] = Object(Kind.OCTETS, model)
    async with opened(agent) as unit:
        assert unit.identity.model == whole


# status


@pytest.mark.parametrize(
    ("change", "flags"),
    [
        ({}, {ON_LINE}),
        ({"mains": False, "charge": 60.0}, {ON_BATTERY}),
        ({"mains": False, "charge": 18.0}, {ON_BATTERY, LOW}),
        ({"bypass": True}, {BYPASS}),
        ({"mains_voltage": 195.0}, {ON_LINE, StatusFlag.BOOSTING}),
        ({"mains_voltage": 262.0}, {ON_LINE, StatusFlag.TRIMMING}),
    ],
)
@VERSIONS
async def test_states(version: str, change: dict[str, Any], flags: set[StatusFlag]) -> None:
    """The yes and no of battery and output make the status."""
    agent = new_agent(quirks=ALONE)
    async with opened(agent, version=version) as unit:
        for name, value in change.items():
            setattr(agent.power, name, value)
        agent.power.settle()
        before = unit.wire.requests
        status = await unit.driver.read_status()
        assert unit.wire.requests == before + 1
        assert status.flags == flags
        assert status.flags <= unit.driver.flags
        assert status.input_present == ("mains" not in change)


@pytest.mark.parametrize(("cause", "reason"), [(2, "input voltage out of range"), (4, "blackout")])
async def test_line_fail_cause(cause: int, reason: str) -> None:
    """A brownout and a blackout."""
    agent = new_agent()
    agent.power.mains_voltage = 150
    agent.mains(cause == 2)
    async with opened(agent) as unit:
        assert (await unit.driver.read()).variables["input.transfer.reason"] == reason


async def test_alarms() -> None:
    """By the name of their object; no battery is told by two objects, and once."""
    agent = new_agent(probes=1)
    async with opened(agent) as unit:
        agent.hot = agent.charger_failed = agent.no_battery = True
        agent.replace_battery = agent.overloaded = agent.power.failed = True
        agent.external_alarms[1] = True
        agent.config["4.1"] = 2
        agent.probes[0]["temperature"] = 451
        snapshot = await unit.driver.read()
        assert {alarm.text for alarm in snapshot.status.alarms} == {
            "Battery fault",
            "No battery",
            "Charger fault",
            "Over temperature",
            "External alarm",
            "Temperature too high",
        }
        assert len(snapshot.status.alarms) == 6
        assert snapshot.status.flags == {
            ON_LINE,
            StatusFlag.REPLACE_BATTERY,
            StatusFlag.OVERLOADED,
        }
        assert snapshot.variables["ambient.contacts.2.status"] == "active"
        assert snapshot.variables["ambient.1.temperature.status"] == "warning-high"
        assert (await unit.driver.read_status()).alarms == snapshot.status.alarms


async def test_inverter_off_is_no_output_off() -> None:
    """The inverter of a line-interactive unit on mains rests; off is told by RFC 1628 alone."""
    agent = new_agent()
    async with opened(agent) as unit:
        assert agent.tree[f"{M}.7.9.0"].value().value == 1
        assert (await unit.driver.read_status()).flags == {ON_LINE}
        agent.power.output = Output.STAYING
        assert (await unit.driver.read_status()).flags == {OFF}


async def test_of_rfc1628_only_some_flags() -> None:
    """An alarm there adds nothing that this MIB knows; what its source decides counts."""
    agent = new_agent()
    async with opened(agent) as unit:
        # on battery, output bad, output off as requested, all with a normal output source
        agent.own_alarms = {oid(f"{R}.6.3.{number}") for number in (2, 7, 11)}
        status = await unit.driver.read_status()
        assert status.flags == {ON_LINE}
        assert status.alarms == ()


async def test_the_card_has_lost_its_ups() -> None:
    """The number of upsmgAgentCommUPS is even then: 20 with two outlets, else 21."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.contact_lost = True
        with pytest.raises(UpsGone, match="lost its UPS"):
            await unit.driver.read_status()
        agent.contact_lost = False
        assert (await unit.driver.read_status()).flags == {ON_LINE}


async def test_tests() -> None:
    """A test is seen by RFC 1628, its result by this MIB; it is no loss of mains."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run("test.battery.start")
        assert agent.writes == [("10.4.0", 2)]
        status = await unit.driver.read_status()
        assert status.flags == {ON_BATTERY, TESTING}
        assert status.mains is True
        agent.clock.advance(11)
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {ON_LINE}
        assert snapshot.variables["ups.test.result"] == "Done and passed"


# outlets and probes


async def test_outlets_are_switched() -> None:
    """Delay, then the order; what the outlet says follows."""
    agent = new_agent()
    async with opened(agent) as unit:
        driver = unit.driver
        assert [part.index for part in driver.parts if part.kind is PartKind.OUTLET] == [1, 2]
        await driver.run("outlet.2.load.off", delay=5)
        assert agent.writes == [("9.1.1.5.2", 5), ("9.1.1.6.2", 2)]
        agent.clock.advance(4)
        assert (await driver.read()).variables["outlet.2.status"] == "on"
        agent.clock.advance(2)
        variables = (await driver.read()).variables
        assert variables["outlet.2.status"] == "off"
        assert variables["outlet.1.status"] == "on"
        await driver.run("outlet.2.load.on")
        assert agent.writes[2:] == [("9.1.1.2.2", 0), ("9.1.1.3.2", 2)]
        assert (await driver.read()).variables["outlet.2.status"] == "on"
        await driver.run("outlet.1.load.cycle", duration=30)
        assert agent.writes[4:] == [("9.1.1.8.1", 0), ("9.1.1.11.1", 30), ("9.1.1.9.1", 2)]
        assert (await driver.read()).variables["outlet.1.status"] == "off"
        agent.clock.advance(31)
        assert (await driver.read()).variables["outlet.1.status"] == "on"


async def test_no_outlets() -> None:
    """No outlet, no commands to one, no count."""
    async with opened(new_agent(outlets=0)) as unit:
        assert not any(name.startswith("outlet") for name in unit.driver.commands)
        assert "outlet.count" not in (await unit.driver.read()).variables


async def test_probes() -> None:
    """Tenths of °C and of %, limits in tenths of °C and in whole %; a lost one says nothing."""
    agent = new_agent(probes=2)
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert [part.index for part in unit.driver.parts if part.kind is PartKind.PROBE] == [1, 2]
        expected = {
            "ambient.count": 2,
            "ambient.1.present": "yes",
            "ambient.1.name": "Rack",
            "ambient.1.temperature": 21.5,
            "ambient.1.temperature.low": 5,
            "ambient.1.temperature.high": 40,
            "ambient.1.temperature.status": "good",
            "ambient.1.humidity": 43,
            "ambient.1.humidity.low": 10,
            "ambient.1.humidity.high": 80,
            "ambient.1.humidity.status": "good",
            "ambient.1.contacts.1.status": "open",
            "ambient.1.contacts.1.name": "Door",
            "ambient.1.contacts.2.status": "closed",
            "ambient.1.contacts.2.name": "Leak",
            "ambient.2.temperature": 22.5,
        }
        assert {each: variables.get(each) for each in expected} == expected
        assert await unit.driver.write("ambient.2.humidity.low", 45) == 45
        assert await unit.driver.write("ambient.2.temperature.high", 22.4) == 22.4
        assert agent.writes == [("4.34.1.6.2", 45), ("4.34.1.4.2", 224)]
        variables = (await unit.driver.read()).variables
        assert variables["ambient.2.humidity.status"] == "warning-low"
        assert variables["ambient.2.temperature.status"] == "warning-high"
        agent.probes[0]["lost"] = 1
        snapshot = await unit.driver.read()
        assert snapshot.variables["ambient.1.present"] == "no"
        assert not snapshot.variables.keys() & {
            "ambient.1.temperature",
            "ambient.1.humidity",
            "ambient.1.temperature.status",
        }
        assert "Environment probe lost" in {alarm.text for alarm in snapshot.status.alarms}


async def test_a_probe_of_eatons_objects() -> None:
    """They stand in another MIB; one without contacts is none, a contact of type 4 is hidden."""
    emp = Emp(contacts=[Contact(1, 4), Contact(4, 1, b"Unused")])
    agent = new_agent(emp=emp)
    # the older objects say that they measure nothing
    agent.tree[f"{M}.8.1.0"] = agent.tree[f"{M}.8.2.0"] = Object(Kind.INTEGER, 0)
    agent.tree.remove(f"{M}.8.3", f"{M}.4.25")
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        ambient = {name: value for name, value in variables.items() if name.startswith("ambient")}
        assert ambient == {
            "ambient.temperature": 23,
            "ambient.temperature.low": 5,
            "ambient.temperature.high": 40,
            "ambient.humidity": 41,
            "ambient.humidity.low": 10,
            "ambient.humidity.high": 80,
            "ambient.contacts.1.config": "normal-opened",
            "ambient.contacts.1.name": "Door",
            # 4: closed with notice
            "ambient.contacts.1.status": "closed",
        }
        said = [alarm.text for alarm in (await unit.driver.read_status()).alarms]
        assert said == ["Environment: Door is closed"]
        assert await unit.driver.write("ambient.temperature.high", 30) == 30
        assert emp.limits[1] == 30
        emp.contacts.clear()
        await unit.driver.read()
        variables = (await unit.driver.read()).variables
        assert not any(name.startswith("ambient") for name in variables)


async def test_old_units() -> None:
    """What 8.7 is on newer ones is 8.5 there."""
    agent = new_agent(quirks=frozenset({"old"}))
    for column, value in (("1", 1), ("2", 195), ("3", 520)):
        agent.tree[f"{M}.8.5.1.{column}.1"] = Object(Kind.INTEGER, value)
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["ambient.1.temperature"] == 19.5
        assert variables["ambient.1.humidity"] == 52


# commands and settings


@pytest.mark.parametrize(
    ("command", "write"),
    [
        ("test.battery.start", ("10.4.0", 2)),
        ("test.system.start", ("10.2.0", 2)),
        ("beeper.disable", ("4.19.0", 2)),
        ("beeper.enable", ("4.19.0", 1)),
        # RFC 1628 of the same card
        ("beeper.mute", ("upsConfigAudibleStatus", 3)),
        ("load.on", ("upsStartupAfterDelay", 0)),
    ],
)
async def test_commands(command: str, write: tuple[str, int]) -> None:
    """What each command writes."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run(command)
        assert agent.writes == [write]


async def test_a_shutdown_takes_the_delay_of_the_unit() -> None:
    """RFC 1628's command, the delay that this MIB keeps: 30 s, then what was set."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run("shutdown.stayoff")
        assert agent.writes[-1] == ("upsShutdownAfterDelay", 30)
        await unit.driver.run("shutdown.stop")
        await unit.driver.write("ups.delay.shutdown", 45)
        await unit.driver.read()
        await unit.driver.run("shutdown.stayoff")
        assert agent.writes[-1] == ("upsShutdownAfterDelay", 45)


@pytest.mark.parametrize(
    ("name", "value", "write"),
    [
        ("ups.id", "rack 7", ("1.5.0", b"rack 7")),
        ("ups.delay.shutdown", 120, ("4.11.0", 120)),
        ("ups.test.interval", 86400, ("10.1.0", 6)),
        ("ups.test.interval", 0, ("10.1.0", 5)),
        ("ups.start.auto", "no", ("4.9.0", 2)),
        ("ups.start.auto", "yes", ("4.9.0", 3)),
        ("battery.charge.low", 25, ("4.8.0", 25)),
        ("battery.charge.restart", 30, ("4.5.0", 30)),
        ("battery.runtime.low", 240, ("4.7.0", 240)),
        ("input.transfer.low", 190, ("4.13.0", 190)),
        ("input.transfer.high", 260, ("4.14.0", 260)),
        ("input.transfer.boost.low", 180, ("4.30.0", 180)),
        ("input.transfer.boost.high", 215, ("4.31.0", 215)),
        ("input.transfer.trim.low", 245, ("4.32.0", 245)),
        ("input.transfer.trim.high", 270, ("4.33.0", 270)),
        ("outlet.1.name", "lamp", ("3.2.1.4.1", b"lamp")),
        ("outlet.1.battery.charge.low", 40, ("4.23.1.5.1", 40)),
        ("outlet.2.delay.shutdown", 600, ("4.23.1.6.2", 600)),
        ("outlet.2.delay.start", 10, ("4.23.1.8.2", 10)),
    ],
)
async def test_settings(name: str, value: Any, write: tuple[str, object]) -> None:
    """Where each is written, and that it says so afterwards; not again when it says so already."""
    await check_setting(new_agent(), name, value, write)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ups.test.interval", 1000),
        ("ups.test.interval", "often"),
        ("battery.charge.low", 101),
        ("ups.id", "x" * 33),
    ],
)
async def test_impossible_settings(name: str, value: Any) -> None:
    """They are refused before anything is written."""
    await check_refusal(new_agent(), name, value)


def test_names_and_dangers() -> None:
    """Every name is a standard one; what cuts power says so; the agent itself is never written."""
    check_names(mib, phase=1, outlet=1, probe=1, contact=1)
    for table in mib.tables:
        for row in table.rows:
            if row.write is not None:
                assert not row.oid.startswith(("12.", "13.", "10.7", "10.8"))
    for order in mib.orders:
        name = order.command.name
        cuts = name.endswith(("load.off", "load.cycle"))
        assert (order.command.danger is Danger.CUTS_POWER) == cuts
        assert not any(put.oid.startswith("12.") for step in order.steps for put in step)


# traps


@pytest.mark.parametrize(
    ("trap", "pushes"),
    [
        # SMIv1 has no zero before the number, SMIv2 has
        (f"{M}.11.11", [Event("on_battery"), Reread(Tier.STATUS)]),
        (f"{M}.11.0.12", [Event("power_restored"), Reread(Tier.STATUS)]),
        (f"{M}.11.0.5", [Event("low_battery"), Reread(Tier.STATUS)]),
        (f"{M}.11.0.48", [Event("test_failed"), Reread(Tier.STATUS)]),
        (f"{M}.11.0.32", [Event("outlet_off"), Reread(Tier.STATUS)]),
        # the outlet goes off, it is not yet
        (f"{M}.11.0.29", [Reread(Tier.STATUS)]),
        (f"{M}.11.0.99", [Reread(Tier.STATUS)]),
    ],
)
async def test_traps(trap: str, pushes: list[Push]) -> None:
    """A trap is an event and a reason to read."""
    async with opened(new_agent()) as unit:
        assert unit.told_by(trap) == pushes


async def test_traps_of_the_simulator() -> None:
    """An outage with an empty battery, and an outlet: the events in their order."""
    agent = new_agent(quirks=ALONE)
    async with opened(agent) as unit:
        heard = unit.hear()
        agent.mains(False)
        agent.power.charge = 10
        agent.advance()
        agent.mains(True)
        await unit.driver.run("outlet.1.load.off")
        agent.advance()
        assert event_names(heard) == [
            "on_battery",
            "utility_failed",
            "low_battery",
            "power_restored",
            "low_battery_cleared",
            "utility_restored",
            "outlet_off",
        ]


# who it is


async def test_mge_is_not_what_answers_rfc1628_alone() -> None:
    """A card with MGE's sysObjectID that has nothing of its MIB."""
    clock = Clock.stopped()
    async with opened(Rfc1628Agent(clock=clock, object_id=M)) as unit:
        assert unit.driver.mibs == ("rfc1628", "system")
