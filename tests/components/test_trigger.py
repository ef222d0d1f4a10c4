"""The triggers in real automations: the mains goes, and comes back."""

from collections.abc import Mapping
from datetime import timedelta
import logging
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from homeassistant.const import STATE_OFF, STATE_ON, Platform
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .automations import go, keys_of, on_triggers
from .units import ENTRY_ID, Unit, after, device_of, entity_id, make_entry, set_up, value_of
from custom_components.ups_protocols.const import DOMAIN
from custom_components.ups_protocols.ups.errors import LinkLost
from custom_components.ups_protocols.ups.model import StatusFlag

BINARY_SENSOR = Platform.BINARY_SENSOR
LOST, RESTORED = "power_lost", "power_restored"
ON = {StatusFlag.ON_LINE}
OFF = {StatusFlag.ON_BATTERY}
TEST = {StatusFlag.ON_BATTERY, StatusFlag.TESTING}
UNSURE: set[StatusFlag] = set()
SILENT = None


async def automate(
    hass: HomeAssistant, target: Mapping[str, Any], options: Mapping[str, Any] | None = None
) -> list[Event]:
    """Set up an automation for each trigger; return the events by which they tell of it."""
    return await on_triggers(hass, (LOST, RESTORED), target, options or {})


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        ([ON, OFF], [LOST]),
        ([ON, OFF, ON], [LOST, RESTORED]),
        ([ON, OFF, ON, OFF], [LOST, RESTORED, LOST]),
        ([ON, TEST, ON], []),
        ([ON, TEST, OFF, ON], [LOST, RESTORED]),
        ([ON, SILENT, OFF], [LOST]),
        ([ON, SILENT, ON], []),
        ([OFF, SILENT, OFF], []),
        ([OFF, SILENT, ON], [RESTORED]),
        ([ON, SILENT, OFF, SILENT, ON], [LOST, RESTORED]),
        ([ON, OFF, SILENT, OFF, ON], [LOST, RESTORED]),
        ([ON, UNSURE, OFF], [LOST]),
        ([ON, UNSURE, ON], []),
        ([ON, UNSURE, SILENT, OFF], [LOST]),
        ([OFF, UNSURE, ON], [RESTORED]),
    ],
    ids=str,
)
async def test_course_of_the_mains(
    hass: HomeAssistant,
    unit: Unit,
    course: list[set[StatusFlag] | None],
    expected: list[str],
) -> None:
    """What counts is what the mains was when it was last known."""
    unit.flags = frozenset(StatusFlag)
    first, *rest = course
    assert first is not None
    unit.says(*first)
    await set_up(hass)
    told = await automate(hass, {"entity_id": entity_id(hass, BINARY_SENSOR, "mains")})
    assert not told
    for flags in rest:
        await go(hass, unit, flags)
    assert keys_of(told) == expected


@pytest.mark.parametrize("flags", [ON, OFF], ids=str)
async def test_start_of_home_assistant_fires_nothing(
    hass: HomeAssistant, unit: Unit, flags: set[StatusFlag]
) -> None:
    """What the mains was before is not known: neither at the first start nor at a later one."""
    entry = make_entry()
    # the entity that there will be; an automation is often set up before its entities
    mains = er.async_get(hass).async_get_or_create(
        BINARY_SENSOR,
        DOMAIN,
        f"{entry.entry_id}_mains",
        original_device_class="power",
        translation_key="mains",
    )
    told = await automate(hass, {"entity_id": mains.entity_id})
    unit.says(*flags)
    await set_up(hass, entry)
    assert hass.states.get(mains.entity_id) is not None
    assert not told

    unit.failure = LinkLost("hung up")
    assert await hass.config_entries.async_reload(entry.entry_id)
    await after(hass, unit, 5)
    unit.failure = None
    await after(hass, unit, 31)
    assert value_of(hass, BINARY_SENSOR, "mains") == (STATE_ON if flags is ON else STATE_OFF)
    assert not told

    # from here on it is known
    await go(hass, unit, OFF if flags is ON else ON)
    assert keys_of(told) == [LOST if flags is ON else RESTORED]


