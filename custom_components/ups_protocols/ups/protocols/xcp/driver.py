"""The XCP driver: finds a unit, learns its maps, reads its blocks, says its orders."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import override

from ...driver import Driver, Memory, Options
from ...errors import BadReply, Busy, NoReply, Rejected, Unsupported
from ...links.base import ByteLine
from ...model import (
    Command,
    Identity,
    Outcome,
    Part,
    PartKind,
    Result,
    Setting,
    Snapshot,
    Status,
    StatusFlag,
    Value,
)
from ...names import plausible
from . import alarms, blocks, meters, status
from .frames import Ack, Code, Refused, packed, word
from .orders import OFF_DELAY, Abilities, Order, date_of, orders, short_restart
from .settings import (
    CLOCK_DATE,
    CLOCK_SETTINGS,
    CLOCK_TIME,
    DELAY_SETTING,
    STRATEGIES,
    STRATEGY,
    Change,
    Source,
    changes,
    checked,
    kept_delay,
    number_in,
    outlet_settings,
    shown,
    strategy_setting,
)
from .talk import Talk, option_pause
from .variables import battery_values, outlet_values, timers

_TRIES = 3
# an outlet block of this size is that of a unit without outlets (card 2.4)
_BOGUS_OUTLETS = 8
_ALL_CAPABILITIES = 0xFF
_HIGH_ALERT = 1
# what the oldest revisions have; those of later ones follow from the blocks (appendix B)
_FIRST_CODES = frozenset({Code.BYPASS, Code.ON, Code.OFF_AND_RESTART, Code.OFF})
# OEM bytes that stand for the maker itself (5.2.2)
_OWN_BRAND = frozenset({0x00, 0xFF})


class Xcp(Driver[ByteLine]):
    """A UPS that speaks XCP, over any ByteLine."""

    def __init__(self, link: ByteLine, options: Options, memory: Memory) -> None:
        """Take the link; see the catalog's row for the options."""
        super().__init__(link, options, memory)
        self._talk = Talk(link, option_pause(options.get("auth_pause")))
        self._forget()

    def _forget(self) -> None:
        """Know nothing: maps and blocks change with a unit's firmware."""
        self._id = blocks.Identification()
        self._configuration = blocks.Configuration()
        self._kind: str | None = None
        self._codes: frozenset[int] = frozenset()
        self._listed: frozenset[int] | None = None
        self._has: set[Code] = set()
        self._missed: Counter[Code] = Counter()
        self._limits: blocks.Limits | None = None
        self._battery: blocks.Battery | None = None
        self._outlets: tuple[blocks.Outlet, ...] = ()
        self._addresses: dict[int, int] = {}
        self._outlet_status = False
        self._writable: frozenset[int] = frozenset()
        self._strategies: frozenset[int] = frozenset()
        self._strategy: int | None = None
        self._tests: frozenset[int] = frozenset()
        self._orders: dict[str, Order] = {}
        self._changes: dict[str, Change] = {}
        self._outlet_delays: dict[str, tuple[Setting, int, int]] = {}
        self._constants: dict[str, Value] = {}

    # opening

    @override
    async def open(self) -> Identity:
        """Find the unit at its speed, read its maps and everything that never moves."""
        self._forget()
        named = self.options.get("baudrate")
        kept = self.memory.get("baudrate")
        data, rate = await self._talk.find(
            None if named is None or named == "auto" else int(named),
            int(kept) if isinstance(kept, int | float) else None,
        )
        self._id = blocks.identification(data)
        await self._read_constants()
        await self._learn_outlets()
        await self._learn_capabilities()
        self._equip()
        if rate is not None:
            self.memory["baudrate"] = rate
        return self._identify()

    async def _read_constants(self) -> None:
        """Read what never moves, and see which of the other blocks there are."""
        if self._id.commands:
            self._listed = await self._optional(Code.COMMANDS, blocks.command_list)
        if self._id.configuration:
            found = await self._optional(Code.CONFIGURATION, blocks.configuration)
            self._configuration = found or self._configuration
        if self._id.topology:
            self._kind = await self._optional(Code.TOPOLOGY, blocks.topology)
        # without a list only trying tells; the configuration may know that there are no limits
        if self._may_have(Code.LIMITS) and self._configuration.limits != 0:
            self._limits = await self._optional(Code.LIMITS, blocks.limits)
        if self._may_have(Code.BATTERY):
            self._battery = await self._optional(Code.BATTERY, blocks.battery)
        if self._listed and Code.TESTS in self._listed:
            await self._optional(Code.TESTS, blocks.system_test)
        if self._id.statistics:
            await self._optional(Code.STATISTICS, self._read_statistics)
        self._codes = self._listed or self._old_codes()
        if self._listed or self._limits or Code.BATTERY in self._has:
            # all younger than the acknowledgement
            self._talk.acknowledges = True

    def _may_have(self, code: Code) -> bool:
        if self._listed is not None:
            return code in self._listed
        # the oldest units end their ID block with the alarm map and have neither
        return bool(self._id.configuration)

    def _old_codes(self) -> frozenset[int]:
        """Return the commands of a unit without a list, by the revision its blocks are of."""
        codes: set[int] = set(_FIRST_CODES)
        if self._id.configuration:
            codes |= {Code.OFF_IN, Code.ON_IN}
        if Code.BATTERY in self._has:
            codes.add(Code.BATTERY_TEST)
        if self._limits is not None:
            codes.add(Code.SET_PARAMETER)
        return frozenset(codes)

    async def _optional[T](self, code: Code, decode: Callable[[bytes], T]) -> T | None:
        """Read a block that a unit need not have; None where it has it not, or it is none."""
        for _ in range(2):
            try:
                value = decode(await self._talk.ask(code))
            except Refused:
                return None
            except BadReply, NoReply, Busy:
                continue
            self._has.add(code)
            return value
        return None

    async def _learn_outlets(self) -> None:
        size = self._id.outlets
        if not size > _BOGUS_OUTLETS:
            return
        self._outlets = await self._optional(Code.OUTLETS, blocks.outlets) or ()
        self._addresses = {number: outlet.number for number, outlet in enumerate(self._outlets, 1)}
        if self._outlets and self._is_xcp:
            try:
                first = await self._talk.ask(Code.STATUS, self._outlets[0].number)
                self._outlet_status = len(first) >= status.DELAYS
            except Rejected, NoReply, BadReply, Busy:
                self._outlet_status = False

    @property
    def _is_xcp(self) -> bool:
        """Whether the unit is of XCP A or later, not of a revision of BCM before."""
        return self._limits is not None and self._limits.is_xcp

    async def _learn_capabilities(self) -> None:
        """Ask what can be set, tested and chosen: commands that only tell (4.2, step 7).

        Only units with a command list know them.
        """
        listed = self._listed or frozenset()
        if Code.SET_PARAMETER in listed and self._limits:
            self._writable = await self._capabilities(Code.SET_PARAMETER, 0, 0)
        # revisions before C might take the number for a test (6.2.2)
        if not self._is_xcp or self._limits is None or self._limits.version < " C":
            self._tests = frozenset({1} if Code.SYSTEM_TEST in listed else ())
            return
        self._tests = frozenset()
        if Code.SYSTEM_TEST in listed:
            self._tests = await self._capabilities(Code.SYSTEM_TEST) or frozenset({1})
        if Code.STRATEGY in listed:
            self._strategies = await self._capabilities(Code.STRATEGY)
            await self._read_strategy()

    async def _capabilities(self, code: Code, *nulls: int) -> frozenset[int]:
        """Return what a command lists behind its echo, without the nulls that it may echo."""
        try:
            answer = await self._talk.order(bytes((code, _ALL_CAPABILITIES, *nulls)))
        except Rejected, Busy, NoReply, BadReply:
            return frozenset()
        return frozenset(answer or b"") - {0}

    async def _read_strategy(self) -> None:
        try:
            answer = await self._talk.order(bytes((Code.STRATEGY, 0)))
        except Rejected, Busy, NoReply, BadReply:
            answer = None
        self._strategy = answer[0] if answer else None

    def _equip(self) -> None:
        """Work out what this unit is, and can be told."""
        mapped = self._id.alarms
        meter_numbers = {number for number, _ in meters.present(self._id.meters)}
        has_clock = {73, 74} <= meter_numbers
        self.flags = status.possible(mapped, self._configuration, self._kind, self._battery)
        may_beep = self._listed is None or 6 in self._writable
        self._orders = orders(
            Abilities(
                codes=self._codes,
                is_xcp=self._is_xcp,
                outlets=self._addresses,
                tests=self._tests,
                strategies=self._strategies,
                can_beep=Code.SET_PARAMETER in self._codes and may_beep,
                has_bypass=StatusFlag.BYPASS in self.flags,
                has_clock=has_clock,
            )
        )
        self.commands = {name: order.command for name, order in self._orders.items()}
        self.settings = self._find_settings(has_clock)
        self.parts = tuple(self._find_parts())
        self._constants = dict(self._fixed())

    def _find_settings(self, has_clock: bool) -> dict[str, Setting]:
        settings: dict[str, Setting] = {}
        if self._limits is not None:
            source = Source(self._limits, self._configuration)
            self._changes = changes(self._writable, self._kind, source)
            settings |= {name: change.setting for name, change in self._changes.items()}
        if Code.SET_OUTLET in self._codes:
            for entry in outlet_settings(self._addresses):
                self._outlet_delays[entry[0].name] = entry
                settings[entry[0].name] = entry[0]
        if (strategy := strategy_setting(self._strategies)) and self._strategy is not None:
            settings[STRATEGY] = strategy
        if has_clock and Code.SET_CLOCK in self._codes:
            settings |= {setting.name: setting for setting in CLOCK_SETTINGS}
        if any(
            parameter.setting for each in self.commands.values() for parameter in each.parameters
        ):
            settings[OFF_DELAY] = DELAY_SETTING
        return settings

    def _find_parts(self) -> Iterator[Part]:
        for number in self._addresses:
            yield Part(kind=PartKind.OUTLET, index=number)
        rows = self._battery.rows if self._battery else ()
        for index, row in enumerate(rows, 1):
            if row is not None:
                yield Part(kind=PartKind.PACK, index=index)

    def _fixed(self) -> Iterator[tuple[str, Value]]:
        """Yield what never changes while the unit is open."""
        found, configuration = self._id, self._configuration
        for name, text in (
            ("ups.firmware", found.firmware),
            ("device.model", found.model),
            ("device.mfr", self._manufacturer),
            ("device.serial", configuration.serial),
            ("device.part", configuration.part),
            ("device.macaddr", configuration.address),
            ("ups.type", self._kind),
        ):
            if text:
                yield name, text
        for name, number in (
            ("ups.power.nominal", found.power),
            ("output.phases", found.phases),
            ("output.frequency.nominal", configuration.output_frequency),
            ("outlet.count", len(self._outlets)),
        ):
            if number:
                yield name, float(number)

    @property
    def _manufacturer(self) -> str | None:
        """The maker, where the unit is not sold under another name; nothing else tells it."""
        return "Powerware" if self._configuration.oem in _OWN_BRAND else None

    def _identify(self) -> Identity:
        return Identity(
            manufacturer=self._manufacturer,
            model=self._id.model or None,
            serial=self._configuration.serial,
            firmware=self._id.firmware or None,
        )

    # reading

    @override
    async def read_status(self) -> Status:
        """Read the status and, where the unit has any, the alarms."""
        return (await self._read_state())[1]

    async def _read_state(self) -> tuple[status.State, Status]:
        """Read status and alarms; a feigned outage of a battery test is looked into."""
        state = status.read(await self._talk.ask(Code.STATUS), self._configuration.status_mask)
        active: dict[int, int] = {}
        if self._id.alarms:
            active = alarms.active(await self._talk.ask(Code.ALARMS), self._id.alarms)
        if Code.BATTERY in self._has and status.doubts_battery(state, active, self._id.alarms):
            self._battery = blocks.battery(await self._talk.ask(Code.BATTERY))
        return state, status.judge(state, active, self._battery, has_levels=self._is_xcp)

    async def _block(self, code: Code, *parameters: int) -> bytes | None:
        """Read a block once more if it gets lost; None for one that the unit has not.

        A block that was there and fails three reads is not there any more; before that it fails
        the read, so that no snapshot has holes. Raises NoReply, BadReply, Busy, Rejected.
        """
        if code not in self._has:
            return None
        try:
            try:
                data = await self._talk.ask(code, *parameters)
            except NoReply, BadReply:
                data = await self._talk.ask(code, *parameters)
        except NoReply, BadReply, Busy, Rejected:
            self._missed[code] += 1
            if self._missed[code] >= _TRIES and code is not Code.LIMITS:
                self._has.discard(code)
            raise
        self._missed.pop(code, None)
        return data

    def _read_statistics(self, data: bytes) -> meters.Readings:
        return meters.read(data, self._id.statistics, meters.STATISTICS, self._id.phases)

    @override
    async def read(self) -> Snapshot:
        """Read every block that moves."""
        if (data := await self._block(Code.BATTERY)) is not None:
            self._battery = blocks.battery(data)
        state, judged = await self._read_state()
        readings = await self._read_meters()
        variables = self._constants | dict(await self._read_limits()) | readings.values
        readings.values = variables
        true_power = variables.get("ups.realpower.nominal")
        rating = true_power if isinstance(true_power, float) else 0
        estimated = meters.finish(readings, self._id.phases, state.overall, rating)
        now = clock_of(variables)
        variables |= dict(status.breakers(state, self._configuration.breaker_mask))
        variables["ups.mode"] = state.words
        variables |= timers("ups", state, now)
        if self._battery is not None:
            variables |= battery_values(self._battery, self._configuration.strings)
        variables |= await self._read_outlets(now)
        await self._read_rest(readings)
        left_out = dict(readings.left_out)
        for name, value in list(variables.items()):
            if (
                isinstance(value, float)
                and name not in self.settings
                and not plausible(name, value)
            ):
                left_out[name] = variables.pop(name)
        return Snapshot(
            status=judged,
            variables=variables,
            estimated=estimated & variables.keys(),
            left_out=left_out,
        )

    async def _read_meters(self) -> meters.Readings:
        if not any(self._id.meters):
            return meters.Readings()
        try:
            data = await self._talk.ask(Code.METERS)
        except NoReply, BadReply:
            data = await self._talk.ask(Code.METERS)
        return meters.read(data, self._id.meters, meters.METERS, self._id.phases)

    async def _read_limits(self) -> Iterator[tuple[str, Value]]:
        if (data := await self._block(Code.LIMITS)) is not None:
            self._limits = blocks.limits(data)
        if self._limits is None:
            nothing: dict[str, Value] = {}
            if self._configuration.output_voltage:
                nothing["output.voltage.nominal"] = float(self._configuration.output_voltage)
            return iter(nothing.items())
        source = Source(self._limits, self._configuration)
        return shown(source, self._writable, self._kind)

    async def _read_outlets(self, now: datetime | None) -> dict[str, Value]:
        if (data := await self._block(Code.OUTLETS)) is None:
            return {}
        found = blocks.outlets(data)
        if len(found) == len(self._outlets):
            self._outlets = found
        values: dict[str, Value] = {}
        for number, outlet in enumerate(self._outlets, 1):
            values |= outlet_values(
                number, outlet, can_be_never=f"outlet.{number}.delay.start" in self.settings
            )
            if self._outlet_status:
                said = await self._talk.ask(Code.STATUS, outlet.number)
                state = status.read(said, self._configuration.status_mask)
                values |= timers(f"outlet.{number}", state, now)
        return values

    async def _read_rest(self, readings: meters.Readings) -> None:
        """Add what moves slowly: the kept delay, tests, statistics, the power strategy."""
        values = readings.values
        if (data := await self._block(Code.TESTS)) is not None and (
            result := blocks.system_test(data)
        ):
            values["ups.test.system.result"] = result
        if (data := await self._block(Code.STATISTICS)) is not None:
            statistics = self._read_statistics(data)
            values |= statistics.values
            readings.left_out |= statistics.left_out
        if self._strategy == _HIGH_ALERT:
            # it ends by itself after 24 hours
            await self._read_strategy()
        if (strategy := STRATEGIES.get(self._strategy or 0)) and STRATEGY in self.settings:
            values[STRATEGY] = strategy
        if OFF_DELAY in self.settings:
            values[OFF_DELAY] = kept_delay(self.memory.get(OFF_DELAY))

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
        for index, request in enumerate(spoken.requests):
            try:
                said, answer = await self._talk.restart(request, short_restart(request))
            except Refused as refusal:
                # of several cancellations a unit may know but the first
                if not index or refusal.ack not in {Ack.NOT_IMPLEMENTED, Ack.INVALID}:
                    raise
                continue
            sent.append(said)
            if answer is None:
                result = Result.SENT
        return Outcome(result=result, parameters=spoken.parameters, requests=tuple(sent))

    async def _now(self) -> datetime | None:
        """Return the time of the unit's own clock."""
        return clock_of((await self._read_meters()).values)

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
        if name in self._outlet_delays:
            return await self._set_outlet(name, float(wanted))
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
        self._limits = blocks.limits(await self._talk.ask(Code.LIMITS))
        if self._id.configuration:
            data = await self._talk.ask(Code.CONFIGURATION)
            self._configuration = blocks.configuration(data)
        return Source(self._limits, self._configuration)

    async def _set_outlet(self, name: str, wanted: float) -> Value:
        _, parameter, address = self._outlet_delays[name]
        number = int(name.split(".")[1])
        key = "auto_off" if name.endswith("shutdown") else "auto_on"

        async def read() -> int:
            found = blocks.outlets(await self._talk.ask(Code.OUTLETS))
            if number > len(found):
                raise BadReply(f"outlet {number} is not there any more")
            return int(getattr(found[number - 1], key))

        before = await read()
        if before == round(wanted):
            return float(before)
        await self._talk.order(bytes((Code.SET_OUTLET, parameter, address, *word(round(wanted)))))
        now = await read()
        if now == before:
            raise Rejected(f"{name} is still {before} after it was set to {wanted:g}")
        return float(now)

    async def _set_strategy(self, wanted: str) -> Value:
        await self._read_strategy()
        number = next(number for number, word_ in STRATEGIES.items() if word_ == wanted)
        if self._strategy != number:
            await self._talk.order(bytes((Code.STRATEGY, number)))
            await self._read_strategy()
            if self._strategy != number:
                raise Rejected(f"the power strategy is not {wanted} after it was set")
        return wanted

    async def _set_clock(self, name: str, wanted: str) -> Value:
        """Set date or time; the other is that of the unit, which must tell it."""
        now = await self._now()
        if now is None:
            raise Unsupported("the UPS does not tell its time; date and time are set together")
        try:
            if name == CLOCK_DATE:
                moment = datetime.combine(datetime.fromisoformat(wanted).date(), now.time())
            else:
                moment = datetime.combine(now.date(), time.fromisoformat(wanted))
        except ValueError as error:
            raise Unsupported(f"{wanted} is no {'date' if name == CLOCK_DATE else 'time'}") from (
                error
            )
        seconds = bytes((packed(moment.second), 0))
        await self._talk.order(bytes((Code.SET_CLOCK,)) + date_of(moment) + seconds)
        after = await self._now()
        # it runs on meanwhile
        if after is None or not timedelta(0) <= after - moment <= timedelta(minutes=1):
            raise Rejected(f"the UPS says {after} after its clock was set to {moment}")
        return after.date().isoformat() if name == CLOCK_DATE else after.time().isoformat()


def clock_of(variables: Mapping[str, Value]) -> datetime | None:
    """Return the moment that a unit's date and time meters tell; None without both."""
    day, clock = variables.get(CLOCK_DATE), variables.get(CLOCK_TIME)
    return datetime.fromisoformat(f"{day}T{clock}") if day and clock else None
