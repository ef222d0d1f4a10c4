"""The session: tiers, doubt, loss and return, on a clock that the test moves."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from .fakes import ON_BATTERY, ON_LINE, FakeUps, settle
from custom_components.ups_protocols.ups.errors import (
    BadReply,
    LinkLost,
    NoReply,
    NotThisUps,
    UpsGone,
)
from custom_components.ups_protocols.ups.model import (
    Alarm,
    Event,
    Flags,
    Identity,
    Reread,
    Status,
    StatusFlag,
    Tier,
    Values,
)
from custom_components.ups_protocols.ups.session import (
    ALARM,
    AVAILABLE,
    STATUS,
    Session,
    Update,
    describe,
)

BOOST = Status(flags=frozenset({StatusFlag.ON_LINE, StatusFlag.BOOSTING}))


@pytest.fixture
def ups() -> FakeUps:
    """A UPS that answers."""
    return FakeUps()


@pytest.fixture
async def session(ups: FakeUps) -> AsyncGenerator[Session]:
    """A session that has just begun with it."""
    session = ups.session()
    session.start()
    await session.ready()
    yield session
    await session.close()


def available(session: Session) -> bool:
    """Tell whether the UPS is available now."""
    return session.available


def heard(session: Session) -> list[Update]:
    """Return the list that all updates from now on go to."""
    updates: list[Update] = []
    session.subscribe(updates.append)
    return updates


async def test_first_snapshot_needs_two_equal_reads(ups: FakeUps) -> None:
    """What a garbled first reply says is never published."""
    ups.next_statuses = [ON_BATTERY]
    session = ups.session()
    updates = heard(session)
    session.start()
    snapshot = await session.ready()
    assert snapshot.status == ON_LINE
    assert len(ups.full_reads) == 3
    assert [update.changed for update in updates] == [{"input.voltage", STATUS, ALARM, AVAILABLE}]
    await session.close()


async def test_clock_does_not_drift(ups: FakeUps, session: Session) -> None:
    """100 status reads at 1 s take 99 s to 101 s."""
    ups.status_reads.clear()
    await ups.clock.advance(105)
    reads = ups.status_reads[:101]
    assert 99 <= reads[100] - reads[0] <= 101


async def test_late_tick_skips_what_it_missed(ups: FakeUps, session: Session) -> None:
    """After a stall the reads go on in step, without a burst."""
    ups.status_reads.clear()
    ups.clock.time += 7.3
    await ups.clock.advance(1)
    assert len(ups.status_reads) == 2


async def test_tiers(ups: FakeUps, session: Session) -> None:
    """Analogue values move on the full tier alone; nothing is told while nothing changes."""
    updates = heard(session)
    ups.values["input.voltage"] = 231.0
    await ups.clock.advance(29)
    assert updates == []
    await ups.clock.advance(2)
    assert [update.changed for update in updates] == [{"input.voltage"}]


async def test_change_is_published_after_second_equal_read(ups: FakeUps, session: Session) -> None:
    """A change of flags is confirmed at once and brings a full read."""
    updates = heard(session)
    ups.status = ON_BATTERY
    ups.values["input.voltage"] = 0.0
    ups.status_reads.clear()
    await ups.clock.advance(1)
    assert ups.status_reads[0] == ups.status_reads[1]
    assert updates[0].changed == {STATUS}
    assert updates[1].changed == {"input.voltage"}
    assert session.snapshot is not None
    assert session.snapshot.status.mains is False


@pytest.mark.parametrize("said", [ON_BATTERY, BadReply("garbage")])
async def test_one_bad_reply_changes_nothing(
    ups: FakeUps, session: Session, said: Status | BadReply
) -> None:
    """A single wrong status, or a single garbled frame, is neither told nor counted."""
    updates = heard(session)
    ups.next_statuses = [said]
    await ups.clock.advance(3)
    assert updates == []
    assert session.error is None


async def test_contradictions_change_nothing(ups: FakeUps, session: Session) -> None:
    """Reads that all differ leave the state as it is."""
    updates = heard(session)
    ups.next_statuses = [ON_BATTERY, BOOST, ON_BATTERY, BOOST]
    await ups.clock.advance(1)
    assert updates == []
    ups.next_statuses = []
    await ups.clock.advance(1)
    assert updates == []


async def test_checked_protocols_are_believed(ups: FakeUps) -> None:
    """With a check value one read is enough."""
    session = ups.session(checked=True)
    session.start()
    await session.ready()
    assert len(ups.full_reads) == 1
    ups.status = ON_BATTERY
    ups.status_reads.clear()
    await ups.clock.advance(1)
    assert len(ups.status_reads) == 1
    assert session.snapshot is not None
    assert session.snapshot.status == ON_BATTERY
    await session.close()


async def test_alarm_alone_is_a_change(ups: FakeUps, session: Session) -> None:
    """An alarm is told under its own name."""
    updates = heard(session)
    ups.status = Status(flags=ON_LINE.flags, alarms=(Alarm("Fan"),))
    await ups.clock.advance(1)
    assert updates[0].changed == {ALARM}


async def test_silence_makes_unavailable_after_three_reads_and_ten_seconds(
    ups: FakeUps, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither three failures nor ten seconds alone are enough; the log says it once."""
    updates = heard(session)
    ups.failure = NoReply("nothing")
    await ups.clock.advance(9)
    assert available(session)
    await ups.clock.advance(2)
    assert not available(session)
    assert [update.changed for update in updates] == [{AVAILABLE}]
    await ups.clock.advance(120)
    assert caplog.text.count("is not available") == 1
    ups.failure = None
    await ups.clock.advance(31)
    assert available(session)
    assert caplog.text.count("is not available") == 1


