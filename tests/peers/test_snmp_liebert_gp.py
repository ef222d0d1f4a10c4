"""NUT's snmp-ups beside us on a Liebert agent that answers RFC 1628 too.

NUT 2.8.0 has no table for Liebert's own MIB: its manual names Liebert among the cards for
``mibs=ietf``. So both read one UPS by different objects: NUT by the standard, we by Liebert's
own first.
"""

from typing import Any

from .nut import find
from .snmp import (
    AS_MADE,
    BESIDE_NUT,
    DRIVER,
    Known,
    States,
    command_with_nut,
    command_with_us,
    having,
    read_states,
    unexplained,
)
from tests.simulators.clock import Clock
from tests.simulators.power import Output, Power
from tests.simulators.snmp import Kind, LiebertAgent, Object
from tests.simulators.snmp.liebert_gp import L

pytestmark = BESIDE_NUT


def new_agent(*, online: bool = True, **options: Any) -> LiebertAgent:
    """Return an agent whose time stands still."""
    clock = Clock.stopped()
    power = Power(clock=clock, online=online, nominal_battery=72.0)
    return LiebertAgent(power=power, clock=clock, quirks=frozenset({"rfc1628"}), **options)


def _even(agent: LiebertAgent) -> None:
    """Let every line carry the same."""
    for line in (1, 2, 3):
        agent.tree[f"{L}.3.5.2.3.1.19.1.{line}"] = Object(Kind.INTEGER, 30)


STATES: States = {
    "on line": ({}, AS_MADE),
    "on battery": ({}, having(mains=False, charge=60.0)),
    "battery low": ({}, having(mains=False, charge=10.0)),
    "boosting": ({"online": False}, having(mains_voltage=200.0)),
    "trimming": ({"online": False}, having(mains_voltage=260.0)),
    "bypass": ({}, having(bypass=True)),
    "off": ({}, having(output=Output.STAYING)),
    "conditions alone": ({"models": frozenset({"conditions"})}, having(mains=False)),
    "flexible alone": ({"models": frozenset({"flexible"})}, having(mains=False)),
    "three phases": ({"phases": 3}, _even),
}
_WITH_POINTS = (
    "on line",
    "on battery",
    "battery low",
    "boosting",
    "trimming",
    "bypass",
    "off",
    "three phases",
)
DIFFERENCES = (
    Known(
        ("device.mfr", "ups.mfr", "ups.firmware", "ups.firmware.aux"),
        "Liebert's own objects have other texts for it: the maker of the UPS, not of the card",
    ),
    Known(("device.location",), "the site of the UPS comes before the place of its card"),
    Known(
        ("battery.voltage", "battery.current"),
        "Liebert has whole V and A, the standard tenths: what is not a matter of gaps is not mixed",
        _WITH_POINTS,
    ),
    Known(
        ("input.current", "output.current"),
        "the same: whole A",
        _WITH_POINTS,
    ),
    Known(
        tuple(f"{side}.L{phase}.current" for side in ("input", "output") for phase in (1, 2, 3)),
        "the same: whole A, and the simulated phases carry less than half an ampere",
        ("three phases",),
    ),
    Known(
        tuple(f"input.L{phase}.frequency" for phase in (1, 2, 3)),
        "the point has one frequency for all its lines",
        ("three phases",),
    ),
    Known(
        tuple(f"input.bypass.{line}" for line in ("L1-N.voltage", "L1.current", "L1.realpower")),
        "on a single-phase unit it has the one line under both names",
    ),
    Known(
        ("input.bypass.voltage", "input.bypass.current"),
        "of the bypass it has the first line as that of the whole, too",
        ("three phases",),
    ),
    Known(
        ("output.realpower", "output.power.nominal", "output.realpower.nominal"),
        "they stand in ups.realpower, ups.power.nominal and ups.realpower.nominal",
    ),
    Known(("ups.test.result",), "its words differ from those it has elsewhere by case"),
    Known(
        ("ups.timer.shutdown", "ups.timer.start", "ups.timer.reboot"),
        "-1 is no countdown: absent here",
    ),
    Known(
        ("ups.status",),
        "Liebert tells the discharge apart from the source of the output, the standard does not",
        ("on battery", "battery low"),
    ),
    Known(
        ("ups.status",),
        "a load on bypass is not on line: BYPASS stands without OL (card snmp.md, 3.10)",
        ("bypass",),
    ),
    Known(
        ("test.battery.start",),
        "its name for a test with INTEGER 0, a type no agent takes; Liebert's own has the name",
        ("conditions alone", "flexible alone"),
    ),
)


def test_nut_has_no_table_for_liebert() -> None:
    """Its master has one, ``vertiv``: once that is installed, it should be used here."""
    driver = find(DRIVER)
    assert driver is not None
    # the root of Liebert's MIB in any spelling of a table
    assert b"1.3.6.1.4.1.476.1.42" not in driver.read_bytes()


async def test_variables() -> None:
    """They agree, but for the differences that have a reason."""

    found = await read_states(new_agent, STATES, "ietf")
    assert unexplained(found, DIFFERENCES) == []


async def test_both_mute_the_same_ups() -> None:
    """NUT by the standard object, we by Liebert's: each writes its own, once."""
    theirs, ours = new_agent(), new_agent()
    assert theirs.standard is not None
    await command_with_nut(theirs, "ietf", "beeper.mute", writes=theirs.standard.writes)
    assert theirs.standard.writes == [("upsConfigAudibleStatus", 3)]
    assert theirs.writes == []
    await command_with_us(ours, "beeper.mute")
    assert ours.writes == [("lgpPwrAlarmSilence", 1)]
