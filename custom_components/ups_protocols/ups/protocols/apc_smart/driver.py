"""The APC Smart driver: finds out what a unit understands, asks it, hears its alerts."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
import re
from typing import override

from .compat import MATRIX, PROBED, SMART, lookup
from .frames import (
    ABOUT_TO_TURN_OFF,
    ALERTS,
    capabilities,
    choices,
    hex_byte,
    is_firmware,
    locale_of,
    protocol_info,
)
from .orders import BYPASS, DUMB, SELF_TEST, Order, Orders, Unit
from .settings import (
    FIXED,
    LIMITS,
    NEXT,
    PACKS,
    RAISE,
    RESTART_CODED,
    RESTART_PERCENT,
    STORED,
    SWITCHES,
    TEXTS,
    Change,
    Cycle,
    Limit,
    Packs,
    Stored,
    Switch,
    Text,
    restart_by_code,
)
from .status import FIRST, REGISTERS, STATUS, View, check_status, judge
from .talker import LONG_REPLY_TIME, ORDER_TIME, PROBE_TIME, Talker
from .variables import (
    CAPABILITIES,
    CONSTANTS,
    FIRMWARE,
    HIGHEST,
    INFO,
    INPUT_FREQUENCY,
    LINE_FREQUENCY,
    LOWEST,
    MODE,
    MODEL,
    OUTPUT_FREQUENCY,
    PROBE_TEMPERATURES,
    QUALITY,
    READINGS,
    REASON,
    SKU,
    UPTIME,
    Query,
    Readings,
    Refused,
)
from ...driver import Driver, Memory, Options
from ...errors import BadReply, NoReply, Unsupported, UpsError
from ...links.base import ByteLine, Unsubscribe
from ...model import (
    Flags,
    Identity,
    Outcome,
    Push,
    Reread,
    Snapshot,
    Status,
    StatusFlag,
    Tier,
    Value,
    plausible_serial,
)

LEAVE_OPTION = "leave_smart_mode"

_F = StatusFlag
_TRIES = 3
# reads of the registers that must be clean before they are left to the full tier
_WATCH = 3
# full reads on line after which a transfer that we expected has not come
_EXPECTED_FOR = 2
# full reads between two of the settings, of a unit that does not tell when they change
_STORED_EVERY = 10
# "Not reported by Smart UPS v/s and BackUPS Pro" (status flags, bit 0)
_NO_CALIBRATION = re.compile(r"back-?ups|smart-?ups\s*v/?s", re.IGNORECASE)
_QUIET_PUSHES = {"&": Tier.FULL, "|": Tier.FULL}


class ApcSmart(Driver[ByteLine]):
    """A UPS that speaks APC's smart protocol."""

    def __init__(self, link: ByteLine, options: Options, memory: Memory) -> None:
        """Take the line; see the catalog's row for the options."""
        super().__init__(link, options, memory)
        self.talker = Talker(link, self._heard)
        self._unit = Unit(commands=frozenset())
        self._extremes: dict[str, float] = {}
        """The lowest and highest input voltage since opening: each read makes the unit forget."""
        self._orders = Orders(self.talker, self._unit, self._extremes)
        self._known: Readings = {}
        self._left_out: Readings = {}
        self._stored: Readings = {}
        self._are_stale = True
        self._until_stored = 0
        self._setting_queries: tuple[Query, ...] = ()
        self._readings: tuple[Query, ...] = ()
        self._missed: Counter[bytes] = Counter()
        self._registers: dict[bytes, int] = {}
        self._watch = 0
        self._alerts = ALERTS
        self._on_battery = False
        self._patience = 0
        self._available: dict[str, Order] = {}
        self._changes: dict[str, Change] = {}
        self._callbacks: list[Callable[[Push], None]] = []
        self._unlisten: Unsubscribe | None = None

    # opening

    @override
    async def open(self) -> Identity:
        """Enter smart mode, find out what the unit understands, read what does not move."""
        if self._unlisten is None:
            self._unlisten = self.link.on_unsolicited(self.talker.unsolicited)
        await self.talker.enter()
        firmware, sku, model = await self._find_unit()
        await self._read_constants(firmware, sku, model)
        groups = await self._read_choices(sku or firmware)
        await self._first_round()
        self._equip(groups)
        await self._read_stored()
        serial = plausible_serial(str(self._known.get("device.serial", "")))
        if serial is None:
            for name in ("device.serial", "ups.serial"):
                self._known.pop(name, None)
        return Identity(
            manufacturer="APC",
            model=str(self._known["device.model"]),
            serial=serial,
            firmware=None if not (sku or firmware) else sku or firmware,
        )

    async def _find_unit(self) -> tuple[str, str, str]:
        """Find out what the unit understands.

        Returns the replies to ``V`` and ``b`` ("" for none), and what the model is called where
        it does not say.
        """
        firmware = await self._text(FIRMWARE)
        sku = "" if firmware else await self._text(SKU)
        if compat := lookup(firmware or sku):
            commands, model = compat.commands, compat.model
            if model == MATRIX:
                # "All bits are valid on the Matrix UPS", though the table does not list them
                commands |= {each for each in REGISTERS if await self._answers(each)}
            self._unit = Unit(commands=commands | {STATUS}, is_old=True)
            return firmware, sku, model
        if info := await self.talker.certain(INFO, timeout=LONG_REPLY_TIME, is_raw=True):
            try:
                described = protocol_info(info)
            except BadReply:
                self._left_out["_protocol"] = info
            else:
                self._alerts = described.alerts
                self._unit = Unit(commands=described.commands)
                if SKU in described.commands and not is_firmware(sku):
                    sku = await self._text(SKU)
                return firmware, sku if is_firmware(sku) else "", SMART
        commands = frozenset({each for each in PROBED if await self._answers(each)})
        self._unit = Unit(commands=commands | {STATUS}, is_old=True)
        return firmware, sku, MATRIX if b"/" in commands else SMART

    async def _text(self, request: bytes) -> str:
        """Return what the unit says of its firmware; "" where it does not know the question."""
        said = await self.talker.certain(request, timeout=PROBE_TIME)
        return "" if said is None or said in {"NA", "NO"} else said.strip()

    async def _answers(self, request: bytes) -> bool:
        """Tell whether the unit knows a question that is harmless to all."""
        try:
            said = await self.talker.certain(request, timeout=PROBE_TIME)
        except BadReply:
            return False
        return said is not None and said != "NA"

    async def _certain(self, query: Query) -> Readings:
        """Read what is kept: twice alike, or not at all; {} where the unit does not tell."""
        if not self._unit.has(query.request):
            return {}
        try:
            said = await self.talker.certain(query.request, is_raw=query.is_text)
        except BadReply:
            return {}
        if said is None:
            return {}
        try:
            return query.decode(said)
        except Refused:
            return {}
        except BadReply:
            self._left_out[repr(query.request)] = said
            return {}

    async def _read_constants(self, firmware: str, sku: str, model: str) -> None:
        """Read who the unit is and how it is rated."""
        known: Readings = {"device.mfr": "APC", "device.model": model}
        for query in CONSTANTS:
            known |= await self._certain(query)
        if text := sku or firmware:
            known["ups.firmware"] = text
        for name in ("mfr", "model", "serial"):
            if (value := known.get(f"device.{name}")) is not None:
                known[f"ups.{name}"] = value
        self._known = known

    async def _read_choices(self, firmware: str) -> dict[bytes, tuple[str, ...]]:
        """Return by request what the unit can be set to."""
        if not self._unit.has(CAPABILITIES, NEXT):
            return {}
        try:
            said = await self.talker.certain(CAPABILITIES, timeout=LONG_REPLY_TIME, is_raw=True)
            return choices(capabilities(said or ""), locale_of(firmware))
        except BadReply:
            return {}

    async def _first_round(self) -> None:
        """See which readings the unit has, and how wide its status is.

        Raises NoReply, BadReply where it does not tell its status.
        """
        said = await self.talker.certain(STATUS)
        if said is None:
            raise NoReply("the UPS does not tell what it does")
        model = str(self._known["device.model"])
        digits = len(said) if len(said) in {4, 8} else 2
        hex_byte(said, digits)
        is_toggled_blindly = _NO_CALIBRATION.match(model) is not None
        self._unit = replace(
            self._unit, status_digits=digits, reports_calibration=not is_toggled_blindly
        )
        readings: list[Query] = []
        has_input_frequency = self._unit.has(INPUT_FREQUENCY)
        for query in READINGS:
            if query is LINE_FREQUENCY and has_input_frequency:
                query = OUTPUT_FREQUENCY  # noqa: PLW2901
            if query in {UPTIME, PROBE_TEMPERATURES} or not self._unit.has(query.request):
                continue
            if await self._has(query):
                readings.append(query)
        if self._unit.has(UPTIME.request):
            # "T" has two meanings; which it is does not change
            said = await self.talker.certain(UPTIME.request)
            for query in (UPTIME, PROBE_TEMPERATURES):
                if said is not None and query.shape.fullmatch(said):
                    readings.append(query)
        self._readings = tuple(readings)
        await self._read_registers()

    async def _has(self, query: Query) -> bool:
        """Tell whether a reading is there; NO and NA may be so for now only."""
        for attempt in range(_TRIES):
            said: str | None = None
            try:
                said = await self.talker.ask(query.request)
                if said is None and attempt:
                    return False
                if said is not None:
                    query.decode(said)
                    return True
            except Refused:
                return not self._unit.is_old
            except BadReply:
                if attempt == _TRIES - 1 and said is not None:
                    self._left_out[repr(query.request)] = said
        return False

    def _equip(self, groups: dict[bytes, tuple[str, ...]]) -> None:
        """Work out what this unit can report, be told and be set to."""
        unit = self._unit
        self._changes = {}
        queries: list[Query] = []
        for stored in (*STORED, self._restart(groups)):
            if unit.has(stored.request):
                query = stored.query()
                queries.append(query)
                if stored.request in groups:
                    change = Cycle(query, stored.name, stored.show, groups[stored.request])
                    if change.options():
                        self._changes[stored.name] = change
        for query, name in zip(TEXTS, ("ups.id", "battery.date"), strict=True):
            if unit.has(query.request):
                queries.append(query)
                if unit.has(NEXT):
                    self._changes[name] = Text(query, name)
        for query, rest, texts in LIMITS:
            if unit.has(query.request):
                queries.append(query)
                for probe, key in ((1, NEXT), (2, RAISE)):
                    if unit.has(key):
                        name = f"ambient.{probe}.{rest}"
                        self._changes[name] = Limit(query, name, probe, texts)
        if unit.has(PACKS.request):
            queries.append(PACKS)
            if unit.has(NEXT, RAISE):
                self._changes["battery.packs"] = Packs()
        for query, name in SWITCHES:
            if unit.has(query.request):
                queries.append(query)
                self._changes[name] = Switch(query, name)
        queries += [query for query in FIXED if unit.has(query.request)]
        self._setting_queries = tuple(queries)
        self._extremes.clear()
        self._orders = Orders(self.talker, unit, self._extremes)
        self._available = self._orders.available()
        self.commands = {name: order.command for name, order in self._available.items()}
        self.flags = self._reported()

    def _restart(self, groups: dict[bytes, tuple[str, ...]]) -> Stored:
        """Return what ``e`` means here: codes, or percent."""
        listed = groups.get(RESTART_CODED.request, ())
        return RESTART_CODED if restart_by_code(listed) else RESTART_PERCENT

    @property
    def _has_bypass(self) -> bool:
        return self._unit.has(BYPASS) or self._unit.has(MODE.request)

    def _reported(self) -> frozenset[StatusFlag]:
        """Return the flags that this unit can report."""
        unit = self._unit
        flags = {_F.ON_LINE, _F.ON_BATTERY, _F.OVERLOADED, _F.LOW_BATTERY, _F.REPLACE_BATTERY}
        flags |= {_F.BOOSTING, _F.OFF}
        if unit.reports_calibration:
            flags.add(_F.CALIBRATING)
        if not unit.is_old:
            # "Not reported by 1st and 2nd generation"
            flags.add(_F.TRIMMING)
        if self._has_bypass:
            flags.add(_F.BYPASS)
        if unit.has(MODE.request):
            flags |= {_F.ECO, _F.TESTING}
        elif unit.has(REASON.request, SELF_TEST):
            flags.add(_F.TESTING)
        if ABOUT_TO_TURN_OFF in self._alerts:
            flags.add(_F.FORCED_SHUTDOWN)
        return frozenset(flags)

    # asking

    async def _ask(self, query: Query) -> Readings:
        """Ask one query; what is lost or no reply is asked for once more.

        {} where the unit does not tell at present. Raises NoReply, BadReply, LinkLost.
        """
        for attempt in range(2):
            try:
                said = await self.talker.ask(query.request)
                if said is not None:
                    return query.decode(said)
            except Refused:
                return {}
            except BadReply:
                self.talker.doubt()
                if attempt:
                    raise
        raise NoReply(f"the UPS does not answer {query.request!r}")

    async def _status_byte(self) -> int:
        """Return the status byte. Raises NoReply, BadReply, LinkLost."""
        said = await self.talker.ask(STATUS)
        if said is None:
            # it may have lost power, and smart mode with it
            await self.talker.enter_again()
            said = await self.talker.ask(STATUS)
        if said is None:
            raise NoReply("the UPS does not tell what it does")
        try:
            return check_status(hex_byte(said, self._unit.status_digits))
        except BadReply:
            self.talker.doubt()
            raise

    async def _read_registers(self, which: Iterable[bytes] = REGISTERS) -> None:
        """Read registers. What is not clean is read with each status until it is, for sure."""
        for request in which:
            if not self._unit.has(request) or self._missed[request] >= _TRIES:
                continue
            said = await self.talker.ask(request)
            if said is None:
                self._missed[request] += 1
                if self._missed[request] < _TRIES:
                    raise NoReply(f"the UPS does not tell its register {request!r}")
                self._registers.pop(request, None)
                continue
            self._missed.pop(request, None)
            if said in {"NA", "NO"}:
                self._registers.pop(request, None)
                continue
            self._registers[request] = hex_byte(said)
        is_clean = not any(self._registers.values())
        self._watch = max(self._watch - 1, 0) if is_clean else _WATCH

    async def _look(self, *, are_registers_fresh: bool = False) -> Status:
        """Read the status, and beside it what it takes to understand it."""
        if not are_registers_fresh:
            if self._watch:
                await self._read_registers()
            elif self._has_bypass:
                await self._read_registers((FIRST,))
        mode = (
            (await self._ask(MODE)).get("ups.mode") if self._unit.has(MODE.request) else None
        )
        status = await self._status_byte()
        if not status & 0x18 and not are_registers_fresh and not self._watch:
            await self._read_registers()
        reason = quality = None
        if status & 0x10:
            if self._unit.has(REASON.request):
                reason = (await self._ask(REASON)).get("input.transfer.reason")
            if self._unit.has(QUALITY.request):
                quality = (await self._ask(QUALITY)).get("input.quality")
        view = View(
            status=status,
            registers=self._registers,
            mode=None if mode is None else str(mode),
            reason=None if reason is None else str(reason),
            quality=None if quality is None else str(quality),
            has_bypass=self._has_bypass,
            is_feigned=self._orders.is_feigning,
        )
        judged = judge(view)
        self._note_transfer(_F.ON_BATTERY in judged.flags)
        return judged

    def _note_transfer(self, on_battery: bool) -> None:
        """Note what the unit does, and forget a transfer that we expected once it is over."""
        if on_battery:
            self._orders.expects_transfer = False
        elif self._on_battery:
            self._orders.is_feigning = False
        self._on_battery = on_battery

    @override
    async def read_status(self) -> Status:
        """Ask the status byte, and registers, mode and reason where they matter."""
        return await self._look()

    @override
    async def read(self) -> Snapshot:
        """Ask everything that moves, the status last, so that it is the newest."""
        self._until_stored -= 1
        if self._are_stale or (self._until_stored <= 0 and "|" not in self._alerts):
            await self._read_stored()
        readings: Readings = {}
        for query in self._readings:
            if self._missed[query.request] >= _TRIES:
                continue
            try:
                told = await self._ask(query)
            except NoReply:
                # for good, if it stays so: no reason to hide the rest
                self._missed[query.request] += 1
                if self._missed[query.request] < _TRIES:
                    raise
            else:
                self._missed.pop(query.request, None)
                readings |= told
        await self._read_registers()
        status = await self._look(are_registers_fresh=True)
        self._keep_extremes(readings)
        self._wait_for_transfer()
        return Snapshot(
            status=status,
            variables=self._known | self._stored | readings,
            left_out=self._left_out,
        )

    def _keep_extremes(self, readings: Readings) -> None:
        """Make of the extremes since the last read those since opening.

        ``M`` and ``N`` forget what they have told, and a change of state is read twice: the dip
        that made it would be told to a read that nobody sees.
        """
        for name, pick in ((HIGHEST, max), (LOWEST, min)):
            value = readings.get(name)
            if isinstance(value, float):
                readings[name] = self._extremes[name] = pick(
                    value, self._extremes.get(name, value)
                )

    def _wait_for_transfer(self) -> None:
        """Give up after a while on a transfer that we expected."""
        orders = self._orders
        if self._on_battery or not (orders.expects_transfer or orders.is_feigning):
            self._patience = _EXPECTED_FOR
            return
        self._patience -= 1
        if self._patience < 0:
            orders.expects_transfer = orders.is_feigning = False

    async def _read_stored(self) -> None:
        """Read the settings; nothing but an order of ours, a panel or a card changes them."""
        self._are_stale = False
        self._until_stored = _STORED_EVERY
        stored: Readings = {}
        try:
            for query in self._setting_queries:
                stored |= await self._certain(query)
        except UpsError:
            self._are_stale = True
            raise
        self._stored = stored
        # a text that is empty can be written as well
        self.settings = {
            name: change.setting
            for name, change in self._changes.items()
            if name in stored or isinstance(change, Text)
        }

    # telling

    @override
    async def run(self, command: str, **parameters: float) -> Outcome:
        """Say an order, once."""
        order = self._available.get(command)
        if order is None:
            raise Unsupported(f"this UPS has no command {command}")
        known = {parameter.name: parameter for parameter in order.command.parameters}
        if unknown := parameters.keys() - known.keys():
            raise Unsupported(f"{command} takes no {', '.join(sorted(unknown))}")
        values = {name: parameter.default for name, parameter in known.items()} | parameters
        for name, parameter in known.items():
            if not parameter.minimum <= values[name] <= parameter.maximum:
                raise Unsupported(
                    f"{name} must lie between {parameter.minimum:g} and {parameter.maximum:g}"
                )
        self._patience = _EXPECTED_FOR
        try:
            return await order.run(self._orders, values)
        finally:
            self._are_stale = self._are_stale or command == "reset.factory"

    @override
    async def write(self, name: str, value: Value) -> Value:
        """Write a setting, unless it is so already."""
        change = self._changes.get(name)
        if change is None or name not in self.settings:
            raise Unsupported(f"{name} of this UPS cannot be set")
        self._are_stale = True
        written = await change.write(self.talker, value)
        self._stored[name] = written
        return written

    # alerts

    @override
    def on_push(self, callback: Callable[[Push], None]) -> Unsubscribe:
        """Hand over what alerts say, at once; each brings a read that confirms it."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def _heard(self, alert: str, is_sure: bool) -> None:
        """Take an alert ("Alert messages"); one that may be none only brings a read."""
        if alert == "|":
            self._are_stale = True
        if alert in "?=":
            # of six conditions, which only the registers tell; an overload is but one of them
            self._watch = _WATCH
        flags = self._told_by(alert) if is_sure else None
        if alert == "!":
            self._on_battery = True
        pushes: list[Push] = [] if flags is None else [flags]
        if alert != ABOUT_TO_TURN_OFF or not is_sure:
            # after "*" no commands are processed
            pushes.append(Reread(_QUIET_PUSHES.get(alert, Tier.STATUS)))
        for push in pushes:
            for callback in tuple(self._callbacks):
                callback(push)

    def _told_by(self, alert: str) -> Flags | None:
        """Return what an alert says by itself."""
        match alert:
            case "!" if not self._orders.expects_transfer:
                return Flags(
                    frozenset({_F.ON_BATTERY}),
                    frozenset({_F.ON_LINE, _F.TRIMMING, _F.BOOSTING}),
                )
            case "$" if self._on_battery:
                self._note_transfer(False)
                return Flags(frozenset({_F.ON_LINE}), frozenset({_F.ON_BATTERY, _F.TESTING}))
            case "%":
                return Flags(frozenset({_F.LOW_BATTERY}))
            case "+":
                return Flags(cleared=frozenset({_F.LOW_BATTERY}))
            case "#":
                return Flags(frozenset({_F.REPLACE_BATTERY}))
            case "*":
                return Flags(frozenset({_F.FORCED_SHUTDOWN}))
            case _:
                return None

    @property
    def _can_leave(self) -> bool:
        """Tell whether the unit can leave smart mode: not one of the first two generations.

        Lists of those name ``R``, too; of the old ones only later units tell their model.
        """
        return self._unit.has(DUMB) and (not self._unit.is_old or self._unit.has(MODEL.request))

    @override
    async def close(self) -> None:
        """Leave smart mode where the user wants it and the unit can."""
        try:
            if self.options.get(LEAVE_OPTION) == "yes" and self._can_leave:
                await self.talker.ask(DUMB, timeout=ORDER_TIME)
        finally:
            if self._unlisten is not None:
                self._unlisten()
                self._unlisten = None

