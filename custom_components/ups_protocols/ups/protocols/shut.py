"""SHUT, MGE's HID over a serial line (51029473ZA; card shut): the driver stands in ``hid``.

What differs from USB is time: a report takes a tenth of a second at 2400 baud, a report descriptor
up to half a minute. So the descriptor is remembered, the first full read takes what the opening has
read, and a status read asks for two reports at most. Changes of the status come by themselves.
"""

from base64 import b64decode, b64encode
import binascii
from collections.abc import Iterable, Sequence
import logging
from typing import ClassVar, Final, Protocol, override, runtime_checkable

from ..driver import Memory, Options
from ..hid.decoder import Key
from ..hid.power_device import PowerDevice
from ..hid.signals import Signal
from ..hid.tables import Vendor
from ..hid.vendors import mge
from ..links.base import HidDevice, ReportKind
from ..model import Identity

_LOGGER = logging.getLogger(__name__)

_REMEMBERED: Final = "descriptor"


@runtime_checkable
class TellsDescriptorLength(Protocol):
    """A facet of a HidDevice for which a report descriptor is long to read."""

    async def descriptor_length(self) -> int:
        """Return its length. Raises LinkLost, NoReply, BadReply, Rejected."""


class ShutPowerDevice(PowerDevice):
    """A UPS of MGE's descent on a serial line."""

    # Section 2.6 calls notifications input reports; one that the descriptor declares as a Feature
    # only has that layout, in which the unit answers when it is asked.
    pushed_as: ClassVar[tuple[ReportKind, ...]] = (ReportKind.INPUT, ReportKind.FEATURE)

    def __init__(self, link: HidDevice, options: Options, memory: Memory) -> None:
        """Take the link; the report descriptor is kept in the memory."""
        super().__init__(link, options, memory)
        self._surveyed: dict[Key, bytes] = {}
        self._turn_of_status = 0
        self._has_recalled = False

    @override
    def _table(self) -> Vendor:
        """Return MGE's table: no other maker's units speak SHUT, whatever their ids."""
        return mge.table(self.link.device, self.options)

    # ------------------------------------------------------------ the descriptor

    @override
    async def open(self) -> Identity:
        self._has_recalled = False
        return await super().open()

    @property
    def _unit(self) -> str:
        """Who the descriptor is of."""
        device = self.link.device
        return f"{device.ids}:{device.release:04x}:{device.serial or ''}"

    @override
    async def _read_descriptor(self) -> bytes:
        """Return the remembered descriptor once; asked again, the UPS's own."""
        if not self._has_recalled:
            self._has_recalled = True
            known = self._recall()
            if known and await self._is_as_long(known):
                return known
        data = await self.link.report_descriptor()
        self.memory[_REMEMBERED] = {"unit": self._unit, "data": b64encode(data).decode("ascii")}
        return data

    def _recall(self) -> bytes:
        """Return the descriptor of this unit, empty where it is not known."""
        known = self.memory.get(_REMEMBERED)
        if not isinstance(known, dict) or known.get("unit") != self._unit:
            return b""
        try:
            return b64decode(str(known.get("data")), validate=True)
        except binascii.Error:
            return b""

    async def _is_as_long(self, known: bytes) -> bool:
        """Tell whether the unit's descriptor may still be this one: new firmware may have another.

        Raises LinkLost, NoReply.
        """
        if not isinstance(self.link, TellsDescriptorLength):
            return True
        length = await self.link.descriptor_length()
        if length != len(known):
            _LOGGER.debug("%s has a new descriptor of %s bytes", self.link.url, length)
        return length == len(known)

    # ------------------------------------------------------------ reading

    @override
    async def _survey(self, keys: Iterable[Key]) -> dict[Key, bytes]:
        reports = await super()._survey(keys)
        self._surveyed = dict(reports)
        return reports

    @override
    async def _collect(self, keys: Sequence[Key]) -> dict[Key, bytes]:
        """Read what moves; the first time only the status, the rest was read a moment ago."""
        surveyed, self._surveyed = self._surveyed, {}
        status = self._the_decoder.status_keys
        known = {key: surveyed[key] for key in keys if key in surveyed and key not in status}
        return known | await super()._collect([key for key in keys if key not in known])

    @override
    def _status_turn(self) -> list[Key]:
        """Return the report that tells of the mains, and one of the others in turn."""
        keys = super()._status_turn()
        mains = next(
            (each.key for each in self._the_decoder.bits if each.signal is Signal.AC_PRESENT),
            next((key for key in keys if key in self._the_decoder.power_keys), keys[0]),
        )
        others = [key for key in keys if key != mains]
        if not others:
            return [mains]
        self._turn_of_status = (self._turn_of_status + 1) % len(others)
        return [mains, others[self._turn_of_status]]


driver = ShutPowerDevice

__all__ = ["driver"]
