"""What CyberPower's devices share: environment sensor, words, settings, traps.

Card snmp-cyberpower-bestpower.md, 2 and 3. The MIB looks like APC's PowerNet, but is another: its
scales, words and numbers are its own.
"""

from collections.abc import Mapping

from ..links.base import Oid
from ..model import Alarm, Command, Danger, SettingKind, Severity, StatusFlag, Value
from ..names import (
    ContactStatus,
    LoadStatus,
    OutletStatus,
    RangeStatus,
    Sensitivity,
    ThresholdStatus,
)
from .table import (
    Index,
    Look,
    Order,
    Put,
    Role,
    Row,
    Table,
    Traps,
    When,
    Words,
    Write,
    enum,
    last,
    number,
    text,
)

ROOT = "E.3808.1.1"
MANUFACTURER = "CyberPower"
NOT_THERE = frozenset({-1})
"""What agents say of an object that this model does not have."""
TENTH, HUNDREDTH = 0.1, 0.01
RATING = frozenset({-1, 0})
"""A rating of nothing is none."""

NAME = Write(kind=SettingKind.TEXT, length=63)
"""How long a name may be depends on the device; it refuses a longer one."""
CHOICE = Write(kind=SettingKind.CHOICE)
YES_NO = Write(kind=SettingKind.SWITCH, options=("no", "yes"))
OUTLET_DELAY = Write(minimum=-1, maximum=7200)
"""-1 is never."""
OUTLET_PAUSE = Write(minimum=5, maximum=60)


def alarm(code: str, said: str, severity: Severity = Severity.WARNING) -> Alarm:
    """Describe an alarm by its object or word in the MIB."""
    return Alarm(said, code=code, severity=severity)


def bank_of(said: str, _: Look, __: Oid) -> Value | None:
    """Return the bank of an outlet; 0 is none."""
    return None if said == "0" else said


# words

OUTLET: Words = {1: OutletStatus.ON, 2: OutletStatus.OFF}
SENSITIVITY: Words = {1: Sensitivity.HIGH, 2: Sensitivity.MEDIUM, 3: Sensitivity.LOW}
"""Of transfer switches; UPSs have another order."""
PREFERRED: Words = {1: "1", 2: "2", 3: "none"}
"""Sources A and B, by the numbers under which their values stand."""
SELECTED: Words = {
    1: ("1", StatusFlag.ON_LINE),
    2: ("2", StatusFlag.ON_LINE),
    3: ("none", StatusFlag.OFF),
}
"""A transfer switch has no battery: it feeds the load from a source, or not at all."""
IN_RANGE: Words = {
    1: RangeStatus.GOOD,
    2: RangeStatus.OUT_OF_RANGE,
    3: RangeStatus.OUT_OF_RANGE,
}
"""Of a source's voltage and frequency: good, over, under."""
LOAD: Words = {
    1: LoadStatus.NORMAL,
    2: LoadStatus.LOW,
    3: LoadStatus.NEAR_OVERLOAD,
    4: (LoadStatus.OVERLOAD, StatusFlag.OVERLOADED),
}
"""All load states of this MIB have one order: 1 is normal."""
_CURRENT: Mapping[int, ThresholdStatus] = {
    1: ThresholdStatus.GOOD,
    2: ThresholdStatus.WARNING_LOW,
    3: ThresholdStatus.WARNING_HIGH,
}
CURRENT: Words = {**_CURRENT, 4: (ThresholdStatus.CRITICAL_HIGH, StatusFlag.OVERLOADED)}
"""The same states, where the current has thresholds."""
OUTLET_CURRENT: Words = {
    **_CURRENT,
    4: (
        ThresholdStatus.CRITICAL_HIGH,
        alarm("overCurrentAlarm", "An outlet carries more than its limit"),
    ),
}
NOT_SYNCHRONOUS = alarm("outOfSync", "The sources are not in phase with each other")
NOT_REDUNDANT = alarm("atsRedundancyLost", "The other source cannot take over")
SUPPLY_FAILED = alarm("powerSupplyFailure", "An internal power supply failed")

# commands


def order(name: str, where: str, value: int, danger: Danger = Danger.HARMLESS) -> Order:
    """Describe a command of one object."""
    return Order(command=Command(name=name, danger=danger), steps=((Put(where, value),),))


