"""Looks at USB when something is plugged in: offers a new UPS, wakes the session of a known one."""

from homeassistant.components import usb
from homeassistant.config_entries import SOURCE_INTEGRATION_DISCOVERY, ConfigEntryState
from homeassistant.const import CONF_DEVICE, CONF_NAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import discovery_flow

from .const import DOMAIN
from .coordinator import UpsConfigEntry
from .ups import catalog
from .ups.detect import usb_name, usb_protocols
from .ups.errors import UpsError
from .ups.links.open import FoundUsb, UsbAddress, is_usb, list_usb


def entries_of(hass: HomeAssistant, found: FoundUsb) -> list[UpsConfigEntry]:
    """Return the entries, ignored ones aside, whose address fits a USB device."""
    return [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False)
        if is_usb(entry.data[CONF_DEVICE])
        and UsbAddress.parse(entry.data[CONF_DEVICE]).fits(found.device)
    ]


@callback
def async_watch_usb(hass: HomeAssistant) -> None:
    """Look at USB now, and whenever Home Assistant notices that something was plugged in."""
    spoken = {info.id for info in catalog.PROTOCOLS}
    is_looking = False

    async def look() -> None:
        nonlocal is_looking
        try:
            devices = await list_usb()
        except UpsError:
            # without libusb there is nothing to find; the flow says so to who asks for it
            return
        finally:
            is_looking = False
        for found in devices:
            entries = entries_of(hass, found)
            for entry in entries:
                if entry.state is ConfigEntryState.LOADED:
                    entry.runtime_data.session.plugged_in()
            if not entries and spoken.intersection(usb_protocols(found)):
                discovery_flow.async_create_flow(
                    hass,
                    DOMAIN,
                    context={"source": SOURCE_INTEGRATION_DISCOVERY},
                    data={CONF_DEVICE: found.url, CONF_NAME: usb_name(found.device)},
                    discovery_key=discovery_flow.DiscoveryKey(
                        domain=DOMAIN, key=found.url, version=1
                    ),
                )

    @callback
    def request() -> None:
        nonlocal is_looking
        if not is_looking:
            is_looking = True
            hass.async_create_background_task(look(), f"{DOMAIN} look at USB")

    usb.async_register_scan_request_callback(hass, request)
    usb.async_register_initial_scan_callback(hass, request)
