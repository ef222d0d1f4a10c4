"""Which numbers can be meant: scales told by neighbours, stale limits, what cannot be."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from .power_device_link import ReportLink, SimulatedLink
from custom_components.ups_protocols.ups.errors import BadReply
from custom_components.ups_protocols.ups.hid.doubts import Doubts
from custom_components.ups_protocols.ups.hid.power_device import PowerDevice
from custom_components.ups_protocols.ups.links.base import ReportKind, UsbDevice
from custom_components.ups_protocols.ups.names import plausible
from tests.usbsim.devices import HID as MODELS
from tests.usbsim.hidbuild import Report, bits, build, item, report

FEATURE = ReportKind.FEATURE


def meant(
    declared: Mapping[str, float],
    priors: Mapping[str, float] | None = None,
    *,
    factors: Mapping[str, tuple[float, ...]] | None = None,
    on_line: bool | None = True,
) -> dict[str, float]:
    """Return the values that are meant, without those that cannot be."""
    doubts = Doubts(priors or {}, factors=factors or {})
    doubts.decide(declared, on_line=on_line)
    values = {name: doubts.scaled(name, value) for name, value in declared.items()}
    return {name: value for name, value in values.items() if doubts.fits(name, value, values)}


BATTERY, RATED = "battery.voltage", "battery.voltage.nominal"
INPUT, OUTPUT, MAINS = "input.voltage", "output.voltage", "input.voltage.nominal"


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        # all is well
        ({BATTERY: 13.6, RATED: 12.0}, {BATTERY: 13.6, RATED: 12.0}),
        ({BATTERY: 272.0, RATED: 240.0}, {BATTERY: 272.0, RATED: 240.0}),
        # a dead battery is one
        ({BATTERY: 7.0, RATED: 12.0}, {BATTERY: 7.0, RATED: 12.0}),
        # one of the two is off, or both
        ({BATTERY: 272.0, RATED: 24.0}, {BATTERY: 27.2, RATED: 24.0}),
        ({BATTERY: 27.0, RATED: 240.0}, {BATTERY: 27.0, RATED: 24.0}),
        ({BATTERY: 1.36, RATED: 12.0}, {BATTERY: 13.6, RATED: 12.0}),
        ({BATTERY: 27.0, RATED: 2.4}, {BATTERY: 27.0, RATED: 24.0}),
        ({BATTERY: 1.36e-6, RATED: 1.2e-6}, {BATTERY: 13.6, RATED: 12.0}),
        ({BATTERY: 1360.0, RATED: 1200.0}, {BATTERY: 13.6, RATED: 12.0}),
        # the nominal voltage of one cell, or of one battery, beside the voltage of all
        ({BATTERY: 14.0, RATED: 2.0}, {BATTERY: 14.0}),
        ({BATTERY: 41.0, RATED: 12.0}, {BATTERY: 41.0, RATED: 12.0}),
        # nothing agrees
        ({BATTERY: 20.4, RATED: 12.0}, {RATED: 12.0}),
        # alone
        ({BATTERY: 13.6}, {BATTERY: 13.6}),
        ({BATTERY: 1.36e-6}, {BATTERY: 13.6}),
        ({BATTERY: 0.0}, {BATTERY: 0.0}),
        # the mains
        ({INPUT: 230.0, MAINS: 230.0}, {INPUT: 230.0, MAINS: 230.0}),
        ({INPUT: 2300.0, MAINS: 230.0}, {INPUT: 230.0, MAINS: 230.0}),
        ({OUTPUT: 22.8, MAINS: 230.0}, {OUTPUT: 228.0, MAINS: 230.0}),
        ({INPUT: 230.0, MAINS: 23.0}, {INPUT: 230.0, MAINS: 230.0}),
        ({INPUT: 0.0012, MAINS: 120.0}, {INPUT: 120.0, MAINS: 120.0}),
        ({INPUT: 0.00231}, {INPUT: 231.0}),
        ({INPUT: 12.0}, {INPUT: 12.0}),
        ({INPUT: 230.0, MAINS: 400.0}, {INPUT: 230.0, MAINS: 400.0}),
        ({INPUT: 0.0, MAINS: 230.0}, {INPUT: 0.0, MAINS: 230.0}),
        ({INPUT: 900.0, MAINS: 230.0}, {MAINS: 230.0}),
        # limits
        (
            {"input.transfer.low": 1840.0, "input.transfer.high": 2.64, MAINS: 230.0},
            {"input.transfer.low": 184.0, "input.transfer.high": 264.0, MAINS: 230.0},
        ),
        ({"input.transfer.hysteresis": 10.0, MAINS: 230.0},) * 2,
        # frequencies
        ({"input.frequency": 500.0}, {"input.frequency": 50.0}),
        ({"output.frequency": 5999.0}, {"output.frequency": 59.99}),
        ({"input.frequency": 0.0}, {"input.frequency": 0.0}),
        # temperatures, in tenths of kelvins too
        ({"ups.temperature": 2982.0}, {"ups.temperature": 25.05}),
        ({"battery.temperature": 25.0}, {"battery.temperature": 25.0}),
        # loads and powers that cannot be, by the others
        (
            {"ups.load": 1260.0, "ups.realpower": 113.4, "ups.realpower.nominal": 900.0},
            {"ups.load": 12.6, "ups.realpower": 113.4, "ups.realpower.nominal": 900.0},
        ),
        (
            {"output.current": 130.0, "ups.load": 30.0, "ups.power.nominal": 1000.0, MAINS: 230.0},
            {"output.current": 1.3, "ups.load": 30.0, "ups.power.nominal": 1000.0, MAINS: 230.0},
        ),
        ({"ups.power.nominal": 0.00015}, {"ups.power.nominal": 1500.0}),
        ({"ups.load": 1260.0}, {}),
        ({"battery.charge": 101.0}, {}),
    ],
)
def test_decisions(declared: Mapping[str, float], expected: Mapping[str, float]) -> None:
    """What is plausible for the quantity, and agrees with the neighbours."""
    assert meant(declared) == expected


def test_cyberpower_two_thirds() -> None:
    """Card §F(9): 20.4 V at 12 V nominal are 13.6 V."""
    values = meant({BATTERY: 20.4, RATED: 12.0}, factors={BATTERY: (2 / 3,)})
    assert values == {BATTERY: 13.6, RATED: 12.0}


def test_prior_that_is_wrong() -> None:
    """A maker's table is tried first, and does not count against the neighbours."""
    assert meant({BATTERY: 272.0, RATED: 24.0}, {BATTERY: 0.1})[BATTERY] == 27.2
    assert meant({BATTERY: 27.2, RATED: 24.0}, {BATTERY: 0.1})[BATTERY] == 27.2
    assert meant({INPUT: 119.0, MAINS: 120.0}, {INPUT: 1e5})[INPUT] == 119


