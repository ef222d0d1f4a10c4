"""Who answers: sysObjectID compared part by part, then the objects by which makers are known.

The table is that of card snmp.md, section 2. A MIB whose module does not exist yet is skipped.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
import importlib.util

from ..errors import NoReply, Unsupported
from ..links.base import Oid, SnmpAgent, SnmpValue
from ..loading import load
from .table import Mib, oid
from .values import as_text

SYS_DESCR, SYS_OBJECT_ID = oid("1.3.6.1.2.1.1.1.0"), oid("1.3.6.1.2.1.1.2.0")
SYS_UP_TIME = oid("1.3.6.1.2.1.1.3.0")

RFC1628 = "rfc1628"
SYSTEM = "system"

# MIB id -> module below this package, in the order in which an unknown card is probed
MODULES = {
    "apc-powernet": "apc_powernet",
    "apc-ats": "apc_ats",
    "apc-pdu": "apc_pdu",
    "eaton-ats16": "eaton_ats16",
    "eaton-ats30": "eaton_ats30",
    "eaton-epdu": "eaton_epdu",
    "eaton-xups": "eaton_xups",
    "mge": "mge",
    "cpqpower": "cpqpower",
    "hpe-pdu": "hpe_pdu",
    "cpqups": "cpqups",
    "dell-ups": "dell_ups",
    "delta": "delta",
    "liebert-gp": "liebert_gp",
    "cyberpower": "cyberpower",
    "cyberpower-ats": "cyberpower_ats",
    "cyberpower-pdu": "cyberpower_pdu",
    "eaton-revelation": "eaton_revelation",
    "eaton-pulizzi": "eaton_pulizzi",
    "eaton-genesis2": "eaton_genesis2",
    "eaton-nlogic": "eaton_nlogic",
    "bestpower": "bestpower",
    RFC1628: "rfc1628",
}

PROBES: dict[str, tuple[str, ...]] = {
    # MIB id -> objects (columns without instance), any of which proves it
    # model, or state of the output
    "apc-powernet": ("E.318.1.1.1.1.1.1.0", "E.318.1.1.1.4.1.1.0"),
    "apc-ats": ("E.318.1.1.8.1.5.0",),
    # the model in each of four trees
    "apc-pdu": (
        "E.318.1.1.26.2.1.8",
        "E.318.1.1.12.1.5.0",
        "E.318.1.1.4.1.4.0",
        "E.318.1.1.30.2.1.1.4",
    ),
    "mge": ("E.705.1.1.1.0", "E.705.1.1.2.0"),
    "eaton-ats16": ("E.534.10.2.1.2.0",),
    "eaton-ats30": ("E.534.10.1.2.1.0",),
    "eaton-xups": ("E.534.1.1.2.0",),
    # the firmware is what every agent must have (its compliance group)
    "eaton-epdu": ("E.534.6.6.7.1.1.0", "E.534.6.6.7.1.2.1.5"),
    "eaton-revelation": ("E.534.6.6.6.1.1.1.0", "E.534.6.6.6.1.1"),
    "eaton-nlogic": ("E.534.7.1",),
    "eaton-genesis2": ("E.17373",),
    "eaton-pulizzi": ("E.20677.1", "E.20677.2", "E.20677.3"),
    # UPS, PDU, power distribution rack
    "cpqpower": (
        "E.232.165.3.1.1.0",
        "E.232.165.3.4.5.0",
        "E.232.165.2.1.1.0",
        "E.232.165.2.1.2.1.3",
        "E.232.165.4.1.2.0",
    ),
    # the numbers of units, and what an agent without them has: the kinds of input
    "hpe-pdu": (
        "E.232.165.7.1.1.0",
        "E.232.165.7.2.1.1.1",
        "E.232.165.11.1.1.0",
        "E.232.165.11.2.1.1.1",
        "E.232.165.5.1.1.0",
        "E.232.165.9.1.1.0",
    ),
    "cpqups": ("E.232.12.2.2.1.0",),
    "dell-ups": ("E.674.10902.2.100.1.0",),
    "delta": ("E.2254.2.4.1.1.0",),
    "liebert-gp": (
        "E.476.1.42.2.4.2.1.2",
        "E.476.1.42.3.5.2.2.1.2",
        "E.476.1.42.3.9.10.0",
        # cards without a table of devices: the UPS's output, and a rack PDU
        "E.476.1.42.3.5.3.55.0",
        "E.476.1.42.3.5.3.31.0",
        "E.476.1.42.3.8.20.1.45",
    ),
    "cyberpower": ("E.3808.1.1.1.1.1.1.0", "E.3808.1.1.1.4.1.1.0"),
    "cyberpower-ats": ("E.3808.1.1.5.1.2.0", "E.3808.1.1.5.2.1.2.0"),
    "cyberpower-pdu": ("E.3808.1.1.6.2.2.1.9", "E.3808.1.1.3.1.5.0"),
    "bestpower": ("E.2947.1.1.2.0",),
    # any object that no UPS can do without; sysObjectID E.850.1 and others have no 1.1
    RFC1628: (
        "1.3.6.1.2.1.33.1.4.1.0",
        "1.3.6.1.2.1.33.1.2.1.0",
        "1.3.6.1.2.1.33.1.1.1.0",
        "1.3.6.1.2.1.33.1.2.4.0",
    ),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What a sysObjectID tells: the MIBs to try, best first; or what it is that is no UPS."""

    prefix: str
    mibs: tuple[str, ...] = ()
    is_no_ups: str = ""


