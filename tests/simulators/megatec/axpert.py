"""Voltronic inverters (protocol PI30): tokens with a checksum."""

import re

from .ups import Answer, Command, Dialect, MegatecUps, saying

QPIGS = (
    "({input_voltage:05.1f} {input_frequency:04.1f} {output_voltage:05.1f} "
    "{output_frequency:04.1f} {apparent_power:04.0f} {real_power:04.0f} {load:03.0f} "
    "{bus:03.0f} {battery_voltage:05.2f} {charge_current:03.0f} {charge:03.0f} "
    "{temperature:04.0f} {solar_current:04.0f} {solar_voltage:05.1f} "
    "{battery_voltage:05.2f} {discharge_current:05.0f} {bits} 00 00 {solar_power:05.0f} 010"
)
QPIRI = (
    "({nominal_voltage:05.1f} {nominal_current:04.1f} {nominal_voltage:05.1f} "
    "{nominal_frequency:04.1f} {nominal_current:04.1f} {nominal_power:04.0f} {watts:04.0f} "
    "{nominal_battery:04.1f} 46.0 42.0 56.4 54.0 0 30 060 0 0 2 - 01 0 0 54.0 0 1"
)
# Bytes a reply must not have in its checksum: LF, CR and the start byte.
RESERVED = {0x0A, 0x0D, 0x28}


def checksum(data: bytes) -> bytes:
    """Return CRC-16/XMODEM, high byte first, reserved bytes made one greater."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
        crc &= 0xFFFF
    return bytes(each + (each in RESERVED) for each in (crc >> 8, crc & 0xFF))


def encode(ups: MegatecUps, reply: bytes) -> bytes:
    """Add the checksum, unless the unit is one that sends none, and CR."""
    return reply + (checksum(reply) if ups.settings["reply_crc"] else b"") + b"\r"


def decode(raw: bytes) -> bytes | None:
    """Take a right checksum off."""
    return raw[:-2] if checksum(raw[:-2]) == raw[-2:] else None


def _mode(ups: MegatecUps) -> Answer:
    power = ups.power
    if ups.settings["mode"]:
        return ups.fill("({mode}")
    if power.failed:
        return "(F"
    if not power.output_on:
        return "(S"
    return "(B" if power.utility_failed else "(L"


def _bits(ups: MegatecUps) -> str:
    power = ups.power
    charging = not power.discharging and power.charge < 100
    flags = (False, False, False, power.output_on, False, charging, False, charging)
    return "".join("1" if flag else "0" for flag in flags)


def _discharge(ups: MegatecUps) -> float:
    power = ups.power
    return power.real_power / power.battery_voltage if power.discharging else 0.0


def _charge(ups: MegatecUps) -> float:
    power = ups.power
    return 0.0 if power.discharging or power.charge >= 100 else 20.0


def _warnings(ups: MegatecUps) -> str:
    low = ups.power.battery_low or bool(ups.settings["battery_low"])
    word = list(str(ups.settings["warnings"]))
    for index, on in ((14, low), (15, low), (18, ups.power.carried > 100)):
        if on:
            word[index] = "1"
    return "".join(word)


def _flag(ups: MegatecUps, match: re.Match[str]) -> Answer:
    letter, on = match[2], match[1] == "E"
    enabled, disabled = str(ups.settings["flags"]).removeprefix("E").split("D")
    if letter not in enabled + disabled:
        return False
    enabled, disabled = enabled.replace(letter, ""), disabled.replace(letter, "")
    if on:
        enabled += letter
    else:
        disabled += letter
    ups.settings["flags"] = f"E{enabled}D{disabled}"
    return True


AXPERT = Dialect(
    name="axpert",
    queries={
        "QPI": "(PI30",
        "QID": "({serial}",
        "QVFW": "(VERFW:{firmware}",
        "QPIRI": QPIRI,
        "QPIGS": QPIGS,
        "QMOD": _mode,
        "QPIWS": "({warnings_now}",
        "QFLAG": "({flags}",
        "QDI": "(230.0 50.0 0030 42.0 54.0 56.4 46.0 60 0 0 2 0 0 0 0 0 1 1 0 0 1 0 54.0 0 1 000",
    },
    commands=(Command(pattern="P([ED])([a-z])", obey=_flag),),
    fields={
        "bits": _bits,
        "bus": lambda ups: 380.0 if ups.power.output_on else 0.0,
        "charge_current": _charge,
        "discharge_current": _discharge,
        "warnings_now": _warnings,
        "watts": lambda ups: ups.power.nominal_power * ups.power.power_factor,
        "nominal_battery": lambda ups: ups.power.nominal_battery,
    },
    settings={
        "serial": "92931509101901",
        "firmware": "00052.30",
        "flags": "EakxyDbjuvz",
        "warnings": "0" * 32,
        "mode": "",
        "reply_crc": True,
        "solar_current": 5.0,
        "solar_voltage": 103.8,
        "solar_power": 519.0,
    },
    power={
        "nominal_battery": 48.0,
        "nominal_power": 5000.0,
        "nominal_current": 21.7,
        "temperature": 41.0,
        "power_factor": 0.8,
        "full_load_runtime": 3600.0,
    },
    refuse=saying("(NAK"),
    accepted="(ACK",
    encode=encode,
    decode=decode,
)

DIALECTS = (AXPERT,)
