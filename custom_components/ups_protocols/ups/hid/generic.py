"""The class's own paths, which nearly all makers share (card usb-hid-path-map, §J)."""

from types import MappingProxyType

from ..model import Danger
from ..names import BeeperStatus, TestResult
from .shapes import AMPERE_HOURS, DAY, ON_OFF, PLAIN, TEXT, TIMER, YES_NO, Text, Words
from .signals import Signal
from .tables import Bit, Order, Row, is_clear, order, row

# Card usb-hid-power-device, §F(5): what Test and AudibleAlarmControl read.
TEST = Words(
    MappingProxyType(
        {
            0: TestResult.NONE,
            1: TestResult.PASSED,
            2: TestResult.WARNING,
            3: TestResult.ERROR,
            4: TestResult.ABORTED,
            5: TestResult.IN_PROGRESS,
            6: TestResult.NONE,
            7: TestResult.SCHEDULED,
        }
    )
)
BEEPER = Words(
    MappingProxyType({1: BeeperStatus.DISABLED, 2: BeeperStatus.ENABLED, 3: BeeperStatus.MUTED})
)
TEST_RUNS = 5

_IN = "PowerConverter.Input.[1]"
_OUT = "PowerConverter.Output"
_BATTERY = "BatterySystem.Battery"

_INPUT = (
    row(
        "input.voltage",
        "Input.Voltage",
        f"{_IN}.Voltage",
        "PowerConverter.Input.Voltage",
        "PowerSummary.Input.Voltage",
    ),
    row(
        "input.voltage.nominal",
        "Input.ConfigVoltage",
        "Flow.[1].ConfigVoltage",
        f"{_IN}.ConfigVoltage",
        "PowerConverter.Input.ConfigVoltage",
        "PowerSummary.Input.ConfigVoltage",
    ),
    row(
        "input.frequency",
        "Input.Frequency",
        f"{_IN}.Frequency",
        "PowerConverter.Input.Frequency",
        "PowerSummary.Input.Frequency",
    ),
    row(
        "input.frequency.nominal",
        "Input.ConfigFrequency",
        "Flow.[1].ConfigFrequency",
        f"{_IN}.ConfigFrequency",
    ),
    row(
        "input.current",
        "Input.Current",
        f"{_IN}.Current",
        "PowerConverter.Input.Current",
        "PowerSummary.Input.Current",
    ),
    row("input.current.nominal", "Input.ConfigCurrent", "Flow.[1].ConfigCurrent"),
    row("input.bypass.voltage", "PowerConverter.Input.[2].Voltage"),
    row("input.bypass.voltage.nominal", "Flow.[2].ConfigVoltage"),
    row("input.bypass.current", "PowerConverter.Input.[2].Current"),
    row("input.bypass.current.nominal", "Flow.[2].ConfigCurrent"),
    row("input.bypass.frequency", "PowerConverter.Input.[2].Frequency"),
    row("input.bypass.frequency.nominal", "Flow.[2].ConfigFrequency"),
    *(
        row(
            f"input.transfer.{end.lower()}",
            f"Output.{end}VoltageTransfer",
            f"Input.{end}VoltageTransfer",
            f"{_OUT}.{end}VoltageTransfer",
            f"{_IN}.{end}VoltageTransfer",
            f"PowerConverter.Input.{end}VoltageTransfer",
            writable=True,
        )
        for end in ("Low", "High")
    ),
)
_OUTPUT = (
    row("output.voltage", "Output.Voltage", f"{_OUT}.Voltage", "PowerSummary.Output.Voltage"),
    row("output.voltage.nominal", "Output.ConfigVoltage", "Flow.[4].ConfigVoltage"),
    row("output.frequency", "Output.Frequency", f"{_OUT}.Frequency"),
    row("output.frequency.nominal", "Output.ConfigFrequency", "Flow.[4].ConfigFrequency"),
    row("output.current", "Output.Current", f"{_OUT}.Current", "PowerSummary.Output.Current"),
    row("output.current.nominal", "Output.ConfigCurrent", "Flow.[4].ConfigCurrent"),
    row(
        "ups.load",
        "Output.PercentLoad",
        f"{_OUT}.PercentLoad",
        "PowerSummary.PercentLoad",
        "OutletSystem.Outlet.PercentLoad",
        "PowerConverter.PercentLoad",
    ),
    row("ups.power", "Output.ApparentPower", f"{_OUT}.ApparentPower"),
    row(
        "ups.power.nominal",
        "Output.ConfigApparentPower",
        "Flow.[4].ConfigApparentPower",
        "Flow.ConfigApparentPower",
        "PowerConverter.ConfigApparentPower",
    ),
    row(
        "ups.realpower",
        "Output.ActivePower",
        f"{_OUT}.ActivePower",
        "OutletSystem.Outlet.ActivePower",
    ),
    row(
        "ups.realpower.nominal",
        "Output.ConfigActivePower",
        "Flow.[4].ConfigActivePower",
        "Flow.ConfigActivePower",
        "PowerConverter.ConfigActivePower",
    ),
)
_PHASES = tuple(
    each
    for phase in (1, 2, 3)
    for each in (
        row(f"input.L{phase}.current", f"{_IN}.Phase.[{phase}].Current"),
        row(f"input.bypass.L{phase}.current", f"PowerConverter.Input.[2].Phase.[{phase}].Current"),
        row(f"output.L{phase}.current", f"{_OUT}.Phase.[{phase}].Current"),
        # the standard's names of a UPS have no phases: its output does
        row(f"output.L{phase}.power", f"{_OUT}.Phase.[{phase}].ApparentPower"),
        row(f"output.L{phase}.realpower", f"{_OUT}.Phase.[{phase}].ActivePower"),
    )
)
_CHARGE = (
    row(
        "battery.charge",
        "PowerSummary.RemainingCapacity",
        f"{_BATTERY}.RemainingCapacity",
        "Battery.RemainingCapacity",
    ),
    row(
        "battery.charge.low",
        "PowerSummary.RemainingCapacityLimit",
        writable=True,
    ),
    row("battery.charge.warning", "PowerSummary.WarningCapacityLimit", writable=True),
    row(
        "battery.runtime",
        "PowerSummary.RunTimeToEmpty",
        "Battery.RunTimeToEmpty",
        f"{_BATTERY}.RunTimeToEmpty",
    ),
    row(
        "battery.runtime.low",
        "PowerSummary.RemainingTimeLimit",
        "Battery.RemainingTimeLimit",
        writable=True,
    ),
    row("_capacity_mode", "PowerSummary.CapacityMode"),
    row("_full_capacity", "PowerSummary.FullChargeCapacity"),
    row("_design_capacity", "PowerSummary.DesignCapacity"),
    row(
        "battery.capacity",
        f"{_BATTERY}.DesignCapacity",
        "PowerSummary.DesignCapacity",
        shape=AMPERE_HOURS,
    ),
)
_CELLS = (
    row(
        "battery.voltage",
        "PowerSummary.Voltage",
        "Battery.Voltage",
        f"{_BATTERY}.Voltage",
        "BatterySystem.Voltage",
    ),
    row(
        "battery.voltage.nominal",
        "PowerSummary.ConfigVoltage",
        "Battery.ConfigVoltage",
        f"{_BATTERY}.ConfigVoltage",
        "BatterySystem.ConfigVoltage",
    ),
    row("battery.current", "PowerSummary.Current", "Battery.Current", f"{_BATTERY}.Current"),
    row(
        "battery.temperature",
        "Battery.Temperature",
        f"{_BATTERY}.Temperature",
        "BatterySystem.Temperature",
    ),
    row(
        "battery.type",
        "PowerSummary.iDeviceChemistry",
        "PowerSummary.iDeviceChemistery",
        "Battery.iDeviceChemistry",
        shape=TEXT,
    ),
    row("battery.mfr.date", "Battery.ManufacturerDate", shape=DAY),
)
_UPS = (
    row("ups.mfr.date", "PowerSummary.ManufacturerDate", "ManufacturerDate", shape=DAY),
    row("ups.temperature", "PowerSummary.Temperature", "Output.Temperature"),
    row(
        "ups.test.result",
        f"{_BATTERY}.Test",
        "Battery.Test",
        "BatterySystem.Test",
        "Output.Test",
        "PowerSummary.Test",
        shape=TEST,
    ),
    row(
        "ups.beeper.status",
        "PowerSummary.AudibleAlarmControl",
        f"{_BATTERY}.AudibleAlarmControl",
        "AudibleAlarmControl",
        shape=BEEPER,
    ),
    *(
        row(
            f"ups.timer.{name}",
            *(f"{place}.{usage}" for place in ("PowerSummary", "Output", "OutletSystem.Outlet")),
            shape=TIMER,
        )
        for name, usage in (
            ("shutdown", "DelayBeforeShutdown"),
            ("start", "DelayBeforeStartup"),
            ("reboot", "DelayBeforeReboot"),
        )
    ),
    row("_manufacturer", "PowerSummary.iManufacturer", "iManufacturer", shape=TEXT),
    row("_product", "PowerSummary.iProduct", "PowerSummary.iName", "iProduct", shape=TEXT),
    row("_serial", "PowerSummary.iSerialNumber", "iSerialNumber", shape=TEXT),
)

