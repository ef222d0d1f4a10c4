"""UPSes of mixed kinds in one Home Assistant: its loop, what is written, and how soon it knows."""

import asyncio
from functools import partial
import os
from pathlib import Path
import random
import time

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from . import home
from .figures import Figure, Scale, percentile
from .latency import ALLOWANCE, Watch
from .loop import Watchman
from .processes import cpu_seconds
from .serial_units import Units, units
from .snmp_agents import PLAIN, agents

MOST_MILLISECONDS = 20
STATUS = 2
"""Seconds between two reads of the status."""
# ten at a time: how many of each there are
MIXTURE = ("megatec",) * 4 + ("apc-smart",) * 2 + ("xcp", "shut") + ("snmp",) * 2
PUSHING = frozenset({"apc-smart", "shut"})
_PUSHED_WITHIN = 0.25
_AT_ONCE = 5
_GRACE = 20


def measure(scale: Scale, count: int = 50) -> list[Figure]:
    """Add them, watch the loop while they are polled, then pull plugs."""
    return home.run(partial(_measure, scale=scale, count=count))


async def _measure(hass: HomeAssistant, folder: Path, *, scale: Scale, count: int) -> list[Figure]:
    kinds = [MIXTURE[number % len(MIXTURE)] for number in range(count)]
    serial = [kind for kind in kinds if kind != "snmp"]
    turns = asyncio.Semaphore(_AT_ONCE)
    watch, watchman = Watch(hass), Watchman()
    polling = {"polling": {"status_interval": STATUS, "full_interval": 30}}

    async def add(wire: str, **typed: object) -> str:
        async with turns:
            entry = await home.add(hass, dict(typed), wire=wire)
            await home.set_options(hass, entry, polling)
            return home.mains_entity(hass, entry)

    async with units(folder, serial) as lines, agents(*[PLAIN] * (count - len(serial))) as cards:
        mains = await asyncio.gather(
            *(
                add("serial", device=link, protocol=kind)
                for link, kind in zip(lines.links, serial, strict=True)
            ),
        )
        await asyncio.gather(
            *(
                add(
                    "network",
                    host="127.0.0.1",
                    version="2c",
                    community="private",
                    more_options={"port": port},
                )
                for port in cards.ports
            )
        )
        await asyncio.sleep(5)
        heart = asyncio.create_task(watchman.beat())
        try:
            writes, share = await _watch(hass, watchman, seconds=scale.pick(120, 30))
            times = await _outages(watch, lines, list(zip(serial, mains, strict=True)), scale)
        finally:
            heart.cancel()
    late = watchman.phases["polling"][0].late
    name = f"{count} of mixed kinds, status every {STATUS} s"
    figures = [
        Figure(
            name=f"{name}: delay of the event loop, p99",
            value=percentile(late, 99),
            unit="ms",
            most=MOST_MILLISECONDS,
            note=f"p50 {percentile(late, 50):.2f}, latest of {len(late)} beats {max(late):.1f} ms",
        ),
        Figure(name=f"{name}: share of one processor", value=share, unit="%"),
        Figure(
            name=f"{name}: states written in an hour, of each UPS",
            value=writes / count,
            unit="",
            note="while nothing happens",
        ),
    ]
    for title, moments, most in (
        ("outage to entity, polled", times[False], STATUS + ALLOWANCE),
        ("outage to entity, pushed", times[True], _PUSHED_WITHIN),
    ):
        if moments:
            figures.append(
                Figure(
                    name=f"{name}: {title}: p99 of {len(moments)}",
                    value=percentile(moments, 99),
                    unit="s",
                    most=most,
                    note=f"p50 {percentile(moments, 50):.3f}, longest {max(moments):.3f} s",
                )
            )
    return figures


async def _watch(hass: HomeAssistant, watchman: Watchman, *, seconds: float) -> tuple[float, float]:
    """Return the states of ours that are written in an hour, and the share of a processor."""
    registry = er.async_get(hass)
    written = 0

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        nonlocal written
        row = registry.async_get(event.data["entity_id"])
        written += row is not None and row.platform == home.DOMAIN

    stop = hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
    async with watchman.phase("polling"):
        cpu, begun = cpu_seconds(os.getpid()), time.monotonic()
        await asyncio.sleep(seconds)
        passed = time.monotonic() - begun
        cpu = cpu_seconds(os.getpid()) - cpu
    stop()
    return written * 3600 / passed, cpu / passed * 100


async def _outages(
    watch: Watch, lines: Units, mains: list[tuple[str, str]], scale: Scale
) -> dict[bool, list[float]]:
    """Pull plugs at random; return how long each took to be seen, by who tells by itself."""
    times: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(scale.pick(40, 6)):
        number = random.randrange(len(mains))
        kind, entity_id = mains[number]
        for is_on in (False, True):
            await asyncio.sleep(random.uniform(1, 1 + STATUS))
            comes = watch.when(entity_id, "on" if is_on else "off")
            begun = time.monotonic()
            await lines.mains(number, is_on=is_on)
            async with asyncio.timeout(STATUS + _GRACE):
                times[kind in PUSHING].append(await comes - begun)
    return times
