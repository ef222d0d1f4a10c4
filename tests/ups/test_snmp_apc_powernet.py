"""APC UPSes: values, status, commands, settings, traps, on simulated agents and on recordings.

Values were worked out by hand from the simulator's state, or from the raw objects behind them.
"""

from collections.abc import Mapping
import re
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from .snmp import (
    VERSIONS,
    check_refusal,
    check_setting,
    check_variables,
    event_names,
    learned,
    opened,
)
from custom_components.ups_protocols.ups.errors import Rejected, Unsupported, UpsGone
from custom_components.ups_protocols.ups.mibs.apc_powernet import mib
from custom_components.ups_protocols.ups.model import (
    Danger,
    Event,
    PartKind,
    Push,
    Reread,
    SettingKind,
    StatusFlag,
    Tier,
    Value,
)
from tests.simulators.clock import Clock
from tests.simulators.power import Output
from tests.simulators.snmp import ApcPowerNetAgent, Kind, Object, oid, recording
from tests.simulators.snmp.apc_powernet import U

pytestmark = pytest.mark.usefixtures("loopback")

ON_LINE, ON_BATTERY, OFF = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY, StatusFlag.OFF
BYPASS, LOW, CHARGING = StatusFlag.BYPASS, StatusFlag.LOW_BATTERY, StatusFlag.CHARGING
TESTING, ECO, REPLACE = StatusFlag.TESTING, StatusFlag.ECO, StatusFlag.REPLACE_BATTERY


def new_agent(**options: Any) -> ApcPowerNetAgent:
    """Return an agent whose clock a test moves; its charger rests, so that no flag comes of it."""
    agent = ApcPowerNetAgent(clock=Clock.stopped(), **options)
    agent.charger = 6
    return agent


# values


@VERSIONS
async def test_values(version: str) -> None:
    """Tenths before whole units, ticks as seconds, dates as ISO."""
    async with opened(new_agent(), version=version) as unit:
        snapshot = await unit.driver.read()
        assert unit.driver.mibs == ("apc-powernet", "system")
        assert unit.identity.manufacturer == "APC"
        assert unit.identity.model == "Smart-UPS X 1500"
        assert unit.identity.serial == "AS1907242163"
        assert snapshot.variables == {
            "battery.charge": 100,
            "battery.charge.restart": 15,
            "battery.charger.status": "resting",
            "battery.date": "2025-04-30",
            "battery.date.maintenance": "2031-01-10",
            "battery.packs.bad": 0,
            "battery.packs.external": 0,
            "battery.protection": "no",
            # 600 s at full load, 30 % of it
            "battery.runtime": 2000,
            "battery.runtime.elapsed": 0,
            "battery.runtime.low": 120,
            "battery.runtime.restart": 0,
            "battery.status": "ok",
            "battery.type": "PbAc",
            "battery.voltage": 27.3,
            "battery.voltage.nominal": 24,
            "device.contact": "admin",
            "device.description": "APC Web/SNMP Management Card (simulated)",
            "device.location": "rack 1",
            "device.model": "Smart-UPS X 1500",
            "device.part": "SMX1500RMI2U",
            "device.serial": "AS1907242163",
            # 12345 + 1000 hundredths of a kWh
            "input.energy": 133.45,
            "input.frequency": 50,
            "input.phases": 1,
            "input.sensitivity": "high",
            "input.transfer.high": 253,
            "input.transfer.low": 208,
            "input.transfer.reason": "noTransfer",
            "input.voltage": 230,
            "input.voltage.maximum": 231.2,
            "input.voltage.minimum": 228.5,
            # 450 VA at 230 V
            "output.current": 2,
            "output.energy": 123.45,
            "output.frequency": 50,
            "output.phases": 1,
            "output.voltage": 230,
            "output.voltage.nominal": 230,
            "ups.beeper.status": "enabled",
            "ups.delay.reboot": 8,
            "ups.delay.shutdown": 60,
            "ups.delay.start": 20,
            "ups.efficiency": 96.5,
            "ups.firmware": "UPS 09.8 (ID20)",
            "ups.firmware.aux": "COM 02.1",
            "ups.id": "APCUPS",
            "ups.load": 30,
            "ups.mfr.date": "2019-02-14",
            "ups.power": 450,
            "ups.power.nominal": 1500,
            "ups.realpower": 450,
            "ups.start.auto": "yes",
            "ups.temperature": 25,
            "ups.test.date": "2026-11-20",
            # biweekly
            "ups.test.interval": 1_209_600,
            "ups.test.result": "Done and passed",
        }
        assert snapshot.status.flags == {ON_LINE}
        assert not snapshot.left_out


@VERSIONS
async def test_a_card_of_2002(version: str) -> None:
    """Whole units; no text of flags; phases with three numbers in their index."""
    agent = new_agent(phases=3, quirks=frozenset({"old"}))
    async with opened(agent, version=version) as unit:
        snapshot = await unit.driver.read()
        variables = snapshot.variables
        assert snapshot.status.flags == {ON_LINE}
        assert variables["battery.voltage"] == 27
        assert variables["battery.date"] == "2025-04-30"
        assert variables["input.frequency"] == 50
        assert [variables[f"input.L{phase}-N.voltage"] for phase in (1, 2, 3)] == [230] * 3
        assert variables["output.L3.realpower"] == 150
        assert variables["ups.realpower"] == 450
        assert "ups.efficiency" not in variables
        # the scalars are those of the first phase
        assert "input.voltage" not in variables
        assert "output.current" not in variables


