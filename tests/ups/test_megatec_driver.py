"""The Megatec driver: dialects are told apart, orders are said right, nothing is guessed."""

from collections.abc import Mapping
from typing import override

import pytest

from .lines import Answers, TableLine
from custom_components.ups_protocols.ups.driver import Memory, Options
from custom_components.ups_protocols.ups.errors import BadReply, NoReply, Rejected, Unsupported
from custom_components.ups_protocols.ups.links.base import Accepts, No, RoundedTo, Yes
from custom_components.ups_protocols.ups.model import Danger, Result, StatusFlag, Value
from custom_components.ups_protocols.ups.protocols.megatec.driver import Megatec

Q1 = b"(228.0 228.0 228.0 034 50.0 13.6 35.0 00001000\r"
F = b"#220.0 003 12.00 50.0\r"
I = b"#Mustek          636        V1.0      \r"  # noqa: E741
UNIT: Answers = {b"Q1\r": Q1, b"F\r": F, b"I\r": I}
# what may never be sent but on a user's word (cards, 00-hazards and megatec)
ORDERS = (b"T", b"C", b"S", b"Q\r", b"PSK", b"SS", b"FOFF", b"O0")
QUERIES_LIKE_ORDERS = (b"SASV07?\r", b"TR\r", b"TPb\r")


async def opened(
    answers: Answers, options: Options | None = None, memory: Memory | None = None
) -> tuple[Megatec, TableLine]:
    """Return a driver that is open on a unit in memory."""
    line = TableLine(answers)
    driver = Megatec(line, options or {}, {} if memory is None else memory)
    await driver.open()
    return driver, line


async def variables(driver: Megatec) -> Mapping[str, Value]:
    """Read everything once."""
    return (await driver.read()).variables


async def test_healthy_unit() -> None:
    """The core: values, ratings, identity, what can be told."""
    driver, line = await opened(UNIT)
    assert driver.dialect.id == "megatec"
    snapshot = await driver.read()
    assert snapshot.status.flags == {StatusFlag.ON_LINE}
    assert snapshot.variables["input.voltage.nominal"] == 220
    assert snapshot.variables["battery.voltage"] == 13.6
    assert snapshot.variables["battery.charge"] == 100
    assert snapshot.estimated == {
        "battery.charge",
        "battery.voltage.low",
        "battery.voltage.high",
    }
    assert not any(
        request.startswith(ORDERS) and request not in QUERIES_LIKE_ORDERS for request in line.asked
    )


async def test_status_is_one_request() -> None:
    """The status tier costs one exchange."""
    driver, line = await opened(UNIT)
    line.asked.clear()
    await driver.read_status()
    assert line.asked == [b"Q1\r"]


@pytest.mark.parametrize("silent", [True, False])
async def test_unit_without_f_and_i(silent: bool) -> None:
    """Ratings and information are optional; silence and echo both say no."""
    answers: Answers = {b"Q1\r": Q1}
    if silent:
        answers |= dict.fromkeys(
            (b"I\r", b"F\r", b"ID\r", b"FW?\r", b"Q6\r", b"Q2\r", b"WH\r", b"Q4\r")
        )
    driver, line = await opened(answers)
    assert driver.dialect.id == "q1"
    snapshot = await driver.read()
    assert "battery.charge" not in snapshot.variables
    assert snapshot.variables["battery.voltage"] == 13.6
    line.asked.clear()
    await driver.read()
    assert line.asked == [b"Q1\r"]


async def test_per_cell_reading() -> None:
    """The worked example of the card: 2.05 V a cell on a 24 V battery is 24.6 V and 73 %."""
    driver, _ = await opened(
        {**UNIT, b"Q1\r": Q1.replace(b"13.6", b"2.05"), b"F\r": b"#220.0 003 24.00 50.0\r"}
    )
    read = await variables(driver)
    assert (read["battery.voltage"], read["battery.charge"]) == (24.6, 73)


async def test_battery_as_the_user_says() -> None:
    """Packs, voltages and runtimes of the user come before what the unit says."""
    driver, _ = await opened(
        UNIT,
        {
            "battery_packs": 2.0,
            "battery_voltage_nominal": 24.0,
            "battery_voltage_low": 20.0,
            "battery_voltage_high": 28.0,
            "runtime_full_load": 300.0,
            "runtime_half_load": 900.0,
        },
    )
    read = await variables(driver)
    assert read["battery.voltage"] == 27.2
    assert read["battery.voltage.nominal"] == 24
    assert read["battery.charge"] == 90
    # 34 % load: 300 s * 0.9 / 0.34 ** log2(3)
    assert read["battery.runtime"] == pytest.approx(1492, abs=2)


async def test_garbled_constants_are_not_kept() -> None:
    """What is read once is read until two replies agree."""
    replies = [F.replace(b"12.00", b"92.00"), F, F]
    driver, _ = await opened({**UNIT, b"F\r": lambda: replies.pop(0) if replies else F})
    assert (await variables(driver))["battery.voltage.nominal"] == 12


