"""The standard variables and commands: quantity, unit, plausible limits, words, what they mean.

The namespace is the one published in RFC 9271 and in NUT's public list of names. A row whose note
begins with "Ours" has a name that the standard lacks, in its style; the note says who needs it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
import re
from types import MappingProxyType
from typing import override


class Quantity(StrEnum):
    """What a value measures or is; it decides the unit."""

    VOLTAGE = "voltage"
    CURRENT = "current"
    FREQUENCY = "frequency"
    POWER = "power"
    APPARENT_POWER = "apparent_power"
    REACTIVE_POWER = "reactive_power"
    ENERGY = "energy"
    POWER_FACTOR = "power_factor"
    PERCENT = "percent"
    TEMPERATURE = "temperature"
    HUMIDITY = "humidity"
    DURATION = "duration"
    CAPACITY = "capacity"
    """The charge that a battery holds, in Ah."""
    ANGLE = "angle"
    COUNT = "count"
    """A bare number: of things, or a ratio that has no quantity of its own."""
    DATE = "date"
    """A day, as ISO text where the protocol's own order is known, else as reported."""
    TIME = "time"
    WORD = "word"
    """A word of a closed list; other text stays as reported."""
    TEXT = "text"
    SWITCH = "switch"
    """Two words: yes and no, enabled and disabled, or on and off."""


class Role(StrEnum):
    """How a value behaves over time."""

    READING = "reading"
    """It moves by itself."""
    IDENTITY = "identity"
    """It never changes."""
    SETTING = "setting"
    """It tells how the device is configured or rated; only somebody's hand changes it."""


class TestResult(StrEnum):
    """How the last self-test ended. The standard leaves this open; these are its usual texts."""

    __test__ = False  # pytest would take the name for a class of tests

    NONE = "No test initiated"
    IN_PROGRESS = "In progress"
    PASSED = "Done and passed"
    WARNING = "Done and warning"
    ERROR = "Done and error"
    ABORTED = "Aborted"
    SCHEDULED = "Test scheduled"
    NOT_POSSIBLE = "Not possible"
    UNKNOWN = "Unknown"


class ChargerStatus(StrEnum):
    """What the charger does to the battery."""

    CHARGING = "charging"
    DISCHARGING = "discharging"
    FLOATING = "floating"
    RESTING = "resting"
    UNKNOWN = "unknown"
    DISABLED = "disabled"
    OFF = "off"


class BeeperStatus(StrEnum):
    """Whether the UPS may beep; muted lasts until the present alarm ends."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    MUTED = "muted"


class OutletStatus(StrEnum):
    """Whether an outlet has power."""

    ON = "on"
    OFF = "off"


class TransferReason(StrEnum):
    """Why the UPS last went to battery: PowerNet's words, and some for what others tell."""

    NONE = "noTransfer"
    HIGH_VOLTAGE = "highLineVoltage"
    BROWNOUT = "brownout"
    BLACKOUT = "blackout"
    SMALL_SAG = "smallMomentarySag"
    DEEP_SAG = "deepMomentarySag"
    SMALL_SPIKE = "smallMomentarySpike"
    LARGE_SPIKE = "largeMomentarySpike"
    SELF_TEST = "selfTest"
    VOLTAGE_CHANGE = "rateOfVoltageChange"
    VOLTAGE_OUT_OF_RANGE = "input voltage out of range"
    FREQUENCY_OUT_OF_RANGE = "input frequency out of range"
    LOW_VOLTAGE = "lowLineVoltage"
    NOTCH_OR_SPIKE = "notchOrSpike"


class Sensitivity(StrEnum):
    """How small a disturbance of the input makes the UPS act."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    AUTO = "auto"
    NORMAL = "normal"
    REDUCED = "reduced"


class UpsType(StrEnum):
    """How the UPS is built; Megatec cannot tell off-line from line-interactive."""

    OFFLINE = "offline"
    STANDBY = "standby"
    LINE_INTERACTIVE = "line-interactive"
    OFFLINE_OR_LINE_INTERACTIVE = "offline / line interactive"
    ONLINE = "online"
    ONLINE_DUAL_INPUT = "online dual input"
    PARALLEL_REDUNDANCY = "parallel redundancy"
    PARALLEL_CAPACITY = "parallel capacity"
    HOT_STANDBY = "hot standby"


class DeviceType(StrEnum):
    """What the device is: SCD a solar controller, PSU a power supply, ATS a transfer switch."""

    UPS = "ups"
    PDU = "pdu"
    SCD = "scd"
    PSU = "psu"
    ATS = "ats"


class ThresholdStatus(StrEnum):
    """Where a reading stands against its four thresholds."""

    GOOD = "good"
    WARNING_LOW = "warning-low"
    CRITICAL_LOW = "critical-low"
    WARNING_HIGH = "warning-high"
    CRITICAL_HIGH = "critical-high"


class RangeStatus(StrEnum):
    """Whether a source can be used, for devices that tell no more than that."""

    GOOD = "good"
    DERATED = "derated range"
    OUT_OF_RANGE = "out of range"
    MISSING = "missing"


class LoadStatus(StrEnum):
    """How close a phase of a PDU is to its limit."""

    LOW = "low"
    NORMAL = "normal"
    NEAR_OVERLOAD = "near overload"
    OVERLOAD = "overload"


class ContactStatus(StrEnum):
    """A dry contact: the contact itself, or what it means under its configuration."""

    OPEN = "open"
    CLOSED = "closed"
    ACTIVE = "active"
    INACTIVE = "inactive"


class PowerStrategy(StrEnum):
    """What a UPS that can do both weighs more: protection or losses."""

    HIGH_ALERT = "high alert"
    STANDARD = "standard"
    HIGH_EFFICIENCY = "high efficiency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One row of the namespace.

    ``template`` has its indices in braces: ``outlet.{outlet}.current``, ``input.L{phase}.current``.
    ``unit`` is "" for what has none. A number outside ``minimum`` and ``maximum`` (inclusive, None
    = no limit known) cannot be a reading of any real device, whatever its size.
    """

    template: str
    quantity: Quantity
    unit: str
    role: Role
    minimum: float | None
    maximum: float | None
    words: type[StrEnum] | None
    meaning: str
    note: str = ""


type Indices = tuple[tuple[str, int], ...]
"""Which of several, in the order of the name: (("device", 2), ("outlet", 4))."""


@dataclass(frozen=True, slots=True)
class Name:
    """A variable's name taken apart; str() puts it together again."""

    variable: Variable
    indices: Indices

    @override
    def __str__(self) -> str:
        """Return the name as it was parsed."""
        numbers = dict(self.indices)
        unit = numbers.pop("device", None)
        name = self.variable.template.format(**numbers)
        return name if unit is None else f"device.{unit}.{name.removeprefix('device.')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandName:
    """One standard instant command; its template has indices as a variable's has."""

    template: str
    meaning: str
    note: str = ""


_UNITS: Mapping[Quantity, str] = {
    Quantity.VOLTAGE: "V",
    Quantity.CURRENT: "A",
    Quantity.FREQUENCY: "Hz",
    Quantity.POWER: "W",
    Quantity.APPARENT_POWER: "VA",
    Quantity.REACTIVE_POWER: "var",
    Quantity.ENERGY: "kWh",
    Quantity.PERCENT: "%",
    Quantity.TEMPERATURE: "°C",
    Quantity.HUMIDITY: "%",
    Quantity.DURATION: "s",
    Quantity.CAPACITY: "Ah",
    Quantity.ANGLE: "°",
}

type _Limits = tuple[float, float]

_YEAR = 365 * 86400
_LIMITS: Mapping[Quantity, _Limits] = {
    Quantity.VOLTAGE: (0, 1000),
    Quantity.CURRENT: (0, 10_000),
    Quantity.FREQUENCY: (0, 100),
    Quantity.POWER: (0, 10_000_000),
    Quantity.APPARENT_POWER: (0, 10_000_000),
    Quantity.REACTIVE_POWER: (-10_000_000, 10_000_000),
    Quantity.ENERGY: (0, 10_000_000_000),
    Quantity.POWER_FACTOR: (-1, 1),
    Quantity.PERCENT: (0, 100),
    Quantity.TEMPERATURE: (-40, 150),
    Quantity.HUMIDITY: (0, 100),
    Quantity.DURATION: (0, _YEAR),
    Quantity.CAPACITY: (0, 100_000),
    Quantity.ANGLE: (-360, 360),
    Quantity.COUNT: (0, 10_000),
}
_OVERLOADED: _Limits = (0, 300)
_EFFICIENCY: _Limits = (0, 120)  # two meters, each a little off
_BOTH_WAYS: _Limits = (-10_000, 10_000)  # into the battery and out of it
_CREST: _Limits = (0, 100)
_MANY: _Limits = (0, 2**31)
_DISTORTED: _Limits = (0, 300)
_PHASE_COUNT: _Limits = (0, 6)
_AGE: _Limits = (0, 100 * _YEAR)

