"""The SNMP link: how much fits, what gets lost, what agents do wrong, and what is never shown."""

import asyncio
from contextlib import suppress
import gc
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from .snmp import linked
from custom_components.ups_protocols.ups.driver import Memory
from custom_components.ups_protocols.ups.errors import (
    AuthFailed,
    BadReply,
    LinkLost,
    NoReply,
    NoSuchPort,
    Rejected,
)
from custom_components.ups_protocols.ups.links.base import (
    Binding,
    SnmpAuth,
    SnmpCredentials,
    SnmpPrivacy,
    SnmpType,
    SnmpVersion,
    WriteRefused,
)
from custom_components.ups_protocols.ups.links.snmp import LONGEST_COLUMN, open_snmp
from custom_components.ups_protocols.ups.links.snmp_address import parse_address, public_url
from custom_components.ups_protocols.ups.links.snmp_ber import decode, encode
from custom_components.ups_protocols.ups.links.snmp_pdu import (
    Missing,
    PduType,
    Request,
    Response,
    parse_oid,
    parse_response,
)
from custom_components.ups_protocols.ups.links.snmp_size import PATIENCE, START, PacketSize
from custom_components.ups_protocols.ups.protocols.snmp import SnmpUps
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.snmp import Agent, Kind, Object, Rfc1628Agent, SetError, Status, UdpAgent, oid

pytestmark = pytest.mark.usefixtures("loopback")

ROOT = oid("E.99999.1")
MANY = [(*ROOT, 1, number) for number in range(1, 101)]


class Plain(Agent):
    """A hundred numbers, a text, an OID, and something to write."""

    def __init__(self) -> None:
        super().__init__()
        self.add_system("E.99999", "plain")
        for number, where in enumerate(MANY, 1):
            self.tree[where] = Object(Kind.INTEGER, number)
        self.written: list[object] = []
        self.tree[(*ROOT, 2, 0)] = Object(Kind.OCTETS, "text", self._write)
        self.tree[(*ROOT, 3, 0)] = Object(Kind.OID, ROOT, self._write)
        self.tree[(*ROOT, 4, 0)] = Object(Kind.TICKS, 7, self._write)
        self.tree[(*ROOT, 5, 0)] = Object(Kind.GAUGE, 4_000_000_000, self._write)
        self.tree[(*ROOT, 6, 0)] = Object(Kind.INTEGER, -5, self._write, self._check)
        self.tree[(*ROOT, 7, 0)] = Object(Kind.NULL, b"")
        self.tree[(*ROOT, 8, 0)] = Object(Kind.COUNTER64, 2**63 + 5)

    def _write(self, value: object) -> None:
        self.written.append(value)

    def _check(self, value: object) -> None:
        if value == 99:
            raise SetError(Status.INCONSISTENT_VALUE)


# reading


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_get_of_many(version: str) -> None:
    """More than fits is asked for in several packets; what is not there is left out."""
    async with linked(Plain(), version=version) as (wire, link, _):
        found = await link.get([*MANY, (*ROOT, 9, 0)])
        assert found == {where: number for number, where in enumerate(MANY, 1)}
        # v1 fails the packet with the missing object once, and remembers it
        packets = 4 if version == "2c" else 5
        assert wire.requests == packets
        await link.get([*MANY, (*ROOT, 9, 0)])
        assert wire.requests == packets + 4


async def test_types() -> None:
    """Numbers of all types are numbers; NULL is nothing."""
    async with linked(Plain()) as (_, link, __):
        found = await link.get([(*ROOT, number, 0) for number in range(2, 9)])
        assert [found.get((*ROOT, number, 0)) for number in range(2, 9)] == [
            b"text",
            ROOT,
            7,
            4_000_000_000,
            -5,
            None,
            2**63 + 5,
        ]


