"""NUT's snmp-ups (mibs=delta_ups) reads our Delta agent, and so do we."""

from typing import Any

from .snmp import AS_MADE, BESIDE_NUT, Known, States, having, in_test, read_states, unexplained
from tests.simulators.clock import Clock
from tests.simulators.snmp import DeltaAgent

pytestmark = BESIDE_NUT


def new_agent(**options: Any) -> DeltaAgent:
    """Return an agent whose time stands still."""
    return DeltaAgent(clock=Clock.stopped(), **options)


STATES: States = {
    "on line": ({}, AS_MADE),
    "on battery": ({}, having(mains=False, charge=60.0)),
    "battery low": ({}, having(mains=False, charge=10.0)),
    "boosting": ({}, having(mains_voltage=200.0)),
    "trimming": ({}, having(mains_voltage=260.0)),
    "bypass": ({}, having(bypass=True)),
    "testing": ({}, in_test),
    "alarms": ({}, having(condition=2, alarms={12})),
    "three phases": ({"phases": 3}, AS_MADE),
}

DIFFERENCES = (
    Known(
        ("ups.firmware", "ups.firmware.aux"),
        "it has them the other way round: 1.3 is the UPS's, 1.4 the agent's",
    ),
    Known(("ups.power",), "it is the rating there: ups.power.nominal here"),
    Known(("ups.type",), "its words are those of the MIB, on-line; here online"),
    Known(
        ("ups.status",),
        "TRIM and BOOST stand without OL there",
        ("boosting", "trimming"),
    ),
    Known(
        ("ups.status",),
        "it reads dupsOutputSource alone: no TEST, DISCHRG and LB, no RB and OVER",
        ("testing", "alarms", "on battery", "battery low"),
    ),
    Known(
        ("input.voltage", "output.voltage", "output.current", "ups.load"),
        "it has the first line as the whole; of the load the largest counts here",
        ("three phases",),
    ),
)


async def test_variables() -> None:
    """They agree, but for the differences that have a reason."""

    found = await read_states(new_agent, STATES, "delta_ups")
    assert unexplained(found, DIFFERENCES) == []
