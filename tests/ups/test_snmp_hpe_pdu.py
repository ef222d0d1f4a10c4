"""HPE rack PDUs: a recorded one and simulated ones of all four kinds."""

from collections.abc import Callable
from typing import Any

import pytest

from .snmp import VERSIONS, check_names, opened
from custom_components.ups_protocols.ups.errors import Rejected, Unsupported
from custom_components.ups_protocols.ups.links.base import WriteRefused
from custom_components.ups_protocols.ups.mibs.hpe_pdu import mib
from custom_components.ups_protocols.ups.mibs.table import Row
from custom_components.ups_protocols.ups.model import (
    Danger,
    DeviceKind,
    Event,
    PartKind,
    Reread,
    Severity,
    StatusFlag,
    Tier,
)
from tests.simulators.clock import Clock
from tests.simulators.snmp import (
    HpeHpduAgent,
    HpeModularAgent,
    HpePduAgent,
    Kind,
    Object,
    recording,
)
from tests.simulators.snmp.hpe_pdu import Outlet, Unit

pytestmark = pytest.mark.usefixtures("loopback")

BOTH = pytest.mark.parametrize("newer", [False, True], ids=["PDU2", "PDU3"])


def new_agent(**options: Any) -> HpePduAgent:
    """Return an agent whose clock a test moves."""
    return HpePduAgent(clock=Clock.stopped(), **options)


# values


@VERSIONS
async def test_a_recorded_pdu(version: str) -> None:
    """Only a part of its objects was recorded: no identity, no kinds of lines, no commands."""
    agent = recording("hpe-mapdu_pdu2")
    if agent is None:
        pytest.skip("the folder with the recordings is not here")
    async with opened(agent, version=version, community="public") as unit:
        assert unit.driver.mibs == ("hpe-pdu", "system")
        identity = unit.identity
        assert identity.kind is DeviceKind.PDU
        # the management module's: H.1.2.7, 1.2.2, 1.2.3
        assert identity.serial == "3C87241397"
        assert identity.model == "Assy 3.6kVA 100-240V 16A WW maPDU"
        assert identity.firmware == "02.00.0044"
        snapshot = await unit.driver.read()
        expected = {
            "input.phases": 1,  # 7.2.1.1.1.0 = 1
            "input.frequency": 50,  # 500
            "input.realpower": 97,
            "ups.realpower": 97,
            "input.powerfactor": 0.751,  # 751
            # row 0.1 of 7.2.2.1, without a column of what it measures
            "input.voltage": 242.44,  # 242440
            "input.current": 0.535,  # 535
            "input.load": 3,
            "outlet.1.status": "off",  # 7.5.2.1.1.0.1 = 1
            "outlet.1.current": 0,
            "outlet.1.powerfactor": 1,  # 1000
            "outlet.6.name": "Outlet L1-6",
            "outlet.6.status": "on",  # 2
            "outlet.6.current": 0.45,
            "outlet.6.realpower": 77,
            "outlet.6.powerfactor": 0.707,  # -707
            "outlet.7.realpower": 14,
            "outlet.7.powerfactor": 0.573,  # -573
        }
        assert {name: snapshot.variables.get(name) for name in expected} == expected
        # 7.5.1.1.12 is -1; the probe is disconnected (7.4.2.1.3.0.1 = 1)
        assert not [
            name for name in snapshot.variables if name.endswith("6.load") or "ambient" in name
        ]
        assert not snapshot.left_out
        assert not snapshot.status.alarms
        assert not snapshot.status.flags
        assert {part.kind for part in unit.driver.parts} == {PartKind.OUTLET}
        assert len(unit.driver.parts) == 8
        assert not unit.driver.commands


LIMITS = ("low.warning", "low.critical", "high.warning", "high.critical")


def limits(name: str, *values: float | None) -> dict[str, float]:
    """Return the names of limits with their values, None for one that is not set."""
    return {
        f"{name}.{limit}": value
        for limit, value in zip(LIMITS, values, strict=True)
        if value is not None
    }


