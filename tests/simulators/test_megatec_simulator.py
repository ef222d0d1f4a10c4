"""The simulated Megatec units keep to the documents they were written from."""

import pytest

from .clock import Clock
from .megatec import DIALECTS, MegatecUps, make_recorded, make_ups
from .megatec.axpert import checksum
from .power import Output, Test


def unit(dialect: str = "megatec", **state: object) -> MegatecUps:
    """Return a unit whose time stands still until the test moves it."""
    return make_ups(dialect, clock=Clock.stopped(), **state)


def bits(ups: MegatecUps) -> str:
    """Return b7 to b0 of the status inquiry."""
    return ups.ask("Q1")[38:46].decode()


def carries(ups: MegatecUps) -> bool:
    """Return whether the output is on now."""
    return ups.output_on


def test_documents_own_example() -> None:
    ups = make_recorded("megatec-1996", clock=Clock.stopped())
    assert ups.ask("Q1") == b"(208.4 140.0 208.4 034 59.9 2.05 35.0 00110000\r"


INNOVA = {
    "Q6": (
        "(227.0 225.6 230.0 50.0 229.9 000.0 000.0 49.9 007 000 000 327.8 000.0 23.0 06932 "
        "100 32 00000000 00000000 11"
    ),
    "Q1": "(215.0 195.0 230.0 014 49.0 22.7 30.0 00000000",
    "WA": ("(001.4 000.0 000.0 001.4 000.0 000.0 001.4 001.4 006.5 000.0 000.0 007 00000000"),
    "BPS": "(230.4 000.0 000.0 49.9",
    "F": "#230.0 087 288.0 50.0",
    "FW?": "05516-1100",
    "SASV07?": "GASV07DN05K10KB100004      ",
    "PI": "(0F",
    "WH": (
        "(00 00.00 00.00 INN3T20K                 2 3/1 6 230 50.00 024 02.00 005.00 015.00 "
        "005 00 40 110 276 45.00 55.00"
    ),
}


@pytest.mark.parametrize(("request_", "reply"), INNOVA.items())
def test_recorded_innova(request_: str, reply: str) -> None:
    ups = make_recorded("ippon-innova-rt-3-1-20k", clock=Clock.stopped())
    assert ups.ask(request_) == reply.encode() + b"\r"


def test_recorded_digitech() -> None:
    ups = make_recorded("digitech-650va-online", clock=Clock.stopped())
    assert ups.ask("Q1") == b"(246.0 000.0 249.0 000 50.0 13.8 29.0 00001000\r"
    assert ups.ask("I") == b"I\r"


# Lengths with CR, as the cards give them; the masterguard ones need an address.
LENGTHS = {
    "megatec": {"Q1": 47, "F": 22, "I": 39},
    "megatec-old": {"D": 47, "F": 22, "I": 39},
    "mustek": {"QS": 47, "F": 22, "I": 39},
    "q1": {"Q1": 47},
    "zinto": {"Q1": 47, "F": 22, "FW?": 39},
    "hunnox": {"Q1": 47, "F": 22, "FW?": 39, "BL": 6},
    "mecer": {"Q1": 47, "F": 22, "I": 39, "QPI": 6},
    "bestups": {"Q1": 47, "ID": 26, "RT": 4, "M": 2, "SS?": 2},
    "ablerex": {"Q1": 47, "F": 22, "I": 39, "Q5": 22, "At": 6, "TR": 6},
    "gtec": {"Q4": 65, "F": 22, "I": 39},
    "q2": {"Q1": 47, "Q2": 118, "WA": 80},
    "q6": {"Q1": 47, "Q6": 110, "WA": 80},
    "innova-rt-3-3": {"Q6": 107, "WA": 80, "BPS": 24, "SASV07?": 28, "F": 22},
    "innova-rt-3-1": {"Q6": 110, "WA": 80, "BPS": 24, "SASV07?": 28, "F": 22},
    "innova-tae": {"Q1": 47, "I": 38},
    "masterguard-a": {"WH": 113, "Q3": 71, "GS,00": 11, "GBS,00": 43, "GSN,00": 25},
    "masterguard-e": {"WH": 113, "Q3": 71, "DRC,00": 18, "FLT,00": 109, "PNV": 9},
    "omron": {"Q1": 47, "Bl ?": 4, "RTS": 5, "TPb": 6, "UN": 28},
    "powercom": {"Q1": 47, "DQ1": 47, "RX02": 11, "RX03": 22, "OI": 6},
}


