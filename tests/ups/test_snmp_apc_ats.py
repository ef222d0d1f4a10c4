"""APC transfer switches on simulated agents."""

from typing import Any

import pytest

from .snmp import VERSIONS, opened
from custom_components.ups_protocols.ups.errors import UpsGone
from custom_components.ups_protocols.ups.links.base import Trap
from custom_components.ups_protocols.ups.mibs.apc_ats import mib
from custom_components.ups_protocols.ups.mibs.identify import look_up
from custom_components.ups_protocols.ups.mibs.traps import heard
from custom_components.ups_protocols.ups.model import DeviceKind, PartKind, Severity, StatusFlag
from tests.simulators.clock import Clock
from tests.simulators.snmp import ApcAtsAgent, Kind, Object, oid
from tests.simulators.snmp.apc_ats import A, P

pytestmark = pytest.mark.usefixtures("loopback")

ON_LINE, OFF, OVERLOADED = StatusFlag.ON_LINE, StatusFlag.OFF, StatusFlag.OVERLOADED


def new_ats(*quirks: str, **options: Any) -> ApcAtsAgent:
    """Return a transfer switch whose clock a test moves."""
    return ApcAtsAgent(clock=Clock.stopped(), quirks=frozenset(quirks), **options)


@pytest.mark.parametrize("kind", [9, 11, 19, 32, 38])
def test_object_ids(kind: int) -> None:
    """Five generations."""
    known = look_up(oid(f"E.318.1.3.{kind}"))
    assert known is not None
    assert known.mibs == ("apc-ats",)


@pytest.mark.parametrize("object_id", ["E.318.1.3.11", "E.318", "E.8072.3.2.10"])
async def test_kind(object_id: str) -> None:
    """A transfer switch is no UPS."""
    async with opened(new_ats(object_id=object_id)) as unit:
        assert unit.driver.mibs == ("apc-ats", "system")
        assert unit.identity.kind is DeviceKind.ATS
        assert unit.identity.manufacturer == "APC"
        assert unit.identity.model == "AP4421"
        assert unit.identity.serial == "5A1812T00001"


@VERSIONS
async def test_values(version: str) -> None:
    """Sources, output, banks: the first row of the banks is the whole."""
    async with opened(new_ats(), version=version) as unit:
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {ON_LINE}
        assert snapshot.status.alarms == ()
        assert snapshot.left_out == {}
        assert {ON_LINE, OFF, OVERLOADED} <= unit.driver.flags
        assert snapshot.variables == {
            "device.contact": "Anna",
            "device.description": "APC Web/SNMP Management Card (simulated)",
            "device.location": "Row 2",
            "device.model": "AP4421",
            "device.serial": "5A1812T00001",
            "input.1.frequency": 50,
            "input.1.name": "Source A",
            "input.1.status": "good",
            "input.1.voltage": 230,
            "input.2.frequency": 50,
            "input.2.name": "Source B",
            "input.2.status": "good",
            "input.2.voltage": 229,
            "input.count": 2,
            "input.current.nominal": 16,
            "input.frequency.nominal": 50,
            "input.sensitivity": "high",
            "input.source": "1",
            "input.source.preferred": "1",
            "input.voltage.nominal": 230,
            # half of 5.2 A, 26 tenths
            "outlet.group.1.current": 2.6,
            "outlet.group.1.current.high.critical": 10,
            "outlet.group.1.current.high.warning": 12,
            "outlet.group.1.current.low.warning": 0,
            "outlet.group.1.current.status": "good",
            "outlet.group.1.load": 26,
            "outlet.group.1.name": "bank1",
            "outlet.group.1.power": 598,
            "outlet.group.1.voltage": 230,
            "outlet.group.2.current": 2.6,
            "outlet.group.2.current.high.critical": 10,
            "outlet.group.2.current.high.warning": 12,
            "outlet.group.2.current.low.warning": 0,
            "outlet.group.2.current.status": "good",
            "outlet.group.2.load": 26,
            "outlet.group.2.name": "bank2",
            "outlet.group.2.power": 598,
            "outlet.group.2.voltage": 230,
            "output.current": 5.2,
            "output.current.high": 16,
            "output.current.high.critical": 16,
            "output.current.high.warning": 12,
            "output.current.low.warning": 0,
            "output.current.status": "good",
            "output.frequency": 50,
            "output.phases": 1,
            # 5.2 A at 230 V
            "output.power": 1196,
            "output.voltage": 230,
            "ups.firmware": "400.2.0",
            "ups.id": "Rack ATS",
            # 5.2 of 16 A
            "ups.load": 32,
            "ups.mfr.date": "2018-03-20",
        }
        kinds = {(part.kind, part.index) for part in unit.driver.parts}
        assert kinds == {
            (PartKind.SOURCE, 1),
            (PartKind.SOURCE, 2),
            (PartKind.OUTLET_GROUP, 1),
            (PartKind.OUTLET_GROUP, 2),
        }


