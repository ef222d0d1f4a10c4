"""NUT's snmp-ups (mibs=delta_ups) reads our Delta agent, and so do we."""

import asyncio
from collections.abc import Mapping
from typing import Any

from .snmp import BESIDE_NUT, Known, Prepare, read_both, unexplained
from tests.simulators.clock import Clock
from tests.simulators.power import Power
from tests.simulators.snmp import DeltaAgent

pytestmark = BESIDE_NUT


def new_agent(**options: Any) -> DeltaAgent:
    """Return an agent whose time stands still."""
    clock = Clock.stopped()
    return DeltaAgent(power=Power(clock=clock, nominal_battery=48.0), clock=clock, **options)


def _set(**values: Any) -> Prepare:
    def prepare(agent: DeltaAgent) -> None:
        for name, value in values.items():
            setattr(agent.power if hasattr(agent.power, name) else agent, name, value)
        agent.power.settle()

    return prepare


def _test(agent: DeltaAgent) -> None:
    agent.power.start_test(600)


STATES: Mapping[str, tuple[Mapping[str, Any], Prepare]] = {
    "on line": ({}, _set()),
    "on battery": ({}, _set(mains=False, charge=60.0)),
    "battery low": ({}, _set(mains=False, charge=10.0)),
    "boosting": ({}, _set(mains_voltage=200.0)),
    "trimming": ({}, _set(mains_voltage=260.0)),
    "bypass": ({}, _set(bypass=True)),
    "testing": ({}, _test),
    "alarms": ({}, _set(condition=2, alarms={12})),
    "three phases": ({"phases": 3}, _set()),
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

    async def one(state: str) -> Any:
        options, prepare = STATES[state]
        agent = new_agent(**options)
        prepare(agent)
        return await read_both(state, agent, "delta_ups")

    found = await asyncio.gather(*map(one, STATES))
    assert unexplained(found, DIFFERENCES) == []
