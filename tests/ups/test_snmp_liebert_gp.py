"""Liebert UPSs and transfer switches on simulated agents: values, status, commands, settings."""

import re
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from .snmp import VERSIONS, check_names, check_setting, check_variables, learned, opened
from custom_components.ups_protocols.ups.errors import Rejected, Unsupported
from custom_components.ups_protocols.ups.mibs.liebert_gp import mib
from custom_components.ups_protocols.ups.mibs.liebert_gp.conditions import names
from custom_components.ups_protocols.ups.mibs.liebert_gp.flexible import data_id
from custom_components.ups_protocols.ups.model import (
    Danger,
    DeviceKind,
    Event,
    Push,
    Reread,
    Severity,
    StatusFlag,
    Tier,
)
from tests.simulators.clock import Clock
from tests.simulators.power import Output, Power
from tests.simulators.snmp import Kind, LiebertAgent, LiebertStsAgent, Object, oid
from tests.simulators.snmp.liebert_gp import MODELS, L, condition

pytestmark = pytest.mark.usefixtures("loopback")

F = StatusFlag
POINTS, CONDITIONS = frozenset({"points"}), frozenset({"conditions"})
FLEXIBLE = frozenset({"flexible"})
OLDER = POINTS | CONDITIONS


def new_agent(*, online: bool = True, **options: Any) -> LiebertAgent:
    """Return an agent whose clock a test moves."""
    clock = Clock.stopped()
    power = Power(clock=clock, online=online, nominal_battery=72.0)
    return LiebertAgent(power=power, clock=clock, **options)


# values


@VERSIONS
async def test_values(version: str) -> None:
    """Every object is a value in its unit: worked out by hand from the simulator's state."""
    async with opened(new_agent(models=OLDER), version=version) as unit:
        snapshot = await unit.driver.read()
        assert unit.identity.kind is DeviceKind.UPS
        assert unit.identity.manufacturer == "Vertiv"
        assert unit.identity.model == "Simulated GXT"
        assert unit.identity.serial == "20340001AF"
        assert unit.identity.firmware == "U012"
        assert snapshot.variables == {
            "device.contact": "admin",
            "device.count": 1,
            "device.description": "Liebert simulated card",
            # the site of the UPS, not the place of the card
            "device.location": "hall 2",
            "device.mfr": "Vertiv",
            "device.model": "Simulated GXT",
            "device.serial": "20340001AF",
            "ups.beeper.status": "enabled",
            "ups.delay.shutdown": 20,
            "ups.delay.start": 30,
            "ups.firmware": "U012",
            "ups.firmware.aux": "card 8.3",
            "ups.id": "UPS 7",
            # 300 of 0.1 %
            "ups.load": 30,
            "ups.mfr.date": "10MAR24",
            "ups.power": 300,
            "ups.power.high": 900,
            "ups.power.nominal": 1000,
            "ups.realpower": 300,
            "ups.realpower.nominal": 900,
            "ups.start.auto": "yes",
            "ups.temperature": 41,
            # 336 hours
            "ups.test.interval": 1209600,
            "ups.type": "online",
            "battery.1.current": 0,
            "battery.1.voltage": 82,
            # 90 of 0.1 Ah
            "battery.capacity.nominal": 9,
            "battery.charge": 100,
            "battery.charge.restart": 15,
            "battery.charger.status": "resting",
            "battery.current": 0,
            "battery.packs": 4,
            "battery.packs.bad": 0,
            "battery.packs.external": 1,
            # 33 minutes
            "battery.runtime": 1980,
            "battery.runtime.elapsed": 0,
            # 3 minutes, 6 minutes
            "battery.runtime.low": 180,
            "battery.runtime.nominal": 360,
            "battery.temperature": 25,
            # 13.65 V for each 12 V, in whole volts
            "battery.voltage": 82,
            "battery.voltage.float": 82,
            "battery.voltage.low": 60,
            "input.bypass.current": 0,
            "input.bypass.frequency": 50,
            "input.bypass.phases": 1,
            "input.bypass.voltage": 230,
            # 1.3 A in whole amperes
            "input.current": 1,
            "input.eco.switchable": "disabled",
            "input.frequency": 50,
            "input.frequency.nominal": 50,
            "input.phases": 1,
            "input.source": "utility",
            "input.voltage": 230,
            "input.voltage.high.critical": 264,
            "input.voltage.high.warning": 253,
            "input.voltage.low.critical": 184,
            "input.voltage.low.warning": 207,
            "input.voltage.maximum": 241,
            "input.voltage.minimum": 212,
            "input.voltage.nominal": 230,
            "input.voltage.status": "good",
            "output.current": 1,
            # 123400 Wh
            "output.energy": 123.4,
            "output.frequency": 50,
            "output.frequency.nominal": 50,
            "output.phases": 1,
            "output.powerfactor": 1,
            "output.voltage": 230,
            "output.voltage.nominal": 230,
            "ambient.humidity": 48,
            # 234 of 0.1 °C, before the whole 23
            "ambient.temperature": 23.4,
            "ambient.temperature.high": 40,
            "ambient.temperature.low": 5,
            "outlet.1.status": "on",
            "outlet.2.status": "on",
        }
        assert not snapshot.left_out
        assert snapshot.status.flags == {F.ON_LINE}
        assert snapshot.status.input_present is True


