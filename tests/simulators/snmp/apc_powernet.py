"""A UPS with an APC network management card, from PowerNet-MIB; the power side is ``power.Power``.

Quirks: ``old`` a card of 2002 (whole units, no texts of flags, three numbers in the index of
phases), ``between`` a three-phase unit that says phase to neutral and means phase to phase (seen in
a public walk of a Galaxy VS), ``no_text`` no upsBasicStateOutputState (the same unit).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import override

from .objects import Kind, Object, Oid, SetError, Status, Value, oid
from .ups import UpsAgent
from tests.simulators.clock import Clock
from tests.simulators.power import Output, Power, Test

P = "E.318.1.1"
U = f"{P}.1"
TRAPS = oid("E.318.0")
QUIRKS = frozenset({"old", "between", "no_text"})
MONITORS = frozenset({"port", "integrated", "external", "measure"})

# traps
ON_BATTERY, LOW_BATTERY, RESTORED, LOW_CLEARED = 5, 7, 9, 11
TEST_FAILED, TEST_PASSED, TURNED_OFF, TURNED_ON, GROUP_ON, GROUP_OFF = 3, 10, 12, 30, 298, 299
MTRAP_STRING = oid("E.318.2.3.3.0")

_TEST_SECONDS = 8.0
_REBOOT_SECONDS = 8.0

type Row = tuple[str, Kind, object]


@dataclass(slots=True)
class Group:
    """One outlet group; delays in seconds, -1 is never."""

    number: int
    name: str
    kind: int = 1
    """1 switched, 2 main."""
    on: bool = True
    on_delay: int = 5
    off_delay: int = 10
    reboot: int = 4
    due: list[tuple[float, bool, bool]] = field(default_factory=list)
    """What is pending: when, on or off, and whether it waits for mains."""


@dataclass(slots=True)
class Probe:
    """A probe of a monitor; °C and %, None is not measured."""

    name: str
    temperature: int | None = 21
    humidity: int | None = 40
    present: bool = True
    high: int = 40
    low: int = 10
    maximum: int = 60
    minimum: int = 0

    def bits(self) -> int:
        """Return the violations of temperature as the universal I/O port shows them."""
        if self.temperature is None:
            return 0
        return (
            (self.temperature > self.maximum)
            | (self.temperature > self.high) << 1
            | (self.temperature < self.low) << 2
            | (self.temperature < self.minimum) << 3
        )


class ApcPowerNetAgent(UpsAgent):
    """A Smart-UPS or Symmetra behind a network management card.

    Args:
        power: The power side.
        phases: Lines of input and output; three have a bypass feed of their own.
        groups: Outlet groups, the first is the main one.
        packs: External battery packs, of two cartridges each.
        monitors: Which trees have probes.
        fahrenheit: The card is set to °F.
        quirks: See the module.
    """

    def __init__(
        self,
        *,
        power: Power | None = None,
        clock: Clock | None = None,
        phases: int = 1,
        groups: int = 0,
        packs: int = 0,
        monitors: Iterable[str] = (),
        fahrenheit: bool = False,
        quirks: frozenset[str] = frozenset(),
        model: str = "Smart-UPS X 1500",
        object_id: str = "E.318.1.3.27",
    ) -> None:
        if unknown := (quirks - QUIRKS) | (set(monitors) - MONITORS):
            raise ValueError(f"no {', '.join(unknown)}")
        super().__init__(power=power, clock=clock, nominal_battery=24.0, nominal_power=1500)
        self.phases = phases
        self.quirks = quirks
        self.monitors = frozenset(monitors)
        self.fahrenheit = fahrenheit
        self.model = model
        self.serial = "AS1907242163"
        self.name = "APCUPS"
        self.battery_date = "04/30/25" if "old" in quirks else "04/30/2025"
        self.in_contact = True
        self.replace_battery = self.overloaded = self.eco = False
        self.conditions: set[int] = set()
        """Flags of upsAdvStateAbnormalConditions."""
        self.more_flags: set[int] = set()
        """Further flags of upsBasicStateOutputState."""
        self.output_status: int | None = None
        """What upsBasicOutputStatus says instead of what follows from the power side."""
        self.charger = 4
        self.pack_faults: dict[tuple[int, int], set[int]] = {}
        """Bits by pack and cartridge."""
        self.calibrating = False
        self.calibration = 1
        self.last_cause = 1
        self.efficiency = 965
        self.energy = 12_345
        self.settings = {
            "5.2.1": 230,
            "5.2.2": 253,
            "5.2.3": 208,
            "5.2.4": 1,
            "5.2.6": 15,
            "5.2.7": 4,
            "5.2.8": 120 * 100,
            "5.2.9": 20 * 100,
            "5.2.10": 60 * 100,
            "5.2.22": -1,
            "5.2.25": packs,
            "5.2.29": 0,
            "5.2.55": 1,
            "5.2.56": 2,
            "5.2.61": 8 * 100,
            "7.2.1": 2,
        }
        self.allowed = {"5.2.2": (242, 253, 264), "5.2.10": (0, 60, 120, 180)}
        """What the UPS lists: volts, and seconds of a delay in hundredths."""
        self.groups = [
            Group(number, f"Group {number}", kind=2 if number == 1 else 1)
            for number in range(1, groups + 1)
        ]
        self.packs = packs
        self.probes = {
            "port": [Probe("Rack front"), Probe("Rack back", humidity=None)],
            "integrated": [Probe("Int Sensor", temperature=22, humidity=45)],
            "external": [Probe("Ext 1", temperature=23), Probe("Ext 2", temperature=24)],
            "measure": [Probe("M1", temperature=25, humidity=50)],
        }
        self.contacts = {"port": [1, 2], "integrated": [1, 3], "external": [1], "measure": [2]}
        """What the monitors' contacts say, in the words of their own tree."""
        self.battery_since: float | None = None
        self._was = (False, False, False, True)
        self.add_system(object_id, "APC Web/SNMP Management Card (simulated)", name="nmc")
        self._build()

    # objects

    @property
    def _is_old(self) -> bool:
        return "old" in self.quirks

    def _build(self) -> None:
        self.tree.add(U, self._basic_rows())
        if not self._is_old:
            self.tree.add(U, self._newer_rows())
        for where in self.settings:
            self._keep_setting(where)
        self._build_phases()
        self._build_allowed()
        for group in self.groups:
            self._build_group(group)
        if self.groups:
            self.tree.add(U, (("12.1.1.0", Kind.INTEGER, lambda: len(self.groups)),))
        self._build_packs()
        if "port" in self.monitors:
            self._build_port()
        if "integrated" in self.monitors:
            self._build_monitor("integrated", "10.2")
        if "external" in self.monitors:
            self._build_monitor("external", "10.1")
            self.tree.add(P, (("10.1.3.1.0", Kind.INTEGER, 2),))
        if "measure" in self.monitors:
            self._build_measure_ups()
        self._build_writes()

    def _basic_rows(self) -> tuple[Row, ...]:
        power, integer, octets, gauge = self.power, Kind.INTEGER, Kind.OCTETS, Kind.GAUGE
        return (
            ("1.1.1.0", octets, lambda: self.model),
            ("1.1.2.0", octets, lambda: self.name),
            ("1.2.1.0", octets, "UPS 09.8 (ID20) "),
            ("1.2.2.0", octets, "02/14/2019"),
            ("1.2.3.0", octets, lambda: f"{self.serial}  "),
            ("2.1.1.0", integer, lambda: 3 if power.battery_low else 2),
            ("2.1.2.0", Kind.TICKS, self._ticks_on_battery),
            ("2.1.3.0", octets, lambda: self.battery_date),
            ("2.2.1.0", gauge, lambda: power.charge),
            ("2.2.2.0", gauge, lambda: power.temperature),
            ("2.2.3.0", Kind.TICKS, lambda: power.runtime * 100),
            ("2.2.4.0", integer, lambda: 2 if self.replace_battery else 1),
            ("2.2.7.0", integer, 24),
            ("2.2.8.0", integer, lambda: power.battery_voltage),
            ("2.2.9.0", integer, -1),
            ("3.1.1.0", integer, lambda: self.phases),
            ("3.2.1.0", gauge, lambda: power.input_voltage),
            ("3.2.2.0", gauge, lambda: power.input_voltage + 1),
            ("3.2.3.0", gauge, lambda: max(power.input_voltage - 1, 0)),
            ("3.2.4.0", gauge, lambda: power.input_frequency),
            ("3.2.5.0", integer, lambda: self.last_cause),
            ("4.1.1.0", integer, self._output_status),
            ("4.1.2.0", integer, lambda: self.phases),
            ("4.2.1.0", gauge, lambda: power.output_voltage),
            ("4.2.2.0", gauge, lambda: power.output_frequency),
            ("4.2.3.0", gauge, lambda: power.carried),
            ("4.2.4.0", gauge, lambda: power.output_current),
            ("6.1.1.0", integer, 1),
            ("6.2.1.0", integer, 1),
            ("6.2.2.0", integer, 1),
            ("6.2.4.0", integer, 1),
            ("6.2.5.0", integer, 1),
            ("6.2.6.0", integer, 1),
            ("6.2.7.0", integer, 1),
            ("7.2.2.0", integer, 1),
            ("7.2.3.0", integer, self._test_result),
            ("7.2.4.0", octets, "11/20/2026"),
            ("7.2.5.0", integer, 1),
            ("7.2.6.0", integer, lambda: 3 if self.calibrating else self.calibration),
            ("8.1.0", integer, lambda: 1 if self.in_contact else 2),
        )

    def _newer_rows(self) -> tuple[Row, ...]:
        power, integer, octets, gauge = self.power, Kind.INTEGER, Kind.OCTETS, Kind.GAUGE
        texts: tuple[Row, ...] = (
            ("11.2.1.0", octets, lambda: _flags(self.conditions, 32)),
            ("11.2.2.0", octets, "NOT SUPPORTED"),
            ("11.2.5.0", octets, "0" * 64),
        )
        if "no_text" not in self.quirks:
            texts = (*texts, ("11.1.1.0", octets, self._output_state))
        return (
            ("1.2.4.0", octets, "COM 02.1"),
            ("1.2.5.0", octets, "SMX1500RMI2U"),
            ("1.2.8.0", integer, 2),
            ("1.2.9.0", octets, "1500"),
            ("2.2.5.0", integer, lambda: self.packs),
            ("2.2.6.0", integer, 0),
            ("2.2.15.0", Kind.TICKS, 2**32 - 1),
            ("2.2.17.0", integer, lambda: self.charger),
            ("2.2.21.0", octets, "01/10/2031"),
            ("2.3.1.0", gauge, lambda: power.charge * 10),
            ("2.3.2.0", gauge, lambda: power.temperature * 10),
            ("2.3.3.0", integer, 240),
            ("2.3.4.0", integer, lambda: power.battery_voltage * 10),
            ("2.3.5.0", integer, -1),
            ("2.3.11.0", octets, "1000000000000000"),
            ("3.3.1.0", gauge, lambda: power.input_voltage * 10),
            ("3.3.2.0", gauge, lambda: power.input_voltage * 10 + 12),
            ("3.3.3.0", gauge, lambda: max(power.input_voltage * 10 - 15, 0)),
            ("3.3.4.0", gauge, lambda: power.input_frequency * 10),
            ("3.3.5.0", gauge, lambda: self.energy + 1000),
            ("4.2.8.0", integer, lambda: power.real_power),
            ("4.2.9.0", integer, lambda: power.apparent_power),
            ("4.3.1.0", gauge, lambda: power.output_voltage * 10),
            ("4.3.2.0", gauge, lambda: power.output_frequency * 10),
            ("4.3.3.0", gauge, lambda: power.carried * 10),
            ("4.3.4.0", gauge, lambda: power.output_current * 10),
            ("4.3.5.0", integer, lambda: -4 if power.discharging else self.efficiency),
            ("4.3.6.0", gauge, lambda: self.energy),
            ("9.1.1.0", integer, 1),
            ("11.2.13.0", integer, lambda: 1 if self.eco else 2),
            *texts,
        )

    # phases

    def _build_phases(self) -> None:
        if self.phases == 1:
            return
        power, share = self.power, 1 / self.phases
        extra = ".1" if self._is_old else ""
        is_between = "between" in self.quirks
        volts = 3**0.5 if is_between else 1
        rows: list[Row] = [("9.2.1.0", Kind.INTEGER, 2), ("9.3.1.0", Kind.INTEGER, 1)]
        for feed, kind in ((1, 2), (2, 3)):
            rows += [
                (f"9.2.2.1.2.{feed}", Kind.INTEGER, self.phases),
                (f"9.2.2.1.3.{feed}", Kind.INTEGER, 4),
                (f"9.2.2.1.4.{feed}", Kind.INTEGER, lambda: power.input_frequency * 10),
                (f"9.2.2.1.5.{feed}", Kind.INTEGER, kind),
            ]
            carries = 1 if feed == 1 else 0
            for phase in range(1, self.phases + 1):
                at = f"{feed}{extra}.{phase}"
                rows += self._input_rows(at, volts, carries * share)
        rows += [
            ("9.3.2.1.2.1", Kind.INTEGER, self.phases),
            ("9.3.2.1.3.1", Kind.INTEGER, 4),
            ("9.3.2.1.4.1", Kind.INTEGER, lambda: power.output_frequency * 10),
        ]
        for phase in range(1, self.phases + 1):
            at = f"1{extra}.{phase}"
            rows += [
                (f"9.3.3.1.3.{at}", Kind.INTEGER, lambda: power.output_voltage * volts),
                (f"9.3.3.1.4.{at}", Kind.INTEGER, lambda: power.output_current * 10 * share),
                (f"9.3.3.1.5.{at}", Kind.INTEGER, -1),
                (f"9.3.3.1.7.{at}", Kind.INTEGER, lambda: power.apparent_power * share),
                (f"9.3.3.1.10.{at}", Kind.INTEGER, lambda: power.carried),
                (f"9.3.3.1.13.{at}", Kind.INTEGER, lambda: power.real_power * share),
            ]
            if not self._is_old:
                rows += [
                    (f"9.3.3.1.19.{at}", Kind.INTEGER, 97),
                    (f"9.3.3.1.22.{at}", Kind.INTEGER, lambda: power.output_voltage),
                    (f"9.3.3.1.23.{at}", Kind.GAUGE, 2**32 - 1),
                ]
        self.tree.add(U, rows)

    def _input_rows(self, at: str, volts: float, share: float) -> list[Row]:
        power = self.power
        rows: list[Row] = [
            (f"9.2.3.1.3.{at}", Kind.INTEGER, lambda: power.input_voltage * volts),
            (f"9.2.3.1.4.{at}", Kind.INTEGER, -1),
            (f"9.2.3.1.6.{at}", Kind.INTEGER, lambda: power.output_current * 10 * share),
            (f"9.2.3.1.9.{at}", Kind.INTEGER, lambda: power.real_power * share),
        ]
        if not self._is_old:
            rows += [
                (f"9.2.3.1.13.{at}", Kind.INTEGER, 99),
                (f"9.2.3.1.14.{at}", Kind.INTEGER, lambda: power.input_voltage),
            ]
        return rows

    # what follows from the power side

    def _ticks_on_battery(self) -> float:
        return 0 if self.battery_since is None else (self.clock.now() - self.battery_since) * 100

    def _output_status(self) -> int:
        power = self.power
        if self.output_status is not None:
            return self.output_status
        if not power.output_on:
            if power.output is Output.STAYING:
                return 7
            return 11 if power.utility_failed else 8
        if power.bypass:
            return 9
        if power.testing and not self.calibrating:
            return 15
        if power.discharging:
            return 3
        if power.regulating:
            return 4 if power.mains_voltage < power.nominal_voltage else 12
        return 13 if self.eco else 2

    def _output_state(self) -> str:
        power = self.power
        is_on = power.output_on
        present = {
            1: bool(self.conditions),
            2: is_on and power.discharging,
            3: power.battery_low,
            4: is_on and not power.discharging,
            5: self.replace_battery,
            6: self.in_contact,
            7: power.regulating and power.mains_voltage < power.nominal_voltage,
            8: power.regulating and power.mains_voltage > power.nominal_voltage,
            9: self.overloaded,
            10: self.calibrating,
            12: is_on and power.bypass,
            18: power.output is Output.WAITING and power.utility_failed,
            19: is_on,
            20: power.output is Output.WAITING and not power.utility_failed,
            22: power.output is Output.LEAVING,
            29: power.testing and not self.calibrating,
            51: self.eco,
        }
        return _flags({flag for flag, is_set in present.items() if is_set} | self.more_flags, 64)

    def _test_result(self) -> int:
        if self.power.testing and not self.calibrating:
            return 4
        return {Test.FAILED: 2, Test.ABORTED: 3}.get(self.power.test_result, 1)

    # settings

    def _keep_setting(self, where: str) -> None:
        is_delay = where in {"5.2.8", "5.2.9", "5.2.10", "5.2.29", "5.2.61"}
        if self._is_old and where in {"5.2.22", "5.2.25", "5.2.29", "5.2.55", "5.2.56", "5.2.61"}:
            return

        def put(value: int) -> None:
            allowed = self._allowed_raw(where)
            if where in {"5.2.2", "5.2.10"}:
                # the UPS takes the next higher value that it has, the highest at most
                value = next((each for each in allowed if each >= value), allowed[-1])
            self.settings[where] = value
            self.writes.append((f"1.{where}", value))

        what = Object(Kind.TICKS if is_delay else Kind.INTEGER, lambda: self.settings[where])
        what.put = put  # type: ignore[assignment]
        self.tree[f"{U}.{where}.0"] = what

    def _allowed_raw(self, where: str) -> tuple[int, ...]:
        allowed = self.allowed.get(where, ())
        return tuple(each * 100 for each in allowed) if where == "5.2.10" else allowed

    def _build_allowed(self) -> None:
        for number, (where, values) in enumerate(self.allowed.items(), 1):
            self.tree.add(
                f"{U}.5.2.16.1",
                (
                    (f"1.{number}", Kind.INTEGER, number),
                    (f"2.{number}", Kind.OID, oid(f"{U}.{where}.0")),
                    (f"3.{number}", Kind.OCTETS, ",".join(f"{each:03d}" for each in values)),
                ),
            )

    # outlet groups

    def _build_group(self, group: Group) -> None:
        number = group.number

        def keep(attribute: str, where: str) -> Callable[[int | bytes | Oid], None]:
            def put(value: int | bytes | Oid) -> None:
                said = value.decode() if isinstance(value, bytes) else value
                setattr(group, attribute, said)
                self.writes.append((where, said))

            return put

        self.tree.add(
            f"{U}.12",
            (
                (f"1.2.1.2.{number}", Kind.OCTETS, lambda: group.name),
                (f"1.2.1.3.{number}", Kind.INTEGER, lambda: 1 if self._is_fed(group) else 2),
                (f"1.2.1.4.{number}", Kind.INTEGER, lambda: 1 if group.due else 2),
                (f"1.2.1.5.{number}", Kind.INTEGER, group.kind),
                (f"1.2.1.6.{number}", Kind.OCTETS, lambda: self._full_state(group)),
                (f"3.2.1.3.{number}", Kind.INTEGER, lambda: 1 if self._is_fed(group) else 2),
            ),
        )
        for column, kind, attribute in (
            (2, Kind.OCTETS, "name"),
            (3, Kind.INTEGER, "on_delay"),
            (4, Kind.INTEGER, "off_delay"),
            (5, Kind.INTEGER, "reboot"),
        ):
            self.tree[f"{U}.12.2.2.1.{column}.{number}"] = Object(
                kind,
                partial(getattr, group, attribute),
                keep(attribute, f"1.12.2.2.1.{column}.{number}"),
            )

        def command(value: int | bytes | Oid) -> None:
            self.writes.append((f"1.12.3.2.1.3.{number}", value))
            self._command_group(group, value)

        self.tree[f"{U}.12.3.2.1.3.{number}"].put = command
        self.tree[f"{U}.12.3.2.1.3.{number}"].check = _among(set(range(1, 11)) - {8})

    def _is_fed(self, group: Group) -> bool:
        return group.on and self.power.output_on

    def _full_state(self, group: Group) -> str:
        is_on = self._is_fed(group)
        waits = {11} if any(for_mains for _, on, for_mains in group.due if on) else set()
        return _flags({1 if is_on else 2} | waits, 32)

    def _command_group(self, group: Group, value: object) -> None:
        now = self.clock.now()
        on, off = max(group.on_delay, 0), max(group.off_delay, 0)
        back = group.reboot + on
        match value:
            case 1:
                group.due = [(now, True, False)]
            case 2:
                group.due = [(now, False, False)]
            case 3:
                group.due = [(now, False, False), (now + back, True, False)]
            case 4:
                group.due = [(now + on, True, False)]
            case 5:
                group.due = [(now + off, False, False)]
            case 6:
                group.due = [(now + off, False, False), (now + off + back, True, False)]
            case 7:
                group.due = []
            case 9:
                group.due = [(now, False, False), (now + back, True, True)]
            case 10:
                group.due = [(now + off, False, False), (now + off + back, True, True)]
        self._switch_groups()

    def _switch_groups(self) -> None:
        now = self.clock.now()
        for group in self.groups:
            while group.due and group.due[0][0] <= now:
                _, on, for_mains = group.due[0]
                if on and for_mains and self.power.utility_failed:
                    break
                group.due.pop(0)
                self._switch(group, on=on)

    def _switch(self, group: Group, *, on: bool) -> None:
        # off on the main group is off on all; on of any is on of the main one
        affected = [group]
        main = [each for each in self.groups if each.kind == 2]
        if group.kind == 2 and not on:
            affected = self.groups
        elif on:
            affected = [*main, group]
        for each in affected:
            if each.on != on:
                each.on = on
                index = oid(f"{U}.12.3.2.1.1.{each.number}")
                self.trap(
                    (*TRAPS, GROUP_ON if on else GROUP_OFF),
                    ((index, Value(Kind.INTEGER, each.number)),),
                )

    # battery packs

    def _build_packs(self) -> None:
        """Build four places for packs with two cartridges; empty ones say nothing."""
        if not self.packs:
            return
        rows: list[Row] = [("2.3.10.1.0", Kind.INTEGER, 8)]
        for pack in range(1, 5):
            is_there = pack <= self.packs
            for cartridge in (1, 2):
                at = f"{pack}.1.{cartridge}"
                bits = self.pack_faults.setdefault((pack, cartridge), set())
                rows += [
                    (f"2.3.10.2.1.3.{at}", Kind.OCTETS, "01.3" if is_there else ""),
                    (f"2.3.10.2.1.4.{at}", Kind.OCTETS, f"PK{pack:08d}" if is_there else ""),
                    (f"2.3.10.2.1.5.{at}", Kind.INTEGER, 250 + pack if is_there else -1),
                    (
                        f"2.3.10.2.1.7.{at}",
                        Kind.OCTETS,
                        "1000000000000000" if is_there else "",
                    ),
                    (f"2.3.10.2.1.9.{at}", Kind.OCTETS, "06/01/2024" if is_there else ""),
                    (
                        f"2.3.10.2.1.10.{at}",
                        Kind.OCTETS,
                        (lambda bits=bits: _flags({bit + 1 for bit in bits}, 16))
                        if is_there
                        else "",
                    ),
                ]
        self.tree.add(U, rows)

    # probes

    def _in_units(self, celsius: int) -> int:
        return round(celsius * 9 / 5 + 32) if self.fahrenheit else celsius

    def _from_units(self, said: int) -> int:
        return round((said - 32) * 5 / 9) if self.fahrenheit else said

    def _build_monitor(self, which: str, tree: str) -> None:
        status, config = f"{tree}.3", f"{tree}.2"
        # the external monitor has its tables at other numbers
        probes, contacts = ("3", "5") if which == "external" else ("2", "4")
        for number, probe in enumerate(self.probes[which], 1):
            self._build_monitor_probe(probe, f"{status}.{probes}.1", f"{config}.2.1", number)
        for number in range(1, len(self.contacts[which]) + 1):
            self.tree.add(
                P,
                (
                    (f"{status}.{contacts}.1.2.{number}", Kind.OCTETS, f"Contact {number}"),
                    (
                        f"{status}.{contacts}.1.3.{number}",
                        Kind.INTEGER,
                        lambda number=number: self.contacts[which][number - 1],
                    ),
                ),
            )

    def _build_monitor_probe(self, probe: Probe, status: str, config: str, number: int) -> None:
        def temperature() -> int:
            if not probe.present or probe.temperature is None:
                return -1
            return self._in_units(probe.temperature)

        def violated(is_violated: Callable[[int], bool]) -> Callable[[], int]:
            return lambda: (
                2
                if probe.present
                and probe.temperature is not None
                and is_violated(probe.temperature)
                else 1
            )

        humidity = lambda: probe.humidity if probe.present and probe.humidity else -1  # noqa: E731
        units = 2 if self.fahrenheit else 1
        rows: list[Row] = [
            (f"{status}.2.{number}", Kind.OCTETS, lambda: probe.name),
            (f"{status}.3.{number}", Kind.INTEGER, lambda: 2 if probe.present else 1),
            (f"{status}.4.{number}", Kind.INTEGER, temperature),
            (f"{status}.5.{number}", Kind.INTEGER, units),
            (f"{status}.6.{number}", Kind.INTEGER, humidity),
            (f"{status}.7.{number}", Kind.INTEGER, violated(lambda now: now > probe.high)),
            (f"{status}.8.{number}", Kind.INTEGER, violated(lambda now: now < probe.low)),
            (f"{status}.9.{number}", Kind.INTEGER, 3),
            (f"{status}.10.{number}", Kind.INTEGER, 3),
            (f"{status}.11.{number}", Kind.INTEGER, violated(lambda now: now > probe.maximum)),
            (f"{status}.12.{number}", Kind.INTEGER, violated(lambda now: now < probe.minimum)),
            (f"{status}.13.{number}", Kind.INTEGER, 3),
            (f"{status}.14.{number}", Kind.INTEGER, 3),
            (f"{config}.5.{number}", Kind.INTEGER, units),
            (f"{config}.6.{number}", Kind.INTEGER, 60),
            (f"{config}.7.{number}", Kind.INTEGER, 30),
        ]
        self.tree.add(P, rows)
        self._keep_text(f"{config}.2.{number}", probe)
        for column, attribute in ((3, "high"), (4, "low"), (12, "maximum"), (13, "minimum")):
            self._keep_threshold(f"{config}.{column}.{number}", probe, attribute, in_units=True)

    def _keep_text(self, where: str, probe: Probe) -> None:
        def put(value: int | bytes | Oid) -> None:
            assert isinstance(value, bytes)
            probe.name = value.decode()
            self.writes.append((where, probe.name))

        self.tree[f"{P}.{where}"] = Object(Kind.OCTETS, lambda: probe.name, put)

    def _keep_threshold(self, where: str, probe: Probe, attribute: str, *, in_units: bool) -> None:
        def get() -> int:
            value: int = getattr(probe, attribute)
            return self._in_units(value) if in_units else value

        def put(value: int | bytes | Oid) -> None:
            assert isinstance(value, int)
            setattr(probe, attribute, self._from_units(value) if in_units else value)
            self.writes.append((where, value))

        self.tree[f"{P}.{where}"] = Object(Kind.INTEGER, get, put)

    def _build_port(self) -> None:
        rows: list[Row] = [("25.1.1.0", Kind.INTEGER, lambda: len(self.probes["port"]))]
        for port, probe in enumerate(self.probes["port"], 1):
            at = f"{port}.1"
            rows += self._port_rows(probe, at)
            self._keep_text(f"25.1.4.1.3.{at}", probe)
            for column, attribute in ((5, "minimum"), (6, "low"), (7, "high"), (8, "maximum")):
                self._keep_threshold(f"25.1.4.1.{column}.{at}", probe, attribute, in_units=False)
        for contact in range(1, len(self.contacts["port"]) + 1):
            rows += [
                (f"25.2.2.1.3.2.{contact}", Kind.OCTETS, f"Door {contact}"),
                (
                    f"25.2.2.1.5.2.{contact}",
                    Kind.INTEGER,
                    lambda contact=contact: self.contacts["port"][contact - 1],
                ),
                (f"25.2.2.1.6.2.{contact}", Kind.INTEGER, 1),
            ]
        self.tree.add(P, rows)

    @staticmethod
    def _port_rows(probe: Probe, at: str) -> list[Row]:
        def measured(value: Callable[[], float | None]) -> Callable[[], float]:
            def get() -> float:
                said = value()
                return -1 if said is None or not probe.present else said

            return get

        def fahrenheit() -> float | None:
            return None if probe.temperature is None else probe.temperature * 9 / 5 + 32

        return [
            (f"25.1.2.1.3.{at}", Kind.OCTETS, lambda: probe.name),
            (f"25.1.2.1.5.{at}", Kind.INTEGER, measured(fahrenheit)),
            (f"25.1.2.1.6.{at}", Kind.INTEGER, measured(lambda: probe.temperature)),
            (f"25.1.2.1.7.{at}", Kind.INTEGER, measured(lambda: probe.humidity)),
            (f"25.1.2.1.8.{at}", Kind.INTEGER, probe.bits),
            (f"25.1.2.1.9.{at}", Kind.INTEGER, lambda: 2 if probe.bits() else 1),
            (f"25.1.2.1.10.{at}", Kind.INTEGER, lambda: 2 if probe.present else 3),
            (f"25.1.4.1.14.{at}", Kind.INTEGER, lambda: -1 if probe.humidity is None else 10),
            (f"25.1.4.1.15.{at}", Kind.INTEGER, lambda: -1 if probe.humidity is None else 20),
            (f"25.1.4.1.16.{at}", Kind.INTEGER, lambda: -1 if probe.humidity is None else 70),
            (f"25.1.4.1.17.{at}", Kind.INTEGER, lambda: -1 if probe.humidity is None else 90),
        ]

    def _build_measure_ups(self) -> None:
        probe = self.probes["measure"][0]
        self.tree.add(
            P,
            (
                ("2.1.1.0", Kind.GAUGE, lambda: probe.temperature),
                ("2.1.2.0", Kind.GAUGE, lambda: probe.humidity),
                ("2.1.3.0", Kind.GAUGE, 0),
                ("2.1.4.0", Kind.GAUGE, 0),
                ("2.2.2.1.3.1", Kind.OCTETS, "Door"),
                ("2.2.2.1.5.1", Kind.INTEGER, lambda: self.contacts["measure"][0]),
            ),
        )

    # writing

    def _build_writes(self) -> None:
        def command(where: str, allowed: set[int], do: Callable[[int], None]) -> None:
            if self._is_old and where == "9.1.1":
                return

            def put(value: int | bytes | Oid) -> None:
                assert isinstance(value, int)
                self.writes.append((f"1.{where}", value))
                do(value)

            what = self.tree[f"{U}.{where}.0"]
            what.put, what.check = put, _among(allowed)

        def text(where: str, attribute: str, length: int) -> None:
            def put(value: int | bytes | Oid) -> None:
                assert isinstance(value, bytes)
                setattr(self, attribute, value.decode())
                self.writes.append((f"1.{where}", value.decode()))

            def check(value: int | bytes | Oid) -> None:
                if not isinstance(value, bytes) or len(value) > length:
                    raise SetError(Status.WRONG_LENGTH)

            what = self.tree[f"{U}.{where}.0"]
            what.put, what.check = put, check

        text("1.1.2", "name", 8)
        text("2.1.3", "battery_date", 8 if self._is_old else 10)
        command("6.1.1", {1, 2}, self._conserve)
        command("6.2.1", {1, 2, 3}, self._turn_off)
        command("6.2.2", {1, 2, 3}, self._reboot)
        command("6.2.4", {1, 2}, lambda value: self._test(value, 60.0))
        command("6.2.5", {1, 2, 4, 5}, lambda _: None)
        command("6.2.6", {1, 2, 4}, self._turn_on)
        command("6.2.7", {1, 2, 3}, self._switch_bypass)
        command("7.2.2", {1, 2}, lambda value: self._test(value, _TEST_SECONDS))
        command("7.2.5", {1, 2, 3}, self._calibrate)
        command("9.1.1", {1, 2}, lambda _: None)
        conserve = self.tree[f"{U}.6.1.1.0"]

        def on_battery(value: int | bytes | Oid) -> None:
            if value not in {1, 2} or (value == 2 and not self.power.on_battery):
                raise SetError(Status.WRONG_VALUE)

        conserve.check = on_battery

    @property
    def _off_delay(self) -> float:
        return self.settings["5.2.10"] / 100

    def _conserve(self, value: int) -> None:
        if value == 2:
            self.power.shut_down(self._off_delay, off_for=0.0)

    def _turn_off(self, value: int) -> None:
        if value in {2, 3}:
            self.power.shut_down(0 if value == 2 else self._off_delay, off_for=None)

    def _reboot(self, value: int) -> None:
        if value in {2, 3}:
            self.power.shut_down(0 if value == 2 else self._off_delay, off_for=_REBOOT_SECONDS)

    def _turn_on(self, value: int) -> None:
        if value == 2 and not self.power.output_on:
            self.power.press()

    def _switch_bypass(self, value: int) -> None:
        if value in {2, 3}:
            self.power.bypass = value == 2

    def _test(self, value: int, seconds: float) -> None:
        if value == 2 and self.power.start_test(seconds):
            self.last_cause = 9

    def _calibrate(self, value: int) -> None:
        if value == 3 and self.calibrating:
            self.power.stop_test()
            self.calibrating, self.calibration = False, 5
        elif value == 2:
            if self.power.charge < 100:
                self.calibration = 2
            else:
                self.calibrating = self.power.start_test(None)

    # life

    @override
    def advance(self) -> None:
        """Bring the device up to date: timers, outlet groups, traps."""
        power = self.power
        power.advance()
        if self.calibrating and not power.testing:
            self.calibrating, self.calibration = False, 1
        if power.on_battery and self.battery_since is None:
            self.battery_since = self.clock.now()
            self.last_cause = 4
        elif not power.on_battery:
            self.battery_since = None
        self._switch_groups()
        self._send_traps()

    def _send_traps(self) -> None:
        power = self.power
        before = self._was
        now = (power.on_battery, power.battery_low, power.testing, power.output_on)
        self._was = now
        for was, is_now, set_trap, cleared in (
            (before[0], now[0], ON_BATTERY, RESTORED),
            (before[1], now[1], LOW_BATTERY, LOW_CLEARED),
            (before[3], now[3], TURNED_ON, TURNED_OFF),
        ):
            if was != is_now:
                self._tell(set_trap if is_now else cleared)
        if before[2] and not now[2]:
            self._tell(TEST_PASSED if power.test_result is Test.PASSED else TEST_FAILED)

    def _tell(self, number: int) -> None:
        self.trap((*TRAPS, number), ((MTRAP_STRING, Value(Kind.OCTETS, b"UPS: simulated")),))


def _flags(present: set[int], length: int) -> str:
    """Return a text of flags; the first stands left."""
    return "".join("1" if flag in present else "0" for flag in range(1, length + 1))


def _among(allowed: set[int]) -> Callable[[int | bytes | Oid], None]:
    def check(value: int | bytes | Oid) -> None:
        if value not in allowed:
            raise SetError(Status.WRONG_VALUE)

    return check
