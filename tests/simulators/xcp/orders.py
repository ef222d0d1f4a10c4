"""What a simulated unit does when it is told to (document, 6.1 to 6.3)."""

from datetime import timedelta
from math import inf
import struct
from typing import TYPE_CHECKING

from .encode import read_date

if TYPE_CHECKING:
    from .ups import Outlet, XcpUps

AUTHORISED = bytes.fromhex("cf69e8d5")

ACCEPTED, NOT_IMPLEMENTED, BUSY, UNRECOGNISED = 0x31, 0x32, 0x33, 0x34
OUT_OF_RANGE, INVALID, ADJUSTED = 0x35, 0x36, 0x37
ALL = 255

# (6.3.1) parameter: least, most
_RANGES = {
    1: (0, 500),
    2: (0, 460),
    3: (110, 540),
    4: (5, 120),
    5: (1, 30),
    6: (0, 2),
    7: (1, 18000),
    8: (0, 100),
    9: (0, 65535),
    10: (0, 255),
    11: (0, 65535),
    12: (0, 255),
    13: (0, 100),
    14: (0, 255),
    15: (0, 5),
    16: (0, 600),
    17: (0, 600),
    18: (1, 1000),
    19: (1, 1000),
}

type Ack = tuple[int, bytes]
"""The acknowledge code and what follows the echo."""


