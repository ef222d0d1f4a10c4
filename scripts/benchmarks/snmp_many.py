"""Many network cards in one Home Assistant: what they take of the processor and of its loop."""

import asyncio
from functools import partial
import os
from pathlib import Path
import time

from homeassistant.core import HomeAssistant

from . import home
from .figures import Figure, Scale, percentile
from .loop import MOST_MILLISECONDS, Watchman
from .processes import cpu_seconds
from .snmp_agents import PLAIN, agents

AGENTS = 200
POLLING = {"status_interval": 5, "full_interval": 30}
ALONE = "without a UPS"
# flows that are under way at the same time
_AT_ONCE = 10


def measure(scale: Scale) -> list[Figure]:
    """Add them all, and watch the loop while they are polled."""
    return home.run(partial(_measure, scale=scale))


async def _measure(hass: HomeAssistant, _folder: Path, *, scale: Scale) -> list[Figure]:
    count = scale.pick(AGENTS, 50)
    watchman = Watchman()
    heart = asyncio.create_task(watchman.beat())
    shares: dict[str, float] = {}
    many = f"{count} agents, status every {POLLING['status_interval']} s"

    async def watch(name: str, seconds: float) -> None:
        async with watchman.phase(name):
            cpu, begun = cpu_seconds(os.getpid()), time.monotonic()
            await asyncio.sleep(seconds)
            shares[name] = (cpu_seconds(os.getpid()) - cpu) / (time.monotonic() - begun) * 100

    turns = asyncio.Semaphore(_AT_ONCE)

    async def add(port: int) -> None:
        async with turns:
            typed = {
                "host": "127.0.0.1",
                "version": "2c",
                "community": "private",
                "more_options": {"port": port},
            }
            entry = await home.add(hass, typed, wire="network")
            await home.set_options(hass, entry, {"polling": POLLING})

    try:
        async with agents(*[PLAIN] * count) as simulated:
            await asyncio.sleep(1)
            await watch(ALONE, scale.pick(20, 5))
            begun = time.monotonic()
            await asyncio.gather(*map(add, simulated.ports))
            added = time.monotonic() - begun
            await asyncio.sleep(2)
            # whole rounds of full reads
            await watch(many, POLLING["full_interval"] * scale.pick(4, 1))
            unavailable = [
                state.entity_id
                for state in hass.states.async_all("binary_sensor")
                if state.state == "unavailable"
            ]
            if unavailable:
                raise RuntimeError(f"{len(unavailable)} are unavailable: {unavailable[:3]}")
    finally:
        heart.cancel()
    figures = []
    for name, most in ((ALONE, None), (many, MOST_MILLISECONDS)):
        late = watchman.phases[name][0].late
        figures += [
            Figure(
                name=f"{name}: delay of the event loop, p99",
                value=percentile(late, 99),
                unit="ms",
                most=most,
                note=f"p50 {percentile(late, 50):.2f}, latest of {len(late)} beats "
                f"{max(late):.1f} ms",
            ),
            Figure(
                name=f"{name}: share of one processor",
                value=shares[name],
                unit="%",
                note=f"all were added in {added:.0f} s" if name == many else "",
            ),
        ]
    return figures
