"""Settings: how a unit shows them, what they can be set to, and how they are written.

All but the SPM series' live in the EEPROM, whose cells wear out: nothing is written that is so
already, and every step is one that the document has ("-", "Capability cycle").
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import re
from typing import override

from ...errors import NoReply, Rejected, Unsupported
from ...model import Setting, SettingKind, Value
from ...names import Sensitivity
from .frames import ALERTS
from .talker import BETWEEN_BYTES, ORDER_TIME, REFUSAL_TIME, Talker, accepted
from .variables import HOUR, MINUTE, Query, Readings

NEXT, RAISE = b"-", b"+"
MOST_STEPS = 32
STRING_LENGTH = 8

type Show = Callable[[str], Value | None]
"""Turns a choice as the unit writes it into a value; None for one that cannot be."""


def plain(value: Value) -> str:
    """Return a value as a choice is offered."""
    return f"{value:.10g}" if isinstance(value, float) else value


def _scaled(scale: float = 1) -> Show:
    return lambda raw: float(raw) * scale if raw.isdecimal() else None


def _coded(words: Mapping[str, Value]) -> Show:
    return lambda raw: words.get(raw, raw)


def _interval(raw: str) -> Value | None:
    """Return seconds, ON at each power-on, OFF never: NUT makes 0 of both."""
    return float(raw) * HOUR if raw.isdecimal() else raw


def _reserve(raw: str) -> Value | None:
    return float(raw) * MINUTE if raw.isdecimal() else raw


_RESTART_CODES: Mapping[str, Value] = {"00": 0.0, "01": 15.0, "02": 25.0, "03": 90.0}
RESTART = "battery.charge.restart"


def restart_by_code(choices: tuple[str, ...]) -> bool:
    """Tell whether a unit means the document's codes by ``e``: newer ones say percent."""
    return all(choice in _RESTART_CODES for choice in choices)


@dataclass(frozen=True, slots=True)
class Stored:
    """One variable of the EEPROM that has a few choices, and its shape."""

    request: bytes
    name: str
    shape: str
    show: Show

    def query(self) -> Query:
        """Return the question for it."""

        def read(match: re.Match[str]) -> Readings:
            value = self.show(match[0].strip())
            return {} if value is None else {self.name: value}

        return Query(self.request, re.compile(self.shape), read)


_NUMBER = r"\d{2,3}"
RESTART_CODED = Stored(b"e", RESTART, "0[0-3]", _RESTART_CODES.get)
RESTART_PERCENT = Stored(b"e", RESTART, r"\d{2,3}", _scaled())

STORED = (
    Stored(b"E", "ups.test.interval", r"\d{3}|ON ?|OFF", _interval),
    Stored(b"k", "battery.alarm.threshold", "[0TLN]", _coded({})),
    Stored(b"l", "input.transfer.low", r"\d{3}", _scaled()),
    Stored(b"u", "input.transfer.high", r"\d{3}", _scaled()),
    Stored(b"o", "output.voltage.nominal", r"\d{3}", _scaled()),
    Stored(b"p", "ups.delay.shutdown", r"\d{3}", _scaled()),
    Stored(b"q", "battery.runtime.low", r"\d{2}", _scaled(MINUTE)),
    Stored(b"r", "ups.delay.start", r"\d{3}", _scaled()),
    Stored(
        b"s",
        "input.sensitivity",
        "[HMLA]",
        _coded(
            {
                "H": Sensitivity.HIGH,
                "M": Sensitivity.MEDIUM,
                "L": Sensitivity.LOW,
                "A": Sensitivity.AUTO,
            }
        ),
    ),
    # Matrix-UPS and Symmetra
    Stored(
        b"\x16",
        "output.voltage.target.line",
        "[AMI]",
        _coded({"A": "auto", "M": 208.0, "I": 240.0}),
    ),
    Stored(b"\x0c", "ups.display.language", "[EFGS1-4]", _coded({})),
    Stored(b"w", "battery.runtime.reserve", r"NO|\d{2}", _reserve),
)
"""What ``^Z`` lists the choices of, but for ``e``, whose meaning follows from its choices."""


