"""What a HID Power Device shows and obeys, over the power side that serial simulators share.

`READINGS` and `ACTIONS` are the words; `BINDINGS` says which word a path stands for, as the
Power Device class 1.0 (chapter 4) has it and the card usb-hid-power-device, sections 4 to 6.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf

from ..simulators.power import Output, Power, Test
from .report_descriptor import KELVIN
from .usages import elements

ZERO_CELSIUS = 273.15
QUICK_TEST = 10.0
REBOOT_PAUSE = 10.0
OVERHEATED = 50.0

# Test as read: 1 passed, 2 warning, 3 error, 4 aborted, 5 in progress, 6 none.
TEST_CODES: Mapping[Test, int] = {
    Test.PASSED: 1,
    Test.FAILED: 3,
    Test.ABORTED: 4,
    Test.RUNNING: 5,
    Test.NONE: 6,
}


@dataclass(slots=True, kw_only=True)
class UpsState:
    """The state behind the reports.

    Attributes:
        power: Mains, battery, output, test and timers.
        replace_battery: The battery is worn out.
        battery_present: There is one.
        beeper: 1 disabled, 2 enabled, 3 muted.
        outlets: Switchable outlet → whether it is on.
        startup: Seconds of the start-up delay last written, -1 = none.
        runtime_limit: Seconds below which RemainingTimeLimitExpired is set.
        overload: Load from which Overload is set, %.
    """

    power: Power = field(default_factory=Power)
    replace_battery: bool = False
    battery_present: bool = True
    beeper: int = 2
    outlets: dict[int, bool] = field(default_factory=dict)
    startup: float = -1
    runtime_limit: float = 120.0
    overload: float = 100.0
    rebooting: bool = False

    @property
    def shutdown_left(self) -> float:
        """Seconds until the output goes off, -1 = no countdown."""
        if self.rebooting or self.power.output is not Output.LEAVING:
            return -1
        return max(self.power._off_at - self.power.clock.now(), 0)

    @property
    def reboot_left(self) -> float:
        """Seconds until the output goes off to come back, -1 = no countdown."""
        if not self.rebooting or self.power.output is not Output.LEAVING:
            return -1
        return max(self.power._off_at - self.power.clock.now(), 0)

    @property
    def startup_left(self) -> float:
        """Seconds until the output comes back; what was written while it is still on."""
        if self.power.output is Output.WAITING and self.power._back_at < inf:
            return max(self.power._back_at - self.power.clock.now(), 0)
        return self.startup if self.power.output is not Output.STAYING else -1

    def shut_down(self, after: float) -> None:
        """Obey DelayBeforeShutdown: -1 cancels; a start-up delay written before brings it back."""
        self.rebooting = False
        if after < 0:
            self.power.cancel()
            self.startup = -1
            return
        self.power.shut_down(after, off_for=self.startup if self.startup >= 0 else None)

    def start_up(self, after: float) -> None:
        """Obey DelayBeforeStartup: kept for the next shutdown, obeyed at once while off."""
        self.startup = after
        if self.power.output_on:
            return
        if after == 0:
            self.power.press()
        else:
            self.power.shut_down(0, off_for=after if after > 0 else None)

    def reboot(self, after: float) -> None:
        """Obey DelayBeforeReboot."""
        if after < 0:
            self.power.cancel()
            self.rebooting = False
            return
        self.power.shut_down(after, off_for=REBOOT_PAUSE)
        self.rebooting = True

    def test(self, code: float) -> None:
        """Obey Test: 1 quick, 2 deep, 3 abort."""
        if code in {1, 2}:
            self.power.start_test(QUICK_TEST if code == 1 else None)
        elif code == 3:
            self.power.stop_test()

    def sound(self, code: float) -> None:
        """Obey AudibleAlarmControl."""
        if code in {1, 2, 3}:
            self.beeper = int(code)
            self.power.beeper = self.beeper == 2

    def switch(self, outlet: int, on: bool) -> None:
        """Switch an outlet; 0 is the whole output."""
        if outlet:
            self.outlets[outlet] = on
        elif on != self.power.output_on:
            self.power.press()

    def outlet_on(self, outlet: int) -> bool:
        """Tell whether an outlet has power."""
        return self.power.output_on and self.outlets.get(outlet, True)


type Reading = Callable[[UpsState], float]
type Act = Callable[[UpsState, float], None]


def _imminent(state: UpsState) -> bool:
    return state.power.on_battery and state.power.charge <= 5


def _low_mains(state: UpsState) -> bool:
    return state.power.regulating and state.power.mains_voltage < state.power.nominal_voltage


def _high_mains(state: UpsState) -> bool:
    return state.power.regulating and state.power.mains_voltage > state.power.nominal_voltage


READINGS: Mapping[str, Reading] = {
    "zero": lambda s: 0,
    "one": lambda s: 1,
    "ac_present": lambda s: not s.power.utility_failed,
    "on_battery": lambda s: s.power.on_battery or s.power.testing,
    "on_mains": lambda s: not s.power.discharging,
    "charging": lambda s: not s.power.utility_failed and s.power.charge < 100,
    "discharging": lambda s: s.power.discharging,
    "full": lambda s: s.power.charge >= 100,
    "empty": lambda s: s.power.charge <= 0,
    "battery_low": lambda s: s.power.battery_low,
    "time_low": lambda s: s.power.discharging and s.power.runtime < s.runtime_limit,
    "imminent": _imminent,
    "replace": lambda s: s.replace_battery,
    "battery_present": lambda s: s.battery_present,
    "overload": lambda s: s.power.carried > s.overload,
    "overheated": lambda s: s.power.temperature > OVERHEATED,
    "output_on": lambda s: s.power.output_on,
    "failed": lambda s: s.power.failed,
    "bypass": lambda s: s.power.bypass,
    "boost": _low_mains,
    "buck": _high_mains,
    "leaving": lambda s: s.power.output is Output.LEAVING,
    "waiting": lambda s: s.power.output is Output.WAITING,
    "testing": lambda s: s.power.testing,
    "out_of_range": lambda s: s.power.mains and s.power.utility_failed,
    "charge": lambda s: s.power.charge,
    "runtime": lambda s: s.power.runtime,
    "runtime_minutes": lambda s: s.power.runtime / 60,
    "battery_voltage": lambda s: s.power.battery_voltage,
    "input_voltage": lambda s: s.power.input_voltage,
    "input_frequency": lambda s: s.power.input_frequency,
    "output_voltage": lambda s: s.power.output_voltage,
    "output_frequency": lambda s: s.power.output_frequency,
    "output_current": lambda s: s.power.output_current,
    "load": lambda s: s.power.carried,
    "watts": lambda s: s.power.real_power,
    "volt_amperes": lambda s: s.power.apparent_power,
    "celsius": lambda s: s.power.temperature,
    "kelvin": lambda s: s.power.temperature + ZERO_CELSIUS,
    "nominal_voltage": lambda s: s.power.nominal_voltage,
    "nominal_frequency": lambda s: s.power.nominal_frequency,
    "nominal_battery": lambda s: s.power.nominal_battery,
    "nominal_power": lambda s: s.power.nominal_power,
    "nominal_watts": lambda s: s.power.nominal_power * s.power.power_factor,
    "nominal_current": lambda s: s.power.nominal_power / s.power.nominal_voltage,
    "low_charge": lambda s: s.power.low_charge,
    "runtime_limit": lambda s: s.runtime_limit,
    "test": lambda s: TEST_CODES[s.power.test_result],
    "beeper": lambda s: s.beeper,
    "shutdown_left": lambda s: s.shutdown_left,
    "startup_left": lambda s: s.startup_left,
    "reboot_left": lambda s: s.reboot_left,
    # In minutes, none = 0: Belkin's and Tripp Lite's start-up delay.
    "startup_minutes": lambda s: max(s.startup_left, 0) / 60,
}


def _low_charge(state: UpsState, value: float) -> None:
    state.power.low_charge = value


def _runtime_limit(state: UpsState, value: float) -> None:
    state.runtime_limit = value


ACTIONS: Mapping[str, Act] = {
    "shut_down": UpsState.shut_down,
    "start_up": UpsState.start_up,
    "start_up_minutes": lambda s, value: s.start_up(value * 60 if value >= 0 else -1),
    "reboot": UpsState.reboot,
    "test": UpsState.test,
    "sound": UpsState.sound,
    "low_charge": _low_charge,
    "runtime_limit": _runtime_limit,
    "load_on": lambda s, value: s.switch(0, on=True) if value else None,
    "load_off": lambda s, value: s.switch(0, on=False) if value else None,
}

# The last name of a path, where what is around it does not matter.
_ANYWHERE: Mapping[str, str] = {
    "ACPresent": "ac_present", "Charging": "charging", "Discharging": "discharging",
    "FullyCharged": "full", "FullyDischarged": "empty",
    "BelowRemainingCapacityLimit": "battery_low", "RemainingTimeLimitExpired": "time_low",
    "NeedReplacement": "replace", "BatteryPresent": "battery_present",
    "Present": "battery_present", "Overload": "overload", "OverTemperature": "overheated",
    "ShutdownImminent": "imminent", "ShutdownRequested": "leaving", "AwaitingPower": "waiting",
    "Boost": "boost", "Buck": "buck", "Tested": "testing", "VoltageOutOfRange": "out_of_range",
    "RemainingCapacity": "charge", "RunTimeToEmpty": "runtime", "PercentLoad": "load",
    "ActivePower": "watts", "ApparentPower": "volt_amperes", "Current": "output_current",
    "ConfigFrequency": "nominal_frequency", "ConfigApparentPower": "nominal_power",
    "ConfigActivePower": "nominal_watts", "ConfigCurrent": "nominal_current",
    "RemainingCapacityLimit": "low_charge", "RemainingTimeLimit": "runtime_limit",
    "Test": "test", "AudibleAlarmControl": "beeper", "DelayBeforeShutdown": "shutdown_left",
    "DelayBeforeStartup": "startup_left", "DelayBeforeReboot": "reboot_left",
    "FullChargeCapacity": "hundred", "DesignCapacity": "hundred", "CapacityMode": "percent_mode",
    "Rechargeable": "one",
}  # fmt: skip

# The collection that holds a path's last name (PresentStatus aside), where it does matter.
_IN_COLLECTION: Mapping[str, Mapping[str, str]] = {
    "PowerSummary": {
        "Voltage": "battery_voltage", "ConfigVoltage": "nominal_battery", "Good": "output_on",
        "InternalFailure": "failed",
    },
    "Battery": {
        "Voltage": "battery_voltage", "ConfigVoltage": "nominal_battery", "Good": "one",
    },
    "BatterySystem": {"Voltage": "battery_voltage", "ConfigVoltage": "nominal_battery"},
    "Charger": {"Good": "one"},
    "Input": {
        "Voltage": "input_voltage", "Frequency": "input_frequency",
        "ConfigVoltage": "nominal_voltage", "Good": "ac_present", "Used": "on_mains",
    },
    "Output": {
        "Voltage": "output_voltage", "Frequency": "output_frequency",
        "ConfigVoltage": "nominal_voltage", "Good": "output_on",
    },
    "Flow": {"ConfigVoltage": "nominal_voltage"},
    "Outlet": {"Good": "output_on"},
}  # fmt: skip

# What Input.[n] means in MGE's numbering, where it is not the mains.
_BY_INDEX: Mapping[tuple[str, int, str], str] = {
    ("Input", 2, "Used"): "bypass",
    ("Input", 3, "Used"): "on_battery",
    ("Input", 3, "Voltage"): "battery_voltage",
    ("Input", 3, "Good"): "one",
    ("Input", 4, "Used"): "zero",
    ("Flow", 3, "ConfigVoltage"): "nominal_battery",
}

_ACTS: Mapping[str, str] = {
    "DelayBeforeShutdown": "shut_down", "DelayBeforeStartup": "start_up",
    "DelayBeforeReboot": "reboot", "Test": "test", "AudibleAlarmControl": "sound",
    "RemainingCapacityLimit": "low_charge", "RemainingTimeLimit": "runtime_limit",
    "SwitchOnControl": "load_on", "SwitchOffControl": "load_off",
}  # fmt: skip

_CONSTANTS: Mapping[str, Reading] = {"hundred": lambda s: 100, "percent_mode": lambda s: 2}


def reading(path: str, word: str | Reading | None = None, *, unit: int = 0) -> Reading | None:
    """Return what a path shows, by its word or by what the path stands for; None = a constant."""
    if word is not None:
        return READINGS[word] if isinstance(word, str) else word
    parts = list(elements(path))
    last = parts[-1][0]
    home, index = next(
        (each for each in reversed(parts[:-1]) if each[0] != "PresentStatus"), ("", None)
    )
    if home == "Outlet" and index is not None:
        return _of_outlet(last, index - 1)
    if last == "Temperature":
        return READINGS["kelvin" if unit == KELVIN else "celsius"]
    found = _BY_INDEX.get((home, index or 0, last))
    found = found or _IN_COLLECTION.get(home, {}).get(last) or _ANYWHERE.get(last)
    return READINGS.get(found or "") or _CONSTANTS.get(found or "")


def _of_outlet(last: str, outlet: int) -> Reading | None:
    """Return what [1], the main outlet, or [2] and on, the switched ones, show."""
    match last:
        case "SwitchOn/Off":
            return lambda s: s.outlet_on(outlet)
        case "DelayBeforeShutdown" | "DelayBeforeStartup":
            return lambda s: -1
        case "Switchable":
            return lambda s: 1
    return None


def act(path: str, word: str | Act | None = None) -> Act | None:
    """Return what a write to a path does; None = it is a setting that is just kept."""
    if word is not None:
        return ACTIONS[word] if isinstance(word, str) else word
    parts = list(elements(path))
    last = parts[-1][0]
    home, index = parts[-2] if len(parts) > 1 else ("", None)
    if (
        home == "Outlet"
        and index is not None
        and last in {"DelayBeforeShutdown", "DelayBeforeStartup"}
    ):
        on, outlet = last == "DelayBeforeStartup", index - 1
        return lambda s, value: s.switch(outlet, on=on) if value >= 0 else None
    if home == "Input" and last.startswith("Switch"):
        # MGE's static bypass.
        on = last == "SwitchOnControl"
        return lambda s, value: setattr(s.power, "bypass", on) if value else None
    found = _ACTS.get(last)
    return ACTIONS[found] if found else None
