"""Eaton and Powerware UPSs by XUPS: values, status, commands, settings, traps, gateways.

Values were worked out by hand from the simulator's state.
"""

from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from .snmp import VERSIONS, check_setting, check_variables, event_names, learned, opened
from custom_components.ups_protocols.ups.errors import Unsupported, UpsGone
from custom_components.ups_protocols.ups.links.base import WriteRefused
from custom_components.ups_protocols.ups.mibs.eaton_xups import mib
from custom_components.ups_protocols.ups.mibs.reader import Reader
from custom_components.ups_protocols.ups.mibs.status import POWER_FLAGS
from custom_components.ups_protocols.ups.model import (
    Danger,
    Event,
    PartKind,
    Push,
    Reread,
    Result,
    SettingKind,
    Severity,
    StatusFlag,
    Tier,
)
from custom_components.ups_protocols.ups.names import parse, parse_command
from tests.simulators.clock import Clock
from tests.simulators.power import Output, Power
from tests.simulators.snmp import EatonXupsAgent, Kind, Object, oid, recording
from tests.simulators.snmp.eaton_xups import X

pytestmark = pytest.mark.usefixtures("loopback")

ON_LINE, ON_BATTERY, OFF = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY, StatusFlag.OFF
BYPASS, LOW, TESTING = StatusFlag.BYPASS, StatusFlag.LOW_BATTERY, StatusFlag.TESTING
DISCHARGING = StatusFlag.DISCHARGING
ALONE, OLD = frozenset({"alone"}), frozenset({"alone", "old"})


def new_agent(**options: Any) -> EatonXupsAgent:
    """Return an agent whose clock a test moves."""
    clock = Clock.stopped()
    return EatonXupsAgent(power=Power(clock=clock, nominal_battery=72.0), clock=clock, **options)


# values


@VERSIONS
async def test_values(version: str) -> None:
    """Seconds are seconds, tenths tenths, Wh become kWh."""
    async with opened(new_agent(outlets=1), version=version) as unit:
        snapshot = await unit.driver.read()
        assert unit.driver.mibs == ("eaton-xups", "system")
        assert unit.identity.manufacturer == "EATON"
        assert unit.identity.model == "9PX 3000i"
        assert unit.identity.serial == "G202E03094"
        assert unit.identity.firmware == "INV: 1.29  FP: 0.13"
        assert snapshot.variables == {
            "battery.charge": 100,
            "battery.charger.status": "resting",
            "battery.current": 0,
            "battery.date": "2021-03-15",
            "battery.runtime": 2000,
            "battery.voltage": 82,
            "device.contact": "admin",
            "device.description": "Simulated SNMP card",
            "device.location": "rack 1",
            "device.mfr": "EATON",
            "device.model": "9PX 3000i",
            "device.part": "9PX3000IRT2U",
            "device.serial": "G202E03094",
            "input.bypass.current": 0,
            "input.bypass.frequency": 50,
            "input.bypass.phases": 1,
            "input.bypass.power": 0,
            "input.bypass.realpower": 0,
            "input.bypass.voltage": 230,
            # 300 VA / 230 V
            "input.current": 1.3,
            "input.frequency": 50,
            "input.phases": 1,
            "input.power": 300,
            "input.powerfactor": 0.98,
            "input.quality": 7,
            "input.realpower": 300,
            "input.source": "primary utility",
            "input.voltage": 230,
            "input.voltage.nominal": 230,
            "outlet.1.delay.start": 0,
            "outlet.1.energy": 1.5,
            "outlet.1.status": "on",
            "outlet.count": 1,
            "outlet.switchable": "yes",
            "output.current": 1.3,
            "output.energy": 1234.567,
            "output.frequency": 50,
            "output.frequency.nominal": 50,
            "output.phases": 1,
            "output.powerfactor": 1,
            "output.voltage": 230,
            "output.voltage.high": 253,
            "output.voltage.low": 207,
            "output.voltage.nominal": 230,
            # 03/15/2024:12:34:56
            "ups.date": "2024-03-15",
            "ups.time": "12:34:56",
            "ups.delay.shutdown": 20,
            "ups.delay.start": 20,
            "ups.firmware": "INV: 1.29  FP: 0.13",
            "ups.firmware.aux": "3.1.2",
            "ups.humidity": 38,
            "ups.id": "ups-card",
            "ups.load": 30,
            "ups.power": 300,
            "ups.realpower": 300,
            "ups.realpower.nominal": 2700,
            "ups.temperature": 25,
            "ups.temperature.high": 40,
            "ups.temperature.low": 0,
            "ups.test.result": "Unknown",
            "ups.type": "online",  # 0x41
        }
        assert not snapshot.left_out
        assert snapshot.status.flags == {ON_LINE}
        assert snapshot.status.alarms == ()
        for name in snapshot.variables:
            assert parse(name), name
        for name in unit.driver.commands:
            assert parse_command(name), name


