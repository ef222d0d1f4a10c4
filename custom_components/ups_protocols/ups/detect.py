"""What may be asked of an unknown device, in which order: no more than is harmless to every UPS."""

import re

from .catalog import CABLE_POWER, ProtocolInfo, protocol
from .errors import NoReply, Unsupported
from .links.base import LineSettings, LinkKind, SerialLine, Silence, Until
from .links.open import is_serial, open_link
from .transcript import Transcript

LISTEN_TIME = 2.0
ANSWER_TIME = 2.0
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
) -> ProtocolInfo:
    r"""Return the protocol of the UPS at an address.

    A serial line is listened to for 2 s, then asked ``Y`` and ``\rQ1\r``; nothing else is sent,
    because a probe for one UPS is a command to another (cards, 00-hazards §0.2). Raises LinkLost,
    NoReply where nothing is recognised, Unsupported for a UPS that is recognised but not spoken.
    """
    if not is_serial(url):
        raise Unsupported(f"{url} is no address of a serial line")
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
        raise Unsupported("an APC Smart-UPS talks here; its protocol is not supported yet")
    async with line.exclusive():
        line.discard_input()
        await line.write(b"Y")
        if _APC_SMART.search(await line.read(Until(b"\r", gap=0.5), timeout=1)):
            raise Unsupported("an APC Smart-UPS answers here; its protocol is not supported yet")
        # a line-oriented device still holds the Y: the CR in front ends that line, and what it
        # answers to it must not be taken for the answer to Q1
        for _ in range(3):
            line.discard_input()
            await line.write(b"\rQ1\r")
            if _Q1.search(await line.read(Silence(gap=0.5), timeout=ANSWER_TIME)):
                return protocol("megatec")
    raise NoReply(
        "no UPS is recognised at this port; name its brand, since other protocols cannot be tried "
        "without danger to the load"
    )
