"""Eaton's older PDUs: Genesis II, Revelation, and the three by Pulizzi, from their documents.

Revelation has two layouts: ``sensors`` as in the document, else that which others have read (values
in the columns of the outlets, outlets from 0).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
import struct
from typing import override

from .agent import Agent
from .objects import Kind, Object, Oid, SetError, Status, Value, oid
from tests.simulators.clock import Clock

OFF, ON = False, True


@dataclass(slots=True)
class Outlet:
    """One outlet; A when it is on, s."""

    name: str
    load: float = 1.2
    on: bool = True
    sequence: int = 1
    reboot: int = 5
    back: float | None = None
    """When it is on again after a cycle."""
    failed: bool = False


class OldPdu(Agent):
    """What they share: outlets, and objects that are kept as they are written."""

    VOLTS = 230.0

    def __init__(self, *, clock: Clock | None = None, outlets: int = 0) -> None:
        super().__init__(clock=clock)
        self.outlets = [Outlet(f"Outlet {number}") for number in range(1, outlets + 1)]

    @property
    def amperes(self) -> float:
        """The current of all outlets."""
        return sum(outlet.load for outlet in self.outlets if outlet.on)

    def writable(
        self,
        root: str,
        where: str,
        kind: Kind,
        get: Callable[[], object],
        put: Callable[..., None],
        allowed: tuple[int, int] | None = None,
    ) -> None:
        """Put in an object that can be written; of a text ``allowed`` is the length."""

        def write(value: int | bytes | Oid) -> None:
            put(value.decode() if isinstance(value, bytes) else value)
            self.writes.append((where, value))

        def check(value: int | bytes | Oid) -> None:
            size = len(value) if isinstance(value, bytes) else value
            if isinstance(value, bytes) != (kind is Kind.OCTETS) or not isinstance(size, int):
                raise SetError(Status.WRONG_TYPE)
            if allowed is not None and not allowed[0] <= size <= allowed[1]:
                raise SetError(Status.WRONG_VALUE)

        self.tree[f"{root}.{where}"] = Object(kind, get, write, check)  # type: ignore[arg-type]

    def kept(
        self,
        root: str,
        where: str,
        kind: Kind,
        of: object,
        name: str,
        allowed: tuple[int, int] | None = None,
    ) -> None:
        """Put in an object that is an attribute of something."""
        self.writable(
            root,
            where,
            kind,
            lambda: getattr(of, name),
            lambda value: setattr(of, name, value),
            allowed,
        )

    def switch(self, outlet: Outlet, on: bool) -> None:
        """Switch an outlet."""
        outlet.on, outlet.back = on, None

    def cycle(self, outlet: Outlet) -> None:
        """Switch an outlet off, and on again after its time."""
        outlet.on, outlet.back = OFF, self.clock.now() + outlet.reboot

    @override
    def advance(self) -> None:
        """Bring the outlets up to date."""
        for outlet in self.outlets:
            if outlet.back is not None and outlet.back <= self.clock.now():
                outlet.on, outlet.back = ON, None


class Genesis2Agent(OldPdu):
    """A Monitored ePDU with a red display: the currents of its circuits in A."""

    ROOT = "E.17373.3"

    def __init__(
        self, *, clock: Clock | None = None, circuits: tuple[float, ...] = (3.4, 0.0)
    ) -> None:
        super().__init__(clock=clock)
        self.circuits = list(circuits)
        self.add_system("E.17373", "Eaton ePDU", name="epdu")
        self.tree.add(
            self.ROOT,
            (
                ("1.1.0", Kind.OCTETS, "ePDU Monitored 16A"),
                ("1.2.0", Kind.OCTETS, "2.03"),
                ("1.3.0", Kind.OCTETS, "rack left"),
                ("1.4.0", Kind.OCTETS, "00:20:85:01:02:03"),
                ("1.5.0", Kind.OCTETS, "192.0.2.7"),
            ),
        )
        for number in range(1, 9):
            self.tree[f"{self.ROOT}.2.{number}.0"] = Object(
                Kind.INTEGER, partial(self._current, number)
            )

    def _current(self, circuit: int) -> int:
        if circuit > len(self.circuits):
            return -1
        return round(self.circuits[circuit - 1] * 10)


def opaque(value: float) -> bytes:
    """Return a float as net-snmp puts it into an Opaque."""
    return b"\x9f\x78\x04" + struct.pack(">f", value)


@dataclass(slots=True)
class Sensor:
    """A sensor of a Revelation by its document."""

    label: str
    kind: int
    value: Callable[[], float]
    unit: str
    outlet: int = 0
    state: int = 0


class RevelationAgent(OldPdu):
    """A Managed ePDU with a red display."""

    ROOT = "E.534.6.6.6"

    def __init__(
        self, *, clock: Clock | None = None, sensors: bool = False, outlets: int = 3
    ) -> None:
        super().__init__(clock=clock, outlets=outlets)
        self.sensors: list[Sensor] = []
        self.temperature = 24
        self.add_system(self.ROOT, "Eaton ePDU Managed", name="epdu")
        r = self.ROOT
        self.tree.add(
            r,
            (
                ("1.1.1.0", Kind.OCTETS, "01.02.03"),
                ("1.1.2.0", Kind.OCTETS, "AEQ7B00042"),
                ("1.1.6.0", Kind.OCTETS, bytes.fromhex("002085010203")),
                ("1.1.7.0", Kind.INTEGER, 26),
                ("1.1.12.0", Kind.OCTETS, "PW104MA1UB34"),
                ("1.1.13.0", Kind.OCTETS, "rack right"),
                ("1.2.1.0", Kind.INTEGER, outlets),
            ),
        )
        for place, outlet in enumerate(self.outlets, 1 if sensors else 0):
            self._build_outlet(place, outlet)
            if not sensors:
                self._build_values(place, outlet)
        if sensors:
            self._build_sensors()
        else:
            self.tree.add(
                r,
                (
                    ("1.3.1.1.0", Kind.GAUGE, lambda: self.amperes * 1000),
                    ("1.3.1.2.0", Kind.GAUGE, lambda: self.VOLTS * 1000),
                    ("1.3.1.3.0", Kind.GAUGE, lambda: self.amperes * self.VOLTS * 0.9),
                    ("1.3.1.4.0", Kind.GAUGE, lambda: self.amperes * self.VOLTS),
                    ("1.3.1.5.0", Kind.GAUGE, lambda: self.temperature),
                    ("2.2.1.3.0", Kind.INTEGER, 21),
                    ("2.2.1.6.0", Kind.INTEGER, 5),
                    ("2.2.1.7.0", Kind.INTEGER, 40),
                    ("2.4.1.3.0", Kind.INTEGER, 45),
                    ("2.4.1.6.0", Kind.INTEGER, 10),
                    ("2.4.1.7.0", Kind.INTEGER, 90),
                ),
            )

    def _build_outlet(self, place: int, outlet: Outlet) -> None:
        def state() -> int:
            if outlet.failed:
                return -1
            return 2 if outlet.back is not None else int(outlet.on)

        def put(value: int) -> None:
            if value == 2:
                self.cycle(outlet)
            else:
                self.switch(outlet, value == 1)

        self.tree[f"{self.ROOT}.1.2.2.1.2.{place}"] = Object(Kind.OCTETS, lambda: outlet.name)
        self.writable(self.ROOT, f"1.2.2.1.3.{place}", Kind.INTEGER, state, put, (0, 2))

    def _build_values(self, place: int, outlet: Outlet) -> None:
        def current() -> float:
            return outlet.load if outlet.on else 0

        for column, get in (
            (4, lambda: current() * 1000),
            (5, lambda: outlet.load * 1500),
            (6, lambda: self.VOLTS),
            (7, lambda: current() * self.VOLTS * 0.9),
            (8, lambda: current() * self.VOLTS),
            (9, lambda: 90),
        ):
            self.tree[f"{self.ROOT}.1.2.2.1.{column}.{place}"] = Object(Kind.GAUGE, get)

    def _build_sensors(self) -> None:
        columns = {0: 4, 2: 6, 3: 7, 4: 8}
        for place, outlet in enumerate(self.outlets, 1):

            def current(outlet: Outlet = outlet) -> float:
                return outlet.load if outlet.on else 0

            for kind, unit, factor in (
                (0, "A", 1.0),
                (2, "A", 1.5),
                (3, "W", 207.0),
                (4, "VA", 230.0),
            ):

                def value(current: Callable[[], float] = current, factor: float = factor) -> float:
                    return current() * factor

                self.sensors.append(Sensor(f"Outlet {place} {unit}", kind, value, unit, place))
                self.tree[f"{self.ROOT}.1.2.2.1.{columns[kind]}.{place}"] = Object(
                    Kind.INTEGER, len(self.sensors)
                )
        self.sensors += [
            Sensor("Unit current", 242, lambda: self.amperes, "A"),
            Sensor("Unit voltage", 247, lambda: self.VOLTS, "V"),
            Sensor("Unit power", 245, lambda: self.amperes * 207, "W"),
            Sensor("Unit apparent power", 246, lambda: self.amperes * 230, "VA"),
            Sensor("Unit temperature", 244, lambda: float(self.temperature), "C"),
            Sensor("Line frequency", 193, lambda: 50.0, "Hz"),
            Sensor("Front temperature", 199, lambda: 21.5, "C"),
            Sensor("Rear temperature", 198, lambda: float("nan"), "C"),
            Sensor("Front humidity", 207, lambda: 45.5, "%"),
            Sensor("Breaker", 240, lambda: 0.0, ""),
        ]
        self.tree[f"{self.ROOT}.1.3.1.0"] = Object(Kind.INTEGER, len(self.sensors))
        for number, sensor in enumerate(self.sensors, 1):
            self._build_sensor(number, sensor)

    def _build_sensor(self, number: int, sensor: Sensor) -> None:
        self.tree.add(
            f"{self.ROOT}.1.3.2.1",
            (
                (f"1.{number}", Kind.INTEGER, number),
                (f"2.{number}", Kind.OCTETS, sensor.label),
                (f"3.{number}", Kind.INTEGER, sensor.kind),
                (f"4.{number}", Kind.OPAQUE, lambda: opaque(sensor.value())),
                (f"5.{number}", Kind.OCTETS, sensor.unit),
                (f"6.{number}", Kind.INTEGER, lambda: sensor.state),
                (f"7.{number}", Kind.INTEGER, sensor.outlet),
            ),
        )


@dataclass(slots=True)
class Probe:
    """A sensor of a PDU by Pulizzi, in the unit's scale."""

    name: str
    value: int
    high: int
    low: int
    enabled: int = 1


