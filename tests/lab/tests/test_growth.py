"""Growth in figures, and the verdict on it."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.lab.growth import plot
from tests.lab.growth.fit import exponent, medians, ratio, steps, straight
from tests.lab.growth.samples import interleaved
from tests.lab.growth.verdict import excesses, lines, stored

SIZES = (1, 10, 100, 1_000, 10_000, 90_000)
FLAT = {"ship": {100: [2.0, 2.1, 2.0], 100_000: [2.1, 2.0, 2.1]}}
LINEAR = {"ship": {size: [2 + 0.03 * size] * 3 for size in SIZES}}
QUADRATIC = {"ship": {size: [2 + 0.03 * size + 1e-6 * size**2] * 3 for size in SIZES}}


def test_a_straight_line_is_found() -> None:
    """Fixed cost, cost per unit and a perfect fit are told of costs that lie on a line."""
    found = straight(medians(LINEAR["ship"]))

    assert found.fixed_ms == pytest.approx(2)
    assert found.per_unit_us == pytest.approx(30)
    assert (found.r_squared, found.worst) == (1.0, 0.0)


def test_a_small_size_off_the_line_is_not_outweighed_by_the_largest() -> None:
    """Errors count relative to their size's cost: a message of ten lines that costs double spoils the fit."""
    costs = medians(LINEAR["ship"])

    assert straight(costs | {10: 2 * costs[10]}).worst > 0.2


def test_what_a_line_adds_is_told_from_size_to_size() -> None:
    """The cost between neighbouring sizes, in microseconds per line."""
    assert steps({1: 1.0, 11: 1.1, 111: 3.1}) == {"1 to 11": 10.0, "11 to 111": 20.0}


def test_linear_and_quadratic_costs_have_exponents_one_and_two() -> None:
    """From a size on, whatever the fixed cost before it."""
    power = {1_000: [1.0, 4.0], 90_000: [90.0, 4.0 * 90**2]}

    found = exponent(power, 1_000)

    assert (found.least, found.greatest) == (1.0, 2.0)


def test_ratios_are_taken_round_by_round() -> None:
    """A round on a slow machine is slow at every size."""
    assert ratio({1: [1.0, 5.0], 10: [2.0, 10.0]}).median == 2.0


def test_flat_and_linear_costs_pass() -> None:
    """Nothing is named where nothing grows beyond its bound."""
    assert excesses(stored(FLAT), lines(LINEAR)) == []


def test_growth_with_stored_orders_is_named() -> None:
    """A fifth more at a hundred thousand stored orders is too much."""
    steep = {"ship": {100: [2.0] * 3, 100_000: [2.4] * 3}}

    assert excesses(stored(steep), lines(LINEAR)) == ["ship, stored orders"]


def test_a_quadratic_part_is_named() -> None:
    """A search of all lines for each line, at a nanosecond a step, is found at ninety thousand lines."""
    assert excesses(stored(FLAT), lines(QUADRATIC)) == ["ship, lines"]


def test_sizes_go_up_and_down_in_turn_and_the_first_round_is_dropped() -> None:
    """What a drifting machine adds meets every size; a warm-up counts for none."""
    seen: list[int] = []

    def cost(size: int) -> dict[str, float]:
        seen.append(size)
        return {"ship": float(len(seen))}

    costs = interleaved(2, [1, 2], cost)

    assert seen == [2, 1, 1, 2, 2, 1]
    assert costs == {"ship": {1: [3.0, 6.0], 2: [4.0, 5.0]}}


def test_what_is_met_several_times_in_a_round_counts_by_its_mean() -> None:
    """Passes within a round turn the order of sizes as rounds do."""
    told = iter([0.0] * 4 + [1.0, 2.0, 3.0, 4.0])

    costs = interleaved(1, [1, 2], lambda _: {"ship": next(told)}, passes=2)

    assert costs == {"ship": {1: [2.5], 2: [2.5]}}


def test_a_report_is_drawn(tmp_path: Path) -> None:
    """The picture holds both functions with their fits, and is small enough to be kept with the code."""
    costs = dict.fromkeys(plot.COLOURS, LINEAR["ship"])
    judged = {name: asdict(each) for name, each in lines(costs).items()}
    report = json.loads(json.dumps({"lines": judged, "rounds": {"stored": costs, "lines": costs}}))

    plot.draw(report, tmp_path / "growth.svg")

    drawn = (tmp_path / "growth.svg").read_text(encoding="utf-8")
    assert all(name in drawn for name in plot.COLOURS)
    assert "2.0 ms + 30 us a line" in drawn
    assert len(drawn) < 100_000
