"""NUT's USB drivers and we read the same simulated devices: what both know must agree.

NUT is Debian's (2.8.0). A device can be claimed by one program only, so they read in turns, in the
same states. Everything in which NUT differs stands in `DIFFERENT` with its reason; a difference
that is not there fails, and so does a row that nothing hits any more. One device of each kind is
read here; `USBSIM_NUT=all` reads every one.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
import sys

import pytest
import pytest_socket

from custom_components.ups_protocols.ups.names import Quantity, parse
from tests.usbsim import devices, nut
from tests.usbsim.remote import Remote
from tests.usbsim.test_nut import READ

AT_ONCE = 6
SCRIPT = "scripts/ups.py"
# bridges that no id tells: the user names them
NAMED = {"snr": ("--option", "bridge=snr")}
# NUT's own affairs, and the words for them that we do not use
NOT_COMPARED = ("driver.", "device.type", "ups.status", "ups.alarm", "ups.mfr", "ups.model")
# NUT asks for dummy strings between two queries: it is long behind with all but the flags
SLOW = {"hunnox"}
# NUT has no word for a test, and tells of the charger what we tell by other flags
FLAGS = {"OL", "OB", "LB", "RB", "OVER", "BYPASS", "OFF", "TRIM", "BOOST"}


# outlets that these units do not have
NOT_TOLD = {
    *(("0004", f"outlet.{number}.switchable") for number in (1, 2, 3)),
    ("3005", "outlet.3.switchable"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A variable, or `flags`, of one device in one state."""

    device: str
    state: str
    name: str
    nut: str
    ours: object


_DAY = "NUT writes 2022/10/22, we write ISO's 2022-10-22"
_CELL = "the ablerex tells the volts of a cell, and NUT 2.8.0 does not know it"
_CPS = "CyberPower's delays are minutes: 60 s and 120 s (card usb-hid-vendors, G2)"
_CPS_LIMIT = "NUT 2.8.0 keeps the descriptor's maximum of 800 W (G2 raises it to 2048)"
_TENFOLD = "NUT 2.8.0 leaves tenfold frequencies (G2)"
_LIEBERT = "NUT 2.8.0 mends the exponent of the nominal voltage only (G4)"
_MGE = "NUT has a table of MGE's model names; we show what the unit says"
_FIRMWARE = "what follows FW in Powercom's model is its firmware (card powercom-usb)"
_WORDS = "NUT 2.8.0 shows the bare number"
_SECONDS = "NUT shows ampere-seconds, the variable's unit is Ah"
_CLASS_2 = "NUT 2.8.0 takes input class 2 for 230 V everywhere (card usb-other, H1)"
_BLOCK = "OMNIVS tells the volts of one block, we show the battery's (H1)"
_LETTER = "NUT keeps the letter of the reply and guesses a point (H1)"
_TRIPPLITE = {
    "outlet.1.switchable": _WORDS,
    "outlet.2.switchable": _WORDS,
    "outlet.3.switchable": _WORDS,
    "ups.firmware": _LETTER,
    "input.voltage": _CLASS_2,
    "input.voltage.minimum": _CLASS_2,
    "input.voltage.maximum": _CLASS_2,
    "input.voltage.nominal": _CLASS_2,
}
# Device, "" for every one, and variable: why NUT says something else.
DIFFERENT: Mapping[tuple[str, str], str] = {
    ("", "battery.mfr.date"): _DAY,
    ("", "ups.mfr.date"): _DAY,
    ("", "ups.watchdog.status"): _WORDS,
    **{
        ("ablerex", f"battery.{name}"): _CELL
        for name in ("charge", "voltage", "voltage.low", "voltage.high")
    },
    ("apc-old", "flags"): "NUT 2.8.0 takes a bit that the unit never sets for its output (F(5))",
    **{
        (f"cyberpower{kind}", name): why
        for kind in ("", "-rack", "-wrong-scales")
        for name, why in (
            ("ups.delay.shutdown", _CPS),
            ("ups.delay.start", _CPS),
            ("ups.realpower.nominal", _CPS_LIMIT),
        )
    },
    ("cyberpower-wrong-scales", "input.frequency"): _TENFOLD,
    ("cyberpower-wrong-scales", "output.frequency"): _TENFOLD,
    ("dell", "device.model"): _MGE,
    ("mge-ellipse-premium", "device.model"): _MGE,
    ("mge-evolution-500", "device.model"): _MGE,
    ("mge-evolution-1500", "device.model"): _MGE,
    ("recorded-eaton-3s-700", "device.model"): "NUT says 700 twice",
    ("delta", "device.model"): "the model stands in PowerSummary (G6), NUT shows USB's product",
    ("ever", "battery.type"): "NUT 2.8.0 shows the index of the text",
    ("ever", "outlet.1.status"): _WORDS,
    ("ever", "output.current"): "NUT 2.8.0 leaves out the tenths",
    **{("liebert", f"{place}.voltage"): _LIEBERT for place in ("battery", "input", "output")},
    ("openups", "battery.capacity"): _SECONDS,
    ("openups2", "battery.capacity"): _SECONDS,
    **{
        (f"powercom-{kind}", "device.model"): _FIRMWARE
        for kind in ("bnt", "bnt-2024", "imp", "vgd", "wow")
    },
    ("powercom-skp", "ups.beeper.status"): "NUT takes the words the other way round (powercom-usb)",
    ("richcomm", "device.mfr"): "NUT shows its own name for the device",
    **{
        (f"tripplite-{kind}", name): why
        for kind in ("0004", "3003", "3005")
        for name, why in _TRIPPLITE.items()
        if (kind, name) not in NOT_TOLD
    },
    **{
        (f"tripplite-{kind}", name): why
        for kind in ("1001", "2001")
        for name, why in (("battery.voltage", _BLOCK), ("ups.firmware", _LETTER))
    },
}


