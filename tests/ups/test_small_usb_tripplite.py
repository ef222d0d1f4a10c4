"""Tripp Lite 09ae:0001: the card's examples, real units, stale and garbled replies, orders."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from .small_usb import Pipe, TrippLiteUnit
from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.errors import (
    BadReply,
    LinkLost,
    NoReply,
    Rejected,
    Unsupported,
    UpsError,
)
from custom_components.ups_protocols.ups.links.base import LinkKind, UsbDevice
from custom_components.ups_protocols.ups.model import (
    Danger,
    PartKind,
    Result,
    SettingKind,
    StatusFlag,
    Value,
)
from custom_components.ups_protocols.ups.names import parse, parse_command, plausible
from custom_components.ups_protocols.ups.protocols.tripplite import driver as TrippLite
from custom_components.ups_protocols.ups.protocols.tripplite.driver import model_of
from custom_components.ups_protocols.ups.protocols.tripplite.forms import FORMS, Rating, charge
from custom_components.ups_protocols.ups.protocols.tripplite.frames import frame
from custom_components.ups_protocols.ups.session import Session

F = StatusFlag
DEVICE = UsbDevice(
    vendor_id=0x09AE, product_id=1, manufacturer="Tripp Lite ", product="TRIPP LITE SMART1050"
)
QUERIES = frozenset(b"\0FPUVSDBLMT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit: what it replies, and what that means."""

    number: str
    replies: dict[str, str | bytes]
    flags: frozenset[StatusFlag] = frozenset({F.ON_LINE})
    values: dict[str, Value] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()


def hexed(text: str) -> bytes:
    return bytes.fromhex(text)


