"""NUT's snmp-ups (mibs=ietf) reads our RFC 1628 agent, and so do we."""

from typing import Any

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
    shutting_down,
    unexplained,
)
from tests.simulators.clock import Clock
from tests.simulators.snmp import Rfc1628Agent

pytestmark = BESIDE_NUT


def new_agent(**options: Any) -> Rfc1628Agent:
    """Return an agent whose time stands still."""
    return Rfc1628Agent(clock=Clock.stopped(), **options)


STATES: States = {
    "on line": ({}, AS_MADE),
    "on battery": ({}, having(mains=False, charge=60.0)),
    "battery low": ({}, having(mains=False, charge=10.0)),
    "boosting": ({}, having(mains_voltage=200.0)),
    "trimming": ({}, having(mains_voltage=260.0)),
    "bypass": ({}, having(bypass=True)),
    "testing": ({}, in_test),
    "alarms": ({}, having(replace_battery=True, overloaded=True, failed=True)),
    "shutting down": ({}, shutting_down),
    "three phases": ({"phases": 3}, AS_MADE),
}

DIFFERENCES = (
    Known(
        ("ups.timer.shutdown", "ups.timer.start", "ups.timer.reboot"),
        "-1 is no countdown: absent here",
    ),
    Known(
        tuple(f"input.bypass.{line}" for line in ("L1-N.voltage", "L1.current", "L1.realpower")),
        "on a single-phase unit it has the one line under both names",
    ),
    Known(
        ("output.realpower", "output.power.nominal", "output.realpower.nominal"),
        "they stand in ups.realpower, ups.power.nominal and ups.realpower.nominal",
    ),
    Known(("ups.test.result",), "its words differ from those it has elsewhere by case"),
    Known(
        ("ups.status",),
        "a load on bypass is not on line: BYPASS stands without OL (card, 3.10)",
        ("bypass",),
    ),
    Known(
        ("ups.status",),
        "it does not read the test's state or the alarm table (card, section 5): no TEST, RB, OVER",
        ("testing", "alarms"),
    ),
    Known(
        ("input.bypass.voltage", "input.bypass.current"),
        "of the bypass it has the first line as that of the whole, too",
        ("three phases",),
    ),
    Known(("test.battery.start",), "its name for a test with INTEGER 0, a type no agent takes"),
)


async def test_variables() -> None:
    """They agree, but for the differences that have a reason."""

    found = await read_states(new_agent, STATES, "ietf")
    assert unexplained(found, DIFFERENCES) == []


async def test_commands_write_the_same() -> None:
    """The commands that need no test object: what NUT writes is among what we write."""
    commands = ("beeper.disable", "beeper.enable", "beeper.mute", "load.on", "load.off")
    for command in commands:
        theirs, ours = new_agent(), new_agent()
        await command_with_nut(theirs, "ietf", command)
        await command_with_us(ours, command)
        assert theirs.writes[-1] == ours.writes[-1], command