@VERSIONS
async def test_recorded_connectups(version: str) -> None:
    """A ConnectUPS card with a PW9130; the raw objects stand behind each value."""
    agent = recording("eatonups_eaton-connectups")
    if agent is None:
        pytest.skip("the folder with the recordings is not here")
    async with opened(agent, version=version, community="public") as unit:
        assert unit.driver.mibs == ("eaton-xups", "rfc1628", "system")
        assert unit.identity.manufacturer == "Eaton Corporation"  # R.1.1
        assert unit.identity.model == "PW9130 1000VA-R"  # X.1.2, padded
        assert unit.identity.serial == "GG435A0270"  # R.1.5 = "ID: GG435A0270      , Msg: ..."
        snapshot = await unit.driver.read()
        expected = {
            "battery.charge": 100,  # 2.4
            "battery.charger.status": "resting",  # 2.5 = 4
            "battery.date": "2001-01-01",  # 2.6 = 01/01/2001
            "battery.runtime": 1948,  # 2.1, seconds
            "battery.voltage": 39,  # 2.2, whole volts
            "input.bypass.frequency": 50,  # 5.1 = 500
            "input.bypass.voltage": 234,  # 5.3.1.2.1
            "input.frequency": 50,  # 3.1 = 500
            "input.voltage": 234,  # 3.4.1.2.1
            "output.current": 2,  # 4.4.1.3.1, whole amperes
            "output.frequency": 50,  # 4.2 = 500
            "output.phases": 1,  # 4.3
            "output.voltage": 229,  # 4.4.1.2.1
            "ups.firmware": "FP: 0.13  INV: 1.29",  # 1.3
            "ups.load": 35,  # 4.1
            "ups.realpower": 246,  # 4.4.1.4.1, watts
            "ups.temperature": 25,  # 6.1
            "ups.temperature.low": 0,  # 6.2
            "ups.temperature.high": 40,  # 6.3
            "ups.test.result": "Done and passed",  # 8.2 = 2
        }
        assert {name: snapshot.variables.get(name) for name in expected} == expected
        # 6.7 = 0: there is no probe; no value for W in VA
        assert not snapshot.variables.keys() & {"ambient.temperature", "ups.power", "ups.id"}
        assert not snapshot.left_out
        assert snapshot.status.flags == {ON_LINE}  # 4.5 = 3
        assert snapshot.status == await unit.driver.read_status()


async def test_an_old_card() -> None:
    """Whole amperes, nothing that only the newest document has; gaps come from RFC 1628."""
    async with opened(new_agent(quirks=frozenset({"old"}))) as unit:
        variables = (await unit.driver.read()).variables
        assert unit.driver.mibs == ("eaton-xups", "rfc1628", "system")
        assert variables["output.current"] == 1
        assert variables["input.realpower"] == 300
        assert "ups.power" not in variables
        assert variables["ups.beeper.status"] == "enabled"
        assert variables["battery.runtime"] == 2000
        assert variables["battery.runtime.low"] == 300
        # what XUPS says in whole volts RFC 1628 does not make more precise
        assert variables["battery.voltage"] == 82
        assert unit.identity.serial is None
        assert {"beeper.mute", "shutdown.stayoff", "load.off"} <= unit.driver.commands.keys()


async def test_three_phases() -> None:
    """Each phase by its name; the totals are the device's own."""
    async with opened(new_agent(phases=3)) as unit:
        variables = (await unit.driver.read()).variables
        assert [variables[f"input.L{phase}-N.voltage"] for phase in (1, 2, 3)] == [230] * 3
        assert [variables[f"output.L{phase}-N.voltage"] for phase in (1, 2, 3)] == [230] * 3
        assert [variables[f"output.L{phase}.current"] for phase in (1, 2, 3)] == [0.4] * 3
        assert [variables[f"output.L{phase}.realpower"] for phase in (1, 2, 3)] == [100] * 3
        assert [variables[f"output.L{phase}.power"] for phase in (1, 2, 3)] == [100] * 3
        assert [variables[f"output.L{phase}.power.percent"] for phase in (1, 2, 3)] == [30, 31, 32]
        assert [variables[f"input.bypass.L{phase}-N.voltage"] for phase in (1, 2, 3)] == [230] * 3
        assert variables["ups.realpower"] == 300
        assert variables["ups.power"] == 300
        assert variables["ups.load"] == 30
        assert variables["output.current"] == 1.3
        assert {(each.kind, each.index) for each in unit.driver.parts} >= {
            (PartKind.PHASE, phase) for phase in (1, 2, 3)
        }


