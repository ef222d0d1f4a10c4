"""Diagnostics: what the file holds, and that it replays as a test."""

import asyncio
from datetime import datetime
import json
from pathlib import Path
import sys
from typing import Any, cast

import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .units import Simulated, Unit, after, make_entry, set_up
from custom_components.ups_protocols.ups.cli import replay
from custom_components.ups_protocols.ups.errors import NoReply
from custom_components.ups_protocols.ups.model import (
    Alarm,
    Command,
    Identity,
    Part,
    PartKind,
    Setting,
    StatusFlag,
)

ROOT = Path(__file__).parents[2]


async def test_file_of_a_fake_unit(
    hass: HomeAssistant,
    unit: Unit,
    hass_client: ClientSessionGenerator,
    snapshot: SnapshotAssertion,
) -> None:
    """Everything that tells what the unit is and says; serial numbers stay, and are announced."""
    unit.commands = [Command(name="beeper.mute")]
    unit.settings = [Setting(name="ups.delay.shutdown", maximum=600)]
    unit.parts = [Part(kind=PartKind.PACK, index=1, identity=Identity(serial="P1"))]
    unit.values |= {"battery.charge": 80.0, "ups.delay.shutdown": 30.0}
    unit.estimated = {"battery.charge"}
    unit.says(StatusFlag.ON_BATTERY, alarms=(Alarm("Fan failed"),))
    entry = await set_up(hass, make_entry(options={"dialect": "mustek"}))
    del unit.values["battery.charge"]
    unit.estimated = set()
    await after(hass, unit, 31)
    told = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    last = cast("dict[str, Any]", told["outages"])["last"]
    assert datetime.fromisoformat(last.pop("start")) <= dt_util.utcnow()
    assert told == snapshot


@pytest.mark.parametrize("simulated", ["megatec", "masterguard-a", "powercom"], indirect=True)
async def test_downloaded_file_replays(
    hass: HomeAssistant,
    simulated: Simulated,
    hass_client: ClientSessionGenerator,
    tmp_path: Path,
) -> None:
    """The very bytes that a user downloads say the same to the library, and to its command."""
    entry = await set_up(hass, simulated.entry())
    # the UPS does not store it, so the driver's memory has to be in the file
    await entry.runtime_data.async_write("ups.delay.shutdown", 180.0)
    assert await async_setup_component(hass, "diagnostics", {})
    client = await hass_client()
    response = await client.get(f"/api/diagnostics/config_entry/{entry.entry_id}")
    file = tmp_path / "diagnostics.json"
    file.write_bytes(await response.read())
    told = json.loads(file.read_text(encoding="utf-8"))["data"]
    assert told["available"] is True
    assert told["error"] is None
    assert len(told["variables"]) > 5
    assert told["variables"]["ups.delay.shutdown"] == 180

    session = replay(file)
    session.start()
    try:
        snapshot = await session.ready()
    finally:
        await session.close()
    assert dict(snapshot.variables) == told["variables"]
    assert sorted(snapshot.status.flags) == told["status"]
    assert sorted(snapshot.estimated) == told["estimated"]
    assert sorted(session.capabilities.commands) == [
        command["name"] for command in sorted(told["capabilities"]["commands"], key=name_of)
    ]

    said = await run_command("transcript", str(file), "--json")
    assert said["variables"] == told["variables"]
    assert said["status"] == told["status"]
    assert said["protocol"] == "megatec"


def name_of(row: dict[str, Any]) -> str:
    """Return the name in a row."""
    return str(row["name"])


async def run_command(*arguments: str) -> dict[str, Any]:
    """Run ``scripts/ups``, which imports no Home Assistant."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "scripts" / "ups.py"), *arguments, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    shown: dict[str, Any] = json.loads(out)
    return shown


async def test_unit_that_never_answered(
    hass: HomeAssistant, unit: Unit, hass_client: ClientSessionGenerator
) -> None:
    """The file that is wanted most: it says what went wrong."""
    unit.failure = NoReply("silence")
    entry = await set_up(hass, state=ConfigEntryState.SETUP_RETRY)
    told = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert told["available"] is False
    assert told["error"] == "NoReply: silence"
    assert told["status"] == []
    assert told["mains"] is None
    assert told["variables"] == {}
    assert isinstance(told["transcript"], dict)
    assert told["transcript"]["exchanges"] == []


async def test_lost_unit(
    hass: HomeAssistant, unit: Unit, hass_client: ClientSessionGenerator
) -> None:
    """What it last said is still there."""
    entry = await set_up(hass)
    unit.failure = NoReply("silence")
    await after(hass, unit, 15)
    told = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert told["available"] is False
    assert told["error"] == "NoReply: silence"
    assert told["variables"] == {"input.voltage": 230.0}
