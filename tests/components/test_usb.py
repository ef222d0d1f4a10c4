"""UPSes on USB in Home Assistant: found, added, offered, unplugged, told apart, moved."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR
from homeassistant.components.button import DOMAIN as BUTTON
from homeassistant.components.number import DOMAIN as NUMBER
from homeassistant.components.sensor import DOMAIN as SENSOR
from homeassistant.components.switch import DOMAIN as SWITCH
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_INTEGRATION_DISCOVERY,
    SOURCE_USER,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_BASE, CONF_DEVICE, CONF_NAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from .units import INTEGRATION, entity_id, until, value_of
from custom_components.ups_protocols.const import (
    CONF_FULL_INTERVAL,
    CONF_PROTOCOL,
    CONF_STATUS_INTERVAL,
    DOMAIN,
)
from custom_components.ups_protocols.ups.errors import NoPermission, Unsupported
from custom_components.ups_protocols.ups.links.open import FoundUsb, list_usb
from tests.ups.usb_bus import make, simulated, threads
from tests.usbsim.pyusb_bus import PyusbBus

EATON = "usb:0463:ffff:G117J21028"
HID = "usb-hid-power-device"


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Generator[PyusbBus]:
    """A USB bus with nothing plugged in."""
    with simulated(monkeypatch) as bus:
        yield bus
    assert not threads()


@pytest.fixture
async def eaton(hass: HomeAssistant, bus: PyusbBus) -> AsyncGenerator[MockConfigEntry]:
    """An Eaton UPS with outlets that is set up."""
    bus.plug(make("eaton"), 1)
    entry = await set_up(hass, EATON, HID)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)
    assert not threads()


async def set_up(hass: HomeAssistant, device: str, protocol: str) -> MockConfigEntry:
    """Set up an entry."""
    entry = MockConfigEntry(domain=DOMAIN, data={CONF_DEVICE: device, CONF_PROTOCOL: protocol})
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    return entry


async def begin(hass: HomeAssistant) -> ConfigFlowResult:
    """Walk to the list of what is plugged in."""
    menu = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    return await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": "usb_device"}
    )


async def submit(
    hass: HomeAssistant, form: ConfigFlowResult, typed: dict[str, Any]
) -> ConfigFlowResult:
    """Submit a form and wait for what the probe comes to."""
    configure = hass.config_entries.flow.async_configure
    result = await configure(form["flow_id"], typed)
    while result["type"] is FlowResultType.SHOW_PROGRESS:
        await hass.async_block_till_done()
        result = await configure(form["flow_id"])
    return result


def offered(form: ConfigFlowResult) -> dict[str, str]:
    """Return the devices on a form: address and label."""
    assert form["type"] is FlowResultType.FORM
    assert form["data_schema"] is not None
    options = form["data_schema"].schema[CONF_DEVICE].config["options"]
    return {each["value"]: each["label"] for each in options}


# the flow


@pytest.mark.parametrize(
    ("name", "address", "protocol", "title", "unique_id"),
    [
        ("eaton", EATON, HID, "EATON 5P 1550", "eaton_g117j21028"),
        ("cypress", "usb:0665:5161", "megatec", "UPS MAKER SIM-1000", None),
        ("tripplite-3003", "usb:09ae:0001", "tripplite", None, None),
    ],
)
async def test_ups_is_chosen_and_added(
    hass: HomeAssistant,
    bus: PyusbBus,
    name: str,
    address: str,
    protocol: str,
    title: str | None,
    unique_id: str | None,
) -> None:
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
    form = await submit(hass, form, {CONF_DEVICE: " usb:0463:ffff "})
    assert form["errors"] == {CONF_DEVICE: "no_such_device"}
    bus.plug(make("eaton"), 1)
    confirm = await submit(hass, form, {CONF_DEVICE: " usb:0463:ffff "})
    assert confirm["step_id"] == "confirm"


async def test_bridge_that_the_user_names(hass: HomeAssistant, bus: PyusbBus) -> None:
    """It carries Megatec, whatever the ids say."""
    bus.plug(make("gtec"), 1)
    form = await begin(hass)
    (address,) = offered(form) or {"usb:0665:5161": ""}
    confirm = await submit(
        hass, form, {CONF_DEVICE: address, "more_options": {"bridge": "gtec", "dialect": "gtec"}}
    )
    assert confirm["step_id"] == "confirm", confirm
    result = await hass.config_entries.flow.async_configure(confirm["flow_id"], {})
    assert result["result"].options == {"bridge": "gtec", "dialect": "gtec"}
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(result["result"].entry_id)


async def test_what_cannot_be_opened_is_named_with_its_reason(
    hass: HomeAssistant, bus: PyusbBus
) -> None:
    bus.plug(make("eaton"), 1)
    bus.denied.add(1)
    form = await begin(hass)
    shown = form["description_placeholders"]
    assert shown is not None
    assert "may not open usb:0463:ffff" in shown["hindered"]
    (address,) = offered(form) or {"usb:0463:ffff": ""}
    form = await submit(hass, form, {CONF_DEVICE: address})
    assert form["errors"] == {CONF_DEVICE: "no_permission_usb"}
    bus.denied.clear()
    assert (await submit(hass, form, {CONF_DEVICE: address}))["step_id"] == "confirm"


async def test_hindrance_stands_on_the_form(hass: HomeAssistant, bus: PyusbBus) -> None:
    bus.plug(make("eaton"), 1)
    with patch(f"{INTEGRATION}.config_flow.list_usb", wraps=_hindered):
        form = await begin(hass)
    shown = form["description_placeholders"]
    assert shown is not None
    assert shown["hindered"].endswith("- EATON 5P (G117J21028): not you")


async def _hindered() -> list[FoundUsb]:
    return [
        FoundUsb(
            device=each.device,
            url=each.url,
            is_power_device=each.is_power_device,
            hindrance=NoPermission("not you"),
        )
        for each in await list_usb()
    ]


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
    form = await submit(hass, await begin(hass), {CONF_DEVICE: "usb:0665:5161"})
    assert form["step_id"] == "usb_device"
    assert form["errors"] == {CONF_BASE: "no_reply_usb"}


# reconfigured


async def test_reconfigure_to_another_address(
    hass: HomeAssistant, bus: PyusbBus, eaton: MockConfigEntry
) -> None:
    """Its own device is offered; the unit must be the same."""
    bus.plug(make("apc"), 2)
    form = await eaton.start_reconfigure_flow(hass)
    assert form["step_id"] == "reconfigure_usb"
    assert EATON in offered(form)
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


async def test_new_ups_is_offered_and_a_known_one_woken(
    hass: HomeAssistant, bus: PyusbBus, scans: list[Any]
) -> None:
    bus.plug(make("eaton"), 1)
    entry = await set_up(hass, EATON, HID)
    bus.plug(make("apc"), 2)
    bus.plug(make("powerware-9140"), 3)
    (request,) = scans
    gate = asyncio.Event()

    async def slowly() -> list[FoundUsb]:
        await gate.wait()
        return await list_usb()

    with (
        patch.object(entry.runtime_data.session, "plugged_in") as plugged_in,
        patch(f"{INTEGRATION}.discovery.list_usb", slowly),
    ):
        request()
        request()  # while the first look is under way
        gate.set()
        await hass.async_block_till_done(wait_background_tasks=True)
    plugged_in.assert_called_once()
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert {flow["step_id"] for flow in flows} == {"plugged_in"}
    names = {flow["context"]["title_placeholders"][CONF_NAME] for flow in flows}
    assert len(names) == 2
    assert any("American Power Conversion" in name for name in names)
    request()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(hass.config_entries.flow.async_progress_by_handler(DOMAIN)) == 2
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_usb_that_cannot_be_used_is_no_reason_to_complain(
    hass: HomeAssistant, bus: PyusbBus, scans: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    (request,) = scans
    with patch(f"{INTEGRATION}.discovery.list_usb", side_effect=Unsupported("no libusb")):
        request()
        await hass.async_block_till_done(wait_background_tasks=True)
    assert "no libusb" not in caplog.text


# in use


async def test_failure_of_the_mains_is_pushed(
    hass: HomeAssistant, bus: PyusbBus, eaton: MockConfigEntry
) -> None:
    """The interrupt report brings it: the next poll is an hour away."""
    entry_id = eaton.entry_id
    hass.config_entries.async_update_entry(
        eaton, options={CONF_STATUS_INTERVAL: 3600, CONF_FULL_INTERVAL: 3600}
    )
    await hass.config_entries.async_reload(entry_id)
    await hass.async_block_till_done()
    mains = entity_id(hass, BINARY_SENSOR, "mains", entry_id)
    assert hass.states.is_state(mains, "on")
    bus.mains(False)
    await until(hass, lambda: hass.states.is_state(mains, "off"))
    assert value_of(hass, SENSOR, "status", entry_id) == "on_battery"
    bus.mains(True)
    await until(hass, lambda: hass.states.is_state(mains, "on"))


async def test_commands_settings_and_outlets(
    hass: HomeAssistant, bus: PyusbBus, eaton: MockConfigEntry
) -> None:
    entry_id = eaton.entry_id
    outlet = entity_id(hass, SWITCH, "outlet.1.load.on", entry_id)
    er.async_get(hass).async_update_entity(outlet, disabled_by=None)
    await hass.config_entries.async_reload(entry_id)
    await hass.async_block_till_done()

    target = {"entity_id": outlet}
    assert hass.states.is_state(outlet, "on")
    await hass.services.async_call(SWITCH, "turn_off", target, blocking=True)
    await until(hass, lambda: hass.states.is_state(outlet, "off"))
    await hass.services.async_call(SWITCH, "turn_on", target, blocking=True)
    await until(hass, lambda: hass.states.is_state(outlet, "on"))

    delay = {"entity_id": entity_id(hass, NUMBER, "ups.delay.shutdown", entry_id)}
    await hass.services.async_call(NUMBER, "set_value", delay | {"value": 60}, blocking=True)
    assert float(value_of(hass, NUMBER, "ups.delay.shutdown", entry_id)) == 60

    test = {"entity_id": entity_id(hass, BUTTON, "test.battery.start.quick", entry_id)}
    await hass.services.async_call(BUTTON, "press", test, blocking=True)
    await until(hass, lambda: value_of(hass, SENSOR, "ups.test.result", entry_id) == "in_progress")
    assert value_of(hass, BINARY_SENSOR, "mains", entry_id) == "on"


async def test_unplugged_and_back_on_another_port(
    hass: HomeAssistant, bus: PyusbBus, eaton: MockConfigEntry
) -> None:
    mains = entity_id(hass, BINARY_SENSOR, "mains", eaton.entry_id)
    session = eaton.runtime_data.session
    bus.unplug(1)
    await until(hass, lambda: hass.states.is_state(mains, "unavailable"))
    bus.replug(1, to=4)
    await until(hass, lambda: hass.states.is_state(mains, "on"))
    assert eaton.runtime_data.session is session


async def test_two_alike_never_swap(hass: HomeAssistant, bus: PyusbBus) -> None:
    """Without serial numbers their places tell them apart."""
    bus.plug(make("cypress", load=10), 1)
    bus.plug(make("cypress", load=70), 2)
    form = await begin(hass)
    first, second = sorted(offered(form))
    assert "@" in first
    entries = [await set_up(hass, address, "megatec") for address in (first, second)]

    def loads() -> list[str]:
        return [value_of(hass, SENSOR, "ups.load", entry.entry_id) for entry in entries]

    before = loads()
    assert {float(load) for load in before} == {10, 70}
    bus.unplug(1)
    bus.unplug(2)
    for entry in entries:
        mains = entity_id(hass, BINARY_SENSOR, "mains", entry.entry_id)
        await until(hass, partial(hass.states.is_state, mains, "unavailable"))
    bus.replug(2)
    bus.replug(1)
    await until(hass, lambda: "unavailable" not in loads())
    assert loads() == before
    for entry in entries:
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_unloading_frees_the_device(
    hass: HomeAssistant, bus: PyusbBus, eaton: MockConfigEntry
) -> None:
    assert await hass.config_entries.async_unload(eaton.entry_id)
    await hass.async_block_till_done()
    assert not threads()
    again = await set_up(hass, "usb:0463:ffff", HID)
    assert await hass.config_entries.async_unload(again.entry_id)
