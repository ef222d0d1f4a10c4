"""UPSes on USB for the tests of the integration: set up, and through the steps of the flow."""

from collections.abc import Mapping
from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_DEVICE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from custom_components.ups_protocols.const import CONF_PROTOCOL, DOMAIN

EATON = "usb:0463:ffff:G117J21028"
CYPRESS = "usb:0665:5161"
HID = "usb-hid-power-device"


async def set_up(
    hass: HomeAssistant,
    device: str,
    protocol: str,
    options: Mapping[str, Any] | None = None,
    *,
    state: ConfigEntryState = ConfigEntryState.LOADED,
) -> MockConfigEntry:
    """Set up an entry and see what comes of it."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        data={CONF_DEVICE: device, CONF_PROTOCOL: protocol},
        options=dict(options or {}),
    )
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is state, entry.reason
    return entry


async def begin(hass: HomeAssistant) -> ConfigFlowResult:
    """Walk to the list of what is plugged in."""
    menu = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    return await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": "usb_device"}
    )


async def submit(
    hass: HomeAssistant, form: ConfigFlowResult, typed: dict[str, Any]
) -> ConfigFlowResult:
    """Submit a form and wait for what the probe comes to."""
    configure = hass.config_entries.flow.async_configure
    result = await configure(form["flow_id"], typed)
    while result["type"] is FlowResultType.SHOW_PROGRESS:
        await hass.async_block_till_done()
        result = await configure(form["flow_id"])
    return result


def offered(form: ConfigFlowResult) -> dict[str, str]:
    """Return the devices on a form: address and label."""
    assert form["type"] is FlowResultType.FORM
    assert form["data_schema"] is not None
    options = form["data_schema"].schema[CONF_DEVICE].config["options"]
    return {each["value"]: each["label"] for each in options}


def chosen(form: ConfigFlowResult) -> str | None:
    """Return the device that a form is filled with."""
    assert form["data_schema"] is not None
    (key,) = (key for key in form["data_schema"].schema if key == CONF_DEVICE)
    suggestion: str | None = (key.description or {}).get("suggested_value")
    return suggestion
