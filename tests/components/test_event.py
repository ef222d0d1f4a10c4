"""Power events: each fact is told once, and the last one is there after a restart."""

from datetime import datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_mock_restore_state_shutdown_restart,
    mock_restore_cache_with_extra_data,
)

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.const import (
    EVENT_HOMEASSISTANT_STOP,
    EVENT_STATE_CHANGED,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Platform,
)
from homeassistant.core import CoreState, Event, EventStateChangedData, HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .units import ENTRY_ID, Unit, after, entity_id, keys, make_entry, set_up, state_of, value_of
from custom_components.ups_protocols.const import DOMAIN
from custom_components.ups_protocols.power_events import PowerEventType
from custom_components.ups_protocols.ups import model
from custom_components.ups_protocols.ups.errors import LinkLost, NoReply
from custom_components.ups_protocols.ups.model import StatusFlag, Value

EVENT = Platform.EVENT
KEY = "power_events"
ON, OFF = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY
BEGIN = datetime(2026, 10, 3, 12, tzinfo=dt_util.UTC)
BATTERY: dict[str, Value] = {
    "battery.charge": 90.0,
    "ups.load": 25.0,
    "battery.runtime": 1200.0,
}
TOLD = {"charge": 90.0, "load": 25.0, "runtime": 1200.0}
OF_ENTITIES = {"event_types", "friendly_name"}


@pytest.fixture(autouse=True)
def _begin(freezer: FrozenDateTimeFactory) -> None:
    """Stop the clock."""
    freezer.move_to(BEGIN)


@pytest.fixture
def ups(unit: Unit) -> Unit:
    """A UPS that tells all flags."""
    unit.flags = frozenset(StatusFlag)
    unit.values = dict(BATTERY)
    return unit


