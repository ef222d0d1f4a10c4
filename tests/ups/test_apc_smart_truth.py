"""APC Smart through the session: whatever comes, lost, late or garbled, is never a false state."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, override

from hypothesis import HealthCheck, example, given, settings, strategies as st
import pytest

from .apc_smart_line import DirectLine
from .fakes import FakeClock, settle
from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.errors import NotThisUps, UpsError
from custom_components.ups_protocols.ups.links.base import Link, Reply
from custom_components.ups_protocols.ups.model import StatusFlag
from custom_components.ups_protocols.ups.session import (
    AVAILABLE,
    STATUS,
    Intervals,
    Session,
    Update,
)
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.apc_smart import ApcUps, make_ups
from tests.simulators.clock import Clock

APC = protocol("apc-smart")
STATUS_INTERVAL = 2.0
OB, OL = StatusFlag.ON_BATTERY, StatusFlag.ON_LINE


class YieldingLine(DirectLine):
    """A line on which others get their turn at each read, as on a real one."""

    @override
    async def read(self, reply: Reply, *, timeout: float) -> bytes:
        await asyncio.sleep(0)
        return await super().read(reply, timeout=timeout)


@dataclass
class Bench:
    """A unit, its line, a session with it, and what that told."""

    ups: ApcUps
    line: DirectLine
    session: Session
    clock: FakeClock
    updates: list[Update] = field(default_factory=list)
    shown: list[frozenset[StatusFlag]] = field(default_factory=list)
    lies: int = 0
    """How often a return to the line was published that nobody can have seen."""
    on_line_at: float = 0
    """When the unit was last seen on line by whoever moves time."""

    @property
    def flags(self) -> frozenset[StatusFlag]:
        """What is published now."""
        assert self.session.snapshot is not None
        return self.session.snapshot.status.flags

    def is_lost(self) -> bool:
        """Whether the unit is not available."""
        return not self.session.available

    def note(self, update: Update) -> None:
        """Keep an update, and the flags that it told; nobody invents the mains."""
        self.updates.append(update)
        if STATUS in update.changed:
            if OL in self.flags and OB in (self.shown or [frozenset()])[-1] and not update.pushed:
                age = self.clock.time - self.on_line_at
                self.lies += self.ups.on_battery and age > STATUS_INTERVAL
            self.shown.append(self.flags)


@asynccontextmanager
async def bench(dialect: str = "smart-ups", **state: Any) -> AsyncGenerator[Bench]:
    """Run a session with a unit; time passes only where the test lets it."""
    ups = make_ups(dialect, clock=Clock.stopped(), **state)
    lines: list[DirectLine] = []
    clock = FakeClock()

    async def open_wire(transcript: Transcript) -> Link:
        lines.append(YieldingLine(ups))
        return lines[-1]

    session = Session(
        "here",
        APC,
        intervals=Intervals(status=STATUS_INTERVAL, full=30),
        clock=clock,
        open_wire=open_wire,
    )
    session.start()
    try:
        await session.ready()
        found = Bench(ups, lines[-1], session, clock)
        session.subscribe(found.note)
        yield found
    finally:
        await session.close()


async def test_an_alert_is_published_at_once() -> None:
    """Line fail and return are told by one byte, before anything is asked."""
    async with bench() as b:
        await settle()
        for mains, flag in ((False, OB), (True, OL)):
            b.line.sent.clear()
            b.updates.clear()
            b.ups.mains(mains)
            assert b.flags == {flag}
            assert b.line.sent == []
            assert b.updates[0].pushed
            await settle(200)
            # and confirmed
            assert b"Q" in b.line.sent
            assert b.flags == {flag}
            assert all(flags == {flag} for flags in b.shown[-1:])
        assert b.shown == [{OB}, {OL}]


async def test_an_alert_during_a_full_read_is_published_at_once() -> None:
    """The full read, which began before, does not take it back."""
    async with bench() as b:
        await settle()
        original = b.line.spoil

        def fail(data: bytes, request: bytes) -> bytes:
            if request == b"O":
                b.line.spoil = original
                b.ups.mains(False)
            return data

        b.line.spoil = fail
        await b.clock.advance(31)
        await settle(400)
        assert b.shown == [{OB}]


async def test_mains_that_flaps_faster_than_it_can_be_read() -> None:
    """No two full reads are alike then; each change is told, and the UPS stays available."""
    async with bench() as b:
        await settle()

        def flap(data: bytes, request: bytes) -> bytes:
            if request == b"O":
                b.ups.mains(not b.ups.power.mains)
            return data

        b.line.spoil = flap
        for _ in range(15):
            await b.clock.advance(STATUS_INTERVAL)
            await settle(400)
        assert b.session.available
        assert len(b.shown) > 10
        b.line.spoil = lambda data, request: data
        b.ups.mains(True)
        await b.clock.advance(5)
        await settle(400)
        assert b.flags == {OL}
        assert b.session.error is None


async def test_a_false_alert_is_taken_back() -> None:
    """Noise that looks like an alert lasts no longer than it takes to ask."""
    async with bench() as b:
        await settle()
        for noise in (b"!", b"%", b"#"):
            b.ups.send(noise, b"")
            assert b.flags != {OL}
            await settle(200)
            assert b.flags == {OL}


async def test_overload_shows_at_once() -> None:
    """``?`` is of many conditions: the registers tell which."""
    async with bench() as b:
        await settle()
        b.ups.set("register3", 0x02)
        await settle(300)
        assert b.session.snapshot is not None
        (alarm,) = b.session.snapshot.status.alarms
        assert "overload" in alarm.text
        assert b.flags == {OL}


@pytest.mark.parametrize("position", range(4))
async def test_one_changed_byte_changes_nothing(position: int) -> None:
    """Any byte of a status reply becomes any other, once: no changed flag is published."""
    async with bench() as b:
        await settle()
        garbled: list[int] = []

        def garble(data: bytes, request: bytes) -> bytes:
            if request == b"Q" and garbled:
                changed = bytearray(data)
                changed[position] = garbled.pop()
                return bytes(changed)
            return data

        b.line.spoil = garble
        for value in range(256):
            if value in b"!$%+?=#&|*":
                # an alert, which is no garbled byte to anybody
                continue
            garbled.append(value)
            await b.clock.advance(STATUS_INTERVAL, step=STATUS_INTERVAL)
            await settle(60)
            assert not garbled
        assert b.shown == []
        assert b.session.available


@pytest.mark.parametrize("fault", ["cut", "doubled", "missing", "joined", "late"])
@pytest.mark.parametrize("request_", [b"Q", b"8", b"~", b"G", b"f", b"u", b"c"])
async def test_one_faulty_reply_changes_nothing(fault: str, request_: bytes) -> None:
    """Cut short, said twice, lost, run into the next: nothing of it is told."""
    async with bench("matrix") as b:
        await settle()
        before = b.session.snapshot
        late: list[bytes] = []
        done: list[bytes] = []

        def spoil(data: bytes, request: bytes) -> bytes:
            if late:
                return late.pop() + data
            if request != request_ or done:
                return data
            done.append(data)
            match fault:
                case "cut":
                    return data[:-3]
                case "doubled":
                    return data * 2
                case "joined":
                    return data[:-2] + data
                case "late":
                    late.append(data)
            return b""

        b.line.spoil = spoil
        b.ups.alert("|")
        for _ in range(20):
            await b.clock.advance(STATUS_INTERVAL, step=STATUS_INTERVAL)
            await settle(400)
        assert done
        assert b.shown == []
        after = b.session.snapshot
        assert before is not None
        assert after is not None
        assert after.status == before.status
        assert after.variables == before.variables
        assert b.session.available


async def test_link_lost_and_back() -> None:
    """Told once, found again, and the state is the present one."""
    async with bench() as b:
        await settle()
        b.line.lost = True
        await b.clock.advance(3)
        assert b.is_lost()
        await b.clock.advance(8)
        await settle(500)
        assert not b.is_lost()
        assert sum(AVAILABLE in update.changed for update in b.updates) == 2
        b.ups.mains(False)
        assert b.flags == {OB}


async def test_another_unit_is_not_taken_for_this_one() -> None:
    async with bench() as b:
        await settle()
        b.ups.fix("n", "XX0000000001")
        b.line.lost = True
        await b.clock.advance(8)
        await settle(500)
        assert not b.session.available
        assert isinstance(b.session.error, NotThisUps)


# any order of replies, alerts and time-outs


@dataclass
class Fault:
    """What becomes of the next things that the unit says."""

    kind: str = "none"
    left: int = 0

    def __call__(self, data: bytes, request: bytes) -> bytes:
        """Spoil what the unit sends."""
        if not self.left or self.kind == "none":
            return data
        is_alert = not request
        if is_alert is not (self.kind in {"no alerts", "alert twice"}):
            return data
        self.left -= 1
        match self.kind:
            case "no alerts" | "silence":
                return b""
            case "alert twice":
                return data * 2
            case "cut":
                return data[: len(data) // 2]
            case "doubled":
                return data * 2
            case "garbled":
                return b"\xff" + data[1:]
            case _:
                return b"NA\r\n"


actions = st.one_of(
    st.tuples(st.just("mains"), st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from([0.5, 2.0, 5.0, 31.0])),
    st.tuples(st.just("turns"), st.integers(0, 25)),
    st.tuples(
        st.just("fault"),
        st.tuples(
            st.sampled_from(
                ["no alerts", "alert twice", "silence", "cut", "doubled", "garbled", "refused"]
            ),
            st.integers(1, 4),
        ),
    ),
    st.tuples(st.just("alert"), st.sampled_from("!$%+?=#|")),
    st.tuples(st.just("order"), st.sampled_from(["test.battery.start", "test.failure.start"])),
)


def on_battery_with(fault: str) -> list[tuple[str, Any]]:
    """Return an outage in which the line does something again and again."""
    spoiled = [("fault", (fault, 4)), ("wait", 5.0)]
    return [("mains", False), ("wait", 5.0), *spoiled, *spoiled]


@given(st.lists(actions, min_size=1, max_size=25))
@example(on_battery_with("silence"))
@example(on_battery_with("cut"))
@example(on_battery_with("doubled"))
@example(on_battery_with("garbled"))
@example(on_battery_with("refused"))
@example([("mains", False), ("alert", "$"), ("wait", 2.0), ("alert", "$")])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_order_of_events_ends_in_the_truth(steps: list[tuple[str, Any]]) -> None:
    """On battery is never shown as on line for longer than an interval and a confirmed reply.

    What the line spoils starts the time anew: a unit that does not answer cannot be shown.
    """
    asyncio.run(_live_through(steps))


async def _live_through(steps: list[tuple[str, Any]]) -> None:
    async with bench("smart-ups", full_load_runtime=100000.0) as b:
        fault = Fault()
        b.line.spoil = fault
        await settle()

        async def wait(seconds: float) -> None:
            end = b.clock.time + seconds
            wrong = 0.0
            while b.clock.time < end:
                b.ups.clock.advance(0.25)
                b.ups.catch_up()
                await b.clock.advance(0.25)
                await settle(250)
                if not b.ups.on_battery:
                    b.on_line_at = b.clock.time
                is_wrong = b.session.available and b.ups.on_battery and OL in b.flags
                wrong = wrong + 0.25 if is_wrong and not fault.left else 0
                assert wrong <= STATUS_INTERVAL + 0.25

        async def be_true() -> None:
            """See that the truth is there an interval, and a reply that is confirmed, later."""
            fault.left = 0
            if not b.session.available:
                return
            await wait(STATUS_INTERVAL + 0.25)
            if not b.session.available or fault.left:
                return
            is_on_battery = b.ups.on_battery
            assert (OL in b.flags) is not is_on_battery, (b.flags, is_on_battery)
            assert (OB in b.flags) is is_on_battery

        for action, argument in steps:
            match action:
                case "mains":
                    if not b.ups.on_battery:
                        b.on_line_at = b.clock.time
                    b.ups.mains(argument)
                case "wait":
                    await wait(argument)
                case "turns":
                    await settle(argument)
                case "fault":
                    fault.kind, fault.left = argument
                case "alert":
                    b.ups.send(argument.encode(), b"")
                case "order":
                    # refused on battery, or spoiled: that is not what is looked at here
                    with suppress(UpsError):
                        await b.session.run(argument)
            if action in {"mains", "alert"}:
                await be_true()
            assert not b.lies
        await be_true()
        assert not b.lies
