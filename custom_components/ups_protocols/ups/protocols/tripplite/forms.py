"""The six forms of Tripp Lite's protocol as tables: what a unit says, and where (card, H1).

The card knows them from NUT's driver. Real units of protocols 3003, 3005 and 3017, as their
owners reported them (networkupstools/nut-ddl, folder Tripp_Lite; nut's issues 585 and 2258),
contradict it in places; where a table follows a real unit instead, it says which.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt

from ...errors import BadReply
from ...model import Status, StatusFlag, Value
from .frames import LENGTH, Number, believable, binary, decimal, field, text

type Readings = dict[str, Value]
type Flags = frozenset[StatusFlag]

V12 = "_v12"
"""The voltage of one 12 V block: no variable, the charge is estimated from it."""
HERTZ = "_hertz"
"""50 or 60, where a reply tells it."""
_HIGHEST_V12 = 20
_MOST_BANKS = 9


# ratings: what V says, (3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What ``V`` says of a unit; None for what it does not tell.

    ``scale`` is the card's Vsc: the voltage that the unit's numbers are fractions of.
    """

    nominal: float | None = None
    scale: float | None = None
    battery: float | None = None
    banks: int = 0


# input class: nominal voltage and scale
type _Classes = Mapping[int, tuple[float, float]]
_OMNIVS_CLASSES: _Classes = {0: (100, 100), 1: (120, 120), 2: (230, 230), 3: (208, 230)}
_SMART_NOMINAL = {0: 100, 1: 110, 2: 120, 3: 127, 4: 208, 5: 220, 6: 230, 7: 240}
# An American SMART3000RM2U and SMART1000RM2U (3003, class 1, 59.9 Hz) show 7Bh and 75h: 123 V and
# 117 V on a scale of 120, too little for a town on one of 110.
_SMART_CLASSES: _Classes = {
    **{number: (volts, volts) for number, volts in _SMART_NOMINAL.items()},
    1: (120, 120),
}
# An SMX1500XLRT2U (3003, class 2, 50 Hz) shows 86h: 134 V by the card, which no 50 Hz mains has,
# 257 V on a scale of 230. Class 2 is 230 V where the mains has 50 Hz.
_SMART_CLASSES_50_HZ: _Classes = {**_SMART_CLASSES, 2: (230, 230)}
# An SMX500RT1U (3005, class 6) shows EAh: 234 V as it is, 449 V by the card.
_BINARY_CLASSES: _Classes = {number: (volts, 120) for number, volts in _SMART_NOMINAL.items()}


def _digit(byte: bytes) -> int:
    """Return a digit as text, or as protocol 3005 writes it."""
    value = byte[0] - 0x30 if byte.isdigit() else byte[0]
    if value > _MOST_BANKS:
        raise BadReply(f"{byte!r} is no digit")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ratings:
    """How a form's ``V`` is read."""

    number: Number
    block: float
    """Volts of the battery that one of its number stands for."""
    classes: _Classes
    classes_50_hz: _Classes

    def __call__(self, reply: bytes, hertz: float | None) -> Rating:
        """Return what ``V`` says. Raises BadReply."""
        kind = _digit(field(reply, 1, 1))
        banks = field(reply, 4, 4)
        battery = self.number(field(reply, 2, 3)) * self.block
        classes = self.classes_50_hz if hertz == 50 else self.classes
        nominal, scale = classes.get(kind, (None, None))
        return Rating(
            nominal=nominal,
            scale=scale,
            battery=believable("battery.voltage.nominal", battery) or None,
            banks=0 if banks == b"X" else _digit(banks),
        )


_OMNIVS_RATINGS = _Ratings(
    number=text, block=6, classes=_OMNIVS_CLASSES, classes_50_hz=_OMNIVS_CLASSES
)
_SMART_RATINGS = _Ratings(
    number=text, block=6, classes=_SMART_CLASSES, classes_50_hz=_SMART_CLASSES_50_HZ
)
_BINARY_RATINGS = _Ratings(
    number=binary, block=1, classes=_BINARY_CLASSES, classes_50_hz=_BINARY_CLASSES
)


# status: what S says, (5)

_LINE, _BATTERY = StatusFlag.ON_LINE, StatusFlag.ON_BATTERY
_FIRST: Mapping[int, Flags] = {0: frozenset({StatusFlag.LOW_BATTERY}), 1: frozenset()}
_FIRST_3003: Mapping[int, Flags] = {**_FIRST, 2: frozenset({StatusFlag.REPLACE_BATTERY})}
_SECOND: Mapping[int, Flags] = {
    0: frozenset(),
    1: frozenset({StatusFlag.REPLACE_BATTERY}),
    # the card says CAL, as NUT does, which has no word for a test; this is the place where the
    # result of the quick test stands, and nothing else can be started
    2: frozenset({StatusFlag.TESTING}),
    3: frozenset({StatusFlag.OVERLOADED}),
    4: frozenset(),
    5: frozenset({StatusFlag.OVERLOADED}),
}
_SECOND_1001: Mapping[int, Flags] = {
    0: frozenset({_LINE}),
    1: frozenset({_BATTERY}),
    2: frozenset({StatusFlag.BYPASS}),
    # seen once, meaning unknown: neither on line nor on battery
    3: frozenset(),
}
_OFF_BIT, _BATTERY_BIT = 0x04, 0x01


