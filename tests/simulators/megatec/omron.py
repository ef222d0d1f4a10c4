"""OMRON BN units: plain-text queries, and an OK for everything that was obeyed."""

import re

from .classic import CANCEL, SOON, STATUS, minutes
from .ups import Answer, Command, Dialect, MegatecUps, saying


def _arm(auto: bool) -> Command:
    def obey(ups: MegatecUps, match: re.Match[str]) -> Answer:
        ups.power.auto_restart = auto
        return True

    return Command(pattern="An" if auto else "Af", obey=obey)


def _beeper(on: bool) -> Command:
    def obey(ups: MegatecUps, match: re.Match[str]) -> Answer:
        ups.power.beeper = on
        return True

    return Command(pattern="Bn" if on else "Bf", obey=obey)


def _return(ups: MegatecUps, match: re.Match[str]) -> Answer:
    off_for = 0.0 if ups.power.auto_restart else None
    return ups.power.shut_down(minutes(match[1]), off_for=off_for)


def _stay_off(ups: MegatecUps, match: re.Match[str]) -> Answer:
    return ups.power.shut_down(minutes(match[1]), off_for=None)


OMRON = Dialect(
    name="omron",
    queries={
        "Q1": STATUS,
        "Bl ?": "{charge:.0f}",
        "RTS": "{runtime_minutes:04.0f}",
        "TPb": "{temperature:+05.1f}",
        "Lf ?": "{output_frequency:04.1f}",
        "PSNR": "{serial:<16.16}",
        "FWV": "M:{firmware}(S:{firmware_aux})",
        "BRR": "{battery_date}",
        "UN": "{watts:04.0f}W/{nominal_power:04.0f}VA/{nominal_battery:03.0f}V/160W/020W",
    },
    commands=(
        _arm(True),
        _arm(False),
        _beeper(True),
        _beeper(False),
        Command(pattern=f"S{SOON}", obey=_return),
        Command(pattern=f"Sf{SOON}", obey=_stay_off),
        CANCEL,
    ),
    fields={
        # b5 is always set on mains, and b0 is not the beeper.
        "b5": lambda ups: "0" if ups.power.utility_failed else "1",
        "b0": lambda ups: "0",
        "nominal_battery": lambda ups: ups.power.nominal_battery,
        "watts": lambda ups: ups.power.nominal_power * ups.power.power_factor,
    },
    settings={
        "firmware": "0.17",
        "firmware_aux": "2.00",
        "serial": "1234567890A",
        "battery_date": "20260730",
    },
    power={
        "nominal_voltage": 100.0,
        "mains_voltage": 100.0,
        "nominal_battery": 48.0,
        "nominal_power": 1125.0,
        "full_load_runtime": 1800.0,
    },
    refuse=saying("NAK"),
    accepted="OK",
)

DIALECTS = (OMRON,)
