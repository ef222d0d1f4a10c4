"""What the tests of SNMP share: a driver on a simulated agent over loopback, and common checks."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from custom_components.ups_protocols.ups.errors import Unsupported
from custom_components.ups_protocols.ups.links.base import Oid, Trap
from custom_components.ups_protocols.ups.links.snmp import SnmpLink, open_snmp
from custom_components.ups_protocols.ups.mibs.reader import Reader
from custom_components.ups_protocols.ups.mibs.table import Mib
from custom_components.ups_protocols.ups.model import Event, Identity, Push, Value
from custom_components.ups_protocols.ups.names import parse, parse_command
from custom_components.ups_protocols.ups.protocols.snmp import SnmpUps
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.snmp import Agent, UdpAgent, oid

VERSIONS = pytest.mark.parametrize("version", ["1", "2c"])


@dataclass(slots=True)
class Unit:
    """A driver that is open, with everything behind it."""

    agent: Agent
    wire: UdpAgent
    link: SnmpLink
    driver: SnmpUps
    identity: Identity
    transcript: Transcript

    def told_by(self, trap: str) -> list[Push]:
        """Return what the driver makes of a trap without objects."""
        heard: list[Push] = []
        stop = self.driver.on_push(heard.append)
        self.link.deliver(Trap(oid(trap), {}))
        stop()
        return heard

    def hear(self) -> list[Push]:
        """Bring the agent's traps to the link; return the list of what the driver makes of them."""
        heard: list[Push] = []
        self.driver.on_push(heard.append)
        self.agent.trap_listeners.append(lambda trap, _: self.link.deliver(Trap(trap, {})))
        return heard


@asynccontextmanager
async def linked(
    agent: Agent, *, version: str = "2c", community: str = "private", more: str = ""
) -> AsyncGenerator[tuple[UdpAgent, SnmpLink, Transcript]]:
    """Yield an agent on loopback and a link to it."""
    transcript = Transcript()
    async with UdpAgent(agent) as wire:
        link = await open_snmp(
            f"snmp://{wire.host}?version={version}&community={community}&timeout=0.2{more}",
            transcript,
        )
        try:
            yield wire, link, transcript
        finally:
            await link.close()


@asynccontextmanager
async def opened(agent: Agent, *, version: str = "2c", **more: str) -> AsyncGenerator[Unit]:
    """Yield an open driver on an agent."""
    async with linked(agent, version=version, **more) as (wire, link, transcript):
        driver = SnmpUps(link, {}, {})
        identity = await driver.open()
        yield Unit(agent, wire, link, driver, identity, transcript)


def event_names(heard: Iterable[Push]) -> list[str]:
    """Return the names of the events among what was heard."""
    return [push.name for push in heard if isinstance(push, Event)]


async def check_setting(
    agent: Agent, name: str, value: Value, written: tuple[str, object], *, version: str = "2c"
) -> None:
    """See that a setting is written where it should be, is in force then, and not written again."""
    async with opened(agent, version=version) as unit:
        assert await unit.driver.write(name, value) == value
        assert agent.writes == [written]
        assert (await unit.driver.read()).variables[name] == value
        assert await unit.driver.write(name, value) == value
        assert agent.writes == [written]


async def check_refusal(
    agent: Agent, name: str, value: Value, error: type[Exception] = Unsupported
) -> None:
    """See that a value is refused, and nothing is written."""
    async with opened(agent) as unit:
        with pytest.raises(error):
            await unit.driver.write(name, value)
        assert agent.writes == []


def check_names(mib: Mib, **places: object) -> None:
    """See that every name of a MIB is a standard one, with these numbers in their places."""
    for table in mib.tables:
        for row in table.rows:
            for name in row.names:
                assert parse(name.format(**places)), name
    for order in mib.orders:
        assert parse_command(order.command.name.format(**places)), order.command.name


class _Said:
    """An agent that says what it is given."""

    def __init__(self, raw: Mapping[Oid, Any]) -> None:
        self.raw = raw

    async def walk(self, *roots: Oid, rows: int = 1) -> dict[Oid, Any]:
        """Return what lies below some objects."""
        return {
            each: value
            for each, value in self.raw.items()
            if any(each[: len(root)] == root for root in roots)
        }


async def learned(mib: Mib, raw: Mapping[Oid, Any]) -> Reader:
    """Return a reader that has learned from an agent that says these objects."""
    reader = Reader(mib)
    await reader.learn(_Said(raw))  # type: ignore[arg-type]
    return reader


def check_variables(reader: Reader) -> Mapping[str, Value]:
    """Return the values, each of a standard name and within its limits."""
    variables, _ = reader.variables()
    for name, value in variables.items():
        row = parse(name)
        assert row is not None, name
        assert isinstance(value, str | float | int)
        if not isinstance(value, str) and row.variable.maximum is not None:
            assert value <= row.variable.maximum
    return variables