def _text_query(request: bytes, name: str) -> Query:
    def read(match: re.Match[str]) -> Readings:
        text = match[0].strip()
        return {name: text} if text else {}

    # people's own text: eight characters of whatever they typed
    return Query(request, re.compile(r"[ -~]{0,8}"), read, is_text=True)


TEXTS = tuple(
    (_text_query(request, name), name)
    for request, name in ((b"c", "ups.id"), (b"x", "battery.date"))
)
PACKS = Query(b">", re.compile(r"\d{3}"), lambda match: {"battery.packs": float(match[0])})
MOST_PACKS = 32.0


def _limit(raw: str) -> Value:
    return float(raw) if raw.isdecimal() else raw


def _limits(request: bytes, name: str) -> Query:
    """Describe a limit of both probes of the Measure-UPS: ``left,right``, each NO or a number."""

    def read(match: re.Match[str]) -> Readings:
        return {
            f"ambient.{probe}.{name}": _limit(raw) for probe, raw in enumerate(match.groups(), 1)
        }

    return Query(request, re.compile(r"(NO|\d{2}),(NO|\d{2})"), read)


_DEGREES = ("NO", *(f"{value:02}" for value in range(55, 0, -5)))
_PERCENT = ("NO", *(f"{value:02}" for value in range(90, 0, -10)))
LIMITS: tuple[tuple[Query, str, tuple[str, ...]], ...] = (
    (_limits(b"[", "temperature.high"), "temperature.high", _DEGREES),
    (_limits(b"]", "temperature.low"), "temperature.low", _DEGREES),
    (_limits(b"{", "humidity.high"), "humidity.high", _PERCENT),
    (_limits(b"}", "humidity.low"), "humidity.low", _PERCENT),
)


def _pair(request: bytes, shape: str, low: str, high: str) -> Query:
    return Query(
        request,
        re.compile(f"({shape}),({shape})"),
        lambda match: {low: float(match[1]), high: float(match[2])},
    )


FIXED = (
    # the document calls them limits that "force transfer to battery" and that "allow ECO mode"
    _pair(b"\x9f\xd6", r"\d{2}\.\d", "input.frequency.low", "input.frequency.high"),
    _pair(b"\x9f\xd7", r"\d{3}", "input.transfer.eco.low", "input.transfer.eco.high"),
    Query(
        b"I",
        re.compile(r"[0-9A-F]{2}(?:,[0-9A-F]{2})*"),
        lambda match: {"ambient.alarm.enabled": match[0]},
    ),
)
"""What is set, but cannot be set from here."""

_NO_YES, _YES_NO = ("no", "yes"), ("yes", "no")


def _switch(second: int, name: str, words: tuple[str, str] = _NO_YES) -> tuple[Query, str]:
    off, on = words
    shown = {"ON": on, "OFF": off}
    query = Query(
        bytes((0x9F, second)), re.compile("ON|OFF"), lambda match: {name: shown[match[0]]}
    )
    return query, name


SWITCHES = (
    _switch(0xE3, "ups.beeper.status", ("disabled", "enabled")),
    _switch(0xE4, "input.bypass.alarm"),
    _switch(0xE5, "ups.start.auto"),
    _switch(0xE6, "input.bypass.idle"),
    _switch(0xE7, "output.converter"),
    _switch(0xE8, "input.eco.enabled"),
    _switch(0xE9, "battery.energysave"),
    _switch(0xEA, "ups.start.battery"),
    # "Bypass not allowed"
    _switch(0xEB, "input.bypass.switchable", _YES_NO),
)
"""SPM series: what is ON or OFF."""
_SELECT, _ON, _OFF, _SAVE = b"\x9f\xfe", b"\x9f\xca", b"\x9f\xcb", b"\x9f\xff"


