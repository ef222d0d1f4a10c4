"""USB addresses, and what is found on the bus: names, texts that lie, and what hinders opening."""

from collections.abc import Generator
from dataclasses import replace
import errno
from pathlib import Path

from hypothesis import given, strategies as st
import pytest
from usb.backend import libusb1

from .usb_bus import hid, line, make, simulated, threads, url_of
from custom_components.ups_protocols.ups.errors import InUse, NoPermission, NoSuchPort, Unsupported
from custom_components.ups_protocols.ups.links import usb_lookup, usb_sysfs
from custom_components.ups_protocols.ups.links.base import LinkKind, UsbDevice
from custom_components.ups_protocols.ups.links.open import (
    UsbAddress,
    identify_usb,
    is_serial,
    is_usb,
    list_usb,
    open_link,
    reopening_interval,
)
from custom_components.ups_protocols.ups.links.usb_address import address_of, own_serial
from custom_components.ups_protocols.ups.links.usb_sysfs import outline
from custom_components.ups_protocols.ups.links.usb_wire import report_descriptor_length, string_text
from custom_components.ups_protocols.ups.transcript import Transcript
from tests.usbsim import device as simulated_device, faults
from tests.usbsim.faults import Action, Fault
from tests.usbsim.pyusb_bus import PyusbBus
from tests.usbsim.usb import Hardware, Interface

KEYBOARD = bytes.fromhex("05010906a1010507c0")
UPS = bytes.fromhex("05840904a1010924a102c0c0")


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Generator[PyusbBus]:
    """An empty bus."""
    with simulated(monkeypatch) as bus:
        yield bus


def device(**parts: str | int | None) -> UsbDevice:
    """Return a device with some parts."""
    return UsbDevice(**{"vendor_id": 0x0665, "product_id": 0x5161, "place": "1-1"} | parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "serial", "place"),
    [
        ("usb:0665:5161", None, None),
        ("usb:0665:5161:A1-3", "A1-3", None),
        ("usb:0665:5161:1 2@3:4/5", "1 2@3:4/5", None),
        ("usb:0665:5161@1-1", None, "1-1"),
        ("usb:0665:5161@12-3.14.1", None, "12-3.14.1"),
        ("USB:0665:5161", None, None),
    ],
)
def test_parse(url: str, serial: str | None, place: str | None) -> None:
    """The three forms; what is printed is read back as the same."""
    address = UsbAddress.parse(url)
    assert address == UsbAddress(vendor_id=0x0665, product_id=0x5161, serial=serial, place=place)
    assert UsbAddress.parse(str(address)) == address
    assert is_usb(url)
    assert not is_serial(url)


@pytest.mark.parametrize(
    "url",
    [
        *("usb:", "usb:0665", "usb:665:5161", "usb:0665:5161:", "usb:0665:5161@1"),
        *("usb:0665:5161@a-b", "usb:0665:5161@1-1:X", "/dev/ttyUSB0", "usb:xxxx:5161"),
        "usb:0665:5161: ",
    ],
)
def test_no_address(url: str) -> None:
    """What is none says what it should be."""
    with pytest.raises(NoSuchPort, match="usb:VID:PID"):
        UsbAddress.parse(url)


@given(st.text())
def test_any_text(text: str) -> None:
    """Any text is an address or is refused."""
    try:
        UsbAddress.parse(f"usb:0665:5161{text}")
    except NoSuchPort:
        return


