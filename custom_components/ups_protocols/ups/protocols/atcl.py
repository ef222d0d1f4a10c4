"""The "ATCL FOR UPS" interface, 0001:0000: says its state once a second (card usb-other, H3)."""

import asyncio
from collections.abc import Callable, Mapping
from typing import override

from ..driver import Driver, Memory, Options
from ..errors import BadReply, NoReply, Unsupported, UpsError
from ..links.base import ReportPipe, Unsubscribe
from ..model import (
    Command,
    Danger,
    Flags,
    Identity,
    Outcome,
    Push,
    Reread,
    Result,
    Snapshot,
    Status,
    StatusFlag,
    Tier,
    Value,
)

LENGTH = 8
# a report comes about each second
REPORT_TIMEOUT = 3.0
# after a pipe failed at once: it may do so again, and again
_BREATH = 0.2

_STATES: Mapping[int, frozenset[StatusFlag]] = {
    1: frozenset({StatusFlag.ON_BATTERY}),
    2: frozenset({StatusFlag.ON_BATTERY, StatusFlag.LOW_BATTERY}),
    3: frozenset({StatusFlag.ON_LINE}),
}
_ALL = frozenset().union(*_STATES.values())

# said twice; off some 30 s later, on battery only, and nothing tells whether it comes back
SHUTDOWN = b"\x01".ljust(LENGTH, b"\0")
SHUTDOWN_PAUSE = 0.17


def decode(report: bytes) -> frozenset[StatusFlag]:
    """Return what a report says. Raises BadReply for codes that nobody knows."""
    code = report[0] if report else -1
    if code not in _STATES:
        raise BadReply(f"{report!r} is no state of this UPS")
    return _STATES[code]


class Atcl(Driver[ReportPipe]):
    """A UPS that is asked nothing and says its state by itself.

    While somebody listens, a task reads every report, and a status read costs nothing.
    """

    def __init__(self, link: ReportPipe, options: Options, memory: Memory) -> None:
        """Take the link."""
        super().__init__(link, options, memory)
        self._known: dict[str, Value] = {}
        self._callbacks: list[Callable[[Push], None]] = []
        self._listening: asyncio.Task[None] | None = None
        self._last: frozenset[StatusFlag] | None = None
        """What the last report said."""
        self._heard: frozenset[StatusFlag] | UpsError | None = None
        """What two reports in a row said, or why there are none."""

    @override
    async def open(self) -> Identity:
        """Wait for a report; it may have waited in the device, so its state does not count."""
        decode(await self._next())
        self.flags = _ALL
        shutdown = Command(name="shutdown.stayoff", danger=Danger.CUTS_POWER)
        self.commands = {shutdown.name: shutdown}
        device = self.link.device
        told = {"device.mfr": device.manufacturer, "device.model": device.product}
        self._known = {name: text for name, text in told.items() if text}
        return Identity(manufacturer=device.manufacturer, model=device.product)

    async def _next(self) -> bytes:
        """Return the next report. Raises NoReply, LinkLost."""
        report = await self.link.read_report(LENGTH, timeout=REPORT_TIMEOUT)
        if report is None:
            raise NoReply("the UPS says nothing")
        return report

    @override
    async def read_status(self) -> Status:
        """Return what was heard; wait for the next report where nobody listens."""
        if isinstance(self._heard, UpsError):
            raise type(self._heard)(*self._heard.args)
        if self._heard is None or self._listening is None or self._listening.done():
            return Status(flags=decode(await self._next()))
        return Status(flags=self._heard)

    @override
    async def read(self) -> Snapshot:
        """Return the state: there is nothing else."""
        return Snapshot(status=await self.read_status(), variables=dict(self._known))

    # listening

    @override
    def on_push(self, callback: Callable[[Push], None]) -> Unsubscribe:
        """Hand over each change of the state, once two reports in a row say it."""
        self._callbacks.append(callback)
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen(), name=f"listen {self.link.url}")
        return lambda: self._callbacks.remove(callback)

    async def _listen(self) -> None:
        """Read all reports, until the link is lost."""
        while True:
            try:
                self._hear(decode(await self._next()))
            except BadReply as error:
                # one that cannot be may be garbled; two say that the state is not known
                if self._last is None:
                    self._heard = error
                self._last = None
                await asyncio.sleep(_BREATH)
            except NoReply as error:
                self._last, self._heard = None, error
                await asyncio.sleep(_BREATH)
            except UpsError as error:
                self._heard = error
                self._tell(Reread(Tier.STATUS))
                return

    def _hear(self, flags: frozenset[StatusFlag]) -> None:
        before, self._last = self._last, flags
        if flags == before and flags != self._heard:
            self._heard = flags
            self._tell(Flags(set=flags, cleared=_ALL - flags))

    def _tell(self, push: Push) -> None:
        for callback in tuple(self._callbacks):
            callback(push)

    @override
    async def close(self) -> None:
        """Listen no more."""
        self._callbacks.clear()
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.cancel()
            await asyncio.wait((listening,))
        self._heard = self._last = None

    # telling

    @override
    async def run(self, command: str, **parameters: float) -> Outcome:
        """Send the order to shut down, twice; nothing confirms it."""
        if command not in self.commands:
            raise Unsupported(f"this UPS has no command {command}")
        if parameters:
            raise Unsupported(f"{command} takes no parameter")
        async with self.link.exclusive():
            await self.link.write_interrupt(SHUTDOWN)
            await asyncio.sleep(SHUTDOWN_PAUSE)
            await self.link.write_interrupt(SHUTDOWN)
        return Outcome(result=Result.SENT, requests=(SHUTDOWN, SHUTDOWN))


driver = Atcl
