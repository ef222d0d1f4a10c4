"""A UPS behind the agent of a Compaq server, from CPQUPS-MIB."""

from typing import override

from .objects import Kind, Oid, SetError, Status, Value, oid
from .ups import UpsAgent
from tests.simulators.clock import Clock
from tests.simulators.power import Power

SERVER = "1.3.6.1.4.1.232"
U = f"{SERVER}.12"
SYS_NAME, TRAP_FLAGS = oid("1.3.6.1.2.1.1.5.0"), oid(f"{SERVER}.11.2.11.1.0")
LINE_FAILED, LINE_OK, SHUTDOWN, BATTERY_LOW, OVERLOAD = 12006, 12007, 12008, 12010, 12011
PENDING_FAILURE, GENERIC_CRITICAL = 12012, 12013


class CpqUpsAgent(UpsAgent):
    """A server with a UPS.

    Args:
        power: The power side.
    """

    def __init__(self, *, power: Power | None = None, clock: Clock | None = None) -> None:
        super().__init__(power=power, clock=clock)
        self.shutdown_minutes = 5
        self.knows_runtime = True
        self.alarm_text = ""
        self.condition: int | None = None
        """cpqUpsMibCondition where it is not as the mains are."""
        self._had_line = True
        self._was_low = False
        self.add_system(f"{SERVER}.11.9", "Compaq server", name="proliant")
        power, integer, octets = self.power, Kind.INTEGER, Kind.OCTETS
        self.tree.add(
            U,
            (
                ("1.1.0", integer, 1),
                ("1.2.0", integer, 8),
                ("1.3.0", integer, self._condition),
                ("2.1.4.1.0", integer, 60),
                ("2.2.1.0", integer, lambda: 4 if power.utility_failed else 2),
                ("2.2.2.0", octets, "Compaq R3000"),
                ("2.2.3.0", integer, self._minutes),
                ("2.2.4.0", integer, lambda: self.shutdown_minutes),
                ("2.2.5.0", octets, ""),
                ("2.2.6.0", octets, lambda: self.alarm_text),
                # the servers that it feeds, with their communities
                ("2.3.1.1.1.1", integer, 1),
                ("2.3.1.1.2.1", octets, "server2"),
                ("2.3.1.1.3.1", octets, "secret"),
            ),
        )
        delay = self.tree[f"{U}.2.2.4.0"]
        delay.put, delay.check = self._keep_delay, self._check_delay

    def _condition(self) -> int:
        if self.condition is not None:
            return self.condition
        return 3 if self.power.utility_failed else 2

    def _minutes(self) -> int:
        return int(self.power.runtime // 60) if self.knows_runtime else -1

    def _keep_delay(self, value: int | bytes | Oid) -> None:
        assert isinstance(value, int)
        self.shutdown_minutes = value
        self.writes.append(("cpqUpsAutoShutdownDelay", value))

    @staticmethod
    def _check_delay(value: int | bytes | Oid) -> None:
        if not isinstance(value, int) or value < -1:
            raise SetError(Status.WRONG_VALUE)

    @override
    def advance(self) -> None:
        """Bring the device up to date and tell what has changed."""
        power = self.power
        power.advance()
        has_line = not power.utility_failed
        if has_line != self._had_line:
            self._had_line = has_line
            if has_line:
                self.tell(LINE_OK)
            else:
                self.tell(LINE_FAILED, (oid(f"{U}.2.2.3.0"), Value(Kind.INTEGER, self._minutes())))
        if power.battery_low and not self._was_low:
            self.tell(BATTERY_LOW)
        self._was_low = power.battery_low

    def tell(self, number: int, *more: tuple[Oid, Value]) -> None:
        """Send a trap of the newer sort: name and flags come first."""
        self.trap(
            oid(f"{SERVER}.0.{number}"),
            (
                (SYS_NAME, Value(Kind.OCTETS, b"proliant")),
                (TRAP_FLAGS, Value(Kind.INTEGER, 0)),
                *more,
            ),
        )
