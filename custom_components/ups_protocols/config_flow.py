"""Config flow: the ways to a UPS, the entry that is kept of it, and its options."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, override

import probatio

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
    OptionsFlow,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_BASE, CONF_DEVICE, CONF_HOST, CONF_NAME, CONF_PORT
from homeassistant.core import callback
from homeassistant.helpers.device_registry import format_mac
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo

from .battery_care import has_battery
from .connection import as_data, credentials_of
from .const import (
    CONF_BATTERY_LIFE,
    CONF_CREDENTIALS,
    CONF_NOMINAL_POWER,
    CONF_PROTOCOL,
    CONF_TEST_INTERVAL,
    CONF_TRAP_PORT,
    DOMAIN,
)
from .coordinator import UpsCoordinator
from .discovery import OFFER, owners
from .forms import (
    BRIDGED_PROTOCOL,
    CONF_AUTH_KEY,
    CONF_COMMUNITY,
    CONF_PRIVACY_KEY,
    CONF_VERSION,
    CONF_WRITE_COMMUNITY,
    DETECT,
    MORE_OPTIONS,
    REACHING_OPTIONS,
    TRAPS,
    Offer,
    credentials_error,
    find_errors,
    network_schema,
    options_schema,
    serial_schema,
    usb_schema,
    user_schema,
)
from .power import is_estimated_from_load
from .probing import ProbingFlow
from .schedule import can_schedule
from .ups import catalog
from .ups.detect import usb_name
from .ups.errors import InUse, NoPermission, NoSuchPort, UpsError
from .ups.links.base import SnmpAuth, SnmpCredentials, SnmpPrivacy, SnmpVersion
from .ups.links.open import (
    SNMP_AUTO,
    SNMP_PORT,
    FoundUsb,
    UsbAddress,
    is_snmp,
    is_usb,
    list_usb,
    make_snmp_url,
    parse_snmp_url,
    try_trap_port,
)

# the ways to a UPS, each a step of its own
WIRES = ["usb_device", "serial", "network"]


class UpsConfigFlow(ProbingFlow, domain=DOMAIN):
    """Adds a UPS, or leads to one that has moved."""

    VERSION = 1

    def __init__(self) -> None:
        """Begin with nothing typed."""
        super().__init__()
        self._network: dict[str, Any] = {}
        """What was typed of a UPS in the network: the address and a community."""
        self._user: dict[str, Any] = {}
        """What was typed of an SNMPv3 user."""

    @override
    @staticmethod
    @callback
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the flow for the options."""
        return UpsOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Let the user say how the UPS is connected."""
        return self.async_show_menu(step_id="user", menu_options=WIRES)

    async def async_step_serial(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a serial line and what is spoken on it."""
        return await self._async_step_line("serial", user_input)

    async def async_step_usb_device(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which of the UPSes on USB it is."""
        return await self._async_step_usb("usb_device", user_input)

    @override
    async def async_step_integration_discovery(
        self, discovery_info: dict[str, Any]
    ) -> ConfigFlowResult:
        """Offer a UPS that was plugged in while Home Assistant runs."""
        device = discovery_info[CONF_DEVICE]
        await self.async_set_unique_id(device)
        self._abort_if_unique_id_configured()
        self._async_abort_entries_match({CONF_DEVICE: device})
        self._typed = {CONF_DEVICE: device, CONF_PROTOCOL: DETECT}
        self.context["title_placeholders"] = {CONF_NAME: discovery_info[CONF_NAME]}
        return await self.async_step_plugged_in()

    async def async_step_plugged_in(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether the UPS that was plugged in may be opened."""
        if user_input is not None:
            self._form = OFFER
            return await self.async_step_probe()
        return self.async_show_form(
            step_id=OFFER,
            data_schema=probatio.Schema({}),
            # the form has no field that an error could stand at
            errors={CONF_BASE: next(iter(self._errors.values()))} if self._errors else {},
            description_placeholders={
                "name": self.context["title_placeholders"][CONF_NAME],
                "device": self._typed[CONF_DEVICE],
                "reason": self._reason,
            },
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where the UPS of an entry is now."""
        entry = self._get_reconfigure_entry()
        if is_usb(entry.data[CONF_DEVICE]):
            return await self.async_step_reconfigure_usb()
        if is_snmp(entry.data[CONF_DEVICE]):
            return await self.async_step_reconfigure_network()
        if not self._typed:
            self._typed = {
                **entry.data,
                MORE_OPTIONS: {
                    name: entry.options[name] for name in REACHING_OPTIONS if name in entry.options
                },
            }
        return await self._async_step_line("reconfigure", user_input)

    async def async_step_reconfigure_usb(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which of the UPSes on USB is the one of an entry."""
        if not self._typed:
            entry = self._get_reconfigure_entry()
            self._typed = {
                CONF_DEVICE: entry.data[CONF_DEVICE],
                MORE_OPTIONS: {
                    name: entry.options[name] for name in REACHING_OPTIONS if name in entry.options
                },
            }
        return await self._async_step_usb("reconfigure_usb", user_input)

    async def _async_step_usb(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Show what is plugged in, or begin to ask the one that was chosen who it is."""
        if user_input is not None:
            self._form = step_id
            self._typed = {
                **user_input,
                # what can be said of a bridge is of the one protocol that bridges carry
                CONF_PROTOCOL: BRIDGED_PROTOCOL if user_input.get(MORE_OPTIONS) else DETECT,
            }
            self._errors = {}
            # without an address the user wants to see what is plugged in now
            if typed := user_input.get(CONF_DEVICE, "").strip():
                try:
                    self._typed[CONF_DEVICE] = str(UsbAddress.parse(typed))
                except NoSuchPort as error:
                    self._errors = {CONF_DEVICE: "no_such_device"}
                    self._reason = str(error)
                else:
                    self._async_abort_entries_match({CONF_DEVICE: self._typed[CONF_DEVICE]})
                    return await self.async_step_probe()
        own = self._get_reconfigure_entry() if self.source == SOURCE_RECONFIGURE else None
        found: list[FoundUsb] = []
        free: list[FoundUsb] = []
        hindered: list[str] = []
        errors = dict(self._errors)
        try:
            devices = await list_usb()
        except UpsError as error:
            errors, self._reason = {CONF_BASE: "no_usb"}, str(error)
        else:
            owned = owners(self.hass, devices)
            found = [each for each in devices if owned.get(each.url) in {None, own}]
            # what its own entry holds is not in its own way
            free = [each for each in found if each.hindrance is None or each.url in owned]
            hindered = [
                f"{usb_name(each.device)}: {each.hindrance}" for each in found if each not in free
            ]
        if not errors and hindered:
            errors = {CONF_BASE: "hindered"}
        elif not errors and not found:
            errors = {CONF_BASE: "nothing_plugged_in"}
        only = {CONF_DEVICE: free[0].url} if len(free) == 1 else {}
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                usb_schema({each.url: usb_name(each.device) for each in found}), only | self._typed
            ),
            errors=errors,
            description_placeholders={"reason": self._reason, "hindered": "; ".join(hindered)},
        )

    # in the network

    async def async_step_network(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where the UPS's network card is, and by which version and community."""
        return await self._async_step_host("network", user_input)

    async def async_step_reconfigure_network(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where the network card of an entry is now."""
        if not self._network:
            self._fill_in(self._get_reconfigure_entry())
        return await self._async_step_host("reconfigure_network", user_input)

    async def _async_step_host(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Show the form for a network card, or go on to the user or the probe."""
        errors = self._errors
        if user_input is not None:
            self._network = {**user_input}
            more = user_input.get(MORE_OPTIONS, {})
            try:
                url = make_snmp_url(user_input[CONF_HOST], int(more.get(CONF_PORT, SNMP_PORT)))
            except NoSuchPort as error:
                errors, self._reason = {CONF_HOST: "no_such_host"}, str(error)
            else:
                self._form = self._host_form = step_id
                self._typed = {CONF_DEVICE: url, CONF_PROTOCOL: DETECT}
                if user_input[CONF_VERSION] == SnmpVersion.V3:
                    # there may be several devices, each in a context of its own
                    self._errors = {}
                    return await self.async_step_network_user()
                self._async_abort_entries_match({CONF_DEVICE: url})
                self._credentials = self._by_community(user_input[CONF_VERSION])
                return await self.async_step_probe()
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(network_schema(), self._network),
            errors=errors,
            description_placeholders={"reason": self._reason},
        )

    async def async_step_network_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the user of SNMPv3."""
        return await self._async_step_user_of("network_user", user_input)

    async def _async_step_user_of(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Show the form for an SNMPv3 user, or begin to ask who answers."""
        errors = self._errors
        if user_input is not None:
            self._user = {**user_input}
            credentials = self._by_user()
            if (wrong := credentials_error(credentials)) is not None:
                errors = dict([wrong])
            else:
                self._form = step_id
                self._credentials = (credentials,)
                return await self.async_step_probe()
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(user_schema(), self._user),
            errors=errors,
            description_placeholders={"reason": self._reason, "host": self._typed[CONF_DEVICE]},
        )

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin to ask for other credentials."""
        entry = self._get_reauth_entry()
        self._fill_in(entry)
        self._typed = {CONF_DEVICE: entry.data[CONF_DEVICE], CONF_PROTOCOL: DETECT}
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for other credentials of the same version."""
        if self._network[CONF_VERSION] == SnmpVersion.V3:
            return await self._async_step_user_of("reauth_confirm", user_input)
        if user_input is not None:
            self._form = self._host_form = "reauth_confirm"
            self._network |= user_input
            self._credentials = self._by_community(self._network[CONF_VERSION])
            return await self.async_step_probe()
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=self.add_suggested_values_to_schema(
                network_schema(with_host=False), self._network
            ),
            # the form has no field for the host
            errors={CONF_BASE: next(iter(self._errors.values()))} if self._errors else {},
            description_placeholders={"reason": self._reason, "host": self._typed[CONF_DEVICE]},
        )

    @callback
    def _fill_in(self, entry: ConfigEntry) -> None:
        """Take over what an entry has; keys are not shown again."""
        known = credentials_of(entry.data) or SnmpCredentials()
        address = parse_snmp_url(entry.data[CONF_DEVICE])
        kept = as_data(known)
        self._network = {
            CONF_HOST: address.host,
            CONF_VERSION: str(known.version),
            CONF_COMMUNITY: known.community,
            MORE_OPTIONS: {CONF_PORT: address.port},
        }
        self._user = {
            name: value
            for name, value in kept.items()
            if name not in {CONF_AUTH_KEY, CONF_PRIVACY_KEY}
        }
        self._user[MORE_OPTIONS] = {"context": known.context}

    @property
    def _kept(self) -> Mapping[str, Any]:
        """The credentials of the entry that this flow is about."""
        entry = self._own_entry
        return {} if entry is None else entry.data.get(CONF_CREDENTIALS, {})

    def _by_community(self, version: str) -> tuple[SnmpCredentials, ...]:
        """Return what an agent is asked with, one after another."""
        write = self._network.get(MORE_OPTIONS, {}).get(CONF_WRITE_COMMUNITY)
        tried = (
            (SnmpVersion.V2C, SnmpVersion.V1) if version == SNMP_AUTO else (SnmpVersion(version),)
        )
        return tuple(
            SnmpCredentials(
                version=each,
                community=self._network[CONF_COMMUNITY],
                write_community=write or self._kept.get(CONF_WRITE_COMMUNITY),
            )
            for each in tried
        )

    def _by_user(self) -> SnmpCredentials:
        """Return the credentials of an SNMPv3 user; keys that were left empty stay as they are."""
        typed, kept = self._user, self._kept
        auth, privacy = typed.get("auth"), typed.get("privacy")
        auth_key = typed.get(CONF_AUTH_KEY) or kept.get(CONF_AUTH_KEY, "")
        privacy_key = typed.get(CONF_PRIVACY_KEY) or kept.get(CONF_PRIVACY_KEY, "")
        return SnmpCredentials(
            version=SnmpVersion.V3,
            user=typed["user"],
            auth=SnmpAuth(auth) if auth else None,
            auth_key=auth_key if auth or not kept else "",
            privacy=SnmpPrivacy(privacy) if privacy else None,
            privacy_key=privacy_key if privacy or not kept else "",
            context=typed.get(MORE_OPTIONS, {}).get("context", ""),
        )

    @override
    async def async_step_dhcp(self, discovery_info: DhcpServiceInfo) -> ConfigFlowResult:
        """See whether a device of a maker of UPSes is one; ask as anybody may, else stay silent."""
        await self.async_set_unique_id(format_mac(discovery_info.macaddress))
        url = make_snmp_url(discovery_info.ip)
        self._async_abort_entries_match({CONF_DEVICE: url})
        # a device need not have a name, and may have one that is none
        with suppress(NoSuchPort):
            named = make_snmp_url(discovery_info.hostname)
            self._async_abort_entries_match({CONF_DEVICE: named})
        self._credentials = tuple(
            SnmpCredentials(version=version) for version in (SnmpVersion.V2C, SnmpVersion.V1)
        )
        try:
            found = await self._async_find_agent(url)
        except UpsError:
            return self.async_abort(reason="no_ups")
        if found.unique_id is not None:
            entry = await self.async_set_unique_id(found.unique_id)
            if entry is not None and _is_lost(entry):
                self._abort_if_unique_id_configured(updates={CONF_DEVICE: url})
            self._abort_if_unique_id_configured()
        self._found = found
        self.context["title_placeholders"] = {CONF_NAME: found.title}
        return await self.async_step_confirm()

    # on a serial line

    async def _async_step_line(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Show the form for a serial line, or begin to ask who answers there."""
        if user_input:
            self._form = step_id
            self._typed = {**user_input, CONF_DEVICE: user_input[CONF_DEVICE].strip()}
            self._async_abort_entries_match({CONF_DEVICE: self._typed[CONF_DEVICE]})
            return await self.async_step_probe()
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(serial_schema(), self._typed),
            errors=self._errors,
            description_placeholders={"reason": self._reason},
        )


def _is_lost(entry: ConfigEntry) -> bool:
    """Tell whether the UPS of an entry in the network is not where it was."""
    if not is_snmp(entry.data[CONF_DEVICE]):
        return False
    loaded = entry.state is ConfigEntryState.LOADED
    return not (loaded and entry.runtime_data.last_update_success)


def _offer(entry: ConfigEntry) -> Offer:
    """Return which options make sense for the unit of an entry.

    Of a unit that was never seen nothing is known, and what is set must not be lost.
    """
    coordinator: UpsCoordinator | None = getattr(entry, "runtime_data", None)
    if coordinator is None or coordinator.store.known.capabilities is None:
        return Offer()
    options = entry.options
    kind, seen = coordinator.capabilities.identity.kind, coordinator.seen
    return Offer(
        energy=CONF_NOMINAL_POWER in options or is_estimated_from_load(kind, seen),
        care=CONF_BATTERY_LIFE in options or has_battery(coordinator),
        test=CONF_TEST_INTERVAL in options or can_schedule(coordinator),
    )


class UpsOptionsFlow(OptionsFlowWithReload):
    """Changes how often a UPS is asked, what it does not tell, and how its battery is cared for."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the intervals and the protocol's own options."""
        errors: dict[str, str] = {}
        if user_input is not None:
            options = {
                name: value for fields in user_input.values() for name, value in fields.items()
            }
            errors = find_errors(options)
            if (port := options.get(CONF_TRAP_PORT)) and not errors:
                errors = await _trap_errors(int(port))
            if not errors:
                return self.async_create_entry(data=options)
        info = catalog.protocol(self.config_entry.data[CONF_PROTOCOL])
        schema = options_schema(
            info,
            is_on_usb=is_usb(self.config_entry.data[CONF_DEVICE]),
            offer=_offer(self.config_entry),
        )
        present = user_input or {str(key): self.config_entry.options for key in schema.schema}
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(schema, present),
            errors=errors,
            description_placeholders={"protocol": info.title},
        )


async def _trap_errors(port: int) -> dict[str, str]:
    """Return the error of a port that cannot be listened on for traps."""
    try:
        await try_trap_port(port)
    except NoPermission:
        return {TRAPS: "trap_port_no_permission"}
    except InUse:
        return {TRAPS: "trap_port_in_use"}
    except UpsError:
        return {TRAPS: "trap_port_unusable"}
    return {}
