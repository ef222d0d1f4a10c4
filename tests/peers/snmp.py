"""NUT's snmp-ups beside us on one simulated agent: what both know, variable by variable.

For the peer test of a MIB: a table of states, a table of differences with their reasons, and
``compare``. The driver is that of Debian's nut-snmp (2.8.0); with v2c its outlet templates loop on
noSuchInstance, so it is run with v1 (card snmp.md, section 5).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
import re
from typing import Any

import pytest

from .nut import Crashed, Dump, find, running
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


async def read_both(
    state: str, agent: Agent, mibs: str, *, version: str = "v1", community: str = "private"
) -> Both:
    """Read an agent with NUT and with us."""
    async with UdpAgent(agent) as wire:
        theirs = await _read(wire.host, mibs=mibs, community=community, snmp_version=version)
        link = await open_snmp(f"snmp://{wire.host}?community={community}", Transcript())
        try:
            driver = SnmpUps(link, {}, {})
            await driver.open()
            snapshot = await driver.read()
        finally:
            await link.close()
    return Both(state, theirs, snapshot, frozenset(driver.commands))


async def _read(host: str, **options: str) -> Dump:
    """Read an agent with NUT; a driver that crashes is started again."""
    for _ in range(4):
        try:
            async with running(DRIVER, host, **options) as peer:
                return await peer.dump()
        except Crashed:
            continue
    async with running(DRIVER, host, **options) as peer:
        return await peer.dump()


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


type Prepare = Callable[[Any], None]
