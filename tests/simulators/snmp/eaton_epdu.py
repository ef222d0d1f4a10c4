"""A chain of Eaton ePDUs with one network card, from EATON-EPDU-MIB.

Quirks: ``no_totals`` no inputTotalPowerTable, ``signed`` a power factor with the sign of a recorded
unit, ``no_delays`` an IPV or IPC model, which refuses delayed commands.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import override

from .agent import Agent
from .objects import Kind, Object, Oid, SetError, Status, Value, oid
from tests.simulators.clock import Clock

U = "E.534.6.6.7"
QUIRKS = frozenset({"no_totals", "signed", "no_delays"})

SINGLE, SPLIT, DELTA, WYE = 1, 2, 3, 4
"""inputType."""
GOOD, LOW_WARNING, LOW_CRITICAL, HIGH_WARNING, HIGH_CRITICAL = range(5)

type Rows = tuple[tuple[str, Kind, object], ...]
type Limits = list[int]
"""Lower warning and critical, upper warning and critical, in raw units; negative is none."""


def against(value: float, limits: Sequence[float]) -> int:
    """Return how a value stands against its limits."""
    low_warning, low_critical, high_warning, high_critical = limits
    if 0 <= high_critical < value:
        return HIGH_CRITICAL
    if 0 <= high_warning < value:
        return HIGH_WARNING
    if value < low_critical:
        return LOW_CRITICAL
    if value < low_warning:
        return LOW_WARNING
    return GOOD


@dataclass(slots=True)
class Outlet:
    """One outlet; seconds, and A when it is on."""

    name: str
    load: float = 0.5
    phase: int = 1
    group: int = 1
    on: bool = True
    switchable: int = 1
    power_on: int = 2
    sequence: int = 1
    off_time: int = 10
    shutoff: int = 120
    energy: int = 50_000
    limits: Limits = field(default_factory=lambda: [0, -1, 8000, 10_000])
    due: dict[str, float] = field(default_factory=dict)
    """When "off", "on", "reboot" and the "return" after it are due."""

    @property
    def milliamperes(self) -> float:
        """The current at present."""
        return self.load * 1000 if self.on else 0

    @property
    def status(self) -> int:
        """outletControlStatus: off, on, pending off, pending on."""
        if self.on:
            return 2 if self.due.keys() & {"off", "reboot"} else 1
        return 3 if self.due.keys() & {"on", "return"} else 0


@dataclass(slots=True)
class Group:
    """A breaker (1 pole) or an outlet section."""

    name: str
    kind: int = 4
    phase: int = 1
    breaker: int = 0
    energy: int = 90_000
    limits: Limits = field(default_factory=lambda: [0, -1, 12_800, 16_000])
    due: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Probe:
    """A temperature and humidity probe; °C and %."""

    name: str
    status: int = 1
    temperature: float = 23.5
    humidity: float = 41.0
    temperature_limits: Limits = field(default_factory=lambda: [100, 50, 300, 350])
    humidity_limits: Limits = field(default_factory=lambda: [200, 100, 800, 900])


@dataclass(slots=True)
class Contact:
    """A dry contact; one inside the unit has no probe status."""

    name: str
    closed: bool = False
    status: int | None = 1


class Unit:
    """One ePDU of the chain: ``phases`` 1, or 3 of a wye input."""

    def __init__(self, number: int, *, phases: int, outlets: int) -> None:
        self.number = number
        self.phases = phases
        self.name = f"rack pdu {number + 1}"
        self.serial = f"H619P4405{number}"
        self.fahrenheit = False
        self.lost = False
        self.failed = False
        self.voltage = 230.0
        self.frequency = 50.0
        self.frequency_bad = False
        self.energy = [8_000_000 + phase for phase in range(phases)]
        self.plug = 103 if phases == 1 else 304
        self.feed = "Feed A"
        self.voltage_limits: list[Limits] = [
            [210_000, 200_000, 250_000, 260_000] for _ in range(phases)
        ]
        self.current_limits: list[Limits] = [[0, -1, 12_800, 16_000] for _ in range(phases)]
        self.outlets = [
            Outlet(
                f"Outlet A{each + 1}",
                phase=each % phases + 1,
                group=each % phases + 1,
                sequence=each + 1,
            )
            for each in range(outlets)
        ]
        self.groups = [Group(f"Section A{each + 1}", phase=each + 1) for each in range(phases)]
        self.groups.append(Group("Breaker B1", kind=1, breaker=1))
        self.probes: list[Probe] = [Probe("Rack front"), Probe("Rack rear", status=0)]
        self.contacts: list[Contact] = [Contact("Door"), Contact("Smoke"), Contact("Inside")]
        self.contacts[1].status = 0
        self.contacts[2].status = None
        self.due: dict[str, float] = {}

    def amperes(self, phase: int | None = None) -> float:
        """Return the current of a phase or of all, in mA."""
        return sum(
            outlet.milliamperes for outlet in self.outlets if phase is None or outlet.phase == phase
        )

    def volt_amperes(self, phase: int | None = None) -> float:
        """Return VA."""
        return self.amperes(phase) / 1000 * self.voltage

    def children(self, group: int) -> list[Outlet]:
        """Return the outlets of a section."""
        return [outlet for outlet in self.outlets if outlet.group == group]

    def degrees(self, celsius: float) -> float:
        """Return tenths of a degree of the unit's scale."""
        return (celsius * 1.8 + 32) * 10 if self.fahrenheit else celsius * 10


