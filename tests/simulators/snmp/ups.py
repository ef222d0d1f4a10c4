"""An agent of a UPS: the power side behind it."""

from .agent import Agent
from tests.simulators.clock import Clock
from tests.simulators.power import Power


class UpsAgent(Agent):
    """An agent of a UPS, whose power side and clock are given or made here.

    Args:
        power: The power side; its clock is the agent's, where the agent is given none.
        clock: The clock.
        online: Of a power side made here: it is a UPS with double conversion.
        nominal_battery: The same: V of the whole pack.
        nominal_power: The same: VA.
    """

    def __init__(
        self,
        *,
        power: Power | None = None,
        clock: Clock | None = None,
        online: bool = False,
        nominal_battery: float = 48.0,
        nominal_power: float = 1000.0,
    ) -> None:
        super().__init__(clock=clock or (power.clock if power else None))
        self.power = power or Power(
            clock=self.clock,
            online=online,
            nominal_battery=nominal_battery,
            nominal_power=nominal_power,
        )

    def mains(self, on: bool) -> None:
        """Cut or restore mains; its traps leave at once."""
        self.advance()
        self.power.mains = on
        self.power.settle()
        self.advance()
