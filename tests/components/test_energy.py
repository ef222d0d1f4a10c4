"""Power and energy of a unit: which of its sensors they are, over restarts."""

from collections.abc import Mapping
from typing import Any

import pytest

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant

from .units import ENTRY_ID, Unit, after, keys, make_entry, row_of, set_up, state_of, value_of
from custom_components.ups_protocols.const import CONF_FULL_INTERVAL, CONF_NOMINAL_POWER, DOMAIN
from custom_components.ups_protocols.ups.errors import LinkLost, NoReply
from custom_components.ups_protocols.ups.model import DeviceKind, Value, Values

SENSOR = Platform.SENSOR
POWER, ENERGY = "kept.power", "kept.energy"
NOMINAL = {CONF_NOMINAL_POWER: 900}


def ours(hass: HomeAssistant) -> set[str]:
    """Return which of the two sensors there are that the unit itself does not have."""
    return keys(hass, SENSOR) & {POWER, ENERGY}


async def long_after(hass: HomeAssistant, unit: Unit, seconds: float) -> None:
    """Let so much time pass that single seconds do not matter."""
    await unit.clock.advance(seconds, step=10)
    await after(hass, unit, 0)


async def tell(hass: HomeAssistant, unit: Unit, values: Mapping[str, Value]) -> None:
    """Have the values with the next full read."""
    unit.values |= values
    await after(hass, unit, 31)


@pytest.mark.parametrize(
    ("values", "options", "expected"),
    [
        ({"ups.realpower": 300.0}, {}, {ENERGY}),
        ({"output.realpower": 300.0}, {}, {ENERGY}),
        ({"output.L1.realpower": 300.0, "output.L2.realpower": 10.0}, {}, {POWER, ENERGY}),
        ({"ups.load": 30.0}, NOMINAL, {POWER, ENERGY}),
        ({"ups.load": 30.0, "ups.realpower.nominal": 900.0}, {}, {POWER, ENERGY}),
        ({"ups.load": 30.0}, {}, set()),
        ({"ups.load": 30.0, "ups.power.nominal": 1500.0}, {}, set()),
        ({"input.voltage": 230.0}, NOMINAL, set()),
        # a counter of the unit is the energy of the unit
        ({"ups.realpower": 300.0, "output.energy": 12.5}, {}, set()),
        ({"ups.load": 30.0, "input.energy": 12.5}, NOMINAL, {POWER}),
        # one of an outlet is not
        ({"ups.realpower": 300.0, "outlet.1.energy": 12.5}, {}, {ENERGY}),
    ],
)
async def test_there_is_one_power_and_one_energy(
    hass: HomeAssistant,
    unit: Unit,
    values: dict[str, Value],
    options: dict[str, Any],
    expected: set[str],
) -> None:
    """What the unit has as a whole has no second sensor; they come when they can be known."""
    await set_up(hass, make_entry(options=options))
    assert ours(hass) == set()
    await tell(hass, unit, values)
    assert ours(hass) == expected
    for key in expected:
        assert state_of(hass, SENSOR, key).state not in {STATE_UNKNOWN, STATE_UNAVAILABLE}
        row = row_of(hass, SENSOR, key)
        assert row.entity_category is None
        assert not row.disabled


async def test_power_from_the_load(hass: HomeAssistant, unit: Unit) -> None:
    """It says so; it is unknown while the load is."""
    unit.values["ups.load"] = 30.0
    await set_up(hass, make_entry(options=NOMINAL))
    power = state_of(hass, SENSOR, POWER)
    assert power.state == "270.0"
    assert power.attributes["source"] == "load"
    assert power.attributes["estimated"] is True
    unit.push(Values({"ups.load": 40.0}))
    assert value_of(hass, SENSOR, POWER) == "360.0"
    del unit.values["ups.load"]
    await after(hass, unit, 31)
    power = state_of(hass, SENSOR, POWER)
    assert power.state == STATE_UNKNOWN
    assert power.attributes["source"] is None


async def test_power_of_phases(hass: HomeAssistant, unit: Unit) -> None:
    """A sum of what was measured is measured."""
    unit.values |= {"output.L1.realpower": 300.0, "output.L2.realpower": 10.0}
    await set_up(hass)
    power = state_of(hass, SENSOR, POWER)
    assert power.state == "310.0"
    assert power.attributes["source"] == "measured"
    assert "estimated" not in power.attributes


async def test_pdu_passes_on_what_it_takes(hass: HomeAssistant, unit: Unit) -> None:
    """Its input is the power of what hangs on it; the same of a UPS would hold its losses."""
    unit.identity = type(unit.identity)(kind=DeviceKind.PDU, model="PDU")
    unit.values["input.realpower"] = 300.0
    await set_up(hass)
    assert ours(hass) == {ENERGY}


async def test_counter_says_what_it_is(hass: HomeAssistant, unit: Unit) -> None:
    """Of two counters the one of the load is the energy."""
    unit.values |= {"output.energy": 12.5, "input.energy": 14.0}
    await set_up(hass)
    attributes = state_of(hass, SENSOR, "output.energy").attributes
    assert attributes["source"] == "counter"
    assert attributes["state_class"] == "total_increasing"
    assert "source" not in state_of(hass, SENSOR, "input.energy").attributes


