"""A UPS comes out of its box, is added, loses its mains, is tested; an outlet is switched."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from scripts.demo import DemoUps, simulated, tell
from scripts.lab import Lab, home_assistant

from .page import Browser, browser, chromium

pytestmark = [
    pytest.mark.skipif(chromium() is None, reason="no Chromium here (Debian: chromium)"),
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("loopback"),
]
DESK = DemoUps(title="desk", model="Desk 1000", state={"manufacturer": "Megatec", "load": "34"})
RACK = DemoUps(title="rack", model="ePDU", agent="eaton-epdu")


@asynccontextmanager
async def at_home(folder: Path) -> AsyncGenerator[tuple[Lab, Browser]]:
    """Run Home Assistant and a browser on it."""
    async with home_assistant(folder / "home-assistant") as lab, browser(lab) as window:
        yield lab, window


async def test_a_ups_at_home(tmp_path: Path) -> None:
    """Through the real dialogs and pages, all the way."""
    control = tmp_path / "desk.control"
    async with simulated(DESK, control) as port, at_home(tmp_path) as (lab, window):
        entry_id = await _add(window, lab, port)
        entities = await lab.entities(entry_id, until="ups.load")
        device_id = await _device_of(lab, entities["mains"])
        await window.go(f"/config/devices/device/{device_id}")
        await window.sees("On line")
        await window.picture("device")
        await asyncio.to_thread(tell, str(control), "mains off")
        await window.sees("On battery")
        await window.picture("device-on-battery")
        await asyncio.to_thread(tell, str(control), "mains on")
        await window.sees("On line")


async def _add(window: Browser, lab: Lab, port: str) -> str:
    """Add a UPS on a serial port by the dialogs; return the id of its entry."""
    await window.go("/config/integrations/dashboard/add?domain=ups_protocols")
    await window.press("OK")
    await window.sees("How is the UPS connected?")
    await window.picture("add-menu")
    await window.choose("Serial port")
    await window.sees("UPS on a serial port")
    await window.open(window.page.get_by_text("Serial port").last, "Enter manually")
    await window.choose("Enter manually")
    await window.page.wait_for_timeout(500)
    await window.page.keyboard.type(port)
    await window.picture("add-serial")
    await window.press("Submit")
    await window.sees("Add it?")
    await window.picture("add-found")
    await window.press("Submit")
    await window.press("Skip and finish")
    entries = await lab.request("GET", "/api/config/config_entries/entry?domain=ups_protocols")
    (entry,) = entries
    assert entry["title"] == "Megatec Desk 1000"
    return str(entry["entry_id"])


async def _device_of(lab: Lab, entity_id: str) -> str:
    rows = await lab.command("config/entity_registry/list")
    return next(str(row["device_id"]) for row in rows if row["entity_id"] == entity_id)