def test_addresses_find_their_devices() -> None:
    """By serial number, else by ids, by place only where another one is alike."""
    lone = device(serial="A")
    twin_a, twin_b = device(place="1-1"), device(place="1-2")
    same_a, same_b = device(serial="S", place="1-1"), device(serial="S", place="1-2")
    for each, everything, url in (
        (lone, [lone, twin_b], "usb:0665:5161:A"),
        (twin_a, [twin_a], "usb:0665:5161"),
        (twin_a, [twin_a, device(product_id=1, place="1-2")], "usb:0665:5161"),
        (twin_a, [twin_a, twin_b], "usb:0665:5161@1-1"),
        (twin_b, [twin_a, twin_b], "usb:0665:5161@1-2"),
        (same_b, [same_a, same_b], "usb:0665:5161@1-2"),
    ):
        address = address_of(each, everything)
        assert str(address) == url
        assert address.choose(everything) is each
    with pytest.raises(NoSuchPort, match=r"usb:0665:5161@1-1, usb:0665:5161@1-2"):
        UsbAddress.parse("usb:0665:5161").choose([twin_a, twin_b])
    with pytest.raises(NoSuchPort, match=r"there is usb:0665:5161:A"):
        UsbAddress.parse("usb:0665:5161:B").choose([lone])
    with pytest.raises(NoSuchPort, match="is plugged in$"):
        UsbAddress.parse("usb:0665:5161").choose([])


@pytest.mark.parametrize(
    ("text", "serial"),
    [
        ("A1234", "A1234"),
        (" A1234  ", "A1234"),
        (None, None),
        ("", None),
        ("0", None),
        ("000000000000", None),
        ("   ", None),
        ("Back-UPS", None),
        ("back-ups ", None),
        ("unknown", None),
    ],
)
def test_serial_numbers_that_are_none(text: str | None, serial: str | None) -> None:
    """What makers leave in the place of a serial number."""
    assert own_serial(text, "APC", "Back-UPS", None) == serial


@pytest.mark.parametrize(
    ("descriptor", "text"),
    [
        (b"\x06\x03A\x00B\x00", "AB"),
        (b"\x06\x03A\x00\x00\x00", "A"),
        (b"\x06\x03A\x00B\x00trash", "AB"),
        (b"\x08\x03A\x00B", None),
        (b"\x06\x03\xae\x00B\x00", "®B"),
        (b"", None),
        (b"\x02\x03", None),
        (b"\x06\x02A\x00B\x00", None),
        (b"\x00\x03A\x00", None),
        (b"\x06\x03\x00\xd8\x00\xd8", None),
        (b"\x06\x03\x01\x00\x02\x00", None),
        (b"\x06\x03 \x00 \x00", None),
    ],
)
def test_texts_that_lie(descriptor: bytes, text: str | None) -> None:
    """Garbage is no text."""
    assert string_text(descriptor) == text


@given(st.binary(max_size=300))
def test_any_descriptor(data: bytes) -> None:
    """Any bytes may be a string, a HID or a report descriptor."""
    string_text(data)
    report_descriptor_length(data)
    outline(data)


def test_outline() -> None:
    """Top-level usages, lengths of Input reports, and whether it is whole."""
    seen = outline(make("apc").hardware.interfaces[0].report_descriptor or b"")
    assert seen.is_power_device
    assert seen.is_whole
    assert seen.input_lengths[0x0C] == 4
    assert not outline(KEYBOARD).is_power_device
    assert outline(UPS).is_power_device
    assert not outline(UPS[:-1]).is_whole
    # PowerSupply, as a 4-byte usage, in a physical collection; a long item before it
    assert outline(bytes.fromhex("fe0210abcd0b05008400a100c0")).is_power_device
    # a UPS inside something else is none
    assert not outline(bytes.fromhex("05010906a10105840904a102c0c0")).is_power_device


async def test_list(bus: PyusbBus) -> None:
    """Known devices by name and serial number, nothing else."""
    assert await list_usb() == []
    bus.plug(make("apc"), 1)
    bus.plug(make("cypress"), 2)
    bus.plug(simulated_device.UsbDevice(Hardware(vendor=0x046D, product=0xC31C)), 3)
    apc, cypress = await list_usb()
    assert apc.url == "usb:051d:0002:JB0319033542"
    assert apc.device.manufacturer == "American Power Conversion"
    assert apc.device.place == "1-1"
    assert apc.hindrance is None
    assert cypress.url == "usb:0665:5161"
    assert (cypress.device.manufacturer, cypress.device.serial) == ("INNO TECH", None)
    # nothing of the keyboard was asked, and nothing was taken
    assert not bus[3].log
    assert all(place.bound and not place.claims for place in bus.places.values())


