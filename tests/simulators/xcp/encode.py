"""How the bytes of XCP are laid out: packets, meters, dates (document, 3.2, 3.5, 6.1.3)."""

from collections.abc import Iterator
from datetime import datetime
import struct

SFD = 0xAB
LONGEST_PACKET = 121
ACK_BLOCK = 0x09
LAST = 0x80

type Reading = float | datetime


def checksum(data: bytes) -> int:
    """Return the byte that makes the sum of a packet zero."""
    return -sum(data) & 0xFF


def packets(block: int, data: bytes, size: int = LONGEST_PACKET) -> Iterator[bytes]:
    """Yield the packets of one response, each with at most ``size`` data bytes."""
    pieces = [data[at : at + size] for at in range(0, len(data), size)] or [b""]
    for number, piece in enumerate(pieces, 1):
        sequence = number | (LAST if number == len(pieces) else 0)
        packet = bytes((SFD, block, len(piece), sequence)) + piece
        yield packet + bytes((checksum(packet),))


def command(*data: int) -> bytes:
    """Return the frame of a command."""
    packet = bytes((SFD, len(data), *data))
    return packet + bytes((checksum(packet),))


def bcd(number: int) -> int:
    """Return two digits as one byte."""
    return number // 10 << 4 | number % 10


def date_of_meter(moment: datetime, *, julian: bool = False) -> bytes:
    """Return a date as a meter shows it: DD MM YY FCC, or the day of the year in MM DD."""
    century, year = bcd(moment.year // 100), bcd(moment.year % 100)
    if julian:
        day = moment.timetuple().tm_yday
        return bytes((bcd(day % 100), bcd(day // 100), year, century))
    return bytes((bcd(moment.day), bcd(moment.month), year, century | 0x80))


def time_of_meter(moment: datetime) -> bytes:
    """Return a time as a meter shows it: CC SS MM HH."""
    return bytes(map(bcd, (moment.microsecond // 10000, moment.second, moment.minute, moment.hour)))


def date_of_command(moment: datetime) -> bytes:
    """Return a date and time as commands and the status block have them: FCC YY MM DD HH MM."""
    return bytes((*date_of_meter(moment)[::-1], bcd(moment.hour), bcd(moment.minute)))


def read_date(data: bytes) -> datetime | None:
    """Return the moment that a command names, None for one that is none."""
    century, year, month, day, hour, minute = (
        (byte >> 4) * 10 + (byte & 15) for byte in bytes((data[0] & 0x7F,)) + data[1:6]
    )
    try:
        return datetime(century * 100 + year, month, day, hour, minute)
    except ValueError:
        return None


def slot(form: int, value: Reading, *, julian: bool = False) -> bytes:
    """Return four bytes of a meter or a statistic in the format of its map byte."""
    match form:
        case 0xE0:
            assert isinstance(value, datetime)
            return date_of_meter(value, julian=julian)
        case 0xE1:
            assert isinstance(value, datetime)
            return time_of_meter(value)
    assert not isinstance(value, datetime)
    if form == 0xE2:
        return struct.pack("<i", int(value))
    if form >= 0xF0:
        return struct.pack("<i", round(value * 2 ** (form & 15)))
    return struct.pack("<f", value)


def padded(text: str, length: int = 16) -> bytes:
    """Return a text of a fixed length."""
    return text.encode("latin-1").ljust(length)[:length]
