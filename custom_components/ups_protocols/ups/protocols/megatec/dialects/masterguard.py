"""Masterguard series A and E: everything in WH and Q3, addressed orders, a fault memory."""

import re

from ....errors import BadReply
from ....model import (
    Alarm,
    Danger,
    Setting,
    SettingKind,
    Severity,
    Status,
    StatusFlag,
    plausible_serial,
)
from ..dialect import (
    SHUTDOWN_IMMINENT,
    STOP_TEST,
    UPS_FAILED,
    Change,
    Dialect,
    Minutes,
    Order,
    Restore,
    delays,
    order,
    shutdown_return,
    shutdown_stayoff,
    timed_test,
)
from ..frames import Field, Query, Readings, bits, layout, number, query, skip, temperature, text

_PARALLEL_FAULT = Alarm("Parallel operation failed")
_NO_BATTERY = Alarm("No battery connected", severity=Severity.CRITICAL)
_TEST_RESULTS = {
    "000": "No test initiated",
    "001": "In progress",
    "010": "Done and passed",
    "011": "Done and error",
    "100": "Not possible",
    "101": "Aborted",
    "110": "In progress",
    "111": "Unknown",
}


def clock(name: str) -> Field:
    """Describe ``mmm.ss``: minutes and seconds."""

    def read(raw: str) -> float:
        minutes, seconds = raw.split(".")
        return 60.0 * int(minutes) + int(seconds)

    return Field(name, r"\d{3}\.\d\d", read)


WH = query(
    "WH",
    layout(
        "(",
        text("_address", r"\d\d"),
        text("ups.firmware", r"\d\d\.\d\d"),
        text("ups.firmware.aux", r"\d\d\.\d\d"),
        # an Ippon Innova answers in the same grid, with another letter here
        text("device.model", "[AE].{29}"),
        number("battery.packs", shape=r"\d"),
        number("input.voltage.nominal"),
        number("input.frequency.nominal"),
        number("_cells"),
        number("_cell_voltage"),
        clock("_runtime_half"),
        clock("_runtime_full"),
        number("_recharge_hours"),
        number("_temperature_low"),
        number("_temperature_high"),
        number("input.voltage.low.critical"),
        number("input.voltage.high.critical"),
        number("input.frequency.low"),
        number("input.frequency.high"),
        least=112,
    ),
)

Q3 = query(
    "Q3",
    layout(
        "(",
        skip(r"\d\d"),
        number("input.voltage"),
        number("input.voltage.fault"),
        number("output.voltage"),
        number("ups.load", shape=r"\d{3}"),
        number("input.frequency"),
        number("battery.voltage"),
        temperature("ups.temperature"),
        clock("battery.runtime"),
        number("battery.charge", shape=r"\d{3}"),
        # B7 to B1; B0, at 60, has no meaning
        bits("_bits"),
        bits("_more"),
        alive=("input.voltage", "output.voltage", "battery.voltage"),
        least=70,
    ),
)


def serial(reply: str) -> Readings:
    """Read ``GSN``: part number at 8 to 18, serial number at 20 to 23."""
    if not re.fullmatch(r"\(.{7}[ -~]{11}.[ -~]{1,4} *", reply):
        raise BadReply(f"{reply!r} is no serial number")
    known = {"device.part": reply[8:19].strip(), "device.serial": plausible_serial(reply[20:24])}
    return {name: value for name, value in known.items() if value}


GSN = Query("GSN,{_address}", serial, "(")


def settings_state(reply: str) -> Readings:
    """Read ``GS``: packs at 7, beeper at 9."""
    if not re.fullmatch(r"\(.{6}\d.[01].*", reply):
        raise BadReply(f"{reply!r} is no state of the settings")
    return {
        "battery.packs": float(reply[7]),
        "ups.beeper.status": "enabled" if reply[9] == "1" else "disabled",
    }


GS = Query("GS,{_address}", settings_state, "(")


def output_voltages(reply: str) -> Readings:
    """Read ``MSO``: the output voltages to choose from, e.g. ``(220 230 240``."""
    if not re.fullmatch(r"\(\d{3}(?: \d{3})* ?", reply):
        raise BadReply(f"{reply!r} is no list of voltages")
    return {"_voltages": reply[1:].strip()}


def output_voltage(reply: str) -> Readings:
    """Read ``PNV``: the nominal output voltage at 5 to 7, in a frame of 8 bytes."""
    # the card's length and its positions agree only without the parenthesis or without the CR
    if not (match := re.fullmatch(r"\(?(?:PNV)?[ =]?(\d{3}) ?", reply)):
        raise BadReply(f"{reply!r} is no voltage")
    return {"output.voltage.nominal": float(match[1])}


MSO = Query("MSO", output_voltages, "(")
PNV = Query("PNV", output_voltage, "")