POWER_FACTOR = 0.95


class EatonEpduAgent(Agent):
    """One or several ePDUs.

    Args:
        units: How many are in the chain.
        phases: Phases of each, one number for all or one each.
        outlets: Outlets of each.
        quirks: See the module.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        units: int = 1,
        phases: int | tuple[int, ...] = 1,
        outlets: int = 3,
        quirks: frozenset[str] = frozenset(),
        object_id: str = U,
    ) -> None:
        if unknown := quirks - QUIRKS:
            raise ValueError(f"no quirk {', '.join(unknown)}")
        super().__init__(clock=clock)
        self.quirks = quirks
        each = (phases,) * units if isinstance(phases, int) else phases
        self.units = [Unit(number, phases=each[number], outlets=outlets) for number in range(units)]
        self._said: dict[tuple[int, Oid], int] = {}
        self.add_system(object_id, "Eaton ePDU MA 1P IN: 16A OUT: C13", name="epdu-card")
        self.rebuild()

    # objects

    def rebuild(self) -> None:
        """Put in the objects of the units that there are."""
        self.tree.remove(U)
        present = ",".join(str(unit.number) for unit in self.units)
        self._add("1.1.0", Kind.OCTETS, present)
        for unit in self.units:
            self._build_unit(unit)
            self._build_input(unit)
            for number, group in enumerate(unit.groups, 1):
                self._build_group(unit, number, group)
            for number, outlet in enumerate(unit.outlets, 1):
                self._build_outlet(unit, number, outlet)
            self._build_probes(unit)
        self._said = self._statuses()

    def _add(
        self,
        where: str,
        kind: Kind,
        get: object,
        name: str = "",
        put: Callable[..., None] | None = None,
        allowed: tuple[int, int] | None = None,
    ) -> None:
        """Put in an object, one that is written with its name and what it takes."""
        made = Object(kind, get)  # type: ignore[arg-type]
        if put is not None:
            label = f"{name}.{'.'.join(where.split('.')[4:])}"

            def write(value: int | bytes | Oid) -> None:
                put(value.decode() if isinstance(value, bytes) else value)
                self.writes.append((label, value))
                self.advance()

            def check(value: int | bytes | Oid) -> None:
                if kind is Kind.OCTETS:
                    if not isinstance(value, bytes):
                        raise SetError(Status.WRONG_TYPE)
                    if allowed and not allowed[0] <= len(value) <= allowed[1]:
                        raise SetError(Status.WRONG_LENGTH)
                elif not isinstance(value, int):
                    raise SetError(Status.WRONG_TYPE)
                elif allowed and not allowed[0] <= value <= allowed[1]:
                    raise SetError(Status.WRONG_VALUE)

            made.put, made.check = write, check
        self.tree[f"{U}.{where}"] = made

    def _attribute(
        self,
        where: str,
        kind: Kind,
        name: str,
        of: object,
        attribute: str,
        allowed: tuple[int, int],
    ) -> None:
        """Put in an object that is kept as it is written."""
        self._add(
            where,
            kind,
            lambda: getattr(of, attribute),
            name,
            lambda value: setattr(of, attribute, value),
            allowed,
        )

    def _limits(
        self, table: str, first: int, instance: str, name: str, limits: Limits, highest: int
    ) -> None:
        for place, limit in enumerate(
            ("LowerWarning", "LowerCritical", "UpperWarning", "UpperCritical")
        ):
            self._add(
                f"{table}.{first + place}.{instance}",
                Kind.INTEGER,
                lambda place=place: limits[place],
                f"{name}Th{limit}",
                partial(limits.__setitem__, place),
                (-1, highest),
            )

    def _build_unit(self, unit: Unit) -> None:
        s = unit.number
        integer, octets = Kind.INTEGER, Kind.OCTETS
        for column, kind, get in (
            (2, octets, "EPDU MA 0U"),
            (3, octets, "EMAB22"),
            (4, octets, lambda: unit.serial),
            (5, octets, "05.01.0002"),
            # 2026-03-09 12:34:56.0 UTC+01:00
            (8, octets, bytes((0x07, 0xEA, 3, 9, 12, 34, 56, 0, ord("+"), 1, 0))),
            (10, integer, 3),
            (20, integer, 1),
            (21, integer, lambda: len(unit.groups)),
            (22, integer, lambda: len(unit.outlets)),
            (23, integer, lambda: len(unit.probes)),
            (24, integer, lambda: len(unit.probes)),
            (25, integer, lambda: len(unit.contacts)),
            (30, integer, 0),
            (31, integer, lambda: unit.failed),
            (32, integer, lambda: unit.lost),
        ):
            self._add(f"1.2.1.{column}.{s}", kind, get)
        self._attribute(f"1.2.1.6.{s}", octets, "unitName", unit, "name", (1, 63))
        self._attribute(f"1.2.1.9.{s}", integer, "temperatureScale", unit, "fahrenheit", (0, 1))
        self._command(f"1.3.1.2.{s}", "unitControlOffCmd", unit.due, "off")
        self._command(f"1.3.1.3.{s}", "unitControlOnCmd", unit.due, "on")
        self._add(f"6.7.1.2.{s}", integer, 1)

    def _build_input(self, unit: Unit) -> None:
        s = unit.number
        integer = Kind.INTEGER
        sign = -1 if "signed" in self.quirks else 1
        for column, get in (
            (2, SINGLE if unit.phases == 1 else WYE),
            (3, lambda: unit.frequency * 10),
            (4, lambda: unit.frequency_bad),
            (5, unit.phases),
            (6, unit.phases if unit.phases == 1 else unit.phases + 1),
            (7, unit.phases if unit.phases == 1 else unit.phases + 1),
            (8, unit.plug),
        ):
            self._add(f"3.1.1.{column}.{s}.1", integer, get)
        self._attribute(f"3.1.1.10.{s}.1", Kind.OCTETS, "inputFeedName", unit, "feed", (1, 31))
        for phase in range(1, unit.phases + 1):
            where = f"{s}.1.{phase}"
            voltage, current = unit.voltage_limits[phase - 1], unit.current_limits[phase - 1]
            for name, get in (
                ("3.2.1.2", 1 if unit.phases == 1 else 1 + phase),
                ("3.2.1.3", lambda: unit.voltage * 1000),
                ("3.2.1.4", lambda voltage=voltage: against(unit.voltage * 1000, voltage)),
                ("3.3.1.2", 1 if unit.phases == 1 else 2 + phase),
                ("3.3.1.3", 16_000),
                ("3.3.1.4", lambda phase=phase: unit.amperes(phase)),
                (
                    "3.3.1.5",
                    lambda phase=phase, current=current: against(unit.amperes(phase), current),
                ),
                ("3.3.1.10", 1414),
                ("3.3.1.11", lambda phase=phase: unit.amperes(phase) / 160),
            ):
                self._add(f"{name}.{where}", integer, get)
            self._limits("3.2.1", 5, where, "inputVoltage", voltage, 500_000)
            self._limits("3.3.1", 6, where, "inputCurrent", current, 100_000)
            self._build_power(unit, f"3.4.1.{{}}.{where}", phase, phase, sign)
        if unit.phases > 1:
            neutral = f"{s}.1.{unit.phases + 1}"
            for column, get in ((2, 2), (3, -1), (4, 250), (5, 0), (10, -1), (11, -1)):
                self._add(f"3.3.1.{column}.{neutral}", integer, get)
            self._build_power(unit, f"3.4.1.{{}}.{neutral}", 4, None, sign)
        if "no_totals" not in self.quirks:
            where = f"{s}.1"
            rows: Rows = (
                ("3", integer, unit.volt_amperes),
                ("4", integer, lambda: unit.volt_amperes() * POWER_FACTOR),
                ("5", Kind.GAUGE, lambda: sum(unit.energy)),
                ("6", Kind.GAUGE, 1_700_853_055),
                ("7", integer, POWER_FACTOR * 1000),
                ("8", integer, -541),
                ("9", integer, 3680),
            )
            for each, kind, said in rows:
                self._add(f"3.5.1.{each}.{where}", kind, said)

    def _build_power(self, unit: Unit, where: str, kind: int, phase: int | None, sign: int) -> None:
        energy = (lambda: sum(unit.energy)) if phase is None else (lambda: unit.energy[phase - 1])
        for column, type_, get in (
            (2, Kind.INTEGER, kind),
            (3, Kind.INTEGER, lambda: unit.volt_amperes(phase)),
            (4, Kind.INTEGER, lambda: unit.volt_amperes(phase) * POWER_FACTOR),
            (5, Kind.GAUGE, energy),
            (7, Kind.INTEGER, sign * POWER_FACTOR * 1000),
            (8, Kind.INTEGER, -541),
        ):
            self._add(where.format(column), type_, get)

    def _build_group(self, unit: Unit, number: int, group: Group) -> None:
        where = f"{unit.number}.{number}"
        integer = Kind.INTEGER

        def children() -> list[Outlet]:
            return unit.children(number) if group.kind == 4 else unit.outlets

        def current() -> float:
            return sum(outlet.milliamperes for outlet in children())

        for column, kind, get in (
            ("5.1.1.2", Kind.OCTETS, group.name.split()[-1]),
            ("5.1.1.4", integer, group.kind),
            ("5.1.1.5", integer, lambda: group.breaker),
            ("5.1.1.6", integer, lambda: len(children())),
            ("5.1.1.9", integer, 1),
            ("5.3.1.2", integer, 1 if unit.phases == 1 else 1 + group.phase),
            ("5.3.1.3", integer, lambda: unit.voltage * 1000),
            ("5.3.1.4", integer, 0),
            ("5.4.1.2", integer, 16_000),
            ("5.4.1.3", integer, current),
            ("5.4.1.4", integer, lambda: against(current(), group.limits)),
            ("5.4.1.9", integer, 1414),
            ("5.4.1.10", integer, lambda: current() / 160),
            ("5.5.1.2", integer, lambda: current() / 1000 * unit.voltage),
            ("5.5.1.3", integer, lambda: current() / 1000 * unit.voltage * POWER_FACTOR),
            ("5.5.1.4", Kind.GAUGE, lambda: group.energy),
            ("5.5.1.6", integer, POWER_FACTOR * 1000),
        ):
            self._add(f"{column}.{where}", kind, get)
        self._attribute(f"5.1.1.3.{where}", Kind.OCTETS, "groupName", group, "name", (1, 31))
        self._limits("5.4.1", 5, where, "groupCurrent", group.limits, 100_000)
        if group.kind != 4:
            return

        def status() -> int:
            states = {outlet.on for outlet in children()}
            if any("return" in outlet.due for outlet in children()):
                return 2
            return 3 if len(states) > 1 else int(True in states)

        self._add(f"5.6.1.2.{where}", integer, status)
        for each, name, what in ((3, "Off", "off"), (4, "On", "on"), (5, "Reboot", "reboot")):
            self._command(
                f"5.6.1.{each}.{where}",
                f"groupControl{name}Cmd",
                group.due,
                what,
                highest=0 if what == "reboot" else 99_999,
            )

    def _build_outlet(self, unit: Unit, number: int, outlet: Outlet) -> None:
        where = f"{unit.number}.{number}"
        integer = Kind.INTEGER
        watts = POWER_FACTOR * unit.voltage / 1000
        for column, kind, get in (
            ("6.1.1.2", Kind.OCTETS, str(number)),
            ("6.1.1.4", integer, 1),
            ("6.1.1.5", integer, 1),
            ("6.1.1.6", Kind.OCTETS, f"A{number}"),
            ("6.1.1.7", integer, 1 if unit.phases == 1 else 1 + outlet.phase),
            ("6.2.1.2", integer, 2),
            ("6.2.1.3", Kind.OID, oid(f"{U}.5.1.1.{unit.number}.{outlet.group}")),
            ("6.3.1.2", integer, lambda: unit.voltage * 1000 if outlet.on else 0),
            ("6.4.1.2", integer, 10_000),
            ("6.4.1.3", integer, lambda: outlet.milliamperes),
            ("6.4.1.4", integer, lambda: against(outlet.milliamperes, outlet.limits)),
            ("6.4.1.9", integer, 1414),
            ("6.4.1.10", integer, lambda: outlet.milliamperes / 100),
            ("6.5.1.2", integer, lambda: outlet.milliamperes / 1000 * unit.voltage),
            ("6.5.1.3", integer, lambda: outlet.milliamperes * watts),
            ("6.5.1.4", Kind.GAUGE, lambda: outlet.energy),
            ("6.5.1.6", integer, lambda: POWER_FACTOR * 1000),
            ("6.6.1.2", integer, lambda: outlet.status),
        ):
            # the child table has one number more
            more = ".1" if column.startswith("6.2.") else ""
            self._add(f"{column}.{where}{more}", kind, get)
        for column, kind, name, attribute, allowed in (
            ("6.1.1.3", Kind.OCTETS, "outletName", "name", (1, 31)),
            ("6.6.1.6", integer, "outletControlPowerOnState", "power_on", (0, 2)),
            ("6.6.1.7", integer, "outletControlSequenceDelay", "sequence", (-1, 99_999)),
            ("6.6.1.8", integer, "outletControlRebootOffTime", "off_time", (1, 99_999)),
            ("6.6.1.9", integer, "outletControlSwitchable", "switchable", (1, 2)),
            ("6.6.1.10", integer, "outletControlShutoffDelay", "shutoff", (-1, 99_999)),
        ):
            self._attribute(f"{column}.{where}", kind, name, outlet, attribute, allowed)
        self._limits("6.4.1", 5, where, "outletCurrent", outlet.limits, 100_000)
        for each, name, what in ((3, "Off", "off"), (4, "On", "on"), (5, "Reboot", "reboot")):
            self._command(
                f"6.6.1.{each}.{where}",
                f"outletControl{name}Cmd",
                outlet.due,
                what,
                may=lambda: outlet.switchable == 1,
            )

    def _build_probes(self, unit: Unit) -> None:
        for number, probe in enumerate(unit.probes, 1):
            self._build_probe(unit, f"{unit.number}.{number}", probe)
        for number, contact in enumerate(unit.contacts, 1):
            self._build_contact(f"{unit.number}.{number}", contact)

    def _build_probe(self, unit: Unit, where: str, probe: Probe) -> None:
        def degrees() -> float:
            return unit.degrees(probe.temperature)

        def humidity() -> float:
            return probe.humidity * 10

        def measured(value: Callable[[], float]) -> Callable[[], float]:
            # the agent says 0 for a probe that is not there
            return lambda: value() if probe.status == 1 else 0

        rows: Rows = (
            ("7.1.1.3", Kind.INTEGER, lambda: probe.status),
            ("7.1.1.4", Kind.INTEGER, measured(degrees)),
            (
                "7.1.1.5",
                Kind.INTEGER,
                measured(lambda: against(degrees(), probe.temperature_limits)),
            ),
            ("7.2.1.2", Kind.OCTETS, "Humidity"),
            ("7.2.1.3", Kind.INTEGER, lambda: probe.status),
            ("7.2.1.4", Kind.INTEGER, measured(humidity)),
            (
                "7.2.1.5",
                Kind.INTEGER,
                measured(lambda: against(humidity(), probe.humidity_limits)),
            ),
        )
        for column, kind, get in rows:
            self._add(f"{column}.{where}", kind, get)
        self._attribute(f"7.1.1.2.{where}", Kind.OCTETS, "temperatureName", probe, "name", (1, 31))
        self._limits("7.1.1", 6, where, "temperature", probe.temperature_limits, 150_000)
        self._limits("7.2.1", 6, where, "humidity", probe.humidity_limits, 1000)

    def _build_contact(self, where: str, contact: Contact) -> None:
        self._attribute(f"7.3.1.2.{where}", Kind.OCTETS, "contactName", contact, "name", (1, 31))
        if contact.status is not None:
            self._add(f"7.3.1.3.{where}", Kind.INTEGER, lambda: contact.status)
        self._add(f"7.3.1.4.{where}", Kind.INTEGER, lambda: contact.closed)

    # commands: the seconds until they are done, read back as a countdown

    def _command(
        self,
        where: str,
        name: str,
        due: dict[str, float],
        what: str,
        *,
        highest: int = 99_999,
        may: Callable[[], bool] = lambda: True,
    ) -> None:
        def left() -> int:
            return round(due[what] - self.clock.now()) if what in due else -1

        def put(value: int) -> None:
            if value < 0:
                due.pop(what, None)
            else:
                due[what] = self.clock.now() + value

        self._add(where, Kind.INTEGER, left, name, put, (-1, highest))
        made = self.tree[f"{U}.{where}"]
        inner = made.check
        assert inner is not None

        def check(value: int | bytes | Oid) -> None:
            inner(value)
            if not may():
                raise SetError(Status.INCONSISTENT_VALUE)
            if "no_delays" in self.quirks and isinstance(value, int) and value > 0:
                raise SetError(Status.WRONG_VALUE)

        made.check = check

    # life

    @override
    def advance(self) -> None:
        """Bring the units up to date: what is due is done, what has changed is told."""
        now = self.clock.now()
        for unit in self.units:
            for what, at in tuple(unit.due.items()):
                if at <= now:
                    del unit.due[what]
                    for outlet in unit.outlets:
                        if what == "off":
                            outlet.due["off"] = at
                        elif outlet.sequence >= 0:
                            outlet.due["on"] = at + outlet.sequence
            for number, group in enumerate(unit.groups, 1):
                for what, at in tuple(group.due.items()):
                    if at <= now:
                        del group.due[what]
                        for outlet in unit.children(number):
                            outlet.due[what] = at
            for outlet in unit.outlets:
                self._advance_outlet(outlet, now)
        self._tell()

    def _advance_outlet(self, outlet: Outlet, now: float) -> None:
        while ready := [(at, what) for what, at in outlet.due.items() if at <= now]:
            at, what = min(ready)
            del outlet.due[what]
            if what == "reboot":
                outlet.due["return"] = at + outlet.off_time
            outlet.on = what in {"on", "return"}

    # traps: what has changed, with the indexes and the value

    _TOLD = (
        # trap, columns of status
        (11, "3.2.1.4"),
        (12, "3.3.1.5"),
        (13, "3.1.1.4"),
        (22, "5.4.1.4"),
        (23, "5.1.1.5"),
        (32, "6.4.1.4"),
        (33, "6.6.1.2"),
        (41, "7.1.1.5"),
        (42, "7.2.1.5"),
        (43, "7.3.1.4"),
        (44, "7.1.1.3"),
        (52, "1.2.1.31"),
        (54, "1.2.1.32"),
    )

    def _statuses(self) -> dict[tuple[int, Oid], int]:
        found: dict[tuple[int, Oid], int] = {}
        for trap, column in self._TOLD:
            above = oid(f"{U}.{column}")
            for where in self.tree.order:
                if where[: len(above)] == above:
                    said = self.tree[where].value().value
                    assert isinstance(said, int)
                    found[trap, where] = said
        return found

    def _tell(self) -> None:
        if not self.trap_listeners:
            return
        present = self._statuses()
        for (trap, where), value in present.items():
            if self._said.get((trap, where), value) != value:
                self.trap(oid(f"{U}.0.{trap}"), ((where, Value(Kind.INTEGER, value)),))
        self._said = present