# Synthetic ones follow the card; the real ones are what owners' NUT noted (ups.debug.*).
UNITS: dict[str, Unit] = {
    "card-3003": Unit(
        # the card's example: D 7187 at class 2 (120 V at 60 Hz) with 24 V
        number="3003",
        replies={
            "P": "01050X\r",
            "F": "1019 A\r",
            "U": b"\xff\xff\r",
            "V": "2042XX\r",
            "S": b"100\0Z0\r",
            "D": "7187\r",
            "L": "290D\0X\r",
            "M": "007F\r",
            "T": "7D2581\r",
        },
        values={
            "input.voltage": 113,
            "input.voltage.nominal": 120,
            "input.voltage.minimum": 0,
            "input.voltage.maximum": 127,
            "input.frequency": 60,
            "input.frequency.nominal": 60,
            "battery.voltage": 27,
            "battery.voltage.nominal": 24,
            "battery.charge": 100,
            "ups.temperature": 24.4,  # 0.3636 * 125 - 21 = 24.45
            "ups.load": 41,
            "ups.power.nominal": 1050,
            "ups.firmware": "1019 A",
            "ups.firmware.aux": "protocol 3003",
            "ups.id": "65535",
            "ups.delay.shutdown": 64,
            "outlet.count": 3,
            "outlet.2.switchable": "yes",
            "outlet.3.switchable": "no",
            "device.mfr": "Tripp Lite",
            "device.model": "SMART1050",
        },
    ),
    "card-0004": Unit(
        number="0004",
        replies={
            "P": "00055X\r",
            "F": "0001 A\r",
            "V": "202X\r",
            "S": b"000\x01\r",
            "D": "006E\r",
            "L": "14\r",
            "M": "0080\r",
            "T": "7D0257",
        },
        flags=frozenset({F.ON_BATTERY, F.LOW_BATTERY}),
        values={
            "input.voltage": 0,
            "input.voltage.nominal": 120,
            "input.frequency": 59.9,
            "battery.voltage": 11,
            "battery.charge": 10,
            "ups.load": 20,
            "ups.power.nominal": 550,
        },
        absent=frozenset({"ups.id", "input.frequency.nominal", "outlet.count"}),
    ),
    "card-1001": Unit(
        # the replies that NUT's notes on OMNIVS give the form of
        number="1001",
        replies={
            "P": "01000X\r",
            "F": "1143\0A\r",
            "V": "102XXX\r",
            "S": b"10\0XXX\r",
            "B": "0E10DA",
            "L": "00F0XX\r",
        },
        values={
            "input.voltage": 120,
            "output.voltage": 120,
            "battery.voltage": 13.62,  # DAh / 16 = 13.625
            "battery.charge": 100,
            "ups.firmware": "1143 A",
            "ups.power.nominal": 1000,
        },
        absent=frozenset({"ups.load", "ups.temperature", "ups.id", "input.frequency"}),
    ),
    "SMART3000RM2U": Unit(
        # nut-ddl, Tripp_Lite__SMART3000RM2U__tripplite_usb__2.7.1__01: an American 120 V unit
        number="3003",
        replies={
            "P": "03000X\r",
            "F": "1115\0B\r",
            "U": b"\xff\xff\r",
            "V": "1083XX\r",
            "S": hexed("313030002830 0d"),
            "D": hexed("374238320d"),
            "T": hexed("3937323537310d"),
            "L": "090D\0X\r",
            "M": "777D\r",
        },
        values={
            "input.voltage": 123,
            "input.voltage.nominal": 120,
            "input.voltage.minimum": 119,
            "input.voltage.maximum": 125,
            "input.frequency": 59.9,
            "battery.voltage": 52,
            "battery.voltage.nominal": 48,
            "ups.temperature": 33.9,
            "ups.load": 9,
            "outlet.count": 4,
        },
    ),
    "SMX1500XLRT2U": Unit(
        # nut-ddl, Tripp_Lite__SMX1500XLRT2U__tripplite_usb__2.2.2__01: 230 V and 50 Hz
        number="3003",
        replies={
            "P": "01500X\r",
            "F": "1091\0A\r",
            "U": b"\xff\xff\r",
            "V": "2063XX\r",
            "S": hexed("313430005a31 0d"),
            "D": hexed("383638370d"),
            "T": hexed("3732314634300d"),
            "L": "240D\0X\r",
            "M": hexed("303038430d"),
        },
        values={
            "input.voltage": 256.8,
            "input.voltage.nominal": 230,
            "input.frequency": 50,
            "input.frequency.nominal": 50,
            "battery.voltage": 40.5,
            "ups.load": 36,
            "ups.temperature": 20.5,
        },
    ),
    "SMX500RT1U": Unit(
        # nut-ddl, Tripp_Lite__SMX500RT1U__tripplite_usb__2.7.4.1__01: binary, 230 V and 50 Hz
        number="3005",
        replies={
            "P": "00500X\r",
            "F": "334403\r",
            "U": b"\0\0\r",
            "V": hexed("06000c0158580d"),
            "S": hexed("0104000064000d"),
            "D": hexed("00ea008b0d"),
            "L": hexed("1000000758580d"),
            "M": hexed("00e500ef0d"),
            "T": hexed("290001f300580d"),
        },
        values={
            "input.voltage": 234,
            "input.voltage.nominal": 230,
            "input.voltage.minimum": 229,
            "input.voltage.maximum": 239,
            "input.frequency": 49.9,
            "input.frequency.nominal": 50,
            "battery.voltage": 13.9,
            "battery.voltage.nominal": 12,
            "ups.load": 16,
            "ups.temperature": 41,
            "ups.power.nominal": 500,
            "outlet.count": 2,
        },
    ),
    "SMART500RT1U-on-battery": Unit(
        # networkupstools/nut issue 585: binary, 120 V, twelve minutes without mains
        number="3005",
        replies={
            "P": "00500X\r",
            "F": "29AF\0D\r",
            "U": b"\xff\xff\r",
            "V": hexed("02000c0158580d"),
            "S": hexed("0104000139000d"),
            "D": hexed("0000007a0d"),
            "L": hexed("1700060758580d"),
            "M": hexed("000000790d"),
            "T": hexed("2f00000001580d"),
        },
        flags=frozenset({F.ON_BATTERY}),
        values={
            "input.voltage": 0,
            "battery.voltage": 12.2,
            "battery.charge": 71,  # 100 * sqrt(1.2 / 2.4) = 70.7
            "ups.load": 23,
            "ups.temperature": 47,
            "input.frequency.nominal": 60,
        },
        absent=frozenset({"input.frequency"}),
    ),
    "SMX1200XLHG-on-battery": Unit(
        # networkupstools/nut issue 2258: protocol 3017, 230 V and 50 Hz, without mains
        number="3017",
        replies={
            "P": hexed("3031303030580d"),
            "F": "0001\0A\r",
            "U": b"\xff\xff\r",
            "V": hexed("3230363058580d"),
            "S": hexed("3130300100300d"),
            "D": hexed("303037420d"),
            "L": hexed("3334304407580d"),
            "M": hexed("303038310d"),
            "T": hexed("3946303030300d"),
        },
        flags=frozenset({F.ON_BATTERY}),
        values={
            "input.voltage": 0,
            "input.voltage.nominal": 230,
            "input.voltage.maximum": 247.2,
            "battery.voltage": 36.9,
            "battery.voltage.nominal": 36,
            "ups.load": 52,
            "ups.temperature": 36.8,
            "input.frequency.nominal": 50,
            "ups.power.nominal": 1000,
        },
        absent=frozenset({"input.frequency", "outlet.count"}),
    ),
    "OMNI750ISO": Unit(
        # nut-ddl, Tripp_Lite__OMNI750ISO__tripplite_usb__2.6.3__01, whose numbers are told, not
        # its bytes; 14.75 V beside a battery of 36 V is one block of three
        number="2001",
        replies={
            "P": "00750X\r",
            "F": "1247\0A\r",
            "U": b"\xff\xff\r",
            "V": hexed("3130363058580d"),
            "S": b"100\0\0\0\r",
            "B": "0C89EC",
            "L": "00E4XX\r",
        },
        values={
            "input.voltage": 107,
            "output.voltage": 114,
            "battery.voltage": 44.25,
            "battery.voltage.nominal": 36,
            "battery.charge": 100,
        },
        absent=frozenset({"ups.load", "outlet.count"}),
    ),
}


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let no time pass, and note how long it should have."""
    noted: list[float] = []
    sleep = asyncio.sleep

    async def nap(seconds: float) -> None:
        noted.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", nap)
    return noted


async def opened(name: str) -> tuple[TrippLite, Pipe, TrippLiteUnit]:
    unit = TrippLiteUnit(UNITS[name].number, UNITS[name].replies)
    pipe = Pipe(unit, DEVICE)
    driver = TrippLite(pipe, {}, {})
    await driver.open()
    return driver, pipe, unit


def letters(written: Iterable[bytes]) -> set[int]:
    return {report[1] for report in written}


# the card's bytes


@pytest.mark.parametrize(
    ("command", "sent"),
    [
        (b"S", "3A 53 AC 0D 00 00 00 00"),
        (b"D", "3A 44 BB 0D 00 00 00 00"),
        (b"L", "3A 4C B3 0D 00 00 00 00"),
        (b"\0", "3A 00 FF 0D 00 00 00 00"),
        (b"W\0", "3A 57 00 A8 0D 00 00 00"),
        (b"N\x00\x40", "3A 4E 00 40 71 0D 00 00"),
        (b"G", "3A 47 B8 0D 00 00 00 00"),
        (b"N05", "3A 4E 30 35 4C 0D 00 00"),
        (b"K10", "3A 4B 31 30 53 0D 00 00"),
        (b"N\x05", "3A 4E 05 AC 0D 00 00 00"),
        (b"K\x01\x00", "3A 4B 01 00 B3 0D 00 00"),
    ],
)
def test_frames(command: bytes, sent: str) -> None:
    """The card's examples, byte by byte."""
    assert frame(command) == bytes.fromhex(sent)


