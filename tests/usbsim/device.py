"""Any simulated USB device: standard requests, endpoints, faults, a log; no transport is known."""

from collections import deque
from collections.abc import Mapping
import errno
import threading
import time
from typing import Protocol

from .faults import Action, Fault
from .usb import (
    CLASS,
    CONFIGURATION,
    DEVICE,
    ENDPOINT,
    ENGLISH,
    GET_DESCRIPTOR,
    HID,
    INTERFACE,
    KIND_MASK,
    RECIPIENT_MASK,
    REPORT,
    STRING,
    TO_INTERFACE,
    VENDOR,
    BusError,
    Hardware,
    Nak,
    Setup,
    Stall,
    Transfer,
    Unplugged,
    string_descriptor,
)

LOG_LENGTH = 20_000
ENDS: Mapping[type[Exception], str] = {
    Stall: "stall",
    Nak: "nak",
    BusError: "error",
    Unplugged: "unplug",
}


class Attachment(Protocol):
    """The place where a device is plugged in."""

    def pump(self, endpoint: int) -> None:
        """Learn that an IN endpoint may have data."""


def _changed(fault: Fault, reply: bytes, room: int) -> bytes:
    """Return what a fault makes of a reply; a device that does not stop at wLength babbles."""
    changed = fault.change(reply)
    if fault.action is Action.LONG and len(changed) > room:
        raise BusError(errno.EOVERFLOW)
    return changed


