"""XCP's meters and statistics: formats, names, what is worked out, and any bytes at all."""

from datetime import datetime
import math
import struct

from hypothesis import given, strategies as st
import pytest

from .test_xcp_blocks import ID
from custom_components.ups_protocols.ups.errors import BadReply
from custom_components.ups_protocols.ups.names import parse
from custom_components.ups_protocols.ups.protocols.xcp import blocks, meters
from tests.simulators.clock import Clock
from tests.simulators.xcp import DIALECTS, make_ups
from tests.simulators.xcp.blocks import (
    identity as id_block,
    meters as meter_block,
    statistics as statistics_block,
)
from tests.simulators.xcp.readings import METERS, statistic

METER_BLOCK = bytes.fromhex("00 00 48 42 9A 99 47 42 66 66 DA 41 64 00 00 00 20 0D 00 00")
FLOAT = struct.pack("<f", 230.25)
ANY = st.binary(max_size=300)
MAPS = st.binary(max_size=140)


def test_meters_of_the_card() -> None:
    """The card's meters: floats, an integer and seconds."""
    found = blocks.identification(ID)
    read = meters.read(METER_BLOCK, found.meters, meters.METERS, 1)
    assert read.values == {
        "output.frequency": 50.0,
        "input.frequency": 49.9,
        "battery.voltage": 27.3,
        "battery.charge": 100.0,
        "battery.runtime": 3360.0,
    }
    # a shorter block has fewer of them, a longer one something that the map does not tell
    assert len(meters.read(METER_BLOCK[:11], found.meters, meters.METERS, 1).values) == 2
    longer = meters.read(METER_BLOCK + bytes(7), found.meters, meters.METERS, 1)
    assert longer.values == read.values
    with pytest.raises(BadReply):
        meters.read(b"\0", found.meters, meters.METERS, 1)


@pytest.mark.parametrize(
    ("form", "data", "value"),
    [
        (0x51, FLOAT, 230.25),
        (0x97, bytes.fromhex("DB0F4940"), 3.1415927410125732),
        (0xF0, b"\x64\0\0\0", 100),
        (0xF0, b"\xff\xff\xff\xff", -1),
        # the document's example
        (0xF8, bytes.fromhex("C03B0000"), 59.75),
        (0xFF, b"\0\x80\0\0", 1),
        (0xE2, b"\x20\x0d\0\0", 3360),
        # without the flag the digits before are the day of the year, here 316
        (0xE0, bytes.fromhex("16032640"), "4026-11-12"),
        (0xE0, bytes.fromhex("160326A0"), "2026-03-16"),
        (0xE0, bytes.fromhex("32002620"), "2026-02-01"),
        (0xE0, bytes.fromhex("66032420"), "2024-12-31"),
        (0xE0, bytes.fromhex("67032420"), None),
        (0xE0, bytes(4), None),
        (0xE0, bytes.fromhex("310226A0"), None),
        (0xE0, bytes.fromhex("1A0326A0"), None),
        (0xE1, bytes.fromhex("10385708"), "08:57:38"),
        (0xE1, bytes.fromhex("10385724"), None),
        (0xE1, bytes.fromhex("1038570F"), None),
        (0x51, struct.pack("<f", math.nan), None),
        (0x51, struct.pack("<f", math.inf), None),
        # a common year has no day 366
        (0xE0, bytes.fromhex("66032620"), None),
        (0xE0, bytes.fromhex("65032620"), "2026-12-31"),
        (0xE0, bytes.fromhex("00002620"), None),
        # formats that the document does not know: beyond the last float, and no decimal digits
        (0xE7, bytes(4), None),
        (0x98, FLOAT, None),
        (0xB0, FLOAT, None),
        (0xDF, FLOAT, None),
        (0x5A, FLOAT, None),
        (0x0F, FLOAT, None),
        (0x10, FLOAT, 230.25),
    ],
)
def test_formats(form: int, data: bytes, value: float | str | None) -> None:
    """Every format of 3.5, and what is no value of it."""
    assert meters.decode(form, data) == value


