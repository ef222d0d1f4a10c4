"""UPSes in the network: added by SNMP of each version, moved, found by DHCP, heard by traps."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.snmp import async_get_snmp_engine
from homeassistant.config_entries import (
    SOURCE_DHCP,
    SOURCE_REAUTH,
    SOURCE_USER,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_BASE, CONF_DEVICE, CONF_HOST, STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo

from .plugged import submit
from .units import INTEGRATION
from custom_components.ups_protocols.const import CONF_CREDENTIALS, CONF_PROTOCOL, DOMAIN
from custom_components.ups_protocols.diagnostics import async_get_config_entry_diagnostics
from custom_components.ups_protocols.found import Found, ask
from custom_components.ups_protocols.ups.errors import LinkLost, NoPermission, UpsError
from custom_components.ups_protocols.ups.links.base import SnmpAuth, SnmpPrivacy, SnmpVersion
from custom_components.ups_protocols.ups.links.snmp_traps import _ports
from tests.simulators.clock import Clock
from tests.simulators.power import Power
from tests.simulators.snmp import Agent, Rfc1628Agent, UdpAgent
from tests.simulators.snmp.user import UserAgent, sha_aes

KEY = "a long pass phrase"
USER = {"user": "reader", "auth": "sha", "auth_key": KEY, "privacy": "aes", "privacy_key": KEY}
MAC = "000cc1aabbcc"


@pytest.fixture(autouse=True)
def hasty() -> Any:
    """An agent on loopback answers at once or never."""
    with patch(f"{INTEGRATION}.ups.links.snmp_address.TIMEOUT", 0.2):
        yield


@pytest.fixture
async def unloads(hass: HomeAssistant) -> AsyncGenerator[None]:
    """Unload at the end what the flow has set up."""
    yield
    for entry in hass.config_entries.async_entries(DOMAIN):
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def engine(hass: HomeAssistant) -> AsyncGenerator[None]:
    """Close at the end what Home Assistant keeps until it stops."""
    yield
    if "snmp_engine" in hass.data:
        (await async_get_snmp_engine(hass)).close_dispatcher()
        await asyncio.sleep(0)


pytestmark = pytest.mark.usefixtures("loopback", "engine", "unloads")


def new_agent() -> Rfc1628Agent:
    """Return an agent whose time stands still."""
    clock = Clock.stopped()
    return Rfc1628Agent(power=Power(clock=clock, nominal_battery=48.0), clock=clock)


@asynccontextmanager
async def answering_to_users(agent: Agent) -> AsyncGenerator[UserAgent]:
    """Serve an agent to the one user that it has."""
    async with UserAgent(agent, [sha_aes("reader", KEY)]) as wire:
        yield wire


async def begin(hass: HomeAssistant) -> ConfigFlowResult:
    """Walk to the form for a UPS in the network."""
    menu = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    form = await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": "network"}
    )
    assert form["step_id"] == "network"
    return form


def typed(port: int, version: str = "auto", community: str = "public") -> dict[str, Any]:
    """Return what is typed for an agent on loopback."""
    return {
        CONF_HOST: "127.0.0.1",
        "version": version,
        "community": community,
        "more_options": {"port": port},
    }


async def add(hass: HomeAssistant, form: ConfigFlowResult) -> MockConfigEntry:
    """Agree to what was found."""
    assert form["step_id"] == "confirm", form
    result = await hass.config_entries.flow.async_configure(form["flow_id"], {})
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry: MockConfigEntry = result["result"]  # type: ignore[assignment]
    assert entry.state is ConfigEntryState.LOADED
    return entry


async def set_up(
    hass: HomeAssistant,
    port: int,
    credentials: Mapping[str, Any] | None = None,
    state: ConfigEntryState = ConfigEntryState.LOADED,
    **options: Any,
) -> MockConfigEntry:
    """Set up an entry for an agent on loopback."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        data={
            CONF_DEVICE: f"snmp://127.0.0.1:{port}",
            CONF_PROTOCOL: "rfc1628",
            CONF_CREDENTIALS: credentials or {"version": "2c", "community": "private"},
        },
        options=options,
    )
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is state, entry.reason
    return entry


