"""What the cards say of Megatec and its dialects, one by one, on units in memory.

Each test names the place in ``shared/cards/megatec.md`` (A) or ``megatec-dialects.md`` (A2).
"""

from collections.abc import Callable
import sys
from typing import Any, override

import pytest

from .lines import Answers, TableLine
from custom_components.ups_protocols.ups.errors import BadReply, Rejected, Unsupported
from custom_components.ups_protocols.ups.links.base import Reply
from custom_components.ups_protocols.ups.model import Result, Snapshot, StatusFlag
from custom_components.ups_protocols.ups.protocols.megatec.dialects import DIALECTS
from custom_components.ups_protocols.ups.protocols.megatec.dialects.base import Q1 as Q1_QUERY, F
from custom_components.ups_protocols.ups.protocols.megatec.driver import Megatec
from custom_components.ups_protocols.ups.protocols.megatec.frames import Query, clean, crc16, info
from tests.simulators.megatec import make_ups

Q1 = b"(228.0 228.0 228.0 034 50.0 13.6 35.0 00001000\r"
RATINGS = b"#220.0 003 12.00 50.0\r"
INFO = b"#Mustek          636        V1.0      \r"
UNIT: Answers = {b"Q1\r": Q1, b"F\r": RATINGS, b"I\r": INFO}


async def opened(answers: Answers, **options: str | float) -> tuple[Megatec, TableLine]:
    """Return a driver that is open on a unit in memory."""
    line = TableLine(answers)
    driver = Megatec(line, options, {})
    await driver.open()
    return driver, line


async def snapshot_of(dialect: str, answers: Answers) -> Snapshot:
    """Read a unit of a named dialect once."""
    driver, _ = await opened(answers, dialect=dialect)
    return await driver.read()


class Simulated(TableLine):
    """A simulated unit without a wire."""

    def __init__(self, dialect: str, **state: Any) -> None:
        """Take the unit's dialect and state."""
        super().__init__({})
        self.ups = make_ups(dialect, **state)

    @override
    async def query(
        self, request: bytes, *, reply: Reply, timeout: float, pace: float = 0
    ) -> bytes | None:
        """Return what the unit says."""
        self.answers[request] = self.ups.ask(request.removesuffix(b"\r")) or None
        return await super().query(request, reply=reply, timeout=timeout, pace=pace)


async def simulated(dialect: str, **state: Any) -> Snapshot:
    """Read a simulated unit once."""
    driver = Megatec(Simulated(dialect, **state), {"dialect": dialect}, {})
    await driver.open()
    return await driver.read()


def query_of(dialect: str, request: str) -> Query:
    """Return a query of a dialect."""
    table = DIALECTS[dialect]
    queries = (*table.status, *table.values, *table.constants)
    return next(query for query in queries if query.request == request)


# A (2) and (3): frames


@pytest.mark.parametrize(
    "reply",
    [
        # bytes lost inside a field: 46 characters from the parenthesis are the least
        "(208.4 140.0 208.4 034 59.9 2.05 5.0 00110000",
        "(28.4 140.0 208.4 034 59.9 2.05 35.0 00110000",
        "(208.4 140.0 208.4 4 59.9 2.05 35.0 00110000",
        # b3 alone may be 2 or 3, in Powercom's superset
        "(208.4 140.0 208.4 034 59.9 2.05 35.0 20110000",
        "(208.4 140.0 208.4 034 59.9 2.05 35.0 00110003",
    ],
)
def test_q1_that_lost_bytes(reply: str) -> None:
    """A (2): minimum length and character class of each field."""
    with pytest.raises(BadReply):
        Q1_QUERY.decode(reply)


def test_ratings_that_lost_bytes() -> None:
    """A (3): F has 21 or 22 bytes."""
    assert F.decode("#220.0 02 12.00 50.0")["battery.voltage.nominal"] == 12
    with pytest.raises(BadReply):
        F.decode("#220.0 002 12.00 5")


