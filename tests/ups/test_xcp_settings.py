"""What XCP units let be set: every setting with its bytes, read back."""

from dataclasses import replace
from datetime import datetime

import pytest

from .xcp_line import opened, pause_on_the_line, told, unit, variables, variant
from custom_components.ups_protocols.ups.driver import Memory
from custom_components.ups_protocols.ups.errors import Busy, Rejected, Unsupported
from custom_components.ups_protocols.ups.model import StatusFlag, Value


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make pauses on the line that is open."""
    pause_on_the_line(monkeypatch)


@pytest.mark.parametrize(
    ("dialect", "name", "value", "request_"),
    [
        ("pw9395", "input.frequency.deviation", 2.5, "95 01 FA 00"),
        ("pw9395", "input.transfer.bypass.low", 200.0, "95 02 C8 00"),
        ("pw9395", "input.transfer.bypass.high", 300.0, "95 03 2C 01"),
        ("pw9395", "input.phase.deviation", 30.0, "95 04 1E 00"),
        ("pw9395", "battery.runtime.low", 120.0, "95 05 02 00"),
        ("pw9395", "input.transfer.delay", 18000.0, "95 07 50 46"),
        ("pw9395", "battery.charge.restart", 0.0, "95 08 00 00"),
        ("pw9395", "ambient.temperature.low", -10.0, "95 09 F6 FF"),
        ("pw9395", "ambient.temperature.high", 45.0, "95 0A 2D 00"),
        ("pw9395", "output.voltage.nominal", 240.0, "95 0B F0 00"),
        ("pw9395", "input.wiring.alarm", "no", "95 0C 00 00"),
        ("pw9395", "input.voltage.detect", "yes", "95 0C 03 00"),
        ("pw9395", "battery.energysave.load", 5.0, "95 0D 05 00"),
        ("pw9395", "battery.energysave.delay", 120.0, "95 0E 02 00"),
        ("pw9395", "battery.packs", 3.0, "95 0F 03 00"),
        ("pw9395", "output.voltage.low", 250.0, "95 10 FA 00"),
        ("pw9395", "output.voltage.high", 300.0, "95 11 2C 01"),
        ("pw9395", "battery.voltage.nominal", 432.0, "95 12 B0 01"),
        ("pw9395", "battery.voltage.maximum", 500.0, "95 13 F4 01"),
        ("pw9130", "outlet.1.delay.shutdown", 90.0, "97 01 01 5A 00"),
        ("pw9130", "outlet.2.delay.shutdown", -1.0, "97 01 02 FF FF"),
        ("pw9130", "outlet.1.delay.start", 32767.0, "97 02 01 FF 7F"),
        ("pw9170", "outlet.3.delay.start", 7.0, "97 02 0D 07 00"),
        ("pw9130", "ups.power.strategy", "high efficiency", "9A 03"),
        ("pw9130", "ups.power.strategy", "high alert", "9A 01"),
    ],
)
async def test_settings(dialect: str, name: str, value: Value, request_: str) -> None:
    """Each setting: right bytes, read back, shown; not written again where it is so."""
    driver, line = await opened(dialect)
    assert name in await variables(driver)
    assert await driver.write(name, value) == value
    assert told(line) == [bytes.fromhex(request_)]
    assert (await variables(driver))[name] == value
    assert await driver.write(name, str(value)) == value
    assert told(line) == [bytes.fromhex(request_)]


async def test_line_interactive_thresholds() -> None:
    """The same parameters are those of boost and trim there (5.2.3.1)."""
    driver, line = await opened(variant("pw5115", writable=(2, 3)))
    assert await driver.write("input.transfer.boost.high", 200) == 200
    assert await driver.write("input.transfer.trim.low", 260) == 260
    assert told(line) == [bytes.fromhex("9502C800"), bytes.fromhex("95030401")]


async def test_adjusted_settings() -> None:
    """The unit takes the nearest that it has, and says so: what is in force is returned."""
    driver, _ = await opened("pw9130")
    # 8 minutes become 5 (4.4.1)
    assert await driver.write("battery.runtime.low", 480) == 300
    assert (await variables(driver))["battery.runtime.low"] == 300


async def test_settings_that_are_refused() -> None:
    """Out of our range nothing is sent; what the unit refuses, or ignores, is an error."""
    ups = unit("pw9130")
    driver, line = await opened(ups)
    for name, value in (
        ("battery.runtime.low", 59),
        ("battery.runtime.low", "soon"),
        ("ups.power.strategy", "green"),
        ("input.wiring.alarm", "maybe"),
        ("outlet.1.delay.start", 40000),
        ("output.voltage", 230),
        ("ups.date", "yesterday"),
    ):
        with pytest.raises(Unsupported):
            await driver.write(name, value)
    assert told(line) == []
    ups.settings["busy"] = True
    with pytest.raises(Busy):
        await driver.write("battery.charge.restart", 50)
    ups.settings["busy"] = False
    accepted = bytes.fromhex("AB 09 05 81 31 95 08 32 00")
    accepted += bytes((-sum(accepted) & 0xFF,))
    ups.faults.unknown(bytes.fromhex("95 08 32 00"))
    line.garble = lambda reply, request: accepted if request[:2] == b"\x95\x08" else reply
    with pytest.raises(Rejected, match="still 15"):
        await driver.write("battery.charge.restart", 50)


async def test_the_kept_delay() -> None:
    """The delay of a shutdown is kept by us and used where none is given."""
    memory: Memory = {}
    driver, line = await opened(unit("pw5115"), memory=memory)
    assert (await variables(driver))["ups.delay.shutdown"] == 120
    assert await driver.write("ups.delay.shutdown", 45) == 45
    assert told(line) == []
    await driver.run("shutdown.return")
    assert told(line) == [bytes.fromhex("8A 2D 00")]
    again, _ = await opened(unit("pw5115"), memory=memory)
    assert (await variables(again))["ups.delay.shutdown"] == 45


async def test_the_clock() -> None:
    """Date and time go out together: what is not set stays."""
    ups = unit("pw9130")
    driver, line = await opened(ups)
    assert await driver.write("ups.date", "2027-12-31") == "2027-12-31"
    assert await driver.write("ups.time", "23:58:30") == "23:58:30"
    assert told(line) == [
        bytes.fromhex("90 A0 27 12 31 10 00 00 00"),
        bytes.fromhex("90 A0 27 12 31 23 58 30 00"),
    ]
    assert ups.wall_clock == datetime(2027, 12, 31, 23, 58, 30)


async def test_economy_is_a_flag_of_those_that_have_it() -> None:
    """Force high efficiency shows in the status and in the strategy."""
    driver, _ = await opened("pw9130")
    await driver.run("experimental.ecomode.start")
    assert StatusFlag.ECO in (await driver.read_status()).flags
    assert await driver.write("ups.power.strategy", "standard") == "standard"
    assert StatusFlag.ECO not in (await driver.read_status()).flags


async def test_high_alert_ends_by_itself() -> None:
    """Only then the strategy is asked for again and again."""
    ups = unit("pw9130")
    driver, line = await opened(ups)
    line.ups.received.clear()
    await driver.read()
    assert b"\x9a\x00" not in line.ups.received
    await driver.write("ups.power.strategy", "high alert")
    assert (await variables(driver))["ups.power.strategy"] == "high alert"
    ups.strategy = 2
    assert (await variables(driver))["ups.power.strategy"] == "standard"


async def test_what_a_unit_accepts_and_does_not_do() -> None:
    """Strategy, outlet delay and clock are read back; what stays as it was is a refusal."""
    ups = unit("pw9130")
    driver, line = await opened(ups)

    def accept(reply: bytes, request: bytes) -> bytes:
        if request[0] in {0x9A, 0x97, 0x90} and request[1:] != b"\0":
            said = bytes((0xAB, 0x09, len(request) + 1, 0x81, 0x31)) + request
            return said + bytes((-sum(said) & 0xFF,))
        return reply

    for request in ("9A 03", "97 01 01 5A 00", "90 A0 30 01 01 10 00 00 00"):
        ups.faults.unknown(bytes.fromhex(request))
    line.garble = accept
    with pytest.raises(Rejected, match="strategy"):
        await driver.write("ups.power.strategy", "high efficiency")
    with pytest.raises(Rejected, match="still -1"):
        await driver.write("outlet.1.delay.shutdown", 90)
    with pytest.raises(Rejected, match="clock"):
        await driver.write("ups.date", "2030-01-01")


async def test_a_clock_that_was_never_set() -> None:
    """Date and time go out together, so without a time there is no date, and no delay by it."""
    ups = unit("pw9390")
    driver, line = await opened(ups)
    blank = bytearray()

    def garble(reply: bytes, request: bytes) -> bytes:
        if request != b"\x34":
            return reply
        blank[:] = reply
        at = 4
        # the date is all zeros: its slot is found by its century
        while (found := bytes(blank).find(b"\x16\x03\x26\xa0", at)) >= 0:
            blank[found : found + 4] = bytes(4)
            at = found + 4
        blank[-1] = 0
        blank[-1] = -sum(blank) & 0xFF
        return bytes(blank)

    # a day of the year here: 16 March is day 75
    ups.model = replace(ups.model, julian=False)
    line.garble = garble
    assert "ups.date" not in await variables(driver)
    for setting, value in (("ups.date", "2030-01-01"), ("ups.time", "10:00:00")):
        with pytest.raises(Unsupported, match="does not tell its time"):
            await driver.write(setting, value)
    with pytest.raises(Unsupported, match="does not tell its time"):
        await driver.run("load.off.delay", delay=300)
    assert told(line) == []
