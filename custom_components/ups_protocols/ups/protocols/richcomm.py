"""Richcomm's dry contact on USB, 0925:1234: two bits, and one order (card usb-other, H2)."""

import asyncio
from contextlib import suppress
from typing import override

from ..driver import Driver, Memory, Options
from ..errors import BadReply, NoReply, Unsupported
from ..links.base import ReportPipe
from ..model import Command, Danger, Identity, Outcome, Result, Snapshot, Status, StatusFlag, Value

QUERY = bytes.fromhex("01000030")
LENGTH = 6
_SHORTEST = 4
REPORT_TIMEOUT = 1.0
# seconds to wait for what is still under way after a query was not answered in time
_LATE = 0.05
# what the interface says first after it was opened means nothing
JUNK = 5

_CONTACTS = 3
"""The byte with the contacts."""
_MAINS, _BATTERY_GOOD = 0x04, 0x02

# only on battery has it an effect
SHUTDOWN = bytes.fromhex("02000000"), bytes.fromhex("02010000")
SHUTDOWN_PAUSE = 1.0


def decode(reply: bytes) -> Status:
    """Return what the contacts say. Raises BadReply for a reply that is too short."""
    if len(reply) < _SHORTEST:
        raise BadReply(f"{reply!r} is too short")
    contacts = reply[_CONTACTS]
    flags = {StatusFlag.ON_LINE if contacts & _MAINS else StatusFlag.ON_BATTERY}
    if not contacts & _BATTERY_GOOD:
        flags.add(StatusFlag.LOW_BATTERY)
    return Status(flags=frozenset(flags))


class Richcomm(Driver[ReportPipe]):
    """A UPS that tells by two contacts whether it has mains and whether its battery is good."""

    def __init__(self, link: ReportPipe, options: Options, memory: Memory) -> None:
        """Take the link."""
        super().__init__(link, options, memory)
        self._missed = False
        self._known: dict[str, Value] = {}

    @override
    async def open(self) -> Identity:
        """Let the first replies pass, and see that there is another one."""
        for _ in range(JUNK):
            with suppress(NoReply):
                await self._ask()
        await self.read_status()
        self.flags = frozenset({StatusFlag.ON_LINE, StatusFlag.ON_BATTERY, StatusFlag.LOW_BATTERY})
        shutdown = Command(name="shutdown.return", danger=Danger.CUTS_POWER)
        self.commands = {shutdown.name: shutdown}
        device = self.link.device
        told = {"device.mfr": device.manufacturer, "device.model": device.product}
        self._known = {name: text for name, text in told.items() if text}
        return Identity(manufacturer=device.manufacturer, model=device.product)

    async def _ask(self) -> bytes:
        """Return the reply to the query. Raises NoReply, LinkLost."""
        async with self.link.exclusive():
            if self._missed:
                # a late reply tells how it was before
                await self._forget()
            self._missed = True
            await self.link.write_report(QUERY)
            reply = await self.link.read_report(LENGTH, timeout=REPORT_TIMEOUT)
            if reply is None:
                raise NoReply("the UPS does not answer")
            self._missed = False
            return reply

    async def _forget(self) -> None:
        """Read what came too late."""
        for _ in range(JUNK):
            if await self.link.read_report(LENGTH, timeout=_LATE) is None:
                break

    @override
    async def read_status(self) -> Status:
        """Ask the contacts.

        The card has the device opened anew where a reply fails: that is what the session does
        when it fails for long.
        """
        return decode(await self._ask())

    @override
    async def read(self) -> Snapshot:
        """Ask the contacts: there is nothing else."""
        return Snapshot(status=await self.read_status(), variables=dict(self._known))

    @override
    async def run(self, command: str, **parameters: float) -> Outcome:
        """Send the order to shut down; nothing confirms it."""
        if command not in self.commands:
            raise Unsupported(f"this UPS has no command {command}")
        if parameters:
            raise Unsupported(f"{command} takes no parameter")
        first, second = SHUTDOWN
        async with self.link.exclusive():
            await self.link.write_report(first)
            await asyncio.sleep(SHUTDOWN_PAUSE)
            await self.link.write_report(second)
        return Outcome(result=Result.SENT, requests=SHUTDOWN)


driver = Richcomm
