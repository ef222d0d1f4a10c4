"""What a MIB is: objects, tables, alarms, commands, settings and traps, as data.

The package's docstring tells how to write one. Notation and rules: card snmp.md.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
import re
from types import MappingProxyType
from typing import Any, Protocol

from ..links.base import Oid, SnmpType, SnmpValue
from ..model import (
    Alarm,
    Command,
    DeviceKind,
    Result,
    Setting,
    SettingKind,
    Status,
    StatusFlag,
    Value,
)
from .values import as_number, as_text


class When(StrEnum):
    """How often an object is read."""

    STATUS = "status"
    FULL = "full"
    RARE = "rare"
    """Configuration: now and then, and after each command or write."""
    ONCE = "once"


class Role(StrEnum):
    """What an object is for, beside its names."""

    VALUE = "value"
    POWER = "power"
    """It decides between on line, on battery, off and bypass: the first that says one of them."""
    COUNT = "count"
    """How many rows a table has: when it changes, the instances are found anew."""


class Special(StrEnum):
    """What a word can mean that is neither a value, a flag nor an alarm."""

    STALE = "stale"
    """The card has lost its UPS: what it says is old."""
    INPUT_LOST = "input lost"
    """The device says of its input that it is gone."""
    INPUT_PRESENT = "input present"


type Sign = str | StatusFlag | Alarm | Special
"""A text is the value to publish, the others say something of the state."""
type Words = Mapping[int, Sign | tuple[Sign, ...]]
"""What each number of an enumeration means; one that means nothing is () or left out."""
type Place = Mapping[str, int | str]
"""Which of several: what fills the placeholders of names."""
type Facts = Mapping[str, Value]
"""What was found out once of an agent that no object tells."""


class Look(Protocol):
    """What a function beside a table sees of the agent: the latest raw values.

    OIDs are relative to the MIB's root; without an instance that of a scalar.
    """

    @property
    def facts(self) -> Facts:
        """What ``Mib.learn`` found out."""

    def number(self, oid: str, instance: Oid | None = None) -> float | None:
        """Return an object as a number as it is on the wire; None where it is absent."""

    def text(self, oid: str, instance: Oid | None = None) -> str | None:
        """Return an object as a text; None where it is absent or empty."""

    def value(self, oid: str, instance: Oid | None = None) -> SnmpValue | None:
        """Return an object as the agent said it."""

    def column(self, oid: str) -> Mapping[Oid, SnmpValue]:
        """Return a column by instance."""


class Total(StrEnum):
    """How the phases make the value of the whole."""

    SUM = "sum"
    LARGEST = "largest"
    MEAN = "mean"
    FIRST = "first"


type Convert = Callable[[float, Look, Oid], float | None]
"""Mends a scaled number, given what the agent says and the instance; None is absent."""
type Says = Callable[[SnmpValue, Look], Sign | tuple[Sign, ...]]
type SaysAt = Callable[[SnmpValue, Look, Oid], Sign | tuple[Sign, ...]]
"""The same for a column: given the instance too."""
type ConvertText = Callable[[str, Look, Oid], Value | None]
"""Makes a value out of a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """How an object is written; limits in the unit of its variable."""

    kind: SettingKind = SettingKind.NUMBER
    minimum: float = 0
    maximum: float = 0
    step: float = 1
    between: tuple[str, str] | None = None
    """Variables with the smallest and the largest value, where the device tells them."""
    options: tuple[str, ...] = ()
    """Of a choice or a switch; without any, the texts of the row's words."""
    length: int = 0
    type: SnmpType = SnmpType.INTEGER
    encode: Callable[[Value], SnmpValue] | None = None
    """Makes the object's value where scale and words do not: a date, a text with a unit. Raises
    Unsupported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One object."""

    oid: str
    names: tuple[str, ...] = ()
    when: When = When.FULL
    role: Role = Role.VALUE
    scale: float = 1
    scale_fact: str = ""
    """A fact by which the number is multiplied as well."""
    words: Words | None = None
    bits: Words | None = None
    """For a bit mask: what each bit means when set, from bit 0; ``~bit`` when it is not."""
    chars: Words | None = None
    """For a text of 0 and 1: what each position means when 1, from position 1; ``-position`` when
    it is 0."""
    says: Says | None = None
    """Tells what a value means for the state where no table can; ``words`` beside it are there for
    the flags that it can tell."""
    says_at: SaysAt | None = None
    is_text: bool = False
    absent: frozenset[int] | None = None
    """Numbers on the wire that mean "not available"; None stands for those of the MIB."""
    convert: Convert | None = None
    convert_text: ConvertText | None = None
    total: Total | None = None
    write: Write | None = None


