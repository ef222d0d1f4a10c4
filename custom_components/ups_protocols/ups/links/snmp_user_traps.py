"""SNMPv3 traps and informs: whether a user's keys prove them, and what they say.

Of a trap the agent's engine is the authority, of an inform ours (RFC 3412, RFC 3414): so there are
two pairs of keys, and an agent that wants to send an inform asks for our engine id and time first.
Nothing that the keys do not prove is believed; a trap may be less encrypted than the requests are.
"""

from dataclasses import dataclass, replace
import hmac
import os
import time
from typing import Any

from pysnmp.entity import config
from pysnmp.proto import rfc1902
from pysnmp.proto.error import ProtocolError, StatusInformation

from ..errors import BadReply
from .base import Oid, SnmpAuth, SnmpCredentials
from .snmp_ber import Reader, counter, decode_pdu, octets, sequence, whole_number
from .snmp_keys import PRIVACY, Keys
from .snmp_notifications import Notification, trap_in
from .snmp_pdu import PduType

_INTEGER, _OCTETS, _SEQUENCE = 0x02, 0x04, 0x30
_PROVED, _ENCRYPTED, _REPORTABLE = 0x01, 0x02, 0x04
_USM = 3
_MOST = 65507
_WINDOW = 150
"""Seconds by which a message may be late (RFC 3414, section 2.2.3)."""
_START = 600
"""Seconds in which an agent is taken to have started: not every card counts its starts."""
_NOT_IN_WINDOW: Oid = (1, 3, 6, 1, 6, 3, 15, 1, 1, 2, 0)
_UNKNOWN_ENGINE: Oid = (1, 3, 6, 1, 6, 3, 15, 1, 1, 4, 0)
# which hash proves a message, and how many of its bytes are sent (RFC 3414, RFC 7860)
_DIGESTS = {
    SnmpAuth.MD5: ("md5", 12),
    SnmpAuth.SHA: ("sha1", 12),
    SnmpAuth.SHA224: ("sha224", 16),
    SnmpAuth.SHA256: ("sha256", 24),
    SnmpAuth.SHA384: ("sha384", 32),
    SnmpAuth.SHA512: ("sha512", 48),
}


class _OurEngine:
    """We as an engine: an id for as long as this program runs, started once."""

    boots = 1

    def __init__(self) -> None:
        # RFC 3411, SnmpEngineID: no enterprise, octets of our own
        self.engine_id = b"\x80\x00\x00\x00\x05" + os.urandom(12)
        self._started = time.monotonic()

    @property
    def time(self) -> int:
        """Seconds since the start."""
        return int(time.monotonic() - self._started)


OURS = _OurEngine()


@dataclass(frozen=True, slots=True)
class UserMessage:
    """A message of SNMPv3 as received (RFC 3412, section 6; RFC 3414, section 2.4)."""

    number: int
    flags: int
    engine_id: bytes
    boots: int
    time: int
    user: bytes
    digest: bytes
    salt: bytes
    scoped: bytes
    """The scoped PDU: what is in its sequence, or encrypted with it."""


def decode_message(data: bytes) -> UserMessage | None:
    """Return what a datagram says, None where it is not SNMPv3. Raises BadReply."""
    message = Reader(data).inside(_SEQUENCE)
    if message.number() != 3:
        return None
    header = message.inside(_SEQUENCE)
    number, _ = header.number(), header.number()
    flags = bytes(header.content(_OCTETS))
    if len(flags) != 1 or header.number() != _USM:
        raise BadReply("a message with a model of security that is not a user's")
    user = Reader(message.content(_OCTETS)).inside(_SEQUENCE)
    engine_id, boots, seconds = bytes(user.content(_OCTETS)), user.number(), user.number()
    name, digest, salt = (bytes(user.content(_OCTETS)) for _ in range(3))
    tag, scoped = message.any()
    if tag != (_OCTETS if flags[0] & _ENCRYPTED else _SEQUENCE):
        raise BadReply("a message that is not encrypted as it says")
    return UserMessage(
        number, flags[0], engine_id, boots, seconds, name, digest, salt, bytes(scoped)
    )


def encode_message(message: UserMessage) -> bytes:
    """Return a message as a datagram."""
    header = (
        whole_number(message.number)
        + whole_number(_MOST)
        + octets(bytes((message.flags,)))
        + whole_number(_USM)
    )
    user = (
        octets(message.engine_id)
        + whole_number(message.boots)
        + whole_number(message.time)
        + octets(message.user)
        + octets(message.digest)
        + octets(message.salt)
    )
    wrap = octets if message.flags & _ENCRYPTED else sequence
    said = wrap(message.scoped)
    return sequence(whole_number(3) + sequence(header) + octets(sequence(user)) + said)


