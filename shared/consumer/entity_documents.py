"""Domain entities as documents: camelCase fields, encrypted personal data, large orders in chunks.

The stored shape is that of the domain's values; this module makes every difference between the two.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, overload

import msgspec
from msgspec.structs import replace
from pydantic.alias_generators import to_camel

from shared.digest import digest
from shared.domain.deadlines import next_deadline
from shared.domain.decision import Entity
from shared.domain.order import Line, Order
from shared.domain.order_position import order_position
from shared.domain.payment_position import PaymentPosition
from shared.domain.personal import personal_fields
from shared.domain.refs import Ref, stock_ref
from shared.domain.reservation import Reservation
from shared.domain.stock import Stock
from shared.domain.waiting_list import WaitingOrder
from shared.gcp.firestore.chunks import NO_CHUNKS, Chunked, chunk_data
from shared.gcp.firestore.values import NATIVE_TYPES, read, read_fields
from shared.privacy.customer_keys import CUSTOMER_KEYS, encrypt_customers
from shared.privacy.encryption import Cipher

COLLECTIONS = {
    "order": "orders",
    "stock": "stock",
    "reservation": "reservations",
    "waiting_order": "waiting_orders",
}
ENTITY_TYPES: dict[str, type[Entity]] = {
    "order": Order,
    "stock": Stock,
    "reservation": Reservation,
    "waiting_order": WaitingOrder,
}
STOCK_ID = "stockId"
"""The field by which a query finds the waiting orders of a stock."""

LINES_FIELD = "lineItems"
"""The field of an order's document that has the lines."""

OVERFLOW_FIELDS = (LINES_FIELD, "shipments", "history")
"""The fields that grow with an order; a large order has them in chunks."""

OVERFLOW = "bulk"
"""The field of a large order's document that names its chunks; the stored name is older than the word."""

POSITION_FIELDS = frozenset(PaymentPosition.__struct_encode_fields__)
"""Top-level fields of an order's document that are its payment position."""

DEADLINE, DEADLINE_SHARD = "deadlineAt", "deadlineShard"
"""The fields by which the sweep finds an order that is due."""

DEADLINE_SHARDS = 16
"""Deadlines grow with time: one index over them all would keep the collection near 500 writes a second."""

MAX_INLINE_ITEMS = 500
"""The most lines, parcel lines, serial numbers and history entries in an order's own document."""


class StoredLines(Sequence[Line]):
    """The lines of an order as its document has them, read when a rule first looks at them.

    They are most of what is read of an order. A payment looks at none. They equal a tuple of the same lines.
    """

    def __init__(self, value: Any) -> None:
        """Keep the protobuf Value of the lines."""
        self._value = value

    @cached_property
    def fields(self) -> tuple[dict[str, Any], ...]:
        """Return the fields of every line."""
        fields: tuple[dict[str, Any], ...] = read(self._value)
        return fields

    @cached_property
    def _lines(self) -> tuple[Line, ...]:
        return msgspec.convert(self.fields, tuple[Line, ...])

    def __len__(self) -> int:
        """Count the lines without reading them."""
        return len(self._value.array_value.values)

    def __iter__(self) -> Iterator[Line]:
        """Iterate over the tuple: a sequence would ask for each position."""
        return iter(self._lines)

    @overload
    def __getitem__(self, position: int) -> Line: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[Line, ...]: ...
    def __getitem__(self, position: int | slice) -> Line | tuple[Line, ...]:
        """Return a line, or a tuple of lines."""
        return self._lines[position]

    def __eq__(self, other: object) -> bool:
        """Compare the lines."""
        return self is other or self._lines == (other._lines if isinstance(other, StoredLines) else other)

    def __hash__(self) -> int:
        """Hash as an equal tuple does."""
        return hash(self._lines)


_UNCONVERTED = (*NATIVE_TYPES, StoredLines)


def document_path(ref: Ref) -> str:
    """Return the path of an entity's document; a hash, because sequential ids slow a collection down."""
    return f"{COLLECTIONS[ref.kind]}/{digest(*ref.key)}"


def to_fields(entity: Entity, path: str, cipher: Cipher) -> tuple[dict[str, Any], Chunked]:
    """Return an entity as a document's fields, and the chunks to write before it.

    Lines that no rule replaced remain `StoredLines`: they are not written again.
    """
    fields: dict[str, Any] = msgspec.to_builtins(entity, builtin_types=_UNCONVERTED)
    kind: type = type(entity)
    if personal := _encrypted_fields(kind):
        fields[CUSTOMER_KEYS] = encrypt_customers(path, [fields[name] for name in personal], cipher)
        for name in personal:
            fields[name] = cipher.encrypt_text(fields[name], f"{path}#{name}")
    if isinstance(entity, Order):
        fields |= _position(fields.pop("position"), entity) | deadline_fields(entity)
        return _move_overflow(entity, fields, path, cipher)
    if isinstance(entity, Stock):
        fields["departures"]["units"] = _pack(entity.departures.units)
    if isinstance(entity, WaitingOrder):
        fields[STOCK_ID] = stock_id(entity.location_id, entity.sku)
    return fields, NO_CHUNKS