@pytest.mark.parametrize(
    ("v12", "percent"),
    [(13.4, 100), (15, 100), (11, 10), (3, 10), (12.2, 71), (11.6, 50), (11.01, 10)],
)
def test_charge(v12: float, percent: float) -> None:
    """The card's curve; it never rises while the voltage falls."""
    assert charge(v12) == percent


# units


@pytest.mark.parametrize("name", UNITS)
async def test_units(name: str) -> None:
    """What is known of a unit is what it says."""
    unit = UNITS[name]
    driver, pipe, simulated = await opened(name)
    snapshot = await driver.read()
    assert snapshot.status.flags == unit.flags
    assert (await driver.read_status()) == snapshot.status
    assert {key: snapshot.variables.get(key) for key in unit.values} == unit.values
    assert not unit.absent & snapshot.variables.keys()
    assert snapshot.estimated == {"battery.charge"}
    assert snapshot.status.flags <= driver.flags
    # only queries, and never the watchdog's W
    assert letters(pipe.written) <= QUERIES
    assert not simulated.orders
    for variable in (*snapshot.variables, *driver.settings):
        assert parse(variable) is not None, variable
    assert all(parse_command(command) for command in driver.commands)


async def test_identity() -> None:
    """The model is the product without its maker."""
    driver, _, _ = await opened("card-3003")
    identity = await driver.open()
    assert (identity.manufacturer, identity.model, identity.serial, identity.firmware) == (
        "Tripp Lite",
        "SMART1050",
        None,
        "1019 A",
    )
    assert [(part.kind, part.index) for part in driver.parts] == [
        (PartKind.OUTLET, 1),
        (PartKind.OUTLET, 2),
        (PartKind.OUTLET, 3),
    ]


