"""Selects: settings with a few choices."""

from collections.abc import Iterator
from typing import override

from homeassistant.components.select import SelectEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import UpsConfigEntry, UpsCoordinator
from .entity import UpsEntity, add_as_seen, name_key
from .keys import slug
from .ups.model import Setting, SettingKind
from .ups.names import Name, parse

PARALLEL_UPDATES = 1


async def async_setup_entry(
    hass: HomeAssistant,
    entry: UpsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the selects of one UPS."""
    add_as_seen(entry, async_add_entities, _selects)


def _selects(coordinator: UpsCoordinator) -> Iterator[UpsEntity]:
    for setting in coordinator.capabilities.settings.values():
        if setting.kind is SettingKind.CHOICE and (parsed := parse(setting.name)):
            yield UpsSelect(coordinator, setting, parsed)


class UpsSelect(UpsEntity, SelectEntity):
    """A setting with a few choices: words that have a text, else as the UPS writes them."""

    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, coordinator: UpsCoordinator, setting: Setting, parsed: Name) -> None:
        """Describe the select of a setting."""
        super().__init__(coordinator, setting.name, names=(setting.name,), indices=parsed.indices)
        self._name = setting.name
        self._attr_translation_key = name_key(parsed)
        words = set(parsed.variable.words or ())
        self._shown = {
            option: slug(option) if option in words else option for option in setting.options
        }
        self._attr_options = list(self._shown.values())

    @property
    @override
    def current_option(self) -> str | None:
        """Return what is set; None while the UPS does not tell, or tells something else."""
        value = self.coordinator.data.variables.get(self._name)
        if value is None:
            return None
        return self._shown.get(value if isinstance(value, str) else f"{value:.10g}")

    @override
    async def async_select_option(self, option: str) -> None:
        """Write the setting."""
        for value, shown in self._shown.items():
            if shown == option:
                await self.coordinator.async_write(self._name, value)
