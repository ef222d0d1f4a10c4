"""The conditions in real automations: what feeds the load, and whether it is too much."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)

from .automations import ask, go, on_conditions
from .units import ENTRY_ID, Unit, device_of, entity_id, make_entry, set_up, value_of
from custom_components.ups_protocols.condition import CONDITIONS
from custom_components.ups_protocols.ups.model import StatusFlag

BINARY_SENSOR = Platform.BINARY_SENSOR
BATTERY, MAINS, BYPASSED, OVERLOADED = (
    "is_on_battery",
    "is_on_mains",
    "is_bypassed",
    "is_overloaded",
)
ON, OFF = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY
BYPASS, OVER = StatusFlag.BYPASS, StatusFlag.OVERLOADED


@pytest.fixture
def ups(unit: Unit) -> Unit:
    """A UPS that tells all flags."""
    unit.flags = frozenset(StatusFlag)
    return unit


async def two_units(hass: HomeAssistant, units: dict[str, Unit]) -> tuple[Unit, Unit]:
    """Set up two of them."""
    for number in (1, 2):
        unit = units[f"fake:{number}"] = Unit()
        unit.flags = frozenset(StatusFlag)
        await set_up(hass, make_entry(f"fake:{number}", entry_id=f"entry_{number}"))
    return units["fake:1"], units["fake:2"]


async def device_target(hass: HomeAssistant) -> dict[str, Any]:
    """Return the UPS as a target."""
    device = device_of(hass)
    assert device is not None
    return {"device_id": device.id}


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({ON}, {MAINS}),
        ({OFF}, {BATTERY}),
        ({OFF, StatusFlag.LOW_BATTERY}, {BATTERY}),
        ({OFF, StatusFlag.TESTING}, {MAINS}),
        ({OFF, StatusFlag.CALIBRATING}, {MAINS}),
        ({ON, BYPASS}, {MAINS, BYPASSED}),
        ({BYPASS}, {BYPASSED}),
        ({ON, OVER}, {MAINS, OVERLOADED}),
        ({OFF, OVER}, {BATTERY, OVERLOADED}),
        # it tells nothing of the mains
        ({StatusFlag.OFF}, set()),
        ({ON, OFF}, set()),
        (set(), set()),
        # it is out of reach
        (None, set()),
    ],
    ids=str,
)
async def test_what_a_unit_meets(
    hass: HomeAssistant, ups: Unit, flags: set[StatusFlag] | None, expected: set[str]
) -> None:
    """The UPS is all that is named, whatever its other entities say."""
    await set_up(hass)
    told = await on_conditions(hass, CONDITIONS, await device_target(hass))
    assert await ask(hass, told) == {MAINS}
    await go(hass, ups, flags)
    assert await ask(hass, told) == expected


@pytest.mark.parametrize("behavior", ["any", "all"])
async def test_unit_out_of_reach_meets_nothing(
    hass: HomeAssistant, ups: Unit, behavior: str
) -> None:
    """Nor does one that is not loaded: of nothing, all is not on mains."""
    await set_up(hass)
    told = await on_conditions(hass, CONDITIONS, await device_target(hass), {"behavior": behavior})
    assert await ask(hass, told) == {MAINS}
    await go(hass, ups, None)
    assert await ask(hass, told) == set()
    await go(hass, ups, {OFF, BYPASS, OVER})
    assert await ask(hass, told) == {BATTERY, BYPASSED, OVERLOADED}
    assert await hass.config_entries.async_unload(ENTRY_ID)
    await hass.async_block_till_done()
    assert value_of(hass, BINARY_SENSOR, "mains") == STATE_UNAVAILABLE
    assert await ask(hass, told) == set()


@pytest.mark.parametrize("behavior", ["any", "all"])
async def test_target_without_a_unit_meets_nothing(
    hass: HomeAssistant, ups: Unit, behavior: str
) -> None:
    """An empty room is not on mains; a sensor that tells another thing is not asked."""
    await set_up(hass)
    room = ar.async_get(hass).async_create("Attic")
    target = {"area_id": room.id, "entity_id": entity_id(hass, BINARY_SENSOR, "low_battery")}
    told = await on_conditions(hass, CONDITIONS, target, {"behavior": behavior})
    assert await ask(hass, told) == set()


@pytest.mark.parametrize(
    ("behavior", "one", "two", "expected"),
    [
        ("any", {ON}, {OFF}, {MAINS, BATTERY}),
        ("all", {ON}, {OFF}, set()),
        ("any", {OFF, OVER}, {OFF}, {BATTERY, OVERLOADED}),
        ("all", {OFF, OVER}, {OFF}, {BATTERY}),
        ("all", {ON, BYPASS, OVER}, {ON, BYPASS, OVER}, {MAINS, BYPASSED, OVERLOADED}),
        # nobody knows it of the other one
        ("any", {ON}, None, {MAINS}),
        ("all", {ON}, None, set()),
        ("all", {ON}, set(), set()),
    ],
    ids=str,
)
async def test_any_and_all_of_two(
    hass: HomeAssistant,
    units: dict[str, Unit],
    behavior: str,
    one: set[StatusFlag],
    two: set[StatusFlag] | None,
    expected: set[str],
) -> None:
    """One is enough, or both have to."""
    first, second = await two_units(hass, units)
    devices = [
        row.device_id
        for number in (1, 2)
        if (
            row := er.async_get(hass).async_get(
                entity_id(hass, BINARY_SENSOR, "mains", f"entry_{number}")
            )
        )
    ]
    told = await on_conditions(hass, CONDITIONS, {"device_id": devices}, {"behavior": behavior})
    await go(hass, first, one)
    await go(hass, second, two)
    assert await ask(hass, told) == expected


@pytest.mark.parametrize("kind", ["entity_id", "device_id", "area_id", "label_id"])
async def test_targets(hass: HomeAssistant, ups: Unit, kind: str) -> None:
    """Whatever names the UPS or its room; what is not ours in there is not asked."""
    await set_up(hass)
    mains = entity_id(hass, BINARY_SENSOR, "mains")
    device = device_of(hass)
    assert device is not None
    room = ar.async_get(hass).async_create("Cellar").id
    label = lr.async_get(hass).async_create("Rack").label_id
    dr.async_get(hass).async_update_device(device.id, area_id=room, labels={label})
    registry = er.async_get(hass)
    other = MockConfigEntry(domain="nut")
    other.add_to_hass(hass)
    stranger = registry.async_get_or_create(
        BINARY_SENSOR,
        "nut",
        "stranger",
        config_entry=other,
        translation_key="mains",
        original_device_class="power",
    ).entity_id
    registry.async_update_entity(stranger, area_id=room, labels={label})
    hass.states.async_set(stranger, STATE_OFF, {"device_class": "power"})
    target = {
        "entity_id": [mains, stranger],
        "device_id": device.id,
        "area_id": room,
        "label_id": label,
    }[kind]
    told = await on_conditions(hass, (MAINS, BATTERY), {kind: target})
    assert await ask(hass, told) == {MAINS}
    hass.states.async_set(stranger, STATE_ON, {"device_class": "power"})
    await go(hass, ups, {OFF})
    assert await ask(hass, told) == {BATTERY}


async def test_for_a_while(hass: HomeAssistant, ups: Unit, freezer: FrozenDateTimeFactory) -> None:
    """Silence in between starts the time anew."""
    await set_up(hass)
    target = {"entity_id": entity_id(hass, BINARY_SENSOR, "mains")}
    told = await on_conditions(hass, (MAINS, BATTERY), target, {"for": {"minutes": 5}})
    await go(hass, ups, {OFF})
    freezer.tick(timedelta(minutes=4))
    assert await ask(hass, told) == set()
    freezer.tick(timedelta(minutes=2))
    assert await ask(hass, told) == {BATTERY}
    await go(hass, ups, None)
    await go(hass, ups, {OFF})
    assert await ask(hass, told) == set()
    freezer.tick(timedelta(minutes=6))
    assert await ask(hass, told) == {BATTERY}
