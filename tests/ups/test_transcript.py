"""What was said is kept, bounded, and can be replayed."""

import pytest

from custom_components.ups_protocols.ups.errors import NoReply
from custom_components.ups_protocols.ups.links.base import Until
from custom_components.ups_protocols.ups.transcript import (
    KEPT_EXCHANGES,
    ReplayBytes,
    ReplayLine,
    Transcript,
)

CR = Until(b"\r")


def test_opening_and_newest_are_kept() -> None:
    """Everything said at open, then the newest 200; a new opening forgets the last one."""
    transcript = Transcript()
    transcript.add(b"I\r", b"#\r")
    transcript.end_open()
    for number in range(2 * KEPT_EXCHANGES):
        transcript.add(b"Q1\r", str(number).encode())
    kept = transcript.exchanges
    assert len(kept) == 1 + KEPT_EXCHANGES
    assert kept[0].request == b"I\r"
    assert kept[-1].reply == str(2 * KEPT_EXCHANGES - 1).encode()
    assert kept[0].at <= kept[-1].at
    transcript.begin_open()
    transcript.add(b"F\r", None)
    assert [each.request for each in transcript.exchanges].count(b"I\r") == 0


def test_endless_opening_is_bounded() -> None:
    """A line that chatters cannot eat the memory."""
    transcript = Transcript()
    for _ in range(20 * KEPT_EXCHANGES):
        transcript.add(None, b"x")
    assert len(transcript.exchanges) <= 11 * KEPT_EXCHANGES


def test_any_byte_survives_json() -> None:
    """Binary replies come back as they were."""
    transcript = Transcript()
    transcript.add(bytes(range(256)), None)
    transcript.add(None, bytes(range(256)))
    again = Transcript.from_json(transcript.as_json())
    assert [(each.request, each.reply) for each in again.exchanges] == [
        (bytes(range(256)), None),
        (None, bytes(range(256))),
    ]


@pytest.mark.parametrize("bad", [[{"request": 1}], [{"reply": []}]])
def test_what_is_no_transcript(bad: list[dict[str, object]]) -> None:
    """A file that says something else is refused."""
    with pytest.raises(TypeError):
        Transcript.from_json(bad)


async def test_replay() -> None:
    """The n-th question gets the n-th answer, then the last one; the unknown gets silence."""
    transcript = Transcript()
    for reply in (b"1\r", None, b"3\r"):
        transcript.add(b"Q1\r", reply)
    line = ReplayLine(transcript)
    async with line.exclusive():
        said = [await line.query(b"Q1\r", reply=CR, timeout=1) for _ in range(4)]
    assert said == [b"1\r", None, b"3\r", b"3\r"]
    assert await line.query(b"F\r", reply=CR, timeout=1) is None
    await line.close()
    with pytest.raises(NoReply):
        ReplayLine(Transcript())


async def test_replay_of_bytes() -> None:
    """What was read after a write answers it; what came by itself belongs to the last one."""
    transcript = Transcript()
    for request, reply in (
        (None, b"!"),
        (b"Q", None),
        (None, b"08"),
        (None, b"\r\n"),
        (None, b"$"),
        (b"Q", None),
        (None, b"10\r\n"),
    ):
        transcript.add(request, reply)
    line = ReplayBytes(transcript)
    async with line.exclusive():
        for expected, rest in ((b"08\r\n", b"$"), (b"10\r\n", b""), (b"10\r\n", b"")):
            await line.write(b"Q")
            assert await line.read(Until(b"\n"), timeout=1) == expected
            assert line.discard_input() == rest
    await line.write(b"Z")
    assert await line.read(Until(b"\n"), timeout=1) == b""
    line.on_unsolicited(print)()
    await line.set_baudrate(1200)
    await line.close()
    with pytest.raises(NoReply):
        ReplayBytes(Transcript())
