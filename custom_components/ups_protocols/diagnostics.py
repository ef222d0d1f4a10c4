"""Diagnostics: what a UPS is, what it says, and everything that was said on its wire.

The file replays as a test (``scripts/ups transcript FILE``), which is why serial numbers stay in
it. Credentials never pass where the transcript is taken.
"""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.core import HomeAssistant

from .connection import SECRETS
from .const import CONF_PROTOCOL
from .coordinator import UpsConfigEntry
from .storage import capabilities_as_json

NOTE = (
    "This file holds the serial numbers and names that the UPS reports. It replays as a test with"
    " `scripts/ups transcript FILE`: please attach it to a report of a bug."
)


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: UpsConfigEntry
) -> dict[str, Any]:
    """Return the diagnostics of one UPS."""
    coordinator = entry.runtime_data
    session = coordinator.session
    status = coordinator.data.status
    return {
        "note": NOTE,
        "entry": async_redact_data(dict(entry.data), SECRETS),
        "available": session.available,
        "error": None if session.error is None else f"{session.error.kind}: {session.error}",
        "intervals": {"status": session.intervals.status, "full": session.intervals.full},
        "options": dict(entry.options),
        "capabilities": capabilities_as_json(coordinator.capabilities),
        "status": sorted(status.flags),
        "mains": status.mains,
        "alarms": [alarm.text for alarm in status.alarms],
        "variables": dict(sorted(coordinator.data.variables.items())),
        "estimated": sorted(coordinator.data.estimated),
        "kept": asdict(coordinator.kept),
        "left_out": dict(coordinator.data.left_out),
        "outages": asdict(coordinator.store.known.outages),
        "seen": sorted(coordinator.seen),
        "transcript": {
            "protocol": entry.data[CONF_PROTOCOL],
            "options": dict(session.options),
            "memory": dict(session.memory),
            "exchanges": session.transcript.as_json(),
        },
    }
