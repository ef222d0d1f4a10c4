"""Report descriptors: every kind of item, and every way in which bytes can be wrong."""

from collections.abc import Iterable
from dataclasses import replace
import json
from pathlib import Path
from time import perf_counter
import tracemalloc
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ups_protocols.ups.errors import BadReply, Unsupported
from custom_components.ups_protocols.ups.hid.report_descriptor import (
    MAX_COLLECTIONS,
    MAX_DEPTH,
    MAX_FIELDS,
    MAX_REPORT,
    ReportDescriptor,
    parse,
)
from custom_components.ups_protocols.ups.hid.usages import MGE, UsageNames
from custom_components.ups_protocols.ups.hid.values import Field
from custom_components.ups_protocols.ups.links.base import ReportKind

FEATURE, INPUT, OUTPUT = ReportKind.FEATURE, ReportKind.INPUT, ReportKind.OUTPUT
PUBLISHED = Path(__file__).parents[1] / "fixtures" / "usbhid" / "mge-published-descriptors.json"

# 0584 page, 0904 UPS, a101 application; then 8 bits, one of them, from 0 to 100
HEAD = "0584 0904 a101 "
BYTE = "7508 9501 1500 2564 "


def read(text: str, **options: Any) -> ReportDescriptor:
    """Return a descriptor from hex digits."""
    return parse(bytes.fromhex(text), **options)


def places(descriptor: ReportDescriptor) -> list[tuple[str, str, int, int, int]]:
    """Return where the fields stand: path, kind, id, offset and size."""
    return [
        (one.path, one.kind.value, one.report_id, one.bit_offset, one.bit_size)
        for one in descriptor.fields
    ]


def only(text: str) -> Field:
    """Return the one field of a descriptor."""
    (one,) = read(text).fields
    return one


# ---------------------------------------------------------------- items


def test_globals_persist_and_locals_do_not() -> None:
    """Size, count and limits hold across reports and collections; a usage for one item only."""
    assert places(
        read(HEAD + BYTE + "8501 0924 a102 0930 b102 b102 c0 8502 0931 b102 0931 8102 c0")
    ) == [
        ("UPS.PowerSummary.Voltage", "feature", 1, 0, 8),
        ("UPS.Current", "feature", 2, 0, 8),
        ("UPS.Current", "input", 2, 0, 8),
    ]


def test_offsets_are_counted_per_report_and_kind() -> None:
    """A report may be told in pieces; padding counts but has no field."""
    descriptor = read(
        HEAD
        + "1500 2501 7501 9503 8501 0560 0584 0960 0961 0962 b102 9505 b103 8502 9501 0930 b102"
        + "8501 7508 0965 b102 0965 8102 0965 9102 c0"
    )
    assert places(descriptor) == [
        ("UPS.Present", "feature", 1, 0, 1),
        ("UPS.Good", "feature", 1, 1, 1),
        ("UPS.InternalFailure", "feature", 1, 2, 1),
        ("UPS.Voltage", "feature", 2, 0, 1),
        ("UPS.Overload", "feature", 1, 8, 8),
        ("UPS.Overload", "input", 1, 0, 8),
        ("UPS.Overload", "output", 1, 0, 8),
    ]
    assert descriptor.length(FEATURE, 1) == 3
    assert descriptor.length(FEATURE, 2) == 2
    assert descriptor.length(INPUT, 1) == 2
    assert [one.path for one in descriptor.reports[FEATURE, 1]][-1] == "UPS.Overload"
    with pytest.raises(Unsupported):
        descriptor.length(INPUT, 2)


def test_fewer_usages_than_controls() -> None:
    """The last usage is registered once, and the next field starts behind all repetitions."""
    assert places(read(HEAD + BYTE + "9504 0930 0931 b102 9501 0932 b102 c0")) == [
        ("UPS.Voltage", "feature", 0, 0, 8),
        ("UPS.Current", "feature", 0, 8, 8),
        ("UPS.Frequency", "feature", 0, 32, 8),
    ]


def test_more_usages_than_controls() -> None:
    """Those beyond the count have no bits."""
    assert places(read(HEAD + BYTE + "0930 0931 b102 c0")) == [("UPS.Voltage", "feature", 0, 0, 8)]