def _refused(prefix: str, *numbers: int, what: str) -> Iterator[Known]:
    for each in numbers:
        yield Known(f"{prefix}.{each}", is_no_ups=what)


APC = "E.318.1.3"
OBJECT_IDS: tuple[Known, ...] = (
    # the longest prefix counts
    *_refused(APC, 8, what="an APC environment monitor"),
    *_refused(APC, 10, what="an APC DC power plant"),
    *_refused(APC, 12, 22, what="an APC access control"),
    *_refused(APC, 14, what="an APC cooling unit"),
    *_refused(APC, 15, what="an APC floor-standing power distribution"),
    *_refused(APC, 18, what="an APC battery manager"),
    *_refused(APC, 20, what="an APC console server"),
    *_refused(APC, 24, what="an APC modular power distribution"),
    *_refused(APC, 25, what="an APC server"),
    *_refused(APC, 34, 35, what="an APC power panel"),
    *_refused(APC, 36, what="an APC micro data centre"),
    Known(f"{APC}.4", ("apc-pdu",)),
    *(Known(f"{APC}.{each}", ("apc-ats",)) for each in (9, 11, 19, 32, 38)),
    Known(APC, ("apc-powernet",)),
    # what tells no more than the maker
    Known("E.318", ("apc-powernet", "apc-ats", "apc-pdu")),
    # a legacy ATS16 and old network cards answer with MGE's id (card, section 2)
    Known("E.705.1", ("eaton-ats16", "eaton-xups", "mge")),
    Known("E.534.1", ("eaton-xups",)),
    Known("E.534.2", ("eaton-xups",)),
    Known("E.534.2.11", is_no_ups="an Eaton Power Xpert gateway itself, not a UPS behind it"),
    Known("E.534.2.13", is_no_ups="an Eaton power meter"),
    Known("E.534.6.6.7", ("eaton-epdu",)),
    Known("E.534.6.6.6", ("eaton-revelation",)),
    Known("E.534.7.1", ("eaton-nlogic",)),
    Known("E.534.10.1", ("eaton-ats30",)),
    Known("E.534.10.2", ("eaton-ats16",)),
    Known("E.17373", ("eaton-genesis2",)),
    Known("E.20677", ("eaton-pulizzi",)),
    Known("E.232.165", ("cpqpower", "hpe-pdu", "eaton-xups")),
    Known("E.232.165.3", ("cpqpower", "eaton-xups")),
    Known("E.232.165.5", ("hpe-pdu",)),
    Known("E.232.165.7", ("hpe-pdu",)),
    Known("E.232.165.9", ("hpe-pdu",)),
    Known("E.232.165.11", ("hpe-pdu",)),
    Known("E.232", ("cpqups",)),
    # Eaton-made cards, on which Eaton's own MIB may answer too
    Known("E.674.10902", ("eaton-xups", "dell-ups")),
    Known("E.2254.2", ("delta",)),
    Known("E.476.1.42", ("liebert-gp",)),
    # bare it is PowerPanel
    Known("E.3808", ("cyberpower", "cyberpower-ats", "cyberpower-pdu")),
    Known("E.3808.1.1.1", ("cyberpower",)),
    Known("E.3808.1.1.3", ("cyberpower-pdu",)),
    Known("E.3808.1.1.5", ("cyberpower-ats", "cyberpower-pdu")),
    Known("E.3808.1.1.6", ("cyberpower-pdu", "cyberpower-ats")),
    Known("E.2947", ("bestpower",)),
    # makers whose cards have nothing but RFC 1628, or whose own tree has no document
    Known("E.850", (RFC1628,)),
    Known("E.5491", (RFC1628,)),
    Known("1.3.6.1.2.1.33", (RFC1628,)),
    Known("E.935", (RFC1628,)),
    Known("E.4555", (RFC1628,)),
    Known("E.2011", (RFC1628,)),
    Known("E.4779", (RFC1628,)),
    Known("E.10418", (RFC1628,)),
    Known("E.13742", (RFC1628,)),
)
_PREFIXES = {oid(known.prefix): known for known in OBJECT_IDS}