def test_every_dialect_has_its_lengths() -> None:
    assert set(LENGTHS) == set(DIALECTS) - {"axpert"}
    for dialect, lengths in LENGTHS.items():
        ups = unit(dialect)
        found = {request: len(ups.ask(request)) for request in lengths}
        assert found == lengths, dialect


# Dialect, request, first and last position as the cards count them, text there.
PLACES = [
    ("gtec", "Q4", 35, 37, b"030"),
    ("gtec", "Q4", 52, 56, b"027.3"),
    ("gtec", "Q4", 58, 61, b"25.0"),
    ("gtec", "Q4", 63, 63, b"M"),
    ("q2", "Q2", 55, 58, b"50.0"),
    ("q2", "Q2", 60, 64, b"327.6"),
    ("q2", "Q2", 80, 85, b"033.33"),
    ("q2", "Q2", 87, 89, b"100"),
    ("q2", "Q2", 115, 116, b"11"),
    ("q6", "Q6", 76, 80, b"02000"),
    ("q6", "Q6", 107, 108, b"11"),
    ("q6", "WA", 37, 41, b"006.0"),
    ("q6", "WA", 67, 69, b"030"),
    ("innova-tae", "I", 28, 35, b"R1.00.48"),
    ("masterguard-a", "WH", 16, 23, b"A3000-19"),
    ("masterguard-a", "WH", 59, 67, b"048 02.00"),
    ("masterguard-a", "WH", 107, 111, b"55.00"),
    ("masterguard-a", "Q3", 31, 35, b"02.27"),
    ("masterguard-a", "Q3", 42, 47, b"017.03"),
    ("masterguard-a", "Q3", 53, 59, b"0000000"),
    ("masterguard-a", "GS,00", 7, 9, b"1 0"),
    ("masterguard-a", "GBS,00", 37, 41, b"02.27"),
    ("masterguard-a", "GSN,00", 8, 23, b"60001234567 0815"),
    ("masterguard-a", "FLT,00", 4, 23, b"5 0112 0003:04:05:06"),
    ("omron", "UN", 13, 15, b"048"),
    ("powercom", "DQ1", 28, 31, b"0100"),
]


@pytest.mark.parametrize(("dialect", "request_", "first", "last", "text"), PLACES)
def test_field_stands_in_its_place(
    dialect: str, request_: str, first: int, last: int, text: bytes
) -> None:
    ups = unit(dialect, beeper=False)
    assert ups.ask(request_)[first : last + 1] == text


@pytest.mark.parametrize(
    ("dialect", "refusal"),
    [
        *((name, b"QQ\r") for name in ("megatec", "zinto", "bestups", "gtec", "powercom")),
        ("mecer", b"(NAK\r"),
        ("innova-rt-3-1", b"NAK\r"),
        ("omron", b"NAK\r"),
    ],
)
def test_unknown_request(dialect: str, refusal: bytes) -> None:
    assert unit(dialect).ask("QQ") == refusal
    assert unit(dialect, refusal="silent").ask("QQ") == b""
    assert unit(dialect, refusal="echo").ask("QQ") == b"QQ\r"
    assert unit(dialect, refusal="NO").ask("QQ") == b"NO\r"


def test_info_and_ratings_shapes() -> None:
    shapes = {
        "grid": b"#UPS MAKER       SIM-1000   V1.00     \r",
        "missing": b"I\r",
        "silent": b"",
        "blank": b"#" + b" " * 37 + b"\r",
        "short": b"#UPS MAKER       SIM-1000   V1.00    \r",
        "ic": b"#MegaTecabcedfhi SIM-102000 V1.00    \r",
        "zero": b"#000 00000       000-0000   00.00     \r",
    }
    assert {shape: unit(info=shape).ask("I") for shape in shapes} == shapes
    assert unit(ratings="zero").ask("F") == b"#000.0 000 00.00 00.0\r"
    assert unit(ratings="missing").ask("F") == b"F\r"
    assert unit(nominal_battery=288).ask("F") == b"#230.0 004 288.0 50.0\r"


def test_blanks_fixed_fields_and_zeros() -> None:
    ups = unit(blanks={"temperature": "@", "Q1.load": "-"}, fixed={"battery": "BB.B"})
    assert ups.ask("Q1") == b"(230.0 230.0 230.0 --- 50.0 BB.B @@.@ 00001001\r"
    ups.blank("temperature", "")
    ups.fix("battery", None)
    assert ups.ask("Q1")[28:37] == b"27.3 25.0"
    assert unit(all_zero=True).ask("Q1") == b"(000.0 000.0 000.0 000 00.0 00.0 00.0 00000000\r"


