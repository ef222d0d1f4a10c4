"""The config flow: adding, reconfiguring and setting options, with every failure and its repair."""

import asyncio
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
import json
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, patch

import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_BASE, CONF_DEVICE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData, UnknownFlow, section
from homeassistant.exceptions import ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers import device_registry as dr

from custom_components.ups_protocols.config_flow import WIRES
from custom_components.ups_protocols.const import (
    CONF_BATTERY_LIFE,
    CONF_DEBOUNCE,
    CONF_FULL_INTERVAL,
    CONF_NOMINAL_POWER,
    CONF_PROTOCOL,
    CONF_STATUS_INTERVAL,
    CONF_TEST_CHARGE,
    CONF_TEST_INTERVAL,
    CONF_TEST_TIME,
    DOMAIN,
)
from custom_components.ups_protocols.forms import (
    DETECT,
    Offer,
    network_schema,
    options_schema,
    serial_schema,
    usb_schema,
    user_schema,
)
from custom_components.ups_protocols.found import ERRORS, NETWORK_TEXTS, USB_TEXTS
from custom_components.ups_protocols.ups import catalog
from custom_components.ups_protocols.ups.catalog import AnyDriver, Option, ProtocolInfo
from custom_components.ups_protocols.ups.errors import (
    AuthFailed,
    BadReply,
    Busy,
    InUse,
    LineSettingsFixed,
    LinkLost,
    NoPermission,
    NoReply,
    NoSuchPort,
    NotThisUps,
    Rejected,
    UnknownUser,
    Unsupported,
    UpsError,
    UpsGone,
    WrongKey,
    WrongPrivacyKey,
)
from custom_components.ups_protocols.ups.links.base import Link, LinkKind
from custom_components.ups_protocols.ups.model import Identity
from custom_components.ups_protocols.ups.session import Session
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.megatec import make_ups
from tests.simulators.wires import PtyWire, TcpWire
from tests.ups.fakes import FakeUps, bound

INTEGRATION = "custom_components.ups_protocols"
PORT = "/dev/ttyUSB0"
OTHER_PORT = "/dev/ttyUSB1"
TYPED = {CONF_DEVICE: PORT, CONF_PROTOCOL: "megatec"}
UNIT = Identity(manufacturer="Fake", model="One", serial="F1", firmware="1.0")
NAMELESS_UNIT = Identity(manufacturer="Fake", model="One")
FAILURES: dict[UpsError, tuple[str, str]] = {
    NoSuchPort("no port"): (CONF_DEVICE, "no_such_port"),
    NoPermission("not you"): (CONF_DEVICE, "no_permission"),
    InUse("taken"): (CONF_DEVICE, "in_use"),
    LineSettingsFixed("fixed"): (CONF_DEVICE, "line_settings_fixed"),
    LinkLost("refused"): (CONF_DEVICE, "link_lost"),
    NoReply("silence"): (CONF_BASE, "no_reply"),
    BadReply("noise"): (CONF_PROTOCOL, "wrong_protocol"),
    Unsupported("never heard of it"): (CONF_PROTOCOL, "unsupported"),
    Rejected("no"): (CONF_BASE, "rejected"),
    Busy("later"): (CONF_BASE, "busy"),
    AuthFailed("who are you"): (CONF_BASE, "auth_failed"),
    UnknownUser("who are you"): ("user", "unknown_user"),
    WrongKey("not with this"): ("auth_key", "wrong_key"),
    WrongPrivacyKey("not with that"): ("privacy_key", "wrong_privacy_key"),
    UpsGone("only a card"): (CONF_BASE, "ups_gone"),
    NotThisUps("another"): (CONF_BASE, "not_this_ups"),
}


class Wires:
    """The wires of a test: which UPS is at which address."""

    def __init__(self) -> None:
        self.ups_at: dict[str, FakeUps] = {}
        self.options: Mapping[str, Any] = {}
        """Those that the last driver was given."""
        self.not_ready: tuple[type[Exception], ...] = ()

    def plug(self, address: str, identity: Identity) -> FakeUps:
        ups = self.ups_at[address] = FakeUps()
        ups.identity = identity
        ups.values = {"battery.charge": 100.0, "input.voltage": 230.1, "ups.load": 12}
        return ups

    async def open(
        self, url: str, kind: LinkKind, *, transcript: Transcript, **settings: Any
    ) -> Link:
        self.not_ready = settings["not_ready"]
        if url not in self.ups_at:
            raise NoSuchPort(f"there is no port {url}")
        return await self.ups_at[url].open_wire(transcript)

    def driver(self, link: Any, options: Mapping[str, Any], memory: Any) -> AnyDriver:
        """Stand in for a driver's class; the link tells which UPS it is for."""
        self.options = options
        (ups,) = (ups for ups in self.ups_at.values() if link in ups.links)
        return bound(ups)(link, options, memory)

    def let_go(self) -> bool:
        """Tell whether wires were opened and all are closed again."""
        links = [link for ups in self.ups_at.values() for link in ups.links]
        return bool(links) and all(link.closed for link in links)


@pytest.fixture(autouse=True)
def setup_entry() -> Generator[AsyncMock]:
    """Stand in for the integration's set-up: these tests are about its flows."""
    with (
        patch(f"{INTEGRATION}.async_unload_entry", return_value=True),
        patch(f"{INTEGRATION}.async_setup_entry", return_value=True) as setup,
    ):
        yield setup


