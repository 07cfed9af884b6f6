"""Re-encryption after a rotation: with the new primary key, so that the older keys can be retired.

Functions keep running meanwhile. A document that a function changes at the same moment is left to the next
run. A run that changes nothing reports that the older keys are no longer needed.
"""

from collections import Counter
from typing import Any

from shared.errors import LostRace
from shared.gcp.firestore.query import FirestoreQueries
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.writes import update_fields_if
from shared.maintenance.encrypted_reader import EncryptedReader
from shared.maintenance.stored_documents import ENCRYPTED_COLLECTIONS, StoredDocument, iter_collection
from shared.privacy.customer_keys import CUSTOMER_COLLECTIONS, CUSTOMER_KEYS, encrypt_customers
from shared.privacy.encryption import Cipher

INLINE = "inline"
"""The key of a map under which data is stored that needs no chunks."""


class Reencryptor:
    """Re-encrypt what older keys encrypted, and add `customerKeys` to documents without them."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries, cipher: Cipher) -> None:
        """Use Firestore's calls and queries, and the cipher of the rotated keyset."""
        self._rpc = rpc
        self._queries = queries
        self._cipher = cipher
        self._reader = EncryptedReader(rpc, cipher)

    async def reencrypt(self) -> Counter[str]:
        """Process every document; count those that are current, re-encrypted or changed meanwhile.

        Raises StoreUnavailable, and tink.TinkError for data that no key of the keyset decrypts.
        """
        counts: Counter[str] = Counter()
        for collection in ENCRYPTED_COLLECTIONS:
            async for each in iter_collection(self._queries, collection):
                counts[await self._reencrypt_document(each)] += 1
        return counts

    async def _reencrypt_document(self, document: StoredDocument) -> str:
        try:
            changes = self._changed_fields(document) | await self._changed_customer_keys(document)
            if not changes:
                return "current"
            name = self._rpc.name(document.path)
            await self._rpc.commit([update_fields_if(name, changes, document.version)])
        except LostRace:
            return "changed meanwhile"
        return "re-encrypted"

    def _changed_fields(self, document: StoredDocument) -> dict[str, Any]:
        """Re-encrypt fields; return those that an older key had encrypted."""
        changes = {}
        for name, value in document.fields.items():
            changed = self._reencrypt_value(value, name, document.path)
            if changed is not None:
                changes[name] = changed
        return changes

    def _reencrypt_value(self, value: Any, name: str, path: str) -> Any:
        if isinstance(value, bytes):
            return self._cipher.reencrypt(value, path if "/pages/" in path else f"{path}#{name}")
        if isinstance(value, dict) and isinstance(value.get(INLINE), bytes):
            inline = self._cipher.reencrypt(value[INLINE], path)
            return None if inline is None else {**value, INLINE: inline}
        return None

    async def _changed_customer_keys(self, document: StoredDocument) -> dict[str, Any]:
        """Return the `customerKeys` of a document that has none, or has those of an older key."""
        keys = document.fields.get(CUSTOMER_KEYS)
        current = keys is not None and all(map(self._cipher.is_current, keys))
        if document.collection not in CUSTOMER_COLLECTIONS or current:
            return {}
        customers = await self._reader.data_subjects(document)
        return {CUSTOMER_KEYS: encrypt_customers(document.path, customers, self._cipher)}