# Where a value is taken, by how its template begins, the longer beginnings first; a row's meaning
# starts with it.
_PLACES: Mapping[str, str] = {
    "input.bypass": "Bypass",
    "input.servicebypass": "Service bypass",
    "input.{source}": "One source of a transfer switch",
    "input": "Input",
    "output.bypass": "Output of the bypass",
    "output.inverter": "Inverter",
    "output.servicebypass": "Output of the service bypass",
    "output": "Output",
    "battery.{pack}": "One battery pack",
    "battery": "Battery",
    "outlet.group.{group}": "One outlet group",
    "outlet.{outlet}": "One outlet",
    "outlet": "Outlets as a whole",
    "ambient.{probe}": "One numbered probe",
    "ambient": "Probe",
}
_PHASES: Mapping[str, str] = {
    "L{phase}-L{to}": ", between two phases",
    "L{phase}-N": ", phase to neutral",
    "L{phase}": ", one phase",
    "N": ", neutral",
}
# Where a row repeats: what may follow the place in its name.
_PHASE = ("L{phase}",)
_LINES = ("L{phase}", "N")
_VOLTS = ("L{phase}", "L{phase}-N", "L{phase}-L{to}")
_SOURCE = ("{source}",)
_OUTLETS = ("{outlet}", "group.{group}")
_PACK = ("{pack}",)
_PROBE = ("{probe}",)

# Why a name is here that the standard does not list, and who needs it.
_SOURCES = "Ours: the standard numbers no inputs; a transfer switch has two or more."
_PACKS = "Ours: the standard only counts the packs."
_LACKING: Mapping[str, str] = {"{source}": _SOURCES, "{pack}": _PACKS}
_ENERGY = "Ours: meters of SNMP cards and PDUs count it; in kWh, as Home Assistant wants it."
_PDU = "Ours: PDUs report it."
_PER_PHASE = "Ours: the standard has one frequency for all phases; some units measure each."
_NEWER = "In NUT's list of names since 2.8."
_XCP = "Ours: Eaton and Powerware UPSs tell it over XCP."
_DRIVERS = "Not in the list of names, but NUT's drivers publish it, so users know it."


def _place(template: str) -> str:
    """Return the place that a template begins with, "" for none."""
    return next((place for place in _PLACES if template.startswith(f"{place}.")), "")


def _meaning(template: str, text: str) -> str:
    """Return the text as a sentence that says where the value is taken."""
    place = _place(template)
    if not place:
        return f"{text}."
    words = template.split(".")
    phase = next((said for word, said in _PHASES.items() if word in words), "")
    return f"{_PLACES[place]}{phase}: {text[0].lower()}{text[1:]}."


def _row(
    role: Role,
    template: str,
    quantity: Quantity,
    text: str,
    *,
    limits: _Limits | None = None,
    words: type[StrEnum] | None = None,
    each: tuple[str, ...] = (),
    note: str = "",
) -> Iterator[Variable]:
    """Yield a variable, then the same in each of the contexts ``each``."""
    limits = limits or _LIMITS.get(quantity)
    place = _place(template)
    for context in ("", *each):
        name = f"{place}.{context}{template.removeprefix(place)}" if context else template
        yield Variable(
            template=name,
            quantity=quantity,
            unit=_UNITS.get(quantity, ""),
            role=role,
            minimum=limits[0] if limits else None,
            maximum=limits[1] if limits else None,
            words=words,
            meaning=_meaning(name, text),
            note=note or _LACKING.get(context, ""),
        )


_reading = partial(_row, Role.READING)
_identity = partial(_row, Role.IDENTITY)
_setting = partial(_row, Role.SETTING)

_Q = Quantity

_DEVICE = (
    # template, quantity, meaning. A daisy-chained unit has device.N. before any name of this table.
    _identity("device.type", _Q.WORD, "What kind of device this is", words=DeviceType),
    _identity("device.mfr", _Q.TEXT, "Maker of the device"),
    _identity("device.model", _Q.TEXT, "Model of the device"),
    _identity("device.serial", _Q.TEXT, "Serial number of the device"),
    _identity("device.part", _Q.TEXT, "Part number under which the device is ordered"),
    _identity("device.macaddr", _Q.TEXT, "Network address of the device's card"),
    _identity("device.usb.version", _Q.TEXT, "USB version the device speaks", note=_NEWER),
    _setting("device.country", _Q.TEXT, "Country the device is set up for", note=_DRIVERS),
    _setting("device.description", _Q.TEXT, "Free description of the device"),
    _setting("device.contact", _Q.TEXT, "Who looks after the device"),
    _setting("device.location", _Q.TEXT, "Where the device stands"),
    _reading("device.uptime", _Q.DURATION, "Time since the device started", limits=_AGE),
    _reading("device.count", _Q.COUNT, "Units in the daisy chain"),
)

_UPS = (
    _reading("ups.status", _Q.TEXT, "Status flags of the UPS as tokens, e.g. OL CHRG"),
    _reading("ups.alarm", _Q.TEXT, "What the UPS complains of, in words"),
    _reading("ups.mode", _Q.TEXT, "Way in which the UPS works at present", note=_NEWER),
    _identity("ups.mfr", _Q.TEXT, "Maker of the UPS"),
    _identity("ups.model", _Q.TEXT, "Model of the UPS"),
    _identity("ups.mfr.date", _Q.DATE, "Day on which the UPS was made"),
    _identity("ups.serial", _Q.TEXT, "Serial number of the UPS"),
    _identity("ups.vendorid", _Q.TEXT, "USB vendor id, four hexadecimal digits"),
    _identity("ups.productid", _Q.TEXT, "USB product id, four hexadecimal digits"),
    _identity("ups.firmware", _Q.TEXT, "Firmware of the UPS"),
    _identity("ups.firmware.aux", _Q.TEXT, "Firmware of a second processor or of the card"),
    _identity("ups.type", _Q.WORD, "How the UPS is built", words=UpsType),
    _setting("ups.id", _Q.TEXT, "Name the owner gave to the UPS"),
    _reading("ups.date", _Q.DATE, "Date of the UPS's own clock"),
    _reading("ups.time", _Q.TIME, "Time of the UPS's own clock"),
    # load and power
    _reading(
        "ups.load", _Q.PERCENT, "Load in percent of what the UPS can carry", limits=_OVERLOADED
    ),
    _setting("ups.load.high", _Q.PERCENT, "Load above which it is overloaded", limits=_OVERLOADED),
    _reading("ups.power", _Q.APPARENT_POWER, "Apparent power the load takes"),
    _setting("ups.power.nominal", _Q.APPARENT_POWER, "Rated apparent power"),
    _setting(
        "ups.power.high",
        _Q.APPARENT_POWER,
        "Apparent power above which the UPS warns",
        note="Ours: PowerNet and Liebert keep the overload limit in VA, not in percent.",
    ),
    _reading("ups.realpower", _Q.POWER, "Real power the load takes"),
    _setting("ups.realpower.nominal", _Q.POWER, "Rated real power"),
    _reading(
        "ups.realpower.maximum",
        _Q.POWER,
        "Highest real power seen",
        note="Ours: PowerNet PDUs and Eaton cards keep the peak.",
    ),
    _reading("ups.efficiency", _Q.PERCENT, "Output against input", limits=_EFFICIENCY),
    # the unit's own climate
    _reading("ups.temperature", _Q.TEMPERATURE, "Temperature inside the UPS"),
    _reading(
        "ups.temperature.supply", _Q.TEMPERATURE, "Temperature of the power supply", note=_XCP
    ),
    _setting(
        "ups.temperature.low",
        _Q.TEMPERATURE,
        "Temperature below which the UPS warns",
        note="Ours: Eaton and HP cards have both limits.",
    ),
    _setting(
        "ups.temperature.high",
        _Q.TEMPERATURE,
        "Temperature above which the UPS warns",
        note="Ours: Eaton and HP cards have both limits.",
    ),
    _reading(
        "ups.humidity",
        _Q.HUMIDITY,
        "Relative humidity at the UPS",
        note="Ours: Eaton and HP cards measure it in the UPS itself, not with a probe.",
    ),
    _reading("ups.contacts", _Q.TEXT, "Inputs of an accessory, as the UPS's own bit mask"),
    _reading(
        "ups.dipswitches",
        _Q.TEXT,
        "Switches on the back that are on, by number",
        note="Ours: old APC units have four.",
    ),
    _reading(
        "ups.status.bits",
        _Q.TEXT,
        "State of the UPS as its own bits",
        note="Ours: nobody knows what the bits of APC's SPM series say.",
    ),
    _reading("ups.power.average", _Q.APPARENT_POWER, "Average apparent power", note=_XCP),
    _reading("ups.realpower.average", _Q.POWER, "Average real power", note=_XCP),
    _reading(
        "ups.operation.time", _Q.DURATION, "Time the UPS has run in all", limits=_AGE, note=_XCP
    ),
    _setting(
        "ups.power.strategy",
        _Q.WORD,
        "What counts more, protection or losses",
        words=PowerStrategy,
        note=_XCP,
    ),
    # the breakers and relays inside
    _reading("ups.breaker.input.status", _Q.WORD, "Input breaker", words=ContactStatus, note=_XCP),
    _reading(
        "ups.breaker.bypass.status", _Q.WORD, "Bypass breaker", words=ContactStatus, note=_XCP
    ),
    _reading(
        "ups.breaker.staticswitch.status", _Q.WORD, "Static switch", words=ContactStatus, note=_XCP
    ),
    _reading(
        "ups.breaker.battery.status", _Q.WORD, "Battery breaker", words=ContactStatus, note=_XCP
    ),
    _reading(
        "ups.breaker.inverter.status", _Q.WORD, "Inverter breaker", words=ContactStatus, note=_XCP
    ),
    _reading("ups.breaker.load.status", _Q.WORD, "Load breaker", words=ContactStatus, note=_XCP),
    # delays and countdowns
    _setting("ups.delay.start", _Q.DURATION, "Wait before the load gets power again"),
    _setting(
        "ups.delay.reboot", _Q.DURATION, "Wait before a reboot, or how long the power stays off"
    ),
    _setting("ups.delay.shutdown", _Q.DURATION, "Wait between the command and the shutdown"),
    _reading("ups.timer.start", _Q.DURATION, "Time left until the load gets power"),
    _reading("ups.timer.reboot", _Q.DURATION, "Time left until the reboot"),
    _reading("ups.timer.shutdown", _Q.DURATION, "Time left until the load loses power"),
    # tests
    _setting("ups.test.interval", _Q.DURATION, "Time between two automatic self-tests"),
    _reading("ups.test.result", _Q.WORD, "How the last self-test ended", words=TestResult),
    _reading("ups.test.date", _Q.DATE, "Day of the last self-test"),
    _reading(
        "ups.test.system.result",
        _Q.WORD,
        "How the last test of the whole system ended",
        words=TestResult,
        note=_XCP,
    ),
    _reading(
        "ups.test.voltage.start", _Q.VOLTAGE, "Battery voltage early in the self-test", note=_XCP
    ),
    _reading(
        "ups.test.voltage.end", _Q.VOLTAGE, "Battery voltage late in the self-test", note=_XCP
    ),
    _reading("ups.test.duration", _Q.DURATION, "Time between these two voltages", note=_XCP),
    # behaviour
    _reading("ups.beeper.status", _Q.WORD, "Whether the UPS may beep", words=BeeperStatus),
    _setting("ups.display.language", _Q.TEXT, "Language of the front panel"),
    _setting("ups.watchdog.status", _Q.SWITCH, "Whether silence of the host reboots the load"),
    _setting("ups.start.auto", _Q.SWITCH, "Whether the UPS starts when the mains is back"),
    _setting("ups.start.battery", _Q.SWITCH, "Whether the UPS may be started without mains"),
    _setting("ups.start.reboot", _Q.SWITCH, "Whether the UPS starts from battery after a reboot"),
    _setting("ups.shutdown", _Q.SWITCH, "Whether the UPS obeys a shutdown"),
)