@pytest.fixture
def wires() -> Generator[Wires]:
    """Have all wires lead to fake UPSes."""
    wires = Wires()
    with (
        patch.object(ProtocolInfo, "driver", AsyncMock(return_value=wires.driver)),
        patch(f"{INTEGRATION}.ups.session.open_link", wires.open),
    ):
        yield wires


@pytest.fixture
def ups(wires: Wires) -> FakeUps:
    """Plug a UPS with a serial number into PORT."""
    return wires.plug(PORT, UNIT)


@pytest.fixture
async def entry(hass: HomeAssistant) -> MockConfigEntry:
    """Set up the entry of UNIT at PORT."""
    return await set_up(hass)


async def set_up(
    hass: HomeAssistant,
    device: str = PORT,
    unique_id: str | None = "fake_f1",
    options: Mapping[str, Any] | None = None,
) -> MockConfigEntry:
    """Set up an entry."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Fake One",
        data={CONF_DEVICE: device, CONF_PROTOCOL: "megatec"},
        unique_id=unique_id,
        options=options or {},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    return entry


async def begin(hass: HomeAssistant) -> ConfigFlowResult:
    """Walk to the form for a serial line."""
    menu = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == WIRES
    form = await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": "serial"}
    )
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "serial"
    assert form["errors"] == {}
    return form


async def submit(
    hass: HomeAssistant, form: ConfigFlowResult, typed: Mapping[str, Any] = TYPED
) -> ConfigFlowResult:
    """Submit a form for a serial line, wait for the probe, return what is shown then."""
    result = await hass.config_entries.flow.async_configure(form["flow_id"], dict(typed))
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    assert result["step_id"] == "probe"
    assert result["description_placeholders"] == {"device": typed[CONF_DEVICE].strip()}
    await hass.async_block_till_done()
    return await hass.config_entries.flow.async_configure(form["flow_id"])


async def agree(hass: HomeAssistant, confirm: ConfigFlowResult) -> ConfigFlowResult:
    """Confirm what was found."""
    assert confirm["type"] is FlowResultType.FORM
    assert confirm["step_id"] == "confirm"
    result = await hass.config_entries.flow.async_configure(confirm["flow_id"], {})
    await hass.async_block_till_done()
    return result


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that happens by itself.

    Home Assistant's own wait leaves out tasks that are being cancelled.
    """
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


def suggested(form: Any) -> dict[str, Any]:
    """Return what a form is filled with, its sections among it."""
    filled: dict[str, Any] = {}
    for key, field in form["data_schema"].schema.items():
        if isinstance(field, section):
            filled[str(key)] = suggested({"data_schema": field.schema})
        elif key.description:
            filled[str(key)] = key.description["suggested_value"]
    return filled


# adding


async def test_add(hass: HomeAssistant, wires: Wires, ups: FakeUps, setup_entry: AsyncMock) -> None:
    """The protocol is named: the UPS is read, shown and added."""
    form = await begin(hass)
    typed = {
        CONF_DEVICE: f" {PORT} ",
        CONF_PROTOCOL: "megatec",
        "more_options": {"cable_power": "reverse"},
    }
    confirm = await submit(hass, form, typed)

    assert confirm["description_placeholders"] == {
        "name": "Fake One",
        "device": PORT,
        "protocol": "Megatec / Q1",
        "model": "One",
        "serial": "F1",
        "firmware": "1.0",
        "status": "on line",
        "values": "battery.charge 100.0 %, ups.load 12 %, input.voltage 230.1 V",
    }
    assert wires.let_go()
    assert wires.options == {"cable_power": "reverse"}
    assert wires.not_ready == (ConfigEntryNotReady,)

    result = await agree(hass, confirm)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Fake One"
    assert result["data"] == {CONF_DEVICE: PORT, CONF_PROTOCOL: "megatec"}
    assert result["options"] == {"cable_power": "reverse"}
    assert result["result"].unique_id == "fake_f1"
    assert setup_entry.call_count == 1


async def test_add_unit_that_says_nothing_of_itself(hass: HomeAssistant, wires: Wires) -> None:
    """No names, no serial number, no values: the protocol gives the title, nothing the id."""
    wires.plug(PORT, Identity()).values = {"ups.beeper.lamp": "on"}
    confirm = await submit(hass, await begin(hass))
    assert confirm["description_placeholders"] is not None
    shown = {"model", "serial", "firmware", "values"}
    assert {confirm["description_placeholders"][name] for name in shown} == {"–"}

    result = await agree(hass, confirm)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Megatec / Q1"
    assert result["result"].unique_id is None


async def test_serial_number_without_maker_is_enough(hass: HomeAssistant, wires: Wires) -> None:
    """The unique id has the maker where he is known."""
    wires.plug(PORT, Identity(serial="ABC1"))
    result = await agree(hass, await submit(hass, await begin(hass)))
    assert result["result"].unique_id == "abc1"


