"""A bus for real libusb: a folder that umockdev's preload library shows clients as /sys and /dev.

The client runs with `LD_PRELOAD=libumockdev-preload.so.0 UMOCKDEV_DIR=<root>`; see `preload`.
"""

import contextlib
from pathlib import Path
import shutil
import socket
import struct
import sys
import tempfile
import threading
import time
from typing import override

from .bus import Bus
from .device import UsbDevice
from .usb import Hardware
from .usbfs_node import Node

_CONTROLLER = "/devices/pci0000:00/0000:00:14.0"
_TICK = 0.02
# What a Unix socket's address leaves for the folder's own name.
_LONGEST_ROOT = 60

ROOT_HUB = Hardware(
    vendor=0x1D6B,
    product=0x0002,
    release=0x0602,
    strings={1: "Linux xhci-hcd", 2: "xHCI Host Controller", 3: "0000:00:14.0"},
    speed="480",
    driver="hub",
    device_descriptor_bytes=bytes.fromhex("12010002090001406b1d020002060102 0301"),
    configuration_bytes=bytes.fromhex("09021900010100e000 090400000109000000 0705810304000c"),
)


class UsbfsBus(Bus):
    """A bus below a temporary folder.

    Attributes:
        root: The folder, for UMOCKDEV_DIR.
    """

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="usbsim-", dir="/tmp")).resolve()
        if len(str(self.root)) > _LONGEST_ROOT:
            raise ValueError("the folder's name is too long for Unix sockets")
        for folder in ("dev/bus/usb/001", "sys/bus/usb/devices", "sys/class", "sys/devices"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "ioctl").mkdir(mode=0o755)
        self.nodes: dict[int, Node] = {}
        self._old: list[Node] = []
        self._sequence = 1000
        self._closed = threading.Event()
        hub = UsbDevice(ROOT_HUB)
        self._hub = Node(self, hub, number=1, system_name="usb1", parent=_CONTROLLER)
        self._ticker = threading.Thread(target=self._tick, daemon=True, name="usbsim clock")
        self._ticker.start()

    def _tick(self) -> None:
        while not self._closed.wait(_TICK):
            for device in list(self.devices.values()):
                with device.lock:
                    device.tick()

    @override
    def _attach(self, device: UsbDevice, port: int, number: int) -> None:
        node = Node(
            self, device, number=number, system_name=f"1-{port}", parent=f"{_CONTROLLER}/usb1"
        )
        self.nodes[port] = node
        device.plugged(node)

    @override
    def _detach(self, device: UsbDevice, port: int) -> None:
        node = self.nodes.pop(port)
        device.unplugged()
        node.unplug()
        self._old = [each for each in (*self._old, node) if not each.is_released]

    def tell(self, action: str, node: Node) -> None:
        """Send a udev event to every libudev monitor of the clients (libudev's wire format)."""
        self._sequence += 1
        fields = {
            "ACTION": action,
            "DEVPATH": node.path,
            "SUBSYSTEM": "usb",
            "SEQNUM": str(self._sequence),
            "USEC_INITIALIZED": str(time.monotonic_ns() // 1000),
            **node.properties,
            "DEVNAME": f"/dev/{node.name}",
        }
        body = b"".join(f"{name}={value}".encode() + b"\0" for name, value in fields.items())
        header = (
            struct.pack("@8s", b"libudev")
            + struct.pack(">I", 0xFEEDCAFE)
            + struct.pack("@III", 40, 40, len(body))
            + struct.pack(">II", _hash("usb"), _hash("usb_device"))
            + struct.pack("@II", 0, 0)
        )
        for path in self.root.glob("event[0-9]*"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as monitor:
                monitor.settimeout(1)
                try:
                    monitor.sendto(header + body, str(path))
                except OSError:
                    # Its client is gone.
                    with contextlib.suppress(OSError):
                        path.unlink()

    @override
    def close(self) -> None:
        super().close()
        self._closed.set()
        self._ticker.join()
        self._hub.unplug()
        for node in (*self._old, self._hub):
            node.close()
        shutil.rmtree(self.root, ignore_errors=True)


def _hash(text: str) -> int:
    """Return the string hash of libudev's monitor filter (MurmurHash2)."""
    data, m = text.encode(), 0x5BD1E995
    value = len(data)
    while len(data) >= 4:
        k = int.from_bytes(data[:4], sys.byteorder) * m & 0xFFFFFFFF
        k = (k ^ k >> 24) * m & 0xFFFFFFFF
        value = (value * m & 0xFFFFFFFF) ^ k
        data = data[4:]
    if data:
        value = (value ^ int.from_bytes(data, "little")) * m & 0xFFFFFFFF
    value = (value ^ value >> 13) * m & 0xFFFFFFFF
    return value ^ value >> 15
