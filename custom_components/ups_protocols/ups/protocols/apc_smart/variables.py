"""What can be asked, and what the replies mean: one row a query byte ("The Smart Protocol").

A row takes nothing but the exact shape that its reply has: there is no check value. Shapes are
those of the document's samples and of published dumps.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import re
from typing import override

from ...errors import BadReply, NoReply
from ...model import Value
from ...names import TestResult, TransferReason, plausible
from .frames import REFUSALS

type Readings = dict[str, Value]

HOUR, MINUTE = 3600, 60


class Refused(NoReply):
    """The unit says that it does not know the request, or not now."""

    @property
    @override
    def kind(self) -> str:
        """Return what users see: for them nothing answers."""
        return NoReply.__name__


@dataclass(frozen=True, slots=True)
class Query:
    """One request and what its reply says."""

    request: bytes
    shape: re.Pattern[str]
    read: Callable[[re.Match[str]], Readings]
    is_text: bool = False
    """Whether the text is people's, so that characters of alerts may be part of it."""

    def decode(self, text: str) -> Readings:
        """Return the values of a reply without its line end. Raises Refused, BadReply.

        The shape counts first: ``NO`` is a result of the self-test, too.
        """
        match = self.shape.fullmatch(text)
        if match is None:
            if text in REFUSALS:
                raise Refused(f"the UPS does not answer {self.request!r}")
            raise BadReply(f"{self.request!r} was answered with {text!r}")
        readings = self.read(match)
        for name, value in readings.items():
            if isinstance(value, float) and not plausible(name, value):
                raise BadReply(f"{name} cannot be {value}")
        return readings


def _numbers(
    request: bytes, shape: str, *names: str, scale: float = 1, is_signed: bool = False
) -> Query:
    """Describe a reply of as many numbers as names; a name "" stands for one nobody knows."""
    field = f"(-?{shape})" if is_signed else f"({shape})"

    def read(match: re.Match[str]) -> Readings:
        return {
            name: round(float(raw) * scale, 3)
            for name, raw in zip(names, match.groups(), strict=True)
            if name
        }

    return Query(request, re.compile(",".join([field] * len(names))), read)


def _text(request: bytes, name: str, shape: str, *, is_text: bool = False) -> Query:
    """Describe a text, kept as it is but for the blanks around it; absent where it is blank."""

    def read(match: re.Match[str]) -> Readings:
        text = match[0].strip()
        return {name: text} if text else {}

    return Query(request, re.compile(shape), read, is_text)


def _words(request: bytes, name: str, words: Mapping[str, Value], shape: str = "") -> Query:
    """Describe a code by what each of its values means; others of its shape stay as they are."""

    def read(match: re.Match[str]) -> Readings:
        return {name: words.get(match[0], match[0].strip())}

    return Query(request, re.compile(shape or "|".join(map(re.escape, words))), read)


def _probes(request: bytes, name: str, shape: str) -> Query:
    """Describe up to four numbers, one a probe; an empty field is a probe that is not there."""

    def read(match: re.Match[str]) -> Readings:
        return {
            name.format(probe): float(raw)
            for probe, raw in enumerate(match[0].split(","), 1)
            if raw
        }

    return Query(request, re.compile(rf"(?=.*\d)(?:{shape})?(?:,(?:{shape})?){{0,3}}"), read)


_CONTACTS: Mapping[int, int] = {1: 0x10, 2: 0x20, 3: 0x40, 4: 0x80}
_SWITCHES: Mapping[int, int] = {1: 0x08, 2: 0x04, 3: 0x02, 4: 0x01}


def _contacts(match: re.Match[str]) -> Readings:
    bits = int(match[0], 16)
    found: Readings = {"ups.contacts": match[0]}
    for contact, bit in _CONTACTS.items():
        found[f"ambient.contacts.{contact}.status"] = "active" if bits & bit else "inactive"
    return found


def _switches(match: re.Match[str]) -> Readings:
    """Name the switches that are on; "Dip switch information" counts them against the bits."""
    bits = int(match[0], 16)
    on = [str(switch) for switch, bit in _SWITCHES.items() if bits & bit]
    return {"ups.dipswitches": " ".join(on) or "none"}


_HEX = "[0-9A-F]{2}"
_TENTHS = r"\d{3}\.\d"
_HUNDREDTHS = r"\d{2,3}\.\d{1,2}"
_COUNT = r"\d{3}"
_PRINTABLE = "[ -~]{1,32}"

MODEL = _text(b"\x01", "device.model", _PRINTABLE, is_text=True)
SERIAL = _text(b"n", "device.serial", _PRINTABLE, is_text=True)
FIRMWARE = b"V"
SKU = b"b"
INFO = b"a"
CAPABILITIES = b"\x1a"

