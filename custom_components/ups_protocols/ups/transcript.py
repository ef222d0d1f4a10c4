"""What was said on a link: kept for diagnostics, and replayed as tests."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
import time
from typing import Self

from .errors import NoReply
from .links.base import AnyRequest, Reply, Unsubscribe

KEPT_EXCHANGES = 200


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its reply; no reply for silence, no request for unsolicited bytes."""

    at: float
    """Seconds since the link was first opened."""
    request: bytes | None
    reply: bytes | None

    def as_json(self) -> dict[str, object]:
        """Return the exchange as the diagnostics show it: bytes in Latin-1, one character each."""
        return {
            "at": round(self.at, 3),
            "request": None if self.request is None else self.request.decode("latin-1"),
            "reply": None if self.reply is None else self.reply.decode("latin-1"),
        }


class Transcript:
    """Everything said while a unit was opened, and the last 200 exchanges."""

    def __init__(self) -> None:
        """Start empty; the first exchange is at second 0."""
        self._start: float | None = None
        self._opening: list[Exchange] = []
        self._recent: deque[Exchange] = deque(maxlen=KEPT_EXCHANGES)
        self._is_opening = True

    def begin_open(self) -> None:
        """Forget the last opening; what follows is a new one."""
        self._opening.clear()
        self._is_opening = True

    def end_open(self) -> None:
        """Note that the unit is open; from now on only the newest exchanges are kept."""
        self._is_opening = False

    def add(self, request: bytes | None, reply: bytes | None) -> None:
        """Note one exchange."""
        now = time.monotonic()
        if self._start is None:
            self._start = now
        exchange = Exchange(now - self._start, request, reply)
        # an endless opening (a line that chatters) must not eat the memory
        if self._is_opening and len(self._opening) < 10 * KEPT_EXCHANGES:
            self._opening.append(exchange)
        else:
            self._recent.append(exchange)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Everything that is kept, oldest first."""
        return (*self._opening, *self._recent)

    def as_json(self) -> list[dict[str, object]]:
        """Return everything that is kept, as diagnostics want it."""
        return [exchange.as_json() for exchange in self.exchanges]

    @classmethod
    def from_json(cls, exchanges: Iterable[Mapping[str, object]]) -> Self:
        """Read back what as_json() wrote. Raises ValueError for anything else."""
        transcript = cls()
        for exchange in exchanges:
            request, reply = exchange.get("request"), exchange.get("reply")
            if not isinstance(request, str | None) or not isinstance(reply, str | None):
                raise TypeError("an exchange needs a text or null as request and reply")
            transcript.add(
                None if request is None else request.encode("latin-1"),
                None if reply is None else reply.encode("latin-1"),
            )
        return transcript


class ReplayLine(AnyRequest):
    """A QueryLine that answers as the recorded device did.

    The n-th time a request is made it gets the n-th reply that was recorded for it, then the
    last one again; a request that was never made has silence for an answer.
    """

    url = "replay:"

    def __init__(self, transcript: Transcript) -> None:
        """Take what was said."""
        self._replies: dict[bytes, deque[bytes | None]] = {}
        for exchange in transcript.exchanges:
            if exchange.request is not None:
                self._replies.setdefault(exchange.request, deque()).append(exchange.reply)
        if not self._replies:
            raise NoReply("the transcript holds no exchange")

    def exclusive(self) -> _Nothing:
        """Keep the line: nobody else is there."""
        return _Nothing()

    async def query(
        self,
        request: bytes,
        *,
        reply: Reply,
        timeout: float,
        pace: float = 0,
    ) -> bytes | None:
        """Return what was recorded."""
        replies = self._replies.get(request)
        if not replies:
            return None
        return replies.popleft() if len(replies) > 1 else replies[0]

    async def close(self) -> None:
        """Close nothing."""


class ReplayBytes(AnyRequest):
    """A ByteLine that answers as the recorded device did.

    What was read between two writes is the answer to the first of them. The n-th time that
    something is written it gets the n-th answer that was recorded for it, then the last one again;
    what was never written has silence for an answer.
    """

    url = "replay:"

    def __init__(self, transcript: Transcript) -> None:
        """Take what was said."""
        self._answers: dict[bytes, deque[bytes]] = {}
        self._input = bytearray()
        written: bytes | None = None
        for exchange in transcript.exchanges:
            if exchange.request is not None:
                written = exchange.request
                self._answers.setdefault(written, deque()).append(exchange.reply or b"")
            elif written is not None and exchange.reply is not None:
                self._answers[written][-1] += exchange.reply
        if not self._answers:
            raise NoReply("the transcript holds no exchange")

    def exclusive(self) -> _Nothing:
        """Keep the line: nobody else is there."""
        return _Nothing()

    async def write(self, data: bytes, *, gap: float = 0) -> None:
        """Have the recorded answer ready for who reads."""
        answers = self._answers.get(data, deque())
        if answers:
            self._input += answers.popleft() if len(answers) > 1 else answers[0]

    async def read(self, reply: Reply, *, timeout: float) -> bytes:
        """Return what was recorded, until the reply is whole."""
        end = len(self._input)
        for length in range(1, end + 1):
            if reply.whole(bytes(self._input[:length])):
                end = length
                break
        data = bytes(self._input[:end])
        del self._input[:end]
        return data

    def discard_input(self) -> bytes:
        """Throw away, and return, what nobody read."""
        stale = bytes(self._input)
        self._input.clear()
        return stale

    def on_unsolicited(self, callback: Callable[[bytes], None]) -> Unsubscribe:
        """Hand over nothing: a recording says nothing by itself."""
        return lambda: None

    async def set_baudrate(self, baudrate: int) -> None:
        """Change nothing: a recording has no speed."""

    async def close(self) -> None:
        """Close nothing."""


class _Nothing:
    """An asynchronous context that does nothing."""

    async def __aenter__(self) -> None:
        """Enter."""

    async def __aexit__(self, *_: object) -> None:
        """Leave."""
