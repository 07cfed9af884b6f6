"""Domain entities as documents: camelCase fields, personal data sealed, large orders paged.

The stored shape is derived from the domain's dataclasses by one naming rule; what differs is said
here and nowhere else.
"""

import dataclasses
from dataclasses import is_dataclass
from datetime import datetime
from functools import cache
from typing import Any

from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from pydantic.alias_generators import to_camel
from pydantic_core import from_json, to_json

from shared.adapters.cipher import Cipher
from shared.adapters.firestore.pages import NOTHING_PAGED, Paged, paged
from shared.domain.decision import Entity
from shared.domain.order import Line, Order, ShippedItem
from shared.domain.personal import personal_fields
from shared.domain.refs import Ref
from shared.domain.stock import Reservation, Stock
from shared.idempotency import digest

COLLECTIONS = {"order": "orders", "stock": "stock", "reservation": "reservations"}
KINDS: dict[str, type[Entity]] = {"order": Order, "stock": Stock, "reservation": Reservation}
BULK = ("lineItems", "shipments", "history")
"""What grows with an order; moved out of its document where that gets too large."""

REPEATED = (Line, ShippedItem)
"""Stored without the fields that say nothing yet: half of a fresh line, which an order has many of."""

INLINE_ITEMS = 500
"""Lines, parcel lines, serial numbers and history entries an order's own document holds."""


def document_path(ref: Ref) -> str:
    """Name the document an entity is kept in; hashed, since sequential ids slow a collection down."""
    return f"{COLLECTIONS[ref.kind]}/{digest(*ref.key)}"


def to_fields(entity: Entity, path: str, cipher: Cipher) -> tuple[dict[str, Any], Paged]:
    """Restate an entity as a document's fields, and the pages to write before it."""
    fields: dict[str, Any] = _CONVERTER.unstructure(entity)
    kind: type = type(entity)
    for name in _sealed(kind):
        fields[name] = cipher.seal_text(fields[name], f"{path}#{name}")
    if not isinstance(entity, Order):
        return fields, NOTHING_PAGED
    fields["paymentStatus"] = entity.payment.status.value
    return _without_bulk(entity, fields, path, cipher)


def from_fields(kind: str, fields: dict[str, Any], path: str, cipher: Cipher, bulk: bytes | None) -> Entity:
    """Restore an entity from its document's fields, and its bulk where that is stored apart."""
    if bulk is not None:
        fields |= from_json(bulk)
    entity: type = KINDS[kind]
    for name in _sealed(entity) & fields.keys():
        fields[name] = cipher.open_text(fields[name], f"{path}#{name}")
    return _CONVERTER.structure(fields, KINDS[kind])


@cache
def _sealed(kind: type) -> frozenset[str]:
    """Name the fields of an entity's document that are encrypted."""
    return frozenset(map(to_camel, personal_fields(kind)))


def _without_bulk(
    order: Order, fields: dict[str, Any], path: str, cipher: Cipher
) -> tuple[dict[str, Any], Paged]:
    if _items(order) <= INLINE_ITEMS:
        return fields, NOTHING_PAGED
    bulk = paged(path, to_json({name: fields.pop(name) for name in BULK}), cipher)
    fields["bulk"] = bulk.fields
    return fields, bulk


def _items(order: Order) -> int:
    parcels = (item for shipment in order.shipments for item in shipment.items)
    return len(order.line_items) + len(order.history) + sum(1 + len(item.serial_numbers) for item in parcels)


def _converter() -> Converter:
    converter = Converter()
    converter.register_unstructure_hook(datetime, lambda at: at)
    converter.register_structure_hook(datetime, _moment)
    converter.register_unstructure_hook_factory(is_dataclass, lambda kind: _unstructure(kind, converter))
    converter.register_structure_hook_factory(
        is_dataclass, lambda kind: make_dict_structure_fn(kind, converter, **_names(kind))
    )
    return converter


def _unstructure(kind: type, converter: Converter) -> Any:
    return make_dict_unstructure_fn(kind, converter, _cattrs_omit_if_default=kind in REPEATED, **_names(kind))


def _names(kind: type) -> dict[str, Any]:
    return {each.name: override(rename=to_camel(each.name)) for each in dataclasses.fields(kind)}


def _moment(value: Any, _: type) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


_CONVERTER = _converter()
