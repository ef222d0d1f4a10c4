"""Eaton's older PDUs on simulated agents: values, commands, settings, traps."""

from typing import Any

import pytest

from .snmp import VERSIONS, check_setting, opened
from custom_components.ups_protocols.ups.links.base import Trap
from custom_components.ups_protocols.ups.mibs.eaton_genesis2 import mib as genesis2
from custom_components.ups_protocols.ups.mibs.eaton_pulizzi import mib as pulizzi_mib
from custom_components.ups_protocols.ups.mibs.eaton_revelation import mib as revelation
from custom_components.ups_protocols.ups.mibs.traps import heard
from custom_components.ups_protocols.ups.mibs.values import as_number
from custom_components.ups_protocols.ups.model import Danger, DeviceKind, PartKind, Severity
from custom_components.ups_protocols.ups.names import parse, parse_command
from tests.simulators.clock import Clock
from tests.simulators.snmp import Agent, Genesis2Agent, RevelationAgent, oid, pulizzi
from tests.simulators.snmp.eaton_old_pdus import MonitoredPulizziAgent, SwitchedPulizziAgent, opaque

pytestmark = pytest.mark.usefixtures("loopback")


def clock() -> Clock:
    """Return a clock that a test moves."""
    return Clock.stopped()


def own(variables: Any) -> dict[str, Any]:
    """Return the values but those of the system group."""
    system = {"device.contact", "device.description", "device.location"}
    return {name: value for name, value in variables.items() if name not in system}


async def read(agent: Agent, version: str = "2c") -> dict[str, Any]:
    """Return the values of an agent; all have names of the standard."""
    async with opened(agent, version=version) as unit:
        snapshot = await unit.driver.read()
        assert unit.identity.kind is DeviceKind.PDU
        assert unit.identity.manufacturer == "Eaton"
        assert snapshot.status.flags == set()
        assert not snapshot.left_out
        assert not [name for name in snapshot.variables if parse(name) is None]
        assert not [name for name in unit.driver.commands if parse_command(name) is None]
        return own(snapshot.variables)


# Genesis II


@VERSIONS
async def test_genesis2(version: str) -> None:
    """Circuits in tenths of A; -1 is a circuit that is not there, 0 is one without a load."""
    assert await read(Genesis2Agent(clock=clock()), version) == {
        "device.macaddr": "00:20:85:01:02:03",
        "device.model": "ePDU Monitored 16A",
        "outlet.group.1.current": 3.4,
        "outlet.group.2.current": 0,
        "ups.firmware": "2.03",
        "ups.id": "rack left",
    }


async def test_genesis2_has_nothing_to_write() -> None:
    """Its circuits are parts; no command, no setting."""
    async with opened(Genesis2Agent(clock=clock())) as unit:
        assert [(each.kind, each.index) for each in unit.driver.parts] == [
            (PartKind.OUTLET_GROUP, 1),
            (PartKind.OUTLET_GROUP, 2),
        ]
        assert not unit.driver.commands
        assert not unit.driver.settings


# Revelation

_WITH_VALUES = {
    # 1200 mA, 1800 mA
    "current": 1.2,
    "current.maximum": 1.8,
    "power": 276,
    # 90
    "powerfactor": 0.9,
    # 248.4 W
    "realpower": 248,
    "status": "on",
    "voltage": 230,
}
_WITH_SENSORS = {
    "current": 1.2,
    "current.maximum": 1.8,
    "power": 276,
    "realpower": 248.4,
    "status": "on",
}


@VERSIONS
async def test_revelation_with_values(version: str) -> None:
    """The first outlet is number 0 on the wire."""
    assert await read(RevelationAgent(clock=clock(), outlets=2), version) == {
        "ambient.1.humidity": 45,
        "ambient.1.humidity.high": 90,
        "ambient.1.humidity.low": 10,
        "ambient.1.temperature": 21,
        "ambient.1.temperature.high": 40,
        "ambient.1.temperature.low": 5,
        "device.macaddr": "00:20:85:01:02:03",
        "device.model": "PW104MA1UB34",
        "device.serial": "AEQ7B00042",
        "input.current": 2.4,
        "input.power": 552,
        "input.realpower": 497,
        "input.voltage": 230,
        "outlet.count": 2,
        **{f"outlet.1.{name}": value for name, value in _WITH_VALUES.items()},
        **{f"outlet.2.{name}": value for name, value in _WITH_VALUES.items()},
        "outlet.1.name": "Outlet 1",
        "outlet.2.name": "Outlet 2",
        "ups.firmware": "01.02.03",
        "ups.id": "rack right",
        "ups.realpower": 497,
        "ups.temperature": 24,
    }


