"""A HID Power Device: reports that follow a power state, and obey what is written to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
import time
from typing import override

from ..simulators.clock import Clock
from ..simulators.power import Power
from .device import UsbDevice
from .hidbuild import Item, Report, build
from .power_device import Act, Reading, UpsState, act, reading
from .report_descriptor import Field, lengths, parse
from .usages import Names
from .usb import (
    FEATURE,
    GET_IDLE,
    GET_PROTOCOL,
    GET_REPORT,
    INPUT,
    SET_IDLE,
    SET_PROTOCOL,
    SET_REPORT,
    Hardware,
    Interface,
    Setup,
    Stall,
)

type Value = bool | float | str

# How often Input reports are compared with those sent last, in seconds.
_LOOK_AFTER_CHANGES = 0.2
_POWER_NAMES = tuple(each.name for each in fields(Power) if each.name != "clock")
_STATE_NAMES = ("replace_battery", "battery_present", "beeper", "runtime_limit", "overload")


@dataclass(frozen=True, slots=True, kw_only=True)
class HidModel:
    """A HID device as data.

    Attributes:
        hardware: Ids, strings, endpoints. Its interface `interface` gets the descriptor.
        reports: Named items; empty for a raw device.
        descriptor: The raw report descriptor of a published or captured device.
        names: The maker's own usages.
        values: Path → count, for constants of a raw descriptor.
        readings: Path → word of `READINGS`, where the path does not stand for the right one.
        actions: Path → word of `ACTIONS`, likewise.
        factors: Path → counts for one unit, where the declaration lies.
        recorded: (kind, report) → bytes with the report id, as a real device answered.
        silent: Reports in the descriptor that the device answers with a STALL.
        power: Attributes of `Power` and `UpsState` it starts with.
        interface: The number of the interface that is the UPS.
        pushes: It sends Input reports on its interrupt pipe.
        push_every: It sends all of its Input reports so often, in seconds; 0 = on changes.
        interrupt_only: It STALLs every GET_REPORT.
        root: The outermost collection.
        extra: Feature reports that the descriptor does not have: report → the bytes behind the id.
        longer: Report → bytes that follow the declared ones (APC's long reports).
        on_read, on_write: Code for what no table can say: they get the device, the report id
            and the bytes behind it; on_read may change them, on_write says that it did it all.
    """

    hardware: Hardware
    reports: tuple[Report, ...] = ()
    descriptor: bytes = b""
    names: Names = field(default_factory=dict)
    values: Mapping[str, int] = field(default_factory=dict)
    readings: Mapping[str, str] = field(default_factory=dict)
    actions: Mapping[str, str] = field(default_factory=dict)
    factors: Mapping[str, float] = field(default_factory=dict)
    recorded: Mapping[tuple[int, int], bytes] = field(default_factory=dict)
    silent: frozenset[int] = frozenset()
    power: Mapping[str, Value] = field(default_factory=dict)
    interface: int = 0
    pushes: bool = True
    push_every: float = 0.0
    interrupt_only: bool = False
    root: str = "UPS"
    extra: Mapping[int, Callable[[UpsState], bytes]] = field(default_factory=dict)
    longer: Mapping[int, bytes] = field(default_factory=dict)
    on_read: Callable[[HidDevice, int, bytes], bytes] | None = None
    on_write: Callable[[HidDevice, int, bytes], bool] | None = None


@dataclass(slots=True)
class _Live:
    """A field with what it shows and does, and its present count where that is its own."""

    field: Field
    reading: Reading | None
    act: Act | None
    factor: float
    count: int
    # A captured device shows the captured count until its reading moves.
    held: int | None = None

    def show(self, state: UpsState) -> int:
        if self.reading is None:
            return self.count
        value = self.reading(state)
        # -1 is "no countdown" in whatever unit.
        count = -1 if value == -1 else self.field.raw(value, self.factor)
        if self.held is not None:
            if count == self.held:
                return self.count
            self.held = None
        return count


class HidDevice(UsbDevice):
    """A simulated HID device.

    Args:
        model: What it is.
        clock: Its time; `Clock.stopped()` for tests.
        state: What differs from the model's `power`.
    """

    def __init__(self, model: HidModel, *, clock: Clock | None = None, **state: Value) -> None:
        self.model = model
        descriptor = model.descriptor or build(model.reports, model.names, root=model.root)
        super().__init__(_with_descriptor(model.hardware, model.interface, descriptor))
        self.report_descriptor = descriptor
        self.ups = UpsState(power=Power(clock=clock or Clock()))
        for name, value in {**model.power, **state}.items():
            self.set(name, value)
        self.lengths = lengths(descriptor)
        self.fields: dict[tuple[int, int], list[_Live]] = {}
        self.blind: dict[tuple[int, int], bytes] = {}
        self._last_pushed: dict[int, bytes] = {}
        self._bind()

    @property
    def power(self) -> Power:
        """The power side."""
        return self.ups.power

    def _bind(self) -> None:
        items: dict[tuple[int, str], Item] = {
            (report.number, each.path): each
            for report in self.model.reports
            for each in report.items
        }
        model = self.model
        for one in parse(self.report_descriptor, model.names):
            item = items.get((one.report, one.path))
            count = item.value if item else model.values.get(one.path)
            shows = acts = None
            if count is None:
                word = (item.read if item else None) or model.readings.get(one.path)
                shows = reading(one.path, word, unit=one.unit)
            if one.writable:
                acts = act(one.path, (item.act if item else None) or model.actions.get(one.path))
            factor = (item.factor if item else None) or model.factors.get(one.path) or one.factor
            live = _Live(one, shows, acts, factor, count or 0)
            key = (one.kind, one.report)
            # An Input report that was not captured shows what the Feature report did.
            if raw := model.recorded.get(key) or model.recorded.get((FEATURE, one.report)):
                live.count = _extract(raw[1:], one)
                live.held = one.raw(shows(self.ups), factor) if shows else None
            self.fields.setdefault(key, []).append(live)

    # Reports.

    def report(self, report: int, kind: int = FEATURE) -> bytes:
        """Return a report as it is now, with its id in front when the device uses ids.

        Raises:
            Stall: There is none.
        """
        key = (kind, report)
        if key in self.blind:
            return self.blind[key]
        if kind == FEATURE and report in self.model.extra:
            self.power.advance()
            return bytes([report]) + self.model.extra[report](self.ups)
        if report in self.model.silent or key not in self.lengths:
            raise Stall
        if self.model.recorded and kind == FEATURE and key not in self.model.recorded:
            raise Stall
        self.power.advance()
        total = 0
        for live in self.fields.get(key, ()):
            mask = (1 << live.field.size) - 1
            total |= (live.show(self.ups) & mask) << live.field.offset
        body = (total & (1 << 8 * self.lengths[key]) - 1).to_bytes(self.lengths[key], "little")
        if self.model.on_read:
            body = self.model.on_read(self, report, body)
        body += self.model.longer.get(report, b"")
        return bytes([report]) + body if report else body

    def overwrite(self, report: int, data: bytes | None, kind: int = FEATURE) -> None:
        """Make a report show these bytes (with its id) whatever the state says; None lets it go."""
        with self.lock:
            if data is None:
                self.blind.pop((kind, report), None)
            else:
                self.blind[kind, report] = data

    @override
    def class_request(self, setup: Setup, data: bytes) -> bytes:
        if setup.index != self.model.interface:
            raise Stall
        if self.model.interrupt_only and setup.request == GET_REPORT:
            raise Stall
        match (setup.request_type, setup.request):
            case (0xA1, r) if r == GET_REPORT:
                return self.report(setup.low, setup.high)
            case (0x21, r) if r == SET_REPORT:
                self.written(setup.low, data, setup.high)
                return b""
            case (0x21, r) if r in {SET_IDLE, SET_PROTOCOL}:
                return b""
            case (0xA1, r) if r == GET_IDLE:
                return b"\0"
            case (0xA1, r) if r == GET_PROTOCOL:
                return b"\1"
        raise Stall

    def written(self, report: int, data: bytes, kind: int = FEATURE) -> None:
        """Obey a SET_REPORT: what differs from what the report shows was meant.

        Raises:
            Stall: There is no such report, or nothing in it can be written.
        """
        lives = self.fields.get((kind, report), [])
        if not any(live.field.writable for live in lives) or report in self.model.silent:
            raise Stall
        self.power.advance()
        body = data[1:] if report else data
        if not (self.model.on_write and self.model.on_write(self, report, body)):
            doers = [live for live in lives if live.act and live.field.writable]
            for live in lives:
                # A report with two timers is written whole: the one that is as it was stays.
                self._write(live, body, always=len(doers) == 1)
        self.changed()

    def _write(self, live: _Live, body: bytes, *, always: bool) -> None:
        one = live.field
        if not one.writable or len(body) * 8 < one.offset + one.size:
            return
        count = _extract(body, one)
        before = one.signed(live.show(self.ups) & (1 << one.size) - 1)
        if live.act is None:
            # A setting that nothing follows from is kept as it was written.
            live.count, live.held, live.reading = count, None, None
        elif always or count != before:
            live.act(self.ups, -1 if count == -1 else count / live.factor)
            self.power.settle()
            if live.reading is None:
                live.count = count

    # Pushing.

    def changed(self) -> None:
        """Send the Input reports that differ from those sent last."""
        if not self.model.pushes or self.attachment is None:
            return
        for kind, number in sorted(self.lengths):
            if kind != INPUT or number in self.model.silent:
                continue
            raw = self.report(number, INPUT)
            if self._last_pushed.get(number) != raw:
                self._last_pushed[number] = raw
                self.push(raw, self._pipe())

    def _pipe(self) -> int:
        for address, (interface, _) in self.endpoints.items():
            if address & 0x80 and interface == self.model.interface:
                return address
        return 0x81

    @override
    def woken(self) -> None:
        # What the device shows at plug-in is no news.
        self._last_pushed = {
            number: self.report(number, INPUT)
            for kind, number in self.lengths
            if kind == INPUT and number not in self.model.silent
        }

    @override
    def tick(self) -> None:
        self.power.advance()
        now = time.monotonic()
        if self.model.push_every and now - self._pushed >= self.model.push_every:
            self._pushed = now
            self._last_pushed.clear()
        if now - self._ticked > _LOOK_AFTER_CHANGES:
            self._ticked = now
            self.changed()
        super().tick()

    _ticked = _pushed = 0.0

    # The state.

    @override
    def mains(self, on: bool) -> None:
        self.set("mains", on)

    @override
    def set(self, name: str, value: Value) -> None:
        with self.lock:
            if name in _POWER_NAMES:
                self.power.advance()
                setattr(self.power, name, _as_kind(value, getattr(self.power, name)))
                self.power.settle()
            elif name in _STATE_NAMES:
                setattr(self.ups, name, _as_kind(value, getattr(self.ups, name)))
            else:
                raise KeyError(f"{name} is none of: {', '.join((*_POWER_NAMES, *_STATE_NAMES))}")
            if self.attachment:
                self.changed()

    @override
    def get(self, name: str) -> Value:
        return self.state()[name]

    @override
    def state(self) -> dict[str, Value]:
        with self.lock:
            self.power.advance()
            shown: dict[str, Value] = {name: getattr(self.power, name) for name in _POWER_NAMES}
            shown |= {name: getattr(self.ups, name) for name in _STATE_NAMES}
            for name in ("output", "output_on", "test_result", "battery_voltage", "runtime"):
                shown[name] = getattr(self.power, name)
            shown |= {f"outlet.{n}": on for n, on in self.ups.outlets.items()}
            return shown


def _with_descriptor(hardware: Hardware, number: int, descriptor: bytes) -> Hardware:
    """Give the UPS's interface its report descriptor."""

    def filled(each: Interface) -> Interface:
        if each.number != number or each.report_descriptor is not None:
            return each
        return replace(each, report_descriptor=descriptor)

    return replace(hardware, interfaces=tuple(filled(each) for each in hardware.interfaces))


def _extract(body: bytes, one: Field) -> int:
    total = int.from_bytes(body, "little")
    return one.signed(total >> one.offset & (1 << one.size) - 1)


def _as_kind(value: Value, like: object) -> Value:
    if isinstance(like, bool):
        return (
            value.lower() in {"on", "yes", "true", "1"} if isinstance(value, str) else bool(value)
        )
    if isinstance(like, int):
        return int(value)
    return float(value) if isinstance(like, float) else str(value)
