"""Which of the entities that an automation names are ours, and are what it asks for."""

from collections.abc import Iterable

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN


def ours(hass: HomeAssistant, entity_ids: Iterable[str], key: str) -> set[str]:
    """Return the entities of this integration that have a translation key."""
    registry = er.async_get(hass)
    return {
        entity_id
        for entity_id in entity_ids
        if (row := registry.async_get(entity_id)) is not None
        and row.platform == DOMAIN
        and row.translation_key == key
    }