@pytest.mark.parametrize(
    ("manufacturer", "product", "model"),
    [
        ("Tripp Lite", "TRIPP LITE SMART550USB ", "SMART550USB"),
        (None, "Tripp Lite UPS", "UPS"),
        ("Tripp Lite", None, None),
        ("TRIPP LITE", "TRIPP LITE", None),
    ],
)
def test_model(manufacturer: str | None, product: str | None, model: str | None) -> None:
    """Whoever writes its maker's name how."""
    device = UsbDevice(vendor_id=0x09AE, product_id=1, manufacturer=manufacturer, product=product)
    assert model_of(device) == model


@pytest.mark.parametrize(
    ("name", "reply", "flags"),
    [
        ("card-3003", b"000\0", {F.ON_LINE, F.LOW_BATTERY}),
        ("card-3003", b"200\1", {F.ON_BATTERY, F.REPLACE_BATTERY}),
        ("card-3003", b"110\0", {F.ON_LINE, F.REPLACE_BATTERY}),
        ("card-3003", b"120\1", {F.ON_BATTERY, F.TESTING}),
        ("card-3003", b"130\0", {F.ON_LINE, F.OVERLOADED}),
        ("card-3003", b"140\0", {F.ON_LINE}),
        ("card-3003", b"150\0", {F.ON_LINE, F.OVERLOADED}),
        ("card-3003", b"100\5", {F.OFF}),
        ("SMX500RT1U", b"\0\3\0\1", {F.ON_BATTERY, F.OVERLOADED, F.LOW_BATTERY}),
        ("SMX500RT1U", b"\1\0\0\4", {F.OFF}),
        ("card-1001", b"11", {F.ON_BATTERY}),
        ("card-1001", b"02", {F.BYPASS, F.LOW_BATTERY}),
        ("card-1001", b"13", set()),
        ("OMNI750ISO", b"000\1", {F.ON_BATTERY, F.LOW_BATTERY}),
    ],
)
async def test_status(name: str, reply: bytes, flags: set[StatusFlag]) -> None:
    """Every code of (5)."""
    driver, _, unit = await opened(name)
    unit.replies[b"S"] = reply + b"\r"
    status = await driver.read_status()
    assert status.flags == flags
    assert status.flags <= driver.flags
    # a test is no loss of mains
    assert status.mains is not False or F.TESTING not in flags


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        *(("card-3003", each) for each in (b"300\0", b"160\0", b"1", b"10", b"100", b"\1\0\0\0")),
        *(("OMNI750ISO", each) for each in (b"200\0", b"180\0")),
        *(("SMX500RT1U", each) for each in (b"100\0", b"\2\0\0\0", b"\1\6\0\0")),
        *(("card-1001", each) for each in (b"14", b"20", b"1")),
    ],
)
async def test_status_that_cannot_be(name: str, reply: bytes) -> None:
    """An unknown code is no state."""
    driver, pipe, unit = await opened(name)
    unit.replies[b"S"] = reply
    pipe.answer = lambda report: [each.rstrip(b"\0") or b"\0" for each in unit(report)]
    with pytest.raises(BadReply):
        await driver.read_status()


