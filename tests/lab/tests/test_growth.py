"""Growth is measured, fitted and judged correctly."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.lab.growth import plot
from tests.lab.growth.fit import exponent, fit_line, medians, ratio, steps
from tests.lab.growth.samples import measure_interleaved
from tests.lab.growth.verdict import find_excesses, lines, stored

SIZES = (1, 10, 100, 1_000, 10_000, 90_000)
FLAT = {"ship": {100: [2.0, 2.1, 2.0], 100_000: [2.1, 2.0, 2.1]}}
LINEAR = {"ship": {size: [2 + 0.03 * size] * 3 for size in SIZES}}
QUADRATIC = {"ship": {size: [2 + 0.03 * size + 1e-6 * size**2] * 3 for size in SIZES}}


def test_a_straight_line_is_found() -> None:
    """Costs on a line give its fixed cost and its cost per unit, with a perfect fit."""
    found = fit_line(medians(LINEAR["ship"]))

    assert found.fixed_ms == pytest.approx(2)
    assert found.per_unit_us == pytest.approx(30)
    assert (found.r_squared, found.worst) == (1.0, 0.0)


def test_a_small_size_off_the_line_is_not_outweighed_by_the_largest() -> None:
    """Errors are relative: a message of ten lines with double the cost spoils the fit."""
    costs = medians(LINEAR["ship"])

    assert fit_line(costs | {10: 2 * costs[10]}).worst > 0.2


def test_steps_are_costs_per_line() -> None:
    """A step is what each further line costs between two neighbouring sizes, in microseconds."""
    assert steps({1: 1.0, 11: 1.1, 111: 3.1}) == {"1 to 11": 10.0, "11 to 111": 20.0}


def test_linear_and_quadratic_costs_have_exponents_one_and_two() -> None:
    """The exponent counts from a given size, so the fixed cost does not matter."""
    power = {1_000: [1.0, 4.0], 90_000: [90.0, 4.0 * 90**2]}

    found = exponent(power, 1_000)

    assert (found.least, found.greatest) == (1.0, 2.0)


def test_ratios_are_taken_round_by_round() -> None:
    """A round on a slow machine is slow at every size."""
    assert ratio({1: [1.0, 5.0], 10: [2.0, 10.0]}).median == 2.0


def test_flat_and_linear_costs_pass() -> None:
    """Costs within the bounds give no excess."""
    assert find_excesses(stored(FLAT), lines(LINEAR)) == []


def test_growth_with_stored_orders_is_named() -> None:
    """A cost 20 % higher at a hundred thousand stored orders exceeds the bound."""
    steep = {"ship": {100: [2.0] * 3, 100_000: [2.4] * 3}}

    assert find_excesses(stored(steep), lines(LINEAR)) == ["ship, stored orders"]


def test_a_quadratic_part_is_named() -> None:
    """A search of all lines for each line, at a nanosecond a step, is found at ninety thousand lines."""
    assert find_excesses(stored(FLAT), lines(QUADRATIC)) == ["ship, lines"]


def test_sizes_alternate_and_the_first_round_is_dropped() -> None:
    """A drift of the machine affects every size alike, and the warm-up does not count."""
    seen: list[int] = []

    def cost(size: int) -> dict[str, float]:
        seen.append(size)
        return {"ship": float(len(seen))}

    costs = measure_interleaved(2, [1, 2], cost)

    assert seen == [2, 1, 1, 2, 2, 1]
    assert costs == {"ship": {1: [3.0, 6.0], 2: [4.0, 5.0]}}


def test_passes_of_a_round_count_with_their_mean() -> None:
    """Passes within a round alternate the order of sizes, as rounds do."""
    costs_in_turn = iter([0.0] * 4 + [1.0, 2.0, 3.0, 4.0])

    costs = measure_interleaved(1, [1, 2], lambda _: {"ship": next(costs_in_turn)}, passes=2)

    assert costs == {"ship": {1: [2.5], 2: [2.5]}}


def test_a_report_is_drawn(tmp_path: Path) -> None:
    """The picture has both functions with their fits, and is small enough for the repository."""
    costs = dict.fromkeys(plot.COLOURS, LINEAR["ship"])
    verdict = {name: asdict(each) for name, each in lines(costs).items()}
    report = json.loads(json.dumps({"lines": verdict, "rounds": {"stored": costs, "lines": costs}}))

    plot.draw(report, tmp_path / "growth.svg")

    drawn = (tmp_path / "growth.svg").read_text(encoding="utf-8")
    assert all(name in drawn for name in plot.COLOURS)
    assert "2.0 ms + 30 us a line" in drawn
    assert len(drawn) < 100_000
