"""Failures in `delivery_failures/{fingerprint}`, and slots of the nack budget in `nack_slots/{id}`.

The function that stores dead letters reads a failure. A slot is taken where its document exists.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared.consumer.idempotency import FAILURE_RETENTION, DeliveryFailure
from shared.contracts.dead_letter import FailureReason
from shared.errors import LostRace
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import Write, create, set_document

SLOT_RETENTION = timedelta(days=1)
"""Longer than a slot can last, and than clocks can differ."""


class DeliveryFailures:
    """Store the last failure of each message."""

    def __init__(self, rpc: FirestoreRpc) -> None:
        """Write through Firestore's calls. A failure has no personal data, so it is not encrypted."""
        self._rpc = rpc

    async def record(self, failure: DeliveryFailure) -> None:
        """Store a failure in place of the message's earlier one."""
        await self._rpc.overwrite([self._write(failure)])

    async def record_in_slot(self, failure: DeliveryFailure, slot: str) -> bool:
        """Store a failure and take a slot in one commit; return False where the slot is taken."""
        fields = {"takenAt": failure.at, "expireAt": failure.at + SLOT_RETENTION}
        taking = create(self._rpc.name(f"nack_slots/{slot}"), fields)
        try:
            await self._rpc.commit([taking, self._write(failure)])
        except LostRace:
            return False
        return True

    async def find_failure(self, fingerprint: str) -> DeliveryFailure | None:
        """Find the last failure of a message."""
        path = _path(fingerprint)
        document = (await self._rpc.get([path])).get(path)
        return _read_failure(fingerprint, read_fields(document.fields)) if document else None

    def _write(self, failure: DeliveryFailure) -> Write:
        fields = {
            **failure_reason_fields(failure.failure_reason),
            "attempts": failure.attempts,
            "messageId": failure.message_id,
            "lastAttemptAt": failure.at,
            "expireAt": failure.at + FAILURE_RETENTION,
        }
        return set_document(self._rpc.name(_path(failure.fingerprint)), fields)


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


def _read_failure(fingerprint: str, fields: dict[str, Any]) -> DeliveryFailure:
    return DeliveryFailure(
        fingerprint=fingerprint,
        failure_reason=read_failure_reason(fields),
        attempts=fields["attempts"],
        message_id=fields.get("messageId"),
        at=fields["lastAttemptAt"],
    )