_INPUT = (
    _reading("input.voltage", _Q.VOLTAGE, "Voltage", each=(*_VOLTS, *_SOURCE)),
    _reading("input.voltage.maximum", _Q.VOLTAGE, "Highest voltage seen", each=_VOLTS),
    _reading("input.voltage.minimum", _Q.VOLTAGE, "Lowest voltage seen", each=_VOLTS),
    _reading("input.voltage.average", _Q.VOLTAGE, "Average voltage", note=_XCP),
    _reading(
        "input.voltage.percent",
        _Q.PERCENT,
        "Voltage against its rating",
        limits=_OVERLOADED,
        each=_PHASE,
        note=_XCP,
    ),
    _reading(
        "input.voltage.distortion",
        _Q.PERCENT,
        "Harmonic distortion of the voltage",
        limits=_DISTORTED,
        each=_PHASE,
        note=_XCP,
    ),
    _reading(
        "input.current.percent",
        _Q.PERCENT,
        "Current against its rating",
        limits=_OVERLOADED,
        each=_PHASE,
        note=_XCP,
    ),
    _reading(
        "input.current.distortion",
        _Q.PERCENT,
        "Harmonic distortion of the current",
        limits=_DISTORTED,
        each=_PHASE,
        note=_XCP,
    ),
    _reading(
        "input.voltage.fault",
        _Q.VOLTAGE,
        "Voltage that last sent the UPS to battery",
        note=_DRIVERS,
    ),
    _reading(
        "input.voltage.status", _Q.WORD, "State of the voltage", words=ThresholdStatus, each=_VOLTS
    ),
    _setting("input.voltage.low.warning", _Q.VOLTAGE, "Lower warning voltage", each=_VOLTS),
    _setting("input.voltage.low.critical", _Q.VOLTAGE, "Lower critical voltage", each=_VOLTS),
    _setting("input.voltage.high.warning", _Q.VOLTAGE, "Upper warning voltage", each=_VOLTS),
    _setting("input.voltage.high.critical", _Q.VOLTAGE, "Upper critical voltage", each=_VOLTS),
    _setting("input.voltage.nominal", _Q.VOLTAGE, "Rated voltage", each=_VOLTS),
    _setting("input.voltage.extended", _Q.SWITCH, "Whether a wider voltage is accepted"),
    _reading("input.current", _Q.CURRENT, "Current", each=(*_LINES, *_SOURCE)),
    _reading("input.current.maximum", _Q.CURRENT, "Highest current seen", each=_LINES),
    _reading("input.current.minimum", _Q.CURRENT, "Lowest current seen", each=_LINES),
    _reading("input.current.peak", _Q.CURRENT, "Peak of the current", each=_LINES),
    _reading(
        "input.current.status", _Q.WORD, "State of the current", words=ThresholdStatus, each=_LINES
    ),
    _setting("input.current.low.warning", _Q.CURRENT, "Lower warning current", each=_LINES),
    _setting("input.current.low.critical", _Q.CURRENT, "Lower critical current", each=_LINES),
    _setting("input.current.high.warning", _Q.CURRENT, "Upper warning current", each=_LINES),
    _setting("input.current.high.critical", _Q.CURRENT, "Upper critical current", each=_LINES),
    _setting("input.current.nominal", _Q.CURRENT, "Rated current", each=_LINES),
    _reading("input.frequency", _Q.FREQUENCY, "Frequency", each=_SOURCE),
    _reading("input.L{phase}.frequency", _Q.FREQUENCY, "Frequency", note=_PER_PHASE),
    _reading(
        "input.frequency.status", _Q.WORD, "State of the frequency", words=RangeStatus, each=_SOURCE
    ),
    _setting("input.frequency.nominal", _Q.FREQUENCY, "Rated frequency"),
    _setting("input.frequency.nominal.range", _Q.TEXT, "Rated range of the frequency", note=_NEWER),
    _setting("input.frequency.low", _Q.FREQUENCY, "Lowest frequency that is accepted"),
    _setting("input.frequency.high", _Q.FREQUENCY, "Highest frequency that is accepted"),
    _setting("input.frequency.extended", _Q.SWITCH, "Whether a wider frequency is accepted"),
    _setting(
        "input.frequency.deviation", _Q.FREQUENCY, "How far the frequency may be off", note=_XCP
    ),
    _setting("input.phase.deviation", _Q.ANGLE, "How far the phase may be off", note=_XCP),
    _setting(
        "input.voltage.detect",
        _Q.SWITCH,
        "Whether the rated voltage is found out at the next start",
        note=_XCP,
    ),
    _setting("input.wiring.alarm", _Q.SWITCH, "Whether wrong wiring raises an alarm", note=_XCP),
    # power, for PDUs above all
    _reading("input.load", _Q.PERCENT, "Load against its rating", limits=_OVERLOADED, each=_PHASE),
    _reading(
        "input.load.status",
        _Q.WORD,
        "How close the load is to its limit",
        words=LoadStatus,
        each=_PHASE,
        note="Ours: APC and CyberPower PDUs tell it for each phase.",
    ),
    _reading("input.power", _Q.APPARENT_POWER, "Apparent power", each=_PHASE),
    _reading("input.power.maximum", _Q.APPARENT_POWER, "Highest apparent power seen", each=_PHASE),
    _reading("input.power.minimum", _Q.APPARENT_POWER, "Lowest apparent power seen", each=_PHASE),
    _reading(
        "input.power.percent",
        _Q.PERCENT,
        "Apparent power against its rating",
        limits=_OVERLOADED,
        each=_PHASE,
    ),
    _reading(
        "input.power.maximum.percent",
        _Q.PERCENT,
        "Highest apparent power seen, against its rating",
        limits=_OVERLOADED,
        each=_PHASE,
    ),
    _reading(
        "input.power.minimum.percent",
        _Q.PERCENT,
        "Lowest apparent power seen, against its rating",
        limits=_OVERLOADED,
        each=_PHASE,
    ),
    _setting("input.power.nominal", _Q.APPARENT_POWER, "Rated apparent power", note=_PDU),
    _setting("input.realpower.nominal", _Q.POWER, "Rated real power", note=_NEWER),
    _reading("input.realpower", _Q.POWER, "Real power", each=(*_PHASE, *_SOURCE)),
    _reading("input.powerfactor", _Q.POWER_FACTOR, "Power factor", each=_PHASE),
    _reading("input.crestfactor", _Q.COUNT, "Crest factor", limits=_CREST, each=_PHASE),
    _reading("input.energy", _Q.ENERGY, "Energy taken", each=_PHASE, note=_ENERGY),
    _reading("input.quality", _Q.TEXT, "How clean it is, in the device's own code or count"),
    _reading("input.alarm", _Q.TEXT, "What the device complains of", each=_PHASE),
    _identity("input.phases", _Q.COUNT, "Phases", limits=_PHASE_COUNT),
    _identity("input.count", _Q.COUNT, "Number of inputs", note=_DRIVERS),
    _identity("input.type", _Q.TEXT, "Plug", note=_PDU),
    _setting("input.feed.desc", _Q.TEXT, "Name of the feed behind it", note=_NEWER),
    _setting("input.feed.color", _Q.TEXT, "Colour that marks the feed behind it", note=_NEWER),
    # when the UPS leaves the mains, trims or boosts it
    _reading(
        "input.transfer.reason", _Q.WORD, "Why the UPS last went to battery", words=TransferReason
    ),
    _setting("input.transfer.delay", _Q.DURATION, "Wait before the load goes back to the mains"),
    _setting("input.transfer.low", _Q.VOLTAGE, "Voltage below which the UPS leaves the mains"),
    _setting("input.transfer.high", _Q.VOLTAGE, "Voltage above which the UPS leaves the mains"),
    _setting("input.transfer.low.min", _Q.VOLTAGE, "Lowest value input.transfer.low may take"),
    _setting("input.transfer.low.max", _Q.VOLTAGE, "Highest value input.transfer.low may take"),
    _setting("input.transfer.high.min", _Q.VOLTAGE, "Lowest value input.transfer.high may take"),
    _setting("input.transfer.high.max", _Q.VOLTAGE, "Highest value input.transfer.high may take"),
    _setting("input.transfer.boost.low", _Q.VOLTAGE, "Lower end of the voltages that are boosted"),
    _setting("input.transfer.boost.high", _Q.VOLTAGE, "Upper end of the voltages that are boosted"),
    _setting("input.transfer.trim.low", _Q.VOLTAGE, "Lower end of the voltages that are trimmed"),
    _setting("input.transfer.trim.high", _Q.VOLTAGE, "Upper end of the voltages that are trimmed"),
    _setting(
        "input.transfer.hysteresis",
        _Q.VOLTAGE,
        "How far inside the limits the mains must be again",
        note=_NEWER,
    ),
    _setting(
        "input.transfer.bypass.low",
        _Q.VOLTAGE,
        "Lowest voltage the bypass may pass on",
        note=_NEWER,
    ),
    _setting(
        "input.transfer.bypass.high",
        _Q.VOLTAGE,
        "Highest voltage the bypass may pass on",
        note=_NEWER,
    ),
    _setting(
        "input.transfer.bypass.forced",
        _Q.SWITCH,
        "Whether a transfer to bypass may be forced",
        note=_NEWER,
    ),
    _setting(
        "input.transfer.bypass.overload",
        _Q.SWITCH,
        "Whether an overload goes to bypass",
        note=_NEWER,
    ),
    _setting(
        "input.transfer.bypass.outlimits",
        _Q.SWITCH,
        "Whether the bypass is used outside its limits",
        note=_NEWER,
    ),
    _setting(
        "input.transfer.eco.low", _Q.VOLTAGE, "Lowest voltage for the economy mode", note=_NEWER
    ),
    _setting(
        "input.transfer.eco.high", _Q.VOLTAGE, "Highest voltage for the economy mode", note=_NEWER
    ),
    _setting(
        "input.transfer.frequency.bypass.range",
        _Q.PERCENT,
        "Deviation of the frequency allowed on bypass",
        note=_NEWER,
    ),
    _setting(
        "input.transfer.frequency.eco.range",
        _Q.PERCENT,
        "Deviation of the frequency allowed in economy mode",
        note=_NEWER,
    ),
    _setting(
        "input.frequency.transfer.low",
        _Q.FREQUENCY,
        "Frequency below which the UPS leaves the mains",
        note=_DRIVERS,
    ),
    _setting(
        "input.frequency.transfer.high",
        _Q.FREQUENCY,
        "Frequency above which the UPS leaves the mains",
        note=_DRIVERS,
    ),
    _setting(
        "input.sensitivity", _Q.WORD, "How small a disturbance makes the UPS act", words=Sensitivity
    ),
    _setting("input.eco.switchable", _Q.TEXT, "Whether the economy mode may be used", note=_NEWER),
    _setting(
        "input.eco.enabled",
        _Q.SWITCH,
        "Whether the UPS goes to economy mode by itself",
        note="Ours: APC's SPM series says on or off, not NUT's words.",
    ),
    # transfer switches
    _reading(
        "input.source",
        _Q.TEXT,
        "Source in use",
        note="1, 2 ... for a transfer switch; Delta UPSs give a word.",
    ),
    _setting(
        "input.source.preferred",
        _Q.TEXT,
        "Source a transfer switch takes when both are good",
        note=_NEWER,
    ),
    _reading(
        "input.phase.shift", _Q.ANGLE, "Angle between the sources of a transfer switch", note=_NEWER
    ),
    _setting("input.{source}.name", _Q.TEXT, "Name", note=_SOURCES),
    _reading(
        "input.{source}.status", _Q.WORD, "Whether it can be used", words=RangeStatus, note=_SOURCES
    ),
    _setting(
        "input.{source}.transfer.low",
        _Q.VOLTAGE,
        "Voltage below which it is not used",
        note=_SOURCES,
    ),
    _setting(
        "input.{source}.transfer.high",
        _Q.VOLTAGE,
        "Voltage above which it is not used",
        note=_SOURCES,
    ),
    _reading(
        "input.{source}.voltage.status",
        _Q.WORD,
        "State of the voltage",
        words=RangeStatus,
        note=_SOURCES,
    ),
)

