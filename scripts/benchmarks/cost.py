"""Processor time and bytes on the wire of a poll: ours beside NUT's drivers."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
import sys
import tempfile

from .figures import Figure, Scale
from .processes import Simulator, cpu_seconds, simulator
from tests.peers import nut

INTERVAL = 2
"""Seconds between two polls: what NUT's drivers do by themselves."""
FAST = 0.05
MOST_RATIO = 3
NEVER = 10**6
COMMAND_LINE = Path(__file__).parents[1] / "ups.py"

# What polls a simulated UPS at an address; yields the process that does it.
type Poller = Callable[[str], AbstractAsyncContextManager[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A driver of NUT's that speaks one of our protocols."""

    protocol: str
    query: str
    """The request with which every poll begins, ours and NUT's."""
    driver: str
    status: Mapping[str, str]
    """Its options for polls that read the status alone."""
    full: Mapping[str, str]
    """Its options for polls that read everything that moves."""


PEERS = (
    Peer(
        protocol="megatec",
        query="Q1",
        driver="nutdrv_qx",
        status={"protocol": "megatec", "pollfreq": "100000"},
        full={"protocol": "megatec", "pollfreq": "1"},
    ),
    # it has one kind of poll
    Peer(protocol="megatec", query="Q1", driver="blazer_ser", status={}, full={}),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one poll costs, on average."""

    cpu: float
    """Microseconds of processor time."""
    wire: float
    """Bytes, both ways."""
    requests: Mapping[str, int]


@asynccontextmanager
async def _session(link: str, *, protocol: str, status: float, full: float) -> AsyncGenerator[int]:
    """Run a session alone, without Home Assistant: `scripts/ups watch`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(COMMAND_LINE), "watch", link, "--protocol", protocol),
        *("--interval", str(status), "--full-interval", str(full)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        if not await process.stdout.readline():
            raise RuntimeError("our session did not open the simulated UPS")
        yield process.pid
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def _nut(link: str, *, driver: str, options: Mapping[str, str]) -> AsyncGenerator[int]:
    """Run a driver of NUT's."""
    async with nut.running(driver, link, **options) as peer:
        yield peer.process.pid


async def _observe(unit: Simulator, pid: int, query: str, seconds: float) -> Cost:
    """Watch a process poll its simulated UPS for some time."""
    # A connection to its socket that was closed makes NUT 2.8.0 spin until it has something to
    # tell on it: a change ends those that the harness has left.
    await unit.ask("mains off")
    await asyncio.sleep(2 * INTERVAL)
    await unit.ask("mains on")
    await unit.ask("set charge 100")
    await asyncio.sleep(2 * INTERVAL)
    await unit.ask("forget")
    cpu, wire = cpu_seconds(pid), unit.wire_bytes()
    await asyncio.sleep(seconds)
    cpu, wire = cpu_seconds(pid) - cpu, unit.wire_bytes() - wire
    requests = Counter(await unit.received())
    if not (polls := requests[query]):
        raise RuntimeError(f"nobody asked {query}")
    return Cost(cpu * 1e6 / polls, wire / polls, requests)


def measure(scale: Scale) -> list[Figure]:
    """Let all of them poll at the same time, each a copy of the same simulated UPS."""
    figures = []
    for protocol in dict.fromkeys(peer.protocol for peer in PEERS):
        peers = [peer for peer in PEERS if peer.protocol == protocol]
        figures += asyncio.run(_measure(protocol, peers, INTERVAL * scale.pick(40, 6)))
    return figures


async def _measure(protocol: str, peers: list[Peer], seconds: float) -> list[Figure]:
    query = peers[0].query
    session = partial(_session, protocol=protocol)
    pollers: dict[tuple[str, str], Poller] = {
        ("ours", "status"): partial(session, status=INTERVAL, full=NEVER),
        ("ours", "full"): partial(session, status=NEVER, full=INTERVAL),
        ("ours", "fast"): partial(session, status=FAST, full=NEVER),
    }
    for peer in peers:
        if nut.find(peer.driver) is None:
            continue
        for tier, options in {"status": peer.status, "full": peer.full}.items():
            pollers[peer.driver, tier] = partial(_nut, driver=peer.driver, options=options)

    with tempfile.TemporaryDirectory(prefix="ups-benchmark-") as folder:

        async def run(who: tuple[str, str], poller: Poller) -> Cost:
            async with (
                simulator(Path(folder), "-".join(who), protocol) as unit,
                poller(unit.link) as pid,
            ):
                return await _observe(unit, pid, query, seconds)

        async with asyncio.TaskGroup() as group:
            tasks = {who: group.create_task(run(who, poller)) for who, poller in pollers.items()}
    costs = {who: task.result() for who, task in tasks.items()}
    figures = [
        figure
        for tier in ("status", "full")
        for figure in _figures(protocol, tier, costs, [peer.driver for peer in peers])
    ]
    fast = Figure(
        name=f"{protocol}: status read every {FAST} s, processor time",
        value=costs["ours", "fast"].cpu,
        unit="µs",
        note="beside the one every 2 s it shows what the pause costs",
    )
    return [*figures, fast]


def _figures(
    protocol: str, tier: str, costs: Mapping[tuple[str, str], Cost], drivers: list[str]
) -> list[Figure]:
    """Return the figures of one tier beside each of NUT's drivers."""
    ours = costs["ours", tier]
    figures = []
    for driver in drivers:
        theirs = costs.get((driver, tier))
        if theirs is None:
            note = f"NUT's {driver} is not installed here (Debian: nut-server)"
        else:
            note = f"ours asked {_asked(ours)}, {driver} {_asked(theirs)}"
        name = f"{protocol}: {tier} read, beside {driver}"
        figures += [
            Figure(
                name=f"{name}: processor time",
                value=ours.cpu,
                unit="µs",
                nut=theirs.cpu if theirs else None,
                most_ratio=MOST_RATIO,
            ),
            Figure(
                name=f"{name}: on the wire",
                value=ours.wire,
                unit="bytes",
                nut=theirs.wire if theirs else None,
                note=note,
            ),
        ]
    return figures


def _asked(cost: Cost) -> str:
    return " ".join(f"{request} x {count}" for request, count in sorted(cost.requests.items()))
