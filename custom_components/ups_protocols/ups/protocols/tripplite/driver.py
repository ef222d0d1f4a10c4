"""The driver of Tripp Lite's USB id 09ae:0001: asks, and believes only what answers."""

import asyncio
from collections.abc import Mapping
from typing import override

from ...driver import Driver, Memory, Options
from ...errors import BadReply, NoReply, Rejected, Unsupported
from ...links.base import ReportPipe, UsbDevice
from ...model import (
    Identity,
    Outcome,
    Part,
    PartKind,
    Result,
    Setting,
    SettingKind,
    Snapshot,
    Status,
    Value,
)
from .forms import (
    FORMS,
    HERTZ,
    V12,
    Form,
    Rating,
    Readings,
    charge,
    firmware,
    form_number,
    power,
    unit_id,
)
from .frames import LENGTH, PROTOCOL, answers, frame
from .orders import (
    DEFAULT_OFF_DELAY,
    HOST_SIDE,
    LONGEST_UNIT_ID,
    OFF_DELAY,
    PAUSES,
    REPEATABLE,
    UNIT_ID,
    Order,
    orders_of,
    set_unit_id,
)

MAKER = "Tripp Lite"
# (1): how long a unit takes at least, how long to wait for a report, and how often to try
SETTLE = 0.1
REPORT_TIMEOUT = 1.0
READS = 10
SENDS = 10
# of these, how many without any report: who says nothing at all three times says nothing
SILENCES = 3
_ROUNDS = 4
# what may be asked between two equal queries: all forms have them
_BETWEEN = (b"F", b"L", b"V", PROTOCOL)


