"""Repairs: each is there while its cause is, and can be put right."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.components.repairs import (
    DOMAIN as REPAIRS,
    RepairsFlowResult,
    repairs_flow_manager,
)
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .units import ENTRY_ID, PORT, Unit, act, after, make_entry, set_up
from custom_components.ups_protocols.const import DOMAIN
from custom_components.ups_protocols.issues import FULL_READS, GONE_FOR, IN_USE_FOR
from custom_components.ups_protocols.ups.errors import (
    AuthFailed,
    BadReply,
    InUse,
    LinkLost,
    NoPermission,
    NoReply,
    NoSuchPort,
    NotThisUps,
    UpsError,
    UpsGone,
)
from custom_components.ups_protocols.ups.model import Setting, SettingKind, StatusFlag

USB = "usb:0463:ffff:G117J21028"
SNMP = "snmp://192.0.2.1"
INSTALLED = "kept.battery.installed"


@pytest.fixture
def unit(units: dict[str, Unit]) -> Unit:
    """A fake UPS that every wire leads to."""
    one = Unit()
    one.flags |= {StatusFlag.REPLACE_BATTERY}
    units |= dict.fromkeys((PORT, USB, SNMP), one)
    return one


def issues(hass: HomeAssistant) -> dict[str, str]:
    """Return the text of each issue that there is, by its kind."""
    return {
        issue.issue_id.removesuffix(f"_{ENTRY_ID}"): str(issue.translation_key)
        for issue in ir.async_get(hass).issues.values()
        if issue.active and issue.domain == DOMAIN
    }


def issue(hass: HomeAssistant, kind: str) -> ir.IssueEntry:
    found = ir.async_get(hass).async_get_issue(DOMAIN, f"{kind}_{ENTRY_ID}")
    assert found is not None
    return found


def told(hass: HomeAssistant, kind: str) -> Mapping[str, str]:
    """Return what the text of an issue is filled with."""
    return issue(hass, kind).translation_placeholders or {}


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float = 0, **delta: float
) -> None:
    """Let the clock of Home Assistant go on, not that of the UPS."""
    freezer.tick(timedelta(seconds=seconds, **delta))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


async def lose(hass: HomeAssistant, unit: Unit, failure: UpsError | None) -> None:
    """Have a UPS unavailable for a reason, or back."""
    unit.failure = failure
    await after(hass, unit, 40)


# out of reach


@pytest.mark.parametrize(
    ("device", "failure", "text"),
    [
        (PORT, NoSuchPort("no such port"), "device_gone_serial"),
        (PORT, LinkLost("hung up"), "device_gone_serial"),
        (USB, NoSuchPort("not plugged in"), "device_gone_usb"),
        (SNMP, LinkLost("no route"), "device_gone_network"),
        (PORT, NoReply("silence"), "no_answer_serial"),
        (PORT, BadReply("noise"), "no_answer_serial"),
        (PORT, NotThisUps("another one"), "no_answer_serial"),
        (USB, NoReply("silence"), "no_answer_usb"),
        (SNMP, NoReply("silence"), "no_answer_network"),
        (SNMP, UpsGone("lost"), "no_answer_network"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
async def test_gone_for_an_hour(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    unit: Unit,
    device: str,
    failure: UpsError,
    text: str,
) -> None:
    """Not before, and no longer than that."""
    await set_up(hass, make_entry(device))
    assert not issues(hass)
    await lose(hass, unit, failure)
    await pass_time(hass, freezer, GONE_FOR - 60)
    assert not issues(hass)
    await pass_time(hass, freezer, 60)
    assert issues(hass) == {"device_gone": text}
    assert told(hass, "device_gone")["name"] == "Fake One"
    assert told(hass, "device_gone")["reason"] == str(failure)
    assert told(hass, "device_gone")["device"].startswith(device[:8])
    assert issue(hass, "device_gone").severity is ir.IssueSeverity.ERROR
    assert not issue(hass, "device_gone").is_fixable
    await lose(hass, unit, None)
    assert not issues(hass)


async def test_back_in_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, unit: Unit
) -> None:
    """The hour begins anew with each loss, and not with another reason for the same one."""
    await set_up(hass)
    await lose(hass, unit, LinkLost("hung up"))
    await pass_time(hass, freezer, GONE_FOR - 60)
    await lose(hass, unit, None)
    await pass_time(hass, freezer, 120)
    assert not issues(hass)
    await lose(hass, unit, LinkLost("hung up"))
    await pass_time(hass, freezer, GONE_FOR / 2)
    await lose(hass, unit, NoReply("silence"))
    assert not issues(hass)
    await pass_time(hass, freezer, GONE_FOR / 2)
    assert issues(hass) == {"device_gone": "no_answer_serial"}
    await lose(hass, unit, NoSuchPort("gone"))
    assert issues(hass) == {"device_gone": "device_gone_serial"}


@pytest.mark.parametrize(
    ("device", "text"),
    [
        (PORT, "no_permission_serial"),
        (USB, "no_permission_usb"),
        (SNMP, "no_permission_network"),
    ],
)
async def test_no_permission(hass: HomeAssistant, unit: Unit, device: str, text: str) -> None:
    """It is told at once, since nothing but the user's hand changes it."""
    await set_up(hass, make_entry(device))
    await lose(hass, unit, NoPermission("not allowed"))
    assert issues(hass) == {"no_permission": text}
    assert told(hass, "no_permission")["reason"] == "not allowed"
    rule = told(hass, "no_permission").get("rule", "")
    assert ('ATTR{idVendor}=="0463"' in rule) is (device == USB)
    await lose(hass, unit, None)
    assert not issues(hass)


