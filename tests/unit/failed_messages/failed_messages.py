"""Cases as tests need them."""

from datetime import UTC, datetime
from typing import Any

from shared.contracts.dead_letter import FailureReason
from shared.failed_messages.model import Case

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
CAUSE = FailureReason(error_type="rejected", slug="order.totals_mismatch", detail="totals.total: must equal")


def case(**fields: Any) -> Case:
    """Return an open case, some of its fields replaced."""
    return Case(
        **{
            "id": "a" * 32,
            "topic": "order-create",
            "subscription": "order-create-sub",
            "publish_time": NOW,
            "attributes": {},
            "payload_bytes": 2,
            "order_id": "QC-1",
            "critical": True,
            "delivery_attempts": 5,
            "received_at": NOW,
            "failure_reason": CAUSE,
            "last_failed_at": NOW,
            **fields,
        }
    )