IN_V = (210, 200, 250, 260)
IN_A = (0, None, 12.8, 16)


@BOTH
@VERSIONS
async def test_values(version: str, newer: bool) -> None:
    """One outlet with 0.5 A at 230 V and a power factor of 0.95, whatever the scales."""
    async with opened(new_agent(newer=newer, outlets=1), version=version) as unit:
        identity = unit.identity
        assert identity.kind is DeviceKind.PDU
        assert identity.manufacturer == "Hewlett-Packard"
        # its own, not those of the management module
        assert (identity.serial, identity.firmware) == ("3C87241390", "02.00.0051")
        snapshot = await unit.driver.read()
        variables = {
            name: value
            for name, value in snapshot.variables.items()
            if name not in {"device.contact", "device.description", "device.location"}
        }
        group: dict[str, object] = {
            "count": 1,
            "current": 0.5,
            **limits("current", *IN_A),
            "current.nominal": 16,
            "current.status": "good",
            "energy": 90,
            # 0.5 of 16 A: 3.1 %, in whole percent by the older one
            "load": 3.1 if newer else 3,
            "name": "Segment 1",
            "phase": "1",
            "power": 115,
            "powerfactor": 0.95,
            "realpower": 109,
            "status": "on",
            "type": "breaker1pole",
            "voltage": 230,
            **limits("voltage", *IN_V),
            "voltage.status": "good",
        }
        outlet: dict[str, object] = {
            "current": 0.5,
            "current.nominal": 10,
            "delay.reboot": 10,
            "delay.shutdown": 120,
            "delay.start": 1,
            "energy": 50,
            "load": 5,
            "name": "Outlet L1-1",
            "power": 115,
            "powerfactor": 0.95,
            "realpower": 109,
            "status": "on",
            "switchable": "yes",
            "type": "IEC C13",
        }
        if newer:
            only: dict[str, object] = {"device.macaddr": "94:57:A5:01:02:03"}
        else:
            only = {"input.crestfactor": 1.414}
            group["crestfactor"] = outlet["crestfactor"] = 1.414
            outlet |= {"current.status": "good", **limits("current", 0, None, 8, 10)}
        assert variables == {
            **only,
            **{f"outlet.group.1.{name}": value for name, value in group.items()},
            **{f"outlet.1.{name}": value for name, value in outlet.items()},
            "ambient.1.humidity": 41,
            **limits("ambient.1.humidity", 20, 10, 80, 90),
            "ambient.1.humidity.status": "good",
            "ambient.1.name": "Rack front",
            "ambient.1.present": "yes",
            "ambient.1.temperature": 23.5,
            **limits("ambient.1.temperature", 10, 5, 30, 35),
            "ambient.1.temperature.status": "good",
            "ambient.contacts.1.name": "Door",
            "ambient.contacts.1.status": "open",
            # the one inside the unit
            "ambient.contacts.3.name": "Inside",
            "ambient.contacts.3.status": "closed",
            "device.count": 1,
            "device.mfr": "Hewlett-Packard",
            "device.model": "P9S20A" if newer else "AF533A",
            "device.part": "820028-001",
            "device.serial": "3C87241390",
            "input.current": 0.5,
            **limits("input.current", *IN_A),
            "input.current.nominal": 16,
            "input.current.status": "good",
            # 8123456 Wh and 8123 kWh
            "input.energy": 8123 if newer else 8123.456,
            "input.frequency": 50,
            "input.frequency.status": "good",
            "input.load": 3.1 if newer else 3,
            "input.phases": 1,
            "input.power": 115,
            "input.powerfactor": 0.95,
            # 109250 mW
            "input.realpower": 109.25 if newer else 109,
            "input.voltage": 230,
            **limits("input.voltage", *IN_V),
            "input.voltage.status": "good",
            "outlet.count": 1,
            "outlet.group.count": 1,
            "ups.firmware": "02.00.0051",
            "ups.firmware.aux": "02.00.0044",
            "ups.id": "PDU A",
            "ups.realpower": 109.25 if newer else 109,
        }
        assert not snapshot.left_out
        assert snapshot.status.flags == set()
        assert not snapshot.status.alarms


