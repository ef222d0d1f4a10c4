"""HPE's PDUs that only measure: the modular one (5) and the hPDU (9), card snmp-hp.md, 1.4."""

from collections.abc import Callable
from dataclasses import replace
import re

from ...links.base import Oid, SnmpValue
from ...model import Alarm, Severity, Value
from ...names import OutletStatus
from ..hp_common import alarm, of_unit, unit
from ..table import (
    Facts,
    Index,
    Look,
    Place,
    Role,
    Row,
    Siblings,
    Sign,
    Table,
    Total,
    When,
    last,
    number,
    text,
)
from ..values import as_number, as_text

_TENTH, _HUNDREDTH, _MILLI = 0.1, 0.01, 0.001
_NOTHING = frozenset({-1, 0})
_G, _O = "outlet.group.{group}", "outlet.{outlet}"
# a power rating is a text in 0.01 kVA
_RATING = 10

type _Tell = Callable[[Look, Oid, str], Alarm]
"""Makes an alarm of a status that is neither on nor off."""


def _status(where: str, *names: str, when: When, tell: _Tell) -> Row:
    """Describe a status in words: off, on, problem."""

    def says(value: SnmpValue, look: Look, instance: Oid) -> Sign | tuple[Sign, ...]:
        said = (as_text(value) or "").lower()
        return () if said in {"", *OutletStatus} else tell(look, instance, said)

    def convert(said: str, _: Look, __: Oid) -> Value | None:
        return said.lower() if said.lower() in set(OutletStatus) else None

    return replace(text(where, *names, when=when, convert=convert), says_at=says)


_VOLTS = re.compile(r"(\d{3})")


def _nominal_voltage(said: str, _: Look, __: Oid) -> Value | None:
    """Take the volts out of "America(208V)"; it is blank for international models."""
    match = _VOLTS.search(said)
    return int(match[1]) if match else None


# the modular PDU: its outputs are groups, each may have an extension bar with outlets

_BAR = 100
"""The third outlet of the bar at output 2 is outlet 203."""


def _of_bar(instance: Oid, siblings: Siblings) -> Place | None:
    if len(instance) < 3:
        return None
    outlet = instance[1] * _BAR + instance[2]
    return {"unit": unit(siblings.facts, instance), "outlet": outlet}


def _output(_: str, __: Look, instance: Oid) -> Value | None:
    return str(instance[1])


def _output_problem(look: Look, instance: Oid, said: str) -> Alarm:
    return alarm(look, "mpduOutputStatus", instance, ("output",), said, Severity.CRITICAL)


def _bar_problem(look: Look, instance: Oid, said: str) -> Alarm:
    return alarm(look, "mpduSmExtBarOutletStatus", instance, ("output", "outlet"), said)


