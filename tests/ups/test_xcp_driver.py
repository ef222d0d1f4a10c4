"""The XCP driver: finding a unit, reading every unit and state, blocks that fail."""

from dataclasses import replace

import pytest

from .xcp_line import XcpLine, XcpPipe, opened, pause_on_the_line, unit, variables, variant
from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.driver import Memory
from custom_components.ups_protocols.ups.errors import BadReply, LinkLost, NoReply, Unsupported
from custom_components.ups_protocols.ups.model import PartKind, StatusFlag
from custom_components.ups_protocols.ups.names import parse, parse_command
from custom_components.ups_protocols.ups.protocols.xcp import talk
from custom_components.ups_protocols.ups.protocols.xcp.driver import Xcp
from custom_components.ups_protocols.ups.protocols.xcp.frames import (
    AUTHORISATION,
    BACK_OUT,
    Code,
    frame,
)
from tests.simulators.xcp import DIALECTS

AUTH = bytes.fromhex("cf69e8d5")
# what a unit may hear while nobody gives it an order: requests, and commands that only ask
HARMLESS = {
    *(bytes((code,)) for code in range(0x31, 0x46)),
    *(bytes((0x33, outlet)) for outlet in range(1, 5)),
    AUTH,
    b"\xa0",
    bytes.fromhex("95ff0000"),
    bytes.fromhex("b2ff"),
    bytes.fromhex("9aff"),
    bytes.fromhex("9a00"),
}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make pauses on the line that is open."""
    pause_on_the_line(monkeypatch)


# finding


@pytest.mark.parametrize("speed", talk.BAUDRATES)
async def test_the_speed_is_hunted(speed: int) -> None:
    """Each speed is found, with A0 alone, and remembered."""
    line = XcpLine(unit("pw5115"), speed=speed)
    memory: Memory = {}
    driver = Xcp(line, {}, memory)
    identity = await driver.open()
    assert identity.serial == "GB123A0456"
    assert memory["baudrate"] == line.baudrate == speed
    hunted = [said for said in line.said[: 3 * len(line.tried)] if said != BACK_OUT]
    assert set(hunted) == {AUTHORISATION, frame(0xA0)}
    again = XcpLine(unit("pw5115"), speed=speed)
    await Xcp(again, {}, memory).open()
    assert again.tried == [speed]


async def test_no_digit_is_sent_while_hunting() -> None:
    """At 1200 baud 31 to 36 are orders to a B-Box of MicroDowell (card 00-hazards)."""
    line = XcpLine(unit("pw5115"), speed=300)
    with pytest.raises(NoReply, match="speed is named"):
        await Xcp(line, {}, {}).open()
    assert line.tried == [9600, 19200, 2400, 4800, 1200]
    assert not {byte for said in line.said for byte in said} & set(range(0x30, 0x37))


async def test_a_named_speed_is_not_hunted() -> None:
    """The user's word counts; there an old unit is asked without A0 as well."""
    line = XcpLine(unit("system-80"), speed=2400)
    with pytest.raises(NoReply):
        await Xcp(line, {}, {}).open()
    driver = Xcp(line, {"baudrate": "2400"}, {})
    await driver.open()
    assert driver.commands
    with pytest.raises(NoReply, match="check cable"):
        await Xcp(line, {"baudrate": "1200"}, {}).open()


@pytest.mark.parametrize("kind", ["pipe", "fixed"])
async def test_a_line_without_a_speed(kind: str) -> None:
    """USB has none, a serial server keeps its own: nothing is hunted, A0 and then 31."""
    line = (
        XcpPipe(unit("system-80")) if kind == "pipe" else XcpLine(unit("system-80"), is_fixed=True)
    )
    memory: Memory = {}
    driver = Xcp(line, {}, memory)
    await driver.open()
    assert "baudrate" not in memory
    assert (BACK_OUT in line.said) is (kind == "fixed")
    # over USB a PW9120 needs two seconds
    assert line.pauses[:2] == ([2.0, 2.0] if kind == "pipe" else [0.1, 0.5])


async def test_something_else_answers() -> None:
    """Bytes that are no XCP have an error of their own."""
    ups = unit("pw5115")
    ups.faults.unknown(b"\xa0")
    line = XcpLine(ups, speed=1)
    line.before = b"(228.0 228.0 228.0 034 50.0 13.6 35.0 00001000\r"
    with pytest.raises(BadReply, match="not in XCP"):
        await Xcp(line, {}, {}).open()


