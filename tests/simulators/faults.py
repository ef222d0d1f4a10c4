"""What can go wrong between a simulated UPS and its host, switchable while it runs."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Corruption:
    """One byte to change in the next reply to one request."""

    request: bytes
    position: int
    value: int


@dataclass(slots=True, kw_only=True)
class Faults:
    """The faults of one device's line; all off at the start.

    A wire sends every reply through `apply`. The two that are a device's own answer
    (`echo`, `refused`) are asked for by the device before it obeys.

    Attributes:
        silence: No reply leaves; requests are still obeyed.
        drop: So many of the next replies are lost.
        garbage: So many of the next replies become random bytes of the same length.
        cut: A reply ends after so many bytes, without its CR.
        no_cr: A reply leaves without its last CR.
        duplicate: A reply leaves twice.
        echo: The device understands nothing: every request gets the family's "no".
        echo_reply: A line that echoes: the request comes back in front of the reply.
        nul: NUL bytes in the middle of a reply and before its last byte.
        gap: Seconds before each byte.
        delay: Seconds before a reply.
        disconnect: The wire is unplugged after so many bytes of the next reply.
        muted: Requests that get no reply, without CR.
        refused: Requests the device does not know, without CR.
        corruptions: Single bytes to change, each once.
    """

    silence: bool = False
    drop: int = 0
    garbage: int = 0
    cut: int | None = None
    no_cr: bool = False
    duplicate: bool = False
    echo: bool = False
    echo_reply: bool = False
    nul: bool = False
    gap: float = 0.0
    delay: float = 0.0
    disconnect: int | None = None
    muted: set[bytes] = field(default_factory=set)
    refused: set[bytes] = field(default_factory=set)
    corruptions: deque[Corruption] = field(default_factory=deque)
    random: Random = field(default_factory=lambda: Random(1996))

    def mute(self, request: bytes | str) -> None:
        """Leave this one request without a reply."""
        self.muted.add(_plain(request))

    def unknown(self, request: bytes | str) -> None:
        """Make the device not know this one request."""
        self.refused.add(_plain(request))

    def corrupt(self, request: bytes | str, position: int, value: int) -> None:
        """Set the byte at a position (0 = first) of the next reply to a request."""
        self.corruptions.append(Corruption(request=_plain(request), position=position, value=value))

    def seed(self, number: int) -> None:
        """Start the garbage anew, the same for the same number."""
        self.random.seed(number)

    def clear(self) -> None:
        """Switch every fault off."""
        fresh = Faults(random=self.random)
        for each in fields(self):
            setattr(self, each.name, getattr(fresh, each.name))

    def denies(self, request: bytes) -> bool:
        """Tell whether the device is to treat a request as unknown."""
        return self.echo or request in self.refused

    def apply(self, reply: bytes, request: bytes) -> bytes:
        """Return what of a reply leaves the device, empty for nothing.

        Args:
            reply: The whole reply with its terminator.
            request: What it answers, without CR; empty when the device speaks first.
        """
        if self.silence or (request and request in self.muted):
            return b""
        if self.drop:
            self.drop -= 1
            return b""
        if self.garbage:
            self.garbage -= 1
            return self.random.randbytes(max(len(reply) - 1, 1)) + b"\r"
        reply = self._corrupted(reply, request)
        if self.nul and len(reply) > 1:
            middle = len(reply) // 2
            reply = reply[:middle] + b"\0" + reply[middle:-1] + b"\0" + reply[-1:]
        if self.no_cr:
            reply = reply.removesuffix(b"\r")
        if self.cut is not None:
            reply = reply[: self.cut].removesuffix(b"\r")
        if self.duplicate:
            reply += reply
        if self.echo_reply and request:
            reply = request + b"\r" + reply
        return reply

    def _corrupted(self, reply: bytes, request: bytes) -> bytes:
        for each in self.corruptions:
            if each.request == request:
                self.corruptions.remove(each)
                if each.position >= len(reply):
                    raise ValueError(f"no byte {each.position} in {reply!r}")
                changed = bytearray(reply)
                changed[each.position] = each.value
                return bytes(changed)
        return reply

    def active(self) -> Iterator[str]:
        """Yield the names of the faults that are on."""
        fresh = Faults()
        for each in fields(self):
            if each.name != "random" and getattr(self, each.name) != getattr(fresh, each.name):
                yield each.name


def _plain(request: bytes | str) -> bytes:
    raw = request.encode("latin-1") if isinstance(request, str) else request
    return raw.removesuffix(b"\r")
