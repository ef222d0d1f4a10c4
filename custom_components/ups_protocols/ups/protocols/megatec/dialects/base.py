"""The core of the family, and the dialects that differ from it by a query or two."""

from dataclasses import replace
import re

from ....errors import BadReply
from ....model import Alarm, Severity, Status, StatusFlag
from ..dialect import (
    ACK_OR_NAK,
    BASE_ORDERS,
    DEEP_TEST,
    OFF_DELAY,
    ON_DELAY,
    POWER,
    QUICK_TEST,
    SHUTDOWN_IMMINENT,
    STOP_TEST,
    TOGGLE_BEEPER,
    UPS_FAILED,
    Dialect,
    Minutes,
    timed_test,
)
from ..frames import (
    Query,
    Readings,
    bits,
    info,
    info_ic,
    layout,
    letters,
    nonzero,
    number,
    query,
    skip,
    temperature,
)

# Status Inquiry: (MMM.M NNN.N PPP.P QQQ RR.R S.SS TT.T b7..b0
Q1_LAYOUT = layout(
    "(",
    number("input.voltage"),
    number("input.voltage.fault"),
    number("output.voltage"),
    number("ups.load", shape=r"\d{1,3}(?:\.\d)?"),
    number("input.frequency", shape=r"\d{1,2}\.\d{1,2}"),
    number("battery.voltage"),
    temperature("ups.temperature"),
    # Powercom's superset has 0 to 3 in the place of b3
    bits("_bits", "[01]{4}[0-3][01]{3}"),
    alive=("input.voltage", "output.voltage", "battery.voltage"),
    least=46,
)
Q1 = query("Q1", Q1_LAYOUT)

# UPS Rating Information: #MMM.M QQQ SS.SS RR.R
F = query(
    "F",
    layout(
        "#",
        nonzero("input.voltage.nominal"),
        nonzero("input.current.nominal"),
        nonzero("battery.voltage.nominal"),
        nonzero("input.frequency.nominal"),
        # 21 bytes with CR have been seen as well as the document's 22
        least=20,
    ),
)
I = Query("I", info, "#")  # noqa: E741
FW = Query("FW?", info, "#")


def ic_runtime(reply: str) -> Readings:
    """Read the runtime in the MegaTec IC's ``I``; nothing that stays the same is read again."""
    if not (about := info_ic(reply)):
        raise BadReply(f"{reply!r} is no information of a MegaTec IC")
    return {"battery.runtime": about["battery.runtime"]}


MEGATEC = Dialect(id="megatec", status=(Q1,), constants=(F, I))
# the MegaTec IC tells its runtime where others have their model
MEGATEC_IC = replace(MEGATEC, values=(Query("I", ic_runtime, "#"),))
MEGATEC_OLD = Dialect(id="megatec-old", status=(query("D", Q1_LAYOUT),), constants=(F, I))
MUSTEK = Dialect(id="mustek", status=(query("QS", Q1_LAYOUT),), constants=(F, I))
ZINTO = Dialect(id="zinto", status=(Q1,), constants=(F, FW))
Q1_ONLY = Dialect(id="q1", status=(Q1,), constants=(F, I))


# Mecer, P98: acknowledges, and knows its protocol number


def protocol_number(reply: str) -> Readings:
    """Read ``QPI``: ``(PI98``, called P98; another number is that of another family."""
    if reply != "(PI98":
        raise BadReply(f"{reply!r} is not PI98")
    return {"ups.firmware.aux": "P98"}


# units of the family that are not P98 know the query no more than others, but say so as Mecer does
QPI = Query("QPI", protocol_number, "(", denied=True)

MECER = Dialect(
    id="mecer",
    status=(Q1,),
    constants=(F, I, QPI),
    acceptance=ACK_OR_NAK,
)
# P98 units take tests of tenths of a minute as well
MECER_P98 = replace(
    MECER,
    orders=(QUICK_TEST, timed_test(Minutes(2, 99)), DEEP_TEST, STOP_TEST, TOGGLE_BEEPER, *POWER),
)


