"""What APC UPSes say of their state: enumerations, texts of flags, and how they are weighed.

Card snmp-apc-powernet.md, 1.1. The texts of the flags are those of PowerNet-MIB.
"""

from collections.abc import Mapping

from ...model import Alarm, Severity, Status, StatusFlag
from ...names import TestResult
from ..status import POWER_FLAGS, settle
from ..table import Sign, Signs, Special, Words

ON_LINE, ON_BATTERY = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY
OFF, BYPASS, LOW = StatusFlag.OFF, StatusFlag.BYPASS, StatusFlag.LOW_BATTERY
REPLACE, TESTING, ECO = StatusFlag.REPLACE_BATTERY, StatusFlag.TESTING, StatusFlag.ECO
CHARGING, CALIBRATING = StatusFlag.CHARGING, StatusFlag.CALIBRATING
SHUTDOWN, OVERLOADED = StatusFlag.FORCED_SHUTDOWN, StatusFlag.OVERLOADED
_CRITICAL, _INFORMATION = Severity.CRITICAL, Severity.INFORMATION


def alarm(code: str, said: str, severity: Severity = Severity.WARNING) -> Alarm:
    """Make an alarm out of the object or flag that says it."""
    return Alarm(said, code=code, severity=severity)


def flags(
    code: str,
    texts: Mapping[int, str],
    *,
    critical: frozenset[int] | set[int] = frozenset(),
    more: Mapping[int, Sign | tuple[Sign, ...]] | None = None,
) -> Words:
    """Make the words of a text of flags: an alarm for each position that has a text."""
    words: dict[int, Sign | tuple[Sign, ...]] = dict(more or {})
    for position, said in texts.items():
        severity = _CRITICAL if position in critical else Severity.WARNING
        known = words.get(position, ())
        signs = known if isinstance(known, tuple) else (known,)
        words[position] = (*signs, alarm(f"{code} {position}", said, severity))
    return dict(sorted(words.items()))


# upsBasicOutputStatus and upsBasicSystemStatus: the same up to 13, then not

_COMMON: Words = {
    1: (),
    2: ON_LINE,
    3: ON_BATTERY,
    4: (ON_LINE, StatusFlag.BOOSTING),
    5: OFF,
    6: BYPASS,
    7: OFF,
    8: OFF,
    9: BYPASS,
    10: (
        BYPASS,
        alarm("hardwareFailureBypass", "On bypass because of a hardware failure", _CRITICAL),
    ),
    11: OFF,
    12: (ON_LINE, StatusFlag.TRIMMING),
    13: (ON_LINE, ECO),
}
OUTPUT_STATUS: Words = {
    **_COMMON,
    14: ON_LINE,
    15: (ON_BATTERY, TESTING),
    16: (BYPASS, alarm("emergencyStaticBypass", "On emergency static bypass", _CRITICAL)),
    17: BYPASS,
    18: (ON_LINE, ECO),
    19: (ON_LINE, TESTING),
    20: (ON_LINE, ECO),
    21: (ON_LINE, TESTING),
    22: (ON_LINE, TESTING),
    23: (),
    24: (ON_BATTERY, TESTING),
    25: ON_LINE,
    26: (),
    27: (),
    28: (ON_LINE, TESTING),
}
SYSTEM_STATUS: Words = {
    **_COMMON,
    14: ON_LINE,
    15: (ON_LINE, ECO),
    16: BYPASS,
    17: (ON_LINE, ECO),
}

# upsBasicStateOutputState: 64 flags, the first stands left

