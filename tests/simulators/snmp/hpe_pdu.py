"""HPE's rack PDUs, from CPQPOWER-MIB 1.84: PDU2, PDU3, the modular PDU and the hPDU."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import override

from . import eaton_epdu
from .agent import Agent
from .objects import Kind, Object, Oid, SetError, Status, Value, oid
from tests.simulators.clock import Clock

H = "1.3.6.1.4.1.232.165"
GOOD = 1
DISCONNECTED, CONNECTED, BAD = 1, 2, 3
POWER_FACTOR = 0.95

type Limits = list[float]
"""Lower warning and critical, upper warning and critical; negative is none."""


def against(value: float, limits: Limits) -> int:
    """Return how a value stands against its limits: Eaton counts from 0, HPE from 1."""
    return GOOD + eaton_epdu.against(value, limits)


@dataclass(slots=True)
class Outlet:
    """One outlet; A while it is on, seconds."""

    name: str
    load: float = 0.5
    phase: int = 1
    is_on: bool = True
    switchable: int = 1
    power_on: int = 2
    sequence: int = 1
    off_time: int = 10
    shutoff: int = 120
    energy: int = 50_000
    """Wh."""
    due: dict[str, float] = field(default_factory=dict)
    """When "off", "on", "reboot" and the "return" after it are due."""

    @property
    def amperes(self) -> float:
        """The current at present."""
        return self.load if self.is_on else 0

    @property
    def status(self) -> int:
        """Off, on, pending off, pending on."""
        if self.is_on:
            return 3 if self.due.keys() & {"off", "reboot"} else 2
        return 4 if self.due.keys() & {"on", "return"} else 1


@dataclass(slots=True)
class Probe:
    """A temperature and humidity probe; °C and %."""

    name: str
    status: int = CONNECTED
    temperature: float = 23.5
    humidity: float = 41.0


@dataclass(slots=True)
class Contact:
    """A dry contact; one inside the unit has no probe status."""

    name: str
    state: int = 1
    status: int | None = CONNECTED


class Unit:
    """One PDU: ``phases`` 1, or 3 of a wye input."""

    def __init__(self, number: int, *, phases: int, outlets: int) -> None:
        self.number = number
        self.phases = phases
        self.status = 2
        self.controllable = 1
        self.fahrenheit = False
        self.voltage = 230.0
        self.frequency_bad = False
        self.breaker_off = False
        self.outlets = [
            Outlet(f"Outlet L{each % phases + 1}-{each + 1}", phase=each % phases + 1)
            for each in range(outlets)
        ]
        self.probes = [Probe("Rack front"), Probe("Rack rear", status=DISCONNECTED)]
        self.contacts = [
            Contact("Door"),
            Contact("Smoke", status=DISCONNECTED),
            Contact("Inside", state=2, status=None),
        ]
        self.voltage_limits: Limits = [210, 200, 250, 260]
        self.current_limits: Limits = [0, -1, 12.8, 16]
        self.outlet_limits: Limits = [0, -1, 8, 10]
        self.power_limits: Limits = [0, -1, 1800, 2300]

    def amperes(self, phase: int | None = None) -> float:
        """Return the current of a phase or of all."""
        return sum(each.amperes for each in self.outlets if phase in {None, each.phase})

    def degrees(self, celsius: float) -> float:
        """Return a temperature in the unit's scale."""
        return celsius * 1.8 + 32 if self.fahrenheit else celsius


