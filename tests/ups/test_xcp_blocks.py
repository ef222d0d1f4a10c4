"""XCP's blocks: the card's examples, blocks that end early, and any bytes at all."""

from datetime import datetime
import math
import struct

from hypothesis import given, strategies as st
import pytest

from custom_components.ups_protocols.ups.errors import BadReply
from custom_components.ups_protocols.ups.model import Severity
from custom_components.ups_protocols.ups.names import parse
from custom_components.ups_protocols.ups.protocols.xcp import (
    alarms,
    blocks,
    meters,
    settings,
    status,
    variables,
)
from tests.simulators.clock import Clock
from tests.simulators.xcp import DIALECTS, MODELS, make_ups
from tests.simulators.xcp.blocks import (
    alarms as alarm_block,
    battery as battery_block,
    configuration as configuration_block,
    identity as id_block,
    limits as limits_block,
    meters as meter_block,
    statistics as statistics_block,
)
from tests.simulators.xcp.readings import METERS, statistic

# card 2.10: a unit of 750 VA
ID = bytes.fromhex(
    "02 17 03 00 01 00 0F 00 01 00 0E 50 4F 57 45 52 57 41 52 45 20 39 39 39 39 24 00 00 00 00 "
    "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 41 41 00 00 00 00 51 "
    "F0 E2 19 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 80 00 50 00 "
    "00 00 00 00 00 03 00 14 0C 00 00 00 03 00"
)
METER_BLOCK = bytes.fromhex("00 00 48 42 9A 99 47 42 66 66 DA 41 64 00 00 00 20 0D 00 00")


def test_identification() -> None:
    """The card's ID block."""
    found = blocks.identification(ID)
    assert found.firmware == "Cont:03.17 Inve:01.00"
    assert (found.power, found.phases, found.model) == (750, 1, "POWERWARE 9999")
    assert [number for number, _ in meters.present(found.meters)] == [28, 29, 34, 35, 36]
    assert found.alarms == (56, 168, 191)
    assert (found.configuration, found.topology, found.commands, found.outlets) == (80, 3, 12, 0)


def test_identification_that_ends_early() -> None:
    """What is missing behind the alarm map is 0; without its maps it is none (card 2.3)."""
    end_of_alarms = len(ID) - 16
    for end in range(len(ID)):
        if end < end_of_alarms:
            with pytest.raises(BadReply):
                blocks.identification(ID[:end])
            continue
        found = blocks.identification(ID[:end])
        assert found.alarms == (56, 168, 191)
        assert found.configuration in {0, 80}
        assert found.outlets == 0


def test_rating_in_kva() -> None:
    """A rating byte of its own: no second field follows, and 255 kVA are no overflow."""
    data = bytes((1, 5, 1, 255, 3, 120, 1)) + b"A" + bytes((1, 0x41, 1, 1))
    found = blocks.identification(data)
    assert (found.power, found.phases, found.alarms) == (255_000, 3, (0,))


def test_alarm_map_counts_bits_from_the_lowest() -> None:
    """0x43 is alarms 0, 1 and 6: the document's example says 7 (card 2.9)."""
    data = bytes((1, 5, 1, 1, 1, 0, 1)) + b"A" + bytes((0, 1, 0x43))
    assert blocks.identification(data).alarms == (0, 1, 6)


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
        (0x51, struct.pack("<f", 230.25), 230.25),
        (0x97, bytes.fromhex("DB0F4940"), 3.1415927410125732),
        (0xF0, b"\x64\0\0\0", 100),
        (0xF0, b"\xff\xff\xff\xff", -1),
        # the document's example
        (0xF8, bytes.fromhex("C03B0000"), 59.75),
        (0xFF, b"\0\x80\0\0", 1),
        (0xE2, b"\x20\x0d\0\0", 3360),
        (0xE0, bytes.fromhex("16032640") + b"", None),
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
        # a format that the document does not know
        (0xE7, bytes(4), None),
    ],
)
def test_formats(form: int, data: bytes, value: float | str | None) -> None:
    """Every format of 3.5, and what is no value of it."""
    decoded = meters.decode(form, data)
    if form == 0xE0 and data[3] == 0x40:
        # day 316 of 4026: without the flag it is a day of the year
        assert decoded == "4026-11-12"
    else:
        assert decoded == value


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


def test_alarms_of_the_card() -> None:
    """Only 168 is active, at level 8; alarms behind the end of a block say nothing."""
    mapped = blocks.identification(ID).alarms
    assert alarms.active(b"\0\x08\0", mapped) == {168: 8}
    assert alarms.active(b"\x08", mapped) == {56: 8}
    assert alarms.active(b"\0\0\0\x01", mapped) == {}


