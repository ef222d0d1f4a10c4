"""Outages: what is known of the last one, over silence, doubt and restarts of Home Assistant."""

from collections import Counter
from collections.abc import Generator
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.const import EVENT_HOMEASSISTANT_STOP, STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
from homeassistant.util import dt as dt_util

from .units import (
    ENTRY_ID,
    OF_OUTAGES,
    Unit,
    after,
    entity_id,
    keys,
    make_entry,
    row_of,
    set_up,
    state_of,
    value_of,
)
from custom_components.ups_protocols.const import DOMAIN
from custom_components.ups_protocols.outages import OutageRecord, Outages, Turn
from custom_components.ups_protocols.ups.errors import LinkLost, NoReply
from custom_components.ups_protocols.ups.model import StatusFlag, Values

SENSOR = Platform.SENSOR
STORAGE = f"{DOMAIN}.{ENTRY_ID}"
START, LENGTH, COUNT, REASON = (
    f"kept.outage.{key}" for key in ("start", "length", "count", "reason")
)
ON = StatusFlag.ON_LINE
OFF = StatusFlag.ON_BATTERY
BEGIN = datetime(2026, 10, 3, 12, tzinfo=dt_util.UTC)


@pytest.fixture(autouse=True)
def _begin(freezer: FrozenDateTimeFactory) -> None:
    """Stop the clock."""
    freezer.move_to(BEGIN)


@pytest.fixture
def ups(unit: Unit) -> Unit:
    """A UPS that tells its charge, its load and why it goes to battery."""
    unit.flags = frozenset(StatusFlag)
    unit.values = {
        "battery.charge": 100.0,
        "ups.load": 25.0,
        "input.transfer.reason": "noTransfer",
    }
    return unit


async def says(hass: HomeAssistant, unit: Unit, *flags: StatusFlag, **rest: Any) -> None:
    """Have the UPS say this, at once."""
    unit.failure = None
    unit.says(*flags, **rest)
    await after(hass, unit, 1)


async def silent(hass: HomeAssistant, unit: Unit) -> None:
    """Have the UPS be out of reach."""
    unit.failure = LinkLost("hung up")
    await after(hass, unit, 2)
    assert value_of(hass, Platform.BINARY_SENSOR, "mains") == STATE_UNAVAILABLE


async def speaks(hass: HomeAssistant, unit: Unit, *flags: StatusFlag) -> None:
    """Have the UPS be back and say this."""
    unit.failure = None
    unit.says(*flags)
    await after(hass, unit, 31)
    assert value_of(hass, Platform.BINARY_SENSOR, "mains") != STATE_UNAVAILABLE


def later(freezer: FrozenDateTimeFactory, seconds: float) -> datetime:
    """Let time pass; return what time it is then."""
    freezer.tick(timedelta(seconds=seconds))
    return dt_util.utcnow()


def shown(hass: HomeAssistant) -> tuple[str, str, str]:
    """Return start, length and number as states."""
    start, length, count = (value_of(hass, SENSOR, key) for key in (START, LENGTH, COUNT))
    return start, length, count


def attributes(hass: HomeAssistant) -> dict[str, Any]:
    """Return what else is known of the last outage."""
    wanted = {
        "charge_at_start",
        "end",
        "end_is_estimated",
        "load_at_start",
        "lowest_charge",
        "out_of_reach",
        "start_is_estimated",
    }
    found = state_of(hass, SENSOR, START).attributes
    return {name: value for name, value in found.items() if name in wanted}


def text(when: datetime) -> str:
    """Return a time as the state of a sensor."""
    return when.isoformat(timespec="seconds")


async def test_unit_that_knows_no_mains_has_no_outages(hass: HomeAssistant, unit: Unit) -> None:
    """It can never tell that the mains is gone."""
    unit.flags = frozenset({StatusFlag.OVERLOADED, StatusFlag.ON_LINE})
    await set_up(hass)
    assert not keys(hass, SENSOR) & {*OF_OUTAGES, REASON}


async def test_reason_has_a_sensor_where_the_unit_tells_it(hass: HomeAssistant, unit: Unit) -> None:
    """All of them are in view from the start."""
    await set_up(hass)
    assert keys(hass, SENSOR) >= {*OF_OUTAGES}
    assert REASON not in keys(hass, SENSOR)
    unit.values["input.transfer.reason"] = "blackout"
    await after(hass, unit, 31)
    for key in (*OF_OUTAGES, REASON):
        row = row_of(hass, SENSOR, key)
        assert row.entity_category is None
        assert not row.disabled


