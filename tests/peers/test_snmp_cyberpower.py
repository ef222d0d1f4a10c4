"""NUT's snmp-ups (mibs=cyberpower, bestpower) reads our agents, and so do we."""

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
from tests.simulators.snmp import BestPowerAgent, CyberPowerAgent

pytestmark = BESIDE_NUT


def new_agent(**options: Any) -> CyberPowerAgent:
    """Return an agent whose time stands still."""
    agent = CyberPowerAgent(clock=Clock.stopped(), **options)
    # this NUT has no word for the state of the power: without another flag it never has a status
    agent.replace_battery = True
    return agent


def new_best() -> BestPowerAgent:
    """Return an agent whose time stands still."""
    return BestPowerAgent(clock=Clock.stopped())


def _calibrate(agent: CyberPowerAgent) -> None:
    agent.power.start_test(None)
    agent.calibrating = True


def _off(agent: CyberPowerAgent) -> None:
    agent.power.shut_down(0, off_for=None)


def _reboot(agent: CyberPowerAgent) -> None:
    agent.rebooting = True
    agent.power.shut_down(0, off_for=600)


STATES: States = {
    "on line": ({}, AS_MADE),
    "on battery": ({}, having(mains=False, charge=60.0)),
    "battery low": ({}, having(mains=False, charge=10.0)),
    "boosting": ({}, having(mains_voltage=200.0)),
    "trimming": ({}, having(mains_voltage=260.0)),
    "bypass": ({}, having(bypass=True)),
    "eco": ({}, having(eco=True)),
    "overloaded": ({}, having(overloaded=True)),
    "overloaded on battery": ({}, having(overloaded=True, mains=False)),
    "testing": ({}, in_test),
    "calibrating": ({}, _calibrate),
    "off": ({}, _off),
    "rebooting": ({}, _reboot),
    "three phases": ({"phases": 3}, AS_MADE),
}

_DARK = ("on battery", "battery low", "overloaded on battery", "off", "rebooting")
DIFFERENCES = (
    Known(
        ("ups.status",),
        "Debian's 2.8.0 finds no word for any value of upsBaseOutputStatus; what it has beside it "
        "is compared below",
    ),
    Known(("battery.current",), "upsAdvanceBatteryCurrent is a percentage (card, 1)"),
    Known(("device.mfr", "ups.mfr"), "no object tells it: it is that of the MIB here"),
    Known(
        ("ups.delay.shutdown",), "that of 5.2.10, the turn-off, here; there of 5.2.11, the sleep"
    ),
    Known(("ups.delay.reboot",), "that of 5.2.11 here, always 0 there"),
    Known(("ups.mfr.date",), "dates are ISO here"),
    Known(("input.frequency", "output.frequency"), "0 is none here (recorded)", _DARK),
    Known(
        ("input.voltage", "output.voltage", "output.current"),
        "the scalars are those of the first phase",
        ("three phases",),
    ),
)
BEST_DIFFERENCES = (
    Known(("device.mfr", "ups.mfr"), "there it is always EATON"),
    Known(("ups.power",), "it is the rating, in ups.power.nominal here"),
)


async def test_variables() -> None:
    """They agree, but for the differences that have a reason."""

    found = await read_states(new_agent, STATES, "cyberpower")
    assert unexplained(found, DIFFERENCES) == []
    # low battery, calibration, a battery to replace: from objects of their own
    for both in found:
        assert set(both.theirs.variables["ups.status"].split()) == {
            flag for flag in both.ours.status.flags if flag in {"LB", "CAL", "RB"}
        }


async def test_best_power() -> None:
    """They agree, but for the differences that have a reason."""
    states = {state: STATES[state] for state in ("on line", "on battery")}
    found = await read_states(new_best, states, "bestpower")
    assert unexplained(found, BEST_DIFFERENCES) == []


# command, the object and the number that it writes
COMMANDS: Mapping[str, tuple[str, int]] = {
    "load.off": ("1.6.2.1.0", 2),
    "load.on": ("1.6.2.6.0", 2),
    "test.battery.start": ("1.7.2.2.0", 2),
    "test.failure.start": ("1.6.2.4.0", 2),
    "test.panel.start": ("1.7.2.5.0", 2),
    "calibrate.start": ("1.7.2.6.0", 2),
    "calibrate.stop": ("1.7.2.6.0", 3),
    "shutdown.return": ("1.6.2.3.0", 3),
}


@pytest.mark.parametrize("command", COMMANDS)
async def test_commands_write_to_the_same_object(command: str) -> None:
    """This NUT has no number of its own for them: it is given with the command.

    But for shutdown.stayoff, which it writes to the object that switches on.
    """
    theirs, ours = new_agent(), new_agent()
    wanted = COMMANDS[command]
    await command_with_nut(theirs, "cyberpower", f"{command} {wanted[1]}")
    await command_with_us(ours, command)
    assert theirs.writes == ours.writes == [wanted]