def test_q1_without_parenthesis() -> None:
    """Issue: replies without parenthesis are read where the rest is whole."""
    text = clean(Q1[1:], b"Q1\r", Q1_QUERY.start, bare=Q1_QUERY.bare)
    assert text is not None
    assert Q1_QUERY.decode(text) == Q1_QUERY.decode(Q1.decode().strip())
    tail = clean(Q1[3:], b"Q1\r", Q1_QUERY.start, bare=Q1_QUERY.bare)
    assert tail is not None
    with pytest.raises(BadReply):
        Q1_QUERY.decode(tail)


async def test_unit_without_parenthesis() -> None:
    """The same through the driver."""
    driver, _ = await opened({**UNIT, b"Q1\r": Q1[1:]})
    assert (await driver.read()).variables["input.voltage"] == 228


async def test_all_zeros_of_three_phase_units_are_no_reply() -> None:
    """A (2): Q1 is asked for its bits alone there, but zeros say nothing there either."""
    zeros = b"(000.0 000.0 000.0 000 00.0 0.00 00.0 00000000\r"
    with pytest.raises(BadReply):
        await opened({b"Q1\r": zeros}, dialect="q6")


@pytest.mark.parametrize(
    "said",
    [
        # behind a late reply to another query, behind the end of one, before a second copy
        Q1 + RATINGS,
        b"00001000\r" + RATINGS,
        RATINGS + b"#",
        RATINGS + RATINGS[:9],
        b"F\r" + RATINGS,
        b"F\r" + RATINGS[:-1],
        RATINGS[:-1],
    ],
)
async def test_the_part_that_fits_is_the_reply(said: bytes) -> None:
    """A (8): doubled reply, echo and reply, missing CR, and what lines make of them."""
    snapshot = await snapshot_of("megatec", {**UNIT, b"F\r": said})
    assert snapshot.variables["battery.voltage.nominal"] == 12


async def test_a_no_behind_rubbish_is_a_no() -> None:
    """A (2): a query that is answered with its echo is not asked again."""
    _, line = await opened({**UNIT, b"F\r": b"00001000\rF\r"}, dialect="megatec")
    assert line.asked.count(b"F\r") == 1


# A (3): detection, and (2): silence is no refusal


def losing(reply: bytes, *, lost: tuple[int, ...]) -> Callable[[], bytes | None]:
    """Return an answer that is lost the n-th times it is asked for."""
    asked = iter(range(1000))
    return lambda: None if next(asked) in lost else reply


@pytest.mark.parametrize("lost", [(0,), (1,), (0, 2)])
@pytest.mark.parametrize("request_", [b"Q1\r", b"F\r", b"I\r"])
async def test_lost_replies_cost_nothing(request_: bytes, lost: tuple[int, ...]) -> None:
    """A (3): each query is tried again; one lost reply does not make another unit of it."""
    answers = {**UNIT, request_: losing(UNIT[request_], lost=lost)}  # type: ignore[arg-type]
    driver, _ = await opened(answers)
    assert driver.dialect.id == "megatec"
    assert (await driver.read()).variables["battery.voltage.nominal"] == 12
    assert (await driver.open()).model == "636"


async def test_garbled_values_at_open_are_asked_again() -> None:
    """What garbles once at open is not unknown for ever."""
    for wrong in (b"BL0Z7\r", None):
        answers: Answers = {b"Q1\r": Q1, b"F\r": RATINGS, b"FW?\r": INFO}
        replies = [b"BL077\r", b"BL077\r", wrong, b"BL077\r"]
        driver, _ = await opened(
            {**answers, b"BL\r": lambda said=replies: said.pop(0) if len(said) > 1 else said[0]}  # type: ignore[misc]
        )
        assert (await driver.read()).variables["battery.charge"] == 77


