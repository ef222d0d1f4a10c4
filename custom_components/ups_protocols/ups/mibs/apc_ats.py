"""APC's transfer switches in the PowerNet MIB: card snmp-apc-powernet.md, 4 and 5.

Documents: PowerNet-MIB 3.4.4 (2002) and the newest one. There is no battery: the load is fed from a
source, or not at all. Sources A and B are 1 and 2. The highest and lowest values since they were
last read are left alone: who reads them takes them from others.
"""

from collections.abc import Mapping

from ..links.base import Oid
from ..model import Alarm, DeviceKind, SettingKind, Severity, StatusFlag
from ..names import RangeStatus, Sensitivity, ThresholdStatus
from . import apc_environment
from .dates import iso_date
from .table import (
    Index,
    Mib,
    Place,
    Role,
    Row,
    Siblings,
    Special,
    Table,
    Total,
    Traps,
    When,
    Words,
    Write,
    enum,
    last,
    named,
    number,
    text,
)
from .values import as_number

_NOT_THERE = frozenset({-1})
_RATING = {-1, 0}
_TENTH = 0.1
_SOURCE, _GROUP = "input.{source}", "outlet.group.{group}"

# words


def _alarm(code: str, said: str, severity: Severity = Severity.WARNING) -> Alarm:
    return Alarm(said, code=code, severity=severity)


_CRITICAL = Severity.CRITICAL
_NOT_REDUNDANT = _alarm("atsRedundancyLost", "The other source cannot take over")
_NOT_SYNCHRONOUS = _alarm("outOfSync", "The sources are not in phase with each other")
_FUSE: Words = {2: _alarm("atsFuseStatusOpen", "A fuse is open", _CRITICAL)}
_SWITCH_FAILED = _alarm("atsStatusSwitchStatus", "The transfer switch itself failed", _CRITICAL)
_HARDWARE_FAILED = _alarm("atsStatusHardwareStatus", "The display board failed", _CRITICAL)
# internal supplies, by object
_SUPPLIES: Mapping[int, str] = {
    5: "5 V",
    6: "24 V (source A)",
    7: "24 V (source B)",
    8: "12 V",
    9: "-12 V",
    17: "3.3 V",
    18: "1 V",
    19: "48 V (source A)",
    20: "48 V (source B)",
}


def _supply_failed(which: str) -> Alarm:
    return _alarm("atsPowerSupplyFailure", f"The {which} supply failed", _CRITICAL)


_SOURCE_STATUS: Words = {1: RangeStatus.OUT_OF_RANGE, 2: RangeStatus.GOOD}
_CURRENT: Words = {
    1: ThresholdStatus.GOOD,
    2: ThresholdStatus.WARNING_LOW,
    3: ThresholdStatus.WARNING_HIGH,
    4: (ThresholdStatus.CRITICAL_HIGH, StatusFlag.OVERLOADED),
}

# places


def _of_source(instance: Oid, siblings: Siblings) -> Place | None:
    """Return the source of a row of one phase; three have no names.

    Agents put one number more in the index than the MIB has: the first is the source, the last the
    phase.
    """
    if len(instance) < 2 or instance[-1] != 1:
        return None
    phases = as_number(siblings("8.5.3.2.1.2"))
    return {"source": instance[0]} if phases is None or phases <= 1 else None


_TO_NEUTRAL = ("L1-N", "L2-N", "L3-N")
_LINES: Mapping[int, tuple[str, ...]] = {
    # by orientation
    3: ("L1-N", "L2-N", "L1-L2"),
    5: ("L1-L2", "L2-L3", "L3-L1"),
}


def _between(instance: Oid, siblings: Siblings) -> Place | None:
    """Return between which lines a voltage of the output is."""
    phase = instance[-1] if instance else 0
    if (as_number(siblings("8.5.4.2.1.2")) or 1) <= 1:
        return {} if phase == 1 else None
    if not 1 <= phase <= 3:
        return None
    orientation = as_number(siblings("8.5.4.2.1.3"))
    return {"line": _LINES.get(int(orientation or 0), _TO_NEUTRAL)[phase - 1]}


def _neutral(instance: Oid, _: Siblings) -> Place | None:
    return {} if len(instance) > 1 and instance[-1] == 4 else None


_BANK = {1: {}, 2: {"group": 1}, 3: {"group": 2}}
"""The row that says it is the whole, and the two banks."""

