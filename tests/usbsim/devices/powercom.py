"""Powercom's USB controllers (card powercom-usb, E3; the four controller documents).

Lengths in the documents include the report id; here they are those behind it. Four encodings of
the shutdown delay, `_Delays`, one for each way a series reads report 15.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ...simulators.power import Test
from ..hid import HidDevice, HidModel
from ..hidbuild import Item, Report
from ..power_device import UpsState
from .common import hardware, item, report

RETURN, STAY_OFF = 0x40, 0x80
_SHUTDOWN_REPORTS, _STARTUP_REPORTS = {15, 35}, {16, 27, 36}
# One byte: 1 to 8 are 12 to 54 s in steps of 6, 9 to 18 are 1 to 10 minutes.
_DISCRETE = {n: 6.0 * (n + 1) for n in range(1, 9)} | {n: 60.0 * (n - 8) for n in range(9, 19)}
# The start-up delay of a unit whose stored one was never written, s.
_DEFAULT_STARTUP = 60.0


@dataclass(frozen=True, slots=True)
class _Delays:
    """How a series takes its delays.

    Attributes:
        minutes_first: The first byte of a shutdown is minutes, the second seconds and flags;
            otherwise the other way round.
        discrete: It is one byte of `_DISCRETE`.
    """

    minutes_first: bool = True
    discrete: bool = False

    def write(self, device: HidDevice, report: int, body: bytes) -> bool:
        """Obey reports 15, 35 (shutdown) and 16, 27, 36 (start-up)."""
        if report in _STARTUP_REPORTS and len(body) >= 2:
            # High byte first; only the SKP, whose fields are wider, has it the other way.
            minutes = int.from_bytes(body, "little" if len(body) > 2 else "big")
            device.ups.startup = minutes * 60.0
            if not device.power.output_on:
                device.ups.start_up(device.ups.startup)
            return True
        if report not in _SHUTDOWN_REPORTS or not body:
            return False
        if self.discrete:
            self._discrete(device, body[0])
        elif len(body) >= 2:
            first, second = body[:2]
            minutes, seconds = (first, second) if self.minutes_first else (second, first)
            self._shut_down(device, minutes * 60 + (seconds & 0x3F), seconds)
        return True

    @staticmethod
    def _shut_down(device: HidDevice, delay: int, flags: int) -> None:
        if flags & RETURN and flags & STAY_OFF:
            return
        stays = bool(flags & STAY_OFF)
        if not flags & (RETURN | STAY_OFF):
            stays = not device.power.utility_failed
        back = max(device.ups.startup, 0)
        # 0 stands for the longest delay.
        device.power.shut_down(delay or 255 * 60 + 59, off_for=None if stays else back)

    @staticmethod
    def _discrete(device: HidDevice, code: int) -> None:
        if code == 0:
            device.power.cancel()
        elif code in _DISCRETE:
            stored = device.ups.startup if device.ups.startup > 0 else _DEFAULT_STARTUP
            off_for = 0.0 if device.power.utility_failed else stored
            device.power.shut_down(_DISCRETE[code], off_for=off_for)

    def read(self, device: HidDevice, report: int, body: bytes) -> bytes:
        """Show a shutdown that runs, and the stored start-up delay."""
        if report in _STARTUP_REPORTS:
            minutes = int(max(device.ups.startup, 0) / 60)
            return minutes.to_bytes(len(body), "little" if len(body) > 2 else "big")
        if report not in _SHUTDOWN_REPORTS:
            return body
        left = device.ups.shutdown_left
        if self.discrete:
            return bytes([int(left >= 0)])
        minutes, seconds = divmod(max(int(left), 0), 60)
        return bytes([minutes, seconds] if self.minutes_first else [seconds, minutes])


def _test_code(state: UpsState) -> float:
    codes = {Test.PASSED: 1, Test.FAILED: 3, Test.RUNNING: 5, Test.ABORTED: 4}
    return codes.get(state.power.test_result, 6)


def _test_with(code: int) -> Callable[[UpsState, float], None]:
    """Return the write of report 21 for a series that tests on one value only."""

    def write(state: UpsState, value: float) -> None:
        if value == code:
            state.test(1)

    return write


def _test_skp(state: UpsState, value: float) -> None:
    match int(value):
        case 1:
            state.test(1)
        case 2:
            state.test(2)
        case 3:
            state.test(3)
        case minutes if 4 <= minutes <= 102:
            state.power.start_test((minutes - 3) * 60.0)


def _beeper_read_only(state: UpsState) -> float:
    return 2 if state.beeper == 2 else 1


def _beeper_skp(state: UpsState, value: float) -> None:
    state.beeper = {0: 3 if state.beeper == 2 else 2, 1: 3, 2: 2, 3: 3}.get(
        int(value), state.beeper
    )


_STATUS = (
    *("Charging", "Discharging", "ACPresent", "BatteryPresent", "BelowRemainingCapacityLimit"),
    *("RemainingTimeLimitExpired", "NeedReplacement", "VoltageNotRegulated"),
    *("ShutdownRequested", "ShutdownImminent", "CommunicationLost", "Overload", "Boost", "Buck"),
    "Tested",
)
# How the firmware sets the bits: 5 (time expired) is "low" at 10 %, 4 only at 0 %.
_READ: Mapping[str, str | Callable[[UpsState], float]] = {
    "BelowRemainingCapacityLimit": lambda s: s.power.discharging and s.power.charge <= 0,
    "RemainingTimeLimitExpired": "battery_low",
    "VoltageNotRegulated": "failed",
    "ShutdownRequested": "zero",
    "ShutdownImminent": "zero",
    "CommunicationLost": "zero",
}


def _present_status(prefix: str, *, first: int = 16) -> tuple[Item, ...]:
    return tuple(
        item(f"{prefix}PresentStatus.{name}", 1, read=_READ.get(name)) for name in _STATUS[:first]
    )


def _series(
    *,
    wide: bool,
    battery_volts: bool,
    beeper_rw: bool,
    test: Callable[[UpsState, float], None],
    capacity_report: int = 10,
    runtime_report: int = 14,
    delay_bits: int = 16,
    startup_bits: int = 16,
    lines: int = 8,
) -> tuple[Report, ...]:
    """Return the reports of a series.

    Args:
        wide: ConfigVoltage in two bytes (SKP).
        battery_volts: Report 26 is the battery's voltage, not the output's.
        beeper_rw: Report 19 can be written.
        test: What report 21 obeys.
        capacity_report, runtime_report: 14 and 55 on id 0004.
        delay_bits, startup_bits: Of reports 15 and 16.
        lines: Bits of ConfigVoltage.
    """
    nominal = 16 if wide else lines
    beeper = {"read": "beeper", "act": _beeper_skp} if beeper_rw else {"read": _beeper_read_only}
    volts = "battery_voltage" if battery_volts else "output_voltage"
    volts_nominal = "nominal_battery" if wide else "nominal_voltage"
    doubled = [] if capacity_report == 10 else [report(10, *_present_status(""))]
    return (
        report(1, item("PowerSummary.iProduct", 8, value=1)),
        report(2, item("PowerSummary.iSerialNumber", 8, value=2)),
        report(3, item("PowerSummary.iManufacturer", 8, value=3)),
        report(5, item("PowerSummary.iDeviceChemistry", 8, value=4)),
        report(7, item("PowerSummary.Rechargeable", 8, value=1)),
        report(8, item("PowerSummary.CapacityMode", 8, value=2)),
        report(9, item("PowerSummary.DesignCapacity", 8, "%", high=100),
               item("PowerSummary.FullChargeCapacity", 8, "%", high=100)),
        *doubled,
        report(capacity_report, item("PowerSummary.RemainingCapacity", 8, "%", high=100)),
        report(11, item("PowerSummary.WarningCapacityLimit", 8, "%", value=30)),
        report(12, item("PowerSummary.RemainingCapacityLimit", 8, "%", high=100, rw=beeper_rw)),
        report(13, item("PowerSummary.ManufacturerDate", 16, value=17816)),
        report(runtime_report, item("PowerSummary.RunTimeToEmpty", 16, "s")),
        report(15, item("PowerSummary.DelayBeforeShutdown", delay_bits, rw=True)),
        report(16, item("PowerSummary.DelayBeforeStartup", startup_bits, rw=True)),
        report(17, item("PowerSummary.ConfigVoltage", nominal, "V", read="nominal_voltage")),
        report(18, item("PowerSummary.Voltage", 16, "V", read="output_voltage")),
        report(19, item("PowerSummary.AudibleAlarmControl", 8, rw=beeper_rw, **beeper)),
        report(20, *_present_status("PowerSummary.", first=12)),
        report(21, item("Battery.Test", 8, rw=True, read=_test_code, act=test)),
        report(22, item("Battery.Initialized", 8, rw=True, value=0, act="load_on")),
        report(23, item("Battery.ManufacturerDate", 16, value=17816)),
        report(24, item("Battery.RemainingCapacity", 8, "%", high=100)),
        report(25, item("Battery.ConfigVoltage", nominal, "V", read=volts_nominal)),
        report(26, item("Battery.Voltage", 16, "V", read=volts)),
        report(27, item("Battery.DelayBeforeStartup", min(startup_bits, 24), rw=True)),
        report(28, item("Input.ConfigVoltage", nominal, "V")),
        report(29, item("Input.Voltage", 16, "V")),
        report(30, item("Input.Frequency", 8, "Hz")),
        report(31, item("Output.PercentLoad", 8, "%")),
        report(32, item("Output.ConfigVoltage", nominal, "V")),
        report(33, item("Output.Voltage", 16, "V")),
        report(34, item("Output.Frequency", 8, "Hz")),
        report(35, item("Output.DelayBeforeShutdown", delay_bits, rw=True)),
        report(36, item("Output.DelayBeforeStartup", min(startup_bits, 24), rw=True)),
        report(37, item("AudibleAlarmControl", 8, **beeper)),
        report(38, *_present_status(""), kinds="FI"),
        report(39, item("ShutdownImminent", 8, rw=True, value=0)),
    )  # fmt: skip


def _voltage_text(state: UpsState) -> bytes:
    """Return report 0xA4: the battery's volts as text, which no descriptor has."""
    return f" {state.power.battery_voltage:4.1f} 2".encode()[:7].ljust(7)