_STATE = "upsBasicStateOutputState"
_ABNORMAL = alarm(f"{_STATE} 1", "Abnormal condition")
OUTPUT_STATE: Words = {
    **flags(
        _STATE,
        {
            11: "Batteries discharged",
            14: "On bypass because of an internal fault",
            15: "On bypass because of a supply failure",
            16: "On bypass because of a fan failure",
            21: "Battery communication lost",
            23: "Boost or trim failed",
            24: "Output voltage bad",
            25: "Charger failed",
            26: "Battery temperature high",
            27: "Battery temperature warning",
            28: "Battery temperature critical",
            33: "No batteries attached",
            37: "Inverter DC imbalance",
            38: "Transfer relay failed",
            39: "Shut down or unable to transfer",
            40: "Shut down with low battery",
            41: "Fan of the electronic unit failed",
            42: "Main relay failed",
            43: "Bypass relay failed",
            45: "Internal temperature high",
            46: "Battery temperature sensor failed",
            47: "Input out of range for bypass",
            48: "DC bus overvoltage",
            49: "Power factor correction failed",
            50: "Critical hardware fault",
            53: "Emergency power off",
            54: "Load above its alarm threshold",
            55: "Bypass phase fault",
            56: "Internal communication failed",
            60: "Minor or environment alarm",
        },
        critical={14, 15, 16, 24, 25, 28, 37, 38, 39, 40, 41, 42, 43, 45, 48, 49, 50, 53, 56},
        more={
            2: ON_BATTERY,
            3: LOW,
            4: ON_LINE,
            5: REPLACE,
            7: StatusFlag.BOOSTING,
            8: StatusFlag.TRIMMING,
            9: OVERLOADED,
            10: CALIBRATING,
            12: BYPASS,
            13: BYPASS,
            14: BYPASS,
            15: BYPASS,
            16: BYPASS,
            17: OFF,
            18: OFF,
            20: OFF,
            22: SHUTDOWN,
            29: TESTING,
            30: (LOW, ON_BATTERY),
            31: SHUTDOWN,
            32: SHUTDOWN,
            40: OFF,
            44: BYPASS,
            51: ECO,
            53: OFF,
            57: ECO,
            58: OFF,
            59: OFF,
        },
    ),
    1: _ABNORMAL,
    # the card has lost its UPS
    -6: Special.STALE,
    34: alarm(f"{_STATE} 34", "Synchronized command in progress", _INFORMATION),
    35: alarm(f"{_STATE} 35", "Synchronized sleep in progress", _INFORMATION),
    36: alarm(f"{_STATE} 36", "Synchronized reboot in progress", _INFORMATION),
    52: alarm(f"{_STATE} 52", "Hot standby", _INFORMATION),
}
_DISCHARGED, _ON = 11, 19

ABNORMAL_CONDITIONS = flags(
    "upsAdvStateAbnormalConditions",
    {
        1: "Power module failed",
        2: "Main intelligence module failed",
        3: "Redundant intelligence module failed",
        4: "Battery failed",
        5: "Load above its alarm threshold",
        6: "Redundancy lost",
        7: "Redundancy below its alarm threshold",
        8: "Bypass out of range",
        9: "Bypass contactor stuck in bypass",
        10: "Bypass contactor stuck in on-line",
        11: "On bypass because of an internal fault",
        12: "On bypass because of an overload",
        13: "On maintenance bypass",
        14: "Input circuit breaker tripped",
        15: "System fan failed",
        16: "Redundant intelligence module in control",
        17: "Communication between modules failed",
        18: "No working power modules",
        19: "Load shut down from bypass, input frequency",
        20: "Runtime below its alarm threshold",
        21: "Extended run frame fault",
        22: "Output voltage out of range",
        23: "UPS not synchronized",
        24: "No batteries installed",
        25: "Battery voltage high",
        26: "Fault of the UPS, see its other alarms",
        27: "Site wiring fault",
        28: "Backfeed protection relay opened",
        29: "Emergency power off",
        30: "Surveillance has detected a fault",
        31: "Overload or short circuit of the output",
        32: "Ambient temperature out of tolerance",
    },
    critical={1, 2, 4, 9, 10, 11, 12, 14, 15, 17, 18, 19, 22, 28, 29, 30, 31},
    more={31: OVERLOADED},
)

# faults of one family; the others have NOT SUPPORTED there

SYMMETRA_3_PHASE_FAULTS = flags(
    "upsAdvStateSymmetra3PhaseSpecificFaults",
    {
        1: "External switch gear failed",
        2: "External transformer too hot",
        3: "External DC circuit breaker tripped",
        4: "System power supply failed",
        5: "Battery monitor card failed",
        6: "Battery monitor card removed",
        7: "XR communication card failed",
        8: "XR communication card removed",
        9: "External switch gear monitoring card failed",
        10: "External switch gear monitoring card removed",
        11: "Internal DC circuit breaker tripped",
        12: "Static bypass switch failed",
        13: "System EEPROM removed",
        14: "System EEPROM failed",
        15: "UPS in forced bypass",
        16: "Static bypass switch module removed",
        17: "System start-up configuration fault",
        18: "Battery charger shut down externally",
        33: "Cooling fan outage",
        49: "Bypass static switch communication error",
        50: "Bypass static switch module has a critical error",
    },
)
SILCON_FAULTS = flags(
    "upsAdvStateDP300ESpecificFaults",
    {
        1: "Peak current limiter active",
        2: "Bypass power supply fault",
        3: "Delta current limiter active",
        4: "Fan fault",
        5: "High DC",
        6: "Inverter voltage error",
        7: "Parallel synchronization error",
        8: "Second power supply fault",
        9: "Internal power supply fault",
        14: "Bypass static switch too hot",
        15: "Battery temperature high",
        16: "Battery weak",
        18: "System locked in operation mode",
        19: "Memory write error RAM1",
        20: "Memory write error",
        21: "Communication to VQ bypass lost",
        22: "Communication to VQ output lost",
        23: "Communication to DMU lost",
        24: "Communication to controller lost",
        25: "Communication to parallel interface lost",
        26: "External shutdown accepted",
        27: "DC capacitor charge error",
        28: "Communication to VQ mains lost",
        29: "Bypass synchronization error",
        30: "Charge error",
        31: "SII auxiliary input activated",
        33: "Inverter fuse blown",
        34: "Rectifier fuse blown",
        35: "Auxiliary 1 fault",
        46: "Charger magnetic too hot",
        48: "Battery monitor warning",
        49: "Battery monitor alarm",
        53: "TSM 1/2/3 temperature shutdown",
        54: "Charger 0/30 temperature warning",
        55: "Charger 0/30 temperature shutdown",
        56: "Output voltage high",
        57: "Static switch temperature over 90 °C",
        59: "Low current failure in AC capacitors",
        61: "Advanced battery management not installed",
    },
)
SYMMETRA_FAULTS = flags(
    "upsAdvStateSymmetraSpecificFaults",
    {
        1: "System fault",
        2: "Bypass relay fault",
        3: "Power module turn off failed",
        4: "Frame identification fault",
    },
)
SMART_UPS_FAULTS = flags(
    "upsAdvStateSmartUPSSpecificFaults",
    {
        1: "EPO switch activated",
        2: "Static bypass switch fault",
        3: "System configuration fault",
        4: "Power supply unit fault",
        5: "Weak battery",
        6: "Battery temperature high",
        7: "Internal mechanical bypass",
        8: "Parallel redundancy lost",
        9: "Parallel bus communication fault on cable 1",
        10: "Parallel bus communication fault on cable 2",
        11: "Auxiliary bus communication fault",
        12: "Parallel bus termination fault on cable 1",
        13: "Parallel bus termination fault on cable 2",
        14: "Auxiliary bus termination fault",
        15: "No master in the parallel system",
        16: "Overload on a parallel unit",
        17: "Parallel configuration fault",
    },
    critical={1, 2, 3, 4},
    more={5: REPLACE, 7: BYPASS},
)
GALAXY_V_FAULTS = flags(
    "upsAdvStateGalaxyVseriesSpecificFault",
    {
        1: "Input voltage out of tolerance",
        2: "Input frequency out of tolerance",
        3: "External sync frequency out of tolerance",
        4: "Output frequency out of tolerance",
        5: "Static bypass switch needs a technical check",
        6: "Static bypass switch inoperable",
        7: "PBUS cable 1 may be damaged",
        8: "PBUS cable 2 may be damaged",
        9: "Parallel system not configured or not working correctly",
        10: "UC in the controller box not working correctly",
        11: "Power module surveillance detected a fault",
        12: "SLC in the controller box not working correctly",
        13: "No static bypass switch present",
        14: "No power modules present",
        15: "Controller box disabled",
        16: "Display communication lost",
        17: "Battery temperature above shutdown limit",
        18: "Fuse of the modular battery cabinet blown",
        19: "Battery module temperature sensor not working correctly",
        20: "Battery discharge current above shutdown limit",
        21: "Ground fault",
        22: "Minor alarm of the external energy storage",
        23: "Major alarm of the external energy storage",
        24: "Transformer temperature too high",
        25: "Parallel breaker status inconsistent",
        26: "UC communication lost",
        27: "PMC communication lost",
        28: "NMC communication lost",
        29: "BMC communication lost",
    },
    critical={6, 11, 14, 17, 18, 20, 23},
)
LIFE_CYCLE = flags(
    "upsAdvStateLifeCycleManagement",
    {
        1: "Warranty ends soon",
        2: "Battery check recommended",
        3: "Service period of wearing parts expired",
        4: "Secure start-up recommended",
        5: "Fan life expired",
        6: "DC capacitor life expired",
        7: "AC capacitor life expired",
        8: "Supply service life expired",
        9: "UPS out of limits",
        10: "Air filter life expired",
    },
)

