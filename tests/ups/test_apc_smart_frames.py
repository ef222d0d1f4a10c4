"""APC Smart: what replies, capabilities, alerts and status bytes say."""

from collections.abc import Callable
import json
from pathlib import Path
import re
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ups_protocols.ups.errors import BadReply, NoReply
from custom_components.ups_protocols.ups.model import StatusFlag
from custom_components.ups_protocols.ups.names import COMMANDS, parse, plausible
from custom_components.ups_protocols.ups.protocols.apc_smart import settings, variables
from custom_components.ups_protocols.ups.protocols.apc_smart.compat import lookup
from custom_components.ups_protocols.ups.protocols.apc_smart.frames import (
    ALERTS,
    LINE,
    RAW_LINE,
    Rest,
    Saying,
    capabilities,
    choices,
    extra_alerts,
    hex_byte,
    is_firmware,
    locale_of,
    only_line,
    protocol_info,
    sift,
)
from custom_components.ups_protocols.ups.protocols.apc_smart.orders import ORDERS
from custom_components.ups_protocols.ups.protocols.apc_smart.status import (
    FIRST,
    REGISTER_BITS,
    SECOND,
    THIRD,
    View,
    check_status,
    judge,
)

FIXTURE = Path(__file__).parents[1] / "fixtures" / "apc_smart_capabilities.json"

QUERIES = {
    query.request + (b"!" if query is variables.PROBE_TEMPERATURES else b""): query
    for query in (
        *variables.READINGS,
        *variables.CONSTANTS,
        variables.MODE,
        *(stored.query() for stored in (*settings.STORED, settings.RESTART_CODED)),
        *(query for query, _ in (*settings.TEXTS, *settings.SWITCHES)),
        *(query for query, _, _ in settings.LIMITS),
        *settings.FIXED,
    )
}

