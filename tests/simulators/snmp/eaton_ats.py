"""Eaton's transfer switches ATS16 (EATON-ATS2-MIB) and ATS30 (eaton-ats.mib), from the documents.

Both feed a load from the preferred source while it is good, else from the other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, override

from .agent import Agent
from .eaton_environment import Emp, Sensor, SensorBus, add_emp
from .objects import Kind, oid
from tests.simulators.clock import Clock

ATS16 = "1.3.6.1.4.1.534.10.2"
ATS30 = "1.3.6.1.4.1.534.10.1"
MGE = "1.3.6.1.4.1.705.1"


@dataclass(slots=True)
class Source:
    """One feed; it is good near its nominal values."""

    voltage: float = 230.0
    frequency: float = 50.0
    low: float = 184.0
    high: float = 264.0
    internal_failure: bool = False
    bad_waveform: bool = False

    @property
    def is_good(self) -> bool:
        """Whether it can feed the load."""
        return self.low <= self.voltage <= self.high and 45 <= self.frequency <= 65


class TransferSwitch(Agent):
    """What both have: two sources, of which one feeds the load."""

    def __init__(self, object_id: str, *, clock: Clock | None = None) -> None:
        super().__init__(clock=clock)
        self.sources = [Source(), Source(voltage=228.5, frequency=49.9)]
        self.preferred = 1
        self.sensitivity = 1
        self.used: int | None = 1
        self.current = 4.2
        self.link_lost = False
        self.mode: int | None = None
        """An operation mode beside those of the sources: 1, 2, 6 or 7."""
        self.add_system(object_id, "Simulated Eaton ATS", name="ats-card")

    @property
    def source(self) -> Source | None:
        """The source that feeds the load."""
        return None if self.used is None else self.sources[self.used - 1]

    @override
    def advance(self) -> None:
        """Choose the source."""
        good = [number for number, one in enumerate(self.sources, 1) if one.is_good]
        wanted = self.preferred if self.preferred in good else next(iter(good), None)
        if wanted != self.used:
            self.used = wanted
            self.switched()

    def switched(self) -> None:
        """Tell of another source."""

    def _operation_mode(self) -> int:
        if self.mode is not None:
            return self.mode
        return 3 if self.used is None else 3 + self.used

    def _output_voltage(self) -> float:
        return 0 if self.source is None else self.source.voltage

    def _output_current(self) -> float:
        return 0 if self.source is None else self.current

    def keep(
        self, where: str, name: str, do: Callable[[Any], None], allowed: set[int] | None = None
    ) -> None:
        """Let an object be written."""
        self.let_write(where, name, do, allowed.__contains__ if allowed else None)


class EatonAts16Agent(TransferSwitch):
    """An ATS16.

    Args:
        legacy: A card before Network-M2: it has MGE's sysObjectID.
        emp: An environment probe.
        sensors: The newer sensors.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        legacy: bool = False,
        emp: Emp | None = None,
        sensors: list[Sensor] | None = None,
    ) -> None:
        super().__init__(MGE if legacy else ATS16, clock=clock)
        self.overload = 1
        self.dephasing = 3
        self.output_voltage = 230
        self.transfer_mode = 1
        self.test = 6
        self.states = {"3.1.1": 1, "3.3.1": 1, "3.3.4": 1, "3.3.5": 1, "3.3.7": 1}
        """Objects that are 1 when all is well."""
        self._build()
        if emp is not None:
            add_emp(self, f"{ATS16}.5", 1, emp)
        if sensors is not None:
            SensorBus(sensors).add_to(self)

    def _build(self) -> None:
        integer, octets = Kind.INTEGER, Kind.OCTETS
        self.tree.add(
            ATS16,
            (
                ("1.1.0", octets, "EATON"),
                ("1.2.0", octets, "Eaton ATS 16 Netpack "),
                ("1.3.0", octets, "00.03.0001"),
                ("1.4.0", octets, "2014-01-01"),
                ("1.5.0", octets, "GA04F23009"),
                ("1.6.0", octets, "EATS16N"),
                ("1.7.0", octets, "KC"),
                ("2.1.1.0", integer, lambda: self.dephasing),
                ("2.3.1.0", integer, lambda: self._output_voltage() * 10),
                ("2.3.2.0", integer, lambda: self._output_current() * 10),
                ("2.4.0", integer, self._operation_mode),
                *(
                    (f"{where}.0", integer, lambda each=where: self.states[each])
                    for where in self.states
                ),
                ("3.3.2.0", integer, lambda: 1 if self.used is None else 2),
                ("3.3.3.0", integer, lambda: self.overload),
                ("3.3.6.0", integer, lambda: 2 if self.link_lost else 1),
                ("4.1.1.0", Kind.COUNTER, 1710506096),
                ("4.1.2.0", octets, "03/15/2024"),
                ("4.1.3.0", octets, "12:34:56"),
                ("4.2.0", integer, 230),
                ("4.3.0", integer, 50),
                ("4.4.0", integer, lambda: self.output_voltage),
                ("4.5.0", integer, lambda: self.preferred),
                ("4.6.0", integer, lambda: self.sensitivity),
                ("4.7.0", integer, lambda: self.transfer_mode),
                ("4.8.0", integer, lambda: self.test),
                ("4.9.0", integer, 184),
                ("4.10.0", integer, 195),
                ("4.11.0", integer, 264),
                ("4.12.0", integer, 10),
            ),
        )
        for number, source in enumerate(self.sources, 1):
            self.tree.add(
                ATS16,
                (
                    (f"2.2.1.1.{number}", integer, number),
                    (f"2.2.1.2.{number}", integer, lambda one=source: one.voltage * 10),
                    (f"2.2.1.3.{number}", integer, lambda one=source: one.frequency * 10),
                    (f"3.2.1.1.{number}", integer, number),
                    (
                        f"3.2.1.2.{number}",
                        integer,
                        lambda one=source: 1 if 45 <= one.frequency <= 65 else 2,
                    ),
                    (f"3.2.1.3.{number}", integer, lambda one=source: self._summary(one)),
                    (
                        f"3.2.1.4.{number}",
                        integer,
                        lambda one=source: 2 if one.internal_failure else 1,
                    ),
                    (f"3.2.1.5.{number}", integer, lambda one=source: self._voltage(one)),
                    (
                        f"3.2.1.6.{number}",
                        integer,
                        lambda each=number: 2 if self.used == each else 1,
                    ),
                ),
            )
        self.keep(
            f"{ATS16}.4.4.0",
            "ats2ConfigOutputVoltage",
            lambda value: setattr(self, "output_voltage", value),
            {200, 208, 220, 230, 240},
        )
        for where, name, attribute, allowed in (
            ("4.5.0", "ats2ConfigPreferred", "preferred", {1, 2}),
            ("4.6.0", "ats2ConfigSensitivity", "sensitivity", {1, 2, 3}),
            ("4.7.0", "ats2ConfigTransferMode", "transfer_mode", {1, 2}),
        ):
            self.keep(
                f"{ATS16}.{where}",
                name,
                partial(setattr, self, attribute),
                allowed,
            )

    @staticmethod
    def _summary(source: Source) -> int:
        if not source.is_good:
            return 1
        if source.bad_waveform:
            return 4
        return 3 if source.voltage < 195 else 2

    @staticmethod
    def _voltage(source: Source) -> int:
        if source.voltage < 50:
            return 4
        if not source.low <= source.voltage <= source.high:
            return 3
        return 2 if source.voltage < 195 else 1

    @override
    def switched(self) -> None:
        """Send the trap of the source, or of an output without power."""
        number = 4 if self.used is None else 14 + self.used
        self.trap(oid(f"{ATS16}.10.{number}"))


