"""Simulated UPSes that speak XCP, a model for each shape that the document allows."""

from typing import Any

from .model import Model
from .models import MODELS
from .ups import XcpUps

DIALECTS: tuple[str, ...] = tuple(MODELS)


def make_ups(dialect: str = "pw5115", **state: Any) -> XcpUps:
    """Return a simulated unit.

    Args:
        dialect: One of `DIALECTS`.
        state: Arguments of `XcpUps`, attributes of `Power`, settings of the unit.
    """
    return XcpUps(MODELS[dialect], **state)


__all__ = ["DIALECTS", "MODELS", "Model", "XcpUps", "make_ups"]
