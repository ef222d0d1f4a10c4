"""The watts of the load from what a unit tells, and the energy that they make."""

from collections.abc import Mapping

from hypothesis import given, strategies as st
import pytest

from custom_components.ups_protocols.power import (
    COUNTERS,
    INPUTS,
    Meter,
    Power,
    Source,
    counter,
    is_estimated_from_load,
    is_told,
    may_be_known,
    power_of,
    whole,
)
from custom_components.ups_protocols.ups.model import DeviceKind, Snapshot, Status, Value
from custom_components.ups_protocols.ups.names import Quantity, parse

PHASES = {"output.L1.realpower": 100.0, "output.L2.realpower": 200.0, "output.L3.realpower": 60.0}
LOADS = {"output.L1.load": 30.0, "output.L2.load": 20.0, "output.L3.load": 10.0}


def power(
    values: Mapping[str, Value],
    nominal: float | None = None,
    *,
    seen: frozenset[str] = frozenset(),
    estimated: frozenset[str] = frozenset(),
    kind: DeviceKind = DeviceKind.UPS,
) -> Power | None:
    """Return the power that follows from these values."""
    snapshot = Snapshot(status=Status(flags=frozenset()), variables=values, estimated=estimated)
    return power_of(kind, snapshot, seen | values.keys(), nominal)


@pytest.mark.parametrize(
    ("values", "nominal", "expected"),
    [
        # measured, as a whole
        ({"ups.realpower": 312.0, "ups.load": 99.0}, 900, (312, Source.MEASURED)),
        ({"output.realpower": 300.0}, None, (300, Source.MEASURED)),
        ({"ups.realpower": 312.0, "output.realpower": 300.0}, None, (312, Source.MEASURED)),
        ({"ups.realpower": 0.0}, 900, (0, Source.MEASURED)),
        ({"ups.realpower": 312.0} | PHASES, None, (312, Source.MEASURED)),
        # by phase
        (PHASES, None, (360, Source.MEASURED)),
        (PHASES | {"ups.load": 50.0}, 900, (360, Source.MEASURED)),
        ({"output.L1.realpower": 100.0}, None, (100, Source.MEASURED)),
        # from the load
        ({"ups.load": 25.0}, 900, (225, Source.LOAD)),
        ({"ups.load": 0.0}, 900, (0, Source.LOAD)),
        ({"ups.load": 25.0, "ups.realpower.nominal": 1000.0}, None, (250, Source.LOAD)),
        ({"ups.load": 25.0, "output.realpower.nominal": 800.0}, None, (200, Source.LOAD)),
        ({"ups.load": 25.0, "ups.realpower.nominal": 1000.0}, 900, (225, Source.LOAD)),
        ({"output.load": 10.0}, 900, (90, Source.LOAD)),
        ({"ups.load": 25.0, "output.realpower.percent": 20.0}, 900, (180, Source.LOAD)),
        # the load of three phases is that of the worst of them
        ({"ups.load": 30.0} | LOADS, 900, (180, Source.LOAD)),
        ({"ups.load": 33.3}, 901, (300.0, Source.LOAD)),
        # nothing that it could follow from
        ({}, 900, None),
        ({"input.voltage": 230.0}, 900, None),
        ({"ups.load": 25.0}, None, None),
        ({"ups.load": "a lot"}, 900, None),
        # what goes into a UPS does not all come out of it
        ({"input.realpower": 350.0}, None, None),
        # VA are no watts
        ({"ups.load": 25.0, "ups.power.nominal": 1500.0, "ups.power": 375.0}, None, None),
        ({"ups.load": 25.0, "output.power.nominal": 1500.0}, None, None),
    ],
)
def test_power(
    values: dict[str, Value], nominal: float | None, expected: tuple[float, Source] | None
) -> None:
    assert power(values, nominal) == (None if expected is None else Power(*expected))
    assert may_be_known(DeviceKind.UPS, values.keys(), nominal) or expected is None


def test_what_a_driver_worked_out_from_the_load_is_not_measured() -> None:
    estimated = frozenset({"ups.realpower"})
    assert power({"ups.realpower": 90.0}, estimated=estimated) == Power(90, Source.LOAD)


@pytest.mark.parametrize("kind", [DeviceKind.PDU, DeviceKind.ATS])
def test_what_goes_into_a_pdu_comes_out_of_it(kind: DeviceKind) -> None:
    assert power({"input.realpower": 350.0}, kind=kind) == Power(350, Source.MEASURED)


