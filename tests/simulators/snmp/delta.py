"""A UPS with Delta's UPSv4 agent, from DeltaUPS-MIB: nothing but scalars."""

from collections.abc import Callable
from typing import override

from .objects import Kind, SetError, Status, oid
from .ups import UpsAgent
from tests.simulators.clock import Clock
from tests.simulators.power import Output, Power, Test

D = "1.3.6.1.4.1.2254.2.4"
TRAPS = oid(f"{D}.20.0")

# dupsAlarm (9), by the last number
DISCONNECT, POWER_FAIL, LOW, ON_BYPASS, FAULT = 1, 2, 3, 6, 7
TESTING, OVERLOAD, STANDBY, ECONOMIC, OUTPUT_OFF = 9, 12, 21, 24, 25
ALARMS = 28
_TRAPS = {POWER_FAIL: 3, LOW: 5, ON_BYPASS: 11, FAULT: 13, OVERLOAD: 21, DISCONNECT: 1}
_TEST_SECONDS = {1: 10.0, 2: 20.0, 3: 10.0, 4: None}


class DeltaAgent(UpsAgent):
    """A UPS behind a Delta card.

    Args:
        power: The power side.
        phases: Lines of input, output and bypass.
        relays: Outlet relays.
        probe: Whether an environment probe is there.
    """

    def __init__(
        self,
        *,
        power: Power | None = None,
        clock: Clock | None = None,
        phases: int = 1,
        relays: int = 2,
        probe: bool = True,
    ) -> None:
        super().__init__(power=power, clock=clock)
        self.phases = phases
        self.relays = dict.fromkeys(range(1, relays + 1), True)
        """Whether each outlet relay is closed; the agent does not tell."""
        self.chosen = 1
        self.has_probe = probe
        self.name = "rack ups"
        self.attached = "server"
        self.source: int | None = None
        """What dupsOutputSource says whatever the power does."""
        self.condition = 0
        self.charging = 2
        self.alarms: set[int] = set()
        """Alarms beside those that follow from the power side."""
        self.shutdown_type, self.auto_reboot = 2, 1
        self.shutdown_at: float | None = None
        self.restart_at: float | None = None
        self.relay_orders: list[tuple[float, int, bool]] = []
        self.buzzer_alarm, self.buzzer_state = 1, 1
        self.sensitivity = 0
        self.transfer = {"3.4": 184, "3.5": 264}
        self.config = {"3.6": 120, "3.7": 10, "3.8": 1}
        self.environment = {"10.3": 40, "10.4": 80}
        self.relay_types = dict.fromkeys(range(1, 5), 0)
        self.contacts = dict.fromkeys(range(1, 5), 0)
        self.test_type = 0
        self.test_detail = ""
        self.battery_since: float | None = None
        self.last_replaced, self.next_replaced = "20240229", "20280301"
        self._active: set[int] = set()
        self._had_test = False
        self.add_system(D, "Simulated Delta card", name="ups-card")
        self._build()

    # objects

    def _build(self) -> None:
        power, integer, octets = self.power, Kind.INTEGER, Kind.OCTETS
        self.tree.add(
            D,
            (
                ("1.1.0", octets, "Delta"),
                ("1.2.0", octets, "Amplon RT-1K"),
                ("1.3.0", octets, "UPS 2.10"),
                ("1.4.0", octets, "card 1.12.5"),
                ("1.5.0", octets, lambda: self.name),
                ("1.6.0", octets, lambda: self.attached),
                ("1.7.0", integer, lambda: power.nominal_power),
                ("1.8.0", integer, 230),
                ("1.9.0", integer, 50),
                ("1.10.0", integer, 230),
                ("1.11.0", integer, 50),
                ("1.12.0", integer, 48),
                ("1.13.0", integer, 200),
                ("1.14.0", integer, 160),
                ("1.15.0", integer, 280),
                ("1.16.0", integer, 250),
                ("1.17.0", integer, 2),
                ("1.18.0", integer, lambda: len(self.relays)),
                ("1.19.0", integer, 1),
                ("2.1.0", integer, lambda: self.shutdown_type),
                ("2.2.0", integer, lambda: self.auto_reboot),
                ("2.3.0", integer, lambda: self._left(self.shutdown_at)),
                ("2.4.0", integer, lambda: -1),
                ("2.5.0", integer, lambda: self.chosen),
                ("2.6.0", integer, 0),
                ("2.7.0", integer, 0),
                ("3.1.0", integer, lambda: self.buzzer_alarm),
                ("3.2.0", integer, lambda: self.buzzer_state),
                ("3.3.0", integer, lambda: self.sensitivity),
                *self._kept(self.transfer),
                *self._kept(self.config),
                ("4.1.0", integer, self.phases),
                ("5.1.0", integer, self._source),
                ("5.2.0", integer, lambda: power.output_frequency * 10),
                ("5.3.0", integer, self.phases),
                ("6.1.0", integer, lambda: power.input_frequency * 10),
                ("6.2.0", integer, self.phases),
                ("7.1.0", integer, lambda: self.condition),
                ("7.2.0", integer, self._battery_status),
                ("7.3.0", integer, lambda: 3 if power.discharging else self.charging),
                ("7.4.0", integer, self._seconds_on_battery),
                ("7.5.0", integer, lambda: int(power.runtime // 60)),
                ("7.6.0", integer, lambda: power.battery_voltage * 10),
                ("7.7.0", integer, lambda: 62 if power.discharging else 0),
                ("7.8.0", integer, lambda: power.charge),
                ("7.9.0", integer, lambda: power.temperature),
                ("7.10.0", octets, lambda: self.last_replaced),
                ("7.11.0", octets, lambda: self.next_replaced),
                ("8.1.0", integer, lambda: self.test_type),
                ("8.2.0", integer, self._test_summary),
                ("8.3.0", octets, lambda: self.test_detail),
                *(
                    (f"9.{number}.0", integer, self._alarm(number))
                    for number in range(1, ALARMS + 1)
                ),
                ("10.1.0", integer, 23 if self.has_probe else 0),
                ("10.2.0", integer, 41 if self.has_probe else 0),
                *self._kept(self.environment),
                *((f"10.{4 + each}.0", integer, self._relay_type(each)) for each in range(1, 5)),
                ("10.9.0", integer, lambda: int(self.environment["10.3"] < 23)),
                ("10.10.0", integer, lambda: int(self.environment["10.4"] < 41)),
                *((f"10.{10 + each}.0", integer, self._contact(each)) for each in range(1, 5)),
            ),
        )
        for phase in range(1, 4):
            self._build_phase(phase)
        self._build_writes()

    @staticmethod
    def _kept(values: dict[str, int]) -> list[tuple[str, Kind, Callable[[], int]]]:
        def kept(where: str) -> Callable[[], int]:
            return lambda: values[where]

        return [(f"{where}.0", Kind.INTEGER, kept(where)) for where in values]

    def _relay_type(self, contact: int) -> Callable[[], int]:
        return lambda: self.relay_types[contact]

    def _contact(self, contact: int) -> Callable[[], int]:
        return lambda: self.contacts[contact]

    def _build_phase(self, phase: int) -> None:
        """Put in the objects of one line; those that the unit does not have say 0."""
        power = self.power
        is_real = phase <= self.phases
        share = 1 / self.phases

        def measured(get: Callable[[], float]) -> Callable[[], float]:
            return get if is_real else lambda: 0

        rows = {
            "input": (
                lambda: power.input_frequency * 10,
                lambda: power.input_voltage * 10,
                lambda: power.output_current * 10 * share,
            ),
            "output": (
                lambda: power.output_voltage * 10,
                lambda: power.output_current * 10 * share,
                lambda: power.real_power * share,
                lambda: power.carried + phase - 1,
            ),
            "bypass": (
                lambda: power.input_voltage * 10,
                lambda: power.output_current * 10 * share if power.bypass else 0,
                lambda: power.real_power * share if power.bypass else 0,
            ),
        }
        # the number of the first object of the first line, and which group it is in
        for side, group, first_ in (("input", 4, 2), ("output", 5, 4), ("bypass", 6, 3)):
            width = len(rows[side])
            for number, get in enumerate(rows[side], first_ + (phase - 1) * width):
                self.tree.add(D, ((f"{group}.{number}.0", Kind.INTEGER, measured(get)),))

    # what follows from the power side

    def _source(self) -> int:
        power = self.power
        if self.source is not None:
            return self.source
        if not power.output_on:
            return 7
        if power.bypass:
            return 2
        if power.discharging:
            return 1
        if power.regulating:
            return 4 if power.mains_voltage < power.nominal_voltage else 3
        return 0

    def _battery_status(self) -> int:
        power = self.power
        if power.discharging and power.charge <= 5:
            return 2
        return 1 if power.battery_low else 0

    def _seconds_on_battery(self) -> float:
        return 0 if self.battery_since is None else self.clock.now() - self.battery_since

    def _test_summary(self) -> int:
        failed = {1: 3, 2: 4, 3: 4, 4: 5}.get(self.test_type, 3)
        return {
            Test.NONE: 0,
            Test.RUNNING: 2,
            Test.PASSED: 1,
            Test.FAILED: failed,
            Test.ABORTED: 0,
        }[self.power.test_result]

    def _left(self, at: float | None) -> int:
        return 0 if at is None else max(round(at - self.clock.now()), 0)

    def _present(self) -> set[int]:
        power = self.power
        return {
            number
            for number, is_there in {
                POWER_FAIL: power.utility_failed,
                LOW: power.battery_low,
                ON_BYPASS: power.bypass,
                FAULT: power.failed,
                TESTING: power.testing,
                OUTPUT_OFF: not power.output_on,
            }.items()
            if is_there
        } | self.alarms

    def _alarm(self, number: int) -> Callable[[], int]:
        return lambda: int(number in self._present())

    # writing

    def _keep(
        self, where: str, do: Callable[..., None], is_allowed: Callable[..., bool] | None = None
    ) -> None:
        self.let_write(f"{D}.{where}.0", where, do, is_allowed, Status.BAD_VALUE)

    def _store(self, values: dict[str, int], low: int, high: int) -> None:
        for where in values:
            self._keep(
                where,
                lambda value, where=where: values.update({where: value}),
                lambda value: low <= value <= high,
            )

    def _build_writes(self) -> None:
        one_or_two = frozenset({1, 2}).__contains__
        self._keep("1.5", lambda value: setattr(self, "name", value.decode()))
        self._keep("1.6", lambda value: setattr(self, "attached", value.decode()))
        self._keep("2.1", lambda value: setattr(self, "shutdown_type", value), one_or_two)
        self._keep("2.2", lambda value: setattr(self, "auto_reboot", value), one_or_two)
        self._keep("2.3", self._shut_down, lambda value: value >= 0)
        self._keep("2.4", self._restart, lambda value: value >= -1)
        self._keep(
            "2.5", lambda value: setattr(self, "chosen", value), lambda value: value in self.relays
        )
        self._keep("2.6", lambda value: self._switch(value, on=False))
        self._keep("2.7", lambda value: self._switch(value, on=True))
        self._keep("3.1", lambda value: setattr(self, "buzzer_alarm", value), one_or_two)
        self._keep("3.2", lambda value: setattr(self, "buzzer_state", value), one_or_two)
        self._keep("3.3", lambda value: setattr(self, "sensitivity", value), {0, 1, 2}.__contains__)
        self._store(self.transfer, 160, 280)
        self._store(self.config, -1, 65535)
        self._store(self.environment, 0, 100)
        for contact in range(1, 5):
            self._keep(
                f"10.{4 + contact}",
                lambda value, contact=contact: self.relay_types.update({contact: value}),
                {0, 1}.__contains__,
            )
        self._keep("8.1", self._test, lambda value: 0 <= value <= 4)

    def _shut_down(self, seconds: int) -> None:
        if seconds == 0:
            self.shutdown_at = None
            self.power.cancel()
            return
        self.shutdown_at = self.clock.now() + seconds
        # it comes back by itself only when mains comes back (dupsAutoReboot)
        returns = self.auto_reboot == 1 and self.power.utility_failed
        self.power.shut_down(seconds, off_for=0.0 if returns else None)

    def _restart(self, minutes: int) -> None:
        self.restart_at = None if minutes < 0 else self.clock.now() + minutes * 60

    def _switch(self, seconds: int, *, on: bool) -> None:
        self.relay_orders.append((self.clock.now() + seconds, self.chosen, on))

    def _test(self, kind: int) -> None:
        if kind == 0:
            self.power.stop_test()
        elif self.power.testing or not self.power.start_test(_TEST_SECONDS[kind]):
            raise SetError(Status.GENERAL)
        self.test_type = kind

    # life

    @override
    def advance(self) -> None:
        """Bring the device up to date: timers, relays, traps."""
        power, now = self.power, self.clock.now()
        power.advance()
        if self.shutdown_at is not None and now >= self.shutdown_at:
            self.shutdown_at = None
        if self.restart_at is not None and now >= self.restart_at:
            self.restart_at = None
            if not power.output_on and not power.utility_failed:
                power.output = Output.ON
        for order in [each for each in self.relay_orders if each[0] <= now]:
            self.relay_orders.remove(order)
            self.relays[order[1]] = order[2]
        if power.on_battery and self.battery_since is None:
            self.battery_since = now
        elif not power.on_battery:
            self.battery_since = None
        present = self._present()
        for alarm, trap in _TRAPS.items():
            if (alarm in present) != (alarm in self._active):
                self.trap((*TRAPS, trap if alarm in present else trap + 1))
        self._active = present
        if power.testing != self._had_test:
            self._had_test = power.testing
            self.trap((*TRAPS, 17 if power.testing else 47))
