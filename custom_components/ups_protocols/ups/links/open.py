"""The only door: opens the link that an address names, as the kind that a protocol needs."""

from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

from ..errors import NoSuchPort, Unsupported
from ..loading import load
from ..transcript import ReplayBytes, ReplayLine, Transcript
from .base import LineSettings, Link, LinkKind, SnmpCredentials, Unsubscribe
from .snmp_address import (
    AUTO as SNMP_AUTO,
    PORT as SNMP_PORT,
    SCHEME as SNMP_SCHEME,
    SHORTEST_KEY as SHORTEST_SNMP_KEY,
    bare_host,
    make_url as make_snmp_url,
    parse_address as parse_snmp_url,
    public_url,
    with_traps,
)
from .usb_address import SCHEME as USB_SCHEME, FoundUsb, UsbAddress

SERIAL_SCHEMES = frozenset({"", "device", "socket", "tcp", "rfc2217", "esphome", "esphome-hass"})
# seconds between two looks for a device that may be plugged in again at any moment
_USB_REOPENING = 1.0


def is_serial(url: str) -> bool:
    """Tell whether an address names a serial line."""
    return urlsplit(url).scheme in SERIAL_SCHEMES


def is_usb(url: str) -> bool:
    """Tell whether an address names a USB device."""
    return urlsplit(url).scheme == USB_SCHEME


def is_snmp(url: str) -> bool:
    """Tell whether an address names an SNMP agent."""
    return urlsplit(url).scheme == SNMP_SCHEME


def reopening_interval(url: str) -> float | None:
    """Return how often a lost wire is looked for, in seconds.

    None where each attempt costs somebody something, so that they had better become rarer.
    """
    return _USB_REOPENING if is_usb(url) else None


@runtime_checkable
class TellsLoss(Protocol):
    """A facet of a link that notices its loss while nobody asks anything."""

    def on_lost(self, callback: Callable[[], None]) -> Unsubscribe:
        """Tell once when the link is lost."""


async def _usb() -> ModuleType:
    """Return the module for USB. Raises Unsupported where pyusb is not installed."""
    try:
        return await load(f"{__package__}.usb")
    except ImportError as error:
        raise Unsupported(f"USB needs the Python package pyusb: {error}") from error


async def list_usb() -> list[FoundUsb]:
    """Return the USB devices that are, or may be, UPSes. Raises Unsupported."""
    found: list[FoundUsb] = await (await _usb()).list_devices()
    return found


async def identify_usb(url: str) -> FoundUsb:
    """Return the USB device at an address. Raises NoSuchPort, NoPermission, Unsupported."""
    found: FoundUsb = await (await _usb()).identify(url)
    return found


async def try_trap_port(port: int) -> None:
    """See whether traps can be heard on a UDP port. Raises NoPermission, InUse, LinkLost."""
    await (await load(f"{__package__}.snmp_traps")).try_port(port)


async def open_link(
    url: str,
    kind: LinkKind,
    *,
    line: LineSettings | None = None,
    transcript: Transcript,
    not_ready: tuple[type[Exception], ...] = (),
    variant: str | None = None,
    credentials: SnmpCredentials | None = None,
    engine: Callable[[], Awaitable[Any]] | None = None,
) -> Link:
    """Open the link at ``url`` as a ``kind``; serial addresses need their line settings.

    ``not_ready`` are exceptions by which a wire says that it is not there yet; they become
    LinkLost. ``variant`` is the bridge in a USB device, where the user knows better than its ids.
    ``credentials`` stand in for those in the address of an SNMP agent; ``engine`` returns pysnmp's
    engine, for v3 only, which otherwise is one of ours.
    Raises LinkLost and its kinds, Unsupported.
    """
    if is_serial(url) and kind in {LinkKind.QUERY_LINE, LinkKind.BYTE_LINE} and line is not None:
        serial = await load(f"{__package__}.serial")
        opened: Link = await serial.open_serial(url, line, transcript, not_ready)
        return opened
    if is_serial(url) and kind is LinkKind.HID_DEVICE and line is not None:
        shut = await load(f"{__package__}.shut")
        hid: Link = await shut.open_shut(url, line, transcript, not_ready)
        return hid
    if is_usb(url) and kind is not LinkKind.SNMP_AGENT:
        device: Link = await (await _usb()).open_usb(url, kind, transcript, variant)
        return device
    if is_snmp(url) and kind is LinkKind.SNMP_AGENT:
        snmp = await load(f"{__package__}.snmp")
        agent: Link = await snmp.open_snmp(url, transcript, credentials, engine)
        return agent
    raise NoSuchPort(f"{public_url(url)} is no address that can carry a {kind.replace('_', ' ')}")


async def open_replay(kind: LinkKind, transcript: Transcript) -> Link:
    """Return a link that answers as in a transcript. Raises NoReply for one without exchanges."""
    if kind is LinkKind.SNMP_AGENT:
        replayed: Link = (await load(f"{__package__}.snmp_replay")).replay(transcript)
        return replayed
    return ReplayBytes(transcript) if kind is LinkKind.BYTE_LINE else ReplayLine(transcript)


__all__ = [
    "SHORTEST_SNMP_KEY",
    "SNMP_AUTO",
    "SNMP_PORT",
    "FoundUsb",
    "TellsLoss",
    "UsbAddress",
    "bare_host",
    "identify_usb",
    "is_serial",
    "is_snmp",
    "is_usb",
    "list_usb",
    "make_snmp_url",
    "open_link",
    "open_replay",
    "parse_snmp_url",
    "public_url",
    "reopening_interval",
    "try_trap_port",
    "with_traps",
]
