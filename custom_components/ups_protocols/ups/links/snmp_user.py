"""SNMPv3: requests of a user through an engine of pysnmp's (RFC 3414, RFC 3412).

The engine is Home Assistant's shared one, or one of ours that all links of an event loop share. The
agent's engine id is discovered first and everything is kept under it: two agents with the same user
have two keys. Keys are made from pass phrases in the executor, which takes 10 ms each.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from itertools import count
import socket
from typing import Any
from weakref import WeakKeyDictionary

from pyasn1.type import univ
from pysnmp.carrier.asyncio.dgram.udp import UdpAsyncioTransport
from pysnmp.carrier.asyncio.dgram.udp6 import Udp6AsyncioTransport
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413.cmdgen import CommandGenerator
from pysnmp.error import PySnmpError
from pysnmp.proto import errind, rfc1902
from pysnmp.proto.api import v2c
from pysnmp.proto.error import StatusInformation
from pysnmp.proto.rfc1905 import EndOfMibView, NoSuchInstance, NoSuchObject

from ..errors import (
    AuthFailed,
    BadReply,
    LinkLost,
    NoReply,
    UnknownUser,
    UpsError,
    WrongKey,
    WrongPrivacyKey,
)
from .base import Oid, SnmpType
from .snmp_address import SnmpAddress
from .snmp_discovery import discover
from .snmp_keys import AUTHENTICATION, PRIVACY, Keys, make_keys
from .snmp_notifications import Notification
from .snmp_pdu import Missing, PduType, Request, Response, Said
from .snmp_user_traps import OURS, UserTraps
from .snmp_wire import RESOLVE_TIMEOUT, explain

_PDUS = {
    PduType.GET: v2c.GetRequestPDU,
    PduType.NEXT: v2c.GetNextRequestPDU,
    PduType.SET: v2c.SetRequestPDU,
    PduType.BULK: v2c.GetBulkRequestPDU,
}
_TYPES = {
    SnmpType.INTEGER: rfc1902.Integer32,
    SnmpType.UNSIGNED: rfc1902.Unsigned32,
    SnmpType.TICKS: rfc1902.TimeTicks,
    SnmpType.OCTETS: rfc1902.OctetString,
    SnmpType.OID: rfc1902.ObjectIdentifier,
}
_MISSING = {
    NoSuchObject.tagSet: Missing.NO_OBJECT,
    NoSuchInstance.tagSet: Missing.NO_INSTANCE,
    EndOfMibView.tagSet: Missing.END,
    rfc1902.Null.tagSet: Missing.NULL,
}

# what an agent's Report tells of the user and its keys (RFC 3414, section 3.2)
_WRONG_USER = (errind.UnknownUserName, errind.UnknownSecurityName)
_WRONG_KEY = (errind.WrongDigest, errind.AuthenticationFailure, errind.AuthenticationError)
_WRONG_PRIVACY = (errind.DecryptionError, errind.EncryptionError)
_OTHER_ENGINE = (errind.UnknownEngineID, *_WRONG_USER, errind.NotInTimeWindow)
_numbers = count(1)


class _Unsaid(Exception):
    """A request that the engine would not send."""


# engines


class _Engines:
    """Our own engine of each event loop, for links to which none is passed."""

    def __init__(self) -> None:
        self._engines: dict[asyncio.AbstractEventLoop, tuple[Any, int]] = {}
        self._lock: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    async def take(self) -> Any:
        """Return the engine, made when nobody has it yet."""
        loop = asyncio.get_running_loop()
        async with self._lock.setdefault(loop, asyncio.Lock()):
            engine, users = self._engines.get(loop, (None, 0))
            if engine is None:
                engine = await loop.run_in_executor(None, _make_engine)
            self._engines[loop] = engine, users + 1
            return engine

    def give_back(self) -> None:
        """Close the engine when the last link has gone."""
        loop = asyncio.get_running_loop()
        engine, users = self._engines.pop(loop)
        if users > 1:
            self._engines[loop] = engine, users - 1
        else:
            engine.close_dispatcher()


def _make_engine() -> Any:
    """Return a new engine with the modules loaded that it reads from disk."""
    engine = SnmpEngine()
    engine.get_mib_builder().load_modules(
        "SNMP-COMMUNITY-MIB", "SNMP-USER-BASED-SM-MIB", "PYSNMP-USM-MIB", "SNMP-TARGET-MIB"
    )
    return engine


_engines = _Engines()
_users: WeakKeyDictionary[Any, Counter[tuple[str, bytes]]] = WeakKeyDictionary()
"""How many links use a user of an agent, by engine."""


# the wire


async def open_user_wire(address: SnmpAddress, engine: Any = None) -> UserWire:
    """Find an agent's engine id, make the keys and open. Raises LinkLost, NoReply."""
    is_ours = engine is None
    wire = UserWire(address, await _engines.take() if is_ours else engine, is_ours=is_ours)
    try:
        await wire.open()
    except BaseException:
        await wire.close()
        raise
    return wire


