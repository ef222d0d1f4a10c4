"""Eaton ePDUs: values of a recorded unit and of simulated chains, commands, settings, traps."""

from typing import Any

import pytest

from .snmp import VERSIONS, check_setting, opened
from custom_components.ups_protocols.ups.errors import Rejected, Unsupported, UpsGone
from custom_components.ups_protocols.ups.links.base import Trap, WriteRefused
from custom_components.ups_protocols.ups.mibs.eaton_epdu import mib
from custom_components.ups_protocols.ups.mibs.traps import heard
from custom_components.ups_protocols.ups.model import (
    Danger,
    DeviceKind,
    Event,
    PartKind,
    Reread,
    SettingKind,
    Severity,
    StatusFlag,
    Tier,
)
from custom_components.ups_protocols.ups.names import parse, parse_command
from tests.simulators.clock import Clock
from tests.simulators.snmp import EatonEpduAgent, Kind, Object, oid, recording

pytestmark = pytest.mark.usefixtures("loopback")

U = "E.534.6.6.7"


def new_agent(**options: Any) -> EatonEpduAgent:
    """Return an agent whose clock a test moves."""
    return EatonEpduAgent(clock=Clock.stopped(), **options)


# values


@VERSIONS
async def test_a_recorded_unit(version: str) -> None:
    """Values worked out by hand from the raw objects, which stand behind each."""
    agent = recording("eatonpdu_2")
    if agent is None:
        pytest.skip("the folder with the recordings is not here")
    async with opened(agent, version=version, community="public") as unit:
        assert unit.driver.mibs == ("eaton-epdu", "system")
        assert unit.identity.kind is DeviceKind.PDU
        assert unit.identity.serial == "H619P44058"
        snapshot = await unit.driver.read()
        variables = snapshot.variables
        expected = {
            "device.part": "EMA114-10",
            "ups.firmware": "05.01.0002",
            "input.phases": 1,  # 3.1.1.2 = 1
            "input.frequency": 60,  # 3.1.1.3 = 600
            "input.frequency.status": "good",
            "input.type": "NEMA L5-20",  # 3.1.1.8 = 123
            "input.feed.desc": "Feed A",
            "input.voltage": 118.45,  # 3.2.1.3 = 118450
            "input.voltage.low.warning": 95,
            "input.voltage.low.critical": 90,
            "input.voltage.high.warning": 130,
            "input.voltage.high.critical": 140,
            "input.current": 14.108,
            "input.current.nominal": 16,
            "input.current.status": "warning-high",  # 3.3.1.5 = 3
            "input.current.low.warning": 0,
            "input.current.high.warning": 12.8,
            "input.crestfactor": 2.212,
            "input.load": 88,
            "input.power": 1673,  # 3.5.1.3; the row of 3.4 says 1674
            "input.realpower": 1584,  # 3.5.1.4; the row of 3.4 says 1589
            "ups.realpower": 1584,
            "input.energy": 8185.493,  # 3.5.1.5 = 8185493 Wh
            "input.powerfactor": 0.946,
            "input.power.nominal": 1920,
            "outlet.2.name": "DC Converter-1",
            "outlet.2.id": "2",
            "outlet.2.designator": "A2",
            "outlet.2.type": "NEMA 5-20",  # 22
            "outlet.2.groupid": "1",  # 6.2.1.3 = U.5.1.1.2.1
            "outlet.2.status": "on",
            "outlet.2.switchable": "yes",
            "outlet.2.current": 2.202,
            "outlet.2.current.nominal": 16,
            "outlet.2.power": 260,
            "outlet.2.realpower": 142,
            "outlet.2.energy": 385.352,
            "outlet.2.powerfactor": 0.552,  # -552
            "outlet.2.crestfactor": 3.435,
            "outlet.2.delay.start": 2,
            "outlet.2.delay.shutdown": 120,
            "outlet.2.delay.reboot": 10,
            "outlet.4.powerfactor": 0.432,
            "outlet.4.realpower": 55,
            "outlet.24.current": 0,
        }
        assert {name: variables.get(name) for name in expected} == expected
        # -1 is no limit, no percentage and no countdown; a single phase has no L1
        assert not variables.keys() & {
            "input.current.low.critical",
            "outlet.1.load",
            "outlet.1.timer.shutdown",
            "input.L1.realpower",
            "input.L1.current",
        }
        assert not snapshot.left_out
        assert snapshot.status.flags == set()
        assert [each.text for each in snapshot.status.alarms] == [
            "Input: current above its warning limit"
        ]
        assert len(unit.driver.parts) == 24
        # three of each outlet; the tables of the whole unit were not recorded
        assert len(unit.driver.commands) == 72