# the samples of the document and of the card
SAMPLES: tuple[tuple[bytes, str, dict[str, Any]], ...] = (
    (b"B", "27.87", {"battery.voltage": 27.87}),
    (b"B", "219.30", {"battery.voltage": 219.3}),
    (b"C", "036.0", {"ups.temperature": 36}),
    (b"F", "60.00", {"input.frequency": 60}),
    (b"G", "O", {"input.transfer.reason": "noTransfer"}),
    (b"G", "R", {"input.transfer.reason": "rateOfVoltageChange"}),
    (b"G", "H", {"input.transfer.reason": "highLineVoltage"}),
    (b"G", "L", {"input.transfer.reason": "lowLineVoltage"}),
    (b"G", "T", {"input.transfer.reason": "notchOrSpike"}),
    (b"G", "S", {"input.transfer.reason": "selfTest"}),
    (b"L", "118.3", {"input.voltage": 118.3}),
    (b"M", "118.9", {"input.voltage.maximum": 118.9}),
    (b"N", "118.9", {"input.voltage.minimum": 118.9}),
    (b"O", "118.3", {"output.voltage": 118.3}),
    (b"P", "023.5", {"ups.load": 23.5}),
    (b"X", "OK", {"ups.test.result": "Done and passed"}),
    (b"X", "BT", {"ups.test.result": "Done and error"}),
    (b"X", "NG", {"ups.test.result": "Done and warning"}),
    (b"X", "NO", {"ups.test.result": "No test initiated"}),
    (b"f", "099.0", {"battery.charge": 99}),
    (b"g", "024", {"battery.voltage.nominal": 24}),
    (b"j", "0327:", {"battery.runtime": 19620}),
    (b"h", "042.4", {"ambient.humidity": 42.4}),
    (b"t", "80.5", {"ambient.temperature": 80.5}),
    (b"t", "24.13", {"ambient.temperature": 24.13}),
    (
        b"i",
        "90",
        {
            "ups.contacts": "90",
            "ambient.contacts.1.status": "active",
            "ambient.contacts.2.status": "inactive",
            "ambient.contacts.3.status": "inactive",
            "ambient.contacts.4.status": "active",
        },
    ),
    (b"I", "FF", {"ambient.alarm.enabled": "FF"}),
    (b"J", "0F,00", {"ambient.alarm.status": "0F,00"}),
    (b"v", "4Kx", {"ups.firmware.aux": "4Kx"}),
    (b"m", "11/29/96", {"ups.mfr.date": "11/29/96"}),
    (b"n", "WS9643050926", {"device.serial": "WS9643050926"}),
    (b"\x01", "SMART-UPS 700", {"device.model": "SMART-UPS 700"}),
    (b"9", "FF", {"input.quality": "FF"}),
    (b"<", "000", {"battery.packs.bad": 0}),
    (b"/", "09.31", {"output.current": 9.31}),
    (b"\\", "039.0", {"output.power.percent": 39}),
    (b"7", "00", {"ups.dipswitches": "none"}),
    (b"7", "09", {"ups.dipswitches": "1 4"}),
    (b"T", "123.4", {"device.uptime": 444240}),
    (b"T!", "24.13", {"ambient.1.temperature": 24.13}),
    (b"T!", "24.13,,25.00,", {"ambient.1.temperature": 24.13, "ambient.3.temperature": 25}),
    (b"H", ",042.4", {"ambient.2.humidity": 42.4}),
    (
        b"\x9f\xd1",
        "02000,220,220,50.0,009,048.0,11",
        {
            "ups.power.nominal": 2000,
            "input.voltage.nominal": 220,
            "output.voltage.nominal": 220,
            "output.frequency.nominal": 50,
            "battery.capacity.nominal": 9,
            "battery.voltage.nominal": 48,
        },
    ),
    (b"\x9f\xd2", "E", {"ups.mode": "eco"}),
    (b"\x9f\xd2", "T", {"ups.mode": "battery test"}),
    (b"\x9f\xd3", "50.0", {"input.frequency": 50}),
    (b"\x9f\xd4", "01.0", {"battery.current": 1}),
    (b"\x9f\xd5", "1", {"output.phaselock": "yes"}),
    (b"\x9f\xd6", "47.0,53.0", {"input.frequency.low": 47, "input.frequency.high": 53}),
    (b"\x9f\xd7", "209,231", {"input.transfer.eco.low": 209, "input.transfer.eco.high": 231}),
    (b"\x9f\xd9", "0100000000000000", {"ups.status.bits": "0100000000000000"}),
    (b"\x9f\xe3", "ON", {"ups.beeper.status": "enabled"}),
    (b"\x9f\xe4", "OFF", {"input.bypass.alarm": "no"}),
    (b"\x9f\xe5", "ON", {"ups.start.auto": "yes"}),
    (b"\x9f\xe6", "ON", {"input.bypass.idle": "yes"}),
    (b"\x9f\xe7", "OFF", {"output.converter": "no"}),
    (b"\x9f\xe8", "ON", {"input.eco.enabled": "yes"}),
    (b"\x9f\xe9", "ON", {"battery.energysave": "yes"}),
    (b"\x9f\xea", "ON", {"ups.start.battery": "yes"}),
    (b"\x9f\xeb", "ON", {"input.bypass.switchable": "no"}),
    (b"E", "336", {"ups.test.interval": 1209600}),
    (b"E", "168", {"ups.test.interval": 604800}),
    (b"E", "ON ", {"ups.test.interval": "ON"}),
    (b"E", "OFF", {"ups.test.interval": "OFF"}),
    (b"e", "02", {"battery.charge.restart": 25}),
    (b"k", "T", {"battery.alarm.threshold": "T"}),
    (b"l", "103", {"input.transfer.low": 103}),
    (b"u", "132", {"input.transfer.high": 132}),
    (b"o", "115", {"output.voltage.nominal": 115}),
    (b"p", "020", {"ups.delay.shutdown": 20}),
    (b"q", "02", {"battery.runtime.low": 120}),
    (b"r", "000", {"ups.delay.start": 0}),
    (b"s", "H", {"input.sensitivity": "high"}),
    (b"s", "A", {"input.sensitivity": "auto"}),
    (b"\x16", "I", {"output.voltage.target.line": 240}),
    (b"\x16", "A", {"output.voltage.target.line": "auto"}),
    (b"\x0c", "F", {"ups.display.language": "F"}),
    (b"w", "NO", {"battery.runtime.reserve": "NO"}),
    (b"w", "08", {"battery.runtime.reserve": 480}),
    (b"c", "UPS_IDEN", {"ups.id": "UPS_IDEN"}),
    (b"c", "79<><>/\\", {"ups.id": "79<><>/\\"}),
    (b"c", "        ", {}),
    (b"x", "11/29/96", {"battery.date": "11/29/96"}),
    (b"[", "NO,55", {"ambient.1.temperature.high": "NO", "ambient.2.temperature.high": 55}),
    (b"]", "05,05", {"ambient.1.temperature.low": 5, "ambient.2.temperature.low": 5}),
    (b"{", "NO,90", {"ambient.1.humidity.high": "NO", "ambient.2.humidity.high": 90}),
    (b"}", "10,NO", {"ambient.1.humidity.low": 10, "ambient.2.humidity.low": "NO"}),
)


