"""The scheduled battery test: when it is due, when it must not be, and what becomes of it."""

from datetime import datetime
import logging
from typing import Any
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant

from .units import Unit, after, keys, make_entry, set_up, state_of, value_of
from custom_components.ups_protocols.const import (
    CONF_DEBOUNCE,
    CONF_TEST_CHARGE,
    CONF_TEST_INTERVAL,
    CONF_TEST_TIME,
)
from custom_components.ups_protocols.ups.errors import LinkLost, Rejected
from custom_components.ups_protocols.ups.model import Command, StatusFlag

QUICK, PLAIN, DEEP, LOW = (f"test.battery.start{more}" for more in (".quick", "", ".deep", ".low"))
SENSOR, NEXT = Platform.SENSOR, "kept.test.next"
ZONE = ZoneInfo("Europe/Berlin")
ON_LINE, ON_BATTERY = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY
SCHEDULE = {CONF_TEST_INTERVAL: 7, CONF_TEST_TIME: "10:00:00"}


@pytest.fixture(autouse=True)
async def _zone(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Have it be the morning of the first of a month somewhere."""
    await hass.config.async_set_time_zone(ZONE.key)
    freezer.move_to(at(1, 8))


@pytest.fixture
def tested(unit: Unit) -> Unit:
    """A UPS that can be tested, and is fit for it."""
    unit.flags |= {StatusFlag.TESTING}
    unit.commands = [Command(name=DEEP), Command(name=PLAIN), Command(name=QUICK)]
    unit.values["battery.charge"] = 100.0
    return unit


def at(day: int, hour: int = 10, minute: int = 0, second: int = 1, *, month: int = 6) -> datetime:
    """Return a local time of the year 2026; a second late, as timers are."""
    return datetime(2026, month, day, hour, minute, second, tzinfo=ZONE)


def scheduled(**more: Any) -> MockConfigEntry:
    """Return an entry with a schedule."""
    return make_entry(options=SCHEDULE | more)


async def it_becomes(hass: HomeAssistant, freezer: FrozenDateTimeFactory, when: datetime) -> None:
    """Have it be a time, and everything happen that is due by then."""
    freezer.move_to(when)
    async_fire_time_changed(hass, when)
    await hass.async_block_till_done(wait_background_tasks=True)


def ran(unit: Unit) -> list[str]:
    """Return the commands that were run."""
    return [command for command, _ in unit.ran]


async def test_every_so_many_days(
    hass: HomeAssistant, tested: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """At the time of day, and for the first time on the first day."""
    await set_up(hass, scheduled())
    await it_becomes(hass, freezer, at(1, 9, 59, 59))
    assert ran(tested) == []
    days = []
    for day in range(1, 24):
        before = len(tested.ran)
        await it_becomes(hass, freezer, at(day))
        if len(tested.ran) > before:
            days.append(day)
    assert days == [1, 8, 15, 22]
    assert set(ran(tested)) == {QUICK}
    assert tested.ran[0] == (QUICK, {})


async def test_next_test_is_shown(
    hass: HomeAssistant, tested: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """Whether the UPS answers or not; a test that is hindered is put off by a day."""
    await set_up(hass, scheduled())
    shown = state_of(hass, SENSOR, NEXT)
    assert shown.attributes["device_class"] == "timestamp"
    assert datetime.fromisoformat(shown.state) == at(1, second=0)
    tested.failure = LinkLost("hung up")
    await after(hass, tested, 2)
    assert datetime.fromisoformat(value_of(hass, SENSOR, NEXT)) == at(1, second=0)
    await it_becomes(hass, freezer, at(1))
    assert datetime.fromisoformat(value_of(hass, SENSOR, NEXT)) == at(2, second=0)
    tested.failure = None
    await after(hass, tested, 31)
    await it_becomes(hass, freezer, at(2))
    assert ran(tested) == [QUICK]
    assert datetime.fromisoformat(value_of(hass, SENSOR, NEXT)) == at(9, second=0)


async def test_next_test_without_a_schedule(hass: HomeAssistant, tested: Unit) -> None:
    """There is none, and none of a unit that has no command for it."""
    entry = await set_up(hass, make_entry(options={CONF_TEST_TIME: "10:00:00"}))
    assert NEXT not in keys(hass, SENSOR)
    await hass.config_entries.async_remove(entry.entry_id)
    tested.commands = []
    await set_up(hass, scheduled())
    assert NEXT not in keys(hass, SENSOR)


async def test_without_an_interval_there_is_none(
    hass: HomeAssistant, tested: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """A time of day alone is no wish."""
    await set_up(hass, make_entry(options={CONF_TEST_TIME: "10:00:00"}))
    await it_becomes(hass, freezer, at(1))
    assert ran(tested) == []


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ([DEEP, LOW, PLAIN, QUICK], [QUICK]),
        ([DEEP, PLAIN], [PLAIN]),
        # these leave nothing for a power failure
        ([DEEP, LOW], []),
        (["test.panel.start", "test.system.start", f"device.2.{QUICK}"], []),
        ([], []),
    ],
)
async def test_only_a_short_test_is_run(
    hass: HomeAssistant,
    tested: Unit,
    freezer: FrozenDateTimeFactory,
    commands: list[str],
    expected: list[str],
) -> None:
    """Of several the shortest; of a unit without one none, and nobody is told every day."""
    tested.commands = [Command(name=name) for name in commands]
    await set_up(hass, scheduled())
    await it_becomes(hass, freezer, at(1))
    assert ran(tested) == expected


HINDRANCES: dict[str, tuple[StatusFlag, ...]] = {
    "on battery": (ON_BATTERY,),
    "nothing known": (),
    "both": (ON_LINE, ON_BATTERY),
    "another test": (ON_LINE, StatusFlag.TESTING),
    "another test on battery": (ON_BATTERY, StatusFlag.TESTING),
    "calibration": (ON_LINE, StatusFlag.CALIBRATING),
    "overloaded": (ON_LINE, StatusFlag.OVERLOADED),
    "bad battery": (ON_LINE, StatusFlag.REPLACE_BATTERY),
    "low battery": (ON_LINE, StatusFlag.LOW_BATTERY),
    "bypass": (ON_LINE, StatusFlag.BYPASS),
    "off": (ON_LINE, StatusFlag.OFF),
    "shutdown": (ON_LINE, StatusFlag.FORCED_SHUTDOWN),
}


@pytest.mark.parametrize("flags", HINDRANCES.values(), ids=HINDRANCES)
async def test_hindered_by_the_status(
    hass: HomeAssistant,
    tested: Unit,
    freezer: FrozenDateTimeFactory,
    flags: tuple[StatusFlag, ...],
) -> None:
    """What could cut the power is not run; it is run the next day, then every so many days."""
    await set_up(hass, scheduled())
    tested.says(*flags)
    await after(hass, tested, 2)
    await it_becomes(hass, freezer, at(1))
    assert ran(tested) == []
    tested.says(ON_LINE, StatusFlag.CHARGING)
    await after(hass, tested, 2)
    await it_becomes(hass, freezer, at(1, 12))
    assert ran(tested) == []
    await it_becomes(hass, freezer, at(2))
    # the other test counts as one
    was_tested = StatusFlag.TESTING in flags
    assert ran(tested) == ([] if was_tested else [QUICK])
    await it_becomes(hass, freezer, at(8))
    assert ran(tested) == [QUICK]


async def test_status_that_is_held_back_counts_as_read(
    hass: HomeAssistant, tested: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """A loss of the mains that is not shown yet is one."""
    await set_up(hass, scheduled(**{CONF_DEBOUNCE: 60}))
    tested.says(ON_BATTERY)
    await after(hass, tested, 2)
    await it_becomes(hass, freezer, at(1))
    assert ran(tested) == []


@pytest.mark.parametrize(
    ("charge", "options", "expected"),
    [
        (90.0, {}, [QUICK]),
        (89.9, {}, []),
        (80.0, {CONF_TEST_CHARGE: 80}, [QUICK]),
        (99.0, {CONF_TEST_CHARGE: 100}, []),
        (None, {}, []),
        ("full", {}, []),
    ],
)
async def test_hindered_by_the_charge(
    hass: HomeAssistant,
    tested: Unit,
    freezer: FrozenDateTimeFactory,
    charge: float | str | None,
    options: dict[str, Any],
    expected: list[str],
) -> None:
    """One that is not known may be any."""
    if charge is None:
        del tested.values["battery.charge"]
    else:
        tested.values["battery.charge"] = charge
    await set_up(hass, scheduled(**options))
    await it_becomes(hass, freezer, at(1))
    assert ran(tested) == expected


async def test_hindered_by_a_result(
    hass: HomeAssistant, tested: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """Some units have no flag while they test themselves."""
    tested.values["ups.test.result"] = "In progress"
    await set_up(hass, scheduled())
    await it_becomes(hass, freezer, at(1))
    assert ran(tested) == []


async def test_log_says_it_once(
    hass: HomeAssistant,
    tested: Unit,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """For as long as there is no test; whatever hinders it, a lost UPS and a refusal as well."""
    caplog.set_level(logging.INFO)
    await set_up(hass, scheduled())
    tested.values["battery.charge"] = 50.0
    await after(hass, tested, 31)
    await it_becomes(hass, freezer, at(1))
    tested.failure = LinkLost("hung up")
    await after(hass, tested, 2)
    await it_becomes(hass, freezer, at(2))
    tested.failure = None
    tested.values["battery.charge"] = 100.0
    await after(hass, tested, 31)
    tested.action_failure = Rejected("not now")
    await it_becomes(hass, freezer, at(3))
    assert ran(tested) == []
    told = "The scheduled battery test of Fake One was not run"
    assert caplog.text.count(told) == 1
    assert "its charge is 50 %, not 90 %. It is tried again every day at 10:00" in caplog.text
    assert "tests its battery" not in caplog.text

    tested.action_failure = None
    await it_becomes(hass, freezer, at(4))
    assert ran(tested) == [QUICK]
    assert caplog.text.count("Fake One tests its battery, as scheduled") == 1
    tested.failure = LinkLost("hung up")
    await after(hass, tested, 2)
    await it_becomes(hass, freezer, at(11))
    assert caplog.text.count(told) == 2
    assert caplog.text.count("it does not answer") == 1


async def test_refusal_of_the_unit_is_told(
    hass: HomeAssistant,
    tested: Unit,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In its own words."""
    await set_up(hass, scheduled())
    tested.action_failure = Rejected("the key is locked")
    await it_becomes(hass, freezer, at(1))
    assert "the key is locked" in caplog.text


async def test_last_run_is_kept_over_a_restart(
    hass: HomeAssistant, tested: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """A day on which Home Assistant does not run is made up for on the next one."""
    entry = await set_up(hass, scheduled())
    await it_becomes(hass, freezer, at(1))
    assert ran(tested) == [QUICK]
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()
    await it_becomes(hass, freezer, at(4))
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await it_becomes(hass, freezer, at(5))
    assert ran(tested) == [QUICK]
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()
    await it_becomes(hass, freezer, at(8))
    await it_becomes(hass, freezer, at(8, 11))
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await it_becomes(hass, freezer, at(9))
    assert ran(tested) == [QUICK, QUICK]


async def test_any_test_that_was_seen_counts(
    hass: HomeAssistant, tested: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """The user pressed the button of the UPS: there is no second test the next day."""
    await set_up(hass, scheduled())
    freezer.move_to(at(1, 9))
    tested.says(ON_BATTERY, StatusFlag.TESTING)
    await after(hass, tested, 5)
    tested.says(ON_LINE)
    await after(hass, tested, 2)
    for day in range(1, 8):
        await it_becomes(hass, freezer, at(day))
    assert ran(tested) == []
    await it_becomes(hass, freezer, at(8))
    assert ran(tested) == [QUICK]


@pytest.mark.parametrize(
    ("said", "expected"),
    [("2026-05-31", []), ("2026-05-25", [QUICK]), ("2036-05-31", [QUICK]), ("?", [QUICK])],
)
async def test_date_of_the_unit_counts(
    hass: HomeAssistant,
    tested: Unit,
    freezer: FrozenDateTimeFactory,
    said: str,
    expected: list[str],
) -> None:
    """One that lies ahead is of a clock that is wrong."""
    tested.values["ups.test.date"] = said
    await set_up(hass, scheduled())
    await it_becomes(hass, freezer, at(1))
    assert ran(tested) == expected


async def test_unloaded_entry_tests_nothing(
    hass: HomeAssistant, tested: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """Its schedule goes with it."""
    entry = await set_up(hass, scheduled())
    await hass.config_entries.async_unload(entry.entry_id)
    await it_becomes(hass, freezer, at(1))
    assert ran(tested) == []


@pytest.mark.parametrize(
    ("month", "day"), [(3, 29), (10, 25)], ids=["summer time begins", "summer time ends"]
)
@pytest.mark.parametrize("time_of_day", ["02:30:00", "10:00:00"])
async def test_change_of_the_clock(
    hass: HomeAssistant,
    tested: Unit,
    freezer: FrozenDateTimeFactory,
    month: int,
    day: int,
    time_of_day: str,
) -> None:
    """A time that is not there, or there twice: one test that day, or one the day after."""
    freezer.move_to(at(day - 1, 12, month=month))
    options = {CONF_TEST_INTERVAL: 1, CONF_TEST_TIME: time_of_day}
    await set_up(hass, make_entry(options=options))
    days: list[int] = []
    now = at(day - 1, 12, month=month)
    # 36 hours in steps of ten real minutes: up to the next midnight
    for _ in range(36 * 6):
        now = datetime.fromtimestamp(now.timestamp() + 600, ZONE)
        before = len(tested.ran)
        await it_becomes(hass, freezer, now)
        days += [now.day] * (len(tested.ran) - before)
    missing = (month, time_of_day) == (3, "02:30:00")
    assert days == ([] if missing else [day])
    await it_becomes(hass, freezer, at(day + 1, 10, 30, month=month))
    assert len(tested.ran) == len(days) + 1
