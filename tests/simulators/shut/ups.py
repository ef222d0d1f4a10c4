"""A simulated UPS that speaks SHUT, from MGE's document 51029473ZA AC (its sections are named).

The HID side is a device of tests/usbsim, so that one power model stands behind USB and SHUT.
What the document leaves open, and how it is taken here: a request that the UPS cannot answer is
acknowledged and then followed by nothing; what nobody acknowledges is given up after half a second,
a notification after three times; a token ends whatever is under way, a notification too.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import override

from ...usbsim.hid import HidDevice, HidModel
from ...usbsim.report_descriptor import parse
from ...usbsim.usb import INPUT, Setup, Stall
from ..clock import Clock
from ..faults import Faults
from .models import MODELS, padded

type Value = bool | float | str

SYNC, SYNC_LIGHT, SYNC_OFF = 0x16, 0x17, 0x18
LEVELS = frozenset({SYNC, SYNC_LIGHT, SYNC_OFF})
ACK, NAK = 0x06, 0x15
REQUEST, RESPONSE, NOTIFY, LAST = 0x01, 0x04, 0x05, 0x80
# Section 2.4: the other side answers within half a second.
PATIENCE = 0.5
# A packet that stops coming for so long is none.
STALLED = 0.25
NOTIFY_TRIES = 3
_TICK = 0.1
_GET_REPORT, _SET_REPORT = (0xA1, 1), (0x21, 9)


def pack(kind: int, data: bytes) -> list[bytes]:
    """Return data in packets (section 2.3)."""
    parts = [data[start : start + 8] for start in range(0, len(data), 8)]
    result = []
    for number, part in enumerate(parts, 1):
        check = 0
        for byte in part:
            check ^= byte
        last = LAST if number == len(parts) else 0
        result.append(bytes([kind | last, 0x11 * len(part), *part, check]))
    return result


@dataclass(slots=True, kw_only=True)
class Trouble:
    """What goes wrong in the UPS or on its line, beside the faults that all lines have.

    Attributes:
        unknown_levels: Tokens that it does not know.
        wrong_echo: It answers so many tokens with another one.
        deaf: So many whole packets of the host are not heard.
        nak: So many whole packets of the host are refused.
        nak_last: So many last packets of writes are refused.
        lost_acks: So many ACKs and NAKs of the host are not heard.
        garbled: So many packets of ours leave with a wrong checksum.
        cut: So many packets of ours lose their last bytes.
        ack_lost: So many ACKs of ours are lost on the line.
        reserve: It notifies only on a line that has been quiet for so long, s.
        early: It tells what a write has changed before it acknowledges the write.
        done_unsaid: So many last packets of the host are obeyed and never acknowledged.
        collide_at: A notification begins when so many bytes of the host's next packet are here.
        unanswered: Reports that are not answered.
        refuses: Requests that cannot be answered get NAK, not silence.
        noise: What the line makes of what we send.
    """

    unknown_levels: set[int] = field(default_factory=set)
    wrong_echo: int = 0
    deaf: int = 0
    nak: int = 0
    nak_last: int = 0
    lost_acks: int = 0
    garbled: int = 0
    cut: int = 0
    ack_lost: int = 0
    reserve: float = 0.0
    early: bool = False
    done_unsaid: int = 0
    collide_at: int | None = None
    unanswered: set[int] = field(default_factory=set)
    refuses: bool = False
    noise: Callable[[bytes], bytes] | None = None


class _Hid(HidDevice):
    """A HID device whose Input reports go to the serial side."""

    def __init__(self, model: HidModel, clock: Clock | None, state: Mapping[str, Value]) -> None:
        self.told: Callable[[bytes], None] = lambda report: None
        super().__init__(model, clock=clock, **state)

    @override
    def push(self, data: bytes, endpoint: int = 0x81, *, after: float = 0.0) -> None:
        self.told(data)


class _Plug:
    """The place where the HID device is plugged in: nothing is pumped from its pipes."""

    def pump(self, endpoint: int) -> None:
        """Do nothing."""


class ShutUps:
    """One simulated unit, a `wires.SerialDevice`.

    Args:
        model: Which one, see `models.MODELS`.
        clock: Its time; `Clock.stopped()` for tests.
        for_nut: Its report descriptor is filled up to a length that NUT 2.8.0 reads right.
        state: Attributes of the power side.

    Attributes:
        received: All whole requests, a set-up packet with what was written behind it.
        tokens: All tokens that came.
        level: The token that was obeyed last, None = it waits for the first.
        unheard: Notifications that nobody acknowledged.
        acknowledged: Those that were.
        trouble: What goes wrong.
        faults: The line's own.
    """

    def __init__(
        self,
        model: str = "ellipse",
        *,
        clock: Clock | None = None,
        for_nut: bool = False,
        **state: Value,
    ) -> None:
        chosen = MODELS[model]
        self.hid = _Hid(padded(chosen) if for_nut else chosen, clock, state)
        self.hid.told = self._told
        self.model = model
        self.faults = Faults()
        self.trouble = Trouble()
        self.send: Callable[[bytes, bytes], None] = lambda data, request: None
        self.received: list[bytes] = []
        self.tokens: list[int] = []
        self.level: int | None = None
        self.unheard: list[bytes] = []
        self.acknowledged: list[bytes] = []
        self._status = {
            each.report
            for each in parse(self.hid.report_descriptor, self.hid.model.names)
            if each.kind == INPUT and "PresentStatus" in each.path
        }
        self._packet = bytearray()
        self._came = 0.0
        self._request = bytearray()
        self._outgoing: deque[bytes] = deque()
        self._is_notifying = False
        self._tries = 0
        self._notice = b""
        self._waiting: deque[bytes] = deque()
        self._is_obeying = False
        self._timer: asyncio.TimerHandle | None = None
        self._ticker: asyncio.TimerHandle | None = None
        self._patience: asyncio.TimerHandle | None = None

    # A serial device.

    def connected(self) -> None:
        """Power the interface."""
        self.hid.plugged(_Plug())
        self._tick()

    def disconnected(self) -> None:
        """Fall asleep: the next host has to synchronise."""
        self.hid.unplugged()
        self._reset()
        self._waiting.clear()
        self.level = None
        for timer in (self._ticker, self._patience):
            if timer:
                timer.cancel()
        self._ticker = self._patience = None

    def _tick(self) -> None:
        with self.hid.lock:
            self.hid.tick()
        self._ticker = asyncio.get_running_loop().call_later(_TICK, self._tick)

    def feed(self, data: bytes) -> None:
        """Take bytes from the host."""
        now = asyncio.get_running_loop().time()
        if self._packet and now - self._came > STALLED:
            self._packet.clear()
        self._came = now
        for byte in data:
            self._take(byte)
            # it speaks as soon as it may, also between the last byte of one exchange and the first
            # of the next
            self._notify()

    def _take(self, byte: int) -> None:
        if self._outgoing:
            self._take_answer(byte)
            return
        if not self._packet:
            if byte in LEVELS:
                self._synchronise(byte)
                return
            if byte not in {REQUEST, REQUEST | LAST} or self.level is None:
                return
        self._packet.append(byte)
        if self.trouble.collide_at == len(self._packet):
            # Section 2.7: the notification goes first, the request is not looked at.
            self.trouble.collide_at = None
            self._packet.clear()
            self._notify()
            return
        size = self._packet[1] & 15 if len(self._packet) > 1 else 8
        if len(self._packet) == 2 and (size != self._packet[1] >> 4 or not 1 <= size <= 8):
            self._packet.clear()
            self._say(bytes([NAK]))
        elif len(self._packet) == size + 3:
            packet = bytes(self._packet)
            self._packet.clear()
            self._take_packet(packet)

    def _take_answer(self, byte: int) -> None:
        """Take what the host says to a packet of ours; anything else is not listened to."""
        if byte in {ACK, NAK} and self.trouble.lost_acks:
            self.trouble.lost_acks -= 1
        elif byte == ACK:
            self._outgoing.popleft()
            self._tries = 0
            if not self._outgoing and self._is_notifying:
                self.acknowledged.append(self._notice)
            self._go_on()
        elif byte == NAK:
            self._go_on()
        elif byte in LEVELS:
            self._synchronise(byte)

    def _take_packet(self, packet: bytes) -> None:
        data, check = packet[2:-1], 0
        for byte in data:
            check ^= byte
        if self.trouble.deaf:
            self.trouble.deaf -= 1
            return
        if check != packet[-1] or self.trouble.nak:
            self.trouble.nak = max(self.trouble.nak - 1, 0)
            self._say(bytes([NAK]))
            return
        if self.trouble.nak_last and self._request and packet[0] & LAST:
            self.trouble.nak_last -= 1
            self._say(bytes([NAK]))
            return
        request = bytes(self._request) + data
        if not packet[0] & LAST:
            self._request += data
            self._say(bytes([ACK]))
            return
        self._request.clear()
        self._obey(request)

    # Section 2.2 and 2.8.

    def _synchronise(self, level: int) -> None:
        self.tokens.append(level)
        if level in self.trouble.unknown_levels:
            return
        self._reset()
        self.level = level
        if level == SYNC_OFF:
            self._waiting.clear()
        if self.trouble.wrong_echo:
            self.trouble.wrong_echo -= 1
            level = next(iter(LEVELS - {level}))
        self._say(bytes([level]))

    def _reset(self) -> None:
        if self._is_notifying:
            self.unheard.append(self._notice)
        self._packet.clear()
        self._request.clear()
        self._outgoing.clear()
        self._is_notifying = False
        self._tries = 0
        if self._timer:
            self._timer.cancel()
            self._timer = None

    # Section 2.5.

    def _obey(self, request: bytes) -> None:
        """Answer or do what a whole request says; what that changes is told afterwards."""
        self.received.append(request)
        self._is_obeying = not self.trouble.early
        try:
            self._answer(request)
        finally:
            self._is_obeying = False

    def _answer(self, request: bytes) -> None:
        setup = Setup.unpack(request[:8])
        reply: bytes | None = b""
        if (setup.request_type, setup.request) == _GET_REPORT:
            if setup.low in self.trouble.unanswered:
                reply = None
        if reply is not None:
            try:
                with self.hid.lock:
                    reply = self._descriptor(setup) or self.hid.control(setup, request[8:])[0]
            except Stall:
                reply = None
        if reply is None and self.trouble.refuses:
            self._say(bytes([NAK]))
            return
        if self.trouble.done_unsaid and (setup.request_type, setup.request) == _SET_REPORT:
            self.trouble.done_unsaid -= 1
            return
        self._say(bytes([ACK]))
        if reply:
            self._begin(pack(RESPONSE, reply))

    def _descriptor(self, setup: Setup) -> bytes | None:
        """Return the descriptors of the one unit that has them at another index than others."""
        if self.hid.hardware.release != 0x0202 or (setup.request_type, setup.request) != (0x81, 6):
            return None
        whole = self.hid.descriptor(replace(setup, value=setup.high << 8))
        if setup.low == 1:
            return whole[: setup.length]
        # The first one is there as well, and shows little.
        short = 64
        if setup.high == 0x22:
            return whole[: min(short, setup.length)]
        return whole[:7] + short.to_bytes(2, "little")

    # Sending.

    def _say(self, data: bytes) -> None:
        if data == bytes([ACK]) and self.trouble.ack_lost:
            self.trouble.ack_lost -= 1
            return
        if len(data) > 1 and self.trouble.garbled:
            self.trouble.garbled -= 1
            data = data[:-1] + bytes([data[-1] ^ 0x5A])
        if len(data) > 1 and self.trouble.cut:
            self.trouble.cut -= 1
            data = data[: len(data) // 2]
        if self.trouble.noise:
            data = self.trouble.noise(data)
        if data:
            self.send(data, b"")

    def _begin(self, packets: list[bytes], *, notice: bytes = b"") -> None:
        self._outgoing.extend(packets)
        self._is_notifying = bool(notice)
        self._notice = notice
        self._tries = 0
        self._go_on()

    def _go_on(self) -> None:
        """Send the next packet, or the same again, and wait for the answer to it."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if not self._outgoing:
            self._is_notifying = False
            return
        self._say(self._outgoing[0])
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._give_up)

    def _give_up(self) -> None:
        self._timer = None
        self._tries += 1
        if self._is_notifying and self._tries < NOTIFY_TRIES:
            self._go_on()
            return
        self._reset()
        self._notify()

    # Section 2.6.

    def _told(self, report: bytes) -> None:
        """Take an Input report that changed."""
        if self.level in {None, SYNC_OFF}:
            return
        if self.level == SYNC_LIGHT and report[0] not in self._status:
            return
        for waiting in list(self._waiting):
            if waiting[0] == report[0]:
                self._waiting.remove(waiting)
        self._waiting.append(report)
        self._notify()

    def _notify(self) -> None:
        """Send what waits, while nothing else is under way."""
        if self._outgoing or self._packet or self._request or self._is_obeying:
            return
        if not self._waiting or self.trouble.collide_at is not None:
            return
        loop = asyncio.get_running_loop()
        if (pause := self._came + self.trouble.reserve - loop.time()) > 0:
            if self._patience:
                self._patience.cancel()
            self._patience = loop.call_later(pause, self._notify)
        else:
            report = self._waiting.popleft()
            self._begin(pack(NOTIFY, report), notice=report)

    # What the control channel does.

    @property
    def clock(self) -> Clock:
        """Its clock."""
        return self.hid.power.clock

    def mains(self, on: bool) -> None:
        """Cut or restore mains."""
        self.hid.mains(on)

    def set(self, name: str, value: Value) -> None:
        """Set a part of the state."""
        self.hid.set(name, value)

    def get(self, name: str) -> Value:
        """Return a part of the state."""
        return self.hid.get(name)

    def state(self) -> dict[str, Value]:
        """Return all of the state."""
        return self.hid.state()

    def fix(self, name: str, value: float | str | None) -> None:
        """Make a feature report show these bytes, in hex, its id in front: `fix 2 022400`."""
        self.hid.overwrite(int(name, 0), None if value is None else bytes.fromhex(str(value)))

    def blank(self, name: str, character: str) -> None:
        """Refuse: reports have no blanks."""
        raise ValueError("reports have no blanks: fix a report")

    def glitch(self, voltage: float) -> None:
        """Let mains dip shortly."""
        self.hid.power.glitch(voltage)

    def press(self) -> None:
        """Press the power button."""
        with self.hid.lock:
            self.hid.power.press()
            self.hid.changed()
