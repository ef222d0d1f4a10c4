"""What a Tripp Lite unit can be told: commands and their bytes (card usb-other, H1 (6))."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...model import Command, Danger, Parameter, Setting
from .forms import Form

OFF_DELAY = "ups.delay.shutdown"
UNIT_ID = "ups.id"
DEFAULT_OFF_DELAY = 64
# the two bytes of a longer delay could be read as hexadecimal text, as the N before a K is
LONGEST_OFF_DELAY = 0x2FFF
LONGEST_UNIT_ID = 0xFFFF
# seconds to wait before a command of a sequence
PAUSES: Mapping[bytes, float] = {b"G": 2.0}
# what may be said again where the answer is lost: it says how something shall be, or forgets
REPEATABLE = frozenset(b"NJZ")
_RELAY_DELAY = 5
_MAIN_RELAY = 0

_DELAY = Parameter(
    name="delay",
    minimum=1,
    maximum=LONGEST_OFF_DELAY,
    step=1,
    default=DEFAULT_OFF_DELAY,
    setting=OFF_DELAY,
)

HOST_SIDE = Setting(
    name=OFF_DELAY, minimum=_DELAY.minimum, maximum=_DELAY.maximum, step=1, host_side=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A command and what is sent for it, with the delay where it takes one."""

    command: Command
    say: Callable[[int], tuple[bytes, ...]]


def _always(*requests: bytes) -> Callable[[int], tuple[bytes, ...]]:
    return lambda delay: requests


def _shutdown_return(delay: int) -> tuple[bytes, ...]:
    # works on battery only; that the bytes of N are right for the text forms is not proven
    return b"N" + delay.to_bytes(2, "big"), b"G"


def set_unit_id(number: int) -> bytes:
    """Return what gives a unit its number."""
    return b"J" + number.to_bytes(2, "big")


def _switch(form: Form, outlet: int, *, on: bool) -> Callable[[int], tuple[bytes, ...]]:
    """Return what switches an outlet; 0 is the main relay.

    NUT cannot say "off" in protocol 3005, because the byte 0 ends its text: owners report that
    their outlets do not obey. Both bytes are sent here.
    """
    if form.is_binary:
        return _always(bytes([*b"N", _RELAY_DELAY]), bytes([*b"K", outlet, on]))
    return _always(b"N%02X" % _RELAY_DELAY, b"K%d%d" % (outlet, on))


def _pair(form: Form, prefix: str, outlet: int) -> tuple[Order, Order]:
    return (
        Order(command=Command(name=f"{prefix}load.on"), say=_switch(form, outlet, on=True)),
        Order(
            command=Command(name=f"{prefix}load.off", danger=Danger.CUTS_POWER),
            say=_switch(form, outlet, on=False),
        ),
    )


def orders_of(form: Form, banks: int) -> Mapping[str, Order]:
    """Return what a unit with so many switchable banks can be told."""
    orders = [
        Order(
            command=Command(name="shutdown.return", danger=Danger.CUTS_POWER, parameters=(_DELAY,)),
            say=_shutdown_return,
        )
    ]
    if form.has_test:
        orders += [
            Order(
                command=Command(name="test.battery.start.quick", danger=Danger.USES_BATTERY),
                say=_always(b"A"),
            ),
            Order(command=Command(name="reset.input.minmax"), say=_always(b"Z")),
        ]
    if form.has_relays and banks:
        orders += _pair(form, "", _MAIN_RELAY)
        for bank in range(1, banks + 1):
            orders += _pair(form, f"outlet.{bank}.", bank)
    return {order.command.name: order for order in orders}
