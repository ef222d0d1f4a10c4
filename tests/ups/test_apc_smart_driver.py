"""The APC Smart driver against simulated units, in memory: opening, readings, alerts."""

import pytest

from .apc_smart_bench import CONFIRM, OB, OL, PUSHES, opened, status_of, unit
from .apc_smart_line import DirectLine
from custom_components.ups_protocols.ups.errors import BadReply, LinkLost, NoReply, UpsError
from custom_components.ups_protocols.ups.model import Flags, Push, Reread, Result, StatusFlag, Tier
from custom_components.ups_protocols.ups.names import parse, parse_command
from custom_components.ups_protocols.ups.protocols.apc_smart.driver import ApcSmart
from custom_components.ups_protocols.ups.protocols.apc_smart.frames import ALERTS
from tests.simulators.apc_smart import DIALECTS
from tests.simulators.apc_smart.ups import Insert

# what may go out while nobody gives an order
HARMLESS = frozenset(
    {bytes((code,)) for code in b"\x01\x0c\x16\x1a\x1bBCEFGIJLMNOPQVXYabcefghijklmnopqrstuvwxHT"}
    | {bytes((code,)) for code in b"'789<>/\\[]{}~"}
    | {bytes((0x9F, code)) for code in (*range(0xD1, 0xDA), *range(0xE3, 0xEC))}
)


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


@pytest.mark.parametrize(
    ("dialect", "first"), [("smart-ups", b"Q"), ("matrix", b"~"), ("spm", b"\x9f\xd2")]
)
async def test_unit_that_fell_out_of_smart_mode(dialect: str, first: bytes) -> None:
    """After a loss of power it wants to be told again, whatever is asked first."""
    ups = unit(dialect)
    driver, line, _ = await opened(ups)
    ups.settings["smart"] = False
    line.sent.clear()
    assert (await driver.read_status()).flags == {"OL"}
    assert line.sent[:3] == [first, b"Y", first]
    assert line.sent.count(b"Y") == 1


async def test_a_register_outlives_silence() -> None:
    """Only a unit that answers something else can have lost a register: bypass stays visible."""
    ups = unit("matrix")
    driver, line, _ = await opened(ups)
    line.spoil = lambda data, request: b""
    for _ in range(4):
        with pytest.raises(NoReply):
            await driver.read_status()
    line.spoil = lambda data, request: data
    ups.power.bypass = True
    assert StatusFlag.BYPASS in (await driver.read_status()).flags


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
    for request in sorted({*queries, b"Q", b"~", b"'", b"8"} & lengths.keys()):
        for position in range(lengths[request] + 1):
            for alert in ALERTS:
                heard.clear()
                ups.inserts.append(Insert(position, alert, request))
                if request in queries:
                    values = await driver._ask(queries[request])
                    assert values.items() <= expected.variables.items()
                else:
                    # have the registers asked as well
                    driver._watch = 1
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
