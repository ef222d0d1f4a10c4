"""The kinds of units: who they are, what they list, what can be set ("The Smart Protocol")."""

from collections.abc import Mapping
from dataclasses import dataclass, field

type Capability = tuple[str, str, tuple[str, ...]]
"""A variable, a locale ("4" for all), and the choices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One kind of unit.

    Attributes:
        name: As in `DIALECTS`.
        model: What ^A says.
        firmware: What V says, "" = NA.
        sku: What b says, "" = NA.
        commands: What it obeys and answers.
        alerts: What it sends by itself.
        lists: Whether it answers `a`.
        silent: Whether an unknown request has no answer, instead of NA.
        star: Whether shutdowns are acknowledged by `*` instead of OK.
        double_hash: Whether `##` stands before every group of ^Z.
        duals: The second bytes behind 9F.
        eeprom: What is set when it leaves the factory.
        capabilities: What ^Z lists.
        truncated: So many characters of ^Z leave it, 0 = all.
        power: Attributes of `Power`.
    """

    name: str
    model: str = "SMART-UPS 700"
    firmware: str = "GWD"
    sku: str = "50.9.D"
    commands: str
    alerts: str = "!$%+?=#|"
    lists: bool = True
    silent: bool = False
    star: bool = False
    double_hash: bool = False
    duals: str = ""
    eeprom: Mapping[str, str]
    capabilities: tuple[Capability, ...] = ()
    truncated: int = 0
    power: Mapping[str, float | str | bool] = field(default_factory=dict)

    @property
    def locale(self) -> str:
        """The country's letter."""
        return (self.sku or self.firmware)[-1]


_EEPROM = {
    "E": "336",
    "k": "0",
    "l": "103",
    "u": "132",
    "o": "115",
    "p": "020",
    "q": "02",
    "r": "000",
    "s": "H",
    "e": "00",
    "c": "UPS_IDEN",
    "x": "11/29/96",
}
# groups of the recorded unit (recordings/serial/capability-string-smart-ups-new.json)
_CAPABILITIES: tuple[Capability, ...] = (
    ("u", "D", ("132", "135", "138", "129")),
    ("u", "M", ("229", "234", "239", "224")),
    ("u", "A", ("110", "112", "114", "108")),
    ("u", "I", ("253", "264", "271", "280")),
    ("l", "D", ("103", "100", "097", "106")),
    ("l", "M", ("177", "172", "168", "182")),
    ("l", "A", ("090", "092", "081", "085")),
    ("l", "I", ("196", "188", "208", "204")),
    ("e", "4", ("00", "15", "50", "90")),
    ("o", "I", ("230", "240", "220", "225")),
    ("o", "D", ("115",)),
    ("o", "J", ("100",)),
    ("o", "M", ("208",)),
    ("s", "4", ("H", "M", "L", "L")),
    ("q", "4", ("02", "05", "07", "10")),
    ("p", "4", ("020", "180", "300", "600")),
    ("k", "4", ("0", "T", "L", "N")),
    ("r", "4", ("000", "060", "180", "300")),
    ("E", "4", ("336", "168", "ON ", "OFF")),
)
_CODES = tuple(
    ("e", "4", ("00", "01", "02", "03")) if each[0] == "e" else each for each in _CAPABILITIES
)
_READ = "\x01ABCDEFGLMNOPQXVabfgjklmnopqrsuexcy9"
_OBEY = "\x0e\x1a-@KSUWYZz\x7f'78~"
_US = {"nominal_voltage": 120.0, "mains_voltage": 118.3, "nominal_frequency": 60.0}
_US |= {"mains_frequency": 60.0}

