"""What units without ``a`` understand, by their firmware (card apc-smart, section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
import re


@dataclass(frozen=True, slots=True)
class Compat:
    """An old unit: the commands it understands, and what it is called where it does not say."""

    commands: frozenset[bytes]
    model: str


def _commands(text: str) -> frozenset[bytes]:
    """Return the single commands of a list; ``A-G`` is a range."""
    found = set()
    for match in re.finditer(r"([A-Za-z])-([A-Za-z])|(.)", text):
        first, last, one = match.groups()
        codes = range(ord(first), ord(last) + 1) if first else (ord(one),)
        found |= {bytes((code,)) for code in codes}
    return frozenset(found)


_SMART = "@79A-GK-SU-Zcefgj-suxz"
_LIKE_MATRIX = f"{_SMART}/<>"
_MATRIX = f"{_LIKE_MATRIX}8Tw\\^\x0c\x16"
_OLD_900 = "@79A-CE-GK-SU-Zcfg"
_OLD_1250 = "@79A-CE-GK-SU-Zfg"
_CS_350 = "@\x019ABPQRSUYbdfgjmnx"
_VOLTS_IN_B = "@789A-CFGK-SU-Z"
# the card lists this set for 6JI as well: "@ 7 8 9 A-C F G K-Q S-Z f g"
_6JI = "@789A-CFGK-QS-Zfg"

_SETS = (
    (_SMART, "6QD 6QI 6TD 6TI 7QD 7QI 7TD 7TI 8QD 8QI 8TD 8TI"),
    (_LIKE_MATRIX, "0ZI 5UI 5ZM"),
    (_MATRIX, "0XI 0XM"),
    (_OLD_900, "7II 9II 9GI 8II"),
    (_OLD_1250, "8GI"),
    (_6JI, "6JI"),
    (_CS_350, "5.4.D"),
)

_TABLE: Mapping[str, str] = {
    firmware: commands for commands, firmwares in _SETS for firmware in firmwares.split()
}
_ANCIENT = re.compile(r"[0-9A-Fa-f]{2}")
MATRIX = "Matrix-UPS"
SMART = "Smart-UPS"


def lookup(firmware: str) -> Compat | None:
    """Return what a unit of this firmware understands; None for one that has to be asked.

    An answer of exactly two hexadecimal digits is that of an ancient 600, whose ``b`` is the
    voltage above 255 V.
    """
    text = _VOLTS_IN_B if _ANCIENT.fullmatch(firmware) else _TABLE.get(firmware)
    if text is None:
        return None
    return Compat(_commands(text), MATRIX if firmware[0] in "05" else SMART)


PROBED = tuple(bytes((code,)) for code in b"CPLOfB\x01n/")
"""What is asked of a unit that neither knows ``a`` nor is in the table."""
