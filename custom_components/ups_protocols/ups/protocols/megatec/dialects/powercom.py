"""Powercom's superset ("UPS-Protocol", SKP): charge, powers, outlets and battery dates."""

from collections.abc import Callable
from dataclasses import replace
import re

from ....errors import BadReply
from ....model import Command, Danger, Parameter, Status, StatusFlag, Value, plausible_serial
from ..dialect import Q1_FLAGS, Dialect, Order, Outlet, Spoken, judge_q1
from ..frames import Query, Readings, layout, number, query, skip
from .base import Q1, Q1_LAYOUT, F, I


def bare(request: str, shape: str, read: Callable[[re.Match[str]], dict[str, Value]]) -> Query:
    """Describe a query by the shape of its whole reply."""
    pattern = re.compile(shape + " *")

    def decode(reply: str) -> Readings:
        if not (match := pattern.fullmatch(reply)):
            raise BadReply(f"{reply!r} is no answer to {request}")
        return read(match)

    return Query(request, decode, "")


def _date(digits: str) -> str:
    return f"20{digits[:2]}-{digits[2:4]}-{digits[4:]}"


_DATE = r"(\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01]))"


def _power_factor(match: re.Match[str]) -> dict[str, Value]:
    # the document gives no scale; 097 can only be per cent
    value = float(match[1])
    return {"output.powerfactor": value / 100 if value > 1 else value}


def _serial(match: re.Match[str]) -> dict[str, Value]:
    known: dict[str, Value] = {"ups.mfr.date": _date(match[2])}
    if serial := plausible_serial(match[1]):
        known["device.serial"] = serial
    return known


def _outlets(match: re.Match[str]) -> dict[str, Value]:
    count, states = int(match[1]), match[2]
    if count != len(states):
        raise BadReply(f"{match[0]!r} counts its outlets wrongly")
    return {
        f"outlet.{index}.status": "on" if state == "1" else "off"
        for index, state in enumerate(states, 1)
    }


# Q1's frame with four digits of charge in place of the battery's voltage, and b1 says that the
# unit is off. The rest is what Q1 has told a moment ago.
CHARGE = query(
    "DQ1",
    layout(
        "(",
        *(
            number("battery.charge", shape=r"\d{4}")
            if field.name == "battery.voltage"
            else replace(field, name="_charge" + field.name)
            if field.required
            else skip(field.shape)
            for field in Q1_LAYOUT.fields
        ),
        least=Q1_LAYOUT.least,
    ),
)

OUTLETS = bare("OI", r"#(\d\d)([01]{1,99})", _outlets)


def judge(readings: Readings, known: Readings) -> Status:
    """Tell the status; 2 and 3 in the place of b3 say that the battery failed.

    b1 of DQ1 says that the output is off, b1 of Q1 that it is going to be.
    """
    status = judge_q1(readings, known)
    flags = set(status.flags)
    if str(readings["_bits"])[4] in "23":
        flags.add(StatusFlag.REPLACE_BATTERY)
    if str(readings.get("_charge_bits", "00000000"))[6] == "1":
        flags.add(StatusFlag.OFF)
    return replace(status, flags=frozenset(flags))


def outlets(known: Readings) -> tuple[Outlet, ...]:
    """Describe the outlets that ``OI`` counted, with their orders."""
    found = []
    for name in known:
        if match := re.fullmatch(r"outlet\.(\d+)\.status", name):
            index = int(match[1])
            found.append(Outlet(index, _outlet_orders(index)))
    return tuple(found)


def _outlet_orders(index: int) -> tuple[Order, ...]:
    def say_delayed(parameters: dict[str, float]) -> Spoken:
        minutes = int(parameters["delay"] // 60)
        return Spoken((f"O{index:02d}S{minutes:02d}",), {"delay": minutes * 60})

    def say(verb: str) -> Callable[[object], Spoken]:
        return lambda parameters: Spoken((f"O{index:02d}{verb}",))

    delay = Parameter(name="delay", minimum=60, maximum=99 * 60, step=60, default=60)
    return (
        Order(Command(name=f"outlet.{index}.load.on"), say("ON")),
        Order(
            Command(name=f"outlet.{index}.load.off", danger=Danger.CUTS_POWER),
            say("OFF"),
        ),
        # off after the delay while the mains is absent, back with it
        Order(
            Command(
                name=f"outlet.{index}.shutdown.return",
                danger=Danger.CUTS_POWER,
                parameters=(delay,),
            ),
            say_delayed,  # type: ignore[arg-type]
        ),
    )


POWERCOM = Dialect(
    id="powercom",
    status=(Q1, CHARGE),
    values=(
        bare(
            "Rt",
            r"#(\d{3})",
            # 999 is at or above what can be said
            lambda match: {} if match[1] == "999" else {"battery.runtime": float(match[1]) * 60},
        ),
        OUTLETS,
        bare("Yop", r"\*(\d{5})", lambda match: {"ups.realpower": float(match[1])}),
        bare("Yva", r"\*(\d{5})", lambda match: {"ups.power": float(match[1])}),
        bare("Ycu", r"\*(\d\d\.\d)", lambda match: {"output.current": float(match[1])}),
        bare("Yof", r"\*(\d{3})", _power_factor),
    ),
    constants=(
        F,
        I,
        bare("RX02", r"RX02(\d\d)(\d{4})", lambda m: {"battery.charge.restart": float(m[1])}),
        bare("RX03", r"RX03(.{11})" + _DATE, _serial),
        bare("RX04", r"RX04" + _DATE, lambda match: {"battery.date": _date(match[1])}),
        bare("RX05", r"RX05(\d\d)", lambda match: {"battery.packs.external": float(match[1])}),
        query(
            "V",
            layout(
                "",
                number("input.transfer.low", shape=r"\d{3}"),
                number("input.transfer.boost.high", shape=r"\d{3}"),
                number("_nominal", shape=r"\d{3}"),
                number("input.transfer.trim.low", shape=r"\d{3}"),
                number("input.transfer.high", shape=r"\d{3}"),
            ),
        ),
    ),
    judge=judge,
    flags=Q1_FLAGS | {StatusFlag.REPLACE_BATTERY, StatusFlag.OFF},
    outlets=outlets,
)
