"""The APC Smart driver against simulated units, in memory: opening, orders, settings, alerts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from .apc_smart_line import DirectLine
from custom_components.ups_protocols.ups.errors import (
    BadReply,
    LinkLost,
    NoReply,
    Rejected,
    Unsupported,
    UpsError,
)
from custom_components.ups_protocols.ups.model import (
    Danger,
    Flags,
    Push,
    Reread,
    Result,
    SettingKind,
    Snapshot,
    StatusFlag,
    Tier,
    Value,
)
from custom_components.ups_protocols.ups.names import parse, parse_command
from custom_components.ups_protocols.ups.protocols.apc_smart.driver import ApcSmart
from custom_components.ups_protocols.ups.protocols.apc_smart.frames import ALERTS
from tests.simulators.apc_smart import DIALECTS, ApcUps, make_ups
from tests.simulators.apc_smart.ups import Insert
from tests.simulators.clock import Clock

# what may go out while nobody gives an order
HARMLESS = frozenset(
    {bytes((code,)) for code in b"\x01\x0c\x16\x1a\x1bBCEFGIJLMNOPQVXYabcefghijklmnopqrstuvwxHT"}
    | {bytes((code,)) for code in b"'789<>/\\[]{}~"}
    | {bytes((0x9F, code)) for code in (*range(0xD1, 0xDA), *range(0xE3, 0xEC))}
)


def unit(dialect: str = "smart-ups", **state: Any) -> ApcUps:
    """Return a unit whose time passes by waiting."""
    return make_ups(dialect, clock=Clock.stopped(), **state)


def calibrates(ups: ApcUps) -> bool:
    """Tell whether a unit calibrates now."""
    return ups.calibrating


def tests(ups: ApcUps) -> bool:
    """Tell whether a unit tests its battery now."""
    return ups.power.testing


def bypassed(ups: ApcUps) -> bool:
    """Tell whether a unit feeds its load past itself now."""
    return ups.power.bypass


async def opened(ups: ApcUps, **options: Value) -> tuple[ApcSmart, DirectLine, list[Push]]:
    """Return the driver of a unit, its line, and where its pushes go."""
    line = DirectLine(ups)
    driver = ApcSmart(line, options, {})
    await driver.open()
    pushes: list[Push] = []
    driver.on_push(pushes.append)
    return driver, line, pushes


def status_of(snapshot: Snapshot) -> str:
    """Return the flags as tokens."""
    return " ".join(flag for flag in StatusFlag if flag in snapshot.status.flags)


# opening


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("smart", [False, True], ids=["dumb", "smart"])
async def test_every_unit(dialect: str, smart: bool) -> None:
    """Each kind of unit is read, left in smart mode or not; nothing but questions is sent."""
    ups = unit(dialect)
    ups.settings["smart"] = smart
    driver, line, _ = await opened(ups)
    snapshot = await driver.read()
    assert status_of(snapshot) == "OL"
    assert snapshot.left_out == {}
    assert [name for name in snapshot.variables if parse(name) is None] == []
    assert [name for name in driver.commands if parse_command(name) is None] == []
    assert [name for name in driver.settings if parse(name) is None] == []
    assert snapshot.status.flags <= driver.flags
    assert line.sent[0] == b"Y"
    assert set(ups.received) <= HARMLESS
    assert ups.writes == 0
    assert snapshot.variables["battery.charge"] == 100
    assert snapshot.variables["device.serial"] == "WS9643050926"


@pytest.mark.parametrize(
    ("dialect", "model", "firmware", "flags"),
    [
        ("smart-ups", "SMART-UPS 700", "50.9.D", {"CAL", "TRIM", "TEST"}),
        ("smart-ups-vs", "SMART-UPS v/s 650", "12.3.D", {"TRIM", "TEST"}),
        ("matrix", "MATRIX-UPS 5000", "0.8.I", {"CAL", "TRIM", "TEST", "BYPASS", "FSD"}),
        ("spm", "SPM2K", "600.1.I", {"CAL", "TRIM", "TEST", "BYPASS", "ECO"}),
        ("smart-ups-600", "Smart-UPS", "6TD", {"CAL", "TEST", "FSD"}),
        ("back-ups-cs", "BACK-UPS CS 350", "5.4.D", {"FSD"}),
        ("unknown", "Smart-UPS", "QQD", {"CAL", "FSD"}),
    ],
)
async def test_identity(dialect: str, model: str, firmware: str, flags: set[str]) -> None:
    driver = ApcSmart(DirectLine(unit(dialect)), {}, {})
    identity = await driver.open()
    assert (identity.manufacturer, identity.model) == ("APC", model)
    assert (identity.serial, identity.firmware) == ("WS9643050926", firmware)
    assert driver.flags == flags | {"OL", "OB", "LB", "RB", "OVER", "BOOST", "OFF"}


async def test_silence() -> None:
    """Nobody there: asked five times for smart mode, with ESC between, and nothing else."""
    ups = unit()
    ups.faults.silence = True
    line = DirectLine(ups)
    line.spoil = lambda data, request: b""
    with pytest.raises(NoReply, match="940-0024C"):
        await ApcSmart(line, {}, {}).open()
    assert line.sent == [b"Y", b"\x1b"] * 4 + [b"Y"]


async def test_something_else_answers() -> None:
    line = DirectLine(unit())
    line.spoil = lambda data, request: b"(NAK\r"
    with pytest.raises(BadReply, match="not as an APC"):
        await ApcSmart(line, {}, {}).open()
    assert set(line.sent) == {b"Y", b"\x1b"}


async def test_unit_in_the_middle_of_something() -> None:
    """What it still had to say, and an alert, come with the answer; or only the fifth counts."""
    ups = unit()
    line = DirectLine(ups)
    late = [b"", b"", b"\xff", b"0327:\r\n!SM\r\n"]
    line.spoil = lambda data, request: late.pop(0) if late else data
    driver = ApcSmart(line, {}, {})
    assert (await driver.open()).model == "SMART-UPS 700"


@pytest.mark.parametrize("request_", [b"V", b"a", b"\x1a", b"Q", b"n", b"u", b"L"])
@pytest.mark.parametrize("garbled", [b"", b"\xff\xff\r\n", b"4", b"08\r\n10\r\n"])
async def test_one_garbled_reply_at_open(request_: bytes, garbled: bytes) -> None:
    """A unit is found as well when any one reply is lost or garbled."""
    expected, _, _ = await opened(unit())
    line = DirectLine(unit())
    done: list[bytes] = []

    def spoil(data: bytes, request: bytes) -> bytes:
        if request == request_ and not done:
            done.append(data)
            return garbled
        return data

    line.spoil = spoil
    driver = ApcSmart(line, {}, {})
    await driver.open()
    assert (await driver.read()).variables == (await expected.read()).variables
    assert driver.commands.keys() == expected.commands.keys()
    assert driver.settings == expected.settings


async def test_readings_in_a_shape_nobody_knows() -> None:
    """They are left out, and the diagnostics have them."""
    ups = unit()
    ups.fix("C", "36")
    ups.fix("l", "1O3")
    driver, _, _ = await opened(ups)
    snapshot = await driver.read()
    assert "ups.temperature" not in snapshot.variables
    assert "input.transfer.low" not in driver.settings
    assert snapshot.left_out == {"C": "36", "l": "1O3"}


@pytest.mark.parametrize("serial", ["000000000000", "            "])
async def test_serial_numbers_that_tell_no_units_apart(serial: str) -> None:
    ups = unit()
    ups.fix("n", serial)
    driver = ApcSmart(DirectLine(ups), {}, {})
    assert (await driver.open()).serial is None
    assert "ups.serial" not in (await driver.read()).variables


async def test_old_matrix_tells_its_registers() -> None:
    """The table lists none for it; the document says that all Matrix units have them."""
    ups = unit("matrix")
    ups.fix("V", "0XI")
    driver, _, _ = await opened(ups)
    assert StatusFlag.BYPASS in driver.flags
    assert "bypass.start" in driver.commands


async def test_wide_status() -> None:
    ups = unit()
    ups.fix("Q", "0008")
    driver, _, _ = await opened(ups)
    assert (await driver.read_status()).flags == {"OL"}
    ups.fix("Q", "08")
    with pytest.raises(BadReply):
        await driver.read_status()


# readings


async def test_extremes_are_kept() -> None:
    """Each read makes the unit forget; ours are those since opening, until they are reset."""
    ups = unit()
    driver, _, _ = await opened(ups)
    ups.glitch(95.0)
    await driver.read()
    ups.glitch(131.0)
    for _ in range(2):
        variables = (await driver.read()).variables
        assert variables["input.voltage.minimum"] == 95
        assert variables["input.voltage.maximum"] == 131
    ups.glitch(90.0)
    assert (await driver.run("reset.input.minmax")).result is Result.CONFIRMED
    variables = (await driver.read()).variables
    assert variables["input.voltage.minimum"] == variables["input.voltage.maximum"] == 118.3


async def test_status_is_few_bytes() -> None:
    """A Smart-UPS is asked its status byte alone, a Matrix its register as well."""
    for dialect, asked in (("smart-ups", [b"Q"]), ("matrix", [b"~", b"Q"])):
        driver, line, _ = await opened(unit(dialect))
        await driver.read()
        line.sent.clear()
        await driver.read_status()
        assert line.sent == asked


async def test_registers_are_watched_while_they_are_not_clean() -> None:
    """An alarm ends on the status tier, but not by one reply that is garbled."""
    ups = unit()
    driver, line, pushes = await opened(ups)
    ups.set("register3", 0x20)
    assert pushes == [Reread(Tier.STATUS)]
    (alarm,) = (await driver.read_status()).alarms
    assert alarm.text == "Battery charger failure"
    line.spoil = lambda data, request: b"00\r\n" if request == b"8" else data
    assert (await driver.read_status()).alarms == ()
    line.spoil = lambda data, request: data
    assert (await driver.read_status()).alarms == (alarm,)
    ups.set("register3", 0)
    for _ in range(3):
        assert (await driver.read_status()).alarms == ()
    line.sent.clear()
    await driver.read_status()
    assert line.sent == [b"Q"]


async def test_output_that_is_off() -> None:
    ups = unit()
    driver, _, _ = await opened(ups)
    ups.power.shut_down(0, off_for=None)
    assert (await driver.read_status()).flags == {"OFF"}
    ups.press()
    assert (await driver.read_status()).flags == {"OL"}


async def test_a_test_is_no_loss_of_mains() -> None:
    ups = unit()
    driver, _, _ = await opened(ups)
    ups.power.start_test(60)
    status = await driver.read_status()
    assert status.flags == {"OB", "TEST"}
    assert status.mains is True
    ups.mains(False)
    status = await driver.read_status()
    assert status.flags == {"OB"} or status.mains is False


@pytest.mark.parametrize(
    ("dialect", "missing"), [("smart-ups", b"C"), ("smart-ups", b"9"), ("spm", b"\x9f\xd4")]
)
async def test_reading_that_is_lost_for_good(dialect: str, missing: bytes) -> None:
    """It fails two reads, then the others are told without it."""
    ups = unit(dialect)
    driver, line, _ = await opened(ups)
    line.spoil = lambda data, request: b"" if request == missing else data
    for _ in range(2):
        with pytest.raises(NoReply):
            await driver.read()
    assert "input.voltage" in (await driver.read()).variables


async def test_reading_that_is_not_there_for_now() -> None:
    ups = unit()
    driver, _, _ = await opened(ups)
    ups.fix("f", "NA")
    assert "battery.charge" not in (await driver.read()).variables
    ups.fix("f", None)
    assert "battery.charge" in (await driver.read()).variables


async def test_unit_that_fell_out_of_smart_mode() -> None:
    """After a loss of power it wants to be told again."""
    ups = unit()
    driver, line, _ = await opened(ups)
    ups.settings["smart"] = False
    line.sent.clear()
    assert (await driver.read_status()).flags == {"OL"}
    assert line.sent == [b"Q", b"Y", b"Q"]


async def test_link_loss_is_told() -> None:
    driver, line, _ = await opened(unit())
    line.lost = True
    with pytest.raises(LinkLost):
        await driver.read_status()
    with pytest.raises(LinkLost):
        await driver.read()


# alerts


@pytest.mark.parametrize("dialect", ["measure-ups", "matrix", "spm"])
async def test_alerts_at_every_place_of_every_reply(dialect: str) -> None:
    """Each alert is heard, whatever it comes in, and changes no value."""
    ups = unit(dialect)
    line = DirectLine(ups)
    driver = ApcSmart(line, {}, {})
    lengths: dict[bytes, int] = {}

    def note(data: bytes, request: bytes) -> bytes:
        lengths[request] = len(data)
        return data

    line.spoil = note
    await driver.open()
    expected = await driver.read()
    line.spoil = lambda data, request: data
    heard: list[str] = []
    driver.talker._heard = lambda alert, is_sure: heard.append(alert)
    queries = {query.request: query for query in driver._readings}
    for request in sorted({*queries, b"Q", b"~"} & lengths.keys()):
        for position in range(lengths[request] + 1):
            for alert in ALERTS:
                heard.clear()
                ups.inserts.append(Insert(position, alert, request))
                if request in queries:
                    values = await driver._ask(queries[request])
                    assert values.items() <= expected.variables.items()
                else:
                    assert await driver.read_status() == expected.status
                # behind the last byte it may come while nobody reads: that is heard as well
                assert heard == [alert], (request, position)
                assert not ups.inserts


@pytest.mark.parametrize("dialect", ["measure-ups", "matrix", "spm"])
async def test_alerts_at_every_place_of_every_reply_at_open(dialect: str) -> None:
    """Constants, texts, settings and lists are read whole, whatever comes in between."""
    expected, line, _ = await opened(unit(dialect))
    lengths: dict[bytes, int] = {}

    def note(data: bytes, request: bytes) -> bytes:
        lengths[request] = len(data)
        return data

    reference = DirectLine(unit(dialect))
    reference.spoil = note
    await ApcSmart(reference, {}, {}).open()
    snapshot = await expected.read()
    for request, length in lengths.items():
        for position in {0, length // 2, length}:
            ups = unit(dialect)
            ups.inserts.append(Insert(position, ALERTS[len(request) + position % 9], request))
            driver, _, _ = await opened(ups)
            assert driver.settings == expected.settings, (request, position)
            assert driver.commands == expected.commands
            assert await driver.read() == snapshot
    assert line.ups.writes == 0


async def test_alerts_in_a_text_of_people() -> None:
    """What is there each time is text, what is there once is an alert."""
    ups = unit()
    ups.eeprom["c"] = "UPS#1!  "
    line = DirectLine(ups)
    driver = ApcSmart(line, {}, {})
    heard: list[tuple[str, bool]] = []
    driver.talker._heard = lambda alert, is_sure: heard.append((alert, is_sure))
    await driver.open()
    assert (await driver.read()).variables["ups.id"] == "UPS#1!"
    assert heard == []
    ups.inserts.append(Insert(3, "$", b"c"))
    driver._are_stale = True
    assert (await driver.read()).variables["ups.id"] == "UPS#1!"
    assert heard == [("$", True)]


OB, OL, LB, RB = (
    StatusFlag.ON_BATTERY,
    StatusFlag.ON_LINE,
    StatusFlag.LOW_BATTERY,
    StatusFlag.REPLACE_BATTERY,
)
CONFIRM = Reread(Tier.STATUS)
PUSHES: Mapping[str, list[Push]] = {
    "!": [
        Flags(frozenset({OB}), frozenset({OL, StatusFlag.TRIMMING, StatusFlag.BOOSTING})),
        CONFIRM,
    ],
    "%": [Flags(frozenset({LB})), CONFIRM],
    "+": [Flags(cleared=frozenset({LB})), CONFIRM],
    "#": [Flags(frozenset({RB})), CONFIRM],
    "?": [CONFIRM],
    "=": [CONFIRM],
    # only after a line fail
    "$": [CONFIRM],
    "&": [Reread(Tier.FULL)],
    "|": [Reread(Tier.FULL)],
    # no commands are processed after it
    "*": [Flags(frozenset({StatusFlag.FORCED_SHUTDOWN}))],
}


@pytest.mark.parametrize("alert", ALERTS)
async def test_pushes(alert: str) -> None:
    """Each alert says what it says at once, and brings a read that confirms it."""
    ups = unit("matrix")
    _, _, pushes = await opened(ups)
    ups.send(alert.encode(), b"")
    assert pushes == PUSHES[alert]


async def test_power_failure_and_return_are_pushed() -> None:
    ups = unit()
    driver, _, pushes = await opened(ups)
    ups.mains(False)
    assert pushes == PUSHES["!"]
    assert (await driver.read_status()).flags == {"OB"}
    pushes.clear()
    ups.mains(True)
    assert pushes == [Flags(frozenset({OL}), frozenset({OB, StatusFlag.TESTING})), CONFIRM]


async def test_alerts_of_a_late_reply_are_only_looked_into() -> None:
    """A reply that comes after its time may be a text with such characters."""
    _, line, pushes = await opened(unit())
    for data in (b"SRV", b"!RO#M\r", b"\n"):
        line.ups.send(data, b"")
    assert pushes == [CONFIRM, CONFIRM]
    line.ups.send(b"!", b"")
    assert pushes[2:] == PUSHES["!"]


async def test_pushes_end() -> None:
    ups = unit()
    driver, _, _ = await opened(ups)
    pushes: list[Push] = []
    stop = driver.on_push(pushes.append)
    stop()
    ups.mains(False)
    assert pushes == []
    await driver.close()
    await driver.close()


# orders


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
    assert tests(ups)
    assert pushes == [CONFIRM]
    assert (await driver.read_status()).flags == {"OB", "TEST"}
    line.sent.clear()
    assert (await driver.run("test.battery.start")).requests == ()
    assert b"W" not in line.sent
    await driver.run("test.battery.stop")
    assert not tests(ups)
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


# settings


async def test_settings_of_a_unit() -> None:
    driver, _, _ = await opened(unit("matrix"))
    options = {
        name: setting.options
        for name, setting in driver.settings.items()
        if setting.kind is SettingKind.CHOICE
    }
    assert options == {
        "ups.test.interval": ("1209600", "604800", "ON", "OFF"),
        "battery.alarm.threshold": ("0", "T", "L", "N"),
        "battery.charge.restart": ("0", "15", "25", "90"),
        "battery.runtime.low": ("120", "300", "420", "600"),
        "battery.runtime.reserve": ("NO", "120", "300", "480"),
        "input.sensitivity": ("high", "medium", "low"),
        "input.transfer.high": ("253", "264", "271", "280"),
        "input.transfer.low": ("196", "188", "208", "204"),
        "output.voltage.nominal": ("230", "240", "220", "225"),
        "output.voltage.target.line": ("auto", "208", "240"),
        "ups.delay.shutdown": ("20", "180", "300", "600"),
        "ups.delay.start": ("0", "60", "180", "300"),
        "ups.display.language": ("E", "F", "G", "S"),
    }
    texts = {n for n, setting in driver.settings.items() if setting.kind is SettingKind.TEXT}
    assert texts == {"ups.id", "battery.date"}


CHOICES = (
    ("smart-ups", "u", "input.transfer.high", "138", "138", 138.0, 2),
    ("smart-ups", "l", "input.transfer.low", "100", "100", 100.0, 1),
    ("smart-ups", "E", "ups.test.interval", "OFF", "OFF", "OFF", 3),
    ("smart-ups", "E", "ups.test.interval", "ON", "ON ", "ON", 2),
    ("smart-ups", "E", "ups.test.interval", 604800.0, "168", 604800.0, 1),
    ("smart-ups", "e", "battery.charge.restart", 90, "90", 90.0, 3),
    ("matrix", "e", "battery.charge.restart", "25", "02", 25.0, 2),
    ("smart-ups", "q", "battery.runtime.low", "600", "10", 600.0, 3),
    ("smart-ups", "p", "ups.delay.shutdown", "180", "180", 180.0, 1),
    ("smart-ups", "k", "battery.alarm.threshold", "N", "N", "N", 3),
    ("smart-ups", "s", "input.sensitivity", "low", "L", "low", 2),
    ("matrix", "w", "battery.runtime.reserve", "480", "08", 480.0, 3),
    ("matrix", "\x16", "output.voltage.target.line", "240", "I", 240.0, 2),
    ("matrix", "\x0c", "ups.display.language", "S", "S", "S", 3),
    ("measure-ups", "[", "ambient.1.temperature.high", "50", "50,NO", 50.0, 2),
    ("measure-ups", "[", "ambient.2.temperature.high", "55", "NO,55", 55.0, 1),
    ("measure-ups", "]", "ambient.2.temperature.low", "5", "NO,05", 5.0, 11),
    ("measure-ups", "{", "ambient.1.humidity.high", "90", "90,NO", 90.0, 1),
    ("measure-ups", "}", "ambient.2.humidity.low", "10", "NO,10", 10.0, 9),
    ("measure-ups", ">", "battery.packs", 4, "004", 4.0, 3),
    ("measure-ups", ">", "battery.packs", 0, "000", 0.0, 1),
)


@pytest.mark.parametrize(("dialect", "key", "name", "value", "stored", "shown", "steps"), CHOICES)
async def test_choices(
    dialect: str, key: str, name: str, value: Value, stored: str, shown: Value, steps: int
) -> None:
    """A choice is stepped to, one EEPROM write a step, and not written again."""
    ups = unit(dialect)
    driver, line, _ = await opened(ups)
    assert await driver.write(name, value) == shown
    assert ups.eeprom[key] == stored
    assert ups.writes == steps
    assert (await driver.read()).variables[name] == shown
    line.sent.clear()
    assert await driver.write(name, value) == shown
    assert ups.writes == steps
    assert not {b"-", b"+"} & set(line.sent)


async def test_choice_that_is_there_twice() -> None:
    """From the first L round to H: the same value again is not the whole circle."""
    ups = unit()
    driver, _, _ = await opened(ups)
    await driver.write("input.sensitivity", "low")
    assert await driver.write("input.sensitivity", "medium") == "medium"


async def test_choice_that_does_not_come() -> None:
    """After one round the search ends, with the value that was there."""
    ups = unit()
    driver, _, _ = await opened(ups)
    ups.choices = lambda name: ("103", "100")  # type: ignore[method-assign]
    with pytest.raises(Rejected, match="all choices"):
        await driver.write("input.transfer.low", "097")
    assert ups.writes <= 32
    assert ups.eeprom["l"] == "103"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("input.transfer.high", "133"),
        ("input.transfer.high", "high"),
        ("ups.id", "NINECHARS"),
        ("ups.id", "ÄÖÜ"),
        ("ups.id", "A\rB"),
        ("ups.id", "SRV!ROOM"),
        ("ups.id", "A+B"),
        ("ups.serial", "X"),
        ("battery.packs", 1),
    ],
)
async def test_settings_that_cannot_be(name: str, value: Value) -> None:
    ups = unit()
    driver, _, _ = await opened(ups)
    with pytest.raises(Unsupported):
        await driver.write(name, value)
    assert ups.writes == 0


@pytest.mark.parametrize("value", [-1, 33, 1.5, "many"])
async def test_packs_that_cannot_be(value: Value) -> None:
    ups = unit("measure-ups")
    driver, _, _ = await opened(ups)
    with pytest.raises(Unsupported):
        await driver.write("battery.packs", value)
    assert ups.writes == 0


@pytest.mark.parametrize(
    ("name", "key", "text"),
    [("ups.id", "c", "HELLO"), ("battery.date", "x", "12/31/26"), ("ups.id", "c", "")],
)
async def test_texts(name: str, key: str, text: str) -> None:
    """Eight characters, padded, in the unit's pace."""
    ups = unit()
    driver, line, _ = await opened(ups)
    line.sent.clear()
    assert await driver.write(name, text) == text
    padded = text.ljust(8, "\r")
    assert ups.eeprom[key] == padded
    sent = line.sent[line.sent.index(b"-") :]
    assert sent[:9] == [b"-", *(char.encode() for char in padded)]
    assert not ups.rushed
    assert ups.writes == 1
    await driver.write(name, text)
    assert ups.writes == 1
    assert (await driver.read()).variables.get(name, "") == text