def outlet_orders(where: str, first: int, *, needs: str) -> tuple[Order, ...]:
    """Return the commands of outlets: on, off and cycle, then the same after their delays."""
    commands = (
        ("load.on", Danger.HARMLESS),
        ("load.off", Danger.CUTS_POWER),
        ("load.cycle", Danger.CUTS_POWER),
        ("load.on.delay", Danger.HARMLESS),
        ("load.off.delay", Danger.CUTS_POWER),
        ("load.cycle.delay", Danger.CUTS_POWER),
    )
    return tuple(
        Order(
            command=Command(name=f"outlet.{{outlet}}.{name}", danger=danger),
            steps=((Put(where, first + place),),),
            needs=needs,
        )
        for place, (name, danger) in enumerate(commands)
    )


def outlet_delays(config: str, first: int) -> tuple[Row, ...]:
    """Return the rows of an outlet's delays and of the pause of a cycle."""
    return (
        number(f"{config}.{first}", "outlet.{outlet}.delay.start", write=OUTLET_DELAY),
        number(f"{config}.{first + 1}", "outlet.{outlet}.delay.shutdown", write=OUTLET_DELAY),
        number(f"{config}.{first + 2}", "outlet.{outlet}.delay.reboot", write=OUTLET_PAUSE),
    )


def thresholds(config: str, first: int, *places: str) -> tuple[Row, ...]:
    """Return the rows of three limits of a current in whole A, of one or other kind of place."""
    limits = ("low.warning", "high.warning", "high.critical")
    return tuple(
        number(
            f"{config}.{first + column}",
            *(f"{place}.current.{limit}" for place in places),
            when=When.RARE,
        )
        for column, limit in enumerate(limits)
    )


# environment sensor (4): the agent answers its objects without one, too

_TEMPERATURE = Write(minimum=-40, maximum=100)
_HUMIDITY = Write(minimum=0, maximum=100)
_CONTACT_ALARM = alarm("contactAbnormal", "Contact of the environment sensor in alarm")


def _has_sensor(look: Look, _: Oid = ()) -> bool:
    """Tell whether a sensor is there: no air has 0 %, and 0 °C is 32 °F."""
    return bool(look.number("4.3.1") or look.number("4.2.6") or look.number("4.2.1"))


def _measured(value: float, look: Look, _: Oid) -> float | None:
    return value if _has_sensor(look) else None


def _celsius(value: float, look: Look, _: Oid) -> float | None:
    return round((value - 32) * 5 / 9, 1) if _has_sensor(look) else None


def _has_contacts(look: Look, _: Oid) -> bool:
    return look.number("4.4.1") != 0


ENVIRONMENT: tuple[Table, ...] = (
    Table(
        rows=(
            number("4.2.6", "ambient.temperature", scale=TENTH, absent=set(), convert=_measured),
            # older cards have only °F
            number("4.2.1", "ambient.temperature", scale=TENTH, absent=set(), convert=_celsius),
            number("4.3.1", "ambient.humidity", absent={-1, 0}),
            number("4.4.1", role=Role.COUNT),
        )
    ),
    Table(
        index=Index(place=lambda _, __: {}),
        is_alive=_has_sensor,
        rows=(
            text("4.1.1", "ambient.name", write=NAME),
            # whole °C, unlike the temperature itself
            number("4.2.7", "ambient.temperature.high", absent=set(), write=_TEMPERATURE),
            number("4.2.8", "ambient.temperature.low", absent=set(), write=_TEMPERATURE),
            number("4.3.2", "ambient.humidity.high", write=_HUMIDITY),
            number("4.3.3", "ambient.humidity.low", write=_HUMIDITY),
        ),
    ),
    Table(
        index=last("contact"),
        is_alive=_has_contacts,
        rows=(
            text("4.4.2.1.2", "ambient.contacts.{contact}.name", write=NAME),
            enum(
                "4.4.2.1.3",
                {1: ContactStatus.INACTIVE, 2: (ContactStatus.ACTIVE, _CONTACT_ALARM)},
                "ambient.contacts.{contact}.status",
            ),
            enum(
                "4.4.2.1.4",
                {1: "normal-opened", 2: "normal-closed"},
                "ambient.contacts.{contact}.config",
                write=CHOICE,
            ),
        ),
    ),
)

# traps (E.3808.0.N)

