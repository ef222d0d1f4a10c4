"""Unlike protocols as typed stubs: mypy proves that the driver interface can carry them.

No bodies, never run: each says in its types what its protocol needs, so that a change of
``Driver`` or of the links shows at once whom it breaks. A stub goes when its driver comes.
"""

from typing import override

from custom_components.ups_protocols.ups.driver import Driver
from custom_components.ups_protocols.ups.links.base import QueryLine, SerialLine
from custom_components.ups_protocols.ups.model import (
    Command,
    Danger,
    Identity,
    Outcome,
    Snapshot,
    Status,
    StatusFlag,
)


class Stub[LinkT](Driver[LinkT]):
    """What every stub leaves out."""

    @override
    async def open(self) -> Identity:
        """Stub."""
        raise NotImplementedError

    @override
    async def read_status(self) -> Status:
        """Stub."""
        raise NotImplementedError

    @override
    async def read(self) -> Snapshot:
        """Stub."""
        raise NotImplementedError


class UTalkStub(Stub[QueryLine]):
    """Wants 500 ms between a reply and the next request."""

    commands = {
        "test.battery.start": Command(
            name="test.battery.start", danger=Danger.USES_BATTERY, busy_for=60
        )
    }


class Us9003Stub(Stub[SerialLine]):
    """Two contact lines stand in when the serial side is silent."""

    @override
    async def read_status(self) -> Status:
        """Read the pins: DSR low is battery low, CTS low is on battery."""
        pins = await self.link.read_pins()
        on_battery = pins.cts is False
        return Status(
            flags=frozenset({StatusFlag.ON_BATTERY if on_battery else StatusFlag.ON_LINE})
        )


class RielloSentrStub(Stub[SerialLine]):
    """Binary frames with a sum; may push texts; one command is typed with a second between."""

    @override
    async def run(self, command: str, **parameters: float) -> Outcome:
        """Type the sequence."""
        async with self.link.exclusive():
            await self.link.write(b"3747263", gap=1.0)
        raise NotImplementedError
