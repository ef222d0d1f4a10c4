"""How long it takes to open a USB UPS of sixty reports: from nothing to the first snapshot."""

import asyncio
from dataclasses import replace
import json
from pathlib import Path
from statistics import median
import tempfile
import time

from . import usb
from .figures import Figure, Scale
from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.session import Intervals, Session
from tests.usbsim import devices
from tests.usbsim.hid import HidDevice
from tests.usbsim.hidbuild import bits, item, report
from tests.usbsim.remote import Remote

REPORTS = 60
_LIKE = "eaton"
_NEVER = 3600.0
_TRANSFER = 0.005
"""Seconds that a control transfer may take on a real bus of 1.5 Mbit/s."""
_KINDS = {1: "input", 3: "feature"}


def _device() -> HidDevice:
    """Return an Eaton with so many outlets that it has sixty reports."""
    model = devices.HID[_LIKE]
    more = tuple(
        report(
            0x80 + number,
            item(f"OutletSystem.Outlet.[{number + 4}].OutletID", 8, value=number + 3),
            *bits(
                f"OutletSystem.Outlet.[{number + 4}].PresentStatus", "SwitchOn/Off", "Switchable"
            ),
        )
        for number in range(REPORTS - len(model.reports))
    )
    return HidDevice(replace(model, reports=model.reports + more))


def _capture(device: HidDevice) -> str:
    """Write a device down as those of tests/fixtures/usbhid are."""
    hardware = device.hardware
    return json.dumps(
        {
            "device": "sixty reports",
            "nut_subdriver": "mge-hid",
            "usb": {
                "vendor_id": f"{hardware.vendor:04x}",
                "product_id": f"{hardware.product:04x}",
                "bcd_device": f"{hardware.release:04x}",
                "manufacturer": "EATON",
                "product": "5P",
                "serial": "G117J21028",
            },
            "report_descriptor": device.report_descriptor.hex(),
            "reports": [
                {"type": _KINDS[kind], "id": number, "bytes": device.report(number, kind).hex()}
                for kind, number in device.lengths
                if kind in _KINDS
            ],
        }
    )


def measure(scale: Scale) -> list[Figure]:
    """Open it some times."""
    usb.become_client()
    with tempfile.TemporaryDirectory(prefix="ups-benchmark-") as folder:
        source = Path(folder, "sixty.json")
        device = _device()
        source.write_text(_capture(device), encoding="utf-8")
        with usb.plugged(source) as remote:
            return asyncio.run(_measure(remote, usb.address(source), scale.pick(30, 6)))


async def _measure(remote: Remote, url: str, times: int) -> list[Figure]:
    info = protocol("usb-hid-power-device")
    taken: list[float] = []
    transfers = 0
    # what the first one imports is not counted
    for _ in range(times + 1):
        await asyncio.to_thread(remote.log, clear=True)
        session = Session(url, info, intervals=Intervals(status=_NEVER, full=_NEVER))
        begun = time.monotonic()
        session.start()
        try:
            await session.ready()
            taken.append((time.monotonic() - begun) * 1000)
        finally:
            await session.close()
        transfers = len(usb.of_kind(await asyncio.to_thread(remote.log), usb.CONTROL))
    first, *rest = taken
    return [
        Figure(
            name=f"{REPORTS} reports: opened and read whole, median of {times}",
            value=median(rest),
            unit="ms",
            note=f"longest {max(rest):.0f} ms, the first with its imports {first:.0f} ms; "
            f"on {usb.transport()}",
        ),
        Figure(
            name=f"{REPORTS} reports: control transfers to open it",
            value=transfers,
            unit="",
            note=f"if each took {_TRANSFER * 1000:g} ms, as on a slow real bus: "
            f"{transfers * _TRANSFER * 1000:.0f} ms more",
        ),
    ]