async def test_menu_text_and_stale_bytes_before_the_answer() -> None:
    """ESC may bring a menu; it is passed over."""
    ups = unit("pw9130")
    line = XcpLine(ups)
    line.before = b"\r\nMAIN MENU\xab\x03\r\n"
    driver = Xcp(line, {}, {})
    await driver.open()
    assert StatusFlag.ON_LINE in (await driver.read_status()).flags


async def test_options() -> None:
    """The catalog knows them."""
    row = protocol("xcp")
    assert row.check_options({"baudrate": "auto", "auth_pause": "2"}) == {
        "baudrate": "auto",
        "auth_pause": 2.0,
    }
    with pytest.raises(Unsupported):
        row.check_options({"baudrate": "300"})
    with pytest.raises(Unsupported):
        row.check_options({"auth_pause": 0.1})
    _, line = await opened("pw9130", {"auth_pause": 1.5})
    assert 1.5 in line.pauses


async def test_nothing_works_before_open() -> None:
    """A driver that was never opened says so."""
    driver = Xcp(XcpLine(unit("pw5115")), {}, {})
    with pytest.raises(LinkLost):
        await driver.read()


# every unit


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_every_unit(dialect: str) -> None:
    """Each is read whole under standard names, and hears nothing that could change it."""
    ups = unit(dialect)
    line = XcpLine(ups)
    driver = Xcp(line, {"baudrate": "9600"}, {})
    identity = await driver.open()
    snapshot = await driver.read()
    assert identity.model == " ".join(ups.model.message.split())
    assert snapshot.left_out == {}
    assert [name for name in snapshot.variables if parse(name) is None] == []
    assert [name for name in driver.commands if parse_command(name) is None] == []
    assert snapshot.status.flags <= driver.flags
    assert StatusFlag.ON_LINE in snapshot.status.flags
    assert snapshot.variables["ups.power.nominal"] == ups.model.va
    assert {name for name in driver.settings if parse(name) is None} == set()
    assert set(ups.received) <= HARMLESS
    assert ups.ignored == []


async def test_status_costs_the_fewest_bytes() -> None:
    """A normal state has no alarms: once none was active, the status alone tells it."""
    ups = unit("pw9130")
    driver, line = await opened(ups)
    both, alone = [b"\x33", b"\x35"], [b"\x33"]
    for state, asked in (
        ({}, both),
        ({}, alone),
        ({"replace_battery": True}, both),
        ({}, both),
        ({"replace_battery": False}, both),
        ({}, alone),
        ({"mains": False}, both),
        ({}, both),
        ({"mains": True}, both),
        ({}, alone),
    ):
        for name, value in state.items():
            ups.set(name, value)
        line.ups.received.clear()
        await driver.read_status()
        assert line.ups.received == asked, state
    # a full read asks all the same
    line.ups.received.clear()
    await driver.read()
    assert b"\x35" in line.ups.received


async def test_an_alarm_that_stays_is_asked_for() -> None:
    """A notice may be active in a state that is called normal."""
    driver, line = await opened(unit("pw9390", charge=70.0))
    for _ in range(2):
        line.ups.received.clear()
        status = await driver.read_status()
        assert StatusFlag.CHARGING in status.flags
        assert line.ups.received == [b"\x33", b"\x35"]


@pytest.mark.parametrize("packet", [1, 7, 121])
async def test_split_blocks(packet: int) -> None:
    """The same values, in however many packets."""
    driver, _ = await opened(variant("profile", packet=packet))
    read = await variables(driver)
    whole, _ = await opened("profile")
    assert read == await variables(whole)


async def test_unmasked_bits_are_nobody_s_state() -> None:
    """A Prestige has noise in its status: no low battery of it (card 2.5)."""
    driver, line = await opened("prestige")
    assert line.ups.topology_bits & 0x20
    status = await driver.read_status()
    assert status.flags == {StatusFlag.ON_LINE}


