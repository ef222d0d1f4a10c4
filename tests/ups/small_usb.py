"""A ReportPipe without USB, and what stands behind it."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping

from custom_components.ups_protocols.ups.errors import LinkLost, UpsError
from custom_components.ups_protocols.ups.links.base import Exclusive, UsbDevice


class Pipe(Exclusive):
    """A ReportPipe whose device is a function: what was written -> the reports that follow."""

    url = "fake:pipe"

    def __init__(
        self,
        answer: Callable[[bytes], Iterable[bytes]] = lambda report: (),
        device: UsbDevice | None = None,
    ) -> None:
        super().__init__()
        self.device = device or UsbDevice(vendor_id=0, product_id=0)
        self.answer = answer
        self.reports: deque[bytes] = deque()
        self.written: list[bytes] = []
        self.interrupts: list[bytes] = []
        self.failure: UpsError | None = None
        self.closed = False
        self.waits = False
        """Silence lasts, as that of a device does."""
        self._more = asyncio.Event()

    async def close(self) -> None:
        self.closed = True

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure
        if self.closed:
            raise LinkLost("closed")

    async def write_report(self, report: bytes) -> None:
        async with self.exclusive():
            self._check()
            self.written.append(report)
            self.reports.extend(self.answer(report))

    async def write_interrupt(self, data: bytes) -> None:
        async with self.exclusive():
            self._check()
            self.interrupts.append(data)

    def say(self, *reports: bytes) -> None:
        """Send reports that nobody asked for."""
        self.reports.extend(reports)
        self._more.set()

    def fail(self, failure: UpsError) -> None:
        """Fail from now on."""
        self.failure = failure
        self._more.set()

    async def read_report(self, length: int, *, timeout: float) -> bytes | None:
        async with self.exclusive():
            self._check()
            if not self.reports and self.waits:
                self._more.clear()
                try:
                    async with asyncio.timeout(timeout):
                        await self._more.wait()
                except TimeoutError:
                    return None
                self._check()
            return self.reports.popleft()[:length] if self.reports else None


class TrippLiteUnit:
    """Replies by letter, CR included or not; what is not known says the last reply again."""

    def __init__(self, number: str, replies: Mapping[str, str | bytes]) -> None:
        self.replies: dict[bytes, bytes] = {b"\0": bytes.fromhex(number) + b"XXXX\r"}
        for letter, reply in replies.items():
            data = reply if isinstance(reply, bytes) else reply.encode()
            self.replies[letter.encode()] = data
        self.last = b""
        self.orders: list[bytes] = []
        self.refuses = b""

    def __call__(self, report: bytes) -> Iterable[bytes]:
        assert len(report) == 8
        # a checksum or an argument may be 0D too: the frame is the one whose checksum is right
        for end in (place for place in range(3, 8) if report[place] == 0x0D):
            body = report[1 : end - 1]
            if (sum(body) + report[end - 1]) % 256 == 255:
                break
        else:
            raise AssertionError(f"{report!r} is no frame")
        assert report[:1] == b":" and not any(report[end + 1 :])
        letter = body[:1]
        if letter in b"NKGAZJW" and letter not in self.refuses:
            self.orders.append(body)
            if letter == b"J":
                self.replies[b"U"] = body[1:3] + b"\r"
            self.last = (letter + b"\r").ljust(8, b"\0")
        elif letter in self.replies:
            self.last = (letter + self.replies[letter])[:8].ljust(8, b"\0")
        return [self.last] if self.last else []
