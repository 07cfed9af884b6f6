"""Why deliveries failed: `delivery_failures/{fingerprint}`, read when the message is dead-lettered."""

from collections.abc import Mapping
from typing import Any

from shared.consumer.idempotency import FAILURE_RETENTION, DeliveryFailure
from shared.contracts.dead_letter import FailureReason
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import set_document


class DeliveryFailures:
    """Store the last failure of each message."""

    def __init__(self, rpc: FirestoreRpc) -> None:
        """Write through Firestore's calls. A failure has no personal data, so it is not encrypted."""
        self._rpc = rpc

    async def record(self, failure: DeliveryFailure) -> None:
        """Store a failure in place of the message's earlier one."""
        fields = {
            **failure_reason_fields(failure.failure_reason),
            "attempts": failure.attempts,
            "lastAttemptAt": failure.at,
            "expireAt": failure.at + FAILURE_RETENTION,
        }
        await self._rpc.overwrite([set_document(self._rpc.name(_path(failure.fingerprint)), fields)])

    async def failure(self, fingerprint: str) -> DeliveryFailure | None:
        """Find the last failure of a message."""
        path = _path(fingerprint)
        document = (await self._rpc.get([path])).get(path)
        return _failure(fingerprint, read_fields(document.fields)) if document else None


def failure_reason_fields(reason: FailureReason) -> dict[str, str]:
    """Return a failure reason as the stored fields that failures are filtered by."""
    return {
        "errorType": reason.error_type,
        "failureReason": reason.slug,
        "failureDetail": reason.detail,
    }


def read_failure_reason(fields: Mapping[str, Any]) -> FailureReason:
    """Restore a failure reason from its stored fields."""
    return FailureReason(
        error_type=fields["errorType"], slug=fields["failureReason"], detail=fields["failureDetail"]
    )


def _path(fingerprint: str) -> str:
    return f"delivery_failures/{fingerprint}"


def _failure(fingerprint: str, fields: dict[str, Any]) -> DeliveryFailure:
    return DeliveryFailure(
        fingerprint=fingerprint,
        failure_reason=read_failure_reason(fields),
        attempts=fields["attempts"],
        at=fields["lastAttemptAt"],
    )
