"""NUT's snmp-ups (mibs=apcc) reads our APC agent, and so do we."""

import asyncio
from collections.abc import Mapping
from typing import Any

from .nut import running
from .snmp import BESIDE_NUT, DRIVER, Known, Prepare, read_both, unexplained
from custom_components.ups_protocols.ups.links.snmp import open_snmp
from custom_components.ups_protocols.ups.protocols.snmp import SnmpUps
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.simulators.clock import Clock
from tests.simulators.power import Output, Power
from tests.simulators.snmp import ApcPowerNetAgent, UdpAgent

pytestmark = BESIDE_NUT


def new_agent(**options: Any) -> ApcPowerNetAgent:
    """Return an agent whose time stands still; its charger rests."""
    clock = Clock.stopped()
    power = Power(clock=clock, nominal_battery=24.0, nominal_power=1500)
    agent = ApcPowerNetAgent(power=power, clock=clock, **options)
    agent.charger = 6
    return agent


def _set(**values: Any) -> Prepare:
    def prepare(agent: ApcPowerNetAgent) -> None:
        for name, value in values.items():
            setattr(agent.power if hasattr(agent.power, name) else agent, name, value)
        agent.power.settle()

    return prepare


def _calibrate(agent: ApcPowerNetAgent) -> None:
    agent._calibrate(2)


_BETWEEN = ("L1-L2", "L2-L3", "L3-L1")
# not ecoMode (13) and onBatteryTest (15): 2.8.0 has no word for them, and no ups.status then
STATES: Mapping[str, tuple[Mapping[str, Any], Prepare]] = {
    "on line": ({"monitors": ("integrated",)}, _set()),
    "on battery": ({}, _set(mains=False, charge=60.0)),
    "battery low": ({}, _set(mains=False, charge=10.0)),
    "boosting": ({}, _set(mains_voltage=200.0)),
    "trimming": ({}, _set(mains_voltage=260.0)),
    "bypass": ({}, _set(bypass=True)),
    "off": ({}, _set(output=Output.STAYING)),
    "calibrating": ({}, _calibrate),
    "replace battery": ({}, _set(replace_battery=True)),
    "overload": ({}, _set(overloaded=True)),
    "old": ({"quirks": frozenset({"old"})}, _set()),
    "three phases": ({"phases": 3, "quirks": frozenset({"old"})}, _set()),
}

DIFFERENCES = (
    Known(("device.mfr", "ups.mfr"), "a constant of its table; here it is in the identity"),
    Known(
        ("ups.delay.shutdown", "ups.delay.start"),
        "it shows its own defaults, 180 and 60, not what the UPS has",
    ),
    Known(("battery.date", "ups.mfr.date", "ups.test.date"), "dates are ISO here"),
    Known(("ups.test.result",), "its words differ from those it has elsewhere"),
    Known(("battery.packs",), "they are the external ones: battery.packs.external (MIB, 2.2.5)"),
    Known(("battery.current",), "-1 is not supported (MIB, 2.2.9 and 2.3.5)"),
    Known(
        ("ambient.temperature", "ambient.humidity"),
        "probes have numbers here",
        ("on line",),
    ),
    Known(("ups.status",), "it does not read the text of flags: no OVER", ("overload",)),
    Known(
        tuple(f"{side}.{lines}.voltage" for side in ("input", "output") for lines in _BETWEEN),
        "it takes all for phase to phase; 9.2.2.1.3 = 4 is phase to neutral",
        ("three phases",),
    ),
    Known(
        (
            "input.voltage",
            "input.voltage.maximum",
            "input.voltage.minimum",
            "output.voltage",
            "output.current",
        ),
        "on three phases they would be those of the first",
        ("three phases",),
    ),
)


async def test_variables() -> None:
    """They agree, but for the differences that have a reason; nobody writes anything."""

    async def one(state: str) -> Any:
        options, prepare = STATES[state]
        agent = new_agent(**options)
        prepare(agent)
        both = await read_both(state, agent, "apcc")
        assert agent.writes == []
        return both

    found = await asyncio.gather(*map(one, STATES))
    assert unexplained(found, DIFFERENCES) == []


COMMANDS = (
    "shutdown.return",
    "shutdown.stayoff",
    "load.off",
    "load.on",
    "test.failure.start",
    "test.panel.start",
    "test.battery.start",
    "calibrate.start",
    "calibrate.stop",
    "bypass.start",
    "bypass.stop",
    "reset.input.minmax",
)


async def test_commands_write_the_same() -> None:
    """Command by command, on battery: NUT's shutdown.return knows only that."""
    theirs, ours = new_agent(), new_agent()
    theirs.mains(False)
    ours.mains(False)
    async with (
        UdpAgent(theirs) as wire,
        running(DRIVER, wire.host, mibs="apcc", community="private", snmp_version="v1") as peer,
        peer.instructing() as instruct,
    ):
        for number, command in enumerate(COMMANDS, 1):
            instruct(command)
            async with asyncio.timeout(20):
                while len(theirs.writes) < number:
                    await asyncio.sleep(0.05)
    async with UdpAgent(ours) as wire:
        link = await open_snmp(f"snmp://{wire.host}?community=private", Transcript())
        driver = SnmpUps(link, {}, {})
        await driver.open()
        for command in COMMANDS:
            await driver.run(command)
        await link.close()
    assert theirs.writes == ours.writes