def test_usage_range() -> None:
    """One item for a run of flags; either end may come first."""
    for ends in ("1960 2963", "2963 1960", "1b60008400 2b63008400"):
        assert [place[0] for place in places(read(HEAD + BYTE + f"9504 {ends} b102 c0"))] == [
            "UPS.Present",
            "UPS.Good",
            "UPS.InternalFailure",
            "UPS.VoltageOutOfRange",
        ]


@pytest.mark.parametrize("ends", ["1963 2960", "1960", "2960", "1960 2b63008500"])
def test_ranges_that_are_none(ends: str) -> None:
    """They leave padding."""
    descriptor = read(HEAD + BYTE + f"9504 {ends} b102 c0")
    assert descriptor.fields == ()
    assert descriptor.length(FEATURE, 0) == 5


def test_usages_take_the_page_of_their_moment() -> None:
    """Four bytes carry their own page, which does not stay."""
    assert [
        place[0]
        for place in places(read(HEAD + BYTE + "9504 0930 0585 0966 0b600086ff 0a6800 b102 c0"))
    ] == ["UPS.Voltage", "UPS.RemainingCapacity", "UPS.ff860060", "UPS.RunTimeToEmpty"]


def test_usage_zero_is_padding() -> None:
    """A field of usage 0 takes bits and nothing else."""
    assert places(read(HEAD + BYTE + "9503 0900 0930 0b00000000 b102 9501 0931 b102 c0")) == [
        ("UPS.Voltage", "feature", 0, 8, 8),
        ("UPS.Current", "feature", 0, 24, 8),
    ]


def test_collections_without_a_name_are_in_no_path() -> None:
    """Esprit states no usage, EVER usage 0; an instance number stays with what is inside."""
    text = HEAD + BYTE + "a100 0930 b102 c0 0b00000000 a102 0931 b102 c0 a182 0932 b102 c0 c0"
    assert [place[0] for place in places(read(text))] == [
        "UPS.Voltage",
        "UPS.Current",
        "UPS.[2].Frequency",
    ]


def test_vendor_collections_are_instance_numbers() -> None:
    """Types from 0x80 up count what has one usage several times; both leave the path together."""
    text = HEAD + BYTE + "091e a181 0940 b102 c0 091e a184 0940 b102 c0 0940 b102 c0"
    descriptor = read(text)
    assert [place[0] for place in places(descriptor)] == [
        "UPS.Flow.[1].ConfigVoltage",
        "UPS.Flow.[4].ConfigVoltage",
        "UPS.ConfigVoltage",
    ]
    found = descriptor.find("Flow.[4].ConfigVoltage")
    assert found is not None
    assert found.bit_offset == 8


def test_push_and_pop() -> None:
    """All globals come back, the page and the report id too; offsets go on."""
    text = HEAD + BYTE + ("8501 0930 b102 a4 0585 8502 7510 6601f0 5505 0968 b102 b4 0931 b102 c0")
    descriptor = read(text)
    assert places(descriptor) == [
        ("UPS.Voltage", "feature", 1, 0, 8),
        ("UPS.RunTimeToEmpty", "feature", 2, 0, 16),
        ("UPS.Current", "feature", 1, 8, 8),
    ]
    assert [(one.unit, one.exponent) for one in descriptor.fields] == [
        (0, 0),
        (0xF001, 5),
        (0, 0),
    ]


def test_long_and_reserved_items_are_skipped() -> None:
    """So are designators, strings and zeros behind the end."""
    text = "fe03f0 aabbcc" + HEAD + BYTE + "3901 4901 7901 8901 0930 fe00f1 b102 c0 000000 f400 0c"
    assert places(read(text)) == [("UPS.Voltage", "feature", 0, 0, 8)]


def test_delimiters() -> None:
    """Alternative usages of one control are fields at one place; the next control follows it."""
    text = HEAD + BYTE + "9502 a901 0930 0931 a900 0932 b102 c0"
    assert places(read(text)) == [
        ("UPS.Voltage", "feature", 0, 0, 8),
        ("UPS.Current", "feature", 0, 0, 8),
        ("UPS.Frequency", "feature", 0, 8, 8),
    ]


