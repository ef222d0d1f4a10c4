"""NUT's snmp-ups (mibs=cyberpower, bestpower) reads our agents, and so do we."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from .nut import running
from .snmp import BESIDE_NUT, DRIVER, Known, Prepare, read_both, unexplained
from custom_components.ups_protocols.ups.links.snmp import open_snmp
from custom_components.ups_protocols.ups.protocols.snmp import SnmpUps
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.clock import Clock
from tests.simulators.power import Power
from tests.simulators.snmp import BestPowerAgent, CyberPowerAgent, UdpAgent

pytestmark = BESIDE_NUT


def new_agent(**options: Any) -> CyberPowerAgent:
    """Return an agent whose time stands still."""
    clock = Clock.stopped()
    power = Power(clock=clock, nominal_battery=24.0, nominal_power=1500)
    agent = CyberPowerAgent(power=power, clock=clock, **options)
    # this NUT has no word for the state of the power: without another flag it never has a status
    agent.replace_battery = True
    return agent


def new_best() -> BestPowerAgent:
    """Return an agent whose time stands still."""
    clock = Clock.stopped()
    power = Power(clock=clock, nominal_battery=24.0, nominal_power=850)
    return BestPowerAgent(power=power, clock=clock)


def _set(**values: Any) -> Prepare:
    def prepare(agent: Any) -> None:
        for name, value in values.items():
            setattr(agent.power if hasattr(agent.power, name) else agent, name, value)
        agent.power.settle()

    return prepare


def _test(agent: CyberPowerAgent) -> None:
    agent.power.start_test(600)


def _calibrate(agent: CyberPowerAgent) -> None:
    agent.power.start_test(None)
    agent.calibrating = True


def _off(agent: CyberPowerAgent) -> None:
    agent.power.shut_down(0, off_for=None)


def _reboot(agent: CyberPowerAgent) -> None:
    agent.rebooting = True
    agent.power.shut_down(0, off_for=600)


STATES: Mapping[str, tuple[Mapping[str, Any], Prepare]] = {
    "on line": ({}, _set()),
    "on battery": ({}, _set(mains=False, charge=60.0)),
    "battery low": ({}, _set(mains=False, charge=10.0)),
    "boosting": ({}, _set(mains_voltage=200.0)),
    "trimming": ({}, _set(mains_voltage=260.0)),
    "bypass": ({}, _set(bypass=True)),
    "eco": ({}, _set(eco=True)),
    "overloaded": ({}, _set(overloaded=True)),
    "overloaded on battery": ({}, _set(overloaded=True, mains=False)),
    "testing": ({}, _test),
    "calibrating": ({}, _calibrate),
    "off": ({}, _off),
    "rebooting": ({}, _reboot),
    "three phases": ({"phases": 3}, _set()),
}

_DARK = ("on battery", "battery low", "overloaded on battery", "off", "rebooting")
DIFFERENCES = (
    Known(
        ("ups.status",),
        "Debian's 2.8.0 finds no word for any value of upsBaseOutputStatus; what it has beside it "
        "is compared below",
    ),
    Known(("battery.current",), "upsAdvanceBatteryCurrent is a percentage (card, 1)"),
    Known(("device.mfr", "ups.mfr"), "no object tells it: it is that of the MIB here"),
    Known(
        ("ups.delay.shutdown",), "that of 5.2.10, the turn-off, here; there of 5.2.11, the sleep"
    ),
    Known(("ups.delay.reboot",), "that of 5.2.11 here, always 0 there"),
    Known(("ups.mfr.date",), "dates are ISO here"),
    Known(("input.frequency", "output.frequency"), "0 is none here (recorded)", _DARK),
    Known(
        ("input.voltage", "output.voltage", "output.current"),
        "the scalars are those of the first phase",
        ("three phases",),
    ),
)
BEST_DIFFERENCES = (
    Known(("device.mfr", "ups.mfr"), "there it is always EATON"),
    Known(("ups.power",), "it is the rating, in ups.power.nominal here"),
)


async def test_variables() -> None:
    """They agree, but for the differences that have a reason."""

    async def one(state: str) -> Any:
        options, prepare = STATES[state]
        agent = new_agent(**options)
        prepare(agent)
        return await read_both(state, agent, "cyberpower")

    found = await asyncio.gather(*map(one, STATES))
    assert unexplained(found, DIFFERENCES) == []
    # low battery, calibration, a battery to replace: from objects of their own
    for both in found:
        assert set(both.theirs.variables["ups.status"].split()) == {
            flag for flag in both.ours.status.flags if flag in {"LB", "CAL", "RB"}
        }


async def test_best_power() -> None:
    """They agree, but for the differences that have a reason."""

    async def one(state: str) -> Any:
        agent = new_best()
        STATES[state][1](agent)
        return await read_both(state, agent, "bestpower")

    found = await asyncio.gather(*map(one, ("on line", "on battery")))
    assert unexplained(found, BEST_DIFFERENCES) == []


# command, the object and the number that it writes
COMMANDS: Mapping[str, tuple[str, int]] = {
    "load.off": ("1.6.2.1.0", 2),
    "load.on": ("1.6.2.6.0", 2),
    "test.battery.start": ("1.7.2.2.0", 2),
    "test.failure.start": ("1.6.2.4.0", 2),
    "test.panel.start": ("1.7.2.5.0", 2),
    "calibrate.start": ("1.7.2.6.0", 2),
    "calibrate.stop": ("1.7.2.6.0", 3),
    "shutdown.return": ("1.6.2.3.0", 3),
}


@pytest.mark.parametrize("command", COMMANDS)
async def test_commands_write_to_the_same_object(command: str) -> None:
    """This NUT has no number of its own for them: it is given with the command.

    But for shutdown.stayoff, which it writes to the object that switches on.
    """
    theirs, ours = new_agent(), new_agent()
    wanted = COMMANDS[command]
    async with (
        UdpAgent(theirs) as wire,
        running(
            DRIVER, wire.host, mibs="cyberpower", community="private", snmp_version="v1"
        ) as peer,
        peer.instructing() as instruct,
    ):
        instruct(command, str(wanted[1]))
        async with asyncio.timeout(20):
            while not theirs.writes:
                await asyncio.sleep(0.05)
    async with UdpAgent(ours) as wire:
        link = await open_snmp(f"snmp://{wire.host}?community=private", Transcript())
        driver = SnmpUps(link, {}, {})
        await driver.open()
        await driver.run(command)
        await link.close()
    assert theirs.writes == ours.writes == [wanted]
