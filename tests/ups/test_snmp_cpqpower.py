"""HP's UPS, first PDUs and power distribution rack: values, states, commands, settings, traps."""

from typing import Any

import pytest

from .snmp import VERSIONS, check_names, opened
from custom_components.ups_protocols.ups.errors import Rejected, Unsupported
from custom_components.ups_protocols.ups.links.base import Trap, WriteRefused
from custom_components.ups_protocols.ups.mibs.cpqpower import mib
from custom_components.ups_protocols.ups.mibs.traps import heard
from custom_components.ups_protocols.ups.model import (
    Danger,
    DeviceKind,
    Event,
    PartKind,
    Reread,
    Result,
    SettingKind,
    Severity,
    StatusFlag,
    Tier,
)
from tests.simulators.clock import Clock
from tests.simulators.snmp import CpqPduAgent, CpqPowerAgent, CpqRackAgent, Kind, Object, oid
from tests.simulators.snmp.eaton_environment import Contact, Emp

pytestmark = pytest.mark.usefixtures("loopback")

ON_LINE, ON_BATTERY = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY
H = "E.232.165"


def new_agent(**options: Any) -> CpqPowerAgent:
    """Return an agent whose clock a test moves."""
    return CpqPowerAgent(clock=Clock.stopped(), **options)


# values


@VERSIONS
async def test_values(version: str) -> None:
    """Every object is a value in its unit; raw objects stand behind those with a scale."""
    async with opened(new_agent(), version=version) as unit:
        assert unit.driver.mibs == ("cpqpower", "system")
        identity = unit.identity
        assert identity.kind is DeviceKind.UPS
        assert (identity.manufacturer, identity.model) == ("HP", "R/T3000")
        # that of the card: the UPS does not tell its own
        assert (identity.serial, identity.firmware) == ("3C813F0042", "INV: 1.10")
        snapshot = await unit.driver.read()
        assert snapshot.variables == {
            "battery.charge": 100,
            "battery.charger.status": "resting",  # 4
            "battery.current": 0,
            "battery.runtime": 2000,  # seconds
            "battery.voltage": 55,  # volts: no unit in the MIB (card)
            "device.contact": "admin",
            "device.description": "Simulated SNMP card",
            "device.location": "rack 1",
            "device.macaddr": "00:20:85:FB:12:34",
            "device.mfr": "HP",
            "device.model": "R/T3000",
            "device.part": "AF465A",
            "device.serial": "3C813F0042",
            "input.bypass.frequency": 50,  # 500
            "input.bypass.phases": 1,
            "input.bypass.voltage": 230,
            "input.current": 1,
            "input.eco.switchable": "standard",  # upsTopoPowerStrategy 2
            "input.frequency": 50,
            "input.phases": 1,
            "input.quality": 7,
            "input.realpower": 300,
            "input.source": "primary utility",
            "input.voltage": 230,
            "input.voltage.nominal": 230,
            # delay.shutdown is -1: never
            "outlet.1.delay.start": 0,
            "outlet.1.status": "on",
            "outlet.2.delay.start": 0,
            "outlet.2.status": "on",
            "outlet.count": 2,
            "output.current": 1,
            "output.frequency": 50,
            "output.frequency.nominal": 50,
            "output.phases": 1,
            "output.voltage": 230,
            "output.voltage.high": 253,
            "output.voltage.low": 207,
            "output.voltage.nominal": 230,
            "ups.date": "2024-03-15",
            "ups.time": "12:34:56",
            "ups.delay.shutdown": 20,
            "ups.firmware": "INV: 1.10",
            "ups.firmware.aux": "1.03",
            "ups.humidity": 38,
            "ups.id": "rack ups",
            "ups.load": 30,
            "ups.realpower": 300,
            "ups.realpower.nominal": 2700,
            "ups.temperature": 25,
            "ups.temperature.high": 40,
            "ups.temperature.low": 0,
            "ups.test.result": "Unknown",
            "ups.type": "line-interactive",  # 0x21
        }
        assert not snapshot.left_out
        assert snapshot.status.flags == {ON_LINE}
        assert {(part.kind, part.index) for part in unit.driver.parts} == {
            (PartKind.OUTLET, 1),
            (PartKind.OUTLET, 2),
        }