@VERSIONS
async def test_values_of_one_unit(version: str) -> None:
    """Every object of a single-phase unit is a value in its unit."""
    async with opened(new_agent(outlets=1), version=version) as unit:
        variables = (await unit.driver.read()).variables
        assert unit.identity.manufacturer == "Eaton"
        assert unit.identity.model == "EPDU MA 0U"
        rest = {
            name: value
            for name, value in variables.items()
            if not name.startswith(("outlet.", "ambient.", "device.c", "device.d", "device.l"))
        }
        assert rest == {
            "device.model": "EPDU MA 0U",
            "device.part": "EMAB22",
            "device.serial": "H619P44050",
            "input.count": 1,
            "input.crestfactor": 1.414,
            # one outlet with 0.5 A
            "input.current": 0.5,
            "input.current.high.critical": 16,
            "input.current.high.warning": 12.8,
            "input.current.low.warning": 0,
            "input.current.nominal": 16,
            "input.current.status": "good",
            "input.energy": 8000,
            "input.feed.desc": "Feed A",
            "input.frequency": 50,
            "input.frequency.status": "good",
            "input.load": 3,
            "input.phases": 1,
            "input.power": 115,
            "input.power.nominal": 3680,
            "input.powerfactor": 0.95,
            # 115 VA x 0.95
            "input.realpower": 109,
            "input.type": "IEC 60309 316P6",
            "input.voltage": 230,
            "input.voltage.high.critical": 260,
            "input.voltage.high.warning": 250,
            "input.voltage.low.critical": 200,
            "input.voltage.low.warning": 210,
            "input.voltage.status": "good",
            "ups.date": "2026-03-09",
            "ups.firmware": "05.01.0002",
            "ups.id": "rack pdu 1",
            "ups.realpower": 109,
            "ups.time": "12:34:56",
            "ups.type": "managed",
        }
        assert {name: value for name, value in variables.items() if ".group." in name} == {
            "outlet.group.count": 2,
            "outlet.group.1.count": 1,
            "outlet.group.1.crestfactor": 1.414,
            "outlet.group.1.current": 0.5,
            "outlet.group.1.current.high.critical": 16,
            "outlet.group.1.current.high.warning": 12.8,
            "outlet.group.1.current.low.warning": 0,
            "outlet.group.1.current.nominal": 16,
            "outlet.group.1.current.status": "good",
            "outlet.group.1.energy": 90,
            "outlet.group.1.id": "A1",
            "outlet.group.1.input": "1",
            "outlet.group.1.load": 3,
            "outlet.group.1.name": "Section A1",
            "outlet.group.1.phase": "1",
            "outlet.group.1.power": 115,
            "outlet.group.1.powerfactor": 0.95,
            "outlet.group.1.realpower": 109,
            "outlet.group.1.status": "on",
            "outlet.group.1.type": "outlet-section",
            "outlet.group.1.voltage": 230,
            "outlet.group.1.voltage.status": "good",
            **{
                f"outlet.group.2.{name}": variables[f"outlet.group.1.{name}"]
                for name in (
                    "count",
                    "crestfactor",
                    "current",
                    "current.high.critical",
                    "current.high.warning",
                    "current.low.warning",
                    "current.nominal",
                    "current.status",
                    "energy",
                    "input",
                    "load",
                    "phase",
                    "power",
                    "powerfactor",
                    "realpower",
                    "voltage",
                    "voltage.status",
                )
            },
            # a breaker is not switched
            "outlet.group.2.id": "B1",
            "outlet.group.2.name": "Breaker B1",
            "outlet.group.2.type": "breaker1pole",
        }
        assert not [name for name in variables if parse(name) is None]
        assert not [name for name in unit.driver.commands if parse_command(name) is None]


