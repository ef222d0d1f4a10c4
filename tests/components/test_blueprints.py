"""The blueprints, as automations that run: what they do when the mains goes."""

from datetime import timedelta
from pathlib import Path
import shutil
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_fire_time_changed,
)

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.const import Platform
from homeassistant.core import Event, HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .units import Unit, after, entity_id, set_up
from custom_components.ups_protocols.ups.errors import Rejected
from custom_components.ups_protocols.ups.model import Command, Danger, Parameter, StatusFlag

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
    done = await use(hass, "shut_down_before_empty", **inputs_of(hass))
    ups.action_failure = Rejected("no")
    await on_battery(hass, ups, battery_charge=20)
    await wait(hass, 20)
    assert len(done) == 1
