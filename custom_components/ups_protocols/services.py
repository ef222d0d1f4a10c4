"""Actions: any command of a UPS with its parameters, and any setting."""

from collections.abc import Iterable, Mapping
from datetime import date
import re
from typing import Final

import probatio

from homeassistant.const import ATTR_COMMAND, ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.service import (
    async_get_device_and_config_entry,
    async_register_admin_service,
)

from .const import DOMAIN
from .coordinator import UpsConfigEntry, UpsCoordinator
from .devices import identifier, name_prefix
from .entity import CUTS_OR_UNPROTECTS, parse_indexed_command
from .ups.model import Command, Danger, Result, Setting, SettingKind, Value
from .ups.names import parse

RUN_COMMAND: Final = "run_command"
SET_VARIABLE: Final = "set_variable"

ATTR_ALLOW_POWER_CUT: Final = "allow_power_cut"
ATTR_PARAMETERS: Final = "parameters"
ATTR_VALUE: Final = "value"
ATTR_VARIABLE: Final = "variable"

RUN_COMMAND_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(ATTR_DEVICE_ID): cv.string,
        probatio.Required(ATTR_COMMAND): cv.string,
        probatio.Optional(ATTR_PARAMETERS, default=dict): {cv.string: probatio.Coerce(float)},
        probatio.Optional(ATTR_ALLOW_POWER_CUT, default=False): cv.boolean,
    }
)
SET_VARIABLE_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(ATTR_DEVICE_ID): cv.string,
        probatio.Required(ATTR_VARIABLE): cv.string,
        # YAML makes booleans of yes and off, and days of 2026-11-25
        probatio.Required(ATTR_VALUE): probatio.Any(bool, int, float, str, date),
    }
)
# what a boolean means where the words are the UPS's own
_WORDS: Final = {True: ("yes", "on", "enabled"), False: ("no", "off", "disabled")}
_PART_NUMBER: Final = re.compile(r"(?<=\.)\d+(?=\.|$)")


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions.

    They reach what is disabled as an entity, so that only administrators may call them;
    automations may as well.
    """
    for name, handler, schema in (
        (RUN_COMMAND, _async_run_command, RUN_COMMAND_SCHEMA),
        (SET_VARIABLE, _async_set_variable, SET_VARIABLE_SCHEMA),
    ):
        async_register_admin_service(
            hass, DOMAIN, name, handler, schema, supports_response=SupportsResponse.OPTIONAL
        )


async def _async_run_command(call: ServiceCall) -> ServiceResponse:
    """Run a command; tell how sure it is that the UPS took it, and what was really sent."""
    entry, part = _target(call)
    coordinator: UpsCoordinator = entry.runtime_data
    commands = coordinator.capabilities.commands
    asked: str = call.data[ATTR_COMMAND]
    name = _full_name(asked, commands, part)
    if name is None:
        raise _refusal(
            "no_such_command",
            command=asked,
            name=entry.title,
            commands=_listed(commands),
        )
    command = commands[name]
    if command.danger in CUTS_OR_UNPROTECTS:
        if part and not _is_of(name, entry, part):
            raise _refusal("not_of_this_part", command=name, part=part.rstrip("."))
        if not call.data[ATTR_ALLOW_POWER_CUT]:
            key = "power_cut" if command.danger is Danger.CUTS_POWER else "unprotects"
            raise _refusal(f"{key}_not_allowed", command=name, name=entry.title)
    parameters = _checked_parameters(command, call.data[ATTR_PARAMETERS])
    outcome = await coordinator.async_run(name, **parameters)
    return {
        ATTR_COMMAND: name,
        "confirmed": outcome.result is Result.CONFIRMED,
        ATTR_PARAMETERS: dict(outcome.parameters),
    }


async def _async_set_variable(call: ServiceCall) -> ServiceResponse:
    """Write a setting; tell the value that is now in force."""
    entry, part = _target(call)
    coordinator: UpsCoordinator = entry.runtime_data
    settings = coordinator.capabilities.settings
    asked: str = call.data[ATTR_VARIABLE]
    name = _full_name(asked, settings, part)
    if name is None:
        is_there = _full_name(asked, coordinator.seen, part) is not None
        raise _refusal(
            "not_a_setting" if is_there else "no_such_setting",
            variable=asked,
            name=entry.title,
            variables=_listed(settings),
        )
    value = await coordinator.async_write(name, _fitting(settings[name], call.data[ATTR_VALUE]))
    return {ATTR_VARIABLE: name, ATTR_VALUE: value}


def _target(call: ServiceCall) -> tuple[UpsConfigEntry, str]:
    """Return the entry that a device belongs to, and what names of a part begin with.

    Raises ServiceValidationError for a device that is not there, not ours or not loaded.
    """
    device_id: str = call.data[ATTR_DEVICE_ID]
    child = dr.async_get(call.hass).async_get(device_id)
    if isinstance(child, dr.ChildDeviceEntry):
        # Home Assistant 2026.9 finds no entry by a child
        device_id = child.parent_device_id
    entry: UpsConfigEntry
    device, entry = async_get_device_and_config_entry(call.hass, DOMAIN, device_id)
    return entry, name_prefix(entry.entry_id, (child or device).identifiers)


def _full_name(asked: str, names: Iterable[str], part: str) -> str | None:
    """Return which of the unit's names is meant: of the part before that of the whole."""
    there = frozenset(names)
    return next((name for name in (f"{part}{asked}", asked) if name in there), None)


