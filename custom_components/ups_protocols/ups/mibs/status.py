"""How the signs of an agent become one status (card snmp.md, 3.10)."""

from ..model import Status, StatusFlag
from .table import Signs

ON_LINE, ON_BATTERY = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY
OFF, BYPASS = StatusFlag.OFF, StatusFlag.BYPASS
POWER_FLAGS = frozenset({ON_LINE, ON_BATTERY, OFF, BYPASS})
# they are nothing without the state of the power that they describe
_WHILE_ON_LINE = frozenset({StatusFlag.TRIMMING, StatusFlag.BOOSTING})


def judge(signs: Signs) -> Status:
    """Weigh the signs: the power object decides the power, everything else only adds."""
    power = signs.power & POWER_FLAGS
    rest = signs.power - POWER_FLAGS
    if not power:
        power = settle((signs.others | signs.alarmed) & POWER_FLAGS)
    rest |= (signs.others | signs.alarmed) - POWER_FLAGS
    if ON_LINE not in power and power:
        rest -= _WHILE_ON_LINE
    return Status(
        flags=frozenset(power | rest), alarms=signs.alarms, input_present=signs.input_present
    )


def settle(power: frozenset[StatusFlag]) -> frozenset[StatusFlag]:
    """Return power flags that can stand together: off, then bypass and battery, stand alone."""
    for flag in (OFF, ON_BATTERY, BYPASS, ON_LINE):
        if flag in power:
            return frozenset({flag})
    return frozenset()


def contradicts(signs: Signs) -> bool:
    """Tell whether the alarms say another state of the power than the power object."""
    power = signs.power & {ON_LINE, ON_BATTERY}
    others = (signs.others | signs.alarmed) & {ON_LINE, ON_BATTERY}
    return bool(power and others and power != others)
