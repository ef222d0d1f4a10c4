"""Omron BN: Q1 beside plain-text queries, and orders that must be answered with OK."""

import re

from ....errors import BadReply
from ....model import Status, StatusFlag, plausible_serial
from ..dialect import (
    OK_OR_NO,
    Q1_FLAGS,
    Dialect,
    Minutes,
    Restore,
    delays,
    judge_q1,
    order,
    shutdown_return,
    shutdown_stayoff,
)
from ..frames import Query, Readings
from .base import Q1

_RATINGS = re.compile(r"(\d{4})W/(\d{4})VA/(\d{3})V/(\d{3})W/(\d{3})W *")
_MINUTES = Minutes(2, 10)


def plain(request: str, name: str, shape: str, scale: float = 1) -> Query:
    """Describe a query that is answered with one bare number."""
    pattern = re.compile(shape + " *")

    def read(reply: str) -> Readings:
        if not pattern.fullmatch(reply):
            raise BadReply(f"{reply!r} is no answer to {request}")
        return {name: round(float(reply) * scale, 3)}

    return Query(request, read, "")


def serial(reply: str) -> Readings:
    """Read ``PSNR``: a serial number, padded with blanks and number signs."""
    if not re.fullmatch(r"[ #]*[0-9A-Z-]{4,30}[ #]*", reply) or reply.strip() in {"NAK", "PSNR"}:
        raise BadReply(f"{reply!r} is no serial number")
    known = plausible_serial(reply)
    return {"device.serial": known} if known else {}


def firmware(reply: str) -> Readings:
    """Read ``FWV``: ``M:0.17(S:2.00)``."""
    if not (match := re.fullmatch(r"M:(\d+\.\d+)\(S:(\d+\.\d+)\) *", reply)):
        raise BadReply(f"{reply!r} is no firmware")
    return {"ups.firmware": match[1], "ups.firmware.aux": match[2]}


def battery_date(reply: str) -> Readings:
    """Read ``BRR``: ``20260730``."""
    if not (match := re.fullmatch(r"(20\d\d)(0[1-9]|1[0-2])([0-2]\d|3[01]) *", reply)):
        raise BadReply(f"{reply!r} is no date")
    return {"battery.date": "-".join(match.groups())}


def ratings(reply: str) -> Readings:
    """Read ``UN``: ``1125W/1125VA/048V/160W/020W``; the last two are unknown."""
    if not (match := _RATINGS.fullmatch(reply)):
        raise BadReply(f"{reply!r} holds no ratings")
    return {
        "ups.realpower.nominal": float(match[1]),
        "ups.power.nominal": float(match[2]),
        "battery.voltage.nominal": float(match[3]),
    }


def judge(readings: Readings, known: Readings) -> Status:
    """Tell the status; b5 is always 1 on mains and b0 is no beeper here."""
    bits = str(readings["_bits"])
    status = judge_q1({**readings, "_bits": f"{bits[:2]}0{bits[3:]}"}, known)
    readings["ups.type"] = "offline / line interactive" if bits[4] == "1" else "online"
    return status


UN = Query("UN", ratings, "")

# b5 tells nothing, and the unit knows no test
FLAGS = Q1_FLAGS - {StatusFlag.BYPASS, StatusFlag.TRIMMING, StatusFlag.BOOSTING}

OMRON = Dialect(
    id="omron",
    status=(Q1,),
    flags=FLAGS,
    values=(
        plain("Bl ?", "battery.charge", r"(?:100|0?\d{1,2})"),
        plain("RTS", "battery.runtime", r"\d{4}", scale=60),
        plain("TPb", "battery.temperature", r"[+-]\d{1,2}\.\d"),
        plain("Lf ?", "output.frequency", r"\d{2}\.\d"),
    ),
    constants=(
        Query("PSNR", serial, ""),
        Query("FWV", firmware, ""),
        Query("BRR", battery_date, ""),
        UN,
    ),
    judge=judge,
    orders=(
        shutdown_return(_MINUTES, Restore.CANNOT, before=("An",)),
        shutdown_stayoff(_MINUTES, lambda digits: ("Af", f"Sf{digits}")),
        order("shutdown.stop", "C"),
        order("beeper.enable", "Bn"),
        order("beeper.disable", "Bf"),
    ),
    acceptance=OK_OR_NO,
    host_side=delays(_MINUTES, Restore.CANNOT),
    manufacturer="Omron",
    guesses_packs=False,
)