# writing

_NAME = Write(kind=SettingKind.TEXT, length=63)
_CHOICE = Write(kind=SettingKind.CHOICE)
_AMPERES = Write(minimum=0, maximum=100)
_VOLTS = Write(minimum=90, maximum=260)


def _thresholds(config: str, *places: str) -> tuple[Row, ...]:
    """Return the rows of the limits of a current: low, near overload, overload."""
    limits = ("low.warning", "high.warning", "high.critical")
    return tuple(
        number(
            f"{config}.{column}", *(f"{place}.current.{limit}" for place in places), write=_AMPERES
        )
        for column, limit in enumerate(limits, 3)
    )


# traps (E.318.0.N)

EVENTS: Mapping[int, str] = {
    126: "source_switched",
    127: "redundancy_lost",
    128: "redundancy_restored",
    130: "communication_found",
    131: "communication_lost",
    132: "overload",
    133: "overload_cleared",
    134: "power_supply_failed",
    135: "power_supply_good",
    636: "test_trap",
    638: "low_load",
    639: "low_load_cleared",
    640: "near_overload",
    641: "near_overload_cleared",
    642: "overload",
    643: "overload_cleared",
    644: "high_voltage",
    645: "high_voltage_cleared",
    646: "low_voltage",
    647: "low_voltage_cleared",
    648: "high_frequency",
    649: "high_frequency_cleared",
    650: "low_frequency",
    651: "low_frequency_cleared",
    698: "source_fault",
    699: "source_fault_cleared",
    700: "hardware_fault",
    701: "hardware_fault_cleared",
    825: "critical_condition",
    826: "critical_condition_cleared",
    827: "warning_condition",
    828: "warning_condition_cleared",
    829: "informational_condition",
    830: "informational_condition_cleared",
    **apc_environment.EVENTS,
}