_BYPASS = (
    _reading("input.bypass.voltage", _Q.VOLTAGE, "Voltage", each=_VOLTS),
    _reading("input.bypass.voltage.maximum", _Q.VOLTAGE, "Highest voltage seen", each=_VOLTS),
    _reading("input.bypass.voltage.minimum", _Q.VOLTAGE, "Lowest voltage seen", each=_VOLTS),
    _setting("input.bypass.voltage.nominal", _Q.VOLTAGE, "Rated voltage"),
    _reading("input.bypass.current", _Q.CURRENT, "Current", each=_LINES),
    _setting("input.bypass.current.nominal", _Q.CURRENT, "Rated current"),
    _reading("input.bypass.frequency", _Q.FREQUENCY, "Frequency"),
    _reading("input.bypass.L{phase}.frequency", _Q.FREQUENCY, "Frequency", note=_PER_PHASE),
    _setting("input.bypass.frequency.nominal", _Q.FREQUENCY, "Rated frequency"),
    _reading("input.bypass.power", _Q.APPARENT_POWER, "Apparent power", each=_PHASE),
    _reading("input.bypass.realpower", _Q.POWER, "Real power", each=_PHASE),
    _identity("input.bypass.phases", _Q.COUNT, "Phases", limits=_PHASE_COUNT),
    _setting("input.bypass.switchable", _Q.SWITCH, "Whether it may be switched", note=_NEWER),
    _setting(
        "input.bypass.alarm",
        _Q.SWITCH,
        "Whether the UPS beeps while it is in use",
        note="Ours: APC's SPM series can be told.",
    ),
    _setting(
        "input.bypass.idle",
        _Q.SWITCH,
        "Whether it feeds the load while the UPS is off",
        note="Ours: APC's SPM series can be told.",
    ),
    _reading("input.bypass.switch.on", _Q.TEXT, "State of the order to go to bypass", note=_NEWER),
    _reading("input.bypass.switch.off", _Q.TEXT, "State of the order to leave bypass", note=_NEWER),
    # points inside a large UPS: few devices measure there
    _reading("input.servicebypass.voltage", _Q.VOLTAGE, "Voltage", each=_VOLTS),
    _reading("input.servicebypass.current", _Q.CURRENT, "Current", each=_LINES),
    _reading("input.servicebypass.frequency", _Q.FREQUENCY, "Frequency"),
)

