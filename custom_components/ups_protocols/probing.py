"""The part of the config flow that all wires share: the UPS is asked, then shown."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import probatio

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_BASE, CONF_DEVICE, CONF_HOST
from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr

from .connection import NOT_READY, engine_of
from .const import CONF_CREDENTIALS, CONF_PROTOCOL, DOMAIN, OPTIONS_OF_A_UNIT
from .coordinator import UpsCoordinator
from .discovery import owners
from .forms import DETECT, MORE_OPTIONS, REACHING_OPTIONS
from .found import Found, ask, form_error
from .ups import catalog
from .ups.detect import detect
from .ups.errors import NoReply, UpsError
from .ups.links.base import SnmpCredentials
from .ups.links.open import UsbAddress, is_snmp, is_usb, list_usb
from .ups.model import Identity

_LOGGER = logging.getLogger(__name__)


def _wire(address: str) -> str:
    """Return what all addresses of one wire have in common; follows links on the disk."""
    path = address.removeprefix("device://")
    if "://" not in path:
        return str(Path(path).resolve())
    scheme, rest = path.lower().split("://", 1)
    return f"{'socket' if scheme == 'tcp' else scheme}://{rest.rstrip('/')}"


def _context(entry: ConfigEntry) -> str:
    """Return the SNMP context of an entry's device."""
    context: str = entry.data.get(CONF_CREDENTIALS, {}).get("context", "")
    return context


def _is_in_the_way(entry: ConfigEntry, device: str, holders: list[ConfigEntry]) -> bool:
    """Tell whether an entry has to let go of its line before another address is tried."""
    if entry.state not in {ConfigEntryState.LOADED, ConfigEntryState.SETUP_RETRY}:
        return False
    present = entry.data[CONF_DEVICE]
    # two network addresses may be one serial server, and many take one client only; two addresses
    # on USB may be one device
    networked = "://" in device and "://" in present
    return entry in holders or networked or (is_usb(device) and is_usb(present))


