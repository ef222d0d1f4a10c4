"""Simulated UPSes that speak SHUT: MGE's HID over a serial line."""

from typing import Any

from .models import MODELS
from .ups import ShutUps, Trouble

DIALECTS: tuple[str, ...] = tuple(MODELS)


def make_ups(dialect: str = "ellipse", **state: Any) -> ShutUps:
    """Return a simulated unit.

    Args:
        dialect: One of `DIALECTS`: the model; with ``:nut`` behind it one that NUT 2.8.0 can read.
        state: Arguments of `ShutUps`, attributes of `Power`.
    """
    model, _, reader = dialect.partition(":")
    return ShutUps(model, **{"for_nut": reader == "nut", **state})


__all__ = ["DIALECTS", "ShutUps", "Trouble", "make_ups"]
