"""Powercom's UPS-Protocol: the 1996 one with percent, watts, outlets and settings."""

import re

from .classic import BITS, COMMANDS, STATUS, info, minutes, ratings
from .ups import Answer, Command, Dialect, MegatecUps, Value

DQ1 = (
    "({input_voltage:05.1f} {fault_voltage:05.1f} {output_voltage:05.1f} {load:03.0f} "
    "{input_frequency:04.1f} {charge:04.0f} {temperature:04.1f} "
    + BITS.replace("{b1}", "{turned_off}")
)


def _kind(ups: MegatecUps) -> Value:
    # 0 on-line, 1 off-line, and two more when the battery has failed.
    return str(int(not ups.power.online) + 2 * bool(ups.settings["battery_failed"]))


def _outlets(ups: MegatecUps) -> Answer:
    states = str(ups.settings["outlets"])
    on = ups.power.output_on
    return f"#{len(states):02d}" + (states if on else "0" * len(states))


def _switch(ups: MegatecUps, number: str, *, on: bool) -> bool:
    states = list(str(ups.settings["outlets"]))
    index = int(number) - 1
    if not 0 <= index < len(states):
        return False
    states[index] = "1" if on else "0"
    ups.settings["outlets"] = "".join(states)
    return True


def _switch_outlet(ups: MegatecUps, match: re.Match[str]) -> Answer:
    return _switch(ups, match[1], on=match[2] == "ON")


def _outlet_off_on_battery(ups: MegatecUps, match: re.Match[str]) -> Answer:
    """Switch an outlet off after minutes, if mains are away then."""
    ups.after(
        minutes(match[2]), lambda: ups.power.utility_failed and _switch(ups, match[1], on=False)
    )
    return True


def _outlet_pause(ups: MegatecUps, match: re.Match[str]) -> Answer:
    """Switch an outlet off after minutes and on again minutes later."""
    off = minutes(match[2])
    ups.after(off, lambda: _switch(ups, match[1], on=False))
    ups.after(off + minutes(match[3]), lambda: _switch(ups, match[1], on=True))
    return True


def _idle(ups: MegatecUps, match: re.Match[str]) -> Answer:
    if not ups.power.output_on:
        return "*"
    ups.power.press()
    return "*R00"


def _wake(ups: MegatecUps, match: re.Match[str]) -> Answer:
    if ups.power.output_on:
        return "*"
    ups.power.press()
    return "*R00" if ups.power.output_on else "*"


def _green(ups: MegatecUps, match: re.Match[str]) -> Answer:
    ups.settings["green_mode"] = match[1] == "1"
    return True


def _output_voltage(ups: MegatecUps, match: re.Match[str]) -> Answer:
    if match[1] not in {"100", "110", "120", "127", "208", "220", "230", "240"}:
        return "NOK"
    ups.set("nominal_voltage", match[1])
    return "OK"


def _write(ups: MegatecUps, match: re.Match[str]) -> Answer:
    command, text = match[1], match[2]
    for name, pattern in WRITABLE[command].items():
        if written := re.fullmatch(pattern, text):
            if command == "WX03" and ups.power.output_on:
                return f"{command}0"
            ups.settings[name] = "".join(written.groups())
            return f"{command}1"
    return f"{command}0"


WRITABLE = {
    "WX02": {"restart": r"(\d\d) (\d{4})"},
    "WX03": {"made": r"(.{11}) (\d{6})"},
    "WX04": {"battery_date": r"(\d{6})"},
    "WX05": {"packs": r"(\d\d)"},
}


def _avr(ups: MegatecUps) -> Answer:
    points = (0.75, 0.91, 1.0, 1.09, 1.25)
    return " ".join(f"{ups.power.nominal_voltage * point:03.0f}" for point in points)


POWERCOM = Dialect(
    name="powercom",
    queries={
        "Q1": STATUS,
        "DQ1": DQ1,
        "F": ratings,
        "I": info,
        "V": _avr,
        "Rt": "#{minutes_left}",
        "OI": _outlets,
        "Yop": "*{real_power:05.0f}",
        "Yva": "*{apparent_power:05.0f}",
        "Ycu": "*{output_current:04.1f}",
        "Yof": "*{factor:03.0f}",
        "RX02": "RX02{restart}",
        "RX03": "RX03{made}",
        "RX04": "RX04{battery_date}",
        "RX05": "RX05{packs}",
        "RX09": "RX09{on_battery_minutes:05.0f}{on_battery_times:03.0f}",
    },
    commands=(
        *COMMANDS,
        Command(pattern=r"O(\d\d)(ON|OFF)", obey=_switch_outlet),
        Command(pattern=r"O(\d\d)S(\d\d)", obey=_outlet_off_on_battery),
        Command(pattern=r"O(\d\d)S(\d\d)R(\d{5})", obey=_outlet_pause),
        Command(pattern="IDLE", obey=_idle),
        Command(pattern="WAKE", obey=_wake),
        Command(pattern="G([01])", obey=_green),
        Command(pattern=r"PMo(\d{3})", obey=_output_voltage),
        Command(pattern=r"(WX0[2-5]) (.*)", obey=_write),
    ),
    fields={
        "b3": _kind,
        "turned_off": lambda ups: "0" if ups.power.output_on else "1",
        "minutes_left": lambda ups: f"{min(ups.power.runtime / 60, 999):03.0f}",
        "factor": lambda ups: ups.power.power_factor * 100,
    },
    settings={
        "manufacturer": "POWERCOM",
        "model": "SKP-1000A",
        "firmware": "S505-V1.80",
        "battery_failed": False,
        "outlets": "10",
        "green_mode": False,
        "restart": "000030",
        "made": "ABC12345678240131",
        "battery_date": "240131",
        "packs": "01",
        "on_battery_minutes": 12.0,
        "on_battery_times": 3.0,
    },
    power={"nominal_voltage": 220.0, "mains_voltage": 220.0},
)

DIALECTS = (POWERCOM,)