def test_outage_decides_nothing() -> None:
    """At 23 V in an outage the mains is low; the scale is told when it is back."""
    doubts = Doubts({}, factors={})
    declared = {INPUT: 23.0, MAINS: 230.0}
    doubts.decide(declared, on_line=False)
    assert doubts.scaled(INPUT, 23.0) == 23
    doubts.decide({INPUT: 229.0, MAINS: 230.0}, on_line=True)
    doubts.decide(declared, on_line=True)
    assert doubts.scaled(INPUT, 23.0) == 23


def test_decided_once() -> None:
    """No later reading moves a scale."""
    doubts = Doubts({}, factors={})
    doubts.decide({INPUT: 2300.0, MAINS: 230.0}, on_line=True)
    for reading in (2100.0, 0.0, 230.0):
        doubts.decide({INPUT: reading, MAINS: 230.0}, on_line=True)
        assert doubts.scaled(INPUT, reading) == reading / 10


@given(
    st.dictionaries(
        st.sampled_from(
            [
                *(BATTERY, RATED, INPUT, OUTPUT, MAINS, "output.voltage.nominal", "ups.load"),
                *("input.frequency", "ups.temperature", "ups.realpower", "ups.power.nominal"),
                *("output.current", "battery.charge", "input.transfer.low", "ups.test.interval"),
            ]
        ),
        st.floats(min_value=-1e12, max_value=1e12),
    ),
    st.sampled_from([True, False, None]),
)
def test_any_numbers(declared: dict[str, float], on_line: bool | None) -> None:
    """Whatever a device declares, what is shown can be."""
    values = meant(declared, on_line=on_line)
    for name, value in values.items():
        assert isfinite(value)
        assert plausible(name, value)


# ---------------------------------------------------------------- through the driver

UPS = UsbDevice(vendor_id=0x1209, product_id=1, product="UPS")
ON_LINE = report(1, *bits("PowerSummary.PresentStatus", "ACPresent"))


