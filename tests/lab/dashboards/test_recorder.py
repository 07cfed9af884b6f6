"""The recorded points of a function are enough to compute rates."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud.monitoring_v3.types import metric

from tests.lab.dashboards.recorder import select_points

START = datetime(2026, 1, 10, 10, tzinfo=UTC)


def points(*seconds: float) -> list[Any]:
    """Return points that end a number of seconds after the start."""
    made = [metric.TimeSeries.pb()().points.add() for _ in seconds]
    for each, after in zip(made, seconds, strict=True):
        each.interval.end_time.FromDatetime(START + timedelta(seconds=after))
    return made


def seconds(kept_points: Sequence[Any]) -> list[float]:
    """Return the ends of points in seconds after the start."""
    return [(each.interval.end_time.ToDatetime(UTC) - START).total_seconds() for each in kept_points]


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ((0.0,), [0.0]),
        ((0.0, 2.0, 4.0, 6.0), [0.0, 6.0]),
        ((0.0, 2.0, 4.0, 60.0, 62.0, 64.0), [0.0, 60.0, 64.0]),
    ],
)
def test_the_first_point_after_a_silence_is_selected(there: tuple[float, ...], expected: list[float]) -> None:
    """A new or silent series gives its totals from before; then its newest point is selected."""
    assert seconds([*select_points(points(*there), None)]) == expected


def test_recorded_points_are_not_selected_again() -> None:
    """Only points after the last one count; without any, nothing is selected."""
    there = points(0.0, 2.0, 4.0, 6.0, 8.0)

    assert seconds([*select_points(there, there[2])]) == [8.0]
    assert [*select_points(there, there[-1])] == []
