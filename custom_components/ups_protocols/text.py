"""Texts: settings that people write as they like, such as names."""

from collections.abc import Iterator
from typing import Final, override

from homeassistant.components.text import TextEntity
from homeassistant.const import MAX_LENGTH_STATE_STATE, EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import UpsConfigEntry, UpsCoordinator
from .entity import UpsEntity, add_as_seen, name_key
from .ups.model import Setting, SettingKind
from .ups.names import Name, parse

PARALLEL_UPDATES = 1

# what people want at hand; a PDU has names for each of its outlets and sensors
WANTED: Final = frozenset({"battery.date", "ups.id"})


async def async_setup_entry(
    hass: HomeAssistant,
    entry: UpsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the texts of one UPS."""
    add_as_seen(entry, async_add_entities, _texts)


def _texts(coordinator: UpsCoordinator) -> Iterator[UpsEntity]:
    for setting in coordinator.capabilities.settings.values():
        if setting.kind is SettingKind.TEXT and (parsed := parse(setting.name)):
            yield UpsText(coordinator, setting, parsed)


class UpsText(UpsEntity, TextEntity):
    """A setting with a text of some length."""

    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, coordinator: UpsCoordinator, setting: Setting, parsed: Name) -> None:
        """Describe the text of a setting."""
        super().__init__(coordinator, setting.name, names=(setting.name,), indices=parsed.indices)
        self._name = setting.name
        self._attr_translation_key = name_key(parsed)
        self._attr_native_max = min(
            setting.length or MAX_LENGTH_STATE_STATE, MAX_LENGTH_STATE_STATE
        )
        self._attr_entity_registry_enabled_default = parsed.variable.template in WANTED

    @property
    @override
    def native_value(self) -> str | None:
        """Return what is set; None while the UPS does not tell."""
        value = self.coordinator.data.variables.get(self._name)
        if value is None:
            return None
        text = value if isinstance(value, str) else f"{value:.15g}"
        # Home Assistant refuses a text that is longer than one that may be set
        return text[: self._attr_native_max]

    @override
    async def async_set_value(self, value: str) -> None:
        """Write the setting."""
        await self.coordinator.async_write(self._name, value)
