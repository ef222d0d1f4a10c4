"""NUT's snmp-ups (mibs=eaton_epdu) reads our Eaton ePDUs, and so do we."""

import asyncio
from collections.abc import Callable, Mapping
import re
from typing import Any

from .nut import running
from .snmp import BESIDE_NUT, DRIVER, Both, read_both, renamed, unexplained_names
from custom_components.ups_protocols.ups.links.snmp import open_snmp
from custom_components.ups_protocols.ups.protocols.snmp import SnmpUps
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.clock import Clock
from tests.simulators.snmp import EatonEpduAgent, UdpAgent

pytestmark = BESIDE_NUT


def new_agent(**options: Any) -> EatonEpduAgent:
    """Return an agent whose time stands still."""
    return EatonEpduAgent(clock=Clock.stopped(), **options)


def _nothing(_: EatonEpduAgent) -> None:
    pass


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


STATES: Mapping[str, tuple[Mapping[str, Any], Callable[[EatonEpduAgent], None]]] = {
    "one unit": ({}, _nothing),
    "switched": ({}, _switched),
    "alarmed": ({}, _alarmed),
    "no probe": ({}, _no_probe),
    "three phases": ({"phases": 3}, _nothing),
    "chain": ({"units": 2, "phases": (3, 1), "outlets": 2}, _nothing),
}

# the same value under another name: pattern, our name, why
RENAMED = (
    (
        r"^device\.1\.(?=part|serial|model|mfr|type|contact|desc|loc)",
        "device.",
        "it numbers the first of a chain, too",
    ),
    (r"^device\.1\.", "", "it numbers the first of a chain, too"),
    (r"\bups\.(serial|model)$", r"device.\1", "the same under both names"),
    (r"^device\.(\d)\.device\.", r"device.\1.", "the same under both names"),
    (r"\bambient\.(?=[htp])", "ambient.1.", "it knows one probe"),
    (r"\boutlet\.(\d+)\.name$", r"outlet.\1.designator", "its name is the printed label"),
    (r"\boutlet\.((?:group\.)?\d+)\.desc$", r"outlet.\1.name", "the name that the owner gave"),
    (r"\binput\.realpower\.nominal$", "input.power.nominal", "the MIB does not say W"),
)
THREE_PHASES = (r"\binput\.L(\d)\.voltage", r"input.L\1-N.voltage", "it is phase to neutral")
ONE_PHASE = (r"\binput\.L1\.", "input.", "the only phase has no number here")


def as_ours(both: Both) -> Both:
    """Give NUT's values our names."""

    def ours(name: str) -> str:
        for pattern, replacement, _ in RENAMED:
            name = re.sub(pattern, replacement, name)
        unit = re.match(r"device\.\d+\.", name)
        prefix = unit[0] if unit else ""
        is_three = both.ours.variables.get(f"{prefix}input.phases") == 3
        pattern, replacement, _ = THREE_PHASES if is_three else ONE_PHASE
        return re.sub(pattern, replacement, name)

    return renamed(both, ours)


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

    async def one(state: str) -> Both:
        options, prepare = STATES[state]
        agent = new_agent(**options)
        prepare(agent)
        both = await read_both(state, agent, "eaton_epdu")
        assert agent.writes == []
        return as_ours(both)

    found = await asyncio.gather(*map(one, STATES))
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

    async def both(command: str) -> None:
        theirs, ours = new_agent(), new_agent()
        async with (
            UdpAgent(theirs) as wire,
            running(
                DRIVER, wire.host, mibs="eaton_epdu", community="private", snmp_version="v1"
            ) as peer,
            peer.instructing() as instruct,
        ):
            instruct(command)
            async with asyncio.timeout(20):
                while not theirs.writes:
                    await asyncio.sleep(0.05)
        async with UdpAgent(ours) as wire:
            link = await open_snmp(f"snmp://{wire.host}?community=private", Transcript())
            try:
                driver = SnmpUps(link, {}, {})
                await driver.open()
                await driver.run(command)
            finally:
                await link.close()
        assert theirs.writes == ours.writes, command

    for command in COMMANDS:
        await both(command)
