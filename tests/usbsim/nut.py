"""NUT's USB drivers on simulated devices, in one line.

For example::

    async with nut.reading("apc") as peer:
        variables = (await peer.dump()).variables
        peer.remote.mains(False)
        await peer.until("ups.status", "OB DISCHRG")

The driver runs under umockdev's preload library, the device in a child process (`remote`), and
`tests.peers.nut` starts the driver and asks it. Which of NUT's drivers reads a device, and with
which options, stands in `DRIVERS`.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
import os

from ..peers import nut
from . import preload
from .remote import Remote


@dataclass(frozen=True, slots=True)
class Pair:
    """A driver of NUT's and its options for one device.

    Attributes:
        driver: Its program.
        options: `name=value` of its configuration.
        unread: Why NUT 2.8.0 cannot read the device, "" = it can.
    """

    driver: str = "usbhid-ups"
    options: Mapping[str, str] = field(default_factory=dict)
    unread: str = ""


def _ids(vendor: int, product: int) -> dict[str, str]:
    return {"vendorid": f"{vendor:04x}", "productid": f"{product:04x}"}


_QX = Pair("nutdrv_qx")
_XCP = Pair("bcmxcp_usb")
_YOUNG_ID = "NUT 2.8.0 does not know its id"
_INTERFACE = "NUT 2.8.0 takes the number of the interface for that of the configuration"
_BY_QX = (
    *("cypress", "cypress-agiler", "cypress-phoenixtec", "cypress-innova", "cypress-unitek"),
    *("phoenix", "phoenix-ge", "ippon", "krauler", "krauler-daker", "fabula", "fuji", "sgs"),
    *("armac", "ablerex", "phoenixtec-q1"),
)
# What is not here is read by usbhid-ups without options.
DRIVERS: Mapping[str, Pair] = {
    **dict.fromkeys(_BY_QX, _QX),
    # Without a fixed language NUT asks with a buffer that hangs the controller.
    "hunnox": Pair("nutdrv_qx", {"langid_fix": "0x0409"}),
    "snr": Pair("nutdrv_qx", {**_ids(0x0001, 0x0000), "subdriver": "snr", "langid_fix": "0x0409"}),
    "gtec": Pair("nutdrv_qx", unread="NUT 2.8.0 has no gtec bridge"),
    "omron": Pair("nutdrv_qx", unread=_YOUNG_ID),
    "armac-pipe": Pair("nutdrv_qx", unread="NUT 2.8.0 has no armac with pipes"),
    "phoenixtec": Pair("nutdrv_qx", unread="NUT 2.8.0's Masterguard never claims a device"),
    "arduino": Pair(unread=_INTERFACE),
    "powervar": Pair(unread=_INTERFACE),
    "liebert-two-interfaces": Pair(unread=_YOUNG_ID),
    "cyber-energy": Pair(unread=_YOUNG_ID),
    "minuteman": Pair(unread=_YOUNG_ID),
    "ecoflow": Pair(unread=_YOUNG_ID),
    "kstar": Pair(unread=_YOUNG_ID),
    "generic": Pair(unread="nobody knows its id"),
    "tripplite-0004": Pair("tripplite_usb"),
    "tripplite-1001": Pair("tripplite_usb"),
    "tripplite-2001": Pair("tripplite_usb"),
    "tripplite-3003": Pair("tripplite_usb"),
    "tripplite-3005": Pair("tripplite_usb"),
    "tripplite-3017": Pair("tripplite_usb", unread="NUT 2.8.0 does not know protocol 3017"),
    "richcomm": Pair("richcomm_usb"),
    "atcl": Pair("nutdrv_atcl_usb"),
    **dict.fromkeys(("xcp-powerware", "xcp-phoenixtec", "xcp-hp-t500", "xcp-hp-t750"), _XCP),
}
_HID = Pair()


def driver_of(device: str) -> Pair:
    """Return the driver that reads a device."""
    return DRIVERS.get(device, _HID)


def missing(device: str) -> str | None:
    """Return why NUT cannot read a device here, None when it can be tried."""
    pair = driver_of(device)
    if reason := preload.missing():
        return reason
    if nut.find(pair.driver) is None:
        return f"NUT's {pair.driver} is not installed (Debian: nut-server)"
    return pair.unread or None


class Peer:
    """A driver that reads a simulated device.

    Attributes:
        driver: The running driver.
        remote: The simulator.
    """

    def __init__(self, driver: nut.NutDriver, remote: Remote) -> None:
        self.driver = driver
        self.remote = remote

    async def dump(self) -> nut.Dump:
        """Return everything the driver knows."""
        return await self.driver.dump()

    async def until(self, name: str, value: str, *, timeout: float = 15.0) -> Mapping[str, str]:
        """Wait until a variable has a value; return all of them. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while True:
                variables = (await self.dump()).variables
                if variables.get(name) == value:
                    return variables
                await asyncio.sleep(0.1)

    async def command(self, name: str, value: str = "") -> None:
        """Send an instant command through the driver's socket. Raises OSError."""
        await self._say(f"INSTCMD {name} {value}".rstrip())

    async def write(self, name: str, value: str) -> None:
        """Write a variable. Raises OSError."""
        await self._say(f'SET {name} "{value}"')

    async def _say(self, line: str) -> None:
        _, writer = await asyncio.open_unix_connection(self.driver.socket)
        writer.write(line.encode() + b"\n")
        await writer.drain()
        # The driver reads its sockets between two polls.
        await asyncio.sleep(0.2)
        writer.close()


@asynccontextmanager
async def reading(
    device: str, driver: str | None = None, *, remote: Remote | None = None, **options: str
) -> AsyncGenerator[Peer]:
    """Start a device and a driver of NUT's on it; yield once it has data.

    Args:
        device: A name of `devices.names()` or a JSON file.
        driver: NUT's program, where not the one of `DRIVERS`.
        remote: A simulator that has the device already; it stays.
        options: Of the driver's configuration, on top of those of `DRIVERS`.

    Raises:
        RuntimeError: The driver gives up, or has no data in time; with its log.
    """
    pair = driver_of(device)
    chosen = driver or pair.driver
    # A full poll at every other quick one (2 s), or a test would wait half a minute.
    given = {"pollfreq": "3"} if chosen == "usbhid-ups" else {}
    given |= pair.options if chosen == pair.driver else {}
    bus = await asyncio.to_thread(Remote, device) if remote is None else remote
    try:
        with _preloaded(bus):
            running = nut.running(chosen, "auto", **{**given, **options})
            peer = await running.__aenter__()
        try:
            yield Peer(peer, bus)
        finally:
            await running.__aexit__(None, None, None)
    finally:
        if remote is None:
            await asyncio.to_thread(bus.close)


@contextmanager
def _preloaded(remote: Remote) -> Iterator[None]:
    """Give what is started meanwhile the library; `nut.running` hands on our environment."""
    before = {name: os.environ.get(name) for name in remote.environment}
    os.environ.update(remote.environment)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
