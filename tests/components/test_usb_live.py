"""UPSes on USB in a running Home Assistant: added, pushed, commanded, pulled, put back, let go.

Each test runs on pyusb with simulated devices behind it. `test_real_libusb` runs the file once
more in a child under umockdev's preload library: there the same tests are on real libusb, and the
simulator in a process of its own.
"""

from collections.abc import Generator
from functools import partial
import json
from typing import Any, Protocol, override

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR
from homeassistant.components.button import DOMAIN as BUTTON
from homeassistant.components.number import DOMAIN as NUMBER
from homeassistant.components.sensor import DOMAIN as SENSOR
from homeassistant.components.switch import DOMAIN as SWITCH
from homeassistant.components.usb import DOMAIN as USB
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from .plugged import CYPRESS, EATON, HID, begin, offered, set_up, submit
from .units import entity_id, until, value_of
from custom_components.ups_protocols.const import CONF_FULL_INTERVAL, CONF_STATUS_INTERVAL, DOMAIN
from custom_components.ups_protocols.ups.errors import InUse
from custom_components.ups_protocols.ups.links.base import LinkKind
from custom_components.ups_protocols.ups.links.open import list_usb, open_link
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.ups.usb_bus import simulated, threads
from tests.usbsim import preload
from tests.usbsim.control import Control
from tests.usbsim.remote import Remote

OTHER = "usb:051d:0002:JB0319033542"
PORTS = range(1, 6)


class Bus(Protocol):
    """What can be done with simulated devices, wherever they are."""

    def ask(self, *words: str | float, port: int = 1) -> str:
        """Say a verb of the control channel."""


class Here(Bus):
    """Devices in this process."""

    def __init__(self, control: Control) -> None:
        self.control = control

    @override
    def ask(self, *words: str | float, port: int = 1) -> str:
        answer = self.control.execute(" ".join([*map(str, words), f"port={port}"]))
        assert not answer.startswith("error:"), answer
        return answer


@pytest.mark.skipif(preload.is_active(), reason="this is the child")
@pytest.mark.skipif(preload.missing() is not None, reason=str(preload.missing()))
@pytest.mark.timeout(preload.RERUN_TIMEOUT)
def test_real_libusb() -> None:
    preload.rerun(__file__)


@pytest.fixture(scope="session")
def remote() -> Generator[Remote]:
    """One simulator for all: libusb reads UMOCKDEV_DIR once."""
    with Remote(here=True) as made:
        yield made


