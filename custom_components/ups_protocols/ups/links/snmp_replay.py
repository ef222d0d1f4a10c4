"""An SNMP agent that answers as a recorded one did: a diagnostics file as a test."""

from collections import deque

from ..errors import NoReply
from ..transcript import Transcript
from .base import SnmpCredentials, SnmpVersion
from .snmp import SnmpLink
from .snmp_address import SnmpAddress
from .snmp_notifications import Notification
from .snmp_pdu import Request, Response, parse_response


class ReplayWire:
    """Requests and responses of a transcript.

    The n-th time a request is made it gets the n-th response that was recorded for it, then the
    last one again; one that was never made has silence for an answer.
    """

    def __init__(self, transcript: Transcript) -> None:
        """Take what was said. Raises ValueError for a transcript that is not of SNMP."""
        self._responses: dict[str, deque[Response | None]] = {}
        for exchange in transcript.exchanges:
            if exchange.request is None:
                continue
            said = None if exchange.reply is None else exchange.reply.decode()
            is_lost = said is None or said.startswith("failed ")
            response = None if said is None or is_lost else parse_response(said)
            self._responses.setdefault(exchange.request.decode(), deque()).append(response)
        if not self._responses:
            raise NoReply("the transcript holds no exchange")

    def knows(self, beginning: str) -> bool:
        """Tell whether a request that begins so was made."""
        return any(request.startswith(beginning) for request in self._responses)

    async def ask(self, request: Request, *, tries: int, timeout: float) -> Response | None:
        """Return what was recorded."""
        responses = self._responses.get(str(request))
        if not responses:
            return None
        return responses.popleft() if len(responses) > 1 else responses[0]

    @property
    def hosts(self) -> frozenset[str]:
        """It has no address."""
        return frozenset()

    async def expect_notifications(self) -> None:
        """Nothing comes unasked."""

    def notification(self, data: bytes) -> Notification | None:
        """Nothing comes unasked."""
        return None

    async def close(self) -> None:
        """Close nothing."""


def replay(transcript: Transcript) -> SnmpLink:
    """Return an agent that answers as in a transcript."""
    wire = ReplayWire(transcript)
    # what it was asked tells the version: SNMPv1 has no GETBULK
    version = SnmpVersion.V2C if wire.knows("bulk ") else SnmpVersion.V1
    address = SnmpAddress(host="replay", credentials=SnmpCredentials(version=version))
    return SnmpLink(address, wire, Transcript())