async def test_three_phases() -> None:
    """Each phase by its name, between the phases too; the first of these is L1-L2."""
    agent = new_agent(models=POINTS, phases=3)
    agent.tree[f"{L}.3.5.2.3.1.4.1.2"] = Object(Kind.INTEGER, 399)
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert [variables[f"output.L{phase}-N.voltage"] for phase in (1, 2, 3)] == [230] * 3
        assert variables["output.L1-L2.voltage"] == 398
        assert variables["output.L2-L3.voltage"] == 399
        assert variables["output.L3-L1.voltage"] == 398
        assert variables["input.L3-L1.voltage"] == 398
        assert variables["input.bypass.L2-N.voltage"] == 230
        assert [variables[f"output.L{phase}.realpower"] for phase in (1, 2, 3)] == [100] * 3
        assert [variables[f"output.L{phase}.power.percent"] for phase in (1, 2, 3)] == [31, 32, 33]
        assert variables["input.L2-N.voltage.maximum"] == 241
        assert "output.voltage" not in variables
        # the point has the whole
        assert (variables["ups.power"], variables["ups.load"]) == (300, 30)


async def test_the_whole_out_of_the_phases() -> None:
    """Without objects of the point W and VA are added up, of the load the largest counts."""
    agent = new_agent(models=POINTS, phases=3)
    agent.tree.remove(*(f"{L}.3.5.2.2.1.{column}" for column in (7, 8, 11)))
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["ups.power"] == 300
        assert variables["ups.realpower"] == 300
        assert variables["ups.load"] == 33


async def test_points_by_row() -> None:
    """A line without a point's OID is that of the point whose row has its first number."""
    agent = new_agent(models=POINTS)
    agent.tree.remove(f"{L}.3.5.2.3.1.3")
    agent.power.mains_voltage = 221
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert (variables["input.voltage"], variables["output.voltage"]) == (221, 230)


async def test_a_unit_measured_between_its_phases() -> None:
    """0 V to neutral beside 400 V between the phases is not measured."""
    agent = new_agent(models=POINTS, phases=3)
    for line in (1, 2, 3):
        agent.tree[f"{L}.3.5.2.3.1.5.2.{line}"] = Object(Kind.INTEGER, 0)
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["input.L1-L2.voltage"] == 398
        assert "input.L1-N.voltage" not in variables


async def test_frequencies_in_tenths() -> None:
    """Whole Hz by the document; above 100 it is tenths."""
    async with opened(new_agent(models=POINTS, quirks=frozenset({"tenths"}))) as unit:
        variables = (await unit.driver.read()).variables
        for name in ("input.frequency", "output.frequency", "output.frequency.nominal"):
            assert variables[name] == 50


async def test_no_runtime() -> None:
    """65535 minutes: not available."""
    agent = new_agent(models=POINTS)
    agent.tree[f"{L}.3.5.1.18.0"] = Object(Kind.INTEGER, 65535)
    async with opened(agent) as unit:
        assert "battery.runtime" not in (await unit.driver.read()).variables


@pytest.mark.parametrize(
    ("offline", "interactive", "dual", "kind"),
    [
        (1, 2, 2, "offline"),
        (2, 1, 2, "line-interactive"),
        (2, 2, 2, "online"),
        (2, 2, 1, "online dual input"),
    ],
)
async def test_topology(offline: int, interactive: int, dual: int, kind: str) -> None:
    """Neither off-line nor line-interactive is on-line."""
    agent = new_agent(models=POINTS)
    for number, value in enumerate((offline, interactive, dual), 1):
        agent.tree[f"{L}.3.5.7.{number}.0"] = Object(Kind.INTEGER, value)
    async with opened(agent) as unit:
        assert (await unit.driver.read()).variables["ups.type"] == kind


async def test_tests() -> None:
    """The battery's result comes before that of the system; unknown is none."""
    agent = new_agent(models=OLDER)
    async with opened(agent) as unit:
        driver = unit.driver
        assert "ups.test.result" not in (await driver.read()).variables
        await driver.run("test.battery.start")
        snapshot = await driver.read()
        assert snapshot.variables["ups.test.result"] == "In progress"
        assert snapshot.status.flags >= {F.TESTING, F.ON_BATTERY}
        agent.clock.advance(11)
        snapshot = await driver.read()
        assert snapshot.variables["ups.test.result"] == "Done and passed"
        assert snapshot.status.flags == {F.ON_LINE, F.CHARGING}


@VERSIONS
async def test_packets(version: str) -> None:
    """One packet tells the status; a read takes five at most."""
    async with opened(new_agent(models=OLDER), version=version) as unit:
        for _ in range(2):
            before = unit.wire.requests
            await unit.driver.read()
            assert unit.wire.requests - before <= 5
        before = unit.wire.requests
        await unit.driver.read_status()
        assert unit.wire.requests - before == 1


# status


