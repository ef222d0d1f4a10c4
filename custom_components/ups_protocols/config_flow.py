"""Config flow: asks who answers on a wire, shows it, and keeps what the user says of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
import logging
from pathlib import Path
from typing import Any, override

import probatio

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_BASE, CONF_DEVICE, CONF_NAME
from homeassistant.core import callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import device_registry as dr

from .const import CONF_PROTOCOL, DOMAIN
from .discovery import OFFER, owners
from .forms import (
    BRIDGED_PROTOCOL,
    DETECT,
    MORE_OPTIONS,
    REACHING_OPTIONS,
    find_errors,
    options_schema,
    serial_schema,
    usb_schema,
)
from .ups import catalog
from .ups.catalog import ProtocolInfo
from .ups.detect import detect, usb_name
from .ups.errors import (
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
    Unsupported,
    UpsError,
    UpsGone,
)
from .ups.links.open import FoundUsb, UsbAddress, is_usb, list_usb
from .ups.model import Identity, Snapshot, StatusFlag, Value
from .ups.names import parse
from .ups.session import Session

_LOGGER = logging.getLogger(__name__)

# the ways to a UPS, each a step of its own
WIRES = ["usb_device", "serial"]
SHOWN_VARIABLES = (
    "battery.charge",
    "battery.runtime",
    "battery.voltage",
    "ups.load",
    "input.voltage",
    "output.voltage",
)
# ESPHome's stub in Home Assistant says by this that the port is not there yet
NOT_READY = (ConfigEntryNotReady,)

# where on the form a failure is shown, and the text that names its cause
ERRORS: dict[type[UpsError], tuple[str, str]] = {
    NoSuchPort: (CONF_DEVICE, "no_such_port"),
    NoPermission: (CONF_DEVICE, "no_permission"),
    InUse: (CONF_DEVICE, "in_use"),
    LineSettingsFixed: (CONF_DEVICE, "line_settings_fixed"),
    LinkLost: (CONF_DEVICE, "link_lost"),
    NoReply: (CONF_BASE, "no_reply"),
    BadReply: (CONF_PROTOCOL, "wrong_protocol"),
    Unsupported: (CONF_PROTOCOL, "unsupported"),
    Rejected: (CONF_BASE, "rejected"),
    Busy: (CONF_BASE, "busy"),
    AuthFailed: (CONF_BASE, "auth_failed"),
    UpsGone: (CONF_BASE, "ups_gone"),
    NotThisUps: (CONF_BASE, "not_this_ups"),
}


# on USB the cause and the cure may be others; its form has no field for the protocol
USB_TEXTS = {
    "no_such_port": "no_such_device",
    "no_permission": "no_permission_usb",
    "in_use": "in_use_usb",
    "link_lost": "link_lost_usb",
    "no_reply": "no_reply_usb",
    "rejected": "no_reply_usb",
    "not_recognised": "no_reply_usb",
    "wrong_protocol": "no_reply_usb",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A UPS that answered, and how it was reached."""

    device: str
    info: ProtocolInfo
    options: dict[str, Value]
    identity: Identity
    snapshot: Snapshot

    @property
    def title(self) -> str:
        """What the unit is called until the user calls it something else."""
        names = (self.identity.manufacturer, self.identity.model)
        return " ".join(name for name in names if name) or self.info.title

    @property
    def unique_id(self) -> str | None:
        """Maker and serial number; None where no serial number tells units apart.

        A device is known by its place on USB where another one has the same serial number.
        """
        if self.identity.serial is None or (
            is_usb(self.device) and UsbAddress.parse(self.device).place is not None
        ):
            return None
        names = (self.identity.manufacturer, self.identity.serial)
        return "_".join(name for name in names if name).lower()

    @property
    def data(self) -> dict[str, str]:
        """What a config entry keeps: where the unit is and what it speaks."""
        return {CONF_DEVICE: self.device, CONF_PROTOCOL: self.info.id}

    @property
    def placeholders(self) -> dict[str, str]:
        """What is shown of it, in words that need no translation."""
        flags = (flag for flag in StatusFlag if flag in self.snapshot.status.flags)
        return {
            "name": self.title,
            "device": self.device,
            "protocol": self.info.title,
            "model": self.identity.model or "–",
            "serial": self.identity.serial or "–",
            "firmware": self.identity.firmware or "–",
            "status": ", ".join(flag.name.lower().replace("_", " ") for flag in flags) or "–",
            "values": ", ".join(_readings(self.snapshot)) or "–",
        }


