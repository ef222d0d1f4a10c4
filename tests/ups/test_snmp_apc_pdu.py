"""APC rack PDUs of four generations, chains of them, and a recorded one."""

from collections.abc import Iterable
from typing import Any

import pytest

from .snmp import VERSIONS, opened
from custom_components.ups_protocols.ups.errors import Rejected, Unsupported
from custom_components.ups_protocols.ups.links.base import Trap, WriteRefused
from custom_components.ups_protocols.ups.mibs.apc_pdu import easy, first, mib, second, switches
from custom_components.ups_protocols.ups.mibs.identify import look_up
from custom_components.ups_protocols.ups.mibs.traps import heard
from custom_components.ups_protocols.ups.model import (
    Danger,
    DeviceKind,
    PartKind,
    Severity,
    StatusFlag,
)
from tests.simulators.clock import Clock
from tests.simulators.snmp import ApcPduAgent, Kind, Object, Rfc1628Agent, oid, recording
from tests.simulators.snmp.apc_pdu import P

pytestmark = pytest.mark.usefixtures("loopback")

OVERLOADED = StatusFlag.OVERLOADED
SWITCHES, FIRST, SECOND, EASY = ("switches",), ("first",), ("second",), ("easy",)
B_MODEL = ("switches", "first", "second")


def new_pdu(trees: Iterable[str] = SECOND, **options: Any) -> ApcPduAgent:
    """Return a PDU whose clock a test moves."""
    return ApcPduAgent(clock=Clock.stopped(), trees=trees, **options)


async def variables_of(agent: Any) -> dict[str, Any]:
    """Return what an agent's variables are."""
    async with opened(agent) as unit:
        return dict((await unit.driver.read()).variables)


# who it is


@pytest.mark.parametrize(
    ("trees", "object_id"),
    [
        (SWITCHES, "E.318.1.3.4.2"),
        (FIRST, "E.318.1.3.4.5"),
        (SECOND, "E.318.1.3.4.6"),
        (EASY, "E.318.1.3.4.9"),
        (B_MODEL, "E.318.1.3.4.8"),
        # its id tells the maker only, or nothing
        (SECOND, "E.318"),
        (EASY, "E.8072.3.2.10"),
    ],
)
async def test_kinds(trees: tuple[str, ...], object_id: str) -> None:
    """A PDU, whichever tree it answers."""
    async with opened(new_pdu(trees, object_id=object_id)) as unit:
        assert unit.driver.mibs == ("apc-pdu", "system")
        assert unit.identity.kind is DeviceKind.PDU
        assert unit.identity.manufacturer == "APC"
        assert unit.identity.serial == "ZA1732000171"


def test_object_ids() -> None:
    """PDUs are known by the fourth branch, and other devices are not."""
    for object_id, wanted in (("4.6", "apc-pdu"), ("4", "apc-pdu"), ("27", "apc-powernet")):
        known = look_up(oid(f"E.318.1.3.{object_id}"))
        assert known is not None
        assert known.mibs == (wanted,)


async def test_other_mibs_are_left_out() -> None:
    """What a PDU answers of RFC 1628 is not its own."""
    agent = new_pdu()
    other = Rfc1628Agent()
    for each in other.tree.order:
        if each[:7] == oid("1.3.6.1.2.1.33"):
            agent.tree[each] = other.tree[each]
    async with opened(agent) as unit:
        assert unit.driver.mibs == ("apc-pdu", "system")
        assert "battery.charge" not in (await unit.driver.read()).variables


# rPDU2 (26)


@VERSIONS
async def test_second(version: str) -> None:
    """A metered and switched PDU with a bank."""
    agent = new_pdu(outlets=2, banks=1, metered=True)
    async with opened(agent, version=version) as unit:
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == set()
        assert snapshot.left_out == {}
        assert snapshot.variables == {
            "device.contact": "Anna",
            "device.count": 1,
            "device.description": "APC Web/SNMP Management Card (simulated)",
            "device.location": "Row 1",
            "device.model": "AP8941",
            "device.serial": "ZA1732000171",
            # 28 tenths
            "input.current": 2.8,
            "input.current.high.critical": 16,
            "input.current.high.warning": 12,
            "input.current.low.warning": 0,
            "input.current.nominal": 16,
            "input.current.peak": 5.8,
            "input.load.status": "normal",
            "input.phases": 1,
            # 65 and 61 hundredths of kVA and kW: 2.8 A at 231 V, power factor 0.95
            "input.power": 650,
            "input.powerfactor": 0.95,
            "input.realpower": 610,
            # 37 tenths of kW
            "input.realpower.nominal": 3700,
            "input.voltage": 231,
            "outlet.1.current": 0.1,
            "outlet.1.current.status": "good",
            "outlet.1.delay.reboot": 10,
            "outlet.1.delay.shutdown": 30,
            "outlet.1.delay.start": 15,
            # 100 tenths of kWh
            "outlet.1.energy": 10,
            "outlet.1.groupid": "1",
            "outlet.1.id": "1",
            "outlet.1.name": "Outlet 1",
            # 0.1 A at 231 V x 0.95
            "outlet.1.realpower": 22,
            "outlet.1.status": "on",
            "outlet.1.type": "IEC C13",
            "outlet.2.current": 0.2,
            "outlet.2.current.status": "good",
            "outlet.2.delay.reboot": 10,
            "outlet.2.delay.shutdown": 30,
            "outlet.2.delay.start": 15,
            "outlet.2.energy": 20,
            "outlet.2.groupid": "1",
            "outlet.2.id": "2",
            "outlet.2.name": "Outlet 2",
            "outlet.2.realpower": 44,
            "outlet.2.status": "on",
            "outlet.2.type": "IEC C13",
            "outlet.count": 2,
            "outlet.delay.start": 0,
            "outlet.group.1.current": 2.8,
            "outlet.group.1.current.high.critical": 16,
            "outlet.group.1.current.high.warning": 12,
            "outlet.group.1.current.low.warning": 0,
            "outlet.group.1.current.maximum": 4.4,
            "outlet.group.1.current.nominal": 20,
            "outlet.group.1.current.status": "good",
            "outlet.group.1.phase": "L1-N",
            # 12346 tenths
            "output.energy": 1234.6,
            "ups.firmware": "v6.8.0",
            "ups.id": "Rack PDU",
            "ups.mfr.date": "2017-08-07",
            "ups.power": 650,
            "ups.realpower": 610,
            "ups.realpower.maximum": 810,
        }


