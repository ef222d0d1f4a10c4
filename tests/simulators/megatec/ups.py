"""A simulated UPS of the Megatec family: requests in, replies out, state in between.

What a dialect answers stands in its `Dialect` table; this module fills the tables' templates
from the state and obeys the commands.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
import re
from typing import override

from ..clock import Clock
from ..faults import Faults
from ..power import Output, Power

type Value = float | str
type Setting = bool | float | str
# False = unknown or refused, True = obeyed, None = silence, else the reply without CR.
type Answer = bytes | str | bool | None
type Maker = Callable[[MegatecUps], Value]
type Query = str | Callable[[MegatecUps], Answer]

# A longer request is noise.
LONGEST_REQUEST = 128


class Bare(bytes):
    """A reply that leaves as it is, without terminator or checksum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a dialect.

    Attributes:
        pattern: The whole request, without CR.
        obey: Does it and returns how that is answered.
    """

    pattern: str
    obey: Callable[[MegatecUps, re.Match[str]], Answer]


def echo(request: bytes) -> Answer:
    """Refuse as the 1996 document says: the request comes back."""
    return request


def silent(request: bytes) -> Answer:
    """Refuse without a word."""
    return None


def saying(text: str) -> Callable[[bytes], Answer]:
    """Return a way to refuse that always says the same."""
    return lambda request: text


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What one family of units answers.

    Attributes:
        name: As in the dialect card.
        queries: Exact request → template of the reply, or what makes it. A template's
            fields are names of `FIELDS`, of the dialect's `fields` and of its settings.
        commands: Tried in this order when no query matches.
        fields: Readings of its own: name → value, a number or finished text.
        settings: Its own settings with their defaults.
        power: Attributes of `Power` it differs in.
        refuse: What it says to a request it does not know.
        accepted: What it says to a command it obeys, None = nothing.
        encode: Turns a reply into the bytes on the wire (terminator, checksum).
        decode: Turns the bytes before a CR into a request, None = broken.
    """

    name: str
    queries: Mapping[str, Query]
    commands: tuple[Command, ...] = ()
    fields: Mapping[str, Maker] = field(default_factory=dict)
    settings: Mapping[str, Setting] = field(default_factory=dict)
    power: Mapping[str, Setting] = field(default_factory=dict)
    refuse: Callable[[bytes], Answer] = echo
    accepted: bytes | str | None = None
    encode: Callable[[MegatecUps, bytes], bytes] = lambda ups, reply: reply + b"\r"
    decode: Callable[[bytes], bytes | None] = lambda raw: raw


def _voltage_of_battery(ups: MegatecUps) -> str:
    if ups.settings["per_cell"]:
        return f"{ups.power.cell_voltage:04.2f}"
    return f"{ups.power.battery_voltage:04.1f}"


def _nominal_of_battery(ups: MegatecUps) -> str:
    nominal = ups.power.nominal_battery
    return f"{nominal:05.1f}" if nominal >= 100 else f"{nominal:05.2f}"


def _bit(on: bool) -> str:
    return "1" if on else "0"


def b7(ups: MegatecUps) -> bool:
    """Utility fail."""
    return ups.power.utility_failed


def b6(ups: MegatecUps) -> bool:
    """Battery low."""
    return bool(ups.settings["battery_low"]) or ups.power.battery_low


def b5(ups: MegatecUps) -> bool:
    """Bypass, boost or buck active."""
    return ups.power.regulating or (ups.power.bypass and ups.power.output_on)


def b4(ups: MegatecUps) -> bool:
    """UPS failed."""
    return ups.power.failed


def b3(ups: MegatecUps) -> bool:
    """UPS type is standby."""
    return not ups.power.online


def b2(ups: MegatecUps) -> bool:
    """Test in progress."""
    return ups.power.testing


def b1(ups: MegatecUps) -> bool:
    """Shutdown active."""
    return bool(ups.settings["shutdown_active"]) or ups.power.shutting_down


