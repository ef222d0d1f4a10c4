"""NUT's snmp-ups (mibs=apcc) reads our APC agent, and so do we."""

from typing import Any

from .snmp import (
    AS_MADE,
    BESIDE_NUT,
    Known,
    States,
    command_with_nut,
    command_with_us,
    having,
    read_states,
    unexplained,
)
from tests.simulators.clock import Clock
from tests.simulators.power import Output
from tests.simulators.snmp import ApcPowerNetAgent

pytestmark = BESIDE_NUT


def new_agent(**options: Any) -> ApcPowerNetAgent:
    """Return an agent whose time stands still; its charger rests."""
    agent = ApcPowerNetAgent(clock=Clock.stopped(), **options)
    agent.charger = 6
    return agent


def _calibrate(agent: ApcPowerNetAgent) -> None:
    agent._calibrate(2)


_BETWEEN = ("L1-L2", "L2-L3", "L3-L1")
# not ecoMode (13) and onBatteryTest (15): 2.8.0 has no word for them, and no ups.status then
STATES: States = {
    "on line": ({"monitors": ("integrated",)}, AS_MADE),
    "on battery": ({}, having(mains=False, charge=60.0)),
    "battery low": ({}, having(mains=False, charge=10.0)),
    "boosting": ({}, having(mains_voltage=200.0)),
    "trimming": ({}, having(mains_voltage=260.0)),
    "bypass": ({}, having(bypass=True)),
    "off": ({}, having(output=Output.STAYING)),
    "calibrating": ({}, _calibrate),
    "replace battery": ({}, having(replace_battery=True)),
    "overload": ({}, having(overloaded=True)),
    "old": ({"quirks": frozenset({"old"})}, AS_MADE),
    "three phases": ({"phases": 3, "quirks": frozenset({"old"})}, AS_MADE),
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

    found = await read_states(new_agent, STATES, "apcc")
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
    await command_with_nut(theirs, "apcc", *COMMANDS)
    await command_with_us(ours, *COMMANDS)
    assert theirs.writes == ours.writes
