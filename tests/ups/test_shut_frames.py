"""SHUT's bytes: the document's and the card's examples, and any bytes."""

from hypothesis import given, strategies as st
import pytest

from custom_components.ups_protocols.ups.errors import BadReply
from custom_components.ups_protocols.ups.links.base import ReportKind
from custom_components.ups_protocols.ups.links.shut_frames import (
    ACK,
    NAK,
    Broken,
    Descriptor,
    DeviceDescriptor,
    Item,
    Level,
    NextItem,
    Packet,
    PacketKind,
    get_descriptor,
    get_report,
    packets,
    report_descriptor_length,
    set_report,
    take,
    text,
)

FEATURE = ReportKind.FEATURE


@pytest.mark.parametrize(
    ("request_", "wire"),
    [
        # 51029473ZA, section 5, and card shut, 3.9 (those NUT's driver says as well)
        (get_descriptor(Descriptor.DEVICE, 18), ["8188 8006000100001200 95"]),
        (get_descriptor(Descriptor.STRING, 0x80, 2), ["8188 8006020300008000 07"]),
        (get_descriptor(Descriptor.HID, 9), ["8188 8106002100000900 AF"]),
        (get_descriptor(Descriptor.REPORT, 0x0321), ["8188 8106002200002103 87"]),
        (get_report(FEATURE, 0x16, 8), ["8188 A101160300000800 BD"]),
        (
            set_report(FEATURE, bytes.fromhex("0F780000")),
            ["0188 21090F0300000400 20", "8144 0F780000 77"],
        ),
        (
            set_report(FEATURE, bytes.fromhex("0FFFFFFF")),
            ["0188 21090F0300000400 20", "8144 0FFFFFFF F0"],
        ),
        # section 2.3: what is longer goes in several packets (10 bytes written)
        (
            set_report(FEATURE, bytes(range(1, 11))),
            ["0188 2109010300000A00 20", "0188 0102030405060708 08", "8122 090A 03"],
        ),
    ],
)
def test_requests(request_: bytes, wire: list[str]) -> None:
    """What goes over the line, byte for byte."""
    assert packets(request_) == [bytes.fromhex(each) for each in wire]


def test_the_index_of_a_descriptor_stands_before_its_type() -> None:
    """The document's table has them the other way round, which no unit understands."""
    assert get_descriptor(Descriptor.REPORT, 9, 1)[2:4] == b"\x01\x22"


def test_input_reports_are_asked_for_by_their_own_number() -> None:
    """Section 2.8: by GET_REPORT even for Input typed objects."""
    assert get_report(ReportKind.INPUT, 2, 3).hex() == "a101020100000300"


@pytest.mark.parametrize(
    ("came", "item"),
    [
        ("06", ACK),
        ("15", NAK),
        ("16", Level.FULL),
        ("17", Level.STATUS),
        ("18", Level.NOTHING),
        # the document's answer: its 07 08 are 2055 s, where its text says 1800
        ("8444 16640708 7D", Packet(PacketKind.RESPONSE, bytes.fromhex("16640708"))),
        ("8533 022400 26", Packet(PacketKind.NOTIFY, bytes.fromhex("022400"))),
        (
            "0488 1201000100000008 1A",
            Packet(PacketKind.RESPONSE, bytes.fromhex("1201000100000008"), is_last=False),
        ),
        ("8411 01 01", Packet(PacketKind.RESPONSE, b"\x01")),
        # bit 7 is no part of the checksum, nor is the length
        ("8444 16640708 7C", Broken(bytes.fromhex("8444166407087C"))),
        # section 2.3: the length stands in both halves
        ("8443 16640708 7D", Broken(bytes.fromhex("8443166407087D"))),
        ("8499 16640708 7D", Broken(bytes.fromhex("8499166407087D"))),
        ("8500 00", Broken(bytes.fromhex("850000"))),
        # our own packets come from no UPS
        ("8188", Broken(b"\x81")),
        ("00", Broken(b"\x00")),
    ],
)
def test_what_a_ups_says(came: str, item: Item) -> None:
    """The first thing in what came, and its size."""
    data = bytes.fromhex(came)
    size = 1 if isinstance(item, Broken) and len(item.data) == 1 else len(data)
    assert take(data) == (item, size)


