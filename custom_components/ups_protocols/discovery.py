"""Looks at USB when something is plugged in: offers a new UPS, wakes the session of a known one."""

import asyncio
from collections.abc import Sequence

from homeassistant.components import usb
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    SOURCE_INTEGRATION_DISCOVERY,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.const import CONF_DEVICE, CONF_NAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import discovery_flow
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from .const import DOMAIN
from .coordinator import UpsConfigEntry
from .ports import move
from .ups import catalog
from .ups.detect import usb_name, usb_protocols
from .ups.errors import InUse, UpsError
from .ups.links.open import FoundUsb, UsbAddress, is_usb, list_usb

# the step in which a UPS that was found waits for the user
OFFER = "plugged_in"


def owners(hass: HomeAssistant, devices: Sequence[FoundUsb]) -> dict[str, UpsConfigEntry]:
    """Return which entry each of all the devices on USB belongs to, by the device's address.

    An entry's address may fit several that are alike. One that another entry names more exactly
    is not meant, and of the others the one that is open. Where that does not tell, all of them
    count as the entry's, so that none is set up twice.
    """
    entries = [
        (UsbAddress.parse(entry.data[CONF_DEVICE]), entry)
        for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False)
        if is_usb(entry.data[CONF_DEVICE])
    ]
    owned: dict[str, UpsConfigEntry] = {}
    for address, entry in sorted(
        entries, key=lambda each: (each[0].place is None, each[0].serial is None)
    ):
        fitting = [
            found for found in devices if address.fits(found.device) and found.url not in owned
        ]
        in_use = [found for found in fitting if isinstance(found.hindrance, InUse)]
        chosen = in_use if len(in_use) == 1 else fitting
        owned |= dict.fromkeys((found.url for found in chosen), entry)
    return owned


async def _look(hass: HomeAssistant) -> None:
    """See what is plugged in. Nothing is asked of a UPS that the user has not agreed to."""
    try:
        devices = await list_usb()
    except UpsError:
        # without libusb there is nothing to find; the flow says so to who asks for it
        return
    owned = owners(hass, devices)
    spoken = {info.id for info in catalog.PROTOCOLS}
    for found in devices:
        if (entry := owned.get(found.url)) is not None:
            _point_out(hass, entry, found, devices, owned)
            _wake(hass, entry, found)
        elif spoken.intersection(usb_protocols(found)):
            discovery_flow.async_create_flow(
                hass,
                DOMAIN,
                context={"source": SOURCE_INTEGRATION_DISCOVERY},
                data={CONF_DEVICE: found.url, CONF_NAME: usb_name(found.device)},
                discovery_key=discovery_flow.DiscoveryKey(domain=DOMAIN, key=found.url, version=1),
            )
    # what the user has set up by another way is no longer on offer
    for flow in hass.config_entries.flow.async_progress_by_handler(
        DOMAIN, match_context={"source": SOURCE_INTEGRATION_DISCOVERY}
    ):
        if flow["step_id"] == OFFER and flow["context"].get("unique_id") in owned:
            hass.config_entries.flow.async_abort(flow["flow_id"])


@callback
def _point_out(
    hass: HomeAssistant,
    entry: UpsConfigEntry,
    found: FoundUsb,
    devices: Sequence[FoundUsb],
    owned: dict[str, UpsConfigEntry],
) -> None:
    """Give an entry an address that fits its device alone, now that others like it have entries."""
    address = UsbAddress.parse(entry.data[CONF_DEVICE])
    alike = [each for each in devices if each is not found and address.fits(each.device)]
    if alike and all(owned.get(each.url) not in {None, entry} for each in alike):
        move(hass, entry, found.url)


@callback
def _wake(hass: HomeAssistant, entry: UpsConfigEntry, found: FoundUsb) -> None:
    """Have a UPS that is plugged in tried at once, if it waits for its next attempt."""
    if entry.state is ConfigEntryState.LOADED:
        entry.runtime_data.session.plugged_in()
    elif entry.state is ConfigEntryState.SETUP_RETRY and found.hindrance is None:
        hass.config_entries.async_schedule_reload(entry.entry_id)


@callback
def async_watch_usb(hass: HomeAssistant) -> None:
    """Look at USB now, whenever something is plugged in, and when a UPS comes or goes here."""
    is_wanted = False
    task: asyncio.Task[None] | None = None

    async def look() -> None:
        nonlocal is_wanted
        while is_wanted:
            is_wanted = False
            await _look(hass)

    @callback
    def request() -> None:
        nonlocal is_wanted, task
        # what is plugged in during a look may have come too late for that one
        is_wanted = True
        if task is None or task.done():
            task = hass.async_create_background_task(look(), f"{DOMAIN} look at USB")

    @callback
    def entry_changed(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN and change is not ConfigEntryChange.UPDATED:
            request()

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, entry_changed)
    usb.async_register_scan_request_callback(hass, request)
    usb.async_register_initial_scan_callback(hass, request)
