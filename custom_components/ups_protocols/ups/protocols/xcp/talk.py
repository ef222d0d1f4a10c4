"""Talking to a unit: finding its speed, asking for blocks, authorised commands (document, 3, 4)."""

from asyncio import sleep
from dataclasses import dataclass
from typing import cast

from ...errors import BadReply, LineSettingsFixed, NoReply, Rejected, Unsupported
from ...links.base import ByteLine, HasBaudrate, Reply
from .frames import (
    ACK_BLOCK,
    AUTHORISATION,
    BACK_OUT,
    START,
    Ack,
    Answer,
    Block,
    Code,
    Refused,
    block_of,
    frame,
    judge,
)

BAUDRATES = (9600, 19200, 2400, 4800, 1200)
"""The speeds of the document, the usual one first."""
# a response begins within 2 s (3.1)
_TIMEOUT = 2.3
# the answer to a mode command begins within 0.5 s (4.1.2)
_HELLO_TIMEOUT = 1.2
_BACK_OUT_PAUSE = 0.1
_HELLO_PAUSE = 0.5
# after authorisation and after a control command 0.25 to 15 s must pass (3.1)
LEAST_PAUSE, MOST_PAUSE = 0.25, 15
_PAUSE = 0.5
# over USB a PW9120 needs 2 s, and 1 s is too short (card 2.1)
_PAUSE_WITHOUT_SPEED = 2.0
_READS = 3


@dataclass(frozen=True, slots=True)
class _More:
    """The rest of an answer whose beginning has come."""

    answer: Answer
    before: bytes

    @property
    def gap(self) -> float | None:
        """Return the silence that ends it."""
        return self.answer.gap

    def whole(self, data: bytes) -> bool:
        """Tell whether it is whole with what came before."""
        return self.answer.whole(self.before + data)