@VERSIONS
@pytest.mark.parametrize("quirks", [frozenset(), frozenset({"old_state"})])
@pytest.mark.parametrize("models", [POINTS, OLDER])
async def test_mains_lost(models: frozenset[str], quirks: frozenset[str], version: str) -> None:
    """On battery, low, off, and back; with the newer state object and the two older ones."""
    agent = new_agent(models=models, quirks=quirks)
    async with opened(agent, version=version) as unit:
        driver = unit.driver
        assert (await driver.read_status()).flags == {F.ON_LINE}
        agent.mains(False)
        status = await driver.read_status()
        assert status.flags == {F.ON_BATTERY, F.DISCHARGING}
        assert status.input_present is False
        agent.power.charge = 15
        assert F.LOW_BATTERY in (await driver.read_status()).flags
        agent.power.charge = 0
        agent.advance()
        flags = (await driver.read_status()).flags
        assert F.OFF in flags
        assert not flags & {F.ON_LINE, F.ON_BATTERY}
        agent.mains(True)
        agent.clock.advance(60)
        assert (await driver.read_status()).flags == {F.ON_LINE, F.CHARGING}


STATES = [
    ({"bypass": True}, {F.BYPASS}),
    ({"mains_voltage": 200.0}, {F.ON_LINE, F.BOOSTING}),
    ({"mains_voltage": 260.0}, {F.ON_LINE, F.TRIMMING}),
    ({"output": Output.STAYING}, {F.OFF}),
]


@pytest.mark.parametrize(("state", "flags"), STATES)
async def test_states(state: dict[str, Any], flags: set[StatusFlag]) -> None:
    """The other states of the output."""
    agent = new_agent(online=False, models=OLDER)
    for name, value in state.items():
        setattr(agent.power, name, value)
    async with opened(agent) as unit:
        assert (await unit.driver.read_status()).flags == flags


@pytest.mark.parametrize("quirks", [frozenset(), frozenset({"old_state"})])
async def test_economy_mode(quirks: frozenset[str]) -> None:
    """The bypass is wanted there."""
    agent = new_agent(models=OLDER, quirks=quirks)
    async with opened(agent) as unit:
        agent.economy = True
        assert (await unit.driver.read_status()).flags == {F.ON_LINE, F.ECO}


async def test_a_generator() -> None:
    """The older state objects: on the inverter, fed by a generator."""
    agent = new_agent(models=POINTS, quirks=frozenset({"old_state"}))
    agent.generator = True
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {F.ON_LINE}
        assert snapshot.variables["input.source"] == "generator"


@pytest.mark.parametrize(
    ("value", "flags"),
    [(1, {F.ON_LINE}), (2, {F.ON_BATTERY}), (3, {F.BYPASS}), (4, {F.OFF})],
)
async def test_a_parallel_system(value: int, flags: set[StatusFlag]) -> None:
    """What feeds the load of several units, where nothing else tells."""
    agent = new_agent(models=POINTS)
    agent.tree.remove(f"{L}.3.5.3.55", f"{L}.3.5.3.10")
    agent.tree[f"{L}.3.5.3.5.0"] = Object(Kind.INTEGER, value)
    async with opened(agent) as unit:
        assert (await unit.driver.read_status()).flags == flags


async def test_the_breaker_of_the_battery() -> None:
    """An alarm of its own, before the general one."""
    agent = new_agent(models=POINTS)
    agent.breaker_open = True
    agent.tree[f"{L}.3.7.2.2.0"] = Object(Kind.INTEGER, 5)
    async with opened(agent) as unit:
        status = await unit.driver.read_status()
        assert [alarm.text for alarm in status.alarms] == ["Battery breaker open"]
        agent.breaker_open = False
        status = await unit.driver.read_status()
        assert [alarm.text for alarm in status.alarms] == ["Abnormal operation"]


# conditions


@pytest.mark.parametrize("newer", [False, True])
async def test_conditions_alone(newer: bool) -> None:
    """A card that has nothing else, with ids of either generation."""
    agent = new_agent(models=CONDITIONS, newer=newer)
    async with opened(agent) as unit:
        driver = unit.driver
        assert (await driver.read_status()).flags == {F.ON_LINE}
        agent.mains(False)
        agent.power.charge = 10
        status = await driver.read_status()
        assert status.flags == {F.ON_BATTERY, F.LOW_BATTERY}
        expected = "Input problem" if newer else "Mains failed"
        assert [alarm.text for alarm in status.alarms] == [expected]
        agent.mains(True)
        agent.power.bypass = agent.replace_battery = agent.overloaded = agent.fan_failed = True
        status = await driver.read_status()
        assert status.flags == {F.BYPASS, F.REPLACE_BATTERY, F.OVERLOADED}
        assert [(alarm.text, alarm.severity) for alarm in status.alarms] == [
            ("Fan failed", Severity.CRITICAL)
        ]


