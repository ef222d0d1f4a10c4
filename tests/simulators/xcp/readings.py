"""What the meters and statistics of a simulated unit show (XcpMeterMap, document 5.2.1.3)."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from math import sqrt
from typing import TYPE_CHECKING

from .encode import Reading

if TYPE_CHECKING:
    from .ups import XcpUps


type Meter = Callable[[XcpUps], Reading]

_LINE = sqrt(3)


def _phase_load(unit: XcpUps, phase: int) -> float:
    """Return the load of a phase in percent: the phases of a large unit are never alike."""
    return (
        unit.power.carried * (1 + (phase - 1) * 0.1)
        if unit.model.phases == 3
        else (unit.power.carried)
    )


def _va(unit: XcpUps) -> float:
    return unit.model.va * unit.power.carried / 100


def _watts(unit: XcpUps) -> float:
    return _va(unit) * unit.power.power_factor


def _input(unit: XcpUps) -> float:
    return unit.power.input_voltage


def _amps(unit: XcpUps, phase: int = 1) -> float:
    volts = unit.power.nominal_voltage
    return unit.model.va / unit.model.phases * _phase_load(unit, phase) / 100 / volts


def _battery_amps(unit: XcpUps) -> float:
    if unit.power.discharging:
        return -_watts(unit) / unit.power.battery_voltage
    return 2.5 if unit.power.charge < 100 else 0.0


def _inverter(unit: XcpUps) -> float:
    if unit.model.online and unit.power.output_on:
        return 0.0 if unit.load_on_bypass else unit.power.nominal_voltage
    return unit.power.nominal_voltage if unit.power.discharging else 0.0


def _temperature(offset: float) -> Meter:
    return lambda unit: unit.power.temperature + offset


def _three(first: int, meter: Callable[[XcpUps, int], float]) -> dict[int, Meter]:
    """Return the meters of three phases in a row."""
    return {
        first + phase - 1: lambda unit, phase=phase: meter(unit, phase)  # type: ignore[misc]
        for phase in (1, 2, 3)
    }


METERS: Mapping[int, Meter] = {
    **_three(1, lambda unit, phase: unit.power.output_voltage * _LINE + phase),
    **_three(4, lambda unit, phase: _input(unit) * _LINE + phase if _input(unit) else 0),
    **_three(7, lambda unit, phase: _inverter(unit) * _LINE),
    **_three(10, lambda unit, phase: _input(unit) * _LINE - phase if _input(unit) else 0),
    **_three(13, lambda unit, phase: (24.1, 15.0, 15.1)[phase - 1]),
    **_three(16, lambda unit, phase: _amps(unit, phase) * 0.9),
    **_three(19, lambda unit, phase: _amps(unit, phase) * 1.1 if unit.power.mains else 0),
    22: _watts,
    23: lambda unit: _watts(unit) * 1.1,
    24: _va,
    25: lambda unit: _va(unit) * 1.1,
    26: lambda unit: unit.power.power_factor if unit.power.carried else 2.0,
    27: lambda unit: 0.99,
    28: lambda unit: unit.power.output_frequency,
    29: lambda unit: unit.power.input_frequency,
    30: lambda unit: unit.power.nominal_frequency,
    31: lambda unit: unit.power.input_frequency,
    32: lambda unit: 400.0,
    33: _battery_amps,
    34: lambda unit: unit.power.battery_voltage,
    35: lambda unit: unit.power.charge,
    36: lambda unit: unit.power.runtime,
    37: lambda unit: (100 - unit.power.charge) * unit.power.recharge_time / 100,
    **_three(38, lambda unit, phase: _amps(unit, phase) * 1.4),
    41: lambda unit: _amps(unit) * 3.3,
    42: lambda unit: unit.power.nominal_battery * 0.84,
    43: lambda unit: unit.model.va / unit.model.phases / unit.power.nominal_voltage * 1.2,
    44: lambda unit: unit.power.nominal_battery * 0.9,
    45: lambda unit: 410.0,
    46: lambda unit: 10.0,
    47: lambda unit: unit.model.va / unit.power.nominal_battery,
    **_three(48, _phase_load),
    **_three(51, lambda unit, phase: _va(unit) / 3),
    **_three(54, lambda unit, phase: _input(unit) - phase if _input(unit) else 0),
    **_three(57, lambda unit, phase: _input(unit) + phase - 1 if _input(unit) else 0),
    **_three(60, lambda unit, phase: _inverter(unit)),
    63: _temperature(0),
    64: _temperature(14),
    65: _temperature(9),
    **_three(66, _amps),
    **_three(
        69, lambda unit, phase: unit.model.va / unit.model.phases / unit.power.nominal_voltage
    ),
    72: lambda unit: unit.model.va,
    73: lambda unit: unit.wall_clock,
    74: lambda unit: unit.wall_clock,
    75: lambda unit: 200.0,
    76: lambda unit: 200.5,
    77: lambda unit: 0.1,
    78: _temperature(2),
    **_three(
        79, lambda unit, phase: unit.power.output_voltage + phase - 1 if unit.power.output_on else 0
    ),
    82: lambda unit: _amps(unit) * 0.2,
    **_three(83, lambda unit, phase: _watts(unit) / 3),
    86: lambda unit: unit.model.va * 0.9 / unit.model.phases,
    87: lambda unit: 11.0,
    88: lambda unit: unit.power.battery_voltage / 2,
    89: lambda unit: unit.power.battery_voltage / 2 + 0.5,
    90: lambda unit: _battery_amps(unit) / 2,
    91: lambda unit: _battery_amps(unit) / 2 - 0.1,
    92: lambda unit: float(unit.settings["line_events"]),
    **_three(93, lambda unit, phase: 100 * unit.power.output_voltage / unit.power.nominal_voltage),
    **_three(96, _phase_load),
    **_three(99, lambda unit, phase: 100 * _input(unit) / unit.power.nominal_voltage),
    **_three(102, lambda unit, phase: _phase_load(unit, phase) * 1.1),
    105: lambda unit: 0.3,
    **_three(106, lambda unit, phase: 140.0 + phase),
    109: lambda unit: 12345.0,
    **_three(110, lambda unit, phase: 2.0 + phase / 10),
    **_three(113, lambda unit, phase: 4.0 + phase / 10),
    **_three(116, lambda unit, phase: 1.0 + phase / 10),
    **_three(119, lambda unit, phase: 8.0 + phase / 10),
    **_three(122, lambda unit, phase: 141.0 + phase),
    125: lambda unit: 14567.0,
    126: lambda unit: 87.0,
    127: lambda unit: 1.7,
    128: lambda unit: 0.2,
    129: lambda unit: 4321.0,
}
"""The 129 meters."""


def statistic(unit: XcpUps, number: int) -> Reading:
    """Return one of the 70 statistics: counts, times, measures, and since when."""
    if number >= 61:
        return unit.wall_clock.replace(microsecond=0) - timedelta(days=number)
    if number >= 37:
        return {
            53: 0.4,
            54: 0.3,
            55: unit.power.nominal_voltage * 0.8,
            56: unit.power.nominal_voltage * 1.1,
            57: unit.power.nominal_voltage,
            58: _va(unit),
            59: _watts(unit),
            60: _amps(unit) * 1.2,
        }.get(number, number * 1000.0)
    return float(number)