_OUTPUT = (
    _reading("output.voltage", _Q.VOLTAGE, "Voltage", each=_VOLTS),
    _reading("output.voltage.maximum", _Q.VOLTAGE, "Highest voltage seen", each=_VOLTS),
    _reading("output.voltage.minimum", _Q.VOLTAGE, "Lowest voltage seen", each=_VOLTS),
    _reading(
        "output.voltage.status", _Q.WORD, "State of the voltage", words=ThresholdStatus, each=_VOLTS
    ),
    _setting("output.voltage.low.warning", _Q.VOLTAGE, "Lower warning voltage", each=_VOLTS),
    _setting("output.voltage.low.critical", _Q.VOLTAGE, "Lower critical voltage", each=_VOLTS),
    _setting("output.voltage.high.warning", _Q.VOLTAGE, "Upper warning voltage", each=_VOLTS),
    _setting("output.voltage.high.critical", _Q.VOLTAGE, "Upper critical voltage", each=_VOLTS),
    _reading(
        "output.voltage.percent",
        _Q.PERCENT,
        "Voltage against its rating",
        limits=_OVERLOADED,
        each=_PHASE,
        note=_XCP,
    ),
    _reading(
        "output.voltage.distortion",
        _Q.PERCENT,
        "Harmonic distortion of the voltage",
        limits=_DISTORTED,
        each=_PHASE,
        note=_XCP,
    ),
    _reading(
        "output.current.percent",
        _Q.PERCENT,
        "Current against its rating",
        limits=_OVERLOADED,
        each=_PHASE,
        note=_XCP,
    ),
    _reading(
        "output.current.distortion",
        _Q.PERCENT,
        "Harmonic distortion of the current",
        limits=_DISTORTED,
        each=_PHASE,
        note=_XCP,
    ),
    _reading("output.ground.current", _Q.CURRENT, "Ground current", note=_XCP),
    _reading(
        "output.secondary.neutral.current",
        _Q.CURRENT,
        "Neutral current of a secondary circuit",
        note=_XCP,
    ),
    _reading(
        "output.secondary.ground.current",
        _Q.CURRENT,
        "Ground current of a secondary circuit",
        note=_XCP,
    ),
    _setting(
        "output.voltage.low",
        _Q.VOLTAGE,
        "Lowest voltage that counts as good",
        note="Ours: Eaton and HP cards keep one limit a side, not two.",
    ),
    _setting(
        "output.voltage.high",
        _Q.VOLTAGE,
        "Highest voltage that counts as good",
        note="Ours: Eaton and HP cards keep one limit a side, not two.",
    ),
    _setting("output.voltage.nominal", _Q.VOLTAGE, "Rated voltage", each=_VOLTS),
    _setting("output.voltage.target.line", _Q.VOLTAGE, "Voltage aimed at on mains", note=_DRIVERS),
    _setting(
        "output.voltage.target.battery", _Q.VOLTAGE, "Voltage aimed at on battery", note=_DRIVERS
    ),
    _setting("output.transfer.low", _Q.VOLTAGE, "Voltage too low to pass on", note=_DRIVERS),
    _setting("output.transfer.high", _Q.VOLTAGE, "Voltage too high to pass on", note=_DRIVERS),
    _reading("output.current", _Q.CURRENT, "Current", each=_LINES),
    _reading("output.current.maximum", _Q.CURRENT, "Highest current seen", each=_LINES),
    _reading("output.current.minimum", _Q.CURRENT, "Lowest current seen", each=_LINES),
    _reading("output.current.peak", _Q.CURRENT, "Peak of the current", each=_LINES),
    _reading(
        "output.current.status", _Q.WORD, "State of the current", words=ThresholdStatus, each=_LINES
    ),
    _setting("output.current.low.warning", _Q.CURRENT, "Lower warning current", each=_LINES),
    _setting("output.current.low.critical", _Q.CURRENT, "Lower critical current", each=_LINES),
    _setting("output.current.high.warning", _Q.CURRENT, "Upper warning current", each=_LINES),
    _setting("output.current.high.critical", _Q.CURRENT, "Upper critical current", each=_LINES),
    _setting(
        "output.current.high",
        _Q.CURRENT,
        "Current above which the device warns",
        note="Ours: APC transfer switches keep this one limit.",
    ),
    _setting("output.current.nominal", _Q.CURRENT, "Rated current", each=_LINES),
    _reading("output.frequency", _Q.FREQUENCY, "Frequency"),
    _reading("output.L{phase}.frequency", _Q.FREQUENCY, "Frequency", note=_PER_PHASE),
    _setting("output.frequency.nominal", _Q.FREQUENCY, "Rated frequency"),
    _setting("output.frequency.minimum", _Q.FREQUENCY, "Lowest rated frequency", note=_DRIVERS),
    _setting("output.frequency.maximum", _Q.FREQUENCY, "Highest rated frequency", note=_DRIVERS),
    _reading("output.power", _Q.APPARENT_POWER, "Apparent power", each=_PHASE),
    _reading("output.power.maximum", _Q.APPARENT_POWER, "Highest apparent power seen", each=_PHASE),
    _reading("output.power.minimum", _Q.APPARENT_POWER, "Lowest apparent power seen", each=_PHASE),
    _setting("output.power.nominal", _Q.APPARENT_POWER, "Rated apparent power", note=_DRIVERS),
    _reading(
        "output.power.percent",
        _Q.PERCENT,
        "Apparent power against its rating",
        limits=_OVERLOADED,
        each=_PHASE,
    ),
    _reading(
        "output.power.maximum.percent",
        _Q.PERCENT,
        "Highest apparent power seen, against its rating",
        limits=_OVERLOADED,
        each=_PHASE,
    ),
    _reading(
        "output.power.minimum.percent",
        _Q.PERCENT,
        "Lowest apparent power seen, against its rating",
        limits=_OVERLOADED,
        each=_PHASE,
    ),
    _reading("output.realpower", _Q.POWER, "Real power", each=_PHASE),
    _setting("output.realpower.nominal", _Q.POWER, "Rated real power", note=_DRIVERS),
    _reading(
        "output.realpower.percent",
        _Q.PERCENT,
        "Real power against its rating",
        limits=_OVERLOADED,
        each=_PHASE,
        note="Ours: PowerNet gives the share of the rated watts beside that of the rated VA.",
    ),
    _reading(
        "output.reactivepower",
        _Q.REACTIVE_POWER,
        "Reactive power",
        each=_PHASE,
        note="Ours: three-phase UPSs and meters give it.",
    ),
    _reading("output.powerfactor", _Q.POWER_FACTOR, "Power factor", each=_PHASE),
    _reading("output.crestfactor", _Q.COUNT, "Crest factor", limits=_CREST, each=_PHASE),
    _reading("output.load", _Q.PERCENT, "Load", limits=_OVERLOADED, each=_PHASE),
    _reading("output.energy", _Q.ENERGY, "Energy given to the load", each=_PHASE, note=_ENERGY),
    _reading("output.alarm", _Q.TEXT, "What the device complains of", each=_PHASE),
    _reading(
        "output.phaselock",
        _Q.SWITCH,
        "Whether it follows the phase of the input",
        note="Ours: APC's SPM series tells.",
    ),
    _setting(
        "output.converter",
        _Q.SWITCH,
        "Whether its frequency is kept whatever the input's is",
        note="Ours: APC's SPM series can be told.",
    ),
    _identity("output.phases", _Q.COUNT, "Phases", limits=_PHASE_COUNT),
    # points inside a large UPS: few devices measure there
    _reading("output.bypass.voltage", _Q.VOLTAGE, "Voltage", each=_VOLTS),
    _reading("output.bypass.current", _Q.CURRENT, "Current", each=_LINES),
    _reading("output.bypass.frequency", _Q.FREQUENCY, "Frequency"),
    _reading("output.inverter.voltage", _Q.VOLTAGE, "Voltage", each=_VOLTS),
    _reading("output.inverter.current", _Q.CURRENT, "Current", each=_LINES),
    _reading("output.inverter.frequency", _Q.FREQUENCY, "Frequency"),
    _reading("output.inverter.latency", _Q.TEXT, "How long it takes to step in", note=_NEWER),
    _reading("output.servicebypass.voltage", _Q.VOLTAGE, "Voltage", each=_VOLTS),
    _reading("output.servicebypass.current", _Q.CURRENT, "Current", each=_LINES),
    _reading("output.servicebypass.frequency", _Q.FREQUENCY, "Frequency"),
)