async def test_three_phases() -> None:
    """Rows are named by their measurement type: phases, neutral, the whole."""
    agent = new_agent(phases=3)
    agent.units[0].outlets[1].load = 4.0
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["input.phases"] == 3
        assert [variables[f"input.L{phase}-N.voltage"] for phase in (1, 2, 3)] == [230] * 3
        assert [variables[f"input.L{phase}.current"] for phase in (1, 2, 3)] == [0.5, 4, 0.5]
        assert variables["input.N.current"] == 0.25
        assert [variables[f"input.L{phase}.power"] for phase in (1, 2, 3)] == [115, 920, 115]
        assert variables["input.power"] == 1150
        assert variables["input.realpower"] == 1092
        # of the load the largest counts
        assert variables["input.load"] == 25
        assert not variables.keys() & {"input.voltage", "input.current"}
        assert variables["outlet.group.2.phase"] == "L2-N"
        phases = [each.index for each in unit.driver.parts if each.kind is PartKind.PHASE]
        assert phases == [1, 2, 3]


async def test_without_the_table_of_totals() -> None:
    """The row of type 4 is the whole; without it the sum of the phases of each unit."""
    agent = new_agent(units=2, phases=3, quirks=frozenset({"no_totals", "signed"}))
    agent.units[1].outlets[0].load = 2.0
    for number in range(2):
        agent.tree.remove(*(f"{U}.3.4.1.{column}.{number}.1.4" for column in range(2, 9)))
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        # 3 x 115 VA; 460 + 2 x 115 VA
        assert variables["input.power"] == 345
        assert variables["device.2.input.power"] == 690
        # 109 + 109 + 109 W (each 109.25); 437 + 109 + 109 W
        assert variables["input.realpower"] == variables["ups.realpower"] == 327
        assert variables["device.2.input.realpower"] == 655
        assert variables["input.energy"] == 24000.003
        # the sign of a power factor means nothing
        assert variables["input.L1.powerfactor"] == 0.95
    agent = new_agent(phases=3, quirks=frozenset({"no_totals"}))
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        # the row of type 4: 345 VA x 0.95 = 327.75
        assert variables["input.realpower"] == 328


async def test_two_inputs() -> None:
    """They have numbers, and the whole is what both take."""
    agent = new_agent()
    agent.tree[f"{U}.1.2.1.20.0"] = Object(Kind.INTEGER, 2)
    for column, value in ((2, 1), (3, 500), (4, 1)):
        agent.tree[f"{U}.3.1.1.{column}.0.2"] = Object(Kind.INTEGER, value)
    for where, value in (("3.2.1.2", 1), ("3.2.1.3", 229_000), ("3.3.1.2", 1), ("3.3.1.4", 300)):
        agent.tree[f"{U}.{where}.0.2.1"] = Object(Kind.INTEGER, value)
    agent.tree[f"{U}.3.5.1.4.0.2"] = Object(Kind.INTEGER, 60)
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        variables = snapshot.variables
        assert variables["input.1.voltage"] == 230
        assert variables["input.2.voltage"] == 229
        assert variables["input.2.current"] == 0.3
        assert variables["input.2.frequency.status"] == "out of range"
        # 327.75 W and 60 W
        assert variables["input.realpower"] == variables["ups.realpower"] == 388
        assert "input.voltage" not in variables
        assert [each.text for each in snapshot.status.alarms] == ["Input 2: frequency out of range"]


async def test_a_chain() -> None:
    """The second unit's values have its number; it is a device of its own."""
    agent = new_agent(units=3, phases=(1, 3, 1), outlets=2)
    agent.units[1].outlets[1].on = False
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["device.count"] == 3
        assert variables["device.2.serial"] == "H619P44051"
        assert variables["device.2.input.L3-N.voltage"] == 230
        assert variables["device.3.input.voltage"] == 230
        assert variables["device.2.outlet.2.status"] == "off"
        assert variables["outlet.2.status"] == variables["device.3.outlet.2.status"] == "on"
        assert variables["device.2.ambient.1.temperature"] == 23.5
        units = [each for each in unit.driver.parts if each.kind is PartKind.UNIT]
        assert [each.index for each in units] == [2, 3]
        assert units[0].identity is not None
        assert units[0].identity.kind is DeviceKind.PDU
        assert units[0].identity.serial == "H619P44051"
        assert {
            "device.2.load.off",
            "device.2.outlet.2.load.cycle",
            "device.3.outlet.group.1.load.on",
        } <= unit.driver.commands.keys()