async def until(hass: HomeAssistant, entity_id: str, state: str) -> None:
    """Wait for a state."""
    async with asyncio.timeout(10):
        while (now := hass.states.get(entity_id)) is None or now.state != state:
            await asyncio.sleep(0.005)


def reauths(hass: HomeAssistant) -> list[Any]:
    """Return the flows that ask for other credentials."""
    return [
        flow
        for flow in hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        if flow["context"]["source"] == SOURCE_REAUTH
    ]


# adding


@pytest.mark.parametrize(
    ("spoken", "version", "kept"),
    [
        (("1", "2c"), "auto", SnmpVersion.V2C),
        (("1",), "auto", SnmpVersion.V1),
        (("1", "2c"), "1", SnmpVersion.V1),
    ],
)
async def test_add_by_community(
    hass: HomeAssistant, spoken: tuple[str, ...], version: str, kept: SnmpVersion
) -> None:
    """The version that answers is kept, and what is read is shown first."""
    async with UdpAgent(new_agent(), versions=spoken) as wire:
        form = await submit(hass, await begin(hass), typed(wire.port, version))
        shown = form["description_placeholders"]
        assert shown is not None
        assert shown["model"] == "Simulated 1000"
        entry = await add(hass, form)
        assert entry.data == {
            CONF_DEVICE: f"snmp://{wire.host}",
            CONF_PROTOCOL: "rfc1628",
            CONF_CREDENTIALS: {"version": kept, "community": "public"},
        }
        device = dr.async_get(hass).async_get_device_by_identifier(
            (DOMAIN, entry.entry_id), entry.entry_id
        )
        assert device is not None
        assert device.configuration_url == "http://127.0.0.1"
        again = await submit(hass, await begin(hass), typed(wire.port))
        assert again["type"] is FlowResultType.ABORT
        assert again["reason"] == "already_configured"


async def test_add_by_user(hass: HomeAssistant) -> None:
    """A user of SNMPv3 has a step of its own."""
    async with answering_to_users(new_agent()) as wire:
        form = await hass.config_entries.flow.async_configure(
            (await begin(hass))["flow_id"], typed(wire.port, "3")
        )
        assert form["step_id"] == "network_user"
        entry = await add(hass, await submit(hass, form, USER))
        assert entry.data[CONF_CREDENTIALS] == {
            "version": SnmpVersion.V3,
            "community": "public",
            "user": "reader",
            "auth": SnmpAuth.SHA,
            "auth_key": KEY,
            "privacy": SnmpPrivacy.AES,
            "privacy_key": KEY,
        }
        text = str(await async_get_config_entry_diagnostics(hass, entry))
        assert KEY not in text
        assert "reader" not in text


async def test_two_in_contexts_of_one_agent(hass: HomeAssistant) -> None:
    """A device in another context is another one; the same context is not added twice."""
    second = Rfc1628Agent(model="Second", clock=Clock.stopped())
    users = [sha_aes("reader", KEY)]
    async with UserAgent(new_agent(), users, contexts={"second": second}) as wire:
        for context, reason in (("", None), ("second", None), ("second", "already_configured")):
            form = await hass.config_entries.flow.async_configure(
                (await begin(hass))["flow_id"], typed(wire.port, "3")
            )
            said = await submit(hass, form, {**USER, "more_options": {"context": context}})
            if reason is None:
                await add(hass, said)
            else:
                assert said["reason"] == reason
        titles = {entry.title for entry in hass.config_entries.async_entries(DOMAIN)}
        assert len(titles) == 2, titles