async def test_unknown_protocol() -> None:
    """A form that nobody knows is named."""
    pipe = Pipe(TrippLiteUnit("3004", {"F": "1\r"}), DEVICE)
    with pytest.raises(Unsupported, match="3004"):
        await TrippLite(pipe, {}, {}).open()


async def test_temperature_of_3005() -> None:
    """A byte of the frequency may be CR; the one digit that the card guesses is none."""
    driver, _, unit = await opened("SMX500RT1U")
    unit.replies[b"T"] = hexed("2900020d01580d")
    variables = (await driver.read()).variables
    assert (variables["ups.temperature"], variables["input.frequency"]) == (41, 52.5)
    unit.replies[b"T"] = b"F\r"
    assert not (await driver.read()).variables.keys() & {"ups.temperature", "input.frequency"}


async def test_protocol_that_changes() -> None:
    """A form is believed when it was told twice."""
    unit = TrippLiteUnit("3003", UNITS["card-3003"].replies)
    numbers = iter(["3017", "3003", "3003"])

    def answer(report: bytes) -> Iterable[bytes]:
        if report[1] == 0:
            unit.replies[b"\0"] = bytes.fromhex(next(numbers)) + b"\r"
        return unit(report)

    driver = TrippLite(Pipe(answer, DEVICE), {}, {})
    await driver.open()
    assert driver.form.number == 0x3003


async def test_constant_that_is_garbled_once() -> None:
    """Of three descriptions the two that agree count."""
    unit = TrippLiteUnit("3003", UNITS["card-3003"].replies)
    powers = iter(["01050X\r", "09050X\r", "01050X\r", "01050X\r"])

    def answer(report: bytes) -> Iterable[bytes]:
        if report[1:2] == b"P":
            unit.replies[b"P"] = next(powers).encode()
        return unit(report)

    driver = TrippLite(Pipe(answer, DEVICE), {}, {})
    await driver.open()
    assert (await driver.read()).variables["ups.power.nominal"] == 1050


async def test_unit_that_knows_little() -> None:
    """What a unit does not answer is absent, and not asked again."""
    replies = {key: UNITS["card-3003"].replies[key] for key in "FSD"}
    pipe = Pipe(TrippLiteUnit("3003", replies), DEVICE)
    driver = TrippLite(pipe, {}, {})
    await driver.open()
    pipe.written.clear()
    variables = (await driver.read()).variables
    assert letters(pipe.written) == {*b"SD"} | ({*b"F"} & letters(pipe.written))
    # without V nobody knows the scale of a voltage, but of one block of 12 V
    assert variables["battery.charge"] == 100
    assert not variables.keys() & {"input.voltage", "battery.voltage", "ups.load", "ups.id"}
    assert set(driver.commands) == {
        "shutdown.return",
        "test.battery.start.quick",
        "reset.input.minmax",
    }


# stale, late, garbled and missing replies


