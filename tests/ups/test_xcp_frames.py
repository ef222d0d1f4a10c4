"""XCP's frames: checksums, packets that are put together, what stands around them, answers."""

from hypothesis import given, strategies as st
import pytest

from custom_components.ups_protocols.ups.errors import BadReply, Busy, Rejected, UpsError
from custom_components.ups_protocols.ups.protocols.xcp.frames import (
    AUTHORISATION,
    Answer,
    Block,
    Code,
    Refused,
    digits,
    frame,
    judge,
    word,
)
from tests.simulators.xcp.encode import packets

# card xcp 2.10: data bytes of commands, and their frames
VECTORS = {
    "CF 69 E8 D5": "AB 04 CF 69 E8 D5 5C",
    "B1 0A 1E": "AB 03 B1 0A 1E 79",
    "31": "AB 01 31 23",
    "33": "AB 01 33 21",
    "34": "AB 01 34 20",
    "35": "AB 01 35 1F",
    "36": "AB 01 36 1E",
    "3B": "AB 01 3B 19",
    "3C": "AB 01 3C 18",
    "40": "AB 01 40 14",
    "41": "AB 01 41 13",
    "43": "AB 01 43 11",
    "A0": "AB 01 A0 B4",
    "8A 78 00": "AB 03 8A 78 00 50",
    "8A 78 00 02": "AB 04 8A 78 00 02 4D",
    "95 06 02 00": "AB 04 95 06 02 00 B4",
    "95 FF 00 00": "AB 04 95 FF 00 00 BD",
    "8B": "AB 01 8B C9",
    "89": "AB 01 89 CB",
    "33 01": "AB 02 33 01 1F",
    "42 00": "AB 02 42 00 11",
    "B2 01": "AB 02 B2 01 A0",
    "93 00 00": "AB 03 93 00 00 BF",
    "94 A0 01 03 16 17 30 02": "AB 08 94 A0 01 03 16 17 30 02 B6",
    "90 A0 01 03 16 17 30 21 00": "AB 09 90 A0 01 03 16 17 30 21 00 9A",
    "97 01 01 FF FF": "AB 05 97 01 01 FF FF B9",
    "9A 00": "AB 02 9A 00 B9",
}
STATUS = bytes.fromhex("AB 03 04 81 50 D3 00 00 AA")
ACCEPTED = bytes.fromhex("AB 09 04 81 31 B1 0A 1E BD")
BUSY = bytes.fromhex("AB 09 04 81 33 B1 0A 1E BB")
ASK_STATUS = Answer(bytes((Code.STATUS,)))


@pytest.mark.parametrize(("data", "whole"), VECTORS.items())
def test_commands(data: str, whole: str) -> None:
    """The document's and the card's frames."""
    assert frame(*bytes.fromhex(data)) == bytes.fromhex(whole)


def test_authorisation_is_the_document_s() -> None:
    """Its checksum is right, and it is a frame like any other."""
    assert frame(*AUTHORISATION[2:-1]) == AUTHORISATION


def test_words() -> None:
    """Numbers go out with their low byte first; below zero as two's complement."""
    assert word(300) == (0x2C, 0x01)
    assert word(-1) == (0xFF, 0xFF)


def test_one_packet() -> None:
    """A response is whole with its checksum, not before."""
    assert ASK_STATUS.block(STATUS) == Block(3, bytes.fromhex("50D30000"))
    assert not any(ASK_STATUS.whole(STATUS[:end]) for end in range(len(STATUS)))
    assert ASK_STATUS.whole(STATUS)


@pytest.mark.parametrize("size", [1, 16, 64, 120, 121])
def test_many_packets(size: int) -> None:
    """A block in pieces is put together, whatever their size, and is whole with the last."""
    data = bytes(range(121))
    said = b"".join(packets(4, data, size))
    answer = Answer(bytes((Code.METERS,)))
    assert not any(answer.whole(said[:end]) for end in range(len(said)))
    assert answer.block(said).data == data


def test_more_than_seven_packets() -> None:
    """The number of a packet has seven bits, not three as NUT reads it."""
    data = bytes(300)
    said = b"".join(packets(1, data, 3))
    assert Answer(b"\xa0").block(said).data == data


@pytest.mark.parametrize(
    "before",
    [
        b"\0",
        b"garbage\r\n",
        # beginnings of packets that never come
        b"\xab",
        b"\xab\x03",
        b"\xab\x03\x79\x81",
        b"\xab\x09\x8c\x81",
        # another block, an older acknowledgement, a packet from the middle of a block
        bytes.fromhex("AB 05 03 81 00 08 00 C4"),
        ACCEPTED,
        b"".join(packets(3, bytes(200)))[126:],
        # the wrong checksum
        STATUS[:-1] + b"\0",
        STATUS[:-3],
    ],
)
def test_what_stands_before_is_passed_over(before: bytes) -> None:
    """Stale and broken bytes before a response do not hide it."""
    assert ASK_STATUS.block(before + STATUS).data == bytes.fromhex("50D30000")