def _readings(snapshot: Snapshot) -> list[str]:
    """Return a few values with their names and units; ``≈`` marks those worked out by us."""
    texts = []
    for name in SHOWN_VARIABLES:
        if (value := snapshot.variables.get(name)) is not None:
            known = parse(name)
            unit = known.variable.unit if known else ""
            about = "≈ " if name in snapshot.estimated else ""
            texts.append(f"{name} {about}{value} {unit}".rstrip())
    return texts


async def _ask(device: str, info: ProtocolInfo, options: Mapping[str, Value]) -> Found:
    """Open a UPS, read who it is and how it is, and let go of it. Raises UpsError."""
    known = {option.name for option in info.options}
    wanted = {name: value for name, value in options.items() if name in known}
    session = Session(device, info, options=wanted, not_ready=NOT_READY)
    session.start()
    try:
        snapshot = await session.ready()
        return Found(
            device=device,
            info=info,
            options=wanted,
            identity=session.capabilities.identity,
            snapshot=snapshot,
        )
    finally:
        await session.close()


def _wire(address: str) -> str:
    """Return what all addresses of one wire have in common; follows links on the disk."""
    path = address.removeprefix("device://")
    if "://" not in path:
        return str(Path(path).resolve())
    scheme, rest = path.lower().split("://", 1)
    return f"{'socket' if scheme == 'tcp' else scheme}://{rest.rstrip('/')}"


