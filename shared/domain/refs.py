"""Names of the things rules read and change."""

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


def reservation_ref(order_id: str) -> Ref:
    """Name the reservation of an order."""
    return Ref("reservation", (order_id,))