class TrippLite(Driver[ReportPipe]):
    """A Tripp Lite UPS that is no HID Power Device."""

    def __init__(self, link: ReportPipe, options: Options, memory: Memory) -> None:
        """Take the link; which form of the protocol the unit speaks is found out at open."""
        super().__init__(link, options, memory)
        self.form: Form = FORMS[0x3003]
        self._known: Readings = {}
        """What is read once."""
        self._rated = b""
        """The reply to ``V``, empty where the unit has none."""
        self._hertz: float | None = None
        self._asked = b""
        """The letter of the last command that was sent."""
        self._unanswered: set[bytes] = set()
        self._orders: Mapping[str, Order] = {}

    # opening

    @override
    async def open(self) -> Identity:
        """Find out which form the unit speaks, read its constants, see what it answers."""
        self._unanswered = set()
        self._hertz = None
        self._rated = b""
        self.form = await self._find_form()
        constants = await self._constants()
        replies = await self._first_round()
        rating = self._rate(replies)
        self._known = self._describe(rating) | constants
        self._orders = orders_of(self.form, rating.banks)
        self.flags = self.form.status.flags
        self.commands = {name: order.command for name, order in self._orders.items()}
        self.settings = {OFF_DELAY: HOST_SIDE}
        if UNIT_ID in constants:
            self.settings = {
                **self.settings,
                UNIT_ID: Setting(name=UNIT_ID, kind=SettingKind.TEXT, length=5),
            }
        self.parts = tuple(
            Part(kind=PartKind.OUTLET, index=index) for index in _outlets(rating.banks)
        )
        return Identity(
            manufacturer=MAKER,
            model=model_of(self.link.device),
            firmware=str(constants["ups.firmware"]) if "ups.firmware" in constants else None,
        )

    async def _find_form(self) -> Form:
        """Ask for the protocol until two replies agree. Raises NoReply, BadReply, Unsupported."""
        last = None
        for _ in range(_ROUNDS):
            number = form_number(await self._ask(PROTOCOL))
            if number == last:
                if number not in FORMS:
                    raise Unsupported(f"this unit speaks Tripp Lite's protocol {number:04x}")
                return FORMS[number]
            last = number
        raise BadReply("the unit names another protocol each time it is asked")

    async def _constants(self) -> Readings:
        """Read what never changes, until two rounds agree. Raises BadReply."""
        last: tuple[Readings, bytes] | None = None
        for _ in range(_ROUNDS):
            try:
                read = await self._constant_round()
            except BadReply:
                continue
            if read == last:
                readings, self._rated = read
                return readings
            last = read
        raise BadReply("the unit describes itself otherwise each time it is asked")

    async def _constant_round(self) -> tuple[Readings, bytes]:
        """Read the constants, and ``V`` as it is, once. Raises BadReply."""
        readings: Readings = {}
        if (reply := await self._try(b"F")) is not None:
            readings |= firmware(reply)
        if (reply := await self._try(b"P")) is not None:
            readings |= power(reply, self.form.power_unit)
        if self.form.has_id and (reply := await self._try(b"U")) is not None:
            readings |= unit_id(reply)
        rated = (await self._try(b"V") or b"")[:5]
        if rated:
            # what follows may not be the same twice
            self.form.rate(rated, None)
        return readings, rated

    async def _try(self, letter: bytes) -> bytes | None:
        """Ask something that the unit need not have; what it does not answer is not asked again."""
        if letter in self._unanswered:
            return None
        try:
            return await self._ask(letter)
        except NoReply:
            self._unanswered.add(letter)
            return None

    async def _first_round(self) -> Mapping[bytes, bytes]:
        """Ask everything that moves; the status must be answered. Raises NoReply, BadReply."""
        self.form.status(await self._ask(b"S"))
        replies = {}
        for letter in self.form.readings:
            if (reply := await self._try(letter)) is not None:
                replies[letter] = reply
        return replies

    def _rate(self, replies: Mapping[bytes, bytes]) -> Rating:
        """Return what ``V`` means, with what the replies tell of the frequency."""
        if not self._rated:
            return Rating()
        if (reply := replies.get(b"T")) is not None:
            hertz = self.form.readings[b"T"](reply, Rating()).get(HERTZ)
            self._hertz = self._hertz if hertz is None else float(hertz)
        return self.form.rate(self._rated, self._hertz)

    def _describe(self, rating: Rating) -> Readings:
        """Return what is known without asking, as variables."""
        device = self.link.device
        known: Readings = {
            "device.mfr": MAKER,
            "ups.firmware.aux": self.form.name,
            "ups.vendorid": f"{device.vendor_id:04x}",
            "ups.productid": f"{device.product_id:04x}",
        }
        if model := model_of(device):
            known["device.model"] = model
        if outlets := _outlets(rating.banks):
            known["outlet.count"] = len(outlets)
        for index in outlets:
            # one more than there are banks, and that one is never switched ((3))
            is_switched = self.form.has_relays and index <= rating.banks
            known[f"outlet.{index}.switchable"] = "yes" if is_switched else "no"
        return known

    # asking

    async def _ask(self, command: bytes) -> bytes:
        """Return the answer to a query. Raises NoReply, LinkLost.

        A late answer, or one that is said again, differs from a fresh one by its letter only: so
        no two queries with the same letter follow upon each other.
        """
        async with self.link.exclusive():
            await self._change_letter(command)
            return await self._exchange(command)

    async def _change_letter(self, command: bytes) -> None:
        """See that the last reply has another letter than the next. Raises NoReply, LinkLost."""
        if self._asked == command[:1]:
            taken = {command[:1], *self._unanswered}
            await self._exchange(next(each for each in _BETWEEN if each not in taken))

    async def _exchange(self, command: bytes, sends: int = SENDS) -> bytes:
        """Send a command until it is answered ((1)). Raises NoReply, LinkLost."""
        self._asked = command[:1]
        silences = 0
        for _ in range(sends):
            await self.link.write_report(frame(command))
            await asyncio.sleep(SETTLE)
            for _ in range(READS):
                report = await self.link.read_report(LENGTH, timeout=REPORT_TIMEOUT)
                if report is None:
                    silences += 1
                    break
                if answers(report, command):
                    return report
            if silences >= SILENCES:
                break
        raise NoReply(f"the UPS does not answer {command!r}")

    @override
    async def read_status(self) -> Status:
        """Ask ``S``."""
        return self.form.status(await self._ask(b"S"))

    @override
    async def read(self) -> Snapshot:
        """Ask everything that moves."""
        status = await self.read_status()
        replies = {
            letter: await self._ask(letter)
            for letter in self.form.readings
            if letter not in self._unanswered
        }
        rating = self._rate(replies)
        variables = dict(self._known)
        if rating.nominal is not None:
            variables["input.voltage.nominal"] = rating.nominal
        if rating.battery is not None:
            variables["battery.voltage.nominal"] = rating.battery
        for letter, reply in replies.items():
            variables |= self.form.readings[letter](reply, rating)
        estimated = set()
        if (v12 := variables.get(V12)) is not None:
            variables["battery.charge"] = charge(float(v12))
            estimated.add("battery.charge")
        variables[OFF_DELAY] = self._off_delay
        return Snapshot(
            status=status,
            variables={name: value for name, value in variables.items() if name[0] != "_"},
            estimated=frozenset(estimated),
        )

    # telling

    @property
    def _off_delay(self) -> float:
        """The delay that we keep for the unit."""
        kept = self.memory.get(OFF_DELAY)
        return float(kept) if isinstance(kept, int | float) else DEFAULT_OFF_DELAY

    @override
    async def run(self, command: str, **parameters: float) -> Outcome:
        """Say an order; the unit confirms each part of it by its letter.

        Nothing that acts is said twice. Raises Rejected where a part is not confirmed: what
        follows it is not sent then.
        """
        if (order := self._orders.get(command)) is None:
            raise Unsupported(f"this UPS has no command {command}")
        taken = {parameter.name for parameter in order.command.parameters}
        if unknown := parameters.keys() - taken:
            raise Unsupported(f"{command} does not take {', '.join(sorted(unknown))}")
        delay = _delay(parameters.get("delay", self._off_delay))
        requests = order.say(delay)
        async with self.link.exclusive():
            for request in requests:
                if pause := PAUSES.get(request[:1]):
                    await asyncio.sleep(pause)
                await self._order(request)
        return Outcome(
            result=Result.CONFIRMED,
            parameters={"delay": float(delay)} if taken else {},
            requests=tuple(map(frame, requests)),
        )

    async def _order(self, request: bytes) -> None:
        """Say one part of an order. Raises Rejected."""
        await self._change_letter(request)
        try:
            await self._exchange(request, SENDS if request[0] in REPEATABLE else 1)
        except NoReply as error:
            raise Rejected(f"the UPS does not confirm {request!r}") from error

    @override
    async def write(self, name: str, value: Value) -> Value:
        """Write a setting: the delay, which we keep, or the number of the unit."""
        if name not in self.settings:
            raise Unsupported(f"{name} of this UPS cannot be set")
        if name == OFF_DELAY:
            self.memory[name] = kept = float(_delay(value))
            return kept
        number = _whole(value, 1, LONGEST_UNIT_ID)
        wanted = str(number)
        if unit_id(await self._ask(b"U"))[name] != wanted:
            async with self.link.exclusive():
                await self._order(set_unit_id(number))
            now = unit_id(await self._ask(b"U"))[name]
            self._known[name] = now
            if now != wanted:
                raise Rejected(f"{name} is {now} after it was set to {wanted}")
        self._known[name] = wanted
        return wanted


def model_of(device: UsbDevice) -> str | None:
    """Return the model: the product without the maker in front of it ((3))."""
    product = " ".join((device.product or "").split())
    for maker in (" ".join((device.manufacturer or "").split()), MAKER):
        if maker and product.casefold().startswith(maker.casefold()):
            product = product[len(maker) :].strip()
    return product or None


def _outlets(banks: int) -> range:
    """Return the numbers of the outlets; where no bank can be switched, none are told apart."""
    return range(1, banks + 2) if banks else range(0)


def _whole(value: Value, minimum: float, maximum: float) -> int:
    """Return the nearest whole number of a range. Raises Unsupported."""
    try:
        number = float(value)
    except ValueError as error:
        raise Unsupported(f"{value} is no number") from error
    if not minimum <= number <= maximum:
        raise Unsupported(f"{value} does not lie between {minimum:g} and {maximum:g}")
    return round(number)


def _delay(value: Value) -> int:
    return _whole(value, HOST_SIDE.minimum, HOST_SIDE.maximum)
