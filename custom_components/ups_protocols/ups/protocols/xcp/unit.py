"""What is learned of a unit at its opening: its maps, its blocks, what it can be told."""

from collections.abc import Callable, Iterator

from ...errors import BadReply, Busy, NoReply, Rejected
from ...model import Identity, Part, PartKind, StatusFlag, Value
from ...names import UpsType
from . import blocks, meters, status
from .frames import Code, Refused
from .orders import Abilities
from .settings import Source
from .talk import Talk

# an outlet block of this size is that of a unit without outlets (card 2.4)
_BOGUS_OUTLETS = 8
_ALL = 0xFF
# what the oldest revisions have; those of later ones follow from the blocks (appendix B)
_FIRST_CODES = frozenset({Code.BYPASS, Code.ON, Code.OFF_AND_RESTART, Code.OFF})
# machine types 210 to 219 (5.2.2.1)
_LINE_INTERACTIVE_FAMILY = 21
_GENERAL_TEST = frozenset({1})
_HORN = 6
_DATE_METER, _TIME_METER = 73, 74
# OEM bytes that stand for the maker itself (5.2.2)
_OWN_BRAND = frozenset({0x00, 0xFF})


class Unit:
    """One unit as it was found. Everything may change with its firmware: never keep it.

    Attributes:
        id: The ID block.
        configuration: The configuration block, empty where there is none.
        kind: How it is built, None where it does not tell.
        has: The blocks beside status, meters and alarms that it answered.
        limits, battery, outlets: What was last read of these blocks.
        codes: Commands that it has.
        writable: Parameters that can be set.
        strategies: Power strategies that can be chosen.
        strategy: The present one.
        addresses: Our number of an outlet → the unit's.
        has_outlet_status: Whether each outlet has a status of its own.
    """

    def __init__(self, talk: Talk, id_block: bytes) -> None:
        """Take what the unit said first. Raises BadReply."""
        self._talk = talk
        self.id = blocks.identification(id_block)
        self.configuration = blocks.Configuration()
        self.kind: str | None = None
        self.has: set[Code] = set()
        self.limits: blocks.Limits | None = None
        self.battery: blocks.Battery | None = None
        self.outlets: tuple[blocks.Outlet, ...] = ()
        self.codes: frozenset[int] = frozenset()
        self.writable: frozenset[int] = frozenset()
        self.strategies: frozenset[int] = frozenset()
        self.strategy: int | None = None
        self.addresses: dict[int, int] = {}
        self.has_outlet_status = False
        self._tests: frozenset[int] = frozenset()
        self._listed: frozenset[int] | None = None

    async def learn(self) -> None:
        """Ask for everything that tells what the unit has. Changes nothing. Raises LinkLost."""
        await self._read_blocks()
        await self._learn_outlets()
        await self._learn_capabilities()

    async def _read_blocks(self) -> None:
        if self.id.commands:
            self._listed = await self._optional(Code.COMMANDS, blocks.command_list)
        if self.id.configuration:
            found = await self._optional(Code.CONFIGURATION, blocks.configuration)
            self.configuration = found or self.configuration
        if self.id.topology:
            self.kind = await self._optional(Code.TOPOLOGY, blocks.topology)
        # without a list only trying tells; the configuration may know that there are no limits
        if self._may_have(Code.LIMITS) and self.configuration.limits != 0:
            self.limits = await self._optional(Code.LIMITS, blocks.limits)
        if self._may_have(Code.BATTERY):
            self.battery = await self._optional(Code.BATTERY, blocks.battery)
        if self._listed and Code.TESTS in self._listed:
            await self._optional(Code.TESTS, blocks.system_test)
        if self.id.statistics:
            await self._optional(Code.STATISTICS, self.read_statistics)
        self.codes = self._listed or self._old_codes()
        if self._listed or self.limits or Code.BATTERY in self.has:
            # all younger than the acknowledgement
            self._talk.acknowledges = True

    def _may_have(self, code: Code) -> bool:
        if self._listed is not None:
            return code in self._listed
        # the oldest units end their ID block with the alarm map and have neither
        return bool(self.id.configuration)

    def _old_codes(self) -> frozenset[int]:
        """Return the commands of a unit without a list, by the revision its blocks are of."""
        codes: set[int] = set(_FIRST_CODES)
        if self.id.configuration:
            codes |= {Code.OFF_IN, Code.ON_IN}
        if Code.BATTERY in self.has:
            codes.add(Code.BATTERY_TEST)
        if self.limits is not None:
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
            self.has.add(code)
            return value
        return None

    def read_statistics(self, data: bytes) -> meters.Readings:
        """Decode the statistics block. Raises BadReply."""
        return meters.read(data, self.id.statistics, meters.STATISTICS, self.id.phases)

    async def _learn_outlets(self) -> None:
        if self.id.outlets <= _BOGUS_OUTLETS:
            return
        self.outlets = await self._optional(Code.OUTLETS, blocks.outlets) or ()
        self.addresses = {number: outlet.number for number, outlet in enumerate(self.outlets, 1)}
        if self.outlets and self.is_xcp:
            try:
                first = await self._talk.ask(Code.STATUS, self.outlets[0].number)
                self.has_outlet_status = len(first) >= status.DELAYS
            except Rejected, NoReply, BadReply, Busy:
                self.has_outlet_status = False

    async def _learn_capabilities(self) -> None:
        """Ask what can be set, tested and chosen: commands that only tell (4.2, step 7).

        Only units with a command list know them, and before XCP C only the first.
        """
        listed = self._listed or frozenset()
        if Code.SET_PARAMETER in listed and self.limits:
            self.writable = await self._capabilities(Code.SET_PARAMETER, 0, 0)
        if Code.SYSTEM_TEST in listed:
            self._tests = _GENERAL_TEST
        if self.limits is None or self.limits.revision < "C":
            # it might take the question for a test (6.2.2)
            return
        if Code.SYSTEM_TEST in listed:
            self._tests = await self._capabilities(Code.SYSTEM_TEST) or _GENERAL_TEST
        if Code.STRATEGY in listed:
            self.strategies = await self._capabilities(Code.STRATEGY)
            await self.read_strategy()

    async def _capabilities(self, code: Code, *nulls: int) -> frozenset[int]:
        """Return what a command lists behind its echo, without the nulls that it may echo."""
        try:
            answer = await self._talk.order(bytes((code, _ALL, *nulls)))
        except Rejected, Busy, NoReply, BadReply:
            return frozenset()
        return frozenset(answer or b"") - {0}

    async def read_strategy(self) -> None:
        """Ask for the power strategy; None where the unit does not say."""
        try:
            answer = await self._talk.order(bytes((Code.STRATEGY, 0)))
        except Rejected, Busy, NoReply, BadReply:
            answer = None
        self.strategy = answer[0] if answer else None

    # what follows from all that

    @property
    def is_xcp(self) -> bool:
        """Whether the unit is of XCP A or later, not of a revision of BCM before."""
        return self.limits is not None and self.limits.is_xcp

    @property
    def probable_kind(self) -> str | None:
        """How it is built, where no topology says so: what has a bypass is on-line."""
        if self.kind is not None:
            return self.kind
        if self.configuration.machine // 10 == _LINE_INTERACTIVE_FAMILY:
            return UpsType.LINE_INTERACTIVE
        has_bypass = self.configuration.status_mask & (status.BYPASS | status.INSTALLED)
        return UpsType.ONLINE if has_bypass else None

    @property
    def source(self) -> Source | None:
        """Where the numbers of its settings stand; None without limits."""
        return None if self.limits is None else Source(self.limits, self.configuration)

    @property
    def flags(self) -> frozenset[StatusFlag]:
        """The flags that it can report."""
        flags = status.possible(
            self.id.alarms, self.configuration, self.probable_kind, self.battery
        )
        return flags | {StatusFlag.ECO} if self.strategies & {3, 4} else flags

    @property
    def has_clock(self) -> bool:
        """Whether it tells date and time."""
        numbers = {number for number, _ in meters.present(self.id.meters)}
        return {_DATE_METER, _TIME_METER} <= numbers

    @property
    def abilities(self) -> Abilities:
        """What decides which orders it gets."""
        knows_horn = _HORN in self.writable if self._listed is not None else bool(self.limits)
        return Abilities(
            codes=self.codes,
            is_xcp=self.is_xcp,
            outlets=self.addresses,
            tests=self._tests,
            strategies=self.strategies,
            can_beep=Code.SET_PARAMETER in self.codes and knows_horn,
            has_bypass=StatusFlag.BYPASS in self.flags,
            has_clock=self.has_clock,
        )

    def parts(self) -> Iterator[Part]:
        """Yield outlets, and battery strings that measure something of their own."""
        for number in self.addresses:
            yield Part(kind=PartKind.OUTLET, index=number)
        for index, row in enumerate(self.battery.rows if self.battery else (), 1):
            if row is not None:
                yield Part(kind=PartKind.PACK, index=index)

    def constants(self) -> Iterator[tuple[str, Value]]:
        """Yield the variables that never change while the unit is open."""
        found, configuration = self.id, self.configuration
        for name, text in (
            ("ups.firmware", found.firmware),
            ("device.model", found.model),
            ("device.mfr", self._manufacturer),
            ("device.serial", configuration.serial),
            ("device.part", configuration.part),
            ("device.macaddr", configuration.address),
            ("ups.type", self.kind),
        ):
            if text:
                yield name, text
        for name, number in (
            ("ups.power.nominal", found.power),
            ("output.phases", found.phases),
            ("output.voltage.nominal", configuration.output_voltage),
            ("output.frequency.nominal", configuration.output_frequency),
            ("outlet.count", len(self.outlets)),
        ):
            if number:
                yield name, float(number)

    @property
    def _manufacturer(self) -> str | None:
        """The maker, where the unit is not sold under another name; nothing else tells it."""
        return "Powerware" if self.configuration.oem in _OWN_BRAND else None

    def identify(self) -> Identity:
        """Return who it says it is."""
        return Identity(
            manufacturer=self._manufacturer,
            model=self.id.model or None,
            serial=self.configuration.serial,
            firmware=self.id.firmware or None,
        )
