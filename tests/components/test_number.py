"""Numbers: settings with a range."""

import pytest
from syrupy.assertion import SnapshotAssertion

from homeassistant.const import STATE_UNKNOWN, EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .units import (
    DIALECTS,
    Simulated,
    Unit,
    act,
    after,
    check,
    keys,
    row_of,
    set_up,
    state_of,
    until,
    value_of,
)
from custom_components.ups_protocols.ups.errors import NoReply
from custom_components.ups_protocols.ups.model import Setting, SettingKind

NUMBER = Platform.NUMBER
DELAY = "ups.delay.shutdown"


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("simulated", DIALECTS, indirect=True)
async def test_simulated_units(
    hass: HomeAssistant,
    simulated: Simulated,
    snapshot: SnapshotAssertion,
) -> None:
    """Every number of simulated units."""
    await set_up(hass, simulated.entry())
    check(hass, snapshot)


@pytest.mark.usefixtures("platform")
async def test_everything(
    hass: HomeAssistant,
    unit: Unit,
    snapshot: SnapshotAssertion,
) -> None:
    """Settings of several quantities, of the unit and of parts."""
    ranges = {
        DELAY: (12, 600, 6),
        "battery.charge.low": (10, 50, 1),
        "battery.packs": (1, 8, 1),
        "input.transfer.low": (160, 220, 0.5),
        "output.frequency.nominal": (50, 60, 10),
        "ambient.1.temperature.high": (0, 60, 1),
        "outlet.2.delay.shutdown": (0, 99, 1),
    }
    unit.settings = [
        Setting(name=name, minimum=low, maximum=high, step=step)
        for name, (low, high, step) in ranges.items()
    ]
    unit.values = {name: low for name, (low, *_) in ranges.items()}
    await set_up(hass)
    assert keys(hass, NUMBER) == ranges.keys()
    check(hass, snapshot)


@pytest.mark.parametrize("simulated", ["masterguard-a"], indirect=True)
async def test_setting_of_a_simulated_unit(hass: HomeAssistant, simulated: Simulated) -> None:
    """It reaches the UPS, and what the UPS says then is shown."""
    await set_up(hass, simulated.entry())
    assert value_of(hass, NUMBER, "battery.packs") == "1.0"
    await act(hass, "set_value", NUMBER, "battery.packs", value=3)
    assert simulated.ups.settings["packs"] == "3"
    await until(hass, lambda: value_of(hass, NUMBER, "battery.packs") == "3.0")


async def test_delay_of_a_simulated_unit_is_rounded(
    hass: HomeAssistant, simulated: Simulated
) -> None:
    """The UPS can say 0.2 to 0.9 and whole minutes; what is shown is what would be sent."""
    entry = await set_up(hass, simulated.entry())
    await act(hass, "set_value", NUMBER, DELAY, value=102)
    assert value_of(hass, NUMBER, DELAY) == "60.0"
    # the UPS does not store it: it is found again after a restart
    assert await hass.config_entries.async_reload(entry.entry_id)
    await until(hass, lambda: value_of(hass, NUMBER, DELAY) == "60.0")


async def test_setting(hass: HomeAssistant, unit: Unit) -> None:
    """Limits are the UPS's; what is beyond never reaches it."""
    unit.settings = [Setting(name=DELAY, minimum=12, maximum=600, step=6)]
    unit.values = {DELAY: 30}
    await set_up(hass)
    number = state_of(hass, NUMBER, DELAY)
    assert number.state == "30.0"
    assert number.attributes["min"] == 12
    assert number.attributes["max"] == 600
    assert number.attributes["step"] == 6
    assert number.attributes["unit_of_measurement"] == "s"
    assert number.attributes["device_class"] == "duration"
    assert row_of(hass, NUMBER, DELAY).entity_category is EntityCategory.CONFIG

    await act(hass, "set_value", NUMBER, DELAY, value=60)
    assert unit.written == [(DELAY, 60.0)]
    assert value_of(hass, NUMBER, DELAY) == "60.0"
    with pytest.raises(ServiceValidationError):
        await act(hass, "set_value", NUMBER, DELAY, value=601)
    unit.action_failure = NoReply("silence")
    with pytest.raises(HomeAssistantError) as raised:
        await act(hass, "set_value", NUMBER, DELAY, value=90)
    assert raised.value.translation_key == "no_reply"
    assert unit.written == [(DELAY, 60.0)]
    assert value_of(hass, NUMBER, DELAY) == "60.0"


async def test_value_that_is_not_there(hass: HomeAssistant, unit: Unit) -> None:
    """Nothing, or a text, is unknown; the setting can be written all the same."""
    unit.settings = [Setting(name=DELAY, maximum=600)]
    await set_up(hass)
    assert value_of(hass, NUMBER, DELAY) == STATE_UNKNOWN
    unit.values[DELAY] = "soon"
    await after(hass, unit, 30)
    assert value_of(hass, NUMBER, DELAY) == STATE_UNKNOWN
    await act(hass, "set_value", NUMBER, DELAY, value=60)
    assert value_of(hass, NUMBER, DELAY) == "60.0"


async def test_other_settings_are_no_numbers(hass: HomeAssistant, unit: Unit) -> None:
    """Nor are those outside the namespace."""
    unit.settings = [
        Setting(name="experimental.flux"),
        Setting(name="ups.id", kind=SettingKind.TEXT, length=8),
        Setting(name="battery.date", kind=SettingKind.DATE),
        Setting(name="input.sensitivity", kind=SettingKind.CHOICE, options=("low", "high")),
    ]
    await set_up(hass)
    assert not keys(hass, NUMBER)
    assert keys(hass, Platform.SELECT) == {"input.sensitivity"}
