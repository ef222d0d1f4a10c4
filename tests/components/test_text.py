"""Texts: settings that people write as they like."""

import pytest
from syrupy.assertion import SnapshotAssertion

from homeassistant.const import STATE_UNKNOWN, EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .units import Unit, act, after, check, device_of, keys, row_of, set_up, state_of, value_of
from custom_components.ups_protocols.ups.errors import Rejected
from custom_components.ups_protocols.ups.model import Setting, SettingKind

TEXT = Platform.TEXT
NAME = "ups.id"


def setting(name: str, length: int = 8) -> Setting:
    """Return a setting that is a text."""
    return Setting(name=name, kind=SettingKind.TEXT, length=length)


@pytest.mark.usefixtures("platform")
async def test_everything(hass: HomeAssistant, unit: Unit, snapshot: SnapshotAssertion) -> None:
    """Names of the unit and of its parts; a date that is free text."""
    unit.values = {
        NAME: "CELLAR",
        "battery.date": "03/15/24",
        "device.location": "Cellar",
        "outlet.2.name": "NAS",
        "ambient.1.contacts.2.name": "Door",
    }
    unit.settings = [setting(name) for name in unit.values]
    await set_up(hass)
    assert keys(hass, TEXT) == unit.values.keys()
    check(hass, snapshot)


async def test_setting(hass: HomeAssistant, unit: Unit) -> None:
    """It is as long as the UPS can hold; what is too long never reaches it."""
    unit.settings = [setting(NAME)]
    unit.values = {NAME: "CELLAR"}
    await set_up(hass)
    text = state_of(hass, TEXT, NAME)
    assert text.state == "CELLAR"
    assert text.attributes["max"] == 8
    assert row_of(hass, TEXT, NAME).entity_category is EntityCategory.CONFIG
    await act(hass, "set_value", TEXT, NAME, value="ATTIC")
    assert unit.written == [(NAME, "ATTIC")]
    assert value_of(hass, TEXT, NAME) == "ATTIC"
    with pytest.raises(ValueError, match="too long"):
        await act(hass, "set_value", TEXT, NAME, value="NINE CHAR")
    unit.action_failure = Rejected("no")
    with pytest.raises(HomeAssistantError) as raised:
        await act(hass, "set_value", TEXT, NAME, value="CELLAR")
    assert raised.value.translation_key == "rejected"
    assert not isinstance(raised.value, ServiceValidationError)
    assert unit.written == [(NAME, "ATTIC")]
    assert value_of(hass, TEXT, NAME) == "ATTIC"


async def test_values_of_other_shapes(hass: HomeAssistant, unit: Unit) -> None:
    """Nothing is unknown, a number is text as well, and what is too long is cut."""
    unit.settings = [setting(NAME), setting("battery.date", length=0)]
    await set_up(hass)
    assert value_of(hass, TEXT, NAME) == STATE_UNKNOWN
    assert state_of(hass, TEXT, "battery.date").attributes["max"] == 255
    unit.values |= {NAME: 1234567.0, "battery.date": "x" * 300}
    await after(hass, unit, 30)
    assert value_of(hass, TEXT, NAME) == "1234567"
    assert value_of(hass, TEXT, "battery.date") == "x" * 255
    unit.values[NAME] = "NINE CHAR"
    await after(hass, unit, 30)
    assert value_of(hass, TEXT, NAME) == "NINE CHA"


async def test_what_is_there_when_wanted(hass: HomeAssistant, unit: Unit) -> None:
    """A PDU has a name for each of its outlets; they are named on their devices."""
    unit.settings = [setting(NAME), setting("outlet.1.name"), setting("device.contact")]
    unit.settings += [setting("experimental.motto"), Setting(name="ups.delay.start", maximum=9)]
    await set_up(hass)
    assert keys(hass, TEXT) == {NAME, "outlet.1.name", "device.contact"}
    assert not row_of(hass, TEXT, NAME).disabled
    assert row_of(hass, TEXT, "outlet.1.name").disabled
    assert row_of(hass, TEXT, "device.contact").disabled
    outlet = device_of(hass, "outlet.1")
    assert outlet is not None
    assert row_of(hass, TEXT, "outlet.1.name").device_id == outlet.id
