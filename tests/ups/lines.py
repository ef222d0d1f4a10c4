"""What tests of serial drivers stand on: a line in memory, a session with a unit on a wire."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from custom_components.ups_protocols.ups.links.base import AnyRequest, Reply
from custom_components.ups_protocols.ups.model import StatusFlag
from custom_components.ups_protocols.ups.session import Session

type Answers = dict[bytes, bytes | Callable[[], bytes | None] | None]


class TableLine(AnyRequest):
    """A QueryLine that answers by a table, as real lines do, without waiting.

    What is not in the table is echoed, as Megatec units do.
    """

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


@asynccontextmanager
async def started(session: Session) -> AsyncGenerator[Session]:
    """Start a session, yield it once it has read its unit, close it."""
    session.start()
    try:
        await session.ready()
        yield session
    finally:
        await session.close()


def flags(session: Session) -> frozenset[StatusFlag]:
    """Return the flags that are published now."""
    return session.snapshot.status.flags if session.snapshot else frozenset()


async def until(condition: Callable[[], bool], timeout: float = 30) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.01)
