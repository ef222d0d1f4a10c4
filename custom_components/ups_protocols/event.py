"""The event entity: what happened to the power of a UPS."""

from collections.abc import Iterator
from typing import override

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.start import async_at_started

from .const import KEY_POWER_EVENTS
from .coordinator import UpsConfigEntry, UpsCoordinator
from .entity import UpsEntity, add_as_seen
from .power_events import PowerEvent, PowerEventType

PARALLEL_UPDATES = 0  # nothing is asked of the UPS here


async def async_setup_entry(
    hass: HomeAssistant,
    entry: UpsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the event entity of one UPS."""
    add_as_seen(entry, async_add_entities, _events)


def _events(coordinator: UpsCoordinator) -> Iterator[UpsEntity]:
    yield UpsPowerEvents(coordinator)


class UpsPowerEvents(UpsEntity, EventEntity):
    """What happened to the power; it has the last event whether the UPS answers or not."""

    _attr_event_types = [str(kind) for kind in PowerEventType]
    _attr_translation_key = KEY_POWER_EVENTS

    def __init__(self, coordinator: UpsCoordinator) -> None:
        """Describe the entity."""
        super().__init__(coordinator, KEY_POWER_EVENTS)

    @property
    @override
    def available(self) -> bool:
        """Be there always: that the UPS is out of reach is one of the events."""
        return True

    @override
    async def async_added_to_hass(self) -> None:
        """Begin to listen."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.power_events.listen(self._happened))

    @callback
    def _happened(self, event: PowerEvent) -> None:
        self._trigger_event(event.type, dict(event.attributes))
        self.async_write_ha_state()

    @override
    @callback
    def _handle_coordinator_update(self) -> None:
        """Write nothing: an event is written when it happens."""


@callback
def async_release_events(coordinator: UpsCoordinator) -> None:
    """Let the events of a UPS out, those as well that happened while Home Assistant was down.

    When Home Assistant starts they wait until its automations can hear them.
    """

    @callback
    def started(hass: HomeAssistant) -> None:
        coordinator.power_events.release()

    coordinator.config_entry.async_on_unload(async_at_started(coordinator.hass, started))