async def test_totals_of_an_old_card() -> None:
    """Without totals the phases are added up."""
    async with opened(new_agent(phases=3, quirks=OLD)) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["ups.realpower"] == 300
        assert variables["input.realpower"] == 300
        assert variables["input.L2-N.voltage"] == 230


async def test_three_phases_without_neutral() -> None:
    """A column says between which phases a voltage is: 230 V x 1.732."""
    async with opened(new_agent(phases=3, quirks=frozenset({"alone", "delta"}))) as unit:
        variables = (await unit.driver.read()).variables
        for line in ("L1-L2", "L2-L3", "L3-L1"):
            assert variables[f"input.{line}.voltage"] == 398
            assert variables[f"output.{line}.voltage"] == 398
            assert variables[f"input.bypass.{line}.voltage"] == 398
        assert "input.L1-N.voltage" not in variables
        assert variables["output.L3.current"] == 0.4


async def test_one_phase_between_two() -> None:
    """A single-phase unit has one voltage, whatever lines it is fed from."""
    async with opened(new_agent(quirks=frozenset({"alone", "delta"}))) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["input.voltage"] == 398
        assert not any("-L" in name for name in variables)


async def test_values_that_mean_nothing() -> None:
    """0 °C with 0 % is no sensor; -1 is a temperature and a current, but no runtime."""
    agent = new_agent()
    agent.ambient = [0, 0, 40, 0]
    agent.tree[f"{X}.2.1.0"] = Object(Kind.INTEGER, -1)
    agent.tree[f"{X}.2.3.0"] = Object(Kind.INTEGER, -1)
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert not snapshot.variables.keys() & {
            "ups.temperature",
            "ups.humidity",
            "battery.runtime",
            "outlet.1.timer.shutdown",
            "outlet.1.delay.shutdown",
            "ups.timer.shutdown",
            "ups.timer.start",
        }
        assert snapshot.variables["battery.current"] == -1
        assert not snapshot.left_out
        agent.ambient = [-1, 0, 40, 30]
        variables = (await unit.driver.read()).variables
        assert variables["ups.temperature"] == -1
        assert variables["ups.humidity"] == 30


async def test_battery_current() -> None:
    """Positive when it gives power, in whole amperes."""
    agent = new_agent()
    agent.mains(False)
    async with opened(agent) as unit:
        # 300 W / 72 V
        assert (await unit.driver.read()).variables["battery.current"] == 4
        agent.mains(True)
        agent.power.charge = 50
        assert (await unit.driver.read()).variables["battery.current"] == -2


# status


@pytest.mark.parametrize("quirks", [ALONE, OLD, frozenset({"alone", "gateway"})])
@pytest.mark.parametrize(
    ("change", "flags"),
    [
        ({}, {ON_LINE}),
        ({"mains": False}, {ON_BATTERY, DISCHARGING}),
        ({"mains": False, "charge": 10.0}, {ON_BATTERY, DISCHARGING, LOW}),
        ({"bypass": True}, {BYPASS}),
        ({"mains_voltage": 195.0}, {ON_LINE, StatusFlag.BOOSTING}),
        ({"mains_voltage": 262.0}, {ON_LINE, StatusFlag.TRIMMING}),
        ({"charge": 50.0}, {ON_LINE, StatusFlag.CHARGING}),
        ({"output": Output.STAYING}, {OFF}),
    ],
)
@VERSIONS
async def test_states(
    version: str, change: dict[str, Any], flags: set[StatusFlag], quirks: frozenset[str]
) -> None:
    """Source, battery and alarms make the status, also by a gateway's numbers."""
    agent = new_agent(quirks=quirks)
    async with opened(agent, version=version) as unit:
        for name, value in change.items():
            setattr(agent.power, name, value)
        agent.power.settle()
        status = await unit.driver.read_status()
        assert status.flags == flags
        assert status.flags <= unit.driver.flags
        mains = None if flags & {BYPASS, OFF} else ON_LINE in flags
        assert status.mains is mains


