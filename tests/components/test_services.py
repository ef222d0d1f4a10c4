"""Actions: what is run and written, what is told about it, and what is refused and why."""

from datetime import date
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from homeassistant.const import Platform
from homeassistant.core import Context, HomeAssistant, SupportsResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.service import async_get_all_descriptions
from homeassistant.helpers.translation import async_get_exception_message
from homeassistant.setup import async_setup_component

from .units import Simulated, Unit, after, device_of, keys, set_up, until, value_of
from custom_components.ups_protocols.const import DOMAIN
from custom_components.ups_protocols.ups.errors import LinkLost, NoReply, Rejected, Unsupported
from custom_components.ups_protocols.ups.model import (
    Command,
    Danger,
    Parameter,
    Setting,
    SettingKind,
    StatusFlag,
)

TEST = Command(
    name="test.battery.start",
    danger=Danger.USES_BATTERY,
    parameters=(Parameter(name="duration", minimum=10, maximum=600, step=10, default=60),),
)
RETURN = Command(
    name="shutdown.return",
    danger=Danger.CUTS_POWER,
    parameters=(
        Parameter(name="offdelay", minimum=0, maximum=600, step=1, default=20),
        Parameter(name="ondelay", minimum=0, maximum=9999, step=60, default=180),
    ),
)
SETTINGS = (
    Setting(name="ups.delay.shutdown", minimum=12, maximum=600),
    Setting(name="input.sensitivity", kind=SettingKind.CHOICE, options=("low", "high")),
    Setting(name="ups.start.auto", kind=SettingKind.SWITCH, options=("no", "yes")),
    Setting(name="ups.id", kind=SettingKind.TEXT, length=8),
    Setting(name="battery.date", kind=SettingKind.DATE),
    Setting(name="output.voltage.nominal", kind=SettingKind.CHOICE, options=("220", "230")),
    Setting(name="battery.protection", kind=SettingKind.CHOICE, options=("enabled", "disabled")),
    Setting(name="ups.watchdog.status", kind=SettingKind.SWITCH, options=("0", "1")),
)


async def call(
    hass: HomeAssistant, action: str, *parts: str, device_id: str | None = None, **data: Any
) -> dict[str, Any]:
    """Call an action on the unit or one of its parts, and return what it answers."""
    if device_id is None:
        device = device_of(hass, *parts)
        assert device is not None
        device_id = device.id
    answer = await hass.services.async_call(
        DOMAIN, action, {"device_id": device_id, **data}, blocking=True, return_response=True
    )
    assert isinstance(answer, dict)
    return answer


async def refused(
    hass: HomeAssistant,
    action: str,
    *parts: str,
    kind: type[HomeAssistantError] = ServiceValidationError,
    **data: Any,
) -> tuple[str, str]:
    """Return the key and the text with which an action is refused."""
    with pytest.raises(kind) as raised:
        await call(hass, action, *parts, **data)
    error = raised.value
    assert error.translation_key is not None
    # a text that is not there would be the key
    text = async_get_exception_message(
        error.translation_domain or "", error.translation_key, error.translation_placeholders
    )
    assert "{" not in text
    assert error.translation_key not in text
    return error.translation_key, text


async def run_refused(hass: HomeAssistant, *parts: str, **data: Any) -> tuple[str, str]:
    return await refused(hass, "run_command", *parts, **data)


async def set_refused(hass: HomeAssistant, *parts: str, **data: Any) -> tuple[str, str]:
    return await refused(hass, "set_variable", *parts, **data)


# run_command


async def test_command_of_a_simulated_unit(hass: HomeAssistant, simulated: Simulated) -> None:
    """It reaches the UPS, and the answer says whether that is known."""
    await set_up(hass, simulated.entry())
    answer = await call(hass, "run_command", command="beeper.disable")
    assert answer == {"command": "beeper.disable", "confirmed": True, "parameters": {}}
    await until(hass, lambda: value_of(hass, Platform.SWITCH, "beeper.enable") == "off")
    answer = await call(hass, "run_command", command="test.battery.start.quick")
    assert answer == {"command": "test.battery.start.quick", "confirmed": False, "parameters": {}}
    await until(hass, lambda: value_of(hass, Platform.SENSOR, "status") == "testing")