async def test_what_hinders(bus: PyusbBus) -> None:
    """Permission, another program, this program."""
    for port, name in enumerate(("apc", "cypress", "krauler"), 1):
        bus.plug(make(name), port)
    bus.denied.add(1)
    place = bus.places[2]
    place.bound.clear()
    other = bus.backend.open_device(place)
    bus.backend.claim_interface(other, 0)
    async with line(bus[3]):
        apc, cypress, krauler = await list_usb()
    assert isinstance(apc.hindrance, NoPermission)
    assert "udev" in str(apc.hindrance)
    assert "--device" in str(apc.hindrance)
    assert apc.device.serial is None
    assert isinstance(cypress.hindrance, InUse)
    assert isinstance(krauler.hindrance, InUse)
    assert "this program" in str(krauler.hindrance)
    for found, kind in ((apc, NoPermission), (cypress, InUse)):
        with pytest.raises(kind):
            await open_link(found.url, LinkKind.HID_DEVICE, transcript=Transcript())
    assert not threads()


async def test_open_twice(bus: PyusbBus) -> None:
    """Two links to one device are refused, not mixed up; afterwards it is free."""
    bus.plug(make("apc"))
    async with hid(bus[1]):
        with pytest.raises(InUse, match="this program"):
            async with hid(bus[1]):
                pass
    async with hid(bus[1]):
        pass


async def test_two_identical_devices(bus: PyusbBus) -> None:
    """Without serial numbers their places tell them apart, whatever the order on the bus."""
    for port, load in ((1, 10), (2, 20)):
        bus.plug(make("cypress", load=load), port)
    first, second = await list_usb()
    assert (first.url, second.url) == ("usb:0665:5161@1-1", "usb:0665:5161@1-2")
    with pytest.raises(NoSuchPort, match=r"choose one of usb:0665:5161@1-1, usb:0665:5161@1-2"):
        await open_link("usb:0665:5161", LinkKind.QUERY_LINE, transcript=Transcript())
    bus.unplug(1)
    bus.replug(1)
    link = await open_link(second.url, LinkKind.HID_DEVICE, transcript=Transcript())
    assert link.device.place == "1-2"  # type: ignore[attr-defined]
    await link.close()
    bus.unplug(2)
    with pytest.raises(NoSuchPort):
        await open_link(second.url, LinkKind.HID_DEVICE, transcript=Transcript())


async def test_the_same_serial_number_twice(bus: PyusbBus) -> None:
    """A factory default is no serial number when two have it."""
    bus.plug(make("apc"), 1)
    bus.plug(make("apc"), 2)
    assert [found.url for found in await list_usb()] == ["usb:051d:0002@1-1", "usb:051d:0002@1-2"]