@pytest.mark.parametrize(("request_", "said", "values"), SAMPLES)
def test_samples(request_: bytes, said: str, values: dict[str, Any]) -> None:
    assert QUERIES[request_].decode(said) == values


def test_every_query_has_a_sample() -> None:
    assert {request for request, _, _ in SAMPLES} == set(QUERIES)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (b"L", "18.3"),
        (b"L", "1183"),
        (b"L", "118.3118.3"),
        (b"L", "1O8.3"),
        (b"f", "199.0"),
        (b"F", "60"),
        (b"j", "0327"),
        (b"Q", ""),
        (b"n", ""),
        (b"e", "15"),
        (b"k", "H"),
        (b"9", "F"),
        (b"T!", ","),
        (b"\x9f\xd1", "02000,220,220,50.0,009,048.0"),
    ],
)
def test_what_cannot_be_is_no_reply(request_: bytes, said: str) -> None:
    query = QUERIES.get(request_) or variables.READINGS[0]
    with pytest.raises(BadReply):
        query.decode(said)


@pytest.mark.parametrize("request_", sorted(QUERIES))
def test_refusals(request_: bytes) -> None:
    """NA is a refusal, unless people may have written it themselves."""
    query = QUERIES[request_]
    if query.shape.fullmatch("NA"):
        assert query.is_text or request_ == b"v"
        return
    with pytest.raises(NoReply) as raised:
        query.decode("NA")
    assert raised.value.kind == "NoReply"


near = st.one_of(
    st.text(st.characters(max_codepoint=0xFF), max_size=24),
    st.from_regex(r"-?[0-9]{0,5}\.?[0-9]{0,3}:?", fullmatch=True),
    st.sampled_from([said for _, said, _ in SAMPLES]).flatmap(
        lambda said: st.integers(0, len(said)).map(lambda cut: said[:cut])
    ),
)


@given(st.sampled_from(sorted(QUERIES)), near)
def test_any_reply_gives_values_or_no_reply(request_: bytes, said: str) -> None:
    """Standard names with plausible values, or an error of ours: nothing else."""
    try:
        values = QUERIES[request_].decode(said)
    except BadReply, NoReply:
        return
    for name, value in values.items():
        assert parse(name) is not None
        if isinstance(value, float):
            assert plausible(name, value)


def test_commands_are_standard() -> None:
    assert {order.command.name for order in ORDERS} <= set(COMMANDS)


# lines and alerts


@pytest.mark.parametrize("alert", ALERTS)
@pytest.mark.parametrize("position", range(5))
def test_alerts_are_taken_out_of_a_reply(alert: str, position: int) -> None:
    reply = "08\r\n"
    text, alerts = sift((reply[:position] + alert + reply[position:]).encode())
    assert (only_line(text), alerts) == ("08", alert)


