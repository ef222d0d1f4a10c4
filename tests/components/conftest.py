"""What every test of the integration needs."""

from collections.abc import AsyncGenerator, Generator
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from homeassistant.const import Platform

from .units import INTEGRATION, PORT, Simulated, Unit

# before any Home Assistant starts: the harness brings a folder custom_components of its own
import custom_components.ups_protocols
from custom_components.ups_protocols.ups.catalog import ProtocolInfo
from custom_components.ups_protocols.ups.links.base import Reply
from custom_components.ups_protocols.ups.links.serial import SerialxLine
from custom_components.ups_protocols.ups.session import Session
from tests.simulators.clock import Clock
from tests.simulators.megatec import make_ups
from tests.simulators.wires import PtyWire

assert custom_components.ups_protocols.PLATFORMS


@pytest.fixture(autouse=True)
def _custom_integrations(enable_custom_integrations: None) -> None:
    """Have Home Assistant see the integration."""


@pytest.fixture(autouse=True)
def _own_usb(request: pytest.FixtureRequest) -> Generator[None]:
    """Have no test see what is plugged into the machine that it runs on."""
    if "bus" in request.fixturenames:
        yield
        return
    with (
        patch(f"{INTEGRATION}.config_flow.list_usb", return_value=[]),
        patch(f"{INTEGRATION}.probing.list_usb", return_value=[]),
        patch(f"{INTEGRATION}.discovery.list_usb", return_value=[]),
    ):
        yield


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Write snapshots as Home Assistant does."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def entity_registry_enabled_by_default() -> Generator[None]:
    """Have the entities that are there only when wanted as well."""
    with patch(
        "homeassistant.helpers.entity.Entity.entity_registry_enabled_default", return_value=True
    ):
        yield


@pytest.fixture
def units() -> Generator[dict[str, Unit]]:
    """Fake UPSes by their address; every other address is a real wire."""
    units: dict[str, Unit] = {}

    def session(url: str, info: ProtocolInfo, **arguments: Any) -> Session:
        if url in units:
            return units[url].session_at(url, info, **arguments)
        return Session(url, info, **arguments)

    with patch(f"{INTEGRATION}.coordinator.Session", session):
        yield units


@pytest.fixture
def unit(units: dict[str, Unit]) -> Unit:
    """A fake UPS."""
    units[PORT] = Unit()
    return units[PORT]


@pytest.fixture
async def platform(
    request: pytest.FixtureRequest, entity_registry_enabled_by_default: None
) -> AsyncGenerator[None]:
    """Set up one platform alone, with all its entities: that of the test's file."""
    name = request.module.__name__.rpartition("test_")[2]
    with patch(f"{INTEGRATION}.PLATFORMS", [Platform(name)]):
        yield


@pytest.fixture
def impatient() -> Generator[None]:
    """Wait less for replies: a simulated UPS answers at once, or not at all."""
    query = SerialxLine.query

    async def ask(
        line: SerialxLine, request: bytes, *, reply: Reply, timeout: float, pace: float = 0
    ) -> bytes | None:
        return await query(line, request, reply=reply, timeout=timeout / 5, pace=pace)

    with patch.object(SerialxLine, "query", ask):
        yield


@pytest.fixture
async def simulated(request: pytest.FixtureRequest, impatient: None) -> AsyncGenerator[Simulated]:
    """Plug in a simulated Megatec UPS whose time stands still, of the dialect that is asked for."""
    dialect = getattr(request, "param", "megatec")
    ups = make_ups(dialect, clock=Clock.stopped())
    async with PtyWire(ups) as wire:
        yield Simulated(ups, wire, dialect.removesuffix("-a"))