@pytest.mark.parametrize("word", [b"NA\r\n", b"NO\r\n", b"|NO\r\n"])
async def test_refused_text(word: bytes) -> None:
    """The eight characters would be obeyed as commands: W and D among them."""
    ups = unit()
    driver, line, _ = await opened(ups)
    original = ups.command

    def refuse(request: bytes) -> None:
        if request == b"-":
            ups.send(word, request)
            return
        original(request)

    ups.command = refuse  # type: ignore[method-assign]
    line.sent.clear()
    with pytest.raises(Rejected):
        await driver.write("ups.id", "WD")
    assert not {b"W", b"D"} & set(line.sent)
    with pytest.raises(Rejected):
        await driver.write("input.transfer.high", "138")
    assert ups.writes == 0


async def test_text_that_is_not_stored() -> None:
    ups = unit()
    driver, _, _ = await opened(ups)
    ups.fix("c", "UPS_IDEN")
    with pytest.raises(Rejected, match="UPS_IDEN"):
        await driver.write("ups.id", "HELLO")


SWITCHES = {
    0xE4: "input.bypass.alarm",
    0xE5: "ups.start.auto",
    0xE6: "input.bypass.idle",
    0xE8: "input.eco.enabled",
    0xE9: "battery.energysave",
    0xEA: "ups.start.battery",
}


