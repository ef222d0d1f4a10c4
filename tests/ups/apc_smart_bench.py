"""A simulated APC unit in memory with its driver: what its tests share."""

from collections.abc import Mapping
from typing import Any

from .apc_smart_line import DirectLine
from custom_components.ups_protocols.ups.model import (
    Flags,
    Push,
    Reread,
    Snapshot,
    StatusFlag,
    Tier,
    Value,
)
from custom_components.ups_protocols.ups.protocols.apc_smart.driver import ApcSmart
from tests.simulators.apc_smart import ApcUps, make_ups
from tests.simulators.clock import Clock


def unit(dialect: str = "smart-ups", **state: Any) -> ApcUps:
    """Return a unit whose time passes by waiting."""
    return make_ups(dialect, clock=Clock.stopped(), **state)


def calibrates(ups: ApcUps) -> bool:
    """Tell whether a unit calibrates now."""
    return ups.calibrating


def is_testing(ups: ApcUps) -> bool:
    """Tell whether a unit tests its battery now."""
    return ups.power.testing


def bypassed(ups: ApcUps) -> bool:
    """Tell whether a unit feeds its load past itself now."""
    return ups.power.bypass


async def opened(ups: ApcUps, **options: Value) -> tuple[ApcSmart, DirectLine, list[Push]]:
    """Return the driver of a unit, its line, and where its pushes go."""
    line = DirectLine(ups)
    driver = ApcSmart(line, options, {})
    await driver.open()
    pushes: list[Push] = []
    driver.on_push(pushes.append)
    return driver, line, pushes


def status_of(snapshot: Snapshot) -> str:
    """Return the flags as tokens."""
    return " ".join(flag for flag in StatusFlag if flag in snapshot.status.flags)


OB, OL, LB, RB = (
    StatusFlag.ON_BATTERY,
    StatusFlag.ON_LINE,
    StatusFlag.LOW_BATTERY,
    StatusFlag.REPLACE_BATTERY,
)
CONFIRM = Reread(Tier.STATUS)
PUSHES: Mapping[str, list[Push]] = {
    "!": [
        Flags(frozenset({OB}), frozenset({OL, StatusFlag.TRIMMING, StatusFlag.BOOSTING})),
        CONFIRM,
    ],
    "%": [Flags(frozenset({LB})), CONFIRM],
    "+": [Flags(cleared=frozenset({LB})), CONFIRM],
    "#": [Flags(frozenset({RB})), CONFIRM],
    "?": [CONFIRM],
    "=": [CONFIRM],
    # only after a line fail
    "$": [CONFIRM],
    "&": [Reread(Tier.FULL)],
    "|": [Reread(Tier.FULL)],
    # no commands are processed after it
    "*": [Flags(frozenset({StatusFlag.FORCED_SHUTDOWN}))],
}
