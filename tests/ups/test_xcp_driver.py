"""The XCP driver: finding, authorising, every order and setting, what units have and have not."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
import itertools

import pytest

from .xcp_line import XcpLine, XcpPipe, opened, told
from custom_components.ups_protocols.ups.catalog import protocol
from custom_components.ups_protocols.ups.driver import Memory
from custom_components.ups_protocols.ups.errors import (
    BadReply,
    Busy,
    LinkLost,
    NoReply,
    Rejected,
    Unsupported,
)
from custom_components.ups_protocols.ups.model import Danger, PartKind, Result, StatusFlag, Value
from custom_components.ups_protocols.ups.names import parse, parse_command
from custom_components.ups_protocols.ups.protocols.xcp import talk
from custom_components.ups_protocols.ups.protocols.xcp.driver import Xcp
from custom_components.ups_protocols.ups.protocols.xcp.frames import (
    AUTHORISATION,
    BACK_OUT,
    Code,
    frame,
)
from tests.simulators.clock import Clock
from tests.simulators.xcp import DIALECTS, MODELS, XcpUps, make_ups

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

    async def pause(seconds: float) -> None:
        await OPEN[-1].pause(seconds)

    monkeypatch.setattr(talk, "sleep", pause)
    OPEN.clear()
    before = XcpPipe.__init__

    def note(self: XcpPipe, ups: XcpUps) -> None:
        before(self, ups)
        OPEN.append(self)

    monkeypatch.setattr(XcpPipe, "__init__", note)


OPEN: list[XcpPipe] = []


def unit(dialect: str, **state: float | bool | str) -> XcpUps:
    """Return a unit whose time stands still."""
    return make_ups(dialect, clock=Clock.stopped(), **state)


def variant(dialect: str, **changes: object) -> XcpUps:
    """Return a unit that differs from its model."""
    return XcpUps(replace(MODELS[dialect], **changes), clock=Clock.stopped())  # type: ignore[arg-type]


async def variables(driver: Xcp) -> Mapping[str, Value]:
    """Read everything once."""
    return (await driver.read()).variables


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
    assert identity.model == ups.model.message
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


# orders

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


# settings


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
