"""Captures of real devices: every field that their owners' NUT printed is read the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.ups_protocols.ups.hid.report_descriptor import ReportDescriptor, parse
from custom_components.ups_protocols.ups.hid.usages import MGE, STANDARD, UsageNames
from custom_components.ups_protocols.ups.hid.values import read_bcd_date, read_date
from custom_components.ups_protocols.ups.links.base import ReportKind

FIXTURES = Path(__file__).parents[1] / "fixtures" / "usbhid"
DEVICES = {
    "apc-back-ups-500": STANDARD,
    "cyberpower-cp1500avrlcda": STANDARD,
    "eaton-3s-700": UsageNames(MGE),
}
# NUT scaled two string indexes and choices by a volt's left-over exponent, to 0.03 and 0.02, and
# printed "0".
WRONG_IN_NUT = {
    ("apc-back-ups-500", "UPS.PowerSummary.iManufacturer"): 3,
    ("apc-back-ups-500", "UPS.PowerSummary.CapacityMode"): 2,
}

# The variables that need no more than the standard paths and units, each from where it is read.
VARIABLES = {
    "apc-back-ups-500": {
        "battery.charge": "PowerSummary.RemainingCapacity",
        "battery.charge.low": "PowerSummary.RemainingCapacityLimit",
        "battery.charge.warning": "PowerSummary.WarningCapacityLimit",
        "battery.runtime": "PowerSummary.RunTimeToEmpty",
        "battery.voltage.nominal": "PowerSummary.ConfigVoltage",
        "ups.timer.reboot": "ff860005.ff86007c",
    },
    "cyberpower-cp1500avrlcda": {
        "battery.charge": "PowerSummary.RemainingCapacity",
        "battery.charge.low": "PowerSummary.RemainingCapacityLimit",
        "battery.charge.warning": "PowerSummary.WarningCapacityLimit",
        "battery.runtime": "PowerSummary.RunTimeToEmpty",
        "battery.runtime.low": "PowerSummary.RemainingTimeLimit",
        "battery.voltage": "PowerSummary.Voltage",
        "battery.voltage.nominal": "PowerSummary.ConfigVoltage",
        "input.transfer.high": "Output.HighVoltageTransfer",
        "input.transfer.low": "Output.LowVoltageTransfer",
        "input.voltage": "Input.Voltage",
        "input.voltage.nominal": "Input.ConfigVoltage",
        "ups.power": "Output.ApparentPower",
        "ups.power.nominal": "Output.ConfigApparentPower",
        "ups.realpower": "Output.ActivePower",
        "ups.realpower.nominal": "Output.ConfigActivePower",
    },
    "eaton-3s-700": {
        "battery.charge": "PowerSummary.RemainingCapacity",
        "battery.charge.low": "PowerSummary.RemainingCapacityLimitSetting",
        "battery.runtime": "PowerSummary.RunTimeToEmpty",
        "input.transfer.high": "PowerConverter.Output.HighVoltageTransfer",
        "input.transfer.low": "PowerConverter.Output.LowVoltageTransfer",
        "outlet.1.id": "OutletSystem.Outlet.[2].OutletID",
        "outlet.id": "OutletSystem.Outlet.[1].OutletID",
        "output.frequency.nominal": "Flow.[4].ConfigFrequency",
        "output.voltage": "PowerConverter.Output.Voltage",
        "output.voltage.nominal": "Flow.[4].ConfigVoltage",
        "ups.load": "PowerSummary.PercentLoad",
        "ups.power.nominal": "Flow.[4].ConfigApparentPower",
        "ups.timer.shutdown": "PowerSummary.DelayBeforeShutdown",
        "ups.timer.start": "PowerSummary.DelayBeforeStartup",
    },
}


def load(device: str) -> tuple[ReportDescriptor, dict[str, Any], dict[int, bytes]]:
    """Return a capture: descriptor, all that was written down, Feature reports by id."""
    capture = json.loads((FIXTURES / f"{device}.json").read_text())
    descriptor = parse(bytes.fromhex(capture["report_descriptor"]), DEVICES[device])
    reports = {one["id"]: bytes.fromhex(one["bytes"]) for one in capture["reports"]}
    return descriptor, capture, reports


@pytest.mark.parametrize("device", DEVICES)
def test_fields(device: str) -> None:
    """Each field stands where NUT found it and has the value that NUT printed."""
    descriptor, capture, reports = load(device)
    assert descriptor.is_power_device
    assert descriptor.numbered
    assert capture["expected_fields"]
    for expected in capture["expected_fields"]:
        path = expected["path"]
        field = descriptor.find(path, ReportKind(expected["type"]))
        assert field is not None, path
        data = reports[field.report_id]
        assert (path, field.report_id, field.bit_offset, field.bit_size, field.raw(data)) == (
            path,
            *(expected[name] for name in ("report_id", "bit_offset", "bit_size", "raw")),
        )
        value = WRONG_IN_NUT.get((device, path), expected["logged_value"])
        assert (path, field.decode(data)) == (path, value)
        assert not field.beyond_limits(data)


@pytest.mark.parametrize("device", DEVICES)
def test_reports_are_as_long_as_declared(device: str) -> None:
    """These three devices keep to it."""
    descriptor, _, reports = load(device)
    for number, data in reports.items():
        assert (number, descriptor.length(ReportKind.FEATURE, number)) == (number, len(data))


@pytest.mark.parametrize("device", DEVICES)
def test_variables(device: str) -> None:
    """What needs no vendor table."""
    descriptor, capture, reports = load(device)
    for name, path in VARIABLES[device].items():
        field = descriptor.find(path)
        assert field is not None, path
        assert (name, field.decode(reports[field.report_id])) == (
            name,
            float(capture["expected"][name]),
        )


def test_later_poll() -> None:
    """The Eaton's load a little later."""
    descriptor, capture, _ = load("eaton-3s-700")
    (state,) = capture["states"]
    field = descriptor.find("PowerSummary.PercentLoad")
    assert field is not None
    data = bytes.fromhex(state["reports_changed"][0]["bytes"])
    assert field.decode(data) == float(state["expected_changed"]["ups.load"])


def test_apc_dates() -> None:
    """One day in both codings: the standard's, and APC's own on its own page."""
    descriptor, capture, reports = load("apc-back-ups-500")
    standard = descriptor.find("PowerSummary.ManufacturerDate")
    own = descriptor.find("PowerSummary.ff860016")
    assert standard is not None
    assert own is not None
    days = read_date(standard.raw(reports[7])), read_bcd_date(own.raw(reports[28]))
    assert [f"{day:%Y/%m/%d}" for day in days if day] == [
        capture["expected"]["ups.mfr.date"],
        capture["expected"]["battery.mfr.date"],
    ]


def test_units_left_over() -> None:
    """Only the Back-UPS 500 has some, and what they are on has no unit."""
    left_over = {
        device: [field.path for field in load(device)[0].fields if not field.unit_fits]
        for device in DEVICES
    }
    assert left_over == {
        "apc-back-ups-500": ["UPS.PowerSummary.iManufacturer", "UPS.PowerSummary.CapacityMode"],
        "cyberpower-cp1500avrlcda": [],
        "eaton-3s-700": [],
    }


def test_writing_back_what_was_read() -> None:
    """Every captured report survives each of its own values."""
    for device in DEVICES:
        descriptor, _, reports = load(device)
        for field in descriptor.fields:
            data = reports.get(field.report_id)
            if data is not None and (value := field.decode(data)) is not None:
                assert field.encode(data, value) == data
