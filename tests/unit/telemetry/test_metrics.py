"""The metrics of deliveries and dead letters, and their labels."""

import pytest

from shared.errors import Outcome
from shared.telemetry.delivery import Delivery
from shared.telemetry.instruments import BUCKET_BOUNDS_MS, Histogram
from shared.telemetry.message_metrics import UNKNOWN_LABEL, MessageMetrics

TOPICS = {"order-create-sub": "order-create"}


def delivery(
    subscription: str = "order-create-sub",
    outcome: Outcome = Outcome.PROCESSED,
    status: int = 204,
    duration_ms: float = 7.0,
) -> Delivery:
    """Return the record of one delivery."""
    return Delivery(subscription=subscription, outcome=outcome, status=status, duration_ms=duration_ms)


@pytest.fixture
def metrics() -> MessageMetrics:
    """Return metrics of one subscription, and of dead letters of its topic."""
    return MessageMetrics(TOPICS, frozenset({"order-create"}))


def test_names_and_labels_are_those_of_the_requirements(metrics: MessageMetrics) -> None:
    """Requirements 8.1 names the metrics and their labels."""
    named = {each.name: each.label_names for each in metrics.instruments}

    assert named["message_processing_time"] == ("topic", "subscription", "status")
    assert named["message_count"] == ("topic", "subscription", "result")
    assert named["dlq_messages"] == ("original_topic", "error_type")


def test_a_delivery_is_counted_by_its_outcome_and_measured_by_its_status(metrics: MessageMetrics) -> None:
    """One delivery adds one to one count and one duration to one histogram."""
    metrics.count_delivery(delivery(outcome=Outcome.REJECTED, status=422, duration_ms=12.5))

    counted = {labels: value for labels, value in metrics.message_count.values.items() if value}
    assert counted == {("order-create", "order-create-sub", "rejected"): 1}
    (labels, measured), *more = metrics.message_processing_time.values.items()
    assert (labels, measured.count, measured.mean) == (("order-create", "order-create-sub", "422"), 1, 12.5)
    assert more == []


def test_messages_cannot_make_new_series(metrics: MessageMetrics) -> None:
    """A subscription or topic that the topology does not have is counted as unknown."""
    for index in range(3):
        metrics.count_delivery(delivery(subscription=f"made-up-{index}"))
        metrics.record_ack_time(f"made-up-{index}", 1.0)
        metrics.count_dead_letter(f"made-up-{index}", f"odd-{index}")

    assert metrics.message_count.values[(UNKNOWN_LABEL, UNKNOWN_LABEL, "processed")] == 3
    assert metrics.publish_to_ack_time.values[(UNKNOWN_LABEL, UNKNOWN_LABEL)].count == 3
    assert metrics.dlq_messages.values[(UNKNOWN_LABEL, UNKNOWN_LABEL)] == 3


def test_counts_of_the_topology_start_at_zero(metrics: MessageMetrics) -> None:
    """Every subscription has a count of every outcome before its first message."""
    assert metrics.message_count.values == {
        ("order-create", "order-create-sub", str(outcome)): 0 for outcome in Outcome
    }


def test_a_delivery_without_an_answer_is_not_counted(metrics: MessageMetrics) -> None:
    """A request that the client cancelled is redelivered, and counted then."""
    metrics.count_delivery(Delivery(subscription="order-create-sub", duration_ms=3.0))

    assert sum(metrics.message_count.values.values()) == 0
    assert metrics.message_processing_time.values == {}


def test_a_clock_behind_the_publisher_measures_nothing_negative(metrics: MessageMetrics) -> None:
    """Where clocks disagree, the time to the acknowledgement is 0."""
    metrics.record_ack_time("order-create-sub", -5.0)

    assert metrics.publish_to_ack_time.values[("order-create", "order-create-sub")].mean == 0.0


@pytest.mark.parametrize(
    ("milliseconds", "bucket"),
    [
        (0.0, 0),
        (0.99, 0),
        (1.0, 1),
        (99.9, BUCKET_BOUNDS_MS.index(100.0)),
        (100.0, BUCKET_BOUNDS_MS.index(100.0) + 1),
    ],
)
def test_a_bound_belongs_to_the_bucket_above(milliseconds: float, bucket: int) -> None:
    """Exactly 100 ms is not below 100 ms, as Cloud Monitoring counts it."""
    histogram = Histogram("time", ())
    histogram.record((), milliseconds)

    assert histogram.values[()].buckets.index(1) == bucket


def test_a_distribution_knows_its_mean_and_spread() -> None:
    """Mean and squared deviation are those of the values recorded."""
    histogram = Histogram("time", ())
    for value in (2.0, 4.0, 9.0):
        histogram.record((), value)

    measured = histogram.values[()]
    assert (measured.count, measured.mean) == (3, 5.0)
    assert measured.squared_deviation == pytest.approx(26.0)
