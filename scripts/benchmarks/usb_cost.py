"""Transfers and processor time of a poll over USB: ours beside NUT's usbhid-ups."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
import sys

from . import usb
from .cost import COMMAND_LINE, INTERVAL, MOST_RATIO, NEVER
from .figures import Figure, Scale
from .processes import cpu_seconds
from tests.usbsim import nut, preload
from tests.usbsim.remote import Remote

DEVICE = "eaton"
_PROTOCOL = "usb-hid-power-device"
# it reads one pushed report a poll and is long behind with those of the change that it is told
_NUT_STATUS = {"pollonly": "", "pollfreq": "100000"}
_NUT_FULL = {"pollonly": "", "pollfreq": "1"}

# What polls a simulated device; yields the process that does it.
type Poller = Callable[[Remote], AbstractAsyncContextManager[int]]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one poll costs, on average."""

    cpu: float
    """Microseconds of processor time."""
    transfers: float
    polls: int


@asynccontextmanager
async def _session(remote: Remote, *, status: float, full: float) -> AsyncGenerator[int]:
    """Run a session alone, without Home Assistant: `scripts/ups watch`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(COMMAND_LINE), "watch", usb.address(DEVICE)),
        *("--protocol", _PROTOCOL, "--interval", str(status), "--full-interval", str(full)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env=remote.client_environment(),
    )
    assert process.stdout is not None
    draining = None
    try:
        if not await process.stdout.readline():
            raise RuntimeError("our session did not open the simulated device")
        draining = asyncio.create_task(process.stdout.read())
        yield process.pid
    finally:
        if process.returncode is None:
            process.kill()
        if draining is not None:
            await draining
        await process.wait()


@asynccontextmanager
async def _nut(remote: Remote, *, options: Mapping[str, str]) -> AsyncGenerator[int]:
    """Run NUT's driver."""
    async with nut.reading(DEVICE, remote=remote, **options) as peer:
        yield peer.driver.process.pid


async def _observe(remote: Remote, pid: int, seconds: float) -> Cost:
    """Watch a process poll its device for some time."""
    # a change ends the spinning of NUT 2.8.0 at a connection that was closed (see cost.py)
    await asyncio.to_thread(remote.mains, on=False)
    await asyncio.sleep(2 * INTERVAL)
    await asyncio.to_thread(remote.mains, on=True)
    await asyncio.to_thread(remote.set, "charge", 100)
    await asyncio.sleep(2 * INTERVAL)
    await asyncio.to_thread(remote.log, clear=True)
    cpu = cpu_seconds(pid)
    await asyncio.sleep(seconds)
    cpu = cpu_seconds(pid) - cpu
    log = usb.of_kind(await asyncio.to_thread(remote.log), usb.CONTROL)
    # each poll asks for the report of the status once
    polls = max(Counter(each.setup for each in log).values(), default=0)
    return Cost(cpu * 1e6 / (polls or seconds / INTERVAL), len(log) / (polls or 1), polls)


def measure(scale: Scale) -> list[Figure]:
    """Let all of them poll at the same time, each a copy of the same simulated device."""
    if reason := preload.missing():
        raise RuntimeError(reason)
    return asyncio.run(_measure(INTERVAL * scale.pick(40, 6)))


async def _measure(seconds: float) -> list[Figure]:
    pollers: dict[tuple[str, str], Poller] = {
        ("ours", "status"): partial(_session, status=INTERVAL, full=NEVER),
        ("ours", "full"): partial(_session, status=NEVER, full=INTERVAL),
        ("ours", "idle"): partial(_session, status=NEVER, full=NEVER),
    }
    reason = nut.missing(DEVICE)
    if reason is None:
        pollers["nut", "status"] = partial(_nut, options=_NUT_STATUS)
        pollers["nut", "full"] = partial(_nut, options=_NUT_FULL)

    starting = asyncio.Lock()

    async def run(poller: Poller) -> Cost:
        remote = await asyncio.to_thread(Remote, DEVICE)
        try:
            polling = poller(remote)
            # the environment that NUT's driver is started in is this process's
            async with starting:
                pid = await polling.__aenter__()
            try:
                return await _observe(remote, pid, seconds)
            finally:
                await polling.__aexit__(None, None, None)
        finally:
            await asyncio.to_thread(remote.close)

    async with asyncio.TaskGroup() as group:
        tasks = {who: group.create_task(run(poller)) for who, poller in pollers.items()}
    costs = {who: task.result() for who, task in tasks.items()}
    figures = []
    for tier in ("status", "full"):
        ours, theirs = costs["ours", tier], costs.get(("nut", tier))
        if not ours.polls or (theirs and not theirs.polls):
            raise RuntimeError(f"nobody made a {tier} read: {costs}")
        note = reason or f"{ours.polls} polls of ours, {theirs.polls if theirs else 0} of NUT's"
        figures += [
            Figure(
                name=f"{DEVICE}: {tier} read: processor time",
                value=ours.cpu,
                unit="µs",
                nut=theirs.cpu if theirs else None,
                most_ratio=MOST_RATIO,
            ),
            Figure(
                name=f"{DEVICE}: {tier} read: control transfers",
                value=ours.transfers,
                unit="",
                nut=theirs.transfers if theirs else None,
                note=note,
            ),
        ]
    idle = Figure(
        name=f"{DEVICE}: {INTERVAL} s of listening alone: processor time",
        value=costs["ours", "idle"].cpu,
        unit="µs",
        note="part of ours above; NUT's driver runs with pollonly and hears no reports",
    )
    return [*figures, idle]