def number(
    oid: str,
    *names: str,
    scale: float = 1,
    when: When | None = None,
    role: Role = Role.VALUE,
    absent: frozenset[int] | set[int] | None = None,
    scale_fact: str = "",
    convert: Convert | None = None,
    total: Total | None = None,
    write: Write | None = None,
) -> Row:
    """Describe an object that is a number."""
    return Row(
        oid=oid,
        names=names,
        when=when or (When.RARE if write else When.FULL),
        role=role,
        scale=scale,
        scale_fact=scale_fact,
        absent=None if absent is None else frozenset(absent),
        convert=convert,
        total=total,
        write=write,
    )


def text(
    oid: str,
    *names: str,
    when: When | None = None,
    convert: ConvertText | None = None,
    write: Write | None = None,
) -> Row:
    """Describe an object that is a text."""
    return Row(
        oid=oid,
        names=names,
        when=when or (When.RARE if write else When.ONCE),
        is_text=True,
        convert_text=convert,
        write=write,
    )


def enum(
    oid: str,
    words: Words,
    *names: str,
    when: When | None = None,
    role: Role = Role.VALUE,
    write: Write | None = None,
) -> Row:
    """Describe an object whose numbers have meanings.

    One that sets flags is read with the status.
    """
    if when is None:
        has_flags = any(isinstance(sign, StatusFlag | Special) for sign in signs(words))
        is_status = role is Role.POWER or has_flags
        when = When.STATUS if is_status else When.RARE if write else When.FULL
    return Row(oid=oid, names=names, when=when, role=role, words=words, write=write)


def bits(oid: str, words: Words, *, when: When = When.STATUS, role: Role = Role.VALUE) -> Row:
    """Describe a bit mask: what each bit means when it is set, ``~bit`` when it is not."""
    return Row(oid=oid, when=when, role=role, bits=words)


def chars(oid: str, words: Words, *, when: When = When.STATUS, role: Role = Role.VALUE) -> Row:
    """Describe a text of 0 and 1: what each position means when it is 1, ``-position`` when 0."""
    return Row(oid=oid, when=when, role=role, chars=words, is_text=True)


def sign(oid: str, says: Says, *, when: When = When.STATUS) -> Row:
    """Describe an object whose meaning for the state a function tells."""
    return Row(oid=oid, when=when, says=says)


def signs(words: Words) -> Sequence[Sign]:
    """Return everything that words can mean."""
    return [sign for said in words.values() for sign in as_signs(said)]


def as_signs(said: Sign | tuple[Sign, ...]) -> tuple[Sign, ...]:
    """Return one meaning or several as several."""
    return said if isinstance(said, tuple) else (said,)


# instances


class Siblings(Protocol):
    """Gives another column of the same row, or of the row around it, as the agent said it."""

    @property
    def facts(self) -> Facts:
        """What ``Mib.learn`` found out."""

    def __call__(self, column: str) -> SnmpValue | None:
        """Return the column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """How the numbers after a column's OID become a place; None drops the row."""

    place: Callable[[Oid, Siblings], Place | None]
    needs: tuple[str, ...] = ()
    """Columns that the place is made from."""


def last(name: str) -> Index:
    """Take the last number: ``<table>.<phase>`` and ``<table>.1.<phase>`` are both the phase."""
    return Index(place=lambda instance, _: {name: instance[-1]} if instance else None)