@pytest.mark.parametrize("fault", ["too_big", "silent_above"])
async def test_what_the_agent_can_is_learnt(fault: str) -> None:
    """An agent that says tooBig, or drops big packets, is asked for less, and it is remembered."""
    agent = Plain()
    setattr(agent.faults, fault, 10)
    async with linked(agent) as (wire, link, _):
        assert len(await link.get(MANY)) == 100
        assert link.largest_request == 8
        before = wire.requests
        assert len(await link.get(MANY)) == 100
        assert wire.requests == before + 13


async def test_what_was_learnt_is_found_again() -> None:
    """A driver that starts anew asks for no more than the agent took before."""
    agent = Rfc1628Agent()
    agent.faults.silent_above = 10
    memory: Memory = {}
    async with linked(agent) as (_, link, __):
        await SnmpUps(link, {}, memory).open()
        assert memory["packet"] == link.largest_request == 8
    async with linked(agent) as (wire, link, _):
        driver = SnmpUps(link, {}, memory)
        await driver.open()
        assert link.largest_request == 8
        before = wire.requests
        await driver.read()
        # each request was answered the first time
        assert wire.requests - before <= 10


async def test_an_object_that_breaks_the_agent_is_as_good_as_absent() -> None:
    """The agent is silent whenever it is asked for that object; all others are read."""
    agent = Plain()
    agent.faults.break_object = MANY[5]
    async with linked(agent) as (_, link, __):
        assert len(await link.get(MANY[:8])) == 7
        assert link.largest_request == START


