"""Serial adapters that are plugged in elsewhere are found again, and no other one is taken."""

from collections.abc import Callable, Collection, Generator
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components import usb
from homeassistant.components.usb import SerialDevice, USBDevice
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, Platform
from homeassistant.core import HomeAssistant

from .units import INTEGRATION, Unit, after, make_entry, set_up, until, value_of
from custom_components.ups_protocols.ups.errors import NoReply, NoSuchPort
from tests.simulators.megatec import make_ups
from tests.simulators.wires import PtyWire

NUMBER = "/dev/ttyUSB0"
NAME = "/dev/serial/by-id/usb-FTDI_FT232R_A9XYZ123-if00-port0"
PROXY = "esphome-hass://esphome/0123/?port_udev_id=usb-FTDI_FT232R_A9XYZ123-if00-port0"

type Changed = Callable[[Collection[SerialDevice], Collection[SerialDevice]], None]


def adapter(serial: str | None = "A9XYZ123", device: str = NAME) -> USBDevice:
    """Return an adapter as Home Assistant knows it."""
    return USBDevice(
        device=device,
        resolved_device=NUMBER,
        vid="0403",
        pid="6001",
        serial_number=serial,
        manufacturer="FTDI",
        description="FT232R",
    )


@pytest.fixture
def plug(hass: HomeAssistant) -> Generator[Callable[..., None]]:
    """Return what tells that adapters were plugged in."""
    heard: list[Changed] = []

    def register(hass: HomeAssistant, callback: Changed) -> Callable[[], None]:
        heard.append(callback)
        return lambda: None

    def tell(*added: SerialDevice) -> None:
        (callback,) = heard
        callback(set(added), set())

    with patch(f"{INTEGRATION}.ports.usb.async_register_port_event_callback", register):
        yield tell


@pytest.fixture
def looked_up() -> Generator[list[str]]:
    """Have one adapter at NUMBER; return what was looked up."""
    asked: list[str] = []

    def find(path: str) -> USBDevice | None:
        asked.append(path)
        return found

    found = adapter()
    with patch(f"{INTEGRATION}.ports.usb.usb_device_from_path", find):
        yield asked


async def settled(hass: HomeAssistant) -> None:
    """Wait for what happens in the background as well."""
    await hass.async_block_till_done(wait_background_tasks=True)


# a name that lasts


async def test_number_is_named(
    hass: HomeAssistant, units: dict[str, Unit], looked_up: list[str]
) -> None:
    """Once the UPS has answered: before, another adapter may have the number."""
    unit = units[NUMBER] = Unit()
    entry = await set_up(hass, make_entry(NUMBER))
    await settled(hass)
    assert looked_up == [NUMBER]
    assert entry.data["device"] == NAME
    assert entry.runtime_data.session.url == NAME
    assert len(unit.opens) == 1
    assert entry.state is ConfigEntryState.LOADED
    # there is nothing to be named any more
    units[NAME] = unit
    assert await hass.config_entries.async_reload(entry.entry_id)
    await settled(hass)
    assert looked_up == [NUMBER]


async def test_silent_unit_names_nothing(
    hass: HomeAssistant, units: dict[str, Unit], looked_up: list[str]
) -> None:
    """What is at the number now may be another adapter; it is named when the UPS is back."""
    unit = units[NUMBER] = Unit()
    with patch(f"{INTEGRATION}.async_name_port"):
        entry = await set_up(hass, make_entry(NUMBER))
    unit.failure = NoReply("silence")
    assert await hass.config_entries.async_reload(entry.entry_id)
    await after(hass, unit, 40)
    await settled(hass)
    assert not looked_up
    assert entry.data["device"] == NUMBER
    unit.failure = None
    await after(hass, unit, 40)
    await settled(hass)
    assert looked_up == [NUMBER]
    assert entry.data["device"] == NAME


@pytest.mark.parametrize(
    "found",
    [None, adapter(None), adapter("0"), adapter("0001", device=NUMBER), adapter("0123456789")],
    ids=["no adapter", "no serial", "zero", "no name", "in order"],
)
async def test_names_that_may_be_anothers(
    hass: HomeAssistant, units: dict[str, Unit], found: USBDevice | None
) -> None:
    """Without a serial number of its own an adapter shares its name with others of its kind."""
    units[NUMBER] = Unit()
    with patch(f"{INTEGRATION}.ports.usb.usb_device_from_path", return_value=found):
        entry = await set_up(hass, make_entry(NUMBER))
        await settled(hass)
    assert entry.data["device"] == NUMBER


