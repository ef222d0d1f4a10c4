"""One UPS over time: opens it, polls it, listens to it, doubts it and finds it again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
import logging
from typing import Any, Protocol, override

from .catalog import AnyDriver, ProtocolInfo
from .driver import Memory, Options
from .errors import BadReply, LinkLost, NoReply, NotThisUps, UpsError, UpsGone
from .links.base import Link, SnmpCredentials, Unsubscribe
from .links.open import TellsLoss, open_link, public_url, reopening_interval
from .model import (
    Command,
    Event,
    Flags,
    Identity,
    Outcome,
    Part,
    Push,
    Reread,
    Setting,
    Snapshot,
    Status,
    StatusFlag,
    Tier,
    Value,
    Values,
)
from .steady import Steady
from .transcript import Transcript

_LOGGER = logging.getLogger(__name__)

STATUS = "ups.status"
ALARM = "ups.alarm"
LEFT_OUT = "left out"
AVAILABLE = "available"
"""The names, beside those of variables, under which an update tells what changed."""

FAILURES_TO_UNAVAILABLE = 3
SILENCE_TO_UNAVAILABLE = 10
LONGEST_BACK_OFF = 30
# reads that must agree before a frame without a check value may change anything
_DOUBT_READS = 4
# a guard above every time-out of the links, so that nothing can hang a session
_OPEN_GUARD = 120
_READ_GUARD = 60


class Clock(Protocol):
    """Where a session takes its time from."""

    def now(self) -> float:
        """Return monotonic seconds."""

    async def wait(self, event: asyncio.Event, until: float) -> None:
        """Return when the event is set or the time has come, whichever is first."""


class LoopClock:
    """The event loop's own clock."""

    def now(self) -> float:
        """Return the loop's monotonic seconds."""
        return asyncio.get_running_loop().time()

    async def wait(self, event: asyncio.Event, until: float) -> None:
        """Return when the event is set; the time, once it has come, sets it as well.

        A session waits a hundred thousand times a day, and a time-out that cancels costs more.
        """
        alarm = asyncio.get_running_loop().call_at(until, event.set)
        try:
            await event.wait()
        finally:
            alarm.cancel()


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a unit is and can do, as found at its last opening."""

    identity: Identity = field(default_factory=Identity)
    flags: frozenset[StatusFlag] = frozenset()
    commands: Mapping[str, Command] = field(default_factory=dict)
    settings: Mapping[str, Setting] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What a session hands over when something changed."""

    changed: frozenset[str]
    """Names of variables, and STATUS, ALARM, LEFT_OUT, AVAILABLE."""
    pushed: bool = False
    event: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """Seconds between two reads of each tier."""

    status: float
    full: float