@BOTH
async def test_three_phases(newer: bool) -> None:
    """Volts to neutral, everything else by phase; the whole has its own objects."""
    agent = new_agent(newer=newer, phases=3)
    agent.units[0].outlets[1].load = 1.5
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        expected = {
            "input.phases": 3,
            "input.L1-N.voltage": 230,
            "input.L3-N.voltage.high.critical": 260,
            "input.L2.current": 1.5,
            "input.L2.current.high.warning": 12.8,
            "input.L2.load": 9.4 if newer else 9,  # of 16 A
            "input.load": 9.4 if newer else 9,
            "input.L2.power": 345,
            "input.L2.realpower": 328,
            "input.L2.energy": 2002,
            "input.L2.powerfactor": 0.95,
            # 2.5 A together
            "input.power": 575,
            "input.realpower": 546.25 if newer else 546,
            "outlet.group.2.phase": "L2-N",
            "outlet.group.2.current": 1.5,
        }
        assert {name: variables.get(name) for name in expected} == expected
        assert not {"input.voltage", "input.current"} & variables.keys()


async def test_without_objects_of_the_whole() -> None:
    """The phases together."""
    agent = new_agent(phases=3)
    for column in (4, 5, 6):
        agent.tree[f"{agent.tree_root}.2.1.1.{column}.0"].get = -1
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["input.power"] == 345
        assert variables["ups.realpower"] == variables["input.realpower"] == 327
        # 2001 + 2002 + 2003 kWh
        assert variables["input.energy"] == 6006


async def test_energy_that_can_be_reset() -> None:
    """Where a PDU3 has no other: in thousandths of a Wh."""
    agent = new_agent(newer=True)
    agent.tree[f"{agent.tree_root}.2.1.1.6.0"].get = -1
    async with opened(agent) as unit:
        assert (await unit.driver.read()).variables["input.energy"] == 123.456


@pytest.mark.parametrize("phases", [1, 3])
async def test_without_the_kinds_of_lines(phases: int) -> None:
    """As the recorded one; of three phases each row is taken to neutral."""
    agent = new_agent(phases=phases)
    agent.tree.remove(*(f"{agent.tree_root}.2.2.1.{column}" for column in (2, 9, 19)))
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        if phases == 1:
            assert variables["input.voltage"] == 230
            # three outlets
            assert variables["input.current"] == 1.5
        else:
            assert variables["input.L3-N.voltage"] == 230
            assert variables["input.L3.current"] == 0.5
            assert variables["input.L3.realpower"] == 109


async def test_rows_that_are_none() -> None:
    """Instances that are too short, or name a phase that there is not: left out."""
    agent = new_agent()
    for column, short in (("2.2.1.3", "0"), ("5.1.1.5", "0"), ("3.1.1.5", "0")):
        agent.tree[f"{agent.tree_root}.{column}.{short}"] = Object(Kind.INTEGER, 7000)
    modular, high = HpeModularAgent(), HpeHpduAgent(phases=3)
    modular.tree["E.232.165.5.4.1.1.6.1.2"] = Object(Kind.INTEGER, 7000)
    high.tree["E.232.165.9.2.1.1.4.4"] = Object(Kind.INTEGER, 7000)
    for each in (agent, modular, high):
        async with opened(each) as unit:
            variables = (await unit.driver.read()).variables
            assert not {7, 70, 700, 7000} & set(variables.values())


