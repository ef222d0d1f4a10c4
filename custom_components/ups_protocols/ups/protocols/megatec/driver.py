"""The Megatec driver: finds the dialect, asks its queries, says its orders."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import monotonic
from typing import override

from ...battery import BatteryCurve, curve, guess_packs
from ...driver import Driver, Memory, Options
from ...errors import BadReply, NoReply, Rejected, Unsupported
from ...links.base import No, QueryLine, RoundedTo
from ...model import (
    Command,
    Identity,
    Outcome,
    Part,
    PartKind,
    Result,
    Setting,
    SettingKind,
    Snapshot,
    Status,
    Value,
    plausible_serial,
)
from ...names import plausible
from .detect import Patience, find
from .dialect import Change, Dialect, Order, Spoken, carried, number_in
from .dialects import DIALECTS
from .dialects.base import MECER, MECER_P98, MEGATEC, MEGATEC_IC, Q1
from .frames import CR, NAK, NO_ACK, Answer, Binary, Query, Readings, Refused, clean, is_refusal

# what the beeper can be told where the unit only knows how to toggle it
_BEEPER = {"beeper.enable": "enabled", "beeper.disable": "disabled"}
_TRIES = 3
# seconds for the queries by which dialects are told apart; a slow unit gets more (see _probe)
_FULL_WAIT = 1.0
_SHORT_WAIT = 0.5
_SLOWEST = 3.0
# seconds of rest after each exchange on a line where replies come late or twice: as long as a
# doubled status reply takes at 2400 baud, and a little more
_PACE = 0.25


class Megatec(Driver[QueryLine]):
    """A UPS that speaks Megatec or one of its dialects, over any QueryLine."""

    def __init__(self, link: QueryLine, options: Options, memory: Memory) -> None:
        """Take the link; see the catalog's row for the options."""
        super().__init__(link, options, memory)
        self.dialect: Dialect = DIALECTS["q1"]
        self._known: Readings = {}
        """What is read once: constants, and what the user said."""
        self._unanswered: set[str] = set()
        self._unknown: set[bytes] = set()
        """What the unit did not answer while its dialect was searched."""
        self._latency = 0.0
        self._pace = 0.0
        self._garbled = False
        self._missed: Counter[str] = Counter()
        self._orders: dict[str, Order] = {}
        self._changes: dict[str, Change] = {}
        self._packs: float = 1
        self._curve: BatteryCurve | None = None

    # opening

    @override
    async def open(self) -> Identity:
        """Find the dialect, read ratings and information, see what the unit supports."""
        self._unanswered.clear()
        self._unknown.clear()
        self._missed.clear()
        self._latency = self._pace = 0
        self._garbled = False
        self._known = {"_ignore_bit": self.options.get("ignore_bit", "none")}
        self.dialect = await self._find_dialect()
        for query in self.dialect.constants:
            self._known |= await self._constant(query)
        if self.dialect is MECER and self._known.get("ups.firmware.aux") == "P98":
            self.dialect = MECER_P98
        if self.dialect is MEGATEC and "_is_ic" in self._known:
            self.dialect = MEGATEC_IC
        readings = await self._first_round()
        self._known |= {
            name: value for name, value in readings.items() if name.startswith("outlet.")
        }
        await self._prepare_battery(readings)
        self._equip()
        self.memory["dialect"] = self.dialect.id
        return self._identify()

    async def _find_dialect(self) -> Dialect:
        """Return the dialect that the user named, that was found last time, or that is found."""
        if named := self.options.get("dialect"):
            dialect = DIALECTS[str(named)]
            await self._must_answer(dialect)
            return dialect
        remembered = self.memory.get("dialect")
        if isinstance(remembered, str) and remembered in DIALECTS:
            dialect = DIALECTS[remembered]
            if await self._answers(dialect):
                return dialect
        try:
            return DIALECTS[await find(self._probe)]
        except NoReply as error:
            if self._garbled:
                raise BadReply(
                    "something answers, but not in Megatec: check protocol, speed and cable"
                ) from error
            raise

    async def _answers(self, dialect: Dialect) -> bool:
        try:
            await self._must_answer(dialect)
        except BadReply, NoReply:
            return False
        return True

    async def _must_answer(self, dialect: Dialect) -> None:
        """See that a dialect's first query is answered. Raises NoReply, BadReply."""
        self.dialect = dialect
        for attempt in range(_TRIES):
            try:
                await self._ask(dialect.status[0])
            except BadReply, NoReply:
                if attempt == _TRIES - 1:
                    raise
            else:
                return

    async def _probe(self, dialect: str, query: Query, patience: Patience) -> Readings | None:
        """Ask a query in order to tell dialects apart; None where it is not answered rightly.

        What is not known is not asked again in this search. Whoever answers Q1 late gets more
        time for the rest: units are slow as a whole.
        """
        self.dialect = DIALECTS[dialect]
        request = self._wire(query.request)
        if request in self._unknown or isinstance(self.link.accepts(request), No):
            return None
        is_full = patience is Patience.FULL
        wait = max(_FULL_WAIT if is_full else _SHORT_WAIT, self._slow)
        if query is Q1:
            # nobody knows yet how slow this unit is; were it asked again too soon, each reply
            # would be taken for that of the next query
            wait = _SLOWEST + 0.5
        silences = 0
        for _ in range(_TRIES if is_full else 2):
            begun = monotonic()
            try:
                readings = await self._ask(query, wait=wait)
            except BadReply:
                self._garbled = self._garbled or query is Q1
            except Refused:
                # all of the family know Q1 or none of what follows: here an echo may be noise
                if query is not Q1:
                    break
            except NoReply:
                silences += 1
                if not is_full or (silences > 1 and query is not Q1):
                    break
                wait = max(_FULL_WAIT, self._slow)
            else:
                self._latency = self._latency or monotonic() - begun
                return readings
        else:
            if not silences:
                # it answers, though nothing that fits: another dialect may have the same query
                return None
        self._unknown.add(request)
        return None

    async def _patient(self, query: Query) -> Readings:
        """Ask a query at open: a lost or garbled reply must not count as unknown for good.

        Raises NoReply, BadReply.
        """
        silences = 0
        for attempt in range(_TRIES):
            try:
                return await self._ask(query, wait=self._wait_at_open)
            except Refused:
                raise
            except NoReply:
                silences += 1
                if attempt == _TRIES - 1 or (silences > 1 and query is not self.dialect.status[0]):
                    raise
            except BadReply:
                if attempt == _TRIES - 1:
                    raise
        raise NoReply(f"the UPS does not answer {query.request}")

    @property
    def _wait_at_open(self) -> float:
        """Return how long a unit may take for what it may not have at all."""
        return max(_FULL_WAIT, self._slow, self.dialect.timeout if self.dialect.is_slow else 0)

    @property
    def _slow(self) -> float:
        """Return how long to wait for a unit that took so long for its first reply."""
        return min(2 * self._latency, _SLOWEST) + 0.2

    async def _constant(self, query: Query) -> Readings:
        """Read what never changes: twice alike, or not at all; {} where the unit has it not."""
        if self._wire(query.request) in self._unknown:
            return {}
        last: Readings | None = None
        for _ in range(_TRIES + 1):
            try:
                readings = await self._patient(query)
            except BadReply, NoReply:
                return {}
            if readings == last:
                return readings
            last = readings
        return {}

    async def _first_round(self) -> Readings:
        """Ask everything that moves; what is not answered now is not asked again.

        The first status query must be answered. Raises NoReply, BadReply.
        """
        readings: Readings = {}
        for query in (*self.dialect.status, *self.dialect.values):
            is_first = query is self.dialect.status[0]
            if self._wire(query.request) in self._unknown and not is_first:
                self._unanswered.add(query.request)
                continue
            try:
                readings |= await self._patient(query)
            except BadReply, NoReply:
                if is_first:
                    raise
                self._unanswered.add(query.request)
        return readings

    async def _prepare_battery(self, readings: Readings) -> None:
        """See how the battery's reading becomes the voltage and charge of the whole battery."""
        options = {
            name: float(value)
            for name, value in self.options.items()
            if name.startswith(("battery_", "runtime_"))
        }
        told = dict(readings)
        self.dialect.finish(told, self._known)
        told = self._known | told
        nominal = options.get("battery_voltage_nominal") or _number(told, "battery.voltage.nominal")
        if nominal:
            self._known["battery.voltage.nominal"] = nominal
        self._packs = options.get("battery_packs", 1)
        if "battery_packs" not in options and self.dialect.guesses_packs and nominal:
            self._packs = await self._guess_packs(readings, nominal)
        self._curve = curve(
            nominal=nominal,
            low=options.get("battery_voltage_low") or _number(told, "battery.voltage.low"),
            high=options.get("battery_voltage_high") or _number(told, "battery.voltage.high"),
            runtime_full_load=options.get("runtime_full_load"),
            runtime_half_load=options.get("runtime_half_load"),
        )
        if self._curve and options.keys() & {"battery_voltage_low", "battery_voltage_high"}:
            # the user's word is no estimate, and counts for more than the unit's
            self._known["battery.voltage.low"] = self._curve.low
            self._known["battery.voltage.high"] = self._curve.high

    async def _guess_packs(self, readings: Readings, nominal: float) -> float:
        """Return the multiplier on which two readings agree: one garbled would last for ever."""
        last = None
        for _ in range(_TRIES):
            reading = _number(readings, "battery.voltage")
            guess = guess_packs(reading, nominal) if reading else 1
            if guess == last:
                return guess
            last = guess
            readings = await self._patient(self.dialect.status[0])
        raise BadReply("the battery's voltage is another each time it is read")

    def _equip(self) -> None:
        """Work out what this unit can be told, over this link."""
        outlets = self.dialect.outlets(self._known)
        orders = (*self.dialect.orders, *(each for outlet in outlets for each in outlet.orders))
        self._orders = {order.command.name: order for order in orders if self._can_say(order)}
        commands = {name: order.command for name, order in self._orders.items()}
        if "beeper.toggle" in commands:
            commands |= {name: Command(name=name) for name in _BEEPER}
        settings = {setting.name: setting for setting in self.dialect.host_side}
        self._changes = {}
        for change in self.dialect.changes:
            setting = change.setting(self._known)
            if setting is not None and change.read_back.request not in self._unanswered:
                settings[setting.name] = setting
                self._changes[setting.name] = change
        self.flags = self.dialect.flags
        self.commands = commands
        self.settings = settings
        self.parts = tuple(Part(kind=PartKind.OUTLET, index=outlet.index) for outlet in outlets)

    def _can_say(self, order: Order) -> bool:
        """Tell whether the link can carry an order with its defaults."""
        defaults = {each.name: each.default for each in order.command.parameters}
        spoken = order.say(defaults)
        try:
            self._told(order, spoken, tuple(map(self._fit, spoken.requests)))
        except Unsupported:
            return False
        return True

    def _identify(self) -> Identity:
        known = self._known
        if not (serial := plausible_serial(str(known.get("device.serial", "")))):
            known.pop("device.serial", None)
        return Identity(
            manufacturer=_text(known, "device.mfr") or self.dialect.manufacturer,
            model=_text(known, "device.model"),
            serial=serial,
            firmware=_text(known, "ups.firmware"),
        )

    # asking

    def _wire(self, request: str) -> bytes:
        filled = request.replace("{_address}", str(self._known.get("_address", "00")))
        return self.dialect.encode(filled)

    async def _ask(self, query: Query, wait: float | None = None) -> Readings:
        """Ask one query. Raises NoReply where the unit does not know it, BadReply, LinkLost."""
        request = self._wire(query.request)
        timeout = wait or max(self.dialect.timeout, self._slow)
        if not query.length:
            answer = Answer(request, fits=lambda part: self._fits(query, request, part))
            data = await self.link.query(request, reply=answer, timeout=timeout, pace=self._pace)
            return self._understand(query, request, data or b"")
        binary = Binary(request, query.length)
        data = await self.link.query(request, reply=binary, timeout=timeout, pace=self._pace)
        whole = binary.proper(data or b"").decode("latin-1")
        if not whole.startswith(query.start) or is_refusal(whole):
            return self._understand(query, request, data or b"")
        try:
            return query.decode(whole)
        except BadReply:
            # the end of a reply before it cannot be told from its own bytes: let it pass first
            self._pace = _PACE
            raise

    def _outcome(self, query: Query, request: bytes, part: bytes) -> Readings | BadReply | None:
        """Return what one part of a reply says; None for a no, the error for rubbish."""
        try:
            text = clean(
                part, request, query.start, keep_nul=self.dialect.keeps_nul, bare=query.bare
            )
            return None if text is None else query.decode(text)
        except BadReply as error:
            return error

    def _fits(self, query: Query, request: bytes, part: bytes) -> bool:
        return not isinstance(self._outcome(query, request, part), BadReply)

    def _understand(self, query: Query, request: bytes, data: bytes) -> Readings:
        """Return what a reply says: its last part that fits. Raises NoReply, BadReply.

        What has no CR yet may be the beginning of a second copy: it counts after all others.
        """
        parts = [part for part in data.split(CR) if part.strip(b"\0")]
        if not parts:
            raise NoReply(f"the UPS does not answer {query.request}")
        outcomes = [self._outcome(query, request, part) for part in parts]
        whole = len(parts) - (not data.rstrip(b"\0").endswith(CR))
        for outcome in (*reversed(outcomes[:whole]), *outcomes[whole:]):
            if isinstance(outcome, dict):
                if sum(each is not None for each in outcomes) > 1:
                    # a late or doubled reply: let the line come to rest from now on
                    self._pace = _PACE
                return outcome
        if isinstance(outcomes[-1], BadReply):
            raise outcomes[-1]
        if query.denied and parts[-1].replace(b"\0", b"") == NAK.encode():
            return {}
        raise Refused(f"the UPS does not know {query.request}")

    async def _again(self, query: Query) -> Readings:
        """Ask one query; a lost or garbled reply is asked for once more. Raises as _ask()."""
        try:
            return await self._ask(query)
        except Refused:
            raise
        except BadReply, NoReply:
            return await self._ask(query)

    async def _round(
        self, queries: tuple[Query, ...], ask: Callable[[Query], Awaitable[Readings]] | None = None
    ) -> Readings:
        """Ask several queries, but not those that were not answered at open.

        The first status query must be answered. Another that was answered once and is not any
        more fails the round, so that no snapshot has holes; after three times it is a value that
        the unit has no more.
        """
        readings: Readings = {}
        for query in queries:
            if query.request in self._unanswered:
                continue
            try:
                readings |= await (ask or self._ask)(query)
            except NoReply:
                if query is self.dialect.status[0]:
                    raise
                self._missed[query.request] += 1
                if self._missed[query.request] < _TRIES:
                    raise
            else:
                self._missed.pop(query.request, None)
        return readings

    @override
    async def read_status(self) -> Status:
        """Ask the status query alone."""
        readings = await self._round(self.dialect.status)
        return self.dialect.judge(readings, self._known)

    @override
    async def read(self) -> Snapshot:
        """Ask everything that moves."""
        # one lost reply among many must not cost all the others
        readings = await self._round((*self.dialect.status, *self.dialect.values), self._again)
        status = self.dialect.judge(readings, self._known)
        self.dialect.finish(readings, self._known)
        variables = self._known | readings
        estimated = self._estimate(variables)
        for name in self.settings:
            if self.settings[name].host_side:
                variables[name] = self._host_side(name)
        variables = {name: value for name, value in variables.items() if name[0] != "_"}
        for name, value in variables.items():
            if isinstance(value, float) and not plausible(name, value):
                raise BadReply(f"{name} cannot be {value}")
        return Snapshot(status=status, variables=variables, estimated=estimated)

    def _estimate(self, variables: Readings) -> frozenset[str]:
        """Work out what the unit does not tell of its battery; return the names of guesses."""
        reading = _number(variables, "battery.voltage")
        if reading is None:
            return frozenset()
        voltage = round(reading * self._packs, 2)
        variables["battery.voltage"] = voltage
        if self._curve is None:
            return frozenset()
        estimated = set()
        for name, value in (
            ("battery.voltage.low", self._curve.low),
            ("battery.voltage.high", self._curve.high),
            ("battery.charge", self._curve.charge(voltage)),
        ):
            if name not in variables:
                variables[name] = round(value, 2)
                estimated.add(name)
        charge, load = _number(variables, "battery.charge"), _number(variables, "ups.load")
        if "battery.runtime" not in variables and charge is not None and load is not None:
            runtime = self._curve.runtime(charge, load)
            if runtime is not None:
                variables["battery.runtime"] = runtime
                estimated.add("battery.runtime")
        return frozenset(estimated)

    # telling

    def _host_side(self, name: str) -> float:
        """Return a delay that we keep for the unit."""
        kept = self.memory.get(name)
        default = self.dialect.default_delays[name]
        return float(kept) if isinstance(kept, int | float) else default

    def _parameters(self, command: Command, given: Mapping[str, float]) -> dict[str, float]:
        """Complete a command's parameters. Raises Unsupported for unknown or impossible ones."""
        known = {parameter.name: parameter for parameter in command.parameters}
        if unknown := given.keys() - known.keys():
            raise Unsupported(
                f"{command.name} takes {', '.join(known) or 'no parameter'}, "
                f"not {', '.join(sorted(unknown))}"
            )
        return {
            name: number_in(given[name], parameter.minimum, parameter.maximum)
            if name in given
            else (self._host_side(parameter.setting) if parameter.setting else parameter.default)
            for name, parameter in known.items()
        }

    @override
    async def run(self, command: str, **parameters: float) -> Outcome:
        """Say an order. Silence is acceptance in most dialects, an echo is a refusal."""
        if command not in self.commands:
            raise Unsupported(f"this UPS has no command {command}")
        values = self._parameters(self.commands[command], parameters)
        if command in _BEEPER and command not in self._orders:
            return await self._set_beeper(_BEEPER[command])
        order = self._orders[command]
        spoken = order.say(values)
        requests = tuple(map(self._fit, spoken.requests))
        told = self._told(order, spoken, requests)
        results = set()
        async with self.link.exclusive():
            for request in requests:
                results.add(await self._order(request, order))
        return Outcome(
            result=Result.SENT if Result.SENT in results else Result.CONFIRMED,
            parameters=told,
            requests=requests,
        )

    def _told(self, order: Order, spoken: Spoken, requests: Sequence[bytes]) -> Mapping[str, float]:
        """Return an order's parameters as they go out. Raises Unsupported."""
        told = spoken.parameters
        for request, wanted in zip(requests, spoken.requests, strict=True):
            if request != self._wire(wanted):
                told = carried(order.command, told, request)
        return told

    def _fit(self, request: str) -> bytes:
        """Return a request as the link can carry it. Raises Unsupported."""
        wire = self._wire(request)
        match self.link.accepts(wire):
            case No():
                raise Unsupported(f"this wire cannot carry {request}")
            case RoundedTo(request=rounded):
                return rounded
            case _:
                return wire

    async def _order(self, request: bytes, order: Order | None = None) -> Result:
        """Send one order, once, and see what the unit says of it. Raises Rejected."""
        acceptance = (order and order.acceptance) or self.dialect.acceptance
        data = await self.link.query(request, reply=Answer(request), timeout=self.dialect.timeout)
        name = request.rstrip(CR).decode("latin-1")
        parts = [
            part.decode("latin-1").strip(" ")
            for part in (data or b"").replace(b"\0", b"").split(CR)
            if part
        ]
        # a line that echoes puts the order before its answer, with or without a CR between
        said = next(
            (part for part in reversed([each.removeprefix(name) for each in parts]) if part), ""
        )
        if said and acceptance.yes and said.startswith(acceptance.yes):
            return Result.CONFIRMED
        if (parts and not said) or (is_refusal(said) and said != NO_ACK):
            raise Rejected(f"the UPS refuses {name}")
        if acceptance.silence is None:
            raise Rejected(f"the UPS does not confirm {name}")
        return acceptance.silence

    async def _set_beeper(self, wanted: str) -> Outcome:
        """Toggle the beeper if it is not as wanted, and see that it is then."""
        if await self._beeper() == wanted:
            return Outcome(result=Result.CONFIRMED)
        toggle = self._fit("Q")
        async with self.link.exclusive():
            await self._order(toggle)
        if await self._beeper() != wanted:
            raise Rejected(f"the beeper is not {wanted} after its toggle")
        return Outcome(result=Result.CONFIRMED, requests=(toggle,))

    async def _beeper(self) -> str:
        """Return the beeper's state, after two equal reads: a toggle on a garbled bit errs."""
        last = None
        for _ in range(_TRIES + 1):
            try:
                readings = await self._round(self.dialect.status)
            except BadReply:
                continue
            self.dialect.judge(readings, self._known)
            state = str(readings.get("ups.beeper.status"))
            if state == last:
                return state
            last = state
        raise BadReply("the beeper's state is another each time it is read")

    @override
    async def write(self, name: str, value: Value) -> Value:
        """Write a setting: a delay that we keep, or one that the unit stores and shows again."""
        setting = self.settings.get(name)
        if setting is None:
            raise Unsupported(f"{name} of this UPS cannot be set")
        if setting.host_side:
            return self._keep(setting, value)
        change = self._changes[name]
        wanted = _wanted(setting, value)
        if (await self._ask(change.read_back)).get(name) == _comparable(wanted):
            return wanted
        async with self.link.exclusive():
            await self._order(self._fit(change.say(wanted)))
        now = (await self._ask(change.read_back)).get(name)
        if now != _comparable(wanted):
            raise Rejected(f"{name} is {now} after it was set to {wanted}")
        if name in self._known:
            self._known[name] = now
        return wanted

    def _keep(self, setting: Setting, value: Value) -> float:
        """Keep a delay, rounded to what the dialect can say; 0 asks for no delay at all."""
        wanted = number_in(value, setting.minimum, setting.maximum)
        for order in self._orders.values():
            for parameter in order.command.parameters:
                if parameter.setting == setting.name:
                    spoken = self._say_with(order, parameter.name, wanted)
                    wanted = spoken.parameters.get(parameter.name, wanted)
        self.memory[setting.name] = wanted
        return wanted

    def _say_with(self, order: Order, name: str, value: float) -> Spoken:
        defaults = {each.name: each.default for each in order.command.parameters}
        return order.say(defaults | {name: value})


def _number(readings: Mapping[str, Value], name: str) -> float | None:
    value = readings.get(name)
    return float(value) if isinstance(value, int | float) else None


def _text(readings: Mapping[str, Value], name: str) -> str | None:
    value = readings.get(name)
    return str(value) if value else None


def _wanted(setting: Setting, value: Value) -> Value:
    """Check a value against its setting. Raises Unsupported."""
    if setting.kind is SettingKind.NUMBER:
        number = number_in(value, setting.minimum, setting.maximum)
        return setting.minimum + round((number - setting.minimum) / setting.step) * setting.step
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if text not in setting.options:
        raise Unsupported(f"{setting.name} must be one of {', '.join(setting.options)}")
    return text


def _comparable(value: Value) -> Value:
    """Return a choice of numbers as the number that the unit shows."""
    try:
        return float(value)
    except ValueError:
        return value
