"""Switches: pairs of commands, and settings that are on or off."""

import pytest
from syrupy.assertion import SnapshotAssertion

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN, EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .units import (
    Simulated,
    Unit,
    act,
    after,
    check,
    device_of,
    keys,
    row_of,
    set_up,
    state_of,
    until,
    value_of,
)
from custom_components.ups_protocols.ups.errors import Rejected, Unsupported
from custom_components.ups_protocols.ups.model import (
    Command,
    Danger,
    Setting,
    SettingKind,
    StatusFlag,
)

SWITCH = Platform.SWITCH
AUTO_START = Setting(name="ups.start.auto", kind=SettingKind.SWITCH, options=("no", "yes"))


def pair(
    what: str, on: str = "on", off: str = "off", danger: Danger = Danger.HARMLESS
) -> list[Command]:
    """Return two commands."""
    return [Command(name=f"{what}.{word}", danger=danger) for word in (on, off)]


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("simulated", ["powercom", "masterguard-a", "megatec"], indirect=True)
async def test_simulated_units(
    hass: HomeAssistant,
    simulated: Simulated,
    snapshot: SnapshotAssertion,
) -> None:
    """Outlets, bypass and beeper of simulated units."""
    await set_up(hass, simulated.entry())
    check(hass, snapshot)


@pytest.mark.usefixtures("platform")
async def test_everything(
    hass: HomeAssistant,
    unit: Unit,
    snapshot: SnapshotAssertion,
) -> None:
    """Every pair, and a setting."""
    unit.flags = frozenset(StatusFlag)
    unit.commands = [
        *pair("load", danger=Danger.CUTS_POWER),
        *pair("outlet.1.load"),
        *pair("outlet.group.1.load"),
        *pair("beeper", "enable", "disable"),
        *pair("bypass", "start", "stop", danger=Danger.UNPROTECTS),
        *pair("experimental.ecomode", "start", "stop", danger=Danger.UNPROTECTS),
    ]
    unit.settings = [AUTO_START]
    unit.values = {
        "outlet.1.status": "on",
        "outlet.group.1.status": "off",
        "ups.beeper.status": "enabled",
        "ups.start.auto": "yes",
    }
    await set_up(hass)
    assert keys(hass, SWITCH) == {
        "load.on",
        "outlet.1.load.on",
        "outlet.group.1.load.on",
        "beeper.enable",
        "bypass.start",
        "experimental.ecomode.start",
        "ups.start.auto",
    }
    check(hass, snapshot)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize("simulated", ["powercom"], indirect=True)
async def test_outlet_of_a_simulated_unit(hass: HomeAssistant, simulated: Simulated) -> None:
    """It is switched off and on, and shows what the UPS says."""
    await set_up(hass, simulated.entry())
    assert value_of(hass, SWITCH, "outlet.1.load.on") == STATE_ON
    assert value_of(hass, SWITCH, "outlet.2.load.on") == STATE_OFF
    await act(hass, "turn_off", SWITCH, "outlet.1.load.on")
    await until(hass, lambda: value_of(hass, SWITCH, "outlet.1.load.on") == STATE_OFF)
    assert simulated.ups.settings["outlets"] == "00"
    await act(hass, "turn_on", SWITCH, "outlet.2.load.on")
    await until(hass, lambda: value_of(hass, SWITCH, "outlet.2.load.on") == STATE_ON)
    assert simulated.ups.settings["outlets"] == "01"


async def test_pair_with_a_variable(hass: HomeAssistant, unit: Unit) -> None:
    """The commands go out, the state is what the UPS says afterwards."""
    unit.commands = pair("beeper", "enable", "disable")
    unit.values = {"ups.beeper.status": "enabled"}
    await set_up(hass)
    assert value_of(hass, SWITCH, "beeper.enable") == STATE_ON
    await act(hass, "turn_off", SWITCH, "beeper.enable")
    assert unit.ran == [("beeper.disable", {})]
    assert value_of(hass, SWITCH, "beeper.enable") == STATE_ON
    unit.values["ups.beeper.status"] = "muted"
    await after(hass, unit, 30)
    assert value_of(hass, SWITCH, "beeper.enable") == STATE_OFF
    await act(hass, "turn_on", SWITCH, "beeper.enable")
    assert unit.ran[1:] == [("beeper.enable", {})]
    del unit.values["ups.beeper.status"]
    await after(hass, unit, 30)
    assert value_of(hass, SWITCH, "beeper.enable") == STATE_UNKNOWN


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_pairs_with_a_flag(hass: HomeAssistant, unit: Unit) -> None:
    """OFF tells that the output is off; BYPASS that the bypass is on; nothing tells nothing."""
    unit.flags |= {StatusFlag.OFF, StatusFlag.BYPASS}
    unit.commands = [*pair("load"), *pair("bypass", "start", "stop")]
    unit.says(StatusFlag.ON_LINE, StatusFlag.BYPASS)
    await set_up(hass)
    assert value_of(hass, SWITCH, "load.on") == STATE_ON
    assert value_of(hass, SWITCH, "bypass.start") == STATE_ON
    unit.says(StatusFlag.OFF)
    await after(hass, unit, 1)
    assert value_of(hass, SWITCH, "load.on") == STATE_OFF
    assert value_of(hass, SWITCH, "bypass.start") == STATE_OFF
    unit.says()
    await after(hass, unit, 1)
    assert value_of(hass, SWITCH, "load.on") == STATE_UNKNOWN
    assert value_of(hass, SWITCH, "bypass.start") == STATE_UNKNOWN