def _model(
    product: int, name: str, reports: tuple[Report, ...], delays: _Delays, **power: float
) -> HidModel:
    return HidModel(
        hardware=hardware(
            *(0x0D9F, product), maker="POWERCOM Co.,LTD", model=name, serial="0A6-0000-0001"
        ),
        reports=reports,
        extra={0xA4: _voltage_text},
        on_read=delays.read,
        on_write=delays.write,
        power={"nominal_battery": 12.0, "low_charge": 10.0, **power},
    )


_MINUTES_FIRST, _SECONDS_FIRST = _Delays(), _Delays(minutes_first=False)
_ONE_BYTE = _Delays(discrete=True)
_BNT = _series(wide=False, battery_volts=False, beeper_rw=False, test=_test_with(2))
_IMP = _series(wide=False, battery_volts=False, beeper_rw=False, test=_test_with(1))
_SKP = _series(
    wide=True, battery_volts=True, beeper_rw=True, test=_test_skp, delay_bits=8, startup_bits=32
)
_0004 = _series(
    wide=False, battery_volts=True, beeper_rw=False, test=_test_with(1), capacity_report=14,
    runtime_report=55,
)  # fmt: skip
_SKP_MORE = (
    report(40, item("Input.LowVoltageTransfer", 16, "V", value=200)),
    report(41, item("Input.HighVoltageTransfer", 16, "V", value=245)),
    report(44, item("Battery.Temperature", 8, "", read="celsius")),
    report(48, item("Output.ConfigFrequency", 16, "Hz")),
)
BNT = _model(0x00A6, "UPS BNT-500AP FW5.A6", _BNT, _MINUTES_FIRST)

