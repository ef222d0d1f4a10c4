"""What may be asked of an unknown device, in which order: no more than is harmless to every UPS."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
import re
from typing import Any

from .catalog import CABLE_POWER, PROTOCOLS, ProtocolInfo, protocol
from .driver import Memory
from .errors import LinkLost, NoReply, NoSuchPort, Unsupported, UpsError
from .links.base import (
    LineSettings,
    LinkKind,
    SerialLine,
    Silence,
    SnmpCredentials,
    Until,
    UsbDevice,
)
from .links.open import FoundUsb, identify_usb, is_serial, is_snmp, is_usb, open_link, public_url
from .transcript import Transcript
from .usb_ids import HID, XCP, rows_for

LISTEN_TIME = 2.0
ANSWER_TIME = 2.0
_OPEN_GUARD = 60
# cards, 00-hazards §0.2: at 2400 baud, with the lines as Megatec units need them
DETECT_LINE = LineSettings(
    baudrate=2400, dtr=CABLE_POWER["normal"][0], rts=CABLE_POWER["normal"][1], settle=1.1
)
_APC_ALERTS = re.compile(rb"^[!$%+?=&|#*]{1,4}$")
_APC_SMART = re.compile(rb"SM\r")
_Q1 = re.compile(rb"\([^\r(]{36,45}[0-3]{8}\r?$")


async def detect(
    url: str,
    *,
    transcript: Transcript | None = None,
    not_ready: tuple[type[Exception], ...] = (),
    credentials: SnmpCredentials | None = None,
    engine: Callable[[], Awaitable[Any]] | None = None,
) -> ProtocolInfo:
    r"""Return the protocol of the UPS at an address.

    A serial line is listened to for 2 s, then asked ``Y`` and ``\rQ1\r``; nothing else is sent,
    because a probe for one UPS is a command to another (cards, 00-hazards §0.2). A USB device is
    known by its ids and texts, an SNMP agent by its sysObjectID and a few objects; ``credentials``
    and ``engine`` are open_link()'s. Raises LinkLost, NoReply where nothing is recognised,
    Unsupported for a UPS that is recognised but not spoken, AuthFailed.
    """
    if is_usb(url):
        return await _detect_usb(url, transcript or Transcript())
    if is_snmp(url):
        return await _detect_snmp(url, transcript or Transcript(), credentials, engine)
    if not is_serial(url):
        raise NoSuchPort(
            f"{public_url(url)} is no address of a serial line, a USB device or an SNMP agent"
        )
    link = await open_link(
        url,
        LinkKind.BYTE_LINE,
        line=DETECT_LINE,
        transcript=transcript or Transcript(),
        not_ready=not_ready,
    )
    try:
        return await _ask_serial(link)  # type: ignore[arg-type]
    finally:
        await link.close()


async def _ask_serial(line: SerialLine) -> ProtocolInfo:
    heard = await line.read(Silence(gap=LISTEN_TIME), timeout=LISTEN_TIME)
    if heard and _APC_ALERTS.match(heard):
        return protocol("apc-smart")
    async with line.exclusive():
        line.discard_input()
        await line.write(b"Y")
        if _APC_SMART.search(await line.read(Until(b"\r", gap=0.5), timeout=1)):
            return protocol("apc-smart")
        # a line-oriented device still holds the Y: the CR in front ends that line, and what it
        # answers to it must not be taken for the answer to Q1
        for _ in range(3):
            line.discard_input()
            await line.write(b"\rQ1\r")
            answer = await line.read(Silence(gap=0.5), timeout=ANSWER_TIME)
            # some units put NUL bytes into their replies
            if _Q1.search(answer.replace(b"\0", b"")):
                return protocol("megatec")
    raise NoReply(
        "no UPS is recognised at this port; name its brand, since other protocols cannot be tried "
        "without danger to the load"
    )


def usb_protocols(found: FoundUsb) -> tuple[str, ...]:
    """Return the ids of the protocols that a USB device may speak, the likeliest first.

    They may be of protocols that are not spoken here. A device that no table knows speaks the HID
    Power Device class, unless it says that it does not.
    """
    known = tuple(dict.fromkeys(row.protocol for row in rows_for(found.device)))
    if len(known) > 1 and found.is_power_device is not None:
        # the system has seen a HID interface, which XCP devices do not have
        told = (HID,) if HID in known and found.is_power_device else ()
        known = (*told, *(each for each in known if each not in {HID, XCP}))
    # where the system cannot tell, only the driver can: it reads the report descriptor
    return known or (() if found.is_power_device is False else (HID,))


def usb_name(device: UsbDevice) -> str:
    """Return a USB device's name for people: its own texts, or what it was seen on."""
    texts = [text for text in (device.manufacturer, device.product) if text]
    texts = texts or [row.devices for row in rows_for(device)][:1] or [device.ids]
    return " ".join((*texts, *([f"({device.serial})"] if device.serial else ())))


async def _detect_usb(url: str, transcript: Transcript) -> ProtocolInfo:
    """Return the first protocol of a USB device's that is spoken here and that answers.

    Raises LinkLost, NoReply, Unsupported.
    """
    found = await identify_usb(url)
    name = usb_name(found.device)
    possible = usb_protocols(found)
    if not possible:
        raise Unsupported(f"{name} ({found.device.ids}) is no UPS that is known")
    spoken = [info for id_ in possible for info in PROTOCOLS if info.id == id_]
    if not spoken:
        raise Unsupported(f"{name} speaks {possible[0]}, which is not supported yet")
    failures: list[UpsError] = []
    for info in spoken:
        try:
            await _ask_driver(url, info, transcript)
        except LinkLost:
            raise
        except UpsError as error:
            failures.append(error)
        else:
            return info
    if len(failures) == 1:
        raise failures[0]
    tried = "; ".join(f"{info.id}: {error}" for info, error in zip(spoken, failures, strict=True))
    raise NoReply(f"{name} does not answer: {tried}")


async def _ask_driver(url: str, info: ProtocolInfo, transcript: Transcript) -> None:
    """See whether a protocol's driver finds its UPS: it asks nothing that changes the device."""
    link = await open_link(url, info.link, line=info.line, transcript=transcript)
    try:
        driver = (await info.driver())(link, {}, {})
        try:
            async with asyncio.timeout(_OPEN_GUARD):
                await driver.open()
        finally:
            with suppress(UpsError):
                await driver.close()
    except TimeoutError as error:
        raise NoReply(f"{url} takes too long") from error
    finally:
        await link.close()


async def _detect_snmp(
    url: str,
    transcript: Transcript,
    credentials: SnmpCredentials | None,
    engine: Callable[[], Awaitable[Any]] | None,
) -> ProtocolInfo:
    """Return the best MIB of an SNMP agent. Raises LinkLost, NoReply, AuthFailed, Unsupported."""
    info = protocol("rfc1628")
    link = await open_link(
        url, info.link, transcript=transcript, credentials=credentials, engine=engine
    )
    try:
        memory: Memory = {}
        async with asyncio.timeout(_OPEN_GUARD):
            await (await info.driver())(link, {}, memory).open()
        # every MIB has the same driver, which finds out by itself and remembers, best first
        found = memory["mibs"]
        return protocol(str(found[0])) if isinstance(found, list) else info
    except TimeoutError as error:
        raise NoReply(f"{public_url(url)} takes too long") from error
    finally:
        await link.close()