def test_alarm_table() -> None:
    """As many of each type as the map has, and flags only for what is there."""
    types = [row.type for row in alarms.ALARMS.values()]
    assert sorted(alarms.ALARMS) == list(range(324))
    assert {kind: types.count(kind) for kind in "ANS"} == {"A": 227, "N": 46, "S": 51}
    assert set(alarms.FLAGS) <= set(alarms.ALARMS)
    assert alarms.ALARMS[56].text == "Battery Voltage Low"


@pytest.mark.parametrize(
    ("number", "level", "has_levels", "severity"),
    [
        (168, 8, True, Severity.WARNING),
        (56, 16, True, Severity.CRITICAL),
        (39, 35, True, Severity.INFORMATION),
        (193, 12, True, Severity.CRITICAL),
        # a level that is not defined, and revisions that have none
        (193, 99, True, Severity.WARNING),
        (168, 1, False, Severity.WARNING),
        (206, 1, False, Severity.CRITICAL),
        (256, 1, False, Severity.INFORMATION),
    ],
)
def test_severities(number: int, level: int, has_levels: bool, severity: Severity) -> None:
    """The action level says how much an alarm matters, its type where there is none."""
    alarm = alarms.alarm(number, level, has_levels=has_levels)
    assert alarm is not None
    assert (alarm.code, alarm.severity) == (str(number), severity)


def test_statuses_are_no_alarms() -> None:
    """What the map calls a status is not shown; an unknown number is."""
    assert alarms.alarm(196, 32, has_levels=True) is None
    unknown = alarms.alarm(400, 8, has_levels=True)
    assert unknown is not None
    assert unknown.text == "Alarm 400"


# battery


@pytest.mark.parametrize(
    ("data", "result", "values"),
    [
        (
            "02 00 78 1D 42 00 E0 17 42 1E 00 00 00 00 00 00 00 00 00 01 03",
            "Done and passed",
            {"ups.test.voltage.start": 39.37, "ups.test.voltage.end": 37.97},
        ),
        (
            "03 0A D7 25 42 0A D7 25 42 00 9A 19 6D 43 CD CC 4C 3E 01 00 01 03",
            "Aborted",
            {"battery.1.status": "not tested", "ups.test.voltage.start": 41.46},
        ),
    ],
)
def test_batteries_of_real_units(data: str, result: str, values: dict[str, float | str]) -> None:
    """The card's PW5115RM and PW9130."""
    read = variables.battery_values(blocks.battery(bytes.fromhex(data)), 1)
    assert read["ups.test.result"] == result
    assert read["battery.charger.status"] == "floating"
    assert values.items() <= read.items()


def test_strings_of_the_document() -> None:
    """Five strings, one removed, one that tells only its name (5.7)."""
    ups = make_ups("pw9390", clock=Clock.stopped())
    found = blocks.battery(battery_block(ups))
    assert found.strings == (2, 2, 6, 2, 2)
    assert [None if row is None else row.name for row in found.rows] == [
        "I1",
        "I2",
        None,
        "I4",
        "E1",
    ]
    read = variables.battery_values(found, 0)
    assert read["battery.packs"] == 5
    assert read["battery.3.status"] == "removed"
    assert (read["battery.1.health"], read["battery.1.voltage"]) == (99, 48.6)
    assert read["battery.1.voltage.cell.max"] == 12.3
    assert "battery.5.health" not in read


def test_battery_block_that_ends_anywhere() -> None:
    """Behind its 18 fixed bytes it may end early: later fields are missing, not wrong."""
    whole = battery_block(make_ups("pw9390", clock=Clock.stopped()))
    for end in range(len(whole)):
        if end < 18:
            with pytest.raises(BadReply):
                blocks.battery(whole[:end])
        else:
            assert blocks.battery(whole[:end]).status == 0


def test_strings_that_are_zeros() -> None:
    """A string that is not there may have a row of zeros: it has no health of 0 %."""
    fixed = bytes(18)
    row = bytes((25,)) + b"I1" + bytes(2 + 4) + b"\x04" + bytes(16)
    read = variables.battery_values(blocks.battery(fixed + bytes((0, 0, 1)) + row), 0)
    assert not any(name.startswith("battery.1.") for name in read)


# outlets, tests, topology, configuration, limits


def test_outlets_of_the_card() -> None:
    """Two outlets: on for ever, and on with a pending off."""
    found = blocks.outlets(bytes.fromhex("02 06 01 01 FF FF 00 00 02 03 2C 01 05 00"))
    assert [(each.is_on, each.auto_off, each.auto_on) for each in found] == [
        (True, -1, 0),
        (True, 300, 5),
    ]