@pytest.mark.parametrize(
    ("source", "flags"),
    [
        (8, {ON_LINE}),
        (9, {ON_LINE}),
        (10, {ON_LINE, StatusFlag.ECO}),
        (11, {BYPASS}),
        (12, {ON_LINE, StatusFlag.ECO}),
        # of those that are no numbers of the MIB
        (13, set()),
        (240, set()),
    ],
)
async def test_sources(source: int, flags: set[StatusFlag]) -> None:
    """The numbers that the simulated UPS does not say by itself."""
    agent = new_agent()
    agent.tree[f"{X}.4.5.0"] = Object(Kind.INTEGER, source)
    async with opened(agent) as unit:
        assert (await unit.driver.read_status()).flags == flags


@pytest.mark.parametrize(
    ("source", "flags"),
    [
        (0, {OFF}),
        (1, {ON_LINE}),
        (2, {ON_LINE}),
        # to the MIB bypass, to a gateway the battery: on line to neither
        (4, {BYPASS}),
        (5, {ON_BATTERY}),
        (7, {ON_LINE}),
        (11, {BYPASS}),
        (13, {ON_LINE, StatusFlag.OVERLOADED}),
        (14, {ON_LINE, StatusFlag.TRIMMING}),
        (15, {ON_LINE, StatusFlag.BOOSTING}),
        (16, {BYPASS}),
        (33, {BYPASS}),
        (35, {OFF}),
        (36, {ON_BATTERY}),
        (41, {ON_LINE}),
        (50, {OFF}),
        (80, {ON_LINE}),
        (100, {BYPASS}),
        (224, {ON_LINE, StatusFlag.OVERLOADED}),
        (240, {ON_BATTERY}),
        (241, {OFF}),
    ],
)
async def test_sources_behind_a_gateway(source: int, flags: set[StatusFlag]) -> None:
    """High numbers are its own; where there are no alarms the low ones are what is safe."""
    agent = new_agent(quirks=frozenset({"alone", "gateway"}))
    agent.tree[f"{X}.4.5.0"] = Object(Kind.INTEGER, source)
    agent.tree.remove(f"{X}.3.5", f"{X}.4.10")
    async with opened(agent) as unit:
        assert (await unit.driver.read_status()).flags == flags


@pytest.mark.parametrize(
    ("alarm", "flags"),
    [(3, {ON_BATTERY}), (4, {ON_LINE, LOW}), (11, {BYPASS}), (13, {OFF}), (44, {BYPASS})],
)
@pytest.mark.parametrize("source", [1, 2, 81])
async def test_alarms_behind_a_gateway(alarm: int, source: int, flags: set[StatusFlag]) -> None:
    """The alarm rows decide what the numbers leave open."""
    agent = new_agent(quirks=frozenset({"alone", "gateway"}))
    agent.tree[f"{X}.4.5.0"] = Object(Kind.INTEGER, source)
    agent.tree.remove(f"{X}.3.5", f"{X}.4.10")
    agent.extra_alarms = {alarm}
    async with opened(agent) as unit:
        assert (await unit.driver.read_status()).flags == flags


async def test_a_source_that_says_nothing() -> None:
    """No input is the battery; without any word the status stays open."""
    agent = new_agent()
    agent.tree[f"{X}.4.5.0"] = Object(Kind.INTEGER, 1)
    async with opened(agent) as unit:
        assert (await unit.driver.read_status()).flags == set()
        agent.tree[f"{X}.3.5.0"] = Object(Kind.INTEGER, 2)
        assert (await unit.driver.read_status()).flags == {ON_BATTERY}
        agent.tree[f"{X}.4.10.0"] = Object(Kind.INTEGER, 1)
        assert (await unit.driver.read_status()).flags == {OFF}


