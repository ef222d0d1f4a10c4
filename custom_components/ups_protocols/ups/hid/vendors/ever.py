"""EVER: the class's paths, and status and alarms on page FF00 (usb-hid-vendors §G6)."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from ...links.base import ReportKind, UsbDevice
from ...model import Value
from ..report_descriptor import ReportDescriptor
from ..shapes import ON_OFF, PLAIN, YES_NO, Fixed, Plain
from ..signals import Signal
from ..tables import Bit, Timers, Vendor, bit, one_of, row
from ..usages import EVER, UsageNames
from ..values import Field

_KELVIN = Fixed(lambda value: round(value - 273.15, 2) if value > 200 else value)
_FACTOR = Fixed(lambda value: value / 100 if value > 1 else value)
# 0x1203 is v1.2b03, as NUT shows it
_VERSION = Plain(
    lambda number: f"v{number >> 12 & 15}.{number >> 8 & 15}b{number & 255:02d}" if number else None
)

_ROWS = (
    row("battery.packs.external", "*.EVERExternalPacks"),
    row("battery.temperature", "*.EVERBatteryTemperature", shape=_KELVIN),
    row("outlet.1.id", "OutletSystem.Outlet.OutletID", shape=PLAIN),
    row("outlet.1.status", "OutletSystem.Outlet.PresentStatus.SwitchOn/Off", shape=ON_OFF),
    row("outlet.1.switchable", "OutletSystem.Outlet.PresentStatus.Switchable", shape=YES_NO),
    row("output.frequency.nominal", "Flow.ConfigFrequency"),
    row("output.powerfactor", "*.EVERPowerFactor", shape=_FACTOR),
    row("output.voltage.nominal", "Flow.ConfigVoltage"),
    row("ups.firmware", "*.EVERInverterFirmware", shape=_VERSION),
    row("ups.firmware.aux", "*.EVERInterfaceFirmware", shape=_VERSION),
    row("ups.temperature", "*.EVERHeatSinkTemperature", shape=_KELVIN),
)

# the same as whole reports, which units without those usages have
_MODE, _MESSAGES, _ALARMS = "EVERWorkMode", "EVERMessages", "EVERAlarmWord"
_WORDS = {74: (_MODE, 8), 75: (_MESSAGES, 16), 76: (_ALARMS, 16)}
_ON_LINE, _ON_BATTERY = 4, 8


def _told(signal: Signal, word: str, position: int, *usages: str) -> tuple[Bit, ...]:
    """Return a signal by its usage, or by its place in a word."""
    bits = [Bit(signal, (f"*.{usage}",)) for usage in usages]
    return (*bits, Bit(signal, (word,), bit(position)))


_BITS = (
    Bit(Signal.AC_PRESENT, ("PowerSummary.PresentStatus.ACPresent",)),
    Bit(Signal.AC_PRESENT, (_MODE,), lambda mode: mode != _ON_BATTERY),
    Bit(Signal.OFF, (_MODE,), lambda mode: mode not in {_ON_LINE, _ON_BATTERY}),
    Bit(Signal.EMERGENCY_STOP, (_MODE,), one_of(64)),
    *_told(Signal.OVERLOAD, _MESSAGES, 0, "EVERStatus.EVEROverload"),
    *_told(Signal.BELOW_CAPACITY, _MESSAGES, 1, "EVERStatus.EVERBatteryLow"),
    *_told(Signal.BOOST, _MESSAGES, 2, "EVERStatus.EVERBoost"),
    *_told(Signal.TRIM, _MESSAGES, 3, "EVERStatus.EVERBuck"),
    *_told(Signal.CHARGING, _MESSAGES, 6, "EVERStatus.EVERCharging"),
    *_told(Signal.REPLACE_BATTERY, _MESSAGES, 9, "EVERStatus.EVERNeedReplacement"),
    *_told(Signal.OVER_TEMPERATURE, _MESSAGES, 10),
    *_told(Signal.OVER_TEMPERATURE, _MESSAGES, 11),
    *_told(Signal.AWAITING_POWER, _MESSAGES, 12),
    *_told(Signal.VOLTAGE_OUT_OF_RANGE, _MESSAGES, 13),
    *_told(Signal.OVERLOAD, _ALARMS, 0, "EVERAlarms.EVEROverloadAlarm"),
    *_told(Signal.SHORT_CIRCUIT, _ALARMS, 1),
    *_told(Signal.OVER_TEMPERATURE, _ALARMS, 2),
    *_told(Signal.OVER_TEMPERATURE, _ALARMS, 3),
    *_told(Signal.EMERGENCY_STOP, _ALARMS, 4),
    *_told(Signal.INTERNAL_FAILURE, _ALARMS, 5),
    *_told(Signal.COMMUNICATION_LOST, _ALARMS, 7, "EVERAlarms.EVERCommunicationLost"),
    *_told(Signal.BATTERY_VOLTAGE_LOW, _ALARMS, 8),
)


def table(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for an EVER unit."""
    return Vendor(
        id="ever",
        usages=UsageNames(EVER),
        mend=_mend,
        rows=_ROWS,
        bits=_BITS,
        # there is no start-up delay: it comes back with the mains
        timers=(Timers(shutdown="PowerSummary.DelayBeforeShutdown", returns=True),),
    )


def _mend(descriptor: ReportDescriptor) -> ReportDescriptor:
    """Add the three words, whatever the descriptor has in their reports."""
    words = tuple(
        Field(
            path=f"UPS.{name}",
            usage=0xFF00_0000,
            kind=ReportKind.FEATURE,
            report_id=report_id,
            bit_offset=0,
            bit_size=size,
            logical_max=(1 << size) - 1,
        )
        for report_id, (name, size) in _WORDS.items()
    )
    bits = dict(descriptor.bits)
    for word in words:
        key = (word.kind, word.report_id)
        bits[key] = max(bits.get(key, 0), word.bit_size)
    return replace(descriptor, fields=(*descriptor.fields, *words), bits=MappingProxyType(bits))
