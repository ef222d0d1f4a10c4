"""The APC Smart driver against simulated units, in memory: what it can be told."""

from dataclasses import replace

import pytest

from .apc_smart_bench import CONFIRM, OB, OL, PUSHES, bypassed, calibrates, is_testing, opened, unit
from custom_components.ups_protocols.ups.errors import NoReply, Rejected, Unsupported
from custom_components.ups_protocols.ups.model import Danger, Flags, Result, StatusFlag


@pytest.mark.parametrize(
    ("command", "said", "result"),
    [
        ("test.panel.start", [b"A"], Result.CONFIRMED),
        ("test.battery.start", [b"Q", b"Q", b"Q", b"Q", b"W"], Result.CONFIRMED),
        ("calibrate.start", [b"Q", b"Q", b"D"], Result.CONFIRMED),
        ("test.failure.start", [b"U"], Result.CONFIRMED),
        ("shutdown.return", [b"Q", b"Q", b"@", b"0", b"0", b"0"], Result.CONFIRMED),
        ("shutdown.stayoff", [b"K", b"K"], Result.CONFIRMED),
        ("shutdown.stop", [b"\x7f"], Result.CONFIRMED),
        ("load.off", [b"Z", b"Z"], Result.SENT),
        ("load.on", [b"\x0e", b"\x0e"], Result.SENT),
        ("reset.factory", [b"z"], Result.CONFIRMED),
        ("reset.input.minmax", [b"M", b"N"], Result.CONFIRMED),
    ],
)
async def test_orders(command: str, said: list[bytes], result: Result) -> None:
    """Each order: the bytes of the document, once, and an honest outcome."""
    ups = unit()
    driver, line, _ = await opened(ups)
    line.sent.clear()
    outcome = await driver.run(command)
    assert outcome.result is result
    assert line.sent == said
    assert not ups.rushed
    asked = [each for each in said if each != b"Q"]
    assert b"".join(outcome.requests) == b"".join(asked)


async def test_dangers() -> None:
    driver, _, _ = await opened(unit("matrix"))
    by_danger = {
        danger: {name for name, command in driver.commands.items() if command.danger is danger}
        for danger in Danger
    }
    assert by_danger[Danger.CUTS_POWER] == {"shutdown.return", "shutdown.stayoff", "load.off"}
    assert by_danger[Danger.UNPROTECTS] == {"bypass.start", "reset.factory"}
    assert by_danger[Danger.USES_BATTERY] == {
        "test.battery.start",
        "calibrate.start",
        "test.failure.start",
    }


async def test_load_goes_off_and_on() -> None:
    """The second press counts only after its time, which passes."""
    ups = unit()
    driver, _, _ = await opened(ups)
    await driver.run("load.off")
    assert not ups.output_on
    await driver.run("load.on")
    assert ups.output_on


@pytest.mark.parametrize("dialect", ["smart-ups", "smart-ups-600"])
async def test_shutdown_on_battery(dialect: str) -> None:
    """The soft one, which comes back with the mains; old units acknowledge with a star."""
    ups = unit(dialect)
    driver, line, pushes = await opened(ups)
    ups.mains(False)
    await driver.read_status()
    line.sent.clear()
    pushes.clear()
    outcome = await driver.run("shutdown.return")
    assert line.sent[-1] == b"S"
    assert outcome.result is Result.CONFIRMED
    assert outcome.requests == (b"S",)
    # the star was an answer and no alert
    assert pushes == []
    ups.clock.advance(25)
    assert not ups.output_on
    ups.mains(True)
    ups.clock.advance(60)
    assert ups.output_on


@pytest.mark.parametrize(
    ("dialect", "delay", "digits"),
    [
        ("smart-ups", 0, b"000"),
        ("smart-ups", 3600, b"010"),
        ("smart-ups", 500, b"001"),
        # 000 does nothing there
        ("smart-ups-600", 0, b"001"),
    ],
)
async def test_shutdown_on_mains(dialect: str, delay: float, digits: bytes) -> None:
    ups = unit(dialect)
    driver, _, _ = await opened(ups)
    outcome = await driver.run("shutdown.return", restart_delay=delay)
    assert outcome.result is Result.CONFIRMED
    assert outcome.requests == (b"@" + digits,)
    assert outcome.parameters == {"restart_delay": int(digits) * 360}
    assert not ups.rushed
    ups.clock.advance(25)
    assert not ups.output_on
    await driver.run("shutdown.stop")
    ups.clock.advance(30)
    assert ups.output_on


async def test_shutdown_on_battery_with_a_delay_is_the_timed_one() -> None:
    ups = unit(mains=False)
    driver, _, _ = await opened(ups)
    assert (await driver.run("shutdown.return", restart_delay=720)).requests == (b"@002",)


async def test_shutdown_of_a_unit_that_takes_two_digits() -> None:
    """It answers after the second: the third would be a command. What was taken is told."""
    ups = unit()
    driver, line, _ = await opened(ups)
    original = ups._take

    def take(byte: bytes, since: float) -> None:
        original(byte, since)
        if ups._digits is not None and len(ups._digits) == 2:
            ups._shut_down_timed()

    ups._take = take  # type: ignore[method-assign]
    line.sent.clear()
    outcome = await driver.run("shutdown.return", restart_delay=3600)
    assert line.sent[-3:] == [b"@", b"0", b"1"]
    assert outcome.parameters == {"restart_delay": 360}


