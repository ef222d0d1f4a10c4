"""The device models without any transport: reports, power states, bridges, odd devices."""

import json
from pathlib import Path

import pytest

from ..simulators.clock import Clock
from . import devices
from .bridges import Bridge
from .device import UsbDevice
from .devices import recorded
from .faults import Fault, parse
from .hid import HidDevice
from .hidbuild import build, item, report
from .report_descriptor import Field, parse as parse_descriptor
from .small import TrippLite
from .string_bridges import NO_ACK
from .usb import FEATURE, INPUT, BusError, Nak, Setup, Stall, Unplugged
from .xcp import XcpDevice

FIXTURES = Path(__file__).parents[1] / "fixtures/usbhid"
KINDS = {"feature": FEATURE, "input": INPUT}
PROTOCOL = b":\x00\xff\r".ljust(8, b"\0")


class Host:
    """The shortest host there is: it is the place where a device is plugged in."""

    def __init__(self, device: UsbDevice) -> None:
        self.device = device
        device.plugged(self)

    def pump(self, endpoint: int) -> None:
        """Nothing waits here."""

    def get(self, report: int, kind: int = FEATURE, length: int = 64) -> bytes:
        return self.device.control(Setup(0xA1, 1, kind << 8 | report, 0, length), b"")[0]

    def put(self, report: int, data: bytes, kind: int = FEATURE) -> None:
        self.device.control(Setup(0x21, 9, kind << 8 | report, 0, len(data)), data)

    def string(self, index: int, length: int = 255) -> str:
        raw = self.device.control(Setup(0x80, 6, 0x0300 | index, 0x0409, length), b"")[0]
        return raw[2 : raw[0]].decode("utf-16-le")

    def read(self, endpoint: int = 0x81, room: int = 64) -> bytes:
        self.device.begin(endpoint)
        return self.device.take(endpoint, room) or b""


def plugged(name: str, **state: float | str) -> tuple[HidDevice, Host]:
    device = devices.make_hid(name, clock=Clock.stopped(), **state)
    return device, Host(device)


def value(device: HidDevice, path: str, kind: int = FEATURE) -> int:
    """Return the count that a field shows."""
    for (kind_of, number), lives in device.fields.items():
        for live in lives:
            if kind_of == kind and live.field.path == path:
                raw = device.report(number, kind)
                total = int.from_bytes(raw[1:], "little")
                mask = (1 << live.field.size) - 1
                return live.field.signed(total >> live.field.offset & mask)
    raise KeyError(path)


def place(device: HidDevice, path: str) -> Field:
    return next(
        live.field
        for lives in device.fields.values()
        for live in lives
        if live.field.path == path and live.field.kind == FEATURE
    )


@pytest.mark.parametrize("name", devices.names())
def test_every_device_wakes_up(name: str) -> None:
    device = devices.make(name, clock=Clock.stopped())
    host = Host(device)
    descriptor = device.control(Setup(0x80, 6, 0x0100, 0, 18), b"")[0]
    assert len(descriptor) == 18
    configuration = device.control(Setup(0x80, 6, 0x0200, 0, 4096), b"")[0]
    assert len(configuration) == configuration[2] | configuration[3] << 8
    assert device.interfaces
    assert host.device.log


@pytest.mark.parametrize("name", devices.HID)
def test_reports_have_the_declared_length(name: str) -> None:
    device = devices.make_hid(name, clock=Clock.stopped())
    for (kind, number), length in device.lengths.items():
        if device.model.recorded and (kind, number) not in device.model.recorded:
            continue
        assert len(device.report(number, kind)) == length + 1, (kind, number)


def test_built_descriptors_are_read_back() -> None:
    reports = (
        report(1, item("PowerSummary.PresentStatus.ACPresent", 1), kinds="FI"),
        report(
            2,
            item("Flow.[4].ConfigVoltage", 16, "V", -1),
            item("PowerSummary.DelayBeforeShutdown", 24, "s", low=-1, rw=True),
        ),
    )
    fields = parse_descriptor(build(reports))
    assert [(f.path, f.kind, f.report, f.offset, f.size, f.writable) for f in fields] == [
        ("PowerSummary.PresentStatus.ACPresent", INPUT, 1, 0, 1, False),
        ("PowerSummary.PresentStatus.ACPresent", FEATURE, 1, 0, 1, False),
        ("Flow.[4].ConfigVoltage", FEATURE, 2, 0, 16, False),
        ("PowerSummary.DelayBeforeShutdown", FEATURE, 2, 16, 24, True),
    ]
    assert fields[2].factor == pytest.approx(10)


