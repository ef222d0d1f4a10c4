"""Liebert rack PDUs on simulated agents: chained units, branches, receptacles, groups, probes."""

from collections.abc import Mapping
from typing import Any

import pytest

from .snmp import VERSIONS, check_setting, opened
from custom_components.ups_protocols.ups.errors import Rejected, Unsupported
from custom_components.ups_protocols.ups.links.base import Trap
from custom_components.ups_protocols.ups.model import (
    DeviceKind,
    Event,
    PartKind,
    Push,
    Reread,
    Tier,
)
from tests.simulators.clock import Clock
from tests.simulators.snmp import Kind, LiebertPduAgent, Object, oid
from tests.simulators.snmp.liebert_gp import L

pytestmark = pytest.mark.usefixtures("loopback")


def new_agent(**options: Any) -> LiebertPduAgent:
    """Return an agent whose time stands still."""
    return LiebertPduAgent(clock=Clock.stopped(), **options)


def under(variables: Mapping[str, Any], *prefixes: str) -> dict[str, Any]:
    """Return the variables whose names begin so."""
    return {name: value for name, value in variables.items() if name.startswith(prefixes)}


@VERSIONS
async def test_values(version: str) -> None:
    """The PDU as a whole, a branch, a receptacle: worked out by hand from the raw objects."""
    async with opened(new_agent(phases=1), version=version) as unit:
        assert unit.identity.kind is DeviceKind.PDU
        assert unit.identity.model == "MPX"
        # the PDU's own number, not that of the card's table
        assert unit.identity.serial == "PDU0001X"
        assert unit.identity.firmware == "2.03"
        snapshot = await unit.driver.read()
        assert not snapshot.left_out
        assert not snapshot.status.flags
        variables = snapshot.variables
        assert under(variables, "input.", "ups.") == {
            "ups.firmware": "2.03",
            "ups.firmware.aux": "card 4.2",
            "ups.id": "rack 1",
            "ups.power": 2200,
            "ups.realpower": 2070,
            "input.N.current": 0.3,
            # hundredths before tenths
            "input.current": 3.01,
            # percents of 16 A
            "input.current.high.critical": 12.8,
            "input.current.high.warning": 11.2,
            "input.current.low.critical": 0,
            "input.current.nominal": 16,
            # 12345 of 0.1 kWh
            "input.energy": 1234.5,
            "input.frequency.nominal": 50,
            "input.load": 23.4,
            "input.power": 733,
            "input.powerfactor": 0.94,
            "input.realpower": 690,
            # tenths before whole volts
            "input.voltage": 230.1,
            "input.voltage.nominal": 230,
        }
        assert under(variables, "outlet.group.2.") == {
            "outlet.group.2.count": 3,
            "outlet.group.2.current": 1.59,
            "outlet.group.2.current.high.critical": 12.8,
            "outlet.group.2.current.high.warning": 11.2,
            "outlet.group.2.current.low.critical": 0,
            "outlet.group.2.current.nominal": 16,
            "outlet.group.2.energy": 456.7,
            "outlet.group.2.id": "1-2",
            "outlet.group.2.name": "branch 2",
            "outlet.group.2.phase": "L2",
            "outlet.group.2.power": 367,
            "outlet.group.2.powerfactor": 0.94,
            "outlet.group.2.realpower": 345,
            "outlet.group.2.voltage": 230.1,
        }
        assert under(variables, "outlet.203.") == {
            "outlet.203.crestfactor": 1.42,
            "outlet.203.current": 0.53,
            "outlet.203.current.high.critical": 9.6,
            "outlet.203.current.high.warning": 8,
            "outlet.203.current.low.critical": 0,
            "outlet.203.delay.start": 5,
            "outlet.203.designator": "1-2-3",
            "outlet.203.energy": 152.2,
            "outlet.203.frequency": 50,
            "outlet.203.groupid": "2",
            "outlet.203.name": "server 23",
            "outlet.203.power": 122,
            "outlet.203.powerfactor": 0.94,
            "outlet.203.realpower": 115,
            "outlet.203.status": "on",
            "outlet.203.switchable": "yes",
            "outlet.203.voltage": 230.4,
        }


async def test_probes() -> None:
    """One sensor may measure several things; what a row does not measure says nothing."""
    agent = new_agent()
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert under(variables, "ambient.") == {
            "ambient.1.humidity": 48.1,
            "ambient.1.humidity.high.critical": 90,
            "ambient.1.humidity.high.warning": 80,
            "ambient.1.humidity.low.critical": 10,
            "ambient.1.humidity.low.warning": 20,
            "ambient.1.name": "inlet",
            "ambient.1.serial": "SN114711",
            "ambient.1.temperature": 23.4,
            "ambient.1.temperature.high.critical": 40,
            "ambient.1.temperature.high.warning": 35,
            "ambient.1.temperature.low.critical": 5,
            "ambient.1.temperature.low.warning": 10,
            "ambient.2.contacts.1.name": "door",
            "ambient.2.contacts.1.status": "closed",
            "ambient.2.contacts.2.name": "contact",
            "ambient.2.contacts.2.status": "open",
            "ambient.2.name": "door",
            "ambient.2.serial": "SN124711",
            "ambient.3.name": "leak",
            "ambient.3.serial": "SN134711",
        }
        assert (await unit.driver.read_status()).alarms == ()
        agent.leak = 2
        status = await unit.driver.read_status()
        assert [alarm.text for alarm in status.alarms] == ["Leak detected"]


