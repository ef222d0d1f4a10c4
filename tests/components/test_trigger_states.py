"""The triggers of overload, of a battery to be replaced and of a failed test, in automations."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.const import STATE_ON, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er, label_registry as lr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .automations import go, keys_of, on_triggers
from .units import (
    ENTRY_ID,
    Simulated,
    Unit,
    after,
    device_of,
    entity_id,
    make_entry,
    set_up,
    state_of,
    until,
    value_of,
)
from custom_components.ups_protocols.const import DOMAIN
from custom_components.ups_protocols.ups import model
from custom_components.ups_protocols.ups.model import StatusFlag

BINARY_SENSOR = Platform.BINARY_SENSOR
OVERLOADED, NOT_OVERLOADED = "became_overloaded", "no_longer_overloaded"
REPLACE = "replace_battery_detected"
TEST_FAILED = "battery_test_failed"
STATES = (OVERLOADED, NOT_OVERLOADED, REPLACE)
ALL = (*STATES, TEST_FAILED)
OK = {StatusFlag.ON_LINE}
OVER = OK | {StatusFlag.OVERLOADED}
BAD = OK | {StatusFlag.REPLACE_BATTERY}
BOTH = OVER | BAD
UNSURE: set[StatusFlag] = set()
SILENT = None


@pytest.fixture
def ups(unit: Unit) -> Unit:
    """A UPS that tells all flags."""
    unit.flags = frozenset(StatusFlag)
    unit.values["ups.test.result"] = "No test initiated"
    return unit


async def two_units(hass: HomeAssistant, units: dict[str, Unit]) -> tuple[Unit, Unit]:
    """Set up two of them."""
    for number in (1, 2):
        unit = units[f"fake:{number}"] = Unit()
        unit.flags = frozenset(StatusFlag)
        await set_up(hass, make_entry(f"fake:{number}", entry_id=f"entry_{number}"))
    return units["fake:1"], units["fake:2"]


def of_both(hass: HomeAssistant, key: str) -> list[str]:
    """Return the binary sensors of both units."""
    return [entity_id(hass, BINARY_SENSOR, key, f"entry_{number}") for number in (1, 2)]


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        ([OK, OVER], [OVERLOADED]),
        ([OK, OVER, OK, OVER], [OVERLOADED, NOT_OVERLOADED, OVERLOADED]),
        ([OVER, SILENT, OVER], []),
        ([OK, SILENT, OVER, SILENT, OK], [OVERLOADED, NOT_OVERLOADED]),
        ([OVER, UNSURE, OVER], []),
        ([OVER, UNSURE, OK], [NOT_OVERLOADED]),
        ([OK, BAD], [REPLACE]),
        ([OK, BAD, SILENT, BAD, UNSURE, BAD], [REPLACE]),
        ([OK, BAD, OK, BAD], [REPLACE, REPLACE]),
        ([OK, SILENT, BAD], [REPLACE]),
        ([OK, BOTH, BAD], [OVERLOADED, REPLACE, NOT_OVERLOADED]),
        ([BOTH, OK], [NOT_OVERLOADED]),
    ],
    ids=str,
)
async def test_course_of_the_flags(
    hass: HomeAssistant,
    ups: Unit,
    course: list[set[StatusFlag] | None],
    expected: list[str],
) -> None:
    """The UPS is all that is named; what counts is what it was when it was last known."""
    first, *rest = course
    assert first is not None
    ups.says(*first)
    await set_up(hass)
    device = device_of(hass)
    assert device is not None
    told = await on_triggers(hass, STATES, {"device_id": device.id})
    for flags in rest:
        await go(hass, ups, flags)
    # what one status tells has no order
    assert sorted(keys_of(told)) == sorted(expected)


async def test_each_hears_only_its_own_sensor(hass: HomeAssistant, ups: Unit) -> None:
    """All are sensors of problems; one that is named and tells another thing is not heard."""
    await set_up(hass)
    told = await on_triggers(
        hass, STATES, {"entity_id": entity_id(hass, BINARY_SENSOR, "overloaded")}
    )
    await go(hass, ups, BOTH | {StatusFlag.FORCED_SHUTDOWN, StatusFlag.HIGH_BATTERY})
    assert keys_of(told) == [OVERLOADED]


async def test_labels_and_strangers(hass: HomeAssistant, ups: Unit) -> None:
    """What has the label and is not ours is none of our business."""
    await set_up(hass)
    label = lr.async_get(hass).async_create("Rack").label_id
    registry = er.async_get(hass)
    ours = entity_id(hass, BINARY_SENSOR, "replace_battery")
    other = MockConfigEntry(domain="nut")
    other.add_to_hass(hass)
    stranger = registry.async_get_or_create(
        BINARY_SENSOR,
        "nut",
        "stranger",
        config_entry=other,
        translation_key="replace_battery",
        original_device_class="problem",
    ).entity_id
    for each in (ours, stranger):
        registry.async_update_entity(each, labels={label})
    problem = {"device_class": "problem"}
    hass.states.async_set(stranger, "off", problem)
    told = await on_triggers(hass, STATES, {"label_id": label})
    hass.states.async_set(stranger, STATE_ON, problem)
    await hass.async_block_till_done()
    assert not told
    await go(hass, ups, BOTH)
    assert keys_of(told) == [REPLACE]
    assert told[0].data["entity_id"] == ours


@pytest.mark.parametrize(
    ("behavior", "expected"),
    [
        ("each", ["entry_1", "entry_2", "entry_1"]),
        ("first", ["entry_1"]),
        ("all", ["entry_2", "entry_1"]),
    ],
)
async def test_first_each_and_all(
    hass: HomeAssistant, units: dict[str, Unit], behavior: str, expected: list[str]
) -> None:
    """Of two the first, the last of all, or each; as core's triggers have it."""
    one, two = await two_units(hass, units)
    ours = of_both(hass, "overloaded")
    told = await on_triggers(hass, [OVERLOADED], {"entity_id": ours}, {"behavior": behavior})
    await go(hass, one, OVER)
    await go(hass, two, OVER)
    await go(hass, one, OK)
    await go(hass, one, OVER)
    assert [event.data["entity_id"] for event in told] == [
        entity_id(hass, BINARY_SENSOR, "overloaded", entry) for entry in expected
    ]


