"""Battery care: the day it was put in, its age, and how long it should last."""

from datetime import date

from freezegun.api import FrozenDateTimeFactory
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .units import Unit, act, after, keys, make_entry, row_of, set_up, state_of, value_of
from custom_components.ups_protocols.battery_care import as_date, written_like, years_later
from custom_components.ups_protocols.const import CONF_BATTERY_LIFE
from custom_components.ups_protocols.ups.errors import LinkLost, NoReply, Rejected
from custom_components.ups_protocols.ups.model import Setting, SettingKind, Value

SENSOR, DATE, BUTTON = Platform.SENSOR, Platform.DATE, Platform.BUTTON
INSTALLED = "kept.battery.installed"
REPLACED = "kept.battery.replaced"
AGE, END, LEFT = "kept.battery.age", "kept.battery.end", "kept.battery.left"
OURS = {AGE, END, LEFT}


@pytest.fixture
def powered(unit: Unit) -> Unit:
    """A UPS that tells something of its battery, and no date."""
    unit.values["battery.charge"] = 100.0
    return unit


@pytest.fixture
def dated(powered: Unit) -> Unit:
    """A UPS that keeps the day itself."""
    powered.settings = [Setting(name="battery.date", kind=SettingKind.DATE)]
    powered.values["battery.date"] = "2024-03-01"
    return powered


