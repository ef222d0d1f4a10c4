"""What every simulated unit can be told: dangers are dangers, and all of it can be shown."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
import json
from pathlib import Path
from typing import Any

import pytest

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from .units import Unit, device_of, keys, row_of, set_up
from custom_components import ups_protocols
from custom_components.ups_protocols.entity import CUTS_OR_UNPROTECTS, name_key
from custom_components.ups_protocols.keys import template_key
from custom_components.ups_protocols.pairs import PAIRS
from custom_components.ups_protocols.ups import catalog
from custom_components.ups_protocols.ups.model import (
    Command,
    Danger,
    Setting,
    SettingKind,
    StatusFlag,
)
from custom_components.ups_protocols.ups.names import COMMANDS, parse, parse_command
from custom_components.ups_protocols.ups.session import Capabilities, Session
from tests.simulators.__main__ import PROTOCOLS
from tests.simulators.clock import Clock
from tests.simulators.snmp import AGENTS, make_agent
from tests.simulators.wires import PtyWire
from tests.ups import snmp, usb_bus
from tests.usbsim import devices
from tests.usbsim.devices import odd

ROOT = Path(str(ups_protocols.__file__)).parent
TEXTS = json.loads((ROOT / "translations" / "en.json").read_text(encoding="utf-8"))["entity"]

# by what a command's name begins with; the first that fits. Where it names none, no power is cut
DANGERS: tuple[tuple[str, Danger], ...] = (
    ("shutdown.stop", Danger.HARMLESS),
    ("shutdown.", Danger.CUTS_POWER),
    ("load.on", Danger.HARMLESS),
    ("load.", Danger.CUTS_POWER),
    ("bypass.stop", Danger.HARMLESS),
    ("bypass.start", Danger.UNPROTECTS),
    ("experimental.bypass.ecomode.start", Danger.UNPROTECTS),
    ("experimental.ecomode.start", Danger.UNPROTECTS),
    ("experimental.essmode.start", Danger.UNPROTECTS),
    ("test.failure.start", Danger.USES_BATTERY),
    ("test.battery.stop", Danger.HARMLESS),
    ("test.battery.", Danger.USES_BATTERY),
    ("calibrate.start", Danger.USES_BATTERY),
    ("reset.factory", Danger.UNPROTECTS),
)
LEVELS = list(Danger)
OFF: Mapping[str, str] = {"on": "off", "enable": "disable", "start": "stop"}
# one that is too old to be found by its speed
NAMED: Mapping[str, Mapping[str, Any]] = {"system-80": {"baudrate": "2400"}}
# what is spoken on the wires that devices of a maker's own have; bridges carry what lines have
ON_USB: Mapping[str, str] = {
    **dict.fromkeys(devices.HID, "usb-hid-power-device"),
    **{name: name.partition("-")[0] for name in odd.MAKERS},
}
PLATFORMS = {
    SettingKind.NUMBER: Platform.NUMBER,
    SettingKind.CHOICE: Platform.SELECT,
    SettingKind.SWITCH: Platform.SWITCH,
    SettingKind.TEXT: Platform.TEXT,
    SettingKind.DATE: Platform.DATE,
}
SAYS_SO = {
    Danger.CUTS_POWER: ("Cut power", "Power cycle"),
    Danger.UNPROTECTS: ("unprotected", "less protected", "factory"),
}


def least(template: str) -> Danger:
    """Return what a command can do by its name alone."""
    rest = template.removeprefix("outlet.group.{group}.").removeprefix("outlet.{outlet}.")
    named = (danger for begin, danger in DANGERS if rest.startswith(begin))
    return next(named, Danger.HARMLESS)


def test_names_say_what_is_dangerous() -> None:
    """Each command whose name is dangerous has a text that says so, and no harmless one has."""
    for template in COMMANDS:
        text = TEXTS[Platform.BUTTON][template_key(template)]["name"]
        for danger, words in SAYS_SO.items():
            assert any(word in text for word in words) is (least(template) is danger), text


def test_names_of_switches_say_what_is_dangerous() -> None:
    """What the off, or the on, of a switch does to the power is in its name."""
    words = {Danger.CUTS_POWER: ("power", "Power"), Danger.UNPROTECTS: ("nprotected", "less")}
    for pair in PAIRS:
        dangers = {least(pair.on), least(pair.off)}
        text = TEXTS[Platform.SWITCH][pair.key]["name"]
        for danger in dangers & CUTS_OR_UNPROTECTS:
            assert any(word in text for word in words[danger]), text


async def test_every_command_in_home_assistant(hass: HomeAssistant, unit: Unit) -> None:
    """What is dangerous is there only when wanted; each outlet and group is a device."""
    for template in COMMANDS:
        name = template.format(outlet=1, group=1)
        unit.commands.append(Command(name=name, danger=least(template)))
    unit.flags = frozenset(StatusFlag)
    unit.values = {
        "outlet.1.status": "on",
        "outlet.group.1.status": "on",
        "ups.beeper.status": "enabled",
    }
    await set_up(hass)
    dangers = {command.name: command.danger for command in unit.commands}
    switched = keys(hass, Platform.SWITCH)
    assert switched == {pair.on.format(outlet=1, group=1) for pair in PAIRS}
    parts = {part: device_of(hass, part) for part in ("outlet.group.1", "outlet.1")}
    assert all(isinstance(device, dr.ChildDeviceEntry) for device in parts.values())
    # the button for a new battery is no command
    buttons = keys(hass, Platform.BUTTON) & dangers.keys()
    assert len(buttons) == len(dangers) - 2 * len(switched)
    for platform, names in ((Platform.BUTTON, buttons), (Platform.SWITCH, switched)):
        for name in names:
            row = row_of(hass, platform, name)
            its = {dangers[name]}
            if platform is Platform.SWITCH:
                its.add(dangers[name.rpartition(".")[0] + "." + OFF[name.rpartition(".")[2]]])
            assert row.disabled is bool(its & CUTS_OR_UNPROTECTS), name
            device = next(
                (device for part, device in parts.items() if name.startswith(part)),
                device_of(hass),
            )
            assert device is not None
            assert row.device_id == device.id, name


def check(capabilities: Capabilities) -> None:
    """See that all that a unit can be told is as it must be."""
    assert capabilities.identity
    check_commands(capabilities.commands.values())
    check_settings(capabilities.settings.values())


def check_commands(commands: Iterable[Command]) -> None:
    for command in commands:
        row = parse_command(command.name)
        assert row is not None, f"{command.name} has no button"
        danger = least(row.template)
        assert LEVELS.index(command.danger) >= LEVELS.index(danger), command
        for parameter in command.parameters:
            assert parameter.minimum <= parameter.default <= parameter.maximum, command
            assert parameter.step > 0, command


def check_settings(settings: Iterable[Setting]) -> None:
    for setting in settings:
        parsed = parse(setting.name)
        assert parsed is not None, f"{setting.name} has no entity"
        platform = PLATFORMS[setting.kind]
        assert name_key(parsed) in TEXTS[platform], f"{setting.name} as {platform}"
        match setting.kind:
            case SettingKind.NUMBER:
                assert setting.minimum < setting.maximum, setting
                assert setting.step > 0, setting
            case SettingKind.CHOICE:
                assert len(set(setting.options)) == len(setting.options) > 0, setting
            case SettingKind.SWITCH:
                assert len(set(setting.options)) == 2 == len(setting.options), setting
            case SettingKind.TEXT:
                assert setting.length > 0, setting


async def ask(url: str, info: catalog.ProtocolInfo, **options: Any) -> Capabilities:
    """Open a unit and return what it can be told."""
    session = Session(url, info, options=options)
    session.start()
    try:
        await session.ready()
        return session.capabilities
    finally:
        await session.close()


@asynccontextmanager
async def on_a_line(protocol: str, dialect: str) -> AsyncGenerator[str]:
    _, make = PROTOCOLS[protocol]
    async with PtyWire(make(dialect, clock=Clock.stopped())) as wire:
        yield wire.link


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_units_on_a_line(protocol: str) -> None:
    """All dialects at the same time: to be found out takes each its while."""
    info = catalog.protocol(protocol)

    async def see(dialect: str) -> None:
        async with on_a_line(protocol, dialect) as url:
            capabilities = await ask(url, info, **NAMED.get(dialect, {}))
        check(capabilities)

    dialects, _ = PROTOCOLS[protocol]
    outcomes = await asyncio.gather(*map(see, dialects), return_exceptions=True)
    failed = {name: outcome for name, outcome in zip(dialects, outcomes, strict=True) if outcome}
    assert not failed


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("mib", AGENTS)
async def test_units_in_the_network(mib: str) -> None:
    agent = make_agent(mib, clock=Clock.stopped())
    async with snmp.opened(agent) as unit:
        driver = unit.driver
        check_commands(driver.commands.values())
        check_settings(driver.settings.values())


@pytest.mark.parametrize(("name", "protocol"), ON_USB.items())
async def test_units_on_usb(name: str, protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    device = devices.make(name, clock=Clock.stopped())
    with usb_bus.simulated(monkeypatch, device):
        check(await ask(usb_bus.url_of(device), catalog.protocol(protocol)))
    assert not usb_bus.threads()