async def test_a_chain_that_grows() -> None:
    """A unit that is strapped later is found by unitsPresent."""
    agent = new_agent(units=2)
    second = agent.units.pop()
    agent.rebuild()
    async with opened(agent) as unit:
        assert "device.2.serial" not in (await unit.driver.read()).variables
        agent.units.append(second)
        agent.rebuild()
        await unit.driver.read()
        assert (await unit.driver.read()).variables["device.2.serial"] == "H619P44051"
        assert "device.2.load.off" in unit.driver.commands


async def test_a_lost_unit() -> None:
    """What a strapped unit said before is no value; the others' values are not old."""
    agent = new_agent(units=2)
    async with opened(agent) as unit:
        agent.units[1].lost = True
        snapshot = await unit.driver.read()
        assert [(each.text, each.severity) for each in snapshot.status.alarms] == [
            ("Unit 2 does not answer", Severity.CRITICAL)
        ]
        assert snapshot.variables["input.voltage"] == 230
        assert {name for name in snapshot.variables if name.startswith("device.2.")} == {
            "device.2.model",
            "device.2.part",
            "device.2.serial",
            "device.2.ups.firmware",
            "device.2.ups.type",
        }


async def test_the_card_has_lost_its_own_unit() -> None:
    """Then all that it says is old."""
    agent = new_agent(units=2)
    async with opened(agent) as unit:
        agent.tree[f"{U}.1.2.1.30.0"].get = 1
        with pytest.raises(UpsGone):
            await unit.driver.read_status()


@pytest.mark.parametrize(
    "clock", [b"", bytes(8), bytes((0x07, 0xEA, 13, 1, 0, 0, 0, 0)), b"2026-03"]
)
async def test_a_clock_that_is_not_set(clock: bytes) -> None:
    """No day at all is no date."""
    agent = new_agent()
    agent.tree[f"{U}.1.2.1.8.0"] = Object(Kind.OCTETS, clock)
    async with opened(agent) as unit:
        assert not (await unit.driver.read()).variables.keys() & {"ups.date", "ups.time"}


# alarms


async def test_alarms_by_place() -> None:
    """Each says where and how much; only too much current is an overload."""
    agent = new_agent(units=2, phases=(3, 1))
    first, second = agent.units
    async with opened(agent) as unit:
        first.voltage = 255.0
        second.failed = True
        second.groups[1].breaker = 2
        second.frequency_bad = True
        second.outlets[2].load = 9.0
        second.probes[0].temperature = 4.0
        second.probes[0].humidity = 85.0
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == set()
        assert {(each.text, each.severity.value) for each in snapshot.status.alarms} == {
            ("Unit 2: internal failure", "critical"),
            ("Unit 2, input: frequency out of range", "warning"),
            ("Unit 2, group 2: breaker is off", "critical"),
            ("Input: L1-N voltage above its warning limit", "warning"),
            ("Input: L2-N voltage above its warning limit", "warning"),
            ("Input: L3-N voltage above its warning limit", "warning"),
            ("Unit 2, outlet 3: current above its warning limit", "warning"),
            ("Unit 2, probe 1: temperature below its critical limit", "critical"),
            ("Unit 2, probe 1: humidity above its warning limit", "warning"),
        }
        codes = {each.code for each in snapshot.status.alarms}
        assert "outletCurrentThStatus.1.3" in codes
        assert snapshot.variables["input.L2-N.voltage.status"] == "warning-high"
        first.outlets[1].load = 17.0
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {StatusFlag.OVERLOADED}
        texts = {each.text for each in snapshot.status.alarms}
        assert "Input: L2 current above its critical limit" in texts
        assert "Group 2: current above its critical limit" in texts
        assert "Outlet 2: current above its critical limit" in texts
        assert snapshot.variables["outlet.2.current.status"] == "critical-high"