@pytest.mark.parametrize(
    ("items", "low", "high", "assumed"),
    [
        ("1500 25ff", 0, 255, True),
        ("1500 26ffff", 0, 65535, True),
        ("1500 27ffffffff", 0, 0xFFFFFFFF, True),
        ("15ff 25ff", -1, 255, True),
        ("1500 26ff00", 0, 255, False),
        ("25ff 1500", 0, 255, True),
        ("15ff 27feff0000", -1, 65534, False),
        ("1581 257f", -127, 127, False),
        ("160080 26ff7f", -32768, 32767, False),
        ("1532 2510", 50, 16, False),
        ("14 24", 0, 0, False),
        ("15f6 25fe", -10, -2, False),
    ],
)
def test_limits_are_signed_by_their_encoded_size(
    items: str, low: int, high: int, assumed: bool
) -> None:
    """A maximum below the minimum was meant unsigned."""
    field = only(HEAD + f"7520 9501 {items} 0930 b102 c0")
    assert (field.logical_min, field.logical_max) == (low, high)
    assert field.logical_max_assumed is assumed


@pytest.mark.parametrize(
    ("encoded", "exponent"),
    [
        ("5507", 7),
        ("5508", -8),
        ("550e", -2),
        ("550f", -1),
        ("55fe", -2),
        ("56feff", -2),
        ("54", 0),
    ],
)
def test_exponents_have_four_bits(encoded: str, exponent: int) -> None:
    """Signed; whole signed bytes are met too."""
    assert only(HEAD + BYTE + f"{encoded} 0930 b102 c0").exponent == exponent


def test_units_and_physical_limits() -> None:
    """They persist until stated anew; CyberPower counts minutes and means seconds."""
    descriptor = read(
        HEAD + "7510 9501 15ff 26ff7f 35c4 47c4ff1d00 660110 5500 0957 b1a2 3500 4500 0956 b102 c0"
    )
    first, second = descriptor.fields
    assert (first.physical_min, first.physical_max) == (-60, 0x1DFFC4)
    assert (second.physical_min, second.physical_max) == (0, 0)
    assert (first.unit, first.volatile, first.writable) == (0x1001, True, True)
    assert (second.volatile, second.constant) == (False, False)


def test_flags() -> None:
    """Constant fields with a usage are readings; nothing is written to an Input."""
    descriptor = read(HEAD + BYTE + "0930 b103 0931 8102 0932 b20201 c0")
    assert [(one.constant, one.writable) for one in descriptor.fields] == [
        (True, False),
        (False, False),
        (False, True),
    ]


def test_arrays() -> None:
    """More usages than slots: each is a flag that any slot may select."""
    descriptor = read(HEAD + "1501 2503 7504 9502 1960 2962 b100 c0")
    assert [(one.path, one.selector, one.slots) for one in descriptor.fields] == [
        ("UPS.Present", 1, 2),
        ("UPS.Good", 2, 2),
        ("UPS.InternalFailure", 3, 2),
    ]
    assert descriptor.length(FEATURE, 0) == 2
    assert [one.number(bytes([0, 0x31])) for one in descriptor.fields] == [1, 0, 1]
    assert [one.decode(bytes([0, 0x02])) for one in descriptor.fields] == [0, 1, 0]
    assert descriptor.fields[0].flag(bytes([0, 0x10])) is True
    assert descriptor.fields[0].limits == (0, 1)
    assert descriptor.fields[0].span == (0.0, 1.0)
    assert not descriptor.fields[0].beyond_limits(bytes([0, 0xFF]))
    with pytest.raises(Unsupported):
        descriptor.fields[0].encode(bytes([0, 0]), 1)


def test_variables_that_lack_the_flag() -> None:
    """An array with no more usages than slots chooses nothing: the numbers are values."""
    assert only(HEAD + BYTE + "0930 b100 c0").number(bytes([0, 42])) == 42


def test_arrays_of_key_codes_are_passed_over() -> None:
    """Their bits count."""
    descriptor = read(HEAD + BYTE + "1a0000 2affff b100 0930 b102 c0")
    assert places(descriptor) == [("UPS.Voltage", "feature", 0, 8, 8)]


