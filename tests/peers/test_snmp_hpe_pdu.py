"""NUT's snmp-ups (mibs=hpe_epdu) reads our HPE PDU2, and so do we; it knows no other generation."""

from typing import Any

import pytest

from .snmp import (
    AS_MADE,
    BESIDE_NUT,
    States,
    command_with_nut,
    command_with_us,
    read_states,
    unexplained_names,
)
from .snmp_chains import as_ours
from tests.simulators.clock import Clock
from tests.simulators.snmp import HpePduAgent

pytestmark = BESIDE_NUT


def new_agent(**options: Any) -> HpePduAgent:
    """Return an agent whose time stands still."""
    return HpePduAgent(clock=Clock.stopped(), **options)


def _switched(agent: HpePduAgent) -> None:
    outlets = agent.units[0].outlets
    outlets[0].is_on = False
    outlets[1].due["off"] = agent.clock.now() + 60
    outlets[2].switchable = 2


def _alarmed(agent: HpePduAgent) -> None:
    unit = agent.units[0]
    unit.voltage = 265.0
    unit.frequency_bad = True
    unit.breaker_off = True
    unit.outlets[0].load = 8.5
    unit.outlets[1].load = 10.5
    unit.probes[0].temperature = 33.0
    unit.probes[0].humidity = 5.0
    unit.contacts[0].state = 2


def _no_probe(agent: HpePduAgent) -> None:
    agent.units[0].probes[0].status = 1


STATES: States = {
    "one unit": ({}, AS_MADE),
    "switched": ({}, _switched),
    "alarmed": ({}, _alarmed),
    "no probe": ({}, _no_probe),
    "three phases": ({"phases": 3}, AS_MADE),
    "chain": ({"units": 2, "phases": 3, "outlets": 2}, AS_MADE),
}

RENAMED = ((r"\boutlet\.(\d+)\.desc$", r"outlet.\1.name", "the name that the owner gave"),)
# what remains: pattern, why, states (none for all)
DIFFERENCES = (
    (r"^(device\.\d\.|)(device|ups)\.mfr$", "a constant of its table", ()),
    (r"^device\.\d\.(mfr|type)$", "constants of its table", ()),
    (r"ups\.type$", "a constant of its table", ()),
    (r"^device\.model$", "of a chain it says how long it is", ("chain",)),
    (r"outlet\.2\.status$", "an outlet that is about to go off still has power", ("switched",)),
    (r"^input\.frequency\.status$", "its word has hyphens", ("alarmed",)),
    (r"^ups\.status$", "it has no status of a PDU; an overload is one here", ("alarmed",)),
    (r"outlet\.\d+\.type$", "its words for sockets are those of the MIB", ()),
    (r"outlet\.\d+\.powerfactor$", "no document explains the sign: left out here", ()),
    (r"group\.\d+\.phase$", "it says L1 of the only phase, and L1 of L1-N", ()),
    (r"group\.\d+\.id$", "its own counting", ()),
    (r"outlet\.(id|desc)$", "of all outlets together: constants of its table", ()),
    (r"outlet\.-?\d+\.id$", "its own counting, of outlets that are not there too", ()),
    (
        r"^(device\.2\.|)input\.(voltage|current)\b",
        "of three phases it is the first",
        ("three phases", "chain"),
    ),
    (r"input\.L1\.load$", "it asks another instance than the document has", ("chain",)),
    (r"ambient\.1\.\w+\.(high|low)$", "it repeats the critical limits", ()),
    (r"ambient\.1\.", "it says the zeros of a probe that is not there", ("no probe",)),
    (r"ambient\.contacts\.2\.", "it does not ask whether a contact is there", ()),
    (r"outlet\.\d+\.load\.\w+\.delay$", "a parameter of the command here", ()),
    (r"^outlet\.3\.load\.\w+$", "an outlet that cannot be switched", ("switched",)),
)


async def test_variables() -> None:
    """They agree, but for the differences that have a reason; nobody writes anything."""

    read = await read_states(new_agent, STATES, "hpe_epdu")
    found = [as_ours(both, RENAMED) for both in read]
    left = unexplained_names(found, DIFFERENCES)
    assert not left, "\n".join(left)
    # it is no empty comparison
    agreed = {
        state.state: len(set(state.theirs.variables) & set(state.ours.variables)) for state in found
    }
    assert agreed["one unit"] > 80
    assert agreed["chain"] > 180


COMMANDS = ("outlet.2.load.off", "outlet.2.load.on", "outlet.2.load.cycle")


@pytest.mark.parametrize("command", COMMANDS)
async def test_commands_write_the_same(command: str) -> None:
    """What NUT writes for a command is what we write."""
    theirs, ours = new_agent(), new_agent()
    await command_with_nut(theirs, "hpe_epdu", command)
    await command_with_us(ours, command)
    assert theirs.writes == ours.writes