@dataclass(frozen=True, slots=True)
class Found:
    """What answers: the MIBs it has, best first, RFC 1628 last."""

    mibs: tuple[str, ...]
    object_id: Oid
    description: str


def look_up(object_id: Oid) -> Known | None:
    """Return what the longest prefix of a sysObjectID tells; E.534.1 is no prefix of E.534.10."""
    for length in range(len(object_id), 0, -1):
        if (known := _PREFIXES.get(object_id[:length])) is not None:
            return known
    return None


@cache
def existing() -> frozenset[str]:
    """Return the MIBs that have a module; looks at the disk, so not in the event loop."""
    return frozenset(
        mib
        for mib, module in MODULES.items()
        if importlib.util.find_spec(f"{__package__}.{module}") is not None
    )


async def load_mib(mib: str) -> Mib:
    """Return a MIB; its module is imported when first asked for."""
    module = await load(f"{__package__}.{MODULES.get(mib, mib)}")
    loaded: Mib = module.mib
    return loaded


async def identify(agent: SnmpAgent) -> Found:
    """Find out which MIBs an agent has that are read here.

    Asks for nothing but a few harmless objects. Raises Unsupported for what is no UPS, PDU or
    transfer switch, with a sentence that says what it is, NoReply and as SnmpAgent.get().
    """
    said = await agent.get((SYS_OBJECT_ID, SYS_DESCR))
    object_id = said.get(SYS_OBJECT_ID)
    object_id = object_id if isinstance(object_id, tuple) else (0, 0)
    description = as_text(said.get(SYS_DESCR)) or ""
    known = look_up(object_id)
    if known is not None and known.is_no_ups:
        raise Unsupported(f"this is {known.is_no_ups}, no UPS, PDU or transfer switch")
    candidates = (*known.mibs, RFC1628) if known is not None else tuple(MODULES)
    mibs = await _proved(agent, candidates)
    if not mibs and known is not None:
        # an id that promises one thing, on a card that has another
        mibs = await _proved(agent, tuple(MODULES))
    if not mibs:
        if not said and not await agent.get((SYS_UP_TIME,)):
            raise NoReply("something answers SNMP there, but lets us read nothing")
        what = f" ({description[:80]})" if description else ""
        name = ".".join(map(str, object_id))
        raise Unsupported(
            f"no UPS, PDU or transfer switch that is known here answers there: the device calls "
            f"itself {name}{what}"
        )
    return Found(mibs, object_id, description)


async def _proved(agent: SnmpAgent, candidates: Iterable[str]) -> tuple[str, ...]:
    """Return those of some MIBs of which the agent has an object, in their order."""
    there = await asyncio.get_running_loop().run_in_executor(None, existing)
    wanted = {
        mib: [oid(probe) for probe in PROBES[mib]]
        for mib in dict.fromkeys(candidates)
        if mib in there
    }
    # a scalar is found by its successor too: the walk asks for what lies below, so without .0
    roots = [_below(probe) for probes in wanted.values() for probe in probes]
    said = await agent.walk(*roots, rows=1)
    return tuple(
        mib for mib, probes in wanted.items() if any(_answers(said, probe) for probe in probes)
    )


def _below(probe: Oid) -> Oid:
    return probe[:-1] if probe[-1] == 0 else probe


def _answers(said: Mapping[Oid, SnmpValue], probe: Oid) -> bool:
    root = _below(probe)
    return any(each[: len(root)] == root for each in said)
