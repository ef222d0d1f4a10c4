"""What happens to the power of a unit, each fact told once, over restarts as well."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from .keys import slug
from .outages import CHARGE, LOADS, RUNTIME, Outages, Turn, first_number
from .self_tests import RESULT
from .storage import UnitStore
from .ups.model import Snapshot, StatusFlag, Value
from .ups.names import TestResult
from .ups.session import AVAILABLE, Session, Update


class PowerEventType(StrEnum):
    """The kinds of events."""

    POWER_LOST = "power_lost"
    POWER_RESTORED = "power_restored"
    LOW_BATTERY = "low_battery"
    OVERLOAD = "overload"
    TEST_PASSED = "test_passed"
    TEST_FAILED = "test_failed"
    COMMUNICATION_LOST = "communication_lost"
    COMMUNICATION_RESTORED = "communication_restored"


@dataclass(frozen=True, slots=True)
class PowerEvent:
    """Something that happened; what is not known of it is left out."""

    type: PowerEventType
    attributes: Mapping[str, float | str | bool]


# the types that a flag tells by coming up
_BY_FLAG: Final = {
    StatusFlag.LOW_BATTERY: PowerEventType.LOW_BATTERY,
    StatusFlag.OVERLOADED: PowerEventType.OVERLOAD,
}
# the words that a test ends with; one that was aborted tells nothing of the battery
_BY_RESULT: Final = {
    TestResult.PASSED: PowerEventType.TEST_PASSED,
    TestResult.WARNING: PowerEventType.TEST_PASSED,
    TestResult.ERROR: PowerEventType.TEST_FAILED,
}
# what a driver may push
_BY_PUSH: Final = {
    "on_battery": PowerEventType.POWER_LOST,
    "utility_failed": PowerEventType.POWER_LOST,
    "power_restored": PowerEventType.POWER_RESTORED,
    "utility_restored": PowerEventType.POWER_RESTORED,
    "low_battery": PowerEventType.LOW_BATTERY,
    "overload": PowerEventType.OVERLOAD,
    "test_passed": PowerEventType.TEST_PASSED,
    "test_failed": PowerEventType.TEST_FAILED,
}
# pushes that make the next one of a type a new fact
_CLEARED_BY_PUSH: Final = {
    "on_battery": (PowerEventType.POWER_RESTORED,),
    "utility_failed": (PowerEventType.POWER_RESTORED,),
    "power_restored": (PowerEventType.POWER_LOST, PowerEventType.LOW_BATTERY),
    "utility_restored": (PowerEventType.POWER_LOST, PowerEventType.LOW_BATTERY),
    "low_battery_cleared": (PowerEventType.LOW_BATTERY,),
    "overload_cleared": (PowerEventType.OVERLOAD,),
    "test_started": (PowerEventType.TEST_PASSED, PowerEventType.TEST_FAILED),
}
# a unit that can tell the flag tells the same by its state, which a push only has read sooner
_TOLD_BY_FLAG: Final = {
    PowerEventType.POWER_LOST: StatusFlag.ON_BATTERY,
    PowerEventType.POWER_RESTORED: StatusFlag.ON_BATTERY,
    PowerEventType.LOW_BATTERY: StatusFlag.LOW_BATTERY,
    PowerEventType.OVERLOAD: StatusFlag.OVERLOADED,
}
_REPEATED: Final = timedelta(minutes=1)
"""A push that comes again within this time is the same fact, sent once more."""
_MOST_WAITING: Final = 20


class PowerEvents:
    """Makes events of what a session tells, and hands them to one listener.

    Nothing is handed over before ``release``: until then events wait.
    """

    def __init__(self, store: UnitStore) -> None:
        """Go on with what was told before Home Assistant was started."""
        self.outages = Outages(store.known.outages)
        self._store = store
        self._kept = store.known.kept
        self._pushed: dict[PowerEventType, datetime] = {}
        self._waiting: deque[PowerEvent] = deque(maxlen=_MOST_WAITING)
        self._listener: Callable[[PowerEvent], None] | None = None
        self._released = False

    # what an entity calls

    def listen(self, listener: Callable[[PowerEvent], None]) -> Callable[[], None]:
        """Have events handed over; the function that is returned ends it."""
        self._listener = listener

        def stop() -> None:
            self._listener = None

        return stop

    def release(self) -> None:
        """Hand over what waits, and from now on everything at once."""
        self._released = True
        while self._waiting:
            self._hand_over(self._waiting.popleft())

    # what the coordinator calls

    def updated(
        self, session: Session, update: Update, flags: frozenset[StatusFlag], now: datetime
    ) -> Turn | None:
        """Take what a session tells of a unit that can tell these flags.

        Returns what the mains turned out to have done.
        """
        snapshot = session.snapshot
        if not session.available or snapshot is None:
            self.outages.lost()
            if AVAILABLE in update.changed:
                self._silent(session, snapshot, now)
            return None
        variables, status = snapshot.variables, snapshot.status
        if AVAILABLE in update.changed:
            self._heard_again(now)
        turn = self.outages.saw(status.mains, variables, now)
        last = self.outages.record.last
        if turn is Turn.LOST and last is not None:
            self._tell(
                PowerEventType.POWER_LOST,
                _battery(variables) | _if_estimated(last.start_is_estimated),
            )
        elif turn is Turn.RESTORED and last is not None:
            self._tell(
                PowerEventType.POWER_RESTORED,
                _present(
                    duration=self.outages.length,
                    lowest_charge=last.lowest_charge,
                    reason=self.outages.reason,
                )
                | _battery(variables)
                | _if_estimated(last.start_is_estimated or last.end_is_estimated),
            )
        if status.flags:
            up = [flag for flag in _BY_FLAG if flag in status.flags]
            for flag in up:
                if flag not in self._kept.flags_told:
                    self._tell(_BY_FLAG[flag], _battery(variables))
            if up != self._kept.flags_told:
                self._kept.flags_told = [str(flag) for flag in up]
                self._store.save_soon()
        if update.event is not None:
            self._was_pushed(update.event, snapshot, flags, now)
        self._save()
        return turn

    def read(self, snapshot: Snapshot, now: datetime) -> bool:
        """Take a full read; tell whether what is known of the last outage changed by it."""
        changed = self.outages.read(snapshot.variables, now)
        self._save()
        return changed

    def test_ended(self, snapshot: Snapshot) -> None:
        """Take that the last test is another than before."""
        result = self._kept.last_test_result
        if result is not None and (kind := _BY_RESULT.get(TestResult(result))) is not None:
            self._tell(kind, {"result": slug(result)} | _battery(snapshot.variables))

    # the rest

    def _silent(self, session: Session, snapshot: Snapshot | None, now: datetime) -> None:
        self._kept.silent_since = now.isoformat()
        error = None if session.error is None else slug(session.error.kind)
        self._tell(
            PowerEventType.COMMUNICATION_LOST,
            _present(error=error) | _battery({} if snapshot is None else snapshot.variables),
        )

    def _heard_again(self, now: datetime) -> None:
        """Tell that a unit is back whose silence was told."""
        since, self._kept.silent_since = self._kept.silent_since, None
        if since is None:
            return
        silence = (now - datetime.fromisoformat(since)).total_seconds()
        self._tell(
            PowerEventType.COMMUNICATION_RESTORED,
            _present(duration=silence if silence >= 0 else None),
        )

    def _was_pushed(
        self, name: str, snapshot: Snapshot, flags: frozenset[StatusFlag], now: datetime
    ) -> None:
        """Take what the unit told by itself, where its state does not tell the same."""
        for cleared in _CLEARED_BY_PUSH.get(name, ()):
            self._pushed.pop(cleared, None)
        kind = _BY_PUSH.get(name)
        if kind is None or _TOLD_BY_FLAG.get(kind) in flags:
            return
        if kind not in _TOLD_BY_FLAG and RESULT in self._store.known.seen:
            return
        before, self._pushed[kind] = self._pushed.get(kind), now
        if before is None or not timedelta(0) <= now - before <= _REPEATED:
            self._tell(kind, _battery(snapshot.variables))

    def _tell(self, kind: PowerEventType, attributes: Mapping[str, float | str | bool]) -> None:
        event = PowerEvent(kind, attributes)
        self._store.save_now()
        if self._released:
            self._hand_over(event)
        else:
            self._waiting.append(event)

    def _hand_over(self, event: PowerEvent) -> None:
        if self._listener is not None:
            self._listener(event)

    def _save(self) -> None:
        if self.outages.unsaved:
            self.outages.unsaved = False
            self._store.save_soon()


def _present(**values: float | str | None) -> dict[str, float | str | bool]:
    return {name: value for name, value in values.items() if value is not None}


def _battery(variables: Mapping[str, Value]) -> dict[str, float | str | bool]:
    return _present(
        charge=first_number(variables, CHARGE),
        load=first_number(variables, *LOADS),
        runtime=first_number(variables, RUNTIME),
    )


def _if_estimated(is_estimated: bool) -> dict[str, float | str | bool]:
    return {"estimated": True} if is_estimated else {}