_IDENT, _OUTPUT, _OUTLET = "5.1.2.1", "5.2.1.1", "5.4.1.1"
MODULAR = (
    Table(rows=(number("5.1.1", "device.count", role=Role.COUNT, absent=_NOTHING),)),
    Table(
        index=of_unit(),
        rows=(
            text(f"{_IDENT}.2", "device.mfr"),
            text(f"{_IDENT}.3", "device.model"),
            text(f"{_IDENT}.4", "ups.id", when=When.RARE),
            text(f"{_IDENT}.5", "ups.firmware"),
            text(f"{_IDENT}.7", "device.part"),
            text(f"{_IDENT}.8", "device.serial"),
            text(f"{_IDENT}.11", "device.macaddr"),
            number(
                f"{_IDENT}.15", "ups.power.nominal", scale=_RATING, when=When.ONCE, absent=_NOTHING
            ),
            number(f"{_IDENT}.16", "input.current.nominal", when=When.ONCE, absent=_NOTHING),
            text(f"{_IDENT}.17", "input.type"),
            text(f"{_IDENT}.26", "input.feed.desc", when=When.RARE),
            number(f"{_IDENT}.19", "outlet.group.count", role=Role.COUNT),
            # bars come and go
            number(f"{_IDENT}.22", role=Role.COUNT),
            number(f"{_IDENT}.38", "ups.realpower"),
            number(f"{_IDENT}.39", "ups.power"),
            number(f"{_IDENT}.40", "ups.load", scale=_TENTH),
            text(f"{_IDENT}.41", "input.voltage.nominal", convert=_nominal_voltage),
        ),
    ),
    Table(
        index=of_unit("group"),
        rows=(
            _status(f"{_OUTPUT}.2", f"{_G}.status", when=When.STATUS, tell=_output_problem),
            number(f"{_OUTPUT}.3", f"{_G}.current.nominal", when=When.RARE, absent=_NOTHING),
            number(f"{_OUTPUT}.5", f"{_G}.load", scale=_TENTH),
            number(f"{_OUTPUT}.6", f"{_G}.voltage", scale=_TENTH),
            number(f"{_OUTPUT}.7", f"{_G}.current", scale=_HUNDREDTH),
            number(f"{_OUTPUT}.8", f"{_G}.power"),
            number(f"{_OUTPUT}.9", f"{_G}.realpower"),
            number(f"{_OUTPUT}.10", f"{_G}.powerfactor", scale=_HUNDREDTH),
            number(f"{_OUTPUT}.13", f"{_G}.energy", scale=_MILLI),
        ),
    ),
    Table(
        index=Index(place=_of_bar),
        rows=(
            _status(f"{_OUTLET}.2", f"{_O}.status", when=When.FULL, tell=_bar_problem),
            text(f"{_OUTLET}.1", f"{_O}.groupid", convert=_output),
            number(f"{_OUTLET}.4", f"{_O}.current.nominal", when=When.RARE, absent=_NOTHING),
            number(f"{_OUTLET}.5", f"{_O}.voltage", scale=_TENTH),
            number(f"{_OUTLET}.6", f"{_O}.current", scale=_HUNDREDTH),
            number(f"{_OUTLET}.7", f"{_O}.realpower"),
            number(f"{_OUTLET}.8", f"{_O}.powerfactor", scale=_HUNDREDTH),
            # the device behind it, where it tells
            text(f"{_OUTLET}.9", f"{_O}.name", when=When.RARE),
            text(f"{_OUTLET}.11", f"{_O}.desc", when=When.RARE),
            number(f"{_OUTLET}.20", f"{_O}.energy", scale=_MILLI),
        ),
    ),
)

# the hPDU: one unit

_PHASES, _TYPE = "9.1.1", "9.1.2.1.10"
_HIDENT, _HINPUT, _HOUTLET = "9.1.2.1", "9.2.1.1", "9.3.1.1"
_NUMBERED, _DELTA = "hpdu rows", "hpdu delta"
"""The facts that tell whether the last number of an outlet's row is its own (the document has
three, and does not say which of them counts), and whether the input has no neutral."""


def learn_rows(look: Look) -> Facts:
    """Find out how the outlets of an hPDU are numbered, and what its volts are."""
    rows = list(look.column(f"{_HOUTLET}.2") or look.column(f"{_HOUTLET}.5"))
    is_last = len({instance[-1:] for instance in rows}) == len(rows)
    kinds = [(as_text(said) or "").lower() for said in look.column(_TYPE).values()]
    return {
        **({_NUMBERED: "last"} if rows and is_last else {}),
        **({_DELTA: "yes"} if any("delta" in kind for kind in kinds) else {}),
    }


def _of_outlet(instance: Oid, siblings: Siblings) -> Place | None:
    if not instance:
        return None
    if _NUMBERED in siblings.facts or len(instance) < 2:
        return {"outlet": instance[-1]}
    phases = as_number(siblings(_PHASES)) or 1
    return {"outlet": int((instance[0] - 1) * phases + instance[1])}


def _line(instance: Oid, siblings: Siblings) -> Place | None:
    """Take the line that a voltage is of: a delta input has no neutral."""
    phase = instance[-1] if instance else 0
    if as_number(siblings(_PHASES)) in {1, None}:
        return {} if phase == 1 else None
    if not 1 <= phase <= 3:
        return None
    return {
        "line": f"L{phase}-L{phase % 3 + 1}" if _DELTA in siblings.facts else f"L{phase}-N",
    }


