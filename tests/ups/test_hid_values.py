"""Values of HID reports: the cards' worked examples, and round trips through any field."""

from dataclasses import replace
from datetime import date
import json
from math import inf, nan
from pathlib import Path

from hypothesis import assume, given, strategies as st
import pytest

from custom_components.ups_protocols.ups.errors import BadReply, Unsupported
from custom_components.ups_protocols.ups.hid.report_descriptor import ReportDescriptor, parse
from custom_components.ups_protocols.ups.hid.usages import BATTERY, MGE, POWER, UsageNames
from custom_components.ups_protocols.ups.hid.values import (
    AMPERE,
    AMPERE_SECOND,
    HERTZ,
    KELVIN,
    SECOND,
    VOLT,
    WATT,
    Field,
    ampere_hours,
    read_bcd_date,
    read_date,
    write_bcd_date,
    write_date,
)
from custom_components.ups_protocols.ups.links.base import ReportKind
from custom_components.ups_protocols.ups.names import Quantity

FEATURE = ReportKind.FEATURE
PUBLISHED = Path(__file__).parents[1] / "fixtures" / "usbhid" / "mge-published-descriptors.json"

VOLTAGE, CURRENT, FREQUENCY, POWER_VA, POWER_W, LOAD, TEMPERATURE = (
    *(0x0084_0030, 0x0084_0031, 0x0084_0032, 0x0084_0033, 0x0084_0034, 0x0084_0035, 0x0084_0036),
)
SHUTDOWN, STARTUP, BEEPER, GOOD = 0x0084_0057, 0x0084_0056, 0x0084_005A, 0x0084_0061
CAPACITY, CAPACITY_MODE, RUNTIME, PRODUCT = 0x0085_0066, 0x0085_002C, 0x0085_0068, 0x0084_00FE
OF_A_MAKER = 0xFFFF_0012


