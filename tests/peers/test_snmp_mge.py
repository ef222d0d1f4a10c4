"""NUT's snmp-ups (mibs=mge) reads our MGE agent, and so do we."""

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
from tests.simulators.snmp import MgeAgent, UdpAgent

pytestmark = BESIDE_NUT


def new_agent(**options: Any) -> MgeAgent:
    """Return an agent whose time stands still."""
    clock = Clock.stopped()
    return MgeAgent(power=Power(clock=clock, nominal_battery=48.0), clock=clock, **options)


def _set(**values: Any) -> Prepare:
    def prepare(agent: MgeAgent) -> None:
        for name, value in values.items():
            setattr(agent.power if hasattr(agent.power, name) else agent, name, value)
        agent.power.settle()

    return prepare


def _test(agent: MgeAgent) -> None:
    agent.power.start_test(600)


STATES: Mapping[str, tuple[Mapping[str, Any], Prepare]] = {
    "on line": ({"emp": True}, _set()),
    "on battery": ({}, _set(mains=False, charge=60.0)),
    "battery low": ({}, _set(mains=False, charge=10.0)),
    "boosting": ({}, _set(mains_voltage=200.0)),
    "trimming": ({}, _set(mains_voltage=260.0)),
    "bypass": ({}, _set(bypass=True)),
    "testing": ({}, _test),
    "alarms": ({}, _set(replace_battery=True, overloaded=True)),
    "three phases": ({"phases": 3}, _set()),
    "probe": ({"probes": 1}, _set()),
}

DIFFERENCES = (
    Known(
        ("device.mfr", "ups.mfr"),
        "this MIB has no maker: it says Eaton always, here RFC 1628 of the same card is asked",
    ),
    Known(
        ("device.model", "ups.model"),
        "it has the family alone, here the model stands behind it",
    ),
    Known(("input.transfer.reason",), "it is empty there while mains is good, noTransfer here"),
    Known(
        ("ups.delay.shutdown", "ups.delay.start"),
        "it keeps both itself; here the first is upsmgConfigSysShutDuration of the UPS, which is "
        "Sn, the delay of a shutdown, and the second is a parameter",
    ),
    Known(
        ("ups.timer.shutdown", "ups.timer.start", "ups.timer.reboot"),
        "-1 is no countdown: absent here",
    ),
    Known(("load.on.delay", "load.off.delay"), "load.on and shutdown.stayoff with a delay"),
    Known(("outlet.id", "outlet.desc"), "it numbers and names the UPS as a whole"),
    Known(("ups.test.result",), "its words differ from those it has elsewhere by case"),
    Known(
        ("ambient.contacts.1.status", "ambient.contacts.2.status"),
        "these are the contacts of probe 1; here they are its own, ambient.1.contacts.1.status, "
        "and the external alarms of the card have the name; 'opened' is no word of the standard",
        ("probe",),
    ),
    Known(
        ("ups.L1.load", "ups.L2.load", "ups.L3.load"),
        "they stand in output.L1.power.percent and so on, the largest in ups.load",
        ("three phases",),
    ),
    Known(
        ("ups.status",),
        "a load on bypass is not on line: BYPASS stands without OL (card, 3.10)",
        ("bypass",),
    ),
    Known(("ups.status",), "it does not ask RFC 1628 for the test's state", ("testing",)),
    Known(
        ("ups.status",),
        "it says OFF of an output whose utility is off (card, 7.7), and some flags twice",
        ("on battery", "battery low"),
    ),
)


async def test_variables() -> None:
    """They agree, but for the differences that have a reason."""

    async def one(state: str) -> Any:
        options, prepare = STATES[state]
        agent = new_agent(**options)
        prepare(agent)
        return await read_both(state, agent, "mge")

    found = await asyncio.gather(*map(one, STATES))
    assert unexplained(found, DIFFERENCES) == []


async def test_commands_write_the_same() -> None:
    """What NUT writes last is what we write last."""
    commands = ("test.battery.start", "beeper.mute")
    for command in commands:
        theirs, ours = new_agent(), new_agent()
        async with (
            UdpAgent(theirs) as wire,
            running(DRIVER, wire.host, mibs="mge", community="private", snmp_version="v1") as peer,
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
