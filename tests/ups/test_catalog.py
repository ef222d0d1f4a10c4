"""The catalog: rows that can be trusted without importing what they describe."""

import subprocess
import sys

import pytest

from custom_components.ups_protocols.ups.catalog import PROTOCOLS, protocol
from custom_components.ups_protocols.ups.driver import Driver
from custom_components.ups_protocols.ups.errors import Unsupported


@pytest.mark.parametrize("info", PROTOCOLS, ids=lambda info: info.id)
async def test_every_row_has_a_driver(info: object) -> None:
    """The module is there and holds a driver; its intervals make sense."""
    row = protocol(info.id)  # type: ignore[attr-defined]
    assert issubclass(await row.driver(), Driver)
    assert row.shortest_status_interval <= row.status_interval <= row.full_interval
    assert row.shortest_full_interval <= row.full_interval
    if row.longest_status_interval is not None:
        assert row.status_interval <= row.longest_status_interval


def test_unknown_protocol() -> None:
    """The error lists what there is."""
    with pytest.raises(Unsupported, match="megatec"):
        protocol("nonsense")


@pytest.mark.parametrize(
    "options",
    [
        {"nonsense": 1},
        {"dialect": "nonsense"},
        {"battery_packs": "many"},
        {"battery_packs": 0},
        {"battery_voltage_low": 5000},
    ],
)
def test_options_that_cannot_be(options: dict[str, float | str]) -> None:
    """A wrong option is refused with its name."""
    with pytest.raises(Unsupported, match=next(iter(options))):
        protocol("megatec").check_options(options)


def test_options_get_their_types() -> None:
    """Texts of a command line become numbers where numbers are meant."""
    assert protocol("megatec").check_options({"battery_packs": "12", "dialect": "mustek"}) == {
        "battery_packs": 12.0,
        "dialect": "mustek",
    }


@pytest.mark.parametrize(
    ("power", "dtr", "rts"),
    [(None, True, False), ("normal", True, False), ("reverse", False, True), ("both", True, True)],
)
def test_cable_power(power: str | None, dtr: bool, rts: bool) -> None:
    """The user may say which modem lines power the interface."""
    line = protocol("megatec").line_for({"cable_power": power} if power else {})
    assert line is not None
    assert (line.dtr, line.rts) == (dtr, rts)


def test_nothing_is_imported_before_it_is_needed() -> None:
    """Neither the protocols nor serialx come with the catalog, nor Home Assistant with anything."""
    code = """
import runpy, sys
from importlib.util import spec_from_file_location, module_from_spec
spec = spec_from_file_location("ups", "custom_components/ups_protocols/ups/__init__.py",
    submodule_search_locations=["custom_components/ups_protocols/ups"])
sys.modules["ups"] = module = module_from_spec(spec)
spec.loader.exec_module(module)
import ups.session, ups.detect, ups.cli
unwanted = ("ups.protocols", "serialx", "homeassistant")
print(*[name for name in sys.modules if name.startswith(unwanted)])
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert run.stdout.strip() == ""
