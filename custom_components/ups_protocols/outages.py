"""Outages of the mains: when one began and ended, why, and what it took of the battery."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from .keys import slug
from .ups.model import Value
from .ups.names import TransferReason

REASON: Final = "input.transfer.reason"
CHARGE: Final = "battery.charge"
LOADS: Final = ("ups.load", "output.load")
RUNTIME: Final = "battery.runtime"

LONGEST_STATE: Final = 255
REASON_FOLLOWS: Final = timedelta(minutes=2)
"""For how long after an outage a UPS that is read late may still tell why it was."""
# they are why the UPS ran on its battery, and no reason for an outage
_NO_REASONS: Final = frozenset({"", TransferReason.NONE, TransferReason.SELF_TEST})
REASONS: Final = {str(word): slug(word) for word in TransferReason if word not in _NO_REASONS}
"""The words that name a reason, as a UPS has them and as the state of a sensor."""


@dataclass(slots=True)
class Outage:
    """One outage; in types that JSON has, times as ISO text with a time zone."""

    start: str
    start_is_estimated: bool = False
    """Whether it began while the mains could not be seen; then the start is too late."""
    end: str | None = None
    """None while it lasts."""
    end_is_estimated: bool = False
    """Whether it ended while the mains could not be seen; then the end is too late."""
    reason: str | None = None
    """What the UPS says of it: a word of TransferReason, or any other text."""
    charge: float | None = None
    """Charge at the start, in per cent."""
    load: float | None = None
    """Load at the start, in per cent."""
    lowest_charge: float | None = None
    """In per cent."""
    out_of_reach: bool = False
    """Whether the UPS could not be asked for a part of it, or Home Assistant did not run."""


@dataclass(slots=True)
class OutageRecord:
    """What is written down of the outages of a unit."""

    count: int = 0
    """Of all outages that were ever seen, the one that lasts among them."""
    last: Outage | None = None


class Turn(Enum):
    """What may happen to the mains."""

    LOST = auto()
    RESTORED = auto()


class Outages:
    """Follows the mains of one unit by ``Status.mains``: a battery test is no outage.

    What happened while the mains could not be seen is seen when it can be again. So an outage
    that lasted when the unit was last heard is the same one when it is heard again, after a
    restart as well, and it ends at that moment at the latest.
    """

    def __init__(self, record: OutageRecord) -> None:
        """Go on with what was written down before Home Assistant was started."""
        self.record = record
        self.unsaved = False
        """Whether the record has to be written; who writes it clears this."""
        self._in_sight = False
        self._out_of_reach = True
        """Whether the unit could not be asked since the mains was last seen."""
        self.lost()

    @property
    def running(self) -> Outage | None:
        """Return the outage that lasts as far as is known."""
        last = self.record.last
        return last if last is not None and last.end is None else None

    @property
    def start(self) -> datetime | None:
        """Return when the last outage began, be it over or not."""
        last = self.record.last
        return None if last is None else datetime.fromisoformat(last.start)

    @property
    def end(self) -> datetime | None:
        """Return when the last outage ended; None while it lasts."""
        last = self.record.last
        return None if last is None or last.end is None else datetime.fromisoformat(last.end)

    @property
    def length(self) -> float | None:
        """Return for how many seconds the last outage lasted.

        None while it lasts, and where the clock was set back meanwhile: a machine without a
        battery for its clock may have had another time when it started.
        """
        start, end = self.start, self.end
        if start is None or end is None or end < start:
            return None
        return (end - start).total_seconds()

    @property
    def reason(self) -> str | None:
        """Return why the last outage was: a word as a state has it, or any other text."""
        last = self.record.last
        if last is None or last.reason is None:
            return None
        return REASONS.get(last.reason, last.reason[:LONGEST_STATE])

    def lost(self) -> None:
        """Take that the unit cannot be asked."""
        self._in_sight = False
        self._out_of_reach = True
        if (outage := self.running) is not None:
            outage.out_of_reach = True

    def saw(self, mains: bool | None, variables: Mapping[str, Value], now: datetime) -> Turn | None:
        """Take what a unit that answers tells of its mains, with the values last read.

        ``mains`` is None while it does not tell. Returns what the mains turned out to have done.
        """
        was_in_sight, self._in_sight = self._in_sight, mains is not None
        if mains is None:
            return None
        was_out_of_reach, self._out_of_reach = self._out_of_reach, False
        outage = self.running
        if outage is None:
            if mains:
                return None
            charge = first_number(variables, CHARGE)
            self.record.count += 1
            self.record.last = Outage(
                start=now.isoformat(),
                start_is_estimated=not was_in_sight,
                charge=charge,
                load=first_number(variables, *LOADS),
                lowest_charge=charge,
                out_of_reach=was_out_of_reach,
            )
            self.unsaved = True
            return Turn.LOST
        if not mains:
            self._note_charge(outage, variables)
            return None
        outage.end = now.isoformat()
        outage.end_is_estimated = not was_in_sight
        self.unsaved = True
        return Turn.RESTORED

    def read(self, variables: Mapping[str, Value], now: datetime) -> bool:
        """Take what was read whole; tell whether the reason of the last outage is another now.

        A status alone does not bring it: what was read before the outage is that of another.
        """
        last, end = self.record.last, self.end
        if last is None:
            return False
        if end is None:
            self._note_charge(last, variables)
        elif last.reason is not None or not timedelta(0) <= now - end <= REASON_FOLLOWS:
            return False
        reason = variables.get(REASON)
        if not isinstance(reason, str) or reason in _NO_REASONS or reason == last.reason:
            return False
        last.reason = str(reason)
        self.unsaved = True
        return True

    def _note_charge(self, outage: Outage, variables: Mapping[str, Value]) -> None:
        charge, lowest = first_number(variables, CHARGE), outage.lowest_charge
        if charge is not None and (lowest is None or charge < lowest):
            outage.lowest_charge = charge
            self.unsaved = True


def first_number(variables: Mapping[str, Value], *names: str) -> float | None:
    """Return the first of these variables that is there as a number."""
    values = (variables.get(name) for name in names)
    return next((float(value) for value in values if isinstance(value, int | float)), None)
