"""Which of a device's numbers can be meant: scales decided once, and values that cannot be.

Makers declare exponents that are off by powers of ten, and some numbers are off by more. What a
number must be is told by its quantity, and by its neighbours: a battery is near its nominal
voltage, a mains voltage near the mains' (card usb-hid-power-device, §F(8)). A factor is decided
at the first reading that tells it, and kept: no reading moves it later.
"""

from collections.abc import Iterable, Iterator, Mapping
import logging
from typing import Final, NamedTuple, override

from ..names import Quantity, Role, Variable, parse, plausible
from .shapes import DIGITS

_LOGGER = logging.getLogger(__name__)

_TENS: Final = tuple(10.0**power for step in range(1, 9) for power in (-step, step))

type Values = Mapping[str, float]


class Window(NamedTuple):
    """Where a value must lie; less than a factor of ten wide, or two scales would fit."""

    low: float
    high: float

    @override
    def __contains__(self, key: object) -> bool:
        """Tell whether a number lies in it."""
        return isinstance(key, int | float) and self.low <= key <= self.high


_MAINS: Final = Window(80, 300)
_FREQUENCY: Final = Window(40, 70)
_BATTERY: Final = Window(5, 500)
_SMALL_BATTERY: Final = Window(5, 100)
_USUAL_BATTERY: Final = Window(10, 99.9)
_NEAR_NOMINAL: Final = Window(0.7, 1.35)
_BATTERY_RATIO: Final = Window(0.7, 1.4)
_DISCHARGING_RATIO: Final = Window(0.7, 1.2)
_TRANSFER_RATIO: Final = Window(0.4, 1.7)
_RATED: Final = Window(90, 200_000)

_MAINS_NOMINALS: Final = (100, 110, 115, 120, 127, 200, 208, 220, 230, 240, 380, 400, 415, 480)
_DIRECT_NOMINALS: Final = (5, 9, 12, 19, 24, 36, 48)
_KELVINS: Final = Window(273, 373)
_CELSIUS: Final = Window(-40, 120)


