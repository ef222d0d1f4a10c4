"""Buttons: one for each command that no switch has taken, and one for a new battery."""

from collections.abc import Iterator
from typing import override

from homeassistant.components.button import ButtonDeviceClass, ButtonEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from . import battery_care
from .coordinator import UpsConfigEntry, UpsCoordinator
from .entity import CUTS_OR_UNPROTECTS, UpsEntity, add_as_seen, parse_indexed_command
from .keys import template_key
from .pairs import commands_of_switches
from .ups.model import Command
from .ups.names import CommandName, Indices

PARALLEL_UPDATES = 1

IDENTIFIES = "test.panel.start"
# what people want at hand; all else is configuration
AT_HAND = frozenset({"test.battery.start.quick", "beeper.mute"})


async def async_setup_entry(
    hass: HomeAssistant,
    entry: UpsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons of one UPS."""
    add_as_seen(entry, async_add_entities, _buttons)


def _buttons(coordinator: UpsCoordinator) -> Iterator[UpsEntity]:
    switched = commands_of_switches(coordinator)
    for command in coordinator.capabilities.commands.values():
        if command.name not in switched and (parsed := parse_indexed_command(command.name)):
            yield UpsButton(coordinator, command, *parsed)
    if battery_care.has_battery(coordinator):
        yield UpsBatteryReplacedButton(coordinator)


class UpsButton(UpsEntity, ButtonEntity):
    """A command with its defaults; those that can hurt the load are there only when wanted."""

    def __init__(
        self, coordinator: UpsCoordinator, command: Command, row: CommandName, indices: Indices
    ) -> None:
        """Describe the button of a command."""
        super().__init__(coordinator, command.name, indices=indices)
        self._command = command.name
        self._attr_translation_key = template_key(row.template)
        self._attr_entity_registry_enabled_default = command.danger not in CUTS_OR_UNPROTECTS
        if command.name == IDENTIFIES:
            self._attr_device_class = ButtonDeviceClass.IDENTIFY
            self._attr_entity_category = EntityCategory.DIAGNOSTIC
        elif command.name not in AT_HAND:
            self._attr_entity_category = EntityCategory.CONFIG

    @override
    async def async_press(self) -> None:
        """Run the command."""
        await self.coordinator.async_run(self._command)


class UpsBatteryReplacedButton(UpsEntity, ButtonEntity):
    """Has a new battery count as put in today."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_translation_key = "battery_replaced"

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Describe the button."""
        super().__init__(coordinator, "kept.battery.replaced")

    @property
    @override
    def available(self) -> bool:
        """Return that it can be pressed while the UPS is off, where we keep the day."""
        return super().available or not battery_care.keeps_date(self.coordinator)

    @override
    async def async_press(self) -> None:
        """Note today as the day of installation."""
        await battery_care.async_replaced(self.coordinator)