@pytest.mark.parametrize(
    "device", [NAME, "socket://server:4001", "fake:1", "/dev/serial/by-path/1"]
)
async def test_other_addresses_are_left_alone(
    hass: HomeAssistant, units: dict[str, Unit], looked_up: list[str], device: str
) -> None:
    units[device] = Unit()
    entry = await set_up(hass, make_entry(device))
    await settled(hass)
    assert not looked_up
    assert entry.data["device"] == device


# moved


async def lost(hass: HomeAssistant, units: dict[str, Unit], device: str) -> MockConfigEntry:
    """Return an entry whose UPS was there, and waits half a minute between two attempts."""
    unit = units[device] = Unit()
    entry = await set_up(hass, make_entry(device))
    unit.failure = unit.open_failure = NoSuchPort("no such port")
    await after(hass, unit, 120)
    assert value_of(hass, Platform.SENSOR, "status") == STATE_UNAVAILABLE
    unit.failure = unit.open_failure = None
    return entry


@pytest.mark.parametrize("device", [NAME, NUMBER])
async def test_plugged_in_again(
    hass: HomeAssistant, units: dict[str, Unit], plug: Callable[..., None], device: str
) -> None:
    """It is tried at once, by whatever name it is kept."""
    with patch(f"{INTEGRATION}.ports.usb.usb_device_from_path", return_value=None):
        entry = await lost(hass, units, device)
        unit = units[device]
        plug(adapter("another", device="/dev/serial/by-id/another"))
        if device == NAME:
            await after(hass, unit, 0.5)
            assert value_of(hass, Platform.SENSOR, "status") == STATE_UNAVAILABLE
        plug(adapter())
        await after(hass, unit, 0.5)
        await settled(hass)
    assert value_of(hass, Platform.SENSOR, "status") == "on_line"
    assert entry.data["device"] == device


async def test_plugged_into_another_machine(
    hass: HomeAssistant,
    units: dict[str, Unit],
    plug: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An adapter that is now behind a serial proxy is followed there; others are not."""

    def find(hass: HomeAssistant, device: str) -> str | None:
        return PROXY if device == NAME else None

    monkeypatch.setattr(usb, "async_find_moved_serial_port", find, raising=False)
    units["socket://server:4001"] = Unit()
    other = await set_up(hass, make_entry("socket://server:4001", entry_id="other"))
    entry = await lost(hass, units, NAME)
    plug(adapter(device=PROXY))
    assert entry.data["device"] == PROXY
    assert entry.runtime_data.session.url == PROXY
    assert other.data["device"] == "socket://server:4001"
    await after(hass, units[NAME], 0.5)
    assert value_of(hass, Platform.SENSOR, "status") == "on_line"


async def test_entries_that_are_left_alone(
    hass: HomeAssistant,
    units: dict[str, Unit],
    plug: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those on other wires, and those that are not set up."""
    monkeypatch.setattr(
        usb,
        "async_find_moved_serial_port",
        lambda hass, device: None if device == NAME else PROXY,
        raising=False,
    )
    networked = "snmp://192.0.2.1"
    units[networked] = units[NAME] = Unit()
    entry = await set_up(hass, make_entry(networked))
    unloaded = make_entry(NAME, entry_id="unloaded")
    unloaded.add_to_hass(hass)
    plug(adapter())
    await settled(hass)
    assert entry.data["device"] == networked
    assert unloaded.data["device"] == NAME
    assert unloaded.state is ConfigEntryState.NOT_LOADED


async def test_moved_before_the_start(
    hass: HomeAssistant,
    units: dict[str, Unit],
    plug: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An entry that waits for its UPS is set up anew where the adapter is now."""
    monkeypatch.setattr(
        usb, "async_find_moved_serial_port", lambda hass, device: PROXY, raising=False
    )
    units[NAME] = Unit()
    units[PROXY] = Unit()
    units[NAME].open_failure = NoSuchPort("no such port")
    entry = await set_up(hass, make_entry(NAME), state=ConfigEntryState.SETUP_RETRY)
    plug()
    await until(hass, lambda: entry.state is ConfigEntryState.LOADED)
    assert entry.data["device"] == PROXY
    assert units[PROXY].opens


async def test_a_real_line_that_moves(hass: HomeAssistant, impatient: None) -> None:
    """The session opens what it was moved to."""
    first, second = make_ups("megatec"), make_ups("megatec")
    async with PtyWire(second) as there:
        async with PtyWire(first) as here:
            entry = await set_up(hass, make_entry(here.link, options={"dialect": "megatec"}))
            session = entry.runtime_data.session
            session.move(there.link)
            assert session.available
        await until(hass, lambda: not session.available)
        session.plugged_in()
        await until(hass, lambda: session.available)
        assert second.hosted
        assert await hass.config_entries.async_unload(entry.entry_id)