@pytest.mark.parametrize(
    ("change", "field", "error"),
    [
        ({"user": "stranger"}, "user", "unknown_user"),
        ({"auth_key": "another pass phrase"}, "auth_key", "wrong_key"),
        ({"privacy_key": "another pass phrase"}, "privacy_key", "wrong_privacy_key"),
        ({"auth_key": "short"}, "auth_key", "key_too_short"),
        ({"auth_key": "", "auth": None}, "auth_key", "privacy_needs_auth"),
    ],
)
async def test_errors_of_a_user(
    hass: HomeAssistant, change: dict[str, Any], field: str, error: str
) -> None:
    """What is wrong is said at its field, and can be mended there."""
    wrong = {name: value for name, value in (USER | change).items() if value}
    async with answering_to_users(new_agent()) as wire:
        form = await hass.config_entries.flow.async_configure(
            (await begin(hass))["flow_id"], typed(wire.port, "3")
        )
        form = await submit(hass, form, wrong)
        assert form["step_id"] == "network_user"
        assert form["errors"] == {field: error}
        await add(hass, await submit(hass, form, USER))


async def test_errors_of_a_host(hass: HomeAssistant) -> None:
    """Silence, a closed port, a name that is none, and a device that is no UPS are told apart."""
    form = await begin(hass)
    form = await submit(hass, form, typed(161) | {CONF_HOST: "not a host/"})
    assert form["errors"] == {CONF_HOST: "no_such_host"}
    agent = new_agent()
    async with UdpAgent(agent) as wire:
        agent.faults.silence = True
        form = await submit(hass, form, typed(wire.port))
        assert form["errors"] == {CONF_BASE: "no_reply_network"}
        agent.faults.silence = False
        form = await submit(hass, form, typed(wire.port, community="stranger"))
        assert form["errors"] == {CONF_BASE: "no_reply_network"}
        form = await submit(hass, form, typed(wire.port, "3"))
        form = await submit(hass, form, USER)
        # nothing is wrong with the user
        assert form["step_id"] in {"network", "network_user"}
        assert form["errors"] == {CONF_BASE: "no_reply_network"}
    form = await submit(hass, await begin(hass), typed(wire.port))
    assert form["errors"] == {CONF_HOST: "unreachable"}
    agent.tree.remove("1.3.6.1.2.1.33")
    async with UdpAgent(agent) as wire:
        form = await submit(hass, form, typed(wire.port))
        assert form["errors"] == {CONF_BASE: "no_ups_there"}


# later


async def test_reconfigure(hass: HomeAssistant) -> None:
    """The card has another address now; its options stay."""
    agent = new_agent()
    async with UdpAgent(agent) as wire:
        entry = await set_up(hass, wire.port, status_interval=4)
    async with UdpAgent(agent) as wire:
        form = await entry.start_reconfigure_flow(hass)
        assert form["step_id"] == "reconfigure_network"
        form = await submit(hass, form, typed(wire.port, "2c", "private"))
        await hass.async_block_till_done()
        assert form["reason"] == "reconfigure_successful"
        assert entry.data[CONF_DEVICE] == f"snmp://{wire.host}"
        assert entry.options == {"status_interval": 4}
        assert entry.state is ConfigEntryState.LOADED


async def test_reauth(hass: HomeAssistant) -> None:
    """A user whose key was changed in the card is asked for; a key left empty stays."""
    credentials = {"version": "3", **USER}
    async with answering_to_users(new_agent()) as wire:
        entry = await set_up(
            hass,
            wire.port,
            credentials | {"auth_key": "the key of old times"},
            ConfigEntryState.SETUP_ERROR,
        )
        (flow,) = reauths(hass)
        assert flow["step_id"] == "reauth_confirm"
        form = await hass.config_entries.flow.async_configure(flow["flow_id"])
        form = await submit(
            hass,
            form,
            {"user": "reader", "auth": "sha", "privacy": "aes", "auth_key": "a wrong key"},
        )
        assert form["errors"] == {"auth_key": "wrong_key"}
        form = await submit(
            hass, form, {"user": "reader", "auth": "sha", "privacy": "aes", "auth_key": KEY}
        )
        await hass.async_block_till_done()
        assert form["reason"] == "reauth_successful"
        assert entry.data[CONF_CREDENTIALS]["privacy_key"] == KEY
        assert entry.state is ConfigEntryState.LOADED


