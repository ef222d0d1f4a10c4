"""A Liebert UPS and a static transfer switch, by LIEBERT_GP_*.MIB; its power is ``power.Power``.

A card answers up to three models: ``points`` (L.3.5), ``conditions`` (L.3.2), ``flexible``
(L.3.9). Quirks: ``old_state`` a card without lgpPwrStateUpsOutputSource, ``old_circuits`` the older
column of the load circuits, ``old_conditions`` a condition table without the newer columns,
``keeps_rows`` conditions stay in the table when they are over, ``tenths`` frequencies in 0.1 Hz,
``rfc1628`` the standard UPS MIB beside it all.
"""

from collections.abc import Callable
from typing import override

from .agent import Agent
from .objects import Kind, Object, Oid, SetError, Status, Value, oid
from .rfc1628 import Rfc1628Agent
from .ups import UpsAgent
from tests.simulators.clock import Clock
from tests.simulators.power import Output, Power, Test

L = "1.3.6.1.4.1.476.1.42"
MODELS = frozenset({"points", "conditions", "flexible"})
QUIRKS = frozenset(
    {"old_state", "old_circuits", "old_conditions", "keeps_rows", "tenths", "rfc1628"}
)
EVENTS = f"{L}.3.3.0"
AGENT_EVENTS = f"{L}.2.3.0"

# lgpPwrWellKnownMeasurementPoints
SOURCE_1, SOURCE_2, LOAD, BATTERY, BYPASS, CABINET = 1, 2, 5, 6, 7, 10

# conditions: older number, or newer (above 4000)
LOAD_ON_BATTERY, LOW_BATTERY, REPLACE_BATTERY, ON_BYPASS = 72, 117, 74, 33
OVERLOAD, TEST_RUNNING, OUTPUT_OFF, UTILITY_FAILURE, FAN_FAILURE = 40, 71, 102, 70, 43
_NEWER = {
    LOAD_ON_BATTERY: 4168,
    LOW_BATTERY: 4162,
    REPLACE_BATTERY: 6182,
    ON_BYPASS: 4298,
    OVERLOAD: 5806,
    TEST_RUNNING: 4171,
    OUTPUT_OFF: 4215,
    UTILITY_FAILURE: 4122,
    FAN_FAILURE: 4311,
}
_EVENT_LABELS = {
    4168: "Battery Discharging",
    4162: "Battery Low",
    6182: "Replace Battery",
    4298: "UPS Output on Bypass",
    5806: "Output Overload",
    4171: "Battery Manual Test In Progress",
    4215: "System Output Off",
    4122: "System Input Power Problem",
    4311: "System Fan Failure",
    4141: "Bypass Breaker Closed",
}

# lgpFlexibleEntryDataType
INT16, UINT32, TEXT, ENUM, EVENT32 = 1, 4, 5, 6, 8
# id, label, unit, its number, decimals, what of the power side, factor
FLEXIBLE = (
    (4096, "System Input RMS A-N", "VAC", 4100, 1, "input_voltage", 1),
    (4105, "System Input Frequency", "Hz", 4119, 1, "input_frequency", 1),
    (4113, "System Input RMS Current", "A AC", 4106, 1, "output_current", 1),
    (4148, "Battery Volts", "VDC", 4102, 1, "battery_voltage", 1),
    (4150, "Battery Time Remaining", "min", 4098, 0, "runtime", 1 / 60),
    (4153, "Battery Percentage Charge", "%", 4124, 0, "charge", 1),
    (4204, "System Output RMS Current", "A AC", 4106, 1, "output_current", 1),
    (4207, "System Output Frequency", "Hz", 4119, 1, "output_frequency", 1),
    (4208, "System Output Power", "W", 4114, 0, "real_power", 1),
    (4209, "System Output Apparent Power", "kVA", 4111, 2, "apparent_power", 0.001),
    (4264, "Output Apparent Power Rating", "VA", 4110, 0, "nominal_power", 1),
    (4385, "System Output RMS A-N", "VAC", 4100, 1, "output_voltage", 1),
    (5861, "System Output Pct Power", "%", 4124, 0, "carried", 1),
)
_STANDARD = oid("1.3.6.1.2.1.33")
_STANDARD_ALARMS = oid("1.3.6.1.2.1.33.1.6.2")