async def test_shutdown_without_timed_one_feigns_a_failure() -> None:
    """Then the soft one is taken on the mains, too."""
    ups = unit("back-ups-cs")
    driver, line, _ = await opened(ups)
    commands = driver._orders.unit.commands - {b"@"}
    driver._orders.unit = replace(driver._orders.unit, commands=commands)
    line.sent.clear()
    outcome = await driver.run("shutdown.return")
    assert outcome.requests == (b"U", b"S")
    assert line.sent[-2:] == [b"U", b"S"]
    ups.clock.advance(25)
    assert not ups.output_on


@pytest.mark.parametrize(
    ("command", "refused", "never"),
    [
        ("test.panel.start", "A", b""),
        ("test.battery.start", "W", b""),
        ("calibrate.start", "D", b""),
        ("test.failure.start", "U", b""),
        ("shutdown.return", "@", b"0123456789"),
        ("shutdown.stop", "\x7f", b""),
        ("reset.factory", "z", b""),
    ],
)
@pytest.mark.parametrize("word", [b"NA\r\n", b"NO\r\n", b"!NA\r\n"])
async def test_refused_orders(command: str, refused: str, never: bytes, word: bytes) -> None:
    """A refusal is told, and nothing of what should have followed is sent."""
    ups = unit()
    driver, line, _ = await opened(ups)
    original = ups.command

    def refuse(request: bytes) -> None:
        if request == refused.encode():
            ups.send(word, request)
            return
        original(request)

    ups.command = refuse  # type: ignore[method-assign]
    line.sent.clear()
    with pytest.raises(Rejected):
        await driver.run(command)
    assert not set(line.sent) & {bytes((digit,)) for digit in never}


@pytest.mark.parametrize(
    ("command", "press"), [("shutdown.stayoff", b"K"), ("load.off", b"Z"), ("load.on", b"\x0e")]
)
@pytest.mark.parametrize("word", [b"NA\r\n", b"NO\r\n", b"$NA\r\n", b"*"])
async def test_refused_first_press(command: str, press: bytes, word: bytes) -> None:
    """Whatever comes after the first press, there is no second."""
    ups = unit()
    driver, line, _ = await opened(ups)
    original = ups.command

    def refuse(request: bytes) -> None:
        if request == press:
            ups.send(word, request)
            return
        original(request)

    ups.command = refuse  # type: ignore[method-assign]
    line.sent.clear()
    with pytest.raises(Rejected):
        await driver.run(command)
    assert line.sent == [press]
    assert ups.output_on


async def test_alert_between_two_presses_is_no_refusal() -> None:
    ups = unit()
    driver, line, pushes = await opened(ups)
    original = ups.command
    presses: list[bytes] = []

    def command(request: bytes) -> None:
        original(request)
        if request == b"Z" and not presses:
            presses.append(request)
            ups.send(b"!", b"")

    ups.command = command  # type: ignore[method-assign]
    line.sent.clear()
    await driver.run("load.off")
    assert line.sent == [b"Z", b"Z"]
    assert pushes == PUSHES["!"]


@pytest.mark.parametrize("command", ["shutdown.stayoff", "shutdown.return", "shutdown.stop"])
async def test_orders_without_an_answer(command: str) -> None:
    """Silence to what is always acknowledged is no success; it is never sent again."""
    ups = unit()
    driver, line, _ = await opened(ups)
    last = {"shutdown.stayoff": b"K", "shutdown.return": b"@000", "shutdown.stop": b"\x7f"}[command]
    line.spoil = lambda data, request: b"" if request == last else data
    line.sent.clear()
    with pytest.raises(NoReply):
        await driver.run(command)
    assert b"".join(each for each in line.sent if each != b"Q") == last * (1 + (last == b"K"))


async def test_calibration_is_toggled_by_one_byte() -> None:
    """It is only said when it does what is wanted; it is no loss of mains."""
    ups = unit()
    driver, line, pushes = await opened(ups)
    await driver.run("calibrate.start")
    assert calibrates(ups)
    # we started it: nobody needs to hear of a power failure
    assert pushes == [CONFIRM]
    status = await driver.read_status()
    assert status.flags == {"OB", "CAL"}
    assert status.mains is True
    line.sent.clear()
    outcome = await driver.run("calibrate.start")
    assert (outcome.result, outcome.requests) == (Result.CONFIRMED, ())
    assert b"D" not in line.sent
    assert calibrates(ups)
    await driver.run("calibrate.stop")
    assert not calibrates(ups)
    line.sent.clear()
    await driver.run("calibrate.stop")
    assert b"D" not in line.sent


async def test_calibration_is_not_started_on_battery() -> None:
    driver, line, _ = await opened(unit(mains=False))
    line.sent.clear()
    with pytest.raises(Rejected, match="battery"):
        await driver.run("calibrate.start")
    assert b"D" not in line.sent


