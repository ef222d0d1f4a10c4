"""The 1996 protocol and the dialects that only name its queries differently."""

import re

from .ups import Answer, Command, Dialect, MegatecUps, saying

BITS = "{b7}{b6}{b5}{b4}{b3}{b2}{b1}{b0}"
STATUS = (
    "({input_voltage:05.1f} {fault_voltage:05.1f} {output_voltage:05.1f} {load:03.0f} "
    "{input_frequency:04.1f} {battery} {temperature:04.1f} " + BITS
)
RATINGS = (
    "#{nominal_voltage:05.1f} {nominal_current:03.0f} {nominal_battery} {nominal_frequency:04.1f}"
)
INFO = "#{manufacturer:<15.15} {model:<10.10} {firmware:<10.10}"
# MegaTec's own firmware packs a serial number and the runtime into the same 38 bytes.
INFO_IC = "#MegaTec{serial:<8.8} {model:<5.5}{runtime:05.0f} {firmware:<10.10}"


def info(ups: MegatecUps) -> Answer:
    """Answer I in the shape of the setting `info`."""
    shape = ups.settings["info"]
    if shape == "ic":
        return ups.fill(INFO_IC)[:37]
    return _shaped(shape, ups.fill(INFO), 37)


def ratings(ups: MegatecUps) -> Answer:
    """Answer F in the shape of the setting `ratings`."""
    return _shaped(ups.settings["ratings"], ups.fill(RATINGS), 20)


def _shaped(shape: object, reply: str, short: int) -> Answer:
    match shape:
        case "grid":
            return reply
        case "missing":
            return False
        case "silent":
            return None
        case "blank":
            return "#" + " " * (len(reply) - 1)
        case "short":
            return reply[:short]
        case "zero":
            return re.sub(r"[0-9A-Za-z]", "0", reply)
    raise ValueError(f"no such shape of a reply: {shape}")


def minutes(text: str) -> float:
    """Return the seconds in a time of the protocol: `.5` or `05`."""
    return float(text) * 60


def test(seconds: float | None) -> Command:
    """Return the command part that starts a test of a fixed length, None = until low."""
    pattern = "TL" if seconds is None else "T"
    return Command(pattern=pattern, obey=lambda ups, match: ups.power.start_test(seconds))


def _timed_test(ups: MegatecUps, match: re.Match[str]) -> Answer:
    return ups.power.start_test(minutes(match[1]))


def _toggle_beeper(ups: MegatecUps, match: re.Match[str]) -> Answer:
    ups.power.beeper = not ups.power.beeper
    return True


def _return(ups: MegatecUps, match: re.Match[str]) -> Answer:
    return ups.power.shut_down(minutes(match[1]))


def _return_later(ups: MegatecUps, match: re.Match[str]) -> Answer:
    off_for = minutes(match[2]) or None
    return ups.power.shut_down(minutes(match[1]), off_for=off_for)


def _stay_off(ups: MegatecUps, match: re.Match[str]) -> Answer:
    return ups.power.shut_down(minutes(match[1]), off_for=None)


def _cancel(ups: MegatecUps, match: re.Match[str]) -> Answer:
    return ups.power.cancel()


def _stop_test(ups: MegatecUps, match: re.Match[str]) -> Answer:
    return ups.power.stop_test()


# <n> of S: .2 to .9 and 01 to 10 in the document; 00 and R0000 are later.
SOON = r"(\.[2-9]|0[1-9]|10)"

TEST = test(10)
TEST_LOW = test(None)
TEST_TIMED = Command(pattern=r"T(0[1-9]|[1-9]\d)", obey=_timed_test)
TEST_TENTHS = Command(pattern=r"T(\.[2-9])", obey=_timed_test)
TEST_STOP = Command(pattern="CT", obey=_stop_test)
BEEPER = Command(pattern="Q", obey=_toggle_beeper)
RETURN = Command(pattern=f"S{SOON}", obey=_return)
RETURN_LATER = Command(pattern=rf"S{SOON}R(\d{{4}})", obey=_return_later)
STAY_OFF = Command(pattern=f"S{SOON}", obey=_stay_off)
OFF_NOW = Command(pattern=r"S(00)R0000", obey=_stay_off)
CANCEL = Command(pattern="C", obey=_cancel)

TESTS = (TEST, TEST_LOW, TEST_TIMED, TEST_STOP)
SHUTDOWNS = (RETURN, RETURN_LATER, OFF_NOW, CANCEL)
COMMANDS = (*TESTS, *SHUTDOWNS, BEEPER)


def _charge_level(ups: MegatecUps) -> Answer:
    return f"BL{ups.shown('charge', '.0f')}"


def _protocol_98(ups: MegatecUps) -> Answer:
    return "(PI98" if ups.settings["p98"] else False


def _tenths_if_98(ups: MegatecUps, match: re.Match[str]) -> Answer:
    return bool(ups.settings["p98"]) and _timed_test(ups, match)


MEGATEC = Dialect(
    name="megatec",
    queries={"Q1": STATUS, "F": ratings, "I": info},
    commands=COMMANDS,
)
MEGATEC_OLD = Dialect(
    name="megatec-old",
    queries={"D": STATUS, "F": ratings, "I": info},
    commands=COMMANDS,
)
MUSTEK = Dialect(
    name="mustek",
    queries={"QS": STATUS, "F": ratings, "I": info},
    commands=COMMANDS,
)
Q1_ONLY = Dialect(name="q1", queries={"Q1": STATUS}, commands=COMMANDS)
ZINTO = Dialect(
    name="zinto",
    queries={"Q1": STATUS, "F": ratings, "FW?": info},
    commands=COMMANDS,
    settings={"manufacturer": "ONLINE", "model": "ZINTO 1000", "firmware": "V2.1"},
)
HUNNOX = Dialect(
    name="hunnox",
    queries={"Q1": STATUS, "F": ratings, "FW?": info, "BL": _charge_level},
    commands=COMMANDS,
    settings={"manufacturer": "HUNNOX", "model": "HNX-850", "firmware": "V1.2"},
)
MECER = Dialect(
    name="mecer",
    queries={"Q1": STATUS, "F": ratings, "I": info, "QPI": _protocol_98},
    commands=(*COMMANDS, Command(pattern=TEST_TENTHS.pattern, obey=_tenths_if_98)),
    settings={"p98": True, "manufacturer": "MECER", "model": "ME-1000-WT"},
    refuse=saying("(NAK"),
    accepted="(ACK",
)

DIALECTS = (MEGATEC, MEGATEC_OLD, MUSTEK, Q1_ONLY, ZINTO, HUNNOX, MECER)