@pytest.mark.parametrize(("code", "name"), SWITCHES.items())
async def test_switches(code: int, name: str) -> None:
    """Selected, switched, saved; only where it differs."""
    ups = unit("spm")
    driver, line, _ = await opened(ups)
    assert driver.settings[name].kind is SettingKind.SWITCH
    assert driver.settings[name].options == ("no", "yes")
    line.sent.clear()
    assert await driver.write(name, "no") == "no"
    key = bytes((0x9F, code))
    switching = [b"\x9f\xfe", key, b"\x9f\xcb", b"\x9f\xff"]
    assert line.sent == [key, key, *switching, key, key]
    assert ups.eeprom[key.decode("latin-1")] == "OFF"
    await driver.write(name, "no")
    assert ups.writes == 1
    await driver.write(name, "yes")
    assert ups.eeprom[key.decode("latin-1")] == "ON"
    with pytest.raises(Unsupported):
        await driver.write(name, "on")


async def test_beeper_and_bypass_of_spm() -> None:
    ups = unit("spm")
    driver, _, _ = await opened(ups)
    assert await driver.write("ups.beeper.status", "disabled") == "disabled"
    assert ups.eeprom["\x9f\xe3"] == "OFF"
    # ON is "bypass not allowed"
    assert await driver.write("input.bypass.switchable", "yes") == "yes"
    assert ups.eeprom["\x9f\xeb"] == "OFF"


