"""The blueprints, as automations that run: what they do when the mains goes."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
import shutil
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_fire_time_changed,
)

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.components.persistent_notification import _async_get_or_create_notifications
from homeassistant.const import Platform
from homeassistant.core import Event, HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .units import Unit, after, entity_id, set_up
from custom_components.ups_protocols.ups.errors import Rejected
from custom_components.ups_protocols.ups.model import Command, Danger, Parameter, StatusFlag
from tests.ups.fakes import settle

BLUEPRINTS = Path(__file__).parents[2] / "blueprints" / "automation" / "ups_protocols"
DONE = {"event": "done", "event_data": {"battery": "{{ states(charge) }}"}}
SHUTDOWN = Command(
    name="shutdown.return",
    danger=Danger.CUTS_POWER,
    parameters=(Parameter(name="delay", minimum=0, maximum=600, step=1, default=20),),
)


@pytest.fixture(autouse=True)
def _blueprints(hass: HomeAssistant) -> Any:
    """Put the blueprints where a user's are, and take them away again."""
    folder = Path(hass.config.path("blueprints", "automation", "ups_protocols"))
    shutil.copytree(BLUEPRINTS, folder, dirs_exist_ok=True)
    yield
    shutil.rmtree(folder)


@pytest.fixture
def ups(unit: Unit) -> Unit:
    """A UPS that can be shut down and tested."""
    unit.flags = frozenset(StatusFlag)
    unit.commands = [SHUTDOWN, Command(name="test.battery.start.quick", danger=Danger.USES_BATTERY)]
    unit.values |= {"battery.charge": 100.0, "battery.runtime": 1200.0}
    unit.says(StatusFlag.ON_LINE)
    return unit


async def use(hass: HomeAssistant, blueprint: str, **inputs: Any) -> list[Event]:
    """Make an automation of a blueprint; return the events by which it tells that it is done."""
    automation = {
        "alias": "of a blueprint",
        "use_blueprint": {"path": f"ups_protocols/{blueprint}.yaml", "input": inputs},
    }
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: [automation]})
    await hass.async_block_till_done()
    (state,) = hass.states.async_all(AUTOMATION)
    assert state.state == "on", state
    return async_capture_events(hass, "done")


async def wait(hass: HomeAssistant, seconds: float) -> None:
    """Let Home Assistant's own time pass."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
    await hass.async_block_till_done()


def inputs_of(hass: HomeAssistant, **more: Any) -> dict[str, Any]:
    """Return the inputs that name the UPS's entities."""
    return {
        "mains": entity_id(hass, Platform.BINARY_SENSOR, "mains"),
        "charge": entity_id(hass, Platform.SENSOR, "battery.charge"),
        "shut_down": [DONE],
        **more,
    }


async def on_battery(hass: HomeAssistant, ups: Unit, **values: float) -> None:
    """Have the mains fail, or the battery be emptier."""
    ups.says(StatusFlag.ON_BATTERY)
    ups.values |= {name.replace("_", "."): value for name, value in values.items()}
    await after(hass, ups, 31)


async def test_shut_down(hass: HomeAssistant, ups: Unit) -> None:
    """At the limit, when it has been so for a while: armed first, then your actions, once."""
    await set_up(hass)
    done = await use(hass, "shut_down_before_empty", **inputs_of(hass, charge_limit=40, delay=120))
    await on_battery(hass, ups, battery_charge=41)
    await wait(hass, 20)
    assert not done
    await on_battery(hass, ups, battery_charge=40)
    assert not done
    await wait(hass, 20)
    assert [event.data["battery"] for event in done] == [40]
    assert ups.ran == [("shutdown.return", {"delay": 120})]
    await on_battery(hass, ups, battery_charge=39)
    await wait(hass, 60)
    assert len(done) == 1


async def test_no_shut_down_on_mains(hass: HomeAssistant, ups: Unit) -> None:
    """Not with mains there, not for a limit that is touched for a moment."""
    await set_up(hass)
    done = await use(hass, "shut_down_before_empty", **inputs_of(hass))
    ups.values["battery.charge"] = 5.0
    await after(hass, ups, 31)
    await wait(hass, 20)
    await on_battery(hass, ups, battery_charge=5)
    ups.says(StatusFlag.ON_LINE)
    await after(hass, ups, 2)
    await wait(hass, 40)
    assert not done
    assert ups.ran == []


async def test_shut_down_by_runtime(hass: HomeAssistant, ups: Unit) -> None:
    """In whatever unit the sensor is shown."""
    await set_up(hass)
    runtime = entity_id(hass, Platform.SENSOR, "battery.runtime")
    done = await use(
        hass,
        "shut_down_before_empty",
        **inputs_of(hass, runtime=runtime, runtime_limit=10, arm=False),
    )
    await on_battery(hass, ups, battery_runtime=660)
    await wait(hass, 20)
    assert not done
    await on_battery(hass, ups, battery_runtime=590)
    await wait(hass, 20)
    assert len(done) == 1
    assert ups.ran == []