async def test_for_a_while(hass: HomeAssistant, ups: Unit) -> None:
    """A peak that passes can be left alone."""
    await set_up(hass)
    target = {"entity_id": entity_id(hass, BINARY_SENSOR, "overloaded")}
    told = await on_triggers(hass, [OVERLOADED], target, {"for": {"seconds": 20}})

    async def wait() -> None:
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=30))
        await hass.async_block_till_done()

    await go(hass, ups, OVER)
    await go(hass, ups, OK)
    await wait()
    assert not told
    await go(hass, ups, OVER)
    assert not told
    await wait()
    assert keys_of(told) == [OVERLOADED]


async def test_start_of_home_assistant_fires_nothing(hass: HomeAssistant, ups: Unit) -> None:
    """What is so then may have been so for long."""
    ups.says(*BOTH)
    await set_up(hass)
    device = device_of(hass)
    assert device is not None
    told = await on_triggers(hass, ALL, {"device_id": device.id})
    assert await hass.config_entries.async_reload(ENTRY_ID)
    await hass.async_block_till_done()
    assert not told


async def test_power_failure_of_a_simulated_unit(hass: HomeAssistant, simulated: Simulated) -> None:
    """From the plug that is pulled to triggers, events and the outage, and back."""
    await set_up(hass, simulated.entry())
    device = device_of(hass)
    assert device is not None
    told = await on_triggers(hass, ("power_lost", "power_restored"), {"device_id": device.id})

    def event() -> State:
        return state_of(hass, Platform.EVENT, "power_events")

    simulated.ups.mains(False)
    await until(hass, lambda: event().attributes["event_type"] == "power_lost")
    assert event().attributes["load"] > 0
    assert value_of(hass, Platform.SENSOR, "kept.outage.length") == STATE_UNKNOWN
    simulated.ups.mains(True)
    await until(hass, lambda: event().attributes["event_type"] == "power_restored")
    assert event().attributes["duration"] > 0
    assert "estimated" not in event().attributes
    assert value_of(hass, Platform.SENSOR, "kept.outage.count") == "1"
    assert float(value_of(hass, Platform.SENSOR, "kept.outage.length")) >= 0
    assert keys_of(told) == ["power_lost", "power_restored"]


# tests of the battery


async def test_each_failed_test(hass: HomeAssistant, ups: Unit) -> None:
    """Two that fail one after the other are two, though the last result stays the same."""
    await set_up(hass)
    device = device_of(hass)
    assert device is not None
    told = await on_triggers(hass, ALL, {"device_id": device.id})
    event = entity_id(hass, Platform.EVENT, "power_events")

    async def run(result: str) -> None:
        await go(hass, ups, {StatusFlag.ON_BATTERY, StatusFlag.TESTING})
        ups.values["ups.test.result"] = result
        await go(hass, ups, OK)
        await after(hass, ups, 31)

    await run("Done and passed")
    assert not told
    for count in (1, 2):
        await run("Done and error")
        assert keys_of(told) == [TEST_FAILED] * count
    assert {each.data["entity_id"] for each in told} == {event}
    # other events are other events, and the entity that is there again has nothing new
    await go(hass, ups, {StatusFlag.ON_BATTERY, StatusFlag.LOW_BATTERY})
    await run("Done and error")
    assert len(told) == 3
    assert await hass.config_entries.async_reload(ENTRY_ID)
    await hass.async_block_till_done()
    assert len(told) == 3


async def test_failed_test_that_the_unit_tells_by_itself(hass: HomeAssistant, unit: Unit) -> None:
    """One that has no result to be read."""
    await set_up(hass)
    told = await on_triggers(
        hass, [TEST_FAILED], {"entity_id": entity_id(hass, Platform.EVENT, "power_events")}
    )
    unit.push(model.Event("test_failed"))
    await hass.async_block_till_done()
    assert keys_of(told) == [TEST_FAILED]


async def test_failed_tests_of_others(hass: HomeAssistant, ups: Unit) -> None:
    """Events of other integrations are theirs, whatever they are called."""
    await set_up(hass)
    stranger = (
        er.async_get(hass)
        .async_get_or_create("event", "nut", "stranger", translation_key="power_events")
        .entity_id
    )
    told = await on_triggers(hass, [TEST_FAILED], {"entity_id": stranger})
    for second in (1, 2):
        then = f"2026-10-03T12:00:0{second}.000+00:00"
        hass.states.async_set(stranger, then, {"event_type": "test_failed"})
        await hass.async_block_till_done()
    assert not told


async def test_failed_test_takes_no_options(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    """An event is over at once: it is neither for a while nor of all."""
    config: dict[str, Any] = {
        "triggers": {
            "trigger": f"{DOMAIN}.{TEST_FAILED}",
            "target": {"entity_id": "event.one_power_events"},
            "options": {"behavior": "all"},
        },
        "actions": {"event": "told"},
    }
    await async_setup_component(hass, DOMAIN, {})
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: config})
    assert "behavior" in caplog.text
    assert "failed to setup" in caplog.text
