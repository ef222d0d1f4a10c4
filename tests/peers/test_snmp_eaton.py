"""NUT's snmp-ups (pw, pxgx_ups, eaton_ats16_*, eaton_ats30) and we read Eaton's agents."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from .nut import running
from .snmp import BESIDE_NUT, DRIVER, Known, Prepare, read_both, unexplained
from custom_components.ups_protocols.ups.links.snmp import open_snmp
from custom_components.ups_protocols.ups.protocols.snmp import SnmpUps
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.clock import Clock
from tests.simulators.power import Power
from tests.simulators.snmp import (
    Agent,
    EatonAts16Agent,
    EatonAts30Agent,
    EatonXupsAgent,
    Kind,
    Object,
    UdpAgent,
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


def _set(**values: Any) -> Prepare:
    def prepare(agent: Any) -> None:
        for name, value in values.items():
            power = getattr(agent, "power", None)
            setattr(power if hasattr(power, name) else agent, name, value)
        if hasattr(agent, "power"):
            agent.power.settle()

    return prepare


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


def _test(agent: Any) -> None:
    agent.power.start_test(600)


def _outlets(agent: Any) -> None:
    agent.outlets[0].is_on = False
    agent.outlets[1].off_at = agent.clock.now() + 60


def _shut_down(agent: Any) -> None:
    agent.power.shut_down(60, off_for=None)


type States = Mapping[str, tuple[Callable[..., Agent], Mapping[str, Any], Prepare]]

PW: States = {
    "on line": (ups, {"emp": Emp()}, _set()),
    "on battery": (ups, {}, _set(mains=False, charge=60.0)),
    "battery low": (ups, {}, _set(mains=False, charge=10.0)),
    "boosting": (ups, {}, _set(mains_voltage=200.0)),
    "trimming": (ups, {}, _set(mains_voltage=260.0)),
    "bypass": (ups, {}, _set(bypass=True)),
    "economy": (ups, {}, _set(eco=True)),
    "testing": (ups, {}, _test),
    "charging": (ups, {}, _set(charge=50.0)),
    "alarms": (ups, {}, _set(replace_battery=True, overloaded=True, failed=True)),
    "shutting down": (ups, {}, _shut_down),
    "outlets": (ups, {}, _outlets),
    "three phases": (ups, {"phases": 3}, _set()),
    "old card": (ups, {"quirks": frozenset({"old"})}, _set(ambient=[21, 5, 35, 0])),
}
PXGX: States = {
    "on line": (gateway, {}, _source(80)),
    "on battery": (gateway, {}, _source(240)),
}
ATS16_NMC: States = {
    "source 1": (ats16, {"legacy": True, "emp": Emp(scale=10)}, _set()),
    "source 2": (ats16, {"legacy": True}, _volts(20, 230)),
    "none": (ats16, {"legacy": True}, _volts(20, 20)),
    "derated": (ats16, {"legacy": True}, _volts(190, 300)),
    "settings": (ats16, {"legacy": True}, _set(preferred=2, sensitivity=3, test=1)),
    "overload": (ats16, {"legacy": True}, _set(overload=3)),
}
ATS16_NM2: States = {
    "source 1": (ats16, {"emp": Emp()}, _set()),
    "source 2": (ats16, {"sensors": [Sensor()]}, _volts(20, 230)),
    "none": (ats16, {}, _volts(20, 20)),
}
ATS30: States = {
    "source 1": (ats30, {}, _set()),
    "source 2": (ats30, {}, _volts(20, 230)),
    "none": (ats30, {}, _volts(20, 20)),
    "failures": (ats30, {}, _set(over_current=True, hot=True, sensitivity=2)),
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
TABLES = {
    "pw": PW,
    "pxgx_ups": PXGX,
    "eaton_ats16_nmc": ATS16_NMC,
    "eaton_ats16_nm2": ATS16_NM2,
    "eaton_ats30": ATS30,
}


@pytest.mark.parametrize("mib", TABLES)
async def test_variables(mib: str) -> None:
    """They agree, but for the differences that have a reason."""

    async def one(state: str) -> Any:
        make, options, prepare = TABLES[mib][state]
        agent = make(**options)
        prepare(agent)
        return await read_both(state, agent, mib)

    found = await asyncio.gather(*map(one, TABLES[mib]))
    assert unexplained(found, DIFFERENCES[mib]) == []


@pytest.mark.parametrize(
    "command",
    # those with a delay it does not send without a number behind them
    ["load.off", "load.on", "outlet.2.load.off", "outlet.1.load.on"],
)
async def test_commands_write_the_same(command: str) -> None:
    """What NUT writes is what we write."""
    theirs, ours = ups(quirks=frozenset({"alone"})), ups(quirks=frozenset({"alone"}))
    async with (
        UdpAgent(theirs) as wire,
        running(DRIVER, wire.host, mibs="pw", community="private", snmp_version="v1") as peer,
        peer.instructing() as instruct,
    ):
        instruct(command)
        async with asyncio.timeout(20):
            while not theirs.writes:
                await asyncio.sleep(0.05)
    async with UdpAgent(ours) as wire:
        link = await open_snmp(f"snmp://{wire.host}?community=private", Transcript())
        driver = SnmpUps(link, {}, {})
        await driver.open()
        await driver.run(command)
        await link.close()
    assert theirs.writes == ours.writes
