"""Whatever an agent says: the objects of any MIB, of any type, make values and a status."""

from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from .snmp import check_variables, learned, opened
from custom_components.ups_protocols.ups.errors import BadReply, Unsupported
from custom_components.ups_protocols.ups.mibs.identify import existing, load_mib
from custom_components.ups_protocols.ups.mibs.status import POWER_FLAGS, judge
from custom_components.ups_protocols.ups.mibs.table import Mib
from tests.simulators.clock import Clock
from tests.simulators.snmp import AGENTS, make_agent, oid

_VALUES = st.one_of(
    st.integers(-(2**31), 2**64),
    st.integers(-1, 30),
    st.binary(max_size=40),
    st.from_regex(r"[0-9,]{0,12}", fullmatch=True).map(str.encode),
    st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=12).map(tuple),
)


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
    try:
        reader = await learned(mib, raw)
    except BadReply, Unsupported:
        # it may say that it is no UPS, or nothing that makes sense
        return
    check_variables(reader)
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
