"""The last self-test: when it ended and how, from flags and results as they come."""

from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, EntityCategory, Platform
from homeassistant.core import HomeAssistant

from .units import Unit, after, keys, row_of, set_up, state_of, value_of
from custom_components.ups_protocols.self_tests import TestWatch
from custom_components.ups_protocols.storage import Kept
from custom_components.ups_protocols.ups.errors import LinkLost, NoReply
from custom_components.ups_protocols.ups.model import Snapshot, Status, StatusFlag, Value

SENSOR = Platform.SENSOR
LAST, RESULT = "kept.test.last", "kept.test.result"
ON_LINE, ON_BATTERY = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY
TESTING, CALIBRATING = StatusFlag.TESTING, StatusFlag.CALIBRATING
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOTHING, RUNNING = "No test initiated", "In progress"
PASSED, FAILED, ABORTED = "Done and passed", "Done and error", "Aborted"

type Moment = tuple[bool, str | None]
"""Whether the flag of a test is up, and what the result says."""
type Last = tuple[int | None, str | None]
"""The minute in which the last test ended, and how."""


def watched(*story: Moment, kept: Kept | None = None) -> list[Last]:
    """Return what is known after each minute of a story."""
    kept = kept or Kept()
    watch = TestWatch(kept)
    known: list[Last] = []
    for minute, (runs, result) in enumerate(story):
        flags = frozenset({TESTING} if runs else {ON_LINE})
        variables: dict[str, Value] = {} if result is None else {"ups.test.result": result}
        before = (kept.last_test, kept.last_test_result)
        snapshot = Snapshot(status=Status(flags=flags), variables=variables)
        is_new = watch.read(snapshot, START + timedelta(minutes=minute))
        assert is_new or before == (kept.last_test, kept.last_test_result)
        ended = kept.last_test and datetime.fromisoformat(kept.last_test)
        minutes = int((ended - START).total_seconds() // 60) if ended else None
        known.append((minutes, kept.last_test_result))
    return known


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        # the flag alone: a Megatec UPS tells no result
        ([(False, None), (True, None), (False, None)], (2, None)),
        # flag and result
        ([(False, NOTHING), (True, RUNNING), (False, PASSED)], (2, PASSED)),
        ([(False, PASSED), (True, RUNNING), (False, PASSED)], (2, PASSED)),
        ([(False, PASSED), (True, PASSED), (False, FAILED)], (2, FAILED)),
        ([(False, PASSED), (True, RUNNING), (False, RUNNING), (False, ABORTED)], (2, ABORTED)),
        ([(False, PASSED), (True, RUNNING), (False, "Not possible")], (2, None)),
        # the result alone
        ([(False, NOTHING), (False, RUNNING), (False, PASSED)], (2, PASSED)),
        ([(False, NOTHING), (False, PASSED), (False, PASSED)], (1, PASSED)),
        ([(False, PASSED), (False, FAILED), (False, FAILED)], (1, FAILED)),
        ([(False, PASSED), (False, None), (False, FAILED)], (2, FAILED)),
        # nobody knows when
        ([(False, PASSED), (False, PASSED)], (None, PASSED)),
        # nothing that ran
        ([(False, NOTHING), (False, "Test scheduled"), (False, NOTHING)], (None, None)),
        ([(False, NOTHING), (True, RUNNING), (True, RUNNING)], (None, None)),
        ([(False, "something else"), (False, "and again")], (None, None)),
    ],
)
def test_end_of_a_test(story: list[Moment], expected: Last) -> None:
    assert watched(*story)[-1] == expected


def test_last_one_stays_while_another_runs_or_all_is_forgotten() -> None:
    story = [(True, RUNNING), (False, PASSED), (True, RUNNING), (False, NOTHING), (False, NOTHING)]
    assert watched(*story) == [
        (None, None),
        (1, PASSED),
        (1, PASSED),
        # the test ended, and the UPS does not say how
        (3, None),
        (3, None),
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [(PASSED, (-5, PASSED)), (FAILED, (None, FAILED)), (NOTHING, (-5, PASSED))],
)
def test_result_that_changed_while_nobody_looked(said: str, expected: Last) -> None:
    """It is one of a test whose time nobody knows; the same one is of the same test."""
    kept = Kept(
        last_test=(START - timedelta(minutes=5)).isoformat(),
        last_test_result=PASSED,
        test_result_told=PASSED,
    )
    assert watched((False, said), (False, said), kept=kept)[-1] == expected


