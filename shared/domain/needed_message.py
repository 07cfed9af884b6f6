"""How long a fact waits for another message that it needs; then it is recorded without it."""

from datetime import datetime, timedelta

MAX_WAIT_FOR_NEEDED = timedelta(hours=6)
"""After its publication a capture waits for its authorisation, and a parcel for the allocation of its order
and for a replacement that brings its sku. A refund waits twice as long for its captures.

Automatic replay goes on for more than twice as long, so what waited in vain is recorded automatically.
"""


def wait_begin(published_at: datetime, order_created_at: datetime) -> datetime:
    """Return when a fact about an order began to wait for a message that follows the order.

    After an outage or a restore, an old fact may come with an order that is created only now.
    """
    return max(published_at, order_created_at)


def may_still_arrive(published_at: datetime, now: datetime) -> bool:
    """Return whether a message may still arrive that one published at `published_at` needs."""
    return now < published_at + MAX_WAIT_FOR_NEEDED