def b0(ups: MegatecUps) -> bool:
    """Beeper on."""
    return ups.power.beeper


FIELDS: Mapping[str, Maker] = {
    "input_voltage": lambda ups: ups.power.input_voltage,
    "fault_voltage": lambda ups: ups.power.fault_voltage,
    "output_voltage": lambda ups: ups.power.output_voltage,
    "load": lambda ups: ups.power.carried,
    "input_frequency": lambda ups: ups.power.input_frequency,
    "output_frequency": lambda ups: ups.power.output_frequency,
    "battery": _voltage_of_battery,
    "battery_voltage": lambda ups: ups.power.battery_voltage,
    "cell_voltage": lambda ups: ups.power.cell_voltage,
    "charge": lambda ups: ups.power.charge,
    "runtime": lambda ups: ups.power.runtime,
    "runtime_minutes": lambda ups: ups.power.runtime / 60,
    "temperature": lambda ups: ups.power.temperature,
    "output_current": lambda ups: ups.power.output_current,
    "apparent_power": lambda ups: ups.power.apparent_power,
    "real_power": lambda ups: ups.power.real_power,
    "nominal_voltage": lambda ups: ups.power.nominal_voltage,
    "nominal_current": lambda ups: ups.power.nominal_current,
    "nominal_battery": _nominal_of_battery,
    "nominal_frequency": lambda ups: ups.power.nominal_frequency,
    "nominal_power": lambda ups: ups.power.nominal_power,
    "b7": lambda ups: _bit(b7(ups)),
    "b6": lambda ups: _bit(b6(ups)),
    "b5": lambda ups: _bit(b5(ups)),
    "b4": lambda ups: _bit(b4(ups)),
    "b3": lambda ups: _bit(b3(ups)),
    "b2": lambda ups: _bit(b2(ups)),
    "b1": lambda ups: _bit(b1(ups)),
    "b0": lambda ups: _bit(b0(ups)),
}

# Settings every unit has. info and ratings say in which shape I and F are answered:
# grid (the document's), missing (refused), silent, blank (spaces), short (38 bytes with CR),
# ic (MegaTec-IC, I only), zero (noughts). refusal is what an unknown request gets instead of
# the dialect's own: echo, silent or a text.
SETTINGS: Mapping[str, Setting] = {
    "manufacturer": "UPS MAKER",
    "model": "SIM-1000",
    "firmware": "V1.00",
    "serial": "abcedfhi",
    "refusal": "",
    "info": "grid",
    "ratings": "grid",
    "per_cell": False,
    "battery_low": False,
    "shutdown_active": False,
    "all_zero": False,
}