@pytest.mark.parametrize("error", [LinkLost("unplugged"), UpsGone("card alone")])
async def test_lost_link_is_unavailable_at_once(
    ups: FakeUps, session: Session, error: LinkLost | UpsGone
) -> None:
    """The entities must not show what nobody measures."""
    ups.failure = error
    await ups.clock.advance(1)
    assert not available(session)
    assert isinstance(session.error, type(error))
    assert ups.links[0].closed


async def test_lost_link_during_full_read(ups: FakeUps, session: Session) -> None:
    """A link that goes in the middle of a full read ends the session's turn at once."""
    ups.full_read_gate = asyncio.Event()
    session._soon(Tier.FULL)
    await settle()
    ups.failure = LinkLost("unplugged")
    ups.full_read_gate.set()
    await ups.clock.advance(1)
    assert not available(session)


async def test_back_off(ups: FakeUps, session: Session) -> None:
    """Reopening waits 1, 2, 4 ... 30 s, for ever."""
    ups.opens.clear()
    ups.failure = LinkLost("unplugged")
    ups.open_failure = LinkLost("no port")
    lost_at = ups.clock.now() + 1
    await ups.clock.advance(160)
    assert ups.opens[0] - lost_at == 1
    waits = [later - sooner for sooner, later in zip(ups.opens, ups.opens[1:], strict=False)]
    assert waits[:7] == [2, 4, 8, 16, 30, 30, 30]


async def test_plugged_in_wakes_at_once(ups: FakeUps, session: Session) -> None:
    """A plug-in event cuts the wait short."""
    ups.failure = ups.open_failure = LinkLost("unplugged")
    await ups.clock.advance(100)
    ups.failure = ups.open_failure = None
    session.plugged_in()
    await settle()
    assert available(session)


async def test_other_unit_is_refused(ups: FakeUps, session: Session) -> None:
    """After a reconnect the same unit must answer."""
    ups.failure = LinkLost("unplugged")
    await ups.clock.advance(1)
    ups.failure = None
    ups.identity = Identity(manufacturer="Fake", model="One", serial="F2")
    await ups.clock.advance(10)
    assert not available(session)
    assert isinstance(session.error, NotThisUps)
    assert "F2" in str(session.error)
    ups.identity = Identity(manufacturer="Fake", model="One", serial="F1")
    await ups.clock.advance(31)
    assert available(session)


async def test_first_failure_is_raised(ups: FakeUps) -> None:
    """Who waits for the first snapshot hears why there is none."""
    ups.open_failure = NoReply("nothing")
    session = ups.session()
    session.start()
    with pytest.raises(NoReply, match="nothing"):
        await session.ready()
    await session.close()


