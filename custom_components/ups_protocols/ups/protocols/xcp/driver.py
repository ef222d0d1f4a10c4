"""The XCP driver: finds a unit, reads its blocks, says its orders, writes its settings."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import override

from ...driver import Driver, Memory, Options
from ...errors import BadReply, Busy, LinkLost, NoReply, Rejected, Unsupported
from ...links.base import ByteLine
from ...model import Command, Identity, Outcome, Result, Setting, Snapshot, Status, Value
from ...names import plausible
from . import alarms, blocks, meters, status
from .frames import Ack, Code, Refused, packed, word
from .orders import OFF_DELAY, Order, date_of, orders, short_restart
from .settings import (
    CLOCK_DATE,
    CLOCK_SETTINGS,
    CLOCK_TIME,
    DELAY_SETTING,
    STRATEGIES,
    STRATEGY,
    Change,
    OutletDelay,
    Source,
    changes,
    checked,
    kept_delay,
    number_in,
    outlet_delays,
    shown,
    strategy_setting,
)
from .talk import Talk, option_pause
from .unit import Unit
from .variables import battery_values, outlet_values, timers

_TRIES = 3
_HIGH_ALERT = 1


class Xcp(Driver[ByteLine]):
    """A UPS that speaks XCP, over any ByteLine."""

    def __init__(self, link: ByteLine, options: Options, memory: Memory) -> None:
        """Take the link; see the catalog's row for the options."""
        super().__init__(link, options, memory)
        self._talk = Talk(link, option_pause(options.get("auth_pause")))
        self._found: Unit | None = None
        self._missed: Counter[Code] = Counter()
        self._quiet: bytes | None = None
        """A status at which all was well, and no alarm was active."""
        self._orders: dict[str, Order] = {}
        self._changes: dict[str, Change] = {}
        self._outlet_delays: dict[str, OutletDelay] = {}
        self._constants: dict[str, Value] = {}

    @property
    def _unit(self) -> Unit:
        """The open unit. Raises LinkLost before open()."""
        if self._found is None:
            raise LinkLost("the UPS is not open")
        return self._found

    # opening

    @override
    async def open(self) -> Identity:
        """Find the unit at its speed, read its maps and everything that never moves."""
        self._found = self._quiet = None
        self._missed.clear()
        named, kept = self.options.get("baudrate"), self.memory.get("baudrate")
        data, rate = await self._talk.find(
            None if named is None or named == "auto" else int(named),
            int(kept) if isinstance(kept, int | float) else None,
        )
        unit = Unit(self._talk, data)
        await unit.learn()
        self._equip(unit)
        self._found = unit
        if rate is not None:
            self.memory["baudrate"] = rate
        return unit.identify()

    def _equip(self, unit: Unit) -> None:
        """Work out what this unit is, and can be told."""
        self.flags = unit.flags
        self._orders = orders(unit.abilities)
        self.commands = {name: order.command for name, order in self._orders.items()}
        self._changes = (
            changes(unit.writable, unit.probable_kind, unit.source) if unit.source else {}
        )
        can_delay = Code.SET_OUTLET in unit.codes
        self._outlet_delays = dict(outlet_delays(unit.addresses)) if can_delay else {}
        settings = {name: change.setting for name, change in self._changes.items()}
        settings |= {name: each.setting for name, each in self._outlet_delays.items()}
        if (strategy := strategy_setting(unit.strategies)) and unit.strategy is not None:
            settings[STRATEGY] = strategy
        if unit.has_clock and Code.SET_CLOCK in unit.codes:
            settings |= {setting.name: setting for setting in CLOCK_SETTINGS}
        if any(each.setting for command in self.commands.values() for each in command.parameters):
            settings[OFF_DELAY] = DELAY_SETTING
        self.settings: Mapping[str, Setting] = settings
        self.parts = tuple(unit.parts())
        self._constants = dict(unit.constants())

    # reading

    @override
    async def read_status(self) -> Status:
        """Read the status and, where it does not say that all is well, the alarms."""
        return (await self._read_state(is_quick=True))[1]

    async def _read_state(self, *, is_quick: bool = False) -> tuple[status.State, Status]:
        """Read status and alarms; an outage that may be a battery test is looked into.

        "Normal" is a state without alarms (5.5.1). While nothing of such a status changes, and
        no alarm was active at its beginning, a quick look leaves the long block of alarms alone.
        """
        unit = self._unit
        mapped = unit.id.alarms
        data = await self._talk.ask(Code.STATUS)
        state = status.read(data, unit.configuration.status_mask)
        active: dict[int, int] = {}
        if mapped and not (is_quick and data == self._quiet):
            active = alarms.active(await self._talk.ask(Code.ALARMS), mapped)
            self._quiet = None if active or not state.is_normal else data
        if Code.BATTERY in unit.has and status.doubts_battery(state, active, mapped):
            unit.battery = blocks.battery(await self._talk.ask(Code.BATTERY))
        return state, status.judge(state, active, unit.battery, has_levels=unit.is_xcp)

    async def _twice(self, code: Code, *parameters: int) -> bytes:
        """Read a block; one that gets lost or garbled is asked for once more. Raises UpsError."""
        try:
            return await self._talk.ask(code, *parameters)
        except NoReply, BadReply:
            return await self._talk.ask(code, *parameters)

    async def _block(self, code: Code) -> bytes | None:
        """Read a block; None for one that the unit has not.

        A block that was there and fails three reads is not there any more; before that it fails
        the read, so that no snapshot has holes. Raises NoReply, BadReply, Busy, Rejected.
        """
        if code not in self._unit.has:
            return None
        try:
            data = await self._twice(code)
        except NoReply, BadReply, Busy, Rejected:
            self._missed[code] += 1
            if self._missed[code] >= _TRIES:
                self._unit.has.discard(code)
            raise
        self._missed.pop(code, None)
        return data

    @override
    async def read(self) -> Snapshot:
        """Read every block that moves."""
        unit = self._unit
        if (data := await self._block(Code.BATTERY)) is not None:
            unit.battery = blocks.battery(data)
        state, judged = await self._read_state()
        readings = await self._read_meters()
        variables = self._constants | await self._read_limits() | readings.values
        readings.values = variables
        rating = variables.get("ups.realpower.nominal")
        true_power = rating if isinstance(rating, float) else 0.0
        estimated = meters.finish(readings, unit.id.phases, state.overall, true_power)
        now = clock_of(variables)
        variables["ups.mode"] = state.words
        variables |= dict(status.breakers(state, unit.configuration.breaker_mask))
        variables |= timers("ups", state, now)
        if unit.battery is not None:
            variables |= battery_values(unit.battery, unit.configuration.strings)
        variables |= await self._read_outlets(now)
        await self._read_rest(readings)
        for name in [name for name, value in variables.items() if not self._can_be(name, value)]:
            readings.left_out[name] = variables.pop(name)
        return Snapshot(
            status=judged,
            variables=variables,
            estimated=estimated & variables.keys(),
            left_out=readings.left_out,
        )

    def _can_be(self, name: str, value: Value) -> bool:
        """Tell whether a value is possible; -1 is one of some settings, whatever it measures."""
        if not isinstance(value, float):
            return True
        if setting := self.settings.get(name):
            return setting.minimum <= value <= setting.maximum or plausible(name, value)
        return plausible(name, value)

    async def _read_meters(self) -> meters.Readings:
        unit = self._unit
        if not any(unit.id.meters):
            return meters.Readings()
        data = await self._twice(Code.METERS)
        return meters.read(data, unit.id.meters, meters.METERS, unit.id.phases)

    async def _read_limits(self) -> dict[str, Value]:
        unit = self._unit
        if (data := await self._block(Code.LIMITS)) is not None:
            unit.limits = blocks.limits(data)
        if (source := unit.source) is None:
            return {}
        return dict(shown(source, unit.writable, unit.probable_kind))

    async def _read_outlets(self, now: datetime | None) -> dict[str, Value]:
        unit = self._unit
        if (data := await self._block(Code.OUTLETS)) is None:
            return {}
        found = blocks.outlets(data)
        if len(found) != len(unit.outlets):
            raise BadReply(f"the UPS had {len(unit.outlets)} outlets and has now {len(found)}")
        unit.outlets = found
        values: dict[str, Value] = {}
        for number, outlet in enumerate(found, 1):
            values |= outlet_values(number, outlet, can_be_never=bool(self._outlet_delays))
            if unit.has_outlet_status:
                said = await self._twice(Code.STATUS, outlet.number)
                state = status.read(said, unit.configuration.status_mask)
                values |= timers(f"outlet.{number}", state, now)
        return values

    async def _read_rest(self, readings: meters.Readings) -> None:
        """Add what moves slowly: tests, statistics, the power strategy, the kept delay."""
        unit, values = self._unit, readings.values
        if (data := await self._block(Code.TESTS)) is not None:
            if result := blocks.system_test(data):
                values["ups.test.system.result"] = result
        if (data := await self._block(Code.STATISTICS)) is not None:
            statistics = unit.read_statistics(data)
            values |= statistics.values
            readings.left_out |= statistics.left_out
        if unit.strategy == _HIGH_ALERT:
            # it ends by itself after 24 hours
            await unit.read_strategy()
        if STRATEGY in self.settings and (word_ := STRATEGIES.get(unit.strategy or 0)):
            values[STRATEGY] = word_
        if OFF_DELAY in self.settings:
            values[OFF_DELAY] = kept_delay(self.memory.get(OFF_DELAY))

    async def _now(self) -> datetime | None:
        """Return the time of the unit's own clock."""
        return clock_of((await self._read_meters()).values)

    # telling

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
            if name in given:
                values[name] = number_in(name, given[name], parameter.minimum, parameter.maximum)
            elif parameter.setting:
                values[name] = kept_delay(self.memory.get(parameter.setting))
            else:
                values[name] = parameter.default
        return values

    @override
    async def run(self, command: str, **parameters: float) -> Outcome:
        """Say an order, once. Raises Unsupported, Rejected, Busy, NoReply."""
        order = self._orders.get(command)
        if order is None:
            raise Unsupported(f"this UPS has no command {command}")
        values = self._parameters(order.command, parameters)
        now = await self._now() if order.needs_clock else None
        spoken = order.say(values, now)
        result = Result.CONFIRMED
        sent: list[bytes] = []
        for request in spoken.requests:
            try:
                said, answer = await self._talk.restart(request, short_restart(request))
            except Refused as refusal:
                # of several cancellations a unit may know but the first
                if not sent or refusal.ack not in {Ack.NOT_IMPLEMENTED, Ack.INVALID}:
                    raise
                continue
            sent.append(said)
            if answer is None:
                result = Result.SENT
        return Outcome(result=result, parameters=spoken.parameters, requests=tuple(sent))

    @override
    async def write(self, name: str, value: Value) -> Value:
        """Write a setting that the unit stores and shows again, or keep one for it."""
        setting = self.settings.get(name)
        if setting is None:
            raise Unsupported(f"{name} of this UPS cannot be set")
        if name in {CLOCK_DATE, CLOCK_TIME}:
            return await self._set_clock(name, str(value))
        wanted = checked(setting, value)
        if setting.host_side:
            self.memory[name] = float(wanted)
            return wanted
        if name == STRATEGY:
            return await self._set_strategy(str(wanted))
        if delay := self._outlet_delays.get(name):
            return await self._set_outlet(delay, round(float(wanted)))
        return await self._set_parameter(name, wanted)

    async def _set_parameter(self, name: str, wanted: Value) -> Value:
        change = self._changes[name]
        source = await self._source()
        number, bits = change.encode(wanted, source)
        before = change.read(source)
        if before is not None and change.encode(before, source)[1] == bits:
            return before
        await self._talk.order(bytes((Code.SET_PARAMETER, number, *word(bits))))
        now = change.read(await self._source())
        # a unit may take the nearest value that it has (4.4.1)
        if now is None or now == before:
            raise Rejected(f"{name} is still {before} after it was set to {wanted}")
        return now

    async def _source(self) -> Source:
        """Read limits and configuration anew."""
        unit = self._unit
        unit.limits = blocks.limits(await self._twice(Code.LIMITS))
        if unit.id.configuration:
            unit.configuration = blocks.configuration(await self._twice(Code.CONFIGURATION))
            self._constants = dict(unit.constants())
        return Source(unit.limits, unit.configuration)

    async def _set_outlet(self, delay: OutletDelay, wanted: int) -> Value:
        before = await self._outlet_delay(delay)
        if before == wanted:
            return float(before)
        order = bytes((Code.SET_OUTLET, delay.parameter, delay.address, *word(wanted)))
        await self._talk.order(order)
        now = await self._outlet_delay(delay)
        if now == before:
            raise Rejected(f"{delay.setting.name} is still {before} after it was set to {wanted}")
        return float(now)

    async def _outlet_delay(self, delay: OutletDelay) -> int:
        """Read a delay of an outlet."""
        for outlet in blocks.outlets(await self._twice(Code.OUTLETS)):
            if outlet.number == delay.address:
                return delay.read(outlet)
        raise BadReply(f"there is no outlet {delay.address} any more")

    async def _set_strategy(self, wanted: str) -> Value:
        unit = self._unit
        await unit.read_strategy()
        number = next(number for number, word_ in STRATEGIES.items() if word_ == wanted)
        if unit.strategy != number:
            await self._talk.order(bytes((Code.STRATEGY, number)))
            await unit.read_strategy()
            if unit.strategy != number:
                raise Rejected(f"the power strategy is not {wanted} after it was set")
        return wanted

    async def _set_clock(self, name: str, wanted: str) -> Value:
        """Set date or time; the other is that of the unit, which must tell it."""
        now = await self._now()
        if now is None:
            raise Unsupported("the UPS does not tell its time; date and time are set together")
        is_date = name == CLOCK_DATE
        try:
            if is_date:
                moment = datetime.combine(datetime.fromisoformat(wanted).date(), now.time())
            else:
                moment = datetime.combine(now.date(), time.fromisoformat(wanted))
        except ValueError as error:
            raise Unsupported(f"{wanted} is no {'date' if is_date else 'time'}") from error
        seconds = bytes((packed(moment.second), 0))
        await self._talk.order(bytes((Code.SET_CLOCK,)) + date_of(moment) + seconds)
        after = await self._now()
        # it runs on meanwhile
        if after is None or not timedelta(0) <= after - moment <= timedelta(minutes=1):
            raise Rejected(f"the UPS says {after} after its clock was set to {moment}")
        return (after.date() if is_date else after.time()).isoformat()


def clock_of(variables: Mapping[str, Value]) -> datetime | None:
    """Return the moment that a unit's date and time meters tell; None without both."""
    day, clock = variables.get(CLOCK_DATE), variables.get(CLOCK_TIME)
    return datetime.fromisoformat(f"{day}T{clock}") if day and clock else None