# Hunnox: tells its charge


def charge(reply: str) -> Readings:
    """Read ``BL``: ``BL100``, ``BL7``; more than 100 says nothing."""
    if not (match := re.fullmatch(r"BL(\d{1,3})", reply)):
        raise BadReply(f"{reply!r} is no charge")
    value = float(match[1])
    return {"battery.charge": value} if value <= 100 else {}


BL = Query("BL", charge, "BL")

HUNNOX = Dialect(
    id="hunnox",
    status=(Q1,),
    values=(BL,),
    constants=(F, FW),
    default_delays={OFF_DELAY: 60, ON_DELAY: 0},
)


# Ippon Innova TAE: only the firmware stands in its I


def innova_info(reply: str) -> Readings:
    """Read the Innova's ``I``: one character 27 times, then the firmware at 28 to 35."""
    if not (match := re.fullmatch(r"#([!-~])\1{26}([ -~]{8}) *", reply)):
        raise BadReply(f"{reply!r} is no information of an Innova")
    return {"ups.firmware": match[2].strip(" #")}


INNOVA_I = Query("I", innova_info, "#")
INNOVA_TAE = Dialect(
    id="innova-tae",
    status=(Q1,),
    constants=(F, INNOVA_I),
    manufacturer="Ippon",
)


# gtec: Q4 in place of Q1, letters in place of bits


_GTEC_ALARMS = {
    "D": UPS_FAILED,
    "F": SHUTDOWN_IMMINENT,
    "G": Alarm("Site fault"),
    "H": Alarm("EPROM failed", severity=Severity.CRITICAL),
    "P": Alarm("Battery disconnected", severity=Severity.CRITICAL),
}
_GTEC_FLAGS = {
    "A": StatusFlag.ON_BATTERY,
    "B": StatusFlag.LOW_BATTERY,
    "C": StatusFlag.BYPASS,
    "E": StatusFlag.TESTING,
    "F": StatusFlag.FORCED_SHUTDOWN,
    "J": StatusFlag.REPLACE_BATTERY,
    "N": StatusFlag.OVERLOADED,
}
# the last one that is there counts: a test under way is newer than the result of the one before
_GTEC_TEST_RESULTS = {
    "L": "Unknown",
    "I": "Done and passed",
    "J": "Done and error",
    "K": "Battery disconnected",
    "E": "In progress",
}

Q4 = query(
    "Q4",
    layout(
        "(",
        number("input.voltage"),
        skip(),
        skip(),
        number("input.voltage.fault"),
        number("output.voltage"),
        skip(),
        number("ups.load", shape=r"\d{1,3}"),
        number("input.frequency"),
        skip(),
        skip(),
        number("battery.voltage"),
        temperature("ups.temperature"),
        letters("_letters"),
        alive=("input.voltage", "output.voltage", "battery.voltage"),
        least=64,
    ),
)


def judge_letters(readings: Readings, known: Readings) -> Status:
    """Tell the status from Q4's letters; none of A, C and M means that the output is off."""
    letters = str(readings["_letters"])
    flags = {_GTEC_FLAGS[letter] for letter in letters if letter in _GTEC_FLAGS}
    if "A" not in letters:
        flags.add(StatusFlag.ON_LINE)
    if not set(letters) & set("ACM"):
        flags.add(StatusFlag.OFF)
    for letter, result in _GTEC_TEST_RESULTS.items():
        if letter in letters:
            readings["ups.test.result"] = result
    return Status(
        flags=frozenset(flags),
        alarms=tuple(_GTEC_ALARMS[letter] for letter in letters if letter in _GTEC_ALARMS),
    )


GTEC = Dialect(
    id="gtec",
    status=(Q4,),
    constants=(F, I),
    judge=judge_letters,
    flags=frozenset(_GTEC_FLAGS.values()) | {StatusFlag.ON_LINE, StatusFlag.OFF},
    orders=BASE_ORDERS,
    guesses_packs=False,
)