@BOTH
@pytest.mark.parametrize("first", [0, 1])
async def test_a_chain(newer: bool, first: int) -> None:
    """Two units, from whatever number; the second is a part with a serial of its own."""
    agent = new_agent(newer=newer, units=2, first=first)
    agent.units[1].outlets[2].is_on = False
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["device.count"] == 2
        assert unit.identity.serial == f"3C8724139{first}"
        assert variables["device.2.serial"] == f"3C8724139{first + 1}"
        assert variables["device.2.ups.id"] == "PDU B"
        assert variables["device.2.outlet.3.status"] == "off"
        assert variables["device.2.input.current"] == 1
        units = [part for part in unit.driver.parts if part.kind is PartKind.UNIT]
        assert [(part.index, part.identity and part.identity.serial) for part in units] == [
            (2, f"3C8724139{first + 1}")
        ]
        await unit.driver.run("device.2.outlet.3.load.on")
        assert agent.writes == [(f"{agent.prefix}OutletControlOnCmd.{first + 1}.3", 0)]
        assert (await unit.driver.read()).variables["device.2.outlet.3.status"] == "on"


async def test_a_chain_grows() -> None:
    """Its new unit is found with the next full read but one."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.read()
        agent.units.append(Unit(1, phases=1, outlets=3))
        agent.rebuild()
        await unit.driver.read()
        variables = (await unit.driver.read()).variables
        assert variables["device.2.outlet.1.status"] == "on"
        assert "device.2.outlet.1.load.off" in unit.driver.commands


@BOTH
async def test_fahrenheit(newer: bool) -> None:
    """Each unit has its own scale; limits have it too."""
    agent = new_agent(newer=newer)
    agent.units[0].fahrenheit = True
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        # 743, tenths of °F
        assert variables["ambient.1.temperature"] == 23.5
        assert variables["ambient.1.temperature.high.critical"] == 35
        agent.units[0].probes[0].temperature = -0.1
        agent.units[0].fahrenheit = False
        # -1 on the wire is no sentinel here
        assert (await unit.driver.read()).variables["ambient.1.temperature"] == -0.1


async def test_probes_come_and_go() -> None:
    """A bad one is none."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.read()
        agent.units[0].probes[1].status = 2
        agent.units[0].probes[0].status = 3
        await unit.driver.read()
        variables = (await unit.driver.read()).variables
        assert variables["ambient.2.temperature"] == 23.5
        assert not [name for name in variables if name.startswith("ambient.1.")]


# status


@BOTH
@VERSIONS
async def test_alarms(version: str, newer: bool) -> None:
    """Each limit that is crossed, by its place; too much current is an overload."""
    agent = new_agent(newer=newer, units=2)
    here, there = agent.units
    # what is not there is not too dry
    here.probes[1].humidity = 5.0
    async with opened(agent, version=version) as unit:
        here.status, there.status = 3, 4
        here.voltage = 265.0
        here.frequency_bad = True
        there.breaker_off = True
        there.outlets[0].load = 9.0
        there.outlets[1].load = 8.5
        here.probes[0].temperature = 33.0
        there.probes[0].humidity = 5.0
        snapshot = await unit.driver.read()
        # 9 A x 230 V x 0.95 = 1967 W, 8.5 A = 1857 W
        crossed = "power" if newer else "current"
        assert {(alarm.text, alarm.severity) for alarm in snapshot.status.alarms} == {
            ("The PDU is degraded", Severity.WARNING),
            ("PDU 2: the PDU has failed", Severity.CRITICAL),
            ("Input frequency out of range", Severity.WARNING),
            ("Input voltage above its critical limit", Severity.CRITICAL),
            ("Group 1: voltage above its critical limit", Severity.CRITICAL),
            ("PDU 2: input current above its critical limit", Severity.CRITICAL),
            ("PDU 2, group 1: current above its critical limit", Severity.CRITICAL),
            ("PDU 2, group 1: breaker is off", Severity.CRITICAL),
            (f"PDU 2, outlet 1: {crossed} above its warning limit", Severity.WARNING),
            (f"PDU 2, outlet 2: {crossed} above its warning limit", Severity.WARNING),
            ("Probe 1: temperature above its warning limit", Severity.WARNING),
            ("PDU 2, probe 1: humidity below its critical limit", Severity.CRITICAL),
        }
        assert snapshot.status.flags == {StatusFlag.OVERLOADED} == unit.driver.flags
        variables = snapshot.variables
        assert variables["input.voltage.status"] == "critical-high"
        assert variables["device.2.input.current.status"] == "critical-high"
        assert variables["device.2.outlet.group.1.status"] == "off"
        assert variables["input.frequency.status"] == "out of range"
        assert variables["ambient.1.temperature.status"] == "warning-high"
        assert len({alarm.code for alarm in snapshot.status.alarms}) == 12