@VERSIONS
async def test_three_phases(version: str) -> None:
    """Feed 2 is the bypass; W are added up, -1 and 4294967295 are not measured."""
    async with opened(new_agent(phases=3), version=version) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["input.L2-N.voltage"] == 230
        # 1/3 of 450 VA at 230 V
        assert variables["input.L2.current"] == 0.7
        assert variables["input.L2.powerfactor"] == 0.99
        assert variables["input.realpower"] == 450
        assert variables["input.bypass.L3-N.voltage"] == 230
        assert variables["input.bypass.L3.current"] == 0
        assert variables["input.bypass.phases"] == 3
        assert variables["output.L1.power"] == 150
        assert variables["output.L1.power.percent"] == 30
        assert variables["output.L1.powerfactor"] == 0.97
        assert not any("energy" in name and ".L" in name for name in variables)
        assert not any("maximum" in name for name in variables)
        assert [part.index for part in unit.driver.parts if part.kind is PartKind.PHASE] == [
            1,
            2,
            3,
        ]


@pytest.mark.parametrize(
    ("orientation", "names"),
    [
        (4, ("L1-N", "L2-N", "L3-N")),
        (5, ("L1-L2", "L2-L3", "L3-L1")),
        (3, ("L1-N", "L2-N", "L1-L2")),
        (1, ("L1-N", "L2-N", "L3-N")),
    ],
)
async def test_between_which_lines(orientation: int, names: tuple[str, ...]) -> None:
    """The feed tells it; a split phase has the whole voltage third."""
    agent = new_agent(phases=3, quirks=frozenset({"old"}))
    agent.tree[f"{U}.9.2.2.1.3.1"] = Object(Kind.INTEGER, orientation)
    for phase, volts in enumerate((231, 232, 233), 1):
        agent.tree[f"{U}.9.2.3.1.3.1.1.{phase}"] = Object(Kind.INTEGER, volts)
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert [variables[f"input.{name}.voltage"] for name in names] == [231, 232, 233]
        assert len([each for each in variables if re.fullmatch(r"input\.L.*\.voltage", each)]) == 3


async def test_a_unit_that_says_the_wrong_orientation() -> None:
    """A Galaxy VS: phase to neutral it says, 398 V beside 230 V to neutral."""
    agent = new_agent(phases=3, quirks=frozenset({"between", "no_text"}))
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        variables = snapshot.variables
        assert snapshot.status.flags == {ON_LINE}
        assert variables["output.L3-L1.voltage"] == 398
        assert variables["output.L3-N.voltage"] == 230
        assert variables["input.bypass.L1-L2.voltage"] == 398


@pytest.mark.parametrize(
    ("objects", "name", "value"),
    [
        # 255 is none, unless the whole degrees say otherwise: then it is 25.5 °C
        ({"2.3.2": 255, "2.2.2": 255}, "ups.temperature", None),
        ({"2.3.2": 255, "2.2.2": 25}, "ups.temperature", 25.5),
        # signed, and better than those that say 0 below zero
        ({"2.3.13": -1, "2.3.2": 0, "2.2.2": 0}, "ups.temperature", -0.1),
        ({"2.3.1": None, "2.2.1": 0, "2.1.1": 1}, "battery.charge", None),
        ({"2.3.1": None, "2.2.1": 0, "2.1.1": 3}, "battery.charge", 0),
        ({"2.2.3": 2**32 - 1}, "battery.runtime", None),
        ({"2.3.3": 0, "2.2.7": -1}, "battery.voltage.nominal", None),
        ({"2.3.5": -1, "2.2.9": -12}, "battery.current", -12),
        ({"4.3.5": -7}, "ups.efficiency", None),
        ({"2.2.17": 4}, "battery.charger.status", "floating"),
        ({"1.2.9": b"3000 VA"}, "ups.power.nominal", 3000),
        ({"1.2.9": None, "4.2.6": 40}, "ups.power.nominal", 40_000),
        ({"1.2.3": b"FFFFFFFFFFFF"}, "device.serial", None),
        ({"7.2.4": b"", "7.2.13": b"2000-01-01"}, "ups.test.date", None),
        ({"7.2.4": b"", "7.2.13": b"2026-03-04"}, "ups.test.date", "2026-03-04"),
        ({"7.2.1": 4}, "ups.test.interval", None),
        ({"7.2.1": 12}, "ups.test.interval", 31_449_600),
        ({"7.2.1": None, "7.2.16": 3}, "ups.test.interval", 1_209_600),
        ({"2.1.3": b"10-05-2022"}, "battery.date", "10-05-2022"),
        ({"2.3.11": b"0010000000000000"}, "battery.status", "life exceeded"),
        ({"2.3.11": b"\x80"}, "battery.status", None),
        ({"2.2.23": 3}, "battery.status", "weak"),
        ({"5.2.22": -1}, "ups.power.high", None),
        ({"5.2.22": 30}, "ups.power.high", 30_000),
        ({"2.3.16": 3312}, "battery.voltage.cell.max", 3.312),
        ({"3.2.5": 9}, "input.transfer.reason", "selfTest"),
    ],
)
async def test_single_values(objects: Mapping[str, Any], name: str, value: Value | None) -> None:
    """Sentinels and units."""
    agent = new_agent()
    for where, said in objects.items():
        if said is None:
            agent.tree.remove(f"{U}.{where}.0")
        else:
            kind = Kind.OCTETS if isinstance(said, bytes) else Kind.INTEGER
            agent.tree[f"{U}.{where}.0"] = Object(kind, said)
    async with opened(agent) as unit:
        assert (await unit.driver.read()).variables.get(name) == value