@pytest.mark.parametrize("said", ["08", "08\r", "08\r\n10\r\n", "08\r\n1", ""])
def test_what_is_no_single_line(said: str) -> None:
    with pytest.raises(BadReply):
        only_line(said)


@pytest.mark.parametrize("said", ["08\r\n08\r\n", "\r\n08\r\n", "08\n"])
def test_a_line_may_come_twice(said: str) -> None:
    assert only_line(said) == "08"


def test_when_a_reply_is_whole() -> None:
    assert not LINE.whole(b"08\r")
    assert LINE.whole(b"08\r\n")
    assert LINE.whole(b"0!")
    assert not RAW_LINE.whole(b"UPS#1\r")
    assert RAW_LINE.whole(b"UPS#1\r\n")
    assert Saying("SM").whole(b"8\r\nS!M\r\n")
    assert not Saying("SM").whole(b"8\r\nSM")
    assert Rest(1).whole(b"8\r\n$")
    assert not Rest(1).whole(b"8\r\n")


def test_alerts_that_are_not_part_of_a_text() -> None:
    assert extra_alerts("U!PS#1", "UPS#1") == "!"
    assert extra_alerts("UPS#1", "UPS#1") == ""


@given(st.binary(max_size=40))
def test_any_bytes_are_a_line_or_none(data: bytes) -> None:
    text, alerts = sift(data)
    assert len(text) + len(alerts) == len(data)
    try:
        line = only_line(text)
    except BadReply:
        return
    assert not set(line) & {"\r", "\n", *ALERTS}


# what a unit lists


def test_protocol_info() -> None:
    """The card's example, and one of the SPM series: control characters, and above 0x7F."""
    info = protocol_info("3.!$%+?=#|.\x01\x0e\x1a'+-789@ABC~")
    assert info.version == "3"
    assert info.alerts == "!$%+?=#|"
    assert {b"\x01", b"\x0e", b"\x1a", b"~", b"-"} <= info.commands
    assert b"!" not in info.commands
    spm = protocol_info("3.!$.FQ.\x9f:\xd1\xd2\xd3")
    assert spm.commands == {b"F", b"Q", b"\x9f\xd1", b"\x9f\xd2", b"\x9f\xd3"}


@pytest.mark.parametrize(
    "said", ["", "NA", "3.!$", "3.!$.", "x.!$.AB", "3.!$.AB.\x9f\xd1", "3..A.B.C"]
)
def test_what_describes_no_protocol(said: str) -> None:
    with pytest.raises(BadReply):
        protocol_info(said)


def test_recorded_capabilities() -> None:
    """A recorded Smart-UPS: its list is read to the last character."""
    recorded = json.loads(FIXTURE.read_text(encoding="utf-8"))
    (exchange,) = recorded["exchange"]
    groups = capabilities(only_line(exchange["reply"]))
    assert [
        {
            "command": group.command,
            "locale": group.locale,
            "values": [*map(str.strip, group.values)],
        }
        for group in groups
    ] == recorded["expected_capabilities"]
    european = choices(groups, "I")
    assert european[b"u"] == ("253", "264", "271", "280")
    assert european[b"s"] == ("H", "M", "L", "L")
    assert european[b"E"] == ("336", "168", "ON ", "OFF")
    assert b"o" not in choices(groups, "A")


def test_capabilities_of_a_matrix() -> None:
    groups = capabilities("##uD43132135138129##\x0c441EFGS##w442NO020508")
    assert [(group.command, group.values) for group in groups] == [
        ("u", ("132", "135", "138", "129")),
        ("\x0c", ("E", "F", "G", "S")),
        ("w", ("NO", "02", "05", "08")),
    ]


@pytest.mark.parametrize("cut", range(1, 18))
def test_truncated_capabilities(cut: int) -> None:
    """Firmware 451.2.I says less than it begins: whole groups count."""
    said = "#uD43132135138129lD43103100097106"
    (group,) = capabilities(said[:-cut] if cut < 17 else said[:17])
    assert group.command == "u"


def test_long_groups() -> None:
    """Counts and lengths go on behind 9."""
    (group,) = capabilities("#p4;1" + "abcdefghijk")
    assert group.values == tuple("abcdefghijk")