async def test_older_probes() -> None:
    """The table of sensors, where there is none of measurements."""
    agent = new_agent()
    agent.tree.remove(f"{L}.3.8.60.15")
    table = f"{L}.3.8.60.10.1"
    for sensor, kind in ((1, 3), (2, 1)):
        agent.tree.add(
            table,
            (
                (f"5.1.{sensor}", Kind.INTEGER, kind),
                (f"25.1.{sensor}", Kind.OCTETS, f"sensor {sensor}"),
                (f"40.1.{sensor}", Kind.OCTETS, f"T{sensor}00815"),
                (f"75.1.{sensor}", Kind.INTEGER, 219),
                (f"100.1.{sensor}", Kind.GAUGE, 402),
            ),
        )
    async with opened(agent) as unit:
        assert under((await unit.driver.read()).variables, "ambient.") == {
            "ambient.1.humidity": 40.2,
            "ambient.1.name": "sensor 1",
            "ambient.1.serial": "T100815",
            "ambient.1.temperature": 21.9,
            # it measures no humidity
            "ambient.2.name": "sensor 2",
            "ambient.2.serial": "T200815",
            "ambient.2.temperature": 21.9,
        }


async def test_three_phases_and_a_chain() -> None:
    """Phases by name; the second PDU's names have its number."""
    async with opened(new_agent(units=2)) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["input.L2-N.voltage"] == 230.2
        assert variables["input.L3-L1.voltage"] == 398.4
        assert variables["input.L3.current"] == 3.03
        assert variables["input.L1.current.high.warning"] == 11.2
        assert variables["device.count"] == 2
        assert variables["device.2.serial"] == "PDU0002X"
        assert variables["device.2.model"] == "MPX-PEM"
        assert variables["device.2.ups.realpower"] == 2070
        assert variables["device.2.input.L2-N.voltage"] == 230.2
        assert variables["device.2.outlet.201.status"] == "on"
        assert variables["device.2.ambient.1.temperature"] == 23.4
        found = {(part.kind, part.index) for part in unit.driver.parts}
        assert (PartKind.UNIT, 2) in found
        assert (PartKind.OUTLET, 203) in found
        assert (PartKind.OUTLET_GROUP, 101) in found
        assert (PartKind.PROBE, 3) in found
        assert (PartKind.PHASE, 3) in found
        serials = {part.identity.serial for part in unit.driver.parts if part.identity}
        assert serials == {"PDU0002X", "SN114711", "SN124711", "SN134711"}


async def test_between_two_phases() -> None:
    """Without a neutral there are only the voltages between the phases."""
    async with opened(new_agent(delta=True)) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["input.L1-L2.voltage"] == 398.4
        assert not [name for name in variables if "-N.voltage" in name]
        assert variables["outlet.group.1.voltage"] == 398.5
        assert variables["outlet.group.1.phase"] == "L1-L2"


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (1, None),
        (2, None),
        (8, None),
        (16, "The device has alarms"),
        (8 | 16, "The device has alarms"),
        (32, "Abnormal operation"),
        # the same by positions, counted from 1
        (1 << 15, "The device has alarms"),
        (1 << 31, "Abnormal operation"),
    ],
)
async def test_status(status: int, text: str | None) -> None:
    """The bit field of the PDU's state."""
    agent = new_agent()
    agent.status[1] = status
    async with opened(agent) as unit:
        alarms = (await unit.driver.read_status()).alarms
        assert [alarm.text for alarm in alarms] == ([text] if text else [])


async def test_no_flags_of_a_ups() -> None:
    """The conditions of a PDU are alarms; what they would mean for a UPS is not offered."""
    async with opened(new_agent()) as unit:
        assert not unit.driver.flags


async def test_a_current_while_off() -> None:
    """The condition of one receptacle."""
    agent = new_agent()
    agent.tree[f"{L}.3.8.50.20.1.210.1.2.1"] = Object(Kind.INTEGER, 4)
    agent.tree[f"{L}.3.8.50.20.1.95.1.2.1"] = Object(Kind.INTEGER, 3)
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["outlet.201.alarm"] == "current while off"
        # off until its delay is over
        assert variables["outlet.201.status"] == "off"


# commands

COMMANDS = [
    # status 1 is off and 2 on; what is written is 0 off, 1 on, 2 cycle
    ("outlet.101.load.off", "3.8.50.20.1.100.1.1.1", 0),
    ("outlet.202.load.on", "3.8.50.20.1.100.1.2.2", 1),
    ("outlet.202.load.cycle", "3.8.50.20.1.100.1.2.2", 2),
    ("device.2.outlet.101.load.off", "3.8.50.20.1.100.2.1.1", 0),
    # and of a group 1 off, 2 on, 3 cycle
    ("outlet.group.101.load.off", "3.8.50.30.10.1.30.1", 1),
    ("outlet.group.101.load.on", "3.8.50.30.10.1.30.1", 2),
    ("outlet.group.101.load.cycle", "3.8.50.30.10.1.30.1", 3),
]


