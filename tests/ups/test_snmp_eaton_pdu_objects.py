"""Eaton's PDUs, whatever their agents say: odd instances, odd types, nonsense."""

from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from .snmp import check_variables, learned
from custom_components.ups_protocols.ups.mibs import (
    eaton_epdu,
    eaton_genesis2,
    eaton_nlogic,
    eaton_pulizzi,
    eaton_revelation,
)
from custom_components.ups_protocols.ups.mibs.orders import commands_of, settings_of
from custom_components.ups_protocols.ups.mibs.parts import parts_of
from custom_components.ups_protocols.ups.mibs.status import judge
from custom_components.ups_protocols.ups.mibs.table import Mib, When
from custom_components.ups_protocols.ups.names import parse, parse_command
from tests.simulators.snmp import oid
from tests.simulators.snmp.eaton_old_pdus import opaque

MIBS = {
    each.mib.id: each.mib
    for each in (eaton_epdu, eaton_genesis2, eaton_nlogic, eaton_pulizzi, eaton_revelation)
}

_values = st.one_of(
    st.integers(-5, 12),
    st.integers(-(2**31), 2**64),
    st.binary(max_size=40),
    st.floats(width=32).map(opaque),
    st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=12).map(tuple),
)
_instances = st.lists(st.integers(0, 4), max_size=4).map(tuple)


def objects(mib: Mib) -> st.SearchStrategy[dict[Any, Any]]:
    """Return any objects that the tables of a MIB ask for."""
    columns = sorted({row.oid for table in mib.tables for row in table.rows})
    return st.dictionaries(
        st.tuples(st.sampled_from(columns), _instances).map(
            lambda each: (*oid(mib.root), *oid(each[0]), *each[1])
        ),
        _values,
        max_size=60,
    )


@pytest.mark.parametrize("name", MIBS)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
async def test_any_objects(name: str, data: st.DataObject) -> None:
    """Objects of any types make values within their limits and a status, nothing else."""
    mib = MIBS[name]
    raw = data.draw(objects(mib))
    reader = await learned(mib, raw)
    variables = check_variables(reader)
    (mib.judge or judge)(reader.signs())
    assert set(reader.wanted(*When)) <= raw.keys()
    for told in commands_of(reader):
        assert parse_command(told.command.name), told.command.name
    for kept in settings_of(reader, variables):
        assert parse(kept.setting.name), kept.setting.name
    parts_of((reader,), variables)
