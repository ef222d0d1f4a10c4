"""What XUPS objects say, in words: the output's source, alarms by number, traps by number."""

from collections.abc import Mapping

from ...model import Alarm, Severity, StatusFlag
from ...names import ChargerStatus, OutletStatus, TestResult, UpsType
from ..rfc1628 import WELL_KNOWN_ALARMS
from ..table import Special, Words, alarms

ON_LINE, ON_BATTERY = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY
OFF, BYPASS, LOW = StatusFlag.OFF, StatusFlag.BYPASS, StatusFlag.LOW_BATTERY
TESTING, OVERLOADED = StatusFlag.TESTING, StatusFlag.OVERLOADED
_CRITICAL = Severity.CRITICAL


def alarm(code: str, said: str, severity: Severity = Severity.WARNING) -> Alarm:
    """Describe an alarm by its name in the MIB."""
    return Alarm(said, code=code, severity=severity)


# the highest number of xupsOutputSource; above it a Power Xpert gateway has numbers of its own
LAST_SOURCE = 12
SOURCES: Words = {
    # 1, other, says nothing
    2: OFF,
    3: ON_LINE,
    4: BYPASS,
    5: ON_BATTERY,
    6: (ON_LINE, StatusFlag.BOOSTING),
    7: (ON_LINE, StatusFlag.TRIMMING),
    8: ON_LINE,
    9: ON_LINE,
    10: (ON_LINE, StatusFlag.ECO),
    11: BYPASS,
    12: (ON_LINE, StatusFlag.ECO),
}
GATEWAY_LOW: Mapping[int, StatusFlag] = {
    # what a gateway's 0 to 12 are while no alarm tells: some send the MIB's numbers, some have 4
    # for the battery; 5 is the battery to both, 0 is no number of the MIB, the others are on line
    0: OFF,
    4: BYPASS,
    5: ON_BATTERY,
    11: BYPASS,
}
GATEWAY_SOURCES: Words = {
    13: (ON_LINE, OVERLOADED),
    14: (ON_LINE, StatusFlag.TRIMMING),
    15: (ON_LINE, StatusFlag.BOOSTING),
    **dict.fromkeys((16, 17, 18, 32, 33, 34, 96, 100), BYPASS),
    **dict.fromkeys((35, 48, 49, 50, 241), OFF),
    36: ON_BATTERY,
    **dict.fromkeys((37, 38, 39, 40, 41, 64, 80, 81), ON_LINE),
    224: (ON_LINE, OVERLOADED),
    240: ON_BATTERY,
}
INPUT_SOURCES: Words = {
    # what the output says goes first
    2: ("none", ON_BATTERY),
    3: "primary utility",
    4: "bypass feed",
    5: "secondary utility",
    6: "generator",
    7: "flywheel",
    8: "fuel cell",
}
BATTERY: Words = {
    1: (ChargerStatus.CHARGING, StatusFlag.CHARGING),
    2: (ChargerStatus.DISCHARGING, StatusFlag.DISCHARGING),
    3: ChargerStatus.FLOATING,
    4: ChargerStatus.RESTING,
    5: ChargerStatus.UNKNOWN,
    6: alarm("batteryDisconnected", "Battery disconnected", _CRITICAL),
    7: TESTING,
    8: alarm("checkBattery", "The battery must be checked after a poor test"),
}
TESTS: Words = {
    1: TestResult.UNKNOWN,
    2: TestResult.PASSED,
    3: TestResult.ERROR,
    4: (TestResult.IN_PROGRESS, TESTING),
    # not supported, inhibited
    5: TestResult.NOT_POSSIBLE,
    6: TestResult.NOT_POSSIBLE,
    7: TestResult.SCHEDULED,
}
OUTLET: Words = {
    1: OutletStatus.ON,
    2: OutletStatus.OFF,
    # a countdown is running, the power is still as it was
    3: OutletStatus.ON,
    4: OutletStatus.OFF,
    # the contact is stuck
    7: OutletStatus.ON,
    8: OutletStatus.OFF,
}
STUCK = {7: "closed", 8: "open"}
# XCP's topology codes; the last digit is the number of phases
TOPOLOGIES: Words = {
    0x10: UpsType.OFFLINE,
    **{0x20 + phases: UpsType.LINE_INTERACTIVE for phases in range(3)},
    **{0x30 + phases: UpsType.ONLINE_DUAL_INPUT for phases in range(3)},
    **{0x40 + phases: UpsType.ONLINE for phases in range(3)},
    **{0x50 + phases: UpsType.PARALLEL_REDUNDANCY for phases in range(3)},
    **{0x60 + phases: UpsType.PARALLEL_CAPACITY for phases in range(3)},
}

