"""The RFC 1628 driver on simulated agents: values, status, commands, settings, traps."""

from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from .snmp import VERSIONS, check_names, check_refusal, check_variables, learned, opened
from custom_components.ups_protocols.ups.errors import (
    Busy,
    NotThisUps,
    Rejected,
    Unsupported,
    UpsGone,
)
from custom_components.ups_protocols.ups.links.base import Trap
from custom_components.ups_protocols.ups.mibs.rfc1628 import mib
from custom_components.ups_protocols.ups.mibs.status import judge
from custom_components.ups_protocols.ups.model import (
    Danger,
    Event,
    Push,
    Reread,
    Result,
    SettingKind,
    StatusFlag,
    Tier,
)
from tests.simulators.clock import Clock
from tests.simulators.snmp import Kind, Object, Rfc1628Agent, oid

pytestmark = pytest.mark.usefixtures("loopback")

ON_LINE, ON_BATTERY = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY
R = "1.3.6.1.2.1.33.1"


def new_agent(**options: Any) -> Rfc1628Agent:
    """Return an agent whose clock a test moves."""
    return Rfc1628Agent(clock=Clock.stopped(), **options)


# values


@VERSIONS
async def test_values(version: str) -> None:
    """Every object is a value in its unit: worked out by hand from the simulator's state."""
    async with opened(new_agent(), version=version) as unit:
        snapshot = await unit.driver.read()
        assert unit.identity.manufacturer == "Simulated Power"
        assert unit.identity.model == "Simulated 1000"
        assert unit.identity.firmware == "1.2.3"
        assert snapshot.variables == {
            "device.contact": "admin",
            "device.description": "Simulated SNMP card",
            "device.location": "rack 1",
            "device.mfr": "Simulated Power",
            "device.model": "Simulated 1000",
            "ups.firmware": "1.2.3",
            "ups.firmware.aux": "card 4.5",
            # the UPS's own name counts, not that of the card
            "ups.id": "rack ups",
            "ups.load": 30,
            "ups.power.nominal": 1000,
            "ups.realpower": 300,
            "ups.realpower.nominal": 900,
            "ups.beeper.status": "enabled",
            "ups.start.auto": "yes",
            "ups.test.result": "No test initiated",
            "ups.delay.shutdown": 20,
            "ups.delay.reboot": 10,
            "battery.charge": 100,
            "battery.current": 0,
            # 33 minutes
            "battery.runtime": 1980,
            "battery.runtime.elapsed": 0,
            "battery.runtime.low": 300,
            "battery.temperature": 25,
            "battery.voltage": 54.6,
            "input.current": 1.3,
            "input.frequency": 50,
            "input.frequency.nominal": 50,
            "input.phases": 1,
            "input.quality": 3,
            "input.realpower": 300,
            "input.transfer.high": 264,
            "input.transfer.low": 184,
            "input.voltage": 230,
            "input.voltage.nominal": 230,
            "input.bypass.current": 0,
            "input.bypass.frequency": 50,
            "input.bypass.phases": 1,
            "input.bypass.realpower": 0,
            "input.bypass.voltage": 230,
            "output.current": 1.3,
            "output.frequency": 50,
            "output.frequency.nominal": 50,
            "output.phases": 1,
            "output.voltage": 230,
            "output.voltage.nominal": 230,
        }
        assert not snapshot.left_out
        assert snapshot.status.flags == {ON_LINE}


async def test_three_phases() -> None:
    """Each phase by its name; W are added up, of the load the largest counts."""
    async with opened(new_agent(phases=3)) as unit:
        variables = (await unit.driver.read()).variables
        assert [variables[f"input.L{phase}-N.voltage"] for phase in (1, 2, 3)] == [230] * 3
        assert [variables[f"output.L{phase}.realpower"] for phase in (1, 2, 3)] == [100] * 3
        assert variables["ups.realpower"] == 300
        assert variables["ups.load"] == 30
        assert variables["input.frequency"] == 50
        assert "input.voltage" not in variables
        assert len(unit.driver.parts) == 3


@VERSIONS
async def test_packets(version: str) -> None:
    """One packet tells the status, three at most everything of a one-phase unit."""
    async with opened(new_agent(), version=version) as unit:
        for most in (3, 3, 3):
            before = unit.wire.requests
            await unit.driver.read()
            assert unit.wire.requests - before <= most
        before = unit.wire.requests
        await unit.driver.read_status()
        assert unit.wire.requests - before == 1


# agents that deviate


