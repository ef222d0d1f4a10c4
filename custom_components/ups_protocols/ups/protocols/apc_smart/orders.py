"""Orders: what a unit can be told, and how it is said ("The Smart Protocol")."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from ...errors import BadReply, NoReply, Rejected
from ...model import Command, Danger, Outcome, Parameter, Result
from ...names import TransferReason
from .frames import ABOUT_TO_TURN_OFF, REFUSALS, hex_byte
from .status import FIRST, STATUS, check_status
from .talker import (
    BETWEEN_BYTES,
    BETWEEN_PRESSES,
    LONG_REPLY_TIME,
    OK,
    ORDER_TIME,
    REFUSAL_TIME,
    REPLY_TIME,
    Talker,
    accepted,
)
from .variables import MODE, REASON

PANEL_TEST, SELF_TEST, CALIBRATION, FEIGNED_FAILURE = b"A", b"W", b"D", b"U"
SOFT_SHUTDOWN, TIMED_SHUTDOWN, SHUTDOWN = b"S", b"@", b"K"
LOAD_OFF, LOAD_ON, ABORT, BYPASS, RESET = b"Z", b"\x0e", b"\x7f", b"^", b"z"
DUMB = b"R"
TENTH_OF_AN_HOUR = 360
MOST_TENTHS = 999
FEIGNING_TIME = 3.5
"""Between ``U`` and ``S``: a unit that is not on battery yet ignores ``S``."""

_CALIBRATING, _ON_BATTERY = 0x01, 0x10
_IN_BYPASS = 0x02 | 0x08 | 0x20
_SHUTDOWN_ACKS = (OK, ABOUT_TO_TURN_OFF)
ON_LINE_AGAIN, LINE_FAIL = "$", "!"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What the orders have to know of a unit."""

    commands: frozenset[bytes]
    """The requests it understands."""
    is_old: bool = False
    """Without ``a``: ``@000`` does nothing, and the load comes back even without mains."""
    reports_calibration: bool = True
    """Smart-UPS v/s and Back-UPS Pro do not: what is toggled there cannot be known."""
    status_digits: int = 2

    def has(self, *requests: bytes) -> bool:
        """Tell whether the unit understands all of these."""
        return self.commands.issuperset(requests)


