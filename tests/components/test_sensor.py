"""Sensors: the status in one word, and one for each variable."""

from collections.abc import Generator
from datetime import date
from itertools import pairwise
from unittest.mock import patch

import pytest
from syrupy.assertion import SnapshotAssertion

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import STATE_UNKNOWN, EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from .units import (
    DIALECTS,
    INTEGRATION,
    OF_OUTAGES,
    Simulated,
    Unit,
    after,
    check,
    device_of,
    entity_id,
    keys,
    row_of,
    set_up,
    state_of,
    value_of,
)
from custom_components.ups_protocols.sensor import PRECEDENCE
from custom_components.ups_protocols.ups.errors import LinkLost, NoReply
from custom_components.ups_protocols.ups.model import (
    Identity,
    Part,
    PartKind,
    Setting,
    SettingKind,
    StatusFlag,
    Value,
)

SENSOR = Platform.SENSOR
OF_A_BATTERY_WITH_A_DATE = {"kept.battery.age", "kept.battery.end", "kept.battery.left"}
# one of each quantity and of each kind of place
EVERYTHING: dict[str, Value] = {
    "ambient.1.contacts.2.status": "open",
    "ambient.1.humidity": 45.5,
    "ambient.1.temperature": 21.25,
    "ambient.1.temperature.status": "good",
    "battery.1.temperature": 24.0,
    "battery.2.charge": 98.0,
    "battery.capacity": 7.2,
    "battery.charge": 97.0,
    "battery.charger.status": "floating",
    "battery.current": -1.25,
    "battery.date": "2024-02-29",
    "battery.mfr.date": "07/08/24",
    "battery.packs": 2.0,
    "battery.runtime": 1234.0,
    "battery.type": "PbAc",
    "device.2.ups.load": 14.0,
    "device.2.outlet.4.current": 0.5,
    "device.uptime": 86400.0,
    "input.1.voltage": 229.0,
    "input.L1-L2.voltage": 399.5,
    "input.L1-N.voltage": 230.5,
    "input.L3.current": 1.5,
    "input.sensitivity": "medium",
    "input.transfer.reason": "input voltage out of range",
    "outlet.1.current": 0.75,
    "outlet.1.status": "on",
    "outlet.1.switchable": "yes",
    "outlet.0.realpower": 250.0,
    "outlet.group.1.status": "off",
    "input.phase.shift": 120.0,
    "output.powerfactor": 0.93,
    "output.realpower": 312.4,
    "ups.beeper.status": "muted",
    "ups.efficiency": 94.5,
    "output.energy": 12345.6,
    "ups.id": "cellar",
    "ups.power": 333.0,
    "output.reactivepower": -42.0,
    "ups.test.result": "Done and passed",
    "ups.time": "12:34",
    "ups.type": "line-interactive",
}


@pytest.fixture
def one_day() -> Generator[None]:
    """Have the age of a battery always be the same."""
    with patch(f"{INTEGRATION}.battery_care.today", return_value=date(2026, 11, 25)):
        yield


@pytest.mark.usefixtures("platform", "one_day")
@pytest.mark.parametrize("simulated", DIALECTS, indirect=True)
async def test_simulated_units(
    hass: HomeAssistant,
    simulated: Simulated,
    snapshot: SnapshotAssertion,
) -> None:
    """Every sensor of simulated units."""
    await set_up(hass, simulated.entry())
    check(hass, snapshot)