async def test_the_input_is_told_with_the_status() -> None:
    """One packet tells the alarms of the inputs, breakers and units."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.units[0].voltage = 195.0
        agent.units[0].groups[1].breaker = 2
        before = unit.wire.requests
        status = await unit.driver.read_status()
        assert unit.wire.requests - before == 1
        assert {each.text for each in status.alarms} == {
            "Input: voltage below its critical limit",
            "Group 2: breaker is off",
        }


# probes


async def test_probes_that_come_and_go() -> None:
    """A probe that is not there says nothing, whatever its objects say."""
    agent = new_agent()
    probe = agent.units[0].probes[1]
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["ambient.1.present"] == "yes"
        assert variables["ambient.contacts.3.status"] == "open"
        assert not [name for name in variables if name.startswith("ambient.2.")]
        assert not [name for name in variables if name.startswith("ambient.contacts.2.")]
        assert [each.index for each in unit.driver.parts if each.kind is PartKind.PROBE] == [1]
        probe.status, probe.temperature = 1, -0.1
        agent.units[0].contacts[0].closed = True
        await unit.driver.read()
        variables = (await unit.driver.read()).variables
        # -1 is a temperature here
        assert variables["ambient.2.temperature"] == -0.1
        assert variables["ambient.2.name"] == "Rack rear"
        assert variables["ambient.contacts.1.status"] == "closed"
        probe.status = -1
        await unit.driver.read()
        assert "ambient.2.temperature" not in (await unit.driver.read()).variables


async def test_fahrenheit() -> None:
    """Each unit has its scale; its limits cannot be written then, as they would be taken for °F."""
    agent = new_agent(units=2)
    agent.units[1].fahrenheit = True
    agent.units[1].probes[0].temperature_limits[2] = 860
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        # 23.5 °C is 74.3 °F; 86 °F is 30 °C
        assert variables["device.2.ambient.1.temperature"] == 23.5
        assert variables["device.2.ambient.1.temperature.high.warning"] == 30
        assert "ambient.1.temperature.high.warning" in unit.driver.settings
        assert "device.2.ambient.1.temperature.high.warning" not in unit.driver.settings
        assert "device.2.ambient.1.humidity.high.warning" in unit.driver.settings
        agent.units[0].fahrenheit = True
        await unit.driver.read()
        assert (await unit.driver.read()).variables["ambient.1.temperature"] == 23.5
        assert "ambient.1.temperature.high.warning" not in unit.driver.settings


# commands


@pytest.mark.parametrize(
    ("command", "parameters", "written"),
    [
        ("load.off", {}, [("unitControlOffCmd.0", 0)]),
        ("load.on", {"delay": 30}, [("unitControlOnCmd.0", 30)]),
        ("shutdown.stop", {}, [("unitControlOffCmd.0", -1), ("unitControlOnCmd.0", -1)]),
        ("outlet.2.load.off", {}, [("outletControlOffCmd.0.2", 0)]),
        ("outlet.2.load.on", {}, [("outletControlOnCmd.0.2", 0)]),
        ("outlet.2.load.cycle", {"delay": 5}, [("outletControlRebootCmd.0.2", 5)]),
        ("outlet.group.1.load.off", {"delay": 99999}, [("groupControlOffCmd.0.1", 99999)]),
        ("outlet.group.1.load.on", {}, [("groupControlOnCmd.0.1", 0)]),
        ("outlet.group.1.load.cycle", {}, [("groupControlRebootCmd.0.1", 0)]),
        ("device.2.load.off", {}, [("unitControlOffCmd.1", 0)]),
        ("device.2.outlet.3.load.off", {}, [("outletControlOffCmd.1.3", 0)]),
        ("device.2.outlet.group.1.load.cycle", {}, [("groupControlRebootCmd.1.1", 0)]),
    ],
)
@VERSIONS
async def test_commands(
    version: str, command: str, parameters: dict[str, float], written: list[tuple[str, int]]
) -> None:
    """What is written, and nothing else."""
    agent = new_agent(units=2 if command.startswith("device.2.") else 1)
    async with opened(agent, version=version) as unit:
        outcome = await unit.driver.run(command, **parameters)
        assert agent.writes == written
        assert len(outcome.requests) == len(written)


async def test_dangers() -> None:
    """What takes power away says so; a group's cycle takes no delay, a breaker no command."""
    async with opened(new_agent()) as unit:
        cuts = {
            name
            for name, command in unit.driver.commands.items()
            if command.danger is Danger.CUTS_POWER
        }
        assert cuts == {
            "load.off",
            "outlet.group.1.load.off",
            "outlet.group.1.load.cycle",
            *(f"outlet.{outlet}.load.{what}" for outlet in (1, 2, 3) for what in ("off", "cycle")),
        }
        assert not unit.driver.commands["outlet.group.1.load.cycle"].parameters
        assert "outlet.group.2.load.off" not in unit.driver.commands
        with pytest.raises(Unsupported):
            await unit.driver.run("outlet.1.load.off", delay=100_000)