async def test_alarms() -> None:
    """Flags and texts by the table, RFC 1628's among them; 17 is how it should be."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.replace_battery = agent.overloaded = agent.power.failed = True
        agent.bypass_available = False
        agent.extra_alarms = {16, 17, 33, 37, 52}
        status = await unit.driver.read_status()
        assert status.flags == {
            ON_LINE,
            StatusFlag.REPLACE_BATTERY,
            StatusFlag.OVERLOADED,
            StatusFlag.FORCED_SHUTDOWN,
        }
        assert [(each.text, each.severity) for each in status.alarms] == [
            ("Internal failure", Severity.CRITICAL),
            ("Bypass not available", Severity.WARNING),
            ("Fan failed", Severity.CRITICAL),
            ("On the alternate power source", Severity.INFORMATION),
            ("Alarm 1.3.6.1.4.1.534.1.7.52", Severity.WARNING),
        ]
        agent.replace_battery = agent.overloaded = agent.power.failed = False
        agent.bypass_available = True
        agent.extra_alarms = set()
        agent.tree[f"{X}.7.1.0"] = Object(Kind.GAUGE, 1)
        agent.tree[f"{X}.7.2.1.2.99"] = Object(Kind.OID, oid("1.3.6.1.2.1.33.1.6.3.17"))
        status = await unit.driver.read_status()
        assert status.flags == {ON_LINE}
        assert [each.text for each in status.alarms] == ["Fuse failed"]


async def test_alarms_of_objects() -> None:
    """What the newest document tells apart from the alarm table."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.no_battery = agent.aged = agent.output_unprotected = True
        agent.outlets[1].stuck = 7
        agent.abm = 6
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {ON_LINE, StatusFlag.REPLACE_BATTERY}
        assert {each.text for each in snapshot.status.alarms} == {
            "No battery",
            "Output not protected",
            "Outlet 2: its contact is stuck closed",
            "Battery disconnected",
        }
        # stuck closed is powered
        assert snapshot.variables["outlet.2.status"] == "on"
        agent.outlets[1].stuck = 8
        assert (await unit.driver.read()).variables["outlet.2.status"] == "off"
        agent.abm = 7
        assert TESTING in (await unit.driver.read_status()).flags


async def test_no_input() -> None:
    """The input's own status says that mains is gone, also while a test would excuse it."""
    agent = new_agent()
    agent.mains(False)
    async with opened(agent) as unit:
        status = await unit.driver.read_status()
        assert status.input_present is False
        assert "No good input" in [each.text for each in status.alarms]


async def test_two_feeds() -> None:
    """Whether each can be used; a UPS with one has none of them."""
    async with opened(new_agent()) as unit:
        assert "input.1.status" not in (await unit.driver.read()).variables
    agent = new_agent()
    agent.set_feeds(4, 2)
    async with opened(agent) as unit:
        for feeds, first, second in (
            (4, "good", "good"),
            (2, "good", "out of range"),
            (3, "out of range", "good"),
            (1, "out of range", "out of range"),
        ):
            agent.feeds = feeds
            variables = (await unit.driver.read()).variables
            assert variables["input.1.status"] == first
            assert variables["input.2.status"] == second
        assert {(PartKind.SOURCE, 1), (PartKind.SOURCE, 2)} <= {
            (each.kind, each.index) for each in unit.driver.parts
        }


async def test_gateway_alarms() -> None:
    """They come ready to show; cleared and closed rows are over."""
    agent = new_agent(quirks=frozenset({"alone", "gateway"}))
    async with opened(agent) as unit:
        agent.raise_gateway_alarm(17, "Fan failure", 1)
        agent.raise_gateway_alarm(18, "Filter due", 2)
        agent.raise_gateway_alarm(19, "Over", 5)
        status = await unit.driver.read_status()
        assert [(each.text, each.severity) for each in status.alarms] == [
            ("Fan failure", Severity.CRITICAL),
            ("Filter due", Severity.WARNING),
        ]
        agent.gateway_alarms[17] = "Fan failure", 6
        assert [each.text for each in (await unit.driver.read_status()).alarms] == ["Filter due"]


