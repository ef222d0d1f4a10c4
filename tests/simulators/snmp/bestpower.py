"""A Best Power UPS, by the few objects that are known; the power side is ``power.Power``."""

from typing import override

from .objects import Kind
from .ups import UpsAgent
from tests.simulators.clock import Clock
from tests.simulators.power import Power

B = "E.2947.1"


class BestPowerAgent(UpsAgent):
    """A UPS with a Best Power agent."""

    def __init__(
        self,
        *,
        power: Power | None = None,
        clock: Clock | None = None,
        model: str = "FE850VA",
        object_id: str = "E.2947.1",
    ) -> None:
        super().__init__(power=power, clock=clock, nominal_battery=24.0, nominal_power=850)
        self.model = model
        self.battery_since: float | None = None
        self.add_system(object_id, "Best Power agent (simulated)")
        power, integer, octets = self.power, Kind.INTEGER, Kind.OCTETS
        self.tree.add(
            B,
            (
                ("1.2.0", octets, lambda: self.model),
                ("1.3.0", integer, lambda: power.nominal_power),
                ("1.5.0", octets, "FE0850K00123"),
                ("1.7.0", octets, "A07.02"),
                ("1.8.0", octets, "1999-05-11"),
                ("2.1.0", integer, lambda: 2 if power.discharging else 1),
                ("2.2.0", integer, self._seconds_on_battery),
                ("2.3.0", integer, lambda: int(power.runtime // 60)),
                ("2.4.0", integer, lambda: power.battery_voltage * 10),
                ("2.5.0", integer, lambda: 125 if power.discharging else 0),
            ),
        )

    def _seconds_on_battery(self) -> float:
        return 0 if self.battery_since is None else self.clock.now() - self.battery_since

    @override
    def advance(self) -> None:
        """Bring the device up to date."""
        self.power.advance()
        if not self.power.discharging:
            self.battery_since = None
        elif self.battery_since is None:
            self.battery_since = self.clock.now()