async def test_settings_are_read_again_when_the_unit_says_so() -> None:
    """Where it says so, and else from time to time."""
    for dialect, reads in (("smart-ups", 1), ("smart-ups-vs", 10)):
        ups = unit(dialect)
        driver, _, _ = await opened(ups)
        await driver.read()
        ups.eeprom["u"] = "135"
        ups.alert("|")
        for _ in range(reads):
            variables = (await driver.read()).variables
        assert variables["input.transfer.high"] == 135


async def test_reset_changes_settings() -> None:
    ups = unit()
    driver, _, _ = await opened(ups)
    await driver.write("input.transfer.high", "138")
    await driver.read()
    await driver.run("reset.factory")
    assert (await driver.read()).variables["input.transfer.high"] == 132


# leaving


@pytest.mark.parametrize(
    ("dialect", "leave", "is_left"),
    [
        ("smart-ups", "yes", True),
        ("smart-ups", "no", False),
        ("smart-ups", None, False),
        ("back-ups-cs", "yes", True),
        ("matrix", "yes", False),
        ("smart-ups-600", "yes", False),
    ],
)
async def test_leaving(dialect: str, leave: str | None, is_left: bool) -> None:
    """Smart mode is left only where the unit can and the user wants it."""
    ups = unit(dialect)
    driver, line, _ = await opened(ups, **({"leave_smart_mode": leave} if leave else {}))
    await driver.close()
    assert (b"R" in line.sent) is is_left
    assert ups.settings["smart"] is not is_left


async def test_leaving_a_lost_line() -> None:
    driver, line, _ = await opened(unit(), leave_smart_mode="yes")
    line.lost = True
    with pytest.raises(UpsError):
        await driver.close()