@VERSIONS
async def test_revelation_with_sensors(version: str) -> None:
    """By the document: the outlets have numbers of sensors, not values; NaN is nothing."""
    assert await read(RevelationAgent(clock=clock(), sensors=True, outlets=2), version) == {
        "ambient.1.humidity": 45.5,
        "ambient.1.temperature": 21.5,
        "device.macaddr": "00:20:85:01:02:03",
        "device.model": "PW104MA1UB34",
        "device.serial": "AEQ7B00042",
        "input.current": 2.4,
        "input.frequency": 50,
        "input.power": 552,
        "input.realpower": 496.8,
        "input.voltage": 230,
        "outlet.count": 2,
        **{f"outlet.1.{name}": value for name, value in _WITH_SENSORS.items()},
        **{f"outlet.2.{name}": value for name, value in _WITH_SENSORS.items()},
        "outlet.1.name": "Outlet 1",
        "outlet.2.name": "Outlet 2",
        "ups.firmware": "01.02.03",
        "ups.id": "rack right",
        "ups.realpower": 496.8,
        "ups.temperature": 24,
    }


@pytest.mark.parametrize(("sensors", "first"), [(False, 0), (True, 1)])
async def test_revelation_outlets(sensors: bool, first: int) -> None:
    """Off, on, cycle: 0, 1, 2; whatever the first outlet's number on the wire."""
    agent = RevelationAgent(clock=clock(), sensors=sensors)
    where = f"1.2.2.1.3.{first + 1}"
    async with opened(agent) as unit:
        await unit.driver.run("outlet.2.load.off")
        variables = (await unit.driver.read()).variables
        assert variables["outlet.2.status"] == "off"
        assert variables["outlet.2.current"] == 0
        assert variables["outlet.1.status"] == variables["outlet.3.status"] == "on"
        await unit.driver.run("outlet.2.load.on")
        assert (await unit.driver.read()).variables["outlet.2.status"] == "on"
        await unit.driver.run("outlet.2.load.cycle")
        assert (await unit.driver.read()).variables["outlet.2.status"] == "off"
        agent.clock.advance(5)
        assert (await unit.driver.read()).variables["outlet.2.status"] == "on"
        assert agent.writes == [(where, 0), (where, 1), (where, 2)]
        assert {
            name
            for name, command in unit.driver.commands.items()
            if command.danger is Danger.CUTS_POWER
        } == {f"outlet.{outlet}.load.{what}" for outlet in (1, 2, 3) for what in ("off", "cycle")}


async def test_revelation_alarms() -> None:
    """Sensors beyond their limits by label; an outlet that failed has no state."""
    agent = RevelationAgent(clock=clock(), sensors=True)
    async with opened(agent) as unit:
        agent.outlets[1].failed = True
        agent.sensors[0].state = 2
        agent.sensors[-3].state = 4
        agent.sensors[-1].state = -1
        snapshot = await unit.driver.read()
        assert [(each.text, each.severity) for each in snapshot.status.alarms] == [
            ("Outlet 2: error", Severity.CRITICAL),
            ("Outlet 1 A above its warning limit", Severity.WARNING),
            ("Rear temperature above its critical limit", Severity.CRITICAL),
        ]
        assert "outlet.2.status" not in snapshot.variables
    agent = RevelationAgent(clock=clock())
    async with opened(agent) as unit:
        agent.outlets[1].failed = True
        status = (await unit.driver.read()).status
        assert [each.text for each in status.alarms] == ["Outlet 2: error"]


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (opaque(21.5), 21.5),
        (opaque(-3.25), -3.25),
        (opaque(1.1), 1.1),
        (opaque(float("nan")), None),
        (opaque(float("inf")), None),
        (opaque(1.0)[:-1], None),
    ],
)
def test_floats(raw: bytes, value: float | None) -> None:
    """A float inside an Opaque is a number."""
    assert as_number(raw) == value


# Pulizzi


@VERSIONS
async def test_pulizzi_ipc(version: str) -> None:
    """Eight outlets without a meter."""
    variables = await read(pulizzi(clock=clock(), family=1), version)
    assert len([name for name in variables if name.endswith(".status")]) == 8
    assert {name: value for name, value in variables.items() if name[:7] != "outlet."} == {
        "device.macaddr": "00-20-85-01-02-03",
        "ups.date": "2026-03-09",
        "ups.id": "lab pdu",
        "ups.time": "13:37",
    }
    assert {name: value for name, value in variables.items() if name[:9] == "outlet.8."} == {
        "outlet.8.delay.reboot": 5,
        "outlet.8.delay.start": 1,
        "outlet.8.name": "Outlet 8",
        "outlet.8.status": "on",
    }