@VERSIONS
async def test_packets(version: str) -> None:
    """One packet tells the status, three at most everything of a one-phase unit."""
    async with opened(new_agent(), version=version) as unit:
        before = unit.wire.requests
        await unit.driver.read()
        assert unit.wire.requests - before <= 3
        before = unit.wire.requests
        await unit.driver.read_status()
        assert unit.wire.requests - before == 1


# status


@pytest.mark.parametrize(
    ("change", "flags"),
    [
        ({}, {ON_LINE}),
        ({"mains": False}, {ON_BATTERY}),
        ({"mains": False, "charge": 10.0}, {ON_BATTERY, LOW}),
        ({"bypass": True}, {BYPASS}),
        ({"mains_voltage": 195.0}, {ON_LINE, StatusFlag.BOOSTING}),
        ({"mains_voltage": 262.0}, {ON_LINE, StatusFlag.TRIMMING}),
        ({"eco": True}, {ON_LINE, ECO}),
        ({"overloaded": True}, {ON_LINE, StatusFlag.OVERLOADED}),
        ({"output": Output.STAYING}, {OFF}),
        ({"output": Output.WAITING, "mains": False}, {OFF}),
        ({"output": Output.LEAVING}, {ON_LINE, StatusFlag.FORCED_SHUTDOWN}),
    ],
)
@pytest.mark.parametrize("quirks", [frozenset(), frozenset({"no_text"})])
@VERSIONS
async def test_states(
    version: str, quirks: frozenset[str], change: dict[str, Any], flags: set[StatusFlag]
) -> None:
    """The text of flags and upsBasicOutputStatus, and the latter alone."""
    agent = new_agent(quirks=quirks)
    async with opened(agent, version=version) as unit:
        for name, value in change.items():
            setattr(agent.power if hasattr(agent.power, name) else agent, name, value)
        agent.power.settle()
        status = await unit.driver.read_status()
        if quirks:
            # only the text tells those
            flags = flags - {StatusFlag.OVERLOADED, StatusFlag.FORCED_SHUTDOWN}
        assert status.flags == flags
        assert status.flags <= unit.driver.flags


@pytest.mark.parametrize(
    ("said", "flags"),
    [
        (1, set()),
        (2, {ON_LINE}),
        (3, {ON_BATTERY}),
        (4, {ON_LINE, StatusFlag.BOOSTING}),
        (5, {OFF}),
        (6, {BYPASS}),
        (7, {OFF}),
        (8, {OFF}),
        (9, {BYPASS}),
        (10, {BYPASS}),
        (11, {OFF}),
        (12, {ON_LINE, StatusFlag.TRIMMING}),
        (13, {ON_LINE, ECO}),
        (14, {ON_LINE}),
        (15, {ON_BATTERY, TESTING}),
        (16, {BYPASS}),
        (17, {BYPASS}),
        (18, {ON_LINE, ECO}),
        (19, {ON_LINE, TESTING}),
        (20, {ON_LINE, ECO}),
        (21, {ON_LINE, TESTING}),
        (22, {ON_LINE, TESTING}),
        (23, set()),
        (24, {ON_BATTERY, TESTING}),
        (25, {ON_LINE}),
        (26, set()),
        (27, set()),
        (28, {ON_LINE, TESTING}),
    ],
)
async def test_output_status(said: int, flags: set[StatusFlag]) -> None:
    """Each value of upsBasicOutputStatus (card, 1.1), where no text of flags is there."""
    agent = new_agent(quirks=frozenset({"no_text"}))
    agent.output_status = said
    async with opened(agent) as unit:
        status = await unit.driver.read_status()
        assert status.flags == flags
        assert len(status.alarms) == (said in {10, 16})


@pytest.mark.parametrize(
    ("said", "flags"),
    [(14, {ON_LINE}), (15, {ON_LINE, ECO}), (16, {BYPASS}), (17, {ON_LINE, ECO}), (9, {BYPASS})],
)
async def test_system_status(said: int, flags: set[StatusFlag]) -> None:
    """After 13 it has other numbers; of the power it speaks where upsBasicOutputStatus does not."""
    agent = new_agent(quirks=frozenset({"no_text"}))
    agent.tree[f"{U}.4.1.3.0"] = Object(Kind.INTEGER, said)
    async with opened(agent) as unit:
        assert (await unit.driver.read_status()).flags == {ON_LINE} | flags & {ECO}
        agent.output_status = 1
        assert (await unit.driver.read_status()).flags == flags


def _text(*flags: int) -> str:
    return "".join("1" if flag in flags else "0" for flag in range(1, 65))


