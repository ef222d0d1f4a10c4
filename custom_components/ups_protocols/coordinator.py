"""Hands what a session tells of its UPS over to the entities."""

import asyncio
from contextlib import suppress
import logging
from typing import Self, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .connection import NOT_READY, credentials_of, engine_of, url_of
from .const import (
    CONF_DEBOUNCE,
    CONF_FULL_INTERVAL,
    CONF_NOMINAL_POWER,
    CONF_PROTOCOL,
    CONF_STATUS_INTERVAL,
    ENERGY,
    LAST_TEST,
    OUTAGE,
)
from .failures import failures_told, told_as
from .past import Past
from .power import Meter, Power, counter, power_of
from .power_events import PowerEvents
from .self_tests import TestWatch
from .storage import Kept, UnitStore
from .ups import catalog
from .ups.errors import AuthFailed, Unsupported, UpsError
from .ups.model import Outcome, Snapshot, Status, Value
from .ups.session import AVAILABLE, Capabilities, Intervals, Session, Update

_LOGGER = logging.getLogger(__name__)

LONGEST_GAP = 3
"""Full intervals between two reads of the power over which energy still counts."""
SAVE_ENERGY = 900
"""Seconds; as often as Home Assistant writes down what it restores."""
ENERGY_DIGITS = 3
"""Of the kWh that are shown; a change of less is not worth a new state."""
WAIT_FOR_KNOWN = 5
"""Seconds; a Megatec UPS at 2400 baud is open after three."""
NOTHING_KNOWN = Snapshot(status=Status(flags=frozenset()))

type UpsConfigEntry = ConfigEntry[UpsCoordinator]


