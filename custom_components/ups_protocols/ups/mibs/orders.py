"""Commands and settings of one agent: what of a MIB's it can be told, and the SETs that say it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import floor
import re
from typing import override

from ..errors import Rejected, Unsupported
from ..links.base import Binding, Oid, SnmpAgent, SnmpType, SnmpValue
from ..model import Command, Outcome, Setting, SettingKind, StatusFlag, Value
from .reader import Cell, Reader, with_unit
from .table import Asking, At, Facts, Given, Order, Place, Put, Special, Write, as_signs
from .values import as_number, as_text, scaled

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Told:
    """A command of this agent: the order, and the rows it is for."""

    command: Command
    order: Order
    reader: Reader
    instance: Oid | None
    place: Place


@dataclass(frozen=True, slots=True)
class Kept:
    """A setting of this agent and the object that keeps it."""

    setting: Setting
    cell: Cell
    reader: Reader


# commands


def commands_of(reader: Reader) -> Iterator[Told]:
    """Yield what an agent can be told by a MIB: that whose objects it has."""
    for order in reader.mib.orders:
        first = order.needs or (order.steps[0][0].oid if order.steps else "")
        placeholders = set(_PLACEHOLDER.findall(order.command.name))
        if not placeholders:
            for unit, instance in _whole(reader, first):
                name = with_unit(order.command.name, unit)
                yield Told(replace(order.command, name=name), order, reader, instance, {})
            continue
        for cell in reader.cells:
            keys = cell.place.keys() - {"unit"}
            if cell.row.oid == first and keys == placeholders:
                name = order.command.name.format(**cell.place)
                name = with_unit(name, cell.place.get("unit", 1))
                command = replace(order.command, name=name)
                yield Told(command, order, reader, cell.instance, cell.place)


def _whole(reader: Reader, needed: str) -> Iterator[tuple[int | str, Oid | None]]:
    """Yield the unit and the instance for which a command of a whole device can be given."""
    # a column with one row for each unit
    rows = [
        cell
        for cell in reader.cells
        if cell.row.oid == needed and cell.place and not cell.place.keys() - {"unit"}
    ]
    if rows:
        for cell in rows:
            yield cell.place["unit"], cell.instance
    elif not needed or (reader.value(needed) is not None and not _is_left_out(reader, needed)):
        yield 1, None


def _is_left_out(reader: Reader, needed: str) -> bool:
    """Tell whether an object is a row of the MIB that its table leaves out for this agent."""
    is_row = any(row.oid == needed for table in reader.mib.tables for row in table.rows)
    return is_row and not any(cell.row.oid == needed for cell in reader.cells)


class Teller(Asking):
    """Gives one command: what a command's own logic sees of the agent."""

    def __init__(
        self,
        agent: SnmpAgent,
        told: Told,
        parameters: Mapping[str, float],
        flags: frozenset[StatusFlag],
    ) -> None:
        """Take the command with its checked parameters."""
        self._agent = agent
        self._told = told
        self._parameters = parameters
        self._flags = flags
        self._sent: list[bytes] = []
        self._exact: dict[str, float] = {}

    @property
    @override
    def parameters(self) -> Mapping[str, float]:
        """The parameters, checked."""
        return self._parameters

    @property
    @override
    def flags(self) -> frozenset[StatusFlag]:
        """The flags of the last status."""
        return self._flags

    @property
    @override
    def facts(self) -> Facts:
        """What was found out once."""
        return self._told.reader.facts

    @override
    def number(self, oid: str, instance: Oid | None = None) -> float | None:
        """Return an object as a number."""
        return self._told.reader.number(oid, instance)

    @override
    def text(self, oid: str, instance: Oid | None = None) -> str | None:
        """Return an object as a text."""
        return self._told.reader.text(oid, instance)

    @override
    def value(self, oid: str, instance: Oid | None = None) -> SnmpValue | None:
        """Return an object as the agent said it."""
        return self._told.reader.value(oid, instance)

    @override
    def column(self, oid: str) -> Mapping[Oid, SnmpValue]:
        """Return a column by instance."""
        return self._told.reader.column(oid)

    @override
    async def ask(self, *oids: str) -> None:
        """Read scalars anew."""
        reader = self._told.reader
        asked = [reader.absolute(oid) for oid in oids]
        reader.take(asked, await self._agent.get(asked))

    @override
    async def put(self, *puts: Put) -> None:
        """Send one SET now."""
        bindings = [self._binding(put) for put in puts]
        await self._agent.set(bindings)
        self._sent.append(
            " ".join(
                f"{'.'.join(map(str, each.oid))}={each.type}:{each.value!r}" for each in bindings
            ).encode()
        )

    async def give(self) -> Outcome:
        """Say the command, step after step, with nothing between them."""
        order = self._told.order
        async with self._agent.exclusive():
            steps = order.steps if order.plan is None else await order.plan(self)
            for step in steps:
                await self.put(*step)
        return Outcome(
            result=order.result,
            parameters={**self._parameters, **self._exact},
            requests=tuple(self._sent),
        )

    def _binding(self, put: Put) -> Binding:
        reader = self._told.reader
        instance = self._told.instance
        if put.oid.endswith(".0"):
            # a scalar beside the columns of a part
            oid = reader.absolute(put.oid.removesuffix(".0"))
        else:
            oid = reader.absolute(put.oid, instance)
        match put.value:
            case Given(parameter=name, scale=scale):
                said = round(self._parameters[name] / scale)
                self._exact[name] = scaled(said, scale)
                return Binding(oid, said, put.type)
            case At(name=name):
                return Binding(oid, int(self._told.place[name]), put.type)
            case tuple():
                return Binding(oid, put.value, SnmpType.OID)
            case bytes():
                return Binding(oid, put.value, SnmpType.OCTETS)
            case _:
                return Binding(oid, put.value, put.type)


