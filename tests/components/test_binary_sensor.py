"""Binary sensors: the mains, the flags, the alarms."""

import pytest
from syrupy.assertion import SnapshotAssertion

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant

from .units import (
    DIALECTS,
    Simulated,
    Unit,
    after,
    check,
    keys,
    row_of,
    set_up,
    state_of,
    until,
    value_of,
)
from custom_components.ups_protocols.ups.model import Alarm, StatusFlag

BINARY_SENSOR = Platform.BINARY_SENSOR


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("simulated", DIALECTS, indirect=True)
async def test_simulated_units(
    hass: HomeAssistant,
    simulated: Simulated,
    snapshot: SnapshotAssertion,
) -> None:
    """Every binary sensor of simulated units, the mains gone."""
    simulated.ups.mains(False)
    await set_up(hass, simulated.entry())
    check(hass, snapshot)


@pytest.mark.usefixtures("platform")
async def test_everything(
    hass: HomeAssistant,
    unit: Unit,
    snapshot: SnapshotAssertion,
) -> None:
    """Every flag that there is, and an alarm."""
    unit.flags = frozenset(StatusFlag)
    unit.says(*StatusFlag, alarms=(Alarm("Fan failed"),))
    await set_up(hass)
    check(hass, snapshot)


async def test_power_failure_of_a_simulated_unit(hass: HomeAssistant, simulated: Simulated) -> None:
    """From the plug that is pulled to the state, and back."""
    await set_up(hass, simulated.entry())
    assert value_of(hass, BINARY_SENSOR, "mains") == STATE_ON
    simulated.ups.mains(False)
    await until(hass, lambda: value_of(hass, BINARY_SENSOR, "mains") == STATE_OFF)
    assert value_of(hass, BINARY_SENSOR, "on_battery") == STATE_ON
    simulated.ups.mains(True)
    await until(hass, lambda: value_of(hass, BINARY_SENSOR, "mains") == STATE_ON)
    assert value_of(hass, BINARY_SENSOR, "on_battery") == STATE_OFF


async def test_only_flags_that_the_unit_can_report(hass: HomeAssistant, unit: Unit) -> None:
    """Others make no entity."""
    unit.flags = frozenset({StatusFlag.ON_BATTERY, StatusFlag.REPLACE_BATTERY})
    await set_up(hass)
    assert keys(hass, BINARY_SENSOR) == {"mains", "on_battery", "replace_battery", "ups.alarm"}


async def test_distribution_unit_has_no_mains(hass: HomeAssistant, unit: Unit) -> None:
    """A device that reports neither OL nor OB cannot tell."""
    unit.flags = frozenset({StatusFlag.OFF, StatusFlag.OVERLOADED})
    unit.says(StatusFlag.OVERLOADED)
    entry = await set_up(hass)
    assert keys(hass, BINARY_SENSOR) == {"output_off", "overloaded", "ups.alarm"}
    assert entry.runtime_data.past.now("mains") is None
    assert value_of(hass, BINARY_SENSOR, "overloaded") == STATE_ON
    assert value_of(hass, BINARY_SENSOR, "output_off") == STATE_OFF


@pytest.mark.parametrize(
    ("flags", "rest", "expected"),
    [
        ({StatusFlag.ON_LINE}, {}, STATE_ON),
        ({StatusFlag.ON_BATTERY}, {}, STATE_OFF),
        ({StatusFlag.ON_BATTERY, StatusFlag.TESTING}, {}, STATE_ON),
        ({StatusFlag.ON_BATTERY, StatusFlag.CALIBRATING}, {}, STATE_ON),
        ({StatusFlag.ON_BATTERY, StatusFlag.TESTING}, {"input_present": False}, STATE_OFF),
        ({StatusFlag.LOW_BATTERY}, {}, STATE_UNKNOWN),
        (set(), {}, STATE_UNKNOWN),
    ],
    ids=str,
)
async def test_mains(
    hass: HomeAssistant,
    unit: Unit,
    flags: set[StatusFlag],
    rest: dict[str, bool],
    expected: str,
) -> None:
    """A battery test is no loss of mains, unless the device says that the input is gone."""
    unit.flags = frozenset(StatusFlag)
    unit.says(*flags, **rest)
    await set_up(hass)
    mains = state_of(hass, BINARY_SENSOR, "mains")
    assert mains.state == expected
    assert mains.attributes["device_class"] == "power"
    assert row_of(hass, BINARY_SENSOR, "mains").entity_category is None
    on_battery = STATE_ON if StatusFlag.ON_BATTERY in flags else STATE_OFF
    assert value_of(hass, BINARY_SENSOR, "on_battery") == (on_battery if flags else STATE_UNKNOWN)


async def test_alarms(hass: HomeAssistant, unit: Unit) -> None:
    """They come and go, each in its own words."""
    await set_up(hass)
    assert value_of(hass, BINARY_SENSOR, "ups.alarm") == STATE_OFF
    unit.says(StatusFlag.ON_LINE, alarms=(Alarm("Fan failed"),))
    await after(hass, unit, 1)
    assert state_of(hass, BINARY_SENSOR, "ups.alarm").attributes["alarms"] == ["Fan failed"]
    unit.says(StatusFlag.ON_LINE, alarms=(Alarm("Too hot"),))
    await after(hass, unit, 1)
    assert state_of(hass, BINARY_SENSOR, "ups.alarm").attributes["alarms"] == ["Too hot"]
    unit.says(StatusFlag.ON_LINE)
    await after(hass, unit, 1)
    alarm = state_of(hass, BINARY_SENSOR, "ups.alarm")
    assert (alarm.state, alarm.attributes["alarms"]) == (STATE_OFF, [])