@pytest.mark.parametrize(("command", "where", "value"), COMMANDS)
async def test_commands(command: str, where: str, value: int) -> None:
    """What each command writes, and where."""
    agent = new_agent(units=2)
    async with opened(agent) as unit:
        await unit.driver.run(command)
        assert agent.writes == [(where, value)]


@VERSIONS
async def test_switching(version: str) -> None:
    """What is switched is so when it is read."""
    agent = new_agent()
    async with opened(agent, version=version) as unit:
        driver = unit.driver

        async def states() -> dict[str, Any]:
            variables = (await driver.read()).variables
            return {name: value for name, value in variables.items() if value == "off"}

        assert await states() == {}
        await driver.run("outlet.101.load.off")
        assert await states() == {"outlet.101.status": "off"}
        await driver.run("outlet.101.load.cycle")
        assert await states() == {}
        await driver.run("outlet.group.101.load.off")
        assert set(await states()) == {"outlet.102.status", "outlet.201.status"}
        await driver.run("outlet.group.101.load.on")
        assert await states() == {}


async def test_what_cannot_be_switched() -> None:
    """A receptacle without a switch has no commands, one that is locked refuses."""
    agent = new_agent()
    async with opened(agent) as unit:
        driver = unit.driver
        assert "outlet.103.load.off" not in driver.commands
        assert "outlet.group.1.load.off" not in driver.commands
        assert "outlet.group.102.load.off" not in driver.commands
        assert await driver.write("outlet.101.switchable", "no") == "no"
        with pytest.raises(Rejected):
            await driver.run("outlet.101.load.off")
        assert (await driver.read()).variables["outlet.101.status"] == "on"


# settings

SETTINGS = [
    ("ups.id", "row 4", "3.8.20.1.10.1", b"row 4"),
    ("device.2.ups.id", "row 5", "3.8.20.1.10.2", b"row 5"),
    ("outlet.group.1.name", "left", "3.8.40.20.1.8.1.1", b"left"),
    ("outlet.group.101.name", "web", "3.8.50.30.10.1.10.1", b"web"),
    ("outlet.201.name", "switch", "3.8.50.20.1.10.1.2.1", b"switch"),
    ("outlet.201.delay.start", 12, "3.8.50.20.1.90.1.2.1", 12),
    ("outlet.201.switchable", "no", "3.8.50.20.1.105.1.2.1", 2),
    # 75 and 50 percent of 16 A
    ("outlet.201.current.high.critical", 12, "3.8.50.20.1.152.1.2.1", 75),
    ("outlet.group.2.current.high.warning", 8, "3.8.40.20.1.140.1.2", 50),
    ("input.L2.current.high.warning", 12, "3.8.30.40.1.36.1.1.2", 75),
    ("ambient.1.name", "top", "3.8.60.15.1.20.1.1.1", b"top"),
]


@pytest.mark.parametrize(("name", "value", "where", "written"), SETTINGS)
async def test_settings(name: str, value: float | str, where: str, written: object) -> None:
    """Written in the object's unit and type, read back, and not written again."""
    await check_setting(new_agent(units=2), name, value, (where, written))


async def test_limits_of_a_current() -> None:
    """100 percent are the rating; without one rating for all there is no limit in ampere."""
    agent = new_agent()
    async with opened(agent) as unit:
        setting = unit.driver.settings["input.L1.current.high.critical"]
        assert (setting.minimum, setting.maximum) == (0, 16)
        with pytest.raises(Unsupported):
            await unit.driver.write("input.L1.current.high.critical", 17)
    agent = new_agent()
    agent.tree[f"{L}.3.8.40.20.1.75.1.2"] = Object(Kind.GAUGE, 100)
    async with opened(agent) as unit:
        limits = ".current.high.warning"
        assert f"input.L1{limits}" in unit.driver.settings
        assert f"outlet.101{limits}" not in unit.driver.settings
        assert f"outlet.101{limits}" not in (await unit.driver.read()).variables


# the rest


async def test_without_a_table_of_devices() -> None:
    """What answers as a rack PDU is one."""
    async with opened(new_agent(device=None)) as unit:
        assert unit.identity.kind is DeviceKind.PDU
        assert unit.identity.model == "MPX-PEM"


async def test_a_switch_sends_a_trap() -> None:
    """The event of the receptacle, and a reason to read."""
    agent = new_agent()
    sent: list[tuple[int, ...]] = []
    agent.trap_listeners.append(lambda trap, _: sent.append(trap))
    async with opened(agent) as unit:
        await unit.driver.run("outlet.101.load.off")
        assert sent == [oid(f"{L}.3.3.0.22")]
        heard: list[Push] = []
        unit.driver.on_push(heard.append)
        unit.link.deliver(Trap(sent[0], {}))
        assert heard == [Event("outlet_off"), Reread(Tier.STATUS)]
