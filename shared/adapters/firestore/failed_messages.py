"""Messages that were given up, whole: `failed_messages/{fingerprint}`."""

from typing import Any

from pydantic_core import to_json

from shared.adapters.cipher import Cipher
from shared.adapters.firestore.delivery_failures import cause_fields
from shared.adapters.firestore.pages import paged, write_pages
from shared.adapters.firestore.rpc import FirestoreRpc
from shared.adapters.firestore.writes import create
from shared.errors import LostRace, StoreContended
from shared.messages.failed_message import FailedMessage

SHOWN_ATTRIBUTES = ("eventType", "source", "version", "correlationId", "severity")
"""Attributes of the contract, kept readable; any other may be personal and is sealed with the payload."""


class FailedMessages:
    """Keep failed messages until a person has dealt with them."""

    def __init__(self, rpc: FirestoreRpc, cipher: Cipher) -> None:
        """Use Firestore's calls, and the cipher for what messages hold."""
        self._rpc = rpc
        self._cipher = cipher

    async def save(self, failed: FailedMessage) -> bool:
        """Keep a failed message whole, its pages first; say False where it was kept before."""
        path = f"failed_messages/{failed.fingerprint}"
        message = paged(path, _sealed_part(failed), self._cipher)
        await write_pages(self._rpc, message.pages)
        fields = {**_fields(failed), "message": message.fields}
        try:
            await self._rpc.commit([create(self._rpc.name(path), fields)])
        except LostRace:
            return await self._kept_before(path)
        return True

    async def _kept_before(self, path: str) -> bool:
        """Say False where the document is there; a lost race alone may be another writer's lock."""
        if path in await self._rpc.get([path]):
            return False
        raise StoreContended("failed message: locked by other writers")


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
        **cause_fields(failed.cause),
        "deliveryAttempts": failed.attempts,
        "receivedAt": failed.received_at,
        "attributes": {
            name: letter.attributes[name] for name in SHOWN_ATTRIBUTES if name in letter.attributes
        },
        "payloadBytes": len(letter.data),
        "status": "OPEN",
    }
