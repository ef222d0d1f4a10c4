"""Reads one MIB of one agent: finds its instances, then makes values and signs of raw objects."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
import re
from typing import override

from ..links.base import Oid, SnmpAgent, SnmpValue
from ..model import Alarm, DeviceKind, StatusFlag, Value
from ..names import plausible
from .alarms import AlarmReader
from .status import POWER_FLAGS
from .table import (
    Facts,
    Look,
    Mib,
    Place,
    Role,
    Row,
    Siblings,
    Signs,
    Special,
    Table,
    When,
    as_signs,
    oid,
    signs,
)
from .totals import Phases, total
from .values import as_number, as_text, scaled

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LINE = re.compile(r"\.(L[1-3](-(N|L[1-3]))?|N)(?=\.)")
_SCALAR: Oid = (0,)
# how an OID begins that is none of the MIB's own
_ELSEWHERE = ("E.", "1.3.6.1.")


@dataclass(slots=True)
class Cell:
    """One object of this agent: a row at an instance."""

    row: Row
    table: Table
    oid: Oid
    instance: Oid
    place: Place
    named: tuple[str, ...]
    """Every name that the table gives it."""
    names: tuple[str, ...] = ()
    """Those that no better object has."""


@dataclass(frozen=True, slots=True)
class _Beside(Siblings):
    """What stands beside the cells of an instance."""

    reader: Reader
    instance: Oid

    @property
    @override
    def facts(self) -> Facts:
        """What was found out once."""
        return self.reader.facts

    @override
    def __call__(self, column: str) -> SnmpValue | None:
        """Return a column of this row or of one around it, or a scalar."""
        for length in range(len(self.instance), 0, -1):
            if (said := self.reader.value(column, self.instance[:length])) is not None:
                return said
        return self.reader.value(column)


class Reader(Look):
    """One MIB of one agent."""

    def __init__(self, mib: Mib) -> None:
        """Take the table; nothing is known of the agent before learn()."""
        self.mib = mib
        self.root = oid(mib.root)
        self.raw: dict[Oid, SnmpValue] = {}
        """What the agent said last, by whole OID."""
        self.cells: list[Cell] = []
        self._telling: list[Cell] = []
        """Those that say something of the state."""
        self.kind = mib.kind
        self._facts: Facts = {}
        self._oids: dict[str, Oid] = {}
        self._instances: dict[Oid, list[Oid]] = {}
        self._wanted: dict[tuple[When, ...], tuple[Oid, ...]] = {}
        self._borrowed: frozenset[StatusFlag] | None = None
        self._away: set[str] = set()
        self._counts: dict[Oid, SnmpValue | None] = {}
        self._phases = Phases(self)
        self._alarms = [AlarmReader(self, table) for table in mib.alarms]

    # Look

    @property
    @override
    def facts(self) -> Facts:
        """What was found out once."""
        return self._facts

    def absolute(self, relative: str, instance: Oid | None = None) -> Oid:
        """Return a whole OID; without an instance that of a scalar."""
        if (above := self._oids.get(relative)) is None:
            root = () if relative.startswith(_ELSEWHERE) else self.root
            above = self._oids[relative] = (*root, *oid(relative))
        return (*above, *(_SCALAR if instance is None else instance))

    @override
    def value(self, oid: str, instance: Oid | None = None) -> SnmpValue | None:
        """Return an object as the agent said it."""
        return self.raw.get(self.absolute(oid, instance))

    @override
    def number(self, oid: str, instance: Oid | None = None) -> float | None:
        """Return an object as a number as it is on the wire."""
        return as_number(self.value(oid, instance))

    @override
    def text(self, oid: str, instance: Oid | None = None) -> str | None:
        """Return an object as a text."""
        return as_text(self.value(oid, instance))

    @override
    def column(self, oid: str) -> Mapping[Oid, SnmpValue]:
        """Return a column by instance."""
        above = self.absolute(oid, ())
        return {
            instance: self.raw[whole]
            for instance in self._instances.get(above, ())
            # what has no instance is no row
            if instance and (whole := (*above, *instance)) in self.raw
        }

    def beside(self, instance: Oid) -> Siblings:
        """Return what gives the other columns of a row, those of the rows around it, and scalars.

        The index of a table inside another begins with the index of that one's row.
        """
        return _Beside(self, instance)

    def absorb(self, roots: Iterable[Oid], said: Mapping[Oid, SnmpValue]) -> None:
        """Take over what was found below some objects and columns; what was known there goes."""
        roots = set(roots)
        for root in roots:
            for instance in self._instances.get(root, ()):
                self.raw.pop((*root, *instance), None)
            self._instances[root] = []
        lengths = sorted({len(root) for root in roots})
        for each, value in said.items():
            self.raw[each] = value
            for length in lengths:
                if (root := each[:length]) in roots:
                    self._instances[root].append(each[length:])

    # learning

    async def learn(self, agent: SnmpAgent) -> None:
        """Find out which objects the agent has. Raises Unsupported for what is no UPS."""
        self.raw.clear()
        self._instances.clear()
        tables = self.mib.tables
        scalars = [row.oid for table in tables if table.index is None for row in table.rows]
        scalars += [table.probe for table in tables if table.probe]
        scalars += [table.phases for table in tables if table.phases]
        scalars += [each.table.count for each in self._alarms if each.table.count]
        roots = [self.absolute(each, ()) for each in scalars]
        self.absorb(roots, await agent.walk(*roots, rows=1))
        present = [table for table in tables if table.index is not None and self._is_there(table)]
        columns = [oid for table in present for oid in _columns(table)]
        columns += [oid for alarm in self._alarms for oid in alarm.columns]
        roots = [self.absolute(each, ()) for each in columns]
        self.absorb(roots, await agent.walk(*roots))
        if self.mib.learn is not None:
            self._facts = dict(self.mib.learn(self))
            self.kind = DeviceKind(str(self._facts.get("kind", self.mib.kind)))
        self._phases.count(present)
        self.cells = [cell for table in tables for cell in self._find(table)]
        self._prefer()
        self._wanted.clear()
        self._telling = [cell for cell in self.cells if _tells(cell.row)]
        self._counts = {}
        self.has_moved()

    def _is_there(self, table: Table) -> bool:
        """Tell whether the object without which a table is not looked for is there."""
        return not table.probe or bool(self._instances.get(self.absolute(table.probe, ())))

    def _find(self, table: Table) -> Iterator[Cell]:
        """Yield the cells of a table."""
        if not self._is_there(table):
            return
        for row in table.rows:
            above = self.absolute(row.oid, ())
            for instance in sorted(self._instances.get(above, ())):
                if table.index is None:
                    place: Place | None = {}
                elif not instance or self._phases.is_dead(table, instance):
                    continue
                else:
                    place = table.index.place(instance, self.beside(instance))
                if place is None or not _is_possible(place):
                    continue
                place = self._phases.reduce(table, place)
                names = tuple(_names(row, place))
                yield Cell(row, table, (*above, *instance), instance, place, names, names)

    def _prefer(self) -> None:
        """Leave each name to the first object that has a value for it."""
        owners: dict[str, Cell] = {}
        for cell in self.cells:
            if cell.named and self.decode(cell) is not None:
                for name in cell.named:
                    owners.setdefault(name, cell)
        for cell in self.cells:
            cell.names = tuple(name for name in cell.named if owners.get(name, cell) is cell)

    def give_way(self, taken: Iterable[str]) -> None:
        """Leave names that a better MIB has to it; those of one phase count for all phases."""
        self._away = {family(name) for name in taken}
        for cell in self.cells:
            cell.names = tuple(name for name in cell.names if family(name) not in self._away)
        self._wanted.clear()

    def serve(self, borrowed: frozenset[StatusFlag]) -> None:
        """Become the one that fills gaps: of its signs only some flags are wanted."""
        self._borrowed = borrowed
        self._wanted.clear()

    @property
    def offered(self) -> set[str]:
        """The names for which this MIB has a value at present."""
        return set(self.variables()[0])

    # what to ask

    def wanted(self, *tiers: When) -> Iterator[Oid]:
        """Yield the objects of some tiers."""
        if (known := self._wanted.get(tiers)) is None:
            known = self._wanted[tiers] = tuple(
                cell.oid for cell in self.cells if cell.row.when in tiers and self._is_needed(cell)
            )
        yield from known
        if When.STATUS in tiers and self.tells_status:
            for alarm in self._alarms:
                yield from alarm.wanted()

    @property
    def tells_status(self) -> bool:
        """Tell whether signs of this MIB are wanted at all."""
        return self._borrowed is None or bool(self._borrowed)

    def _is_needed(self, cell: Cell) -> bool:
        """Tell whether an object says anything that is not said better elsewhere."""
        row = cell.row
        if cell.names or row.total or row.role is Role.COUNT:
            return True
        if _tells(row):
            return self.tells_status
        return not row.names

    def take(self, asked: Iterable[Oid], said: Mapping[Oid, SnmpValue]) -> None:
        """Take over what the agent said, and did not say, of what it was asked."""
        for each in asked:
            if each in said:
                self.raw[each] = said[each]
            else:
                self.raw.pop(each, None)

    def has_moved(self) -> bool:
        """Tell whether a table has another number of rows than when this was last asked."""
        counts = {
            cell.oid: self.raw.get(cell.oid) for cell in self.cells if cell.row.role is Role.COUNT
        }
        moved = bool(self._counts) and counts != self._counts
        self._counts = counts
        return moved

    async def follow_alarms(self, agent: SnmpAgent, *, always: bool) -> None:
        """Walk the alarm tables whose rows are others than before."""
        if not self.tells_status:
            return
        for alarm in self._alarms:
            await alarm.follow(agent, always=always)

    # what it means

    def variables(self) -> tuple[dict[str, Value], dict[str, Value]]:
        """Return the values by name, and those that cannot be."""
        found: dict[str, Value] = {}
        left_out: dict[str, Value] = {}
        phases: dict[tuple[str, int | str], list[tuple[Cell, float]]] = {}
        for cell in self.cells:
            if not cell.names and (cell.row.total is None or "phase" not in cell.place):
                continue
            value = self.decode(cell)
            if value is None:
                continue
            for name in cell.names:
                if name in found:
                    continue
                if isinstance(value, float | int) and not plausible(name, value):
                    left_out[name] = value
                else:
                    found[name] = value
            if cell.row.total is not None and "phase" in cell.place:
                whole = cell.row.oid, cell.place.get("unit", 1)
                phases.setdefault(whole, []).append((cell, float(value)))
        for cells in phases.values():
            for name, value in self._total(cells):
                if plausible(name, value):
                    found.setdefault(name, value)
                else:
                    left_out[name] = value
        if self.mib.mend is not None:
            self.mib.mend(found, self)
        return found, left_out

    def _total(self, cells: list[tuple[Cell, float]]) -> Iterator[tuple[str, float]]:
        """Yield the names of the whole, made out of all its phases."""
        row, table = cells[0][0].row, cells[0][0].table
        if row.total is None or len(cells) < self._phases.number(table):
            return
        whole = {key: value for key, value in cells[0][0].place.items() if key == "unit"}
        for name in _names(row, whole):
            if family(name) not in self._away:
                yield name, scaled(total(row.total, [value for _, value in cells]), 1)

    def decode(self, cell: Cell) -> Value | None:
        """Return the value of one object; None where it has none."""
        row, raw = cell.row, self.raw.get(cell.oid)
        if raw is None:
            return None
        if row.is_text and row.chars is None:
            said = as_text(raw)
            if said is None or row.convert_text is None:
                return said
            return row.convert_text(said, self, cell.instance)
        number = as_number(raw)
        if number is None or number in (self.mib.absent if row.absent is None else row.absent):
            return None
        if row.words is not None:
            texts = [sign for sign in as_signs(row.words.get(int(number), ())) if _is_text(sign)]
            return str(texts[0]) if texts else None
        if row.bits is not None or row.chars is not None:
            return None
        value = scaled(number, row.scale)
        if row.scale_fact:
            value = scaled(value, float(self._facts.get(row.scale_fact, 1)))
        return value if row.convert is None else row.convert(value, self, cell.instance)

    def signs(self) -> Signs:
        """Return what the agent says of its state."""
        power: frozenset[StatusFlag] = frozenset()
        others: set[StatusFlag] = set()
        alarms: list[Alarm] = []
        specials: set[Special] = set()
        for cell in self._telling:
            said = list(self._signs_of(cell))
            flags = frozenset(sign for sign in said if isinstance(sign, StatusFlag))
            if cell.row.role is not Role.POWER:
                others |= flags
            elif not power and flags & POWER_FLAGS:
                power = flags
            else:
                # it has lost, or says nothing of the power: what else it says stands
                others |= flags - POWER_FLAGS
            alarms += [sign for sign in said if isinstance(sign, Alarm)]
            specials |= {sign for sign in said if isinstance(sign, Special)}
        alarmed: set[StatusFlag] = set()
        for reader in self._alarms:
            for sign in reader.signs():
                match sign:
                    case Alarm():
                        alarms.append(sign)
                    case StatusFlag():
                        alarmed.add(sign)
                    case Special():
                        specials.add(sign)
        self.is_stale = Special.STALE in specials
        return Signs(
            power=power,
            others=frozenset(others),
            alarmed=frozenset(alarmed),
            # the same alarm may stand in several rows
            alarms=tuple(dict.fromkeys(alarms)),
            input_present=(
                False
                if Special.INPUT_LOST in specials
                else True
                if Special.INPUT_PRESENT in specials
                else None
            ),
            look=self,
        )

    is_stale = False
    """Whether the last signs() said that the card has lost its UPS."""

    def _signs_of(self, cell: Cell) -> Iterator[object]:
        """Yield what one object says of the state."""
        row, raw = cell.row, self.raw.get(cell.oid)
        if raw is None:
            return
        if row.says is not None:
            yield from as_signs(row.says(raw, self))
        elif row.says_at is not None:
            yield from as_signs(row.says_at(raw, self, cell.instance))
        elif row.chars is not None:
            text = as_text(raw) or ""
            for position, said in row.chars.items():
                digit = text[abs(position) - 1 : abs(position)]
                if digit == ("1" if position > 0 else "0"):
                    yield from as_signs(said)
        elif row.words is not None:
            if (number := as_number(raw)) is not None:
                yield from as_signs(row.words.get(int(number), ()))
        elif row.bits is not None and (number := as_number(raw)) is not None:
            for bit, said in row.bits.items():
                is_set = bool(int(number) >> (bit if bit >= 0 else ~bit) & 1)
                if is_set == (bit >= 0):
                    yield from as_signs(said)

    @property
    def flags(self) -> frozenset[StatusFlag]:
        """The flags that this agent can report by this MIB."""
        found = set(self.mib.flags)
        for cell in self.cells:
            for words in (cell.row.words, cell.row.bits, cell.row.chars):
                for said in (words or {}).values():
                    found |= {sign for sign in as_signs(said) if isinstance(sign, StatusFlag)}
        for alarm in self._alarms:
            found |= alarm.flags
        return frozenset(found)

    @property
    def power_is_known(self) -> bool:
        """Tell whether the agent says anything at present of what decides the power."""
        return any(cell.oid in self.raw for cell in self.cells if cell.row.role is Role.POWER)


def family(name: str) -> str:
    """Return what a name measures, whatever the phase."""
    return _LINE.sub("", name)


def _tells(row: Row) -> bool:
    """Tell whether a row can say something of the state."""
    if row.says is not None or row.says_at is not None or row.role is Role.POWER:
        return True
    return any(
        not _is_text(each)
        for words in (row.words, row.bits, row.chars)
        for each in signs(words or {})
    )


def _is_text(sign: object) -> bool:
    return isinstance(sign, str) and not isinstance(sign, StatusFlag | Special)


def _columns(table: Table) -> Iterator[str]:
    """Yield the columns of a table, those that its places are made from among them."""
    yield from (row.oid for row in table.rows)
    if table.index is not None:
        yield from table.index.needs


def _is_possible(place: Place) -> bool:
    """Tell whether what an instance counts can be counted: an agent may say any number."""
    return all(isinstance(each, str) or each >= 0 for each in place.values())


def _names(row: Row, place: Place) -> Iterator[str]:
    """Yield the names of a row at a place: those with just its placeholders."""
    unit = place.get("unit", 1)
    keys = place.keys() - {"unit"}
    for template in row.names:
        if set(_PLACEHOLDER.findall(template)) == keys:
            yield with_unit(template.format(**place), unit)


def with_unit(name: str, unit: int | str) -> str:
    """Return a name as that of a daisy-chained unit; unit 1 is the device itself."""
    return name if unit == 1 else f"device.{unit}.{name.removeprefix('device.')}"
