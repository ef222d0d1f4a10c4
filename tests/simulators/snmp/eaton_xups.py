"""A UPS behind an Eaton or Powerware card, from Xups.mib and the newest XUPS-MIB.

Quirks: ``old`` a card of Xups.mib alone (no serial number, no totals, no precise currents, the
battery's date can be set), ``alone`` one that has no RFC 1628, ``delta`` three phases without
neutral, ``fixed`` a UPS that lets nobody control it, ``gateway`` one behind a Power Xpert gateway,
whose output sources have numbers of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from .eaton_environment import Emp, Sensor, SensorBus, add_emp
from .objects import Kind, Oid, SetError, Status, Value, oid
from .powerware import PowerwareAgent, Receptacle
from .rfc1628 import R
from tests.simulators.clock import Clock
from tests.simulators.power import Output, Power, Test

X = "1.3.6.1.4.1.534.1"
PXG = "1.3.6.1.4.1.534.8.1.1.2"
TRAPS = oid(f"{X}.11.4.1.0")
QUIRKS = frozenset({"old", "alone", "delta", "fixed", "gateway"})
NEWER = (
    *("1.5", "1.6", "2.7", "2.8", "2.9", "2.10"),
    *("3.4.1.5", "3.4.1.6", "3.4.1.7", "3.8", "3.9"),
    *("4.4.1.5", "4.4.1.7", "4.4.1.8", "4.4.1.9", "4.6", "4.7", "4.8", "4.9", "4.10"),
    *("5.3.1.3", "5.3.1.5", "5.3.1.6", "5.4", "9.7", "12.2.1.8", "12.2.1.9", "14"),
)
"""What the newest document has and Xups.mib has not."""

ON_BATTERY, LOW_BATTERY, RESTORED, NOT_LOW = 3, 4, 5, 6
OVERLOAD, INTERNAL, DISCHARGED, ON_BYPASS, NO_BYPASS, OUTPUT_OFF, INPUT_FAILURE = (
    7, 8, 9, 11, 12, 13, 14,
)  # fmt: skip
IMMINENT, BATTERY_BAD, AS_REQUESTED, LOST, PENDING, TEST_RUNNING = 16, 23, 24, 26, 27, 28
AWAITING = 43
_TRAPS = {number: number for number in range(1, 30)} | {30: 32, 31: 33, 33: 35, AWAITING: 47}
"""From the number of an alarm to that of its trap: they part after 29."""


@dataclass(slots=True)
class Outlet(Receptacle):
    """A receptacle that is switched by itself."""

    energy: int = 1500
    stuck: int = 0
    """7 or 8: its contact has failed closed or open."""

    @property
    @override
    def status(self) -> int:
        """What xupsRecepStatus says."""
        return self.stuck or super().status


class EatonXupsAgent(PowerwareAgent[Outlet]):
    """A UPS that answers XUPS.

    Args:
        power: The power side.
        phases: Lines of input and output.
        outlets: Receptacles that are switched by themselves.
        emp: An environment probe.
        sensors: The newer sensors.
        quirks: See the module.
    """

    ROOT, CONTROL, RECEPTACLES, PREFIX = X, "9", "12.2.1", "xups"

    def __init__(
        self,
        *,
        power: Power | None = None,
        clock: Clock | None = None,
        phases: int = 1,
        outlets: int = 2,
        emp: Emp | None = None,
        sensors: SensorBus | list[Sensor] | None = None,
        quirks: frozenset[str] = frozenset({"alone"}),
    ) -> None:
        if unknown := quirks - QUIRKS:
            raise ValueError(f"no quirk {', '.join(unknown)}")
        super().__init__(
            power=power,
            clock=clock,
            phases=phases,
            object_id="1.3.6.1.4.1.534.2.12" if "gateway" in quirks else X,
        )
        self.xups_quirks = quirks
        self.start([Outlet() for _ in range(outlets)])
        self.eco = self.output_unprotected = self.aged = self.no_battery = False
        self.bypass_available = True
        self.feeds = 0
        """xupsDualInputStatus, 0 for a UPS with one feed."""
        self.battery_date = b"03/15/2021"
        self.abm = 0
        """What xupsBatteryAbmStatus says; 0 = as the battery is."""
        self.last_test = 2
        self.general_test, self.general_result = 2, 1
        self.battery_result = 1
        self.extra_alarms: set[int] = set()
        self.gateway_alarms: dict[int, tuple[str, int]] = {}
        """By number: text and level."""
        self._rows: dict[int, int] = {}
        self._next_row = 1
        self._was_low = self._was_on_battery = False
        self._build_xups()
        if emp is not None:
            add_emp(self, f"{X}.6", 5, emp)
        if sensors is not None:
            bus = SensorBus(sensors) if isinstance(sensors, list) else sensors
            bus.add_to(self)
        if "alone" in quirks:
            self.tree.remove(R)
        if "old" in quirks:
            self.tree.remove(*(f"{X}.{each}" for each in NEWER))

    # objects

    def _build_xups(self) -> None:
        power, integer, octets = self.power, Kind.INTEGER, Kind.OCTETS

        def yes(get: Callable[[], object]) -> Callable[[], int]:
            return lambda: 1 if get() else 2

        self.tree.add(
            X,
            (
                ("1.1.0", octets, "EATON"),
                ("1.2.0", octets, "9PX 3000i            "),
                ("1.3.0", octets, "INV: 1.29  FP: 0.13"),
                ("1.4.0", integer, 255),
                ("1.5.0", octets, "9PX3000IRT2U"),
                ("1.6.0", octets, "G202E03094"),
                ("2.1.0", integer, lambda: power.runtime),
                ("2.2.0", integer, lambda: power.battery_voltage),
                # positive while it gives power
                ("2.3.0", integer, lambda: self._battery_amperes(charging=-2)),
                ("2.4.0", integer, lambda: power.charge),
                ("2.5.0", integer, self._abm_status),
                ("2.6.0", octets, lambda: self.battery_date),
                ("2.7.0", integer, yes(lambda: power.test_result is Test.FAILED)),
                ("2.8.0", integer, yes(lambda: self.no_battery)),
                ("2.9.0", integer, yes(lambda: self.aged)),
                ("2.10.0", integer, yes(lambda: power.battery_low)),
                ("3.1.0", integer, lambda: power.input_frequency * 10),
                ("3.2.0", Kind.COUNTER, 7),
                ("3.3.0", integer, self.phases),
                ("3.5.0", integer, lambda: 2 if power.discharging else 3),
                ("3.8.1.0", integer, lambda: power.input_voltage),
                ("3.8.2.0", integer, lambda: power.output_current * 10),
                ("3.8.3.0", integer, lambda: power.real_power),
                ("3.8.4.0", integer, lambda: power.apparent_power),
                ("3.8.5.0", integer, 98),
                ("3.9.0", integer, lambda: 1 if power.utility_failed else 2),
                ("4.1.0", integer, lambda: power.carried),
                ("4.2.0", integer, lambda: power.output_frequency * 10),
                ("4.3.0", integer, self.phases),
                ("4.5.0", integer, self._output_source),
                ("4.6.0", integer, 300),
                ("4.7.0", integer, 1234567),
                ("4.8.0", Kind.COUNTER, 86400),
                ("4.9.1.0", integer, lambda: power.output_voltage),
                ("4.9.2.0", integer, lambda: power.output_current * 10),
                ("4.9.3.0", integer, lambda: power.real_power),
                ("4.9.4.0", integer, lambda: power.apparent_power),
                ("4.9.5.0", integer, lambda: power.power_factor * 100),
                ("4.10.0", integer, self._output_status),
                ("5.1.0", integer, lambda: power.input_frequency * 10),
                ("5.2.0", integer, self.phases),
                ("5.4.1.0", integer, lambda: power.input_voltage),
                ("5.4.2.0", integer, 0),
                ("5.4.3.0", integer, 0),
                ("5.4.4.0", integer, 0),
                ("7.1.0", Kind.GAUGE, lambda: len(self._rows)),
                ("8.1.0", integer, lambda: self.last_test),
                ("8.2.0", integer, self._battery_test),
                ("8.3.0", integer, lambda: self.general_test),
                ("8.4.0", integer, lambda: self.general_result),
                ("8.5.0", integer, 1),
                ("9.7.0", integer, 2 if "fixed" in self.xups_quirks else 1),
                ("10.1.0", integer, 230),
                ("10.2.0", integer, 230),
                ("10.3.0", integer, 2700),
                ("10.4.0", integer, 500),
                ("10.5.0", octets, "03/15/2024:12:34:56"),
                ("10.6.0", integer, 207),
                ("10.7.0", integer, 253),
                ("11.2.0", integer, 4),
                ("11.3.0", octets, ""),
                ("11.5.0", integer, 30),
                ("12.1.0", integer, len(self.outlets)),
                ("13.1.0", integer, 0x41),
                ("13.4.0", integer, 2),
                ("14.1.0", octets, "EATON"),
                ("14.2.0", octets, "Eaton Gigabit Network Card"),
                ("14.3.0", octets, "3.1.2"),
                ("14.4.0", octets, "744-A4078"),
                ("14.5.0", octets, "G328K46061"),
            ),
        )
        for line in range(1, self.phases + 1):
            self._build_xups_line(line)
        for number, outlet in enumerate(self.outlets, 1):
            self._build_outlet(number, outlet)
        self.add_control()
        self.keep("8.1.0", "TestStart", self._start_xups_test, 1, 6)
        if "old" in self.xups_quirks:
            self.tree[f"{X}.2.6.0"].put = self._replace_battery
        if "gateway" in self.xups_quirks:
            self.tree.add(PXG, (("1.0", Kind.GAUGE, lambda: len(self.gateway_alarms)),))

    def set_feeds(self, status: int, watch: int) -> None:
        """Make it a UPS with two feeds."""
        self.feeds = status
        self.tree.add(
            X, (("3.6.0", Kind.INTEGER, lambda: self.feeds), ("3.7.0", Kind.INTEGER, watch))
        )

    def _build_xups_line(self, line: int) -> None:
        power = self.power
        share = 1 / self.phases
        between = "delta" in self.xups_quirks
        which = line + 3 if between else line
        name = ("L1-L2", "L2-L3", "L3-L1")[line - 1] if between else f"L{line}-N"
        volts = 3**0.5 if between else 1
        rows: tuple[tuple[str, Kind, object], ...] = (
            ("3.4.1.1", Kind.INTEGER, line),
            ("3.4.1.2", Kind.INTEGER, lambda: power.input_voltage * volts),
            ("3.4.1.3", Kind.INTEGER, lambda: power.output_current * share),
            ("3.4.1.4", Kind.INTEGER, lambda: power.real_power * share),
            ("3.4.1.5", Kind.INTEGER, which),
            ("3.4.1.6", Kind.OCTETS, name),
            ("3.4.1.7", Kind.INTEGER, lambda: power.output_current * 10 * share),
            ("4.4.1.1", Kind.INTEGER, line),
            ("4.4.1.2", Kind.INTEGER, lambda: power.output_voltage * volts),
            ("4.4.1.3", Kind.INTEGER, lambda: power.output_current * share),
            ("4.4.1.4", Kind.INTEGER, lambda: power.real_power * share),
            ("4.4.1.5", Kind.INTEGER, which),
            ("4.4.1.6", Kind.OCTETS, name),
            ("4.4.1.7", Kind.INTEGER, lambda: power.output_current * 10 * share),
            ("4.4.1.8", Kind.INTEGER, lambda: power.carried + line - 1),
            ("4.4.1.9", Kind.INTEGER, lambda: power.apparent_power * share),
            ("5.3.1.1", Kind.INTEGER, line),
            ("5.3.1.2", Kind.INTEGER, lambda: power.input_voltage * volts),
            ("5.3.1.3", Kind.INTEGER, which),
            ("5.3.1.4", Kind.OCTETS, name),
            ("5.3.1.5", Kind.INTEGER, lambda: 5 if power.bypass else 0),
            ("5.3.1.6", Kind.INTEGER, lambda: 110 if power.bypass else 0),
        )
        self.tree.add(X, [(f"{column}.{line}", kind, get) for column, kind, get in rows])

    def _build_outlet(self, number: int, outlet: Outlet) -> None:
        self.add_receptacle(number, outlet)
        self.tree.add(
            f"{X}.12.2.1",
            (
                (f"8.{number}", Kind.INTEGER, 25),
                (f"9.{number}", Kind.INTEGER, lambda: outlet.energy),
            ),
        )

    # what follows from the power side

    @override
    def _abm_status(self) -> int:
        return self.abm or super()._abm_status()

    def _output_source(self) -> int:
        power = self.power
        is_gateway = "gateway" in self.xups_quirks
        if not power.output_on:
            return 0 if is_gateway else 2
        if power.bypass:
            return 16 if is_gateway else 4
        if power.discharging:
            return (5 if power.battery_low else 4) if is_gateway else 5
        if power.regulating:
            is_low = power.mains_voltage < power.nominal_voltage
            return (15 if is_low else 14) if is_gateway else 6 if is_low else 7
        if self.eco:
            return 10
        return 1 if is_gateway else 3

    def _output_status(self) -> int:
        if not self.power.output_on:
            return 1
        return 2 if self.output_unprotected or self.power.bypass else 3

    def _battery_test(self) -> int:
        if self.power.testing:
            return 4
        result = self.power.test_result
        if result is Test.PASSED:
            return 2
        return 3 if result is Test.FAILED else self.battery_result

    # writing

    def _replace_battery(self, value: int | bytes | Oid) -> None:
        assert isinstance(value, bytes)
        self.battery_date = value
        self.writes.append(("xupsBatteryLastReplacedDate", value))

    def _start_xups_test(self, value: int) -> None:
        self.last_test = value
        if value == 1 and not self.power.start_test(10):
            self.battery_result = 6
        elif value == 3:
            self.general_test, self.general_result = 3, 2
        elif value == 4:
            self.battery_result = 5
        elif value == 5:
            self.general_test = 5
        elif value == 6:
            self.power.stop_test()

    @property
    def _is_fixed(self) -> bool:
        return "fixed" in self.xups_quirks

    @override
    def _off_delay(self, value: int) -> None:
        if not self._is_fixed:
            super()._off_delay(value)

    @override
    def _shed_load(self, value: int) -> None:
        if not self._is_fixed:
            super()._shed_load(value)

    @override
    def _on_delay(self, value: int) -> None:
        if not self._is_fixed:
            super()._on_delay(value)

    @override
    def _to_bypass(self, value: int) -> None:
        if value and not self.bypass_available:
            raise SetError(Status.RESOURCE_UNAVAILABLE)
        super()._to_bypass(value)

    # life

    @override
    def advance(self) -> None:
        """Bring the device up to date: timers, outlets, alarms, traps."""
        super().advance()
        self._update_xups_alarms()

    def _present_xups(self) -> set[int]:
        power = self.power
        return self.extra_alarms | {
            number
            for number, is_there in {
                ON_BATTERY: power.on_battery,
                LOW_BATTERY: power.battery_low,
                OVERLOAD: self.overloaded,
                INTERNAL: power.failed,
                DISCHARGED: power.discharging and power.charge <= 0,
                ON_BYPASS: power.bypass,
                NO_BYPASS: not self.bypass_available,
                OUTPUT_OFF: power.output is Output.STAYING,
                INPUT_FAILURE: power.utility_failed,
                BATTERY_BAD: self.replace_battery,
                LOST: self.contact_lost,
                PENDING: power.output is Output.LEAVING,
                TEST_RUNNING: power.testing,
                AWAITING: power.output is Output.WAITING,
            }.items()
            if is_there
        }

    def _update_xups_alarms(self) -> None:
        """Add and remove alarm rows; their numbers only grow."""
        wanted = self._present_xups()
        for gone in self._rows.keys() - wanted:
            row = self._rows.pop(gone)
            for column in (1, 2, 3):
                del self.tree[f"{X}.7.2.1.{column}.{row}"]
            if gone == ON_BATTERY:
                self._xups_trap(RESTORED, row, oid(f"{X}.7.{RESTORED}"))
            elif gone == LOW_BATTERY:
                self._xups_trap(NOT_LOW, row, oid(f"{X}.7.{NOT_LOW}"))
        for new in sorted(wanted - self._rows.keys()):
            row, self._next_row = self._next_row, self._next_row + 1
            self._rows[new] = row
            raised = round((self.clock.now() - self.started) * 100)
            self.tree.add(
                f"{X}.7.2.1",
                (
                    (f"1.{row}", Kind.INTEGER, row),
                    (f"2.{row}", Kind.OID, oid(f"{X}.7.{new}")),
                    (f"3.{row}", Kind.TICKS, raised),
                ),
            )
            if (number := _TRAPS.get(new)) is not None:
                self._xups_trap(number, row, oid(f"{X}.7.{new}"))

    def _xups_trap(self, number: int, row: int, alarm: Oid) -> None:
        self.trap(
            (*TRAPS, number),
            (
                (oid(f"{X}.7.2.1.1.{row}"), Value(Kind.INTEGER, row)),
                (oid(f"{X}.7.2.1.2.{row}"), Value(Kind.OID, alarm)),
                (oid(f"{X}.11.3.0"), Value(Kind.OCTETS, b"")),
            ),
        )

    def raise_gateway_alarm(self, number: int, said: str, level: int) -> None:
        """Put an alarm in the gateway's own table, or change its level."""
        self.gateway_alarms[number] = said, level
        self.tree.add(
            f"{PXG}.2.1",
            (
                (f"2.{number}", Kind.INTEGER, number),
                (f"3.{number}", Kind.OCTETS, said),
                (f"4.{number}", Kind.OCTETS, f"UPS/Alarm = {said}"),
                (f"5.{number}", Kind.INTEGER, lambda: self.gateway_alarms[number][1]),
                (f"6.{number}", Kind.TICKS, 100),
            ),
        )