async def test_the_model_with_part_and_serial() -> None:
    """Older cards put them there; those of the card are not the UPS's."""
    async with opened(new_agent(quirks=frozenset({"alone", "joined"}))) as unit:
        assert unit.identity.model == "HP R5500 XR"
        assert unit.identity.serial == "B00123456W"
        variables = (await unit.driver.read()).variables
        assert variables["device.part"] == "204451-B21"


async def test_three_phases() -> None:
    """Each phase by its name, W added up."""
    async with opened(new_agent(phases=3)) as unit:
        variables = (await unit.driver.read()).variables
        assert [variables[f"input.L{phase}-N.voltage"] for phase in (1, 2, 3)] == [230] * 3
        assert [variables[f"output.L{phase}.realpower"] for phase in (1, 2, 3)] == [100] * 3
        assert variables["input.bypass.L3-N.voltage"] == 230
        assert variables["ups.realpower"] == variables["input.realpower"] == 300
        assert "output.voltage" not in variables


async def test_signs_and_nothing() -> None:
    """-1 A charges; 0 °C with 0 % is no measurement, 0 °C alone is one."""
    agent = new_agent()
    agent.power.charge = 80.0
    async with opened(agent) as unit:
        agent.ambient[0] = 0
        variables = (await unit.driver.read()).variables
        assert variables["battery.current"] == -1
        assert variables["battery.charger.status"] == "charging"
        assert variables["ups.temperature"] == 0
        agent.ambient[0] = -5
        agent.ambient[3] = 0
        variables = (await unit.driver.read()).variables
        assert variables["ups.temperature"] == -5
        assert "ups.humidity" not in variables
        agent.ambient[0] = 0
        assert "ups.temperature" not in (await unit.driver.read()).variables


async def test_a_probe() -> None:
    """Its readings, limits and contacts; one that is not used is none."""
    emp = Emp(contacts=[Contact(), Contact(2, 4, b"Leak"), Contact(4, 1, b"Free")])
    agent = new_agent(emp=emp)
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert {
            name: value for name, value in snapshot.variables.items() if name.startswith("ambient.")
        } == {
            "ambient.temperature": 23,
            "ambient.temperature.low": 5,
            "ambient.temperature.high": 40,
            "ambient.humidity": 41,
            "ambient.humidity.low": 10,
            "ambient.humidity.high": 80,
            "ambient.contacts.1.config": "normal-opened",
            "ambient.contacts.1.name": "Door",
            "ambient.contacts.1.status": "open",
            "ambient.contacts.2.config": "normal-closed",
            "ambient.contacts.2.name": "Leak",
            "ambient.contacts.2.status": "closed",
        }
        assert [alarm.text for alarm in snapshot.status.alarms] == ["Environment: Leak is closed"]
        assert await unit.driver.write("ambient.temperature.high", 35) == 35
        assert emp.limits == [5, 35, 10, 80]
        assert await unit.driver.write("ambient.contacts.1.config", "any-change") == "any-change"
        assert emp.contacts[0].type == 3


# status