REASON = _words(
    b"G",
    "input.transfer.reason",
    {
        "R": TransferReason.VOLTAGE_CHANGE,
        "H": TransferReason.HIGH_VOLTAGE,
        "L": TransferReason.LOW_VOLTAGE,
        "T": TransferReason.NOTCH_OR_SPIKE,
        "O": TransferReason.NONE,
        "S": TransferReason.SELF_TEST,
    },
    "[A-Z]",
)
QUALITY = _text(b"9", "input.quality", _HEX)
QUALITY_BAD, QUALITY_GOOD = "00", "FF"
MODE = _words(
    b"\x9f\xd2",
    "ups.mode",
    {
        "E": "eco",
        "L": "line",
        "Y": "bypass",
        "T": "battery test",
        "B": "battery",
    },
)
"""What a unit of the SPM series is doing ("The two-byte command examples")."""

CONSTANTS = (
    MODEL,
    SERIAL,
    # month and day stand in the order of the unit's country: text
    _text(b"m", "ups.mfr.date", r"[0-9]{2}[/.-][0-9]{2}[/.-][0-9]{2,4}"),
    _text(b"v", "ups.firmware.aux", "[ -~]{1,16}"),
    _numbers(b"g", _COUNT, "battery.voltage.nominal"),
    _numbers(
        b"\x9f\xd1",
        r"\d{2,5}(?:\.\d)?",
        "ups.power.nominal",
        "input.voltage.nominal",
        "output.voltage.nominal",
        "output.frequency.nominal",
        "battery.capacity.nominal",
        "battery.voltage.nominal",
        "",
    ),
)
"""What is asked once."""

INPUT_FREQUENCY = b"\x9f\xd3"
LINE_FREQUENCY = _numbers(b"F", r"\d{2}\.\d{1,2}", "input.frequency")
OUTPUT_FREQUENCY = _numbers(b"F", r"\d{2}\.\d{1,2}", "output.frequency")
"""What ``F`` is where the line's frequency has a command of its own (SPM series)."""
UPTIME = _numbers(b"T", _TENTHS, "device.uptime", scale=HOUR)
PROBE_TEMPERATURES = _probes(b"T", "ambient.{}.temperature", r"\d{2}\.\d{2}")
"""The two meanings of ``T`` (card apc-smart, section 4): the first reply tells which it is."""
HIGHEST, LOWEST = "input.voltage.maximum", "input.voltage.minimum"

READINGS = (
    _numbers(b"B", _HUNDREDTHS, "battery.voltage"),
    _numbers(b"C", _TENTHS, "ups.temperature"),
    LINE_FREQUENCY,
    REASON,
    _numbers(b"L", _TENTHS, "input.voltage"),
    _words(
        b"X",
        "ups.test.result",
        {
            "OK": TestResult.PASSED,
            "BT": TestResult.ERROR,
            # failed because of an overload, which says nothing of the battery
            "NG": TestResult.WARNING,
            "NO": TestResult.NONE,
        },
    ),
    _numbers(b"M", _TENTHS, HIGHEST),
    Query(
        b"j",
        re.compile(r"(\d{3,5}):"),
        lambda match: {"battery.runtime": float(match[1]) * MINUTE},
    ),
    _numbers(b"N", _TENTHS, LOWEST),
    QUALITY,
    _numbers(b"O", _TENTHS, "output.voltage"),
    _numbers(b"<", _COUNT, "battery.packs.bad"),
    _numbers(b"P", _TENTHS, "ups.load"),
    _numbers(b"/", _HUNDREDTHS, "output.current"),
    _numbers(b"f", _TENTHS, "battery.charge"),
    Query(b"7", re.compile(_HEX), _switches),
    _numbers(b"\\", _TENTHS, "output.power.percent"),
    # Measure-UPS
    Query(b"i", re.compile(_HEX), _contacts),
    _numbers(b"h", _TENTHS, "ambient.humidity"),
    _text(b"J", "ambient.alarm.status", f"{_HEX}(?:,{_HEX})*"),
    _numbers(b"t", r"\d{2}\.\d{1,2}", "ambient.temperature"),
    _probes(b"H", "ambient.{}.humidity", r"\d{2,3}(?:\.\d{1,2})?"),
    UPTIME,
    PROBE_TEMPERATURES,
    # SPM series
    _numbers(INPUT_FREQUENCY, r"\d{2}\.\d", "input.frequency"),
    _numbers(b"\x9f\xd4", r"\d{2}\.\d", "battery.current", is_signed=True),
    _words(b"\x9f\xd5", "output.phaselock", {"1": "yes", "0": "no"}),
    _text(b"\x9f\xd9", "ups.status.bits", "[01]{16}"),
)
"""What moves. Neighbours differ in shape, so that a reply that comes twice is noticed."""
