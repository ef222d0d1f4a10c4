"""HP's UPS, first PDUs and power distribution rack, from CPQPOWER-MIB.

Quirks of the UPS: ``alone`` a card that has no RFC 1628, ``joined`` an older one, which puts part
and serial number of the UPS into its model, ``alarms`` one that answers Eaton's alarm table too.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import override

from .agent import Agent, Pairs
from .eaton_environment import Emp, add_emp
from .objects import Kind, Object, Oid, Value, oid
from .powerware import PowerwareAgent, Receptacle
from .rfc1628 import R
from tests.simulators.clock import Clock
from tests.simulators.power import Power, Test

H = "1.3.6.1.4.1.232.165"
UPS = f"{H}.3"
TRAPS = oid(f"{H}.0")
QUIRKS = frozenset({"alone", "joined", "alarms"})
CRITICAL, WARNING, INFORMATION, CLEARED, TEST, STARTED = range(1, 7)
"""The trap number is a severity."""
_SERIAL = "3C813F0042"


class CpqPowerAgent(PowerwareAgent[Receptacle]):
    """A UPS behind an HP management module.

    Args:
        power: The power side.
        phases: Lines of input and output.
        outlets: Load segments.
        emp: An environment probe.
        quirks: See the module.
    """

    ROOT, CONTROL, RECEPTACLES, PREFIX = UPS, "8", "10.2.1", "ups"

    def __init__(
        self,
        *,
        power: Power | None = None,
        clock: Clock | None = None,
        phases: int = 1,
        outlets: int = 2,
        emp: Emp | None = None,
        quirks: frozenset[str] = frozenset({"alone"}),
    ) -> None:
        if unknown := quirks - QUIRKS:
            raise ValueError(f"no quirk {', '.join(unknown)}")
        super().__init__(power=power, clock=clock, phases=phases, object_id=UPS)
        self.card_quirks = quirks
        self.start([Receptacle() for _ in range(outlets)])
        self.is_eco = False
        self.strategy = 2
        self.test_status = 1
        self._told: set[str] = set()
        self._build_ups()
        if emp is not None:
            add_emp(self, f"{UPS}.6", 5, emp)
        if "alone" in quirks:
            self.tree.remove(R)
        if "alarms" in quirks:
            self._add_alarms()

    def _build_ups(self) -> None:
        power, integer, octets = self.power, Kind.INTEGER, Kind.OCTETS
        model = "R/T3000"
        if "joined" in self.card_quirks:
            model = "HP R5500 XR;204451-B21;B00123456W"
        self.tree.add(
            H,
            (
                ("1.1.1.0", integer, 0),
                ("1.1.2.0", octets, "Utility restored"),
                ("1.2.1.0", octets, "HP"),
                ("1.2.2.0", octets, "HP UPS Network Module"),
                ("1.2.3.0", octets, "1.03"),
                ("1.2.4.0", octets, "D"),
                ("1.2.5.0", octets, lambda: self.name),
                ("1.2.6.0", octets, "AF465A"),
                ("1.2.7.0", octets, _SERIAL),
                ("1.2.8.0", octets, "00:20:85:FB:12:34"),
                ("3.1.1.0", octets, "HP"),
                ("3.1.2.0", octets, model),
                ("3.1.3.0", octets, "INV: 1.10 "),
                ("3.1.4.0", integer, 0x0C),
                ("3.2.1.0", integer, lambda: power.runtime),
                ("3.2.2.0", integer, lambda: power.battery_voltage),
                ("3.2.3.0", integer, lambda: self._battery_amperes(charging=-1)),
                ("3.2.4.0", integer, lambda: power.charge),
                ("3.2.5.0", integer, self._abm_status),
                ("3.3.1.0", integer, lambda: power.input_frequency * 10),
                ("3.3.2.0", Kind.COUNTER, 7),
                ("3.3.3.0", integer, self.phases),
                ("3.3.5.0", integer, lambda: 2 if power.discharging else 3),
                ("3.4.1.0", integer, lambda: power.carried),
                ("3.4.2.0", integer, lambda: power.output_frequency * 10),
                ("3.4.3.0", integer, self.phases),
                ("3.4.5.0", integer, self._output_source),
                ("3.5.1.0", integer, lambda: power.input_frequency * 10),
                ("3.5.2.0", integer, self.phases),
                ("3.7.1.0", integer, 1),
                ("3.7.2.0", integer, self._battery_test),
                ("3.7.3.0", integer, 1),
                ("3.8.4.0", integer, 0),
                ("3.9.1.0", integer, 230),
                ("3.9.2.0", integer, 230),
                ("3.9.3.0", integer, 2700),
                ("3.9.4.0", integer, 500),
                ("3.9.5.0", octets, "03/15/2024:12:34:56"),
                ("3.9.6.0", integer, 207),
                ("3.9.7.0", integer, 253),
                ("3.10.1.0", integer, len(self.outlets)),
                ("3.11.1.0", integer, 0x21),
                ("3.11.2.0", integer, 10),
                ("3.11.3.0", integer, 0),
                ("3.11.4.0", integer, lambda: self.strategy),
            ),
        )
        for line in range(1, self.phases + 1):
            share = 1 / self.phases
            self.tree.add(
                UPS,
                (
                    (f"3.4.1.1.{line}", integer, line),
                    (f"3.4.1.2.{line}", integer, lambda: power.input_voltage),
                    (f"3.4.1.3.{line}", integer, lambda share=share: power.output_current * share),
                    (f"3.4.1.4.{line}", integer, lambda share=share: power.real_power * share),
                    (f"4.4.1.1.{line}", integer, line),
                    (f"4.4.1.2.{line}", integer, lambda: power.output_voltage),
                    (f"4.4.1.3.{line}", integer, lambda share=share: power.output_current * share),
                    (f"4.4.1.4.{line}", integer, lambda share=share: power.real_power * share),
                    (f"5.3.1.1.{line}", integer, line),
                    (f"5.3.1.2.{line}", integer, lambda: power.input_voltage),
                ),
            )
        for number, outlet in enumerate(self.outlets, 1):
            self.add_receptacle(number, outlet)
        self.add_control()
        self._build_ups_writes()

    # what follows from the power side

    def _output_source(self) -> int:
        power = self.power
        if not power.output_on:
            return 2
        if power.bypass:
            return 4
        if power.discharging:
            return 5
        if power.regulating:
            return 6 if power.mains_voltage < power.nominal_voltage else 7
        return 10 if self.is_eco else 3

    def _battery_test(self) -> int:
        return {Test.RUNNING: 4, Test.PASSED: 2, Test.FAILED: 3}.get(
            self.power.test_result, self.test_status
        )

    # writing

    def _build_ups_writes(self) -> None:
        def name(value: bytes) -> None:
            self.name = value.decode()

        self.let_write(f"{H}.1.2.5.0", "deviceIdentName", name)
        self.keep("7.1.0", "TestBattery", self._start_cpq_test, 1, 1)
        self.keep("7.3.0", "TestTrap", lambda _: self._tell(TEST, 1, "Test trap"), 1, 1)
        self.keep(
            "11.4.0", "TopoPowerStrategy", lambda value: setattr(self, "strategy", value), 1, 4
        )

    def _start_cpq_test(self, _: int) -> None:
        if not self.power.start_test(10):
            self.test_status = 6

    # life

    @override
    def advance(self) -> None:
        """Bring the device up to date: timers, segments, traps."""
        super().advance()
        self._tell_changes()

    @override
    def trap(self, trap: Oid, pairs: Pairs = ()) -> None:
        """Send a notification; a card without RFC 1628 has none of its."""
        if trap[: len(TRAPS)] == TRAPS or "alone" not in self.card_quirks:
            super().trap(trap, pairs)

    def _tell_changes(self) -> None:
        power = self.power
        for code, said, severity, is_there in (
            (3, "Utility power lost", WARNING, power.on_battery),
            (4, "Battery low", CRITICAL, power.battery_low),
            (11, "On bypass", WARNING, power.bypass),
        ):
            if is_there and said not in self._told:
                self._told.add(said)
                self._tell(severity, code, said)
            elif not is_there and said in self._told:
                self._told.discard(said)
                self._tell(CLEARED, code, said)

    def _tell(self, severity: int, code: int, said: str) -> None:
        self.trap(
            (*TRAPS, severity),
            (
                (oid("1.3.6.1.2.1.1.5.0"), Value(Kind.OCTETS, b"ups-card")),
                (oid(f"{H}.1.1.1.0"), Value(Kind.INTEGER, code)),
                (oid(f"{H}.1.1.2.0"), Value(Kind.OCTETS, said.encode())),
                (oid(f"{H}.1.1.5.0"), Value(Kind.OCTETS, self.name.encode())),
                (oid(f"{H}.1.1.4.0"), Value(Kind.OCTETS, f"SN: {_SERIAL}".encode())),
                (oid(f"{H}.1.1.3.0"), Value(Kind.OCTETS, b"http://ups-card/")),
            ),
        )

    def _add_alarms(self) -> None:
        """Put in Eaton's alarm table: low battery and replace battery."""
        xups = "1.3.6.1.4.1.534.1.7"
        states: tuple[tuple[int, Callable[[], bool]], ...] = (
            (4, lambda: self.power.battery_low),
            (23, lambda: self.replace_battery),
        )
        self.tree[f"{xups}.1.0"] = Object(
            Kind.GAUGE, lambda: sum(is_there() for _, is_there in states)
        )

        def row(number: int, is_there: Callable[[], bool]) -> Callable[[], Oid | None]:
            return lambda: oid(f"{xups}.{number}") if is_there() else None

        for number, is_there in states:
            self.tree[f"{xups}.2.1.2.{number}"] = Object(Kind.OID, row(number, is_there))