async def test_three_phases() -> None:
    """Values by phase; the rating of a phase becomes that of the unit."""
    driver, _ = await opened("pw9355")
    read = await variables(driver)
    assert read["ups.realpower.nominal"] == 27_000
    assert read["output.L2.realpower"] == 3000
    assert read["input.L3-N.voltage"] == 232
    assert read["ups.temperature.supply"] == 34
    assert "output.voltage" not in read


async def test_parts() -> None:
    """Outlets, and strings that measure something."""
    driver, _ = await opened("pw9130")
    assert [(part.kind, part.index) for part in driver.parts] == [
        (PartKind.OUTLET, 1),
        (PartKind.OUTLET, 2),
    ]
    driver, _ = await opened("pw9390")
    assert [part.index for part in driver.parts if part.kind is PartKind.PACK] == [1, 2, 4, 5]
    driver, _ = await opened("pw5115")
    # its one outlet is a dummy
    assert driver.parts == ()
    assert not any(name.startswith("outlet") for name in await variables(driver))


async def test_maps_are_read_anew() -> None:
    """A firmware that changes its maps is read by the new ones after the next opening."""
    driver, line = await opened("pw5115")
    assert "ambient.temperature" in await variables(driver)
    model = line.ups.model
    line.ups.model = replace(
        model, meters={number: form for number, form in model.meters.items() if number != 63}
    )
    await driver.open()
    read = await variables(driver)
    assert "ambient.temperature" not in read
    assert read["output.voltage"] == 230


async def test_oem_units_have_no_maker() -> None:
    """The protocol names no maker; only the OEM byte says that it is nobody else's."""
    driver, _ = await opened("prestige")
    assert "device.mfr" not in await variables(driver)
    driver, _ = await opened("pw9130")
    assert (await variables(driver))["device.mfr"] == "Powerware"


# states


@pytest.mark.parametrize(
    ("dialect", "state", "flags", "mains"),
    [
        ("pw5115", {"mains": False}, "OB DISCHRG", False),
        ("pw5115", {"mains": False, "charge": 10.0}, "OB LB DISCHRG", False),
        ("pw9130", {"mains": False, "charge": 3.0}, "OB LB DISCHRG", False),
        ("pw5115", {"mains_voltage": 190.0}, "OL BOOST", True),
        ("pw5115", {"mains_voltage": 265.0}, "OL TRIM", True),
        ("pw9130", {"bypass": True}, "OL BYPASS", True),
        ("pw9390", {"maintenance": True}, "OL BYPASS", True),
        ("pw9390", {"bypass": True, "mains": False}, "OB BYPASS DISCHRG", False),
        ("pw9130", {"overload": True, "load": 130.0}, "OL OVER", True),
        ("pw9130", {"replace_battery": True}, "OL RB", True),
        ("pw9130", {"battery_absent": True}, "OL RB", True),
        ("pw9130", {"eco": True}, "OL ECO", True),
        ("pw9390", {"charge": 70.0}, "OL CHRG", True),
        ("prestige", {"mains": False}, "OB", False),
        ("system-80", {"mains": False}, "OB", False),
        ("pw9130", {"epo": True}, "OFF", None),
        ("prestige", {"bypass": True}, "OL BYPASS", True),
    ],
)
async def test_states(
    dialect: str, state: dict[str, float], flags: str, mains: bool | None
) -> None:
    """What the unit does is in the flags, and what it says of the mains."""
    ups = unit(dialect, **state)
    driver, _ = await opened(ups, {"baudrate": "9600"})
    snapshot = await driver.read()
    assert snapshot.status.flags == {StatusFlag(flag) for flag in flags.split()}
    assert snapshot.status.mains is mains
    assert await driver.read_status() == snapshot.status
    assert snapshot.status.flags <= driver.flags


@pytest.mark.parametrize("as_battery", [False, True])
async def test_a_test_is_no_outage(as_battery: bool) -> None:
    """A test may show as "on battery" while alarm 168 is clear (card 2.5)."""
    ups = unit("pw5115", test_as_battery=as_battery)
    driver, line = await opened(ups)
    assert ups.power.start_test(60)
    line.ups.received.clear()
    status = await driver.read_status()
    # the battery block is asked only where the status leaves doubt
    assert (b"\x3b" in line.ups.received) is as_battery
    snapshot = await driver.read()
    status = await driver.read_status()
    assert StatusFlag.TESTING in status.flags
    assert status.mains is True
    assert snapshot.variables["ups.test.result"] == "In progress"
    ups.clock.advance(70)
    snapshot = await driver.read()
    assert StatusFlag.TESTING not in snapshot.status.flags
    assert snapshot.variables["ups.test.result"] == "Done and passed"


