"""SNMPv3 traps and informs: sent by pysnmp's own engine, and by who should not be believed."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
import socket
from typing import Any

from hypothesis import given, strategies as st
import pytest

from .test_snmp_traps import free_port, send, until
from .test_snmp_user import GOOD, LEVELS, OTHER_ID, USERS, pytestmark as _quiet
from custom_components.ups_protocols.ups.errors import BadReply
from custom_components.ups_protocols.ups.links.base import (
    SnmpAuth,
    SnmpCredentials,
    SnmpPrivacy,
    SnmpVersion,
    Trap,
)
from custom_components.ups_protocols.ups.links.snmp import SnmpLink, open_snmp
from custom_components.ups_protocols.ups.links.snmp_ber import octets, sequence, whole_number
from custom_components.ups_protocols.ups.links.snmp_keys import Keys, make_keys
from custom_components.ups_protocols.ups.links.snmp_pdu import PduType
from custom_components.ups_protocols.ups.links.snmp_user_traps import (
    OURS,
    UserMessage,
    UserTraps,
    decode_message,
    encode_message,
)
from custom_components.ups_protocols.ups.model import Reread, StatusFlag, Tier
from custom_components.ups_protocols.ups.protocols.snmp import SnmpUps
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.snmp import Rfc1628Agent, oid, trap_message
from tests.simulators.snmp.user import UserAgent

pytestmark = _quiet
ON_BATTERY = oid("1.3.6.1.2.1.33.2.0.1")
GIVEN = SnmpCredentials(
    version=SnmpVersion.V3,
    user="sha-aes",
    auth=SnmpAuth.SHA,
    auth_key="authkey12",
    privacy=SnmpPrivacy.AES,
    privacy_key="privkey34",
)
TRAP_OID = b"\x06\x0a\x2b\x06\x01\x06\x03\x01\x01\x04\x01\x00"
AGENT_ID = b"\x80\x00\x1f\x88\x04simulated"


@dataclass(slots=True)
class Listening:
    """A link that listens to an agent."""

    wire: UserAgent
    link: SnmpLink
    port: int
    heard: list[Trap] = field(default_factory=list)


@asynccontextmanager
async def listening(words: str = GOOD, **more: Any) -> AsyncGenerator[Listening]:
    """Yield a link that hears its agent's traps."""
    port = free_port()
    async with UserAgent(Rfc1628Agent(), USERS, **more) as wire:
        url = f"snmp://{wire.host}?version=3&timeout=0.5&traps={port}&{words}"
        link = await open_snmp(url, Transcript())
        try:
            listening = Listening(wire, link, port)
            link.on_trap(listening.heard.append)
            yield listening
        finally:
            await link.close()


def _level(auth: SnmpAuth | None, privacy: SnmpPrivacy | None) -> str:
    return "authPriv" if privacy else "authNoPriv" if auth else "noAuthNoPriv"


@pytest.mark.parametrize("inform", [False, True])
@pytest.mark.parametrize(("auth", "privacy"), LEVELS)
async def test_levels(auth: SnmpAuth | None, privacy: SnmpPrivacy | None, inform: bool) -> None:
    """Every algorithm; informs are answered so that the sender believes it."""
    user = f"{auth}-{privacy}"
    words = f"user={user}"
    words += f"&auth={auth}&auth_key=authkey12" if auth else ""
    words += f"&priv={privacy}&priv_key=privkey34" if privacy else ""
    async with listening(words) as it:
        answered = await it.wire.notify(
            user, _level(auth, privacy), ON_BATTERY, it.port, inform=inform
        )
        assert answered is (True if inform else None)
        await until(lambda: bool(it.heard))
        assert [trap.oid for trap in it.heard] == [ON_BATTERY]


async def test_a_trap_may_be_less_encrypted() -> None:
    """Proved is enough, in the clear is not."""
    async with listening() as it:
        await it.wire.notify("sha-aes", "authNoPriv", ON_BATTERY, it.port)
        await until(lambda: len(it.heard) == 1)
        await it.wire.notify("sha-aes", "noAuthNoPriv", ON_BATTERY, it.port)
        await it.wire.notify("sha-None", "authNoPriv", ON_BATTERY, it.port)
        send(trap_message(ON_BATTERY, community=b"public"), it.port)
        send(b"garbage", it.port)
        await it.wire.notify("sha-aes", "authPriv", (*ON_BATTERY[:-1], 2), it.port)
        await until(lambda: len(it.heard) == 2)
        assert [trap.oid[-1] for trap in it.heard] == [1, 2]


async def test_from_the_mains_to_the_status() -> None:
    """A trap is a reason to read."""
    async with listening() as it:
        driver = SnmpUps(it.link, {}, {})
        await driver.open()
        pushed: list[Any] = []
        driver.on_push(pushed.append)
        assert isinstance(it.wire.agent, Rfc1628Agent)
        it.wire.agent.mains(False)
        await it.wire.notify("sha-aes", "authPriv", ON_BATTERY, it.port)
        await until(lambda: Reread(Tier.STATUS) in pushed)
        assert (await driver.read_status()).flags == {StatusFlag.ON_BATTERY}


async def test_the_card_is_replaced() -> None:
    """Its traps count once the new card has been spoken to."""
    port, agent, heard = free_port(), Rfc1628Agent(), list[Trap]()
    async with UserAgent(agent, USERS) as old:
        url = f"snmp://{old.host}?version=3&timeout=0.5&traps={port}&{GOOD}"
        link = await open_snmp(url, Transcript())
        link.on_trap(heard.append)
        driver = SnmpUps(link, {}, {})
        await driver.open()
    try:
        async with UserAgent(agent, USERS, port=old.port, engine_id=OTHER_ID) as new:
            await driver.read_status()
            await new.notify("sha-aes", "authPriv", ON_BATTERY, port)
            await until(lambda: bool(heard))
    finally:
        await link.close()