async def test_progress_tells_what_is_done(hass: HomeAssistant, wires: Wires, ups: FakeUps) -> None:
    """The texts follow the probe from detecting to reading; asking for them changes nothing."""
    detected: asyncio.Future[ProtocolInfo] = hass.loop.create_future()
    ups.full_read_gate = asyncio.Event()
    configure = hass.config_entries.flow.async_configure
    form = await begin(hass)

    async def wait_for_it(device: str, **_: Any) -> ProtocolInfo:
        return await detected

    with patch(f"{INTEGRATION}.probing.detect", side_effect=wait_for_it) as detect:
        result = await configure(form["flow_id"], {CONF_DEVICE: PORT, CONF_PROTOCOL: DETECT})
        assert result["progress_action"] == "detect"
        assert (await configure(form["flow_id"]))["progress_action"] == "detect"
        detected.set_result(catalog.protocol("megatec"))
        await until(lambda: ups.full_reads)
        result = await configure(form["flow_id"])
        assert result["type"] is FlowResultType.SHOW_PROGRESS
        assert result["progress_action"] == "connect"
        ups.full_read_gate.set()
        await hass.async_block_till_done()
        assert detect.call_count == 1
    result = await agree(hass, await configure(form["flow_id"]))
    assert result["data"] == {CONF_DEVICE: PORT, CONF_PROTOCOL: "megatec"}


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.kind)
async def test_failure_is_named_and_can_be_mended(
    hass: HomeAssistant, wires: Wires, ups: FakeUps, failure: UpsError
) -> None:
    """Every kind of failure has its text, keeps what was typed, and is not the end."""
    field, text = FAILURES[failure]
    ups.failure = failure
    typed = {**TYPED, "more_options": {"dialect": "mustek"}}
    form = await submit(hass, await begin(hass), typed)
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "serial"
    assert form["errors"] == {field: text}
    assert form["description_placeholders"] == {"reason": str(failure)}
    assert suggested(form) == typed
    assert wires.let_go()
    # a browser that is loaded again still sees the error
    again = await hass.config_entries.flow.async_configure(form["flow_id"])
    assert again["errors"] == {field: text}

    ups.failure = None
    result = await agree(hass, await submit(hass, form, typed))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["options"] == {"dialect": "mustek"}
    assert wires.let_go()


async def test_port_that_is_not_there(hass: HomeAssistant, wires: Wires) -> None:
    """A failure to open the wire is told as well as one to read."""
    form = await submit(hass, await begin(hass))
    assert form["errors"] == {CONF_DEVICE: "no_such_port"}
    wires.plug(OTHER_PORT, UNIT)
    confirm = await submit(hass, form, {**TYPED, CONF_DEVICE: OTHER_PORT})
    assert (await agree(hass, confirm))["type"] is FlowResultType.CREATE_ENTRY


