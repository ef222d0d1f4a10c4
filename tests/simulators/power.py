"""The power side of a simulated UPS: mains, battery, output, tests and shutdown timers.

It knows no protocol. What it does on a command is what the Megatec document says of the
shutdown commands; charge and voltages follow a simple straight-line model.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from math import inf

from .clock import Clock

# The output is held off so long, and mains must have been back so long (the document).
RESTORE_WAIT = 10.0
# No longer stretch is integrated in one piece while the charge moves, in seconds.
STRETCH = 5.0
# A unit without load still feeds its own inverter, in percent of full load.
IDLE_LOAD = 10.0


class Output(StrEnum):
    """What the output does."""

    ON = "on"
    """It carries the load."""
    LEAVING = "leaving"
    """It carries the load until a shutdown timer runs out."""
    WAITING = "waiting"
    """It is off and comes back by itself."""
    STAYING = "staying"
    """It is off until somebody switches it on."""


class Test(StrEnum):
    """How the last battery test went."""

    __test__ = False

    NONE = "none"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    ABORTED = "aborted"


@dataclass(kw_only=True)
class Power:
    """One unit's power state, brought up to date by `advance`.

    Attributes:
        clock: Where its time comes from.
        online: Double conversion; otherwise standby or line-interactive with AVR.
        nominal_voltage: Mains and output, V.
        nominal_frequency: Hz.
        nominal_current: A.
        nominal_battery: The whole pack, V (2 V a cell).
        nominal_power: VA.
        power_factor: Of the load.
        mains: Mains are there.
        mains_voltage: What they have while they are there, V.
        mains_frequency: Hz.
        load: What hangs on the output, % of full load, felt while the output is on.
        charge: Battery, %.
        temperature: °C.
        beeper: The beeper is enabled.
        failed: The UPS has a fault.
        bypass: The load runs on the bypass.
        low_charge: The battery is low below this, %.
        full_load_runtime: From a full battery at full load, s.
        recharge_time: From empty to full on mains, s.
        least_off_time: The shortest R<m> the firmware comes back from, minutes (the
            document's implementation note: 3 on early firmware).
    """

    clock: Clock = field(default_factory=Clock)
    online: bool = False
    nominal_voltage: float = 230.0
    nominal_frequency: float = 50.0
    nominal_current: float = 4.0
    nominal_battery: float = 24.0
    nominal_power: float = 1000.0
    power_factor: float = 1.0
    mains: bool = True
    mains_voltage: float = 230.0
    mains_frequency: float = 50.0
    load: float = 30.0
    charge: float = 100.0
    temperature: float = 25.0
    beeper: bool = True
    failed: bool = False
    bypass: bool = False
    low_charge: float = 20.0
    full_load_runtime: float = 600.0
    recharge_time: float = 14400.0
    least_off_time: float = 0.0

    def __post_init__(self) -> None:
        self.output = Output.ON
        self.test_result = Test.NONE
        self.auto_restart = True
        self._time = self.clock.now()
        self._off_at = inf
        self._off_since = -inf
        self._off_for: float | None = 0.0
        self._back_at = -inf
        self._mains_since = -inf
        self._mains_were_good = self._mains_good()
        self._test_end = inf
        self._held_fault: float | None = None
        self.settle()

    def advance(self) -> None:
        """Live through everything up to the clock's time."""
        self.settle()
        now = self.clock.now()
        while self._time < now:
            step = min([now - self._time, *(at - self._time for at in self._events())])
            if self.discharging or (self.charge < 100 and self._mains_good()):
                step = min(step, STRETCH)
            self._move_charge(step)
            self._time += step
            self.settle()

    def _events(self) -> list[float]:
        restore = max(
            self._back_at, self._off_since + RESTORE_WAIT, self._mains_since + RESTORE_WAIT
        )
        times = [self._off_at, self._test_end, restore]
        return [at for at in times if at > self._time]

    def _move_charge(self, seconds: float) -> None:
        if self.discharging:
            share = max(self.carried, IDLE_LOAD) / 100
            self.charge -= 100 * share * seconds / self.full_load_runtime
        elif self._mains_good():
            self.charge += 100 * seconds / self.recharge_time
        self.charge = min(max(self.charge, 0.0), 100.0)

    def settle(self) -> None:
        """Draw the consequences of the present state; also after a change from outside."""
        good = self._mains_good()
        if good != self._mains_were_good:
            self._mains_were_good = good
            if good:
                self._mains_since = self._time
            else:
                self._held_fault = self.input_voltage
                self._end_test(Test.ABORTED)
        if self.testing and (self.battery_low or self._time >= self._test_end):
            until_low = self._test_end == inf
            done = until_low or not self.battery_low
            self._end_test(Test.PASSED if done else Test.FAILED)
        if self.output is Output.LEAVING and (
            self._time >= self._off_at or (self.on_battery and self.battery_low)
        ):
            self._switch_off(self._off_for)
        if self.on_battery and self.charge <= 0:
            self._switch_off(0.0)
        if (
            self.output is Output.WAITING
            and good
            and self._time
            >= max(self._back_at, self._off_since + RESTORE_WAIT, self._mains_since + RESTORE_WAIT)
        ):
            self.output = Output.ON

    def _mains_good(self) -> bool:
        low, high = (0.6, 1.3) if self.online else (0.74, 1.26)
        ratio = self.mains_voltage / self.nominal_voltage
        return self.mains and low <= ratio <= high

    @property
    def output_on(self) -> bool:
        """Whether the load has power."""
        return self.output in {Output.ON, Output.LEAVING}

    @property
    def utility_failed(self) -> bool:
        """Whether mains are missing or out of range."""
        return not self._mains_good()

    @property
    def testing(self) -> bool:
        """Whether a battery test is running."""
        return self.test_result is Test.RUNNING

    @property
    def on_battery(self) -> bool:
        """Whether the load runs on the battery because mains failed."""
        return self.utility_failed and self.output_on

    @property
    def discharging(self) -> bool:
        """Whether the battery gives power, for whatever reason."""
        return self.on_battery or self.testing

    @property
    def battery_low(self) -> bool:
        """Whether the battery is giving power and nearly empty."""
        return self.discharging and self.charge < self.low_charge

    @property
    def shutting_down(self) -> bool:
        """Whether a shutdown timer runs, or the output waits to come back."""
        return self.output in {Output.LEAVING, Output.WAITING}

    @property
    def carried(self) -> float:
        """Load the output carries, %."""
        return self.load if self.output_on else 0.0

    @property
    def input_voltage(self) -> float:
        """Mains voltage, V."""
        return self.mains_voltage if self.mains else 0.0

    @property
    def input_frequency(self) -> float:
        """Mains frequency, Hz."""
        return self.mains_frequency if self.mains else 0.0

    @property
    def regulating(self) -> bool:
        """Whether AVR raises or lowers the mains voltage."""
        if self.online or self.bypass or self.discharging or not self.output_on:
            return False
        return not 0.92 <= self.mains_voltage / self.nominal_voltage <= 1.08

    @property
    def output_voltage(self) -> float:
        """Output voltage, V: AVR raises by 15 % or lowers by 13 %."""
        if not self.output_on:
            return 0.0
        if self.discharging or (self.online and not self.bypass):
            return self.nominal_voltage
        if self.regulating:
            low = self.mains_voltage < self.nominal_voltage
            return self.mains_voltage * (1.15 if low else 0.87)
        return self.mains_voltage

    @property
    def output_frequency(self) -> float:
        """Output frequency, Hz."""
        if not self.output_on:
            return 0.0
        return self.nominal_frequency if self.discharging else self.mains_frequency

    @property
    def battery_voltage(self) -> float:
        """Voltage of the whole pack, V: 10.5 to 12.6 V a block in use, to 13.65 V charging."""
        empty, full = (10.5, 12.6) if self.utility_failed or self.testing else (11.6, 13.65)
        return (empty + (full - empty) * self.charge / 100) * self.nominal_battery / 12

    @property
    def cell_voltage(self) -> float:
        """Voltage of one cell, V."""
        return self.battery_voltage * 2 / self.nominal_battery

    @property
    def runtime(self) -> float:
        """What the battery lasts at the present load, s."""
        return self.full_load_runtime * self.charge / max(self.carried, IDLE_LOAD)

    @property
    def apparent_power(self) -> float:
        """What the load takes, VA."""
        return self.carried * self.nominal_power / 100

    @property
    def real_power(self) -> float:
        """What the load takes, W."""
        return self.apparent_power * self.power_factor

    @property
    def output_current(self) -> float:
        """What the load takes, A."""
        return self.apparent_power / self.output_voltage if self.output_voltage else 0.0

    @property
    def fault_voltage(self) -> float:
        """The last glitch, V; the input voltage once that has been asked for."""
        return self.input_voltage if self._held_fault is None else self._held_fault

    def forget_fault(self) -> None:
        """Let go of the glitch: a query has had it."""
        self._held_fault = None

    def glitch(self, voltage: float) -> None:
        """Let mains dip or jump so shortly that only the fault voltage shows it."""
        self._held_fault = voltage

    def start_test(self, seconds: float | None) -> bool:
        """Start a battery test, None = until the battery is low.

        Returns:
            Whether it could start: not on battery and not with the output off.
        """
        self.advance()
        if self.utility_failed or not self.output_on:
            return False
        self.test_result = Test.RUNNING
        self._test_end = inf if seconds is None else self._time + seconds
        return True

    def stop_test(self) -> bool:
        """End a test; the load is on mains again."""
        self.advance()
        self._end_test(Test.ABORTED)
        return True

    def _end_test(self, result: Test) -> None:
        if self.testing:
            self.test_result = result
            self._test_end = inf

    def shut_down(self, after: float, *, off_for: float | None = 0.0) -> bool:
        """Start a shutdown timer; a running one is replaced.

        Args:
            after: Seconds until the output goes off.
            off_for: Seconds until it comes back (later if mains are not there then),
                0 = when mains are there, None = it stays off.
        """
        self.advance()
        if not self.output_on:
            self._off_for = off_for
            self._arm_return(off_for)
            return True
        if off_for is not None and 0 < off_for < self.least_off_time * 60:
            off_for = None
        self.output = Output.LEAVING
        self._off_at = self._time + after
        self._off_for = off_for
        self.settle()
        return True

    def _switch_off(self, off_for: float | None) -> None:
        self._end_test(Test.ABORTED)
        self._off_at = inf
        self._off_since = self._time
        self._arm_return(off_for)

    def _arm_return(self, off_for: float | None) -> None:
        self.output = Output.STAYING if off_for is None else Output.WAITING
        self._back_at = self._time + (off_for or 0.0)

    def cancel(self) -> bool:
        """Cancel a shutdown; an output that is off comes back after its ten seconds."""
        self.advance()
        if self.output is Output.LEAVING:
            self.output = Output.ON
            self._off_at = inf
        elif not self.output_on:
            self._arm_return(0.0)
            self.settle()
        return True

    def press(self) -> None:
        """Press the power button: an output that is off comes on, one that is on goes off."""
        self.advance()
        if self.output_on:
            self._switch_off(None)
        elif not self.utility_failed or self.charge > self.low_charge:
            self.output = Output.ON
