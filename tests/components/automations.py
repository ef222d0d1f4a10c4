"""Automations of these tests: one for each trigger or condition, which tells that it ran."""

from collections.abc import Iterable, Mapping
from typing import Any

from pytest_homeassistant_custom_component.common import async_capture_events

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.core import Event, HomeAssistant
from homeassistant.setup import async_setup_component

from .units import Unit, after
from custom_components.ups_protocols.const import DOMAIN
from custom_components.ups_protocols.ups.errors import LinkLost
from custom_components.ups_protocols.ups.model import StatusFlag


async def on_triggers(
    hass: HomeAssistant,
    keys: Iterable[str],
    target: Mapping[str, Any],
    options: Mapping[str, Any] | None = None,
) -> list[Event]:
    """Set up an automation for each trigger; return the events by which they tell of it."""
    return await _set_up(
        hass,
        [
            {
                "alias": key,
                "triggers": {
                    "trigger": f"{DOMAIN}.{key}",
                    "target": target,
                    **({"options": options} if options is not None else {}),
                },
                "actions": {
                    "event": "told",
                    "event_data": {"key": key, "entity_id": "{{ trigger.entity_id }}"},
                },
            }
            for key in keys
        ],
    )


async def on_conditions(
    hass: HomeAssistant,
    keys: Iterable[str],
    target: Mapping[str, Any],
    options: Mapping[str, Any] | None = None,
) -> list[Event]:
    """Set up an automation for each condition, which runs when ``ask`` does."""
    return await _set_up(
        hass,
        [
            {
                "alias": key,
                "triggers": {"trigger": "event", "event_type": "ask"},
                "conditions": {
                    "condition": f"{DOMAIN}.{key}",
                    "target": target,
                    "options": options or {},
                },
                "actions": {"event": "told", "event_data": {"key": key}},
            }
            for key in keys
        ],
    )


async def _set_up(hass: HomeAssistant, automations: list[dict[str, Any]]) -> list[Event]:
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: automations})
    await hass.async_block_till_done()
    states = hass.states.async_all(AUTOMATION)
    assert [state.state for state in states] == ["on"] * len(automations)
    return async_capture_events(hass, "told")


async def ask(hass: HomeAssistant, told: list[Event]) -> set[str]:
    """Return which conditions are met now."""
    told.clear()
    hass.bus.async_fire("ask")
    await hass.async_block_till_done()
    return set(keys_of(told))


def keys_of(told: list[Event]) -> list[str]:
    """Return which automations ran, in order."""
    return [event.data["key"] for event in told]


async def go(hass: HomeAssistant, unit: Unit, flags: Iterable[StatusFlag] | None) -> None:
    """Have the UPS say this, or be out of reach."""
    if flags is None:
        unit.failure = LinkLost("hung up")
        await after(hass, unit, 2)
        return
    unit.says(*flags)
    back = unit.failure is not None
    unit.failure = None
    await after(hass, unit, 31 if back else 1)