async def read(
    *reports: Report, values: Mapping[int, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the variables of a device with these reports, and what is left out."""
    data = {number: bytes([number]) + bytes.fromhex(text) for number, text in values.items()}
    link = ReportLink(
        UPS,
        build((ON_LINE, *reports)),
        {(FEATURE, number): each for number, each in {1: b"\1\1", **data}.items()},
    )
    driver = PowerDevice(link, {}, {})
    await driver.open()
    snapshot = await driver.read()
    return dict(snapshot.variables), dict(snapshot.left_out)


async def test_stale_limits() -> None:
    """A reading above a limit that was left over is the reading that all bits say."""
    reports = (
        report(2, item("Input.ConfigVoltage", 8, "V")),
        report(3, item("Input.Voltage", 16, "V", high=138)),
        report(4, item("PowerSummary.RemainingCapacity", 16, "%", high=100)),
    )
    variables, left_out = await read(*reports, values={2: "e6", 3: "e700", 4: "64ff"})
    assert variables["input.voltage"] == 231
    # and bits above them are garbage where they make no sense
    assert variables["battery.charge"] == 100
    assert left_out == {}


async def test_sentinels() -> None:
    """-1, all ones and an empty rating are no values, and no errors."""
    variables, left_out = await read(
        report(2, item("PowerSummary.RunTimeToEmpty", 16, "s")),
        report(3, item("PowerSummary.RemainingTimeLimit", 16, "s", low=-1)),
        report(4, item("Output.ConfigApparentPower", 16, "VA")),
        report(5, item("Battery.ManufacturerDate", 16)),
        report(6, item("Input.Voltage", 16, "V", low=-1)),
        values={2: "ffff", 3: "ffff", 4: "0000", 5: "0000", 6: "ffff"},
    )
    assert not {"battery.runtime", "battery.runtime.low", "input.voltage"} & variables.keys()
    assert not {"ups.power.nominal", "battery.mfr.date"} & variables.keys()
    assert left_out == {}


async def test_percentage_with_an_exponent() -> None:
    """100 counts are 100 %, not 1 %."""
    variables, _ = await read(
        report(2, item("PowerSummary.RemainingCapacity", 8, "", -2, high=100)),
        values={2: "5a"},
    )
    assert variables["battery.charge"] == 90


async def test_left_out_is_noted() -> None:
    """What cannot be is in the diagnostics, not among the values."""
    variables, left_out = await read(
        report(2, item("Output.PercentLoad", 16, "%")), values={2: "e803"}
    )
    assert "ups.load" not in variables
    assert left_out == {"ups.load": 1000.0}


async def test_first_that_says_something() -> None:
    """Of several places for a value the first that has one counts."""
    variables, _ = await read(
        report(2, item("PowerSummary.Voltage", 16, "V", low=-1)),
        report(3, item("Battery.Voltage", 16, "V", -1)),
        values={2: "ffff", 3: "8800"},
    )
    assert variables["battery.voltage"] == 13.6


@pytest.mark.parametrize("name", ["apc", "eaton", "mge-ellipse", "belkin", "powercom-skp"])
@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
async def test_any_reports(name: str, data: st.DataObject) -> None:
    """Any bytes give a status and a snapshot, or a BadReply; nothing is ever written."""
    link = SimulatedLink(name)
    garbled = data.draw(st.booleans())
    driver = PowerDevice(link, {}, {})
    if not garbled:
        await driver.open()
    for (kind, number), length in link.sim.lengths.items():
        if kind == 3 and data.draw(st.booleans()):
            size = data.draw(st.sampled_from([length, length, length, length - 1, length + 3, 0]))
            body = data.draw(st.binary(min_size=max(size, 0), max_size=max(size, 0)))
            link.sim.blind[kind, number] = bytes([number]) + body
    try:
        if garbled:
            await driver.open()
        status = await driver.read_status()
        snapshot = await driver.read()
    except BadReply:
        return
    finally:
        assert link.written == []
    assert status.flags <= driver.flags
    for variable, value in snapshot.variables.items():
        if isinstance(value, float):
            assert plausible(variable, value), variable


@pytest.mark.parametrize("name", ["mge-ellipse", "eaton", "apc"])
@settings(deadline=None, max_examples=60)
@given(reports=st.lists(st.binary(max_size=12), max_size=8))
async def test_any_pushes(name: str, reports: list[bytes]) -> None:
    """Whatever comes by the interrupt pipe, no push breaks anything or says what cannot be."""
    link = SimulatedLink(name)
    driver = PowerDevice(link, {}, {})
    await driver.open()
    pushes: list[Any] = []
    driver.on_push(pushes.append)
    for each in reports:
        link.push(each)
        link.push(each, FEATURE)
    for push in pushes:
        for variable, value in getattr(push, "values", {}).items():
            if isinstance(value, float):
                assert plausible(variable, value), variable
    await driver.read()


def test_there_are_devices() -> None:
    """The names above are those of tests/usbsim."""
    assert {"apc", "eaton", "mge-ellipse", "belkin", "powercom-skp"} <= MODELS.keys()