async def test_the_card_has_lost_its_ups() -> None:
    """Alarm 26: what the card says is old."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.contact_lost = True
        with pytest.raises(UpsGone):
            await unit.driver.read_status()
        agent.contact_lost = False
        assert (await unit.driver.read_status()).flags == {ON_LINE}


@VERSIONS
async def test_packets(version: str) -> None:
    """Few packets tell everything, one the status."""
    async with opened(new_agent(), version=version) as unit:
        await unit.driver.read()
        before = unit.wire.requests
        await unit.driver.read_status()
        assert unit.wire.requests - before == 1
        before = unit.wire.requests
        await unit.driver.read()
        assert unit.wire.requests - before <= 5


# tests


async def test_battery_test() -> None:
    """It runs, is told and ends; on battery it is refused by its result, not by the SET."""
    agent = new_agent()
    async with opened(agent) as unit:
        outcome = await unit.driver.run("test.battery.start.quick")
        assert outcome.result is Result.SENT
        snapshot = await unit.driver.read()
        assert snapshot.variables["ups.test.result"] == "In progress"
        assert TESTING in snapshot.status.flags
        agent.clock.advance(11)
        snapshot = await unit.driver.read()
        assert snapshot.variables["ups.test.result"] == "Done and passed"
        assert snapshot.status.flags == {ON_LINE}
        await unit.driver.run("test.battery.start.quick")
        await unit.driver.run("test.battery.stop")
        assert TESTING not in (await unit.driver.read_status()).flags
        assert agent.writes == [("xupsTestStart", 1), ("xupsTestStart", 1), ("xupsTestStart", 6)]
    agent = new_agent()
    agent.mains(False)
    async with opened(agent) as unit:
        await unit.driver.run("test.battery.start.quick")
        assert (await unit.driver.read()).variables["ups.test.result"] == "Not possible"


async def test_other_tests() -> None:
    """Their result is told where there is none of the battery's."""
    agent = new_agent()
    async with opened(agent) as unit:
        assert (await unit.driver.read()).variables["ups.test.result"] == "Unknown"
        await unit.driver.run("test.system.start")
        assert (await unit.driver.read()).variables["ups.test.result"] == "Done and passed"
        agent.general_result = 4
        snapshot = await unit.driver.read()
        assert snapshot.variables["ups.test.result"] == "In progress"
        assert TESTING in snapshot.status.flags
        agent.general_result, agent.battery_result = 3, 7
        snapshot = await unit.driver.read()
        assert snapshot.variables["ups.test.result"] == "Test scheduled"
        await unit.driver.run("test.panel.start")
        assert agent.writes == [("xupsTestStart", 3), ("xupsTestStart", 5)]


# commands


@pytest.mark.parametrize(
    ("command", "parameters", "writes", "danger"),
    [
        ("load.off", {}, [("xupsControlOutputOffDelay", 1)], Danger.CUTS_POWER),
        ("load.off.delay", {}, [("xupsControlOutputOffDelay", 20)], Danger.CUTS_POWER),
        ("load.off.delay", {"delay": 60}, [("xupsControlOutputOffDelay", 60)], Danger.CUTS_POWER),
        ("load.on", {}, [("xupsControlOutputOnDelay", 1)], Danger.HARMLESS),
        ("load.on.delay", {"delay": 9}, [("xupsControlOutputOnDelay", 9)], Danger.HARMLESS),
        ("shutdown.stop", {}, [("xupsControlOutputOffDelay", 0)], Danger.HARMLESS),
        ("shutdown.return", {}, [("xupsLoadShedSecsWithRestart", 20)], Danger.CUTS_POWER),
        (
            "shutdown.return",
            {"delay": 90},
            [("xupsLoadShedSecsWithRestart", 90)],
            Danger.CUTS_POWER,
        ),
        ("bypass.start", {}, [("xupsControlToBypassDelay", 1)], Danger.CUTS_POWER),
        ("outlet.2.load.off", {}, [("xupsRecepOffDelaySecs.2", 0)], Danger.CUTS_POWER),
        ("outlet.1.load.off", {"delay": 5}, [("xupsRecepOffDelaySecs.1", 5)], Danger.CUTS_POWER),
        ("outlet.1.load.on", {}, [("xupsRecepOnDelaySecs.1", 0)], Danger.HARMLESS),
        ("outlet.1.load.cycle", {}, [("xupsRecepShedSecsWithRestart.1", 0)], Danger.CUTS_POWER),
        ("test.panel.start", {}, [("xupsTestStart", 5)], Danger.HARMLESS),
        ("test.system.start", {}, [("xupsTestStart", 3)], Danger.USES_BATTERY),
        ("test.battery.start.quick", {}, [("xupsTestStart", 1)], Danger.USES_BATTERY),
    ],
)
@VERSIONS
async def test_commands(
    version: str,
    command: str,
    parameters: dict[str, float],
    writes: list[Any],
    danger: Danger,
) -> None:
    """What is written, and nothing else."""
    agent = new_agent()
    async with opened(agent, version=version) as unit:
        assert unit.driver.commands[command].danger is danger
        await unit.driver.run(command, **parameters)
        assert agent.writes == writes
        assert [seen.type for seen in agent.seen].count("set") == 1


