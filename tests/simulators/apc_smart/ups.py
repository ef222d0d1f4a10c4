"""A simulated APC unit: single bytes in, replies and alerts out, state in between.

Written from the protocol's document. What it leaves open (how long a test lasts, what the status
byte says while the output is off) is chosen here and noted.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import override

from ..clock import Clock
from ..faults import Faults
from ..power import Power, Test
from .models import Model
from .replies import REPLIES, second_register, third_register

type Setting = bool | float | str

PRESS_WAIT = 1.5
"""A repeated byte counts when it comes later than that, in seconds."""
RUSH = 0.02
"""Bytes of one command closer together than that are too fast for the unit, in seconds."""
LINE_FAIL_AGAIN = 30.0
TEST_TIME = 8.0
FEIGNED_TIME = 10.0
CALIBRATED = 25.0
"""The charge at which a calibration ends, percent."""
STRING = 8
PREFIX = 0x9F
REPEATED = b"KZ\x0e"


@dataclass(slots=True)
class Insert:
    """An alert to put into the next reply to a request, None = to any."""

    position: int
    alert: str
    request: bytes | None = None


class ApcUps:
    """One simulated unit, a `wires.SerialDevice`.

    Args:
        model: What it is.
        clock: Its time.
        state: Attributes of `Power` and settings.

    Attributes:
        received: Every byte or two-byte command, in the order it came.
        inserts: Alerts to put into replies.
        eeprom: What is stored, by command.
        writes: How often something was stored.
        rushed: Whether bytes came faster than a unit can take them.
    """

    def __init__(self, model: Model, *, clock: Clock | None = None, **state: Setting) -> None:
        self.model: Model = model
        self.settings: dict[str, Setting] = {
            "smart": False,
            "replace_battery": False,
            "packs_bad": "000",
            "contacts": "00",
            "humidity": 42.4,
            "ambient": 24.13,
            "dip_switches": "00",
            "register1": 0.0,
            "register2": 0.0,
            "register3": 0.0,
            "uptime": 123.4,
            "overload": False,
            "transfer_fails": False,
            "refuse": "",
            "failure_says_ok": False,
            "test_fails": False,
            "mode": "",
        }
        self.power: Power = Power(clock=clock or Clock())
        self.faults = Faults()
        self.send: Callable[[bytes, bytes], None] = lambda reply, request: None
        self.received: list[bytes] = []
        self.inserts: deque[Insert] = deque()
        self.fixed: dict[str, str] = {}
        self.blanks: dict[str, str] = {}
        self.eeprom: dict[str, str] = dict(model.eeprom)
        self.writes = 0
        self.rushed = False
        self.hosted = False
        self.cause: str = "O"
        self.sleeping = b""
        self.feigned = False
        self.calibrating = False
        self.selecting = False
        self.selected = ""
        self.bypass_by_command = False
        self.maximum = self.minimum = 0.0
        self.last_result_at = -1000.0
        self._feigned_until = 0.0
        self._was_on_battery = False
        self._was_low = False
        self._was_bad = False
        self._was_replace = False
        self._was_testing = False
        self._line_fail_at = 0.0
        self._said_line_fail = self._said_low = False
        self._last_read = ""
        # where in its choices a variable is: one may be there twice
        self._position: dict[str, int] = {}
        self._pending: tuple[str, str] = ("", "")
        self._digits: bytearray | None = None
        self._string: bytearray | None = None
        self._prefixed = False
        self._press: tuple[bytes, float] = (b"", -10.0)
        self._last_byte_at = -1.0
        for name, value in {**model.power, **state}.items():
            self.set(name, value)
        self.power.settle()
        self.forget_extremes()
        self._was_on_battery = self.on_battery
        self.cause = "O"

    # state

    @property
    def clock(self) -> Clock:
        """Return the unit's clock."""
        return self.power.clock

    @property
    def output_on(self) -> bool:
        """Return whether the load has power now."""
        self.catch_up()
        return self.power.output_on

    @property
    def on_battery(self) -> bool:
        """Return whether the load runs on the battery, for whatever reason."""
        return self.power.output_on and (self.power.discharging or self.feigned)

    @property
    def battery_low(self) -> bool:
        """Return whether it is nearly empty."""
        return self.on_battery and self.power.charge < self.power.low_charge

    def forget_extremes(self, which: str = "MN") -> None:
        """Begin to look for the highest and lowest input voltage anew."""
        voltage = self.power.input_voltage
        if "M" in which:
            self.maximum = voltage
        if "N" in which:
            self.minimum = voltage

    def catch_up(self) -> None:
        """Live through everything up to the clock's time, and say what has to be said."""
        self.power.advance()
        now = self.clock.now()
        if self.feigned and now >= self._feigned_until:
            self.feigned = False
        if self.calibrating and (self.power.charge < CALIBRATED or not self.power.testing):
            self.power.stop_test()
            self.calibrating = False
        if self.power.output_on:
            self.sleeping = b""
        self._notice(now)

    def _notice(self, now: float) -> None:
        """Send the alerts that follow from what has changed ("Alert messages")."""
        voltage = self.power.input_voltage
        self.maximum = max(self.maximum, voltage)
        self.minimum = min(self.minimum, voltage)
        testing, on_battery, low = self.power.testing, self.on_battery, self.battery_low
        if self._was_testing and not testing:
            self.last_result_at = now
            if self.settings["test_fails"] and self.power.test_result is Test.PASSED:
                self.power.test_result = Test.FAILED
        self._was_testing = testing
        if on_battery and not self._was_on_battery:
            if testing or self.feigned:
                self.cause = "S"
            elif self.power.mains and self.power.mains_voltage > self.power.nominal_voltage:
                self.cause = "H"
            else:
                self.cause = "L"
            self._line_fail(now)
        elif on_battery and not low and now - self._line_fail_at >= LINE_FAIL_AGAIN:
            self._line_fail(now)
        elif self._was_on_battery and not on_battery and self._said_line_fail:
            self._said_line_fail = False
            if self.power.output_on:
                self.alert("$")
        self._was_on_battery = on_battery
        if low and not self._was_low:
            self._said_low = True
            self.alert("%")
        elif not low and self._said_low and not on_battery:
            self._said_low = False
            self.alert("+")
        self._was_low = low
        bad = bool(third_register(self) & 0xE6 or second_register(self))
        if bad != self._was_bad:
            self.alert("?" if bad else "=")
        self._was_bad = bad
        replace = bool(self.settings["replace_battery"])
        if replace and not self._was_replace:
            self.alert("#")
        self._was_replace = replace

    def _line_fail(self, now: float) -> None:
        self._said_line_fail = True
        self._line_fail_at = now
        self.alert("!")

    def alert(self, alert: str) -> None:
        """Send an alert, if this kind of unit sends it and is in smart mode."""
        if self.settings["smart"] and alert in self.model.alerts:
            self.send(alert.encode(), b"")

    # what the control channel and tests do to it

    def mains(self, on: bool) -> None:
        """Cut or restore mains."""
        self.set("mains", on)

    def glitch(self, voltage: float) -> None:
        """Let mains dip so shortly that only the extremes show it."""
        self.maximum = max(self.maximum, voltage)
        self.minimum = min(self.minimum, voltage)

    def press(self) -> None:
        """Press the power button."""
        self.power.press()
        self.catch_up()

    def set(self, name: str, value: Setting) -> None:
        """Set an attribute of the power side, a setting or, as `eeprom.u`, what is stored.

        Raises:
            KeyError: There is no such thing.
            ValueError: The text does not fit.
        """
        if name.startswith("eeprom."):
            self.eeprom[name.removeprefix("eeprom.")] = str(value)
        elif name in self.settings:
            self.settings[name] = _as_kind(value, self.settings[name])
        elif name in _POWER_NAMES:
            self.power.advance()
            setattr(self.power, name, _as_kind(value, getattr(self.power, name)))
            self.power.settle()
        else:
            known = ", ".join(sorted({*self.settings, *_POWER_NAMES}))
            raise KeyError(f"{name} is none of: {known}")
        self.catch_up()

    def get(self, name: str) -> Setting:
        """Return a setting, an attribute of the power side, or what is stored."""
        self.catch_up()
        if name.startswith("eeprom."):
            return self.eeprom[name.removeprefix("eeprom.")]
        if name in self.settings:
            return self.settings[name]
        value: Setting = getattr(self.power, name)
        return value

    def state(self) -> dict[str, Setting]:
        """Return all that `set` can change, and what follows from it."""
        self.catch_up()
        shown: dict[str, Setting] = {name: getattr(self.power, name) for name in _POWER_NAMES}
        shown |= self.settings
        shown["output_on"] = self.power.output_on
        shown["on_battery"] = self.on_battery
        return shown

    def fix(self, name: str, value: float | str | None) -> None:
        """Answer a request with a text whatever the state says; None lets it go."""
        if value is None:
            self.fixed.pop(name, None)
        else:
            self.fixed[name] = str(value)

    def blank(self, name: str, character: str) -> None:
        """Fill the digits of a reply with a character; an empty one lets it go."""
        if character:
            self.blanks[name] = character
        else:
            self.blanks.pop(name, None)

    # the line

    def connected(self) -> None:
        """Take a new host: whatever was begun is forgotten, smart mode is not."""
        self.hosted = True

    def disconnected(self) -> None:
        """Notice that the host has gone."""
        self.hosted = False

    def feed(self, data: bytes) -> None:
        """Take bytes from the host."""
        for byte in data:
            now = self.clock.now()
            self._take(bytes((byte,)), now - self._last_byte_at)
            self._last_byte_at = now

    def _take(self, byte: bytes, since: float) -> None:
        self.catch_up()
        if self._string is not None:
            self.rushed = self.rushed or since < RUSH
            self._string += byte
            if len(self._string) == STRING:
                self._store_string()
            return
        if self._digits is not None and byte.isdigit():
            self.rushed = self.rushed or since < RUSH
            self._digits += byte
            if len(self._digits) == 3:
                self._shut_down_timed()
            return
        self._digits = None
        if self._prefixed:
            self._prefixed = False
            self.command(bytes((PREFIX,)) + byte)
        elif byte[0] == PREFIX and self.model.duals:
            self._prefixed = True
        else:
            self.command(byte)
        self.catch_up()

    def reply(self, text: str, request: bytes, *, line: bool = True) -> None:
        """Answer a request, with an alert in the middle where one is to be put there."""
        name = request.decode("latin-1")
        text = self.fixed.get(name, text)
        if (character := self.blanks.get(name)) is not None:
            text = "".join(character if each.isdigit() else each for each in text)
        data = text.encode("latin-1") + (b"\r\n" if line else b"")
        for insert in self.inserts:
            if insert.request in {None, request} and insert.position <= len(data):
                self.inserts.remove(insert)
                alert = insert.alert.encode()
                data = data[: insert.position] + alert + data[insert.position :]
                break
        self.send(data, request)

    def refuse(self, request: bytes, text: str = "NA") -> None:
        """Say no, or nothing ("Old units")."""
        if not self.model.silent:
            self.reply(text, request)

    def acknowledge(self, request: bytes) -> None:
        """Say yes to a shutdown, as this kind of unit does."""
        if self.model.star:
            self.reply("*", request, line=False)
        else:
            self.reply("OK", request)

    # commands

    def knows(self, request: bytes) -> bool:
        """Tell whether this kind of unit understands a request."""
        if len(request) == 2:
            return chr(request[1]) in self.model.duals
        if request == b"a":
            return self.model.lists
        # the document restricts the abort of a shutdown to no model
        return request in {b"Y", b"\x1b", b"\x7f"} or chr(request[0]) in self.model.commands

    def command(self, request: bytes) -> None:
        """Take one command."""
        self.received.append(request)
        name = request.decode("latin-1")
        if request == b"Y":
            self.settings["smart"] = True
            self.reply("SM", request)
            return
        if not self.settings["smart"]:
            return
        if self.faults.denies(request) or not self.knows(request):
            self.refuse(request)
            return
        if name in str(self.settings["refuse"]):
            self.refuse(request, "NO")
            return
        if request in REPEATED:
            self._press_twice(request)
            return
        if (answer := REPLIES.get(name)) is not None:
            self._last_read = name
            said = answer(self)
            if said is None:
                self.refuse(request)
            else:
                self.reply(said, request)
            return
        if name in self.eeprom:
            self._last_read = name
            self.selected = name if self.selecting else ""
            self.reply(self.eeprom[name], request)
            return
        if (obey := _ORDERS.get(request)) is not None:
            obey(self)
        elif request != b"\x1b":
            self.refuse(request)

    def _press_twice(self, request: bytes) -> None:
        before, at = self._press
        now = self.clock.now()
        if before != request or now - at <= PRESS_WAIT:
            self._press = (request, now)
            return
        self._press = (b"", -10.0)
        match request:
            case b"K":
                self.sleeping = b"S"
                self.power.shut_down(self.grace, off_for=None)
                self.acknowledge(request)
            case b"Z":
                self.sleeping = b"Z"
                self.power.shut_down(0, off_for=None)
            case _:
                if not self.power.output_on:
                    self.power.press()

    @property
    def grace(self) -> float:
        """Return the grace period, s."""
        return float(self.eeprom.get("p", "020"))

    @property
    def wake_delay(self) -> float:
        """Return the wake-up delay, s."""
        return float(self.eeprom.get("r", "000"))

    def _panel_test(self) -> None:
        self.reply("OK", b"A")

    def _self_test(self) -> None:
        if self.power.testing and not self.calibrating:
            self.power.stop_test()
            self.reply("OK", b"W")
        elif self.on_battery or not self.power.start_test(TEST_TIME):
            self.refuse(b"W")
        else:
            self.reply("OK", b"W")

    def _calibrate(self) -> None:
        if self.calibrating:
            self.power.stop_test()
        elif self.power.charge < 100 or self.on_battery or not self.power.start_test(None):
            self.refuse(b"D", "NO")
        else:
            self.calibrating = True

    def _feign(self) -> None:
        if self.on_battery or not self.power.output_on:
            self.refuse(b"U")
            return
        self.feigned = True
        self._feigned_until = self.clock.now() + FEIGNED_TIME
        if self.settings["failure_says_ok"]:
            self.reply("OK", b"U")

    def _soft_shutdown(self) -> None:
        if not self.on_battery:
            self.refuse(b"S")
            return
        self.sleeping = b"S"
        self.power.shut_down(self.grace, off_for=self.wake_delay)
        self.acknowledge(b"S")

    def _begin_timed(self) -> None:
        self._digits = bytearray()

    def _shut_down_timed(self) -> None:
        digits, self._digits = bytes(self._digits or b""), None
        self.received[-1:] = [b"@" + digits]
        tenths = int(digits)
        if tenths or not self.model.star:
            # "000 does nothing" on older units
            self.sleeping = b"@"
            self.power.shut_down(self.grace, off_for=tenths * 360 + self.wake_delay)
        self.acknowledge(b"@" + digits)

    def _abort(self) -> None:
        self.power.cancel()
        self.reply("OK", b"\x7f")

    def _bypass(self) -> None:
        if self.settings["transfer_fails"]:
            self.reply("ERR", b"^")
            return
        self.power.bypass = self.bypass_by_command = not self.power.bypass
        self.reply("BYP" if self.power.bypass else "INV", b"^")

    def _reset(self) -> None:
        kept = {name: self.eeprom[name] for name in "cx" if name in self.eeprom}
        self.eeprom = dict(self.model.eeprom) | kept
        self.writes += 1
        self.reply("CLEAR", b"z")
        self.alert("|")

    def _go_dumb(self) -> None:
        self.reply("BYE", b"R")
        self.settings["smart"] = False

    # the EEPROM

    def choices(self, name: str) -> tuple[str, ...]:
        """Return what a variable can be set to in this country."""
        return next(
            (
                values
                for command, locale, values in self.model.capabilities
                if command == name and locale in {self.model.locale, "4"}
            ),
            (),
        )

    def _cycle(self) -> None:
        self._step(b"-", -1)

    def _raise(self) -> None:
        self._step(b"+", 1)

    def _step(self, key: bytes, direction: int) -> None:
        name = self._last_read
        values = self.choices(name)
        if name in {"c", "x"} and name in self.eeprom and key == b"-":
            self._string = bytearray()
            return
        if name == ">" and "+" in self.model.commands:
            self.eeprom[name] = f"{max(int(self.eeprom[name]) + direction, 0):03}"
        elif name in "[]{}" and name:
            steps = range(55, 0, -5) if name in "[]" else range(90, 0, -10)
            sides = self.eeprom[name].split(",")
            side = 0 if key == b"-" else 1
            sides[side] = _after(sides[side], ("NO", *(f"{step:02}" for step in steps)))
            self.eeprom[name] = ",".join(sides)
        elif len(values) > 1 and key == b"-":
            position = self._position.get(name, values.index(self._stored(name, values)))
            position = (position + 1) % len(values)
            self._position[name] = position
            self.eeprom[name] = values[position]
        else:
            self.refuse(key, "NO")
            return
        self._stored_something(key)

    def _stored_something(self, key: bytes) -> None:
        self.writes += 1
        self.reply("OK", key)
        self.alert("|")

    def _stored(self, name: str, values: tuple[str, ...]) -> str:
        return next(each for each in values if each.strip() == self.eeprom[name].strip())

    def _store_string(self) -> None:
        text, self._string = bytes(self._string or b""), None
        self.eeprom[self._last_read] = text.decode("latin-1")
        self.received[-1:] = [b"-" + text]
        self._stored_something(b"-")

    # the SPM series: a setting is selected, switched and saved

    def _select(self) -> None:
        self.selecting = True
        self.reply("OK", b"\x9f\xfe")

    def _switch(self, request: bytes, word: str) -> None:
        if not (self.selecting and self.selected):
            self.refuse(request)
            return
        self._pending = (self.selected, word)
        self.reply("OK", request)

    def _switch_on(self) -> None:
        self._switch(b"\x9f\xca", "ON")

    def _switch_off(self) -> None:
        self._switch(b"\x9f\xcb", "OFF")

    def _save(self) -> None:
        name, word = self._pending
        if name:
            self.eeprom[name] = word
            self.writes += 1
        self.selecting = False
        self._pending = ("", "")
        self.reply("OK", b"\x9f\xff")

    @override
    def __repr__(self) -> str:
        return f"<simulated {self.model.name}>"


_ORDERS: Mapping[bytes, Callable[[ApcUps], None]] = {
    b"A": ApcUps._panel_test,
    b"W": ApcUps._self_test,
    b"D": ApcUps._calibrate,
    b"U": ApcUps._feign,
    b"S": ApcUps._soft_shutdown,
    b"@": ApcUps._begin_timed,
    b"\x7f": ApcUps._abort,
    b"^": ApcUps._bypass,
    b"z": ApcUps._reset,
    b"R": ApcUps._go_dumb,
    b"-": ApcUps._cycle,
    b"+": ApcUps._raise,
    b"\x9f\xfe": ApcUps._select,
    b"\x9f\xca": ApcUps._switch_on,
    b"\x9f\xcb": ApcUps._switch_off,
    b"\x9f\xff": ApcUps._save,
}

_POWER_NAMES = [each.name for each in fields(Power) if each.name != "clock"]


def _after(value: str, values: tuple[str, ...]) -> str:
    return values[(values.index(value) + 1) % len(values)]


def _as_kind(value: Setting, like: object) -> Setting:
    if isinstance(like, bool):
        if isinstance(value, str):
            return value.lower() in {"on", "yes", "true", "1"}
        return bool(value)
    if isinstance(like, int | float):
        return float(value)
    return str(value)


__all__ = ["ApcUps", "Insert"]
