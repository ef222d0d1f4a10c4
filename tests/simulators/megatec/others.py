"""Ablerex with its binary replies and gtec with its letters."""

import struct

from ..power import Test
from .classic import COMMANDS, INFO, RATINGS, STATUS, info, ratings
from .ups import Answer, Dialect, MegatecUps

TEST_WORDS = {
    Test.NONE: "None",
    Test.RUNNING: "Run ",
    Test.PASSED: "Pass",
    Test.FAILED: "Fail",
    Test.ABORTED: "Stop",
}


def _q5(ups: MegatecUps) -> Answer:
    """Return 21 bytes: `(` and ten u16; without meaning here: those the card does not name."""
    power = ups.power
    words = [0] * 10
    words[0] = round(power.output_frequency * 10)
    words[3] = round(power.battery_voltage * 1200 / power.nominal_battery)
    words[4] = round(float(ups.settings["battery_low_code"]))
    words[6] = round(float(ups.settings["error"]))
    words[7] = round(power.output_current * 10)
    return b"(" + struct.pack(">10H", *words)


def _at(ups: MegatecUps) -> Answer:
    return b"(" + struct.pack(">I", round(ups.power.runtime))


def _tr(ups: MegatecUps) -> Answer:
    return "#" + TEST_WORDS[ups.power.test_result]


ABLEREX = Dialect(
    name="ablerex",
    queries={"Q1": STATUS, "F": ratings, "I": info, "Q5": _q5, "At": _at, "TR": _tr},
    commands=COMMANDS,
    settings={
        "manufacturer": "ABLEREX",
        "model": "MS1000RT",
        "error": 0.0,
        "battery_low_code": 960.0,
        "per_cell": True,
    },
    power={"online": True},
)


def _letters(ups: MegatecUps) -> str:
    power = ups.power
    conditions = {
        "A": power.utility_failed and power.output_on,
        "B": power.battery_low,
        "C": power.bypass or power.regulating,
        "D": power.failed,
        "E": power.testing,
        "F": power.shutting_down,
        "I": power.test_result is Test.PASSED,
        "J": power.test_result is Test.FAILED,
        "L": power.test_result is Test.ABORTED,
        "M": power.output_on and not power.utility_failed and not power.bypass,
        "N": power.carried > 100,
    }
    shown = {letter for letter, on in conditions.items() if on}
    return "".join(sorted(shown | set(str(ups.settings["letters"]))))


GTEC = Dialect(
    name="gtec",
    queries={
        "Q4": (
            "({input_voltage:05.1f} 000.0 000.0 {fault_voltage:05.1f} "
            "{output_voltage:05.1f} 000 {load:03.0f} {input_frequency:04.1f} 000 000 "
            "{battery_voltage:05.1f} {temperature:04.1f} {letters_now}"
        ),
        "F": RATINGS,
        "I": INFO,
    },
    commands=COMMANDS,
    fields={"letters_now": _letters},
    settings={"manufacturer": "G-TEC", "model": "ZP120N", "letters": ""},
    power={"online": True},
)

DIALECTS = (ABLEREX, GTEC)