def test_all_meters_have_standard_names() -> None:
    """129 meters, each published or a service measure; 70 statistics."""
    assert set(meters.METERS) == set(range(1, 130))
    assert set(meters.STATISTICS) == set(range(1, 71))
    service = {number for number, meter in meters.METERS.items() if not meter.single}
    assert service == {13, 14, 15, 16, 17, 18, 32, 38, 39, 40, 41, 45, 75, 76, 77, 87}
    for meter in (*meters.METERS.values(), *meters.STATISTICS.values()):
        for name in (meter.single, meter.many):
            assert not name or parse(name), name
    names = [meter.many for meter in meters.METERS.values() if meter.many]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_meter_reads_as_it_was_written(dialect: str) -> None:
    """What the simulator puts into the slots comes out under the right name, scaled."""
    ups = make_ups(dialect, clock=Clock.stopped(), charge=70.0)
    found = blocks.identification(id_block(ups))
    read = meters.read(meter_block(ups), found.meters, meters.METERS, found.phases)
    for number in ups.model.meters:
        meter = meters.METERS[number]
        wanted = METERS[number](ups)
        if not (name := meter.name(found.phases)) or isinstance(wanted, datetime):
            continue
        if name == "output.powerfactor" and not 0 <= wanted <= 1:
            assert name not in read.values
            continue
        times = meter.scale * (found.phases if number == 86 else 1)
        value = float(read.values[name])
        assert value == pytest.approx(wanted * times, abs=0.51), name


def test_every_statistic_reads_as_it_was_written() -> None:
    """Counts, times, measures, and since when."""
    ups = make_ups("pw9395", clock=Clock.stopped())
    found = blocks.identification(id_block(ups))
    read = meters.read(statistics_block(ups), found.statistics, meters.STATISTICS, 3).values
    for number in range(1, 61):
        name = meters.STATISTICS[number].single
        wanted = statistic(ups, number)
        assert not isinstance(wanted, datetime)
        assert float(read[name]) == pytest.approx(wanted, abs=0.51)
    assert read["statistics.battery.1min.count.month"] == 1
    assert read["statistics.battery.1min.count"] == 2
    assert read["battery.runtime.elapsed"] == 40_000
    assert read["statistics.since"] == "2026-01-14 10:00:00"


def _finish(
    values: dict[str, float | str], phases: int = 1, state: int = 0x50, true_power: float = 0
) -> tuple[dict[str, float | str], frozenset[str]]:
    readings = meters.Readings(values=dict(values))
    names = meters.finish(readings, phases, state, true_power)
    return readings.values, names


@pytest.mark.parametrize(
    ("values", "state", "load"),
    [
        ({"ups.power": 200.0, "ups.power.nominal": 1000.0}, 0x50, 20),
        ({"ups.power": 200.0, "ups.power.nominal": 1000.0}, 0x20, 0),
        ({"ups.power": 500.0, "ups.power.nominal": 1000.0, "ups.realpower": 480.0}, 0x50, 60),
        (
            {
                "ups.power": 500.0,
                "ups.power.nominal": 1000.0,
                "output.L2.current": 7.0,
                "output.L2.current.nominal": 10.0,
            },
            0xF0,
            70,
        ),
        ({"output.current": 2.0, "output.current.nominal": 8.0}, 0x50, 25),
        ({"output.current": 2.0, "output.current.nominal": 0.0}, 0x50, None),
        ({"ups.power": 500.0}, 0x50, None),
        ({"ups.load": 12.0, "ups.power": 500.0, "ups.power.nominal": 1000.0}, 0x50, 12),
    ],
)
def test_load(values: dict[str, float | str], state: int, load: float | None) -> None:
    """A load without a meter: what is most limiting, once it is worth it."""
    read, estimated = _finish(values, state=state, true_power=800)
    assert read.get("ups.load") == load
    assert ("ups.load" in estimated) is (load is not None and "ups.load" not in values)


def test_output_from_inverter_or_bypass() -> None:
    """An output that is not measured is that of what feeds it, and 0 with its breaker open."""
    values: dict[str, float | str] = {
        "output.inverter.voltage": 231.0,
        "input.bypass.voltage": 227.0,
    }
    inverter = dict.fromkeys((0x50, 0xF0, 0x61, 0x62, 0x63), 231)
    for state, volts in (inverter | {0x60: 227, 0x64: 227, 0x20: 0, 0x10: 0}).items():
        read, estimated = _finish(values, state=state)
        assert read["output.voltage"] == volts
        assert "output.voltage" in estimated
    read, estimated = _finish({"output.voltage": 230.0, "output.inverter.voltage": 1.0})
    assert (read["output.voltage"], estimated) == (230, frozenset())


@given(data=ANY, map_=MAPS, phases=st.integers(0, 3), state=st.integers(0, 255))
def test_any_meters(data: bytes, map_: bytes, phases: int, state: int) -> None:
    """Any map with any bytes gives standard names with possible numbers."""
    for table in (meters.METERS, meters.STATISTICS):
        try:
            readings = meters.read(data, map_, table, phases)
        except BadReply:
            continue
        meters.finish(readings, phases, state, 1000)
        _standard(readings.values)
        _standard(readings.left_out)


def _standard(values: dict[str, float | str]) -> None:
    """See that names are standard and numbers are numbers."""
    for name, value in values.items():
        assert parse(name) is not None, name
        assert isinstance(value, str) or math.isfinite(value)
