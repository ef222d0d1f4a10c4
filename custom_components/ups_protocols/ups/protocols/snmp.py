"""The driver of network cards: one or several MIBs of one SNMP agent, read as one device.

The maker's MIB comes first; RFC 1628 and the system group fill its gaps and never contradict it
(card snmp.md, section 2).
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import override

from ..driver import Driver, Memory, Options
from ..errors import BadReply, NoReply, NotThisUps, Unsupported, UpsGone
from ..links.base import Oid, SnmpAgent, SnmpValue, Trap, Unsubscribe
from ..mibs.identify import RFC1628, SYS_UP_TIME, SYSTEM, Found, identify, load_mib
from ..mibs.orders import (
    Kept,
    Teller,
    Told,
    check_parameters,
    commands_of,
    settings_of,
    write as write_setting,
)
from ..mibs.parts import parts_of
from ..mibs.reader import Reader
from ..mibs.status import contradicts, judge
from ..mibs.table import Mib, When
from ..mibs.traps import heard
from ..model import (
    DeviceKind,
    Event,
    Identity,
    Outcome,
    Parameter,
    Push,
    Reread,
    Setting,
    Snapshot,
    Status,
    StatusFlag,
    Tier,
    Value,
    plausible_serial,
)

# full reads between two of the configuration: ten minutes at the usual pace
RARELY = 20


class SnmpUps(Driver[SnmpAgent]):
    """A UPS, PDU or transfer switch behind an SNMP agent."""

    def __init__(self, link: SnmpAgent, options: Options, memory: Memory) -> None:
        """Take the link; what answers is found out at open."""
        super().__init__(link, options, memory)
        self.found: Found | None = None
        self._readers: list[Reader] = []
        """The MIBs, best first; the last is the system group."""
        self._told: dict[str, Told] = {}
        self._kept: dict[str, Kept] = {}
        self._host_side: dict[str, float] = {}
        self._uptime: int | None = None
        self._is_new = False
        """The agent has started anew, or has other rows: its instances must be found again."""
        self._rare = 0
        self._has_looked = False
        """Whether what there is has been looked for since it was opened, a while ago."""
        self._knows_power = False
        """Whether the agent had, at open, an object that decides the power."""
        self._identity: Identity | None = None
        self._flags: frozenset[StatusFlag] = frozenset()

    @property
    def mibs(self) -> tuple[str, ...]:
        """The MIBs that are read, best first."""
        return tuple(reader.mib.id for reader in self._readers)

    # opening

    @override
    async def open(self) -> Identity:
        """Find out who answers and by which MIBs, and what there is of their objects."""
        if isinstance(known := self.memory.get("packet"), int | float):
            self.link.expect(int(known))
        self.found = await identify(self.link)
        mibs = [await load_mib(mib) for mib in (*self.found.mibs, SYSTEM)]
        await self._learn(mibs)
        self.memory["mibs"] = list(self.found.mibs)
        self._uptime = None
        self._rare = 0
        self._has_looked = False
        self.memory["packet"] = self.link.largest_request
        signs = self._main.signs()
        self._knows_power = self._main.power_is_known
        self._see_it_is_alive()
        self._flags = signs.power
        self._identity = self._identify()
        return self._identity

    @property
    def _main(self) -> Reader:
        """The MIB that tells the status."""
        return self._readers[0]

    async def _learn(self, mibs: Iterable[Mib]) -> None:
        """Find the objects of all MIBs and share out what is read by which."""
        self._share_out(await self._find(mibs))

    async def _find(self, mibs: Iterable[Mib]) -> list[Reader]:
        """Return a reader for each MIB that counts, with the objects that there are."""
        readers: list[Reader] = []
        for mib in mibs:
            reader = Reader(mib)
            await reader.learn(self.link)
            if readers and mib.id != SYSTEM and readers[0].kind is not DeviceKind.UPS:
                # what a PDU or transfer switch answers of a UPS MIB is not its own
                continue
            readers.append(reader)
        return readers

    def _share_out(self, readers: list[Reader]) -> None:
        """Let each reader read what none before it does."""
        taken: set[str] = set()
        for reader in readers:
            reader.give_way(taken)
            taken |= reader.offered
            if reader is not readers[0]:
                borrows = readers[0].mib.borrows if reader.mib.id == RFC1628 else frozenset()
                reader.serve(borrows)
        self._readers = readers
        self._is_new = False
        self._equip()

    def _equip(self) -> None:
        """See what this unit can report and be told; the best MIB's way to say it counts."""
        readers = self._readers
        main, variables = readers[0], self._variables()[0]
        self._told, self._kept = {}, {}
        host_side: dict[str, Setting] = {}
        self._host_side = {}
        for reader in readers:
            offered: dict[str, Told] = {}
            for told in commands_of(reader):
                # of two ways to say it the first is the better
                offered.setdefault(told.command.name, told)
            if main.mib.obeys is not None:
                offered = {
                    name: told for name, told in offered.items() if main.mib.obeys(name, main)
                }
            self._told = offered | self._told
            self._kept = {
                kept.setting.name: kept for kept in settings_of(reader, variables)
            } | self._kept
            for each in reader.mib.host_side:
                if self._uses(offered, each.setting.name) and each.setting.name not in variables:
                    host_side.setdefault(each.setting.name, each.setting)
                    self._host_side.setdefault(each.setting.name, each.default)
        self.flags = main.flags | frozenset(
            flag for reader in readers[1:] for flag in reader.flags & main.mib.borrows
        )
        self.commands = {name: told.command for name, told in self._told.items()}
        self.settings = host_side | {name: kept.setting for name, kept in self._kept.items()}
        self.parts = parts_of(readers, variables)

    @staticmethod
    def _uses(offered: Mapping[str, Told], setting: str) -> bool:
        return any(
            parameter.setting == setting
            for told in offered.values()
            for parameter in told.command.parameters
        )

    def _identify(self) -> Identity:
        variables, _ = self._variables()

        def text(*names: str) -> str | None:
            for name in names:
                if (value := variables.get(name)) is not None:
                    return str(value)
            return None

        main = self._main
        return Identity(
            kind=main.kind,
            manufacturer=text("device.mfr", "ups.mfr") or main.mib.manufacturer,
            model=text("device.model", "ups.model"),
            serial=plausible_serial(text("device.serial", "ups.serial") or ""),
            firmware=text("ups.firmware", "ups.firmware.aux"),
        )

    # reading

    async def _ask(self, *tiers: When) -> None:
        """Read the objects of some tiers of all MIBs in as few packets as there can be."""
        # a full read that finds the instances anew may put others in their place meanwhile
        readers = tuple(self._readers)
        asked = [list(reader.wanted(*tiers)) for reader in readers]
        said = await self.link.get([SYS_UP_TIME, *(each for oids in asked for each in oids)])
        self._see_restart(said)
        for reader, oids in zip(readers, asked, strict=True):
            reader.take(oids, said)
        for reader in readers:
            await reader.follow_alarms(self.link, always=When.FULL in tiers)

    def _see_restart(self, said: Mapping[Oid, SnmpValue]) -> None:
        """See by its up-time whether the agent has started anew."""
        uptime = said.get(SYS_UP_TIME)
        if isinstance(uptime, int):
            if self._uptime is not None and uptime < self._uptime:
                self._is_new = True
            self._uptime = uptime

    def _see_it_is_alive(self) -> None:
        """See that what the card says of its UPS is not old. Raises UpsGone."""
        if self._main.is_stale:
            raise UpsGone("the card answers, but has lost its UPS: what it says is old")
        if self._knows_power and not self._main.power_is_known:
            raise UpsGone("the card answers, but says nothing of its UPS at present")

    async def _status(self) -> Status:
        """Weigh what was read; where the agent contradicts itself, it is asked once more."""
        signs = self._main.signs()
        if contradicts(signs):
            await self._ask(When.STATUS)
            signs = self._main.signs()
        self._see_it_is_alive()
        borrows = self._main.mib.borrows
        if borrows:
            for reader in self._readers[1:]:
                if reader.mib.id == RFC1628:
                    lent = (reader.mib.judge or judge)(reader.signs()).flags & borrows
                    signs = replace(signs, others=signs.others | lent)
        status = (self._main.mib.judge or judge)(signs)
        self._flags = status.flags
        return status

    @override
    async def read_status(self) -> Status:
        """Ask the objects of the power state: one packet, a walk more where alarms changed."""
        await self._ask(When.STATUS)
        return await self._status()

    @override
    async def read(self) -> Snapshot:
        """Ask everything that moves, now and then the configuration too."""
        if self._is_new and self.found is not None:
            await self._learn([reader.mib for reader in self._readers])
            self._see_who_it_is()
        tiers = [When.STATUS, When.FULL]
        if self._rare <= 0:
            tiers.append(When.RARE)
            self._rare = RARELY
            await self._look_for_more()
        self._rare -= 1
        await self._ask(*tiers)
        for reader in self._readers:
            self._is_new = reader.has_moved() or self._is_new
        self.memory["packet"] = self.link.largest_request
        status = await self._status()
        variables, left_out = self._variables()
        for name in self._host_side:
            variables[name] = self._delay(name)
        return Snapshot(status=status, variables=variables, left_out=left_out)

    async def _look_for_more(self) -> None:
        """See whether the device has got something since, e.g. a probe was plugged in."""
        if self._has_looked:
            known = {cell.oid for reader in self._readers for cell in reader.cells}
            # an agent that does not like to be walked at present is still read
            with suppress(NoReply, BadReply, Unsupported):
                fresh = await self._find([reader.mib for reader in self._readers])
                if any(cell.oid not in known for reader in fresh for cell in reader.cells):
                    self._share_out(fresh)
        self._has_looked = True

    def _see_who_it_is(self) -> None:
        """See that it is the same unit after the agent has started anew. Raises NotThisUps."""
        identity = self._identify()
        if self._identity is not None and not identity.may_be(self._identity):
            self._is_new = True
            raise NotThisUps(f"another unit answers at {self.link.url} since its card restarted")

    def _variables(self) -> tuple[dict[str, Value], dict[str, Value]]:
        """Return the values of all MIBs, the best ones', and those that cannot be."""
        variables: dict[str, Value] = {}
        left_out: dict[str, Value] = {}
        for reader in self._readers:
            found, implausible = reader.variables()
            variables = found | variables
            left_out |= implausible
        return variables, left_out

    # telling

    def _delay(self, name: str) -> float:
        """Return a delay that we keep for the unit."""
        kept = self.memory.get(name)
        return float(kept) if isinstance(kept, int | float) else self._host_side[name]

    def _kept_value(self, parameter: Parameter) -> float | None:
        """Return what the setting of a parameter says, kept by us or by the unit."""
        name = parameter.setting
        if name is None:
            return None
        if name in self._host_side:
            return self._delay(name)
        value = self._variables()[0].get(name)
        if not isinstance(value, int | float):
            return None
        return value if parameter.minimum <= value <= parameter.maximum else None

    @override
    async def run(self, command: str, **parameters: float) -> Outcome:
        """Say a command; the SETs of one command are never sent twice."""
        if (told := self._told.get(command)) is None:
            raise Unsupported(f"this device has no command {command}")
        kept = {
            each.name: value
            for each in told.command.parameters
            if (value := self._kept_value(each)) is not None
        }
        values = check_parameters(told.command, kept | parameters)
        self._rare = 0
        return await Teller(self.link, told, values, self._flags).give()

    @override
    async def write(self, name: str, value: Value) -> Value:
        """Write a setting if it differs and read it back."""
        if name in self._host_side:
            return self._keep(self.settings[name], value)
        if (kept := self._kept.get(name)) is None:
            raise Unsupported(f"{name} of this device cannot be set")
        self._rare = 0
        return await write_setting(self.link, kept, value)

    def _keep(self, setting: Setting, value: Value) -> float:
        """Keep a delay. Raises Unsupported."""
        try:
            number = float(value)
        except ValueError as error:
            raise Unsupported(f"{setting.name} must be a number") from error
        if not setting.minimum <= number <= setting.maximum:
            raise Unsupported(
                f"{setting.name} must lie between {setting.minimum:g} and {setting.maximum:g}"
            )
        self.memory[setting.name] = number
        return number

    # hearing

    @override
    def on_push(self, callback: Callable[[Push], None]) -> Unsubscribe:
        """Make an event of each trap, and a reason to read: a trap is never a state."""

        def trap(received: Trap) -> None:
            said = heard(received, [reader.mib for reader in self._readers])
            if said is None:
                return
            if said:
                callback(Event(said))
            callback(Reread(Tier.STATUS))

        return self.link.on_trap(trap)


driver = SnmpUps
