"""Eaton's PDUs by nLogic on a simulated agent: values, rows that mean nothing, commands."""

from typing import Any

import pytest

from .snmp import VERSIONS, opened
from custom_components.ups_protocols.ups.model import Danger, DeviceKind, StatusFlag
from custom_components.ups_protocols.ups.names import parse, parse_command
from tests.simulators.clock import Clock
from tests.simulators.snmp import NlogicAgent

pytestmark = pytest.mark.usefixtures("loopback")


def new_agent(**options: Any) -> NlogicAgent:
    """Return an agent whose time stands still."""
    return NlogicAgent(clock=Clock.stopped(), **options)


@VERSIONS
async def test_values(version: str) -> None:
    """One phase: rows 2 and 3, and groups 2 to 12, mean nothing."""
    async with opened(new_agent(), version=version) as unit:
        snapshot = await unit.driver.read()
        variables = snapshot.variables
        assert unit.driver.mibs == ("eaton-nlogic", "system")
        assert unit.identity.kind is DeviceKind.PDU
        assert not snapshot.left_out
        assert not [name for name in variables if parse(name) is None]
        assert not [name for name in unit.driver.commands if parse_command(name) is None]
        rest = {
            name: value
            for name, value in variables.items()
            if not name.startswith(("outlet.2", "outlet.3", "device.contact", "device.desc"))
        }
        assert rest == {
            "device.count": 1,
            "device.location": "rack 1",
            "device.macaddr": "C8-45-44-30-94-14",
            "device.mfr": "EATON",
            "device.model": "200-240V, 24A, 5.0kVA, 50/60Hz",
            "device.part": "EMSV0001",
            "device.serial": "WMEL0046",
            # 0.5 + 1.25 + 2 A: 375
            "input.current": 3.75,
            "input.current.high.critical": 24,
            "input.current.high.warning": 21,
            "input.current.nominal": 24,
            "input.current.status": "good",
            "input.energy": 12,
            "input.frequency": 49.9,
            "input.frequency.status": "good",
            # 15.625 %: 156
            "input.load": 15.6,
            "input.phases": 1,
            # 906.75 VA, 861.4125 W
            "input.power": 907,
            "input.powerfactor": 0.95,
            "input.realpower": 861,
            "input.voltage": 241.8,
            "input.voltage.high.critical": 250,
            "input.voltage.high.warning": 245,
            "input.voltage.low.critical": 180,
            "input.voltage.low.warning": 190,
            "input.voltage.status": "good",
            "outlet.1.current": 0.5,
            "outlet.1.current.nominal": 16,
            "outlet.1.delay.reboot": 5,
            "outlet.1.delay.shutdown": 0,
            "outlet.1.delay.start": 1,
            # 3.125 %: 31
            "outlet.1.load": 3.1,
            "outlet.1.name": "OUTLET 1",
            # 120.9 VA, 114.855 W
            "outlet.1.power": 121,
            "outlet.1.powerfactor": 0.95,
            "outlet.1.realpower": 115,
            "outlet.1.status": "on",
            "outlet.1.switchable": "yes",
            "outlet.count": 3,
            "outlet.group.1.current": 3.75,
            "outlet.group.1.current.high.critical": 24,
            "outlet.group.1.current.high.warning": 21,
            "outlet.group.1.current.nominal": 24,
            "outlet.group.1.current.status": "good",
            "outlet.group.1.load": 15.6,
            "outlet.group.1.name": "B1",
            "outlet.group.1.power": 907,
            "outlet.group.1.powerfactor": 0.95,
            "outlet.group.1.realpower": 861,
            "outlet.group.1.type": "outlet-section",
            "outlet.group.1.voltage": 241.8,
            "outlet.group.1.voltage.status": "good",
            "outlet.group.count": 1,
            "ups.firmware": "1.0.6",
            "ups.id": "row 7",
            "ups.realpower": 861,
        }
        assert snapshot.status.flags == set()
        assert snapshot.status.alarms == ()


async def test_three_phases() -> None:
    """Phases by their type; W and VA are added up, the current of the whole has its own object."""
    async with opened(new_agent(phases=3)) as unit:
        variables = (await unit.driver.read()).variables
        assert [variables[f"input.L{phase}.current"] for phase in (1, 2, 3)] == [0.5, 1.25, 2]
        assert variables["input.L2-N.voltage"] == 241.8
        # 121 + 302 + 484 VA
        assert variables["input.power"] == 907
        assert variables["input.current"] == 3.75
        # 2 A of 24 A
        assert variables["input.load"] == 8.3
        assert "input.voltage" not in variables


async def test_status() -> None:
    """The unit's own verdict, its breaker, its limits."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.status, agent.breaker, agent.volts = 4, 3, 251.0
        snapshot = await unit.driver.read()
        assert {each.text for each in snapshot.status.alarms} == {"PDU failed", "A breaker is off"}
        assert snapshot.variables["input.voltage.status"] == "critical-high"
        assert snapshot.status.flags == set()
        agent.loads[0] = 25.0
        agent.status = 3
        status = await unit.driver.read_status()
        assert status.flags == {StatusFlag.OVERLOADED}
        assert "PDU degraded" in {each.text for each in status.alarms}


@pytest.mark.parametrize(
    ("what", "value", "state"),
    [
        ("off", 1, "off"),
        ("on", 2, "on"),
        ("off.delay", 3, "on"),
        ("on.delay", 4, "off"),
        ("cycle", 5, "on"),
        ("cycle.delay", 6, "on"),
    ],
)
@VERSIONS
async def test_commands(version: str, what: str, value: int, state: str) -> None:
    """One object for all of an outlet's orders; an outlet that cannot be switched has none."""
    agent = new_agent()
    async with opened(agent, version=version) as unit:
        assert not [name for name in unit.driver.commands if name.startswith("outlet.3.")]
        danger = unit.driver.commands[f"outlet.2.load.{what}"].danger
        assert (danger is Danger.CUTS_POWER) == (not what.startswith("on"))
        await unit.driver.run(f"outlet.2.load.{what}")
        assert agent.writes == [("5.2.1.10.1.2", value)]
        assert (await unit.driver.read()).variables["outlet.2.status"] == state


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("outlet.2.delay.start", 9, ("5.2.1.6.1.2", 9)),
        ("outlet.2.delay.reboot", 10, ("5.2.1.7.1.2", 10)),
        ("outlet.2.delay.shutdown", 11, ("5.2.1.9.1.2", 11)),
        ("outlet.3.switchable", "yes", ("5.2.1.8.1.3", 1)),
    ],
)
async def test_settings(name: str, value: Any, written: tuple[str, object]) -> None:
    """What is written; the commands of an outlet come with its setting."""
    agent = new_agent()
    async with opened(agent) as unit:
        assert await unit.driver.write(name, value) == value
        assert agent.writes == [written]
        await unit.driver.read()
        assert (await unit.driver.read()).variables[name] == value
        assert ("outlet.3.load.off" in unit.driver.commands) == (name == "outlet.3.switchable")
