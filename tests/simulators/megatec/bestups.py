"""Best Power and Sola Australia units: ID instead of I and F, and a status without b0."""

import re

from .classic import CANCEL, OFF_NOW, STATUS, STAY_OFF, TESTS, minutes
from .ups import FIELDS as COMMON, Answer, Command, Dialect, MegatecUps, Value

INVERTED = {"PR2", "PRO"}
NO_RUNTIME = {"PRO", "320"}
WITH_PACKS = {"AX1", "620"}

ID = (
    "{code},{nominal_power:.0f},{nominal_voltage:.0f},{nominal_output:.0f},"
    "{battery_voltage_low:.1f},{battery_voltage_high:.1f}"
)


def _b5(ups: MegatecUps) -> Value:
    active = COMMON["b5"](ups) == "1"
    return "1" if active != (ups.settings["code"] in INVERTED) else "0"


def _runtime(ups: MegatecUps) -> Answer:
    if ups.settings["code"] in NO_RUNTIME:
        return False
    return ups.fill("{runtime_minutes:03.0f}")


def _packs(ups: MegatecUps) -> Answer:
    return ups.fill("{packs}") if ups.settings["code"] in WITH_PACKS else False


def _set_packs(ups: MegatecUps, match: re.Match[str]) -> Answer:
    if ups.settings["code"] not in WITH_PACKS:
        return False
    ups.settings["packs"] = f"{int(match[1]):02d}"
    return True


def _set_mode(ups: MegatecUps, match: re.Match[str]) -> Answer:
    ups.settings["shutdown_mode"] = match[1]
    return True


# 12 to 5940 s for the output to go off, 60 to 599940 s for it to come back.
N = r"(\.[2-9]|0[1-9]|[1-9]\d)"


def _return_later(ups: MegatecUps, match: re.Match[str]) -> Answer:
    return ups.power.shut_down(minutes(match[1]), off_for=minutes(match[2]) or None)


BESTUPS = Dialect(
    name="bestups",
    queries={
        "Q1": STATUS,
        "ID": ID,
        "RT": _runtime,
        "M": "{range}",
        "BP?": _packs,
        "SS?": "{shutdown_mode}",
    },
    commands=(
        *TESTS,
        Command(pattern=rf"S{N}R(\d{{4}})", obey=_return_later),
        Command(pattern=f"S{N}", obey=STAY_OFF.obey),
        OFF_NOW,
        CANCEL,
        Command(pattern="BP([0-5])", obey=_set_packs),
        Command(pattern="SS([0-6])", obey=_set_mode),
    ),
    fields={"b0": lambda ups: "0", "b5": _b5},
    settings={
        "code": "FOR",
        "nominal_output": 120.0,
        "battery_voltage_low": 20.0,
        "battery_voltage_high": 27.6,
        "range": "0",
        "packs": "02",
        "shutdown_mode": "0",
    },
    power={
        "nominal_voltage": 120.0,
        "mains_voltage": 120.0,
        "nominal_power": 750.0,
        "nominal_frequency": 60.0,
        "mains_frequency": 60.0,
    },
)

DIALECTS = (BESTUPS,)
