"""What is plugged in where. The transports derive from `Bus`."""

from abc import ABC, abstractmethod
import threading
from types import TracebackType
from typing import Self

from .device import UsbDevice
from .faults import Fault

# Device numbers of a bus; 1 is the root hub.
FIRST_NUMBER, LAST_NUMBER = 2, 127


class Bus(ABC):
    """Ports with devices in them; use it with `with`.

    Attributes:
        devices: Port → what is plugged in.
        parked: Port → what was unplugged there last.
    """

    def __init__(self) -> None:
        self.devices: dict[int, UsbDevice] = {}
        self.parked: dict[int, UsbDevice] = {}
        self._lock = threading.RLock()
        self._number = 1
        self._numbers: dict[int, int] = {}

    def plug(self, device: UsbDevice, port: int = 1) -> None:
        """Plug a device in: it gets a new device number."""
        with self._lock:
            if port in self.devices:
                raise ValueError(f"port {port} is taken")
            self._number = self._next_number()
            self.devices[port] = device
            self._numbers[port] = self._number
            self._attach(device, port, self._number)

    def _next_number(self) -> int:
        """Return the next device number that is free; after the last comes the first again."""
        number = self._number
        while True:
            number = number + 1 if number < LAST_NUMBER else FIRST_NUMBER
            if number not in self._numbers.values():
                return number

    def unplug(self, port: int = 1) -> UsbDevice:
        """Pull a device's plug."""
        with self._lock:
            device = self.devices.pop(port)
            self.parked[port] = device
            self._detach(device, port)
            del self._numbers[port]
            return device

    def replug(self, port: int = 1, to: int | None = None) -> None:
        """Put what was unplugged from a port back, there or into another."""
        with self._lock:
            self.plug(self.parked.pop(port), to or port)

    def pull(self, device: UsbDevice) -> None:
        """Pull the plug of a device wherever it is, for a fault in the middle of a transfer."""
        with self._lock:
            for port, each in list(self.devices.items()):
                if each is device:
                    self.unplug(port)

    @abstractmethod
    def _attach(self, device: UsbDevice, port: int, number: int) -> None: ...

    @abstractmethod
    def _detach(self, device: UsbDevice, port: int) -> None: ...

    def close(self) -> None:
        """Unplug everything."""
        for port in list(self.devices):
            self.unplug(port)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Shorthands for the only device, or the one in a port.

    def __getitem__(self, port: int) -> UsbDevice:
        return self.devices[port]

    def mains(self, on: bool, port: int = 1) -> None:
        """Cut or restore mains."""
        self.devices[port].mains(on)

    def fault(self, fault: Fault, port: int = 1) -> None:
        """Let something go wrong."""
        self.devices[port].fault(fault)