async def test_a_bank_without_phases() -> None:
    """What the table of phases says is not there, the whole of the banks tells."""
    agent = new_ats()
    for column in (3, 4, 7, 10):
        agent.tree[f"{A}.5.4.3.1.{column}.1.1"] = Object(Kind.INTEGER, -1)
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        wanted = {
            "output.current": 5.2,
            "output.voltage": 230,
            "output.power": 1196,
            "ups.load": 32,
            "outlet.group.2.current": 2.6,
        }
        assert {name: variables.get(name) for name in wanted} == wanted


async def test_an_old_one() -> None:
    """An AP77xx: no states of sources and output, and one number more in the index."""
    agent = new_ats("old", "deep")
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        # the chosen source tells that the load is fed
        assert snapshot.status.flags == {ON_LINE}
        wanted = {
            "input.1.voltage": 230,
            "input.2.voltage": 229,
            "output.voltage": 230,
            "output.current": 5.2,
            "ups.load": 32,
        }
        assert {name: snapshot.variables.get(name) for name in wanted} == wanted
        assert not [name for name in snapshot.variables if name.startswith("outlet.")]
        assert "input.1.status" not in snapshot.variables
        agent.failed.add(5)
        alarms = (await unit.driver.read()).status.alarms
        assert "The 5 V supply failed" in {each.text for each in alarms}


@pytest.mark.parametrize(
    ("orientation", "lines"),
    [
        (4, ("L1-N", "L2-N", "L3-N")),
        (5, ("L1-L2", "L2-L3", "L3-L1")),
        # split phase: the third is between the two
        (3, ("L1-N", "L2-N", "L1-L2")),
        # the agent does not know
        (1, ("L1-N", "L2-N", "L3-N")),
    ],
)
async def test_three_phases(orientation: int, lines: tuple[str, ...]) -> None:
    """Between which lines a voltage is, the orientation says; the fourth row is the neutral."""
    async with opened(new_ats(phases=3, orientation=orientation)) as unit:
        variables = (await unit.driver.read()).variables
        voltages = {name for name in variables if name.startswith("output.L") and "volt" in name}
        assert voltages == {f"output.{line}.voltage" for line in lines}
        wanted = {
            "output.phases": 3,
            "output.L2.current": 5.2,
            "output.L3.power": 1196,
            # three times as much
            "output.power": 3588,
            "output.L3.load": 32,
            "ups.load": 32,
            "output.N.current": 0.7,
            "output.L1.current.status": "good",
            "output.L2.current.high.critical": 16,
        }
        assert {name: variables.get(name) for name in wanted} == wanted
        assert "output.voltage" not in variables
        assert {each.index for each in unit.driver.parts if each.kind is PartKind.PHASE} == {
            1,
            2,
            3,
        }


# states


async def test_a_source_fails() -> None:
    """The load goes to the other: on line, and not redundant."""
    agent = new_ats()
    sent: list[int] = []
    agent.trap_listeners.append(lambda trap, _: sent.append(trap[-1]))
    async with opened(agent) as unit:
        agent.sources[0].volts = 0
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {ON_LINE}
        assert [(each.code, each.severity) for each in snapshot.status.alarms] == [
            ("atsRedundancyLost", Severity.WARNING)
        ]
        assert snapshot.variables["input.source"] == "2"
        assert snapshot.variables["input.1.status"] == "out of range"
        assert snapshot.variables["input.1.voltage"] == 0
        assert snapshot.variables["output.voltage"] == 229
        assert (await unit.driver.read_status()).alarms == snapshot.status.alarms
        agent.sources[0].volts = 230
        snapshot = await unit.driver.read()
        assert snapshot.status.alarms == ()
        assert snapshot.variables["input.source"] == "1"
        assert sent == [126, 127, 126, 128]


async def test_both_sources_fail() -> None:
    """There is no battery: the output is off, whatever source is chosen."""
    agent = new_ats()
    for source in agent.sources:
        source.volts = 0
    async with opened(agent) as unit:
        status = await unit.driver.read_status()
        assert status.flags == {OFF}


@pytest.mark.parametrize(
    ("amperes", "state", "of_bank", "flags"),
    [
        (0.5, "warning-low", "warning-low", {ON_LINE}),
        (5.2, "good", "good", {ON_LINE}),
        (12.0, "warning-high", "warning-high", {ON_LINE}),
        # the bank of 10 A only
        (15.9, "warning-high", "warning-high", {ON_LINE}),
        (16.0, "critical-high", "warning-high", {ON_LINE, OVERLOADED}),
        (20.0, "critical-high", "critical-high", {ON_LINE, OVERLOADED}),
    ],
)
async def test_load_states(
    amperes: float, state: str, of_bank: str, flags: set[StatusFlag]
) -> None:
    """1 is normal, as in rPDU and not as in rPDU2."""
    agent = new_ats()
    agent.current, agent.low = amperes, 1
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == flags
        assert snapshot.variables["output.current.status"] == state
        assert snapshot.variables["outlet.group.1.current.status"] == of_bank


