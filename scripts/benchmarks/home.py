"""A real Home Assistant in this process, and UPSes added to it by the config flow."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
import json
from pathlib import Path
import socket
import tempfile
from typing import Any

from homeassistant import block_async_io, bootstrap, loader, runner
from homeassistant.config_entries import ConfigEntries, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

ROOT = Path(__file__).parents[2]
DOMAIN = "ups_protocols"
# what stands in every Home Assistant before anybody adds a UPS: what the integration depends on
# (usb, and below it the server), and the domains of its platforms
STANDING = ("usb", "binary_sensor", "button", "number", "select", "sensor", "switch")
_FLOW_TIMEOUT = 60


def run[T](measure: Callable[[HomeAssistant, Path], Awaitable[T]]) -> T:
    """Run a measurement in Home Assistant's own kind of event loop."""

    async def main() -> T:
        with tempfile.TemporaryDirectory(prefix="ups-benchmark-") as folder:
            async with _running(Path(folder, "config")) as hass:
                return await measure(hass, Path(folder))

    loop = runner.create_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main())
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()


@asynccontextmanager
async def _running(config: Path) -> AsyncGenerator[HomeAssistant]:
    """Start Home Assistant as its own bootstrap does, without frontend, recorder and log file."""
    _prepare(config)
    hass = HomeAssistant(str(config))
    loader.async_setup(hass)
    hass.config.skip_pip = True
    block_async_io.enable()
    hass.config_entries = ConfigEntries(hass, {})
    await loader.async_get_custom_components(hass)
    if not await bootstrap.async_load_base_functionality(hass):
        raise RuntimeError("Home Assistant does not start")
    await async_process_ha_core_config(hass, {})
    for domain in (*bootstrap.CORE_INTEGRATIONS, *STANDING):
        if not await async_setup_component(hass, domain, {}):
            raise RuntimeError(f"{domain} of Home Assistant is not set up")
    await hass.async_start()
    try:
        yield hass
    finally:
        await hass.async_stop(force=True)


def _prepare(config: Path) -> None:
    """Make a config directory with the integration, its server on a free port of loopback."""
    (config / ".storage").mkdir(parents=True)
    (config / "custom_components").symlink_to(ROOT / "custom_components")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    stable = {
        "server_host": ["127.0.0.1"],
        "server_port": port,
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": True,
        "ssl_profile": "modern",
        "use_x_frame_options": True,
        "created_at": "2026-01-01T00:00:00+00:00",
        "error": None,
        "error_message": None,
    }
    stored = {
        "version": 2,
        "minor_version": 2,
        "key": "http",
        "data": {"stable": stable, "pending": None, "yaml_migration_done": True},
    }
    (config / ".storage" / "http").write_text(json.dumps(stored), encoding="utf-8")


async def add(hass: HomeAssistant, typed: dict[str, Any], wire: str = "serial") -> ConfigEntry:
    """Add a UPS as a user does: menu, form of its wire, progress, confirmation."""
    flows = hass.config_entries.flow
    step = await flows.async_init(DOMAIN, context={"source": "user"})
    flow = step["flow_id"]
    step = await flows.async_configure(flow, {"next_step_id": wire})
    step = await flows.async_configure(flow, typed)
    if step["type"] is FlowResultType.SHOW_PROGRESS:
        async with asyncio.timeout(_FLOW_TIMEOUT):
            # Home Assistant goes on by itself when the probe is over
            while (step := flows.async_get(flow))["step_id"] == "probe":
                await asyncio.sleep(0.02)
    if step["step_id"] != "confirm":
        raise RuntimeError(f"the config flow is at {step['step_id']}: {step.get('errors')}")
    result = await flows.async_configure(flow, {})
    entry = result.get("result")
    if result["type"] is not FlowResultType.CREATE_ENTRY or not isinstance(entry, ConfigEntry):
        raise RuntimeError(f"the config flow ends with {result}")
    await loaded(entry)
    return entry


async def set_options(hass: HomeAssistant, entry: ConfigEntry, options: dict[str, Any]) -> None:
    """Change the options of an entry as a user does; it is loaded again."""
    step = await hass.config_entries.options.async_init(entry.entry_id)
    result = await hass.config_entries.options.async_configure(step["flow_id"], options)
    if result["type"] is not FlowResultType.CREATE_ENTRY:
        raise RuntimeError(f"the options flow ends with {result}")
    await hass.async_block_till_done(wait_background_tasks=False)
    await loaded(entry)


async def loaded(entry: ConfigEntry) -> None:
    """Wait until an entry is loaded."""
    async with asyncio.timeout(_FLOW_TIMEOUT):
        while entry.state is not ConfigEntryState.LOADED:
            await asyncio.sleep(0.02)


def mains_entity(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Return the id of the entity that tells whether the mains is there."""
    entity_id = er.async_get(hass).async_get_entity_id(
        "binary_sensor", DOMAIN, f"{entry.entry_id}_mains"
    )
    if entity_id is None:
        raise RuntimeError(f"{entry.title} has no mains entity")
    return entity_id