async def test_alarms_of_phases() -> None:
    """They name the line."""
    agent = new_agent(phases=3)
    agent.units[0].outlets[1].load = 14.0
    agent.units[0].voltage = 195.0
    async with opened(agent) as unit:
        texts = {alarm.text for alarm in (await unit.driver.read_status()).alarms}
        assert "Input L2 current above its warning limit" in texts
        assert "Input L1-N voltage below its critical limit" in texts


# commands and settings


@BOTH
@pytest.mark.parametrize(
    ("command", "parameters", "name", "value"),
    [
        ("outlet.2.load.off", {}, "OffCmd", 0),
        ("outlet.2.load.off", {"delay": 30}, "OffCmd", 30),
        ("outlet.2.load.on", {}, "OnCmd", 0),
        ("outlet.2.load.cycle", {}, "RebootCmd", 0),
    ],
)
async def test_commands(
    newer: bool, command: str, parameters: dict[str, float], name: str, value: int
) -> None:
    """One SET of the seconds until it is done."""
    agent = new_agent(newer=newer)
    async with opened(agent) as unit:
        await unit.driver.run(command, **parameters)
        assert agent.writes == [(f"{agent.prefix}OutletControl{name}.0.2", value)]


@BOTH
async def test_switching(newer: bool) -> None:
    """Off, pending, cycled: what the outlet says of it."""
    agent = new_agent(newer=newer)
    async with opened(agent) as unit:

        async def outlet(which: int) -> tuple[object, object]:
            variables = (await unit.driver.read()).variables
            timers = [name for name in variables if f"outlet.{which}.timer" in name]
            return variables[f"outlet.{which}.status"], [variables[name] for name in timers]

        await unit.driver.run("outlet.1.load.off", delay=10)
        assert await outlet(1) == ("on", [10])
        agent.clock.advance(11)
        assert await outlet(1) == ("off", [])
        await unit.driver.run("outlet.1.load.on")
        assert await outlet(1) == ("on", [])
        await unit.driver.run("outlet.2.load.cycle")
        assert await outlet(2) == ("off", [])
        agent.clock.advance(11)
        assert await outlet(2) == ("on", [])
        variables = (await unit.driver.read()).variables
        assert variables["outlet.1.current"] == 0.5


def _not_switchable(_: Unit, outlet: Outlet) -> None:
    outlet.switchable = 2


def _not_controllable(unit: Unit, _: Outlet) -> None:
    unit.controllable = 2


@BOTH
@pytest.mark.parametrize(
    ("change", "offered"), [(_not_switchable, {2, 3}), (_not_controllable, set())]
)
async def test_what_cannot_be_switched(
    newer: bool, change: Callable[[Unit, Outlet], None], offered: set[int]
) -> None:
    """It has no commands; they go when it is seen."""
    agent = new_agent(newer=newer)
    async with opened(agent) as unit:
        assert len(unit.driver.commands) == 9
        await unit.driver.read()
        change(agent.units[0], agent.units[0].outlets[0])
        await unit.driver.read()
        await unit.driver.read()
        commands = unit.driver.commands
        assert {int(name.split(".")[1]) for name in commands} == offered
        with pytest.raises(Unsupported):
            await unit.driver.run("outlet.1.load.off")
        # what it measures is there as before
        assert (await unit.driver.read()).variables["outlet.1.current"] == 0.5


