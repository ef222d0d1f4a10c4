"""The simulated XCP units keep to the document that they were written from."""

from dataclasses import replace

import pytest

from .clock import Clock
from .xcp import DIALECTS, MODELS, XcpUps, make_ups
from .xcp.encode import checksum, command

AUTH = bytes.fromhex("cf69e8d5")


def unit(dialect: str = "pw9130", **state: object) -> XcpUps:
    """Return a unit whose time stands still until the test moves it, with any pause."""
    ups = make_ups(dialect, clock=Clock.stopped(), **state)
    ups.model = replace(ups.model, auth_pause=0)
    return ups


def said(ups: XcpUps, data: str) -> str:
    """Return the answer to one command in hexadecimal."""
    return b"".join(ups.ask(bytes.fromhex(data))).hex(" ")


def order(ups: XcpUps, data: str) -> str:
    """Authorise and give a command; return the answer's acknowledge code and echo."""
    ups.ask(AUTH)
    return " ".join(said(ups, data).split()[4:-1])


def carries(ups: XcpUps) -> bool:
    """Return whether the load has power now."""
    ups.catch_up()
    return ups.power.output_on


def test_frames_of_the_document() -> None:
    assert command(0x8A, 0x2C, 0x01).hex() == "ab038a2c019b"
    assert checksum(bytes.fromhex("ab0904 81318a2c01")) == 0xDF


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_packet_adds_up(dialect: str) -> None:
    ups = unit(dialect)
    for code in (0x31, 0x33, 0x34, 0x35, 0x36, 0x38, 0x3B, 0x3C, 0x3F, 0x40, 0x41, 0x43):
        answer = ups.ask(bytes((code,)))
        assert all(sum(packet) & 0xFF == 0 for packet in answer)
        assert all(len(packet) <= ups.model.packet + 5 for packet in answer)
        numbers = [packet[3] for packet in answer]
        if numbers:
            assert numbers[:-1] == list(range(1, len(numbers)))
            assert numbers[-1] == len(numbers) | 0x80


def test_authorisation() -> None:
    ups = unit()
    # no answer to the authorisation, nor to a command without one (4.4.2)
    assert said(ups, "cf69e8d5") == ""
    assert said(ups, "33") != ""
    assert said(ups, "8b") == ""
    assert carries(ups)
    ups.ask(AUTH)
    ups.clock.advance(17)
    assert said(ups, "8b") == ""
    assert order(ups, "8b") == "31 8b"
    assert not carries(ups)
    # a password is no standard block
    ups.ask(bytes.fromhex("cf414243444546"))
    assert said(ups, "89") == ""


def test_the_pause_after_authorisation() -> None:
    ups = make_ups("pw9130", clock=Clock.stopped())
    ticks = [0.0]
    ups.tick = lambda: ticks[0]
    ups.ask(AUTH)
    ticks[0] = 0.1
    assert said(ups, "95060200") == ""
    ups.ask(AUTH)
    ticks[0] = 0.4
    assert said(ups, "95060200") != ""


def test_bad_checksums_get_no_answer() -> None:
    ups = unit()
    answers: list[bytes] = []
    ups.send = lambda reply, request: answers.append(reply)
    ups.feed(bytes.fromhex("ab013322"))
    assert answers == []
    # what comes behind it is heard, in whatever pieces
    for byte in b"\x1b\0" + command(0x33):
        ups.feed(bytes((byte,)))
    assert len(answers) == 1


def test_priorities_of_load_orders() -> None:
    ups = unit()
    assert order(ups, "93 02 00") == "31 93 02 00"
    assert ups.pending()[1] == 120
    assert order(ups, "93 00 00") == "31 93 00 00"
    assert ups.pending()[1] is None
    assert order(ups, "8a 78 00") == "31 8a 78 00"
    # it can only be put off, not called off, shortened or overridden (6.1.1)
    for each in ("93 00 00", "8a 0a 00", "8b"):
        order(ups, each)
        assert ups.pending()[2] == 120
        assert carries(ups)
    order(ups, "8a 2c 01")
    assert ups.pending()[2] == 300
    ups.clock.advance(301)
    ups.catch_up()
    assert not carries(ups)
    ups.clock.advance(60)
    ups.catch_up()
    assert carries(ups)


def test_refusals() -> None:
    ups = unit()
    assert order(ups, "95 06 05 00").startswith("36")
    assert order(ups, "95 05 b4 00").startswith("35")
    assert order(ups, "95 05 08 00").startswith("37")
    assert ups.registers[5] == 5
    assert order(ups, "8b 09").startswith("36")
    assert order(ups, "bf").startswith("32")
    ups.set("mains", False)
    assert order(ups, "b1 0a 1e").startswith("33")


def test_capabilities() -> None:
    ups = unit()
    assert order(ups, "9a 00") == "31 9a 00 02"
    assert order(ups, "9a ff") == "31 9a ff 00 01 02 03 04"
    assert order(ups, "b2 ff") == "31 b2 ff 01 02 03 04"


def test_status_of_an_outlet() -> None:
    ups = unit()
    order(ups, "97 03 02 78 00")
    # the card's example: on line, off in 120 s, no on, no restart
    answer = bytes.fromhex(said(ups, "33 02"))
    assert answer[4:8].hex() == "50d30080"
    assert answer[8] & 0x23 == 0x23
    assert answer[9:15].hex() == "ffff00000000"
    assert answer[15:21].hex() == "780000000000"
    assert answer[21:24].hex() == "ffff02"


def test_outlets_go_off_on_battery() -> None:
    ups = unit()
    ups.set("mains", False)
    ups.clock.advance(299)
    ups.catch_up()
    assert [outlet.on for outlet in ups.outlets] == [True, True]
    ups.clock.advance(2)
    ups.catch_up()
    assert [outlet.on for outlet in ups.outlets] == [True, False]


def test_units_without_an_acknowledgement() -> None:
    ups = unit("prestige")
    assert order(ups, "8a 0a 00") == ""
    assert ups.pending()[2] == 10
    assert said(ups, "3c") == ""


def test_models_are_unlike() -> None:
    assert len({model.id_end for model in MODELS.values()}) == 4
    assert len({model.packet for model in MODELS.values()}) == 3
    assert {model.phases for model in MODELS.values()} == {1, 3}
    assert {len(model.meters) for model in MODELS.values()} >= {129}


def test_control_channel_verbs() -> None:
    ups = unit()
    ups.set("charge", "40")
    assert ups.get("charge") == 40
    ups.fix("meter_34", 12.5)
    assert "meter_34" in ups.settings
    ups.fix("meter_34", None)
    ups.glitch(100)
    assert ups.get("line_events") == 8
    assert ups.state()["outlet_1"] is True
    with pytest.raises(KeyError):
        ups.set("nonsense", 1)
    with pytest.raises(ValueError):
        ups.set("mains", "perhaps")