@pytest.mark.usefixtures("platform", "one_day")
async def test_everything(
    hass: HomeAssistant,
    unit: Unit,
    snapshot: SnapshotAssertion,
) -> None:
    """Every quantity, in every kind of place."""
    unit.values = dict(EVERYTHING)
    unit.flags = frozenset(StatusFlag)
    unit.parts = [
        Part(kind=PartKind.OUTLET, index=1),
        Part(kind=PartKind.PACK, index=1, identity=Identity(serial="P1", model="EBM 48V")),
        Part(kind=PartKind.PACK, index=2, identity=Identity(model="EBM 48V")),
    ]
    await set_up(hass)
    assert keys(hass, SENSOR) == {
        *EVERYTHING,
        *OF_A_BATTERY_WITH_A_DATE,
        *OF_OUTAGES,
        "kept.outage.reason",
        "kept.test.result",
        "status",
        "ups.status",
    }
    check(hass, snapshot)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_devices(hass: HomeAssistant, unit: Unit) -> None:
    """What has a serial number or parts of its own is a device, all else a child of one."""
    unit.values = dict(EVERYTHING)
    unit.parts = [
        Part(
            kind=PartKind.PACK,
            index=1,
            identity=Identity(manufacturer="Eaton", serial="P1", model="EBM 48V", firmware="3"),
        ),
        Part(kind=PartKind.PACK, index=2, identity=Identity(model="EBM 48V")),
        Part(kind=PartKind.OUTLET, index=4, identity=Identity(serial="of the first unit")),
        Part(kind=PartKind.UNIT, index=2, identity=Identity(serial="U2")),
    ]
    await set_up(hass)
    ups = device_of(hass)
    assert ups is not None

    pack = device_of(hass, "battery.pack.1")
    assert isinstance(pack, dr.DeviceEntry)
    assert pack.via_device_id == ups.id
    assert (pack.manufacturer, pack.model) == ("Eaton", "EBM 48V")
    assert (pack.serial_number, pack.sw_version) == ("P1", "3")
    unit_2 = device_of(hass, "device.2")
    assert isinstance(unit_2, dr.DeviceEntry)
    assert unit_2.via_device_id == ups.id
    assert unit_2.serial_number == "U2"

    children = {
        ("battery.pack.2",): ups.id,
        ("ambient.1",): ups.id,
        ("input.1",): ups.id,
        ("outlet.1",): ups.id,
        ("outlet.group.1",): ups.id,
        ("device.2", "outlet.4"): unit_2.id,
    }
    for parts, parent_id in children.items():
        child = device_of(hass, *parts)
        assert isinstance(child, dr.ChildDeviceEntry), parts
        assert child.parent_device_id == parent_id, parts

    places = {
        "battery.1.temperature": ("battery.pack.1",),
        "battery.2.charge": ("battery.pack.2",),
        "device.2.ups.load": ("device.2",),
        "device.2.outlet.4.current": ("device.2", "outlet.4"),
        "ambient.1.contacts.2.status": ("ambient.1",),
        "outlet.0.realpower": (),
        "input.L1-N.voltage": (),
        "battery.charge": (),
    }
    for key, parts in places.items():
        device = device_of(hass, *parts)
        assert device is not None
        assert row_of(hass, SENSOR, key).device_id == device.id, key


@pytest.mark.parametrize("serials", [(None, "P1"), ("P1", None)], ids=["later", "no more"])
async def test_pack_tells_its_serial_number(
    hass: HomeAssistant, unit: Unit, serials: tuple[str | None, str | None]
) -> None:
    """It stays the device that it was: Home Assistant makes no child of one, nor one of a child."""
    before, later = (
        [Part(kind=PartKind.PACK, index=1, identity=Identity(serial=serial))] for serial in serials
    )
    unit.values = {"battery.1.temperature": 24.0}
    unit.parts = before
    entry = await set_up(hass)
    device = device_of(hass, "battery.pack.1")
    assert device is not None
    unit.failure = LinkLost("hung up")
    await after(hass, unit, 2)
    unit.failure = None
    unit.parts = later
    unit.values["battery.1.voltage"] = 12.0
    await after(hass, unit, 31)
    assert value_of(hass, SENSOR, "battery.1.voltage") == "12.0"

    assert await hass.config_entries.async_reload(entry.entry_id)
    await after(hass, unit, 1)
    for key, value in (("battery.1.voltage", "12.0"), ("battery.1.temperature", "24.0")):
        assert value_of(hass, SENSOR, key) == value
        assert row_of(hass, SENSOR, key).device_id == device.id