# batteries

BATTERY_STATUS: Words = {
    1: (),
    2: (),
    3: LOW,
    4: alarm("batteryInFaultCondition", "Battery has a fault", _CRITICAL),
    5: alarm("noBatteryPresent", "No battery present", _CRITICAL),
}
REPLACE_INDICATOR: Words = {1: (), 2: REPLACE}
CONDITION: Words = {1: (), 2: "ok", 3: "weak", 4: ("poor", REPLACE)}
TESTED_CONDITION: Words = {
    1: (),
    2: "ok",
    3: "capacity decreased",
    4: ("defective", REPLACE),
    5: "not present",
}
CHARGER: Words = {
    1: (),
    2: (),
    3: alarm("upsAdvBatteryChargerStatus", "Charger failed", _CRITICAL),
    4: ("floating", CHARGING),
    5: ("charging", CHARGING),
    6: "resting",
    7: "off",
    8: ("charging", CHARGING),
    9: TESTING,
    10: ("floating", CHARGING),
}
# the same of a pack, a cartridge and a module; 1 is bit 0
HEALTH: Words = {
    2: alarm("batteryLifeNearEnd", "Battery life near its end"),
    3: (REPLACE, alarm("batteryLifeExceeded", "Battery life exceeded")),
    5: REPLACE,
    6: alarm("batteryMeasuredLifeNearEnd", "Measured battery life near its end"),
}
HEALTH_TEXTS: Mapping[int, str] = {
    3: "life exceeded",
    5: "life exceeded",
    2: "near end of life",
    4: "near end of life",
    6: "near end of life",
    7: "near end of life",
    1: "ok",
}
PACK_STATUS = flags(
    "batteryPackStatus",
    {
        1: "Battery pack disconnected",
        2: "Battery pack overvoltage",
        4: "Battery pack temperature critical",
        5: "Battery pack charger fault",
        6: "Battery pack temperature sensor fault",
        7: "Battery pack bus soft start fault",
        8: "Battery pack temperature high",
        9: "Battery pack fault",
        10: "Battery pack communication lost",
        11: "Battery frame disconnected",
        12: "Battery pack firmware mismatch",
    },
    critical={2, 4},
    more={3: REPLACE},
)
MODULE_STATUS: Words = {
    1: (),
    2: (),
    3: "ok",
    4: ("failed", alarm("batteryModuleFailed", "Battery module failed", _CRITICAL)),
    5: ("too hot", alarm("batteryModuleHot", "Battery module too hot")),
    6: ("replace", REPLACE),
    7: ("low capacity", alarm("batteryModuleWeak", "Battery module has a low capacity")),
}

