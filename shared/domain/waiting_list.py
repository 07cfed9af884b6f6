"""Orders that wait for stock, per location and sku, in the order of their dates.

An order keeps what it gets while it waits for the rest: no later order overtakes it at any sku, and no order
starves. From outside it is reserved as a whole or not at all. One missing line blocks no other order, because
the order waits at no other sku than the missing ones.

Why no order is skipped:

- `Stock.waiting` counts the units that orders wait for. A request takes free units only where it is zero;
  else it waits, too. Every place on a list is a document of its own (`WaitingOrder`), written and removed in
  the commit that changes the reservation and the stock. Documents stay small however many orders wait.
- Whatever leaves units free while orders wait (a count, a release, a cancellation) publishes `stock.freed`
  from that same commit: the outbox of its claim publishes it again until it is acknowledged.
- `stock.freed` says only that there may be something to do. Its consumer reads the stock, the first
  MAX_ORDERS_SERVED orders of the list and their reservations, allocates in one commit, and publishes
  `stock.freed` again where units are still free. The cost of a step grows with the orders that it serves,
  not with those that wait.
- All of them write the stock over the version they read. Two instances at work never allocate a unit twice:
  the second one decides again, on what the first one left.
- A `stock.freed` that is lost for good (a person discards it) delays the list until the next count or
  release of that sku.
"""

from datetime import datetime

from shared.domain.refs import Ref, waiting_list_ref, waiting_order_ref
from shared.domain.reservation import Reservation
from shared.domain.value import Value

MAX_ORDERS_SERVED = 20
"""Orders of a waiting list that one commit serves; each has up to three documents."""


class WaitingOrder(Value):
    """The place of an order on the waiting list of a sku; its reservation has the units it waits for."""

    location_id: str
    sku: str
    order_id: str
    ordered_at: datetime
    part: int | None = None
    """The part of its reservation that waits."""

    @property
    def ref(self) -> Ref:
        """Name the document of this place."""
        return waiting_order_ref(self.order_id, self.part, self.sku)


class WaitingList(Value):
    """The first orders that wait for a sku at one location, at most MAX_ORDERS_SERVED of them."""

    location_id: str
    sku: str
    orders: tuple[WaitingOrder, ...]

    @property
    def ref(self) -> Ref:
        """Name the query that finds them."""
        return waiting_list_ref(self.location_id, self.sku)


def added_places(before: Reservation, after: Reservation, at: datetime) -> tuple[WaitingOrder, ...]:
    """Return the places of skus that a reservation did not wait for before.

    Their date is that of the order, or `at` where the reservation does not have it.
    """
    return tuple(
        WaitingOrder(
            location_id=after.location_id,
            sku=sku,
            order_id=after.order_id,
            ordered_at=after.ordered_at or at,
            part=after.part,
        )
        for sku in sorted(_waiting_skus(after) - _waiting_skus(before))
    )


def removed_places(before: Reservation, after: Reservation) -> tuple[Ref, ...]:
    """Name the places of skus that a reservation waits for no more."""
    return tuple(
        waiting_order_ref(before.order_id, before.part, sku)
        for sku in sorted(_waiting_skus(before) - _waiting_skus(after))
    )


def _waiting_skus(reservation: Reservation) -> set[str]:
    return {item.sku for item in reservation.items if item.waiting}
