"""Charge and runtime where a UPS tells neither: estimated from the battery's voltage."""

from dataclasses import dataclass
from math import log

# what a battery's reading is multiplied by until it fits the nominal voltage
_PACKS = (120, 100, 80, 60, 48, 36, 30, 24, 18, 12, 8, 6, 4, 3, 2, 1, 0.5)
# full and empty of a lead-acid battery, against its nominal voltage (card megatec, section 8)
_EMPTY = 104 / 120
_FULL = 130 / 120
# a UPS uses power of its own: below this part of full load the runtime grows no more
_IDLE_FLOOR = 0.10


def guess_packs(reading: float, nominal: float) -> float:
    """Return what to multiply a reading by, so that it is the voltage of the whole battery.

    On-line units quote one cell (2.05 V), standby units the whole battery; many lie about which,
    so the nominal voltage decides. 1 where nothing fits.
    """
    for packs in _PACKS:
        if 0.8 * nominal <= packs * reading <= 1.25 * nominal:
            return packs
    return 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryCurve:
    """How charge and runtime follow from voltage and load; volts of the whole battery."""

    low: float
    high: float
    runtime_full_load: float | None = None
    runtime_half_load: float | None = None

    def charge(self, voltage: float) -> float:
        """Return the charge in %, 0 to 100."""
        part = (voltage - self.low) / (self.high - self.low)
        return round(100 * min(max(part, 0), 1))

    def runtime(self, charge: float, load: float) -> float | None:
        """Return the seconds left at this charge (%) and load (%), None without runtimes.

        The two runtimes of a maker's data sheet give Peukert's exponent.
        """
        full, half = self.runtime_full_load, self.runtime_half_load
        if full is None or half is None or half < full:
            return None
        exponent = log(half / full) / log(2)
        power = max((load / 100) ** exponent if load > 0 else 0, _IDLE_FLOOR)
        return round(full * charge / 100 / power)


def curve(
    *,
    nominal: float | None,
    low: float | None,
    high: float | None,
    runtime_full_load: float | None = None,
    runtime_half_load: float | None = None,
) -> BatteryCurve | None:
    """Return the curve for what is known of a battery, None where that is not enough."""
    if (low is None or high is None) and nominal:
        low, high = nominal * _EMPTY, nominal * _FULL
    if low is None or high is None or not 0 < low < high:
        return None
    return BatteryCurve(
        low=low,
        high=high,
        runtime_full_load=runtime_full_load,
        runtime_half_load=runtime_half_load,
    )