ROWS: tuple[Row, ...] = (*_INPUT, *_OUTPUT, *_PHASES, *_CHARGE, *_CELLS, *_UPS)


def outlet_rows(number: int) -> tuple[Row, ...]:
    """Return the rows of a switchable outlet; Outlet.[1] is the main one (card, §F(4))."""
    path, name = f"OutletSystem.Outlet.[{number + 1}]", f"outlet.{number}"
    return (
        row(f"{name}.id", f"{path}.OutletID", shape=PLAIN),
        row(f"{name}.designator", f"{path}.iDesignator", shape=Text()),
        row(f"{name}.status", f"{path}.PresentStatus.SwitchOn/Off", shape=ON_OFF),
        row(f"{name}.switchable", f"{path}.PresentStatus.Switchable", shape=YES_NO),
        row(f"{name}.current", f"{path}.Current"),
        row(f"{name}.voltage", f"{path}.Voltage"),
        row(f"{name}.power", f"{path}.ApparentPower"),
        row(f"{name}.realpower", f"{path}.ActivePower"),
        row(f"{name}.load", f"{path}.PercentLoad"),
        row(f"{name}.timer.shutdown", f"{path}.DelayBeforeShutdown", shape=TIMER),
        row(f"{name}.timer.start", f"{path}.DelayBeforeStartup", shape=TIMER),
        row(f"{name}.autoswitch.charge.low", f"{path}.RemainingCapacityLimit", writable=True),
    )


