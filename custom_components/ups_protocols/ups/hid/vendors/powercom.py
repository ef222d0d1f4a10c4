"""Powercom: four codings of the shutdown delay, and a battery voltage that no descriptor has.

"E3" is the card powercom-usb; reports are numbered there as in Powercom's controller documents.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
import re
from typing import Final, override

from ...links.base import UsbDevice
from ...model import Danger, Value
from ...names import BeeperStatus
from ..generic import BEEPER, TEST, summary_bits, test_orders
from ..shapes import DAY, TEXT, Number, Shape, Words
from ..signals import Signal, Signals
from ..tables import Bit, Delay, Hidden, Labels, Order, Readings, Timers, Vendor, bit, order, row
from ..usages import POWERCOM, UsageNames
from ..values import Field

RETURN, STAY_OFF = 0x40, 0x80
SECONDS_FIRST, MINUTES_FIRST, ONE_BYTE = "seconds_first", "minutes_first", "one_byte"
"""How report 15 is coded: devices met in 2024; Powercom's documents; SKP and Raptor."""
ENCODINGS: Final = (SECONDS_FIRST, MINUTES_FIRST, ONE_BYTE)

_SKP, _BNT, _IMD = 0x00A3, 0x00A6, 0x0004
# E3 (6): the one byte and its seconds
_STEPS: Final = {n: 6 * (n + 1) for n in range(1, 9)} | {n: 60 * (n - 8) for n in range(9, 19)}


@dataclass(frozen=True, slots=True)
class _Off(Delay):
    """The delay before a shutdown: minutes, and seconds with what comes after; or one byte."""

    encoding: str = SECONDS_FIRST
    flag: int = RETURN

    def _is_byte(self, field: Field) -> bool:
        return self.encoding == ONE_BYTE or field.bit_size < 16

    @override
    def encode(self, field: Field, report: bytes, seconds: float) -> tuple[bytes, float]:
        if self._is_byte(field):
            code = 0 if seconds < 0 else next((n for n, s in _STEPS.items() if s >= seconds), 18)
            return _whole(report, bytes([code])), float(_STEPS.get(code, -1))
        # 0 would be the longest delay
        wanted = min(max(ceil(seconds), 1), 255 * 60 + 59)
        minutes, rest = divmod(wanted, 60)
        pair = bytes([minutes, rest | self.flag])
        if self.encoding == SECONDS_FIRST:
            pair = pair[::-1]
        return _whole(report, pair), float(wanted)

    @override
    def decode(self, field: Field, report: bytes) -> float | None:
        field.raw(report)
        if self._is_byte(field):
            # bit 0 tells that a shutdown runs, not how long
            return 0.0 if report[1] & 1 else -1
        minutes, rest = report[1:3] if self.encoding == MINUTES_FIRST else report[2:0:-1]
        left = 60 * minutes + (rest & 0x3F)
        return float(left) if left else -1

    @override
    def can_stop(self, field: Field, idle: bytes | None) -> bool:
        return self._is_byte(field)

    @override
    def fits(self, field: Field) -> bool:
        # one byte has no room for what comes after
        return not self._is_byte(field) or self.flag == RETURN

    @override
    def limits(self, field: Field) -> tuple[float, float, float]:
        return (12, 600, 6) if self._is_byte(field) else (1, 255 * 60 + 59, 1)


class _On(Delay):
    """The delay before a start: whole minutes, the high byte first where there are two."""

    @override
    def encode(self, field: Field, report: bytes, seconds: float) -> tuple[bytes, float]:
        size = field.bit_size // 8
        minutes = min(max(ceil(seconds / 60), 0), (1 << 8 * size) - 1)
        data = minutes.to_bytes(size, "big" if size == 2 else "little")
        return _whole(report, data), minutes * 60.0

    @override
    def decode(self, field: Field, report: bytes) -> float | None:
        field.raw(report)
        size = field.bit_size // 8
        minutes = int.from_bytes(report[1 : 1 + size], "big" if size == 2 else "little")
        return minutes * 60.0

    @override
    def can_stop(self, field: Field, idle: bytes | None) -> bool:
        return False

    @override
    def limits(self, field: Field) -> tuple[float, float, float]:
        return 0, 7 * 86400, 60


def _whole(report: bytes, data: bytes) -> bytes:
    """Return a report of these bytes: limits of such fields mean nothing."""
    return report[:1] + data + report[1 + len(data) :]


