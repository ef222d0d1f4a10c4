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
_LOOK = 0.02
"""Seconds between two looks at a line."""
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
    status: Mapping[str, str] | None
    """Its options for polls that read the status alone; None where it has no such poll."""
    full: Mapping[str, str] | None
    """Its options for polls that read everything that moves."""
    dialect: str = ""
    """Of the simulated unit, if not the usual one."""
    baud: int | None = None
    """The speed of the line; None for as fast as can be."""
    interval: int = INTERVAL
    """Seconds between two full polls."""


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
    # these two have one kind of poll
    Peer(
        protocol="apc-smart",
        query="Q",
        driver="apcsmart",
        status=None,
        full={},
        baud=2400,
        interval=10,
    ),
    Peer(
        protocol="xcp",
        query="3",
        driver="bcmxcp",
        status=None,
        full={},
        baud=9600,
        interval=10,
    ),
    Peer(
        protocol="shut",
        query=r"\xa1\x01\x02\x03",
        driver="mge-shut",
        dialect="ellipse:nut",
        status={"pollfreq": "100000"},
        full={"pollfreq": "1"},
        baud=2400,
        interval=15,
    ),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one poll costs, on average."""

    cpu: float
    """Microseconds of processor time."""
    time: float
    """Seconds in which the line was in use."""
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
async def _nut(
    link: str, *, driver: str, options: Mapping[str, str], interval: int
) -> AsyncGenerator[int]:
    """Run a driver of NUT's."""
    async with nut.running(driver, link, pollinterval=str(interval), **options) as peer:
        yield peer.process.pid


async def _observe(unit: Simulator, pid: int, query: str, *, seconds: float, settle: float) -> Cost:
    """Watch a process poll its simulated UPS for some time."""
    # A connection to its socket that was closed makes NUT 2.8.0 spin until it has something to
    # tell on it: a change ends those that the harness has left.
    await unit.ask("mains off")
    await asyncio.sleep(settle)
    await unit.ask("mains on")
    await unit.ask("set charge 100")
    await asyncio.sleep(settle)
    await unit.ask("forget")
    cpu, wire = cpu_seconds(pid), unit.wire_bytes()
    busy = await _watch_line(unit, seconds)
    cpu, wire = cpu_seconds(pid) - cpu, unit.wire_bytes() - wire
    requests = Counter(await unit.received())
    # what a request asks for besides, and how long it may be, is each one's own
    polls = sum(times for request, times in requests.items() if request.startswith(query))
    if not polls:
        raise RuntimeError(f"nobody asked {query}: {dict(requests)}")
    return Cost(cpu * 1e6 / polls, busy / polls, wire / polls, requests)


async def _watch_line(unit: Simulator, seconds: float) -> float:
    """Return for how many of these seconds the line was in use."""
    loop = asyncio.get_running_loop()
    begun = last = loop.time()
    before, busy = unit.wire_bytes(), 0.0
    while loop.time() - begun < seconds:
        await asyncio.sleep(_LOOK)
        now, passed = loop.time(), unit.wire_bytes()
        if passed != before:
            busy += now - last
        last, before = now, passed
    return busy


def measure(scale: Scale, protocol: str = "megatec") -> list[Figure]:
    """Let all of them poll at the same time, each a copy of the same simulated UPS."""
    peers = [peer for peer in PEERS if peer.protocol == protocol]
    polls = scale.pick(40, 6) if peers[0].baud is None else scale.pick(12, 2)
    return asyncio.run(_measure(protocol, peers, polls))


async def _measure(protocol: str, peers: list[Peer], polls: int) -> list[Figure]:
    query, baud, interval = peers[0].query, peers[0].baud, peers[0].interval
    unit_is: tuple[str, ...] = ("--baud", str(baud)) if baud else ()
    if dialect := peers[0].dialect:
        unit_is += ("--dialect", dialect)
    session = partial(_session, protocol=protocol)
    pollers: dict[tuple[str, str], Poller] = {
        ("ours", "status"): partial(session, status=INTERVAL, full=NEVER),
        ("ours", "full"): partial(session, status=NEVER, full=interval),
    }
    if baud is None:
        pollers["ours", "fast"] = partial(session, status=FAST, full=NEVER)
    for peer in peers:
        if nut.find(peer.driver) is None:
            continue
        for tier, options in {"status": peer.status, "full": peer.full}.items():
            if options is not None:
                pause = interval if tier == "full" else INTERVAL
                pollers[peer.driver, tier] = partial(
                    _nut, driver=peer.driver, options=options, interval=pause
                )

    with tempfile.TemporaryDirectory(prefix="ups-benchmark-") as folder:

        async def run(who: tuple[str, str], poller: Poller) -> Cost:
            name, pause = "-".join(who), interval if who[1] == "full" else INTERVAL
            async with (
                simulator(Path(folder), name, protocol, *unit_is) as unit,
                poller(unit.link) as pid,
            ):
                return await _observe(unit, pid, query, seconds=polls * pause, settle=2 * pause)

        async with asyncio.TaskGroup() as group:
            tasks = {who: group.create_task(run(who, poller)) for who, poller in pollers.items()}
    costs = {who: task.result() for who, task in tasks.items()}
    figures = [figure for tier in ("status", "full") for figure in _figures(peers, tier, costs)]
    if (fast := costs.get(("ours", "fast"))) is not None:
        figures.append(
            Figure(
                name=f"{protocol}: status read every {FAST} s, processor time",
                value=fast.cpu,
                unit="µs",
                note="beside the one every 2 s it shows what the pause costs",
            )
        )
    return figures


def _figures(peers: list[Peer], tier: str, costs: Mapping[tuple[str, str], Cost]) -> list[Figure]:
    """Return the figures of one tier beside each of NUT's drivers."""
    ours = costs["ours", tier]
    figures = []
    for peer in peers:
        theirs = costs.get((peer.driver, tier))
        if theirs is not None:
            note = f"ours asked {_asked(ours)}, {peer.driver} {_asked(theirs)}"
        elif nut.find(peer.driver) is None:
            note = f"NUT's {peer.driver} is not installed here (Debian: nut-server)"
        else:
            note = f"{peer.driver} has no such poll; ours asked {_asked(ours)}"
        name = f"{peer.protocol}: {tier} read, beside {peer.driver}"
        figures += [
            Figure(
                name=f"{name}: processor time",
                value=ours.cpu,
                unit="µs",
                nut=theirs.cpu if theirs else None,
                most_ratio=MOST_RATIO if peer.baud is None else None,
            ),
            Figure(
                name=f"{name}: on the wire",
                value=ours.wire,
                unit="bytes",
                nut=theirs.wire if theirs else None,
                note=note,
            ),
        ]
        if peer.baud is not None:
            figures.append(
                Figure(
                    name=f"{name}: line in use at {peer.baud} baud",
                    value=ours.time,
                    unit="s",
                    nut=theirs.time if theirs else None,
                )
            )
    return figures


def _asked(cost: Cost) -> str:
    return " ".join(f"{request} x {count}" for request, count in sorted(cost.requests.items()))
