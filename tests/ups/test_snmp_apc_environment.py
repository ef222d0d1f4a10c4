"""APC's environment probes and contacts: three trees for one probe, and a monitor of its own."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from .snmp import check_setting, opened
from custom_components.ups_protocols.ups.errors import Unsupported
from custom_components.ups_protocols.ups.model import PartKind, Value
from tests.simulators.clock import Clock
from tests.simulators.snmp import ApcPowerNetAgent, Kind, Object
from tests.simulators.snmp.apc_powernet import P

pytestmark = pytest.mark.usefixtures("loopback")


def new_agent(*monitors: str, **options: Any) -> ApcPowerNetAgent:
    """Return an agent with some monitors."""
    return ApcPowerNetAgent(clock=Clock.stopped(), monitors=monitors, **options)


def ambient(variables: Mapping[str, Value]) -> dict[str, Value]:
    """Return what is said of the environment."""
    return {
        name.removeprefix("ambient."): value
        for name, value in variables.items()
        if name.startswith("ambient.")
    }


async def test_universal_io() -> None:
    """Port and sensor are one number; no humidity, then no thresholds of it either."""
    async with opened(new_agent("port")) as unit:
        snapshot = await unit.driver.read()
        assert ambient(snapshot.variables) == {
            "1.name": "Rack front",
            "1.present": "yes",
            "1.temperature": 21,
            "1.temperature.status": "good",
            "1.temperature.low.critical": 0,
            "1.temperature.low.warning": 10,
            "1.temperature.high.warning": 40,
            "1.temperature.high.critical": 60,
            "1.humidity": 40,
            "1.humidity.status": "good",
            "1.humidity.low.critical": 10,
            "1.humidity.low.warning": 20,
            "1.humidity.high.warning": 70,
            "1.humidity.high.critical": 90,
            "2.name": "Rack back",
            "2.present": "yes",
            "2.temperature": 21,
            "2.temperature.status": "good",
            "2.temperature.low.critical": 0,
            "2.temperature.low.warning": 10,
            "2.temperature.high.warning": 40,
            "2.temperature.high.critical": 60,
            # an accessory on port 2; closed is 1
            "2.contacts.1.name": "Door 1",
            "2.contacts.1.status": "closed",
            "2.contacts.2.name": "Door 2",
            "2.contacts.2.status": "open",
        }
        assert [(part.kind, part.index) for part in unit.driver.parts] == [
            (PartKind.PROBE, 1),
            (PartKind.PROBE, 2),
        ]
        assert "ambient.2.humidity.high.warning" not in unit.driver.settings


@pytest.mark.parametrize(
    ("monitors", "probes"),
    [
        (("port", "integrated", "measure"), {"1", "2"}),
        (("integrated", "measure"), {"1"}),
        (("measure",), {"1"}),
        (("external",), {"1", "2"}),
        # a box of its own beside the card's sensor
        (("integrated", "external"), {"1", "11", "12"}),
        (("port", "external"), {"1", "2", "11", "12"}),
    ],
)
async def test_never_two_for_one_probe(monitors: Iterable[str], probes: set[str]) -> None:
    """Universal I/O, then the integrated monitor, then the Measure-UPS."""
    async with opened(new_agent(*monitors)) as unit:
        said = ambient((await unit.driver.read()).variables)
        assert {name.split(".")[0] for name in said if name.endswith(".temperature")} == probes
        if "port" in monitors:
            # all of one tree: the integrated monitor's thresholds have other names
            assert "1.temperature.high" not in said
            assert said["1.temperature"] == 21
        elif "integrated" in monitors:
            assert said["1.temperature"] == 22
            assert said["1.temperature.high"] == 40
        if "external" in monitors and len(tuple(monitors)) > 1:
            assert said["11.temperature"] == 23
            assert said["contacts.11.status"] == "inactive"


async def test_the_integrated_monitor() -> None:
    """Contacts are in alarm or not; a disabled one says nothing."""
    agent = new_agent("integrated")
    async with opened(agent) as unit:
        assert ambient((await unit.driver.read()).variables) == {
            "1.name": "Int Sensor",
            "1.present": "yes",
            "1.temperature": 22,
            "1.temperature.status": "good",
            "1.temperature.high": 40,
            "1.temperature.low": 10,
            "1.temperature.high.critical": 60,
            "1.temperature.low.critical": 0,
            "1.humidity": 45,
            "1.humidity.high": 60,
            "1.humidity.low": 30,
            "contacts.1.name": "Contact 1",
            "contacts.1.status": "inactive",
            "contacts.2.name": "Contact 2",
        }
        agent.contacts["integrated"][0] = 2
        snapshot = await unit.driver.read()
        assert snapshot.variables["ambient.contacts.1.status"] == "active"
        assert [alarm.code for alarm in snapshot.status.alarms] == ["contactFault"]


async def test_a_probe_that_is_unplugged() -> None:
    """Its -1 is no reading, its thresholds go; when it is back everything is."""
    agent = new_agent("integrated")
    agent.probes["integrated"][0].present = False
    async with opened(agent) as unit:
        said = ambient((await unit.driver.read()).variables)
        assert {name for name in said if name[0] == "1"} == {"1.present"}
        assert said["1.present"] == "no"
        agent.probes["integrated"][0].present = True
        await unit.driver.read()
        said = ambient((await unit.driver.read()).variables)
        assert said["1.present"] == "yes"
        assert said["1.temperature"] == 22
        # -1 °C, and a probe is there
        agent.probes["integrated"][0].temperature = -1
        assert (await unit.driver.read()).variables["ambient.1.temperature"] == -1


async def test_a_port_that_loses_its_probe() -> None:
    """-1 in both units is lost; -1 °C is 30 °F."""
    agent = new_agent("port")
    probe = agent.probes["port"][0]
    async with opened(agent) as unit:
        probe.temperature = -1
        assert (await unit.driver.read()).variables["ambient.1.temperature"] == -1
        probe.present = False
        snapshot = await unit.driver.read()
        assert snapshot.variables["ambient.1.present"] == "no"
        assert "ambient.1.temperature" not in snapshot.variables
        assert "ambient.1.humidity" not in snapshot.variables
        assert "Environment probe lost" in [alarm.text for alarm in snapshot.status.alarms]


@pytest.mark.parametrize("monitor", ["port", "integrated", "external"])
@pytest.mark.parametrize(
    ("temperature", "status", "alarms"),
    [
        (41, "warning-high", {"temperatureHigh"}),
        (61, "critical-high", {"temperatureHigh", "temperatureMax"}),
        (5, "warning-low", {"temperatureLow"}),
        (-10, "critical-low", {"temperatureLow", "temperatureMin"}),
    ],
)
async def test_thresholds(monitor: str, temperature: int, status: str, alarms: set[str]) -> None:
    """The worst counts for the status; each violation is an alarm."""
    agent = new_agent(monitor)
    agent.probes[monitor][0].temperature = temperature
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert snapshot.variables["ambient.1.temperature"] == temperature
        assert snapshot.variables["ambient.1.temperature.status"] == status
        assert {alarm.code for alarm in snapshot.status.alarms} == alarms


async def test_violations_of_humidity() -> None:
    """Bit 9 is high humidity."""
    agent = new_agent("port")
    agent.tree[f"{P}.25.1.2.1.8.1.1"] = Object(Kind.INTEGER, 0x200)
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert snapshot.variables["ambient.1.humidity.status"] == "warning-high"
        assert snapshot.variables["ambient.1.temperature.status"] == "good"
        assert [alarm.code for alarm in snapshot.status.alarms] == ["humidityHigh"]


async def test_a_card_in_fahrenheit() -> None:
    """22 °C are 72 °F there, and that is 22.2 °C; thresholds are written in its unit."""
    agent = new_agent("integrated", fahrenheit=True)
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["ambient.1.temperature"] == 22.2
        assert variables["ambient.1.temperature.high"] == 40
        await unit.driver.write("ambient.1.temperature.high", 35)
        assert agent.writes == [("10.2.2.2.1.3.1", 95)]
        assert (await unit.driver.read()).variables["ambient.1.temperature.high"] == 35
        for wrong in (200, "hot"):
            with pytest.raises(Unsupported):
                await unit.driver.write("ambient.1.temperature.high", wrong)


@pytest.mark.parametrize(
    ("monitor", "name", "value", "where", "raw"),
    [
        ("port", "ambient.1.name", "Cold aisle", "25.1.4.1.3.1.1", "Cold aisle"),
        ("port", "ambient.2.temperature.low.warning", 12, "25.1.4.1.6.2.1", 12),
        ("integrated", "ambient.1.temperature.high.critical", 55, "10.2.2.2.1.12.1", 55),
        ("external", "ambient.2.temperature.low", 8, "10.1.2.2.1.4.2", 8),
        ("external", "ambient.2.name", "Door", "10.1.2.2.1.2.2", "Door"),
    ],
)
async def test_settings(monitor: str, name: str, value: Value, where: str, raw: Value) -> None:
    """Thresholds and names are settings."""
    await check_setting(new_agent(monitor), name, value, (where, raw))


async def test_an_external_monitor_that_is_not_there() -> None:
    """Cards answer its tree without one."""
    agent = new_agent("external")
    agent.tree[f"{P}.10.1.3.1.0"] = Object(Kind.INTEGER, 1)
    async with opened(agent) as unit:
        assert not ambient((await unit.driver.read()).variables)
        agent.tree[f"{P}.10.1.3.1.0"] = Object(Kind.INTEGER, 2)
        await unit.driver.read()
        assert (await unit.driver.read()).variables["ambient.2.temperature"] == 24


async def test_the_measure_ups() -> None:
    """Whole degrees; its second probe of zeros is none."""
    agent = new_agent("measure")
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert ambient(snapshot.variables) == {
            "1.temperature": 25,
            "1.humidity": 50,
            "contacts.1.name": "Door",
            "contacts.1.status": "inactive",
        }
        agent.contacts["measure"][0] = 3
        snapshot = await unit.driver.read()
        assert snapshot.variables["ambient.contacts.1.status"] == "active"
        assert [alarm.code for alarm in snapshot.status.alarms] == ["contactFault"]
