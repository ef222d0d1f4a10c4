"""Megatec frames: the document's examples, and every way in which bytes can be wrong."""

from collections.abc import Callable

from hypothesis import given, strategies as st
import pytest

from .fakes import FakeClock, settle
from .lines import Answers, TableLine
from custom_components.ups_protocols.ups.catalog import MEGATEC_DIALECTS, protocol
from custom_components.ups_protocols.ups.errors import BadReply
from custom_components.ups_protocols.ups.links.base import Link
from custom_components.ups_protocols.ups.model import Status, StatusFlag, Tier
from custom_components.ups_protocols.ups.protocols.megatec.dialect import Minutes, restore_minutes
from custom_components.ups_protocols.ups.protocols.megatec.dialects import DIALECTS
from custom_components.ups_protocols.ups.protocols.megatec.dialects.base import Q1, F
from custom_components.ups_protocols.ups.protocols.megatec.frames import (
    Answer,
    Query,
    clean,
    crc16,
    info,
)
from custom_components.ups_protocols.ups.session import ALARM, STATUS, Session, Update
from custom_components.ups_protocols.ups.transcript import Transcript

EXAMPLE = "(208.4 140.0 208.4 034 59.9 2.05 35.0 00110000"


def judged(reply: str, known: dict[str, float | str] | None = None) -> Status:
    """Return the status that a Q1 reply tells."""
    return DIALECTS["megatec"].judge(Q1.decode(reply), known or {})


def test_document_example() -> None:
    """The example of "UPS status data stream"."""
    assert Q1.decode(EXAMPLE) == {
        "input.voltage": 208.4,
        "input.voltage.fault": 140.0,
        "output.voltage": 208.4,
        "ups.load": 34.0,
        "input.frequency": 59.9,
        "battery.voltage": 2.05,
        "ups.temperature": 35.0,
        "_bits": "00110000",
    }
    status = judged(EXAMPLE)
    assert status.flags == {StatusFlag.ON_LINE, StatusFlag.BYPASS}
    assert [alarm.text for alarm in status.alarms] == ["UPS failed"]


@pytest.mark.parametrize(
    ("into", "out", "bits", "flags"),
    [
        ("220.0", "220.0", "00001000", "OL"),
        ("000.0", "220.0", "10001000", "OB"),
        ("000.0", "220.0", "11001000", "OB LB"),
        ("250.0", "220.0", "00101000", "OL TRIM"),
        ("220.0", "220.0", "00101000", "OL BYPASS"),
        ("190.0", "220.0", "00101000", "OL BOOST"),
        # ratios that can be none of the three, and any ratio on battery
        ("220.0", "100.0", "00101000", "OL"),
        ("100.0", "220.0", "00101000", "OL"),
        ("000.0", "220.0", "00101000", "OL"),
        ("190.0", "220.0", "10101000", "OB"),
        ("220.0", "220.0", "00001100", "OL TEST"),
        ("220.0", "220.0", "10001100", "OB TEST"),
        ("220.0", "220.0", "00001010", "OL FSD"),
    ],
)
def test_status_bits(into: str, out: str, bits: str, flags: str) -> None:
    """Each bit, and the bypass bit by the ratio of the voltages."""
    status = judged(f"({into} 140.0 {out} 034 50.0 13.6 25.0 {bits}")
    assert status.flags == {StatusFlag(flag) for flag in flags.split()}


@pytest.mark.parametrize(
    ("into", "bits", "mains"),
    [
        ("220.0", "00001000", True),
        ("000.0", "10001000", False),
        ("220.0", "10001100", True),
        ("003.0", "10001100", False),
    ],
)
def test_mains(into: str, bits: str, mains: bool) -> None:
    """On battery in a test is no loss of mains, unless the input is really gone."""
    assert judged(f"({into} 140.0 220.0 034 50.0 13.6 25.0 {bits}").mains is mains


@pytest.mark.parametrize(
    ("ignored", "flags", "alarms"),
    [("none", "OL FSD", 2), ("shutdown", "OL", 1), ("fault", "OL FSD", 1)],
)
def test_bits_that_lie_can_be_ignored(ignored: str, flags: str, alarms: int) -> None:
    """Some units keep a bit set for ever: the user may tell us."""
    status = judged("(220.0 140.0 220.0 034 50.0 13.6 25.0 00011010", {"_ignore_bit": ignored})
    assert status.flags == {StatusFlag(flag) for flag in flags.split()}
    assert len(status.alarms) == alarms