async def test_shutdown() -> None:
    """Off after the delay, which counts down; a load shedding comes back and cannot be stopped."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run("load.off.delay", delay=30)
        agent.clock.advance(10)
        snapshot = await unit.driver.read()
        assert snapshot.variables["ups.timer.shutdown"] == 20
        assert "Shutdown pending" in [each.text for each in snapshot.status.alarms]
        await unit.driver.run("shutdown.stop")
        agent.clock.advance(60)
        assert (await unit.driver.read_status()).flags == {ON_LINE}
        await unit.driver.run("load.off")
        agent.clock.advance(2)
        assert (await unit.driver.read_status()).flags == {OFF}
        await unit.driver.run("load.on")
        agent.clock.advance(2)
        assert (await unit.driver.read_status()).flags == {ON_LINE}
        await unit.driver.run("shutdown.return", delay=5)
        await unit.driver.run("shutdown.stop")
        agent.clock.advance(6)
        assert (await unit.driver.read_status()).flags == {OFF}
        agent.clock.advance(20)
        assert (await unit.driver.read_status()).flags == {ON_LINE}


async def test_outlets_switch() -> None:
    """Off, on, and off for a moment; while a countdown runs the power is as it was."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run("outlet.1.load.off")
        await unit.driver.run("outlet.2.load.off", delay=30)
        variables = (await unit.driver.read()).variables
        assert variables["outlet.1.status"] == "off"
        assert variables["outlet.2.status"] == "on"
        assert variables["outlet.2.timer.shutdown"] == 30
        await unit.driver.run("outlet.1.load.on")
        agent.clock.advance(31)
        variables = (await unit.driver.read()).variables
        assert variables["outlet.1.status"] == "on"
        assert variables["outlet.2.status"] == "off"
        await unit.driver.run("outlet.1.load.cycle")
        variables = (await unit.driver.read()).variables
        assert variables["outlet.1.status"] == "off"
        assert variables["outlet.1.timer.start"] == 5
        agent.clock.advance(6)
        assert (await unit.driver.read()).variables["outlet.1.status"] == "on"


async def test_bypass() -> None:
    """Without a bypass the card refuses."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run("bypass.start")
        agent.clock.advance(2)
        assert (await unit.driver.read_status()).flags == {BYPASS}
    agent = new_agent()
    agent.bypass_available = False
    async with opened(agent) as unit:
        with pytest.raises(WriteRefused):
            await unit.driver.run("bypass.start")


@pytest.mark.parametrize("quirks", [frozenset({"fixed"}), frozenset({"fixed", "alone"})])
async def test_a_ups_that_obeys_nobody(quirks: frozenset[str]) -> None:
    """xupsSwitchable: no way of control is offered, RFC 1628's neither; tests and beeper are."""
    async with opened(new_agent(quirks=quirks)) as unit:
        assert (await unit.driver.read()).variables["outlet.switchable"] == "no"
        assert not [
            name
            for name in unit.driver.commands
            if name.startswith(("load.", "shutdown.", "outlet.", "bypass."))
        ]
        assert "test.battery.start.quick" in unit.driver.commands
        assert ("beeper.mute" in unit.driver.commands) == ("alone" not in quirks)


@pytest.mark.parametrize(
    ("command", "parameters"),
    [("load.off.delay", {"delay": 0}), ("shutdown.return", {"delay": 0}), ("load.cycle", {})],
)
async def test_refused_commands(command: str, parameters: dict[str, float]) -> None:
    """0 would call a shutdown off."""
    agent = new_agent()
    async with opened(agent) as unit:
        with pytest.raises(Unsupported):
            await unit.driver.run(command, **parameters)
        assert agent.writes == []


# settings


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("ups.temperature.low", 5, ("xupsEnvAmbientLowerLimit", 5)),
        ("ups.temperature.high", 45, ("xupsEnvAmbientUpperLimit", 45)),
        ("outlet.1.delay.shutdown", 120, ("xupsRecepAutoOffDelay.1", 120)),
        ("outlet.2.delay.start", 7, ("xupsRecepAutoOnDelay.2", 7)),
    ],
)
@VERSIONS
async def test_settings(version: str, name: str, value: float, written: Any) -> None:
    """Written once, read back."""
    await check_setting(new_agent(), name, value, written, version=version)


