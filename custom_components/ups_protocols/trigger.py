"""Triggers: what happens to the mains, the load and the battery of a UPS."""

from typing import ClassVar, override

from homeassistant.components.binary_sensor import (
    DOMAIN as BINARY_SENSOR_DOMAIN,
    BinarySensorDeviceClass,
)
from homeassistant.components.event import DOMAIN as EVENT_DOMAIN, EventEntityStateAttribute
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    EntityTargetStateTriggerBase,
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
)

from .const import KEY_MAINS, KEY_OVERLOADED, KEY_POWER_EVENTS, KEY_REPLACE_BATTERY
from .coordinator import UpsConfigEntry
from .power_events import PowerEventType
from .targets import ours


class LastKnownTrigger(EntityTargetStateTriggerBase):
    """A yes or no of one of our UPSes is something else than it was last known to be.

    A UPS is often out of reach at the very moment of a power failure, because what leads to it
    lost its power too: what it was before it was unavailable counts.
    """

    _key: ClassVar[str]
    """One of ``past.WATCHED``."""
    _domain_specs = {BINARY_SENSOR_DOMAIN: DomainSpec(device_class=BinarySensorDeviceClass.PROBLEM)}
    _excluded_from_states = frozenset()
    _primary_entities_only = False
    _to_states = {STATE_ON}

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Keep the binary sensors of this integration that tell it."""
        return ours(self._hass, super().entity_filter(entities), self._key)

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        """Tell whether it was the other way before."""
        if from_state.state in {STATE_ON, STATE_OFF}:
            return from_state.state != to_state.state
        before = self._before(to_state.entity_id)
        return before is not None and before is not (to_state.state == STATE_ON)

    def _before(self, entity_id: str) -> bool | None:
        row = er.async_get(self._hass).async_get(entity_id)
        if row is None or row.config_entry_id is None:
            return None
        entry: UpsConfigEntry | None = self._hass.config_entries.async_get_entry(
            row.config_entry_id
        )
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return None
        return entry.runtime_data.past.before(self._key)


class MainsTrigger(LastKnownTrigger):
    """The mains of one of our UPSes goes or comes."""

    _key = KEY_MAINS
    _domain_specs = {BINARY_SENSOR_DOMAIN: DomainSpec(device_class=BinarySensorDeviceClass.POWER)}


class PowerLost(MainsTrigger):
    """The mains is gone."""

    _to_states = {STATE_OFF}


class PowerRestored(MainsTrigger):
    """The mains is back."""


class BecameOverloaded(LastKnownTrigger):
    """More hangs on the UPS than it can carry."""

    _key = KEY_OVERLOADED


class NoLongerOverloaded(BecameOverloaded):
    """The UPS can carry what hangs on it again."""

    _to_states = {STATE_OFF}


class ReplaceBatteryDetected(LastKnownTrigger):
    """The UPS wants a new battery."""

    _key = KEY_REPLACE_BATTERY


class BatteryTestFailed(StatelessEntityTriggerBase):
    """A battery test failed: each one counts, so it is the event and not the last result."""

    _domain_specs = {EVENT_DOMAIN: DomainSpec()}

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Keep the power events of this integration."""
        return ours(self._hass, super().entity_filter(entities), KEY_POWER_EVENTS)

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Tell whether the newest event is such a test."""
        said = state.attributes.get(EventEntityStateAttribute.EVENT_TYPE)
        return said == PowerEventType.TEST_FAILED


TRIGGERS: dict[str, type[Trigger]] = {
    "battery_test_failed": BatteryTestFailed,
    "became_overloaded": BecameOverloaded,
    "no_longer_overloaded": NoLongerOverloaded,
    "power_lost": PowerLost,
    "power_restored": PowerRestored,
    "replace_battery_detected": ReplaceBatteryDetected,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS
