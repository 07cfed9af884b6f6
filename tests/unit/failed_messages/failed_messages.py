"""Failed messages for tests."""

from datetime import UTC, datetime
from typing import Any

from shared.contracts.dead_letter import FailureReason
from shared.failed_messages.model import FailedMessage

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
REASON = FailureReason(error_type="rejected", slug="order.totals_mismatch", detail="totals.total: must equal")


def failed_message(**fields: Any) -> FailedMessage:
    """Return an open message with some fields replaced."""
    return FailedMessage(
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
            "failure_reason": REASON,
            "last_failed_at": NOW,
            **fields,
        }
    )