@dataclass(frozen=True, slots=True)
class _Left(Shape):
    """The seconds left of a shutdown."""

    delay: Delay

    @override
    def read(self, field: Field, report: bytes) -> Value | None:
        left = self.delay.decode(field, report)
        return None if left is None or left <= 0 else left


# ---------------------------------------------------------------- the models with PowerSummary

# E3 (5): the opposite of the class's meaning, as NUT shows it
_BEEPER: Final = Words({1: BeeperStatus.ENABLED, 2: BeeperStatus.DISABLED})
_BITS = (
    *summary_bits("PresentStatus", "PowerSummary.PresentStatus"),
    Bit(
        Signal.INTERNAL_FAILURE,
        ("PresentStatus.VoltageNotRegulated", "PowerSummary.PresentStatus.VoltageNotRegulated"),
    ),
    Bit(Signal.TESTING, ("PresentStatus.Tested",)),
)
_PRODUCT = re.compile(r"^(?P<model>.*?)(?: FW(?P<firmware>\S.*))?$")
_VOLTS = re.compile(rb"\d+\.\d+")


def table(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for a Powercom unit."""
    product = device.product_id
    is_skp = product == _SKP
    encoding = str(options.get("shutdown_encoding", ONE_BYTE if is_skp else SECONDS_FIRST))
    back, stay, on = _Off(encoding=encoding), _Off(encoding=encoding, flag=STAY_OFF), _On()
    rows = [
        row("ups.beeper.status", "PowerSummary.AudibleAlarmControl", shape=BEEPER)
        if is_skp
        else row(
            "ups.beeper.status",
            "PowerSummary.AudibleAlarmControl",
            "AudibleAlarmControl",
            shape=_BEEPER,
        ),
        row(
            "ups.timer.shutdown",
            "PowerSummary.DelayBeforeShutdown",
            "PowerSummary.PCMDelayBeforeShutdown",
            shape=_Left(back),
        ),
    ]
    # elsewhere report 26 is the output's, and 25 the mains'
    if product in {_SKP, _IMD}:
        rows.append(row("battery.voltage", "Battery.Voltage"))
    if is_skp:
        rows.append(row("battery.voltage.nominal", "Battery.ConfigVoltage"))
    return Vendor(
        id="powercom",
        usages=UsageNames(POWERCOM),
        rows=tuple(rows),
        without=frozenset(
            {
                "battery.voltage",
                "battery.voltage.nominal",
                "ups.beeper.status",
                "ups.timer.shutdown",
                "ups.timer.start",
            }
        ),
        bits=_BITS,
        without_signals=frozenset(Signal),
        settle=_settle,
        orders=_orders(device, is_skp=is_skp),
        without_orders=frozenset({"beeper.enable", "beeper.disable", "beeper.mute"})
        | {each.command for each in test_orders()},
        timers=(
            Timers(
                shutdown="PowerSummary.PCMDelayBeforeShutdown",
                startup="PowerSummary.PCMDelayBeforeStartup",
                off=back,
                on=on,
                returns=True,
                stays=stay,
            ),
            Timers(
                shutdown="PowerSummary.DelayBeforeShutdown",
                startup="PowerSummary.DelayBeforeStartup",
                off=back,
                on=on,
                returns=True,
                stays=stay,
                at_once=False,
            ),
        ),
        on_delay=60,
        hidden=(Hidden(report_id=0xA4, length=8, decode=_battery_volts),),
        # some give half the volts, as the serial protocol's byte does
        factors={"input.voltage": (2,), "output.voltage": (2,)},
        identify=_identify,
        finish=_finish,
    )


def _orders(device: UsbDevice, *, is_skp: bool) -> tuple[Order, ...]:
    """Return the orders of a series: each obeys numbers of its own in report 21."""
    wake = order("load.on", 1, "Battery.Initialized")
    test = "Battery.Test"
    if is_skp:
        beeper = "PowerSummary.AudibleAlarmControl"
        return (
            wake,
            *test_orders(test),
            order("beeper.enable", 2, beeper, confirmed_by=(2,), must_show=True),
            order("beeper.mute", 3, beeper, confirmed_by=(3,)),
        )
    is_bnt = device.product_id == _BNT or "BNT" in (device.product or "")
    quick = "test.battery.start.quick"
    return (
        wake,
        order(quick, 2 if is_bnt else 1, test, danger=Danger.USES_BATTERY, confirmed_by=(5,)),
    )


def _settle(signals: Signals) -> Signals:
    """Drop what the firmware sets without meaning it (E3, the traps of bits 6 and 9)."""
    settled = dict(signals)
    if settled.get(Signal.AC_PRESENT):
        # set on mains whenever the load is 0 %
        settled.pop(Signal.SHUTDOWN_IMMINENT, None)
    if settled.get(Signal.BELOW_CAPACITY):
        # an empty battery is no dead one
        settled.pop(Signal.REPLACE_BATTERY, None)
    return settled


def _battery_volts(report: bytes) -> Readings:
    """Read report A4: text such as `` 13.7 2``, the first decimal number in it."""
    match = _VOLTS.search(report[1:])
    return {"battery.voltage": float(match[0])} if match else {}


def _finish(readings: Readings) -> frozenset[str]:
    """Drop a battery voltage that is the output's: only below half the mains it is its own."""
    volts, mains = readings.get("battery.voltage"), readings.get("input.voltage.nominal")
    if isinstance(volts, float) and isinstance(mains, float) and volts >= mains / 2:
        del readings["battery.voltage"]
    return frozenset()


def _identify(labels: Labels, readings: Readings) -> Labels:
    """Take ``UPS BNT-500AP FW5.A6`` apart; the serial number of the works is none."""
    match = _PRODUCT.match(labels.model or "")
    serial = labels.serial
    if serial and serial.endswith("-0000-0001"):
        serial = None
    if match is None:
        return replace(labels, serial=serial)
    return replace(
        labels,
        model=match["model"].strip() or None,
        firmware=match["firmware"] or labels.firmware,
        serial=serial,
    )


# ---------------------------------------------------------------- the old one, 0d9f:0001

_CONVERTER = "PowercomPowerConverter"
_IN, _OUT = f"{_CONVERTER}.PowercomInput", f"{_CONVERTER}.PowercomOutput"
_BATTERY = "PowercomBatterySystem"
_FOURFOLD = Number(4)
_LINE, _FAULTS = f"{_OUT}.PowercomPrimaryBatterySupport", f"{_OUT}.PowercomInternalChargeController"


def _avr(code: int) -> Bit:
    """Return the bit of a regulation: two bits, 01 lowers and 11 raises."""
    signal = Signal.TRIM if code == 1 else Signal.BOOST
    return Bit(signal, (_LINE,), lambda number: number >> 3 & 3 == code)


def old_table(device: UsbDevice, options: Mapping[str, Value]) -> Vendor:
    """Return the table for the old BNT: everything on a page of its own, and by itself."""
    return Vendor(
        id="powercom-old",
        usages=UsageNames(POWERCOM),
        any_collection=True,
        listens=True,
        rows=(
            row("input.voltage", f"{_IN}.PowercomVoltage", shape=_FOURFOLD),
            row("input.frequency", f"{_IN}.PowercomFrequency"),
            row("output.voltage", f"{_OUT}.PowercomVoltage", shape=_FOURFOLD),
            row("output.frequency", f"{_OUT}.PowercomFrequency"),
            row("ups.load", f"{_OUT}.PowercomPercentLoad"),
            # a voltage by its usage only
            row("battery.charge", f"{_BATTERY}.PowercomVoltage"),
            row("battery.temperature", f"{_BATTERY}.PowercomTemperature"),
            row("ups.mfr.date", "PowercomManufacturerDate", shape=DAY),
            row("ups.test.result", f"{_CONVERTER}.PowercomTest", shape=TEST),
            row("_serial", "PowercomSerialNumber", shape=TEXT),
            row("_manufacturer", "PowercomManufacturerName", shape=TEXT),
        ),
        bits=(
            Bit(Signal.AC_PRESENT, (_LINE,), lambda number: not number & 1),
            Bit(Signal.BELOW_CAPACITY, (_LINE,), bit(1)),
            _avr(1),
            _avr(3),
            Bit(Signal.OVERLOAD, (_LINE,), bit(5)),
            Bit(Signal.INTERNAL_FAILURE, (_FAULTS,), bit(0)),
            Bit(Signal.REPLACE_BATTERY, (_FAULTS,), bit(1)),
            Bit(Signal.TESTING, (_FAULTS,), bit(2)),
            Bit(Signal.FORCED_SHUTDOWN, (_FAULTS,), bit(4)),
        ),
        orders=(
            order(
                "load.off", 0, f"{_CONVERTER}.PowercomDelayBeforeShutdown", danger=Danger.CUTS_POWER
            ),
        ),
        timers=(),
    )
