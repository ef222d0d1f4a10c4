"""Unlike protocols as typed stubs: mypy proves that the driver interface can carry them.

No bodies, never run: each says in its types what its protocol needs, so that a change of
``Driver`` or of the links shows at once whom it breaks. A stub goes when its driver comes.
"""

from collections.abc import Callable
from typing import override

from custom_components.ups_protocols.ups.driver import Driver
from custom_components.ups_protocols.ups.links.base import (
    HidDevice,
    QueryLine,
    ReportKind,
    SerialLine,
    SnmpAgent,
    Trap,
    Unsubscribe,
)
from custom_components.ups_protocols.ups.model import (
    Command,
    Danger,
    DeviceKind,
    Event,
    Identity,
    Outcome,
    Part,
    PartKind,
    Push,
    Reread,
    Snapshot,
    Status,
    StatusFlag,
    Tier,
    Values,
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


class MegatecStub(Stub[QueryLine]):
    """One request, one reply; silence is an answer to an order."""

    @override
    async def run(self, command: str, **parameters: float) -> Outcome:
        """Order, and SENT."""
        raise NotImplementedError


class XcpStub(Stub[SerialLine]):
    """Hunts the speed on the open port, authorises each command, keeps maps in its memory."""

    @override
    async def open(self) -> Identity:
        """Hunt."""
        for baudrate in (19200, 9600, 4800, 2400, 1200):
            await self.link.set_baudrate(baudrate)
        self.memory["baudrate"] = 19200
        raise NotImplementedError

    @override
    async def run(self, command: str, **parameters: float) -> Outcome:
        """Authorisation and command belong together."""
        async with self.link.exclusive():
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


class UsbHidStub(Stub[HidDevice]):
    """Reports that come by themselves, features that are asked for."""

    @override
    def on_push(self, callback: Callable[[Push], None]) -> Unsubscribe:
        """Hand reports over as values or as a wish to read again."""

        def report(kind: ReportKind, data: bytes) -> None:
            callback(Values({"battery.charge": float(data[1])}))
            callback(Reread(Tier.STATUS))

        return self.link.on_report(report)


class ShutStub(UsbHidStub):
    """The same driver over another link; the descriptor is kept in its memory."""


class Rfc1628Stub(Stub[SnmpAgent]):
    """Objects in one packet; a trap is an event and a wish to read, never a state."""

    @override
    def on_push(self, callback: Callable[[Push], None]) -> Unsubscribe:
        """Follow traps with a status read."""

        def trap(received: Trap) -> None:
            callback(Event("on_battery"))
            callback(Reread(Tier.STATUS))

        return self.link.on_trap(trap)


class EatonEpduStub(Stub[SnmpAgent]):
    """No UPS: no mains flag, but strapped units and outlets with values of their own."""

    parts = (
        Part(kind=PartKind.UNIT, index=1, identity=Identity(kind=DeviceKind.PDU, serial="U1")),
        Part(kind=PartKind.OUTLET, index=1),
    )

    @override
    async def read(self) -> Snapshot:
        """Values of units and outlets are told apart by their names."""
        return Snapshot(
            status=Status(flags=frozenset()),
            variables={"device.1.outlet.1.current": 0.4, "device.1.outlet.1.status": "on"},
        )