@pytest.mark.parametrize(
    ("change", "flags"),
    [
        ({}, {ON_LINE}),
        ({"mains": False}, {ON_BATTERY, StatusFlag.DISCHARGING}),
        # nothing of this MIB tells it, and it is not guessed
        ({"mains": False, "charge": 10.0}, {ON_BATTERY, StatusFlag.DISCHARGING}),
        ({"bypass": True}, {StatusFlag.BYPASS}),
        ({"mains_voltage": 195.0}, {ON_LINE, StatusFlag.BOOSTING}),
        ({"mains_voltage": 262.0}, {ON_LINE, StatusFlag.TRIMMING}),
        ({"charge": 50.0}, {ON_LINE, StatusFlag.CHARGING}),
    ],
)
@VERSIONS
async def test_states(version: str, change: dict[str, Any], flags: set[StatusFlag]) -> None:
    """UpsOutputSource decides, the charger adds."""
    agent = new_agent()
    async with opened(agent, version=version) as unit:
        for name, value in change.items():
            setattr(agent.power, name, value)
        agent.power.settle()
        status = await unit.driver.read_status()
        assert status.flags == flags
        assert status.flags <= unit.driver.flags


@pytest.mark.parametrize(
    ("source", "flags"),
    [
        (2, {StatusFlag.OFF}),
        (8, {ON_LINE}),
        (9, {ON_LINE}),
        (10, {ON_LINE, StatusFlag.ECO}),
    ],
)
async def test_output_sources(source: int, flags: set[StatusFlag]) -> None:
    """Those that the simulated UPS does not come to."""
    agent = new_agent()
    agent.tree[f"{H}.3.4.5.0"] = Object(Kind.INTEGER, source)
    async with opened(agent) as unit:
        assert (await unit.driver.read_status()).flags == flags


async def test_an_output_source_that_says_nothing() -> None:
    """``other``: no source of the input is the battery."""
    agent = new_agent()
    agent.tree[f"{H}.3.4.5.0"] = Object(Kind.INTEGER, 1)
    async with opened(agent) as unit:
        agent.mains(False)
        assert ON_BATTERY in (await unit.driver.read_status()).flags


@pytest.mark.parametrize("quirks", [frozenset[str](), frozenset({"alone", "alarms"})])
async def test_low_and_bad_battery(quirks: frozenset[str]) -> None:
    """They come from RFC 1628 or Eaton's alarms, where the card answers either."""
    agent = new_agent(quirks=quirks)
    wanted = {StatusFlag.LOW_BATTERY, StatusFlag.REPLACE_BATTERY}
    async with opened(agent) as unit:
        assert unit.driver.mibs[0] == "cpqpower"
        assert wanted <= unit.driver.flags
        assert (await unit.driver.read_status()).flags == {ON_LINE}
        agent.replace_battery = True
        agent.mains(False)
        agent.power.charge = 10.0
        status = await unit.driver.read_status()
        assert status.flags == {ON_BATTERY, StatusFlag.DISCHARGING} | wanted


async def test_rfc_1628_fills_gaps() -> None:
    """Its beeper and its other shutdowns, but no value that the better MIB has."""
    async with opened(new_agent(quirks=frozenset())) as unit:
        assert unit.driver.mibs == ("cpqpower", "rfc1628", "system")
        variables = (await unit.driver.read()).variables
        assert variables["ups.beeper.status"] == "enabled"
        # whole volts, not RFC 1628's 54.6
        assert variables["battery.voltage"] == 55
        assert "shutdown.reboot" in unit.driver.commands


@VERSIONS
async def test_packets(version: str) -> None:
    """The status is one packet, once it is known what the card lacks."""
    async with opened(new_agent(), version=version) as unit:
        await unit.driver.read_status()
        before = unit.wire.requests
        await unit.driver.read_status()
        assert unit.wire.requests - before == 1


# commands


