"""NUT's snmp-ups (mibs=cpqpower) reads our HP UPS, and so do we."""

from collections.abc import Mapping
from typing import Any

import pytest

from .snmp import (
    AS_MADE,
    BESIDE_NUT,
    Known,
    States,
    command_with_nut,
    command_with_us,
    having,
    in_test,
    read_states,
    unexplained,
)
from tests.simulators.clock import Clock
from tests.simulators.snmp import CpqPowerAgent

pytestmark = BESIDE_NUT


def new_agent(**options: Any) -> CpqPowerAgent:
    """Return an agent whose time stands still."""
    return CpqPowerAgent(clock=Clock.stopped(), **options)


def _going(agent: CpqPowerAgent) -> None:
    agent.power.shut_down(60, off_for=None)
    agent.outlets[0].is_on = False
    agent.outlets[1].off_at = agent.clock.now() + 60


STATES: States = {
    "on line": ({}, AS_MADE),
    "on battery": ({}, having(mains=False, charge=60.0)),
    "boosting": ({}, having(mains_voltage=195.0)),
    "trimming": ({}, having(mains_voltage=262.0)),
    "bypass": ({}, having(bypass=True)),
    "saving": ({}, having(is_eco=True)),
    "testing": ({}, in_test),
    "going": ({}, _going),
    "three phases": ({"phases": 3}, having(load=90.0)),
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

    found = await read_states(new_agent, STATES, "cpqpower")
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
    await command_with_nut(asked_by_nut, "cpqpower", theirs)
    await command_with_us(asked_by_us, ours, **parameters)
    assert asked_by_nut.writes == asked_by_us.writes