async def test_an_outlet_goes_off_and_comes_back() -> None:
    """Its countdown and its state follow; others are not touched."""
    agent = new_agent()
    outlets = agent.units[0].outlets
    async with opened(agent) as unit:
        await unit.driver.run("outlet.2.load.off", delay=60)
        variables = (await unit.driver.read()).variables
        # pending off: the power is still there
        assert variables["outlet.2.status"] == "on"
        assert variables["outlet.2.timer.shutdown"] == 60
        agent.clock.advance(60)
        variables = (await unit.driver.read()).variables
        assert variables["outlet.2.status"] == "off"
        assert variables["outlet.2.current"] == variables["outlet.2.voltage"] == 0
        assert variables["outlet.group.1.status"] == "mixed"
        assert "outlet.2.timer.shutdown" not in variables
        await unit.driver.run("outlet.2.load.on", delay=20)
        variables = (await unit.driver.read()).variables
        assert variables["outlet.2.status"] == "off"
        assert variables["outlet.2.timer.start"] == 20
        agent.clock.advance(20)
        assert (await unit.driver.read()).variables["outlet.group.1.status"] == "on"
        await unit.driver.run("outlet.group.1.load.cycle")
        variables = (await unit.driver.read()).variables
        assert variables["outlet.group.1.status"] == "rebooting"
        assert variables["outlet.1.status"] == "off"
        agent.clock.advance(10)
        assert (await unit.driver.read()).variables["outlet.1.status"] == "on"
        assert [outlet.on for outlet in outlets] == [True] * 3


async def test_the_whole_unit_in_sequence() -> None:
    """On again one outlet after another; a countdown can be called off."""
    agent = new_agent()
    outlets = agent.units[0].outlets
    async with opened(agent) as unit:
        await unit.driver.run("load.off", delay=30)
        assert (await unit.driver.read()).variables["ups.timer.shutdown"] == 30
        await unit.driver.run("shutdown.stop")
        agent.clock.advance(60)
        assert "ups.timer.shutdown" not in (await unit.driver.read()).variables
        assert all(outlet.on for outlet in outlets)
        await unit.driver.run("load.off")
        await unit.driver.read()
        assert not any(outlet.on for outlet in outlets)
        await unit.driver.run("load.on")
        agent.clock.advance(2)
        await unit.driver.read()
        assert [outlet.on for outlet in outlets] == [True, True, False]


async def test_models_that_take_no_delay() -> None:
    """They refuse it; 0 they take."""
    agent = new_agent(quirks=frozenset({"no_delays"}))
    async with opened(agent) as unit:
        with pytest.raises(WriteRefused):
            await unit.driver.run("outlet.1.load.off", delay=10)
        assert agent.writes == []
        await unit.driver.run("outlet.1.load.off")
        assert agent.units[0].outlets[0].on is False


async def test_outlets_that_cannot_be_switched() -> None:
    """They have no commands until they are made switchable; metered ones have no row at all."""
    agent = new_agent()
    agent.units[0].outlets[0].switchable = 2
    agent.tree.remove(*(f"{U}.6.6.1.{column}.0.3" for column in range(2, 11)))
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["outlet.1.switchable"] == "no"
        assert variables["outlet.3.current"] == 0.5
        assert not variables.keys() & {"outlet.3.status", "outlet.3.switchable"}
        outlets = {name.split(".")[1] for name in unit.driver.commands if name[:6] == "outlet"}
        assert outlets == {"2", "group"}
        setting = unit.driver.settings["outlet.1.switchable"]
        assert (setting.kind, setting.options) == (SettingKind.SWITCH, ("no", "yes"))
        assert await unit.driver.write("outlet.1.switchable", "yes") == "yes"
        assert agent.writes == [("outletControlSwitchable.0.1", 1)]
        await unit.driver.read()
        await unit.driver.read()
        assert "outlet.1.load.off" in unit.driver.commands


