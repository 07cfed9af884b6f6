"""Whom a stored document speaks of, read from what it holds sealed: as those who write it say it."""

from collections.abc import Awaitable, Callable, Iterable

from pydantic.alias_generators import to_camel

from shared.consumer.claim_documents import from_fields
from shared.domain.order import Order
from shared.domain.personal import personal_fields
from shared.failed_messages.dead_letter_store import message_parts
from shared.gcp.firestore.chunks import read_paged
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.maintenance.walk import Found
from shared.privacy.data_subjects import whose
from shared.privacy.encryption import Cipher


class Reader:
    """Open what documents hold sealed."""

    def __init__(self, rpc: FirestoreRpc, cipher: Cipher) -> None:
        """Read pages by Firestore's calls, and open them with a cipher."""
        self._rpc = rpc
        self._cipher = cipher
        self._named: dict[str, Callable[[Found], Awaitable[Iterable[str]]]] = {
            "orders": self._order,
            "processed_messages": self._claim,
            "failed_messages": self._failed_message,
            "edits": self._edit,
        }

    async def named(self, found: Found) -> Iterable[str]:
        """Name whom a document speaks of. Raises StoreUnavailable, LostRace, tink.TinkError."""
        return await self._named[found.collection](found)

    def personal(self, found: Found) -> dict[str, str]:
        """Open an order's personal fields, by their names in the document."""
        sealed = {name: found.fields.get(name) for name in map(to_camel, personal_fields(Order))}
        opened = {
            name: self._cipher.open_text(value, f"{found.path}#{name}") for name, value in sealed.items()
        }
        return {name: value for name, value in opened.items() if value is not None}

    async def paged(self, found: Found, name: str) -> bytes:
        """Open what a document keeps under a name, in itself or as pages."""
        return await read_paged(self._rpc, found.path, found.fields[name], self._cipher)

    async def _order(self, found: Found) -> Iterable[str]:
        return self.personal(found).values()

    async def _claim(self, found: Found) -> Iterable[str]:
        claim = from_fields(found.fields, await self.paged(found, "events"))
        return [each.ordering_key for each in claim.outbox]

    async def _failed_message(self, found: Found) -> Iterable[str]:
        told, data = message_parts(await self.paged(found, "message"))
        return whose(data, told["orderingKey"], told["attributes"])

    async def _edit(self, found: Found) -> Iterable[str]:
        return whose(await self.paged(found, "content"))
