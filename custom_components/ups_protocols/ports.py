"""Follows serial adapters: one that is plugged in elsewhere is the same port under another name."""

from collections.abc import Collection
from typing import Final

from homeassistant.components import usb
from homeassistant.components.usb import SerialDevice
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_DEVICE
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .coordinator import UpsConfigEntry, UpsCoordinator
from .ups.links.open import is_snmp, is_usb
from .ups.model import plausible_serial

NUMBERED: Final = "/dev/tty"
NAMED: Final = "/dev/serial/by-id/"


@callback
def move(hass: HomeAssistant, entry: UpsConfigEntry, device: str) -> None:
    """Have an entry's UPS looked for at another address; a link that is open stays as it is."""
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_DEVICE: device})
    if entry.state is ConfigEntryState.LOADED:
        entry.runtime_data.session.move(device)


@callback
def wake(hass: HomeAssistant, entry: UpsConfigEntry) -> None:
    """Have a UPS tried at once, if it waits for its next attempt."""
    if entry.state is ConfigEntryState.LOADED:
        entry.runtime_data.session.plugged_in()
    elif entry.state is ConfigEntryState.SETUP_RETRY:
        hass.config_entries.async_schedule_reload(entry.entry_id)


@callback
def async_watch_ports(hass: HomeAssistant) -> None:
    """Look after our ports whenever an adapter is plugged in, and once at the start."""

    @callback
    def changed(added: Collection[SerialDevice], removed: Collection[SerialDevice]) -> None:
        names = {name for each in added for name in (each.device, each.resolved_device)}
        for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False):
            device = entry.data[CONF_DEVICE]
            if is_usb(device) or is_snmp(device):
                continue
            if (moved := _moved(hass, device)) is not None:
                move(hass, entry, moved)
                wake(hass, entry)
            elif device in names:
                wake(hass, entry)

    usb.async_register_port_event_callback(hass, changed)
    usb.async_register_initial_scan_callback(hass, lambda: changed((), ()))


def _moved(hass: HomeAssistant, device: str) -> str | None:
    """Return where a port is now, None where it is or may be where it was."""
    # Home Assistant knows since 2026.11
    find = getattr(usb, "async_find_moved_serial_port", None)
    found: str | None = find(hass, device) if find else None
    return found


@callback
def async_name_port(hass: HomeAssistant, coordinator: UpsCoordinator) -> None:
    """Give an entry a name of its port that lasts, once its UPS has answered there.

    Numbers such as ttyUSB0 go by the order of plugging in. An adapter whose serial number tells it
    from others is found by that at any plug.
    """
    entry = coordinator.config_entry
    number: str = entry.data[CONF_DEVICE]
    if not number.startswith(NUMBERED):
        return
    is_done = False

    async def name() -> None:
        adapter = await hass.async_add_executor_job(usb.usb_device_from_path, number)
        if (
            adapter is not None
            and adapter.device.startswith(NAMED)
            and plausible_serial(adapter.serial_number or "")
            and entry.data[CONF_DEVICE] == number
        ):
            move(hass, entry, adapter.device)
            # the entry may not be loaded yet
            coordinator.session.move(adapter.device)

    @callback
    def answered() -> None:
        nonlocal is_done
        # before, another adapter may have the number
        if not is_done and coordinator.session.available:
            is_done = True
            entry.async_create_background_task(hass, name(), f"{DOMAIN} name of {number}")

    entry.async_on_unload(coordinator.async_add_listener(answered))
    answered()
