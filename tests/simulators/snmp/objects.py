"""The objects of a simulated agent: typed, with what reads them and what happens when written.

Written from RFC 3416; it knows nothing of the integration's own SNMP.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum

type Oid = tuple[int, ...]
type Plain = int | bytes | Oid | None
type Written = list[tuple[str, object]]


class Kind(StrEnum):
    """The types of SNMP."""

    INTEGER = "INTEGER"
    OCTETS = "OCTET STRING"
    OID = "OBJECT IDENTIFIER"
    NULL = "NULL"
    ADDRESS = "IpAddress"
    COUNTER = "Counter32"
    GAUGE = "Gauge32"
    TICKS = "TimeTicks"
    OPAQUE = "Opaque"
    COUNTER64 = "Counter64"
    NO_OBJECT = "noSuchObject"
    NO_INSTANCE = "noSuchInstance"
    END = "endOfMibView"


class Status(IntEnum):
    """The errors of SNMP."""

    OK = 0
    TOO_BIG = 1
    NO_SUCH_NAME = 2
    BAD_VALUE = 3
    READ_ONLY = 4
    GENERAL = 5
    NO_ACCESS = 6
    WRONG_TYPE = 7
    WRONG_LENGTH = 8
    WRONG_VALUE = 10
    NO_CREATION = 11
    INCONSISTENT_VALUE = 12
    RESOURCE_UNAVAILABLE = 13
    COMMIT_FAILED = 14
    AUTHORIZATION = 16
    NOT_WRITABLE = 17


class SetError(Exception):
    """An object does not take a value."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.name)
        self.status = status


@dataclass(frozen=True, slots=True)
class Value:
    """A value with its type."""

    kind: Kind
    value: Plain = None


@dataclass(slots=True)
class Object:
    """One object: a constant or what is asked for it, and what a SET does."""

    kind: Kind
    get: Callable[[], Plain | str | float] | int | bytes | str | Oid | None
    put: Callable[[int | bytes | Oid], None] | None = None
    check: Callable[[int | bytes | Oid], None] | None = None
    """Raises SetError before anything of the same SET is done."""

    def value(self) -> Value:
        """Return what it says now; a text becomes octets, a number whole."""
        said = self.get() if callable(self.get) else self.get
        if said is None:
            return Value(Kind.NO_INSTANCE)
        if isinstance(said, str):
            said = said.encode()
        elif isinstance(said, float):
            said = round(said)
        return Value(self.kind, said)


def oid(text: str) -> Oid:
    """Return the OID that a text names; E. stands for 1.3.6.1.4.1."""
    return tuple(map(int, text.replace("E.", "1.3.6.1.4.1.").split(".")))


class Tree:
    """All objects of an agent, in their order."""

    def __init__(self) -> None:
        self._objects: dict[Oid, Object] = {}
        self._order: list[Oid] | None = None

    def __setitem__(self, where: Oid | str, what: Object) -> None:
        """Put an object in."""
        self._objects[oid(where) if isinstance(where, str) else where] = what
        self._order = None

    def __getitem__(self, where: Oid | str) -> Object:
        """Return an object. Raises KeyError."""
        return self._objects[oid(where) if isinstance(where, str) else where]

    def __delitem__(self, where: Oid | str) -> None:
        """Take an object out."""
        del self._objects[oid(where) if isinstance(where, str) else where]
        self._order = None

    def __contains__(self, where: Oid) -> bool:
        return where in self._objects

    def __len__(self) -> int:
        return len(self._objects)

    def get(self, where: Oid) -> Object | None:
        """Return an object or None."""
        return self._objects.get(where)

    def remove(self, *roots: Oid | str) -> None:
        """Take out everything below some OIDs, themselves among it."""
        for root in roots:
            above = oid(root) if isinstance(root, str) else root
            for each in [each for each in self._objects if each[: len(above)] == above]:
                del self._objects[each]
        self._order = None

    @property
    def order(self) -> list[Oid]:
        """Every OID, in order."""
        if self._order is None:
            self._order = sorted(self._objects)
        return self._order

    def following(self, where: Oid) -> Iterator[tuple[Oid, Value]]:
        """Yield the objects behind an OID that have a value."""
        order = self.order
        for each in order[bisect_right(order, where) :]:
            value = self._objects[each].value()
            if value.kind not in {Kind.NO_INSTANCE, Kind.NO_OBJECT}:
                yield each, value

    # a terse way to fill it

    def add(
        self,
        root: str,
        rows: Iterable[tuple[str, Kind, object]],
        writes: dict[str, Callable[..., None]] | None = None,
    ) -> None:
        """Put in objects below a root: whole instance, type, value or what gives it."""
        for where, kind, get in rows:
            put = (writes or {}).get(where)
            self[f"{root}.{where}"] = Object(kind, get, put)  # type: ignore[arg-type]
