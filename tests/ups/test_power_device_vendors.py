"""The makers' tables on simulated devices of tests/usbsim, one or more a table."""

from typing import Any

import pytest

from .power_device_link import SimulatedLink
from custom_components.ups_protocols.ups.hid.power_device import PowerDevice
from custom_components.ups_protocols.ups.hid.vendors import TABLES, vendor_for
from custom_components.ups_protocols.ups.hid.vendors.others import thermistor
from custom_components.ups_protocols.ups.links.base import UsbDevice
from custom_components.ups_protocols.ups.model import StatusFlag
from custom_components.ups_protocols.ups.names import parse, parse_command
from custom_components.ups_protocols.ups.usb_ids import HID, USB_IDS
from tests.usbsim.devices import HID as MODELS

LISTENS = {"powercom-old"}
ALL = sorted(set(MODELS) - LISTENS)


async def opened(name: str, **state: Any) -> tuple[PowerDevice, SimulatedLink]:
    """Return the driver of a simulated device, and its link."""
    link = SimulatedLink(name, **state)
    driver = PowerDevice(link, {}, {})
    await driver.open()
    return driver, link


@pytest.mark.parametrize("name", ALL)
async def test_opens_and_reads(name: str) -> None:
    """Every device opens without a word written, is on line, and says what can be."""
    driver, link = await opened(name)
    snapshot = await driver.read()
    status = await driver.read_status()
    assert link.written == []
    assert StatusFlag.ON_LINE in status.flags
    assert status.mains is True
    assert status.flags <= driver.flags
    assert snapshot.status.flags == status.flags
    assert snapshot.variables["battery.charge"] > 50  # type: ignore[operator]
    for variable in snapshot.variables:
        assert parse(variable) is not None, variable
    for command in driver.commands:
        assert parse_command(command) is not None, command
    for setting in driver.settings:
        assert parse(setting) is not None, setting


@pytest.mark.parametrize("name", ALL)
async def test_power_loss(name: str) -> None:
    """Without mains every device is on battery, and low in the end."""
    driver, link = await opened(name)
    if link.sim.model.recorded:
        pytest.skip("a capture moves its own way")
    link.sim.set("mains", False)
    status = await driver.read_status()
    assert StatusFlag.ON_BATTERY in status.flags
    assert StatusFlag.ON_LINE not in status.flags
    assert status.mains is False
    link.sim.set("mains", True)
    assert StatusFlag.ON_LINE in (await driver.read_status()).flags