async def test_remembered_dialect_saves_the_search() -> None:
    """A restart asks nothing that is known; a unit that changed is searched anew."""
    memory: Memory = {}
    await opened({**UNIT, b"I\r": None}, memory=memory)
    assert memory["dialect"] == "q1"
    _, line = await opened(UNIT, memory=memory)
    assert b"FW?\r" not in line.asked
    driver, _ = await opened({b"QS\r": Q1}, memory=memory)
    assert driver.dialect.id == "mustek"


async def test_named_dialect_must_answer() -> None:
    """The user's word is taken, but not for a unit that does not answer so."""
    driver, _ = await opened(UNIT, {"dialect": "zinto"})
    assert driver.dialect.id == "zinto"
    with pytest.raises(NoReply, match="QS"):
        await opened(UNIT, {"dialect": "mustek"})
    with pytest.raises(BadReply):
        await opened({b"QS\r": b"(12\r"}, {"dialect": "mustek"})


async def test_nothing_answers() -> None:
    """Silence everywhere has a sentence that says what to do."""
    with pytest.raises(NoReply, match="check cable"):
        await opened(dict.fromkeys((b"Q1\r", b"QS\r", b"D\r", b"QPI\xbe\xac\r", b"Q4\r", b"WH\r")))


# orders


@pytest.mark.parametrize(
    ("command", "parameters", "request_", "rounded"),
    [
        ("test.battery.start.quick", {}, b"T\r", {}),
        ("test.battery.start", {}, b"T10\r", {"duration": 600}),
        ("test.battery.start", {"duration": 119}, b"T01\r", {"duration": 60}),
        ("test.battery.start.deep", {}, b"TL\r", {}),
        ("test.battery.stop", {}, b"CT\r", {}),
        ("beeper.toggle", {}, b"Q\r", {}),
        ("load.off", {}, b"S00R0000\r", {}),
        ("load.on", {}, b"C\r", {}),
        ("shutdown.stop", {}, b"C\r", {}),
        ("shutdown.return", {}, b"S.5R0003\r", {"delay": 30, "restart_delay": 180}),
        (
            "shutdown.return",
            {"delay": 100, "restart_delay": 60},
            b"S01R0003\r",
            {"delay": 60, "restart_delay": 180},
        ),
        (
            "shutdown.return",
            {"delay": 20, "restart_delay": 0},
            b"S.3\r",
            {"delay": 18, "restart_delay": 0},
        ),
        ("shutdown.stayoff", {"delay": 45}, b"S.7R0000\r", {"delay": 42}),
    ],
)
async def test_orders(
    command: str, parameters: dict[str, float], request_: bytes, rounded: dict[str, float]
) -> None:
    """Each order of the document, its delays rounded and told; silence is acceptance."""
    driver, line = await opened({**UNIT, request_: None})
    line.asked.clear()
    outcome = await driver.run(command, **parameters)
    assert line.asked == [request_]
    assert outcome.result is Result.SENT
    assert outcome.requests == (request_,)
    assert outcome.parameters == rounded


@pytest.mark.parametrize(
    ("said", "result"),
    [(b"ACK\r", "confirmed"), (b"ACK", "confirmed"), (b"(ACK\r", "confirmed"), (None, "sent")],
)
async def test_acceptance(said: bytes | None, result: str) -> None:
    """A unit that acknowledges confirms."""
    driver, _ = await opened({**UNIT, b"T\r": said})
    assert (await driver.run("test.battery.start.quick")).result == result


@pytest.mark.parametrize("said", [b"T\r", b"T", b"NAK\r", b"(NAK\r"])
async def test_refusal(said: bytes) -> None:
    """An echo, or NAK, is a refusal."""
    driver, _ = await opened({**UNIT, b"T\r": said})
    with pytest.raises(Rejected, match="refuses T"):
        await driver.run("test.battery.start.quick")


@pytest.mark.parametrize(
    ("command", "parameters"),
    [
        ("load.melt", {}),
        ("load.off", {"delay": 5}),
        ("shutdown.return", {"delay": 11}),
        ("shutdown.return", {"delay": 601}),
        ("shutdown.return", {"delay": float("nan")}),
        ("test.battery.start", {"duration": 59}),
    ],
)
async def test_impossible_orders_are_not_sent(command: str, parameters: dict[str, float]) -> None:
    """What the protocol cannot say is refused before a byte goes out."""
    driver, line = await opened(UNIT)
    line.asked.clear()
    with pytest.raises(Unsupported):
        await driver.run(command, **parameters)
    assert line.asked == []


async def test_danger_is_told() -> None:
    """What cuts power says so."""
    driver, _ = await opened(UNIT)
    cutting = {name for name, each in driver.commands.items() if each.danger is Danger.CUTS_POWER}
    assert cutting == {"load.off", "shutdown.return", "shutdown.stayoff"}