async def test_failure_of_a_drivers_own_kind(hass: HomeAssistant, ups: FakeUps) -> None:
    """It is told as the kind that it is of."""

    class Shy(NoReply):
        """One that a driver has."""

    ups.failure = Shy("silence")
    form = await submit(hass, await begin(hass))
    assert form["errors"] == {CONF_BASE: "no_reply"}
    ups.failure = UpsError("of no kind")
    form = await submit(hass, form)
    assert form["errors"] == {CONF_BASE: "unknown"}


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (NoReply("nothing is recognised"), {CONF_PROTOCOL: "not_recognised"}),
        (Unsupported("a UPS that is not spoken here"), {CONF_PROTOCOL: "unsupported"}),
        (InUse("taken"), {CONF_DEVICE: "in_use"}),
        (RuntimeError("a defect"), {CONF_BASE: "unknown"}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_detection_fails(
    hass: HomeAssistant,
    ups: FakeUps,
    caplog: pytest.LogCaptureFixture,
    failure: Exception,
    expected: dict[str, str],
) -> None:
    """What detection cannot tell, the user can."""
    with patch(f"{INTEGRATION}.probing.detect", side_effect=failure):
        form = await submit(hass, await begin(hass), {CONF_DEVICE: PORT, CONF_PROTOCOL: DETECT})
    assert form["step_id"] == "serial"
    assert form["errors"] == expected
    defect = isinstance(failure, RuntimeError)
    assert ("a defect" in caplog.text) is defect
    assert form["description_placeholders"] == {"reason": "" if defect else str(failure)}
    result = await agree(hass, await submit(hass, form))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_silence_after_detection_is_no_failed_detection(
    hass: HomeAssistant, ups: FakeUps
) -> None:
    """The protocol is known then, so the advice is another."""
    ups.failure = NoReply("silence")
    with patch(f"{INTEGRATION}.probing.detect", return_value=catalog.protocol("megatec")):
        form = await submit(hass, await begin(hass), {CONF_DEVICE: PORT, CONF_PROTOCOL: DETECT})
    assert form["errors"] == {CONF_BASE: "no_reply"}


async def test_options_that_a_protocol_lacks_are_not_kept(
    hass: HomeAssistant, wires: Wires, ups: FakeUps
) -> None:
    """The form has the options of all protocols; only those of the one in use count."""
    plain = replace(catalog.protocol("megatec"), id="plain", options=())
    with (
        patch.object(catalog, "PROTOCOLS", (*catalog.PROTOCOLS, plain)),
        patch.dict(catalog._BY_ID, {"plain": plain}),
    ):
        typed = {**TYPED, CONF_PROTOCOL: "plain", "more_options": {"dialect": "q1"}}
        result = await agree(hass, await submit(hass, await begin(hass), typed))
    assert result["data"][CONF_PROTOCOL] == "plain"
    assert result["options"] == wires.options == {}


# one UPS, one entry


async def test_port_that_is_set_up(hass: HomeAssistant, ups: FakeUps) -> None:
    """The same address is refused before anything is sent."""
    await set_up(hass, unique_id="another")
    form = await begin(hass)
    result = await hass.config_entries.flow.async_configure(form["flow_id"], dict(TYPED))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert not ups.links


@pytest.mark.parametrize(
    ("known", "typed"),
    [
        ("{tmp}/ttyUSB0", "{tmp}/by-id"),
        ("{tmp}/ttyUSB0", "device://{tmp}/by-id"),
        ("socket://Server:4001", "tcp://server:4001/"),
    ],
)
async def test_port_that_is_set_up_under_another_name(
    hass: HomeAssistant, wires: Wires, tmp_path: Path, known: str, typed: str
) -> None:
    """So is another address of the same wire."""
    (tmp_path / "by-id").symlink_to(tmp_path / "ttyUSB0")
    entry = await set_up(hass, device=known.format(tmp=tmp_path), unique_id=None)
    address = typed.format(tmp=tmp_path)
    wires.plug(address, NAMELESS_UNIT)
    result = await submit(hass, await begin(hass), {**TYPED, CONF_DEVICE: address})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert not wires.ups_at[address].links
    assert entry.state is ConfigEntryState.LOADED


async def test_unit_that_is_set_up_at_another_port(
    hass: HomeAssistant, wires: Wires, entry: MockConfigEntry
) -> None:
    """A serial number is known again wherever it is plugged in."""
    wires.plug(OTHER_PORT, UNIT)
    result = await submit(hass, await begin(hass), {**TYPED, CONF_DEVICE: OTHER_PORT})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def test_units_that_cannot_be_told_apart(hass: HomeAssistant, wires: Wires) -> None:
    """Two units without serial numbers at two ports are two entries."""
    await set_up(hass, unique_id=None)
    wires.plug(OTHER_PORT, NAMELESS_UNIT)
    confirm = await submit(hass, await begin(hass), {**TYPED, CONF_DEVICE: OTHER_PORT})
    assert (await agree(hass, confirm))["type"] is FlowResultType.CREATE_ENTRY
    assert len(hass.config_entries.async_entries(DOMAIN)) == 2


async def test_port_that_is_set_up_while_the_user_thinks(hass: HomeAssistant, wires: Wires) -> None:
    """Of two flows for one port the one that is confirmed first wins."""
    wires.plug(PORT, NAMELESS_UNIT)
    first = await submit(hass, await begin(hass))
    second = await submit(hass, await begin(hass))
    assert (await agree(hass, first))["type"] is FlowResultType.CREATE_ENTRY
    result = await agree(hass, second)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


# flows that are left


async def test_flow_left_in_progress(hass: HomeAssistant, wires: Wires, ups: FakeUps) -> None:
    """Nothing is left behind: no task, no session, no open wire."""
    ups.full_read_gate = asyncio.Event()
    form = await begin(hass)
    before = asyncio.all_tasks()
    await hass.config_entries.flow.async_configure(form["flow_id"], dict(TYPED))
    await until(lambda: ups.full_reads)
    assert not wires.let_go()
    assert asyncio.all_tasks() - before

    hass.config_entries.flow.async_abort(form["flow_id"])
    await until(lambda: not asyncio.all_tasks() - before)
    assert wires.let_go()
    with pytest.raises(UnknownFlow):
        await hass.config_entries.flow.async_configure(form["flow_id"])


async def test_reconfiguring_left_in_progress(
    hass: HomeAssistant, wires: Wires, ups: FakeUps, entry: MockConfigEntry, setup_entry: AsyncMock
) -> None:
    """The entry that made way is set up again as it was."""
    ups.full_read_gate = asyncio.Event()
    form = await entry.start_reconfigure_flow(hass)
    await hass.config_entries.flow.async_configure(form["flow_id"], dict(TYPED))
    await until(lambda: ups.full_reads)
    assert entry.state is ConfigEntryState.NOT_LOADED

    hass.config_entries.flow.async_abort(form["flow_id"])
    await until(lambda: entry.state is ConfigEntryState.LOADED)
    assert wires.let_go()
    assert setup_entry.call_count == 2


async def test_reconfiguring_left_while_unloading(
    hass: HomeAssistant, ups: FakeUps, entry: MockConfigEntry, setup_entry: AsyncMock
) -> None:
    """An unloading is not broken off half-way."""
    unloading, gate = asyncio.Event(), asyncio.Event()

    async def unload(*_: Any) -> bool:
        unloading.set()
        await gate.wait()
        return True

    form = await entry.start_reconfigure_flow(hass)
    with patch(f"{INTEGRATION}.async_unload_entry", unload):
        await hass.config_entries.flow.async_configure(form["flow_id"], dict(TYPED))
        await unloading.wait()
        hass.config_entries.flow.async_abort(form["flow_id"])
        await asyncio.sleep(0)
        gate.set()
        await until(lambda: setup_entry.call_count == 2)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert not ups.links


async def test_entry_removed_while_it_is_reconfigured(
    hass: HomeAssistant,
    wires: Wires,
    ups: FakeUps,
    entry: MockConfigEntry,
    setup_entry: AsyncMock,
) -> None:
    """An entry that is gone is not set up again."""
    ups.full_read_gate = asyncio.Event()
    form = await entry.start_reconfigure_flow(hass)
    await hass.config_entries.flow.async_configure(form["flow_id"], dict(TYPED))
    await until(lambda: ups.full_reads)
    await hass.config_entries.async_remove(entry.entry_id)
    ups.full_read_gate.set()
    await hass.async_block_till_done()
    result = await hass.config_entries.flow.async_configure(form["flow_id"])
    assert result["type"] is FlowResultType.ABORT
    assert wires.let_go()
    assert setup_entry.call_count == 1


# reconfiguring


async def test_reconfigure(hass: HomeAssistant, wires: Wires, setup_entry: AsyncMock) -> None:
    """A UPS on its old port with another cable: the entry makes way, then has what is new."""
    wires.plug(PORT, UNIT)
    entry = await set_up(
        hass, options={CONF_STATUS_INTERVAL: 5, "dialect": "q1", "cable_power": "both"}
    )
    form = await entry.start_reconfigure_flow(hass)
    assert form["step_id"] == "reconfigure"
    assert suggested(form) == {
        **TYPED,
        "more_options": {"dialect": "q1", "cable_power": "both"},
    }
    typed = {**TYPED, "more_options": {"cable_power": "normal"}}
    result = await submit(hass, form, typed)
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert entry.data == TYPED
    assert entry.options == {CONF_STATUS_INTERVAL: 5, "cable_power": "normal"}
    assert entry.unique_id == "fake_f1"
    assert entry.state is ConfigEntryState.LOADED
    assert setup_entry.call_count == 2
    assert wires.let_go()


async def test_reconfigure_moves_to_another_port(
    hass: HomeAssistant, wires: Wires, entry: MockConfigEntry
) -> None:
    """A port that the entry does not hold is asked while the entry runs on."""
    ups = wires.plug(OTHER_PORT, UNIT)
    ups.full_read_gate = asyncio.Event()
    form = await entry.start_reconfigure_flow(hass)
    configure = hass.config_entries.flow.async_configure
    await configure(form["flow_id"], {**TYPED, CONF_DEVICE: OTHER_PORT})
    await until(lambda: ups.full_reads)
    assert entry.state is ConfigEntryState.LOADED
    ups.full_read_gate.set()
    await hass.async_block_till_done()
    result = await configure(form["flow_id"])
    assert result["reason"] == "reconfigure_successful"
    assert entry.data == {CONF_DEVICE: OTHER_PORT, CONF_PROTOCOL: "megatec"}


async def test_reconfigure_lets_go_of_a_network_address(
    hass: HomeAssistant, wires: Wires, setup_entry: AsyncMock
) -> None:
    """Two network addresses may be one server that takes one client only."""
    entry = await set_up(hass, device="socket://server:4001")
    wires.plug("socket://127.0.0.1:4001", UNIT).failure = NoReply("silence")
    form = await entry.start_reconfigure_flow(hass)
    form = await submit(hass, form, {**TYPED, CONF_DEVICE: "socket://127.0.0.1:4001"})
    assert form["step_id"] == "reconfigure"
    assert form["errors"] == {CONF_BASE: "no_reply"}
    assert setup_entry.call_count == 2
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data[CONF_DEVICE] == "socket://server:4001"


async def test_reconfigure_after_a_failure(
    hass: HomeAssistant, wires: Wires, ups: FakeUps, entry: MockConfigEntry
) -> None:
    """The entry is put back after a failed attempt, and makes way for the next."""
    ups.failure = BadReply("noise")
    form = await entry.start_reconfigure_flow(hass)
    form = await submit(hass, form)
    assert form["step_id"] == "reconfigure"
    assert form["errors"] == {CONF_PROTOCOL: "wrong_protocol"}
    assert entry.state is ConfigEntryState.LOADED
    ups.failure = None
    assert (await submit(hass, form))["reason"] == "reconfigure_successful"
    assert wires.let_go()


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (ConfigEntryNotReady(), ConfigEntryState.SETUP_RETRY),
        (ConfigEntryError(), ConfigEntryState.SETUP_ERROR),
    ],
    ids=lambda value: str(value),
)
async def test_reconfigure_entry_that_is_not_loaded(
    hass: HomeAssistant,
    ups: FakeUps,
    setup_entry: AsyncMock,
    failure: Exception,
    state: ConfigEntryState,
) -> None:
    """An entry that cannot be set up is what is reconfigured most; a retry must not disturb."""
    entry = MockConfigEntry(domain=DOMAIN, data=TYPED, unique_id="fake_f1")
    entry.add_to_hass(hass)
    setup_entry.side_effect = failure
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is state

    setup_entry.side_effect = None
    result = await submit(hass, await entry.start_reconfigure_flow(hass))
    await hass.async_block_till_done()
    assert result["reason"] == "reconfigure_successful"
    assert setup_entry.call_count == 2
    assert entry.state is ConfigEntryState.LOADED