def check_parameters(command: Command, given: Mapping[str, float]) -> dict[str, float]:
    """Return all parameters of a command. Raises Unsupported for what it does not take."""
    known = {each.name: each for each in command.parameters}
    for name in given:
        if name not in known:
            raise Unsupported(f"{command.name} has no parameter {name}")
    values = {}
    for name, parameter in known.items():
        value = given.get(name, parameter.default)
        if not parameter.minimum <= value <= parameter.maximum:
            raise Unsupported(
                f"{name} of {command.name} must lie between {parameter.minimum:g} and "
                f"{parameter.maximum:g} {parameter.unit}"
            )
        steps = floor((value - parameter.minimum) / parameter.step + 1e-9)
        values[name] = scaled(parameter.minimum + steps * parameter.step, 1)
    return values


# settings


def settings_of(reader: Reader, variables: Mapping[str, Value]) -> Iterator[Kept]:
    """Yield the settings of an agent: the writable objects that it has."""
    found: dict[str, Setting] = {}
    cells: dict[str, Cell] = {}
    # of several objects of one name that whose value is published; the others may say -1
    for cell in sorted(reader.cells, key=lambda cell: not cell.names):
        if (write := cell.row.write) is None or cell.oid not in reader.raw:
            continue
        for name in cell.named:
            if name not in found:
                found[name] = _setting(name, write, cell, variables)
                cells[name] = cell
    if reader.mib.settings is not None:
        reader.mib.settings(found, reader)
    for name, setting in found.items():
        yield Kept(setting, cells[name], reader)


