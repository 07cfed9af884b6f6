"""Messages that were given up, whole: `failed_messages/{fingerprint}`."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json, to_json

from shared.consumer.delivery_failures import read_failure_reason
from shared.contracts.dead_letter import DeadLetter
from shared.errors import LostRace, StoreContended
from shared.failed_messages.documents import case_fields
from shared.failed_messages.model import open_case
from shared.failed_messages.stored_dead_letter import FailedMessage
from shared.gcp.firestore.chunks import chunk_data, read_chunked, write_chunks
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import create
from shared.privacy.customer_keys import FIELD, customer_keys
from shared.privacy.data_subjects import find_data_subjects
from shared.privacy.encryption import Cipher


class FailedMessages:
    """Keep failed messages until a person has dealt with them."""

    def __init__(self, rpc: FirestoreRpc, cipher: Cipher) -> None:
        """Use Firestore's calls, and the cipher for what messages hold."""
        self._rpc = rpc
        self._cipher = cipher

    async def save(self, failed: FailedMessage) -> bool:
        """Keep a failed message whole, its pages first; say False where it was kept before."""
        path = _path(failed.fingerprint)
        message = chunk_data(path, _sealed_part(failed), self._cipher)
        await write_chunks(self._rpc, message.chunks)
        case = case_fields(open_case(failed))
        letter = failed.letter
        named = find_data_subjects(letter.data, letter.ordering_key, letter.attributes)
        keys = customer_keys(path, named, self._cipher)
        fields = {**case, "givenUpAt": failed.given_up_at, "message": message.fields, FIELD: keys}
        try:
            await self._rpc.commit([create(self._rpc.name(path), fields)])
        except LostRace:
            return await self._kept_before(path)
        return True

    async def message(self, fingerprint: str) -> FailedMessage | None:
        """Read a failed message back, whole; its letter tells the cause it was joined with.

        Raises LostRace where it is being deleted, StoreUnavailable.
        """
        path = _path(fingerprint)
        document = (await self._rpc.get([path])).get(path)
        if document is None:
            return None
        fields = read_fields(document.fields)
        return _restored(
            fingerprint, fields, await read_chunked(self._rpc, path, fields["message"], self._cipher)
        )

    async def _kept_before(self, path: str) -> bool:
        """Say False where the document is there; a lost race alone may be another writer's lock."""
        if path in await self._rpc.get([path]):
            return False
        raise StoreContended("failed message: locked by other writers")


def _path(fingerprint: str) -> str:
    return f"failed_messages/{fingerprint}"


def _sealed_part(failed: FailedMessage) -> bytes:
    """Write down what may be personal: all of the message as it was published."""
    letter = failed.letter
    header = {"attributes": letter.attributes, "orderingKey": letter.ordering_key}
    return to_json(header) + b"\n" + letter.data


def message_parts(sealed_part: bytes) -> tuple[dict[str, Any], bytes]:
    """Take apart what was sealed of a message: its attributes and ordering key, and its data."""
    header, _, data = sealed_part.partition(b"\n")
    return from_json(header, cache_strings="keys"), data


def _restored(fingerprint: str, fields: Mapping[str, Any], sealed_part: bytes) -> FailedMessage:
    (told, data), failure_reason = message_parts(sealed_part), read_failure_reason(fields)
    letter = DeadLetter(
        topic=fields["originalTopic"],
        subscription=fields["originalSubscription"],
        publish_time=fields["publishTime"],
        attributes=told["attributes"],
        ordering_key=told["orderingKey"],
        data=data,
        delivery_attempts=fields["deliveryAttempts"],
        failure_reason=failure_reason,
    )
    return FailedMessage(
        fingerprint=fingerprint,
        letter=letter,
        failure_reason=failure_reason,
        attempts=fields["deliveryAttempts"],
        received_at=fields["receivedAt"],
        order_id=fields["orderId"],
        critical=fields["critical"],
        dead_letter_id=fields["deadLetters"][0],
        given_up_at=fields["givenUpAt"],
    )
