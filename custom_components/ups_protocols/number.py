"""Numbers: settings with a range."""

from collections.abc import Iterator
from typing import override

from homeassistant.components.number import NumberDeviceClass, NumberEntity, NumberMode
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import UpsConfigEntry, UpsCoordinator
from .entity import UpsEntity, add_as_seen, name_key
from .ups.model import Setting, SettingKind
from .ups.names import Name, Quantity, parse

PARALLEL_UPDATES = 1

DEVICE_CLASSES = {
    Quantity.VOLTAGE: NumberDeviceClass.VOLTAGE,
    Quantity.CURRENT: NumberDeviceClass.CURRENT,
    Quantity.FREQUENCY: NumberDeviceClass.FREQUENCY,
    Quantity.POWER: NumberDeviceClass.POWER,
    Quantity.APPARENT_POWER: NumberDeviceClass.APPARENT_POWER,
    Quantity.TEMPERATURE: NumberDeviceClass.TEMPERATURE,
    Quantity.HUMIDITY: NumberDeviceClass.HUMIDITY,
    Quantity.DURATION: NumberDeviceClass.DURATION,
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: UpsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the numbers of one UPS."""
    add_as_seen(entry, async_add_entities, _numbers)


def _numbers(coordinator: UpsCoordinator) -> Iterator[UpsEntity]:
    for setting in coordinator.capabilities.settings.values():
        if setting.kind is SettingKind.NUMBER and (parsed := parse(setting.name)):
            yield UpsNumber(coordinator, setting, parsed)


class UpsNumber(UpsEntity, NumberEntity):
    """A setting with a range."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_mode = NumberMode.BOX

    def __init__(self, coordinator: UpsCoordinator, setting: Setting, parsed: Name) -> None:
        """Describe the number of a setting."""
        super().__init__(coordinator, setting.name, names=(setting.name,), indices=parsed.indices)
        self._name = setting.name
        self._attr_translation_key = name_key(parsed)
        self._attr_device_class = DEVICE_CLASSES.get(parsed.variable.quantity)
        self._attr_native_unit_of_measurement = parsed.variable.unit or None
        self._attr_native_min_value = setting.minimum
        self._attr_native_max_value = setting.maximum
        self._attr_native_step = setting.step

    @property
    @override
    def native_value(self) -> float | None:
        """Return what is set; None while the UPS does not tell."""
        value = self.coordinator.data.variables.get(self._name)
        return None if value is None or isinstance(value, str) else float(value)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Write the setting."""
        await self.coordinator.async_write(self._name, value)