class UsbDevice:
    """A device that knows its descriptors and nothing else; kinds of devices derive from it.

    Transports call `control`, `take`, `write` and `tick`, with `lock` held.

    Attributes:
        hardware: Its descriptors.
        lock: Held while anything of it changes.
        faults: What goes wrong with it.
        log: Every transfer.
        attachment: Where it is plugged in, None = nowhere.
        endpoints: Address → (interface, packet size), from the configuration descriptor.
        interfaces: The interfaces' numbers.
    """

    def __init__(self, hardware: Hardware) -> None:
        self.hardware = hardware
        self.lock = threading.RLock()
        self.faults: list[Fault] = []
        self.log: deque[Transfer] = deque(maxlen=LOG_LENGTH)
        self.attachment: Attachment | None = None
        self.endpoints: dict[int, tuple[int, int]] = {}
        self.interfaces: list[int] = []
        self._queues: dict[int, deque[tuple[float, bytes]]] = {}
        self._walk_configuration()

    def _walk_configuration(self) -> None:
        raw, position, current = self.hardware.configuration(), 0, 0
        while position + 2 <= len(raw) and raw[position] >= 2:
            part = raw[position : position + raw[position]]
            if part[1] == INTERFACE and len(part) == 9:
                current = part[2]
                self.interfaces.append(current)
            elif part[1] == ENDPOINT and len(part) >= 7:
                self.endpoints[part[2]] = (current, part[4] | part[5] << 8)
            position += raw[position]

    @property
    def configuration(self) -> int:
        """The number of the only configuration."""
        raw = self.hardware.configuration()
        return raw[5] if len(raw) > 5 else 1

    # Being plugged in and out.

    def plugged(self, attachment: Attachment) -> None:
        """Wake up on a bus, with nothing in the pipes."""
        with self.lock:
            self.attachment = attachment
            self._queues.clear()
            self.woken()

    def unplugged(self) -> None:
        """Leave the bus."""
        with self.lock:
            self.attachment = None
            self._queues.clear()

    def woken(self) -> None:
        """Do what a kind of device does when it gets a bus."""

    def reset(self) -> None:
        """Obey a bus reset."""
        self._queues.clear()
        self.log.append(Transfer(time.monotonic(), "reset"))

    def tick(self) -> None:
        """Notice that time has passed: transports call this several times a second."""
        now = time.monotonic()
        for endpoint, queue in self._queues.items():
            if queue and queue[0][0] <= now and self.attachment:
                self.attachment.pump(endpoint)

    # Control transfers.

    def control(self, setup: Setup, data: bytes) -> tuple[bytes, float]:
        """Carry out one control transfer.

        Returns:
            The reply and the seconds until it comes.

        Raises:
            Stall, Nak, BusError, Unplugged: It ends so.
        """
        delay = 0.0
        try:
            fault = self._fault(0, setup)
            delay = fault.delay if fault else 0.0
            reply = self.request(setup, data)
            if fault:
                reply = _changed(fault, reply, setup.length)
        except (Stall, Nak, BusError, Unplugged) as error:
            self._note("control", setup=setup, data=data, end=ENDS[type(error)])
            raise
        reply = reply[: setup.length] if setup.is_in else b""
        self._note("control", setup=setup, data=data, reply=reply)
        return reply, delay

    def _fault(self, endpoint: int, setup: Setup | None = None) -> Fault | None:
        for fault in list(self.faults):
            if not fault.befalls(endpoint, setup):
                continue
            match fault.action:
                case Action.STALL:
                    raise Stall
                case Action.NAK:
                    raise Nak
                case Action.ERROR:
                    raise BusError(fault.errno)
                case Action.OVERFLOW:
                    raise BusError(errno.EOVERFLOW)
                case Action.UNPLUG:
                    raise Unplugged
            return fault
        return None

    def _note(
        self,
        what: str,
        *,
        setup: Setup | None = None,
        endpoint: int = 0,
        data: bytes = b"",
        reply: bytes = b"",
        end: str = "ok",
    ) -> None:
        self.log.append(Transfer(time.monotonic(), what, setup, endpoint, data, reply, end))

    def request(self, setup: Setup, data: bytes) -> bytes:
        """Answer a request, faults aside."""
        match setup.request_type & KIND_MASK:
            case k if k == CLASS:
                return self.class_request(setup, data)
            case k if k == VENDOR:
                return self.vendor_request(setup, data)
        if setup.request == GET_DESCRIPTOR and setup.is_in:
            return self.descriptor(setup)
        match (setup.request_type, setup.request):
            case (0x80 | 0x81 | 0x82, 0):  # GET_STATUS
                return b"\0\0"
            case (0x80, 8):  # GET_CONFIGURATION
                return bytes([self.configuration])
            case (0x81, 10):  # GET_INTERFACE
                return b"\0"
            # SET_CONFIGURATION, SET_INTERFACE, CLEAR_FEATURE(ENDPOINT_HALT), CLEAR and SET_FEATURE
            case (0x00, 9) | (0x01, 11) | (0x02, 1) | (0x00, 1) | (0x00, 3):
                return b""
        return self.odd_request(setup, data)

    def descriptor(self, setup: Setup) -> bytes:
        """Answer GET_DESCRIPTOR (USB 2.0, section 9.4.3; HID 1.11, section 7.1.1)."""
        to_interface = setup.request_type & RECIPIENT_MASK == TO_INTERFACE
        match setup.high:
            case k if k == DEVICE:
                return self.hardware.device_descriptor()
            case k if k == CONFIGURATION and not setup.low:
                return self.hardware.configuration()
            case k if k == STRING:
                return self.string(setup.low, setup.index)
            case k if k in {HID, REPORT} and to_interface:
                for each in self.hardware.interfaces:
                    if each.number == setup.index and each.report_descriptor is not None:
                        if k == HID:
                            return each.hid_descriptor(asked=True)
                        return each.report_descriptor
        raise Stall

    def string(self, index: int, language: int) -> bytes:
        """Return a string descriptor."""
        text = self.hardware.strings.get(index)
        if text is None and index == 0:
            return bytes([4, STRING, ENGLISH & 0xFF, ENGLISH >> 8])
        if not text:
            raise Stall
        return text if isinstance(text, bytes) else string_descriptor(text)

    def class_request(self, setup: Setup, data: bytes) -> bytes:
        """Answer a class request."""
        raise Stall

    def vendor_request(self, setup: Setup, data: bytes) -> bytes:
        """Answer a vendor request."""
        raise Stall

    def odd_request(self, setup: Setup, data: bytes) -> bytes:
        """Answer a standard request that no device needs to know."""
        raise Stall

    # Interrupt and bulk endpoints.

    def push(self, data: bytes, endpoint: int = 0x81, *, after: float = 0.0) -> None:
        """Put a report into an IN endpoint, in packets, after so many seconds."""
        with self.lock:
            if self.attachment is None or endpoint not in self.endpoints:
                return
            size = self.endpoints[endpoint][1] or 8
            due = time.monotonic() + after
            queue = self._queues.setdefault(endpoint, deque())
            for start in range(0, max(len(data), 1), size):
                queue.append((due, data[start : start + size]))
            if not after:
                self.attachment.pump(endpoint)

    def begin(self, endpoint: int) -> None:
        """Let the host start to read an IN endpoint.

        Raises:
            Stall, Nak, BusError, Unplugged: A fault strikes.
        """
        try:
            self._fault(endpoint)
        except (Stall, Nak, BusError, Unplugged) as error:
            self._note("in", endpoint=endpoint, end=ENDS[type(error)])
            raise

    def take(self, endpoint: int, room: int) -> bytes | None:
        """Return what an IN endpoint has for a transfer of so many bytes, None while it NAKs.

        Raises:
            BusError: A packet is longer than the room left.
        """
        queue, size = self._queues.get(endpoint), self.endpoints[endpoint][1] or 8
        now = time.monotonic()
        if not queue or queue[0][0] > now:
            return None
        result = b""
        while queue and queue[0][0] <= now and len(result) < room:
            _, packet = queue.popleft()
            if len(packet) > room - len(result):
                self._note("in", endpoint=endpoint, end="overflow")
                raise BusError(errno.EOVERFLOW)
            result += packet
            if len(packet) < size:
                break
        self._note("in", endpoint=endpoint, reply=result)
        return result

    def write(self, endpoint: int, data: bytes) -> None:
        """Take what the host writes to an OUT endpoint.

        Raises:
            Stall, Nak, BusError, Unplugged: A fault strikes.
        """
        try:
            self._fault(endpoint)
        except (Stall, Nak, BusError, Unplugged) as error:
            self._note("out", endpoint=endpoint, data=data, end=ENDS[type(error)])
            raise
        self._note("out", endpoint=endpoint, data=data)
        self.out(endpoint, data)

    def out(self, endpoint: int, data: bytes) -> None:
        """Obey what was written to an OUT endpoint."""

    # What the control channel does to any device.

    def fault(self, fault: Fault) -> None:
        """Let something go wrong from now on."""
        with self.lock:
            self.faults.append(fault)

    def clear_faults(self) -> None:
        """Let all go well again."""
        with self.lock:
            self.faults.clear()

    def mains(self, on: bool) -> None:
        """Cut or restore mains."""
        raise TypeError(f"{type(self).__name__} has no mains")

    def set(self, name: str, value: str | float | bool) -> None:
        """Set a part of the state."""
        raise KeyError(name)

    def get(self, name: str) -> str | float | bool:
        """Return a part of the state."""
        raise KeyError(name)

    def state(self) -> dict[str, str | float | bool]:
        """Return all of the state."""
        return {}
