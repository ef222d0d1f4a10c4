"""One open file of a device node: the kernel's usbfs, as libusb talks to it (linux/usbdevice_fs.h).

umockdev's preload library sends each ioctl of the client here over a Unix socket, in messages of
three native longs: the client says what it wants, this side reads and writes the client's memory
and says how the call ended.
"""

from collections import deque
from collections.abc import Callable
import ctypes
import errno
import socket
import struct
import sys
import threading
import traceback
from typing import TYPE_CHECKING, override

from .device import UsbDevice
from .usb import BusError, Nak, Setup, Stall, Unplugged

if TYPE_CHECKING:
    from .usbfs_node import Node

_NONE, _WRITE, _READ, _BOTH = 0, 1, 2, 3


def _ioctl(direction: int, number: int, size: int) -> int:
    return direction << 30 | size << 16 | ord("U") << 8 | number


# Of 64-bit Linux, the only one that is covered.
IOCTLS = {
    _ioctl(_BOTH, 0, 24): "control",
    _ioctl(_READ, 3, 4): "clear_halt",  # USBDEVFS_RESETEP
    _ioctl(_READ, 4, 8): "set_interface",
    _ioctl(_READ, 5, 4): "set_configuration",
    _ioctl(_WRITE, 8, 260): "get_driver",
    _ioctl(_READ, 10, 56): "submit",
    _ioctl(_NONE, 11, 0): "discard",
    _ioctl(_WRITE, 12, 8): "reap",
    _ioctl(_WRITE, 13, 8): "reap_now",
    _ioctl(_READ, 15, 4): "claim",
    _ioctl(_READ, 16, 4): "release",
    _ioctl(_WRITE, 17, 8): "connect_info",
    _ioctl(_BOTH, 18, 16): "ioctl",
    _ioctl(_NONE, 20, 0): "reset",
    _ioctl(_READ, 21, 4): "clear_halt",
    _ioctl(_READ, 26, 4): "capabilities",
    _ioctl(_READ, 27, 264): "disconnect_claim",
    _ioctl(_NONE, 31, 0): "speed",
}
_DISCONNECT, _CONNECT = _ioctl(_NONE, 22, 0), _ioctl(_NONE, 23, 0)
# ZERO_PACKET, NO_PACKET_SIZE_LIM, REAP_AFTER_DISCONNECT.
CAPABILITIES = 0x01 | 0x04 | 0x10
SPEEDS = {"1.5": 1, "12": 2, "480": 3}

# struct usbdevfs_urb without isochronous frames.
_URB = struct.Struct("@BBiIPiiiiiIP")
_URB_STATUS, _URB_ACTUAL = 4, 28
_INTERRUPT, _CONTROL, _BULK = 1, 2, 3

# umockdev's messages.
_MESSAGE = struct.Struct("@LLL")
_ASK_IOCTL, _ASK_READ = 1, 7
_DONE, _READ_MEMORY, _WRITE_MEMORY = 3, 5, 6
# Above this a header may be split between two recv(), which the library does not expect.
_ONE_SEND = 8192

type Writes = tuple[tuple[int, bytes], ...]
type Result = int | tuple[int, Writes] | None


class Urb:
    """A transfer that a client has submitted."""

    def __init__(self, address: int, raw: bytes) -> None:
        self.kind, self.endpoint, _, _, self.buffer, self.length, *_ = _URB.unpack(raw)
        self.address = address
        self.status = 0
        self.actual = 0
        self.data = b""
        self.offset = 0
        self.timer: threading.Timer | None = None


class _Gone(Exception):
    """The client closed the file or died."""