def test_status_bits() -> None:
    assert bits(unit(beeper=False)) == "00001000"
    assert bits(unit(beeper=False, online=True)) == "00000000"
    assert bits(unit(mains=False, charge=10)) == "11001001"
    assert bits(unit(bypass=True, failed=True)) == "00111001"
    boosted = unit(mains_voltage=200)
    assert bits(boosted) == "00101001"
    assert boosted.ask("Q1")[13:18] == b"230.0"
    assert unit(mains_voltage=260).ask("Q1")[13:18] == b"226.2"
    assert bits(unit(shutdown_active=True)) == "00001011"


def test_fault_voltage_is_held_for_one_query() -> None:
    ups = unit()
    ups.glitch(140)
    assert [ups.ask("Q1")[1:12] for _ in range(2)] == [b"230.0 140.0", b"230.0 230.0"]
    ups.mains(False)
    ups.mains(True)
    assert [ups.ask("Q1")[7:12] for _ in range(2)] == [b"000.0", b"230.0"]


def test_battery_falls_and_rises() -> None:
    ups = unit(load=50)
    ups.mains(False)
    ups.clock.advance(600)
    assert ups.get("charge") == pytest.approx(50)
    assert ups.ask("Q1")[28:32] == b"23.1"
    assert ups.ask("Q1")[38:40] == b"10"
    ups.clock.advance(361)
    assert ups.ask("Q1")[38:40] == b"11"
    ups.mains(True)
    ups.clock.advance(14400)
    assert ups.get("charge") == 100
    ups.mains(False)
    ups.clock.advance(1300)
    assert not carries(ups)
    ups.clock.advance(1000)
    ups.mains(True)
    ups.clock.advance(9)
    assert not carries(ups)
    ups.clock.advance(2)
    assert carries(ups)


@pytest.mark.parametrize(("command", "seconds"), [("T", 10), ("T01", 60), ("T05", 300)])
def test_battery_test_ends_by_itself(command: str, seconds: float) -> None:
    ups = unit()
    assert ups.ask(command) == b""
    ups.clock.advance(seconds - 1)
    assert bits(ups)[5] == "1"
    ups.clock.advance(2)
    assert bits(ups)[5] == "0"
    assert ups.get("test_result") == Test.PASSED


def test_deep_test_cancel_and_weak_battery() -> None:
    ups = unit(load=100)
    ups.ask("TL")
    ups.clock.advance(470)
    assert bits(ups)[5] == "1"
    ups.ask("CT")
    assert bits(ups)[5] == "0"
    ups.set("charge", 100)
    ups.ask("TL")
    ups.clock.advance(500)
    assert ups.get("test_result") == Test.PASSED
    ups.set("charge", 30)
    ups.ask("T10")
    ups.clock.advance(120)
    assert ups.get("test_result") == Test.FAILED
    ups.mains(False)
    assert ups.ask("T") == b"T\r"
    assert ups.ask("T00") == b"T00\r"


def test_shutdown_comes_back_ten_seconds_after_mains() -> None:
    ups = unit()
    ups.mains(False)
    assert ups.ask("S.3") == b""
    ups.clock.advance(17)
    assert carries(ups)
    assert bits(ups)[6] == "1"
    ups.clock.advance(2)
    assert not carries(ups)
    assert ups.ask("Q1")[13:22] == b"000.0 000"
    ups.clock.advance(3600)
    assert not carries(ups)
    ups.mains(True)
    ups.clock.advance(9)
    assert not carries(ups)
    ups.clock.advance(2)
    assert carries(ups)
    assert bits(ups)[6] == "0"


def test_shutdown_with_mains_present() -> None:
    ups = unit()
    ups.ask("S.2")
    ups.clock.advance(13)
    assert not carries(ups)
    ups.clock.advance(10)
    assert carries(ups)


def test_shutdown_and_restore() -> None:
    ups = unit()
    ups.ask("S01R0003")
    ups.clock.advance(61)
    assert ups.power.output is Output.LEAVING
    assert not carries(ups)
    ups.clock.advance(178)
    assert not carries(ups)
    ups.clock.advance(2)
    assert carries(ups)
    ups.ask("S.2R0001")
    ups.clock.advance(20)
    ups.mains(False)
    ups.clock.advance(600)
    assert not carries(ups)
    ups.mains(True)
    ups.clock.advance(11)
    assert carries(ups)


def test_early_firmware_does_not_come_back() -> None:
    ups = unit(least_off_time=3)
    ups.ask("S01R0002")
    ups.clock.advance(3600)
    assert not carries(ups)
    ups.press()
    assert carries(ups)