async def test_second_with_phases() -> None:
    """Three phases, to neutral and between each other."""
    async with opened(new_pdu(phases=3, banks=2)) as unit:
        variables = (await unit.driver.read()).variables
        wanted = {
            "input.phases": 3,
            "input.L1.current": 2.8,
            "input.L3.current": 0.6,
            "input.L2-N.voltage": 231,
            # 231 V by the root of 3
            "input.L3-L1.voltage": 400,
            "input.L2.realpower": 310,
            "input.L2.powerfactor": 0.95,
            # 610 + 310 + 130
            "input.realpower": 1050,
            "input.L1.load.status": "normal",
            "input.L3.current.high.warning": 12,
            "input.L1.current.peak": 5.8,
            "input.load.status": "normal",
            "outlet.group.2.current": 2.4,
            "outlet.group.2.phase": "L1-L2",
            "outlet.2.groupid": "2",
        }
        assert {name: variables.get(name) for name in wanted} == wanted
        assert not variables.keys() & {"input.voltage", "input.current"}
        kinds = {(part.kind, part.index) for part in unit.driver.parts}
        assert {(PartKind.PHASE, 3), (PartKind.OUTLET_GROUP, 2), (PartKind.OUTLET, 4)} <= kinds


def test_each_tree_has_its_own_words() -> None:
    """On and off, and the states of load, as the card's table has them."""
    on_off = {
        name: {number: str(word) for number, word in words.items()}
        for name, words in (
            ("sPDU", switches.OUTLETS),
            ("rPDU", first.OUTLETS),
            ("rPDU2", second.OUTLETS),
            ("rPDU2 command", second.COMMANDED),
            ("ePDU", easy.OUTLETS),
            ("ePDU command", easy.COMMANDED),
        )
    }
    one_is_on, one_is_off = {1: "on", 2: "off"}, {1: "off", 2: "on"}
    assert on_off == {
        "sPDU": one_is_on,
        "rPDU": one_is_on,
        "rPDU2": one_is_off,
        "rPDU2 command": one_is_on,
        "ePDU": one_is_off,
        "ePDU command": one_is_on,
    }
    assert (str(first.LOAD[1]), str(first.LOAD[2])) == ("normal", "low")
    assert (str(second.LOAD[1]), str(second.LOAD[2])) == ("low", "normal")


async def test_an_outlet_that_only_its_command_tells() -> None:
    """Without the table of states the object of the commands tells, the other way round."""
    agent = new_pdu(outlets=2)
    agent.tree.remove(f"{P}.26.9.2.3.1.5")
    agent.pdus[0].outlets[1].on = False
    variables = await variables_of(agent)
    assert (variables["outlet.1.status"], variables["outlet.2.status"]) == ("on", "off")


@pytest.mark.parametrize(
    ("amperes", "state", "of_bank", "flags"),
    [
        (0.4, "low", "warning-low", set()),
        (5.0, "normal", "good", set()),
        (12.0, "near overload", "warning-high", set()),
        (16.0, "overload", "critical-high", {OVERLOADED}),
    ],
)
@pytest.mark.parametrize("trees", [FIRST, SECOND, B_MODEL])
async def test_load_states(
    amperes: float, state: str, of_bank: str, flags: set[StatusFlag], trees: tuple[str, ...]
) -> None:
    """1 is normal in rPDU and low in rPDU2."""
    agent = new_pdu(trees, banks=1)
    agent.pdus[0].currents, agent.pdus[0].low = [amperes], 1
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert snapshot.variables["input.load.status"] == state
        assert snapshot.variables["outlet.group.1.current.status"] == of_bank
        assert snapshot.status.flags == flags
        assert (await unit.driver.read_status()).flags == flags
        assert OVERLOADED in unit.driver.flags