async def test_defect_in_a_driver_is_survived(
    ups: FakeUps, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception that is no UpsError makes the UPS unavailable and is tried again."""
    ups.failure = ZeroDivisionError()  # type: ignore[assignment]
    await ups.clock.advance(1)
    assert not available(session)
    assert "Unexpected failure" in caplog.text
    ups.failure = None
    await ups.clock.advance(5)
    assert available(session)


async def test_status_slips_into_a_full_read(ups: FakeUps, session: Session) -> None:
    """A slow full read does not keep a power failure waiting, and does not undo it."""
    ups.full_read_gate = asyncio.Event()
    await ups.clock.advance(30)
    ups.status = ON_BATTERY
    await ups.clock.advance(1)
    assert session.snapshot is not None
    assert session.snapshot.status == ON_BATTERY
    ups.full_read_gate.set()
    await settle()
    assert session.snapshot.status == ON_BATTERY


async def test_full_read_that_fails_keeps_the_values(ups: FakeUps, session: Session) -> None:
    """The status tier alone decides about availability."""
    before = session.snapshot
    ups.next_statuses = [NoReply("x")]
    session._soon(Tier.FULL)
    await settle()
    assert available(session)
    assert session.snapshot == before


async def test_values_that_are_too_old_are_not_shown(ups: FakeUps, session: Session) -> None:
    """Where the status answers and the rest does not, three full reads are the patience."""
    ups.full_read_failure = NoReply("x")
    await ups.clock.advance(89)
    assert available(session)
    await ups.clock.advance(2)
    assert not available(session)


async def test_command_brings_a_full_read_and_makes_busy(ups: FakeUps, session: Session) -> None:
    """A declared long command is not taken for a dead UPS."""
    ups.full_reads.clear()
    outcome = await session.run("test.battery.start", duration=60)
    assert outcome.parameters == {"duration": 60}
    ups.failure = NoReply("busy")
    await ups.clock.advance(15)
    assert ups.full_reads
    assert available(session)
    await ups.clock.advance(20)
    assert not available(session)


async def test_written_setting_is_told_at_once(ups: FakeUps, session: Session) -> None:
    """The value in force is published before the next full read."""
    updates = heard(session)
    assert await session.write("ups.delay.shutdown", 30.0) == 30
    assert updates[0].changed == {"ups.delay.shutdown"}


async def test_commands_need_an_open_ups(ups: FakeUps, session: Session) -> None:
    """What cannot be sent raises why."""
    ups.failure = LinkLost("unplugged")
    await ups.clock.advance(1)
    with pytest.raises(LinkLost, match="unplugged"):
        await session.run("test.battery.start")


async def test_push_during_a_status_read_is_newer_than_its_answer(ups: FakeUps) -> None:
    session = ups.session(checked=True)
    session.start()
    await session.ready()
    seen: list[bool] = []

    def fail_once() -> None:
        ups.during_status_read = lambda: None
        ups.push(Flags(frozenset({StatusFlag.ON_BATTERY}), frozenset({StatusFlag.ON_LINE})))
        ups.status = ON_BATTERY

    session.subscribe(lambda update: seen.append(StatusFlag.ON_BATTERY in flags(session)))
    ups.during_status_read = fail_once
    await ups.clock.advance(1.25)
    assert seen
    assert all(seen)
    assert len(ups.status_reads) == 2
    await session.close()


def flags(session: Session) -> frozenset[StatusFlag]:
    """Return what is published."""
    assert session.snapshot is not None
    return session.snapshot.status.flags


async def test_pushes(ups: FakeUps, session: Session) -> None:
    """What the UPS tells by itself is published at once, marked, and followed by a read."""
    updates = heard(session)
    ups.status = ON_BATTERY
    ups.push(Flags(frozenset({StatusFlag.ON_BATTERY}), frozenset({StatusFlag.ON_LINE})))
    assert updates[0] == Update(changed=frozenset({STATUS}), pushed=True)
    ups.push(Values({"battery.charge": 99.0}))
    assert updates[1] == Update(changed=frozenset({"battery.charge"}), pushed=True)
    ups.push(Event("test_done"))
    assert updates[2].event == "test_done"
    ups.status_reads.clear()
    ups.push(Reread(Tier.STATUS))
    await settle()
    assert ups.status_reads


async def test_listener_that_fails_hurts_nobody(
    ups: FakeUps, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    """Others still hear, and the session lives."""

    def fail(update: Update) -> None:
        raise ZeroDivisionError

    session.subscribe(fail)
    updates = heard(session)
    ups.status = ON_BATTERY
    await ups.clock.advance(1)
    assert updates
    assert "A listener" in caplog.text


async def test_close_ends_everything(ups: FakeUps) -> None:
    """No task and no link stay behind, whenever it is closed."""
    for gate in (None, asyncio.Event()):
        ups.full_read_gate = None
        session = ups.session()
        session.start()
        await session.ready()
        ups.full_read_gate = gate
        session._soon(Tier.FULL)
        await settle()
        await session.close()
    assert all(link.closed for link in ups.links)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize(
    ("identity", "text"),
    [
        (Identity(), "a UPS"),
        (Identity(manufacturer="Mustek", model="636", serial="A1"), "Mustek 636 (A1)"),
    ],
)
def test_describe(identity: Identity, text: str) -> None:
    """A unit's name for people."""
    assert describe(identity) == text
