"""pyusb on simulated devices, by both transports: the pure-Python backend, and real libusb.

Real libusb needs umockdev's preload library from the start of the process: `test_real_libusb`
runs this file again in a child that has it, and there every test is on libusb.
"""

from collections.abc import Iterator
import errno
import time
from typing import Any, Protocol

import pytest
import usb.backend.libusb1
import usb.core
import usb.util

from . import devices, preload
from .control import Control
from .pyusb_bus import PyusbBus
from .remote import Remote

FEATURE_READ = (0xA1, 1)


class Simulator(Protocol):
    """What both transports can do with their devices."""

    def ask(self, *words: str | float, port: int = 1) -> str:
        """Say a verb of the control channel."""


class Local:
    """The control channel of a bus in this process."""

    def __init__(self, bus: PyusbBus) -> None:
        self.bus = bus
        self.control = Control(bus)

    def ask(self, *words: str | float, port: int = 1) -> str:
        answer = self.control.execute(" ".join([*map(str, words), f"port={port}"]))
        if answer.startswith("error:"):
            raise RuntimeError(answer)
        return answer


class Bench:
    """A simulator and the pyusb backend that sees its devices."""

    def __init__(self, simulator: Simulator, backend: Any) -> None:
        self.simulator = simulator
        self.backend = backend
        self.opened: list[Any] = []

    def ask(self, *words: str | float, port: int = 1) -> str:
        return self.simulator.ask(*words, port=port)

    def find(self, *, port: int | None = None) -> list[Any]:
        found = [
            each
            for each in usb.core.find(find_all=True, backend=self.backend)
            if each.idVendor != 0x1D6B and port in {None, each.port_number}
        ]
        self.opened += found
        return found

    def open(self, interface: int = 0, *, port: int | None = None) -> Any:
        (device,) = self.find(port=port)
        if device.is_kernel_driver_active(interface):
            device.detach_kernel_driver(interface)
        usb.util.claim_interface(device, interface)
        return device

    def close(self) -> None:
        for each in self.opened:
            usb.util.dispose_resources(each)
        self.opened.clear()


@pytest.fixture(scope="session")
def remote() -> Iterator[Remote]:
    """One simulator for all: libusb reads UMOCKDEV_DIR once."""
    with Remote(here=True) as made:
        yield made


