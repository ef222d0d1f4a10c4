"""Q2, Q6 and Ippon's Innova units: three-phase replies and their single-phase kin."""

import re

from .classic import (
    BITS,
    COMMANDS,
    RATINGS,
    SHUTDOWNS,
    STATUS,
    TEST,
    TEST_LOW,
    TEST_STOP,
    TEST_TIMED,
)
from .ups import Answer, Bare, Command, Dialect, Maker, MegatecUps, Query, Setting, saying

IN = "{in_1:05.1f} {in_2:05.1f} {in_3:05.1f}"
OUT = "{out_1:05.1f} {out_2:05.1f} {out_3:05.1f}"
LOADS = "{load_1:03.0f} {load_2:03.0f} {load_3:03.0f}"

Q2 = (
    f"({IN} {{fault_voltage:05.1f}} {OUT} {LOADS} {{input_frequency:04.1f}} "
    "{pack:05.1f} {temperature:04.1f} 00000000 {runtime_minutes:06.2f} {charge:03.0f} "
    "02 00 00 00 00 00000000 {topology}"
)
Q6_PLAIN = (
    f"({IN} {{input_frequency:04.1f}} {OUT} {{output_frequency:04.1f}} {LOADS} "
    "{pack:05.1f} 000.0 {temperature:04.1f} {runtime:05.0f} {charge:03.0f} "
    "32 {faults} {warnings}"
)
Q6 = f"{Q6_PLAIN} {{topology}}"
WA = (
    "({kw_1:05.1f} {kw_2:05.1f} {kw_3:05.1f} {kva_1:05.1f} {kva_2:05.1f} {kva_3:05.1f} "
    "{kw:05.1f} {kva:05.1f} {amps_1:05.1f} {amps_2:05.1f} {amps_3:05.1f} {load:03.0f} "
    f"{BITS}"
)
BPS = "({bypass_1:05.1f} {bypass_2:05.1f} {bypass_3:05.1f} {bypass_frequency:04.1f}"
WH = (
    "(00 00.00 00.00 {code:<25}{topology_in_words:>5} 6 {nominal_voltage:03.0f} "
    "{nominal_frequency:05.2f} {cells:03.0f} 02.00 005.00 015.00 005 00 40 110 276 45.00 55.00"
)


def _input(ups: MegatecUps, phase: int) -> float:
    if phase == 1:
        return ups.power.input_voltage
    return float(ups.settings[f"mains_voltage_{phase}"]) if ups.power.mains else 0.0


def _live(ups: MegatecUps, phase: int) -> bool:
    return phase <= float(ups.settings["output_phases"])


def _output(ups: MegatecUps, phase: int) -> float:
    return ups.power.output_voltage if _live(ups, phase) else 0.0


def _load(ups: MegatecUps, phase: int) -> float:
    return ups.power.carried if _live(ups, phase) else 0.0


def _share(ups: MegatecUps, total: float, phase: int) -> float:
    return total / float(ups.settings["output_phases"]) if _live(ups, phase) else 0.0


def _amps(ups: MegatecUps, phase: int) -> float:
    volts = _output(ups, phase)
    return _share(ups, ups.power.apparent_power, phase) / volts if volts else 0.0


def _bypass(ups: MegatecUps, phase: int) -> float:
    on = phase <= float(ups.settings["bypass_phases"]) and ups.power.mains
    return float(ups.settings["bypass_voltage"]) if on else 0.0


def _bypass_frequency(ups: MegatecUps) -> float:
    return ups.power.mains_frequency if ups.power.mains else 0.0


def _phases(phase: int) -> dict[str, Maker]:
    return {
        f"in_{phase}": lambda ups: _input(ups, phase),
        f"out_{phase}": lambda ups: _output(ups, phase),
        f"load_{phase}": lambda ups: _load(ups, phase),
        f"kw_{phase}": lambda ups: _share(ups, ups.power.real_power, phase) / 1000,
        f"kva_{phase}": lambda ups: _share(ups, ups.power.apparent_power, phase) / 1000,
        f"amps_{phase}": lambda ups: _amps(ups, phase),
        f"bypass_{phase}": lambda ups: _bypass(ups, phase),
    }


