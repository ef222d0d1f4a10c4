"""Real devices, as their owners' logs showed them: tests/fixtures/usbhid/*.json names the sources.

Such a device answers the captured bytes until its state moves. Reports that the capture lacks are
answered with a STALL, as its notes demand. String indices were not published: the texts stand at
the usual ones.
"""

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

from ..hid import HidModel
from ..usb import FEATURE, INPUT
from . import apc, cyberpower, mge
from .common import hardware

_KINDS = {"feature": FEATURE, "input": INPUT}
_NAMES = {"apc-hid": apc.NAMES, "cps-hid": cyberpower.NAMES, "mge-hid": mge.NAMES}
FILES: Mapping[str, str] = {
    "recorded-apc-back-ups-500": "apc-back-ups-500.json",
    "recorded-cyberpower-cp1500": "cyberpower-cp1500avrlcda.json",
    "recorded-eaton-3s-700": "eaton-3s-700.json",
}
# A battery that hardly charges: what was captured stays while mains are there.
_STEADY = 1e9


def load(path: Path) -> HidModel:
    """Return the device of a capture."""
    data = json.loads(path.read_text())
    usb = data["usb"]
    expected: Mapping[str, str] = data.get("expected", {})
    return HidModel(
        hardware=hardware(
            int(usb["vendor_id"], 16),
            int(usb["product_id"], 16),
            release=int(usb["bcd_device"], 16),
            # The only capture without its strings is an Eaton.
            maker=usb.get("manufacturer") or "EATON",
            model=usb.get("product") or data["device"],
            serial=usb.get("serial") or "",
        ),
        descriptor=bytes.fromhex(data["report_descriptor"]),
        names=_NAMES.get(data.get("nut_subdriver", ""), {}),
        recorded={
            (_KINDS[each["type"]], each["id"]): bytes.fromhex(each["bytes"])
            for each in data["reports"]
        },
        power=dict(_power(expected)),
    )


def _power(expected: Mapping[str, str]) -> dict[str, Any]:
    """Return the state that shows what the owner's NUT showed."""
    state: dict[str, Any] = {"recharge_time": _STEADY}
    names = {
        "battery.charge": "charge",
        "battery.charge.low": "low_charge",
        "ups.load": "load",
        "input.voltage": "mains_voltage",
        "battery.voltage.nominal": "nominal_battery",
        "input.voltage.nominal": "nominal_voltage",
        "output.voltage.nominal": "nominal_voltage",
        "ups.power.nominal": "nominal_power",
    }
    for variable, name in names.items():
        if variable in expected:
            state[name] = float(expected[variable])
    if "input.voltage" not in expected and "nominal_voltage" in state:
        state["mains_voltage"] = state["nominal_voltage"]
    return state


MODELS: Mapping[str, HidModel] = {name: load(mge.FIXTURES / file) for name, file in FILES.items()}
