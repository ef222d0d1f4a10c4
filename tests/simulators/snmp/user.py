"""The same agents for SNMPv3 users, through an engine of pysnmp's."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import count
from types import TracebackType
from typing import Any, Self, override

from pysnmp.carrier.asyncio.dgram.udp import UdpAsyncioTransport
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import cmdrsp, context, ntforg
from pysnmp.proto import rfc1902
from pysnmp.proto.api import v2c
from pysnmp.proto.rfc1905 import GetBulkRequestPDU, GetNextRequestPDU, GetRequestPDU, SetRequestPDU

from .agent import TRAP_OID, UP_TIME, Agent, from_wire, to_wire
from .objects import Oid

_KINDS = {
    GetRequestPDU.tagSet: "get",
    GetNextRequestPDU.tagSet: "next",
    GetBulkRequestPDU.tagSet: "bulk",
    SetRequestPDU.tagSet: "set",
}

_numbers = count(1)


class _Responder(cmdrsp.CommandResponderBase):  # type: ignore[misc]
    """Hands requests to the agent."""

    SUPPORTED_PDU_TYPES = tuple(_KINDS)

    def __init__(self, engine: Any, where: Any, agents: Mapping[str, Agent]) -> None:
        super().__init__(engine, where)
        self.agents = agents
        self.requests = 0

    @override
    def handle_management_operation(
        self, engine: Any, reference: Any, context_name: Any, pdu: Any
    ) -> None:
        self.requests += 1
        pairs = [(tuple(oid), from_wire(value)) for oid, value in v2c.apiPDU.get_varbinds(pdu)]
        kind = _KINDS[pdu.tagSet]
        repetitions = int(v2c.apiBulkPDU.get_max_repetitions(pdu)) if kind == "bulk" else 1
        agent = self.agents[bytes(context_name).decode()]
        if agent.faults.silence:
            return
        status, index, said = agent.answer(kind, pairs, repetitions=repetitions)
        self.send_varbinds(
            engine,
            reference,
            int(status),
            index,
            [(rfc1902.ObjectName(oid), to_wire(value)) for oid, value in said],
        )


def sha_aes(name: str, key: str) -> tuple[Any, ...]:
    """Return a user with SHA and AES-128 and one pass phrase for both."""
    return name, config.USM_AUTH_HMAC96_SHA, key, config.USM_PRIV_CFB128_AES, key


class UserAgent:
    """An agent on a port of loopback for users of SNMPv3; an asynchronous context.

    Args:
        agent: The objects.
        users: Name, then authentication protocol and key, privacy protocol and key, as pysnmp's
            ``config.add_v3_user`` takes them.
        engine_id: Its engine id.
        contexts: What there is in other contexts than the usual one.
    """

    def __init__(
        self,
        agent: Agent,
        users: Sequence[tuple[Any, ...]],
        *,
        port: int = 0,
        engine_id: bytes = b"\x80\x00\x1f\x88\x04simulated",
        contexts: Mapping[str, Agent] | None = None,
    ) -> None:
        self.agent = agent
        self.users = users
        self.port = port
        self.engine_id = engine_id
        self.contexts = contexts or {}
        self._engine: Any = None
        self._responder: Any = None

    @property
    def host(self) -> str:
        """Host and port for an address."""
        return f"127.0.0.1:{self.port}"

    @property
    def requests(self) -> int:
        """How many requests reached the objects."""
        return int(self._responder.requests)

    async def __aenter__(self) -> Self:
        engine = self._engine = SnmpEngine(rfc1902.OctetString(self.engine_id))
        transport = UdpAsyncioTransport().open_server_mode(("127.0.0.1", self.port))
        config.add_transport(engine, config.SNMP_UDP_DOMAIN, transport)
        await transport._lport
        self.port = transport.transport.get_extra_info("sockname")[1]
        for user in self.users:
            config.add_v3_user(engine, *user)
        where = context.SnmpContext(engine)
        for name in self.contexts:
            where.register_context_name(name.encode())
        self._responder = _Responder(engine, where, {"": self.agent, **self.contexts})
        return self

    async def notify(
        self, user: str, level: str, trap: Oid, port: int, *, inform: bool = False
    ) -> bool | None:
        """Send a trap or an inform to a port of loopback.

        Args:
            user: Who sends it.
            level: ``noAuthNoPriv``, ``authNoPriv`` or ``authPriv``.
            trap: What it reports.
            port: Where to.
            inform: Ask for an answer.

        Returns:
            Whether an inform was answered; None for a trap.
        """
        engine, name = self._engine, f"notified-{next(_numbers)}"
        config.add_target_parameters(engine, name, user, level)
        where = "127.0.0.1", port
        config.add_target_address(engine, name, config.SNMP_UDP_DOMAIN, where, name, 50, 1)
        pdu = v2c.InformRequestPDU() if inform else v2c.SNMPv2TrapPDU()
        v2c.apiPDU.set_defaults(pdu)
        pairs = [(UP_TIME, rfc1902.TimeTicks(0)), (TRAP_OID, rfc1902.ObjectIdentifier(trap))]
        v2c.apiPDU.set_varbinds(pdu, pairs)
        answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def take(_: Any, __: Any, error: Any, ___: Any, ____: Any) -> None:
            answered.set_result(not error)

        ntforg.NotificationOriginator().send_pdu(engine, name, None, b"", pdu, take, None)
        return await answered if inform else None

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._engine.close_dispatcher()
        await asyncio.sleep(0)
