"""CyberPower rack PDUs, chains of them and transfer switches, on simulated agents."""

from typing import Any

import pytest

from .snmp import VERSIONS, check_setting, opened
from custom_components.ups_protocols.ups.errors import Rejected, UpsGone
from custom_components.ups_protocols.ups.mibs import cyberpower_ats, cyberpower_pdu
from custom_components.ups_protocols.ups.mibs.identify import look_up
from custom_components.ups_protocols.ups.model import (
    Danger,
    DeviceKind,
    Event,
    PartKind,
    Push,
    Reread,
    StatusFlag,
    Tier,
    Value,
)
from tests.simulators.clock import Clock
from tests.simulators.snmp import CyberPowerAtsAgent, CyberPowerPduAgent, Rfc1628Agent, oid
from tests.simulators.snmp.cyberpower import H

pytestmark = pytest.mark.usefixtures("loopback")

ON_LINE, OFF, OVERLOADED = StatusFlag.ON_LINE, StatusFlag.OFF, StatusFlag.OVERLOADED
SINGLE, CHAIN, SOURCES = frozenset({"single"}), frozenset({"chain"}), frozenset({"sources"})


def new_pdu(**options: Any) -> CyberPowerPduAgent:
    """Return a PDU whose clock a test moves."""
    return CyberPowerPduAgent(clock=Clock.stopped(), **options)


def new_ats(**options: Any) -> CyberPowerAtsAgent:
    """Return a transfer switch whose clock a test moves."""
    return CyberPowerAtsAgent(clock=Clock.stopped(), **options)


# who it is


@pytest.mark.parametrize(
    ("object_id", "mib"),
    [
        ("E.3808", "cyberpower"),
        ("E.3808.1.1.1.7", "cyberpower"),
        ("E.3808.1.1.3", "cyberpower-pdu"),
        ("E.3808.1.1.5", "cyberpower-ats"),
        ("E.3808.1.1.6.1", "cyberpower-pdu"),
    ],
)
def test_object_ids(object_id: str, mib: str) -> None:
    """Each kind of device has its own."""
    known = look_up(oid(object_id))
    assert known is not None
    assert known.mibs[0] == mib


@pytest.mark.parametrize(
    ("agent", "mib", "kind"),
    [
        (new_pdu(trees=SINGLE), "cyberpower-pdu", DeviceKind.PDU),
        (new_pdu(trees=CHAIN), "cyberpower-pdu", DeviceKind.PDU),
        (new_pdu(trees=SOURCES), "cyberpower-pdu", DeviceKind.ATS),
        (new_ats(), "cyberpower-ats", DeviceKind.ATS),
        # its id tells the makers's only
        (new_pdu(trees=CHAIN, object_id="E.3808"), "cyberpower-pdu", DeviceKind.PDU),
        (new_ats(object_id="E.8072.3.2.10"), "cyberpower-ats", DeviceKind.ATS),
        # a transfer switch of the chain, with the id of one that stands alone
        (new_pdu(trees=SOURCES, object_id="E.3808.1.1.5"), "cyberpower-pdu", DeviceKind.ATS),
    ],
)
async def test_kinds(agent: Any, mib: str, kind: DeviceKind) -> None:
    """A PDU is no UPS, and a transfer switch is no PDU."""
    async with opened(agent) as unit:
        assert unit.driver.mibs == (mib, "system")
        assert unit.identity.kind is kind
        assert unit.identity.manufacturer == "CyberPower"


# one PDU (3)


@VERSIONS
async def test_single(version: str) -> None:
    """One phase has the names of the whole; outlets with their meters."""
    async with opened(new_pdu(trees=SINGLE, outlets=1), version=version) as unit:
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == set()
        assert snapshot.variables == {
            "device.contact": "admin",
            "device.description": "PDU Agent (simulated)",
            "device.location": "rack 1",
            "device.model": "PDU41005",
            "device.serial": "CPSS700012",
            "input.current": 3.2,
            "input.current.high.critical": 16,
            "input.current.high.warning": 12,
            "input.current.low.warning": 0,
            "input.current.nominal": 16,
            # 12346 tenths
            "input.energy": 1234.6,
            "input.frequency": 49.9,
            "input.load.status": "normal",
            "input.phases": 1,
            "input.power": 751,
            "input.powerfactor": 0.96,
            # 3.2 A at 231.5 V
            "input.realpower": 741,
            "input.voltage": 231.5,
            "outlet.1.current": 0.1,
            "outlet.1.current.status": "good",
            "outlet.1.delay.reboot": 10,
            "outlet.1.delay.shutdown": 5,
            "outlet.1.delay.start": 3,
            "outlet.1.energy": 10,
            "outlet.1.name": "Outlet 1",
            "outlet.1.realpower": 23,
            "outlet.1.status": "on",
            "outlet.count": 1,
            "ups.firmware": "1.02",
            "ups.id": "Rack PDU",
            "ups.mfr.date": "2018-05-20",
        }