async def test_a_value_that_is_always_rubbish_hides_nothing_else() -> None:
    """A unit that answers an optional query with something else is still read."""
    answers: Answers = {b"Q1\r": Q1, b"F\r": RATINGS, b"FW?\r": INFO, b"BL\r": b"BLUB\r"}
    snapshot = await snapshot_of("hunnox", answers)
    assert snapshot.variables["input.voltage"] == 228


async def test_lost_reply_in_a_full_read() -> None:
    """One lost reply does not cost a whole read."""
    driver, line = await opened(UNIT)
    line.answers[b"Q1\r"] = losing(Q1, lost=(0,))
    assert (await driver.read()).status.flags == {StatusFlag.ON_LINE}


async def test_the_search_asks_nothing_twice_in_vain() -> None:
    """A (2): what is unknown is dropped after the first round."""
    _, line = await opened({b"Q1\r": Q1, b"F\r": RATINGS})
    for request in (b"I\r", b"FW?\r", b"WH\r", b"Q4\r"):
        assert line.asked.count(request) == 1


async def test_multiplier_of_a_garbled_reading() -> None:
    """A (8): p is determined once, so one garbled reading must not decide it."""
    cell = Q1.replace(b"13.6", b"2.27")
    garbled = Q1.replace(b"13.6", b"7.27")
    replies = [cell, garbled, cell]
    driver, _ = await opened(
        {**UNIT, b"Q1\r": lambda: replies.pop(0) if len(replies) > 1 else replies[0]}
    )
    assert (await driver.read()).variables["battery.voltage"] == pytest.approx(13.62)


async def test_voltages_of_the_user_are_no_estimates() -> None:
    """A (8): low and high of the user count for more than a guess."""
    driver, _ = await opened(UNIT, battery_voltage_low=11.0, battery_voltage_high=14.0)
    snapshot = await driver.read()
    assert snapshot.variables["battery.voltage.low"] == 11
    assert snapshot.estimated == {"battery.charge"}


class Late(TableLine):
    """A unit that answers two seconds after it was asked, whoever waits by then."""

    def __init__(self, answers: Answers) -> None:
        """Take its answers."""
        super().__init__(answers)
        self.now = 0.0
        self._coming: list[tuple[float, bytes]] = []

    @override
    async def query(
        self, request: bytes, *, reply: Reply, timeout: float, pace: float = 0
    ) -> bytes | None:
        """Return what comes in time."""
        said = await super().query(request, reply=reply, timeout=timeout, pace=pace)
        if said is not None:
            self._coming.append((self.now + 2, said))
        end, data = self.now + timeout, b""
        while self._coming and self._coming[0][0] <= end:
            self.now, part = self._coming.pop(0)
            data += part
            if reply.whole(data):
                break
        else:
            self.now = min(end, self.now + (reply.gap or 0) if data else end)
        return data or None