_BATTERY = (
    _reading("battery.charge", _Q.PERCENT, "Charge", each=_PACK),
    _reading("battery.charge.approx", _Q.TEXT, "Rough charge as the UPS words it, e.g. <85"),
    _setting("battery.charge.low", _Q.PERCENT, "Charge at which it counts as low"),
    _setting("battery.charge.warning", _Q.PERCENT, "Charge at which the UPS warns"),
    _setting("battery.charge.restart", _Q.PERCENT, "Charge needed before the UPS starts again"),
    _reading(
        "battery.charger.status", _Q.WORD, "What the charger does", words=ChargerStatus, each=_PACK
    ),
    _identity("battery.charger.type", _Q.TEXT, "How the charger works", note=_NEWER),
    _reading("battery.status", _Q.TEXT, "Condition", each=_PACK, note=_NEWER),
    _reading(
        "battery.health",
        _Q.PERCENT,
        "Life left",
        each=_PACK,
        note="Ours: CyberPower gives it in percent, not in a word.",
    ),
    _reading("battery.voltage", _Q.VOLTAGE, "Voltage", each=_PACK),
    _setting("battery.voltage.nominal", _Q.VOLTAGE, "Rated voltage", each=_PACK),
    _setting("battery.voltage.low", _Q.VOLTAGE, "Voltage when empty"),
    _setting("battery.voltage.warning", _Q.VOLTAGE, "Voltage at which the UPS warns", note=_XCP),
    _setting("battery.voltage.high", _Q.VOLTAGE, "Voltage when full"),
    _setting("battery.voltage.minimum", _Q.VOLTAGE, "Lowest allowed voltage", note=_DRIVERS),
    _setting("battery.voltage.maximum", _Q.VOLTAGE, "Highest allowed voltage", note=_DRIVERS),
    _setting(
        "battery.voltage.float",
        _Q.VOLTAGE,
        "Voltage that keeps it full",
        note="Ours: Liebert lets it be set.",
    ),
    _reading("battery.voltage.cell.max", _Q.VOLTAGE, "Voltage of the highest cell", note=_NEWER),
    _reading(
        "battery.{pack}.voltage.cell.max",
        _Q.VOLTAGE,
        "Voltage of the highest cell or block",
        note=_PACKS,
    ),
    _reading("battery.voltage.cell.min", _Q.VOLTAGE, "Voltage of the lowest cell", note=_NEWER),
    _reading(
        "battery.{pack}.voltage.cell.min",
        _Q.VOLTAGE,
        "Voltage of the lowest cell or block",
        note=_PACKS,
    ),
    _reading(
        "battery.current",
        _Q.CURRENT,
        "Current, its sign as the UPS gives it",
        limits=_BOTH_WAYS,
        each=_PACK,
    ),
    _setting("battery.current.nominal", _Q.CURRENT, "Rated discharge current", note=_XCP),
    _setting(
        "battery.charger.current.maximum", _Q.CURRENT, "Limit of the charging current", note=_XCP
    ),
    # a battery with a middle: the voltages are both positive
    _reading("battery.voltage.positive", _Q.VOLTAGE, "Voltage of its positive side", note=_XCP),
    _reading("battery.voltage.negative", _Q.VOLTAGE, "Voltage of its negative side", note=_XCP),
    _reading(
        "battery.current.positive",
        _Q.CURRENT,
        "Current of its positive side",
        limits=_BOTH_WAYS,
        note=_XCP,
    ),
    _reading(
        "battery.current.negative",
        _Q.CURRENT,
        "Current of its negative side",
        limits=_BOTH_WAYS,
        note=_XCP,
    ),
    _reading("battery.current.total", _Q.CURRENT, "Current of all packs", limits=_BOTH_WAYS),
    _setting("battery.capacity", _Q.CAPACITY, "Capacity", each=_PACK),
    _setting("battery.capacity.nominal", _Q.CAPACITY, "Rated capacity", note=_NEWER),
    _reading("battery.capacity.full", _Q.CAPACITY, "Capacity when full", note=_DRIVERS),
    _identity("battery.capacity.design", _Q.CAPACITY, "Capacity when new", note=_DRIVERS),
    _reading("battery.temperature", _Q.TEMPERATURE, "Temperature", each=_PACK),
    _reading(
        "battery.temperature.cell.max",
        _Q.TEMPERATURE,
        "Temperature of the hottest cell",
        note=_NEWER,
    ),
    _reading(
        "battery.temperature.cell.min",
        _Q.TEMPERATURE,
        "Temperature of the coldest cell",
        note=_NEWER,
    ),
    _reading("battery.runtime", _Q.DURATION, "Time it carries the present load"),
    _setting("battery.runtime.low", _Q.DURATION, "Runtime at which it counts as low"),
    _setting(
        "battery.runtime.reserve",
        _Q.DURATION,
        "Runtime left in it when the UPS switches off",
        note="Ours: Matrix-UPS and Symmetra can be told.",
    ),
    _setting("battery.runtime.restart", _Q.DURATION, "Runtime needed before the UPS starts again"),
    _reading(
        "battery.runtime.elapsed",
        _Q.DURATION,
        "Time spent on battery in the present or last outage",
        note="Ours: RFC 1628 and most makers' MIBs count it.",
    ),
    _reading(
        "battery.runtime.full",
        _Q.DURATION,
        "Time until it is full",
        note="Ours: PowerNet and MGE estimate it.",
    ),
    _setting(
        "battery.runtime.nominal",
        _Q.DURATION,
        "Runtime when full, at full load",
        note="Ours: Liebert and MGE rate the battery in minutes.",
    ),
    _setting("battery.alarm.threshold", _Q.TEXT, "When the UPS beeps on battery, as its own code"),
    _setting("battery.date", _Q.DATE, "Day on which it was put in", each=_PACK),
    _setting(
        "battery.date.maintenance", _Q.DATE, "Day for the next change or service", note=_NEWER
    ),
    _identity("battery.mfr.date", _Q.DATE, "Day on which it was made", each=_PACK),
    _identity("battery.type", _Q.TEXT, "Chemistry, e.g. PbAc"),
    _identity("battery.{pack}.serial", _Q.TEXT, "Serial number", note=_PACKS),
    _identity("battery.{pack}.firmware", _Q.TEXT, "Firmware", note=_PACKS),
    _setting("battery.packs", _Q.COUNT, "Packs, or cells in series, as the UPS counts"),
    _reading("battery.packs.bad", _Q.COUNT, "Packs that are bad"),
    _setting("battery.packs.external", _Q.COUNT, "Packs outside the UPS", note=_NEWER),
    _setting("battery.protection", _Q.SWITCH, "Whether deep discharge is prevented"),
    _setting("battery.energysave", _Q.SWITCH, "Whether the UPS goes off on battery without load"),
    _setting("battery.energysave.load", _Q.PERCENT, "Load below which energysave switches off"),
    _setting(
        "battery.energysave.realpower", _Q.POWER, "Real power below which energysave switches off"
    ),
    _setting(
        "battery.energysave.delay",
        _Q.DURATION,
        "Wait before energysave switches off",
        note="NUT gives minutes; seconds here, as everywhere.",
    ),
)

_OUTLET = (
    _reading("outlet.count", _Q.COUNT, "How many there are"),
    _reading("outlet.group.count", _Q.COUNT, "How many groups there are"),
    _reading("outlet.group.{group}.count", _Q.COUNT, "Outlets in it"),
    _identity("outlet.group.{group}.type", _Q.TEXT, "What it is, e.g. a breaker"),
    _identity("outlet.group.{group}.phase", _Q.TEXT, "Phase that feeds it, e.g. L1"),
    _identity("outlet.group.{group}.input", _Q.TEXT, "Input that feeds it"),
    _setting("outlet.group.{group}.color", _Q.TEXT, "Colour that marks it"),
    _identity("outlet.id", _Q.TEXT, "The device's own number", each=_OUTLETS),
    _setting("outlet.name", _Q.TEXT, "Name", each=_OUTLETS),
    _setting("outlet.desc", _Q.TEXT, "Description", each=_OUTLETS),
    _identity("outlet.{outlet}.groupid", _Q.TEXT, "Group it belongs to"),
    _identity("outlet.{outlet}.designator", _Q.TEXT, "Label printed beside it", note=_NEWER),
    _identity("outlet.{outlet}.type", _Q.TEXT, "Kind of socket"),
    _reading("outlet.status", _Q.WORD, "Whether there is power", words=OutletStatus, each=_OUTLETS),
    _setting("outlet.switch", _Q.SWITCH, "Order that switches the power", each=_OUTLETS),
    _identity("outlet.switchable", _Q.SWITCH, "Whether the power can be switched", each=_OUTLETS),
    _reading("outlet.alarm", _Q.TEXT, "What the device complains of", each=_OUTLETS),
    _setting(
        "outlet.{outlet}.ecocontrol", _Q.TEXT, "Whether the master outlet rules it", note=_DRIVERS
    ),
    _reading("outlet.{outlet}.protect.status", _Q.TEXT, "State of its protection", note=_DRIVERS),
    _setting(
        "outlet.autoswitch.charge.low",
        _Q.PERCENT,
        "Battery charge that ends the supply",
        each=_OUTLETS,
    ),
    _setting(
        "outlet.battery.charge.low",
        _Q.PERCENT,
        "Battery charge that ends the supply",
        each=_OUTLETS,
    ),
    _setting("outlet.delay.start", _Q.DURATION, "Wait before switching on", each=_OUTLETS),
    _setting("outlet.delay.shutdown", _Q.DURATION, "Wait before switching off", each=_OUTLETS),
    _setting(
        "outlet.delay.reboot", _Q.DURATION, "Pause of a power cycle", each=_OUTLETS, note=_DRIVERS
    ),
    _reading("outlet.timer.start", _Q.DURATION, "Time left until on", each=_OUTLETS),
    _reading("outlet.timer.shutdown", _Q.DURATION, "Time left until off", each=_OUTLETS),
    _reading(
        "outlet.timer.reboot",
        _Q.DURATION,
        "Time left until the cycle",
        each=_OUTLETS,
        note=_DRIVERS,
    ),
    _reading("outlet.current", _Q.CURRENT, "Current", each=_OUTLETS),
    _reading("outlet.current.maximum", _Q.CURRENT, "Highest current seen", each=_OUTLETS),
    _reading(
        "outlet.current.status",
        _Q.WORD,
        "State of the current",
        words=ThresholdStatus,
        each=_OUTLETS,
    ),
    _setting("outlet.current.low.warning", _Q.CURRENT, "Lower warning current", each=_OUTLETS),
    _setting("outlet.current.low.critical", _Q.CURRENT, "Lower critical current", each=_OUTLETS),
    _setting("outlet.current.high.warning", _Q.CURRENT, "Upper warning current", each=_OUTLETS),
    _setting("outlet.current.high.critical", _Q.CURRENT, "Upper critical current", each=_OUTLETS),
    _setting("outlet.current.nominal", _Q.CURRENT, "Rated current", each=_OUTLETS, note=_PDU),
    _reading("outlet.voltage", _Q.VOLTAGE, "Voltage", each=_OUTLETS),
    _reading(
        "outlet.voltage.status",
        _Q.WORD,
        "State of the voltage",
        words=ThresholdStatus,
        each=_OUTLETS,
    ),
    _setting("outlet.voltage.low.warning", _Q.VOLTAGE, "Lower warning voltage", each=_OUTLETS),
    _setting("outlet.voltage.low.critical", _Q.VOLTAGE, "Lower critical voltage", each=_OUTLETS),
    _setting("outlet.voltage.high.warning", _Q.VOLTAGE, "Upper warning voltage", each=_OUTLETS),
    _setting("outlet.voltage.high.critical", _Q.VOLTAGE, "Upper critical voltage", each=_OUTLETS),
    _reading("outlet.frequency", _Q.FREQUENCY, "Frequency", each=_OUTLETS, note=_PDU),
    _reading("outlet.load", _Q.PERCENT, "Load", limits=_OVERLOADED, each=_OUTLETS, note=_PDU),
    _reading("outlet.power", _Q.APPARENT_POWER, "Apparent power", each=_OUTLETS),
    _reading("outlet.realpower", _Q.POWER, "Real power", each=_OUTLETS),
    _reading("outlet.powerfactor", _Q.POWER_FACTOR, "Power factor", each=_OUTLETS),
    _reading("outlet.crestfactor", _Q.COUNT, "Crest factor", limits=_CREST, each=_OUTLETS),
    _reading("outlet.energy", _Q.ENERGY, "Energy", each=_OUTLETS, note=_ENERGY),
)

