"""From the interrupt report of a USB UPS to the state of the Home Assistant entity."""

import asyncio
from functools import partial
from pathlib import Path
import random

from homeassistant.core import HomeAssistant

from . import home, usb
from .figures import Figure, Scale, percentile
from .latency import Watch
from tests.usbsim.remote import Remote

DEVICE = "eaton"
MOST_MILLISECONDS = 250
_NEVER = 3600
"""Seconds between two polls: what is known, the UPS has told by itself."""
# the full read that follows every change is over then
_SETTLED = 0.8
_GRACE = 15


def measure(scale: Scale) -> list[Figure]:
    """Let the mains of a UPS go and come, and see when the entity tells it."""
    usb.become_client()
    with usb.plugged(DEVICE) as remote:
        return home.run(partial(_measure, remote=remote, failures=scale.pick(100, 8)))


async def _measure(
    hass: HomeAssistant, _folder: Path, *, remote: Remote, failures: int
) -> list[Figure]:
    watch = Watch(hass)
    entry = await home.add(hass, {"device": usb.address(DEVICE)}, wire="usb_device")
    polling = {"polling": {"status_interval": _NEVER, "full_interval": _NEVER}}
    await home.set_options(hass, entry, polling)
    entity_id = home.mains_entity(hass, entry)
    moments: dict[str, list[float]] = {"off": [], "on": []}
    for _ in range(failures):
        for verb, taken in moments.items():
            await asyncio.sleep(_SETTLED + random.uniform(0, 0.5))
            await asyncio.to_thread(remote.log, clear=True)
            comes = watch.when(entity_id, verb)
            await asyncio.to_thread(remote.mains, verb == "on")
            async with asyncio.timeout(_GRACE):
                told = await comes
            reports = usb.of_kind(await asyncio.to_thread(remote.log), usb.INTERRUPT)
            # the simulator's log and we read the same monotonic clock
            taken.append((told - reports[0].time) * 1000)
    return [
        figure
        for name, taken in (("failure", moments["off"]), ("return", moments["on"]))
        for figure in (
            Figure(name=f"{name}: p50", value=percentile(taken, 50), unit="ms"),
            Figure(
                name=f"{name}: p99 of {len(taken)}",
                value=percentile(taken, 99),
                unit="ms",
                most=MOST_MILLISECONDS,
                note=f"longest {max(taken):.1f} ms; {DEVICE} on {usb.transport()}, never polled",
            ),
        )
    ]