def test_what_follows_is_left() -> None:
    """But for a length that cannot be: nobody can tell where such a packet ends."""
    packet = bytes.fromhex("85330224 0026")
    assert take(packet + b"\x06") == (Packet(PacketKind.NOTIFY, packet[2:5]), 6)
    wrong = packet[:5] + b"\x27\x06"
    assert take(wrong) == (Broken(wrong[:6]), 6)
    lost = b"\x85\x32" + packet[2:]
    assert take(lost + b"\x06") == (Broken(lost + b"\x06"), 7)


def test_parts_of_a_packet_are_nothing_yet() -> None:
    """However a packet is cut, its beginning waits for the rest."""
    whole = bytes.fromhex("85330224 0026")
    for end in range(len(whole)):
        assert take(whole[:end]) == (None, 0)
        assert NextItem(whole[:end]).whole(whole[end:])
        assert not NextItem(whole[:end]).whole(b"")


@given(st.binary(max_size=64))
def test_any_bytes(data: bytes) -> None:
    """Are read to their end or wait for more, and none is read twice or changed."""
    rest = data
    while True:
        item, size = take(rest)
        if item is None:
            break
        assert size > 0
        if isinstance(item, Packet):
            assert item.encode() == rest[:size]
        elif isinstance(item, Broken):
            assert item.data == rest[:size]
        rest = rest[size:]
    assert len(rest) < 11


@given(
    st.sampled_from([PacketKind.RESPONSE, PacketKind.NOTIFY]),
    st.binary(min_size=1, max_size=8),
    st.booleans(),
    st.data(),
)
def test_one_wrong_bit_is_seen(
    kind: PacketKind, data: bytes, is_last: bool, draw: st.DataObject
) -> None:
    """A packet with one wrong bit is never another good packet of the same kind."""
    whole = Packet(kind, data, is_last).encode()
    assert take(whole) == (Packet(kind, data, is_last), len(whole))
    place = draw.draw(st.integers(8, 8 * len(whole) - 1))
    wrong = bytearray(whole)
    wrong[place // 8] ^= 1 << place % 8
    item, _ = take(wrong)
    assert not isinstance(item, Packet)


@given(st.binary(max_size=40))
def test_any_descriptor(data: bytes) -> None:
    """Is read or refused."""
    for read in (DeviceDescriptor.parse, report_descriptor_length, text):
        try:
            read(data)
        except BadReply:
            continue


def test_device_descriptor() -> None:
    """Card shut, 3.9; some units leave the last byte out."""
    data = bytes.fromhex("120100010000000863040100000101022204")
    found = DeviceDescriptor.parse(data)
    assert found == DeviceDescriptor(0x0463, 0x0001, 0x0100, 1, 2, 0x22)
    assert DeviceDescriptor.parse(data[:17]) == found
    device = found.device("MGE", None, "A1")
    assert (device.ids, device.manufacturer, device.serial) == ("0463:0001", "MGE", "A1")
    for wrong in (b"", data[:16], b"\x12\x02" + data[2:]):
        with pytest.raises(BadReply):
            DeviceDescriptor.parse(wrong)


def test_texts() -> None:
    """Card shut, 3.9; whatever is no string descriptor is no text."""
    data = bytes.fromhex("180345006C006C006900700073006500200036003000" + "3000")
    assert text(data) == "Ellipse 600"
    # cut short, longer than it says, odd
    assert text(data[:10]) == "Elli"
    assert text(data + b"\0\0") == "Ellipse 600"
    assert text(data[:11]) == "Elli"
    assert text(b"\x02\x03") is None
    assert text(b"\x04\x02A\0") is None


def test_length_of_the_report_descriptor() -> None:
    """Card shut, 3.9."""
    assert report_descriptor_length(bytes.fromhex("092100012101220101")) == 257
    for wrong in ("", "0921000121012201", "092200012101220101", "092100012101230101"):
        with pytest.raises(BadReply):
            report_descriptor_length(bytes.fromhex(wrong))
    with pytest.raises(BadReply):
        report_descriptor_length(bytes.fromhex("092100012101220000"))
