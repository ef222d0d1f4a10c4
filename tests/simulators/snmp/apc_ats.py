"""An APC rack transfer switch, from PowerNet-MIB (ats, 8).

Quirks: ``old`` an AP77xx of 2002 (no states of sources and output, no banks), ``deep`` an index
with one number more (source.1.phase), as cards have it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from .agent import Agent
from .objects import Kind, Object, Oid, SetError, Status, Value, oid
from tests.simulators.clock import Clock

P = "E.318.1.1"
A = f"{P}.8"
TRAPS = oid("E.318.0")
MTRAP_STRING = oid("E.318.2.3.3.0")
QUIRKS = frozenset({"old", "deep"})
SOURCE_SWITCHED, REDUNDANCY_LOST, REDUNDANCY_RESTORED, OVER_CURRENT = 126, 127, 128, 132

INTEGER, OCTETS, GAUGE = Kind.INTEGER, Kind.OCTETS, Kind.GAUGE


@dataclass(slots=True)
class Source:
    """A source."""

    name: str
    volts: float = 230
    hertz: float = 50

    @property
    def is_good(self) -> bool:
        """Tell whether the load can be fed from it."""
        return self.volts > 190


class ApcAtsAgent(Agent):
    """A transfer switch between two sources, with two banks of outlets.

    Args:
        phases: Of the output; three have no banks.
        orientation: Of a three-phase output: 4 to neutral, 5 between phases.
        quirks: See the module.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        phases: int = 1,
        orientation: int = 4,
        banks: bool = True,
        quirks: frozenset[str] = frozenset(),
        object_id: str = "E.318.1.3.32",
    ) -> None:
        if unknown := quirks - QUIRKS:
            raise ValueError(f"no quirk {', '.join(unknown)}")
        super().__init__(clock=clock)
        self.phases, self.orientation = phases, orientation
        self.quirks = quirks
        self.sources = [Source("Source A"), Source("Source B", volts=229)]
        self.preferred, self.selected, self.sensitivity = 1, 1, 1
        self.current = 5.2
        self.near, self.over, self.low = 12, 16, 0
        self.limit_of_bank = 10
        self.name, self.location, self.contact = "Rack ATS", "Row 2", "Anna"
        self.link = 2
        self.in_phase = True
        self.failed: set[int] = set()
        """Objects of the device status that say they failed: supplies, switch, hardware."""
        self.blown: set[int] = set()
        """Fuses that are open."""
        self.nominal = 230
        self._was = (self.selected, True, False)
        self.add_system(object_id, "APC Web/SNMP Management Card (simulated)", name="ats")
        self._build_identity()
        self._build_config()
        self._build_status()
        self._build_input()
        self._build_output()
        if banks and phases == 1 and "old" not in quirks:
            self._build_banks()

    @property
    def has_power(self) -> bool:
        """Tell whether the output has power."""
        return self.sources[self.selected - 1].is_good

    @property
    def is_redundant(self) -> bool:
        """Tell whether the other source could take over."""
        return all(each.is_good for each in self.sources) and not self.failed

    @property
    def is_overloaded(self) -> bool:
        """Tell whether the output carries too much."""
        return self.current >= self.over

    def level(self, current: float, over: float) -> int:
        """Return 1 normal, 2 low, 3 near overload, 4 overload."""
        if current >= over:
            return 4
        if current >= over - 4:
            return 3
        return 2 if current < self.low else 1

    def _attribute(
        self, where: str, name: str, *, kind: Kind = INTEGER, low: int = 0, high: int = 100
    ) -> None:
        """Put in an object that can be written."""

        def write(value: int | bytes | Oid) -> None:
            setattr(self, name, value.decode() if isinstance(value, bytes) else value)
            self.writes.append((f"8.{where}", value))

        def check(value: object) -> None:
            if isinstance(value, int) and not low <= value <= high:
                raise SetError(Status.BAD_VALUE)

        self.tree[f"{A}.{where}"] = Object(kind, lambda: getattr(self, name), write, check)

    # objects

    def _build_identity(self) -> None:
        self.tree.add(
            A,
            (
                ("1.1.0", OCTETS, "R01"),
                ("1.2.0", OCTETS, "400.2.0"),
                ("1.3.0", OCTETS, "01/15/2018"),
                ("1.4.0", OCTETS, "03/20/2018"),
                ("1.5.0", OCTETS, "AP4421"),
                ("1.6.0", OCTETS, "5A1812T00001"),
                ("1.7.0", INTEGER, 230),
                ("1.8.0", INTEGER, 50),
                ("1.9.0", INTEGER, 16),
                ("1.10.0", OCTETS, lambda: self.name),
                ("1.11.0", OCTETS, lambda: self.location),
                ("1.12.0", OCTETS, lambda: self.contact),
            ),
        )

    def _build_config(self) -> None:
        octets = Kind.OCTETS
        self._attribute("4.1.0", "name", kind=octets)
        self._attribute("4.2.0", "preferred", low=1, high=3)
        self._attribute("4.4.0", "sensitivity", low=1, high=2)
        self._attribute("4.8.0", "nominal", low=100, high=240)
        self._attribute("4.17.0", "location", kind=octets)
        self._attribute("4.18.0", "contact", kind=octets)
        self.tree.add(
            A,
            (
                ("3.1.0", INTEGER, 1),
                ("3.2.0", INTEGER, 1),
                ("4.5.0", INTEGER, 2),
                ("4.6.0", INTEGER, lambda: self.over),
                ("4.7.0", INTEGER, 1),
            ),
        )

    def _build_status(self) -> None:
        def failed(column: int) -> Callable[[], int]:
            return lambda: 1 if column in self.failed else 2

        rows: list[tuple[str, Kind, object]] = [
            ("1.0", INTEGER, lambda: self.link),
            ("2.0", INTEGER, lambda: self.selected),
            ("3.0", INTEGER, lambda: 2 if self.is_redundant else 1),
            ("4.0", INTEGER, lambda: 1 if self.is_overloaded else 2),
        ]
        if "old" in self.quirks:
            rows += [(f"{column}.0", INTEGER, failed(column)) for column in (5, 6)]
        else:
            rows += [
                # the newer ones have no such supplies
                *((f"{column}.0", INTEGER, -1) for column in (5, 8, 9)),
                *((f"{column}.0", INTEGER, failed(column)) for column in (6, 7, 10, 16)),
                *((f"{column}.0", INTEGER, failed(column)) for column in (17, 18, 19, 20)),
                ("12.0", INTEGER, lambda: 2 if self.sources[0].is_good else 1),
                ("13.0", INTEGER, lambda: 2 if self.sources[1].is_good else 1),
                ("14.0", INTEGER, lambda: 1 if self.in_phase else 2),
                ("15.0", INTEGER, lambda: 2 if self.has_power else 1),
                ("21.0", INTEGER, lambda: 2 if 21 in self.blown else 1),
                ("22.0", INTEGER, lambda: 2 if 22 in self.blown else 1),
            ]
        self.tree.add(f"{A}.5.1", rows)
        self.tree.add(f"{A}.5.2", (("1.0", INTEGER, 1),))

    def _build_input(self) -> None:
        self.tree.add(f"{A}.5.3", (("1.0", INTEGER, 2),))
        for number, source in enumerate(self.sources, 1):
            self.tree.add(
                f"{A}.5.3.2.1",
                (
                    (f"1.{number}", INTEGER, number),
                    (f"2.{number}", INTEGER, self.phases),
                    (f"3.{number}", INTEGER, 2 if self.phases == 1 else self.orientation),
                    (f"4.{number}", INTEGER, lambda source=source: source.hertz),
                    (f"5.{number}", INTEGER, 2),
                ),
            )
            where = f"{A}.5.3.2.1.6.{number}"

            def rename(value: bytes, number: int = number) -> None:
                self.sources[number - 1].name = value.decode()
                self.writes.append((f"8.5.3.2.1.6.{number}", value))

            self.tree[where] = Object(OCTETS, lambda source=source: source.name, rename)  # type: ignore[misc, arg-type]
            for phase in range(1, self.phases + 1):
                at = f"{number}.1.{phase}" if "deep" in self.quirks else f"{number}.{phase}"
                self.tree.add(
                    f"{A}.5.3.3.1",
                    (
                        (f"3.{at}", INTEGER, lambda source=source: source.volts),
                        (f"4.{at}", INTEGER, 240),
                        (f"6.{at}", INTEGER, -1),
                        (f"9.{at}", INTEGER, -1),
                    ),
                )

    def _output_volts(self) -> float:
        return self.sources[self.selected - 1].volts if self.has_power else 0

    def _build_output(self) -> None:
        self.tree.add(
            f"{A}.5.4",
            (
                ("1.0", INTEGER, 1),
                ("2.1.1.1", INTEGER, 1),
                ("2.1.2.1", INTEGER, self.phases),
                ("2.1.3.1", INTEGER, 2 if self.phases == 1 else self.orientation),
                ("2.1.4.1", INTEGER, lambda: self.sources[self.selected - 1].hertz),
            ),
        )
        for phase in range(1, self.phases + 1):
            at = f"1.1.{phase}" if "deep" in self.quirks else f"1.{phase}"
            self.tree.add(
                f"{A}.5.4.3.1",
                (
                    (f"2.{at}", INTEGER, phase),
                    (f"3.{at}", INTEGER, self._output_volts),
                    (f"4.{at}", INTEGER, lambda: self.current * 10),
                    (f"5.{at}", INTEGER, 99),
                    (f"7.{at}", INTEGER, lambda: self.current * self._output_volts()),
                    (f"10.{at}", INTEGER, lambda: self.current / self.over * 100),
                    (f"13.{at}", INTEGER, -1),
                    (f"19.{at}", INTEGER, lambda: self.level(self.current, self.over)),
                ),
            )
        if self.phases == 3:
            self.tree.add(f"{A}.5.4.3.1", (("2.1.4", INTEGER, 4), ("4.1.4", INTEGER, 7)))
        if "old" not in self.quirks:
            for phase in range(1, self.phases + 1):
                self.tree.add(f"{A}.4.16.1", ((f"2.{phase}", INTEGER, phase),))
                for column, name in ((3, "low"), (4, "near"), (5, "over")):
                    self._attribute(f"4.16.1.{column}.{phase}", name, high=16)

    def _build_banks(self) -> None:
        self.tree.add(A, (("5.4.4.0", INTEGER, 3), ("4.13.0", INTEGER, 3)))
        for row in (1, 2, 3):
            share = 1.0 if row == 1 else 0.5

            def current(share: float = share) -> float:
                return self.current * share

            def over(row: int = row) -> float:
                return self.over if row == 1 else self.limit_of_bank

            self.tree.add(
                f"{A}.5.4.5.1",
                (
                    (f"1.{row}", INTEGER, row),
                    (f"2.{row}", INTEGER, 1),
                    (f"3.{row}", INTEGER, row),
                    (f"4.{row}", GAUGE, lambda current=current: current() * 10),
                    (
                        f"5.{row}",
                        INTEGER,
                        lambda current=current, over=over: self.level(current(), over()),
                    ),
                    (f"6.{row}", INTEGER, self._output_volts),
                    (
                        f"9.{row}",
                        INTEGER,
                        lambda current=current: current() * self._output_volts(),
                    ),
                    (
                        f"12.{row}",
                        INTEGER,
                        lambda current=current, over=over: current() / over() * 100,
                    ),
                    (f"15.{row}", INTEGER, -1),
                ),
            )
            self.tree.add(f"{A}.4.14.1", ((f"1.{row}", INTEGER, row), (f"2.{row}", INTEGER, row)))
            limit = "over" if row == 1 else "limit_of_bank"
            for column, name in ((3, "low"), (4, "near"), (5, limit)):
                self._attribute(f"4.14.1.{column}.{row}", name, high=16)

    # what happens

    @override
    def advance(self) -> None:
        """Choose the source, and send what the switch tells of it."""
        wanted = self.preferred if self.preferred in {1, 2} else self.selected
        other = 3 - wanted
        if self.sources[wanted - 1].is_good:
            self.selected = wanted
        elif self.sources[other - 1].is_good and not self.is_overloaded:
            self.selected = other
        selected, redundant, overloaded = self._was
        self._was = (self.selected, self.is_redundant, self.is_overloaded)
        if self.selected != selected:
            self._tell(SOURCE_SWITCHED, "ATS: Source switched")
        if self.is_redundant is not redundant:
            self._tell(REDUNDANCY_RESTORED if self.is_redundant else REDUNDANCY_LOST, "ATS")
        if self.is_overloaded is not overloaded:
            self._tell(OVER_CURRENT + (not self.is_overloaded), "ATS: Output current")

    def _tell(self, number: int, text: str) -> None:
        self.trap((*TRAPS, number), ((MTRAP_STRING, Value(OCTETS, text.encode())),))