async def test_a_slow_unit_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A (1): up to 3 s; no reply is taken for that of another query."""
    ups = make_ups("bestups")
    answers: Answers = {
        request + b"\r": ups.ask(request)
        for request in (b"Q1", b"ID", b"RT", b"M", b"BP?", b"F", b"I")
    }
    line = Late(answers)
    monkeypatch.setattr(sys.modules[Megatec.__module__], "monotonic", lambda: line.now)
    driver = Megatec(line, {}, {})
    await driver.open()
    assert driver.dialect.id == "bestups"
    assert (await driver.read()).variables["battery.runtime"] == 1980
    assert line.now < 60


# A (8): I


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        # Innova TAE: 27 fillers, the firmware at 28 to 35
        ("#" + "2" * 27 + "R1.00.48 ", {"ups.firmware": "R1.00.48"}),
        # long enough to go by position, with a blank missing between two fields
        (
            "#ABCDEFGHIJKLMNO1PQRSTUVWXY2V1.23     ",
            {
                "device.mfr": "ABCDEFGHIJKLMNO",
                "device.model": "PQRSTUVWXY",
                "ups.firmware": "V1.23",
            },
        ),
        ("#000000000000000 0000000000 0000000000", {}),
    ],
)
def test_information(reply: str, expected: dict[str, str]) -> None:
    """A (8): by position from 38 bytes on; fillers are nothing."""
    assert info(reply) == expected


@pytest.mark.parametrize("reply", ["#\x01\x9fabc", "#230.0 004 24.00 50.0"])
def test_no_information(reply: str) -> None:
    """Garbage behind a number sign is no maker, nor is a late reply to F."""
    with pytest.raises(BadReply):
        info(reply)


async def test_megatec_ic() -> None:
    """A (8): serial number and runtime in I, only where all three marks are there."""
    snapshot = await snapshot_of(
        "megatec", {**UNIT, b"I\r": b"#MegaTecabcedfhi k130v12345 v3.400000\r"}
    )
    assert snapshot.variables["device.serial"] == "abcedfhi"
    assert snapshot.variables["battery.runtime"] == 12345
    assert "battery.runtime" not in snapshot.estimated
    assert "_is_ic" not in snapshot.variables
    ordinary = await snapshot_of("megatec", UNIT)
    assert "battery.runtime" not in ordinary.variables


# A (2): answers to orders


@pytest.mark.parametrize(
    ("said", "result"),
    [
        (b"T\r(ACK\r", Result.CONFIRMED),
        (b"T(ACK\r", Result.CONFIRMED),
        (b"A\0CK", Result.CONFIRMED),
        (b"UPS No Ack\r", Result.SENT),
    ],
)
async def test_acceptance(said: bytes, result: Result) -> None:
    """An echo in front of an answer is no refusal; a bridge's "No Ack" is no answer."""
    driver, _ = await opened({**UNIT, b"T\r": said})
    assert (await driver.run("test.battery.start.quick")).result is result


@pytest.mark.parametrize("said", [b"T\rNAK\r", b"TNAK", b"T\rT\r"])
async def test_refusal(said: bytes) -> None:
    """An echo and a NAK are refusals, together too."""
    driver, _ = await opened({**UNIT, b"T\r": said})
    with pytest.raises(Rejected):
        await driver.run("test.battery.start.quick")


async def test_beeper_outlasts_a_garbled_reply() -> None:
    """A (6): b0 is read before and after the toggle; a garbled reply is read again."""
    on = Q1.replace(b"00001000", b"00001001")
    state = [Q1]
    garbled = [b"(12\r"]

    def toggle() -> None:
        state[0] = on if state[0] == Q1 else Q1
        garbled.append(b"(12\r")

    driver, _ = await opened(
        {**UNIT, b"Q1\r": lambda: garbled.pop() if garbled else state[0], b"Q\r": toggle}
    )
    assert (await driver.run("beeper.enable")).result is Result.CONFIRMED


# A2: mecer, innova


@pytest.mark.parametrize(
    ("answer", "dialect"),
    [
        (b"(PI98\r", "mecer"),
        (b"(NAK\r", "mecer"),
        (b"NAK\r", "megatec"),
        (b"QPI\r", "megatec"),
        # another family's number
        (b"(PI30\r", "megatec"),
        (None, "megatec"),
    ],
)
async def test_mecer(answer: bytes | None, dialect: str) -> None:
    """A2: mecer is who answers QPI with (PI98 or with (NAK."""
    driver, _ = await opened({**UNIT, b"QPI\r": answer})
    assert driver.dialect.id == dialect


async def test_mecer_that_is_no_p98() -> None:
    """A2: tests below a minute are P98's alone; silence is no acknowledgement."""
    driver, _ = await opened({**UNIT, b"QPI\r": b"(NAK\r", b"T\r": None})
    with pytest.raises(Unsupported):
        await driver.run("test.battery.start", duration=30)
    with pytest.raises(Rejected):
        await driver.run("test.battery.start.quick")


