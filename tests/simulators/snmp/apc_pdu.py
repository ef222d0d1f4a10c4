"""APC rack PDUs, from PowerNet-MIB: sPDU (4), rPDU (12), rPDU2 (26) with a chain, ePDU (30)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import override

from .agent import Agent
from .objects import Kind, Object, SetError, Status, Value, oid
from tests.simulators.clock import Clock

P = "E.318.1.1"
TRAPS = oid("E.318.0")
MTRAP_STRING = oid("E.318.2.3.3.0")
ALL_TREES = frozenset({"switches", "first", "second", "easy"})

type Row = tuple[str, Kind, object]

INTEGER, OCTETS, GAUGE = Kind.INTEGER, Kind.OCTETS, Kind.GAUGE
ON, OFF, REBOOT = "on", "off", "reboot"
LATER_ON, LATER_OFF, LATER_REBOOT, CANCEL = "later on", "later off", "later reboot", "cancel"
NOTHING = "nothing"

# what the numbers mean that are written, object by object
SWITCHES_OUTLET = {
    1: ON, 2: OFF, 3: REBOOT, 5: LATER_ON, 6: LATER_OFF, 7: LATER_REBOOT,
}  # fmt: skip
SWITCHES_ALL = {
    1: ON, 2: LATER_ON, 3: OFF, 4: REBOOT, 5: LATER_REBOOT, 6: NOTHING, 7: LATER_OFF,
}  # fmt: skip
FIRST_OUTLET = {
    1: ON, 2: OFF, 3: REBOOT, 4: LATER_ON, 5: LATER_OFF, 6: LATER_REBOOT, 7: CANCEL,
}  # fmt: skip
FIRST_ALL = {
    1: NOTHING, 2: ON, 3: OFF, 4: REBOOT, 5: LATER_ON, 6: LATER_OFF, 7: LATER_REBOOT, 8: CANCEL,
}  # fmt: skip
SECOND_OUTLET = {
    1: ON, 2: OFF, 3: REBOOT, 5: LATER_ON, 6: LATER_OFF, 7: LATER_REBOOT, 8: CANCEL,
}  # fmt: skip
SECOND_ALL = {
    1: ON, 2: LATER_ON, 3: OFF, 4: REBOOT, 5: LATER_REBOOT, 6: NOTHING, 7: LATER_OFF, 8: CANCEL,
}  # fmt: skip
EASY_OUTLET = {1: ON, 2: OFF}

_SWITCHES_DELAYS = (-1, 0, 15, 30, 45, 60, 120, 300)
_SWITCHES_PAUSES = (5, 10, 15, 20, 30, 45, 60)


@dataclass(slots=True)
class Outlet:
    """A switched outlet; delays in seconds, -1 is never."""

    number: int
    name: str
    bank: int = 0
    amperes: float = 0.0
    """What it carries when it is on."""
    on: bool = True
    on_delay: int = 15
    off_delay: int = 30
    pause: int = 10
    due: list[tuple[float, bool]] = field(default_factory=list)
    """What is pending: when, and on or off."""

    @property
    def current(self) -> float:
        """What it carries now."""
        return self.amperes if self.on else 0.0

    def advance(self, now: float) -> None:
        """Switch when its time has come."""
        for at, on in sorted(self.due):
            if at <= now:
                self.on = on
        self.due = [each for each in self.due if each[0] > now]

    def do(self, action: str, now: float) -> None:
        """Do what a command says."""
        if action == NOTHING:
            return
        self.due.clear()
        delay = {LATER_ON: self.on_delay, LATER_OFF: self.off_delay, LATER_REBOOT: self.off_delay}
        wait = delay.get(action, 0)
        if action == CANCEL or wait < 0:
            return
        self.due.append((now + wait, action in {ON, LATER_ON}))
        if action in {REBOOT, LATER_REBOOT}:
            self.due.append((now + wait + self.pause, True))
        self.advance(now)


@dataclass(slots=True)
class Climate:
    """A sensor for temperature and humidity; °C and %."""

    name: str = "Temp 1"
    link: int = 2
    """1 not installed, 2 good, 3 lost."""
    kind: int = 2
    """1 temperature only, 2 humidity too."""
    temperature: float = 23.4
    humidity: float = 41.0
    peak: float = 31.5
    maximum: int = 60
    high: int = 40
    low_humidity: int = 25
    least_humidity: int = 15
    is_watched: bool = True

    @property
    def temperature_state(self) -> int:
        """1 none, 2 below minimum, 3 below low, 4 normal, 5 above high, 6 above maximum."""
        if self.link != 2:
            return 1
        if self.temperature > self.maximum:
            return 6
        return 5 if self.temperature > self.high else 4

    @property
    def humidity_state(self) -> int:
        """The same of humidity."""
        if self.link != 2 or self.kind == 1:
            return 1
        if self.humidity < self.least_humidity:
            return 2
        return 3 if self.humidity < self.low_humidity else 4


@dataclass(slots=True)
class Contact:
    """A discrete sensor."""

    name: str = "Door"
    link: int = 2
    is_closed: bool = True
    rests: int = 2
    """1 open, 2 closed."""

    @property
    def is_abnormal(self) -> bool:
        """Tell whether it is not as at rest."""
        return self.is_closed != (self.rests == 2)


@dataclass(slots=True)
class Pdu:
    """A PDU; currents in A, thresholds too."""

    module: int
    serial: str
    model: str = "AP8941"
    phases: int = 1
    banks: int = 0
    currents: list[float] = field(default_factory=lambda: [2.8, 1.4, 0.6])
    volts: float = 231.0
    outlets: list[Outlet] = field(default_factory=list)
    low: float = 0
    near: float = 12
    over: float = 16
    supply_failed: bool = False
    name: str = "Rack PDU"
    location: str = "Row 1"
    contact: str = "Anna"
    cold_start: int = 0
    pause: int = 10
    is_beeping: bool = True
    peak: float = 5.8
    role: int = 1
    """1 alone, 2 host of a chain, 3 guest."""
    climates: list[Climate] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)

    @property
    def current(self) -> float:
        """What all phases carry."""
        return sum(self.currents[: self.phases])

    @property
    def watts(self) -> float:
        """Real power: the power factor is 0.95."""
        return self.current * self.volts * 0.95

    def level(self, current: float) -> str:
        """Return how much a phase or bank carries."""
        if current >= self.over:
            return "over"
        if current >= self.near:
            return "near"
        return "low" if current < self.low else "normal"

    def of_bank(self) -> float:
        """Return what each bank carries."""
        return self.current / max(self.banks, 1)


FIRST_LEVEL = {"normal": 1, "low": 2, "near": 3, "over": 4}
SECOND_LEVEL = {"low": 1, "normal": 2, "near": 3, "over": 4}


class ApcPduAgent(Agent):
    """A rack PDU, or the host of a chain of them.

    Args:
        trees: What it answers; the B models have ``switches``, ``first`` and ``second``.
        units: PDUs of the chain (rPDU2 and ePDU).
        phases: Of each.
        banks: Of each.
        outlets: Of each.
        metered: The outlets have meters.
        measures: The PDU measures power and volts; else rPDU2 says -1 there, as the B models do.
        modules: The numbers on the displays.
        host: Which of them is the host.
        climates: Sensors for temperature and humidity, of the first PDU.
        contacts: Discrete sensors of the first PDU.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        trees: Iterable[str] = ("second",),
        units: int = 1,
        phases: int = 1,
        banks: int = 0,
        outlets: int = 4,
        metered: bool = False,
        measures: bool = True,
        tenths: bool = False,
        modules: tuple[int, ...] = (),
        host: int | None = None,
        climates: int = 0,
        contacts: int = 0,
        object_id: str | None = None,
    ) -> None:
        self.trees = frozenset(trees)
        if unknown := self.trees - ALL_TREES:
            raise ValueError(f"no tree {', '.join(unknown)}")
        super().__init__(clock=clock)
        numbers = modules or tuple(range(1, units + 1))
        self.pdus = [
            Pdu(
                module,
                f"ZA173200017{module}",
                phases=phases,
                banks=banks,
                outlets=[
                    Outlet(
                        number,
                        f"Outlet {number}",
                        bank=(number - 1) % banks + 1 if banks else 0,
                        amperes=number / 10,
                    )
                    for number in range(1, outlets + 1)
                ],
            )
            for module in numbers
        ]
        if len(self.pdus) > 1 or host is not None:
            for pdu in self.pdus:
                pdu.role = 2 if pdu.module == (host or numbers[0]) else 3
        self.first = next((each for each in self.pdus if each.role == 2), self.pdus[0])
        self.first.climates = [Climate(f"Temp {each}") for each in range(1, climates + 1)]
        self.first.contacts = [Contact(f"Door {each}") for each in range(1, contacts + 1)]
        self.metered, self.measures, self.tenths = metered, measures, tenths
        self.energy = 12345
        self.volts_setting, self.factor_setting = 230, 950
        self._was = {id(each): each.on for pdu in self.pdus for each in pdu.outlets}
        kinds = (("easy", 9), ("second", 6), ("first", 5), ("switches", 2))
        kind = 8 if len(self.trees) > 1 else next(kind for tree, kind in kinds if tree in trees)
        self.add_system(
            object_id or f"E.318.1.3.4.{kind}", "APC Web/SNMP Management Card (simulated)"
        )
        if "switches" in self.trees:
            self._build_switches(self.first)
        if "first" in self.trees:
            self._build_first(self.first)
        if "second" in self.trees:
            self._build_second()
        if "easy" in self.trees:
            self._build_easy()

    def _only(self, one: str, several: str) -> str:
        """Return what a PDU of one generation says, or a B model, which answers several trees."""
        return one if len(self.trees) == 1 else several

    # how objects are put in

    def _add(self, root: str, row: int | str, columns: Iterable[Row]) -> None:
        """Put in the columns of a row."""
        self.tree.add(f"{P}.{root}", tuple((f"{where}.{row}", *rest) for where, *rest in columns))  # type: ignore[misc]

    def _keep(
        self,
        where: str,
        put: Callable[..., None],
        judge: Callable[..., bool] | None = None,
    ) -> None:
        """Let an object be written: what a SET does, and which values it takes."""

        def write(value: object) -> None:
            put(value)
            self.writes.append((where, value))

        def check(value: object) -> None:
            if judge is not None and not judge(value):
                raise SetError(Status.BAD_VALUE)

        found = self.tree[f"{P}.{where}"]
        found.put, found.check = write, check

    def _attribute(
        self,
        where: str,
        what: object,
        name: str,
        *,
        kind: Kind = INTEGER,
        scale: float = 1,
        low: float = 0,
        high: float = 100,
        allowed: tuple[int, ...] = (),
    ) -> None:
        """Put in an object that can be written; ``allowed``: others are the next lower one."""

        def get() -> object:
            said = getattr(what, name)
            return said if kind is OCTETS else round(said / scale)

        def put(value: int | bytes) -> None:
            if isinstance(value, bytes):
                setattr(what, name, value.decode())
                return
            if allowed:
                value = max(each for each in allowed if each <= value)
            setattr(what, name, value * scale)

        def judge(value: int | bytes) -> bool:
            return isinstance(value, bytes) or low <= value * scale <= high

        self.tree[f"{P}.{where}"] = Object(kind, get)  # type: ignore[arg-type]
        self._keep(where, put, judge)

    def _command(
        self,
        where: str,
        meanings: Mapping[int, str],
        outlets: list[Outlet],
        said: Callable[[], int],
    ) -> None:
        """Put in an object of commands."""

        def put(value: int) -> None:
            for outlet in outlets:
                outlet.do(meanings[value], self.clock.now())

        self.tree[f"{P}.{where}"] = Object(INTEGER, said)
        self._keep(where, put, lambda value: value in meanings)

    # sPDU (4)

    def _build_switches(self, pdu: Pdu) -> None:
        self._add(
            "4",
            0,
            (
                ("1.1", OCTETS, "B2"),
                ("1.2", OCTETS, self._only("v2.2.4", "v6.8.0")),
                ("1.3", OCTETS, "08/07/17"),
                ("1.4", OCTETS, self._only("AP9212", "AP7900B")),
                ("1.5", OCTETS, pdu.serial),
                ("2.2", OCTETS, lambda: " ".join("On" if o.on else "Off" for o in pdu.outlets)),
                ("4.1", INTEGER, len(pdu.outlets)),
                ("5.1", INTEGER, len(pdu.outlets)),
            ),
        )
        self._command("4.2.1.0", SWITCHES_ALL, pdu.outlets, lambda: 6)
        delays, pauses = _SWITCHES_DELAYS, _SWITCHES_PAUSES
        self._attribute("4.3.1.0", pdu, "cold_start", low=-1, high=9999, allowed=delays)
        self._attribute("4.3.2.0", pdu, "pause", low=5, high=9999, allowed=pauses)
        self._attribute("4.3.3.0", pdu, "name", kind=OCTETS)
        for outlet in pdu.outlets:
            row = outlet.number
            self._add(
                "4",
                row,
                (
                    ("4.2.1.1", INTEGER, row),
                    ("4.2.1.2", INTEGER, lambda outlet=outlet: 1 if outlet.due else 2),
                    ("4.2.1.4", OCTETS, lambda outlet=outlet: outlet.name),
                    ("5.2.1.1", INTEGER, row),
                ),
            )
            self._command(f"4.4.2.1.3.{row}", SWITCHES_OUTLET, [outlet], _state_1_on(outlet))
            config = "4.5.2.1"
            self._attribute(
                f"{config}.2.{row}", outlet, "on_delay", low=-1, high=9999, allowed=delays
            )
            self._attribute(f"{config}.3.{row}", outlet, "name", kind=OCTETS)
            self._attribute(
                f"{config}.4.{row}", outlet, "off_delay", low=-1, high=9999, allowed=delays
            )
            self._attribute(f"{config}.5.{row}", outlet, "pause", low=5, high=9999, allowed=pauses)

    # rPDU (12)

    def _build_first(self, pdu: Pdu) -> None:
        def volt_amperes() -> float:
            return pdu.current * self.volts_setting

        self._add(
            "12",
            0,
            (
                ("1.2", OCTETS, "B2"),
                ("1.3", OCTETS, self._only("v3.7.4", "v6.8.0")),
                ("1.4", OCTETS, "08/07/2017"),
                ("1.5", OCTETS, "AP7900B"),
                ("1.6", OCTETS, pdu.serial),
                ("1.7", INTEGER, 16),
                ("1.8", INTEGER, len(pdu.outlets)),
                ("1.9", INTEGER, pdu.phases),
                ("1.10", INTEGER, pdu.banks),
                ("1.16", INTEGER, lambda: volt_amperes() * self.factor_setting / 1000),
                ("1.18", INTEGER, volt_amperes),
                ("2.1.1", INTEGER, 16),
                ("2.1.2", INTEGER, pdu.phases),
                ("2.1.4", INTEGER, pdu.banks),
                ("3.1.3", INTEGER, len(pdu.outlets)),
                ("3.1.4", INTEGER, len(pdu.outlets)),
                ("4.1.1", INTEGER, lambda: 2 if pdu.supply_failed else 1),
                ("4.1.2", INTEGER, 3),
                ("4.1.3", INTEGER, lambda: 2 if pdu.supply_failed else 1),
            ),
        )
        self._attribute("12.1.1.0", pdu, "name", kind=OCTETS)
        self._attribute("12.1.15.0", self, "volts_setting", high=440)
        self._attribute("12.1.17.0", self, "factor_setting", high=1000)
        self._command("12.3.1.1.0", FIRST_ALL, pdu.outlets, lambda: 1)
        self._attribute("12.3.1.2.0", pdu, "cold_start", low=-1, high=300)
        rows = [(phase, phase, 0) for phase in range(1, pdu.phases + 1)]
        rows += [(pdu.phases + bank, 1, bank) for bank in range(1, pdu.banks + 1)]
        for row, phase, bank in rows:
            self._build_first_load(row, pdu, phase, bank)
        for outlet in pdu.outlets:
            self._build_first_outlet(pdu, outlet)

    def _build_first_load(self, row: int, pdu: Pdu, phase: int, bank: int) -> None:
        def current() -> float:
            return pdu.of_bank() if bank else pdu.currents[phase - 1]

        self._add(
            "12.2.3.1.1",
            row,
            (
                ("1", INTEGER, row),
                ("2", GAUGE, lambda: current() * 10),
                ("3", INTEGER, lambda: FIRST_LEVEL[pdu.level(current())]),
                ("4", INTEGER, phase),
                ("5", INTEGER, bank),
            ),
        )
        config, at = ("12.2.4.1.1", bank) if bank else ("12.2.2.1.1", phase)
        self._add(config, at, (("1", INTEGER, at),))
        for column, name in ((2, "low"), (3, "near"), (4, "over")):
            self._attribute(f"{config}.{column}.{at}", pdu, name, high=16)
        if bank:
            self._add("12.2.1.6.1", at, (("2", INTEGER, at), ("3", INTEGER, 10)))

    def _build_first_outlet(self, pdu: Pdu, outlet: Outlet) -> None:
        row = outlet.number
        self._add(
            "12.3",
            row,
            (
                ("3.1.1.1", INTEGER, row),
                ("3.1.1.2", OCTETS, lambda: outlet.name),
                ("4.1.1.1", INTEGER, row),
                ("5.1.1.1", INTEGER, row),
                ("5.1.1.2", OCTETS, lambda: outlet.name),
                ("5.1.1.3", INTEGER, 1),
                ("5.1.1.4", INTEGER, _state_1_on(outlet)),
                ("5.1.1.5", INTEGER, lambda: 1 if outlet.due else 2),
                ("5.1.1.6", INTEGER, outlet.bank),
            ),
        )
        self._command(f"12.3.3.1.1.4.{row}", FIRST_OUTLET, [outlet], _state_1_on(outlet))
        self._add_delays("12.3.4.1.1", (2, 4, 5, 6), row, outlet)
        if self.metered:
            self._add("12.3.5.1.1", row, (("7", GAUGE, lambda: outlet.current * 10),))
            self._add("12.3.4.3.1", row, (("1", INTEGER, row), ("3", INTEGER, row)))
            for column, name in ((4, "low"), (5, "near"), (6, "over")):
                self._attribute(f"12.3.4.3.1.{column}.{row}", pdu, name, high=16)
            self._add(
                "12.5.6.1",
                row,
                (
                    ("2", INTEGER, row),
                    ("3", INTEGER, lambda: FIRST_LEVEL[pdu.level(outlet.current)]),
                ),
            )

    def _add_delays(
        self, config: str, columns: tuple[int, int, int, int], row: int, outlet: Outlet
    ) -> None:
        """Put in name, delays and pause of an outlet; they can be written."""
        name, on, off, pause = (f"{config}.{column}.{row}" for column in columns)
        self._attribute(name, outlet, "name", kind=OCTETS)
        self._attribute(on, outlet, "on_delay", low=-1, high=7200)
        self._attribute(off, outlet, "off_delay", low=-1, high=7200)
        self._attribute(pause, outlet, "pause", low=5, high=60)

    # rPDU2 (26)

    def _build_second(self) -> None:
        pdus = self.pdus
        outlets = sum(len(pdu.outlets) for pdu in pdus)
        self._add(
            "26",
            0,
            (
                ("1", INTEGER, len(pdus)),
                ("3", INTEGER, len(pdus)),
                ("5", INTEGER, sum(pdu.phases for pdu in pdus)),
                ("7", INTEGER, sum(pdu.banks for pdu in pdus)),
                ("9.1", INTEGER, outlets),
                ("9.3", INTEGER, outlets if self.metered else 0),
                ("10.1", INTEGER, sum(len(pdu.climates) for pdu in pdus)),
                ("10.3", INTEGER, sum(len(pdu.contacts) for pdu in pdus)),
                ("11.1", INTEGER, len(pdus)),
            ),
        )
        phases = banks = switched = climates = contacts = 0
        for row, pdu in enumerate(pdus, 1):
            self._build_second_unit(row, pdu)
            for phase in range(1, pdu.phases + 1):
                phases += 1
                self._build_second_phase(phases, pdu, phase)
            for bank in range(1, pdu.banks + 1):
                banks += 1
                self._build_second_bank(banks, pdu, bank)
            for outlet in pdu.outlets:
                switched += 1
                self._build_second_outlet(switched, pdu, outlet)
            for number, climate in enumerate(pdu.climates, 1):
                climates += 1
                self._build_climate(climates, pdu, number, climate)
            for number, contact in enumerate(pdu.contacts, 1):
                contacts += 1
                self._build_contact(contacts, pdu, number, contact)

    def _measured(self, get: Callable[[], float]) -> Callable[[], float]:
        """Return what is measured, or -1 on a model that does not."""
        return lambda: get() if self.measures else -1

    def _build_second_unit(self, row: int, pdu: Pdu) -> None:
        measured = self._measured
        self._add(
            "26",
            row,
            (
                *((f"{table}.1.1", INTEGER, row) for table in ("2", "4.1", "4.2", "4.3", "4.4")),
                *(
                    (f"{table}.1.2", INTEGER, pdu.module)
                    for table in ("2", "4.1", "4.2", "4.3", "4.4")
                ),
                ("2.1.3", OCTETS, lambda: pdu.name),
                ("2.1.4", OCTETS, lambda: pdu.location),
                ("2.1.5", OCTETS, "02"),
                ("2.1.6", OCTETS, "v6.8.0"),
                ("2.1.7", OCTETS, "08/07/2017"),
                ("2.1.8", OCTETS, self._only(pdu.model, "AP7900B")),
                ("2.1.9", OCTETS, pdu.serial),
                ("2.1.10", OCTETS, lambda: pdu.contact),
                ("4.2.1.4", INTEGER, len(pdu.outlets)),
                ("4.2.1.5", INTEGER, len(pdu.outlets)),
                ("4.2.1.6", INTEGER, len(pdu.outlets) if self.metered else 0),
                ("4.2.1.7", INTEGER, pdu.phases),
                ("4.2.1.8", INTEGER, pdu.banks),
                ("4.2.1.9", INTEGER, 16),
                ("4.2.1.12", INTEGER, 16),
                ("4.2.1.13", INTEGER, 37),
                (
                    "4.3.1.4",
                    INTEGER,
                    lambda: SECOND_LEVEL[pdu.level(pdu.current)] if self.measures else 5,
                ),
                ("4.3.1.5", INTEGER, measured(lambda: pdu.watts / 10)),
                ("4.3.1.6", INTEGER, measured(lambda: pdu.watts / 10 + 20)),
                ("4.3.1.7", OCTETS, "notsupported " if not self.measures else "07/11/2023"),
                ("4.3.1.9", INTEGER, measured(lambda: self.energy + pdu.module)),
                ("4.3.1.11", INTEGER, 2),
                ("4.3.1.12", INTEGER, lambda: 2 if pdu.supply_failed else 1),
                ("4.3.1.13", INTEGER, lambda: 2 if pdu.supply_failed else 1),
                ("4.3.1.14", INTEGER, 3),
                ("4.3.1.16", INTEGER, measured(lambda: pdu.watts / 9.5)),
                ("4.3.1.17", INTEGER, measured(lambda: 95)),
                ("4.3.1.18", INTEGER, lambda: pdu.role),
            ),
        )
        self._attribute(f"26.4.1.1.3.{row}", pdu, "name", kind=OCTETS)
        self._attribute(f"26.4.1.1.4.{row}", pdu, "location", kind=OCTETS)
        self._attribute(f"26.4.1.1.14.{row}", pdu, "contact", kind=OCTETS)
        self._attribute(f"26.4.1.1.6.{row}", pdu, "cold_start", low=-1, high=300)
        self._command(f"26.4.4.1.4.{row}", SECOND_ALL, pdu.outlets, lambda: 6)

    def _add_limits(self, table: str, row: int, module: int, number: int, pdu: Pdu) -> None:
        """Put in the thresholds of a phase or bank: whole amperes, and tenths in a newer table."""
        both = [(table, 1.0)]
        if self.tenths:
            both.append(({"26.6.1.1": "26.15.1.1", "26.8.1.1": "26.14.1.1"}[table], 0.1))
        for config, scale in both:
            self._add(
                config,
                row,
                (("1", INTEGER, row), ("2", INTEGER, module), ("3", INTEGER, number)),
            )
            for column, name in ((5, "low"), (6, "near"), (7, "over")):
                self._attribute(f"{config}.{column}.{row}", pdu, name, scale=scale, high=16)

    def _build_second_phase(self, row: int, pdu: Pdu, phase: int) -> None:
        measured = self._measured

        def current() -> float:
            return pdu.currents[phase - 1]

        self._add(
            "26.6.3.1",
            row,
            (
                ("1", INTEGER, row),
                ("2", INTEGER, pdu.module),
                ("3", INTEGER, phase),
                ("4", INTEGER, lambda: SECOND_LEVEL[pdu.level(current())]),
                ("5", INTEGER, lambda: current() * 10),
                ("6", INTEGER, measured(lambda: pdu.volts)),
                ("7", INTEGER, measured(lambda: current() * pdu.volts * 0.095)),
                ("8", INTEGER, measured(lambda: current() * pdu.volts * 0.1)),
                ("9", INTEGER, measured(lambda: 95)),
                ("10", INTEGER, lambda: pdu.peak * 10),
            ),
        )
        self._add_limits("26.6.1.1", row, pdu.module, phase, pdu)
        if pdu.phases == 3 and phase == 1:
            between = measured(lambda: pdu.volts * 3**0.5)
            self._add(
                "26.13.1.1",
                self.pdus.index(pdu) + 1,
                (
                    ("1", INTEGER, self.pdus.index(pdu) + 1),
                    ("2", INTEGER, pdu.module),
                    *((f"{column}", INTEGER, between) for column in (3, 4, 5)),
                ),
            )

    def _build_second_bank(self, row: int, pdu: Pdu, bank: int) -> None:
        self._add(
            "26.8",
            row,
            (
                ("2.1.1", INTEGER, row),
                ("2.1.2", INTEGER, pdu.module),
                ("2.1.3", INTEGER, bank),
                ("2.1.4", INTEGER, 4 if pdu.phases == 3 else 1),
                ("2.1.5", INTEGER, 20),
                ("3.1.1", INTEGER, row),
                ("3.1.2", INTEGER, pdu.module),
                ("3.1.3", INTEGER, bank),
                ("3.1.4", INTEGER, lambda: SECOND_LEVEL[pdu.level(pdu.of_bank())]),
                ("3.1.5", INTEGER, lambda: pdu.of_bank() * 10),
                ("3.1.6", INTEGER, 44),
            ),
        )
        self._add_limits("26.8.1.1", row, pdu.module, bank, pdu)

    def _build_second_outlet(self, row: int, pdu: Pdu, outlet: Outlet) -> None:
        tables: tuple[str, ...] = ("2.1", "2.2", "2.3", "2.4")
        if self.metered:
            tables = (*tables, "4.1", "4.2", "4.3")
        number = outlet.number
        self._add(
            "26.9",
            row,
            (
                *((f"{table}.1.1", INTEGER, row) for table in tables),
                *((f"{table}.1.2", INTEGER, pdu.module) for table in tables),
                *((f"{table}.1.4", INTEGER, number) for table in tables),
                *((f"{table}.1.3", OCTETS, lambda: outlet.name) for table in tables[1:]),
                ("2.2.1.5", INTEGER, 1),
                ("2.2.1.6", INTEGER, outlet.bank),
                ("2.3.1.5", INTEGER, lambda: 2 if outlet.on else 1),
                ("2.3.1.6", INTEGER, lambda: 1 if outlet.due else 2),
            ),
        )
        self._add_delays("26.9.2.1.1", (3, 5, 6, 7), row, outlet)
        self._command(f"26.9.2.4.1.5.{row}", SECOND_OUTLET, [outlet], _state_1_on(outlet))
        if self.metered:
            self._add(
                "26.9.4",
                row,
                (
                    ("2.1.7", INTEGER, outlet.bank),
                    ("3.1.5", INTEGER, lambda: SECOND_LEVEL[pdu.level(outlet.current)]),
                    ("3.1.6", INTEGER, lambda: outlet.current * 10),
                    ("3.1.7", INTEGER, lambda: outlet.current * pdu.volts * 0.95),
                    ("3.1.11", INTEGER, 100 * number),
                    ("3.1.12", OCTETS, "IEC C13"),
                ),
            )
            self._attribute(f"26.9.4.1.1.3.{row}", outlet, "name", kind=OCTETS)

    def _build_climate(self, row: int, pdu: Pdu, number: int, climate: Climate) -> None:
        def fahrenheit(celsius: float) -> float:
            return (celsius * 9 / 5 + 32) * 10

        def there(get: Callable[[], float]) -> Callable[[], float]:
            return lambda: get() if climate.link == 2 else -1

        columns: tuple[Row, ...] = (
            *((f"{table}.1.1", INTEGER, row) for table in (1, 2)),
            *((f"{table}.1.2", INTEGER, pdu.module) for table in (1, 2)),
            *((f"{table}.1.4", INTEGER, number) for table in (1, 2)),
            ("2.1.3", OCTETS, lambda: climate.name),
            ("2.1.5", INTEGER, lambda: {1: 4, 3: 3}.get(climate.link, climate.kind)),
            ("2.1.6", INTEGER, lambda: climate.link),
            ("2.1.7", INTEGER, there(lambda: fahrenheit(climate.temperature))),
            ("2.1.8", INTEGER, there(lambda: climate.temperature * 10)),
            ("2.1.9", INTEGER, lambda: climate.temperature_state),
            ("2.1.10", INTEGER, there(lambda: climate.humidity if climate.kind == 2 else 0)),
            ("2.1.11", INTEGER, lambda: climate.humidity_state),
            ("2.1.12", INTEGER, there(lambda: fahrenheit(climate.peak))),
            ("2.1.13", INTEGER, there(lambda: climate.peak * 10)),
            ("1.1.6", INTEGER, 2),
        )
        self._add("26.10.2", row, columns)
        config = "26.10.2.1.1"
        self._attribute(f"{config}.3.{row}", climate, "name", kind=OCTETS)
        self.tree[f"{P}.{config}.5.{row}"] = Object(INTEGER, lambda: 2 if climate.is_watched else 1)
        self._keep(
            f"{config}.5.{row}",
            lambda value: setattr(climate, "is_watched", value == 2),
            lambda value: value in {1, 2},
        )
        for column, name, low, high in (
            (10, "maximum", -40, 100),
            (11, "high", -40, 100),
            (13, "low_humidity", 10, 90),
            (14, "least_humidity", 10, 90),
        ):
            self._attribute(f"{config}.{column}.{row}", climate, name, low=low, high=high)

    def _build_contact(self, row: int, pdu: Pdu, number: int, contact: Contact) -> None:
        self._add(
            "26.10.4",
            row,
            (
                *((f"{table}.1.1", INTEGER, row) for table in (1, 2)),
                *((f"{table}.1.2", INTEGER, pdu.module) for table in (1, 2)),
                *((f"{table}.1.4", INTEGER, number) for table in (1, 2)),
                ("2.1.3", OCTETS, lambda: contact.name),
                ("2.1.5", INTEGER, lambda: 1 if contact.link == 1 else 2),
                ("2.1.6", INTEGER, lambda: contact.link),
                ("2.1.7", INTEGER, lambda: 2 if contact.is_closed else 1),
                ("2.1.8", INTEGER, lambda: 2 if contact.is_abnormal else 1),
            ),
        )
        self._attribute(f"26.10.4.1.1.3.{row}", contact, "name", kind=OCTETS)
        self._attribute(f"26.10.4.1.1.5.{row}", contact, "rests", low=1, high=2)

    # ePDU (30)

    def _build_easy(self) -> None:
        pdus = self.pdus
        self._add(
            "30",
            0,
            (
                ("1", INTEGER, len(pdus)),
                ("3", INTEGER, sum(pdu.phases for pdu in pdus)),
                ("5", INTEGER, sum(len(pdu.outlets) for pdu in pdus)),
                ("7", INTEGER, sum(len(pdu.climates) for pdu in pdus)),
            ),
        )
        phases = outlets = climates = 0
        for row, pdu in enumerate(pdus, 1):
            self._build_easy_unit(row, pdu)
            for phase in range(1, pdu.phases + 1):
                phases += 1
                self._build_easy_phase(phases, pdu, phase)
            for outlet in pdu.outlets:
                outlets += 1
                self._build_easy_outlet(outlets, pdu, outlet)
            for climate in pdu.climates:
                climates += 1
                self._build_easy_climate(climates, pdu, climate)

    def _build_easy_unit(self, row: int, pdu: Pdu) -> None:
        self._add(
            "30.2",
            row,
            (
                ("1.1.1", INTEGER, row),
                ("1.1.2", INTEGER, pdu.module),
                ("1.1.3", OCTETS, "V1.2.0"),
                ("1.1.4", OCTETS, "EPDU1116M"),
                ("1.1.5", OCTETS, pdu.serial),
                ("1.1.6", INTEGER, pdu.phases),
                ("1.1.7", INTEGER, lambda: pdu.watts),
                ("1.1.8", INTEGER, 20),
                ("1.1.9", INTEGER, lambda: pdu.watts / 0.95),
                ("1.1.10", INTEGER, 950),
                ("1.1.11", INTEGER, 1234567),
                ("1.1.12", INTEGER, 50020),
                ("2.1.1", INTEGER, row),
                ("2.1.2", INTEGER, pdu.module),
                ("2.1.3", INTEGER, 0),
            ),
        )
        where = f"30.2.2.1.5.{row}"
        self.tree[f"{P}.{where}"] = Object(INTEGER, lambda: 2 if pdu.is_beeping else 1)
        self._keep(
            where,
            lambda value: setattr(pdu, "is_beeping", value == 2),
            lambda value: value in {1, 2},
        )

    def _build_easy_phase(self, row: int, pdu: Pdu, phase: int) -> None:
        def current() -> float:
            return pdu.currents[phase - 1]

        self._add(
            "30.4",
            row,
            (
                ("1.1.1", INTEGER, row),
                ("1.1.2", INTEGER, pdu.module),
                ("1.1.3", INTEGER, phase),
                ("1.1.4", INTEGER, 2640),
                ("1.1.5", INTEGER, 1980),
                ("2.1.1", INTEGER, row),
                ("2.1.2", INTEGER, pdu.module),
                ("2.1.3", INTEGER, phase),
                ("2.1.4", INTEGER, lambda: pdu.volts * 10),
                ("2.1.5", INTEGER, lambda: current() * 100),
                ("2.1.6", INTEGER, lambda: current() * pdu.volts * 0.95),
                ("2.1.7", INTEGER, -1),
                ("2.1.8", INTEGER, lambda: current() * pdu.volts),
                ("2.1.9", INTEGER, 950),
                ("2.1.10", INTEGER, 400000 + phase),
            ),
        )
        for column, name in ((6, "over"), (7, "low")):
            self._attribute(f"30.4.1.1.{column}.{row}", pdu, name, scale=0.01, high=16)

    def _build_easy_outlet(self, row: int, pdu: Pdu, outlet: Outlet) -> None:
        self._add(
            "30.6",
            row,
            (
                *((f"{table}.1.1", INTEGER, row) for table in (1, 2)),
                *((f"{table}.1.2", INTEGER, pdu.module) for table in (1, 2)),
                *((f"{table}.1.3", INTEGER, outlet.number) for table in (1, 2)),
                ("1.1.4", INTEGER, lambda: 2 if outlet.on else 1),
            ),
        )
        self._command(f"30.6.2.1.4.{row}", EASY_OUTLET, [outlet], _state_1_on(outlet))

    def _build_easy_climate(self, row: int, pdu: Pdu, climate: Climate) -> None:
        def there(get: Callable[[], float]) -> Callable[[], float]:
            return lambda: get() if climate.link == 2 else -1

        self._add(
            "30.8",
            row,
            (
                *((f"{table}.1.1", INTEGER, row) for table in (1, 2)),
                *((f"{table}.1.2", INTEGER, pdu.module) for table in (1, 2)),
                ("1.1.4", INTEGER, 50),
                ("1.1.5", INTEGER, 800),
                ("2.1.3", INTEGER, there(lambda: climate.temperature * 10)),
                ("2.1.4", INTEGER, there(lambda: climate.humidity * 10)),
            ),
        )
        self._attribute(f"30.8.1.1.3.{row}", climate, "high", scale=0.1, low=-40)
        self._attribute(f"30.8.1.1.6.{row}", climate, "low_humidity", scale=0.1)

    # what happens

    @override
    def advance(self) -> None:
        """Let commands whose time has come switch, and send what the PDU tells of it."""
        on, off = (41, 42) if self.trees == {"switches"} else (268, 269)
        for pdu in self.pdus:
            for outlet in pdu.outlets:
                outlet.advance(self.clock.now())
                if outlet.on is not self._was[id(outlet)]:
                    self._was[id(outlet)] = outlet.on
                    self._tell(on if outlet.on else off, f"Outlet {outlet.number}")

    def _tell(self, number: int, text: str) -> None:
        self.trap((*TRAPS, number), ((MTRAP_STRING, Value(OCTETS, text.encode())),))


def _state_1_on(outlet: Outlet) -> Callable[[], int]:
    """Return what says 1 for on and 2 for off."""
    return lambda: 1 if outlet.on else 2