@pytest.fixture(params=["libusb" if preload.is_active() else "python"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "python":
        bus = PyusbBus()
        made = Bench(Local(bus), bus.backend)
        yield made
        made.close()
        bus.close()
        return
    remote: Remote = request.getfixturevalue("remote")
    made = Bench(remote, usb.backend.libusb1.get_backend())
    yield made
    made.close()
    for port in (1, 2, 3):
        try:
            remote.unplug(port)
        except RuntimeError:
            continue


@pytest.mark.skipif(preload.is_active(), reason="this is the child")
@pytest.mark.skipif(preload.missing() is not None, reason=str(preload.missing()))
@pytest.mark.timeout(320)
def test_real_libusb() -> None:
    preload.rerun(__file__)


def read(device: Any, report: int, length: int = 64, timeout: int = 1000) -> bytes:
    return bytes(device.ctrl_transfer(*FEATURE_READ, 3 << 8 | report, 0, length, timeout))


def fails(number: int) -> Any:
    return pytest.raises(usb.core.USBError, check=lambda error: error.errno == number)


def test_enumerates_and_reads(bench: Bench) -> None:
    bench.ask("plug", "apc")
    device = bench.open()
    assert (device.idVendor, device.idProduct) == (0x051D, 0x0002)
    assert device.product == "Back-UPS RS 1500 FW:8.g9 .D USB FW:g9"
    assert device.serial_number == "JB0319033542"
    extra = bytes(device.get_active_configuration()[(0, 0)].extra_descriptors)
    length = extra[7] | extra[8] << 8
    descriptor = bytes(device.ctrl_transfer(0x81, 6, 0x2200, 0, length))
    assert descriptor == devices.make_hid("apc").report_descriptor
    assert read(device, 0x0C) == bytes.fromhex(bench.ask("report", 0x0C))
    with fails(errno.EPIPE):
        read(device, 0xF0)


def test_kernel_driver_holds_the_interface(bench: Bench) -> None:
    bench.ask("plug", "apc")
    (device,) = bench.find()
    assert device.is_kernel_driver_active(0)
    with fails(errno.EBUSY):
        usb.util.claim_interface(device, 0)
    device.detach_kernel_driver(0)
    usb.util.claim_interface(device, 0)
    usb.util.release_interface(device, 0)
    device.attach_kernel_driver(0)
    assert device.is_kernel_driver_active(0)


def test_mains_off_arrives_on_the_interrupt_pipe(bench: Bench) -> None:
    bench.ask("plug", "apc")
    device = bench.open()
    # a busy machine may need so long that a report of time passing has come
    with fails(errno.ETIMEDOUT):
        for _ in range(10):
            device.read(0x81, 8, timeout=30)
    bench.ask("mains", "off")
    reports = {bytes(device.read(0x81, 8, timeout=1000))[0]}
    assert reports <= {0x0C, 0x16}
    assert read(device, 0x16)[1] & 0x04 == 0


def test_time_moves_the_reports(bench: Bench) -> None:
    bench.ask("plug", "generic")
    device = bench.open()
    bench.ask("mains", "off")
    before = read(device, 0x10)[1]
    bench.ask("advance", 300)
    assert read(device, 0x10)[1] < before


def test_faults(bench: Bench) -> None:
    bench.ask("plug", "apc")
    device = bench.open()
    for words, number in {
        "stall get_report=0x0c": errno.EPIPE,
        "nak get_report=0x0c": errno.ETIMEDOUT,
        "error get_report=0x0c": errno.EIO,
        "overflow get_report=0x0c": errno.EOVERFLOW,
    }.items():
        bench.ask("fault", *words.split(), "count=1")
        with fails(number):
            read(device, 0x0C, timeout=100)
    bench.ask("fault", "short", "get_report=0x0c", "length=2", "count=1")
    assert read(device, 0x0C) == b"\x0c\x64"
    bench.ask("fault", "long", "get_report=0x0c", "data=ffff", "count=1")
    with fails(errno.EOVERFLOW):
        read(device, 0x0C, 4)
    bench.ask("fault", "delay", "get_report=0x0c", "delay=0.1", "count=1")
    start = time.monotonic()
    assert len(read(device, 0x0C)) == 4
    assert time.monotonic() - start > 0.09
    bench.ask("clear")
    assert len(read(device, 0x0C)) == 4


def test_faults_on_the_pipe(bench: Bench) -> None:
    bench.ask("plug", "apc")
    device = bench.open()
    bench.ask("fault", "stall", "in=0x81", "count=1")
    with fails(errno.EPIPE):
        device.read(0x81, 8, timeout=200)
    bench.ask("push", "16ffff")
    assert bytes(device.read(0x81, 8, timeout=1000)) == b"\x16\xff\xff"
    bench.ask("push", "1600000000000000")
    with fails(errno.EOVERFLOW):
        device.read(0x81, 4, timeout=200)
    bench.ask("fault", "nak", "in=0x81")
    bench.ask("push", "160000")
    with fails(errno.ETIMEDOUT):
        device.read(0x81, 8, timeout=50)


def test_unplug_and_replug(bench: Bench) -> None:
    bench.ask("plug", "apc")
    device = bench.open()
    first = device.address
    bench.ask("unplug")
    with fails(errno.ENODEV):
        read(device, 0x0C)
    assert bench.find() == []
    bench.close()
    bench.ask("replug", 3)
    again = bench.open()
    assert (again.port_number, again.serial_number) == (3, "JB0319033542")
    assert again.address != first
    assert len(read(again, 0x0C)) == 4


def test_unplug_in_the_middle_of_a_transfer(bench: Bench) -> None:
    bench.ask("plug", "apc")
    device = bench.open()
    bench.ask("fault", "unplug", "get_report=0x16")
    assert len(read(device, 0x0C)) == 4
    with fails(errno.ENODEV):
        read(device, 0x16)
    assert bench.find() == []


def test_two_of_a_kind(bench: Bench) -> None:
    bench.ask("plug", "apc", port=1)
    bench.ask("plug", "apc", port=2)
    bench.ask("set", "charge", 40, port=2)
    one, two = bench.open(port=1), bench.open(port=2)
    assert one.serial_number == two.serial_number
    assert one.address != two.address
    assert (read(one, 0x0C)[1], read(two, 0x0C)[1]) == (100, 40)
    bench.ask("unplug", port=1)
    assert read(two, 0x0C)[1] == 40


def test_a_hundred_unplugs(bench: Bench) -> None:
    bench.ask("plug", "apc")
    for _ in range(100):
        bench.ask("unplug")
        bench.ask("replug")
    device = bench.open()
    assert len(read(device, 0x0C)) == 4


def test_cypress(bench: Bench) -> None:
    bench.ask("plug", "cypress")
    device = bench.open()
    device.ctrl_transfer(0x21, 9, 0x200, 0, b"Q1\r".ljust(8, b"\0"))
    reply = b""
    while not reply.endswith(b"\r"):
        reply += bytes(device.read(0x81, 8, timeout=1000)).rstrip(b"\0")
    assert reply == b"(230.0 230.0 230.0 030 50.0 27.3 25.0 00001001\r"
    bench.ask("ups", "fault", "silence", "on")
    device.ctrl_transfer(0x21, 9, 0x200, 0, b"Q1\r".ljust(8, b"\0"))
    with fails(errno.ETIMEDOUT):
        device.read(0x81, 8, timeout=50)


def test_out_pipe(bench: Bench) -> None:
    bench.ask("plug", "fuji")
    device = bench.open()
    device.write(0x02, bytes.fromhex("800603035131002f"), 500)
    assert bytes(device.read(0x81, 8, timeout=500)) == b"(230.0 2"


def test_log_and_errors_of_the_channel(bench: Bench) -> None:
    bench.ask("plug", "apc")
    device = bench.open()
    bench.ask("log", "clear")
    read(device, 0x0C)
    assert '"reply": "0c64' in bench.ask("log")
    for wrong in ("nonsense", "set nothing 1", "mains maybe", "fault explode", "report 0xf0"):
        with pytest.raises(RuntimeError):
            bench.ask(*wrong.split())
    with pytest.raises(RuntimeError):
        bench.ask("state", port=9)


@pytest.mark.parametrize("name", devices.names(hostile=True))
def test_hostile_devices_do_not_take_the_host_with_them(bench: Bench, name: str) -> None:
    bench.ask("plug", name)
    try:
        for device in bench.find():
            usb.util.get_string(device, device.iProduct)
            device.ctrl_transfer(0x81, 6, 0x2200, 0, 0xFFFF)
    except usb.core.USBError, ValueError, IndexError, UnicodeError, NotImplementedError:
        pass
    # Whatever that one did, its neighbour can be read.
    bench.ask("plug", "apc", port=2)
    assert len(read(bench.open(port=2), 0x0C)) == 4


def test_no_permission() -> None:
    bus = PyusbBus()
    bus.plug(devices.make("apc"))
    bus.denied.add(1)
    (device,) = usb.core.find(find_all=True, backend=bus.backend)
    with fails(errno.EACCES):
        usb.util.claim_interface(device, 0)
    bus.close()
