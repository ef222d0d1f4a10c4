"""Eaton ATS16 (ATS2), a transfer switch with two sources: card snmp-eaton-epdu-ats.md, 3.

Document: EATON-ATS2-MIB, also in its newest form; cards before Network-M2 answer it under MGE's
sysObjectID.
"""

from dataclasses import replace

from ..links.base import Oid, SnmpValue
from ..model import Alarm, DeviceKind, SettingKind, Severity, StatusFlag
from ..names import RangeStatus, Sensitivity, TestResult
from .dates import iso_date
from .eaton_emp import emp, tenths
from .eaton_sensors import SENSOR_TRAPS, SENSORS, learn_sensors, sensor_settings
from .table import (
    Facts,
    Look,
    Mib,
    Role,
    Row,
    Sign,
    Special,
    Table,
    Traps,
    When,
    Write,
    enum,
    last,
    number,
    text,
)
from .values import as_number

ON_LINE, OFF, OVERLOADED = StatusFlag.ON_LINE, StatusFlag.OFF, StatusFlag.OVERLOADED
_CRITICAL = Severity.CRITICAL
_CHOICE = Write(kind=SettingKind.CHOICE)
_TENTH = 0.1
_SOURCE = "input.{source}"
_EMP = "5"
_learn_emp = tenths(_EMP)


def _learn(look: Look) -> Facts:
    return {**_learn_emp(look), **learn_sensors(look)}


def _alarm(
    where: str, code: str, said: str, severity: Severity = Severity.WARNING, bad: int = 2
) -> Row:
    """Describe an object that has a number for what is wrong."""
    return enum(where, {bad: Alarm(said, code=code, severity=severity)}, when=When.STATUS)


_STATES = {
    1: ("voltage or frequency out of range", Severity.WARNING),
    4: ("its waveform is not good", Severity.WARNING),
}


def _source_state(value: SnmpValue, _: Look, instance: Oid) -> Sign | tuple[Sign, ...]:
    """Tell of a source that cannot be relied on: there is no other then."""
    state = _STATES.get(int(as_number(value) or 0))
    if state is None:
        return ()
    said, severity = state
    return Alarm(
        f"Source {instance[-1]}: {said}",
        code=f"ats2InputStatusGood.{instance[-1]}",
        severity=severity,
    )


def _source_failure(value: SnmpValue, _: Look, instance: Oid) -> Sign | tuple[Sign, ...]:
    if as_number(value) != 2:
        return ()
    return Alarm(
        f"Source {instance[-1]}: internal failure",
        code=f"ats2InputStatusInternalFailure.{instance[-1]}",
        severity=_CRITICAL,
    )


EVENTS = {
    1: "communication_lost",
    2: "communication_found",
    3: "turned_on",
    4: "turned_off",
    5: "overload",
    6: "overload_cleared",
    7: "internal_failure",
    8: "internal_failure_cleared",
    9: "source_1_good",
    10: "source_1_bad",
    11: "source_2_good",
    12: "source_2_bad",
    13: "sources_out_of_phase",
    14: "sources_in_phase",
    15: "source_1_used",
    16: "source_2_used",
    20: "temperature_low",
    21: "temperature_high",
    22: "temperature_good",
    23: "humidity_low",
    24: "humidity_high",
    25: "humidity_good",
    26: "contact_active",
    27: "contact_inactive",
    28: "contact_active",
    29: "contact_inactive",
    40: "test_trap",
}