@pytest.mark.parametrize("trees", [FIRST, SECOND, B_MODEL])
async def test_power_supply(trees: tuple[str, ...]) -> None:
    """One alarm, whichever objects say it; a supply that is not installed has not failed."""
    agent = new_pdu(trees)
    async with opened(agent) as unit:
        assert (await unit.driver.read()).status.alarms == ()
        agent.pdus[0].supply_failed = True
        alarms = (await unit.driver.read()).status.alarms
        assert [(each.code, each.severity) for each in alarms] == [
            ("rPDUPowerSupplyAlarm", Severity.CRITICAL)
        ]


# outlets


_ON, _OFF, _CYCLE = "load.on", "load.off", "load.cycle"
OUTLET_VALUES = {
    # column: on, off, cycle, the same after the delay
    (SWITCHES, "4.4.2.1.3"): (1, 2, 3, 5, 6, 7),
    (FIRST, "12.3.3.1.1.4"): (1, 2, 3, 4, 5, 6),
    (SECOND, "26.9.2.4.1.5"): (1, 2, 3, 5, 6, 7),
    # of three ways the newest
    (B_MODEL, "26.9.2.4.1.5"): (1, 2, 3, 5, 6, 7),
    (EASY, "30.6.2.1.4"): (1, 2),
}


@pytest.mark.parametrize(("trees", "column"), OUTLET_VALUES)
async def test_outlet_commands(trees: tuple[str, ...], column: str) -> None:
    """What is written to which row."""
    names = (_ON, _OFF, _CYCLE, f"{_ON}.delay", f"{_OFF}.delay", f"{_CYCLE}.delay")
    values = OUTLET_VALUES[trees, column]
    agent = new_pdu(trees)
    async with opened(agent) as unit:
        offered = {name for name in unit.driver.commands if name.startswith("outlet.3.")}
        assert offered == {f"outlet.3.{name}" for name in names[: len(values)]}
        for name, value in zip(names, values, strict=False):
            agent.writes.clear()
            danger = unit.driver.commands[f"outlet.3.{name}"].danger
            assert danger is (Danger.HARMLESS if _ON in name else Danger.CUTS_POWER)
            await unit.driver.run(f"outlet.3.{name}")
            assert agent.writes == [(f"{column}.3", value)]


@pytest.mark.parametrize(
    ("trees", "where", "values"),
    [
        (SWITCHES, "4.2.1.0", {_ON: 1, f"{_ON}.delay": 2, _OFF: 3, f"{_OFF}.delay": 7}),
        (
            FIRST,
            "12.3.1.1.0",
            {_ON: 2, _OFF: 3, f"{_ON}.delay": 5, f"{_OFF}.delay": 6, "shutdown.stop": 8},
        ),
        (
            SECOND,
            "26.4.4.1.4.1",
            {_ON: 1, f"{_ON}.delay": 2, _OFF: 3, f"{_OFF}.delay": 7, "shutdown.stop": 8},
        ),
    ],
)
async def test_all_outlets(trees: tuple[str, ...], where: str, values: dict[str, int]) -> None:
    """Each tree has an order of its own for all outlets together."""
    agent = new_pdu(trees)
    async with opened(agent) as unit:
        whole = {name for name in unit.driver.commands if not name.startswith("outlet.")}
        assert whole == values.keys()
        for name, value in values.items():
            agent.writes.clear()
            await unit.driver.run(name)
            assert agent.writes == [(where, value)]
        await unit.driver.run(_OFF)
        assert not any(each.on for each in agent.pdus[0].outlets)
        assert unit.driver.commands[_OFF].danger is Danger.CUTS_POWER


@pytest.mark.parametrize("trees", [SWITCHES, FIRST, SECOND, B_MODEL])
async def test_outlets_switch(trees: tuple[str, ...]) -> None:
    """State and name follow what is written; a delay is kept, and -1 is never."""
    agent = new_pdu(trees, metered=True)
    sent: list[int] = []
    agent.trap_listeners.append(lambda trap, _: sent.append(trap[-1]))
    async with opened(agent) as unit:
        driver = unit.driver
        await driver.run("outlet.2.load.off")
        variables = (await driver.read()).variables
        assert [variables[f"outlet.{each}.status"] for each in (1, 2, 3)] == ["on", "off", "on"]
        if trees != SWITCHES:
            assert variables["outlet.2.current"] == 0
        assert await driver.write("outlet.2.delay.start", 60) == 60
        assert await driver.write("outlet.2.name", "NAS") == "NAS"
        await driver.run("outlet.2.load.on.delay")
        assert (await driver.read()).variables["outlet.2.status"] == "off"
        agent.clock.advance(61)
        variables = (await driver.read()).variables
        assert variables["outlet.2.status"] == "on"
        assert variables["outlet.2.name"] == "NAS"
        assert sent == ([42, 41] if trees == SWITCHES else [269, 268])
        await driver.write("outlet.2.delay.shutdown", -1)
        variables = (await driver.read()).variables
        assert "outlet.2.delay.shutdown" not in variables
        await driver.run("outlet.2.load.off.delay")
        agent.clock.advance(10_000)
        assert (await driver.read()).variables["outlet.2.status"] == "on"
        # it can be set again
        assert await driver.write("outlet.2.delay.shutdown", 15) == 15