class SwitchedPulizziAgent(OldPdu):
    """An IPC model (1) or an IPV model (2), which measures too; ``object_id`` as some firmwares."""

    ROOT = "E.20677"

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        family: int = 2,
        celsius: bool = False,
        object_id: str | None = None,
    ) -> None:
        super().__init__(clock=clock, outlets=8 if family == 1 else 4)
        self.family = family
        self.celsius = celsius
        self.name = "lab pdu"
        self.temperatures = [Probe("Front", 77, 104, 41), Probe("Rear", 70, 104, 41, enabled=0)]
        self.humidity = Probe("Air", 44, 80, 20)
        self.contacts = [Probe("Door", 1, 0, 0), Probe("Water", 0, 0, 0), Probe("x", 0, 0, 0, 0)]
        self.add_system(object_id or f"{self.ROOT}.{family}", "Powerware ePDU", name="epdu")
        self._build_unit()
        for number, outlet in enumerate(self.outlets, 1):
            self._build_outlet(number, outlet)
        if family == 2:
            self._build_measurements()

    def _build_unit(self) -> None:
        place = self.family
        self.kept(self.ROOT, f"{place}.1.1.0", Kind.OCTETS, self, "name", (1, 20))
        time, date = (2, 3) if place == 1 else (3, 4)
        self.tree.add(
            f"{self.ROOT}.{place}",
            (
                (f"1.{time}.0", Kind.OCTETS, "13:37"),
                (f"1.{date}.0", Kind.OCTETS, "03/09/2026"),
                ("2.6.0", Kind.OCTETS, "00-20-85-01-02-03"),
            ),
        )
        orders = "5.2" if place == 1 else "6.2"
        self.writable(
            self.ROOT,
            f"{place}.{orders}.1.0",
            Kind.INTEGER,
            lambda: 0,
            self._order_all,
            (1, 4),
        )

    def _order_all(self, value: int) -> None:
        for outlet in self.outlets:
            if value == 3:
                outlet.back = self.clock.now() + outlet.sequence
            else:
                self.switch(outlet, value == 1)

    def _build_outlet(self, number: int, outlet: Outlet) -> None:
        f, r = self.family, self.ROOT
        management, sequence = (5, 3) if f == 1 else (6, 4)
        config = f"{f}.{management}.1.{number}"
        self.kept(r, f"{config}.1.0", Kind.OCTETS, outlet, "name", (1, 20))
        self.kept(r, f"{config}.{sequence}.0", Kind.INTEGER, outlet, "sequence", (0, 999))
        self.kept(r, f"{config}.{sequence + 1}.0", Kind.INTEGER, outlet, "reboot", (0, 999))
        self.tree[f"{r}.{config}.{sequence - 1}.0"] = Object(Kind.OCTETS, "http://192.0.2.1")

        def put(value: int) -> None:
            if value == 3:
                self.cycle(outlet)
            elif value != 4:
                self.switch(outlet, value == 1)

        where = f"{f}.{management}.2.{number + 1}.0"
        self.writable(r, where, Kind.INTEGER, lambda: 4, put, (1, 4))
        self.tree[f"{r}.{f}.{management}.3.{number}.0"] = Object(
            Kind.INTEGER, lambda: 1 if outlet.on else 2
        )

    def _build_measurements(self) -> None:
        r, integer = f"{self.ROOT}.2", Kind.INTEGER
        self.kept(r, "1.9.0", integer, self, "celsius", (0, 1))
        for number, probe in enumerate(self.temperatures, 1):
            self._build_probe(f"8.1.{number}", f"8.5.{number}.0", probe, high=3)
        self._build_probe("8.2.1", "8.5.3.0", self.humidity, high=3)
        for number, contact in enumerate(self.contacts, 1):
            self._build_probe(f"8.3.{number}", f"8.5.{number + 3}.0", contact, high=None)
        # two sections; the fourth number is the total
        for section, shares in ((1, 0.25), (2, 0.75), (4, 1.0)):

            def amperes(shares: float = shares) -> float:
                return self.amperes * shares

            self.tree.add(
                f"{r}.8.6.{section}",
                (
                    ("1.0", integer, 120 if section < 4 else 0),
                    ("2.0", integer, amperes),
                    ("3.0", integer, lambda amperes=amperes: amperes() * 120),
                ),
            )
            if section < 4:
                self.tree.add(
                    f"{r}.8.4.{section}",
                    (
                        ("1.0", integer, 132),
                        ("2.0", integer, 108),
                        ("3.0", integer, 16),
                        ("4.0", integer, 0),
                    ),
                )

    def _build_probe(self, config: str, value: str, probe: Probe, high: int | None) -> None:
        r, integer = f"{self.ROOT}.2", Kind.INTEGER
        self.kept(r, f"{config}.1.0", Kind.OCTETS, probe, "name", (1, 20))
        self.tree[f"{r}.{config}.2.0"] = Object(integer, lambda: probe.enabled)
        self.tree[f"{r}.{value}"] = Object(integer, lambda: probe.value)
        if high is not None:
            self.tree[f"{r}.{config}.{high}.0"] = Object(integer, lambda: probe.high)
            self.tree[f"{r}.{config}.{high + 1}.0"] = Object(integer, lambda: probe.low)

    def tell(self, number: int) -> None:
        """Send one of its notifications."""
        self.trap(oid(f"{self.ROOT}.2.9.0.{number}"), ((oid(f"{self.ROOT}.2.10.1.0"), _ONE),))


