"""A UPS behind a Compaq server's agent: values, states, the one setting, traps."""

import pytest

from .snmp import VERSIONS, check_names, opened
from custom_components.ups_protocols.ups.errors import Unsupported
from custom_components.ups_protocols.ups.links.base import Trap
from custom_components.ups_protocols.ups.mibs.cpqups import mib
from custom_components.ups_protocols.ups.mibs.traps import heard
from custom_components.ups_protocols.ups.model import (
    DeviceKind,
    Event,
    Reread,
    Severity,
    StatusFlag,
    Tier,
)
from tests.simulators.clock import Clock
from tests.simulators.snmp import CpqUpsAgent, oid

pytestmark = pytest.mark.usefixtures("loopback")


def new_agent() -> CpqUpsAgent:
    """Return an agent whose clock a test moves."""
    return CpqUpsAgent(clock=Clock.stopped())


@VERSIONS
async def test_values(version: str) -> None:
    """Minutes are seconds here; the servers and their communities are not asked for."""
    agent = new_agent()
    async with opened(agent, version=version) as unit:
        assert unit.driver.mibs == ("cpqups", "system")
        assert unit.identity.kind is DeviceKind.UPS
        assert unit.identity.model == "Compaq R3000"
        snapshot = await unit.driver.read()
        assert snapshot.variables == {
            "battery.runtime": 1980,  # 33 minutes
            "battery.runtime.low": 300,  # 5
            "device.contact": "admin",
            "device.description": "Compaq server",
            "device.location": "rack 1",
            "device.model": "Compaq R3000",
            "ups.id": "proliant",
        }
        assert snapshot.status.flags == {StatusFlag.ON_LINE}
        assert not snapshot.status.alarms
        assert not unit.driver.commands
        family = oid("E.232.12.2.3")
        asked = {each for seen in agent.seen for each in seen.oids}
        assert not any(each[: len(family)] == family for each in asked)


@VERSIONS
async def test_the_line(version: str) -> None:
    """CpqUpsLineStatus decides; of the battery the agent may know nothing."""
    agent = new_agent()
    async with opened(agent, version=version) as unit:
        agent.power.mains = False
        agent.power.settle()
        agent.knows_runtime = False
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {StatusFlag.ON_BATTERY}
        assert snapshot.status.mains is False
        assert snapshot.status.input_present is False
        assert "battery.runtime" not in snapshot.variables
        assert [alarm.text for alarm in snapshot.status.alarms] == ["The UPS is degraded"]
        agent.power.mains = True
        agent.power.settle()
        assert (await unit.driver.read_status()).mains is True


async def test_alarms() -> None:
    """The text counts while not all is well: it stays behind."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.alarm_text = "Battery breaker open"
        assert not (await unit.driver.read_status()).alarms
        agent.condition = 4
        alarms = (await unit.driver.read_status()).alarms
        assert {(alarm.text, alarm.severity) for alarm in alarms} == {
            ("The UPS has failed", Severity.CRITICAL),
            ("Battery breaker open", Severity.WARNING),
        }
        agent.condition = 1
        assert [alarm.text for alarm in (await unit.driver.read_status()).alarms] == [
            "Battery breaker open"
        ]


async def test_the_setting() -> None:
    """When the server shuts down, in whole minutes; -1, never, is no value."""
    agent = new_agent()
    async with opened(agent) as unit:
        assert set(unit.driver.settings) == {"battery.runtime.low"}
        assert await unit.driver.write("battery.runtime.low", 600) == 600
        assert agent.writes == [("cpqUpsAutoShutdownDelay", 10)]
        with pytest.raises(Unsupported):
            await unit.driver.write("battery.runtime.low", -60)
        agent.shutdown_minutes = -1
        await unit.driver.write("battery.runtime.low", 600)
        agent.shutdown_minutes = -1
        assert "battery.runtime.low" not in (await unit.driver.read()).variables


async def test_traps() -> None:
    """The loss of the line, its return, a low battery."""
    agent = new_agent()
    async with opened(agent) as unit:
        pushes = unit.hear()
        agent.power.mains = False
        agent.power.settle()
        agent.advance()
        agent.power.charge = 10.0
        agent.advance()
        agent.power.mains = True
        agent.power.settle()
        agent.advance()
        reread = Reread(Tier.STATUS)
        assert pushes == [
            Event("on_battery"),
            reread,
            Event("low_battery"),
            reread,
            Event("power_restored"),
            reread,
        ]


@pytest.mark.parametrize(
    ("number", "event"),
    [
        (12001, "on_battery"),
        (12002, "power_restored"),
        (12003, "shutdown_imminent"),
        (12004, "notice"),
        (12005, "low_battery"),
        (12006, "on_battery"),
        (12007, "power_restored"),
        (12008, "shutdown_imminent"),
        (12009, "notice"),
        (12010, "low_battery"),
        (12011, "overload"),
        (12012, "replace_battery"),
        (12013, "alarm_added"),
        (12014, "notice"),
        # of the server's disks
        (3001, ""),
    ],
)
def test_trap_numbers(number: int, event: str) -> None:
    """Both series, and those of the rest of the server."""
    assert heard(Trap(oid(f"E.232.0.{number}"), {}), [mib]) == event


def test_names() -> None:
    """Every name is a standard one."""
    check_names(mib)
