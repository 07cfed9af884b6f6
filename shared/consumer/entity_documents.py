"""Domain entities as documents: camelCase fields, personal data sealed, large orders paged.

The stored shape is that of the domain's values; what differs is said here and nowhere else.
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
KINDS: dict[str, type[Entity]] = {"order": Order, "stock": Stock, "reservation": Reservation}
OVERFLOW_FIELDS = ("lineItems", "shipments", "history")
"""What grows with an order; moved out of its document where that gets too large."""

INLINE_ITEMS = 500
"""Lines, parcel lines, serial numbers and history entries an order's own document holds."""


def document_path(ref: Ref) -> str:
    """Name the document an entity is kept in; hashed, since sequential ids slow a collection down."""
    return f"{COLLECTIONS[ref.kind]}/{digest(*ref.key)}"


def to_fields(entity: Entity, path: str, cipher: Cipher) -> tuple[dict[str, Any], Chunked]:
    """Restate an entity as a document's fields, and the pages to write before it."""
    fields: dict[str, Any] = msgspec.to_builtins(entity, builtin_types=NATIVE_TYPES)
    kind: type = type(entity)
    if personal := _sealed(kind):
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
    """Restore an entity from its document's fields, and its overflow where that is stored apart."""
    fields = {**stored, **(msgspec.json.decode(overflow) if overflow is not None else {})}
    entity: type = KINDS[kind]
    for name in _sealed(entity):
        if name in fields:
            fields[name] = cipher.decrypt_text(fields[name], f"{path}#{name}")
    return msgspec.convert(fields, KINDS[kind])


@cache
def _sealed(kind: type) -> tuple[str, ...]:
    """Name the fields of an entity's document that are encrypted."""
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