async def test_before_the_first_outage(hass: HomeAssistant, ups: Unit) -> None:
    """There were none, and nothing is known of the last one."""
    await set_up(hass)
    assert shown(hass) == (STATE_UNKNOWN, STATE_UNKNOWN, "0")
    assert value_of(hass, SENSOR, REASON) == STATE_UNKNOWN
    assert not attributes(hass)


async def test_outage_from_begin_to_end(
    hass: HomeAssistant, ups: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """While it lasts its start and number are there; its length when it is over."""
    await set_up(hass)
    start = later(freezer, 600)
    await says(hass, ups, OFF)
    assert shown(hass) == (text(start), STATE_UNKNOWN, "1")
    assert attributes(hass) == {
        "charge_at_start": 100.0,
        "end": None,
        "load_at_start": 25.0,
        "out_of_reach": False,
        "start_is_estimated": False,
    }
    for charge in (80.0, 60.0, 70.0):
        ups.values["battery.charge"] = charge
        later(freezer, 30)
        await after(hass, ups, 31)
    end = later(freezer, 30)
    await says(hass, ups, ON)
    assert shown(hass) == (text(start), "120.0", "1")
    assert attributes(hass) == {
        "charge_at_start": 100.0,
        "end": end,
        "end_is_estimated": False,
        "load_at_start": 25.0,
        "lowest_charge": 60.0,
        "out_of_reach": False,
        "start_is_estimated": False,
    }

    second = later(freezer, 3600)
    await says(hass, ups, OFF)
    assert shown(hass) == (text(second), STATE_UNKNOWN, "2")
    later(freezer, 5)
    await says(hass, ups, ON)
    assert shown(hass) == (text(second), "5.0", "2")
    assert attributes(hass)["charge_at_start"] == 70.0


@pytest.mark.parametrize("flag", [StatusFlag.TESTING, StatusFlag.CALIBRATING])
async def test_battery_test_is_no_outage(hass: HomeAssistant, ups: Unit, flag: StatusFlag) -> None:
    """Unless the input is gone meanwhile, or the test ends and the battery goes on."""
    await set_up(hass)
    await says(hass, ups, OFF, flag)
    await says(hass, ups, ON)
    assert shown(hass)[2] == "0"
    await says(hass, ups, OFF, flag, input_present=False)
    assert shown(hass)[2] == "1"
    await says(hass, ups, ON)
    await says(hass, ups, OFF, flag)
    await says(hass, ups, OFF)
    assert shown(hass)[2] == "2"


async def test_doubt_ends_nothing(
    hass: HomeAssistant, ups: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """A UPS that is off says nothing of the mains: when it came back in the dark is estimated."""
    await set_up(hass)
    start = later(freezer, 60)
    await says(hass, ups, OFF)
    later(freezer, 60)
    await says(hass, ups, StatusFlag.OFF)
    later(freezer, 60)
    await says(hass, ups)
    assert shown(hass) == (text(start), STATE_UNKNOWN, "1")
    later(freezer, 60)
    await says(hass, ups, ON)
    assert shown(hass) == (text(start), "180.0", "1")
    found = attributes(hass)
    assert found["end_is_estimated"] is True
    assert found["out_of_reach"] is False
    assert found["start_is_estimated"] is False


# out of reach


async def test_silence_in_the_middle(
    hass: HomeAssistant, ups: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """It is one outage, whose end was seen; all of it is shown while the UPS is silent."""
    await set_up(hass)
    start = later(freezer, 60)
    await says(hass, ups, OFF)
    await silent(hass, ups)
    assert shown(hass) == (text(start), STATE_UNKNOWN, "1")
    later(freezer, 60)
    await speaks(hass, ups, OFF)
    later(freezer, 60)
    await says(hass, ups, ON)
    assert shown(hass) == (text(start), "120.0", "1")
    found = attributes(hass)
    assert found["out_of_reach"] is True
    assert found["end_is_estimated"] is False


async def test_outage_that_ends_in_silence(
    hass: HomeAssistant, ups: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """It ended before the UPS was heard again; more is not known."""
    await set_up(hass)
    await says(hass, ups, OFF)
    await silent(hass, ups)
    later(freezer, 90)
    await speaks(hass, ups, ON)
    assert shown(hass) == (text(BEGIN), "90.0", "1")
    found = attributes(hass)
    assert found["out_of_reach"] is True
    assert found["end_is_estimated"] is True
    # the next one knows nothing of that
    later(freezer, 90)
    await says(hass, ups, OFF)
    found = attributes(hass)
    assert found["out_of_reach"] is False
    assert found["start_is_estimated"] is False


async def test_outage_that_begins_in_silence(
    hass: HomeAssistant, ups: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """It began before the UPS was heard again."""
    await set_up(hass)
    await silent(hass, ups)
    heard = later(freezer, 90)
    await speaks(hass, ups, OFF)
    assert shown(hass) == (text(heard), STATE_UNKNOWN, "1")
    found = attributes(hass)
    assert found["start_is_estimated"] is True
    assert found["out_of_reach"] is True


async def test_silence_with_mains_is_no_outage(hass: HomeAssistant, ups: Unit) -> None:
    """Nor is what may have been in it."""
    await set_up(hass)
    await silent(hass, ups)
    await speaks(hass, ups, ON)
    assert shown(hass) == (STATE_UNKNOWN, STATE_UNKNOWN, "0")


# restarts


async def stop(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Stop Home Assistant as far as the entry sees it."""
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()


async def start(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Start it again."""
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


@pytest.mark.parametrize("cut", [False, True], ids=["stopped", "power_cut"])
async def test_outage_that_ends_while_home_assistant_is_down(
    hass: HomeAssistant,
    ups: Unit,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    cut: bool,
) -> None:
    """It is the same outage, and it ends when the UPS is heard again; a cut loses nothing."""
    entry = await set_up(hass)
    await says(hass, ups, OFF)
    written = deepcopy(hass_storage[STORAGE])
    later(freezer, 60)
    ups.values["battery.charge"] = 20.0
    await after(hass, ups, 31)
    await stop(hass, entry)
    if cut:
        # all that was written when the battery was empty is what was written at the start
        hass_storage[STORAGE] = written
    later(freezer, 3600)
    ups.values["battery.charge"] = 5.0
    ups.says(ON)
    await start(hass, entry)
    assert shown(hass) == (text(BEGIN), "3660.0", "1")
    assert attributes(hass) == {
        "charge_at_start": 100.0,
        "end": dt_util.utcnow(),
        "end_is_estimated": True,
        "load_at_start": 25.0,
        "lowest_charge": 100.0 if cut else 20.0,
        "out_of_reach": True,
        "start_is_estimated": False,
    }


async def test_outage_over_a_restart(
    hass: HomeAssistant, ups: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """It goes on, and its end is seen."""
    entry = await set_up(hass)
    await says(hass, ups, OFF)
    await stop(hass, entry)
    later(freezer, 60)
    await start(hass, entry)
    assert shown(hass) == (text(BEGIN), STATE_UNKNOWN, "1")
    end = later(freezer, 60)
    await says(hass, ups, ON)
    assert shown(hass) == (text(BEGIN), "120.0", "1")
    found = attributes(hass)
    assert found["end"] == end
    assert found["end_is_estimated"] is False
    assert found["out_of_reach"] is True


async def test_outage_over_a_restart_with_a_silent_unit(
    hass: HomeAssistant, ups: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """What is known is shown before the UPS answers; it ends when that says so."""
    entry = await set_up(hass)
    await says(hass, ups, OFF)
    await stop(hass, entry)
    later(freezer, 60)
    ups.failure = NoReply("silence")
    await start(hass, entry)
    assert value_of(hass, Platform.BINARY_SENSOR, "mains") == STATE_UNAVAILABLE
    assert shown(hass) == (text(BEGIN), STATE_UNKNOWN, "1")
    later(freezer, 60)
    await speaks(hass, ups, ON)
    assert shown(hass) == (text(BEGIN), "120.0", "1")
    assert attributes(hass)["end_is_estimated"] is True


async def test_outage_that_begins_while_home_assistant_is_down(
    hass: HomeAssistant, ups: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """It began before the UPS was heard again; what began and ended meanwhile nobody knows."""
    entry = await set_up(hass)
    await says(hass, ups, OFF)
    later(freezer, 10)
    await says(hass, ups, ON)
    await stop(hass, entry)
    later(freezer, 60)
    await start(hass, entry)
    assert shown(hass) == (text(BEGIN), "10.0", "1")
    await stop(hass, entry)
    heard = later(freezer, 60)
    ups.says(OFF)
    await start(hass, entry)
    assert shown(hass) == (text(heard), STATE_UNKNOWN, "2")
    assert attributes(hass)["start_is_estimated"] is True


async def test_first_set_up_during_an_outage(hass: HomeAssistant, ups: Unit) -> None:
    """It counts, and that it was seen late is known."""
    ups.says(OFF)
    entry = await set_up(hass)
    assert shown(hass) == (text(BEGIN), STATE_UNKNOWN, "1")
    assert attributes(hass)["start_is_estimated"] is True
    await stop(hass, entry)
    await start(hass, entry)
    assert shown(hass)[2] == "1"


async def test_files_of_other_versions(
    hass: HomeAssistant, ups: Unit, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    """An older one has no outages, a newer one more of them."""
    entry = await set_up(hass)
    await says(hass, ups, OFF)
    later(freezer, 10)
    await says(hass, ups, ON)
    await stop(hass, entry)
    hass_storage[STORAGE]["data"]["outages"]["last"]["weather"] = "storm"
    hass_storage[STORAGE]["data"]["outages"]["longest"] = 10
    await start(hass, entry)
    assert shown(hass) == (text(BEGIN), "10.0", "1")
    await stop(hass, entry)
    del hass_storage[STORAGE]["data"]["outages"]
    await start(hass, entry)
    assert shown(hass) == (STATE_UNKNOWN, STATE_UNKNOWN, "0")


# reasons


async def test_reason_is_that_of_this_outage(
    hass: HomeAssistant, ups: Unit, freezer: FrozenDateTimeFactory
) -> None:
    """What was read before it is another's; what it says later of a test is none."""
    ups.values["input.transfer.reason"] = "highLineVoltage"
    await set_up(hass)
    ups.values["input.transfer.reason"] = "blackout"
    await says(hass, ups, OFF)
    assert value_of(hass, SENSOR, REASON) == "blackout"
    await says(hass, ups, ON)
    ups.values["input.transfer.reason"] = "selfTest"
    await after(hass, ups, 31)
    assert value_of(hass, SENSOR, "input.transfer.reason") == "self_test"
    assert value_of(hass, SENSOR, REASON) == "blackout"
    later(freezer, 3600)
    ups.values["input.transfer.reason"] = "noTransfer"
    await says(hass, ups, OFF)
    assert value_of(hass, SENSOR, REASON) == STATE_UNKNOWN
    ups.values["input.transfer.reason"] = "brownout"
    await after(hass, ups, 31)
    assert value_of(hass, SENSOR, REASON) == "brownout"


async def test_status_alone_brings_no_reason(hass: HomeAssistant, ups: Unit) -> None:
    """With the status comes what was read before the outage."""
    ups.values["input.transfer.reason"] = "highLineVoltage"
    await set_up(hass)
    ups.full_read_failure = NoReply("silence")
    await says(hass, ups, OFF)
    assert shown(hass)[2] == "1"
    assert value_of(hass, SENSOR, "input.transfer.reason") == "high_line_voltage"
    assert value_of(hass, SENSOR, REASON) == STATE_UNKNOWN


@pytest.mark.parametrize(("seconds", "expected"), [(60, "blackout"), (600, STATE_UNKNOWN)])
async def test_reason_that_is_read_after_the_outage(
    hass: HomeAssistant, ups: Unit, freezer: FrozenDateTimeFactory, seconds: float, expected: str
) -> None:
    """It is that of the outage only shortly after it."""
    await set_up(hass)
    await says(hass, ups, OFF)
    await says(hass, ups, ON)
    later(freezer, seconds)
    ups.values["input.transfer.reason"] = "blackout"
    await after(hass, ups, 31)
    assert value_of(hass, SENSOR, REASON) == expected


async def test_reason_in_other_words(hass: HomeAssistant, ups: Unit) -> None:
    """It stays as reported, cut to what a state can be; a reason that is a number is none."""
    await set_up(hass)
    usual = state_of(hass, SENSOR, REASON).attributes["options"]
    ups.values["input.transfer.reason"] = 7.0
    await says(hass, ups, OFF)
    assert value_of(hass, SENSOR, REASON) == STATE_UNKNOWN
    ups.values["input.transfer.reason"] = "lightning " * 30
    await after(hass, ups, 31)
    reason = state_of(hass, SENSOR, REASON)
    assert reason.state == ("lightning " * 30)[:255]
    assert reason.attributes["options"] == [*usual, reason.state]


async def test_reason_survives_a_restart(hass: HomeAssistant, ups: Unit) -> None:
    """Whether the UPS answers then or not."""
    entry = await set_up(hass)
    ups.values["input.transfer.reason"] = "blackout"
    await says(hass, ups, OFF)
    await stop(hass, entry)
    ups.failure = NoReply("silence")
    await start(hass, entry)
    assert value_of(hass, SENSOR, REASON) == "blackout"


# the recorder


@pytest.fixture
def writes() -> Generator[Counter[str]]:
    """Count how often each entity writes its state."""
    counted: Counter[str] = Counter()
    write = Entity.async_write_ha_state

    def count(entity: Entity) -> None:
        counted[entity.entity_id] += 1
        write(entity)

    with patch.object(Entity, "async_write_ha_state", count):
        yield counted


async def test_outage_writes_little(
    hass: HomeAssistant, ups: Unit, freezer: FrozenDateTimeFactory, writes: Counter[str]
) -> None:
    """Ten minutes in which the charge falls: once at the begin, once at the end."""
    await set_up(hass)
    ours = {entity_id(hass, SENSOR, key) for key in OF_OUTAGES}
    writes.clear()
    await says(hass, ups, OFF)
    assert {key: writes[key] for key in ours} == dict.fromkeys(ours, 1)
    for second in range(600):
        ups.values["battery.charge"] = 100.0 - second / 10
        if not second % 50:
            ups.push(Values({"battery.charge": 100.0 - second / 10}))
        later(freezer, 1)
        await after(hass, ups, 1)
    assert writes[entity_id(hass, SENSOR, "battery.charge")] > 20
    assert {key: writes[key] for key in ours} == dict.fromkeys(ours, 1)
    await says(hass, ups, ON)
    assert {key: writes[key] for key in ours} == dict.fromkeys(ours, 2)
    assert attributes(hass)["lowest_charge"] < 45


# the book itself


def test_clock_that_was_set_back() -> None:
    """A length below nothing is not known."""
    book = Outages(OutageRecord())
    book.saw(True, {}, BEGIN)
    assert book.saw(False, {}, BEGIN) is Turn.LOST
    assert book.saw(True, {}, BEGIN - timedelta(days=300)) is Turn.RESTORED
    assert book.length is None
    assert book.end == BEGIN - timedelta(days=300)
    assert not book.read({"input.transfer.reason": "blackout"}, BEGIN)


def test_values_that_are_missing() -> None:
    """They are not known, and the lowest charge is the first that is told."""
    book = Outages(OutageRecord())
    book.saw(False, {"battery.charge": "n/a", "output.load": 40.0}, BEGIN)
    last = book.record.last
    assert last is not None
    assert (last.charge, last.load, last.lowest_charge) == (None, 40.0, None)
    book.saw(False, {"battery.charge": 80.0}, BEGIN)
    assert (last.charge, last.lowest_charge) == (None, 80.0)


@given(
    st.lists(
        st.tuples(st.sampled_from((True, False, None, "lost", "restart")), st.integers(0, 1000))
    )
)
def test_nothing_is_counted_twice(story: list[tuple[bool | str | None, int]]) -> None:
    """Whatever lies between, each time that the mains is found gone is one outage."""
    book, now, known, count = Outages(OutageRecord()), BEGIN, True, 0
    for what, seconds in story:
        now += timedelta(seconds=seconds)
        match what:
            case "lost":
                book.lost()
            case "restart":
                book = Outages(book.record)
            case True | False | None:
                turn = book.saw(what, {}, now)
                if what is not None:
                    count += known and not what
                    assert (turn is not None) == (what is not known)
                    known = what
                else:
                    assert turn is None
        assert book.record.count == count
        assert (book.running is not None) == (not known)
        if known and count:
            assert book.length is not None
            assert book.length >= 0
        else:
            assert book.length is None


async def test_entries_have_books_of_their_own(hass: HomeAssistant, units: dict[str, Unit]) -> None:
    """What one UPS loses another need not."""
    for number in (1, 2):
        units[f"fake:{number}"] = Unit()
        await set_up(hass, make_entry(f"fake:{number}", entry_id=f"entry_{number}"))
    units["fake:1"].says(OFF)
    await after(hass, units["fake:1"], 1)
    assert value_of(hass, SENSOR, COUNT, "entry_1") == "1"
    assert value_of(hass, SENSOR, COUNT, "entry_2") == "0"