def test_items_of_more_than_32_bits_are_padding() -> None:
    """HID 1.11 has none."""
    assert places(read(HEAD + BYTE + "7540 0930 b102 7508 0931 b102 7500 0932 b102 c0")) == [
        ("UPS.Current", "feature", 0, 64, 8)
    ]


# ---------------------------------------------------------------- looking up


def test_the_first_field_of_a_path_counts() -> None:
    """Per kind; a Feature is asked before an Input, and that before an Output."""
    descriptor = read(
        HEAD + BYTE + "8501 0930 8102 0931 8102 8502 0930 b102 8503 0930 b102 0932 9102 c0"
    )
    voltage = descriptor.find("UPS.Voltage")
    assert voltage is not None
    assert (voltage.kind, voltage.report_id) == (FEATURE, 2)
    pushed = descriptor.find("Voltage", INPUT)
    assert pushed is not None
    assert pushed.report_id == 1
    current = descriptor.find("Current")
    assert current is not None
    assert current.kind is INPUT
    frequency = descriptor.find("Frequency")
    assert frequency is not None
    assert frequency.kind is OUTPUT
    assert descriptor.find("Frequency", FEATURE) is None
    assert descriptor.find("UPS") is None
    assert len(descriptor.fields) == 5


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("0584 0904 a101 c0", True),
        ("0584 0904 a100 c0", True),
        ("0584 0905 a101 c0", True),
        ("0501 0906 a101 c0 0584 0904 a101 c0", True),
        ("0501 0904 a101 c0", False),
        ("06a0ff 0901 a101 0584 0904 a101 c0 c0", False),
        ("0584 a101 c0", False),
    ],
)
def test_what_is_a_power_device(text: str, is_one: bool) -> None:
    """A UPS or PowerSupply collection at the top, whatever its type."""
    assert read(text).is_power_device is is_one


def test_devices_without_report_ids() -> None:
    """Reports begin with a 0 all the same; what comes by itself is given one."""
    descriptor = read(HEAD + BYTE + "0930 8102 c0")
    assert not descriptor.numbered
    assert descriptor.length(INPUT, 0) == 2
    assert descriptor.fields[0].number(descriptor.framed(b"\x2a")) == 42
    numbered = read(HEAD + BYTE + "8501 0930 8102 c0")
    assert numbered.numbered
    assert numbered.framed(b"\1\x2a") == b"\1\x2a"


def test_reports_are_written_as_long_as_declared() -> None:
    """Whatever the device sent."""
    descriptor = read(HEAD + BYTE + "8501 9502 0930 0931 b102 c0")
    assert descriptor.fit(FEATURE, b"\1\2") == b"\1\2\0"
    assert descriptor.fit(FEATURE, b"\1\2\3\4") == b"\1\2\3"
    with pytest.raises(Unsupported):
        descriptor.fit(FEATURE, b"\2\2")
    with pytest.raises(Unsupported):
        descriptor.fit(FEATURE, b"")


def test_mending() -> None:
    """A vendor table replaces what a maker declared wrong."""
    descriptor = read(HEAD + BYTE + "8501 0930 b102 c0")
    mended = descriptor.mended(lambda one: replace(one, logical_max=255))
    field = mended.find("Voltage")
    assert field is not None
    assert (field.number(b"\1\xfa"), descriptor.fields[0].number(b"\1\xfa")) == (250, 100)
    assert mended.reports[FEATURE, 1] == (field,)


# ---------------------------------------------------------------- the published descriptors

