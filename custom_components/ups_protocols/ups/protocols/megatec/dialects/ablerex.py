"""Ablerex: Q1 with a binary second reply, its own runtime, test result and charge table."""

from bisect import bisect_right

from ....errors import BadReply
from ....model import Alarm, Status, StatusFlag, Value
from ..dialect import (
    BASE_ORDERS,
    LOAD_OFF,
    Q1_FLAGS,
    UPS_FAILED,
    Dialect,
    avr_flag,
    judge_q1,
    order,
)
from ..frames import CR, Query, Readings, layout, nonzero, query
from .base import Q1, I

# charge by voltage, of a cell and of a 12 V battery; between two steps the lower one counts
_BATTERY_STEPS = (
    (10.0, 0),
    (10.1, 2),
    (10.5, 13),
    (11.0, 27),
    (11.5, 41),
    (12.0, 55),
    (12.5, 69),
    (13.0, 83),
    (13.2, 88),
    (13.3, 90),
    (13.5, 100),
)
_CELL_FULL, _CELL_90, _CELL_88, _CELL_EMPTY = 2.22, 2.21, 2.20, 1.67
_OUTPUT_OFF_BELOW = 50


def binary(reply: str, length: int) -> bytes:
    """Return a binary reply; a CR where none should be, or none at its end, tells of lost bytes.

    Raises BadReply.
    """
    data = reply.encode("latin-1")
    if len(data) not in {length, length + 1} or data[:1] != b"(" or data[length:] not in {b"", CR}:
        raise BadReply(f"{reply!r} is not {length} bytes behind a parenthesis")
    return data


def extras(reply: str) -> Readings:
    """Read ``Q5``: 22 bytes, big-endian words; a data byte may be a CR."""
    data = binary(reply, 21)

    def word(position: int) -> int:
        return int.from_bytes(data[position : position + 2])

    frequency, current = word(1) / 10, word(15) / 10
    if frequency > 100 or current > 2000:
        raise BadReply(f"{reply!r} holds impossible values")
    return {
        "output.frequency": frequency,
        "output.current": current,
        "_voltage_code": float(word(7)),
        "_low_code": float(word(9)),
        "_error": float(word(13)),
    }


def runtime(reply: str) -> Readings:
    """Read ``At``: the runtime in seconds, four bytes."""
    data = binary(reply, 5)
    seconds = int.from_bytes(data[1:5])
    if seconds > 31536000:
        raise BadReply(f"{reply!r} is no runtime")
    return {"battery.runtime": float(seconds)}


def test_result(reply: str) -> Readings:
    """Read ``TR``: ``#`` and four characters."""
    result = reply[1:5].strip()
    if len(reply) < 5 or not result.isprintable() or not result.isascii():
        raise BadReply(f"{reply!r} is no test result")
    return {"ups.test.result": result} if result else {}


def judge(readings: Readings, known: Readings) -> Status:
    """Tell the status: b5 is a plain bypass on-line, b4 a bad battery, no output is off."""
    status = judge_q1(readings, known)
    flags = set(status.flags) - {StatusFlag.BYPASS, StatusFlag.TRIMMING, StatusFlag.BOOSTING}
    bits = str(readings["_bits"])
    if bits[2] == "1" and bits[0] == "0":
        flag = StatusFlag.BYPASS if bits[4] == "0" else avr_flag(readings)
        flags |= {flag} if flag else set()
    if UPS_FAILED in status.alarms:
        flags.add(StatusFlag.REPLACE_BATTERY)
    output = readings.get("output.voltage")
    if isinstance(output, float) and output < _OUTPUT_OFF_BELOW:
        flags.add(StatusFlag.OFF)
    alarms = list(status.alarms)
    if error := readings.get("_error"):
        alarms.append(Alarm(f"Error {int(error)}", code=str(int(error))))
    return Status(flags=frozenset(flags), alarms=tuple(alarms), input_present=status.input_present)


def charge(cell_or_pack: float, nominal: float) -> float:
    """Return the charge in % that the maker's table gives for a voltage."""
    if cell_or_pack <= 3:
        if cell_or_pack >= _CELL_FULL:
            return 100
        if cell_or_pack >= _CELL_90:
            return 90
        part = (cell_or_pack - _CELL_EMPTY) / (_CELL_88 - _CELL_EMPTY)
        return round(88 * min(max(part, 0), 1))
    voltage = round(cell_or_pack / (nominal / 12), 2)
    step = bisect_right([volts for volts, _ in _BATTERY_STEPS], voltage)
    return _BATTERY_STEPS[max(step - 1, 0)][1]


def finish(readings: Readings, known: Readings) -> None:
    """Work out voltages of the whole battery from the codes, and the charge."""
    nominal: Value = known.get("battery.voltage.nominal", 0.0)
    raw = readings.get("battery.voltage")
    if not isinstance(nominal, float) or not nominal:
        return
    if isinstance(raw, float):
        readings["battery.charge"] = float(charge(raw, nominal))
    code, low_code = readings.get("_voltage_code", 0.0), readings.get("_low_code", 0.0)
    if isinstance(code, float) and code:
        readings["battery.voltage"] = round(code * nominal / 1200, 2)
    elif isinstance(raw, float) and raw <= 3:
        readings["battery.voltage"] = round(raw * 6 * nominal / 12, 2)
    if isinstance(low_code, float):
        readings["battery.voltage.low"] = round((low_code or 960) * nominal / 1200, 2)
    readings["battery.voltage.high"] = round(1365 * nominal / 1200, 2)


ABLEREX = Dialect(
    id="ablerex",
    status=(Q1, Query("Q5", extras, "(", length=22)),
    values=(Query("At", runtime, "(", length=6), Query("TR", test_result, "#")),
    constants=(
        query(
            "F",
            layout(
                "#",
                nonzero("output.voltage.nominal"),
                nonzero("output.current.nominal"),
                nonzero("battery.voltage.nominal"),
                nonzero("output.frequency.nominal"),
                least=20,
            ),
        ),
        I,
    ),
    judge=judge,
    finish=finish,
    flags=Q1_FLAGS | {StatusFlag.REPLACE_BATTERY, StatusFlag.OFF},
    orders=(
        *(each for each in BASE_ORDERS if each is not LOAD_OFF),
        order("load.off", "S.2", LOAD_OFF.command.danger),
    ),
    guesses_packs=False,
)
