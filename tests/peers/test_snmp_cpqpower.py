"""NUT's snmp-ups (mibs=cpqpower) reads our HP UPS, and so do we."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from .nut import running
from .snmp import BESIDE_NUT, DRIVER, Known, Prepare, read_both, unexplained
from custom_components.ups_protocols.ups.links.snmp import open_snmp
from custom_components.ups_protocols.ups.protocols.snmp import SnmpUps
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.clock import Clock
from tests.simulators.power import Power
from tests.simulators.snmp import CpqPowerAgent, UdpAgent

pytestmark = BESIDE_NUT


def new_agent(**options: Any) -> CpqPowerAgent:
    """Return an agent whose time stands still."""
    clock = Clock.stopped()
    return CpqPowerAgent(power=Power(clock=clock, nominal_battery=48.0), clock=clock, **options)


def _set(**values: Any) -> Prepare:
    def prepare(agent: CpqPowerAgent) -> None:
        for name, value in values.items():
            setattr(agent.power if hasattr(agent.power, name) else agent, name, value)
        agent.power.settle()

    return prepare


def _test(agent: CpqPowerAgent) -> None:
    agent.power.start_test(600)


def _going(agent: CpqPowerAgent) -> None:
    agent.power.shut_down(60, off_for=None)
    agent.segments[0].is_on = False
    agent.segments[1].off_at = agent.clock.now() + 60


STATES: Mapping[str, tuple[Mapping[str, Any], Prepare]] = {
    "on line": ({}, _set()),
    "on battery": ({}, _set(mains=False, charge=60.0)),
    "boosting": ({}, _set(mains_voltage=195.0)),
    "trimming": ({}, _set(mains_voltage=262.0)),
    "bypass": ({}, _set(bypass=True)),
    "saving": ({}, _set(is_eco=True)),
    "testing": ({}, _test),
    "going": ({}, _going),
    "three phases": ({"phases": 3}, _set(load=90.0)),
}

DIFFERENCES = (
    Known(
        ("battery.voltage", "battery.current"),
        "it takes tenths; dumps of real UPSs show a tenth of their batteries' volts there (card)",
    ),
    Known(
        (
            "input.current",
            "output.current",
            "input.L1.current",
            "input.L2.current",
            "input.L3.current",
            "output.L1.current",
            "output.L2.current",
            "output.L3.current",
        ),
        "it takes tenths; the MIB says amps",
    ),
    Known(("output.frequency.nominal",), "the MIB says tenths, as of every other frequency"),
    Known(
        ("input.L1.realpower", "input.L2.realpower", "input.L3.realpower"),
        "it takes tenths; the MIB says watts",
        ("three phases",),
    ),
    Known(
        ("ups.L1.realpower", "ups.L2.realpower", "ups.L3.realpower"),
        "they stand in output.L1.realpower and so on; it takes tenths, the MIB says watts",
        ("three phases",),
    ),
    Known(("ups.realpower",), "it takes upsConfigOutputWatts, which is what is available"),
    Known(
        ("ambient.temperature", "ambient.temperature.low", "ambient.temperature.high"),
        "3.6.1 is measured at the UPS or its card: ups.temperature here; the probe has its own",
    ),
    Known(("ups.type",), "it takes the output's source, here it is the topology"),
    Known(("ups.delay.start",), "a parameter of load.on.delay here"),
    Known(("ups.timer.shutdown", "ups.timer.start"), "0 is no countdown: absent here"),
    Known(("outlet.id", "outlet.desc"), "of all outlets together: constants of its table"),
    Known(
        ("outlet.1.id", "outlet.2.id", "outlet.1.switchable", "outlet.2.switchable"),
        "its own counting, and a constant",
    ),
    Known(
        ("shutdown.stayoff",),
        "load.off.delay writes the same: the MIB does not say that the output stays off",
    ),
    Known(("outlet.2.status",), "an outlet that is about to go off still has power", ("going",)),
    Known(("ups.status",), "highEfficiencyMode is no more than OL there", ("saving",)),
    Known(("ups.status",), "it has no flag for a test", ("testing",)),
    Known(
        ("ups.status",),
        "a load on bypass is not on line: BYPASS stands without OL (card snmp.md, 3.10)",
        ("bypass",),
    ),
)


async def test_variables() -> None:
    """They agree, but for the differences that have a reason."""

    async def one(state: str) -> Any:
        options, prepare = STATES[state]
        agent = new_agent(**options)
        prepare(agent)
        return await read_both(state, agent, "cpqpower")

    found = await asyncio.gather(*map(one, STATES))
    assert unexplained(found, DIFFERENCES) == []


COMMANDS: tuple[tuple[str, str, Mapping[str, float]], ...] = (
    # NUT's, ours, its parameters
    ("load.off", "load.off", {}),
    ("load.on", "load.on", {}),
    ("load.off.delay", "load.off.delay", {"delay": 20}),
    ("load.on.delay", "load.on.delay", {"delay": 30}),
    ("shutdown.stop", "shutdown.stop", {}),
    ("shutdown.reboot", "shutdown.reboot", {}),
    ("test.battery.start", "test.battery.start", {}),
    ("outlet.2.load.off", "outlet.2.load.off", {}),
    ("outlet.2.load.on", "outlet.2.load.on", {}),
    ("outlet.2.load.cycle", "outlet.2.load.cycle", {}),
)


@pytest.mark.parametrize(("theirs", "ours", "parameters"), COMMANDS)
async def test_commands_write_the_same(
    theirs: str, ours: str, parameters: Mapping[str, float]
) -> None:
    """What NUT writes for a command is what we write."""
    asked_by_nut, asked_by_us = new_agent(), new_agent()
    async with (
        UdpAgent(asked_by_nut) as wire,
        running(DRIVER, wire.host, mibs="cpqpower", community="private", snmp_version="v1") as peer,
        peer.instructing() as instruct,
    ):
        instruct(theirs)
        async with asyncio.timeout(20):
            while not asked_by_nut.writes:
                await asyncio.sleep(0.05)
    async with UdpAgent(asked_by_us) as wire:
        link = await open_snmp(f"snmp://{wire.host}?community=private", Transcript())
        try:
            driver = SnmpUps(link, {}, {})
            await driver.open()
            await driver.run(ours, **parameters)
        finally:
            await link.close()
    assert asked_by_nut.writes == asked_by_us.writes
