"""Tells the dialects apart, by queries that are harmless to every unit of the family."""

from collections.abc import Awaitable, Callable
from enum import Enum

from ...errors import NoReply
from .dialects.ablerex import ABLEREX
from .dialects.axpert import QPI_CRC
from .dialects.base import BL, FW, GTEC, INNOVA_I, MEGATEC_OLD, MUSTEK, Q1, QPI, I
from .dialects.bestups import ID
from .dialects.masterguard import WH
from .dialects.powercom import CHARGE as POWERCOM_CHARGE
from .dialects.three_phase import INNOVA_FW, Q2_STATUS, Q6_STATUS
from .frames import Query, Readings

type Probe = Callable[[str, Query, Patience], Awaitable[Readings | None]]
"""Asks a query as a dialect would; None for no answer."""


class Patience(Enum):
    """How long a query may stay unanswered until it counts as unknown to the unit."""

    FULL = "full"
    """The queries that nearly all units know: a lost reply is asked for again."""
    SHORT = "short"
    """A unit that does not know a query echoes it at once or stays silent."""


_FULL, _SHORT = Patience.FULL, Patience.SHORT


def _either_firmware(reply: str) -> Readings:
    """Read ``FW?``: in the frame of ``I`` with Zinto and Hunnox, a bare text with Innova RT."""
    if reply.startswith(FW.start):
        return FW.decode(reply)
    return INNOVA_FW.decode(reply) | {"_is_innova": "yes"}


EITHER_FW = Query("FW?", _either_firmware, "")


async def find(probe: Probe) -> str:
    """Return the id of the dialect that answers. Raises NoReply where none does."""
    if await probe("megatec", Q1, _FULL) is not None:
        return await _among_q1(probe)
    for dialect, query in (
        ("mustek", MUSTEK.status[0]),
        ("megatec-old", MEGATEC_OLD.status[0]),
        ("axpert", QPI_CRC),
        ("gtec", GTEC.status[0]),
        ("masterguard", WH),
    ):
        if await probe(dialect, query, _FULL) is not None:
            return dialect
    raise NoReply("nothing that speaks Megatec answers: check cable, port and power of the UPS")


async def _among_q1(probe: Probe) -> str:
    """Tell apart the dialects that know Q1; the richest that answers rightly is it."""
    about = await probe("megatec", I, _FULL)
    if about is not None:
        return await _among_informed(probe, about)
    if await probe("bestups", ID, _SHORT) is not None:
        return "bestups"
    firmware = await probe("zinto", EITHER_FW, _SHORT)
    if firmware is not None and "_is_innova" not in firmware:
        return "hunnox" if await probe("hunnox", BL, _SHORT) is not None else "zinto"
    is_innova = firmware is not None
    if (readings := await probe("q6", Q6_STATUS, _SHORT)) is not None:
        if not is_innova:
            return "q6"
        others = (readings.get("output.L2-N.voltage"), readings.get("output.L3-N.voltage"))
        return "innova-rt-3-3" if any(others) else "innova-rt-3-1"
    if await probe("q2", Q2_STATUS, _SHORT) is not None:
        return "q2"
    if await probe("masterguard", WH, _SHORT) is not None:
        return "masterguard"
    if await probe("gtec", GTEC.status[0], _SHORT) is not None:
        return "gtec"
    return "q1"


async def _among_informed(probe: Probe, about: Readings) -> str:
    """Tell apart the dialects that know Q1 and I."""
    maker = str(about.get("device.mfr", "")).lower()
    if "ablerex" in maker and await probe("ablerex", ABLEREX.status[1], _SHORT) is not None:
        return "ablerex"
    if "powercom" in maker and await probe("powercom", POWERCOM_CHARGE, _SHORT) is not None:
        return "powercom"
    # the Innova TAE fills the places of maker and model with one character
    if not maker and await probe("innova-tae", INNOVA_I, _SHORT) is not None:
        return "innova-tae"
    if await probe("mecer", QPI, _SHORT) is not None:
        return "mecer"
    return "megatec"
