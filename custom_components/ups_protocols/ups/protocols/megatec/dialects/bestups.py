"""Best Power and Sola Australia: identification by commas, battery packs and the M table."""

import re

from ....errors import BadReply
from ....model import Setting, Status
from ..dialect import (
    LOAD_OFF,
    LOAD_ON,
    Q1_FLAGS,
    STOP_SHUTDOWN,
    TESTS,
    Acceptance,
    Change,
    Dialect,
    Minutes,
    Restore,
    avr_flag,
    delays,
    judge_q1,
    shutdown_return,
    shutdown_stayoff,
)
from ..frames import Query, Readings
from .base import Q1

_MODELS = {
    "AX1": ("Best Power", "Axxium Rackmount"),
    "FOR": ("Best Power", "Fortress"),
    "FTC": ("Best Power", "Fortress Telecom"),
    "PR2": ("Best Power", "Patriot Pro II"),
    "PRO": ("Best Power", "Patriot Pro"),
    "320": ("Sola Australia", "Sola 320"),
    "325": ("Sola Australia", "Sola 325"),
    "520": ("Sola Australia", "Sola 520"),
    "525": ("Sola Australia", "Sola 525"),
    "620": ("Sola Australia", "Sola 620"),
}
# low, boost, nominal, trim, high, by the digit of M: up to 160 V nominal, and above
_WINDOWS_LOW = (
    (96, 109, 120, 130, 146),
    (96, 109, 120, 138, 156),
    (90, 104, 120, 130, 146),
    (90, 104, 120, 138, 156),
    (90, 104, 110, 120, 130),
    (90, 104, 110, 130, 146),
    (90, 96, 110, 120, 130),
    (90, 96, 110, 130, 146),
    (96, 109, 128, 146, 156),
    (90, 104, 128, 146, 156),
)
_WINDOWS_HIGH = (
    (200, 222, 240, 250, 284),
    (200, 222, 240, 264, 290),
    (188, 210, 240, 250, 284),
    (188, 210, 240, 264, 290),
    (188, 210, 230, 244, 270),
    (188, 210, 230, 250, 284),
    (180, 200, 230, 244, 270),
    (180, 200, 230, 250, 284),
    (165, 188, 208, 222, 244),
    (165, 188, 208, 244, 270),
)


def identification(reply: str) -> Readings:
    """Read ``ID``: ``FOR,750,120,120,20.0,27.6`` (model, VA, input, output, low, high)."""
    match = re.fullmatch(
        r"([A-Z0-9]{3}),(\d{3,5}),(\d{3}),(\d{3}),(\d{1,3}\.\d),(\d{1,3}\.\d)", reply.strip()
    )
    if match is None:
        raise BadReply(f"{reply!r} is no identification")
    code, power, into, out, low, high = match.groups()
    maker, model = _MODELS.get(code, ("Best Power", code))
    return {
        "_code": code,
        "device.mfr": maker,
        "device.model": model,
        "ups.power.nominal": float(power),
        "input.voltage.nominal": float(into),
        "output.voltage.nominal": float(out),
        "battery.voltage.low": float(low),
        "battery.voltage.high": float(high),
    }


def runtime(reply: str) -> Readings:
    """Read ``RT``: three digits of minutes."""
    if not re.fullmatch(r"\d{3}", reply.strip()):
        raise BadReply(f"{reply!r} is no runtime")
    return {"battery.runtime": float(reply) * 60}


def digit(name: str, least: int, most: int) -> Query:
    """Describe a query that is answered with a number."""

    def read(reply: str) -> Readings:
        if not re.fullmatch(r"\d{1,2}", reply.strip()) or not least <= int(reply) <= most:
            raise BadReply(f"{reply!r} is no number from {least} to {most}")
        return {name: float(reply)}

    return Query({"_window": "M", "battery.packs": "BP?"}[name], read, "")


ID = Query("ID", identification, "")


def judge(readings: Readings, known: Readings) -> Status:
    """Tell the status; b5 counts on mains alone, and is upside down on the Patriot Pros."""
    bits = str(readings["_bits"])
    status = judge_q1({**readings, "_bits": f"{bits[:2]}0{bits[3:]}"}, known)
    # b0 is always 0 here and tells nothing of the beeper
    readings["ups.type"] = "offline / line interactive" if bits[4] == "1" else "online"
    active = (bits[2] == "1") != (known.get("_code") in {"PR2", "PRO"})
    flags = status.flags
    if active and bits[0] == bits[5] == bits[6] == "0" and (flag := avr_flag(readings)):
        flags |= {flag}
    return Status(flags=flags, alarms=status.alarms, input_present=status.input_present)


def finish(readings: Readings, known: Readings) -> None:
    """Take the transfer points from the table that the digit of M names."""
    window, nominal = known.get("_window"), known.get("input.voltage.nominal")
    if not isinstance(window, float) or not isinstance(nominal, float):
        return
    windows = _WINDOWS_LOW if nominal <= 160 else _WINDOWS_HIGH
    low, boost, middle, trim, high = map(float, windows[int(window)])
    readings.update(
        {
            "input.transfer.low": low,
            "input.transfer.boost.low": low,
            "input.transfer.boost.high": boost,
            "input.voltage.nominal": middle,
            "output.voltage.nominal": middle,
            "input.transfer.trim.low": trim,
            "input.transfer.trim.high": high,
            "input.transfer.high": high,
        }
    )


def packs(known: Readings) -> Setting | None:
    """Offer the number of battery packs on the two models that store it."""
    if known.get("_code") not in {"AX1", "620"}:
        return None
    return Setting(name="battery.packs", minimum=0, maximum=5)


PACKS = digit("battery.packs", 0, 5)
_MINUTES = Minutes(2, 99)

BESTUPS = Dialect(
    id="bestups",
    status=(Q1,),
    values=(Query("RT", runtime, ""), PACKS),
    constants=(ID, digit("_window", 0, 9)),
    judge=judge,
    finish=finish,
    flags=Q1_FLAGS,
    orders=(
        *TESTS,
        shutdown_return(_MINUTES, Restore.MUST),
        shutdown_stayoff(_MINUTES, lambda digits: (f"S{digits}",)),
        STOP_SHUTDOWN,
        LOAD_OFF,
        LOAD_ON,
    ),
    acceptance=Acceptance(yes=()),
    host_side=delays(_MINUTES, Restore.MUST),
    changes=(Change(packs, lambda value: f"BP{int(float(value))}", PACKS),),
    # these units may take 3 s to answer (card megatec, section 1)
    timeout=3.5,
    is_slow=True,
)