async def test_host_side_delays() -> None:
    """Delays are kept by us, rounded to what can be said, and sent along with the order."""
    memory: Memory = {}
    driver, line = await opened({**UNIT, b"S.7R0005\r": None}, memory=memory)
    assert await driver.write("ups.delay.shutdown", 45) == 42
    assert await driver.write("ups.delay.start", "310") == 300
    assert (await variables(driver))["ups.delay.start"] == 300
    line.asked.clear()
    await driver.run("shutdown.return")
    assert line.asked == [b"S.7R0005\r"]
    again, _ = await opened(UNIT, memory=memory)
    assert (await variables(again))["ups.delay.shutdown"] == 42
    for impossible in (5, 9999, "soon"):
        with pytest.raises(Unsupported):
            await driver.write("ups.delay.shutdown", impossible)
    with pytest.raises(Unsupported):
        await driver.write("input.voltage", 1)


async def test_beeper_is_read_before_it_is_toggled() -> None:
    """Q toggles: it is sent only where the beeper is not as wanted, and verified."""
    on = Q1.replace(b"00001000", b"00001001")
    state = [Q1]

    def toggle() -> None:
        state[0] = on if state[0] == Q1 else Q1

    driver, line = await opened({**UNIT, b"Q1\r": lambda: state[0], b"Q\r": toggle})
    line.asked.clear()
    assert (await driver.run("beeper.disable")).result is Result.CONFIRMED
    assert b"Q\r" not in line.asked
    outcome = await driver.run("beeper.enable")
    assert (outcome.result, outcome.requests) == (Result.CONFIRMED, (b"Q\r",))
    assert (await variables(driver))["ups.beeper.status"] == "enabled"
    line.answers[b"Q\r"] = None
    with pytest.raises(Rejected, match="beeper"):
        await driver.run("beeper.disable")


class Bridge(TableLine):
    """A USB bridge that cannot say everything."""

    @override
    def accepts(self, request: bytes) -> Accepts:
        """Know a few requests, and round one."""
        if request.startswith(b"S."):
            return RoundedTo(b"S.5\r")
        return Yes() if request in {b"Q1\r", b"F\r", b"I\r", b"T\r"} else No()


async def test_bridge_that_cannot_say_everything() -> None:
    """Only what the wire can carry is offered or asked; what it rounds is told."""
    line = Bridge({**UNIT, b"S.5\r": None})
    driver = Megatec(line, {}, {})
    await driver.open()
    assert set(line.asked) == {b"Q1\r", b"F\r", b"I\r"}
    assert set(driver.commands) == {
        "test.battery.start.quick",
        "shutdown.return",
        "shutdown.stayoff",
    }
    outcome = await driver.run("shutdown.return")
    assert outcome.requests == (b"S.5\r",)
    # what comes after the delay is the bridge's own affair
    assert outcome.parameters == {"delay": 30}


class Cutting(TableLine):
    """A wire that cuts the restart delay off, and says no less than half a minute."""

    @override
    def accepts(self, request: bytes) -> Accepts:
        """Round shutdowns."""
        shutdown, restart, _ = request.partition(b"R")
        if shutdown[:2] == b"S.":
            shutdown = max(shutdown, b"S.5")
        rounded = shutdown + (b"R0000\r" if restart else b"")
        return RoundedTo(rounded) if shutdown[:1] == b"S" and rounded != request else Yes()


@pytest.mark.parametrize(
    ("command", "delay", "told"),
    [
        ("shutdown.return", 12, {"delay": 30, "restart_delay": 0}),
        ("shutdown.return", 120, {"delay": 120, "restart_delay": 0}),
        ("shutdown.stayoff", 12, {"delay": 30}),
        ("shutdown.stayoff", 60, {"delay": 60}),
    ],
)
async def test_parameters_are_those_that_went_out(
    command: str, delay: float, told: Mapping[str, float]
) -> None:
    """A wire that rounds a request rounds its parameters."""
    shutdowns = (b"S.5R0000\r", b"S02R0000\r", b"S01R0000\r")
    driver = Megatec(Cutting({**UNIT, **dict.fromkeys(shutdowns)}), {}, {})
    await driver.open()
    assert (await driver.run(command, delay=delay)).parameters == told


async def test_read_fails_whole() -> None:
    """A query that was answered at open and is not any more fails the read."""
    answers: Answers = {**UNIT, b"I\r": b"I\r", b"FW?\r": I, b"BL\r": b"BL077\r"}
    driver, line = await opened(answers)
    assert driver.dialect.id == "hunnox"
    assert (await variables(driver))["battery.charge"] == 77
    line.answers[b"BL\r"] = None
    for _ in range(2):
        with pytest.raises(NoReply):
            await driver.read()
    # what is missing for good is no reason to hide the rest; an estimate takes its place
    snapshot = await driver.read()
    assert "battery.charge" in snapshot.estimated