# the first PDUs


@dataclass(slots=True)
class Pdu:
    """One PDU; A and V."""

    name: str
    status: int = 2
    voltage: int = 230
    breakers: list[list[float]] = field(default_factory=lambda: [[2.5, 1], [3.25, 1]])
    """Current and breakerStatus."""
    power: int = 1250
    load: int = 36


class CpqPduAgent(Agent):
    """PDUs with one management module.

    Args:
        units: How many.
        first: From which number they are counted.
    """

    def __init__(self, *, clock: Clock | None = None, units: int = 1, first: int = 1) -> None:
        super().__init__(clock=clock)
        self.pdus = [Pdu(f"pdu {number + 1}") for number in range(units)]
        self.add_system(f"{H}.2", "HP PDU Management Module", name="pdu-card")
        integer, octets = Kind.INTEGER, Kind.OCTETS
        self.tree.add(H, (("2.1.1.0", integer, units), ("1.2.3.0", octets, "1.2")))
        for number, pdu in enumerate(self.pdus, first):
            self.tree.add(
                f"{H}.2",
                (
                    (f"1.2.1.1.{number}", integer, number),
                    (f"1.2.1.2.{number}", octets, lambda pdu=pdu: pdu.name),
                    (f"1.2.1.3.{number}", octets, "HP 24A PDU"),
                    (f"1.2.1.4.{number}", octets, "Hewlett-Packard"),
                    (f"1.2.1.5.{number}", octets, "1.21"),
                    (f"1.2.1.6.{number}", octets, "252663-D72"),
                    (f"1.2.1.7.{number}", octets, f"MT0000{number}"),
                    (f"1.2.1.8.{number}", integer, lambda pdu=pdu: pdu.status),
                    (f"1.2.1.9.{number}", integer, 2),
                    (f"2.1.1.1.{number}", integer, number),
                    (f"2.1.1.2.{number}", integer, lambda pdu=pdu: pdu.voltage),
                    (
                        f"2.1.1.3.{number}",
                        integer,
                        lambda pdu=pdu: sum(each[0] for each in pdu.breakers) * 100,
                    ),
                    (f"3.1.1.1.{number}", integer, number),
                    (f"3.1.1.2.{number}", integer, lambda pdu=pdu: pdu.load),
                    (f"3.1.1.3.{number}", integer, -1),
                    (f"3.1.1.4.{number}", integer, lambda pdu=pdu: pdu.power),
                    (f"3.1.1.5.{number}", integer, len(pdu.breakers)),
                ),
            )
            self.let_write(f"{H}.2.1.2.1.2.{number}", f"pduName.{number}", self._rename(pdu))
            for which, breaker in enumerate(pdu.breakers, 1):
                where = f"{number}.{which}"
                self.tree.add(
                    f"{H}.2.3.2.1",
                    (
                        (f"1.{where}", integer, which),
                        (f"2.{where}", integer, lambda pdu=pdu: pdu.voltage),
                        (f"3.{where}", integer, lambda breaker=breaker: breaker[0] * 100),
                        (f"4.{where}", integer, lambda breaker=breaker: breaker[0] * 10),
                        (f"5.{where}", integer, lambda breaker=breaker: breaker[1]),
                    ),
                )

    @staticmethod
    def _rename(pdu: Pdu) -> Callable[[bytes], None]:
        def rename(value: bytes) -> None:
            pdu.name = value.decode()

        return rename


