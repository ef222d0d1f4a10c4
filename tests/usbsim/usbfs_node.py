"""A plugged-in device as the client sees it: its /dev node, its ioctl socket, its sysfs folder."""

import contextlib
import errno
import fcntl
import os
from pathlib import Path
import shutil
import socket
import threading
import time
from typing import TYPE_CHECKING

from .device import UsbDevice
from .usb import BusError
from .usbfs import UsbFile

if TYPE_CHECKING:
    from .usbfs_bus import UsbfsBus

_SET_PIPE_SIZE = 1031
_ONE_SLOT = 4096
# A client that has opened the node must still find the socket, see `unplug`.
_SETTLE = 0.005
_MAJOR = 189


class Node:
    """One device node.

    The node is a FIFO with a one-slot pipe: libusb polls it for POLLOUT, which is raised exactly
    while a finished transfer waits. A regular file, which umockdev itself makes, is always ready,
    and a client waiting for an interrupt report would spin.
    """

    def __init__(
        self, bus: UsbfsBus, device: UsbDevice, *, number: int, system_name: str, parent: str
    ) -> None:
        self.bus = bus
        self.device = device
        self.number = number
        self.system_name = system_name
        self.name = f"bus/usb/001/{number:03}"
        self.path = f"{parent}/{system_name}"
        self.files: set[UsbFile] = set()
        self.gone = False
        self.bound = set(device.interfaces) if device.hardware.driver else set()
        self._ready = False
        root = bus.root
        self._fifo_path = root / "dev" / self.name
        self._socket_path = root / "ioctl/dev" / self.name
        self._folder = root / "sys" / self.path.lstrip("/")
        self._links: list[Path] = []
        for folder in (self._fifo_path.parent, self._socket_path.parent, root / "dev/.node"):
            folder.mkdir(parents=True, exist_ok=True)
        # The socket first: the library ends a client that finds a node without it.
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self._socket_path))
        self._listener.listen(32)
        os.mkfifo(self._fifo_path, 0o666)
        self._fifo = os.open(self._fifo_path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.fcntl(self._fifo, _SET_PIPE_SIZE, _ONE_SLOT)
        os.write(self._fifo, b"\0")
        threading.Thread(
            target=self._accept, daemon=True, name=f"usbsim accept {self.name}"
        ).start()
        self._write_sysfs()
        bus.tell("add", self)

    @property
    def is_released(self) -> bool:
        """Whether nothing of it is left."""
        return self._fifo < 0

    @property
    def properties(self) -> dict[str, str]:
        """What udev knows of it."""
        hardware = self.device.hardware
        raw = hardware.device_descriptor().ljust(18, b"\0")
        return {
            "MAJOR": str(_MAJOR),
            "MINOR": str(self.number - 1),
            "DEVNAME": self.name,
            "DEVTYPE": "usb_device",
            "DRIVER": "usb",
            "PRODUCT": f"{hardware.vendor:x}/{hardware.product:x}/{hardware.release:x}",
            "TYPE": "/".join(str(each) for each in raw[4:7]),
            "BUSNUM": "001",
            "DEVNUM": f"{self.number:03}",
        }

    def _write_sysfs(self) -> None:
        hardware, folder = self.device.hardware, self._folder
        raw = hardware.device_descriptor().ljust(18, b"\0")
        folder.mkdir(parents=True)
        minor = self.number - 1
        attributes = {
            "uevent": "".join(f"{name}={value}\n" for name, value in self.properties.items()),
            "busnum": "1\n",
            "devnum": f"{self.number}\n",
            "speed": f"{hardware.speed}\n",
            "bConfigurationValue": f"{self.device.configuration}\n",
            "bNumConfigurations": "1\n",
            "idVendor": f"{hardware.vendor:04x}\n",
            "idProduct": f"{hardware.product:04x}\n",
            "bcdDevice": f"{hardware.release:04x}\n",
            "bDeviceClass": f"{raw[4]:02x}\n",
            "dev": f"{_MAJOR}:{minor}\n",
            "bNumInterfaces": f"{len(self.device.interfaces):2}\n",
            "version": " 1.10\n",
            "maxchild": "0\n",
        }
        for name, index in (("manufacturer", 14), ("product", 15), ("serial", 16)):
            text = hardware.strings.get(raw[index])
            if isinstance(text, str):
                attributes[name] = text + "\n"
        for name, value in attributes.items():
            (folder / name).write_text(value)
        (folder / "descriptors").write_bytes(
            hardware.device_descriptor() + hardware.configuration()
        )
        root = self.bus.root
        self._link(folder / "subsystem", root / "sys/bus/usb")
        self._links = [
            root / "sys/bus/usb/devices" / self.system_name,
            root / "sys/dev/char" / f"{_MAJOR}:{minor}",
        ]
        for link in self._links:
            self._link(link, folder)
        node = root / "dev/.node" / self.name.replace("/", "_")
        node.symlink_to(f"{_MAJOR}:{minor}")
        self._links.append(node)

    @staticmethod
    def _link(link: Path, target: Path) -> None:
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(target, link.parent))

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            file = UsbFile(self, connection)
            with self.device.lock:
                self.files.add(file)
            file.start()

    def show_ready(self) -> None:
        """With the lock held: raise POLLOUT while a finished transfer waits."""
        ready = any(file.done for file in self.files)
        if ready == self._ready or self._fifo < 0:
            return
        self._ready = ready
        with contextlib.suppress(BlockingIOError):
            if ready:
                os.read(self._fifo, 1)
            else:
                os.write(self._fifo, b"\0")

    def pump(self, endpoint: int) -> None:
        """Give what an IN endpoint has to the transfers that wait for it."""
        with self.device.lock:
            for file in list(self.files):
                for urb in [each for each in file.pending.values() if each.endpoint == endpoint]:
                    try:
                        data = self.device.take(endpoint, urb.length)
                    except BusError as error:
                        file.complete(urb, -error.errno)
                        continue
                    if data is None:
                        return
                    urb.data, urb.actual = data, len(data)
                    file.complete(urb, 0)

    def unplug(self) -> None:
        """Go, as the kernel has it: the nodes vanish, udev tells, transfers end with ESHUTDOWN.

        Order and pause are for the preload library: a client that has opened the node and does
        not find the socket is ended, and one that fails to open it but finds the socket leaks an
        entry of a table of fifty.
        """
        with self.device.lock:
            self.gone = True
            for link in self._links:
                link.unlink(missing_ok=True)
            shutil.rmtree(self._folder, ignore_errors=True)
            self._fifo_path.unlink(missing_ok=True)
        self.bus.tell("remove", self)
        time.sleep(_SETTLE)
        self._socket_path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self.device.lock:
            for file in list(self.files):
                for urb in list(file.pending.values()):
                    file.complete(urb, -errno.ESHUTDOWN)
                file.claimed.clear()
                file.wake.notify_all()
            self.release_fifo()

    def release_fifo(self) -> None:
        """With the lock held: drop the FIFO once nobody has it open."""
        if self._fifo >= 0 and self.gone and not self.files:
            os.close(self._fifo)
            self._fifo = -1

    def close(self) -> None:
        """End the clients' connections."""
        for file in list(self.files):
            with contextlib.suppress(OSError):
                file.connection.shutdown(socket.SHUT_RDWR)
