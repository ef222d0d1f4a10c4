"""CyberPower rack PDUs (ePDU 3, ePDU2 6) and transfer switches (ats 5), from CPS-MIB 2.11."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import override

from .agent import Agent
from .cyberpower import TRAP_STRING, TRAPS, H, Outlet, add_outlet_config, keep
from .objects import Kind, Object, Value
from tests.simulators.clock import Clock

OUTLET_ON, OUTLET_OFF, OVERLOAD, SOURCE_SWITCHED = 102, 103, 110, 301
ALL_TREES = frozenset({"single", "chain", "sources"})

type Row = tuple[str, Kind, object]


@dataclass(slots=True)
class Pdu:
    """A PDU of a chain; currents in A."""

    module: int
    serial: str
    model: str = "PDU83106"
    phases: int = 1
    banks: int = 0
    currents: list[float] = field(default_factory=lambda: [3.2, 1.4, 0.6])
    volts: float = 231.5
    outlets: list[Outlet] = field(default_factory=list)
    near: int = 12
    over: int = 16
    supply_failed: bool = False
    name: str = "Rack PDU"

    @property
    def current(self) -> float:
        """What all phases carry."""
        return sum(self.currents[: self.phases])

    def state(self, current: float) -> int:
        """Return a load state: 1 normal, 2 low, 3 near overload, 4 overload."""
        if current >= self.over:
            return 4
        if current >= self.near:
            return 3
        return 2 if current < 0.5 else 1


@dataclass(slots=True)
class Source:
    """A source of a transfer switch."""

    name: str
    volts: float = 230.4
    hertz: float = 50.0

    @property
    def voltage_state(self) -> int:
        """1 normal, 2 over, 3 under."""
        if self.volts > 260:
            return 2
        return 3 if self.volts < 190 else 1

    @property
    def frequency_state(self) -> int:
        """1 normal, 2 over, 3 under."""
        if self.hertz > 53:
            return 2
        return 3 if self.hertz < 47 else 1


class CyberPowerPduAgent(Agent):
    """A rack PDU, or the host of a chain of them.

    Args:
        trees: ``single`` answers ePDU, ``chain`` ePDU2, ``sources`` ePDU2's transfer switch too.
        units: PDUs of the chain.
        phases: Of each.
        banks: Of each.
        outlets: Switched and metered outlets of each.
        role: 1 stands alone, 2 host, 3 slave.
        first_module: The number of the first PDU; a slave keeps that which it has in the chain.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        trees: frozenset[str] = frozenset({"chain"}),
        units: int = 1,
        phases: int = 1,
        banks: int = 0,
        outlets: int = 4,
        role: int | None = None,
        first_module: int = 1,
        object_id: str | None = None,
    ) -> None:
        if unknown := trees - ALL_TREES:
            raise ValueError(f"no tree {', '.join(unknown)}")
        super().__init__(clock=clock)
        self.role = role or (2 if units > 1 else 1)
        self.pdus = [
            Pdu(
                first_module + place,
                f"PDU0000{first_module + place}",
                phases=phases,
                banks=banks,
                outlets=[
                    Outlet(number, f"Outlet {number}", bank=1 if banks else 0)
                    for number in range(1, outlets + 1)
                ],
            )
            for place in range(units)
        ]
        self.sources = [Source("Source A"), Source("Source B", volts=229.1)]
        self.selected, self.preferred, self.sensitivity = 1, 1, 2
        self.in_phase = self.is_redundant = True
        self.energy = 12345
        self._was: dict[tuple[int, int], bool] = {}
        tree = 3 if trees == {"single"} else 6
        self.add_system(object_id or f"E.3808.1.1.{tree}", "PDU Agent (simulated)", name="pdu")
        if "single" in trees:
            self._build_single(self.pdus[0])
        if trees & {"chain", "sources"}:
            self._build_chain()
        if "sources" in trees:
            self._build_sources()

    # ePDU2 (6)

    def _build_chain(self) -> None:
        tree, integer = self.tree, Kind.INTEGER
        tree.add(
            f"{H}.6",
            (
                ("1.0", integer, lambda: self.role),
                ("2.1.0", integer, lambda: len(self.pdus)),
                ("3.1.0", integer, lambda: len(self.pdus)),
                ("4.1.0", integer, sum(pdu.phases for pdu in self.pdus)),
                ("5.1.0", integer, sum(pdu.banks for pdu in self.pdus)),
                ("6.1.1.0", integer, sum(len(pdu.outlets) for pdu in self.pdus)),
                ("6.2.1.0", integer, sum(len(pdu.outlets) for pdu in self.pdus)),
            ),
        )
        phase_row = bank_row = outlet_row = 0
        for row, pdu in enumerate(self.pdus, 1):
            self._build_unit(row, pdu)
            for phase in range(1, pdu.phases + 1):
                phase_row += 1
                self._build_phase(phase_row, pdu, phase)
            for bank in range(1, pdu.banks + 1):
                bank_row += 1
                self._build_bank(bank_row, pdu, bank)
            for outlet in pdu.outlets:
                outlet_row += 1
                self._build_outlet(outlet_row, pdu, outlet)

    def _build_unit(self, row: int, pdu: Pdu) -> None:
        integer, octets, gauge = Kind.INTEGER, Kind.OCTETS, Kind.GAUGE
        watts = self._watts(pdu)
        columns: tuple[Row, ...] = (
            ("2.2.1.2", integer, pdu.module),
            ("2.2.1.3", octets, lambda: pdu.name),
            ("2.2.1.6", octets, "3"),
            ("2.2.1.7", octets, "2.05"),
            ("2.2.1.8", octets, "06/01/2022"),
            ("2.2.1.9", octets, pdu.model),
            ("2.2.1.10", octets, pdu.serial),
            ("3.2.1.2", integer, pdu.module),
            ("3.2.1.3", octets, lambda: pdu.name),
            ("3.2.1.8", integer, 0),
            ("3.2.1.9", integer, lambda: pdu.near),
            ("3.2.1.10", integer, lambda: pdu.over),
            ("3.3.1.2", integer, pdu.module),
            ("3.3.1.4", integer, 16),
            ("3.3.1.5", integer, len(pdu.outlets)),
            ("3.3.1.8", integer, pdu.phases),
            ("3.3.1.13", integer, -1),
            ("3.4.1.2", integer, pdu.module),
            ("3.4.1.4", integer, lambda: pdu.state(pdu.current)),
            ("3.4.1.5", gauge, lambda: pdu.current * 10),
            ("3.4.1.6", gauge, lambda: pdu.current * 10 + 15),
            ("3.4.1.9", gauge, lambda: self.energy + pdu.module),
            ("3.4.1.12", integer, lambda: 2 if pdu.supply_failed else 1),
            ("3.4.1.13", integer, lambda: 2 if pdu.supply_failed else 1),
            ("3.4.1.14", integer, 1),
            ("3.4.1.15", gauge, lambda: watts() + 50),
            ("3.4.1.16", gauge, 93),
            ("3.4.1.17", integer, lambda: self.role),
            ("3.4.1.18", gauge, watts),
            ("3.4.1.19", gauge, lambda: watts() + 300),
        )
        self.tree.add(f"{H}.6", tuple((f"{where}.{row}", *rest) for where, *rest in columns))  # type: ignore[misc]

        def rename(value: bytes) -> None:
            pdu.name = value.decode()

        keep(self.tree, self.writes, f"{H}.6.3.2.1.3.{row}", rename)

    def _watts(self, pdu: Pdu) -> Callable[[], float]:
        return lambda: pdu.current * pdu.volts

    def _build_phase(self, row: int, pdu: Pdu, phase: int) -> None:
        integer, gauge = Kind.INTEGER, Kind.GAUGE

        def current() -> float:
            return pdu.currents[phase - 1]

        between = pdu.volts * 3**0.5 if pdu.phases == 3 else 0
        columns: tuple[Row, ...] = (
            ("2.1.2", integer, pdu.module),
            ("2.1.3", integer, phase),
            ("2.1.5", integer, 0),
            ("2.1.6", integer, lambda: pdu.near),
            ("2.1.7", integer, lambda: pdu.over),
            ("4.1.2", integer, pdu.module),
            ("4.1.3", integer, phase),
            ("4.1.4", integer, lambda: pdu.state(current())),
            ("4.1.5", gauge, lambda: current() * 10),
            ("4.1.6", gauge, lambda: pdu.volts * 10),
            ("4.1.7", gauge, lambda: current() * pdu.volts),
            ("4.1.8", gauge, lambda: current() * pdu.volts + 10),
            ("4.1.9", gauge, 97),
            ("4.1.10", gauge, lambda: current() * 10 + 8),
            ("4.1.13", gauge, between * 10),
        )
        self.tree.add(f"{H}.6.4", tuple((f"{where}.{row}", *rest) for where, *rest in columns))  # type: ignore[misc]

    def _build_bank(self, row: int, pdu: Pdu, bank: int) -> None:
        integer, gauge = Kind.INTEGER, Kind.GAUGE

        def current() -> float:
            return pdu.current / pdu.banks

        columns: tuple[Row, ...] = (
            ("2.1.2", integer, pdu.module),
            ("2.1.3", integer, bank),
            ("2.1.5", integer, 0),
            ("2.1.6", integer, 8),
            ("2.1.7", integer, 10),
            ("4.1.2", integer, pdu.module),
            ("4.1.3", integer, bank),
            ("4.1.4", integer, lambda: pdu.state(current())),
            ("4.1.5", gauge, lambda: current() * 10),
            ("4.1.6", gauge, lambda: current() * 10 + 4),
        )
        self.tree.add(f"{H}.6.5", tuple((f"{where}.{row}", *rest) for where, *rest in columns))  # type: ignore[misc]

    def _build_outlet(self, row: int, pdu: Pdu, outlet: Outlet) -> None:
        integer, octets, gauge = Kind.INTEGER, Kind.OCTETS, Kind.GAUGE

        def current() -> float:
            return outlet.number / 10 if outlet.on else 0

        columns: tuple[Row, ...] = (
            *((f"1.{table}.1.2", integer, pdu.module) for table in (2, 3, 4, 5)),
            *((f"1.{table}.1.3", integer, outlet.number) for table in (2, 3, 4, 5)),
            ("1.3.1.4", octets, f"{outlet.number}"),
            ("1.3.1.5", integer, 1),
            ("1.3.1.6", integer, outlet.bank),
            ("1.4.1.4", octets, lambda: outlet.name),
            ("1.4.1.5", integer, lambda: 1 if outlet.on else 2),
            ("1.4.1.6", integer, lambda: 1 if outlet.due else 2),
            ("1.5.1.4", octets, lambda: outlet.name),
            ("1.5.1.5", integer, lambda: 1 if outlet.on else 2),
            *((f"2.{table}.1.2", integer, pdu.module) for table in (3, 4)),
            *((f"2.{table}.1.3", integer, outlet.number) for table in (3, 4)),
            ("2.3.1.7", integer, outlet.bank),
            ("2.4.1.4", octets, lambda: outlet.name),
            ("2.4.1.5", integer, lambda: 2 if not outlet.on else 1),
            ("2.4.1.6", gauge, lambda: current() * 10),
            ("2.4.1.7", gauge, lambda: current() * pdu.volts),
            ("2.4.1.11", gauge, 100 * outlet.number),
        )
        self.tree.add(f"{H}.6.6", tuple((f"{where}.{row}", *rest) for where, *rest in columns))  # type: ignore[misc]
        add_outlet_config(self.tree, self.writes, f"{H}.6.6.1.2.1", 4, row, outlet)
        keep(
            self.tree,
            self.writes,
            f"{H}.6.6.1.5.1.5.{row}",
            lambda value: outlet.command(value, self.clock.now()),
        )

    def _build_sources(self) -> None:
        integer = Kind.INTEGER
        one, other = self.sources
        self.tree.add(
            f"{H}.6.9",
            (
                ("1.0", integer, 1),
                ("2.1.2.1", integer, self.pdus[0].module),
                ("2.1.3.1", integer, lambda: self.preferred),
                ("2.1.5.1", integer, lambda: self.sensitivity),
                ("2.1.6.1", integer, 230),
                ("4.1.2.1", integer, self.pdus[0].module),
                ("4.1.3.1", integer, lambda: self.selected),
                ("4.1.4.1", integer, 500),
                ("4.1.5.1", integer, lambda: one.volts * 10),
                ("4.1.6.1", integer, lambda: other.volts * 10),
                ("4.1.7.1", integer, lambda: one.hertz * 10),
                ("4.1.8.1", integer, lambda: other.hertz * 10),
                ("4.1.9.1", integer, lambda: one.voltage_state),
                ("4.1.10.1", integer, lambda: other.voltage_state),
                ("4.1.11.1", integer, lambda: one.frequency_state),
                ("4.1.12.1", integer, lambda: other.frequency_state),
                ("4.1.13.1", integer, lambda: 1 if self.in_phase else 2),
                ("4.1.14.1", integer, 1),
                ("4.1.15.1", integer, lambda: 4 if self.pdus[0].supply_failed else 1),
                ("4.1.16.1", integer, lambda: 2 if self.is_redundant else 1),
            ),
        )
        for column, name in ((3, "preferred"), (5, "sensitivity")):
            keep(
                self.tree,
                self.writes,
                f"{H}.6.9.2.1.{column}.1",
                lambda value, name=name: setattr(self, name, value),
                lambda value: value in {1, 2, 3},
            )

    # ePDU (3)

    def _build_single(self, pdu: Pdu) -> None:
        integer, octets = Kind.INTEGER, Kind.OCTETS
        self.tree.add(
            f"{H}.3",
            (
                ("1.1.0", octets, lambda: pdu.name),
                ("1.2.0", octets, "1"),
                ("1.3.0", octets, "1.02"),
                ("1.4.0", octets, "05/20/2018"),
                ("1.5.0", octets, "PDU41005"),
                ("1.6.0", octets, "CPSS700012"),
                ("1.7.0", integer, 16),
                ("1.8.0", integer, len(pdu.outlets)),
                ("1.9.0", integer, pdu.phases),
                ("2.1.1.0", integer, 16),
                ("2.1.2.0", integer, pdu.phases),
                ("2.1.4.0", integer, pdu.banks),
                ("4.1.1.0", integer, lambda: 2 if pdu.supply_failed else 1),
                ("4.1.2.0", integer, 3),
                ("5.7.0", integer, lambda: pdu.volts * 10),
                ("5.8.0", integer, 499),
            ),
        )

        def rename(value: bytes) -> None:
            pdu.name = value.decode()

        keep(self.tree, self.writes, f"{H}.3.1.1.0", rename)
        rows = [(phase, phase, 0) for phase in range(1, pdu.phases + 1)]
        rows += [(pdu.phases + bank, 1, bank) for bank in range(1, pdu.banks + 1)]
        for row, phase, bank in rows:
            self._build_load(row, pdu, phase, bank)
        for outlet in pdu.outlets:
            self._build_single_outlet(pdu, outlet)

    def _build_load(self, row: int, pdu: Pdu, phase: int, bank: int) -> None:
        integer = Kind.INTEGER

        def current() -> float:
            return pdu.current / pdu.banks if bank else pdu.currents[phase - 1]

        columns: tuple[Row, ...] = (
            ("1", integer, row),
            ("2", Kind.GAUGE, lambda: current() * 10),
            ("3", integer, lambda: pdu.state(current())),
            ("4", integer, phase),
            ("5", integer, bank),
            ("6", integer, lambda: pdu.volts * 10),
            ("7", integer, lambda: current() * pdu.volts),
            ("8", integer, lambda: current() * pdu.volts + 10),
            ("9", integer, 96),
            ("10", integer, lambda: self.energy + row),
        )
        self.tree.add(
            f"{H}.3.2.3.1.1",
            tuple((f"{where}.{row}", *rest) for where, *rest in columns),  # type: ignore[misc]
        )
        config = f"{H}.3.2.4.1.1" if bank else f"{H}.3.2.2.1.1"
        at = bank or phase
        self.tree.add(
            config,
            (
                (f"1.{at}", integer, at),
                (f"2.{at}", integer, 0),
                (f"3.{at}", integer, lambda: pdu.near),
                (f"4.{at}", integer, lambda: pdu.over),
            ),
        )
        if bank:
            self.tree.add(f"{H}.3.2.1.6.1", ((f"2.{at}", integer, at), (f"3.{at}", integer, 10)))

    def _build_single_outlet(self, pdu: Pdu, outlet: Outlet) -> None:
        row, integer, octets, gauge = outlet.number, Kind.INTEGER, Kind.OCTETS, Kind.GAUGE

        def current() -> float:
            return outlet.number / 10 if outlet.on else 0

        self.tree.add(
            f"{H}.3.3",
            (
                (f"3.1.1.2.{row}", octets, lambda: outlet.name),
                (f"3.1.1.4.{row}", integer, lambda: 1 if outlet.on else 2),
                (f"4.1.1.3.{row}", integer, 1),
                (f"5.1.1.2.{row}", octets, lambda: outlet.name),
                (f"5.1.1.3.{row}", integer, 1),
                (f"5.1.1.4.{row}", integer, lambda: 1 if outlet.on else 2),
                (f"5.1.1.5.{row}", integer, lambda: 1 if outlet.due else 2),
                (f"5.1.1.6.{row}", integer, outlet.bank),
                (f"5.1.1.7.{row}", gauge, lambda: current() * 10),
                (f"5.1.1.8.{row}", gauge, lambda: current() * pdu.volts),
                (f"5.1.1.9.{row}", integer, lambda: 1 if outlet.on else 2),
                (f"5.1.1.13.{row}", gauge, 100 * outlet.number),
            ),
        )
        # the column between the name and the delays is the phase
        add_outlet_config(self.tree, self.writes, f"{H}.3.3.4.1.1", 3, row, outlet)
        name = self.tree[f"{H}.3.3.4.1.1.3.{row}"]
        self.tree[f"{H}.3.3.4.1.1.2.{row}"] = Object(name.kind, name.get)

        def rename(value: bytes) -> None:
            outlet.name = value.decode()

        keep(self.tree, self.writes, f"{H}.3.3.4.1.1.2.{row}", rename)
        self.tree[f"{H}.3.3.4.1.1.3.{row}"] = Object(integer, 1)
        keep(
            self.tree,
            self.writes,
            f"{H}.3.3.3.1.1.4.{row}",
            lambda value: outlet.command(value, self.clock.now()),
        )

    # life

    @override
    def advance(self) -> None:
        """Switch outlets whose time has come; each sends a trap."""
        for pdu in self.pdus:
            for outlet in pdu.outlets:
                outlet.advance(self.clock.now())
                key = (pdu.module, outlet.number)
                if self._was.setdefault(key, outlet.on) != outlet.on:
                    self._was[key] = outlet.on
                    number = OUTLET_ON if outlet.on else OUTLET_OFF
                    text = Value(Kind.OCTETS, f"{pdu.serial} outlet {outlet.number}".encode())
                    self.trap((*TRAPS, number), ((TRAP_STRING, text),))


