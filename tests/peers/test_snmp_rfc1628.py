"""NUT's snmp-ups (mibs=ietf) reads our RFC 1628 agent, and so do we."""

import asyncio
from collections.abc import Mapping
from typing import Any

from .nut import running
from .snmp import BESIDE_NUT, DRIVER, Known, Prepare, read_both, unexplained
from custom_components.ups_protocols.ups.links.snmp import open_snmp
from custom_components.ups_protocols.ups.protocols.snmp import SnmpUps
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.clock import Clock
from tests.simulators.power import Power
from tests.simulators.snmp import Rfc1628Agent, UdpAgent

pytestmark = BESIDE_NUT


def new_agent(**options: Any) -> Rfc1628Agent:
    """Return an agent whose time stands still."""
    clock = Clock.stopped()
    return Rfc1628Agent(power=Power(clock=clock, nominal_battery=48.0), clock=clock, **options)


def _set(**values: Any) -> Prepare:
    def prepare(agent: Rfc1628Agent) -> None:
        for name, value in values.items():
            setattr(agent.power if hasattr(agent.power, name) else agent, name, value)
        agent.power.settle()

    return prepare


def _test(agent: Rfc1628Agent) -> None:
    agent.power.start_test(600)


def _shut_down(agent: Rfc1628Agent) -> None:
    agent.power.shut_down(60, off_for=None)


STATES: Mapping[str, tuple[Mapping[str, Any], Prepare]] = {
    "on line": ({}, _set()),
    "on battery": ({}, _set(mains=False, charge=60.0)),
    "battery low": ({}, _set(mains=False, charge=10.0)),
    "boosting": ({}, _set(mains_voltage=200.0)),
    "trimming": ({}, _set(mains_voltage=260.0)),
    "bypass": ({}, _set(bypass=True)),
    "testing": ({}, _test),
    "alarms": ({}, _set(replace_battery=True, overloaded=True, failed=True)),
    "shutting down": ({}, _shut_down),
    "three phases": ({"phases": 3}, _set()),
}

DIFFERENCES = (
    Known(
        ("ups.timer.shutdown", "ups.timer.start", "ups.timer.reboot"),
        "-1 is no countdown: absent here",
    ),
    Known(
        tuple(f"input.bypass.{line}" for line in ("L1-N.voltage", "L1.current", "L1.realpower")),
        "on a single-phase unit it has the one line under both names",
    ),
    Known(
        ("output.realpower", "output.power.nominal", "output.realpower.nominal"),
        "they stand in ups.realpower, ups.power.nominal and ups.realpower.nominal",
    ),
    Known(("ups.test.result",), "its words differ from those it has elsewhere by case"),
    Known(
        ("ups.status",),
        "a load on bypass is not on line: BYPASS stands without OL (card, 3.10)",
        ("bypass",),
    ),
    Known(
        ("ups.status",),
        "it does not read the test's state or the alarm table (card, section 5): no TEST, RB, OVER",
        ("testing", "alarms"),
    ),
    Known(
        ("input.bypass.voltage", "input.bypass.current"),
        "of the bypass it has the first line as that of the whole, too",
        ("three phases",),
    ),
    Known(("test.battery.start",), "its name for a test with INTEGER 0, a type no agent takes"),
)


async def test_variables() -> None:
    """They agree, but for the differences that have a reason."""

    async def one(state: str) -> Any:
        options, prepare = STATES[state]
        agent = new_agent(**options)
        prepare(agent)
        return await read_both(state, agent, "ietf")

    found = await asyncio.gather(*map(one, STATES))
    assert unexplained(found, DIFFERENCES) == []


async def test_commands_write_the_same() -> None:
    """The commands that need no test object: what NUT writes is among what we write."""
    commands = ("beeper.disable", "beeper.enable", "beeper.mute", "load.on", "load.off")
    for command in commands:
        theirs, ours = new_agent(), new_agent()
        async with (
            UdpAgent(theirs) as wire,
            running(DRIVER, wire.host, mibs="ietf", community="private", snmp_version="v1") as peer,
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
        assert theirs.writes[-1] == ours.writes[-1], command