async def test_a_serial_number_follows_to_any_port(bus: PyusbBus) -> None:
    """So does one without, as long as it is the only one."""
    bus.plug(make("apc"), 1)
    bus.unplug(1)
    bus.replug(1, to=4)
    for url in ("usb:051d:0002:JB0319033542", "usb:051d:0002"):
        link = await open_link(url, LinkKind.HID_DEVICE, transcript=Transcript())
        assert link.device.place == "1-4"  # type: ignore[attr-defined]
        await link.close()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(action=Action.STALL, match=faults.string(0)),
        Fault(action=Action.REPLACE, match=faults.string(0), data=b"\x02\x03"),
        Fault(action=Action.REPLACE, match=faults.string(0), data=b""),
        Fault(action=Action.NAK, match=faults.string(0)),
        Fault(action=Action.ERROR, match=faults.string(0)),
    ],
    ids=lambda fault: fault.action,
)
async def test_no_table_of_languages(fault: Fault, bus: PyusbBus) -> None:
    """Then the texts are read in English."""
    device = make("apc")
    device.fault(fault)
    bus.plug(device)
    (found,) = await list_usb()
    assert found.device.serial == "JB0319033542"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(action=Action.STALL, match=faults.string(2)),
        Fault(action=Action.NAK, match=faults.string(2)),
        Fault(action=Action.ERROR, match=faults.string(2)),
        Fault(action=Action.OVERFLOW, match=faults.string(2)),
        Fault(action=Action.REPLACE, match=faults.string(2), data=b"\x04\x03\x00\xd8"),
        Fault(action=Action.SHORT, match=faults.string(2), length=1),
    ],
    ids=lambda fault: fault.action,
)
async def test_a_text_that_cannot_be_read(fault: Fault, bus: PyusbBus) -> None:
    """It is None; the others are there."""
    device = make("apc")
    device.fault(fault)
    bus.plug(device)
    (found,) = await list_usb()
    assert found.device.serial is None
    assert found.device.manufacturer == "American Power Conversion"
    assert found.url == "usb:051d:0002"
    assert found.hindrance is None