async def test_energy_is_counted_while_the_power_stays_the_same(
    hass: HomeAssistant, unit: Unit
) -> None:
    """Nothing is told while nothing changes, and yet time goes by."""
    unit.values["ups.realpower"] = 1200.0
    await set_up(hass)
    assert value_of(hass, SENSOR, ENERGY) == "0.0"
    await long_after(hass, unit, 600)
    energy = state_of(hass, SENSOR, ENERGY)
    assert energy.state == "0.2"
    assert energy.attributes["source"] == "measured"


async def test_energy_is_written_with_full_reads_and_when_it_shows(
    hass: HomeAssistant, unit: Unit, freezer: Any
) -> None:
    """Power that is pushed every second writes no energy; 24 W are 0.2 Wh in 30 s."""
    unit.values["ups.realpower"] = 24.0
    await set_up(hass)
    seen = [state_of(hass, SENSOR, ENERGY).state]
    updated = state_of(hass, SENSOR, ENERGY).last_updated
    writes = 0
    for second in range(245):
        if second < 25:
            unit.push(Values({"ups.realpower": 24.0 + second % 2}))
        freezer.tick(1)
        await after(hass, unit, 1)
        state = state_of(hass, SENSOR, ENERGY)
        if state.last_reported != updated:
            writes += 1
            updated = state.last_reported
            seen.append(state.state)
    assert seen == ["0.0", "0.001", "0.002"]
    assert writes == 2


async def test_time_without_an_answer_adds_nothing(hass: HomeAssistant, unit: Unit) -> None:
    """Nor does the time up to the first read after it."""
    unit.values["ups.realpower"] = 1200.0
    await set_up(hass)
    await after(hass, unit, 60)
    counted = float(value_of(hass, SENSOR, ENERGY))
    assert counted == pytest.approx(0.02)
    unit.failure = LinkLost("hung up")
    await after(hass, unit, 5)
    assert value_of(hass, SENSOR, ENERGY) == STATE_UNAVAILABLE
    unit.failure = None
    await after(hass, unit, 10)
    # not even a moment that is shorter than the gaps that count
    assert float(value_of(hass, SENSOR, ENERGY)) == counted
    unit.failure = LinkLost("hung up")
    await long_after(hass, unit, 3600)
    unit.failure = None
    await after(hass, unit, 32)
    assert float(value_of(hass, SENSOR, ENERGY)) <= counted + 0.011


async def test_full_reads_that_fail_leave_a_gap(hass: HomeAssistant, unit: Unit) -> None:
    """Two of them are bridged, for the power is known at both ends."""
    unit.values["ups.realpower"] = 1200.0
    await set_up(hass)
    unit.full_read_failure = NoReply("silence")
    await after(hass, unit, 61)
    unit.full_read_failure = None
    await after(hass, unit, 30)
    assert float(value_of(hass, SENSOR, ENERGY)) == pytest.approx(0.03)


async def test_energy_goes_on_after_a_restart(
    hass: HomeAssistant, unit: Unit, hass_storage: dict[str, Any]
) -> None:
    """With what was counted, whether the unit answers or not; the time between is not counted."""
    unit.values["ups.realpower"] = 1200.0
    entry = await set_up(hass)
    await long_after(hass, unit, 300)
    assert value_of(hass, SENSOR, ENERGY) == "0.1"
    unit.failure = NoReply("silence")
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()
    kept = hass_storage[f"{DOMAIN}.{ENTRY_ID}"]["data"]["kept"]
    assert kept["energy"] == pytest.approx(0.1)
    unit.clock.time += 3600
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert ours(hass) == {ENERGY}
    assert value_of(hass, SENSOR, ENERGY) == STATE_UNAVAILABLE
    unit.failure = None
    await after(hass, unit, 31)
    before = float(value_of(hass, SENSOR, ENERGY))
    assert 0.1 <= before <= 0.11
    await long_after(hass, unit, 300)
    assert float(value_of(hass, SENSOR, ENERGY)) == pytest.approx(before + 0.1, abs=0.002)


async def test_energy_is_saved_now_and_then(
    hass: HomeAssistant, unit: Unit, hass_storage: dict[str, Any]
) -> None:
    """A power cut costs a quarter of an hour at most, and the file is not written all the time."""
    unit.values["ups.realpower"] = 1200.0
    entry = await set_up(hass, make_entry(options={CONF_FULL_INTERVAL: 30}))
    store = entry.runtime_data.store
    asked: list[float] = []
    store.save_soon = lambda **how: asked.append(unit.clock.now())
    await long_after(hass, unit, 3600)
    assert 3 <= len(asked) <= 5


async def test_file_of_an_older_version_has_no_energy(
    hass: HomeAssistant, unit: Unit, hass_storage: dict[str, Any]
) -> None:
    """What was not kept begins anew; all else is there."""
    unit.values["ups.realpower"] = 1200.0
    entry = await set_up(hass)
    await long_after(hass, unit, 300)
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()
    data = hass_storage[f"{DOMAIN}.{ENTRY_ID}"]["data"]
    assert data.pop("kept")
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert value_of(hass, SENSOR, ENERGY) == "0.0"
