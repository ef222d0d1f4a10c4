"""From a simulated power failure to the state of the Home Assistant entity."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
import random
import time

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback

from . import home
from .figures import Figure, Scale, percentile
from .processes import Simulator, simulator

TIERS = (1, 2)
"""Seconds between two reads of the status."""
UPSES = 5
"""UPSes a tier, at the same time in the same Home Assistant."""
ALLOWANCE = 0.3
"""Seconds that the 99th percentile may lie above the interval."""
# the full read that follows every change is over then, at 2400 baud as well
_SETTLED = 0.8
_GRACE = 15


class Watch:
    """Tells when an entity comes to a state."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Listen to every change of a state."""
        self._awaited: dict[tuple[str, str], asyncio.Future[float]] = {}
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._changed)

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        now = time.monotonic()
        state = event.data["new_state"]
        if state is None:
            return
        future = self._awaited.pop((event.data["entity_id"], state.state), None)
        if future is not None and not future.done():
            future.set_result(now)

    def when(self, entity_id: str, state: str) -> asyncio.Future[float]:
        """Return the moment at which an entity comes to a state, once it does."""
        future = asyncio.get_running_loop().create_future()
        self._awaited[entity_id, state] = future
        return future


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is measured: UPSes of a protocol on lines of a speed."""

    protocol: str
    baud: int | None
    tiers: tuple[int, ...]
    upses: int
    """Of each tier."""
    pushed_within: float | None
    """Seconds, for a protocol whose UPSes tell by themselves."""


def measure(
    scale: Scale,
    baud: int | None = None,
    protocol: str = "megatec",
    tiers: tuple[int, ...] = TIERS,
    upses: int = UPSES,
    pushed_within: float | None = None,
) -> list[Figure]:
    """Measure all tiers at the same time."""
    line = Line(protocol=protocol, baud=baud, tiers=tiers, upses=upses, pushed_within=pushed_within)
    return home.run(partial(_measure, scale=scale, line=line))


async def _measure(hass: HomeAssistant, folder: Path, *, scale: Scale, line: Line) -> list[Figure]:
    watch = Watch(hass)
    failures = scale.pick(20, 2)
    async with AsyncExitStack() as stack:

        async def unit(tier: int, number: int) -> tuple[int, Simulator, str]:
            name = f"ups-{tier}-{number}"
            pace = ("--baud", str(line.baud)) if line.baud else ()
            ups = await stack.enter_async_context(simulator(folder, name, line.protocol, *pace))
            entry = await home.add(hass, {"device": ups.link, "protocol": line.protocol})
            polling = {"polling": {"status_interval": tier, "full_interval": 30}}
            await home.set_options(hass, entry, polling)
            return tier, ups, home.mains_entity(hass, entry)

        units = await asyncio.gather(
            *(unit(tier, number) for tier in line.tiers for number in range(line.upses))
        )
        times = await asyncio.gather(
            *(_outages(hass, watch, *each, failures=failures) for each in units)
        )
    figures = []
    for tier in line.tiers:
        mine = [times[index] for index, (its_tier, *_) in enumerate(units) if its_tier == tier]
        lost = [moment for each, _ in mine for moment in each]
        back = [moment for _, each in mine for moment in each]
        for name, moments in (("failure", lost), ("return", back)):
            figures += [
                Figure(
                    name=f"status every {tier} s, {name}: p50",
                    value=percentile(moments, 50),
                    unit="s",
                ),
                Figure(
                    name=f"status every {tier} s, {name}: p99 of {len(moments)}",
                    value=percentile(moments, 99),
                    unit="s",
                    most=line.pushed_within or tier + ALLOWANCE,
                    note=f"longest {max(moments):.3f} s",
                ),
            ]
    return figures


async def _outages(
    hass: HomeAssistant,
    watch: Watch,
    tier: int,
    unit: Simulator,
    entity_id: str,
    *,
    failures: int,
) -> tuple[list[float], list[float]]:
    """Let the power fail and return, each at a random moment between two reads."""
    lost: list[float] = []
    back: list[float] = []
    for _ in range(failures):
        for verb, state, moments in (("off", "off", lost), ("on", "on", back)):
            await asyncio.sleep(_SETTLED + random.uniform(0, tier))
            before = hass.states.get(entity_id)
            if before is None or before.state == state:
                raise RuntimeError(f"{entity_id} is {before} before mains {verb}")
            comes = watch.when(entity_id, state)
            failed = time.monotonic()
            await unit.ask(f"mains {verb}")
            async with asyncio.timeout(tier + _GRACE):
                moments.append(await comes - failed)
    return lost, back