def condition(number: int, *more: int) -> Oid:
    """Return the OID of a condition: older ones have small numbers."""
    root = f"{L}.3.2.1" if number < 1000 else f"{L}.3.2.7.1"
    return (*oid(root), number, *more)


class LiebertAgent(UpsAgent):
    """A UPS with a Liebert card.

    Args:
        power: The power side.
        phases: Lines of input and output.
        models: What the card answers.
        newer: Whether its conditions have the newer ids.
        quirks: See the module.
        device: The device id below L.4; None for a card without the table of devices.
    """

    def __init__(
        self,
        *,
        power: Power | None = None,
        clock: Clock | None = None,
        phases: int = 1,
        models: frozenset[str] = MODELS,
        newer: bool = False,
        quirks: frozenset[str] = frozenset(),
        device: str | None = "2.34",
    ) -> None:
        if unknown := (quirks - QUIRKS) | (models - MODELS):
            raise ValueError(f"no quirk {', '.join(unknown)}")
        super().__init__(power=power, clock=clock, online=True, nominal_battery=72.0)
        self.phases, self.models, self.newer, self.quirks = phases, models, newer, quirks
        self.name, self.site = "UPS 7", "hall 2"
        self.audible = 1
        self.replace_battery = self.overloaded = self.fan_failed = self.economy = False
        self.breaker_open = False
        self.generator = False
        self.other_conditions: dict[Oid, tuple[int, int]] = {}
        """Further conditions: type and severity by OID."""
        self.low_time, self.restart_delay, self.auto_restart = 3, 30, 1
        self.restart_charge, self.overload_limit, self.test_interval = 15, 900, 336
        self.float_voltage, self.end_voltage, self.cabinets, self.rated = 82, 60, 1, 90
        self.nominal_minutes = 6
        self.high_limit, self.low_limit = 400, 50
        self.circuits = {1: True, 2: True}
        self.on_at: float | None = None
        self.discharged = 0.0
        self._rows: dict[Oid, int] = {}
        self._next_row = 1
        self.add_system(L, "Liebert simulated card", name="liebert-card")
        self._build_agent(device)
        if "points" in models:
            self._build_power()
            self._build_points()
            self._build_climate()
            self._build_circuits()
            self._build_commands()
        if "conditions" in models:
            self.tree[f"{L}.3.2.2.0"] = Object(Kind.GAUGE, lambda: len(self._rows))
        if "flexible" in models:
            self._build_flexible()
        self.standard = None
        if "rfc1628" in quirks:
            self.standard = Rfc1628Agent(
                power=self.power, clock=self.clock, phases=phases, model="Simulated GXT"
            )
            self.standard.low_battery_minutes = self.low_time
            self._copy_standard(_STANDARD)

    def _copy_standard(self, root: Oid) -> None:
        """Take over what the standard agent has below an OID now."""
        assert self.standard is not None
        self.tree.remove(root)
        for where in self.standard.tree.order:
            if where[: len(root)] == root:
                self.tree[where] = self.standard.tree[where]

    # objects

    def _keep(
        self, where: str, name: str, attribute: str, kind: Kind = Kind.INTEGER, *, least: int = 0
    ) -> None:
        """Put in an object that keeps what is written to it."""

        def put(value: int | bytes | Oid) -> None:
            setattr(self, attribute, value.decode() if isinstance(value, bytes) else value)
            self.writes.append((name, value))

        def check(value: int | bytes | Oid) -> None:
            if isinstance(value, int) and value < least:
                raise SetError(Status.WRONG_VALUE)

        self.tree[f"{L}.{where}"] = Object(kind, lambda: getattr(self, attribute), put, check)

    def _build_agent(self, device: str | None) -> None:
        octets = Kind.OCTETS
        self.tree.add(
            f"{L}.2.1",
            (
                ("1.0", octets, "Liebert Corporation"),
                ("2.0", octets, "Simulated card"),
                ("3.0", octets, "card 8.3"),
                ("4.0", octets, "CARD12345"),
                ("6.0", Kind.GAUGE, 1),
            ),
        )
        if device is None:
            return
        self.tree.add(
            f"{L}.2.4.2.1",
            (
                ("2.1", Kind.OID, oid(f"{L}.4.{device}")),
                ("3.1", octets, "Vertiv"),
                ("4.1", octets, "Simulated GXT"),
                ("5.1", octets, "U012"),
                ("7.1", octets, "20340001AF"),
                ("8.1", octets, "10MAR24"),
            ),
        )
        self._keep("2.4.2.1.15.1", "lgpAgentDeviceUnitName", "name", octets)
        self._keep("2.4.2.1.16.1", "lgpAgentDeviceSiteIdentifier", "site", octets)

    def _build_power(self) -> None:
        power, integer = self.power, Kind.INTEGER
        self.tree.add(
            f"{L}.3.5",
            (
                ("1.1.0", integer, 4),
                ("1.2.0", integer, lambda: int(self.replace_battery)),
                ("1.8.0", integer, self._test_result),
                ("1.14.0", integer, self._charge_status),
                ("1.18.0", integer, lambda: int(power.runtime // 60)),
                ("1.19.0", integer, lambda: power.charge),
                ("1.25.0", integer, lambda: self.discharged),
                ("1.26.0", integer, self._capacity_status),
                ("1.27.0", integer, lambda: 1 if self.breaker_open else 2),
                ("3.7.0", integer, lambda: 1 if power.output_on and not power.bypass else 2),
                ("3.10.0", integer, lambda: 1 if power.bypass or self.economy else 2),
                ("3.11.0", integer, lambda: 1 if self._regulation() > 0 else 2),
                ("3.12.0", integer, lambda: 1 if self._regulation() < 0 else 2),
                ("3.32.0", integer, self._input_source),
                ("3.33.0", integer, lambda: 1 if power.utility_failed else 3),
                ("3.58.0", integer, lambda: int(self.economy)),
                ("4.21.0", integer, 0),
                ("7.1.0", integer, 2),
                ("7.2.0", integer, 2),
                ("9.1.0", integer, lambda: power.nominal_power),
            ),
        )
        self.tree.add(
            f"{L}.3.7",
            (
                ("2.1.0", integer, 1),
                ("2.2.0", integer, lambda: 4 if self._conditions() else 1),
            ),
        )
        if "old_state" in self.quirks:
            self.tree[f"{L}.3.5.3.31.0"] = Object(integer, self._output_source)
        else:
            self.tree[f"{L}.3.5.3.55.0"] = Object(integer, self._ups_output_source)
        for where, name, attribute in (
            ("1.5.0", "lgpPwrConfigLowBatteryWarningTime", "low_time"),
            ("1.9.0", "lgpPwrNominalBatteryCapacity", "nominal_minutes"),
            ("1.10.0", "lgpPwrBatteryFloatVoltage", "float_voltage"),
            ("1.11.0", "lgpPwrBatteryEndOfDischargeVoltage", "end_voltage"),
            ("1.12.0", "lgpPwrAutomaticBatteryTestInterval", "test_interval"),
            ("1.20.1.0", "lgpPwrBatteryCabinetCount", "cabinets"),
            ("1.20.3.0", "lgpPwrBatteryCabinetRatedCapacity", "rated"),
            ("4.8.0", "lgpPwrUpsAutoRestart", "auto_restart"),
            ("4.9.0", "lgpPwrUpsAutoRestartDelay", "restart_delay"),
            ("4.10.0", "lgpPwrAutoRestartBatteryChargeThreshold", "restart_charge"),
            ("4.18.0", "lgpPwrOutputToLoadUserOverloadLimit", "overload_limit"),
        ):
            self._keep(f"3.5.{where}", name, attribute)
        self._keep("3.7.3.1.0", "lgpSysAudibleAlarm", "audible", least=1)

    def _build_points(self) -> None:
        power, integer = self.power, Kind.INTEGER
        hertz = 10 if "tenths" in self.quirks else 1
        # rows have numbers of their own, and another order than the points
        points: tuple[tuple[int, int, dict[int, Callable[[], float]]], ...] = (
            (
                1,
                LOAD,
                {
                    3: lambda: self.phases,
                    4: lambda: 230,
                    5: lambda: 50 * hertz,
                    6: lambda: power.output_frequency * hertz,
                    7: lambda: power.apparent_power,
                    8: lambda: power.real_power,
                    9: lambda: 100 * power.power_factor,
                    10: lambda: 123400,
                    11: lambda: power.carried * 10,
                    16: lambda: power.nominal_power,
                    17: lambda: power.nominal_power * 0.9,
                },
            ),
            (
                2,
                SOURCE_1,
                {
                    3: lambda: self.phases,
                    4: lambda: 230,
                    5: lambda: 50 * hertz,
                    6: lambda: power.input_frequency * hertz,
                },
            ),
            (3, BYPASS, {3: lambda: self.phases, 6: lambda: power.input_frequency * hertz}),
        )
        for row, point, columns in points:
            self.tree[f"{L}.3.5.2.2.1.2.{row}"] = Object(Kind.OID, self.point(point))
            for column, get in columns.items():
                self.tree[f"{L}.3.5.2.2.1.{column}.{row}"] = Object(integer, get)
            for line in range(1, self.phases + 1):
                self._build_line(row, point, line)
        for row, sub, volts in (
            (1, (BATTERY,), lambda: power.battery_voltage),
            (2, (CABINET, 1, 1), lambda: power.battery_voltage),
            (3, (8,), lambda: 400),
        ):
            self.tree[f"{L}.3.5.2.4.1.2.{row}"] = Object(Kind.OID, self.point(*sub))
            self.tree[f"{L}.3.5.2.4.1.4.{row}"] = Object(integer, volts)
            self.tree[f"{L}.3.5.2.4.1.5.{row}"] = Object(integer, self._battery_current)
        limits = oid(f"{L}.3.5.2.5.1")
        self.tree[f"{L}.3.5.4.7.1.2.1"] = Object(Kind.OID, self.point(SOURCE_1))
        self.tree[f"{L}.3.5.4.7.1.4.1"] = Object(Kind.OID, limits)
        for column, value in ((5, 253), (6, 264), (7, 207), (8, 184)):
            self.tree[f"{L}.3.5.4.7.1.{column}.1"] = Object(integer, value)

    @staticmethod
    def point(*numbers: int) -> Oid:
        """Return the OID of a measurement point."""
        return (*oid(f"{L}.3.5.2.1"), *numbers)

    def _build_line(self, row: int, point: int, line: int) -> None:
        power, share = self.power, 1 / self.phases
        is_output = point == LOAD
        volts: Callable[[], float] = lambda: (  # noqa: E731
            power.output_voltage if is_output else power.input_voltage
        )
        columns: dict[int, Callable[[], float]] = {5: volts}
        if self.phases > 1:
            columns[4] = lambda: volts() * 1.732
        else:
            columns[20] = volts
        columns[6] = lambda: power.output_current * share if point != BYPASS else 0
        if is_output:
            columns |= {
                8: lambda: power.apparent_power * share,
                9: lambda: power.real_power * share,
                14: lambda: 100 * power.power_factor,
                # each line carries a little more than the one before
                19: lambda: power.carried + line,
            }
        elif point == SOURCE_1:
            columns |= {16: lambda: 241, 17: lambda: 212}
        self.tree[f"{L}.3.5.2.3.1.3.{row}.{line}"] = Object(Kind.OID, self.point(point))
        for column, get in columns.items():
            self.tree[f"{L}.3.5.2.3.1.{column}.{row}.{line}"] = Object(Kind.INTEGER, get)

    def _build_climate(self) -> None:
        table = f"{L}.3.4.1.3.3.1"
        for row, sensor, whole, tenths in (
            (1, 4, lambda: 23, lambda: 234),
            (2, 6, lambda: self.power.temperature, lambda: self.power.temperature * 10),
            (3, 5, lambda: 41, None),
        ):
            self.tree[f"{table}.2.{row}"] = Object(Kind.OID, oid(f"{L}.3.4.1.1.{sensor}"))
            self.tree[f"{table}.3.{row}"] = Object(Kind.INTEGER, whole)
            if tenths is not None:
                self.tree[f"{table}.50.{row}"] = Object(Kind.INTEGER, tenths)
        degrees = table.removeprefix(f"{L}.")
        self._keep(f"{degrees}.51.1", "lgpEnvTemperatureHighThresholdTenthsDegC", "high_limit")
        self._keep(f"{degrees}.52.1", "lgpEnvTemperatureLowThresholdTenthsDegC", "low_limit")
        self.tree[f"{L}.3.4.2.2.3.1.3.1"] = Object(Kind.INTEGER, 48)

    def _build_circuits(self) -> None:
        is_old = "old_circuits" in self.quirks
        for circuit in self.circuits:

            def get(circuit: int = circuit) -> int:
                is_on = self.circuits[circuit]
                return (1 if is_on else 2) if is_old else int(is_on)

            def put(value: int | bytes | Oid, circuit: int = circuit) -> None:
                if is_old:
                    self.circuits[circuit] = value == 1
                else:
                    # a reboot ends with power
                    self.circuits[circuit] = value != 0
                self.writes.append((f"circuit {circuit}", value))

            column = 4 if is_old else 5
            self.tree[f"{L}.3.5.6.2.1.{column}.{circuit}"] = Object(Kind.INTEGER, get, put)

    def _build_commands(self) -> None:
        def command(where: str, name: str, do: Callable[[int], None]) -> None:
            def put(value: int | bytes | Oid) -> None:
                assert isinstance(value, int)
                do(value)
                self.writes.append((name, value))

            # these give nothing when read
            self.tree[f"{L}.{where}"] = Object(Kind.INTEGER, lambda: None, put)

        command("3.5.6.3.0", "lgpPwrAlarmSilence", lambda value: None)
        command("3.5.6.4.0", "lgpPwrBatteryTest", self._test)
        command("3.5.6.5.0", "lgpPwrUpsAbortCommand", lambda value: self._abort())
        command("3.5.6.6.0", "lgpPwrTransferToBypass", lambda value: self._bypass(on=True))
        command("3.5.6.7.0", "lgpPwrTransferToInverter", lambda value: self._bypass(on=False))
        command("3.5.6.8.0", "lgpPwrOutputOnDelay", self._turn_on)
        command(
            "3.5.6.9.0",
            "lgpPwrOutputOffDelayWithRestart",
            lambda value: self._shut_down(value, self.restart_delay),
        )
        command(
            "3.5.6.10.0",
            "lgpPwrOutputOffDelayWithoutRestart",
            lambda value: self._shut_down(value, None),
        )
        command("3.7.4.1.0", "lgpSysSelfTest", lambda value: self._test(1))

    def _test(self, value: int) -> None:
        if value == 2:
            self.power.stop_test()
        elif not self.power.start_test(10):
            raise SetError(Status.GENERAL)

    def _shut_down(self, value: int, off_for: float | None) -> None:
        self.power.shut_down(value, off_for=off_for)

    def _abort(self) -> None:
        if self.power.output is Output.LEAVING:
            self.power.cancel()
        self.on_at = None

    def _bypass(self, *, on: bool) -> None:
        self.power.bypass = on

    def _turn_on(self, value: int) -> None:
        self.on_at = self.clock.now() + value
        self.advance()

    # the flexible tables

    def _build_flexible(self) -> None:
        self._flexible_rows = 0
        self.tree[f"{L}.3.9.10.0"] = Object(Kind.GAUGE, lambda: self._flexible_rows)
        for which, label, unit, unit_number, decimals, what, factor in FLEXIBLE:

            def get(what: str = what, factor: float = factor) -> float:
                return float(getattr(self.power, what)) * factor

            self._flexible((1, 2, 1, which), label, unit, unit_number, UINT32, decimals, get)
        self._flexible(
            (1, 2, 1, 4291), "Inlet Air Temperature", "deg F", 4127, INT16, 1, lambda: 77
        )
        self._flexible(
            (1, 2, 1, 4872),
            "UPS Output Source",
            "",
            0,
            ENUM,
            0,
            self._ups_output_source,
            text=lambda: {5: "Battery", 4: "Bypass", 2: "None"}.get(
                self._ups_output_source(), "Normal"
            ),
        )
        self._flexible((1, 2, 1, 6188), "Audible Alarm", "", 0, ENUM, 0, lambda: self.audible)
        for which, label, said in (
            (4240, "Model", "Simulated PSI5"),
            (4333, "Manufacturer", "Vertiv Co."),
        ):
            self._flexible((1, 2, 1, which), label, "", 0, TEXT, 0, None, text=said.__str__)
        for which, label in _EVENT_LABELS.items():
            self._event(which, label)

    def _flexible(
        self,
        index: Oid,
        label: str,
        unit: str,
        unit_number: int,
        kind: int,
        decimals: int,
        get: Callable[[], float] | None,
        text: Callable[[], str] | None = None,
    ) -> None:
        """Put in a row of both tables: the text is scaled, the integer is not."""
        table = f"{L}.3.9"
        where = ".".join(map(str, index))

        def said() -> str:
            if text is not None:
                return text()
            assert get is not None
            return f"{get():.{decimals}f}"

        self.tree[f"{table}.20.1.10.{where}"] = Object(Kind.OCTETS, label)
        self.tree[f"{table}.20.1.20.{where}"] = Object(Kind.OCTETS, said)
        if unit:
            self.tree[f"{table}.20.1.30.{where}"] = Object(Kind.OCTETS, unit)
        if get is not None:
            column, type_ = (10, Kind.INTEGER) if kind == INT16 else (20, Kind.GAUGE)
            self.tree[f"{table}.30.1.{column}.{where}"] = Object(
                type_, lambda: get() * 10**decimals
            )
        self.tree[f"{table}.30.1.30.{where}"] = Object(Kind.GAUGE, decimals)
        self.tree[f"{table}.30.1.40.{where}"] = Object(Kind.INTEGER, kind)
        self.tree[f"{table}.30.1.50.{where}"] = Object(Kind.INTEGER, 1)
        self.tree[f"{table}.30.1.60.{where}"] = Object(Kind.INTEGER, unit_number)
        self._flexible_rows += 1

    def _event(self, which: int, label: str) -> None:
        def active() -> bool:
            return any(_NEWER.get(each, each) == which for each in self._present())

        self._flexible(
            (1, 2, 100, which),
            label,
            "",
            0,
            EVENT32,
            0,
            lambda: int(active()),
            text=lambda: "Active Event" if active() else "Inactive Event",
        )

    # what follows from the power side

    def _regulation(self) -> int:
        power = self.power
        if not power.regulating:
            return 0
        return 1 if power.mains_voltage < power.nominal_voltage else -1

    def _input_source(self) -> int:
        return 1 if self.power.utility_failed else 3 if self.generator else 2

    def _output_source(self) -> int:
        power = self.power
        if not power.output_on:
            return 1
        return 3 if power.bypass or self.economy else 2

    def _ups_output_source(self) -> int:
        power = self.power
        if not power.output_on:
            return 2
        if power.discharging:
            return 5
        if power.bypass or self.economy:
            return 4
        return {1: 6, -1: 7, 0: 3}[self._regulation()]

    def _battery_current(self) -> float:
        power = self.power
        return power.real_power / power.nominal_battery if power.discharging else 0

    def _charge_status(self) -> int:
        power = self.power
        return 4 if power.discharging else 1 if power.charge >= 100 else 3

    def _capacity_status(self) -> int:
        power = self.power
        return 4 if power.charge <= 0 else 3 if power.battery_low else 2

    def _test_result(self) -> int:
        results = {Test.NONE: 1, Test.PASSED: 2, Test.FAILED: 3, Test.RUNNING: 4, Test.ABORTED: 1}
        return results[self.power.test_result]

    # conditions

    def _present(self) -> set[int]:
        power = self.power
        return {
            number
            for number, is_there in {
                LOAD_ON_BATTERY: power.discharging and power.output_on,
                LOW_BATTERY: power.battery_low,
                REPLACE_BATTERY: self.replace_battery,
                ON_BYPASS: power.bypass,
                OVERLOAD: self.overloaded,
                TEST_RUNNING: power.testing,
                OUTPUT_OFF: not power.output_on,
                UTILITY_FAILURE: power.utility_failed,
                FAN_FAILURE: self.fan_failed,
            }.items()
            if is_there
        }

    def _conditions(self) -> set[Oid]:
        numbers = self._present()
        return {condition(_NEWER[each] if self.newer else each) for each in numbers} | set(
            self.other_conditions
        )

    def _update_conditions(self) -> None:
        wanted = self._conditions()
        for gone in self._rows.keys() - wanted:
            row = self._rows[gone]
            state = f"{L}.3.2.3.1.12.{row}"
            if "keeps_rows" in self.quirks:
                if self.tree[state].get != 2:
                    self.tree[state].get = 2
                    self.trap(oid(f"{EVENTS}.2"), self._pairs(row, gone))
                continue
            del self._rows[gone]
            for column in (2, 3, 10, 12, 14):
                self.tree.remove(f"{L}.3.2.3.1.{column}.{row}")
            self.trap(oid(f"{EVENTS}.2"), self._pairs(row, gone))
        for new in sorted(wanted & self._rows.keys()):
            if (where := oid(f"{L}.3.2.3.1.12.{self._rows[new]}")) in self.tree:
                self.tree[where].get = 1
        for new in sorted(wanted - self._rows.keys()):
            row, self._next_row = self._next_row, self._next_row + 1
            self._rows[new] = row
            self.tree[f"{L}.3.2.3.1.2.{row}"] = Object(Kind.OID, new)
            self.tree[f"{L}.3.2.3.1.3.{row}"] = Object(Kind.TICKS, 100)
            if "old_conditions" not in self.quirks:
                kind, severity = self.other_conditions.get(new, (6, 6))
                for column, value in ((10, kind), (12, 1), (14, severity)):
                    self.tree[f"{L}.3.2.3.1.{column}.{row}"] = Object(Kind.INTEGER, value)
            self.trap(oid(f"{EVENTS}.1"), self._pairs(row, new))

    @staticmethod
    def _pairs(row: int, descr: Oid) -> tuple[tuple[Oid, Value], ...]:
        return (
            (oid(f"{L}.3.2.3.1.1.{row}"), Value(Kind.GAUGE, row)),
            (oid(f"{L}.3.2.3.1.2.{row}"), Value(Kind.OID, descr)),
        )

    # life

    @override
    def advance(self) -> None:
        """Bring the device up to date: timers, conditions, traps."""
        power = self.power
        power.advance()
        if self.standard is not None:
            self.standard.advance()
            # alarm rows come and go
            self._copy_standard(_STANDARD_ALARMS)
        if self.on_at is not None and self.clock.now() >= self.on_at:
            if not power.output_on and not power.utility_failed:
                power.output = Output.ON
            self.on_at = None
        if "conditions" in self.models:
            self._update_conditions()


class LiebertStsAgent(Agent):
    """A static transfer switch: two sources, the load on one of them."""

    def __init__(self, *, clock: Clock | None = None, device: str = "5.3") -> None:
        super().__init__(clock=clock)
        self.source, self.preferred = 1, 1
        self.volts = {1: 231, 2: 229}
        self.add_system(L, "Liebert STS", name="sts")
        point = LiebertAgent.point
        self.tree.add(
            L,
            (
                ("2.4.2.1.2.1", Kind.OID, oid(f"{L}.4.{device}")),
                ("2.4.2.1.4.1", Kind.OCTETS, "STS2"),
                ("3.2.2.0", Kind.GAUGE, 0),
                ("3.5.4.1.0", Kind.OID, lambda: point(self.preferred)),
                ("3.5.4.2.0", Kind.OID, lambda: point(self.source)),
            ),
        )
        for row, source in ((1, SOURCE_1), (2, SOURCE_2)):
            self.tree[f"{L}.3.5.2.2.1.2.{row}"] = Object(Kind.OID, point(source))
            self.tree[f"{L}.3.5.2.2.1.6.{row}"] = Object(Kind.INTEGER, 50)
            for line in (1, 2, 3):
                self._build_line(row, source, line)
        self.tree[f"{L}.3.5.2.2.1.2.3"] = Object(Kind.OID, point(LOAD))
        self.tree[f"{L}.3.5.2.2.1.8.3"] = Object(Kind.INTEGER, 8000)

    def _build_line(self, row: int, source: int, line: int) -> None:
        # no column 3 here: the row of the point tells the point
        table = f"{L}.3.5.2.3.1"
        self.tree[f"{table}.5.{row}.{line}"] = Object(Kind.INTEGER, lambda: self.volts[source])
        self.tree[f"{table}.6.{row}.{line}"] = Object(
            Kind.INTEGER, lambda: 12 if source == self.source else 0
        )
