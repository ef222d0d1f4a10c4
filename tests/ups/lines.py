"""A QueryLine in memory: answers by a table, as real lines do, without waiting."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext

from custom_components.ups_protocols.ups.links.base import AnyRequest, Reply

type Answers = dict[bytes, bytes | Callable[[], bytes | None] | None]


class TableLine(AnyRequest):
    """Answers each request by a table; what is not in it is echoed, as Megatec units do."""

    url = "table:"

    def __init__(self, answers: Answers) -> None:
        """Take the table; ``asked`` notes every request."""
        self.answers = answers
        self.asked: list[bytes] = []

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        """Nobody else is there."""
        return nullcontext()

    async def query(
        self, request: bytes, *, reply: Reply, timeout: float, pace: float = 0
    ) -> bytes | None:
        """Return the reply up to where it is whole."""
        self.asked.append(request)
        answer = self.answers.get(request, request)
        said = answer() if callable(answer) else answer
        if said is None:
            return None
        for end in range(1, len(said)):
            if reply.whole(said[:end]):
                return said[:end]
        return said

    async def close(self) -> None:
        """Close nothing."""
