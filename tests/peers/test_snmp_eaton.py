"""NUT's snmp-ups (pw, pxgx_ups, eaton_ats16_*, eaton_ats30) and we read Eaton's agents."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from .snmp import (
    AS_MADE,
    BESIDE_NUT,
    Known,
    Prepare,
    States,
    command_with_nut,
    command_with_us,
    having,
    in_test,
    read_states,
    shutting_down,
    unexplained,
)
from tests.simulators.clock import Clock
from tests.simulators.power import Power
from tests.simulators.snmp import (
    Agent,
    EatonAts16Agent,
    EatonAts30Agent,
    EatonXupsAgent,
    Kind,
    Object,
)
from tests.simulators.snmp.eaton_environment import Emp, Sensor
from tests.simulators.snmp.eaton_xups import X

pytestmark = BESIDE_NUT


def ups(**options: Any) -> EatonXupsAgent:
    """Return a UPS whose time stands still; RFC 1628 is on the same card."""
    clock = Clock.stopped()
    options = {"quirks": frozenset(), **options}
    return EatonXupsAgent(power=Power(clock=clock, nominal_battery=72.0), clock=clock, **options)


def gateway(**options: Any) -> EatonXupsAgent:
    """Return a UPS behind a Power Xpert gateway."""
    return ups(quirks=frozenset({"gateway"}), **options)


def ats16(**options: Any) -> EatonAts16Agent:
    """Return an ATS16 whose time stands still."""
    return EatonAts16Agent(clock=Clock.stopped(), **options)


def ats30(**options: Any) -> EatonAts30Agent:
    """Return an ATS30 whose time stands still."""
    return EatonAts30Agent(clock=Clock.stopped(), **options)


def _source(number: int) -> Prepare:
    def prepare(agent: Any) -> None:
        agent.tree[f"{X}.4.5.0"] = Object(Kind.INTEGER, number)
        agent.mains(number != 240)

    return prepare


def _volts(*volts: float) -> Prepare:
    def prepare(agent: Any) -> None:
        for source, value in zip(agent.sources, volts, strict=True):
            source.voltage = value

    return prepare


def _outlets(agent: Any) -> None:
    agent.outlets[0].is_on = False
    agent.outlets[1].off_at = agent.clock.now() + 60


PW: States = {
    "on line": ({"emp": Emp()}, AS_MADE),
    "on battery": ({}, having(mains=False, charge=60.0)),
    "battery low": ({}, having(mains=False, charge=10.0)),
    "boosting": ({}, having(mains_voltage=200.0)),
    "trimming": ({}, having(mains_voltage=260.0)),
    "bypass": ({}, having(bypass=True)),
    "economy": ({}, having(eco=True)),
    "testing": ({}, in_test),
    "charging": ({}, having(charge=50.0)),
    "alarms": ({}, having(replace_battery=True, overloaded=True, failed=True)),
    "shutting down": ({}, shutting_down),
    "outlets": ({}, _outlets),
    "three phases": ({"phases": 3}, AS_MADE),
    "old card": ({"quirks": frozenset({"old"})}, having(ambient=[21, 5, 35, 0])),
}
PXGX: States = {
    "on line": ({}, _source(80)),
    "on battery": ({}, _source(240)),
}
ATS16_NMC: States = {
    "source 1": ({"legacy": True, "emp": Emp(scale=10)}, AS_MADE),
    "source 2": ({"legacy": True}, _volts(20, 230)),
    "none": ({"legacy": True}, _volts(20, 20)),
    "derated": ({"legacy": True}, _volts(190, 300)),
    "settings": ({"legacy": True}, having(preferred=2, sensitivity=3, test=1)),
    "overload": ({"legacy": True}, having(overload=3)),
}
ATS16_NM2: States = {
    "source 1": ({"emp": Emp()}, AS_MADE),
    "source 2": ({"sensors": [Sensor()]}, _volts(20, 230)),
    "none": ({}, _volts(20, 20)),
}
ATS30: States = {
    "source 1": ({}, AS_MADE),
    "source 2": ({}, _volts(20, 230)),
    "none": ({}, _volts(20, 20)),
    "failures": ({}, having(over_current=True, hot=True, sensitivity=2)),
}

_UPS = (
    Known(("battery.current",), "it takes whole amperes for tenths, against the MIB's unit"),
    Known(
        ("device.serial", "ups.serial"),
        "it takes RFC 1628's name, where old cards have the serial number",
    ),
    Known(("ups.firmware.aux",), "RFC 1628's agent there, xupsAgentSoftwareVersion here"),
    Known(("experimental.ups.type",), "what its status says here: OL ECO"),
    Known(("outlet.id", "outlet.1.id", "outlet.2.id"), "the number that the name has already"),
    Known(
        ("outlet.1.switchable", "outlet.2.switchable"), "it takes the outlet's number for the word"
    ),
    Known(
        ("output.realpower", "output.realpower.nominal"),
        "they stand in ups.realpower and ups.realpower.nominal",
    ),
    Known(("ups.type",), "a word of the standard's list here"),
    Known(
        tuple(f"outlet.{outlet}.load.{way}.delay" for outlet in (1, 2) for way in ("off", "on")),
        "the delay is a parameter of load.off and load.on here",
    ),
)
_ATS = (Known(("input.1.id", "input.2.id"), "the number that the name has already"),)
_ATS16 = (
    *_ATS,
    Known(("ambient.contacts.1.status",), "opened there, open in the list of names"),
    Known(("ups.test.result",), "its words differ from those it has elsewhere by case"),
    Known(
        ("input.1.voltage.status", "input.2.voltage.status"), "unknown there, where none is there"
    ),
)
_NO_SOURCE = Known(("input.source",), "off there: no source, none here as elsewhere", ("none",))

DIFFERENCES: Mapping[str, tuple[Known, ...]] = {
    "pw": (
        *_UPS,
        Known(("ambient.contacts.1.status",), "opened there, open in the list of names"),
        Known(
            ("output.L2.power.percent", "output.L3.power.percent"),
            "RFC 1628's there, XUPS' own here",
        ),
        Known(
            ("ups.power",),
            "it takes W for VA, of three phases those of the first",
            ("three phases", "old card"),
        ),
        Known(
            ("ups.status",),
            "it knows neither test nor economy, and of a low battery only an alarm",
            ("testing", "economy", "battery low"),
        ),
    ),
    "pxgx_ups": _UPS,
    "eaton_ats16_nmc": (
        *_ATS16,
        _NO_SOURCE,
        Known(
            tuple(
                f"ambient.{what}.{limit}"
                for what in ("temperature", "humidity")
                for limit in ("low", "high")
            ),
            "a card that says tenths does so for limits too",
            ("source 1",),
        ),
        Known(("ups.firmware.aux",), "it takes the date of the release for the card's firmware"),
        Known(("ups.status",), "it knows no overload", ("overload",)),
    ),
    "eaton_ats16_nm2": (*_ATS16, _NO_SOURCE),
    "eaton_ats30": (*_ATS, _NO_SOURCE),
}
# NUT's table: who makes the agent, in which states
TABLES: Mapping[str, tuple[Callable[..., Agent], States]] = {
    "pw": (ups, PW),
    "pxgx_ups": (gateway, PXGX),
    "eaton_ats16_nmc": (ats16, ATS16_NMC),
    "eaton_ats16_nm2": (ats16, ATS16_NM2),
    "eaton_ats30": (ats30, ATS30),
}


@pytest.mark.parametrize("mib", TABLES)
async def test_variables(mib: str) -> None:
    """They agree, but for the differences that have a reason."""
    make, states = TABLES[mib]
    found = await read_states(make, states, mib)
    assert unexplained(found, DIFFERENCES[mib]) == []


@pytest.mark.parametrize(
    "command",
    # those with a delay it does not send without a number behind them
    ["load.off", "load.on", "outlet.2.load.off", "outlet.1.load.on"],
)
async def test_commands_write_the_same(command: str) -> None:
    """What NUT writes is what we write."""
    theirs, ours = ups(quirks=frozenset({"alone"})), ups(quirks=frozenset({"alone"}))
    await command_with_nut(theirs, "pw", command)
    await command_with_us(ours, command)
    assert theirs.writes == ours.writes