EVENTS: Mapping[int, str] = {
    1: "communication_lost",
    2: "overload",
    3: "test_failed",
    # PowerNet: the battery was discharged
    4: "calibration_started",
    5: "on_battery",
    6: "boost_on",
    7: "low_battery",
    8: "communication_found",
    9: "power_restored",
    10: "test_passed",
    11: "low_battery_cleared",
    12: "turned_off",
    13: "sleeping",
    14: "woke_up",
    15: "reboot_started",
    16: "over_temperature",
    17: "over_temperature_cleared",
    18: "trim_on",
    19: "overload_cleared",
    20: "calibration_ended",
    21: "scheduled_shutdown",
    22: "sleep_started",
    23: "charger_failed",
    24: "charger_failed_cleared",
    25: "turn_off_started",
    26: "turned_on",
    27: "remote_command_failed",
    28: "redundancy_lost",
    29: "clients_told_to_shut_down",
    30: "emergency_power_off",
    31: "outlet_group_on",
    32: "outlet_group_off",
    33: "command_cancelled",
    34: "test_started",
    35: "runtime_below_threshold",
    36: "outlet_group_scheduled_off",
    37: "calibration_aborted",
    38: "hardware_fault",
    39: "no_batteries",
    40: "wiring_fault",
    41: "wiring_fault_cleared",
    42: "bypass_started",
    43: "bypass_ended",
    44: "bypass_overload",
    45: "bypass_overload_cleared",
    46: "eco_mode_started",
    47: "eco_mode_ended",
    48: "battery_three_years_old",
    49: "battery_expired",
    50: "battery_replaced",
    51: "inverter_alarm",
    52: "rectifier_alarm",
    53: "fan_failed",
    54: "module_shut_down",
    55: "module_overload",
    58: "on_battery",
    59: "test_completed",
    60: "alarm_added",
    72: "test_trap",
    100: "communication_found",
    101: "communication_lost",
    102: "outlet_on",
    103: "outlet_off",
    106: "low_load",
    107: "low_load_cleared",
    108: "near_overload",
    109: "near_overload_cleared",
    110: "overload",
    111: "overload_cleared",
    116: "low_voltage",
    117: "low_voltage_cleared",
    118: "high_voltage",
    119: "high_voltage_cleared",
    120: "power_supply_failed",
    121: "power_supply_good",
    122: "power_supply_failed",
    123: "power_supply_good",
    124: "low_load",
    125: "low_load_cleared",
    126: "near_overload",
    127: "near_overload_cleared",
    128: "overload",
    129: "overload_cleared",
    130: "communication_found",
    131: "communication_lost",
    132: "low_load",
    133: "low_load_cleared",
    134: "near_overload",
    135: "near_overload_cleared",
    136: "overload",
    137: "overload_cleared",
    200: "temperature_violation",
    201: "temperature_violation_cleared",
    202: "temperature_violation",
    203: "temperature_violation_cleared",
    204: "humidity_violation",
    205: "humidity_violation_cleared",
    206: "humidity_violation",
    207: "humidity_violation_cleared",
    208: "contact_fault",
    209: "contact_fault_cleared",
    210: "probe_found",
    211: "probe_lost",
    301: "source_switched",
    302: "source_fault",
    303: "source_fault_cleared",
    304: "redundancy_lost",
    305: "redundancy_restored",
    306: "high_voltage",
    307: "high_voltage_cleared",
    308: "low_voltage",
    309: "low_voltage_cleared",
    310: "high_frequency",
    311: "high_frequency_cleared",
    312: "low_frequency",
    313: "low_frequency_cleared",
    314: "communication_lost",
    315: "communication_found",
    320: "power_supply_failed",
    321: "power_supply_good",
    322: "hardware_fault",
    323: "hardware_fault_cleared",
    328: "overload",
    329: "overload_cleared",
    330: "near_overload",
    331: "near_overload_cleared",
    332: "low_load",
    333: "low_load_cleared",
    338: "outlet_on",
    339: "outlet_off",
    500: "outlet_on",
    501: "outlet_off",
}
"""What each trap tells; of the others the number alone does not tell what happened."""
# who logs in, files and firmware of the card: nothing of the device
_OF_THE_CARD = frozenset({*range(61, 69), 70, 71, 73, 74, 75, 76, 506, 507})
TRAPS = (Traps(roots=("E.3808",), events=EVENTS, ignored=_OF_THE_CARD),)
