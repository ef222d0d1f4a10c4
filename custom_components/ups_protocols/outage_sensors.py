"""Sensors of the last outage, and of how many there were; known whether the UPS answers or not."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import UnitOfTime

from .const import OUTAGE
from .coordinator import UpsCoordinator
from .derived import UpsKeptSensor
from .entity import UpsEntity
from .outages import REASON, REASONS
from .ups.model import StatusFlag


def outage_sensors(coordinator: UpsCoordinator) -> Iterator[UpsEntity]:
    """Yield the sensors of a unit that can tell that the mains is gone."""
    if StatusFlag.ON_BATTERY not in coordinator.capabilities.flags:
        return
    yield UpsOutageStartSensor(coordinator)
    yield UpsOutageLengthSensor(coordinator)
    yield UpsOutageCountSensor(coordinator)
    if REASON in coordinator.seen:
        yield UpsOutageReasonSensor(coordinator)


class UpsOutageSensor(UpsKeptSensor):
    """Something of the outages; written when one begins or ends, or when its reason is read.

    What moves during an outage are the sensors of the UPS: the recorder needs it only once.
    """

    _attr_entity_category = None

    def __init__(self, coordinator: UpsCoordinator, key: str) -> None:
        """Describe the sensor."""
        super().__init__(coordinator, f"kept.outage.{key}", names=(OUTAGE,))
        self._outages = coordinator.power_events.outages

    @property
    @override
    def _is_kept(self) -> bool:
        return True


class UpsOutageStartSensor(UpsOutageSensor):
    """When the last outage began; of one that lasts as well, so that one sees it count up."""

    _attr_device_class = SensorDeviceClass.TIMESTAMP
    _attr_translation_key = "last_outage"

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Describe the sensor."""
        super().__init__(coordinator, "start")

    @property
    @override
    def native_value(self) -> datetime | None:
        """Return the time; None before the first outage."""
        return self._outages.start

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Return what else is known of the outage, and whether its times are estimates."""
        if (last := self._outages.record.last) is None:
            return None
        attributes: dict[str, Any] = {
            "end": self._outages.end,
            "charge_at_start": last.charge,
            "load_at_start": last.load,
            "out_of_reach": last.out_of_reach,
            "start_is_estimated": last.start_is_estimated,
        }
        if last.end is not None:
            attributes |= {
                "lowest_charge": last.lowest_charge,
                "end_is_estimated": last.end_is_estimated,
            }
        return attributes


class UpsOutageLengthSensor(UpsOutageSensor):
    """For how long the last outage lasted; unknown while it lasts.

    A length that grows would be a state every few seconds. The start tells the same on a
    dashboard, which counts the time since then by itself.
    """

    _attr_device_class = SensorDeviceClass.DURATION
    _attr_native_unit_of_measurement = UnitOfTime.SECONDS
    _attr_suggested_display_precision = 0
    _attr_translation_key = "last_outage_length"

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Describe the sensor."""
        super().__init__(coordinator, "length")

    @property
    @override
    def native_value(self) -> float | None:
        """Return the seconds; None before the first outage ended, and during any other."""
        length = self._outages.length
        return None if length is None else round(length, 1)


class UpsOutageCountSensor(UpsOutageSensor):
    """How many outages there were since the UPS was added, the one that lasts among them."""

    _attr_state_class = SensorStateClass.TOTAL_INCREASING
    _attr_translation_key = "outages"

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Describe the sensor."""
        super().__init__(coordinator, "count")

    @property
    @override
    def native_value(self) -> int:
        """Return the number."""
        return self._outages.record.count


class UpsOutageReasonSensor(UpsOutageSensor):
    """Why the last outage was, as the UPS says; it has what is said while the outage lasts.

    The sensor of the variable itself tells of the last transfer to battery, tests among them.
    """

    _attr_device_class = SensorDeviceClass.ENUM
    _attr_translation_key = "last_outage_reason"

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Describe the sensor."""
        super().__init__(coordinator, "reason")

    @property
    @override
    def options(self) -> list[str]:
        """Return the words; text that is none of them stays as reported."""
        words = list(REASONS.values())
        present = self.native_value
        return words if present is None or present in words else [*words, present]

    @property
    @override
    def native_value(self) -> str | None:
        """Return the word; None where the UPS did not say it."""
        return self._outages.reason
