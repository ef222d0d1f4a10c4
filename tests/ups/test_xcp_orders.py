"""What XCP units can be told: every order with its bytes, refusals, silence."""

import itertools

import pytest

from .xcp_line import opened, pause_on_the_line, told, unit, variables, variant
from custom_components.ups_protocols.ups.errors import (
    BadReply,
    Busy,
    NoReply,
    Rejected,
    Unsupported,
)
from custom_components.ups_protocols.ups.model import Danger, Result, StatusFlag
from custom_components.ups_protocols.ups.protocols.xcp import talk
from custom_components.ups_protocols.ups.protocols.xcp.frames import AUTHORISATION, frame

AUTH = bytes.fromhex("cf69e8d5")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make pauses on the line that is open."""
    pause_on_the_line(monkeypatch)


_LONG_TEST = {"delay": 10.0, "duration": 255.0}


@pytest.mark.parametrize(
    ("dialect", "command", "parameters", "requests", "really"),
    [
        ("pw5115", "load.off", {}, ["8B"], {}),
        ("pw5115", "load.on", {}, ["89"], {}),
        ("pw5115", "shutdown.return", {}, ["8A 78 00"], {"delay": 120}),
        ("pw5115", "shutdown.return", {"delay": 300}, ["8A 2C 01"], {"delay": 300}),
        ("pw5115", "shutdown.return", {"delay": 65534}, ["8A FE FF"], {"delay": 65534}),
        ("pw5115", "shutdown.stayoff", {}, ["8B"], {"delay": 0}),
        ("pw5115", "shutdown.stayoff", {"delay": 61}, ["93 02 00"], {"delay": 120}),
        # it may be carried out 59 s early, and still not before the time
        ("pw5115", "load.off.delay", {"delay": 60}, ["93 02 00"], {"delay": 120}),
        ("pw5115", "load.off.delay", {"delay": 1}, ["93 01 00"], {"delay": 60}),
        ("pw5115", "load.off.delay", {"delay": 62}, ["93 03 00"], {"delay": 180}),
        ("pw5115", "load.on.delay", {"delay": 60}, ["91 01 00"], {"delay": 60}),
        ("pw5115", "load.on.delay", {"delay": 61}, ["91 02 00"], {"delay": 120}),
        ("pw5115", "shutdown.stop", {}, ["93 00 00", "91 00 00"], {}),
        ("pw5115", "test.battery.start", {}, ["B1 0A 1E"], {"delay": 10, "duration": 30}),
        (
            "pw5115",
            "test.battery.start",
            {"duration": 255},
            ["B1 0A FF"],
            {"delay": 10} | {"duration": 255},
        ),
        ("pw5115", "beeper.disable", {}, ["95 06 00 00"], {}),
        ("pw5115", "beeper.enable", {}, ["95 06 01 00"], {}),
        ("pw5115", "beeper.mute", {}, ["95 06 02 00"], {}),
        ("pw9130", "bypass.start", {}, ["88"], {"delay": 0}),
        ("pw9130", "bypass.start", {"delay": 300}, ["88 2C 01"], {"delay": 300}),
        ("pw9130", "bypass.stop", {}, ["89"], {}),
        ("pw9130", "test.system.start", {}, ["B2 01"], {}),
        ("pw9130", "test.battery.schedule", {}, ["B2 02"], {}),
        ("pw9130", "test.input.start", {}, ["B2 03"], {}),
        ("pw9130", "test.panel.start", {"count": 3}, ["B2 04 03"], {"count": 3}),
        ("pw9130", "experimental.ecomode.start", {}, ["9A 04"], {}),
        ("pw9130", "experimental.ecomode.stop", {}, ["9A 02"], {}),
        ("pw9130", "outlet.2.load.off", {}, ["8B 02"], {}),
        ("pw9130", "outlet.2.load.on", {}, ["89 02"], {}),
        ("pw9130", "outlet.2.shutdown.return", {"delay": 120}, ["8A 78 00 02"], {"delay": 120}),
        ("pw9130", "outlet.1.load.off.delay", {"delay": 90}, ["97 03 01 5A 00"], {"delay": 90}),
        ("pw9130", "outlet.1.load.on.delay", {"delay": 300}, ["97 04 01 2C 01"], {"delay": 300}),
        (
            "pw9130",
            "shutdown.stop",
            {},
            [
                *("93 00 00", "97 03 FF 00 00", "94 00 00 00 00 00 00"),
                *("91 00 00", "97 04 FF 00 00", "92 00 00 00 00 00 00"),
            ],
            {},
        ),
        # revision AE: outlets by parameters alone, numbered from 11, and no delay calls off
        ("pw9170", "outlet.2.load.off", {}, ["97 03 0C 01 00"], {}),
        ("pw9170", "outlet.2.load.on", {}, ["97 04 0C 01 00"], {}),
        ("pw9170", "outlet.3.load.off.delay", {"delay": 60}, ["97 03 0D 3C 00"], {"delay": 60}),
        ("pw9170", "load.off.delay", {"delay": 60}, ["97 03 FF 3C 00"], {"delay": 60}),
        # by its own clock, which stands at 10:00:00
        ("pw9390", "load.off.delay", {"delay": 300}, ["94 A0 26 03 16 10 05"], {"delay": 300}),
        ("pw9390", "load.off.delay", {"delay": 301}, ["94 A0 26 03 16 10 06"], {"delay": 360}),
        ("pw9390", "load.on.delay", {"delay": 86400}, ["92 A0 26 03 17 10 00"], {"delay": 86400}),
        ("pw9390", "shutdown.stayoff", {"delay": 5}, ["94 A0 26 03 16 10 01"], {"delay": 60}),
    ],
)
async def test_orders(
    dialect: str,
    command: str,
    parameters: dict[str, float],
    requests: list[str],
    really: dict[str, float],
) -> None:
    """Each order: right bytes, each behind its authorisation, what was really sent is told."""
    driver, line = await opened(dialect)
    line.ups.received.clear()
    outcome = await driver.run(command, **parameters)
    wanted = [bytes.fromhex(each) for each in requests]
    assert told(line) == wanted
    heard = [each for each in line.ups.received if each[0] >= 0x80]
    assert heard == [said for each in wanted for said in (AUTH, each)]
    assert outcome.requests == tuple(wanted)
    assert outcome.parameters == really
    assert outcome.result is Result.CONFIRMED
    assert line.ups.ignored == []


async def test_authorisation_and_command_belong_together() -> None:
    """Between both lies the pause, after them another, and nothing comes between."""
    driver, line = await opened("pw9130", {"auth_pause": 0.75})
    line.said.clear()
    line.pauses.clear()
    await driver.run("beeper.mute")
    assert line.said == [AUTHORISATION, frame(0x95, 6, 2, 0)]
    assert line.pauses == [0.75, 0.25]


async def test_orders_do_what_they_say() -> None:
    """The unit's state follows."""
    ups = unit("pw9130")
    driver, _ = await opened(ups)
    await driver.run("outlet.1.load.off")
    read = await variables(driver)
    assert (read["outlet.1.status"], read["outlet.2.status"]) == ("off", "on")
    await driver.run("outlet.1.load.on")
    await driver.run("outlet.2.shutdown.return", delay=60)
    read = await variables(driver)
    assert read["outlet.2.timer.shutdown"] == 60
    assert "outlet.1.timer.shutdown" not in read
    ups.clock.advance(65)
    read = await variables(driver)
    assert read["outlet.2.status"] == "off"
    assert 0 < float(read["outlet.2.timer.start"]) <= 15
    await driver.run("bypass.start")
    assert StatusFlag.BYPASS in (await driver.read_status()).flags
    await driver.run("bypass.stop")
    assert StatusFlag.BYPASS not in (await driver.read_status()).flags
    await driver.run("load.off")
    assert (await driver.read_status()).flags == {StatusFlag.OFF}
    await driver.run("load.on")
    assert StatusFlag.ON_LINE in (await driver.read_status()).flags
    await driver.run("test.panel.start", count=7)
    assert ups.panel_flashes == 7
    await driver.run("test.system.start")
    snapshot = await driver.read()
    assert snapshot.variables["ups.test.system.result"] == "In progress"
    assert StatusFlag.TESTING in snapshot.status.flags