mib = Mib(
    id="apc-ats",
    title="APC PowerNet (transfer switch)",
    root="E.318.1.1",
    kind=DeviceKind.ATS,
    manufacturer="APC",
    tables=(
        Table(
            rows=(
                text("8.1.2", "ups.firmware"),
                text("8.1.4", "ups.mfr.date", convert=iso_date),
                text("8.1.5", "device.model"),
                text("8.1.6", "device.serial"),
                text("8.4.1", "ups.id", write=_NAME),
                text("8.1.10", "ups.id", when=When.RARE),
                text("8.4.17", "device.location", write=_NAME),
                text("8.1.11", "device.location", when=When.RARE),
                text("8.4.18", "device.contact", write=_NAME),
                text("8.1.12", "device.contact", when=When.RARE),
                number("8.4.8", "input.voltage.nominal", absent=_RATING, write=_VOLTS),
                number("8.1.7", "input.voltage.nominal", absent=_RATING, when=When.RARE),
                number("8.1.8", "input.frequency.nominal", absent=_RATING, when=When.RARE),
                number("8.1.9", "input.current.nominal", absent=_RATING, when=When.ONCE),
                number("8.5.3.1", "input.count", when=When.ONCE),
                # the state of the output decides, where the switch knows it
                enum("8.5.1.15", {1: StatusFlag.OFF, 2: StatusFlag.ON_LINE}, role=Role.POWER),
                enum(
                    "8.5.1.2",
                    {1: ("1", StatusFlag.ON_LINE), 2: ("2", StatusFlag.ON_LINE)},
                    "input.source",
                    role=Role.POWER,
                ),
                enum("8.5.1.1", {1: Special.STALE, 2: (), 3: Special.STALE}),
                enum("8.5.1.3", {1: _NOT_REDUNDANT}, when=When.STATUS),
                enum("8.5.1.4", {1: StatusFlag.OVERLOADED}),
                *(
                    enum(
                        f"8.5.1.{column}",
                        {
                            1: _alarm(
                                "atsPowerSupplyFailure", f"The {said} supply failed", _CRITICAL
                            )
                        },
                    )
                    for column, said in _SUPPLIES.items()
                ),
                enum("8.5.1.10", {1: _SWITCH_FAILED}, when=When.STATUS),
                enum("8.5.1.12", _SOURCE_STATUS, "input.1.status"),
                enum("8.5.1.13", _SOURCE_STATUS, "input.2.status"),
                enum("8.5.1.14", {2: _NOT_SYNCHRONOUS}, when=When.STATUS),
                enum("8.5.1.16", {1: _HARDWARE_FAILED}),
                enum("8.5.1.21", _FUSE),
                enum("8.5.1.22", _FUSE),
                enum(
                    "8.4.2",
                    {1: "1", 2: "2", 3: "none"},
                    "input.source.preferred",
                    write=_CHOICE,
                ),
                enum(
                    "8.4.4",
                    {1: Sensitivity.HIGH, 2: Sensitivity.LOW},
                    "input.sensitivity",
                    write=_CHOICE,
                ),
                # it follows the overload threshold: writing it does nothing, says the MIB
                number("8.4.6", "output.current.high", absent=_RATING, when=When.RARE),
            )
        ),
        Table(
            index=last("source"),
            rows=(
                number("8.5.3.2.1.2", when=When.ONCE),
                number("8.5.3.2.1.4", f"{_SOURCE}.frequency"),
                text("8.5.3.2.1.6", f"{_SOURCE}.name", write=_NAME),
            ),
        ),
        Table(
            index=Index(place=_of_source),
            rows=(
                number("8.5.3.3.1.3", f"{_SOURCE}.voltage"),
                number("8.5.3.3.1.6", f"{_SOURCE}.current"),
                number("8.5.3.3.1.9", f"{_SOURCE}.realpower"),
            ),
        ),
        Table(
            index=last("output"),
            rows=(
                number("8.5.4.2.1.2", when=When.ONCE),
                number("8.5.4.2.1.3", when=When.ONCE),
            ),
        ),
        Table(
            index=Index(place=lambda instance, _: {} if instance == (1,) else None),
            rows=(
                number("8.5.4.2.1.2", "output.phases", absent=_RATING, when=When.ONCE),
                number("8.5.4.2.1.4", "output.frequency"),
            ),
        ),
        Table(
            index=Index(place=_between, needs=("8.5.4.2.1.2", "8.5.4.2.1.3")),
            rows=(number("8.5.4.3.1.3", "output.voltage", "output.{line}.voltage"),),
        ),
        Table(
            index=last("phase"),
            phases="",
            rows=(
                number("8.5.4.3.1.4", "output.current", "output.L{phase}.current", scale=_TENTH),
                number("8.5.4.3.1.7", "output.power", "output.L{phase}.power", total=Total.SUM),
                number("8.5.4.3.1.10", "ups.load", "output.L{phase}.load", total=Total.LARGEST),
                # named Power, but by its text apparent power
                number("8.5.4.3.1.13", "output.power", "output.L{phase}.power", total=Total.SUM),
                enum(
                    "8.5.4.3.1.19",
                    _CURRENT,
                    "output.current.status",
                    "output.L{phase}.current.status",
                ),
            ),
        ),
        Table(
            index=Index(place=_neutral),
            rows=(number("8.5.4.3.1.4", "output.N.current", scale=_TENTH),),
        ),
        Table(
            index=named("8.4.16.1.2", {each: {"phase": each} for each in (1, 2, 3)}),
            phases="",
            rows=_thresholds("8.4.16.1", "output", "output.L{phase}"),
        ),
        Table(
            index=named("8.5.4.5.1.3", _BANK),
            rows=(
                enum("8.5.4.5.1.3", {2: "bank1", 3: "bank2"}, f"{_GROUP}.name", when=When.ONCE),
                number("8.5.4.5.1.4", "output.current", f"{_GROUP}.current", scale=_TENTH),
                enum("8.5.4.5.1.5", _CURRENT, "output.current.status", f"{_GROUP}.current.status"),
                number("8.5.4.5.1.6", "output.voltage", f"{_GROUP}.voltage"),
                number("8.5.4.5.1.9", "output.power", f"{_GROUP}.power"),
                number("8.5.4.5.1.12", "ups.load", f"{_GROUP}.load"),
                number("8.5.4.5.1.15", "output.power", f"{_GROUP}.power"),
            ),
        ),
        Table(
            index=named("8.4.14.1.2", _BANK),
            rows=_thresholds("8.4.14.1", "output", _GROUP),
        ),
        *apc_environment.TABLES,
    ),
    traps=(Traps(roots=("E.318",), events=EVENTS),),
    absent=_NOT_THERE,
)
