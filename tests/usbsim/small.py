"""The odd USB UPSes that are neither HID Power Devices nor Megatec (card usb-other, section H)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import time
from typing import override

from ..simulators.clock import Clock
from ..simulators.power import Power
from .device import UsbDevice
from .power_device import UpsState
from .usb import SET_REPORT, Hardware, Setup, Stall

type Value = str | float | bool


class SmallUps(UsbDevice):
    """A device with a power state of its own."""

    def __init__(self, hardware: Hardware, *, clock: Clock | None = None, **state: Value) -> None:
        super().__init__(hardware)
        self.ups = UpsState(power=Power(clock=clock or Clock()))
        for name, value in state.items():
            self.set(name, value)

    @property
    def power(self) -> Power:
        """The power side."""
        return self.ups.power

    @override
    def class_request(self, setup: Setup, data: bytes) -> bytes:
        if (setup.request_type, setup.request) == (0x21, SET_REPORT):
            self.power.advance()
            self.written(data)
            return b""
        if (setup.request_type, setup.request) == (0x21, 10):  # SET_IDLE
            return b""
        raise Stall

    def written(self, data: bytes) -> None:
        """Take a SET_REPORT."""

    @override
    def mains(self, on: bool) -> None:
        self.set("mains", on)

    @override
    def set(self, name: str, value: Value) -> None:
        with self.lock:
            self.power.advance()
            before = getattr(self.power, name)
            if isinstance(before, bool) and isinstance(value, str):
                value = value.lower() in {"on", "yes", "true", "1"}
            setattr(self.power, name, type(before)(value))
            self.power.settle()

    @override
    def get(self, name: str) -> Value:
        with self.lock:
            self.power.advance()
            found: Value = getattr(self.power, name)
            return found

    @override
    def state(self) -> dict[str, Value]:
        names = (
            "mains",
            "mains_voltage",
            "load",
            "charge",
            "output",
            "output_on",
            "battery_voltage",
        )
        return {name: self.get(name) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """A variant of Tripp Lite's protocol for 09ae:0001.

    Attributes:
        number: What command 00 answers.
        smart: It has D, M and T; otherwise B.
        binary: Numbers are binary in the places of hex text.
        frequency: How T shows the frequency: "" none, "three" digits and a nominal, "four" digits.
        banks: Switchable load banks, -1 = `X`.
        power_unit: VA that one of P's count for.
    """

    number: int
    smart: bool = True
    binary: bool = False
    frequency: str = ""
    banks: int = -1
    power_unit: float = 1.0


PROTOCOLS: Mapping[str, Protocol] = {
    "0004": Protocol(number=0x0004, frequency="four", banks=0, power_unit=10.0),
    "1001": Protocol(number=0x1001, smart=False),
    "2001": Protocol(number=0x2001, smart=False),
    "3003": Protocol(number=0x3003, frequency="three", banks=2),
    "3005": Protocol(number=0x3005, binary=True, banks=1),
    "3017": Protocol(number=0x3017, frequency="three"),
}
# Input classes of V, by nominal voltage.
_SMART_CLASSES = {100: 0, 110: 1, 120: 2, 127: 3, 208: 4, 220: 5, 230: 6, 240: 7}
_OMNI_CLASSES = {100: 0, 120: 1, 230: 2, 208: 3}
_REPLY_LENGTH = 8


class TrippLite(SmallUps):
    """Tripp Lite 09ae:0001: `:` + command + checksum + CR in 8-byte reports (H1).

    A command it does not know is answered with the reply before.
    """

    def __init__(
        self,
        hardware: Hardware,
        protocol: Protocol,
        *,
        clock: Clock | None = None,
        **state: Value,
    ) -> None:
        super().__init__(hardware, clock=clock, **state)
        self.protocol = protocol
        self.unit = 0xFFFF
        self.lowest = self.highest = self.power.input_voltage
        self.delay = 64.0
        self.relays: dict[int, bool] = {}
        self._reply = b""

    @property
    def _scale(self) -> float:
        """Vsc, the voltage that the input class stands for."""
        return 230.0 if self.power.nominal_voltage == 208 else self.power.nominal_voltage

    @override
    def written(self, data: bytes) -> None:
        body, found, _ = data[1:].rpartition(b"\r")
        if data[:1] != b":" or not found or not body:
            return
        command, check = body[:-1], body[-1]
        if check != 255 - sum(command) % 256:
            return
        reply = self._answer(command[:1], command[1:])
        if reply is not None:
            self._reply = (command[:1] + reply + b"\r")[:_REPLY_LENGTH].ljust(_REPLY_LENGTH, b"\0")
        if self._reply:
            self.push(self._reply)

    def _answer(self, letter: bytes, argument: bytes) -> bytes | None:
        power = self.power
        self.lowest = min(self.lowest, power.input_voltage)
        self.highest = max(self.highest, power.input_voltage)
        smart = self.protocol.smart
        answers: Mapping[bytes, Callable[[], bytes | None]] = {
            b"\0": lambda: self.protocol.number.to_bytes(2, "big"),
            b"P": lambda: f"{power.nominal_power / self.protocol.power_unit:05.0f}X".encode(),
            b"F": lambda: b"1102 A",
            b"V": self._voltage,
            b"S": self._status,
            b"L": self._load,
            b"D": lambda: self._battery() if smart else None,
            b"B": lambda: None if smart else self._omni(),
            b"M": lambda: self._extremes() if smart else None,
            b"T": lambda: self._temperature() if smart else None,
            b"U": lambda: self.unit.to_bytes(2, "big") if self.protocol.number != 0x1001 else None,
            b"W": lambda: b"",
            b"A": lambda: b"" if smart and power.start_test(10) else None,
            b"Z": lambda: self._reset_extremes() if smart else None,
            b"N": lambda: self._set_delay(argument),
            b"G": self._shut_down,
            b"J": lambda: self._set_unit(argument),
            b"K": lambda: self._switch(argument),
        }
        make = answers.get(letter)
        return make() if make else None

    def _number(self, value: float, digits: int) -> bytes:
        count = min(max(round(value), 0), (1 << 4 * digits) - 1)
        if self.protocol.binary:
            return count.to_bytes(digits, "big")
        return f"{count:0{digits}X}".encode()

    def _voltage(self) -> bytes:
        classes = (
            _SMART_CLASSES
            if self.protocol.smart and self.protocol.number != 0x3017
            else _OMNI_CLASSES
        )
        kind = classes.get(round(self.power.nominal_voltage), 2)
        banks = self.protocol.banks
        if self.protocol.binary:
            volts = round(self.power.nominal_battery).to_bytes(2, "big")
            return b"%d" % kind + volts + bytes([max(banks, 0)])
        blocks = round(self.power.nominal_battery / 6)
        return f"{kind}{blocks:02X}{'X' if banks < 0 else banks}".encode()

    def _status(self) -> bytes:
        power = self.power
        first = "0" if power.battery_low else "2" if self.ups.replace_battery else "1"
        bits = int(power.on_battery) | int(not power.output_on) << 2
        if self.protocol.number == 0x1001:
            second = "2" if not power.output_on else "1" if power.on_battery else "0"
            return f"{first}{second}00".encode()
        second = "3" if power.carried > self.ups.overload else "2" if power.testing else "0"
        if self.protocol.binary:
            return bytes([int(first), int(second), 0, bits])
        return f"{first}{second}0".encode() + bytes([0x30 | bits])

    def _load(self) -> bytes:
        if not self.protocol.smart:
            return self._number(self.power.output_voltage * 240 / self._scale, 4)
        if self.protocol.binary:
            return bytes([round(self.power.carried)])
        return self._number(self.power.carried, 2)

    def _battery(self) -> bytes:
        volts = self.power.battery_voltage * 12 / self.power.nominal_battery
        mains = self.power.input_voltage * 120 / self._scale
        if self.protocol.binary:
            return round(mains).to_bytes(2, "big") + round(volts * 10).to_bytes(2, "big")
        return self._number(mains, 2) + self._number(volts * 10, 2)

    def _omni(self) -> bytes:
        volts = self.power.battery_voltage * 12 / self.power.nominal_battery
        mains = self.power.input_voltage * 3600 / self._scale
        return self._number(mains, 4) + self._number(volts * 16, 2)

    def _extremes(self) -> bytes:
        low, high = (value * 120 / self._scale for value in (self.lowest, self.highest))
        return self._number(low, 2) + self._number(high, 2)

    def _reset_extremes(self) -> bytes:
        self.lowest = self.highest = self.power.input_voltage
        return b""

    def _temperature(self) -> bytes:
        if self.protocol.binary:
            return f"{min(round(self.power.temperature), 15):X}".encode()
        count = self._number((self.power.temperature + 21) / 0.3636, 2)
        tenths = round(self.power.input_frequency * 10)
        match self.protocol.frequency:
            case "three":
                return count + f"{tenths:03X}{int(self.power.nominal_frequency > 55)}".encode()
            case "four":
                return count + f"{tenths:04X}".encode()
        return count

    def _set_delay(self, argument: bytes) -> bytes:
        # Two bytes are seconds; text (N05) is the pulse of a relay.
        if len(argument) == 2 and argument != b"05":
            self.delay = float(int.from_bytes(argument, "big"))
        return b""

    def _shut_down(self) -> bytes:
        if self.power.on_battery:
            self.power.shut_down(self.delay)
        return b""

    def _set_unit(self, argument: bytes) -> bytes:
        self.unit = int.from_bytes(argument[:2], "big")
        return b""

    def _switch(self, argument: bytes) -> bytes | None:
        if self.protocol.banks < 0 or len(argument) < 2:
            return None
        digits = (
            list(argument[:2]) if self.protocol.binary else [each - 0x30 for each in argument[:2]]
        )
        outlet, on = digits[0], bool(digits[1])
        self.relays[outlet] = on
        self.ups.switch(outlet, on=on)
        return b""


class Richcomm(SmallUps):
    """A dry contact (H2): the query `01 00 00 30` brings four bytes; bit 2 mains, bit 1 battery.

    The first replies after it was opened are of no meaning.
    """

    junk = 5

    def __init__(self, hardware: Hardware, *, clock: Clock | None = None, **state: Value) -> None:
        super().__init__(hardware, clock=clock, **state)
        self._armed = False
        self._replies = 0

    @override
    def woken(self) -> None:
        self._replies = 0

    @override
    def written(self, data: bytes) -> None:
        match bytes(data):
            case b"\x01\x00\x00\x30":
                self._replies += 1
                good = not self.power.utility_failed, not self.power.battery_low
                bits = good[0] << 2 | good[1] << 1
                self.push(bytes([1, 0, 0, bits if self._replies > self.junk else 0]))
            case b"\x02\x00\x00\x00":
                self._armed = True
            case b"\x02\x01\x00\x00":
                if self._armed and self.power.on_battery:
                    self.power.shut_down(0)
                self._armed = False
            case _:
                raise Stall


class Atcl(SmallUps):
    """It says its state once a second, unasked (H3): 3 on line, 1 on battery, 2 battery low."""

    every = 1.0
    _said = 0.0
    _orders = 0

    @override
    def tick(self) -> None:
        now = time.monotonic()
        if self.attachment and now - self._said >= self.every:
            self._said = now
            self.power.advance()
            self.push(bytes([self._code()]).ljust(8, b"\0"))
        super().tick()

    def _code(self) -> int:
        if not self.power.utility_failed:
            return 3
        return 2 if self.power.battery_low else 1

    @override
    def out(self, endpoint: int, data: bytes) -> None:
        # Two orders shut it down, about 30 s later and on battery only.
        self._orders = self._orders + 1 if data == b"\x01".ljust(8, b"\0") else 0
        if self._orders == 2:
            self._orders = 0
            self.power.advance()
            if self.power.on_battery:
                self.power.shut_down(30, off_for=None)