async def test_no_permission_at_the_start(hass: HomeAssistant, unit: Unit) -> None:
    """So it is after a restart with another kernel, or on another machine."""
    entry = await set_up(hass)
    unit.open_failure = NoPermission("not allowed")
    assert await hass.config_entries.async_reload(entry.entry_id)
    await after(hass, unit, 5)
    assert issues(hass) == {"no_permission": "no_permission_serial"}


@pytest.mark.parametrize(
    ("device", "text"),
    [(PORT, "in_use_serial"), (USB, "in_use_usb"), (SNMP, "in_use_network")],
)
async def test_in_use(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, unit: Unit, device: str, text: str
) -> None:
    """A program that only looks at a new port lets go of it soon."""
    await set_up(hass, make_entry(device))
    await lose(hass, unit, InUse("taken"))
    await pass_time(hass, freezer, IN_USE_FOR - 1)
    assert not issues(hass)
    await pass_time(hass, freezer, 1)
    assert issues(hass) == {"in_use": text}
    # what comes next has to last by itself
    await lose(hass, unit, LinkLost("hung up"))
    assert not issues(hass)
    await pass_time(hass, freezer, GONE_FOR)
    assert issues(hass) == {"device_gone": text.replace("in_use", "device_gone")}


async def test_wrong_password_is_another_flows_affair(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, unit: Unit
) -> None:
    await set_up(hass, make_entry(SNMP))
    unit.failure = AuthFailed("wrong community")
    await after(hass, unit, 40)
    await pass_time(hass, freezer, GONE_FOR)
    assert not issues(hass)


# the battery


async def test_replace_battery(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, unit: Unit
) -> None:
    """For as long as the UPS says so, whether it is in reach or not."""
    await set_up(hass)
    unit.says(StatusFlag.ON_LINE, StatusFlag.REPLACE_BATTERY)
    await after(hass, unit, 2)
    assert issues(hass) == {"replace_battery": "replace_battery"}
    assert issue(hass, "replace_battery").is_fixable
    await lose(hass, unit, LinkLost("hung up"))
    assert issues(hass) == {"replace_battery": "replace_battery"}
    unit.says(StatusFlag.ON_LINE)
    await lose(hass, unit, None)
    assert not issues(hass)


@pytest.fixture
async def repairs(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, REPAIRS, {})