_ONE = Value(Kind.INTEGER, 1)


@dataclass(slots=True)
class Channel:
    """A channel of a monitored PDU, A."""

    name: str
    current: float
    low: int = 0
    high: int = 16


class MonitoredPulizziAgent(OldPdu):
    """A Monitored ePDU with a blue display; ``kind`` is currentMonitorType."""

    ROOT = "E.20677.3.1.1"

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        kind: int = 7,
        currents: tuple[float, ...] = (5.7, 4.0, 3.1, 2.9, 2.0, 1.0),
    ) -> None:
        super().__init__(clock=clock)
        self.name = "row 3"
        self.channels = [
            Channel(f"Channel {number}", current) for number, current in enumerate(currents, 1)
        ]
        self.probes: list[Probe] = [Probe("Inlet", 68, 95, 50), Probe("Outlet", 99, 95, 50, 0)]
        self.add_system("E.20677.3", "Powerware ePDU Monitored", name="epdu")
        r, integer = self.ROOT, Kind.INTEGER
        self.tree.add(
            r,
            (
                ("1.1.0", Kind.TICKS, 8_640_000),
                ("1.19.0", integer, lambda: self.probes[0].enabled),
                ("1.20.0", integer, lambda: self.probes[1].enabled),
                ("1.21.0", Kind.OCTETS, "1.0.F"),
                ("1.22.0", Kind.OCTETS, "asset 12"),
                ("1.23.0", integer, len(currents)),
                ("1.24.0", integer, kind),
                ("2.4.0", Kind.OCTETS, "00-20-85-0A-0B-0C"),
            ),
        )
        self.kept(r, "1.2.0", Kind.OCTETS, self, "name", (1, 19))
        # channels that the unit does not have answer, too
        for number in range(1, 9):
            channel = (
                self.channels[number - 1] if number <= len(currents) else Channel("unused", 0.0)
            )
            self._build_channel(number, channel)
        for number, probe in enumerate(self.probes, 1):
            self._build_probe(number, probe)

    def _build_channel(self, number: int, channel: Channel) -> None:
        r = self.ROOT
        self.tree[f"{r}.3.{number}.0"] = Object(Kind.INTEGER, lambda: channel.current * 10)
        self.kept(r, f"4.{number}.0", Kind.OCTETS, channel, "name", (1, 31))
        self.kept(r, f"5.{number}.0", Kind.INTEGER, channel, "low", (0, 100))
        self.kept(r, f"6.{number}.0", Kind.INTEGER, channel, "high", (1, 100))

    def _build_probe(self, number: int, probe: Probe) -> None:
        r = self.ROOT
        self.tree[f"{r}.3.{247 + number}.0"] = Object(Kind.INTEGER, lambda: probe.value)
        self.kept(r, f"4.{247 + number}.0", Kind.OCTETS, probe, "name", (1, 31))
        self.kept(r, f"7.{number}.0", Kind.INTEGER, probe, "low", (0, 150))
        self.kept(r, f"8.{number}.0", Kind.INTEGER, probe, "high", (0, 150))


def pulizzi(*, clock: Clock | None = None, family: int = 2, **options: object) -> OldPdu:
    """Return a PDU by Pulizzi: family 1 and 2 are switched, 3 is monitored."""
    if family == 3:
        return MonitoredPulizziAgent(clock=clock, **options)  # type: ignore[arg-type]
    return SwitchedPulizziAgent(clock=clock, family=family, **options)  # type: ignore[arg-type]
