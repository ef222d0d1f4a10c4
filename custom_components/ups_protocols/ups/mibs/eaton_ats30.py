"""Eaton ATS30, a transfer switch with two sources: card snmp-eaton-epdu-ats.md, 2.

Document: the ATS MIB (eaton-ats.mib).
"""

from collections.abc import Callable
from dataclasses import replace

from ..links.base import Oid, SnmpValue
from ..model import Alarm, Command, Danger, DeviceKind, SettingKind, Severity, StatusFlag, Value
from ..names import RangeStatus, Sensitivity
from .dates import iso_date
from .table import (
    Look,
    Mib,
    Order,
    Put,
    Role,
    Row,
    Sign,
    Special,
    Table,
    Traps,
    When,
    Write,
    bits,
    enum,
    last,
    number,
    text,
)
from .values import as_number

ON_LINE, OFF, OVERLOADED = StatusFlag.ON_LINE, StatusFlag.OFF, StatusFlag.OVERLOADED
_CRITICAL = Severity.CRITICAL
_CHOICE = Write(kind=SettingKind.CHOICE)
_VOLTS = Write(minimum=0, maximum=1000, step=0.1)
_TENTH = 0.1
_SOURCE = "input.{source}"
ABNORMAL = 1

_SWITCH_FAULT = Alarm(
    "Relay, SCR or thermal switch failed", code="atsFailureSwitchFault", severity=_CRITICAL
)
_HOT = Alarm("Over temperature", code="atsFailureOverTemperature", severity=_CRITICAL)
# of a source: column, the object's name, what it says
_FAILURES = (
    (2, "atsInputFailureRelayOpen", "relay is open", _CRITICAL),
    (3, "atsInputFailureRelayShort", "relay is shorted", _CRITICAL),
    (4, "atsInputFailureSCROpen", "SCR is open", _CRITICAL),
    (5, "atsInputFailureSCRShort", "SCR is shorted", _CRITICAL),
    (6, "atsInputFailureSCRThermal", "SCR is too hot", _CRITICAL),
    (7, "atsInputFailureAuxPower", "auxiliary power failed", _CRITICAL),
    (11, "atsInputFailureNotOperable", "cannot be used", Severity.WARNING),
)


def _failed(
    code: str, said: str, severity: Severity
) -> Callable[[SnmpValue, Look, Oid], Sign | tuple[Sign, ...]]:
    def says(value: SnmpValue, _: Look, instance: Oid) -> Sign | tuple[Sign, ...]:
        """Tell of a failure with its source."""
        if as_number(value) != ABNORMAL:
            return ()
        source = instance[-1]
        return Alarm(f"Source {source}: {said}", code=f"{code}.{source}", severity=severity)

    return says


def _failure(column: int, code: str, said: str, severity: Severity) -> Row:
    words = {}
    names: tuple[str, ...] = ()
    if code == "atsInputFailureNotOperable":
        words = {1: RangeStatus.OUT_OF_RANGE, 2: RangeStatus.GOOD}
        names = (f"{_SOURCE}.status",)
    return replace(
        enum(f"4.4.1.{column}", words, *names, when=When.STATUS),
        says_at=_failed(code, said, severity),
    )


def _mend(values: dict[str, Value], look: Look) -> None:
    """Tell of each source's voltage: it dropped, or sagged."""
    for instance in look.column("4.4.1.8"):
        said = {look.number(f"4.4.1.{column}", instance) for column in (8, 9)}
        status = RangeStatus.OUT_OF_RANGE if ABNORMAL in said else RangeStatus.GOOD
        values[f"input.{instance[-1]}.voltage.status"] = str(status)


EVENTS = {
    1: "communication_lost",
    2: "communication_found",
    3: "configuration_changed",
    4: "source_switched",
    5: "source_1_bad",
    6: "source_1_good",
    7: "source_2_bad",
    8: "source_2_good",
    9: "fault",
    10: "fault_cleared",
    11: "upgrade_started",
    12: "upgrade_ended",
}

mib = Mib(
    id="eaton-ats30",
    title="Eaton ATS30",
    root="E.534.10.1",
    kind=DeviceKind.ATS,
    tables=(
        Table(
            rows=(
                text("1.1", "device.mfr"),
                text("1.2", "ups.firmware.aux"),
                text("2.1", "device.model"),
                text("2.2", "ups.firmware"),
                text("2.4", "device.serial"),
                enum("1.3.1", {2: Special.STALE}),
                # no output goes before the source that would feed it; where neither mode nor
                # failures say that it is off, it is on
                bits("4.5", {0: _SWITCH_FAULT, 1: OFF, 2: OVERLOADED, 3: _HOT}, role=Role.POWER),
                enum("4.6.2", {ABNORMAL: OFF}, role=Role.POWER),
                enum(
                    "3.7",
                    {
                        3: ("none", OFF),
                        4: ("1", ON_LINE),
                        5: ("2", ON_LINE),
                        7: Alarm("Fault", code="atsMessureOperationMode", severity=_CRITICAL),
                    },
                    "input.source",
                    role=Role.POWER,
                ),
                bits("4.5", {~1: ON_LINE}, role=Role.POWER),
                enum("4.6.2", {2: ON_LINE}, role=Role.POWER),
                enum("4.6.1", {ABNORMAL: _SWITCH_FAULT}, when=When.STATUS),
                enum("4.6.3", {ABNORMAL: OVERLOADED}),
                enum("4.6.4", {ABNORMAL: _HOT}, when=When.STATUS),
                number("3.2.1", "output.voltage", scale=_TENTH),
                number("3.2.2", "output.current", scale=_TENTH),
                number("3.3", "ups.temperature", absent=frozenset()),
                number("3.5", "device.uptime"),
                text("6.1.2", "ups.date", when=When.FULL, convert=iso_date),
                text("6.1.3", "ups.time", when=When.FULL),
                number(
                    "6.3", "input.voltage.nominal", scale=_TENTH, when=When.RARE, absent={-1, 0}
                ),
                enum("6.5", {1: "1", 2: "2"}, "input.source.preferred", write=_CHOICE),
                enum(
                    "6.6",
                    {1: Sensitivity.HIGH, 2: Sensitivity.LOW},
                    "input.sensitivity",
                    write=_CHOICE,
                ),
                # for the command
                number("6.7", when=When.ONCE),
            )
        ),
        Table(
            index=last("source"),
            rows=(
                number("3.1.1.2", f"{_SOURCE}.voltage", scale=_TENTH),
                number("3.1.1.3", f"{_SOURCE}.frequency", scale=_TENTH),
                *(_failure(*each) for each in _FAILURES),
                # for mend
                number("4.4.1.8"),
                number("4.4.1.9"),
                enum(
                    "4.4.1.10",
                    {1: RangeStatus.OUT_OF_RANGE, 2: RangeStatus.GOOD},
                    f"{_SOURCE}.frequency.status",
                ),
                number("6.2.1.3", f"{_SOURCE}.transfer.low", scale=_TENTH, write=_VOLTS),
                number("6.2.1.4", f"{_SOURCE}.transfer.high", scale=_TENTH, write=_VOLTS),
            ),
        ),
    ),
    orders=(
        # what the test does is not documented: it may move the load to the other source
        Order(
            command=Command(name="test.system.start", danger=Danger.CUTS_POWER),
            steps=((Put("6.7", 1),),),
        ),
    ),
    traps=(Traps(roots=("E.534.10.1.20",), events=EVENTS),),
    mend=_mend,
    absent=frozenset({-1}),
)
