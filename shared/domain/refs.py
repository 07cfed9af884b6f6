"""References to the entities that rules read and change."""

from typing import NamedTuple


class Ref(NamedTuple):
    """What a decision reads or writes: a kind and its business key."""

    kind: str
    key: tuple[str, ...]


def order_ref(order_id: str) -> Ref:
    """Name an order."""
    return Ref("order", (order_id,))


def stock_ref(location_id: str, sku: str) -> Ref:
    """Name the stock of one sku at one location."""
    return Ref("stock", (location_id, sku))


def reservation_ref(order_id: str, part: int | None = None) -> Ref:
    """Name the reservation of an order, or one part of a reservation that is kept in parts."""
    return Ref("reservation", (order_id,) if part is None else (order_id, str(part)))


def waiting_order_ref(order_id: str, part: int | None, sku: str) -> Ref:
    """Name the place of an order on the waiting list of a sku."""
    return Ref("waiting_order", (order_id, "" if part is None else str(part), sku))


def waiting_list_ref(location_id: str, sku: str) -> Ref:
    """Name the first orders that wait for a sku at one location: a query, which nothing writes."""
    return Ref("waiting_list", (location_id, sku))
