"""XCP's status: every state of the document, what masks and alarms make of it, its countdowns."""

from datetime import datetime

import pytest

from custom_components.ups_protocols.ups.errors import BadReply
from custom_components.ups_protocols.ups.model import StatusFlag
from custom_components.ups_protocols.ups.protocols.xcp import alarms, blocks, status
from custom_components.ups_protocols.ups.protocols.xcp.variables import timers

NOW = datetime(2001, 3, 22, 16, 0)


def flags(
    overall: int,
    bits: int = 0,
    mask: int = 0xFF,
    active: tuple[int, ...] = (),
    battery: blocks.Battery | None = None,
) -> set[str]:
    """Return the flags of a status."""
    state = status.read(bytes((overall, bits)), mask)
    judged = status.judge(state, dict.fromkeys(active, 8), battery, has_levels=True)
    return {flag.value for flag in judged.flags}


# document 5.5.1
@pytest.mark.parametrize(
    ("overall", "wanted"),
    [
        (0xF0, {"OB"}),
        (0xE0, {"OL", "OVER"}),
        (0xD0, {"OL", "OVER"}),
        (0x90, {"OFF"}),
        (0x80, {"OL"}),
        (0x70, {"OL"}),
        (0x64, {"BYPASS"}),
        (0x63, {"OL", "TRIM"}),
        (0x62, {"OL", "BOOST"}),
        (0x61, {"OL", "BOOST"}),
        (0x60, {"BYPASS"}),
        (0x51, {"OL", "ECO"}),
        (0x50, {"OL"}),
        (0x40, {"OL"}),
        (0x30, {"OL"}),
        (0x21, {"OFF"}),
        (0x20, {"OFF"}),
        (0x11, {"OFF"}),
        (0x10, {"OFF"}),
        # new states are read as their range
        (0x43, {"OL"}),
        (0x6F, {"BYPASS"}),
        (0xF7, {"OB"}),
    ],
)
def test_states(overall: int, wanted: set[str]) -> None:
    """Each state has its flags."""
    assert flags(overall) == wanted
    assert status.read(bytes((overall, 0)), 0).words


@pytest.mark.parametrize("overall", [0x00, 0x0F, 0xA0, 0xB1, 0xC0])
def test_states_that_are_none(overall: int) -> None:
    """A byte in no known range is no status."""
    with pytest.raises(BadReply):
        status.read(bytes((overall, 0, 0, 0)), 0xFF)


@pytest.mark.parametrize(
    ("overall", "bits", "mask", "wanted"),
    [
        # while something starts, what feeds the load is in the bits
        (0x90, 0x04, 0xFF, {"BYPASS"}),
        (0x90, 0x84, 0xFF, {"OL", "BYPASS"}),
        (0x90, 0x02, 0xFF, {"OL"}),
        (0x90, 0x00, 0xFD, {"OL"}),
        (0x70, 0x84, 0xFF, {"OL", "BYPASS"}),
        (0x80, 0x00, 0xFF, {"OL"}),
        # only the state of the highest priority stands in the first byte
        (0x50, 0x08, 0xFF, {"OB"}),
        (0xE0, 0x08, 0xFF, {"OB", "OVER"}),
        (0xF0, 0x28, 0xFF, {"OB", "LB"}),
        (0x50, 0xA0, 0xFF, {"OL", "LB"}),
        # unmasked bits are anything (card 2.5: an old Prestige)
        (0x50, 0x2C, 0xD3, {"OL"}),
        (0x50, 0xFF, 0x00, {"OL"}),
        (0x10, 0x8C, 0xFF, {"OFF"}),
    ],
)
def test_bits(overall: int, bits: int, mask: int, wanted: set[str]) -> None:
    """The second byte counts where the configuration says that its bits are valid."""
    assert flags(overall, bits, mask) == wanted


@pytest.mark.parametrize(
    ("active", "wanted"),
    [
        *(((number,), {"OL", "LB"}) for number in (55, 56, 126, 174, 206)),
        *(((number,), {"BYPASS"}) for number in (13, 61, 94, 143, 169, 186, 312)),
        *(((number,), {"OL", "OVER"}) for number in (25, 50, 159, 163, 167, 243, 323)),
        *(((number,), {"OL", "RB"}) for number in (149, 191, 199, 247)),
        *(((number,), {"OFF"}) for number in (12, 97, 170)),
        ((168,), {"OB"}),
        ((168, 56), {"OB", "LB"}),
        ((196,), {"OL", "TRIM"}),
        ((197,), {"OL", "BOOST"}),
        ((198,), {"OL", "BOOST"}),
        ((150,), {"OL", "CHRG"}),
        ((256,), {"OL", "TEST"}),
        ((257,), {"OL", "TEST"}),
        ((227,), {"OL", "ECO"}),
        # in old firmware it only says that the automatic restart is disabled (card 2.6)
        ((189,), {"OL"}),
        # 58 is a short circuit: where the document calls it the low battery, it means 56
        ((58,), {"OL"}),
    ],
)
def test_alarms_that_mean_a_flag(active: tuple[int, ...], wanted: set[str]) -> None:
    """What an alarm says counts beside the first byte (card 2.6)."""
    assert flags(0x40, active=active, mask=0) == wanted