class Session:
    """One UPS over time.

    ``start`` begins; ``ready`` waits for the first snapshot or the first failure; listeners hear
    every change. A session never gives up: a lost link is opened again after 1, 2, 4 ... 30 s.
    """

    def __init__(
        self,
        url: str,
        info: ProtocolInfo,
        *,
        options: Options | None = None,
        memory: Memory | None = None,
        intervals: Intervals | None = None,
        identity: Identity | None = None,
        not_ready: tuple[type[Exception], ...] = (),
        clock: Clock | None = None,
        open_wire: Callable[[Transcript], Awaitable[Link]] | None = None,
        credentials: SnmpCredentials | None = None,
        engine: Callable[[], Awaitable[Any]] | None = None,
        debounce: float = 0,
    ) -> None:
        """Take what is known of the unit; nothing is opened before start().

        ``identity`` is who must answer; without it whoever answers first. ``open_wire`` stands
        in for the wire at ``url``. ``credentials`` and ``engine`` are open_link()'s. A change of
        flags is told after it has lasted ``debounce`` seconds.
        """
        self.url = public_url(url)
        """The address as it may be shown."""
        self._address = url
        self._credentials = credentials
        self._engine = engine
        self.info = info
        self.options = info.check_options(options or {})
        self.memory: Memory = {} if memory is None else memory
        self.intervals = intervals or Intervals(
            status=info.status_interval, full=info.full_interval
        )
        self.transcript = Transcript()
        self.capabilities = Capabilities()
        self.snapshot: Snapshot | None = None
        """What is told of the UPS."""
        self.newest: Snapshot | None = None
        """What was read last; it differs from what is told in flags that are held back."""
        self.available = False
        self.error: UpsError | None = None
        """Why the UPS is not available, or why the last read failed."""
        self._expected = identity
        self._not_ready = not_ready
        self._clock: Clock = clock or LoopClock()
        self._open_wire = open_wire or self._open_url
        self._link: Link | None = None
        self._driver: AnyDriver | None = None
        self._steady = Steady(debounce)
        self._ripened: float | None = None
        self._listeners: list[Callable[[Update], None]] = []
        self._readers: list[Callable[[Snapshot, float], None]] = []
        self._task: asyncio.Task[None] | None = None
        self._full_task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._plugged = asyncio.Event()
        self._first = asyncio.Event()
        self._due = {Tier.STATUS: 0.0, Tier.FULL: 0.0}
        self._failures = 0
        self._full_failures = 0
        self._last_good = 0.0
        self._busy_until = 0.0
        self._status_serial = 0
        self._told_lost = False

    # what others call

    def start(self) -> None:
        """Begin: open the link and poll, for ever, until close()."""
        self._task = asyncio.create_task(self._live(), name=f"ups session {self.url}")

    async def ready(self) -> Snapshot:
        """Return the first snapshot. Raises the UpsError of the first attempt."""
        await self._first.wait()
        if self.snapshot is None or not self.available:
            raise self.error or NoReply(f"nothing answers at {self.url}")
        return self.snapshot

    async def close(self) -> None:
        """Stop and free the wire."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        await self._hang_up()

    def subscribe(self, listener: Callable[[Update], None]) -> Unsubscribe:
        """Call ``listener`` at every change."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def on_full_read(self, reader: Callable[[Snapshot, float], None]) -> Unsubscribe:
        """Call ``reader`` after every full read, whether it changed something or not.

        It gets what was read and the clock's time, in monotonic seconds.
        """
        self._readers.append(reader)
        return lambda: self._readers.remove(reader)

    def move(self, url: str) -> None:
        """Look for the UPS at another address from the next opening on."""
        self.url = public_url(url)
        self._address = url

    def plugged_in(self) -> None:
        """Tell that something was plugged in: an attempt that waits is made at once."""
        self._plugged.set()

    async def run(self, command: str, **parameters: float) -> Outcome:
        """Run a command; a full read follows. Raises UpsError."""
        driver = self._open_driver()
        try:
            outcome = await driver.run(command, **parameters)
        finally:
            self._soon(Tier.FULL)
        if busy_for := driver.commands[command].busy_for:
            self._busy_until = self._clock.now() + busy_for
        return outcome

    async def write(self, name: str, value: Value) -> Value:
        """Write a setting, return the value now in force; a full read follows.

        Raises UpsError.
        """
        driver = self._open_driver()
        try:
            written = await driver.write(name, value)
        finally:
            self._soon(Tier.FULL)
        if self.newest is not None:
            # the device has just read it back: no need to wait for the next full read
            self._publish(replace(self.newest, variables={**self.newest.variables, name: written}))
        return written

    def _open_driver(self) -> AnyDriver:
        if self._driver is None or not self.available:
            raise self.error or LinkLost(f"{self.url} is not open")
        return self._driver

    # life

    async def _live(self) -> None:
        """Open, serve, wait, again."""
        back_off = 1.0
        while True:
            try:
                await self._open()
                back_off = 1.0
                await self._serve()
            except UpsError as error:
                self._lost(error)
            except TimeoutError:
                self._lost(NoReply(f"{self.url} takes too long to open"))
            except Exception as error:
                # a defect in a driver must not end the session without a word
                _LOGGER.exception("Unexpected failure with %s", self.url)
                self._lost(BadReply(f"unexpected failure: {error}"))
            finally:
                await self._hang_up()
            self._first.set()
            self._plugged.clear()
            pause = back_off
            if isinstance(self.error, LinkLost) and (often := reopening_interval(self.url)):
                # to look whether it is plugged in again costs nobody anything
                pause, back_off = often, 0.5
            await self._clock.wait(self._plugged, self._clock.now() + pause)
            back_off = min(2 * back_off, LONGEST_BACK_OFF)

    async def _open_url(self, transcript: Transcript) -> Link:
        return await open_link(
            self._address,
            self.info.link,
            line=self.info.line_for(self.options),
            transcript=transcript,
            not_ready=self._not_ready,
            variant=str(bridge) if (bridge := self.options.get("bridge")) else None,
            credentials=self._credentials,
            engine=self._engine,
        )

    async def _open(self) -> None:
        """Open link and driver, see that it is our unit, read it whole, publish."""
        self.transcript.begin_open()
        async with asyncio.timeout(_OPEN_GUARD):
            self._link = await self._open_wire(self.transcript)
            driver_class = await self.info.driver()
            driver = driver_class(self._link, self.options, self.memory)
            self._driver = driver
            identity = await driver.open()
            if self._expected is not None and not identity.may_be(self._expected):
                raise NotThisUps(
                    f"{describe(identity)} answers at {self.url}, not {describe(self._expected)}"
                )
            self._expected = self._expected or identity
            snapshot = await self._read_full()
        self.transcript.end_open()
        self.capabilities = Capabilities(
            identity=identity,
            flags=driver.flags,
            commands=dict(driver.commands),
            settings=dict(driver.settings),
            parts=tuple(driver.parts),
        )
        driver.on_push(self._pushed)
        if isinstance(self._link, TellsLoss):
            self._link.on_lost(lambda: self._soon(Tier.STATUS))
        self._failures = self._full_failures = 0
        now = self._last_good = self._clock.now()
        self._due = {
            Tier.STATUS: now + self.intervals.status,
            Tier.FULL: now + self.intervals.full,
        }
        self.error = None
        if self._told_lost:
            self._told_lost = False
            _LOGGER.info("%s at %s is back", describe(identity), self.url)
        self._steady.reset()
        self._publish(snapshot, available=True)
        self._tell_readers(snapshot)
        self._first.set()

    async def _hang_up(self) -> None:
        """Let go of driver and link."""
        if self._full_task is not None:
            self._full_task.cancel()
            await asyncio.gather(self._full_task, return_exceptions=True)
            self._full_task = None
        driver, self._driver = self._driver, None
        link, self._link = self._link, None
        if driver is not None:
            with suppress(UpsError, TimeoutError):
                async with asyncio.timeout(5):
                    await driver.close()
        if link is not None:
            await link.close()

    def _lost(self, error: UpsError) -> None:
        """Note that the UPS is not available, and say it once.

        Whoever waits for the first answer of a unit that nobody knows yet hears it by ready().
        """
        before, self.error = self.error, error
        if self._expected is not None and not self._told_lost:
            self._told_lost = True
            _LOGGER.warning("UPS at %s is not available: %s", self.url, error)
        if self.available:
            self.available = False
            self._tell(Update(changed=frozenset({AVAILABLE})))
        elif type(before) is not type(error):
            # for another cause something else may have to be done
            self._tell(Update(changed=frozenset()))

    # polling

    async def _serve(self) -> None:
        """Poll both tiers until the UPS is lost. Raises the UpsError that says why."""
        while True:
            now = self._clock.now()
            due = self._steady.due
            if due is not None and due <= now and due != self._ripened:
                # what was held back has lasted if it is read once more; that may fail
                self._ripened = due
                self._due[Tier.STATUS] = now
            if self._full_task is not None and self._full_task.done():
                full_task, self._full_task = self._full_task, None
                full_task.result()
            if self._due[Tier.FULL] <= now and self._full_task is None:
                self._next(Tier.FULL, self.intervals.full)
                # a task of its own: a due status read slips in between two exchanges of it
                self._full_task = asyncio.create_task(self._full_tick())
            if self._due[Tier.STATUS] <= now:
                self._next(Tier.STATUS, self.intervals.status)
                await self._status_tick()
                continue
            self._wake.clear()
            # a full read that is due while one is under way starts when that one wakes us
            until = self._due[Tier.STATUS] if self._full_task else min(self._due.values())
            if due is not None and due > now:
                until = min(until, due)
            await self._clock.wait(self._wake, until)

    def _next(self, tier: Tier, interval: float) -> None:
        """Move a tier's time on by whole intervals, so that the clock does not drift."""
        now = self._clock.now()
        due = self._due[tier]
        self._due[tier] = due + interval * ((now - due) // interval + 1)

    def _soon(self, tier: Tier) -> None:
        """Have a tier read at once."""
        self._due[tier] = self._clock.now()
        self._wake.set()

    async def _status_tick(self) -> None:
        serial = self._status_serial
        try:
            status = await self._trusted_status()
        except LinkLost, UpsGone:
            raise
        except UpsError as error:
            self._failed(error)
            return
        self._succeeded()
        if status is None or self.newest is None:
            return
        if serial != self._status_serial:
            # the UPS told something while it was asked: the answer may be older than that
            self._soon(Tier.STATUS)
            return
        self._status_serial += 1
        if status == self.newest.status and self._steady.due is None:
            return
        if self._publish(replace(self.newest, status=status)):
            self._soon(Tier.FULL)

    async def _full_tick(self) -> None:
        serial = self._status_serial
        try:
            snapshot = await self._read_full(self.newest)
        except LinkLost, UpsGone:
            raise
        except UpsError as error:
            _LOGGER.debug("Full read of %s failed: %s", self.url, error)
            if isinstance(error, BadReply) and serial != self._status_serial:
                # the UPS's state moved while it was read, faster than can be read twice
                self._soon(Tier.FULL)
                return
            self.error = error
            self._full_failures += 1
            if self._full_failures >= FAILURES_TO_UNAVAILABLE:
                # the status may be fine, but the values beside it are too old to be shown
                raise
            return
        finally:
            self._wake.set()
        if self.newest is not None and serial != self._status_serial:
            # a status read slipped in: it is newer than the one of this full read
            snapshot = replace(snapshot, status=self.newest.status)
        self._full_failures = 0
        self._publish(snapshot)
        self._tell_readers(snapshot)

    def _succeeded(self) -> None:
        self._failures = 0
        self._last_good = self._clock.now()
        self.error = None

    def _failed(self, error: UpsError) -> None:
        """Count a failed status read. Raises the error when it is time to be unavailable."""
        _LOGGER.debug("Status read of %s failed: %s", self.url, error)
        self.error = error
        if self._clock.now() < self._busy_until:
            return
        self._failures += 1
        silent = self._clock.now() - self._last_good
        if self._failures >= FAILURES_TO_UNAVAILABLE and silent >= SILENCE_TO_UNAVAILABLE:
            raise error

    # doubt

    async def _trusted_status(self) -> Status | None:
        """Read the status; None where the reads contradict each other and nothing is known.

        A frame without a check value may be garbled and still look right. One that changes
        something counts only after a second, equal one.
        """
        status = await self._read(self._the_driver.read_status)
        if self.info.checked or self.newest is None or _same(status, self.newest.status):
            return status
        for _ in range(_DOUBT_READS - 1):
            again = await self._read(self._the_driver.read_status)
            if _same(again, status) or _same(again, self.newest.status):
                return again
            status = again
        return None

    async def _read_full(self, known: Snapshot | None = None) -> Snapshot:
        """Read everything; what would change a state counts only after an equal second read."""
        snapshot = await self._read(self._the_driver.read)
        if self.info.checked or (known is not None and _words(snapshot) == _words(known)):
            return snapshot
        for _ in range(_DOUBT_READS - 1):
            again = await self._read(self._the_driver.read)
            if _words(again) == _words(snapshot):
                return again
            snapshot = again
        raise BadReply(f"{self.url} says another thing each time it is asked")

    @property
    def _the_driver(self) -> AnyDriver:
        if self._driver is None:
            raise LinkLost(f"{self.url} is not open")
        return self._driver

    async def _read[T](self, read: Callable[[], Awaitable[T]]) -> T:
        """Read; a reply that cannot be an answer is asked for once more at once."""
        try:
            async with asyncio.timeout(_READ_GUARD):
                try:
                    return await read()
                except BadReply:
                    return await read()
        except TimeoutError as error:
            raise NoReply(f"{self.url} takes too long") from error

    # telling

    def _publish(
        self, snapshot: Snapshot, *, available: bool = False, pushed: bool = False
    ) -> frozenset[str]:
        """Take over a snapshot and tell what changed; returns it, empty for nothing."""
        self.newest = snapshot
        settled = self._steady.settle(snapshot.status, self._clock.now())
        if settled != snapshot.status:
            snapshot = replace(snapshot, status=settled)
        changed = differences(self.snapshot, snapshot)
        self.snapshot = snapshot
        if available and not self.available:
            self.available = True
            changed |= {AVAILABLE}
        if changed:
            self._tell(Update(changed=changed, pushed=pushed))
        return changed

    def _tell(self, update: Update) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(update)
            except Exception:
                _LOGGER.exception("A listener of %s failed", self.url)

    def _tell_readers(self, snapshot: Snapshot) -> None:
        now = self._clock.now()
        for reader in tuple(self._readers):
            try:
                reader(snapshot, now)
            except Exception:
                _LOGGER.exception("A reader of %s failed", self.url)

    def _pushed(self, push: Push) -> None:
        """Take what the UPS tells by itself."""
        if self.newest is None or not self.available:
            return
        status = self.newest.status
        match push:
            case Flags(set=added, cleared=cleared):
                flags = (status.flags | added) - cleared
                if flags != status.flags:
                    self._status_serial += 1
                self._publish(
                    replace(self.newest, status=replace(status, flags=flags)), pushed=True
                )
                self._soon(Tier.FULL)
            case Values(values=values):
                variables = {**self.newest.variables, **values}
                self._publish(replace(self.newest, variables=variables), pushed=True)
            case Reread(tier=tier):
                self._soon(tier)
            case Event(name=name):
                self._tell(Update(changed=frozenset(), pushed=True, event=name))

    @override
    def __repr__(self) -> str:
        return f"<Session {self.info.id} at {self.url}>"


def describe(identity: Identity) -> str:
    """Return a unit's name for people, e.g. ``Mustek PowerMust 636``."""
    parts = [identity.manufacturer, identity.model]
    if identity.serial:
        parts.append(f"({identity.serial})")
    return " ".join(part for part in parts if part) or "a UPS"


def differences(old: Snapshot | None, new: Snapshot) -> frozenset[str]:
    """Return the names that differ between two snapshots, those gone or new among them."""
    if old is None:
        return frozenset({*new.variables, STATUS, ALARM})
    changed = {
        name
        for name in old.variables.keys() | new.variables.keys()
        if old.variables.get(name) != new.variables.get(name)
    }
    if old.status.flags != new.status.flags or old.status.mains != new.status.mains:
        changed.add(STATUS)
    if old.status.alarms != new.status.alarms:
        changed.add(ALARM)
    if old.left_out.keys() != new.left_out.keys():
        changed.add(LEFT_OUT)
    return frozenset(changed)


def _same(one: Status, other: Status) -> bool:
    return (one.flags, one.alarms, one.mains) == (other.flags, other.alarms, other.mains)


def _words(snapshot: Snapshot) -> tuple[object, ...]:
    """Return everything of a snapshot that a garbled frame must not change: no mere numbers."""
    status = snapshot.status
    words = {name: value for name, value in snapshot.variables.items() if isinstance(value, str)}
    return status.flags, status.alarms, status.mains, words, snapshot.variables.keys()
