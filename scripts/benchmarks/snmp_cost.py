"""Packets, bytes and processor time of a poll over SNMP: ours beside NUT's snmp-ups.

And what a packet costs our codec and pysnmp's: why v1 and v2c go without pysnmp.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
import sys
import time
from typing import Any

from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import rfc1902
from pysnmp.proto.api import v2c

from .cost import COMMAND_LINE, INTERVAL, MOST_RATIO, NEVER
from .figures import Figure, Scale
from .processes import cpu_seconds
from .snmp_agents import COMMUNITY, KEY, NAME, USER, agents
from custom_components.ups_protocols.ups.links import snmp_ber
from custom_components.ups_protocols.ups.links.snmp_pdu import PduType, Request
from tests.peers import nut

PROTOCOL = "rfc1628"
DRIVER = "snmp-ups"
VARIABLES = 40
_QUERIES = {
    "v2c": (COMMUNITY, "version=2c&community=private"),
    "v3": (USER, f"version=3&user={NAME}&auth=sha&auth_key={KEY}&priv=aes&priv_key={KEY}"),
}
# with v2c its templates loop on noSuchInstance (card snmp.md, section 5); it has one kind of poll
_NUT = {"mibs": "ietf", "community": "private", "snmp_version": "v1", "pollfreq": "1"}

# What polls an agent on a port; yields the process that does it.
type Poller = Callable[[int], AbstractAsyncContextManager[int]]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one poll costs, on average."""

    cpu: float
    """Microseconds of processor time."""
    packets: float
    """Requests; as many answers come."""
    wire: float
    """Bytes, both ways."""
    polls: int


@asynccontextmanager
async def _session(port: int, *, query: str, status: float, full: float) -> AsyncGenerator[int]:
    """Run a session alone, without Home Assistant: `scripts/ups watch`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(COMMAND_LINE), "watch", f"snmp://127.0.0.1:{port}?{query}"),
        *("--protocol", PROTOCOL, "--interval", str(status), "--full-interval", str(full)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    draining = None
    try:
        if not await process.stdout.readline():
            raise RuntimeError("our session did not open the simulated agent")
        draining = asyncio.create_task(process.stdout.read())
        yield process.pid
    finally:
        if process.returncode is None:
            process.kill()
        if draining is not None:
            await draining
        await process.wait()


@asynccontextmanager
async def _nut(port: int) -> AsyncGenerator[int]:
    """Run NUT's driver."""
    async with nut.running(DRIVER, f"127.0.0.1:{port}", **_NUT) as peer:
        yield peer.process.pid


def measure(scale: Scale) -> list[Figure]:
    """Let all of them poll at the same time, each a copy of the same simulated agent."""
    figures = asyncio.run(_measure(INTERVAL * scale.pick(40, 6)))
    return [*figures, *_codecs(scale.pick(2000, 200))]


async def _measure(seconds: float) -> list[Figure]:
    pollers: dict[tuple[str, str], tuple[str, Poller]] = {}
    for version, (kind, query) in _QUERIES.items():
        session = partial(_session, query=query)
        pollers[version, "status"] = kind, partial(session, status=INTERVAL, full=NEVER)
        pollers[version, "full"] = kind, partial(session, status=NEVER, full=INTERVAL)
    has_nut = nut.find(DRIVER) is not None
    if has_nut:
        pollers["nut", "full"] = COMMUNITY, _nut
    kinds = [kind for kind, _ in pollers.values()]
    async with agents(*kinds) as simulated, AsyncExitStack() as stack:
        pids = await asyncio.gather(
            *(
                stack.enter_async_context(poller(port))
                for (_, poller), port in zip(pollers.values(), simulated.ports, strict=True)
            )
        )
        # a change ends the spinning of NUT 2.8.0 at a connection that was closed (see cost.py)
        await simulated.ask("mains off")
        await asyncio.sleep(3 * INTERVAL)
        await simulated.ask("mains on")
        await asyncio.sleep(3 * INTERVAL)
        await simulated.ask("forget")
        before = [cpu_seconds(pid) for pid in pids]
        await asyncio.sleep(seconds)
        used = [cpu_seconds(pid) - cpu for pid, cpu in zip(pids, before, strict=True)]
        counts = await simulated.counts()
    costs = {}
    for who, cpu, count in zip(pollers, used, counts, strict=True):
        if not (polls := count.polls):
            raise RuntimeError(f"{' '.join(who)}: nobody polled")
        costs[who] = Cost(cpu * 1e6 / polls, count.requests / polls, count.bytes / polls, polls)
    return [
        figure
        for version in _QUERIES
        for tier in ("status", "full")
        # NUT has no poll of the status alone
        for figure in _figures(
            f"{version}: {tier} read",
            costs[version, tier],
            costs.get(("nut", tier)),
            "" if has_nut else f"NUT's {DRIVER} is not installed here (Debian: nut-snmp)",
        )
    ]