# ---------------------------------------------------------------- status

_SUMMARY = ("PowerSummary.PresentStatus", "PowerSummary", "PresentStatus")


def summary_bits(*places: str) -> tuple[Bit, ...]:
    """Return the bits of PresentStatus, wherever a maker put it; the first place counts."""
    return tuple(
        Bit(signal, tuple(f"{place}.{usage}" for place in places), test)
        for signal, usage, test in (
            (Signal.AC_PRESENT, "ACPresent", bool),
            (Signal.DISCHARGING, "Discharging", bool),
            (Signal.CHARGING, "Charging", bool),
            (Signal.FULLY_CHARGED, "FullyCharged", bool),
            (Signal.FULLY_DISCHARGED, "FullyDischarged", bool),
            (Signal.BELOW_CAPACITY, "BelowRemainingCapacityLimit", bool),
            (Signal.TIME_EXPIRED, "RemainingTimeLimitExpired", bool),
            (Signal.SHUTDOWN_IMMINENT, "ShutdownImminent", bool),
            (Signal.SHUTDOWN_REQUESTED, "ShutdownRequested", bool),
            (Signal.REPLACE_BATTERY, "NeedReplacement", bool),
            (Signal.NO_BATTERY, "BatteryPresent", is_clear),
            (Signal.OVERLOAD, "Overload", bool),
            (Signal.TRIM, "Buck", bool),
            (Signal.BOOST, "Boost", bool),
            (Signal.OFF, "Good", is_clear),
            (Signal.INTERNAL_FAILURE, "InternalFailure", bool),
            (Signal.COMMUNICATION_LOST, "CommunicationLost", bool),
            (Signal.OVER_TEMPERATURE, "OverTemperature", bool),
            (Signal.AWAITING_POWER, "AwaitingPower", bool),
            (Signal.BATTERY_VOLTAGE_ODD, "BatteryVoltageOutOfRange", bool),
            (Signal.VOLTAGE_OUT_OF_RANGE, "VoltageOutOfRange", bool),
            (Signal.FREQUENCY_OUT_OF_RANGE, "FrequencyOutOfRange", bool),
        )
    )


