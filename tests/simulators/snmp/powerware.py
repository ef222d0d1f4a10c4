"""What HP's and Eaton's MIBs of Powerware's UPSes have alike: what is written, and receptacles.

Both documents have the same objects, in groups with other numbers; their cards may answer RFC 1628
beside them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, override

from .objects import Kind
from .rfc1628 import Rfc1628Agent
from tests.simulators.power import Output

HIGHEST = 0x7FFFFFFF
AFTER_SHEDDING = 5
"""Seconds until what was shed comes back: the documents leave them to the UPS."""


@dataclass(slots=True)
class Receptacle:
    """An outlet, or a segment of outlets, that is switched by itself."""

    is_on: bool = True
    off_at: float | None = None
    on_at: float | None = None
    returns: bool = False
    auto_off: int = -1
    auto_on: int = 0

    @property
    def status(self) -> int:
        """What RecepStatus says."""
        if self.is_on:
            return 3 if self.off_at is not None else 1
        return 4 if self.on_at is not None else 2


class PowerwareAgent[ReceptacleT: Receptacle](Rfc1628Agent):
    """A UPS of Powerware's; a subclass has the objects and builds them.

    Attributes:
        outlets: What is switched by itself.
        ambient: Temperature, its limits, humidity.
        bypass_at: When it goes to bypass.
        shed: A load shedding runs: it cannot be called off.
    """

    ROOT: ClassVar[str]
    CONTROL: ClassVar[str]
    """The group of delays, below the root."""
    RECEPTACLES: ClassVar[str]
    """The entry of the table of receptacles, below the root."""
    PREFIX: ClassVar[str]
    """What the names of objects begin with."""

    def start(self, outlets: list[ReceptacleT]) -> None:
        """Set the state that both have; before anything is built."""
        self.outlets = outlets
        self.ambient = [25, 0, 40, 38]
        self.bypass_at: float | None = None
        self.shed = False

    # objects

    def add_control(self) -> None:
        """Put in the ambient values and the delays."""
        integer = Kind.INTEGER
        self.tree.add(
            self.ROOT,
            [
                (f"6.{place}.0", integer, lambda place=place: self.ambient[place - 1])
                for place in (1, 2, 3, 4)
            ],
        )
        self.tree.add(
            f"{self.ROOT}.{self.CONTROL}",
            (
                ("1.0", integer, lambda: max(self._shutdown_left(), 0)),
                ("2.0", integer, lambda: max(self._startup_left(), 0)),
                ("3.0", integer, 0),
                ("5.0", integer, lambda: max(self._left(self.bypass_at), 0)),
                ("6.0", integer, lambda: max(self._shutdown_left(), 0) if self.shed else 0),
            ),
        )
        for delay, name, do in (
            (1, "ControlOutputOffDelay", self._off_delay),
            (2, "ControlOutputOnDelay", self._on_delay),
            (5, "ControlToBypassDelay", self._to_bypass),
            (6, "LoadShedSecsWithRestart", self._shed_load),
        ):
            self.keep(f"{self.CONTROL}.{delay}.0", name, do, 0)
        for place, name in ((1, "EnvAmbientLowerLimit"), (2, "EnvAmbientUpperLimit")):
            self.keep(
                f"6.{place + 1}.0",
                name,
                lambda value, place=place: self.ambient.__setitem__(place, value),
                -100,
                200,
            )

    def add_receptacle(self, number: int, outlet: ReceptacleT) -> None:
        """Put in one row of the table of receptacles."""
        integer, table = Kind.INTEGER, self.RECEPTACLES
        self.tree.add(
            f"{self.ROOT}.{table}",
            (
                (f"1.{number}", integer, number),
                (f"2.{number}", integer, lambda: outlet.status),
                (f"3.{number}", integer, lambda: self._left(outlet.off_at)),
                (f"4.{number}", integer, lambda: self._left(outlet.on_at)),
                (f"5.{number}", integer, lambda: outlet.auto_off),
                (f"6.{number}", integer, lambda: outlet.auto_on),
                (f"7.{number}", integer, 0),
            ),
        )
        for column, name, do, low in (
            (3, "RecepOffDelaySecs", self._outlet_off, -1),
            (4, "RecepOnDelaySecs", self._outlet_on, -1),
            (7, "RecepShedSecsWithRestart", self._outlet_shed, 0),
        ):
            self.keep(
                f"{table}.{column}.{number}",
                f"{name}.{number}",
                lambda value, act=do: act(outlet, value),
                low,
            )
        for column, name, attribute in (
            (5, "RecepAutoOffDelay", "auto_off"),
            (6, "RecepAutoOnDelay", "auto_on"),
        ):
            self.keep(
                f"{table}.{column}.{number}",
                f"{name}.{number}",
                lambda value, attribute=attribute: setattr(outlet, attribute, value),
                -1,
                32767,
            )

    def keep(
        self, where: str, name: str, do: Callable[..., None], low: int, high: int = HIGHEST
    ) -> None:
        """Let an object be written, with a number from low to high; a name without its prefix."""
        self.let_write(
            f"{self.ROOT}.{where}",
            f"{self.PREFIX}{name}",
            do,
            lambda value: isinstance(value, int) and low <= value <= high,
        )

    # what a SET does

    def _off_delay(self, value: int) -> None:
        if value:
            self.power.shut_down(value, off_for=None)
        elif self.power.output is Output.LEAVING and not self.shed:
            self.power.cancel()

    def _on_delay(self, value: int) -> None:
        self.startup_at = self.clock.now() + value if value else None

    def _shed_load(self, value: int) -> None:
        self.shed = True
        self.power.shut_down(value, off_for=0.0)

    def _to_bypass(self, value: int) -> None:
        self.bypass_at = self.clock.now() + value if value else None

    def _outlet_off(self, outlet: ReceptacleT, value: int) -> None:
        outlet.off_at = None if value < 0 else self.clock.now() + value
        outlet.returns = False

    def _outlet_on(self, outlet: ReceptacleT, value: int) -> None:
        outlet.on_at = None if value < 0 else self.clock.now() + value

    def _outlet_shed(self, outlet: ReceptacleT, value: int) -> None:
        outlet.off_at, outlet.returns = self.clock.now() + value, True

    # life

    @override
    def advance(self) -> None:
        """Bring the device up to date: timers and receptacles."""
        super().advance()
        now = self.clock.now()
        if self.bypass_at is not None and self.bypass_at <= now:
            self.power.bypass, self.bypass_at = True, None
        if not self.power.output_on:
            self.shed = False
        for outlet in self.outlets:
            if outlet.off_at is not None and outlet.off_at <= now:
                outlet.on_at = outlet.off_at + AFTER_SHEDDING if outlet.returns else outlet.on_at
                outlet.is_on, outlet.off_at = False, None
            if outlet.on_at is not None and outlet.on_at <= now and self.power.output_on:
                outlet.is_on, outlet.on_at = True, None

    def _abm_status(self) -> int:
        if self.power.discharging:
            return 2
        return 1 if self.power.charge < 90 else 3 if self.power.charge < 100 else 4

    def _battery_amperes(self, charging: float) -> float:
        """Whole amperes: positive while the battery gives power."""
        power = self.power
        if power.discharging:
            return power.real_power / power.nominal_battery
        return charging if power.charge < 100 else 0