@pytest.mark.parametrize("name", [n for n in devices.HID if n.startswith("recorded-")])
def test_captures_are_answered_byte_for_byte(name: str) -> None:
    device, host = plugged(name)
    for key, raw in device.model.recorded.items():
        assert host.get(key[1], key[0]) == raw, key
    missing = next(
        k[1] for k in device.lengths if k[0] == FEATURE and k not in device.model.recorded
    )
    with pytest.raises(Stall):
        host.get(missing)


@pytest.mark.parametrize("file", recorded.FILES.values())
def test_captured_fields_stand_where_their_owners_said(file: str) -> None:
    data = json.loads((FIXTURES / file).read_text())
    fields = parse_descriptor(bytes.fromhex(data["report_descriptor"]))
    found = {(f.kind, f.report, f.offset, f.size) for f in fields}
    for each in data["expected_fields"]:
        spot = (each["report_id"], each["bit_offset"], each["bit_size"])
        assert (KINDS[each["type"]], *spot) in found, each["path"]


def test_a_capture_follows_the_mains() -> None:
    device, host = plugged("recorded-eaton-3s-700")
    device.mains(False)
    assert value(device, "PowerSummary.PresentStatus.ACPresent") == 0
    assert value(device, "PowerSummary.PresentStatus.Discharging") == 1
    assert host.read(room=8)[0] in {number for _, number in device.lengths}
    device.mains(True)
    assert value(device, "PowerSummary.PresentStatus.ACPresent") == 1


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("apc", "PowerSummary.PresentStatus.ACPresent"),
        ("cyberpower", "PowerSummary.PresentStatus.ACPresent"),
        ("eaton", "PowerSummary.PresentStatus.ACPresent"),
        ("mge-ellipse", "PowerSummary.PresentStatus.ACPresent"),
        ("mge-esprit", "PowerSummary.PresentStatus.ACPresent"),
        ("tripplite", "PowerSummary.PresentStatus.ACPresent"),
        ("tripplite-page-mistake", "PowerSummary.PresentStatus.TLACPresent"),
        ("powercom-bnt", "PresentStatus.ACPresent"),
        ("generic", "PowerSummary.PresentStatus.ACPresent"),
        ("arduino", "PowerSummary.PresentStatus.ACPresent"),
    ],
)
def test_mains_move_the_status_and_are_pushed(name: str, path: str) -> None:
    device, host = plugged(name)
    endpoint = 0x84 if name == "arduino" else 0x81
    before = {n: device.report(n, INPUT) for k, n in device.lengths if k == INPUT}
    assert value(device, path) == 1
    assert host.read(endpoint) == b""
    device.mains(False)
    assert value(device, path) == 0
    pushed = host.read(endpoint, 8)
    assert pushed[0] in before
    assert pushed != before[pushed[0]][:8]
    charge = device.power.charge
    device.power.clock.advance(120)
    device.tick()
    assert device.power.charge < charge


def test_battery_runs_down_and_says_so() -> None:
    device, _ = plugged("apc", load=50)
    runtime = value(device, "PowerSummary.RunTimeToEmpty")
    device.mains(False)
    device.power.clock.advance(runtime * 0.95)
    assert value(device, "PowerSummary.RunTimeToEmpty") < 0.1 * runtime
    assert value(device, "PowerSummary.RemainingCapacity") == 5
    assert value(device, "PowerSummary.PresentStatus.BelowRemainingCapacityLimit") == 1
    device.power.clock.advance(runtime)
    assert not device.get("output_on")


def test_test_runs_and_passes() -> None:
    device, host = plugged("cyberpower")
    host.put(0x14, b"\x14\x01")
    assert host.get(0x14) == b"\x14\x05"
    assert value(device, "PowerSummary.PresentStatus.Discharging") == 1
    assert value(device, "PowerSummary.PresentStatus.ACPresent") == 1
    device.power.clock.advance(11)
    assert host.get(0x14) == b"\x14\x01"


def test_delays_count_and_are_cancelled() -> None:
    device, host = plugged("mge-ellipse")
    # The card's own bytes (usb-hid-power-device, section 9).
    host.put(0x11, bytes.fromhex("11030000"))
    host.put(0x0F, bytes.fromhex("0f140000"))
    device.power.clock.advance(5)
    assert host.get(0x0F) == bytes.fromhex("0f0f0000")
    host.put(0x0F, bytes.fromhex("0fffffff"))
    assert host.get(0x0F) == bytes.fromhex("0fffffff")
    assert device.power.output_on
    host.put(0x11, bytes.fromhex("11030000"))
    host.put(0x0F, bytes.fromhex("0f140000"))
    device.power.clock.advance(21)
    assert not device.get("output_on")
    device.power.clock.advance(31)
    assert device.get("output_on")