class UserTraps:
    """The notifications of one user of one agent."""

    def __init__(self, credentials: SnmpCredentials, ours: Keys) -> None:
        """Take the user, and its keys for our engine."""
        self._given = credentials
        self._user = credentials.user.encode()
        self._keys = {OURS.engine_id: ours}
        self._agent = b""
        self._newest = (0, 0)
        """Boots and time of the agent's newest message that was proved."""

    def follow(self, engine_id: bytes, keys: Keys) -> None:
        """Take the agent's engine id, and the user's keys for it."""
        self._keys.pop(self._agent, None)
        self._keys[engine_id] = keys
        self._agent, self._newest = engine_id, (0, 0)

    def read(self, data: bytes) -> Notification | None:
        """Return a proved notification, or the answer to a question before an inform.

        None for what is of another user. Raises BadReply for what is not proved.
        """
        if (message := decode_message(data)) is None:
            return None
        if not message.engine_id and message.flags & _REPORTABLE:
            return Notification(None, self._report(message, _UNKNOWN_ENGINE, 0, Keys(None, None)))
        keys = self._keys.get(message.engine_id)
        if keys is None or message.user != self._user:
            return None
        self._prove(message, data, keys)
        is_ours = message.engine_id == OURS.engine_id
        if is_ours and self._is_late(message):
            # an agent that does not know our time learns it from this
            level = message.flags & _PROVED
            return Notification(None, self._report(message, _NOT_IN_WINDOW, level, keys))
        if not is_ours:
            self._see_order(message)
        return self._open(message, keys, is_ours=is_ours)

    # whether it is true

    def _prove(self, message: UserMessage, data: bytes, keys: Keys) -> None:
        """See that the user sent it. Raises BadReply."""
        if self._given.auth is None:
            return
        if not message.flags & _PROVED or keys.auth is None:
            raise BadReply("a message that the user's key does not prove")
        blank = bytes(_DIGESTS[self._given.auth][1])
        if len(message.digest) != len(blank) or not hmac.compare_digest(
            message.digest, self._digest(data.replace(message.digest, blank, 1), keys.auth)
        ):
            raise BadReply("a message that the user's key does not prove")

    def _digest(self, data: bytes, key: bytes) -> bytes:
        assert self._given.auth is not None
        name, length = _DIGESTS[self._given.auth]
        return hmac.digest(key, data, name)[:length]

    def _is_late(self, message: UserMessage) -> bool:
        """Tell whether a message for our engine is not of now (RFC 3414, section 3.2, 7a)."""
        if self._given.auth is None:
            return False
        return message.boots != OURS.boots or abs(message.time - OURS.time) > _WINDOW

    def _see_order(self, message: UserMessage) -> None:
        """See that an old message was not sent again (RFC 3414, section 3.2, 7b).

        Raises BadReply.
        """
        if self._given.auth is None:
            return
        is_start = message.boots == self._newest[0] and message.time <= _START
        if not is_start and (message.boots, message.time + _WINDOW) < self._newest:
            raise BadReply("a message that is older than others of this agent")
        newest = message.boots, message.time
        self._newest = newest if is_start else max(self._newest, newest)

    # what it says

    def _open(self, message: UserMessage, keys: Keys, *, is_ours: bool) -> Notification | None:
        scoped = message.scoped
        if message.flags & _ENCRYPTED:
            scoped = bytes(Reader(self._decrypt(message, keys)).content(_SEQUENCE))
        reader = Reader(scoped)
        engine, context = bytes(reader.content(_OCTETS)), bytes(reader.content(_OCTETS))
        tag, content = reader.any()
        # who is the authority tells whether it may be a trap or an inform
        if tag != (PduType.INFORM if is_ours else PduType.TRAP):
            return None
        _, response = decode_pdu(tag, content)
        if (trap := trap_in(response)) is None:
            return None
        if not is_ours:
            return Notification(trap)
        said = octets(engine) + octets(context) + sequence(bytes(content), PduType.RESPONSE)
        level = message.flags & (_PROVED | _ENCRYPTED)
        return Notification(trap, self._message(message, level, keys, said))

    def _service(self, keys: Keys) -> tuple[Any, Any]:
        """Return what encrypts, and the key for it. Raises BadReply."""
        if self._given.privacy is None or keys.privacy is None:
            raise BadReply("an encrypted message for a user without a privacy key")
        service = config.PRIV_SERVICES[PRIVACY[self._given.privacy]]
        return service, rfc1902.OctetString(keys.privacy)

    def _decrypt(self, message: UserMessage, keys: Keys) -> bytes:
        service, key = self._service(keys)
        salt = message.boots, message.time, rfc1902.OctetString(message.salt)
        try:
            return bytes(service.decrypt_data(key, salt, rfc1902.OctetString(message.scoped)))
        except (StatusInformation, ProtocolError, ValueError) as error:
            raise BadReply("a message that the user's privacy key does not open") from error

    # what is sent back

    def _report(self, message: UserMessage, what: Oid, level: int, keys: Keys) -> bytes:
        """Return the report that tells our engine id and time (RFC 3414, section 3.2)."""
        pdu = b"".join(whole_number(each) for each in (message.number, 0, 0)) + counter(what, 1)
        said = octets(OURS.engine_id) + octets(b"") + sequence(pdu, PduType.REPORT)
        return self._message(message, level, keys, said)

    def _message(self, asked: UserMessage, level: int, keys: Keys, scoped: bytes) -> bytes:
        """Return a message of our engine, which answers another."""
        salt, said, seconds = b"", scoped, OURS.time
        if level & _ENCRYPTED:
            service, key = self._service(keys)
            made = service.encrypt_data(key, (OURS.boots, seconds, None), sequence(scoped))
            said, salt = bytes(made[0]), bytes(made[1])
        answer = UserMessage(
            asked.number, level, OURS.engine_id, OURS.boots, seconds, asked.user, b"", salt, said
        )
        if level & _PROVED and keys.auth is not None and self._given.auth is not None:
            answer = replace(answer, digest=bytes(_DIGESTS[self._given.auth][1]))
            digest = self._digest(encode_message(answer), keys.auth)
            answer = replace(answer, digest=digest)
        return encode_message(answer)