@pytest.mark.parametrize(
    "missing", ["ups.realpower", "output.L2.realpower", "output.L3.load", "ups.load"]
)
def test_what_is_missing_just_now_is_not_replaced_by_something_worse(missing: str) -> None:
    """A jump between measured and estimated would be none of the load; a phase less neither."""
    values: dict[str, Value] = {"ups.load": 10.0}
    values |= PHASES if "realpower" in missing else LOADS if ".L" in missing else {}
    values.pop(missing, None)
    assert power(values, 900, seen=frozenset({missing, "ups.load"})) is None


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"output.energy", "input.energy"}, "output.energy"),
        ({"input.energy"}, "input.energy"),
        ({"outlet.1.energy", "output.L1.energy", "ups.realpower"}, None),
    ],
)
def test_counter_is_one_of_the_whole(seen: set[str], expected: str | None) -> None:
    assert counter(seen) == expected


@pytest.mark.parametrize(
    ("seen", "told", "estimated"),
    [
        ({"ups.realpower", "ups.load"}, True, False),
        ({"output.L1.realpower"}, True, False),
        ({"ups.load"}, False, True),
        ({"input.voltage"}, False, False),
    ],
)
def test_how_it_may_be_known(seen: set[str], told: bool, estimated: bool) -> None:
    assert is_told(DeviceKind.UPS, seen) is told
    assert is_estimated_from_load(DeviceKind.UPS, seen) is estimated
    assert whole(DeviceKind.UPS, seen) == ("ups.realpower" if "ups.realpower" in seen else None)
    # a nominal power makes the difference for what is estimated, and for nothing else
    assert may_be_known(DeviceKind.UPS, seen, None) is told
    assert may_be_known(DeviceKind.UPS, seen, 900) is (told or estimated)
    assert may_be_known(DeviceKind.UPS, seen | {"ups.realpower.nominal"}, None) is (
        told or estimated
    )


def test_all_names_are_in_the_namespace_and_measure_what_is_meant() -> None:
    """A typing error would be a power that is never found."""
    for name in INPUTS:
        row = parse(name)
        assert row is not None, name
        assert row.variable.quantity in {Quantity.POWER, Quantity.PERCENT}
    for name in COUNTERS:
        row = parse(name)
        assert row is not None
        assert row.variable.quantity is Quantity.ENERGY


# over time


def counted(*story: tuple[float, float | None], total: float = 0) -> float:
    """Return the kWh after powers at times, with gaps of up to 90 s."""
    meter = Meter(total, 90)
    for now, watts in story:
        meter.add(watts, now)
    return meter.total


def test_constant_power() -> None:
    story = [(30.0 * step, 1200.0) for step in range(121)]
    assert counted(*story) == pytest.approx(1.2)


def test_power_that_rises_is_taken_at_its_mean() -> None:
    assert counted((0, 0), (36, 1000)) == pytest.approx(0.005)


def test_goes_on_from_what_was_counted() -> None:
    assert counted((0, 1000), (36, 1000), total=12.5) == pytest.approx(12.51)


@pytest.mark.parametrize(
    "story",
    [
        [(0.0, 1000.0)],
        [(0.0, 1000.0), (91.0, 1000.0)],
        [(0.0, 1000.0), (30.0, None), (60.0, 1000.0)],
        [(0.0, None), (30.0, 1000.0)],
        [(30.0, 1000.0), (30.0, 2000.0)],
        [(30.0, 1000.0), (0.0, 2000.0)],
    ],
)
def test_nothing_is_made_up(story: list[tuple[float, float | None]]) -> None:
    """For a gap, for an end at which the power was not known, or for no time at all."""
    assert counted(*story) == 0


def test_longest_gap_still_counts() -> None:
    assert counted((0, 1000), (90, 1000)) == pytest.approx(0.025)


def test_nothing_is_counted_over_a_pause() -> None:
    meter = Meter(0, 90)
    meter.add(1000, 0)
    meter.pause()
    meter.add(1000, 30)
    assert meter.total == 0
    meter.add(1000, 66)
    assert meter.total == pytest.approx(0.01)


@given(st.lists(st.tuples(st.floats(0, 1000), st.none() | st.floats(0, 1e6)), min_size=1))
def test_it_never_falls_and_never_exceeds_the_highest_power(
    story: list[tuple[float, float | None]],
) -> None:
    meter, now, before = Meter(0, 90), 0.0, 0.0
    highest = max((watts for _, watts in story if watts is not None), default=0.0)
    for pause, watts in story:
        now += pause
        meter.add(watts, now)
        assert meter.total >= before
        before = meter.total
    assert meter.total <= highest * now / 3_600_000 * 1.000001
