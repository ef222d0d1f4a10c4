"""Sensors: the status in one word, each variable that the UPS reports, and what follows."""

from collections.abc import Iterator
from datetime import date
from typing import Any, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .coordinator import UpsConfigEntry, UpsCoordinator
from .derived import derived_sensors
from .entity import UpsEntity, add_as_seen, name_key
from .keys import slug
from .outage_sensors import outage_sensors
from .power import COUNTERS, Source, counter
from .ups.model import StatusFlag, Value
from .ups.names import VARIABLES, Name, Quantity, Role, parse
from .ups.session import STATUS

PARALLEL_UPDATES = 0  # nothing is asked of the UPS here

DEVICE_CLASSES = {
    Quantity.VOLTAGE: SensorDeviceClass.VOLTAGE,
    Quantity.CURRENT: SensorDeviceClass.CURRENT,
    Quantity.FREQUENCY: SensorDeviceClass.FREQUENCY,
    Quantity.POWER: SensorDeviceClass.POWER,
    Quantity.APPARENT_POWER: SensorDeviceClass.APPARENT_POWER,
    Quantity.REACTIVE_POWER: SensorDeviceClass.REACTIVE_POWER,
    Quantity.ENERGY: SensorDeviceClass.ENERGY,
    Quantity.POWER_FACTOR: SensorDeviceClass.POWER_FACTOR,
    Quantity.TEMPERATURE: SensorDeviceClass.TEMPERATURE,
    Quantity.HUMIDITY: SensorDeviceClass.HUMIDITY,
    Quantity.DURATION: SensorDeviceClass.DURATION,
    Quantity.DATE: SensorDeviceClass.DATE,
    Quantity.WORD: SensorDeviceClass.ENUM,
    Quantity.SWITCH: SensorDeviceClass.ENUM,
}
# charge is the only percentage with a device class, and core's battery triggers go by it
BATTERY_LEVELS = frozenset({"battery.charge", "battery.{pack}.charge"})
PRECISION = {
    Quantity.VOLTAGE: 1,
    Quantity.CURRENT: 1,
    Quantity.FREQUENCY: 1,
    Quantity.POWER: 0,
    Quantity.APPARENT_POWER: 0,
    Quantity.PERCENT: 0,
    Quantity.TEMPERATURE: 1,
    Quantity.DURATION: 0,
}
# seconds would be hard to read
LONG_TIMES = {
    "battery.runtime": UnitOfTime.MINUTES,
    "battery.runtime.elapsed": UnitOfTime.MINUTES,
    "battery.runtime.full": UnitOfTime.MINUTES,
    "device.uptime": UnitOfTime.DAYS,
}
UNMEASURED = frozenset(
    {Quantity.DATE, Quantity.TIME, Quantity.WORD, Quantity.TEXT, Quantity.SWITCH}
)
SWITCH_WORDS = ("yes", "no", "on", "off", "enabled", "disabled")

# what the device's page, the status sensor or an entity of its own tells already
TOLD_ELSEWHERE = frozenset(
    {
        STATUS,
        "ups.alarm",
        "device.mfr",
        "device.model",
        "device.serial",
        "ups.mfr",
        "ups.model",
        "ups.serial",
        "ups.firmware",
    }
)
# readings that few people want to see every day
RARELY_WANTED = frozenset(
    {
        "input.voltage.fault",
        "input.voltage.maximum",
        "input.voltage.minimum",
        "ups.beeper.status",
        "ups.date",
        "ups.time",
        "ups.timer.reboot",
        "ups.timer.shutdown",
        "ups.timer.start",
        "ups.contacts",
        "battery.packs.bad",
        "device.uptime",
        "device.count",
        # a large UPS counts and times dozens of things
        *(template for template in VARIABLES if template.startswith("statistics.")),
    }
)
# what does not move by itself and yet belongs into view
WANTED = frozenset({"battery.date", "battery.mfr.date"})

# the first of these that is up names the status: what is worse comes first
PRECEDENCE: tuple[tuple[StatusFlag, str], ...] = (
    (StatusFlag.FORCED_SHUTDOWN, "shutting_down"),
    (StatusFlag.OFF, "off"),
    (StatusFlag.OVERLOADED, "overloaded"),
    (StatusFlag.TESTING, "testing"),
    (StatusFlag.CALIBRATING, "calibrating"),
    (StatusFlag.ON_BATTERY, "on_battery"),
    (StatusFlag.BYPASS, "bypass"),
    (StatusFlag.BOOSTING, "boosting"),
    (StatusFlag.TRIMMING, "trimming"),
    (StatusFlag.ECO, "eco"),
    (StatusFlag.ON_LINE, "on_line"),
)
LOW_BATTERY = "low_battery"
# one of these is up all the time
STATES = frozenset({StatusFlag.ON_LINE, StatusFlag.ON_BATTERY, StatusFlag.OFF, StatusFlag.BYPASS})


