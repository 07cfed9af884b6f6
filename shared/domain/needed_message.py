"""How long a fact waits for another message that it needs; then it is recorded without it.

The wait begins when the fact was first deferred, and never before its order was created. So no wait runs out
during an outage in which the other message could not be delivered either.
"""

from datetime import datetime, timedelta

from shared.domain.order import Order

MAX_WAIT_FOR_NEEDED = timedelta(hours=6)
"""A capture waits for its authorisation, and a parcel for the allocation of its order and for a replacement
that brings its sku.

Automatic replay goes on for more than twice as long, so what waited in vain is recorded automatically.
"""

MAX_WAIT_FOR_CAPTURES = 2 * MAX_WAIT_FOR_NEEDED
"""A refund waits for its captures, which may wait for their authorisation themselves."""


def may_still_arrive(
    order: Order, waiting_since: datetime, now: datetime, max_wait: timedelta = MAX_WAIT_FOR_NEEDED
) -> bool:
    """Return whether a message may still arrive that a fact about an order needs.

    `waiting_since` is when the fact was first deferred, or `now` at its first deliveries.
    """
    return now < max(waiting_since, order.created_at) + max_wait
