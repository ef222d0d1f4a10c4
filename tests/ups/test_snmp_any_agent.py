"""Whatever an agent says: the objects of any MIB, of any type, make values and a status."""

from typing import Any

from hypothesis import given, settings, strategies as st
import pytest
from pytest_socket import enable_socket, socket_allow_hosts

from .snmp import opened
from custom_components.ups_protocols.ups.errors import BadReply, Unsupported
from custom_components.ups_protocols.ups.mibs.identify import existing, load_mib
from custom_components.ups_protocols.ups.mibs.reader import Reader
from custom_components.ups_protocols.ups.mibs.status import POWER_FLAGS, judge
from custom_components.ups_protocols.ups.mibs.table import Mib
from custom_components.ups_protocols.ups.names import parse
from tests.simulators.clock import Clock
from tests.simulators.snmp import AGENTS, make_agent, oid

_VALUES = st.one_of(
    st.integers(-(2**31), 2**64),
    st.integers(-1, 30),
    st.binary(max_size=40),
    st.from_regex(r"[0-9,]{0,12}", fullmatch=True).map(str.encode),
    st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=12).map(tuple),
)


class Said:
    """An agent that says what it is given."""

    def __init__(self, raw: dict[Any, Any]) -> None:
        self.raw = raw

    async def walk(self, *roots: Any, rows: int = 1) -> dict[Any, Any]:
        return {
            each: value
            for each, value in self.raw.items()
            if any(each[: len(root)] == root for root in roots)
        }


def _objects(mib: Mib) -> list[Any]:
    """Return every object of a MIB, those of tables at instances that agents have used."""
    return [
        (*oid(row.oid if row.oid.startswith("E.") else f"{mib.root}.{row.oid}"), *instance)
        for table in mib.tables
        for row in table.rows
        for instance in ([(0,)] if table.index is None else [(0,), (1,), (2, 0), (3,), ()])
    ]


@pytest.mark.parametrize("mib_id", sorted(existing()))
@given(data=st.data())
@settings(max_examples=60, deadline=None)
async def test_any_objects(mib_id: str, data: Any) -> None:
    """Values within their limits, one state of the power at most, and no error of ours."""
    mib = await load_mib(mib_id)
    raw = data.draw(st.dictionaries(st.sampled_from(_objects(mib)), _VALUES, max_size=120))
    reader = Reader(mib)
    try:
        await reader.learn(Said(raw))  # type: ignore[arg-type]
    except BadReply, Unsupported:
        # it may say that it is no UPS, or nothing that makes sense
        return
    variables, _ = reader.variables()
    for name, value in variables.items():
        row = parse(name)
        assert row is not None, name
        assert isinstance(value, str | float | int)
        if not isinstance(value, str) and row.variable.maximum is not None:
            assert value <= row.variable.maximum
    assert len((mib.judge or judge)(reader.signs()).flags & POWER_FLAGS) <= 1


@pytest.mark.parametrize("name", sorted(AGENTS))
@pytest.mark.usefixtures("loopback")
async def test_reading_writes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """To find out who answers, to open, and to poll sends no SET to any agent."""
    agent = make_agent(name, clock=Clock.stopped())
    answer, asked = agent.answer, set()

    def listen(kind: str, *arguments: Any, **more: Any) -> Any:
        asked.add(kind)
        return answer(kind, *arguments, **more)

    monkeypatch.setattr(agent, "answer", listen)
    async with opened(agent) as unit:
        await unit.driver.read_status()
        await unit.driver.read()
    assert "get" in asked
    assert "set" not in asked


@pytest.fixture
def loopback() -> None:
    """Open the sockets that Home Assistant's test plugin shuts for every test."""
    enable_socket()
    socket_allow_hosts(["127.0.0.1"])