def _bits(signal: Signal, *paths: str) -> tuple[Bit, ...]:
    """Return bits of which any one that is set is enough."""
    return tuple(Bit(signal, (path,)) for path in paths)


_CONVERTER = "PowerConverter.PresentStatus"
BITS: tuple[Bit, ...] = (
    *summary_bits(*_SUMMARY),
    *_bits(
        Signal.OVERLOAD,
        "Output.Overload",
        "Output.PresentStatus.Overload",
        f"{_OUT}.PresentStatus.Overload",
        f"{_CONVERTER}.Overload",
    ),
    *_bits(Signal.BOOST, "Output.Boost", f"{_IN}.PresentStatus.Boost", f"{_CONVERTER}.Boost"),
    *_bits(Signal.TRIM, "Output.Buck", f"{_IN}.PresentStatus.Buck", f"{_CONVERTER}.Buck"),
    *_bits(Signal.INTERNAL_FAILURE, f"{_CONVERTER}.InternalFailure"),
    *_bits(Signal.OVER_TEMPERATURE, f"{_CONVERTER}.OverTemperature"),
    *_bits(Signal.AWAITING_POWER, f"{_CONVERTER}.AwaitingPower"),
    *_bits(Signal.COMMUNICATION_LOST, "Output.CommunicationLost"),
    *_bits(
        Signal.VOLTAGE_OUT_OF_RANGE,
        f"{_IN}.PresentStatus.VoltageOutOfRange",
        f"{_CONVERTER}.VoltageOutOfRange",
    ),
    *_bits(
        Signal.FREQUENCY_OUT_OF_RANGE,
        f"{_IN}.PresentStatus.FrequencyOutOfRange",
        f"{_CONVERTER}.FrequencyOutOfRange",
    ),
    *_bits(Signal.BYPASS, "PowerConverter.Input.[2].PresentStatus.Used"),
    *_bits(Signal.MANUAL_BYPASS, "PowerConverter.Input.[4].PresentStatus.Used"),
    *_bits(Signal.CHARGER_FAILURE, "BatterySystem.Charger.PresentStatus.InternalFailure"),
    Bit(
        Signal.NO_BATTERY,
        (f"{_BATTERY}.PresentStatus.Present", f"{_BATTERY}.Present"),
        is_clear,
    ),
)

# ---------------------------------------------------------------- commands

_TESTS = (
    f"{_BATTERY}.Test",
    "Battery.Test",
    "BatterySystem.Test",
    "Output.Test",
)
_BEEPERS = (
    "PowerSummary.AudibleAlarmControl",
    f"{_BATTERY}.AudibleAlarmControl",
    "AudibleAlarmControl",
)


def test_orders(*paths: str) -> tuple[Order, ...]:
    """Return the battery tests: written 1 quick, 2 deep, 3 abort; 5 reads as running."""
    return (
        order(
            "test.battery.start.quick",
            1,
            *paths,
            danger=Danger.USES_BATTERY,
            confirmed_by=(TEST_RUNS,),
        ),
        order(
            "test.battery.start.deep",
            2,
            *paths,
            danger=Danger.USES_BATTERY,
            confirmed_by=(TEST_RUNS,),
        ),
        order("test.battery.stop", 3, *paths, confirmed_by=(0, 1, 2, 4, 6)),
    )


def beeper_orders(*paths: str) -> tuple[Order, ...]:
    """Return the three states of the beeper."""
    return (
        order("beeper.enable", 2, *paths, confirmed_by=(2,), must_show=True),
        order("beeper.disable", 1, *paths, confirmed_by=(1,), must_show=True),
        order("beeper.mute", 3, *paths, confirmed_by=(3,)),
    )


ORDERS: tuple[Order, ...] = (*test_orders(*_TESTS), *beeper_orders(*_BEEPERS))


def outlet_orders(number: int) -> tuple[Order, ...]:
    """Return the orders of a switchable outlet."""
    path, name = f"OutletSystem.Outlet.[{number + 1}]", f"outlet.{number}"
    return (
        order(f"{name}.load.off", 0, f"{path}.DelayBeforeShutdown", danger=Danger.CUTS_POWER),
        order(f"{name}.load.on", 0, f"{path}.DelayBeforeStartup"),
    )