async def test_key_changed_while_loaded(hass: HomeAssistant) -> None:
    """An entry asks for the new key once its session sees that the old one is wrong."""
    agent = new_agent()
    async with answering_to_users(agent) as wire:
        port = wire.port
        await set_up(hass, port, {"version": "3", **USER})
    assert reauths(hass) == []
    changed = UserAgent(agent, [sha_aes("reader", "another pass phrase")], port=port)
    async with changed, asyncio.timeout(60):
        while not reauths(hass):
            await asyncio.sleep(0.05)


async def test_reauth_by_community(hass: HomeAssistant) -> None:
    """An agent that says that it refuses a community is asked with another."""
    async with UdpAgent(new_agent()) as wire:
        entry = await set_up(hass, wire.port, {"version": "2c", "community": "public"})
        form = await entry.start_reauth_flow(hass)
        assert form["step_id"] == "reauth_confirm"
        form = await submit(hass, form, {"community": "stranger"})
        assert form["errors"] == {CONF_BASE: "no_reply_network"}
        form = await submit(hass, form, {"community": "private"})
        await hass.async_block_till_done()
        assert form["reason"] == "reauth_successful"
        assert entry.data[CONF_CREDENTIALS]["community"] == "private"


# discovery


async def discovered(hass: HomeAssistant, hostname: str = "ups") -> ConfigFlowResult:
    """Have loopback get an address from a DHCP server."""
    return await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_DHCP},
        data=DhcpServiceInfo(ip="127.0.0.1", hostname=hostname, macaddress=MAC),
    )


@pytest.fixture
def usual_port(request: pytest.FixtureRequest) -> Any:
    """Have agents listen where this process may."""

    def there(port: int) -> Any:
        return patch(f"{INTEGRATION}.ups.links.snmp_address.PORT", port)

    return there


async def test_dhcp(hass: HomeAssistant, usual_port: Any) -> None:
    """A device of a maker of UPSes that answers as one is offered, once."""
    async with UdpAgent(new_agent()) as wire:
        with usual_port(wire.port):
            form = await discovered(hass)
            entry = await add(hass, form)
            assert entry.data[CONF_DEVICE] == "snmp://127.0.0.1"
            for name in ("ups", "", "a name/that is none"):
                again = await discovered(hass, name)
                assert again["reason"] == "already_configured"


async def test_dhcp_is_silent_about_others(hass: HomeAssistant, usual_port: Any) -> None:
    """What does not answer, or is no UPS, is not offered."""
    agent = new_agent()
    agent.tree.remove("1.3.6.1.2.1.33")
    async with UdpAgent(agent) as wire:
        with usual_port(wire.port):
            assert (await discovered(hass))["reason"] == "no_ups"
    with usual_port(wire.port):
        # nor one without a name
        assert (await discovered(hass, ""))["reason"] == "no_ups"