@pytest.fixture
def bus(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Generator[Bus]:
    """A USB bus with nothing plugged in; at the end no thread of a link is left."""
    if not preload.is_active():
        with simulated(monkeypatch) as devices:
            yield Here(Control(devices))
    else:
        remote: Remote = request.getfixturevalue("remote")
        yield remote
        for port in json.loads(remote.ask("devices")):
            remote.unplug(int(port))
    assert not threads()


async def polled_hourly(hass: HomeAssistant, device: str, protocol: str, port: int = 1) -> str:
    """Set up a UPS of which an hour is nothing heard but what it tells by itself."""
    entry = await set_up(
        hass, device, protocol, {CONF_STATUS_INTERVAL: 3600, CONF_FULL_INTERVAL: 3600}
    )
    return entry.entry_id


async def holder(device: str) -> str | None:
    """Return who keeps others from a device."""
    (found,) = (each for each in await list_usb() if each.url == device)
    return type(found.hindrance).__name__ if found.hindrance else None


@pytest.mark.parametrize(
    ("name", "address", "label", "kind", "protocol"),
    [
        ("eaton", EATON, "EATON 5P (G117J21028)", LinkKind.HID_DEVICE, HID),
        ("cypress", CYPRESS, "INNO TECH USB to Serial", LinkKind.QUERY_LINE, "megatec"),
    ],
)
async def test_added_used_and_let_go(
    hass: HomeAssistant,
    bus: Bus,
    name: str,
    address: str,
    label: str,
    kind: LinkKind,
    protocol: str,
) -> None:
    """Through the flow to its entities; who unloads it leaves the device to others."""
    bus.ask("plug", name)
    form = await begin(hass)
    assert form["errors"] == {}
    assert offered(form) == {address: f"{label} – {address}"}
    confirm = await submit(hass, form, {"device": address})
    assert confirm["step_id"] == "confirm"
    assert await holder(address) is None
    result = await hass.config_entries.flow.async_configure(confirm["flow_id"], {})
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["protocol"] == protocol
    assert value_of(hass, BINARY_SENSOR, "mains", entry.entry_id) == "on"
    assert float(value_of(hass, SENSOR, "input.voltage", entry.entry_id)) == pytest.approx(230, 0.1)
    assert threads()

    assert await holder(address) == "InUse"
    with pytest.raises(InUse):
        await open_link(address, kind, transcript=Transcript())
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not threads()
    assert await holder(address) is None
    link = await open_link(address, kind, transcript=Transcript())
    await link.close()


async def test_failure_of_the_mains_is_pushed(hass: HomeAssistant, bus: Bus) -> None:
    """The interrupt report brings it and starts an automation: the next poll is an hour away."""
    bus.ask("plug", "eaton")
    entry_id = await polled_hourly(hass, EATON, HID)
    mains = entity_id(hass, BINARY_SENSOR, "mains", entry_id)
    assert await async_setup_component(
        hass,
        AUTOMATION,
        {
            AUTOMATION: {
                "triggers": {
                    "trigger": f"{DOMAIN}.power_lost",
                    "target": {"entity_id": mains},
                },
                "actions": {"event": "told"},
            }
        },
    )
    told = async_capture_events(hass, "told")
    assert hass.states.is_state(mains, "on")
    bus.ask("mains", "off")
    await until(hass, lambda: hass.states.is_state(mains, "off"))
    await until(hass, lambda: told)
    assert value_of(hass, SENSOR, "status", entry_id) == "on_battery"
    bus.ask("mains", "on")
    await until(hass, lambda: hass.states.is_state(mains, "on"))
    assert len(told) == 1
    assert await hass.config_entries.async_unload(entry_id)


async def test_failure_of_the_mains_behind_a_bridge(hass: HomeAssistant, bus: Bus) -> None:
    """A bridge tells nothing by itself: the poll sees it, and asks twice."""
    bus.ask("plug", "cypress")
    entry = await set_up(hass, CYPRESS, "megatec", {CONF_STATUS_INTERVAL: 1})
    mains = entity_id(hass, BINARY_SENSOR, "mains", entry.entry_id)
    assert hass.states.is_state(mains, "on")
    bus.ask("mains", "off")
    await until(hass, lambda: hass.states.is_state(mains, "off"))
    press = {"entity_id": entity_id(hass, BUTTON, "test.battery.start.quick", entry.entry_id)}
    bus.ask("mains", "on")
    await until(hass, lambda: hass.states.is_state(mains, "on"))
    await hass.services.async_call(BUTTON, "press", press, blocking=True)
    await until(hass, lambda: value_of(hass, SENSOR, "status", entry.entry_id) == "testing")
    assert hass.states.is_state(mains, "on")
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_commands_settings_and_outlets(hass: HomeAssistant, bus: Bus) -> None:
    bus.ask("plug", "eaton")
    entry_id = await polled_hourly(hass, EATON, HID)
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
    assert await hass.config_entries.async_unload(entry_id)


@pytest.mark.parametrize(
    ("name", "address", "protocol"), [("eaton", EATON, HID), ("cypress", CYPRESS, "megatec")]
)
async def test_unplugged_and_back_on_another_port(
    hass: HomeAssistant, bus: Bus, name: str, address: str, protocol: str
) -> None:
    """Unavailable at once, available again by itself: nothing is loaded anew."""
    bus.ask("plug", name)
    entry = await set_up(hass, address, protocol, {CONF_STATUS_INTERVAL: 1})
    mains = entity_id(hass, BINARY_SENSOR, "mains", entry.entry_id)
    coordinator = entry.runtime_data
    bus.ask("unplug")
    await until(hass, lambda: hass.states.is_state(mains, "unavailable"))
    assert entry.state is ConfigEntryState.LOADED
    bus.ask("replug", 4)
    await until(hass, lambda: hass.states.is_state(mains, "on"))
    assert entry.runtime_data is coordinator
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_two_alike_never_swap(hass: HomeAssistant, bus: Bus) -> None:
    """Without serial numbers their places tell them apart."""
    bus.ask("plug", "cypress", port=1)
    bus.ask("plug", "cypress", port=2)
    bus.ask("set", "load", 11, port=1)
    bus.ask("set", "load", 66, port=2)
    first, second = sorted(offered(await begin(hass)))
    assert first.partition("@")[2] < second.partition("@")[2]
    entries = [
        await set_up(hass, address, "megatec", {CONF_STATUS_INTERVAL: 1})
        for address in (first, second)
    ]

    def loads() -> list[str]:
        return [value_of(hass, SENSOR, "ups.load", entry.entry_id) for entry in entries]

    assert [float(load) for load in loads()] == [11, 66]
    for port in (1, 2):
        bus.ask("unplug", port=port)
    for entry in entries:
        mains = entity_id(hass, BINARY_SENSOR, "mains", entry.entry_id)
        await until(hass, partial(hass.states.is_state, mains, "unavailable"))
    bus.ask("replug", port=2)
    await until(hass, lambda: loads()[1] != "unavailable")
    # the one that is there is not taken for the other
    assert loads()[0] == "unavailable"
    assert float(loads()[1]) == 66
    bus.ask("replug", port=1)
    await until(hass, lambda: "unavailable" not in loads())
    assert [float(load) for load in loads()] == [11, 66]
    for entry in entries:
        assert await hass.config_entries.async_unload(entry.entry_id)


def orders(bus: Bus, port: int) -> list[Any]:
    """Return what was asked of a device beside its texts."""
    return [
        each
        for each in json.loads(bus.ask("log", port=port))
        if each["what"] != "control" or each["setup"]["request"] != 6
    ]


async def test_offered_by_home_assistant_itself(hass: HomeAssistant, bus: Bus) -> None:
    """Its usb integration tells of a plug; the UPS is asked nothing until the user agrees."""
    bus.ask("plug", "eaton", port=1)
    entry = await set_up(hass, EATON, HID)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    bus.ask("plug", "apc", port=2)
    (discovery,) = (each for name, each in hass.data.items() if str(name) == USB)
    await discovery._async_scan()
    await hass.async_block_till_done(wait_background_tasks=True)
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["step_id"] == "plugged_in"
    assert not orders(bus, 2)
    confirm = await submit(hass, flow, {})
    assert orders(bus, 2)
    result = await hass.config_entries.flow.async_configure(confirm["flow_id"], {})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    for each in (entry, result["result"]):
        assert each.state is ConfigEntryState.LOADED
        assert await hass.config_entries.async_unload(each.entry_id)
