"""A simulated USB device for a row: on real libusb where umockdev lends it, else behind pyusb."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
import os
from pathlib import Path
import sys
from typing import override
from unittest.mock import patch

from custom_components.ups_protocols.ups.links import usb_sysfs
from tests.usbsim import devices, preload
from tests.usbsim.control import Control
from tests.usbsim.pyusb_bus import PyusbBus
from tests.usbsim.remote import Remote
from tests.usbsim.usb import Transfer

INTERRUPT = "in"
CONTROL = "control"


class _Here(Remote):
    """The same verbs, said to devices in this process."""

    def __init__(self, bus: PyusbBus) -> None:
        self._control = Control(bus)

    @override
    def ask(self, *words: str | float, port: int = 1) -> str:
        answer = self._control.execute(" ".join([*map(str, words), f"port={port}"]))
        if answer.startswith("error:"):
            raise RuntimeError(f"{words}: {answer}")
        return answer

    @override
    def close(self) -> None:
        pass


def become_client() -> None:
    """Start this row again under umockdev's preload library, unless it is or cannot be."""
    if preload.missing() is None and not preload.is_active():
        environment = {**preload.clean(), "LD_PRELOAD": str(preload.find())}
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)


@contextmanager
def plugged(*sources: str | Path) -> Iterator[Remote]:
    """Plug devices into a bus of which this process is a client."""
    if preload.is_active():
        remote = Remote(*sources, here=True)
        try:
            yield remote
        finally:
            # Home Assistant lets nobody wait in the thread that its loop ran in
            with ThreadPoolExecutor(1) as other:
                other.submit(remote.close).result()
        return
    with (
        PyusbBus() as bus,
        patch("usb.backend.libusb1.get_backend", lambda find_library=None: bus.backend),
        patch.object(usb_sysfs, "ROOT", Path("/nonexistent")),
    ):
        for port, source in enumerate(sources, 1):
            bus.plug(devices.load(source), port)
        yield _Here(bus)


def transport() -> str:
    """Say by what the devices are reached."""
    return "real libusb" if preload.is_active() else "pyusb with a simulated backend"


def address(source: str | Path) -> str:
    """Return a device's address by its ids."""
    hardware = devices.load(source).hardware
    return f"usb:{hardware.vendor:04x}:{hardware.product:04x}"


def of_kind(log: Sequence[Transfer], what: str) -> list[Transfer]:
    """Return the transfers of one kind."""
    return [each for each in log if each.what == what]