def test_stay_off_at_once_and_cancel() -> None:
    ups = unit()
    assert ups.ask("S00R0000") == b""
    assert not carries(ups)
    ups.clock.advance(3600)
    assert not carries(ups)
    ups.ask("C")
    assert carries(ups)
    ups.ask("S.2R0000")
    ups.clock.advance(5)
    ups.ask("C")
    ups.clock.advance(60)
    assert carries(ups)
    ups.ask("S.2R0010")
    ups.clock.advance(14)
    ups.ask("C")
    assert not carries(ups)
    ups.clock.advance(9)
    assert carries(ups)


def test_low_battery_does_not_wait_for_the_timer() -> None:
    ups = unit(charge=21, load=100)
    ups.mains(False)
    ups.ask("S10")
    assert carries(ups)
    ups.clock.advance(10)
    assert not carries(ups)


@pytest.mark.parametrize("wrong", ["S.1", "S11", "S0", "S00", "S1", "S.5R3", "S.5R00030"])
def test_wrong_times_are_refused(wrong: str) -> None:
    ups = unit()
    assert ups.ask(wrong) == wrong.encode() + b"\r"
    ups.clock.advance(3600)
    assert carries(ups)


def test_received_splits_and_joins() -> None:
    ups = unit()
    replies: list[bytes] = []
    ups.send = lambda reply, request: replies.append(reply)
    for piece in (b"\rQ", b"1\rF", b"\r", b"Q\r"):
        ups.feed(piece)
    assert ups.received == [b"Q1", b"F", b"Q"]
    assert [len(reply) for reply in replies] == [47, 22]
    assert not ups.power.beeper


def test_refused_command_is_not_obeyed() -> None:
    ups = unit()
    ups.faults.unknown("S00R0000")
    assert ups.ask("S00R0000") == b"S00R0000\r"
    assert carries(ups)
    ups.faults.clear()
    ups.faults.echo = True
    assert ups.ask("Q1") == b"Q1\r"
    assert ups.ask("S00R0000") == b"S00R0000\r"
    assert carries(ups)
    nak = unit("mecer")
    nak.faults.unknown("Q1")
    assert nak.ask("Q1") == b"(NAK\r"


def test_set_knows_its_names() -> None:
    ups = unit()
    ups.set("load", "40")
    ups.set("beeper", "off")
    assert ups.ask("Q1")[19:22] == b"040"
    assert bits(ups)[7] == "0"
    with pytest.raises(KeyError):
        ups.set("lode", 40)
    with pytest.raises(ValueError):
        ups.set("beeper", "maybe")
    assert ups.get("battery_voltage") == pytest.approx(27.3)


# What only one dialect does.


def test_axpert_checksum() -> None:
    # The third one would end in 0A.
    known = {b"QPI": b"\xbe\xac", b"QPIGS": b"\xb7\xa9", b"POP02": b"\xe2\x0b"}
    assert {data: checksum(data) for data in known} == known
    ups = unit("axpert")
    assert ups.ask(b"QPI\xbe\xac") == b"(PI30\x9a\x0b\r"
    assert ups.ask(b"QPI") == b"(NAK" + checksum(b"(NAK") + b"\r"
    ups.set("reply_crc", False)
    ups.mains(False)
    assert ups.ask(b"QMOD" + checksum(b"QMOD")) == b"(B\r"
    tokens = ups.ask(b"QPIGS\xb7\xa9")[1:-1].split()
    assert len(tokens) == 21
    assert tokens[0] == b"000.0"
    assert tokens[8] == b"50.40"
    assert tokens[16] == b"00010000"
    assert ups.ask(b"PEb" + checksum(b"PEb")) == b"(ACK\r"
    assert ups.ask(b"QFLAG" + checksum(b"QFLAG")) == b"(EakxybDjuvz\r"


def test_mecer_answers_commands() -> None:
    ups = unit("mecer")
    assert [ups.ask(request) for request in ("T.5", "S.2", "Q7")] == [
        b"(ACK\r",
        b"(ACK\r",
        b"(NAK\r",
    ]
    old = unit("mecer", p98=False)
    assert old.ask("QPI") == b"(NAK\r"
    assert old.ask("T.5") == b"(NAK\r"
    assert old.ask("T05") == b"(ACK\r"


def test_innova_acknowledges_tests_only() -> None:
    ups = unit("innova-rt-3-1")
    assert ups.ask("T") == b"ACK"
    assert ups.ask("Q") == b""
    assert ups.power.beeper
    assert ups.ask("S.2") == b""
    ups.set("ack_cr", True)
    assert ups.ask("CT") == b"ACK\r"