def first(name: str) -> Index:
    """Take the first number: agents add a ``.0`` behind it."""
    return Index(place=lambda instance, _: {name: instance[0]} if instance else None)


def parts(*names: str, start: Mapping[str, int] | None = None) -> Index:
    """Take one number after another; "" ignores one. ``start`` is where counting begins, else 1."""
    starts = start or {}

    def place(instance: Oid, siblings: Siblings) -> Place | None:
        if len(instance) < len(names):
            return None
        return {
            name: sub - starts.get(name, 1) + 1
            for name, sub in zip(names, instance, strict=False)
            if name
        }

    return Index(place=place)


def named(
    column: str,
    words: Mapping[Any, Place | None],
    outer: Index | None = None,
) -> Index:
    """Take the place that another column of the row tells, inside the place of ``outer``.

    The column may hold numbers, OIDs or texts; one without a word drops the row.
    """
    known = dict(words)

    def place(instance: Oid, siblings: Siblings) -> Place | None:
        around: Place | None = {} if outer is None else outer.place(instance, siblings)
        said = siblings(column)
        if around is None or said is None:
            return None
        key: object = said if isinstance(said, tuple) else as_number(said)
        inner = known.get(as_text(said) if key is None else key)
        return None if inner is None else {**around, **inner}

    return Index(place=place, needs=(column, *(outer.needs if outer else ())))