async def async_setup_entry(
    hass: HomeAssistant,
    entry: UpsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of one UPS."""
    add_as_seen(entry, async_add_entities, _sensors)


def _sensors(coordinator: UpsCoordinator) -> Iterator[UpsEntity]:
    if flags := coordinator.capabilities.flags:
        # a PDU that only tells an overload has nothing to say of itself most of the time
        if flags & STATES:
            yield UpsStatusSensor(coordinator)
        yield UpsFlagsSensor(coordinator)
    # what can be set has an entity of another platform
    for name in sorted(coordinator.seen - coordinator.capabilities.settings.keys()):
        parsed = parse(name)
        if parsed is not None and parsed.variable.template not in TOLD_ELSEWHERE:
            yield UpsVariableSensor(coordinator, name, parsed)
    yield from derived_sensors(coordinator)
    yield from outage_sensors(coordinator)


class UpsStatusSensor(UpsEntity, SensorEntity):
    """What the UPS is doing, in one word."""

    _attr_device_class = SensorDeviceClass.ENUM
    _attr_translation_key = "status"

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Describe the words that this unit can come to."""
        super().__init__(coordinator, "status", names=(STATUS,))
        flags = coordinator.capabilities.flags
        self._words = {flag: word for flag, word in PRECEDENCE if flag in flags}
        self._attr_options = list(self._words.values())
        if flags >= {StatusFlag.ON_BATTERY, StatusFlag.LOW_BATTERY}:
            self._attr_options.append(LOW_BATTERY)

    @property
    @override
    def native_value(self) -> str | None:
        """Return the word; None where no flag is up that has one."""
        flags = self.coordinator.data.status.flags
        for flag, word in self._words.items():
            if flag in flags:
                if flag is StatusFlag.ON_BATTERY and StatusFlag.LOW_BATTERY in flags:
                    return LOW_BATTERY
                return word
        return None


class UpsFlagsSensor(UpsEntity, SensorEntity):
    """All flags, as the tokens that NUT's users know."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_entity_registry_enabled_default = False
    _attr_translation_key = "ups_status"

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Describe the sensor."""
        super().__init__(coordinator, STATUS, names=(STATUS,))

    @property
    @override
    def native_value(self) -> str | None:
        """Return the tokens; None where no flag is up."""
        flags = self.coordinator.data.status.flags
        return " ".join(flag for flag in StatusFlag if flag in flags) or None


class UpsVariableSensor(UpsEntity, SensorEntity):
    """One variable."""

    def __init__(self, coordinator: UpsCoordinator, name: str, parsed: Name) -> None:
        """Describe the sensor by the variable's row in the namespace."""
        super().__init__(coordinator, name, names=(name,), indices=parsed.indices)
        variable = parsed.variable
        quantity = variable.quantity
        self._name = name
        self._words = {str(word): slug(word) for word in variable.words or ()}
        self._attr_translation_key = name_key(parsed)
        self._attr_device_class = DEVICE_CLASSES.get(quantity)
        if variable.template in BATTERY_LEVELS:
            self._attr_device_class = SensorDeviceClass.BATTERY
        if quantity not in UNMEASURED:
            self._attr_native_unit_of_measurement = variable.unit or None
            self._attr_suggested_display_precision = PRECISION.get(quantity)
            if variable.role is Role.READING:
                self._attr_state_class = (
                    SensorStateClass.TOTAL_INCREASING
                    if quantity is Quantity.ENERGY
                    else SensorStateClass.MEASUREMENT
                )
        self._attr_suggested_unit_of_measurement = LONG_TIMES.get(variable.template)
        wanted = variable.role is Role.READING or variable.template in WANTED
        if not wanted:
            self._attr_entity_category = EntityCategory.DIAGNOSTIC
        self._attr_entity_registry_enabled_default = (
            wanted and variable.template not in RARELY_WANTED
        )

    @property
    def _value(self) -> Value | None:
        return self.coordinator.data.variables.get(self._name)

    @property
    @override
    def device_class(self) -> SensorDeviceClass | None:
        """Return none for a date whose order of day and month is not known: it is mere text."""
        described = super().device_class
        value = self._value
        if described is SensorDeviceClass.DATE and value is not None and _as_date(value) is None:
            return None
        return described

    @property
    @override
    def options(self) -> list[str] | None:
        """Return the words of an enumeration; text that is none of them stays as reported."""
        if self.device_class is not SensorDeviceClass.ENUM:
            return None
        words = list(self._words.values()) or list(SWITCH_WORDS)
        present = self._as_word()
        return words if present is None or present in words else [*words, present]

    @property
    @override
    def native_value(self) -> StateType | date:
        """Return the value; None while the UPS does not report it."""
        value = self._value
        if self.device_class is SensorDeviceClass.DATE:
            return _as_date(value)
        if self.device_class is SensorDeviceClass.ENUM:
            return self._as_word()
        if isinstance(value, str):
            return value[:255] if self.native_unit_of_measurement is None else None
        return value

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Mark a value that we worked out, and the counter that is the energy of the whole."""
        if self._name in COUNTERS and self._name == counter(self.coordinator.seen):
            return {"source": str(Source.COUNTER)}
        return {"estimated": True} if self._name in self.coordinator.data.estimated else None

    def _as_word(self) -> str | None:
        value = self._value
        return None if value is None else self._words.get(str(value), str(value)[:255])


def _as_date(value: Value | None) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