@pytest.mark.parametrize(
    ("old", "unloaded", "expected"),
    [
        ("snmp://192.0.2.1", True, "snmp://127.0.0.1"),
        # it answers where it was: another address of the same card
        ("snmp://127.0.0.1:{port}", False, "snmp://127.0.0.1:{port}"),
        # the same unit on its cable is not led to its card
        ("/dev/ttyUSB0", True, "/dev/ttyUSB0"),
    ],
    ids=["moved", "there", "on a cable"],
)
async def test_dhcp_knows_a_unit_by_its_serial_number(
    hass: HomeAssistant, usual_port: Any, old: str, unloaded: bool, expected: str
) -> None:
    """One that is lost is followed to its new address; one that is not is left alone."""

    async def with_serial(*arguments: Any, **named: Any) -> Found:
        found = await ask(*arguments, **named)
        return replace(found, identity=replace(found.identity, serial="S123"))

    async with UdpAgent(new_agent()) as wire:
        with usual_port(wire.port), patch(f"{INTEGRATION}.probing.ask", with_serial):
            form = await discovered(hass)
            assert form["step_id"] == "confirm"
            (flow,) = hass.config_entries.flow.async_progress()
            unique_id = flow["context"]["unique_id"]
            assert unique_id is not None
            assert unique_id.endswith("s123")
            hass.config_entries.flow.async_abort(form["flow_id"])
            entry = MockConfigEntry(
                domain=DOMAIN,
                unique_id=unique_id,
                data={
                    CONF_DEVICE: old.format(port=wire.port),
                    CONF_PROTOCOL: "rfc1628",
                    CONF_CREDENTIALS: {"version": "2c", "community": "private"},
                },
            )
            entry.add_to_hass(hass)
            if not unloaded:
                await hass.config_entries.async_setup(entry.entry_id)
                await hass.async_block_till_done()
                assert entry.state is ConfigEntryState.LOADED
            with patch(f"{INTEGRATION}.async_setup_entry", return_value=True):
                assert (await discovered(hass))["reason"] == "already_configured"
                await hass.async_block_till_done()
            assert entry.data[CONF_DEVICE] == expected.format(port=wire.port)


# traps


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (NoPermission("below 1024"), "trap_port_no_permission"),
        (LinkLost("no network"), "trap_port_unusable"),
    ],
)
async def test_trap_port_that_cannot_be_had(
    hass: HomeAssistant, failure: UpsError, text: str
) -> None:
    """The form says why, and takes another one."""
    entry = MockConfigEntry(
        domain=DOMAIN, data={CONF_DEVICE: "snmp://192.0.2.1", CONF_PROTOCOL: "rfc1628"}
    )
    entry.add_to_hass(hass)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    options: dict[str, Any] = {
        "polling": {"status_interval": 5, "full_interval": 30},
        "traps": {"trap_port": 162},
    }
    with patch(f"{INTEGRATION}.config_flow.try_trap_port", side_effect=failure):
        form = await hass.config_entries.options.async_configure(form["flow_id"], options)
    assert form["errors"] == {"traps": text}
    with patch(f"{INTEGRATION}.config_flow.try_trap_port"):
        done = await hass.config_entries.options.async_configure(form["flow_id"], options)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options["trap_port"] == 162


async def test_trap_port(hass: HomeAssistant, unused_udp_port: int) -> None:
    """A trap brings the state at once; a port that is taken is refused by the form."""
    agent = new_agent()
    async with UdpAgent(agent) as wire:
        entry = await set_up(hass, wire.port, {"version": "2c", "community": "public"})
        mains = "binary_sensor.simulated_1000_mains"
        assert hass.states.get(mains) is not None, hass.states.async_entity_ids()
        await until(hass, mains, STATE_ON)
        options: dict[str, Any] = {
            "polling": {"status_interval": 3600, "full_interval": 3600},
            "traps": {"trap_port": unused_udp_port},
        }
        form = await hass.config_entries.options.async_init(entry.entry_id)
        taken, _ = await hass.loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=("0.0.0.0", unused_udp_port)
        )
        form = await hass.config_entries.options.async_configure(form["flow_id"], options)
        assert form["errors"] == {"traps": "trap_port_in_use"}
        taken.close()
        await asyncio.sleep(0)
        done = await hass.config_entries.options.async_configure(form["flow_id"], options)
        assert done["type"] is FlowResultType.CREATE_ENTRY
        await hass.async_block_till_done()
        await until(hass, mains, STATE_ON)
        wire.trap_port = unused_udp_port
        agent.mains(False)
        await until(hass, mains, STATE_OFF)
        await hass.config_entries.async_unload(entry.entry_id)
        assert not _ports
