"""Eaton's transfer switches ATS16 and ATS30, on simulated agents.

Values were worked out by hand from the simulator's state.
"""

from typing import Any

import pytest

from .snmp import VERSIONS, check_refusal, check_setting, event_names, opened
from custom_components.ups_protocols.ups.errors import Unsupported, UpsGone
from custom_components.ups_protocols.ups.links.base import WriteRefused
from custom_components.ups_protocols.ups.model import (
    Danger,
    DeviceKind,
    Event,
    PartKind,
    Push,
    Reread,
    Severity,
    StatusFlag,
    Tier,
    Value,
)
from custom_components.ups_protocols.ups.names import parse, parse_command
from tests.simulators.clock import Clock
from tests.simulators.snmp import Agent, EatonAts16Agent, EatonAts30Agent, Kind, Object
from tests.simulators.snmp.eaton_ats import ATS16, ATS30
from tests.simulators.snmp.eaton_environment import Emp, Sensor

pytestmark = pytest.mark.usefixtures("loopback")

ON_LINE, OFF, OVERLOADED = StatusFlag.ON_LINE, StatusFlag.OFF, StatusFlag.OVERLOADED
CARD = {
    "device.contact": "admin",
    "device.description": "Simulated Eaton ATS",
    "device.location": "rack 1",
    "ups.id": "ats-card",
}


def ats16(**options: Any) -> EatonAts16Agent:
    """Return an ATS16 whose clock a test moves."""
    return EatonAts16Agent(clock=Clock.stopped(), **options)


def ats30(**options: Any) -> EatonAts30Agent:
    """Return an ATS30 whose clock a test moves."""
    return EatonAts30Agent(clock=Clock.stopped(), **options)


# values


@VERSIONS
async def test_values_of_an_ats16(version: str) -> None:
    """Measured values in tenths, ratings whole."""
    async with opened(ats16(), version=version) as unit:
        snapshot = await unit.driver.read()
        assert unit.driver.mibs == ("eaton-ats16", "system")
        assert unit.identity.kind is DeviceKind.ATS
        assert unit.identity.model == "Eaton ATS 16 Netpack"
        assert unit.identity.serial == "GA04F23009"
        assert snapshot.variables == CARD | {
            "device.mfr": "EATON",
            "device.model": "Eaton ATS 16 Netpack",
            "device.part": "EATS16N",
            "device.serial": "GA04F23009",
            "input.1.frequency": 50,
            "input.1.frequency.status": "good",
            "input.1.status": "good",
            "input.1.voltage": 230,
            "input.1.voltage.status": "good",
            "input.2.frequency": 49.9,
            "input.2.frequency.status": "good",
            "input.2.status": "good",
            "input.2.voltage": 228.5,
            "input.2.voltage.status": "good",
            "input.frequency.nominal": 50,
            "input.phase.shift": 3,
            "input.sensitivity": "normal",
            "input.source": "1",
            "input.source.preferred": "1",
            "input.transfer.hysteresis": 10,
            "input.voltage.high.critical": 264,
            "input.voltage.low.critical": 184,
            "input.voltage.low.warning": 195,
            "input.voltage.nominal": 230,
            "output.current": 4.2,
            "output.voltage": 230,
            "output.voltage.nominal": 230,
            "ups.date": "2024-03-15",
            "ups.firmware": "00.03.0001",
            "ups.firmware.aux": "KC",
            "ups.test.result": "No test initiated",
            "ups.time": "12:34:56",
        }
        assert snapshot.status.flags == {ON_LINE}
        assert not snapshot.left_out
        assert {(each.kind, each.index) for each in unit.driver.parts} == {
            (PartKind.SOURCE, 1),
            (PartKind.SOURCE, 2),
        }
        assert not unit.driver.commands
        for name in snapshot.variables:
            assert parse(name), name


