"""NUT's snmp-ups (mibs=apc_pdu) reads our APC rack PDUs, and so do we.

It knows sPDU's tree and a few objects of rPDU's; a PDU that answers rPDU2 or ePDU alone it refuses.
"""

from typing import Any

from .snmp import AS_MADE, BESIDE_NUT, Known, States, read_states, unexplained
from tests.simulators.clock import Clock
from tests.simulators.snmp import ApcPduAgent

pytestmark = BESIDE_NUT

OUTLETS = 3
B_MODEL = ("switches", "first", "second")


def new_agent(**options: Any) -> ApcPduAgent:
    """Return an agent whose time stands still."""
    return ApcPduAgent(clock=Clock.stopped(), outlets=OUTLETS, measures=False, **options)


def _outlet_off(agent: ApcPduAgent) -> None:
    agent.pdus[0].outlets[1].on = False


def _overload(agent: ApcPduAgent) -> None:
    agent.pdus[0].currents = [16.5]


def _named(agent: ApcPduAgent) -> None:
    agent.pdus[0].outlets[0].name = "NAS"


STATES: States = {
    "MasterSwitch": ({"trees": ("switches",)}, AS_MADE),
    "MasterSwitch, one off": ({"trees": ("switches",)}, _outlet_off),
    "MasterSwitch, named": ({"trees": ("switches",)}, _named),
    "B model": ({"trees": B_MODEL}, AS_MADE),
    "B model, one off": ({"trees": B_MODEL}, _outlet_off),
    "B model, overload": ({"trees": B_MODEL}, _overload),
}
_B_STATES = tuple(state for state in STATES if state.startswith("B model"))
_SWITCH_STATES = tuple(state for state in STATES if state not in _B_STATES)


def _each(what: str) -> tuple[str, ...]:
    return tuple(f"outlet.{number}.{what}" for number in range(1, OUTLETS + 1))


DIFFERENCES = (
    Known(("device.mfr",), "its own text, no object: here it stands in the identity"),
    Known(("device.part",), "the model once more"),
    Known(("device.version",), "the hardware revision; we have no name for it"),
    Known(("device.uptime",), "that of the agent, not of the PDU"),
    Known(("ups.date",), "the date of manufacture, which is no clock: here ups.mfr.date"),
    Known(("device.description",), "NUT has sysName there; here that is ups.id, if there is none"),
    Known(_each("desc"), "what NUT has as description is the outlet's name"),
    Known(_each("switchable"), "NUT's own text; here there are the commands, or there are none"),
    Known(_each("id"), "the index itself; only rPDU2 has an object for it", _SWITCH_STATES),
    Known(
        ("device.contact", "device.location"),
        "rPDU2 has its own objects; NUT has those of the system group",
        _B_STATES,
    ),
    Known(("input.realpower",), "12.1.16, the whole PDU's: here ups.realpower", _B_STATES),
    Known(("ups.status",), "NUT has no status for PDUs: an overload", ("B model, overload",)),
)


async def test_variables() -> None:
    """They agree, but for the differences that have a reason."""

    found = await read_states(new_agent, STATES, "apc_pdu")
    assert unexplained(found, DIFFERENCES) == []
    by_state = {both.state: both for both in found}
    # what is compared is there at all
    for state in STATES:
        theirs, ours = by_state[state].theirs.variables, by_state[state].ours.variables
        assert theirs["outlet.2.status"] == ours["outlet.2.status"]
        assert theirs["outlet.2.status"] == ("off" if "off" in state else "on")
        assert theirs["outlet.1.desc"] == ours["outlet.1.name"]
        assert theirs["outlet.count"] == "3"
    for state in _B_STATES:
        theirs, ours = by_state[state].theirs.variables, by_state[state].ours.variables
        assert float(theirs["input.current"]) == ours["input.current"]
        assert float(theirs["input.realpower"]) == ours["ups.realpower"]
        assert float(theirs["input.voltage.nominal"]) == ours["input.voltage.nominal"]
