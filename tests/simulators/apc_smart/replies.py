"""What a simulated APC unit answers, one row a query ("The Smart Protocol", "Register 1" ...)."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..power import Test

if TYPE_CHECKING:
    from .ups import ApcUps

RESULT_KEPT = 300.0
"""A result of a test is told for so long, in seconds."""


def status(ups: ApcUps) -> int:
    """Return the status byte; the document does not say what it is while the output is off."""
    power = ups.power
    bits = 0x01 if ups.calibrating and ups.model.name != "smart-ups-vs" else 0
    if power.output_on and not ups.on_battery and power.regulating:
        bits |= 0x02 if power.mains_voltage > power.nominal_voltage else 0x04
    if power.output_on:
        bits |= 0x10 if ups.on_battery else 0x08
    if ups.settings["overload"] or power.carried > 100:
        bits |= 0x20
    if ups.battery_low:
        bits |= 0x40
    if ups.settings["replace_battery"]:
        bits |= 0x80
    return bits


def first_register(ups: ApcUps) -> int:
    """Return register 1."""
    bits = int(float(ups.settings["register1"]))
    if ups.power.bypass:
        bits |= 0x08 if ups.bypass_by_command else 0x20
    if not ups.power.output_on:
        bits |= 0x40 if ups.sleeping == b"Z" else 0x80
    return bits


def second_register(ups: ApcUps) -> int:
    """Return register 2."""
    return int(float(ups.settings["register2"]))


def third_register(ups: ApcUps) -> int:
    """Return register 3."""
    bits = int(float(ups.settings["register3"]))
    if not ups.power.output_on:
        if ups.power.charge <= 0:
            bits |= 0x01
        elif ups.sleeping == b"@":
            bits |= 0x08
        elif ups.sleeping == b"S":
            bits |= 0x10
    return bits


def _result(ups: ApcUps) -> str:
    if ups.clock.now() - ups.last_result_at > RESULT_KEPT:
        return "NO"
    return {Test.PASSED: "OK", Test.FAILED: "BT"}.get(ups.power.test_result, "NO")


def _highest(ups: ApcUps) -> str:
    said = f"{ups.maximum:05.1f}"
    ups.forget_extremes("M")
    return said


def _lowest(ups: ApcUps) -> str:
    said = f"{ups.minimum:05.1f}"
    ups.forget_extremes("N")
    return said


def _info(ups: ApcUps) -> str:
    model = ups.model
    said = f"3.{model.alerts}.{model.commands}"
    return f"{said}.\x9f:{model.duals}" if model.duals else said


def _capabilities(ups: ApcUps) -> str:
    between = "##" if ups.model.double_hash else ""
    groups = (
        f"{between}{command}{locale}{chr(0x30 + len(values))}{chr(0x30 + len(values[0]))}"
        + "".join(values)
        for command, locale, values in ups.model.capabilities
    )
    # "##" between the groupings: a Matrix begins with them as well
    said = ("" if between else "#") + "".join(groups)
    return said[: ups.model.truncated] if ups.model.truncated else said


def _temperature_or_uptime(ups: ApcUps) -> str:
    if ups.model.name == "matrix":
        return f"{float(ups.settings['uptime']):05.1f}"
    return f"{float(ups.settings['ambient']):05.2f}"


def _mode(ups: ApcUps) -> str:
    if ups.settings["mode"]:
        return str(ups.settings["mode"])
    if ups.power.testing:
        return "T"
    if ups.power.bypass:
        return "Y"
    return "B" if ups.on_battery else "L"


def _rated(ups: ApcUps) -> str:
    power = ups.power
    return (
        f"{power.nominal_power:05.0f},{power.nominal_voltage:03.0f},{power.nominal_voltage:03.0f},"
        f"{power.nominal_frequency:04.1f},009,{power.nominal_battery:05.1f},11"
    )


def _frequency(ups: ApcUps) -> str:
    if ups.model.duals:
        return f"{ups.power.output_frequency:05.2f}"
    return f"{ups.power.input_frequency:05.2f}"


def _good(ups: ApcUps) -> str:
    return "00" if ups.power.utility_failed else "FF"


REPLIES: Mapping[str, Callable[[ApcUps], str | None]] = {
    "\x01": lambda ups: ups.model.model or None,
    "\x1a": _capabilities,
    "B": lambda ups: f"{ups.power.battery_voltage:05.2f}",
    "C": lambda ups: f"{ups.power.temperature:05.1f}",
    "F": _frequency,
    "G": lambda ups: ups.cause,
    "I": lambda ups: "FF",
    "J": lambda ups: "0F,00",
    "L": lambda ups: f"{ups.power.input_voltage:05.1f}",
    "M": _highest,
    "N": _lowest,
    "O": lambda ups: f"{ups.power.output_voltage:05.1f}",
    "P": lambda ups: f"{ups.power.carried:05.1f}",
    "Q": lambda ups: f"{status(ups):02X}",
    "V": lambda ups: ups.model.firmware or None,
    "X": _result,
    "a": _info,
    "b": lambda ups: ups.model.sku or None,
    "f": lambda ups: f"{ups.power.charge:05.1f}",
    "g": lambda ups: f"{ups.power.nominal_battery:03.0f}",
    "h": lambda ups: f"{float(ups.settings['humidity']):05.1f}",
    "i": lambda ups: str(ups.settings["contacts"]),
    "j": lambda ups: f"{ups.power.runtime / 60:04.0f}:",
    "m": lambda ups: "11/29/96",
    "n": lambda ups: "WS9643050926",
    "t": lambda ups: f"{float(ups.settings['ambient']):05.2f}",
    "v": lambda ups: "4Kx",
    "y": lambda ups: "(C) APCC",
    "~": lambda ups: f"{first_register(ups):02X}",
    "'": lambda ups: f"{second_register(ups):02X}",
    "7": lambda ups: str(ups.settings["dip_switches"]),
    "8": lambda ups: f"{third_register(ups):02X}",
    "9": _good,
    "<": lambda ups: str(ups.settings["packs_bad"]),
    "/": lambda ups: f"{ups.power.output_current:05.2f}",
    "\\": lambda ups: f"{ups.power.carried:05.1f}",
    "T": _temperature_or_uptime,
    "H": lambda ups: f"{float(ups.settings['humidity']):05.2f}",
    "\x9f\xd1": _rated,
    "\x9f\xd2": _mode,
    "\x9f\xd3": lambda ups: f"{ups.power.input_frequency:04.1f}",
    "\x9f\xd4": lambda ups: "01.0",
    "\x9f\xd5": lambda ups: "1",
    "\x9f\xd6": lambda ups: "47.0,53.0",
    "\x9f\xd7": lambda ups: "209,231",
    "\x9f\xd9": lambda ups: "0100000000000000",
}
"""By the request in Latin-1; None is not available."""
