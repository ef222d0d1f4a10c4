"""The devices by name. `make("apc")`, `make("cypress", dialect="mustek")`, `load("eaton.json")`."""

from collections.abc import Callable, Mapping
import json
from pathlib import Path
from typing import Any

from ...simulators.clock import Clock
from ..device import UsbDevice
from ..hid import HidDevice, HidModel
from . import (
    apc,
    belkin,
    bridged,
    cyberpower,
    extended,
    mge,
    odd,
    others,
    powercom,
    recorded,
    tripplite,
    xcp,
)

HID: Mapping[str, HidModel] = {
    name: model
    for room in (apc, cyberpower, mge, tripplite, belkin, powercom, others, extended, recorded)
    for name, model in room.MODELS.items()
}
type Maker = Callable[..., UsbDevice]
OTHERS: Mapping[str, Maker] = {
    **bridged.MAKERS,
    **odd.MAKERS,
    **xcp.MAKERS,
    **odd.HOSTILE,
}


def names(*, hostile: bool = False) -> list[str]:
    """Return the names of all devices that work, or of those that lie."""
    return list(odd.HOSTILE) if hostile else [*HID, *bridged.MAKERS, *odd.MAKERS, *xcp.MAKERS]


def make(name: str, *, clock: Clock | None = None, **state: Any) -> UsbDevice:
    """Return a device.

    Args:
        name: One of `names()`.
        clock: Its time, `Clock.stopped()` for tests.
        state: What differs from its start; of a bridge and of XCP also `dialect`.
    """
    if name in HID:
        return HidDevice(HID[name], clock=clock, **state)
    return OTHERS[name](clock=clock, **state)


def make_hid(name: str, *, clock: Clock | None = None, **state: Any) -> HidDevice:
    """Return a HID device."""
    return HidDevice(HID[name], clock=clock, **state)


def load(source: str | Path) -> UsbDevice:
    """Return a device by its name, or from a JSON file.

    A file is a capture as in tests/fixtures/usbhid, or names a device and its state:
    `{"device": "apc", "state": {"charge": 40}}`.
    """
    if str(source) in HID or str(source) in OTHERS:
        return make(str(source))
    data = json.loads(Path(source).read_text())
    if "report_descriptor" in data:
        return HidDevice(recorded.load(Path(source)))
    return make(data["device"], **data.get("state", {}))


__all__ = ["HID", "OTHERS", "load", "make", "make_hid", "names"]
