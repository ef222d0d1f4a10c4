"""Sensors of what we work out or keep, because the UPS does not tell it."""

from abc import abstractmethod
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfEnergy, UnitOfPower, UnitOfTime
from homeassistant.util import dt as dt_util

from . import battery_care, power, schedule, self_tests
from .const import BATTERY_INSTALLED, ENERGY, LAST_TEST, NEXT_TEST, TODAY
from .coordinator import ENERGY_DIGITS, UpsCoordinator
from .entity import UpsEntity
from .keys import slug
from .power import Source


def derived_sensors(coordinator: UpsCoordinator) -> Iterator[UpsEntity]:
    """Yield the sensors of what one unit does not tell itself."""
    seen, kept = coordinator.seen, coordinator.kept
    kind = coordinator.capabilities.identity.kind
    if power.may_be_known(kind, seen, coordinator.nominal_power):
        if power.whole(kind, seen) is None:
            yield UpsPowerSensor(coordinator)
        if power.counter(seen) is None:
            yield UpsEnergySensor(coordinator)
    if battery_care.has_battery(coordinator) and (
        battery_care.installed(coordinator) is not None or battery_care.keeps_date(coordinator)
    ):
        yield UpsBatteryAgeSensor(coordinator)
        yield UpsBatteryLifeSensor(coordinator)
        if battery_care.DATE_OF_NEXT not in seen:
            yield UpsBatteryEndSensor(coordinator)
    if kept.last_test is not None and self_tests.DATE not in seen:
        yield UpsLastTestSensor(coordinator)
    if kept.last_test_result is not None:
        yield UpsLastTestResultSensor(coordinator)
    if schedule.next_test(coordinator) is not None:
        yield UpsNextTestSensor(coordinator)


class UpsPowerSensor(UpsEntity, SensorEntity):
    """The real power of a load that the UPS tells only by phase, or only in per cent."""

    _attr_device_class = SensorDeviceClass.POWER
    _attr_native_unit_of_measurement = UnitOfPower.WATT
    _attr_state_class = SensorStateClass.MEASUREMENT
    _attr_suggested_display_precision = 0
    _attr_translation_key = "power"

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Describe the sensor."""
        super().__init__(coordinator, "kept.power", names=power.INPUTS)

    @property
    @override
    def native_value(self) -> float | None:
        """Return the watts; None while they are not known."""
        now = self.coordinator.power
        return None if now is None else now.watts

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Tell how the power is known."""
        return _source(self.coordinator)


class UpsEnergySensor(UpsEntity, SensorEntity):
    """The energy of the load, counted from its power; written when all values are read."""

    _attr_device_class = SensorDeviceClass.ENERGY
    _attr_native_unit_of_measurement = UnitOfEnergy.KILO_WATT_HOUR
    _attr_state_class = SensorStateClass.TOTAL_INCREASING
    _attr_suggested_display_precision = 2
    _attr_translation_key = "energy"

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Describe the sensor."""
        super().__init__(coordinator, ENERGY, names=(ENERGY,))

    @property
    @override
    def native_value(self) -> float:
        """Return the kWh since the first time that the power was known."""
        return round(self.coordinator.meter.total, ENERGY_DIGITS)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Tell how the power is known that is counted."""
        return _source(self.coordinator)


def _source(coordinator: UpsCoordinator) -> dict[str, Any]:
    now = coordinator.power
    if now is None:
        return {"source": None}
    # marked as every value is that we worked out
    estimated = {"estimated": True} if now.source is Source.LOAD else {}
    return {"source": str(now.source)} | estimated


class UpsKeptSensor(UpsEntity, SensorEntity):
    """Something that is known whether the UPS answers or not."""

    _attr_entity_category: EntityCategory | None = EntityCategory.DIAGNOSTIC

    @property
    @override
    def available(self) -> bool:
        """Tell whether the UPS has to answer for it."""
        return super().available or self._is_kept

    @property
    @abstractmethod
    def _is_kept(self) -> bool: ...