class UserWire:
    """The requests of one user to one agent."""

    def __init__(self, address: SnmpAddress, engine: Any, *, is_ours: bool) -> None:
        """Take the engine; nothing is sent before open()."""
        self._address = address
        self._engine: Any = engine
        self._is_ours = is_ours
        self._name = f"ups-protocols-{next(_numbers)}"
        """The name of our rows in the engine's tables."""
        self._remote: tuple[str, int] = ("", 0)
        self._domain: Oid = ()
        self._engine_id: bytes | None = None
        self._targets: dict[float, str] = {}
        self._has_answered = False
        self._keys = Keys(None, None)
        self._traps: UserTraps | None = None

    async def open(self) -> None:
        """Find the agent's engine id and register the user under it."""
        family = await self._resolve()
        is_v6 = family is socket.AF_INET6
        self._domain = config.SNMP_UDP6_DOMAIN if is_v6 else config.SNMP_UDP_DOMAIN
        if not config.get_transport(self._engine, self._domain):
            transport = (Udp6AsyncioTransport if is_v6 else UdpAsyncioTransport)()
            config.add_transport(self._engine, self._domain, transport.open_client_mode())
        await self._register(await self._discover())

    async def _resolve(self) -> socket.AddressFamily:
        """Find the numbers of the host. Raises LinkLost."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(RESOLVE_TIMEOUT):
                found = await loop.getaddrinfo(
                    self._address.host, self._address.port, type=socket.SOCK_DGRAM
                )
        except TimeoutError:
            raise LinkLost(f"the name of {self._address.url} cannot be resolved") from None
        except (OSError, UnicodeError) as error:
            raise explain(self._address.url, error) from error
        family, *_, where = found[0]
        self._remote = (str(where[0]), int(where[1]))
        return family

    async def _discover(self) -> bytes:
        """Return the agent's engine id. Raises NoReply, LinkLost."""
        engine_id = await discover(self._remote, timeout=self._address.timeout)
        if engine_id is None:
            raise NoReply(
                f"nothing answers at {self._address.url}: no agent there, SNMPv3 switched off, or "
                "this host not allowed"
            )
        return engine_id

    async def _register(self, engine_id: bytes) -> None:
        """Put the user into the engine, under the agent's id."""
        keys = await asyncio.get_running_loop().run_in_executor(
            None, make_keys, self._address.credentials, engine_id
        )
        self._forget()
        given, engine = self._address.credentials, self._engine
        config.add_v3_user(
            engine,
            given.user,
            AUTHENTICATION[given.auth],
            keys.auth,
            PRIVACY[given.privacy],
            keys.privacy,
            securityEngineId=rfc1902.OctetString(engine_id),
            authKeyType=config.USM_KEY_TYPE_LOCALIZED,
            privKeyType=config.USM_KEY_TYPE_LOCALIZED,
        )
        self._engine_id = engine_id
        self._keys = keys
        if self._traps is not None:
            self._traps.follow(engine_id, keys)
        _users.setdefault(engine, Counter())[given.user, engine_id] += 1
        level = "authPriv" if given.privacy else "authNoPriv" if given.auth else "noAuthNoPriv"
        config.add_target_parameters(engine, self._name, given.user, level)

    def _target(self, timeout: float) -> str:
        """Return the name of the agent as a target with this time-out."""
        if (name := self._targets.get(timeout)) is None:
            name = self._targets[timeout] = f"{self._name}-{len(self._targets)}"
            config.add_target_address(
                self._engine,
                name,
                self._domain,
                self._remote,
                self._name,
                timeout * 100,
                0,
            )
        return name

    def _forget(self) -> None:
        """Take everything of ours out of the engine."""
        for name in self._targets.values():
            config.delete_target_address(self._engine, name)
        self._targets.clear()
        if (engine_id := self._engine_id) is None:
            return
        self._engine_id = None
        config.delete_target_parameters(self._engine, self._name)
        user = self._address.credentials.user
        users = _users[self._engine]
        users[user, engine_id] -= 1
        if users[user, engine_id] <= 0:
            del users[user, engine_id]
            config.delete_v3_user(self._engine, user, rfc1902.OctetString(engine_id))

    async def close(self) -> None:
        """Take the user out of the engine; the last link closes an engine of ours."""
        if self._engine is None:
            return
        self._forget()
        self._engine = None
        if self._is_ours:
            _engines.give_back()
            # the socket is closed by the loop's next turn
            await asyncio.sleep(0)

    @property
    def hosts(self) -> frozenset[str]:
        """The address that the name was resolved to."""
        return frozenset({self._remote[0]})

    async def expect_notifications(self) -> None:
        """Make the keys for informs, of which we are the authority (see AgentWire)."""
        given = self._address.credentials
        ours = await asyncio.get_running_loop().run_in_executor(
            None, make_keys, given, OURS.engine_id
        )
        self._traps = UserTraps(given, ours)
        if self._engine_id is not None:
            self._traps.follow(self._engine_id, self._keys)

    def notification(self, data: bytes) -> Notification | None:
        """Read what the agent sends for this user (see AgentWire)."""
        return None if self._traps is None else self._traps.read(data)

    async def ask(self, request: Request, *, tries: int, timeout: float) -> Response | None:
        """Send a request, again when nothing comes (see AgentWire)."""
        is_renewed = False
        for _ in range(tries):
            said = await self._once(request, timeout)
            if isinstance(said, Response):
                self._has_answered = True
                return said
            is_silent = isinstance(said, errind.RequestTimedOut)
            if (is_silent or isinstance(said, _OTHER_ENGINE)) and not is_renewed:
                # a card that was replaced, or set up anew, has another engine id
                is_renewed = self._has_answered
                if self._has_answered and await self._has_changed():
                    continue
            if not is_silent:
                raise self._explain(said)
        if not self._has_answered and self._address.credentials.privacy:
            # the agent answered to the discovery, so it is there
            raise WrongPrivacyKey(
                f"{self._address.url} answers, but not to this user: the privacy key or its "
                "algorithm is probably wrong"
            )
        return None

    async def _has_changed(self) -> bool:
        """See whether the agent has another engine id than before; register the user anew."""
        before = self._engine_id
        engine_id = await discover(self._remote, timeout=self._address.timeout)
        if engine_id is None or engine_id == before:
            return False
        self._correct(engine_id)
        await self._register(engine_id)
        return True

    def _correct(self, engine_id: bytes) -> None:
        """Correct the engine's memory of the agent: pysnmp believes the old id for 300 s."""
        model = self._engine.message_processing_subsystems[3]
        known: Mapping[Any, dict[str, Any]] = getattr(
            model, "_SnmpV3MessageProcessingModel__engineIdCache", {}
        )
        for (_, where), peer in known.items():
            if tuple(where) == self._remote:
                peer["securityEngineId"] = peer["securityEngineId"].clone(engine_id)
                peer["contextEngineId"] = peer["contextEngineId"].clone(engine_id)

    async def _once(self, request: Request, timeout: float) -> Response | Exception:
        """Send a request once; return the response, or what went wrong."""
        if self._engine is None or self._engine_id is None:
            raise LinkLost(f"{self._address.url} is not open")
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Response | Exception] = loop.create_future()

        def take(_: Any, __: Any, error: Any, pdu: Any, ___: Any) -> None:
            if waiting.done():
                return
            if error:
                is_known = isinstance(error, Exception)
                waiting.set_result(error if is_known else errind.ErrorIndication(str(error)))
                return
            try:
                waiting.set_result(_response(pdu))
            except UpsError as failure:
                waiting.set_exception(failure)

        try:
            CommandGenerator().send_pdu(
                self._engine,
                self._target(timeout),
                None,
                self._address.credentials.context.encode(),
                _pdu(request),
                take,
                None,
            )
        except StatusInformation as error:
            failure = error.get("errorIndication")
            return failure if isinstance(failure, Exception) else _Unsaid(type(error).__name__)
        except PySnmpError as error:
            return _Unsaid(type(error).__name__)
        # the engine has its own time-out, in ticks of half a second
        async with asyncio.timeout(timeout + 10):
            said: Response | Exception = await waiting
        return said

    def _explain(self, error: Exception) -> UpsError:
        """Turn what the agent's Report says into our kind of failure."""
        url = self._address.url
        if isinstance(error, _WRONG_USER):
            return UnknownUser(f"{url} does not know this user")
        if isinstance(error, _WRONG_KEY):
            return WrongKey(
                f"{url} knows the user, but the authentication key or its algorithm is wrong"
            )
        if isinstance(error, _WRONG_PRIVACY):
            return WrongPrivacyKey(f"this user's privacy key at {url} or its algorithm is wrong")
        if isinstance(error, errind.UnsupportedSecurityLevel):
            return AuthFailed(
                f"{url} does not take this user with this level of security: it may want, or not "
                "have, a privacy key or an authentication key"
            )
        return BadReply(f"{url} answers, but not to this request: {type(error).__name__}")