class ProbingFlow(ConfigFlow):
    """What all ways to a UPS share: it is asked in the background, and then shown."""

    def __init__(self) -> None:
        """Begin with nothing typed."""
        self._form = ""
        """The step that the user comes back to after an error."""
        self._host_form = ""
        """The step in which the host was typed, for a UPS in the network."""
        self._typed: dict[str, Any] = {}
        self._credentials: tuple[SnmpCredentials, ...] = ()
        """What an agent is asked with, one after another."""
        self._errors: dict[str, str] = {}
        self._reason = ""
        self._doing = DETECT
        self._probe: asyncio.Task[str] | None = None
        self._found: Found | None = None
        self._outcome: ConfigFlowResult | None = None

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
        entry = self._own_entry
        unloaded = False
        try:
            holders = await self._async_holders(device)
            if any(holder is not entry for holder in holders):
                self._outcome = self.async_abort(reason="already_configured")
                return "outcome"
            # one that is set up anew ends the flow that asks for its credentials
            if (
                entry is not None
                and self.source != SOURCE_REAUTH
                and _is_in_the_way(entry, device, holders)
            ):
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
            if not self._is_unit_of(entry, found):
                self._outcome = self.async_abort(
                    reason="wrong_device", description_placeholders={"name": found.title}
                )
            elif self.source == SOURCE_REAUTH:
                # setting the entry up anew ends this flow: not before its last step
                self._found = found
            else:
                self._outcome = self._async_move(entry, found)
                unloaded = False
        except UpsError as error:
            is_detecting = self._doing == DETECT
            field, text = form_error(error, device, is_detecting=is_detecting)
            if field == CONF_HOST:
                self._form = self._host_form
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
        # behind one agent there may be several devices, each in a context of its own
        contexts = {each.context for each in self._credentials}

        def on_this_wire() -> list[ConfigEntry]:
            wire = _wire(device)
            return [
                entry
                for entry in entries
                if _wire(entry.data[CONF_DEVICE]) == wire
                and (not contexts or _context(entry) in contexts)
            ]

        return await self.hass.async_add_executor_job(on_this_wire)

    async def _async_find(self, device: str) -> Found:
        """Find out the protocol if need be, and read who answers. Raises UpsError."""
        if is_snmp(device):
            return await self._async_find_agent(device)
        if self._typed[CONF_PROTOCOL] == DETECT:
            info = await detect(device, not_ready=NOT_READY)
            self._now_reading()
        else:
            info = catalog.protocol(self._typed[CONF_PROTOCOL])
        return await ask(device, info, self._typed.get(MORE_OPTIONS, {}))

    async def _async_find_agent(self, url: str) -> Found:
        """Find out by which credentials and MIBs an agent answers, and read it. Raises UpsError."""
        engine = engine_of(self.hass)
        silence: NoReply | None = None
        for credentials in self._credentials:
            try:
                info = await detect(url, credentials=credentials, engine=engine)
            except NoReply as error:
                silence = error
            else:
                self._now_reading()
                return await ask(url, info, {}, credentials=credentials, engine=engine)
        raise silence or NoReply("there is nothing to ask with")

    @callback
    def _now_reading(self) -> None:
        """Show that something was found that is now read."""
        self._doing = "connect"
        self.async_notify_flow_changed()

    @property
    def _own_entry(self) -> ConfigEntry | None:
        """The entry that this flow is about; None when it adds one."""
        if self.source == SOURCE_RECONFIGURE:
            return self._get_reconfigure_entry()
        return self._get_reauth_entry() if self.source == SOURCE_REAUTH else None

    def _owner(self, found: Found) -> ConfigEntry | None:
        """Return the entry of the unit with the maker and serial number that were found."""
        if found.unique_id is None:
            return None
        return self.hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, found.unique_id)

    def _is_twin(self, found: Found) -> bool:
        """Tell whether the unit with this serial number answers elsewhere at this moment.

        Makers repeat serial numbers: two lines of this machine that both answer lead to two
        units. Of a network card several addresses may be known, and a UPS may have a plug for
        USB and one for a serial line.
        """
        owner = self._owner(found)
        coordinator: UpsCoordinator | None = getattr(owner, "runtime_data", None)
        if owner is None or coordinator is None or owner.state is not ConfigEntryState.LOADED:
            return False
        present = owner.data[CONF_DEVICE]
        are_lines = not is_snmp(found.device) and "://" not in found.device + present
        is_same_kind = is_usb(found.device) == is_usb(present)
        return are_lines and is_same_kind and coordinator.session.available

    def _is_unit_of(self, entry: ConfigEntry, found: Found) -> bool:
        """Tell whether the unit that answered is the one of an entry."""
        device = dr.async_get(self.hass).async_get_device_by_identifier(
            (DOMAIN, entry.entry_id), entry.entry_id
        )
        owner = self._owner(found)
        if owner is entry:
            return True
        if owner is not None:
            # they share a serial number only if this one was added with it as well
            serial = device.serial_number if device else None
            if entry.unique_id is not None or serial != found.identity.serial:
                return False
        elif found.unique_id is not None and entry.unique_id is not None:
            return False
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
        # options of another protocol mean nothing to this one; all MIBs have the same
        is_same = entry.data[CONF_PROTOCOL] == found.info.id or is_snmp(found.device)
        kept = {
            name: value
            for name, value in entry.options.items()
            if name in OPTIONS_OF_A_UNIT or (is_same and name not in REACHING_OPTIONS)
        }
        return self.async_update_reload_and_abort(
            entry,
            # one that shares its serial number with another has none
            unique_id=(self._owner(found) in {None, entry} and found.unique_id) or entry.unique_id,
            data_updates=found.data,
            options=kept | found.options,
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
        if self._outcome is None:
            assert self._found is not None
            return self._async_move(self._get_reauth_entry(), self._found)
        return self._outcome

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show who answered, and add it when the user agrees."""
        assert self._found is not None
        found = self._found
        await self.async_set_unique_id(None if self._is_twin(found) else found.unique_id)
        self._abort_if_unique_id_configured()
        context = found.credentials.context if found.credentials else ""
        for entry in self._async_current_entries(include_ignore=False):
            if (entry.data[CONF_DEVICE], _context(entry)) == (found.device, context):
                return self.async_abort(reason="already_configured")
        if user_input is None:
            return self.async_show_form(
                step_id="confirm",
                data_schema=probatio.Schema({}),
                description_placeholders=found.placeholders,
            )
        return self.async_create_entry(title=found.title, data=found.data, options=found.options)
