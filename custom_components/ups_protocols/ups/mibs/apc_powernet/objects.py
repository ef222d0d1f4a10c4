"""The scalars of APC UPSes, and their outlet groups: card snmp-apc-powernet.md, 1 and 1.3.

Of the generations of one value the best comes first: tenths before whole units.
"""

from collections.abc import Mapping
from types import MappingProxyType

from ...errors import Unsupported
from ...links.base import Oid, SnmpType
from ...model import SettingKind, Value
from ...names import BeeperStatus, OutletStatus, Sensitivity, TransferReason
from ..dates import LONG_DATE, SHORT_DATE, iso_date
from ..table import (
    Index,
    Look,
    Role,
    Row,
    Special,
    Table,
    When,
    Write,
    chars,
    enum,
    last,
    number,
    text,
)
from . import state

# dates

_NEVER = "2000-01-01"


def _test_date(said: str, look: Look, instance: Oid) -> Value | None:
    """Return the date of a test as ISO; one date stands for no test at all."""
    return None if said == _NEVER else iso_date(said, look, instance)


def _has_short_date(look: Look, instance: Oid) -> bool:
    """Tell an agent that writes its years with two digits, and wants them so."""
    return len(look.text("1.2.1.3", instance) or "") == 8


def _battery_date(write: Write, *, is_short: bool) -> Table:
    return Table(
        index=Index(place=lambda _, __: {}),
        is_alive=lambda look, instance: _has_short_date(look, instance) == is_short,
        rows=(text("1.2.1.3", "battery.date", convert=iso_date, write=write),),
    )


# values


def _serial(said: str, _: Look, __: Oid) -> Value | None:
    """Leave out FFFFFFFFFFFF."""
    return None if set(said) == {"F"} else said


def _charge(value: float, look: Look, _: Oid) -> float | None:
    """Leave out 0 % of a battery that is not known, or not there."""
    return None if value == 0 and look.number("1.2.1.1") in {1, 5} else value


def _tenths_of_temperature(value: float, look: Look, _: Oid) -> float | None:
    """Leave out 255, which the MIB gives as "none" for tenths too, where it is no 25.5 °C."""
    return None if value == 25.5 and look.number("1.2.2.2") in {None, 255} else value


def _not_negative(value: float, _: Look, __: Oid) -> float | None:
    """Leave out the reasons for which there is no efficiency."""
    return None if value < 0 else value


_WEEK = 7 * 86400
_SCHEDULE: Mapping[int, int] = MappingProxyType(
    {2: 2, 3: 1, 5: 0, 6: 4, 7: 12, 8: 2, 9: 1, 10: 8, 11: 26, 12: 52}
)
"""upsAdvTestDiagnosticSchedule in weeks; 4 is at turn-on."""
_INTERVAL: Mapping[int, int] = MappingProxyType({1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 6: 12, 7: 26, 8: 52})


def _weeks(table: Mapping[int, int], value: float) -> float | None:
    weeks = table.get(int(value))
    return None if weeks is None else weeks * _WEEK


def _schedule(value: Value) -> int:
    """Return the number that stands for an interval in seconds. Raises Unsupported."""
    try:
        weeks = float(value) / _WEEK
    except ValueError:
        raise Unsupported("the interval must be a number of seconds") from None
    for said, each in _SCHEDULE.items():
        if each == weeks:
            return said
    raise Unsupported("the interval must be 0 (never), 1, 2, 4, 8, 12, 26 or 52 weeks")


def _full_state(said: str, _: Look, __: Oid) -> Value | None:
    """Return whether an outlet group is on by its text of flags."""
    if said[:1] == "1":
        return OutletStatus.ON
    return OutletStatus.OFF if said[1:2] == "1" else None


def _health(said: str, _: Look, __: Oid) -> Value | None:
    """Return the worst that a text of flags says of a battery's life."""
    return next(
        (
            words
            for position, words in state.HEALTH_TEXTS.items()
            if said[position - 1 : position] == "1"
        ),
        None,
    )


# writing

_TICKS = 0.01
_YES_NO = Write(kind=SettingKind.SWITCH, options=("no", "yes"))


def _seconds(minimum: float, maximum: float) -> Write:
    return Write(minimum=minimum, maximum=maximum, type=SnmpType.TICKS)