@pytest.mark.parametrize("behind", [STATUS, b"\xab\x03", b"\0\r\n"])
def test_what_stands_behind_is_left(behind: bytes) -> None:
    """A doubled response, or noise behind it, changes nothing."""
    assert ASK_STATUS.whole(STATUS + behind)
    assert ASK_STATUS.block(STATUS + behind).data == bytes.fromhex("50D30000")


def test_bad_bytes_are_no_answer() -> None:
    """Every single wrong byte is found out by the checksum or the header."""
    for at in range(len(STATUS)):
        for bit in range(8):
            broken = bytearray(STATUS)
            broken[at] ^= 1 << bit
            with pytest.raises(BadReply):
                ASK_STATUS.block(bytes(broken))


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_lost_packet_is_no_answer(lost: int) -> None:
    """A block with a hole is none."""
    pieces = list(packets(4, bytes(range(60)), 20))
    del pieces[lost]
    with pytest.raises(BadReply):
        Answer(bytes((Code.METERS,))).block(b"".join(pieces))


def test_a_response_that_is_sent_anew() -> None:
    """A block that breaks off and starts again is the one that is whole."""
    pieces = list(packets(4, bytes(range(60)), 20))
    said = pieces[0] + b"".join(pieces)
    assert Answer(bytes((Code.METERS,))).block(said).data == bytes(range(60))


# acknowledgements

TEST = bytes.fromhex("B1 0A 1E")


def test_accepted() -> None:
    """The battery test of the card."""
    assert judge(Answer(TEST).block(ACCEPTED), TEST) == b"\x1e"
    with pytest.raises(Busy):
        judge(Answer(TEST).block(BUSY), TEST)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0x32, "not implemented"),
        (0x34, "does not know"),
        (0x35, "out of range"),
        (0x36, "no such"),
        (0x38, "only be read"),
    ],
)
def test_refusals(code: int, text: str) -> None:
    """Each refusal says what is wrong, and is a Rejected."""
    with pytest.raises(Refused, match=text) as caught:
        judge(Block(9, bytes((code,)) + TEST), TEST)
    assert caught.value.ack == code
    assert caught.value.kind == Rejected.__name__


def test_adjusted_is_accepted() -> None:
    """The unit took the nearest value; whoever set it reads it again."""
    assert judge(Block(9, bytes.fromhex("37 95 05 08 00")), bytes.fromhex("95050800")) == b"\x08\0"


@pytest.mark.parametrize("block", [Block(9, b""), Block(9, b"\x30\xb1"), Block(11, b"\x31")])
def test_no_acknowledgement(block: Block) -> None:
    """An unknown code, nothing, another block."""
    with pytest.raises(BadReply):
        judge(block, TEST)


def test_acknowledgement_of_another_command() -> None:
    """An echo of something else does not confirm this."""
    with pytest.raises(BadReply):
        Answer(b"\x8b").block(ACCEPTED)


@pytest.mark.parametrize(
    ("request_", "answer", "listed"),
    [
        # the document's examples echo no null values; others do
        ("95 FF 00 00", "31 95 FF 05 06 09 0A 81 86", "05 06 09 0A 81 86"),
        ("95 FF 00 00", "31 95 FF 00 00 05 06", "00 00 05 06"),
        ("B2 FF", "31 B2 FF 01 02 03 04", "01 02 03 04"),
        ("9A FF", "31 9A FF 00 01 02 03", "00 01 02 03"),
        ("9A 00", "31 9A 00 03", "03"),
    ],
)
def test_lists(request_: str, answer: str, listed: str) -> None:
    """What a unit can stands behind the echo."""
    said = judge(Block(9, bytes.fromhex(answer)), bytes.fromhex(request_))
    assert said == bytes.fromhex(listed)


def test_digits() -> None:
    """Packed decimals, and what is none."""
    assert digits(0x59) == 59
    with pytest.raises(BadReply):
        digits(0x5A)


# whatever comes

REQUESTS = st.sampled_from([bytes((code,)) for code in Code] + [TEST, b"\x33\x01"])


@given(data=st.binary(max_size=400), request_=REQUESTS)
def test_any_bytes(data: bytes, request_: bytes) -> None:
    """Any bytes are an answer or a BadReply, and whole() never fails."""
    answer = Answer(request_)
    is_whole = answer.whole(data)
    try:
        block = answer.block(data)
    except BadReply:
        assert not is_whole
        return
    try:
        judge(block, request_)
    except UpsError as error:
        assert isinstance(error, BadReply | Busy | Refused)  # noqa: PT017


@given(
    data=st.binary(min_size=1, max_size=600),
    size=st.integers(1, 121),
    before=st.binary(max_size=40),
    behind=st.binary(max_size=20),
)
def test_any_block_among_noise(data: bytes, size: int, before: bytes, behind: bytes) -> None:
    """A block is found among noise, unless the noise itself holds one."""
    if len(data) > 127 * size:
        size = 121
    said = b"".join(packets(4, data, size))
    answer = Answer(bytes((Code.METERS,)))
    if not answer.whole(before):
        try:
            answer.block(before)
        except BadReply:
            found = answer.block(before.replace(b"\xab", b"\xaa") + said + behind)
            assert found.data == data