@pytest.mark.parametrize(
    ("command", "parameters", "writes"),
    [
        ("load.off", {}, [("upsControlOutputOffDelay", 1)]),
        ("load.off.delay", {"delay": 60}, [("upsControlOutputOffDelay", 60)]),
        ("load.on", {}, [("upsControlOutputOnDelay", 1)]),
        ("load.on.delay", {"delay": 40}, [("upsControlOutputOnDelay", 40)]),
        ("shutdown.reboot", {}, [("upsLoadShedSecsWithRestart", 0)]),
        ("shutdown.stop", {}, [("upsControlOutputOffDelay", 0)]),
        ("shutdown.return", {}, [("upsLoadShedSecsWithRestart", 20)]),
        ("shutdown.return", {"delay": 0}, [("upsLoadShedSecsWithRestart", 0)]),
        ("bypass.start", {}, [("upsControlToBypassDelay", 1)]),
        ("test.battery.start", {}, [("upsTestBattery", 1)]),
        ("outlet.2.load.off", {}, [("upsRecepOffDelaySecs.2", 0)]),
        ("outlet.2.load.off", {"delay": 30}, [("upsRecepOffDelaySecs.2", 30)]),
        ("outlet.1.load.on", {}, [("upsRecepOnDelaySecs.1", 0)]),
        ("outlet.1.load.cycle", {}, [("upsRecepShedSecsWithRestart.1", 0)]),
    ],
)
async def test_commands(
    command: str, parameters: dict[str, float], writes: list[tuple[str, object]]
) -> None:
    """What each command writes."""
    agent = new_agent()
    async with opened(agent) as unit:
        outcome = await unit.driver.run(command, **parameters)
        assert agent.writes == writes
        is_test = command.startswith("test.")
        assert outcome.result is (Result.SENT if is_test else Result.CONFIRMED)


async def test_a_shutdown_that_returns() -> None:
    """Off after the delay, on again when mains is back; it cannot be called off."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.mains(False)
        assert await unit.driver.write("ups.delay.shutdown", 30) == 30
        await unit.driver.run("shutdown.return")
        assert (await unit.driver.read()).variables["ups.timer.shutdown"] == 30
        await unit.driver.run("shutdown.stop")
        agent.clock.advance(31)
        assert (await unit.driver.read_status()).flags == {StatusFlag.OFF}
        agent.mains(True)
        agent.clock.advance(30)
        assert ON_LINE in (await unit.driver.read_status()).flags


async def test_a_shutdown_that_is_called_off() -> None:
    """And its countdown with it."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run("load.off.delay", delay=60)
        assert (await unit.driver.read()).variables["ups.timer.shutdown"] == 60
        await unit.driver.run("shutdown.stop")
        agent.clock.advance(61)
        snapshot = await unit.driver.read()
        assert "ups.timer.shutdown" not in snapshot.variables
        assert snapshot.status.flags == {ON_LINE}


async def test_a_battery_test() -> None:
    """On battery for it, then its result; mains was there all the time."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run("test.battery.start")
        status = await unit.driver.read_status()
        assert status.flags == {ON_BATTERY, StatusFlag.TESTING, StatusFlag.DISCHARGING}
        assert status.mains is True
        agent.clock.advance(11)
        assert (await unit.driver.read()).variables["ups.test.result"] == "Done and passed"
        agent.mains(False)
        agent.power.test_result = agent.power.test_result.NONE
        await unit.driver.run("test.battery.start")
        assert (await unit.driver.read()).variables["ups.test.result"] == "Not possible"


async def test_outlets() -> None:
    """Load segments go off, come back, and count down meanwhile."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run("outlet.1.load.off", delay=10)
        variables = (await unit.driver.read()).variables
        assert variables["outlet.1.status"] == "on"
        assert variables["outlet.1.timer.shutdown"] == 10
        agent.clock.advance(11)
        variables = (await unit.driver.read()).variables
        assert variables["outlet.1.status"] == "off"
        assert variables["outlet.2.status"] == "on"
        assert "outlet.1.timer.shutdown" not in variables
        await unit.driver.run("outlet.1.load.on")
        await unit.driver.run("outlet.2.load.cycle")
        variables = (await unit.driver.read()).variables
        assert variables["outlet.1.status"] == "on"
        assert variables["outlet.2.status"] == "off"
        agent.clock.advance(6)
        assert (await unit.driver.read()).variables["outlet.2.status"] == "on"


