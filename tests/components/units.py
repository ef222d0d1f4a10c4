"""The UPSes of these tests, fake and simulated, and the entries and states that they have."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, override

from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_DEVICE, Platform
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import async_get_platforms

from custom_components.ups_protocols.const import (
    CONF_FULL_INTERVAL,
    CONF_PROTOCOL,
    CONF_STATUS_INTERVAL,
    DOMAIN,
)
from custom_components.ups_protocols.ups.catalog import AnyDriver, ProtocolInfo
from custom_components.ups_protocols.ups.errors import UpsError
from custom_components.ups_protocols.ups.model import (
    Command,
    Identity,
    Outcome,
    Part,
    Setting,
    Snapshot,
    Status,
    StatusFlag,
    Value,
)
from custom_components.ups_protocols.ups.session import Session
from tests.simulators.megatec import MegatecUps
from tests.simulators.wires import PtyWire
from tests.ups.fakes import FakeDriver, FakeUps, settle

# one of each kind: the document's own, one that charges a price for P98, outlets that are switched,
# settings with a range and with choices, a date, three phases
DIALECTS = ("megatec", "mecer", "powercom", "masterguard-a", "omron", "innova-rt-3-3")

# keys of the sensors of a unit that can tell that the mains is gone
OF_OUTAGES = ("kept.outage.count", "kept.outage.length", "kept.outage.start")

INTEGRATION = "custom_components.ups_protocols"
ENTRY_ID = "the_entry"
PORT = "fake:1"


class Unit(FakeUps):
    """A fake UPS that is and does what a test says, on a clock that the test moves."""

    def __init__(self) -> None:
        super().__init__()
        self.flags = frozenset({StatusFlag.ON_LINE, StatusFlag.ON_BATTERY})
        self.commands: list[Command] = []
        self.settings: list[Setting] = []
        self.parts: list[Part] = []
        self.estimated: set[str] = set()
        self.left_out: dict[str, Value] = {}
        self.action_failure: UpsError | None = None
        """What commands and writes fail with."""
        self.written: list[tuple[str, Value]] = []

    def says(self, *flags: StatusFlag, **rest: Any) -> None:
        """Have a status from the next read on."""
        self.status = Status(flags=frozenset(flags), **rest)

    @override
    def info(self, *, checked: bool = True) -> ProtocolInfo:
        unit = self

        class Info(ProtocolInfo):
            @override
            async def driver(self) -> type[AnyDriver]:
                return bound(unit)

        row = super().info(checked=checked)
        return Info(**{name: getattr(row, name) for name in row.__dataclass_fields__})

    def session_at(self, url: str, info: ProtocolInfo, **arguments: Any) -> Session:
        """Return a session with this UPS, as the coordinator makes it, on the fake clock."""
        return Session(url, self.info(), **arguments, clock=self.clock, open_wire=self.open_wire)


class UnitDriver(FakeDriver):
    """The driver of a Unit."""

    ups: Unit

    @override
    async def open(self) -> Identity:
        identity = await super().open()
        self.flags = self.ups.flags
        self.commands = {command.name: command for command in self.ups.commands}
        self.settings = {setting.name: setting for setting in self.ups.settings}
        self.parts = tuple(self.ups.parts)
        return identity

    @override
    async def read(self) -> Snapshot:
        return replace(
            await super().read(),
            estimated=frozenset(self.ups.estimated),
            left_out=dict(self.ups.left_out),
        )

    @override
    async def run(self, command: str, **parameters: float) -> Outcome:
        if self.ups.action_failure is not None:
            raise self.ups.action_failure
        return await super().run(command, **parameters)

    @override
    async def write(self, name: str, value: Value) -> Value:
        if self.ups.action_failure is not None:
            raise self.ups.action_failure
        self.ups.written.append((name, value))
        self.memory[name] = value
        return await super().write(name, value)


def bound(to: Unit) -> type[UnitDriver]:
    """Return the driver's class for one unit."""

    class Bound(UnitDriver):
        ups = to

    return Bound


@dataclass(frozen=True, slots=True)
class Simulated:
    """A simulated UPS on a pty."""

    ups: MegatecUps
    wire: PtyWire
    dialect: str

    def entry(self) -> MockConfigEntry:
        """Return its entry."""
        return make_entry(self.wire.link, title="Simulated", options={"dialect": self.dialect})


def make_entry(
    device: str = PORT,
    *,
    entry_id: str = ENTRY_ID,
    title: str = "Fake One",
    options: Mapping[str, Any] | None = None,
) -> MockConfigEntry:
    """Return an entry that is polled every second for its status and every 30 s for the rest."""
    intervals = {CONF_STATUS_INTERVAL: 1, CONF_FULL_INTERVAL: 30}
    return MockConfigEntry(
        domain=DOMAIN,
        entry_id=entry_id,
        title=title,
        data={CONF_DEVICE: device, CONF_PROTOCOL: "megatec"},
        options=intervals | dict(options or {}),
    )