class Heard:
    """What the event entity comes to be, in order."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._changes = async_capture_events(hass, EVENT_STATE_CHANGED)

    def all(self) -> list[tuple[str, dict[str, Any]]]:
        """Return all events so far, with what they tell."""
        return [(state.attributes["event_type"], said_by(state)) for state in self.states()]

    def states(self) -> list[State]:
        """Return the state of each event so far."""
        return [state for change in self._changes if (state := self._new(change)) is not None]

    def kinds(self) -> list[str]:
        """Return the kinds of all events so far, in order, and forget them."""
        found = [kind for kind, _ in self.all()]
        self._changes.clear()
        return found

    @staticmethod
    def _new(change: Event[EventStateChangedData]) -> State | None:
        """Return the state, if it is that of an event which has just happened."""
        state, old = change.data["new_state"], change.data["old_state"]
        if not change.data["entity_id"].startswith("event.") or state is None or old is None:
            return None
        # an entity that is loaded again has the event that it had
        loads = STATE_UNAVAILABLE in {state.state, old.state}
        return None if loads or state.state in {old.state, STATE_UNKNOWN} else state


@pytest.fixture
def heard(hass: HomeAssistant) -> Heard:
    """Listen to the event entity."""
    return Heard(hass)


def said_by(state: State) -> dict[str, Any]:
    """Return what an event tells."""
    told = {name: value for name, value in state.attributes.items() if name not in OF_ENTITIES}
    del told["event_type"]
    return told


async def says(hass: HomeAssistant, unit: Unit, *flags: StatusFlag, **rest: Any) -> None:
    """Have the UPS say this, at once or when it is back."""
    was_silent = unit.failure is not None
    unit.failure = None
    unit.says(*flags, **rest)
    await after(hass, unit, 31 if was_silent else 1)


async def silent(hass: HomeAssistant, unit: Unit) -> None:
    """Have the UPS be out of reach."""
    unit.failure = LinkLost("hung up")
    await after(hass, unit, 2)


async def restart(hass: HomeAssistant) -> None:
    """Load the entry again."""
    assert await hass.config_entries.async_reload(ENTRY_ID)
    await hass.async_block_till_done()


# the entity


async def test_every_unit_has_one(hass: HomeAssistant, unit: Unit, heard: Heard) -> None:
    """What the mains does a PDU does not know, but it can be out of reach as well."""
    unit.flags = frozenset({StatusFlag.OVERLOADED})
    await set_up(hass)
    assert keys(hass, EVENT) == {KEY}
    state = state_of(hass, EVENT, KEY)
    assert state.state == STATE_UNKNOWN
    assert state.attributes["event_types"] == [str(kind) for kind in PowerEventType]
    await silent(hass, unit)
    assert heard.kinds() == ["communication_lost"]
    assert value_of(hass, EVENT, KEY) == BEGIN.isoformat(timespec="milliseconds")


async def test_last_event_survives_a_restart(hass: HomeAssistant, ups: Unit, heard: Heard) -> None:
    """Whether the UPS answers afterwards or not."""
    await set_up(hass)
    await says(hass, ups, OFF)
    before = state_of(hass, EVENT, KEY)
    heard.kinds()
    ups.failure = NoReply("silence")
    await restart(hass)
    after_it = state_of(hass, EVENT, KEY)
    assert after_it.state == before.state
    assert after_it.attributes == before.attributes
    assert not heard.kinds()


async def test_last_event_is_written_when_home_assistant_stops(
    hass: HomeAssistant, ups: Unit, hass_storage: dict[str, Any]
) -> None:
    """What the disk has after it brings the event back."""
    await set_up(hass)
    await says(hass, ups, OFF)
    event = entity_id(hass, EVENT, KEY)
    await async_mock_restore_state_shutdown_restart(hass)
    written = {
        each["state"]["entity_id"]: each for each in hass_storage["core.restore_state"]["data"]
    }
    assert written[event]["state"]["state"] == BEGIN.isoformat(timespec="milliseconds")
    assert written[event]["extra_data"] == {
        "last_event_type": "power_lost",
        "last_event_attributes": TOLD,
    }


async def test_last_event_is_restored_from_what_was_written(hass: HomeAssistant, ups: Unit) -> None:
    """Home Assistant has just started, and knows only that."""
    entry = make_entry()
    row = er.async_get(hass).async_get_or_create(
        EVENT, DOMAIN, f"{ENTRY_ID}_{KEY}", suggested_object_id="one_power_events"
    )
    then = "2026-10-01T08:00:00.000+00:00"
    extra = {"last_event_type": "test_failed", "last_event_attributes": {"result": "done"}}
    mock_restore_cache_with_extra_data(hass, [(State(row.entity_id, then), extra)])
    await set_up(hass, entry)
    state = state_of(hass, EVENT, KEY)
    assert state.state == then
    assert state.attributes["event_type"] == "test_failed"
    assert said_by(state) == {"result": "done"}


async def test_entity_that_is_disabled(hass: HomeAssistant, ups: Unit, heard: Heard) -> None:
    """Nobody listens, and nothing fails."""
    er.async_get(hass).async_get_or_create(
        EVENT, DOMAIN, f"{ENTRY_ID}_{KEY}", disabled_by=er.RegistryEntryDisabler.USER
    )
    await set_up(hass)
    await says(hass, ups, OFF)
    assert not heard.kinds()
    assert value_of(hass, Platform.SENSOR, "kept.outage.count") == "1"


# the mains


async def test_mains_goes_and_comes(
    hass: HomeAssistant, ups: Unit, heard: Heard, freezer: FrozenDateTimeFactory
) -> None:
    """With what the battery had, and how long it took."""
    await set_up(hass)
    assert not heard.kinds()
    await says(hass, ups, OFF)
    assert heard.all() == [("power_lost", TOLD)]
    heard.kinds()
    freezer.tick(timedelta(seconds=90))
    ups.values |= {"battery.charge": 40.0, "input.transfer.reason": "blackout"}
    await after(hass, ups, 31)
    freezer.tick(timedelta(seconds=90))
    await says(hass, ups, ON)
    assert heard.all() == [
        (
            "power_restored",
            TOLD | {"charge": 40.0, "duration": 180.0, "lowest_charge": 40.0, "reason": "blackout"},
        )
    ]


async def test_test_of_the_battery_is_no_power_failure(
    hass: HomeAssistant, ups: Unit, heard: Heard
) -> None:
    """Even where the battery is low in it, which is told."""
    await set_up(hass)
    await says(hass, ups, OFF, StatusFlag.TESTING)
    await says(hass, ups, OFF, StatusFlag.TESTING, StatusFlag.LOW_BATTERY)
    await says(hass, ups, ON)
    assert heard.kinds() == ["low_battery"]


async def test_values_that_are_missing_are_left_out(
    hass: HomeAssistant, unit: Unit, heard: Heard
) -> None:
    """They are not nothing."""
    await set_up(hass)
    await says(hass, unit, OFF)
    assert heard.all() == [("power_lost", {})]


async def test_outage_that_ends_while_home_assistant_is_down(
    hass: HomeAssistant, ups: Unit, heard: Heard, freezer: FrozenDateTimeFactory
) -> None:
    """Its end is told when the UPS is heard, and that its time is an estimate."""
    await set_up(hass)
    await says(hass, ups, OFF)
    heard.kinds()
    freezer.tick(timedelta(seconds=3600))
    ups.says(ON)
    await restart(hass)
    (kind, told), *more = heard.all()
    assert (kind, more) == ("power_restored", [])
    assert told["duration"] == 3600.0
    assert told["estimated"] is True
    await restart(hass)
    assert heard.kinds() == ["power_restored"]


async def test_outage_that_begins_while_home_assistant_is_down(
    hass: HomeAssistant, ups: Unit, heard: Heard
) -> None:
    """And goes on over the next restart: it is told once."""
    await set_up(hass)
    ups.says(OFF, StatusFlag.LOW_BATTERY)
    for expected in ([("power_lost", TOLD | {"estimated": True}), ("low_battery", TOLD)], []):
        await restart(hass)
        assert heard.all() == expected
        heard.kinds()


# flags


@pytest.mark.parametrize(
    ("flag", "kind"),
    [(StatusFlag.LOW_BATTERY, "low_battery"), (StatusFlag.OVERLOADED, "overload")],
)
async def test_flag_that_comes_up(
    hass: HomeAssistant, ups: Unit, heard: Heard, flag: StatusFlag, kind: str
) -> None:
    """It is told when it comes up; silence, doubt and restarts do not make it come up again."""
    await set_up(hass)
    await says(hass, ups, ON, flag)
    assert heard.all() == [(kind, TOLD)]
    heard.kinds()
    await says(hass, ups)
    await says(hass, ups, ON, flag)
    await silent(hass, ups)
    await says(hass, ups, ON, flag)
    await restart(hass)
    assert heard.kinds() == ["communication_lost", "communication_restored"]
    await says(hass, ups, ON)
    assert not heard.kinds()
    await says(hass, ups, ON, flag)
    assert heard.kinds() == [kind]
    # it went and came while nobody could see it go
    await says(hass, ups, ON)
    await silent(hass, ups)
    await says(hass, ups, ON, flag)
    assert heard.kinds() == ["communication_lost", "communication_restored", kind]


async def test_all_at_once(hass: HomeAssistant, ups: Unit, heard: Heard) -> None:
    """What one status tells are as many events, one after the other."""
    await set_up(hass)
    await says(hass, ups, OFF, StatusFlag.LOW_BATTERY, StatusFlag.OVERLOADED)
    times = [state.state for state in heard.states()]
    assert times == sorted(set(times))
    assert heard.kinds() == ["power_lost", "low_battery", "overload"]


# communication


async def test_communication(
    hass: HomeAssistant, ups: Unit, heard: Heard, freezer: FrozenDateTimeFactory
) -> None:
    """Why it is lost, and for how long it was."""
    await set_up(hass)
    await silent(hass, ups)
    assert heard.all() == [("communication_lost", TOLD | {"error": "link_lost"})]
    # for another cause, it is still lost
    ups.failure = None
    ups.open_failure = NoReply("silence")
    await after(hass, ups, 60)
    heard.kinds()
    freezer.tick(timedelta(seconds=75))
    ups.open_failure = None
    await after(hass, ups, 31)
    assert heard.all() == [("communication_restored", {"duration": 75.0})]


async def test_communication_over_restarts(
    hass: HomeAssistant, ups: Unit, heard: Heard, freezer: FrozenDateTimeFactory
) -> None:
    """It is not lost by a restart, nor lost again; what was lost before comes back."""
    await set_up(hass)
    await restart(hass)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await after(hass, ups, 60)
    await restart(hass)
    assert not heard.kinds()
    # silent at the start: it was not there before, so it was not lost
    ups.failure = NoReply("silence")
    await restart(hass)
    await after(hass, ups, 60)
    await says(hass, ups, ON)
    assert not heard.kinds()
    await silent(hass, ups)
    assert heard.kinds() == ["communication_lost"]
    await restart(hass)
    await after(hass, ups, 60)
    assert not heard.kinds()
    freezer.tick(timedelta(seconds=500))
    await says(hass, ups, ON)
    assert heard.all() == [("communication_restored", {"duration": 500.0})]


async def test_clock_that_was_set_back(
    hass: HomeAssistant, ups: Unit, heard: Heard, freezer: FrozenDateTimeFactory
) -> None:
    """How long it took is then not known."""
    await set_up(hass)
    await says(hass, ups, OFF)
    await silent(hass, ups)
    heard.kinds()
    freezer.move_to(BEGIN - timedelta(days=300))
    await says(hass, ups, ON)
    assert [(kind, "duration" in told) for kind, told in heard.all()] == [
        ("communication_restored", False),
        ("power_restored", False),
    ]


# tests


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("Done and passed", [("test_passed", TOLD | {"result": "done_and_passed"})]),
        ("Done and warning", [("test_passed", TOLD | {"result": "done_and_warning"})]),
        ("Done and error", [("test_failed", TOLD | {"result": "done_and_error"})]),
        ("Aborted", []),
        ("Not possible", []),
        ("No test initiated", []),
    ],
)
async def test_test_that_is_seen(
    hass: HomeAssistant,
    ups: Unit,
    heard: Heard,
    result: str,
    expected: list[tuple[str, dict[str, Any]]],
) -> None:
    """By its flag; each of two that end alike is told."""
    ups.values["ups.test.result"] = result
    await set_up(hass)
    assert not heard.all()
    for _ in range(2):
        await says(hass, ups, OFF, StatusFlag.TESTING)
        await after(hass, ups, 31)
        await says(hass, ups, ON)
        await after(hass, ups, 31)
        assert heard.all() == expected
        heard.kinds()


async def test_test_that_only_its_result_tells(
    hass: HomeAssistant, ups: Unit, heard: Heard
) -> None:
    """Then its result tells it."""
    ups.values["ups.test.result"] = "No test initiated"
    await set_up(hass)
    for result, expected in (
        ("In progress", []),
        ("Done and passed", ["test_passed"]),
        ("Done and error", ["test_failed"]),
    ):
        ups.values["ups.test.result"] = result
        await after(hass, ups, 31)
        assert heard.kinds() == expected


async def test_test_while_home_assistant_is_down(
    hass: HomeAssistant, ups: Unit, heard: Heard
) -> None:
    """What a new UPS says of its last one is history; what changed since then is news."""
    ups.values["ups.test.result"] = "Done and passed"
    await set_up(hass)
    await restart(hass)
    assert not heard.kinds()
    ups.values["ups.test.result"] = "Done and error"
    await restart(hass)
    assert heard.kinds() == ["test_failed"]
    await restart(hass)
    assert not heard.kinds()


# what a UPS tells by itself


async def push(hass: HomeAssistant, unit: Unit, *names: str) -> None:
    """Have the UPS tell of this."""
    for name in names:
        unit.push(model.Event(name))
    await hass.async_block_till_done()


async def test_push_of_what_the_state_tells(hass: HomeAssistant, ups: Unit, heard: Heard) -> None:
    """The state tells it, in the same moment."""
    ups.values["ups.test.result"] = "No test initiated"
    await set_up(hass)
    await push(
        hass,
        ups,
        "on_battery",
        "utility_failed",
        "power_restored",
        "low_battery",
        "overload",
        "test_passed",
        "test_failed",
        "communication_lost",
        "communication_found",
    )
    assert not heard.kinds()


async def test_push_of_what_no_state_tells(
    hass: HomeAssistant, unit: Unit, heard: Heard, freezer: FrozenDateTimeFactory
) -> None:
    """It is an event; one that is sent again at once is the same, unless it was over."""
    unit.flags = frozenset({StatusFlag.OFF})
    unit.says(StatusFlag.OFF)
    unit.values = {"ups.load": 95.0}
    await set_up(hass)
    await push(hass, unit, "overload")
    assert heard.all() == [("overload", {"load": 95.0})]
    heard.kinds()
    await push(hass, unit, "overload", "overload")
    assert not heard.kinds()
    await push(hass, unit, "overload_cleared", "overload")
    assert heard.kinds() == ["overload"]
    freezer.tick(timedelta(minutes=2))
    await push(hass, unit, "overload")
    assert heard.kinds() == ["overload"]
    await push(hass, unit, "on_battery", "utility_failed", "low_battery", "power_restored")
    assert heard.kinds() == ["power_lost", "low_battery", "power_restored"]
    await push(hass, unit, "on_battery", "low_battery", "utility_restored")
    assert heard.kinds() == ["power_lost", "low_battery", "power_restored"]
    await push(hass, unit, "test_passed", "test_failed", "test_failed")
    assert heard.kinds() == ["test_passed", "test_failed"]
    await push(hass, unit, "test_started", "test_failed")
    assert heard.kinds() == ["test_failed"]


async def test_push_of_anything_else(hass: HomeAssistant, unit: Unit, heard: Heard) -> None:
    """It is no power event, and what the availability tells is not told twice."""
    unit.flags = frozenset({StatusFlag.OFF})
    await set_up(hass)
    await push(hass, unit, "fan_failed", "communication_lost", "communication_found", "notice")
    assert not heard.kinds()


# automations


async def automate(hass: HomeAssistant, *kinds: str) -> list[Event]:
    """Have an automation of core's own trigger for events tell of these."""
    assert await async_setup_component(
        hass,
        AUTOMATION,
        {
            AUTOMATION: {
                "triggers": {
                    "trigger": "event.received",
                    "target": {"entity_id": "event.one_power_events"},
                    "options": {"event_type": list(kinds)},
                },
                "actions": {
                    "event": "told",
                    "event_data": {"kind": "{{ trigger.to_state.attributes.event_type }}"},
                },
            }
        },
    )
    await hass.async_block_till_done()
    return async_capture_events(hass, "told")