CONDITION_SIGNS = [
    # (id, flags, texts of alarms)
    (condition(109), {F.LOW_BATTERY}, []),
    (condition(210), {F.LOW_BATTERY}, []),
    (condition(204), set(), ["Battery capacity low"]),
    # the battery of the system's controller is not that of the UPS
    (condition(28), set(), ["Battery of the system's controller low"]),
    (condition(115), {F.DISCHARGING}, []),
    (condition(86), {F.OFF}, ["Emergency power off"]),
    (condition(196), {F.OVERLOADED}, []),
    # variants, and variants of variants
    (condition(40, 4), {F.OVERLOADED}, []),
    (condition(40, 8, 1), {F.OVERLOADED}, []),
    (condition(33, 2), {F.BYPASS}, []),
    (condition(59, 5), set(), ["Over temperature"]),
    (condition(4834), {F.ON_BATTERY}, []),
    (condition(5801), {F.LOW_BATTERY, F.FORCED_SHUTDOWN}, []),
    (condition(4742), {F.LOW_BATTERY}, ["Battery disconnected at the end of discharge"]),
    (condition(4163), {F.OFF, F.LOW_BATTERY}, []),
    (condition(5798), {F.OVERLOADED, F.BYPASS}, []),
    (condition(4297), {F.ON_LINE}, []),
    (condition(5809), set(), ["The last shutdown was by a low battery"]),
    # ids without a meaning of their own: by name, with a variant's name
    (condition(107), set(), ["Inverter fault"]),
    (condition(42, 2), set(), ["Source 2 SCR open"]),
    (condition(4141), set(), ["Bypass breaker closed"]),
    (condition(9999), set(), ["Condition 7.1.9999"]),
    (condition(500, 7), set(), ["Condition 1.500.7"]),
]


@pytest.mark.parametrize(("which", "flags", "texts"), CONDITION_SIGNS)
async def test_meanings(which: tuple[int, ...], flags: set[StatusFlag], texts: list[str]) -> None:
    """What conditions mean, beside a power object that knows better."""
    agent = new_agent(models=CONDITIONS)
    agent.other_conditions[which] = (6, 6)
    async with opened(agent) as unit:
        status = await unit.driver.read_status()
        power = {F.ON_LINE} if not flags & {F.OFF, F.BYPASS, F.ON_BATTERY} else set()
        assert status.flags == flags | power
        assert [alarm.text for alarm in status.alarms] == texts


async def test_the_power_object_knows_better() -> None:
    """A condition never turns a normal output into one on battery; 4297 is no contradiction."""
    agent = new_agent(models=OLDER)
    agent.other_conditions = {condition(4834): (6, 6), condition(70): (6, 6)}
    async with opened(agent) as unit:
        assert (await unit.driver.read_status()).flags == {F.ON_LINE}


@pytest.mark.parametrize(
    ("kind", "severity", "expected"),
    [
        (4, 3, Severity.WARNING),
        (6, 6, Severity.CRITICAL),
        (6, 9, Severity.CRITICAL),
        (8, 3, Severity.CRITICAL),
        # information
        (6, 0, None),
        (2, 3, None),
    ],
)
async def test_severity(kind: int, severity: int, expected: Severity | None) -> None:
    """By severity and type; a message, or one without severity, is no alarm."""
    agent = new_agent(models=CONDITIONS)
    agent.other_conditions[condition(4141)] = (kind, severity)
    async with opened(agent) as unit:
        status = await unit.driver.read_status()
        assert [alarm.severity for alarm in status.alarms] == ([expected] if expected else [])


async def test_an_old_condition_table() -> None:
    """Without the newer columns a row that is there is active."""
    agent = new_agent(models=CONDITIONS, quirks=frozenset({"old_conditions"}))
    async with opened(agent) as unit:
        agent.mains(False)
        agent.other_conditions[condition(107)] = (0, 0)
        status = await unit.driver.read_status()
        assert status.flags == {F.ON_BATTERY}
        assert {alarm.text for alarm in status.alarms} == {"Mains failed", "Inverter fault"}
        agent.mains(True)
        agent.other_conditions.clear()
        status = await unit.driver.read_status()
        assert status.flags == {F.ON_LINE}
        assert not status.alarms


async def test_rows_that_stay() -> None:
    """Some devices keep a row until it is acknowledged: its state column tells that it is over."""
    agent = new_agent(models=CONDITIONS, quirks=frozenset({"keeps_rows"}))
    async with opened(agent) as unit:
        for _ in range(2):
            agent.mains(False)
            assert (await unit.driver.read_status()).flags == {F.ON_BATTERY}
            agent.mains(True)
            status = await unit.driver.read_status()
            assert status.flags == {F.ON_LINE}
            assert not status.alarms


def test_condition_names() -> None:
    """One name an id, in the document's words."""
    known = names()
    assert len(known) > 1200
    assert known[condition(72)] == "Load on battery"
    assert known[condition(40, 8, 3)] == "Bypass current overload phase C"
    assert known[condition(5817)] == "Loss of redundancy"
    assert known[condition(4384)] == "Battery end of discharge disconnect"
    for name in known.values():
        assert name[0].isupper()
        assert not re.search(r"  |[a-z][A-Z]{2}", name), name


# the flexible tables


@VERSIONS
async def test_flexible_values(version: str) -> None:
    """Texts in their units: kVA, minutes and °F are turned into ours."""
    async with opened(new_agent(models=FLEXIBLE, device=None), version=version) as unit:
        assert unit.identity.manufacturer == "Vertiv Co."
        assert unit.identity.model == "Simulated PSI5"
        variables = dict((await unit.driver.read()).variables)
        for name in ("device.contact", "device.description", "device.location"):
            del variables[name]
        assert variables == {
            "device.count": 1,
            "device.mfr": "Vertiv Co.",
            "device.model": "Simulated PSI5",
            "ups.beeper.status": "enabled",
            "ups.firmware.aux": "card 8.3",
            "ups.id": "liebert-card",
            "ups.load": 30,
            "ups.power": 300,
            "ups.power.nominal": 1000,
            "ups.realpower": 300,
            # 77 °F
            "ups.temperature": 25,
            "battery.charge": 100,
            "battery.runtime": 1980,
            "battery.voltage": 81.9,
            "input.current": 1.3,
            "input.frequency": 50,
            "input.voltage": 230,
            "output.current": 1.3,
            "output.frequency": 50,
            "output.voltage": 230,
        }