async def test_single_with_phases_and_banks() -> None:
    """Rows of phases come first in the table, those of banks have a number of theirs."""
    async with opened(new_pdu(trees=SINGLE, phases=3, banks=2)) as unit:
        variables = (await unit.driver.read()).variables
        wanted = {
            "input.L1.current": 3.2,
            "input.L2.current": 1.4,
            "input.L3.load.status": "normal",
            "input.L3-N.voltage": 231.5,
            "input.L1.energy": 1234.6,
            "input.L3.energy": 1234.8,
            "input.energy": 3704.1,
            # 741 + 324 + 139
            "input.realpower": 1204,
            "outlet.group.1.current": 2.6,
            "outlet.group.2.energy": 1235,
            "outlet.group.2.current.status": "good",
            "outlet.group.1.current.nominal": 10,
            "outlet.group.1.current.high.warning": 12,
            "outlet.1.groupid": "1",
        }
        assert {name: variables.get(name) for name in wanted} == wanted
        # 3.5.7 is the voltage of nobody knows which phase
        assert not variables.keys() & {"input.voltage", "input.current"}
        kinds = {(part.kind, part.index) for part in unit.driver.parts}
        assert {(PartKind.PHASE, 3), (PartKind.OUTLET_GROUP, 2), (PartKind.OUTLET, 4)} <= kinds


@pytest.mark.parametrize(
    ("amperes", "state", "flags"),
    [
        (0.1, "low", set()),
        (5.0, "normal", set()),
        (12.0, "near overload", set()),
        (16.0, "overload", {OVERLOADED}),
    ],
)
@pytest.mark.parametrize("trees", [SINGLE, CHAIN])
async def test_load_states(
    amperes: float, state: str, flags: set[StatusFlag], trees: frozenset[str]
) -> None:
    """1 is normal in both trees, unlike APC's."""
    agent = new_pdu(trees=trees, banks=1)
    agent.pdus[0].currents = [amperes]
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert snapshot.variables["input.load.status"] == state
        assert snapshot.status.flags == flags
        # the bank carries the same
        assert (snapshot.variables["outlet.group.1.current.status"] == "critical-high") == bool(
            flags
        )


@pytest.mark.parametrize("trees", [SINGLE, CHAIN, SOURCES])
async def test_power_supply(trees: frozenset[str]) -> None:
    """One alarm, whichever objects say it."""
    agent = new_pdu(trees=trees)
    agent.pdus[0].supply_failed = True
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert [each.code for each in snapshot.status.alarms] == ["powerSupplyFailure"]


# outlets


@pytest.mark.parametrize(
    ("agent", "column"),
    [
        (new_pdu(trees=SINGLE), "3.3.3.1.1.4"),
        (new_pdu(trees=CHAIN), "6.6.1.5.1.5"),
        # the better tree of two
        (new_pdu(trees=SINGLE | CHAIN), "6.6.1.5.1.5"),
    ],
)
@pytest.mark.parametrize(
    ("command", "said", "danger"),
    [
        ("load.on", 1, Danger.HARMLESS),
        ("load.off", 2, Danger.CUTS_POWER),
        ("load.cycle", 3, Danger.CUTS_POWER),
        ("load.on.delay", 4, Danger.HARMLESS),
        ("load.off.delay", 5, Danger.CUTS_POWER),
        ("load.cycle.delay", 6, Danger.CUTS_POWER),
    ],
)
async def test_outlet_commands(
    agent: CyberPowerPduAgent, column: str, command: str, said: int, danger: Danger
) -> None:
    """What is written to which row."""
    agent.writes.clear()
    async with opened(agent) as unit:
        assert unit.driver.commands[f"outlet.3.{command}"].danger is danger
        await unit.driver.run(f"outlet.3.{command}")
        assert agent.writes == [(f"{column}.3", said)]


