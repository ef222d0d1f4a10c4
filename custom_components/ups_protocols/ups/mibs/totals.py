"""Phases: how many there are, which rows mean something, and what they make together."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..links.base import Oid
from .table import Place, Table, Total
from .values import as_number

if TYPE_CHECKING:
    from .reader import Reader


class Phases:
    """The phases of an agent's tables, decided when its instances are found."""

    def __init__(self, reader: Reader) -> None:
        """Take the reader whose tables these are."""
        self._reader = reader
        self._numbers: dict[int, int] = {}

    def number(self, table: Table) -> int:
        """Return how many phases a table has; 1 for one without phases."""
        return self._numbers.get(id(table), 1)

    def count(self, tables: Sequence[Table]) -> None:
        """Decide how many phases each table has.

        The agent's own number comes first; agents fill the rows of phases that they do not have
        with zeros. A table of nothing but zeros (no mains) has as many as the others.
        """
        self._numbers.clear()
        phased = [table for table in tables if table.phases is not None]
        alive: dict[str, int] = {}
        for table in phased:
            # tables with one count are one table to it, as where each phase has its own scalars
            alive[self._side(table)] = max(alive.get(self._side(table), 0), self._alive(table))
        most = max(alive.values(), default=1)
        for table in phased:
            said = self._reader.number(table.phases) if table.phases else None
            if said is not None and 1 <= said <= 3:
                self._numbers[id(table)] = int(said)
            else:
                self._numbers[id(table)] = max(alive[self._side(table)] or most, 1)

    @staticmethod
    def _side(table: Table) -> str:
        return table.phases or f"table {id(table)}"

    def _alive(self, table: Table) -> int:
        """Return the highest phase of which the agent says more than zeros, 0 for none."""
        return max(
            (
                phase
                for instance in self._instances(table)
                if (phase := self._phase(table, instance)) and self._is_alive(table, instance)
            ),
            default=0,
        )

    def _instances(self, table: Table) -> set[Oid]:
        return {instance for row in table.rows for instance in self._reader.column(row.oid)}

    def _phase(self, table: Table, instance: Oid) -> int:
        assert table.index is not None
        place = table.index.place(instance, self._reader.beside(instance))
        phase = (place or {}).get("phase")
        return phase if isinstance(phase, int) and 1 <= phase <= 3 else 0

    def _is_alive(self, table: Table, instance: Oid) -> bool:
        reader = self._reader
        if table.is_alive is not None:
            return table.is_alive(reader, instance)
        # -1 and NULL stand for what is not measured
        numbers = (as_number(reader.value(row.oid, instance)) for row in table.rows)
        return any(number is not None and number > 0 for number in numbers)

    def is_dead(self, table: Table, instance: Oid) -> bool:
        """Tell a row of a phase that this unit does not have."""
        if table.phases is None:
            return table.is_alive is not None and not table.is_alive(self._reader, instance)
        return not 1 <= self._phase(table, instance) <= self.number(table)

    def reduce(self, table: Table, place: Place) -> Place:
        """Return a place without its phase where there is only one."""
        if table.phases is None or self.number(table) > 1:
            return place
        return {name: value for name, value in place.items() if name != "phase"}


def total(way: Total, values: Sequence[float]) -> float:
    """Return what the values of all phases make together."""
    match way:
        case Total.SUM:
            return sum(values)
        case Total.LARGEST:
            return max(values)
        case Total.MEAN:
            return sum(values) / len(values)
        case Total.FIRST:
            return values[0]
