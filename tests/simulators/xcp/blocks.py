"""The blocks of a simulated unit, byte for byte as the document describes them (5.1 to 5.8)."""

from datetime import datetime
import math
import struct
from typing import TYPE_CHECKING

from .encode import date_of_command, padded, slot
from .model import Model
from .readings import METERS, statistic

if TYPE_CHECKING:
    from .ups import XcpUps

NEVER = -1


def _u16(number: float) -> bytes:
    return struct.pack("<H", int(number) & 0xFFFF)


def identity(unit: XcpUps) -> bytes:
    """Return the ID block (5.2.1)."""
    model = unit.model
    length = model.meter_map or max(model.meters)
    meters = bytes(model.meters.get(number, 0) for number in range(1, length + 1))
    alarms = bytearray(max(model.alarms) // 8 + 1)
    for number in model.alarms:
        alarms[number // 8] |= 1 << number % 8
    rating = bytes((model.kva,)) if model.kva else b"\0" + _u16(model.va / 50)
    message = str(unit.settings["message"]).encode("latin-1")
    parts = [
        bytes((len(model.cpus), *(byte for major, minor in model.cpus for byte in (minor, major)))),
        rating,
        bytes((model.phases, 120 if model.phases == 3 else 0)),
        bytes((len(message),)) + message,
        bytes((len(meters),)) + meters,
        bytes((len(alarms),)) + bytes(alarms),
    ]
    if model.id_end == "alarms":
        return b"".join(parts)
    parts.append(_u16(model.config))
    if model.id_end == "config":
        return b"".join(parts)
    statistics = bytes(
        model.statistics.get(number, 0) for number in range(1, max(model.statistics, default=0) + 1)
    )
    parts.append(bytes((len(statistics),)) + statistics)
    if model.id_end == "statistics":
        return b"".join(parts)
    commands = model.commands or ()
    has_outlets = model.outlets or model.bogus_outlet
    parts += [
        _u16(0),
        _u16(0),
        _u16(0 if model.topology is None else 3),
        bytes((20,)),
        _u16(len(commands) + 2 if commands else 0),
        _u16(len(outlets(unit)) if has_outlets else 0),
        _u16(len(model.alarms)),
    ]
    return b"".join(parts)


def configuration(unit: XcpUps) -> bytes:
    """Return the configuration block (5.2.2)."""
    model, power = unit.model, unit.power
    data = bytearray(106)
    data[0:2] = _u16(model.machine)
    data[2:4] = _u16(model.number)
    data[6:8] = _u16(500)
    data[8:10] = _u16(unit.registers[11])
    data[10:12] = _u16(power.nominal_frequency)
    data[16] = model.status_mask
    data[17] = model.breaker_mask
    data[24:26] = _u16(167)
    data[26] = unit.registers[15]
    data[30:32] = b"\x04\x09"
    data[47] = min(model.limits, 255)
    data[48:64] = padded(str(unit.settings["part"]))
    data[64:80] = padded(str(unit.settings["serial"]))
    data[88:94] = bytes.fromhex("2e1f0485ea00")
    return bytes(data[: model.config])


def limits(unit: XcpUps) -> bytes:
    """Return the extended limits (5.2.3)."""
    model, power, register = unit.model, unit.power, unit.registers
    data = bytearray(31)
    data[0:2] = _u16(power.nominal_voltage)
    data[2:4] = _u16(power.nominal_frequency)
    data[4:6] = _u16(model.va * 0.9 / 50)
    data[6:8] = model.version.encode()
    data[8:10] = _u16(register[1])
    data[10:12] = _u16(register[2])
    data[12:14] = _u16(register[3])
    data[14:16] = _u16(register[4])
    data[16] = register[5]
    data[17] = register[6] if power.beeper else 0
    data[18:20] = _u16(power.nominal_voltage * 0.7)
    data[20:22] = _u16(power.nominal_voltage * 1.25)
    data[22:24] = _u16(register[7])
    data[24] = register[8]
    data[25] = register[9] & 0xFF
    data[26] = register[10]
    data[27] = register[12]
    data[28] = 0x03
    data[29] = register[13]
    data[30] = register[14]
    if model.parameters:
        data.append(len(model.parameters))
        for number in model.parameters:
            data += bytes((number,)) + _u16(register.get(number, 0x4321))
    return bytes(data)


def meters(unit: XcpUps) -> bytes:
    """Return the meter block (5.3.1)."""
    return b"".join(
        slot(
            form,
            _fixed(unit, f"meter_{number}", METERS[number](unit)),
            julian=unit.model.julian,
        )
        for number, form in sorted(unit.model.meters.items())
    )


def _fixed(unit: XcpUps, name: str, value: float | datetime) -> float | datetime:
    found = unit.settings.get(name)
    return math.nan if found == "nan" else value if found is None else float(found)


def statistics(unit: XcpUps) -> bytes:
    """Return the statistics (5.6)."""
    return b"".join(
        slot(form, statistic(unit, number))
        for number, form in sorted(unit.model.statistics.items())
    )


def alarms(unit: XcpUps) -> bytes:
    """Return the active alarms (5.4.4): a byte for each bit of the map."""
    return bytes(unit.action_level(number) for number in sorted(unit.model.alarms))


def status(unit: XcpUps, outlet: int = 0) -> bytes | None:
    """Return the status block (5.5.1) of the unit or of one outlet; None for no such outlet."""
    if outlet == 0:
        head = bytes((unit.overall, unit.topology_bits, 0, 0x80))
        delays = _delays(*unit.pending(), *unit.scheduled())
        return (head + delays)[: unit.model.status_length]
    if unit.model.version.startswith(" ") and 1 <= outlet <= len(unit.outlets):
        found = unit.outlets[outlet - 1]
        now = unit.power.clock.now()
        head = bytes((unit.overall if found.on else 0x21, unit.topology_bits & 0xFD, 0, 0x80))
        if found.on:
            head = bytes((head[0], head[1] | 2, 0, 0x80))
        return head + _delays(*found.pending(now), None, None) + bytes((outlet,))
    return None


def _delays(
    on: float | None,
    off: float | None,
    restart: float | None,
    on_date: datetime | None,
    off_date: datetime | None,
) -> bytes:
    """Return bytes 5 to 19: delays in seconds as 16 bits, or a date."""
    bits = 0x67
    if restart is not None:
        bits |= 0x10
    if on is not None or on_date:
        bits |= 0x08
    if off is not None or off_date:
        bits |= 0x02
    if off is None and off_date is None:
        bits &= ~0x02
    if on_date:
        bits &= ~0x04
    if off_date:
        bits &= ~0x01
    return b"".join(
        (
            bytes((bits,)),
            date_of_command(on_date) if on_date else _delay(on),
            date_of_command(off_date) if off_date else _delay(off),
            _u16(NEVER if restart is None else math.ceil(restart)),
        )
    )


def _delay(seconds: float | None) -> bytes:
    return _u16(NEVER if seconds is None else math.ceil(seconds)) + bytes(4)


def battery(unit: XcpUps) -> bytes:
    """Return the battery block (5.7)."""
    strings = unit.model.strings
    assert strings is not None
    volts = unit.power.battery_voltage
    data = bytes((unit.battery_status,)) + struct.pack("<ff", volts, volts - 0.5)
    data += bytes((30,)) + struct.pack("<ff", unit.power.input_voltage, 1.25)
    data += bytes((len(strings.statuses), *strings.statuses))
    charging = 2 if unit.power.discharging else 1 if unit.power.charge < 100 else 4
    data += bytes((strings.abm, *([charging] * strings.abm)))
    data += bytes((len(strings.rows),))
    for index, length in enumerate(strings.rows, 1):
        count = max(0, (length - 9) // 4)
        name = f"I{index}" if index < len(strings.rows) else "E1"
        row = name.encode() + bytes((100 - index, 37)) + struct.pack("<f", 1.25) + bytes((count,))
        row += b"".join(struct.pack("<f", 12.0 + step / 10) for step in range(count))
        data += bytes((length,)) + row[:length]
    return data


def outlets(unit: XcpUps) -> bytes:
    """Return the outlet block (5.5.2)."""
    model = unit.model
    if model.bogus_outlet:
        return bytes((1, 6, 1, 1, 0, 0, 0, 0))
    data = bytes((len(unit.outlets), model.outlet_size))
    now = unit.power.clock.now()
    for outlet in unit.outlets:
        on, off, restart = outlet.pending(now)
        state = 1 if outlet.on else 2
        if outlet.on and (off is not None or restart is not None):
            state = 3
        if not outlet.on and on is not None:
            state = 4
        entry = bytes((outlet.number, outlet.fault or state))
        entry += struct.pack("<hh", outlet.auto_off, outlet.auto_on)
        data += entry.ljust(model.outlet_size, b"\0")
    return data


def tests(unit: XcpUps) -> bytes:
    """Return the test results (5.8)."""
    return bytes((1, 2, *unit.system_test))


def topology(unit: XcpUps) -> bytes:
    """Return the topology block (5.2.5)."""
    return struct.pack("<HB", unit.model.topology or 0, 0)


def command_list(model: Model) -> bytes:
    """Return the command list (5.1.1)."""
    commands = model.commands or ()
    return bytes((len(commands), 1, *commands))


def capabilities() -> bytes:
    """Return the communication capabilities (5.1.2): the document's example."""
    return bytes.fromhex("0102b0048025140001")