# the status


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        *(({flag}, word) for flag, word in PRECEDENCE),
        *(({flag, worse}, word) for (worse, word), (flag, _) in pairwise(PRECEDENCE)),
        ({StatusFlag.ON_BATTERY, StatusFlag.LOW_BATTERY}, "low_battery"),
        ({StatusFlag.ON_BATTERY, StatusFlag.TESTING, StatusFlag.LOW_BATTERY}, "testing"),
        ({StatusFlag.ON_LINE, StatusFlag.LOW_BATTERY}, "on_line"),
        ({StatusFlag.ON_LINE, StatusFlag.CHARGING, StatusFlag.REPLACE_BATTERY}, "on_line"),
        ({StatusFlag.LOW_BATTERY}, STATE_UNKNOWN),
        (set(), STATE_UNKNOWN),
    ],
    ids=str,
)
async def test_status_in_one_word(
    hass: HomeAssistant, unit: Unit, flags: set[StatusFlag], expected: str
) -> None:
    """What is worse comes first."""
    unit.flags = frozenset(StatusFlag)
    unit.says(*flags)
    await set_up(hass)
    status = state_of(hass, SENSOR, "status")
    assert status.state == expected
    assert status.attributes["options"] == [*(word for _, word in PRECEDENCE), "low_battery"]


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_flags_as_users_of_nut_know_them(hass: HomeAssistant, unit: Unit) -> None:
    """In the same order whatever comes first."""
    unit.flags |= {StatusFlag.CHARGING}
    unit.says(StatusFlag.CHARGING, StatusFlag.ON_LINE)
    await set_up(hass)
    assert value_of(hass, SENSOR, "ups.status") == "OL CHRG"
    unit.says()
    await after(hass, unit, 1)
    assert value_of(hass, SENSOR, "ups.status") == STATE_UNKNOWN


async def test_status_has_only_words_of_this_unit(hass: HomeAssistant, unit: Unit) -> None:
    """A unit that cannot bypass is never said to."""
    await set_up(hass)
    assert state_of(hass, SENSOR, "status").attributes["options"] == ["on_battery", "on_line"]


async def test_unit_without_flags_has_no_status(hass: HomeAssistant, unit: Unit) -> None:
    """A meter has values and no state."""
    unit.flags = frozenset()
    unit.says()
    await set_up(hass)
    assert keys(hass, SENSOR) == {"input.voltage"}


# words, dates, texts


@pytest.mark.parametrize(
    ("name", "said", "shown"),
    [
        ("input.transfer.reason", "highLineVoltage", "high_line_voltage"),
        ("ups.test.result", "Done and passed", "done_and_passed"),
        ("ups.test.result", "Passed on a Tuesday", "Passed on a Tuesday"),
        ("input.sensitivity", 3.0, "3.0"),
        pytest.param("input.sensitivity", "x" * 300, "x" * 255, id="long"),
        ("outlet.1.switchable", "yes", "yes"),
        ("outlet.1.switchable", "perhaps", "perhaps"),
    ],
)
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_words(hass: HomeAssistant, unit: Unit, name: str, said: Value, shown: str) -> None:
    """Closed words have a text; any other word stays as reported, now and later."""
    unit.values = {name: said}
    await set_up(hass)
    state = state_of(hass, SENSOR, name)
    assert state.state == shown
    assert state.attributes["device_class"] == SensorDeviceClass.ENUM
    assert shown in state.attributes["options"]
    usual = state.attributes["options"].copy()
    unit.values[name] = "something new"
    await after(hass, unit, 35)
    assert value_of(hass, SENSOR, name) == "something new"
    unit.values[name] = said
    await after(hass, unit, 35)
    assert state_of(hass, SENSOR, name).attributes["options"] == usual