class Change(ABC):
    """A setting that can be written."""

    query: Query
    name: str

    @property
    @abstractmethod
    def setting(self) -> Setting:
        """What can be written."""

    @abstractmethod
    async def write(self, talker: Talker, value: Value) -> Value:
        """Write a value that differs; return the one in force.

        Raises Unsupported for an impossible one, Rejected, NoReply, BadReply, LinkLost.
        """

    async def now(self, talker: Talker) -> str:
        """Return what the unit says, after two equal replies. Raises NoReply, BadReply."""
        said = await talker.certain(self.query.request, is_raw=self.query.is_text)
        if said is None:
            raise NoReply(f"the UPS does not tell {self.name}")
        self.query.decode(said)
        return said

    def shown(self, said: str) -> Value:
        """Return the value in a reply; a text that is not there is empty."""
        return self.query.decode(said).get(self.name, "")


async def _step(
    talker: Talker, change: Change, key: bytes, is_there: Callable[[str], bool], circle: int
) -> str:
    """Press a key until the unit shows what is wanted; return what it says then.

    ``-`` acts on the variable that was read last: the line is held. All choices are passed in
    ``circle`` steps. Raises Rejected and the talker's errors.
    """
    async with talker.link.exclusive():
        first = now = await change.now(talker)
        for step in range(MOST_STEPS + 1):
            if is_there(now):
                return now
            if step == MOST_STEPS or (step >= circle and now == first):
                break
            await talker.order(key)
            now = await change.now(talker)
    raise Rejected(f"{change.name} is {now} after all choices were tried")


@dataclass(frozen=True, slots=True)
class Cycle(Change):
    """A setting with the choices that ``^Z`` lists, stepped through by ``-``."""

    query: Query
    name: str
    show: Show
    choices: tuple[str, ...]
    """As the unit writes them; a choice may be there twice."""

    def options(self) -> dict[str, str]:
        """Return how the unit writes each choice that is offered."""
        shown: dict[str, str] = {}
        for raw in self.choices:
            value = self.show(raw.strip())
            if value is not None and self.query.shape.fullmatch(raw):
                shown.setdefault(plain(value), raw.strip())
        return shown

    @property
    @override
    def setting(self) -> Setting:
        return Setting(name=self.name, kind=SettingKind.CHOICE, options=tuple(self.options()))

    @override
    async def write(self, talker: Talker, value: Value) -> Value:
        wanted = _option(self.name, self.options(), value)

        def is_there(said: str) -> bool:
            return said.strip() == wanted

        return self.shown(await _step(talker, self, NEXT, is_there, len(self.choices)))


@dataclass(frozen=True, slots=True)
class Limit(Change):
    """A limit of one probe of the Measure-UPS: ``-`` steps the left one, ``+`` the right one."""

    query: Query
    name: str
    probe: int
    choices: tuple[str, ...]

    def options(self) -> dict[str, str]:
        """Return how the unit writes each choice that is offered."""
        return {plain(_limit(raw)): raw for raw in self.choices}

    @property
    @override
    def setting(self) -> Setting:
        return Setting(name=self.name, kind=SettingKind.CHOICE, options=tuple(self.options()))

    @override
    async def write(self, talker: Talker, value: Value) -> Value:
        wanted = _option(self.name, self.options(), value)
        key = NEXT if self.probe == 1 else RAISE

        def is_there(said: str) -> bool:
            return said.split(",")[self.probe - 1] == wanted

        return self.shown(await _step(talker, self, key, is_there, len(self.choices)))


@dataclass(frozen=True, slots=True)
class Packs(Change):
    """The number of battery packs, which ``+`` and ``-`` count up and down (not SmartCell)."""

    query: Query = PACKS
    name: str = "battery.packs"

    @property
    @override
    def setting(self) -> Setting:
        return Setting(name=self.name, minimum=0, maximum=MOST_PACKS)

    @override
    async def write(self, talker: Talker, value: Value) -> Value:
        wanted = _number(value, 0, MOST_PACKS)
        async with talker.link.exclusive():
            key = RAISE if float(await self.now(talker)) < wanted else NEXT

            def is_there(said: str) -> bool:
                return float(said) == wanted

            return self.shown(await _step(talker, self, key, is_there, MOST_STEPS))


