"""How an entry reaches its UPS: address, credentials, traps, and what Home Assistant lends."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from homeassistant.const import CONF_DEVICE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.importlib import async_import_module

from .const import CONF_CREDENTIALS, CONF_TRAP_PORT
from .ups.links.base import SnmpAuth, SnmpCredentials, SnmpPrivacy, SnmpVersion
from .ups.links.open import is_snmp, with_traps

# ESPHome's stub in Home Assistant says by this that the port is not there yet
NOT_READY = (ConfigEntryNotReady,)
SECRETS = ("community", "write_community", "user", "auth_key", "privacy_key")
"""What of the credentials is shown to nobody."""


def as_data(credentials: SnmpCredentials) -> dict[str, Any]:
    """Return credentials as an entry keeps them: what is not used is left out."""
    return {name: value for name, value in asdict(credentials).items() if value not in {None, ""}}


def credentials_of(data: Mapping[str, Any]) -> SnmpCredentials | None:
    """Return the credentials that an entry keeps, None for one that has none."""
    if (kept := data.get(CONF_CREDENTIALS)) is None:
        return None
    auth, privacy = kept.get("auth"), kept.get("privacy")
    return SnmpCredentials(
        **{
            **kept,
            "version": SnmpVersion(kept["version"]),
            "auth": SnmpAuth(auth) if auth else None,
            "privacy": SnmpPrivacy(privacy) if privacy else None,
        }
    )


def url_of(data: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    """Return the address at which an entry's UPS is opened."""
    url: str = data[CONF_DEVICE]
    port = options.get(CONF_TRAP_PORT)
    return with_traps(url, int(port)) if port and is_snmp(url) else url


def engine_of(hass: HomeAssistant) -> Callable[[], Awaitable[Any]]:
    """Return what gives Home Assistant's one SNMP engine, for who needs it: that takes a while."""
    return partial(_async_engine, hass)


async def _async_engine(hass: HomeAssistant) -> Any:
    snmp = await async_import_module(hass, "homeassistant.components.snmp")
    return await snmp.async_get_snmp_engine(hass)