async def test_dates(hass: HomeAssistant, unit: Unit) -> None:
    """ISO text is a date; text whose order of day and month nobody knows stays text."""
    unit.values = {"battery.date": "2024-02-29", "battery.mfr.date": "07/08/24"}
    entry = await set_up(hass)
    # a unit that is silent when Home Assistant starts has the same dates afterwards
    unit.failure = NoReply("silence")
    assert await hass.config_entries.async_reload(entry.entry_id)
    await after(hass, unit, 5)
    unit.failure = None
    await after(hass, unit, 31)
    known = state_of(hass, SENSOR, "battery.date")
    assert known.state == "2024-02-29"
    assert known.attributes["device_class"] == SensorDeviceClass.DATE
    unsure = state_of(hass, SENSOR, "battery.mfr.date")
    assert unsure.state == "07/08/24"
    assert "device_class" not in unsure.attributes
    del unit.values["battery.date"]
    await after(hass, unit, 31)
    known = state_of(hass, SENSOR, "battery.date")
    assert known.state == STATE_UNKNOWN
    assert known.attributes["device_class"] == SensorDeviceClass.DATE


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_text_where_a_number_should_be(hass: HomeAssistant, unit: Unit) -> None:
    """It is no number and not shown as one; a mere text is cut to what a state can be."""
    unit.values = {"input.voltage": "n/a", "ups.id": "i" * 300, "battery.charge": 50.0}
    await set_up(hass)
    assert value_of(hass, SENSOR, "input.voltage") == STATE_UNKNOWN
    assert value_of(hass, SENSOR, "ups.id") == "i" * 255
    assert value_of(hass, SENSOR, "battery.charge") == "50.0"


# the rest


async def test_estimates_are_marked(hass: HomeAssistant, unit: Unit) -> None:
    """What we worked out is not taken for what the UPS says."""
    unit.values = {"battery.charge": 50.0, "battery.voltage": 12.5}
    unit.estimated = {"battery.charge"}
    await set_up(hass)
    assert state_of(hass, SENSOR, "battery.charge").attributes["estimated"] is True
    assert "estimated" not in state_of(hass, SENSOR, "battery.voltage").attributes


async def test_names_outside_the_namespace_make_no_entity(hass: HomeAssistant, unit: Unit) -> None:
    """Nor do settings with an entity of their own, nor what the device's page tells."""
    unit.values |= {
        "experimental.flux": 88.0,
        "device.serial": "F1",
        "ups.firmware": "1",
        "ups.delay.shutdown": 30.0,
    }
    unit.settings = [Setting(name="ups.delay.shutdown", maximum=600)]
    await set_up(hass)
    assert keys(hass, SENSOR) == {*OF_OUTAGES, "input.voltage", "status", "ups.status"}


async def test_settings_have_entities_of_their_own(hass: HomeAssistant, unit: Unit) -> None:
    """Texts and dates that can be written are not shown twice."""
    unit.values |= {"ups.id": "cellar", "battery.date": "2024-02-29"}
    unit.settings = [
        Setting(name="ups.id", kind=SettingKind.TEXT, length=8),
        Setting(name="battery.date", kind=SettingKind.DATE),
    ]
    await set_up(hass)
    assert keys(hass, SENSOR) == {
        *OF_A_BATTERY_WITH_A_DATE,
        *OF_OUTAGES,
        "input.voltage",
        "status",
        "ups.status",
    }
    assert keys(hass, Platform.TEXT) == {"ups.id"}
    assert keys(hass, Platform.DATE) == {"battery.date"}


async def test_what_is_shown_first(hass: HomeAssistant, unit: Unit) -> None:
    """Readings are in view; ratings and rare ones are there when wanted."""
    unit.values = {
        "battery.charge": 50.0,
        "battery.date": "2024-02-29",
        "input.voltage": 230.0,
        "input.voltage.fault": 230.0,
        "output.voltage.nominal": 230.0,
    }
    await set_up(hass)
    shown = {key: row_of(hass, SENSOR, key) for key in unit.values}
    assert {key for key, row in shown.items() if row.disabled} == {
        "input.voltage.fault",
        "output.voltage.nominal",
    }
    assert {
        key for key, row in shown.items() if row.entity_category is EntityCategory.DIAGNOSTIC
    } == {"output.voltage.nominal"}
    assert state_of(hass, SENSOR, "battery.charge").attributes["device_class"] == "battery"
    assert hass.states.get(entity_id(hass, SENSOR, "output.voltage.nominal")) is None
