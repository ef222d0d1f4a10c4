"""Two UPSes are never taken for one, whatever they call themselves."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_DEVICE, Platform
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .test_config_flow import (
    NAMELESS_UNIT,
    OTHER_PORT,
    PORT,
    TYPED,
    UNIT,
    Wires,
    agree,
    begin,
    submit,
    wires,
)
from .units import until, value_of
from custom_components.ups_protocols.const import CONF_PROTOCOL, DOMAIN
from custom_components.ups_protocols.coordinator import UpsConfigEntry
from custom_components.ups_protocols.ups.errors import LinkLost
from custom_components.ups_protocols.ups.model import Identity, plausible_serial

__all__ = ["wires"]
NEW_PORT = "/dev/ttyUSB2"


@pytest.fixture(autouse=True)
async def unloaded(hass: HomeAssistant) -> AsyncGenerator[None]:
    """Let no session outlive its test."""
    yield
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        await hass.config_entries.async_unload(entry.entry_id)


async def find(hass: HomeAssistant, port: str) -> ConfigFlowResult:
    """Go through the flow up to what was found."""
    return await submit(hass, await begin(hass), {**TYPED, CONF_DEVICE: port})


async def add(hass: HomeAssistant, port: str) -> UpsConfigEntry:
    """Add what is at a port, and see it run."""
    result = await agree(hass, await find(hass, port))
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    entry: UpsConfigEntry = result["result"]
    await loaded(hass, entry)
    return entry


async def loaded(hass: HomeAssistant, entry: UpsConfigEntry) -> None:
    """Wait for an entry to run."""
    await until(hass, lambda: entry.state is ConfigEntryState.LOADED)


async def move(hass: HomeAssistant, entry: UpsConfigEntry, port: str) -> str:
    """Reconfigure an entry; return what comes of it."""
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )
    typed = {CONF_DEVICE: port, CONF_PROTOCOL: "megatec"}
    result = await submit(hass, form, typed)
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.ABORT, result
    return str(result["reason"])


def see_two(hass: HomeAssistant, wires: Wires, *entries: UpsConfigEntry) -> None:
    """See that two entries have devices, entities and values of their own."""
    devices = dr.async_get(hass)
    entities = er.async_get(hass)
    found = [dr.async_entries_for_config_entry(devices, each.entry_id) for each in entries]
    assert [len(each) for each in found] == [1, 1]
    assert found[0][0].id != found[1][0].id
    ids = [
        {row.unique_id for row in er.async_entries_for_config_entry(entities, each.entry_id)}
        for each in entries
    ]
    assert len(ids[0]) == len(ids[1]) > 3
    assert not ids[0] & ids[1]
    for entry in entries:
        load = wires.ups_at[entry.data[CONF_DEVICE]].values["ups.load"]
        assert float(value_of(hass, Platform.SENSOR, "ups.load", entry.entry_id)) == load


def plug_two(wires: Wires, identity: Identity) -> None:
    wires.plug(PORT, identity)
    wires.plug(OTHER_PORT, identity).values["ups.load"] = 34


@pytest.mark.parametrize(
    "serial", ["0", "unknown", "00000000", "123456789", "Blank", "", "FFFFFFFF", "N/A"]
)
async def test_serial_numbers_that_lie(hass: HomeAssistant, wires: Wires, serial: str) -> None:
    """They are none, as drivers give them: each port is a UPS."""
    plug_two(wires, replace(UNIT, serial=plausible_serial(serial)))
    first = await add(hass, PORT)
    second = await add(hass, OTHER_PORT)
    assert first.unique_id is second.unique_id is None
    see_two(hass, wires, first, second)


async def test_two_with_one_serial_number(hass: HomeAssistant, wires: Wires) -> None:
    """It looks honest, but both answer at the same time: the second is known by its entry."""
    plug_two(wires, UNIT)
    first = await add(hass, PORT)
    second = await add(hass, OTHER_PORT)
    assert first.unique_id == "fake_f1"
    assert second.unique_id is None
    see_two(hass, wires, first, second)

    # each can be led to another port, and stays what it is
    for entry, unique_id in ((second, None), (first, "fake_f1")):
        before = entry.data[CONF_DEVICE]
        after = f"{before}_moved"
        wires.ups_at[after] = wires.ups_at.pop(before)
        assert await move(hass, entry, after) == "reconfigure_successful"
        await loaded(hass, entry)
        assert (entry.data[CONF_DEVICE], entry.unique_id) == (after, unique_id)
        see_two(hass, wires, first, second)


async def test_one_that_was_moved(hass: HomeAssistant, wires: Wires) -> None:
    """A known serial number whose UPS does not answer where it was: nothing is added."""
    ups = wires.plug(PORT, UNIT)
    first = await add(hass, PORT)
    session = first.runtime_data.session
    ups.failure = ups.open_failure = LinkLost("hung up")
    await until(hass, lambda: not session.available)
    wires.plug(OTHER_PORT, UNIT)
    result = await find(hass, OTHER_PORT)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    # it is found again where the entry is led to
    assert await move(hass, first, OTHER_PORT) == "reconfigure_successful"
    await loaded(hass, first)
    assert value_of(hass, Platform.SENSOR, "status", first.entry_id) == "on_line"
    assert first.unique_id == "fake_f1"


@pytest.mark.parametrize("other", [replace(UNIT, serial="F2"), replace(NAMELESS_UNIT, model="Two")])
async def test_entry_is_led_to_no_other_unit(
    hass: HomeAssistant, wires: Wires, other: Identity
) -> None:
    """Nor is one without a serial number of its own to the one that has it."""
    wires.plug(PORT, UNIT)
    first = await add(hass, PORT)
    wires.plug(OTHER_PORT, other)
    second = await add(hass, OTHER_PORT)
    wires.plug(NEW_PORT, UNIT)
    assert await move(hass, second, NEW_PORT) == "wrong_device"
    wires.plug(NEW_PORT, other)
    assert await move(hass, first, NEW_PORT) == "wrong_device"
    await hass.async_block_till_done()
    assert first.data[CONF_DEVICE] == PORT
    assert second.data[CONF_DEVICE] == OTHER_PORT


async def test_one_wire_of_another_kind(hass: HomeAssistant, wires: Wires) -> None:
    """A serial server may have several names: the same number there is the same UPS."""
    wires.plug(PORT, UNIT)
    await add(hass, PORT)
    address = "socket://server:4001"
    wires.plug(address, UNIT)
    result = await find(hass, address)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