# What only the maker's table, or the neighbours, make right.
EXPECTED: dict[str, dict[str, Any]] = {
    "apc": {
        "battery.mfr.date": "2022-10-22",
        "device.model": "Back-UPS RS 1500",
        "input.sensitivity": "medium",
        "input.transfer.reason": "noTransfer",
        "input.voltage": 121.0,
        "ups.firmware": "8.g9 .D",
        "ups.firmware.aux": "g9",
        "ups.mfr.date": "2019-03-14",
    },
    "apc-smart": {"ambient.temperature": 21.85, "ambient.humidity": 41.0, "ups.load": 30.0},
    "cyberpower": {
        "input.voltage": 118.0,
        "output.voltage": 118.0,
        "ups.firmware": "CR01802BG51",
        "ups.realpower.nominal": 900.0,
    },
    "cyberpower-wrong-scales": {
        "battery.voltage": 13.6,
        "battery.voltage.nominal": 12.0,
        "input.frequency": 60.0,
        "output.frequency": 60.0,
    },
    "eaton": {
        "battery.capacity": 9.0,
        "device.model": "5P 1550",
        "outlet.1.status": "on",
        "output.powerfactor": 0.7,
        "ups.efficiency": 98.0,
        "ups.firmware": "02.14.0026",
        "ups.test.interval": 604800.0,
        "ups.type": "online",
    },
    "mge-ellipse": {"device.model": "ELLIPSE 800", "ups.load": 30.0, "output.voltage": 230.0},
    "mge-ellipse-premium": {"device.model": "ellipse PR1200"},
    "mge-evolution-500": {"battery.protection": "yes", "outlet.2.switchable": "yes"},
    "mge-extreme-c": {"input.bypass.voltage": 230.0},
    "tripplite": {"battery.voltage": 27.3, "device.part": "AG-0042"},
    "tripplite-minutes": {"battery.voltage": 27.0},
    "tripplite-3024": {
        "battery.voltage": 13.7,
        "input.voltage": 119.5,
        "input.frequency": 60.0,
        "output.current": 0.75,
    },
    "belkin": {
        "battery.charge": 100.0,
        "battery.voltage": 27.3,
        "input.voltage": 119.0,
        "input.frequency": 60.0,
        "output.voltage": 119.0,
        "ups.firmware": "192",
        "ups.type": "line-interactive",
    },
    "liebert": {
        "battery.voltage": 13.65,
        "input.voltage": 230.0,
        "input.frequency": 50.0,
        "output.voltage": 230.0,
        "output.frequency": 50.0,
    },
    "liebert-phoenixtec": {"input.transfer.low": 184.0, "input.frequency.transfer.high": 55.0},
    "legrand": {
        "battery.voltage": 13.7,
        "battery.voltage.nominal": 12.0,
        "input.voltage": 230.0,
        "input.transfer.high": 290.0,
        "output.voltage": 230.0,
    },
    "idowell": {"battery.runtime": 2000.0, "battery.voltage": 13.65},
    "ecoflow": {"battery.runtime": 1980.0},
    "powercom-bnt": {
        "battery.voltage": 13.7,
        "device.model": "UPS BNT-500AP",
        "ups.firmware": "5.A6",
        "battery.mfr.date": "2014-12-24",
    },
    "powercom-skp": {"battery.voltage": 27.3, "battery.voltage.nominal": 24.0},
    "powercom-0004": {"battery.charge": 100.0, "battery.runtime": 2000.0},
    "delta": {
        "device.model": "RT-1K 230V",
        "device.serial": "1A6141602R0WX",
        "input.source": "normal",
        "input.transfer.low.min": 160.0,
        "ups.delay.start": 10.0,
        "ups.start.auto": "yes",
    },
    "ever": {
        "battery.temperature": 24.85,
        "outlet.1.status": "on",
        "ups.firmware": "v0.1b03",
        "ups.temperature": 24.85,
    },
    "openups": {
        "battery.capacity": 2.0,
        "battery.mfr.date": "2014/02/11",
        "battery.temperature": 25.0,
        "device.serial": None,
        "input.voltage": 19.10755,
        "output.current": 1.417944,
    },
    "openups2": {"input.voltage": 19.1, "output.voltage": 19.1},
    "generic": {"battery.voltage": 13.7, "input.voltage": 230.0, "battery.temperature": 24.85},
}


@pytest.mark.parametrize("name", EXPECTED)
async def test_values(name: str) -> None:
    """What a table is there for."""
    driver, _ = await opened(name)
    variables = (await driver.read()).variables
    assert {each: variables.get(each) for each in EXPECTED[name]} == EXPECTED[name]


ABSENT = {
    # made up by NUT, or meaningless
    "powercom-bnt": {"device.serial", "ups.timer.start", "battery.voltage.nominal"},
    "belkin": {"device.serial", "ups.timer.shutdown"},
    "liebert": {"battery.voltage.nominal"},
    "eaton": {"battery.charger.status", "ups.timer.shutdown", "input.transfer.reason"},
    "apc": {"ups.timer.shutdown", "battery.capacity"},
}


@pytest.mark.parametrize("name", ABSENT)
async def test_absent(name: str) -> None:
    """What a device does not have, or does not know, has no value."""
    driver, _ = await opened(name)
    assert not ABSENT[name] & (await driver.read()).variables.keys()


async def test_never_read() -> None:
    """The report that hangs a Tripp Lite's firmware, and MGE's own two."""
    _, link = await opened("tripplite-su3000")
    assert 0x54 not in {number for _, number in link.asked}
    _, link = await opened("eaton")
    assert not {254, 255} & {number for _, number in link.asked}


