"""SNMPv3: users, keys, algorithms, and agents that change."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import gc
from pathlib import Path
import subprocess
import sys
from typing import Any

import pytest

from custom_components.ups_protocols.ups.errors import AuthFailed, BadReply, NoReply, Rejected
from custom_components.ups_protocols.ups.links.base import SnmpAuth, SnmpPrivacy
from custom_components.ups_protocols.ups.links.snmp import SnmpLink, open_snmp
from custom_components.ups_protocols.ups.links.snmp_discovery import engine_id_in
from custom_components.ups_protocols.ups.links.snmp_keys import AUTHENTICATION, PRIVACY
from custom_components.ups_protocols.ups.links.snmp_user import UserWire, _engines, _make_engine
from custom_components.ups_protocols.ups.model import StatusFlag
from custom_components.ups_protocols.ups.protocols.snmp import SnmpUps
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.snmp import Rfc1628Agent, Status
from tests.simulators.snmp.user import UserAgent

LEVELS: list[tuple[SnmpAuth | None, SnmpPrivacy | None]] = [
    (None, None),
    *((auth, None) for auth in SnmpAuth),
    *((SnmpAuth.SHA, privacy) for privacy in SnmpPrivacy),
    (SnmpAuth.MD5, SnmpPrivacy.DES),
    (SnmpAuth.SHA512, SnmpPrivacy.AES256),
]
USERS = [
    (
        f"{auth}-{privacy}",
        AUTHENTICATION[auth],
        "authkey12" if auth else None,
        PRIVACY[privacy],
        "privkey34" if privacy else None,
    )
    for auth, privacy in LEVELS
]
OTHER_ID = b"\x80\x00\x1f\x88\x04another"
GOOD = "user=sha-aes&auth=sha&auth_key=authkey12&priv=aes&priv_key=privkey34"
pytestmark = [
    pytest.mark.usefixtures("loopback"),
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning:pysnmp.*"),
]


@asynccontextmanager
async def linked(
    wire: UserAgent, words: str, engine: Any = None, transcript: Transcript | None = None
) -> AsyncGenerator[SnmpLink]:
    """Yield a link to an agent."""

    async def shared() -> Any:
        return engine

    link = await open_snmp(
        f"snmp://{wire.host}?version=3&timeout=0.5&{words}",
        transcript or Transcript(),
        engine=None if engine is None else shared,
    )
    try:
        yield link
    finally:
        await link.close()


@pytest.mark.parametrize(("auth", "privacy"), LEVELS)
async def test_levels(auth: SnmpAuth | None, privacy: SnmpPrivacy | None) -> None:
    """Every algorithm, through our own engine."""
    words = f"user={auth}-{privacy}"
    if auth:
        words += f"&auth={auth}&auth_key=authkey12"
    if privacy:
        words += f"&priv={privacy}&priv_key=privkey34"
    async with UserAgent(Rfc1628Agent(), USERS) as wire, linked(wire, words) as link:
        driver = SnmpUps(link, {}, {})
        assert (await driver.open()).model == "Simulated 1000"
        snapshot = await driver.read()
        assert snapshot.variables["input.voltage"] == 230
        before = wire.requests
        assert (await driver.read_status()).flags == {StatusFlag.ON_LINE}
        assert wire.requests == before + 1


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("user=nobody&auth=sha&auth_key=authkey12", "does not know this user"),
        (GOOD.replace("authkey12", "authkey13"), "authentication key"),
        (GOOD.replace("auth=sha", "auth=md5"), "authentication key"),
        (GOOD.replace("privkey34", "privkey35"), "privacy key"),
        ("user=sha-aes&auth=sha&auth_key=authkey12", "level of security"),
        ("user=sha-None&auth=sha&auth_key=authkey12&priv=aes&priv_key=privkey34", "privacy key"),
    ],
)
async def test_wrong_credentials(words: str, text: str) -> None:
    """User, authentication key and privacy key are told apart, and never shown."""
    async with UserAgent(Rfc1628Agent(), USERS) as wire, linked(wire, words) as link:
        with pytest.raises(AuthFailed, match=text) as caught:
            await SnmpUps(link, {}, {}).open()
        assert "key1" not in str(caught.value)
        assert "key3" not in str(caught.value)


async def test_nobody_there() -> None:
    """Silence is no wrong key."""
    async with UserAgent(Rfc1628Agent(), USERS) as wire:
        host = wire.host
    with pytest.raises(NoReply, match="SNMPv3"):
        await open_snmp(f"snmp://{host}?timeout=0.1&{GOOD}", Transcript())


async def test_silence_after_it_has_answered() -> None:
    """An agent that falls silent is silent, its keys are right."""
    agent = Rfc1628Agent()
    async with UserAgent(agent, USERS) as wire, linked(wire, GOOD) as link:
        driver = SnmpUps(link, {}, {})
        await driver.open()
        agent.faults.silence = True
        with pytest.raises(NoReply):
            await driver.read_status()
        agent.faults.silence = False
        assert (await driver.read_status()).flags == {StatusFlag.ON_LINE}


@pytest.mark.parametrize("engine_id", [OTHER_ID, None])
async def test_a_card_that_starts_anew(engine_id: bytes | None) -> None:
    """With the same engine id, or with another, as a replaced card has."""
    agent = Rfc1628Agent()
    more: dict[str, Any] = {} if engine_id is None else {"engine_id": engine_id}
    async with UserAgent(agent, USERS) as wire:
        port = wire.port
        link = await open_snmp(f"snmp://{wire.host}?timeout=0.5&{GOOD}", Transcript())
        driver = SnmpUps(link, {}, {})
        await driver.open()
    try:
        async with UserAgent(agent, USERS, port=port, **more):
            assert (await driver.read_status()).flags == {StatusFlag.ON_LINE}
    finally:
        await link.close()


async def test_two_agents_with_one_user() -> None:
    """Each has its own key under its own engine id, in one shared engine that is not closed."""
    engine = await asyncio.get_running_loop().run_in_executor(None, _make_engine)
    one, other = Rfc1628Agent(model="one"), Rfc1628Agent(model="other")
    try:
        async with (
            UserAgent(one, USERS) as here,
            UserAgent(other, USERS, engine_id=OTHER_ID) as there,
            linked(here, GOOD, engine) as first,
            linked(there, GOOD, engine) as second,
        ):
            for _ in range(2):
                assert (await SnmpUps(first, {}, {}).open()).model == "one"
                assert (await SnmpUps(second, {}, {}).open()).model == "other"
            await first.close()
            assert (await SnmpUps(second, {}, {}).open()).model == "other"
        assert engine.transport_dispatcher is not None
    finally:
        engine.close_dispatcher()
        await asyncio.sleep(0)


async def test_writing() -> None:
    """SETs through the engine, with their refusals; a community is not needed."""
    agent = Rfc1628Agent()
    async with UserAgent(agent, USERS) as wire, linked(wire, GOOD) as link:
        driver = SnmpUps(link, {}, {})
        await driver.open()
        await driver.run("test.battery.start.quick")
        assert agent.power.testing
        assert await driver.write("ups.id", "new") == "new"
        agent.faults.read_only = Status.NO_ACCESS
        with pytest.raises(Rejected, match="refuses"):
            await driver.run("beeper.mute")


async def test_nothing_is_left_and_nothing_shown() -> None:
    """The last link closes our engine; keys are in no transcript and no name."""
    before = asyncio.all_tasks()
    transcript = Transcript()
    async with UserAgent(Rfc1628Agent(), USERS) as wire:
        for _ in range(2):
            async with (
                linked(wire, GOOD, transcript=transcript) as link,
                linked(wire, GOOD) as second,
            ):
                await SnmpUps(link, {}, {}).open()
                await SnmpUps(second, {}, {}).open()
                assert isinstance(link._wire, UserWire)
                shown = f"{transcript.as_json()} {link!r} {link._wire!r} {link.address!r}"
                assert "authkey" not in shown
                assert "privkey" not in shown
    assert not _engines._engines
    await asyncio.sleep(0)
    gc.collect()
    assert asyncio.all_tasks() == before


def test_pysnmp_is_not_imported_for_communities() -> None:
    """It takes 0.2 s, and memory."""
    # the integration's own __init__ imports Home Assistant, which may import anything
    code = """
import sys, types
module = sys.modules["custom_components.ups_protocols"] = types.ModuleType("ups_protocols")
module.__path__ = ["custom_components/ups_protocols"]
import custom_components.ups_protocols.ups.protocols.snmp
import custom_components.ups_protocols.ups.links.snmp
sys.exit(any(name.startswith(("pysnmp", "pyasn1")) for name in sys.modules))
"""
    folder = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=folder, check=False).returncode == 0


@pytest.mark.parametrize("data", [b"", b"\x30\x03\x02\x01\x01", b"\x30\x80", bytes(50)])
def test_no_engine_id(data: bytes) -> None:
    """Anything but an SNMPv3 message is a BadReply."""
    with pytest.raises(BadReply):
        engine_id_in(data)
