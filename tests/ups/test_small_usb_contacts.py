"""Richcomm's dry contact and the ATCL interface: what they say, and the one order of each."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

from hypothesis import given, strategies as st
import pytest

from .fakes import FakeClock, settle
from .small_usb import Pipe
from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.errors import (
    BadReply,
    LinkLost,
    NoReply,
    Unsupported,
    UpsError,
)
from custom_components.ups_protocols.ups.links.base import LinkKind, UsbDevice
from custom_components.ups_protocols.ups.model import (
    Danger,
    Flags,
    Push,
    Reread,
    Result,
    StatusFlag,
    Tier,
)
from custom_components.ups_protocols.ups.protocols import atcl, richcomm
from custom_components.ups_protocols.ups.protocols.atcl import Atcl
from custom_components.ups_protocols.ups.protocols.richcomm import Richcomm
from custom_components.ups_protocols.ups.session import Session

F = StatusFlag
QUERY = bytes.fromhex("01000030")
LINE, BATTERY = frozenset({F.ON_LINE}), frozenset({F.ON_BATTERY})
LOW = BATTERY | {F.LOW_BATTERY}
RICHCOMM = UsbDevice(
    vendor_id=0x0925, product_id=0x1234, manufacturer="Richcomm", product="UPS USB MON V1.4"
)
ATCL = UsbDevice(vendor_id=1, product_id=0, manufacturer="ATCL FOR UPS", product="ATCL FOR UPS")


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let no time pass, and note how long it should have."""
    noted: list[float] = []
    sleep = asyncio.sleep

    async def nap(seconds: float) -> None:
        noted.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", nap)
    return noted


# Richcomm


class Contacts:
    """A dry contact; the first replies after it was opened mean nothing."""

    def __init__(self) -> None:
        self.bits = 0x06
        self.junk = 5

    def __call__(self, report: bytes) -> Iterable[bytes]:
        if report != QUERY:
            return []
        if self.junk:
            self.junk -= 1
            return [b"\x01\0\0\0"]
        return [bytes([1, 0, 0, self.bits])]


async def richcomm_opened() -> tuple[Richcomm, Pipe, Contacts]:
    contacts = Contacts()
    pipe = Pipe(contacts, RICHCOMM)
    driver = Richcomm(pipe, {}, {})
    identity = await driver.open()
    assert (identity.manufacturer, identity.model) == ("Richcomm", "UPS USB MON V1.4")
    return driver, pipe, contacts


async def test_richcomm_says() -> None:
    """Bit 2 is the mains, bit 1 the good battery; the five replies in front do not count."""
    driver, pipe, contacts = await richcomm_opened()
    assert pipe.written == [QUERY] * 6
    for bits, flags in (
        (0x06, LINE),
        (0x02, BATTERY),
        (0x00, LOW),
        (0x04, LINE | {F.LOW_BATTERY}),
        (0xFF, LINE),
    ):
        contacts.bits = bits
        snapshot = await driver.read()
        assert snapshot.status.flags == flags <= driver.flags
        assert snapshot.status == await driver.read_status()
    assert snapshot.variables == {"device.mfr": "Richcomm", "device.model": "UPS USB MON V1.4"}
    assert set(pipe.written) == {QUERY}


async def test_richcomm_junk_is_no_state() -> None:
    """Right after opening it says "battery empty, no mains": nobody hears of it."""
    contacts = Contacts()
    pipe = Pipe(contacts, RICHCOMM)
    session = Session(
        "fake:",
        protocol("richcomm"),
        clock=FakeClock(),
        open_wire=lambda transcript: wire(pipe),
    )
    session.start()
    assert (await session.ready()).status.flags == LINE
    await session.close()


async def wire(pipe: Pipe) -> Pipe:
    return pipe


@given(st.binary(max_size=6))
def test_richcomm_decodes_any_bytes(reply: bytes) -> None:
    """A reply that is too short tells nothing."""
    try:
        status = richcomm.decode(reply)
    except BadReply:
        assert len(reply) < 4
    else:
        assert (F.ON_LINE in status.flags) is bool(reply[3] & 4)
        assert (F.LOW_BATTERY in status.flags) is not bool(reply[3] & 2)


