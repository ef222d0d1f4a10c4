"""Switches: pairs of commands whose state the UPS tells, and settings that are on or off."""

from collections.abc import Iterator
from typing import Any, override

from homeassistant.components.switch import SwitchDeviceClass, SwitchEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import UpsConfigEntry, UpsCoordinator
from .entity import CUTS_OR_UNPROTECTS, UpsEntity, add_as_seen, name_key
from .pairs import Filled, pairs_of
from .ups.model import Setting, SettingKind
from .ups.names import Name, parse
from .ups.session import STATUS

PARALLEL_UPDATES = 1


async def async_setup_entry(
    hass: HomeAssistant,
    entry: UpsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the switches of one UPS."""
    add_as_seen(entry, async_add_entities, _switches)


def _switches(coordinator: UpsCoordinator) -> Iterator[UpsEntity]:
    for filled in pairs_of(coordinator):
        yield UpsCommandSwitch(coordinator, filled)
    for setting in coordinator.capabilities.settings.values():
        if setting.kind is SettingKind.SWITCH and (parsed := parse(setting.name)):
            yield UpsSettingSwitch(coordinator, setting, parsed)


class UpsCommandSwitch(UpsEntity, SwitchEntity):
    """Two commands; where one can hurt the load the switch is there only when wanted."""

    def __init__(self, coordinator: UpsCoordinator, filled: Filled) -> None:
        """Describe the switch of a pair of commands."""
        pair = filled.pair
        names = (filled.variable,) if filled.variable else (STATUS,)
        super().__init__(coordinator, filled.on, names=names, indices=filled.indices)
        self._filled = filled
        self._attr_translation_key = pair.key
        self._attr_device_class = pair.device_class
        commands = coordinator.capabilities.commands
        dangers = {commands[filled.on].danger, commands[filled.off].danger}
        self._attr_entity_registry_enabled_default = not dangers & CUTS_OR_UNPROTECTS
        if pair.device_class is not SwitchDeviceClass.OUTLET:
            self._attr_entity_category = EntityCategory.CONFIG

    @property
    @override
    def is_on(self) -> bool | None:
        """Return what the UPS tells; None while it tells nothing."""
        pair, data = self._filled.pair, self.coordinator.data
        if pair.flag is not None:
            flags = data.status.flags
            return (pair.flag in flags) is not pair.is_inverted if flags else None
        value = data.variables.get(self._filled.variable)
        return None if value is None else value == pair.on_word

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Run the command that switches on."""
        await self.coordinator.async_run(self._filled.on)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Run the command that switches off."""
        await self.coordinator.async_run(self._filled.off)


class UpsSettingSwitch(UpsEntity, SwitchEntity):
    """A setting that is on or off."""

    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, coordinator: UpsCoordinator, setting: Setting, parsed: Name) -> None:
        """Describe the switch of a setting; its options are the words for off and on."""
        super().__init__(coordinator, setting.name, names=(setting.name,), indices=parsed.indices)
        self._setting = setting
        self._attr_translation_key = name_key(parsed)

    @property
    @override
    def is_on(self) -> bool | None:
        """Return what is set; None while the UPS does not tell."""
        value = self.coordinator.data.variables.get(self._setting.name)
        return None if value is None else value == self._setting.options[1]

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Set it on."""
        await self.coordinator.async_write(self._setting.name, self._setting.options[1])

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Set it off."""
        await self.coordinator.async_write(self._setting.name, self._setting.options[0])