async def test_strayed_usages() -> None:
    """Battery usages on the power page count in PresentStatus."""
    driver, link = await opened("tripplite-page-mistake")
    link.sim.set("mains", False)
    assert {StatusFlag.ON_BATTERY, StatusFlag.DISCHARGING} <= (await driver.read_status()).flags


async def test_charger_has_the_word() -> None:
    """With ABM, resting is not charging, whatever PowerSummary says (§G5)."""
    driver, link = await opened("eaton", charge=90.0)
    assert StatusFlag.CHARGING in (await driver.read_status()).flags
    sim = link.sim
    for live in sim.fields[3, 0x20]:
        live.count, live.reading = 1, None
    driver = PowerDevice(link, {}, {})
    await driver.open()
    # it has no Charger.Mode: nothing says that it charges
    assert StatusFlag.CHARGING not in (await driver.read_status()).flags


@pytest.mark.parametrize(
    ("name", "state", "flags"),
    [
        ("delta", {"mains_voltage": 190.0}, {StatusFlag.ON_LINE}),
        ("ever", {"load": 130.0}, {StatusFlag.ON_LINE, StatusFlag.OVERLOADED}),
        ("tripplite", {"mains_voltage": 95.0}, {StatusFlag.ON_LINE, StatusFlag.BOOSTING}),
        ("belkin", {"load": 130.0}, {StatusFlag.ON_LINE, StatusFlag.OVERLOADED}),
        ("eaton", {"bypass": True}, {StatusFlag.ON_LINE, StatusFlag.BYPASS}),
        ("cyberpower", {"load": 130.0}, {StatusFlag.ON_LINE, StatusFlag.OVERLOADED}),
        ("mge-ellipse", {"replace_battery": True}, {StatusFlag.REPLACE_BATTERY}),
        ("apc", {"replace_battery": True}, {StatusFlag.REPLACE_BATTERY}),
    ],
)
async def test_flags(name: str, state: dict[str, Any], flags: set[StatusFlag]) -> None:
    """Each maker's place for a flag."""
    driver, link = await opened(name)
    for each, value in state.items():
        link.sim.set(each, value)
    assert flags <= (await driver.read_status()).flags


async def test_delays_that_the_unit_stores() -> None:
    """Delta keeps its start delay itself; the commands have their own."""
    driver, link = await opened("delta")
    assert not driver.settings["ups.delay.start"].host_side
    assert await driver.write("ups.delay.start", 15) == 15
    assert link.written == [b"\x45\x0f\0"]


async def test_no_commands_for_direct_current() -> None:
    """The openUPS takes none."""
    driver, _ = await opened("openups")
    assert driver.commands == {}
    assert driver.settings == {}


def test_every_variant_has_a_table() -> None:
    """The ids of usb_ids lead somewhere, and every table has a device or a reason."""
    variants = {row.variant for row in USB_IDS if row.protocol == HID}
    assert variants <= TABLES.keys()
    assert TABLES.keys() - variants == {"generic"}
    for row in USB_IDS:
        if row.protocol == HID:
            for product in row.products:
                device = UsbDevice(
                    vendor_id=row.vendor_id,
                    product_id=product,
                    manufacturer=row.manufacturer,
                    product=row.product,
                )
                assert vendor_for(device, {}).id == row.variant


def test_unknown_id() -> None:
    """An id that nobody knows gets the class's own table."""
    assert vendor_for(UsbDevice(vendor_id=0x1209, product_id=0xBEEF), {}).id == "generic"


@pytest.mark.parametrize(
    ("value", "celsius"), [(0.49, -40.0), (0.64, -35.0), (5.12, 25.0), (9.72, 125.0), (0.1, None)]
)
def test_thermistor(value: float, celsius: float | None) -> None:
    """The ends of the openUPS's table, its steps, and what lies beyond."""
    assert thermistor(value) == celsius
