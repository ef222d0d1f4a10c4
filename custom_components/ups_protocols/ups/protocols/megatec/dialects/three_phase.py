"""Units with three phases at the input: Q2, Q6 and the Ippon Innova RT."""

from dataclasses import replace
import re

from ....errors import BadReply
from ....model import Status, plausible_serial
from ..dialect import BASE_ORDERS, TOGGLE_BEEPER, Dialect, judge_q1
from ..frames import Field, Layout, Query, Readings, layout, number, query, skip, temperature
from .base import Q1_LAYOUT, F


def phases(template: str, *, scale: float = 1) -> tuple[Field, Field, Field]:
    """Describe three numbers, one a phase."""
    one, two, three = (number(template.format(phase), scale=scale) for phase in (1, 2, 3))
    return one, two, three


# Q1 is asked for its bits alone: its voltages are those of one phase, and good for the ratio only
_HIDDEN_Q1 = Layout(
    Q1_LAYOUT.start,
    tuple(replace(field, name="_" + field.name.lstrip("_")) for field in Q1_LAYOUT.fields),
    Q1_LAYOUT.pattern,
    tuple("_" + name for name in Q1_LAYOUT.alive),
    Q1_LAYOUT.least,
)
Q1_BITS = query("Q1", _HIDDEN_Q1)


def judge(readings: Readings, known: Readings) -> Status:
    """Tell the status from Q1's bits, with Q1's own voltages for the ratio."""
    seen = {name.lstrip("_"): value for name, value in readings.items() if name[0] == "_"}
    status = judge_q1(seen | {"_bits": readings["_bits"]}, known)
    for name, bit, words in (
        ("ups.type", 4, ("online", "offline / line interactive")),
        ("ups.beeper.status", 7, ("disabled", "enabled")),
    ):
        readings[name] = words[str(readings["_bits"])[bit] in "13"]
    return status


# the meanings of the WA fields: kW, kVA and A of each phase, totals, load, bits
WA = query(
    "WA",
    layout(
        "(",
        *phases("output.L{}.realpower", scale=1000),
        *phases("output.L{}.power", scale=1000),
        number("ups.realpower", scale=1000),
        number("ups.power", scale=1000),
        *phases("output.L{}.current"),
        number("ups.load"),
        skip("[01]{8}"),
        least=79,
    ),
)

Q2_STATUS = query(
    "Q2",
    layout(
        "(",
        *phases("input.L{}-N.voltage"),
        number("input.voltage.fault"),
        *phases("output.L{}-N.voltage"),
        *phases("output.L{}.power.percent"),
        number("input.frequency"),
        number("battery.voltage"),
        temperature("ups.temperature"),
        skip("[01]{8}"),
        number("battery.runtime", scale=60),
        number("battery.charge"),
        rest=r"(?: \d\d){5} [01]{8} [01]{2}",
        least=117,
        alive=("input.L1-N.voltage", "output.L1-N.voltage", "battery.voltage"),
    ),
)

_Q6_REST = (
    number("battery.voltage"),
    skip(),
    temperature("ups.temperature"),
    number("battery.runtime"),
    number("battery.charge"),
)
# 32 is unknown; then faults, warnings and, not on all, the topology (1 star, 0 delta)
_Q6_TAIL = r" \d\d [01]{8} [01]{8}(?: [01]{2})?"
_Q6_LEAST = 106
_Q6_ALIVE = ("input.L1-N.voltage", "output.L1-N.voltage", "output.voltage", "battery.voltage")

Q6_STATUS = query(
    "Q6",
    layout(
        "(",
        *phases("input.L{}-N.voltage"),
        number("input.frequency"),
        *phases("output.L{}-N.voltage"),
        number("output.frequency"),
        *phases("output.L{}.power.percent"),
        *_Q6_REST,
        rest=_Q6_TAIL,
        alive=_Q6_ALIVE,
        least=_Q6_LEAST,
    ),
)

Q2 = Dialect(id="q2", status=(Q1_BITS,), values=(Q2_STATUS, WA), judge=judge, guesses_packs=False)
Q6 = Dialect(id="q6", status=(Q1_BITS,), values=(Q6_STATUS, WA), judge=judge, guesses_packs=False)


# Ippon Innova RT


def firmware(reply: str) -> Readings:
    """Read ``FW?`` of an Innova RT: a bare text such as ``05516-1100``."""
    if not re.fullmatch(r"[0-9A-Za-z.-]{4,20} *", reply):
        raise BadReply(f"{reply!r} is no firmware")
    return {"ups.firmware": reply.strip()}


def serial(reply: str) -> Readings:
    """Read ``SASV07?``: the serial number from the seventh character on."""
    if not re.fullmatch(r"[0-9A-Z]{7}[0-9A-Za-z -]{1,33}", reply):
        raise BadReply(f"{reply!r} is no serial number")
    known = plausible_serial(reply[7:])
    return {"device.serial": known} if known else {}


INNOVA_FW = Query("FW?", firmware, "")
INNOVA_CONSTANTS = (F, INNOVA_FW, Query("SASV07?", serial, ""))
# the unit stays silent to Q
_INNOVA_ORDERS = tuple(each for each in BASE_ORDERS if each is not TOGGLE_BEEPER)


def _three_out(readings: Readings, known: Readings) -> None:
    readings |= {"input.phases": 3.0, "output.phases": 3.0, "input.bypass.phases": 3.0}


def _one_out(readings: Readings, known: Readings) -> None:
    readings |= {"input.phases": 3.0, "output.phases": 1.0, "input.bypass.phases": 1.0}


INNOVA_RT_3_3 = Dialect(
    id="innova-rt-3-3",
    status=(Q1_BITS,),
    values=(
        Q6_STATUS,
        WA,
        query(
            "BPS",
            layout(
                "(",
                *phases("input.bypass.L{}-N.voltage"),
                number("input.bypass.frequency"),
                least=23,
            ),
        ),
    ),
    constants=INNOVA_CONSTANTS,
    judge=judge,
    finish=_three_out,
    orders=_INNOVA_ORDERS,
    manufacturer="Ippon",
    guesses_packs=False,
)

INNOVA_RT_3_1 = Dialect(
    id="innova-rt-3-1",
    status=(Q1_BITS,),
    values=(
        query(
            "Q6",
            layout(
                "(",
                *phases("input.L{}-N.voltage"),
                number("input.frequency"),
                number("output.voltage"),
                skip(),
                skip(),
                number("output.frequency"),
                number("ups.load"),
                skip(),
                skip(),
                *_Q6_REST,
                rest=_Q6_TAIL,
                alive=_Q6_ALIVE,
                least=_Q6_LEAST,
            ),
        ),
        query(
            "WA",
            layout(
                "(",
                *(skip() for _ in range(6)),
                number("ups.realpower", scale=1000),
                number("ups.power", scale=1000),
                number("output.current"),
                skip(),
                skip(),
                skip(),
                skip("[01]{8}"),
                least=79,
            ),
        ),
        query(
            "BPS",
            layout(
                "(",
                number("input.bypass.voltage"),
                skip(),
                skip(),
                number("input.bypass.frequency"),
                least=23,
            ),
        ),
    ),
    constants=INNOVA_CONSTANTS,
    judge=judge,
    finish=_one_out,
    orders=_INNOVA_ORDERS,
    manufacturer="Ippon",
    guesses_packs=False,
)