@pytest.mark.parametrize("trees", [SINGLE, CHAIN])
async def test_outlets_switch(trees: frozenset[str]) -> None:
    """State, meter, name and delays follow what is written."""
    agent = new_pdu(trees=trees)
    sent: list[int] = []
    agent.trap_listeners.append(lambda trap, _: sent.append(trap[-1]))
    async with opened(agent) as unit:
        driver = unit.driver
        await driver.run("outlet.2.load.off")
        variables = (await driver.read()).variables
        assert variables["outlet.2.status"] == "off"
        assert variables["outlet.2.current"] == 0
        assert variables["outlet.2.current.status"] == "warning-low"
        assert variables["outlet.1.status"] == "on"
        assert await driver.write("outlet.2.delay.start", 60) == 60
        assert await driver.write("outlet.2.name", "NAS") == "NAS"
        await driver.run("outlet.2.load.on.delay")
        agent.clock.advance(61)
        variables = (await driver.read()).variables
        assert variables["outlet.2.status"] == "on"
        assert variables["outlet.2.name"] == "NAS"
        assert sent == [103, 102]


async def test_a_pdu_without_switches() -> None:
    """A metered PDU has states and meters, and no commands."""
    agent = new_pdu(trees=SINGLE, outlets=2)
    agent.tree.remove(f"{H}.3.3.3")
    async with opened(agent) as unit:
        assert not unit.driver.commands
        assert (await unit.driver.read()).variables["outlet.2.status"] == "on"


# a chain (6)


async def test_chain() -> None:
    """The first PDU is the device; the others' rows stand behind it in every table."""
    agent = new_pdu(units=3, banks=1, outlets=2)
    agent.pdus[1].currents = [7.0]
    agent.pdus[2].name = "Top"
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        wanted = {
            "device.count": 3,
            "device.serial": "PDU00001",
            "device.2.serial": "PDU00002",
            "device.3.model": "PDU83106",
            "device.3.ups.id": "Top",
            "input.current": 3.2,
            "device.2.input.current": 7,
            "device.2.input.current.maximum": 8.5,
            # 7 A at 231.5 V
            "device.2.ups.realpower": 1620,
            "device.2.ups.power": 1670,
            "device.2.input.powerfactor": 0.93,
            # 12345 + 2 tenths
            "device.2.output.energy": 1234.7,
            "device.2.outlet.group.1.current": 7,
            "device.3.outlet.2.status": "on",
            "device.3.outlet.2.current": 0.2,
            "device.3.outlet.2.energy": 20,
            "device.3.input.voltage": 231.5,
            "input.realpower": 741,
        }
        assert {name: variables.get(name) for name in wanted} == wanted
        units = [part for part in unit.driver.parts if part.kind is PartKind.UNIT]
        assert [
            (part.index, part.identity.serial if part.identity else None) for part in units
        ] == [(2, "PDU00002"), (3, "PDU00003")]
        await unit.driver.run("device.3.outlet.2.load.off")
        # two outlets on each before it: row 6
        assert agent.writes == [("6.6.1.5.1.5.6", 2)]
        assert not agent.pdus[2].outlets[1].on
        assert await unit.driver.write("device.2.ups.id", "Bottom") == "Bottom"
        assert agent.pdus[1].name == "Bottom"


