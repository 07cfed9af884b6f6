"""After a rotation: seal with the new primary key what older keys have sealed, so that those can be retired.

Functions go on meanwhile. A document that one of them writes at the same moment is left to the next
run; a run that finds nothing left says so.
"""

from collections import Counter
from typing import Any

from shared.adapters.cipher import Cipher
from shared.adapters.firestore.query import FirestoreQueries
from shared.adapters.firestore.rpc import FirestoreRpc
from shared.adapters.firestore.walk import SEALING, Found, walk
from shared.adapters.firestore.writes import amend
from shared.errors import LostRace

INLINE = "inline"
"""The name under which a map keeps sealed data that is small enough to stay in its document."""


async def reseal(rpc: FirestoreRpc, queries: FirestoreQueries, cipher: Cipher) -> Counter[str]:
    """Seal every ciphertext of an older key anew; count documents as current, resealed or changed meanwhile.

    Raises StoreUnavailable, and tink.TinkError for what no key of the keyset opens.
    """
    counted: Counter[str] = Counter()
    for collection in SEALING:
        async for found in walk(queries, collection):
            counted[await _resealed(rpc, cipher, found)] += 1
    return counted


async def _resealed(rpc: FirestoreRpc, cipher: Cipher, found: Found) -> str:
    anew = _anew(found, cipher)
    if not anew:
        return "current"
    try:
        await rpc.commit([amend(rpc.name(found.path), anew, found.version)])
    except LostRace:
        return "changed meanwhile"
    return "resealed"


def _anew(found: Found, cipher: Cipher) -> dict[str, Any]:
    """Return the fields that change."""
    anew = {name: _value(value, name, found.path, cipher) for name, value in found.fields.items()}
    return {name: value for name, value in anew.items() if value is not None}


def _value(value: Any, name: str, path: str, cipher: Cipher) -> Any:
    if isinstance(value, bytes):
        return cipher.resealed(value, path if "/pages/" in path else f"{path}#{name}")
    if isinstance(value, dict) and isinstance(value.get(INLINE), bytes):
        inline = cipher.resealed(value[INLINE], path)
        return None if inline is None else {**value, INLINE: inline}
    return None
