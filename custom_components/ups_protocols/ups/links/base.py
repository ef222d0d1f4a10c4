"""The kinds of links: what a driver may ask of a wire, never which wire it is."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, override

from ..errors import Rejected

type Unsubscribe = Callable[[], None]


class LinkKind(StrEnum):
    """The kinds of links a protocol can need."""

    QUERY_LINE = "query_line"
    BYTE_LINE = "byte_line"
    HID_DEVICE = "hid_device"
    REPORT_PIPE = "report_pipe"
    SNMP_AGENT = "snmp_agent"


class Parity(StrEnum):
    """Parity of a serial line, by the letters that everybody writes."""

    NONE = "N"
    EVEN = "E"
    ODD = "O"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSettings:
    """How a serial line is set, and where its modem lines stand while it is open.

    No line state is safe for every UPS (cards, 00-hazards §0.1), so every protocol states its
    own; None leaves a modem line as the system puts it.
    """

    baudrate: int
    byte_size: int = 8
    parity: Parity = Parity.NONE
    stop_bits: int = 1
    dtr: bool | None
    rts: bool | None
    drop_on_close: bool = False
    """Both lines low on close, or both untouched: POSIX can do no other."""
    settle: float = 0
    """Seconds to wait after the modem lines are set, where the wire has modem lines."""


class Reply(Protocol):
    """When a reply is whole."""

    @property
    def gap(self) -> float | None:
        """Seconds of silence after which what has come is all there is."""

    def whole(self, data: bytes) -> bool:
        """Tell whether the reply is whole."""


@dataclass(frozen=True, slots=True)
class Until:
    """A reply that ends with a terminator, or with a silence where a device forgets it."""

    terminator: bytes
    gap: float | None = None

    def whole(self, data: bytes) -> bool:
        """Tell whether the terminator has come."""
        return self.terminator in data


@dataclass(frozen=True, slots=True)
class Exactly:
    """A reply of a known number of bytes."""

    count: int
    gap: float | None = None

    def whole(self, data: bytes) -> bool:
        """Tell whether all bytes have come."""
        return len(data) >= self.count


@dataclass(frozen=True, slots=True)
class Silence:
    """A reply that ends when nothing more comes."""

    gap: float = 0.1

    def whole(self, data: bytes) -> bool:
        """Tell that more may always come."""
        return False


@dataclass(frozen=True, slots=True)
class Yes:
    """The link can say this request."""


@dataclass(frozen=True, slots=True)
class No:
    """The link cannot say this request."""


@dataclass(frozen=True, slots=True)
class RoundedTo:
    """The link can say only something near this request."""

    request: bytes


type Accepts = Yes | No | RoundedTo


class Link(Protocol):
    """What every link has."""

    @property
    def url(self) -> str:
        """Where the link leads: a device path, ``socket://host:port``, ``usb:VID:PID`` ..."""

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        """Keep the link for a sequence that nothing may break; single exchanges need it not."""

    async def close(self) -> None:
        """Close the wire; a closed link raises LinkLost."""


class QueryLine(Link, Protocol):
    """A wire on which one request has one reply, or none."""

    def accepts(self, request: bytes) -> Accepts:
        """Tell whether the wire can carry this request: a USB bridge cannot say everything."""

    async def query(
        self,
        request: bytes,
        *,
        reply: Reply,
        timeout: float,
        pace: float = 0,
    ) -> bytes | None:
        """Send a request and return what came: whole or not by ``reply``, None for nothing.

        Stale input is thrown away first. ``timeout`` and ``pace`` (the silence the device wants
        before the next request) are seconds. Raises LinkLost.
        """