def _is_of(command: str, entry: UpsConfigEntry, part: str) -> bool:
    """Tell whether a command does something to a part alone."""
    parsed = parse_indexed_command(command)
    mark = identifier(entry.entry_id, parsed[1] if parsed else ())
    return name_prefix(entry.entry_id, {mark}).startswith(part)


def _checked_parameters(command: Command, given: Mapping[str, float]) -> Mapping[str, float]:
    """Return the parameters as they are. Raises ServiceValidationError for others."""
    known = {parameter.name: parameter for parameter in command.parameters}
    for name, value in given.items():
        if (parameter := known.get(name)) is None:
            raise _refusal(
                "no_such_parameter",
                parameter=name,
                command=command.name,
                parameters=_listed(known),
            )
        if not parameter.minimum <= value <= parameter.maximum:
            raise _refusal(
                "parameter_out_of_range",
                parameter=name,
                command=command.name,
                minimum=f"{parameter.minimum:g}",
                maximum=f"{parameter.maximum:g} {parameter.unit}".rstrip(),
            )
    return given


def _fitting(setting: Setting, given: bool | float | str | date) -> Value:
    """Return a value as a setting has it. Raises ServiceValidationError where it cannot be."""
    match setting.kind:
        case SettingKind.NUMBER:
            return _number(setting, given)
        case SettingKind.CHOICE | SettingKind.SWITCH:
            return _choice(setting, given)
        case SettingKind.DATE:
            try:
                return date.fromisoformat(str(given)).isoformat()
            except ValueError:
                raise _refusal("not_a_date", variable=setting.name, value=str(given)) from None
        case SettingKind.TEXT:
            text = _text(given)
            if setting.length and len(text) > setting.length:
                raise _refusal("text_too_long", variable=setting.name, length=str(setting.length))
            return text


def _number(setting: Setting, given: bool | float | str | date) -> float:
    try:
        number = float(_text(given))
    except ValueError:
        number = float("nan")
    if setting.minimum <= number <= setting.maximum:
        return number
    unit = parsed.variable.unit if (parsed := parse(setting.name)) else ""
    raise _refusal(
        "number_out_of_range",
        variable=setting.name,
        value=str(given),
        minimum=f"{setting.minimum:g}",
        maximum=f"{setting.maximum:g} {unit}".rstrip(),
    )


def _choice(setting: Setting, given: bool | float | str | date) -> str:
    words = _WORDS[given] if isinstance(given, bool) else (_text(given),)
    for option in setting.options:
        if option in words:
            return option
    if isinstance(given, bool) and setting.kind is SettingKind.SWITCH:
        return setting.options[given]
    raise _refusal(
        "not_a_choice",
        variable=setting.name,
        value=str(given),
        options=", ".join(setting.options),
    )


def _text(given: bool | float | str | date) -> str:
    """Return what was typed: 5 and 5.0 are "5"."""
    return f"{given:.15g}" if type(given) is float else str(given)


def _listed(names: Iterable[str]) -> str:
    """Return names for people, those of many parts once, with N for the number."""
    return ", ".join(sorted({_PART_NUMBER.sub("N", name) for name in names})) or "–"


def _refusal(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )
