"""A simulated UPS that speaks XCP: frames in, blocks out, state in between.

Written from the XCP specification, Rev C1. It takes bytes in whatever pieces they come, so it
serves a serial line and a USB pipe alike.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from math import inf
import time
from typing import override

from ..clock import Clock
from ..faults import Faults
from ..power import Output, Power, Test
from . import blocks
from .encode import ACK_BLOCK, SFD, checksum, packets
from .mode import Mode
from .model import Model
from .orders import AUTHORISED, Orders

type Setting = bool | float | str

# a command's authorisation lasts so long (3.1), seconds
_AUTHORISED_FOR = 16
_MODES = {0xA0, 0xA1}
_EPOCH = datetime(2026, 3, 16, 10, 0)

SETTINGS: Mapping[str, Setting] = {
    "message": "",
    "serial": "GB123A0456",
    "part": "103006455-6591",
    "line_events": 7.0,
    "replace_battery": False,
    "overload": False,
    "fan_failed": False,
    "battery_absent": False,
    "epo": False,
    "eco": False,
    "maintenance": False,
    "generator": False,
    "test_as_battery": False,
    "busy": False,
    "clock_set": True,
}
"""What can be set beside the power side. ``test_as_battery``: a test shows as F0 in the status."""


@dataclass(slots=True, kw_only=True)
class Outlet:
    """One outlet; times are those of the clock, inf = none."""

    number: int
    on: bool = True
    fault: int = 0
    auto_off: int = -1
    auto_on: int = 0
    on_at: float = inf
    off_at: float = inf
    restart_at: float = inf

    def pending(self, now: float) -> tuple[float | None, float | None, float | None]:
        """Return the seconds until it goes on, until off, and until off and on again."""
        on, off, restart = (
            None if at == inf else max(at - now, 0.0)
            for at in (self.on_at, self.off_at, self.restart_at)
        )
        return on, off, restart


class XcpUps:
    """One simulated unit, a ``wires.SerialDevice``.

    Args:
        model: What it has.
        clock: Its time; ``Clock.stopped()`` for tests.
        state: Attributes of ``Power`` and names of ``SETTINGS``.

    Attributes:
        received: The data bytes of every valid command, in the order they came.
        ignored: Commands that were not obeyed because their authorisation was missing.
        tick: Real seconds: what passes between an authorisation and its command.
        mode: What its port listens for.
    """

    def __init__(self, model: Model, *, clock: Clock | None = None, **state: Setting) -> None:
        self.model: Model = model
        self.settings: dict[str, Setting] = {**SETTINGS, "message": model.message}
        self.power: Power = Power(
            clock=clock or Clock(), online=model.online, nominal_power=model.va
        )
        self.faults = Faults()
        self.send: Callable[[bytes, bytes], None] = lambda reply, request: None
        self.received: list[bytes] = []
        self.ignored: list[bytes] = []
        self.outlets = [Outlet(number=model.first_outlet + index) for index in range(model.outlets)]
        if self.outlets:
            self.outlets[-1].auto_off, self.outlets[-1].auto_on = 300, 5
        self.registers: dict[int, int] = {}
        self.system_test = (0, 0)
        self.strategy = 2
        self.panel_flashes = 0
        self.on_at = self.off_at = self.restart_at = inf
        self.on_date: datetime | None = None
        self.off_date: datetime | None = None
        self.bypass_at = inf
        self.clock_offset = timedelta()
        self.requested_only = False
        self._test_ends = inf
        self._on_battery_since = inf
        self._authorised_at = -inf
        self._authorised_tick = -inf
        self.tick: Callable[[], float] = time.monotonic
        self.mode = Mode()
        self._buffer = bytearray()
        self._orders = Orders(self)
        for name, value in {**model.power, **state}.items():
            self.set(name, value)
        self.power.settle()
        volts = int(self.power.nominal_voltage)
        self.registers = {
            1: 300,
            2: int(volts * 0.9),
            3: int(volts * 1.1),
            4: 20,
            5: 3,
            6: 1,
            7: 10,
            8: 15,
            9: -5,
            10: 40,
            11: volts,
            12: 1,
            13: 10,
            14: 5,
            15: 1,
            16: int(volts * 0.95),
            17: int(volts * 1.05),
            18: int(self.power.nominal_battery),
            19: int(self.power.nominal_battery * 1.2),
        }

    # What the control channel and tests do to it.

    @property
    def clock(self) -> Clock:
        """Return the unit's clock."""
        return self.power.clock

    def mains(self, on: bool) -> None:
        """Cut or restore mains."""
        self.set("mains", on)

    def glitch(self, voltage: float) -> None:
        """Let mains dip: the line event counter goes up."""
        self.settings["line_events"] = float(self.settings["line_events"]) + 1

    def press(self) -> None:
        """Press the power button."""
        self.power.press()

    def set(self, name: str, value: Setting) -> None:
        """Set an attribute of the power side, a setting, or ``meter_N``; text is converted.

        Raises:
            KeyError: There is no such thing.
            ValueError: The text does not fit.
        """
        if name.startswith("meter_"):
            self.settings[name] = value if value == "nan" else float(value)
        elif name in SETTINGS:
            self.settings[name] = _as_kind(value, SETTINGS[name])
        elif name in _POWER_NAMES:
            self.catch_up()
            setattr(self.power, name, _as_kind(value, getattr(self.power, name)))
            self.power.settle()
            self.catch_up()
        else:
            raise KeyError(f"{name} is none of: {', '.join(sorted({*SETTINGS, *_POWER_NAMES}))}")

    def get(self, name: str) -> Setting:
        """Return what ``set`` sets, or a property of the power side."""
        self.catch_up()
        if name in self.settings:
            return self.settings[name]
        value = getattr(self.power, name, None)
        if isinstance(value, bool | int | float | str):
            return value
        raise KeyError(name)

    def state(self) -> dict[str, Setting]:
        """Return all that ``set`` can change, and what follows from it."""
        self.catch_up()
        shown: dict[str, Setting] = {name: self.get(name) for name in _POWER_NAMES}
        shown |= self.settings
        shown |= {f"outlet_{each.number}": each.on for each in self.outlets}
        for name in ("output", "output_on", "output_voltage", "battery_voltage", "runtime"):
            shown[name] = getattr(self.power, name)
        return shown

    def fix(self, name: str, value: float | str | None) -> None:
        """Make ``meter_N`` show a value; None lets it go."""
        if value is None:
            self.settings.pop(name, None)
        else:
            self.set(name, value)

    def blank(self, name: str, character: str) -> None:
        """Make ``meter_N`` show no number; an empty character lets it go."""
        self.fix(name, "nan" if character else None)

    # Time.

    @property
    def wall_clock(self) -> datetime:
        """Return its own date and time."""
        return _EPOCH + timedelta(seconds=self.clock.now()) + self.clock_offset

    def catch_up(self) -> None:
        """Live through everything up to the clock's time."""
        self.power.advance()
        now = self.clock.now()
        if self.off_date and self.off_date <= self.wall_clock:
            self.off_date, self.off_at = None, now
        if self.on_date and self.on_date <= self.wall_clock:
            self.on_date, self.on_at = None, now
        if self.bypass_at <= now:
            self.bypass_at, self.power.bypass = inf, True
        if self.restart_at <= now:
            self.restart_at = self.off_at = inf
            self.power.shut_down(0)
        if self.off_at <= now:
            self.off_at = inf
            self.power.shut_down(0, off_for=None)
        if self.on_at <= now:
            self.on_at = inf
            self.switch_on()
        if self._test_ends <= now:
            self._test_ends, self.system_test = inf, (2, self.system_test[1])
        self._watch_outlets(now)

    def _watch_outlets(self, now: float) -> None:
        if not self.power.on_battery:
            self._on_battery_since = inf
        elif self._on_battery_since == inf:
            self._on_battery_since = now
        for outlet in self.outlets:
            if outlet.off_at <= now or (
                outlet.auto_off >= 0 and self._on_battery_since + outlet.auto_off <= now
            ):
                outlet.off_at, outlet.on = inf, False
            if outlet.restart_at <= now:
                outlet.restart_at, outlet.on = inf, False
                outlet.on_at = now + 10 + max(outlet.auto_on, 0)
            if outlet.on_at <= now and not self.power.utility_failed:
                outlet.on_at, outlet.on = inf, True

    def switch_on(self) -> None:
        """Go to System Normal from any state (6.1.4)."""
        self.power.bypass = False
        self.bypass_at = inf
        if not self.power.output_on:
            self.power.press()

    def start_system_test(self, number: int) -> None:
        """Let a test run for five seconds."""
        self.system_test = (1, number)
        self._test_ends = self.clock.now() + 5

    # What the status and alarm blocks tell.

    @property
    def load_on_bypass(self) -> bool:
        """Return whether the load runs on the bypass."""
        return (self.power.bypass or bool(self.settings["maintenance"])) and self.power.output_on

    @property
    def is_off(self) -> bool:
        """Return whether nothing gets power."""
        return not self.power.output_on or bool(self.settings["epo"])

    @property
    def overall(self) -> int:
        """Return byte 1 of the status: the state of the highest priority (5.5.1)."""
        power, settings = self.power, self.settings
        if self.is_off:
            return 0x10
        if power.on_battery or (power.testing and settings["test_as_battery"]):
            return 0xF0
        if settings["overload"]:
            return 0xE0
        if settings["maintenance"]:
            return 0x64
        if power.bypass:
            return 0x60
        if power.regulating:
            return 0x63 if power.mains_voltage > power.nominal_voltage else 0x62
        if self.outlets and not any(outlet.on for outlet in self.outlets):
            return 0x20
        if any(self.action_level(number) in {8, 12} for number in self.model.alarms):
            return 0x40
        return 0x51 if settings["eco"] else 0x50

    @property
    def topology_bits(self) -> int:
        """Return byte 2 of the status, with noise where the mask has no bit."""
        power = self.power
        said = (
            not power.utility_failed,
            not power.utility_failed,
            power.on_battery and power.battery_low,
            power.output_on and (self.model.online or power.on_battery),
            power.on_battery,
            self.load_on_bypass,
            not self.is_off,
            self.model.online,
        )
        bits = sum(bit << 7 - index for index, bit in enumerate(said))
        return (bits & self.model.status_mask) | self.model.noise

    @property
    def battery_status(self) -> int:
        """Return byte 0 of the battery block."""
        tested = {Test.NONE: 0, Test.RUNNING: 1, Test.PASSED: 2, Test.ABORTED: 3, Test.FAILED: 4}
        if self.system_test == (1, 2):
            return 5
        return tested[self.power.test_result]

    def pending(self) -> tuple[float | None, float | None, float | None]:
        """Return the seconds until on, until off, and until off and on again."""
        now = self.clock.now()
        on, off, restart = (
            None if at == inf else at - now for at in (self.on_at, self.off_at, self.restart_at)
        )
        return on, off, restart

    def scheduled(self) -> tuple[datetime | None, datetime | None]:
        """Return the dates at which it goes on and off."""
        return self.on_date, self.off_date

    def action_level(self, number: int) -> int:
        """Return the action level of an alarm, 0 = clear (5.4.1)."""
        power, settings = self.power, self.settings
        three = self.model.phases == 3
        level = {
            7: 35 if power.utility_failed and power.mains else 0,
            12: 18 if settings["epo"] else 0,
            25: 8 if settings["overload"] else 0,
            55: 16 if power.on_battery and power.charge < 5 else 0,
            56: 16 if power.on_battery and power.battery_low else 0,
            59: 8 if not power.mains else 0,
            107: 12 if settings["battery_absent"] and three else 0,
            143: 12 if settings["maintenance"] else 0,
            150: 32 if power.charge < 100 and not power.discharging else 0,
            151: 35 if power.charge < 50 else 0,
            168: 8 if power.on_battery else 0,
            169: 12 if power.bypass and power.output_on else 0,
            170: 18 if not power.output_on else 0,
            191: 12 if settings["replace_battery"] else 0,
            193: 12 if settings["fan_failed"] else 0,
            196: 32 if power.regulating and power.mains_voltage > power.nominal_voltage else 0,
            197: 32 if power.regulating and power.mains_voltage < power.nominal_voltage else 0,
            199: 12 if settings["battery_absent"] else 0,
            227: 32 if settings["eco"] else 0,
            248: 8 if settings["generator"] else 0,
            256: 35 if power.testing else 0,
            257: 35 if self.system_test[0] == 1 else 0,
        }.get(number, 0)
        # before XCP A the byte only says whether the alarm is there (5.4.4)
        return level if self.model.version.startswith(" ") else bool(level)

    # The line.

    def connected(self) -> None:
        """Start with an empty line."""
        self._buffer.clear()

    def disconnected(self) -> None:
        """Notice that the host has gone."""
        self._buffer.clear()

    def feed(self, data: bytes) -> None:
        """Take bytes from the host and answer every command they complete."""
        said, menu = self.mode.hear(data, self.tick())
        if menu:
            self.send(menu, data)
        self._buffer += said
        while self._buffer:
            start = self._buffer.find(SFD)
            if start < 0:
                self._buffer.clear()
                return
            del self._buffer[:start]
            if len(self._buffer) < 2 or len(self._buffer) < self._buffer[1] + 3:
                return
            end = self._buffer[1] + 3
            frame = bytes(self._buffer[:end])
            if sum(frame) & 0xFF or end == 3:
                # a bad checksum gets no answer; what follows may be a frame (4.4.2)
                del self._buffer[:1]
                continue
            del self._buffer[:end]
            self._take(frame[2:-1])

    def _take(self, request: bytes) -> None:
        for packet in self.ask(request):
            self.send(packet, request)

    def ask(self, request: bytes) -> tuple[bytes, ...]:
        """Return the packets that answer the data bytes of one command, without a line."""
        self.received.append(request)
        self.catch_up()
        code = request[0]
        authorised = self._is_authorised()
        self._authorised_at = -inf
        if not self.mode.takes(code):
            return ()
        if code == 0xCF:
            if request == AUTHORISED:
                self._authorised_at = self.clock.now()
                self._authorised_tick = self.tick()
            return ()
        if code in _MODES:
            return self._set_mode(authorised)
        if code < 0x80:
            return self._answer(request)
        if not authorised:
            self.ignored.append(request)
            return ()
        return self._obey(request)

    def _is_authorised(self) -> bool:
        waited = self.tick() - self._authorised_tick
        return (
            self.clock.now() - self._authorised_at <= _AUTHORISED_FOR
            and waited >= self.model.auth_pause
        )

    def _set_mode(self, authorised: bool) -> tuple[bytes, ...]:
        if not self.model.answers_modes or (self.model.auth_for_modes and not authorised):
            return ()
        self.requested_only = True
        return self._block(0x01, blocks.identity(self))

    def _obey(self, request: bytes) -> tuple[bytes, ...]:
        code = 0x33
        said = b""
        if self.faults.denies(request):
            code = 0x32
        elif not self.settings["busy"]:
            code, said = self._orders.obey(request)
        self.catch_up()
        return self._acknowledge(code, request + said)

    def _acknowledge(self, code: int, echo: bytes) -> tuple[bytes, ...]:
        if not self.model.acknowledges:
            return ()
        return self._block(ACK_BLOCK, bytes((code,)) + echo)

    def _answer(self, request: bytes) -> tuple[bytes, ...]:
        if self.faults.denies(request) or not self.model.knows(request[0]):
            return self._acknowledge(0x32, request)
        data = self._data(request)
        if data is None:
            return self._acknowledge(0x36, request)
        return self._block(request[0] - 0x30, data)

    def _data(self, request: bytes) -> bytes | None:
        match request[0]:
            case 0x31:
                return blocks.identity(self)
            case 0x33:
                return blocks.status(self, request[1] if len(request) > 1 else 0)
            case 0x34:
                return blocks.meters(self)
            case 0x35:
                return blocks.alarms(self)
            case 0x36:
                return blocks.configuration(self)
            case 0x38:
                return blocks.statistics(self)
            case 0x3B:
                return blocks.battery(self)
            case 0x3C:
                return blocks.limits(self)
            case 0x3F:
                return blocks.tests(self)
            case 0x40:
                return blocks.command_list(self.model)
            case 0x41:
                return blocks.outlets(self)
            case 0x42:
                return blocks.capabilities()
            case 0x43:
                return blocks.topology(self)
        return None

    def _block(self, number: int, data: bytes) -> tuple[bytes, ...]:
        return tuple(packets(number, data, self.model.packet))

    @override
    def __repr__(self) -> str:
        return f"<simulated {self.model.name} UPS>"


_POWER_NAMES = [each.name for each in fields(Power) if each.name != "clock"]


def _as_kind(value: Setting, like: object) -> Setting:
    if isinstance(like, bool):
        if isinstance(value, str):
            words = {"on": True, "yes": True, "1": True, "off": False, "no": False, "0": False}
            if value.lower() not in words:
                raise ValueError(f"{value!r} is neither on nor off")
            return words[value.lower()]
        return bool(value)
    if isinstance(like, int | float):
        return float(value)
    return str(value)


__all__ = ["SETTINGS", "Outlet", "Output", "XcpUps", "checksum"]
