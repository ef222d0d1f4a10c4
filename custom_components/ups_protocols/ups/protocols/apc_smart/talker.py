"""Talking on the line: one request and its reply, with alerts at any time and the unit's pace."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import asynccontextmanager

from ...errors import BadReply, NoReply, Rejected
from ...links.base import ByteLine, Silence
from .frames import (
    ABOUT_TO_TURN_OFF,
    ALERTS,
    LINE,
    RAW_LINE,
    REFUSALS,
    Rest,
    Saying,
    extra_alerts,
    lines,
    only_line,
    sift,
)

type Heard = Callable[[str, bool], None]
"""Takes an alert, and whether it is one for sure: it may be a letter of a late reply."""

# seconds, most of them known from NUT (card apc-smart, section 1); a reply to one byte takes
# about 60 ms at 2400 baud
REPLY_TIME = 3.0
LONG_REPLY_TIME = 6.0
"""For ``a`` and ``^Z``."""
ORDER_TIME = 1.5
"""For ``Y``, ESC and shutdowns."""
PROBE_TIME = 1.5
"""For what a unit may not know, where an unknown request has silence for an answer."""
BETWEEN_BYTES = 0.05
REFUSAL_TIME = 0.2
"""After the first byte of several: a unit that refuses it would obey the others one by one."""
BETWEEN_PRESSES = 1.6
""""Send twice with > 1.5s delay between chars"."""

ENTER, SMART, ESCAPE = b"Y", "SM", b"\x1b"
ENTER_TRIES = 5
OK = "OK"

# silence after which a late reply will not come any more
_SETTLE = 1.0
# rest before each request on a line where a reply came late or twice
_PACE = 0.1
# alerts in one reply after which the line is taken for noise
_MOST_ALERTS = 64
# exchanges after that for which the line is given a rest before each
_PACED = 50
_QUIET = Silence(gap=0.3)
# replies of which two must be equal
_CERTAIN_READS = 5


class Talker:
    """One unit's line. Requests of several tasks are kept apart; alerts are handed over at once."""

    def __init__(self, link: ByteLine, heard: Heard) -> None:
        """Take the line and whoever wants to hear of alerts."""
        self.link = link
        self._heard = heard
        self._is_unsettled = False
        self._paced = 0
        self._is_late = False

    # alerts

    def unsolicited(self, data: bytes) -> None:
        """Take what comes while nobody asks: alerts, and the rest of replies that were late."""
        for char in data.decode("latin-1"):
            if char == "\n":
                self._is_late = False
            elif char in ALERTS:
                self._heard(char, not self._is_late)
            elif char != "\r":
                self._is_late = True

    def _hear(self, alerts: str) -> None:
        for alert in alerts:
            self._heard(alert, True)

    # requests

    async def ask(
        self,
        request: bytes,
        *,
        timeout: float = REPLY_TIME,
        is_raw: bool = False,
        acks: str = "",
    ) -> str | None:
        """Send a request and return its reply without line end; None for silence.

        With ``is_raw`` the characters of alerts belong to the reply. An alert of ``acks`` is a
        reply, too. Raises BadReply for what is not one line, LinkLost.
        """
        async with self.link.exclusive():
            await self._come_to_rest()
            await self.link.write(request)
            return await self.reply(timeout=timeout, is_raw=is_raw, acks=acks)

    async def reply(self, *, timeout: float, is_raw: bool = False, acks: str = "") -> str | None:
        """Return the reply to what was sent (see ask()); only in an exclusive sequence."""
        text = ""
        for _ in range(_MOST_ALERTS):
            data = await self.link.read(RAW_LINE if is_raw else LINE, timeout=timeout)
            if is_raw:
                text += data.decode("latin-1")
                break
            kept, alerts = sift(data)
            text += kept
            ack = next((alert for alert in alerts if alert in acks), "")
            # as the acknowledgement of a shutdown it is no alert ("Older units")
            self._hear(alerts.replace(ABOUT_TO_TURN_OFF, "") if ack else alerts)
            if ack and not text.strip():
                return ack
            if "\n" in text or not alerts:
                break
        if not text:
            self._is_unsettled = True
            return None
        try:
            said = only_line(text)
        except BadReply:
            self.doubt()
            raise
        if text.count("\n") > 1:
            self.doubt()
        return said

    async def _come_to_rest(self) -> None:
        """Have nothing on the line that could be taken for the next reply."""
        self.unsolicited(self.link.discard_input())
        if self._is_unsettled or self._paced:
            rest = Rest(_SETTLE if self._is_unsettled else _PACE)
            self._is_unsettled = False
            self._paced = max(self._paced - 1, 0)
            for _ in range(_MOST_ALERTS):
                data = await self.link.read(rest, timeout=rest.gap)
                if not data:
                    break
                self.unsolicited(data)
        self._is_late = False

    def doubt(self) -> None:
        """Let the line rest before the next requests: what came was no answer to the last."""
        self._is_unsettled = True
        self._paced = _PACED

    async def certain(
        self, request: bytes, *, timeout: float = REPLY_TIME, is_raw: bool = False
    ) -> str | None:
        """Ask until two replies are equal, for what is kept. Raises BadReply, LinkLost.

        Of a raw reply, what one had and the other had not were alerts.
        """
        seen: list[str | None] = []
        for _ in range(_CERTAIN_READS):
            try:
                said = await self.ask(request, timeout=timeout, is_raw=is_raw)
            except BadReply:
                continue
            if said in seen:
                for other in seen if is_raw else ():
                    self._hear(extra_alerts(other or "", said or ""))
                return said
            seen.append(said)
        raise BadReply(f"{request!r} is answered in another way each time")

    async def order(
        self, request: bytes, *, yes: Collection[str] = (OK,), timeout: float = REPLY_TIME
    ) -> str:
        """Send an order, once, and return what the unit says to it, one of ``yes``.

        Raises Rejected, NoReply, BadReply, LinkLost.
        """
        return accepted(request, await self.ask(request, timeout=timeout), yes)

    async def pause(self, seconds: float) -> str:
        """Let the unit have its pace; return what it says meanwhile, "" for nothing.

        What it says ends the pause: a line, or the ``*`` of old units.
        """
        text = ""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (left := end - loop.time()) > 0:
            data = await self.link.read(LINE, timeout=left)
            if not data:
                break
            kept, alerts = sift(data)
            text += kept
            self._hear(alerts.replace(ABOUT_TO_TURN_OFF, ""))
            if ABOUT_TO_TURN_OFF in alerts and not text.strip():
                return ABOUT_TO_TURN_OFF
            if "\n" in text:
                break
        return text.strip()

    @asynccontextmanager
    async def sequence(self) -> AsyncGenerator[None]:
        """Hold the line for bytes that belong together."""
        async with self.link.exclusive():
            await self._come_to_rest()
            yield

    # smart mode

    async def enter(self) -> None:
        """Enter smart mode, in which the unit may be already. Raises NoReply, BadReply, LinkLost.

        Nothing else is sent before a unit has answered (``Y``, "Enter smart mode").
        """
        heard = ""
        async with self.link.exclusive():
            for attempt in range(ENTER_TRIES):
                self.unsolicited(self.link.discard_input())
                await self.link.write(ENTER)
                said, alerts = sift(await self.link.read(Saying(SMART), timeout=ORDER_TIME))
                self._hear(alerts)
                if SMART in lines(said):
                    return
                heard += said
                if attempt < ENTER_TRIES - 1:
                    await self.link.write(ESCAPE)
                    said, alerts = sift(await self.link.read(_QUIET, timeout=ORDER_TIME))
                    self._hear(alerts)
                    heard += said
        if heard:
            raise BadReply("something answers, but not as an APC UPS: check protocol and cable")
        raise NoReply("no APC UPS answers: it needs APC's own black cable (940-0024C)")

    async def enter_again(self) -> None:
        """Bring a unit back that has left smart mode, by losing power. Raises NoReply, LinkLost."""
        if await self.ask(ENTER, timeout=ORDER_TIME) != SMART:
            raise NoReply("the UPS does not answer")


def accepted(request: bytes, said: str | None, yes: Collection[str] = (OK,)) -> str:
    """Return what a unit said to an order. Raises Rejected, NoReply, BadReply."""
    if said is None:
        raise NoReply(f"the UPS does not acknowledge {request!r}")
    if said in yes:
        return said
    if said in REFUSALS:
        raise Rejected(f"the UPS refuses {request!r}")
    raise BadReply(f"{request!r} was answered with {said!r}")
