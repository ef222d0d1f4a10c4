"""Flags that flap are held back until they have lasted; what is urgent never is."""

from collections.abc import AsyncGenerator

from hypothesis import given, strategies as st
import pytest

from .fakes import ON_BATTERY, ON_LINE, FakeUps, settle
from custom_components.ups_protocols.ups.errors import LinkLost, NoReply
from custom_components.ups_protocols.ups.model import Alarm, Flags, Status, StatusFlag, Values
from custom_components.ups_protocols.ups.session import AVAILABLE, STATUS, Session, Update
from custom_components.ups_protocols.ups.steady import AT_ONCE, Steady

HOLD = 5.0
OL, OB = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY
LB, OVER = StatusFlag.LOW_BATTERY, StatusFlag.OVERLOADED
BOOST, CHRG = StatusFlag.BOOSTING, StatusFlag.CHARGING
TEST, CAL = StatusFlag.TESTING, StatusFlag.CALIBRATING
FSD, OFF = StatusFlag.FORCED_SHUTDOWN, StatusFlag.OFF


def says(*flags: StatusFlag, input_present: bool | None = None) -> Status:
    """Return a status with these flags."""
    return Status(flags=frozenset(flags), input_present=input_present)


def told(*story: tuple[float, Status]) -> list[frozenset[StatusFlag]]:
    """Return what is told at each moment of a story of seconds and statuses."""
    steady = Steady(HOLD)
    return [steady.settle(status, when).flags for when, status in story]


def test_a_change_is_told_after_it_has_lasted() -> None:
    assert told((0, says(OL)), (1, says(OB)), (5.9, says(OB)), (6, says(OB))) == [
        {OL},
        {OL},
        {OL},
        {OB},
    ]


def test_a_flag_that_flaps_begins_to_wait_anew() -> None:
    story = [(second, says(*((OL, BOOST) if second % 4 else (OL,)))) for second in range(60)]
    assert told(*story) == [{OL}] * 60


def test_flags_wait_apart() -> None:
    """A flag that flaps all the time holds up no other."""
    story = [(second, says(*((OB, CHRG) if second % 2 else (OB,)))) for second in range(1, 8)]
    assert told((0, says(OL)), *story)[-3:] == [{OL}, {OB}, {OB}]


def test_power_flags_change_together() -> None:
    """Never is there a moment that is neither, both, or a loss of mains that was a test."""
    story = [
        (0, says(OL)),
        (1, says(OB, TEST)),
        (11, says(OB)),
        (12, says(OL)),
        (16, says(OL)),
        (17, says(OL)),
    ]
    statuses = []
    steady = Steady(HOLD)
    for when, status in story:
        statuses.append(steady.settle(status, when))
    assert [status.flags for status in statuses] == [
        {OL},
        {OB, TEST},
        {OB, TEST},
        {OB, TEST},
        {OB, TEST},
        {OL},
    ]
    assert all(status.mains for status in statuses)


@pytest.mark.parametrize("flag", [TEST, CAL])
def test_a_test_begins_at_once(flag: StatusFlag) -> None:
    assert told((0, says(OL)), (1, says(OL, flag)))[-1] == {OL, flag}


def test_what_the_device_says_of_its_input_waits_with_the_flags() -> None:
    """During a test the input alone decides; it may flap as well."""
    steady = Steady(HOLD)
    steady.settle(says(OB, TEST, input_present=True), 0)
    gone = says(OB, TEST, input_present=False)
    assert steady.settle(gone, 1).mains is True
    assert steady.settle(gone, 6).mains is False


@pytest.mark.parametrize("flag", sorted(AT_ONCE))
def test_these_never_wait(flag: StatusFlag) -> None:
    assert told((0, says(OL)), (1, says(OL, flag)), (2, says(OL))) == [{OL}, {OL, flag}, {OL}]


@pytest.mark.parametrize("flag", [LB, FSD])
def test_what_is_urgent_brings_everything_with_it(flag: StatusFlag) -> None:
    assert told((0, says(OL)), (1, says(OB, BOOST)), (2, says(OB, BOOST, flag))) == [
        {OL},
        {OL},
        {OB, BOOST, flag},
    ]