def flexible(agent: LiebertAgent, which: int, value: str, unit: str = "", number: int = 0) -> None:
    """Put in a row of the flexible tables."""
    for column, said in ((10, f"label {which}"), (20, value), (30, unit)):
        agent.tree[f"{L}.3.9.20.1.{column}.1.2.1.{which}"] = Object(Kind.OCTETS, said)
    agent.tree[f"{L}.3.9.30.1.60.1.2.1.{which}"] = Object(Kind.INTEGER, number)


@pytest.mark.parametrize(
    ("which", "value", "unit", "number", "name", "expected"),
    [
        (4208, "2.35", "kW", 0, "ups.realpower", 2350),
        (4208, "2.35", "kW", 4115, "ups.realpower", 2350),
        (4096, "230.4", "V AC", 0, "input.voltage", 230.4),
        (4096, "230400", "", 4101, "input.voltage", 230.4),
        (4291, "23.5", "deg C", 0, "ups.temperature", 23.5),
        (4291, "68", "°F", 0, "ups.temperature", 20),
        (4148, "81.9", "", 0, "battery.voltage", 81.9),
        (4150, "2", "hr", 0, "battery.runtime", 7200),
        (4150, "33", "", 0, "battery.runtime", 1980),
        # not measured
        (4150, "65535", "min", 4098, "battery.runtime", None),
        (4096, "Unavailable", "VAC", 4100, "input.voltage", None),
        # another thing than the number is known for
        (4096, "42", "rpm", 0, "input.voltage", None),
        (4096, "42", "A AC", 4106, "input.voltage", None),
        (4096, "42", "", 4142, "input.voltage", None),
    ],
)
async def test_units(
    which: int, value: str, unit: str, number: int, name: str, expected: float | None
) -> None:
    """The unit is the number's, else the text's; a value in an impossible unit is none."""
    agent = new_agent(models=FLEXIBLE)
    flexible(agent, which, value, unit, number)
    async with opened(agent) as opened_unit:
        assert (await opened_unit.driver.read()).variables.get(name) == expected


async def test_flexible_phases() -> None:
    """The ids of the second and third phase."""
    agent = new_agent(models=FLEXIBLE)
    for which, value in ((4098, "231.1"), (4100, "232.1"), (4224, "41"), (4225, "22")):
        flexible(agent, which, value)
    flexible(agent, 4223, "21")
    agent.tree.remove(f"{L}.3.9.20.1.20.1.2.1.5861")
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert [variables[f"input.L{phase}-N.voltage"] for phase in (1, 2, 3)] == [
            230,
            231.1,
            232.1,
        ]
        assert [variables[f"output.L{phase}.power.percent"] for phase in (1, 2, 3)] == [21, 41, 22]
        assert variables["ups.load"] == 41


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ((1, 2, 1, 4096), 4096),
        ((1, 2, 100, 4168), 4168),
        ((1, 3, 20, 1, 4123), 4123),
        # of several alike the first
        ((1, 2, 1, 5298, 1), 5298),
        ((1, 2, 1, 5298, 2), None),
        ((1, 2), None),
    ],
)
def test_data_id(index: tuple[int, ...], expected: int | None) -> None:
    """Where the id stands in an index."""
    assert data_id(index) == expected


@VERSIONS
async def test_flexible_status(version: str) -> None:
    """Output source and events tell the state where there is nothing else."""
    agent = new_agent(models=FLEXIBLE)
    async with opened(agent, version=version) as unit:
        driver = unit.driver
        assert (await driver.read_status()).flags == {F.ON_LINE}
        agent.mains(False)
        status = await driver.read_status()
        assert status.flags == {F.ON_BATTERY}
        assert [alarm.text for alarm in status.alarms] == ["Input problem"]
        agent.power.charge = 10
        agent.replace_battery = True
        assert (await driver.read_status()).flags == {
            F.ON_BATTERY,
            F.LOW_BATTERY,
            F.REPLACE_BATTERY,
        }
        agent.mains(True)
        agent.power.bypass = True
        assert F.BYPASS in (await driver.read_status()).flags


@pytest.mark.parametrize(
    ("said", "number", "is_active"),
    [
        ("Active Event", 1, True),
        ("Active Warning", 0, True),
        ("Inactive Event", 1, False),
        # a card in another language: the number tells
        ("Ereignis aktiv", 1, True),
        ("Ereignis inaktiv", 0, False),
    ],
)
async def test_event_texts(said: str, number: int, is_active: bool) -> None:
    """An event without a meaning of its own is told by its label."""
    agent = new_agent(models=FLEXIBLE)
    where = "1.2.100.4141"
    agent.tree[f"{L}.3.9.20.1.20.{where}"] = Object(Kind.OCTETS, said)
    agent.tree[f"{L}.3.9.30.1.20.{where}"] = Object(Kind.GAUGE, number)
    async with opened(agent) as unit:
        status = (await unit.driver.read()).status
        assert [alarm.text for alarm in status.alarms] == (
            ["Bypass Breaker Closed"] if is_active else []
        )


