"""Set-up, unloading and removal of an entry, and what is remembered of its UPS."""

import asyncio
from dataclasses import replace
from datetime import timedelta
import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    flush_store,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
from serialx import SerialException, create_serial_connection

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP, STATE_UNAVAILABLE, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .units import (
    ENTRY_ID,
    OF_OUTAGES,
    PORT,
    Simulated,
    Unit,
    after,
    device_of,
    entity_id,
    keys,
    make_entry,
    row_of,
    set_up,
    until,
    value_of,
)
from custom_components.ups_protocols.const import DOMAIN
from custom_components.ups_protocols.storage import capabilities_as_json, capabilities_from_json
from custom_components.ups_protocols.ups.errors import (
    BadReply,
    LinkLost,
    NoReply,
    Unsupported,
    UpsError,
)
from custom_components.ups_protocols.ups.model import (
    Command,
    Danger,
    DeviceKind,
    Identity,
    Parameter,
    Part,
    PartKind,
    Setting,
    SettingKind,
    StatusFlag,
)
from custom_components.ups_protocols.ups.session import Capabilities
from tests.simulators.megatec import make_ups
from tests.simulators.wires import TcpWire

STORAGE = f"{DOMAIN}.{ENTRY_ID}"


async def restart(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set an entry up again, as a start of Home Assistant does."""
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


# set-up


async def test_unit_that_answers(hass: HomeAssistant, unit: Unit) -> None:
    """The unit is a device, and its values are there."""
    unit.identity = replace(unit.identity, firmware="1.0")
    await set_up(hass)
    assert value_of(hass, Platform.SENSOR, "input.voltage") == "230.0"
    assert value_of(hass, Platform.SENSOR, "status") == "on_line"
    device = device_of(hass)
    assert isinstance(device, dr.DeviceEntry)
    assert (device.manufacturer, device.model, device.name) == ("Fake", "One", "One")
    assert (device.serial_number, device.sw_version) == ("F1", "1.0")
    assert row_of(hass, Platform.SENSOR, "input.voltage").device_id == device.id


async def test_unit_without_a_name(hass: HomeAssistant, unit: Unit) -> None:
    """A unit that does not say what it is has the name of its entry."""
    unit.identity = Identity()
    await set_up(hass, make_entry(title="In the cellar"))
    device = device_of(hass)
    assert device is not None
    assert device.name == "In the cellar"


@pytest.mark.parametrize(
    ("failure", "key"),
    [
        (NoReply("silence"), "no_reply"),
        (LinkLost("hung up"), "link_lost"),
        (BadReply("noise"), "bad_reply"),
    ],
    ids=lambda value: str(value),
)
async def test_first_set_up_without_an_answer(
    hass: HomeAssistant, unit: Unit, failure: UpsError, key: str
) -> None:
    """A UPS that never answered is tried again later; nothing holds the wire meanwhile."""
    unit.failure = failure
    entry = await set_up(hass, state=ConfigEntryState.SETUP_RETRY)
    assert entry.error_reason_translation_key == key
    assert entry.error_reason_translation_placeholders == {"reason": str(failure)}
    assert entry.reason is not None
    assert entry.reason != key  # it is a text
    assert not keys(hass, Platform.SENSOR)
    assert unit.links
    assert all(link.closed for link in unit.links)
    await after(hass, unit, 60)
    assert len(unit.links) == 1

    unit.failure = None
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=10))
    await until(hass, lambda: entry.state is ConfigEntryState.LOADED)
    assert value_of(hass, Platform.SENSOR, "status") == "on_line"


async def test_unit_that_can_never_be_set_up(hass: HomeAssistant, unit: Unit) -> None:
    """Where waiting cannot help nobody waits."""
    unit.failure = Unsupported("a UPS that is not spoken here")
    entry = await set_up(hass, state=ConfigEntryState.SETUP_ERROR)
    assert entry.error_reason_translation_key == "unsupported"
    assert all(link.closed for link in unit.links)


@pytest.mark.parametrize("options", [{"dialect": "klingon"}, {"battery_packs": 1000}])
async def test_options_that_cannot_be(
    hass: HomeAssistant, unit: Unit, options: dict[str, Any]
) -> None:
    """The entry is wrong, and nothing is opened."""
    entry = await set_up(hass, make_entry(options=options), state=ConfigEntryState.SETUP_ERROR)
    assert entry.error_reason_translation_key == "unsupported"
    assert next(iter(options)) in str(entry.error_reason_translation_placeholders)
    assert not unit.opens


async def test_protocol_that_is_not_there(hass: HomeAssistant, unit: Unit) -> None:
    """So it is after a step back to an older version."""
    entry = MockConfigEntry(domain=DOMAIN, data={"device": PORT, "protocol": "telepathy"})
    await set_up(hass, entry, state=ConfigEntryState.SETUP_ERROR)
    assert entry.error_reason_translation_key == "unsupported"
    assert "telepathy" in str(entry.reason)


async def test_options_of_another_protocol_are_left_alone(hass: HomeAssistant, unit: Unit) -> None:
    """What is no option of the protocol does not reach its driver, the intervals neither."""
    entry = await set_up(hass, make_entry(options={"dialect": "mustek", "telepathy": "on"}))
    session = entry.runtime_data.session
    assert session.options == {"dialect": "mustek"}
    assert session.intervals.status == 1
    assert session.intervals.full == 30


# restart


async def test_start_with_a_silent_unit(
    hass: HomeAssistant, unit: Unit, hass_storage: dict[str, Any]
) -> None:
    """All entities are there from the start, and live by themselves when the UPS is back."""
    unit.commands = [Command(name="beeper.mute")]
    unit.settings = [Setting(name="ups.delay.shutdown", maximum=600)]
    unit.values["ups.delay.shutdown"] = 30.0
    entry = await set_up(hass)
    before = {state.entity_id for state in hass.states.async_all()}
    assert len(before) > 5

    unit.failure = NoReply("silence")
    await restart(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    states = hass.states.async_all()
    assert {state.entity_id for state in states} == before
    # what happened before is known all the same
    known = {entity_id(hass, Platform.SENSOR, key) for key in OF_OUTAGES}
    known.add(entity_id(hass, Platform.EVENT, "power_events"))
    silent = {state.entity_id for state in states if state.state == STATE_UNAVAILABLE}
    assert before - silent == known
    assert not any(state.attributes.get("restored") for state in states)
    opened = len(unit.opens)
    await after(hass, unit, 60)
    assert len(unit.opens) > opened + 2

    unit.failure = None
    await after(hass, unit, 31)
    assert value_of(hass, Platform.SENSOR, "input.voltage") == "230.0"
    assert value_of(hass, Platform.BINARY_SENSOR, "mains") == "on"
    assert value_of(hass, Platform.NUMBER, "ups.delay.shutdown") == "30.0"
    assert {state.entity_id for state in hass.states.async_all()} == before
    assert entry.state is ConfigEntryState.LOADED


async def test_start_with_another_unit_at_the_port(
    hass: HomeAssistant, unit: Unit, caplog: pytest.LogCaptureFixture
) -> None:
    """Its values are not taken for those of the entry's unit."""
    entry = await set_up(hass)
    unit.identity = replace(unit.identity, serial="F2")
    await restart(hass, entry)
    await after(hass, unit, 10)
    assert value_of(hass, Platform.SENSOR, "input.voltage") == STATE_UNAVAILABLE
    assert caplog.text.count("(F2) answers at") == 1
    device = device_of(hass)
    assert isinstance(device, dr.DeviceEntry)
    assert device.serial_number == "F1"


async def test_firmware_is_updated(hass: HomeAssistant, unit: Unit) -> None:
    """A unit that comes back with a new firmware and a new command shows both at once."""
    unit.identity = replace(unit.identity, firmware="1.0")
    await set_up(hass)
    assert not keys(hass, Platform.BUTTON)

    unit.failure = LinkLost("hung up")
    await after(hass, unit, 2)
    unit.failure = None
    unit.identity = replace(unit.identity, firmware="2.0")
    unit.commands = [Command(name="beeper.mute")]
    await after(hass, unit, 31)
    device = device_of(hass)
    assert isinstance(device, dr.DeviceEntry)
    assert device.sw_version == "2.0"
    assert keys(hass, Platform.BUTTON) == {"beeper.mute"}


async def test_unit_that_does_not_say_who_it_is_this_time(hass: HomeAssistant, unit: Unit) -> None:
    """A reply that is lost while the unit is opened takes nothing from its device."""
    unit.identity = replace(unit.identity, firmware="1.0")
    await set_up(hass)
    before = device_of(hass)
    unit.failure = LinkLost("hung up")
    await after(hass, unit, 2)
    unit.failure = None
    unit.identity = Identity()
    await after(hass, unit, 31)
    assert value_of(hass, Platform.SENSOR, "status") == "on_line"
    assert device_of(hass) == before


async def test_what_is_remembered(
    hass: HomeAssistant, unit: Unit, hass_storage: dict[str, Any]
) -> None:
    """The file has the unit, its variables and its driver's memory, and goes with the entry."""
    unit.settings = [Setting(name="ups.delay.shutdown", maximum=600)]
    entry = await set_up(hass)
    store = entry.runtime_data.store._store
    await flush_store(store)
    assert hass_storage[STORAGE]["data"]["seen"] == ["input.voltage"]
    await entry.runtime_data.async_write("ups.delay.shutdown", 90.0)
    await flush_store(store)
    unit.values["battery.charge"] = 80.0
    await after(hass, unit, 31)
    await flush_store(store)
    stored = hass_storage[STORAGE]["data"]
    assert stored["seen"] == ["battery.charge", "input.voltage", "ups.delay.shutdown"]
    assert stored["memory"] == {"ups.delay.shutdown": 90.0}
    assert stored["capabilities"]["identity"]["serial"] == "F1"
    json.dumps(stored)

    assert await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert STORAGE not in hass_storage
    assert all(link.closed for link in unit.links)


async def test_memory_of_the_driver_outlives_a_restart(hass: HomeAssistant, unit: Unit) -> None:
    """A setting that the UPS does not store is found again."""
    unit.settings = [Setting(name="ups.delay.shutdown", maximum=600)]
    entry = await set_up(hass)
    await entry.runtime_data.async_write("ups.delay.shutdown", 90.0)
    await restart(hass, entry)
    assert entry.runtime_data.session.memory == {"ups.delay.shutdown": 90.0}


def test_capabilities_outlive_the_file() -> None:
    """Whatever a unit is and can do comes back from JSON as it was."""
    capabilities = Capabilities(
        identity=Identity(kind=DeviceKind.PDU, manufacturer="M", serial="1", firmware="2"),
        flags=frozenset({StatusFlag.ON_LINE, StatusFlag.ECO}),
        commands={
            "load.off": Command(
                name="load.off",
                danger=Danger.CUTS_POWER,
                parameters=(
                    Parameter(
                        name="delay",
                        minimum=0,
                        maximum=600,
                        step=1,
                        default=20,
                        setting="ups.delay.shutdown",
                    ),
                ),
                busy_for=9,
            )
        },
        settings={
            "input.sensitivity": Setting(
                name="input.sensitivity", kind=SettingKind.CHOICE, options=("low", "high")
            ),
            "ups.delay.shutdown": Setting(name="ups.delay.shutdown", maximum=9, host_side=True),
        },
        parts=(
            Part(kind=PartKind.OUTLET, index=1),
            Part(kind=PartKind.PACK, index=2, identity=Identity(serial="P2")),
        ),
    )
    stored = json.loads(json.dumps(capabilities_as_json(capabilities)))
    assert capabilities_from_json(stored) == capabilities


# unloading


async def test_unloading_frees_a_pty(hass: HomeAssistant, simulated: Simulated) -> None:
    """Another program can open the port after the entry is unloaded, and not before."""
    entry = await set_up(hass, simulated.entry())

    async def open_it() -> None:
        transport, _ = await create_serial_connection(
            hass.loop, asyncio.Protocol, simulated.wire.link, baudrate=2400, exclusive=True
        )
        transport.close()
        await transport.wait_closed()

    with pytest.raises((OSError, SerialException)):
        await open_it()
    assert await hass.config_entries.async_unload(entry.entry_id)
    await open_it()
    assert entry.state is ConfigEntryState.NOT_LOADED


async def test_unloading_frees_a_socket(
    hass: HomeAssistant, socket_enabled: None, impatient: None
) -> None:
    """A serial server that takes one client only is let go of."""
    ups = make_ups()
    async with TcpWire(ups) as wire:
        entry = await set_up(hass, make_entry(wire.link, options={"dialect": "megatec"}))
        assert value_of(hass, Platform.SENSOR, "status") == "on_line"
        assert ups.hosted
        assert await hass.config_entries.async_unload(entry.entry_id)
        await until(hass, lambda: not ups.hosted)


async def test_unloading_and_setting_up_again(hass: HomeAssistant, unit: Unit) -> None:
    """An unloaded entry is not asked for anything any more."""
    entry = await set_up(hass)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert [link.closed for link in unit.links] == [True]
    await after(hass, unit, 60)
    assert len(unit.links) == 1
    assert value_of(hass, Platform.SENSOR, "status") == STATE_UNAVAILABLE
    await set_up(hass, entry)
    await after(hass, unit, 1)
    assert value_of(hass, Platform.SENSOR, "status") == "on_line"


async def test_home_assistant_stops(
    hass: HomeAssistant, unit: Unit, hass_storage: dict[str, Any]
) -> None:
    """The wire is free and the file is written; entries are not unloaded then."""
    entry = await set_up(hass)
    assert STORAGE not in hass_storage
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert [link.closed for link in unit.links] == [True]
    assert hass_storage[STORAGE]["data"]["seen"] == ["input.voltage"]
    reads = len(unit.status_reads)
    await after(hass, unit, 60)
    assert len(unit.status_reads) == reads


# parts that are gone


async def remove(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, device: dr.AnyDeviceEntry | None
) -> bool:
    """Have a user remove a device; tell whether he may."""
    assert device is not None
    await async_setup_component(hass, "config", {})
    client = await hass_ws_client(hass)
    answer = await client.remove_device(device.id)
    await hass.async_block_till_done()
    assert answer["success"] or "rejected by integration" in answer["error"]["message"]
    return bool(answer["success"])


async def test_removing_a_part_that_is_gone(
    hass: HomeAssistant, unit: Unit, hass_ws_client: WebSocketGenerator
) -> None:
    """A probe that is unplugged may go, and comes back when it is plugged in again."""
    unit.values["ambient.1.temperature"] = 20.0
    await set_up(hass)
    assert not await remove(hass, hass_ws_client, device_of(hass))
    assert not await remove(hass, hass_ws_client, device_of(hass, "ambient.1"))

    del unit.values["ambient.1.temperature"]
    await after(hass, unit, 31)
    assert await remove(hass, hass_ws_client, device_of(hass, "ambient.1"))
    assert device_of(hass, "ambient.1") is None
    assert "ambient.1.temperature" not in keys(hass, Platform.SENSOR)
    await after(hass, unit, 31)
    assert device_of(hass, "ambient.1") is None

    unit.values["ambient.1.temperature"] = 21.0
    await after(hass, unit, 31)
    assert value_of(hass, Platform.SENSOR, "ambient.1.temperature") == "21.0"
    assert device_of(hass, "ambient.1") is not None


async def test_removing_a_part_that_has_only_commands(
    hass: HomeAssistant, unit: Unit, hass_ws_client: WebSocketGenerator
) -> None:
    """What the unit lists as its part is there, whether it has values or not."""
    unit.parts = [Part(kind=PartKind.OUTLET, index=1), Part(kind=PartKind.PHASE, index=1)]
    unit.commands = [Command(name="outlet.1.load.cycle")]
    await set_up(hass)
    assert not await remove(hass, hass_ws_client, device_of(hass, "outlet.1"))


async def test_removing_a_part_of_a_silent_unit(
    hass: HomeAssistant, unit: Unit, hass_ws_client: WebSocketGenerator
) -> None:
    """Nobody knows then what is still there."""
    unit.values["ambient.1.temperature"] = 20.0
    entry = await set_up(hass)
    unit.failure = NoReply("silence")
    await restart(hass, entry)
    assert not await remove(hass, hass_ws_client, device_of(hass, "ambient.1"))
    await hass.config_entries.async_set_disabled_by(ENTRY_ID, ConfigEntryDisabler.USER)
    assert not await remove(hass, hass_ws_client, device_of(hass, "ambient.1"))