@dataclass(frozen=True, slots=True)
class Text(Change):
    """A text of up to eight characters."""

    query: Query
    name: str

    @property
    @override
    def setting(self) -> Setting:
        return Setting(name=self.name, kind=SettingKind.TEXT, length=STRING_LENGTH)

    @override
    async def write(self, talker: Talker, value: Value) -> Value:
        wanted = plain(value).strip()
        if len(wanted) > STRING_LENGTH or not wanted.isascii() or not wanted.isprintable():
            raise Unsupported(f"{self.name} takes up to {STRING_LENGTH} ASCII characters")
        if any(char in ALERTS for char in wanted):
            # whoever reads it would take them for alerts: "!" for a power failure
            raise Unsupported(f"{self.name} must not hold any of {ALERTS}")
        async with talker.link.exclusive():
            if self.shown(await self.now(talker)) == wanted:
                return wanted
            await self._send(talker, wanted.ljust(STRING_LENGTH, "\r"))
            shown = self.shown(await self.now(talker))
        if shown != wanted:
            raise Rejected(f"{self.name} is {shown!r} after it was set to {wanted!r}")
        return wanted

    async def _send(self, talker: Talker, padded: str) -> None:
        """Send ``-`` and exactly eight characters, in the unit's pace. Raises Rejected ..."""
        async with talker.sequence():
            await talker.link.write(NEXT)
            said = await talker.pause(REFUSAL_TIME)
            for position, char in enumerate(padded):
                if said:
                    # the rest would be obeyed as commands
                    raise Rejected(f"the UPS does not take {self.name}: {said}")
                await talker.link.write(char.encode("ascii"))
                if position < STRING_LENGTH - 1:
                    said = await talker.pause(BETWEEN_BYTES)
            accepted(NEXT, await talker.reply(timeout=ORDER_TIME))


@dataclass(frozen=True, slots=True)
class Switch(Change):
    """Something of the SPM series that is ON or OFF."""

    query: Query
    name: str

    def words(self) -> tuple[str, str]:
        """Return what it is called when it is off, and on."""
        off, on = (str(self.shown(said)) for said in ("OFF", "ON"))
        return off, on

    @property
    @override
    def setting(self) -> Setting:
        # the beeper's variable has a third word, so that it is no switch
        if self.name == "ups.beeper.status":
            return Setting(name=self.name, kind=SettingKind.CHOICE, options=self.words()[::-1])
        return Setting(name=self.name, kind=SettingKind.SWITCH, options=self.words_in_order())

    def words_in_order(self) -> tuple[str, str]:
        """Return no before yes, though "Bypass not allowed" is ON for no."""
        first, second = sorted(self.words())
        return first, second

    @override
    async def write(self, talker: Talker, value: Value) -> Value:
        off, on = self.words()
        if value not in {off, on}:
            raise Unsupported(f"{self.name} must be {off} or {on}")
        async with talker.link.exclusive():
            if self.shown(await self.now(talker)) == value:
                return value
            await talker.order(_SELECT)
            self.query.decode(await talker.ask(self.query.request) or "")
            await talker.order(_ON if value == on else _OFF)
            await talker.order(_SAVE)
            shown = self.shown(await self.now(talker))
        if shown != value:
            raise Rejected(f"{self.name} is {shown} after it was set to {value}")
        return value


def _option(name: str, options: Mapping[str, str], value: Value) -> str:
    """Return how the unit writes a value. Raises Unsupported."""
    text = plain(value)
    if text not in options:
        try:
            # 20.0 and 020 are the choice 20
            text = plain(float(text))
        except ValueError:
            text = ""
    if text not in options:
        raise Unsupported(f"{name} must be one of {', '.join(options)}")
    return options[text]


def _number(value: Value, minimum: float, maximum: float) -> float:
    """Return a whole number of a range. Raises Unsupported."""
    try:
        number = float(value)
    except ValueError as error:
        raise Unsupported(f"{value} is no number") from error
    if not (minimum <= number <= maximum and number == int(number)):
        raise Unsupported(f"{value} is no whole number from {minimum:g} to {maximum:g}")
    return number
