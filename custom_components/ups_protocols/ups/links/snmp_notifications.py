"""Traps and informs of one agent, v1 and v2c: from a datagram to what it tells and its answer."""

from dataclasses import dataclass
import hmac

from .base import Oid, Trap
from .snmp_ber import decode, encode_answer
from .snmp_pdu import Missing, PduType, Response

_TRAP_OID: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
_KINDS = {PduType.TRAP_V1, PduType.TRAP, PduType.INFORM}


@dataclass(frozen=True, slots=True)
class Notification:
    """A datagram that an agent sent unasked."""

    trap: Trap | None
    """What it reports; None for a question that comes before an inform."""
    answer: bytes | None = None
    """What is to be sent back."""


def trap_in(response: Response, what: Oid | None = None) -> Trap | None:
    """Return what a notification reports; None where it does not say what.

    ``what`` is given for an SNMPv1 trap, whose header says it.
    """
    values = {oid: said for oid, said in response.values if not isinstance(said, Missing)}
    found = what or values.pop(_TRAP_OID, None)
    return Trap(found, values) if isinstance(found, tuple) else None


def of_community(data: bytes, community: bytes) -> Notification | None:
    """Return a notification that carries a community; None for anything else.

    Informs are answered (RFC 3416, section 4.2.7). Raises BadReply.
    """
    message = decode(data)
    if message.type not in _KINDS or not hmac.compare_digest(message.community, community):
        return None
    if (trap := trap_in(message.response, message.trap)) is None:
        return None
    is_inform = message.type == PduType.INFORM
    return Notification(trap, encode_answer(message, data) if is_inform else None)