# voltage rows named by a measurement type, as Eaton and HPE have them
LINE_VOLTAGES: Mapping[int, Place | None] = MappingProxyType(
    {
        1: {},
        2: {"line": "L1-N"},
        3: {"line": "L2-N"},
        4: {"line": "L3-N"},
        5: {"line": "L1-L2"},
        6: {"line": "L2-L3"},
        7: {"line": "L3-L1"},
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Objects that share their instances; scalars are a table without an index."""

    rows: tuple[Row, ...]
    index: Index | None = None
    probe: str = ""
    """An object without which none of these is looked for."""
    phases: str | None = None
    """For a table of phases: the object with their number, "" where there is none."""
    is_alive: Callable[[Look, Oid], bool] | None = None
    """Tells a row that means something; without it a row is dead when it says only zeros."""


# alarms


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmTable:
    """A table with a row for each present alarm; each row's value names the alarm."""

    column: str
    meanings: Mapping[Oid, Sign | tuple[Sign, ...]]
    """By whole OID; one with further numbers behind it is a variant of the same."""
    count: str = ""
    """The object with the number of rows; without one the table is walked in each full read."""
    needs: tuple[str, ...] = ()
    """Further columns that are walked."""
    is_active: Callable[[Look, Oid], bool] | None = None
    """Tells whether the row of an instance is an alarm at present."""
    says: Callable[[SnmpValue, Look, Oid], Sign | tuple[Sign, ...]] | None = None
    """Reads a value that is no OID, or that ``meanings`` does not have."""


def alarms(
    root: str, words: Mapping[int, Sign | tuple[Sign, ...]]
) -> Mapping[Oid, Sign | tuple[Sign, ...]]:
    """Return meanings by whole OID from those by the last number."""
    above = oid(root)
    return {(*above, sub): said for sub, said in words.items()}


# commands


@dataclass(frozen=True, slots=True)
class Given:
    """The value of a parameter: on the wire it is divided by ``scale`` and rounded."""

    parameter: str
    scale: float = 1


@dataclass(frozen=True, slots=True)
class At:
    """The index of the part that the command is for."""

    name: str


@dataclass(frozen=True, slots=True)
class Put:
    """One object to write in a SET; a column gets the instance of the part."""

    oid: str
    value: int | bytes | Oid | Given | At
    type: SnmpType = SnmpType.INTEGER


type Steps = tuple[tuple[Put, ...], ...]
"""SETs, one after another, each of one or more objects."""


class Asking(Look, Protocol):
    """What a command's own logic may use; what it sees is fresh for what it asks."""

    @property
    def parameters(self) -> Mapping[str, float]:
        """The parameters, checked, defaults filled in."""

    @property
    def flags(self) -> frozenset[StatusFlag]:
        """The flags of the last status."""

    async def ask(self, *oids: str) -> None:
        """Read objects anew."""

    async def put(self, *puts: Put) -> None:
        """Send one SET now. Raises WriteRefused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A command and how it is said."""

    command: Command
    """Its name has placeholders where it is for one part of many."""
    steps: Steps = ()
    needs: str = ""
    """The object that must be there, else the first of the steps; a write-only column names a
    readable one of the same rows."""
    plan: Callable[[Asking], Awaitable[Steps]] | None = None
    """Works out the steps where they depend on what the agent says."""
    result: Result = Result.CONFIRMED
    """SENT where an accepted SET says nothing of the command's success."""


# traps


@dataclass(frozen=True, slots=True, kw_only=True)
class Traps:
    """Notifications of a MIB: what each number tells; others of the same root are read after too.

    ``""`` is a heartbeat: a reason to read, no event.
    """

    roots: tuple[str, ...]
    """Whole OIDs, without zeros before the number (card snmp.md, section 4)."""
    events: Mapping[int, str] = field(default_factory=dict)
    ignored: frozenset[int] = frozenset()


# the whole


@dataclass(frozen=True, slots=True)
class Signs:
    """What the agent says of its state, before it is weighed."""

    power: frozenset[StatusFlag]
    """Of the first power object that tells a state of the power."""
    others: frozenset[StatusFlag]
    """Of all other objects; of the other power objects what is no state of the power."""
    alarmed: frozenset[StatusFlag]
    """Of the alarm table."""
    alarms: tuple[Alarm, ...]
    input_present: bool | None
    look: Look


type Judge = Callable[[Signs], Status]


@dataclass(frozen=True, slots=True)
class HostSide:
    """A delay that we keep and send with commands, and what it is until somebody sets it."""

    setting: Setting
    default: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mib:
    """One MIB."""

    id: str
    title: str
    root: str
    kind: DeviceKind = DeviceKind.UPS
    tables: tuple[Table, ...]
    alarms: tuple[AlarmTable, ...] = ()
    orders: tuple[Order, ...] = ()
    host_side: tuple[HostSide, ...] = ()
    traps: tuple[Traps, ...] = ()
    judge: Judge | None = None
    """Weighs the signs; without it ``status.judge``."""
    learn: Callable[[Look], Facts] | None = None
    """Finds out once what no object tells. ``kind`` among the facts is what the device is.
    Raises Unsupported for what is no UPS, PDU or ATS."""
    mend: Callable[[dict[str, Value], Look], None] | None = None
    """Mends the published values where a rule needs several."""
    settings: Callable[[dict[str, Setting], Look], None] | None = None
    """Mends the settings: ranges and choices that the device lists."""
    obeys: Callable[[str, Look], bool] | None = None
    """Tells whether the device obeys a command, whichever MIB of its card says it."""
    absent: frozenset[int] = frozenset()
    """Numbers on the wire that mean "not available" in all objects that do not say their own."""
    flags: frozenset[StatusFlag] = frozenset()
    """Flags that ``judge`` makes beside those of the tables."""
    borrows: frozenset[StatusFlag] = frozenset()
    """Flags that this MIB cannot tell, taken from RFC 1628 where the card answers it too."""
    manufacturer: str | None = None
    """Who made it, where no object tells."""


_OID_TEXT = re.compile(r"[0-9]+(\.[0-9]+)*")


def oid(text: str) -> Oid:
    """Return the OID that a table's text means; E. stands for 1.3.6.1.4.1."""
    text = text.replace("E.", "1.3.6.1.4.1.")
    if not _OID_TEXT.fullmatch(text):
        raise ValueError(f"{text!r} is no OID")
    return tuple(map(int, text.split(".")))
