"""NUT's snmp-ups (mibs=mge) reads our MGE agent, and so do we."""

from typing import Any

from .snmp import (
    AS_MADE,
    BESIDE_NUT,
    Known,
    States,
    command_with_nut,
    command_with_us,
    having,
    in_test,
    read_states,
    unexplained,
)
from tests.simulators.clock import Clock
from tests.simulators.snmp import MgeAgent
from tests.simulators.snmp.eaton_environment import Emp

pytestmark = BESIDE_NUT


def new_agent(**options: Any) -> MgeAgent:
    """Return an agent whose time stands still."""
    return MgeAgent(clock=Clock.stopped(), **options)


STATES: States = {
    "on line": ({"emp": Emp()}, AS_MADE),
    "on battery": ({}, having(mains=False, charge=60.0)),
    "battery low": ({}, having(mains=False, charge=10.0)),
    "boosting": ({}, having(mains_voltage=200.0)),
    "trimming": ({}, having(mains_voltage=260.0)),
    "bypass": ({}, having(bypass=True)),
    "testing": ({}, in_test),
    "alarms": ({}, having(replace_battery=True, overloaded=True)),
    "three phases": ({"phases": 3}, AS_MADE),
    "probe": ({"probes": 1}, AS_MADE),
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

    found = await read_states(new_agent, STATES, "mge")
    assert unexplained(found, DIFFERENCES) == []


async def test_commands_write_the_same() -> None:
    """What NUT writes last is what we write last."""
    commands = ("test.battery.start", "beeper.mute")
    for command in commands:
        theirs, ours = new_agent(), new_agent()
        await command_with_nut(theirs, "mge", command)
        await command_with_us(ours, command)
        assert theirs.writes[-1] == ours.writes[-1], command