@pytest.mark.parametrize("flag", [OVER, OFF])
def test_what_is_not_urgent_brings_nothing_with_it(flag: StatusFlag) -> None:
    assert told((0, says(OL)), (1, says(OB)), (2, says(OB, flag)))[-1] == {OL, flag}


def test_silence_of_the_flags_is_told() -> None:
    """Where a UPS says nothing of its state any more, the old one would be a guess."""
    assert told((0, says(OL)), (1, says()), (2, says(OB))) == [{OL}, set(), {OB}]


def test_alarms_do_not_wait() -> None:
    steady = Steady(HOLD)
    steady.settle(says(OL), 0)
    alarm = Alarm("Fan failed")
    status = steady.settle(Status(flags=frozenset({OB}), alarms=(alarm,)), 1)
    assert status == Status(flags=frozenset({OL}), alarms=(alarm,))


def test_reset_tells_what_is() -> None:
    steady = Steady(HOLD)
    steady.settle(says(OL), 0)
    steady.settle(says(OB), 1)
    steady.reset()
    assert steady.settle(says(OB), 2) == says(OB)
    assert steady.due is None


def test_due_is_when_the_first_change_has_lasted() -> None:
    steady = Steady(HOLD)
    story = [
        (0, says(OL), None),
        (1, says(OL, BOOST), 6),
        (3, says(OB, BOOST), 6),
        (4, says(OB), 8),
        (5, says(OL), None),
    ]
    for when, status, due in story:
        steady.settle(status, when)
        assert steady.due == due


FLAGS = st.frozensets(st.sampled_from(StatusFlag)).map(lambda flags: Status(flags=flags))
STORIES = st.lists(st.tuples(st.floats(0, 20), FLAGS), min_size=1)


@given(STORIES)
def test_without_a_hold_all_is_told(story: list[tuple[float, Status]]) -> None:
    steady = Steady(0)
    now = 0.0
    for pause, status in story:
        now += pause
        assert steady.settle(status, now) == status
        assert steady.due is None


@given(STORIES)
def test_what_lasts_is_told_and_what_is_urgent_at_once(story: list[tuple[float, Status]]) -> None:
    steady = Steady(HOLD)
    now = 0.0
    for pause, status in story:
        now += pause
        shown = steady.settle(status, now)
        assert shown.flags & AT_ONCE == status.flags & AT_ONCE
        assert (steady.due is None) == (shown == status)
    due = steady.due
    assert due is None or due <= now + HOLD
    assert steady.settle(status, now + HOLD) == status
    assert steady.due is None


# in a session


@pytest.fixture
def ups() -> FakeUps:
    """A UPS that answers."""
    return FakeUps()


@pytest.fixture
async def session(ups: FakeUps) -> AsyncGenerator[Session]:
    """A session that holds changes back for 5 s and reads every 2 s."""
    session = ups.session(checked=True, status=2, debounce=HOLD)
    session.start()
    await session.ready()
    yield session
    await session.close()


def heard(session: Session) -> list[Update]:
    """Return the list that all updates from now on go to."""
    updates: list[Update] = []
    session.subscribe(updates.append)
    return updates


def mains(session: Session) -> bool | None:
    """Return what is told of the mains."""
    assert session.snapshot is not None
    return session.snapshot.status.mains


def mains_read(session: Session) -> bool | None:
    """Return what was read of the mains last."""
    assert session.newest is not None
    return session.newest.status.mains


async def test_blip_is_not_told(ups: FakeUps, session: Session) -> None:
    """Four seconds on battery: nothing is told, though it was read."""
    updates = heard(session)
    ups.status = ON_BATTERY
    await ups.clock.advance(4)
    assert mains_read(session) is False
    ups.status = ON_LINE
    await ups.clock.advance(20)
    assert updates == []