@VERSIONS
@pytest.mark.parametrize("object_id", [None, "E.20677.1"])
async def test_pulizzi_ipv(version: str, object_id: str | None) -> None:
    """Sections, the total, sensors that are switched on; some firmwares call themselves an IPC."""
    agent = pulizzi(clock=clock(), object_id=object_id)
    variables = await read(agent, version)
    assert {name: value for name, value in variables.items() if ".delay." not in name} == {
        # 77, 104 and 41 °F
        "ambient.1.temperature": 25,
        "ambient.1.temperature.high": 40,
        "ambient.1.temperature.low": 5,
        "ambient.1.name": "Front",
        "ambient.1.humidity": 44,
        "ambient.1.humidity.high": 80,
        "ambient.1.humidity.low": 20,
        "ambient.contacts.1.name": "Door",
        "ambient.contacts.1.status": "closed",
        "ambient.contacts.2.name": "Water",
        "ambient.contacts.2.status": "open",
        "device.macaddr": "00-20-85-01-02-03",
        # whole A: 4.8; the voltage of the total is 0: not measured
        "input.current": 5,
        "input.power": 576,
        **{f"outlet.{number}.name": f"Outlet {number}" for number in range(1, 5)},
        **{f"outlet.{number}.status": "on" for number in range(1, 5)},
        "outlet.group.1.current": 1,
        "outlet.group.1.power": 144,
        "outlet.group.1.voltage": 120,
        "outlet.group.2.current": 4,
        "outlet.group.2.power": 432,
        "outlet.group.2.voltage": 120,
        **{
            f"outlet.group.{group}.{limit}.warning": value
            for group in (1, 2)
            for limit, value in (
                ("voltage.high", 132),
                ("voltage.low", 108),
                ("current.high", 16),
                ("current.low", 0),
            )
        },
        "ups.date": "2026-03-09",
        "ups.id": "lab pdu",
        "ups.time": "13:37",
    }


async def test_pulizzi_sensors() -> None:
    """One that is switched on later is found; the scale may be °C."""
    agent = SwitchedPulizziAgent(clock=clock(), celsius=True)
    agent.temperatures[0].value = -1
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        # -1 is a temperature here
        assert variables["ambient.1.temperature"] == -1
        assert "ambient.2.temperature" not in variables
        assert "ambient.2.name" not in unit.driver.settings
        agent.temperatures[1].enabled = 1
        agent.contacts[2].enabled = 1
        agent.humidity.enabled = 0
        await unit.driver.read()
        variables = (await unit.driver.read()).variables
        assert variables["ambient.2.temperature"] == 70
        assert variables["ambient.contacts.3.status"] == "open"
        assert "ambient.1.humidity" not in variables


@pytest.mark.parametrize(("family", "column"), [(1, "1.5.2"), (2, "2.6.2")])
@pytest.mark.parametrize(
    ("command", "row", "value"),
    [
        ("load.on", 1, 1),
        ("load.off", 1, 2),
        ("load.on.delay", 1, 3),
        ("load.off.delay", 1, 4),
        # the first is that of all
        ("outlet.1.load.on", 2, 1),
        ("outlet.1.load.off", 2, 2),
        ("outlet.4.load.cycle", 5, 3),
    ],
)
async def test_pulizzi_commands(
    family: int, column: str, command: str, row: int, value: int
) -> None:
    """What is written."""
    agent = pulizzi(clock=clock(), family=family)
    async with opened(agent) as unit:
        danger = unit.driver.commands[command].danger
        assert (danger is Danger.CUTS_POWER) == ("off" in command or "cycle" in command)
        await unit.driver.run(command)
        assert agent.writes == [(f"{column}.{row}.0", value)]


async def test_pulizzi_outlets_switch() -> None:
    """Only the outlet that was meant."""
    agent = pulizzi(clock=clock())
    async with opened(agent) as unit:
        await unit.driver.run("outlet.2.load.off")
        variables = (await unit.driver.read()).variables
        states = [variables[f"outlet.{number}.status"] for number in range(1, 5)]
        assert states == ["on", "off", "on", "on"]
        await unit.driver.run("outlet.2.load.on")
        assert (await unit.driver.read()).variables["outlet.2.status"] == "on"
        await unit.driver.run("load.off")
        assert not any(outlet.on for outlet in agent.outlets)


