"""UPSes on USB in the config flow and in discovery: listed, added, offered, told apart, moved."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_INTEGRATION_DISCOVERY,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_BASE, CONF_DEVICE, CONF_NAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component

from .plugged import CYPRESS, EATON, HID, begin, chosen, offered, set_up, submit
from .units import INTEGRATION
from custom_components.ups_protocols.const import CONF_PROTOCOL, DOMAIN
from custom_components.ups_protocols.ups.errors import NoPermission, Unsupported
from custom_components.ups_protocols.ups.links.open import FoundUsb, list_usb
from custom_components.ups_protocols.ups.links.usb import UsbLine
from tests.ups.usb_bus import make, simulated, threads
from tests.usbsim.pyusb_bus import PyusbBus

FIRST, SECOND = f"{CYPRESS}@1-1", f"{CYPRESS}@1-2"


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Generator[PyusbBus]:
    """A USB bus with nothing plugged in."""
    with simulated(monkeypatch) as bus:
        yield bus
    assert not threads()


@pytest.fixture
async def unloads(hass: HomeAssistant, bus: PyusbBus) -> AsyncGenerator[None]:
    """Unload at the end what the flow has set up."""
    yield
    for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False):
        await hass.config_entries.async_unload(entry.entry_id)
    assert not threads()


@pytest.fixture
async def eaton(hass: HomeAssistant, bus: PyusbBus, unloads: None) -> MockConfigEntry:
    """An Eaton UPS with outlets that is set up."""
    bus.plug(make("eaton"), 1)
    return await set_up(hass, EATON, HID)


async def add(hass: HomeAssistant, form: ConfigFlowResult) -> MockConfigEntry:
    """Agree to what the flow has found."""
    assert form["step_id"] == "confirm", form
    result = await hass.config_entries.flow.async_configure(form["flow_id"], {})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry: MockConfigEntry = result["result"]  # type: ignore[assignment]
    assert entry.state is ConfigEntryState.LOADED
    return entry


def hindered(form: ConfigFlowResult) -> str:
    """Return what a form says of devices that cannot be opened."""
    shown = form["description_placeholders"]
    assert shown is not None
    return shown["hindered"]


# the flow


@pytest.mark.parametrize(
    ("name", "address", "protocol", "title", "unique_id"),
    [
        ("eaton", EATON, HID, "EATON 5P 1550", "eaton_g117j21028"),
        ("cypress", "usb:0665:5161", "megatec", "UPS MAKER SIM-1000", None),
        ("richcomm", "usb:0925:1234", "richcomm", None, None),
        ("xcp-hp-t750", "usb:03f0:1f02", "xcp", "Powerware HP T750", "powerware_gb123a0456"),
    ],
)
async def test_ups_is_chosen_and_added(
    hass: HomeAssistant,
    bus: PyusbBus,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    address: str,
    protocol: str,
    title: str | None,
    unique_id: str | None,
) -> None:
    # no longer than the simulated unit wants
    monkeypatch.setattr(f"{INTEGRATION}.ups.protocols.xcp.talk._PAUSE_WITHOUT_SPEED", 0.25)
    bus.plug(make(name), 1)
    form = await begin(hass)
    assert form["errors"] == {}
    assert offered(form).keys() == {address}
    confirm = await submit(hass, form, {CONF_DEVICE: address})
    assert confirm["step_id"] == "confirm"
    result = await hass.config_entries.flow.async_configure(confirm["flow_id"], {})
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert title in {None, result["title"]}
    entry = result["result"]
    assert entry.data == {CONF_DEVICE: address, CONF_PROTOCOL: protocol}
    assert entry.unique_id == unique_id
    assert entry.state is ConfigEntryState.LOADED
    # who has it already is not asked again
    form = await begin(hass)
    assert not offered(form)
    assert form["errors"] == {CONF_BASE: "nothing_plugged_in"}
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not threads()


async def test_list_is_made_anew_and_takes_typed_addresses(
    hass: HomeAssistant, bus: PyusbBus
) -> None:
    form = await begin(hass)
    assert form["errors"] == {CONF_BASE: "nothing_plugged_in"}
    form = await submit(hass, form, {})
    assert form["errors"] == {CONF_BASE: "nothing_plugged_in"}
    form = await submit(hass, form, {CONF_DEVICE: " USB:0463:FFFF "})
    assert form["errors"] == {CONF_DEVICE: "no_such_device"}
    bus.plug(make("eaton"), 1)
    form = await submit(hass, form, {})
    assert form["errors"] == {}
    assert offered(form) == {EATON: f"EATON 5P (G117J21028) – {EATON}"}
    assert chosen(form) == EATON
    bus.plug(make("cypress"), 2)
    form = await submit(hass, form, {})
    assert offered(form).keys() == {EATON, CYPRESS}
    assert chosen(form) is None
    confirm = await submit(hass, form, {CONF_DEVICE: " USB:0463:FFFF "})
    assert confirm["step_id"] == "confirm"
    shown = confirm["description_placeholders"]
    assert shown is not None
    assert shown["device"] == "usb:0463:ffff"


@pytest.mark.parametrize("address", ["/dev/hidraw0", "usb:0463", "socket://127.0.0.1:1"])
async def test_what_is_no_address_on_usb_is_never_opened(
    hass: HomeAssistant, bus: PyusbBus, address: str
) -> None:
    """Behind it may be anything, and a serial line would be asked for a UPS."""
    bus.plug(make("eaton"), 1)
    form = await begin(hass)
    with patch(f"{INTEGRATION}.probing.detect") as detect:
        form = await submit(hass, form, {CONF_DEVICE: address})
    detect.assert_not_called()
    assert form["errors"] == {CONF_DEVICE: "no_such_device"}
    shown = form["description_placeholders"]
    assert shown is not None
    assert address in shown["reason"]
    assert chosen(form) == address


@pytest.mark.parametrize(
    ("name", "more"),
    [("gtec", {"bridge": "gtec", "dialect": "gtec"}), ("omron", {"dialect": "omron"})],
)
async def test_what_the_user_knows_of_a_bridge(
    hass: HomeAssistant, bus: PyusbBus, unloads: None, name: str, more: dict[str, str]
) -> None:
    """It carries Megatec, whatever the ids say; the dialect is asked for at once."""
    bus.plug(make(name), 1)
    form = await begin(hass)
    address = chosen(form)
    assert address
    with patch(f"{INTEGRATION}.probing.detect") as detect:
        confirm = await submit(hass, form, {CONF_DEVICE: address, "more_options": more})
    detect.assert_not_called()
    entry = await add(hass, confirm)
    assert entry.data[CONF_PROTOCOL] == "megatec"
    assert entry.options == more


async def test_what_cannot_be_opened_is_named_with_its_reason(
    hass: HomeAssistant, bus: PyusbBus
) -> None:
    bus.plug(make("eaton"), 1)
    bus.denied.add(1)
    form = await begin(hass)
    assert form["errors"] == {CONF_BASE: "hindered"}
    assert "may not open usb:0463:ffff" in hindered(form)
    (address,) = offered(form)
    form = await submit(hass, form, {CONF_DEVICE: address})
    assert form["errors"] == {CONF_DEVICE: "no_permission_usb"}
    bus.denied.clear()
    assert (await submit(hass, form, {CONF_DEVICE: address}))["step_id"] == "confirm"


async def test_hindrance_stands_on_the_form(hass: HomeAssistant, bus: PyusbBus) -> None:
    """Of what is free nothing is said, and it is chosen already."""
    bus.plug(make("eaton"), 1)
    bus.plug(make("cypress"), 2)

    async def listed() -> list[FoundUsb]:
        eaton, cypress = await list_usb()
        return [replace(eaton, hindrance=NoPermission("not you")), cypress]

    with patch(f"{INTEGRATION}.config_flow.list_usb", listed):
        form = await begin(hass)
    assert form["errors"] == {CONF_BASE: "hindered"}
    assert hindered(form) == "EATON 5P (G117J21028): not you"
    assert offered(form).keys() == {EATON, CYPRESS}
    assert chosen(form) == CYPRESS


async def test_usb_that_cannot_be_used(hass: HomeAssistant) -> None:
    with patch(f"{INTEGRATION}.config_flow.list_usb", side_effect=Unsupported("no libusb")):
        form = await begin(hass)
    assert form["errors"] == {CONF_BASE: "no_usb"}
    assert form["description_placeholders"] == {"reason": "no libusb", "hindered": ""}


async def test_silent_ups(hass: HomeAssistant, bus: PyusbBus) -> None:
    """A bridge whose UPS is off answers nothing; the form has no field for the protocol."""
    bridge = make("cypress")
    bus.plug(bridge, 1)
    bridge.ups.faults.silence = True  # type: ignore[attr-defined]
    query = UsbLine.query

    async def ask(line: UsbLine, request: bytes, **arguments: Any) -> bytes | None:
        return await query(line, request, **(arguments | {"timeout": 0.02}))

    with patch.object(UsbLine, "query", ask):
        form = await submit(hass, await begin(hass), {CONF_DEVICE: CYPRESS})
    assert form["step_id"] == "usb_device"
    assert form["errors"] == {CONF_BASE: "no_reply_usb"}
    assert chosen(form) == CYPRESS


# who has it already


async def test_same_ups_by_another_address(
    hass: HomeAssistant, bus: PyusbBus, eaton: MockConfigEntry
) -> None:
    """It is not told that another program has it."""
    result = await submit(hass, await begin(hass), {CONF_DEVICE: "usb:0463:ffff"})
    assert result["reason"] == "already_configured"
    result = await submit(hass, await begin(hass), {CONF_DEVICE: EATON})
    assert result["reason"] == "already_configured"
    assert eaton.state is ConfigEntryState.LOADED


async def test_two_alike_one_after_the_other(
    hass: HomeAssistant, bus: PyusbBus, unloads: None
) -> None:
    """The second can be had too; then the first is known by its place, and stays what it is."""
    bus.plug(make("cypress", load=10), 1)
    first = await set_up(hass, CYPRESS, "megatec")
    session = first.runtime_data.session
    bus.plug(make("cypress", load=70), 2)
    form = await begin(hass)
    assert form["errors"] == {}
    assert offered(form).keys() == {SECOND}
    second = await add(hass, await submit(hass, form, {CONF_DEVICE: SECOND}))
    assert second.data[CONF_DEVICE] == SECOND
    assert first.data[CONF_DEVICE] == FIRST
    assert first.runtime_data.session is session
    assert session.url == FIRST
    for entry, load in ((first, 10), (second, 70)):
        assert entry.runtime_data.session.snapshot.variables["ups.load"] == load
    assert not offered(await begin(hass))


async def test_two_alike_where_nobody_can_tell(
    hass: HomeAssistant, bus: PyusbBus, unloads: None
) -> None:
    """Both may be the one of the entry: none is offered, and the entry can be led to one."""
    entry = await set_up(hass, CYPRESS, "megatec", state=ConfigEntryState.SETUP_RETRY)
    bus.plug(make("cypress"), 1)
    bus.plug(make("cypress"), 2)
    assert not offered(await begin(hass))
    form = await entry.start_reconfigure_flow(hass)
    assert offered(form).keys() == {FIRST, SECOND}
    result = await submit(hass, form, {CONF_DEVICE: SECOND})
    await hass.async_block_till_done()
    assert result["reason"] == "reconfigure_successful"
    assert entry.data[CONF_DEVICE] == SECOND
    form = await begin(hass)
    assert offered(form).keys() == {FIRST}
    # an address that fits both means neither
    form = await submit(hass, form, {CONF_DEVICE: CYPRESS})
    assert form["errors"] == {CONF_DEVICE: "no_such_device"}


async def test_two_with_the_same_serial_number(
    hass: HomeAssistant, bus: PyusbBus, unloads: None
) -> None:
    """It is not their own: they are told apart by their places."""
    bus.plug(make("eaton"), 1)
    bus.plug(make("eaton"), 2)
    first, second = sorted(offered(await begin(hass)))
    assert (first, second) == ("usb:0463:ffff@1-1", "usb:0463:ffff@1-2")
    for address in (first, second):
        entry = await add(hass, await submit(hass, await begin(hass), {CONF_DEVICE: address}))
        assert entry.unique_id is None


# reconfigured


async def test_reconfigure_to_another_address(
    hass: HomeAssistant, bus: PyusbBus, eaton: MockConfigEntry
) -> None:
    """Its own device is offered; the unit must be the same."""
    bus.plug(make("apc"), 2)
    form = await eaton.start_reconfigure_flow(hass)
    assert form["step_id"] == "reconfigure_usb"
    # that it is open is its own doing
    assert form["errors"] == {}
    assert EATON in offered(form)
    assert chosen(form) == EATON
    (other,) = offered(form).keys() - {EATON}
    result = await submit(hass, form, {CONF_DEVICE: other})
    assert result["reason"] == "wrong_device"
    await hass.async_block_till_done()
    assert eaton.state is ConfigEntryState.LOADED

    form = await eaton.start_reconfigure_flow(hass)
    result = await submit(hass, form, {CONF_DEVICE: "usb:0463:ffff"})
    await hass.async_block_till_done()
    assert result["reason"] == "reconfigure_successful"
    assert eaton.data[CONF_DEVICE] == "usb:0463:ffff"
    assert eaton.state is ConfigEntryState.LOADED


# discovered


async def discover(hass: HomeAssistant, address: str = EATON) -> ConfigFlowResult:
    """Have a device offered."""
    return await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_INTEGRATION_DISCOVERY},
        data={CONF_DEVICE: address, CONF_NAME: "EATON 5P"},
    )


async def test_offered_ups_is_opened_once_the_user_agrees(
    hass: HomeAssistant, bus: PyusbBus
) -> None:
    device = make("eaton")
    bus.plug(device, 1)
    form = await discover(hass)
    assert form["step_id"] == "plugged_in"
    assert not device.log
    assert (await discover(hass))["reason"] == "already_in_progress"
    bus.unplug(1)
    form = await submit(hass, form, {})
    assert form["step_id"] == "plugged_in"
    assert form["errors"] == {CONF_BASE: "no_such_device"}
    bus.replug(1)
    confirm = await submit(hass, form, {})
    assert confirm["step_id"] == "confirm"
    result = await hass.config_entries.flow.async_configure(confirm["flow_id"], {})
    await hass.async_block_till_done()
    assert result["result"].unique_id == "eaton_g117j21028"
    assert (await discover(hass))["reason"] == "already_configured"
    assert await hass.config_entries.async_unload(result["result"].entry_id)


async def test_ignored_ups_is_not_offered_again(hass: HomeAssistant, bus: PyusbBus) -> None:
    bus.plug(make("eaton"), 1)
    form = await discover(hass)
    await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_IGNORE},
        data={"unique_id": EATON, "title": "EATON 5P"},
    )
    assert form["flow_id"]
    assert (await discover(hass))["reason"] == "already_configured"


@pytest.fixture
def scans(hass: HomeAssistant) -> Generator[list[Any]]:
    """Take what is called when Home Assistant notices that something was plugged in."""
    callbacks: list[Any] = []

    @callback
    def register(hass: HomeAssistant, request: Any) -> None:
        callbacks.append(request)

    with (
        patch(f"{INTEGRATION}.discovery.usb.async_register_scan_request_callback", register),
        patch(f"{INTEGRATION}.discovery.usb.async_register_initial_scan_callback"),
    ):
        yield callbacks


def offers(hass: HomeAssistant) -> set[str]:
    """Return the addresses that wait for the user."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert {flow["step_id"] for flow in flows} <= {"plugged_in"}
    return {str(flow["context"]["unique_id"]) for flow in flows}