async def test_rounded_parameters_of_a_simulated_unit(
    hass: HomeAssistant, simulated: Simulated
) -> None:
    """This UPS can say whole minutes only, and never acknowledges."""
    await set_up(hass, simulated.entry())
    answer = await call(
        hass, "run_command", command="test.battery.start", parameters={"duration": 90}
    )
    assert answer["command"] == "test.battery.start"
    assert answer["confirmed"] is False
    assert answer["parameters"]["duration"] in {60, 120}


async def test_answer_is_optional(hass: HomeAssistant, unit: Unit) -> None:
    """Who does not ask for it gets none."""
    unit.commands = [TEST]
    await set_up(hass)
    for action in ("run_command", "set_variable"):
        assert hass.services.supports_response(DOMAIN, action) is SupportsResponse.OPTIONAL
    device = device_of(hass)
    assert device is not None
    data = {"device_id": device.id, "command": TEST.name, "parameters": {"duration": "30"}}
    assert await hass.services.async_call(DOMAIN, "run_command", data, blocking=True) is None
    assert unit.ran == [(TEST.name, {"duration": 30.0})]


async def test_actions_are_there_without_a_unit(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    assert set(hass.services.async_services_for_domain(DOMAIN)) == {"run_command", "set_variable"}


async def test_command_that_cuts_power(hass: HomeAssistant, unit: Unit) -> None:
    """Only who says that it may cut the power can have it run."""
    unit.commands = [RETURN]
    await set_up(hass)
    key, text = await run_refused(hass, command="shutdown.return")
    assert key == "power_cut_not_allowed"
    assert "allow_power_cut: true" in text
    await run_refused(hass, command="shutdown.return", allow_power_cut=False)
    assert not unit.ran
    answer = await call(
        hass,
        "run_command",
        command="shutdown.return",
        parameters={"offdelay": 60},
        allow_power_cut=True,
    )
    assert answer["parameters"] == {"offdelay": 60.0}
    assert answer["confirmed"] is False
    assert unit.ran == [("shutdown.return", {"offdelay": 60.0})]


async def test_command_that_unprotects(hass: HomeAssistant, unit: Unit) -> None:
    unit.commands = [Command(name="bypass.start", danger=Danger.UNPROTECTS)]
    await set_up(hass)
    assert (await run_refused(hass, command="bypass.start"))[0] == "unprotects_not_allowed"
    await call(hass, "run_command", command="bypass.start", allow_power_cut=True)
    assert unit.ran == [("bypass.start", {})]


@pytest.mark.parametrize("danger", [Danger.HARMLESS, Danger.USES_BATTERY])
async def test_other_commands_need_no_permission(
    hass: HomeAssistant, unit: Unit, danger: Danger
) -> None:
    unit.commands = [Command(name="calibrate.start", danger=danger)]
    await set_up(hass)
    await call(hass, "run_command", command="calibrate.start")
    assert unit.ran == [("calibrate.start", {})]


async def test_command_that_is_not_there(hass: HomeAssistant, unit: Unit) -> None:
    """The user hears what there is, many outlets as one."""
    unit.commands = [TEST, *(Command(name=f"outlet.{n}.load.on") for n in range(1, 25))]
    await set_up(hass)
    key, text = await run_refused(hass, command="make.tea")
    assert key == "no_such_command"
    assert "make.tea" in text
    assert "It has: outlet.N.load.on, test.battery.start (" in text


async def test_parameters_that_cannot_be(hass: HomeAssistant, unit: Unit) -> None:
    unit.commands = [TEST, Command(name="beeper.mute")]
    await set_up(hass)

    async def told(parameters: dict[str, float], command: str = TEST.name) -> tuple[str, str]:
        return await run_refused(hass, command=command, parameters=parameters)

    key, text = await told({"delay": 5})
    assert (key, text.endswith("It takes: duration")) == ("no_such_parameter", True)
    assert (await told({"delay": 5}, "beeper.mute"))[0] == "no_such_parameter"
    for value in (9, 601, float("nan"), float("inf")):
        key, text = await told({"duration": value})
        assert (key, "between 10 and 600 s" in text) == ("parameter_out_of_range", True)
    assert not unit.ran


# who is meant


async def test_command_of_an_outlet(hass: HomeAssistant, unit: Unit) -> None:
    """On the device of an outlet a command means that outlet, or a harmless one the UPS."""
    cuts = Danger.CUTS_POWER
    unit.commands = [
        TEST,
        Command(name="load.off", danger=cuts),
        Command(name="outlet.1.load.off", danger=cuts),
        Command(name="outlet.10.load.off", danger=cuts),
        Command(name="outlet.2.load.on"),
        Command(name="outlet.group.1.load.off", danger=cuts),
    ]
    await set_up(hass)

    async def ran(*parts: str, command: str) -> str:
        answer = await call(hass, "run_command", *parts, command=command, allow_power_cut=True)
        assert unit.ran[-1][0] == answer["command"]
        return str(answer["command"])

    assert await ran("outlet.1", command="load.off") == "outlet.1.load.off"
    assert await ran("outlet.1", command="outlet.1.load.off") == "outlet.1.load.off"
    assert await ran("outlet.group.1", command="load.off") == "outlet.group.1.load.off"
    assert await ran("outlet.2", command=TEST.name) == TEST.name
    assert await ran(command="load.off") == "load.off"
    assert await ran(command="outlet.10.load.off") == "outlet.10.load.off"
    count = len(unit.ran)
    for part, command in (("2", "load.off"), ("1", "outlet.10.load.off")):
        key, text = await run_refused(hass, f"outlet.{part}", command=command, allow_power_cut=True)
        assert (key, f"more than outlet.{part}." in text) == ("not_of_this_part", True)
    assert len(unit.ran) == count


async def test_command_of_a_daisy_chain(hass: HomeAssistant, unit: Unit) -> None:
    unit.commands = [
        Command(name="device.2.outlet.4.load.off", danger=Danger.CUTS_POWER),
        Command(name="outlet.4.load.off", danger=Danger.CUTS_POWER),
    ]
    await set_up(hass)
    for parts, command in (
        (("device.2", "outlet.4"), "load.off"),
        (("device.2",), "outlet.4.load.off"),
        (("device.2",), "device.2.outlet.4.load.off"),
    ):
        answer = await call(hass, "run_command", *parts, command=command, allow_power_cut=True)
        assert answer["command"] == "device.2.outlet.4.load.off"
    key, _ = await run_refused(hass, "device.2", command="outlet.5.load.off")
    assert key == "no_such_command"


async def test_devices_that_are_none_of_ours(hass: HomeAssistant, unit: Unit) -> None:
    """One that is not there, one of another integration, one whose entry is not loaded."""
    unit.commands = [TEST]
    entry = await set_up(hass)
    ours = device_of(hass)
    assert ours is not None
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    theirs = dr.async_get(hass).async_get_or_create(
        config_entry_id=other.entry_id, identifiers={("other", "1")}, name="Theirs"
    )
    for device_id, wanted in (
        ("nothing", "service_device_not_found"),
        (theirs.id, "service_device_wrong_domain"),
    ):
        key, _ = await run_refused(hass, device_id=device_id, command=TEST.name)
        assert key == wanted
        key, _ = await set_refused(hass, device_id=device_id, variable="ups.id", value="x")
        assert key == wanted
    assert await hass.config_entries.async_unload(entry.entry_id)
    key, text = await run_refused(hass, device_id=ours.id, command=TEST.name)
    assert (key, "Fake One" in text) == ("service_config_entry_not_loaded", True)
    assert not unit.ran


async def test_administrators_only(
    hass: HomeAssistant, unit: Unit, hass_read_only_user: MockUser, hass_admin_user: MockUser
) -> None:
    """The actions reach entities that are disabled, and so past what a user may do."""
    unit.commands = [TEST]
    await set_up(hass)
    device = device_of(hass)
    assert device is not None
    data = {"device_id": device.id, "command": TEST.name}

    async def run(user: MockUser) -> None:
        await hass.services.async_call(
            DOMAIN, "run_command", data, blocking=True, context=Context(user_id=user.id)
        )

    with pytest.raises(Unauthorized):
        await run(hass_read_only_user)
    assert not unit.ran
    await run(hass_admin_user)
    assert unit.ran


# what the UPS says


@pytest.mark.parametrize(
    ("failure", "kind", "key"),
    [
        (Rejected("not now"), HomeAssistantError, "rejected"),
        (NoReply("silence"), HomeAssistantError, "no_reply"),
        (Unsupported("never"), ServiceValidationError, "unsupported"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_the_ups_refuses(
    hass: HomeAssistant,
    unit: Unit,
    failure: Rejected,
    kind: type[HomeAssistantError],
    key: str,
) -> None:
    unit.commands = [TEST]
    unit.settings = [*SETTINGS]
    await set_up(hass)
    unit.action_failure = failure
    told, text = await run_refused(hass, command=TEST.name, kind=kind)
    assert (told, str(failure) in text) == (key, True)
    told, _ = await set_refused(hass, variable="ups.id", value="x", kind=kind)
    assert told == key


async def test_unit_that_is_not_available(hass: HomeAssistant, unit: Unit) -> None:
    """The cause is told; nothing is kept for later."""
    unit.commands = [TEST]
    unit.settings = [*SETTINGS]
    await set_up(hass)
    unit.failure = LinkLost("hung up")
    await after(hass, unit, 2)
    key, text = await run_refused(hass, command=TEST.name, kind=HomeAssistantError)
    assert (key, "hung up" in text) == ("link_lost", True)
    key, _ = await set_refused(hass, variable="ups.id", value="x", kind=HomeAssistantError)
    assert key == "link_lost"
    unit.failure = None
    await after(hass, unit, 31)
    assert not unit.ran
    assert not unit.written


# set_variable


@pytest.mark.parametrize("simulated", ["masterguard-a"], indirect=True)
async def test_setting_of_a_simulated_unit(hass: HomeAssistant, simulated: Simulated) -> None:
    await set_up(hass, simulated.entry())
    answer = await call(hass, "set_variable", variable="battery.packs", value=3)
    assert answer == {"variable": "battery.packs", "value": 3}
    assert simulated.ups.settings["packs"] == "3"


async def test_value_in_force_of_a_simulated_unit(
    hass: HomeAssistant, simulated: Simulated
) -> None:
    """What the UPS cannot say exactly is rounded, and the answer tells it."""
    await set_up(hass, simulated.entry())
    answer = await call(hass, "set_variable", variable="ups.delay.shutdown", value=102)
    assert answer == {"variable": "ups.delay.shutdown", "value": 60}
    assert value_of(hass, Platform.NUMBER, "ups.delay.shutdown") == "60.0"


@pytest.mark.parametrize(
    ("variable", "value", "written"),
    [
        ("ups.delay.shutdown", 60, 60.0),
        ("ups.delay.shutdown", "60", 60.0),
        ("input.sensitivity", "high", "high"),
        ("output.voltage.nominal", 230, "230"),
        ("output.voltage.nominal", 230.0, "230"),
        ("output.voltage.nominal", "230", "230"),
        ("ups.start.auto", "yes", "yes"),
        ("ups.start.auto", True, "yes"),
        ("ups.start.auto", False, "no"),
        ("battery.protection", True, "enabled"),
        ("battery.protection", False, "disabled"),
        ("ups.watchdog.status", True, "1"),
        ("ups.watchdog.status", 0, "0"),
        ("ups.id", "CELLAR", "CELLAR"),
        ("ups.id", 5, "5"),
        ("ups.id", "", ""),
        ("battery.date", "2026-11-25", "2026-11-25"),
        ("battery.date", date(2026, 11, 25), "2026-11-25"),
    ],
)
async def test_values(
    hass: HomeAssistant, unit: Unit, variable: str, value: Any, written: Any
) -> None:
    """YAML has its own ideas of what yes, 230 and 2026-11-25 are."""
    unit.settings = [*SETTINGS]
    await set_up(hass)
    answer = await call(hass, "set_variable", variable=variable, value=value)
    assert answer == {"variable": variable, "value": written}
    assert unit.written == [(variable, written)]


@pytest.mark.parametrize(
    ("variable", "value", "key", "part_of_text"),
    [
        ("ups.delay.shutdown", 11, "number_out_of_range", "from 12 to 600 s"),
        ("ups.delay.shutdown", 601, "number_out_of_range", "601"),
        ("ups.delay.shutdown", "soon", "number_out_of_range", "soon"),
        ("ups.delay.shutdown", "nan", "number_out_of_range", "nan"),
        ("ups.delay.shutdown", True, "number_out_of_range", "True"),
        ("input.sensitivity", "medium", "not_a_choice", "low, high"),
        ("input.sensitivity", True, "not_a_choice", "low, high"),
        ("output.voltage.nominal", 231, "not_a_choice", "220, 230"),
        ("ups.start.auto", "maybe", "not_a_choice", "no, yes"),
        ("ups.id", "NINE CHAR", "text_too_long", "8 characters"),
        ("battery.date", "25.11.2026", "not_a_date", "year-month-day"),
        ("battery.date", "2026-02-30", "not_a_date", "2026-02-30"),
        ("battery.date", 5, "not_a_date", "5"),
        ("input.voltage", 230, "not_a_setting", "can only be read"),
        ("input.colour", "red", "no_such_setting", "battery.date, battery.protection"),
    ],
)
async def test_values_that_cannot_be(
    hass: HomeAssistant, unit: Unit, variable: str, value: Any, key: str, part_of_text: str
) -> None:
    unit.settings = [*SETTINGS]
    await set_up(hass)
    told, text = await set_refused(hass, variable=variable, value=value)
    assert told == key
    assert part_of_text in text
    assert not unit.written


async def test_setting_of_an_outlet(hass: HomeAssistant, unit: Unit) -> None:
    """On the device of a part its own variables need no number; those of the UPS are there too."""
    unit.flags |= {StatusFlag.OFF}
    unit.settings = [
        Setting(name="outlet.2.delay.shutdown", maximum=99),
        Setting(name="ups.delay.shutdown", maximum=99),
        Setting(name="battery.1.date", kind=SettingKind.DATE),
    ]
    unit.values = {"outlet.2.status": "on", "battery.1.voltage": 12.0}
    await set_up(hass)

    async def written(*parts: str, variable: str, value: Any) -> str:
        answer = await call(hass, "set_variable", *parts, variable=variable, value=value)
        return str(answer["variable"])

    assert await written("outlet.2", variable="delay.shutdown", value=5) == SETTINGS_OF[0]
    assert await written("outlet.2", variable="outlet.2.delay.shutdown", value=5) == SETTINGS_OF[0]
    assert await written("outlet.2", variable="ups.delay.shutdown", value=5) == SETTINGS_OF[1]
    assert await written("battery.pack.1", variable="date", value="2026-01-31") == SETTINGS_OF[2]
    key, _ = await set_refused(hass, "outlet.2", variable="status", value="off")
    assert key == "not_a_setting"
    assert "delay.shutdown" not in keys(hass, Platform.NUMBER)


SETTINGS_OF = ("outlet.2.delay.shutdown", "ups.delay.shutdown", "battery.1.date")


async def test_texts_of_the_actions_are_seen(hass: HomeAssistant, unit: Unit) -> None:
    """Home Assistant finds the fields that are described."""
    await set_up(hass)
    described = (await async_get_all_descriptions(hass))[DOMAIN]
    assert set(described["run_command"]["fields"]) == {
        "device_id",
        "command",
        "parameters",
        "allow_power_cut",
    }
    assert set(described["set_variable"]["fields"]) == {"device_id", "variable", "value"}
    assert described["run_command"]["response"] == {"optional": True}
