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
)

# card 2.10: a unit of 750 VA
ID = bytes.fromhex(
    "02 17 03 00 01 00 0F 00 01 00 0E 50 4F 57 45 52 57 41 52 45 20 39 39 39 39 24 00 00 00 00 "
    "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 41 41 00 00 00 00 51 "
    "F0 E2 19 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 80 00 50 00 "
    "00 00 00 00 00 03 00 14 0C 00 00 00 03 00"
)


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


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"Eaton 9130  1500i", "Eaton 9130 1500i"),
        (b"  POWERWARE   UPS    1500VA   \0\0", "POWERWARE UPS 1500VA"),
        (b"", ""),
        (b" \xff\xff", ""),
        (b"\xff\xffMPAQ", ""),
    ],
)
def test_texts(data: bytes, text: str) -> None:
    """Padding goes, and columns of blanks inside become one."""
    assert blocks.text(data) == text


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