@dataclass(frozen=True, slots=True, kw_only=True)
class _StatusReply:
    """How a form's ``S`` is read."""

    first: Mapping[int, Flags]
    second: Mapping[int, Flags]
    zero: int = 0x30
    """The byte that stands for 0."""
    has_bits: bool = True

    def __call__(self, reply: bytes) -> Status:
        """Return the status. Raises BadReply for codes that nobody knows."""
        codes = field(reply, 1, 2)
        flags: set[StatusFlag] = set()
        for meanings, code in zip((self.first, self.second), codes, strict=True):
            if code - self.zero not in meanings:
                raise BadReply(f"the status {reply!r} is not known")
            flags |= meanings[code - self.zero]
        if self.has_bits:
            bits = field(reply, 4, 4)[0]
            if bits & _OFF_BIT:
                flags.add(StatusFlag.OFF)
            else:
                flags.add(_BATTERY if bits & _BATTERY_BIT else _LINE)
        return Status(flags=frozenset(flags))

    @property
    def flags(self) -> Flags:
        """All flags that it can tell."""
        told = frozenset().union(*self.first.values(), *self.second.values())
        return told | {_LINE, _BATTERY, StatusFlag.OFF} if self.has_bits else told


# readings, (4): each decoder takes a reply and the unit's rating, and raises BadReply


def _block(volts: float, rating: Rating) -> Readings:
    """Return the voltage of one 12 V block, and of the whole battery.

    NUT shows that of one block for the OMNIVS forms, beside the nominal voltage of the whole.
    """
    if volts > _HIGHEST_V12:
        raise BadReply(f"a block of 12 V cannot have {volts:g} V")
    readings: Readings = {V12: volts}
    if rating.battery is not None:
        readings["battery.voltage"] = believable("battery.voltage", volts * rating.battery / 12, 2)
    return readings


def _scaled(name: str, part: float, rating: Rating) -> Readings:
    """Return a voltage that is given as a part of the scale."""
    return {} if rating.scale is None else {name: believable(name, part * rating.scale)}


def _hertz(tenths: int) -> Readings:
    """Return the frequency; 0 is what a unit shows without mains, and no frequency."""
    name = "input.frequency"
    return {name: believable(name, tenths / 10)} if tenths else {}


_NOMINAL_HERTZ = {0: 50, 1: 60}


def _nominal_hertz(byte: bytes) -> Readings:
    code = _digit(byte)
    if code not in _NOMINAL_HERTZ:
        raise BadReply(f"{byte!r} is no nominal frequency")
    hertz = _NOMINAL_HERTZ[code]
    return {"input.frequency.nominal": hertz, HERTZ: hertz}


def _celsius(reply: bytes) -> Readings:
    count = text(field(reply, 1, 2))
    return {"ups.temperature": believable("ups.temperature", 0.3636 * count - 21)}


def _smart_d(number: Number) -> Callable[[bytes, Rating], Readings]:
    def decode(reply: bytes, rating: Rating) -> Readings:
        mains, block = number(field(reply, 1, 2)), number(field(reply, 3, 4))
        return _scaled("input.voltage", mains / 120, rating) | _block(block / 10, rating)

    return decode


def _smart_m(number: Number) -> Callable[[bytes, Rating], Readings]:
    def decode(reply: bytes, rating: Rating) -> Readings:
        low, high = number(field(reply, 1, 2)), number(field(reply, 3, 4))
        return _scaled("input.voltage.minimum", low / 120, rating) | _scaled(
            "input.voltage.maximum", high / 120, rating
        )

    return decode


def _smart_load(number: Number, last: int) -> Callable[[bytes, Rating], Readings]:
    def decode(reply: bytes, rating: Rating) -> Readings:
        return {"ups.load": believable("ups.load", number(field(reply, 1, last)))}

    return decode


def _smart_t(reply: bytes, rating: Rating) -> Readings:
    """Decode ``T`` of 3003 and 3017: temperature, frequency, nominal frequency."""
    return _celsius(reply) | _hertz(text(field(reply, 3, 5))) | _nominal_hertz(field(reply, 6, 6))


def _t_0004(reply: bytes, rating: Rating) -> Readings:
    """Decode ``T`` of 0004: temperature and frequency."""
    readings = _celsius(reply) | _hertz(text(field(reply, 3, 6)))
    if "input.frequency" in readings:
        readings[HERTZ] = 50 if float(readings["input.frequency"]) < 55 else 60
    return readings