# who should not be believed


def _sent(
    boots: int,
    seconds: int,
    *,
    key: bytes | None = None,
    engine_id: bytes = AGENT_ID,
    flags: int = 1,
    kind: PduType = PduType.TRAP,
) -> bytes:
    """Return a notification that is proved by a key, by default by the right one."""
    keys = make_keys(GIVEN, engine_id)
    assert keys.auth is not None
    said = sequence(sequence(TRAP_OID + b"\x06\x03\x2b\x06\x01"))
    pdu = sequence(b"".join(whole_number(each) for each in (3, 0, 0)) + said, kind)
    scoped = octets(engine_id) + octets(b"") + pdu
    blank = UserMessage(7, flags, engine_id, boots, seconds, b"sha-aes", bytes(12), b"", scoped)
    proof = UserTraps(GIVEN, keys)._digest(encode_message(blank), key or keys.auth)
    return encode_message(replace(blank, digest=proof))


def _traps() -> UserTraps:
    traps = UserTraps(GIVEN, make_keys(GIVEN, OURS.engine_id))
    traps.follow(AGENT_ID, make_keys(GIVEN, AGENT_ID))
    return traps


def test_proved() -> None:
    """The message of these tests is a good one; every byte of it is proved."""
    traps = _traps()
    good = _sent(3, 5000)
    notification = traps.read(good)
    assert notification is not None
    assert notification.trap == Trap((1, 3, 6, 1), {})
    for place in range(len(good)):
        for change in (0x01, 0x80):
            bad = bytearray(good)
            bad[place] ^= change
            try:
                said = _traps().read(bytes(bad))
            except BadReply:
                continue
            assert said is None


@pytest.mark.parametrize(
    "bad",
    [
        _sent(3, 5000, key=bytes(20)),
        _sent(3, 5000, flags=0),
        _sent(3, 5000).replace(b"\x04\x0c", b"\x04\x00", 1),
    ],
)
def test_not_proved(bad: bytes) -> None:
    """Another key, no proof, an empty proof."""
    with pytest.raises(BadReply):
        _traps().read(bad)


def test_sent_again() -> None:
    """An old message is refused; a card that starts anew is not, whether it counts or not."""
    traps = _traps()
    for boots, seconds in ((3, 5000), (3, 4900), (4, 10), (4, 9000), (4, 5)):
        assert traps.read(_sent(boots, seconds)) is not None
    assert traps.read(_sent(4, 9000)) is not None
    for boots, seconds in ((4, 8000), (3, 9000)):
        with pytest.raises(BadReply, match="older"):
            traps.read(_sent(boots, seconds))


def test_the_authority_decides_the_kind() -> None:
    """A trap for our engine and an inform of the agent's engine are neither."""
    traps = _traps()
    assert traps.read(_sent(3, 5000, kind=PduType.INFORM)) is None
    now = OURS.time
    ours = {"engine_id": OURS.engine_id}
    assert traps.read(_sent(OURS.boots, now, kind=PduType.TRAP, **ours)) is None  # type: ignore[arg-type]
    answer = traps.read(_sent(OURS.boots, now, kind=PduType.INFORM, **ours))  # type: ignore[arg-type]
    assert answer is not None
    assert answer.trap is not None
    late = traps.read(_sent(OURS.boots, now + 1000, kind=PduType.INFORM, **ours))  # type: ignore[arg-type]
    assert late is not None
    assert late.trap is None
    report = decode_message(late.answer or b"")
    assert report is not None
    assert (report.engine_id, report.flags) == (OURS.engine_id, 1)


def _question(flags: int) -> bytes:
    return encode_message(UserMessage(9, flags, b"", 0, 0, b"", b"", b"", octets(b"") * 2))


def test_the_question_before_an_inform() -> None:
    """It is answered with our engine id; without the wish for an answer it is not."""
    assert _traps().read(_question(0)) is None
    said = _traps().read(_question(4))
    assert said is not None
    assert said.trap is None
    report = decode_message(said.answer or b"")
    assert report is not None
    assert (report.number, report.flags, report.engine_id) == (9, 0, OURS.engine_id)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """Any bytes are a notification, nothing, or a BadReply."""
    try:
        _traps_of_no_key().read(data)
    except BadReply:
        return


@given(st.data())
def test_any_change(data: st.DataObject) -> None:
    """A user without keys proves nothing: any change of a good message must still be decodable."""
    good = bytearray(_GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        _traps_of_no_key().read(bytes(good[: data.draw(st.integers(0, len(good)))]))
    except BadReply:
        return


def _traps_of_no_key() -> UserTraps:
    traps = UserTraps(replace(GIVEN, auth=None, privacy=None), Keys(None, None))
    traps.follow(AGENT_ID, Keys(None, None))
    return traps


_GOOD = _sent(3, 5000)


async def test_ipv6() -> None:
    """The port is open to both versions of IP, where the system has both."""
    async with listening() as it:
        try:
            sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            sender.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 here")
        with sender:
            it.link._wire._remote = ("::1", it.wire.port)  # type: ignore[attr-defined]
            sender.setblocking(False)
            sender.sendto(_question(4), ("::1", it.port))
            async with asyncio.timeout(2):
                answer = decode_message(await asyncio.get_running_loop().sock_recv(sender, 2000))
            assert answer is not None
            assert answer.engine_id == OURS.engine_id
