"""A UPS with an MGE agent, from MG-SNMP-UPS-MIB; what that MIB lacks, RFC 1628 answers beside it.

Quirks: ``recorded`` is like a 5PX: input rows with a 0 behind the phase, the output's three equal
rows, no number of phases, minimum and maximum without a phase, few objects; ``old`` has nothing of
the newest document (4.34, 8.6, 8.7); ``alone`` does not answer RFC 1628.
"""

from collections.abc import Callable
from typing import Any, override

from .eaton_environment import Emp, add_emp
from .objects import Kind, Object, SetError, Status, Value, oid
from .rfc1628 import R, Rfc1628Agent
from tests.simulators.clock import Clock
from tests.simulators.power import Power, Test

M = "1.3.6.1.4.1.705.1"
EMP = "1.3.6.1.4.1.534.1.6"
TRAPS = oid(f"{M}.11.0")
QUIRKS = frozenset({"recorded", "old", "alone"})
NOT_RECORDED = ("3", "4", "8", "9", "10", "12", "1.5", "5.7", "5.8", "5.10", "5.12", "5.17", "6.1")
NOT_RECORDED_OUTPUT = ("7.1", "7.5", "7.6", "7.8", "7.12")

ON_BATTERY, LOW, LOW_CONDITION, UTILITY, BYPASS, OVERLOAD, COMMUNICATION = 11, 5, 9, 17, 13, 21, 37