@pytest.mark.parametrize(
    ("text", "status", "flags", "alarms"),
    [
        # 4 on line, 6 contact, 19 on
        (_text(4, 6, 19), 2, {ON_LINE}, []),
        (_text(2, 6, 19), 3, {ON_BATTERY}, []),
        # the text is the better of two that say one thing each
        (_text(2, 6, 19), 2, {ON_BATTERY}, []),
        # both OL and OB: upsBasicOutputStatus
        (_text(2, 4, 6, 19), 2, {ON_LINE}, []),
        (_text(2, 4, 6, 19), 3, {ON_BATTERY}, []),
        # neither: off or bypass only
        (_text(6), 1, {OFF}, []),
        (_text(6, 19), 1, set(), []),
        (_text(6, 13), 1, {BYPASS}, []),
        (_text(4, 6, 12, 19), 9, {BYPASS}, []),
        # the modes that upsBasicOutputStatus leaves open
        (_text(4, 6, 19), 26, {ON_LINE}, []),
        (_text(2, 6, 30), 3, {ON_BATTERY, LOW}, []),
        (_text(2, 6, 11), 3, {ON_BATTERY, LOW}, ["Batteries discharged"]),
        (_text(4, 6, 11), 2, {ON_LINE}, ["Batteries discharged"]),
        (_text(3, 4, 6), 2, {ON_LINE, LOW}, []),
        (_text(4, 5, 6), 2, {ON_LINE, REPLACE}, []),
        (_text(2, 6, 10), 3, {ON_BATTERY, StatusFlag.CALIBRATING}, []),
        (_text(4, 6, 31), 2, {ON_LINE, StatusFlag.FORCED_SHUTDOWN}, []),
        (_text(6, 18), 11, {OFF}, []),
        (_text(6, 40), 1, {OFF}, ["Shut down with low battery"]),
        (_text(6, 53), 7, {OFF}, ["Emergency power off"]),
        (_text(4, 6, 57), 2, {ON_LINE, ECO}, []),
        (_text(1, 4, 6), 2, {ON_LINE}, ["Abnormal condition"]),
        # it only says that there are others
        (_text(1, 4, 6, 25), 2, {ON_LINE}, ["Charger failed"]),
        (
            _text(6, 14),
            10,
            {BYPASS},
            ["On bypass because of a hardware failure", "On bypass because of an internal fault"],
        ),
        ("UNKNOWN", 2, {ON_LINE}, []),
    ],
)
async def test_texts_of_flags(
    text: str, status: int, flags: set[StatusFlag], alarms: list[str]
) -> None:
    """upsBasicStateOutputState, position 1 left, beside upsBasicOutputStatus."""
    agent = new_agent()
    agent.output_status = status
    agent.tree[f"{U}.11.1.1.0"] = Object(Kind.OCTETS, text)
    async with opened(agent) as unit:
        read = await unit.driver.read_status()
        assert read.flags == flags
        assert [alarm.text for alarm in read.alarms] == alarms


async def test_faults() -> None:
    """The text of faults gives alarms by name, flag 31 overload; battery and pack objects too."""
    agent = new_agent()
    async with opened(agent) as unit:
        agent.conditions = {6, 31}
        status = await unit.driver.read_status()
        assert status.flags == {ON_LINE, StatusFlag.OVERLOADED}
        assert [alarm.text for alarm in status.alarms] == [
            "Redundancy lost",
            "Overload or short circuit of the output",
        ]
        assert status.alarms[0].code == "upsAdvStateAbnormalConditions 6"
        agent.conditions = set()
        assert not (await unit.driver.read_status()).alarms


@pytest.mark.parametrize(
    ("where", "said", "flags", "alarms"),
    [
        ("2.2.4", 2, {REPLACE}, []),
        ("2.2.23", 4, {REPLACE}, []),
        ("7.2.15", 4, {REPLACE}, []),
        ("2.2.17", 5, {CHARGING}, []),
        ("2.2.17", 3, set(), ["Charger failed"]),
        ("2.1.1", 4, set(), ["Battery has a fault"]),
        ("2.1.1", 5, set(), ["No battery present"]),
        ("2.3.11", b"0100000000000000", set(), ["Battery life near its end"]),
        ("2.3.11", b"0010000000000000", {REPLACE}, ["Battery life exceeded"]),
        ("2.3.11", b"\x40\x00", set(), []),
        ("2.2.26", 1, set(), ["Battery fuse open"]),
        ("2.2.27", 1, set(), ["Battery breaker open"]),
        ("2.2.27", 2, set(), []),
        ("4.1.5", 3, set(), ["Inverter fault"]),
        ("11.2.13", 1, {ECO}, []),
        ("11.2.5", _text(5, 1).encode(), {REPLACE}, ["EPO switch activated", "Weak battery"]),
        ("11.2.4", _text(4).encode(), set(), ["Frame identification fault"]),
        ("11.2.14", b"0000000001000000", set(), ["Air filter life expired"]),
        ("11.2.15", b"1" + 31 * b"0", set(), ["Input voltage out of tolerance"]),
        ("7.2.14", 3, {TESTING}, []),
    ],
)
async def test_objects_that_tell_of_the_state(
    where: str, said: int | bytes, flags: set[StatusFlag], alarms: list[str]
) -> None:
    """Flags and alarms beside the state of the output."""
    agent = new_agent()
    kind = Kind.OCTETS if isinstance(said, bytes) else Kind.INTEGER
    agent.tree[f"{U}.{where}.0"] = Object(kind, said)
    async with opened(agent) as unit:
        status = (await unit.driver.read()).status
        assert status.flags == {ON_LINE} | flags
        assert [alarm.text for alarm in status.alarms] == alarms


@pytest.mark.parametrize("quirks", [frozenset(), frozenset({"no_text"})])
async def test_the_card_has_lost_its_ups(quirks: frozenset[str]) -> None:
    """upsCommStatus, and flag 6 of the text."""
    agent = new_agent(quirks=quirks)
    async with opened(agent) as unit:
        agent.in_contact = False
        with pytest.raises(UpsGone, match="lost its UPS"):
            await unit.driver.read_status()
        agent.in_contact = True
        assert (await unit.driver.read_status()).flags == {ON_LINE}


# tests and calibration