def _input_problem(_: Look, instance: Oid, said: str) -> Alarm:
    phase = instance[-1]
    return Alarm(
        f"Input {phase}: {said}", code=f"hpduInputStatus.{phase}", severity=Severity.CRITICAL
    )


def _outlet_problem(_: Look, instance: Oid, said: str) -> Alarm:
    return Alarm(
        f"Outlet {instance[-1]}: {said}",
        code=".".join(map(str, ("hpduOutletStatus", *instance))),
        severity=Severity.CRITICAL,
    )


def _fan(value: SnmpValue, _: Look, __: Oid) -> Sign | tuple[Sign, ...]:
    has_failed = (as_text(value) or "").lower().startswith("fail")
    return (
        Alarm("Fan failed", code="hpduFanStatus", severity=Severity.CRITICAL) if has_failed else ()
    )


HPDU = (
    Table(rows=(number(_PHASES, "input.phases", when=When.ONCE, absent=_NOTHING),)),
    Table(
        index=Index(place=lambda _, __: {}),
        rows=(
            text(f"{_HIDENT}.2", "device.mfr"),
            text(f"{_HIDENT}.3", "device.model"),
            text(f"{_HIDENT}.4", "ups.id", when=When.RARE),
            text(f"{_HIDENT}.5", "ups.firmware"),
            text(f"{_HIDENT}.7", "device.part"),
            text(f"{_HIDENT}.8", "device.serial"),
            text(_TYPE),
            number(
                f"{_HIDENT}.11", "ups.power.nominal", scale=_RATING, when=When.ONCE, absent=_NOTHING
            ),
            number(f"{_HIDENT}.12", "input.current.nominal", when=When.ONCE, absent=_NOTHING),
            text(f"{_HIDENT}.13", "input.voltage.nominal", convert=_nominal_voltage),
            replace(text(f"{_HIDENT}.16", when=When.STATUS), says_at=_fan),
            number(f"{_HIDENT}.17", "ups.temperature", scale=_TENTH),
        ),
    ),
    Table(
        index=Index(place=_line),
        rows=(number(f"{_HINPUT}.4", "input.voltage", "input.{line}.voltage", scale=_TENTH),),
    ),
    Table(
        index=last("phase"),
        phases=_PHASES,
        rows=(
            _status(f"{_HINPUT}.2", when=When.STATUS, tell=_input_problem),
            number(
                f"{_HINPUT}.3",
                "input.L{phase}.current.nominal",
                when=When.RARE,
                absent=_NOTHING,
            ),
            number(f"{_HINPUT}.5", "input.current", "input.L{phase}.current", scale=_HUNDREDTH),
            number(f"{_HINPUT}.6", "input.power", "input.L{phase}.power", total=Total.SUM),
            number(
                f"{_HINPUT}.7",
                "input.realpower",
                "ups.realpower",
                "input.L{phase}.realpower",
                total=Total.SUM,
            ),
            number(
                f"{_HINPUT}.8",
                "input.powerfactor",
                "input.L{phase}.powerfactor",
                scale=_HUNDREDTH,
            ),
            number(
                f"{_HINPUT}.11",
                "input.energy",
                "input.L{phase}.energy",
                scale=_MILLI,
                total=Total.SUM,
            ),
        ),
    ),
    Table(
        index=Index(place=_of_outlet),
        rows=(
            _status(f"{_HOUTLET}.2", f"{_O}.status", when=When.STATUS, tell=_outlet_problem),
            number(f"{_HOUTLET}.3", f"{_O}.current.nominal", when=When.RARE, absent=_NOTHING),
            number(f"{_HOUTLET}.4", f"{_O}.load", scale=_TENTH),
            number(f"{_HOUTLET}.5", f"{_O}.voltage", scale=_TENTH),
            number(f"{_HOUTLET}.6", f"{_O}.current", scale=_HUNDREDTH),
            number(f"{_HOUTLET}.7", f"{_O}.power"),
            number(f"{_HOUTLET}.8", f"{_O}.realpower"),
            number(f"{_HOUTLET}.9", f"{_O}.powerfactor", scale=_HUNDREDTH),
            number(f"{_HOUTLET}.12", f"{_O}.energy", scale=_MILLI),
        ),
    ),
)