class MegatecUps:
    """One simulated unit, a `wires.SerialDevice`.

    Args:
        dialect: What it answers.
        clock: Its time; `Clock.stopped()` for tests.
        fixed: Fields that do not follow the state: name or "request.name" → a number
            (formatted as usual) or text (sent as it is).
        blanks: Fields without a value: name or "request.name" → the character that
            stands for every digit, `@` or `-`.
        canned: Requests answered with these bytes and CR, whatever the dialect says.
        state: Attributes of `Power` and settings of the dialect.

    Attributes:
        received: Every complete request, without CR, in the order it came.
        power: The power side.
        faults: The faults of its line.
    """

    def __init__(
        self,
        dialect: Dialect,
        *,
        clock: Clock | None = None,
        fixed: Mapping[str, Value] | None = None,
        blanks: Mapping[str, str] | None = None,
        canned: Mapping[bytes, bytes] | None = None,
        **state: Setting,
    ) -> None:
        self.dialect = dialect
        self.settings: dict[str, Setting] = {**SETTINGS, **dialect.settings}
        self.power: Power = Power(clock=clock or Clock())
        self.fixed = dict(fixed or {})
        self.blanks = dict(blanks or {})
        self.canned = dict(canned or {})
        self.faults = Faults()
        self.send: Callable[[bytes, bytes], None] = lambda reply, request: None
        self.received: list[bytes] = []
        self.hosted = False
        self._buffer = bytearray()
        self._query = ""
        self._later: list[tuple[float, Callable[[], object]]] = []
        for name, value in {**dialect.power, **state}.items():
            self.set(name, value)
        self.power.settle()
        self.power.forget_fault()

    @property
    def clock(self) -> Clock:
        """Return the unit's clock."""
        return self.power.clock

    @property
    def output_on(self) -> bool:
        """Return whether the load has power now."""
        self.catch_up()
        return self.power.output_on

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Do something later, when the clock has got there and somebody looks."""
        self._later.append((self.clock.now() + seconds, action))

    def catch_up(self) -> None:
        """Live through everything up to the clock's time."""
        now = self.clock.now()
        due = sorted((each for each in self._later if each[0] <= now), key=lambda each: each[0])
        self._later = [each for each in self._later if each[0] > now]
        self.power.advance()
        for _, action in due:
            action()

    # What the control channel and tests do to it.

    def mains(self, on: bool) -> None:
        """Cut or restore mains."""
        self.set("mains", on)

    def glitch(self, voltage: float) -> None:
        """Let mains dip so shortly that only the fault voltage shows it."""
        self.power.advance()
        self.power.glitch(voltage)

    def press(self) -> None:
        """Press the power button."""
        self.power.press()

    def set(self, name: str, value: Setting) -> None:
        """Set an attribute of the power side or a setting; text is converted.

        Raises:
            KeyError: There is no such thing.
            ValueError: The text does not fit.
        """
        if name in self.settings:
            self.settings[name] = _as_kind(value, self.settings[name])
        elif name in _POWER_NAMES:
            self.power.advance()
            setattr(self.power, name, _as_kind(value, getattr(self.power, name)))
            self.power.settle()
        else:
            known = ", ".join(sorted({*self.settings, *_POWER_NAMES}))
            raise KeyError(f"{name} is none of: {known}")

    def get(self, name: str) -> Setting:
        """Return a setting, an attribute of the power side or a field's present value."""
        self.catch_up()
        if name in self.settings:
            return self.settings[name]
        value = getattr(self.power, name, None) if not name.startswith("_") else None
        if isinstance(value, bool | int | float | str):
            return value
        return self.value(name)

    def state(self) -> dict[str, Setting]:
        """Return all that `set` can change, and what follows from it."""
        self.catch_up()
        shown: dict[str, Setting] = {name: self.get(name) for name in _POWER_NAMES}
        shown |= self.settings
        for name in ("output", "output_on", "output_voltage", "battery_voltage", "runtime"):
            shown[name] = getattr(self.power, name)
        return shown

    def fix(self, name: str, value: Value | None) -> None:
        """Make a field show a value whatever the state says; None lets it go."""
        if value is None:
            self.fixed.pop(name, None)
        else:
            self.fixed[name] = value

    def blank(self, name: str, character: str) -> None:
        """Fill a field with `@` or `-`; an empty character lets it go."""
        if character:
            self.blanks[name] = character
        else:
            self.blanks.pop(name, None)

    # The line.

    def connected(self) -> None:
        """Start with an empty line."""
        self.hosted = True
        self._buffer.clear()

    def disconnected(self) -> None:
        """Notice that the host has gone."""
        self.hosted = False

    def feed(self, data: bytes) -> None:
        """Take bytes from the host and answer every request they complete."""
        for byte in data:
            if byte != 0x0D:
                self._buffer.append(byte)
                if len(self._buffer) > LONGEST_REQUEST:
                    self._buffer.clear()
            elif self._buffer:
                request = bytes(self._buffer)
                self._buffer.clear()
                self._handle(request)

    def ask(self, request: bytes | str) -> bytes:
        """Return the reply to one request, without a line and its faults; b"" = none."""
        raw = request.encode("latin-1") if isinstance(request, str) else request
        self.received.append(raw)
        self.catch_up()
        if raw in self.canned:
            return self.canned[raw] + b"\r"
        decoded = self.dialect.decode(raw)
        answer: Answer = False
        if decoded is not None and not (self.faults.denies(raw) or self.faults.denies(decoded)):
            answer = self.answer(decoded.decode("latin-1"))
        if answer is False:
            answer = self._refusal(raw)
        elif answer is True:
            answer = self.dialect.accepted
        if answer is None or isinstance(answer, bool):
            return b""
        if isinstance(answer, Bare):
            return bytes(answer)
        plain = answer.encode("latin-1") if isinstance(answer, str) else answer
        return self.dialect.encode(self, plain)

    def _refusal(self, request: bytes) -> Answer:
        match self.settings["refusal"]:
            case "":
                return self.dialect.refuse(request)
            case "echo":
                return echo(request)
            case "silent":
                return silent(request)
            case other:
                return str(other)

    def _handle(self, request: bytes) -> None:
        reply = self.ask(request)
        if reply:
            self.send(reply, request)

    def answer(self, request: str) -> Answer:
        """Answer a query or obey a command."""
        query = self.dialect.queries.get(request)
        if query is not None:
            self._query = request
            if not isinstance(query, str):
                return query(self)
            return self.fill(query)
        for command in self.dialect.commands:
            if match := re.fullmatch(command.pattern, request):
                return command.obey(self, match)
        return False

    # The state as the replies show it.

    def fill(self, template: str) -> str:
        """Fill a reply's template with the present values."""
        text = template.format_map(_Shown(self))
        if "{fault_voltage" in template:
            self.power.forget_fault()
        if self.settings["all_zero"] and text.startswith("("):
            text = re.sub(r"[0-9]", "0", text)
        return text

    def value(self, name: str) -> Value:
        """Return a field's value from the state: a number, or finished text.

        Raises:
            KeyError: There is no such field.
        """
        maker = self.dialect.fields.get(name) or FIELDS.get(name)
        if maker:
            return maker(self)
        value = self.settings[name]
        return _bit(value) if isinstance(value, bool) else value

    def shown(self, name: str, spec: str) -> str:
        """Return a field as a reply shows it."""
        for key in (f"{self._query}.{name}", name):
            if key in self.fixed:
                fixed = self.fixed[key]
                return fixed if isinstance(fixed, str) else format(fixed, spec)
        value = self.value(name)
        if isinstance(value, str) and not spec.startswith(("<", ">", "^")):
            spec = ""
        text = format(value, spec)
        for key in (f"{self._query}.{name}", name):
            if key in self.blanks:
                return re.sub(r"[0-9]", self.blanks[key], text)
        return text

    @override
    def __repr__(self) -> str:
        return f"<simulated {self.dialect.name} UPS>"


class _Shown:
    """What a template is filled from."""

    def __init__(self, ups: MegatecUps) -> None:
        self._ups = ups

    def __getitem__(self, name: str) -> _Field:
        return _Field(self._ups, name)


class _Field:
    def __init__(self, ups: MegatecUps, name: str) -> None:
        self._ups = ups
        self._name = name

    @override
    def __format__(self, spec: str) -> str:
        return self._ups.shown(self._name, spec)


_POWER_NAMES = [*(each.name for each in fields(Power) if each.name != "clock"), "auto_restart"]


def _as_kind(value: Setting, like: object) -> Setting:
    if isinstance(like, bool):
        if isinstance(value, str):
            words = {"on": True, "yes": True, "true": True, "1": True}
            words |= {"off": False, "no": False, "false": False, "0": False}
            if value.lower() not in words:
                raise ValueError(f"{value!r} is neither on nor off")
            return words[value.lower()]
        return bool(value)
    if isinstance(like, int | float):
        return float(value)
    return value if isinstance(value, str) else str(value)


__all__ = ["Bare", "Command", "Dialect", "MegatecUps", "Output", "Setting", "echo", "saying"]