# The old BNT: no GET_REPORT, eight-byte interrupt reports, usages on page 0002.
OLD_NAMES = {
    "PowercomUPS": 0x00020004, "PowercomBatterySystem": 0x00020010,
    "PowercomPowerConverter": 0x00020016, "PowercomInput": 0x0002001A,
    "PowercomOutput": 0x0002001C, "PowercomVoltage": 0x00020030,
    "PowercomFrequency": 0x00020032, "PowercomPercentLoad": 0x00020035,
    "PowercomTemperature": 0x00020036, "PowercomDelayBeforeStartup": 0x00020056,
    "PowercomDelayBeforeShutdown": 0x00020057, "PowercomTest": 0x00020058,
    "PowercomInternalChargeController": 0x00020081, "PowercomPrimaryBatterySupport": 0x00020082,
    "PowercomManufacturerDate": 0x00020085, "PowercomSerialNumber": 0x00020086,
    "PowercomManufacturerName": 0x00020087,
}  # fmt: skip


def _support(state: UpsState) -> float:
    """Return PrimaryBatterySupport: 0 OB, 1 LB, 4:3 = 01 trim and 11 boost, 5 overload."""
    power = state.power
    low = power.regulating and power.mains_voltage < power.nominal_voltage
    avr = 0 if not power.regulating else 0x18 if low else 0x08
    return (
        int(power.utility_failed)
        | int(power.battery_low) << 1
        | avr
        | int(power.carried > state.overload) << 5
    )