def field(
    usage: int = VOLTAGE, size: int = 16, low: int = 0, high: int = 0xFFFF, **more: int | None
) -> Field:
    """Return a feature field at the start of report 1."""
    plain = Field(
        path="UPS.Test",
        usage=usage,
        kind=FEATURE,
        report_id=1,
        bit_offset=0,
        bit_size=size,
        logical_min=low,
        logical_max=high,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def report(number: int, size: int = 4) -> bytes:
    """Return report 1 with a number in it."""
    return b"\1" + (number & (1 << 8 * size) - 1).to_bytes(size, "little")


@pytest.fixture(name="ellipse")
def ellipse_fixture() -> ReportDescriptor:
    """The published descriptor of MGE's Ellipse."""
    devices = json.loads(PUBLISHED.read_text())["descriptors"]
    text = devices["mge-ellipse"]["report_descriptor"]
    return parse(bytes.fromhex(text), UsageNames(MGE))


def found(descriptor: ReportDescriptor, path: str) -> Field:
    """Return the field of a path."""
    one = descriptor.find(path)
    assert one is not None
    return one


# ---------------------------------------------------------------- the cards' examples


def test_ellipse_readings(ellipse: ReportDescriptor) -> None:
    """Card usb-hid-power-device, §F(9); shut §3.9 has the same bytes over RS-232."""
    first = bytes.fromhex("16640807")
    assert found(ellipse, "PowerSummary.RemainingCapacity").decode(first) == 100
    assert found(ellipse, "PowerSummary.RunTimeToEmpty").decode(first) == 1800
    second = bytes.fromhex("0EE62A")
    assert found(ellipse, "PowerConverter.Output.Voltage").decode(second) == 230
    assert found(ellipse, "PowerSummary.PercentLoad").decode(second) == 42
    assert ellipse.length(FEATURE, 2) == 3


@pytest.mark.parametrize(
    ("status", "flags"),
    [
        ("022100", {"ACPresent", "Good"}),
        ("022400", {"Discharging", "Good"}),
        ("022C00", {"Discharging", "Good", "BelowRemainingCapacityLimit"}),
        ("020201", {"Charging", "InternalFailure"}),
        ("02D000", {"NeedReplacement", "ShutdownImminent", "Overload"}),
    ],
)
def test_ellipse_status(ellipse: ReportDescriptor, status: str, flags: set[str]) -> None:
    """The same bits in Feature and Input reports; the SHUT notification is no other."""
    data = bytes.fromhex(status)
    for kind in (FEATURE, ReportKind.INPUT):
        fields = ellipse.reports[kind, 2]
        assert {one.path.rpartition(".")[2] for one in fields if one.flag(data)} == flags


def test_ellipse_writes(ellipse: ReportDescriptor) -> None:
    """Delays in seconds and in tens of seconds; -1 stops either."""
    shutdown = found(ellipse, "PowerSummary.DelayBeforeShutdown")
    idle = bytes.fromhex("0FFFFFFF")
    assert shutdown.decode(idle) == -1
    assert shutdown.encode(idle, 20) == bytes.fromhex("0F140000")
    assert shutdown.encode(idle, 120) == bytes.fromhex("0F780000")
    assert shutdown.encode(bytes.fromhex("0F140000"), -1) == idle
    assert shutdown.span == (0.0, 65534.0)
    assert shutdown.writable
    startup = found(ellipse, "PowerSummary.DelayBeforeStartup")
    assert startup.encode(bytes.fromhex("11FFFFFF"), 30) == bytes.fromhex("11030000")
    assert startup.decode(bytes.fromhex("11030000")) == 30
    assert startup.decode(bytes.fromhex("11FFFFFF")) == -1
    assert startup.encode(bytes.fromhex("11030000"), -1) == bytes.fromhex("11FFFFFF")
    assert startup.step == 10


def test_cyberpower_minutes() -> None:
    """Physical limits turn minutes into seconds, -1 included: it stays -1 here."""
    delay = field(SHUTDOWN, 16, -1, 0x7FFF, unit=SECOND, physical_min=-60, physical_max=0x1DFFC4)
    assert delay.decode(report(2)) == 120
    assert delay.decode(report(-1)) == -1
    assert delay.encode(report(-1), 60) == report(1, 4)[:3] + report(-1)[3:]
    assert delay.encode(report(2, 2), -1) == report(-1, 2)
    assert delay.encode(report(2, 2), 0) == report(0, 2)
    assert (delay.step, delay.span) == (60.0, (0.0, 0x7FFF * 60.0))


def test_powercom_status() -> None:
    """Card powercom-usb, §E3(9): report 38 is one word."""
    word = field(OF_A_MAKER, report_id=38)
    assert word.number(bytes.fromhex("260D00")) == 0x0D
    assert word.number(bytes.fromhex("260C02")) == 0x20C


@pytest.mark.parametrize(
    ("usage", "unit", "exponent", "raw", "value"),
    [
        (VOLTAGE, VOLT, 7, 230, 230),
        (VOLTAGE, VOLT, 6, 270, 27.0),
        (VOLTAGE, VOLT, 5, 1370, 13.7),
        (CURRENT, AMPERE, 0, 3, 3),
        (CURRENT, AMPERE, -2, 321, 3.21),
        (POWER_VA, WATT, 7, 1500, 1500),
        (POWER_W, WATT, 8, 90, 900),
        (FREQUENCY, HERTZ, -1, 499, 49.9),
        (FREQUENCY, HERTZ, 0, 50, 50),
        (RUNTIME, SECOND, 0, 1800, 1800),
        (STARTUP, SECOND, 1, 3, 30),
        (0xFFFF_0045, SECOND, 2, 6048, 604800),
        (CAPACITY, AMPERE_SECOND, 0, 25200, 25200),
        (CAPACITY, 0, 0, 92, 92),
        (LOAD, 0, -1, 423, 42.3),
        (OF_A_MAKER, 0x1234, 1, 3, 30),
        (OF_A_MAKER, 0, -1, 3, 0.3),
        (VOLTAGE, 0, 0, 230, 230),
        # a unit of another quantity: its own exponent counts
        (FREQUENCY, VOLT, 5, 5000, 50),
    ],
)
def test_scales(usage: int, unit: int, exponent: int, raw: int, value: float) -> None:
    """Exact: no 26.999999."""
    one = field(usage, unit=unit, exponent=exponent)
    assert one.decode(report(raw)) == value
    assert one.encode(report(0, 2), value) == report(raw, 2)


@pytest.mark.parametrize(
    ("usage", "unit", "exponent", "fits"),
    [
        # as the Back-UPS 500 declares its iManufacturer and CapacityMode
        (PRODUCT, VOLT, 5, False),
        (CAPACITY_MODE, VOLT, 5, False),
        (BEEPER, SECOND, 1, False),
        (GOOD, VOLT, 7, False),
        (0x0085_0085, SECOND, 2, False),
        (LOAD, VOLT, 5, False),
        (CAPACITY, SECOND, 1, False),
        # an exponent alone, left over where 100 counts must be 100 %
        (LOAD, 0, 7, True),
        (GOOD, 0, 7, True),
    ],
)
def test_left_over_units(usage: int, unit: int, exponent: int, fits: bool) -> None:
    """What has no unit takes none that an item before it left in force, nor its limits."""
    one = field(usage, 8, 0, 100, unit=unit, exponent=exponent)
    assert one.decode(report(42)) == 42
    assert one.unit_fits is fits
    limits = replace(one, usage=CAPACITY_MODE, physical_min=-60, physical_max=6000)
    assert limits.decode(report(42)) == 42


def test_physical_limits() -> None:
    """A straight line, unless either range is none."""
    one = field(LOAD, 8, 0, 200, physical_min=0, physical_max=100)
    assert [one.decode(report(raw)) for raw in (0, 100, 200)] == [0, 50, 100]
    assert one.encode(report(0, 1), 50) == report(100, 1)
    for low, high in ((0, 0), (100, 0), (None, 100), (0, None), (50, 50)):
        assert replace(one, physical_min=low, physical_max=high).decode(report(42)) == 42
    assert replace(one, logical_max=0).decode(report(42)) == 42


@pytest.mark.parametrize(
    ("size", "low", "high", "raw", "number", "beyond"),
    [
        # -1..65534 takes 17 bits, one of them the sign
        (24, -1, 65534, 0xFFFFFF, -1, False),
        (24, -1, 65534, 0x01FFFF, -1, True),
        (24, -1, 65534, 65535, 65534, True),
        (24, -1, 65534, 0xAA0003, 3, True),
        (16, -1, 65534, 0xFFFF, -1, False),
        (16, -1, 65534, 40000, 40000, False),
        (32, -1, 0x7FFFFFFF, 0xFFFFFFFF, -1, False),
        (8, 0, 100, 0xE4, 100, True),
        (8, 0, 100, 120, 100, True),
        (8, 0, 255, 200, 200, False),
        (8, -128, 127, 0x80, -128, False),
        (8, -10, -2, 0xFF, -2, True),
        (16, 50, 200, 20, 50, True),
        # no range, or none that the field can hold
        (8, 0, 0, 200, 200, False),
        (8, 5, 3, 200, 200, False),
        (1, 0, 65535, 1, 1, False),
        (8, 300, 400, 7, 7, False),
    ],
)
def test_limits(size: int, low: int, high: int, raw: int, number: int, beyond: bool) -> None:
    """As few bits as the limits need, then the limits."""
    one = field(SHUTDOWN, size, low, high)
    assert one.raw(report(raw)) == raw
    assert one.number(report(raw)) == number
    assert one.beyond_limits(report(raw)) is beyond


def test_a_minimum_left_over() -> None:
    """A flag of one bit has no room for a timer's -1."""
    assert field(GOOD, 1, -1, 1).number(report(1)) == 1
    assert field(GOOD, 1, -1, 32767).number(report(1)) == 1
    assert field(LOAD, 8, -1, 255).number(report(255)) == 255
    assert field(LOAD, 8, -32768, 32767).number(report(200)) == 200


def test_null_state() -> None:
    """Where declared, a number beyond the limits is none at all."""
    one = field(LOAD, 8, 0, 100, flags=0x42)
    assert one.decode(report(100)) == 100
    for ask in (one.number, one.decode, one.flag):
        assert ask(report(255)) is None
    assert not one.beyond_limits(report(255))


def test_unaligned() -> None:
    """Bits across bytes; writing leaves the neighbours alone."""
    one = field(OF_A_MAKER, 11, 0, 2047, bit_offset=5)
    data = bytes.fromhex("01 ffff ff")
    written = one.encode(data, 0)
    assert written == bytes.fromhex("01 1f00 ff")
    assert one.number(written) == 0
    assert one.number(one.encode(written, 1234)) == 1234


@pytest.mark.parametrize(
    ("usage", "unit", "raw", "value"),
    [
        (TEMPERATURE, KELVIN, 298, 24.85),
        (TEMPERATURE, KELVIN, 273, -0.15),
        (TEMPERATURE, KELVIN, 373, 99.85),
        (TEMPERATURE, KELVIN, 25, 25),
        (TEMPERATURE, 0, 300, 26.85),
        (TEMPERATURE, 0, 40, 40),
        (0xFF00_0040, KELVIN, 300, 26.85),
        (0xFF00_0040, 0, 300, 300),
        (VOLTAGE, KELVIN, 300, 300),
    ],
)
def test_temperatures(usage: int, unit: int, raw: int, value: float) -> None:
    """Kelvin where it can be nothing else."""
    one = field(usage, unit=unit)
    assert one.decode(report(raw)) == value
    assert one.encode(report(raw, 2), value) == report(raw, 2)


def test_dates() -> None:
    """Powercom's example, APC's recorded and worked ones; 0 and nonsense are none."""
    assert read_date(0x4598) == date(2014, 12, 24)
    assert read_date(0x30E3) == date(2004, 7, 3)
    assert write_date(date(2014, 12, 24)) == 0x4598
    assert read_bcd_date(0x102202) == date(2002, 10, 22)
    assert read_bcd_date(0x070304) == date(2004, 7, 3)
    assert read_bcd_date(0x010170) == date(1970, 1, 1)
    assert write_bcd_date(date(2002, 10, 22)) == 0x102202
    for nothing in (0, 0xFFFF, 0x1FF, 31 << 5 | 1):
        assert read_date(nothing) is None
    for nothing in (0, 0xFFFFFF, 0x0A0101, 0x130101, 0x023199, 1 << 30):
        assert read_bcd_date(nothing) is None
    for day in (date(1979, 1, 1), date(2108, 1, 1)):
        with pytest.raises(Unsupported):
            write_date(day)
    for day in (date(1969, 1, 1), date(2070, 1, 1)):
        with pytest.raises(Unsupported):
            write_bcd_date(day)


@given(st.dates(date(1980, 1, 1), date(2069, 12, 31)))
def test_dates_round_trip(day: date) -> None:
    assert read_date(write_date(day)) == day
    assert read_bcd_date(write_bcd_date(day)) == day


def test_charge() -> None:
    """Ampere seconds to NUT's ampere hours."""
    assert ampere_hours(25200) == 7


def test_what_cannot_be_written() -> None:
    """No number."""
    for value in (inf, -inf, nan):
        with pytest.raises(Unsupported):
            field(SHUTDOWN, 16, -1).encode(report(0), value)


@pytest.mark.parametrize("data", ["", "02ffffff", "01", "01ff"])
def test_reports_that_cannot_be(data: str) -> None:
    """Another report, or one that ends too early; nothing is written into those either."""
    one = field()
    broken = bytes.fromhex(data)
    for ask in (one.raw, one.number, one.decode, one.flag, one.beyond_limits):
        with pytest.raises(BadReply):
            ask(broken)
    with pytest.raises(BadReply):
        one.encode(broken, 1)
    with pytest.raises(BadReply):
        one.encode_number(broken, 1)


# ---------------------------------------------------------------- any field, any bytes

limits = st.one_of(
    st.sampled_from([-1, 0, 1, 100, 127, 255, 32767, 65534, 65535, 2**31 - 1, 2**32 - 1]),
    st.integers(-(2**31), 2**32 - 1),
)
fields = st.builds(
    Field,
    path=st.just("UPS.Test"),
    usage=st.sampled_from([*POWER, *BATTERY, OF_A_MAKER, 0xFF86_0016]),
    kind=st.just(FEATURE),
    report_id=st.just(1),
    bit_offset=st.integers(0, 100),
    bit_size=st.integers(1, 32),
    logical_min=limits,
    logical_max=limits,
    physical_min=st.none() | limits,
    physical_max=st.none() | limits,
    unit=st.sampled_from([0, VOLT, AMPERE, WATT, SECOND, HERTZ, AMPERE_SECOND, 0x1234]),
    exponent=st.integers(-8, 7),
    flags=st.sampled_from([0x02, 0x03, 0x82, 0x42]),
).filter(lambda one: one.quantity is not Quantity.TEMPERATURE)
reports = st.binary(max_size=20).map(lambda data: b"\1" + data)
long_reports = st.binary(min_size=17, max_size=20).map(lambda data: b"\1" + data)


@given(fields, reports)
def test_any_report(one: Field, data: bytes) -> None:
    """A value in the field's range, None, or BadReply for a report that is too short."""
    if 8 * len(data) < 8 + one.bit_offset + one.bit_size:
        with pytest.raises(BadReply):
            one.decode(data)
        return
    number, value = one.number(data), one.decode(data)
    low, high = one.limits
    assert low < high
    if number is None or value is None:
        assert number is None
        assert value is None
        assert one.flags & 0x40
        return
    assert low <= number <= high
    lowest, highest = one.span
    assert lowest <= value <= highest or (value == -1 and one.counts_down)
    # whoever adds bytes behind the report changes nothing
    assert one.decode(data + b"\xff") == value


@given(fields, long_reports)
def test_what_is_read_can_be_written(one: Field, data: bytes) -> None:
    """The same value again, and nothing else in the report has changed."""
    value = one.decode(data)
    assume(value is not None)
    assert value is not None
    written = one.encode(data, value)
    assert one.decode(written) == value
    mask = (1 << one.bit_size) - 1 << 8 + one.bit_offset
    before, after = int.from_bytes(data, "little"), int.from_bytes(written, "little")
    assert before & ~mask == after & ~mask
    assert len(written) == len(data)


@given(fields, long_reports, st.integers(-(2**33), 2**33))
def test_any_number_is_written_within_the_limits(one: Field, data: bytes, number: int) -> None:
    """As it is where it can be."""
    low, high = one.limits
    assert one.number(one.encode_number(data, number)) == min(max(number, low), high)


@given(fields, long_reports, st.floats(-1e12, 1e12))
def test_any_value_is_written_to_the_nearest(one: Field, data: bytes, value: float) -> None:
    """Half a step away at most, within the span."""
    written = one.decode(one.encode(data, value))
    assert written is not None
    low, high = one.span
    if one.counts_down and value < 0:
        assert written == -1
    elif one.counts_down and written == -1:
        assert value <= low + one.step
    else:
        target = min(max(value, low), high)
        assert abs(written - target) <= one.step / 2 + 1e-9 * max(1, abs(target))
