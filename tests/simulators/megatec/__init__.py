"""Simulated UPSes of the Megatec family, a table for each dialect."""

from collections.abc import Mapping
from typing import Any

from . import axpert, bestups, classic, masterguard, omron, others, powercom, three_phase
from .recorded import RECORDED
from .ups import Dialect, MegatecUps

_ROOMS = (classic, bestups, others, three_phase, masterguard, omron, powercom, axpert)
_BY_NAME: Mapping[str, Dialect] = {
    dialect.name: dialect for room in _ROOMS for dialect in room.DIALECTS
}

DIALECTS: tuple[str, ...] = tuple(_BY_NAME)


def make_ups(dialect: str = "megatec", **state: Any) -> MegatecUps:
    """Return a simulated unit.

    Args:
        dialect: One of `DIALECTS`.
        state: Arguments of `MegatecUps`, attributes of `Power`, settings of the dialect.
    """
    return MegatecUps(_BY_NAME[dialect], **state)


def make_recorded(name: str, **state: Any) -> MegatecUps:
    """Return a unit that answers like one of `RECORDED`."""
    dialect, recorded = RECORDED[name]
    return make_ups(dialect, **{**recorded, **state})


__all__ = [
    "DIALECTS",
    "RECORDED",
    "Dialect",
    "MegatecUps",
    "make_recorded",
    "make_ups",
]