class UpsBatterySensor(UpsKeptSensor):
    """Something that follows from the day on which the battery was put in."""

    def __init__(self, coordinator: UpsCoordinator, key: str) -> None:
        """Describe the sensor."""
        names = (BATTERY_INSTALLED, TODAY, battery_care.DATE, battery_care.DATE_OF_NEXT)
        super().__init__(coordinator, key, names=names)

    @property
    @override
    def _is_kept(self) -> bool:
        return battery_care.is_kept_here(self.coordinator)


class UpsBatteryAgeSensor(UpsBatterySensor):
    """For how long the battery has been in."""

    _attr_device_class = SensorDeviceClass.DURATION
    _attr_native_unit_of_measurement = UnitOfTime.DAYS
    _attr_suggested_display_precision = 0
    _attr_translation_key = "battery_age"

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Describe the sensor."""
        super().__init__(coordinator, "kept.battery.age")

    @property
    @override
    def native_value(self) -> int | None:
        """Return the days; None while nobody knows, or the date lies ahead."""
        begin = battery_care.installed(self.coordinator)
        days = None if begin is None else (battery_care.today() - begin).days
        return None if days is None or days < 0 else days


class UpsBatteryEndSensor(UpsBatterySensor):
    """The day up to which the battery should last."""

    _attr_device_class = SensorDeviceClass.DATE
    _attr_extra_state_attributes = {"estimated": True}
    _attr_translation_key = "battery_expected_end"

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Describe the sensor."""
        super().__init__(coordinator, "kept.battery.end")

    @property
    @override
    def native_value(self) -> date | None:
        """Return the day; None while it cannot be told."""
        return battery_care.expected_end(self.coordinator)


class UpsBatteryLifeSensor(UpsBatterySensor):
    """For how long the battery should still last."""

    _attr_device_class = SensorDeviceClass.DURATION
    _attr_native_unit_of_measurement = UnitOfTime.DAYS
    _attr_suggested_display_precision = 0
    _attr_translation_key = "battery_life_left"

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Describe the sensor."""
        super().__init__(coordinator, "kept.battery.left")

    @property
    @override
    def native_value(self) -> int | None:
        """Return the days, 0 for a battery that is older than expected."""
        end = battery_care.expected_end(self.coordinator)
        return None if end is None else max((end - battery_care.today()).days, 0)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Mark what does not come from the UPS."""
        return {"estimated": True} if battery_care.is_estimate(self.coordinator) else None


class UpsLastTestSensor(UpsKeptSensor):
    """When the last self-test that was seen ended."""

    _attr_device_class = SensorDeviceClass.TIMESTAMP
    _attr_translation_key = "last_test"

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Describe the sensor."""
        super().__init__(coordinator, LAST_TEST, names=(LAST_TEST,))

    @property
    @override
    def _is_kept(self) -> bool:
        return True

    @property
    @override
    def native_value(self) -> datetime | None:
        """Return the time; None where it ended while nobody looked."""
        ended = self.coordinator.kept.last_test
        return None if ended is None else dt_util.parse_datetime(ended)


class UpsLastTestResultSensor(UpsKeptSensor):
    """How the last self-test ended, whatever the UPS says of the next one."""

    _attr_device_class = SensorDeviceClass.ENUM
    _attr_options = [slug(word) for word in self_tests.FINAL]
    _attr_translation_key = "last_test_result"

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Describe the sensor."""
        super().__init__(coordinator, "kept.test.result", names=(LAST_TEST,))

    @property
    @override
    def _is_kept(self) -> bool:
        return True

    @property
    @override
    def native_value(self) -> str | None:
        """Return the word; None where the UPS did not say it."""
        result = self.coordinator.kept.last_test_result
        return None if result is None else slug(result)


class UpsNextTestSensor(UpsKeptSensor):
    """When the schedule is to run the next self-test."""

    _attr_device_class = SensorDeviceClass.TIMESTAMP
    _attr_translation_key = "next_test"

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Describe the sensor."""
        names = (NEXT_TEST, LAST_TEST, TODAY, self_tests.DATE)
        super().__init__(coordinator, NEXT_TEST, names=names)

    @property
    @override
    def _is_kept(self) -> bool:
        return True

    @property
    @override
    def native_value(self) -> datetime | None:
        """Return the time; it is put off by a day where a test cannot be run."""
        return schedule.next_test(self.coordinator)