# Cards, usb-hid-path-map §J2: report ids of Ellipse, Ellipse Premium, Evolution 500, Evolution
# 1500, Extreme C and Esprit.
J2 = {
    "BatterySystem.Battery.PresentStatus.Good": ("", "", "F1/I1", "F11/I11", "F17/I17", ""),
    "BatterySystem.Battery.TestPeriod": ("", "", "F61", "F23", "F33", "F19"),
    "Flow.[4].ConfigApparentPower": ("F13", "F13", "F20", "F27", "F47", "F9"),
    "OutletSystem.Outlet.[2].PresentStatus.SwitchOn/Off": (
        *("F3/I3", "F3/I3", "F7/I7", "F11/I11", "F19/I19", ""),
    ),
    "OutletSystem.Outlet.[3].StartupTimer": ("", "", "F57", "F40", "F64", ""),
    "PowerConverter.Input.[1].PresentStatus.Boost": ("", "F4/I4", "F3/I3", "F11/I11", "", ""),
    "PowerConverter.Input.[2].PresentStatus.Used": ("", "", "", "", "F16/I16", ""),
    "PowerConverter.Output.ActivePower": ("", "", "", "", "", "F40"),
    "PowerConverter.Output.Voltage": ("F14", "F14", "F28", "F18", "F7", "F36"),
    "PowerSummary.DelayBeforeShutdown": ("F15", "F15", "F40", "F53", "F22", "F61"),
    "PowerSummary.PresentStatus.ACPresent": (
        *("F2/I2", "F2/I2", "F6/I6", "F11/I11", "F15/I15", "F66/I66"),
    ),
    "PowerSummary.RunTimeToEmpty": ("F22/I22", "F22/I22", "F9/I9", "F12/I12", "F12/I12", "F53/I53"),
    "PowerSummary.iModel": ("", "F16", "F42", "F7", "F6", "F67"),
}


def published() -> list[ReportDescriptor]:
    """Return the descriptors that MGE published, in the order of the card."""
    devices = json.loads(PUBLISHED.read_text())["descriptors"].values()
    return [read(one["report_descriptor"], names=UsageNames(MGE)) for one in devices]


def test_published_descriptors() -> None:
    """Every path stands in the reports that the card says."""
    descriptors = published()
    for path, cells in J2.items():
        found = [
            "/".join(
                f"{letter}{field.report_id}"
                for kind, letter in ((FEATURE, "F"), (INPUT, "I"))
                if (field := descriptor.find(path, kind))
            )
            for descriptor in descriptors
        ]
        assert (path, *found) == (path, *cells)
    assert all(descriptor.is_power_device for descriptor in descriptors)
    assert all(field.unit_fits for descriptor in descriptors for field in descriptor.fields)


# ---------------------------------------------------------------- broken ones


@pytest.mark.parametrize(
    "text",
    [
        "",
        "05",
        "0584 0904 a101 27ffff",
        "0584 0904 a101",
        "0584 0904 a101 a100 c0",
        "c0",
        "0584 0904 a101 c0 c0",
        "b4",
        "a4 b4 b4",
        "fe",
        "fe05",
        "fe0500 00",
        "860001",
        "87ffffffff",
    ],
)
def test_broken(text: str) -> None:
    """Ends, collections, stacks and report ids that cannot be."""
    with pytest.raises(BadReply):
        read(text)


@pytest.mark.parametrize("cut", ["", "27ffff", "fe0500", "fe", "a100"])
def test_what_stands_before_the_break(cut: str) -> None:
    """A length that was declared wrong costs the rest only."""
    descriptor = read(HEAD + BYTE + "8501 0930 b102" + cut, tolerant=True)
    assert places(descriptor) == [("UPS.Voltage", "feature", 1, 0, 8)]
    assert descriptor.is_power_device