async def test_reconfigure_entry_that_cannot_be_unloaded(
    hass: HomeAssistant, ups: FakeUps, entry: MockConfigEntry
) -> None:
    """The attempt is made all the same, and the entry left as it is."""
    ups.failure = InUse("taken")
    form = await entry.start_reconfigure_flow(hass)
    with patch(f"{INTEGRATION}.async_unload_entry", return_value=False):
        form = await submit(hass, form)
    assert form["errors"] == {CONF_DEVICE: "in_use"}
    assert entry.state is ConfigEntryState.FAILED_UNLOAD


@pytest.mark.parametrize(
    ("unique_id", "answers"),
    [
        ("fake_f1", Identity(manufacturer="Fake", model="One", serial="F2")),
        (None, Identity(manufacturer="Fake", model="One", serial="K1")),
    ],
    ids=["another serial number", "the serial number of another entry"],
)
async def test_reconfigure_to_another_unit(
    hass: HomeAssistant, wires: Wires, unique_id: str | None, answers: Identity
) -> None:
    """An entry stays with its unit."""
    entry = await set_up(hass, unique_id=unique_id)
    await set_up(hass, device=OTHER_PORT, unique_id="fake_k1")
    wires.plug(PORT, answers)
    result = await submit(hass, await entry.start_reconfigure_flow(hass))
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "wrong_device"
    assert result["description_placeholders"] == {"name": "Fake One"}
    assert entry.unique_id == unique_id
    assert entry.state is ConfigEntryState.LOADED


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (Identity(manufacturer="Fake", model="Two"), "wrong_device"),
        (Identity(manufacturer="Fake", model="One"), "reconfigure_successful"),
        (Identity(manufacturer="Fake"), "reconfigure_successful"),
    ],
)
async def test_reconfigure_unit_without_serial_number(
    hass: HomeAssistant,
    wires: Wires,
    device_registry: dr.DeviceRegistry,
    answers: Identity,
    reason: str,
) -> None:
    """Maker and model must not contradict what is known of the entry's unit."""
    entry = await set_up(hass, unique_id=None)
    device_registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, entry.entry_id)},
        manufacturer="Fake",
        model="One",
    )
    wires.plug(PORT, answers)
    result = await submit(hass, await entry.start_reconfigure_flow(hass))
    await hass.async_block_till_done()
    assert result["reason"] == reason
    assert entry.state is ConfigEntryState.LOADED


