"""What every protocol offers: one class between a link and the session."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, MutableMapping, Sequence

from .errors import Unsupported
from .links.base import Unsubscribe
from .model import (
    Command,
    Identity,
    Outcome,
    Part,
    Push,
    Setting,
    Snapshot,
    Status,
    StatusFlag,
    Value,
)

type Json = str | float | bool | list[Json] | dict[str, Json] | None
type Options = Mapping[str, Value]
"""What the user set for this unit: the names and kinds stand in the protocol's catalog row."""
type Memory = MutableMapping[str, Json]
"""What a driver wants to find again after a restart; the caller stores it."""


class Driver[LinkT](ABC):
    """One UPS in one protocol, over whatever link can carry it.

    A driver does one exchange or one sequence a call. It keeps no clock, retries nothing that
    acts on the device and lets no exception but UpsError escape.
    """

    flags: frozenset[StatusFlag] = frozenset()
    """The flags this unit can report; valid after open()."""
    commands: Mapping[str, Command] = {}
    settings: Mapping[str, Setting] = {}
    parts: Sequence[Part] = ()

    def __init__(self, link: LinkT, options: Options, memory: Memory) -> None:
        """Take the link; nothing is sent before open()."""
        self.link = link
        self.options = options
        self.memory = memory

    @abstractmethod
    async def open(self) -> Identity:
        """Find out who answers and what it supports, read constants and settings once.

        Sends nothing that changes the device. Raises UpsError.
        """

    @abstractmethod
    async def read_status(self) -> Status:
        """Read the power state with the fewest bytes. Raises UpsError."""

    @abstractmethod
    async def read(self) -> Snapshot:
        """Read everything that moves, with the constants of open() beside it. Raises UpsError."""

    async def run(self, command: str, **parameters: float) -> Outcome:
        """Run a command of ``commands``; missing parameters take their defaults.

        Raises Unsupported for unknown commands, parameters and values, Rejected, UpsError.
        """
        raise Unsupported(f"this UPS cannot run {command}")

    async def write(self, name: str, value: Value) -> Value:
        """Write a setting of ``settings`` if it differs; return the value now in force.

        Raises Unsupported for unknown settings and impossible values, Rejected, UpsError.
        """
        raise Unsupported(f"{name} of this UPS cannot be set")

    def on_push(self, callback: Callable[[Push], None]) -> Unsubscribe:
        """Hand over what the UPS tells by itself; protocols without a push never call back."""
        return lambda: None

    async def close(self) -> None:  # noqa: B027
        """Leave the UPS as it wants to be left. The link is closed by whoever opened it."""