async def test_never() -> None:
    """-1 keeps an outlet from being switched off by itself."""
    agent = new_agent()
    agent.outlets[0].auto_off = 60
    async with opened(agent) as unit:
        assert unit.driver.settings["outlet.1.delay.shutdown"].minimum == -1
        await unit.driver.write("outlet.1.delay.shutdown", -1)
        assert agent.writes == [("xupsRecepAutoOffDelay.1", -1)]
        assert "outlet.1.delay.shutdown" not in (await unit.driver.read()).variables


async def test_the_date_of_the_battery() -> None:
    """Old cards let it be set; the newest document has it read-only."""
    async with opened(new_agent()) as unit:
        assert "battery.date" not in unit.driver.settings
    agent = new_agent(quirks=OLD)
    async with opened(agent) as unit:
        assert unit.driver.settings["battery.date"].kind is SettingKind.DATE
        assert await unit.driver.write("battery.date", "2024-02-29") == "2024-02-29"
        assert agent.writes == [("xupsBatteryLastReplacedDate", b"02/29/2024")]
        with pytest.raises(Unsupported):
            await unit.driver.write("battery.date", "29.02.2024")


async def test_what_must_not_be_written() -> None:
    """Counters, the clock, trap targets and tests are no settings."""
    async with opened(new_agent()) as unit:
        assert set(unit.driver.settings) == {
            "outlet.1.delay.shutdown",
            "outlet.1.delay.start",
            "outlet.2.delay.shutdown",
            "outlet.2.delay.start",
            "ups.delay.shutdown",
            "ups.delay.start",
            "ups.temperature.high",
            "ups.temperature.low",
        }


# traps


@pytest.mark.parametrize(
    ("trap", "pushes"),
    [
        (f"{X}.11.4.1.0.3", [Event("on_battery"), Reread(Tier.STATUS)]),
        (f"{X}.11.4.1.3", [Event("on_battery"), Reread(Tier.STATUS)]),
        (f"{X}.11.4.1.0.5", [Event("power_restored"), Reread(Tier.STATUS)]),
        # 30 is a contact here, while alarm 30 is the redundancy
        (f"{X}.11.4.1.0.30", [Event("contact_active"), Reread(Tier.STATUS)]),
        (f"{X}.11.4.1.0.32", [Event("redundancy_lost"), Reread(Tier.STATUS)]),
        # the heartbeat
        (f"{X}.11.4.1.0.44", [Reread(Tier.STATUS)]),
        (f"{X}.11.4.1.0.49", [Event("communication_found"), Reread(Tier.STATUS)]),
        ("1.3.6.1.4.1.534.8.1.0.7", [Event("alarm_added"), Reread(Tier.STATUS)]),
        ("1.3.6.1.4.1.534.8.1.0.12", [Reread(Tier.STATUS)]),
        ("1.3.6.1.4.1.534.6.8.1.4.0.1", [Event("contact_changed"), Reread(Tier.STATUS)]),
    ],
)
async def test_traps(trap: str, pushes: list[Push]) -> None:
    """A trap is an event and a reason to read, never a state."""
    async with opened(new_agent()) as unit:
        assert unit.told_by(trap) == pushes


async def test_traps_of_the_simulated_ups() -> None:
    """What it sends when mains goes and comes."""
    agent = new_agent()
    async with opened(agent) as unit:
        heard = unit.hear()
        agent.mains(False)
        agent.mains(True)
        assert event_names(heard) == ["on_battery", "input_bad", "power_restored"]


# whatever an agent says

_VALUES = st.one_of(
    st.integers(-(2**31), 2**64),
    st.integers(-1, 60),
    st.binary(max_size=40),
    st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=12).map(tuple),
    st.integers(0, 60).map(lambda number: oid(f"{X}.7.{number}")),
)
_OBJECTS = [
    (*Reader(mib).absolute(row.oid, ()), *instance)
    for table in mib.tables
    for row in table.rows
    for instance in (((0,),) if table.index is None else ((0,), (1,), (1, 1), (2, 0)))
] + [oid(f"{X}.7.2.1.2.{row}") for row in (1, 2)]


@given(st.dictionaries(st.sampled_from(_OBJECTS), _VALUES, max_size=60))
@settings(max_examples=150, deadline=None)
async def test_any_objects(raw: dict[Any, Any]) -> None:
    """Objects of any types make values of known names and one state of the power at most."""
    reader = await learned(mib, raw)
    check_variables(reader)
    assert mib.judge is not None
    assert len(mib.judge(reader.signs()).flags & POWER_FLAGS) <= 1