async def test_cycle() -> None:
    """Off for the pause of the outlet."""
    agent = new_pdu()
    async with opened(agent) as unit:
        driver = unit.driver
        assert await driver.write("outlet.1.delay.reboot", 20) == 20
        await driver.run("outlet.1.load.cycle")
        assert (await driver.read()).variables["outlet.1.status"] == "off"
        agent.clock.advance(21)
        assert (await driver.read()).variables["outlet.1.status"] == "on"


async def test_a_delay_that_is_rounded() -> None:
    """MasterSwitch takes the next lower of the values that it has, and that is in force."""
    async with opened(new_pdu(SWITCHES)) as unit:
        assert await unit.driver.write("outlet.1.delay.start", 100) == 60
        await unit.driver.write("outlet.2.delay.shutdown", 15)
        # it would be 15 again
        with pytest.raises(Rejected):
            await unit.driver.write("outlet.2.delay.shutdown", 20)


@pytest.mark.parametrize("trees", [FIRST, SECOND])
async def test_a_pdu_without_switches(trees: tuple[str, ...]) -> None:
    """A metered PDU has no commands, and nothing to wait for at a cold start."""
    async with opened(new_pdu(trees, outlets=0)) as unit:
        assert not unit.driver.commands
        variables = (await unit.driver.read()).variables
        assert variables["input.current"] == 2.8
        assert "outlet.delay.start" not in variables
        assert "outlet.delay.start" not in unit.driver.settings


async def test_outlets_that_are_metered_only() -> None:
    """Names, banks and meters without switches."""
    agent = new_pdu(outlets=2, banks=1, metered=True)
    agent.tree.remove(f"{P}.26.9.2")
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["outlet.2.name"] == "Outlet 2"
        assert variables["outlet.2.groupid"] == "1"
        assert variables["outlet.2.current"] == 0.2
        assert await unit.driver.write("outlet.2.name", "NAS") == "NAS"
        assert agent.writes == [("26.9.4.1.1.3.2", b"NAS")]


# settings


async def test_settings() -> None:
    """Thresholds, names and the delay after a cold start."""
    agent = new_pdu(banks=1)
    async with opened(agent) as unit:
        driver = unit.driver
        assert await driver.write("input.current.high.warning", 11) == 11
        assert await driver.write("outlet.delay.start", 30) == 30
        assert await driver.write("ups.id", "Top") == "Top"
        assert await driver.write("device.location", "Row 7") == "Row 7"
        assert agent.writes == [
            ("26.6.1.1.6.1", 11),
            ("26.4.1.1.6.1", 30),
            ("26.4.1.1.3.1", b"Top"),
            ("26.4.1.1.4.1", b"Row 7"),
        ]
        # the bank's objects share the simulator's value: they are read back as written
        assert await driver.write("outlet.group.1.current.high.critical", 15) == 15
        assert agent.writes[-1] == ("26.8.1.1.7.1", 15)
        with pytest.raises(WriteRefused):
            await driver.write("input.current.high.critical", 40)
        with pytest.raises(Unsupported):
            await driver.write("outlet.delay.start", 301)


async def test_thresholds_in_tenths() -> None:
    """Newer firmware has them in tenths too, and that is what is written."""
    agent = new_pdu(banks=1, tenths=True)
    async with opened(agent) as unit:
        assert await unit.driver.write("input.current.high.warning", 11.5) == 11.5
        assert await unit.driver.write("outlet.group.1.current.low.warning", 0.5) == 0.5
        assert agent.writes == [("26.15.1.1.6.1", 115), ("26.14.1.1.5.1", 5)]


async def test_thresholds_in_tenths_that_are_not_there() -> None:
    """-1 in the newer table: the older one is what counts."""
    agent = new_pdu(tenths=True)
    for column in (5, 6, 7):
        agent.tree[f"{P}.26.15.1.1.{column}.1"] = Object(Kind.INTEGER, -1)
    async with opened(agent) as unit:
        assert await unit.driver.write("input.current.high.warning", 11) == 11
        assert agent.writes == [("26.6.1.1.6.1", 11)]


def test_what_must_not_be_written() -> None:
    """No reset of a meter, no restart of a controller, no display number."""
    written = {row.oid for table in mib.tables for row in table.rows if row.write is not None}
    written |= {put.oid for order in mib.orders for step in order.steps for put in step}
    forbidden = {
        "26.4.1.1.2",
        *(f"26.4.1.1.{column}" for column in (10, 11, 12, 13)),
        "26.6.1.1.8",
        "26.8.1.1.8",
        "26.11.4",
        "30.2.2.1.3",
        "30.2.2.1.4",
    }
    assert not written & forbidden