type Run = Callable[[Orders, Mapping[str, float]], Awaitable[Outcome]]
type Can = Callable[[Unit], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One command: which units have it, and how it is done."""

    command: Command
    can: Can
    run: Run


def _outcome(*requests: bytes, said: object = OK, **parameters: float) -> Outcome:
    """Describe what became of an order; without a reply it was merely sent."""
    result = Result.SENT if said is None else Result.CONFIRMED
    return Outcome(result=result, parameters=parameters, requests=requests)


class Orders:
    """Says the orders of one unit."""

    def __init__(self, talker: Talker, unit: Unit, extremes: dict[str, float]) -> None:
        """Take the line, what is known of the unit, and the extremes that are kept of it."""
        self.talker = talker
        self.unit = unit
        self.extremes = extremes
        self.expects_transfer = False
        """Whether the unit goes to battery because of a test that we started."""
        self.is_feigning = False
        """Whether it goes to battery because we said so, as in a failure of the mains."""

    def available(self) -> dict[str, Order]:
        """Return the orders of this unit by name."""
        return {order.command.name: order for order in ORDERS if order.can(self.unit)}

    # what the unit does now

    async def _status(self) -> int:
        """Return the status byte after two equal replies. Raises NoReply, BadReply."""
        said = await self.talker.certain(STATUS)
        if said is None:
            raise NoReply("the UPS does not tell what it does")
        return check_status(hex_byte(said, self.unit.status_digits))

    async def _is_testing(self) -> bool:
        """Tell whether a battery test is under way."""
        if self.unit.has(MODE.request):
            return await self.talker.certain(MODE.request) == "T"
        if not await self._status() & _ON_BATTERY:
            return False
        reason = REASON.decode(await self.talker.certain(REASON.request) or "")
        return reason["input.transfer.reason"] == TransferReason.SELF_TEST

    @contextmanager
    def _expecting(self, is_expected: bool = True) -> Iterator[None]:
        """Expect a transfer to battery, unless the unit refuses what would bring it."""
        self.expects_transfer = is_expected
        try:
            yield
        except Rejected:
            self.expects_transfer = False
            raise

    # one byte

    async def say(self, request: bytes, *, yes: Collection[str] = (OK,)) -> Outcome:
        """Say a request that is answered with a line."""
        return _outcome(request, said=await self.talker.order(request, yes=yes))

    async def _toggle(self, request: bytes, acks: str) -> str | None:
        """Say a request that is answered with a line, an alert, or nothing. Raises Rejected."""
        async with self.talker.link.exclusive():
            said = await self.talker.ask(request, acks=acks)
            if said is not None and said in acks:
                # the alert may have come by chance, and a line may follow
                said = await self.talker.pause(REFUSAL_TIME) or said
        if said in REFUSALS:
            raise Rejected(f"the UPS refuses {request!r}")
        return said

    async def calibrate(self, *, on: bool) -> Outcome:
        """Start or stop a calibration, which one byte toggles: see first which it would do."""
        async with self.talker.link.exclusive():
            status = await self._status()
            if bool(status & _CALIBRATING) is on:
                return _outcome()
            if on and status & _ON_BATTERY:
                raise Rejected("a UPS on battery cannot calibrate")
            with self._expecting(on):
                said = await self._toggle(CALIBRATION, LINE_FAIL if on else ON_LINE_AGAIN)
            if said is None and bool(await self._status() & _CALIBRATING) is on:
                said = OK
        return _outcome(CALIBRATION, said=said)

    async def start_test(self) -> Outcome:
        """Start a battery test; the byte that starts it stops one that runs."""
        async with self.talker.link.exclusive():
            if self.unit.has(REASON.request) or self.unit.has(MODE.request):
                if await self._is_testing():
                    return _outcome()
            if await self._status() & _ON_BATTERY:
                raise Rejected("a UPS on battery cannot test it")
            with self._expecting():
                return await self.say(SELF_TEST)

    async def stop_test(self) -> Outcome:
        """Stop the battery test that runs."""
        async with self.talker.link.exclusive():
            if not await self._is_testing():
                raise Rejected("no battery test is under way")
            return await self.say(SELF_TEST)

    async def feign_failure(self) -> Outcome:
        """Have the unit behave as if the mains had failed: ``!``, or OK."""
        self.is_feigning = True
        try:
            said = await self._toggle(FEIGNED_FAILURE, LINE_FAIL)
        except Rejected:
            self.is_feigning = False
            raise
        return _outcome(FEIGNED_FAILURE, said=said)

    async def bypass(self, *, on: bool) -> Outcome:
        """Go to bypass or come back, which one byte toggles: see first which it would do."""
        async with self.talker.link.exclusive():
            said = await self.talker.certain(FIRST)
            if said is None:
                raise NoReply("the UPS does not tell whether it is in bypass")
            if bool(hex_byte(said) & _IN_BYPASS) is on:
                return _outcome()
            wanted, other = ("BYP", "INV") if on else ("INV", "BYP")
            # a transfer takes its time
            came = await self.talker.ask(BYPASS, timeout=LONG_REPLY_TIME)
        if came == "ERR":
            raise Rejected("the UPS cannot transfer")
        if accepted(BYPASS, came, (wanted, other)) != wanted:
            raise Rejected("the UPS had transferred by itself and was sent back")
        return _outcome(BYPASS)

    async def reset(self) -> Outcome:
        """Put the settings back as they left the factory."""
        said = await self.talker.order(RESET, yes=("CLEAR",), timeout=LONG_REPLY_TIME)
        return _outcome(RESET, said=said)

    async def forget_extremes(self) -> Outcome:
        """Forget the extremes of the input: ours, and those that reading makes the unit forget."""
        for request in (b"M", b"N"):
            await self.talker.ask(request)
        self.extremes.clear()
        return _outcome(b"M", b"N")

    # several bytes

    async def twice(self, request: bytes, *, is_acknowledged: bool = False) -> Outcome:
        """Say a byte twice with more than 1.5 s between; whatever comes between is a refusal."""
        async with self.talker.sequence():
            await self.talker.link.write(request)
            if said := await self.talker.pause(BETWEEN_PRESSES):
                raise Rejected(f"the UPS does not take {request!r}: {said}")
            await self.talker.link.write(request)
            said_then = await self.talker.reply(timeout=ORDER_TIME, acks=ABOUT_TO_TURN_OFF)
        if is_acknowledged or said_then in REFUSALS:
            accepted(request, said_then, _SHUTDOWN_ACKS)
        return _outcome(request, request, said=said_then)

    async def shut_down(self, restart_delay: float) -> Outcome:
        """Switch off until the mains is back: ``S`` on battery, ``@nnn`` at any time.

        Without ``@`` a unit on the mains is told first to behave as if it had failed.
        """
        tenths = round(restart_delay / TENTH_OF_AN_HOUR)
        async with self.talker.link.exclusive():
            on_battery = bool(await self._status() & _ON_BATTERY)
            if (
                on_battery
                and self.unit.has(SOFT_SHUTDOWN)
                and not (tenths and self.unit.has(TIMED_SHUTDOWN))
            ):
                return await self._soft_shutdown()
            if self.unit.has(TIMED_SHUTDOWN):
                if self.unit.is_old:
                    tenths = max(tenths, 1)
                return await self._timed_shutdown(tenths)
            if not self.unit.has(FEIGNED_FAILURE):
                raise Rejected("this UPS can only be told on battery to come back with the mains")
            with self._expecting():
                await self._toggle(FEIGNED_FAILURE, LINE_FAIL)
            while said := await self.talker.pause(FEIGNING_TIME):
                # a line may follow the alert that was taken for the answer
                accepted(FEIGNED_FAILURE, said)
            return await self._soft_shutdown(FEIGNED_FAILURE)

    async def _soft_shutdown(self, *before: bytes) -> Outcome:
        said = await self.talker.ask(SOFT_SHUTDOWN, timeout=ORDER_TIME, acks=ABOUT_TO_TURN_OFF)
        accepted(SOFT_SHUTDOWN, said, _SHUTDOWN_ACKS)
        return _outcome(*before, SOFT_SHUTDOWN, restart_delay=0)

    async def _timed_shutdown(self, tenths: int) -> Outcome:
        """Say ``@`` and three digits, in the unit's pace; some units take only two.

        A unit that refuses the first byte would obey the digits one by one as commands.
        """
        async with self.talker.sequence():
            await self.talker.link.write(TIMED_SHUTDOWN)
            said = await self.talker.pause(REFUSAL_TIME)
            sent = ""
            for digit in f"{tenths:03}":
                if said:
                    break
                await self.talker.link.write(digit.encode("ascii"))
                sent += digit
                if len(sent) < 3:
                    said = await self.talker.pause(BETWEEN_BYTES)
            if not said:
                said = await self.talker.reply(timeout=REPLY_TIME, acks=ABOUT_TO_TURN_OFF) or ""
        request = TIMED_SHUTDOWN + sent.encode("ascii")
        if len(sent) < 2 and said not in REFUSALS:
            raise BadReply(f"{request!r} was answered with {said!r}")
        accepted(request, said or None, _SHUTDOWN_ACKS)
        return _outcome(request, restart_delay=float(sent) * TENTH_OF_AN_HOUR)

    async def stop_shutdown(self) -> Outcome:
        """Call a shutdown off."""
        said = await self.talker.ask(ABORT, timeout=ORDER_TIME, acks=ABOUT_TO_TURN_OFF)
        return _outcome(ABORT, said=accepted(ABORT, said, _SHUTDOWN_ACKS))


def _needs(*requests: bytes) -> Can:
    return lambda unit: unit.has(*requests)


def _can_calibrate(unit: Unit) -> bool:
    return unit.has(CALIBRATION, STATUS) and unit.reports_calibration


def _can_stop_test(unit: Unit) -> bool:
    return unit.has(SELF_TEST) and (unit.has(REASON.request) or unit.has(MODE.request))


def _can_return(unit: Unit) -> bool:
    return unit.has(TIMED_SHUTDOWN) or unit.has(SOFT_SHUTDOWN)


def _can_abort(unit: Unit) -> bool:
    # the document makes no exception; lists of old units may lack it
    return unit.has(ABORT) or unit.has(SHUTDOWN) or _can_return(unit)


_RESTART_DELAY = Parameter(
    name="restart_delay",
    minimum=0,
    maximum=MOST_TENTHS * TENTH_OF_AN_HOUR,
    step=TENTH_OF_AN_HOUR,
    default=0,
)


def _order(
    name: str, can: Can, run: Run, danger: Danger = Danger.HARMLESS, *parameters: Parameter
) -> Order:
    return Order(command=Command(name=name, danger=danger, parameters=parameters), can=can, run=run)


ORDERS = (
    _order("test.panel.start", _needs(PANEL_TEST), lambda orders, _: orders.say(PANEL_TEST)),
    _order(
        "test.battery.start",
        _needs(SELF_TEST),
        lambda orders, _: orders.start_test(),
        Danger.USES_BATTERY,
    ),
    _order("test.battery.stop", _can_stop_test, lambda orders, _: orders.stop_test()),
    _order(
        "calibrate.start",
        _can_calibrate,
        lambda orders, _: orders.calibrate(on=True),
        Danger.USES_BATTERY,
    ),
    _order("calibrate.stop", _can_calibrate, lambda orders, _: orders.calibrate(on=False)),
    _order(
        "test.failure.start",
        _needs(FEIGNED_FAILURE),
        lambda orders, _: orders.feign_failure(),
        Danger.USES_BATTERY,
    ),
    _order(
        "shutdown.return",
        _can_return,
        lambda orders, values: orders.shut_down(values["restart_delay"]),
        Danger.CUTS_POWER,
        _RESTART_DELAY,
    ),
    _order(
        "shutdown.stayoff",
        _needs(SHUTDOWN),
        lambda orders, _: orders.twice(SHUTDOWN, is_acknowledged=True),
        Danger.CUTS_POWER,
    ),
    _order("shutdown.stop", _can_abort, lambda orders, _: orders.stop_shutdown()),
    _order(
        "load.off", _needs(LOAD_OFF), lambda orders, _: orders.twice(LOAD_OFF), Danger.CUTS_POWER
    ),
    _order("load.on", _needs(LOAD_ON), lambda orders, _: orders.twice(LOAD_ON)),
    _order(
        "bypass.start",
        _needs(BYPASS, FIRST),
        lambda orders, _: orders.bypass(on=True),
        Danger.UNPROTECTS,
    ),
    _order("bypass.stop", _needs(BYPASS, FIRST), lambda orders, _: orders.bypass(on=False)),
    _order("reset.factory", _needs(RESET), lambda orders, _: orders.reset(), Danger.UNPROTECTS),
    _order("reset.input.minmax", _needs(b"M", b"N"), lambda orders, _: orders.forget_extremes()),
)
