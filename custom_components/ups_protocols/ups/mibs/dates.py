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


def _written(year: str) -> Write:
    """Describe a date that is written as mm/dd/ and the year in a format of `date`."""

    def encode(value: Value) -> bytes:
        try:
            day = date.fromisoformat(str(value))
        except ValueError:
            raise Unsupported("the date must be written as year-month-day") from None
        return f"{day:%m/%d/{year}}".encode()

    return Write(kind=SettingKind.DATE, length=10, type=SnmpType.OCTETS, encode=encode)


LONG_DATE = _written("%Y")
"""A date that is written as mm/dd/yyyy."""
SHORT_DATE = _written("%y")
"""A date that is written as mm/dd/yy."""
