"""A UPS with an RFC 1628 agent, from the document; the power side is ``power.Power``.

Quirks, to be like the agents that deviate (each is one seen in a recording or a dump):
``tenths`` volts x 10, ``filled`` three rows on a single-phase unit, ``unmeasured`` -1 for currents,
``nulls`` NULL instead, ``texts`` numbers as texts, ``no_lock`` a card that knows no spin lock.
"""

from collections.abc import Callable
from typing import override

from .objects import Kind, Object, Oid, SetError, Status, Value, oid
from .ups import UpsAgent
from tests.simulators.clock import Clock
from tests.simulators.power import Output, Power, Test

R = "1.3.6.1.2.1.33.1"
TRAPS = oid("1.3.6.1.2.1.33.2")
QUIRKS = frozenset({"tenths", "filled", "unmeasured", "nulls", "no_lock", "no_counts"})

BATTERY_BAD, ON_BATTERY, LOW_BATTERY, DEPLETED = 1, 2, 3, 4
INPUT_BAD, OVERLOAD, ON_BYPASS, GENERAL_FAULT = 6, 8, 9, 18
OFF_AS_REQUESTED, OUTPUT_OFF, COMMUNICATIONS_LOST = 11, 14, 20
AWAITING_POWER, PENDING, IMMINENT, TEST_RUNNING = 21, 22, 23, 24

# upsWellKnownTests (7.7)
NO_TEST, ABORT, GENERAL, QUICK, DEEP = (oid(f"{R}.7.7.{number}") for number in range(1, 6))
_TEST_SECONDS = {GENERAL: 10.0, QUICK: 10.0, DEEP: None}