async def test_richcomm_silence_and_late_replies() -> None:
    """No reply, a short one, and one that comes after its time."""
    driver, pipe, contacts = await richcomm_opened()
    pipe.answer = lambda report: []
    with pytest.raises(NoReply):
        await driver.read_status()
    pipe.say(bytes([1, 0, 0, 6]))
    pipe.answer = contacts
    contacts.bits = 2
    assert (await driver.read_status()).flags == BATTERY
    assert not pipe.reports
    pipe.answer = lambda report: [b"\1\0\0"]
    with pytest.raises(BadReply):
        await driver.read_status()
    pipe.fail(LinkLost("unplugged"))
    with pytest.raises(LinkLost):
        await driver.read_status()


async def test_richcomm_that_says_nothing() -> None:
    """It does not open."""
    with pytest.raises(NoReply):
        await Richcomm(Pipe(device=RICHCOMM), {}, {}).open()


async def test_richcomm_shutdown(naps: list[float]) -> None:
    """Two reports, a second apart."""
    driver, pipe, _ = await richcomm_opened()
    pipe.written.clear()
    naps.clear()
    outcome = await driver.run("shutdown.return")
    assert pipe.written == [bytes.fromhex("02000000"), bytes.fromhex("02010000")]
    assert outcome.requests == tuple(pipe.written)
    assert outcome.result is Result.SENT
    assert naps == [1.0]
    assert driver.commands["shutdown.return"].danger is Danger.CUTS_POWER
    pipe.written.clear()
    with pytest.raises(Unsupported):
        await driver.run("shutdown.return", delay=5)
    with pytest.raises(Unsupported):
        await driver.run("load.off")
    assert not pipe.written


# ATCL


def report(code: int) -> bytes:
    return bytes([code]).ljust(8, b"\0")


@asynccontextmanager
async def atcl_opened(*, waits: bool = True) -> AsyncGenerator[tuple[Atcl, Pipe]]:
    pipe = Pipe(device=ATCL)
    pipe.waits = waits
    pipe.say(report(3))
    driver = Atcl(pipe, {}, {})
    identity = await driver.open()
    assert (identity.manufacturer, identity.model) == ("ATCL FOR UPS", "ATCL FOR UPS")
    try:
        yield driver, pipe
    finally:
        await driver.close()
        # nothing is ever asked
        assert not pipe.written


@given(st.binary(max_size=8))
def test_atcl_decodes_any_bytes(data: bytes) -> None:
    """Only three codes are known."""
    known = {1: BATTERY, 2: LOW, 3: LINE}
    if data and data[0] in known:
        assert atcl.decode(data) == known[data[0]]
    else:
        with pytest.raises(BadReply):
            atcl.decode(data)


async def test_atcl_says() -> None:
    """Where nobody listens a read waits for the next report."""
    async with atcl_opened(waits=False) as (driver, pipe):
        for code, flags in ((3, LINE), (1, BATTERY), (2, LOW)):
            pipe.say(report(code), report(code))
            assert (await driver.read_status()).flags == flags <= driver.flags
            assert (await driver.read()).status.flags == flags
        with pytest.raises(NoReply):
            await driver.read_status()
        pipe.say(report(0))
        with pytest.raises(BadReply):
            await driver.read_status()
        pipe.fail(LinkLost("unplugged"))
        with pytest.raises(LinkLost):
            await driver.read()


async def test_atcl_pushes_what_two_reports_say() -> None:
    """A change comes by itself, once it is sure; a status read then costs nothing."""
    pushes: list[Push] = []
    async with atcl_opened() as (driver, pipe):
        unsubscribe = driver.on_push(pushes.append)
        pipe.say(report(3), report(3))
        await settle()
        assert pushes == [Flags(set=LINE, cleared=LOW)]
        assert (await driver.read_status()).flags == LINE
        # one that is garbled, or that cannot be, changes nothing
        for other in (1, 2, 0, 255):
            pipe.say(report(other), report(3), report(3))
            await asyncio.sleep(atcl._BREATH + 0.05 if other in {0, 255} else 0)
            await settle()
            assert (await driver.read_status()).flags == LINE
        assert len(pushes) == 1
        pipe.say(report(1))
        await settle()
        assert (await driver.read_status()).flags == LINE
        pipe.say(report(1))
        await settle()
        assert pushes[1:] == [Flags(set=BATTERY, cleared=frozenset({F.ON_LINE, F.LOW_BATTERY}))]
        assert (await driver.read_status()).flags == BATTERY
        unsubscribe()
        pipe.say(report(2), report(2))
        await settle()
        assert len(pushes) == 2


