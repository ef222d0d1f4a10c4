"""HidDevice links without USB: over simulated devices, and over captures."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import override

from custom_components.ups_protocols.ups.errors import LinkLost, NoReply, Rejected, UpsError
from custom_components.ups_protocols.ups.links.base import (
    Exclusive,
    ReportKind,
    Unsubscribe,
    UsbDevice,
)
from tests.simulators.clock import Clock
from tests.usbsim import usb
from tests.usbsim.devices import make_hid
from tests.usbsim.hid import HidDevice as SimulatedDevice

KINDS = {
    ReportKind.INPUT: usb.INPUT,
    ReportKind.OUTPUT: 2,
    ReportKind.FEATURE: usb.FEATURE,
}


class ReportLink(Exclusive):
    """A HidDevice whose reports stand in a mapping; it notes all that is asked and written."""

    url = "fake:hid"

    def __init__(
        self,
        device: UsbDevice,
        descriptor: bytes,
        reports: Mapping[tuple[ReportKind, int], bytes],
        strings: Mapping[int, str] | None = None,
    ) -> None:
        super().__init__()
        self._device = device
        self.descriptor = descriptor
        self.reports = dict(reports)
        self.strings = dict(strings or {})
        self.asked: list[tuple[ReportKind, int]] = []
        self.written: list[bytes] = []
        self.failures: dict[tuple[ReportKind, int], list[UpsError | bytes]] = {}
        """What the next reads of a report raise, or answer."""
        self.closed = False
        self.listeners: list[Callable[[ReportKind, bytes], None]] = []

    @property
    def device(self) -> UsbDevice:
        return self._device

    async def close(self) -> None:
        self.closed = True

    async def report_descriptor(self) -> bytes:
        return self.descriptor

    async def get_report(self, kind: ReportKind, report_id: int, length: int) -> bytes:
        await asyncio.sleep(0)
        if self.closed:
            raise LinkLost("unplugged")
        key = (kind, report_id)
        self.asked.append(key)
        if self.failures.get(key):
            failure = self.failures[key].pop(0)
            if isinstance(failure, bytes):
                return failure
            raise failure
        return self.answer(key)[:length]

    def answer(self, key: tuple[ReportKind, int]) -> bytes:
        if key not in self.reports:
            raise Rejected(f"STALL of {key}")
        return self.reports[key]

    async def set_report(self, kind: ReportKind, report: bytes) -> None:
        await asyncio.sleep(0)
        if self.closed:
            raise LinkLost("unplugged")
        self.written.append(report)
        self.obey(kind, report)

    def obey(self, kind: ReportKind, report: bytes) -> None:
        if (kind, report[0]) not in self.reports:
            raise Rejected("STALL")
        self.reports[kind, report[0]] = report

    async def get_string(self, index: int) -> str | None:
        return self.strings.get(index)

    def on_report(self, callback: Callable[[ReportKind, bytes], None]) -> Unsubscribe:
        self.listeners.append(callback)

        def stop() -> None:
            with suppress(ValueError):
                self.listeners.remove(callback)

        return stop

    def push(self, report: bytes, kind: ReportKind = ReportKind.INPUT) -> None:
        """Send a report as the device does by itself."""
        for listener in tuple(self.listeners):
            listener(kind, report)


class SimulatedLink(ReportLink):
    """A link to a simulated device of tests/usbsim, without any bus between."""

    def __init__(self, name: str, **state: float | str | bool) -> None:
        self.sim: SimulatedDevice = make_hid(name, clock=Clock.stopped(), **state)
        hardware = self.sim.hardware
        texts = {index: text for index, text in hardware.strings.items() if isinstance(text, str)}
        super().__init__(
            UsbDevice(
                vendor_id=hardware.vendor,
                product_id=hardware.product,
                release=hardware.release,
                manufacturer=texts.get(hardware.manufacturer),
                product=texts.get(hardware.product_name),
                serial=texts.get(hardware.serial),
                place="1-1",
            ),
            self.sim.report_descriptor,
            {},
            texts,
        )

    def _setup(
        self, request: tuple[int, int], kind: ReportKind, number: int, length: int
    ) -> usb.Setup:
        return usb.Setup(*request, KINDS[kind] << 8 | number, self.sim.model.interface, length)

    @override
    async def get_report(self, kind: ReportKind, report_id: int, length: int) -> bytes:
        self._length = length
        return await super().get_report(kind, report_id, length)

    @override
    def answer(self, key: tuple[ReportKind, int]) -> bytes:
        setup = self._setup((0xA1, usb.GET_REPORT), *key, self._length)
        try:
            return self.sim.control(setup, b"")[0]
        except usb.Stall as error:
            raise Rejected(f"STALL of {key}") from error
        except (usb.Nak, usb.BusError) as error:
            raise NoReply(f"no answer to {key}") from error

    @override
    def obey(self, kind: ReportKind, report: bytes) -> None:
        setup = self._setup((0x21, usb.SET_REPORT), kind, report[0], len(report))
        try:
            self.sim.control(setup, report)
        except usb.Stall as error:
            raise Rejected("STALL") from error

    def push_now(self) -> None:
        """Push all Input reports as they are now."""
        for kind, number in sorted(self.sim.lengths):
            if kind == usb.INPUT:
                with suppress(usb.Stall):
                    self.push(self.sim.report(number, usb.INPUT))