def test_bestups() -> None:
    ups = unit("bestups", code="PR2")
    assert bits(ups) == "00101000"
    ups.set("mains_voltage", 105)
    assert bits(ups) == "00001000"
    assert ups.ask("BP?") == b"BP?\r"
    assert ups.ask("RT") == b"033\r"
    assert unit("bestups", code="PRO").ask("RT") == b"RT\r"
    rack = unit("bestups", code="AX1")
    assert rack.ask("BP3") == b""
    assert rack.ask("BP?") == b"03\r"
    rack.ask("SS4")
    assert rack.ask("SS?") == b"4\r"
    assert rack.ask("Q") == b"Q\r"
    rack.ask("S.2")
    rack.clock.advance(600)
    assert not carries(rack)


def test_ablerex_binary() -> None:
    ups = unit("ablerex")
    reply = ups.ask("Q5")
    words = [int.from_bytes(reply[at : at + 2]) for at in range(1, 21, 2)]
    # 13 is CR: a reader that stops there loses the rest.
    assert words == [500, 0, 0, 1365, 960, 0, 0, 13, 0, 0]
    assert ups.ask("At") == b"(\x00\x00\x07\xd0\r"


def test_gtec_letters() -> None:
    ups = unit("gtec")
    assert ups.ask("Q1") == b"Q1\r"
    ups.mains(False)
    ups.set("charge", 10)
    assert ups.ask("Q4")[63:] == b"AB\r"
    ups.mains(True)
    ups.ask("T")
    assert ups.ask("Q4")[63:].startswith(b"J")


def test_masterguard_address_and_settings() -> None:
    ups = unit("masterguard-e")
    assert ups.ask("GS,01") == b""
    ups.ask("SS---0,00")
    ups.ask("SS07--,00")
    assert ups.ask("GS,07")[7:10] == b"1 0"
    ups.ask("PNV=240")
    assert ups.ask("PNV") == b"(PNV=240\r"
    assert ups.ask("PNV=250") == b"PNV=250\r"
    ups.ask("FCLR,07")
    assert ups.ask("FLT,07")[4:24] == b"0 0000 0000:00:00:00"
    ups.ask("SRC0001:02:03:04,07")
    ups.clock.advance(60)
    assert ups.ask("DRC,07") == b"(07 0001:02:04:04\r"
    ups.ask("FOFF")
    assert ups.ask("Q3")[55:56] == b"1"
    ups.ask("FON")
    ups.ask("S.0")
    assert not carries(ups)


def test_omron() -> None:
    ups = unit("omron")
    assert bits(ups) == "00101000"
    assert ups.ask("UN") == b"1125W/1125VA/048V/160W/020W\r"
    assert ups.ask("FWV") == b"M:0.17(S:2.00)\r"
    assert ups.ask("TPb") == b"+25.0\r"
    assert ups.ask("S.5R0003") == b"NAK\r"
    assert [ups.ask("Af"), ups.ask("Sf.2")] == [b"OK\r", b"OK\r"]
    ups.clock.advance(600)
    assert not carries(ups)
    assert ups.ask("C") == b"OK\r"
    assert carries(ups)


def test_powercom() -> None:
    ups = unit("powercom")
    assert ups.ask("V") == b"165 200 220 240 275\r"
    assert ups.ask("O02ON") == b""
    assert ups.ask("OI") == b"#0211\r"
    ups.ask("O01S01R00002")
    ups.clock.advance(61)
    assert ups.ask("OI") == b"#0201\r"
    ups.clock.advance(120)
    assert ups.ask("OI") == b"#0211\r"
    assert ups.ask("WX02 15 0060") == b"WX021\r"
    assert ups.ask("RX02") == b"RX02150060\r"
    assert ups.ask("WX05 1") == b"WX050\r"
    assert ups.ask("WX03 ABCDEFGHIJK 250101") == b"WX030\r"
    assert ups.ask("IDLE") == b"*R00\r"
    assert ups.ask("DQ1")[44:45] == b"1"
    assert ups.ask("WX03 ABCDEFGHIJK 250101") == b"WX031\r"
    assert ups.ask("RX03") == b"RX03ABCDEFGHIJK250101\r"
    ups.set("battery_failed", True)
    assert ups.ask("Q1")[42:43] == b"3"
    assert ups.ask("PMo230") == b"OK\r"
    assert ups.ask("PMo231") == b"NOK\r"
