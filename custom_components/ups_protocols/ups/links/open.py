"""The only door: opens the link that an address names, as the kind that a protocol needs."""

from collections.abc import Callable
from types import ModuleType
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

from ..errors import NoSuchPort, Unsupported
from ..loading import load
from ..transcript import Transcript
from .base import LineSettings, Link, LinkKind, Unsubscribe
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


async def open_link(
    url: str,
    kind: LinkKind,
    *,
    line: LineSettings | None = None,
    transcript: Transcript,
    not_ready: tuple[type[Exception], ...] = (),
    variant: str | None = None,
) -> Link:
    """Open the link at ``url`` as a ``kind``; serial addresses need their line settings.

    ``not_ready`` are exceptions by which a wire says that it is not there yet; they become
    LinkLost. ``variant`` is the bridge in a USB device, where the user knows better than its ids.
    Raises LinkLost and its kinds, Unsupported.
    """
    if is_serial(url) and kind in {LinkKind.QUERY_LINE, LinkKind.BYTE_LINE} and line is not None:
        serial = await load(f"{__package__}.serial")
        opened: Link = await serial.open_serial(url, line, transcript, not_ready)
        return opened
    if is_usb(url) and kind in {LinkKind.QUERY_LINE, LinkKind.HID_DEVICE, LinkKind.REPORT_PIPE}:
        device: Link = await (await _usb()).open_usb(url, kind, transcript, variant)
        return device
    raise NoSuchPort(f"{url} is no address that can carry a {kind.replace('_', ' ')}")


__all__ = [
    "FoundUsb",
    "TellsLoss",
    "UsbAddress",
    "identify_usb",
    "is_serial",
    "is_usb",
    "list_usb",
    "open_link",
    "reopening_interval",
]