class EatonAts30Agent(TransferSwitch):
    """An ATS30.

    Args:
        no_indicators: It has no bit masks, only the objects one by one.
    """

    def __init__(self, *, clock: Clock | None = None, no_indicators: bool = False) -> None:
        super().__init__(ATS30, clock=clock)
        self.switch_fault = self.over_current = self.hot = False
        self.no_output = False
        """An output without power although a source is chosen."""
        self.failures: set[tuple[int, int]] = set()
        """Column of the failure table and source."""
        self.config = {
            (column, source): value
            for column, value in (
                (2, 1700), (3, 1840), (4, 2640), (5, 30), (6, 20), (7, 5), (8, 35),
            )
            for source in (1, 2)
        }  # fmt: skip
        self.id_codes = b"rack 7"
        self.test = 2
        self._build()
        if no_indicators:
            self.tree.remove(f"{ATS30}.4.1", f"{ATS30}.4.3", f"{ATS30}.4.5")

    def _build(self) -> None:
        integer, octets = Kind.INTEGER, Kind.OCTETS
        self.tree.add(
            ATS30,
            (
                ("1.1.0", octets, "Eaton"),
                ("1.2.0", octets, "1.05"),
                ("1.3.1.0", integer, lambda: 2 if self.link_lost else 1),
                ("2.1.0", octets, "STS30-3"),
                ("2.2.0", octets, "2.10"),
                ("2.3.0", octets, "2012/06/01"),
                ("2.4.0", octets, "ATS30-0012345"),
                ("2.5.0", octets, lambda: self.id_codes),
                ("3.2.1.0", integer, lambda: self._output_voltage() * 10),
                ("3.2.2.0", integer, lambda: self._output_current() * 10),
                ("3.3.0", integer, 31),
                ("3.4.0", integer, 88),
                ("3.5.0", integer, 86400),
                ("3.6.0", integer, 12),
                ("3.7.0", integer, self._operation_mode),
                ("4.5.0", integer, self._indicator),
                *(
                    (f"4.6.{bit + 1}.0", integer, lambda b=bit: 2 - (self._indicator() >> b & 1))
                    for bit in range(4)
                ),
                ("6.1.1.0", integer, 763820096),
                ("6.1.2.0", octets, "03/15/2024"),
                ("6.1.3.0", octets, "12:34:56"),
                ("6.3.0", integer, 2300),
                ("6.4.0", integer, 5),
                ("6.5.0", integer, lambda: self.preferred),
                ("6.6.0", integer, lambda: self.sensitivity),
                ("6.7.0", integer, lambda: self.test),
            ),
        )
        for number, source in enumerate(self.sources, 1):
            self.tree.add(
                ATS30,
                (
                    (f"3.1.1.1.{number}", integer, number),
                    (f"3.1.1.2.{number}", integer, lambda one=source: one.voltage * 10),
                    (f"3.1.1.3.{number}", integer, lambda one=source: one.frequency * 10),
                    *(
                        (
                            f"4.4.1.{column}.{number}",
                            integer,
                            lambda c=column, n=number: self._failure(c, n),
                        )
                        for column in range(2, 12)
                    ),
                    *(
                        (
                            f"6.2.1.{column}.{number}",
                            integer,
                            lambda key=(column, number): self.config[key],
                        )
                        for column in range(2, 9)
                    ),
                ),
            )
            for column, name in (
                (2, "atsConfigInputTrip"),
                (3, "atsConfigInputBrownoutLow"),
                (4, "atsConfigInputBrownoutHigh"),
                (5, "atsConfigInputRecover"),
            ):
                self.keep(
                    f"{ATS30}.6.2.1.{column}.{number}",
                    f"{name}.{number}",
                    partial(self.config.__setitem__, (column, number)),
                )
        self.keep(
            f"{ATS30}.6.5.0",
            "atsConfigPreferred",
            lambda value: setattr(self, "preferred", value),
            {1, 2},
        )
        self.keep(
            f"{ATS30}.6.6.0",
            "atsConfigSensitivity",
            lambda value: setattr(self, "sensitivity", value),
            {1, 2},
        )
        self.keep(
            f"{ATS30}.6.7.0", "atsConfigTest", lambda value: setattr(self, "test", value), {1, 2}
        )

    def _failure(self, column: int, number: int) -> int:
        source = self.sources[number - 1]
        sagged = {
            8: source.voltage < 50,
            9: not source.low <= source.voltage <= source.high,
            10: not 45 <= source.frequency <= 65,
            11: not source.is_good,
        }
        return 1 if sagged.get(column) or (column, number) in self.failures else 2

    def _indicator(self) -> int:
        bits = (self.switch_fault, self.no_output or self.used is None, self.over_current, self.hot)
        return sum(1 << bit for bit, is_set in enumerate(bits) if is_set)

    @override
    def switched(self) -> None:
        """Send the trap of another input flow."""
        self.trap(oid(f"{ATS30}.20.0.4"))