@pytest.mark.parametrize(
    "reply",
    [
        "(000.0 000.0 000.0 000 00.0 00.0 00.0 00000000",
        "(208.4 140.0 208.4 034 59.9 2.05 35.0 0011000",
        "(208.4 140.0 208.4 034 59.9 2.05 35.0 001100001",
        "(208.4 140.0 208.4 034 59.9 2.05 35.0 0011x000",
        "(208.4 140.0 208.4 034 59.9 2.05 00110000",
        "(208.4 140.0 208.4 034 59.9 2.05 35.0 00110000 12",
        "(208.4 140.0 208.4 -34 59.9 2.05 35.0 00110000",
        "(208.4  140.0 208.4 034 59.9 2.05 35.0 00110000",
        "(9999.9 140.0 208.4 034 59.9 2.05 35.0 00110000",
        "#208.4 140.0 208.4 034 59.9 2.05 35.0 00110000",
        "",
        "(",
    ],
)
def test_q1_that_cannot_be(reply: str) -> None:
    """Wrong lengths, wrong characters, nothing but zeros, impossible values."""
    with pytest.raises(BadReply):
        Q1.decode(reply)


def test_placeholders_are_absent() -> None:
    """``@`` and ``---.-`` are no values, nor is the temperature of a missing sensor."""
    readings = Q1.decode("(208.4 @@@.@ ---.- @@@ 59.9 2.05 00.0 00000000")
    assert set(readings) == {"input.voltage", "input.frequency", "battery.voltage", "_bits"}
    assert F.decode("#000.0 000 00.00 00.0") == {}
    assert F.decode("#220.0 @@@ 12.00 50.0") == {
        "input.voltage.nominal": 220.0,
        "battery.voltage.nominal": 12.0,
        "input.frequency.nominal": 50.0,
    }


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("#POWERCOM        SKP-500A   S505-V1.80", ("POWERCOM", "SKP-500A", "S505-V1.80")),
        # one character short
        ("#POWERCOM        SKP-500A   S505-V1.8", ("POWERCOM", "SKP-500A", "S505-V1.8")),
        ("#                                      "[:39], (None, None, None)),
        ("#############" + "#" * 26, (None, None, None)),
        ("#               " + " " * 12 + "V3.7      ", (None, None, "V3.7")),
        ("#Mustek 636 V1", ("Mustek", "636", "V1")),
        ("#", (None, None, None)),
        # the MegaTec IC's own layout, and a maker of the same name that has the plain one
        ("#MegaTecabcedfhi k130v12345 v3.400000", ("MegaTec", "k130v", "v3.400000")),
        ("#MegaTec         ONLINE     V1.0      ", ("MegaTec", "ONLINE", "V1.0")),
    ],
)
def test_information(reply: str, expected: tuple[str | None, ...]) -> None:
    """Positions where they can be trusted, words where not, nothing where nothing is said."""
    about = info(reply)
    found = tuple(about.get(name) for name in ("device.mfr", "device.model", "ups.firmware"))
    assert found == expected


@pytest.mark.parametrize(
    ("data", "reply"),
    [
        (b"(abc\r", "(abc"),
        (b"(abc", "(abc"),
        (b"(a\0bc\r", "(abc"),
        (b"Q1\r(abc\r", "(abc"),
        (b"Q1(abc\r", "(abc"),
        (b"(abc\r(abd\r", "(abd"),
        (b"xx(abc\r", "(abc"),
        (b"Q1\r", None),
        (b"Q1", None),
        (b"NAK\r", None),
        (b"(NAK\r", None),
        (b"\r", None),
        (b"", None),
        (None, None),
    ],
)
def test_cleaning(data: bytes | None, reply: str | None) -> None:
    """NUL bytes, a missing CR, doubled replies, echo and reply, and every way to say no."""
    assert clean(data, b"Q1\r", "(") == reply


def test_reply_without_its_start_is_bad() -> None:
    """What does not start as it should is no reply."""
    with pytest.raises(BadReply):
        clean(b"hello\r", b"Q1\r", "(")


def test_echo_alone_is_not_yet_an_answer() -> None:
    """Some units echo and then answer."""
    answer = Answer(b"Q1\r")
    assert not answer.whole(b"Q1\r")
    assert not answer.whole(b"\r(abc")
    assert answer.whole(b"Q1\r(abc\r")