async def test_trigger_for_events(hass: HomeAssistant, ups: Unit) -> None:
    """Core's trigger hears each of the kinds that it is told to."""
    await set_up(hass)
    told = await automate(hass, "power_lost", "low_battery", "communication_lost")
    await says(hass, ups, OFF, StatusFlag.LOW_BATTERY, StatusFlag.OVERLOADED)
    await silent(hass, ups)
    await says(hass, ups, ON)
    assert [event.data["kind"] for event in told] == [
        "power_lost",
        "low_battery",
        "communication_lost",
    ]


async def test_events_wait_until_automations_listen(hass: HomeAssistant, ups: Unit) -> None:
    """What happened while Home Assistant was down is heard by its automations."""
    await set_up(hass)
    await says(hass, ups, OFF)
    await hass.config_entries.async_unload(ENTRY_ID)
    hass.set_state(CoreState.not_running)
    ups.says(ON)
    assert await hass.config_entries.async_setup(ENTRY_ID)
    told = await automate(hass, "power_restored", "power_lost")
    await after(hass, ups, 31)
    assert state_of(hass, EVENT, KEY).attributes["event_type"] == "power_lost"
    assert not told
    await hass.async_start()
    await hass.async_block_till_done()
    assert [event.data["kind"] for event in told] == ["power_restored"]
    await says(hass, ups, OFF)
    assert [event.data["kind"] for event in told] == ["power_restored", "power_lost"]


async def test_entry_that_is_unloaded_while_events_wait(
    hass: HomeAssistant, ups: Unit, heard: Heard
) -> None:
    """What waits for an entity that is gone is heard by nobody."""
    hass.set_state(CoreState.not_running)
    ups.says(OFF)
    await set_up(hass)
    assert await hass.config_entries.async_unload(ENTRY_ID)
    await hass.async_start()
    await hass.async_block_till_done()
    assert not heard.kinds()