_AMBIENT = (
    _reading("ambient.count", _Q.COUNT, "How many there are"),
    _reading(
        "ambient.alarm.enabled",
        _Q.TEXT,
        "What is watched, as the accessory's own bit mask",
        note="Ours: nobody knows what the bits of APC's Measure-UPS say.",
    ),
    _reading(
        "ambient.alarm.status",
        _Q.TEXT,
        "What is out of its limits, as the accessory's own bit mask",
        note="Ours: nobody knows what the bits of APC's Measure-UPS say.",
    ),
    _setting("ambient.name", _Q.TEXT, "Name", each=_PROBE),
    _identity("ambient.id", _Q.TEXT, "The device's own number for it", each=_PROBE, note=_DRIVERS),
    _identity("ambient.address", _Q.TEXT, "Bus address", each=_PROBE, note=_DRIVERS),
    _identity("ambient.mfr", _Q.TEXT, "Maker", each=_PROBE),
    _identity("ambient.model", _Q.TEXT, "Model", each=_PROBE),
    _identity(
        "ambient.serial",
        _Q.TEXT,
        "Serial number",
        each=_PROBE,
        note="Ours: Eaton and Liebert probes have one; it makes the probe a device.",
    ),
    _identity("ambient.firmware", _Q.TEXT, "Firmware", each=_PROBE),
    _reading("ambient.present", _Q.SWITCH, "Whether it is there", each=_PROBE),
    _reading("ambient.temperature", _Q.TEMPERATURE, "Temperature", each=_PROBE),
    _setting(
        "ambient.temperature.alarm", _Q.SWITCH, "Whether the temperature is watched", each=_PROBE
    ),
    _reading(
        "ambient.temperature.status",
        _Q.WORD,
        "State of the temperature",
        words=ThresholdStatus,
        each=_PROBE,
    ),
    _setting("ambient.temperature.low", _Q.TEMPERATURE, "Lowest allowed temperature", each=_PROBE),
    _setting(
        "ambient.temperature.low.warning", _Q.TEMPERATURE, "Lower warning temperature", each=_PROBE
    ),
    _setting(
        "ambient.temperature.low.critical",
        _Q.TEMPERATURE,
        "Lower critical temperature",
        each=_PROBE,
    ),
    _setting(
        "ambient.temperature.high", _Q.TEMPERATURE, "Highest allowed temperature", each=_PROBE
    ),
    _setting(
        "ambient.temperature.high.warning", _Q.TEMPERATURE, "Upper warning temperature", each=_PROBE
    ),
    _setting(
        "ambient.temperature.high.critical",
        _Q.TEMPERATURE,
        "Upper critical temperature",
        each=_PROBE,
    ),
    _reading(
        "ambient.temperature.maximum", _Q.TEMPERATURE, "Highest temperature seen", each=_PROBE
    ),
    _reading("ambient.temperature.minimum", _Q.TEMPERATURE, "Lowest temperature seen", each=_PROBE),
    _reading("ambient.humidity", _Q.HUMIDITY, "Relative humidity", each=_PROBE),
    _setting("ambient.humidity.alarm", _Q.SWITCH, "Whether the humidity is watched", each=_PROBE),
    _reading(
        "ambient.humidity.status",
        _Q.WORD,
        "State of the humidity",
        words=ThresholdStatus,
        each=_PROBE,
    ),
    _setting("ambient.humidity.low", _Q.HUMIDITY, "Lowest allowed humidity", each=_PROBE),
    _setting("ambient.humidity.low.warning", _Q.HUMIDITY, "Lower warning humidity", each=_PROBE),
    _setting("ambient.humidity.low.critical", _Q.HUMIDITY, "Lower critical humidity", each=_PROBE),
    _setting("ambient.humidity.high", _Q.HUMIDITY, "Highest allowed humidity", each=_PROBE),
    _setting("ambient.humidity.high.warning", _Q.HUMIDITY, "Upper warning humidity", each=_PROBE),
    _setting("ambient.humidity.high.critical", _Q.HUMIDITY, "Upper critical humidity", each=_PROBE),
    _reading("ambient.humidity.maximum", _Q.HUMIDITY, "Highest humidity seen", each=_PROBE),
    _reading("ambient.humidity.minimum", _Q.HUMIDITY, "Lowest humidity seen", each=_PROBE),
    _reading(
        "ambient.contacts.{contact}.status",
        _Q.WORD,
        "State of a dry contact",
        words=ContactStatus,
        each=_PROBE,
    ),
    _setting(
        "ambient.contacts.{contact}.config", _Q.TEXT, "Rest position of a dry contact", each=_PROBE
    ),
    _setting("ambient.contacts.{contact}.name", _Q.TEXT, "Name of a dry contact", each=_PROBE),
)

# What a UPS has counted since somebody reset it: total and, for counts, in this month.
_COUNTED_EVENTS: Mapping[str, str] = {
    "battery.1min": "on battery for less than a minute",
    "battery.2min": "on battery for 1 to 2 minutes",
    "battery.3min": "on battery for 2 to 3 minutes",
    "battery.4min": "on battery for 3 to 4 minutes",
    "battery.longer": "on battery for more than 4 minutes",
    "battery.discharged": "the battery was fully discharged",
    "bypass.low": "the bypass voltage was too low",
    "bypass.high": "the bypass voltage was too high",
    "bypass.frequency": "the bypass frequency was off",
    "building1": "building alarm 1 came",
    "building2": "building alarm 2 came",
    "building3": "building alarm 3 came",
    "generator": "a generator fed the UPS",
    "charger.sync": "the charger lost its synchronism",
    "charger.high": "the charger gave too much",
    "battery.5s": "on battery for more than 5 seconds",
    "hotstart": "the UPS was started hot",
    "input.lost": "the mains was not there",
}
_COUNTED_TIMES: Mapping[str, str] = {
    "inverter": "the inverter fed the load",
    "bypass": "the bypass fed the load",
    "battery": "the battery fed the load",
    "generator": "a generator fed the UPS",
    "down": "the UPS was down",
    "logic": "the control logic had power",
    "input.normal": "the mains was normal",
    "load": "the UPS fed the load",
    "output.normal": "the output was normal",
    "input.low": "the mains voltage was too low",
    "input.high": "the mains voltage was too high",
    "load30": "the load was above 30 %",
    "load75": "the load was above 75 %",
    "load100": "the load was above 100 %",
    "input.low.carried": "the mains voltage was too low, without the battery",
}
_COUNTED_SINCE: Mapping[str, str] = {
    "statistics.since": "counts and times",
    "statistics.input.low.since": "the time of undervoltage",
    "statistics.input.high.since": "the time of overvoltage",
    "statistics.input.since": "the measures of the mains",
    "statistics.load.since": "the measures of the load",
}