async def test_alarms_have_texts_and_severities() -> None:
    """Texts of the map; statuses are not among them."""
    driver, _ = await opened(unit("pw9390", fan_failed=True, charge=70.0))
    alarms = (await driver.read_status()).alarms
    assert [(alarm.code, alarm.text, alarm.severity) for alarm in alarms] == [
        ("193", "Check Fan", "critical")
    ]


async def test_impossible_values_are_left_out() -> None:
    """A reading that no device can have is not shown, but kept for the diagnostics."""
    ups = unit("pw9130")
    driver, _ = await opened(ups)
    ups.set("meter_34", 1e9)
    ups.set("meter_57", "nan")
    snapshot = await driver.read()
    assert snapshot.left_out == {"battery.voltage": 1e9}
    assert "input.voltage" not in snapshot.variables
    assert "battery.voltage" not in snapshot.variables


# blocks that fail


async def test_a_garbled_block_is_read_once_more() -> None:
    """One lost answer does not cost a whole read."""
    driver, line = await opened("pw9395")
    for code in (Code.METERS, Code.BATTERY, Code.LIMITS, Code.STATISTICS, Code.OUTLETS):
        due = [code]

        def garble(reply: bytes, request: bytes, due: list[Code] = due) -> bytes:
            if request[0] in due:
                due.clear()
                return reply[:-1] + bytes((reply[-1] ^ 1,))
            return reply

        line.garble = garble
        assert "input.frequency" in await variables(driver)
        assert not due


async def test_a_block_that_is_gone() -> None:
    """It fails the read; after three times the rest is shown without it."""
    ups = unit("pw9130")
    driver, line = await opened(ups)
    line.garble = lambda reply, request: b"" if request[:1] == b"\x3b" else reply
    for _ in range(3):
        with pytest.raises(NoReply):
            await driver.read()
    assert "input.voltage" in await variables(driver)


async def test_bad_answers_never_change_a_status() -> None:
    """Every single wrong bit in status and alarms is an error or the same state."""
    driver, line = await opened("pw9130")
    good = await driver.read_status()
    for code in (b"\x33", b"\x35"):
        for at in range(9):
            for bit in range(8):

                def garble(
                    reply: bytes, request: bytes, at: int = at, bit: int = bit, code: bytes = code
                ) -> bytes:
                    if request != code:
                        return reply
                    changed = bytearray(reply)
                    changed[at] ^= 1 << bit
                    return bytes(changed)

                line.garble = garble
                try:
                    assert await driver.read_status() == good
                except BadReply, NoReply:
                    continue


async def test_outlets_that_come_and_go() -> None:
    """Another number of outlets than at opening is another unit, or a firmware in between."""
    ups = unit("pw9130")
    driver, _ = await opened(ups)
    del ups.outlets[1]
    ups.outlets.append(ups.outlets[0])
    ups.outlets.append(ups.outlets[0])
    with pytest.raises(BadReply, match="has now 3"):
        await driver.read()


async def test_blocks_that_stay_away_at_the_opening() -> None:
    """What is listed and never comes is not there; what comes at the second time is."""
    ups = unit("pw9130")
    lost = {b"\x3b": 1, b"\x43": 9, b"\xb2\xff": 9, b"\x9a\x00": 9, b"\x33\x01": 9}
    line = XcpLine(ups)

    def garble(reply: bytes, request: bytes) -> bytes:
        if lost.get(request):
            lost[request] -= 1
            return b""
        return reply

    line.garble = garble
    driver = Xcp(line, {}, {})
    await driver.open()
    read = await variables(driver)
    assert read["ups.test.result"] == "No test initiated"
    assert "ups.type" not in read
    assert "test.system.start" in driver.commands
    assert "test.panel.start" not in driver.commands
    assert "ups.power.strategy" not in driver.settings
    await driver.run("outlet.1.load.off.delay", delay=60)
    assert "outlet.1.timer.shutdown" not in await variables(driver)
