"""Raw objects as values: whatever type an agent chose, sentinels taken out (card snmp.md, 3.4)."""

from math import isfinite
import re
import struct

from ..links.base import SnmpValue

# "no such time" of Gauge32, TimeTicks and INTEGER alike (card snmp.md, 3.2)
_NEVER = frozenset({4294967295, 2147483647})
# how net-snmp puts a float into an Opaque
_OPAQUE_FLOAT = b"\x9f\x78\x04"
_NO_TEXTS = frozenset({"", "unknown", "not supported", "notsupported", "n/a", "null"})
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,9})?")


def as_number(value: SnmpValue | None) -> float | None:
    """Return an object as a number: of any numeric type, a float, or digits in octets."""
    if isinstance(value, int):
        return None if value in _NEVER else value
    if isinstance(value, bytes):
        if value.startswith(_OPAQUE_FLOAT) and len(value) == len(_OPAQUE_FLOAT) + 4:
            number = struct.unpack(">f", value[-4:])[0]
            return round(number, 3) if isfinite(number) else None
        text = as_text(value)
        if text is None or not (match := _NUMBER.match(text)):
            return None
        # "80.9 %" and "12 V" are numbers with their unit behind them
        rest = text[match.end() :].strip()
        if len(rest) > 3 or any(each.isdigit() for each in rest):
            return None
        number = float(match[0])
        return int(number) if number.is_integer() else number
    return None


def as_text(value: SnmpValue | None) -> str | None:
    """Return an object as a text: UTF-8, else Latin-1, without padding; None for none."""
    match value:
        case bytes():
            try:
                text = value.decode()
            except UnicodeDecodeError:
                text = value.decode("latin-1")
            text = text.replace("\0", "")
            text = "".join(char if char.isprintable() else " " for char in text).strip()
            return None if text.lower() in _NO_TEXTS else text
        case int():
            return str(value)
        case _:
            return None


def scaled(number: float, scale: float) -> float:
    """Return a number in its unit, without the noise of binary fractions."""
    value = number * scale
    if not isfinite(value):
        return 0.0
    return round(value, 6)
