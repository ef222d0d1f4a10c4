"""The options: which of them are offered for a unit, and what they do."""

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant

from .units import Unit, after, make_entry, set_up, value_of
from custom_components.ups_protocols.const import (
    CONF_BATTERY_LIFE,
    CONF_DEBOUNCE,
    CONF_NOMINAL_POWER,
    CONF_TEST_INTERVAL,
)
from custom_components.ups_protocols.ups.errors import NoReply
from custom_components.ups_protocols.ups.model import Command, StatusFlag


async def offered(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Return the sections of the options that are not about a protocol."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert form["data_schema"] is not None
    return {str(key) for key in form["data_schema"].schema} & {"energy", "battery_care", "test"}


async def test_options_are_those_that_make_sense(hass: HomeAssistant, unit: Unit) -> None:
    """The watts of a unit that measures them, or a schedule without a test, would mean nothing."""
    entry = await set_up(hass)
    assert await offered(hass, entry) == set()
    unit.values |= {"ups.load": 20.0, "battery.charge": 100.0}
    await after(hass, unit, 31)
    assert await offered(hass, entry) == {"energy", "battery_care"}
    unit.commands = [Command(name="test.battery.start.quick")]
    unit.values["ups.realpower"] = 180.0
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert await offered(hass, entry) == {"battery_care", "test"}


async def test_options_that_are_set_can_be_emptied(hass: HomeAssistant, unit: Unit) -> None:
    """They stay on the form when they make no sense any more, or nothing is known of the unit."""
    options = {CONF_NOMINAL_POWER: 900, CONF_BATTERY_LIFE: 3, CONF_TEST_INTERVAL: 30}
    entry = await set_up(hass, make_entry(options=options))
    assert await offered(hass, entry) == {"energy", "battery_care", "test"}


async def test_options_of_a_unit_that_was_never_seen(hass: HomeAssistant, unit: Unit) -> None:
    """Nobody knows yet what makes sense."""
    unit.failure = NoReply("silence")
    entry = await set_up(hass, state=ConfigEntryState.SETUP_RETRY)
    assert await offered(hass, entry) == {"energy", "battery_care", "test"}


async def test_debounce(hass: HomeAssistant, unit: Unit) -> None:
    """Two seconds on battery are not shown, ten are."""
    await set_up(hass, make_entry(options={CONF_DEBOUNCE: 5}))
    unit.says(StatusFlag.ON_BATTERY)
    await after(hass, unit, 2)
    unit.says(StatusFlag.ON_LINE)
    await after(hass, unit, 10)
    assert value_of(hass, Platform.BINARY_SENSOR, "mains") == "on"
    unit.says(StatusFlag.ON_BATTERY)
    await after(hass, unit, 5)
    assert value_of(hass, Platform.BINARY_SENSOR, "mains") == "on"
    await after(hass, unit, 5)
    assert value_of(hass, Platform.BINARY_SENSOR, "mains") == "off"
    assert value_of(hass, Platform.SENSOR, "status") == "on_battery"
