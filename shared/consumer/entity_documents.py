"""Domain entities as documents: camelCase fields, encrypted personal data, large orders in chunks.

The stored shape is that of the domain's values; this module has every difference.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from pydantic.alias_generators import to_camel

from shared.digest import digest
from shared.domain.decision import Entity
from shared.domain.order import Order
from shared.domain.personal import personal_fields
from shared.domain.refs import Ref
from shared.domain.stock import Reservation, Stock
from shared.gcp.firestore.chunks import NO_CHUNKS, Chunked, chunk_data
from shared.gcp.firestore.values import NATIVE_TYPES
from shared.privacy.customer_keys import FIELD, customer_keys
from shared.privacy.encryption import Cipher

COLLECTIONS = {"order": "orders", "stock": "stock", "reservation": "reservations"}
ENTITY_TYPES: dict[str, type[Entity]] = {"order": Order, "stock": Stock, "reservation": Reservation}
OVERFLOW_FIELDS = ("lineItems", "shipments", "history")
"""The fields that grow with an order; a large order has them in chunks."""

INLINE_ITEMS = 500
"""The most lines, parcel lines, serial numbers and history entries in an order's own document."""


def document_path(ref: Ref) -> str:
    """Return the path of an entity's document; a hash, because sequential ids slow a collection down."""
    return f"{COLLECTIONS[ref.kind]}/{digest(*ref.key)}"


def to_fields(entity: Entity, path: str, cipher: Cipher) -> tuple[dict[str, Any], Chunked]:
    """Return an entity as a document's fields, and the chunks to write before it."""
    fields: dict[str, Any] = msgspec.to_builtins(entity, builtin_types=NATIVE_TYPES)
    kind: type = type(entity)
    if personal := _encrypted_fields(kind):
        fields[FIELD] = customer_keys(path, [fields[name] for name in personal], cipher)
        for name in personal:
            fields[name] = cipher.encrypt_text(fields[name], f"{path}#{name}")
    if not isinstance(entity, Order):
        return fields, NO_CHUNKS
    fields["paymentStatus"] = entity.payment.status.value
    return _move_overflow(entity, fields, path, cipher)


def from_fields(
    kind: str, stored: Mapping[str, Any], path: str, cipher: Cipher, overflow: bytes | None
) -> Entity:
    """Restore an entity from its document's fields, and from its overflow where that is in chunks."""
    fields = {**stored, **(msgspec.json.decode(overflow) if overflow is not None else {})}
    entity: type = ENTITY_TYPES[kind]
    for name in _encrypted_fields(entity):
        if name in fields:
            fields[name] = cipher.decrypt_text(fields[name], f"{path}#{name}")
    return msgspec.convert(fields, ENTITY_TYPES[kind])


@cache
def _encrypted_fields(kind: type) -> tuple[str, ...]:
    """Return the names of the encrypted fields of an entity's document."""
    return tuple(map(to_camel, personal_fields(kind)))


def _move_overflow(
    order: Order, fields: dict[str, Any], path: str, cipher: Cipher
) -> tuple[dict[str, Any], Chunked]:
    if _items(order) <= INLINE_ITEMS:
        return fields, NO_CHUNKS
    overflow = chunk_data(
        path, msgspec.json.encode({name: fields.pop(name) for name in OVERFLOW_FIELDS}), cipher
    )
    fields["bulk"] = overflow.fields
    return fields, overflow


def _items(order: Order) -> int:
    parcels = (item for shipment in order.shipments for item in shipment.items)
    return len(order.line_items) + len(order.history) + sum(1 + len(item.serial_numbers) for item in parcels)