class UpsConfigFlow(ConfigFlow, domain=DOMAIN):
    """Adds a UPS, or leads to one that has moved."""

    VERSION = 1

    def __init__(self) -> None:
        """Begin with nothing typed."""
        self._form = ""
        """The step that the user comes back to after an error."""
        self._typed: dict[str, Any] = {}
        self._errors: dict[str, str] = {}
        self._reason = ""
        self._doing = DETECT
        self._probe: asyncio.Task[str] | None = None
        self._found: Found | None = None
        self._outcome: ConfigFlowResult | None = None

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

    async def async_step_probe(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show progress while the UPS is asked; Home Assistant cancels it with the flow."""
        if self._probe is None:
            self._errors = {}
            self._reason = ""
            self._doing = DETECT if self._typed[CONF_PROTOCOL] == DETECT else "connect"
            # not eager: a task that is done at once would skip the progress step, and what was
            # typed would be handed to the next one
            self._probe = self.hass.async_create_task(
                self._async_probe(), f"{DOMAIN} probe", eager_start=False
            )
        if not self._probe.done():
            return self.async_show_progress(
                step_id="probe",
                progress_action=self._doing,
                description_placeholders={"device": self._typed[CONF_DEVICE]},
                progress_task=self._probe,
            )
        probe, self._probe = self._probe, None
        return self.async_show_progress_done(next_step_id=probe.result())

    async def _async_probe(self) -> str:
        """Ask who answers; return the step that comes next.

        All that must happen afterwards happens here, since nobody may be there to take that
        step. An entry that may hold the same line is unloaded meanwhile.
        """
        device = self._typed[CONF_DEVICE]
        entry: ConfigEntry | None = None
        unloaded = False
        try:
            if self.source == SOURCE_RECONFIGURE:
                entry = self._get_reconfigure_entry()
            holders = await self._async_holders(device)
            if any(holder is not entry for holder in holders):
                self._outcome = self.async_abort(reason="already_configured")
                return "outcome"
            if entry is not None and _is_in_the_way(entry, device, holders):
                unloaded = True
                # an unloading that is broken off would leave the entry useless
                await asyncio.shield(
                    self.hass.async_create_task(
                        self.hass.config_entries.async_unload(entry.entry_id)
                    )
                )
            found = await self._async_find(device)
            if entry is None:
                self._found = found
                return "confirm"
            if self._is_unit_of(entry, found):
                self._outcome = self._async_move(entry, found)
                unloaded = False
            else:
                self._outcome = self.async_abort(
                    reason="wrong_device", description_placeholders={"name": found.title}
                )
        except UpsError as error:
            # a driver may have kinds of its own, each below one of these
            kinds = (ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS)
            field, text = next(kinds, (CONF_BASE, "unknown"))
            if isinstance(error, NoReply) and self._doing == DETECT:
                field, text = CONF_PROTOCOL, "not_recognised"
            if is_usb(device):
                field = CONF_BASE if field == CONF_PROTOCOL else field
                text = USB_TEXTS.get(text, text)
            self._errors = {field: text}
            self._reason = str(error)
            return self._form
        except Exception:
            _LOGGER.exception("Unexpected failure with %s", device)
            self._errors = {CONF_BASE: "unknown"}
            return self._form
        finally:
            if unloaded and entry is not None:
                self._async_put_back(entry)
        return "outcome"

    async def _async_holders(self, device: str) -> list[ConfigEntry]:
        """Return our entries that are set up on this line, under whatever address."""
        if is_usb(device):
            devices = await list_usb()
            owned = owners(self.hass, devices)
            address = UsbAddress.parse(device)
            fitting = [each for each in devices if address.fits(each.device)]
            # an address that fits several is refused by who looks for its device
            return [owned[each.url] for each in fitting if len(fitting) == 1 and each.url in owned]
        entries = self._async_current_entries(include_ignore=False)

        def on_this_wire() -> list[ConfigEntry]:
            wire = _wire(device)
            return [entry for entry in entries if _wire(entry.data[CONF_DEVICE]) == wire]

        return await self.hass.async_add_executor_job(on_this_wire)

    async def _async_find(self, device: str) -> Found:
        """Find out the protocol if need be, and read who answers. Raises UpsError."""
        if self._typed[CONF_PROTOCOL] == DETECT:
            info = await detect(device, not_ready=NOT_READY)
            self._doing = "connect"
            self.async_notify_flow_changed()
        else:
            info = catalog.protocol(self._typed[CONF_PROTOCOL])
        return await _ask(device, info, self._typed.get(MORE_OPTIONS, {}))

    def _is_unit_of(self, entry: ConfigEntry, found: Found) -> bool:
        """Tell whether the unit that answered is the one of an entry."""
        if found.unique_id is not None:
            owner = self.hass.config_entries.async_entry_for_domain_unique_id(
                DOMAIN, found.unique_id
            )
            if owner is not None or entry.unique_id is not None:
                return owner is entry
        device = dr.async_get(self.hass).async_get_device_by_identifier(
            (DOMAIN, entry.entry_id), entry.entry_id
        )
        if device is None:
            return True
        known = Identity(
            kind=found.identity.kind,
            manufacturer=device.manufacturer,
            model=device.model,
            serial=device.serial_number,
        )
        return found.identity.may_be(known)

    @callback
    def _async_move(self, entry: ConfigEntry, found: Found) -> ConfigFlowResult:
        """Have an entry set up with what was found."""
        options = found.options
        # options of another protocol mean nothing to this one
        if entry.data[CONF_PROTOCOL] == found.info.id:
            kept = {
                name: value for name, value in entry.options.items() if name not in REACHING_OPTIONS
            }
            options = kept | options
        return self.async_update_reload_and_abort(
            entry,
            unique_id=found.unique_id or entry.unique_id,
            data_updates=found.data,
            options=options,
        )

    @callback
    def _async_put_back(self, entry: ConfigEntry) -> None:
        """Have an entry set up again as it was, if it is still there."""
        if (
            self.hass.config_entries.async_get_entry(entry.entry_id) is not None
            and entry.state is not ConfigEntryState.FAILED_UNLOAD
        ):
            self.hass.config_entries.async_schedule_reload(entry.entry_id)

    async def async_step_outcome(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """End the flow with what the probe came to."""
        assert self._outcome is not None
        return self._outcome

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show who answered, and add it when the user agrees."""
        assert self._found is not None
        found = self._found
        await self.async_set_unique_id(found.unique_id)
        self._abort_if_unique_id_configured()
        self._async_abort_entries_match({CONF_DEVICE: found.device})
        if user_input is None:
            return self.async_show_form(
                step_id="confirm",
                data_schema=probatio.Schema({}),
                description_placeholders=found.placeholders,
            )
        return self.async_create_entry(title=found.title, data=found.data, options=found.options)


def _is_in_the_way(entry: ConfigEntry, device: str, holders: list[ConfigEntry]) -> bool:
    """Tell whether an entry has to let go of its line before another address is tried."""
    if entry.state not in {ConfigEntryState.LOADED, ConfigEntryState.SETUP_RETRY}:
        return False
    present = entry.data[CONF_DEVICE]
    # two network addresses may be one serial server, and many take one client only; two addresses
    # on USB may be one device
    networked = "://" in device and "://" in present
    return entry in holders or networked or (is_usb(device) and is_usb(present))


class UpsOptionsFlow(OptionsFlowWithReload):
    """Changes how often a UPS is asked, and what it does not tell about itself."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the intervals and the protocol's own options."""
        errors: dict[str, str] = {}
        if user_input is not None:
            options = {
                name: value for fields in user_input.values() for name, value in fields.items()
            }
            errors = find_errors(options)
            if not errors:
                return self.async_create_entry(data=options)
        info = catalog.protocol(self.config_entry.data[CONF_PROTOCOL])
        schema = options_schema(info, is_on_usb=is_usb(self.config_entry.data[CONF_DEVICE]))
        present = user_input or {str(key): self.config_entry.options for key in schema.schema}
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(schema, present),
            errors=errors,
            description_placeholders={"protocol": info.title},
        )
