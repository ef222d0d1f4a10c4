"""Triggers: the mains goes, and comes back."""

from typing import override

from homeassistant.components.binary_sensor import (
    DOMAIN as BINARY_SENSOR_DOMAIN,
    BinarySensorDeviceClass,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import EntityTargetStateTriggerBase, Trigger

from .const import DOMAIN, KEY_MAINS
from .coordinator import UpsConfigEntry


class MainsTrigger(EntityTargetStateTriggerBase):
    """The mains of one of our UPSes is something else than it was last known to be.

    A UPS is often out of reach at the very moment of a power failure, because what leads to it
    lost its power too: what it was before it was unavailable counts.
    """

    _domain_specs = {BINARY_SENSOR_DOMAIN: DomainSpec(device_class=BinarySensorDeviceClass.POWER)}
    _excluded_from_states = frozenset()
    _primary_entities_only = False

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Keep the mains sensors of this integration."""
        registry = er.async_get(self._hass)
        return {
            entity_id
            for entity_id in super().entity_filter(entities)
            if (row := registry.async_get(entity_id)) is not None
            and row.platform == DOMAIN
            and row.translation_key == KEY_MAINS
        }

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        """Tell whether the mains was the other way before."""
        if from_state.state in {STATE_ON, STATE_OFF}:
            return from_state.state != to_state.state
        before = self._mains_before(to_state.entity_id)
        return before is not None and before is not (to_state.state == STATE_ON)

    def _mains_before(self, entity_id: str) -> bool | None:
        row = er.async_get(self._hass).async_get(entity_id)
        if row is None or row.config_entry_id is None:
            return None
        entry: UpsConfigEntry | None = self._hass.config_entries.async_get_entry(
            row.config_entry_id
        )
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return None
        return entry.runtime_data.mains_before


class PowerLost(MainsTrigger):
    """The mains is gone."""

    _to_states = {STATE_OFF}


class PowerRestored(MainsTrigger):
    """The mains is back."""

    _to_states = {STATE_ON}


TRIGGERS: dict[str, type[Trigger]] = {
    "power_lost": PowerLost,
    "power_restored": PowerRestored,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS
