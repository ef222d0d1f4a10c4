"""A UPS that answered in the flow, what is shown of it, and what is said of one that did not."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.const import CONF_BASE, CONF_DEVICE, CONF_HOST

from .connection import NOT_READY, as_data
from .const import CONF_CREDENTIALS, CONF_PROTOCOL
from .ups.catalog import ProtocolInfo
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
    UnknownUser,
    Unsupported,
    UpsError,
    UpsGone,
    WrongKey,
    WrongPrivacyKey,
)
from .ups.links.base import SnmpCredentials
from .ups.links.open import UsbAddress, is_snmp, is_usb
from .ups.model import Identity, Snapshot, StatusFlag, Value
from .ups.names import parse
from .ups.session import Session

SHOWN_VARIABLES = (
    "battery.charge",
    "battery.runtime",
    "battery.voltage",
    "ups.load",
    "input.voltage",
    "output.voltage",
)

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
    UnknownUser: ("user", "unknown_user"),
    WrongKey: ("auth_key", "wrong_key"),
    WrongPrivacyKey: ("privacy_key", "wrong_privacy_key"),
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


# so in the network: nothing there has a form field for the protocol either
NETWORK_TEXTS = {
    "no_such_port": "no_such_host",
    "link_lost": "unreachable",
    "no_reply": "no_reply_network",
    "not_recognised": "no_reply_network",
    "unsupported": "no_ups_there",
    "wrong_protocol": "wrong_reply_network",
    "rejected": "wrong_reply_network",
}


def form_error(error: UpsError, device: str, *, is_detecting: bool) -> tuple[str, str]:
    """Return where on the form a failure is shown and the key of its text."""
    # a driver may have kinds of its own, each below one of these
    kinds = (ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS)
    field, text = next(kinds, (CONF_BASE, "unknown"))
    if isinstance(error, NoReply) and is_detecting:
        field, text = CONF_PROTOCOL, "not_recognised"
    if is_usb(device):
        return CONF_BASE if field == CONF_PROTOCOL else field, USB_TEXTS.get(text, text)
    if is_snmp(device):
        if field == CONF_DEVICE:
            field = CONF_HOST
        elif field == CONF_PROTOCOL:
            field = CONF_BASE
        return field, NETWORK_TEXTS.get(text, text)
    return field, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A UPS that answered, and how it was reached."""

    device: str
    info: ProtocolInfo
    options: dict[str, Value]
    identity: Identity
    snapshot: Snapshot
    credentials: SnmpCredentials | None = None

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
    def data(self) -> dict[str, Any]:
        """What a config entry keeps: where the unit is, what it speaks, and who may ask it."""
        data = {CONF_DEVICE: self.device, CONF_PROTOCOL: self.info.id}
        if self.credentials is None:
            return data
        return data | {CONF_CREDENTIALS: as_data(self.credentials)}

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


async def ask(
    device: str,
    info: ProtocolInfo,
    options: Mapping[str, Value],
    *,
    credentials: SnmpCredentials | None = None,
    engine: Callable[[], Awaitable[Any]] | None = None,
) -> Found:
    """Open a UPS, read who it is and how it is, and let go of it. Raises UpsError."""
    known = {option.name for option in info.options}
    wanted = {name: value for name, value in options.items() if name in known}
    session = Session(
        device,
        info,
        options=wanted,
        not_ready=NOT_READY,
        credentials=credentials,
        engine=engine,
    )
    session.start()
    try:
        snapshot = await session.ready()
        return Found(
            device=device,
            info=info,
            options=wanted,
            identity=session.capabilities.identity,
            snapshot=snapshot,
            credentials=credentials,
        )
    finally:
        await session.close()
