"""Commands that come in pairs, one that switches something on and one that switches it off."""

from collections.abc import Iterator
from dataclasses import dataclass
import re

from homeassistant.components.switch import SwitchDeviceClass

from .coordinator import UpsCoordinator
from .entity import parse_indexed_command
from .ups.model import StatusFlag
from .ups.names import Indices


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two commands that switch something on and off, and what tells its state.

    The state is a flag, or a variable that reads ``on_word``; with ``is_inverted`` the flag says
    that it is off. A variable's template is filled with the numbers of the commands.
    """

    key: str
    on: str
    off: str
    flag: StatusFlag | None = None
    is_inverted: bool = False
    variable: str = ""
    on_word: str = "on"
    device_class: SwitchDeviceClass | None = None


PAIRS = (
    Pair(
        key="output",
        on="load.on",
        off="load.off",
        flag=StatusFlag.OFF,
        is_inverted=True,
        device_class=SwitchDeviceClass.OUTLET,
    ),
    Pair(
        key="outlet",
        on="outlet.{outlet}.load.on",
        off="outlet.{outlet}.load.off",
        variable="outlet.{outlet}.status",
        device_class=SwitchDeviceClass.OUTLET,
    ),
    Pair(
        key="outlet",
        on="outlet.group.{group}.load.on",
        off="outlet.group.{group}.load.off",
        variable="outlet.group.{group}.status",
        device_class=SwitchDeviceClass.OUTLET,
    ),
    Pair(
        key="beeper",
        on="beeper.enable",
        off="beeper.disable",
        variable="ups.beeper.status",
        on_word="enabled",
    ),
    Pair(key="bypass", on="bypass.start", off="bypass.stop", flag=StatusFlag.BYPASS),
    Pair(
        key="eco",
        on="experimental.ecomode.start",
        off="experimental.ecomode.stop",
        flag=StatusFlag.ECO,
    ),
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A pair of one unit, its names complete."""

    pair: Pair
    on: str
    off: str
    variable: str
    indices: Indices


def pairs_of(coordinator: UpsCoordinator) -> Iterator[Filled]:
    """Yield the pairs that this unit has and whose state it tells."""
    capabilities = coordinator.capabilities
    for command in capabilities.commands:
        if (parsed := parse_indexed_command(command)) is None:
            continue
        row, indices = parsed
        for pair in PAIRS:
            if pair.on != row.template:
                continue
            unit = re.match(r"device\.\d+\.", command)
            before = unit[0] if unit else ""
            numbers = {word: number for word, number in indices if word != "device"}
            off = before + pair.off.format(**numbers)
            variable = pair.variable and before + pair.variable.format(**numbers)
            # flags are those of the first unit of a daisy chain
            tells = variable in coordinator.seen or (not unit and pair.flag in capabilities.flags)
            if off in capabilities.commands and tells:
                yield Filled(pair, command, off, variable, indices)


def commands_of_switches(coordinator: UpsCoordinator) -> set[str]:
    """Return the commands that a switch has taken and that need no button."""
    return {name for filled in pairs_of(coordinator) for name in (filled.on, filled.off)}
