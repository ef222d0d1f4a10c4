"""Dates: settings that are one, and the day of the battery for units that cannot be told."""

from collections.abc import Iterator
from datetime import date
from typing import Final, override

from homeassistant.components.date import DateEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from . import battery_care
from .const import BATTERY_INSTALLED
from .coordinator import UpsConfigEntry, UpsCoordinator
from .entity import UpsEntity, add_as_seen, name_key
from .ups.model import Setting, SettingKind
from .ups.names import Name, parse

PARALLEL_UPDATES = 1

# the day of a UPS's own clock, and the one on which a part was made, are there when wanted
RARELY_WANTED: Final = frozenset({"battery.mfr.date", "battery.{pack}.mfr.date", "ups.date"})


async def async_setup_entry(
    hass: HomeAssistant,
    entry: UpsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the dates of one UPS."""
    add_as_seen(entry, async_add_entities, _dates)


def _dates(coordinator: UpsCoordinator) -> Iterator[UpsEntity]:
    for setting in coordinator.capabilities.settings.values():
        if setting.kind is SettingKind.DATE and (parsed := parse(setting.name)):
            yield UpsDate(coordinator, setting, parsed)
    if battery_care.has_battery(coordinator) and not battery_care.keeps_date(coordinator):
        yield UpsInstallationDate(coordinator)


class UpsDate(UpsEntity, DateEntity):
    """A setting that is a date."""

    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, coordinator: UpsCoordinator, setting: Setting, parsed: Name) -> None:
        """Describe the date of a setting."""
        super().__init__(coordinator, setting.name, names=(setting.name,), indices=parsed.indices)
        self._name = setting.name
        self._attr_translation_key = name_key(parsed)
        self._attr_entity_registry_enabled_default = parsed.variable.template not in RARELY_WANTED

    @property
    @override
    def native_value(self) -> date | None:
        """Return what is set; None while the UPS does not tell, or tells something else."""
        return battery_care.as_date(self.coordinator.data.variables.get(self._name))

    @override
    async def async_set_value(self, value: date) -> None:
        """Write the setting."""
        await self.coordinator.async_write(self._name, value.isoformat())


class UpsInstallationDate(UpsEntity, DateEntity):
    """The day on which the battery was put in; kept here, so it is known and set at any time."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_translation_key = "battery_installed"

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Describe the date."""
        super().__init__(
            coordinator, BATTERY_INSTALLED, names=(BATTERY_INSTALLED, battery_care.DATE)
        )

    @property
    @override
    def available(self) -> bool:
        """Return that it can always be set: a UPS is off while its battery is replaced."""
        return True

    @property
    @override
    def native_value(self) -> date | None:
        """Return the day; None while nobody has said it."""
        return battery_care.installed(self.coordinator)

    @override
    async def async_set_value(self, value: date) -> None:
        """Keep the day."""
        battery_care.set_installed(self.coordinator, value)
