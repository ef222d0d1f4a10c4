"""Repair flows: a battery that was replaced is noted."""

from collections.abc import Mapping

import probatio

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_BASE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir

from . import battery_care
from .const import DOMAIN
from .coordinator import UpsConfigEntry


class BatteryReplacedFlow(RepairsFlow):
    """Does what the button for a new battery does."""

    def __init__(self, entry: UpsConfigEntry | None, placeholders: Mapping[str, str]) -> None:
        """Take the entry of the UPS, and what the text of the issue is filled with."""
        self._entry = entry
        self._placeholders = placeholders

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Begin with the only question."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask whether the battery was replaced, and note it."""
        entry = self._entry
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        errors, reason = {}, ""
        if user_input is not None:
            try:
                await battery_care.async_replaced(entry.runtime_data)
            except HomeAssistantError as error:
                errors, reason = {CONF_BASE: "not_told"}, str(error)
            else:
                return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="confirm",
            data_schema=probatio.Schema({}),
            errors=errors,
            description_placeholders={**self._placeholders, "reason": reason},
        )


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow for an issue that can be fixed: they are all about the battery."""
    entry = hass.config_entries.async_get_entry(str((data or {}).get("entry_id")))
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    return BatteryReplacedFlow(entry, (issue and issue.translation_placeholders) or {})