async def test_reconfigure_to_a_port_of_another_entry(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The other entry stays."""
    other = await set_up(hass, device=OTHER_PORT, unique_id="fake_k1")
    form = await entry.start_reconfigure_flow(hass)
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {**TYPED, CONF_DEVICE: OTHER_PORT}
    )
    assert result["reason"] == "already_configured"
    assert other.state is ConfigEntryState.LOADED


async def test_reconfigure_finds_a_serial_number(hass: HomeAssistant, ups: FakeUps) -> None:
    """A unit that tells its serial number now is known by it from now on."""
    entry = await set_up(hass, unique_id=None)
    result = await submit(hass, await entry.start_reconfigure_flow(hass))
    assert result["reason"] == "reconfigure_successful"
    assert entry.unique_id == "fake_f1"


async def test_reconfigure_to_another_protocol(hass: HomeAssistant, ups: FakeUps) -> None:
    """The options of the old protocol mean nothing to the new one; those of the unit stay."""
    other = replace(catalog.protocol("megatec"), id="other")
    of_the_unit = {CONF_NOMINAL_POWER: 900, CONF_TEST_INTERVAL: 30}
    entry = await set_up(
        hass, options={"ignore_bit": "fault", CONF_STATUS_INTERVAL: 5} | of_the_unit
    )
    with (
        patch.object(catalog, "PROTOCOLS", (*catalog.PROTOCOLS, other)),
        patch.dict(catalog._BY_ID, {"other": other}),
    ):
        form = await entry.start_reconfigure_flow(hass)
        result = await submit(hass, form, {**TYPED, CONF_PROTOCOL: "other"})
        await hass.async_block_till_done()
    assert result["reason"] == "reconfigure_successful"
    assert entry.data[CONF_PROTOCOL] == "other"
    assert entry.options == of_the_unit


# options


async def test_options(hass: HomeAssistant, entry: MockConfigEntry, setup_entry: AsyncMock) -> None:
    """Options are set, shown, and emptied again; each change sets the entry up anew."""
    options = hass.config_entries.options
    form = await options.async_init(entry.entry_id)
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "init"
    assert form["description_placeholders"] == {"protocol": "Megatec / Q1"}
    sections = ("polling", "energy", "battery_care", "test", "battery", "line", "firmware")
    assert suggested(form) == {section: {} for section in sections}
    given: dict[str, dict[str, Any]] = {
        "polling": {CONF_STATUS_INTERVAL: 1, CONF_FULL_INTERVAL: 60, CONF_DEBOUNCE: 5},
        "energy": {CONF_NOMINAL_POWER: 900},
        "battery_care": {CONF_BATTERY_LIFE: 3.5},
        "test": {CONF_TEST_INTERVAL: 30, CONF_TEST_TIME: "03:30:00", CONF_TEST_CHARGE: 80},
        "battery": {"battery_packs": 12, "battery_voltage_nominal": 24, "battery_voltage_low": 21},
        "line": {"dialect": "mustek"},
        "firmware": {"ignore_bit": "shutdown"},
    }
    result = await options.async_configure(form["flow_id"], given)
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {
        name: value for fields in given.values() for name, value in fields.items()
    }
    assert setup_entry.call_count == 2

    form = await options.async_init(entry.entry_id)
    assert suggested(form) == given
    result = await options.async_configure(form["flow_id"], {"polling": given["polling"]})
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == given["polling"]
    assert setup_entry.call_count == 3


POLLING = {CONF_STATUS_INTERVAL: 2, CONF_FULL_INTERVAL: 30}


@pytest.mark.parametrize(
    ("wrong", "right", "expected"),
    [
        (
            {"polling": {CONF_STATUS_INTERVAL: 31, CONF_FULL_INTERVAL: 30, CONF_DEBOUNCE: 0}},
            {"polling": {CONF_STATUS_INTERVAL: 30, CONF_FULL_INTERVAL: 30}},
            {"polling": "full_interval_too_short"},
        ),
        (
            {"battery": {"battery_voltage_low": 21, "battery_voltage_high": 21}},
            {"battery": {"battery_voltage_low": 21, "battery_voltage_high": 27}},
            {"battery": "low_not_below_high"},
        ),
        (
            {"battery": {"runtime_full_load": 600, "runtime_half_load": 599}},
            {"battery": {"runtime_full_load": 600, "runtime_half_load": 600}},
            {"battery": "half_load_too_short"},
        ),
        (
            {"battery": {"runtime_half_load": 599}},
            {"battery": {}},
            {"battery": "runtime_incomplete"},
        ),
    ],
)
async def test_options_that_contradict_each_other(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wrong: dict[str, Any],
    right: dict[str, Any],
    expected: dict[str, str],
) -> None:
    """The section with the contradiction says so, keeps what was typed, and can be mended."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    configure = hass.config_entries.options.async_configure
    form = await configure(form["flow_id"], {"polling": POLLING} | wrong)
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == expected
    assert suggested(form).items() >= wrong.items()
    assert entry.options == {}
    result = await configure(form["flow_id"], {"polling": POLLING} | right)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_options_have_the_limits_of_the_protocol(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """No poll is faster than the protocol bears."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    too_fast = {"polling": {CONF_STATUS_INTERVAL: 0.5, CONF_FULL_INTERVAL: 30}}
    with pytest.raises(InvalidData):
        await hass.config_entries.options.async_configure(form["flow_id"], too_fast)


@pytest.mark.parametrize(("protocol", "longest"), [("xcp", 25), ("megatec", 3600)])
def test_no_poll_is_slower_than_the_unit_bears(protocol: str, longest: float) -> None:
    """A unit that leaves its mode when nobody asks is asked before; others wait as one likes."""
    polling = options_schema(catalog.protocol(protocol), is_on_usb=False, offer=NO_OFFER).schema[
        "polling"
    ]
    given = {CONF_STATUS_INTERVAL: longest, CONF_FULL_INTERVAL: 3600, CONF_DEBOUNCE: 0}
    assert polling.schema(given) == given
    with pytest.raises(probatio.Invalid):
        polling.schema(given | {CONF_STATUS_INTERVAL: longest + 0.5})


# the real thing


@pytest.mark.parametrize("kind", [PtyWire, TcpWire])
async def test_simulated_ups_from_detection_to_reconfiguration(
    hass: HomeAssistant,
    socket_enabled: None,
    setup_entry: AsyncMock,
    kind: type[PtyWire | TcpWire],
) -> None:
    """A Megatec UPS on a real wire, held by its entry while it is reconfigured."""

    async def hold(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        info = catalog.protocol(entry.data[CONF_PROTOCOL])
        session = Session(entry.data[CONF_DEVICE], info, options=entry.options)
        session.start()
        entry.async_on_unload(session.close)
        await session.ready()
        return True

    setup_entry.side_effect = hold
    ups = make_ups("megatec")
    async with kind(ups) as wire:
        confirm = await submit(
            hass, await begin(hass), {CONF_DEVICE: wire.link, CONF_PROTOCOL: DETECT}
        )
        shown = confirm["description_placeholders"]
        assert shown is not None
        assert shown["protocol"] == "Megatec / Q1"
        assert shown["status"] == "on line"
        assert "input.voltage" in shown["values"]
        # the simulator gives no charge: what is worked out is marked so
        assert "battery.charge ≈" in shown["values"]
        result = await agree(hass, confirm)
        entry = result["result"]
        assert entry.title == f"{shown['name']}"
        assert shown["model"] in entry.title
        assert entry.data == {CONF_DEVICE: wire.link, CONF_PROTOCOL: "megatec"}
        assert entry.state is ConfigEntryState.LOADED

        form = await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
        )
        typed = {**entry.data, "more_options": {"dialect": "megatec"}}
        result = await submit(hass, form, typed)
        await hass.async_block_till_done()
        assert result["reason"] == "reconfigure_successful"
        assert entry.options == {"dialect": "megatec"}
        assert entry.state is ConfigEntryState.LOADED
        assert setup_entry.call_count == 2
        assert await hass.config_entries.async_unload(entry.entry_id)


# texts


def kinds(kind: type[UpsError] = UpsError) -> set[type[UpsError]]:
    """Return every kind of failure; what drivers have below them counts as these."""
    below = {each for each in kind.__subclasses__() if each.__module__ == UpsError.__module__}
    return below.union(*(kinds(each) for each in below))


def texts() -> Any:
    """Return the English texts."""
    return json.loads(Path("custom_components/ups_protocols/translations/en.json").read_text())


def test_every_kind_of_failure_has_its_own_text() -> None:
    """A new kind of failure needs a row, a text, and a test above."""
    assert ERRORS.keys() == kinds() == {type(failure) for failure in FAILURES}
    named = [text for _, text in ERRORS.values()]
    assert len(set(named)) == len(named)
    others = {"not_recognised", "unknown", "no_usb", "nothing_plugged_in", "hindered"}
    others |= {"key_too_short", "privacy_needs_auth"}
    elsewhere = {*USB_TEXTS.values(), *NETWORK_TEXTS.values()}
    assert texts()["config"]["error"].keys() == {*named, *elsewhere, *others}
    assert USB_TEXTS.keys() | NETWORK_TEXTS.keys() <= {*named, *others}


@pytest.mark.parametrize("is_on_usb", [False, True], ids=["serial", "usb"])
@pytest.mark.parametrize("info", catalog.PROTOCOLS, ids=lambda info: info.id)
def test_every_field_has_its_texts(info: ProtocolInfo, is_on_usb: bool) -> None:
    """Nothing on a form is without a name, a description, and names for its choices."""
    english = texts()
    forms = {
        ("config", "serial"): serial_schema(),
        ("config", "reconfigure"): serial_schema(),
        ("config", "usb_device"): usb_schema({}),
        ("config", "reconfigure_usb"): usb_schema({}),
        ("config", "network"): network_schema(),
        ("config", "reconfigure_network"): network_schema(),
        ("config", "network_user"): user_schema(),
        ("options", "init"): options_schema(info, is_on_usb=is_on_usb, offer=Offer()),
    }
    for (flow, step), schema in forms.items():
        places = [(english[flow]["step"][step], schema.schema)]
        for key, field in schema.schema.items():
            if isinstance(field, section):
                place = english[flow]["step"][step]["sections"][str(key)]
                assert place["name"]
                places.append((place, field.schema.schema))
        for place, fields in places:
            for key, field in fields.items():
                if isinstance(field, section):
                    continue
                assert place["data"][str(key)]
                assert place["data_description"][str(key)]
                check_choices(english, field.config)


def check_choices(english: Any, config: Any) -> None:
    """Every choice has a text, or brings its own name."""
    if not config.get("options"):
        return
    choices = english["selector"][config["translation_key"]]["options"]
    for choice in config["options"]:
        if isinstance(choice, str):
            assert choices[choice]
        elif choice["value"] == DETECT:
            assert choices[DETECT]
        else:
            info = catalog.protocol(choice["value"])
            assert info.title in choice["label"]
            assert all(brand in choice["label"] for brand in info.brands)


NO_OFFER = Offer(energy=False, care=False, test=False)


def test_protocol_without_options_has_no_empty_sections() -> None:
    """Only the polling is always there."""
    plain = replace(catalog.protocol("megatec"), options=())
    schema = options_schema(plain, is_on_usb=False, offer=NO_OFFER).schema
    assert [str(key) for key in schema] == ["polling"]


@pytest.mark.parametrize(
    ("protocol", "is_on_usb", "sections"),
    [
        ("megatec", False, {"line": ["dialect", "cable_power"], "firmware": ["ignore_bit"]}),
        ("megatec", True, {"line": ["dialect", "bridge"], "firmware": ["ignore_bit"]}),
        (
            "usb-hid-power-device",
            True,
            {"firmware": ["shutdown_encoding", "online_discharge"]},
        ),
        ("richcomm", True, {}),
    ],
)
def test_options_are_those_of_the_wire(
    protocol: str, is_on_usb: bool, sections: dict[str, list[str]]
) -> None:
    """A bridge is on USB only, and the lines of a cable are not there."""
    schema = options_schema(catalog.protocol(protocol), is_on_usb=is_on_usb, offer=NO_OFFER).schema
    assert {
        str(key): [str(name) for name in fields.schema.schema]
        for key, fields in schema.items()
        if key not in {"polling", "battery"}
    } == sections


def test_form_has_the_choices_of_all_protocols() -> None:
    """An option that two protocols have under one name is one field with the choices of both."""
    other = replace(
        catalog.protocol("megatec"), id="other", options=(Option(name="dialect", choices=("x",)),)
    )
    usb = replace(other, id="usb", link=LinkKind.HID_DEVICE, line=None)
    with patch.object(catalog, "PROTOCOLS", (*catalog.PROTOCOLS, other, usb)):
        schema = serial_schema().schema
    assert [each["value"] for each in schema[CONF_PROTOCOL].config["options"]] == [
        DETECT,
        *(info.id for info in catalog.PROTOCOLS if info.line is not None),
        "other",
    ]
    more = schema["more_options"].schema.schema
    assert [str(key) for key in more] == ["dialect", "cable_power", "baudrate"]
    assert more["dialect"].config["options"] == [*catalog.MEGATEC_DIALECTS, "x"]
