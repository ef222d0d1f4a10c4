"""Alarm tables: a row for each alarm that is present, named by an OID in it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..links.base import Oid, SnmpAgent, SnmpValue
from ..model import Alarm, DeviceKind, StatusFlag
from .table import AlarmTable, Sign, as_signs
from .values import as_number, as_text

if TYPE_CHECKING:
    from .reader import Reader


class AlarmReader:
    """One alarm table of one agent.

    Row numbers only grow and are never used twice (RFC 1628, upsAlarmId). So while the count is
    what it was, and every known row answers, no row is new: the known rows are asked for with the
    status, in the same packet, and the table is walked only when that fails.
    """

    def __init__(self, reader: Reader, table: AlarmTable) -> None:
        """Take the reader whose table this is."""
        self._reader = reader
        self.table = table
        self._asked: tuple[Oid, ...] = ()
        """The rows that were asked for with the last status."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to walk."""
        return (self.table.column, *self.table.needs)

    def _rows(self) -> dict[Oid, SnmpValue]:
        return dict(self._reader.column(self.table.column))

    def wanted(self) -> Iterator[Oid]:
        """Yield what to ask with the status: the count and the known rows."""
        if not self.table.count:
            return
        yield self._reader.absolute(self.table.count)
        above = self._reader.absolute(self.table.column, ())
        rows = self._rows()
        self._asked = tuple((*above, *instance) for instance in rows)
        yield from self._asked
        if self.table.is_active is not None:
            # a row may stay when its alarm is over
            for column in self.table.needs:
                for instance in rows:
                    yield self._reader.absolute(column, instance)

    async def follow(self, agent: SnmpAgent, *, always: bool) -> None:
        """Walk the table if its rows are others than before; ``always`` where no count tells."""
        reader = self._reader
        if self.table.count:
            count = as_number(reader.value(self.table.count))
            rows = self._rows()
            if count is None:
                is_needed = always
            else:
                # a known row that did not answer has gone from the raw values
                is_needed = len(rows) != count or any(
                    each not in reader.raw for each in self._asked
                )
        else:
            is_needed = always
        if not is_needed:
            return
        columns = [reader.absolute(column, ()) for column in self.columns]
        reader.absorb(columns, await agent.walk(*columns))
        above = columns[0]
        self._asked = tuple((*above, *instance) for instance in self._rows())

    def signs(self) -> Iterator[Sign]:
        """Yield what the present alarms mean."""
        for instance, value in sorted(self._rows().items()):
            if self.table.is_active is not None and not self.table.is_active(
                self._reader, instance
            ):
                continue
            yield from self._meaning(value, instance)

    def _meaning(self, value: SnmpValue, instance: Oid) -> tuple[Sign, ...]:
        """Return what one row means; a maker's own alarm is told as it stands, never a failure."""
        if isinstance(value, tuple):
            # a number behind a known OID is a variant of the same
            for length in (len(value), len(value) - 1):
                if (said := self.table.meanings.get(value[:length])) is not None:
                    return as_signs(said)
        if self.table.says is not None:
            return as_signs(self.table.says(value, self._reader, instance))
        if isinstance(value, tuple):
            code = ".".join(map(str, value))
            return (Alarm(f"Alarm {code}", code=code),)
        text = as_text(value)
        return () if text is None else (Alarm(text, code=text),)

    @property
    def flags(self) -> frozenset[StatusFlag]:
        """The flags that the table can tell, where the agent has it."""
        if self._reader.kind is not DeviceKind.UPS:
            # one alarm table serves all of a maker's devices, its flags are those of a UPS
            return frozenset()
        has_count = bool(self.table.count) and self._reader.value(self.table.count) is not None
        if not has_count and not self._rows():
            return frozenset()
        return frozenset(
            sign
            for said in self.table.meanings.values()
            for sign in as_signs(said)
            if isinstance(sign, StatusFlag)
        )
