"""A UPS behind the agent of an HP or Compaq server (CPQUPS): card snmp-hp.md, 2.

Document: CPQUPS-MIB. It tells little, and of a low battery or an overload only by traps. The list
of servers and their communities is neither read nor written.
"""

from ..links.base import SnmpValue
from ..model import Alarm, Severity, StatusFlag
from .table import (
    Look,
    Mib,
    Role,
    Sign,
    Special,
    Table,
    Traps,
    When,
    Write,
    enum,
    number,
    sign,
    text,
)
from .values import as_text

_CONDITION = "1.3"
_OK = 2


def _alarm(value: SnmpValue, look: Look) -> Sign | tuple[Sign, ...]:
    """Read the text of an alarm: it stays when all is well again."""
    said = as_text(value)
    if said is None or look.number(_CONDITION) == _OK:
        return ()
    return Alarm(said, code="cpqUpsAlarm")


mib = Mib(
    id="cpqups",
    title="HP and Compaq CPQUPS-MIB",
    root="E.232.12",
    manufacturer="HP",
    tables=(
        Table(
            rows=(
                text("2.2.2", "device.model"),
                enum(
                    "2.2.1",
                    {
                        2: (StatusFlag.ON_LINE, Special.INPUT_PRESENT),
                        4: (StatusFlag.ON_BATTERY, Special.INPUT_LOST),
                    },
                    role=Role.POWER,
                ),
                enum(
                    _CONDITION,
                    {
                        3: Alarm("The UPS is degraded", code="cpqUpsMibCondition"),
                        4: Alarm(
                            "The UPS has failed",
                            code="cpqUpsMibCondition",
                            severity=Severity.CRITICAL,
                        ),
                    },
                    when=When.STATUS,
                ),
                sign("2.2.6", _alarm),
                # minutes; -1 is unknown here, never there
                number("2.2.3", "battery.runtime", scale=60, absent={-1}),
                number(
                    "2.2.4",
                    "battery.runtime.low",
                    scale=60,
                    absent={-1},
                    write=Write(minimum=0, maximum=86400, step=60),
                ),
            )
        ),
    ),
    traps=(
        Traps(
            roots=("E.232",),
            # the second five are the first, with the server's name
            events={
                **dict.fromkeys((12001, 12006), "on_battery"),
                **dict.fromkeys((12002, 12007), "power_restored"),
                **dict.fromkeys((12003, 12008), "shutdown_imminent"),
                **dict.fromkeys((12004, 12009), "notice"),
                **dict.fromkeys((12005, 12010), "low_battery"),
                12011: "overload",
                12012: "replace_battery",
                12013: "alarm_added",
                12014: "notice",
            },
        ),
    ),
)
