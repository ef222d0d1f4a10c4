"""Masterguard series A and E: Q3 and WH, and requests that carry a slave address."""

from collections.abc import Callable
import re

from ..power import Test
from .classic import CANCEL, STATUS, TESTS, minutes
from .ups import Answer, Command, Dialect, Maker, MegatecUps, Query, Setting

type Obey = Callable[[MegatecUps, re.Match[str]], Answer]

WH = (
    "({slave} {firmware:<5.5} {firmware_aux:<5.5} {model:<30.30} {packs} "
    "{nominal_voltage:03.0f} {nominal_frequency:05.2f} {cells:03.0f} 02.00 "
    "{half_load:06.2f} {full_load:06.2f} 005 00 40 {low:03.0f} {high:03.0f} 45.00 55.00"
)
Q3 = (
    "({slave} {input_voltage:05.1f} {fault_voltage:05.1f} {output_voltage:05.1f} "
    "{load:03.0f} {input_frequency:04.1f} {cell_voltage:05.2f} {temperature:04.1f} "
    "{minutes_seconds} {charge:03.0f} {b7}{b6}{b5}{b4}{b3}{b2}{b1}0 {second_byte}"
)
RECORDS = 5
NO_FAULT = "0 0000 0000:00:00:00"

TEST_BITS = {
    Test.NONE: "000",
    Test.RUNNING: "001",
    Test.PASSED: "010",
    Test.FAILED: "011",
    Test.ABORTED: "101",
}

# .0 to .9 and 01 to 99 minutes.
N = r"(\.\d|0[1-9]|[1-9]\d)"


def _minutes_seconds(seconds: float) -> str:
    whole = min(round(seconds), 999 * 60 + 59)
    return f"{whole // 60:03d}.{whole % 60:02d}"


def _second_byte(ups: MegatecUps) -> str:
    flags = "".join("1" if ups.settings[name] else "0" for name in SECOND_BYTE)
    return f"0{flags}{TEST_BITS[ups.power.test_result]}"


SECOND_BYTE = ("parallel_alarm", "parallel", "replace_battery", "no_battery")


def _running(ups: MegatecUps) -> str:
    seconds = int(float(ups.settings["served"]) + ups.clock.now())
    hours, rest = divmod(seconds, 3600)
    return f"{hours // 24:04d}:{hours % 24:02d}:{rest // 60:02d}:{rest % 60:02d}"


def _faults(ups: MegatecUps) -> str:
    kept = [each for each in str(ups.settings["fault_log"]).split(",") if each]
    return " ".join((kept + [NO_FAULT] * RECORDS)[:RECORDS])


def _addressed(pattern: str, template: str) -> Command:
    """Return a query that only the unit with the right address answers."""
    return _command(rf"{pattern},(\d\d)", lambda ups, match: ups.fill(template))


def _command(pattern: str, obey: Obey) -> Command:
    """Return a command whose last part is the address it is meant for."""

    def mine(ups: MegatecUps, match: re.Match[str]) -> Answer:
        if match[match.lastindex or 0] != ups.settings["slave"]:
            return None
        return obey(ups, match)

    return Command(pattern=pattern, obey=mine)


def _voltage(ups: MegatecUps, match: re.Match[str]) -> Answer:
    if match[1] not in str(ups.settings["voltages"]).split():
        return False
    ups.set("nominal_voltage", match[1])
    return True


def _bypass(on: bool) -> Command:
    def obey(ups: MegatecUps, match: re.Match[str]) -> Answer:
        ups.power.bypass = on
        return True

    return Command(pattern="FOFF" if on else "FON", obey=obey)


def _beeper(ups: MegatecUps, match: re.Match[str]) -> Answer:
    ups.power.beeper = match[1] == "1"
    return True


def _address(ups: MegatecUps, match: re.Match[str]) -> Answer:
    ups.settings["slave"] = match[1]
    return True


def _packs(ups: MegatecUps, match: re.Match[str]) -> Answer:
    ups.settings["packs"] = match[1]
    return True


def _forget_faults(ups: MegatecUps, match: re.Match[str]) -> Answer:
    ups.settings["fault_log"] = ""
    return True


def _service(ups: MegatecUps, match: re.Match[str]) -> Answer:
    days, hours, mins, secs = (int(part) for part in match[1].split(":"))
    ups.settings["served"] = days * 86400.0 + hours * 3600 + mins * 60 + secs - ups.clock.now()
    return True