def test_outlets_with_longer_entries() -> None:
    """The size byte is the stride: read with 6, an entry of 8 makes an outlet 0 of the next."""
    entries = "01 01 FF FF 00 00 09 09 02 02 FF FF 00 00 09 09"
    found = blocks.outlets(bytes.fromhex("02 08" + entries))
    assert [(each.number, each.is_on) for each in found] == [(1, True), (2, False)]


@pytest.mark.parametrize(
    ("state", "is_on", "fault"),
    [
        (1, True, None),
        (2, False, None),
        (3, True, None),
        (4, False, None),
        (5, None, None),
        (6, None, None),
        (7, True, "failed closed"),
        (8, False, "failed open"),
    ],
)
def test_outlet_states(state: int, is_on: bool | None, fault: str | None) -> None:
    """Unknown is neither on nor off; a fault says where the contact is."""
    outlet = blocks.Outlet(number=1, state=state, auto_off=-1, auto_on=0)
    read = variables.outlet_values(1, outlet, can_be_never=False)
    assert outlet.is_on is is_on
    assert read.get("outlet.1.status") == {True: "on", False: "off"}.get(is_on)  # type: ignore[arg-type]
    assert read.get("outlet.1.alarm") == fault
    # never is no number of seconds where nobody can set it
    assert "outlet.1.delay.shutdown" not in read


@pytest.mark.parametrize("data", ["", "02", "02 06 01", "02 00 01 01", "02 05"])
def test_outlets_that_are_not_there(data: str) -> None:
    """A block without its entries is none."""
    with pytest.raises(BadReply):
        blocks.outlets(bytes.fromhex(data))


def test_the_one_outlet_of_a_5115_is_none() -> None:
    """By the document there are at least two (card 2.4)."""
    assert blocks.outlets(bytes.fromhex("01 06 01 01 00 00 00 00")) == ()


@pytest.mark.parametrize(
    ("data", "result"),
    [
        ("00 02", None),
        ("01 00", None),
        ("01 02 00 00", "No test initiated"),
        ("01 02 02 01", "Done and passed"),
        ("02 02 02 01 04 01", "Done and error"),
        ("03 02 02 01 04 01 01 01", "In progress"),
        ("02 02 02 01 03 01", "Aborted"),
        # one module only, of two that it counts
        ("02 02 02 01", "Done and passed"),
        ("01 02 77 01", None),
    ],
)
def test_system_tests(data: str, result: str | None) -> None:
    """Of several modules the worst result counts, but one that still runs before all."""
    assert blocks.system_test(bytes.fromhex(data)) == result


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (0x10, "offline"),
        (0x20, "line-interactive"),
        (0x31, "online dual input"),
        (0x42, "online"),
        (0x50, "parallel redundancy"),
        (0x62, "parallel capacity"),
        (0x122, "hot-tie cabinet"),
        (0, None),
        (0x999, None),
    ],
)
def test_topologies(number: int, kind: str | None) -> None:
    """Kinds of UPSes in NUT's words."""
    assert blocks.topology(struct.pack("<HB", number, 0)) == kind


def test_configuration_that_ends_early() -> None:
    """A field that is not there as a whole is none: memory behind it is no serial number."""
    ups = make_ups("pw9390", clock=Clock.stopped())
    whole = configuration_block(ups)
    for end in range(2, len(whole) + 1):
        found = blocks.configuration(whole[:end])
        assert found.serial == ("GB123A0456" if end >= 80 else None)
        assert found.part == ("103006455-6591" if end >= 64 else "")
        assert found.status_mask == (0xFF if end > 16 else 0)
        assert found.address == ("00:ea:85:04:1f:2e" if end >= 94 else "")


def test_serial_of_rubbish_is_none() -> None:
    """An HP R3000 XR shows what lies behind its short block (card 2.3)."""
    data = bytes(64) + b"\xff\xffMPAQ".ljust(16, b"\0")
    assert blocks.configuration(data).serial is None


def test_limits() -> None:
    """Fixed positions, then a table in any order; temperatures may lie below zero."""
    ups = make_ups("pw9390", clock=Clock.stopped())
    found = blocks.limits(limits_block(ups))
    assert found.is_xcp
    assert found.parameters == {11: 230, 18: 480, 19: 576, 0x81: 0x4321}
    source = settings.Source(found, blocks.configuration(configuration_block(ups)))
    read = dict(settings.shown(source, frozenset(), "online"))
    assert read["ambient.temperature.low"] == -5
    assert read["battery.runtime.low"] == 180
    assert (read["input.frequency.low"], read["input.frequency.high"]) == (47, 53)
    assert read["input.transfer.bypass.low"] == 207
    assert dict(settings.shown(source, frozenset(), None))["input.transfer.boost.high"] == 207