async def test_a_battery_test() -> None:
    """On battery by a test is no loss of mains."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run("test.battery.start")
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {ON_BATTERY, TESTING}
        assert snapshot.status.mains is True
        assert snapshot.variables["ups.test.result"] == "In progress"
        assert snapshot.variables["input.transfer.reason"] == "selfTest"
        assert "ups.efficiency" not in snapshot.variables
        agent.clock.advance(9)
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {ON_LINE}
        assert snapshot.variables["ups.test.result"] == "Done and passed"


async def test_a_calibration() -> None:
    """It is CAL, and can be stopped."""
    agent = new_agent()
    async with opened(agent) as unit:
        await unit.driver.run("calibrate.start")
        status = await unit.driver.read_status()
        assert status.flags == {ON_BATTERY, StatusFlag.CALIBRATING}
        assert status.mains is True
        await unit.driver.run("calibrate.stop")
        assert (await unit.driver.read_status()).flags == {ON_LINE}


# commands

COMMANDS: Mapping[str, tuple[list[tuple[str, int]], Danger]] = {
    "load.off": ([("1.6.2.1", 2)], Danger.CUTS_POWER),
    "load.on": ([("1.6.2.6", 2)], Danger.HARMLESS),
    "shutdown.stayoff": ([("1.6.2.1", 3)], Danger.CUTS_POWER),
    "shutdown.return": ([("1.6.2.2", 3)], Danger.CUTS_POWER),
    "shutdown.reboot": ([("1.6.2.2", 2)], Danger.CUTS_POWER),
    "shutdown.reboot.graceful": ([("1.6.2.2", 3)], Danger.CUTS_POWER),
    "test.battery.start": ([("1.7.2.2", 2)], Danger.USES_BATTERY),
    "test.failure.start": ([("1.6.2.4", 2)], Danger.USES_BATTERY),
    "test.panel.start": ([("1.6.2.5", 2)], Danger.HARMLESS),
    "calibrate.start": ([("1.7.2.5", 2)], Danger.USES_BATTERY),
    "calibrate.stop": ([("1.7.2.5", 3)], Danger.HARMLESS),
    "bypass.start": ([("1.6.2.7", 2)], Danger.UNPROTECTS),
    "bypass.stop": ([("1.6.2.7", 3)], Danger.HARMLESS),
    "reset.input.minmax": ([("1.9.1.1", 2)], Danger.HARMLESS),
    "beeper.enable": ([("1.5.2.4", 1)], Danger.HARMLESS),
    "beeper.disable": ([("1.5.2.4", 3)], Danger.HARMLESS),
    "beeper.mute": ([("1.5.2.4", 4)], Danger.HARMLESS),
    "outlet.group.2.load.on": ([("1.12.3.2.1.3.2", 1)], Danger.HARMLESS),
    "outlet.group.2.load.off": ([("1.12.3.2.1.3.2", 2)], Danger.CUTS_POWER),
    "outlet.group.2.load.cycle": ([("1.12.3.2.1.3.2", 3)], Danger.CUTS_POWER),
    "outlet.group.2.load.on.delay": ([("1.12.3.2.1.3.2", 4)], Danger.HARMLESS),
    "outlet.group.2.load.off.delay": ([("1.12.3.2.1.3.2", 5)], Danger.CUTS_POWER),
    "outlet.group.2.load.cycle.delay": ([("1.12.3.2.1.3.2", 6)], Danger.CUTS_POWER),
    "outlet.group.2.shutdown.return": ([("1.12.3.2.1.3.2", 10)], Danger.CUTS_POWER),
}


@pytest.mark.parametrize("command", COMMANDS)
async def test_commands(command: str) -> None:
    """What each command writes on mains, and what it can do to the load."""
    agent = new_agent(groups=2)
    writes, danger = COMMANDS[command]
    async with opened(agent) as unit:
        assert unit.driver.commands[command].danger is danger
        await unit.driver.run(command)
        assert agent.writes == writes


async def test_all_commands() -> None:
    """There are no others."""
    async with opened(new_agent(groups=2)) as unit:
        whole = {name.replace("group.1", "group.2") for name in unit.driver.commands}
        assert whole == set(COMMANDS)


def test_what_is_never_written() -> None:
    """Factory defaults, the panel's password, the firmware (card, 1.2)."""
    written = {row.oid for table in mib.tables for row in table.rows if row.write}
    told = {put.oid for order in mib.orders for step in order.steps for put in step}
    assert not (written | told) & {"1.5.2.12", "1.5.2.15", "1.6.2.9", "1.5.2.16.1.2"}


@VERSIONS
async def test_shutdown_return_on_battery(version: str) -> None:
    """The UPS sleeps until mains is back; the output goes after the delay that it keeps."""
    agent = new_agent()
    agent.mains(False)
    async with opened(agent, version=version) as unit:
        await unit.driver.run("shutdown.return")
        assert agent.writes == [("1.6.1.1", 2)]
        agent.clock.advance(61)
        assert (await unit.driver.read_status()).flags == {OFF}
        agent.mains(True)
        agent.clock.advance(30)
        assert (await unit.driver.read_status()).flags == {ON_LINE}


@VERSIONS
async def test_shutdown_return_when_mains_has_just_come_back(version: str) -> None:
    """The sleep is refused with badValue: off and on again instead."""
    agent = new_agent()
    # the card is behind its UPS
    agent.output_status = 3
    async with opened(agent, version=version) as unit:
        await unit.driver.run("shutdown.return")
        assert agent.writes == [("1.6.2.2", 3)]
        agent.output_status = None
        agent.clock.advance(61)
        assert (await unit.driver.read_status()).flags == {OFF}
        agent.clock.advance(30)
        assert (await unit.driver.read_status()).flags == {ON_LINE}


