"""The segments of a long load test are joined into one run."""

import pytest

from tests.lab.load.deliveries import Deliveries, Delivery
from tests.lab.load.figures import bottleneck, figures
from tests.lab.load.limits import check_size
from tests.lab.load.plan import Plan
from tests.lab.load.publishers import Schedule
from tests.lab.load.run import Run
from tests.lab.load.segments import join_runs, split_plan
from tests.lab.stack.errors import StackError


def segment(start: float, *, late: int = 0, core_share: float = 0.2) -> Run:
    """Return a segment of ten seconds: one message is processed and one fails."""
    deliveries = Deliveries(lambda: 0.0, max_attempts=5)
    deliveries.all = [Delivery(start + 1, "processed", 7.0), Delivery(start + 9, "rejected", 3.0)]
    deliveries.processed_at = {"1": start + 1}
    deliveries.failed_at = {"2": start + 9}
    schedule = Schedule({"1": start, "2": start + 2}, late=late, core_share=core_share, cpu_seconds=1.0)
    return Run(Plan(seconds=5), schedule, deliveries, {"relay": 0.5, "noise": 1.0}, seconds=10.0)


def test_a_test_is_divided_into_equal_segments() -> None:
    """No segment is longer than asked; together they are as long as the test."""
    assert [each.seconds for each in split_plan(Plan(seconds=3600), 600)] == [600.0] * 6
    assert [each.seconds for each in split_plan(Plan(seconds=100), 40)] == [pytest.approx(100 / 3)] * 3
    assert split_plan(Plan(seconds=100), 0) == [Plan(seconds=100)]


def test_segments_follow_each_other_without_the_time_between_them() -> None:
    """The second segment begins when the first one ended, however long the restart took."""
    joined = join_runs([segment(100.0), segment(500.0)])

    assert [*joined.schedule.published_at.values()] == [0.0, 2.0, 10.0, 12.0]
    assert [*joined.deliveries.processed_at.values()] == [1.0, 11.0]
    assert [*joined.deliveries.failed_at.values()] == [9.0, 19.0]
    assert [each.at for each in joined.deliveries.all] == [1.0, 9.0, 11.0, 19.0]
    assert joined.plan.seconds == 10


def test_equal_ids_of_two_segments_are_two_messages() -> None:
    """New emulators count message ids from the beginning."""
    numbers = figures(join_runs([segment(100.0), segment(500.0)]))

    assert (numbers["published"], numbers["processed"]) == (4, 2)
    assert numbers["outcomes"] == {"processed": 2, "rejected": 2}
    assert numbers["publish_to_processed_ms"]["p50"] == 1000.0
    assert numbers["machine"]["cpu_ms_per_message"] == {"relay": 250.0, "publishers": 500.0}


def test_publishers_that_fell_behind_in_one_segment_fell_behind() -> None:
    """The joined run has the late messages of all segments, and the busiest publishers."""
    joined = join_runs([segment(100.0, late=1), segment(500.0, core_share=0.95)])

    assert (joined.schedule.late, joined.schedule.core_share) == (1, 0.95)
    assert "was the bottleneck" in figures(joined)["generator"]["statement"]


def test_one_segment_is_the_run_itself() -> None:
    """A test without segments is reported as it was measured."""
    only = segment(100.0)
    assert join_runs([only]) is only


SHARES = {"order_create": 0.97, "relay": 0.3, "backend": 0.2, "publishers": 0.1}


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        (SHARES, "the bottleneck was the core of order_create 97%"),
        (
            {**SHARES, "order_create": 0.5, "relay": 0.65},
            "the bottleneck was the core of relay 65%, backend 20%, publishers 10%",
        ),
        ({**SHARES, "order_create": 0.7}, "no core was full; the busiest was the core of order_create 70%"),
    ],
)
def test_the_bottleneck_is_the_fullest_core(shares: dict[str, float], verdict: str) -> None:
    """On two cores the parts beside the function share one; the report names who fills which."""
    cores = {"order_create": 0, "relay": 1, "backend": 1, "publishers": 1}
    assert bottleneck(shares, cores) == verdict
    assert bottleneck(shares, {}) == ""


def test_a_message_that_the_backend_in_memory_cannot_deliver_is_refused() -> None:
    """The error names the option."""
    with pytest.raises(StackError, match="lower --size"):
        check_size(Plan(size=30_000))