class ByteLine(Link, Protocol):
    """A wire that carries bytes both ways at any time."""

    async def write(self, data: bytes, *, gap: float = 0) -> None:
        """Send bytes, with a pause of ``gap`` seconds after each when given. Raises LinkLost."""

    async def read(self, reply: Reply, *, timeout: float) -> bytes:
        """Return the bytes that came until the reply is whole or ``timeout`` seconds are over.

        Nothing at all is an empty bytes. Raises LinkLost.
        """

    def discard_input(self) -> bytes:
        """Throw away, and return, what came and nobody read."""

    def on_unsolicited(self, callback: Callable[[bytes], None]) -> Unsubscribe:
        """Hand over bytes that come while nobody reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModemPins:
    """The modem lines the UPS drives; None where the wire does not tell."""

    cts: bool | None
    dsr: bool | None
    dcd: bool | None
    ri: bool | None


class HasModemLines(Protocol):
    """A facet of a ByteLine whose wire has modem lines."""

    async def read_pins(self) -> ModemPins:
        """Return the lines after two equal reads. Raises LinkLost, LineSettingsFixed."""

    async def set_pins(self, *, dtr: bool | None = None, rts: bool | None = None) -> None:
        """Move our own lines. Raises LinkLost, LineSettingsFixed."""


class HasBreak(Protocol):
    """A facet of a ByteLine that can send BREAK."""

    async def send_break(self, seconds: float) -> None:
        """Hold the line in BREAK. Raises LinkLost, LineSettingsFixed."""


class HasBaudrate(Protocol):
    """A facet of a ByteLine that can change speed while open."""

    async def set_baudrate(self, baudrate: int) -> None:
        """Change the speed of the open port. Raises LinkLost, LineSettingsFixed."""


class SerialLine(ByteLine, HasModemLines, HasBreak, HasBaudrate, Protocol):
    """A serial wire with all its facets; those a wire lacks raise LineSettingsFixed."""


class ReportKind(StrEnum):
    """The three kinds of HID reports; each has offsets of its own."""

    INPUT = "input"
    OUTPUT = "output"
    FEATURE = "feature"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsbDevice:
    """Who a device on USB, or one that speaks HID over another wire, says it is.

    A text is None where the device has none, or where it cannot be read.
    """

    vendor_id: int
    product_id: int
    release: int = 0
    """bcdDevice."""
    manufacturer: str | None = None
    product: str | None = None
    serial: str | None = None
    place: str = ""
    """Bus and port path, ``1-1.4``: where it is plugged in."""

    @property
    def ids(self) -> str:
        """Return ``vvvv:pppp`` in lower case."""
        return f"{self.vendor_id:04x}:{self.product_id:04x}"


class HidDevice(Link, Protocol):
    """A device that speaks USB HID: a USB interface, or SHUT over RS-232."""

    @property
    def device(self) -> UsbDevice:
        """Who it says it is."""

    async def report_descriptor(self) -> bytes:
        """Return the HID report descriptor. Raises LinkLost, NoReply, BadReply."""

    async def get_report(self, kind: ReportKind, report_id: int, length: int) -> bytes:
        """Return a report of ``length`` bytes, its id in front, or what came of it.

        Raises Rejected where the device has no such report (STALL), NoReply, LinkLost.
        """

    async def set_report(self, kind: ReportKind, report: bytes) -> None:
        """Send a report, its id in front. Raises Rejected (STALL), NoReply, LinkLost."""

    async def get_string(self, index: int) -> str | None:
        """Return a string descriptor, None where the device has none. Raises LinkLost."""

    def on_report(self, callback: Callable[[ReportKind, bytes], None]) -> Unsubscribe:
        """Hand over reports that the device sends by itself, their ids in front.

        A device without an interrupt pipe never calls back.
        """


class ReportPipe(Link, Protocol):
    """Raw reports for USB devices that are neither HID Power Devices nor lines."""

    @property
    def device(self) -> UsbDevice:
        """Who it says it is."""

    async def write_report(self, report: bytes) -> None:
        """Send one report by the control pipe. Raises LinkLost, NoReply, Rejected."""

    async def write_interrupt(self, data: bytes) -> None:
        """Send bytes by the interrupt pipe. Raises LinkLost, NoReply, Unsupported."""

    async def read_report(self, length: int, *, timeout: float) -> bytes | None:
        """Return the next report of the interrupt pipe, None when none came in time."""


type Oid = tuple[int, ...]
type SnmpValue = int | bytes | Oid
"""What an object says: a number of whatever type, octets, or an object identifier."""


class SnmpVersion(StrEnum):
    """The versions of SNMP, by the words of an address."""

    V1 = "1"
    V2C = "2c"
    V3 = "3"


class SnmpAuth(StrEnum):
    """How an SNMPv3 user proves who it is."""

    MD5 = "md5"
    SHA = "sha"
    SHA224 = "sha224"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


class SnmpPrivacy(StrEnum):
    """How the messages of an SNMPv3 user are encrypted.

    AES-192 and AES-256 have two ways to make a key out of a pass phrase; almost every maker uses
    Reeder's ("Cisco"), a few Blumenthal's.
    """

    DES = "des"
    TRIPLE_DES = "3des"
    AES = "aes"
    AES192 = "aes192"
    AES256 = "aes256"
    AES192_BLUMENTHAL = "aes192-blumenthal"
    AES256_BLUMENTHAL = "aes256-blumenthal"


@dataclass(frozen=True, slots=True, kw_only=True)
class SnmpCredentials:
    """Who asks an SNMP agent, and how; secrets are never shown."""

    version: SnmpVersion = SnmpVersion.V2C
    community: str = field(default="public", repr=False)
    write_community: str | None = field(default=None, repr=False)
    """For agents that want another community for SET."""
    user: str = field(default="", repr=False)
    auth: SnmpAuth | None = None
    auth_key: str = field(default="", repr=False)
    privacy: SnmpPrivacy | None = None
    privacy_key: str = field(default="", repr=False)
    context: str = ""


class SnmpType(StrEnum):
    """The types that a value can be written as: an agent refuses any but its own."""

    INTEGER = "i"
    UNSIGNED = "u"
    """Gauge32 and Unsigned32, which are one type."""
    TICKS = "t"
    """TimeTicks: hundredths of a second."""
    OCTETS = "s"
    OID = "o"


@dataclass(frozen=True, slots=True)
class Binding:
    """One object to write: its whole OID, the value, and the type that the MIB gives it."""

    oid: Oid
    value: SnmpValue
    type: SnmpType = SnmpType.INTEGER


class WriteRefused(Rejected):
    """An agent refused a SET; ``reason`` is its error status, e.g. ``wrongType``."""

    def __init__(self, text: str, reason: str) -> None:
        """Take the text for people and the word for drivers."""
        super().__init__(text, reason)
        self.reason = reason

    @property
    @override
    def kind(self) -> str:
        """It is a refusal like any other."""
        return Rejected.__name__

    @override
    def __str__(self) -> str:
        """Return the text alone."""
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Trap:
    """A notification of an agent, as received; of an SNMPv1 trap in the SMIv2 form of its OID."""

    oid: Oid
    values: Mapping[Oid, SnmpValue]


class SnmpAgent(Link, Protocol):
    """An SNMP agent of any version.

    How many objects go into a packet is the link's affair: it learns what the agent can. Agents
    refuse writes for several reasons; all are Rejected, their texts tell them apart.
    """

    @property
    def largest_request(self) -> int:
        """How many objects are asked for in one packet at present."""

    def expect(self, largest_request: int) -> None:
        """Begin with what was learnt of this agent before."""

    async def get(self, oids: Iterable[Oid]) -> Mapping[Oid, SnmpValue]:
        """Return the objects that the agent has; missing ones and NULLs are absent.

        Raises NoReply, BadReply, AuthFailed, LinkLost.
        """

    async def walk(self, *roots: Oid, rows: int = ...) -> Mapping[Oid, SnmpValue]:
        """Return the first ``rows`` objects below each of ``roots``, walked side by side.

        An agent that goes backwards, in circles or on for ever is stopped; what it said until
        then is returned. Raises as get().
        """

    async def set(self, values: Iterable[Binding]) -> None:
        """Write all values in one request; it is never sent a second time.

        Raises WriteRefused where the agent does not do it, and as get().
        """

    def on_trap(self, callback: Callable[[Trap], None]) -> Unsubscribe:
        """Hand over traps and informs from this agent."""


class Exclusive:
    """A mix-in for links: keeps exchanges of several tasks apart."""

    def __init__(self) -> None:
        """Start free."""
        self._lock = asyncio.Lock()
        self._owner: asyncio.Task[object] | None = None

    @asynccontextmanager
    async def exclusive(self) -> AsyncGenerator[None]:
        """Hold the link for a sequence; exchanges inside it, by the same task, pass."""
        task = asyncio.current_task()
        if self._owner is task:
            yield
            return
        async with self._lock:
            self._owner = task
            try:
                yield
            finally:
                self._owner = None


class AnyRequest:
    """A mix-in for wires that can say everything."""

    def accepts(self, request: bytes) -> Accepts:
        """Tell that any request can be sent."""
        return Yes()

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self, 'url', '')}>"
