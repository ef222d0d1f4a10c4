"""A UPS comes out of its box, is added, loses its mains, is tested; an outlet is switched."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from scripts.demo import DemoUps, example, simulated, tell
from scripts.lab import Lab, home_assistant

from .page import PATIENCE, Browser, browser, chromium

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

    async def told(line: str) -> str:
        return await asyncio.to_thread(tell, str(control), line)

    async with simulated(DESK, control) as port, at_home(tmp_path) as (lab, window):
        entry_id = await _add(window, lab, port)
        entities = await lab.entities(entry_id, until="ups.load")
        await _automate(lab, entities["mains"])
        device = f"/config/devices/device/{await _device_of(lab, entities['mains'])}"
        await window.go(device)
        await window.sees("On line")
        await window.picture("device")

        await told("mains off")
        await window.sees("On battery")
        await window.sees("Mains power lost")
        assert await lab.state(entities["mains"]) == "off"
        assert (await _event(lab, entities))["event_type"] == "power_lost"
        assert await _notifications(lab) == ["Desk 1000 runs on its battery"]
        await window.picture("device-on-battery")
        await told("mains on")
        await window.sees("On line")
        assert (await _event(lab, entities))["event_type"] == "power_restored"

        await told("forget")
        await window.press_beside("Start quick battery test", "Press")
        async with asyncio.timeout(20):
            while "'T'" not in await told("received"):
                await asyncio.sleep(0.2)
        assert "'S" not in await told("received")

        await _paste_dashboard(lab, entities)
        await told("mains off")
        await window.go("/ups-power/desk-1000")
        await window.sees("Lost")
        await window.picture("dashboard")
        await told("mains on")
        await window.sees("Present")

        await _change_interval(window, lab, entry_id)


async def test_an_outlet(tmp_path: Path) -> None:
    """It is switched on the page of its own device, once somebody has enabled that."""
    control = tmp_path / "rack.control"
    async with simulated(RACK, control) as address, at_home(tmp_path) as (lab, window):
        host, _, port = address.removeprefix("snmp://").partition(":")
        typed = {
            "host": host,
            "version": "2c",
            "community": "private",
            "more_options": {"port": int(port)},
        }
        entry_id = await lab.add_ups("network", typed)
        entities = await lab.entities(entry_id, until="outlet.2.load.on")
        switch = entities["outlet.2.load.on"]
        await lab.command("config/entity_registry/update", entity_id=switch, disabled_by=None)
        await lab.request("POST", f"/api/config/config_entries/entry/{entry_id}/reload")
        async with asyncio.timeout(30):
            while await _state(lab, switch) != "on":
                await asyncio.sleep(0.2)
        await window.go(f"/config/devices/device/{await _device_of(lab, switch)}")
        await window.page.locator("ha-switch").first.click(timeout=PATIENCE)
        async with asyncio.timeout(30):
            while await _state(lab, switch) != "off":
                await asyncio.sleep(0.2)
        await window.picture("outlet")


async def _state(lab: Lab, entity_id: str) -> str:
    states = await lab.request("GET", "/api/states")
    found = [each["state"] for each in states if each["entity_id"] == entity_id]
    return str(found[0]) if found else ""


async def _event(lab: Lab, entities: Mapping[str, str]) -> dict[str, Any]:
    """Return what is told of the last event."""
    state = await lab.request("GET", f"/api/states/{entities['power_events']}")
    attributes: dict[str, Any] = state["attributes"]
    return attributes


async def _automate(lab: Lab, mains: str) -> None:
    """Have the loss of the mains told."""
    name = "{{ device_attr(trigger.entity_id, 'name') }}"
    await lab.request(
        "POST",
        "/api/config/automation/config/power_lost",
        {
            "alias": "Tell",
            "triggers": [{"trigger": "ups_protocols.power_lost", "target": {"entity_id": mains}}],
            "actions": [
                {
                    "action": "persistent_notification.create",
                    "data": {"message": f"{name} runs on its battery"},
                }
            ],
        },
    )


async def _notifications(lab: Lab) -> list[str]:
    return [each["message"] for each in await lab.command("persistent_notification/get")]


async def _paste_dashboard(lab: Lab, entities: Mapping[str, str]) -> None:
    """Make the dashboard of the documentation."""
    await lab.command(
        "lovelace/dashboards/create",
        url_path="ups-power",
        title="UPS",
        mode="storage",
        show_in_sidebar=True,
        require_admin=False,
    )
    there = {each["entity_id"] for each in await lab.request("GET", "/api/states")}
    view = example("Desk 1000", entities["status"], there & set(entities.values()))
    await lab.command("lovelace/config/save", url_path="ups-power", config={"views": [view]})


async def _change_interval(window: Browser, lab: Lab, entry_id: str) -> None:
    """Change an option by the dialog behind the cog."""
    await window.go("/config/integrations/integration/ups_protocols")
    await window.page.get_by_role("button", name="Configure").first.click(timeout=PATIENCE)
    await window.sees("Polling")
    await window.picture("options")
    # the first field
    await window.page.locator("ha-form input").first.fill("4")
    await window.press("Submit")
    async with asyncio.timeout(30):
        while (await _diagnostics(lab, entry_id)).get("status_interval") != 4:
            await asyncio.sleep(0.2)


async def _diagnostics(lab: Lab, entry_id: str) -> dict[str, Any]:
    """Return the options that the downloaded diagnostics show."""
    told = await lab.request("GET", f"/api/diagnostics/config_entry/{entry_id}")
    options: dict[str, Any] = told["data"]["options"]
    return options


async def _add(window: Browser, lab: Lab, port: str) -> str:
    """Add a UPS on a serial port by the dialogs; return the id of its entry."""
    await window.begin("/config/integrations/dashboard/add?domain=ups_protocols", "OK")
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
