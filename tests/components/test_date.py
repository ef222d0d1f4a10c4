"""Dates: the day on which the battery was put in."""

from datetime import date
from typing import Any

import pytest

from homeassistant.const import STATE_UNKNOWN, EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .units import Unit, act, after, device_of, keys, row_of, set_up, value_of
from custom_components.ups_protocols.ups.errors import NoReply, Rejected
from custom_components.ups_protocols.ups.model import Setting, SettingKind, StatusFlag

DATE = Platform.DATE
INSTALLED = "kept.battery.installed"


@pytest.fixture
def powered(unit: Unit) -> Unit:
    """A UPS that tells something of its battery, and no date."""
    unit.values["battery.charge"] = 100.0
    return unit


async def test_day_is_kept_here(hass: HomeAssistant, powered: Unit) -> None:
    """The user sets it, whether the UPS answers or not, and it is there after a restart."""
    entry = await set_up(hass)
    assert row_of(hass, DATE, INSTALLED).entity_category is EntityCategory.CONFIG
    assert value_of(hass, DATE, INSTALLED) == STATE_UNKNOWN
    powered.failure = NoReply("silence")
    await after(hass, powered, 31)
    await act(hass, "set_value", DATE, INSTALLED, date=date(2024, 2, 29))
    assert value_of(hass, DATE, INSTALLED) == "2024-02-29"
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert value_of(hass, DATE, INSTALLED) == "2024-02-29"


async def test_a_unit_without_a_battery_has_none(hass: HomeAssistant, unit: Unit) -> None:
    """A unit that says nothing of a battery gets its date when it does."""
    await set_up(hass)
    assert not keys(hass, DATE)
    unit.values["battery.voltage"] = 27.3
    await after(hass, unit, 31)
    assert keys(hass, DATE) == {INSTALLED}


async def test_flags_of_a_battery_are_enough(hass: HomeAssistant, unit: Unit) -> None:
    """A contact-closure UPS tells only that its battery is low."""
    unit.flags |= {StatusFlag.LOW_BATTERY}
    await set_up(hass)
    assert keys(hass, DATE) == {INSTALLED}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [({"kind": SettingKind.DATE}, set()), ({"kind": SettingKind.TEXT, "length": 8}, {INSTALLED})],
)
async def test_a_date_that_the_unit_keeps_is_the_units(
    hass: HomeAssistant, powered: Unit, kind: dict[str, Any], expected: set[str]
) -> None:
    """There are no two that could differ; but free text is no date."""
    powered.settings = [Setting(name="battery.date", **kind)]
    powered.values["battery.date"] = "2024-02-29"
    await set_up(hass)
    assert keys(hass, DATE) & {INSTALLED} == expected


async def test_a_date_that_cannot_be_set_yields_to_the_users(
    hass: HomeAssistant, powered: Unit
) -> None:
    """What a unit says that nobody can correct is where we begin."""
    powered.values["battery.date"] = "2020-01-31"
    await set_up(hass)
    assert value_of(hass, DATE, INSTALLED) == "2020-01-31"
    await act(hass, "set_value", DATE, INSTALLED, date=date(2024, 2, 29))
    assert value_of(hass, DATE, INSTALLED) == "2024-02-29"


async def test_settings_that_are_dates(hass: HomeAssistant, unit: Unit) -> None:
    """They are written as ISO text, of the unit and of its packs; what is no date is unknown."""
    names = ("battery.date", "battery.2.date", "battery.date.maintenance")
    unit.settings = [Setting(name=name, kind=SettingKind.DATE) for name in names]
    unit.settings += [
        Setting(name=name, kind=SettingKind.DATE) for name in ("experimental.day", "ups.date")
    ]
    unit.values |= {"battery.date": "2024-02-29", "battery.2.date": "03/15/24"}
    await set_up(hass)
    assert keys(hass, DATE) == {*names, "ups.date"}
    assert row_of(hass, DATE, "ups.date").disabled
    assert [value_of(hass, DATE, name) for name in names] == [
        "2024-02-29",
        STATE_UNKNOWN,
        STATE_UNKNOWN,
    ]
    assert row_of(hass, DATE, "battery.date").entity_category is EntityCategory.CONFIG
    assert not row_of(hass, DATE, "battery.date").disabled
    pack = device_of(hass, "battery.pack.2")
    assert pack is not None
    assert row_of(hass, DATE, "battery.2.date").device_id == pack.id
    await act(hass, "set_value", DATE, "battery.2.date", date=date(2026, 11, 25))
    assert unit.written == [("battery.2.date", "2026-11-25")]
    assert value_of(hass, DATE, "battery.2.date") == "2026-11-25"
    unit.action_failure = Rejected("no")
    with pytest.raises(HomeAssistantError) as raised:
        await act(hass, "set_value", DATE, "battery.date", date=date(2026, 11, 25))
    assert raised.value.translation_key == "rejected"
    assert value_of(hass, DATE, "battery.date") == "2024-02-29"