async def test_volts_in_tenths() -> None:
    """Decided once: a sag must not flip the scale."""
    agent = new_agent(quirks=frozenset({"tenths", "nulls"}))
    async with opened(agent) as unit:
        assert (await unit.driver.read()).variables["input.voltage"] == 230
        agent.power.mains_voltage = 80
        assert (await unit.driver.read()).variables["input.voltage"] == 80


@pytest.mark.parametrize("counts", [frozenset(), frozenset({"no_counts"})])
async def test_rows_of_phases_that_are_not_there(counts: frozenset[str]) -> None:
    """Three rows on a single-phase unit, two of zeros; currents of -1 are not measured."""
    agent = new_agent(quirks=frozenset({"filled", "unmeasured"}) | counts)
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["input.voltage"] == 230
        assert not any(
            ".L" in name or "current" in name for name in variables if "batt" not in name
        )


async def test_three_phases_without_mains_and_counts() -> None:
    """A table of zeros has as many phases as the others."""
    agent = new_agent(phases=3, quirks=frozenset({"no_counts"}))
    agent.mains(False)
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["input.L3-N.voltage"] == 0
        assert variables["output.L3-N.voltage"] == 230


async def test_the_serial_in_the_name() -> None:
    """ConnectUPS cards put it there."""
    agent = new_agent()
    agent.name = "ID: GG435A0270 , Msg: rack 3"
    async with opened(agent) as unit:
        assert unit.identity.serial == "GG435A0270"
        assert (await unit.driver.read()).variables["device.serial"] == "GG435A0270"
        # what is written there would be the serial number's end
        assert "ups.id" not in unit.driver.settings


async def test_implausible_values_are_left_out() -> None:
    """They are noted; an output of -29733682 V was seen (UPSonic)."""
    agent = new_agent()
    agent.tree[f"{R}.4.4.1.2.1"] = Object(Kind.INTEGER, -29733682)
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert "output.voltage" not in snapshot.variables
        assert snapshot.left_out == {"output.voltage": -29733682}


@pytest.mark.parametrize("kind", [Kind.OCTETS, Kind.GAUGE, Kind.COUNTER, Kind.TICKS])
async def test_numbers_of_other_types(kind: Kind) -> None:
    """Numbers may come in any numeric type, and as digits."""
    agent = new_agent()
    async with opened(agent) as unit:
        right = await unit.driver.read()
        agent.faults.types = kind
        assert (await unit.driver.read()) == right


# status


@pytest.mark.parametrize(
    ("change", "flags"),
    [
        ({}, {ON_LINE}),
        ({"mains": False}, {ON_BATTERY}),
        ({"mains": False, "charge": 10.0}, {ON_BATTERY, StatusFlag.LOW_BATTERY}),
        ({"bypass": True}, {StatusFlag.BYPASS}),
        ({"mains_voltage": 195.0}, {ON_LINE, StatusFlag.BOOSTING}),
        ({"mains_voltage": 262.0}, {ON_LINE, StatusFlag.TRIMMING}),
    ],
)
@VERSIONS
async def test_states(version: str, change: dict[str, Any], flags: set[StatusFlag]) -> None:
    """upsOutputSource, upsBatteryStatus and the alarms make the status."""
    agent = new_agent()
    async with opened(agent, version=version) as unit:
        for name, value in change.items():
            setattr(agent.power, name, value)
        agent.power.settle()
        status = await unit.driver.read_status()
        assert status.flags == flags
        assert status.flags <= unit.driver.flags
        assert status.mains is (None if StatusFlag.BYPASS in flags else ON_LINE in flags)


async def test_alarms() -> None:
    """Flags and texts by the table; a maker's own is told as it stands; one row twice is one."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.replace_battery = agent.overloaded = agent.power.failed = True
        agent.own_alarms = {oid("E.99999.7.1")}
        status = await unit.driver.read_status()
        assert status.flags == {ON_LINE, StatusFlag.REPLACE_BATTERY, StatusFlag.OVERLOADED}
        assert [alarm.text for alarm in status.alarms] == [
            "General fault",
            "Alarm 1.3.6.1.4.1.99999.7.1",
        ]
        agent.replace_battery = agent.overloaded = agent.power.failed = False
        agent.own_alarms = set()
        assert await unit.driver.read_status() == (await unit.driver.read()).status
        assert (await unit.driver.read_status()).alarms == ()


async def test_alarms_cost_a_walk_only_when_they_change() -> None:
    """Known rows are asked for with the status; one that went while another came is noticed."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.replace_battery = True
        await unit.driver.read_status()
        before = unit.wire.requests
        await unit.driver.read_status()
        assert unit.wire.requests == before + 1
        agent.replace_battery, agent.overloaded = False, True
        status = await unit.driver.read_status()
        assert status.flags == {ON_LINE, StatusFlag.OVERLOADED}