@pytest.mark.parametrize("said", ["", "NA", "#", "uD43132", "#uD03", "#uD4/132135138129", "#uD4"])
def test_what_is_no_list_of_capabilities(said: str) -> None:
    with pytest.raises(BadReply):
        capabilities(said)


@given(st.text(st.characters(max_codepoint=0xFF), max_size=80), st.booleans())
def test_any_text_is_capabilities_or_not(said: str, is_marked: bool) -> None:
    try:
        groups = capabilities(("#" if is_marked else "") + said)
    except BadReply:
        return
    assert groups
    assert all(len({len(value) for value in group.values}) == 1 for group in groups)


@given(st.text(st.characters(max_codepoint=0xFF), max_size=80))
def test_any_text_is_protocol_info_or_not(said: str) -> None:
    try:
        info = protocol_info(said)
    except BadReply:
        return
    assert all(1 <= len(command) <= 2 for command in info.commands)


def test_firmware() -> None:
    assert is_firmware("50.9.D")
    assert is_firmware("112.1DL4.I")
    assert not is_firmware("265.3")
    assert not is_firmware(None)
    assert locale_of("50.9.D") == "D"
    assert locale_of("GWD") == "D"


# older firmware

BASE = "@79ABCDEFGKLMNOPQRSUVWXYZcefgjklmnopqrsuxz"


@pytest.mark.parametrize(
    ("firmware", "commands", "model"),
    [
        ("6QD", BASE, "Smart-UPS"),
        ("8TI", BASE, "Smart-UPS"),
        ("5UI", BASE + "/<>", "Matrix-UPS"),
        ("0ZI", BASE + "/<>", "Matrix-UPS"),
        ("0XM", BASE + "8Tw/<>\\^\x0c\x16", "Matrix-UPS"),
        ("9GI", "@79ABCEFGKLMNOPQRSUVWXYZcfg", "Smart-UPS"),
        ("8GI", "@79ABCEFGKLMNOPQRSUVWXYZfg", "Smart-UPS"),
        ("6JI", "@789ABCFGKLMNOPQSTUVWXYZfg", "Smart-UPS"),
        ("5.4.D", "@\x019ABPQRSUYbdfgjmnx", "Matrix-UPS"),
        ("5A", "@789ABCFGKLMNOPQRSUVWXYZ", "Matrix-UPS"),
        ("A3", "@789ABCFGKLMNOPQRSUVWXYZ", "Smart-UPS"),
    ],
)
def test_older_firmware(firmware: str, commands: str, model: str) -> None:
    found = lookup(firmware)
    assert found is not None
    assert found.commands == {each.encode() for each in commands}
    assert found.model == model


@pytest.mark.parametrize("firmware", ["", "GWD", "50.9.D", "6Q", "QQD"][:3])
def test_newer_firmware(firmware: str) -> None:
    assert lookup(firmware) is None


# status


@pytest.mark.parametrize(
    ("status", "flags"),
    [
        (0x08, "OL"),
        (0x10, "OB"),
        (0x50, "OB LB"),
        (0x00, "OFF"),
        (0x09, "OL CAL"),
        (0x0A, "OL TRIM"),
        (0x0C, "OL BOOST"),
        (0xA8, "OL OVER RB"),
        (0x80, "OFF RB"),
    ],
)
def test_status_byte(status: int, flags: str) -> None:
    assert judge(View(status=check_status(status))).flags == set(flags.split())


def test_on_line_and_on_battery_at_once() -> None:
    with pytest.raises(BadReply):
        check_status(0x18)


@pytest.mark.parametrize("said", ["8", "G8", "088", "", "0x", " 8"])
def test_what_is_no_byte(said: str) -> None:
    with pytest.raises(BadReply):
        hex_byte(said)


def test_wide_status() -> None:
    assert hex_byte("0108", 4) == 0x08


