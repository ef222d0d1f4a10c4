"""Stand-ins for time and for a UPS, so that the session is tested without waiting."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import override

from custom_components.ups_protocols.ups.catalog import AnyDriver, ProtocolInfo, protocol
from custom_components.ups_protocols.ups.driver import Driver, Memory, Options
from custom_components.ups_protocols.ups.errors import UpsError
from custom_components.ups_protocols.ups.links.base import Link, Unsubscribe
from custom_components.ups_protocols.ups.model import (
    Command,
    Identity,
    Outcome,
    Push,
    Result,
    Setting,
    Snapshot,
    Status,
    StatusFlag,
    Value,
)
from custom_components.ups_protocols.ups.session import Intervals, Session
from custom_components.ups_protocols.ups.transcript import Transcript

ON_LINE = Status(flags=frozenset({StatusFlag.ON_LINE}))
ON_BATTERY = Status(flags=frozenset({StatusFlag.ON_BATTERY}))


class FakeClock:
    """A clock that stands until a test moves it."""

    def __init__(self) -> None:
        """Start at 100 s: 0 would hide a forgotten start time."""
        self.time = 100.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now(self) -> float:
        """Return the time."""
        return self.time

    async def wait(self, event: asyncio.Event, until: float) -> None:
        """Wait for the event or for the test to reach the time."""
        if until <= self.time:
            await asyncio.sleep(0)
            return
        alarm = asyncio.Event()
        sleeper = (until, alarm)
        self._sleepers.append(sleeper)
        waits = {asyncio.ensure_future(event.wait()), asyncio.ensure_future(alarm.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            self._sleepers.remove(sleeper)

    async def advance(self, seconds: float, step: float = 0.25) -> None:
        """Let time pass, and everything happen that falls into it."""
        end = self.time + seconds
        while self.time < end:
            self.time = min(self.time + step, end)
            for until, alarm in self._sleepers:
                if until <= self.time:
                    alarm.set()
            await settle()


async def settle(turns: int = 30) -> None:
    """Let all tasks run until they wait again."""
    for _ in range(turns):
        await asyncio.sleep(0)


class FakeLink:
    """A wire that is only opened and closed."""

    url = "fake:"

    def __init__(self) -> None:
        """Start open."""
        self.closed = False

    async def close(self) -> None:
        """Note it."""
        self.closed = True


class FakeUps:
    """A UPS with a script: what the next reads say, and what fails."""

    def __init__(self) -> None:
        """Start healthy and on line."""
        self.identity = Identity(manufacturer="Fake", model="One", serial="F1")
        self.status = ON_LINE
        self.values: dict[str, Value] = {"input.voltage": 230.0}
        self.next_statuses: list[Status | UpsError] = []
        self.failure: UpsError | None = None
        self.open_failure: UpsError | None = None
        self.status_reads: list[float] = []
        self.full_reads: list[float] = []
        self.opens: list[float] = []
        self.links: list[FakeLink] = []
        self.ran: list[tuple[str, dict[str, float]]] = []
        self.push: Callable[[Push], None] = lambda push: None
        self.clock = FakeClock()
        self.during_status_read: Callable[[], None] = lambda: None
        self.full_read_gate: asyncio.Event | None = None
        self.full_read_failure: UpsError | None = None

    def info(self, *, checked: bool = False) -> ProtocolInfo:
        """Return a catalog row whose driver is this UPS's."""
        ups = self

        class Info(ProtocolInfo):
            @override
            async def driver(self) -> type[AnyDriver]:
                return bound(ups)

        row = protocol("megatec")
        return Info(
            **{name: getattr(row, name) for name in row.__dataclass_fields__} | {"checked": checked}
        )

    async def open_wire(self, transcript: Transcript) -> Link:
        """Open the wire, unless it is broken."""
        self.opens.append(self.clock.now())
        if self.open_failure is not None:
            raise self.open_failure
        link = FakeLink()
        self.links.append(link)
        return link  # type: ignore[return-value]

    def session(
        self, *, checked: bool = False, status: float = 1, full: float = 30, debounce: float = 0
    ) -> Session:
        """Return a session with this UPS, on the fake clock."""
        return Session(
            "fake:",
            self.info(checked=checked),
            intervals=Intervals(status=status, full=full),
            clock=self.clock,
            open_wire=self.open_wire,
            debounce=debounce,
        )


class FakeDriver(Driver[FakeLink]):
    """The driver of a FakeUps."""

    ups: FakeUps

    @override
    async def open(self) -> Identity:
        self.flags = frozenset({StatusFlag.ON_LINE, StatusFlag.ON_BATTERY})
        self.commands = {"test.battery.start": Command(name="test.battery.start", busy_for=20)}
        self.settings = {"ups.delay.shutdown": Setting(name="ups.delay.shutdown")}
        self._fail()
        return self.ups.identity

    def _fail(self) -> None:
        if self.ups.failure is not None:
            raise self.ups.failure

    def _status(self) -> Status:
        self._fail()
        if self.ups.next_statuses:
            said = self.ups.next_statuses.pop(0)
            if isinstance(said, UpsError):
                raise said
            return said
        return self.ups.status

    @override
    async def read_status(self) -> Status:
        self.ups.status_reads.append(self.ups.clock.now())
        await asyncio.sleep(0)
        status = self._status()
        self.ups.during_status_read()
        return status

    @override
    async def read(self) -> Snapshot:
        self.ups.full_reads.append(self.ups.clock.now())
        status = self._status()
        await asyncio.sleep(0)
        if self.ups.full_read_gate is not None:
            await self.ups.full_read_gate.wait()
        if self.ups.full_read_failure is not None:
            raise self.ups.full_read_failure
        return Snapshot(status=status, variables=dict(self.ups.values))

    @override
    async def run(self, command: str, **parameters: float) -> Outcome:
        self.ups.ran.append((command, parameters))
        return Outcome(result=Result.SENT, parameters=parameters)

    @override
    async def write(self, name: str, value: Value) -> Value:
        self.ups.values[name] = value
        return value

    @override
    def on_push(self, callback: Callable[[Push], None]) -> Unsubscribe:
        self.ups.push = callback
        return lambda: None


def bound(to: FakeUps) -> type[FakeDriver]:
    """Return the driver's class for one UPS."""

    class Bound(FakeDriver):
        ups = to

        def __init__(self, link: FakeLink, options: Options, memory: Memory) -> None:
            super().__init__(link, options, memory)

    return Bound


def with_flags(status: Status, flags: Iterable[StatusFlag]) -> Status:
    """Return a status with other flags."""
    return replace(status, flags=frozenset(flags))
