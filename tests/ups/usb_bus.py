"""Simulated USB for the tests of the USB links: pyusb's backend in the place of libusb."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
import threading
from typing import Any

import pytest

from custom_components.ups_protocols.ups.links import usb_bridges, usb_link, usb_sysfs, usb_wire
from custom_components.ups_protocols.ups.links.base import LinkKind
from custom_components.ups_protocols.ups.links.open import open_link
from custom_components.ups_protocols.ups.links.usb import UsbHid, UsbLine, UsbPipe
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.usbsim import devices
from tests.usbsim.device import UsbDevice
from tests.usbsim.pyusb_bus import PyusbBus

# bridges that have no id of their own: the user names them
BY_NAME = {"gtec", "snr"}


@contextmanager
def simulated(monkeypatch: pytest.MonkeyPatch, *plugged: UsbDevice) -> Generator[PyusbBus]:
    """Have a bus in the place of libusb, short waits, and no system that knows the devices."""
    with PyusbBus() as bus:
        monkeypatch.setattr(
            "usb.backend.libusb1.get_backend", lambda find_library=None: bus.backend
        )
        monkeypatch.setattr(usb_sysfs, "ROOT", Path("/nonexistent"))
        monkeypatch.setattr(usb_bridges, "WRITE_TIMEOUT", 0.2)
        monkeypatch.setattr(usb_link, "REPORT_TIMEOUT", 0.2)
        monkeypatch.setattr("custom_components.ups_protocols.ups.links.usb.REPORT_TIMEOUT", 0.2)
        monkeypatch.setattr("custom_components.ups_protocols.ups.links.usb_hid.REPORT_TIMEOUT", 0.2)
        monkeypatch.setattr(usb_wire, "CONTROL_TIMEOUT", 0.2)
        for port, device in enumerate(plugged, 1):
            bus.plug(device, port)
        yield bus


def url_of(device: UsbDevice) -> str:
    """Return a device's address by its ids."""
    return f"usb:{device.hardware.vendor:04x}:{device.hardware.product:04x}"


def threads() -> set[str]:
    """Return the names of the threads of USB links."""
    return {each.name for each in threading.enumerate() if each.name.startswith("usb:")}


@asynccontextmanager
async def line(
    device: UsbDevice, variant: str | None = None, transcript: Transcript | None = None
) -> AsyncGenerator[UsbLine]:
    """Open a bridge."""
    link = await open_link(
        url_of(device),
        LinkKind.QUERY_LINE,
        transcript=transcript or Transcript(),
        variant=variant,
    )
    assert isinstance(link, UsbLine)
    try:
        yield link
    finally:
        await link.close()
        assert not threads()


@asynccontextmanager
async def hid(device: UsbDevice, transcript: Transcript | None = None) -> AsyncGenerator[UsbHid]:
    """Open a HID device."""
    link = await open_link(
        url_of(device), LinkKind.HID_DEVICE, transcript=transcript or Transcript()
    )
    assert isinstance(link, UsbHid)
    try:
        yield link
    finally:
        await link.close()
        assert not threads()


@asynccontextmanager
async def pipe(device: UsbDevice) -> AsyncGenerator[UsbPipe]:
    """Open a device for raw reports."""
    link = await open_link(url_of(device), LinkKind.REPORT_PIPE, transcript=Transcript())
    assert isinstance(link, UsbPipe)
    try:
        yield link
    finally:
        await link.close()
        assert not threads()


async def until(condition: Callable[[], bool], timeout: float = 5) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.005)


def make(name: str, **state: Any) -> UsbDevice:
    """Return a simulated device."""
    return devices.make(name, **state)
