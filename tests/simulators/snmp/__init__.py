"""Simulated SNMP agents of network cards, each from its document."""

from collections.abc import Callable, Mapping

from .agent import Agent, UdpAgent, trap_message
from .apc_ats import ApcAtsAgent
from .apc_pdu import ApcPduAgent
from .apc_powernet import ApcPowerNetAgent
from .bestpower import BestPowerAgent
from .cpqpower import CpqPduAgent, CpqPowerAgent, CpqRackAgent
from .cpqups import CpqUpsAgent
from .cyberpower import CyberPowerAgent
from .cyberpower_pdu import CyberPowerAtsAgent, CyberPowerPduAgent
from .dell_ups import DellUpsAgent
from .delta import DeltaAgent
from .eaton_ats import EatonAts16Agent, EatonAts30Agent
from .eaton_epdu import EatonEpduAgent
from .eaton_nlogic import NlogicAgent
from .eaton_old_pdus import Genesis2Agent, RevelationAgent, pulizzi
from .eaton_xups import EatonXupsAgent
from .hpe_pdu import HpeHpduAgent, HpeModularAgent, HpePduAgent
from .liebert_gp import LiebertAgent, LiebertStsAgent
from .liebert_pdu import LiebertPduAgent
from .mge import MgeAgent
from .objects import Kind, Object, SetError, Status, Tree, Value, oid
from .recorded import recording
from .rfc1628 import Rfc1628Agent
from tests.simulators.clock import Clock

AGENTS: Mapping[str, Callable[..., Agent]] = {
    "apc-powernet": ApcPowerNetAgent,
    "apc-ats": ApcAtsAgent,
    "apc-pdu": ApcPduAgent,
    "bestpower": BestPowerAgent,
    "cpqpower": CpqPowerAgent,
    "cpqpower-pdu": CpqPduAgent,
    "cpqpower-rack": CpqRackAgent,
    "cpqups": CpqUpsAgent,
    "cyberpower": CyberPowerAgent,
    "cyberpower-ats": CyberPowerAtsAgent,
    "cyberpower-pdu": CyberPowerPduAgent,
    "eaton-ats16": EatonAts16Agent,
    "eaton-ats30": EatonAts30Agent,
    "eaton-epdu": EatonEpduAgent,
    "eaton-xups": EatonXupsAgent,
    "dell-ups": DellUpsAgent,
    "delta": DeltaAgent,
    "hpe-pdu": HpePduAgent,
    "hpe-pdu-modular": HpeModularAgent,
    "hpe-pdu-high": HpeHpduAgent,
    "liebert-gp": LiebertAgent,
    "liebert-pdu": LiebertPduAgent,
    "liebert-sts": LiebertStsAgent,
    "mge": MgeAgent,
    "eaton-genesis2": Genesis2Agent,
    "eaton-nlogic": NlogicAgent,
    "eaton-pulizzi": pulizzi,
    "eaton-revelation": RevelationAgent,
    "rfc1628": Rfc1628Agent,
}
"""By MIB id: what makes an agent; each takes ``clock`` and what is its own."""


def make_agent(mib: str, *, clock: Clock | None = None, **options: object) -> Agent:
    """Return a simulated agent. Raises KeyError for a MIB that has none."""
    return AGENTS[mib](clock=clock, **options)


__all__ = [
    "AGENTS",
    "Agent",
    "ApcAtsAgent",
    "ApcPduAgent",
    "ApcPowerNetAgent",
    "BestPowerAgent",
    "CpqPduAgent",
    "CpqPowerAgent",
    "CpqRackAgent",
    "CpqUpsAgent",
    "CyberPowerAgent",
    "CyberPowerAtsAgent",
    "CyberPowerPduAgent",
    "DellUpsAgent",
    "DeltaAgent",
    "EatonAts16Agent",
    "EatonAts30Agent",
    "EatonEpduAgent",
    "EatonXupsAgent",
    "Genesis2Agent",
    "HpeHpduAgent",
    "HpeModularAgent",
    "HpePduAgent",
    "Kind",
    "LiebertAgent",
    "LiebertPduAgent",
    "LiebertStsAgent",
    "MgeAgent",
    "NlogicAgent",
    "Object",
    "RevelationAgent",
    "Rfc1628Agent",
    "SetError",
    "Status",
    "Tree",
    "UdpAgent",
    "Value",
    "make_agent",
    "oid",
    "pulizzi",
    "recording",
    "trap_message",
]