@pytest.fixture(autouse=True)
async def _today(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Have it be noon of a day somewhere."""
    await hass.config.async_set_time_zone("Pacific/Auckland")
    freezer.move_to("2026-03-01 12:00:00+13:00")


def values(hass: HomeAssistant) -> tuple[str, ...]:
    """Return age, last day and days left."""
    return tuple(value_of(hass, SENSOR, key) for key in (AGE, END, LEFT))


async def test_sensors_come_with_the_day(hass: HomeAssistant, powered: Unit) -> None:
    """Before it is known there is nothing that could be told."""
    await set_up(hass)
    assert keys(hass, SENSOR) & OURS == set()
    await act(hass, "set_value", DATE, INSTALLED, date=date(2024, 3, 1))
    assert values(hass) == ("730", "2028-03-01", "731")
    for key in OURS:
        assert row_of(hass, SENSOR, key).entity_category is EntityCategory.DIAGNOSTIC
    assert state_of(hass, SENSOR, AGE).attributes["device_class"] == "duration"
    assert "estimated" not in state_of(hass, SENSOR, AGE).attributes
    assert state_of(hass, SENSOR, END).attributes["estimated"] is True
    assert state_of(hass, SENSOR, LEFT).attributes["estimated"] is True


async def test_life_is_what_the_user_expects(hass: HomeAssistant, powered: Unit) -> None:
    """A battery that is older than expected has nothing left."""
    await set_up(hass, make_entry(options={CONF_BATTERY_LIFE: 1.5}))
    await act(hass, "set_value", DATE, INSTALLED, date=date(2024, 3, 1))
    assert values(hass) == ("730", "2025-09-01", "0")


async def test_days_go_by(
    hass: HomeAssistant, powered: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """The age moves at midnight where Home Assistant is, though the UPS says nothing new."""
    await set_up(hass)
    await act(hass, "set_value", DATE, INSTALLED, date=date(2024, 3, 1))
    freezer.move_to("2026-03-01 23:00:00+13:00")
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert value_of(hass, SENSOR, AGE) == "730"
    freezer.move_to("2026-03-02 00:00:01+13:00")
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert values(hass) == ("731", "2028-03-01", "730")


async def test_day_that_lies_ahead_is_no_age(hass: HomeAssistant, powered: Unit) -> None:
    """Somebody typed a wrong year."""
    await set_up(hass)
    await act(hass, "set_value", DATE, INSTALLED, date=date(2026, 3, 2))
    assert value_of(hass, SENSOR, AGE) == STATE_UNKNOWN


async def test_battery_replaced(hass: HomeAssistant, powered: Unit) -> None:
    """While the UPS is off; all is known without it."""
    await set_up(hass)
    assert row_of(hass, BUTTON, REPLACED).entity_category is EntityCategory.CONFIG
    await act(hass, "set_value", DATE, INSTALLED, date=date(2020, 1, 1))
    powered.failure = LinkLost("off")
    await after(hass, powered, 2)
    assert value_of(hass, SENSOR, "battery.charge") == STATE_UNAVAILABLE
    assert value_of(hass, SENSOR, AGE) != STATE_UNAVAILABLE
    await act(hass, "press", BUTTON, REPLACED)
    assert value_of(hass, DATE, INSTALLED) == "2026-03-01"
    assert values(hass) == ("0", "2030-03-01", "1461")
    assert powered.written == []


async def test_battery_replaced_in_the_unit(hass: HomeAssistant, dated: Unit) -> None:
    """A UPS that keeps the day is told it, and its day is the one that counts."""
    await set_up(hass)
    assert keys(hass, DATE) & {INSTALLED} == set()
    assert values(hass) == ("730", "2028-03-01", "731")
    await act(hass, "press", BUTTON, REPLACED)
    assert dated.written == [("battery.date", "2026-03-01")]
    assert values(hass) == ("0", "2030-03-01", "1461")
    # somebody sets it at the panel
    dated.values["battery.date"] = "2025-03-01"
    await after(hass, dated, 31)
    assert values(hass) == ("365", "2029-03-01", "1096")


async def test_unit_that_refuses_the_day(hass: HomeAssistant, dated: Unit) -> None:
    """Nothing is noted that the UPS does not know."""
    await set_up(hass)
    dated.action_failure = Rejected("no")
    with pytest.raises(HomeAssistantError):
        await act(hass, "press", BUTTON, REPLACED)
    assert values(hass) == ("730", "2028-03-01", "731")


async def test_unit_that_keeps_the_day_must_answer(hass: HomeAssistant, dated: Unit) -> None:
    """Its day is not known without it, and it cannot be told another."""
    await set_up(hass)
    dated.failure = NoReply("silence")
    await after(hass, dated, 31)
    assert values(hass) == (STATE_UNAVAILABLE,) * 3
    assert value_of(hass, BUTTON, REPLACED) == STATE_UNAVAILABLE


async def test_after_a_restart(hass: HomeAssistant, powered: Unit) -> None:
    """The day is known though the UPS is silent."""
    entry = await set_up(hass)
    await act(hass, "set_value", DATE, INSTALLED, date=date(2024, 3, 1))
    powered.failure = NoReply("silence")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert values(hass) == ("730", "2028-03-01", "731")


async def test_last_day_that_the_unit_tells(hass: HomeAssistant, powered: Unit) -> None:
    """There is no second one, and what is left follows from it."""
    powered.values["battery.date.maintenance"] = "2026-03-11"
    await set_up(hass)
    await act(hass, "set_value", DATE, INSTALLED, date=date(2024, 3, 1))
    assert keys(hass, SENSOR) & OURS == {AGE, LEFT}
    left = state_of(hass, SENSOR, LEFT)
    assert left.state == "10"
    assert "estimated" not in left.attributes


async def test_last_day_of_the_battery_before(hass: HomeAssistant, powered: Unit) -> None:
    """A UPS that was not told of the new battery knows nothing of it."""
    powered.values["battery.date.maintenance"] = "2024-01-31"
    await set_up(hass)
    await act(hass, "set_value", DATE, INSTALLED, date=date(2024, 3, 1))
    left = state_of(hass, SENSOR, LEFT)
    assert left.state == "731"
    assert left.attributes["estimated"] is True


@pytest.mark.parametrize(
    ("present", "written"),
    [
        # APC: eight characters, in the order of a country
        ("03/15/22", ["03/01/26"]),
        ("15/03/22", ["01/03/26"]),
        ("03/04/22", []),
        ("", []),
        ("13/13/22", []),
        ("in spring", []),
    ],
)
async def test_date_that_is_free_text(
    hass: HomeAssistant, powered: Unit, present: str, written: list[str]
) -> None:
    """It is written in the order of the one that stands there, where that is clear."""
    powered.settings = [Setting(name="battery.date", kind=SettingKind.TEXT, length=8)]
    powered.values["battery.date"] = present
    await set_up(hass)
    await act(hass, "press", BUTTON, REPLACED)
    assert [value for _, value in powered.written] == written
    assert value_of(hass, DATE, INSTALLED) == "2026-03-01"
    assert value_of(hass, SENSOR, AGE) == "0"


# days


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        ("2024-02-29", 4, "2028-02-29"),
        ("2024-02-29", 3, "2027-02-28"),
        ("2024-08-31", 0.5, "2025-02-28"),
        ("2024-12-31", 2.5, "2027-06-30"),
        ("2024-01-01", 1, "2025-01-01"),
    ],
)
def test_years_later(day: str, years: float, expected: str) -> None:
    assert years_later(date.fromisoformat(day), years) == date.fromisoformat(expected)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(1, 60))
def test_years_later_is_later_by_as_much(day: date, halves: int) -> None:
    later = years_later(day, halves / 2)
    assert abs((later - day).days - halves * 365.2425 / 2) <= 3


@pytest.mark.parametrize("value", [None, "", "03/15/22", 5.0, "soon"])
def test_what_is_no_date(value: Value | None) -> None:
    assert as_date(value) is None


@given(st.dates(date(2001, 1, 13), date(2099, 12, 31)), st.sampled_from(("%m/%d/%y", "%d/%m/%y")))
def test_a_day_is_written_in_the_order_that_stands_there(day: date, order: str) -> None:
    present = date(2020, 3, 15).strftime(order)
    assert written_like(present, day) == day.strftime(order)
