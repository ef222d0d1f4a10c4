"""A Dell UPS on an Eaton-made card, from DELL-SNMP-UPS-MIB; its power is told by RFC 1628.

Quirks: ``alone`` does not answer RFC 1628; ``from_zero`` numbers the contacts from 0, as the
syntax of their index has it and its description has not.
"""

from typing import override

from .objects import Kind, Oid, Value, oid
from .rfc1628 import R, Rfc1628Agent
from tests.simulators.clock import Clock
from tests.simulators.power import Output, Power, Test

N = "1.3.6.1.4.1.674.10902.2"
TRAPS = oid(f"{N}.140.0")
QUIRKS = frozenset({"alone", "from_zero"})
NEVER = 2147483647

TRIM, BOOST, IMMINENT, LOW, UTILITY, MANUAL, BATTERY, BYPASS = 7, 9, 41, 43, 47, 55, 57, 59
TEST, REPLACE, OFF, LEVEL1, FAN = 61, 63, 71, 19, 65


class DellUpsAgent(Rfc1628Agent):
    """A UPS that tells its alarms as numbers of traps."""

    def __init__(
        self,
        *,
        power: Power | None = None,
        clock: Clock | None = None,
        phases: int = 1,
        probe: bool = False,
        quirks: frozenset[str] = frozenset(),
    ) -> None:
        if unknown := quirks - QUIRKS:
            raise ValueError(f"no quirk {', '.join(unknown)}")
        super().__init__(
            power=power,
            clock=clock,
            phases=phases,
            model="Dell UPS Rack 1000W LV",
            object_id="1.3.6.1.4.1.674.10902.2",
        )
        self.dell_quirks = quirks
        self.charger = 4
        self.global_status: int | None = None
        self.more_alarms: set[int] = set()
        """Further numbers in the list."""
        self.segment_countdown = {1: -1, 2: -1}
        self.has_probe = probe
        self._active: set[int] = set()
        self._build_dell()
        if "alone" in quirks:
            self.tree.remove(R)

    def _build_dell(self) -> None:
        power, integer, octets = self.power, Kind.INTEGER, Kind.OCTETS
        self.tree.add(
            N,
            (
                ("100.1.0", octets, "Dell UPS Network Management Card"),
                ("100.2.0", octets, "UPS management"),
                ("100.3.0", octets, "Dell"),
                ("100.4.0", octets, "HF 01.02"),
                ("110.1.0", integer, self._global_status),
                ("120.1.1.0", octets, "Dell UPS Rack 1000W LV"),
                ("120.1.2.0", octets, "CN0J718N48020"),
                ("120.1.3.0", integer, 1),
                ("120.1.4.0", octets, "01.08.0017"),
                ("120.2.1.0", integer, lambda: power.nominal_power - power.real_power),
                ("120.2.4.0", integer, 412),
                ("120.2.6.0", integer, 300),
                ("120.2.7.0", integer, 12345),
                ("120.2.9.0", integer, lambda: power.apparent_power),
                ("120.4.2.0", octets, self._alarm_list),
                ("120.4.3.0", integer, self._to_shutdown),
                ("120.4.4.0", integer, 1),
                ("120.5.1.0", integer, lambda: 2 if power.discharging else self.charger),
                ("120.5.2.0", integer, self._test),
                ("120.5.3.0", integer, lambda: power.runtime),
                *(
                    (
                        f"120.6.{2 * segment - 1}.0",
                        integer,
                        lambda segment=segment: self.segment_countdown[segment],
                    )
                    for segment in (1, 2)
                ),
                ("120.6.2.0", integer, -1),
                ("120.6.4.0", integer, -1),
                ("120.6.5.0", integer, NEVER),
                ("120.6.6.0", integer, NEVER),
                ("120.7.1.0", integer, 1 if self.has_probe else 0),
                ("120.7.2.0", octets, "Rack probe" if self.has_probe else ""),
                # the unit is Fahrenheit, the values are Celsius all the same
                ("120.7.3.1.0", integer, 2),
                ("120.7.3.2.0", integer, 231 if self.has_probe else 0),
                ("120.7.3.3.0", integer, 447 if self.has_probe else 0),
                ("120.7.3.4.0", integer, 5),
                ("120.7.3.5.0", integer, 40),
                ("120.7.3.7.0", integer, 10),
                ("120.7.3.8.0", integer, 80),
            ),
        )
        start = 0 if "from_zero" in self.dell_quirks else 1
        for number, (name, state) in enumerate((("Door", 2), ("Leak", 1)), start):
            self.tree.add(
                f"{N}.120.7.4.1",
                (
                    (f"1.{number}", integer, number),
                    (f"2.{number}", octets, name),
                    (f"3.{number}", integer, state),
                ),
            )

    # what follows from the power side

    def _test(self) -> int:
        return {
            Test.NONE: 6,
            Test.RUNNING: 5,
            Test.PASSED: 1,
            Test.FAILED: 3,
            Test.ABORTED: 4,
        }[self.power.test_result]

    def _to_shutdown(self) -> int:
        return 120 if self.power.battery_low else NEVER

    def _conditions(self) -> set[int]:
        power = self.power
        return {
            number
            for number, is_there in {
                TRIM: power.regulating and power.mains_voltage > power.nominal_voltage,
                BOOST: power.regulating and power.mains_voltage < power.nominal_voltage,
                LOW: power.battery_low,
                UTILITY: power.utility_failed,
                BATTERY: power.on_battery,
                BYPASS: power.bypass,
                TEST: power.testing,
                REPLACE: self.replace_battery,
                OFF: not power.output_on,
                LEVEL1: self.overloaded,
                FAN: power.failed,
                IMMINENT: power.output is Output.LEAVING,
            }.items()
            if is_there
        } | self.more_alarms

    def _alarm_list(self) -> str:
        return ",".join(map(str, sorted(self._conditions())))

    def _global_status(self) -> int:
        if self.global_status is not None:
            return self.global_status
        return 4 if self._conditions() else 3

    # life

    @override
    def _update_alarms(self) -> None:
        """Keep RFC 1628's alarm table, where the card has it."""
        if not hasattr(self, "dell_quirks") or "alone" not in self.dell_quirks:
            super()._update_alarms()

    @override
    def advance(self) -> None:
        """Bring the device up to date: traps."""
        super().advance()
        if not hasattr(self, "_active"):
            return
        now = self._conditions()
        for trap in sorted(now - self._active):
            self.trap((*TRAPS, trap))
        for trap in sorted(self._active - now):
            pairs: tuple[tuple[Oid, Value], ...] = ()
            if trap == TEST:
                pairs = ((oid(f"{N}.120.5.2.0"), Value(Kind.INTEGER, self._test())),)
            self.trap((*TRAPS, trap + 1), pairs)
        self._active = now
