"""Who answers: sysObjectIDs, probes, and devices that are no UPS."""

import pytest

from .snmp import linked, opened
from custom_components.ups_protocols.ups.errors import NoReply, Unsupported
from custom_components.ups_protocols.ups.mibs.identify import (
    MODULES,
    OBJECT_IDS,
    PROBES,
    existing,
    identify,
    load_mib,
    look_up,
)
from custom_components.ups_protocols.ups.mibs.table import oid
from custom_components.ups_protocols.ups.names import parse, parse_command
from tests.simulators.snmp import Agent, Kind, Object, Rfc1628Agent

pytestmark = pytest.mark.usefixtures("loopback")


@pytest.mark.parametrize(
    ("object_id", "mib"),
    [
        ("E.318.1.3.27", "apc-powernet"),
        ("E.318.1.3.4.8", "apc-pdu"),
        ("E.318.1.3.32", "apc-ats"),
        ("E.318", "apc-powernet"),
        ("E.534.1", "eaton-xups"),
        ("E.534.1.7", "eaton-xups"),
        ("E.534.2.12", "eaton-xups"),
        # not E.534.1
        ("E.534.10.1", "eaton-ats30"),
        ("E.534.10.2.1", "eaton-ats16"),
        ("E.534.6.6.7", "eaton-epdu"),
        ("E.705.1", "eaton-ats16"),
        ("E.232.165.3", "cpqpower"),
        ("E.232.165.7", "hpe-pdu"),
        ("E.232.11.9", "cpqups"),
        ("E.2254.2.4", "delta"),
        ("E.2254.2.5", "delta"),
        ("E.476.1.42", "liebert-gp"),
        ("E.3808.1.1.1", "cyberpower"),
        ("E.850.1", "rfc1628"),
        ("1.3.6.1.2.1.33", "rfc1628"),
    ],
)
def test_object_ids(object_id: str, mib: str) -> None:
    """The longest prefix, part by part."""
    known = look_up(oid(object_id))
    assert known is not None
    assert known.mibs[0] == mib


@pytest.mark.parametrize("object_id", ["E.534.11", "E.8072.3.2.10", "E.31"])
def test_unknown_object_ids(object_id: str) -> None:
    """E.534.11 is none of E.534.1, E.31 none of E.318."""
    assert look_up(oid(object_id)) is None


@pytest.mark.parametrize(
    ("object_id", "what"),
    [
        ("E.318.1.3.14.4", "cooling"),
        ("E.318.1.3.8.4", "environment monitor"),
        ("E.534.2.13", "meter"),
        ("E.534.2.11", "gateway"),
    ],
)
async def test_devices_that_are_no_ups(object_id: str, what: str) -> None:
    """They are refused with what they are."""
    agent = Agent()
    agent.add_system(object_id, "something else")
    async with linked(agent) as (_, link, __):
        with pytest.raises(Unsupported, match=what):
            await identify(link)


async def test_nothing_that_is_known() -> None:
    """The refusal names the device."""
    agent = Agent()
    agent.add_system("E.99999.7", "Laser printer")
    async with linked(agent) as (_, link, __):
        with pytest.raises(Unsupported, match=r"1\.3\.6\.1\.4\.1\.99999\.7 \(Laser printer\)"):
            await identify(link)


async def test_an_agent_that_lets_nothing_be_read() -> None:
    """A view without anything is not a strange device."""
    async with linked(Agent()) as (_, link, __):
        with pytest.raises(NoReply, match="lets us read nothing"):
            await identify(link)


async def test_a_white_label_card() -> None:
    """A card on a plain net-snmp id is asked for all that is known."""
    async with opened(Rfc1628Agent(object_id="E.8072.3.2.10")) as unit:
        assert unit.driver.mibs == ("rfc1628", "system")
        assert unit.driver.memory["mibs"] == ["rfc1628"]


async def test_an_id_that_promises_another() -> None:
    """A card whose id is that of a MIB it does not have."""
    async with opened(Rfc1628Agent(object_id="E.318.1.3.27")) as unit:
        assert "rfc1628" in unit.driver.mibs


async def test_an_agent_without_a_system_group() -> None:
    """Even sysObjectID may be missing."""
    agent = Rfc1628Agent()
    agent.tree.remove("1.3.6.1.2.1.1")
    agent.tree["1.3.6.1.2.1.1.2.0"] = Object(Kind.OCTETS, "odd")
    async with opened(agent) as unit:
        assert unit.driver.mibs[0] == "rfc1628"


def test_the_table() -> None:
    """Every MIB that an id names has a module's name and probes."""
    named = {mib for known in OBJECT_IDS for mib in known.mibs}
    assert named <= MODULES.keys()
    assert PROBES.keys() == MODULES.keys()
    for known in OBJECT_IDS:
        assert bool(known.mibs) != bool(known.is_no_ups)
    for probes in PROBES.values():
        for probe in probes:
            oid(probe)


@pytest.mark.parametrize("mib", sorted(existing()))
async def test_mibs(mib: str) -> None:
    """Every MIB has its id, and only names that exist."""
    table = await load_mib(mib)
    assert table.id == mib
    counted = ("phase", "outlet", "group", "probe", "source", "pack", "contact")
    everything = dict.fromkeys(counted, 1) | {
        "to": 2,
        "line": "L1-N",
        "wire": "N",
        "quantity": "current",
        "value": "ups.temperature",
        "side": "input",
        "where": "ups",
    }
    for each in table.tables:
        for row in each.rows:
            for name in row.names:
                assert parse(name.format(**everything)), f"{mib}: {name}"
            assert row.words is None or row.bits is None
    for order in table.orders:
        assert parse_command(order.command.name.format(**everything)), order.command.name
        assert order.needs or order.steps
