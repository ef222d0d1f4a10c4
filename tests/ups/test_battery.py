"""Charge and runtime by the battery's curve."""

from hypothesis import given, strategies as st
import pytest

from custom_components.ups_protocols.ups.battery import BatteryCurve, curve, guess_packs


@pytest.mark.parametrize(
    ("reading", "nominal", "packs"),
    [(2.05, 24, 12), (27.3, 24, 1), (13.6, 24, 2), (2.25, 96, 48), (54, 24, 0.5), (1, 1000, 1)],
)
def test_packs(reading: float, nominal: float, packs: float) -> None:
    """The first number that brings the reading near the nominal voltage; 1 where none does."""
    assert guess_packs(reading, nominal) == packs


def test_charge_and_runtime() -> None:
    """The card's example, and a data sheet's two runtimes at their loads."""
    battery = curve(nominal=24, low=None, high=None, runtime_full_load=240, runtime_half_load=720)
    assert battery is not None
    assert (round(battery.low, 1), round(battery.high, 1)) == (20.8, 26.0)
    assert battery.charge(24.6) == 73
    assert battery.runtime(100, 100) == 240
    assert battery.runtime(100, 50) == 720
    # a tenth of full load is as little as the unit itself takes
    assert battery.runtime(100, 0) == 2400


@pytest.mark.parametrize(
    ("nominal", "low", "high"),
    [(None, None, None), (None, 20, None), (None, 26, 20), (0, None, None)],
)
def test_not_enough_is_known(nominal: float | None, low: float | None, high: float | None) -> None:
    """Nothing is estimated from nothing, or from voltages that contradict each other."""
    assert curve(nominal=nominal, low=low, high=high) is None


def test_both_voltages_or_neither() -> None:
    """Where one is missing, both follow from the nominal voltage."""
    battery = curve(nominal=12, low=11, high=None)
    assert battery == BatteryCurve(low=12 * 104 / 120, high=12 * 130 / 120)


@given(
    voltage=st.floats(0, 1000),
    load=st.floats(0, 300),
    full=st.floats(1, 10000),
    half=st.floats(1, 10000),
)
def test_estimates_stay_within_reason(
    voltage: float, load: float, full: float, half: float
) -> None:
    """Charge from 0 to 100 %, runtime none or from 0 to ten times that of full load."""
    battery = BatteryCurve(low=20, high=26, runtime_full_load=full, runtime_half_load=half)
    charge = battery.charge(voltage)
    assert 0 <= charge <= 100
    runtime = battery.runtime(charge, load)
    assert (runtime is None) == (half < full)
    if runtime is not None:
        assert 0 <= runtime <= full * 10 + 1