mib = Mib(
    id="eaton-ats16",
    title="Eaton ATS16 (EATON-ATS2-MIB)",
    root="E.534.10.2",
    kind=DeviceKind.ATS,
    tables=(
        Table(
            rows=(
                text("1.1", "device.mfr"),
                text("1.2", "device.model"),
                text("1.3", "ups.firmware"),
                text("1.5", "device.serial"),
                text("1.6", "device.part"),
                text("1.7", "ups.firmware.aux"),
                # a transfer switch has no battery: it feeds the load from a source, or not at all
                enum("3.3.2", {1: OFF, 2: ON_LINE}, role=Role.POWER),
                enum(
                    "2.4",
                    {
                        3: ("none", OFF),
                        4: ("1", ON_LINE),
                        5: ("2", ON_LINE),
                        7: Alarm("Fault", code="ats2OperationMode", severity=_CRITICAL),
                    },
                    "input.source",
                    role=Role.POWER,
                ),
                _alarm("3.1.1", "ats2InputStatusDephasing", "The sources are out of phase"),
                _alarm("3.3.1", "ats2StatusInternalFailure", "Internal failure", _CRITICAL),
                enum(
                    "3.3.3",
                    {
                        2: Alarm("The load is near its limit", code="ats2StatusOverload"),
                        3: OVERLOADED,
                    },
                ),
                _alarm("3.3.4", "ats2StatusOverTemperature", "Over temperature", _CRITICAL),
                _alarm("3.3.5", "ats2StatusShortCircuit", "Short circuit", _CRITICAL),
                enum("3.3.6", {2: Special.STALE}),
                _alarm("3.3.7", "ats2StatusConfigurationFailure", "Configuration failure"),
                number("2.1.1", "input.phase.shift", absent=frozenset()),
                number("2.3.1", "output.voltage", scale=_TENTH),
                number("2.3.2", "output.current", scale=_TENTH),
                text("4.1.2", "ups.date", when=When.FULL, convert=iso_date),
                text("4.1.3", "ups.time", when=When.FULL),
                number("4.2", "input.voltage.nominal", when=When.RARE, absent={-1, 0}),
                number("4.3", "input.frequency.nominal", when=When.RARE, absent={-1, 0}),
                number(
                    "4.4",
                    "output.voltage.nominal",
                    write=Write(minimum=1, maximum=1000),
                    absent={-1, 0},
                ),
                enum("4.5", {1: "1", 2: "2"}, "input.source.preferred", write=_CHOICE),
                enum(
                    "4.6",
                    {1: Sensitivity.NORMAL, 2: Sensitivity.HIGH, 3: Sensitivity.LOW},
                    "input.sensitivity",
                    write=_CHOICE,
                ),
                enum(
                    "4.8",
                    {
                        1: TestResult.PASSED,
                        2: TestResult.WARNING,
                        3: TestResult.ERROR,
                        4: TestResult.ABORTED,
                        5: (TestResult.IN_PROGRESS, StatusFlag.TESTING),
                        6: TestResult.NONE,
                    },
                    "ups.test.result",
                ),
                number("4.9", "input.voltage.low.critical", when=When.RARE, absent={-1, 0}),
                number("4.10", "input.voltage.low.warning", when=When.RARE, absent={-1, 0}),
                number("4.11", "input.voltage.high.critical", when=When.RARE, absent={-1, 0}),
                number("4.12", "input.transfer.hysteresis", when=When.RARE),
            )
        ),
        Table(
            index=last("source"),
            rows=(
                number("2.2.1.2", f"{_SOURCE}.voltage", scale=_TENTH),
                number("2.2.1.3", f"{_SOURCE}.frequency", scale=_TENTH),
                enum(
                    "3.2.1.2",
                    {1: RangeStatus.GOOD, 2: RangeStatus.OUT_OF_RANGE},
                    f"{_SOURCE}.frequency.status",
                ),
                replace(
                    enum(
                        "3.2.1.3",
                        {
                            1: RangeStatus.OUT_OF_RANGE,
                            2: RangeStatus.GOOD,
                            3: RangeStatus.DERATED,
                            4: RangeStatus.DERATED,
                        },
                        f"{_SOURCE}.status",
                        when=When.STATUS,
                    ),
                    says_at=_source_state,
                ),
                replace(enum("3.2.1.4", {}, when=When.STATUS), says_at=_source_failure),
                enum(
                    "3.2.1.5",
                    {
                        1: RangeStatus.GOOD,
                        2: RangeStatus.DERATED,
                        3: RangeStatus.OUT_OF_RANGE,
                        4: RangeStatus.MISSING,
                    },
                    f"{_SOURCE}.voltage.status",
                ),
            ),
        ),
        *emp(_EMP),
        *SENSORS,
    ),
    traps=(Traps(roots=("E.534.10.2.10",), events=EVENTS), *SENSOR_TRAPS),
    learn=_learn,
    settings=sensor_settings,
    absent=frozenset({-1}),
)