async def test_innova_tae_is_found() -> None:
    """A2: an I of one character 27 times is the Innova TAE's."""
    driver, _ = await opened({**UNIT, b"I\r": b"#" + b"2" * 27 + b"R1.00.48 \r"})
    assert driver.dialect.id == "innova-tae"
    assert (await driver.open()).manufacturer == "Ippon"
    # an I without maker and model is none
    driver, _ = await opened({**UNIT, b"I\r": b"#" + b" " * 27 + b"V3.7      \r"})
    assert driver.dialect.id == "megatec"


# A2: bestups


async def test_bestups_transfer_points() -> None:
    """A2: M names a row of a table, which overrules ID's nominal voltage."""
    snapshot = await simulated("bestups", range="3")
    read = snapshot.variables
    assert [
        read[f"input.transfer.{name}"]
        for name in ("low", "boost.low", "boost.high", "trim.low", "trim.high", "high")
    ] == [90, 90, 104, 138, 156, 156]
    assert read["device.model"] == "Fortress"
    snapshot = await simulated("bestups", nominal_voltage=230.0, mains_voltage=230.0, range="9")
    assert snapshot.variables["input.voltage.nominal"] == 208
    assert snapshot.variables["output.voltage.nominal"] == 208


async def test_bestups_charge() -> None:
    """A (8): ID gives lowest and highest voltage, and the charge follows from them."""
    snapshot = await simulated("bestups", fixed={"battery": "23.8"})
    assert snapshot.variables["battery.charge"] == 50
    assert snapshot.estimated == {"battery.charge"}


async def test_bestups_with_a_high_battery() -> None:
    """A2: ID is split at commas, its fields have no fixed width."""
    identification = query_of("bestups", "ID").decode("AX1,1500,120,120,80.0,110.4")
    assert identification["battery.voltage.high"] == 110.4


def test_bestups_may_take_three_seconds() -> None:
    """A (1): replies of Best units can need up to 3 s."""
    assert DIALECTS["bestups"].timeout > 3


# A2: ablerex


def test_ablerex_binary() -> None:
    """A2: 22 bytes, any of which may be a CR; a byte that is lost moves the last CR."""
    extras = query_of("ablerex", "Q5")
    frame = "(" + "".join(map(chr, (*(1, 0xF4), *[0x0D] * 18))) + "\r"
    assert extras.decode(frame)["output.frequency"] == 50
    assert extras.decode(frame[:-1])["output.frequency"] == 50
    for wrong in (frame[:-2], frame[:21] + "x", "#" + frame[1:], ""):
        with pytest.raises(BadReply):
            extras.decode(wrong)


async def test_ablerex_behind_an_echo() -> None:
    """A (8): echo and reply, for binary replies too; a NAK is no binary reply."""
    ups = make_ups("ablerex")
    plain: Answers = {
        request + b"\r": ups.ask(request) for request in (b"Q1", b"F", b"I", b"Q5", b"At", b"TR")
    }
    echoed: Answers = {
        request + b"\r": request + b"\r" + ups.ask(request)
        for request in (b"Q1", b"F", b"I", b"Q5", b"At", b"TR")
    }
    snapshot = await snapshot_of("ablerex", echoed)
    assert snapshot.variables["output.frequency"] == 50
    without = await snapshot_of("ablerex", {**plain, b"Q5\r": b"NAK\r", b"At\r": b"NAK\r"})
    assert "output.frequency" not in without.variables
    assert without.variables["battery.charge"] == 100


async def test_ablerex_on_battery_has_no_bypass() -> None:
    """A (5): on battery none of the three is published."""
    answers: Answers = {**UNIT, b"Q1\r": b"(000.0 228.0 228.0 034 50.0 2.10 35.0 10100000\r"}
    assert (await snapshot_of("ablerex", answers)).status.flags == {StatusFlag.ON_BATTERY}


# A2: gtec, omron, masterguard, powercom, axpert


def gtec(letters: str) -> Answers:
    """Return a gtec unit with these letters."""
    status = f"(230.0 000.0 000.0 230.0 230.0 000 030 50.0 000 000 027.3 25.0 {letters}\r"
    return {b"Q4\r": status.encode()}