async def test_a_bank_is_overloaded() -> None:
    """One bank beyond its limit is an overload too."""
    agent = new_ats()
    agent.current, agent.limit_of_bank = 9, 4
    async with opened(agent) as unit:
        assert (await unit.driver.read()).status.flags == {ON_LINE, OVERLOADED}


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (6, "The 24 V (source A) supply failed"),
        (7, "The 24 V (source B) supply failed"),
        (17, "The 3.3 V supply failed"),
        (20, "The 48 V (source B) supply failed"),
        (10, "The transfer switch itself failed"),
        (16, "The display board failed"),
    ],
)
async def test_failures(column: int, text: str) -> None:
    """Supplies that a model does not have say -1, and have not failed."""
    agent = new_ats()
    agent.failed.add(column)
    async with opened(agent) as unit:
        status = (await unit.driver.read()).status
        assert status.flags == {ON_LINE}
        assert {(each.text, each.severity) for each in status.alarms} == {
            (text, Severity.CRITICAL),
            ("The other source cannot take over", Severity.WARNING),
        }


async def test_other_alarms() -> None:
    """Fuses say 1 for closed, the phases 1 for in step: unlike all others here."""
    agent = new_ats()
    async with opened(agent) as unit:
        agent.in_phase = False
        agent.blown = {22}
        alarms = (await unit.driver.read()).status.alarms
        assert [each.code for each in alarms] == ["outOfSync", "atsFuseStatusOpen"]


@pytest.mark.parametrize("link", [1, 3])
async def test_a_card_that_has_lost_its_switch(link: int) -> None:
    """What it says then is old."""
    agent = new_ats()
    async with opened(agent) as unit:
        agent.link = link
        with pytest.raises(UpsGone):
            await unit.driver.read_status()
        agent.link = 2
        assert (await unit.driver.read_status()).flags == {ON_LINE}


# settings


async def test_settings() -> None:
    """The source that is preferred, names, limits; what is written, and what it does."""
    agent = new_ats()
    async with opened(agent) as unit:
        driver = unit.driver
        assert await driver.write("input.source.preferred", "2") == "2"
        assert await driver.write("input.sensitivity", "low") == "low"
        assert await driver.write("input.2.name", "Generator") == "Generator"
        assert await driver.write("input.voltage.nominal", 120) == 120
        assert await driver.write("output.current.high.critical", 15) == 15
        assert await driver.write("outlet.group.2.current.high.critical", 9) == 9
        assert await driver.write("ups.id", "Top") == "Top"
        assert agent.writes == [
            ("8.4.2.0", 2),
            ("8.4.4.0", 2),
            ("8.5.3.2.1.6.2", b"Generator"),
            ("8.4.8.0", 120),
            ("8.4.16.1.5.1", 15),
            ("8.4.14.1.5.3", 9),
            ("8.4.1.0", b"Top"),
        ]
        assert driver.settings["input.source.preferred"].options == ("1", "2", "none")
        variables = (await driver.read()).variables
        assert variables["input.source"] == "2"
        assert variables["input.2.name"] == "Generator"
        assert variables["output.current.high"] == 15
        # writing it does nothing, says the MIB
        assert "output.current.high" not in driver.settings


async def test_what_is_left_alone() -> None:
    """Nothing resets the switch or its settings; highest and lowest values vanish by being read."""
    agent = new_ats()
    async with opened(agent) as unit:
        await unit.driver.read()
        assert not unit.driver.commands
        for relative in ("3.1", "3.2", "4.7", "5.2.1", "5.3.3.1.4", "5.4.3.1.5"):
            above = oid(f"{A}.{relative}")
            asked = {each for seen in agent.seen for each in seen.oids if seen.type == "get"}
            assert not [each for each in asked if each[: len(above)] == above]


async def test_environment() -> None:
    """The probes that all of APC's devices may have."""
    agent = new_ats()
    for column, kind, value in (
        (3, Kind.OCTETS, "Rack"),
        (5, Kind.INTEGER, 73),
        (6, Kind.INTEGER, 23),
        (7, Kind.INTEGER, 45),
        (10, Kind.INTEGER, 2),
    ):
        agent.tree[f"{P}.25.1.2.1.{column}.1.1"] = Object(kind, value)
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["ambient.1.temperature"] == 23
        assert variables["ambient.1.humidity"] == 45


@pytest.mark.parametrize(
    ("number", "event"),
    [
        (126, "source_switched"),
        (127, "redundancy_lost"),
        (128, "redundancy_restored"),
        (131, "communication_lost"),
        (132, "overload"),
        (641, "near_overload_cleared"),
        (646, "low_voltage"),
        (698, "source_fault"),
        (825, "critical_condition"),
        (59, "temperature_violation"),
        # a change of configuration: a reason to read, no event
        (129, ""),
    ],
)
def test_traps(number: int, event: str) -> None:
    """What each tells."""
    assert heard(Trap(oid=(*oid("E.318.0"), number), values={}), [mib]) == event