class Doubts:
    """The factors of one device."""

    def __init__(
        self,
        priors: Values,
        *,
        factors: Mapping[str, tuple[float, ...]],
        is_dc: bool = False,
    ) -> None:
        """Start with what the maker's table says (``priors``); ``factors`` may be tried too."""
        self._priors = dict(priors)
        self._more = factors
        self._is_dc = is_dc
        self._decided: dict[str, float] = {}

    @property
    def decided(self) -> Values:
        """The factors that are decided."""
        return self._decided

    def factor(self, name: str) -> float:
        """Return what a declared number is multiplied by."""
        return self._decided.get(name) or self._priors.get(name, 1)

    def scaled(self, name: str, declared: float) -> float:
        """Return a number as it is meant."""
        factor = self.factor(name)
        if factor == 1:
            return declared
        value = round(declared * factor, DIGITS)
        variable = _variable(name)
        if variable and variable.quantity is Quantity.TEMPERATURE and value in _KELVINS:
            return round(value - 273.15, DIGITS)
        return value

    def decide(self, declared: Values, *, on_line: bool | None) -> None:
        """Decide all factors that these readings tell; ``on_line`` says that mains feed it."""
        self._decide_battery(declared, on_line)
        for name in self._open(declared, Quantity.VOLTAGE):
            if name.endswith("voltage.nominal"):
                self._decide_nominal(name, declared)
        for name in self._open(declared, Quantity.VOLTAGE):
            self._decide_voltage(name, declared, on_line)
        for name in self._open(declared, Quantity.FREQUENCY):
            self._take(name, declared[name], self._first(name, declared[name], _FREQUENCY))
        for name in self._open(declared, Quantity.TEMPERATURE):
            self._decide_temperature(name, declared[name])
        for name in ("ups.power.nominal", "ups.realpower.nominal"):
            value = declared.get(name)
            if name not in self._decided and value:
                # a watt is 10^7 of HID's own units, and that is what makers forget
                tries = (self.factor(name), 1, 1e7)
                self._take(name, value, _fitting(value, _RATED, tries))
        for name in ("ups.load", "ups.realpower", "ups.power", "output.current"):
            self._decide_load(name, declared)

    def fits(self, name: str, value: float, others: Values) -> bool:
        """Tell whether a value, scaled, can be what it is said to be, beside all others."""
        if not plausible(name, value):
            return False
        variable = _variable(name)
        if variable is None:
            return True
        match variable.quantity:
            case Quantity.FREQUENCY if name.endswith(("frequency", ".nominal")):
                return value == 0 or value in _FREQUENCY
            case Quantity.VOLTAGE if variable.template == "battery.voltage":
                return self._battery_fits(value, others.get("battery.voltage.nominal"))
            case Quantity.VOLTAGE if variable.template == "battery.voltage.nominal":
                return value in _BATTERY
            case Quantity.VOLTAGE if variable.template.startswith(("input.", "output.")):
                nominal = _nominal(name, others)
                if variable.role is Role.SETTING and not value:
                    return False
                return nominal is None or value <= 1.9 * nominal
            case Quantity.POWER | Quantity.APPARENT_POWER | Quantity.CURRENT:
                bound = _bound(name, others)
                return bound is None or value <= bound
            case _:
                return True

    # ------------------------------------------------------------ deciding

    def _take(self, name: str, declared: float, factor: float | None) -> None:
        if factor is None:
            return
        self._decided[name] = factor
        if factor != 1:
            _LOGGER.debug("%s is %s times what is declared (%s)", name, factor, declared)

    def _open(self, declared: Values, quantity: Quantity) -> Iterator[str]:
        """Yield the names of a quantity that have a reading and no decision."""
        for name, value in declared.items():
            if name in self._decided or value <= 0:
                continue
            variable = _variable(name)
            if variable is not None and variable.quantity is quantity:
                yield name

    def _tries(self, name: str) -> Iterator[float]:
        yield self._priors.get(name, 1)
        yield 1
        yield from self._more.get(name, ())
        yield from _TENS

    def _first(self, name: str, declared: float, window: Window) -> float | None:
        return _fitting(declared, window, self._tries(name))

    def _decide_nominal(self, name: str, declared: Values) -> None:
        """Decide a nominal voltage of input or output by the voltages that there are."""
        if name.startswith("battery."):
            return
        value = declared[name]
        prior = self.factor(name)
        if any(_near(value * prior, known) for known in (*_MAINS_NOMINALS, *_DIRECT_NOMINALS)):
            self._take(name, value, prior)
            return
        for factor in _TENS:
            if any(_near(value * factor, known) for known in _MAINS_NOMINALS):
                self._take(name, value, factor)
                return

    def _decide_voltage(self, name: str, declared: Values, on_line: bool | None) -> None:
        """Decide a voltage of input or output, or a limit of one, by its nominal."""
        if not name.startswith(("input.", "output.")) or name.endswith("hysteresis"):
            return
        value = declared[name]
        others = {other: self.scaled(other, number) for other, number in declared.items()}
        nominal = _nominal(name, others)
        is_limit = (variable := _variable(name)) is not None and variable.role is Role.SETTING
        if nominal is not None:
            ratio = _TRANSFER_RATIO if is_limit else _NEAR_NOMINAL
            window = Window(ratio.low * nominal, ratio.high * nominal)
        elif self._is_dc:
            return
        else:
            window = _MAINS
            if 5 <= value * self.factor(name) <= 1000:
                # it may be a direct current's
                if value * self.factor(name) in _MAINS:
                    self._take(name, value, self.factor(name))
                return
        factor = self._first(name, value, window)
        if factor not in {None, self.factor(name)}:
            if is_limit:
                # "0.1 V above the nominal" is no limit of the mains
                factor = factor if value * self.factor(name) not in _TRANSFERS else None
            elif name.startswith("input.") and on_line is not True:
                # in an outage a low voltage is one
                return
        self._take(name, value, factor)

    def _decide_temperature(self, name: str, declared: float) -> None:
        for factor in (self.factor(name), 1, *_TENS):
            value = declared * factor
            if value in _CELSIUS or (factor != 1 and value in _KELVINS):
                self._take(name, declared, factor)
                return

    def _decide_battery(self, declared: Values, on_line: bool | None) -> None:
        """Decide the battery's voltage and its nominal one together: either may be off."""
        reading_name, nominal_name = "battery.voltage", "battery.voltage.nominal"
        reading, nominal = declared.get(reading_name, 0), declared.get(nominal_name, 0)
        if reading_name in self._decided or reading <= 0:
            if nominal > 0 and nominal_name not in self._decided and reading_name not in declared:
                self._take(nominal_name, nominal, self._first(nominal_name, nominal, _BATTERY))
            return
        if nominal <= 0:
            is_usual = reading * self.factor(reading_name) in _BATTERY
            window = _BATTERY if is_usual else _USUAL_BATTERY
            self._take(reading_name, reading, self._first(reading_name, reading, window))
            return
        pairs = [
            (cost, factor, of_nominal)
            for rank, of_nominal in enumerate(self._nominal_tries(nominal_name))
            for cost, factor in self._agreeing(reading, nominal * of_nominal, rank, on_line)
        ]
        if pairs:
            _, factor, of_nominal = min(pairs)
            self._take(reading_name, reading, factor)
            self._take(nominal_name, nominal, of_nominal)
        elif reading * self.factor(reading_name) not in _BATTERY:
            # a nominal voltage that says nothing: the usual sizes are within one power of ten
            self._take(reading_name, reading, self._first(reading_name, reading, _USUAL_BATTERY))

    def _nominal_tries(self, name: str) -> Iterator[float]:
        if name in self._decided:
            yield self._decided[name]
            return
        yield self._priors.get(name, 1)
        yield from _TENS

    def _agreeing(
        self, reading: float, nominal: float, rank: int, on_line: bool | None
    ) -> Iterator[tuple[int, float]]:
        """Yield the factors with which a reading agrees with a nominal voltage, with a cost."""
        if nominal not in _BATTERY or (rank and not _is_usual(nominal)):
            return
        ratio = _BATTERY_RATIO
        if on_line is False and "battery.voltage" in self._more:
            # one that is too high by a half is not seen by its ratio when it is nearly empty
            ratio = _DISCHARGING_RATIO
        for number, factor in enumerate(dict.fromkeys(self._tries("battery.voltage"))):
            if reading * factor / nominal in ratio:
                cost = rank + number
                # more than eight batteries in a row are rare on USB: only as last resort
                if cost and nominal not in _SMALL_BATTERY:
                    cost += 6
                yield cost, factor

    def _battery_fits(self, value: float, nominal: float | None) -> bool:
        if value != 0 and value not in _BATTERY:
            return False
        if nominal is None or nominal <= 0 or value <= 1.6 * nominal:
            # a dead battery has any voltage below its nominal one
            return True
        # the nominal voltage of one battery, beside the voltage of all
        count = round(value / nominal)
        return value / nominal / count in Window(0.9, 1.2)

    def _decide_load(self, name: str, declared: Values) -> None:
        """Decide a load, power or current that is beyond all bounds by the others of them."""
        value = declared.get(name, 0)
        if name in self._decided or value <= 0:
            return
        others = {other: self.scaled(other, number) for other, number in declared.items()}
        bound = 300.0 if name == "ups.load" else _bound(name, others)
        if bound is None or self.scaled(name, value) <= bound:
            return
        expected = _expected(name, others)
        if expected:
            window = Window(0.4 * expected, 2.5 * expected)
            self._take(name, value, self._first(name, value, window))


