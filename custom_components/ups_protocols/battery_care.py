"""How old the battery is and how long it should last, from the day on which it was put in."""

from calendar import monthrange
from datetime import date, datetime
import re
from typing import Final

from homeassistant.core import callback
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util

from .const import BATTERY_INSTALLED, CONF_BATTERY_LIFE, TODAY
from .coordinator import UpsCoordinator
from .ups.model import SettingKind, StatusFlag, Value

DATE: Final = "battery.date"
DATE_OF_NEXT: Final = "battery.date.maintenance"
DEFAULT_LIFE: Final = 4
"""Years; what lead-acid batteries last in most UPSes, at room temperature."""

_BATTERY_FLAGS: Final = frozenset({StatusFlag.LOW_BATTERY, StatusFlag.REPLACE_BATTERY})
_SHORT_DATE: Final = re.compile(r"(\d\d)/(\d\d)/(\d\d)")


def has_battery(coordinator: UpsCoordinator) -> bool:
    """Tell whether a unit has a battery: it says something of one."""
    return bool(coordinator.capabilities.flags & _BATTERY_FLAGS) or any(
        name.startswith("battery.") for name in coordinator.seen
    )


def keeps_date(coordinator: UpsCoordinator) -> bool:
    """Tell whether the unit itself keeps the day of installation, and can be told another."""
    setting = coordinator.capabilities.settings.get(DATE)
    return setting is not None and setting.kind is SettingKind.DATE


def installed(coordinator: UpsCoordinator) -> date | None:
    """Return the day on which the battery was put in, None while nobody knows.

    A date that can be set in the unit is the unit's; else what the user says comes before what a
    unit says that nobody can correct.
    """
    told = as_date(coordinator.data.variables.get(DATE))
    if keeps_date(coordinator):
        return told
    return as_date(coordinator.kept.battery_installed) or told


def is_kept_here(coordinator: UpsCoordinator) -> bool:
    """Tell whether the day is known whether the unit answers or not."""
    return not keeps_date(coordinator) and coordinator.kept.battery_installed is not None


@callback
def set_installed(coordinator: UpsCoordinator, day: date) -> None:
    """Keep the day on which the battery was put in."""
    coordinator.kept.battery_installed = day.isoformat()
    coordinator.store.save_soon()
    coordinator.tell(BATTERY_INSTALLED, grown=True)


async def async_replaced(coordinator: UpsCoordinator) -> None:
    """Note that the battery was replaced today, in the unit as well where it keeps that.

    Raises HomeAssistantError where the unit cannot be told; then nothing is noted.
    """
    day = today()
    setting = coordinator.capabilities.settings.get(DATE)
    if setting is not None and setting.kind is SettingKind.DATE:
        await coordinator.async_write(DATE, day.isoformat())
    elif setting is not None and setting.kind is SettingKind.TEXT:
        present = coordinator.data.variables.get(DATE)
        if (text := written_like(present, day)) is not None:
            await coordinator.async_write(DATE, text)
    set_installed(coordinator, day)


def expected_end(coordinator: UpsCoordinator) -> date | None:
    """Return the day up to which the battery should last, None while that cannot be told.

    It is the unit's own where it has one, else an estimate: installation and expected life.
    """
    if not is_estimate(coordinator):
        return as_date(coordinator.data.variables.get(DATE_OF_NEXT))
    if (begin := installed(coordinator)) is None:
        return None
    years = float(coordinator.config_entry.options.get(CONF_BATTERY_LIFE, DEFAULT_LIFE))
    return years_later(begin, years)


def is_estimate(coordinator: UpsCoordinator) -> bool:
    """Tell whether expected_end() is ours, because the unit tells none of this battery."""
    told, begin = as_date(coordinator.data.variables.get(DATE_OF_NEXT)), installed(coordinator)
    # it may still name the day on which the battery before this one was to be replaced
    return told is None or (begin is not None and told <= begin)


def today() -> date:
    """Return the day that it is where Home Assistant is."""
    return dt_util.now().date()


def as_date(value: Value | None) -> date | None:
    """Return the day that a variable names, None for none and for text of unknown order."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def years_later(day: date, years: float) -> date:
    """Return the day that lies whole and half years, or any part of one, after another."""
    months = day.year * 12 + day.month - 1 + round(years * 12)
    year, month = divmod(months, 12)
    # the last of February is what comes closest to its 29th
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def written_like(present: Value | None, day: date) -> str | None:
    """Return a day as text in the order of one that stands there, None where that is not clear.

    Units whose date is free text (APC over serial) have month and day in the order of a country.
    """
    match = _SHORT_DATE.fullmatch(str(present))
    if match is None:
        return None
    first, second, _ = map(int, match.groups())
    if 1 <= first <= 12 < second <= 31:
        return f"{day:%m/%d/%y}"
    if 1 <= second <= 12 < first <= 31:
        return f"{day:%d/%m/%y}"
    return None


@callback
def async_watch_days(coordinator: UpsCoordinator) -> None:
    """Tell the entities whenever it is another day."""
    told = today()

    @callback
    def hour_began(now: datetime) -> None:
        nonlocal told
        if (day := today()) != told:
            told = day
            coordinator.tell(TODAY)

    # every hour: where summer time begins at midnight, there is none that day
    coordinator.config_entry.async_on_unload(
        async_track_time_change(coordinator.hass, hour_began, minute=0, second=0)
    )