class CpqRackAgent(Agent):
    """A power distribution rack.

    Args:
        panels: How many.
        breakers: Of each panel.
    """

    def __init__(self, *, clock: Clock | None = None, panels: int = 2, breakers: int = 3) -> None:
        super().__init__(clock=clock)
        self.add_system(f"{H}.4", "HP PDR", name="pdr-card")
        integer, octets = Kind.INTEGER, Kind.OCTETS
        self.tree.add(
            f"{H}.4",
            (
                ("1.1.0", octets, "pdr 1"),
                ("1.2.0", octets, "HP PDR 60 kVA"),
                ("1.3.0", octets, "Hewlett-Packard"),
                ("1.4.0", octets, "1.5"),
                ("1.5.0", octets, "AF389A"),
                ("1.6.0", octets, "CN80123456"),
                ("1.7.0", integer, 60_000),
                ("1.8.0", integer, 208),
                ("1.9.0", integer, 3),
                ("1.10.0", integer, panels),
                ("1.11.0", integer, breakers),
            ),
        )
        for panel in range(1, panels + 1):
            columns = (600, 4000 + panel, 125, 20, 300, 1500, 120, 121, 122, 11, 12, 13, 9, 10, 11)
            self.tree.add(
                f"{H}.4.2.1.1",
                [(f"{column}.{panel}", integer, said) for column, said in enumerate(columns, 2)],
            )
            for breaker in range(1, breakers + 1):
                said = (panel, breaker, 1, 1, 20, 3, 30, 150, 5, 25, 600, 80, 100)
                self.tree.add(
                    f"{H}.4.3.1.1",
                    [
                        (f"{column}.{panel}.{breaker}", integer, each)
                        for column, each in enumerate(said, 2)
                    ],
                )
