"""A USB device with a simulated serial UPS behind it."""

from typing import override

from ..simulators.control import Controllable
from .device import UsbDevice
from .usb import Hardware

type Value = str | float | bool


class Carrier(UsbDevice):
    """It takes requests out of USB transfers and puts the UPS's replies back.

    Attributes:
        ups: The UPS, with its own faults and log of requests.
        latency: Seconds until a reply begins.
    """

    ups: Controllable

    def __init__(self, hardware: Hardware, ups: Controllable, *, latency: float = 0.0) -> None:
        super().__init__(hardware)
        self.ups = ups
        self.latency = latency
        ups.send = self._sent

    def _sent(self, reply: bytes, request: bytes) -> None:
        faults = self.ups.faults
        if data := faults.apply(reply, request):
            self.answer(data, after=self.latency + faults.delay)

    def answer(self, reply: bytes, *, after: float) -> None:
        """Put a reply into the pipe."""
        self.push(reply, after=after)

    @override
    def woken(self) -> None:
        self.ups.connected()

    @override
    def mains(self, on: bool) -> None:
        with self.lock:
            self.ups.mains(on)

    @override
    def set(self, name: str, value: Value) -> None:
        with self.lock:
            self.ups.set(name, value)

    @override
    def get(self, name: str) -> Value:
        with self.lock:
            return self.ups.get(name)

    @override
    def state(self) -> dict[str, Value]:
        with self.lock:
            return dict(self.ups.state())
