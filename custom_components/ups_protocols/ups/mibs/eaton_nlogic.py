"""Eaton PDUs made by nLogic: card snmp-eaton-epdu-ats.md, 4.

There is no document. What others have read has the numbers of HPE's PDU3 (CPQPOWER-MIB, 11), whose
maker is the same; units and words are taken from there. Left out is what a reading contradicts
(energy of a phase and of an outlet) or what nobody has read. Commands are those that others give.
"""

from ..links.base import Oid
from ..model import Alarm, Command, Danger, DeviceKind, SettingKind, Severity, StatusFlag
from ..names import OutletStatus, RangeStatus, ThresholdStatus
from .table import (
    LINE_VOLTAGES,
    Index,
    Look,
    Mib,
    Order,
    Place,
    Put,
    Role,
    Row,
    Siblings,
    Table,
    Total,
    When,
    Words,
    Write,
    enum,
    named,
    number,
    parts,
    text,
)
from .values import as_number

TENTH, HUNDREDTH, MILLI = 0.1, 0.01, 0.001
_RATING = frozenset({-1, 0})
_G, _O = "outlet.group.{group}", "outlet.{outlet}"

# words: these enumerations begin with 1, 0 is a row that means nothing

_THRESHOLD: Words = {
    1: ThresholdStatus.GOOD,
    2: ThresholdStatus.WARNING_LOW,
    3: ThresholdStatus.CRITICAL_LOW,
    4: ThresholdStatus.WARNING_HIGH,
    5: ThresholdStatus.CRITICAL_HIGH,
}
_CURRENT: Words = {**_THRESHOLD, 5: (ThresholdStatus.CRITICAL_HIGH, StatusFlag.OVERLOADED)}
_OUTLET: Words = {
    1: OutletStatus.OFF,
    2: OutletStatus.ON,
    # a countdown is running, the power is still as it was
    3: OutletStatus.ON,
    4: OutletStatus.OFF,
}
_STATUS: Words = {
    3: Alarm("PDU degraded", code="pduStatus.3"),
    4: Alarm("PDU failed", code="pduStatus.4", severity=Severity.CRITICAL),
}
_GROUP_TYPES: Words = {
    2: "breaker1pole",
    3: "breaker2pole",
    4: "breaker3pole",
    5: "outlet-section",
}
_BREAKER: Words = {
    3: Alarm("A breaker is off", code="pduGroupBreakerStatus", severity=Severity.CRITICAL)
}
_LIMITS = ("low.warning", "low.critical", "high.warning", "high.critical")
_SECONDS = Write(minimum=0, maximum=99999)

# places

_PHASE_TYPE, _SINGLE_PHASE = "2.2.1.9", 1
_LINES = {3: 1, 4: 2, 5: 3}


def _of_phase(instance: Oid, siblings: Siblings) -> Place | None:
    """Return the phase whose current a row measures: by its type, and none for the only one."""
    if len(instance) < 2:
        return None
    kind = as_number(siblings(_PHASE_TYPE))
    if kind == _SINGLE_PHASE:
        return {"unit": instance[0]}
    phase = _LINES.get(int(kind or 0))
    return None if phase is None else {"unit": instance[0], "phase": phase}


_UNIT, _GROUP, _OF_OUTLET = parts("unit"), parts("unit", "group"), parts("unit", "outlet")


def _phases(value: float, _: Look, __: Oid) -> float | None:
    """Return how many phases an input has: single, split, delta, wye."""
    return {1: 1, 2: 2, 3: 3, 4: 3}.get(int(value))


def _is_group(look: Look, instance: Oid) -> bool:
    """Tell a group: the agent has twelve rows, whatever the unit has."""
    return bool(look.number("3.1.1.3", instance))


def _is_switchable(look: Look, instance: Oid) -> bool:
    return look.number("5.2.1.8", instance) != 2


# rows


def _limits(table: str, first: int, *values: str, scale: float) -> tuple[Row, ...]:
    return tuple(
        number(
            f"{table}.{first + column}",
            *(f"{value}.{limit}" for value in values),
            scale=scale,
            when=When.RARE,
        )
        for column, limit in enumerate(_LIMITS)
    )