async def test_countdowns() -> None:
    """Seconds, and dates of the unit's own clock."""
    ups = unit("pw9390")
    driver, _ = await opened(ups)
    assert "ups.timer.shutdown" not in await variables(driver)
    await driver.run("load.off.delay", delay=600)
    await driver.run("load.on.delay", delay=1200)
    ups.clock.advance(100)
    read = await variables(driver)
    assert (read["ups.timer.shutdown"], read["ups.timer.start"]) == (500, 1100)
    await driver.run("shutdown.stop")
    assert "ups.timer.shutdown" not in await variables(driver)
    await driver.run("shutdown.return", delay=240)
    assert (await variables(driver))["ups.timer.shutdown"] == 240
    # it cannot be called off
    await driver.run("shutdown.stop")
    assert (await variables(driver))["ups.timer.shutdown"] == 240


@pytest.mark.parametrize(
    ("command", "parameters"),
    [
        ("load.melt", {}),
        ("load.off", {"delay": 5}),
        ("shutdown.return", {"delay": 65535}),
        ("shutdown.return", {"delay": -1}),
        ("shutdown.return", {"delay": float("nan")}),
        ("load.off.delay", {"delay": 0}),
        ("load.off.delay", {"delay": 60 * 65531}),
        ("test.battery.start", {"duration": 256}),
        ("test.battery.start", {"delay": 0}),
        ("outlet.3.load.off", {}),
    ],
)
async def test_impossible_orders_are_not_sent(command: str, parameters: dict[str, float]) -> None:
    """What the protocol cannot say, or the unit has not, is refused before a byte goes out."""
    driver, line = await opened("pw9130")
    line.said.clear()
    with pytest.raises(Unsupported):
        await driver.run(command, **parameters)
    assert line.said == []


