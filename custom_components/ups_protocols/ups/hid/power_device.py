"""The driver of USB HID Power Devices, over USB or SHUT.

"Universal Serial Bus Usage Tables for HID Power Devices" 1.0; what real devices make of it stands
in the cards usb-hid-power-device, usb-hid-vendors, usb-hid-path-map and powercom-usb. The tables
of the makers are in ``vendors``; this module does the exchanges.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
import re
from typing import ClassVar, Final, override

from ..driver import Driver, Memory, Options
from ..errors import BadReply, LinkLost, Rejected, Unsupported, UpsError
from ..links.base import HidDevice, ReportKind, Unsubscribe
from ..model import (
    Command,
    Flags,
    Identity,
    Outcome,
    Part,
    PartKind,
    Push,
    Reread,
    Result,
    Setting,
    SettingKind,
    Snapshot,
    Status,
    StatusFlag,
    Tier,
    Value,
    Values,
    plausible_serial,
)
from ..names import Quantity, TestResult, TransferReason
from .commands import Action, Equipment, Proof
from .decoder import Decoded, Decoder, Key, PlacedBit, Point
from .push import PushMap
from .settings import agrees, checked, settings_of, written
from .shapes import as_number, quantity_of
from .signals import OnLineDischarge, Signal, flags_of, judge
from .tables import Labels, Readings, Vendor
from .vendors import vendor_for
from .wire import Wire, read_descriptor

# failed reads after which what a report of the status said last is forgotten
_FORGET_AFTER: Final = 3
# reads back after a write, for units that take their time
_PROOF_READS: Final = 3
# status reads that LB and RB must outlast on units that announce both after each transfer
_ANNOUNCED: Final = 4
_DAY: Final = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\d{6,8}")
_OUTLET: Final = re.compile(r"outlet\.(\d+)\.")
_OWN_LABELS: Final = ("_manufacturer", "_product", "_serial")
_TEST: Final = "ups.test.result"
_LOW_AND_REPLACE: Final = frozenset({StatusFlag.LOW_BATTERY, StatusFlag.REPLACE_BATTERY})
_REASONS: Final = {
    Signal.VOLTAGE_OUT_OF_RANGE: TransferReason.VOLTAGE_OUT_OF_RANGE,
    Signal.FREQUENCY_OUT_OF_RANGE: TransferReason.FREQUENCY_OUT_OF_RANGE,
}


class PowerDevice(Driver[HidDevice]):
    """A UPS with a HID Power Device interface."""

    pushed_as: ClassVar[tuple[ReportKind, ...]] = (ReportKind.INPUT,)
    """The kinds whose layout a report that comes by itself may have, best first."""

    def __init__(self, link: HidDevice, options: Options, memory: Memory) -> None:
        """Take the link; see the catalog's row for the options."""
        super().__init__(link, options, memory)
        self._vendor: Vendor = self._table()
        self._decoder: Decoder | None = None
        self._wire: Wire | None = None
        self._equipment: Equipment | None = None
        self._discharge = OnLineDischarge(
            str(options.get("online_discharge", OnLineDischarge.AS_REPORTED))
        )
        self._known: Readings = {}
        """What is read once: texts, ids."""
        self._kept: dict[Key, bytes] = {}
        """The reports of settings, as last read."""
        self._turn = 0
        """Which of them is read next."""
        self._latest: dict[Key, bytes] = {}
        """The reports with status bits, as last read."""
        self._missed: dict[Key, int] = {}
        self._signals: dict[Signal, bool] = {}
        self._charge: float | None = None
        self._testing = False
        self._announced = 0
        self._published: frozenset[StatusFlag] = frozenset()

    # ------------------------------------------------------------ what another wire does otherwise

    def _table(self) -> Vendor:
        """Return the maker's table."""
        return vendor_for(self.link.device, self.options)

    async def _read_descriptor(self) -> bytes:
        """Return the report descriptor; asked a second time where it is no good."""
        return await self.link.report_descriptor()

    async def _survey(self, keys: Iterable[Key]) -> dict[Key, bytes]:
        """Read all reports once, at open."""
        return await self._the_wire.survey(keys)

    async def _collect(self, keys: Sequence[Key]) -> dict[Key, bytes]:
        """Read the reports of a full read."""
        return await self._the_wire.collect(keys, self._the_decoder.power_keys)

    def _status_turn(self) -> list[Key]:
        """Return the reports for the next status read."""
        return self._the_decoder.status_keys

    # ------------------------------------------------------------ opening

    @override
    async def open(self) -> Identity:
        """Read the descriptor and every report that means something, once."""
        self._vendor = self._table()
        descriptor = await read_descriptor(self.link.url, self._read_descriptor, self._vendor)
        decoder = self._decoder = Decoder(descriptor, self._vendor)
        wire = self._wire = Wire(self.link, self._vendor, descriptor, self._came)
        if self._hears:
            # a report that has waited in the pipe tells what was: it goes before we ask what is
            self.link.on_report(lambda kind, report: None)
        self._latest, self._missed, self._signals = {}, {}, {}
        self._charge, self._testing, self._turn = None, False, 0
        reports = await self._survey((*decoder.wanted, *self._hidden_keys))
        decoder.choose(reports, wire.refused)
        for hidden in self._vendor.hidden:
            key = (ReportKind.FEATURE, hidden.report_id)
            if key not in reports or not hidden.decode(reports[key]):
                wire.refused.add(key)
        decoder.distrust(reports)
        self._kept = {key: reports[key] for key in decoder.still_keys if key in reports}
        identity = await self._identify(reports)
        for key, report in reports.items():
            self._came(key, report)
        # what the readings of this moment tell of the scales decides the ranges of the settings
        variables = self._snapshot(reports, self._judge(reports)).variables
        self._equip(reports, variables)
        return identity

    @property
    def _hidden_keys(self) -> tuple[Key, ...]:
        return tuple((ReportKind.FEATURE, each.report_id) for each in self._vendor.hidden)

    async def _identify(self, reports: Mapping[Key, bytes]) -> Identity:
        """Read the texts; those of the device itself count for more than those in reports."""
        device = self.link.device
        texts = await self._texts(reports)
        own: list[str | None] = [texts.pop(name, None) for name in _OWN_LABELS]
        usb = [
            _clean(text) or None for text in (device.manufacturer, device.product, device.serial)
        ]
        if not self._vendor.prefers_reports:
            own, usb = usb, own
        manufacturer, model, serial = (one or other for one, other in zip(own, usb, strict=True))
        labels = Labels(
            manufacturer=manufacturer,
            model=model,
            serial=serial,
            firmware=texts.pop("ups.firmware", None),
        )
        readings: Readings = {**self._values(reports).variables, **texts}
        if not labels.firmware and (firmware := readings.get("ups.firmware")):
            labels = replace(labels, firmware=str(firmware))
        labels = self._vendor.identify(labels, readings)
        serial = plausible_serial(labels.serial or "")
        others = (labels.manufacturer, labels.model, device.product, texts.get("battery.type"))
        if serial and serial.casefold() in {each.casefold() for each in others if each}:
            # the string index of another text
            serial = None
        known: dict[str, Value | None] = {
            "device.mfr": labels.manufacturer,
            "device.model": labels.model,
            "device.serial": serial,
            "ups.firmware": labels.firmware,
            "ups.firmware.aux": labels.firmware_aux,
            "ups.vendorid": f"{device.vendor_id:04x}",
            "ups.productid": f"{device.product_id:04x}",
            **{name: text for name, text in texts.items() if name[0] != "_"},
        }
        self._known = {name: value for name, value in known.items() if value}
        return Identity(
            manufacturer=labels.manufacturer,
            model=labels.model,
            serial=serial,
            firmware=labels.firmware,
        )

    async def _texts(self, reports: Mapping[Key, bytes]) -> dict[str, str]:
        """Read the string descriptors whose indices stand in reports."""
        device = self.link.device
        needless = {
            name
            for name, text in zip(
                _OWN_LABELS, (device.manufacturer, device.product, device.serial), strict=True
            )
            if _clean(text) and not self._vendor.prefers_reports
        }
        texts: dict[str, str] = {}
        strings: dict[int, str | None] = {}
        for name, point in self._the_decoder.points.items():
            if not point.shape.is_text or name in needless or point.key not in reports:
                continue
            try:
                index = point.read(reports[point.key])
                if index is None:
                    continue
                number = int(index)
                if number not in strings:
                    strings[number] = await self.link.get_string(number)
            except LinkLost:
                raise
            except UpsError:
                continue
            text = _clean(strings[number])
            # some makers have their name where others have the day
            if text and (quantity_of(name) is not Quantity.DATE or _DAY.search(text)):
                texts[name] = text
        return texts

    def _equip(self, reports: Mapping[Key, bytes], variables: Mapping[str, Value]) -> None:
        """Work out what this unit can report and be told."""
        decoder, wire = self._the_decoder, self._the_wire
        self._equipment = Equipment(decoder, reports, frozenset(wire.refused))
        flags = flags_of(each.signal for each in decoder.bits)
        if _TEST in decoder.points:
            flags |= {StatusFlag.TESTING}
        if self._discharge is OnLineDischarge.CALIBRATION and StatusFlag.DISCHARGING in flags:
            flags |= {StatusFlag.CALIBRATING}
        self.flags = flags
        self.commands = {name: action.command for name, action in self._equipment.actions.items()}
        # a delay that the unit stores itself is not kept by us
        self.settings = {**self._equipment.settings, **settings_of(decoder, variables)}
        outlets = {int(match[1]) for name in decoder.points if (match := _OUTLET.match(name))}
        self.parts = tuple(Part(kind=PartKind.OUTLET, index=number) for number in sorted(outlets))

    @property
    def _the_decoder(self) -> Decoder:
        if self._decoder is None:
            raise LinkLost(f"{self.link.url} is not open")
        return self._decoder

    @property
    def _the_wire(self) -> Wire:
        if self._wire is None:
            raise LinkLost(f"{self.link.url} is not open")
        return self._wire

    # ------------------------------------------------------------ reading

    @override
    async def read_status(self) -> Status:
        """Read the reports that tell the flags."""
        decoder = self._the_decoder
        keys = self._status_turn()
        test = decoder.points.get(_TEST)
        if self._testing and test is not None and test.key not in keys:
            # only while a test runs does its report tell more than the full reads
            keys.append(test.key)
        before = self._published
        fresh = await self._the_wire.collect(keys, decoder.power_keys)
        status = self._judge(fresh, asked=keys)
        if test is not None and test.key not in fresh and _begins_discharge(before, status.flags):
            # a battery test is no power failure: ask before anybody is told
            status = self._judge(await self._the_wire.collect([test.key], frozenset()))
        return status

    @override
    async def read(self) -> Snapshot:
        """Read each report that moves once, and one of those that only a hand changes."""
        decoder = self._the_decoder
        keys = [*decoder.moving_keys, *self._hidden_keys]
        still = decoder.still_keys
        if still:
            self._turn = (self._turn + 1) % len(still)
            keys.append(still[self._turn])
        fresh = await self._collect(keys)
        self._kept.update({key: fresh[key] for key in still if key in fresh})
        status = self._judge(fresh)
        return self._snapshot(fresh, status)

    def _came(self, key: Key, report: bytes) -> None:
        """Take a report with status bits: the order in which they come is what counts."""
        if any(each.key == key for each in self._the_decoder.bits):
            self._latest[key] = report
            self._missed.pop(key, None)

    def _judge(self, fresh: Mapping[Key, bytes], *, asked: Sequence[Key] = ()) -> Status:
        """Tell the status after new reports; one that failed says what it said last.

        ``asked`` are the reports of a status read.
        """
        decoder = self._the_decoder
        for key in {each.key for each in decoder.bits}:
            if key in asked and key not in fresh:
                self._missed[key] = self._missed.get(key, 0) + 1
                if self._missed[key] >= _FORGET_AFTER:
                    self._latest.pop(key, None)
        try:
            signals = decoder.signals(self._latest)
        except BadReply:
            for key in decoder.power_keys:
                self._latest.pop(key, None)
            raise
        test = decoder.points.get(_TEST)
        if test is not None and test.key in fresh:
            self._testing = _reads(test, fresh[test.key]) == TestResult.IN_PROGRESS
        self._signals = signals
        return self._published_as(self._status(signals), counts=bool(asked))

    def _status(self, signals: Mapping[Signal, bool]) -> Status:
        """Return what signals add up to."""
        signals = dict(self._the_decoder.settled(signals))
        if self._testing:
            signals[Signal.TESTING] = True
        return judge(signals, charge=self._charge, discharge=self._discharge)

    def _published_as(self, status: Status, *, counts: bool) -> Status:
        """Hold LB and RB back that come together, until some status reads have seen both.

        Some APC units announce both for seconds after a transfer (card usb-hid-vendors, §G1).
        The session's pace of status reads stands for the clock that a driver does not have.
        """
        if self._vendor.holds_back:
            if status.flags >= _LOW_AND_REPLACE:
                self._announced += counts
            else:
                self._announced = 0
            new = _LOW_AND_REPLACE - self._published
            if status.flags >= _LOW_AND_REPLACE and new and self._announced < _ANNOUNCED:
                alarms = tuple(each for each in status.alarms if each.text != "Replace battery!")
                status = replace(status, flags=status.flags - new, alarms=alarms)
        self._published = status.flags
        return status

    def _values(self, fresh: Mapping[Key, bytes]) -> Snapshot:
        """Return the values of reports, with a status that says nothing."""
        signals = self._the_decoder.settled(self._signals)
        on_line = signals.get(Signal.AC_PRESENT) and not signals.get(Signal.ON_BATTERY)
        decoded = self._the_decoder.values({**self._kept, **fresh}, on_line=on_line)
        for hidden in self._vendor.hidden:
            report = fresh.get((ReportKind.FEATURE, hidden.report_id))
            if report is not None:
                self._add_hidden(decoded, hidden.decode(report))
        for signal, reason in _REASONS.items():
            if signals.get(signal):
                decoded.variables.setdefault("input.transfer.reason", reason)
        return Snapshot(
            status=Status(flags=frozenset()),
            variables=decoded.variables,
            estimated=decoded.estimated,
            left_out=decoded.left_out,
        )

    def _add_hidden(self, decoded: Decoded, readings: Readings) -> None:
        """Add what stands in no descriptor: it is more exact than what does."""
        numbers = {
            name: value for name, value in decoded.variables.items() if isinstance(value, float)
        }
        for name, value in readings.items():
            is_good = not isinstance(value, float) or self._the_decoder.doubts.fits(
                name, value, numbers
            )
            (decoded.variables if is_good else decoded.left_out)[name] = value

    def _snapshot(self, fresh: Mapping[Key, bytes], status: Status) -> Snapshot:
        snapshot = self._values(fresh)
        charge = snapshot.variables.get("battery.charge")
        if isinstance(charge, float) and charge != self._charge:
            # a charging bit on a full battery says nothing
            self._charge = charge
            status = self._published_as(self._status(self._signals), counts=False)
        variables = self._known | dict(snapshot.variables)
        for name, setting in self.settings.items():
            if setting.host_side:
                variables[name] = self._host_side(name)
        return replace(snapshot, status=status, variables=variables)

    # ------------------------------------------------------------ pushes

    @property
    def _hears(self) -> bool:
        """Tell that what comes by itself comes beside what is asked for."""
        return self._vendor.pushes and not self._vendor.listens

    @override
    def on_push(self, callback: Callable[[Push], None]) -> Unsubscribe:
        """Hand over what interrupt reports say, where they can be believed."""
        if not self._hears:
            return lambda: None
        pushes = PushMap(self._the_decoder, self.pushed_as)

        def take(kind: ReportKind, report: bytes) -> None:
            if (news := pushes.read(report)) is None:
                return
            if news.is_odd or any(
                self._signals.get(signal) != is_on for signal, is_on in news.hints.items()
            ):
                callback(Reread(Tier.STATUS))
            if news.values:
                charge = news.values.get("battery.charge")
                self._charge = charge if isinstance(charge, float) else self._charge
                callback(Values(news.values))
            if news.signals.items() <= self._signals.items():
                return
            signals = {**self._signals, **news.signals}
            status = self._status(signals)
            if (
                _TEST in self._the_decoder.points
                and status.input_present is not False
                and _begins_discharge(self._published, status.flags)
            ):
                # whether it is a battery test stands in another report
                callback(Reread(Tier.STATUS))
            else:
                self._signals = signals
                self._note(news.numbers)
                flags = self._published_as(status, counts=False).flags
                callback(Flags(set=flags, cleared=self.flags - flags))
            callback(Reread(Tier.FULL))

        return self.link.on_report(take)

    def _note(self, numbers: Iterable[tuple[PlacedBit, int]]) -> None:
        """Put what a push says where it would be read: a read that began before it is older."""
        for bit, number in numbers:
            if (report := self._latest.get(bit.key)) is not None:
                with suppress(BadReply, Unsupported):
                    self._latest[bit.key] = bit.field.encode_number(report, number)

    # ------------------------------------------------------------ telling

    @override
    async def run(self, command: str, **parameters: float) -> Outcome:
        """Write what the command needs, and see that the device shows it."""
        equipment = self._equipment
        if equipment is None or command not in equipment.actions:
            raise Unsupported(f"this UPS has no command {command}")
        action = equipment.actions[command]
        values = self._parameters(action.command, parameters)
        sent: list[bytes] = []
        was_testing = self._testing
        if command.startswith("test.battery.start"):
            # from the first byte on: the battery may be in use before the unit confirms
            self._testing = _TEST in self._the_decoder.points
        try:
            async with self.link.exclusive():
                said = await self._carry_out(action, values, sent)
                proof = action.proof(values)
                result = Result.SENT if proof is None else await self._prove(proof, command)
        except UpsError:
            self._testing = was_testing
            raise
        return Outcome(result=result, parameters=said, requests=tuple(sent))

    async def _carry_out(
        self, action: Action, values: Mapping[str, float], sent: list[bytes]
    ) -> dict[str, float]:
        """Do the steps of a command; return the values that were really said."""
        wire = self._the_wire
        said: dict[str, float] = {}
        for step in action.steps(values):
            before = await wire.current(step.field)
            report, value = step.change(before)
            if step.parameter:
                said[step.parameter] = value
            if step.is_setting and report == before:
                continue
            if sent:
                await wire.rest()
            sent.append(await wire.put(step.field, report))
        return said

    async def _prove(self, proof: Proof, command: str) -> Result:
        """Read back. Raises Rejected where the device must show what it was told."""
        key = proof.field.kind, proof.field.report_id
        was_read = False
        for _ in range(_PROOF_READS):
            await self._the_wire.rest()
            try:
                report = await self._the_wire.get(key)
                was_read = True
                if proof.shows(report):
                    return Result.CONFIRMED
            except LinkLost:
                raise
            except UpsError:
                continue
        if proof.is_needed and was_read:
            raise Rejected(f"the UPS does not show that it obeyed {command}")
        return Result.SENT

    def _parameters(self, command: Command, given: Mapping[str, float]) -> dict[str, float]:
        """Complete a command's parameters. Raises Unsupported for unknown or impossible ones."""
        known = {parameter.name: parameter for parameter in command.parameters}
        if unknown := given.keys() - known.keys():
            raise Unsupported(
                f"{command.name} takes {', '.join(known) or 'no parameter'}, "
                f"not {', '.join(sorted(unknown))}"
            )
        values: dict[str, float] = {}
        for name, parameter in known.items():
            value = parameter.default
            if name in given:
                value = as_number(given[name])
            elif parameter.setting:
                value = min(
                    max(self._host_side(parameter.setting), parameter.minimum), parameter.maximum
                )
            if not parameter.minimum <= value <= parameter.maximum:
                raise Unsupported(
                    f"{name} must lie between {parameter.minimum:g} and {parameter.maximum:g}"
                )
            values[name] = value
        return values

    def _host_side(self, name: str) -> float:
        """Return a delay that we keep for the unit."""
        kept = self.memory.get(name)
        if isinstance(kept, int | float) and not isinstance(kept, bool):
            return float(kept)
        default = self._equipment.defaults[name] if self._equipment else 0
        setting = self.settings.get(name)
        return float(min(max(default, setting.minimum), setting.maximum) if setting else default)

    @override
    async def write(self, name: str, value: Value) -> Value:
        """Write a setting if it differs, and read it back."""
        setting = self.settings.get(name)
        if setting is None:
            raise Unsupported(f"{name} of this UPS cannot be set")
        wanted = checked(setting, value)
        if setting.host_side:
            self.memory[name] = as_number(wanted)
            return wanted
        async with self.link.exclusive():
            return await self._store(setting, self._the_decoder.points[name], wanted)

    async def _store(self, setting: Setting, point: Point, wanted: Value) -> Value:
        decoder, wire = self._the_decoder, self._the_wire
        # an EEPROM wears out: what is there already is not written again
        before = await wire.get(point.key)
        old = decoder.value(point, before)
        if old is not None and agrees(setting, old, wanted):
            return old
        report = decoder.descriptor.fit(point.field.kind, before)
        await wire.put(point.field, written(decoder, point, report, wanted))
        now: Value | None = None
        for _ in range(_PROOF_READS):
            await wire.rest()
            try:
                after = await wire.get(point.key)
            except LinkLost:
                raise
            except UpsError:
                continue
            now = decoder.value(point, after)
            if now is not None and now != old:
                if point.key in self._kept:
                    self._kept[point.key] = after
                if setting.kind is SettingKind.NUMBER or agrees(setting, now, wanted):
                    return now
        raise Rejected(f"{setting.name} is {old if now is None else now}, not {wanted}")

    @override
    async def close(self) -> None:
        """Stop listening; nothing is said."""
        if self._wire is not None:
            self._wire.stop_listening()


def _begins_discharge(before: frozenset[StatusFlag], now: frozenset[StatusFlag]) -> bool:
    """Tell that the battery has come into use and that no test is known of."""
    return (
        StatusFlag.ON_BATTERY in now
        and StatusFlag.ON_BATTERY not in before
        and not now & {StatusFlag.TESTING, StatusFlag.CALIBRATING}
    )


def _reads(point: Point, report: bytes) -> Value | None:
    try:
        return point.read(report)
    except BadReply:
        return None


def _clean(text: str | None) -> str:
    """Return a text without padding and what cannot be printed."""
    shown = "".join(each if each.isprintable() else " " for each in text or "")
    return " ".join(shown.split())