@VERSIONS
async def test_values_of_an_ats30(version: str) -> None:
    """Tenths, but for temperature and time."""
    async with opened(ats30(), version=version) as unit:
        snapshot = await unit.driver.read()
        assert unit.driver.mibs == ("eaton-ats30", "system")
        assert unit.identity.kind is DeviceKind.ATS
        assert unit.identity.serial == "ATS30-0012345"
        assert snapshot.variables == CARD | {
            "device.mfr": "Eaton",
            "device.model": "STS30-3",
            "device.serial": "ATS30-0012345",
            "device.uptime": 86400,
            "input.1.frequency": 50,
            "input.1.frequency.status": "good",
            "input.1.status": "good",
            "input.1.transfer.high": 264,
            "input.1.transfer.low": 184,
            "input.1.voltage": 230,
            "input.1.voltage.status": "good",
            "input.2.frequency": 49.9,
            "input.2.frequency.status": "good",
            "input.2.status": "good",
            "input.2.transfer.high": 264,
            "input.2.transfer.low": 184,
            "input.2.voltage": 228.5,
            "input.2.voltage.status": "good",
            "input.sensitivity": "high",
            "input.source": "1",
            "input.source.preferred": "1",
            "input.voltage.nominal": 230,
            "output.current": 4.2,
            "output.voltage": 230,
            "ups.date": "2024-03-15",
            "ups.firmware": "2.10",
            "ups.firmware.aux": "1.05",
            "ups.temperature": 31,
            "ups.time": "12:34:56",
        }
        assert snapshot.status.flags == {ON_LINE}
        assert not snapshot.left_out
        assert len(unit.driver.parts) == 2
        for name in unit.driver.commands:
            assert parse_command(name), name


async def test_a_legacy_card() -> None:
    """It calls itself MGE, and is found by its own objects."""
    async with opened(ats16(legacy=True)) as unit:
        assert unit.driver.mibs[0] == "eaton-ats16"
        assert unit.identity.kind is DeviceKind.ATS
        assert (await unit.driver.read_status()).flags == {ON_LINE}


# states


@pytest.mark.parametrize("make", [ats16, ats30])
@VERSIONS
async def test_sources_change(version: str, make: Any) -> None:
    """The load moves to the good source, and goes without when there is none."""
    agent = make()
    async with opened(agent, version=version) as unit:
        agent.sources[0].voltage = 20
        snapshot = await unit.driver.read()
        variables = snapshot.variables
        assert snapshot.status.flags == {ON_LINE}
        assert variables["input.source"] == "2"
        assert variables["input.1.status"] == "out of range"
        assert variables["input.2.status"] == "good"
        assert variables["output.voltage"] == 228.5
        assert [each.text.partition(":")[0] for each in snapshot.status.alarms] == ["Source 1"]
        agent.sources[1].frequency = 30
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {OFF}
        assert snapshot.variables["input.source"] == "none"
        assert snapshot.variables["output.voltage"] == 0
        assert snapshot.variables["input.2.frequency.status"] == "out of range"
        assert snapshot.status == await unit.driver.read_status()
        assert snapshot.status.flags <= unit.driver.flags


async def test_states_of_sources_of_an_ats16() -> None:
    """Missing, derated, a bad waveform."""
    agent = ats16()
    async with opened(agent) as unit:
        agent.sources[0].voltage = 20
        agent.sources[1].voltage = 190
        variables = (await unit.driver.read()).variables
        assert variables["input.1.voltage.status"] == "missing"
        assert variables["input.2.voltage.status"] == "derated range"
        assert variables["input.2.status"] == "derated range"
        agent.sources[0].voltage = 300
        assert (await unit.driver.read()).variables["input.1.voltage.status"] == "out of range"
        agent.sources[0].voltage = agent.sources[1].voltage = 230
        agent.sources[1].bad_waveform = agent.sources[1].internal_failure = True
        assert [each.text for each in (await unit.driver.read_status()).alarms] == [
            "Source 2: its waveform is not good",
            "Source 2: internal failure",
        ]


async def test_states_of_sources_of_an_ats30() -> None:
    """Each failure with its source."""
    agent = ats30()
    async with opened(agent) as unit:
        agent.failures = {(column, 2) for column in range(2, 8)} | {(8, 1)}
        snapshot = await unit.driver.read()
        assert [each.text for each in snapshot.status.alarms] == [
            "Source 2: relay is open",
            "Source 2: relay is shorted",
            "Source 2: SCR is open",
            "Source 2: SCR is shorted",
            "Source 2: SCR is too hot",
            "Source 2: auxiliary power failed",
        ]
        assert snapshot.variables["input.1.voltage.status"] == "out of range"
        assert snapshot.variables["input.2.voltage.status"] == "good"
        agent.failures = {(9, 2)}
        assert (await unit.driver.read()).variables["input.2.voltage.status"] == "out of range"
        agent.failures = {(11, 2)}
        snapshot = await unit.driver.read()
        assert [each.text for each in snapshot.status.alarms] == ["Source 2: cannot be used"]
        assert snapshot.variables["input.2.status"] == "out of range"


