"""Tests the battery every so many days, at a time of day and only when that is safe."""

from datetime import date, datetime, time, timedelta
import logging
from typing import Final

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util

from .battery_care import as_date, today
from .const import CONF_TEST_CHARGE, CONF_TEST_INTERVAL, CONF_TEST_TIME, NEXT_TEST
from .coordinator import UpsCoordinator
from .self_tests import DATE, RESULT
from .ups.model import StatusFlag
from .ups.names import TestResult

_LOGGER = logging.getLogger(__name__)

CHARGE: Final = "battery.charge"
COMMANDS: Final = ("test.battery.start.quick", "test.battery.start")
"""What may be run, the better one first; a deep test leaves nothing for a power failure."""
DEFAULT_TIME: Final = "10:00:00"
DEFAULT_CHARGE: Final = 90
"""Per cent."""

# with one of these up a test could cut the power, or is another one's
_HINDRANCES: Final = frozenset(
    {
        StatusFlag.ON_BATTERY,
        StatusFlag.LOW_BATTERY,
        StatusFlag.REPLACE_BATTERY,
        StatusFlag.OVERLOADED,
        StatusFlag.BYPASS,
        StatusFlag.OFF,
        StatusFlag.FORCED_SHUTDOWN,
        StatusFlag.TESTING,
        StatusFlag.CALIBRATING,
    }
)


def test_command(coordinator: UpsCoordinator) -> str | None:
    """Return the command that a scheduled test runs, None for a unit that has none."""
    commands = coordinator.capabilities.commands
    return next((name for name in COMMANDS if name in commands), None)


def can_schedule(coordinator: UpsCoordinator) -> bool:
    """Tell whether a unit can be tested by a schedule: it must tell its charge as well."""
    return test_command(coordinator) is not None and CHARGE in coordinator.seen


def last_test(coordinator: UpsCoordinator) -> date | None:
    """Return the day of the last test, whoever ran it; None while none is known."""
    kept = coordinator.kept
    ended = dt_util.parse_datetime(kept.last_test) if kept.last_test else None
    days = (
        as_date(kept.scheduled_test),
        dt_util.as_local(ended).date() if ended else None,
        as_date(coordinator.data.variables.get(DATE)),
    )
    # the clock of a UPS may be anywhere
    return max((day for day in days if day is not None and day <= today()), default=None)


def next_test(coordinator: UpsCoordinator) -> datetime | None:
    """Return when the next test is to be run, None without a schedule or a command for it."""
    wish = _wish(coordinator)
    if wish is None or test_command(coordinator) is None:
        return None
    interval, at = wish
    day, last = today(), last_test(coordinator)
    if last is not None:
        day = max(day, last + timedelta(days=interval))
    due = datetime.combine(day, at, dt_util.get_default_time_zone())
    # what was not run today is tried tomorrow
    if due <= dt_util.now():
        due = datetime.combine(day + timedelta(days=1), at, dt_util.get_default_time_zone())
    return due


def _wish(coordinator: UpsCoordinator) -> tuple[int, time] | None:
    """Return the days between two tests and the time of day, None where none are wanted."""
    options = coordinator.config_entry.options
    if not (interval := int(options.get(CONF_TEST_INTERVAL, 0))):
        return None
    at = dt_util.parse_time(options.get(CONF_TEST_TIME, DEFAULT_TIME))
    assert at is not None, "the form lets no other text through"
    return interval, at


def hindrance(coordinator: UpsCoordinator, least_charge: float) -> str | None:
    """Return why the battery must not be tested now, None where it may.

    What was read last counts, not what is told after it has lasted.
    """
    session = coordinator.session
    newest = session.newest
    if not session.available or newest is None:
        return "it does not answer"
    if newest.status.mains is not True:
        return "it is not known to have mains"
    if flags := newest.status.flags & _HINDRANCES:
        return f"its status is {' '.join(sorted(flags))}"
    if newest.variables.get(RESULT) == TestResult.IN_PROGRESS:
        return "another test runs"
    charge = newest.variables.get(CHARGE)
    if charge is None or isinstance(charge, str):
        return "its charge is not known"
    if charge < least_charge:
        return f"its charge is {charge:g} %, not {least_charge:g} %"
    return None


class TestSchedule:
    """The scheduled test of one UPS."""

    __test__ = False  # pytest would take the name for a class of tests

    def __init__(self, coordinator: UpsCoordinator, interval: int, at: time) -> None:
        """Test every ``interval`` days at a local time."""
        self._coordinator = coordinator
        self._interval = interval
        self._at = at
        self._is_told = False
        """Whether the log says already why there was no test."""

    def start(self) -> None:
        """Look every day whether it is time, until the entry is unloaded."""
        coordinator = self._coordinator
        coordinator.config_entry.async_on_unload(
            async_track_time_change(
                coordinator.hass,
                self._async_day_by_day,
                hour=self._at.hour,
                minute=self._at.minute,
                second=self._at.second,
            )
        )

    def is_due(self) -> bool:
        """Tell whether the interval since the last test is over."""
        last = last_test(self._coordinator)
        return last is None or (today() - last).days >= self._interval

    async def _async_day_by_day(self, now: datetime) -> None:
        """Run the test if it is due; then the next one is another one."""
        await self._async_run_if_due()
        self._coordinator.tell(NEXT_TEST)

    async def _async_run_if_due(self) -> None:
        """Run the test if it is due and safe; what fails is tried again the next day."""
        coordinator = self._coordinator
        command = test_command(coordinator)
        if command is None or not self.is_due():
            return
        least = float(coordinator.config_entry.options.get(CONF_TEST_CHARGE, DEFAULT_CHARGE))
        why_not = hindrance(coordinator, least)
        if why_not is None:
            try:
                await coordinator.async_run(command)
            except HomeAssistantError as error:
                why_not = str(error)
        if why_not is None:
            self._is_told = False
            coordinator.kept.scheduled_test = today().isoformat()
            coordinator.store.save_soon()
            _LOGGER.info("%s tests its battery, as scheduled", coordinator.name)
        elif not self._is_told:
            self._is_told = True
            _LOGGER.warning(
                "The scheduled battery test of %s was not run: %s. It is tried again every day"
                " at %s",
                coordinator.name,
                why_not,
                f"{self._at:%H:%M}",
            )


@callback
def async_schedule_tests(coordinator: UpsCoordinator) -> None:
    """Start the schedule of a UPS whose user wants one."""
    if (wish := _wish(coordinator)) is not None:
        TestSchedule(coordinator, *wish).start()
