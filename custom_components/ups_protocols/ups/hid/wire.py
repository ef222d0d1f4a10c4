"""Reports over a HidDevice: read, skipped, awaited, written."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
import logging
from typing import Final

from ..errors import BadReply, LinkLost, NoReply, Rejected, UpsError
from ..links.base import HidDevice, ReportKind, Unsubscribe
from .decoder import Key
from .report_descriptor import ReportDescriptor, parse
from .tables import Vendor
from .values import Field

_LOGGER = logging.getLogger(__name__)

_TRIES: Final = 3
# silences in a row after which the device does not answer at all
_PATIENCE: Final = 2
# seconds in which a unit that answers nothing tells everything by itself
_EVERYTHING: Final = 8.0


class Wire:
    """The exchanges with one device."""

    def __init__(
        self,
        link: HidDevice,
        vendor: Vendor,
        descriptor: ReportDescriptor,
        heard: Callable[[Key, bytes], None],
    ) -> None:
        """Take the link; nothing is sent.

        ``heard`` is called with each report of a collection at the moment when it comes: a
        collection may last seconds, in which others ask and the device tells by itself.
        """
        self._link = link
        self._took = heard
        self._vendor = vendor
        self._descriptor = descriptor
        self._lengths = dict(descriptor.bits)
        self._longest = max((descriptor.length(*key) for key in descriptor.bits), default=0)
        self._hidden = {(ReportKind.FEATURE, each.report_id): each.length for each in vendor.hidden}
        self.refused: set[Key] = set()
        """Reports that the device does not have: never asked again."""
        self._heard: dict[Key, bytes] = {}
        self._news = asyncio.Event()
        self._deaf: Unsubscribe | None = None

    def _length(self, key: Key) -> int:
        if key in self._hidden:
            return self._hidden[key]
        # card usb-hid-power-device, §F(8): some reports are longer than declared, and overflow
        return self._longest if self._vendor.roomy else self._descriptor.length(*key)

    # ------------------------------------------------------------ reading

    async def get(self, key: Key) -> bytes:
        """Read a report. Raises Rejected where the device has it not, NoReply, BadReply."""
        kind, report_id = key
        report = await self._link.get_report(kind, report_id, self._length(key))
        if not report or report[0] != report_id:
            raise BadReply(f"{kind} report {report_id} came as {report.hex() or 'nothing'}")
        return report

    async def survey(self, keys: Iterable[Key]) -> dict[Key, bytes]:
        """Read all reports once, at open; those that are refused are never asked again.

        Raises NoReply where nothing answers, LinkLost.
        """
        if self._vendor.listens:
            return await self.listen(keys)
        reports: dict[Key, bytes] = {}
        for key in keys:
            for attempt in range(_TRIES):
                try:
                    reports[key] = await self.get(key)
                except Rejected:
                    self.refused.add(key)
                except NoReply:
                    if not reports and attempt:
                        raise
                    continue
                except BadReply as error:
                    _LOGGER.debug("%s", error)
                    continue
                break
        return reports

    async def collect(self, keys: Iterable[Key], needed: frozenset[Key]) -> dict[Key, bytes]:
        """Read reports; one that fails this time is absent, unless it is needed.

        Raises NoReply, BadReply, Rejected for a needed one and for a device that falls silent.
        """
        if self._vendor.listens:
            return await self.listen(keys, needed)
        reports: dict[Key, bytes] = {}
        silences = 0
        for key in keys:
            if key in self.refused:
                continue
            try:
                report = await self.get(key)
            except LinkLost:
                raise
            except UpsError as error:
                silences = silences + 1 if isinstance(error, NoReply) else 0
                if key in needed or silences >= _PATIENCE:
                    raise
                _LOGGER.debug("Report %s: %s", key, error)
            else:
                silences = 0
                reports[key] = report
                self._took(key, report)
        return reports

    # ------------------------------------------------------------ listening

    def start_listening(self) -> None:
        """Collect what a device tells by itself, where it does nothing else."""
        if self._deaf is None:
            self._deaf = self._link.on_report(self._hear)

    def stop_listening(self) -> None:
        """Let the link go."""
        if self._deaf is not None:
            self._deaf()
            self._deaf = None

    def _hear(self, kind: ReportKind, report: bytes) -> None:
        if report and (kind, report[0]) in self._lengths:
            self._heard[kind, report[0]] = report
            self._news.set()

    async def listen(
        self, keys: Iterable[Key], needed: frozenset[Key] = frozenset()
    ) -> dict[Key, bytes]:
        """Return the reports that come from now on, once all have come or time is over.

        Raises NoReply where a needed one, or none at all, comes.
        """
        wanted = set(keys)
        self.start_listening()
        self._heard.clear()
        try:
            async with asyncio.timeout(_EVERYTHING):
                while wanted - self._heard.keys():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            if not self._heard or needed - self._heard.keys():
                raise NoReply(f"{self._link.url} tells nothing by itself") from None
        reports = {key: report for key, report in self._heard.items() if key in wanted}
        for key, report in reports.items():
            self._took(key, report)
        return reports

    # ------------------------------------------------------------ writing

    async def current(self, field: Field) -> bytes:
        """Return a report to be changed: as it is, or empty where it cannot be read."""
        key = field.kind, field.report_id
        report = bytes([field.report_id])
        if not self._vendor.listens:
            try:
                report = await self.get(key)
            except Rejected:
                # write-only: what else stands in such a report nobody can tell
                _LOGGER.debug("%s report %s cannot be read", *key)
        return self._descriptor.fit(field.kind, report)

    async def put(self, field: Field, report: bytes) -> bytes:
        """Write a whole report; returns the bytes that went out."""
        whole = self._descriptor.fit(field.kind, report)
        await self._link.set_report(field.kind, whole)
        return whole

    async def rest(self) -> None:
        """Give the device its time between two writes (card usb-hid-power-device, §F(6))."""
        if self._vendor.pause:
            await asyncio.sleep(self._vendor.pause)


async def read_descriptor(
    url: str, read: Callable[[], Awaitable[bytes]], vendor: Vendor
) -> ReportDescriptor:
    """Read the report descriptor, a second time where the first is no good (card, §F(1)).

    Raises BadReply where it cannot be understood, or is none of a Power Device.
    """
    data = await read()
    try:
        descriptor = parse(data, vendor.usages)
    except BadReply as error:
        _LOGGER.debug("%s: %s; reading it again", url, error)
        # whatever stands before the end: lengths are declared wrong at times
        descriptor = parse(await read(), vendor.usages, tolerant=True)
    if not descriptor.fields or not (descriptor.is_power_device or vendor.any_collection):
        raise BadReply(f"{url} is a HID device, but no UPS")
    return vendor.mend(descriptor)