async def test_no_libusb(bus: PyusbBus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The error says what to install; what Linux knows is listed all the same."""
    monkeypatch.setattr("usb.backend.libusb1.get_backend", lambda find_library=None: None)
    with pytest.raises(Unsupported, match="libusb-package"):
        await open_link("usb:0665:5161", LinkKind.QUERY_LINE, transcript=Transcript())
    with pytest.raises(Unsupported, match="libusb-package"):
        await list_usb()
    system(monkeypatch, tmp_path, "1-3", (0x0665, 0x5161), serial="S1")
    (found,) = await list_usb()
    assert found.url == "usb:0665:5161:S1"
    assert isinstance(found.hindrance, Unsupported)
    assert not threads()


def system(
    monkeypatch: pytest.MonkeyPatch,
    root: Path,
    place: str,
    ids: tuple[int, int],
    *,
    number: int = 2,
    descriptor: bytes | None = None,
    **texts: str,
) -> None:
    """Make Linux know a device."""
    monkeypatch.setattr(usb_sysfs, "ROOT", root)
    folder = root / place
    folder.mkdir()
    numbers = {"idVendor": f"{ids[0]:04x}", "idProduct": f"{ids[1]:04x}", "bcdDevice": "0100"}
    for name, text in {**numbers, "devnum": str(number), **texts}.items():
        (folder / name).write_text(f"{text}\n")
    if descriptor is not None:
        interface = root / f"{place}:1.0"
        (interface / "0003:0001.0001").mkdir(parents=True)
        (interface / "bInterfaceNumber").write_text("00\n")
        (interface / "0003:0001.0001" / "report_descriptor").write_bytes(descriptor)


@pytest.mark.parametrize(("descriptor", "offered"), [(UPS, True), (KEYBOARD, False), (None, False)])
async def test_unknown_ids(
    descriptor: bytes | None,
    offered: bool,
    bus: PyusbBus,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Offered only where the system's copy of the report descriptor says UPS; never opened."""
    hardware = Hardware(
        vendor=0x1234, product=0x5678, interfaces=(Interface(report_descriptor=KEYBOARD),)
    )
    bus.plug(simulated_device.UsbDevice(hardware))
    system(
        *(monkeypatch, tmp_path, "1-1", (0x1234, 0x5678)),
        descriptor=descriptor,
        manufacturer="New Maker",
        product="UPS 1",
    )
    found = await list_usb()
    assert [each.url for each in found] == (["usb:1234:5678"] if offered else [])
    if offered:
        assert found[0].device.manufacturer == "New Maker"
        assert found[0].is_power_device
    assert not bus[1].log
    assert bus.places[1].bound
    assert (await identify_usb("usb:1234:5678")).is_power_device is (
        offered if descriptor else None
    )


@pytest.mark.parametrize("descriptor", [UPS, KEYBOARD])
async def test_an_arduino_is_what_it_says(
    descriptor: bytes, bus: PyusbBus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """These ids are on boards of all kinds."""
    bus.plug(simulated_device.UsbDevice(Hardware(vendor=0x2341, product=0x8036)))
    system(monkeypatch, tmp_path, "1-1", (0x2341, 0x8036), descriptor=descriptor)
    assert len(await list_usb()) == (descriptor is UPS)


async def test_the_system_knows_the_texts(
    bus: PyusbBus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Then nobody asks the device, and no permission is needed; another in its place is not it."""
    bus.plug(make("krauler"))
    bus.denied.add(1)
    system(monkeypatch, tmp_path, "1-1", (1, 0), manufacturer="MEC", product="MEC0003")
    (found,) = await list_usb()
    assert (found.device.manufacturer, found.device.product) == ("MEC", "MEC0003")
    assert isinstance(found.hindrance, NoPermission)
    assert not bus[1].log
    (tmp_path / "1-1" / "devnum").write_text("99\n")
    (found,) = await list_usb()
    assert found.device.manufacturer is None


async def test_gone_while_looked_at(bus: PyusbBus) -> None:
    """A device that is unplugged in the middle is not listed."""
    device = make("apc")
    bus.plug(device)
    device.fault(Fault(action=Action.UNPLUG, match=faults.string(0)))
    assert await list_usb() == []
    with pytest.raises(NoSuchPort):
        await identify_usb(url_of(device))


async def test_strange_errors(bus: PyusbBus, monkeypatch: pytest.MonkeyPatch) -> None:
    """What opening raises becomes our kind of failure, and nothing stays open."""
    bus.plug(make("apc"))
    for number, kind in (
        (errno.EACCES, "NoPermission"),
        (errno.EBUSY, "InUse"),
        (errno.EIO, "WireFault"),
        (errno.ENODEV, "LinkLost"),
    ):

        def refuse(*_: object, number: int = number) -> None:
            raise OSError(number, "no")

        with monkeypatch.context() as patch:
            patch.setattr(bus.backend, "claim_interface", refuse)
            with pytest.raises(Exception, match="usb:") as raised:
                await open_link("usb:051d:0002", LinkKind.HID_DEVICE, transcript=Transcript())
        assert type(raised.value).__name__ == kind
        assert not threads()
        assert bus.places[1].bound


async def test_libusb_has_not_heard(
    bus: PyusbBus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where the kernel's events do not arrive, a device that the system knows is looked for."""
    with PyusbBus() as later:
        later.plug(make("apc"))
        monkeypatch.setattr("usb.backend.libusb1._lib_object", bus.backend)

        def get_backend(find_library: object = None) -> object:
            if libusb1._lib_object is None:
                libusb1._lib_object = later.backend
            return libusb1._lib_object

        monkeypatch.setattr("usb.backend.libusb1.get_backend", get_backend)
        with pytest.raises(NoSuchPort):
            await identify_usb("usb:051d:0002")
        system(monkeypatch, tmp_path, "1-1", (0x051D, 0x0002), serial="S1")
        monkeypatch.setattr(usb_lookup, "_PATIENCE", 0)
        # an event may be on its way: at first it is waited for
        with pytest.raises(NoSuchPort):
            await identify_usb("usb:051d:0002")
        link = await open_link("usb:051d:0002:S1", LinkKind.HID_DEVICE, transcript=Transcript())
        await link.close()


def test_reopening() -> None:
    """A USB device is looked for each second; serial servers are not."""
    assert reopening_interval("usb:0665:5161") == 1
    assert reopening_interval("socket://there:23") is None
    assert replace(device(), serial="x").ids == "0665:5161"