async def test_refusals() -> None:
    """Busy, not implemented, out of range: none is asked twice."""
    ups = unit("pw9130")
    driver, line = await opened(ups)
    ups.set("busy", True)
    with pytest.raises(Busy):
        await driver.run("test.battery.start")
    ups.set("busy", False)
    ups.set("mains", False)
    with pytest.raises(Busy):
        await driver.run("test.battery.start")
    with pytest.raises(Busy):
        await driver.run("bypass.start")
    ups.faults.unknown(bytes.fromhex("8B"))
    with pytest.raises(Rejected, match="not implemented"):
        await driver.run("load.off")
    assert told(line) == [
        *itertools.repeat(bytes.fromhex("B10A1E"), 2),
        b"\x88",
        b"\x8b",
    ]


async def test_several_cancellations_need_only_the_first() -> None:
    """A unit that has no delayed start has none to call off."""
    ups = unit("pw5115")
    driver, _ = await opened(ups)
    ups.faults.unknown(bytes.fromhex("91 00 00"))
    outcome = await driver.run("shutdown.stop")
    assert outcome.requests == (bytes.fromhex("93 00 00"),)
    ups.faults.unknown(bytes.fromhex("93 00 00"))
    with pytest.raises(Rejected):
        await driver.run("shutdown.stop")


async def test_silence_after_an_order_is_told_not_repeated() -> None:
    """A unit that acknowledges, and does not, may have obeyed: the order is said once."""
    ups = unit("pw9130")
    driver, line = await opened(ups)
    ups.faults.muted.add(b"\x8b")
    line.garble = lambda reply, request: b"" if request == b"\x8b" else reply
    with pytest.raises(NoReply, match="see whether"):
        await driver.run("load.off")
    assert told(line) == [b"\x8b"]
    line.garble = lambda reply, request: reply[:-1] + b"\0"
    with pytest.raises(BadReply):
        await driver.run("load.on")
    assert told(line) == [b"\x8b", b"\x89"]


