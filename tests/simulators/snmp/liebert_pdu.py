"""A Liebert rack PDU, by LIEBERT_GP_PDU.MIB: PDUs in a chain, branches, receptacles, sensors.

``delta`` wiring has no neutral: voltages between the phases only.
"""

from .agent import Agent
from .liebert_gp import L
from .objects import Kind, Object, Oid, SetError, Status, oid
from tests.simulators.clock import Clock

BRANCHES, RECEPTACLES, GROUPS = 2, 3, 64
RATED = 160
"""Tenths of an ampere, of a line and of a branch."""
# lgpPduRcpEntryPwrState and lgpPduRcpEntryControl do not agree
STATE_OFF, STATE_ON, CONTROL_OFF, CONTROL_ON, CONTROL_CYCLE = 1, 2, 0, 1, 2
GROUP_OFF, GROUP_ON, GROUP_CYCLE = 1, 2, 3
MEASUREMENT_AND_CONTROL, MEASUREMENT_ONLY = 3, 2


class LiebertPduAgent(Agent):
    """A chain of rack PDUs.

    Args:
        units: PDUs in the chain.
        phases: Lines of each.
        delta: Wired between phases.
        device: The device id below L.4; None for a card without the table of devices.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        units: int = 1,
        phases: int = 3,
        delta: bool = False,
        device: str | None = "8.4.1",
    ) -> None:
        super().__init__(clock=clock)
        self.units, self.phases, self.delta = units, phases, delta
        self.status = dict.fromkeys(range(1, units + 1), 1)
        self.outlets: dict[Oid, int] = {}
        """State of each receptacle, by PDU, branch and place."""
        self.kept: dict[str, int | str] = {}
        """What can be written, by whole instance below L."""
        self.members = {1: [(1, 1, 2), (1, 2, 1)]}
        self.conditions: dict[Oid, int] = {}
        self.add_system(L, "Liebert rack PDU", name="rpdu")
        self.tree.add(
            L,
            (
                ("2.1.1.0", Kind.OCTETS, "Liebert"),
                ("2.1.3.0", Kind.OCTETS, "card 4.2"),
                ("2.1.6.0", Kind.GAUGE, units),
                ("3.2.2.0", Kind.GAUGE, lambda: len(self.conditions)),
            ),
        )
        if device is not None:
            self.tree.add(
                f"{L}.2.4.2.1",
                (
                    ("2.1", Kind.OID, oid(f"{L}.4.{device}")),
                    ("4.1", Kind.OCTETS, "MPX"),
                    ("7.1", Kind.OCTETS, "ARRAY77"),
                ),
            )
        for unit in range(1, units + 1):
            self._build_unit(unit)
        for group in range(1, GROUPS + 1):
            self._build_group(group)

    def _keep(self, where: str, start: int | str, *, kind: Kind | None = None) -> None:
        """Put in an object that keeps what is written."""
        self.kept[where] = start

        def put(value: int | bytes | Oid) -> None:
            self.kept[where] = value.decode() if isinstance(value, bytes) else int(str(value))
            self.writes.append((where, value))

        kind = kind or (Kind.OCTETS if isinstance(start, str) else Kind.GAUGE)
        self.tree[f"{L}.{where}"] = Object(kind, lambda: self.kept[where], put)

    def _build_unit(self, unit: int) -> None:
        gauge, octets = Kind.GAUGE, Kind.OCTETS
        source = f"{L}.3.8.30.20.1"
        self._keep(f"3.8.20.1.10.{unit}", f"rack {unit}")
        self.tree.add(
            f"{L}.3.8.20.1",
            (
                (f"25.{unit}", gauge, lambda: self.status[unit]),
                (f"45.{unit}", octets, f"PDU000{unit}X"),
            ),
        )
        self.tree.add(
            source,
            (
                (f"20.{unit}.1", octets, "MPX-PEM"),
                (f"30.{unit}.1", gauge, 230),
                (f"35.{unit}.1", gauge, RATED),
                (f"40.{unit}.1", gauge, 50),
                (f"50.{unit}.1", gauge, 12345),
                (f"60.{unit}.1", octets, "2.03"),
                (f"65.{unit}.1", gauge, 2070),
                (f"70.{unit}.1", gauge, 3),
                (f"90.{unit}.1", gauge, 2200),
                (f"95.{unit}.1", Kind.INTEGER, 94),
            ),
        )
        for line in range(1, self.phases + 1):
            instance = f"{unit}.1.{line}"
            self.tree.add(
                f"{L}.3.8.30.40.1",
                (
                    (f"15.{instance}", Kind.INTEGER, line),
                    (f"19.{instance}", gauge, 0 if self.delta else 2300 + line),
                    (f"20.{instance}", gauge, 0 if self.delta else 230),
                    (f"21.{instance}", gauge, 30),
                    (f"22.{instance}", gauge, 300 + line),
                    (f"39.{instance}", gauge, 234),
                    (f"60.{instance}", gauge, 398 if self.phases > 1 else 0),
                    (f"61.{instance}", gauge, 3984 if self.phases > 1 else 0),
                    (f"63.{instance}", gauge, 690),
                    (f"65.{instance}", gauge, 733),
                    (f"67.{instance}", Kind.INTEGER, 94),
                ),
            )
            for column, percent in ((35, 0), (36, 70), (37, 80)):
                self._keep(f"3.8.30.40.1.{column}.{instance}", percent)
        for branch in range(1, BRANCHES + 1):
            self._build_branch(unit, branch)
        self._build_sensors(unit)

    def _build_branch(self, unit: int, branch: int) -> None:
        gauge, instance = Kind.GAUGE, f"{unit}.{branch}"
        self._keep(f"3.8.40.20.1.8.{instance}", f"branch {branch}")
        self.tree.add(
            f"{L}.3.8.40.20.1",
            (
                (f"20.{instance}", Kind.OCTETS, f"{unit}-{branch}"),
                (f"55.{instance}", Kind.INTEGER, branch + (3 if self.delta else 0)),
                (f"60.{instance}", gauge, RECEPTACLES),
                (f"75.{instance}", gauge, RATED),
                (f"85.{instance}", gauge, 4567),
                (f"100.{instance}", gauge, 0 if self.delta else 2301),
                (f"115.{instance}", gauge, 345),
                (f"120.{instance}", gauge, 367),
                (f"125.{instance}", Kind.INTEGER, 94),
                (f"130.{instance}", gauge, 159),
                (f"170.{instance}", gauge, 3985 if self.delta else 0),
            ),
        )
        for column, percent in ((135, 0), (140, 70), (145, 80)):
            self._keep(f"3.8.40.20.1.{column}.{instance}", percent)
        for place in range(1, RECEPTACLES + 1):
            self._build_receptacle(unit, branch, place)

    def _build_receptacle(self, unit: int, branch: int, place: int) -> None:
        gauge, integer = Kind.GAUGE, Kind.INTEGER
        where, instance = (unit, branch, place), f"{unit}.{branch}.{place}"
        self.outlets[where] = STATE_ON
        table = "3.8.50.20.1"
        # the last of each branch has no switch
        is_switched = place < RECEPTACLES
        self._keep(f"{table}.10.{instance}", f"server {branch}{place}")
        self._keep(f"{table}.90.{instance}", 5)
        self._keep(f"{table}.105.{instance}", 1, kind=integer)
        for column, percent in ((150, 0), (151, 50), (152, 60)):
            self._keep(f"{table}.{column}.{instance}", percent)
        self.tree.add(
            f"{L}.{table}",
            (
                (f"25.{instance}", Kind.OCTETS, f"{unit}-{branch}-{place}"),
                (f"30.{instance}", gauge, place),
                (
                    f"50.{instance}",
                    integer,
                    MEASUREMENT_AND_CONTROL if is_switched else MEASUREMENT_ONLY,
                ),
                (f"55.{instance}", gauge, 230),
                (f"56.{instance}", gauge, 2304),
                (f"60.{instance}", gauge, 5),
                (f"61.{instance}", gauge, 53),
                (f"65.{instance}", gauge, 115),
                (f"70.{instance}", gauge, 122),
                (f"75.{instance}", gauge, 94),
                (f"80.{instance}", gauge, 500),
                (f"85.{instance}", gauge, 1522),
                (f"95.{instance}", integer, lambda: self.outlets[where]),
                (f"162.{instance}", gauge, 142),
                (f"210.{instance}", integer, 1),
            ),
        )

        def control(value: int | bytes | Oid) -> None:
            self._switch(where, off=value == CONTROL_OFF)
            self.writes.append((f"{table}.100.{instance}", value))

        def check(value: int | bytes | Oid) -> None:
            if self.kept[f"{table}.105.{instance}"] == 2:
                raise SetError(Status.INCONSISTENT_VALUE)
            if value not in {CONTROL_OFF, CONTROL_ON, CONTROL_CYCLE}:
                raise SetError(Status.WRONG_VALUE)

        self.tree[f"{L}.{table}.100.{instance}"] = Object(
            integer,
            lambda: CONTROL_ON if self.outlets[where] == STATE_ON else CONTROL_OFF,
            control,
            check,
        )

    def _switch(self, where: Oid, *, off: bool) -> None:
        # a cycle ends with power
        self.outlets[where] = STATE_OFF if off else STATE_ON
        self.trap(oid(f"{L}.3.3.0.{22 if off else 21}"))

    def _build_group(self, group: int) -> None:
        table = "3.8.50.30.10.1"
        self._keep(f"{table}.10.{group}", f"group {group}")

        def control(value: int | bytes | Oid) -> None:
            for where in self.members.get(group, ()):
                self._switch(where, off=value == GROUP_OFF)
            self.writes.append((f"{table}.30.{group}", value))

        self.tree[f"{L}.{table}.30.{group}"] = Object(Kind.INTEGER, 0, control)
        self.tree[f"{L}.3.8.50.30.20.1.20.{group}.1"] = Object(
            Kind.OCTETS,
            lambda: ",".join(
                f"{branch}-{place}" for _, branch, place in self.members.get(group, ())
            ),
        )

    def _build_sensors(self, unit: int) -> None:
        """Put in a sensor of temperature and humidity, and one of two contacts and a leak."""
        table, integer = f"{L}.3.8.60.15.1", Kind.INTEGER
        self.leak = 1
        rows: tuple[tuple[int, int, int, str, dict[int, object]], ...] = (
            (1, 1, 1, "inlet", {70: 234, 75: 50, 80: 400, 85: 100, 90: 350}),
            (1, 2, 2, "inlet humidity", {95: 481, 100: 100, 105: 900, 110: 200, 115: 800}),
            (2, 1, 3, "door", {120: 2}),
            (2, 2, 4, "contact", {130: 1}),
            (3, 1, 6, "leak", {165: lambda: self.leak}),
        )
        for sensor, measure, kind, label, columns in rows:
            instance = f"{unit}.{sensor}.{measure}"
            self.tree[f"{table}.10.{instance}"] = Object(integer, kind)
            self._keep(f"3.8.60.15.1.20.{instance}", label)
            self.tree[f"{table}.35.{instance}"] = Object(Kind.OCTETS, f"SN{unit}{sensor}4711")
            for column in (70, 120, 130):
                # what the row does not measure says nothing
                self.tree[f"{table}.{column}.{instance}"] = Object(integer, 0)
            for column, value in columns.items():
                self.tree[f"{table}.{column}.{instance}"] = Object(integer, value)  # type: ignore[arg-type]
