"""What the session tells and what of it reaches the entities, and when."""

from collections import Counter
from collections.abc import Generator
from unittest.mock import patch

import pytest

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity

from .units import OF_OUTAGES, Unit, act, after, entity_id, keys, set_up, state_of, value_of
from custom_components.ups_protocols.ups.errors import LinkLost, NoReply
from custom_components.ups_protocols.ups.model import (
    Alarm,
    Command,
    Flags,
    Setting,
    StatusFlag,
    Values,
)

SENSOR = Platform.SENSOR
BINARY_SENSOR = Platform.BINARY_SENSOR


@pytest.fixture
def writes() -> Generator[Counter[str]]:
    """Count how often each entity writes its state, changed or not."""
    counted: Counter[str] = Counter()
    write = Entity.async_write_ha_state

    def count(entity: Entity) -> None:
        counted[entity.entity_id] += 1
        write(entity)

    with patch.object(Entity, "async_write_ha_state", count):
        yield counted


@pytest.fixture
def busy(unit: Unit) -> Unit:
    """A UPS with a bit of everything."""
    unit.flags |= {StatusFlag.LOW_BATTERY}
    unit.values = {"input.voltage": 230.0, "ups.load": 12.0, "ups.beeper.status": "enabled"}
    unit.commands = [Command(name="beeper.enable"), Command(name="beeper.disable")]
    unit.settings = [Setting(name="ups.delay.shutdown", maximum=600)]
    unit.values["ups.delay.shutdown"] = 30.0
    return unit


async def test_fast_polling_writes_nothing_while_nothing_changes(
    hass: HomeAssistant, busy: Unit, writes: Counter[str]
) -> None:
    """A hundred status reads and three full ones: not one entity is written."""
    await set_up(hass)
    assert writes  # the first states
    writes.clear()
    before = len(busy.status_reads), len(busy.full_reads)
    await after(hass, busy, 100)
    assert len(busy.status_reads) - before[0] == 100
    assert len(busy.full_reads) - before[1] == 3
    assert not writes


async def test_analogue_values_move_on_the_full_tier(
    hass: HomeAssistant, busy: Unit, writes: Counter[str]
) -> None:
    """A value that changes all the time is written once in 30 s, and nothing beside it."""
    await set_up(hass)
    writes.clear()
    for second in range(60):
        busy.values["input.voltage"] = 230.0 + second / 10
        await after(hass, busy, 1)
    assert writes == {entity_id(hass, SENSOR, "input.voltage"): 2}


async def test_status_is_written_at_once_with_what_belongs_to_it(
    hass: HomeAssistant, busy: Unit, writes: Counter[str]
) -> None:
    """A power failure brings the status and a full read; what did not change is not written."""
    await set_up(hass)
    writes.clear()
    full_reads = len(busy.full_reads)
    busy.says(StatusFlag.ON_BATTERY)
    busy.values["input.voltage"] = 0.0
    await after(hass, busy, 1)
    assert value_of(hass, BINARY_SENSOR, "mains") == "off"
    assert value_of(hass, SENSOR, "status") == "on_battery"
    assert value_of(hass, SENSOR, "input.voltage") == "0.0"
    assert len(busy.full_reads) == full_reads + 1
    assert set(writes.values()) == {1}
    assert entity_id(hass, SENSOR, "ups.load") not in writes
    assert entity_id(hass, Platform.SWITCH, "beeper.enable") not in writes
    assert entity_id(hass, Platform.NUMBER, "ups.delay.shutdown") not in writes


async def test_push_is_written_without_a_poll(
    hass: HomeAssistant, busy: Unit, writes: Counter[str]
) -> None:
    """What the UPS tells by itself is there before the clock has moved."""
    await set_up(hass)
    writes.clear()
    busy.push(Values({"ups.load": 55.0}))
    assert writes == {entity_id(hass, SENSOR, "ups.load"): 1}
    assert value_of(hass, SENSOR, "ups.load") == "55.0"
    busy.push(Flags(set=frozenset({StatusFlag.LOW_BATTERY})))
    assert value_of(hass, BINARY_SENSOR, "low_battery") == "on"


async def test_alarm_is_written_alone(
    hass: HomeAssistant, busy: Unit, writes: Counter[str]
) -> None:
    """An alarm that changes no flag is one entity's affair."""
    await set_up(hass)
    writes.clear()
    busy.says(StatusFlag.ON_LINE, alarms=(Alarm("UPS failed"), Alarm("Fan failed")))
    await after(hass, busy, 1)
    alarm = state_of(hass, BINARY_SENSOR, "ups.alarm")
    assert alarm.state == "on"
    assert alarm.attributes["alarms"] == ["UPS failed", "Fan failed"]
    assert writes == {alarm.entity_id: 1}