async def look(hass: HomeAssistant, scans: list[Any]) -> None:
    """Have Home Assistant notice that something was plugged in."""
    (request,) = scans
    request()
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_new_ups_is_offered_and_a_known_one_woken(
    hass: HomeAssistant, bus: PyusbBus, scans: list[Any], eaton: MockConfigEntry
) -> None:
    bus.plug(make("apc"), 2)
    bus.plug(make("powerware-9140"), 3)
    with patch.object(eaton.runtime_data.session, "plugged_in") as plugged_in:
        await look(hass, scans)
    plugged_in.assert_called_once()
    assert len(offers(hass)) == 2
    names = {
        flow["context"]["title_placeholders"][CONF_NAME]
        for flow in hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    }
    assert any("American Power Conversion" in name for name in names)
    before = offers(hass)
    await look(hass, scans)
    assert offers(hass) == before


async def test_what_is_not_spoken_is_not_offered(
    hass: HomeAssistant, bus: PyusbBus, scans: list[Any], eaton: MockConfigEntry
) -> None:
    bus.plug(make("apc"), 2)
    with patch(f"{INTEGRATION}.discovery.usb_protocols", return_value=("cuspp",)):
        await look(hass, scans)
    assert not offers(hass)


async def test_plugged_in_during_a_look(
    hass: HomeAssistant, bus: PyusbBus, scans: list[Any], eaton: MockConfigEntry
) -> None:
    """One look at a time; what comes too late for it is seen by the next."""
    (request,) = scans
    gate = asyncio.Event()
    looks = 0

    async def slowly() -> list[FoundUsb]:
        nonlocal looks
        looks += 1
        seen = await list_usb()
        await gate.wait()
        return seen

    with patch(f"{INTEGRATION}.discovery.list_usb", slowly):
        request()
        while looks == 0:
            await asyncio.sleep(0)
        await hass.async_add_executor_job(bus.plug, make("cypress"), 2)
        request()
        request()
        gate.set()
        await hass.async_block_till_done(wait_background_tasks=True)
    assert looks == 2
    assert offers(hass) == {CYPRESS}


