"""A UPS with a CyberPower card, from CPS-MIB 2.11; the power side is ``power.Power``.

Quirks: ``software`` the few objects that PowerPanel answers (recorded), ``fahrenheit`` an old card
whose environment sensor has no °C, ``no_sensor`` one that answers zeros for a sensor it has not.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import override

from .objects import Kind, Object, SetError, Status, Tree, Value, Written, oid
from .ups import UpsAgent
from tests.simulators.clock import Clock
from tests.simulators.power import Output, Power, Test

H = "E.3808.1.1"
U = f"{H}.1"
ENV = f"{H}.4"
TRAPS = oid("E.3808.0")
TRAP_STRING = oid("E.3808.2.2.3.0")
QUIRKS = frozenset({"software", "fahrenheit", "no_sensor"})

# traps
ON_BATTERY, LOW_BATTERY, RESTORED, LOW_CLEARED = 5, 7, 9, 11
TEST_FAILED, TEST_PASSED, TEST_STARTED, TURNED_OFF, TURNED_ON = 3, 10, 34, 12, 26

_TEST_SECONDS = 10.0
_SOFTWARE = {
    *("1.1.1", "1.2.1", "2.1.1", "2.2.1", "2.2.2", "2.2.4", "2.2.5"),
    *("3.2.1", "3.2.5", "3.2.6", "4.1.1", "4.2.1", "4.2.2", "4.2.3"),
}

type Row = tuple[str, Kind, object]


@dataclass(slots=True)
class Outlet:
    """A switched outlet; delays in seconds, -1 is never."""

    number: int
    name: str
    bank: int = 1
    on: bool = True
    on_delay: int = 3
    off_delay: int = 5
    pause: int = 10
    due: list[tuple[float, bool]] = field(default_factory=list)
    """What is pending: when, and on or off."""

    def advance(self, now: float) -> None:
        """Switch when its time has come."""
        for at, on in sorted(self.due):
            if at <= now:
                self.on = on
        self.due = [each for each in self.due if each[0] > now]

    def command(self, what: int, now: float) -> None:
        """Do a command: 1 on, 2 off, 3 reboot, 4 to 6 the same after the delay, 7 cancel."""
        if not 1 <= what <= 7:
            raise SetError(Status.WRONG_VALUE)
        self.due.clear()
        delay = {4: self.on_delay, 5: self.off_delay, 6: self.off_delay}.get(what, 0)
        if what == 7 or delay < 0:
            return
        self.due.append((now + delay, what in {1, 4}))
        if what in {3, 6}:
            self.due.append((now + delay + self.pause, True))
        self.advance(now)


@dataclass(slots=True)
class Sensor:
    """The environment sensor; °C and %."""

    temperature: float = 23.4
    humidity: int = 41
    high: int = 40
    low: int = 5
    high_humidity: int = 80
    low_humidity: int = 20
    name: str = "Rack sensor"
    contacts: list[int] = field(default_factory=lambda: [1, 2])
    """1 normal, 2 abnormal."""
    contact_names: list[str] = field(default_factory=lambda: ["Door", "Smoke"])
    rest: list[int] = field(default_factory=lambda: [1, 2])


def keep(
    tree: Tree,
    writes: Written,
    where: str,
    put: Callable[..., None],
    judge: Callable[..., bool] | None = None,
) -> None:
    """Let an object be written: what a SET does, and which values it takes."""

    def write(value: object) -> None:
        put(value)
        writes.append((where.removeprefix(f"{H}."), value))

    def check(value: object) -> None:
        if judge is not None and not judge(value):
            raise SetError(Status.BAD_VALUE)

    tree[where].put = write
    tree[where].check = check


def add_sensor(tree: Tree, writes: Written, sensor: Sensor, quirks: frozenset[str]) -> None:
    """Put in the environment sensor (4)."""
    integer, octets = Kind.INTEGER, Kind.OCTETS
    if "no_sensor" in quirks:
        numbers = ("2.1", "2.2", "2.3", "2.6", "2.7", "2.8", "3.1", "3.2", "3.3", "4.1")
        tree.add(ENV, tuple((f"{each}.0", integer, 0) for each in numbers))
        tree.add(ENV, (("1.1.0", octets, ""),))
        return
    tree.add(
        ENV,
        (
            ("1.1.0", octets, lambda: sensor.name),
            ("2.1.0", integer, lambda: (sensor.temperature * 9 / 5 + 32) * 10),
            ("2.2.0", integer, lambda: sensor.high * 9 / 5 + 32),
            ("2.3.0", integer, lambda: sensor.low * 9 / 5 + 32),
            ("3.1.0", integer, lambda: sensor.humidity),
            ("3.2.0", integer, lambda: sensor.high_humidity),
            ("3.3.0", integer, lambda: sensor.low_humidity),
            ("4.1.0", integer, lambda: len(sensor.contacts)),
        ),
    )
    names = {"3.2.0": "high_humidity", "3.3.0": "low_humidity"}
    if "fahrenheit" not in quirks:
        tree.add(
            ENV,
            (
                ("2.6.0", integer, lambda: sensor.temperature * 10),
                ("2.7.0", integer, lambda: sensor.high),
                ("2.8.0", integer, lambda: sensor.low),
            ),
        )
        names |= {"2.7.0": "high", "2.8.0": "low"}
    for where, name in names.items():
        keep(tree, writes, f"{ENV}.{where}", lambda value, name=name: setattr(sensor, name, value))
    keep(tree, writes, f"{ENV}.1.1.0", lambda value: setattr(sensor, "name", value.decode()))
    for place in range(len(sensor.contacts)):
        _add_contact(tree, writes, sensor, place)


def _add_contact(tree: Tree, writes: Written, sensor: Sensor, place: int) -> None:
    row = place + 1
    tree.add(
        f"{ENV}.4.2.1",
        (
            (f"1.{row}", Kind.INTEGER, row),
            (f"2.{row}", Kind.OCTETS, lambda: sensor.contact_names[place]),
            (f"3.{row}", Kind.INTEGER, lambda: sensor.contacts[place]),
            (f"4.{row}", Kind.INTEGER, lambda: sensor.rest[place]),
        ),
    )

    def rename(value: bytes) -> None:
        sensor.contact_names[place] = value.decode()

    def rest(value: int) -> None:
        sensor.rest[place] = value

    keep(tree, writes, f"{ENV}.4.2.1.2.{row}", rename)
    keep(tree, writes, f"{ENV}.4.2.1.4.{row}", rest, lambda value: value in {1, 2})


def add_outlet_config(
    tree: Tree, writes: Written, config: str, first: int, row: int, outlet: Outlet
) -> None:
    """Put in the name, the delays and the pause of an outlet; they can be written."""
    columns = (("name", 0), ("on_delay", 1), ("off_delay", 2), ("pause", 3))
    for name, column in columns:
        # the rack PDU has another column between name and delays: it is put in by itself
        where = f"{config}.{first + column}.{row}"

        def get(name: str = name) -> object:
            return getattr(outlet, name)

        def put(value: int | bytes, name: str = name) -> None:
            setattr(outlet, name, value.decode() if isinstance(value, bytes) else value)

        low, high = (5, 60) if name == "pause" else (-1, 7200)

        def judge(value: int | bytes, low: int = low, high: int = high) -> bool:
            return isinstance(value, bytes) or low <= value <= high

        tree[where] = Object(Kind.OCTETS if name == "name" else Kind.INTEGER, get)  # type: ignore[arg-type]
        keep(tree, writes, where, put, judge)


class CyberPowerAgent(UpsAgent):
    """A UPS behind a remote management card.

    Args:
        power: The power side.
        phases: Lines of input and output; three have a bypass feed.
        banks: State of each outlet bank: 1 on, 2 off, 3 not there, 4 critical.
        outlets: Individually switched outlets.
        sensor: There is an environment sensor.
        quirks: See the module.
    """

    def __init__(
        self,
        *,
        power: Power | None = None,
        clock: Clock | None = None,
        phases: int = 1,
        banks: tuple[int, ...] = (),
        outlets: int = 0,
        sensor: bool = False,
        quirks: frozenset[str] = frozenset(),
        model: str = "PR1500ELCDRT2U",
        object_id: str = "E.3808.1.1.1",
    ) -> None:
        if unknown := quirks - QUIRKS:
            raise ValueError(f"no quirk {', '.join(unknown)}")
        super().__init__(power=power, clock=clock, nominal_battery=24.0, nominal_power=1500)
        self.phases = phases
        self.quirks = quirks
        self.model = model
        self.name = "UPS1"
        self.serial = "GX6FQ2000017"
        self.battery_date = "09/30/2021"
        self.replace_battery = self.overloaded = self.eco = self.no_battery = False
        self.calibrating = False
        self.calibration = 1
        self.system_status = 1
        self.frequency_bad = False
        self.output_status: int | None = None
        """What upsBaseOutputStatus says instead of what follows from the power side."""
        self.rebooting = False
        self.on_battery_since: float | None = None
        self.last_test = 1
        self.banks = list(banks)
        self.outlets = [Outlet(number, f"Outlet{number}") for number in range(1, outlets + 1)]
        self.sensor = Sensor()
        self.settings = {
            "5.2.1": 230,
            "5.2.2": 0,
            "5.2.3": 0,
            "5.2.4": 2,
            "5.2.6": 10,
            "5.2.7": 3,
            "5.2.8": 300_00,
            "5.2.9": 20_00,
            "5.2.10": 60_00,
            "5.2.11": 90_00,
            "5.2.13": 2,
            "5.2.14": 15,
            "5.2.15": 1,
            "5.2.16": 20,
            "5.2.18": 35,
            "5.2.20": 5,
            "7.2.1": 2,
        }
        self._was = (False, False, True)
        self._tested = False
        self.add_system(object_id, "UPS Agent (simulated)", name="rmcard")
        self._build(sensor=sensor)

    # objects

    def _build(self, *, sensor: bool) -> None:
        rows = self._rows()
        if "software" in self.quirks:
            rows = tuple(row for row in rows if row[0].removesuffix(".0") in _SOFTWARE)
            self.tree.add(U, rows)
            self.tree[f"{U}.4.2.2.0"] = Object(Kind.GAUGE, 0)
            return
        self.tree.add(U, rows)
        self._build_settings()
        self._build_commands()
        self._build_phases()
        for bank in range(1, len(self.banks) + 1):
            self._build_bank(bank)
        self.tree.add(U, (("8.2.1.0", Kind.INTEGER, lambda: len(self.outlets)),))
        for outlet in self.outlets:
            self._build_outlet(outlet)
        if sensor or self.quirks & {"fahrenheit", "no_sensor"}:
            add_sensor(self.tree, self.writes, self.sensor, self.quirks)

    def _rows(self) -> tuple[Row, ...]:
        power, integer, octets, gauge = self.power, Kind.INTEGER, Kind.OCTETS, Kind.GAUGE
        return (
            ("1.1.1.0", octets, lambda: self.model),
            ("1.1.2.0", octets, lambda: self.name),
            ("1.2.1.0", octets, "PR15109U3C1"),
            ("1.2.2.0", octets, "09/30/21"),
            ("1.2.3.0", octets, lambda: self.serial),
            ("1.2.4.0", octets, "1.3.4"),
            ("1.2.6.0", integer, lambda: power.nominal_power),
            ("1.2.7.0", integer, lambda: power.nominal_power * 0.9),
            ("1.2.8.0", integer, 65),
            ("2.1.1.0", integer, self._battery_status),
            ("2.1.2.0", Kind.TICKS, self._ticks_on_battery),
            ("2.1.3.0", octets, lambda: self.battery_date),
            ("2.1.4.0", integer, 36),
            ("2.2.1.0", gauge, lambda: power.charge),
            ("2.2.2.0", integer, lambda: power.battery_voltage * 10),
            ("2.2.3.0", gauge, lambda: power.temperature),
            ("2.2.4.0", Kind.TICKS, lambda: power.runtime * 100),
            ("2.2.5.0", integer, lambda: 2 if self.replace_battery else 1),
            ("2.2.6.0", integer, 276),
            ("2.2.7.0", integer, lambda: 30 if power.discharging else 0),
            ("2.2.8.0", integer, 24),
            ("2.2.9.0", integer, 9250),
            ("3.1.1.0", integer, self.phases),
            ("3.2.1.0", gauge, lambda: power.input_voltage * 10),
            ("3.2.2.0", gauge, lambda: power.input_voltage * 10 + 13),
            ("3.2.3.0", gauge, lambda: max(power.input_voltage * 10 - 21, 0)),
            ("3.2.4.0", gauge, lambda: power.input_frequency * 10),
            ("3.2.5.0", integer, self._cause),
            ("3.2.6.0", integer, self._input_status),
            ("3.2.7.0", gauge, lambda: power.real_power * 1.1),
            ("4.1.1.0", integer, self._output_status),
            ("4.1.2.0", integer, self.phases),
            ("4.2.1.0", gauge, lambda: power.output_voltage * 10),
            ("4.2.2.0", gauge, lambda: power.output_frequency * 10),
            ("4.2.3.0", gauge, lambda: power.carried),
            ("4.2.4.0", gauge, lambda: power.output_current * 10),
            ("4.2.5.0", gauge, lambda: power.real_power),
            ("4.2.6.0", gauge, 12345),
            ("4.2.7.0", octets, "01/02/2024 10:00:00"),
            (
                "7.2.3.0",
                integer,
                lambda: 4 if power.testing and not self.calibrating else self.last_test,
            ),
            ("7.2.4.0", octets, "03/15/24"),
            ("7.2.7.0", integer, lambda: 3 if self.calibrating else self.calibration),
            ("10.1.0", integer, lambda: self.system_status),
            ("10.2.0", gauge, 31),
        )

    def _battery_status(self) -> int:
        if self.no_battery:
            return 4
        return 3 if self.power.battery_low else 2

    def _ticks_on_battery(self) -> float:
        since = self.on_battery_since
        return 0 if since is None else (self.clock.now() - since) * 100

    def _cause(self) -> int:
        power = self.power
        if power.testing and not power.utility_failed:
            return 4
        if not power.utility_failed:
            return 1
        return 2 if power.input_voltage > power.nominal_voltage else 3

    def _input_status(self) -> int:
        power = self.power
        if not power.mains:
            return 5
        if self.frequency_bad:
            return 4
        if power.utility_failed:
            return 2 if power.input_voltage > power.nominal_voltage else 3
        return 1

    def _output_status(self) -> int:
        power = self.power
        if self.output_status is not None:
            return self.output_status
        if not power.output_on:
            if self.rebooting:
                return 7
            return 5 if power.output is Output.WAITING else 6
        if self.overloaded:
            return 11
        if power.bypass:
            return 9
        if power.discharging:
            return 3
        if power.regulating:
            return 4 if power.mains_voltage < power.nominal_voltage else 10
        return 8 if self.eco else 2

    # phases (9)

    def _build_phases(self) -> None:
        power, integer = self.power, Kind.INTEGER
        share = 1 / self.phases
        rows: list[Row] = [
            ("9.1.1.0", integer, self.phases),
            ("9.2.1.0", integer, self.phases),
            ("9.3.1.0", integer, self.phases if self.phases == 3 else 0),
        ]
        for line in range(1, self.phases + 1):
            extra = line - 1
            rows += [
                (f"9.1.2.1.1.{line}", integer, line),
                (
                    f"9.1.2.1.2.{line}",
                    integer,
                    lambda extra=extra: power.input_voltage * 10 + extra,
                ),
                (f"9.1.2.1.3.{line}", integer, lambda: power.output_current * 10 * share),
                (f"9.1.2.1.4.{line}", integer, lambda: power.input_frequency * 10),
                (f"9.1.2.1.5.{line}", integer, 98),
                (f"9.2.2.1.1.{line}", integer, line),
                (
                    f"9.2.2.1.2.{line}",
                    integer,
                    lambda extra=extra: power.output_voltage * 10 + extra,
                ),
                (f"9.2.2.1.3.{line}", integer, lambda: power.output_current * 10 * share),
                (f"9.2.2.1.4.{line}", integer, lambda: power.output_frequency * 10),
                (f"9.2.2.1.5.{line}", integer, 95),
                (f"9.2.2.1.6.{line}", integer, lambda: power.real_power * share),
                (f"9.3.2.1.1.{line}", integer, line),
            ]
            has_bypass = self.phases == 3
            rows += [
                (
                    f"9.3.2.1.2.{line}",
                    integer,
                    (lambda: power.input_voltage * 10) if has_bypass else 0,
                ),
                (f"9.3.2.1.3.{line}", integer, 0),
                (
                    f"9.3.2.1.4.{line}",
                    integer,
                    (lambda: power.input_frequency * 10) if has_bypass else 0,
                ),
                (f"9.3.2.1.5.{line}", integer, 0),
            ]
        self.tree.add(U, rows)

    # settings (5)

    def _build_settings(self) -> None:
        ticks = {"5.2.8", "5.2.9", "5.2.10", "5.2.11"}
        allowed: dict[str, Callable[[int], bool]] = {
            "5.2.1": lambda value: value in {220, 230, 240},
            "5.2.4": lambda value: value in {1, 2, 3, 4},
            "5.2.6": lambda value: 0 <= value <= 40,
            "5.2.7": lambda value: value in {1, 2, 3, 4},
            "5.2.8": lambda value: value in {120_00, 300_00, 420_00, 600_00},
            "5.2.9": lambda value: 0 <= value <= 600_00,
            "5.2.10": lambda value: 60_00 <= value <= 5940_00,
            "5.2.11": lambda value: 60_00 <= value <= 5940_00,
            "5.2.13": lambda value: value in {1, 2},
            "5.2.14": lambda value: value in {0, 15, 30, 45, 60, 75, 90},
            "5.2.15": lambda value: value in {1, 2},
            "5.2.16": lambda value: value in {0, 20, 40, 60},
            "7.2.1": lambda value: value in {2, 3, 4, 5},
        }
        for where in self.settings:
            kind = Kind.TICKS if where in ticks else Kind.INTEGER

            def get(where: str = where) -> int:
                return self.settings[where]

            def put(value: int, where: str = where) -> None:
                self.settings[where] = value

            self.tree[f"{U}.{where}.0"] = Object(kind, get)
            keep(self.tree, self.writes, f"{U}.{where}.0", put, allowed.get(where))
        for where, name in (("1.1.2.0", "name"), ("2.1.3.0", "battery_date")):
            keep(
                self.tree,
                self.writes,
                f"{U}.{where}",
                lambda value, name=name: setattr(self, name, value.decode()),
            )

    # commands (6, 7)

    def _build_commands(self) -> None:
        commands: dict[str, Callable[[int], None]] = {
            "6.1.1.0": self._conserve,
            "6.2.1.0": self._turn_off,
            "6.2.2.0": self._reboot,
            "6.2.3.0": self._sleep,
            "6.2.4.0": self._feign_failure,
            "6.2.5.0": lambda _: None,
            "6.2.6.0": self._turn_on,
            "7.2.2.0": self._test,
            "7.2.5.0": lambda _: None,
            "7.2.6.0": self._calibrate,
        }
        highest = {"6.2.1.0": 3, "6.2.3.0": 3, "7.2.6.0": 3}
        for where, do in commands.items():
            # reading says that nothing was ordered
            self.tree[f"{U}.{where}"] = Object(Kind.INTEGER, 1)

            def command(value: int, do: Callable[[int], None] = do) -> None:
                if value > 1:
                    do(value)

            last = highest.get(where, 2)
            keep(
                self.tree,
                self.writes,
                f"{U}.{where}",
                command,
                lambda value, last=last: 1 <= value <= last,
            )

    def _conserve(self, _: int) -> None:
        if not self.power.on_battery:
            raise SetError(Status.BAD_VALUE)
        self.power.shut_down(0, off_for=0.0)

    def _turn_off(self, value: int) -> None:
        after = self.settings["5.2.10"] / 100 if value == 3 else 0
        self.power.shut_down(after, off_for=None)

    def _reboot(self, _: int) -> None:
        self.rebooting = True
        self.power.shut_down(0, off_for=self.settings["5.2.9"] / 100)

    def _sleep(self, value: int) -> None:
        after = self.settings["5.2.11"] / 100 if value == 3 else 0
        self.power.shut_down(after, off_for=self.settings["5.2.9"] / 100)

    def _turn_on(self, _: int) -> None:
        if not self.power.output_on:
            self.power.press()

    def _feign_failure(self, _: int) -> None:
        if not self.power.start_test(_TEST_SECONDS):
            raise SetError(Status.GENERAL)

    def _test(self, _: int) -> None:
        if not self.power.start_test(_TEST_SECONDS):
            raise SetError(Status.GENERAL)
        self._tell(TEST_STARTED)

    def _calibrate(self, value: int) -> None:
        if value == 3:
            self.power.stop_test()
            self.calibrating = False
        elif self.power.start_test(None):
            self.calibrating = True
        else:
            raise SetError(Status.GENERAL)

    # banks and outlets (8)

    def _build_bank(self, bank: int) -> None:
        def get() -> int:
            return self.banks[bank - 1]

        def put(value: int) -> None:
            if self.banks[bank - 1] in {3, 4} or value not in {1, 2}:
                raise SetError(Status.BAD_VALUE)
            self.banks[bank - 1] = value

        self.tree.add(
            f"{U}.8.1.1.1",
            ((f"1.{bank}", Kind.INTEGER, bank), (f"2.{bank}", Kind.INTEGER, get)),
        )
        keep(self.tree, self.writes, f"{U}.8.1.1.1.2.{bank}", put)

    def _build_outlet(self, outlet: Outlet) -> None:
        row, integer, octets = outlet.number, Kind.INTEGER, Kind.OCTETS
        self.tree.add(
            f"{U}.8.2",
            (
                (f"2.1.1.{row}", integer, row),
                (f"3.1.1.{row}", integer, row),
                (f"3.1.2.{row}", octets, f"{row}"),
                (f"3.1.3.{row}", integer, lambda: outlet.bank),
                (f"4.1.1.{row}", integer, row),
                (f"4.1.2.{row}", octets, lambda: outlet.name),
                (f"4.1.3.{row}", integer, lambda: 1 if outlet.on else 2),
                (f"4.1.4.{row}", integer, lambda: 1 if outlet.due else 2),
                (f"5.1.1.{row}", integer, row),
                (f"5.1.2.{row}", octets, lambda: outlet.name),
                (f"5.1.3.{row}", integer, lambda: 1 if outlet.on else 2),
            ),
        )
        add_outlet_config(self.tree, self.writes, f"{U}.8.2.2.1", 2, row, outlet)
        keep(
            self.tree,
            self.writes,
            f"{U}.8.2.5.1.3.{row}",
            lambda value: outlet.command(value, self.clock.now()),
        )

    # life

    @override
    def advance(self) -> None:
        """Bring the device up to date: timers, tests, outlets, traps."""
        power = self.power
        power.advance()
        now = self.clock.now()
        for outlet in self.outlets:
            outlet.advance(now)
        if power.output_on:
            self.rebooting = False
        if power.discharging and self.on_battery_since is None:
            self.on_battery_since = now
        elif not power.discharging:
            self.on_battery_since = None
        self._see_test()
        was, self._was = self._was, (power.on_battery, power.battery_low, power.output_on)
        for before, present, begun, ended in zip(
            was,
            self._was,
            (ON_BATTERY, LOW_BATTERY, TURNED_ON),
            (RESTORED, LOW_CLEARED, TURNED_OFF),
            strict=True,
        ):
            if before != present:
                self._tell(begun if present else ended)

    def _see_test(self) -> None:
        power = self.power
        if self._tested and not power.testing:
            if self.calibrating:
                self.calibrating = False
                self.calibration = 1 if power.test_result is Test.PASSED else 2
            else:
                self.last_test = {Test.PASSED: 1, Test.FAILED: 2}.get(power.test_result, 3)
                self._tell(TEST_PASSED if self.last_test == 1 else TEST_FAILED)
        self._tested = power.testing

    def _tell(self, number: int) -> None:
        text = Value(Kind.OCTETS, f"Trap {number} of {self.name}".encode())
        self.trap((*TRAPS, number), ((TRAP_STRING, text),))