async def test_calibration_that_says_nothing() -> None:
    """The document promises no line: then the status tells."""
    ups = unit()
    driver, line, _ = await opened(ups)
    line.spoil = lambda data, request: b"" if data == b"!" else data
    assert (await driver.run("calibrate.start")).result is Result.CONFIRMED
    assert calibrates(ups)


@pytest.mark.parametrize("dialect", ["smart-ups", "spm"])
async def test_battery_test_is_toggled_by_one_byte(dialect: str) -> None:
    ups = unit(dialect)
    driver, line, pushes = await opened(ups)
    await driver.run("test.battery.start")
    assert is_testing(ups)
    assert pushes == [CONFIRM]
    assert (await driver.read_status()).flags == {"OB", "TEST"}
    line.sent.clear()
    assert (await driver.run("test.battery.start")).requests == ()
    assert b"W" not in line.sent
    await driver.run("test.battery.stop")
    assert not is_testing(ups)
    with pytest.raises(Rejected, match="no battery test"):
        await driver.run("test.battery.stop")


async def test_battery_test_that_ends() -> None:
    ups = unit()
    driver, _, pushes = await opened(ups)
    await driver.run("test.battery.start")
    await driver.read_status()
    pushes.clear()
    ups.clock.advance(10)
    assert (await driver.read_status()).flags == {"OL"}
    assert pushes == [Flags(frozenset({OL}), frozenset({OB, StatusFlag.TESTING})), CONFIRM]
    variables = (await driver.read()).variables
    assert variables["ups.test.result"] == "Done and passed"
    # the next failure is a real one
    pushes.clear()
    ups.mains(False)
    assert pushes == PUSHES["!"]


async def test_transfer_that_never_came() -> None:
    """A test that moved nothing to battery does not hide the next failure for long."""
    ups = unit()
    driver, line, pushes = await opened(ups)
    line.spoil = lambda data, request: b"OK\r\n" if request == b"W" else data
    original = ups.command
    ups.command = lambda request: (  # type: ignore[method-assign]
        ups.send(b"", request) if request == b"W" else original(request)
    )
    await driver.run("test.battery.start")
    for _ in range(4):
        await driver.read()
    pushes.clear()
    ups.mains(False)
    assert pushes == PUSHES["!"]


@pytest.mark.parametrize(
    ("command", "request_"), [("test.battery.start", b"W"), ("calibrate.start", b"D")]
)
async def test_transfer_that_was_refused(command: str, request_: bytes) -> None:
    """What the unit refuses brings no transfer: the next failure is told at once."""
    ups = unit()
    driver, _, pushes = await opened(ups)
    original = ups.command
    ups.command = lambda request: (  # type: ignore[method-assign]
        ups.send(b"NO\r\n", request) if request == request_ else original(request)
    )
    with pytest.raises(Rejected):
        await driver.run(command)
    pushes.clear()
    ups.mains(False)
    assert pushes == PUSHES["!"]


@pytest.mark.parametrize("says_ok", [False, True])
async def test_feigned_failure_is_shown_as_one(says_ok: bool) -> None:
    """Who feigns a failure wants to see what follows: it is no test then."""
    ups = unit(failure_says_ok=says_ok)
    driver, _, pushes = await opened(ups)
    assert (await driver.run("test.failure.start")).result is Result.CONFIRMED
    assert pushes == PUSHES["!"]
    status = await driver.read_status()
    assert status.flags == {"OB"}
    assert status.mains is False
    ups.clock.advance(11)
    assert (await driver.read_status()).flags == {"OL"}
    await driver.run("test.battery.start")
    assert StatusFlag.TESTING in (await driver.read_status()).flags


async def test_bypass_is_toggled_by_one_byte() -> None:
    ups = unit("matrix")
    driver, line, _ = await opened(ups)
    assert (await driver.run("bypass.start")).result is Result.CONFIRMED
    assert bypassed(ups)
    assert (await driver.read_status()).flags == {"OL", "BYPASS"}
    line.sent.clear()
    assert (await driver.run("bypass.start")).requests == ()
    assert b"^" not in line.sent
    await driver.run("bypass.stop")
    assert not bypassed(ups)
    ups.set("transfer_fails", True)
    with pytest.raises(Rejected, match="cannot transfer"):
        await driver.run("bypass.start")


async def test_bypass_that_changed_under_us() -> None:
    ups = unit("matrix")
    driver, line, _ = await opened(ups)
    line.spoil = lambda data, request: b"INV\r\n" if request == b"^" else data
    with pytest.raises(Rejected, match="by itself"):
        await driver.run("bypass.start")


async def test_orders_that_are_none() -> None:
    driver, line, _ = await opened(unit("smart-ups-vs"))
    line.sent.clear()
    for command, parameters in (
        ("calibrate.start", {}),
        ("bypass.start", {}),
        ("nonsense", {}),
        ("load.off", {"delay": 1}),
        ("shutdown.return", {"restart_delay": 999 * 360 + 1}),
        ("shutdown.return", {"restart_delay": -1}),
    ):
        with pytest.raises(Unsupported):
            await driver.run(command, **parameters)
    assert line.sent == []