@pytest.fixture
def tested(unit: Unit) -> Unit:
    """A UPS that tells how its last test ended."""
    unit.flags |= {TESTING}
    unit.values["ups.test.result"] = NOTHING
    return unit


async def run_test(hass: HomeAssistant, unit: Unit, result: str) -> None:
    """Have the unit test itself for some seconds."""
    unit.says(ON_BATTERY, TESTING)
    unit.values["ups.test.result"] = RUNNING
    await after(hass, unit, 5)
    unit.says(ON_LINE)
    unit.values["ups.test.result"] = result
    await after(hass, unit, 2)


async def test_from_the_flag_to_the_sensors(
    hass: HomeAssistant, tested: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """They come with the first test, and are there without the UPS and after a restart."""
    freezer.move_to(START)
    entry = await set_up(hass)
    assert keys(hass, SENSOR) & {LAST, RESULT} == set()
    await run_test(hass, tested, PASSED)
    last = state_of(hass, SENSOR, LAST)
    assert last.state == START.isoformat()
    assert last.attributes["device_class"] == "timestamp"
    assert value_of(hass, SENSOR, RESULT) == "done_and_passed"
    for key in (LAST, RESULT):
        assert row_of(hass, SENSOR, key).entity_category is EntityCategory.DIAGNOSTIC

    freezer.tick(3600)
    tested.failure = NoReply("silence")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert value_of(hass, SENSOR, "ups.test.result") == STATE_UNAVAILABLE
    assert value_of(hass, SENSOR, LAST) == START.isoformat()
    assert value_of(hass, SENSOR, RESULT) == "done_and_passed"

    # the UPS was off and has forgotten
    tested.failure = None
    tested.values["ups.test.result"] = NOTHING
    await after(hass, tested, 31)
    assert value_of(hass, SENSOR, LAST) == START.isoformat()
    await run_test(hass, tested, FAILED)
    assert value_of(hass, SENSOR, LAST) == (START + timedelta(hours=1)).isoformat()
    assert value_of(hass, SENSOR, RESULT) == "done_and_error"


async def test_date_of_the_unit_wins(hass: HomeAssistant, tested: Unit) -> None:
    """There is no second one that may differ."""
    tested.values["ups.test.date"] = "2026-02-27"
    await set_up(hass)
    await run_test(hass, tested, PASSED)
    assert keys(hass, SENSOR) & {LAST, RESULT} == {RESULT}
    assert value_of(hass, SENSOR, "ups.test.date") == "2026-02-27"


async def test_calibration_is_no_test(hass: HomeAssistant, tested: Unit) -> None:
    """It runs the battery down for another purpose."""
    await set_up(hass)
    tested.says(ON_BATTERY, CALIBRATING)
    await after(hass, tested, 5)
    tested.says(ON_LINE)
    await after(hass, tested, 35)
    assert keys(hass, SENSOR) & {LAST, RESULT} == set()


async def test_test_that_ends_while_the_unit_is_lost(
    hass: HomeAssistant, tested: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """It counts from when the unit is there again."""
    freezer.move_to(START)
    await set_up(hass)
    tested.says(ON_BATTERY, TESTING)
    await after(hass, tested, 2)
    tested.failure = LinkLost("hung up")
    await after(hass, tested, 2)
    tested.failure = None
    tested.says(ON_LINE)
    freezer.tick(60)
    await after(hass, tested, 31)
    assert value_of(hass, SENSOR, LAST) == (START + timedelta(minutes=1)).isoformat()


async def test_result_that_nobody_tells(hass: HomeAssistant, unit: Unit) -> None:
    """A UPS that has only the flag has only the date; a result of before is not of this test."""
    unit.flags |= {TESTING}
    unit.values["ups.test.result"] = PASSED
    await set_up(hass)
    assert value_of(hass, SENSOR, RESULT) == "done_and_passed"
    del unit.values["ups.test.result"]
    unit.says(ON_BATTERY, TESTING)
    await after(hass, unit, 5)
    unit.says(ON_LINE)
    await after(hass, unit, 2)
    assert value_of(hass, SENSOR, RESULT) == STATE_UNKNOWN