def _figures(name: str, ours: Cost, theirs: Cost | None, reason: str) -> list[Figure]:
    note = reason or f"{ours.polls} polls of ours"
    if theirs is not None:
        note += f", {theirs.polls} of NUT's (v1)"
    return [
        Figure(
            name=f"{name}: processor time",
            value=ours.cpu,
            unit="µs",
            nut=theirs.cpu if theirs else None,
            most_ratio=MOST_RATIO if theirs else None,
        ),
        Figure(
            name=f"{name}: packets asked",
            value=ours.packets,
            unit="",
            nut=theirs.packets if theirs else None,
        ),
        Figure(
            name=f"{name}: on the wire",
            value=ours.wire,
            unit="bytes",
            nut=theirs.wire if theirs else None,
            note=note,
        ),
    ]


# codecs


def _codecs(times: int) -> list[Figure]:
    """Time both codecs at a request and an answer of forty objects."""
    oids = [(1, 3, 6, 1, 2, 1, 33, 1, 4, 4, 1, number, 1) for number in range(1, VARIABLES + 1)]
    request = Request(PduType.GET, tuple(oids))
    answer = _with_pysnmp(v2c.GetResponsePDU(), [(oid, rfc1902.Integer32(230)) for oid in oids])

    def ask_pysnmp() -> None:
        _with_pysnmp(v2c.GetRequestPDU(), [(oid, v2c.null) for oid in oids])

    def read_pysnmp() -> None:
        message, _ = decoder.decode(answer, asn1Spec=v2c.Message())
        pdu = v2c.apiMessage.get_pdu(message)
        assert len([(tuple(o), int(v)) for o, v in v2c.apiPDU.get_varbinds(pdu)]) == VARIABLES

    def ask_ours() -> None:
        snmp_ber.encode(1, b"public", 4711, request)

    def read_ours() -> None:
        assert len(snmp_ber.decode(answer).response.values) == VARIABLES

    figures = []
    for what, ours, theirs in (
        ("encode a request", ask_ours, ask_pysnmp),
        ("decode an answer", read_ours, read_pysnmp),
    ):
        # pysnmp's is too slow for as many; ours remembers object ids, as it does between polls
        mine, peer = _time(ours, times), _time(theirs, max(times // 10, 20))
        name = f"{what} of {VARIABLES} objects"
        figures += [
            Figure(name=f"{name}: our codec", value=mine, unit="µs"),
            Figure(
                name=f"{name}: pysnmp's",
                value=peer,
                unit="µs",
                note=f"{peer / mine:.0f} times ours",
            ),
        ]
    return figures


def _with_pysnmp(pdu: Any, pairs: list[Any]) -> bytes:
    """Return a message as pysnmp makes it."""
    v2c.apiPDU.set_defaults(pdu)
    v2c.apiPDU.set_varbinds(pdu, pairs)
    message = v2c.Message()
    v2c.apiMessage.set_defaults(message)
    v2c.apiMessage.set_community(message, b"public")
    v2c.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))


def _time(work: Callable[[], None], times: int) -> float:
    """Return the microseconds of processor time that one takes."""
    work()
    begun = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - begun) * 1e6 / times
