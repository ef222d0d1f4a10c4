"""Traps and informs over loopback, and transcripts that are replayed."""

import asyncio
from collections.abc import Callable
import json
import socket

import pytest

from .snmp import linked, opened
from custom_components.ups_protocols.ups.links.base import Trap
from custom_components.ups_protocols.ups.links.snmp import SnmpLink
from custom_components.ups_protocols.ups.links.snmp_ber import decode
from custom_components.ups_protocols.ups.links.snmp_pdu import PduType
from custom_components.ups_protocols.ups.links.snmp_replay import replay
from custom_components.ups_protocols.ups.links.snmp_traps import _ports
from custom_components.ups_protocols.ups.model import Event, Push, Reread, StatusFlag, Tier
from custom_components.ups_protocols.ups.protocols.snmp import SnmpUps
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.snmp import Kind, Rfc1628Agent, Value, oid, trap_message

pytestmark = pytest.mark.usefixtures("loopback")

ALARM = oid("1.3.6.1.2.1.33.1.6.2.1.2.4")
PAIRS = ((ALARM, Value(Kind.OID, oid("1.3.6.1.2.1.33.1.6.3.3"))),)


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(2):
        while not is_so():
            await asyncio.sleep(0.005)


def send(datagram: bytes, port: int) -> bytes | None:
    """Send a datagram as an agent does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(datagram, ("127.0.0.1", port))
    return None


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize("trap", ["1.3.6.1.2.1.33.2.0.3", "1.3.6.1.2.1.33.2.3"])
async def test_trap(version: str, trap: str) -> None:
    """Either version, with or without the zero; the varbinds are there."""
    port = free_port()
    async with linked(Rfc1628Agent(), community="public", more=f"&traps={port}") as (_, link, __):
        heard: list[Trap] = []
        link.on_trap(heard.append)
        send(trap_message(oid(trap), PAIRS, version=version), port)
        await until(lambda: bool(heard))
        assert heard[0].oid[-1] == 3
        assert heard[0].oid[:8] == oid("1.3.6.1.2.1.33.2")[:8]
        assert heard[0].values[ALARM] == oid("1.3.6.1.2.1.33.1.6.3.3")


async def test_strangers_are_not_heard() -> None:
    """Another community, garbage, a request: no trap."""
    port = free_port()
    async with linked(Rfc1628Agent(), community="public", more=f"&traps={port}") as (_, link, __):
        heard: list[Trap] = []
        link.on_trap(heard.append)
        send(trap_message(oid("1.3.6.1.2.1.33.2.3"), community=b"stranger"), port)
        send(b"garbage", port)
        send(trap_message(oid("1.3.6.1.2.1.33.2.4")), port)
        await until(lambda: bool(heard))
        assert [trap.oid[-1] for trap in heard] == [4]


async def test_inform_is_answered() -> None:
    """With the same number and objects."""
    port = free_port()
    async with linked(Rfc1628Agent(), community="public", more=f"&traps={port}") as (_, link, __):
        heard: list[Trap] = []
        link.on_trap(heard.append)
        datagram = trap_message(oid("1.3.6.1.2.1.33.2.3"), PAIRS, inform=True)
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.bind(("127.0.0.1", 0))
            sender.sendto(datagram, ("127.0.0.1", port))
            async with asyncio.timeout(2):
                answer = decode(await loop.sock_recv(sender, 2000))
        asked = decode(datagram)
        assert answer.type == PduType.RESPONSE
        assert (answer.request_id, answer.response) == (asked.request_id, asked.response)
        assert heard


async def test_one_socket_for_all() -> None:
    """It is shared, counted, and closed with the last link."""
    port = free_port()
    words = f"&traps={port}"
    async with linked(Rfc1628Agent(), community="public", more=words) as (_, one, __):
        async with linked(Rfc1628Agent(), community="public", more=words) as (_, other, __):
            heard: list[SnmpLink] = []
            one.on_trap(lambda trap: heard.append(one))
            other.on_trap(lambda trap: heard.append(other))
            assert len(_ports) == 1
            send(trap_message(oid("1.3.6.1.2.1.33.2.3")), port)
            await until(lambda: len(heard) == 2)
        assert len(_ports) == 1
    assert not _ports


async def test_a_port_that_cannot_be_had() -> None:
    """The link works without traps, and says why there are none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("0.0.0.0", 0))
        port = other.getsockname()[1]
        async with opened(Rfc1628Agent(), community="public", more=f"&traps={port}") as unit:
            assert unit.link.trap_error is not None
            assert "another program" in str(unit.link.trap_error)
            assert (await unit.driver.read_status()).flags == {StatusFlag.ON_LINE}


async def test_from_the_mains_to_the_status() -> None:
    """The simulated agent sends its trap; a status read follows; it takes no time."""
    port = free_port()
    agent = Rfc1628Agent()
    async with opened(agent, community="public", more=f"&traps={port}") as unit:
        unit.wire.trap_port = port
        pushed: list[Push] = []
        unit.driver.on_push(pushed.append)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        agent.mains(False)
        await until(lambda: Reread(Tier.STATUS) in pushed)
        assert (await unit.driver.read_status()).flags == {StatusFlag.ON_BATTERY}
        assert loop.time() - begun < 0.25
        agent.mains(True)
        await until(lambda: Event("alarm_removed") in pushed)


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_replay(version: str) -> None:
    """What was said to an agent, through JSON, makes the same snapshot again."""
    agent = Rfc1628Agent(phases=3)
    agent.replace_battery = True
    async with opened(agent, version=version) as unit:
        snapshot = await unit.driver.read()
        recorded = json.loads(json.dumps(unit.transcript.as_json()))
    driver = SnmpUps(replay(Transcript.from_json(recorded)), {}, {})
    assert await driver.open() == unit.identity
    assert await driver.read() == snapshot