class Receptacle:
    """One outlet: its state as mgreceptacleState counts, and the orders that run."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.state = 3
        """normalON."""
        self.shutoff_level, self.shutoff_timer, self.restart_delay = 0, 65535, 5
        self.delays = {"on": 0, "off": 0, "toggle": 0, "duration": 0}
        self.controls = {"on": 1, "off": 1, "toggle": 1}
        self.due: dict[str, float] = {}

    @property
    def is_on(self) -> bool:
        """Whether the outlet has power: the odd states."""
        return self.state % 2 == 1

    def advance(self, now: float) -> list[int]:
        """Do what is due; return the traps it makes."""
        traps = []
        for action in [each for each, at in self.due.items() if at <= now]:
            at = self.due.pop(action)
            if action == "toggle":
                self.state = 6
                self.due["back"] = at + self.delays["duration"]
                continue
            self.state = 6 if action == "off" else 5
            traps.append({"on": 28, "off": 32, "back": 36}[action])
        return traps


class MgeAgent(Rfc1628Agent):
    """A UPS behind an MGE or Eaton card.

    Args:
        power: The power side.
        phases: Lines of input and output.
        outlets: Switched outlets.
        probes: Environment probes of the newest document.
        emp: A probe that answers by Eaton's EMP objects.
        quirks: See the module.
    """

    def __init__(
        self,
        *,
        power: Power | None = None,
        clock: Clock | None = None,
        phases: int = 1,
        outlets: int = 2,
        probes: int = 0,
        emp: Emp | None = None,
        quirks: frozenset[str] = frozenset(),
    ) -> None:
        if unknown := quirks - QUIRKS:
            raise ValueError(f"no quirk {', '.join(unknown)}")
        super().__init__(
            power=power,
            clock=clock,
            phases=phases,
            quirks=frozenset({"no_counts"}) if "recorded" in quirks else frozenset(),
            object_id=M,
        )
        self.mge_quirks = quirks
        self.receptacles = [Receptacle(f"outlet {each}") for each in range(1, outlets + 1)]
        self.user_id = "ups in the cellar"
        self.alarm_audible = 1
        self.auto_restart = 1
        self.schedule = 2
        self.hot = self.charger_failed = self.no_battery = self.input_bad = False
        self.battery_result, self.diagnostic_result = 5, 3
        self.running = ""
        self.config = {
            "4.1": 1,
            "4.2": 48,
            "4.3": 600,
            "4.5": 10,
            "4.7": 180,
            "4.8": 20,
            "4.10": 65535,
            "4.11": 30,
            "4.12": 1000,
            "4.13": 184,
            "4.14": 264,
            "4.15": 230,
            "4.16": 4,
            "4.17": 500,
            "4.30": 184,
            "4.31": 212,
            "4.32": 248,
            "4.33": 264,
        }
        self.external_alarms = [False, False]
        self.probes: list[dict[str, Any]] = [
            {"lost": 2, "temperature": 215 + 10 * number, "humidity": 430, "inputs": [2, 1]}
            for number in range(probes)
        ]
        self.probe_limits: list[dict[str, Any]] = [
            {"3": 50, "4": 400, "6": 10, "7": 80, "2": b"Rack", "9": b"Door", "12": b"Leak"}
            for _ in range(probes)
        ]
        self.emp = emp
        self._said: dict[int, bool] = {}
        self._build_mge()
        if "alone" in quirks:
            self.tree.remove(R)

    # objects

    @staticmethod
    def _yes(get: Callable[[], object]) -> Callable[[], int]:
        return lambda: 1 if get() else 2

    def _build_mge(self) -> None:
        power, integer, octets, yes = self.power, Kind.INTEGER, Kind.OCTETS, self._yes
        self.tree.add(
            M,
            (
                ("1.1.0", octets, "PULSAR"),
                ("1.2.0", octets, "EX 10"),
                ("1.3.0", octets, "1"),
                ("1.4.0", octets, "07"),
                ("1.5.0", octets, lambda: self.user_id),
                ("1.6.0", octets, "24/12/05"),
                ("1.7.0", octets, "1A2B3C4D5"),
                ("3.1.0", integer, len(self.receptacles)),
                ("4.9.0", integer, lambda: self.auto_restart),
                ("4.19.0", integer, lambda: self.alarm_audible),
                *((f"{where}.0", integer, self._configured(where)) for where in self.config),
                ("5.1.0", integer, lambda: power.runtime),
                ("5.2.0", integer, lambda: power.charge),
                ("5.5.0", integer, lambda: power.battery_voltage * 10),
                ("5.6.0", integer, lambda: 62 if power.discharging else 0),
                ("5.7.0", integer, lambda: power.temperature),
                ("5.8.0", integer, 14400),
                ("5.9.0", integer, yes(lambda: power.failed)),
                ("5.10.0", integer, yes(lambda: self.no_battery)),
                ("5.11.0", integer, yes(lambda: self.replace_battery)),
                ("5.12.0", integer, 2),
                ("5.13.0", integer, 2),
                ("5.14.0", integer, yes(lambda: power.battery_low)),
                ("5.15.0", integer, yes(lambda: self.charger_failed)),
                ("5.16.0", integer, yes(lambda: power.battery_low and power.charge < 15)),
                ("5.17.0", integer, 2),
                ("6.1.0", integer, self.phases),
                ("6.3.0", integer, yes(lambda: power.utility_failed)),
                ("6.4.0", integer, self._cause),
                ("7.1.0", integer, self.phases),
                ("7.3.0", integer, yes(lambda: power.discharging and power.output_on)),
                ("7.4.0", integer, yes(lambda: power.bypass)),
                ("7.5.0", integer, 2),
                ("7.6.0", integer, 2),
                ("7.7.0", integer, yes(lambda: power.utility_failed)),
                ("7.8.0", integer, yes(lambda: power.regulating and power.mains_voltage < 230)),
                # a line-interactive unit: the inverter is off while mains is there
                ("7.9.0", integer, yes(lambda: not power.discharging)),
                ("7.10.0", integer, yes(lambda: self.overloaded)),
                ("7.11.0", integer, yes(lambda: self.hot)),
                ("7.12.0", integer, yes(lambda: power.regulating and power.mains_voltage > 230)),
                ("8.1.0", integer, 238),
                ("8.2.0", integer, 415),
                ("8.4.0", integer, 0),
                ("10.1.0", integer, lambda: self.schedule),
                ("10.2.0", integer, 1),
                ("10.3.0", integer, lambda: self.diagnostic_result),
                ("10.4.0", integer, 1),
                ("10.5.0", integer, 0),
                ("10.11.0", integer, lambda: self.battery_result),
                ("12.12.0", octets, "card BA"),
                ("12.13.0", integer, self._link),
            ),
        )
        recorded = "recorded" in self.mge_quirks
        for line in range(1, 4 if recorded else self.phases + 1):
            self._build_mge_line(line, recorded=recorded)
        if recorded:
            # the last is none: a volt range that belongs to no phase
            self.tree.add(M, (("6.2.1.4.0", integer, 500), ("6.2.1.5.0", integer, 0)))
        for number, receptacle in enumerate(self.receptacles, 1):
            self._build_receptacle(number, receptacle)
        for number in range(1, len(self.external_alarms) + 1):
            self._build_external(number)
        if "old" not in self.mge_quirks:
            self.tree.add(M, (("8.6.0", integer, lambda: len(self.probes)),))
            for number in range(1, len(self.probes) + 1):
                self._build_probe(number)
        if self.emp is not None:
            add_emp(self, EMP, 5, self.emp)
        self._build_mge_writes()
        if recorded:
            self.tree.remove(*(f"{M}.{each}" for each in (*NOT_RECORDED, *NOT_RECORDED_OUTPUT)))

    def _configured(self, where: str) -> Callable[[], int]:
        return lambda: self.config[where]

    def _cause(self) -> int:
        power = self.power
        if not power.utility_failed:
            return 1
        return 2 if power.mains else 4

    def _link(self) -> int:
        # UPSW x 10 + UPST, 1 is a U-Talk UPS; even is no communication
        return 10 * len(self.receptacles) + (0 if self.contact_lost else 1)

    def _build_mge_line(self, line: int, *, recorded: bool) -> None:
        power = self.power
        is_real = line <= self.phases
        behind = ".0" if recorded else ""
        share = 1 / self.phases

        def measured(get: Callable[[], float]) -> Callable[[], float]:
            return get if is_real else lambda: 0

        rows: list[tuple[str, Callable[[], float]]] = [
            (f"6.2.1.2.{line}{behind}", measured(lambda: power.input_voltage * 10)),
            (f"6.2.1.3.{line}{behind}", measured(lambda: power.input_frequency * 10)),
            (f"6.2.1.6.{line}{behind}", measured(lambda: power.output_current * 10 * share)),
            # the recorded unit says of lines that it does not have what it says of the first
            (f"7.2.1.2.{line}", lambda: power.output_voltage * 10),
            (f"7.2.1.3.{line}", lambda: power.output_frequency * 10),
            (f"7.2.1.4.{line}", lambda: power.carried + (0 if recorded else line - 1)),
            (f"7.2.1.5.{line}", lambda: power.output_current * 10 * share),
        ]
        if not recorded:
            rows += [
                (f"6.2.1.4.{line}", lambda: 2281),
                (f"6.2.1.5.{line}", lambda: 2319),
            ]
        for where, get in rows:
            self.tree[f"{M}.{where}"] = Object(Kind.INTEGER, get)

    def _build_receptacle(self, number: int, one: Receptacle) -> None:
        integer, octets = Kind.INTEGER, Kind.OCTETS

        def status(action: str) -> Callable[[], int]:
            return lambda: 2 if action in one.due else 1

        self.tree.add(
            M,
            (
                (f"3.2.1.1.{number}", integer, number),
                (f"3.2.1.2.{number}", integer, 1),
                (f"3.2.1.3.{number}", octets, "IEC C13"),
                (f"3.2.1.4.{number}", octets, lambda: one.name),
                (f"3.2.1.5.{number}", integer, lambda: one.state),
                (f"3.2.1.7.{number}", integer, 0),
                (f"4.23.1.5.{number}", integer, lambda: one.shutoff_level),
                (f"4.23.1.6.{number}", integer, lambda: one.shutoff_timer),
                (f"4.23.1.8.{number}", integer, lambda: one.restart_delay),
                (f"9.1.1.2.{number}", integer, lambda: one.delays["on"]),
                (f"9.1.1.3.{number}", integer, lambda: one.controls["on"]),
                (f"9.1.1.4.{number}", integer, status("on")),
                (f"9.1.1.5.{number}", integer, lambda: one.delays["off"]),
                (f"9.1.1.6.{number}", integer, lambda: one.controls["off"]),
                (f"9.1.1.7.{number}", integer, status("off")),
                (f"9.1.1.8.{number}", integer, lambda: one.delays["toggle"]),
                (f"9.1.1.9.{number}", integer, lambda: one.controls["toggle"]),
                (f"9.1.1.10.{number}", integer, status("toggle")),
                (f"9.1.1.11.{number}", integer, lambda: one.delays["duration"]),
            ),
        )
        for where, name in (("5", "shutoff_level"), ("6", "shutoff_timer"), ("8", "restart_delay")):
            self._keep(f"4.23.1.{where}.{number}", lambda value, n=name: setattr(one, n, value))
        self._keep(f"3.2.1.4.{number}", lambda value: setattr(one, "name", value.decode()))
        for where, name in (("2", "on"), ("5", "off"), ("8", "toggle"), ("11", "duration")):
            self._keep(
                f"9.1.1.{where}.{number}", lambda value, n=name: one.delays.update({n: value})
            )
        for where, name in (("3", "on"), ("6", "off"), ("9", "toggle")):
            self._keep(f"9.1.1.{where}.{number}", self._control(one, name), {1, 2, 3})

    def _control(self, one: Receptacle, action: str) -> Callable[[int], None]:
        def control(value: int) -> None:
            if value == 2:
                one.due[action] = self.clock.now() + one.delays[action]
            elif value == 3:
                one.due.pop(action, None)

        return control

    def _build_external(self, number: int) -> None:
        self.tree.add(
            M,
            (
                (f"4.25.1.1.{number}", Kind.INTEGER, number),
                (f"4.25.1.2.{number}", Kind.OCTETS, f"input {number}"),
                (f"8.3.1.1.{number}", Kind.INTEGER, number),
                (
                    f"8.3.1.2.{number}",
                    Kind.INTEGER,
                    self._yes(lambda: self.external_alarms[number - 1]),
                ),
            ),
        )

    def _build_probe(self, number: int) -> None:
        probe, limits = self.probes[number - 1], self.probe_limits[number - 1]
        yes, integer = self._yes, Kind.INTEGER
        self.tree.add(
            M,
            (
                (f"8.7.1.1.{number}", integer, number),
                (f"8.7.1.2.{number}", integer, lambda: probe["lost"]),
                (f"8.7.1.3.{number}", integer, lambda: probe["temperature"]),
                (f"8.7.1.4.{number}", integer, yes(lambda: probe["temperature"] < limits["3"])),
                (f"8.7.1.5.{number}", integer, yes(lambda: probe["temperature"] > limits["4"])),
                (f"8.7.1.6.{number}", integer, lambda: probe["humidity"]),
                # limits are whole percents
                (f"8.7.1.7.{number}", integer, yes(lambda: probe["humidity"] < 10 * limits["6"])),
                (f"8.7.1.8.{number}", integer, yes(lambda: probe["humidity"] > 10 * limits["7"])),
                (f"8.7.1.9.{number}", integer, lambda: probe["inputs"][0]),
                (f"8.7.1.10.{number}", integer, lambda: probe["inputs"][1]),
                *(
                    (
                        f"4.34.1.{column}.{number}",
                        Kind.OCTETS if isinstance(limits[column], bytes) else integer,
                        lambda column=column: limits[column],
                    )
                    for column in limits
                ),
            ),
        )
        for column in limits:
            self._keep(
                f"4.34.1.{column}.{number}",
                lambda value, column=column: limits.update({column: value}),
            )

    # writing

    def _keep(self, where: str, do: Callable[..., None], allowed: set[int] | None = None) -> None:
        judge = allowed.__contains__ if allowed else None
        self.let_write(f"{M}.{where}", where, do, judge, Status.BAD_VALUE)

    def _build_mge_writes(self) -> None:
        self._keep("1.5.0", lambda value: setattr(self, "user_id", value.decode()))
        for where in self.config:
            self._keep(f"{where}.0", lambda value, where=where: self.config.update({where: value}))
        self._keep("4.9.0", lambda value: setattr(self, "auto_restart", value), {1, 2, 3})
        self._keep("4.19.0", lambda value: setattr(self, "alarm_audible", value), {1, 2})
        self._keep("10.1.0", lambda value: setattr(self, "schedule", value), {2, 3, 4, 5, 6})
        self._keep("10.2.0", lambda value: self._begin("diagnostic_result", value), {1, 2})
        self._keep("10.4.0", lambda value: self._begin("battery_result", value), {1, 2})

    def _begin(self, result: str, value: int) -> None:
        if value == 2:
            if not self.power.start_test(10):
                raise SetError(Status.GENERAL)
            self.running = result

    # life

    @override
    def _update_alarms(self) -> None:
        """Keep RFC 1628's alarm table, where the card has it."""
        if not hasattr(self, "mge_quirks") or "alone" not in self.mge_quirks:
            super()._update_alarms()

    def _conditions(self) -> dict[int, bool]:
        power = self.power
        return {
            ON_BATTERY: power.on_battery,
            LOW: power.battery_low,
            UTILITY: power.utility_failed,
            BYPASS: power.bypass,
            OVERLOAD: self.overloaded,
            COMMUNICATION: self.contact_lost,
        }

    @override
    def advance(self) -> None:
        """Bring the device up to date: outlets, tests, traps."""
        super().advance()
        if not hasattr(self, "_said"):
            return
        for receptacle in self.receptacles:
            for trap in receptacle.advance(self.clock.now()):
                self.trap((*TRAPS, trap))
        power = self.power
        if self.running and not power.testing:
            passed = power.test_result is Test.PASSED
            setattr(self, self.running, 1 if passed else 2)
            self.running = ""
        pairs = (
            (oid(f"{M}.5.1.0"), Value(Kind.INTEGER, round(power.runtime))),
            (oid(f"{M}.5.2.0"), Value(Kind.INTEGER, round(power.charge))),
        )
        for trap, is_so in self._conditions().items():
            if self._said.get(trap, False) != is_so:
                self._said[trap] = is_so
                self.trap(
                    (*TRAPS, trap if is_so else trap + 1),
                    pairs if trap in {ON_BATTERY, LOW} else (),
                )