async def open_form(hass: HomeAssistant, kind: str) -> RepairsFlowResult:
    """Open the form of a repair."""
    manager = repairs_flow_manager(hass)
    assert manager is not None
    which: Any = {"issue_id": f"{kind}_{ENTRY_ID}"}
    # Home Assistant 2026.9 has it in the data
    return await manager.async_init(DOMAIN, context=which, data=which)


async def fix(hass: HomeAssistant, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Open the form of a repair, and submit it."""
    manager = repairs_flow_manager(hass)
    assert manager is not None
    form = await open_form(hass, kind)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "confirm")
    result = await manager.async_configure(form["flow_id"], {})
    await hass.async_block_till_done()
    return dict(form), dict(result)


@pytest.mark.usefixtures("repairs")
async def test_new_battery(hass: HomeAssistant, freezer: FrozenDateTimeFactory, unit: Unit) -> None:
    """A UPS goes on saying so until its next test: it has three weeks for that."""
    freezer.move_to("2026-11-25 12:00:00")
    entry = await set_up(hass)
    unit.says(StatusFlag.ON_LINE, StatusFlag.REPLACE_BATTERY)
    await after(hass, unit, 2)
    form, result = await fix(hass, "replace_battery")
    assert form["description_placeholders"]["name"] == "Fake One"
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.runtime_data.kept.battery_installed == "2026-11-25"
    assert not issues(hass)
    await after(hass, unit, 60)
    assert await hass.config_entries.async_reload(ENTRY_ID)
    await after(hass, unit, 2)
    assert not issues(hass)
    await pass_time(hass, freezer, days=21)
    assert not issues(hass)
    await pass_time(hass, freezer, days=1)
    assert issues(hass) == {"replace_battery": "replace_battery"}


async def test_new_battery_by_its_button(hass: HomeAssistant, unit: Unit) -> None:
    """The issue goes with the button as well."""
    unit.status = unit.status.__class__(flags=frozenset({StatusFlag.REPLACE_BATTERY}))
    await set_up(hass)
    assert issues(hass) == {"replace_battery": "replace_battery"}
    await act(hass, "press", "button", "kept.battery.replaced")
    assert not issues(hass)


@pytest.mark.usefixtures("repairs")
async def test_new_battery_that_the_unit_cannot_be_told(hass: HomeAssistant, unit: Unit) -> None:
    """Nothing is noted where the unit keeps the date and is out of reach; it can be tried again."""
    unit.settings = [Setting(name="battery.date", kind=SettingKind.DATE)]
    unit.says(StatusFlag.ON_LINE, StatusFlag.REPLACE_BATTERY)
    await set_up(hass)
    unit.action_failure = LinkLost("hung up")
    _, result = await fix(hass, "replace_battery")
    assert result["errors"] == {"base": "not_told"}
    assert "hung up" in result["description_placeholders"]["reason"]
    assert issues(hass) == {"replace_battery": "replace_battery"}
    unit.action_failure = None
    manager = repairs_flow_manager(hass)
    assert manager is not None
    done = await manager.async_configure(result["flow_id"], {})
    await hass.async_block_till_done()
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert unit.written[-1] == ("battery.date", dt_util.now().date().isoformat())
    assert not issues(hass)


@pytest.mark.usefixtures("repairs")
async def test_new_battery_of_an_entry_that_is_not_loaded(hass: HomeAssistant, unit: Unit) -> None:
    """Its issue is gone; a form that was open meanwhile ends."""
    unit.says(StatusFlag.ON_LINE, StatusFlag.REPLACE_BATTERY)
    await set_up(hass)
    manager = repairs_flow_manager(hass)
    assert manager is not None
    form = await open_form(hass, "replace_battery")
    assert await hass.config_entries.async_unload(ENTRY_ID)
    result = await manager.async_configure(form["flow_id"], {})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_loaded")


async def test_battery_beyond_its_expected_life(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, unit: Unit
) -> None:
    """From the day on which it comes to be that old; a corrected date takes it back."""
    freezer.move_to("2026-11-25 12:00:00")
    unit.values["battery.voltage"] = 13.5
    await set_up(hass)
    assert not issues(hass)
    await act(hass, "set_value", "date", INSTALLED, date=date(2022, 11, 26))
    assert not issues(hass)
    await pass_time(hass, freezer, days=1)
    assert issues(hass) == {"battery_expired": "battery_expired"}
    assert told(hass, "battery_expired") == {
        "name": "Fake One",
        "installed": "2022-11-26",
        "end": "2026-11-26",
    }
    assert issue(hass, "battery_expired").severity is ir.IssueSeverity.WARNING
    await act(hass, "set_value", "date", INSTALLED, date=date(2024, 1, 1))
    assert not issues(hass)


@pytest.mark.usefixtures("repairs")
async def test_day_of_replacement_that_the_unit_names(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, unit: Unit
) -> None:
    """A new battery is not beyond its life because the unit still names the day of the old one."""
    freezer.move_to("2026-11-25 12:00:00")
    unit.values |= {"battery.date.maintenance": "2026-11-01", "battery.voltage": 13.5}
    await set_up(hass)
    assert told(hass, "battery_expired")["installed"] == "–"
    form, result = await fix(hass, "battery_expired")
    assert form["description_placeholders"]["end"] == "2026-11-01"
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not issues(hass)


# values


async def test_implausible_values(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, unit: Unit
) -> None:
    """One that is impossible in several full reads, not some that are now and then."""
    lasting = 30 * FULL_READS
    await set_up(hass)
    unit.left_out = {"battery.temperature": 3276.7}
    await after(hass, unit, 30)
    await pass_time(hass, freezer, lasting - 1)
    unit.left_out = {"input.voltage": 9999.0}
    await after(hass, unit, 30)
    await pass_time(hass, freezer, 1)
    assert not issues(hass)
    unit.left_out = {"input.voltage": 9999.0, "ups.load": 250}
    await after(hass, unit, 30)
    await pass_time(hass, freezer, lasting - 1)
    assert issues(hass) == {"implausible_values": "implausible_values"}
    assert told(hass, "implausible_values")["values"] == "input.voltage = 9999.0"
    url = issue(hass, "implausible_values").learn_more_url
    assert url is not None
    assert url.endswith("/issues")
    unit.left_out = {}
    await after(hass, unit, 30)
    assert not issues(hass)


# life


async def test_several_at_once_and_the_end_of_the_entry(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, unit: Unit
) -> None:
    """All go with the entry that is unloaded, disabled or removed, and so do their timers."""
    unit.says(StatusFlag.ON_LINE, StatusFlag.REPLACE_BATTERY)
    entry = await set_up(hass)
    await lose(hass, unit, LinkLost("hung up"))
    await pass_time(hass, freezer, GONE_FOR)
    both = {"device_gone": "device_gone_serial", "replace_battery": "replace_battery"}
    assert issues(hass) == both
    await hass.config_entries.async_set_disabled_by(ENTRY_ID, ConfigEntryDisabler.USER)
    assert not issues(hass)
    await hass.config_entries.async_set_disabled_by(ENTRY_ID, None)
    await hass.async_block_till_done()
    await lose(hass, unit, None)
    assert issues(hass).keys() == {"replace_battery"}
    await lose(hass, unit, LinkLost("hung up"))
    assert await hass.config_entries.async_remove(entry.entry_id)
    await pass_time(hass, freezer, GONE_FOR)
    assert not issues(hass)


@pytest.mark.usefixtures("repairs")
async def test_seen_in_the_frontend(
    hass: HomeAssistant, unit: Unit, hass_client: ClientSessionGenerator
) -> None:
    """The form is reached as the frontend does it."""
    assert await async_setup_component(hass, "http", {})
    unit.says(StatusFlag.ON_LINE, StatusFlag.REPLACE_BATTERY)
    await set_up(hass)
    client = await hass_client()
    begin = {"handler": DOMAIN, "issue_id": f"replace_battery_{ENTRY_ID}"}
    answer = await (await client.post("/api/repairs/issues/fix", json=begin)).json()
    assert answer["step_id"] == "confirm"
    url = f"/api/repairs/issues/fix/{answer['flow_id']}"
    answer = await (await client.post(url, json={})).json()
    assert answer["type"] == "create_entry"
    assert not issues(hass)