async def test_shut_down_though_the_ups_refuses(hass: HomeAssistant, ups: Unit) -> None:
    """An empty battery is worse."""
    await set_up(hass)
    assert await async_setup_component(hass, "persistent_notification", {})
    done = await use(hass, "shut_down_before_empty", **inputs_of(hass))
    ups.action_failure = Rejected("no")
    await on_battery(hass, ups, battery_charge=20)
    await wait(hass, 20)
    assert len(done) == 1
    (told,) = _async_get_or_create_notifications(hass).values()
    assert told["title"] == "The UPS was not armed"


async def test_shut_down_with_the_delay_of_the_ups(hass: HomeAssistant, ups: Unit) -> None:
    """One that takes no delay is told without."""
    ups.commands[0] = replace(SHUTDOWN, parameters=())
    await set_up(hass)
    done = await use(hass, "shut_down_before_empty", **inputs_of(hass, own_delay=True))
    await on_battery(hass, ups, battery_charge=20)
    await wait(hass, 20)
    assert len(done) == 1
    assert ups.ran == [("shutdown.return", {})]


# telling


TOLD = {"event": "done", "event_data": {"title": "{{ title }}", "message": "{{ message }}"}}


async def test_notification(hass: HomeAssistant, ups: Unit) -> None:
    """What is left when the mains goes, how long it was when it is back."""
    await set_up(hass)
    events = entity_id(hass, Platform.EVENT, "power_events")
    done = await use(hass, "power_notification", events=[events], notify=[TOLD])
    await on_battery(hass, ups)
    ups.says(StatusFlag.ON_LINE)
    await after(hass, ups, 2)
    ups.says(StatusFlag.ON_LINE, StatusFlag.OVERLOADED)
    await after(hass, ups, 2)
    lost, back = (event.data for event in done)
    assert lost == {
        "title": "Mains power is gone",
        "message": "One runs on its battery: 100.0 % charge, 20 minutes left.",
    }
    assert back["title"] == "Mains power is back"
    assert back["message"].startswith("One has mains again, after ")


async def test_notification_of_what_is_wanted(hass: HomeAssistant, ups: Unit) -> None:
    """Other events are as quiet as one wishes."""
    await set_up(hass)
    events = entity_id(hass, Platform.EVENT, "power_events")
    done = await use(hass, "power_notification", events=[events], notify=[TOLD], tells=["overload"])
    await on_battery(hass, ups)
    ups.says(StatusFlag.ON_LINE, StatusFlag.OVERLOADED)
    await after(hass, ups, 2)
    assert [event.data["title"] for event in done] == ["The UPS is overloaded"]


# testing

TESTED = {"event": "done", "event_data": {"result": "{{ result }}", "message": "{{ message }}"}}


async def meanwhile(ups: Unit, seconds: float = 31) -> None:
    """Let time pass for the UPS while an automation waits for it."""
    await ups.clock.advance(seconds, step=0.5)
    await settle()


async def weekly(hass: HomeAssistant, freezer: FrozenDateTimeFactory, **more: Any) -> list[Event]:
    """Make the automation and come to its hour."""
    freezer.move_to("2026-11-28 10:59:58+00:00")  # a Saturday
    await hass.config.async_set_time_zone("UTC")
    done = await use(
        hass,
        "battery_test",
        events=entity_id(hass, Platform.EVENT, "power_events"),
        mains=entity_id(hass, Platform.BINARY_SENSOR, "mains"),
        charge=entity_id(hass, Platform.SENSOR, "battery.charge"),
        report=[TESTED],
        **more,
    )
    freezer.move_to("2026-11-28 11:00:01+00:00")
    async_fire_time_changed(hass, dt_util.utcnow())
    # it may wait for the result now: not until nothing runs any more
    await settle()
    return done


@pytest.mark.parametrize(
    ("word", "result"), [("Done and passed", "passed"), ("Done and error", "failed")]
)
async def test_weekly_test(
    hass: HomeAssistant, ups: Unit, freezer: FrozenDateTimeFactory, word: str, result: str
) -> None:
    """The test is run, and its result told."""
    ups.values["ups.test.result"] = "No test initiated"
    await set_up(hass)
    done = await weekly(hass, freezer)
    assert ups.ran == [("test.battery.start.quick", {})]
    ups.says(StatusFlag.ON_LINE, StatusFlag.TESTING)
    ups.values["ups.test.result"] = "In progress"
    await meanwhile(ups)
    assert not done
    ups.says(StatusFlag.ON_LINE)
    ups.values["ups.test.result"] = word
    await meanwhile(ups)
    assert [event.data["result"] for event in done] == [result]


async def test_weekly_test_that_is_skipped(
    hass: HomeAssistant, ups: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """Not with an empty battery."""
    ups.values["battery.charge"] = 60.0
    await set_up(hass)
    done = await weekly(hass, freezer)
    assert ups.ran == []
    assert [event.data["result"] for event in done] == ["skipped"]
    assert "60" in done[0].data["message"]


async def test_weekly_test_that_is_refused(
    hass: HomeAssistant, ups: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """The report says so."""
    await set_up(hass)
    ups.action_failure = Rejected("no")
    done = await weekly(hass, freezer)
    assert [event.data["result"] for event in done] == ["refused"]


async def test_weekly_test_on_its_day(
    hass: HomeAssistant, ups: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """No other."""
    await set_up(hass)
    done = await weekly(hass, freezer, day="sun")
    assert not done
    assert ups.ran == []