@pytest.mark.parametrize(
    ("register", "bit", "flag"),
    [
        (FIRST, 0x02, "BYPASS"),
        (FIRST, 0x08, "BYPASS"),
        (FIRST, 0x20, "BYPASS"),
        (FIRST, 0x40, "OFF"),
        (FIRST, 0x80, "OFF"),
        (SECOND, 0x01, "BYPASS"),
        (SECOND, 0x10, "BYPASS"),
        (THIRD, 0x01, "OFF"),
        (THIRD, 0x04, "OFF"),
        (THIRD, 0x08, "OFF"),
        (THIRD, 0x10, "OFF"),
    ],
)
def test_flags_of_registers(register: bytes, bit: int, flag: str) -> None:
    status = judge(View(status=0x08, registers={register: bit}, has_bypass=True))
    assert status.flags == {"OL", flag}


def test_bypass_is_only_where_there_is_one() -> None:
    """Smart-UPSs report the imbalance of bit 4, too."""
    status = judge(View(status=0x08, registers={SECOND: 0x10}))
    assert status.flags == {"OL"}
    assert [alarm.text for alarm in status.alarms] == ["DC imbalance, UPS in bypass"]


def test_alarms_of_registers() -> None:
    everything = dict.fromkeys(REGISTER_BITS, 255)
    alarms = judge(View(status=0x08, registers=everything)).alarms
    meant = [bit.alarm for bits in REGISTER_BITS.values() for bit in bits.values() if bit.alarm]
    assert [alarm.text for alarm in alarms] == meant
    assert len(meant) == len(set(meant)) == 15


@pytest.mark.parametrize(
    ("status", "mode", "flags", "mains"),
    [
        (0x08, "eco", "OL ECO", True),
        (0x08, "bypass", "OL BYPASS", True),
        (0x00, "bypass", "BYPASS", None),
        (0x08, "line", "OL", True),
        (0x10, "battery", "OB", False),
        (0x08, "battery", "OB", False),
        (0x10, "battery test", "OB TEST", True),
    ],
)
def test_modes(status: int, mode: str, flags: str, mains: bool | None) -> None:
    judged = judge(View(status=status, mode=mode, has_bypass=True))
    assert judged.flags == set(flags.split())
    assert judged.mains is mains


@pytest.mark.parametrize(
    ("view", "flags", "mains"),
    [
        (View(status=0x10, reason="selfTest"), "OB TEST", True),
        (View(status=0x10, reason="selfTest", quality="00"), "OB TEST", False),
        (View(status=0x10, reason="selfTest", quality="FF"), "OB TEST", True),
        (View(status=0x10, reason="selfTest", is_feigned=True, quality="FF"), "OB", False),
        (View(status=0x11, reason="selfTest"), "OB CAL", True),
        (View(status=0x10, reason="lowLineVoltage", quality="00"), "OB", False),
        (View(status=0x08, reason="selfTest"), "OL", True),
    ],
)
def test_tests_are_no_loss_of_mains(view: View, flags: str, mains: bool) -> None:
    status = judge(view)
    assert status.flags == set(flags.split())
    assert status.mains is mains


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
def test_any_byte_is_a_status_or_none(status: int, first: int, second: int, third: int) -> None:
    try:
        check_status(status)
    except BadReply:
        return
    registers = {FIRST: first, SECOND: second, THIRD: third}
    judged = judge(View(status=status, registers=registers))
    assert judged.flags
    assert not {StatusFlag.ON_LINE, StatusFlag.ON_BATTERY} <= judged.flags


# choices


def test_restart_threshold_is_code_or_percent() -> None:
    assert settings.restart_by_code(("00", "01", "02", "03"))
    assert not settings.restart_by_code(("00", "15", "50", "90"))
    assert settings.RESTART_PERCENT.query().decode("15") == {"battery.charge.restart": 15}


@pytest.mark.parametrize(
    "make",
    [lambda: settings.plain(1209600.0), lambda: "1209600"],
    ids=["number", "text"],
)
def test_choices_are_shown_plainly(make: Callable[[], str]) -> None:
    assert re.fullmatch(r"\d+", make())