async def test_one_model_is_enough() -> None:
    """With conditions there the same events are not read a second time from the flexible table."""
    agent = new_agent(models=MODELS)
    async with opened(agent) as unit:
        agent.seen.clear()
        agent.mains(False)
        status = await unit.driver.read_status()
        assert [alarm.text for alarm in status.alarms] == ["Mains failed"]
        asked = {each for seen in agent.seen for each in seen.oids}
        assert not any(each[: len(oid(f"{L}.3.9.20"))] == oid(f"{L}.3.9.20") for each in asked)
        # whole amperes of the points, tenths in the flexible table: the first model counts
        assert (await unit.driver.read()).variables["output.current"] == 1


# what it is


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("3.6", "a Liebert cooling unit"),
        ("3.7.7.1", "a Liebert cooling unit"),
        ("12.2.3", "a Liebert cooling unit"),
        ("7.1", "a Liebert MultiLink notifier"),
        ("11.1", "a Liebert device of a kind not known here (11)"),
    ],
)
async def test_refused(device: str, message: str) -> None:
    """All have one sysObjectID; the sentence says what it is."""
    agent = new_agent(device=device)
    with pytest.raises(Unsupported, match=re.escape(f"{message}, no UPS, PDU or transfer switch")):
        async with opened(agent):
            pass


async def test_a_card_that_does_not_say_what_it_stands_in() -> None:
    """By what it answers: without anything of a UPS it is refused."""
    agent = new_agent(device=None, models=POINTS)
    async with opened(agent) as unit:
        assert unit.identity.kind is DeviceKind.UPS
    agent = new_agent(device=None, models=FLEXIBLE)
    for where in agent.tree.order:
        if data_id(where[14:]) in {4096, 4150, 4153, 4872, 5861}:
            del agent.tree[where]
    with pytest.raises(Unsupported, match="has no values of a UPS"):
        async with opened(agent):
            pass


@pytest.mark.parametrize(("device", "kind"), [("4.1", "pdu"), ("10.1.2", "pdu"), ("5.1", "ats")])
async def test_kinds(device: str, kind: str) -> None:
    """Distribution cabinets and transfer switches."""
    async with opened(new_agent(device=device, models=OLDER)) as unit:
        assert unit.identity.kind == kind
        # a UPS's flags are not offered for it by its conditions
        assert F.REPLACE_BATTERY not in unit.driver.flags


async def test_a_ups_beside_a_cooling_unit() -> None:
    """One card, two devices: the UPS's row counts."""
    agent = new_agent(models=POINTS)
    agent.tree.add(
        f"{L}.2.4.2.1",
        (("2.0", Kind.OID, oid(f"{L}.4.3.6")), ("4.0", Kind.OCTETS, "a cooler")),
    )
    async with opened(agent) as unit:
        assert unit.identity.model == "Simulated GXT"


async def test_a_transfer_switch() -> None:
    """Two sources by their points, the one in use, the preferred one; no input of its own."""
    agent = LiebertStsAgent(clock=Clock.stopped())
    async with opened(agent) as unit:
        assert unit.identity.kind is DeviceKind.ATS
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {F.ON_LINE}
        inputs = {
            name: value for name, value in snapshot.variables.items() if name.startswith("input")
        }
        assert inputs == {
            "input.1.current": 12,
            "input.1.frequency": 50,
            "input.1.voltage": 231,
            "input.2.current": 0,
            "input.2.frequency": 50,
            "input.2.voltage": 229,
            "input.source": "1",
            "input.source.preferred": "1",
        }
        assert snapshot.variables["ups.realpower"] == 8000
        agent.source = 2
        assert (await unit.driver.read()).variables["input.source"] == "2"
        assert unit.driver.flags == {F.ON_LINE}


# commands

COMMANDS = [
    ("beeper.mute", {}, [("lgpPwrAlarmSilence", 1)]),
    ("beeper.enable", {}, [("lgpSysAudibleAlarm", 1)]),
    ("test.battery.start", {}, [("lgpPwrBatteryTest", 1)]),
    ("test.battery.stop", {}, [("lgpPwrBatteryTest", 2)]),
    ("test.system.start", {}, [("lgpSysSelfTest", 1)]),
    ("shutdown.stop", {}, [("lgpPwrUpsAbortCommand", 1)]),
    ("bypass.start", {}, [("lgpPwrTransferToBypass", 1)]),
    ("bypass.stop", {}, [("lgpPwrTransferToInverter", 1)]),
    ("load.on", {}, [("lgpPwrOutputOnDelay", 0)]),
    ("load.on", {"delay": 30}, [("lgpPwrOutputOnDelay", 30)]),
    ("shutdown.reboot", {}, [("lgpPwrOutputOffDelayWithRestart", 20)]),
    # whole tens of seconds
    ("shutdown.stayoff", {"delay": 45}, [("lgpPwrOutputOffDelayWithoutRestart", 40)]),
    ("outlet.2.load.off", {}, [("circuit 2", 0)]),
    ("outlet.2.load.on", {}, [("circuit 2", 1)]),
    ("outlet.1.load.cycle", {}, [("circuit 1", 2)]),
]