class Orders:
    """Obeys commands."""

    def __init__(self, ups: XcpUps) -> None:
        self.ups = ups

    def obey(self, request: bytes) -> Ack:
        """Do what an authorised command says."""
        code, rest = request[0], request[1:]
        if not self.ups.model.knows(code):
            return NOT_IMPLEMENTED, b""
        match code:
            case 0x88:
                return self._bypass(rest), b""
            case 0x89 | 0x8B:
                return self._switch(code == 0x89, rest), b""
            case 0x8A:
                return self._restart(rest), b""
            case 0x90:
                return self._set_clock(rest), b""
            case 0x91 | 0x93 if len(rest) in {2, 3}:
                (minutes,) = struct.unpack("<H", rest[:2])
                return self._delay(code == 0x91, minutes * 60, rest[2:]), b""
            case 0x92 | 0x94 if len(rest) in {6, 7}:
                return self._schedule(code == 0x92, rest), b""
            case 0x95 if len(rest) == 3:
                return self._configure(rest)
            case 0x97 if len(rest) == 4:
                return self._set_outlet(rest), b""
            case 0x9A if len(rest) == 1:
                return self._strategy(rest[0])
            case 0xB1 if len(rest) == 2:
                return self._battery_test(*rest), b""
            case 0xB2 if rest:
                return self._system_test(rest)
        return UNRECOGNISED, b""

    def _found(self, address: bytes) -> list[Outlet] | None:
        """Return the outlets of an address; None for one that is none, [] for the unit."""
        if not address:
            return []
        if address[0] == ALL:
            return self.ups.outlets or None
        found = [each for each in self.ups.outlets if each.number == address[0]]
        return found or None

    def _switch(self, on: bool, address: bytes) -> int:
        found = self._found(address)
        if found is None:
            return INVALID
        for outlet in found:
            outlet.on, outlet.on_at, outlet.off_at = on, inf, inf
        if not found:
            self.ups.off_at = inf
            if on:
                self.ups.switch_on()
                for outlet in self.ups.outlets:
                    outlet.on = True
            elif self.ups.restart_at == inf:
                self.ups.power.shut_down(0, off_for=None)
        return ACCEPTED

    def _restart(self, rest: bytes) -> int:
        if len(rest) not in {1, 2, 3}:
            return UNRECOGNISED
        seconds = rest[0] if len(rest) == 1 else struct.unpack("<H", rest[:2])[0]
        found = self._found(rest[2:])
        if found is None:
            return INVALID
        if seconds > 65534:
            return OUT_OF_RANGE
        at = self.ups.clock.now() + seconds
        for each in (*found, *(() if found else (self.ups,))):
            # it cannot be called off or shortened, only put off (6.1.1)
            if each.restart_at == inf or at > each.restart_at:
                each.restart_at = at
            each.off_at = inf
        return ACCEPTED

    def _delay(self, on: bool, seconds: float, address: bytes) -> int:
        found = self._found(address)
        if found is None:
            return INVALID
        at = self.ups.clock.now() + seconds if seconds else inf
        for each in (*found, *(() if found else (self.ups,))):
            if on:
                each.on_at = at
            else:
                each.off_at = at
        return ACCEPTED

    def _schedule(self, on: bool, rest: bytes) -> int:
        moment = None
        if any(rest[:6]):
            moment = read_date(rest[:6])
            if moment is None or not rest[0] & 0x80:
                return OUT_OF_RANGE
        if on:
            self.ups.on_date = moment
        else:
            self.ups.off_date = moment
        return ACCEPTED

    def _bypass(self, rest: bytes) -> int:
        if len(rest) not in {0, 2}:
            return UNRECOGNISED
        if not self.ups.model.online or self.ups.power.utility_failed:
            return BUSY
        delay = struct.unpack("<H", rest)[0] if rest else 0
        self.ups.bypass_at = self.ups.clock.now() + delay
        return ACCEPTED

    def _set_clock(self, rest: bytes) -> int:
        moment = read_date(rest[:6]) if len(rest) == 8 else None
        if moment is None:
            return OUT_OF_RANGE
        second = (rest[6] >> 4) * 10 + (rest[6] & 15)
        self.ups.clock_offset = timedelta()
        self.ups.clock_offset = moment + timedelta(seconds=second) - self.ups.wall_clock
        return ACCEPTED

    def _configure(self, rest: bytes) -> Ack:
        writable = self.ups.model.writable
        if rest[0] == 0xFF:
            return (ACCEPTED, bytes(writable)) if writable is not None else (INVALID, b"")
        number, value = rest[0], struct.unpack("<H", rest[1:])[0]
        # those without a list of their own obey what the oldest revision has
        if number not in (writable if writable is not None else (5, 6)):
            return INVALID, b""
        least, most = _RANGES.get(number, (0, 65535))
        if number == 6 and value > most:
            return INVALID, b""
        if not least <= value <= most:
            return OUT_OF_RANGE, b""
        if number == 9 and value > 127:
            value -= 256 if value < 256 else 65536
        code = ACCEPTED
        if number == 5 and value not in {1, 2, 3, 5, 10, 15, 20, 30}:
            # the document's example: only some are choices
            value, code = 5, ADJUSTED
        self.ups.registers[number] = value
        return code, b""

    def _set_outlet(self, rest: bytes) -> int:
        parameter, address = rest[0], rest[1:2]
        (value,) = struct.unpack("<h", rest[2:])
        found = self._found(address)
        if found is None or parameter not in {1, 2, 3, 4}:
            return INVALID
        if value < (-1 if parameter < 3 else 0):
            return OUT_OF_RANGE
        at = self.ups.clock.now() + value if value else inf
        for outlet in found:
            match parameter:
                case 1:
                    outlet.auto_off = value
                case 2:
                    outlet.auto_on = value
                case 3:
                    outlet.off_at = at
                case 4:
                    outlet.on_at = at
        return ACCEPTED

    def _strategy(self, wanted: int) -> Ack:
        strategies = self.ups.model.strategies
        if wanted == 0xFF:
            return ACCEPTED, bytes(strategies)
        if wanted not in strategies:
            return INVALID, b""
        if wanted == 0:
            return ACCEPTED, bytes((self.ups.strategy,))
        self.ups.strategy = 3 if wanted == 4 else wanted
        self.ups.settings["eco"] = wanted == 4
        return ACCEPTED, b""

    def _battery_test(self, start: int, duration: int) -> int:
        if not start or not duration:
            return OUT_OF_RANGE
        if self.ups.power.start_test(start + duration):
            return ACCEPTED
        return BUSY

    def _system_test(self, rest: bytes) -> Ack:
        tests = self.ups.model.tests
        if rest[0] == 0xFF:
            return (ACCEPTED, bytes(tests)) if tests else (INVALID, b"")
        if rest[0] not in (tests or (1,)) or (rest[0] == 4) != (len(rest) == 2):
            return INVALID, b""
        if self.ups.power.utility_failed:
            return BUSY, b""
        if rest[0] == 4:
            self.ups.panel_flashes += rest[1]
            self.ups.system_test = (2, 4)
        else:
            self.ups.start_system_test(rest[0])
        return ACCEPTED, b""
