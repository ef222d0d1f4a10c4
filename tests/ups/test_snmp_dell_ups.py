"""Dell UPSes: the additions of their MIB to RFC 1628, on simulated agents.

Values were worked out by hand from the simulator's state.
"""

from typing import Any

import pytest

from .snmp import VERSIONS, check_names, event_names, opened
from custom_components.ups_protocols.ups.errors import UpsGone
from custom_components.ups_protocols.ups.mibs.dell_ups import ALARMS, EVENTS, mib
from custom_components.ups_protocols.ups.model import (
    Event,
    PartKind,
    Push,
    Reread,
    Severity,
    StatusFlag,
    Tier,
)
from tests.simulators.clock import Clock
from tests.simulators.power import Output
from tests.simulators.snmp import DellUpsAgent, Kind, Object
from tests.simulators.snmp.dell_ups import N
from tests.simulators.snmp.rfc1628 import R

pytestmark = pytest.mark.usefixtures("loopback")

ON_LINE, ON_BATTERY, OFF = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY, StatusFlag.OFF
BYPASS, LOW, TESTING = StatusFlag.BYPASS, StatusFlag.LOW_BATTERY, StatusFlag.TESTING
DISCHARGING = StatusFlag.DISCHARGING
CARDS = pytest.mark.parametrize("quirks", [frozenset(), frozenset({"alone"})])
ALONE = frozenset({"alone"})


def new_agent(**options: Any) -> DellUpsAgent:
    """Return an agent whose clock a test moves."""
    return DellUpsAgent(clock=Clock.stopped(), **options)


@VERSIONS
async def test_values(version: str) -> None:
    """The objects of this MIB alone; -1 and 2147483647 are no countdowns."""
    async with opened(new_agent(probe=True, quirks=ALONE), version=version) as unit:
        snapshot = await unit.driver.read()
        assert unit.driver.mibs == ("dell-ups", "system")
        assert unit.identity.manufacturer == "Dell"
        assert unit.identity.serial == "CN0J718N48020"
        assert unit.identity.firmware == "01.08.0017"
        assert snapshot.variables == {
            "ambient.contacts.1.name": "Door",
            "ambient.contacts.1.status": "closed",
            "ambient.contacts.2.name": "Leak",
            "ambient.contacts.2.status": "open",
            # 231 and 447 tenths, Celsius although the unit says Fahrenheit
            "ambient.humidity": 44.7,
            "ambient.humidity.high": 80,
            "ambient.humidity.low": 10,
            "ambient.name": "Rack probe",
            "ambient.temperature": 23.1,
            "ambient.temperature.high": 40,
            "ambient.temperature.low": 5,
            "battery.charger.status": "resting",
            "battery.runtime": 2000,
            "device.contact": "admin",
            "device.description": "Simulated SNMP card",
            "device.location": "rack 1",
            "device.mfr": "Dell",
            # the UPS, not its card
            "device.model": "Dell UPS Rack 1000W LV",
            "device.serial": "CN0J718N48020",
            "outlet.1.status": "on",
            "outlet.2.status": "on",
            "outlet.switchable": "yes",
            "ups.firmware": "01.08.0017",
            "ups.firmware.aux": "HF 01.02",
            "ups.id": "ups-card",
            "ups.power": 300,
            "ups.realpower.maximum": 412,
            "ups.test.result": "No test initiated",
            "ups.type": "line-interactive",
        }
        assert not snapshot.left_out
        assert not unit.driver.commands


async def test_rfc1628_has_the_rest() -> None:
    """Charge, voltages and commands come from there, the runtime in seconds from here."""
    async with opened(new_agent()) as unit:
        variables = (await unit.driver.read()).variables
        assert unit.driver.mibs == ("dell-ups", "rfc1628", "system")
        assert variables["battery.charge"] == 100
        assert variables["output.voltage"] == 230
        assert variables["battery.runtime"] == 2000
        assert variables["device.mfr"] == "Dell"
        await unit.driver.run("beeper.disable")
        assert unit.agent.writes == [("upsConfigAudibleStatus", 1)]