def test_size_grows_again() -> None:
    """One lost packet does not make packets small for ever, a second time at the same size does."""
    size = PacketSize()
    size.silent(START)
    assert size.limit == START // 2
    for _ in range(PATIENCE):
        size.answered(START // 2)
    assert size.limit == START
    size.silent(START)
    for _ in range(10 * PATIENCE):
        size.answered(size.limit)
    assert size.limit == START // 2


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_general_error(version: str) -> None:
    """The object that the agent names is left out."""
    agent = Plain()
    async with linked(agent, version=version) as (_, link, __):
        agent.faults.errors = 1
        assert (*MANY[0],) not in await link.get(MANY[:5])
        assert len(await link.get(MANY[:5])) == 5


# the network


async def test_lost_answers() -> None:
    """A lost answer is asked for again."""
    agent = Plain()
    agent.faults.drop = 1
    async with linked(agent) as (wire, link, _):
        assert len(await link.get(MANY[:5])) == 5
        assert wire.requests == 2


async def test_loss_and_doubles_and_disorder() -> None:
    """A fifth of the answers is lost, all others come twice and late: every value is right."""
    agent = Plain()
    agent.faults.loss, agent.faults.duplicate, agent.faults.delay = 0.2, True, 0.01
    async with linked(agent) as (_, link, __):
        for _ in range(10):
            found = await link.get(MANY[:40])
            assert found == {where: where[-1] for where in MANY[:40]}


async def test_late_answer_to_the_first_try_counts() -> None:
    """The request keeps its number: an answer to the first try is an answer."""
    agent = Plain()
    agent.faults.delay = 0.3
    async with linked(agent) as (wire, link, _):
        assert await link.get(MANY[:1]) == {MANY[0]: 1}
        assert wire.requests == 2
        # the second answer comes while nobody waits, or with the next question: it is dropped
        agent.faults.delay = 0
        assert await link.get(MANY[1:2]) == {MANY[1]: 2}


async def test_answers_of_another_request() -> None:
    """An answer with another number is none."""
    agent = Plain()
    agent.faults.wrong_id = True
    async with linked(agent) as (_, link, __):
        with pytest.raises(NoReply):
            await link.get(MANY[:1])


async def test_garbage() -> None:
    """Garbage is no answer; where nothing else comes it is a bad one."""
    agent = Plain()
    agent.faults.garbage = 1
    async with linked(agent) as (_, link, __):
        assert len(await link.get(MANY[:1])) == 1
        agent.faults.garbage = 100
        with pytest.raises(BadReply):
            await link.get(MANY[:1])


async def test_silence() -> None:
    """The text says that a wrong community looks the same."""
    async with linked(Plain(), community="wrong") as (_, link, __):
        with pytest.raises(NoReply, match="community"):
            await link.get(MANY[:5])


async def test_nobody_there() -> None:
    """A port that nobody has is told apart from silence."""
    async with UdpAgent(Plain()) as wire:
        port = wire.port
    link = await open_snmp(f"snmp://127.0.0.1:{port}?timeout=0.1", Transcript())
    with pytest.raises(LinkLost, match="refuses"):
        await link.get(MANY[:1])
    await link.close()
    with pytest.raises(LinkLost):
        await link.get(MANY[:1])


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_any_version(version: str) -> None:
    """``auto``: v2c first, then v1."""
    async with UdpAgent(Plain(), versions=(version,)) as wire:
        link = await open_snmp(f"snmp://{wire.host}?version=auto&timeout=0.1", Transcript())
        assert link.address.credentials.version == version
        assert await link.get(MANY[:1]) == {MANY[0]: 1}
        await link.close()


async def test_no_version() -> None:
    """Neither answers; or nobody is there."""
    async with UdpAgent(Plain(), versions=()) as wire:
        url = f"snmp://{wire.host}?version=auto&timeout=0.1"
        with pytest.raises(NoReply, match="v1 and v2c"):
            await open_snmp(url, Transcript())
    with pytest.raises(LinkLost):
        await open_snmp(url, Transcript())


async def test_authorization_error() -> None:
    """An agent that says so refuses to be read."""
    agent = Plain()
    async with linked(agent) as (_, link, __):
        agent.faults.errors, agent.faults.error = 1, Status.AUTHORIZATION
        with pytest.raises(AuthFailed):
            await link.get(MANY[:1])


async def test_pace() -> None:
    """A card that chokes gets its pause."""
    async with linked(Plain(), more="&pace=0.1") as (_, link, __):
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for _ in range(3):
            await link.get(MANY[:1])
        assert loop.time() - begun >= 0.2


async def test_nothing_is_left() -> None:
    """A closed link leaves no task and no open socket (ResourceWarning is an error)."""
    before = asyncio.all_tasks()
    for _ in range(3):
        async with linked(Plain()) as (_, link, __):
            await link.get(MANY[:1])
    gc.collect()
    assert asyncio.all_tasks() == before


# walking


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_walk(version: str) -> None:
    """Columns are walked side by side, to their ends."""
    async with linked(Plain(), version=version) as (wire, link, _):
        found = await link.walk((*ROOT, 1), (*ROOT, 2), (*ROOT, 9), (*ROOT, 8))
        # SNMPv1 has no Counter64
        assert len(found) == (102 if version == "2c" else 101)
        assert found[MANY[99]] == 100
        assert wire.requests < (12 if version == "2c" else 110)


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_first_of_many(version: str) -> None:
    """One object below each root: how scalars are found, whatever their instance."""
    async with linked(Plain(), version=version) as (wire, link, _):
        roots = [(*ROOT, number) for number in range(1, 30)]
        found = await link.walk(*roots, rows=1)
        there = (2, 3, 4, 5, 6, 8) if version == "2c" else (2, 3, 4, 5, 6)
        assert set(found) == {MANY[0], *((*ROOT, number, 0) for number in there)}
        assert wire.requests == (1 if version == "2c" else 23)


@pytest.mark.parametrize("fault", ["loop", "backwards"])
@pytest.mark.parametrize("version", ["1", "2c"])
async def test_walk_in_circles(fault: str, version: str) -> None:
    """An agent that goes back or in a circle is stopped."""
    agent = Plain()
    setattr(agent.faults, fault, True)
    async with linked(agent, version=version) as (wire, link, _):
        found = await link.walk((*ROOT, 1))
        assert set(found) <= set(MANY)
        assert wire.requests < 5


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_endless_table(version: str) -> None:
    """A table without an end is given up."""
    agent = Plain()
    agent.faults.endless = True
    async with linked(agent, version=version) as (wire, link, _):
        found = await link.walk((*ROOT, 1))
        assert len(found) <= LONGEST_COLUMN
        assert wire.requests <= 513


@pytest.mark.parametrize("fault", ["no_bulk", "bulk_error"])
async def test_agents_without_getbulk(fault: str) -> None:
    """GETNEXT does it then."""
    agent = Plain()
    setattr(agent.faults, fault, True)
    async with linked(agent) as (_, link, __):
        assert len(await link.walk((*ROOT, 1))) == 100


# writing


async def test_set() -> None:
    """Several objects in one request, each in its own type."""
    agent = Plain()
    async with linked(agent) as (wire, link, _):
        await link.set(
            [
                Binding((*ROOT, 2, 0), "grün".encode(), SnmpType.OCTETS),
                Binding((*ROOT, 3, 0), ROOT, SnmpType.OID),
                Binding((*ROOT, 4, 0), 6000, SnmpType.TICKS),
                Binding((*ROOT, 5, 0), 4_294_967_295, SnmpType.UNSIGNED),
                Binding((*ROOT, 6, 0), -1),
            ]
        )
        assert agent.written == ["grün".encode(), ROOT, 6000, 4_294_967_295, -1]
        assert wire.requests == 1


@pytest.mark.parametrize(
    ("where", "value", "reason", "text"),
    [
        (MANY[0], 1, "notWritable", "refuses"),
        ((*ROOT, 9, 0), 1, "noCreation", "refuses"),
        ((*ROOT, 2, 0), 1, "wrongType", "does not take"),
        ((*ROOT, 6, 0), 99, "inconsistentValue", "does not take"),
    ],
)
async def test_refusals(where: Any, value: int, reason: str, text: str) -> None:
    """Each error status has its own word; the card refuses, nothing failed."""
    async with linked(Plain()) as (_, link, __):
        with pytest.raises(WriteRefused, match=text) as caught:
            await link.set([Binding(where, value)])
        assert caught.value.reason == reason
        assert caught.value.kind == Rejected.__name__


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_a_community_that_may_only_read(version: str) -> None:
    """The card refuses."""
    async with linked(Plain(), version=version, community="public") as (_, link, __):
        with pytest.raises(Rejected, match="refuses"):
            await link.set([Binding((*ROOT, 6, 0), 1)])


async def test_another_community_to_write() -> None:
    """Cards may want another community for SET."""
    agent = Plain()
    async with linked(agent, community="public", more="&write_community=private") as (_, link, __):
        await link.set([Binding((*ROOT, 6, 0), 1)])
        assert agent.written == [1]


async def test_a_write_is_never_sent_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost answer to a SET is not a reason to do it again."""
    monkeypatch.setattr("custom_components.ups_protocols.ups.links.snmp.WRITE_TIMEOUT", 0.1)
    agent = Plain()
    agent.faults.drop = 5
    async with linked(agent) as (_, link, __):
        with pytest.raises(NoReply, match="may have been done"):
            await link.set([Binding((*ROOT, 6, 0), 1)])
        assert agent.written == [1]


# secrets


async def test_secrets_are_never_shown(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in names, nor in the transcript, nor in errors."""
    monkeypatch.setattr("custom_components.ups_protocols.ups.links.snmp.WRITE_TIMEOUT", 0.1)
    agent = Plain()
    agent.communities[b"s3cr3t"] = False
    async with linked(agent, community="s3cr3t", more="&write_community=hush") as (_, link, said):
        await link.get(MANY[:2])
        with pytest.raises(NoReply) as caught:
            await link.set([Binding(MANY[0], 1)])
        shown = (
            f"{link!r} {link.address!r} {link.url} {said.as_json()} {caught.value} {caplog.text}"
        )
        assert "s3cr3t" not in shown
        assert "hush" not in shown


def test_credentials_are_not_shown() -> None:
    """A user's keys neither."""
    credentials = SnmpCredentials(
        version=SnmpVersion.V3, user="me", auth_key="abcdefgh", privacy_key="ijklmnop"
    )
    assert repr(credentials) == (
        "SnmpCredentials(version=<SnmpVersion.V3: '3'>, auth=None, privacy=None, context='')"
    )


# addresses


def test_addresses() -> None:
    """What an address says."""
    address = parse_address(
        "snmp://[::1]:1161?user=me&auth=sha-256&auth_key=abcdefgh&priv=aes128&priv_key=ijklmnop"
        "&context=c&timeout=3&pace=0.5&traps=1162"
    )
    assert (address.host, address.port, address.url) == ("::1", 1161, "snmp://[::1]:1161")
    assert (address.timeout, address.pace, address.trap_port) == (3, 0.5, 1162)
    assert address.credentials == SnmpCredentials(
        version=SnmpVersion.V3,
        user="me",
        auth=SnmpAuth.SHA256,
        auth_key="abcdefgh",
        privacy=SnmpPrivacy.AES,
        privacy_key="ijklmnop",
        context="c",
    )
    plain = parse_address("snmp://ups.lan")
    assert plain.credentials == SnmpCredentials()
    assert parse_address("snmp://ups.lan?version=1").credentials.version is SnmpVersion.V1
    assert public_url("snmp://ups.lan:5?community=x") == "snmp://ups.lan:5"
    assert public_url("/dev/ttyS0") == "/dev/ttyS0"


@pytest.mark.parametrize(
    "url",
    [
        "snmp://",
        "snmp://host:port",
        "snmp://host/path",
        "http://host",
        "snmp://host?version=4",
        "snmp://host?community=hush&colour=hush",
        "snmp://host?version=3&auth_key=hushhush",
        "snmp://host?user=hush&auth=rot13",
        "snmp://host?user=hush&auth_key=hush",
        "snmp://host?user=hush&priv_key=hushhush",
        "snmp://host?timeout=long",
    ],
)
def test_bad_addresses(url: str) -> None:
    """The error says what is wrong and never what was given."""
    with pytest.raises(NoSuchPort) as caught:
        parse_address(url)
    assert "hush" not in str(caught.value)


# bytes

_oids = st.lists(st.integers(0, 2**32 - 1), max_size=20).map(lambda rest: (1, 3, *rest))
_values = st.one_of(
    st.integers(-(2**31), 2**64 - 1), st.binary(max_size=60), _oids, st.sampled_from(Missing)
)
_pairs = st.lists(st.tuples(_oids, _values), max_size=20).map(tuple)
_responses = st.one_of(
    st.builds(Response, st.just(0), st.just(0), _pairs),
    st.builds(Response, st.integers(1, 18), st.integers(0, 50), _pairs),
)


@given(_responses)
def test_transcript_form(response: Response) -> None:
    """What the transcript holds can be read back."""
    assert parse_response(str(response)) == response


@given(st.binary(max_size=200))
@settings(max_examples=500)
def test_any_bytes(data: bytes) -> None:
    """Any datagram is a message or a BadReply."""
    with suppress(BadReply):
        decode(data)


@given(st.data())
@settings(max_examples=500)
def test_any_changed_message(data: st.DataObject) -> None:
    """So is a real message of which some bytes are others."""
    request = Request(PduType.GET, tuple(MANY[:3]))
    message = bytearray(encode(1, b"public", 77, request))
    for _ in range(data.draw(st.integers(1, 4))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BadReply):
        decode(bytes(message[: data.draw(st.integers(0, len(message)))]))


@pytest.mark.parametrize("number", [0, 127, 128, -1, -128, -129, 255, 2**31 - 1, -(2**31)])
def test_numbers(number: int) -> None:
    """Numbers are written as BER wants them: as short as can be, with their sign."""
    binding = Binding((1, 3, 6), number)
    message = encode(1, b"c", 1, Request(PduType.SET, values=(binding,)))
    assert decode(message).response.values == (((1, 3, 6), number),)


@pytest.mark.parametrize("text", ["1.x", "", "1..3", "-1.3"])
def test_no_oids(text: str) -> None:
    """What is no OID is refused."""
    with pytest.raises(ValueError):
        parse_oid(text)