class UsbFile(threading.Thread):
    """The server's end of one open file."""

    def __init__(self, node: Node, connection: socket.socket) -> None:
        if ctypes.sizeof(ctypes.c_ulong) != 8:
            raise NotImplementedError("only 64-bit systems are covered")
        super().__init__(daemon=True, name=f"usbsim {node.name}")
        self.node = node
        self.connection = connection
        self.device: UsbDevice = node.device
        self.lock = node.device.lock
        self.claimed: set[int] = set()
        self.pending: dict[int, Urb] = {}
        self.done: deque[Urb] = deque()
        self.wake = threading.Condition(self.lock)
        self.position = 0
        self._calls: dict[str, Callable[[int], Result]] = {
            "control": self._control_now,
            "clear_halt": self._clear_halt,
            "set_interface": self._set_interface,
            "set_configuration": self._set_configuration,
            "get_driver": self._get_driver,
            "submit": self._submit,
            "discard": self._discard,
            "reap": self._reap,
            "reap_now": self._reap_now,
            "claim": lambda address: self._claim(self._number(address)),
            "release": self._release,
            "connect_info": self._connect_info,
            "ioctl": self._driver_ioctl,
            "reset": self._reset,
            "capabilities": lambda a: (0, ((a, struct.pack("@I", CAPABILITIES)),)),
            "disconnect_claim": self._disconnect_claim,
            "speed": lambda address: SPEEDS[self.device.hardware.speed],
        }

    # The preload library's protocol.

    def _receive(self, size: int) -> bytes:
        chunks = b""
        while len(chunks) < size:
            try:
                part = self.connection.recv(size - len(chunks))
            except OSError:
                raise _Gone from None
            if not part:
                raise _Gone
            chunks += part
        return chunks

    def _send(self, raw: bytes) -> None:
        try:
            self.connection.sendall(raw)
        except OSError:
            raise _Gone from None

    def _memory(self, address: int, size: int) -> bytes:
        if not size:
            return b""
        self._send(_MESSAGE.pack(_READ_MEMORY, address, size))
        return self._receive(size)

    def _number(self, address: int) -> int:
        return int.from_bytes(self._memory(address, 4), sys.byteorder)

    def _finish(self, result: int, number: int = 0, writes: Writes = ()) -> None:
        parts: list[bytes] = []
        for address, data in writes:
            if data:
                parts += [_MESSAGE.pack(_WRITE_MEMORY, address, len(data)), data]
        parts.append(_MESSAGE.pack(_DONE, result & (1 << 64) - 1, number))
        raw = b"".join(parts)
        for each in [raw] if len(raw) < _ONE_SEND else parts:
            self._send(each)

    @override
    def run(self) -> None:
        try:
            while True:
                self._serve(*_MESSAGE.unpack(self._receive(_MESSAGE.size)))
        except _Gone:
            pass
        except Exception:  # noqa: BLE001 (a thread has nobody else to tell)
            traceback.print_exc()
        finally:
            self._leave()

    def _serve(self, ask: int, first: int, second: int) -> None:
        try:
            if ask == _ASK_IOCTL:
                self._finish(*self._call(first, second))
            elif ask == _ASK_READ:
                hardware = self.device.hardware
                raw = hardware.device_descriptor() + hardware.configuration()
                part = raw[self.position : self.position + second]
                self.position += len(part)
                self._finish(len(part), 0, ((first, part),))
            else:
                self._finish(-1, errno.EINVAL)
        except OSError as error:
            self._finish(-1, error.errno or errno.EIO)

    def _call(self, request: int, address: int) -> tuple[int, int, Writes]:
        name = IOCTLS.get(request & 0xFFFFFFFF)
        if name is None:
            raise OSError(errno.ENOTTY, "no such ioctl")
        if self.node.gone and name not in {"reap", "reap_now"}:
            raise OSError(errno.EINVAL if name == "discard" else errno.ENODEV, "unplugged")
        result = self._calls[name](address)
        if isinstance(result, tuple):
            return result[0], 0, result[1]
        return result or 0, 0, ()

    def _leave(self) -> None:
        with self.lock:
            for urb in self.pending.values():
                if urb.timer:
                    urb.timer.cancel()
            self.pending.clear()
            self.done.clear()
            self.node.files.discard(self)
            self.node.show_ready()
            self.node.release_fifo()
        self.connection.close()

    # Interfaces and the kernel's driver.

    def _claim(self, interface: int) -> None:
        with self.lock:
            if interface in self.claimed:
                return
            if interface not in self.device.interfaces:
                raise OSError(errno.ENOENT, "no such interface")
            if interface in self.node.bound or self._held(interface):
                raise OSError(errno.EBUSY, "taken")
            self.claimed.add(interface)

    def _held(self, interface: int) -> bool:
        return any(interface in file.claimed for file in self.node.files)

    def _release(self, address: int) -> None:
        interface = self._number(address)
        with self.lock:
            if interface not in self.claimed:
                raise OSError(errno.EINVAL, "not claimed")
            for urb in list(self.pending.values()):
                if self.device.endpoints.get(urb.endpoint, (None, 0))[0] == interface:
                    self.complete(urb, -errno.ENOENT)
            self.claimed.discard(interface)

    def _get_driver(self, address: int) -> Result:
        interface = self._number(address)
        with self.lock:
            if interface in self.node.bound:
                name = self.device.hardware.driver
            elif self._held(interface):
                name = "usbfs"
            else:
                raise OSError(errno.ENODATA, "no driver")
        return 0, ((address + 4, name.encode().ljust(256, b"\0")),)

    def _driver_ioctl(self, address: int) -> Result:
        interface, code, _ = struct.unpack("@iiP", self._memory(address, 16))
        with self.lock:
            match code & 0xFFFFFFFF:
                case c if c == _DISCONNECT:
                    if interface not in self.node.bound:
                        raise OSError(errno.ENODATA, "no driver")
                    self.node.bound.discard(interface)
                case c if c == _CONNECT:
                    if self._held(interface) or interface in self.node.bound:
                        raise OSError(errno.EBUSY, "taken")
                    if not self.device.hardware.driver:
                        return 0
                    self.node.bound.add(interface)
                    # As the kernel's device_attach: 1 = a driver has taken it.
                    return 1
                case _:
                    raise OSError(errno.ENOTTY, "no such ioctl")
        return 0

    def _disconnect_claim(self, address: int) -> None:
        raw = self._memory(address, 264)
        interface, flags = struct.unpack_from("@II", raw)
        driver = raw[8:].split(b"\0", 1)[0].decode()
        with self.lock:
            if interface in self.node.bound:
                same = driver == self.device.hardware.driver
                if (flags & 1 and not same) or (flags & 2 and same):
                    raise OSError(errno.EBUSY, "another driver")
                self.node.bound.discard(interface)
            self._claim(interface)

    # Small calls.

    def _connect_info(self, address: int) -> Result:
        slow = self.device.hardware.speed == "1.5"
        return 0, ((address, struct.pack("@IB3x", self.node.number, slow)),)

    def _set_configuration(self, address: int) -> None:
        value = self._number(address)
        with self.lock:
            if self.node.bound or any(file.claimed for file in self.node.files):
                raise OSError(errno.EBUSY, "claimed")
            if value not in {self.device.configuration, 0}:
                raise OSError(errno.EINVAL, "no such configuration")
            self.device.control(Setup(0, 9, value, 0, 0), b"")

    def _set_interface(self, address: int) -> None:
        interface, alternate = struct.unpack("@II", self._memory(address, 8))
        with self.lock:
            if interface not in self.claimed:
                raise OSError(errno.EINVAL, "not claimed")
            try:
                self.device.control(Setup(1, 11, alternate, interface, 0), b"")
            except Stall:
                raise OSError(errno.EPIPE, "stall") from None

    def _clear_halt(self, address: int) -> None:
        if self._number(address) not in self.device.endpoints:
            raise OSError(errno.ENOENT, "no such endpoint")

    def _reset(self, address: int) -> None:
        with self.lock:
            self.device.reset()

    def _control_now(self, address: int) -> Result:
        """Do a synchronous control transfer, which libusb does not use."""
        kind, request, value, index, length, _, data_at = struct.unpack(
            "@BBHHHIP", self._memory(address, 24)
        )
        setup = Setup(kind, request, value, index, length)
        data = b"" if setup.is_in else self._memory(data_at, length)
        try:
            with self.lock:
                reply, _ = self.device.control(setup, data)
        except Stall:
            raise OSError(errno.EPIPE, "stall") from None
        except Nak, Unplugged:
            raise OSError(errno.ETIMEDOUT, "silence") from None
        except BusError as error:
            raise OSError(error.errno, "bus error") from None
        return (len(reply) if setup.is_in else length), ((data_at, reply),)

    # Transfers. The library holds a lock and blocks signals meanwhile: answer at once.

    def _submit(self, address: int) -> None:
        urb = Urb(address, self._memory(address, _URB.size))
        if urb.kind == _CONTROL:
            self._submit_control(urb)
        elif urb.kind in {_INTERRUPT, _BULK}:
            self._submit_data(urb)
        else:
            raise OSError(errno.EINVAL, "isochronous")

    def _submit_control(self, urb: Urb) -> None:
        if urb.length < 8:
            raise OSError(errno.EINVAL, "no set-up packet")
        setup = Setup.unpack(self._memory(urb.buffer, 8))
        if urb.length < 8 + setup.length:
            raise OSError(errno.EINVAL, "short buffer")
        data = b"" if setup.is_in else self._memory(urb.buffer + 8, setup.length)
        urb.offset = 8
        if setup.request_type & 0x60 != 0x40 and setup.request_type & 0x1F == 1:
            # As usbfs: an implicit claim.
            self._claim(setup.index & 0xFF)
        with self.lock:
            self.pending[urb.address] = urb
            delay = self._end(urb, lambda: self._run_control(urb, setup, data))
            if delay and urb.address in self.pending:
                urb.timer = threading.Timer(delay, self._complete_later, (urb,))
                urb.timer.daemon = True
                urb.timer.start()

    def _run_control(self, urb: Urb, setup: Setup, data: bytes) -> float:
        reply, delay = self.device.control(setup, data)
        urb.data, urb.actual = reply, len(reply) if setup.is_in else len(data)
        if not delay:
            self.complete(urb, 0)
        return delay

    def _submit_data(self, urb: Urb) -> None:
        if urb.endpoint not in self.device.endpoints:
            raise OSError(errno.ENOENT, "no such endpoint")
        self._claim(self.device.endpoints[urb.endpoint][0])
        data = b"" if urb.endpoint & 0x80 else self._memory(urb.buffer, urb.length)
        with self.lock:
            self.pending[urb.address] = urb
            self._end(urb, lambda: self._run_data(urb, data))

    def _run_data(self, urb: Urb, data: bytes) -> float:
        if urb.endpoint & 0x80:
            self.device.begin(urb.endpoint)
            self.node.pump(urb.endpoint)
            return 0.0
        self.device.write(urb.endpoint, data)
        urb.actual = len(data)
        self.complete(urb, 0)
        return 0.0

    def _end(self, urb: Urb, transfer: Callable[[], float]) -> float:
        """Run a transfer; translate how it ends. A silent one stays pending."""
        try:
            return transfer()
        except Stall:
            self.complete(urb, -errno.EPIPE)
        except BusError as error:
            self.complete(urb, -error.errno)
        except Nak:
            urb.endpoint |= 0x100  # out of the pump's sight
        except Unplugged:
            threading.Thread(target=self.node.bus.pull, args=(self.device,), daemon=True).start()
        return 0.0

    def _complete_later(self, urb: Urb) -> None:
        with self.lock:
            if self.pending.get(urb.address) is urb:
                self.complete(urb, 0)

    def complete(self, urb: Urb, status: int) -> None:
        """With the lock held: hand a transfer back to the client."""
        self.pending.pop(urb.address, None)
        if urb.timer:
            urb.timer.cancel()
        urb.status = status
        if status:
            urb.data, urb.actual = b"", 0
        self.done.append(urb)
        self.wake.notify_all()
        self.node.show_ready()

    def _discard(self, address: int) -> None:
        with self.lock:
            urb = self.pending.get(address)
            if urb is None:
                raise OSError(errno.EINVAL, "no such transfer")
            self.complete(urb, -errno.ENOENT)

    def _reap(self, address: int) -> Result:
        with self.lock:
            while not self.done:
                if self.node.gone:
                    raise OSError(errno.ENODEV, "unplugged")
                self.wake.wait()
            return self._reap_now(address)

    def _reap_now(self, address: int) -> Result:
        with self.lock:
            if not self.done:
                raise OSError(errno.ENODEV if self.node.gone else errno.EAGAIN, "nothing yet")
            urb = self.done.popleft()
            self.node.show_ready()
        return 0, (
            (urb.buffer + urb.offset, urb.data),
            (urb.address + _URB_STATUS, struct.pack("@i", urb.status)),
            (urb.address + _URB_ACTUAL, struct.pack("@i", urb.actual)),
            (address, struct.pack("@P", urb.address)),
        )