def from_fields(
    kind: str, stored: Mapping[str, Any], path: str, cipher: Cipher, overflow: bytes | None
) -> Entity:
    """Restore an entity from its document's fields, and from its overflow where that is in chunks."""
    fields = {**stored, **(msgspec.json.decode(overflow) if overflow is not None else {})}
    entity: type = ENTITY_TYPES[kind]
    for name in _encrypted_fields(entity):
        if name in fields:
            fields[name] = cipher.decrypt_text(fields[name], f"{path}#{name}")
    if issubclass(entity, Order):
        return _to_order(fields, entity)
    if entity is Stock and "departures" in fields:
        departures = fields["departures"]
        fields["departures"] = {**departures, "units": _unpack(departures["units"])}
    return msgspec.convert(fields, ENTITY_TYPES[kind])


def _to_order(fields: Mapping[str, Any], kind: type[Order]) -> Order:
    lines = fields[LINES_FIELD]
    if not isinstance(lines, StoredLines):  # they come from chunks
        lines = msgspec.convert(lines, tuple[Line, ...])
    position = {name: fields[name] for name in POSITION_FIELDS} if fields.keys() >= POSITION_FIELDS else None
    order = msgspec.convert({**fields, LINES_FIELD: (), "position": position}, kind)
    return replace(order, line_items=lines)


def stock_id(location_id: str, sku: str) -> str:
    """Return the document id of a stock."""
    return digest(*stock_ref(location_id, sku).key)


def _pack(units: Iterable[tuple[int, int]]) -> bytes:
    """Pack departures, thousands into some kilobytes: the seconds since the one before, and the units."""
    numbers: list[int] = []
    last = 0
    for second, count in units:
        numbers += (second - last, count)
        last = second
    return zlib.compress(struct.pack(f"<{len(numbers)}q", *numbers), level=1) if numbers else b""


def _unpack(packed: bytes) -> list[tuple[int, int]]:
    numbers = struct.iter_unpack("<qq", zlib.decompress(packed) if packed else b"")
    units, last = [], 0
    for distance, count in numbers:
        last += distance
        units.append((last, count))
    return units


def _position(position: dict[str, Any] | None, order: Order) -> dict[str, Any]:
    """Store the position in top-level fields, which queries select by; without one, at least the status."""
    return position or {"paymentStatus": order_position(order).payment_status.value}


def deadline_fields(order: Order) -> dict[str, Any]:
    """Return the fields by which the sweep finds an order."""
    at = next_deadline(order)
    shard = int(digest(order.order_id), 16) % DEADLINE_SHARDS
    return {DEADLINE: at, DEADLINE_SHARD: None if at is None else shard}


@cache
def _encrypted_fields(kind: type) -> tuple[str, ...]:
    """Return the names of the encrypted fields of an entity's document."""
    return tuple(map(to_camel, personal_fields(kind)))


def _move_overflow(
    order: Order, fields: dict[str, Any], path: str, cipher: Cipher
) -> tuple[dict[str, Any], Chunked]:
    if _items(order) <= MAX_INLINE_ITEMS:
        return fields, NO_CHUNKS
    inline = with_lines_read(fields)
    overflow = chunk_data(
        path, msgspec.json.encode({name: inline.pop(name) for name in OVERFLOW_FIELDS}), cipher
    )
    return inline | {OVERFLOW: overflow.fields}, overflow


def _items(order: Order) -> int:
    parcels = (item for shipment in order.shipments for item in shipment.items)
    return len(order.line_items) + len(order.history) + sum(1 + len(item.serial_numbers) for item in parcels)


def read_entity_fields(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a document's protobuf Values as `read_fields` does, but not the lines of an order."""
    if kind != "order":
        return read_fields(fields)
    return {name: StoredLines(fields[name]) if name == LINES_FIELD else read(fields[name]) for name in fields}


def with_lines_read(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Convert the lines, too, to compare or encode them."""
    lines = fields.get(LINES_FIELD)
    return {**fields, LINES_FIELD: lines.fields} if isinstance(lines, StoredLines) else {**fields}
