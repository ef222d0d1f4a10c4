"""The APC Smart driver: finds out what a unit understands, asks it, hears its alerts."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import override

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
)
from .frames import ABOUT_TO_TURN_OFF, ALERTS, REFUSALS, hex_byte
from .opening import Opening, has_bypass, reported, settings_of
from .orders import DUMB, Order, Orders, Unit
from .settings import Change, Text
from .status import FIRST, REGISTERS, STATUS, View, check_status, judge
from .talker import ORDER_TIME, Talker
from .variables import HIGHEST, LOWEST, MODE, MODEL, QUALITY, REASON, Query, Readings, Refused

LEAVE_OPTION = "leave_smart_mode"

_F = StatusFlag
_TRIES = 3
# reads of the registers that must be clean before they are left to the full tier
_WATCH = 3
# full reads on line after which a transfer that we expected has not come
_EXPECTED_FOR = 2
# full reads between two of the settings, of a unit that does not tell when they change
_STORED_EVERY = 10
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
        self._opening = Opening(self.talker, self._left_out)
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
        found = await self._opening.find()
        self._known = await self._opening.constants(found)
        groups = await self._opening.choices(found)
        model = str(self._known["device.model"])
        self._unit = unit = await self._opening.complete(found.unit, model)
        self._alerts = found.alerts
        self._readings = await self._opening.readings(unit)
        await self._read_registers()
        self._setting_queries, self._changes = settings_of(unit, groups)
        self._extremes.clear()
        self._orders = Orders(self.talker, unit, self._extremes)
        self._available = self._orders.available()
        self.commands = {name: order.command for name, order in self._available.items()}
        self.flags = reported(unit, found.alerts)
        await self._read_stored()
        serial = self._known.get("device.serial")
        return Identity(
            manufacturer="APC",
            model=model,
            serial=None if serial is None else str(serial),
            firmware=found.firmware or None,
        )

    # asking

    async def _reply(self, request: bytes) -> str | None:
        """Return a reply; None for a request that the unit, which is there, does not answer.

        A unit that is silent may have lost power, and smart mode with it. Raises NoReply where it
        does not come back, BadReply, LinkLost.
        """
        said = await self.talker.ask(request)
        if said is None:
            await self.talker.enter_again()
            said = await self.talker.ask(request)
        return said

    async def _ask(self, query: Query) -> Readings:
        """Ask one query; what is lost or no reply is asked for once more.

        {} where the unit does not tell at present. Raises NoReply, BadReply, LinkLost.
        """
        for attempt in range(2):
            try:
                if (said := await self._reply(query.request)) is None:
                    break
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
        said = await self._reply(STATUS)
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
            said = await self._reply(request)
            if said is None:
                self._missed[request] += 1
                if self._missed[request] < _TRIES:
                    raise NoReply(f"the UPS does not tell its register {request!r}")
                self._registers.pop(request, None)
                continue
            self._missed.pop(request, None)
            if said in REFUSALS:
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
            elif has_bypass(self._unit):
                await self._read_registers((FIRST,))
        mode = (await self._ask(MODE)).get("ups.mode") if self._unit.has(MODE.request) else None
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
            has_bypass=has_bypass(self._unit),
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
                readings[name] = self._extremes[name] = pick(value, self._extremes.get(name, value))

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
                stored |= await self._opening.certain(self._unit, query)
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