async def test_alarms_of_an_ats16() -> None:
    """Everything that is 2 when it is bad; an overload of its own kind."""
    agent = ats16()
    async with opened(agent) as unit:
        agent.states = dict.fromkeys(agent.states, 2)
        agent.overload = 2
        status = await unit.driver.read_status()
        assert status.flags == {ON_LINE}
        assert [(each.text, each.severity) for each in status.alarms] == [
            ("The sources are out of phase", Severity.WARNING),
            ("Internal failure", Severity.CRITICAL),
            ("The load is near its limit", Severity.WARNING),
            ("Over temperature", Severity.CRITICAL),
            ("Short circuit", Severity.CRITICAL),
            ("Configuration failure", Severity.WARNING),
        ]
        agent.states = dict.fromkeys(agent.states, 1)
        agent.overload, agent.test = 3, 5
        snapshot = await unit.driver.read()
        assert snapshot.status.flags == {ON_LINE, OVERLOADED, StatusFlag.TESTING}
        assert snapshot.status.alarms == ()
        assert snapshot.variables["ups.test.result"] == "In progress"
        agent.mode = 7
        assert [each.text for each in (await unit.driver.read_status()).alarms] == ["Fault"]


@pytest.mark.parametrize("no_indicators", [False, True])
async def test_alarms_of_an_ats30(no_indicators: bool) -> None:
    """The same by the bits and by the objects, each once."""
    agent = ats30(no_indicators=no_indicators)
    async with opened(agent) as unit:
        assert (await unit.driver.read_status()).flags == {ON_LINE}
        agent.switch_fault = agent.over_current = agent.hot = True
        status = await unit.driver.read_status()
        assert status.flags == {ON_LINE, OVERLOADED}
        assert {each.text for each in status.alarms} == {
            "Relay, SCR or thermal switch failed",
            "Over temperature",
        }
        assert len(status.alarms) == 2
        agent.no_output = True
        assert (await unit.driver.read_status()).flags == {OFF, OVERLOADED}
        agent.no_output = False
        agent.mode = 6
        assert ON_LINE in (await unit.driver.read_status()).flags
        agent.mode = 3
        assert OFF in (await unit.driver.read_status()).flags


async def test_an_ats16_that_only_tells_its_mode() -> None:
    """Where the output's own object is missing, the source in use says that it is on."""
    agent = ats16()
    agent.tree.remove(f"{ATS16}.3.3.2")
    async with opened(agent) as unit:
        assert (await unit.driver.read_status()).flags == {ON_LINE}
        agent.sources[0].voltage = agent.sources[1].voltage = 0
        assert (await unit.driver.read_status()).flags == {OFF}


@pytest.mark.parametrize("make", [ats16, ats30])
async def test_the_card_has_lost_its_switch(make: Any) -> None:
    """What the card says is old."""
    agent = make()
    async with opened(agent) as unit:
        agent.link_lost = True
        with pytest.raises(UpsGone):
            await unit.driver.read_status()
        agent.link_lost = False
        assert (await unit.driver.read_status()).flags == {ON_LINE}


# settings


