"""An Eaton PDU by nLogic: the objects that others have read, with the numbers of HPE's PDU3.

The rows of a 1-phase unit are three, of its groups twelve, as in the reading: those that do not
exist say 0.
"""

from collections.abc import Callable

from .agent import Agent
from .objects import Kind, Object, Oid, SetError, Status
from tests.simulators.clock import Clock

N = "E.534.7.1"
OFF, ON = 1, 2


class NlogicAgent(Agent):
    """One PDU with ``phases`` 1 or 3; volts, A."""

    def __init__(self, *, clock: Clock | None = None, phases: int = 1, object_id: str = N) -> None:
        super().__init__(clock=clock)
        self.phases = phases
        self.volts = 241.8
        self.loads = [0.5, 1.25, 2.0]
        self.states = [ON, ON, ON]
        self.switchable = [1, 1, 2]
        self.delays = {6: [1, 2, 3], 7: [5, 5, 5], 9: [0, 0, 0]}
        self.status = 2
        self.breaker = 2
        self.add_system(object_id, "Eaton PDU", name="pdu")
        self._build()

    def amperes(self, phase: int | None = None) -> float:
        """Return the current of one phase or of all: outlet 1 is on phase 1 and so on."""
        return sum(
            load
            for number, load in enumerate(self.loads, 1)
            if self.states[number - 1] == ON
            and (phase is None or self.phases == 1 or number == phase)
        )

    def _build(self) -> None:
        integer, octets = Kind.INTEGER, Kind.OCTETS
        self.tree.add(
            N,
            (
                ("1.1.0", integer, 1),
                ("1.2.1.1.1", integer, 1),
                ("1.2.1.2.1", octets, "row 7"),
                ("1.2.1.3.1", octets, "200-240V, 24A, 5.0kVA, 50/60Hz"),
                ("1.2.1.4.1", octets, "EATON"),
                ("1.2.1.5.1", octets, "1.0.6"),
                ("1.2.1.7.1", octets, "EMSV0001"),
                ("1.2.1.8.1", octets, "WMEL0046"),
                ("1.2.1.9.1", integer, lambda: self.status),
                ("1.2.1.10.1", integer, 1),
                ("1.2.1.11.1", integer, self.phases),
                ("1.2.1.12.1", integer, 1),
                ("1.2.1.13.1", integer, 3),
                ("1.2.1.14.1", octets, "C8-45-44-30-94-14"),
                ("2.1.1.1.1", integer, 1 if self.phases == 1 else 4),
                ("2.1.1.2.1", integer, 499),
                ("2.1.1.3.1", integer, 1),
                ("2.1.1.6.1", integer, 12),
                ("2.1.1.9.1", integer, 950),
                ("2.1.1.11.1", integer, lambda: self.amperes() * 100),
            ),
        )
        for phase in (1, 2, 3):
            self._build_phase(phase)
        for group in range(1, 13):
            self._build_group(group)
        for outlet in (1, 2, 3):
            self._build_outlet(outlet)

    def _build_phase(self, phase: int) -> None:
        there = phase <= self.phases
        voltage_type = 1 if self.phases == 1 else 1 + phase
        current_type = 1 if self.phases == 1 else 2 + phase

        def status() -> int:
            return 5 if self.volts > 250 else 4 if self.volts > 245 else 1

        rows: tuple[tuple[int, object], ...] = (
            (2, voltage_type),
            (3, lambda: self.volts * 10),
            (4, status),
            (5, 1900),
            (6, 1800),
            (7, 2450),
            (8, 2500),
            (9, current_type),
            (11, lambda: self.amperes(phase) * 100),
            (12, lambda: 5 if self.amperes(phase) > 24 else 1),
            (13, -1),
            (14, -1),
            (15, 2100),
            (16, 2400),
            (17, lambda: self.amperes(phase) / 24 * 1000),
            (19, lambda: self.amperes(phase) * self.volts),
            (20, lambda: self.amperes(phase) * self.volts * 0.95),
            (21, 30),
        )
        for column, get in rows:
            said = get if there else 0
            self.tree[f"{N}.2.2.1.{column}.1.{phase}"] = Object(
                Kind.INTEGER,
                said,  # type: ignore[arg-type]
            )
        # the rating stands in rows that do not exist, too
        self.tree[f"{N}.2.2.1.10.1.{phase}"] = Object(Kind.INTEGER, 2400)

    def _build_group(self, group: int) -> None:
        rows: tuple[tuple[int, object], ...] = (
            (3, 5),
            (4, 1),
            (5, lambda: self.volts * 10),
            (6, 1),
            (11, 2400),
            (12, lambda: self.amperes() * 100),
            (13, 1),
            (14, -1),
            (15, -1),
            (16, 2100),
            (17, 2400),
            (18, lambda: self.amperes() / 24 * 1000),
            (19, lambda: self.amperes() * self.volts),
            (20, lambda: self.amperes() * self.volts * 0.95),
            (23, 95),
            (26, lambda: self.breaker),
        )
        self.tree[f"{N}.3.1.1.2.1.{group}"] = Object(Kind.OCTETS, b"B1\0" if group == 1 else b"\0")
        for column, get in rows:
            self.tree[f"{N}.3.1.1.{column}.1.{group}"] = Object(
                Kind.INTEGER,
                get if group == 1 else 0,  # type: ignore[arg-type]
            )

    def _build_outlet(self, outlet: int) -> None:
        place = outlet - 1

        def current() -> float:
            return self.loads[place] if self.states[place] == ON else 0

        rows: tuple[tuple[str, Kind, object], ...] = (
            ("5.1.1.2", Kind.OCTETS, f"OUTLET {outlet}"),
            ("5.1.1.3", Kind.INTEGER, 2),
            ("5.1.1.4", Kind.INTEGER, 1600),
            ("5.1.1.5", Kind.INTEGER, lambda: current() * 100),
            ("5.1.1.11", Kind.INTEGER, lambda: current() / 16 * 1000),
            ("5.1.1.12", Kind.INTEGER, lambda: current() * self.volts),
            ("5.1.1.13", Kind.INTEGER, lambda: current() * self.volts * 0.95),
            ("5.1.1.16", Kind.INTEGER, 95),
            ("5.2.1.1", Kind.INTEGER, lambda: self.states[place]),
        )
        for column, kind, get in rows:
            self.tree[f"{N}.{column}.1.{outlet}"] = Object(kind, get)  # type: ignore[arg-type]
        for column_number, kept in ((8, self.switchable), *self.delays.items()):
            self._keep(
                f"5.2.1.{column_number}.1.{outlet}",
                lambda kept=kept: kept[place],  # type: ignore[misc]
                lambda value, kept=kept: kept.__setitem__(place, value),  # type: ignore[misc]
            )
        self._keep(
            f"5.2.1.10.1.{outlet}", lambda: 0, lambda value: self._order(place, value), (1, 6)
        )

    def _order(self, place: int, value: int) -> None:
        if self.switchable[place] != 1:
            raise SetError(Status.INCONSISTENT_VALUE)
        self.states[place] = {1: OFF, 2: ON, 3: 3, 4: 4}.get(value, ON)

    def _keep(
        self,
        where: str,
        get: Callable[[], int],
        put: Callable[[int], None],
        allowed: tuple[int, int] = (0, 99_999),
    ) -> None:
        def write(value: int | bytes | Oid) -> None:
            assert isinstance(value, int)
            put(value)
            self.writes.append((where, value))

        def check(value: int | bytes | Oid) -> None:
            if not isinstance(value, int):
                raise SetError(Status.WRONG_TYPE)
            if not allowed[0] <= value <= allowed[1]:
                raise SetError(Status.WRONG_VALUE)

        self.tree[f"{N}.{where}"] = Object(Kind.INTEGER, get, write, check)
