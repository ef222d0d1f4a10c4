"""UPS Protocols: a UPS tells Home Assistant itself what it knows."""

import asyncio

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import AnyDeviceEntry
from homeassistant.helpers.typing import ConfigType

from .battery_care import async_watch_days
from .const import DOMAIN
from .coordinator import UpsConfigEntry, UpsCoordinator
from .devices import is_reported, names_of, register
from .discovery import async_watch_usb
from .event import async_release_events
from .issues import Issues
from .ports import async_name_port, async_watch_ports
from .schedule import async_schedule_tests
from .services import async_setup_services
from .storage import UnitStore
from .ups.session import AVAILABLE

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.DATE,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.TEXT,
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions and begin to watch USB: this runs once, with the first UPS."""
    async_setup_services(hass)
    async_watch_usb(hass)
    async_watch_ports(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: UpsConfigEntry) -> bool:
    """Set up one UPS.

    A UPS that answered once has all its entities from the start, whether it answers now or not.
    """
    coordinator = await UpsCoordinator.async_create(hass, entry)
    # the diagnostics of a UPS that does not answer are wanted most
    entry.runtime_data = coordinator
    await coordinator.async_start()
    coordinator.device_id = register(hass, entry, coordinator.capabilities.identity)

    @callback
    def update_device() -> None:
        if AVAILABLE in coordinator.changed and coordinator.last_update_success:
            register(hass, entry, coordinator.capabilities.identity)

    entry.async_on_unload(coordinator.async_add_listener(update_device))
    async_watch_days(coordinator)
    async_schedule_tests(coordinator)
    Issues(coordinator)
    async_name_port(hass, coordinator)
    for platform in PLATFORMS:
        # all at once would hold up everything else in Home Assistant for too long
        await hass.config_entries.async_forward_entry_setups(entry, [platform])
        await asyncio.sleep(0)
    async_release_events(coordinator)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: UpsConfigEntry) -> bool:
    """Unload one UPS; the coordinator then frees its wire."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: UpsConfigEntry) -> None:
    """Forget what was remembered of a UPS."""
    await UnitStore(hass, entry.entry_id).async_remove()


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: UpsConfigEntry, device: AnyDeviceEntry
) -> bool:
    """Let the user remove a part that the UPS reports no more; one that is silent cannot say."""
    if entry.state is not ConfigEntryState.LOADED:
        return False
    coordinator = entry.runtime_data
    if not coordinator.last_update_success or is_reported(coordinator, device.identifiers):
        return False
    coordinator.forget(names_of(coordinator.seen, entry.entry_id, device.identifiers))
    return True
