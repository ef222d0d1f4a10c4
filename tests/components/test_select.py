"""Selects: settings with a few choices."""

import pytest
from syrupy.assertion import SnapshotAssertion

from homeassistant.const import STATE_UNKNOWN, EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .units import (
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
from custom_components.ups_protocols.ups.errors import Rejected
from custom_components.ups_protocols.ups.model import Setting, SettingKind, Value

SELECT = Platform.SELECT
REASON = Setting(
    name="input.sensitivity", kind=SettingKind.CHOICE, options=("low", "medium", "high", "Ultra 2")
)
VOLTAGE = Setting(
    name="output.voltage.nominal", kind=SettingKind.CHOICE, options=("220", "230", "240")
)
FREQUENCY = Setting(
    name="output.frequency.nominal", kind=SettingKind.CHOICE, options=("50", "60", "62.5")
)


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("simulated", ["masterguard-a"], indirect=True)
async def test_simulated_units(
    hass: HomeAssistant,
    simulated: Simulated,
    snapshot: SnapshotAssertion,
) -> None:
    """The choices of a simulated unit."""
    await set_up(hass, simulated.entry())
    check(hass, snapshot)


@pytest.mark.usefixtures("platform")
async def test_everything(
    hass: HomeAssistant,
    unit: Unit,
    snapshot: SnapshotAssertion,
) -> None:
    """Words and numbers."""
    unit.settings = [REASON, VOLTAGE, FREQUENCY]
    unit.values = {
        REASON.name: "medium",
        VOLTAGE.name: 230.0,
        FREQUENCY.name: 62.5,
    }
    await set_up(hass)
    check(hass, snapshot)


@pytest.mark.parametrize("simulated", ["masterguard-a"], indirect=True)
async def test_choice_of_a_simulated_unit(hass: HomeAssistant, simulated: Simulated) -> None:
    """It reaches the UPS, and what the UPS says then is shown."""
    await set_up(hass, simulated.entry())
    assert value_of(hass, SELECT, VOLTAGE.name) == "230"
    asked = simulated.ups.received.count(b"PNV")
    await act(hass, "select_option", SELECT, VOLTAGE.name, option="240")
    assert b"PNV=240" in simulated.ups.received
    assert value_of(hass, SELECT, VOLTAGE.name) == "240"
    # once before it is written, once to see what was, and in the full read that follows
    await until(hass, lambda: simulated.ups.received.count(b"PNV") >= asked + 3)
    assert value_of(hass, SELECT, VOLTAGE.name) == "240"


@pytest.mark.parametrize(
    ("setting", "values", "shown"),
    [
        (VOLTAGE, [230.0, 230, "230"], "230"),
        (FREQUENCY, [62.5, "62.5"], "62.5"),
        (REASON, ["high"], "high"),
        (REASON, ["Ultra 2"], "Ultra 2"),
        (VOLTAGE, [231.0, "n/a"], STATE_UNKNOWN),
    ],
    ids=str,
)
async def test_what_is_set(
    hass: HomeAssistant, unit: Unit, setting: Setting, values: list[Value], shown: str
) -> None:
    """A number is the choice that says the same; what is no choice is unknown."""
    unit.settings = [setting]
    await set_up(hass)
    assert value_of(hass, SELECT, setting.name) == STATE_UNKNOWN
    for value in values:
        unit.values[setting.name] = value
        await after(hass, unit, 30)
        assert value_of(hass, SELECT, setting.name) == shown


async def test_selecting(hass: HomeAssistant, unit: Unit) -> None:
    """The UPS is written its own word, once."""
    words = ("Done and passed", "Aborted", "Quite new")
    setting = Setting(name="ups.test.result", kind=SettingKind.CHOICE, options=words)
    unit.settings = [setting]
    unit.values = {setting.name: "Aborted"}
    await set_up(hass)
    select = state_of(hass, SELECT, setting.name)
    assert select.attributes["options"] == ["done_and_passed", "aborted", "Quite new"]
    assert select.state == "aborted"
    assert row_of(hass, SELECT, setting.name).entity_category is EntityCategory.CONFIG

    await act(hass, "select_option", SELECT, setting.name, option="done_and_passed")
    await act(hass, "select_option", SELECT, setting.name, option="Quite new")
    assert unit.written == [(setting.name, "Done and passed"), (setting.name, "Quite new")]
    assert value_of(hass, SELECT, setting.name) == "Quite new"

    with pytest.raises(ServiceValidationError):
        await act(hass, "select_option", SELECT, setting.name, option="Done and passed")
    unit.action_failure = Rejected("no")
    with pytest.raises(HomeAssistantError) as raised:
        await act(hass, "select_option", SELECT, setting.name, option="aborted")
    assert raised.value.translation_key == "rejected"
    assert value_of(hass, SELECT, setting.name) == "Quite new"
    assert keys(hass, SELECT) == {setting.name}