async def test_atcl_unknown_states(monkeypatch: pytest.MonkeyPatch) -> None:
    """A state that nobody knows, said twice, is no longer the one before."""
    monkeypatch.setattr(atcl, "_BREATH", 0)
    async with atcl_opened() as (driver, pipe):
        driver.on_push(lambda push: None)
        pipe.say(report(3), report(3), report(7), report(7))
        await settle()
        with pytest.raises(BadReply):
            await driver.read_status()
        pipe.say(report(3), report(3))
        await settle()
        assert (await driver.read_status()).flags == LINE


async def test_atcl_silence_while_listening(monkeypatch: pytest.MonkeyPatch) -> None:
    """A UPS that falls silent has no state; one that is unplugged is lost at once."""
    monkeypatch.setattr(atcl, "_BREATH", 0)
    monkeypatch.setattr(atcl, "REPORT_TIMEOUT", 0.02)
    pushes: list[Push] = []
    async with atcl_opened() as (driver, pipe):
        driver.on_push(pushes.append)
        pipe.say(report(3), report(3))
        await settle()
        assert (await driver.read_status()).flags == LINE
        await asyncio.sleep(0.05)
        with pytest.raises(NoReply):
            await driver.read_status()
        pipe.fail(LinkLost("unplugged"))
        await settle()
        assert pushes[-1] == Reread(Tier.STATUS)
        with pytest.raises(LinkLost):
            await driver.read_status()


@given(st.lists(st.one_of(st.just(report(3)), st.binary(max_size=8)), max_size=12))
async def test_atcl_takes_any_reports(reports: list[bytes]) -> None:
    """Any reports end in a state or in an UpsError."""
    pipe = Pipe(device=ATCL)
    pipe.say(*reports)
    driver = Atcl(pipe, {}, {})
    try:
        await driver.open()
        snapshot = await driver.read()
    except UpsError:
        return
    assert snapshot.status.flags in (LINE, BATTERY, LOW)


async def test_atcl_in_a_session() -> None:
    """The session hears of a power loss without asking."""
    pipe = Pipe(device=ATCL)
    pipe.waits = True
    pipe.say(*[report(3)] * 4)
    session = Session(
        "fake:", protocol("atcl"), clock=FakeClock(), open_wire=lambda transcript: wire(pipe)
    )
    session.start()
    assert (await session.ready()).status.flags == LINE
    pipe.say(report(1), report(1))
    await settle()
    assert session.snapshot is not None
    assert session.snapshot.status.flags == BATTERY
    assert session.snapshot.status.mains is False
    await session.close()
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("listen")]


async def test_atcl_shutdown(naps: list[float]) -> None:
    """The same eight bytes twice, 170 ms apart, by the interrupt pipe."""
    async with atcl_opened(waits=False) as (driver, pipe):
        outcome = await driver.run("shutdown.stayoff")
        assert pipe.interrupts == [bytes.fromhex("0100000000000000")] * 2
        assert outcome.requests == tuple(pipe.interrupts)
        assert outcome.result is Result.SENT
        assert naps == [0.17]
        assert driver.commands["shutdown.stayoff"].danger is Danger.CUTS_POWER
        for command, parameters in (("shutdown.return", {}), ("shutdown.stayoff", {"delay": 5.0})):
            with pytest.raises(Unsupported):
                await driver.run(command, **parameters)
        assert len(pipe.interrupts) == 2


@pytest.mark.parametrize("name", ["richcomm", "atcl"])
def test_rows(name: str) -> None:
    """Neither has a check value: the session doubts them."""
    row = protocol(name)
    assert row.link is LinkKind.REPORT_PIPE
    assert not row.checked