def _return_later(ups: MegatecUps, match: re.Match[str]) -> Answer:
    return ups.power.shut_down(minutes(match[1]), off_for=minutes(match[2]))


def _stay_off(ups: MegatecUps, match: re.Match[str]) -> Answer:
    return ups.power.shut_down(minutes(match[1]), off_for=None)


def _deep(ups: MegatecUps, match: re.Match[str]) -> Answer:
    return ups.power.start_test(None)


def _q1(ups: MegatecUps) -> Answer:
    return ups.fill(STATUS) if ups.settings["q1"] else False


QUERIES: dict[str, Query] = {
    "WH": WH,
    "Q3": Q3,
    "Q1": _q1,
    "MSO": "({voltages}",
    "PNV": "(PNV={nominal_voltage:03.0f}",
}
COMMANDS = (
    _addressed("GS", "({slave} 00 {packs} {b0}"),
    _addressed(
        "GBS",
        "({slave} {charge:03.0f} {runtime_minutes:04.0f} {recharge_minutes:04.0f} {ageing} "
        "{ageing_time} {ageing_cycles} {calibration} {cell_voltage:05.2f}",
    ),
    _addressed("GSN", "({slave} 000 {part:<11.11} {serial:<4.4}"),
    _addressed("DRC", "({slave} {running}"),
    _addressed("FLT", "({slave} {fault_records}"),
    *TESTS,
    CANCEL,
    Command(pattern=rf"S{N}R(\d{{4}})", obey=_return_later),
    Command(pattern=f"S{N}", obey=_stay_off),
    _command(r"TUD,(\d\d)", _deep),
    _bypass(True),
    _bypass(False),
    _command(r"FCLR,(\d\d)", _forget_faults),
    _command(r"SS---([01]),(\d\d)", _beeper),
    _command(r"SS--(\d)-,(\d\d)", _packs),
    _command(r"SS(\d\d)--,(\d\d)", _address),
    Command(pattern=r"PNV=(\d{3})", obey=_voltage),
    _command(r"SRC(\d{4}:\d\d:\d\d:\d\d),(\d\d)", _service),
)
FIELDS: dict[str, Maker] = {
    "cells": lambda ups: ups.power.nominal_battery / 2,
    "low": lambda ups: ups.power.nominal_voltage * 0.6,
    "high": lambda ups: ups.power.nominal_voltage * 1.3,
    "half_load": lambda ups: _minutes_seconds(ups.power.full_load_runtime * 2),
    "full_load": lambda ups: _minutes_seconds(ups.power.full_load_runtime),
    "minutes_seconds": lambda ups: _minutes_seconds(ups.power.runtime),
    "recharge_minutes": lambda ups: (
        max(90 - ups.power.charge, 0) / 100 * ups.power.recharge_time / 60
    ),
    "second_byte": _second_byte,
    "running": _running,
    "fault_records": _faults,
}
SETTINGS: dict[str, Setting] = {
    "slave": "00",
    "firmware": "05.01",
    "firmware_aux": "02.00",
    "packs": "1",
    "part": "60001234567",
    "serial": "0815",
    "voltages": "220 230 240",
    "ageing": "0050",
    "ageing_time": "0030",
    "ageing_cycles": "0020",
    "calibration": "100",
    "served": 86400.0 * 12,
    "fault_log": "5 0112 0003:04:05:06",
    "parallel_alarm": False,
    "parallel": False,
    "replace_battery": False,
    "no_battery": False,
    "q1": False,
}

SERIES_A = Dialect(
    name="masterguard-a",
    queries=QUERIES,
    commands=COMMANDS,
    fields=FIELDS,
    settings={**SETTINGS, "model": "A3000-19"},
    power={
        "online": True,
        "nominal_battery": 96.0,
        "nominal_power": 3000.0,
        "full_load_runtime": 307.0,
    },
)
SERIES_E = Dialect(
    name="masterguard-e",
    queries=QUERIES,
    commands=COMMANDS,
    fields=FIELDS,
    settings={**SETTINGS, "model": "E60"},
    power={"online": True, "nominal_battery": 240.0, "nominal_power": 6000.0},
)

DIALECTS = (SERIES_A, SERIES_E)
