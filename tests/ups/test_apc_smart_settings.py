"""The APC Smart driver against simulated units, in memory: what can be set."""

import pytest

from .apc_smart_bench import opened, unit
from custom_components.ups_protocols.ups.errors import Rejected, Unsupported
from custom_components.ups_protocols.ups.model import SettingKind, Value


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