_TRANSFERS: Final = Window(40, 500)


def _fitting(declared: float, window: Window, tries: Iterable[float]) -> float | None:
    """Return the first factor that puts a number into a window."""
    return next((factor for factor in tries if declared * factor in window), None)


def _is_usual(nominal: float) -> bool:
    """Tell whether batteries of 6 V, and not very many, add up to a voltage."""
    count = round(nominal / 6)
    return nominal in _SMALL_BATTERY and abs(nominal - 6 * count) <= 0.015 * nominal


def _near(value: float, known: float) -> bool:
    return abs(value - known) <= 0.02 * known


def _variable(name: str) -> Variable | None:
    parsed = parse(name)
    return None if parsed is None else parsed.variable


def _nominal(name: str, others: Values) -> float | None:
    """Return the nominal voltage that a voltage of input or output has beside it."""
    if name.endswith("voltage.nominal"):
        return None
    places: tuple[str, ...] = ("input.voltage.nominal", "output.voltage.nominal")
    if name.startswith("output."):
        places = (places[1], places[0])
    elif name.startswith("input.bypass."):
        places = ("input.bypass.voltage.nominal", *places)
    return next((others[place] for place in places if others.get(place)), None)


def _bound(name: str, others: Values) -> float | None:
    """Return what a power or a current cannot be above: three times the rated one."""
    rated = max(others.get("ups.power.nominal", 0), others.get("ups.realpower.nominal", 0))
    if not rated or name.endswith(".nominal") or name.startswith("battery."):
        return None
    variable = _variable(name)
    if variable is None:
        return None
    if variable.quantity is Quantity.CURRENT:
        volts = _nominal(name, others)
        return 3 * rated / volts if volts else None
    return 3 * rated


def _expected(name: str, others: Values) -> float | None:
    """Return about what a load, power or current should be."""
    watts, rated = others.get("ups.realpower"), others.get("ups.realpower.nominal")
    power = others.get("ups.power.nominal") or rated
    if name == "ups.load":
        return 100 * watts / rated if watts and rated else None
    load = others.get("ups.load")
    if not load or not power or load > 300:
        return None
    if name == "output.current":
        volts = _nominal(name, others)
        return load / 100 * power / volts if volts else None
    return load / 100 * power