# rPDU (12) and the B models


async def test_first() -> None:
    """Rows of phases come first in the table of loads, those of banks have a number of theirs."""
    agent = new_pdu(FIRST, phases=3, banks=2, metered=True, outlets=3)
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        wanted = {
            "device.model": "AP7900B",
            "ups.firmware": "v3.7.4",
            "ups.mfr.date": "2017-08-07",
            "input.phases": 3,
            "input.current.nominal": 16,
            "input.L1.current": 2.8,
            "input.L2.current": 1.4,
            "input.L3.load.status": "normal",
            "input.L2.current.high.critical": 16,
            # 4.8 A in two banks
            "outlet.group.1.current": 2.4,
            "outlet.group.2.current.status": "good",
            "outlet.group.1.current.nominal": 10,
            "outlet.group.2.current.high.warning": 12,
            "outlet.1.groupid": "1",
            "outlet.2.groupid": "2",
            "outlet.3.current": 0.3,
            "outlet.3.current.status": "good",
            "outlet.3.current.high.critical": 16,
            # 4.8 A x 230 V, and the factor
            "ups.power": 1104,
            "ups.realpower": 1049,
            "input.powerfactor": 0.95,
            "input.voltage.nominal": 230,
            "outlet.count": 3,
        }
        assert {name: snapshot.variables.get(name) for name in wanted} == wanted
        # nobody measures volts there
        assert not [name for name in snapshot.variables if name.endswith("-N.voltage")]
        assert "input.voltage" not in snapshot.variables
        assert await unit.driver.write("input.voltage.nominal", 240) == 240
        assert await unit.driver.write("input.powerfactor", 1) == 1
        # 4.8 A x 240 V
        assert (await unit.driver.read()).variables["ups.realpower"] == 1152
        assert await unit.driver.write("outlet.group.2.current.low.warning", 1) == 1
        assert agent.writes == [("12.1.15.0", 240), ("12.1.17.0", 1000), ("12.2.4.1.1.2.2", 1)]


async def test_an_outlet_without_meter() -> None:
    """Thresholds of zero are those of an outlet that has no meter."""
    agent = new_pdu(FIRST, metered=True)
    for column in (4, 5, 6):
        agent.tree[f"{P}.12.3.4.3.1.{column}.2"] = Object(Kind.INTEGER, 0)
    async with opened(agent) as unit:
        assert "outlet.1.current.high.critical" in unit.driver.settings
        assert "outlet.2.current.high.critical" not in unit.driver.settings


async def test_b_model() -> None:
    """rPDU2 says -1, 5 and "notsupported " of what it has not: then rPDU's value counts."""
    async with opened(new_pdu(B_MODEL, measures=False, metered=True)) as unit:
        snapshot = await unit.driver.read()
        wanted = {
            # rPDU2
            "device.model": "AP7900B",
            "ups.firmware": "v6.8.0",
            "input.current": 2.8,
            "input.current.peak": 5.8,
            "input.load.status": "normal",
            "outlet.1.status": "on",
            # rPDU: 2.8 A x 230 V x 0.95
            "ups.realpower": 612,
            "ups.power": 644,
            "input.voltage.nominal": 230,
            "input.powerfactor": 0.95,
            # sPDU
            "outlet.delay.reboot": 10,
        }
        assert {name: snapshot.variables.get(name) for name in wanted} == wanted
        assert snapshot.left_out == {}
        absent = {"output.energy", "input.voltage", "ups.realpower.maximum", "input.realpower"}
        assert not snapshot.variables.keys() & absent
        assert "input.voltage.nominal" in unit.driver.settings


async def test_a_model_that_measures() -> None:
    """What stands in for measurements is no setting where there are measurements."""
    async with opened(new_pdu(B_MODEL)) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["ups.realpower"] == 610
        assert variables["input.voltage"] == 231
        assert not unit.driver.settings.keys() & {"input.voltage.nominal", "input.powerfactor"}


async def test_switches() -> None:
    """MasterSwitch: outlets and nothing that is measured."""
    async with opened(new_pdu(SWITCHES, outlets=1)) as unit:
        agent = unit.agent
        snapshot = await unit.driver.read()
        assert snapshot.variables == {
            "device.contact": "admin",
            "device.description": "APC Web/SNMP Management Card (simulated)",
            "device.location": "rack 1",
            "device.model": "AP9212",
            "device.serial": "ZA1732000171",
            "outlet.1.delay.reboot": 10,
            "outlet.1.delay.shutdown": 30,
            "outlet.1.delay.start": 15,
            "outlet.1.name": "Outlet 1",
            "outlet.1.status": "on",
            "outlet.count": 1,
            "outlet.delay.reboot": 10,
            "outlet.delay.start": 0,
            "ups.firmware": "v2.2.4",
            "ups.id": "Rack PDU",
            # month/day/year
            "ups.mfr.date": "2017-08-07",
        }
        # an outlet whose state is not known has none
        agent.tree[f"{P}.4.4.2.1.3.1"].get = 4
        assert "outlet.1.status" not in (await unit.driver.read()).variables


