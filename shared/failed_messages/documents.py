"""A case as fields of `failed_messages/{fingerprint}`: its cause flat, so that it can be asked for."""

from collections.abc import Mapping
from typing import Any

from shared.consumer.delivery_failures import failure_reason_fields, read_failure_reason
from shared.consumer.idempotency import failure_group_id
from shared.digest import digest
from shared.failed_messages.model import Case
from shared.failed_messages.records import from_fields, to_fields

CAUSE = ("errorType", "failureReason", "failureDetail")
RENAMED = {"topic": "originalTopic", "subscription": "originalSubscription"}
LISTED = (
    *("originalTopic", "originalSubscription", "publishTime", "attributes", "payloadBytes", "orderId"),
    *("critical", "deliveryAttempts", "receivedAt", *CAUSE, "lastFailedAt", "status", "deadLettered"),
    *("replays", "attempt", "outcome", "closedAt", "retries", "retryAt", "editedFrom"),
)
"""What a list shows: neither payload nor history, each of which may be large."""


def order_key(order_id: str) -> str:
    """Derive what cases of one order are found by: ids are sequential, and would slow an index down."""
    return digest(order_id)


def case_fields(case: Case) -> dict[str, Any]:
    """Restate a case as fields of its message's document."""
    fields = to_fields(case)
    fields.pop("failureReason")
    for name, stored in RENAMED.items():
        fields[stored] = fields.pop(name)
    return {
        **fields,
        **failure_reason_fields(case.failure_reason),
        "groupId": failure_group_id(case.subscription, case.failure_reason),
        "orderKey": order_key(case.order_id) if case.order_id else None,
    }


def read_case(identifier: str, fields: Mapping[str, Any]) -> Case:
    """Restore a case from its message's document; a list's document has no history."""
    stored = {name: value for name, value in fields.items() if name not in CAUSE}
    for name, renamed in RENAMED.items():
        stored[name] = stored.pop(renamed)
    failure_reason = read_failure_reason(fields)
    stored["failureReason"] = {
        "errorType": failure_reason.error_type,
        "slug": failure_reason.slug,
        "detail": failure_reason.detail,
    }
    return from_fields(Case, identifier, stored)
