"""HID usages: both standard pages whole, the makers' pages laid over them."""

from collections.abc import Mapping

import pytest

from custom_components.ups_protocols.ups.hid import usages
from custom_components.ups_protocols.ups.hid.usages import (
    APC,
    BATTERY,
    BELKIN,
    CYBERPOWER,
    DELTA,
    EVER,
    MGE,
    POWER,
    POWERCOM,
    STANDARD,
    STRAYED_STATUS,
    TRIPP_LITE,
    UsageNames,
    is_bare,
    quantity,
)
from custom_components.ups_protocols.ups.names import Quantity

MAKERS = {
    "apc": APC,
    "belkin": BELKIN,
    "cyberpower": CYBERPOWER,
    "delta": DELTA,
    "ever": EVER,
    "mge": MGE,
    "powercom": POWERCOM,
    "tripp-lite": TRIPP_LITE,
}

POWER_IDS = [
    *(*range(0x01, 0x06), *range(0x10, 0x26), *range(0x30, 0x39), *range(0x40, 0x48)),
    *(*range(0x50, 0x5B), *range(0x60, 0x6A), *range(0x6B, 0x74), 0xFD, 0xFE, 0xFF),
]
BATTERY_IDS = [
    *(*range(0x01, 0x0A), *range(0x10, 0x1E), *range(0x28, 0x30), *range(0x40, 0x4C)),
    *(*range(0x60, 0x6C), *range(0x80, 0x90), 0xC0, 0xC1, 0xC2, *range(0xD0, 0xDD)),
    *range(0xF0, 0xF4),
]


@pytest.mark.parametrize(
    ("table", "page", "identifiers"), [(POWER, 0x84, POWER_IDS), (BATTERY, 0x85, BATTERY_IDS)]
)
def test_pages_are_complete(table: Mapping[int, str], page: int, identifiers: list[int]) -> None:
    """Every usage that the standard defines, and none that it reserves."""
    # 15 OptionalMfgFunction6 and 6A of the power page do not exist
    assert sorted(table) == [page << 16 | identifier for identifier in identifiers]


@pytest.mark.parametrize("maker", MAKERS)
def test_no_two_usages_share_a_name(maker: str) -> None:
    """A path means one usage, in every lookup."""
    lookup = UsageNames(MAKERS[maker])
    names = [lookup.name(usage) for usage in {*POWER, *BATTERY, *MAKERS[maker]}]
    assert len(names) == len(set(names))
    assert all(name and "." not in name for name in names)


def test_a_makers_page_is_known_to_that_maker_only() -> None:
    """Others see hex digits, which never change."""
    assert UsageNames(APC).name(0xFF86_0016) == "APCBattReplaceDate"
    assert UsageNames(MGE).name(0xFFFF_0057) == "LowVoltageBypassTransfer"
    assert UsageNames(TRIPP_LITE).name(0xFFFF_0057) == "TLLowVoltageTransferMax"
    assert STANDARD.name(0xFF86_0025) == "ff860025"
    assert STANDARD.name(0x0000_0001) == "00000001"
    assert STANDARD.name(0x0084_0004) == "UPS"


def test_the_first_table_lies_uppermost() -> None:
    """It hides later ones and the standard."""
    assert UsageNames({1: "mine"}, {1: "theirs"}).name(1) == "mine"
    assert UsageNames({usages.UPS: "mine"}).name(usages.UPS) == "mine"


def test_names_within_a_collection() -> None:
    """Tripp Lite's battery flags on the power page mean that in PresentStatus only."""
    lookup = UsageNames(TRIPP_LITE, within=STRAYED_STATUS)
    assert lookup.name(0x0084_0045, usages.PRESENT_STATUS) == "Discharging"
    assert lookup.name(0x0084_0045, 0x0084_001E) == "ConfigPercentLoad"
    assert lookup.name(0x0084_00D0) == "008400d0"


def test_what_usages_measure() -> None:
    """Flags, choices, dates and indexes have no unit; of makers' usages nothing is known."""
    assert quantity(0x0084_0030) is Quantity.VOLTAGE
    assert quantity(0x0085_0066) is Quantity.CAPACITY
    assert quantity(0x0085_0085) is Quantity.DATE
    for usage in (0x0084_00FD, 0x0085_002C, 0x0085_0085, 0x0085_00D0, 0x0085_006B, 0x0084_005A):
        assert is_bare(usage)
    for usage in (0x0084_0030, 0x0084_0035, 0x0085_002B, 0xFF86_0016, 0x0084_00D0):
        assert not is_bare(usage)