async def test_stale_replies_are_not_taken() -> None:
    """Only the letter tells an answer: others are read away."""
    driver, pipe, unit = await opened("card-3003")
    stale = [b"L290D\0X\r", b"D7187\r\0\0", bytes(8)]
    pipe.answer = lambda report: [*stale, *unit(report)]
    assert (await driver.read_status()).flags == {F.ON_LINE}


async def test_last_status_said_again_is_not_taken() -> None:
    """A unit that says its last reply again until the new one is ready cannot fool a reread."""
    driver, pipe, unit = await opened("card-3003")
    await driver.read_status()

    def answer(report: bytes) -> Iterable[bytes]:
        # the reply before is always there, and the new one comes after it
        return [unit.last, *unit(report)]

    pipe.answer = answer
    unit.replies[b"S"] = b"100\1\r"
    assert (await driver.read_status()).flags == {F.ON_BATTERY}
    unit.replies[b"S"] = b"100\0\r"
    assert (await driver.read_status()).flags == {F.ON_LINE}


async def test_late_reply_is_not_taken() -> None:
    """A reply that came after its time does not answer the next query."""
    driver, pipe, unit = await opened("card-3003")
    pipe.answer = lambda report: []
    with pytest.raises(NoReply):
        await driver.read_status()
    pipe.say(b"S100\0Z0\r")
    pipe.answer = unit
    unit.replies[b"S"] = b"100\1\r"
    assert (await driver.read_status()).flags == {F.ON_BATTERY}


async def test_query_is_sent_again(naps: list[float]) -> None:
    """Up to ten times where something else comes; three times where nothing does."""
    driver, pipe, unit = await opened("card-3003")
    await driver.read()
    pipe.written.clear()
    naps.clear()
    pipe.answer = lambda report: [b"L290D\0X\r"] * 10
    with pytest.raises(NoReply):
        await driver.read_status()
    assert pipe.written == [frame(b"S")] * 10
    assert naps == [0.1] * 10
    pipe.answer = unit
    await driver.read()
    pipe.written.clear()
    pipe.answer = lambda report: []
    with pytest.raises(NoReply):
        await driver.read_status()
    assert pipe.written == [frame(b"S")] * 3


async def test_read_fails_whole() -> None:
    """A query that was answered and is not any more fails the read: no snapshot has holes."""
    driver, pipe, unit = await opened("card-3003")
    del unit.replies[b"T"]
    with pytest.raises(NoReply):
        await driver.read()
    pipe.fail(LinkLost("unplugged"))
    with pytest.raises(LinkLost):
        await driver.read()