class CyberPowerAtsAgent(Agent):
    """An automatic transfer switch (5).

    Args:
        outlets: Outlets; all but the last can be switched.
        banks: Beside the total.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        outlets: int = 3,
        banks: int = 2,
        object_id: str = "E.3808.1.1.5",
    ) -> None:
        super().__init__(clock=clock)
        self.sources = [Source("Source A"), Source("Source B", volts=229.1)]
        self.selected, self.preferred, self.sensitivity = 1, 1, 2
        self.contact = 2
        """1 never discovered, 2 established, 3 lost."""
        self.in_phase = self.is_redundant = True
        self.broken: set[int] = set()
        """Of 5.2.1: 5 to 7 relays, 8 display, 9 serial port."""
        self.name = "ATS1"
        self.current = 4.2
        self.banks = banks
        self.outlets = [Outlet(number, f"Outlet {number}") for number in range(1, outlets + 1)]
        self.add_system(object_id, "ATS Agent (simulated)", name="ats")
        self._build()

    def _state(self, current: float) -> int:
        if current >= 16:
            return 4
        if current >= 12:
            return 3
        return 2 if current < 0.5 else 1

    def _build(self) -> None:
        integer, octets = Kind.INTEGER, Kind.OCTETS
        volts = 230
        self.tree.add(
            f"{H}.5",
            (
                ("1.1.0", octets, lambda: self.name),
                ("1.2.0", octets, "PDU24005"),
                ("1.3.0", octets, "2"),
                ("1.4.0", octets, "1.10"),
                ("1.5.0", octets, "ATS700001"),
                ("1.6.0", octets, "03/04/2020"),
                ("1.8.0", integer, 16),
                ("1.9.0", integer, lambda: len(self.outlets)),
                ("1.12.0", octets, "1.21"),
                ("2.1.1.0", integer, lambda: self.contact),
                ("2.1.2.0", integer, lambda: self.selected),
                ("2.1.3.0", integer, lambda: 2 if self.is_redundant else 1),
                ("2.1.4.0", integer, lambda: 1 if self.in_phase else 2),
                *(
                    (f"2.1.{each}.0", integer, lambda each=each: 2 if each in self.broken else 1)
                    for each in (5, 6, 7, 8, 9)
                ),
                ("2.2.1.0", integer, 2),
                ("3.1.0", integer, lambda: self.preferred),
                ("3.2.0", integer, volts),
                ("3.3.0", integer, lambda: self.sensitivity),
                ("4.1.0", integer, 1),
                ("4.2.0", integer, 1),
                ("5.1.1.0", integer, 1),
                ("5.2.1.0", integer, 1),
                ("5.2.2.1.2.1", integer, 1),
                ("5.2.2.1.3.1", integer, lambda: self.current * 10),
                ("5.2.2.1.4.1", integer, lambda: self._state(self.current)),
                ("5.2.2.1.5.1", integer, lambda: self.current * volts),
                ("5.3.1.0", integer, 1),
                ("5.3.2.1.2.1", integer, 1),
                ("5.3.2.1.3.1", integer, 0),
                ("5.3.2.1.4.1", integer, 12),
                ("5.3.2.1.5.1", integer, 16),
                ("6.1.1.0", integer, lambda: len(self.outlets)),
                ("6.1.2.0", integer, lambda: len(self.outlets) - 1),
            ),
        )
        for number, source in enumerate(self.sources, 1):
            self._build_source(number, source)
        for row in range(1, self.banks + 2):
            self._build_bank(row, volts)
        for outlet in self.outlets:
            self._build_outlet(outlet)
        for where, name in (("3.1.0", "preferred"), ("3.3.0", "sensitivity")):
            keep(
                self.tree,
                self.writes,
                f"{H}.5.{where}",
                lambda value, name=name: setattr(self, name, value),
                lambda value: value in {1, 2, 3},
            )
        keep(
            self.tree,
            self.writes,
            f"{H}.5.1.1.0",
            lambda value: setattr(self, "name", value.decode()),
        )

    def _build_source(self, number: int, source: Source) -> None:
        integer, octets = Kind.INTEGER, Kind.OCTETS
        self.tree.add(
            f"{H}.5.2",
            (
                (f"1.10.1.2.{number}", integer, number),
                (f"1.10.1.3.{number}", integer, lambda: 1 if source.volts else 2),
                (f"1.10.1.4.{number}", integer, lambda: 1 if source.volts else 2),
                (f"1.10.1.5.{number}", integer, lambda: 1 if source.volts else 2),
                (f"2.2.1.2.{number}", octets, lambda: source.name),
                (f"2.2.1.3.{number}", integer, 1),
                (f"2.2.1.4.{number}", integer, 2),
                (f"2.2.1.5.{number}", integer, lambda: source.volts * 10),
                (f"2.2.1.6.{number}", integer, lambda: source.hertz * 10),
                (f"2.2.1.7.{number}", integer, lambda: source.voltage_state),
                (f"2.2.1.8.{number}", integer, lambda: source.frequency_state),
                (f"2.3.1.3.{number}.1", integer, lambda: source.volts),
                (f"2.3.1.4.{number}.1", integer, -1),
                (
                    f"2.3.1.5.{number}.1",
                    integer,
                    lambda: self.current * 230 if number == self.selected else 0,
                ),
            ),
        )

        def rename(value: bytes) -> None:
            source.name = value.decode()

        keep(self.tree, self.writes, f"{H}.5.2.2.2.1.2.{number}", rename)

    def _build_bank(self, row: int, volts: int) -> None:
        """Put in a row of the banks: the first is the total."""
        integer = Kind.INTEGER

        def current() -> float:
            return self.current if row == 1 else self.current / self.banks

        self.tree.add(
            f"{H}.5.5",
            (
                (f"1.4.1.2.{row}", integer, 16 if row == 1 else 10),
                (f"2.4.1.2.{row}", integer, 1),
                (f"2.4.1.3.{row}", integer, lambda: current() * 10),
                (f"2.4.1.4.{row}", integer, lambda: self._state(current())),
                (f"2.4.1.5.{row}", integer, lambda: current() * volts),
                (f"2.4.1.6.{row}", integer, 1000 // row),
                (f"3.4.1.2.{row}", integer, 0),
                (f"3.4.1.3.{row}", integer, 8),
                (f"3.4.1.4.{row}", integer, 10),
            ),
        )

    def _build_outlet(self, outlet: Outlet) -> None:
        row, integer, octets = outlet.number, Kind.INTEGER, Kind.OCTETS
        self.tree.add(
            f"{H}.5.6",
            (
                (f"3.1.2.{row}", octets, lambda: outlet.name),
                (f"3.1.3.{row}", integer, lambda: 1 if outlet.on else 2),
                (f"3.1.4.{row}", integer, lambda: 1 if outlet.due else 2),
                (f"3.1.5.{row}", integer, 1),
                (f"3.1.6.{row}", integer, outlet.bank),
            ),
        )
        add_outlet_config(self.tree, self.writes, f"{H}.5.6.7.1", 2, row, outlet)
        if outlet is self.outlets[-1]:
            return
        # one higher than elsewhere; 1 is none
        self.tree.add(
            f"{H}.5.6.5.1",
            (
                (f"2.{row}", octets, lambda: outlet.name),
                (f"3.{row}", integer, lambda: 2 if outlet.on else 3),
            ),
        )

        def command(value: int) -> None:
            if value > 1:
                outlet.command(value - 1, self.clock.now())

        keep(self.tree, self.writes, f"{H}.5.6.5.1.3.{row}", command, lambda value: 1 <= value <= 8)

    @override
    def advance(self) -> None:
        """Choose the source and switch outlets; a change of source sends a trap."""
        for outlet in self.outlets:
            outlet.advance(self.clock.now())
        good = [
            number for number, source in enumerate(self.sources, 1) if source.voltage_state == 1
        ]
        self.is_redundant = len(good) == 2
        wanted = self.preferred if self.preferred in good else (good or [self.selected])[0]
        if wanted != self.selected:
            self.selected = wanted
            text = Value(Kind.OCTETS, f"{self.name} source {wanted}".encode())
            self.trap((*TRAPS, SOURCE_SWITCHED), ((TRAP_STRING, text),))
