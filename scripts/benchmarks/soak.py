"""Outages and disconnects by chance for a long time: what was seen of them, and what it took."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from functools import partial
import os
from pathlib import Path
import random
import time

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from . import home
from .figures import Figure, Scale
from .latency import Watch
from .serial_units import Units, units

KINDS = ("megatec", "megatec", "apc-smart", "xcp", "shut")
SPEED = 10
"""Simulated seconds a second, as in the demo."""
MOST_GROWTH = 10
"""Per cent of the memory after a quarter of the time."""
_PATIENCE = 60
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True)
class Course:
    """What is done to one UPS, and what is told of it."""

    number: int
    mains: str
    events: str
    done: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)


def measure(scale: Scale, minutes: int = 60) -> list[Figure]:
    """Let it run."""
    seconds = 60 * scale.pick(minutes, 2)
    return home.run(partial(_measure, seconds=seconds))


async def _measure(hass: HomeAssistant, folder: Path, *, seconds: float) -> list[Figure]:
    watch = Watch(hass)
    async with units(folder, KINDS, speed=SPEED) as lines:
        courses = []
        for number, (kind, link) in enumerate(zip(KINDS, lines.links, strict=True)):
            entry = await home.add(hass, {"device": link, "protocol": kind})
            polling = {"polling": {"status_interval": 1, "full_interval": 5}}
            if kind == "shut":
                polling = {"polling": {"status_interval": 1, "full_interval": 10}}
            await home.set_options(hass, entry, polling)
            events = er.async_get(hass).async_get_entity_id(
                "event", home.DOMAIN, f"{entry.entry_id}_power_events"
            )
            assert events is not None
            courses.append(Course(number, home.mains_entity(hass, entry), events))
        by_entity = {course.events: course for course in courses}

        @callback
        def changed(event: Event[EventStateChangedData]) -> None:
            state = event.data["new_state"]
            if state is not None and (course := by_entity.get(state.entity_id)) is not None:
                course.told[str(state.attributes.get("event_type"))] += 1

        hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
        end = time.monotonic() + seconds
        memory = asyncio.create_task(_memory(seconds))
        await asyncio.gather(*(_live(watch, lines, course, end) for course in courses))
        early, late = await memory
        done, told = Counter[str](), Counter[str]()
        for course in courses:
            done += course.done
            told += course.told
    figures = [
        Figure(
            name=f"{name} in {seconds / 60:.0f} minutes, told of {done[name]}",
            value=told[name],
            unit="",
            least=done[name],
            most=done[name],
        )
        for name in ("power_lost", "power_restored", "communication_lost", "communication_restored")
    ]
    others = {name: count for name, count in told.items() if name not in done}
    return [
        *figures,
        Figure(
            name="anything else that was told",
            value=sum(others.values()),
            unit="",
            most=0,
            note=str(others or ""),
        ),
        Figure(
            name="growth of the memory since the first quarter",
            value=(late - early) / early * 100,
            unit="%",
            most=MOST_GROWTH,
            note=f"{late / 2**20:.0f} MiB at the end",
        ),
    ]


async def _memory(seconds: float) -> tuple[float, float]:
    """Return the bytes in use after a quarter of the time, and at the end."""

    def used() -> float:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE

    await asyncio.sleep(seconds / 4)
    early = used()
    await asyncio.sleep(seconds * 3 / 4)
    return early, used()


async def _live(watch: Watch, lines: Units, course: Course, end: float) -> None:
    """Have one UPS lose its mains, or its line, until the time is over."""
    while time.monotonic() < end:
        await asyncio.sleep(random.uniform(3, 8))
        if random.random() < 0.7:
            await _pass(watch, lines.mains(course.number, is_on=False), course.mains, "off")
            await asyncio.sleep(random.uniform(2, 10))
            await _pass(watch, lines.mains(course.number, is_on=True), course.mains, "on")
            course.done.update(("power_lost", "power_restored"))
        else:
            gone = lines.plug(course.number, is_in=False)
            await _pass(watch, gone, course.mains, "unavailable")
            await asyncio.sleep(random.uniform(2, 10))
            await _pass(watch, lines.plug(course.number, is_in=True), course.mains, "on")
            course.done.update(("communication_lost", "communication_restored"))


async def _pass(watch: Watch, what: Awaitable[None], entity: str, state: str) -> None:
    """Do something and wait until an entity shows it."""
    comes = watch.when(entity, state)
    await what
    async with asyncio.timeout(_PATIENCE):
        await comes