@BOTH
async def test_settings(newer: bool) -> None:
    """The delays of an outlet; names and limits are only read."""
    agent = new_agent(newer=newer, outlets=1)
    async with opened(agent) as unit:
        driver = unit.driver
        assert set(driver.settings) == {
            "outlet.1.delay.start",
            "outlet.1.delay.shutdown",
            "outlet.1.delay.reboot",
            "outlet.1.switchable",
        }
        assert await driver.write("outlet.1.delay.start", 7) == 7
        assert await driver.write("outlet.1.delay.shutdown", 60) == 60
        assert await driver.write("outlet.1.delay.reboot", 15) == 15
        assert await driver.write("outlet.1.switchable", "no") == "no"
        names = ("SequenceDelay", "ShutoffDelay", "RebootOffTime", "Switchable")
        assert agent.writes == [
            (f"{agent.prefix}OutletControl{name}.0.1", value)
            for name, value in zip(names, (7, 60, 15, 2), strict=True)
        ]
        with pytest.raises(Unsupported):
            await driver.write("outlet.1.delay.start", 100_000)
        agent.communities[b"private"] = False
        with pytest.raises(Rejected):
            await driver.write("outlet.1.delay.start", 8)


async def test_a_command_that_is_refused() -> None:
    """By an outlet that has become one that cannot be switched."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.units[0].outlets[0].switchable = 2
        with pytest.raises(WriteRefused):
            await unit.driver.run("outlet.1.load.off")
        assert agent.units[0].outlets[0].is_on


def test_nothing_of_the_card_is_touched() -> None:
    """Its services, resets and the chain (11.1.3): neither read nor written."""
    rows: list[Row] = [row for table in mib.tables for row in table.rows]
    assert not [row.oid for row in rows if row.oid.startswith("11.1.3")]
    assert {row.oid.rsplit(".", 1)[0] for row in rows if row.write} == {"7.5.2.1", "11.5.2.1"}


def test_names_and_dangers() -> None:
    """Every name is a standard one; what cuts power says so."""
    check_names(mib, line="L1-N", wire="N", phase=1, outlet=1, group=1, contact=1, probe=1)
    for order in mib.orders:
        name = order.command.name
        assert (order.command.danger is Danger.CUTS_POWER) == (not name.endswith(".on"))


# those that only measure


@VERSIONS
async def test_the_modular_pdu(version: str) -> None:
    """Its outputs are groups, the outlets of a bar have numbers of their own."""
    agent = HpeModularAgent(clock=Clock.stopped(), units=2)
    async with opened(agent, version=version) as unit:
        assert unit.identity.kind is DeviceKind.PDU
        assert unit.identity.model == "HP 8.6kVA 208V 30A iPDU"
        assert unit.identity.serial == "2CJ011A001"
        snapshot = await unit.driver.read()
        variables = snapshot.variables
        expected = {
            "device.count": 2,
            "device.2.serial": "2CJ011A002",
            "ups.id": "ipdu 1",
            "ups.power.nominal": 17500,  # 1750: 17.50 kVA
            "ups.realpower": 1280,
            "ups.power": 1340,
            "ups.load": 12.5,  # 125
            "input.current.nominal": 24,
            "input.type": "NEMA L15-30P",
            "input.voltage.nominal": 208,  # America(208V)
            "outlet.group.count": 6,
            "outlet.group.1.status": "on",
            "outlet.group.1.current.nominal": 20,
            "outlet.group.1.load": 12.5,
            "outlet.group.1.voltage": 209.5,  # 2095
            "outlet.group.1.current": 1.75,  # 175
            "outlet.group.1.power": 366,
            "outlet.group.1.realpower": 352,
            "outlet.group.1.powerfactor": 0.96,  # 96
            "outlet.group.1.energy": 1234.567,
            "outlet.201.status": "on",  # "On"
            "outlet.202.status": "off",
            "outlet.201.groupid": "2",
            "outlet.201.name": "blade 7",
            "outlet.201.desc": "BL460c",
            "outlet.201.voltage": 209.8,
            "outlet.201.current": 1.27,
            "outlet.201.realpower": 255,
            "outlet.201.powerfactor": 0.98,
            "outlet.201.energy": 54.321,
            "device.2.outlet.205.realpower": 255,
        }
        assert {name: variables.get(name) for name in expected} == expected
        # -1 is not measured
        assert {name for name in variables if name.startswith("outlet.group.6.")} == {
            "outlet.group.6.current.nominal",
            "outlet.group.6.status",
        }
        assert not snapshot.left_out
        assert not snapshot.status.alarms
        assert not unit.driver.commands
        assert not unit.driver.settings
        agent.states[2] = "problem"
        agent.bar[1] = "problem"
        snapshot = await unit.driver.read()
        assert {alarm.text for alarm in snapshot.status.alarms} == {
            "Output 3: problem",
            "PDU 2, output 3: problem",
            "Output 2, outlet 2: problem",
            "PDU 2, output 2, outlet 2: problem",
        }
        assert "outlet.group.3.status" not in snapshot.variables


@VERSIONS
async def test_the_hpdu(version: str) -> None:
    """One unit of one phase."""
    agent = HpeHpduAgent(clock=Clock.stopped())
    async with opened(agent, version=version) as unit:
        assert unit.identity.serial == "2CJ2220001"
        snapshot = await unit.driver.read()
        variables = snapshot.variables
        expected = {
            "device.model": "HP 17.3kVA hPDU",
            "ups.power.nominal": 17300,  # 1730
            "ups.temperature": 25.1,  # 251
            "input.phases": 1,
            "input.current.nominal": 48,
            "input.voltage": 230.1,  # 2301
            "input.current": 10.01,  # 1001
            "input.power": 2310,
            "input.realpower": 2200,
            "ups.realpower": 2200,
            "input.powerfactor": 0.95,
            "input.energy": 3000,
            "outlet.1.status": "on",
            "outlet.1.current.nominal": 16,
            "outlet.1.load": 30.1,
            "outlet.2.load": 30.2,
            "outlet.1.voltage": 230.1,
            "outlet.1.current": 4.8,
            "outlet.1.power": 1104,
            "outlet.1.realpower": 1050,
            "outlet.1.powerfactor": 0.95,
            "outlet.1.energy": 1500,
        }
        assert {name: variables.get(name) for name in expected} == expected
        # international models have no nominal voltage
        assert not {"input.voltage.nominal", "input.L1-N.voltage"} & variables.keys()
        assert not snapshot.status.alarms
        agent.fan, agent.inputs[0], agent.outlets[1] = "FAIL", "problem", "problem"
        assert {alarm.text for alarm in (await unit.driver.read_status()).alarms} == {
            "Fan failed",
            "Input 1: problem",
            "Outlet 2: problem",
        }


@pytest.mark.parametrize("numbered", [True, False])
@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("Wye", ("L1-N", "L2-N", "L3-N")),
        ("Delta", ("L1-L2", "L2-L3", "L3-L1")),
    ],
)
async def test_an_hpdu_of_three_phases(
    numbered: bool, kind: str, lines: tuple[str, str, str]
) -> None:
    """The outlets are counted alike, however their rows are; a delta has no neutral."""
    agent = HpeHpduAgent(clock=Clock.stopped(), phases=3, numbered=numbered, kind=kind)
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert [variables[f"input.{line}.voltage"] for line in lines] == [230.1, 230.2, 230.3]
        assert [variables[f"input.L{phase}.current"] for phase in (1, 2, 3)] == [
            10.01,
            10.02,
            10.03,
        ]
        assert variables["input.realpower"] == variables["ups.realpower"] == 6600
        assert variables["input.energy"] == 9000
        assert [variables[f"outlet.{number}.load"] for number in range(1, 7)] == [
            30.1,
            30.2,
            30.3,
            30.4,
            30.5,
            30.6,
        ]


# traps


async def test_traps() -> None:
    """A switched outlet is told with the severity of a notice."""
    agent = new_agent()
    async with opened(agent) as unit:
        pushes = unit.hear()
        await unit.driver.run("outlet.1.load.off")
        assert pushes == [Event("notice"), Reread(Tier.STATUS)]
        agent.tell(1, "Outlet 1 overload")
        assert pushes[2:] == [Event("alarm_added"), Reread(Tier.STATUS)]