@pytest.mark.parametrize(
    ("letters", "result"),
    [
        ("IM", "Done and passed"),
        ("EIM", "In progress"),
        ("KM", "Battery disconnected"),
        ("LM", "Unknown"),
        ("M", None),
    ],
)
async def test_gtec_test_results(letters: str, result: str | None) -> None:
    """A2: a test under way is newer than the result of the last one."""
    snapshot = await snapshot_of("gtec", gtec(letters))
    assert snapshot.variables.get("ups.test.result") == result


def test_gtec_that_lost_bytes() -> None:
    """A2: Q4 has at least 64 characters."""
    reply = "(230.0 000.0 000.0 230.0 230.0 000 30 50.0 000 000 027.3 25.0 M"
    with pytest.raises(BadReply):
        query_of("gtec", "Q4").decode(reply)


def test_omron_flags() -> None:
    """A2: b5 is ignored, so nothing that follows from it can be reported."""
    assert not DIALECTS["omron"].flags & {
        StatusFlag.BYPASS,
        StatusFlag.TRIMMING,
        StatusFlag.BOOSTING,
    }


def test_masterguard_status() -> None:
    """A2: B7 to B1 at 53 to 59, the second byte at 62 to 69, 71 bytes with CR."""
    reply = "(00 230.0 229.0 231.0 030 50.0 02.27 25.0 017.03 100 01000100 00010110"
    assert len(reply) == 70
    readings = query_of("masterguard", "Q3").decode(reply)
    assert (reply[53:60], reply[62:70]) == ("0100010", "00010110")
    assert readings["battery.runtime"] == 1023
    status = DIALECTS["masterguard"].judge(readings, {})
    # B6 low, B2 and T2-T0 110 an autonomy calibration, T4 replace
    assert status.flags == {
        StatusFlag.ON_LINE,
        StatusFlag.LOW_BATTERY,
        StatusFlag.CALIBRATING,
        StatusFlag.REPLACE_BATTERY,
    }


@pytest.mark.parametrize("reply", ["(PNV=230", "PNV=230", "(PNV 230"])
def test_masterguard_output_voltage(reply: str) -> None:
    """A2: PNV is said to have 8 bytes and the voltage at 5 to 7."""
    assert query_of("masterguard", "PNV").decode(reply) == {"output.voltage.nominal": 230}


async def test_powercom_that_is_off() -> None:
    """E2: b1 of DQ1 says that the output is off, on the status tier."""
    off = b"(220.0 220.0 000.0 000 50.0 0100 25.0 00001010\r"
    driver, line = await opened({**UNIT, b"DQ1\r": off}, dialect="powercom")
    assert await driver.read_status() == (await driver.read()).status
    assert (await driver.read_status()).flags == {StatusFlag.ON_LINE, StatusFlag.OFF}
    # a late reply to Q1 has the same shape but for the four digits of charge
    line.answers[b"DQ1\r"] = Q1
    with pytest.raises(BadReply):
        await driver.read_status()


def test_axpert_tokens() -> None:
    """A2: tokens of any width; a CRC that fails does not pass for part of the last one."""
    general = query_of("axpert", "QPIGS")
    reply = (
        "(230.0 50.0 230.0 50.0 1500 1200 030 380 54.60 000 100 0041 0005 103.8 54.60 00000 "
        "00010000 00 00 00519 010"
    )
    assert general.decode(reply)["ups.temperature"] == 41
    assert general.decode(reply + crc16(reply.encode()).decode("latin-1"))["ups.load"] == 30
    with pytest.raises(BadReply):
        general.decode(reply + "Zq")


async def test_axpert_refusals_carry_a_crc() -> None:
    """A2: ``(NAK`` has a CRC too, and is a refusal all the same."""
    refusal = b"(NAK" + crc16(b"(NAK") + b"\r"
    assert clean(refusal, b"QID\r", "(") is None
