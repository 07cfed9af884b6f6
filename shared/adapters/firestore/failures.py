"""Why deliveries failed, and the messages that were given up, whole."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json

from shared.adapters.cipher import Cipher
from shared.adapters.firestore.pages import paged, write_pages
from shared.adapters.firestore.rpc import FirestoreRpc
from shared.adapters.firestore.values import read_fields
from shared.adapters.firestore.writes import create, put
from shared.errors import LostRace
from shared.idempotency import FAILURE_RETENTION, DeliveryFailure
from shared.messages.dead_letter import Cause
from shared.messages.failed_message import FailedMessage

SHOWN_ATTRIBUTES = ("eventType", "source", "version", "correlationId", "severity")
"""Attributes of the contract, kept readable; any other may be personal and is sealed with the payload."""


class FirestoreFailures:
    """Keep `delivery_failures` and `failed_messages`."""

    def __init__(self, rpc: FirestoreRpc, cipher: Cipher) -> None:
        """Use Firestore's calls, and the cipher for what messages hold."""
        self._rpc = rpc
        self._cipher = cipher

    async def record(self, failure: DeliveryFailure) -> None:
        """Keep the last failure of a message."""
        fields = {
            **_cause_fields(failure.cause),
            "attempts": failure.attempts,
            "lastAttemptAt": failure.at,
            "expireAt": failure.at + FAILURE_RETENTION,
        }
        await self._rpc.commit([put(self._rpc.name(_failure_path(failure.fingerprint)), fields)])

    async def failure(self, fingerprint: str) -> DeliveryFailure | None:
        """Find the last failure of a message."""
        path = _failure_path(fingerprint)
        document = (await self._rpc.get([path])).get(path)
        return _failure(fingerprint, read_fields(document.fields)) if document else None

    async def save(self, failed: FailedMessage) -> bool:
        """Keep a failed message whole, its pages first; say False where it was kept before."""
        path = f"failed_messages/{failed.fingerprint}"
        message = paged(path, _sealed_part(failed), self._cipher)
        await write_pages(self._rpc, message.pages)
        try:
            await self._rpc.commit(
                [create(self._rpc.name(path), {**_fields(failed), "message": message.fields})]
            )
        except LostRace:
            return False
        return True


def _failure_path(fingerprint: str) -> str:
    return f"delivery_failures/{fingerprint}"


def _failure(fingerprint: str, fields: Mapping[str, Any]) -> DeliveryFailure:
    return DeliveryFailure(
        fingerprint=fingerprint,
        cause=Cause(
            error_type=fields["errorType"], reason=fields["failureReason"], detail=fields["failureDetail"]
        ),
        attempts=fields["attempts"],
        at=fields["lastAttemptAt"],
    )


def _cause_fields(cause: Cause) -> dict[str, str]:
    return {"errorType": cause.error_type, "failureReason": cause.reason, "failureDetail": cause.detail}


def _sealed_part(failed: FailedMessage) -> bytes:
    """Write down what may be personal: all of the message as it was published."""
    letter = failed.letter
    header = {"attributes": letter.attributes, "orderingKey": letter.ordering_key}
    return to_json(header) + b"\n" + letter.data


def _fields(failed: FailedMessage) -> dict[str, Any]:
    letter = failed.letter
    return {
        "originalTopic": letter.topic,
        "originalSubscription": letter.subscription,
        "publishTime": letter.publish_time,
        **_cause_fields(failed.cause),
        "deliveryAttempts": failed.attempts,
        "receivedAt": failed.received_at,
        "attributes": {
            name: letter.attributes[name] for name in SHOWN_ATTRIBUTES if name in letter.attributes
        },
        "payloadBytes": len(letter.data),
        "status": "OPEN",
    }