@pytest.mark.parametrize(
    ("family", "name", "value", "written"),
    [
        (1, "ups.id", "west", ("1.1.1.0", b"west")),
        (1, "outlet.3.name", "switch", ("1.5.1.3.1.0", b"switch")),
        (1, "outlet.3.delay.start", 7, ("1.5.1.3.3.0", 7)),
        (1, "outlet.3.delay.reboot", 8, ("1.5.1.3.4.0", 8)),
        (2, "ups.id", "west", ("2.1.1.0", b"west")),
        (2, "outlet.3.name", "switch", ("2.6.1.3.1.0", b"switch")),
        (2, "outlet.3.delay.start", 7, ("2.6.1.3.4.0", 7)),
        (2, "outlet.3.delay.reboot", 8, ("2.6.1.3.5.0", 8)),
        (2, "ambient.1.name", "inlet", ("8.1.1.1.0", b"inlet")),
        (2, "ambient.contacts.2.name", "leak", ("8.3.2.1.0", b"leak")),
        (3, "ups.id", "west", ("1.2.0", b"west")),
        (3, "outlet.group.2.name", "left", ("4.5.0", b"left")),
        (3, "outlet.group.2.current.low.warning", 1, ("5.5.0", 1)),
        (3, "input.L3.current.high.warning", 14, ("6.3.0", 14)),
        (3, "ambient.1.name", "inlet", ("4.248.0", b"inlet")),
    ],
)
async def test_pulizzi_settings(
    family: int, name: str, value: Any, written: tuple[str, object]
) -> None:
    """What is written, and that it is in force."""
    await check_setting(pulizzi(clock=clock(), family=family), name, value, written)


async def test_limits_that_switch_outlets_are_no_settings() -> None:
    """An IPV model may switch an outlet when a limit is crossed."""
    async with opened(pulizzi(clock=clock())) as unit:
        await unit.driver.read()
        kinds = {name.rsplit(".", 1)[-1] for name in unit.driver.settings}
        assert kinds == {"id", "name", "start", "reboot"}


# monitored units: what the channels are


@pytest.mark.parametrize(
    ("kind", "currents"),
    [
        (1, {"input.current": 5.7}),
        (2, {f"outlet.group.{each}.current" for each in range(1, 7)}),
        (3, {f"outlet.{each}.current" for each in range(1, 7)}),
        (4, {"input.L1.current": 5.7, "input.L2.current": 4, "input.L3.current": 3.1}),
        (5, {"input.L1.current": 5.7, "input.L2.current": 4}),
        (
            6,
            {"input.current": 5.7, "outlet.group.1.current": 4, "outlet.group.2.current": 3.1},
        ),
        (
            7,
            {
                "input.L1.current": 5.7,
                "input.L2.current": 4,
                "input.L3.current": 3.1,
                "outlet.group.1.current": 2.9,
                "outlet.group.2.current": 2,
                "outlet.group.3.current": 1,
            },
        ),
        (
            8,
            {
                "input.L1.current": 5.7,
                "input.L2.current": 4,
                "outlet.group.1.current": 3.1,
                "outlet.group.2.current": 2.9,
            },
        ),
    ],
)
async def test_monitored_channels(kind: int, currents: Any) -> None:
    """By currentMonitorType; channels that the unit does not have are left out."""
    shown = {1: 1, 4: 3, 5: 2, 6: 3, 8: 4}.get(kind, 6)
    agent = MonitoredPulizziAgent(
        clock=clock(), kind=kind, currents=(5.7, 4.0, 3.1, 2.9, 2.0, 1.0)[:shown]
    )
    variables = await read(agent)
    found = {name: value for name, value in variables.items() if name.endswith(".current")}
    assert found == currents if isinstance(currents, dict) else found.keys() == currents


@VERSIONS
async def test_monitored(version: str) -> None:
    """The rest of a monitored unit: °F, an up-time in hundredths."""
    variables = await read(pulizzi(clock=clock(), family=3), version)
    rest = {name: value for name, value in variables.items() if "current" not in name}
    assert rest == {
        # 68, 95 and 50 °F; the second sensor is switched off
        "ambient.1.name": "Inlet",
        "ambient.1.temperature": 20,
        "ambient.1.temperature.high": 35,
        "ambient.1.temperature.low": 10,
        "device.macaddr": "00-20-85-0A-0B-0C",
        "device.uptime": 86400,
        "outlet.group.1.name": "Channel 4",
        "outlet.group.2.name": "Channel 5",
        "outlet.group.3.name": "Channel 6",
        "ups.firmware": "1.0.F",
        "ups.id": "row 3",
    }


# traps


@pytest.mark.parametrize(
    ("mib", "trap", "event"),
    [
        (genesis2, "E.17373.0.1", "group_current_threshold"),
        (genesis2, "E.17373.0.8", "group_current_threshold"),
        (revelation, "E.534.6.6.6.2.23", "outlet_switched"),
        (revelation, "E.13742.2.2.27", "sensor_event"),
        (revelation, "E.13742.2.2.3", None),
        (revelation, "E.13742.2.2.1", ""),
        (pulizzi_mib, "E.20677.2.9.0.1", "outlet_switched"),
        (pulizzi_mib, "E.20677.2.9.6", "contact_changed"),
        (pulizzi_mib, "E.20677.2.9.7", None),
    ],
)
def test_traps(mib: Any, trap: str, event: str | None) -> None:
    """Logins say nothing of the device."""
    assert heard(Trap(oid(trap), {}), [mib]) == event