async def test_a_contradiction_is_read_again() -> None:
    """OnBattery among the alarms with a normal output source: the source is believed."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.own_alarms = {oid(f"{R}.6.3.2")}
        before = unit.wire.requests
        assert (await unit.driver.read_status()).flags == {ON_LINE}
        assert unit.wire.requests == before + 3


async def test_a_source_that_says_nothing() -> None:
    """``other``: the alarms decide, then the seconds on battery."""
    agent = new_agent()
    agent.tree[f"{R}.4.1.0"] = Object(Kind.INTEGER, 1)
    async with opened(agent) as unit:
        assert (await unit.driver.read_status()).flags == {ON_LINE}
        agent.mains(False)
        assert (await unit.driver.read_status()).flags == {ON_BATTERY}


async def test_the_card_has_lost_its_ups() -> None:
    """Old values make no status."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.contact_lost = True
        with pytest.raises(UpsGone, match="lost its UPS"):
            await unit.driver.read_status()
        with pytest.raises(UpsGone):
            await unit.driver.read()
        agent.contact_lost = False
        assert (await unit.driver.read_status()).flags == {ON_LINE}


async def test_the_card_says_nothing_of_the_ups() -> None:
    """A card that has just started answers without any object of the UPS."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.tree.remove(R)
        with pytest.raises(UpsGone):
            await unit.driver.read_status()


async def test_a_test_and_a_calibration() -> None:
    """A battery test is TEST, a deep one CAL; neither is a loss of mains."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run("test.battery.start.quick")
        status = await unit.driver.read_status()
        assert status.flags == {ON_BATTERY, StatusFlag.TESTING}
        assert status.mains is True
        agent.clock.advance(11)
        assert (await unit.driver.read()).variables["ups.test.result"] == "Done and passed"
        await unit.driver.run("test.battery.start.deep")
        assert (await unit.driver.read_status()).flags == {ON_BATTERY, StatusFlag.CALIBRATING}
        await unit.driver.run("test.battery.stop")
        assert (await unit.driver.read_status()).flags == {ON_LINE}


# a restart


async def test_a_restart_is_seen() -> None:
    """Its up-time went back: instances are found again, and it must be the same unit."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.clock.advance(1000)
        await unit.driver.read()
        agent.restart()
        agent.phases = 3
        for line in (1, 2, 3):
            agent._build_line(line)
        for where in ("3.2.0", "4.3.0", "5.2.0"):
            agent.tree[f"{R}.{where}"].get = 3
        await unit.driver.read_status()
        assert (await unit.driver.read()).variables["output.L3-N.voltage"] == 230
        agent.restart()
        agent.clock.advance(5)
        await unit.driver.read_status()
        agent.restart()
        agent.model = "Another"
        await unit.driver.read_status()
        with pytest.raises(NotThisUps):
            await unit.driver.read()


async def test_a_card_that_is_still_starting() -> None:
    """It answers, has just restarted, and has nothing of its UPS yet: that is no status."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.clock.advance(1000)
        await unit.driver.read()
        agent.restart()
        agent.tree.remove(R)
        for _ in range(2):
            with pytest.raises(UpsGone):
                await unit.driver.read()
            with pytest.raises(UpsGone):
                await unit.driver.read_status()


# commands


@VERSIONS
async def test_test_with_the_spin_lock(version: str) -> None:
    """The lock that was just read goes with the test in one SET, before it."""
    agent = new_agent()
    async with opened(agent, version=version) as unit:
        outcome = await unit.driver.run("test.battery.start.quick")
        assert outcome.result is Result.CONFIRMED
        assert agent.writes == [
            ("upsTestSpinLock", 1000),
            ("upsTestId", oid(f"{R}.7.7.4")),
        ]
        with pytest.raises(Busy):
            await unit.driver.run("test.system.start")


async def test_somebody_else_takes_the_lock() -> None:
    """The lock is read again, once."""
    agent = new_agent()
    async with opened(agent) as unit:
        check = agent.tree[f"{R}.7.2.0"].check
        assert check is not None
        tries: list[Any] = []

        def racing(value: Any) -> None:
            if not tries:
                tries.append(value)
                agent.lock += 1
            check(value)

        agent.tree[f"{R}.7.2.0"].check = racing
        await unit.driver.run("test.battery.start.quick")
        assert tries == [1000]
        assert agent.power.testing