async def test_old_units_acknowledge_nothing() -> None:
    """Before revision X silence is all there is: SENT."""
    driver, line = await opened("prestige")
    outcome = await driver.run("shutdown.return", delay=60)
    assert outcome.result is Result.SENT
    assert told(line) == [bytes.fromhex("8A 3C 00")]
    assert line.ups.restart_at == 60


async def test_what_the_line_does_not_take_was_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that fails is no silence of the unit, even of one that never acknowledges."""
    driver, line = await opened("prestige")
    write = line.write

    async def refuse(data: bytes, *, gap: float = 0) -> None:
        if data != frame(*AUTH):
            raise NoReply("the line does not take this")
        await write(data, gap=gap)

    monkeypatch.setattr(line, "write", refuse)
    line.pauses.clear()
    with pytest.raises(NoReply, match="the line does not take this"):
        await driver.run("load.off")
    assert told(line) == []
    # the pause behind a command is made all the same: nobody knows what the unit heard
    assert line.pauses[-1] == talk.LEAST_PAUSE
    assert line.held == 0


async def test_old_units_that_know_one_byte_of_delay() -> None:
    """A unit that does not recognise the long form is told in the short one, once."""
    ups = unit("profile")
    driver, line = await opened(ups)
    ack = frame(0x34, 0x8A, 0x3C, 0)
    refusal = b"\xab\x09\x04\x81" + ack[2:-1]
    refusal += bytes((-sum(refusal) & 0xFF,))
    line.garble = lambda reply, request: (
        refusal if request[:1] == b"\x8a" and (len(request) == 3) else reply
    )
    outcome = await driver.run("shutdown.return", delay=60)
    assert told(line) == [bytes.fromhex("8A 3C 00"), bytes.fromhex("8A 3C")]
    assert outcome.requests == (bytes.fromhex("8A 3C"),)
    assert "test.battery.start" in driver.commands
    assert "beeper.mute" in driver.commands


@pytest.mark.parametrize(("status", "error"), [(3, Rejected), (1, None), (4, Rejected)])
async def test_early_units_answer_a_test_with_the_battery_block(
    status: int, error: type[Exception] | None
) -> None:
    """Instead of BUSY comes the block that says "aborted" (6.2.1)."""
    driver, line = await opened("pw5115")
    data = bytes((0xAB, 0x0B, 0x12, 0x81, status)) + bytes(17)
    block = data + bytes((-sum(data) & 0xFF,))
    line.garble = lambda reply, request: block if request[:1] == b"\xb1" else reply
    if error is None:
        assert (await driver.run("test.battery.start")).result is Result.CONFIRMED
    else:
        with pytest.raises(error):
            await driver.run("test.battery.start")


async def test_danger_is_told() -> None:
    """What cuts power, unprotects or drains says so."""
    driver, _ = await opened("pw9130")
    by_danger = {
        danger: {name for name, each in driver.commands.items() if each.danger is danger}
        for danger in Danger
    }
    assert by_danger[Danger.CUTS_POWER] == {
        *("load.off", "load.off.delay", "shutdown.return", "shutdown.stayoff"),
        *(
            f"outlet.{number}.{rest}"
            for number in (1, 2)
            for rest in ("load.off", "load.off.delay", "shutdown.return")
        ),
    }
    assert by_danger[Danger.UNPROTECTS] == {"bypass.start", "experimental.ecomode.start"}
    assert by_danger[Danger.USES_BATTERY] == {
        *("test.battery.start", "test.battery.schedule", "test.system.start", "test.input.start"),
    }


async def test_what_a_unit_has_not_is_not_offered() -> None:
    """No bypass, no tests, no beeper, no delays where there are none."""
    driver, _ = await opened("pw5115")
    assert not {"bypass.start", "test.system.start", "test.panel.start"} & driver.commands.keys()
    driver, _ = await opened("prestige")
    assert "beeper.mute" not in driver.commands
    assert "test.battery.start" not in driver.commands
    driver, _ = await opened(variant("pw9130", commands=(0x31, 0x33, 0x34, 0x35, 0x36, 0x40)))
    assert driver.commands == {}
    assert driver.settings == {}
