"""Dates of agents that write the month first, as ISO dates, and back."""

from datetime import date
import re

from ..errors import Unsupported
from ..links.base import Oid, SnmpType
from ..model import SettingKind, Value
from .table import Look, Write

_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})")


def iso_date(said: str, _: Look, __: Oid) -> Value | None:
    """Return mm/dd/yy and mm/dd/yyyy as ISO, other texts as they are; no day at all is none."""
    if not (match := _DATE.fullmatch(said)):
        return said
    month, day, year = map(int, match.groups())
    if len(match[3]) == 2:
        year += 2000 if year < 70 else 1900
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _encode(value: Value) -> bytes:
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        raise Unsupported("the date must be written as year-month-day") from None
    return f"{day.month:02}/{day.day:02}/{day.year:04}".encode()


LONG_DATE = Write(kind=SettingKind.DATE, length=10, type=SnmpType.OCTETS, encode=_encode)
"""A date that is written as mm/dd/yyyy."""
