"""How long the event loop of Home Assistant is held up by one UPS, in all that can happen to it."""

import asyncio
from asyncio import events
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
import time
from typing import override

from homeassistant.core import HomeAssistant

from . import home
from .figures import Figure, Scale, percentile
from .latency import Watch
from .processes import Simulator, simulator

MOST_MILLISECONDS = 10
_BEAT = 0.002
_KEPT = 3
NOTHING = "nothing of ours"


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """One step of the loop: from taking a callback up to the next one."""

    wall: float
    """Milliseconds."""
    processor: float
    """Milliseconds of it that the processor worked for us, and not for others."""
    owner: str

    @override
    def __str__(self) -> str:
        return f"{self.owner} {self.wall:.1f} ms (processor {self.processor:.1f})"


@dataclass(slots=True)
class Phase:
    """What was seen while one thing happened to a UPS."""

    late: list[float] = field(default_factory=list)
    """Milliseconds by which each beat of the heart came too late."""
    steps: list[Step] = field(default_factory=list)
    """Those that took more than a millisecond."""


def _owner(handle: asyncio.Handle) -> str:
    """Say what a step of the loop belongs to."""
    called = getattr(handle, "_callback", None)
    task = getattr(called, "__self__", None)
    if isinstance(task, asyncio.Task):
        coroutine = task.get_coro()
        return getattr(coroutine, "__qualname__", "") or task.get_name()
    while isinstance(called, partial):
        called = called.func
    return getattr(called, "__qualname__", None) or repr(called)


class Watchman:
    """Times every step of the event loop, and whether a heart beats on time in it."""

    def __init__(self) -> None:
        """Watch nothing yet."""
        self.phases: dict[str, list[Phase]] = {}
        self._phase = Phase()

    def watch(self) -> None:
        """Time every callback that the loop runs from now on."""
        run = events.Handle._run  # noqa: SLF001

        def timed(handle: asyncio.Handle) -> None:
            phase = self._phase
            wall, processor = time.perf_counter(), time.thread_time()
            try:
                run(handle)
            finally:
                wall = (time.perf_counter() - wall) * 1000
                if wall > 1:
                    processor = (time.thread_time() - processor) * 1000
                    phase.steps.append(Step(wall, processor, _owner(handle)))

        setattr(events.Handle, "_run", timed)  # noqa: B010

    async def beat(self) -> None:
        """Beat, for ever."""
        clock = time.perf_counter
        while True:
            due = clock() + _BEAT
            await asyncio.sleep(_BEAT)
            self._phase.late.append((clock() - due) * 1000)

    @asynccontextmanager
    async def phase(self, name: str) -> AsyncGenerator[None]:
        """Note what is seen under a name."""
        # what the last one left to do is done first
        await asyncio.sleep(0.2)
        self._phase = Phase()
        self.phases.setdefault(name, []).append(self._phase)
        try:
            yield
        finally:
            self._phase = Phase()


def measure(scale: Scale) -> list[Figure]:
    """Add a UPS, poll it, let the power fail and return, pull its plug, remove it."""
    return home.run(partial(_measure, scale=scale))


async def _measure(hass: HomeAssistant, folder: Path, *, scale: Scale) -> list[Figure]:
    watchman = Watchman()
    watchman.watch()
    heart = asyncio.create_task(watchman.beat())
    try:
        async with simulator(folder, "ups", "megatec") as unit:
            await asyncio.sleep(1)
            async with watchman.phase(NOTHING):
                await asyncio.sleep(scale.pick(30, 3))
            await _live(hass, unit, watchman, scale)
    finally:
        heart.cancel()
    return [
        figure
        for name, phases in watchman.phases.items()
        for figure in _figures(name, phases, MOST_MILLISECONDS if name != NOTHING else None)
    ]


def _figures(name: str, phases: list[Phase], most: float | None) -> list[Figure]:
    """Return what was seen each time that something happened.

    Other programs take the processor away from us at any moment: the most that a step worked is
    all ours, but of the time by the wall only what it took most times.
    """
    longest = [max((step.wall for step in phase.steps), default=0.0) for phase in phases]
    steps = sorted((step for phase in phases for step in phase.steps), reverse=True)
    late = [beat for phase in phases for beat in phase.late]
    return [
        Figure(
            name=f"{name}: longest step, processor time",
            value=max((step.processor for step in steps), default=0.0),
            unit="ms",
            most=most,
            note="; ".join(map(str, steps[:_KEPT])) or "none took a millisecond",
        ),
        Figure(
            name=f"{name}: longest step, median of {len(phases)}",
            value=median(longest),
            unit="ms",
            most=most,
            note=f"longest of all {max(longest):.1f} ms; of {len(late)} beats the latest "
            f"{max(late):.1f}, p99 {percentile(late, 99):.1f} ms",
        ),
    ]


async def _live(hass: HomeAssistant, unit: Simulator, watchman: Watchman, scale: Scale) -> None:
    """Let everything happen to one UPS."""
    watch = Watch(hass)
    typed = {"device": unit.link, "protocol": "megatec"}
    async with watchman.phase("first UPS added"):
        entry = await home.add(hass, typed)
        await hass.async_block_till_done(wait_background_tasks=False)
    for _ in range(scale.pick(9, 2)):
        async with watchman.phase("removed"):
            await hass.config_entries.async_remove(entry.entry_id)
        async with watchman.phase("added again"):
            entry = await home.add(hass, typed)
            await hass.async_block_till_done(wait_background_tasks=False)
    for number in range(scale.pick(9, 2)):
        async with watchman.phase("loaded again"):
            polling = {"polling": {"status_interval": 1 + number % 2, "full_interval": 5}}
            await home.set_options(hass, entry, polling)
    mains = home.mains_entity(hass, entry)
    for _ in range(scale.pick(9, 1)):
        async with watchman.phase("polled for 6 s"):
            await asyncio.sleep(6)
    for _ in range(scale.pick(9, 1)):
        for verb in ("off", "on"):
            async with watchman.phase("power fails or returns"):
                comes = watch.when(mains, verb)
                await unit.ask(f"mains {verb}")
                await comes
                await asyncio.sleep(0.5)
        for name, verb, state in (
            ("unplugged", "unplug", "unavailable"),
            ("plugged in", "replug", "on"),
        ):
            async with watchman.phase(name):
                comes = watch.when(mains, state)
                await unit.ask(verb)
                await comes
                await asyncio.sleep(0.5)
