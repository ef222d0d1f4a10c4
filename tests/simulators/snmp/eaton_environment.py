"""Environment probes of Eaton's cards, from EATON-EMP-MIB and EATON-SENSOR-MIB.

An agent of a UPS or transfer switch is given them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from .agent import Agent
from .objects import Kind, Object, SetError, Status

SENSORS = "1.3.6.1.4.1.534.6.8.1"


@dataclass(slots=True)
class Contact:
    """A dry contact, with the numbers of its document."""

    type: int = 1
    state: int = 1
    name: bytes = b"Door"


@dataclass(slots=True)
class Emp:
    """An EMP: whole degrees and percent."""

    temperature: int = 23
    humidity: int = 41
    contacts: list[Contact] = field(default_factory=lambda: [Contact(), Contact(2, 2, b"Leak")])
    limits: list[int] = field(default_factory=lambda: [5, 40, 10, 80])
    scale: int = 1
    """10 for a card that says tenths against its document."""

    def limit(self, number: int) -> int:
        """Return a limit as it is on the wire."""
        return self.limits[number] * self.scale

    def set_limit(self, number: int, value: int) -> None:
        """Take a limit as it is on the wire."""
        self.limits[number] = value // self.scale


@dataclass(slots=True)
class Sensor:
    """A newer sensor; tenths, in the unit of the card."""

    name: bytes = b"Rack top"
    status: int = 2
    temperature: int = 215
    humidity: int = 430
    temperature_alarm: int = 0
    humidity_alarm: int = 0
    temperature_limits: list[int] = field(default_factory=lambda: [100, 50, 300, 350])
    humidity_limits: list[int] = field(default_factory=lambda: [200, 100, 700, 800])
    watched: list[int] = field(default_factory=lambda: [1, 1])
    enabled: int = 1
    contacts: list[Contact] = field(default_factory=lambda: [Contact(0, 0), Contact(1, 0, b"Leak")])
    contact_alarms: list[int] = field(default_factory=lambda: [0, 0])
    id: bytes = bytes.fromhex("5f2d43a09b1c4e7f8a3600d1c2b3a495")


def _writer(
    agent: Agent, where: str, do: Callable[[int], None], low: int | None = None, high: int = 0
) -> None:
    def check(value: object) -> None:
        if low is not None and not (isinstance(value, int) and low <= value <= high):
            raise SetError(Status.WRONG_VALUE)

    what = agent.tree[where]
    what.put, what.check = do, check  # type: ignore[assignment]


def add_emp(agent: Agent, root: str, first: int, emp: Emp) -> None:
    """Give an agent an EMP, its objects from ``first`` on below ``root``."""
    tree, integer = agent.tree, Kind.INTEGER

    def at(behind: int, rest: str = "0") -> str:
        return f"{root}.{first + behind}.{rest}"

    tree[at(0)] = Object(integer, lambda: emp.temperature * emp.scale)
    tree[at(1)] = Object(integer, lambda: emp.humidity * emp.scale)
    tree[at(2)] = Object(integer, lambda: len(emp.contacts))
    for number, contact in enumerate(emp.contacts, 1):
        tree[at(3, f"1.1.{number}")] = Object(integer, number)
        tree[at(3, f"1.2.{number}")] = Object(integer, partial(getattr, contact, "type"))
        tree[at(3, f"1.3.{number}")] = Object(integer, partial(getattr, contact, "state"))
        tree[at(3, f"1.4.{number}")] = Object(Kind.OCTETS, partial(getattr, contact, "name"))
        _writer(
            agent,
            at(3, f"1.2.{number}"),
            partial(setattr, contact, "type"),
            1,
            4,
        )
        _writer(
            agent,
            at(3, f"1.4.{number}"),
            partial(setattr, contact, "name"),
        )
    for number in range(4):
        where = at(4 + number)
        tree[where] = Object(integer, partial(emp.limit, number))
        _writer(
            agent,
            where,
            partial(emp.set_limit, number),
            -100 if number < 2 else 0,
            200 * emp.scale if number < 2 else 100 * emp.scale,
        )


class SensorBus:
    """The sensors of a card.

    Args:
        first: The number of the first sensor: cards count from 0 or from 1.
        unit: temperatureUnit, by the numbers of its type: 0 kelvin, 1 °C, 2 °F.
    """

    def __init__(self, sensors: list[Sensor], *, first: int = 1, unit: int = 1) -> None:
        self.sensors = sensors
        self.first = first
        self.unit = unit
        self.writes: list[tuple[str, object]] = []

    def add_to(self, agent: Agent) -> None:
        """Give an agent the sensors."""
        agent.tree.add(
            SENSORS,
            (
                ("1.1.0", Kind.INTEGER, lambda: len(self.sensors)),
                ("2.5.0", Kind.INTEGER, lambda: self.unit),
            ),
        )
        for number, sensor in enumerate(self.sensors, self.first):
            self._add(agent, number, sensor)

    def _add(self, agent: Agent, number: int, one: Sensor) -> None:
        integer, octets = Kind.INTEGER, Kind.OCTETS
        agent.tree.add(
            SENSORS,
            (
                (f"1.2.1.2.{number}", octets, lambda: one.id),
                (f"1.2.1.3.{number}", integer, 2),
                (f"1.2.1.4.{number}", octets, str(number + 10)),
                (f"1.2.1.6.{number}", octets, "EATON"),
                (f"1.2.1.7.{number}", octets, "EMPDT1H1C2"),
                (f"1.2.1.8.{number}", octets, "EMPDT1H1C2"),
                (f"1.2.1.9.{number}", octets, f"GC1K02{number:04}"),
                (f"1.2.1.10.{number}", octets, "1.2.3"),
                (f"1.3.1.1.{number}", octets, lambda: one.name),
                (f"1.3.1.2.{number}", octets, "cellar"),
                (f"1.4.1.1.{number}", integer, lambda: one.status),
                (f"1.4.1.3.{number}", integer, 1),
                (f"1.4.1.4.{number}", integer, 1),
                (f"1.4.1.5.{number}", integer, len(one.contacts)),
            ),
        )
        self._keep(agent, f"1.3.1.1.{number}", lambda value: setattr(one, "name", value))
        probes = (
            (2, "temperature", one.temperature_limits, 0),
            (3, "humidity", one.humidity_limits, 1),
        )
        for branch, name, limits, which in probes:
            self._add_probe(agent, f"{branch}", f"{number}.1", one, name, limits, which)
        for place, contact in enumerate(one.contacts):
            self._add_contact(agent, f"{number}.{place + self.first}", one, place, contact)

    def _add_probe(
        self,
        agent: Agent,
        branch: str,
        where: str,
        one: Sensor,
        name: str,
        limits: list[int],
        which: int,
    ) -> None:
        integer = Kind.INTEGER
        agent.tree.add(
            SENSORS,
            (
                (f"{branch}.2.1.1.{where}", Kind.OCTETS, name),
                (f"{branch}.2.1.2.{where}", integer, lambda: one.enabled),
                (f"{branch}.2.1.4.{where}", integer, lambda: one.watched[which]),
                *(
                    (f"{branch}.2.1.{5 + each}.{where}", integer, lambda e=each: limits[e])
                    for each in range(4)
                ),
                (f"{branch}.3.1.1.{where}", integer, lambda: getattr(one, f"{name}_alarm")),
                (f"{branch}.3.1.3.{where}", integer, lambda: getattr(one, name)),
                (f"{branch}.3.1.4.{where}", integer, 2),
                (f"{branch}.4.1.1.{where}", integer, lambda: getattr(one, name) - 20),
                (f"{branch}.4.1.3.{where}", integer, lambda: getattr(one, name) + 30),
                (f"{branch}.4.1.5.{where}", integer, 0),
            ),
        )
        self._keep(
            agent,
            f"{branch}.2.1.4.{where}",
            lambda value: one.watched.__setitem__(which, value),
        )
        for each in range(4):
            self._keep(
                agent,
                f"{branch}.2.1.{5 + each}.{where}",
                partial(limits.__setitem__, each),
            )

    def _add_contact(
        self, agent: Agent, where: str, one: Sensor, place: int, contact: Contact
    ) -> None:
        integer = Kind.INTEGER
        agent.tree.add(
            SENSORS,
            (
                (f"4.2.1.1.{where}", Kind.OCTETS, lambda: contact.name),
                (f"4.2.1.2.{where}", integer, lambda: one.enabled),
                (f"4.2.1.3.{where}", integer, lambda: contact.type),
                (f"4.3.1.1.{where}", integer, lambda: one.contact_alarms[place]),
                (f"4.3.1.3.{where}", integer, lambda: contact.state),
                (f"4.3.1.5.{where}", integer, 2),
            ),
        )
        self._keep(agent, f"4.2.1.1.{where}", lambda value: setattr(contact, "name", value))
        self._keep(agent, f"4.2.1.3.{where}", lambda value: setattr(contact, "type", value))

    def _keep(self, agent: Agent, where: str, do: Callable[[int], None]) -> None:
        def put(value: int) -> None:
            do(value)
            self.writes.append((where, value))

        _writer(agent, f"{SENSORS}.{where}", put)