@pytest.mark.parametrize("name", UNITS)
async def test_session_never_believes_one_garbled_status(name: str) -> None:
    """Each byte of a status reply, changed in every way, followed by good ones: no flag moves."""
    unit = TrippLiteUnit(UNITS[name].number, UNITS[name].replies)
    pipe = Pipe(unit, DEVICE)
    garbled: list[bytes] = []

    def answer(report: bytes) -> Iterable[bytes]:
        for reply in unit(report):
            yield garbled.pop() if reply[:1] == b"S" and garbled else reply

    driver = TrippLite(pipe, {}, {})
    session = Session("fake:", protocol("tripplite"), open_wire=lambda transcript: None)  # type: ignore[arg-type, return-value]
    await driver.open()
    session._driver = driver
    session.snapshot = session.newest = await session._read_full()
    good = session.snapshot.status
    pipe.answer = answer
    reply = next(iter(unit(frame(b"S"))))
    for place in range(1, 8):
        for bit in range(8):
            garbled.append(reply[:place] + bytes([reply[place] ^ 1 << bit]) + reply[place + 1 :])
            status = await session._trusted_status()
            assert status == good
            assert not garbled


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from([*FORMS.values()]), st.binary(max_size=8))
def test_decoders_take_any_bytes(form: object, data: bytes) -> None:
    """Any bytes give plausible values or BadReply."""
    assert form in FORMS.values()
    form = next(each for each in FORMS.values() if each is form)
    ratings = [Rating(), Rating(nominal=230, scale=230, battery=36)]
    for hertz in (None, 50.0, 60.0):
        with suppress(BadReply):
            ratings.append(form.rate(data, hertz))
    for rating in ratings:
        assert rating.battery is None or plausible("battery.voltage", rating.battery)
        assert 0 <= rating.banks <= 9
        for decode in form.readings.values():
            try:
                values = decode(data, rating)
            except BadReply:
                continue
            for name, value in values.items():
                assert isinstance(value, int | float)
                assert name[0] == "_" or plausible(name, value)
    try:
        status = form.status(data)
    except BadReply:
        return
    assert status.flags <= form.status.flags


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200
)
@given(
    st.sampled_from([*UNITS]),
    st.dictionaries(st.sampled_from("FPUVSDBLMT"), st.binary(max_size=7), max_size=3),
)
async def test_driver_takes_any_replies(name: str, replies: dict[str, bytes]) -> None:
    """A unit that says anything at all ends in values or in an UpsError."""
    unit = TrippLiteUnit(UNITS[name].number, UNITS[name].replies | replies)
    driver = TrippLite(Pipe(unit, DEVICE), {}, {})
    try:
        await driver.open()
        snapshot = await driver.read()
    except UpsError:
        assert replies
        return
    for key, value in snapshot.variables.items():
        assert isinstance(value, str) or plausible(key, value)


# orders

SHUTDOWN_64 = [b"N\x00\x40", b"G"]


@pytest.mark.parametrize(
    ("name", "command", "parameters", "orders"),
    [
        ("card-3003", "shutdown.return", {}, SHUTDOWN_64),
        ("card-3003", "shutdown.return", {"delay": 300.4}, [b"N\x01\x2c", b"G"]),
        ("SMX500RT1U", "shutdown.return", {}, SHUTDOWN_64),
        ("OMNI750ISO", "shutdown.return", {}, SHUTDOWN_64),
        ("card-1001", "shutdown.return", {"delay": 13}, [b"N\x00\x0d", b"G"]),
        ("card-3003", "test.battery.start.quick", {}, [b"A"]),
        ("SMX1200XLHG-on-battery", "reset.input.minmax", {}, [b"Z"]),
        ("card-3003", "load.off", {}, [b"N05", b"K00"]),
        ("card-3003", "load.on", {}, [b"N05", b"K01"]),
        ("card-3003", "outlet.1.load.off", {}, [b"N05", b"K10"]),
        ("card-3003", "outlet.2.load.on", {}, [b"N05", b"K21"]),
        ("SMX500RT1U", "load.off", {}, [b"N\x05", b"K\x00\x00"]),
        ("SMX500RT1U", "outlet.1.load.off", {}, [b"N\x05", b"K\x01\x00"]),
        ("SMX500RT1U", "outlet.1.load.on", {}, [b"N\x05", b"K\x01\x01"]),
    ],
)
async def test_orders(
    name: str,
    command: str,
    parameters: dict[str, float],
    orders: list[bytes],
    naps: list[float],
) -> None:
    """Exactly these bytes go out, and G two seconds after its N."""
    driver, pipe, unit = await opened(name)
    pipe.written.clear()
    naps.clear()
    outcome = await driver.run(command, **parameters)
    assert unit.orders == orders
    assert pipe.written == [frame(order) for order in orders]
    assert outcome.requests == tuple(pipe.written)
    assert outcome.result is Result.CONFIRMED
    if command == "shutdown.return":
        assert outcome.parameters == {"delay": round(parameters.get("delay", 64))}
        assert naps == [0.1, 2.0, 0.1]
    else:
        assert outcome.parameters == {}