def _t_3005(reply: bytes, rating: Rating) -> Readings:
    """Decode ``T`` of 3005, of which the card only guesses.

    A SMART500RT1U says ``21 00 0257 01`` at 59.9 Hz, an SMX500RT1U ``29 00 01F3 00`` at 49.9 Hz:
    degrees, a zero, tenths of a hertz, and the code for the nominal frequency. What the card
    guesses, one digit and then CR, would be no temperature of a UPS: it says nothing.
    """
    if field(reply, 2, 2) != b"\0" or len(reply) < 6:
        return {}
    name = "ups.temperature"
    return (
        {name: believable(name, reply[1])} | _hertz(binary(reply[3:5])) | _nominal_hertz(reply[5:6])
    )


def _omnivs_b(reply: bytes, rating: Rating) -> Readings:
    mains, block = text(field(reply, 1, 4)), text(field(reply, 5, 6))
    return _scaled("input.voltage", mains / 3600, rating) | _block(block / 16, rating)


def _omnivs_l(reply: bytes, rating: Rating) -> Readings:
    return _scaled("output.voltage", text(field(reply, 1, 4)) / 240, rating)


def charge(v12: float) -> float:
    """Estimate the battery's charge from the voltage of one 12 V block ((4)).

    The card's curve falls below the 10 % that it gives an empty battery just above that; here it
    stays at 10.
    """
    if v12 >= 13.4:
        return 100
    return max(10, round(100 * sqrt(max(v12 - 11, 0) / 2.4)))


# constants, (3)


def power(reply: bytes, unit: float) -> Readings:
    """Decode ``P``, the rated power in units of so many VA."""
    name = "ups.power.nominal"
    volt_amperes = decimal(field(reply, 1, 5)) * unit
    return {name: believable(name, volt_amperes)} if volt_amperes else {}


def firmware(reply: bytes) -> Readings:
    """Decode ``F``; between the digits and the letter some have a zero byte."""
    said = bytes(byte if 0x20 < byte < 0x7F else 0x20 for byte in reply[1:7])
    version = " ".join(said.decode("ascii").split())
    return {"ups.firmware": version} if version else {}


def unit_id(reply: bytes) -> Readings:
    """Decode ``U``, the number that the owner gave to the unit."""
    return {"ups.id": str(binary(field(reply, 1, 2)))}


# the forms


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form of the protocol.

    Attributes:
        number: What it answers to the command 00.
        status: How ``S`` is read.
        rate: How ``V`` is read, with the frequency of the mains.
        readings: Letter -> how it is read.
        power_unit: VA in one of ``P``.
        has_id: It has a number that its owner gives it.
        has_test: It knows ``A`` and ``Z``.
        has_relays: It knows ``K``, where ``V`` counts banks.
        is_binary: Its numbers are bytes, not text.
    """

    number: int
    status: _StatusReply
    rate: _Ratings
    readings: Mapping[bytes, Callable[[bytes, Rating], Readings]]
    power_unit: float = 1
    has_id: bool = True
    has_test: bool = False
    has_relays: bool = False
    is_binary: bool = False

    @property
    def name(self) -> str:
        """The form's name, as its users know it."""
        return f"protocol {self.number:04x}"


_OMNIVS = {b"B": _omnivs_b, b"L": _omnivs_l}
_SMART = {b"D": _smart_d(text), b"M": _smart_m(text), b"L": _smart_load(text, 2)}
_BINARY = {b"D": _smart_d(binary), b"M": _smart_m(binary), b"L": _smart_load(binary, 1)}

_FORMS = (
    Form(
        number=0x0004,
        status=_StatusReply(first=_FIRST, second=_SECOND),
        rate=_SMART_RATINGS,
        readings={b"T": _t_0004, **_SMART},
        power_unit=10,
        has_id=False,
        has_test=True,
        has_relays=True,
    ),
    Form(
        number=0x1001,
        status=_StatusReply(first=_FIRST, second=_SECOND_1001, has_bits=False),
        rate=_OMNIVS_RATINGS,
        readings=_OMNIVS,
        has_id=False,
    ),
    Form(
        number=0x2001,
        status=_StatusReply(first=_FIRST, second=_SECOND),
        rate=_OMNIVS_RATINGS,
        readings=_OMNIVS,
    ),
    Form(
        number=0x3003,
        status=_StatusReply(first=_FIRST_3003, second=_SECOND),
        rate=_SMART_RATINGS,
        readings={b"T": _smart_t, **_SMART},
        has_test=True,
        has_relays=True,
    ),
    Form(
        number=0x3005,
        status=_StatusReply(first=_FIRST, second=_SECOND, zero=0),
        rate=_BINARY_RATINGS,
        readings={b"T": _t_3005, **_BINARY},
        has_test=True,
        has_relays=True,
        is_binary=True,
    ),
    Form(
        number=0x3017,
        status=_StatusReply(first=_FIRST, second=_SECOND),
        rate=_OMNIVS_RATINGS,
        readings={b"T": _smart_t, **_SMART},
        has_test=True,
    ),
)

FORMS: Mapping[int, Form] = {form.number: form for form in _FORMS}


def form_number(reply: bytes) -> int:
    """Return what a unit answers to the command 00. Raises BadReply."""
    return int.from_bytes(field(reply[:LENGTH], 1, 2), "big")
