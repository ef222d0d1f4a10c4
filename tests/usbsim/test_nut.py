"""NUT's drivers read the simulated devices, and see what their state says.

One device of each kind is read here, in seconds; `USBSIM_NUT=all` reads every one, in two
minutes. A device that NUT cannot read has its reason in `nut.DRIVERS`; a variable that NUT shows
differently has it here.
"""

import asyncio
from collections.abc import Mapping, Sequence
import os

import pytest
import pytest_socket

from . import devices, nut

AT_ONCE = 8
# NUT's variable → the part of the state it shows.
SHOWN: Mapping[str, str] = {
    "battery.charge": "charge",
    "ups.load": "load",
    "input.voltage": "mains_voltage",
    "input.frequency": "mains_frequency",
    "battery.voltage": "battery_voltage",
    "battery.runtime": "runtime",
}
TOLERANCE = 0.02
_CLASS_2 = "NUT 2.8.0 takes input class 2 for 230 V everywhere"
_BLOCK = "OMNIVS tells the volts of one block"
_LIEBERT = "NUT 2.8.0 corrects the nominal voltage only"
_CELL = "the ablerex tells the volts of a cell, and NUT 2.8.0 does not know it"
OTHERWISE: Mapping[str, Mapping[str, str]] = {
    "tripplite-0004": {"input.voltage": _CLASS_2},
    "tripplite-3003": {"input.voltage": _CLASS_2},
    "tripplite-3005": {"input.voltage": _CLASS_2},
    "tripplite-1001": {"battery.voltage": _BLOCK},
    "tripplite-2001": {"battery.voltage": _BLOCK},
    "liebert": {"input.voltage": _LIEBERT, "battery.voltage": _LIEBERT},
    "ablerex": {"battery.voltage": _CELL, "battery.charge": _CELL},
    "cyberpower-wrong-scales": {"input.frequency": "NUT 2.8.0 leaves tenfold frequencies"},
    "goldenmate": {"battery.voltage": "NUT 2.8.0 takes it for a Liebert and 8 bits for its size"},
    "mge-ellipse": {"battery.runtime": "the descriptor's maximum is 1800 s"},
    "mge-ellipse-premium": {"battery.runtime": "the descriptor's maximum is 1800 s"},
    "recorded-apc-back-ups-500": {"battery.runtime": "as captured"},
    "recorded-cyberpower-cp1500": {
        "battery.runtime": "as captured",
        "battery.voltage": "as captured",
    },
    "recorded-eaton-3s-700": {"battery.runtime": "as captured"},
}
SAMPLE = (
    *("apc", "cyberpower", "eaton", "mge-ellipse", "tripplite-3024", "belkin", "powercom-0004"),
    *("powercom-old", "legrand", "recorded-eaton-3s-700", "cypress", "krauler", "hunnox", "armac"),
    *("fuji", "tripplite-2001", "richcomm", "atcl"),
)
READ = devices.names() if os.environ.get("USBSIM_NUT") == "all" else SAMPLE
# Each group in a test of its own.
GROUPS = [READ[start : start + 28] for start in range(0, len(READ), 28)]


@pytest.fixture(autouse=True)
def sockets(socket_enabled: None) -> None:
    """Open the Unix sockets that Home Assistant's test plugin shuts for every test."""
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)


async def differences(name: str) -> list[str]:
    """Return where NUT and the state disagree, with mains and without."""
    async with nut.reading(name) as peer:
        shown = (await peer.dump()).variables
        state = await asyncio.to_thread(peer.remote.state)
        found = [
            f"{name}: {variable} is {shown[variable]}, not {state[part]}"
            for variable, part in SHOWN.items()
            if variable in shown
            and part in state
            and variable not in OTHERWISE.get(name, {})
            and abs(float(shown[variable]) - state[part]) > TOLERANCE * max(state[part], 20)
        ]
        if "OL" not in shown["ups.status"].split():
            found.append(f"{name}: {shown['ups.status']} with mains")
        await asyncio.to_thread(peer.remote.mains, False)
        try:
            async with asyncio.timeout(20):
                while "OB" not in (await peer.dump()).variables["ups.status"].split():
                    await asyncio.sleep(0.2)
        except TimeoutError:
            found.append(f"{name}: {(await peer.dump()).variables['ups.status']} without mains")
        return found


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: f"{group[0]}-{group[-1]}")
async def test_nut_reads_the_state(group: Sequence[str]) -> None:
    readable = [name for name in group if nut.missing(name) is None]
    if not readable:
        pytest.skip(str(nut.missing("apc")))
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> list[str]:
        async with turns:
            try:
                return await differences(name)
            except (RuntimeError, KeyError, ValueError) as error:
                return [f"{name}: {error!r}"]

    found = await asyncio.gather(*(one(name) for name in readable))
    assert [line for lines in found for line in lines] == []


@pytest.mark.skipif(nut.missing("apc") is not None, reason=str(nut.missing("apc")))
@pytest.mark.parametrize(
    ("name", "command", "part", "value"),
    [
        ("cyberpower", "test.battery.start.quick", "test_result", "running"),
        ("eaton", "beeper.disable", "beeper", 1),
        ("eaton", "outlet.1.load.off", "outlet.1", False),
        ("apc", "shutdown.return", "output", "leaving"),
        ("tripplite", "load.off.delay", "output", "leaving"),
        ("belkin", "shutdown.stayoff", "output", "leaving"),
        ("cypress", "test.battery.start.quick", "test_result", "running"),
    ],
)
async def test_nut_commands_are_obeyed(name: str, command: str, part: str, value: object) -> None:
    async with nut.reading(name) as peer:
        await peer.command(command)
        async with asyncio.timeout(10):
            while (await asyncio.to_thread(_part, peer, part)) != value:
                await asyncio.sleep(0.1)


def _part(peer: nut.Peer, part: str) -> object:
    state = peer.remote.state()
    if part == "test_result" and part not in state:
        return peer.remote.ask("ups", "get", "test_result")
    return state.get(part)


@pytest.mark.skipif(nut.missing("apc") is not None, reason=str(nut.missing("apc")))
async def test_nut_hears_a_push_and_survives_a_replug() -> None:
    async with nut.reading("apc") as peer:
        await asyncio.to_thread(peer.remote.mains, False)
        await peer.until("ups.status", "OB DISCHRG")
        await asyncio.to_thread(peer.remote.unplug)
        async with asyncio.timeout(10):
            while (await peer.dump()).is_fresh:
                await asyncio.sleep(0.1)
        await asyncio.to_thread(peer.remote.replug, 1, 2)
        async with asyncio.timeout(15):
            while not (await peer.dump()).is_fresh:
                await asyncio.sleep(0.1)
