"""The only door: opens the link that an address names, as the kind that a protocol needs."""

from urllib.parse import urlsplit

from ..errors import NoSuchPort
from ..loading import load
from ..transcript import Transcript
from .base import LineSettings, Link, LinkKind

SERIAL_SCHEMES = frozenset({"", "device", "socket", "tcp", "rfc2217", "esphome", "esphome-hass"})


def is_serial(url: str) -> bool:
    """Tell whether an address names a serial line."""
    return urlsplit(url).scheme in SERIAL_SCHEMES


async def open_link(
    url: str,
    kind: LinkKind,
    *,
    line: LineSettings | None = None,
    transcript: Transcript,
    not_ready: tuple[type[Exception], ...] = (),
) -> Link:
    """Open the link at ``url`` as a ``kind``; serial addresses need their line settings.

    ``not_ready`` are exceptions by which a wire says that it is not there yet; they become
    LinkLost. Raises LinkLost and its kinds.
    """
    if is_serial(url) and kind in {LinkKind.QUERY_LINE, LinkKind.BYTE_LINE} and line is not None:
        serial = await load(f"{__package__}.serial")
        opened: Link = await serial.open_serial(url, line, transcript, not_ready)
        return opened
    raise NoSuchPort(f"{url} is no address that can carry a {kind.replace('_', ' ')}")