_STATISTICS = (
    *(
        _reading(
            f"statistics.{key}.count{span}",
            _Q.COUNT,
            f"How many times{when} {text}",
            limits=_MANY,
            note=_XCP,
        )
        for key, text in _COUNTED_EVENTS.items()
        for span, when in (("", ""), (".month", " this month"))
    ),
    *(
        _reading(f"statistics.{key}.time", _Q.DURATION, f"How long {text}", limits=_AGE, note=_XCP)
        for key, text in _COUNTED_TIMES.items()
    ),
    *(
        _reading(name, _Q.TEXT, f"When the statistics began: {text}", note=_XCP)
        for name, text in _COUNTED_SINCE.items()
    ),
    _reading(
        "statistics.frequency.low", _Q.FREQUENCY, "How far the frequency fell at most", note=_XCP
    ),
    _reading(
        "statistics.frequency.high", _Q.FREQUENCY, "How far the frequency rose at most", note=_XCP
    ),
)

_SECTIONS = (_DEVICE, _UPS, _INPUT, _BYPASS, _OUTPUT, _BATTERY, _OUTLET, _AMBIENT, _STATISTICS)
_ROWS = tuple(variable for section in _SECTIONS for row in section for variable in row)

VARIABLES: Mapping[str, Variable] = MappingProxyType({row.template: row for row in _ROWS})
"""Every variable by its template, in reading order."""


def _command(template: str, meaning: str, note: str = "") -> CommandName:
    return CommandName(template=template, meaning=f"{meaning}.", note=note)


_ONE_OUTLET = (
    # after "outlet.{outlet}." and "outlet.group.{group}."
    ("load.on", "Gives power to", ""),
    ("load.off", "Takes the power from", ""),
    ("load.cycle", "Takes the power from, for a moment,", ""),
    ("load.on.delay", "Gives power, after its delay, to", _DRIVERS),
    ("load.off.delay", "Takes the power, after its delay, from", _DRIVERS),
    ("load.cycle.delay", "Takes the power for a moment, after its delay, from", _DRIVERS),
    ("shutdown.return", "Takes the power until the mains is back from", ""),
)
_EXPERIMENTAL = (
    "Experimental in NUT too, which has also called it enable and disable: MGE HID units."
)
_COMMANDS = (
    _command("load.on", "Gives power to the load at once"),
    _command("load.off", "Takes the power from the load at once"),
    _command("load.on.delay", "Gives power to the load after the delay"),
    _command("load.off.delay", "Takes the power from the load after the delay"),
    _command("shutdown.default", "Shuts down in the way set as the usual one", _NEWER),
    _command("shutdown.return", "Switches off after the delay, on again when the mains is back"),
    _command("shutdown.stayoff", "Switches off after the delay and stays off"),
    _command("shutdown.stop", "Calls off a shutdown that is counting down"),
    _command("shutdown.reboot", "Takes the power for a moment and restarts the UPS"),
    _command(
        "shutdown.reboot.graceful", "Restarts the UPS after the delay, the power off meanwhile"
    ),
    _command("test.panel.start", "Lights the lamps and sounds the beeper"),
    _command("test.panel.stop", "Ends the test of lamps and beeper"),
    _command("test.failure.start", "Behaves as if the mains had failed"),
    _command("test.failure.stop", "Ends the feigned mains failure"),
    _command("test.battery.start", "Tests the battery, for a given time where the UPS takes one"),
    _command("test.battery.start.quick", "Tests the battery for some seconds"),
    _command("test.battery.start.deep", "Tests the battery until it is nearly empty"),
    _command("test.battery.start.low", "Tests the battery until it counts as low"),
    _command("test.battery.stop", "Ends the battery test"),
    _command("test.battery.schedule", "Has the battery tested once it is full", _XCP),
    _command("test.input.start", "Feeds the UPS from its other source for a moment", _XCP),
    _command("test.system.start", "Lets the UPS test itself as a whole"),
    _command("calibrate.start", "Discharges the battery to learn its runtime"),
    _command("calibrate.stop", "Ends the calibration of the runtime"),
    _command("bypass.start", "Feeds the load past the inverter, without protection"),
    _command("bypass.stop", "Takes the load back from the bypass"),
    _command("reset.input.minmax", "Forgets the lowest and highest input voltage seen"),
    _command(
        "reset.factory",
        "Puts the settings back as they left the factory",
        "Ours: APC's smart protocol has it.",
    ),
    _command("reset.watchdog", "Starts the count of the watchdog again"),
    _command("beeper.enable", "Lets the UPS beep"),
    _command("beeper.disable", "Keeps the UPS from beeping"),
    _command("beeper.mute", "Silences the present alarm"),
    _command("beeper.toggle", "Changes between beeping and not"),
    _command("beeper.on", "Old name of beeper.enable", _DRIVERS),
    _command("beeper.off", "Old name of beeper.disable or beeper.mute", _DRIVERS),
    _command("experimental.ecomode.start", "Goes to economy mode", _EXPERIMENTAL),
    _command("experimental.ecomode.stop", "Leaves economy mode", _EXPERIMENTAL),
    _command("experimental.essmode.start", "Goes to energy saver mode", _EXPERIMENTAL),
    _command("experimental.essmode.stop", "Leaves energy saver mode", _EXPERIMENTAL),
    _command("experimental.bypass.ecomode.start", "Economy mode by the bypass", _EXPERIMENTAL),
    _command("experimental.bypass.ecomode.stop", "Ends economy mode by the bypass", _EXPERIMENTAL),
    *(
        _command(f"outlet.{{outlet}}.{rest}", f"{meaning} one outlet", note)
        for rest, meaning, note in _ONE_OUTLET
    ),
    *(
        _command(f"outlet.group.{{group}}.{rest}", f"{meaning} one outlet group", note)
        for rest, meaning, note in _ONE_OUTLET
    ),
)

COMMANDS: Mapping[str, CommandName] = MappingProxyType({row.template: row for row in _COMMANDS})
"""Every standard command by its template."""

# What a number counts, by the word before it.
_COUNTED: Mapping[str, str] = {
    "device": "device",
    "outlet": "outlet",
    "group": "group",
    "ambient": "probe",
    "contacts": "contact",
    "battery": "pack",
    "input": "source",
}
_NUMBER = re.compile(r"0|[1-9][0-9]{0,3}")
_PHASE_WORD = re.compile(r"L([1-3])(?:-(?:(N)|L(?!\1)([1-3])))?")


def _fold(name: str) -> tuple[str, Indices]:
    """Return what would be the template of a name, and its indices."""
    words: list[str] = []
    indices: list[tuple[str, int]] = []
    before = ""
    for word in name.split("."):
        folded = word
        if (counted := _COUNTED.get(before)) and _NUMBER.fullmatch(word):
            indices.append((counted, int(word)))
            folded = f"{{{counted}}}"
        elif phases := _PHASE_WORD.fullmatch(word):
            phase, neutral, to = phases.groups()
            indices.append(("phase", int(phase)))
            folded = "L{phase}"
            if neutral:
                folded += "-N"
            elif to:
                indices.append(("to", int(to)))
                folded += "-L{to}"
        words.append(folded)
        before = word
    return ".".join(words), tuple(indices)


def _find[RowT](name: str, table: Mapping[str, RowT]) -> tuple[RowT, Indices] | None:
    """Return the row of a name, with or without a daisy-chained unit before it."""
    if "{" in name:  # a template is no name
        return None
    template, indices = _fold(name)
    of_unit = template.removeprefix("device.{device}.")
    if of_unit != template:
        if of_unit.startswith("device."):
            return None
        # device.2.serial is device.serial of unit 2
        template = f"device.{of_unit}" if f"device.{of_unit}" in table else of_unit
    row = table.get(template)
    return None if row is None else (row, indices)


@cache
def parse(name: str) -> Name | None:
    """Take a variable's name apart; None for a name outside the namespace.

    ``device.2.outlet.4.current`` is ``outlet.{outlet}.current`` with (device, 2), (outlet, 4);
    ``input.L1-L2.voltage`` has (phase, 1), (to, 2). Numbers go from 0 (the whole) to 9999.
    """
    found = _find(name, VARIABLES)
    return Name(*found) if found else None


@cache
def parse_command(name: str) -> CommandName | None:
    """Return the row of an instant command; None for one that is not standard."""
    found = _find(name, COMMANDS)
    return found[0] if found else None


def plausible(name: str, value: float) -> bool:
    """Tell whether a device can measure this value; True where no limits are known."""
    parsed = parse(name)
    if parsed is None:
        return True
    low, high = parsed.variable.minimum, parsed.variable.maximum
    return (low is None or low <= value) and (high is None or value <= high)
