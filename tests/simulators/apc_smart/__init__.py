"""Simulated APC units with the smart protocol, one row a kind of unit."""

from typing import Any

from .models import MODELS
from .ups import ApcUps

DIALECTS: tuple[str, ...] = tuple(MODELS)


def make_ups(dialect: str = "smart-ups", **state: Any) -> ApcUps:
    """Return a simulated unit.

    Args:
        dialect: One of `DIALECTS`.
        state: Arguments of `ApcUps`, attributes of `Power`, settings of the unit.
    """
    return ApcUps(MODELS[dialect], **state)


__all__ = ["DIALECTS", "MODELS", "ApcUps", "make_ups"]