class UpsCoordinator(DataUpdateCoordinator[Snapshot]):
    """One UPS as the entities see it.

    It has no timer of its own: the session knows when to ask, and logs a UPS that is lost.
    """

    config_entry: UpsConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: UpsConfigEntry, session: Session, store: UnitStore
    ) -> None:
        """Listen to a session that was not started yet."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=entry.title, update_interval=None)
        self.session = session
        self.store = store
        self.changed: frozenset[str] = frozenset()
        """Names that the newest update changed."""
        self.grown = False
        """Whether the newest update brought variables or capabilities that were not there."""
        self.past = Past()
        self.power_events = PowerEvents(store)
        nominal = entry.options.get(CONF_NOMINAL_POWER)
        self.nominal_power: float | None = None if nominal is None else float(nominal)
        """What the user says that the unit is rated for, in W."""
        self.meter = Meter(self.kept.energy, LONGEST_GAP * session.intervals.full)
        """Counts the energy of a unit that does not."""
        self._energy_saved = 0.0
        self._tests = TestWatch(self.kept)
        self.device_id = ""
        """The device of the unit itself in the registry."""
        self.data = NOTHING_KNOWN
        self.last_update_success = False
        entry.async_on_unload(session.subscribe(self._updated))
        entry.async_on_unload(session.on_full_read(self._read))
        entry.async_on_unload(
            hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._async_stopped)
        )

    @classmethod
    async def async_create(cls, hass: HomeAssistant, entry: UpsConfigEntry) -> Self:
        """Return the coordinator of an entry, with what was remembered of its unit.

        Raises ConfigEntryError where the entry itself makes no sense.
        """
        store = UnitStore(hass, entry.entry_id)
        known = await store.async_load()
        try:
            info = catalog.protocol(entry.data[CONF_PROTOCOL])
            options = {option.name for option in info.options}
            session = Session(
                url_of(entry.data, entry.options),
                info,
                options={name: value for name, value in entry.options.items() if name in options},
                memory=known.memory,
                intervals=Intervals(
                    status=entry.options.get(CONF_STATUS_INTERVAL, info.status_interval),
                    full=entry.options.get(CONF_FULL_INTERVAL, info.full_interval),
                ),
                identity=known.capabilities.identity if known.capabilities else None,
                not_ready=NOT_READY,
                credentials=credentials_of(entry.data),
                engine=engine_of(hass),
                debounce=entry.options.get(CONF_DEBOUNCE, 0),
            )
        except Unsupported as error:
            raise told_as(ConfigEntryError, error) from error
        return cls(hass, entry, session, store)

    async def async_start(self) -> None:
        """Start the session; wait for a unit that never answered before.

        One that is known gets a moment, so that a reload does not make its entities unavailable.
        Raises ConfigEntryNotReady, or ConfigEntryError and ConfigEntryAuthFailed where waiting
        cannot help.
        """
        known = self.store.known.capabilities is not None
        self.session.start()
        if known:
            with suppress(UpsError, TimeoutError):
                async with asyncio.timeout(WAIT_FOR_KNOWN):
                    await self.session.ready()
            return
        try:
            await self.session.ready()
        except AuthFailed as error:
            raise told_as(ConfigEntryAuthFailed, error) from error
        except Unsupported as error:
            raise told_as(ConfigEntryError, error) from error
        except UpsError as error:
            raise told_as(ConfigEntryNotReady, error) from error

    @property
    def capabilities(self) -> Capabilities:
        """What the unit is and can do, as last found."""
        return self.store.known.capabilities or Capabilities()

    @property
    def seen(self) -> set[str]:
        """Names of all variables that the unit ever reported."""
        return self.store.known.seen

    @callback
    def forget(self, names: set[str]) -> None:
        """Have variables count as never reported."""
        self.seen.difference_update(names)
        self.store.save_soon()

    @property
    def kept(self) -> Kept:
        """What we keep of the unit because it does not."""
        return self.store.known.kept

    @property
    def power(self) -> Power | None:
        """The real power of the load, None while it is not known."""
        kind = self.capabilities.identity.kind
        return power_of(kind, self.data, self.seen, self.nominal_power)

    @callback
    def tell(self, *names: str, grown: bool = False) -> None:
        """Tell the entities that something changed of what we keep, or that the day did."""
        self.changed = frozenset(names)
        self.grown = grown
        self.async_update_listeners()

    async def async_run(self, command: str, **parameters: float) -> Outcome:
        """Run a command; missing parameters take their defaults. Raises HomeAssistantError."""
        with failures_told():
            return await self.session.run(command, **parameters)

    async def async_write(self, name: str, value: Value) -> Value:
        """Write a setting, return the value now in force. Raises HomeAssistantError."""
        with failures_told():
            written = await self.session.write(name, value)
        self.store.save_soon()
        return written

    @callback
    def _updated(self, update: Update) -> None:
        """Take what the session tells."""
        known, session = self.store.known, self.session
        self.changed = update.changed
        self.last_update_success = session.available
        self.last_exception = session.error
        self.data = session.snapshot or NOTHING_KNOWN
        self.grown = not self.data.variables.keys() <= known.seen
        known.seen.update(self.data.variables)
        if session.available and AVAILABLE in update.changed:
            # the unit was opened: its memory may have changed, its firmware as well
            self.grown |= known.capabilities != session.capabilities
            known.capabilities = session.capabilities
            self.store.save_soon()
        elif self.grown:
            self.store.save_soon()
        if isinstance(session.error, AuthFailed) and not session.available:
            self.config_entry.async_start_reauth(self.hass)
        self.past.saw(self.data.status if session.available else None)
        flags = self.capabilities.flags
        if self.power_events.updated(session, update, flags, dt_util.utcnow()) is not None:
            self.changed |= {OUTAGE}
        if not session.available:
            self.meter.pause()
        elif session.newest is not None:
            self._tests.saw(session.newest.status.flags, dt_util.utcnow())
        self.async_update_listeners()

    @callback
    def _read(self, snapshot: Snapshot, now: float) -> None:
        """Take what a full read brings even where nothing changed: the time that it was so."""
        changed: list[str] = []
        if counter(self.seen) is None and self._count(now):
            changed.append(ENERGY)
        now_utc, told = dt_util.utcnow(), self.kept.test_result_told
        if self._tests.read(snapshot, now_utc):
            self.store.save_soon()
            changed.append(LAST_TEST)
            # what a new unit says of a test that nobody saw is history
            if told is not None or self.kept.last_test is not None:
                self.power_events.test_ended(snapshot)
        if self.power_events.read(snapshot, now_utc):
            changed.append(OUTAGE)
        if changed:
            self.tell(*changed, grown=LAST_TEST in changed)

    def _count(self, now: float) -> bool:
        """Count the energy up to now; tell whether it shows."""
        before, power = self.meter.total, self.power
        self.meter.add(None if power is None else power.watts, now)
        self.kept.energy = self.meter.total
        if self.meter.total != before and now - self._energy_saved >= SAVE_ENERGY:
            self._energy_saved = now
            self.store.save_soon()
        return round(before, ENERGY_DIGITS) != round(self.meter.total, ENERGY_DIGITS)

    async def _async_stopped(self, event: Event) -> None:
        await self.async_shutdown()

    @override
    async def async_shutdown(self) -> None:
        """Stop the session and free the wire."""
        await super().async_shutdown()
        await self.session.close()
        await self.store.async_save()