MODELS: Mapping[str, Model] = {
    model.name: model
    for model in (
        # a third-generation unit
        Model(
            name="smart-ups",
            commands=_READ + _OBEY + "R",
            eeprom=_EEPROM,
            capabilities=_CAPABILITIES,
            power=_US,
        ),
        # the same for 230 V, with the Measure-UPS card, and a pack count that can be set
        Model(
            name="measure-ups",
            model="Smart-UPS 1400",
            firmware="HWI",
            sku="70.11.I",
            commands=_READ + _OBEY + "R+>IJhitv[]{}",
            alerts="!$%+?=#&|",
            eeprom={
                **_EEPROM,
                "l": "196",
                "u": "253",
                "o": "230",
                ">": "001",
                "[": "NO,NO",
                "]": "NO,NO",
                "{": "NO,NO",
                "}": "NO,NO",
            },
            capabilities=_CODES,
        ),
        # Smart-UPS v/s: no calibration flag, fewer alerts
        Model(
            name="smart-ups-vs",
            model="SMART-UPS v/s 650",
            firmware="",
            sku="12.3.D",
            commands=(_READ + _OBEY + "R").replace("z", "").replace("~", ""),
            alerts="!$+?",
            eeprom=_EEPROM,
            capabilities=_CODES,
            power=_US,
        ),
        # Matrix-UPS: bypass, all registers, bad packs, true RMS current
        Model(
            name="matrix",
            model="MATRIX-UPS 5000",
            firmware="WXI",
            sku="0.8.I",
            commands=_READ + _OBEY + "T^</\\>w\x0c\x16",
            alerts="!$%+?=*#&|",
            double_hash=True,
            eeprom={
                **_EEPROM,
                "l": "196",
                "u": "253",
                "o": "230",
                "s": "A",
                "w": "NO",
                "\x0c": "E",
                "\x16": "A",
                ">": "002",
            },
            capabilities=(
                *_CODES,
                ("w", "4", ("NO", "02", "05", "08")),
                ("\x0c", "4", ("E", "F", "G", "S")),
                ("\x16", "4", ("A", "M", "I")),
            ),
            power={"online": True, "nominal_battery": 48.0},
        ),
        # Symmetra: probes under T and H
        Model(
            name="symmetra",
            model="Symmetra 12kVA",
            firmware="",
            sku="451.2.I",
            commands=_READ + _OBEY + "TH</\\>",
            eeprom={**_EEPROM, "l": "196", "u": "253", "o": "230", ">": "004"},
            capabilities=_CODES,
            truncated=120,
            power={"online": True, "nominal_battery": 120.0},
        ),
        # the SPM series with its two-byte commands
        Model(
            name="spm",
            model="SPM2K",
            firmware="",
            sku="600.1.I",
            commands="\x01ABCFLMNOPQXabfgjnmGUW@KSYZ\x7f",
            alerts="!$%+?=#",
            duals="".join(
                map(
                    chr,
                    (
                        *(0xD1, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD9, 0xCA, 0xCB),
                        *(*range(0xE3, 0xEC), 0xFE, 0xFF),
                    ),
                )
            ),
            eeprom={f"\x9f{chr(code)}": "ON" for code in range(0xE3, 0xEC)} | {"\x9f\xe7": "OFF"},
            power={"online": True, "nominal_voltage": 220.0, "mains_voltage": 221.0},
        ),
        # a first-generation unit that the compatibility table knows
        Model(
            name="smart-ups-600",
            firmware="6TD",
            sku="",
            model="",
            commands="@79ABCDEFGKLMNOPQRSUVWXYZcefgjklmnopqrsuxz",
            alerts="!$%+?=*#",
            lists=False,
            silent=True,
            star=True,
            eeprom=_EEPROM,
            power=_US,
        ),
        # Back-UPS CS, found by b
        Model(
            name="back-ups-cs",
            model="BACK-UPS CS 350",
            firmware="",
            sku="5.4.D",
            commands="@\x019ABPQRSUYbdfgjmnx",
            alerts="!$",
            lists=False,
            eeprom={"x": "11/29/96"},
            power=_US,
        ),
        # one that nobody knows
        Model(
            name="unknown",
            firmware="QQD",
            sku="",
            commands="BCLOPQVYfn",
            alerts="!$",
            lists=False,
            silent=True,
            eeprom={},
            power=_US,
        ),
    )
}
