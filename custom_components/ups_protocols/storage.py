"""What is remembered of a unit between two starts of Home Assistant."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from .const import DOMAIN
from .outages import Outage, OutageRecord
from .ups.driver import Memory
from .ups.model import (
    Command,
    Danger,
    DeviceKind,
    Identity,
    Parameter,
    Part,
    PartKind,
    Setting,
    SettingKind,
    StatusFlag,
)
from .ups.session import Capabilities

STORAGE_VERSION: Final = 1
SAVE_DELAY: Final = 10
"""Seconds; what a driver learns in one go is written once."""


@dataclass(slots=True)
class Kept:
    """What we keep of a unit because it does not; in types that JSON has, None for unknown."""

    battery_installed: str | None = None
    """Day on which the user says the battery was put in, as ISO text."""
    energy: float = 0.0
    """What was counted from the power, in kWh."""
    last_test: str | None = None
    """When the last self-test ended, as ISO text with a time zone."""
    last_test_result: str | None = None
    """How it ended, as a word of TestResult."""
    test_result_told: str | None = None
    """What the unit said last of its self-test."""
    scheduled_test: str | None = None
    """Day of the last test that the schedule ran, as ISO text."""
    flags_told: list[str] = field(default_factory=list)
    """Those of the flags that make events which were up when the unit was last heard."""
    silent_since: str | None = None
    """Since when a unit is out of reach, as ISO text with a time zone; None for one that is not."""


@dataclass(slots=True)
class Known:
    """What is known of a unit, whether it answers at present or not."""

    memory: Memory = field(default_factory=dict)
    """What its driver wants to find again."""
    capabilities: Capabilities | None = None
    """What it was found to be and to do; None before it was opened for the first time."""
    seen: set[str] = field(default_factory=set)
    """Names of all variables that it ever reported."""
    kept: Kept = field(default_factory=Kept)
    outages: OutageRecord = field(default_factory=OutageRecord)


class UnitStore:
    """The file of one config entry."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Read nothing before async_load()."""
        self._store: Store[dict[str, Any]] = Store(
            hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}", atomic_writes=True
        )
        self.known = Known()
        self._hass = hass
        self._write_is_due = False
        """Whether a write is about to begin."""

    async def async_load(self) -> Known:
        """Return what was known when Home Assistant last ran; nothing of it for a new entry."""
        if (data := await self._store.async_load()) is not None:
            self.known = Known(
                memory=data["memory"],
                capabilities=capabilities_from_json(data["capabilities"]),
                seen=set(data["seen"]),
                kept=_of(Kept, data.get("kept", {})),
                outages=_outages(data.get("outages", {})),
            )
        return self.known

    def save_soon(self) -> None:
        """Have the file of a unit that was opened written in a while, or when all stops."""
        self._store.async_delay_save(self._as_json, SAVE_DELAY)

    @callback
    def save_now(self) -> None:
        """Have the file written at once: the power may go before a while is over."""
        if not self._write_is_due:
            self._write_is_due = True
            # what else changes at this moment is written with it
            self._hass.async_create_task(self._write(), f"write {DOMAIN}", eager_start=False)

    async def _write(self) -> None:
        self._write_is_due = False
        await self.async_save()

    async def async_save(self) -> None:
        """Write the file now; there is nothing to write of a unit that was never opened."""
        if self.known.capabilities is not None:
            await self._store.async_save(self._as_json())

    async def async_remove(self) -> None:
        """Forget the unit."""
        await self._store.async_remove()

    def _as_json(self) -> dict[str, Any]:
        assert self.known.capabilities is not None
        return {
            "memory": dict(self.known.memory),
            "capabilities": capabilities_as_json(self.known.capabilities),
            "seen": sorted(self.known.seen),
            "kept": asdict(self.known.kept),
            "outages": asdict(self.known.outages),
        }


def _of[T: Kept | Outage](kind: type[T], data: Mapping[str, Any]) -> T:
    """Return what was kept; files of other versions may have less of it, or more."""
    return kind(**{each.name: data[each.name] for each in fields(kind) if each.name in data})


def _outages(data: Mapping[str, Any]) -> OutageRecord:
    last = data.get("last")
    return OutageRecord(
        count=data.get("count", 0), last=None if last is None else _of(Outage, last)
    )


def capabilities_as_json(capabilities: Capabilities) -> dict[str, Any]:
    """Return capabilities in types that JSON has."""
    return {
        "identity": asdict(capabilities.identity),
        "flags": sorted(capabilities.flags),
        "commands": [asdict(command) for command in capabilities.commands.values()],
        "settings": [asdict(setting) for setting in capabilities.settings.values()],
        "parts": [asdict(part) for part in capabilities.parts],
    }


def capabilities_from_json(data: Mapping[str, Any]) -> Capabilities:
    """Return what capabilities_as_json() wrote down."""
    commands = (
        Command(
            name=command["name"],
            danger=Danger(command["danger"]),
            parameters=tuple(Parameter(**parameter) for parameter in command["parameters"]),
            busy_for=command["busy_for"],
        )
        for command in data["commands"]
    )
    settings = (
        Setting(
            **setting | {"kind": SettingKind(setting["kind"]), "options": (*setting["options"],)}
        )
        for setting in data["settings"]
    )
    parts = (
        Part(
            kind=PartKind(part["kind"]),
            index=part["index"],
            identity=part["identity"] and _identity(part["identity"]),
        )
        for part in data["parts"]
    )
    return Capabilities(
        identity=_identity(data["identity"]),
        flags=frozenset(map(StatusFlag, data["flags"])),
        commands={command.name: command for command in commands},
        settings={setting.name: setting for setting in settings},
        parts=tuple(parts),
    )


def _identity(data: Mapping[str, Any]) -> Identity:
    return Identity(**{**data, "kind": DeviceKind(data["kind"])})
