"""Which device of the registry a variable or a command belongs to."""

from collections.abc import Iterable

from homeassistant.const import CONF_DEVICE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import ChildDeviceInfo, DeviceInfo
from homeassistant.helpers.typing import UNDEFINED

from .const import DOMAIN
from .coordinator import UpsConfigEntry, UpsCoordinator
from .keys import slug
from .ups.links.open import bare_host, is_snmp
from .ups.model import Identity, PartKind
from .ups.names import Indices, parse

# which index of a name counts parts of which kind; phases and contacts have no device
PARTS = {
    "device": PartKind.UNIT,
    "outlet": PartKind.OUTLET,
    "group": PartKind.OUTLET_GROUP,
    "source": PartKind.SOURCE,
    "pack": PartKind.PACK,
    "probe": PartKind.PROBE,
}


def identifier(entry_id: str, indices: Indices) -> tuple[str, str]:
    """Return the identifier of the device that a name with these indices belongs to.

    The number 0 stands for the whole and counts nothing.
    """
    parts = [f"{PARTS[word]}.{index}" for word, index in indices if word in PARTS and index]
    return (DOMAIN, "_".join((entry_id, *parts)))


def name_prefix(entry_id: str, identifiers: Iterable[tuple[str, str]]) -> str:
    """Return what the names of a device's variables begin with, e.g. ``outlet.2.``.

    The opposite of identifier(): it is empty for the unit itself.
    """
    for domain, mark in identifiers:
        if domain == DOMAIN and mark.startswith(f"{entry_id}_"):
            parts = mark.removeprefix(f"{entry_id}_").replace("_", ".")
            return f"{parts.replace(PartKind.PACK, 'battery')}."
    return ""


def device_info(coordinator: UpsCoordinator, indices: Indices = ()) -> DeviceInfo | ChildDeviceInfo:
    """Return the device that a name with these indices belongs to.

    Outlets, groups, sources, and packs and probes without a serial number are children of the
    device that they are built into. What has a serial number or parts of its own is a device.
    """
    entry_id = coordinator.config_entry.entry_id
    parts = tuple((word, index) for word, index in indices if word in PARTS and index)
    if not parts:
        return DeviceInfo(identifiers={identifier(entry_id, ())})
    word, index = parts[-1]
    registry = dr.async_get(coordinator.hass)
    mark = identifier(entry_id, parts)
    parent_id = coordinator.device_id
    if len(parts) > 1:
        parent = registry.async_get_or_create(
            config_entry_id=entry_id, **_separate(coordinator, parts[:-1])
        )
        parent_id = parent.id
    # a serial number that comes or goes later must not turn the one into the other
    is_separate = registry.async_get_device_by_identifier(mark, entry_id) is not None or (
        registry.async_get_child_device_by_identifier(mark, entry_id) is None
        and (PARTS[word] is PartKind.UNIT or _who(coordinator, parts).serial is not None)
    )
    if is_separate:
        return _separate(coordinator, parts)
    return ChildDeviceInfo(
        identifiers={mark},
        parent_device_id=parent_id,
        translation_key=slug(PARTS[word]),
        translation_placeholders={"index": str(index)},
    )


def _who(coordinator: UpsCoordinator, parts: Indices) -> Identity:
    """Return what a part says of itself; those of a daisy-chained unit are not listed."""
    if len(parts) == 1:
        word, index = parts[0]
        for part in coordinator.capabilities.parts:
            if part.kind is PARTS[word] and part.index == index and part.identity is not None:
                return part.identity
    return Identity()


def _separate(coordinator: UpsCoordinator, parts: Indices) -> DeviceInfo:
    """Describe a part that is a device, reached through the unit itself."""
    word, index = parts[-1]
    who = _who(coordinator, parts)
    return DeviceInfo(
        identifiers={identifier(coordinator.config_entry.entry_id, parts)},
        manufacturer=who.manufacturer,
        model=who.model,
        serial_number=who.serial,
        sw_version=who.firmware,
        translation_key=slug(PARTS[word]),
        translation_placeholders={"index": str(index)},
        via_device_id=coordinator.device_id,
    )


def register(hass: HomeAssistant, entry: UpsConfigEntry, identity: Identity) -> str:
    """Put the unit itself into the registry, or what it says now; return the device's id.

    What it does not say this time, because a reply was lost, is as it was.
    """
    registry = dr.async_get(hass)
    mark = identifier(entry.entry_id, ())
    known = registry.async_get_device_by_identifier(mark, entry.entry_id)
    model = identity.model or (known and known.model)
    url = entry.data[CONF_DEVICE]
    device = registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={mark},
        manufacturer=identity.manufacturer or UNDEFINED,
        model=model or UNDEFINED,
        name=model or entry.title,
        serial_number=identity.serial or UNDEFINED,
        sw_version=identity.firmware or UNDEFINED,
        # almost every network card has pages of its own
        configuration_url=f"http://{bare_host(url)}" if is_snmp(url) else UNDEFINED,
    )
    return device.id


def names_of(names: Iterable[str], entry_id: str, identifiers: set[tuple[str, str]]) -> set[str]:
    """Return those of the variables that belong to a device."""
    return {
        name
        for name in names
        if (parsed := parse(name)) and identifier(entry_id, parsed.indices) in identifiers
    }


def is_reported(coordinator: UpsCoordinator, identifiers: set[tuple[str, str]]) -> bool:
    """Tell whether a device is the unit itself, or a part that it has at present."""
    entry_id = coordinator.config_entry.entry_id
    present = {identifier(entry_id, ())}
    for part in coordinator.capabilities.parts:
        word = next((word for word, kind in PARTS.items() if kind is part.kind), "")
        present.add(identifier(entry_id, ((word, part.index),)))
    variables = coordinator.data.variables
    return bool(identifiers & present or names_of(variables, entry_id, identifiers))
