"""Environment probes of Eaton's cards: the EMP and the newer sensors, behind a UPS."""

from typing import Any

import pytest

from .snmp import VERSIONS, opened
from custom_components.ups_protocols.ups.model import DeviceKind, PartKind, Severity, Value
from custom_components.ups_protocols.ups.protocols.snmp import RARELY
from tests.simulators.clock import Clock
from tests.simulators.snmp import EatonXupsAgent, Kind, Object
from tests.simulators.snmp.eaton_environment import SENSORS, Contact, Emp, Sensor, SensorBus
from tests.simulators.snmp.eaton_xups import X

pytestmark = pytest.mark.usefixtures("loopback")


def new_agent(**options: Any) -> EatonXupsAgent:
    """Return an agent whose clock a test moves."""
    return EatonXupsAgent(clock=Clock.stopped(), outlets=0, **options)


def ambient(variables: Any) -> dict[str, Value]:
    """Return the values of probes."""
    return {name: value for name, value in variables.items() if name.startswith("ambient.")}


# the EMP


@VERSIONS
async def test_an_emp(version: str) -> None:
    """Whole degrees and percent, contacts with what they are."""
    async with opened(new_agent(emp=Emp()), version=version) as unit:
        snapshot = await unit.driver.read()
        assert ambient(snapshot.variables) == {
            "ambient.temperature": 23,
            "ambient.temperature.low": 5,
            "ambient.temperature.high": 40,
            "ambient.humidity": 41,
            "ambient.humidity.low": 10,
            "ambient.humidity.high": 80,
            "ambient.contacts.1.name": "Door",
            "ambient.contacts.1.config": "normal-opened",
            "ambient.contacts.1.status": "open",
            "ambient.contacts.2.name": "Leak",
            "ambient.contacts.2.config": "normal-closed",
            "ambient.contacts.2.status": "closed",
        }
        assert snapshot.status.alarms == ()


async def test_an_emp_that_is_plugged_in_later() -> None:
    """It is found when the configuration is read the next time; nothing else changes."""
    agent = new_agent()
    async with opened(agent) as unit:
        driver = unit.driver
        before = (await driver.read()).variables
        assert not ambient(before)
        agent.tree = new_agent(emp=Emp()).tree
        assert not ambient((await driver.read()).variables)
        for _ in range(RARELY):
            after = (await driver.read()).variables
        assert ambient(after)["ambient.temperature"] == 23
        assert before.keys() == {name for name in after if not name.startswith("ambient.")}
        # an agent that cannot be walked for a while is read as before
        agent.faults.silent_above = 1
        for _ in range(RARELY):
            assert (await driver.read()).variables.keys() == after.keys()


async def test_no_emp() -> None:
    """A probe without contacts is none, whatever its numbers say."""
    async with opened(new_agent(emp=Emp(contacts=[]))) as unit:
        assert not ambient((await unit.driver.read()).variables)
        assert not [name for name in unit.driver.settings if name.startswith("ambient.")]


async def test_an_emp_without_a_number_of_contacts() -> None:
    """Then its readings say that it is there: 0 °C with 0 % is none."""
    agent = new_agent(emp=Emp(contacts=[], temperature=-1))
    agent.tree.remove(f"{X}.6.7")
    async with opened(agent) as unit:
        assert (await unit.driver.read()).variables["ambient.temperature"] == -1
    agent = new_agent(emp=Emp(contacts=[], temperature=0, humidity=0))
    agent.tree.remove(f"{X}.6.7")
    async with opened(agent) as unit:
        assert not ambient((await unit.driver.read()).variables)


async def test_contacts_of_an_emp() -> None:
    """One that is not used is hidden; one that gives notice is an alarm."""
    emp = Emp(contacts=[Contact(4), Contact(1, 4, b"Door"), Contact(3, 3, b"")])
    async with opened(new_agent(emp=emp)) as unit:
        snapshot = await unit.driver.read()
        variables = snapshot.variables
        assert not [name for name in variables if name.startswith("ambient.contacts.1.")]
        assert variables["ambient.contacts.2.status"] == "closed"
        assert variables["ambient.contacts.3.status"] == "open"
        assert variables["ambient.contacts.3.config"] == "any-change"
        assert "ambient.contacts.3.name" not in variables
        assert [each.text for each in snapshot.status.alarms] == [
            "Environment: Door is closed",
            "Environment: contact 3 is open",
        ]
        emp.contacts[1].state, emp.contacts[2].state = 1, 2
        assert (await unit.driver.read_status()).alarms == ()


async def test_a_probe_is_plugged_in() -> None:
    """It is found when the number of contacts changes."""
    emp = Emp(contacts=[])
    agent = new_agent(emp=emp)
    async with opened(agent) as unit:
        await unit.driver.read()
        agent.tree[f"{X}.6.7.0"] = Object(Kind.INTEGER, 2)
        await unit.driver.read()
        assert (await unit.driver.read()).variables["ambient.temperature"] == 23


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("ambient.temperature.low", -5, [-5, 40, 10, 80]),
        ("ambient.temperature.high", 35, [5, 35, 10, 80]),
        ("ambient.humidity.low", 20, [5, 40, 20, 80]),
        ("ambient.humidity.high", 70, [5, 40, 10, 70]),
    ],
)
async def test_limits_of_an_emp(name: str, value: float, kept: list[int]) -> None:
    """Written whole, read back."""
    emp = Emp()
    async with opened(new_agent(emp=emp)) as unit:
        assert await unit.driver.write(name, value) == value
        assert emp.limits == kept
        assert (await unit.driver.read()).variables[name] == value


async def test_settings_of_contacts() -> None:
    """Names and rest positions."""
    emp = Emp()
    async with opened(new_agent(emp=emp)) as unit:
        await unit.driver.write("ambient.contacts.1.name", "Rack door")
        await unit.driver.write("ambient.contacts.1.config", "any-change")
        assert emp.contacts[0].name == b"Rack door"
        assert emp.contacts[0].type == 3
        assert unit.driver.settings["ambient.contacts.2.config"].options == (
            "normal-opened",
            "normal-closed",
            "any-change",
        )


# sensors


@pytest.mark.parametrize("first", [0, 1])
@VERSIONS
async def test_sensors(version: str, first: int) -> None:
    """Numbers begin with 1 here, wherever the card begins."""
    bus = SensorBus([Sensor(), Sensor(name=b"Floor", temperature=-15)], first=first)
    async with opened(new_agent(sensors=bus), version=version) as unit:
        snapshot = await unit.driver.read()
        found = ambient(snapshot.variables)
        assert {name: each for name, each in found.items() if name.startswith("ambient.1.")} == {
            "ambient.1.address": str(first + 10),
            "ambient.1.contacts.1.config": "normal-opened",
            "ambient.1.contacts.1.name": "Door",
            "ambient.1.contacts.1.status": "inactive",
            "ambient.1.contacts.2.config": "normal-closed",
            "ambient.1.contacts.2.name": "Leak",
            "ambient.1.contacts.2.status": "inactive",
            "ambient.1.firmware": "1.2.3",
            "ambient.1.humidity": 43,
            "ambient.1.humidity.alarm": "yes",
            "ambient.1.humidity.high.critical": 80,
            "ambient.1.humidity.high.warning": 70,
            "ambient.1.humidity.low.critical": 10,
            "ambient.1.humidity.low.warning": 20,
            "ambient.1.humidity.maximum": 46,
            "ambient.1.humidity.minimum": 41,
            "ambient.1.humidity.status": "good",
            # 16 octets
            "ambient.1.id": "5f2d43a0-9b1c-4e7f-8a36-00d1c2b3a495",
            "ambient.1.mfr": "EATON",
            "ambient.1.model": "EMPDT1H1C2",
            "ambient.1.name": "Rack top",
            "ambient.1.present": "yes",
            "ambient.1.serial": f"GC1K02{first:04}",
            "ambient.1.temperature": 21.5,
            "ambient.1.temperature.alarm": "yes",
            "ambient.1.temperature.high.critical": 35,
            "ambient.1.temperature.high.warning": 30,
            "ambient.1.temperature.low.critical": 5,
            "ambient.1.temperature.low.warning": 10,
            "ambient.1.temperature.maximum": 24.5,
            "ambient.1.temperature.minimum": 19.5,
            "ambient.1.temperature.status": "good",
        }
        assert found["ambient.count"] == 2
        assert found["ambient.2.name"] == "Floor"
        assert found["ambient.2.temperature"] == -1.5
        assert snapshot.status.alarms == ()
        probes = [each for each in unit.driver.parts if each.kind is PartKind.PROBE]
        assert [each.index for each in probes] == [1, 2]
        assert probes[0].identity is not None
        assert probes[0].identity.kind is DeviceKind.UPS
        assert probes[0].identity.serial == f"GC1K02{first:04}"