def judge(readings: Readings, known: Readings) -> Status:
    """Tell the status from Q3: B7 to B1, then T7 to T0."""
    b7, b6, b5, b4, b3, b2, b1, _ = tuple(str(readings["_bits"]))
    more = str(readings["_more"])
    flags = {StatusFlag.ON_BATTERY if b7 == "1" else StatusFlag.ON_LINE}
    for bit, flag in (
        (b6, StatusFlag.LOW_BATTERY),
        (b5, StatusFlag.BYPASS),
        (b2, StatusFlag.CALIBRATING if more[5:] == "110" else StatusFlag.TESTING),
        (b1, StatusFlag.FORCED_SHUTDOWN),
        (more[3], StatusFlag.REPLACE_BATTERY),
    ):
        if bit == "1":
            flags.add(flag)
    alarms = [
        alarm
        for bit, alarm in (
            (b4, UPS_FAILED),
            (b1, SHUTDOWN_IMMINENT),
            (more[1], _PARALLEL_FAULT),
            (more[4], _NO_BATTERY),
        )
        if bit == "1"
    ]
    readings["ups.type"] = "offline / line interactive" if b3 == "1" else "online"
    readings["ups.test.result"] = _TEST_RESULTS[more[5:]]
    return Status(flags=frozenset(flags), alarms=tuple(alarms))


def rated_power(model: str) -> float | None:
    """Return the VA that a model's name tells: A700 is 700 VA, E60 is 6 kVA."""
    match = re.match(r"([AE]) ?(\d+)", model)
    if match is None:
        return None
    return float(match[2]) * (1 if match[1] == "A" else 100)


def finish(readings: Readings, known: Readings) -> None:
    """Work out the whole battery from its cells, and powers from the load."""
    cells, per_cell = known.get("_cells"), known.get("_cell_voltage")
    if isinstance(cells, float) and cells:
        reading = readings.get("battery.voltage")
        if isinstance(reading, float):
            readings["battery.voltage"] = round(reading * cells, 2)
        if isinstance(per_cell, float):
            readings["battery.voltage.nominal"] = round(cells * per_cell, 2)
    power = rated_power(str(known.get("device.model", "")))
    if power is None:
        return
    readings["ups.power.nominal"] = power
    load, output = readings.get("ups.load"), readings.get("output.voltage")
    if isinstance(load, float):
        readings["ups.power"] = round(load * power / 100, 1)
        if isinstance(output, float) and output:
            readings["output.current"] = round(load * power / 100 / output, 2)


def packs(known: Readings) -> Setting | None:
    """Offer the battery packs that the model can have."""
    model = str(known.get("device.model", ""))
    if model.startswith("A700") or not model.startswith("A"):
        return None
    is_rack = "-19" in model and not model.startswith("A1000")
    least, most = (1, 5) if is_rack else (0, 2)
    return Setting(name="battery.packs", minimum=least, maximum=most)


def nominal_output(known: Readings) -> Setting | None:
    """Offer the output voltages that the unit lists."""
    voltages = str(known.get("_voltages", "")).split()
    if not voltages:
        return None
    return Setting(name="output.voltage.nominal", kind=SettingKind.CHOICE, options=tuple(voltages))


_MINUTES = Minutes(0, 99)
_ORDERS: tuple[Order, ...] = (
    order("test.battery.start.quick", "T", Danger.USES_BATTERY),
    timed_test(),
    order("test.battery.start.low", "TL", Danger.USES_BATTERY),
    order("test.battery.start.deep", "TUD,{_address}", Danger.USES_BATTERY),
    STOP_TEST,
    shutdown_return(_MINUTES, Restore.MUST),
    shutdown_stayoff(_MINUTES, lambda digits: (f"S{digits}",)),
    order("shutdown.stop", "C"),
    order("bypass.start", "FOFF", Danger.UNPROTECTS),
    order("bypass.stop", "FON"),
    order("beeper.enable", "SS---1,{_address}"),
    order("beeper.disable", "SS---0,{_address}"),
)

MASTERGUARD = Dialect(
    id="masterguard",
    status=(Q3,),
    values=(GS, PNV),
    constants=(WH, GSN, MSO),
    judge=judge,
    finish=finish,
    flags=frozenset(
        {
            StatusFlag.ON_LINE,
            StatusFlag.ON_BATTERY,
            StatusFlag.LOW_BATTERY,
            StatusFlag.BYPASS,
            StatusFlag.TESTING,
            StatusFlag.CALIBRATING,
            StatusFlag.FORCED_SHUTDOWN,
            StatusFlag.REPLACE_BATTERY,
        }
    ),
    orders=_ORDERS,
    host_side=delays(_MINUTES, Restore.MUST),
    changes=(
        Change(packs, lambda value: f"SS--{int(float(value))}-,{{_address}}", GS),
        Change(nominal_output, lambda value: f"PNV={value}", PNV),
    ),
    manufacturer="Masterguard",
    guesses_packs=False,
)
