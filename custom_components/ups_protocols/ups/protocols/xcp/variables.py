"""What the blocks of battery, outlets and delays tell, under standard names."""

from datetime import datetime

from ...model import Value
from ...names import OutletStatus
from .blocks import BAD_STRING, CHARGERS, STRING_STATUSES, TEST_RESULTS, Battery, Outlet
from .status import State

NOT_INSTALLED = 7


def timers(place: str, state: State, now: datetime | None) -> dict[str, Value]:
    """Return the countdowns of the unit or of one outlet that run; ``now`` is the unit's time."""
    values: dict[str, Value] = {}
    ends = [
        left
        for moment in (state.off, state.restart)
        if moment is not None and (left := moment.left(now)) is not None
    ]
    if ends:
        values[f"{place}.timer.shutdown"] = min(ends)
    if state.on is not None and (left := state.on.left(now)) is not None:
        values[f"{place}.timer.start"] = left
    return values


def battery_values(battery: Battery, strings: int) -> dict[str, Value]:
    """Return what the battery block tells; ``strings`` is their number by the configuration."""
    values: dict[str, Value] = {}
    if (result := TEST_RESULTS.get(battery.status)) is not None:
        values["ups.test.result"] = result
    if battery.voltages is not None:
        values["ups.test.voltage.start"], values["ups.test.voltage.end"] = (
            round(volts, 2) for volts in battery.voltages
        )
        if battery.duration:
            values["ups.test.duration"] = float(battery.duration)
    if battery.chargers and (charger := CHARGERS.get(battery.chargers[0])):
        values["battery.charger.status"] = charger
    for index, number in enumerate(battery.chargers[1:], 1):
        if charger := CHARGERS.get(number):
            values[f"battery.{index}.charger.status"] = charger
    installed = [each for each in battery.strings if each != NOT_INSTALLED]
    if installed and not strings:
        values["battery.packs"] = float(len(installed))
    if battery.strings:
        values["battery.packs.bad"] = float(battery.strings.count(BAD_STRING))
    for index, number in enumerate(battery.strings, 1):
        if text := STRING_STATUSES.get(number):
            values[f"battery.{index}.status"] = text
    for index in range(1, len(battery.rows) + 1):
        values |= _row_values(battery, index)
    return values


def _row_values(battery: Battery, index: int) -> dict[str, Value]:
    row = battery.rows[index - 1]
    if row is None:
        return {}
    values: dict[str, Value] = {}
    for name, value in (
        ("health", row.health),
        ("temperature", row.temperature),
        ("current", row.current),
    ):
        if value is not None:
            values[f"battery.{index}.{name}"] = round(float(value), 2)
    if row.voltages:
        values[f"battery.{index}.voltage"] = round(sum(row.voltages), 2)
        values[f"battery.{index}.voltage.cell.max"] = round(max(row.voltages), 2)
        values[f"battery.{index}.voltage.cell.min"] = round(min(row.voltages), 2)
    return values


def outlet_values(number: int, outlet: Outlet, *, can_be_never: bool) -> dict[str, Value]:
    """Return what the outlet block tells of one outlet.

    A delay of -1 means never; it is shown only where it can be set.
    """
    place = f"outlet.{number}"
    values: dict[str, Value] = {f"{place}.id": str(outlet.number)}
    if outlet.is_on is not None:
        values[f"{place}.status"] = OutletStatus.ON if outlet.is_on else OutletStatus.OFF
    if outlet.fault:
        values[f"{place}.alarm"] = outlet.fault
    for name, seconds in (("delay.shutdown", outlet.auto_off), ("delay.start", outlet.auto_on)):
        if seconds >= 0 or can_be_never:
            values[f"{place}.{name}"] = float(seconds)
    return values