@pytest.fixture(autouse=True)
def sockets(socket_enabled: None) -> None:
    """Open the Unix sockets that Home Assistant's test plugin shuts for every test."""
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)


async def read(name: str, remote: Remote) -> Mapping[str, object]:
    """Return what we read of a device, in a process of its own under the preload library."""
    hardware = devices.make(name).hardware
    address = f"usb:{hardware.vendor:04x}:{hardware.product:04x}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, SCRIPT, "read", address, "--json"),
        *((*NAMED[name], "--protocol", "megatec") if name in NAMED else ()),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=remote.client_environment(),
    )
    out, err = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{name}: {err.decode()}")
    report: dict[str, object] = json.loads(out)
    return report


@asynccontextmanager
async def plugged(name: str) -> AsyncGenerator[Remote]:
    """Plug a device in."""
    remote = await asyncio.to_thread(Remote, name)
    try:
        yield remote
    finally:
        await asyncio.to_thread(remote.close)


async def compare(name: str) -> list[Row]:
    """Return every difference of a device, with mains and without."""
    async with plugged(name) as remote:
        ours, theirs = {"on line": await read(name, remote)}, {}
        # every third second a full poll, or a test would wait half a minute
        often = {"pollfreq": "3"} if nut.driver_of(name).driver == "nutdrv_qx" else {}
        async with nut.reading(name, remote=remote, **often) as peer:
            theirs["on line"] = dict((await peer.dump()).variables)
            await asyncio.to_thread(remote.mains, False)
            async with asyncio.timeout(60):
                while "OB" not in (await peer.dump()).variables["ups.status"].split():
                    await asyncio.sleep(0.2)
            # the values come with the next full poll
            await asyncio.sleep(5)
            theirs["on battery"] = dict((await peer.dump()).variables)
        ours["on battery"] = await read(name, remote)
    return [row for state in theirs for row in differences(name, state, theirs[state], ours[state])]


def differences(
    device: str, state: str, theirs: Mapping[str, str], ours: Mapping[str, object]
) -> list[Row]:
    """Return the variables that both have and that differ, and the flags if they do."""
    variables = ours["variables"]
    status = ours["status"]
    assert isinstance(variables, dict)
    assert isinstance(status, list)
    rows = [
        Row(device, state, name, said, variables[name])
        for name, said in sorted(theirs.items())
        if not name.startswith(NOT_COMPARED)
        and not (device in SLOW and state == "on battery")
        and name in variables
        and not alike(name, said, variables[name])
    ]
    flags = FLAGS & set(theirs["ups.status"].split())
    if flags != FLAGS & set(status):
        rows.append(Row(device, state, "flags", theirs["ups.status"], " ".join(sorted(status))))
    return rows


def alike(name: str, theirs: str, ours: object) -> bool:
    """Tell whether two values are one but for rounding and the moments between two reads."""
    if isinstance(ours, str):
        return theirs.strip().casefold() == ours.strip().casefold()
    assert isinstance(ours, int | float)
    try:
        number = float(theirs)
    except ValueError:
        return False
    parsed = parse(name)
    moves = parsed is not None and parsed.variable.quantity in {
        Quantity.DURATION,
        Quantity.PERCENT,
        Quantity.VOLTAGE,
    }
    return abs(number - ours) <= max(1.01 if moves else 0.051, 0.01 * abs(ours))


def reason(row: Row) -> tuple[str, str] | None:
    """Return the key under which a difference has its reason, None for one that has none."""
    for key in ((row.device, row.name), ("", row.name)):
        if key in DIFFERENT:
            return key
    return None


@pytest.mark.skipif(nut.missing("apc") is not None, reason=str(nut.missing("apc")))
@pytest.mark.timeout(900)
async def test_nut_and_we_read_the_same() -> None:
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> list[Row]:
        async with turns:
            return await compare(name)

    readable = [name for name in READ if nut.missing(name) is None]
    found = await asyncio.gather(*(one(name) for name in readable))
    rows = [row for each in found for row in each]
    assert [row for row in rows if reason(row) is None] == []
    hit = {reason(row) for row in rows}
    concerned = {key for key in DIFFERENT if key[0] in readable}
    if devices.names() == READ:
        concerned |= {key for key in DIFFERENT if not key[0]}
    assert concerned - hit == set()
