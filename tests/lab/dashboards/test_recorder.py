"""What is recorded of a function's points is enough to count by."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud.monitoring_v3.types import metric

from tests.lab.dashboards.recorder import kept

START = datetime(2026, 1, 10, 10, tzinfo=UTC)


def points(*seconds: float) -> list[Any]:
    """Return points that end so many seconds after the start."""
    made = [metric.TimeSeries.pb()().points.add() for _ in seconds]
    for each, after in zip(made, seconds, strict=True):
        each.interval.end_time.FromDatetime(START + timedelta(seconds=after))
    return made


def seconds(kept_points: Sequence[Any]) -> list[float]:
    """Return when points end, in seconds after the start."""
    return [(each.interval.end_time.ToDatetime(UTC) - START).total_seconds() for each in kept_points]


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ((0.0,), [0.0]),
        ((0.0, 2.0, 4.0, 6.0), [0.0, 6.0]),
        ((0.0, 2.0, 4.0, 60.0, 62.0, 64.0), [0.0, 60.0, 64.0]),
    ],
)
def test_the_first_after_a_silence_is_kept(there: tuple[float, ...], expected: list[float]) -> None:
    """Of a series that is new, or was silent, its totals from before; of what follows, the newest."""
    assert seconds([*kept(points(*there), None)]) == expected


def test_what_was_taken_is_not_taken_again() -> None:
    """Between two looks only what is new counts, and without anything new there is nothing."""
    there = points(0.0, 2.0, 4.0, 6.0, 8.0)

    assert seconds([*kept(there, there[2])]) == [8.0]
    assert [*kept(there, there[-1])] == []