class Talk:
    """The exchanges with one unit over a line."""

    def __init__(self, link: ByteLine, pause: float | None) -> None:
        """Take the line; ``pause`` follows an authorisation, None for what suits the line."""
        self._link = link
        # a line without a speed is no serial line
        self.has_speed = hasattr(link, "set_baudrate")
        self.pause = pause or (_PAUSE if self.has_speed else _PAUSE_WITHOUT_SPEED)
        self.acknowledges = False
        """Whether the unit has the acknowledgement; those before revision X have not."""

    # finding

    async def find(self, named: int | None, remembered: int | None) -> tuple[bytes, int | None]:
        """Find the unit; return its ID block and the speed, None where that is fixed.

        Without a named speed it is hunted, with A0 alone: at 1200 baud a request's digit is an
        order to a B-Box of MicroDowell (card 00-hazards). Raises NoReply, BadReply, LinkLost.
        """
        rates: list[int | None] = [None]
        if self.has_speed:
            rates = [named] if named else [*dict.fromkeys((remembered or 9600, *BAUDRATES))]
        heard: BadReply | None = None
        for rate in rates:
            try:
                if rate is not None:
                    await cast("HasBaudrate", self._link).set_baudrate(rate)
            except LineSettingsFixed:
                rate = None
            # an old unit may not know A0; a speed that is known cannot be that of a B-Box
            is_known = rate is None or rate in {named, remembered}
            for code in (
                (Code.REQUESTED_ONLY, Code.IDENTITY) if is_known else (Code.REQUESTED_ONLY,)
            ):
                try:
                    return await self._hello(code), rate
                except BadReply as error:
                    heard = error
                except NoReply, Rejected:
                    continue
            if rate is None:
                break
        if heard is not None:
            raise BadReply(
                "something answers, but not in XCP: check protocol, speed and cable"
            ) from heard
        hint = "" if named else "; an old unit may answer only where its speed is named"
        raise NoReply(f"no XCP unit answers: check cable, port and speed{hint}")

    async def _hello(self, code: Code) -> bytes:
        """Leave whatever mode the port is in and ask who is there."""
        async with self._link.exclusive():
            if self.has_speed:
                await self._link.write(BACK_OUT)
                await sleep(_BACK_OUT_PAUSE)
            await self._link.write(AUTHORISATION)
            await sleep(max(_HELLO_PAUSE, self.pause))
            block = await self._exchange(bytes((code,)), timeout=_HELLO_TIMEOUT)
        if block.number == ACK_BLOCK:
            judge(block, bytes((code,)))
            raise BadReply("an acknowledgement came instead of the ID block")
        return block.data

    # asking

    async def _exchange(
        self,
        request: bytes,
        blocks: frozenset[int] = frozenset(),
        timeout: float = _TIMEOUT,
    ) -> Block:
        """Send one command and return the block that answers it.

        Raises NoReply, BadReply, LinkLost.
        """
        async with self._link.exclusive():
            await self._say(request)
            return await self._answer(request, blocks, timeout)

    async def _say(self, request: bytes) -> None:
        """Send one command. Raises NoReply where the line does not take it, LinkLost."""
        self._link.discard_input()
        await self._link.write(frame(*request))

    async def _answer(
        self, request: bytes, blocks: frozenset[int], timeout: float = _TIMEOUT
    ) -> Block:
        """Return the block that answers what was sent. Raises NoReply, BadReply, LinkLost."""
        answer = Answer(request, blocks)
        data = b""
        for _ in range(_READS):
            # garbage before the answer must not shorten the wait for it
            patience = timeout if START not in data else LEAST_PAUSE
            reply: Reply = _More(answer, data)
            more = await self._link.read(reply, timeout=patience)
            data += more
            if not more or answer.whole(data):
                break
        if not data:
            raise NoReply(f"the UPS does not answer {request.hex(' ')}")
        return answer.block(data)

    async def ask(self, code: Code, *parameters: int) -> bytes:
        """Return the data of a block. Raises Refused where the unit has it not, and as usual."""
        request = bytes((code, *parameters))
        block = await self._exchange(request)
        if block.number == ACK_BLOCK:
            self.acknowledges = True
            judge(block, request)
            raise BadReply(f"{request.hex(' ')} was accepted, but not answered")
        return block.data

    async def order(self, request: bytes) -> bytes | None:
        """Authorise and give one command; return what follows the echo, None for silence.

        Never said twice: a unit that has the acknowledgement and does not send it may have
        obeyed or not. Raises Refused, Busy, NoReply, BadReply, LinkLost.
        """
        blocks = frozenset({ACK_BLOCK})
        if request[0] == Code.BATTERY_TEST:
            # early units answer with the battery block when they cannot test (6.2.1)
            blocks |= {block_of(Code.BATTERY)}
        async with self._link.exclusive():
            self._link.discard_input()
            await self._link.write(AUTHORISATION)
            await sleep(self.pause)
            try:
                # what the line does not take was not said: it is no silence of the unit
                await self._say(request)
                try:
                    block = await self._answer(request, blocks)
                except NoReply as error:
                    if self.acknowledges:
                        raise NoReply(
                            f"the UPS did not confirm {request.hex(' ')}: see whether it did it"
                        ) from error
                    return None
            finally:
                await sleep(LEAST_PAUSE)
        if block.number != ACK_BLOCK:
            return _started(block)
        self.acknowledges = True
        return judge(block, request)

    async def restart(self, request: bytes, short: bytes | None) -> tuple[bytes, bytes | None]:
        """Give a delayed shutdown; a unit that does not know its long form gets the short one.

        Returns what was said and what followed the echo. Raises as order().
        """
        try:
            return request, await self.order(request)
        except Refused as refusal:
            if short is None or refusal.ack not in {Ack.UNRECOGNISED, Ack.INVALID}:
                raise
        return short, await self.order(short)


def _started(block: Block) -> bytes:
    """See from a battery block whether a test was started. Raises Rejected, BadReply."""
    if not block.data:
        raise BadReply("the battery block is empty")
    if block.data[0] not in {1, 5}:
        raise Rejected("the UPS does not test its battery now")
    return b""


def option_pause(value: object) -> float | None:
    """Return the pause that the user wants. Raises Unsupported for one that cannot be."""
    if value is None:
        return None
    pause = float(str(value))
    if not LEAST_PAUSE <= pause <= MOST_PAUSE:
        raise Unsupported(f"auth_pause must lie between {LEAST_PAUSE} and {MOST_PAUSE}")
    return pause