@pytest.mark.parametrize(
    ("make", "name", "value", "written"),
    [
        (ats16, "input.source.preferred", "2", ("ats2ConfigPreferred", 2)),
        # the same words, another order
        (ats16, "input.sensitivity", "high", ("ats2ConfigSensitivity", 2)),
        (ats16, "input.sensitivity", "low", ("ats2ConfigSensitivity", 3)),
        (ats30, "input.sensitivity", "low", ("atsConfigSensitivity", 2)),
        (ats16, "output.voltage.nominal", 240, ("ats2ConfigOutputVoltage", 240)),
        (ats30, "input.source.preferred", "2", ("atsConfigPreferred", 2)),
        (ats30, "input.2.transfer.low", 190.5, ("atsConfigInputBrownoutLow.2", 1905)),
        (ats30, "input.1.transfer.high", 260, ("atsConfigInputBrownoutHigh.1", 2600)),
    ],
)
@VERSIONS
async def test_settings(version: str, make: Any, name: str, value: Value, written: Any) -> None:
    """Written, read back."""
    await check_setting(make(), name, value, written, version=version)


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (ats16, {"input.source.preferred", "input.sensitivity", "output.voltage.nominal"}),
        (
            ats30,
            {
                "input.source.preferred",
                "input.sensitivity",
                "input.1.transfer.low",
                "input.1.transfer.high",
                "input.2.transfer.low",
                "input.2.transfer.high",
            },
        ),
    ],
)
async def test_nothing_else_is_a_setting(make: Any, names: set[str]) -> None:
    """Neither clocks nor codes."""
    async with opened(make()) as unit:
        assert set(unit.driver.settings) == names


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("output.voltage.nominal", 110, WriteRefused),
        ("input.sensitivity", "medium", Unsupported),
        ("input.source.preferred", "none", Unsupported),
    ],
)
async def test_refused_settings(name: str, value: Value, error: type[Exception]) -> None:
    """Impossible values, and those that the card refuses."""
    await check_refusal(ats16(), name, value, error)


# the command


@VERSIONS
async def test_the_source_test(version: str) -> None:
    """It may move the load, so it counts as dangerous."""
    agent = ats30()
    async with opened(agent, version=version) as unit:
        assert list(unit.driver.commands) == ["test.system.start"]
        assert unit.driver.commands["test.system.start"].danger is Danger.CUTS_POWER
        await unit.driver.run("test.system.start")
        assert agent.writes == [("atsConfigTest", 1)]


# probes


@VERSIONS
async def test_probes_of_an_ats16(version: str) -> None:
    """The EMP and the newer sensors; numbers that are tenths against the document are told."""
    for scale in (1, 10):
        agent = ats16(emp=Emp(scale=scale), sensors=[Sensor()])
        async with opened(agent, version=version) as unit:
            variables = (await unit.driver.read()).variables
            assert variables["ambient.temperature"] == 23
            assert variables["ambient.humidity"] == 41
            assert variables["ambient.temperature.high"] == 40
            assert variables["ambient.contacts.2.name"] == "Leak"
            assert variables["ambient.1.temperature"] == 21.5
            await unit.driver.write("ambient.temperature.high", 35)
            assert (await unit.driver.read()).variables["ambient.temperature.high"] == 35


# traps


@pytest.mark.parametrize(
    ("agent", "trap", "pushes"),
    [
        (ats16(), f"{ATS16}.10.4", [Event("turned_off"), Reread(Tier.STATUS)]),
        (ats16(), f"{ATS16}.10.0.16", [Event("source_2_used"), Reread(Tier.STATUS)]),
        (ats16(), f"{ATS16}.10.29", [Event("contact_inactive"), Reread(Tier.STATUS)]),
        (ats30(), f"{ATS30}.20.0.4", [Event("source_switched"), Reread(Tier.STATUS)]),
        (ats30(), f"{ATS30}.20.0.7", [Event("source_2_bad"), Reread(Tier.STATUS)]),
    ],
)
async def test_traps(agent: Agent, trap: str, pushes: list[Push]) -> None:
    """A trap is an event and a reason to read."""
    async with opened(agent) as unit:
        assert unit.told_by(trap) == pushes


@pytest.mark.parametrize(
    ("make", "events"),
    [(ats16, ["source_2_used", "turned_off"]), (ats30, ["source_switched", "source_switched"])],
)
async def test_traps_of_a_simulated_switch(make: Any, events: list[str]) -> None:
    """What it sends when its sources go."""
    agent = make()
    async with opened(agent) as unit:
        heard = unit.hear()
        for source in agent.sources:
            source.voltage = 0
            agent.advance()
        assert event_names(heard) == events


async def test_values_that_mean_nothing() -> None:
    """-1 is no voltage, but a temperature and an angle."""
    agent = ats30()
    agent.tree[f"{ATS30}.3.3.0"] = Object(Kind.INTEGER, -1)
    agent.tree[f"{ATS30}.3.1.1.2.2"] = Object(Kind.INTEGER, -1)
    async with opened(agent) as unit:
        snapshot = await unit.driver.read()
        assert snapshot.variables["ups.temperature"] == -1
        assert "input.2.voltage" not in snapshot.variables
        assert not snapshot.left_out
