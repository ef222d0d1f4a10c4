"""NUT's snmp-ups (mibs=apc_ats) reads our APC transfer switches, and so do we."""

import pytest

from .snmp import AS_MADE, BESIDE_NUT, Known, States, having, read_states, unexplained
from tests.simulators.clock import Clock
from tests.simulators.snmp import ApcAtsAgent

pytestmark = BESIDE_NUT


def new_agent() -> ApcAtsAgent:
    """Return an agent whose time stands still, with the index of phases that NUT asks for."""
    return ApcAtsAgent(clock=Clock.stopped(), quirks=frozenset({"deep"}))


def _one_fails(agent: ApcAtsAgent) -> None:
    agent.sources[0].volts = 0


def _both_fail(agent: ApcAtsAgent) -> None:
    for source in agent.sources:
        source.volts = 0


STATES: States = {
    "on source A": ({}, AS_MADE),
    "on source B": ({}, having(preferred=2)),
    "none preferred": ({}, having(preferred=3)),
    "source A fails": ({}, _one_fails),
    "no source": ({}, _both_fail),
    "overload": ({}, having(current=16.5)),
    "less sensitive": ({}, having(sensitivity=2)),
    "other volts": ({}, having(nominal=120)),
}

_TOTAL = "NUT's first group is the row of the whole: here output.*, and the banks are 1 and 2"
DIFFERENCES = (
    Known(("device.mfr",), "its own text, no object: here it stands in the identity"),
    Known(
        ("device.contact", "device.location"),
        "the switch has its own objects; NUT has those of the system group",
    ),
    Known(("ups.firmware",), "NUT has the hardware revision there (card snmp.md, 5)"),
    Known(("ups.firmware.aux",), "what NUT has there is the firmware itself"),
    Known(("ups.mfr.date",), "month/day/year there, an ISO date here"),
    Known(("input.source.preferred",), "the bare number there, a word here", ("none preferred",)),
    Known(
        ("input.voltage.nominal",),
        "NUT has what it was made for, here it is what was configured",
        ("other volts",),
    ),
    Known(
        ("ups.status",),
        "NUT leaves the overload to the status of the outlet groups; 8.5.1.4 says it of the whole",
        ("overload",),
    ),
    Known(("outlet.group.1.current",), _TOTAL),
    Known(("outlet.group.1.name", "outlet.group.2.name", "outlet.group.3.name"), _TOTAL),
    Known(("outlet.group.3.current", "outlet.group.3.voltage", "outlet.group.count"), _TOTAL),
    Known(
        ("outlet.group.1.id", "outlet.group.2.id", "outlet.group.3.id"),
        "the index itself",
    ),
    Known(
        ("outlet.group.1.status", "outlet.group.2.status", "outlet.group.3.status"),
        "the state of load, in words of a UPS's status: here outlet.group.n.current.status",
    ),
)


async def test_variables() -> None:
    """They agree, but for the differences that have a reason."""

    found = await read_states(new_agent, STATES, "apc_ats")
    assert unexplained(found, DIFFERENCES) == []
    for both in found:
        theirs, ours = both.theirs.variables, both.ours.variables
        assert theirs["ups.firmware.aux"] == ours["ups.firmware"]
        for group in (1, 2):
            assert float(theirs[f"outlet.group.{group + 1}.current"]) == pytest.approx(
                ours[f"outlet.group.{group}.current"], abs=0.006
            )
        assert float(theirs["outlet.group.1.current"]) == ours["output.current"]