async def test_refusals() -> None:
    """A community that may not write, and delays that are none."""
    async with opened(new_agent(), community="public") as unit:
        with pytest.raises(WriteRefused):
            await unit.driver.run("load.off")
        with pytest.raises(Unsupported):
            # it would call off what counts down
            await unit.driver.run("load.off.delay", delay=0)


def test_names_and_dangers() -> None:
    """Every name is a standard one; what cuts power says so."""
    check_names(mib, phase=1, outlet=1, group=1, contact=1)
    harmless = {"load.on", "load.on.delay", "shutdown.stop", "outlet.{outlet}.load.on"}
    for order in mib.orders:
        name = order.command.name
        if name == "test.battery.start":
            assert order.command.danger is Danger.USES_BATTERY
        else:
            assert (order.command.danger is Danger.CUTS_POWER) == (name not in harmless)


# settings


async def test_settings() -> None:
    """Written when they differ, and read back."""
    agent = new_agent()
    async with opened(agent) as unit:
        driver = unit.driver
        strategy = driver.settings["input.eco.switchable"]
        assert strategy.kind is SettingKind.CHOICE
        assert strategy.options == (
            "high alert",
            "standard",
            "high efficiency where possible",
            "high efficiency at once",
        )
        wanted = "high efficiency where possible"
        assert await driver.write("input.eco.switchable", wanted) == wanted
        assert await driver.write("outlet.1.delay.shutdown", 300) == 300
        # never
        assert await driver.write("outlet.1.delay.shutdown", -1) == -1
        assert await driver.write("outlet.2.delay.start", 5) == 5
        assert await driver.write("ups.temperature.high", 45) == 45
        assert await driver.write("ups.id", "new name") == "new name"
        assert agent.writes == [
            ("upsTopoPowerStrategy", 3),
            ("upsRecepAutoOffDelay.1", 300),
            ("upsRecepAutoOffDelay.1", -1),
            ("upsRecepAutoOnDelay.2", 5),
            ("upsEnvAmbientUpperLimit", 45),
            ("deviceIdentName", b"new name"),
        ]
        with pytest.raises(Unsupported):
            await driver.write("outlet.1.delay.shutdown", 40000)
        with pytest.raises(Unsupported):
            await driver.write("input.eco.switchable", "fast")
        # the test trap, the clock and the countdowns are no settings
        assert set(driver.settings) == {
            "input.eco.switchable",
            "outlet.1.delay.shutdown",
            "outlet.1.delay.start",
            "outlet.2.delay.shutdown",
            "outlet.2.delay.start",
            "ups.delay.shutdown",
            "ups.id",
            "ups.temperature.high",
            "ups.temperature.low",
        }


# the first PDUs and the rack


@pytest.mark.parametrize("first", [0, 1])
async def test_pdus(first: int) -> None:
    """Hundredths of A; they may be counted from any number."""
    agent = CpqPduAgent(clock=Clock.stopped(), units=2, first=first)
    async with opened(agent) as unit:
        assert unit.identity.kind is DeviceKind.PDU
        assert unit.identity.serial == f"MT0000{first}"
        snapshot = await unit.driver.read()
        variables = snapshot.variables
        expected = {
            "device.count": 2,
            "device.model": "HP 24A PDU",
            "device.part": "252663-D72",
            "device.2.serial": f"MT0000{first + 1}",
            "ups.id": "pdu 1",
            "ups.load": 36,
            "ups.realpower": 1250,
            "input.voltage": 230,
            "input.current": 5.75,  # 575
            "outlet.group.count": 2,
            "outlet.group.1.current": 2.5,  # 250
            "outlet.group.1.load": 25,
            "outlet.group.2.voltage": 230,
            "device.2.outlet.group.2.current": 3.25,
            "device.2.outlet.group.2.current.status": "good",
        }
        assert {name: variables.get(name) for name in expected} == expected
        assert not snapshot.status.alarms
        assert snapshot.status.flags == set()
        assert not unit.driver.commands
        assert await unit.driver.write("device.2.ups.id", "rear") == "rear"
        assert agent.writes == [(f"pduName.{first + 1}", b"rear")]