async def test_loss_that_lasts_is_told_when_it_has(ups: FakeUps, session: Session) -> None:
    """It is read once more at the very moment, and that brings a full read."""
    updates = heard(session)
    ups.status = ON_BATTERY
    await ups.clock.advance(2)
    begin = ups.status_reads[-1]
    await ups.clock.advance(4.75)
    assert updates == []
    full_reads = len(ups.full_reads)
    await ups.clock.advance(0.25)
    assert ups.status_reads[-1] == begin + HOLD
    assert [update.changed for update in updates] == [{STATUS}]
    assert mains(session) is False
    assert len(ups.full_reads) == full_reads + 1


async def test_other_values_go_on_while_a_flag_is_held_back(ups: FakeUps, session: Session) -> None:
    """Pushed, written and read values come with the old flags, and bring no new ones."""
    ups.push(Flags(set=frozenset({OB}), cleared=frozenset({OL})))
    ups.push(Values({"ups.load": 55.0}))
    await session.write("ups.delay.shutdown", 30.0)
    assert mains(session) is True
    assert mains_read(session) is False
    assert session.snapshot is not None
    assert session.snapshot.variables["ups.load"] == 55.0
    assert session.snapshot.variables["ups.delay.shutdown"] == 30.0
    updates = heard(session)
    ups.push(Flags(set=frozenset({OL}), cleared=frozenset({OB})))
    assert updates == []
    assert mains_read(session) is True


async def test_low_battery_does_not_wait(ups: FakeUps, session: Session) -> None:
    """Nor does that it is on battery, once that is so."""
    ups.status = ON_BATTERY
    await ups.clock.advance(2)
    assert mains(session) is True
    ups.push(Flags(set=frozenset({LB})))
    assert mains(session) is False


async def test_unavailable_does_not_wait(ups: FakeUps, session: Session) -> None:
    """A lost link is told at once, and after it what the UPS then is."""
    updates = heard(session)
    ups.failure = LinkLost("hung up")
    await ups.clock.advance(2)
    assert [update.changed for update in updates] == [{AVAILABLE}]
    ups.failure = None
    ups.status = ON_BATTERY
    await ups.clock.advance(2)
    assert session.available
    assert mains(session) is False


async def test_failed_read_at_the_moment_is_not_repeated_at_once(
    ups: FakeUps, session: Session
) -> None:
    """The change is told with the next read that succeeds."""
    ups.status = ON_BATTERY
    await ups.clock.advance(4)
    ups.failure = NoReply("silence")
    reads = len(ups.status_reads)
    await ups.clock.advance(3)
    assert len(ups.status_reads) - reads <= 3
    assert mains(session) is True
    ups.failure = None
    await ups.clock.advance(2)
    assert mains(session) is False


async def test_doubt_is_about_what_was_read(ups: FakeUps) -> None:
    """Without a check value a change is read twice, once: not again while it is held back."""
    session = ups.session(status=2, debounce=HOLD)
    session.start()
    await session.ready()
    ups.status = ON_BATTERY
    ups.status_reads.clear()
    await ups.clock.advance(4)
    assert len(ups.status_reads) == 3
    assert mains(session) is True
    await session.close()


async def test_full_reads_are_told_whether_anything_changed(ups: FakeUps) -> None:
    """Who counts needs to know that a value is still the same, and when that was read."""
    session = ups.session(checked=True)
    reads: list[tuple[object, float]] = []

    def fails(*read: object) -> None:
        raise ValueError("a defect of who listens")

    session.on_full_read(fails)
    stop = session.on_full_read(
        lambda snapshot, now: reads.append((snapshot.variables["input.voltage"], now))
    )
    session.start()
    await session.ready()
    await ups.clock.advance(61)
    assert reads == [(230.0, 100.0), (230.0, 130.0), (230.0, 160.0)]
    ups.full_read_failure = NoReply("silence")
    await ups.clock.advance(30)
    assert len(reads) == 3
    stop()
    ups.full_read_failure = None
    await ups.clock.advance(30)
    await settle()
    assert len(reads) == 3
    await session.close()
