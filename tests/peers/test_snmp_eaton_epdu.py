"""NUT's snmp-ups (mibs=eaton_epdu) reads our Eaton ePDUs, and so do we."""

from typing import Any

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
from tests.simulators.snmp import EatonEpduAgent

pytestmark = BESIDE_NUT


def new_agent(**options: Any) -> EatonEpduAgent:
    """Return an agent whose time stands still."""
    return EatonEpduAgent(clock=Clock.stopped(), **options)


def _switched(agent: EatonEpduAgent) -> None:
    outlets = agent.units[0].outlets
    outlets[0].on = False
    outlets[1].due["off"] = agent.clock.now() + 60
    outlets[2].switchable = 2


def _alarmed(agent: EatonEpduAgent) -> None:
    unit = agent.units[0]
    unit.voltage = 265.0
    unit.frequency_bad = True
    unit.groups[1].breaker = 2
    unit.outlets[0].load = 8.5
    unit.outlets[1].load = 10.5
    unit.probes[0].temperature = 33.0
    unit.probes[0].humidity = 5.0
    unit.contacts[0].closed = True


def _no_probe(agent: EatonEpduAgent) -> None:
    agent.units[0].probes[0].status = 0


STATES: States = {
    "one unit": ({}, AS_MADE),
    "switched": ({}, _switched),
    "alarmed": ({}, _alarmed),
    "no probe": ({}, _no_probe),
    "three phases": ({"phases": 3}, AS_MADE),
    "chain": ({"units": 2, "phases": (3, 1), "outlets": 2}, AS_MADE),
}

RENAMED = (
    (r"\boutlet\.(\d+)\.name$", r"outlet.\1.designator", "its name is the printed label"),
    (r"\boutlet\.((?:group\.)?\d+)\.desc$", r"outlet.\1.name", "the name that the owner gave"),
    (r"\binput\.realpower\.nominal$", "input.power.nominal", "the MIB does not say W"),
)
# what remains: pattern, why, states (none for all)
DIFFERENCES = (
    (r"^(device\.\d\.|)(device|ups)\.mfr$", "a constant of its table", ()),
    (r"^device\.\d\.(mfr|type)$", "constants of its table", ()),
    (r"ups\.type$", "it says pdu; here what kind of PDU the unit says", ()),
    (r"^device\.model$", "of a chain it says how long it is", ("chain",)),
    (r"outlet\.2\.status$", "an outlet that is about to go off still has power", ("switched",)),
    (r"^input\.frequency\.status$", "its word has hyphens", ("alarmed",)),
    (r"^ups\.status$", "it has no status of a PDU; an overload is one here", ("alarmed",)),
    (r"outlet\.\d+\.timer\.", "-1 is no countdown: absent here", ()),
    (r"outlet\.\d+\.type$", "its words for sockets are those of the MIB", ()),
    (r"group\.\d+\.phase$", "it leaves the L out", ("three phases", "chain")),
    (r"outlet\.(id|desc|switchable)$", "of all outlets together: constants of its table", ()),
    (
        r"outlet\.(current|voltage|frequency|power|realpower)$",
        "of all outlets together: what the input says, its current ten times too large",
        (),
    ),
    (
        r"^input\.(voltage|current|power|realpower)\b(?!\.nominal)",
        "of three phases it is the first",
        ("three phases", "chain"),
    ),
    (r"^input\.current\.nominal$", "of three phases it is the first", ("three phases", "chain")),
    (r"ambient\.1\.\w+\.(high|low)$", "it repeats the critical limits", ()),
    (r"ambient\.1\.", "it says the zeros of a probe that is not there", ("no probe",)),
    (r"ambient\.contacts\.2\.", "it does not ask whether a contact is there", ()),
    (r"ambient\.contacts\.\d\.status$", "its word is opened", ()),
    (r"outlet\.(group\.)?\d+\.load\.\w+\.delay$", "a parameter of the command here", ()),
    (r"outlet\.group\.\d+\.load\.\w+$", "a breaker has no objects to switch it", ()),
    (r"^outlet\.3\.load\.\w+$", "an outlet that cannot be switched", ("switched",)),
)


async def test_variables() -> None:
    """They agree, but for the differences that have a reason; nobody writes anything."""

    read = await read_states(new_agent, STATES, "eaton_epdu")
    found = [as_ours(both, RENAMED) for both in read]
    left = unexplained_names(found, DIFFERENCES)
    assert not left, "\n".join(left)
    # it is no empty comparison
    agreed = {
        state.state: len(set(state.theirs.variables) & set(state.ours.variables)) for state in found
    }
    assert agreed["one unit"] > 80
    assert agreed["chain"] > 180


COMMANDS = (
    "outlet.2.load.off",
    "outlet.2.load.on",
    "outlet.2.load.cycle",
    "outlet.group.1.load.off",
    "outlet.group.1.load.on",
    "outlet.group.1.load.cycle",
)


async def test_commands_write_the_same() -> None:
    """What NUT writes for a command is what we write."""
    for command in COMMANDS:
        theirs, ours = new_agent(), new_agent()
        await command_with_nut(theirs, "eaton_epdu", command)
        await command_with_us(ours, command)
        assert theirs.writes == ours.writes, command