_VOLTS = Write(minimum=1, maximum=600)
_OUTLET_SECONDS = Write(minimum=0, maximum=65535)

_STATUS = (
    enum("1.4.1.1", state.OUTPUT_STATUS, role=Role.POWER),
    # the whole system with its breakers, where upsBasicOutputStatus says nothing
    enum("1.4.1.3", state.SYSTEM_STATUS, role=Role.POWER),
    chars("1.11.1.1", state.OUTPUT_STATE),
    enum("1.8.1", {1: (), 2: Special.STALE}),
    enum("1.2.1.1", state.BATTERY_STATUS),
    enum("1.11.2.13", {1: state.ECO}),
    enum("1.7.2.3", state.TEST, "ups.test.result"),
    enum("1.7.2.14", state.MONITORING_TEST, "ups.test.result"),
    enum("1.7.2.6", state.CALIBRATION),
    chars("1.11.2.1", state.ABNORMAL_CONDITIONS),
    chars("1.11.2.5", state.SMART_UPS_FAULTS),
    chars("1.11.2.2", state.SYMMETRA_3_PHASE_FAULTS, when=When.FULL),
    chars("1.11.2.3", state.SILCON_FAULTS, when=When.FULL),
    chars("1.11.2.4", state.SYMMETRA_FAULTS, when=When.FULL),
    chars("1.11.2.15", state.GALAXY_V_FAULTS, when=When.FULL),
    chars("1.11.2.14", state.LIFE_CYCLE, when=When.FULL),
    enum("1.4.1.5", state.INVERTER),
    enum("1.4.1.6", state.PFC),
)
_IDENTITY = (
    text("1.1.1.1", "device.model"),
    text("1.1.1.2", "ups.id", write=Write(kind=SettingKind.TEXT, length=8)),
    text("1.1.1.3"),
    text("1.1.2.1", "ups.firmware"),
    text("1.1.2.2", "ups.mfr.date", convert=iso_date),
    text("1.1.2.3", "device.serial", convert=_serial),
    text("1.1.2.4", "ups.firmware.aux"),
    text("1.1.2.5", "device.part"),
    enum(
        "1.1.2.8",
        {2: "PbAc", 3: "NiCd", 4: "Li-ion", 6: "flywheel", 7: "ultracaps"},
        "battery.type",
        when=When.ONCE,
    ),
    # a text with a number
    number("1.1.2.9", "ups.power.nominal", when=When.ONCE),
    number("1.4.2.6", "ups.power.nominal", scale=1000, when=When.RARE),
)
_BATTERY = (
    number("1.2.3.1", "battery.charge", scale=0.1),
    number("1.2.2.1", "battery.charge", convert=_charge),
    number("1.2.1.2", "battery.runtime.elapsed", scale=_TICKS),
    number("1.2.2.3", "battery.runtime", scale=_TICKS),
    number("1.2.2.15", "battery.runtime.full", scale=_TICKS),
    number("1.2.3.3", "battery.voltage.nominal", scale=0.1, absent={-1, 0}, when=When.RARE),
    number("1.2.2.7", "battery.voltage.nominal", absent={-1, 0}, when=When.RARE),
    number("1.2.3.4", "battery.voltage", scale=0.1),
    number("1.2.2.8", "battery.voltage"),
    number("1.2.3.5", "battery.current", scale=0.1),
    number("1.2.2.9", "battery.current"),
    number("1.2.3.6", "battery.current.total", scale=0.1),
    number("1.2.2.10", "battery.current.total"),
    # signed; the others say 0 below zero
    number("1.2.3.13", "ups.temperature", scale=0.1, absent=set()),
    number("1.2.3.2", "ups.temperature", scale=0.1, convert=_tenths_of_temperature),
    number("1.2.2.2", "ups.temperature", absent={-1, 255}),
    number("1.4.1.4", "ups.temperature", absent={-1, 255}),
    number("1.2.3.14", "battery.temperature.cell.max", scale=0.1, absent=set()),
    number("1.2.3.15", "battery.temperature.cell.min", scale=0.1, absent=set()),
    number("1.2.3.16", "battery.voltage.cell.max", scale=0.001),
    number("1.2.3.17", "battery.voltage.cell.min", scale=0.001),
    enum("1.2.2.4", state.REPLACE_INDICATOR, when=When.FULL),
    enum("1.2.2.17", state.CHARGER, "battery.charger.status", when=When.FULL),
    enum("1.2.2.23", state.CONDITION, "battery.status", when=When.FULL),
    enum("1.7.2.15", state.TESTED_CONDITION, "battery.status", when=When.FULL),
    text("1.2.3.11", "battery.status", when=When.FULL, convert=_health),
    chars("1.2.3.11", state.HEALTH, when=When.FULL),
    enum("1.2.2.26", state.FUSE),
    enum("1.2.2.27", state.BREAKER),
    number("1.2.2.5", "battery.packs.external", when=When.RARE),
    number("1.2.2.6", "battery.packs.bad"),
    number("1.2.2.25", "battery.capacity", when=When.RARE),
    text("1.2.2.21", "battery.date.maintenance", when=When.RARE, convert=iso_date),
)
_INPUT = (
    number("1.3.1.1", "input.phases", when=When.ONCE),
    number("1.3.3.1", "input.voltage", scale=0.1),
    number("1.3.2.1", "input.voltage"),
    number("1.3.3.2", "input.voltage.maximum", scale=0.1),
    number("1.3.2.2", "input.voltage.maximum"),
    number("1.3.3.3", "input.voltage.minimum", scale=0.1),
    number("1.3.2.3", "input.voltage.minimum"),
    number("1.3.3.4", "input.frequency", scale=0.1),
    number("1.3.2.4", "input.frequency"),
    enum("1.3.2.5", dict(enumerate(list(TransferReason)[:10], 1)), "input.transfer.reason"),
    number("1.3.2.6", "input.frequency.nominal", absent={-1, 0}, when=When.RARE),
    number("1.3.2.7", "input.voltage.nominal", absent={-1, 0}, when=When.RARE),
    number("1.3.3.5", "input.energy", scale=0.01),
    number("1.3.2.15", "input.energy"),
    number("1.22.3.5", "input.energy"),
    number("1.3.3.6", "input.bypass.voltage", scale=0.1),
    number("1.3.3.7", "input.bypass.frequency", scale=0.1),
)
_OUTPUT = (
    number("1.4.1.2", "output.phases", when=When.ONCE),
    number("1.4.3.1", "output.voltage", scale=0.1),
    number("1.4.2.1", "output.voltage"),
    number("1.4.3.2", "output.frequency", scale=0.1),
    number("1.4.2.2", "output.frequency"),
    number("1.4.3.3", "ups.load", scale=0.1),
    number("1.4.2.3", "ups.load"),
    number("1.4.3.4", "output.current", scale=0.1),
    number("1.4.2.4", "output.current"),
    number("1.4.3.5", "ups.efficiency", scale=0.1, convert=_not_negative),
    number("1.4.2.7", "output.frequency.nominal", absent={-1, 0}, when=When.RARE),
    number("1.4.2.8", "ups.realpower"),
    number("1.4.2.9", "ups.power"),
    number("1.4.3.6", "output.energy", scale=0.01),
    number("1.4.2.12", "output.energy"),
    number("1.22.3.6", "output.energy"),
)
_TEST = (
    text("1.7.2.4", "ups.test.date", when=When.RARE, convert=_test_date),
    text("1.7.2.13", "ups.test.date", when=When.RARE, convert=_test_date),
    number(
        "1.7.2.1",
        "ups.test.interval",
        convert=lambda value, _, __: _weeks(_SCHEDULE, value),
        write=Write(minimum=0, maximum=52 * _WEEK, step=_WEEK, encode=_schedule),
    ),
    # the MIB has it read-only
    number(
        "1.7.2.16",
        "ups.test.interval",
        when=When.RARE,
        convert=lambda value, _, __: _weeks(_INTERVAL, value),
    ),
)
_CONFIGURATION = (
    number("1.5.2.1", "output.voltage.nominal", absent={-1, 0}, write=_VOLTS),
    number("1.5.2.2", "input.transfer.high", absent={-1, 0}, write=_VOLTS),
    number("1.5.2.3", "input.transfer.low", absent={-1, 0}, write=_VOLTS),
    enum(
        "1.5.2.4",
        {
            # after a time, at low battery, never
            1: BeeperStatus.ENABLED,
            2: BeeperStatus.ENABLED,
            3: BeeperStatus.DISABLED,
            4: BeeperStatus.MUTED,
        },
        "ups.beeper.status",
    ),
    number("1.5.2.6", "battery.charge.restart", write=Write(minimum=0, maximum=100)),
    enum(
        "1.5.2.7",
        {1: Sensitivity.AUTO, 2: Sensitivity.LOW, 3: Sensitivity.MEDIUM, 4: Sensitivity.HIGH},
        "input.sensitivity",
        write=Write(kind=SettingKind.CHOICE),
    ),
    number("1.5.2.8", "battery.runtime.low", scale=_TICKS, write=_seconds(0, 7200)),
    number("1.5.2.9", "ups.delay.start", scale=_TICKS, write=_seconds(0, 3600)),
    number("1.5.2.10", "ups.delay.shutdown", scale=_TICKS, write=_seconds(0, 3600)),
    number("1.5.2.17", "battery.capacity.nominal", write=Write(minimum=0, maximum=10000)),
    number("1.5.2.22", "ups.power.high", scale=1000, write=Write(maximum=2_000_000, step=1000)),
    number("1.5.2.25", "battery.packs.external", write=Write(minimum=0, maximum=250)),
    number("1.5.2.29", "battery.runtime.restart", scale=_TICKS, write=_seconds(0, 7200)),
    enum("1.5.2.55", {1: "yes", 2: "no"}, "ups.start.auto", write=_YES_NO),
    enum("1.5.2.56", {1: "yes", 2: "no"}, "battery.protection", write=_YES_NO),
    number("1.5.2.61", "ups.delay.reboot", scale=_TICKS, write=_seconds(0, 3600)),
)
# read once to see which commands there are: they say nothing
_CONTROLS = tuple(
    number(oid, when=When.ONCE)
    for oid in (
        "1.6.1.1",
        "1.6.2.1",
        "1.6.2.2",
        "1.6.2.4",
        "1.6.2.5",
        "1.6.2.6",
        "1.6.2.7",
        "1.7.2.2",
        "1.7.2.5",
        "1.9.1.1",
    )
)