def test_shutdown_without_a_start_stays_off() -> None:
    device, host = plugged("generic")
    host.put(0x16, b"\x16\xff\xff")
    host.put(0x15, b"\x15\x0a\x00")
    device.power.clock.advance(11)
    assert not device.get("output_on")
    device.power.clock.advance(3600)
    assert not device.get("output_on")
    host.put(0x16, b"\x16\x00\x00")
    assert device.get("output_on")


def test_outlets_settings_and_beeper() -> None:
    device, host = plugged("eaton")
    off = place(device, "OutletSystem.Outlet.[2].DelayBeforeShutdown")
    host.put(off.report, bytes([off.report, 0, 0, 0, 0]))
    assert value(device, "OutletSystem.Outlet.[2].PresentStatus.SwitchOn/Off") == 0
    assert value(device, "OutletSystem.Outlet.[3].PresentStatus.SwitchOn/Off") == 1
    on = place(device, "OutletSystem.Outlet.[2].DelayBeforeStartup")
    host.put(on.report, bytes([on.report, 0, 0, 0, 0]))
    assert value(device, "OutletSystem.Outlet.[2].PresentStatus.SwitchOn/Off") == 1
    beeper = place(device, "PowerSummary.AudibleAlarmControl")
    host.put(beeper.report, bytes([beeper.report, 3]))
    assert value(device, "PowerSummary.AudibleAlarmControl") == 3
    limits = place(device, "PowerConverter.Output.LowVoltageTransfer")
    host.put(limits.report, bytes([limits.report]) + (170).to_bytes(2, "little") * 2)
    assert value(device, "PowerConverter.Output.LowVoltageTransfer") == 170
    with pytest.raises(Stall):
        host.put(0x01, b"\x01\x00\x00")


@pytest.mark.parametrize(
    ("name", "data", "left", "stays"),
    [
        # Shutdown with return in 90 s and staying off, in both byte orders (E3, section 9).
        ("powercom-bnt", "0f015e", 90, False),
        ("powercom-bnt-2024", "0f5e01", 90, False),
        ("powercom-bnt", "0f019e", 90, True),
        ("powercom-bnt-2024", "0f9e01", 90, True),
        # Neither flag: it stays off while mains are there.
        ("powercom-bnt", "0f011e", 90, True),
        ("powercom-skp", "0f04", 30, False),
        ("powercom-raptor", "0f09", 60, False),
    ],
)
def test_powercom_delays(name: str, data: str, left: float, stays: bool) -> None:
    device, host = plugged(name)
    host.put(0x0F, bytes.fromhex(data))
    assert device.ups.shutdown_left == left
    device.power.clock.advance(left + 1)
    assert not device.get("output_on")
    device.power.clock.advance(120)
    assert device.get("output_on") != stays


def test_powercom_status_bits() -> None:
    device, host = plugged("powercom-bnt", charge=60)
    assert host.get(0x26) == bytes.fromhex("260d00")
    device.set("charge", 100)
    assert host.get(0x26) == bytes.fromhex("260c00")
    device.mains(False)
    assert host.get(0x26) == bytes.fromhex("260a00")
    device.set("charge", 9)
    assert host.get(0x26) == bytes.fromhex("262a00")
    host.put(0x10, bytes.fromhex("100003"))
    assert device.ups.startup == 180
    assert host.get(0xA4)[1:].decode().split()[0].count(".") == 1


def test_old_powercom_only_speaks() -> None:
    device, host = plugged("powercom-old")
    with pytest.raises(Stall):
        host.get(1)
    device.tick()
    first, second = host.read(room=8), host.read(room=8)
    assert (first[0], first[1], first[6]) == (1, 58, 100)
    assert second[:2] == b"\x02\x00"


# Faults.


@pytest.mark.parametrize(
    ("words", "end"),
    [
        ("stall get_report=0x0c", Stall),
        ("nak any", Nak),
        ("error get_report=0x0c errno=EILSEQ", BusError),
        ("overflow get_report=0x0c", BusError),
        ("long get_report=0x0c data=ffff", BusError),
        ("unplug get_report=0x0c", Unplugged),
    ],
)
def test_faults_end_transfers(words: str, end: type[Exception]) -> None:
    device, host = plugged("apc")
    device.fault(parse(words.split()))
    with pytest.raises(end):
        host.get(0x0C, length=4)
    assert device.log[-1].end != "ok" or end is BusError
    device.clear_faults()
    assert len(host.get(0x0C)) == 4


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("short get_report=0x0c length=2", "0c64"),
        ("corrupt get_report=0x0c position=1 value=0xff", "0cff"),
        ("replace get_report=0x0c data=0c01", "0c01"),
        ("long get_report=0x0c data=ee", "0c64"),
    ],
)
def test_faults_change_replies(words: str, reply: str) -> None:
    device, host = plugged("apc")
    device.fault(parse([*words.split(), "count=1"]))
    assert host.get(0x0C).hex().startswith(reply)
    assert host.get(0x0C)[:2] == b"\x0c\x64"


