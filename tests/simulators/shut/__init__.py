"""Simulated UPSes that speak SHUT: MGE's HID over a serial line."""

from typing import Any

from .models import MODELS
from .ups import ShutUps, Trouble

DIALECTS: tuple[str, ...] = tuple(MODELS)


def make_ups(dialect: str = "ellipse", **state: Any) -> ShutUps:
    """Return a simulated unit.

    Args:
        dialect: One of `DIALECTS`: the model.
        state: Arguments of `ShutUps`, attributes of `Power`.
    """
    return ShutUps(dialect, **state)


__all__ = ["DIALECTS", "ShutUps", "Trouble", "make_ups"]