_TABLES = (
    Table(rows=(number("1.1", "device.count", role=Role.COUNT),)),
    Table(
        index=_UNIT,
        rows=(
            text("1.2.1.2", "ups.id"),
            text("1.2.1.3", "device.model"),
            text("1.2.1.4", "device.mfr"),
            text("1.2.1.5", "ups.firmware"),
            text("1.2.1.7", "device.part"),
            text("1.2.1.8", "device.serial"),
            enum("1.2.1.9", _STATUS, when=When.STATUS),
            number("1.2.1.12", "outlet.group.count", when=When.ONCE),
            number("1.2.1.13", "outlet.count", when=When.ONCE),
            text("1.2.1.14", "device.macaddr"),
            number("2.1.1.1", "input.phases", convert=_phases, when=When.ONCE),
            number("2.1.1.2", "input.frequency", scale=TENTH),
            enum(
                "2.1.1.3",
                {1: RangeStatus.GOOD, 2: RangeStatus.OUT_OF_RANGE},
                "input.frequency.status",
            ),
            number("2.1.1.6", "input.energy"),
            number("2.1.1.9", "input.powerfactor", scale=MILLI),
        ),
    ),
    Table(
        index=named("2.2.1.2", LINE_VOLTAGES, _UNIT),
        rows=(
            number("2.2.1.3", "input.voltage", "input.{line}.voltage", scale=TENTH),
            enum("2.2.1.4", _THRESHOLD, "input.voltage.status", "input.{line}.voltage.status"),
            *_limits("2.2.1", 5, "input.voltage", "input.{line}.voltage", scale=TENTH),
        ),
    ),
    Table(
        index=Index(place=_of_phase, needs=(_PHASE_TYPE,)),
        rows=(
            number(
                "2.2.1.10",
                "input.current.nominal",
                "input.L{phase}.current.nominal",
                scale=HUNDREDTH,
                absent=_RATING,
                when=When.RARE,
            ),
            number("2.2.1.11", "input.current", "input.L{phase}.current", scale=HUNDREDTH),
            enum("2.2.1.12", _CURRENT, "input.current.status", "input.L{phase}.current.status"),
            *_limits("2.2.1", 13, "input.current", "input.L{phase}.current", scale=HUNDREDTH),
            number(
                "2.2.1.17", "input.load", "input.L{phase}.load", scale=TENTH, total=Total.LARGEST
            ),
            number("2.2.1.19", "input.power", "input.L{phase}.power", total=Total.SUM),
            number(
                "2.2.1.20",
                "input.realpower",
                "ups.realpower",
                "input.L{phase}.realpower",
                total=Total.SUM,
            ),
        ),
    ),
    # the current of the whole, where the phases have theirs
    Table(index=_UNIT, rows=(number("2.1.1.11", "input.current", scale=HUNDREDTH),)),
    Table(
        index=_GROUP,
        is_alive=_is_group,
        rows=(
            text("3.1.1.2", f"{_G}.name", when=When.RARE),
            enum("3.1.1.3", _GROUP_TYPES, f"{_G}.type", when=When.ONCE),
            number("3.1.1.5", f"{_G}.voltage", scale=TENTH),
            enum("3.1.1.6", _THRESHOLD, f"{_G}.voltage.status"),
            number(
                "3.1.1.11", f"{_G}.current.nominal", scale=HUNDREDTH, absent=_RATING, when=When.RARE
            ),
            number("3.1.1.12", f"{_G}.current", scale=HUNDREDTH),
            enum("3.1.1.13", _CURRENT, f"{_G}.current.status"),
            *_limits("3.1.1", 14, f"{_G}.current", scale=HUNDREDTH),
            number("3.1.1.18", f"{_G}.load", scale=TENTH),
            number("3.1.1.19", f"{_G}.power"),
            number("3.1.1.20", f"{_G}.realpower"),
            number("3.1.1.23", f"{_G}.powerfactor", scale=HUNDREDTH),
            enum("3.1.1.26", _BREAKER, when=When.STATUS),
        ),
    ),
    Table(
        index=_OF_OUTLET,
        rows=(
            text("5.1.1.2", f"{_O}.name", when=When.RARE),
            number(
                "5.1.1.4", f"{_O}.current.nominal", scale=HUNDREDTH, absent=_RATING, when=When.RARE
            ),
            number("5.1.1.5", f"{_O}.current", scale=HUNDREDTH),
            number("5.1.1.11", f"{_O}.load", scale=TENTH),
            number("5.1.1.12", f"{_O}.power"),
            number("5.1.1.13", f"{_O}.realpower"),
            number("5.1.1.16", f"{_O}.powerfactor", scale=HUNDREDTH),
            enum("5.2.1.1", _OUTLET, f"{_O}.status"),
            number("5.2.1.6", f"{_O}.delay.start", write=_SECONDS),
            number("5.2.1.7", f"{_O}.delay.reboot", write=_SECONDS),
            # the commands come and go with it
            Row(
                oid="5.2.1.8",
                names=(f"{_O}.switchable",),
                role=Role.COUNT,
                words={1: "yes", 2: "no"},
                write=Write(kind=SettingKind.SWITCH, options=("no", "yes")),
            ),
            number("5.2.1.9", f"{_O}.delay.shutdown", write=_SECONDS),
        ),
    ),
    Table(index=_OF_OUTLET, is_alive=_is_switchable, rows=(number("5.2.1.10", when=When.ONCE),)),
)

mib = Mib(
    id="eaton-nlogic",
    title="Eaton PDU (nLogic)",
    root="E.534.7.1",
    kind=DeviceKind.PDU,
    manufacturer="Eaton",
    tables=_TABLES,
    orders=tuple(
        Order(
            command=Command(name=f"{_O}.load.{name}", danger=danger),
            steps=((Put("5.2.1.10", value),),),
        )
        for name, value, danger in (
            ("off", 1, Danger.CUTS_POWER),
            ("on", 2, Danger.HARMLESS),
            ("off.delay", 3, Danger.CUTS_POWER),
            ("on.delay", 4, Danger.HARMLESS),
            ("cycle", 5, Danger.CUTS_POWER),
            ("cycle.delay", 6, Danger.CUTS_POWER),
        )
    ),
    absent=frozenset({-1}),
)
