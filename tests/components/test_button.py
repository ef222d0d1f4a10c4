"""Buttons: commands that no switch has taken."""

import pytest
from syrupy.assertion import SnapshotAssertion

from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .units import (
    DIALECTS,
    Simulated,
    Unit,
    act,
    after,
    check,
    device_of,
    keys,
    row_of,
    set_up,
    until,
    value_of,
)
from custom_components.ups_protocols.const import DOMAIN
from custom_components.ups_protocols.ups.errors import (
    Busy,
    LinkLost,
    Rejected,
    Unsupported,
    UpsError,
)
from custom_components.ups_protocols.ups.model import Command, Danger
from custom_components.ups_protocols.ups.names import COMMANDS

BUTTON = Platform.BUTTON
TEST = "test.battery.start.quick"


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("simulated", DIALECTS, indirect=True)
async def test_simulated_units(
    hass: HomeAssistant,
    simulated: Simulated,
    snapshot: SnapshotAssertion,
) -> None:
    """Every button of simulated units."""
    await set_up(hass, simulated.entry())
    check(hass, snapshot)


@pytest.mark.usefixtures("platform")
async def test_everything(
    hass: HomeAssistant,
    unit: Unit,
    snapshot: SnapshotAssertion,
) -> None:
    """Every command that there is; no switch takes one, for nothing tells a state."""
    names = [template.format(outlet=3, group=2) for template in COMMANDS]
    unit.commands = [Command(name=name) for name in (*names, "device.2.outlet.4.load.cycle")]
    await set_up(hass)
    assert keys(hass, BUTTON) == {command.name for command in unit.commands}
    check(hass, snapshot)


async def test_press_reaches_a_simulated_unit(hass: HomeAssistant, simulated: Simulated) -> None:
    """A battery test, from the button to the status."""
    await set_up(hass, simulated.entry())
    await act(hass, "press", BUTTON, TEST)
    assert b"T" in simulated.ups.received
    await until(hass, lambda: value_of(hass, Platform.SENSOR, "status") == "testing")
    assert value_of(hass, Platform.BINARY_SENSOR, "mains") == "on"


async def test_press(hass: HomeAssistant, unit: Unit) -> None:
    """The command is run with its defaults, and a full read follows."""
    unit.commands = [Command(name=TEST), Command(name="beeper.mute")]
    await set_up(hass)
    reads = len(unit.full_reads)
    await act(hass, "press", BUTTON, TEST)
    assert unit.ran == [(TEST, {})]
    assert value_of(hass, BUTTON, TEST) != "unknown"
    assert value_of(hass, BUTTON, "beeper.mute") == "unknown"
    await after(hass, unit, 1)
    assert len(unit.full_reads) == reads + 1


@pytest.mark.parametrize(
    ("failure", "kind", "key"),
    [
        (Unsupported("not this one"), ServiceValidationError, "unsupported"),
        (Rejected("no"), HomeAssistantError, "rejected"),
        (Busy("later"), HomeAssistantError, "busy"),
        (LinkLost("hung up"), HomeAssistantError, "link_lost"),
    ],
    ids=lambda value: value.kind if isinstance(value, UpsError) else "",
)
async def test_press_that_fails(
    hass: HomeAssistant,
    unit: Unit,
    failure: UpsError,
    kind: type[HomeAssistantError],
    key: str,
) -> None:
    """The user hears why, in his language; what a UPS never can is the caller's mistake."""
    unit.commands = [Command(name=TEST)]
    await set_up(hass)
    unit.action_failure = failure
    with pytest.raises(HomeAssistantError) as raised:
        await act(hass, "press", BUTTON, TEST)
    assert type(raised.value) is kind
    assert raised.value.translation_domain == DOMAIN
    assert raised.value.translation_key == key
    assert raised.value.translation_placeholders == {"reason": str(failure)}
    assert str(raised.value) not in {key, str(failure)}


async def test_danger(hass: HomeAssistant, unit: Unit) -> None:
    """What can hurt the load is there only when wanted; what is at hand is no configuration."""
    unit.commands = [
        Command(name="load.off", danger=Danger.CUTS_POWER),
        Command(name="bypass.start", danger=Danger.UNPROTECTS),
        Command(name=TEST, danger=Danger.USES_BATTERY),
        Command(name="beeper.mute"),
        Command(name="test.panel.start"),
        Command(name="reset.input.minmax"),
    ]
    await set_up(hass)
    rows = {command.name: row_of(hass, BUTTON, command.name) for command in unit.commands}
    assert {name for name, row in rows.items() if row.disabled} == {"load.off", "bypass.start"}
    categories = {name: row.entity_category for name, row in rows.items() if not row.disabled}
    assert categories == {
        TEST: None,
        "beeper.mute": None,
        "test.panel.start": EntityCategory.DIAGNOSTIC,
        "reset.input.minmax": EntityCategory.CONFIG,
    }
    assert rows["test.panel.start"].original_device_class == "identify"


async def test_commands_of_parts(hass: HomeAssistant, unit: Unit) -> None:
    """They belong to the part's device, that of the right unit of a daisy chain."""
    unit.commands = [
        Command(name=name)
        for name in (
            "beeper.mute",
            "device.2.beeper.mute",
            "outlet.4.load.cycle",
            "outlet.group.4.load.cycle",
            "device.2.outlet.4.load.cycle",
        )
    ]
    await set_up(hass)
    for name, parts in (
        ("beeper.mute", ()),
        ("device.2.beeper.mute", ("device.2",)),
        ("outlet.4.load.cycle", ("outlet.4",)),
        ("outlet.group.4.load.cycle", ("outlet.group.4",)),
        ("device.2.outlet.4.load.cycle", ("device.2", "outlet.4")),
    ):
        device = device_of(hass, *parts)
        assert device is not None, name
        assert row_of(hass, BUTTON, name).device_id == device.id, name


async def test_command_outside_the_standard(hass: HomeAssistant, unit: Unit) -> None:
    """It has no text and makes no button."""
    unit.commands = [Command(name="coffee.make"), Command(name="beeper.mute")]
    await set_up(hass)
    assert keys(hass, BUTTON) == {"beeper.mute"}


async def test_silent_unit_cannot_be_told_anything(hass: HomeAssistant, unit: Unit) -> None:
    """A command while the UPS is lost is refused; Home Assistant leaves unavailable ones alone."""
    unit.commands = [Command(name=TEST)]
    entry = await set_up(hass)
    unit.failure = LinkLost("hung up")
    await after(hass, unit, 1)
    with pytest.raises(HomeAssistantError) as raised:
        await entry.runtime_data.async_run(TEST)
    assert raised.value.translation_key == "link_lost"
    await act(hass, "press", BUTTON, TEST)
    assert not unit.ran
