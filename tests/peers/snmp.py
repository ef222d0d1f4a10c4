"""NUT's snmp-ups beside us on one simulated agent: what both know, variable by variable.

For the peer test of a MIB: a table of states, read by ``read_states``, a table of differences with
their reasons, held against them by ``unexplained``, and what each writes for a command. The driver
is that of Debian's nut-snmp (2.8.0); with v2c its outlet templates loop on noSuchInstance, so it is
run with v1 (card snmp.md, section 5).
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
import re
from typing import Any

import pytest

from .nut import Crashed, Dump, NutDriver, find, running
from custom_components.ups_protocols.ups.links.snmp import open_snmp
from custom_components.ups_protocols.ups.model import Snapshot
from custom_components.ups_protocols.ups.protocols.snmp import SnmpUps
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.snmp import Agent, UdpAgent

DRIVER = "snmp-ups"
BESIDE_NUT = [
    pytest.mark.skipif(not find(DRIVER), reason="NUT's snmp-ups is not installed (nut-snmp)"),
    pytest.mark.usefixtures("loopback"),
]
"""The marks of a test that runs NUT's driver beside ours."""

type Prepare = Callable[[Any], None]
"""What is done to an agent."""
type States = Mapping[str, tuple[Mapping[str, Any], Prepare]]
"""States of an agent: with which options it is made, and what is done to it then."""

ALIASES = {"ups.mfr": "device.mfr", "ups.model": "device.model", "ups.serial": "device.serial"}
"""NUT has these under both names, we under one."""
# NUT's flags in our words; None for what is no flag of ours
FLAGS: Mapping[str, str | None] = {"ALARM": None}


@dataclass(frozen=True, slots=True)
class Known:
    """A difference that is expected, and why; an empty ``states`` stands for all."""

    names: tuple[str, ...]
    reason: str
    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Both:
    """What NUT and we know of an agent in one state."""

    state: str
    theirs: Dump
    ours: Snapshot
    commands: frozenset[str]


def having(**values: Any) -> Prepare:
    """Return what gives these values to an agent, or to the power side that has them."""

    def prepare(agent: Any) -> None:
        power = getattr(agent, "power", None)
        for name, value in values.items():
            setattr(power if hasattr(power, name) else agent, name, value)
        if power is not None:
            power.settle()

    return prepare


AS_MADE = having()


def in_test(agent: Any) -> None:
    """Have a battery test run."""
    agent.power.start_test(600)


def shutting_down(agent: Any) -> None:
    """Have the shutdown timer run."""
    agent.power.shut_down(60, off_for=None)


async def read_states(make: Callable[..., Agent], states: States, mibs: str) -> list[Both]:
    """Read an agent in each state with NUT and with us; neither writes anything."""

    async def one(state: str) -> Both:
        options, prepare = states[state]
        agent = make(**options)
        prepare(agent)
        both = await read_both(state, agent, mibs)
        assert agent.writes == []
        return both

    return await asyncio.gather(*map(one, states))


async def read_both(
    state: str, agent: Agent, mibs: str, *, version: str = "v1", community: str = "private"
) -> Both:
    """Read an agent with NUT and with us."""
    async with UdpAgent(agent) as wire:
        theirs = await _read(wire.host, mibs, version, community)
        async with _ours(wire, community=community) as driver:
            snapshot = await driver.read()
    return Both(state, theirs, snapshot, frozenset(driver.commands))


@asynccontextmanager
async def _ours(wire: UdpAgent, *, community: str = "private") -> AsyncGenerator[SnmpUps]:
    """Yield our driver, open."""
    link = await open_snmp(f"snmp://{wire.host}?community={community}", Transcript())
    try:
        driver = SnmpUps(link, {}, {})
        await driver.open()
        yield driver
    finally:
        await link.close()


async def _read(host: str, mibs: str, version: str, community: str) -> Dump:
    """Read an agent with NUT; a driver that crashes is started again."""
    for _ in range(4):
        try:
            async with _theirs(host, mibs, version, community) as peer:
                return await peer.dump()
        except Crashed:
            continue
    async with _theirs(host, mibs, version, community) as peer:
        return await peer.dump()


