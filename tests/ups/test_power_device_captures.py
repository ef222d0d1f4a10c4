"""The captures of real devices: what their owners' NUT printed, and where we say otherwise."""

import json
from pathlib import Path
from typing import Any

import pytest

from .power_device_link import ReportLink
from custom_components.ups_protocols.ups.hid.power_device import PowerDevice
from custom_components.ups_protocols.ups.links.base import ReportKind, UsbDevice

FIXTURES = Path(__file__).parents[1] / "fixtures" / "usbhid"
CAPTURES = ("apc-back-ups-500", "cyberpower-cp1500avrlcda", "eaton-3s-700")

# NUT's name, or value, and why ours differs.
DIFFERENT: dict[str, dict[str, Any]] = {
    "apc-back-ups-500": {
        # days as ISO
        "battery.mfr.date": "2004-07-03",
        "ups.mfr.date": "2004-07-03",
        # without the blanks of the product string
        "ups.firmware": "6.5.I",
        "ups.firmware.aux": "c1",
    },
    "cyberpower-cp1500avrlcda": {},
    "eaton-3s-700": {
        # nothing counts down: no value, not -1
        "ups.timer.shutdown": None,
        "ups.timer.start": None,
    },
}
# names that are device.* with us
RENAMED = {"ups.mfr": "device.mfr", "ups.model": "device.model", "ups.serial": "device.serial"}


def capture(name: str) -> tuple[ReportLink, dict[str, Any]]:
    """Return a link to a captured device, and all that was written down of it."""
    data = json.loads((FIXTURES / f"{name}.json").read_text())
    usb = data["usb"]
    link = ReportLink(
        UsbDevice(
            vendor_id=int(usb["vendor_id"], 16),
            product_id=int(usb["product_id"], 16),
            manufacturer=usb["manufacturer"],
            product=usb["product"],
            serial=usb["serial"],
        ),
        bytes.fromhex(data["report_descriptor"]),
        {
            (ReportKind(one["type"]), one["id"]): bytes.fromhex(one["bytes"])
            for one in data["reports"]
        },
    )
    return link, data


def same(ours: object, nut: object) -> bool:
    """Compare a value with NUT's text for it."""
    if isinstance(ours, float) and isinstance(nut, str):
        return ours == float(nut)
    return ours == nut


@pytest.mark.parametrize("name", CAPTURES)
async def test_values_are_those_of_nut(name: str) -> None:
    """Every variable that the owner's NUT had, with its value."""
    link, data = capture(name)
    driver = PowerDevice(link, {}, {})
    await driver.open()
    snapshot = await driver.read()
    status = data["expected"].pop("ups.status")
    assert set(status.split()) == {str(flag) for flag in snapshot.status.flags}
    assert await driver.read_status() == snapshot.status
    different = DIFFERENT[name]
    wrong = {
        variable: (ours, value)
        for variable, value in data["expected"].items()
        if not same(
            ours := snapshot.variables.get(RENAMED.get(variable, variable)),
            different.get(variable, value),
        )
    }
    assert wrong == {}
    assert snapshot.left_out == {}
    assert link.written == []


async def test_later_poll() -> None:
    """A report that changed."""
    link, data = capture("eaton-3s-700")
    driver = PowerDevice(link, {}, {})
    await driver.open()
    (state,) = data["states"]
    for report in state["reports_changed"]:
        link.reports[ReportKind(report["type"]), report["id"]] = bytes.fromhex(report["bytes"])
    variables = (await driver.read()).variables
    for name, value in state["expected_changed"].items():
        assert variables[name] == float(value)


async def test_what_stalls_is_asked_once() -> None:
    """Reports of the descriptor that the device has not are left alone from then on."""
    link, _ = capture("cyberpower-cp1500avrlcda")
    driver = PowerDevice(link, {}, {})
    await driver.open()
    stalled = [key for key in link.asked if key not in link.reports]
    assert stalled
    assert len(stalled) == len(set(stalled))
    link.asked.clear()
    for _ in range(3):
        await driver.read()
        await driver.read_status()
    assert all(key in link.reports for key in link.asked)


async def test_each_report_is_read_once() -> None:
    """At open, and again in each full read: no report twice."""
    for name in CAPTURES:
        link, _ = capture(name)
        driver = PowerDevice(link, {}, {})
        await driver.open()
        assert len(link.asked) == len(set(link.asked))
        for _ in range(4):
            link.asked.clear()
            await driver.read()
            assert len(link.asked) == len(set(link.asked))
        link.asked.clear()
        await driver.read_status()
        assert len(link.asked) <= 3
