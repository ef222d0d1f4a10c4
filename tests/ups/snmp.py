"""What the tests of SNMP share: a driver on a simulated agent, over loopback."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from custom_components.ups_protocols.ups.links.snmp import SnmpLink, open_snmp
from custom_components.ups_protocols.ups.model import Identity
from custom_components.ups_protocols.ups.protocols.snmp import SnmpUps
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.snmp import Agent, UdpAgent


@dataclass(slots=True)
class Unit:
    """A driver that is open, with everything behind it."""

    agent: Agent
    wire: UdpAgent
    link: SnmpLink
    driver: SnmpUps
    identity: Identity
    transcript: Transcript


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