async def test_a_card_without_a_lock() -> None:
    """Where the lock cannot be written the test is written alone."""
    agent = new_agent()
    agent.tree[f"{R}.7.2.0"].put = lambda value: None
    agent.tree[f"{R}.7.2.0"].kind = Kind.GAUGE
    agent.tree[f"{R}.7.2.0"].check = None
    async with opened(agent) as unit:
        await unit.driver.run("test.battery.start.quick")
        assert agent.power.testing


ON_MAINS = [
    ("load.off", {}, [("upsShutdownType", 1), ("upsAutoRestart", 2), ("upsShutdownAfterDelay", 0)]),
    (
        "shutdown.stayoff",
        {"delay": 60},
        [("upsShutdownType", 1), ("upsAutoRestart", 2), ("upsShutdownAfterDelay", 60)],
    ),
    (
        "shutdown.return",
        {},
        [
            ("upsShutdownType", 1),
            ("upsAutoRestart", 1),
            ("upsShutdownAfterDelay", 20),
            ("upsStartupAfterDelay", 30),
        ],
    ),
    ("shutdown.reboot", {}, [("upsShutdownType", 1), ("upsRebootWithDuration", 10)]),
    ("load.on", {}, [("upsStartupAfterDelay", 0)]),
    ("shutdown.stop", {}, [("upsShutdownAfterDelay", -1), ("upsStartupAfterDelay", -1)]),
    ("beeper.disable", {}, [("upsConfigAudibleStatus", 1)]),
    ("beeper.enable", {}, [("upsConfigAudibleStatus", 2)]),
    ("beeper.mute", {}, [("upsConfigAudibleStatus", 3)]),
]


@pytest.mark.parametrize(("command", "parameters", "writes"), ON_MAINS)
async def test_commands(
    command: str, parameters: dict[str, float], writes: list[tuple[str, object]]
) -> None:
    """What each command writes, in its order."""
    agent = new_agent()
    async with opened(agent) as unit:
        outcome = await unit.driver.run(command, **parameters)
        assert agent.writes == writes
        assert outcome.result is Result.CONFIRMED
        assert len(outcome.requests) == len(writes)