class Rfc1628Agent(UpsAgent):
    """A UPS that answers RFC 1628.

    Args:
        power: The power side.
        phases: Lines of input and output.
        quirks: See the module.
    """

    def __init__(
        self,
        *,
        power: Power | None = None,
        clock: Clock | None = None,
        phases: int = 1,
        quirks: frozenset[str] = frozenset(),
        model: str = "Simulated 1000",
        object_id: str = "1.3.6.1.2.1.33",
    ) -> None:
        if unknown := quirks - QUIRKS:
            raise ValueError(f"no quirk {', '.join(unknown)}")
        super().__init__(power=power, clock=clock)
        self.phases = phases
        self.quirks = quirks
        self.model = model
        self.name = "rack ups"
        self.attached = ",,"
        self.replace_battery = False
        self.overloaded = False
        self.contact_lost = False
        self.own_alarms: set[Oid] = set()
        """Alarms of the maker's own, by OID."""
        self.shutdown_type = 1
        self.beeper = 2
        self.low_battery_minutes = 5
        self.transfer = {"low": 184, "high": 264}
        self.nominal = {"in": 230, "in_hz": 500, "out": 230, "out_hz": 500}
        self.test_id: Oid = NO_TEST
        self.lock = 1000
        self.startup_at: float | None = None
        self.test_started = 0.0
        self.battery_since: float | None = None
        self._alarms: dict[Oid, int] = {}
        self._next_alarm = 1
        self._last_trap = 0.0
        self._had_test = False
        self.add_system(object_id, "Simulated SNMP card", name="ups-card")
        self._build()

    # objects

    def _build(self) -> None:
        power = self.power
        integer, octets = Kind.INTEGER, Kind.OCTETS
        self.tree.add(
            R,
            (
                ("1.1.0", octets, "Simulated Power   "),
                ("1.2.0", octets, lambda: self.model),
                ("1.3.0", octets, "1.2.3"),
                ("1.4.0", octets, "card 4.5"),
                ("1.5.0", octets, lambda: self.name),
                ("1.6.0", octets, lambda: self.attached),
                ("2.1.0", integer, self._battery_status),
                ("2.2.0", integer, self._seconds_on_battery),
                ("2.3.0", integer, lambda: int(power.runtime // 60)),
                ("2.4.0", integer, lambda: power.charge),
                ("2.5.0", integer, lambda: power.battery_voltage * 10),
                ("2.6.0", integer, self._battery_current),
                ("2.7.0", integer, lambda: power.temperature),
                ("3.1.0", Kind.COUNTER, 3),
                ("4.1.0", integer, self._source),
                ("4.2.0", integer, lambda: power.output_frequency * 10),
                ("5.1.0", integer, lambda: power.input_frequency * 10),
                ("6.1.0", Kind.GAUGE, lambda: len(self._alarms)),
                ("7.1.0", Kind.OID, lambda: self.test_id),
                ("7.2.0", integer, lambda: self.lock),
                ("7.3.0", integer, self._test_summary),
                ("7.4.0", octets, ""),
                ("7.5.0", Kind.TICKS, lambda: self.test_started * 100),
                ("7.6.0", integer, lambda: (self.clock.now() - self.test_started) * 100),
                ("8.1.0", integer, lambda: self.shutdown_type),
                ("8.2.0", integer, self._shutdown_left),
                ("8.3.0", integer, self._startup_left),
                ("8.4.0", integer, self._reboot_left),
                ("8.5.0", integer, lambda: 1 if power.auto_restart else 2),
                ("9.1.0", integer, lambda: self.nominal["in"]),
                ("9.2.0", integer, lambda: self.nominal["in_hz"]),
                ("9.3.0", integer, lambda: self.nominal["out"]),
                ("9.4.0", integer, lambda: self.nominal["out_hz"]),
                ("9.5.0", integer, lambda: power.nominal_power),
                ("9.6.0", integer, lambda: power.nominal_power * 0.9),
                ("9.7.0", integer, lambda: self.low_battery_minutes),
                ("9.8.0", integer, lambda: self.beeper),
                ("9.9.0", integer, lambda: self.transfer["low"]),
                ("9.10.0", integer, lambda: self.transfer["high"]),
            ),
        )
        if "no_counts" not in self.quirks:
            self.tree.add(
                R,
                (
                    ("3.2.0", integer, self.phases),
                    ("4.3.0", integer, self.phases),
                    ("5.2.0", integer, self.phases),
                ),
            )
        for line in range(1, (3 if self.quirks & {"filled", "nulls"} else self.phases) + 1):
            self._build_line(line)
        self._build_writes()

    def _build_line(self, line: int) -> None:
        power = self.power
        is_real = line <= self.phases
        volts = 10 if "tenths" in self.quirks else 1
        share = 1 / self.phases

        def measured(get: Callable[[], float]) -> Callable[[], float | bytes]:
            return get if is_real else lambda: 0

        def current(get: Callable[[], float]) -> Callable[[], float | bytes]:
            return (lambda: -1) if "unmeasured" in self.quirks else measured(get)

        rows: tuple[tuple[str, Callable[[], float | bytes]], ...] = (
            ("3.3.1.2", measured(lambda: power.input_frequency * 10)),
            ("3.3.1.3", measured(lambda: power.input_voltage * volts)),
            ("3.3.1.4", current(lambda: power.output_current * 10 * share)),
            ("3.3.1.5", measured(lambda: power.real_power * share)),
            ("4.4.1.2", measured(lambda: power.output_voltage * volts)),
            ("4.4.1.3", current(lambda: power.output_current * 10 * share)),
            ("4.4.1.4", measured(lambda: power.real_power * share)),
            ("4.4.1.5", measured(lambda: power.carried)),
            ("5.3.1.2", measured(lambda: power.input_voltage * volts)),
            ("5.3.1.3", current(lambda: 0)),
            ("5.3.1.4", measured(lambda: 0)),
        )
        for column, get in rows:
            kind = Kind.NULL if "nulls" in self.quirks and not is_real else Kind.INTEGER
            self.tree[f"{R}.{column}.{line}"] = Object(kind, get)

    # what follows from the power side

    def _battery_status(self) -> int:
        power = self.power
        if power.charge <= 0:
            return 4
        return 3 if power.battery_low else 2

    def _seconds_on_battery(self) -> float:
        return 0 if self.battery_since is None else self.clock.now() - self.battery_since

    def _battery_current(self) -> float:
        power = self.power
        current = power.real_power / power.nominal_battery * 10
        return current if power.discharging else 0

    def _source(self) -> int:
        power = self.power
        if not power.output_on:
            return 2
        if power.bypass:
            return 4
        if power.discharging:
            return 5
        if power.regulating:
            return 6 if power.mains_voltage < power.nominal_voltage else 7
        return 3

    def _test_summary(self) -> int:
        return {
            Test.NONE: 6,
            Test.RUNNING: 5,
            Test.PASSED: 1,
            Test.FAILED: 3,
            Test.ABORTED: 4,
        }[self.power.test_result]

    def _left(self, at: float | None) -> int:
        return -1 if at is None else max(round(at - self.clock.now()), 0)

    def _shutdown_left(self) -> int:
        power = self.power
        return self._left(power._off_at) if power.output is Output.LEAVING else -1

    def _startup_left(self) -> int:
        return self._left(self.startup_at)

    def _reboot_left(self) -> int:
        power = self.power
        return self._left(power._back_at) if power.output is Output.WAITING else -1

    # writing

    def _build_writes(self) -> None:
        def keep(
            where: str,
            name: str,
            do: Callable[..., None],
            is_allowed: Callable[..., bool] | None = None,
            refusal: Status = Status.WRONG_VALUE,
        ) -> None:
            self.let_write(f"{R}.{where}", name, do, is_allowed, refusal)

        def set_to(attribute: str) -> Callable[[object], None]:
            return lambda value: setattr(self, attribute, value)

        one_or_two, volts = {1, 2}.__contains__, {220, 230, 240}.__contains__
        not_now = Status.INCONSISTENT_VALUE
        keep(
            "1.5.0",
            "upsIdentName",
            lambda value: setattr(self, "name", value.decode()),
            lambda value: len(value) <= 63,
            Status.WRONG_LENGTH,
        )
        keep("7.1.0", "upsTestId", self._start_test)
        if "no_lock" not in self.quirks:
            keep(
                "7.2.0",
                "upsTestSpinLock",
                self._take_lock,
                lambda value: value == self.lock,
                not_now,
            )
        keep("8.1.0", "upsShutdownType", set_to("shutdown_type"), one_or_two)
        keep("8.2.0", "upsShutdownAfterDelay", self._shut_down)
        keep("8.3.0", "upsStartupAfterDelay", self._start_up)
        keep("8.4.0", "upsRebootWithDuration", self._reboot, lambda value: -1 <= value <= 300)
        keep("8.5.0", "upsAutoRestart", self._restart_itself, one_or_two)
        keep("9.1.0", "upsConfigInputVoltage", self._keep_nominal("in"), volts, not_now)
        keep("9.3.0", "upsConfigOutputVoltage", self._keep_nominal("out"), volts, not_now)
        keep("9.7.0", "upsConfigLowBattTime", self._keep_low_battery_time)
        keep("9.8.0", "upsConfigAudibleStatus", set_to("beeper"), {1, 2, 3}.__contains__)
        for where, name, side, low, high in (
            ("9.9.0", "upsConfigLowVoltageTransferPoint", "low", 160, 210),
            ("9.10.0", "upsConfigHighVoltageTransferPoint", "high", 245, 280),
        ):
            keep(
                where,
                name,
                lambda value, side=side: self.transfer.update({side: value}),
                lambda value, low=low, high=high: low <= value <= high,
            )

    def _keep_nominal(self, which: str) -> Callable[[int], None]:
        return lambda value: self.nominal.update({which: value})

    def _keep_low_battery_time(self, value: int) -> None:
        # the agent rounds up to a value it supports
        self.low_battery_minutes = next((each for each in (2, 5, 8, 10) if each >= value), 10)

    def _restart_itself(self, value: int) -> None:
        self.power.auto_restart = value == 1

    def _take_lock(self, value: int) -> None:
        self.lock = (value + 1) % 0x80000000

    def _start_test(self, value: Oid) -> None:
        if value == ABORT:
            self.power.stop_test()
            self.test_id = ABORT
            return
        if value not in _TEST_SECONDS or self.power.testing:
            raise SetError(Status.INCONSISTENT_VALUE)
        if not self.power.start_test(_TEST_SECONDS[value]):
            raise SetError(Status.RESOURCE_UNAVAILABLE)
        self.test_id, self.test_started = value, self.clock.now()

    def _shut_down(self, value: int) -> None:
        if value < 0:
            if self.power.output is Output.LEAVING:
                self.power.cancel()
            return
        # it comes back by itself only after a power loss (upsAutoRestart)
        returns = self.power.auto_restart and self.power.utility_failed
        self.power.shut_down(value, off_for=0.0 if returns else None)

    def _start_up(self, value: int) -> None:
        self.startup_at = None if value < 0 else self.clock.now() + value
        self.advance()

    def _reboot(self, value: int) -> None:
        if value < 0:
            self.power.cancel()
        else:
            self.power.shut_down(0, off_for=value)

    # life

    @override
    def advance(self) -> None:
        """Bring the device up to date: timers, alarms, traps."""
        power = self.power
        power.advance()
        if self.startup_at is not None and self.clock.now() >= self.startup_at:
            if not power.output_on and not power.utility_failed:
                power.output = Output.ON
            self.startup_at = None if power.output_on else self.startup_at
        if power.on_battery and self.battery_since is None:
            self.battery_since = self.clock.now()
        elif not power.on_battery:
            self.battery_since = None
        self._update_alarms()
        if self._had_test and not power.testing:
            self.trap((*TRAPS, 2))
        self._had_test = power.testing

    def _present(self) -> set[int]:
        power = self.power
        return {
            number
            for number, is_there in {
                BATTERY_BAD: self.replace_battery,
                ON_BATTERY: power.on_battery,
                LOW_BATTERY: power.battery_low,
                DEPLETED: power.discharging and power.charge <= 0,
                INPUT_BAD: power.utility_failed,
                OVERLOAD: self.overloaded,
                ON_BYPASS: power.bypass,
                GENERAL_FAULT: power.failed,
                OUTPUT_OFF: not power.output_on,
                COMMUNICATIONS_LOST: self.contact_lost,
                AWAITING_POWER: power.output is Output.WAITING,
                PENDING: power.output is Output.LEAVING,
                TEST_RUNNING: power.testing,
            }.items()
            if is_there
        }

    def _update_alarms(self) -> None:
        """Add and remove alarm rows; their numbers only grow."""
        wanted = {oid(f"{R}.6.3.{number}") for number in self._present()} | self.own_alarms
        for gone in self._alarms.keys() - wanted:
            row = self._alarms.pop(gone)
            for column in (1, 2, 3):
                del self.tree[f"{R}.6.2.1.{column}.{row}"]
            if gone[-1] != TEST_RUNNING:
                self.trap((*TRAPS, 4), self._alarm_pairs(row, gone))
        for new in sorted(wanted - self._alarms.keys()):
            row, self._next_alarm = self._next_alarm, self._next_alarm + 1
            self._alarms[new] = row
            raised = (self.clock.now() - self.started) * 100
            self.tree.add(
                f"{R}.6.2.1",
                (
                    (f"1.{row}", Kind.INTEGER, row),
                    (f"2.{row}", Kind.OID, new),
                    (f"3.{row}", Kind.TICKS, raised),
                ),
            )
            self.tree[f"{R}.6.2.1.3.{row}"].get = round(raised)
            if new[-1] == ON_BATTERY:
                self.trap((*TRAPS, 1))
            elif new[-1] != TEST_RUNNING:
                self.trap((*TRAPS, 3), self._alarm_pairs(row, new))

    @staticmethod
    def _alarm_pairs(row: int, alarm: Oid) -> tuple[tuple[Oid, Value], ...]:
        return (
            (oid(f"{R}.6.2.1.1.{row}"), Value(Kind.INTEGER, row)),
            (oid(f"{R}.6.2.1.2.{row}"), Value(Kind.OID, alarm)),
        )