async def test_removed_ups_is_offered_again(
    hass: HomeAssistant, bus: PyusbBus, scans: list[Any], eaton: MockConfigEntry
) -> None:
    """Whether it was set up or ignored."""
    await look(hass, scans)
    assert not offers(hass)
    await hass.config_entries.async_remove(eaton.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert offers(hass) == {EATON}
    ignored = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_IGNORE}, data={"unique_id": EATON, "title": "EATON"}
    )
    await look(hass, scans)
    assert not offers(hass)
    await hass.config_entries.async_remove(ignored["result"].entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert offers(hass) == {EATON}


async def test_offer_is_withdrawn_when_the_ups_is_added_by_hand(
    hass: HomeAssistant, bus: PyusbBus, scans: list[Any], eaton: MockConfigEntry
) -> None:
    bus.plug(make("cypress"), 2)
    bus.plug(make("apc"), 3)
    await look(hass, scans)
    before = offers(hass)
    assert CYPRESS in before
    await add(hass, await submit(hass, await begin(hass), {CONF_DEVICE: CYPRESS}))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert offers(hass) == before - {CYPRESS}


async def test_ups_that_never_answered_is_tried_once_it_is_plugged_in(
    hass: HomeAssistant, bus: PyusbBus, scans: list[Any], unloads: None
) -> None:
    """Home Assistant itself would wait for up to ten minutes."""
    entry = await set_up(hass, CYPRESS, "megatec", state=ConfigEntryState.SETUP_RETRY)
    await look(hass, scans)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    bus.plug(make("cypress"), 2)
    bus.denied.add(2)
    with patch.object(hass.config_entries, "async_schedule_reload") as reload:
        await look(hass, scans)
    reload.assert_not_called()
    bus.denied.clear()
    await look(hass, scans)
    await hass.async_block_till_done()
    assert hass.config_entries.async_loaded_entries(DOMAIN) == [entry]


async def test_two_alike_after_a_restart(
    hass: HomeAssistant, bus: PyusbBus, scans: list[Any], unloads: None
) -> None:
    """The other's entry tells which one an address without a place means."""
    bus.plug(make("cypress", load=10), 1)
    bus.plug(make("cypress", load=70), 2)
    first = await set_up(hass, CYPRESS, "megatec", state=ConfigEntryState.SETUP_RETRY)
    second = await set_up(hass, SECOND, "megatec")
    await look(hass, scans)
    await hass.async_block_till_done()
    assert first.data[CONF_DEVICE] == FIRST
    assert first.state is ConfigEntryState.LOADED
    assert second.data[CONF_DEVICE] == SECOND
    assert not offers(hass)


async def test_usb_that_cannot_be_used_is_no_reason_to_complain(
    hass: HomeAssistant, bus: PyusbBus, scans: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    with patch(f"{INTEGRATION}.discovery.list_usb", side_effect=Unsupported("no libusb")):
        await look(hass, scans)
    assert "no libusb" not in caplog.text