# availability


async def test_lost_link_makes_all_unavailable_at_once(
    hass: HomeAssistant, busy: Unit, writes: Counter[str], caplog: pytest.LogCaptureFixture
) -> None:
    """And back again, each written once for either, and told once in the log."""
    await set_up(hass)
    entities = {state.entity_id for state in hass.states.async_all()}
    writes.clear()
    busy.failure = LinkLost("hung up")
    await after(hass, busy, 1)
    # what a new battery needs works while the UPS is off; outages and events were, and are known
    kept = {
        entity_id(hass, Platform.DATE, "kept.battery.installed"),
        entity_id(hass, Platform.BUTTON, "kept.battery.replaced"),
        entity_id(hass, Platform.EVENT, "power_events"),
        *(entity_id(hass, SENSOR, key) for key in OF_OUTAGES),
    }
    assert kept == {
        state.entity_id for state in hass.states.async_all() if state.state != STATE_UNAVAILABLE
    }
    assert writes == dict.fromkeys(entities, 1)
    await after(hass, busy, 120)
    assert writes == dict.fromkeys(entities, 1)
    assert caplog.text.count("is not available") == 1

    busy.failure = None
    await after(hass, busy, 31)
    assert STATE_UNAVAILABLE not in {state.state for state in hass.states.async_all()}
    assert writes == dict.fromkeys(entities, 2)
    assert caplog.text.count("is back") == 1


async def test_one_lost_reply_changes_nothing(
    hass: HomeAssistant, busy: Unit, writes: Counter[str]
) -> None:
    """Silence counts after three failed reads and ten seconds."""
    await set_up(hass)
    writes.clear()
    busy.failure = NoReply("silence")
    await after(hass, busy, 9)
    assert not writes
    busy.failure = None
    await after(hass, busy, 2)
    assert not writes
    busy.failure = NoReply("silence")
    await after(hass, busy, 11)
    assert value_of(hass, SENSOR, "ups.load") == STATE_UNAVAILABLE


async def test_value_that_goes_is_unknown(hass: HomeAssistant, busy: Unit) -> None:
    """The UPS is there, so what it tells no more is unknown; it may tell it again."""
    await set_up(hass)
    del busy.values["ups.load"]
    await after(hass, busy, 30)
    assert value_of(hass, SENSOR, "ups.load") == STATE_UNKNOWN
    busy.values["ups.load"] = 13.0
    await after(hass, busy, 30)
    assert value_of(hass, SENSOR, "ups.load") == "13.0"


async def test_value_that_comes_is_an_entity_at_once(
    hass: HomeAssistant, busy: Unit, writes: Counter[str]
) -> None:
    """And only that one is added."""
    await set_up(hass)
    before = keys(hass, SENSOR)
    writes.clear()
    busy.values["battery.temperature"] = 25.0
    await after(hass, busy, 30)
    assert keys(hass, SENSOR) - before == {"battery.temperature"}
    assert value_of(hass, SENSOR, "battery.temperature") == "25.0"
    assert writes.keys() <= {entity_id(hass, SENSOR, "battery.temperature")}


async def test_writing_shows_what_is_in_force(hass: HomeAssistant, busy: Unit) -> None:
    """What was written is shown before the next poll."""
    await set_up(hass)
    await act(hass, "set_value", Platform.NUMBER, "ups.delay.shutdown", value=90)
    assert value_of(hass, Platform.NUMBER, "ups.delay.shutdown") == "90.0"


# the mains


async def test_mains_remembers_what_it_was(hass: HomeAssistant, unit: Unit) -> None:
    """Through silence and doubt; not what it is now, but what it was before."""
    entry = await set_up(hass)
    past = entry.runtime_data.past
    told: list[tuple[bool | None, bool | None]] = []

    async def then(*flags: StatusFlag, failure: LinkLost | None = None) -> None:
        unit.says(*flags)
        unit.failure = failure
        await after(hass, unit, 1 if failure else 40)
        told.append((past.now("mains"), past.before("mains")))

    await then(StatusFlag.ON_LINE)
    await then(failure=LinkLost("hung up"))
    await then(StatusFlag.ON_BATTERY)
    await then(StatusFlag.ON_BATTERY, StatusFlag.TESTING)
    await then()
    await then(StatusFlag.ON_BATTERY)
    await then(StatusFlag.ON_LINE)
    assert told == [
        (True, None),
        (None, True),
        (False, True),
        (True, False),
        (None, True),
        (False, True),
        (True, False),
    ]