def test_faults_are_counted_and_skipped() -> None:
    device, host = plugged("apc")
    device.fault(parse(["stall", "get_report=0x0c", "skip=1", "count=2"]))
    ends = []
    for _ in range(4):
        try:
            host.get(0x0C)
            ends.append("ok")
        except Stall:
            ends.append("stall")
    assert ends == ["ok", "stall", "stall", "ok"]
    assert isinstance(device.faults[0], Fault)


# Bridges and the odd ones.


def bridged(name: str) -> tuple[Bridge, Host]:
    device = devices.make(name, clock=Clock.stopped())
    assert isinstance(device, Bridge)
    return device, Host(device)


STATUS = b"(230.0 230.0 230.0 030 50.0 27.3 25.0 00001001\r"


def test_cypress_cuts_and_pads() -> None:
    _, host = bridged("cypress")
    # What stands behind a CR is padding of any kind.
    host.device.control(Setup(0x21, 9, 0x200, 0, 8), b"Q1\r\0\xc0l@\0")
    assert host.read() == STATUS.ljust(48, b"\0")
    with pytest.raises(Stall):
        host.device.control(Setup(0x21, 9, 0x200, 0, 3), b"Q1\r")


@pytest.mark.parametrize(
    ("name", "setup", "data", "endpoint"),
    [
        ("ippon", Setup(0x21, 9, 0x0002, 0, 8), b"Q1\r\0\0\0\0\0", 0x81),
        ("sgs", Setup(0x21, 9, 0x0200, 0, 8), b"\x03Q1\r\0\0\0\0", 0x81),
        ("armac", Setup(0x21, 9, 0x0200, 0, 4), b"\xa3Q1\r", 0x81),
        ("armac-pipe", None, b"\xa3Q1\r", 0x82),
        ("fuji", None, bytes.fromhex("800603035131002f"), 0x81),
        ("phoenixtec-q1", Setup(0x42, 0x0D, 0, 0, 3), b"Q1\r", 0x81),
    ],
)
def test_bridges_take_the_same_request(
    name: str, setup: Setup | None, data: bytes, endpoint: int
) -> None:
    device, host = bridged(name)
    if setup:
        device.control(setup, data)
    else:
        device.write(0x02, data)
    assert device.ups.received == [b"Q1"]
    assert b"(" in host.read(endpoint)


def test_omron_and_ablerex_reports() -> None:
    device, host = bridged("omron")
    device.control(Setup(0x21, 9, 2, 0, 16), b"S.5\r".ljust(16, b"\0"))
    assert host.read().rstrip(b"\0") == b"OK\r"
    device, host = bridged("ablerex")
    device.control(Setup(0x21, 9, 0x305, 0, 47), b"\x05\0\x03Q1\r".ljust(47, b"\0"))
    assert host.get(5, length=47).startswith(b"(230.0 ")


def test_string_bridges() -> None:
    _, host = bridged("krauler")
    assert host.string(3)[1:] == STATUS[1:-1].decode()
    assert host.string(7) == NO_ACK
    device, host = bridged("fabula")
    assert host.string(3) == STATUS[:-1].decode()
    for index, request in {
        0x10: b"S.5R0000", 0x18: b"S.5", 0x50: b"S.9R0000", 0x60: b"S01R0000",
        0x78: b"S02", 0xF8: b"S10",
    }.items():  # fmt: skip
        assert host.string(index) == NO_ACK
        assert device.ups.received[-1] == request


def test_hunnox_wants_its_opening_and_hangs_on_large_buffers() -> None:
    device, host = bridged("hunnox")
    assert host.string(3, 102) == NO_ACK
    for index in (0, 0, 1):
        host.string(index, 255)
    assert host.string(3, 102).startswith("(230.0")
    assert host.string(3, 102) == NO_ACK
    with pytest.raises(Nak):
        host.string(3, 255)
    with pytest.raises(Nak):
        host.string(1, 102)
    device.reset()
    assert host.string(1, 102) == "HUNNOX"


