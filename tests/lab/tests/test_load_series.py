"""The load test computes its numbers correctly, and judges its own publishers."""

import pytest

from tests.lab.load.deliveries import Deliveries
from tests.lab.load.figures import figures, greatest_lag
from tests.lab.load.plan import Plan
from tests.lab.load.publishers import Schedule
from tests.lab.load.run import Run
from tests.lab.load.series import over_time, per_second, percentiles, waiting


def line(message: str, outcome: str, attempt: int = 1) -> str:
    """Return the log line of a delivery that took 7 ms."""
    return (
        f'{{"subscription":"order-create-sub","messageId":"{message}","outcome":"{outcome}",'
        f'"durationMs":7.0,"attempt":{attempt}}}'
    )


def run_of(schedule: Schedule, *lines: tuple[float, str]) -> Run:
    """Return a run with these log lines at these times."""
    moments = iter([at for at, _ in lines])
    deliveries = Deliveries(lambda: next(moments), max_attempts=5)
    for _, text in lines:
        deliveries("order_create", text)
    return Run(Plan(seconds=2), schedule, deliveries, {"relay": 0.5, "noise": 1.0}, seconds=2.0)


def test_lag_counts_unfinished_messages() -> None:
    """Two arrive in the first second and one finishes in the third: two wait, then two, then one."""
    assert waiting([0.1, 0.9], [2.5], seconds=3) == [2, 2, 1]


def test_events_outside_the_run_are_not_counted() -> None:
    """An event after the last second counts for no second."""
    assert per_second([0.0, 0.5, 1.0, 7.0], seconds=2) == [2, 1]


def test_percentiles_lie_within_the_measured_values() -> None:
    """A hundred values of 1 to 100 have their median in the middle, and no p99 above the greatest."""
    cuts = percentiles([*map(float, range(1, 101))])
    assert cuts == {"p50": 50.5, "p95": 95.0, "p99": 99.0}


def test_a_second_without_a_sample_has_no_percentile() -> None:
    """A stall is a gap in the line, not a zero."""
    assert over_time([(0.2, 5.0), (2.1, 9.0)], cut=50) == ([0, 2], [5.0, 9.0])


def test_a_rejected_message_ends_with_its_last_attempt() -> None:
    """Four rejections leave a message unfinished; the fifth finishes it, unprocessed."""
    refusals = [(10.0 + attempt, line("a", "rejected", attempt)) for attempt in range(1, 6)]
    assert run_of(Schedule({"a": 10.0}), *refusals[:4]).deliveries.finished_at == {}
    run = run_of(Schedule({"a": 10.0, "b": 10.5}), (10.6, line("b", "processed")), *refusals)
    numbers = figures(run)
    assert run.deliveries.finished_at == {"b": 10.6, "a": 15.0}
    assert (numbers["published"], numbers["processed"]) == (2, 1)
    assert numbers["outcomes"] == {"processed": 1, "rejected": 5}
    assert numbers["drain_seconds"] == 4.5


def test_the_greatest_lag_is_exact_to_the_moment() -> None:
    """Three messages that come and finish within one second still waited together."""
    run = run_of(
        Schedule({"a": 1.0, "b": 1.1, "c": 1.2}), *[(1.3, line(each, "processed")) for each in "abc"]
    )
    assert greatest_lag(run) == 3


@pytest.mark.parametrize(
    ("late", "core_share", "verdict"),
    [
        (0, 0.3, "was not the bottleneck"),
        (1, 0.3, "did not keep its rate"),
        (0, 0.95, "was the bottleneck"),
    ],
)
def test_a_generator_that_falls_behind_says_so(late: int, core_share: float, verdict: str) -> None:
    """Late messages, or a full core, mean that the publishers limited the rate."""
    schedule = Schedule({"a": 1.0, "b": 1.5}, late=late, core_share=core_share)
    run = run_of(schedule, (1.6, line("a", "processed")), (1.7, line("b", "processed")))
    generator = figures(run)["generator"]
    assert generator["behind"] is (verdict != "was not the bottleneck")
    assert f"the load generator {verdict}:" in generator["statement"]


def test_processor_time_is_by_part_and_without_noise() -> None:
    """Other programs' time is a share of the machine, not a part of a message's cost."""
    numbers = figures(run_of(Schedule({"a": 1.0, "b": 1.5}), (1.6, line("a", "processed"))))
    assert numbers["machine"]["cpu_ms_per_message"] == {"relay": 250.0, "publishers": 0.0}
    assert numbers["machine"]["noise_share"] == pytest.approx(1.0 / 2.0 / numbers["machine"]["cores"])