def _controller(state: UpsState) -> float:
    """Return InternalChargeController: 0 fault, 1 RB, 2 test, 4 shutdown counting."""
    power = state.power
    return (
        int(power.failed)
        | int(state.replace_battery) << 1
        | int(power.testing) << 2
        | int(state.shutdown_left >= 0) << 4
    )


_CONVERTER = "PowercomPowerConverter"
OLD = HidModel(
    hardware=hardware(
        *(0x0D9F, 0x0001), maker="POWERCOM CO., LTD.", model="USB UPS", serial="BNT00001"
    ),
    names=OLD_NAMES,
    root="PowercomUPS",
    interrupt_only=True,
    push_every=1.0,
    reports=(
        report(
            0x01,
            item(f"{_CONVERTER}.PowercomInput.PowercomVoltage", 8, read="input_voltage",
                 factor=0.25),
            item(f"{_CONVERTER}.PowercomInput.PowercomFrequency", 8, read="input_frequency"),
            item(f"{_CONVERTER}.PowercomOutput.PowercomVoltage", 8, read="output_voltage",
                 factor=0.25),
            item(f"{_CONVERTER}.PowercomOutput.PowercomFrequency", 8, read="output_frequency"),
            item(f"{_CONVERTER}.PowercomOutput.PowercomPercentLoad", 8, read="load"),
            item("PowercomBatterySystem.PowercomVoltage", 8, read="charge"),
            item("PowercomBatterySystem.PowercomTemperature", 8, read="celsius"),
            kinds="I",
        ),
        report(
            0x02,
            item(f"{_CONVERTER}.PowercomOutput.PowercomPrimaryBatterySupport", 8, read=_support,
                 factor=1),
            item(f"{_CONVERTER}.PowercomOutput.PowercomInternalChargeController", 8,
                 read=_controller, factor=1),
            item("PowercomManufacturerDate", 16, value=12 << 9 | 33),
            item(f"{_CONVERTER}.PowercomTest", 8, read=_test_code),
            item("00020000", 16, value=0),
            kinds="I",
        ),
        report(0x0F, item(f"{_CONVERTER}.PowercomDelayBeforeShutdown", 8, rw=True,
                          act="shut_down", read="zero")),
        report(0x10, item(f"{_CONVERTER}.PowercomDelayBeforeStartup", 8, rw=True,
                          act="start_up_minutes", read="zero")),
    ),
    power={"low_charge": 10.0},
)  # fmt: skip

MODELS: Mapping[str, HidModel] = {
    "powercom-bnt": BNT,
    "powercom-bnt-2024": replace(
        BNT, on_read=_SECONDS_FIRST.read, on_write=_SECONDS_FIRST.write
    ),
    "powercom-imp": _model(0x00A2, "UPS IMP-525AP FW1.A0", _IMP, _MINUTES_FIRST),
    "powercom-wow": _model(0x00A4, "UPS WOW-500U FW3.A4.01", _IMP, _MINUTES_FIRST),
    "powercom-vgd": _model(0x00A5, "UPS VGD-1000 FW1.A5", _IMP, _SECONDS_FIRST),
    "powercom-skp": _model(
        0x00A3, "SKP-1000A", (*_SKP, *_SKP_MORE), _ONE_BYTE, nominal_battery=24.0
    ),
    "powercom-0004": _model(0x0004, "HID UPS Battery", _0004, _SECONDS_FIRST),
    "powercom-raptor": _model(
        0x0004, "RPT-1000AP", tuple(
            report(each.number, *(replace(one, bits=8) for one in each.items))
            if each.number in _SHUTDOWN_REPORTS else each for each in _0004
        ), _ONE_BYTE,
    ),
    "powercom-old": OLD,
}  # fmt: skip
