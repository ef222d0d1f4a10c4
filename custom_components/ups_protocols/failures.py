"""Tells the user in the user's language what went wrong with a UPS."""

from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN
from .keys import slug
from .ups.errors import Unsupported, UpsError


def told_as[ErrorT: HomeAssistantError](kind: type[ErrorT], error: UpsError) -> ErrorT:
    """Return an exception of Home Assistant whose text names the cause and what to do."""
    return kind(
        translation_domain=DOMAIN,
        translation_key=slug(error.kind),
        translation_placeholders={"reason": str(error)},
    )


@contextmanager
def failures_told() -> Iterator[None]:
    """Let a failure of the library within reach the user as one of Home Assistant.

    What this UPS can never do is the caller's mistake, all else is the UPS's.
    """
    try:
        yield
    except Unsupported as error:
        raise told_as(ServiceValidationError, error) from error
    except UpsError as error:
        raise told_as(HomeAssistantError, error) from error