async def test_mains_that_goes_while_home_assistant_starts(
    hass: HomeAssistant, unit: Unit, caplog: pytest.LogCaptureFixture
) -> None:
    """A UPS that is not loaded yet has no past."""
    await set_up(hass)
    mains = entity_id(hass, BINARY_SENSOR, "mains")
    told = await automate(hass, {"entity_id": mains})
    await go(hass, unit, OFF)
    assert keys_of(told) == [LOST]
    await hass.config_entries.async_unload(ENTRY_ID)
    hass.states.async_set(mains, STATE_OFF, {"device_class": "power"})
    await hass.async_block_till_done()
    assert keys_of(told) == [LOST]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_only_our_own_mains(
    hass: HomeAssistant,
    units: dict[str, Unit],
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    """An area is a fine target: other sensors of power in it are none of our business."""
    area = area_registry.async_create("Cellar")
    for number in (1, 2):
        units[f"fake:{number}"] = Unit()
        await set_up(hass, make_entry(f"fake:{number}", entry_id=f"entry_{number}"))
    ours = [entity_id(hass, BINARY_SENSOR, "mains", f"entry_{number}") for number in (1, 2)]
    for mains in ours:
        row = entity_registry.async_get(mains)
        assert row is not None
        assert row.device_id is not None
        device_registry.async_update_device(row.device_id, area_id=area.id)

    def foreign(platform: str, entry: MockConfigEntry | None, key: str | None) -> str:
        row = entity_registry.async_get_or_create(
            BINARY_SENSOR,
            platform,
            f"{platform}_{key}",
            config_entry=entry,
            translation_key=key,
            original_device_class="power",
        )
        entity_registry.async_update_entity(row.entity_id, area_id=area.id)
        return row.entity_id

    other = MockConfigEntry(domain="nut")
    other.add_to_hass(hass)
    strangers = [
        foreign("nut", other, "mains"),
        foreign("template", None, "mains"),
        # one of ours that no entry has, as a registry may have after an accident
        foreign(DOMAIN, None, "something_else"),
        "binary_sensor.unregistered",
    ]
    for stranger in strangers:
        hass.states.async_set(stranger, STATE_ON, {"device_class": "power"})
    told = await automate(hass, {"area_id": area.id, "entity_id": "binary_sensor.unregistered"})
    for stranger in strangers:
        hass.states.async_set(stranger, STATE_OFF, {"device_class": "power"})
    await hass.async_block_till_done()
    assert not told

    for number, unit in enumerate(units.values()):
        await go(hass, unit, OFF)
        assert [event.data["entity_id"] for event in told] == ours[: number + 1]
    assert keys_of(told) == [LOST, LOST]


async def test_orphan_has_no_past(hass: HomeAssistant) -> None:
    """A mains sensor whose entry is gone fires only where its own states tell enough."""
    row = er.async_get(hass).async_get_or_create(
        BINARY_SENSOR, DOMAIN, "orphan", translation_key="mains", original_device_class="power"
    )
    await async_setup_component(hass, DOMAIN, {})
    told = await automate(hass, {"entity_id": row.entity_id})
    attributes = {"device_class": "power"}
    for state in (STATE_ON, "unavailable", STATE_OFF):
        hass.states.async_set(row.entity_id, state, attributes)
        await hass.async_block_till_done()
    assert not told
    hass.states.async_set(row.entity_id, STATE_ON, attributes)
    await hass.async_block_till_done()
    assert keys_of(told) == [RESTORED]
    # a new name is no news of the mains
    hass.states.async_set(row.entity_id, STATE_ON, attributes | {"friendly_name": "Mains"})
    await hass.async_block_till_done()
    assert keys_of(told) == [RESTORED]


async def test_device_as_target(hass: HomeAssistant, unit: Unit) -> None:
    """The UPS itself can be named, whatever its other entities say."""
    unit.flags = frozenset(StatusFlag)
    await set_up(hass)
    device = device_of(hass)
    assert device is not None
    told = await automate(hass, {"device_id": device.id})
    await go(hass, unit, {StatusFlag.ON_LINE, StatusFlag.OVERLOADED, StatusFlag.BYPASS})
    assert not told
    await go(hass, unit, OFF)
    assert keys_of(told) == [LOST]


async def test_for_a_while(hass: HomeAssistant, unit: Unit) -> None:
    """A short failure can be left alone; silence in between starts the time anew."""
    await set_up(hass)
    target = {"entity_id": entity_id(hass, BINARY_SENSOR, "mains")}
    told = await automate(hass, target, {"for": {"seconds": 20}})
    await go(hass, unit, OFF)
    await go(hass, unit, ON)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=30))
    await hass.async_block_till_done()
    assert keys_of(told) == [RESTORED]
    await go(hass, unit, OFF)
    assert keys_of(told) == [RESTORED]
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=60))
    await hass.async_block_till_done()
    assert keys_of(told) == [RESTORED, LOST]


async def test_all_of_several(hass: HomeAssistant, units: dict[str, Unit]) -> None:
    """The last of two that loses its mains fires."""
    for number in (1, 2):
        units[f"fake:{number}"] = Unit()
        await set_up(hass, make_entry(f"fake:{number}", entry_id=f"entry_{number}"))
    ours = [entity_id(hass, BINARY_SENSOR, "mains", f"entry_{number}") for number in (1, 2)]
    told = await automate(hass, {"entity_id": ours}, {"behavior": "all"})
    await go(hass, units["fake:1"], OFF)
    assert not told
    await go(hass, units["fake:2"], OFF)
    assert keys_of(told) == [LOST]