# settings


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("ups.id", "lab", ("unitName.0", b"lab")),
        ("device.2.ups.id", "lab", ("unitName.1", b"lab")),
        ("input.feed.desc", "Feed B", ("inputFeedName.0.1", b"Feed B")),
        ("input.voltage.low.warning", 207, ("inputVoltageThLowerWarning.0.1.1", 207_000)),
        ("input.voltage.low.critical", 195, ("inputVoltageThLowerCritical.0.1.1", 195_000)),
        ("input.current.high.warning", 12.5, ("inputCurrentThUpperWarning.0.1.1", 12_500)),
        ("input.current.low.critical", 0.1, ("inputCurrentThLowerCritical.0.1.1", 100)),
        ("outlet.group.1.name", "Left", ("groupName.0.1", b"Left")),
        ("outlet.group.1.current.high.critical", 15, ("groupCurrentThUpperCritical.0.1", 15_000)),
        ("outlet.2.name", "Müller", ("outletName.0.2", "Müller".encode())),
        ("outlet.2.current.high.warning", 7, ("outletCurrentThUpperWarning.0.2", 7000)),
        ("outlet.2.delay.start", 9, ("outletControlSequenceDelay.0.2", 9)),
        ("outlet.2.delay.reboot", 15, ("outletControlRebootOffTime.0.2", 15)),
        ("outlet.2.delay.shutdown", 60, ("outletControlShutoffDelay.0.2", 60)),
        ("device.2.outlet.2.delay.reboot", 15, ("outletControlRebootOffTime.1.2", 15)),
        ("ambient.1.name", "Inlet", ("temperatureName.0.1", b"Inlet")),
        ("ambient.1.temperature.high.warning", 28.5, ("temperatureThUpperWarning.0.1", 285)),
        ("ambient.1.humidity.low.critical", 12.5, ("humidityThLowerCritical.0.1", 125)),
        ("ambient.contacts.1.name", "Gate", ("contactName.0.1", b"Gate")),
    ],
)
async def test_settings(name: str, value: Any, written: tuple[str, object]) -> None:
    """What is written, and that it is in force."""
    await check_setting(
        new_agent(units=2 if name.startswith("device.2.") else 1), name, value, written
    )


async def test_settings_out_of_range() -> None:
    """Refused before anything is written; and what the card does not keep is told."""
    agent = new_agent()
    async with opened(agent) as unit:
        for name, value in (
            ("outlet.1.delay.reboot", 0),
            ("input.current.high.warning", 101),
            ("outlet.1.name", "x" * 32),
            ("outlet.1.switchable", "perhaps"),
        ):
            with pytest.raises(Unsupported):
                await unit.driver.write(name, value)
        assert agent.writes == []
        agent.tree[f"{U}.6.6.1.8.0.1"].put = lambda value: None
        with pytest.raises(Rejected):
            await unit.driver.write("outlet.1.delay.reboot", 99)


async def test_nothing_else_can_be_written() -> None:
    """No counter, clock or scale is a setting."""
    async with opened(new_agent()) as unit:
        kinds = {name.rsplit(".", 1)[-1] for name in unit.driver.settings if "outlet.2" not in name}
        assert kinds == {
            "id",
            "name",
            "desc",
            "warning",
            "critical",
            "start",
            "reboot",
            "shutdown",
            "switchable",
        }


# traps


async def test_traps() -> None:
    """What changes is told: an event each, and a reason to read."""
    agent = new_agent()
    async with opened(agent) as unit:
        pushes = unit.hear()
        agent.units[0].groups[1].breaker = 2
        agent.units[0].outlets[0].load = 11.0
        await unit.driver.run("outlet.2.load.off")
        reread = Reread(Tier.STATUS)
        assert pushes == [
            Event("breaker_changed"),
            reread,
            Event("outlet_current_threshold"),
            reread,
            Event("outlet_switched"),
            reread,
        ]


@pytest.mark.parametrize(
    ("number", "event"),
    [
        (1, None),
        (3, None),
        (4, None),
        (11, "input_voltage_threshold"),
        (53, ""),
        (54, "strapping_changed"),
        (99, ""),
    ],
)
def test_trap_numbers(number: int, event: str | None) -> None:
    """Logins and starts say nothing of the device; a test trap is a reason to read."""
    for above in (f"{U}.0", U):
        assert heard(Trap(oid(f"{above}.{number}"), {}), [mib]) == event
