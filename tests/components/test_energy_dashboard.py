"""The energy dashboard takes what a unit counts, and what is counted for it."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from homeassistant.components.energy import data as energy_data
from homeassistant.components.energy.validate import async_validate
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.statistics import get_metadata
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .units import Unit, after, entity_id, make_entry, set_up
from custom_components.ups_protocols.const import CONF_NOMINAL_POWER
from custom_components.ups_protocols.ups.model import Value

SENSOR = Platform.SENSOR


@pytest.fixture(autouse=True)
def _custom_integrations(recorder_mock: Recorder, enable_custom_integrations: None) -> None:
    """Have Home Assistant record, which must begin before all else."""


@pytest.mark.parametrize(
    ("values", "options", "energy", "power"),
    [
        ({"ups.load": 30.0}, {CONF_NOMINAL_POWER: 900}, "kept.energy", "kept.power"),
        ({"ups.realpower": 270.0}, {}, "kept.energy", "ups.realpower"),
        (
            {"ups.realpower": 270.0, "output.energy": 12.5},
            {},
            "output.energy",
            "ups.realpower",
        ),
    ],
)
async def test_energy_dashboard_takes_it(
    hass: HomeAssistant,
    unit: Unit,
    values: dict[str, Value],
    options: dict[str, Any],
    energy: str,
    power: str,
) -> None:
    """Home Assistant's own check of an individual device has nothing to say against it."""
    assert await async_setup_component(hass, "energy", {})
    assert await async_setup_component(hass, "sensor", {})
    unit.values |= values
    await set_up(hass, make_entry(options=options))
    await after(hass, unit, 31)
    await async_wait_recording_done(hass)
    now = dt_util.utcnow()
    do_adhoc_statistics(
        hass, start=now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)
    )
    await async_wait_recording_done(hass)

    ids = {entity_id(hass, SENSOR, energy), entity_id(hass, SENSOR, power)}
    metadata = await hass.async_add_executor_job(lambda: get_metadata(hass, statistic_ids=ids))
    _, counted = metadata[entity_id(hass, SENSOR, energy)]
    assert counted["has_sum"]
    assert counted["unit_of_measurement"] == "kWh"
    _, measured = metadata[entity_id(hass, SENSOR, power)]
    assert not measured["has_sum"]
    assert measured["unit_of_measurement"] == "W"

    manager = await energy_data.async_get_manager(hass)
    await manager.async_update(
        {
            "energy_sources": [],
            "device_consumption": [
                {
                    "stat_consumption": entity_id(hass, SENSOR, energy),
                    "stat_rate": entity_id(hass, SENSOR, power),
                }
            ],
        }
    )
    assert (await async_validate(hass)).as_dict()["device_consumption"] == [[]]
