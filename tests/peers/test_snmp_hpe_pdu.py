"""NUT's snmp-ups (mibs=hpe_epdu) reads our HPE PDU2, and so do we; it knows no other generation."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
import re
from typing import Any

import pytest

from .nut import running
from .snmp import BESIDE_NUT, DRIVER, Both, differences, read_both
from custom_components.ups_protocols.ups.links.snmp import open_snmp
from custom_components.ups_protocols.ups.protocols.snmp import SnmpUps
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.clock import Clock
from tests.simulators.snmp import HpePduAgent, UdpAgent

pytestmark = BESIDE_NUT


def new_agent(**options: Any) -> HpePduAgent:
    """Return an agent whose time stands still."""
    return HpePduAgent(clock=Clock.stopped(), **options)


def _nothing(_: HpePduAgent) -> None:
    pass


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


STATES: Mapping[str, tuple[Mapping[str, Any], Callable[[HpePduAgent], None]]] = {
    "one unit": ({}, _nothing),
    "switched": ({}, _switched),
    "alarmed": ({}, _alarmed),
    "no probe": ({}, _no_probe),
    "three phases": ({"phases": 3}, _nothing),
    "chain": ({"units": 2, "phases": 3, "outlets": 2}, _nothing),
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
    (r"\boutlet\.(\d+)\.desc$", r"outlet.\1.name", "the name that the owner gave"),
)
THREE_PHASES = (r"\binput\.L(\d)\.voltage", r"input.L\1-N.voltage", "it is phase to neutral")
ONE_PHASE = (r"\binput\.L1\.", "input.", "the only phase has no number here")


def renamed(both: Both) -> Both:
    """Give NUT's values and commands our names."""
    is_three = both.ours.variables.get("input.phases") == 3
    last = THREE_PHASES if is_three else ONE_PHASE

    def ours(name: str) -> str:
        for pattern, replacement, _ in (*RENAMED, last):
            name = re.sub(pattern, replacement, name)
        return name

    theirs = both.theirs
    return replace(
        both,
        theirs=replace(
            theirs,
            variables={ours(name): value for name, value in theirs.variables.items()},
            commands=frozenset(map(ours, theirs.commands)),
        ),
    )


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

    async def one(state: str) -> Both:
        options, prepare = STATES[state]
        agent = new_agent(**options)
        prepare(agent)
        both = await read_both(state, agent, "hpe_epdu")
        assert agent.writes == []
        return renamed(both)

    found = await asyncio.gather(*map(one, STATES))
    used = set()
    unexplained = []
    for both in found:
        for name, ours, theirs in differences(both):
            reason = next(
                (
                    each
                    for each in DIFFERENCES
                    if re.search(each[0], name) and (not each[2] or both.state in each[2])
                ),
                None,
            )
            used.add(reason)
            if reason is None:
                unexplained.append((both.state, name, ours, theirs))
    assert not unexplained, "\n".join(map(str, unexplained))
    assert set(DIFFERENCES) <= used
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
    async with (
        UdpAgent(theirs) as wire,
        running(DRIVER, wire.host, mibs="hpe_epdu", community="private", snmp_version="v1") as peer,
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
    assert theirs.writes == ours.writes
