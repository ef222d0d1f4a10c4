"""NUT's snmp-ups reads our agents of Eaton's older PDUs, and so do we."""

import asyncio
from collections.abc import Callable, Mapping
import re

from .snmp import BESIDE_NUT, Both, read_both, renamed, unexplained_names
from tests.simulators.clock import Clock
from tests.simulators.snmp import Genesis2Agent, RevelationAgent, pulizzi
from tests.simulators.snmp.eaton_old_pdus import OldPdu

pytestmark = BESIDE_NUT


def _switched_off(agent: OldPdu) -> OldPdu:
    agent.outlets[1].on = False
    return agent


# state: NUT's table, agent
STATES: Mapping[str, tuple[str, Callable[[], OldPdu]]] = {
    "genesis": ("aphel_genesisII", lambda: Genesis2Agent(clock=Clock.stopped())),
    "revelation": (
        "aphel_revelation",
        lambda: _switched_off(RevelationAgent(clock=Clock.stopped())),
    ),
    "pulizzi": ("pulizzi_switched2", lambda: _switched_off(pulizzi(clock=Clock.stopped()))),
    "pulizzi, odd id": (
        "pulizzi_switched1",
        lambda: pulizzi(clock=Clock.stopped(), object_id="E.20677.1"),
    ),
}
_PULIZZI = ("pulizzi", "pulizzi, odd id")


def as_ours(both: Both) -> Both:
    """Give NUT's values our names."""

    def ours(name: str) -> str:
        if both.state == "genesis":
            # circuits are no outlets
            return re.sub(r"^outlet\.(\d)\.", r"outlet.group.\1.", name)
        if both.state == "revelation":
            # it counts from 0, as the agent does
            name = re.sub(r"^outlet\.(\d)\.", lambda match: f"outlet.{int(match[1]) + 1}.", name)
            name = name.replace("ambient.", "ambient.1.")
        # all outlets together are what comes in
        name = re.sub(r"^outlet\.(?=current|voltage|power|realpower)", "input.", name)
        return re.sub(r"^outlet\.(\d)\.desc$", r"outlet.\1.name", name)

    return renamed(both, ours)


DIFFERENCES = (
    (r"^(device|ups)\.mfr$", "a constant of its table; here it is in the identity", ()),
    (r"^ups\.type$", "a constant of its table", ("genesis", "revelation")),
    (r"^(device|ups)\.model$", "it takes the unit's name for a model", _PULIZZI),
    (r"^device\.macaddr$", "six octets, written with blanks there", ("revelation",)),
    (r"^device\.revision$", "of the hardware: no such name", ("revelation",)),
    (r"^outlet\.(id|desc)$", "of all outlets together: constants", ("revelation", *_PULIZZI)),
    (r"^outlet\.-?\d\.(id|switchable)$", "constants of its table", ("revelation", *_PULIZZI)),
    (r"^outlet\.count$", "it guesses", _PULIZZI),
    (r"^input\.voltage$", "0 of a total is not measured", _PULIZZI),
    (r"^ups\.date$", "dates are ISO here", _PULIZZI),
    (r"^shutdown\.", "made out of load.off and load.on by it", _PULIZZI),
)


async def test_variables() -> None:
    """They agree, but for the differences that have a reason; nobody writes anything."""

    async def one(state: str) -> Both:
        mibs, make = STATES[state]
        agent = make()
        both = as_ours(await read_both(state, agent, mibs))
        assert not agent.writes
        assert len(set(both.theirs.variables) & set(both.ours.variables)) > 6
        return both

    found = await asyncio.gather(*map(one, STATES))
    left = unexplained_names(found, DIFFERENCES)
    assert not left, "\n".join(left)
