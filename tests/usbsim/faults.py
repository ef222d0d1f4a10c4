"""What can go wrong on a simulated device's wire, told by words or from Python.

In words, as the control channel takes them: an action, what it befalls, and how often::

    stall get_report=0x16 count=2      the next two GET_REPORTs of report 0x16 STALL
    nak in=0x81                        the interrupt pipe falls silent
    error any skip=3 errno=EILSEQ      every control transfer but the next three
    short get_report=0x0c length=1     a reply ends early
    long get_report=0x0c data=ffff     a reply is two bytes longer than it should be
    corrupt get_report=6 position=1 value=0xff
    replace string=3 data=0203         the whole reply is another one
    unplug descriptor=0x22             the plug is pulled during this transfer
"""

from dataclasses import dataclass
from enum import StrEnum
import errno

from .usb import CLASS, GET_DESCRIPTOR, GET_REPORT, KIND_MASK, SET_REPORT, STRING, Setup


class Action(StrEnum):
    """What befalls a transfer."""

    STALL = "stall"
    NAK = "nak"
    ERROR = "error"
    OVERFLOW = "overflow"
    SHORT = "short"
    LONG = "long"
    REPLACE = "replace"
    CORRUPT = "corrupt"
    UNPLUG = "unplug"
    DELAY = "delay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which transfers a fault befalls: all that agree with what is not None.

    Attributes:
        endpoint: Its address; 0 = control transfers.
        kind: The class bits of bmRequestType (CLASS for reports, 0 for descriptors).
        request, high, low, index: Of the set-up packet.
    """

    endpoint: int | None = None
    kind: int | None = None
    request: int | None = None
    high: int | None = None
    low: int | None = None
    index: int | None = None

    def holds(self, endpoint: int, setup: Setup | None) -> bool:
        """Tell whether a transfer is meant."""
        if self.endpoint is not None and self.endpoint != endpoint:
            return False
        if setup is None:
            return (self.kind, self.request, self.high, self.low) == (None,) * 4
        return (
            self.kind in {None, setup.request_type & KIND_MASK}
            and self.request in {None, setup.request}
            and self.high in {None, setup.high}
            and self.low in {None, setup.low}
            and self.index in {None, setup.index}
        )


ANY = Match(endpoint=0)


def get_report(report: int | None = None, *, kind: int | None = None) -> Match:
    """Mean GET_REPORTs: of one report, of one kind (3 = feature), or all."""
    return Match(endpoint=0, kind=CLASS, request=GET_REPORT, low=report, high=kind)


def set_report(report: int | None = None) -> Match:
    """Mean SET_REPORTs."""
    return Match(endpoint=0, kind=CLASS, request=SET_REPORT, low=report)


def descriptor(kind: int) -> Match:
    """Mean GET_DESCRIPTORs of one type: 0x22 is the report descriptor."""
    return Match(endpoint=0, kind=0, request=GET_DESCRIPTOR, high=kind)


def string(index: int) -> Match:
    """Mean one string descriptor; 0 is the table of languages."""
    return Match(endpoint=0, kind=0, request=GET_DESCRIPTOR, high=STRING, low=index)


def pipe(endpoint: int = 0x81) -> Match:
    """Mean an interrupt endpoint."""
    return Match(endpoint=endpoint)


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault.

    Attributes:
        action: What happens.
        match: To which transfers.
        count: How often, None = always.
        skip: How many transfers go well before.
        delay: Seconds before the reply, on top of the action.
        length: Of a short reply.
        data: Of a long or replaced one.
        position, value: The byte to corrupt.
        errno: Of an error.
    """

    action: Action
    match: Match = ANY
    count: int | None = None
    skip: int = 0
    delay: float = 0.0
    length: int = 0
    data: bytes = b""
    position: int = 0
    value: int = 0
    errno: int = errno.EPROTO

    def befalls(self, endpoint: int, setup: Setup | None) -> bool:
        """Tell whether it strikes this transfer, and count it."""
        if self.count == 0 or not self.match.holds(endpoint, setup):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.count is not None:
            self.count -= 1
        return True

    def change(self, reply: bytes) -> bytes:
        """Return what of a reply leaves the device."""
        match self.action:
            case Action.SHORT:
                return reply[: self.length]
            case Action.LONG:
                return reply + self.data
            case Action.REPLACE:
                return self.data
            case Action.CORRUPT if self.position < len(reply):
                changed = bytearray(reply)
                changed[self.position] = self.value
                return bytes(changed)
        return reply


def parse(words: list[str]) -> Fault:
    """Return the fault that words name.

    Raises:
        ValueError: They name none.
    """
    action, *rest = words
    fault = Fault(action=Action(action))
    for word in rest:
        name, _, value = word.partition("=")
        number = _number(value)
        match name:
            case "any":
                fault.match = ANY
            case "get_report":
                fault.match = get_report(number)
            case "set_report":
                fault.match = set_report(number)
            case "descriptor":
                fault.match = descriptor(number or 0)
            case "string":
                fault.match = string(number or 0)
            case "in" | "out":
                fault.match = pipe(number or (0x81 if name == "in" else 0x02))
            case "count" | "skip" | "length" | "position" | "value":
                setattr(fault, name, number)
            case "delay":
                fault.delay = float(value)
            case "data":
                fault.data = bytes.fromhex(value)
            case "errno":
                fault.errno = getattr(errno, value)
            case _:
                raise ValueError(f"{word!r} is no part of a fault")
    return fault


def _number(text: str) -> int | None:
    try:
        return int(text, 0)
    except ValueError:
        return None