async def test_refused_commands() -> None:
    """A community that may not write."""
    agent = new_agent()
    agent.mains(False)
    async with opened(agent, community="public") as unit:
        for command in ("beeper.mute", "shutdown.return"):
            with pytest.raises(Rejected):
                await unit.driver.run(command)
        assert not agent.writes


async def test_only_what_the_agent_has_is_offered() -> None:
    """A card without control objects has no commands."""
    agent = new_agent()
    agent.tree.remove(f"{U}.5", f"{U}.6", f"{U}.7", f"{U}.9")
    async with opened(agent) as unit:
        assert not unit.driver.commands
        assert set(unit.driver.settings) == {"ups.id", "battery.date"}


# outlet groups


async def test_outlet_groups() -> None:
    """The main group takes the others with it; a cycle comes back."""
    agent = new_agent(groups=3)
    async with opened(agent) as unit:
        variables = (await unit.driver.read()).variables
        assert variables["outlet.group.count"] == 3
        assert variables["outlet.group.1.type"] == "main"
        assert variables["outlet.group.3.type"] == "switched"
        assert variables["outlet.group.2.name"] == "Group 2"
        assert variables["outlet.group.2.delay.shutdown"] == 10
        assert [part.index for part in unit.driver.parts] == [1, 2, 3]

        async def states() -> list[Value]:
            variables = (await unit.driver.read()).variables
            return [variables[f"outlet.group.{number}.status"] for number in (1, 2, 3)]

        await unit.driver.run("outlet.group.2.load.off")
        assert await states() == ["on", "off", "on"]
        await unit.driver.run("outlet.group.1.load.off")
        assert await states() == ["off", "off", "off"]
        await unit.driver.run("outlet.group.3.load.on")
        assert await states() == ["on", "off", "on"]
        await unit.driver.run("outlet.group.3.load.cycle")
        assert await states() == ["on", "off", "off"]
        # reboot duration and on delay
        agent.clock.advance(10)
        assert await states() == ["on", "off", "on"]


async def test_an_outlet_group_whose_state_is_unknown() -> None:
    """Then the text of flags tells; -1 is no delay."""
    agent = new_agent(groups=1)
    agent.groups[0].on_delay = -1
    agent.tree[f"{U}.12.1.2.1.3.1"] = Object(Kind.INTEGER, 3)
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert snapshot.variables["outlet.group.1.status"] == "on"
        assert "outlet.group.1.delay.start" not in snapshot.variables
        agent.tree[f"{U}.12.1.2.1.6.1"] = Object(Kind.OCTETS, "0100000100" + "0" * 22)
        snapshot = await unit.driver.read()
        assert snapshot.variables["outlet.group.1.status"] == "off"
        assert [alarm.text for alarm in snapshot.status.alarms] == ["Outlet group will be shed"]


async def test_a_group_more() -> None:
    """The number of groups tells that there are others."""
    agent = new_agent(groups=1)
    async with opened(agent) as unit:
        await unit.driver.read()
        more = new_agent(groups=2).groups[1]
        agent.groups.append(more)
        agent._build_group(more)
        await unit.driver.read()
        assert (await unit.driver.read()).variables["outlet.group.2.status"] == "on"


# battery packs


async def test_battery_packs() -> None:
    """Two packs of four places, two cartridges each; what one says is the UPS's alarm."""
    agent = new_agent(packs=2)
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        variables = snapshot.variables
        assert variables["battery.1.serial"] == "PK00000001"
        assert variables["battery.2.temperature"] == 25.2
        assert variables["battery.2.firmware"] == "01.3"
        assert variables["battery.2.date"] == "2024-06-01"
        assert not any(name.startswith(("battery.3.", "battery.4.")) for name in variables)
        assert {part.identity.serial for part in unit.driver.parts if part.identity} == {
            "PK00000001",
            "PK00000002",
        }
        # bit 2 needs replacement, bit 3 temperature
        agent.pack_faults[2, 2] |= {2, 3}
        status = (await unit.driver.read()).status
        assert status.flags == {ON_LINE, REPLACE}
        assert [alarm.text for alarm in status.alarms] == ["Battery pack temperature critical"]


async def test_cabinets_and_modules() -> None:
    """Symmetra and Galaxy: frames count from 0, -1 and -1999 are no temperatures."""
    agent = new_agent()
    for where, said in {
        "2.5.1.8.1": 280,
        "2.5.1.13.1": 3,
        "2.6.1.5.1": -1999,
        "13.2.2.1.2.1": 4,
        "13.2.2.1.2.2": 6,
        "13.3.1.0": 2,
        "13.3.2.1.3.0.2": 3,
        "13.3.2.1.9.0.2": 241,
        "13.3.2.1.3.1.1": 6,
        "13.3.2.1.9.1.1": -1,
        "13.3.2.1.3.1.2": 2,
        "13.3.2.1.9.1.2": 230,
    }.items():
        agent.tree[f"{U}.{where}"] = Object(Kind.INTEGER, said)
    agent.tree[f"{U}.13.3.2.1.4.0.2"] = Object(Kind.OCTETS, "BM1")
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        batteries = {
            name: value for name, value in snapshot.variables.items() if name[8:9].isdigit()
        }
        assert batteries == {
            "battery.1.temperature": 28,
            "battery.2.serial": "BM1",
            "battery.2.status": "ok",
            "battery.2.temperature": 24.1,
            "battery.101.status": "replace",
        }
        assert snapshot.status.flags == {ON_LINE, REPLACE}
        assert [alarm.text for alarm in snapshot.status.alarms] == [
            "Battery cabinet breaker open",
            "Power module failed",
        ]