@pytest.mark.parametrize(
    ("change", "flags"),
    [
        ({}, {ON_LINE}),
        ({"mains": False, "charge": 60.0}, {ON_BATTERY, DISCHARGING}),
        ({"mains": False, "charge": 10.0}, {ON_BATTERY, DISCHARGING, LOW}),
        ({"bypass": True}, {BYPASS}),
        ({"mains_voltage": 195.0}, {ON_LINE, StatusFlag.BOOSTING}),
        ({"mains_voltage": 262.0}, {ON_LINE, StatusFlag.TRIMMING}),
        ({"output": Output.STAYING}, {OFF}),
    ],
)
@CARDS
async def test_states(
    quirks: frozenset[str], change: dict[str, Any], flags: set[StatusFlag]
) -> None:
    """The list of alarms tells the state; without RFC 1628 too."""
    agent = new_agent(quirks=quirks)
    async with opened(agent) as unit:
        for name, value in change.items():
            setattr(agent.power, name, value)
        agent.power.settle()
        before = unit.wire.requests
        status = await unit.driver.read_status()
        # an alarm more in RFC 1628's table is not looked for: its flags are not wanted but for
        # those that decide the power
        assert unit.wire.requests <= before + 2
        assert status.flags == flags
        assert status.flags <= unit.driver.flags
        assert status.input_present is (False if "mains" in change else None)
        assert status.alarms == ()


async def test_the_output_source_of_rfc1628_counts_where_the_list_says_nothing() -> None:
    """A card that says "bypass" there before the list has it."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.tree[f"{R}.4.1.0"] = Object(Kind.INTEGER, 4)
        assert (await unit.driver.read_status()).flags == {BYPASS}
        agent.more_alarms = {57}
        assert (await unit.driver.read_status()).flags == {ON_BATTERY}


@pytest.mark.parametrize(
    ("numbers", "flags", "texts"),
    [
        ({1, 5}, {ON_LINE}, ["Inverter over voltage", "Bypass frequency out of range"]),
        ({21}, {ON_LINE, StatusFlag.OVERLOADED}, []),
        ({23}, {ON_LINE, StatusFlag.OVERLOADED}, []),
        ({17}, {OFF}, ["Remote emergency power off"]),
        ({41}, {ON_LINE, StatusFlag.FORCED_SHUTDOWN}, []),
        ({55}, {BYPASS}, []),
        ({63}, {ON_LINE, StatusFlag.REPLACE_BATTERY}, []),
        ({93}, {ON_LINE, StatusFlag.REPLACE_BATTERY}, []),
        ({85}, {ON_LINE, StatusFlag.ECO}, []),
        ({57, 59}, {ON_BATTERY}, []),
        # one that the document does not have; the charger's mode and an end are no alarms
        ({75, 79, 97}, {ON_LINE}, ["Alarm 75"]),
        ({98}, {ON_LINE}, ["Environment probe lost"]),
    ],
)
async def test_alarms(numbers: set[int], flags: set[StatusFlag], texts: list[str]) -> None:
    """The numbers of traps in one text."""
    agent = new_agent(quirks=ALONE)
    async with opened(agent) as unit:
        agent.more_alarms = numbers
        status = await unit.driver.read_status()
        assert status.flags == flags
        assert [alarm.text for alarm in status.alarms] == texts


async def test_the_sum_of_all_alarms() -> None:
    """Told only where the list does not say which they are."""
    agent = new_agent(quirks=ALONE)
    async with opened(agent) as unit:
        agent.global_status = 5
        (alarm,) = (await unit.driver.read_status()).alarms
        assert (alarm.text, alarm.severity) == ("Status critical", Severity.CRITICAL)
        agent.more_alarms = {65}
        assert [alarm.text for alarm in (await unit.driver.read_status()).alarms] == ["Fan failed"]
        agent.global_status, agent.more_alarms = 3, set()
        assert (await unit.driver.read_status()).alarms == ()


async def test_the_card_has_lost_its_ups() -> None:
    """96: what the card says is old."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.more_alarms = {96}
        with pytest.raises(UpsGone, match="lost its UPS"):
            await unit.driver.read_status()