def test_bridge_faults_reach_the_reply() -> None:
    device, host = bridged("cypress")
    device.ups.faults.cut = 10
    device.control(Setup(0x21, 9, 0x200, 0, 8), b"Q1\r\0\0\0\0\0")
    assert host.read().rstrip(b"\0") == STATUS[:10]
    device.mains(False)
    device.ups.faults.clear()
    device.control(Setup(0x21, 9, 0x200, 0, 8), b"Q1\r\0\0\0\0\0")
    assert b" 10001001\r" in host.read()


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("xcp-powerware", (0x00, 7, 0x0304)),
        ("xcp-phoenixtec", (0x42, 13, 0)),
        ("xcp-hp-t500", (0x42, 13, 0)),
        ("xcp-hp-t750", (0x42, 13, 0)),
    ],
)
def test_xcp_takes_frames_by_its_own_transfer_alone(name: str, way: tuple[int, int, int]) -> None:
    device = devices.make(name, clock=Clock.stopped())
    assert isinstance(device, XcpDevice)
    host = Host(device)
    # The card's worked example: on line, nothing pending.
    ask = bytes.fromhex("AB013321")
    for kind, request, value in ((0x00, 7, 0x0304), (0x42, 13, 0), (0x21, 9, 0x0200)):
        setup = Setup(kind, request, value, 0, len(ask))
        if (kind, request, value) == way:
            device.control(setup, ask)
        else:
            with pytest.raises(Stall):
                device.control(setup, ask)
    status = host.read(room=128)
    assert status[:5] == bytes.fromhex("AB03048150")
    assert sum(status) % 256 == 0
    assert host.read() == b""


def test_xcp_replies_come_in_pieces_and_after_nothing() -> None:
    device = devices.make("xcp-hp-t750", clock=Clock.stopped())
    assert isinstance(device, XcpDevice)
    host = Host(device)
    ask = bytes.fromhex("AB013321")
    device.empty, device.piece = 1, 4
    device.control(Setup(0x42, 13, 0, 0, len(ask)), ask)
    assert [len(host.read(room=128)) for _ in range(4)] == [0, 4, 4, 1]
    # A transfer that fills its last packet ends with an empty one.
    device.empty, device.piece = 0, 8
    device.control(Setup(0x42, 13, 0, 0, len(ask)), ask)
    assert [len(host.read(room=8)) for _ in range(3)] == [8, 0, 1]


def tripplite(name: str, **state: float) -> tuple[TrippLite, Host]:
    device = devices.make(name, clock=Clock.stopped(), **state)
    assert isinstance(device, TrippLite)
    return device, Host(device)


def test_tripplite_examples() -> None:
    # The card's worked example (usb-other, H1): 113 V, 13.5 V a block.
    device, host = tripplite("tripplite-3003", mains_voltage=113.0)
    host.put(0, PROTOCOL)
    assert host.read() == b"\x00\x30\x03\r".ljust(8, b"\0")
    host.put(0, bytes.fromhex("3a44bb0d00000000"))
    assert host.read()[:5] == b"D7188"
    device.mains(False)
    host.put(0, bytes.fromhex("3a53ac0d00000000"))
    assert host.read()[:5] == b"S1001"
    # What it does not know brings the reply before; a wrong checksum too is not obeyed.
    host.put(0, b":Q\xae\r".ljust(8, b"\0"))
    assert host.read()[:5] == b"S1001"
    host.put(0, bytes.fromhex("3a4e0040710d0000"))
    host.read()
    host.put(0, bytes.fromhex("3a47b80d00000000"))
    device.power.clock.advance(65)
    assert not device.get("output_on")


def test_richcomm_and_atcl() -> None:
    device = devices.make("richcomm", clock=Clock.stopped())
    host = Host(device)
    query = Setup(0x21, 9, 0x200, 0, 4)
    for _ in range(6):
        device.control(query, b"\x01\0\0\x30")
        answer = host.read(room=6)
    assert answer == b"\x01\0\0\x06"
    device.mains(False)
    device.control(query, b"\x01\0\0\x30")
    assert host.read(room=6)[3] == 2
    device = devices.make("atcl", clock=Clock.stopped())
    host = Host(device)
    device.tick()
    assert host.read(room=8)[0] == 3


def test_load_takes_names_and_files(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"device": "apc", "state": {"charge": 40}}')
    assert devices.load(path).get("charge") == pytest.approx(40, abs=0.1)
    assert isinstance(devices.load("cypress"), Bridge)
    assert isinstance(devices.load(FIXTURES / "eaton-3s-700.json"), HidDevice)