# settings


@pytest.mark.parametrize(
    ("name", "value", "where", "raw"),
    [
        ("ups.id", "rack 3", "1.1.1.2", "rack 3"),
        ("battery.date", "2026-11-25", "1.2.1.3", "11/25/2026"),
        ("ups.delay.start", 45, "1.5.2.9", 4500),
        ("battery.runtime.low", 300, "1.5.2.8", 30_000),
        ("input.sensitivity", "low", "1.5.2.7", 2),
        ("output.voltage.nominal", 240, "1.5.2.1", 240),
        ("battery.charge.restart", 30, "1.5.2.6", 30),
        ("ups.start.auto", "no", "1.5.2.55", 2),
        ("battery.protection", "yes", "1.5.2.56", 1),
        ("ups.delay.reboot", 12, "1.5.2.61", 1200),
        ("ups.power.high", 30_000, "1.5.2.22", 30),
        ("battery.runtime.restart", 60, "1.5.2.29", 6000),
        ("ups.test.interval", 604_800, "1.7.2.1", 3),
        ("ups.test.interval", 0, "1.7.2.1", 5),
        ("outlet.group.1.name", "Servers", "1.12.2.2.1.2.1", "Servers"),
        ("outlet.group.1.delay.start", 7, "1.12.2.2.1.3.1", 7),
        ("outlet.group.1.delay.reboot", 9, "1.12.2.2.1.5.1", 9),
    ],
)
async def test_settings(name: str, value: Value, where: str, raw: Value) -> None:
    """What is written, and that it is read back; the same again is not written."""
    await check_setting(new_agent(groups=1), name, value, (where, raw))


async def test_a_setting_has_the_type_of_the_document() -> None:
    """A delay is TimeTicks."""
    async with opened(new_agent()) as unit:
        await unit.driver.write("ups.delay.start", 45)
        sets = [seen for seen in unit.agent.seen if seen.type == "set"]
        assert [each.values[0].kind for each in sets] == [Kind.TICKS]


async def test_a_ups_that_rounds() -> None:
    """What is in force is told, not what was wanted; limits are those that the UPS lists."""
    agent = new_agent()
    async with opened(agent) as unit:
        high = unit.driver.settings["input.transfer.high"]
        assert (high.minimum, high.maximum) == (242, 264)
        # the list is in seconds: the present 60 is in it, 6000 is not
        delay = unit.driver.settings["ups.delay.shutdown"]
        assert (delay.minimum, delay.maximum) == (0, 180)
        assert await unit.driver.write("input.transfer.high", 260) == 264
        assert await unit.driver.write("ups.delay.shutdown", 70) == 120
        assert agent.writes == [("1.5.2.2", 264), ("1.5.2.10", 12_000)]
        with pytest.raises(Unsupported):
            await unit.driver.write("ups.delay.shutdown", 200)


@pytest.mark.parametrize(
    ("listed", "limits"),
    [
        ("0000,6000,18000", (0, 180)),
        # the present value is not in it: whatever this is, it is not believed
        ("001,002", (0, 3600)),
        ("fast,slow", (0, 3600)),
        ("", (0, 3600)),
    ],
)
async def test_lists_of_allowed_values(listed: str, limits: tuple[float, float]) -> None:
    """In hundredths too; others are left alone."""
    agent = new_agent()
    agent.tree[f"{U}.5.2.16.1.3.2"] = Object(Kind.OCTETS, listed)
    async with opened(agent) as unit:
        delay = unit.driver.settings["ups.delay.shutdown"]
        assert (delay.minimum, delay.maximum) == limits


async def test_an_old_card_wants_short_dates() -> None:
    """It writes its years with two digits."""
    agent = new_agent(quirks=frozenset({"old"}))
    async with opened(agent) as unit:
        setting = unit.driver.settings["battery.date"]
        assert setting.kind is SettingKind.DATE
        await unit.driver.write("battery.date", "2026-11-25")
        assert agent.writes == [("1.2.1.3", "11/25/26")]
        assert (await unit.driver.read()).variables["battery.date"] == "2026-11-25"


async def test_the_length_of_the_name() -> None:
    """Eight characters, 32 on a Galaxy."""
    agent = new_agent()
    async with opened(agent) as unit:
        assert unit.driver.settings["ups.id"].length == 8
    agent.tree[f"{U}.1.1.3.0"] = Object(Kind.OCTETS, "Galaxy VS")
    async with opened(agent) as unit:
        assert unit.driver.settings["ups.id"].length == 32


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("ups.id", "nine long", Unsupported),
        ("battery.date", "25.11.2026", Unsupported),
        ("ups.test.interval", 86_400, Unsupported),
        ("ups.test.interval", "never", Unsupported),
        ("input.sensitivity", "perhaps", Unsupported),
        ("output.voltage.nominal", 5000, Unsupported),
        ("ups.beeper.status", "disabled", Unsupported),
        ("battery.charge", 5, Unsupported),
    ],
)
async def test_refused_settings(name: str, value: Value, error: type[Exception]) -> None:
    """Impossible values never leave."""
    await check_refusal(new_agent(), name, value, error)


# traps


@pytest.mark.parametrize(
    ("trap", "pushes"),
    [
        ("E.318.0.5", [Event("on_battery"), Reread(Tier.STATUS)]),
        ("E.318.5", [Event("on_battery"), Reread(Tier.STATUS)]),
        ("E.318.0.9", [Event("power_restored"), Reread(Tier.STATUS)]),
        ("E.318.0.298", [Event("outlet_group_on"), Reread(Tier.STATUS)]),
        ("E.318.0.59", [Event("temperature_violation"), Reread(Tier.STATUS)]),
        # one without a name is a reason to read as well
        ("E.318.0.771", [Reread(Tier.STATUS)]),
    ],
)
async def test_traps(trap: str, pushes: list[Push]) -> None:
    """A trap is an event and a reason to read, never a state."""
    async with opened(new_agent()) as unit:
        assert unit.told_by(trap) == pushes