async def test_what_can_be_told() -> None:
    """Relays where V counts banks and K is known; what hurts the load says so."""
    for name, unit in UNITS.items():
        driver, _, _ = await opened(name)
        switched = [command for command in driver.commands if "load." in command]
        assert bool(switched) == (unit.number in {"3003", "3005"}), name
        assert {
            command
            for command, described in driver.commands.items()
            if described.danger is Danger.CUTS_POWER
        } == {"shutdown.return", *(each for each in switched if each.endswith("load.off"))}
        is_smart = unit.number not in {"1001", "2001"}
        assert ("test.battery.start.quick" in driver.commands) is is_smart
        assert ("ups.id" in driver.settings) is (unit.number not in {"1001", "0004"})
    driver, _, _ = await opened("card-3003")
    assert "outlet.2.load.off" in driver.commands
    assert "outlet.3.load.off" not in driver.commands


@pytest.mark.parametrize("refused", [b"N", b"G", b"K", b"A"])
async def test_what_is_not_confirmed_is_rejected(refused: bytes) -> None:
    """Nothing follows a part that the unit did not take, and nothing that acts is said twice."""
    driver, pipe, unit = await opened("card-3003")
    unit.refuses = refused
    pipe.written.clear()
    commands = {b"N": "shutdown.return", b"G": "shutdown.return", b"K": "load.off"}
    with pytest.raises(Rejected, match=refused.decode()):
        await driver.run(commands.get(refused, "test.battery.start.quick"))
    assert refused[0] not in {order[0] for order in unit.orders}
    if refused == b"N":
        assert not unit.orders
    else:
        assert [report[1:2] for report in pipe.written].count(refused) == 1


@pytest.mark.parametrize(
    ("command", "parameters"),
    [
        ("shutdown.stayoff", {}),
        ("outlet.3.load.off", {}),
        ("load.off", {"delay": 5}),
        ("shutdown.return", {"delay": 0}),
        ("shutdown.return", {"delay": 0x3000}),
        ("shutdown.return", {"delay": float("nan")}),
        ("shutdown.return", {"nonsense": 5}),
    ],
)
async def test_what_cannot_be_told(command: str, parameters: dict[str, float]) -> None:
    """Nothing is sent for it."""
    driver, pipe, _ = await opened("card-3003")
    pipe.written.clear()
    with pytest.raises(Unsupported):
        await driver.run(command, **parameters)
    assert not pipe.written


async def test_delay_is_kept() -> None:
    """The delay is ours: kept, shown, and sent along."""
    driver, _, unit = await opened("card-3003")
    assert driver.settings["ups.delay.shutdown"].host_side
    assert await driver.write("ups.delay.shutdown", 90.4) == 90
    assert driver.memory == {"ups.delay.shutdown": 90}
    assert (await driver.read()).variables["ups.delay.shutdown"] == 90
    assert (await driver.run("shutdown.return")).parameters == {"delay": 90}
    assert unit.orders == [b"N\x00\x5a", b"G"]
    for value in (0, "soon", 20_000):
        with pytest.raises(Unsupported):
            await driver.write("ups.delay.shutdown", value)


async def test_unit_id() -> None:
    """The unit's number is written only when it differs, and read back."""
    driver, _, unit = await opened("card-3003")
    assert driver.settings["ups.id"].kind is SettingKind.TEXT
    assert await driver.write("ups.id", "65535") == "65535"
    assert not unit.orders
    assert await driver.write("ups.id", "258") == "258"
    assert unit.orders == [b"J\x01\x02"]
    assert (await driver.read()).variables["ups.id"] == "258"
    for value in ("0", "65536", "cellar"):
        with pytest.raises(Unsupported):
            await driver.write("ups.id", value)
    with pytest.raises(Unsupported):
        await driver.write("ups.beeper.status", "on")
    unit.refuses = b"J"
    with pytest.raises(Rejected):
        await driver.write("ups.id", "7")


def test_row() -> None:
    """Replies have no check value: the session doubts them."""
    row = protocol("tripplite")
    assert row.link is LinkKind.REPORT_PIPE
    assert not row.checked
