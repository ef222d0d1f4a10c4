"""The base of all entities: what brings a new state, and where an entity belongs."""

from collections.abc import Callable, Iterable
from functools import cache, partial
import re
from typing import override

from homeassistant.core import callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .coordinator import UpsConfigEntry, UpsCoordinator
from .devices import PARTS, device_info
from .keys import template_key
from .ups.model import Danger
from .ups.names import VARIABLES, CommandName, Indices, Name, parse_command
from .ups.session import AVAILABLE

# entities that do this are disabled until somebody wants them
CUTS_OR_UNPROTECTS = frozenset({Danger.CUTS_POWER, Danger.UNPROTECTS})

_INDEX = re.compile(r"\\\{(\w+)\\\}")


class UpsEntity(CoordinatorEntity[UpsCoordinator]):
    """An entity that is written only when something of its own changed."""

    _attr_has_entity_name = True

    def __init__(
        self,
        coordinator: UpsCoordinator,
        key: str,
        *,
        names: Iterable[str] = (),
        indices: Indices = (),
    ) -> None:
        """Describe an entity of the unit, or of the part that the indices tell.

        ``key`` tells it from the unit's other entities of its platform; a change of one of the
        ``names`` brings a new state.
        """
        super().__init__(coordinator)
        self._names = frozenset((*names, AVAILABLE))
        self._attr_unique_id = f"{coordinator.config_entry.entry_id}_{key}"
        self._attr_device_info = device_info(coordinator, indices)
        # numbers of parts stand in the device's name already
        self._attr_translation_placeholders = {
            word: str(index) for word, index in indices if word not in PARTS
        }

    @override
    @callback
    def _handle_coordinator_update(self) -> None:
        if self.coordinator.changed & self._names:
            self.async_write_ha_state()


def name_key(name: Name) -> str:
    """Return the translation key of a variable; number 0 of many is named as the whole."""
    template = name.variable.template
    for word, index in name.indices:
        if not index and (whole := template.replace(f".{{{word}}}", "")) in VARIABLES:
            template = whole
    return template_key(template)


@cache
def parse_indexed_command(name: str) -> tuple[CommandName, Indices] | None:
    """Return the row of a command with its indices; None for one that is not standard."""
    if (row := parse_command(name)) is None:
        return None
    pattern = _INDEX.sub(r"(?P<\1>\\d+)", re.escape(row.template))
    match = re.fullmatch(rf"(?:device\.(?P<device>\d+)\.)?{pattern}", name)
    numbers = match.groupdict() if match else {}
    return row, tuple((word, int(number)) for word, number in numbers.items() if number)


@callback
def add_as_seen(
    entry: UpsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    describe: Callable[[UpsCoordinator], Iterable[UpsEntity]],
) -> None:
    """Add the entities of a platform, and at any later time those that come to be."""
    coordinator = entry.runtime_data
    known: set[str | None] = set()

    @callback
    def add_new() -> None:
        entities = [entity for entity in describe(coordinator) if entity.unique_id not in known]
        for entity in entities:
            known.add(entity.unique_id)
            # what is removed with its device may come back one day
            entity.async_on_remove(partial(known.discard, entity.unique_id))
        if entities:
            async_add_entities(entities)

    @callback
    def grown() -> None:
        if coordinator.grown:
            add_new()

    add_new()
    entry.async_on_unload(coordinator.async_add_listener(grown))