def _pdu(request: Request) -> Any:
    """Return a request as pysnmp's PDU: raw OIDs, no look-up in any MIB."""
    pdu = _PDUS[request.type]()
    if request.type is PduType.BULK:
        v2c.apiBulkPDU.set_defaults(pdu)
        v2c.apiBulkPDU.set_non_repeaters(pdu, 0)
        v2c.apiBulkPDU.set_max_repetitions(pdu, request.repetitions)
        v2c.apiBulkPDU.set_varbinds(pdu, [(oid, v2c.null) for oid in request.oids])
        return pdu
    v2c.apiPDU.set_defaults(pdu)
    pairs: list[tuple[Oid, Any]] = [(oid, v2c.null) for oid in request.oids]
    pairs += [(each.oid, _TYPES[each.type](each.value)) for each in request.values]
    v2c.apiPDU.set_varbinds(pdu, pairs)
    return pdu


def _response(pdu: Any) -> Response:
    """Return what pysnmp's PDU says. Raises BadReply."""
    return Response(
        int(v2c.apiPDU.get_error_status(pdu)),
        int(v2c.apiPDU.get_error_index(pdu, muteErrors=True)),
        tuple((tuple(oid), _said(value)) for oid, value in v2c.apiPDU.get_varbinds(pdu)),
    )


def _said(value: Any) -> Said:
    if (missing := _MISSING.get(value.tagSet)) is not None:
        return missing
    if isinstance(value, univ.ObjectIdentifier):
        return tuple(value)
    if isinstance(value, univ.OctetString):
        return bytes(value)
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise BadReply(f"a value of the unknown type {type(value).__name__}") from error