async def test_a_test() -> None:
    """On battery during a test is no loss of mains; a calibration is told by RFC 1628."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run("test.battery.start.quick")
        status = await unit.driver.read_status()
        assert status.flags == {ON_BATTERY, DISCHARGING, TESTING}
        assert status.mains is True
        agent.clock.advance(11)
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {ON_LINE}
        assert snapshot.variables["ups.test.result"] == "Done and passed"


@pytest.mark.parametrize(
    ("charger", "flags", "word"),
    [(1, {StatusFlag.CHARGING}, "charging"), (3, set(), "floating"), (5, set(), "off")],
)
async def test_charger(charger: int, flags: set[StatusFlag], word: str) -> None:
    """Advanced Battery Monitoring."""
    agent = new_agent()
    agent.charger = charger
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {ON_LINE} | flags
        assert snapshot.variables["battery.charger.status"] == word


async def test_load_segments() -> None:
    """Off by its trap; countdowns when there are some."""
    agent = new_agent()
    async with opened(agent) as unit:
        assert [part.index for part in unit.driver.parts if part.kind is PartKind.OUTLET] == [1, 2]
        agent.more_alarms = {83}
        agent.segment_countdown[1] = 40
        snapshot = await unit.driver.read()
        assert snapshot.variables["outlet.1.status"] == "on"
        assert snapshot.variables["outlet.1.timer.shutdown"] == 40
        assert snapshot.variables["outlet.2.status"] == "off"
        assert snapshot.status.alarms == ()


async def test_contacts_counted_from_zero() -> None:
    """The syntax of the index is 0 to 1, its description 1 to 2: it is the same two."""
    async with opened(new_agent(probe=True, quirks=frozenset({"from_zero"}))) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["ambient.contacts.1.name"] == "Door"
        assert variables["ambient.contacts.2.name"] == "Leak"
        assert "ambient.contacts.3.name" not in variables
        assert "ambient.contacts.0.name" not in variables


async def test_no_probe() -> None:
    """Its objects are there all the same."""
    async with opened(new_agent()) as unit:
        variables = (await unit.driver.read()).variables
        assert not any(name.startswith("ambient") for name in variables)


def test_names() -> None:
    """Every name is a standard one, nothing is written, every number but an end is an alarm."""
    check_names(mib, outlet=1, contact=1)
    assert all(row.write is None for table in mib.tables for row in table.rows)
    assert mib.orders == ()
    # the odd ones of the document up to 93, without 75 and 77, which it does not have
    assert {number for number in ALARMS if number < 94} == set(range(1, 94, 2)) - {75, 77}


@pytest.mark.parametrize(
    ("trap", "pushes"),
    [
        (f"{N}.140.0.57", [Event("on_battery"), Reread(Tier.STATUS)]),
        (f"{N}.140.58", [Event("power_restored"), Reread(Tier.STATUS)]),
        (f"{N}.140.0.65", [Event("fan_failed"), Reread(Tier.STATUS)]),
        (f"{N}.140.0.66", [Event("fan_failed_cleared"), Reread(Tier.STATUS)]),
        (f"{N}.140.0.79", [Reread(Tier.STATUS)]),
    ],
)
async def test_traps(trap: str, pushes: list[Push]) -> None:
    """A trap is an event and a reason to read."""
    async with opened(new_agent()) as unit:
        assert unit.told_by(trap) == pushes


async def test_traps_of_the_simulator() -> None:
    """An outage: the events in their order."""
    agent = new_agent(quirks=ALONE)
    async with opened(agent) as unit:
        heard = unit.hear()
        agent.mains(False)
        agent.mains(True)
        assert event_names(heard) == [
            "utility_failed",
            "on_battery",
            "utility_restored",
            "power_restored",
        ]


def test_events_have_an_end() -> None:
    """Each alarm has an event."""
    assert set(ALARMS) - EVENTS.keys() == {79}