class HpePduAgent(Agent):
    """A chain of switched PDUs.

    Args:
        newer: PDU3, else PDU2.
        units: How many are in the chain.
        phases: Phases of each.
        outlets: Outlets of each.
        first: From which number units are counted.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        newer: bool = False,
        units: int = 1,
        phases: int = 1,
        outlets: int = 3,
        first: int = 0,
    ) -> None:
        super().__init__(clock=clock)
        self.newer = newer
        self.tree_root = f"{H}.{11 if newer else 7}"
        self.prefix = "pdu3" if newer else "pdu2"
        self.volts, self.amperes = (10, 100) if newer else (1000, 1000)
        self.total = 1000 if newer else 1
        self.percent = 10 if newer else 1
        self.factor = 100 if newer else 1000
        self.watt_hours = 0.001 if newer else 1
        self.units = [Unit(first + each, phases=phases, outlets=outlets) for each in range(units)]
        self.add_system(self.tree_root, "Assy 7.3kVA 200-240V 32A WW maPDU", name="pdu-card")
        self.tree.add(
            H,
            (
                ("1.2.1.0", Kind.OCTETS, "HPE"),
                ("1.2.2.0", Kind.OCTETS, "management module"),
                ("1.2.3.0", Kind.OCTETS, "02.00.0044"),
                ("1.2.7.0", Kind.OCTETS, "3C00000000"),
            ),
        )
        self._said: dict[tuple[int, str], tuple[int, str]] = {}
        self.rebuild()

    def rebuild(self) -> None:
        """Put in the objects of the units that there are."""
        self.tree.remove(self.tree_root)
        self.tree[f"{self.tree_root}.1.1.0"] = Object(Kind.INTEGER, len(self.units))
        for unit in self.units:
            self._build_unit(unit)
            self._build_input(unit)
            self._build_group(unit)
            for number, outlet in enumerate(unit.outlets, 1):
                self._build_outlet(unit, number, outlet)
            self._build_probes(unit)

    def _columns(self, table: str, instance: str, rows: dict[int, object]) -> None:
        """Put in the columns of a row: texts are octets, everything else a number."""
        for column, get in rows.items():
            is_text = isinstance(get, str)
            kind = Kind.OCTETS if is_text else Kind.INTEGER
            self.tree[f"{self.tree_root}.{table}.{column}.{instance}"] = Object(
                kind,
                get,  # type: ignore[arg-type]
            )

    def _build_unit(self, unit: Unit) -> None:
        more = 1 if self.newer else 0
        rows: dict[int, object] = {
            1: unit.number,
            2: f"PDU {'AB'[self.units.index(unit)]}",
            3: "P9S20A" if self.newer else "AF533A",
            4: "Hewlett-Packard",
            5: "02.00.0051",
            6 + more: "820028-001",
            7 + more: f"3C8724139{unit.number}",
            8 + more: lambda: unit.status,
            9 + more: lambda: unit.controllable,
            10 + more: unit.phases,
            11 + more: unit.phases,
            12 + more: len(unit.outlets),
        }
        if self.newer:
            rows |= {6: "2019-09-16", 14: "94:57:A5:01:02:03", 15: "10.0.0.2", 16: "::"}
            # services, resets, the chain: everything here may be written
            self._columns(
                "1.3.1", str(unit.number), {1: unit.number, 7: 1, 8: 1, 9: 1, 10: 0, 11: 0}
            )
        self._columns("1.2.1", str(unit.number), rows)

    def _limit_columns(self, first: int, limits: Limits, scale: float) -> dict[int, object]:
        def said(place: int) -> Callable[[], float]:
            return lambda: -1 if limits[place] < 0 else limits[place] * scale

        return {first + place: said(place) for place in range(4)}

    def _build_input(self, unit: Unit) -> None:
        def watts(phase: int | None = None) -> float:
            return unit.amperes(phase) * unit.voltage * POWER_FACTOR

        rows: dict[int, object] = {
            1: 1 if unit.phases == 1 else 4,
            2: 500,
            3: lambda: 2 if unit.frequency_bad else 1,
            4: lambda: unit.amperes() * unit.voltage * self.total,
            5: lambda: watts() * self.total,
        }
        if self.newer:
            rows |= {6: 8123, 7: "", 8: 123_456_000, 9: 950, 10: 1000}
        else:
            rows |= {6: 8_123_456, 7: "", 8: 950, 9: 1}
        self._columns("2.1.1", str(unit.number), rows)
        shift = -1 if self.newer else 0
        for phase in range(1, unit.phases + 1):
            wire = 1 if unit.phases == 1 else 2 + phase
            rows = {
                1: phase,
                2: 1 if unit.phases == 1 else 1 + phase,
                3: lambda: unit.voltage * self.volts,
                4: lambda: against(unit.voltage, unit.voltage_limits),
                **self._limit_columns(5, unit.voltage_limits, self.volts),
                9: wire,
                10: 16 * self.amperes,
                11: lambda phase=phase: unit.amperes(phase) * self.amperes,
                12: lambda phase=phase: against(unit.amperes(phase), unit.current_limits),
                **self._limit_columns(13, unit.current_limits, self.amperes),
                18 + shift: lambda phase=phase: unit.amperes(phase) / 16 * 100 * self.percent,
                19 + shift: wire,
                20 + shift: lambda phase=phase: unit.amperes(phase) * unit.voltage,
                21 + shift: lambda phase=phase: watts(phase),
                22 + shift: (2_000_000 + phase * 1000) * self.watt_hours,
                24 + shift: POWER_FACTOR * self.factor,
                25 + shift: 1,
            }
            if not self.newer:
                rows[17] = 1414
            self._columns("2.2.1", f"{unit.number}.{phase}", rows)

    def _build_group(self, unit: Unit) -> None:
        shift = -1 if self.newer else 0
        for phase in range(1, unit.phases + 1):
            rows: dict[int, object] = {
                1: phase,
                2: f"Segment {phase}",
                3: 2,
                4: 1 if unit.phases == 1 else 1 + phase,
                5: lambda: unit.voltage * self.volts,
                6: lambda: against(unit.voltage, unit.voltage_limits),
                **self._limit_columns(7, unit.voltage_limits, self.volts),
                11: 16 * self.amperes,
                12: lambda phase=phase: unit.amperes(phase) * self.amperes,
                13: lambda phase=phase: against(unit.amperes(phase), unit.current_limits),
                **self._limit_columns(14, unit.current_limits, self.amperes),
                19 + shift: lambda phase=phase: unit.amperes(phase) / 16 * 100 * self.percent,
                20 + shift: lambda phase=phase: unit.amperes(phase) * unit.voltage,
                21 + shift: lambda phase=phase: unit.amperes(phase) * unit.voltage * POWER_FACTOR,
                22 + shift: 90_000 * self.watt_hours,
                24 + shift: POWER_FACTOR * self.factor,
                25 + shift: 1,
                26 + shift: sum(each.phase == phase for each in unit.outlets),
                27 + shift: lambda phase=phase: 3 if unit.breaker_off and phase == 1 else 2,
            }
            if not self.newer:
                rows[18] = 1414
            self._columns("3.1.1", f"{unit.number}.{phase}", rows)

    def _build_outlet(self, unit: Unit, number: int, outlet: Outlet) -> None:
        where, shift = f"{unit.number}.{number}", -1 if self.newer else 0

        def watts() -> float:
            return outlet.amperes * unit.voltage * POWER_FACTOR

        rows: dict[int, object] = {
            1: number,
            2: outlet.name,
            3: 1,
            4: 10 * self.amperes,
            5: lambda: outlet.amperes * self.amperes,
            12 + shift: lambda: outlet.amperes * 10 * self.percent,
            13 + shift: lambda: outlet.amperes * unit.voltage,
            14 + shift: watts,
            15 + shift: lambda: outlet.energy * self.watt_hours,
            # the sign is that of a recorded unit
            17 + shift: lambda: -POWER_FACTOR * self.factor if outlet.is_on else self.factor,
            18 + shift: -1,
        }
        if self.newer:
            rows |= {
                6: lambda: against(watts(), unit.power_limits),
                **self._limit_columns(7, unit.power_limits, 1),
            }
        else:
            rows |= {
                6: lambda: against(outlet.amperes, unit.outlet_limits),
                **self._limit_columns(7, unit.outlet_limits, self.amperes),
                11: 1414,
            }
        self._columns("5.1.1", where, rows)
        self._columns("5.2.1", where, {1: lambda: outlet.status})
        for column, name, what in ((2, "Off", "off"), (3, "On", "on"), (4, "Reboot", "reboot")):
            self._command(unit, outlet, f"5.2.1.{column}.{where}", name, what)
        for column, name, attribute, low, high in (
            (5, "PowerOnState", "power_on", 1, 3),
            (6, "SequenceDelay", "sequence", -1, 99_999),
            (7, "RebootOffTime", "off_time", -1, 99_999),
            (8, "Switchable", "switchable", 1, 2),
            (9, "ShutoffDelay", "shutoff", -1, 99_999),
        ):
            self._written(
                f"5.2.1.{column}.{where}",
                name,
                partial(getattr, outlet, attribute),
                partial(setattr, outlet, attribute),
                low,
                high,
            )

    def _written(
        self,
        where: str,
        name: str,
        get: Callable[[], int],
        do: Callable[[int], None],
        low: int,
        high: int,
        may: Callable[[], bool] = lambda: True,
    ) -> None:
        label = f"{self.prefix}OutletControl{name}.{'.'.join(where.split('.')[4:])}"

        def put(value: int | bytes | Oid) -> None:
            assert isinstance(value, int)
            do(value)
            self.writes.append((label, value))
            self.advance()

        def check(value: int | bytes | Oid) -> None:
            if not isinstance(value, int):
                raise SetError(Status.WRONG_TYPE)
            if not low <= value <= high:
                raise SetError(Status.WRONG_VALUE)
            if not may():
                raise SetError(Status.INCONSISTENT_VALUE)

        self.tree[f"{self.tree_root}.{where}"] = Object(Kind.INTEGER, get, put, check)

    def _command(self, unit: Unit, outlet: Outlet, where: str, name: str, what: str) -> None:
        """Put in an object that takes the seconds until it is done and counts them down."""

        def left() -> int:
            return round(outlet.due[what] - self.clock.now()) if what in outlet.due else -1

        def do(value: int) -> None:
            if value < 0:
                outlet.due.pop(what, None)
            else:
                outlet.due[what] = self.clock.now() + value

        def may() -> bool:
            return outlet.switchable == 1 and unit.controllable == 1

        self._written(where, f"{name}Cmd", left, do, -1, 99_999, may)

    def _build_probes(self, unit: Unit) -> None:
        self._columns(
            "4.1.1",
            str(unit.number),
            {1: lambda: 2 if unit.fahrenheit else 1, 2: 2, 3: 2, 4: 3},
        )
        for number, probe in enumerate(unit.probes, 1):
            self._build_probe(unit, f"{unit.number}.{number}", number, probe)
        for number, contact in enumerate(unit.contacts, 1):
            rows: dict[int, object] = {
                1: number,
                2: contact.name,
                4: lambda contact=contact: contact.state,
            }
            if contact.status is not None:
                rows[3] = lambda contact=contact: contact.status
            self._columns("4.4.1", f"{unit.number}.{number}", rows)

    def _build_probe(self, unit: Unit, where: str, number: int, probe: Probe) -> None:
        temperature_limits: Limits = [10, 5, 30, 35]
        humidity_limits: Limits = [20, 10, 80, 90]

        def measured(get: Callable[[], float]) -> Callable[[], float]:
            # the agent says 0 for a probe that is not there
            return lambda: get() if probe.status == CONNECTED else 0

        def limit(place: int) -> Callable[[], float]:
            return lambda: unit.degrees(temperature_limits[place]) * 10

        both: dict[int, object] = {1: number, 2: probe.name, 3: lambda: probe.status}
        self._columns(
            "4.2.1",
            where,
            {
                **both,
                4: measured(lambda: unit.degrees(probe.temperature) * 10),
                5: lambda: against(probe.temperature, temperature_limits),
                **{6 + place: limit(place) for place in range(4)},
            },
        )
        self._columns(
            "4.3.1",
            where,
            {
                **both,
                4: measured(lambda: probe.humidity * 10),
                5: lambda: against(probe.humidity, humidity_limits),
                **self._limit_columns(6, humidity_limits, 10),
            },
        )

    # life

    @override
    def advance(self) -> None:
        """Bring the units up to date: what is due is done, what has changed is told."""
        now = self.clock.now()
        for unit in self.units:
            for number, outlet in enumerate(unit.outlets, 1):
                was_on = outlet.is_on
                while ready := [(at, what) for what, at in outlet.due.items() if at <= now]:
                    at, what = min(ready)
                    del outlet.due[what]
                    if what == "reboot":
                        outlet.due["return"] = at + outlet.off_time
                    outlet.is_on = what in {"on", "return"}
                if was_on != outlet.is_on:
                    self.tell(3, f"Outlet {number} is {'on' if outlet.is_on else 'off'}")

    def tell(self, severity: int, said: str) -> None:
        """Send a trap: its number is a severity."""
        self.trap(
            oid(f"{H}.0.{severity}"),
            (
                (oid("1.3.6.1.2.1.1.5.0"), Value(Kind.OCTETS, b"pdu-card")),
                (oid(f"{H}.1.1.1.0"), Value(Kind.INTEGER, 100)),
                (oid(f"{H}.1.1.2.0"), Value(Kind.OCTETS, said.encode())),
            ),
        )


class HpeModularAgent(Agent):
    """A modular PDU: six outputs, one with an extension bar.

    Args:
        units: How many are detected.
    """

    def __init__(self, *, clock: Clock | None = None, units: int = 1) -> None:
        super().__init__(clock=clock)
        self.states = ["on"] * 6
        self.bar = ["On", "off", "on", "on", "on"]
        self.add_system(f"{H}.5", "HP Intelligent Modular PDU", name="mpdu")
        self.tree[f"{H}.5.1.1.0"] = Object(Kind.INTEGER, units)
        for unit in range(1, units + 1):
            self._build(unit)

    def _build(self, unit: int) -> None:
        integer, octets = Kind.INTEGER, Kind.OCTETS
        rows: list[tuple[str, Kind, object]] = [
            (f"1.2.1.{column}.{unit}", octets, said)
            for column, said in (
                (2, "Hewlett-Packard"),
                (3, "HP 8.6kVA 208V 30A iPDU"),
                (4, f"ipdu {unit}"),
                (5, "1.5.0"),
                (7, "AF531A"),
                (8, f"2CJ011A00{unit}"),
                (11, "98:4B:E1:00:00:01"),
                # 17.50 kVA
                (15, "1750"),
                (16, "24"),
                (17, "NEMA L15-30P"),
                (26, "Feed A"),
                (41, "America(208V)"),
            )
        ]
        rows += [
            (f"1.2.1.{column}.{unit}", integer, said)
            for column, said in ((18, 6), (19, 6), (22, 1), (38, 1280), (39, 1340), (40, 125))
        ]
        for output in range(1, 7):
            where = f"{unit}.{output}"
            rows.append((f"2.1.1.2.{where}", octets, lambda output=output: self.states[output - 1]))
            measured = (20, None, 125, 2095, 175, 366, 352, 96, 80, 95, 1_234_567)
            rows += [
                (f"2.1.1.{column}.{where}", integer, -1 if output == 6 and column > 4 else said)
                for column, said in enumerate(measured, 3)
                if said is not None
            ]
        for outlet in range(1, 6):
            where = f"{unit}.2.{outlet}"
            rows.append((f"4.1.1.2.{where}", octets, lambda outlet=outlet: self.bar[outlet - 1]))
            rows += [
                (f"4.1.1.{column}.{where}", integer, said)
                for column, said in (
                    (1, outlet),
                    (4, 10),
                    (5, 2098),
                    (6, 127),
                    (7, 255),
                    (8, 98),
                    (20, 54_321),
                )
            ]
            rows.append((f"4.1.1.9.{where}", octets, "blade 7" if outlet == 1 else ""))
            rows.append((f"4.1.1.11.{where}", octets, "BL460c" if outlet == 1 else ""))
        self.tree.add(f"{H}.5", rows)


class HpeHpduAgent(Agent):
    """An hPDU.

    Args:
        phases: Of the input.
        outlets: Monitored outlets.
        numbered: Whether each row of an outlet has a number of its own, or that of outlet and
            phase with a 1 behind.
        kind: hpduType.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        phases: int = 1,
        outlets: int = 2,
        numbered: bool = True,
        kind: str = "Wye",
    ) -> None:
        super().__init__(clock=clock)
        self.fan = "OK"
        self.inputs = ["on"] * phases
        self.outlets = ["on"] * (outlets * phases)
        self.add_system(f"{H}.9", "HP High Voltage PDU", name="hpdu")
        integer, octets = Kind.INTEGER, Kind.OCTETS
        rows: list[tuple[str, Kind, object]] = [("1.1.0", integer, phases)]
        rows += [
            (f"1.2.1.{column}.1", octets, said)
            for column, said in (
                (2, "Hewlett-Packard"),
                (3, "HP 17.3kVA hPDU"),
                (4, "hpdu 1"),
                (5, "1.0.2"),
                (7, "AF915A"),
                (8, "2CJ2220001"),
                (10, kind),
                (11, "1730"),
                (12, "48"),
                (13, ""),
                (16, lambda: self.fan),
            )
        ]
        rows += [("1.2.1.14.1", integer, outlets), ("1.2.1.15.1", integer, outlets)]
        rows.append(("1.2.1.17.1", integer, 251))
        for phase in range(1, phases + 1):
            rows.append((f"2.1.1.2.{phase}", octets, lambda phase=phase: self.inputs[phase - 1]))
            columns = (48, 2300 + phase, 1000 + phase, 2310, 2200, 95, 80, 95, 3_000_000)
            rows += [
                (f"2.1.1.{column}.{phase}", integer, said) for column, said in enumerate(columns, 3)
            ]
        number = 0
        for outlet in range(1, outlets + 1):
            for phase in range(1, phases + 1):
                number += 1
                where = f"{outlet}.{phase}.{number if numbered else 1}"
                rows.append(
                    (f"3.1.1.2.{where}", octets, lambda number=number: self.outlets[number - 1])
                )
                measured = (16, 300 + number, 2301, 480, 1104, 1050, 95, 80, 95, 1_500_000)
                rows += [
                    (f"3.1.1.{column}.{where}", integer, said)
                    for column, said in enumerate(measured, 3)
                ]
        self.tree.add(f"{H}.9", rows)