@pytest.mark.parametrize(("command", "parameters", "writes"), COMMANDS)
async def test_commands(
    command: str, parameters: dict[str, float], writes: list[tuple[str, object]]
) -> None:
    """What each command writes; its object need not let itself be read."""
    agent = new_agent(models=OLDER)
    async with opened(agent) as unit:
        outcome = await unit.driver.run(command, **parameters)
        assert agent.writes == writes
        assert len(outcome.requests) == 1


async def test_shutdown() -> None:
    """Off after the delay; the one comes back, the other stays off until it is told."""
    agent = new_agent(models=OLDER)
    async with opened(agent) as unit:
        driver = unit.driver
        await driver.run("shutdown.reboot", delay=10)
        assert (await driver.read_status()).flags == {F.ON_LINE}
        agent.clock.advance(11)
        assert F.OFF in (await driver.read_status()).flags
        agent.clock.advance(60)
        assert F.ON_LINE in (await driver.read_status()).flags
        await driver.run("shutdown.stayoff")
        await driver.run("shutdown.stop")
        agent.clock.advance(30)
        assert F.ON_LINE in (await driver.read_status()).flags
        await driver.run("shutdown.stayoff")
        agent.clock.advance(300)
        assert F.OFF in (await driver.read_status()).flags
        await driver.run("load.on")
        assert F.ON_LINE in (await driver.read_status()).flags


async def test_old_circuits() -> None:
    """Their 2 is off, and there is no cycle: it would be off for good."""
    agent = new_agent(models=POINTS, quirks=frozenset({"old_circuits"}))
    async with opened(agent) as unit:
        driver = unit.driver
        assert "outlet.1.load.cycle" not in driver.commands
        await driver.run("outlet.1.load.off")
        assert agent.writes == [("circuit 1", 2)]
        variables = (await driver.read()).variables
        assert (variables["outlet.1.status"], variables["outlet.2.status"]) == ("off", "on")
        await driver.run("outlet.1.load.on")
        assert agent.writes[-1] == ("circuit 1", 1)


async def test_no_commands_without_objects() -> None:
    """A card of conditions or the flexible table alone has none to offer."""
    for models in (CONDITIONS, FLEXIBLE):
        async with opened(new_agent(models=models)) as unit:
            assert not unit.driver.commands


async def test_mute_by_the_audible_alarm() -> None:
    """Where the card tells no state of the output, but has that object."""
    agent = new_agent(models=POINTS)
    agent.tree.remove(f"{L}.3.5.3.55", f"{L}.3.5.3.31")
    async with opened(agent) as unit:
        await unit.driver.run("beeper.mute")
        assert agent.writes == [("lgpSysAudibleAlarm", 2)]
        assert (await unit.driver.read()).variables["ups.beeper.status"] == "muted"


async def test_refused_commands() -> None:
    """A community that may not write, and parameters that are none."""
    agent = new_agent(models=OLDER)
    async with opened(agent, community="public") as unit:
        with pytest.raises(Rejected, match="refuses"):
            await unit.driver.run("shutdown.stayoff")
        with pytest.raises(Unsupported):
            await unit.driver.run("shutdown.stayoff", delay=-10)
        assert agent.writes == []


def test_names_and_dangers() -> None:
    """Every name is a standard one; what cuts power says so; nothing dangerous is writable."""
    places = {
        "phase": 1,
        "to": 2,
        "side": "input",
        "where": "ups",
        "value": "ups.load",
        **dict.fromkeys(("outlet", "group", "pack", "probe", "contact", "source"), 1),
    }
    check_names(mib, **places)
    writable = {row.oid for table in mib.tables for row in table.rows if row.write is not None}
    for order in mib.orders:
        name = order.command.name
        cuts = name.endswith((".off", ".cycle")) or name in {"shutdown.reboot", "shutdown.stayoff"}
        assert (order.command.danger is Danger.CUTS_POWER) == cuts, name
        writable.add(order.steps[0][0].oid)
    # restart of the agent, its servers, operation on and off, resets, ratings
    forbidden = {
        "2.5.1",
        "2.5.2",
        "2.5.4",
        "3.2.4.1",
        "3.7.4.2",
        "3.5.8.8",
        "3.5.8.9",
        "3.5.9.1",
        "3.5.2.2.1.16",
        "3.8.50.20.1.85",
        "3.8.30.20.1.50",
        "3.8.40.20.1.85",
    }
    assert not writable & forbidden


# settings

SETTINGS = [
    # (name, value, what the agent gets)
    ("battery.runtime.low", 300, ("lgpPwrConfigLowBatteryWarningTime", 5)),
    ("battery.runtime.nominal", 600, ("lgpPwrNominalBatteryCapacity", 10)),
    ("battery.voltage.float", 81, ("lgpPwrBatteryFloatVoltage", 81)),
    ("battery.voltage.low", 63, ("lgpPwrBatteryEndOfDischargeVoltage", 63)),
    ("ups.test.interval", 604800, ("lgpPwrAutomaticBatteryTestInterval", 168)),
    ("battery.packs.external", 2, ("lgpPwrBatteryCabinetCount", 2)),
    ("battery.capacity.nominal", 7.2, ("lgpPwrBatteryCabinetRatedCapacity", 72)),
    ("ups.start.auto", "no", ("lgpPwrUpsAutoRestart", 2)),
    ("ups.delay.start", 60, ("lgpPwrUpsAutoRestartDelay", 60)),
    ("battery.charge.restart", 40, ("lgpPwrAutoRestartBatteryChargeThreshold", 40)),
    ("ups.power.high", 800, ("lgpPwrOutputToLoadUserOverloadLimit", 800)),
    ("ups.id", "rack 3", ("lgpAgentDeviceUnitName", b"rack 3")),
    ("device.location", "cellar", ("lgpAgentDeviceSiteIdentifier", b"cellar")),
    ("ambient.temperature.high", 38.5, ("lgpEnvTemperatureHighThresholdTenthsDegC", 385)),
    ("ambient.temperature.low", -1.5, ("lgpEnvTemperatureLowThresholdTenthsDegC", -15)),
]


