"""Axpert and other Voltronic inverters (PI30): tokens, a CRC, and no orders."""

import re

from ....errors import BadReply
from ....model import Alarm, Status, StatusFlag
from ..dialect import Dialect
from ..frames import CR, Query, Readings, bits, crc16, layout, nonzero, number, skip, text, word

_MODES = {
    "P": frozenset[StatusFlag](),
    "S": frozenset({StatusFlag.OFF}),
    "L": frozenset({StatusFlag.ON_LINE}),
    "B": frozenset({StatusFlag.ON_BATTERY}),
    "F": frozenset[StatusFlag](),
    "H": frozenset({StatusFlag.ON_LINE, StatusFlag.ECO}),
}
_BATTERY_TYPES = {"0": "AGM", "1": "Flooded", "2": "User"}


def with_crc(request: str) -> bytes:
    """Put a request on the wire: ASCII, CRC-16/XMODEM, CR."""
    data = request.encode("latin-1")
    return data + crc16(data) + CR


def without_crc(reply: str) -> str:
    """Return a reply without its CRC, which some units leave out. Raises BadReply."""
    data = reply.encode("latin-1")
    if len(data) > 3 and data[-2:] == crc16(data[:-2]):
        return reply[:-2]
    if not reply.isascii() or not reply.isprintable():
        raise BadReply(f"{reply!r} fails its CRC")
    return reply


def crc_query(request: str, decode: object) -> Query:
    """Describe a query whose reply may carry a CRC."""
    assert callable(decode)
    return Query(request, lambda reply: decode(without_crc(reply)), "(")


def mode(reply: str) -> Readings:
    """Read ``QMOD``: one letter."""
    if len(reply) != 2 or reply[1] not in _MODES:
        raise BadReply(f"{reply!r} is no mode")
    return {"_mode": reply[1]}


def warnings(reply: str) -> Readings:
    """Read ``QPIWS``: a string of 0 and 1."""
    if not re.fullmatch(r"\([01-]{16,64}", reply):
        raise BadReply(f"{reply!r} are no warnings")
    return {"_warnings": reply[1:]}


def protocol_number(reply: str) -> Readings:
    """Read ``QPI``: ``(PI30``."""
    if reply != "(PI30":
        raise BadReply(f"{reply!r} is not PI30")
    return {}


QPI_CRC = crc_query("QPI", protocol_number)
QMOD = crc_query("QMOD", mode)

_GENERAL = layout(
    "(",
    number("input.voltage"),
    number("input.frequency"),
    number("output.voltage"),
    number("output.frequency"),
    number("ups.power"),
    number("ups.realpower"),
    number("ups.load"),
    skip(),
    number("battery.voltage"),
    number("_charging_current"),
    number("battery.charge"),
    # of the heat sink, in four digits
    number("ups.temperature"),
    skip(),
    skip(),
    skip(),
    number("_discharge_current"),
    bits("_bits"),
    # digits alone: a CRC that fails must not pass for part of the last token
    rest=r"(?: [\d.]+)*",
    alive=("input.voltage", "output.voltage", "battery.voltage"),
)

_RATED = layout(
    "(",
    nonzero("input.voltage.nominal"),
    nonzero("input.current.nominal"),
    nonzero("output.voltage.nominal"),
    nonzero("output.frequency.nominal"),
    nonzero("output.current.nominal"),
    nonzero("ups.power.nominal"),
    nonzero("ups.realpower.nominal"),
    nonzero("battery.voltage.nominal"),
    skip(),
    nonzero("battery.voltage.low"),
    nonzero("battery.voltage.high"),
    skip(),
    word("battery.type", _BATTERY_TYPES),
    rest=r"(?: [\d.-]+)*",
)


def judge(readings: Readings, known: Readings) -> Status:
    """Tell the status from the mode, the load and charge bits, and any warning."""
    letter = str(readings["_mode"])
    flags = set(_MODES[letter])
    load_on, charging = tuple(str(readings.get("_bits", "00010000"))[3:6:2])
    if load_on == "0":
        flags.add(StatusFlag.OFF)
    if charging == "1":
        flags.add(StatusFlag.CHARGING)
    alarms = [Alarm("Fault", code="F")] if letter == "F" else []
    for position, bit in enumerate(str(readings.get("_warnings", ""))):
        if bit == "1":
            # which warning a bit is differs by model: the number is all that is sure
            alarms.append(Alarm(f"Warning {position}", code=str(position)))
    return Status(flags=frozenset(flags), alarms=tuple(alarms))


def finish(readings: Readings, known: Readings) -> None:
    """Give the battery's current its sign: into the battery is positive."""
    charging, discharging = readings.get("_charging_current"), readings.get("_discharge_current")
    if isinstance(charging, float) and isinstance(discharging, float):
        readings["battery.current"] = charging - discharging


AXPERT = Dialect(
    id="axpert",
    status=(QMOD, crc_query("QPIGS", _GENERAL), crc_query("QPIWS", warnings)),
    constants=(
        QPI_CRC,
        crc_query("QPIRI", _RATED),
        crc_query("QID", layout("(", text("device.serial"))),
        crc_query("QVFW", layout("(VERFW:", text("ups.firmware"))),
    ),
    judge=judge,
    finish=finish,
    flags=frozenset().union(*_MODES.values()) | {StatusFlag.CHARGING},
    orders=(),
    host_side=(),
    default_delays={},
    manufacturer="Voltronic",
    guesses_packs=False,
    encode=with_crc,
    keeps_nul=True,
)