HOSTILE = {
    "a report of 4 GB": "75ff 97ffffffff 0930 b102",
    "a size of 4 GB": "77ffffffff 9501 0930 b102",
    "4 GB of controls of no size": "7500 97ffffffff 1a0100 2affff b102" * 5000,
    "controls without end": "7501 96ffff 1a0100 2affff b102",
    "usages without end": "0901" * 30000 + "7501 96ffff b102",
    "alternatives without end": "a901" + "0901" * 30000 + "7501 9501 b102",
    "choices without end": ("1a0100 2affff 7508 9501 b100") * 6000,
    "pushes without end": "a4" * 65000,
    "pushes and pops": "a4b4" * 32000,
    "pops": "a4b4b4" * 20000,
    "collections within collections": "a100" * 30000,
    "collections side by side": "a100c0" * 20000,
    "vendor collections with long paths": "0924a1ff" * 31 + "1a0100 2affff 7501 96ffff b102",
    "reports without end": "".join(f"85{i:02x}" + "0930 7508 9501 b102" for i in range(256)) * 20,
    "more than a descriptor can have": "05" * 65536,
    "a report that grows": ("0930 7520 96ff00 b102") * 8000,
    "long items": "fe0000" * 21000,
    "zeros": "00" * 65535,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("tolerant", [False, True])
def test_hostile(name: str, tolerant: bool) -> None:
    """Whatever it is, it is over soon and costs little."""
    data = bytes.fromhex("05840904" + HOSTILE[name])
    tracemalloc.start()
    start = perf_counter()
    try:
        descriptor = parse(data, tolerant=tolerant)
    except BadReply:
        pass
    else:
        assert len(descriptor.fields) <= MAX_FIELDS
        assert name not in {"a report of 4 GB", "a size of 4 GB", "pushes without end"}
    assert perf_counter() - start < 5
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60_000_000


def test_limits_are_far_from_real_ones() -> None:
    """As many fields, collections, levels and bytes as can be are still read."""
    fields = (
        HEAD + "7501 1500 2501 9610 00".replace(" ", "") + "1901 2910 b102" * (MAX_FIELDS // 16)
    )
    assert len(read(fields + "c0").fields) == MAX_FIELDS
    with pytest.raises(BadReply):
        read(fields + "0901 b102 c0")
    assert read("a100 c0" * MAX_COLLECTIONS).roots == (0,) * MAX_COLLECTIONS
    with pytest.raises(BadReply):
        read("a100 c0" * (MAX_COLLECTIONS + 1))
    assert read("a100" * MAX_DEPTH + "c0" * MAX_DEPTH)
    with pytest.raises(BadReply):
        read("a100" * (MAX_DEPTH + 1) + "c0" * (MAX_DEPTH + 1))
    assert read("7508 96feff b102").length(FEATURE, 0) == MAX_REPORT
    with pytest.raises(BadReply):
        read("7508 96feff b102 9501 b102")


def item(prefix: int, data: bytes) -> bytes:
    """Return a short item."""
    size = min(size for size in (0, 1, 2, 4) if size >= len(data))
    return bytes([prefix & 0xFC | (0, 1, 2, 4).index(size)]) + data.ljust(size, b"\0")


items = st.builds(
    item,
    st.one_of(
        st.sampled_from([0x80, 0x90, 0xA0, 0xB0, 0xC0, 0x08, 0x18, 0x28, 0xA8, 0xA4, 0xB4]),
        st.sampled_from([0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x74, 0x84, 0x94]),
        st.integers(0, 255),
    ),
    st.one_of(
        st.binary(max_size=4),
        st.integers(0, 40).map(lambda number: bytes([number])),
        st.just(b"\xff" * 4),
    ),
)


def check(data: bytes, tolerant: bool) -> None:
    """Any bytes are a descriptor that holds together, or a BadReply."""
    try:
        descriptor = parse(data, tolerant=tolerant)
    except BadReply:
        return
    assert len(descriptor.fields) <= MAX_FIELDS
    for field in descriptor.fields:
        key = field.kind, field.report_id
        assert 1 <= field.bit_size <= 32
        assert field.path
        assert field.usage & 0xFFFF
        assert field.bit_offset + field.bit_size * field.slots <= descriptor.bits[key]
        assert descriptor.find(field.path, field.kind) is not None
        low, high = field.limits
        assert low < high
    assert sum(map(len, descriptor.reports.values())) == len(descriptor.fields)


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes(data: bytes, tolerant: bool) -> None:
    check(data, tolerant)


@settings(deadline=2000)
@given(st.lists(items, max_size=80), st.booleans())
def test_any_items(parts: Iterable[bytes], tolerant: bool) -> None:
    check(b"".join(parts), tolerant)


@given(st.data())
def test_real_descriptors_with_wrong_bytes(data: st.DataObject) -> None:
    """A byte changed, lost or doubled."""
    devices = list(json.loads(PUBLISHED.read_text())["descriptors"].values())
    device = bytearray.fromhex(data.draw(st.sampled_from(devices))["report_descriptor"])
    at = data.draw(st.integers(0, len(device) - 1))
    device[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    check(bytes(device), data.draw(st.booleans()))
