"""After a rotation: seal with the new primary key what older keys have sealed, so that those can be retired.

Functions go on meanwhile. A document that one of them writes at the same moment is left to the next
run; a run that finds nothing left says so.
"""

from collections import Counter
from typing import Any

from shared.errors import LostRace
from shared.gcp.firestore.query import FirestoreQueries
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.writes import amend
from shared.maintenance.encrypted_reader import Reader
from shared.maintenance.walk import SEALING, Found, walk
from shared.privacy.customer_keys import FIELD, customer_keys
from shared.privacy.customer_search import COLLECTIONS
from shared.privacy.encryption import Cipher

INLINE = "inline"
"""The name under which a map keeps sealed data that is small enough to stay in its document."""


class Resealer:
    """Seal anew what older keys have sealed, and give its `customerKeys` to what has none yet."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries, cipher: Cipher) -> None:
        """Use Firestore's calls and queries, and the cipher whose primary key seals from now on."""
        self._rpc = rpc
        self._queries = queries
        self._cipher = cipher
        self._reader = Reader(rpc, cipher)

    async def reseal(self) -> Counter[str]:
        """Go through every document; count those that are current, resealed or changed meanwhile.

        Raises StoreUnavailable, and tink.TinkError for what no key of the keyset opens.
        """
        counted: Counter[str] = Counter()
        for collection in SEALING:
            async for each in walk(self._queries, collection):
                counted[await self._resealed(each)] += 1
        return counted

    async def _resealed(self, document: Found) -> str:
        try:
            anew = self._sealed_anew(document) | await self._keys_anew(document)
            if not anew:
                return "current"
            await self._rpc.commit([amend(self._rpc.name(document.path), anew, document.version)])
        except LostRace:
            return "changed meanwhile"
        return "resealed"

    def _sealed_anew(self, document: Found) -> dict[str, Any]:
        """Return the sealed fields that change."""
        anew = {name: self._value(value, name, document.path) for name, value in document.fields.items()}
        return {name: value for name, value in anew.items() if value is not None}

    def _value(self, value: Any, name: str, path: str) -> Any:
        if isinstance(value, bytes):
            return self._cipher.resealed(value, path if "/pages/" in path else f"{path}#{name}")
        if isinstance(value, dict) and isinstance(value.get(INLINE), bytes):
            inline = self._cipher.resealed(value[INLINE], path)
            return None if inline is None else {**value, INLINE: inline}
        return None

    async def _keys_anew(self, document: Found) -> dict[str, Any]:
        """Return what the document is to be found by, where it is missing or of an older key."""
        keys = document.fields.get(FIELD)
        current = keys is not None and all(map(self._cipher.is_current, keys))
        if document.collection not in COLLECTIONS or current:
            return {}
        return {FIELD: customer_keys(document.path, await self._reader.named(document), self._cipher)}