async def test_chain_with_phases() -> None:
    """Phases of each PDU, to neutral and to the next."""
    async with opened(new_pdu(units=2, phases=3)) as unit:
        variables = (await unit.driver.read()).variables
        wanted = {
            "input.L1.current": 3.2,
            "device.2.input.L3.current": 0.6,
            "device.2.input.L2-N.voltage": 231.5,
            # 231.5 V by the root of 3
            "device.2.input.L3-L1.voltage": 401,
            "input.L1-L2.voltage": 401,
            "device.2.input.L2.realpower": 324,
            "device.2.input.current": 5.2,
            "input.current": 5.2,
            "input.L2.load.status": "normal",
            "input.L3.current.high.warning": 12,
        }
        assert {name: variables.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("role", [1, 3])
async def test_a_pdu_that_tells_of_itself_alone(role: int) -> None:
    """A slave keeps its number in the chain, but here it is the device."""
    async with opened(new_pdu(role=role, first_module=3, banks=1)) as unit:
        variables = (await unit.driver.read()).variables
        assert unit.identity.serial == "PDU00003"
        assert variables["outlet.2.status"] == "on"
        assert variables["outlet.group.1.current"] == 3.2
        assert not [name for name in variables if name.startswith("device.3")]


async def test_a_chain_that_grows() -> None:
    """Another number of PDUs: their rows are looked for anew."""
    agent, longer = new_pdu(role=2, outlets=1), new_pdu(units=2, outlets=1)
    async with opened(agent) as unit:
        await unit.driver.read()
        agent.pdus, agent.tree = longer.pdus, longer.tree
        agent.started = agent.clock.now()
        await unit.driver.read()
        variables = (await unit.driver.read()).variables
        assert variables["device.2.serial"] == "PDU00002"
        assert "device.2.outlet.1.load.off" in unit.driver.commands


# transfer switches


@VERSIONS
async def test_ats(version: str) -> None:
    """Sources, load, banks, outlets; the last outlet cannot be switched."""
    agent = new_ats()
    async with opened(agent, version=version) as unit:
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {ON_LINE}
        assert snapshot.status.flags <= unit.driver.flags
        wanted = {
            "device.model": "PDU24005",
            "device.serial": "ATS700001",
            "ups.firmware": "1.10",
            "ups.firmware.aux": "1.21",
            "ups.mfr.date": "2020-03-04",
            "input.count": 2,
            "input.source": "1",
            "input.source.preferred": "1",
            "input.sensitivity": "medium",
            "input.voltage.nominal": 230,
            "input.1.name": "Source A",
            "input.1.voltage": 230.4,
            "input.1.frequency": 50,
            "input.1.voltage.status": "good",
            "input.1.realpower": 966,
            "input.2.voltage": 229.1,
            "input.2.frequency.status": "good",
            "output.current": 4.2,
            "output.current.status": "good",
            "output.current.nominal": 16,
            "output.current.high.critical": 16,
            "output.energy": 100,
            "ups.realpower": 966,
            # the row behind the total's
            "outlet.group.1.current": 2.1,
            "outlet.group.1.energy": 50,
            "outlet.group.2.energy": 33.3,
            "outlet.group.2.current.nominal": 10,
            "outlet.3.status": "on",
            "outlet.count": 3,
        }
        assert {name: snapshot.variables.get(name) for name in wanted} == wanted
        # -1: the source cannot measure it
        assert "input.1.current" not in snapshot.variables
        assert {name.split(".")[1] for name in unit.driver.commands} == {"1", "2"}
        kinds = {(part.kind, part.index) for part in unit.driver.parts}
        assert {(PartKind.SOURCE, 1), (PartKind.SOURCE, 2), (PartKind.OUTLET_GROUP, 2)} <= kinds


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("load.on", 2),
        ("load.off", 3),
        ("load.cycle", 4),
        ("load.on.delay", 5),
        ("load.off.delay", 6),
        ("load.cycle.delay", 7),
    ],
)
async def test_ats_commands(command: str, said: int) -> None:
    """One higher than those of PDUs: 1 is nothing."""
    agent = new_ats()
    async with opened(agent) as unit:
        await unit.driver.run(f"outlet.2.{command}")
        assert agent.writes == [("5.6.5.1.3.2", said)]
    agent.clock.advance(100)
    agent.advance()
    assert agent.outlets[1].on == (command not in {"load.off", "load.off.delay"})


async def test_ats_changes_its_source() -> None:
    """A source fails: the other feeds the load; that is an alarm, no outage."""
    agent = new_ats()
    sent: list[int] = []
    agent.trap_listeners.append(lambda trap, _: sent.append(trap[-1]))
    async with opened(agent) as unit:
        agent.sources[0].volts = 0
        agent.sources[0].hertz = 0
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {ON_LINE}
        assert {each.code for each in snapshot.status.alarms} == {
            "atsRedundancyLost",
            # that of source A
            "powerSupplyFailure",
        }
        assert snapshot.variables["input.source"] == "2"
        assert snapshot.variables["input.1.voltage"] == 0
        assert snapshot.variables["input.1.voltage.status"] == "out of range"
        assert snapshot.variables["input.1.frequency.status"] == "out of range"
        assert sent == [301]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (5, "sourceRelayFail"),
        (6, "inputRelayFail"),
        (7, "outputRelayFail"),
        (8, "lcdCommFail"),
        # a serial port into which nothing is plugged
        (9, None),
    ],
)
async def test_ats_faults(fault: int, code: str | None) -> None:
    """The relays and the display."""
    agent = new_ats()
    agent.broken = {fault}
    async with opened(agent) as unit:
        alarms = (await unit.driver.read()).status.alarms
        assert [each.code for each in alarms] == ([code] if code else [])