async def test_traps_of_the_simulator() -> None:
    """A power failure, a test and a switched group, as the card tells them."""
    agent = new_agent(groups=2)
    async with opened(agent) as unit:
        heard = unit.hear()
        agent.mains(False)
        agent.mains(True)
        agent.power.start_test(8)
        agent.advance()
        agent.clock.advance(9)
        agent.advance()
        await unit.driver.run("outlet.group.2.load.off")
        assert event_names(heard) == [
            "on_battery",
            "power_restored",
            "test_passed",
            "outlet_group_off",
        ]


# recordings: LibreNMS's, of the few objects that it asks for


RECORDINGS: Mapping[str, tuple[Mapping[str, Value], set[str]]] = {
    "apc_sua750i": (
        {
            "battery.charge": 100,  # 2.3.1 = 1000
            "battery.date": "2025-04-30",  # 2.1.3 = 04/30/25
            "battery.date.maintenance": "2022-01-10",  # 2.2.21 = 01/10/2022
            "battery.runtime": 4380,  # 2.2.3 = 438000
            "battery.voltage": 27.2,  # 2.3.4 = 272
            "device.model": "Smart-UPS 750",
            "input.frequency": 50,  # 3.3.4 = 500
            "input.voltage": 243.3,  # 3.3.1 = 2433
            "output.current": 0.2,  # 4.3.4 = 2
            "output.frequency": 50,  # 4.3.2 = 500
            "output.voltage": 243.3,  # 4.3.1 = 2433
            "ups.firmware": "651.12.I",
            "ups.load": 22.7,  # 4.3.3 = 227
            "ups.temperature": 36.9,  # 2.3.2 = 369
            "ambient.1.present": "no",  # 10.2.3.2.1.3 = 1
            "ambient.contacts.2.name": "Int Contact 2",
        },
        # 1.2.3 = FFFFFFFFFFFF; the probe's -1; contacts that are disabled (3)
        {"device.serial", "ambient.1.temperature", "ambient.1.name", "ambient.contacts.1.status"},
    ),
    "apc_smt750x-nmc2": (
        {
            "battery.runtime": 109_762,  # 2.2.3 = 10976200
            "battery.voltage": 54.7,  # 2.3.4 = 547
            "device.serial": "AS1907242163",
            "input.voltage": 119.1,  # 3.3.1 = 1191
            "output.current": 0,  # 4.3.4 = 0
            "output.frequency": 60,  # 4.3.2 = 600
            "ups.firmware": "UPS 09.8 (ID20)",
            "ups.temperature": 23.4,  # 2.3.2 = 234
            "ambient.1.name": "Equipment Room",  # 25.1.2.1.3.1.1
            "ambient.1.present": "yes",  # 25.1.2.1.10 = 2
            "ambient.1.temperature": 20,  # 25.1.2.1.6
            "ambient.1.temperature.status": "good",  # 25.1.2.1.8 = 0
            "ambient.1.temperature.low.warning": 10,  # 25.1.4.1.6
            "ambient.1.temperature.high.critical": 60,  # 25.1.4.1.8
        },
        # -1; the integrated monitor's contacts, all Unknown
        {"ambient.1.humidity", "ambient.1.humidity.low.warning", "ambient.contacts.1.name"},
    ),
}


@VERSIONS
@pytest.mark.parametrize("name", RECORDINGS)
async def test_recording(name: str, version: str) -> None:
    """Status, identity and values of a real card."""
    agent = recording(name)
    if agent is None:
        pytest.skip("the folder with the recordings is not here")
    values, absent = RECORDINGS[name]
    async with opened(agent, version=version, community="public") as unit:
        snapshot = await unit.driver.read()
        assert unit.driver.mibs == ("apc-powernet", "system")
        # 4.1.1 = 2, 2.2.4 = 1
        assert snapshot.status.flags == {ON_LINE}
        assert {each: snapshot.variables.get(each) for each in values} == values
        assert not snapshot.variables.keys() & absent
        assert not snapshot.left_out
        assert not unit.driver.commands
        assert snapshot.status == await unit.driver.read_status()


# whatever an agent says


_OBJECTS = [
    (*oid(f"E.318.1.1.{row.oid}"), *instance)
    for table in mib.tables
    for row in table.rows
    for instance in ([(0,)] if table.index is None else [(1,), (1, 1), (2, 3), (1, 1, 2), (0,)])
]
_raw = st.dictionaries(
    st.sampled_from(_OBJECTS),
    st.one_of(
        st.integers(-(2**31), 2**64),
        st.integers(-1, 30),
        st.binary(max_size=40),
        st.text("01", max_size=64).map(str.encode),
        st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=12).map(tuple),
    ),
    max_size=200,
)


@given(_raw)
@settings(max_examples=200, deadline=None)
async def test_any_objects(raw: dict[Any, Any]) -> None:
    """Objects of any types make values within their limits and a status, nothing else."""
    reader = await learned(mib, raw)
    check_variables(reader)
    assert mib.judge is not None
    flags = mib.judge(reader.signs()).flags
    assert len(flags & {ON_LINE, ON_BATTERY, OFF, BYPASS}) <= 1
