"""Delta UPSes by UPSv4: values, status, commands, settings, traps, on simulated agents.

Values were worked out by hand from the simulator's state.
"""

from typing import Any

import pytest

from .snmp import VERSIONS, check_names, check_refusal, check_setting, event_names, opened
from custom_components.ups_protocols.ups.errors import Rejected, Unsupported, UpsGone
from custom_components.ups_protocols.ups.mibs.delta import mib
from custom_components.ups_protocols.ups.model import (
    Danger,
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
from tests.simulators.snmp import DeltaAgent, Kind, Object, oid
from tests.simulators.snmp.delta import D

pytestmark = pytest.mark.usefixtures("loopback")

ON_LINE, ON_BATTERY, OFF = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY, StatusFlag.OFF
BYPASS, LOW, TESTING = StatusFlag.BYPASS, StatusFlag.LOW_BATTERY, StatusFlag.TESTING
DISCHARGING = StatusFlag.DISCHARGING


def new_agent(**options: Any) -> DeltaAgent:
    """Return an agent whose clock a test moves."""
    return DeltaAgent(clock=Clock.stopped(), **options)


# values


@VERSIONS
async def test_values(version: str) -> None:
    """Tenths become volts, minutes seconds, dates ISO; ratings are whole."""
    async with opened(new_agent(), version=version) as unit:
        snapshot = await unit.driver.read()
        assert unit.driver.mibs == ("delta", "system")
        assert unit.identity.manufacturer == "Delta"
        assert unit.identity.model == "Amplon RT-1K"
        assert unit.identity.firmware == "UPS 2.10"
        assert snapshot.variables == {
            **{f"ambient.contacts.{each}.config": "normally open" for each in range(1, 5)},
            **{f"ambient.contacts.{each}.status": "inactive" for each in range(1, 5)},
            "ambient.humidity": 41,
            "ambient.humidity.high": 80,
            "ambient.humidity.status": "good",
            "ambient.temperature": 23,
            "ambient.temperature.high": 40,
            "ambient.temperature.status": "good",
            "battery.charge": 100,
            "battery.charger.status": "resting",
            "battery.current": 0,
            "battery.date": "2024-02-29",
            "battery.date.maintenance": "2028-03-01",
            "battery.packs.external": 1,
            # 33 minutes
            "battery.runtime": 1980,
            "battery.runtime.elapsed": 0,
            # 2 minutes
            "battery.runtime.low": 120,
            "battery.status": "good",
            "battery.temperature": 25,
            "battery.voltage": 54.6,
            "battery.voltage.nominal": 48,
            "device.contact": "admin",
            "device.description": "Simulated Delta card",
            "device.location": "rack 1",
            "device.mfr": "Delta",
            "device.model": "Amplon RT-1K",
            "input.bypass.current": 0,
            "input.bypass.frequency": 50,
            "input.bypass.phases": 1,
            "input.bypass.realpower": 0,
            "input.bypass.voltage": 230,
            "input.current": 1.3,
            "input.frequency": 50,
            "input.frequency.nominal": 50,
            "input.phases": 1,
            "input.sensitivity": "normal",
            "input.transfer.high": 264,
            "input.transfer.high.max": 280,
            "input.transfer.high.min": 250,
            "input.transfer.low": 184,
            "input.transfer.low.max": 200,
            "input.transfer.low.min": 160,
            "input.voltage": 230,
            "input.voltage.nominal": 230,
            "outlet.1.id": "1",
            "outlet.2.id": "2",
            "outlet.count": 2,
            "output.current": 1.3,
            "output.frequency": 50,
            "output.frequency.nominal": 50,
            "output.phases": 1,
            "output.voltage": 230,
            "output.voltage.nominal": 230,
            "ups.beeper.status": "enabled",
            # ours, not 3.6, which is 120
            "ups.delay.shutdown": 20,
            "ups.delay.start": 10,
            "ups.firmware": "UPS 2.10",
            "ups.firmware.aux": "card 1.12.5",
            "ups.id": "rack ups",
            "ups.load": 30,
            "ups.power.nominal": 1000,
            "ups.realpower": 300,
            "ups.test.result": "No test initiated",
            "ups.type": "online",
        }
        assert not snapshot.left_out
        assert snapshot.status.flags == {ON_LINE}
        assert snapshot.status.input_present is True


@pytest.mark.parametrize("counted", [True, False])
async def test_three_phases(counted: bool) -> None:
    """Each phase has scalars of its own; W are added up, of the load the largest counts."""
    agent = new_agent(phases=3)
    if not counted:
        for where in ("4.1.0", "5.3.0", "6.2.0"):
            del agent.tree[f"{D}.{where}"]
    # to see that each is read from its own object
    for group, number, value in (
        (4, 2, 499), (4, 3, 2301), (4, 6, 2302), (4, 9, 2303), (4, 10, 33), (4, 8, 501),
        (5, 4, 2311), (5, 8, 2312), (5, 12, 2313), (5, 9, 42), (5, 14, 103),
        (6, 3, 2321), (6, 6, 2322), (6, 9, 2323), (6, 8, 7),
    ):  # fmt: skip
        agent.tree[f"{D}.{group}.{number}.0"] = Object(Kind.INTEGER, value)
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        expected = {
            "input.frequency": 49.9,
            "input.L1.frequency": 49.9,
            "input.L3.frequency": 50.1,
            "input.L1-N.voltage": 230.1,
            "input.L2-N.voltage": 230.2,
            "input.L3-N.voltage": 230.3,
            "input.L3.current": 3.3,
            "output.L1-N.voltage": 231.1,
            "output.L2-N.voltage": 231.2,
            "output.L3-N.voltage": 231.3,
            "output.L2.current": 4.2,
            "output.L1.realpower": 100,
            "output.L3.realpower": 103,
            "output.L2.power.percent": 31,
            "ups.realpower": 303,
            "ups.load": 32,
            "input.bypass.L1-N.voltage": 232.1,
            "input.bypass.L2-N.voltage": 232.2,
            "input.bypass.L3-N.voltage": 232.3,
            "input.bypass.L2.realpower": 7,
            "input.bypass.realpower": 7,
        }
        assert {each: variables.get(each) for each in expected} == expected
        assert not variables.keys() & {"input.voltage", "output.current", "input.bypass.voltage"}
        parts = [part.index for part in unit.driver.parts if part.kind is PartKind.PHASE]
        assert parts == [1, 2, 3]


async def test_a_missing_phase_makes_no_total() -> None:
    """Two of three phases are not the whole."""
    agent = new_agent(phases=3)
    async with opened(agent) as unit:
        agent.tree[f"{D}.5.14.0"].get = -5
        variables = (await unit.driver.read()).variables
        assert variables["output.L2.realpower"] == 100
        assert "ups.realpower" not in variables


@pytest.mark.parametrize(
    ("object_", "value", "name", "expected"),
    [
        ("7.10.0", b"00000000", "battery.date", None),
        ("7.10.0", b"", "battery.date", None),
        ("7.11.0", b"2031/05", "battery.date.maintenance", "2031/05"),
        ("7.7.0", -1, "battery.current", -0.1),
        ("7.5.0", -1, "battery.runtime", None),
        ("1.12.0", 0, "battery.voltage.nominal", None),
        ("1.18.0", 0, "outlet.count", None),
        ("1.19.0", 4, "ups.type", "three-phase"),
        ("3.3.0", 2, "input.sensitivity", "low"),
        ("7.1.0", 1, "battery.status", "weak"),
        ("7.3.0", 0, "battery.charger.status", "floating"),
    ],
)
async def test_single_values(
    object_: str, value: int | bytes, name: str, expected: float | str | None
) -> None:
    """Dates that are none, signs, enumerations that begin with 0."""
    agent = new_agent()
    kind = Kind.OCTETS if isinstance(value, bytes) else Kind.INTEGER
    agent.tree[f"{D}.{object_}"] = Object(kind, value)
    async with opened(agent) as unit:
        assert (await unit.driver.read()).variables.get(name) == expected


async def test_no_probe() -> None:
    """0 °C with 0 %: what is said of its contacts means nothing."""
    async with opened(new_agent(probe=False)) as unit:
        variables = (await unit.driver.read()).variables
        assert not any(name.startswith("ambient") for name in variables)
        assert not any(name.startswith("ambient") for name in unit.driver.settings)


# status


@pytest.mark.parametrize(
    ("change", "flags"),
    [
        ({}, {ON_LINE}),
        ({"mains": False, "charge": 60.0}, {ON_BATTERY, DISCHARGING}),
        ({"mains": False, "charge": 10.0}, {ON_BATTERY, DISCHARGING, LOW}),
        ({"mains": False, "charge": 3.0}, {ON_BATTERY, DISCHARGING, LOW}),
        ({"bypass": True}, {BYPASS}),
        ({"mains_voltage": 195.0}, {ON_LINE, StatusFlag.BOOSTING}),
        ({"mains_voltage": 262.0}, {ON_LINE, StatusFlag.TRIMMING}),
        ({"output": Output.STAYING}, {OFF}),
    ],
)
@VERSIONS
async def test_states(version: str, change: dict[str, Any], flags: set[StatusFlag]) -> None:
    """The output source decides, battery and alarms add."""
    agent = new_agent()
    async with opened(agent, version=version) as unit:
        for name, value in change.items():
            setattr(agent.power, name, value)
        agent.power.settle()
        before = unit.wire.requests
        status = await unit.driver.read_status()
        assert unit.wire.requests <= before + 2
        assert status.flags == flags
        assert status.flags <= unit.driver.flags
        assert status.input_present == change.get("mains", True)


@pytest.mark.parametrize(("source", "flags"), [(5, {BYPASS}), (6, {ON_LINE}), (7, {OFF})])
async def test_other_sources(source: int, flags: set[StatusFlag]) -> None:
    """Manual bypass, none; "other" leaves it to the time on battery."""
    agent = new_agent()
    agent.source = source
    async with opened(agent) as unit:
        assert (await unit.driver.read_status()).flags == flags


async def test_other_source_on_battery() -> None:
    """Two seconds on battery."""
    agent = new_agent()
    agent.source = 6
    agent.tree[f"{D}.9.2.0"] = Object(Kind.INTEGER, 0)
    async with opened(agent) as unit:
        agent.mains(False)
        agent.clock.advance(2)
        assert (await unit.driver.read_status()).flags == {ON_BATTERY, DISCHARGING}


ALARM_FLAGS = {
    # of alarms that tell a flag; 2, 6, 21, 25 also speak of the power, which 5.1 decides
    2: set(),
    3: {LOW},
    6: set(),
    9: {TESTING},
    12: {StatusFlag.OVERLOADED},
    21: set(),
    24: {StatusFlag.ECO},
    25: set(),
}


@pytest.mark.parametrize("number", range(2, 29))
async def test_alarms(number: int) -> None:
    """Each alarm is a flag or a text, beside a normal output."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.alarms = {number}
        status = await unit.driver.read_status()
        assert status.flags == {ON_LINE} | ALARM_FLAGS.get(number, set())
        assert len(status.alarms) == (0 if number in ALARM_FLAGS else 1)


async def test_texts_of_alarms() -> None:
    """Some by their numbers; the severe ones are critical."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.alarms = {4, 5, 8, 23, 27}
        agent.contacts[3] = 1
        agent.environment["10.3"] = 20
        snapshot = await unit.driver.read()
        assert {(alarm.text, alarm.severity) for alarm in snapshot.status.alarms} == {
            ("Load above its warning level", Severity.WARNING),
            ("Load above its severe level", Severity.CRITICAL),
            ("Battery ground fault", Severity.CRITICAL),
            ("Fan failed", Severity.CRITICAL),
            ("Emergency power off", Severity.CRITICAL),
            ("Environment contact 3 not in its normal state", Severity.WARNING),
            ("Environment too warm", Severity.WARNING),
        }
        assert snapshot.variables["ambient.contacts.3.status"] == "active"
        assert snapshot.variables["ambient.temperature.status"] == "warning-high"


async def test_replace_and_charging() -> None:
    """Condition 2 of the battery, charge 1."""
    agent = new_agent()
    agent.condition, agent.charging = 2, 1
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {
            ON_LINE,
            StatusFlag.REPLACE_BATTERY,
            StatusFlag.CHARGING,
        }
        assert snapshot.variables["battery.status"] == "replace"


async def test_the_card_has_lost_its_ups() -> None:
    """dupsAlarmDisconnect: what the card says is old."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.alarms = {1}
        with pytest.raises(UpsGone, match="lost its UPS"):
            await unit.driver.read_status()
        agent.alarms = set()
        assert (await unit.driver.read_status()).flags == {ON_LINE}


@pytest.mark.parametrize(
    ("test", "number", "seconds"),
    [
        ("test.battery.start", 2, 20),
        ("test.battery.start.quick", 3, 10),
        ("test.battery.start.deep", 4, None),
        ("test.system.start", 1, 10),
    ],
)
async def test_tests(test: str, number: int, seconds: float | None) -> None:
    """Which number each writes; on battery meanwhile, which is no loss of mains."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run(test)
        assert agent.writes == [("8.1", number)]
        status = await unit.driver.read_status()
        assert status.flags == {ON_BATTERY, DISCHARGING, TESTING}
        assert status.mains is True
        if seconds is None:
            await unit.driver.run("test.battery.stop")
            assert agent.writes[-1] == ("8.1", 0)
        else:
            agent.test_detail = "all cells good"
            agent.clock.advance(seconds + 1)
            variables = (await unit.driver.read()).variables
            assert variables["ups.test.result"] == "Done and passed: all cells good"
        assert (await unit.driver.read_status()).flags == {ON_LINE}


# commands


@pytest.mark.parametrize(
    ("command", "parameters", "writes"),
    [
        ("shutdown.stayoff", {}, [("2.1", 1), ("2.2", 2), ("2.3", 20)]),
        ("shutdown.stayoff", {"delay": 90}, [("2.1", 1), ("2.2", 2), ("2.3", 90)]),
        # with mains there the restart is ordered as well: 30 s are a minute, 100 s are two
        ("shutdown.return", {}, [("2.1", 1), ("2.2", 1), ("2.3", 20), ("2.4", 1)]),
        ("shutdown.return", {"delay": 90}, [("2.1", 1), ("2.2", 1), ("2.3", 90), ("2.4", 2)]),
        # 0 would call it off
        ("load.off", {}, [("2.1", 1), ("2.2", 2), ("2.3", 1)]),
        ("shutdown.stop", {}, [("2.3", 0)]),
        ("load.on", {}, [("2.4", 0)]),
        ("load.on", {"delay": 120}, [("2.4", 2)]),
        ("outlet.2.load.off", {}, [("2.5", 2), ("2.6", 0)]),
        ("outlet.1.load.off", {"delay": 30}, [("2.5", 1), ("2.6", 30)]),
        ("outlet.2.load.on", {"delay": 7}, [("2.5", 2), ("2.7", 7)]),
        ("beeper.mute", {}, [("3.1", 2)]),
        ("beeper.enable", {}, [("3.2", 1)]),
        ("beeper.disable", {}, [("3.2", 2)]),
    ],
)
async def test_commands(
    command: str, parameters: dict[str, float], writes: list[tuple[str, object]]
) -> None:
    """What each writes, each in a SET of its own, in this order."""
    agent = new_agent()
    async with opened(agent) as unit:
        outcome = await unit.driver.run(command, **parameters)
        assert agent.writes == writes
        sets = [seen.oids for seen in agent.seen if seen.type == "set"]
        assert sets == [(oid(f"{D}.{where}.0"),) for where, _ in writes]
        assert len(outcome.requests) == len(writes)


async def test_shutdown_return_on_battery() -> None:
    """Without mains dupsAutoReboot promises the return: nothing more is written."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.mains(False)
        await unit.driver.read_status()
        await unit.driver.run("shutdown.return", delay=5)
        assert agent.writes == [("2.1", 1), ("2.2", 1), ("2.3", 5)]
        agent.clock.advance(6)
        assert OFF in (await unit.driver.read_status()).flags
        agent.mains(True)
        agent.clock.advance(30)
        assert (await unit.driver.read_status()).flags == {ON_LINE}


async def test_shutdown_return_on_mains() -> None:
    """The output is off between the delay and the next whole minute."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run("shutdown.return")
        agent.clock.advance(21)
        assert (await unit.driver.read_status()).flags == {OFF}
        agent.clock.advance(40)
        assert (await unit.driver.read_status()).flags == {ON_LINE}


async def test_a_card_that_cannot_promise_the_return() -> None:
    """Rather than a load that stays off, a refusal."""
    agent = new_agent()
    del agent.tree[f"{D}.2.4.0"]
    async with opened(agent) as unit:
        with pytest.raises(Unsupported, match="comes back"):
            await unit.driver.run("shutdown.return")
        assert agent.writes == []


async def test_shutdown_is_called_off() -> None:
    """The countdown stops; nothing goes off."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run("shutdown.stayoff")
        await unit.driver.run("shutdown.stop")
        agent.clock.advance(60)
        assert (await unit.driver.read_status()).flags == {ON_LINE}


async def test_outlets() -> None:
    """As many as dupsOutletRelays says; the one that was chosen is the one that is switched."""
    agent = new_agent(relays=3)
    async with opened(agent) as unit:
        driver = unit.driver
        assert [part.index for part in driver.parts if part.kind is PartKind.OUTLET] == [1, 2, 3]
        assert "outlet.4.load.off" not in driver.commands
        await driver.run("outlet.3.load.off")
        await driver.run("outlet.1.load.off")
        await driver.run("outlet.3.load.on")
        agent.advance()
        assert agent.relays == {1: False, 2: True, 3: True}


async def test_nothing_is_switched_when_the_choice_is_refused() -> None:
    """The second SET would hit the relay that was chosen before."""
    agent = new_agent()
    check = agent.tree[f"{D}.2.5.0"].check
    async with opened(agent) as unit:
        agent.relays.pop(2)
        assert check is not None
        with pytest.raises(Rejected):
            await unit.driver.run("outlet.2.load.off")
        agent.advance()
        assert agent.writes == []
        assert agent.relays == {1: True}


async def test_no_relays() -> None:
    """0 is none."""
    async with opened(new_agent(relays=0)) as unit:
        assert not any(name.startswith("outlet") for name in unit.driver.commands)
        assert not any(part.kind is PartKind.OUTLET for part in unit.driver.parts)


async def test_beeper() -> None:
    """Disabled, silenced for the present alarm, enabled."""
    agent = new_agent()
    async with opened(agent) as unit:
        for command, status in (
            ("beeper.mute", "muted"),
            ("beeper.disable", "disabled"),
            ("beeper.enable", "muted"),
        ):
            await unit.driver.run(command)
            assert (await unit.driver.read()).variables["ups.beeper.status"] == status


# settings


@pytest.mark.parametrize(
    ("name", "value", "write"),
    [
        ("ups.id", "rack 7", ("1.5", b"rack 7")),
        ("input.sensitivity", "reduced", ("3.3", 1)),
        ("input.transfer.low", 170, ("3.4", 170)),
        ("input.transfer.high", 270, ("3.5", 270)),
        ("ups.delay.start", 45, ("3.7", 45)),
        ("battery.packs.external", 3, ("3.8", 3)),
        ("ambient.temperature.high", 35, ("10.3", 35)),
        ("ambient.humidity.high", 70, ("10.4", 70)),
        ("ambient.contacts.1.config", "normally closed", ("10.5", 1)),
        ("ambient.contacts.4.config", "normally closed", ("10.8", 1)),
    ],
)
async def test_settings(name: str, value: Any, write: tuple[str, object]) -> None:
    """Where each is written, and that it says so afterwards; not again when it says so already."""
    await check_setting(new_agent(), name, value, write)


@pytest.mark.parametrize(
    ("name", "value"),
    # 1.14 to 1.13 is 160 to 200, 1.16 to 1.15 is 250 to 280
    [
        ("input.transfer.low", 201),
        ("input.transfer.high", 249),
        ("input.sensitivity", "high"),
        ("ups.delay.shutdown", 0),
    ],
)
async def test_impossible_settings(name: str, value: Any) -> None:
    """They are refused before anything is written."""
    await check_refusal(new_agent(), name, value)


async def test_the_shutdown_delay_is_kept_here() -> None:
    """It goes with the command; nothing is written before."""
    agent = new_agent()
    async with opened(agent) as unit:
        assert await unit.driver.write("ups.delay.shutdown", 45) == 45
        assert agent.writes == []
        assert (await unit.driver.read()).variables["ups.delay.shutdown"] == 45
        await unit.driver.run("shutdown.stayoff")
        assert agent.writes[-1] == ("2.3", 45)


def test_names_and_dangers() -> None:
    """Every name is a standard one; what cuts power says so."""
    check_names(mib, phase=1, outlet=1)
    for order in mib.orders:
        name = order.command.name
        cuts = name.endswith("load.off") or name in {"shutdown.return", "shutdown.stayoff"}
        assert (order.command.danger is Danger.CUTS_POWER) == cuts


# traps


@pytest.mark.parametrize(
    ("trap", "pushes"),
    [
        (f"{D}.20.0.3", [Event("on_battery"), Reread(Tier.STATUS)]),
        (f"{D}.20.4", [Event("power_restored"), Reread(Tier.STATUS)]),
        (f"{D}.20.0.18", [Event("test_failed"), Reread(Tier.STATUS)]),
        (f"{D}.20.0.41", [Event("contact_fault"), Reread(Tier.STATUS)]),
        (f"{D}.20.0.53", [Event("battery_replaced"), Reread(Tier.STATUS)]),
        (f"{D}.20.0.54", [Reread(Tier.STATUS)]),
    ],
)
async def test_traps(trap: str, pushes: list[Push]) -> None:
    """A trap is an event and a reason to read."""
    async with opened(new_agent()) as unit:
        assert unit.told_by(trap) == pushes


async def test_traps_of_the_simulator() -> None:
    """An outage with an empty battery and a test: the events in their order."""
    agent = new_agent()
    async with opened(agent) as unit:
        heard = unit.hear()
        agent.mains(False)
        agent.power.charge = 10
        agent.advance()
        agent.mains(True)
        agent.power.charge = 90
        await unit.driver.run("test.battery.start.quick")
        agent.advance()
        agent.clock.advance(11)
        agent.advance()
        assert event_names(heard) == [
            "on_battery",
            "low_battery",
            "power_restored",
            "low_battery_cleared",
            "test_started",
            "test_completed",
        ]