@pytest.mark.parametrize(("name", "value", "written"), SETTINGS)
async def test_settings(name: str, value: float | str, written: tuple[str, object]) -> None:
    """Written in the object's unit, read back, and not written again."""
    agent = new_agent(models=POINTS)
    if isinstance(written[1], int) and written[1] < 0:
        agent.tree[f"{L}.3.4.1.3.3.1.52.1"].check = None
    await check_setting(agent, name, value, written)


async def test_all_settings_are_tested() -> None:
    """Those of the table above, and the delay that we keep."""
    async with opened(new_agent(models=POINTS)) as unit:
        expected = {name for name, _, _ in SETTINGS} | {"ups.delay.shutdown"}
        assert set(unit.driver.settings) == expected


async def test_refused_settings() -> None:
    """Impossible values, and an agent that refuses."""
    agent = new_agent(models=POINTS)
    async with opened(agent) as unit:
        with pytest.raises(Unsupported):
            await unit.driver.write("battery.charge.restart", 101)
        with pytest.raises(Unsupported):
            await unit.driver.write("ups.id", "x" * 65)
        with pytest.raises(Rejected):
            await unit.driver.write("ambient.temperature.low", -5)
        assert agent.writes == []


# traps


@pytest.mark.parametrize(
    ("trap", "pushes"),
    [
        (f"{L}.3.3.0.1", [Event("alarm_added"), Reread(Tier.STATUS)]),
        (f"{L}.3.3.0.3", [Event("low_battery"), Reread(Tier.STATUS)]),
        (f"{L}.3.3.4", [Event("bypass_started"), Reread(Tier.STATUS)]),
        (f"{L}.3.3.0.21", [Event("outlet_on"), Reread(Tier.STATUS)]),
        # of the agent; older ones have one 0 more
        (f"{L}.2.3.0.1", [Event("communication_lost"), Reread(Tier.STATUS)]),
        (f"{L}.2.3.0.0.1", [Event("communication_lost"), Reread(Tier.STATUS)]),
        # a heartbeat is a reason to read
        (f"{L}.2.3.0.0.7", [Reread(Tier.STATUS)]),
        (f"{L}.2.3.0.5", []),
    ],
)
async def test_traps(trap: str, pushes: list[Push]) -> None:
    """A trap is an event and a reason to read, never a state."""
    async with opened(new_agent(models=OLDER)) as unit:
        assert unit.told_by(trap) == pushes


async def test_the_agent_sends_traps() -> None:
    """A condition comes and goes."""
    agent = new_agent(models=CONDITIONS)
    sent: list[tuple[int, ...]] = []
    agent.trap_listeners.append(lambda trap, _: sent.append(trap))
    agent.mains(False)
    agent.mains(True)
    assert set(sent) == {oid(f"{L}.3.3.0.1"), oid(f"{L}.3.3.0.2")}


# the standard MIB beside it


async def test_rfc_1628_fills_gaps() -> None:
    """Liebert's own counts, the standard adds what it alone has, and never a flag."""
    agent = new_agent(models=POINTS, quirks=frozenset({"rfc1628"}))
    assert agent.standard is not None
    agent.standard.overloaded = True
    async with opened(agent) as unit:
        assert unit.driver.mibs == ("liebert-gp", "rfc1628", "system")
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {F.ON_LINE}
        # whole volts there, tenths here
        assert snapshot.variables["battery.voltage"] == 82
        assert snapshot.variables["input.transfer.low"] == 184
        assert "shutdown.return" in unit.driver.commands
        await unit.driver.run("shutdown.stayoff")
        assert agent.writes == [("lgpPwrOutputOffDelayWithoutRestart", 20)]
        assert agent.standard.writes == []


# whatever an agent says

_OBJECTS = [
    (*oid(f"{L}.{row.oid}"), *((1, 1, 1) if table.index else (0,)))
    for table in mib.tables
    for row in table.rows
]
_raw = st.dictionaries(
    st.one_of(
        st.sampled_from(_OBJECTS),
        st.integers(4090, 6200).map(lambda which: oid(f"{L}.3.9.20.1.20.1.2.1.{which}")),
        st.integers(1, 40).map(lambda row: oid(f"{L}.3.2.3.1.2.{row}")),
    ),
    st.one_of(
        st.integers(-(2**31), 2**64),
        st.binary(max_size=40),
        st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=12).map(tuple),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(raw=_raw)
async def test_whatever_it_says(raw: dict[tuple[int, ...], Any]) -> None:
    """No value of any object makes the reader fail."""
    try:
        reader = await learned(mib, raw)
    except Unsupported:
        return
    check_variables(reader)
    assert mib.judge is not None
    mib.judge(reader.signs())