async def set_up(
    hass: HomeAssistant,
    entry: MockConfigEntry | None = None,
    *,
    state: ConfigEntryState = ConfigEntryState.LOADED,
) -> MockConfigEntry:
    """Set up an entry and see what comes of it."""
    entry = entry or make_entry()
    if hass.config_entries.async_get_entry(entry.entry_id) is None:
        entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is state, entry.reason
    return entry


async def after(hass: HomeAssistant, unit: Unit, seconds: float) -> None:
    """Let time pass for a fake UPS, and Home Assistant do what follows."""
    await unit.clock.advance(seconds, step=0.5)
    await settle()
    await hass.async_block_till_done()


def entity_id(
    hass: HomeAssistant, platform: Platform | str, key: str, entry_id: str = ENTRY_ID
) -> str:
    """Return the entity with a key of its own, whatever it is called."""
    found = er.async_get(hass).async_get_entity_id(platform, DOMAIN, f"{entry_id}_{key}")
    assert found is not None, f"there is no {platform} {key}; there are {keys(hass, platform)}"
    return found


def keys(hass: HomeAssistant, platform: Platform | str, entry_id: str = ENTRY_ID) -> set[str]:
    """Return the keys of all entities of a platform, disabled ones among them."""
    return {
        row.unique_id.removeprefix(f"{entry_id}_")
        for row in er.async_entries_for_config_entry(er.async_get(hass), entry_id)
        if row.domain == platform
    }


def state_of(
    hass: HomeAssistant, platform: Platform | str, key: str, entry_id: str = ENTRY_ID
) -> State:
    """Return the state of the entity with a key of its own."""
    state = hass.states.get(entity_id(hass, platform, key, entry_id))
    assert state is not None, f"{platform} {key} is disabled"
    return state


def value_of(
    hass: HomeAssistant, platform: Platform | str, key: str, entry_id: str = ENTRY_ID
) -> str:
    """Return the state's text of the entity with a key of its own."""
    return state_of(hass, platform, key, entry_id).state


def row_of(hass: HomeAssistant, platform: Platform | str, key: str) -> er.RegistryEntry:
    """Return what the registry says of the entity with a key of its own."""
    row = er.async_get(hass).async_get(entity_id(hass, platform, key))
    assert row is not None
    return row


def device_of(hass: HomeAssistant, *parts: str) -> dr.AnyDeviceEntry | None:
    """Return the device of the unit, or of a part such as ``outlet.1``."""
    identifier = (DOMAIN, "_".join((ENTRY_ID, *parts)))
    registry = dr.async_get(hass)
    return registry.async_get_device_by_identifier(
        identifier, ENTRY_ID
    ) or registry.async_get_child_device_by_identifier(identifier, ENTRY_ID)


async def act(
    hass: HomeAssistant, action: str, platform: Platform | str, key: str, **data: Any
) -> None:
    """Call an action on an entity, and let what follows happen."""
    target = {"entity_id": entity_id(hass, platform, key)}
    await hass.services.async_call(platform, action, target | data, blocking=True)
    await settle()
    await hass.async_block_till_done()


async def until(hass: HomeAssistant, condition: Callable[[], object]) -> None:
    """Wait for something that a real wire brings."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)
    await hass.async_block_till_done()


def described(hass: HomeAssistant) -> dict[str, dict[str, Any]]:
    """Return what there is to be seen of all entities, by platform and key.

    Entity ids and the names that are put together from names are Home Assistant's affair, and
    not the same in all versions.
    """
    devices = dr.async_get(hass).async_get
    entities = {
        entity_id: entity
        for platform in async_get_platforms(hass, DOMAIN)
        for entity_id, entity in platform.entities.items()
    }
    shown = {}
    for row in er.async_entries_for_config_entry(er.async_get(hass), ENTRY_ID):
        state = hass.states.get(row.entity_id)
        device = devices(row.device_id) if row.device_id else None
        assert state is not None, "please enable all entities"
        assert device is not None
        shown[f"{row.domain} {row.unique_id.removeprefix(f'{ENTRY_ID}_')}"] = {
            "name": row.original_name,
            "device": device.name,
            "category": row.entity_category and row.entity_category.value,
            "enabled": is_enabled_by_default(entities[row.entity_id]),
            "state": state.state,
            "attributes": {
                name: value for name, value in state.attributes.items() if name != "friendly_name"
            },
        }
    return shown


def is_enabled_by_default(entity: Entity) -> bool:
    """Tell what the tests have Home Assistant ignore."""
    if hasattr(entity, "_attr_entity_registry_enabled_default"):
        return entity._attr_entity_registry_enabled_default
    description = getattr(entity, "entity_description", None)
    return description is None or bool(description.entity_registry_enabled_default)


def check(hass: HomeAssistant, snapshot: SnapshotAssertion) -> None:
    """Compare every entity with its snapshot."""
    shown = described(hass)
    assert shown
    for key, entity in sorted(shown.items()):
        assert entity == snapshot(name=key)