# ePDU (30)


async def test_easy() -> None:
    """Tenths, hundredths and thousandths, where the other trees have none."""
    async with opened(new_pdu(EASY, outlets=1, climates=1)) as unit:
        agent = unit.agent
        assert isinstance(agent, ApcPduAgent)
        snapshot = await unit.driver.read()
        wanted = {
            "device.model": "EPDU1116M",
            "ups.firmware": "V1.2.0",
            "ambient.1.humidity": 41,
            "ambient.1.humidity.high": 80,
            "ambient.1.humidity.low": 25,
            "ambient.1.temperature": 23.4,
            "ambient.1.temperature.high": 40,
            "ambient.1.temperature.low": 5,
            "input.current": 2.8,
            "input.current.high.critical": 16,
            "input.energy": 400.001,
            "input.frequency": 50.02,
            "input.power": 647,
            "input.powerfactor": 0.95,
            "input.realpower": 614,
            "input.voltage": 231,
            "input.voltage.high.critical": 264,
            "input.voltage.low.critical": 198,
            "outlet.1.status": "on",
            "output.energy": 1234.567,
            "output.reactivepower": 20,
            "ups.beeper.status": "enabled",
            "ups.power": 647,
            "ups.realpower": 614,
        }
        assert {name: snapshot.variables.get(name) for name in wanted} == wanted
        await unit.driver.run("outlet.1.load.off")
        await unit.driver.run("beeper.disable")
        assert await unit.driver.write("input.current.high.critical", 12.5) == 12.5
        assert await unit.driver.write("ambient.1.temperature.high", 35.5) == 35.5
        assert agent.writes == [
            ("30.6.2.1.4.1", 2),
            ("30.2.2.1.5.1", 1),
            ("30.4.1.1.6.1", 1250),
            ("30.8.1.1.3.1", 355),
        ]
        variables = (await unit.driver.read()).variables
        assert variables["outlet.1.status"] == "off"
        assert variables["ups.beeper.status"] == "disabled"


async def test_easy_with_phases() -> None:
    """The phases' energies and powers make that of the whole."""
    variables = await variables_of(new_pdu(EASY, phases=3))
    wanted = {
        "input.L1-N.voltage": 231,
        "input.L2.current": 1.4,
        "input.L3.energy": 400.003,
        "input.energy": 1200.006,
        # 614 + 307 + 132
        "input.realpower": 1053,
        "input.L2-N.voltage.high.critical": 264,
    }
    assert {name: variables.get(name) for name in wanted} == wanted


async def test_easy_without() -> None:
    """-1 is what the model does not have; 0 °C with 0 % is no sensor."""
    agent = new_pdu(EASY, outlets=1, climates=2)
    for where in ("30.6.1.1.4.1", "30.6.2.1.4.1", "30.2.2.1.5.1", "30.2.1.1.12.1", "30.2.1.1.8.1"):
        agent.tree[f"{P}.{where}"] = Object(Kind.INTEGER, -1)
    agent.pdus[0].climates[0].temperature = agent.pdus[0].climates[0].humidity = 0
    agent.pdus[0].climates[1].link = 1
    async with opened(agent) as unit:
        assert not unit.driver.commands
        variables = (await unit.driver.read()).variables
        absent = {"outlet.1.status", "ups.beeper.status", "input.frequency", "output.reactivepower"}
        assert not variables.keys() & absent
        assert not [name for name in variables if name.startswith("ambient.")]


# chains


@pytest.mark.parametrize("trees", [SECOND, EASY])
async def test_chain(trees: tuple[str, ...]) -> None:
    """The host is the device; the others' rows stand behind it in every table."""
    agent = new_pdu(trees, units=3, outlets=2, banks=1)
    agent.pdus[1].currents = [7.0]
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        wanted = {
            "device.count": 3,
            "device.serial": "ZA1732000171",
            "device.2.serial": "ZA1732000172",
            "device.3.model": variables["device.model"],
            "input.current": 2.8,
            "device.2.input.current": 7,
            "device.3.outlet.2.status": "on",
            "device.3.input.voltage": 231,
            "device.2.input.powerfactor": 0.95,
        }
        assert {name: variables.get(name) for name in wanted} == wanted
        units = [part for part in unit.driver.parts if part.kind is PartKind.UNIT]
        assert [
            (part.index, part.identity.serial if part.identity else None) for part in units
        ] == [(2, "ZA1732000172"), (3, "ZA1732000173")]
        await unit.driver.run("device.3.outlet.2.load.off")
        # two outlets on each before it: row 6
        column = "26.9.2.4.1.5" if trees == SECOND else "30.6.2.1.4"
        assert agent.writes == [(f"{column}.6", 2)]
        variables = (await unit.driver.read()).variables
        assert variables["device.3.outlet.2.status"] == "off"
        assert variables["outlet.2.status"] == "on"