ALARMS = {
    **WELL_KNOWN_ALARMS,
    **alarms(
        "E.534.1.7",
        {
            3: ON_BATTERY,
            4: LOW,
            7: OVERLOADED,
            8: alarm("xupsInternalFailure", "Internal failure", _CRITICAL),
            9: LOW,
            10: alarm("xupsInverterFailure", "Inverter failed", _CRITICAL),
            11: BYPASS,
            12: alarm("xupsBypassNotAvailable", "Bypass not available"),
            13: OFF,
            14: alarm("xupsInputFailure", "Input failure"),
            15: alarm("xupsBuildingAlarm", "Building alarm"),
            16: StatusFlag.FORCED_SHUTDOWN,
            # on inverter is how it should be
            17: (),
            20: alarm("xupsBreakerOpen", "Breaker open", _CRITICAL),
            23: StatusFlag.REPLACE_BATTERY,
            24: OFF,
            25: alarm("xupsDiagnosticTestFailed", "Last test failed"),
            26: Special.STALE,
            27: alarm("xupsUpsShutdownPending", "Shutdown pending"),
            28: TESTING,
            29: alarm("xupsAmbientTempBad", "Ambient temperature out of limits"),
            30: alarm("xupsLossOfRedundancy", "Redundancy lost"),
            31: alarm("xupsAlarmTempBad", "Internal temperature out of limits", _CRITICAL),
            32: alarm("xupsAlarmChargerFailed", "Charger failed", _CRITICAL),
            33: alarm("xupsAlarmFanFailure", "Fan failed", _CRITICAL),
            34: alarm("xupsAlarmFuseFailure", "Fuse failed", _CRITICAL),
            35: alarm("xupsPowerSwitchBad", "Relay, contactor or breaker failed", _CRITICAL),
            36: alarm("xupsModuleFailure", "Module failed", _CRITICAL),
            37: alarm(
                "xupsOnAlternatePowerSource", "On the alternate power source", Severity.INFORMATION
            ),
            38: alarm("xupsAltPowerNotAvailable", "Alternate power source not available"),
            39: alarm("xupsNoticeCondition", "The UPS gives notice of a condition"),
            40: alarm("xupsRemoteTempBad", "Remote temperature out of limits"),
            41: alarm("xupsRemoteHumidityBad", "Remote humidity out of limits"),
            42: alarm("xupsAlarmOutputBad", "Output out of tolerance", _CRITICAL),
            43: OFF,
            44: BYPASS,
            51: alarm("xupsOutputNotProtected", "Output not protected", _CRITICAL),
        },
    ),
}
"""By whole OID; some cards have RFC 1628's alarms among their own."""

EVENTS: Mapping[int, str] = {
    # up to 29 the numbers are those of the alarms, then no more
    1: "turn_off_started",
    2: "turn_on_started",
    3: "on_battery",
    4: "low_battery",
    5: "power_restored",
    6: "low_battery_cleared",
    7: "overload",
    8: "internal_failure",
    9: "battery_discharged",
    10: "inverter_failed",
    11: "bypass_started",
    12: "bypass_unavailable",
    13: "turned_off",
    14: "input_bad",
    15: "building_alarm",
    16: "shutdown_imminent",
    17: "bypass_ended",
    20: "breaker_open",
    21: "alarm_added",
    22: "alarm_removed",
    23: "replace_battery",
    24: "turned_off",
    25: "test_failed",
    26: "communication_lost",
    27: "shutdown_pending",
    28: "test_started",
    29: "temperature_violation",
    30: "contact_active",
    31: "contact_inactive",
    32: "redundancy_lost",
    33: "over_temperature",
    34: "charger_failed",
    35: "fan_failed",
    36: "fuse_failed",
    37: "power_switch_failed",
    38: "module_failed",
    39: "alternate_source_used",
    40: "alternate_source_lost",
    41: "notice",
    42: "temperature_violation",
    43: "humidity_violation",
    # the heartbeat
    44: "",
    45: "test_passed",
    46: "output_bad",
    47: "waiting_for_power",
    48: "bypass_started",
    49: "communication_found",
    50: "card_down",
    51: "protection_lost",
    100: "test_trap",
}
GATEWAY_EVENTS: Mapping[int, str] = {
    1: "alarm_added",
    2: "alarm_added",
    4: "alarm_removed",
    7: "alarm_added",
    8: "alarm_added",
    10: "alarm_removed",
}
