"""Binary sensors: the mains, alarms, and one for each flag that the UPS can report."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import KEY_BYPASS, KEY_MAINS, KEY_OVERLOADED, KEY_REPLACE_BATTERY
from .coordinator import UpsConfigEntry, UpsCoordinator
from .entity import UpsEntity, add_as_seen
from .ups.model import Status, StatusFlag
from .ups.session import ALARM, STATUS

PARALLEL_UPDATES = 0  # nothing is asked of the UPS here


@dataclass(frozen=True, kw_only=True)
class UpsBinarySensorDescription(BinarySensorEntityDescription):
    """A yes or no that follows from the status."""

    flags: frozenset[StatusFlag]
    """The unit must be able to report one of these."""
    is_on: Callable[[Status], bool | None]


def _flag(
    flag: StatusFlag,
    key: str,
    device_class: BinarySensorDeviceClass | None = None,
    *,
    diagnostic: bool = False,
    enabled: bool = True,
) -> UpsBinarySensorDescription:
    """Describe the sensor of one flag; unknown while the UPS says nothing at all."""
    return UpsBinarySensorDescription(
        key=key,
        translation_key=key,
        device_class=device_class,
        entity_category=EntityCategory.DIAGNOSTIC if diagnostic else None,
        entity_registry_enabled_default=enabled,
        flags=frozenset({flag}),
        is_on=lambda status: status.tells(flag),
    )


MAINS = UpsBinarySensorDescription(
    key=KEY_MAINS,
    translation_key=KEY_MAINS,
    device_class=BinarySensorDeviceClass.POWER,
    flags=frozenset({StatusFlag.ON_LINE, StatusFlag.ON_BATTERY}),
    is_on=lambda status: status.mains,
)
# core's battery triggers go by the device classes of low battery and charging
DESCRIPTIONS = (
    MAINS,
    _flag(StatusFlag.ON_BATTERY, "on_battery", BinarySensorDeviceClass.RUNNING),
    _flag(StatusFlag.LOW_BATTERY, "low_battery", BinarySensorDeviceClass.BATTERY),
    _flag(StatusFlag.REPLACE_BATTERY, KEY_REPLACE_BATTERY, BinarySensorDeviceClass.PROBLEM),
    _flag(StatusFlag.OVERLOADED, KEY_OVERLOADED, BinarySensorDeviceClass.PROBLEM),
    _flag(StatusFlag.BYPASS, KEY_BYPASS, BinarySensorDeviceClass.RUNNING),
    _flag(StatusFlag.FORCED_SHUTDOWN, "shutdown_imminent", BinarySensorDeviceClass.PROBLEM),
    _flag(StatusFlag.OFF, "output_off"),
    _flag(
        StatusFlag.CHARGING,
        "charging",
        BinarySensorDeviceClass.BATTERY_CHARGING,
        diagnostic=True,
    ),
    _flag(
        StatusFlag.DISCHARGING,
        "discharging",
        BinarySensorDeviceClass.RUNNING,
        diagnostic=True,
        enabled=False,
    ),
    _flag(
        StatusFlag.HIGH_BATTERY, "high_battery", BinarySensorDeviceClass.PROBLEM, diagnostic=True
    ),
    _flag(StatusFlag.TESTING, "testing", BinarySensorDeviceClass.RUNNING, diagnostic=True),
    _flag(StatusFlag.CALIBRATING, "calibrating", BinarySensorDeviceClass.RUNNING, diagnostic=True),
    _flag(StatusFlag.TRIMMING, "trimming", BinarySensorDeviceClass.RUNNING, diagnostic=True),
    _flag(StatusFlag.BOOSTING, "boosting", BinarySensorDeviceClass.RUNNING, diagnostic=True),
    _flag(StatusFlag.ECO, "eco", BinarySensorDeviceClass.RUNNING, diagnostic=True),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: UpsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of one UPS."""
    add_as_seen(entry, async_add_entities, _binary_sensors)


def _binary_sensors(coordinator: UpsCoordinator) -> Iterator[UpsEntity]:
    for description in DESCRIPTIONS:
        if description.flags & coordinator.capabilities.flags:
            yield UpsBinarySensor(coordinator, description)
    yield UpsAlarmSensor(coordinator)


class UpsBinarySensor(UpsEntity, BinarySensorEntity):
    """A yes or no that follows from the status."""

    entity_description: UpsBinarySensorDescription

    def __init__(
        self, coordinator: UpsCoordinator, description: UpsBinarySensorDescription
    ) -> None:
        """Describe the sensor."""
        super().__init__(coordinator, description.key, names=(STATUS,))
        self.entity_description = description

    @property
    @override
    def is_on(self) -> bool | None:
        """Return what the status tells of it."""
        return self.entity_description.is_on(self.coordinator.data.status)


class UpsAlarmSensor(UpsEntity, BinarySensorEntity):
    """Whether the UPS complains of anything."""

    _attr_device_class = BinarySensorDeviceClass.PROBLEM
    _attr_translation_key = "alarm"

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Describe the sensor."""
        super().__init__(coordinator, ALARM, names=(ALARM, STATUS))

    @property
    @override
    def is_on(self) -> bool:
        """Tell whether there is any alarm."""
        return bool(self.coordinator.data.status.alarms)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the alarms, as the UPS or its document calls them."""
        return {"alarms": [alarm.text for alarm in self.coordinator.data.status.alarms]}