async def test_chain_commands_and_settings() -> None:
    """All outlets of one unit, and what is set of it."""
    agent = new_pdu(units=2, outlets=2)
    async with opened(agent) as unit:
        await unit.driver.run("device.2.load.off")
        assert await unit.driver.write("device.2.ups.id", "Bottom") == "Bottom"
        assert await unit.driver.write("device.2.outlet.1.name", "NAS") == "NAS"
        assert agent.writes == [
            ("26.4.4.1.4.2", 3),
            ("26.4.1.1.3.2", b"Bottom"),
            ("26.9.2.1.1.3.3", b"NAS"),
        ]
        assert [each.on for pdu in agent.pdus for each in pdu.outlets] == [True, True, False, False]


async def test_chain_with_another_host() -> None:
    """The numbers are what users set: the host is the first, who had that has the host's."""
    agent = new_pdu(modules=(1, 2, 4), host=4, outlets=1)
    for pdu in agent.pdus:
        pdu.name = f"PDU {pdu.module}"
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert unit.identity.serial == "ZA1732000174"
        assert [variables[f"{unit}ups.id"] for unit in ("", "device.2.", "device.4.")] == [
            "PDU 4",
            "PDU 2",
            "PDU 1",
        ]
        await unit.driver.run("outlet.1.load.off")
        assert agent.writes == [("26.9.2.4.1.5.3", 2)]
        assert not agent.pdus[2].outlets[0].on


@pytest.mark.parametrize("trees", [SECOND, EASY])
async def test_a_pdu_alone_keeps_its_number(trees: tuple[str, ...]) -> None:
    """One that stands alone is the device, whatever its display says."""
    async with opened(new_pdu(trees, modules=(3,), banks=1)) as unit:
        variables = (await unit.driver.read()).variables
        assert unit.identity.serial == "ZA1732000173"
        assert variables["outlet.2.status"] == "on"
        assert variables["input.current"] == 2.8
        assert not [name for name in variables if name.startswith("device.3")]


async def test_a_chain_that_grows() -> None:
    """Another number of PDUs: their rows are looked for anew."""
    agent, longer = new_pdu(outlets=1), new_pdu(units=2, outlets=1)
    async with opened(agent) as unit:
        await unit.driver.read()
        agent.pdus, agent.tree, agent._was = longer.pdus, longer.tree, longer._was
        await unit.driver.read()
        variables = (await unit.driver.read()).variables
        assert variables["device.2.serial"] == "ZA1732000172"
        assert "device.2.outlet.1.load.off" in unit.driver.commands


# sensors


async def test_sensors() -> None:
    """Tenths of °C, whole %, thresholds in whole °C."""
    agent = new_pdu(climates=1, contacts=1, outlets=0)
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        found = {name: value for name, value in variables.items() if name.startswith("ambient.")}
        assert found == {
            "ambient.1.humidity": 41,
            "ambient.1.humidity.alarm": "enabled",
            "ambient.1.humidity.low.critical": 15,
            "ambient.1.humidity.low.warning": 25,
            "ambient.1.humidity.status": "good",
            "ambient.1.name": "Temp 1",
            "ambient.1.present": "yes",
            "ambient.1.temperature": 23.4,
            "ambient.1.temperature.alarm": "enabled",
            "ambient.1.temperature.high.critical": 60,
            "ambient.1.temperature.high.warning": 40,
            "ambient.1.temperature.maximum": 31.5,
            "ambient.1.temperature.status": "good",
            "ambient.contacts.1.config": "normal-closed",
            "ambient.contacts.1.name": "Door 1",
            "ambient.contacts.1.status": "closed",
        }
        assert await unit.driver.write("ambient.1.temperature.high.warning", 30) == 30
        assert await unit.driver.write("ambient.1.temperature.alarm", "disabled") == "disabled"
        assert await unit.driver.write("ambient.contacts.1.config", "normal-opened")
        assert agent.writes == [
            ("26.10.2.1.1.11.1", 30),
            ("26.10.2.1.1.5.1", 1),
            ("26.10.4.1.1.5.1", 1),
        ]
        # closed, and now at rest open
        alarms = (await unit.driver.read()).status.alarms
        assert [each.code for each in alarms] == ["discreteSensorAlarm"]


@pytest.mark.parametrize(
    ("values", "variables", "codes"),
    [
        # -0.1 °C is -1 tenth, which is no sentinel while °F says something else
        ({"temperature": -0.1}, {"ambient.1.temperature": -0.1}, []),
        (
            {"temperature": 45},
            {"ambient.1.temperature.status": "warning-high"},
            ["temperatureHigh"],
        ),
        (
            {"temperature": 61.5},
            {"ambient.1.temperature.status": "critical-high"},
            ["temperatureMax"],
        ),
        ({"humidity": 20}, {"ambient.1.humidity.status": "warning-low"}, ["humidityLow"]),
        ({"humidity": 10}, {"ambient.1.humidity.status": "critical-low"}, ["humidityMin"]),
        # a sensor for temperature only
        ({"kind": 1}, {"ambient.1.humidity": None, "ambient.1.temperature": 23.4}, []),
        (
            {"link": 3},
            {
                "ambient.1.present": "no",
                "ambient.1.temperature": None,
                "ambient.1.temperature.maximum": None,
                "ambient.1.humidity": None,
            },
            ["sensorLost"],
        ),
    ],
)
async def test_sensor_states(
    values: dict[str, float], variables: dict[str, Any], codes: list[str]
) -> None:
    """Where a reading stands, and what is none."""
    agent = new_pdu(climates=1, outlets=0)
    for name, value in values.items():
        setattr(agent.pdus[0].climates[0], name, value)
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert {name: snapshot.variables.get(name) for name in variables} == variables
        assert [each.code for each in snapshot.status.alarms] == codes