def _setting(name: str, write: Write, cell: Cell, variables: Mapping[str, Value]) -> Setting:
    minimum, maximum = write.minimum, write.maximum
    if write.between is not None:
        low, high = (variables.get(each) for each in write.between)
        minimum = low if isinstance(low, float | int) else minimum
        maximum = high if isinstance(high, float | int) else maximum
    options = write.options
    if not options and write.kind in {SettingKind.CHOICE, SettingKind.SWITCH}:
        options = tuple(dict.fromkeys(text for _, text in _texts(cell)))
    return Setting(
        name=name,
        kind=write.kind,
        minimum=minimum,
        maximum=maximum,
        step=write.step,
        options=options,
        length=write.length,
    )


def _texts(cell: Cell) -> Iterator[tuple[int, str]]:
    """Yield the numbers of an enumeration with the texts that are published for them."""
    for number, said in (cell.row.words or {}).items():
        for sign in as_signs(said):
            if isinstance(sign, str) and not isinstance(sign, StatusFlag | Special):
                yield number, str(sign)


def encode_setting(kept: Kept, value: Value) -> tuple[SnmpValue, Value]:
    """Return a value as it goes on the wire, and as it is then. Raises Unsupported."""
    setting, row = kept.setting, kept.cell.row
    if row.write is not None and row.write.encode is not None:
        return row.write.encode(value), value
    match setting.kind:
        case SettingKind.NUMBER:
            return _encode_number(kept, value)
        case SettingKind.CHOICE | SettingKind.SWITCH:
            for number, text in _texts(kept.cell):
                if text == value and text in setting.options:
                    return number, text
            raise Unsupported(f"{setting.name} must be one of {', '.join(setting.options)}")
        case _:
            text = str(value)
            data = text.encode()
            if setting.length and len(data) > setting.length:
                raise Unsupported(f"{setting.name} takes {setting.length} characters at most")
            if row.words is not None:
                raise Unsupported(f"{setting.name} cannot be written as a text")
            return data, text


def _encode_number(kept: Kept, value: Value) -> tuple[int, float]:
    setting, row = kept.setting, kept.cell.row
    try:
        number = float(value)
    except ValueError:
        raise Unsupported(f"{setting.name} must be a number") from None
    if not setting.minimum <= number <= setting.maximum:
        raise Unsupported(
            f"{setting.name} must lie between {setting.minimum:g} and {setting.maximum:g}"
        )
    scale = row.scale
    if row.scale_fact:
        scale *= float(kept.reader.facts.get(row.scale_fact, 1))
    raw = round(number / scale)
    return raw, scaled(raw, scale)


async def write(agent: SnmpAgent, kept: Kept, value: Value) -> Value:
    """Write a setting if it differs, read it back, and return what is in force.

    Raises Unsupported for impossible values, Rejected where nothing changed.
    """
    raw, wanted = encode_setting(kept, value)
    cell, reader = kept.cell, kept.reader
    said = await agent.get((cell.oid,))
    reader.take((cell.oid,), said)
    before = said.get(cell.oid)
    if before is not None and _same(before, raw):
        return _in_force(reader, cell, wanted)
    writing = cell.row.write
    kind = SnmpType.INTEGER if writing is None else writing.type
    if isinstance(raw, bytes):
        kind = SnmpType.OCTETS
    elif isinstance(before, bytes):
        # an agent that keeps its numbers as texts wants them as texts
        raw, kind = str(raw).encode(), SnmpType.OCTETS
    await agent.set((Binding(cell.oid, raw, kind),))
    said = await agent.get((cell.oid,))
    reader.take((cell.oid,), said)
    after = said.get(cell.oid)
    if after is not None and before is not None and _same(after, before):
        raise Rejected(f"the card took {kept.setting.name}, but did not change it")
    return _in_force(reader, cell, wanted)


def _in_force(reader: Reader, cell: Cell, wanted: Value) -> Value:
    value = reader.decode(cell)
    return wanted if value is None else value


def _same(one: SnmpValue, other: SnmpValue) -> bool:
    if isinstance(one, bytes) and isinstance(other, bytes):
        return as_text(one) == as_text(other)
    return one == other or ((number := as_number(one)) is not None and number == as_number(other))