async def test_alarms_of_pdus() -> None:
    """The overall status and each breaker's; an overload is one."""
    agent = CpqPduAgent(clock=Clock.stopped(), units=2)
    agent.pdus[0].status = 3
    agent.pdus[1].status = 4
    async with opened(agent) as unit:
        for state, said, severity in (
            (2, "overload warning", Severity.WARNING),
            (3, "overload", Severity.CRITICAL),
            (4, "voltage 10 to 20 % out of tolerance", Severity.WARNING),
            (5, "voltage more than 20 % out of tolerance", Severity.CRITICAL),
        ):
            agent.pdus[1].breakers[0][1] = state
            status = await unit.driver.read_status()
            assert {(alarm.text, alarm.severity) for alarm in status.alarms} == {
                ("The PDU is degraded", Severity.WARNING),
                ("PDU 2: the PDU has failed", Severity.CRITICAL),
                (f"PDU 2, breaker 1: {said}", severity),
            }
            assert (StatusFlag.OVERLOADED in status.flags) == (state == 3)
        variables = (await unit.driver.read()).variables
        assert variables["device.2.outlet.group.1.current.status"] == "good"
        # -1 is not measured
        agent.pdus[0].load = agent.pdus[0].power = -1
        assert not {"ups.load", "ups.realpower"} & (await unit.driver.read()).variables.keys()


async def test_the_rack() -> None:
    """Its panels are units; the power of the whole is theirs together."""
    async with opened(CpqRackAgent(clock=Clock.stopped())) as unit:
        assert unit.identity.kind is DeviceKind.PDU
        assert unit.identity.serial == "CN80123456"
        snapshot = await unit.driver.read()
        variables = snapshot.variables
        expected = {
            "device.count": 2,
            "output.phases": 3,
            "ups.power.nominal": 60000,
            "output.voltage.nominal": 208,
            "output.frequency": 60,  # 600 cannot be Hz
            "output.realpower": 4001,
            "device.2.output.realpower": 4002,
            "ups.realpower": 8003,
            "output.current.nominal": 125,
            "output.energy": 1500,  # the total, not the month's 20 or the year's 300
            "output.L1-N.voltage": 120,
            "output.L2.current": 12,
            "output.L3.power.percent": 11,
            "device.2.output.L3-N.voltage": 122,
            "outlet.group.3.current": 5,
            "outlet.group.3.current.nominal": 20,
            "outlet.group.3.load": 25,
            "outlet.group.3.realpower": 600,
            "device.2.outlet.group.1.energy": 150,
        }
        assert {name: variables.get(name) for name in expected} == expected
        assert not snapshot.left_out


# traps


async def test_traps() -> None:
    """Each is a reason to read the status at once."""
    agent = new_agent()
    async with opened(agent) as unit:
        pushes = unit.hear()
        agent.mains(False)
        assert pushes == [Event("alarm_added"), Reread(Tier.STATUS)]
        agent.mains(True)
        assert pushes[2:] == [Event("alarm_removed"), Reread(Tier.STATUS)]


@pytest.mark.parametrize(
    ("number", "event"),
    [
        (1, "alarm_added"),
        (2, "alarm_added"),
        (3, "notice"),
        (4, "alarm_removed"),
        (5, "test_trap"),
        (6, ""),
    ],
)
def test_trap_numbers(number: int, event: str) -> None:
    """The number is a severity, with and without the zero before it."""
    for where in (f"{H}.0.{number}", f"{H}.{number}"):
        assert heard(Trap(oid(where), {}), [mib]) == event


async def test_a_setting_that_does_not_stick() -> None:
    """The card takes it, and keeps the old value."""
    agent = new_agent()
    agent.tree[f"{H}.3.11.4.0"].put = lambda _: None
    async with opened(agent) as unit:
        with pytest.raises(Rejected, match="did not change"):
            await unit.driver.write("input.eco.switchable", "high alert")
