"""Conditions: what feeds the load of a UPS, and whether it is too much."""

from typing import ClassVar, override

from homeassistant.components.binary_sensor import (
    DOMAIN as BINARY_SENSOR_DOMAIN,
    BinarySensorDeviceClass,
)
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import Condition, EntityStateConditionBase

from .const import KEY_BYPASS, KEY_MAINS, KEY_OVERLOADED
from .targets import ours


class UpsCondition(EntityStateConditionBase):
    """A yes or no of our UPSes is as it should be.

    Nobody knows it of a UPS that is unavailable, so that one does not meet it: where all have to,
    it is not met. Core would leave such a UPS out, and have all of none meet everything.
    """

    _key: ClassVar[str]
    _primary_entities_only = False
    _states = {STATE_ON}

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Keep the binary sensors of this integration that tell it."""
        return ours(self._hass, super().entity_filter(entities), self._key)

    @override
    def _should_include(self, _state: State) -> bool:
        return True

    @override
    def _check_all_match_state(self, states: list[State]) -> bool:
        return bool(states) and super()._check_all_match_state(states)


class IsOnMains(UpsCondition):
    """The mains is there, a battery test runs or not."""

    _key = KEY_MAINS
    _domain_specs = {BINARY_SENSOR_DOMAIN: DomainSpec(device_class=BinarySensorDeviceClass.POWER)}


class IsOnBattery(IsOnMains):
    """The mains is gone."""

    _states = {STATE_OFF}


class IsBypassed(UpsCondition):
    """The load hangs on the mains itself, unprotected."""

    _key = KEY_BYPASS
    _domain_specs = {BINARY_SENSOR_DOMAIN: DomainSpec(device_class=BinarySensorDeviceClass.RUNNING)}


class IsOverloaded(UpsCondition):
    """More hangs on the UPS than it can carry."""

    _key = KEY_OVERLOADED
    _domain_specs = {BINARY_SENSOR_DOMAIN: DomainSpec(device_class=BinarySensorDeviceClass.PROBLEM)}


CONDITIONS: dict[str, type[Condition]] = {
    "is_bypassed": IsBypassed,
    "is_on_battery": IsOnBattery,
    "is_on_mains": IsOnMains,
    "is_overloaded": IsOverloaded,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