def _battery(state: int, charger: int) -> blocks.Battery:
    return blocks.Battery(
        status=state, voltages=None, duration=0, strings=(), chargers=(charger,), rows=()
    )


@pytest.mark.parametrize(
    ("overall", "battery", "wanted"),
    [
        (0x50, _battery(2, 1), {"OL", "CHRG"}),
        (0x50, _battery(2, 3), {"OL"}),
        (0xF0, _battery(2, 2), {"OB", "DISCHRG"}),
        # what was read of the battery before the mains went, or came back, is over
        (0xF0, _battery(2, 1), {"OB"}),
        (0x50, _battery(2, 2), {"OL"}),
        (0x50, _battery(1, 2), {"OL", "TEST", "DISCHRG"}),
        (0xF0, _battery(1, 2), {"OB", "TEST", "DISCHRG"}),
    ],
)
def test_battery(overall: int, battery: blocks.Battery, wanted: set[str]) -> None:
    """The charger tells what it does, unless the newer status speaks against it."""
    assert flags(overall, battery=battery) == wanted


@pytest.mark.parametrize(
    ("overall", "bits", "mask", "mains"),
    [
        (0x50, 0x80, 0xFF, True),
        (0xF0, 0x08, 0xFF, False),
        (0x60, 0x84, 0xFF, True),
        (0x60, 0x04, 0xFF, None),
        (0x10, 0x80, 0xFF, None),
        (0x50, 0x00, 0x00, True),
    ],
)
def test_mains(overall: int, bits: int, mask: int, mains: bool | None) -> None:
    """Whether the mains is there; on bypass only the unit's own bit tells."""
    state = status.read(bytes((overall, bits)), mask)
    assert status.judge(state, {}, None, has_levels=True).mains is mains


# countdowns


@pytest.mark.parametrize(
    ("tail", "wanted"),
    [
        # card 2.10: off in 120 s, no on, no restart
        ("27 FF FF 00 00 00 00 78 00 00 00 00 00 FF FF", {"shutdown": 120}),
        # minutes, where the bits of seconds are clear
        ("0F 05 00 00 00 00 00 0A 00 00 00 00 00 FF FF", {"shutdown": 600, "start": 300}),
        ("6F 05 00 00 00 00 00 0A 00 00 00 00 00 FF FF", {"shutdown": 10, "start": 5}),
        # dates of the unit's own clock
        (
            "0A A0 01 03 22 16 20 A0 01 03 22 16 05 FF FF",
            {"start": 1200, "shutdown": 300},
        ),
        # the sooner of both ways to go off
        ("72 FF FF 00 00 00 00 64 00 00 00 00 00 3C 00", {"shutdown": 60}),
        ("10 FF FF 00 00 00 00 64 00 00 00 00 00 2C 01", {"shutdown": 300}),
        # what is pending and never comes, and what is not pending
        ("7F FF FF 00 00 00 00 FF FF 00 00 00 00 FF FF", {}),
        ("60 05 00 00 00 00 00 0A 00 00 00 00 00 05 00", {}),
        # a date that is none is no reason to lose the state before it
        ("0A A0 01 13 22 16 20 A0 0F 03 22 16 05 FF FF", {}),
        ("0A 00 00 00 00 00 00 20 01 00 22 16 05 FF FF", {}),
    ],
)
def test_countdowns(tail: str, wanted: dict[str, float]) -> None:
    """Seconds, minutes and dates; nothing where nothing is pending."""
    data = bytes.fromhex("50 13 00 00" + tail)
    state = status.read(data, 0xFF)
    assert timers("ups", state, NOW) == {f"ups.timer.{name}": left for name, left in wanted.items()}
    # the bytes behind the state may be missing
    for end in range(2, len(data)):
        assert timers("ups", status.read(data[:end], 0xFF), NOW) == {}


def test_dates_need_the_clock_of_the_unit() -> None:
    """Without it nobody knows how long it is until then."""
    data = bytes.fromhex("50 13 00 00 0A A0 01 03 22 16 20 A0 01 03 22 16 05 FF FF")
    assert timers("ups", status.read(data, 0xFF), None) == {}


def test_breakers() -> None:
    """Only those that the configuration has; 1 is closed."""
    state = status.read(bytes((0x50, 0, 0, 0b10100000)), 0xFF)
    assert dict(status.breakers(state, 0b10010100)) == {
        "ups.breaker.input.status": "closed",
        "ups.breaker.battery.status": "open",
        "ups.breaker.load.status": "open",
    }
    assert dict(status.breakers(status.read(b"\x50\0\0", 0), 0xFF)) == {}


def test_every_flag_is_one_that_can_be_reported() -> None:
    """What alarms can mean is among what a unit with them says that it can report."""
    flags_of = status.possible(alarms.FLAGS, blocks.Configuration(), None, None)
    assert flags_of >= set(alarms.FLAGS.values())
    assert StatusFlag.BYPASS not in status.possible((), blocks.Configuration(), "offline", None)