async def test_shutdown_return_comes_back() -> None:
    """With mains there, and without."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run("shutdown.return")
        assert (await unit.driver.read()).variables["ups.timer.shutdown"] == 20
        agent.clock.advance(21)
        assert (await unit.driver.read_status()).flags == {StatusFlag.OFF}
        agent.clock.advance(15)
        assert (await unit.driver.read_status()).flags == {ON_LINE}
        agent.mains(False)
        await unit.driver.read_status()
        await unit.driver.run("shutdown.return", delay=5)
        assert agent.writes[-1] == ("upsShutdownAfterDelay", 5)
        agent.clock.advance(6)
        assert (await unit.driver.read_status()).flags == {StatusFlag.OFF}
        agent.mains(True)
        agent.clock.advance(30)
        assert (await unit.driver.read_status()).flags == {ON_LINE}


async def test_a_card_that_cannot_promise_the_return() -> None:
    """Rather than a load that stays off, a refusal."""
    agent = new_agent()
    del agent.tree[f"{R}.8.3.0"]
    async with opened(agent) as unit:
        with pytest.raises(Unsupported, match="comes back"):
            await unit.driver.run("shutdown.return")
        assert agent.writes == []


async def test_refused_commands() -> None:
    """A community that may not write; a parameter or command that is none."""
    agent = new_agent()
    async with opened(agent, community="public") as unit:
        with pytest.raises(Rejected, match="refuses"):
            await unit.driver.run("beeper.mute")
        with pytest.raises(Unsupported):
            await unit.driver.run("beeper.toggle")
        with pytest.raises(Unsupported):
            await unit.driver.run("beeper.mute", delay=1)
        with pytest.raises(Unsupported):
            await unit.driver.run("shutdown.stayoff", delay=-5)


async def test_only_what_the_agent_has_is_offered() -> None:
    """A card without control objects has no commands."""
    agent = new_agent()
    agent.tree.remove(f"{R}.7", f"{R}.8", f"{R}.9")
    async with opened(agent) as unit:
        assert not unit.driver.commands
        assert set(unit.driver.settings) == {"ups.id"}


def test_names_and_dangers() -> None:
    """Every name is a standard one; what cuts power says so."""
    check_names(mib, phase=1)
    for order in mib.orders:
        cuts = order.command.name in {
            "load.off",
            "shutdown.return",
            "shutdown.stayoff",
            "shutdown.reboot",
        }
        assert (order.command.danger is Danger.CUTS_POWER) == cuts


# settings


async def test_settings() -> None:
    """Written when they differ, read back, in the unit of the variable."""
    agent = new_agent()
    async with opened(agent) as unit:
        driver = unit.driver
        assert await driver.write("input.transfer.low", 190) == 190
        # the agent rounds 4 minutes up to 5, and has 5 already
        with pytest.raises(Rejected, match="did not change"):
            await driver.write("battery.runtime.low", 240)
        assert await driver.write("battery.runtime.low", 400) == 480
        assert await driver.write("ups.start.auto", "no") == "no"
        assert await driver.write("ups.id", "new name") == "new name"
        assert [name for name, _ in agent.writes] == [
            "upsConfigLowVoltageTransferPoint",
            "upsConfigLowBattTime",
            "upsConfigLowBattTime",
            "upsAutoRestart",
            "upsIdentName",
        ]
        before = len(agent.writes)
        assert await driver.write("input.transfer.low", 190) == 190
        assert len(agent.writes) == before
        variables = (await driver.read()).variables
        assert variables["input.transfer.low"] == 190
        assert variables["ups.id"] == "new name"


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("input.transfer.low", 5000, Unsupported),
        ("input.transfer.low", "much", Unsupported),
        ("input.transfer.low", 100, Rejected),
        ("input.voltage.nominal", 110, Rejected),
        ("ups.start.auto", "perhaps", Unsupported),
        ("ups.id", "x" * 64, Unsupported),
        ("battery.charge", 5, Unsupported),
        ("ups.delay.shutdown", -1, Unsupported),
    ],
)
async def test_refused_settings(name: str, value: Any, error: type[Exception]) -> None:
    """Impossible values, and those that the card refuses."""
    await check_refusal(new_agent(), name, value, error)


async def test_delays_that_we_keep() -> None:
    """They go with the commands."""
    agent = new_agent()
    async with opened(agent) as unit:
        setting = unit.driver.settings["ups.delay.shutdown"]
        assert setting.host_side
        assert setting.kind is SettingKind.NUMBER
        assert await unit.driver.write("ups.delay.shutdown", 45) == 45
        assert (await unit.driver.read()).variables["ups.delay.shutdown"] == 45
        await unit.driver.run("shutdown.stayoff")
        assert agent.writes[-1] == ("upsShutdownAfterDelay", 45)


# traps


@pytest.mark.parametrize(
    ("trap", "pushes"),
    [
        ("1.3.6.1.2.1.33.2.1", [Reread(Tier.STATUS)]),
        ("1.3.6.1.2.1.33.2.0.1", [Reread(Tier.STATUS)]),
        ("1.3.6.1.2.1.33.2.2", [Event("test_completed"), Reread(Tier.STATUS)]),
        ("1.3.6.1.2.1.33.2.0.3", [Event("alarm_added"), Reread(Tier.STATUS)]),
        ("1.3.6.1.2.1.33.2.4", [Event("alarm_removed"), Reread(Tier.STATUS)]),
        ("1.3.6.1.6.3.1.1.5.1", [Reread(Tier.STATUS)]),
        ("1.3.6.1.6.3.1.1.5.3", []),
        ("1.3.6.1.4.1.99999.0.5", [Reread(Tier.STATUS)]),
    ],
)
async def test_traps(trap: str, pushes: list[Push]) -> None:
    """A trap is an event and a reason to read, never a state."""
    async with opened(new_agent()) as unit:
        heard: list[Push] = []
        stop = unit.driver.on_push(heard.append)
        unit.link.deliver(Trap(oid(trap), {}))
        assert heard == pushes
        stop()
        unit.link.deliver(Trap(oid(trap), {}))
        assert heard == pushes


# whatever an agent says


_OBJECTS = [
    (*oid(f"{R}.{row.oid}"), 1 if table.index else 0) for table in mib.tables for row in table.rows
]
_raw = st.dictionaries(
    st.one_of(
        st.sampled_from(_OBJECTS),
        st.integers(1, 40).map(lambda row: oid(f"{R}.6.2.1.2.{row}")),
    ),
    st.one_of(
        st.integers(-(2**31), 2**64),
        st.binary(max_size=40),
        st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=12).map(tuple),
        st.integers(0, 30).map(lambda number: oid(f"{R}.6.3.{number}")),
    ),
)


@given(_raw)
@settings(max_examples=300, deadline=None)
async def test_any_objects(raw: dict[Any, Any]) -> None:
    """Objects of any types make values within their limits and a status, nothing else."""
    reader = await learned(mib, raw)
    check_variables(reader)
    assert mib.judge is not None
    for weigh in (judge, mib.judge):
        flags = weigh(reader.signs()).flags
        assert not {ON_LINE, ON_BATTERY} <= flags
        assert not {ON_LINE, StatusFlag.OFF} <= flags