SCALARS = Table(
    rows=(
        *_STATUS,
        *_IDENTITY,
        *_BATTERY,
        *_INPUT,
        *_OUTPUT,
        *_TEST,
        *_CONFIGURATION,
        *_CONTROLS,
    )
)

# outlet groups

_GROUP = "outlet.group.{group}"
_GROUPS = (
    Table(rows=(number("1.12.1.1", "outlet.group.count", role=Role.COUNT),)),
    Table(
        index=last("group"),
        probe="1.12.1.2.1.3",
        rows=(
            text("1.12.2.2.1.2", f"{_GROUP}.name", write=Write(kind=SettingKind.TEXT, length=16)),
            text("1.12.1.2.1.2", f"{_GROUP}.name", when=When.RARE),
            enum("1.12.1.2.1.3", {1: OutletStatus.ON, 2: OutletStatus.OFF}, f"{_GROUP}.status"),
            text("1.12.1.2.1.6", f"{_GROUP}.status", when=When.FULL, convert=_full_state),
            chars("1.12.1.2.1.6", state.OUTLET_GROUP, when=When.FULL),
            enum("1.12.1.2.1.5", {1: "switched", 2: "main"}, f"{_GROUP}.type", when=When.ONCE),
            number("1.12.2.2.1.3", f"{_GROUP}.delay.start", write=_OUTLET_SECONDS),
            number("1.12.2.2.1.4", f"{_GROUP}.delay.shutdown", write=_OUTLET_SECONDS),
            number("1.12.2.2.1.5", f"{_GROUP}.delay.reboot", write=_OUTLET_SECONDS),
            number("1.12.3.2.1.3", when=When.ONCE),
        ),
    ),
)

# what each setting may be (5.2.16): read once

_ALLOWED = Table(
    index=last("entry"),
    probe="1.5.2.16.1.2",
    rows=(
        text("1.5.2.16.1.2", when=When.ONCE),
        text("1.5.2.16.1.3", when=When.ONCE),
    ),
)

TABLES: tuple[Table, ...] = (
    SCALARS,
    _battery_date(SHORT_DATE, is_short=True),
    _battery_date(LONG_DATE, is_short=False),
    *_GROUPS,
    _ALLOWED,
)


def numeric_settings() -> Mapping[str, Row]:
    """Return the rows of numbers that can be written, by OID."""
    return {row.oid: row for row in SCALARS.rows if row.write and row.write.encode is None}
