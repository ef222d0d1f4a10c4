"""What a unit can be told: commands made of writes to fields, and what proves that they worked."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

from ..errors import UpsError
from ..links.base import ReportKind
from ..model import Command, Danger, Parameter, Setting
from .decoder import Decoder, Key, Reports
from .generic import ORDERS, outlet_orders
from .shapes import YES_NO
from .tables import Delay, Order, Timers
from .values import Field

OFF_DELAY: Final = "ups.delay.shutdown"
ON_DELAY: Final = "ups.delay.start"
_AUTO_RESTART: Final = "ups.start.auto"

type Change = Callable[[bytes], tuple[bytes, float]]
"""Returns a report with something in it, and the number that it says then."""


class Step(NamedTuple):
    """One write."""

    field: Field
    change: Change
    parameter: str = ""
    """The parameter whose value is written."""
    is_setting: bool = False
    """The device stores it: written only when it differs."""


class Proof(NamedTuple):
    """What a field shows once a command was obeyed."""

    field: Field
    shows: Callable[[bytes], bool]
    is_needed: bool = False
    """Without it the command was refused; else the device may just not show it."""


@dataclass(frozen=True, slots=True)
class Action:
    """A command and how it is carried out."""

    command: Command
    steps: Callable[[Mapping[str, float]], tuple[Step, ...]]
    proof: Callable[[Mapping[str, float]], Proof | None] = field(default=lambda values: None)


class Delays(NamedTuple):
    """A field that takes a delay."""

    field: Field
    delay: Delay
    can_stop: bool

    def step(self, seconds: float, parameter: str = "", delay: Delay | None = None) -> Step:
        """Return the write of a delay; below 0 for none."""
        encode = (delay or self.delay).encode
        return Step(self.field, lambda report: encode(self.field, report, seconds), parameter)

    def parameter(self, name: str, default: float, setting: str | None) -> Parameter:
        """Return the parameter that takes such a delay."""
        low, high, step = self.delay.limits(self.field)
        return Parameter(
            name=name,
            minimum=low,
            maximum=high,
            step=step,
            default=min(max(default, low), high),
            setting=setting,
        )

    def host_side(self, name: str) -> Setting:
        """Return the setting that keeps such a delay on our side."""
        low, high, step = self.delay.limits(self.field)
        return Setting(name=name, minimum=low, maximum=high, step=step, host_side=True)

    def counts(self, report: bytes) -> bool:
        """Tell that the countdown runs."""
        return (self.delay.decode(self.field, report) or 0) >= 0


class Equipment:
    """The commands of one unit and the delays that we keep for them."""

    def __init__(self, decoder: Decoder, reports: Reports, refused: frozenset[Key]) -> None:
        """See which of the orders and timers its descriptor has."""
        self._decoder = decoder
        self._vendor = decoder.vendor
        self._reports = reports
        self._refused = refused
        self.actions: dict[str, Action] = {}
        self.settings: dict[str, Setting] = {}
        self.defaults = {OFF_DELAY: self._vendor.off_delay, ON_DELAY: self._vendor.on_delay}
        for order in self._vendor.orders:
            self._add_order(order)
        self._add_timers()
        for order in ORDERS:
            if order.command not in self._vendor.without_orders:
                self._add_order(order)
        for number in decoder.outlets:
            for order in outlet_orders(number):
                self._add_order(order)
        for order in self._vendor.fallback_orders:
            self._add_order(order)

    def _writable(self, path: str) -> Field | None:
        """Return the Feature of a path that a host may write."""
        found = self._decoder.descriptor.find(path, ReportKind.FEATURE) if path else None
        if found is None or not found.writable or found.selector is not None:
            return None
        if (
            found.report_id in self._vendor.skipped
            or (found.kind, found.report_id) in self._refused
        ):
            return None
        return found

    def _add(self, action: Action) -> None:
        self.actions.setdefault(action.command.name, action)

    # ------------------------------------------------------------ orders

    def _add_order(self, order: Order) -> None:
        for path in order.paths:
            found = self._writable(path)
            if found is None:
                continue
            low, high = found.limits
            if low <= order.number <= high:
                self._add(_ordered(order, found))
                return

    # ------------------------------------------------------------ timers

    def _add_timers(self) -> None:
        """Make the commands that need delays, from the fullest set of timers there is.

        A shutdown and a start-up that belong together are taken from one place.
        """
        sets = [(timers, *self._fields(timers)) for timers in self._vendor.timers]
        # the first with both, else the first with one
        sets.sort(key=lambda each: (each[1] is None) + (each[2] is None))
        for timers, off, on, reboot in sets:
            if off is not None:
                self._add_off(timers, off, on)
            if on is not None:
                self._add_on(timers, on)
            if reboot is not None:
                self._add(_reboot(reboot, timers.reboot_after))

    def _fields(self, timers: Timers) -> tuple[Delays | None, Delays | None, Delays | None]:
        return (
            self._delays(timers.shutdown, timers.off),
            self._delays(timers.startup, timers.on),
            self._delays(timers.reboot, timers.off),
        )

    def _delays(self, path: str, delay: Delay) -> Delays | None:
        found = self._writable(path)
        if found is None:
            return None
        idle = self._reports.get((found.kind, found.report_id))
        try:
            can_stop = delay.can_stop(found, idle)
        except UpsError:
            can_stop = False
        return Delays(found, delay, can_stop)

    def _add_off(self, timers: Timers, off: Delays, on: Delays | None) -> None:
        self.settings.setdefault(OFF_DELAY, off.host_side(OFF_DELAY))
        delay = off.parameter("delay", self._vendor.off_delay, OFF_DELAY)
        stays = timers.stays or timers.off
        proof = partial(_counting, off)
        # what comes back by itself is not off
        if not timers.returns or (timers.stays and timers.stays.fits(off.field)):
            self._add(
                Action(
                    _cut("load.off.delay", delay),
                    lambda values: (off.step(values["delay"], "delay", stays),),
                    proof,
                )
            )
            if timers.at_once:
                self._add(
                    Action(
                        _cut("load.off"),
                        lambda values: (off.step(self._vendor.immediate, delay=stays),),
                    )
                )
        if off.can_stop:
            self._add(
                Action(
                    Command(name="shutdown.stop"),
                    lambda values: (off.step(-1),),
                    lambda values: Proof(
                        off.field, lambda report: not off.counts(report), is_needed=True
                    ),
                )
            )
        if on is not None and not timers.returns:
            restart = on.parameter("restart_delay", self._vendor.on_delay, ON_DELAY)
            self._add(
                Action(
                    _cut("shutdown.return", delay, restart),
                    lambda values: (
                        *self._restart("yes"),
                        on.step(values["restart_delay"], "restart_delay"),
                        off.step(values["delay"], "delay"),
                    ),
                    proof,
                )
            )
        if on is not None and on.can_stop and not timers.stays:
            self._add(
                Action(
                    _cut("shutdown.stayoff", delay),
                    lambda values: (
                        *self._restart("no"),
                        on.step(-1),
                        off.step(values["delay"], "delay"),
                    ),
                    proof,
                )
            )
        if timers.returns:
            self._add(
                Action(
                    _cut("shutdown.return", delay),
                    lambda values: (off.step(values["delay"], "delay"),),
                    proof,
                )
            )
        if timers.stays and timers.stays.fits(off.field):
            self._add(
                Action(
                    _cut("shutdown.stayoff", delay),
                    lambda values: (off.step(values["delay"], "delay", timers.stays),),
                    proof,
                )
            )

    def _add_on(self, timers: Timers, on: Delays) -> None:
        self.settings.setdefault(ON_DELAY, on.host_side(ON_DELAY))
        delay = on.parameter("delay", self._vendor.on_delay, ON_DELAY)
        self._add(
            Action(
                Command(name="load.on.delay", parameters=(delay,)),
                lambda values: (on.step(values["delay"], "delay"),),
                partial(_counting, on),
            )
        )
        if timers.at_once:
            self._add(
                Action(
                    Command(name="load.on"),
                    lambda values: (on.step(self._vendor.immediate),),
                )
            )

    def _restart(self, word: str) -> Iterator[Step]:
        """Yield the write that lets the unit start with the mains, or not, where it has one."""
        point = self._decoder.points.get(_AUTO_RESTART)
        if point is None or not point.field.writable or point.field.kind is not ReportKind.FEATURE:
            return
        yield Step(
            point.field,
            lambda report: (YES_NO.write(point.field, report, word), 0),
            is_setting=True,
        )


def _cut(name: str, *parameters: Parameter) -> Command:
    return Command(name=name, danger=Danger.CUTS_POWER, parameters=parameters)


def _counting(delays: Delays, values: Mapping[str, float]) -> Proof:
    return Proof(delays.field, delays.counts)


def _reboot(reboot: Delays, after: float) -> Action:
    delay = reboot.parameter("delay", after, None)
    return Action(
        _cut("shutdown.reboot", delay),
        lambda values: (reboot.step(values["delay"], "delay"),),
        partial(_counting, reboot),
    )


def _ordered(order: Order, found: Field) -> Action:
    """Return the action of an order."""
    numbers = order.confirmed_by

    def shows(report: bytes) -> bool:
        return numbers is not None and found.number(report) in numbers

    proof = None if numbers is None else Proof(found, shows, is_needed=order.must_show)
    return Action(
        Command(name=order.command, danger=order.danger),
        lambda values: (
            Step(
                found,
                lambda report: (found.encode_number(report, order.number), order.number),
            ),
        ),
        lambda values: proof,
    )