async def test_ats_overload_and_phase() -> None:
    """A load at its limit; sources that are not in phase."""
    agent = new_ats()
    agent.current = 16.5
    agent.in_phase = False
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {ON_LINE, OVERLOADED}
        assert snapshot.variables["output.current.status"] == "critical-high"
        assert [each.code for each in snapshot.status.alarms] == ["outOfSync"]


@pytest.mark.parametrize("contact", [1, 3])
async def test_ats_that_the_card_has_lost(contact: int) -> None:
    """What the card says then is old."""
    agent = new_ats()
    async with opened(agent) as unit:
        await unit.driver.read_status()
        agent.contact = contact
        with pytest.raises(UpsGone):
            await unit.driver.read_status()


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("input.source.preferred", "2", ("5.3.1.0", 2)),
        ("input.source.preferred", "none", ("5.3.1.0", 3)),
        ("input.sensitivity", "high", ("5.3.3.0", 1)),
        ("input.sensitivity", "low", ("5.3.3.0", 3)),
        ("input.2.name", "Generator", ("5.2.2.2.1.2.2", b"Generator")),
        ("outlet.1.delay.reboot", 20, ("5.6.7.1.5.1", 20)),
        ("ups.id", "Cellar", ("5.1.1.0", b"Cellar")),
    ],
)
async def test_ats_settings(name: str, value: Value, written: tuple[str, object]) -> None:
    """Its words of sensitivity have another order than a UPS's."""
    await check_setting(new_ats(), name, value, written)


async def test_ats_of_the_chain() -> None:
    """The two sources stand side by side in a row there."""
    agent = new_pdu(trees=SOURCES)
    agent.selected, agent.sources[0].volts = 2, 150.0
    agent.in_phase = agent.is_redundant = False
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {ON_LINE}
        assert {each.code for each in snapshot.status.alarms} == {
            "atsRedundancyLost",
            "outOfSync",
        }
        wanted = {
            "input.source": "2",
            "input.source.preferred": "1",
            "input.1.voltage": 150,
            "input.1.voltage.status": "out of range",
            "input.2.voltage": 229.1,
            "input.2.voltage.status": "good",
            "input.2.frequency": 50,
        }
        assert {name: snapshot.variables.get(name) for name in wanted} == wanted
        assert await unit.driver.write("input.sensitivity", "low") == "low"
        assert agent.writes == [("6.9.2.1.5.1", 3)]
        agent.selected = 3
        assert (await unit.driver.read_status()).flags == {OFF}


async def test_what_is_never_written() -> None:
    """Reset of the switch, of meters and of peaks."""
    forbidden = {"5.4.1", "5.4.2", "6.8.4", "6.8.5", "6.3.2.1.11", "6.3.2.1.12", "6.9.2.1.11"}
    for mib in (cyberpower_ats.mib, cyberpower_pdu.mib):
        listed = {row.oid for table in mib.tables for row in table.rows if row.write}
        written = {put.oid for order in mib.orders for step in order.steps for put in step}
        assert not forbidden & (listed | written)


async def test_a_refusal() -> None:
    """A community that may only read."""
    agent = new_ats()
    async with opened(agent, community="public") as unit:
        with pytest.raises(Rejected, match="refuses"):
            await unit.driver.run("outlet.1.load.off")
        assert agent.outlets[0].on


async def test_rfc1628_beside_a_pdu() -> None:
    """What a PDU answers of a UPS MIB is not its own."""
    agent, ups = new_pdu(), Rfc1628Agent()
    for where in ups.tree.order:
        if where[:7] == (1, 3, 6, 1, 2, 1, 33):
            agent.tree[where] = ups.tree[where]
    async with opened(agent) as unit:
        assert unit.driver.mibs == ("cyberpower-pdu", "system")
        assert "battery.charge" not in (await unit.driver.read()).variables


@pytest.mark.parametrize(
    ("number", "pushes"),
    [
        (102, [Event("outlet_on"), Reread(Tier.STATUS)]),
        (110, [Event("overload"), Reread(Tier.STATUS)]),
        (301, [Event("source_switched"), Reread(Tier.STATUS)]),
        (105, [Reread(Tier.STATUS)]),
    ],
)
@pytest.mark.parametrize("agent", [new_pdu(), new_ats()])
async def test_traps(agent: Any, number: int, pushes: list[Push]) -> None:
    """One list for all devices of the maker."""
    async with opened(agent) as unit:
        assert unit.told_by(f"E.3808.0.{number}") == pushes