@pytest.mark.parametrize(
    ("version", "is_xcp"),
    [
        ("AE", False),
        (" W", True),
        (" C", True),
        (" A", True),
        ("AD", False),
        ("\0\0", False),
        ("C\0", True),
    ],
)
def test_revisions(version: str, is_xcp: bool) -> None:
    """BCM ended with AE, XCP began with A again."""
    assert blocks.limits(bytes(6) + version.encode() + bytes(23)).is_xcp is is_xcp


def test_zero_means_not_there_unless_it_can_be_set() -> None:
    """Unimplemented limits are 0; one that can be set may be 0 (5.2.3)."""
    source = settings.Source(blocks.limits(bytes(31)), blocks.Configuration())
    assert dict(settings.shown(source, frozenset(), None)) == {"ups.beeper.status": "disabled"}
    read = dict(settings.shown(source, frozenset({13}), None))
    assert read["battery.energysave.load"] == 0


def test_auto_sensing_frequency_is_no_rating() -> None:
    """9355 and 9395 say 55 Hz with 3 Hz about it: the limits are true, the rating is none."""
    data = bytearray(31)
    data[2], data[8:10] = 55, (300).to_bytes(2, "little")
    read = dict(
        settings.shown(
            settings.Source(blocks.limits(bytes(data)), blocks.Configuration()), frozenset(), None
        )
    )
    assert "input.frequency.nominal" not in read
    assert (read["input.frequency.low"], read["input.frequency.high"]) == (52, 58)


# load and output that are worked out (7.2.4, 7.3.3)


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
    for state, volts in ((0x50, 231), (0xF0, 231), (0x60, 227), (0x64, 227), (0x20, 0), (0x10, 0)):
        read, estimated = _finish(values, state=state)
        assert read["output.voltage"] == volts
        assert "output.voltage" in estimated
    read, estimated = _finish({"output.voltage": 230.0, "output.inverter.voltage": 1.0})
    assert (read["output.voltage"], estimated) == (230, frozenset())


# whatever comes

ANY = st.binary(max_size=300)
MAPS = st.binary(max_size=140)


@given(data=ANY)
def test_any_bytes_are_values_or_a_bad_reply(data: bytes) -> None:
    """No decoder of a block fails in any other way."""
    for decode in (
        blocks.identification,
        blocks.configuration,
        blocks.topology,
        blocks.system_test,
        blocks.command_list,
    ):
        try:
            decode(data)
        except BadReply:
            continue
    try:
        battery = blocks.battery(data)
    except BadReply:
        pass
    else:
        _standard(variables.battery_values(battery, 0))
    try:
        outlets = blocks.outlets(data)
    except BadReply:
        pass
    else:
        for number, outlet in enumerate(outlets, 1):
            _standard(variables.outlet_values(number, outlet, can_be_never=True))
    try:
        limits = blocks.limits(data)
    except BadReply:
        return
    source = settings.Source(limits, blocks.Configuration())
    for kind in (None, "online"):
        _standard(dict(settings.shown(source, frozenset(range(20)), kind)))
        settings.changes(frozenset(range(256)), kind, source)


def _standard(values: dict[str, float | str]) -> None:
    """See that names are standard and numbers are numbers."""
    for name, value in values.items():
        assert parse(name) is not None, name
        assert isinstance(value, str) or math.isfinite(value)


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


@given(data=st.binary(max_size=25), mask=st.integers(0, 255), raised=MAPS)
def test_any_status(data: bytes, mask: int, raised: bytes) -> None:
    """Any status with any alarms is a status, or a BadReply."""
    active = alarms.active(raised, range(200, 200 + len(raised)))
    try:
        state = status.read(data, mask)
    except BadReply:
        return
    now = datetime(2026, 3, 16)
    battery = blocks.battery(bytes((1,)) + bytes(17) + b"\0\x01\x02\0")
    for known in (None, battery):
        judged = status.judge(state, active, known, has_levels=True)
        assert {"OL", "OB"} - judged.flags
    _standard(variables.timers("ups", state, now))
    dict(status.breakers(state, 0xFF))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_blocks_of_the_simulator_fit_their_maps(dialect: str) -> None:
    """The simulator keeps to the document: as many slots and alarms as its maps have."""
    ups = make_ups(dialect, clock=Clock.stopped())
    found = blocks.identification(id_block(ups))
    assert len(meter_block(ups)) == 4 * len(list(meters.present(found.meters)))
    assert len(alarm_block(ups)) == len(found.alarms)
    assert found.alarms == tuple(sorted(MODELS[dialect].alarms))
