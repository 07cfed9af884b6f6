"""Why deliveries failed: `delivery_failures/{fingerprint}`, read when the message is dead-lettered."""

from collections.abc import Mapping
from typing import Any

from shared.consumer.idempotency import FAILURE_RETENTION, DeliveryFailure
from shared.contracts.dead_letter import Cause
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import put


class DeliveryFailures:
    """Keep the last failure of each message."""

    def __init__(self, rpc: FirestoreRpc) -> None:
        """Use Firestore's calls; a failure holds nothing personal."""
        self._rpc = rpc

    async def record(self, failure: DeliveryFailure) -> None:
        """Keep the last failure of a message."""
        fields = {
            **cause_fields(failure.cause),
            "attempts": failure.attempts,
            "lastAttemptAt": failure.at,
            "expireAt": failure.at + FAILURE_RETENTION,
        }
        await self._rpc.overwrite([put(self._rpc.name(_path(failure.fingerprint)), fields)])

    async def failure(self, fingerprint: str) -> DeliveryFailure | None:
        """Find the last failure of a message."""
        path = _path(fingerprint)
        document = (await self._rpc.get([path])).get(path)
        return _failure(fingerprint, read_fields(document.fields)) if document else None


def cause_fields(cause: Cause) -> dict[str, str]:
    """Restate a cause as the fields every failure is filtered by."""
    return {"errorType": cause.error_type, "failureReason": cause.reason, "failureDetail": cause.detail}


def read_cause(fields: Mapping[str, Any]) -> Cause:
    """Restore a cause from its fields."""
    return Cause(
        error_type=fields["errorType"], reason=fields["failureReason"], detail=fields["failureDetail"]
    )


def _path(fingerprint: str) -> str:
    return f"delivery_failures/{fingerprint}"


def _failure(fingerprint: str, fields: dict[str, Any]) -> DeliveryFailure:
    return DeliveryFailure(
        fingerprint=fingerprint,
        cause=read_cause(fields),
        attempts=fields["attempts"],
        at=fields["lastAttemptAt"],
    )
