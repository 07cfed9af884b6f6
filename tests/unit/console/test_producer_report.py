"""The report for a producer says what failed, how often, since when, and where to look."""

from datetime import UTC, datetime

from pages.producer_report import to_text
from shared.failed_messages.failure_groups import FailureGroup
from shared.failed_messages.producer_report import ProducerReport

NOW = datetime(2026, 1, 1, 8, tzinfo=UTC)
GROUP = FailureGroup(
    id="a" * 32,
    subscription="order-create-sub",
    topic="order-create",
    error_type="rejected",
    slug="order.totals_mismatch",
    critical=True,
    first_seen_at=NOW,
    last_seen_at=NOW,
)


def test_a_report_is_complete_in_plain_text() -> None:
    """Fields, rules, counts, versions, times, an example and links are in it."""
    text = to_text(
        ProducerReport(
            group=GROUP,
            open=300,
            read=200,
            rules={"totals.total: must equal subTotal": 200},
            producers={"QC-SMF 2.4.0": 190, "QC-SMF 2.3.9": 10},
            first_published_at=NOW,
            last_published_at=NOW,
            order_ids=("QC-1", "QC-2"),
            example_id="b" * 32,
            example='{"orderId": "QC-1"}',
        ),
        "https://console.example/",
    )
    for part in (
        "Order total doesn't add up (order.totals_mismatch)",
        "Failed messages: 300 (this report reads the newest 200)",
        "Published: 2026-01-01 08:00:00 UTC to 2026-01-01 08:00:00 UTC",
        "- QC-SMF 2.4.0: 190",
        "- totals.total: must equal subTotal: 200",
        "Orders: QC-1, QC-2",
        '{"orderId": "QC-1"}',
        f"https://console.example/groups/{GROUP.id}",
    ):
        assert part in text
