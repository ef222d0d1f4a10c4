"""CyberPower transfer switches: card snmp-cyberpower-bestpower.md, 2 (ATS).

Document: CPS-MIB 2.11. Transfer switches in a daisy chain answer the tree of the newer rack PDUs
and are read by that module.
"""

from ..links.base import Oid
from ..model import DeviceKind, Severity
from .cyberpower_common import (
    CHOICE,
    CURRENT,
    ENVIRONMENT,
    IN_RANGE,
    MANUFACTURER,
    NAME,
    NOT_REDUNDANT,
    NOT_SYNCHRONOUS,
    NOT_THERE,
    OUTLET,
    PREFERRED,
    RATING,
    ROOT,
    SELECTED,
    SENSITIVITY,
    SUPPLY_FAILED,
    TENTH,
    TRAPS,
    alarm,
    bank_of,
    outlet_delays,
    outlet_orders,
    thresholds,
)
from .dates import iso_date
from .table import (
    Index,
    Look,
    Mib,
    Place,
    Role,
    Siblings,
    Special,
    Table,
    Total,
    When,
    enum,
    last,
    named,
    number,
    text,
)

_CRITICAL = Severity.CRITICAL


_SOURCE, _GROUP = "input.{source}", "outlet.group.{group}"
# the column that says which phase a row is; those between two phases have no current of their own
_PHASES = {number: {"phase": number} for number in (1, 2, 3)}


def _bank(instance: Oid, _: Siblings) -> Place | None:
    """Return the bank of a row: the first is the whole, the others are one further."""
    if not instance:
        return None
    return {} if instance[0] == 1 else {"group": instance[0] - 1}


def _has_one_phase(look: Look, instance: Oid) -> bool:
    """Tell whether a source has only this phase: three have no names."""
    return look.number("5.2.2.2.1.3", instance[:1]) in {None, 1}


mib = Mib(
    id="cyberpower-ats",
    title="CyberPower CPS-MIB (transfer switch)",
    root=ROOT,
    kind=DeviceKind.ATS,
    manufacturer=MANUFACTURER,
    tables=(
        Table(
            rows=(
                enum("5.2.1.2", SELECTED, "input.source", role=Role.POWER),
                enum("5.2.1.1", {1: Special.STALE, 2: (), 3: Special.STALE}),
                enum("5.2.1.3", {1: NOT_REDUNDANT}, when=When.STATUS),
                enum("5.2.1.4", {2: NOT_SYNCHRONOUS}, when=When.STATUS),
                enum(
                    "5.2.1.5", {2: alarm("sourceRelayFail", "The source relay failed", _CRITICAL)}
                ),
                enum("5.2.1.6", {2: alarm("inputRelayFail", "The input relay failed", _CRITICAL)}),
                enum(
                    "5.2.1.7", {2: alarm("outputRelayFail", "The output relay failed", _CRITICAL)}
                ),
                enum("5.2.1.8", {2: alarm("lcdCommFail", "No contact with the display")}),
                # 5.2.1.9, the serial port, is without contact where nothing is plugged in
                text("5.1.1", "ups.id", write=NAME),
                text("5.1.2", "device.model"),
                text("5.1.4", "ups.firmware"),
                text("5.1.5", "device.serial"),
                text("5.1.6", "ups.mfr.date", convert=iso_date),
                number("5.1.8", "output.current.nominal", absent=RATING, when=When.ONCE),
                number("5.1.9", "outlet.count", role=Role.COUNT),
                text("5.1.12", "ups.firmware.aux"),
                number("5.2.2.1", "input.count", role=Role.COUNT),
                enum("5.3.1", PREFERRED, "input.source.preferred", write=CHOICE),
                number("5.3.2", "input.voltage.nominal", absent=RATING, when=When.RARE),
                enum("5.3.3", SENSITIVITY, "input.sensitivity", write=CHOICE),
            )
        ),
        Table(
            index=last("supply"),
            rows=tuple(enum(f"5.2.1.10.1.{column}", {2: SUPPLY_FAILED}) for column in (3, 4, 5)),
        ),
        Table(
            index=last("source"),
            rows=(
                text("5.2.2.2.1.2", f"{_SOURCE}.name", write=NAME),
                number("5.2.2.2.1.3", when=When.ONCE),
                number("5.2.2.2.1.5", f"{_SOURCE}.voltage", scale=TENTH),
                number("5.2.2.2.1.6", f"{_SOURCE}.frequency", scale=TENTH),
                enum("5.2.2.2.1.7", IN_RANGE, f"{_SOURCE}.voltage.status"),
                enum("5.2.2.2.1.8", IN_RANGE, f"{_SOURCE}.frequency.status"),
            ),
        ),
        Table(
            index=Index(
                place=lambda instance, _: {"source": instance[0]} if instance[1:] == (1,) else None
            ),
            is_alive=_has_one_phase,
            rows=(
                # in whole V and A
                number("5.2.2.3.1.3", f"{_SOURCE}.voltage"),
                number("5.2.2.3.1.4", f"{_SOURCE}.current"),
                number("5.2.2.3.1.5", f"{_SOURCE}.realpower"),
            ),
        ),
        Table(
            index=named("5.5.2.2.1.2", _PHASES),
            phases="5.5.2.1",
            rows=(
                number("5.5.2.2.1.3", "output.current", "output.L{phase}.current", scale=TENTH),
                enum(
                    "5.5.2.2.1.4",
                    CURRENT,
                    "output.current.status",
                    "output.L{phase}.current.status",
                ),
                number(
                    "5.5.2.2.1.5", "ups.realpower", "output.L{phase}.realpower", total=Total.SUM
                ),
            ),
        ),
        Table(
            index=named("5.5.3.2.1.2", _PHASES),
            phases="5.5.3.1",
            rows=thresholds("5.5.3.2.1", 3, "output", "output.L{phase}"),
        ),
        Table(
            index=Index(place=_bank),
            rows=(
                number("5.5.2.4.1.3", "output.current", f"{_GROUP}.current", scale=TENTH),
                enum(
                    "5.5.2.4.1.4",
                    CURRENT,
                    "output.current.status",
                    f"{_GROUP}.current.status",
                ),
                number("5.5.2.4.1.5", "ups.realpower", f"{_GROUP}.realpower"),
                number("5.5.2.4.1.6", "output.energy", f"{_GROUP}.energy", scale=TENTH),
                number("5.5.1.4.1.2", f"{_GROUP}.current.nominal", absent=RATING, when=When.ONCE),
                *thresholds("5.5.3.4.1", 2, "output", _GROUP),
            ),
        ),
        Table(
            index=last("outlet"),
            rows=(
                enum("5.6.3.1.3", OUTLET, "outlet.{outlet}.status"),
                text("5.6.7.1.2", "outlet.{outlet}.name", write=NAME),
                *outlet_delays("5.6.7.1", 3),
                text("5.6.3.1.2", "outlet.{outlet}.name", when=When.RARE),
                text("5.6.3.1.6", "outlet.{outlet}.groupid", convert=bank_of),
                # 5.6.1.2 of them can be switched
                number("5.6.5.1.3", when=When.ONCE),
            ),
        ),
        *ENVIRONMENT,
    ),
    # one higher than those of the other devices: 1 is none
    orders=outlet_orders("5.6.5.1.3", 2, needs="5.6.5.1.3"),
    traps=TRAPS,
    absent=NOT_THERE,
)