# the rest

INVERTER: Words = {3: alarm("upsBasicSystemInverterStatus", "Inverter fault", _CRITICAL)}
PFC: Words = {3: alarm("upsBasicSystemPFCStatus", "Power factor correction fault", _CRITICAL)}
FUSE: Words = {1: alarm("batteryFuseOpen", "Battery fuse open", _CRITICAL)}
BREAKER: Words = {1: alarm("batteryBreakerOpen", "Battery breaker open", _CRITICAL)}
CABINET_BREAKER: Words = {3: alarm("cabinetBreakerOpen", "Battery cabinet breaker open", _CRITICAL)}
POWER_MODULE: Words = {
    5: alarm("powerModuleFailed", "Power module failed", _CRITICAL),
    6: alarm("powerModuleFailed", "Power module failed", _CRITICAL),
    7: alarm("powerModuleLost", "Power module communication lost"),
}
POWER_MODULE_LIFE: Words = {
    2: alarm("powerModuleNearEnd", "Power module life near its end"),
    3: alarm("powerModuleExceeded", "Power module life exceeded"),
}
TEST: Words = {
    1: TestResult.PASSED,
    2: TestResult.ERROR,
    3: TestResult.NOT_POSSIBLE,
    4: (TestResult.IN_PROGRESS, TESTING),
}
CALIBRATION: Words = {3: CALIBRATING}
MONITORING_TEST: Words = {
    1: TestResult.PASSED,
    2: TestResult.NOT_POSSIBLE,
    3: (TestResult.IN_PROGRESS, TESTING),
    4: TestResult.NOT_POSSIBLE,
    5: TestResult.ABORTED,
    6: TestResult.SCHEDULED,
    7: (),
    8: TestResult.NOT_POSSIBLE,
}
OUTLET_GROUP: Words = {
    8: alarm("outletGroupLoadShed", "Outlet group will be shed"),
    15: alarm("outletGroupWaits", "Runtime too low to turn on an outlet group"),
}


def judge(signs: Signs) -> Status:
    """Weigh the signs: the text of flags first, then upsBasicOutputStatus.

    Where the flags say both OL and OB, upsBasicOutputStatus decides; where neither says anything
    and the flags do not have the output on, it is off.
    """
    text = signs.look.text("1.11.1.1") or ""
    said = signs.power & POWER_FLAGS
    stated = signs.others & POWER_FLAGS
    line = stated & {ON_LINE, ON_BATTERY}
    if len(line) != 1:
        line = said & {ON_LINE, ON_BATTERY}
    power = settle(line | (said | stated) & {OFF, BYPASS})
    if not power and len(text) >= _ON and text[_ON - 1] == "0":
        power = frozenset({OFF})
    rest = (signs.power | signs.others) - POWER_FLAGS
    if ON_LINE not in power:
        rest -= {StatusFlag.TRIMMING, StatusFlag.BOOSTING}
    if ON_BATTERY in power and text[_DISCHARGED - 1 : _DISCHARGED] == "1":
        rest |= {LOW}
    alarms = signs.alarms
    if len(alarms) > 1:
        # it only says that there are others
        alarms = tuple(each for each in alarms if each != _ABNORMAL)
    return Status(flags=power | rest, alarms=alarms, input_present=signs.input_present)