@pytest.mark.parametrize(
    ("unit", "raw", "limits", "celsius"),
    [
        # the type's number and the text's for °C
        (1, 215, [100, 50, 300, 350], 21.5),
        (0, 215, [100, 50, 300, 350], 21.5),
        # 70.7 °F
        (2, 707, [500, 410, 860, 950], 21.5),
        # 294.6 K, by the type's number, by the text's, and by none
        (0, 2946, [2832, 2782, 3032, 3082], 21.45),
        (2, 2946, [2832, 2782, 3032, 3082], 21.45),
        (1, 2946, [2832, 2782, 3032, 3082], 21.45),
    ],
)
async def test_units_of_sensors(unit: int, raw: int, limits: list[int], celsius: float) -> None:
    """The document contradicts itself about them; kelvins are told by their size."""
    bus = SensorBus([Sensor(temperature=raw, temperature_limits=limits)], unit=unit)
    async with opened(new_agent(sensors=bus)) as opening:
        snapshot = await opening.driver.read()
        variables = snapshot.variables
        assert variables["ambient.1.temperature"] == celsius
        assert variables["ambient.1.temperature.low.warning"] == pytest.approx(10, abs=0.1)
        assert variables["ambient.1.temperature.high.critical"] == pytest.approx(35, abs=0.1)
        assert not snapshot.left_out
        # a limit in another unit than °C cannot be written as it is; humidity has but one unit
        is_celsius = raw == 215
        limit = "ambient.1.temperature.high.warning"
        assert (limit in opening.driver.settings) == is_celsius
        assert "ambient.1.humidity.high.warning" in opening.driver.settings
        assert "ambient.1.temperature.alarm" in opening.driver.settings


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("ambient.1.temperature.high.warning", 28.5, ("2.2.1.7.1.1", 285)),
        ("ambient.1.temperature.low.critical", -10, ("2.2.1.6.1.1", -100)),
        ("ambient.1.humidity.low.warning", 15, ("3.2.1.5.1.1", 150)),
        ("ambient.1.humidity.alarm", "no", ("3.2.1.4.1.1", 0)),
        ("ambient.1.name", "Rack 1", ("1.3.1.1.1", b"Rack 1")),
        ("ambient.1.contacts.2.name", "Smoke", ("4.2.1.1.1.2", b"Smoke")),
        ("ambient.1.contacts.1.config", "normal-closed", ("4.2.1.3.1.1", 1)),
    ],
)
@VERSIONS
async def test_settings_of_sensors(version: str, name: str, value: Value, written: Any) -> None:
    """Written in tenths, read back."""
    bus = SensorBus([Sensor()])
    async with opened(new_agent(sensors=bus), version=version) as unit:
        assert await unit.driver.write(name, value) == value
        assert bus.writes == [written]
        assert (await unit.driver.read()).variables[name] == value


async def test_alarms_of_sensors() -> None:
    """Each with its sensor and how much it matters."""
    sensor = Sensor()
    async with opened(new_agent(sensors=[Sensor(), sensor])) as unit:
        sensor.name = b""
        sensor.temperature_alarm, sensor.humidity_alarm = 4, 1
        sensor.contact_alarms, sensor.contacts[1].state = [0, 1], 1
        snapshot = await unit.driver.read()
        assert [(each.text, each.severity) for each in snapshot.status.alarms] == [
            ("Sensor 2: temperature above its critical limit", Severity.CRITICAL),
            ("Sensor 2: humidity below its warning limit", Severity.WARNING),
            ("Sensor 2: Leak is active", Severity.INFORMATION),
        ]
        assert snapshot.variables["ambient.2.temperature.status"] == "critical-high"
        assert snapshot.variables["ambient.2.humidity.status"] == "warning-low"
        assert snapshot.variables["ambient.2.contacts.2.status"] == "active"


async def test_a_lost_sensor() -> None:
    """It has no values and no alarms but that."""
    sensor = Sensor(temperature_alarm=4, contact_alarms=[3, 0])
    async with opened(new_agent(sensors=[sensor])) as unit:
        await unit.driver.read()
        sensor.status = 3
        snapshot = await unit.driver.read()
        assert [each.text for each in snapshot.status.alarms] == ["Rack top does not answer"]
        assert snapshot.variables["ambient.1.present"] == "no"
        assert not snapshot.variables.keys() & {"ambient.1.temperature", "ambient.1.humidity"}
        sensor.status = 2
        assert (await unit.driver.read()).variables["ambient.1.temperature"] == 21.5


async def test_a_probe_that_does_not_answer() -> None:
    """A single one of a sensor's."""
    agent = new_agent(sensors=[Sensor(temperature_alarm=4)])
    async with opened(agent) as unit:
        agent.tree[f"{SENSORS}.2.3.1.4.1.1"] = Object(Kind.INTEGER, 3)
        snapshot = await unit.driver.read()
        assert "ambient.1.temperature" not in snapshot.variables
        assert snapshot.variables["ambient.1.humidity"] == 43
        assert snapshot.status.alarms == ()


async def test_probes_that_are_switched_off() -> None:
    """What is not acquired has no values."""
    async with opened(new_agent(sensors=[Sensor(enabled=0)])) as unit:
        variables = (await unit.driver.read()).variables
        assert not variables.keys() & {
            "ambient.1.temperature",
            "ambient.1.humidity",
            "ambient.1.contacts.1.status",
        }
        assert variables["ambient.1.name"] == "Rack top"