def test_crc() -> None:
    """CRC-16/XMODEM as the card gives it for QPI, and the three bytes that are raised."""
    assert crc16(b"QPI") == b"\xbe\xac"
    seen = b"".join(crc16(bytes((first, second))) for first in range(256) for second in range(256))
    assert not set(seen) & set(b"\n\r(")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, (".2", 12)),
        (12, (".2", 12)),
        (17, (".2", 12)),
        (30, (".5", 30)),
        (59, (".9", 54)),
        (60, ("01", 60)),
        (90, ("01", 60)),
        (600, ("10", 600)),
        (6000, ("10", 600)),
    ],
)
def test_delays_are_rounded_down(seconds: float, said: tuple[str, float]) -> None:
    """.2 to .9 below a minute, then whole minutes."""
    assert Minutes().say(seconds) == said


def test_restore_delays() -> None:
    """R0001 and R0002 are never sent: early firmware does not come back."""
    assert [restore_minutes(seconds) for seconds in (60, 180, 239, 599940, 10**9)] == [
        ("0003", 180),
        ("0003", 180),
        ("0003", 180),
        ("9999", 599940),
        ("9999", 599940),
    ]


# any bytes in, values or BadReply out


def every_query() -> list[tuple[str, Query]]:
    """Return each query of each dialect."""
    return [
        (name, query)
        for name, dialect in DIALECTS.items()
        for query in (*dialect.status, *dialect.values, *dialect.constants)
    ]


SOUP = st.one_of(
    st.binary(max_size=130),
    st.text(alphabet="(#0123456789. -@BL:ACKN/WVMS\r", max_size=130).map(str.encode),
    st.text(alphabet="0123456789. ", max_size=130).map(lambda text: f"({text}".encode()),
)


@pytest.mark.parametrize(("dialect", "query"), every_query())
@given(data=SOUP)
def test_any_bytes(dialect: str, query: Query, data: bytes) -> None:
    """Nothing but values of the right types, or BadReply; and whatever passes can be judged."""
    table = DIALECTS[dialect]
    try:
        if query.length:
            readings = query.decode(data[: query.length].decode("latin-1"))
        else:
            text = clean(data, query.request.encode(), query.start, bare=query.bare)
            readings = query.decode(text) if text is not None else {}
    except BadReply:
        return
    if readings and query is table.status[0]:
        known: dict[str, float | str] = {"battery.voltage.nominal": 24.0}
        assert table.judge(readings, known).flags <= table.flags
        table.finish(readings, known)
    for name, value in readings.items():
        assert isinstance(name, str)
        assert isinstance(value, float | str)


def test_catalog_knows_the_dialects() -> None:
    """The names that a user may give are those that there are."""
    assert set(MEGATEC_DIALECTS) == set(DIALECTS)


# every single-byte corruption of a status reply


Q1_REPLY = b"(228.0 228.0 190.0 034 50.0 13.6 35.0 00101000\r"


async def begun(answers: Answers) -> Session:
    """Return a running session with a Megatec unit in memory."""

    async def open_wire(transcript: Transcript) -> Link:
        return TableLine(answers)

    session = Session("table:", protocol("megatec"), clock=FakeClock(), open_wire=open_wire)
    session.start()
    await session.ready()
    return session


@pytest.mark.parametrize("tier", Tier)
async def test_no_corruption_changes_a_flag(tier: Tier) -> None:
    """47 positions, 255 wrong bytes each, each followed by good replies: nothing is told."""
    queue: list[bytes] = []

    def q1() -> bytes:
        return queue.pop() if queue else Q1_REPLY

    session = await begun({b"Q1\r": q1})
    updates: list[Update] = []
    session.subscribe(updates.append)
    for position in range(len(Q1_REPLY)):
        for wrong in range(256):
            if wrong == Q1_REPLY[position]:
                continue
            queue.append(Q1_REPLY[:position] + bytes((wrong,)) + Q1_REPLY[position + 1 :])
            # the tick itself, without the clock around it: there are 23,970 of them
            await (session._status_tick() if tier is Tier.STATUS else session._full_tick())
            assert not queue
    changed = frozenset().union(*(update.changed for update in updates))
    assert not changed & {STATUS, ALARM, "ups.type", "ups.beeper.status", "available"}
    assert session.available
    await session.close()


async def test_a_real_change_is_told() -> None:
    """The same machinery does tell what is true: the test above can fail."""
    reply: Callable[[], bytes] = lambda: replies[-1]  # noqa: E731
    replies = [Q1_REPLY]
    session = await begun({b"Q1\r": reply})
    updates: list[Update] = []
    session.subscribe(updates.append)
    replies.append(Q1_REPLY.replace(b"00101000", b"10001000"))
    session._soon(Tier.STATUS)
    await settle()
    assert STATUS in updates[0].changed
    await session.close()