FIELDS: dict[str, Maker] = {
    **_phases(1),
    **_phases(2),
    **_phases(3),
    "kw": lambda ups: ups.power.real_power / 1000,
    "kva": lambda ups: ups.power.apparent_power / 1000,
    "pack": lambda ups: ups.power.battery_voltage,
    "bypass_frequency": _bypass_frequency,
    "cells": lambda ups: ups.power.nominal_battery / 12,
}

SETTINGS: dict[str, Setting] = {
    "per_cell": True,
    "mains_voltage_2": 230.0,
    "mains_voltage_3": 230.0,
    "output_phases": 3.0,
    "bypass_phases": 3.0,
    "bypass_voltage": 230.0,
    "faults": "00000000",
    "warnings": "00000000",
    "topology": "11",
}

POWER = {
    "online": True,
    "nominal_battery": 288.0,
    "nominal_power": 20000.0,
    "nominal_current": 87.0,
}

# The units acknowledge tests with a bare ACK and keep silent on everything else they obey.
ACKNOWLEDGED = (TEST, TEST_TIMED, TEST_LOW, TEST_STOP)


def _acknowledging(command: Command) -> Command:
    def obey(ups: MegatecUps, match: re.Match[str]) -> Answer:
        done = command.obey(ups, match)
        if done is not True:
            return done
        return "ACK" if ups.settings["ack_cr"] else Bare(b"ACK")

    return Command(pattern=command.pattern, obey=obey)


INNOVA_TESTS = tuple(_acknowledging(command) for command in ACKNOWLEDGED)
# No beeper command: the unit stays silent.
NO_BEEPER = Command(pattern="Q", obey=lambda ups, match: None)

INNOVA_QUERIES: dict[str, Query] = {
    "Q1": STATUS,
    "WA": WA,
    "BPS": BPS,
    "F": RATINGS,
    "FW?": "{firmware}",
    "SASV07?": "GASV07D{serial:<20.20}",
    "PI": "(0F",
    "WH": WH,
}
INNOVA_SETTINGS: dict[str, Setting] = {
    **SETTINGS,
    "firmware": "05516-1100",
    "serial": "N05K10KB100004",
    "ack_cr": False,
}

Q2_UNIT = Dialect(
    name="q2",
    queries={"Q1": STATUS, "Q2": Q2, "WA": WA},
    commands=COMMANDS,
    fields=FIELDS,
    settings=SETTINGS,
    power=POWER,
)
Q6_UNIT = Dialect(
    name="q6",
    queries={"Q1": STATUS, "Q6": Q6, "WA": WA},
    commands=COMMANDS,
    fields=FIELDS,
    settings=SETTINGS,
    power=POWER,
)
INNOVA_33 = Dialect(
    name="innova-rt-3-3",
    queries={**INNOVA_QUERIES, "Q6": Q6_PLAIN},
    commands=(*INNOVA_TESTS, *SHUTDOWNS, NO_BEEPER),
    fields=FIELDS,
    settings={**INNOVA_SETTINGS, "code": "INN33T20K", "topology_in_words": "2 3/3"},
    power=POWER,
    refuse=saying("NAK"),
)
INNOVA_31 = Dialect(
    name="innova-rt-3-1",
    queries={**INNOVA_QUERIES, "Q6": Q6},
    commands=(*INNOVA_TESTS, *SHUTDOWNS, NO_BEEPER),
    fields=FIELDS,
    settings={
        **INNOVA_SETTINGS,
        "output_phases": 1.0,
        "bypass_phases": 1.0,
        "code": "INN3T20K",
        "topology_in_words": "2 3/1",
    },
    power=POWER,
    refuse=saying("NAK"),
)


def _tae_info(ups: MegatecUps) -> Answer:
    # 38 bytes with CR; only the firmware, from 28 on, is not filling.
    return "#" + "2" * 27 + f"{ups.settings['firmware']:<9.9}"


INNOVA_TAE = Dialect(
    name="innova-tae",
    queries={"Q1": STATUS, "F": RATINGS, "I": _tae_info},
    commands=(*INNOVA_TESTS, *COMMANDS),
    settings={"firmware": "R1.00.48", "ack_cr": False, "per_cell": True},
    power={"online": True, "nominal_battery": 72.0, "nominal_power": 3000.0},
    refuse=saying("NAK"),
)

DIALECTS = (Q2_UNIT, Q6_UNIT, INNOVA_33, INNOVA_31, INNOVA_TAE)