def _theirs(
    host: str, mibs: str, version: str = "v1", community: str = "private"
) -> AbstractAsyncContextManager[NutDriver]:
    """Return NUT's driver, once it runs."""
    return running(DRIVER, host, mibs=mibs, community=community, snmp_version=version)


def differences(both: Both) -> Iterator[tuple[str, object, str]]:
    """Yield name, our value, NUT's: what NUT knows and we do not, or otherwise."""
    variables = both.ours.variables
    for name, value in sorted(both.theirs.variables.items()):
        if name.startswith("driver.") or name in {"ups.status", "ups.alarm", "device.type"}:
            continue
        ours = variables.get(name, variables.get(ALIASES.get(name, "")))
        if ours is None or not alike(ours, value):
            yield name, ours, value
    words = both.theirs.variables.get("ups.status", "").split()
    flags = {FLAGS.get(word, word) for word in words} - {None}
    if flags != set(both.ours.status.flags):
        yield "ups.status", " ".join(sorted(both.ours.status.flags)), " ".join(words)
    for command in sorted(both.theirs.commands - both.commands):
        yield command, None, "a command"


def alike(ours: object, theirs: str) -> bool:
    """Compare a value of ours with a text of NUT's: numbers as far as NUT shows them."""
    try:
        number, wanted = float(str(ours)), float(theirs)
    except ValueError:
        return str(ours) == theirs.strip()
    return abs(number - wanted) <= 0.51 * float(f"1e-{len(theirs.partition('.')[2])}")


def unexplained(all_of_them: list[Both], known: tuple[Known, ...]) -> list[str]:
    """Return the differences without a reason, and the reasons that nothing needs any more."""
    used: set[Known] = set()
    lines = []
    for both in all_of_them:
        for name, ours, theirs in differences(both):
            reasons = [
                each
                for each in known
                if name in each.names and (not each.states or both.state in each.states)
            ]
            used.update(reasons)
            if not reasons:
                lines.append(f"{both.state}: {name} is {theirs} there, {ours} here")
    lines += [f"not needed any more: {each.names}" for each in known if each not in used]
    return lines


def renamed(both: Both, ours: Callable[[str], str]) -> Both:
    """Give NUT's values and commands our names, so that what they say is compared."""
    theirs = both.theirs
    return replace(
        both,
        theirs=replace(
            theirs,
            variables={ours(name): value for name, value in theirs.variables.items()},
            commands=frozenset(map(ours, theirs.commands)),
        ),
    )


type Pattern = tuple[str, str, tuple[str, ...]]
"""Names that a regular expression finds, why they differ, and in which states: () for all."""


def unexplained_names(found: Iterable[Both], patterns: tuple[Pattern, ...]) -> list[str]:
    """Return the differences that no pattern explains, and the patterns that nothing needs."""
    used: set[Pattern] = set()
    lines = []
    for both in found:
        for name, ours, theirs in differences(both):
            for each in patterns:
                if re.search(each[0], name) and (not each[2] or both.state in each[2]):
                    used.add(each)
                    break
            else:
                lines.append(f"{both.state}: {name} is {theirs} there, {ours} here")
    return lines + [f"not needed any more: {each[0]}" for each in patterns if each not in used]


async def command_with_nut(
    agent: Agent, mibs: str, *commands: str, writes: Sequence[object] | None = None
) -> None:
    """Have NUT give commands, and wait for what each writes.

    Args:
        agent: Which is told.
        mibs: NUT's name for the table.
        commands: Names, each with what follows it.
        writes: Where it is seen that something was written; the agent's own if not given.
    """
    seen = agent.writes if writes is None else writes
    async with (
        UdpAgent(agent) as wire,
        _theirs(wire.host, mibs) as peer,
        peer.instructing() as instruct,
    ):
        for number, command in enumerate(commands, 1):
            instruct(command)
            async with asyncio.timeout(20):
                while len(seen) < number:
                    await asyncio.sleep(0.05)


async def command_with_us(agent: Agent, *commands: str, **parameters: float) -> None:
    """Give commands with our driver."""
    async with UdpAgent(agent) as wire, _ours(wire) as driver:
        for command in commands:
            await driver.run(command, **parameters)