async def test_a_sensor_that_comes() -> None:
    """A row without a sensor says nothing until one is plugged in."""
    agent = new_pdu(climates=1, contacts=1, outlets=0)
    agent.pdus[0].climates[0].link = agent.pdus[0].contacts[0].link = 1
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert not [name for name in variables if name.startswith("ambient.")]
        assert not [name for name in unit.driver.settings if name.startswith("ambient.")]
        agent.pdus[0].climates[0].link = agent.pdus[0].contacts[0].link = 2
        await unit.driver.read()
        variables = (await unit.driver.read()).variables
        assert variables["ambient.1.temperature"] == 23.4
        assert variables["ambient.contacts.1.status"] == "closed"
        assert "ambient.1.name" in unit.driver.settings


async def test_sensors_of_a_chain() -> None:
    """A guest's sensor is the guest's."""
    agent = new_pdu(modules=(1, 2), host=2, climates=1, outlets=0)
    variables = await variables_of(agent)
    assert variables["ambient.1.temperature"] == 23.4
    assert "device.2.ambient.1.temperature" not in variables
    other = new_pdu(modules=(1, 2), host=2, outlets=0)
    other.pdus[0].climates = agent.pdus[1].climates
    other._build_second()
    variables = await variables_of(other)
    assert variables["device.2.ambient.1.temperature"] == 23.4
    assert "ambient.1.temperature" not in variables


# traps


@pytest.mark.parametrize(
    ("number", "event"),
    [
        (41, "outlet_on"),
        (42, "outlet_off"),
        (222, "low_load"),
        (225, "near_overload_cleared"),
        (226, "overload"),
        (268, "outlet_on"),
        (269, "outlet_off"),
        (276, "overload"),
        (278, "power_supply_failed"),
        (635, "overload_cleared"),
        (750, "critical_condition"),
        (813, "critical_condition_cleared"),
        # a change of configuration: a reason to read, no event
        (270, ""),
    ],
)
@pytest.mark.parametrize("root", ["E.318.0", "E.318"])
def test_traps(number: int, event: str, root: str) -> None:
    """With and without the zero before the number."""
    trap = Trap(oid=(*oid(root), number), values={})
    assert heard(trap, [mib]) == event


# a recorded card


@VERSIONS
async def test_recorded_b_model(version: str) -> None:
    """AP7900B (LibreNMS), which answers three trees."""
    agent = recording("apc_ap7900b")
    if agent is None:
        pytest.skip("no recordings here")
    async with opened(agent, version=version) as unit:
        snapshot = await unit.driver.read()
        assert unit.driver.mibs == ("apc-pdu", "system")
        assert snapshot.status.flags == set()
        assert snapshot.status.alarms == ()
        assert snapshot.left_out == {}
        assert unit.identity.serial == "ZA1732000177"
        private = {"device.contact", "device.location", "device.description"}
        assert {
            name: value for name, value in snapshot.variables.items() if name not in private
        } == {
            "device.model": "AP7900B",  # 12.1.5, 4.1.4
            "device.serial": "ZA1732000177",  # 12.1.6
            "input.current": 2.7,  # 26.6.3.1.5 = 27; 12.2.3.1.1.2 is 28
            "input.current.peak": 5.8,  # 26.6.3.1.10 = 58
            "input.load.status": "normal",  # 26.6.3.1.4 = 2; 26.4.3.1.4 = 5, not supported
            "input.current.low.warning": 0,  # 12.2.2.1.1.2
            "input.current.high.warning": 10,  # 12.2.2.1.1.3
            "input.current.high.critical": 12,  # 12.2.2.1.1.4
            "input.voltage.nominal": 120,  # 12.1.15; 26.6.3.1.6 = -1
            "ups.realpower": 312,  # 12.1.16; 26.4.3.1.5 = -1
            **{f"outlet.{number}.status": "on" for number in range(1, 9)},  # 4.4.2.1.3 = 1
            "outlet.1.name": "NAS PSU",  # 4.4.2.1.4
            "outlet.2.name": "opnSense PSU",
            "outlet.3.name": "Switch PSU (L)",
            "outlet.4.name": "Switch 2 PSU 1",
            "outlet.5.name": "Firewall 2 PSU 1",
            "outlet.6.name": "Outlet 6",
            "outlet.7.name": "Outlet 7",
            "outlet.8.name": "Outlet 8",
        }
        # the recording has no control objects but sPDU's
        assert len(unit.driver.commands) == 8 * 6
