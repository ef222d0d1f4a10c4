"""NUT and we at a simulated USB device: what both read of it and what both say to it.

A device can be claimed by one program only: `visit` plugs in two that are alike, and puts both into
the same states. NUT's driver reads the one, we read the other; then both are given the same orders.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
import time
from typing import Any

from .usb_reader import Answer, reader
from tests.usbsim import devices, nut
from tests.usbsim.remote import Remote
from tests.usbsim.usb import Transfer

# bridges that no id tells: the user names them; and the pause that simulated XCP units want
NAMED: Mapping[str, Sequence[str]] = {
    "snr": ("--protocol", "megatec", "--option", "bridge=snr"),
    **dict.fromkeys(
        ("xcp-powerware", "xcp-phoenixtec", "xcp-hp-t500", "xcp-hp-t750"),
        ("--protocol", "xcp", "--option", "auth_pause=0.25"),
    ),
}
# bridges whose requests are string descriptors
_BY_STRINGS = ("krauler", "krauler-daker", "fabula", "hunnox", "snr")
# seconds in which a driver that polls each second must have seen a new state
_SETTLE = 20.0
_SLOW_SETTLE = 90.0
_SLOW = ("hunnox", "snr", "atcl", "powercom-old")
# They push faster than NUT polls, and it is more behind with each state.
_FEW = ("atcl", "powercom-old")
_XCP = "bcmxcp_usb"
# what a battery test is called
_TEST = "test.battery.start.quick"
_TESTS: Mapping[str, str] = {_XCP: "test.battery.start"}
# seconds, more than one takes
_TEST_TIME = 30.0
_TEST_TIMES: Mapping[str, float] = {_XCP: 60.0}
# Seconds for which nothing is said when an order is done: some wait in the middle of one.
_QUIET: Mapping[str, float] = {"tripplite_usb": 2.5, "richcomm_usb": 1.5, _XCP: 2.6}
# seconds between two orders: the driver looks at its socket when it has nothing else to do
_OBEYED = 4.0
_OBEYED_BY: Mapping[str, float] = {_XCP: 10.0}
# the transfers that carry orders: SET_REPORT, and those of card xcp, section 2.1
_ORDERING = {(0x21, 9), (0x42, 0x0D), (0x00, 0x07)}

STATES: Mapping[str, Mapping[str, str | float]] = {
    "on line": {},
    "on battery": {"mains": "off", "charge": 60},
    "battery low": {"mains": "off", "charge": 10},
    "in trouble": {"load": 120, "failed": "on", "replace_battery": "on"},
    "boosting": {"mains_voltage": 0.86},
}
"""What is set of the device; a voltage is a share of the nominal one."""
TESTING = "testing"
_BEFORE_TEST = {"charge": 80}

# off and on, s; those of the Megatec family are our defaults, the others NUT's
DELAYS: Mapping[str, tuple[int, int]] = {
    "": (20, 30),
    "nutdrv_qx": (30, 180),
    "blazer_usb": (30, 180),
    "tripplite_usb": (64, 0),
    _XCP: (120, 0),
}
ORDERS = (
    *("beeper.mute", "beeper.disable", "beeper.enable", "beeper.toggle"),
    *("test.battery.start.deep", "test.battery.stop", "test.panel.start", "test.panel.stop"),
    *(f"outlet.{number}.load.{to}" for number in (1, 2, 3) for to in ("off", "on")),
    *("bypass.start", "bypass.stop"),
    *("load.off.delay", "shutdown.stop", "shutdown.return", "shutdown.stop"),
    *("shutdown.stayoff", "shutdown.stop", "shutdown.reboot", "shutdown.stop"),
    *("load.on.delay", "load.on", "load.off"),
)
_MORE_ORDERS: Mapping[str, tuple[str, ...]] = {
    _XCP: (
        "test.system.start",
        *(f"outlet.{number}.shutdown.return" for number in (1, 2)),
    )
}


def orders_of(driver: str) -> tuple[str, ...]:
    """Return what a device is ordered; what one side does not know is left out."""
    return _MORE_ORDERS.get(driver, ()) + ORDERS


type Agree = Callable[[str, str, str, Answer, Answer], bool]
type Wire = tuple[str | int, ...]
"""A transfer that tells the device something."""


@dataclass(slots=True)
class Side:
    """What one side found."""

    reports: dict[str, Answer] = field(default_factory=dict)
    """By state."""
    orders: dict[str, list[Wire]] = field(default_factory=dict)
    """By order: what went over the wire; not in it is what the side does not know."""
    errors: dict[str, str] = field(default_factory=dict)
    """By order: why it was not done."""
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, state: str, report: Answer) -> None:
        """Take a report."""
        async with self.news:
            self.reports[state] = report
            self.news.notify_all()

    async def known(self, state: str) -> Answer | None:
        """Wait for the report of a state; None where there will be none."""
        while state not in self.reports and not self.done.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5), self.news:
                    await self.news.wait()
        return self.reports.get(state)


@dataclass(frozen=True, slots=True)
class Visit:
    """What both sides found."""

    device: str
    driver: str
    ours: Side
    theirs: Side


class Bench:
    """A simulated device that is put into states, and what goes over its wire."""

    def __init__(self, name: str, remote: Remote) -> None:
        self.name = name
        self.remote = remote
        self._base: dict[str, Any] = {}
        self._polled: set[Wire] = set()

    async def begin(self) -> None:
        """See what it is like when nothing has happened yet."""
        state = await asyncio.to_thread(self.remote.state)
        touched = {name for settings in STATES.values() for name in settings}
        self._base = {name: state[name] for name in touched if name in state}
        self._base["nominal_voltage"] = state.get("nominal_voltage", state["mains_voltage"])

    async def enter(self, state: str) -> None:
        """Put it into a state; another is left."""
        settings = dict(_BEFORE_TEST if state == TESTING else STATES[state])
        if "mains_voltage" in settings:
            settings["mains_voltage"] *= self._base["nominal_voltage"]
        # the mains last: with the charge of the state before, some would be charging
        for name, before in sorted(self._base.items(), key=lambda each: each[0] == "mains"):
            if name == "nominal_voltage":
                continue
            value = settings.get(name, before)
            if isinstance(value, bool):
                value = "on" if value else "off"
            await asyncio.to_thread(self.remote.set, name, value)
        if (charge := settings.get("charge", self._base.get("charge"))) is not None:
            # what was lost until the mains came back
            await asyncio.to_thread(self.remote.set, "charge", charge)

    async def rest(self, seconds: float) -> None:
        """Let a test end."""
        await asyncio.to_thread(self.remote.advance, seconds)

    async def said(self) -> list[Wire]:
        """Return what was said to it since the last time, as far as it is no poll."""
        log = await asyncio.to_thread(lambda: self.remote.log(clear=True))
        return [each for each in map(self._wire, log) if each and each not in self._polled]

    async def polls(self) -> None:
        """Take all that was said so far for polls."""
        self._polled |= set(await self.said())

    def _wire(self, transfer: Transfer) -> Wire | None:
        if transfer.what == "out":
            return ("out", transfer.endpoint, transfer.data.hex())
        if transfer.what != "control" or transfer.setup is None:
            return None
        setup = transfer.setup
        if (setup.request_type, setup.request) in _ORDERING:
            data = transfer.data
            if self.name == "ablerex":
                # what stands behind the request is no part of it, and another each time with NUT
                data = data[: 3 + data[2]]
            return ("set", setup.value, data.hex())
        if self.name in _BY_STRINGS and (setup.request_type, setup.request) == (0x80, 6):
            return ("string", setup.value & 0xFF) if setup.value >> 8 == 3 else None
        return None


async def visit(name: str, driver: str | None = None, agree: Agree | None = None) -> Visit:
    """Have both sides read a device in every state and give it orders.

    Args:
        name: The device.
        driver: NUT's program, where not the usual one.
        agree: Whether two reports, ours and theirs, say the same of a device, read by a driver,
            in a state: one that polls has seen the state when they do.
    """
    chosen = driver or nut.driver_of(name).driver
    ours, theirs = Side(), Side()
    async with asyncio.TaskGroup() as group:
        group.create_task(_ours(name, chosen, ours))
        group.create_task(_theirs(name, chosen, ours, theirs, agree))
    return Visit(name, chosen, ours, theirs)


def states_of(name: str) -> tuple[str, ...]:
    """Return the states in which a device is read."""
    return tuple(STATES)[: 2 if name in _FEW else None]


@asynccontextmanager
async def _bench(name: str) -> AsyncGenerator[Bench]:
    remote = await asyncio.to_thread(Remote, name)
    try:
        bench = Bench(name, remote)
        await bench.begin()
        yield bench
    finally:
        await asyncio.to_thread(remote.close)


def _parameters(order: str, driver: str) -> dict[str, float]:
    """Return the delays that NUT has by default, for those of our commands that take them."""
    off, on = DELAYS.get(driver, DELAYS[""])
    if order == "shutdown.reboot" or (driver == _XCP and order != "shutdown.return"):
        return {}
    if order == "load.on.delay":
        return {"delay": on}
    return {"delay": off, "restart_delay": on}


def _options(name: str, driver: str) -> dict[str, str]:
    """Return the driver's options: it polls everything as often as it can."""
    off, on = DELAYS.get(driver, DELAYS[""])
    match driver:
        case "usbhid-ups":
            # it reads one pushed report a poll, and is long behind with those of the simulator
            return {"pollfreq": "1", **({} if name in _FEW else {"pollonly": ""})}
        case "nutdrv_qx":
            chosen = {"protocol": "ablerex"} if name == "ablerex" else {}
            return {"pollfreq": "1", "offdelay": str(off), "ondelay": str(on), **chosen}
        case "blazer_usb":
            return {"offdelay": str(off), "ondelay": str(on // 60)}
    return {}


async def _ours(name: str, driver: str, side: Side) -> None:
    hardware = devices.make(name).hardware
    url = f"usb:{hardware.vendor:04x}:{hardware.product:04x}"
    async with (
        _bench(name) as bench,
        reader(bench.remote.client_environment(), url, NAMED.get(name, ())) as client,
    ):
        for state in states_of(name):
            await bench.enter(state)
            await side.take(state, await client.ask("open"))
            await bench.polls()
            await client.ask("close")
        commands = side.reports["on line"]["commands"]
        await bench.enter(TESTING)
        await client.ask("open")
        await bench.polls()

        async def run(order: str) -> None:
            answer = await client.ask("run", command=order, **_parameters(order, driver))
            side.orders.setdefault(order, await bench.said())
            if "error" in answer:
                side.errors.setdefault(order, answer["error"])

        test = _TESTS.get(driver, _TEST)
        if test in commands:
            await run(test)
            await client.ask("close")
            await side.take(TESTING, await client.ask("open"))
            await bench.polls()
        side.done.set()
        await bench.rest(_TEST_TIMES.get(driver, _TEST_TIME))
        for order in orders_of(driver):
            if order in commands:
                await run(order)
        await client.ask("close")


async def _theirs(name: str, driver: str, ours: Side, side: Side, agree: Agree | None) -> None:
    async with (
        _bench(name) as bench,
        nut.reading(name, driver, remote=bench.remote, **_options(name, driver)) as peer,
    ):

        async def settle(state: str) -> None:
            """Take what the driver knows once it agrees with us, or after some polls."""
            known = await ours.known(state)
            if known is None:
                return
            end = time.monotonic() + (_SLOW_SETTLE if name in _SLOW else _SETTLE)
            while True:
                dump = await peer.dump()
                report = {"variables": dict(dump.variables), "commands": sorted(dump.commands)}
                if time.monotonic() > end or (agree and agree(name, driver, state, known, report)):
                    await side.take(state, report)
                    return
                await asyncio.sleep(0.3)

        for state in states_of(name):
            # not before we are there: on battery every second counts
            await ours.known(state)
            await bench.enter(state)
            await settle(state)
        await bench.enter(TESTING)
        await asyncio.sleep(2.5)
        await bench.polls()
        commands = side.reports["on line"]["commands"]
        async with peer.driver.instructing() as instruct:

            async def run(order: str) -> None:
                instruct(order)
                begun = last = time.monotonic()
                said: list[Wire] = []
                while time.monotonic() - begun < _OBEYED_BY.get(driver, _OBEYED):
                    await asyncio.sleep(0.2)
                    if new := await bench.said():
                        last = time.monotonic()
                        said += new
                    elif said and time.monotonic() - last > _QUIET.get(driver, 0.15):
                        break
                side.orders.setdefault(order, said)

            # a test is over soon: not before we have read it
            test = _TESTS.get(driver, _TEST)
            if await ours.known(TESTING) and test in commands:
                await run(test)
                await settle(TESTING)
            await bench.rest(_TEST_TIMES.get(driver, _TEST_TIME))
            for order in orders_of(driver):
                if order in commands:
                    await run(order)