async def test_pair_whose_state_nobody_tells(hass: HomeAssistant, unit: Unit) -> None:
    """Two buttons are better than a switch that guesses; so is a command without its pair."""
    unit.commands = [
        *pair("load"),
        *pair("outlet.1.load"),
        *pair("beeper", "enable", "disable"),
        Command(name="outlet.2.load.on"),
    ]
    unit.values = {"outlet.2.status": "on"}
    await set_up(hass)
    assert not keys(hass, SWITCH)
    assert keys(hass, Platform.BUTTON) == {command.name for command in unit.commands}


async def test_daisy_chain(hass: HomeAssistant, unit: Unit) -> None:
    """Each unit's outlets tell their own state; the flags are those of the first unit alone."""
    unit.flags |= {StatusFlag.OFF}
    unit.commands = [*pair("device.2.outlet.4.load"), *pair("device.2.load"), *pair("load")]
    unit.values = {"device.2.outlet.4.status": "on", "outlet.4.status": "off"}
    await set_up(hass)
    assert keys(hass, SWITCH) == {"device.2.outlet.4.load.on", "load.on"}
    assert keys(hass, Platform.BUTTON) == {"device.2.load.on", "device.2.load.off"}
    outlet = device_of(hass, "device.2", "outlet.4")
    assert outlet is not None
    assert row_of(hass, SWITCH, "device.2.outlet.4.load.on").device_id == outlet.id
    assert value_of(hass, SWITCH, "device.2.outlet.4.load.on") == STATE_ON
    await act(hass, "turn_off", SWITCH, "device.2.outlet.4.load.on")
    assert unit.ran == [("device.2.outlet.4.load.off", {})]


async def test_danger(hass: HomeAssistant, unit: Unit) -> None:
    """One dangerous half is enough to have the switch only when wanted."""
    unit.commands = [
        *pair("outlet.1.load"),
        Command(name="outlet.2.load.on"),
        Command(name="outlet.2.load.off", danger=Danger.CUTS_POWER),
        *pair("beeper", "enable", "disable"),
    ]
    unit.values = {
        "outlet.1.status": "on",
        "outlet.2.status": "on",
        "ups.beeper.status": "enabled",
    }
    await set_up(hass)
    assert not row_of(hass, SWITCH, "outlet.1.load.on").disabled
    assert row_of(hass, SWITCH, "outlet.2.load.on").disabled
    assert row_of(hass, SWITCH, "outlet.1.load.on").entity_category is None
    assert row_of(hass, SWITCH, "beeper.enable").entity_category is EntityCategory.CONFIG
    assert not keys(hass, Platform.BUTTON)


async def test_setting(hass: HomeAssistant, unit: Unit) -> None:
    """It is written in the UPS's own words."""
    unit.settings = [AUTO_START]
    unit.values = {"ups.start.auto": "no"}
    await set_up(hass)
    switch = state_of(hass, SWITCH, "ups.start.auto")
    assert switch.state == STATE_OFF
    assert row_of(hass, SWITCH, "ups.start.auto").entity_category is EntityCategory.CONFIG
    await act(hass, "turn_on", SWITCH, "ups.start.auto")
    assert value_of(hass, SWITCH, "ups.start.auto") == STATE_ON
    await act(hass, "turn_off", SWITCH, "ups.start.auto")
    assert value_of(hass, SWITCH, "ups.start.auto") == STATE_OFF
    assert unit.written == [("ups.start.auto", "yes"), ("ups.start.auto", "no")]
    del unit.values["ups.start.auto"]
    await after(hass, unit, 30)
    assert value_of(hass, SWITCH, "ups.start.auto") == STATE_UNKNOWN


async def test_switching_that_fails(hass: HomeAssistant, unit: Unit) -> None:
    """The user hears why, and the state stays what the UPS says."""
    unit.commands = pair("beeper", "enable", "disable")
    unit.settings = [AUTO_START]
    unit.values = {"ups.beeper.status": "enabled", "ups.start.auto": "yes"}
    await set_up(hass)
    unit.action_failure = Rejected("no")
    for key in ("beeper.enable", "ups.start.auto"):
        with pytest.raises(HomeAssistantError) as raised:
            await act(hass, "turn_off", SWITCH, key)
        assert raised.value.translation_key == "rejected"
        assert value_of(hass, SWITCH, key) == STATE_ON
    unit.action_failure = Unsupported("never")
    with pytest.raises(ServiceValidationError):
        await act(hass, "turn_on", SWITCH, "beeper.enable")
